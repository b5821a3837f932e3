//! The estimated growth of a span, from sums over it in every draw.

use super::measure::GrowthMeasure;
use super::ratio::{WeightedRatio, WeightedSpan};
use super::summary::{Band, DistributionSummary, OrderedDraws};
use crate::projection::SeasonalFactors;
use crate::trade::{Month, Span};

/// The estimated growth of a span that lies wholly or partly ahead, as fractions: 0.104 is +10.4 %.
#[derive(Debug, Clone, PartialEq)]
pub struct GrowthEstimate {
    /// The growth measure.
    pub measure: GrowthMeasure,
    /// The span.
    pub span: Span,
    /// The median over the draws; where one month ahead is compared with observed ones, the growth
    /// of its point forecast.
    pub median: f64,
    /// Central intervals over the draws.
    pub bands: Vec<Band>,
    /// The share of the span's forecast value that is already observed, 0 to 1.
    pub share_observed: f64,
    /// The growth if every month ahead repeated the same month of the last observed year.
    pub naive: f64,
}

/// Sums over spans, in every draw, on the naive path and on the point path.
pub(super) trait SpanSums {
    /// Return the weighted sum in each draw; `None` if a month is not covered.
    fn draws(&self, of: &WeightedSpan) -> Option<Vec<f64>>;
    /// Return the same sums, rising, where this order is known: those with one month ahead.
    fn rising_draws(&self, _of: &WeightedSpan) -> Option<Vec<f64>> {
        None
    }
    /// Return the weighted sum on the naive path.
    fn naive(&self, of: &WeightedSpan) -> Option<f64>;
    /// Return the observed part of the plain sum over `span`, and the whole sum on the point path.
    fn known(&self, span: Span) -> Option<(f64, f64)>;
    /// Return the weighted sum on the point path, and how many of its months are not observed;
    /// `None` if a month is not covered or the point path is no forecast of single months.
    fn point(&self, of: &WeightedSpan) -> Option<(f64, usize)>;
}

/// Summarise the sum over `span`, with an interval for each of `levels` (0 to 1). Where at most one
/// month is not observed, its centre is that of the point forecast, which is a mean where trade may
/// cease or a shift may pass. `None` if a month is not covered.
pub(super) fn value(
    sums: &impl SpanSums,
    span: Span,
    levels: &[f64],
) -> Option<DistributionSummary> {
    let of = WeightedSpan::plain(span);
    let summary = match sums.rising_draws(&of) {
        Some(rising) => DistributionSummary::of_rising(&rising, levels),
        None => DistributionSummary::of(&sums.draws(&of)?, levels),
    };
    Some(summary?.around(centre(sums, span)))
}

/// Return the sum over `span` on the point path, where at most one of its months is not observed.
pub(super) fn centre(sums: &impl SpanSums, span: Span) -> Option<f64> {
    let (sum, ahead) = sums.point(&WeightedSpan::plain(span))?;
    (ahead <= 1).then_some(sum)
}

/// Estimate the growth of `measure` at `month`, with an interval for each of `levels` (0 to 1).
/// `None` if a month of the span or of its base is not covered, if the base is not above zero in
/// most draws, or if the measure needs seasonal factors and there are none.
pub(super) fn estimate(
    sums: &impl SpanSums,
    measure: GrowthMeasure,
    month: Month,
    levels: &[f64],
    season: Option<&SeasonalFactors>,
) -> Option<GrowthEstimate> {
    let span = measure.span(month);
    let comparison = WeightedRatio::of(measure, month, season)?;
    let (value, base) = (&comparison.value, &comparison.base);
    let naive = comparison.growth(sums.naive(value)?, sums.naive(base)?)?;
    let of_base = sums.point(base);
    // On one base that is known, growth rises with the value.
    let known_base = of_base.filter(|(_, ahead)| *ahead == 0).map(|(sum, _)| sum);
    let rising = known_base.and_then(|_| sums.rising_draws(value));
    let is_rising = rising.is_some();
    let mut values = match rising {
        Some(values) => values,
        None => sums.draws(value)?,
    };
    // Growth on a known base rises with the value, so that it is computed at the quantiles alone.
    let of_values = known_base.and_then(|base| {
        let values = OrderedDraws::of(&values, is_rising, levels);
        let range = values.range()?;
        let growth = |value: f64| comparison.of_ratio(value / base);
        let is_whole = comparison.have_growth(range, base);
        is_whole.then(|| DistributionSummary::of_function(&values, levels, growth))?
    });
    let summary = match of_values {
        Some(summary) => summary,
        None => {
            let bases = match known_base {
                Some(base) => vec![base; values.len()],
                None => sums.draws(base)?,
            };
            comparison.divide(&mut values, &bases);
            let growth = |ratio: f64| comparison.of_ratio(ratio);
            let mut ratios = OrderedDraws::of(&values, is_rising, levels);
            let is_whole = |range| comparison.have_growth(range, 1.0);
            if !ratios.range().is_some_and(is_whole) {
                values.retain(|ratio| growth(*ratio).is_finite());
                if 2 * values.len() <= bases.len() {
                    return None;
                }
                ratios = OrderedDraws::of(&values, is_rising, levels);
            }
            DistributionSummary::of_function(&ratios, levels, growth)?
        }
    };
    let centre = match (sums.point(value), known_base) {
        (Some((value, 0 | 1)), Some(base)) => comparison.growth(value, base),
        _ => None,
    };
    let DistributionSummary { median, bands } = summary.around(centre);
    let (known, projected) = sums.known(span)?;
    Some(GrowthEstimate {
        measure,
        span,
        median,
        bands,
        share_observed: if projected > 0.0 {
            (known / projected).clamp(0.0, 1.0)
        } else {
            0.0
        },
        naive,
    })
}
