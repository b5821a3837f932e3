//! The result of a scenario: joint draws of baseline and scenario, and their comparison.

use crate::growth::comparison::{Comparison, compare};
use crate::growth::{GrowthMeasure, SeriesDraws};
use crate::pipeline::failure::ForecastError;
use crate::projection::JointDraws;
use crate::trade::{Month, SeriesKey};

/// A baseline and a scenario that share their draws.
#[derive(Debug)]
pub struct ScenarioResult {
    pub(super) baseline: JointDraws,
    pub(super) scenario: JointDraws,
    /// Series info, in the order of the draws.
    pub(super) info: Vec<SeriesInfo>,
    pub(super) failures: Vec<(String, ForecastError)>,
    pub(super) horizon: usize,
    pub(super) measures: Vec<GrowthMeasure>,
    pub(super) levels: Vec<f64>,
}

/// The key and the last known month of a series.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeriesInfo {
    /// The key, as requested; of a derived series its own.
    pub requested: String,
    /// The last month that is known.
    pub last: Month,
    /// Whether it is a sum of requested series that was added.
    pub derived: bool,
    /// The notes on its baseline forecast, in words, and with what it is reconciled.
    pub notes: Vec<String>,
}

/// One series in the baseline and in the scenario.
#[derive(Debug, Clone, PartialEq)]
pub struct ScenarioSeries {
    /// The key, as requested; of a derived series its own.
    pub requested: String,
    /// The key, in the currency that figures were converted into.
    pub key: SeriesKey,
    /// The last month that is known.
    pub last: Month,
    /// Whether it is a sum of requested series that was added.
    pub derived: bool,
    /// Whether the scenario moves it.
    pub moved: bool,
    /// The notes on its baseline forecast, in words. They are no part of the wire's message: a
    /// client asks for the forecast, too.
    pub notes: Vec<String>,
    /// Values and growth in the baseline and in the scenario, by month and measure.
    pub comparisons: Vec<Comparison>,
}

/// Summary of a scenario.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScenarioSummary {
    /// The series that the scenario moves.
    pub moved: Vec<SeriesKey>,
    /// The series that it leaves as they are.
    pub unmoved: Vec<SeriesKey>,
    /// Number of series without a forecast.
    pub failures: usize,
}

impl ScenarioResult {
    /// Return a result without any series but those that could not be forecast.
    pub(super) fn empty(failures: Vec<(String, ForecastError)>) -> Self {
        let none = || JointDraws::new(Month::january(2000), 0, Vec::new(), Vec::new());
        Self {
            baseline: none(),
            scenario: none(),
            info: Vec::new(),
            failures,
            horizon: 0,
            measures: Vec::new(),
            levels: Vec::new(),
        }
    }

    /// Read series `k` in the baseline and in the scenario; `None` where there is none.
    pub fn series_outcome(&self, k: usize) -> Option<ScenarioSeries> {
        let (key, info) = self.series().nth(k)?;
        Some(ScenarioSeries {
            requested: info.requested.clone(),
            key: key.clone(),
            last: info.last,
            derived: info.derived,
            moved: self.moved(k),
            notes: info.notes.clone(),
            comparisons: self.comparisons(k),
        })
    }

    /// Return which series the scenario moves.
    pub fn summary(&self) -> ScenarioSummary {
        let keys = self.series().map(|(key, _)| key.clone()).enumerate();
        let (moved, unmoved): (Vec<_>, Vec<_>) = keys.partition(|(k, _)| self.moved(*k));
        let keys = |of: Vec<(usize, SeriesKey)>| of.into_iter().map(|(_, key)| key).collect();
        ScenarioSummary {
            moved: keys(moved),
            unmoved: keys(unmoved),
            failures: self.failures.len(),
        }
    }

    /// Return the series that were not forecast, and why.
    pub fn failures(&self) -> &[(String, ForecastError)] {
        &self.failures
    }

    /// Return the series, those that were requested first.
    pub fn series(&self) -> impl ExactSizeIterator<Item = (&SeriesKey, &SeriesInfo)> {
        let keys = self.baseline.nodes().iter().map(|node| &node.key);
        keys.zip(&self.info)
    }

    /// Whether the scenario moves a series at all.
    pub fn moved(&self, series: usize) -> bool {
        let pairs = self.baseline.paths(series).zip(self.scenario.paths(series));
        let differs = |(a, b): (&f64, &f64)| a != b && !(a.is_nan() && b.is_nan());
        pairs.into_iter().any(|(a, b)| a.iter().zip(b).any(differs))
    }

    /// Compare a series at every month ahead by the measures of the request; by quarter and by
    /// year where one ends. Seasonally adjusted measures are left out: there is one factor of a
    /// month for both courses.
    pub fn comparisons(&self, series: usize) -> Vec<Comparison> {
        let last = self.info[series].last;
        let months = (1..=self.horizon).map(|k| last.forward(k));
        let measures = |month: Month| {
            let ends = move |measure: &GrowthMeasure| match measure {
                GrowthMeasure::Year => month.of_year() == 12,
                GrowthMeasure::Quarter => month.of_year().is_multiple_of(3),
                other => !other.is_adjusted(),
            };
            let all = self.measures.iter().copied();
            all.filter(ends).map(move |measure| (measure, month))
        };
        let (baseline, scenario) = (
            SeriesDraws::new(&self.baseline, series),
            SeriesDraws::new(&self.scenario, series),
        );
        months
            .flat_map(measures)
            .filter_map(|(measure, month)| {
                compare(baseline, scenario, measure, month, &self.levels)
            })
            .collect()
    }
}
