//! How late others are beside clients who hold many streams: who watch, who read one message and
//! think, or who never read. All traffic is on loopback.
//!
//! With `TRADECAST_BOUNDS` set, the bound is that of an idle machine: twice as late as alone.

use crate::delivery::{figure, write};
use crate::server::{Server, processor_seconds};
use std::time::{Duration, Instant};
use tonic::Streaming;
use tonic::transport::{Channel, Endpoint};
use tradecast::service::pb;
use tradecast::service::pb::catalog_service_client::CatalogServiceClient;
use tradecast::service::pb::forecast_service_client::ForecastServiceClient;

/// Calls of each kind that are timed.
const CALLS: usize = 500;
/// Year with which the series begin.
const BEGUN: usize = 2016;
/// Months of each series.
const MONTHS: usize = 96;
/// Months ahead of the streams that are held: more than a connection takes without being read.
const HORIZON: i32 = 120;
/// How often the comparison is made until it is within its bound.
const TRIES: usize = 3;
/// What counts as no delay at all.
const GRAIN: Duration = Duration::from_millis(2);

fn key(number: usize) -> String {
    let partner = ["CHN", "MEX", "CAN", "DEU", "JPN", "KOR"][number % 6];
    let flow = if number < 6 { "M" } else { "X" };
    format!("USA.{partner}.{flow}.TOTAL.USD")
}

/// A store of twelve series.
async fn fill(channel: &Channel) {
    let value = |series: usize, month: usize| {
        1000.0 + 3.0 * month as f64 + 50.0 * ((month * 7 + series) % 12) as f64
    };
    let of_series = |s: usize| (0..MONTHS).map(move |m| figure(key(s), BEGUN, m, value(s, m)));
    let version = write(channel, (0..12).flat_map(of_series).collect()).await;
    let shown = pb::GetSeriesRequest {
        key: key(0),
        version: Some(version),
        ..Default::default()
    };
    let mut client = CatalogServiceClient::new(channel.clone());
    client.get_series(shown).await.unwrap();
}

async fn rest<T>(mut stream: Streaming<T>) {
    while stream.message().await.unwrap().is_some() {}
}

/// The 99th percentile of reads and warm forecasts of a client of its own, while figures of another
/// series come every 200 ms.
async fn p99(server: &Server) -> Duration {
    let channel = server.connect().await;
    let writer = tokio::spawn({
        let channel = channel.clone();
        async move {
            for k in 0.. {
                write(
                    &channel,
                    vec![figure(key(11), BEGUN, MONTHS - 1, 2000.0 + f64::from(k))],
                )
                .await;
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
        }
    });
    let mut catalog = CatalogServiceClient::new(channel.clone());
    let mut forecasts = ForecastServiceClient::new(channel);
    let mut times = Vec::with_capacity(2 * CALLS);
    for call in 0..CALLS {
        let begun = Instant::now();
        let request = pb::GetSeriesRequest {
            key: key(call % 11),
            ..Default::default()
        };
        catalog.get_series(request).await.unwrap();
        times.push(begun.elapsed());
        let begun = Instant::now();
        let request = pb::StreamForecastsRequest {
            series: vec![key(0)],
            // Until the latest version is learned, the one before answers.
            version: Some(1),
            ..Default::default()
        };
        rest(
            forecasts
                .stream_forecasts(request)
                .await
                .unwrap()
                .into_inner(),
        )
        .await;
        times.push(begun.elapsed());
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    writer.abort();
    times.sort_unstable();
    times[2 * CALLS * 99 / 100]
}

/// Wait until a server has computed what it holds for clients who do not read, a minute at most.
async fn settled(server: &Server) {
    for _ in 0..120 {
        let before = processor_seconds(server.process());
        tokio::time::sleep(Duration::from_millis(500)).await;
        if processor_seconds(server.process()) - before < 0.03 {
            return;
        }
    }
}

/// Compare how late others are alone, and beside the streams that `hold` opens. What else the
/// machine does slows either part, and seldom the same part each time; streams that keep others
/// waiting do so whenever they are held.
async fn compare<S>(name: &str, server: &Server, hold: impl AsyncFn(&Server) -> Vec<S>) {
    let (times, grain) = match std::env::var_os("TRADECAST_BOUNDS") {
        Some(_) => (2, GRAIN),
        None => (10, 500 * GRAIN),
    };
    let _ = p99(server).await;
    let mut found = Vec::new();
    for _ in 0..TRIES {
        let alone = p99(server).await;
        let held = hold(server).await;
        settled(server).await;
        let beside = p99(server).await;
        println!(
            "{name}: p99 of others {alone:.1?} alone, {beside:.1?} beside {} streams",
            held.len()
        );
        if beside <= times * alone + grain {
            return;
        }
        found.push((alone, beside));
    }
    panic!("late each time: {found:?}");
}

async fn with_store() -> (tempfile::TempDir, Server) {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::on_store(folder.path());
    fill(&server.connect().await).await;
    (folder, server)
}

/// Open streams that are as long as they may be; `read` is what is read of each.
async fn idle(server: &Server, count: usize, read: usize) -> Vec<impl Sized + use<>> {
    let endpoint = Endpoint::from_shared(format!("http://{}", server.address)).unwrap();
    let channel = endpoint.initial_stream_window_size(4096).connect().await;
    let mut client = ForecastServiceClient::new(channel.unwrap());
    let mut held = Vec::new();
    for _ in 0..count {
        let request = pb::StreamForecastsRequest {
            series: (0..12).map(key).collect(),
            horizon: HORIZON,
            paths: 200,
            levels: (0..20).map(|k| 5.0 + 4.0 * f64::from(k)).collect(),
            measures: (1..=8).collect(),
            version: Some(1),
            ..Default::default()
        };
        let mut stream = client.stream_forecasts(request).await.unwrap().into_inner();
        for _ in 0..read {
            stream.message().await.unwrap().unwrap();
        }
        held.push(stream);
    }
    held
}

#[tokio::test]
async fn others_are_not_late_beside_256_watchers_of_one_caller() {
    let (_folder, server) = with_store().await;
    compare("watchers", &server, async |server| {
        let mut client = CatalogServiceClient::new(server.connect().await);
        let mut held = Vec::new();
        for _ in 0..256 {
            let watch = client.watch_catalog(pb::WatchCatalogRequest::default());
            let mut watch = watch.await.unwrap().into_inner();
            held.push(tokio::spawn(async move {
                while let Ok(Some(_)) = watch.message().await {}
            }));
        }
        held
    })
    .await;
}

#[tokio::test]
async fn others_are_not_late_beside_readers_who_read_one_message_and_think() {
    let (_folder, server) = with_store().await;
    compare("readers who think", &server, async |server| {
        idle(server, 32, 1).await
    })
    .await;
}

#[tokio::test]
async fn others_are_not_late_beside_readers_who_never_read() {
    let (_folder, server) = with_store().await;
    compare("readers who never read", &server, async |server| {
        idle(server, 64, 0).await
    })
    .await;
}
