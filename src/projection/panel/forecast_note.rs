//! Notes on a series that its forecast takes into account.

use crate::projection::history::last_figures::DepartingFigures;
use crate::projection::history::origin::Origin;
use crate::projection::history::prepared::PreparedSeries;
use crate::trade::{FrequencyStretch, Month};
use std::fmt;

/// A peculiarity of a series, and what was done about it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ForecastNote {
    /// The last figures are far from the level before them, and further than the series has been:
    /// they may be wrong.
    LastFigures {
        /// The first of them.
        first: Month,
        /// The last of them.
        last: Month,
        /// Their level over the level before them.
        ratio: f64,
        /// Whether that is close to a power of ten.
        another_unit: bool,
    },
    /// So many months without a value were bridged by straight lines. They are not scored, and
    /// smoothing does not learn from them.
    GapsBridged(usize),
    /// Earlier figures come at another frequency: the history begins after them.
    OtherFrequency(FrequencyStretch),
    /// Months of the year without a figure in any year: their season is unknown, and their
    /// intervals are wide.
    SeasonUnknown {
        /// The first such month ahead.
        first: Month,
        /// How many months of the year they are.
        months: usize,
    },
    /// Fewer than 12 months: no season, and growth on a year before is mostly unknown.
    LessThanAYear,
    /// Fewer than 24 months: the season is that of the last year, as far as it repeats.
    LessThanTwoYears,
    /// Fewer than 36 months: the season is uncertain (below 30 months it is that of the last two
    /// years, as far as they agree), and weights and widths come from the panel or from defaults.
    LessThanThreeYears,
    /// So many months without trade (zero, or tiny beside their neighbours): months with trade are
    /// modelled alone, and each month ahead is weighed by its share of years with trade.
    MonthsWithoutTrade(usize),
    /// So many months of a flow are below zero, by small corrections (credit notes): they are
    /// treated as months without trade.
    Corrections(usize),
    /// No trade in the last months, against what the series did before: it has stopped with this
    /// probability.
    Stopped {
        /// The months since the last one with trade.
        months: usize,
        /// The probability that it stays so, in percent.
        percent: u8,
    },
    /// Trade only in the last months, after a long time without: it goes on with this probability.
    Begun {
        /// The months since the first one with trade.
        months: usize,
        /// The probability that it goes on, in percent.
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
    /// A level shift that is stated: it lasts.
    StatedShift {
        /// The first month at the new level.
        since: Month,
        /// The change, in percent; `None` of a series in levels.
        percent: Option<i32>,
    },
    /// A month that is stated to be exceptional: the history goes on without it.
    StatedOutlier(Month),
    /// An event is stated of this month, which is not in the history (of a shift: not after its
    /// first month).
    EventOutside(Month),
    /// Values below zero: modelled in levels, without the pooled members.
    NegativeValues,
    /// Every value is the same and is continued.
    Constant,
    /// Effects of the calendar are part of the forecast, since they predicted left-out years.
    CalendarEffects,
    /// Effects of the calendar and of the user's regressors are part of the forecast, since they
    /// predicted left-out years.
    GivenEffects,
    /// Most series of the panel fell in their last months: members that follow the latest level
    /// have this share of the weight more than usual, in percent.
    SharedFall(u8),
    /// Newer months of other series move the forecast.
    NewerMonths {
        /// How many other series have newer months.
        series: usize,
        /// The latest of these months.
        latest: Month,
        /// The change of the first month ahead, in thousandths.
        per_mille: i32,
    },
}

