//! `GetOutlookChange` and `GetOutlookRecord`: outlooks of several days.

use super::decode::{self, DecodeError};
use super::fields::{check_length, refuse};
use super::outlook::wire_request;
use crate::pipeline::OutlookRequest;
use crate::pipeline::outlook::{ChangeCause, OutlookChange, TrackRecord, TrackRecordRow};
use crate::service::pb;
use crate::service::status::ServiceError;
use crate::trade::month::parse_date;
use time::Date;

/// A version of the store, the outlook that is repeated, and another day.
pub(in crate::service) type Repeated = (Option<u64>, OutlookRequest, Date);

fn repeated(
    outlook: Option<pb::GetOutlookRequest>,
    field: &'static str,
    day: &str,
) -> Result<Repeated, ServiceError> {
    let outlook = outlook.ok_or_else(|| refuse("outlook", "expected a request for an outlook"))?;
    check_length(field, day)?;
    let day = parse_date(day).map_err(|e| refuse(field, e.to_string()))?;
    Ok((outlook.version, OutlookRequest::try_from(outlook)?, day))
}

/// Read a request for a change: the outlook and the earlier day.
pub(in crate::service) fn change_request(
    outlook: Option<pb::GetOutlookRequest>,
    since: &str,
) -> Result<Repeated, ServiceError> {
    repeated(outlook, "since", since)
}

/// Read a request for a record: the outlook and the first day.
pub(in crate::service) fn record_request(
    outlook: Option<pb::GetOutlookRequest>,
    from: &str,
) -> Result<Repeated, ServiceError> {
    repeated(outlook, "from", from)
}

/// Write a request for a change.
pub(in crate::service) fn wire_change_request(
    request: &OutlookRequest,
    version: Option<u64>,
    since: Date,
) -> pb::GetOutlookChangeRequest {
    pb::GetOutlookChangeRequest {
        outlook: Some(wire_request(request, version)),
        since: since.to_string(),
    }
}

/// Write a request for a record.
pub(in crate::service) fn wire_record_request(
    request: &OutlookRequest,
    version: Option<u64>,
    from: Date,
) -> pb::GetOutlookRecordRequest {
    pb::GetOutlookRecordRequest {
        outlook: Some(wire_request(request, version)),
        from: from.to_string(),
    }
}

impl From<&OutlookChange> for pb::GetOutlookChangeResponse {
    fn from(of: &OutlookChange) -> Self {
        let cause = |cause: &ChangeCause| pb::OutlookChangeCause {
            name: cause.name.clone(),
            points: cause.points,
        };
        Self {
            series: of.key.to_string(),
            span: of.year.to_string(),
            since: of.since.to_string(),
            before: of.before,
            after: of.after,
            causes: of.causes.iter().map(cause).collect(),
        }
    }
}

impl TryFrom<pb::GetOutlookChangeResponse> for OutlookChange {
    type Error = DecodeError;

    fn try_from(wire: pb::GetOutlookChangeResponse) -> Result<Self, DecodeError> {
        let cause = |cause: pb::OutlookChangeCause| ChangeCause {
            name: cause.name,
            points: cause.points,
        };
        Ok(Self {
            key: decode::key("series", &wire.series)?,
            year: decode::span("span", &wire.span)?,
            since: decode::date("since", &wire.since)?,
            before: wire.before,
            after: wire.after,
            causes: wire.causes.into_iter().map(cause).collect(),
        })
    }
}

impl From<&TrackRecordRow> for pb::OutlookRecordRow {
    fn from(row: &TrackRecordRow) -> Self {
        Self {
            as_of: row.as_of.to_string(),
            known_span: row.known.to_string(),
            growth: Some((&row.growth).into()),
            flat_rest: row.flat_rest,
            growth_so_far: row.growth_so_far,
            outcome: row.outcome,
        }
    }
}

impl From<&TrackRecord> for pb::GetOutlookRecordResponse {
    fn from(of: &TrackRecord) -> Self {
        Self {
            series: of.key.to_string(),
            rows: of.rows.iter().map(Into::into).collect(),
        }
    }
}

impl TryFrom<pb::GetOutlookRecordResponse> for TrackRecord {
    type Error = DecodeError;

    fn try_from(wire: pb::GetOutlookRecordResponse) -> Result<Self, DecodeError> {
        let key = decode::key("series", &wire.series)?;
        let row = |row: pb::OutlookRecordRow| {
            Ok(TrackRecordRow {
                key: key.clone(),
                as_of: decode::date("rows.as_of", &row.as_of)?,
                known: decode::span("rows.known_span", &row.known_span)?,
                growth: decode::required("rows.growth", row.growth)?,
                flat_rest: row.flat_rest,
                growth_so_far: row.growth_so_far,
                outcome: row.outcome,
            })
        };
        let rows = wire.rows.into_iter().map(row).collect::<Result<_, _>>()?;
        Ok(Self { key, rows })
    }
}
