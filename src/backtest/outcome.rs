//! A forecast from one origin, compared with the actual values.

use super::request::BacktestRequest;
use crate::growth::{Band, GrowthMeasure, HistoryAndDraws, latest, observed};
use crate::projection::{FittedForecast, Paths};
use crate::trade::{Month, Series};

/// A forecast compared with the actual values.
#[derive(Debug, Clone)]
pub(super) struct OriginOutcome {
    pub(super) origin: Month,
    /// One entry for each month with an actual value.
    pub(super) months: Vec<MonthOutcome>,
    /// One entry for each growth rate that can be forecast and has an actual value.
    pub(super) growth: Vec<GrowthOutcome>,
    /// The forecast itself, where the request keeps it: one entry a month.
    pub(super) forecast: Vec<ForecastMonth>,
}

/// The forecast of a month from an origin.
#[derive(Debug, Clone, PartialEq)]
pub struct ForecastMonth {
    /// The month.
    pub month: Month,
    /// The point forecast, in the unit of the series.
    pub value: f64,
    /// Central intervals, one for each level.
    pub bands: Vec<Band>,
    /// The actual value; `None` for a gap.
    pub actual: Option<f64>,
}

/// Errors of a month's level. Scaled errors are divided by the mean size of twelve-month
/// differences up to the origin.
#[derive(Debug, Clone)]
pub(super) struct MonthOutcome {
    /// Symmetric percentage error, 0 to 200.
    pub(super) percentage: f64,
    /// Forecast less actual value, scaled.
    pub(super) error: f64,
    /// The same for the seasonal naive.
    pub(super) naive_error: f64,
    /// Squared error over the mean square of twelve-month differences.
    pub(super) square: f64,
    /// Continuous ranked probability score, scaled.
    pub(super) crps: f64,
    /// For each level, whether the interval covers the actual value, and the scaled interval score.
    pub(super) intervals: Vec<(bool, f64)>,
}

/// Forecast and actual value of a growth rate, as fractions.
#[derive(Debug, Clone)]
pub(super) struct GrowthOutcome {
    pub(super) measure: GrowthMeasure,
    /// Number of months ahead.
    pub(super) step: usize,
    /// Median forecast.
    pub(super) forecast: f64,
    /// Actual value.
    pub(super) actual: f64,
    /// Last growth rate of the same measure that was known at the origin.
    pub(super) known: Option<f64>,
    /// For each level, whether the interval covers the actual value.
    pub(super) within: Vec<bool>,
}