impl fmt::Display for ForecastNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LastFigures {
                first,
                last,
                ratio,
                another_unit,
            } => {
                let it = if first == last { "it" } else { "them" };
                if first == last {
                    write!(f, "{last} is ")?;
                } else {
                    write!(f, "{first} to {last} are ")?;
                }
                // Of another unit the power of ten says all.
                let size = match another_unit {
                    true => 10_f64.powf(ratio.log10().round()),
                    false => *ratio,
                };
                let times = if *ratio < 1.0 { 100.0 * size } else { size };
                let digits = (1.0 - times.log10().floor()).clamp(0.0, 12.0) as usize;
                let number = format!("{times:.digits$}");
                let number = match number.contains('.') {
                    true => number.trim_end_matches('0').trim_end_matches('.'),
                    false => &number,
                };
                let unit = if *ratio < 1.0 { " %" } else { " times" };
                let of = if *ratio < 1.0 { "of " } else { "" };
                let question = match another_unit {
                    true => "another unit?",
                    false => "an error?",
                };
                write!(f, "{number}{unit} {of}the level before {it}: {question}")
            }
            Self::GapsBridged(1) => write!(f, "1 month without a figure was bridged"),
            Self::GapsBridged(n) => write!(f, "{n} months without a figure were bridged"),
            Self::OtherFrequency(stretch) => write!(
                f,
                "figures from {} to {} look {}: the history begins after them",
                stretch.first,
                stretch.last,
                stretch.frequency()
            ),
            Self::SeasonUnknown { first, months: 1 } => write!(
                f,
                "no figure in any year for the month of {first}: its season is unknown and its \
                 interval wide"
            ),
            Self::SeasonUnknown { first, months } => write!(
                f,
                "no figure in any year for {months} months of the year, the first of them ahead \
                 {first}: their season is unknown and their intervals wide"
            ),
            Self::LessThanAYear => write!(
                f,
                "less than a year of history: neither season nor trend is modelled"
            ),
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
            Self::Corrections(1) => write!(
                f,
                "1 month below zero, as by a credit note: it is no part of the level"
            ),
            Self::Corrections(n) => write!(
                f,
                "{n} months below zero, as by credit notes: they are no part of the level"
            ),
            Self::Stopped { months, percent } => write!(
                f,
                "no trade for {months} month{}: weighed {:.2} that it has stopped",
                if *months == 1 { "" } else { "s" },
                f64::from(*percent) / 100.0
            ),
            Self::Begun { months, percent } => write!(
                f,
                "trade began {months} month{} ago: weighed {:.2} that it goes on",
                if *months == 1 { "" } else { "s" },
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
            Self::StatedShift {
                since,
                percent: Some(percent),
            } => write!(
                f,
                "stated level shift since {since}, {percent:+} %: it lasts"
            ),
            Self::StatedShift {
                since,
                percent: None,
            } => write!(f, "stated level shift since {since}: it lasts"),
            Self::StatedOutlier(month) => {
                write!(f, "stated outlier {month}: the history goes on without it")
            }
            Self::EventOutside(month) => {
                write!(
                    f,
                    "the event stated of {month} lies outside the history: it is ignored"
                )
            }
            Self::NegativeValues => write!(f, "values below zero: modelled in levels"),
            Self::CalendarEffects => {
                write!(f, "effects of the calendar are part of the forecast")
            }
            Self::GivenEffects => write!(
                f,
                "effects of the calendar and of given columns are part of the forecast"
            ),
            Self::SharedFall(percent) => write!(
                f,
                "most series of the panel fell in their last months: {percent} % of the weight \
                 moves to members that follow the latest level"
            ),
            Self::NewerMonths {
                series,
                latest,
                per_mille,
            } => write!(
                f,
                "newer months of {series} other series, to {latest}: {:+.1} % in the first month",
                f64::from(*per_mille) / 10.0
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
        last_figures(prepared, origin),
        (gaps > 0).then_some(ForecastNote::GapsBridged(gaps)),
        season_unknown(prepared, origin).filter(|_| !constant),
        length,
        months_without_trade(prepared, origin).filter(|_| !constant),
        corrections(prepared, origin).filter(|_| !constant),
        stopped(origin).filter(|_| !constant),
        begun(origin).filter(|_| !constant),
        level_shift(prepared, origin),
        (!origin.transform.is_log()).then_some(ForecastNote::NegativeValues),
        constant.then_some(ForecastNote::Constant),
        (!origin.effects.is_empty()).then_some(match prepared.has_regressors() {
            true => ForecastNote::GivenEffects,
            false => ForecastNote::CalendarEffects,
        }),
    ]
    .into_iter()
    .flatten()
    .chain(stated(prepared, origin))
    .collect()
}

/// Return the note on months of the year without a figure, where their season may be large.
fn season_unknown(prepared: &PreparedSeries, origin: &Origin<'_>) -> Option<ForecastNote> {
    let unseen = origin.unseen_phases();
    let matters = origin.unseen_season(&unseen) > 0.5 * origin.one_step;
    unseen
        .first()
        .filter(|_| matters)
        .map(|phase| ForecastNote::SeasonUnknown {
            first: prepared.last().forward(phase + 1),
            months: unseen.len(),
        })
}

/// Return the note on a level shift in the last months. A small one that is no longer in doubt is
/// history like any other.
fn level_shift(prepared: &PreparedSeries, origin: &Origin<'_>) -> Option<ForecastNote> {
    const SMALL: f64 = 0.05;
    const CERTAIN: f64 = 0.95;
    let shift = origin.shift?;
    let matters = shift.change.abs() >= SMALL || shift.lasting < CERTAIN;
    matters.then(|| ForecastNote::LevelShift {
        since: prepared.first.forward(origin.len() - shift.months),
        percent: (100.0 * shift.change.exp_m1()).round() as i32,
        lasting: (100.0 * shift.lasting).round() as u8,
    })
}

