//! Clients that do not read: they hold up nobody else, and their streams end.

use crate::operations::http::send;
use crate::server::Server;
use std::time::{Duration, Instant};
use tokio::time::timeout;
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Status, Streaming};
use tonic_types::StatusExt;
use tradecast::service::pb;
use tradecast::service::pb::catalog_service_client::CatalogServiceClient;
use tradecast::service::pb::forecast_service_client::ForecastServiceClient;

const SERIES: [&str; 12] = [
    "JPN.CHN.M.TOTAL.JPY",
    "JPN.CHN.X.TOTAL.JPY",
    "KOR.CHN.M.TOTAL.USD",
    "KOR.CHN.X.TOTAL.USD",
    "USA.CAN.M.TOTAL.USD",
    "USA.CAN.X.TOTAL.USD",
    "USA.CHN.M.TOTAL.USD",
    "USA.CHN.X.TOTAL.USD",
    "USA.DEU.M.TOTAL.USD",
    "USA.DEU.X.TOTAL.USD",
    "USA.MEX.M.TOTAL.USD",
    "USA.MEX.X.TOTAL.USD",
];

/// How long another client waits before it counts as held up for good: the streams that nobody
/// reads are computed no further than a few series each, and are not ended by then.
const FOR_EVER: Duration = Duration::from_secs(200);

fn series() -> Vec<String> {
    SERIES.map(str::to_owned).to_vec()
}

/// Megabytes that take little work.
fn forecasts() -> pb::StreamForecastsRequest {
    pb::StreamForecastsRequest {
        series: series(),
        horizon: 120,
        levels: (1..=20).map(|k| 4.0 * f64::from(k)).collect(),
        paths: 100,
        method: "seasonal-naive".to_owned(),
        measures: (1..=5).collect(),
        ..Default::default()
    }
}

fn scenario() -> pb::StreamScenarioRequest {
    let request = forecasts();
    pb::StreamScenarioRequest {
        series: request.series,
        horizon: request.horizon,
        levels: request.levels,
        paths: request.paths,
        method: request.method,
        shocks: vec![pb::Shock {
            target: Some(pb::shock::Target::Partner("CHN".to_owned())),
            months: "2030".to_owned(),
            percent: vec![-10.0],
            ..Default::default()
        }],
        ..Default::default()
    }
}

/// A client whose streams fill up soon where it does not read them.
async fn idle_client(server: &Server) -> ForecastServiceClient<Channel> {
    let endpoint = Endpoint::from_shared(format!("http://{}", server.address)).unwrap();
    let channel = endpoint.initial_stream_window_size(4096).connect().await;
    ForecastServiceClient::new(channel.unwrap())
}

/// Read a stream to its end.
async fn rest<T>(stream: &mut Streaming<T>) -> (Vec<T>, Option<Status>) {
    let mut messages = Vec::new();
    loop {
        match stream.message().await {
            Ok(Some(message)) => messages.push(message),
            Ok(None) => return (messages, None),
            Err(status) => return (messages, Some(status)),
        }
    }
}

/// Forecast one series, list all and show one; return the forecast.
async fn ask(server: &Server) -> Vec<pb::StreamForecastsResponse> {
    let channel = server.connect().await;
    let mut client = ForecastServiceClient::new(channel.clone());
    let request = pb::StreamForecastsRequest {
        series: vec![SERIES[6].to_owned()],
        ..forecasts()
    };
    let mut stream = client.stream_forecasts(request).await.unwrap().into_inner();
    let (messages, end) = rest(&mut stream).await;
    assert!(end.is_none(), "{end:?}");
    let mut client = CatalogServiceClient::new(channel);
    let listed = client.list_series(pb::ListSeriesRequest::default()).await;
    assert!(listed.unwrap().into_inner().series.len() >= SERIES.len());
    let request = pb::GetSeriesRequest {
        key: SERIES[6].to_owned(),
        ..Default::default()
    };
    client.get_series(request).await.unwrap();
    messages
}

#[tokio::test]
async fn streams_that_nobody_reads_hold_up_nobody_else() {
    // Nothing ends the streams within the test.
    let server = Server::with(&["--write-timeout", "600"]);
    let alone = ask(&server).await;
    let mut client = idle_client(&server).await;
    let (mut streams, mut scenarios) = (Vec::new(), Vec::new());
    for more in [32, 32] {
        for _ in 0..more {
            let stream = client.stream_forecasts(forecasts()).await.unwrap();
            streams.push(stream.into_inner());
        }
        let beside = timeout(FOR_EVER, ask(&server)).await;
        assert!(beside.expect("others wait") == alone, "other numbers");
    }
    for more in [32, 32] {
        for _ in 0..more {
            let stream = client.stream_scenario(scenario()).await.unwrap();
            scenarios.push(stream.into_inner());
        }
        let beside = timeout(FOR_EVER, ask(&server)).await;
        assert!(beside.expect("others wait") == alone, "other numbers");
    }
    // Read in the end, a stream is whole.
    let (messages, end) = rest(&mut streams[31]).await;
    assert!(end.is_none(), "{end:?}");
    assert_eq!(messages.len(), SERIES.len() * (120 + 2));
}

#[tokio::test]
async fn a_stream_that_nobody_reads_ends_and_says_why() {
    let server = Server::with(&["--write-timeout", "1", "--admin", "127.0.0.1:0"]);
    let admin = server.line_after("admin on ");
    let mut client = idle_client(&server).await;
    let mut streams = Vec::new();
    for _ in 0..4 {
        let stream = client.stream_forecasts(forecasts()).await.unwrap();
        streams.push(stream.into_inner());
    }
    // A stream that is read before the server has ended it would go on.
    let metrics = || send(&admin, "GET /metrics", &[], b"").text();
    let begun = Instant::now();
    while !metrics().lines().any(|line| line == "tradecast_streams 0") {
        assert!(begun.elapsed() < Duration::from_secs(120), "{}", metrics());
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    for mut stream in streams {
        let (messages, end) = rest(&mut stream).await;
        assert!(messages.len() < SERIES.len() * (120 + 2));
        let status = end.expect("the stream ends as if it were whole");
        assert_eq!(status.code(), Code::ResourceExhausted, "{status}");
        let details = status.get_error_details();
        assert_eq!(details.error_info().unwrap().reason, "SLOW_READER");
    }
}
