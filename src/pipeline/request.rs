//! The request for forecasts, checked once.

use super::events::RequestEvents;
use super::request_error::RequestError;
use crate::catalog::Vintage;
use crate::growth::GrowthMeasure;
use crate::projection::{Method, NewsOfOthers};

/// The longest horizon: ten years of months.
pub const MAX_HORIZON: usize = 120;
/// The most simulated paths per series.
pub const MAX_PATHS: usize = 100_000;

/// The most levels of intervals.
pub const MAX_LEVELS: usize = 20;

/// The name by which the seed of joint draws follows from that of a request, so that the same
/// series are drawn together in the same way wherever they are.
pub(super) const JOINT: &str = "joint";

/// A request for forecasts: every field is within its range.
#[derive(Debug, Clone, PartialEq)]
pub struct ForecastRequest {
    /// Horizon in months, 1 to [`MAX_HORIZON`].
    pub(super) horizon: usize,
    /// Levels of intervals, each above 0 and below 1, rising, without repeats.
    pub(super) levels: Vec<f64>,
    pub(super) vintage: Vintage,
    pub(super) seed: u64,
    pub(super) method: Method,
    /// Number of joint paths per series.
    pub(super) paths: usize,
    /// Growth measures of every month.
    pub(super) measures: Vec<GrowthMeasure>,
    /// Events stated of the series.
    pub(super) events: RequestEvents,
    /// Whether newer months of other series count.
    pub(super) news: NewsOfOthers,
}

impl ForecastRequest {
    /// Default number of paths.
    pub const PATHS: usize = 1000;

    /// Return a request with levels in percent: `80`, `95`. No levels mean 80 and 95.
    ///
    /// # Errors
    /// The first field that is outside its range.
    pub fn new(
        horizon: i64,
        levels_percent: &[f64],
        vintage: Vintage,
        seed: u64,
        method: Method,
        paths: i64,
    ) -> Result<Self, RequestError> {
        let refuse = |field, expected: &str, found: String| {
            Err(RequestError {
                field,
                expected: expected.to_owned(),
                found,
            })
        };
        let Some(horizon) = usize::try_from(horizon)
            .ok()
            .filter(|h| (1..=MAX_HORIZON).contains(h))
        else {
            return refuse("horizon", "expected 1 to 120 months", horizon.to_string());
        };
        let paths = self::paths(paths)?;
        let levels = levels(levels_percent)?;
        Ok(Self {
            horizon,
            levels,
            vintage,
            seed,
            method,
            paths,
            measures: GrowthMeasure::USUAL.to_vec(),
            events: RequestEvents::default(),
            news: NewsOfOthers::Used,
        })
    }

    /// Return the request for the monthly forecasts of an outlook, from fields that were checked
    /// before. It reads no growth: the outlook reads it from the joint draws.
    pub(super) fn for_outlook(
        horizon: usize,
        levels: &[f64],
        vintage: Vintage,
        seed: u64,
        paths: usize,
    ) -> Self {
        Self {
            horizon,
            levels: levels.to_vec(),
            vintage,
            seed,
            method: Method::Auto,
            paths,
            measures: Vec::new(),
            events: RequestEvents::default(),
            news: NewsOfOthers::Used,
        }
    }

    /// Set the growth measures to read; none mean the usual ones.
    ///
    /// # Errors
    /// A measure that is repeated.
    pub fn with_measures(mut self, measures: &[GrowthMeasure]) -> Result<Self, RequestError> {
        let repeated = |(k, measure): (usize, &GrowthMeasure)| measures[..k].contains(measure);
        if let Some(k) = measures.iter().enumerate().position(repeated) {
            return Err(RequestError {
                field: "measures",
                expected: "expected every measure once".to_owned(),
                found: format!("{} again", measures[k]),
            });
        }
        if !measures.is_empty() {
            self.measures = measures.to_vec();
        }
        Ok(self)
    }

    /// State events of the series.
    #[must_use]
    pub fn with_events(self, events: RequestEvents) -> Self {
        Self { events, ..self }
    }

    /// Return the request with another vintage.
    #[must_use]
    pub fn with_vintage(&self, vintage: Vintage) -> Self {
        Self {
            vintage,
            ..self.clone()
        }
    }

