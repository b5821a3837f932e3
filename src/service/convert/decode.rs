//! Fields of answers, as the client reads them.

use crate::trade::month::parse_date;
use crate::trade::{Currency, Month, SeriesKey, Span};
use time::Date;

/// A field of an answer that cannot be read: the server is faulty, or newer than the client.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the server's answer cannot be read: {field}: {reason}; \
     is the server of a later version than this program?"
)]
pub struct DecodeError {
    /// The field, as the wire names it.
    pub field: &'static str,
    /// What was found and what was expected.
    pub reason: String,
}

impl DecodeError {
    /// The error of a field that the answer lacks.
    pub(super) fn missing(field: &'static str) -> Self {
        Self {
            field,
            reason: "it is missing".to_owned(),
        }
    }

    /// The error of an enum's number that has no meaning here.
    pub(super) fn number(field: &'static str, number: i32) -> Self {
        Self {
            field,
            reason: format!("the number {number} has no known meaning"),
        }
    }
}

/// Return the error of `field` for any reason.
pub(super) fn unreadable<E: ToString>(field: &'static str) -> impl Fn(E) -> DecodeError {
    move |reason| DecodeError {
        field,
        reason: reason.to_string(),
    }
}

pub(super) fn month(field: &'static str, text: &str) -> Result<Month, DecodeError> {
    Month::parse(text).map_err(unreadable(field))
}

pub(super) fn span(field: &'static str, text: &str) -> Result<Span, DecodeError> {
    Span::parse(text).map_err(unreadable(field))
}

/// Read a span; the empty text is none.
pub(super) fn optional_span(field: &'static str, text: &str) -> Result<Option<Span>, DecodeError> {
    match text {
        "" => Ok(None),
        text => span(field, text).map(Some),
    }
}

/// Read a date.
pub(super) fn date(field: &'static str, text: &str) -> Result<Date, DecodeError> {
    optional_date(field, text)?.ok_or_else(|| DecodeError::missing(field))
}

/// Read a date; the empty text is none.
pub(super) fn optional_date(field: &'static str, text: &str) -> Result<Option<Date>, DecodeError> {
    match text {
        "" => Ok(None),
        text => parse_date(text).map(Some).map_err(unreadable(field)),
    }
}

pub(super) fn key(field: &'static str, text: &str) -> Result<SeriesKey, DecodeError> {
    SeriesKey::parse(text).map_err(unreadable(field))
}

pub(super) fn currency(field: &'static str, text: &str) -> Result<Currency, DecodeError> {
    Currency::parse(text).map_err(unreadable(field))
}

pub(super) fn count(field: &'static str, number: i32) -> Result<usize, DecodeError> {
    usize::try_from(number).map_err(unreadable(field))
}

/// Read every element of a list.
pub(super) fn all<A, B>(wire: Vec<A>) -> Result<Vec<B>, DecodeError>
where
    B: TryFrom<A, Error = DecodeError>,
{
    wire.into_iter().map(B::try_from).collect()
}

/// Read a field that may be absent.
pub(super) fn optional<A, B>(wire: Option<A>) -> Result<Option<B>, DecodeError>
where
    B: TryFrom<A, Error = DecodeError>,
{
    wire.map(B::try_from).transpose()
}

/// Read a field that must be there.
pub(super) fn required<A, B>(field: &'static str, wire: Option<A>) -> Result<B, DecodeError>
where
    B: TryFrom<A, Error = DecodeError>,
{
    wire.ok_or_else(|| DecodeError::missing(field))?.try_into()
}
