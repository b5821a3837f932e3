//! `CatalogService`: the series, the figures of one, and the changes of the store.

use super::convert::{self, Asked, Listing};
use super::pb::catalog_service_server::CatalogService;
use super::shared::Shared;
use super::updates::{UpdateStream, update_stream};
use super::watch_catalog::watch;
use super::{ServiceError, pb};
use crate::catalog::Snapshot;
use crate::catalog::Vintage;
use crate::trade::Series;
use std::sync::Arc;
use tonic::{Request, Response, Status};

/// Handler of calls about the catalog.
#[derive(Debug)]
pub(super) struct CatalogHandler {
    pub(super) shared: Arc<Shared>,
}

#[tonic::async_trait]
impl CatalogService for CatalogHandler {
    type WatchCatalogStream = UpdateStream<pb::WatchCatalogResponse>;

    async fn watch_catalog(
        &self,
        request: Request<pb::WatchCatalogRequest>,
    ) -> Result<Response<Self::WatchCatalogStream>, Status> {
        let (metadata, _, wire) = request.into_parts();
        let store = self.shared.store()?;
        let (sender, updates) = update_stream(&self.shared, &metadata)?;
        let shared = Arc::clone(&self.shared);
        tokio::spawn(async move {
            let work = watch(&shared, &store, wire.after_version, &sender);
            sender.drive(work).await;
        });
        Ok(Response::new(updates))
    }

    async fn list_series(
        &self,
        request: Request<pb::ListSeriesRequest>,
    ) -> Result<Response<pb::ListSeriesResponse>, Status> {
        let wire = request.into_inner();
        let version = wire.version;
        let listing = Listing::try_from(wire)?;
        let snapshot = self.shared.engine_at(version).await?.snapshot();
        let page = self.shared.compute.run(move || list(&snapshot, &listing));
        Ok(Response::new(page.await.map_err(ServiceError::from)?))
    }

    async fn get_series(
        &self,
        request: Request<pb::GetSeriesRequest>,
    ) -> Result<Response<pb::GetSeriesResponse>, Status> {
        let wire = request.into_inner();
        let version = wire.version;
        let asked = Asked::try_from(wire)?;
        let snapshot = self.shared.engine_at(version).await?.snapshot();
        let found = self.shared.compute.run(move || get(&snapshot, &asked));
        Ok(Response::new(found.await.map_err(ServiceError::from)??))
    }
}

/// Return a page of series, sorted by key.
pub fn list(snapshot: &Snapshot, listing: &Listing) -> pb::ListSeriesResponse {
    let keys = snapshot
        .keys_after(&listing.after)
        .filter(|key| listing.filter.matches(key));
    let mut shown = keys.filter_map(|key| {
        // The key comes from the snapshot itself: it is always found there.
        let found = snapshot.series(&key.to_string(), listing.vintage).ok();
        // Before the first day of release there was no such series.
        found.filter(|(_, series)| listing.vintage == Vintage::Latest || !series.is_empty())
    });
    let page: Vec<_> = shown.by_ref().take(listing.page_size).collect();
    let next_page_token = match (page.last(), shown.next()) {
        (Some((last, _)), Some(_)) => listing.token_after(&last.to_string()),
        _ => String::new(),
    };
    let series = page.iter();
    let series = series.map(|(key, series)| convert::series(snapshot, key, series, key.unit));
    pb::ListSeriesResponse {
        series: series.collect(),
        next_page_token,
        version: snapshot.version().unwrap_or(0),
    }
}

/// Return one series with its observations, in the requested currency, and the figures published
/// about it, as they were published.
///
/// # Errors
/// There is no such series, or no exchange rate for its currency.
pub fn get(snapshot: &Snapshot, asked: &Asked) -> Result<pb::GetSeriesResponse, ServiceError> {
    let (key, own) = snapshot.series(&asked.key, asked.vintage)?;
    let unit = asked.currency.unwrap_or(key.unit);
    let converted = if unit == key.unit || own.is_empty() {
        None
    } else {
        let values = snapshot.converted(key, &own, unit, asked.vintage);
        Some(values.ok_or(ServiceError::NoRate {
            from: key.unit,
            to: unit,
        })?)
    };
    let series = converted.as_deref().map_or(own, |values| {
        Series::new(own.id(), own.first(), values, own.may_be_negative())
    });
    Ok(pb::GetSeriesResponse {
        series: Some(convert::series(snapshot, key, &series, unit)),
        observations: convert::observations(&series),
        releases: snapshot
            .releases(key, asked.vintage)
            .map(Into::into)
            .collect(),
        version: snapshot.version().unwrap_or(0),
    })
}