    /// Return the request that uses or ignores newer months of other series.
    #[must_use]
    pub fn with_news(self, news: NewsOfOthers) -> Self {
        Self { news, ..self }
    }

    /// Return whether newer months of other series count.
    pub fn news(&self) -> NewsOfOthers {
        self.news
    }

    /// Return the horizon in months.
    pub fn horizon(&self) -> usize {
        self.horizon
    }

    /// Return the levels of intervals as fractions, rising.
    pub fn levels(&self) -> &[f64] {
        &self.levels
    }

    /// Return the data vintage (as-of date).
    pub fn vintage(&self) -> Vintage {
        self.vintage
    }

    /// Return the seed of all draws.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// Return the method.
    pub fn method(&self) -> Method {
        self.method
    }

    /// Return the number of joint paths per series.
    pub fn paths(&self) -> usize {
        self.paths
    }

    /// Return the events stated of the series.
    pub fn events(&self) -> &RequestEvents {
        &self.events
    }

    /// Return the growth measures of every month.
    pub fn measures(&self) -> &[GrowthMeasure] {
        &self.measures
    }
}

/// Check a number of paths.
///
/// # Errors
/// Fewer than 100 or more than 100000.
pub fn paths(count: i64) -> Result<usize, RequestError> {
    let checked = usize::try_from(count)
        .ok()
        .filter(|p| (100..=MAX_PATHS).contains(p));
    checked.ok_or_else(|| RequestError {
        field: "paths",
        expected: "expected 100 to 100000 paths".to_owned(),
        found: count.to_string(),
    })
}

/// Return a level in percent: 0.8 becomes 80, rounded to drop the error of binary fractions.
pub fn percent(level: f64) -> f64 {
    (level * 1e10).round() / 1e8
}

/// Return levels in percent as rising fractions without repeats; none mean 80 and 95.
///
/// # Errors
/// A level below 1 or not below 100, and more than twenty of them.
pub fn levels(percent: &[f64]) -> Result<Vec<f64>, RequestError> {
    let refuse = |expected: &str, found: String| {
        Err(RequestError {
            field: "levels",
            expected: expected.to_owned(),
            found,
        })
    };
    if let Some(level) = percent.iter().find(|level| !(1.0..100.0).contains(*level)) {
        return refuse(
            "expected percentages from 1 to below 100, for example 80 and 95",
            level.to_string(),
        );
    }
    if percent.len() > MAX_LEVELS {
        return refuse("expected at most 20 levels", percent.len().to_string());
    }
    let percent = if percent.is_empty() {
        &[80.0, 95.0][..]
    } else {
        percent
    };
    let mut levels: Vec<f64> = percent.iter().map(|level| level / 100.0).collect();
    levels.sort_by(f64::total_cmp);
    levels.dedup();
    Ok(levels)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(horizon: i64, levels: &[f64], paths: i64) -> Result<ForecastRequest, RequestError> {
        ForecastRequest::new(horizon, levels, Vintage::Latest, 0, Method::Auto, paths)
    }

    #[test]
    fn a_field_outside_its_range_is_named() {
        for (horizon, levels, paths, field) in [
            (0, &[80.0][..], 1000, "horizon"),
            (121, &[80.0], 1000, "horizon"),
            (-1, &[80.0], 1000, "horizon"),
            (12, &[0.8], 1000, "levels"),
            (12, &[100.0], 1000, "levels"),
            (12, &[f64::NAN], 1000, "levels"),
            (12, &[80.0; 21], 1000, "levels"),
            (12, &[80.0], 99, "paths"),
        ] {
            assert_eq!(request(horizon, levels, paths).unwrap_err().field, field);
        }
    }

    #[test]
    fn a_level_survives_the_way_to_a_fraction_and_back() {
        for tenth in 10..1000 {
            let level = f64::from(tenth) / 10.0;
            assert_eq!(percent(level / 100.0), level);
        }
    }

    #[test]
    fn levels_are_sorted_fractions() {
        assert_eq!(
            request(12, &[95.0, 80.0, 95.0], 1000).unwrap().levels,
            [0.8, 0.95]
        );
        assert_eq!(request(12, &[], 1000).unwrap().levels, [0.8, 0.95]);
    }
}
