//! A service that is stopped: what runs is whole, or can be resumed.

use super::http::send;
use crate::delivery::figure;
use crate::server::Server;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tonic::Code;
use tonic::transport::Channel;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use tonic_types::StatusExt;
use tradecast::service::pb;
use tradecast::service::pb::catalog_service_client::CatalogServiceClient;
use tradecast::service::pb::forecast_service_client::ForecastServiceClient;
use tradecast::service::pb::ingest_service_client::IngestServiceClient;
use tradecast::service::pb::stream_forecasts_response::Update;

const SERIES: [&str; 4] = [
    "USA.CHN.M.TOTAL.USD",
    "USA.CHN.X.TOTAL.USD",
    "USA.MEX.M.TOTAL.USD",
    "USA.MEX.X.TOTAL.USD",
];

/// How long a server that ends may take: far longer than it should on any machine, and far shorter
/// than the longest grace of these tests.
const LONG: Duration = Duration::from_secs(120);

type Messages = BTreeMap<String, Vec<pb::StreamForecastsResponse>>;

/// Forecasts `series`; the messages of series that came whole, and how the stream ended. `begun`
/// gets a permit once the stream has begun, or was refused.
async fn forecasts(
    channel: Channel,
    series: &[&str],
    seed: u64,
    begun: &Semaphore,
) -> (Messages, Code) {
    let mut client = ForecastServiceClient::new(channel);
    let request = pb::StreamForecastsRequest {
        series: series.iter().map(|key| (*key).to_owned()).collect(),
        seed,
        paths: 4000,
        ..Default::default()
    };
    let mut found = Messages::new();
    let stream = client.stream_forecasts(request).await;
    begun.add_permits(1);
    let code = match stream {
        Err(status) => check(&status),
        Ok(stream) => {
            let mut stream = stream.into_inner();
            loop {
                match stream.message().await {
                    Ok(Some(message)) => {
                        found
                            .entry(message.series.clone())
                            .or_default()
                            .push(message);
                    }
                    Ok(None) => break Code::Ok,
                    Err(status) => break check(&status),
                }
            }
        }
    };
    // A series is whole once its summary is there.
    let is_whole = |messages: &Vec<pb::StreamForecastsResponse>| {
        matches!(messages.last().unwrap().update, Some(Update::Summary(_)))
    };
    found.retain(|_, messages| is_whole(messages));
    (found, code)
}

/// A stream that is cut says that it can be tried again.
fn check(status: &tonic::Status) -> Code {
    if status.code() == Code::Unavailable && !status.details().is_empty() {
        let details = status.get_error_details();
        assert_eq!(details.error_info().unwrap().reason, "STOPPING");
        assert!(details.retry_info().is_some());
    }
    status.code()
}

#[tokio::test]
async fn of_a_hundred_streams_each_is_whole_or_can_be_resumed() {
    for (grace, all_whole) in [("600", true), ("0", false)] {
        let mut server = Server::with(&["--grace", grace]);
        // The panel model is fitted before, so that some streams are done and others are not.
        let begun = Arc::new(Semaphore::new(0));
        forecasts(server.connect().await, &SERIES, 0, &begun).await;
        let mut running = Vec::new();
        for connection in 0..10 {
            let channel = server.connect().await;
            for stream in 0..10 {
                // Each draws paths of its own, so that none is answered from memory.
                let seed = 1 + 10 * connection + stream;
                let (channel, begun) = (channel.clone(), Arc::clone(&begun));
                running.push(tokio::spawn(async move {
                    forecasts(channel, &SERIES, seed, &begun).await
                }));
            }
        }
        let all = begun.acquire_many(1 + running.len() as u32);
        all.await.unwrap().forget();
        server.signal("TERM");
        let mut streams = Vec::new();
        for stream in running {
            streams.push(stream.await.unwrap());
        }
        assert!(server.ended_within(LONG).success());

        // What is missing is requested elsewhere; together it is what one stream would have been.
        let other = Server::start();
        let channel = other.connect().await;
        let (mut cut, mut refused) = (0, 0);
        for (seed, (mut found, code)) in (1..).zip(streams) {
            match code {
                Code::Ok => assert_eq!(found.len(), SERIES.len()),
                Code::Unavailable => cut += 1,
                // A slow machine: it would have waited for its turn for too long.
                Code::ResourceExhausted => refused += 1,
                other => panic!("a stream ended with {other:?}"),
            }
            let missing: Vec<&str> = SERIES
                .into_iter()
                .filter(|key| !found.contains_key(*key))
                .collect();
            if code == Code::Ok && seed % 10 != 0 {
                continue;
            }
            if !missing.is_empty() {
                let rest = forecasts(channel.clone(), &missing, seed, &begun);
                found.extend(rest.await.0);
            }
            let whole = forecasts(channel.clone(), &SERIES, seed, &begun).await;
            assert_eq!((found, Code::Ok), whole);
        }
        println!(
            "grace {grace} s: {cut} of 100 streams were cut and resumed, {refused} refused before"
        );
        assert_eq!(cut == 0, all_whole, "{cut} streams were cut");
    }
}

