//! `CatalogService`: the series, the figures of one, and the changes of the store.

use super::blocking::blocking;
use super::convert::fields::vintage;
use super::convert::series::{SeriesPageRequest, SeriesRequest, detail_response};
use super::deadline::Deadline;
use super::lanes::JobKind;
use super::list_versions::list_versions;
use super::pb_server::catalog_service_server::CatalogService;
use super::run::read;
use super::server_info::server_info;
use super::shared::Shared;
use super::updates::{UpdateStream, update_stream};
use super::watch_catalog::watch;
use super::{ServiceError, pb};
use crate::catalog::Snapshot;
use crate::pipeline::{list_series, month_vintages, series_detail};
use crate::trade::area::GROUPS;
use crate::trade::areas::countries;
use std::sync::Arc;
use tonic::{Request, Response, Status};

/// Handler of calls about the catalog.
#[derive(Debug)]
pub(super) struct CatalogHandler {
    pub(super) shared: Arc<Shared>,
}

#[tonic::async_trait]
impl CatalogService for CatalogHandler {
    type WatchCatalogStream = UpdateStream;

    async fn watch_catalog(
        &self,
        request: Request<pb::WatchCatalogRequest>,
    ) -> Result<Response<Self::WatchCatalogStream>, Status> {
        let (metadata, extensions, wire) = request.into_parts();
        let call = self.shared.limits.admit(&extensions)?;
        let store = self.shared.store()?;
        let (sender, updates) = update_stream(&self.shared, call, &metadata)?;
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
        let (metadata, extensions, wire) = request.into_parts();
        let _call = self.shared.limits.admit(&extensions)?;
        let request = SeriesPageRequest::try_from(wire)?;
        let version = request.list.version;
        let page = move |snapshot: &Snapshot| Ok(page(snapshot, &request));
        let page = read(&self.shared, JobKind::Read, &metadata, version, page);
        Ok(Response::new(page.await?))
    }

    async fn get_server_info(
        &self,
        request: Request<pb::GetServerInfoRequest>,
    ) -> Result<Response<pb::GetServerInfoResponse>, Status> {
        let (metadata, extensions, wire) = request.into_parts();
        let _call = self.shared.limits.admit(&extensions)?;
        let vintage = vintage("as_of", &wire.as_of)?;
        let shared = Arc::clone(&self.shared);
        let info = move |snapshot: &Snapshot| Ok(server_info(&shared, snapshot));
        let info = read(&self.shared, JobKind::Read, &metadata, None, info);
        let mut info = info.await?;
        if wire.with_fingerprint {
            let fingerprint = move |snapshot: &Snapshot| Ok(snapshot.fingerprint(vintage));
            let version = wire.version;
            let of = read(&self.shared, JobKind::Read, &metadata, version, fingerprint);
            info.data_fingerprint = of.await?;
        }
        Ok(Response::new(info))
    }

    async fn list_versions(
        &self,
        request: Request<pb::ListVersionsRequest>,
    ) -> Result<Response<pb::ListVersionsResponse>, Status> {
        let (metadata, extensions, wire) = request.into_parts();
        let _call = self.shared.limits.admit(&extensions)?;
        let store = self.shared.store()?;
        let versions = blocking(move || list_versions(&store, &wire));
        Ok(Response::new(
            Deadline::of(&metadata).bound(versions).await?,
        ))
    }

    async fn get_series(
        &self,
        request: Request<pb::GetSeriesRequest>,
    ) -> Result<Response<pb::GetSeriesResponse>, Status> {
        let (metadata, extensions, wire) = request.into_parts();
        let _call = self.shared.limits.admit(&extensions)?;
        let request = SeriesRequest::try_from(wire)?;
        let version = request.version;
        let detail = move |snapshot: &Snapshot| detail(snapshot, &request);
        let found = read(&self.shared, JobKind::Read, &metadata, version, detail);
        Ok(Response::new(found.await?))
    }

    async fn list_areas(
        &self,
        _: Request<pb::ListAreasRequest>,
    ) -> Result<Response<pb::ListAreasResponse>, Status> {
        let countries = countries().into_iter().map(pb::Area::from);
        let groups = GROUPS.into_iter().map(pb::Area::from);
        let mut areas: Vec<pb::Area> = countries.chain(groups).collect();
        areas.sort_by(|a, b| a.code.cmp(&b.code));
        Ok(Response::new(pb::ListAreasResponse { areas }))
    }
}

/// Return a page of series.
fn page(snapshot: &Snapshot, request: &SeriesPageRequest) -> pb::ListSeriesResponse {
    let list = &request.list;
    let (after, most) = (&request.after, request.page_size);
    let page = list_series(snapshot, &list.filter, list.vintage, after, most);
    request.response(page, snapshot.version())
}

/// Return one series with its figures.
fn detail(
    snapshot: &Snapshot,
    request: &SeriesRequest,
) -> Result<pb::GetSeriesResponse, ServiceError> {
    let (vintage, currency) = (request.vintage, request.currency);
    let mut detail = series_detail(snapshot, &request.key, vintage, currency)?;
    if request.vintages {
        detail.vintages = month_vintages(snapshot, &request.key, vintage, currency)?;
    }
    Ok(detail_response(detail, snapshot.version()))
}
