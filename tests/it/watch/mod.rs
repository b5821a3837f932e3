//! What a store was at a version, over the wire; and forecasts that are pushed when it changes.

mod forecasts;
mod versions;

use crate::cli::{err, out};
use crate::server::{Server, TRADECAST, command};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Output;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tonic::transport::Channel;
use tonic::{Code, Request, Status, Streaming};
use tonic_types::StatusExt;
use tradecast::ingest::{Figure, FigureBatch, FigureKind};
use tradecast::service::pb;
use tradecast::service::pb::backtest_service_client::BacktestServiceClient;
use tradecast::service::pb::catalog_service_client::CatalogServiceClient;
use tradecast::service::pb::forecast_service_client::ForecastServiceClient;
use tradecast::service::pb::growth_service_client::GrowthServiceClient;
use tradecast::service::pb::ingest_service_client::IngestServiceClient;
use tradecast::service::pb::outlook_service_client::OutlookServiceClient;
use tradecast::service::pb::shock::Target;
use tradecast::service::pb::stream_backtest_response::Update as Backtested;
use tradecast::service::pb::stream_forecasts_response::Update;
use tradecast::service::pb::watch_forecasts_response::Update as Told;
use tradecast::store::Store;
use tradecast::trade::{FigureMeasure, Month, SeriesKey, Span};

const CHINA: &str = "USA.CHN.M.TOTAL.USD";
const MEXICO: &str = "USA.MEX.M.TOTAL.USD";
const NOTHING: &str = "USA.CHN.M.NOTHING.USD";
/// Longer than the service takes to follow the store, and to forecast what is watched.
const LONG: Duration = Duration::from_millis(1500);
/// Run the program on a store.
fn on(store: &Path, arguments: &[&str]) -> Output {
    let store = ["--store", store.to_str().unwrap()];
    command(TRADECAST)
        .args(arguments)
        .args(store)
        .output()
        .unwrap()
}

/// A store whose first version holds the bundled figures of the Census Bureau.
fn census() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/observations/usa_census.csv");
    let imported = on(folder.path(), &["store", "import", file.to_str().unwrap()]);
    assert!(imported.status.success(), "{}", err(&imported));
    folder
}

/// Commit figures in USD mn by another process: partner, flow, month, value, and the day of their
/// release.
fn commit(store: &Path, figures: &[(&str, &str, String, f64, &str)]) {
    let aside = tempfile::tempdir().unwrap();
    let file = aside.path().join("figures.csv");
    let mut text =
        "kind,reporter,partner,flow,product,measure,period,value,unit,status,released_on,source\n"
            .to_owned();
    for (partner, flow, month, value, released_on) in figures {
        text.push_str(&format!(
            "observation,USA,{partner},{flow},TOTAL,level,{month},{value},USD mn,revised,\
             {released_on},test\n"
        ));
    }
    std::fs::write(&file, text).unwrap();
    let imported = on(store, &["store", "import", file.to_str().unwrap()]);
    assert!(imported.status.success(), "{}", err(&imported));
}

/// The imports from China of January 2026, the last month of the bundled figures, revised.
fn revise(store: &Path, value: f64) {
    commit(store, &[("CHN", "M", "2026-01".to_owned(), value, "")]);
}

/// The figures that [`revise`] commits, for a handle of the store.
fn january(value: f64) -> FigureBatch {
    let mut figures = FigureBatch::default();
    let number = figures.series(&SeriesKey::parse(CHINA).unwrap());
    let figure = Figure {
        kind: FigureKind::Observation,
        measure: FigureMeasure::Level,
        span: Span::month(Month::new(2026, 1).unwrap()),
        value: value * 1e6,
        rounding: 0.5e6,
        unit: "USD mn",
        status: "revised",
        released_on: None,
        source: "test",
    };
    figures.push(number, &figure, 2);
    figures
}

/// Wait until the service shows `version`.
async fn shown(server: &Server, version: u64) {
    let mut client = CatalogServiceClient::new(server.connect().await);
    let begun = Instant::now();
    loop {
        let request = pb::ListSeriesRequest {
            page_size: 1,
            ..Default::default()
        };
        let page = client.list_series(request).await.unwrap().into_inner();
        if page.version >= version {
            return;
        }
        assert!(
            begun.elapsed() < Duration::from_secs(120),
            "{}",
            page.version
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn forecast(series: &[&str]) -> pb::StreamForecastsRequest {
    pb::StreamForecastsRequest {
        series: series.iter().map(|key| (*key).to_owned()).collect(),
        paths: 200,
        ..Default::default()
    }
}

fn watch(series: &[&str], after_version: Option<u64>) -> pb::WatchForecastsRequest {
    pb::WatchForecastsRequest {
        forecast: Some(forecast(series)),
        after_version,
    }
}

/// The parts of each series.
type Forecasts = BTreeMap<String, Vec<Update>>;

async fn streamed(server: &Server, request: pb::StreamForecastsRequest) -> Forecasts {
    let mut client = ForecastServiceClient::new(server.connect().await);
    let mut stream = client.stream_forecasts(request).await.unwrap().into_inner();
    let mut forecasts = Forecasts::new();
    while let Some(part) = stream.message().await.unwrap() {
        let parts = forecasts.entry(part.series).or_default();
        parts.push(part.update.unwrap());
    }
    forecasts
}

fn at(version: u64, request: pb::StreamForecastsRequest) -> pb::StreamForecastsRequest {
    pb::StreamForecastsRequest {
        version: Some(version),
        ..request
    }
}

fn fields(status: &Status) -> Vec<String> {
    let details = status.get_error_details();
    let violations = details.bad_request().map(|bad| &bad.field_violations);
    let violations = violations.into_iter().flatten();
    violations.map(|v| v.field.clone()).collect()
}

/// A version that is not there.
fn assert_missing(status: &Status, field: &str) {
    let details = status.get_error_details();
    let reason = &details.error_info().unwrap().reason;
    assert_eq!(
        (status.code(), reason.as_str(), fields(status)),
        (Code::NotFound, "UNKNOWN_VERSION", vec![field.to_owned()])
    );
    assert!(status.message().contains("no version 99"), "{status:?}");
}
