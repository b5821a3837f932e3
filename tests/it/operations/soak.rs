//! Mixed load for a long time: memory stays where it is.

use super::http::send;
use crate::delivery::{self, write};
use crate::server::Server;
use std::time::{Duration, Instant};
use tonic::transport::Channel;
use tradecast::service::pb;
use tradecast::service::pb::catalog_service_client::CatalogServiceClient;
use tradecast::service::pb::forecast_service_client::ForecastServiceClient;

/// Series of the store.
const SERIES: usize = 12;
/// Months of each.
const MONTHS: usize = 120;

/// Samples of its memory at least: a slow machine needs longer for them.
const SAMPLES: usize = 20;

fn key(series: usize) -> String {
    format!(
        "USA.{}.M.TOTAL.USD",
        ["CHN", "MEX", "CAN", "DEU", "JPN", "KOR"][series % 6]
    )
    .replace(".M.", if series < 6 { ".M." } else { ".X." })
}

fn figure(series: usize, month: usize, change: f64) -> pb::DeliveredFigure {
    let season = 50.0 * ((month * 7 + series) % 12) as f64;
    let value = 1000.0 + 3.0 * month as f64 + season + change;
    delivery::figure(key(series), 2014, month, value)
}

async fn forecast(channel: Channel, series: usize) {
    let request = pb::StreamForecastsRequest {
        series: vec![key(series)],
        horizon: 6,
        paths: 200,
        ..Default::default()
    };
    let mut client = ForecastServiceClient::new(channel);
    let mut stream = client.stream_forecasts(request).await.unwrap().into_inner();
    let mut messages = 0;
    while stream.message().await.unwrap().is_some() {
        messages += 1;
    }
    assert_eq!(messages, 8);
}

/// Resident memory of a process in KiB.
pub(crate) fn resident(pid: u32) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[sorted.len() / 2]
}

#[tokio::test]
async fn memory_is_flat_under_mixed_load() {
    let seconds: u64 =
        std::env::var("TRADECAST_SOAK_SECONDS").map_or(20, |seconds| seconds.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["--admin", "127.0.0.1:0", "--access-log", "false"];
    let log = folder.path().join("log");
    let server = Server::on_store_with(&folder.path().join("store"), &arguments, &log);
    let admin = server.line_after("admin on ");
    let channel = server.connect().await;
    let all = (0..SERIES).flat_map(|s| (0..MONTHS).map(move |m| figure(s, m, 0.0)));
    let version = write(&channel, all.collect()).await;
    // A call that names a version waits until the service shows it.
    let shown = pb::GetSeriesRequest {
        key: key(0),
        version: Some(version),
        ..Default::default()
    };
    let mut client = CatalogServiceClient::new(channel.clone());
    client.get_series(shown).await.unwrap();

    let mut watches = Vec::new();
    for _ in 0..4 {
        let mut client = CatalogServiceClient::new(channel.clone());
        let watch = client
            .watch_catalog(pb::WatchCatalogRequest::default())
            .await;
        let mut watch = watch.unwrap().into_inner();
        watches.push(tokio::spawn(async move {
            let mut seen = 0;
            while let Ok(Some(_)) = watch.message().await {
                seen += 1;
            }
            seen
        }));
    }
    let begun = Instant::now();
    let (mut calls, mut commits, mut memory) = (0, 0, Vec::new());
    let mut sampled = Instant::now();
    while begun.elapsed() < Duration::from_secs(seconds) || memory.len() < SAMPLES {
        let round = (0..SERIES).map(|series| tokio::spawn(forecast(channel.clone(), series)));
        for call in round.collect::<Vec<_>>() {
            call.await.unwrap();
            calls += 1;
        }
        let mut client = CatalogServiceClient::new(channel.clone());
        for series in 0..SERIES {
            let request = pb::GetSeriesRequest {
                key: key(series),
                ..Default::default()
            };
            client.get_series(request).await.unwrap();
            calls += 1;
        }
        assert_eq!(send(&admin, "GET /ready", &[], b"").status, 200);
        commits += 1;
        let change = f64::from(commits % 50) + 0.5;
        write(
            &channel,
            vec![figure(0, MONTHS - 1 - commits as usize % 24, change)],
        )
        .await;
        if sampled.elapsed() > Duration::from_millis(500) {
            sampled = Instant::now();
            memory.push(resident(server.process()));
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let early = median(&memory[memory.len() / 4..memory.len() / 2]);
    let late = median(&memory[3 * memory.len() / 4..]);
    let growth = late / early - 1.0;
    println!(
        "{seconds} s: {calls} calls, {commits} commits; {early:.0} KiB, then {late:.0} KiB \
         ({:+.1} %)",
        100.0 * growth
    );
    // In a short run, caches are still being filled.
    let most = if seconds < 600 { 0.5 } else { 0.05 };
    assert!(growth < most, "memory grows by {:.1} %", 100.0 * growth);
    drop(server);
    for watch in watches {
        assert!(watch.await.unwrap() > 0);
    }
}
