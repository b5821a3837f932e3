//! The contract of `proto/`, kept by the real server towards the generated client.

use crate::operations::http::send;
use crate::operations::web;
use crate::server::Server;
#[cfg(target_os = "linux")]
use crate::server::processor_seconds;
use std::collections::BTreeMap;
use std::time::Duration;
use tonic::{Code, Status};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use tonic_reflection::pb::v1;
use tonic_reflection::pb::v1alpha;
use tonic_types::StatusExt;
use tradecast::service::pb;
use tradecast::service::pb::backtest_service_client::BacktestServiceClient;
use tradecast::service::pb::catalog_service_client::CatalogServiceClient;
use tradecast::service::pb::forecast_service_client::ForecastServiceClient;
use tradecast::service::pb::stream_backtest_response::Update as BacktestUpdate;
use tradecast::service::pb::stream_forecasts_response::Update;

const CHINA: &str = "USA.CHN.M.TOTAL.USD";
const MEXICO: &str = "USA.MEX.M.TOTAL.USD";

/// How long a server that ends may take: far longer than it should on any machine.
const LONG: Duration = Duration::from_secs(60);
/// How often a server is looked at until it is found idle.
#[cfg(target_os = "linux")]
const TRIES: usize = 3;

/// A request that keeps a server busy for seconds.
fn heavy(series: &[&str]) -> pb::StreamForecastsRequest {
    pb::StreamForecastsRequest {
        series: series.iter().map(|s| (*s).to_owned()).collect(),
        horizon: 120,
        levels: (1..=20).map(|k| 4.0 * f64::from(k)).collect(),
        paths: 100_000,
        ..Default::default()
    }
}

const ALL: [&str; 12] = [
    "JPN.CHN.M.TOTAL.JPY",
    "JPN.CHN.X.TOTAL.JPY",
    "KOR.CHN.M.TOTAL.USD",
    "KOR.CHN.X.TOTAL.USD",
    "USA.CAN.M.TOTAL.USD",
    "USA.CAN.X.TOTAL.USD",
    CHINA,
    "USA.CHN.X.TOTAL.USD",
    "USA.DEU.M.TOTAL.USD",
    "USA.DEU.X.TOTAL.USD",
    MEXICO,
    "USA.MEX.X.TOTAL.USD",
];

fn fields(status: &Status) -> Vec<String> {
    let details = status.get_error_details();
    let violations = details.bad_request().map(|bad| &bad.field_violations);
    let violations = violations.into_iter().flatten();
    violations.map(|v| v.field.clone()).collect()
}

#[tokio::test]
async fn pages_list_every_series_once() {
    let server = Server::start();
    let mut client = CatalogServiceClient::new(server.connect().await);
    let mut keys = Vec::new();
    let mut request = pb::ListSeriesRequest {
        page_size: 5,
        ..Default::default()
    };
    loop {
        let page = client.list_series(request.clone()).await.unwrap();
        let page = page.into_inner();
        assert!(page.series.len() <= 5);
        keys.extend(page.series.into_iter().map(|series| series.key));
        if page.next_page_token.is_empty() {
            break;
        }
        request.page_token = page.next_page_token;
    }
    // China's monthly tables come first: six partners, three flows.
    let (china, others) = keys.split_at(18);
    assert!(china.iter().all(|key| key.starts_with("CHN.")), "{china:?}");
    assert!(keys.is_sorted(), "{keys:?}");
    assert_eq!(others, ALL);
    // The token belongs to the listing without a filter.
    request.filter = "USA".to_owned();
    let status = client.list_series(request).await.unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument);
    assert_eq!(fields(&status), ["page_token"]);
}