/// Return the notes on stated events, the earliest first.
fn stated(prepared: &PreparedSeries, origin: &Origin<'_>) -> Vec<ForecastNote> {
    let month = |t: usize| prepared.first.forward(t);
    let shifts = origin.stated_shifts.iter().rev();
    let shifts = shifts.map(|shift| ForecastNote::StatedShift {
        since: month(origin.len() - shift.months),
        percent: origin
            .transform
            .is_log()
            .then(|| (100.0 * shift.change.exp_m1()).round() as i32),
    });
    let outliers = (0..origin.len()).filter(|t| prepared.is_outlier(*t));
    let outliers = outliers.map(|t| ForecastNote::StatedOutlier(month(t)));
    shifts.chain(outliers).collect()
}

fn last_figures(prepared: &PreparedSeries, origin: &Origin<'_>) -> Option<ForecastNote> {
    let n = origin.len();
    let seen: Vec<bool> = (0..n).map(|t| prepared.is_seen(t)).collect();
    let found = DepartingFigures::find(origin.y, &seen)?;
    let mut known = (0..n).rev().filter(|t| seen[*t]);
    let last = known.next()?;
    let first = match found.months {
        0 | 1 => last,
        more => known.nth(more - 2)?,
    };
    Some(ForecastNote::LastFigures {
        first: prepared.first.forward(first),
        last: prepared.first.forward(last),
        ratio: found.ratio,
        another_unit: found.may_be_another_unit(),
    })
}

fn months_without_trade(prepared: &PreparedSeries, origin: &Origin<'_>) -> Option<ForecastNote> {
    let inactive = origin.inactive.as_ref()?;
    let count = inactive.months - inactive.trailing_if_stopped();
    let count = count.saturating_sub(months_below_zero(prepared, origin));
    (count > 0 && inactive.begun == 0).then_some(ForecastNote::MonthsWithoutTrade(count))
}

fn corrections(prepared: &PreparedSeries, origin: &Origin<'_>) -> Option<ForecastNote> {
    origin.inactive.as_ref()?;
    let count = months_below_zero(prepared, origin);
    (count > 0).then_some(ForecastNote::Corrections(count))
}

/// Return how many months of a flow are below zero, without those at the end where it may have
/// stopped.
fn months_below_zero(prepared: &PreparedSeries, origin: &Origin<'_>) -> usize {
    let inactive = origin.inactive.as_ref();
    let trailing = inactive.map_or(0, |inactive| inactive.trailing_if_stopped());
    let months = 0..origin.len().saturating_sub(trailing);
    let below = months.filter(|t| prepared.is_seen(*t) && origin.y[*t] < 0.0);
    below.count()
}

fn begun(origin: &Origin<'_>) -> Option<ForecastNote> {
    let inactive = origin.inactive.as_ref()?;
    (inactive.begun > 0).then(|| ForecastNote::Begun {
        months: inactive.begun,
        percent: (100.0 * (1.0 - inactive.stopped)).round() as u8,
    })
}

fn stopped(origin: &Origin<'_>) -> Option<ForecastNote> {
    let inactive = origin.inactive.as_ref()?;
    let months = inactive.trailing_if_stopped();
    (months > 0).then(|| ForecastNote::Stopped {
        months,
        percent: (100.0 * inactive.stopped).round() as u8,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_last_figure_that_looks_wrong_is_said_in_one_sentence() {
        let note = |first: &str, ratio, another_unit| {
            let month = |text| Month::parse(text).unwrap();
            let (first, last) = (month(first), month("2026-11"));
            let note = ForecastNote::LastFigures {
                first,
                last,
                ratio,
                another_unit,
            };
            note.to_string()
        };
        for (note, expected) in [
            (
                note("2026-11", 0.000_88, true),
                "2026-11 is 0.1 % of the level before it: another unit?",
            ),
            (
                note("2026-10", 1012.3, true),
                "2026-10 to 2026-11 are 1000 times the level before them: another unit?",
            ),
            (
                note("2026-11", 32.0, false),
                "2026-11 is 32 times the level before it: an error?",
            ),
            (
                note("2026-11", 1.04e-8, true),
                "2026-11 is 0.000001 % of the level before it: another unit?",
            ),
        ] {
            assert_eq!(note, expected);
        }
    }
}
