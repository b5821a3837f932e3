//! The growth of a sum, split into the contributions of its parts.

use super::contribution::contributions;
use crate::trade::{Series, Span};

/// The contribution of a part to the growth of a sum.
#[derive(Debug, Clone, PartialEq)]
pub struct PartContribution {
    /// The part: `X`, `M`, or a partner code.
    pub name: String,
    /// Percentage points.
    pub points: f64,
}

/// The growth of a sum over a span, split into the contributions of its parts.
#[derive(Debug, Clone, PartialEq)]
pub struct ContributionSplit {
    /// The span that grew.
    pub span: Span,
    /// The parts; their points add up to `100 · growth`.
    pub parts: Vec<PartContribution>,
    /// The growth of the parts' sum, a fraction.
    pub growth: f64,
}

impl ContributionSplit {
    /// Split the growth of the sum of monthly series over `span`; `None` if a month is missing or
    /// the base is not above zero.
    pub fn of_series(parts: &[(&str, Series<'_>)], span: Span) -> Option<Self> {
        let sums = |series: &Series<'_>| Some((series.sum(span)?, series.sum(span.year_before())?));
        let levels = parts.iter().map(|(_, series)| sums(series));
        let levels: Vec<(f64, f64)> = levels.collect::<Option<_>>()?;
        Self::of(
            parts.iter().map(|(name, _)| (*name).to_owned()),
            &levels,
            span,
        )
    }

    /// Split the growth of the sum of parts, given as (now, before).
    pub(super) fn of(
        names: impl IntoIterator<Item = String>,
        levels: &[(f64, f64)],
        span: Span,
    ) -> Option<Self> {
        let points = contributions(levels)?;
        let (now, before) = levels
            .iter()
            .fold((0.0, 0.0), |(n, b), (now, before)| (n + now, b + before));
        let named = names.into_iter().zip(points);
        Some(Self {
            span,
            parts: named
                .map(|(name, points)| PartContribution { name, points })
                .collect(),
            growth: now / before - 1.0,
        })
    }
}