#[tokio::test]
async fn a_series_is_shown_as_it_was_public_and_in_another_currency() {
    let server = Server::start();
    let mut client = CatalogServiceClient::new(server.connect().await);
    let request = pb::GetSeriesRequest {
        key: CHINA.to_ascii_lowercase(),
        // The figures of December come in February: the Census Bureau takes 40 days.
        as_of: "2020-01-31".to_owned(),
        currency: String::new(),
        ..Default::default()
    };
    let dollars = client.get_series(request.clone()).await.unwrap();
    let dollars = dollars.into_inner();
    let series = dollars.series.unwrap();
    assert_eq!(
        (series.key.as_str(), series.last_month.as_str()),
        (CHINA, "2019-11")
    );
    let request = pb::GetSeriesRequest {
        currency: "CNY".to_owned(),
        ..request
    };
    let yuan = client.get_series(request).await.unwrap().into_inner();
    let value = |found: &[pb::Observation]| found.last().unwrap().value.unwrap();
    let rate = value(&yuan.observations) / value(&dollars.observations);
    // The yuan stood near 7.0 to the dollar in November 2019.
    assert!((6.9..7.2).contains(&rate), "{rate}");
    assert_eq!(yuan.series.unwrap().unit, "CNY");
    let status = client
        .get_series(pb::GetSeriesRequest {
            key: "USA.CHN.Q.TOTAL.USD".to_owned(),
            ..Default::default()
        })
        .await
        .unwrap_err();
    assert_eq!(status.code(), Code::NotFound);
    assert!(status.message().contains(CHINA), "{}", status.message());
    let details = status.get_error_details();
    assert_eq!(details.error_info().unwrap().reason, "UNKNOWN_SERIES");
}

#[tokio::test]
async fn two_forecasts_come_whole_and_the_unknown_series_fails_alone() {
    let server = Server::start();
    let mut client = ForecastServiceClient::new(server.connect().await);
    let request = pb::StreamForecastsRequest {
        series: [CHINA, "USA.CHN.M.NOTHING.USD", "usa.mex.m.total.usd"]
            .map(str::to_owned)
            .to_vec(),
        ..Default::default()
    };
    let mut stream = client.stream_forecasts(request).await.unwrap().into_inner();
    let mut order: Vec<String> = Vec::new();
    let mut seen: BTreeMap<String, Vec<Update>> = BTreeMap::new();
    while let Some(message) = stream.message().await.unwrap() {
        if order.last() != Some(&message.series) {
            order.push(message.series.clone());
        }
        let updates = seen.entry(message.series).or_default();
        updates.push(message.update.unwrap());
    }
    assert_eq!(
        order.len(),
        3,
        "the messages of a series come together: {order:?}"
    );
    for key in [CHINA, "usa.mex.m.total.usd"] {
        let [
            Update::Header(header),
            points @ ..,
            Update::Summary(summary),
        ] = &seen[key][..]
        else {
            panic!("{key} is not whole");
        };
        assert_eq!((header.horizon, points.len()), (12, 12));
        assert_eq!(
            header.series.as_ref().unwrap().key,
            key.to_ascii_uppercase()
        );
        assert_eq!(summary.years.len(), 1);
        for (step, point) in (1..).zip(points) {
            let Update::Point(point) = point else {
                panic!("a point is missing");
            };
            let levels: Vec<f64> = point.intervals.iter().map(|i| i.level).collect();
            assert_eq!((point.step, levels), (step, vec![80.0, 95.0]));
            let readings = &point.readings;
            assert!(
                readings
                    .iter()
                    .any(|r| r.measure() == pb::GrowthMeasure::Month)
            );
        }
    }
    let [Update::Failure(failure)] = &seen["USA.CHN.M.NOTHING.USD"][..] else {
        panic!("the unknown series does not fail");
    };
    assert_eq!(
        (failure.code, failure.reason.as_str()),
        (5, "UNKNOWN_SERIES")
    );
}