#[tokio::test]
async fn a_draining_server_says_so_first_and_ends_its_watches() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["--grace", "600", "--admin", "127.0.0.1:0"];
    let store = folder.path().join("store");
    let mut server = Server::on_store_with(&store, &arguments, &folder.path().join("log"));
    let admin = server.line_after("admin on ");
    let channel = server.connect().await;
    let mut health = HealthClient::new(channel.clone());
    let watched = health.watch(HealthCheckRequest::default()).await.unwrap();
    let mut watched = watched.into_inner();
    assert_eq!(
        watched.message().await.unwrap().unwrap().status(),
        ServingStatus::Serving
    );
    let mut client = CatalogServiceClient::new(channel);
    let watch = client
        .watch_catalog(pb::WatchCatalogRequest::default())
        .await;
    let mut watch = watch.unwrap().into_inner();

    assert_eq!(send(&admin, "POST /drain", &[], b"").status, 202);
    assert_eq!(
        watched.message().await.unwrap().unwrap().status(),
        ServingStatus::NotServing
    );
    assert_eq!(watch.message().await.unwrap_err().code(), Code::Unavailable);
    drop((watched, watch, health, client));
    // A watch never ends by itself: the grace is not waited for.
    assert!(server.ended_within(LONG).success());
}

#[tokio::test]
async fn deliveries_in_hand_are_committed_while_the_server_drains() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("store");
    // Each waits for the figures of the one before it. If nothing followed the store meanwhile,
    // each would take five seconds and the last would miss the grace.
    let arguments = ["--grace", "40"];
    let log = folder.path().join("log");
    let mut server = Server::on_store_with(&store, &arguments, &log);
    let channel = server.connect().await;
    let mut open = Vec::new();
    for month in 0..12 {
        let (sender, parts) = tokio::sync::mpsc::channel(1);
        let mut client = IngestServiceClient::new(channel.clone());
        let parts = tokio_stream::wrappers::ReceiverStream::new(parts);
        let written = tokio::spawn(async move { client.write_observations(parts).await });
        let batch = pb::WriteObservationsRequest {
            figures: vec![figure(SERIES[0].to_owned(), 2014, month, 1000.0)],
            ..Default::default()
        };
        sender.send(batch).await.unwrap();
        open.push((sender, written));
    }
    // Another call on the same connection: the server has the deliveries before it.
    let mut client = CatalogServiceClient::new(channel.clone());
    let list = client.list_series(pb::ListSeriesRequest::default()).await;
    list.unwrap();
    server.signal("TERM");
    let drains = async {
        while !std::fs::read_to_string(&log).unwrap().contains("draining") {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(LONG, drains).await.unwrap();
    for (expected, (sender, written)) in (1..).zip(open) {
        drop(sender);
        let written = written.await.unwrap().unwrap().into_inner();
        assert_eq!((written.version, written.written), (expected, 1));
    }
    drop((client, channel));
    assert!(server.ended_within(LONG).success());
    let log = std::fs::read_to_string(&log).unwrap();
    assert!(!log.contains("the grace is over"), "{log}");
}
