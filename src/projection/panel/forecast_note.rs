//! Notes on a series that its forecast takes into account.

use crate::projection::history::origin::Origin;
use crate::projection::history::prepared::PreparedSeries;
use crate::trade::Month;
use std::fmt;

/// A peculiarity of a series, and what was done about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ForecastNote {
    /// So many months without a value were bridged by straight lines. They are not scored, and
    /// smoothing does not learn from them.
    GapsBridged(usize),
    /// Fewer than 12 months: no season, and growth on a year before is mostly unknown.
    LessThanAYear,
    /// Fewer than 24 months: the season is that of the last year, as far as it repeats.
    LessThanTwoYears,
    /// Fewer than 36 months: the season is uncertain (below 30 months it is that of the last two
    /// years, as far as they agree), and weights and widths come from the panel or from defaults.
    LessThanThreeYears,
    /// So many months without trade (zero, a small correction below zero, or tiny beside their
    /// neighbours): months with trade are modelled alone, and each month ahead is weighed by its
    /// share of years with trade.
    MonthsWithoutTrade(usize),
    /// No trade in the last months, against what the series did before: it has stopped with this
    /// probability.
    Stopped {
        /// The months since the last one with trade.
        months: usize,
        /// The probability that it stays so, in percent.
        percent: u8,
    },
    /// A change of level in the last months, which may last or pass.
    LevelShift {
        /// The first month at the new level.
        since: Month,
        /// The change, in percent.
        percent: i32,
        /// The probability that it lasts, in percent.
        lasting: u8,
    },
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
                write!(
                    f,
                    "less than two years of history: the season is that of the last year"
                )
            }
            Self::LessThanThreeYears => write!(
                f,
                "less than three years of history: the season is uncertain and the weights are not \
                 the series' own"
            ),
            Self::MonthsWithoutTrade(1) => write!(
                f,
                "1 month without trade: it is no part of the level, and months ahead are weighed \
                 by how often they have trade"
            ),
            Self::MonthsWithoutTrade(n) => write!(
                f,
                "{n} months without trade: they are no part of the level, and months ahead are \
                 weighed by how often they have trade"
            ),
            Self::Stopped { months, percent } => write!(
                f,
                "no trade for {months} months: weighed {:.2} that it has stopped",
                f64::from(*percent) / 100.0
            ),
            Self::LevelShift {
                since,
                percent,
                lasting,
            } => write!(
                f,
                "level shift since {since}, {percent:+} %, weighed {:.2} that it lasts",
                f64::from(*lasting) / 100.0
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
        months_without_trade(origin).filter(|_| !constant),
        stopped(origin).filter(|_| !constant),
        origin.shift.map(|shift| ForecastNote::LevelShift {
            since: prepared.first.forward(origin.len() - shift.months),
            percent: (100.0 * shift.change.exp_m1()).round() as i32,
            lasting: (100.0 * shift.lasting).round() as u8,
        }),
        (!origin.transform.is_log()).then_some(ForecastNote::NegativeValues),
        constant.then_some(ForecastNote::Constant),
        (!origin.effects.is_empty()).then_some(ForecastNote::KnownEffects),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn months_without_trade(origin: &Origin<'_>) -> Option<ForecastNote> {
    let inactive = origin.inactive.as_ref()?;
    let count = inactive.months - inactive.trailing_if_stopped();
    (count > 0).then_some(ForecastNote::MonthsWithoutTrade(count))
}

fn stopped(origin: &Origin<'_>) -> Option<ForecastNote> {
    let inactive = origin.inactive.as_ref()?;
    let months = inactive.trailing_if_stopped();
    (months > 0).then(|| ForecastNote::Stopped {
        months,
        percent: (100.0 * inactive.stopped).round() as u8,
    })
}
