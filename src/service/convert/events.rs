//! Events stated in requests.

use super::fields::{check_length, refuse};
use crate::pipeline::{RequestEvents, SeriesEvent};
use crate::projection::StatedEvent;
use crate::service::pb;
use crate::service::pb::stated_event::Event as Wire;
use crate::service::status::ServiceError;
use crate::trade::{Month, Span};

/// Read the events of a request for the series with these keys.
pub(super) fn events(
    wire: Vec<pb::StatedEvent>,
    series: &[String],
) -> Result<RequestEvents, ServiceError> {
    let events = wire.into_iter().enumerate().map(|(k, wire)| {
        check_length("events", &wire.series)?;
        let wrong = |reason: String| refuse("events", format!("at position {k}: {reason}"));
        let event = match wire.event {
            Some(Wire::LevelShift(month)) => {
                let month = Month::parse(&month).map_err(|error| wrong(error.to_string()))?;
                StatedEvent::LevelShift(month)
            }
            Some(Wire::Outlier(months)) => {
                check_length("events", &months)?;
                let months = Span::parse(&months).map_err(|error| wrong(error.to_string()))?;
                StatedEvent::Outlier(months)
            }
            None => return Err(wrong("expected a level shift or an outlier".to_owned())),
        };
        Ok(SeriesEvent {
            series: Some(wire.series).filter(|series| !series.trim().is_empty()),
            event,
        })
    });
    let events = events.collect::<Result<Vec<_>, ServiceError>>()?;
    Ok(RequestEvents::new(events, series)?)
}

/// Write the events of a request.
pub(super) fn wire_events(events: &RequestEvents) -> Vec<pb::StatedEvent> {
    let event = |event: &SeriesEvent| pb::StatedEvent {
        series: event.series.clone().unwrap_or_default(),
        event: Some(match event.event {
            StatedEvent::LevelShift(month) => Wire::LevelShift(month.to_string()),
            StatedEvent::Outlier(span) => Wire::Outlier(span.to_string()),
        }),
    };
    events.all().iter().map(event).collect()
}
