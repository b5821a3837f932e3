//! `CatalogService.ListVersions`: the versions of the store, page by page.

use super::convert::fields::refuse;
use super::{ServiceError, pb};
use crate::store::{Store, StoreChange};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// The most versions of a page, and how many where a request does not say.
const MOST: i32 = 1000;
const USUAL: i32 = 100;

/// Return a page of versions, the latest first.
///
/// # Errors
/// The size of the page is out of range, or the log cannot be read.
pub(super) fn list_versions(
    store: &Store,
    request: &pb::ListVersionsRequest,
) -> Result<pb::ListVersionsResponse, ServiceError> {
    let size = match request.page_size {
        0 => USUAL,
        size @ 1..=MOST => size,
        other => {
            let reason = format!("expected 0 to {MOST}, not {other}");
            return Err(refuse("page_size", reason));
        }
    };
    store.catch_up()?;
    let end = request.before_version.unwrap_or(u64::MAX);
    let end = end.min(store.version().saturating_add(1));
    let begin = end.saturating_sub(u64::from(size.unsigned_abs()));
    let mut versions = Vec::new();
    for version in (begin..end).rev() {
        versions.extend(store.change(version)?.map(store_version));
    }
    Ok(pb::ListVersionsResponse {
        versions,
        next_before_version: (begin > 0).then_some(begin),
    })
}

fn store_version(change: StoreChange) -> pb::StoreVersion {
    let nanos = i128::from(change.timestamp_ms) * 1_000_000;
    let time = OffsetDateTime::from_unix_timestamp_nanos(nanos).ok();
    pb::StoreVersion {
        version: change.version,
        committed_at: time
            .and_then(|time| time.format(&Rfc3339).ok())
            .unwrap_or_default(),
        operation: change.operation,
        figures: change.figures,
        series: change.series,
        request_id: change.request.unwrap_or_default(),
        file_name: change.file.unwrap_or_default(),
    }
}