#[tokio::test]
async fn a_bad_request_names_its_field() {
    let server = Server::start();
    let mut client = ForecastServiceClient::new(server.connect().await);
    let good = pb::StreamForecastsRequest {
        series: vec![CHINA.to_owned()],
        ..Default::default()
    };
    let bad = [
        ("series", pb::StreamForecastsRequest::default()),
        (
            "horizon",
            pb::StreamForecastsRequest {
                horizon: 121,
                ..good.clone()
            },
        ),
        (
            "levels",
            pb::StreamForecastsRequest {
                levels: vec![0.8],
                ..good.clone()
            },
        ),
        (
            "as_of",
            pb::StreamForecastsRequest {
                as_of: "soon".to_owned(),
                ..good.clone()
            },
        ),
        (
            "method",
            pb::StreamForecastsRequest {
                method: "arima".to_owned(),
                ..good.clone()
            },
        ),
        ("paths", pb::StreamForecastsRequest { paths: 1, ..good }),
    ];
    for (field, request) in bad {
        let status = client.stream_forecasts(request).await.unwrap_err();
        assert_eq!(status.code(), Code::InvalidArgument, "{field}");
        assert_eq!(fields(&status), [field]);
    }
}

#[test]
fn a_deadline_ends_a_stream() {
    let server = Server::start();
    // A client without a clock of its own: the answer is the service's.
    let call = "POST /tradecast.v1.ForecastService/StreamForecasts";
    let headers = [web::KIND, ("grpc-timeout", "300m")];
    let answer = send(&server.address, call, &headers, &web::framed(&heavy(&ALL)));
    assert_eq!(web::status(&answer).code(), Code::DeadlineExceeded);
}

#[tokio::test]
async fn a_backtest_streams_its_progress_then_its_scores() {
    let server = Server::start();
    let mut client = BacktestServiceClient::new(server.connect().await);
    let request = pb::StreamBacktestRequest {
        series: vec![CHINA.to_owned(), "USA.XXX.M.TOTAL.USD".to_owned()],
        origins: 2,
        methods: vec!["theta".to_owned()],
        ..Default::default()
    };
    let mut stream = client.stream_backtest(request).await.unwrap().into_inner();
    let (mut progress, mut scores, mut failures) = (Vec::new(), Vec::new(), Vec::new());
    while let Some(message) = stream.message().await.unwrap() {
        match message.update.unwrap() {
            BacktestUpdate::Progress(update) => progress.push((update.done, update.total)),
            BacktestUpdate::Score(score) => scores.push((score.series, score.method)),
            BacktestUpdate::Forecast(_) => panic!("no forecasts are requested"),
            BacktestUpdate::Failure(failure) => failures.push((failure.series, failure.code)),
        }
    }
    assert_eq!(progress, [(1, 2), (2, 2)]);
    assert_eq!(failures, [("USA.XXX.M.TOTAL.USD".to_owned(), 5)]);
    let score = |series: &str, method: &str| (series.to_owned(), method.to_owned());
    for expected in [
        score(CHINA, "theta"),
        score(CHINA, "seasonal-naive"),
        score("", "theta"),
    ] {
        assert!(
            scores.contains(&expected),
            "{expected:?} is not in {scores:?}"
        );
    }
    let request = pb::StreamBacktestRequest {
        step: 121,
        ..Default::default()
    };
    let status = client.stream_backtest(request).await.unwrap_err();
    assert_eq!(fields(&status), ["step"]);
}

