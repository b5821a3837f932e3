//! A scenario against its baseline: the change of a value and of its growth, draw by draw.

use super::estimate::GrowthEstimate;
use super::measure::GrowthMeasure;
use super::ratio::ratio;
use super::series_draws::SeriesDraws;
use super::summary::DistributionSummary;
use crate::trade::{Month, Span};

/// A number in the baseline and in the scenario, and its change.
#[derive(Debug, Clone, PartialEq)]
pub struct Shift {
    /// In the baseline.
    pub baseline: DistributionSummary,
    /// In the scenario.
    pub scenario: DistributionSummary,
    /// The scenario minus the baseline. Its intervals are those of the difference within a draw,
    /// far narrower than those of the two numbers.
    pub change: DistributionSummary,
}

/// The growth of a span in the baseline and in the scenario, and its change.
#[derive(Debug, Clone, PartialEq)]
pub struct GrowthShift {
    /// In the baseline.
    pub baseline: GrowthEstimate,
    /// In the scenario.
    pub scenario: GrowthEstimate,
    /// The scenario minus the baseline, draw by draw, percentage points.
    pub points: DistributionSummary,
}

/// The effect of a scenario on a span of one series.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// The measure of growth.
    pub measure: GrowthMeasure,
    /// The span.
    pub span: Span,
    /// The span's value.
    pub value: Shift,
    /// Its growth; `None` if the base is not above zero in most draws, as for balances.
    pub growth: Option<GrowthShift>,
}

/// Compare the baseline and the scenario at `month`, with an interval for each of `levels` (0 to
/// 1). `None` if the span is not covered by both.
///
/// Both hold the same series in paired draws: draw n of the scenario is draw n of the baseline with
/// the shocks.
pub fn compare(
    baseline: SeriesDraws<'_>,
    scenario: SeriesDraws<'_>,
    measure: GrowthMeasure,
    month: Month,
    levels: &[f64],
) -> Option<Comparison> {
    let span = measure.span(month);
    let (was, is) = (baseline.sums(span)?, scenario.sums(span)?);
    let centres = (baseline.centre(span), scenario.centre(span));
    let change = centres.0.zip(centres.1).map(|(was, is)| is - was);
    let value = Shift {
        change: summary(differences(&was, &is), levels)?.around(change),
        baseline: summary(was.clone(), levels)?.around(centres.0),
        scenario: summary(is.clone(), levels)?.around(centres.1),
    };
    let growth = || {
        let before = span.year_before();
        let (base_was, base_is) = (baseline.sums(before)?, scenario.sums(before)?);
        let rate = |value: f64, base: f64| ratio(value, base).unwrap_or(f64::NAN);
        let rates = |values: &[f64], bases: &[f64]| -> Vec<f64> {
            let pairs = values.iter().zip(bases);
            pairs
                .map(|(value, base)| 100.0 * rate(*value, *base))
                .collect()
        };
        let points = differences(&rates(&was, &base_was), &rates(&is, &base_is));
        let (was, is) = (
            baseline.read(measure, month, levels)?,
            scenario.read(measure, month, levels)?,
        );
        let of_centres = 100.0 * (is.median - was.median);
        // Where growth is that of the point forecasts, so is its change.
        let centred = centres.0.is_some() && baseline.centre(before).is_some();
        Some(GrowthShift {
            points: summary(points, levels)?.around(centred.then_some(of_centres)),
            baseline: was,
            scenario: is,
        })
    };
    Some(Comparison {
        measure,
        span,
        growth: growth(),
        value,
    })
}

fn differences(was: &[f64], is: &[f64]) -> Vec<f64> {
    was.iter().zip(is).map(|(a, b)| b - a).collect()
}

/// Summarise the draws that are finite; `None` if half of them or more are not.
fn summary(mut draws: Vec<f64>, levels: &[f64]) -> Option<DistributionSummary> {
    let all = draws.len();
    draws.retain(|v| v.is_finite());
    if 2 * draws.len() <= all {
        return None;
    }
    DistributionSummary::of(&draws, levels)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::projection::{JointDraws, JointSeries};
    use crate::trade::SeriesKey;

    #[test]
    fn a_change_is_measured_within_each_draw() {
        // Two years; 100 a month in the first. The second is 100, 110, 120 a month in three draws,
        // and a tenth higher in the scenario: growth 0, 10, 20 % becomes 10, 21, 32 %, so the
        // change is 10, 11, 12 points and its median 11, whatever the spread of growth itself.
        let joint = |factor: f64| {
            let node = JointSeries {
                key: SeriesKey::parse("A.B.X.TOTAL.USD").unwrap(),
                point: [[100.0; 12], [110.0 * factor; 12]].concat(),
                naive: vec![100.0; 24],
                known: Vec::new(),
            };
            let draws = [100.0, 110.0, 120.0].map(|v| [[100.0; 12], [v * factor; 12]].concat());
            JointDraws::new(Month::january(2024), 24, vec![node], draws.concat())
        };
        let (was, is) = (joint(1.0), joint(1.1));
        let december = Month::new(2025, 12).unwrap();
        let (was, is) = (SeriesDraws::new(&was, 0), SeriesDraws::new(&is, 0));
        let found = compare(was, is, GrowthMeasure::Year, december, &[0.5]).unwrap();
        let growth = found.growth.unwrap();
        assert!((growth.baseline.median - 0.10).abs() < 1e-12);
        assert!((growth.scenario.median - 0.21).abs() < 1e-12);
        let near = |found: f64, expected: f64| (found - expected).abs() < 1e-9;
        assert!(near(growth.points.median, 11.0));
        // Of 10, 11, 12 the draws stand at 1/6, 1/2 and 5/6, quartiles a quarter of a step inwards.
        let band = growth.points.bands[0];
        assert!(near(band.lower, 10.25) && near(band.upper, 11.75));
        assert!(near(found.value.change.median, 0.1 * 1320.0));
        assert_eq!(
            compare(was, is, GrowthMeasure::Year, december.plus(1), &[]),
            None
        );
    }
}
