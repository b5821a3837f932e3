//! What every figure must satisfy, whatever format it was read of.

use super::figures::{Figure, FigureKind, FigureRow};
use crate::trade::release::usual_delay;
use crate::trade::{FigureMeasure, Flow, LARGEST, Month, SeriesKey, Span, YEARS};
use std::ops::RangeInclusive;
use std::sync::LazyLock;
use time::Date;

/// The column of a row that is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FigureColumn {
    /// The period.
    Period,
    /// The value.
    Value,
}

/// The expectation that a unit is refused with.
pub(crate) const NO_CURRENCY: &str = "expected a currency of ISO 4217";

/// The years that are those of another calendar today: the Persian 1404, the Islamic 1447.
const OTHER_CALENDARS: RangeInclusive<i32> = 1300..=1499;

/// The most days by which a release may precede the end of its period: forecasts of a year are not
/// figures.
const EARLIEST: i64 = 366;

/// Check a figure: a currency, years in range, a release that does not precede its period by far, a
/// finite value, and no negative level of a flow that cannot be negative.
///
/// # Errors
/// The column that is wrong, and what was expected.
pub(super) fn check(key: &SeriesKey, figure: &Figure<'_>) -> Result<(), (FigureColumn, String)> {
    check_span(figure)?;
    if !key.unit.is_iso() {
        let expected = format!("{NO_CURRENCY}, not `{}`", key.unit);
        return Err((FigureColumn::Value, expected));
    }
    check_value(key.flow, figure)
}

/// Check the period of a figure as [`check`] does.
///
/// # Errors
/// The column that is wrong, and what was expected.
pub(super) fn check_span(figure: &Figure<'_>) -> Result<(), (FigureColumn, String)> {
    if figure.kind == FigureKind::Observation && figure.span.len() != 1 {
        return Err((FigureColumn::Period, "expected a month".to_owned()));
    }
    check_years(figure.span, YEARS).map_err(|expected| (FigureColumn::Period, expected))?;
    if let Some(expected) = too_early(figure.span, figure.released_on) {
        let stated = figure.released_on.map(|day| format!(", not {day}"));
        let expected = expected + &stated.unwrap_or_default();
        return Err((FigureColumn::Period, expected));
    }
    Ok(())
}

/// Check that a period lies within years, and in none of another calendar.
///
/// # Errors
/// What was expected.
pub(super) fn check_years(span: Span, years: RangeInclusive<i32>) -> Result<(), String> {
    let ends = [span.first().year(), span.last().year()];
    if ends.iter().any(|year| OTHER_CALENDARS.contains(year)) {
        return Err(
            "expected a year of the Gregorian calendar: this one may be of another, whose \
                    periods are not read"
                .to_owned(),
        );
    }
    match ends.iter().all(|year| years.contains(year)) {
        true => Ok(()),
        false => Err(format!(
            "expected a period within the years {} to {}",
            years.start(),
            years.end()
        )),
    }
}

/// Check the value of a figure as [`check`] does, but for its currency.
///
/// # Errors
/// The column that is wrong, and what was expected.
pub(super) fn check_value(flow: Flow, figure: &Figure<'_>) -> Result<(), (FigureColumn, String)> {
    if figure.kind == FigureKind::Observation && figure.value.is_nan() {
        return Ok(());
    }
    if figure.value.is_nan() || figure.value.abs() > LARGEST {
        let expected = "expected a finite number, in base units at most 1e100";
        return Err((FigureColumn::Value, expected.to_owned()));
    }
    let level = figure.measure == FigureMeasure::Level;
    if level && figure.value < 0.0 && !flow.may_be_negative() {
        let word = flow.word();
        let expected = format!("expected a value of zero or more: {word} are never negative");
        return Err((FigureColumn::Value, expected));
    }
    Ok(())
}

/// Return why a figure of `span` cannot have been released on `released_on`; `None` where it can.
///
/// A figure without a day of release counts as released by today, so that a year mistyped as one
/// far ahead is found: every month before it would become a gap.
pub(super) fn too_early(span: Span, released_on: Option<Date>) -> Option<String> {
    /// The day on which this process met its first figure. The clock is read again only for periods
    /// far ahead of it.
    static FIRST: LazyLock<Date> = LazyLock::new(today);
    // This runs once a row: few need more than their last month.
    if released_on.is_none() && span.last() <= Month::of(*FIRST) {
        return None;
    }
    let end = span.last().last_day();
    let day = match released_on {
        Some(day) => day,
        None if (end - *FIRST).whole_days() <= EARLIEST => return None,
        None => today(),
    };
    let early = (end - day).whole_days() > EARLIEST;
    early.then(|| match released_on {
        Some(_) => format!(
            "expected a day of release at most {EARLIEST} days before the period ends, on {end}"
        ),
        None => format!(
            "expected a period that ends at most {EARLIEST} days from today where no day of \
             release \
             is stated"
        ),
    })
}

/// Return why a figure that arrives on `today` cannot be true yet: column, value and what was
/// expected; `None` where it can. Reporters get their usual delay beyond the day, so that no time
/// zone and no early estimate is refused. A gap may lie ahead, and so may the span of a published
/// figure.
pub(super) fn too_late(
    reporter: &str,
    row: &FigureRow,
    today: Date,
) -> Option<(&'static str, String, String)> {
    // This runs once a row: few need more than their last month.
    let is_past = row.released_on.is_none() && row.span.last() < Month::of(today);
    if row.kind == FigureKind::Rate || is_past {
        return None;
    }
    let latest = today.saturating_add(usual_delay(reporter));
    if let Some(day) = row.released_on.filter(|day| *day > latest) {
        let expected = format!("expected a day of release up to {latest}");
        return Some(("released_on", day.to_string(), expected));
    }
    let is_ahead = row.span.last().last_day() > latest;
    (row.kind == FigureKind::Observation && !row.value.is_nan() && is_ahead).then(|| {
        let expected = format!("expected a period that ends by {latest}");
        ("period", row.span.to_string(), expected)
    })
}

/// Return the day on which figures arrive, in UTC.
pub(super) fn today() -> Date {
    time::OffsetDateTime::now_utc().date()
}
