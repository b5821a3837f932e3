//! Events that a request states of its series.

use super::request_error::RequestError;
use crate::projection::{StatedEvent, StatedEvents};

/// The most events of a request.
const MAX_EVENTS: usize = 1000;

/// An event that a request states.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeriesEvent {
    /// The key of the series; `None` for all series of the request.
    pub series: Option<String>,
    /// The event.
    pub event: StatedEvent,
}

/// The events that a request states.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RequestEvents(Vec<SeriesEvent>);

impl RequestEvents {
    /// Return the events of a request for the series with the keys `requested`; none for all.
    ///
    /// # Errors
    /// Too many events, or one of a series that is not requested.
    pub fn new(events: Vec<SeriesEvent>, requested: &[String]) -> Result<Self, RequestError> {
        let refuse = |expected: String, found: String| {
            Err(RequestError {
                field: "events",
                expected,
                found,
            })
        };
        if events.len() > MAX_EVENTS {
            let expected = format!("expected at most {MAX_EVENTS} events");
            return refuse(expected, events.len().to_string());
        }
        let known = |key: &str| requested.iter().any(|other| same(other, key));
        let stated = events.iter().filter_map(|event| event.series.as_deref());
        let mut unknown = stated.filter(|key| !requested.is_empty() && !known(key));
        match unknown.next() {
            Some(key) => refuse("expected one of the series".to_owned(), key.to_owned()),
            None => Ok(Self(events)),
        }
    }

    /// Return the events as they were stated.
    pub fn all(&self) -> &[SeriesEvent] {
        &self.0
    }

    /// Return the events of the series with the key `id`.
    pub fn of(&self, id: &str) -> StatedEvents {
        let own = self.0.iter().filter(|event| {
            let series = event.series.as_deref();
            series.is_none_or(|series| same(series, id))
        });
        own.map(|event| event.event).collect()
    }
}

/// Whether two texts are the same key.
fn same(a: &str, b: &str) -> bool {
    a.trim().eq_ignore_ascii_case(b.trim())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trade::{Month, Span};

    #[test]
    fn events_belong_to_their_series_or_to_all() {
        let april = Month::parse("2025-04").unwrap();
        let shift = SeriesEvent {
            series: Some(" a.b.m.t.usd".to_owned()),
            event: StatedEvent::LevelShift(april),
        };
        let outlier = SeriesEvent {
            series: None,
            event: StatedEvent::Outlier(Span::parse("2020-Q2").unwrap()),
        };
        let keys = ["A.B.M.T.USD", "A.B.X.T.USD"].map(str::to_owned);
        let both = vec![shift.clone(), outlier.clone()];
        let events = RequestEvents::new(both, &keys).unwrap();
        let expected: StatedEvents = [shift.event, outlier.event].into_iter().collect();
        assert_eq!(events.of(&keys[0]), expected);
        let expected: StatedEvents = [outlier.event].into_iter().collect();
        assert_eq!(events.of(&keys[1]), expected);
        let error = RequestEvents::new(vec![shift], &keys[1..]).unwrap_err();
        let text = "events: expected one of the series, not  a.b.m.t.usd";
        assert_eq!(error.to_string(), text);
    }
}
