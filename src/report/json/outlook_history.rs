//! Outlooks of several days. Growth as fractions, points as percentage points; bounds by level in
//! percent.

use super::line;
use super::outlook::{BoundsJson, bounds};
use crate::pipeline::outlook::{OutlookChange, TrackRecord};
use serde::Serialize;

#[derive(Debug, Serialize)]
struct OutlookChangeJson<'a> {
    series: String,
    span: String,
    since: String,
    before: f64,
    after: f64,
    causes: Vec<CauseJson<'a>>,
}

#[derive(Debug, Serialize)]
struct CauseJson<'a> {
    name: &'a str,
    points: f64,
}

#[derive(Debug, Serialize)]
struct TrackRecordJson {
    series: String,
    outlooks: Vec<TrackRecordRowJson>,
}

#[derive(Debug, Serialize)]
struct TrackRecordRowJson {
    as_of: String,
    known_span: String,
    year: String,
    median: f64,
    #[serde(flatten)]
    bounds: BoundsJson,
    flat_rest: Option<f64>,
    growth_so_far: Option<f64>,
    outcome: Option<f64>,
}

/// Render what moved an outlook.
pub fn outlook_change(of: &OutlookChange) -> String {
    let causes = of.causes.iter().map(|cause| CauseJson {
        name: &cause.name,
        points: cause.points,
    });
    line(&OutlookChangeJson {
        series: of.key.to_string(),
        span: of.year.to_string(),
        since: of.since.to_string(),
        before: of.before,
        after: of.after,
        causes: causes.collect(),
    })
}

/// Render what outlooks said as of each day.
pub fn outlook_record(of: &TrackRecord) -> String {
    let outlooks = of.rows.iter().map(|row| TrackRecordRowJson {
        as_of: row.as_of.to_string(),
        known_span: row.known.to_string(),
        year: row.growth.span.to_string(),
        median: row.growth.median,
        bounds: bounds(&row.growth.bands),
        flat_rest: row.flat_rest,
        growth_so_far: row.growth_so_far,
        outcome: row.outcome,
    });
    line(&TrackRecordJson {
        series: of.key.to_string(),
        outlooks: outlooks.collect(),
    })
}