/// Compare `fitted`, a forecast from `known`, with the actual values of `whole`; `None` where the
/// history has no twelve-month changes to scale errors by.
pub(super) fn outcome(
    known: &Series<'_>,
    whole: &Series<'_>,
    fitted: &FittedForecast<'_>,
    paths: &Paths,
    request: &BacktestRequest,
) -> Option<OriginOutcome> {
    let last = known.last();
    let month = |k: usize| last.forward(k + 1);
    let scale = ErrorScale::of(known)?;
    let bounds: Vec<(f64, Vec<(f64, f64)>)> = request
        .levels
        .iter()
        .map(|level| (*level, fitted.interval(*level)))
        .collect();
    let mut draws = Vec::with_capacity(paths.count());
    let of_step = |k: usize| {
        let y = whole.at(month(k))?;
        let (f, naive) = (fitted.point()[k], fitted.naive()[k]);
        draws.clear();
        draws.extend_from_slice(paths.step(k));
        let interval = |(level, bounds): &(f64, Vec<(f64, f64)>)| {
            let (lower, upper) = bounds[k];
            let penalty = 2.0 / (1.0 - level);
            let score = (upper - lower) + penalty * ((lower - y).max(0.0) + (y - upper).max(0.0));
            (lower <= y && y <= upper, score / scale.absolute)
        };
        Some(MonthOutcome {
            percentage: 200.0 * (y - f).abs() / (y.abs() + f.abs()).max(1e-300),
            error: (f - y) / scale.absolute,
            naive_error: (naive - y) / scale.absolute,
            square: (f - y).powi(2) / scale.square,
            crps: crps(&mut draws, y) / scale.absolute,
            intervals: bounds.iter().map(interval).collect(),
        })
    };
    let months = (0..request.horizon).filter_map(of_step).collect();
    let future = HistoryAndDraws {
        history: known,
        point: fitted.point(),
        naive: fitted.naive(),
        paths,
    };
    let mut growth = Vec::new();
    for k in 0..request.horizon {
        for measure in GrowthMeasure::USUAL {
            // The growth of a year is compared once, at its end.
            if measure == GrowthMeasure::Year && month(k).of_year() != 12 {
                continue;
            }
            let Some(actual) = observed(whole, measure, month(k)) else {
                continue;
            };
            let Some(reading) = future.read(measure, month(k), &request.levels) else {
                continue;
            };
            growth.push(GrowthOutcome {
                measure,
                step: k + 1,
                forecast: reading.median,
                actual,
                known: known_growth(known, measure),
                within: reading
                    .bands
                    .iter()
                    .map(|band| band.lower <= actual && actual <= band.upper)
                    .collect(),
            });
        }
    }
    let band = |k: usize| {
        let at = move |(level, bounds): &(f64, Vec<(f64, f64)>)| Band {
            level: *level,
            lower: bounds[k].0,
            upper: bounds[k].1,
        };
        bounds.iter().map(at).collect()
    };
    let kept = if request.keeps_forecasts {
        request.horizon
    } else {
        0
    };
    let forecast = (0..kept).map(|k| ForecastMonth {
        month: month(k),
        value: fitted.point()[k],
        bands: band(k),
        actual: whole.at(month(k)),
    });
    Some(OriginOutcome {
        origin: last,
        months,
        growth,
        forecast: forecast.collect(),
    })
}

/// Return the last known growth of `measure`; for a year, that of the last whole one.
fn known_growth(known: &Series<'_>, measure: GrowthMeasure) -> Option<f64> {
    latest(known, None, measure).map(|(_, growth)| growth)
}

/// Mean size and mean square of twelve-month differences.
struct ErrorScale {
    absolute: f64,
    square: f64,
}

impl ErrorScale {
    /// Measure the differences of `known`; `None` where there are none, or as good as none.
    fn of(known: &Series<'_>) -> Option<Self> {
        let y = known.values();
        let differences = y
            .iter()
            .zip(y.get(12..)?)
            .map(|(a, b)| b - a)
            .filter(|d| !d.is_nan());
        let (sum, square, n) = differences.fold((0.0, 0.0, 0.0_f64), |(s, q, n), d| {
            (s + d.abs(), q + d * d, n + 1.0)
        });
        let size = y
            .iter()
            .filter(|v| !v.is_nan())
            .map(|v| v.abs())
            .fold(0.0, f64::max);
        (n > 0.0 && sum / n > 1e-9 * size).then(|| Self {
            absolute: sum / n,
            square: square / n,
        })
    }
}

/// Return the continuous ranked probability score of `draws`, `mean |x − y| − ½ mean |x − x′|`
/// (Gneiting and Raftery 2007), by sorting: `Σ_i |x_i − x_j| = 2 Σ_i (2i − n − 1) x_(i)`.
fn crps(draws: &mut [f64], y: f64) -> f64 {
    draws.sort_by(f64::total_cmp);
    let n = draws.len() as f64;
    let distance = draws.iter().map(|x| (x - y).abs()).sum::<f64>() / n;
    let spread = draws
        .iter()
        .enumerate()
        .map(|(i, x)| (2.0 * i as f64 + 1.0 - n) * x)
        .sum::<f64>()
        / (n * n);
    distance - spread
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crps_by_hand() {
        // Draws 0, 2 against 1: mean distance 1; pairs (0,0), (0,2), (2,0), (2,2) mean 1, half of
        // it 1/2.
        assert!((crps(&mut [2.0, 0.0], 1.0) - 0.5).abs() < 1e-12);
        assert_eq!(crps(&mut [3.0, 3.0], 1.0), 2.0);
    }
}
