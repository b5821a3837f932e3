//! Notes on a series that its forecast takes into account.

use crate::projection::combine::post_processing::zero_share;
use crate::projection::history::origin::Origin;
use crate::projection::history::prepared::PreparedSeries;
use std::fmt;

/// A peculiarity of a series, and what was done about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ForecastNote {
    /// So many months without a value were bridged by straight lines. They are not scored, and
    /// smoothing does not learn from them.
    GapsBridged(usize),
    /// Fewer than 12 months: no season, and growth on a year before is mostly unknown.
    LessThanAYear,
    /// Fewer than 24 months: a season cannot be told from chance.
    LessThanTwoYears,
    /// Fewer than 36 months: the season is uncertain (below 30 months there are no seasonal
    /// indices), and weights and widths come from the panel or from defaults.
    LessThanThreeYears,
    /// Zeros among the last 36 months: the forecast leans to the mean of the values.
    ManyZeros,
    /// Values below zero: modelled in levels, without the pooled members.
    NegativeValues,
    /// Every value is the same and is continued.
    Constant,
    /// Effects of the calendar or of the user's regressors are part of the forecast, since they
    /// predicted left-out years.
    KnownEffects,
}

impl fmt::Display for ForecastNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::GapsBridged(1) => write!(f, "1 month without a figure was bridged"),
            Self::GapsBridged(n) => write!(f, "{n} months without a figure were bridged"),
            Self::LessThanAYear => write!(f, "less than a year of history: no season is modelled"),
            Self::LessThanTwoYears => {
                write!(f, "less than two years of history: no season is modelled")
            }
            Self::LessThanThreeYears => write!(
                f,
                "less than three years of history: the season is uncertain and the weights are not \
                 the series' own"
            ),
            Self::ManyZeros => write!(
                f,
                "zeros among the last 36 months: the forecast leans to the mean of the values"
            ),
            Self::NegativeValues => write!(f, "values below zero: modelled in levels"),
            Self::KnownEffects => write!(
                f,
                "effects of the calendar or of given columns are part of the forecast"
            ),
            Self::Constant => write!(f, "every value is the same: it is carried on"),
        }
    }
}

/// Return the notes on a series with so many gaps.
pub(super) fn notes(
    prepared: &PreparedSeries,
    origin: &Origin<'_>,
    gaps: usize,
) -> Vec<ForecastNote> {
    let length = match prepared.y.len() / origin.season.get() {
        0 => Some(ForecastNote::LessThanAYear),
        1 => Some(ForecastNote::LessThanTwoYears),
        2 => Some(ForecastNote::LessThanThreeYears),
        _ => None,
    };
    let constant = prepared.y.iter().all(|v| *v == prepared.y[0]);
    [
        (gaps > 0).then_some(ForecastNote::GapsBridged(gaps)),
        length,
        (zero_share(origin) > 0.0 && !constant).then_some(ForecastNote::ManyZeros),
        (!origin.transform.is_log()).then_some(ForecastNote::NegativeValues),
        constant.then_some(ForecastNote::Constant),
        (!origin.effects.is_empty()).then_some(ForecastNote::KnownEffects),
    ]
    .into_iter()
    .flatten()
    .collect()
}
