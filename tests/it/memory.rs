//! The memory of a service that is held to a limit, while clients request what would fill more. All
//! traffic is on loopback, and it ends after a while.

use crate::operations::soak::resident;
use crate::server::Server;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::task::JoinSet;
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Status};
use tradecast::service::pb;
use tradecast::service::pb::catalog_service_client::CatalogServiceClient;
use tradecast::service::pb::forecast_service_client::ForecastServiceClient;
use tradecast::service::pb::outlook_service_client::OutlookServiceClient;

/// The limit, in MiB.
const LIMIT: u64 = 256;
/// How far beyond it the process may be at any time.
const MOST: f64 = 1.25;
/// How long each kind of request is sent at least.
const LENGTH: Duration = Duration::from_secs(6);
/// How long it is sent at most, until one is served: other tests may have the processors.
const LONGEST: Duration = Duration::from_secs(90);

/// Watches the resident memory of a process; the largest in KiB.
struct Peak {
    largest: Arc<AtomicU64>,
    ended: Arc<AtomicBool>,
}

impl Peak {
    fn of(process: u32) -> Self {
        let (largest, ended) = (Arc::<AtomicU64>::default(), Arc::<AtomicBool>::default());
        let (to, until) = (Arc::clone(&largest), Arc::clone(&ended));
        std::thread::spawn(move || {
            while !until.load(Ordering::Relaxed) {
                to.fetch_max(resident(process) as u64, Ordering::Relaxed);
                std::thread::sleep(Duration::from_millis(5));
            }
        });
        Self { largest, ended }
    }
}

impl Drop for Peak {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
    }
}

/// All series of the server.
async fn keys(channel: Channel) -> Vec<String> {
    let mut client = CatalogServiceClient::new(channel);
    let listed = client.list_series(pb::ListSeriesRequest::default()).await;
    let series = listed.unwrap().into_inner().series;
    series.into_iter().map(|series| series.key).collect()
}

/// A panel model of its own for every request: another day and another horizon.
async fn own_model(channel: Channel, keys: Vec<String>, number: u64) -> Result<(), Status> {
    let request = pb::StreamForecastsRequest {
        series: keys,
        horizon: 1 + (number * 7 % 120) as i32,
        as_of: format!("{}-{:02}-15", 2016 + number % 10, 1 + number % 12),
        seed: number,
        ..Default::default()
    };
    let mut client = ForecastServiceClient::new(channel);
    let mut stream = client.stream_forecasts(request).await?.into_inner();
    while stream.message().await?.is_some() {}
    Ok(())
}

/// Results of their own for every request, as large as they may be.
async fn own_result(channel: Channel, keys: Vec<String>, number: u64) -> Result<(), Status> {
    let request = pb::StreamForecastsRequest {
        series: keys,
        horizon: 120,
        paths: 100,
        seed: number,
        method: "seasonal-naive".to_owned(),
        levels: (0..20).map(|k| 5.0 + 4.0 * f64::from(k)).collect(),
        measures: (1..=8).collect(),
        ..Default::default()
    };
    let mut client = ForecastServiceClient::new(channel);
    let mut stream = client.stream_forecasts(request).await?.into_inner();
    while stream.message().await?.is_some() {}
    Ok(())
}

async fn scenario(channel: Channel, keys: Vec<String>, number: u64) -> Result<(), Status> {
    let request = pb::StreamScenarioRequest {
        series: keys,
        shocks: vec![pb::Shock {
            target: Some(pb::shock::Target::Partner("CHN".to_owned())),
            months: "2027".to_owned(),
            changes: vec![-0.1],
            ..Default::default()
        }],
        horizon: 60,
        paths: 500,
        seed: number,
        ..Default::default()
    };
    let mut client = ForecastServiceClient::new(channel);
    let mut stream = client.stream_scenario(request).await?.into_inner();
    // The first message, then nothing for a while.
    stream.message().await?;
    tokio::time::sleep(Duration::from_secs(2)).await;
    Ok(())
}

async fn outlook(channel: Channel, _: Vec<String>, number: u64) -> Result<(), Status> {
    let (reporter, partner) = [("CHN", "CA5"), ("USA", "CHN")][number as usize % 2];
    let request = pb::GetOutlookRequest {
        reporter: reporter.to_owned(),
        partner: partner.to_owned(),
        paths: 1000,
        seed: number,
        ..Default::default()
    };
    let mut client = OutlookServiceClient::new(channel);
    client.get_outlook(request).await?;
    Ok(())
}

/// Send requests of a kind, so many at a time, until one at least was served; return how they
/// ended.
async fn flood<F>(
    server: &Server,
    at_once: u64,
    call: impl Fn(Channel, Vec<String>, u64) -> F,
) -> BTreeMap<String, u64>
where
    F: Future<Output = Result<(), Status>> + Send + 'static,
{
    let endpoint = Endpoint::from_shared(format!("http://{}", server.address)).unwrap();
    let channel = endpoint.initial_stream_window_size(4096).connect().await;
    let channel = channel.unwrap();
    let keys = keys(channel.clone()).await;
    let begun = Instant::now();
    let (mut calls, mut ends) = (JoinSet::new(), BTreeMap::<String, u64>::new());
    for number in 0.. {
        let enough = if ends.contains_key("Ok") {
            LENGTH
        } else {
            LONGEST
        };
        if begun.elapsed() > enough {
            break;
        }
        calls.spawn(call(channel.clone(), keys.clone(), number));
        while calls.len() as u64 >= at_once
            && let Some(done) = calls.join_next().await
        {
            let code = done
                .unwrap()
                .map_or_else(|status| status.code(), |()| Code::Ok);
            *ends.entry(format!("{code:?}")).or_default() += 1;
            if code != Code::Ok {
                // A client that was refused waits.
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
    }
    calls.abort_all();
    ends
}

#[tokio::test]
async fn a_service_stays_within_its_memory_whatever_is_requested() {
    let server = Server::with(&["--memory", &LIMIT.to_string()]);
    let peak = Peak::of(server.process());
    let most = (MOST * LIMIT as f64) as u64;
    let check = |kind: &str, ends: BTreeMap<String, u64>| {
        let largest = peak.largest.swap(0, Ordering::Relaxed) >> 10;
        println!("{kind}: at most {largest} MiB of {LIMIT}; {ends:?}");
        let known = ["Ok", "ResourceExhausted", "Cancelled"];
        assert!(
            ends.keys().all(|code| known.contains(&code.as_str())),
            "{ends:?}"
        );
        assert!(ends.contains_key("Ok"), "{kind}: none is served; {ends:?}");
        assert!(largest <= most, "{kind}: {largest} MiB of {LIMIT}");
    };
    check("panel models", flood(&server, 8, own_model).await);
    check("results", flood(&server, 8, own_result).await);
    check("scenarios", flood(&server, 24, scenario).await);
    check("outlooks", flood(&server, 8, outlook).await);
}