#[tokio::test]
async fn health_and_reflection_answer() {
    let server = Server::start();
    let channel = server.connect().await;
    let mut health = HealthClient::new(channel.clone());
    for service in [
        "",
        "tradecast.v1.CatalogService",
        "tradecast.v1.BacktestService",
    ] {
        let request = HealthCheckRequest {
            service: service.to_owned(),
        };
        let answer = health.check(request).await.unwrap().into_inner();
        assert_eq!(answer.status(), ServingStatus::Serving, "{service}");
    }
    let request = v1::ServerReflectionRequest {
        host: String::new(),
        message_request: Some(v1::server_reflection_request::MessageRequest::ListServices(
            String::new(),
        )),
    };
    let mut client = v1::server_reflection_client::ServerReflectionClient::new(channel.clone());
    let answer = client
        .server_reflection_info(tokio_stream::once(request))
        .await;
    let answer = answer
        .unwrap()
        .into_inner()
        .message()
        .await
        .unwrap()
        .unwrap();
    let Some(v1::server_reflection_response::MessageResponse::ListServicesResponse(list)) =
        answer.message_response
    else {
        panic!("no list of services");
    };
    let names: Vec<String> = list.service.into_iter().map(|s| s.name).collect();
    assert!(
        names.contains(&"tradecast.v1.ForecastService".to_owned()),
        "{names:?}"
    );
    let request = v1alpha::ServerReflectionRequest {
        host: String::new(),
        message_request: Some(
            v1alpha::server_reflection_request::MessageRequest::FileContainingSymbol(
                "tradecast.v1.ForecastService".to_owned(),
            ),
        ),
    };
    let mut client = v1alpha::server_reflection_client::ServerReflectionClient::new(channel);
    let answer = client
        .server_reflection_info(tokio_stream::once(request))
        .await;
    let answer = answer
        .unwrap()
        .into_inner()
        .message()
        .await
        .unwrap()
        .unwrap();
    assert!(matches!(
        answer.message_response,
        Some(v1alpha::server_reflection_response::MessageResponse::FileDescriptorResponse(_))
    ));
}

#[tokio::test]
async fn an_interrupt_during_a_stream_ends_the_server() {
    for signal in ["INT", "TERM"] {
        let mut server = Server::with(&["--grace", "1"]);
        let channel = server.connect().await;
        let mut watch = HealthClient::new(channel.clone())
            .watch(HealthCheckRequest::default())
            .await
            .unwrap()
            .into_inner();
        let first = watch.message().await.unwrap().unwrap();
        assert_eq!(first.status(), ServingStatus::Serving);
        let mut client = ForecastServiceClient::new(channel);
        let mut stream = client
            .stream_forecasts(heavy(&ALL))
            .await
            .unwrap()
            .into_inner();
        tokio::time::sleep(Duration::from_millis(100)).await;
        server.signal(signal);
        let status = loop {
            match stream.message().await {
                Ok(Some(_)) => {}
                Ok(None) => panic!("the stream ends as if it were whole"),
                Err(status) => break status,
            }
        };
        assert_eq!(status.code(), Code::Unavailable, "{status}");
        let status = server.ended_within(LONG);
        assert_eq!(status.code(), Some(0), "{signal}");
    }
}

#[tokio::test]
async fn a_client_that_reads_nothing_does_not_keep_the_server() {
    let mut server = Server::with(&["--grace", "1"]);
    let endpoint = tonic::transport::Endpoint::from_shared(format!("http://{}", server.address));
    let channel = endpoint
        .unwrap()
        .initial_stream_window_size(1024)
        .connect()
        .await
        .unwrap();
    let mut client = ForecastServiceClient::new(channel);
    let request = pb::StreamForecastsRequest {
        paths: 100,
        ..heavy(&ALL)
    };
    let _unread = client.stream_forecasts(request).await.unwrap();
    tokio::time::sleep(Duration::from_millis(300)).await;
    server.signal("INT");
    assert_eq!(server.ended_within(LONG).code(), Some(0));
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_client_that_leaves_frees_the_server() {
    let server = Server::start();
    let mut client = ForecastServiceClient::new(server.connect().await);
    for _ in 0..3 {
        drop(client.stream_forecasts(heavy(&ALL)).await.unwrap());
    }
    let request = pb::StreamForecastsRequest {
        series: vec![MEXICO.to_owned()],
        ..Default::default()
    };
    let mut stream = client.stream_forecasts(request).await.unwrap().into_inner();
    while stream.message().await.unwrap().is_some() {}
    // The work of three streams of twelve heavy series would go on long after one light series.
    let mut idle = false;
    for _ in 0..TRIES {
        let before = processor_seconds(server.process());
        tokio::time::sleep(Duration::from_secs(1)).await;
        idle = processor_seconds(server.process()) - before < 0.2;
        if idle {
            break;
        }
    }
    assert!(idle, "the server works for nobody");
}
