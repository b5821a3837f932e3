//! Growth from observed figures alone.

use super::measure::GrowthMeasure;
use super::ratio::{WeightedRatio, WeightedSpan};
use crate::projection::SeasonalFactors;
use crate::trade::{Month, Series, Span};

/// Return the observed growth of `measure` at `month`; `None` if a month is missing or the base is
/// not above zero, and for measures that need seasonal factors.
pub fn observed(series: &Series<'_>, measure: GrowthMeasure, month: Month) -> Option<f64> {
    observed_with(series, None, measure, month)
}

/// Return the observed growth of any `measure` at `month`, seasonally adjusted by `season` where
/// the measure needs it; else as [`observed`].
pub fn observed_with(
    series: &Series<'_>,
    season: Option<&SeasonalFactors>,
    measure: GrowthMeasure,
    month: Month,
) -> Option<f64> {
    let comparison = WeightedRatio::of(measure, month, season)?;
    let sum = |of: &WeightedSpan| {
        let values: Option<Vec<f64>> = of.span.iter().map(|month| series.at(month)).collect();
        Some(of.sum(&values?))
    };
    comparison.growth(sum(&comparison.value)?, sum(&comparison.base)?)
}

/// Return the latest observed growth of `measure`: at the last month, or of the last whole year or
/// quarter. `None` as for [`observed`].
pub fn latest(
    series: &Series<'_>,
    season: Option<&SeasonalFactors>,
    measure: GrowthMeasure,
) -> Option<(Span, f64)> {
    let last = series.last();
    let whole = match measure {
        GrowthMeasure::Year => 12,
        GrowthMeasure::Quarter => 3,
        _ => 1,
    };
    let at = last.plus(-(i32::from(last.of_year()) % whole));
    Some((
        measure.span(at),
        observed_with(series, season, measure, at)?,
    ))
}
