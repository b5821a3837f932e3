//! A fan: what was observed, then the median and the intervals of the forecast, as every chart
//! draws it.

use super::axis::AxisUnit;
use super::measures::{growth_at, level};
use super::number;
use crate::growth::{Band, GrowthEstimate, GrowthMeasure};
use crate::pipeline::{ObservedMonth, Outlook, SeriesForecast};
use crate::trade::Month;

/// An interval over the months ahead.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct FanBand {
    /// The level in percent.
    pub(super) level: f64,
    /// The months with lower and upper bound.
    pub(super) bounds: Vec<(Month, f64, f64)>,
}

/// A fan chart.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct FanChart {
    /// Title, without the unit.
    pub(super) title: String,
    /// What is shown.
    pub(super) unit: AxisUnit,
    /// Currency of levels; empty for growth.
    pub(super) currency: String,
    /// What was observed; `None` for a gap.
    pub(super) history: Vec<(Month, Option<f64>)>,
    /// The median or point forecast.
    pub(super) median: Vec<(Month, f64)>,
    /// Intervals, the widest first or last.
    pub(super) bands: Vec<FanBand>,
    /// The seasonal naive forecast; empty where it is not shown.
    pub(super) naive: Vec<(Month, f64)>,
}

impl FanChart {
    /// The level of a series: the latest `months` observed, then the forecast.
    pub(super) fn of_level(
        history: &[ObservedMonth],
        forecast: &SeriesForecast,
        currency: String,
        months: usize,
    ) -> Self {
        let points = &forecast.points;
        let bands = points.iter().map(|of| (of.month, of.bands.as_slice()));
        Self {
            title: "Level and forecast".to_owned(),
            unit: AxisUnit::Level,
            currency,
            history: latest(history, months, |month| month.value),
            median: points.iter().map(|of| (of.month, of.value)).collect(),
            bands: fan_bands(bands),
            naive: points.iter().map(|of| (of.month, of.naive)).collect(),
        }
    }

    /// The growth of a series on the same month of the year before.
    pub(super) fn of_growth(
        history: &[ObservedMonth],
        forecast: &SeriesForecast,
        months: usize,
    ) -> Self {
        let readings: Vec<(Month, &GrowthEstimate)> = forecast
            .points
            .iter()
            .filter_map(|point| Some((point.month, growth_at(point, GrowthMeasure::Month)?)))
            .collect();
        let bands = readings
            .iter()
            .map(|(month, of)| (*month, of.bands.as_slice()));
        Self {
            title: "Growth on the same month of the year before".to_owned(),
            unit: AxisUnit::Growth,
            currency: String::new(),
            history: latest(history, months, |month| month.growth),
            median: readings
                .iter()
                .map(|(month, of)| (*month, of.median))
                .collect(),
            bands: fan_bands(bands),
            naive: Vec::new(),
        }
    }

    /// Growth of the year to date from month to month, which is known up to a month and opens
    /// towards December.
    pub(super) fn of_year_to_date(outlook: &Outlook) -> Self {
        let home = outlook.key.unit;
        let readings: Vec<&GrowthEstimate> = outlook
            .readings
            .iter()
            .filter(|(unit, of)| *unit == home && of.measure == GrowthMeasure::YearToDate)
            .map(|(_, of)| of)
            .collect();
        let is_known = |of: &&&GrowthEstimate| of.span.last() <= outlook.known.last();
        let known = readings.iter().filter(is_known);
        let ahead = || readings.iter().filter(|of| !is_known(of));
        Self {
            title: "Growth of the year to date, January to the month".to_owned(),
            unit: AxisUnit::Growth,
            currency: String::new(),
            history: known.map(|of| (of.span.last(), Some(of.median))).collect(),
            median: ahead().map(|of| (of.span.last(), of.median)).collect(),
            bands: fan_bands(ahead().map(|of| (of.span.last(), of.bands.as_slice()))),
            naive: Vec::new(),
        }
    }

    /// Write a value as labels do.
    pub(super) fn shown(&self, value: f64) -> String {
        match self.unit {
            AxisUnit::Level => number::short(value),
            AxisUnit::Growth | AxisUnit::Points => number::growth(value),
        }
    }

    /// Return the last month with a figure.
    pub(super) fn last_observed(&self) -> Option<(Month, f64)> {
        let months = self.history.iter().rev();
        months
            .clone()
            .find_map(|(month, value)| Some((*month, (*value)?)))
    }

    /// Return every value that is drawn.
    pub(super) fn values(&self) -> impl Iterator<Item = f64> {
        let history = self.history.iter().filter_map(|(_, value)| *value);
        let bounds = self.bands.iter().flat_map(|band| &band.bounds);
        let bounds = bounds.flat_map(|(_, lower, upper)| [*lower, *upper]);
        let ahead = self
            .median
            .iter()
            .chain(&self.naive)
            .map(|(_, value)| *value);
        history.chain(bounds).chain(ahead)
    }
}

/// Return the latest months of a history.
fn latest(
    history: &[ObservedMonth],
    months: usize,
    of: impl Fn(&ObservedMonth) -> Option<f64>,
) -> Vec<(Month, Option<f64>)> {
    let latest = &history[history.len().saturating_sub(months)..];
    latest
        .iter()
        .map(|month| (month.month, of(month)))
        .collect()
}

/// Collect intervals by their level.
fn fan_bands<'a>(months: impl Iterator<Item = (Month, &'a [Band])>) -> Vec<FanBand> {
    let mut found: Vec<FanBand> = Vec::new();
    for (month, bands) in months {
        for band in bands {
            let bound = (month, band.lower, band.upper);
            match found.iter_mut().find(|of| of.level == level(band)) {
                Some(of) => of.bounds.push(bound),
                None => found.push(FanBand {
                    level: level(band),
                    bounds: vec![bound],
                }),
            }
        }
    }
    found
}
