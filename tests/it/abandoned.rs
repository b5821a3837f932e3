//! Work of every kind ends when its caller leaves or its deadline passes. All traffic is on
//! loopback.

use crate::server::{Server, processor_seconds};
use std::time::Duration;
use tonic::transport::Channel;
use tonic::{Request, Status};
use tradecast::service::pb;
use tradecast::service::pb::backtest_service_client::BacktestServiceClient;
use tradecast::service::pb::forecast_service_client::ForecastServiceClient;
use tradecast::service::pb::outlook_service_client::OutlookServiceClient;

/// How long each call is waited for: long enough that it is at work.
const AT_WORK: Duration = Duration::from_millis(400);

/// How often a kind is tried until it is within its bound.
const TRIES: usize = 3;

/// What may be left beyond the processor time of an idle server: 0.05 s on a machine of its own,
/// with `TRADECAST_BOUNDS` set; more where tests run beside each other and share the processors.
fn most_left() -> f64 {
    match std::env::var_os("TRADECAST_BOUNDS") {
        Some(_) => 0.05,
        None => 0.2,
    }
}

fn series() -> Vec<String> {
    let pairs = ["CAN", "CHN", "DEU", "MEX"];
    let of_pair = |partner| ["M", "X"].map(|flow| format!("USA.{partner}.{flow}.TOTAL.USD"));
    pairs.into_iter().flat_map(of_pair).collect()
}

fn outlook() -> pb::GetOutlookRequest {
    pb::GetOutlookRequest {
        reporter: "CHN".to_owned(),
        partner: "CA5".to_owned(),
        paths: 10_000,
        ..Default::default()
    }
}

/// A call that takes seconds, by kind.
async fn call(channel: Channel, kind: &str, timeout: Option<Duration>) -> Result<(), Status> {
    fn of<T>(message: T, timeout: Option<Duration>) -> Request<T> {
        let mut request = Request::new(message);
        if let Some(timeout) = timeout {
            request.set_timeout(timeout);
        }
        request
    }
    let mut client = ForecastServiceClient::new(channel.clone());
    match kind {
        "forecast" => {
            let request = pb::StreamForecastsRequest {
                series: series(),
                horizon: 120,
                paths: 100_000,
                ..Default::default()
            };
            let stream = client.stream_forecasts(of(request, timeout)).await?;
            let mut stream = stream.into_inner();
            while stream.message().await?.is_some() {}
        }
        "explain" => {
            let request = pb::ExplainForecastRequest {
                key: "USA.CHN.M.TOTAL.USD".to_owned(),
                since: "2024-01-01".to_owned(),
                horizon: 120,
                paths: 10_000,
                ..Default::default()
            };
            client.explain_forecast(of(request, timeout)).await?;
        }
        "scenario" => {
            let request = pb::StreamScenarioRequest {
                series: series(),
                shocks: vec![pb::Shock {
                    target: Some(pb::shock::Target::Partner("CHN".to_owned())),
                    months: "2028".to_owned(),
                    changes: vec![-0.1],
                    ..Default::default()
                }],
                horizon: 60,
                paths: 20_000,
                ..Default::default()
            };
            let stream = client.stream_scenario(of(request, timeout)).await?;
            let mut stream = stream.into_inner();
            while stream.message().await?.is_some() {}
        }
        "outlook" => {
            let mut client = OutlookServiceClient::new(channel);
            client.get_outlook(of(outlook(), timeout)).await?;
        }
        "change of an outlook" => {
            let request = pb::GetOutlookChangeRequest {
                outlook: Some(outlook()),
                since: "2026-04-01".to_owned(),
            };
            let mut client = OutlookServiceClient::new(channel);
            client.get_outlook_change(of(request, timeout)).await?;
        }
        "record of outlooks" => {
            let request = pb::GetOutlookRecordRequest {
                outlook: Some(outlook()),
                from: "2024-01-01".to_owned(),
            };
            let mut client = OutlookServiceClient::new(channel);
            client.get_outlook_record(of(request, timeout)).await?;
        }
        "backtest" => {
            let request = pb::StreamBacktestRequest {
                origins: 24,
                ..Default::default()
            };
            let mut client = BacktestServiceClient::new(channel);
            let stream = client.stream_backtest(of(request, timeout)).await?;
            let mut stream = stream.into_inner();
            while stream.message().await?.is_some() {}
        }
        other => panic!("{other}"),
    }
    Ok(())
}

/// The processor time of a server in two seconds, a tenth of a second from now: what is on its way
/// has arrived by then.
async fn work_left(server: &Server) -> f64 {
    tokio::time::sleep(Duration::from_millis(100)).await;
    let before = processor_seconds(server.process());
    tokio::time::sleep(Duration::from_secs(2)).await;
    processor_seconds(server.process()) - before
}

/// What is left of a call whose caller leaves, or of one whose deadline passes, if that is more.
async fn left_by(server: &Server, kind: &'static str) -> f64 {
    let running = tokio::spawn(call(server.connect().await, kind, None));
    tokio::time::sleep(AT_WORK).await;
    assert!(!running.is_finished(), "a {kind} that takes seconds");
    running.abort();
    let of_caller = work_left(server).await;
    let late = call(server.connect().await, kind, Some(AT_WORK)).await;
    let of_deadline = work_left(server).await;
    println!(
        "{kind}: {of_caller:.2} s of work for a caller who left, {of_deadline:.2} s beyond a \
         deadline ({:?})",
        late.as_ref().map_err(Status::code)
    );
    of_caller.max(of_deadline)
}

#[tokio::test]
async fn work_of_every_kind_ends_when_its_caller_leaves_or_its_deadline_passes() {
    let server = Server::start();
    let idle = work_left(&server).await;
    for kind in [
        "forecast",
        "explain",
        "scenario",
        "outlook",
        "change of an outlook",
        "record of outlooks",
        "backtest",
    ] {
        let most = idle + most_left();
        // A deadline that busy neighbours hold up is late once; work that nobody ends, each time.
        let mut left = f64::INFINITY;
        for _ in 0..TRIES {
            left = left.min(left_by(&server, kind).await);
            if left <= most {
                break;
            }
        }
        assert!(left <= most, "{kind}: {left} s that nobody waits for");
    }
}
