//! `CatalogService.GetServerInfo`: what the service serves, and its limits.

use super::convert::fields::MAX_SERIES;
use super::shared::{MAX_STREAMS, Shared};
use super::{limits, pb};
use crate::catalog::{Snapshot, Vintage};
use crate::ingest::invalid_rows::MOST_FIGURES;
use crate::pipeline::{MAX_HORIZON, MAX_LEVELS, MAX_PATHS};
use crate::projection::Method;
use crate::trade::Series;

/// Describe the service, and the figures of its latest `snapshot`.
pub(super) fn server_info(shared: &Shared, snapshot: &Snapshot) -> pb::GetServerInfoResponse {
    let origin = match shared.store.get() {
        Some(_) => pb::DataOrigin::Store,
        None => pb::DataOrigin::Files,
    };
    let panel = snapshot.panel(Vintage::Latest);
    let last_month = panel.iter().map(Series::last).max();
    let number = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
    pb::GetServerInfoResponse {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        origin: origin.into(),
        store_version: snapshot.version().unwrap_or(0),
        series: number(snapshot.keys().len()),
        releases: number(snapshot.all_releases().len()),
        last_month: last_month.map_or_else(String::new, |month| month.to_string()),
        data_fingerprint: String::new(),
        methods: Method::all().map(|method| method.to_string()).collect(),
        limits: Some(pb::ServerLimits {
            series: number(MAX_SERIES),
            horizon: number(MAX_HORIZON),
            paths: number(MAX_PATHS),
            levels: number(MAX_LEVELS),
            request_bytes: number(limits::MAX_REQUEST),
            response_bytes: number(limits::MAX_RESPONSE),
            figures: number(MOST_FIGURES),
            calls: number(limits::CALLS),
            streams: number(MAX_STREAMS),
            write_timeout_seconds: shared.write_timeout.as_secs_f64(),
            memory_bytes: i64::try_from(shared.memory.limit()).unwrap_or(i64::MAX),
        }),
    }
}
