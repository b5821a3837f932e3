//! What a store was at a version, over the wire; and forecasts that are pushed when it changes.

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

/// Runs the program on a store.
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

/// Commits figures in USD mn by another process: partner, flow, month, value, and the day of their release.
fn commit(store: &Path, figures: &[(&str, &str, String, f64, &str)]) {
    let aside = tempfile::tempdir().unwrap();
    let file = aside.path().join("figures.csv");
    let mut text =
        "kind,reporter,partner,flow,product,measure,period,value,unit,status,released_on,source\n"
            .to_owned();
    for (partner, flow, month, value, released_on) in figures {
        text.push_str(&format!(
            "observation,USA,{partner},{flow},TOTAL,level,{month},{value},USD mn,revised,{released_on},test\n"
        ));
    }
    std::fs::write(&file, text).unwrap();
    let imported = on(store, &["store", "import", file.to_str().unwrap()]);
    assert!(imported.status.success(), "{}", err(&imported));
}

/// The imports from China of January 2026, the last month of the bundled figures, told anew.
fn revise(store: &Path, value: f64) {
    commit(store, &[("CHN", "M", "2026-01".to_owned(), value, "")]);
}

/// What [`revise`] commits, for a handle on the store.
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

/// Waits until the service answers from `version`.
async fn shown(server: &Server, version: u64) {
    let mut client = CatalogServiceClient::new(server.connect().await);
    let begun = Instant::now();
    loop {
        let asked = pb::ListSeriesRequest {
            page_size: 1,
            ..Default::default()
        };
        let page = client.list_series(asked).await.unwrap().into_inner();
        if page.version >= version {
            return;
        }
        assert!(
            begun.elapsed() < Duration::from_secs(20),
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

/// What is told of one version.
#[derive(Debug)]
struct Round {
    version: u64,
    reached: pb::ForecastsReached,
    forecasts: Forecasts,
}

async fn round(stream: &mut Streaming<pb::WatchForecastsResponse>) -> Round {
    let mut forecasts = Forecasts::new();
    loop {
        let message = stream.message().await.unwrap().unwrap();
        match message.update.unwrap() {
            Told::Forecast(part) => {
                if let Some(Update::Header(header)) = &part.update {
                    assert_eq!(header.version, message.version);
                }
                let parts = forecasts.entry(part.series).or_default();
                parts.push(part.update.unwrap());
            }
            Told::Reached(reached) => {
                assert_eq!(reached.series as usize, forecasts.len());
                return Round {
                    version: message.version,
                    reached,
                    forecasts,
                };
            }
        }
    }
}

async fn nothing_comes(stream: &mut Streaming<pb::WatchForecastsResponse>) {
    let told = tokio::time::timeout(LONG, stream.message()).await;
    assert!(told.is_err(), "{told:?}");
}

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

#[tokio::test]
async fn forecasts_that_a_commit_of_another_process_changes_are_pushed_within_a_second() {
    let folder = census();
    let server = Server::on_store(folder.path());
    let asked = [CHINA, NOTHING, MEXICO];
    let mut client = ForecastServiceClient::new(server.connect().await);
    let begun = Instant::now();
    let stream = client.watch_forecasts(watch(&asked, None)).await;
    let mut stream = stream.unwrap().into_inner();
    let first = round(&mut stream).await;
    let computing = begun.elapsed();
    assert_eq!(
        (
            first.version,
            first.reached.after_version,
            first.reached.series
        ),
        (1, None, 3)
    );
    let [Update::Failure(failure)] = &first.forecasts[NOTHING][..] else {
        panic!("the unknown series does not fail");
    };
    assert_eq!(
        (failure.code, failure.reason.as_str()),
        (5, "UNKNOWN_SERIES")
    );
    assert_eq!(
        first.forecasts,
        streamed(&server, forecast(&asked)).await,
        "what is watched is what is streamed"
    );

    revise(folder.path(), 30_000.0);
    let begun = Instant::now();
    let second = round(&mut stream).await;
    let after = begun.elapsed();
    assert_eq!((second.version, second.reached.after_version), (2, Some(1)));
    assert!(second.forecasts.contains_key(CHINA));
    assert!(
        !second.forecasts.contains_key(NOTHING),
        "what is unknown still is told once"
    );
    for (key, parts) in &second.forecasts {
        assert_ne!(parts[1..], first.forecasts[key][1..], "{key} is another");
    }
    let mut whole = first.forecasts;
    whole.extend(second.forecasts);
    let now = streamed(&server, forecast(&asked)).await;
    for key in [CHINA, MEXICO] {
        assert_eq!(
            whole[key][1..],
            now[key][1..],
            "the reader has {key} of now"
        );
    }
    println!(
        "a commit of another process was pushed after {} ms; the first forecasts took {} ms",
        after.as_millis(),
        computing.as_millis()
    );
    assert!(
        after < Duration::from_secs(1) + 2 * computing,
        "{after:.2?}"
    );

    // A series that comes into being is no failure any more.
    let months = (2015..2026).flat_map(|year| (1..=12).map(move |month| (year, month)));
    let file = folder.path().join("new.csv");
    let mut text =
        "kind,reporter,partner,flow,product,measure,period,value,unit,status,released_on,source\n"
            .to_owned();
    for (k, (year, month)) in months.enumerate() {
        let value = 100 + k + 10 * (month % 4);
        text.push_str(&format!(
            "observation,USA,CHN,M,NOTHING,level,{year}-{month:02},{value},USD mn,p,,test\n"
        ));
    }
    std::fs::write(&file, text).unwrap();
    let imported = on(folder.path(), &["store", "import", file.to_str().unwrap()]);
    assert!(imported.status.success(), "{}", err(&imported));
    let third = round(&mut stream).await;
    assert_eq!(third.version, 3);
    assert!(matches!(third.forecasts[NOTHING][0], Update::Header(_)));
}

#[tokio::test]
async fn a_reader_resumes_and_hears_nothing_where_nothing_changed() {
    let folder = census();
    let server = Server::on_store(folder.path());
    revise(folder.path(), 30_000.0);
    shown(&server, 2).await;
    let asked = [CHINA, MEXICO];
    let mut client = ForecastServiceClient::new(server.connect().await);
    let first = streamed(&server, at(1, forecast(&asked))).await;
    let second = streamed(&server, forecast(&asked)).await;

    let behind = client.watch_forecasts(watch(&asked, Some(1))).await;
    let mut behind = behind.unwrap().into_inner();
    let told = round(&mut behind).await;
    assert_eq!((told.version, told.reached.after_version), (2, Some(1)));
    let differ = |key: &&str| first[*key][1..] != second[*key][1..];
    let differing: Vec<&str> = asked.into_iter().filter(differ).collect();
    assert!(differing.contains(&CHINA));
    assert!(
        told.forecasts.keys().map(String::as_str).eq(differing),
        "those that changed since, and no other"
    );
    assert!(
        told.forecasts
            .iter()
            .all(|(key, parts)| *parts == second[key])
    );

    let resumed = client.watch_forecasts(watch(&asked, Some(2))).await;
    let mut resumed = resumed.unwrap().into_inner();
    nothing_comes(&mut resumed).await;
    // The same figure again is a version, but no other forecast; nor is what is merged.
    let figure = pb::DeliveredFigure {
        kind: pb::FigureKind::Observation.into(),
        key: CHINA.to_owned(),
        period: "2026-01".to_owned(),
        value: Some(30_000.0),
        unit: "USD mn".to_owned(),
        source: "test".to_owned(),
        ..Default::default()
    };
    let again = pb::WriteObservationsRequest {
        figures: vec![figure],
        ..Default::default()
    };
    let mut ingest = IngestServiceClient::new(server.connect().await);
    let again = ingest.write_observations(futures_util::stream::iter([again]));
    assert_eq!(again.await.unwrap().into_inner().version, 3);
    let compacted = on(folder.path(), &["store", "compact"]);
    assert!(out(&compacted).contains("version 4"), "{compacted:?}");
    shown(&server, 4).await;
    nothing_comes(&mut resumed).await;
    nothing_comes(&mut behind).await;
    revise(folder.path(), 31_000.0);
    for stream in [&mut resumed, &mut behind] {
        let told = round(stream).await;
        assert_eq!((told.version, told.reached.after_version), (5, Some(2)));
        assert!(told.forecasts.contains_key(CHINA));
    }

    // After a restart, the same.
    drop(server);
    let server = Server::on_store(folder.path());
    let mut client = ForecastServiceClient::new(server.connect().await);
    let resumed = client.watch_forecasts(watch(&asked, Some(5))).await;
    let mut resumed = resumed.unwrap().into_inner();
    nothing_comes(&mut resumed).await;
    let resumed = client.watch_forecasts(watch(&asked, Some(4))).await;
    let told = round(&mut resumed.unwrap().into_inner()).await;
    assert_eq!((told.version, told.reached.after_version), (5, Some(4)));
    let missing = client.watch_forecasts(watch(&asked, Some(99))).await;
    let status = missing.unwrap().into_inner().message().await.unwrap_err();
    assert_missing(&status, "after_version");
}

#[tokio::test]
async fn for_a_slow_reader_many_versions_become_one() {
    let folder = census();
    let server = Server::on_store(folder.path());
    // A reader of little room: what is sent fills it, and then waits.
    let endpoint = Channel::from_shared(format!("http://{}", server.address)).unwrap();
    let narrow = endpoint.initial_stream_window_size(1024);
    let mut slow = ForecastServiceClient::new(narrow.connect().await.unwrap());
    let wide = pb::StreamForecastsRequest {
        horizon: 120,
        levels: (1..=20).map(|k| 4.0 * f64::from(k)).collect(),
        ..forecast(&[CHINA])
    };
    let asked = pb::WatchForecastsRequest {
        forecast: Some(wide),
        after_version: None,
    };
    let mut slow = slow.watch_forecasts(asked).await.unwrap().into_inner();
    let mut fast = ForecastServiceClient::new(server.connect().await);
    let fast = fast.watch_forecasts(watch(&[CHINA], None)).await;
    let mut fast = fast.unwrap().into_inner();
    assert_eq!(round(&mut fast).await.version, 1);

    // By a handle that is open, so that they come within a few looks of the service at its store.
    let place = folder.path().to_str().unwrap().to_owned();
    let commits = tokio::task::spawn_blocking(move || {
        let store = Store::open(&place).unwrap();
        let begun = Instant::now();
        for version in 2..=11_u32 {
            let told = january(30_000.0 + f64::from(version));
            let done = store.append(told, None, None).unwrap();
            assert_eq!(done.version, u64::from(version));
        }
        begun.elapsed()
    });
    let took = commits.await.unwrap();
    let mut rounds = Vec::new();
    while rounds.last() != Some(&11) {
        let told = round(&mut fast).await;
        assert_eq!(
            told.reached.after_version,
            rounds.last().copied().or(Some(1)),
            "no version is told twice"
        );
        rounds.push(told.version);
    }
    assert!(rounds.is_sorted() && rounds.len() < 10, "{rounds:?}");
    println!(
        "ten commits within {} ms were told as versions {rounds:?}",
        took.as_millis()
    );
    let mut rounds = Vec::new();
    while rounds.last() != Some(&11) {
        rounds.push(round(&mut slow).await.version);
    }
    assert_eq!(rounds, [1, 11], "of what came meanwhile only the latest");
    nothing_comes(&mut slow).await;
}

#[tokio::test]
async fn a_watch_ends_with_its_deadline_with_the_server_and_not_with_other_readers() {
    let folder = census();
    let mut server = Server::on_store(folder.path());
    let mut client = ForecastServiceClient::new(server.connect().await);
    let left = client.watch_forecasts(watch(&[CHINA], None)).await.unwrap();
    drop(left);
    let mut timed = Request::new(watch(&[CHINA], Some(1)));
    timed.set_timeout(Duration::from_millis(700));
    let begun = Instant::now();
    let mut timed = client.watch_forecasts(timed).await.unwrap().into_inner();
    let status = timed.message().await.unwrap_err();
    // The client's own clock may be the first to say so, as a cancelled call.
    assert!(
        matches!(status.code(), Code::DeadlineExceeded | Code::Cancelled),
        "{status:?}"
    );
    assert!(begun.elapsed() < Duration::from_secs(3));
    let stays = client.watch_forecasts(watch(&[CHINA], None)).await;
    let mut stays = stays.unwrap().into_inner();
    assert_eq!(round(&mut stays).await.version, 1);
    server.signal("TERM");
    let status = stays.message().await.unwrap_err();
    assert_eq!(status.code(), Code::Unavailable);
    assert!(server.ended_within(Duration::from_secs(5)).success());

    let files = Server::start();
    let mut client = ForecastServiceClient::new(files.connect().await);
    let status = client.watch_forecasts(watch(&[CHINA], None)).await;
    assert_eq!(status.unwrap_err().code(), Code::FailedPrecondition);
    let status = client.stream_forecasts(at(1, forecast(&[CHINA]))).await;
    let status = status.unwrap_err();
    let reason = status.get_error_details().error_info().cloned();
    assert_eq!(
        (status.code(), reason.unwrap().reason.as_str()),
        (Code::FailedPrecondition, "NO_STORE")
    );
}

/// Every kind of answer about imports from China, in words, from a version.
async fn everything(server: &Server, version: Option<u64>) -> Result<Vec<String>, Vec<Status>> {
    let channel = server.connect().await;
    let mut catalog = CatalogServiceClient::new(channel.clone());
    let mut forecasts = ForecastServiceClient::new(channel.clone());
    let mut answers = Vec::new();
    fn said<T: std::fmt::Debug>(
        answer: Result<tonic::Response<T>, Status>,
    ) -> Result<String, Status> {
        answer.map(|answer| format!("{:?}", answer.into_inner()))
    }
    async fn all<T: std::fmt::Debug>(
        answer: Result<tonic::Response<Streaming<T>>, Status>,
    ) -> Result<String, Status> {
        let mut stream = answer?.into_inner();
        let mut parts = Vec::new();
        while let Some(part) = stream.message().await? {
            parts.push(format!("{part:?}"));
        }
        Ok(parts.join("\n"))
    }
    let asked = pb::ListSeriesRequest {
        version,
        ..Default::default()
    };
    answers.push(said(catalog.list_series(asked).await));
    let asked = pb::GetSeriesRequest {
        key: CHINA.to_owned(),
        version,
        ..Default::default()
    };
    answers.push(said(catalog.get_series(asked).await));
    let asked = pb::GetGrowthRequest {
        subject: CHINA.to_owned(),
        version,
        ..Default::default()
    };
    let mut growth = GrowthServiceClient::new(channel.clone());
    answers.push(said(growth.get_growth(asked).await));
    let asked = pb::GetOutlookRequest {
        reporter: "USA".to_owned(),
        partner: "CHN".to_owned(),
        paths: 100,
        version,
        ..Default::default()
    };
    let mut outlook = OutlookServiceClient::new(channel.clone());
    answers.push(said(outlook.get_outlook(asked).await));
    let asked = pb::StreamForecastsRequest {
        version,
        ..forecast(&[CHINA])
    };
    answers.push(all(forecasts.stream_forecasts(asked).await).await);
    let asked = pb::ExplainForecastRequest {
        key: CHINA.to_owned(),
        paths: 200,
        version,
        ..Default::default()
    };
    answers.push(said(forecasts.explain_forecast(asked).await));
    let asked = pb::StreamScenarioRequest {
        series: vec![CHINA.to_owned()],
        shocks: vec![pb::Shock {
            target: Some(Target::Flow(pb::Flow::Imports.into())),
            months: "2026-S2".to_owned(),
            percent: vec![-10.0],
            ..Default::default()
        }],
        paths: 200,
        version,
        ..Default::default()
    };
    answers.push(all(forecasts.stream_scenario(asked).await).await);
    let mut backtests = BacktestServiceClient::new(channel);
    let asked = pb::StreamBacktestRequest {
        version,
        ..backtest(false)
    };
    answers.push(all(backtests.stream_backtest(asked).await).await);
    if answers.iter().all(Result::is_ok) {
        return Ok(answers.into_iter().flatten().collect());
    }
    Err(answers.into_iter().filter_map(Result::err).collect())
}

fn backtest(real_time: bool) -> pb::StreamBacktestRequest {
    pb::StreamBacktestRequest {
        series: vec![CHINA.to_owned()],
        methods: vec!["theta".to_owned()],
        origins: 3,
        real_time,
        ..Default::default()
    }
}

#[tokio::test]
async fn every_answer_at_an_earlier_version_is_what_it_was() {
    let folder = census();
    let server = Server::on_store(folder.path());
    let was = everything(&server, None).await.unwrap();
    assert_eq!(was.len(), 8);
    for answer in &was {
        assert!(answer.contains("version: 1"), "each tells its version");
        assert!(!answer.contains("Failure("), "{answer}");
    }
    // Some of 2024 anew, and the month after the last.
    let mut figures: Vec<_> = (1..=6)
        .map(|m| {
            (
                "CHN",
                "M",
                format!("2024-{m:02}"),
                40_000.0 + f64::from(m),
                "",
            )
        })
        .collect();
    figures.push(("CHN", "M", "2026-02".to_owned(), 25_000.0, ""));
    commit(folder.path(), &figures);
    shown(&server, 2).await;
    assert_eq!(everything(&server, Some(1)).await.unwrap(), was);
    let is = everything(&server, None).await.unwrap();
    for (was, is) in was.iter().zip(&is) {
        assert_ne!(was, is, "the commit changes it");
    }
    assert_eq!(everything(&server, Some(2)).await.unwrap(), is);
    // From memory, and from the store again after others.
    assert_eq!(everything(&server, Some(1)).await.unwrap(), was);
    let statuses = everything(&server, Some(99)).await.unwrap_err();
    assert_eq!(statuses.len(), 8);
    for status in &statuses {
        assert_missing(status, "version");
    }
    // Before anything came there was no series.
    let statuses = everything(&server, Some(0)).await.unwrap_err();
    assert!(
        statuses
            .iter()
            .all(|status| status.code() == Code::NotFound)
    );
}

#[tokio::test]
async fn a_revision_is_found_between_versions() {
    let folder = census();
    let server = Server::on_store(folder.path());
    let was = streamed(&server, forecast(&[CHINA])).await;
    // The imports of the second half of 2025 are a tenth higher than was told.
    let shown_before = on(folder.path(), &["series", CHINA, "--json"]);
    let series: Value = serde_json::from_slice(&shown_before.stdout).unwrap();
    let value = |month: &str| {
        let observations = series["observations"].as_array().unwrap();
        let of = observations.iter().find(|o| o["month"] == month).unwrap();
        of["value"].as_f64().unwrap() / 1e6
    };
    let revised: Vec<_> = (7..=12)
        .map(|m| format!("2025-{m:02}"))
        .map(|month| ("CHN", "M", month.clone(), 1.1 * value(&month), ""))
        .collect();
    commit(folder.path(), &revised);
    shown(&server, 2).await;
    assert_eq!(
        streamed(&server, at(1, forecast(&[CHINA]))).await,
        was,
        "the forecast at the earlier version is what it was"
    );
    let mut client = ForecastServiceClient::new(server.connect().await);
    let asked = pb::ExplainForecastRequest {
        key: CHINA.to_owned(),
        since_version: Some(1),
        paths: 200,
        ..Default::default()
    };
    let found = client.explain_forecast(asked.clone()).await.unwrap();
    let found = found.into_inner();
    assert_eq!((found.version, found.since_version), (2, 1));
    assert!(!found.growth_changes.is_empty() && !found.value_changes.is_empty());
    for change in found.growth_changes.iter().chain(&found.value_changes) {
        assert!(change.new_figures.is_empty(), "{change:?}");
        let whole = change.after - change.before;
        let sum = change.revisions + change.model;
        assert!(
            (sum - whole).abs() < 1e-9 * (1.0 + change.after.abs()),
            "{change:?}"
        );
    }
    for change in &found.value_changes {
        assert!(change.revisions > 0.0, "{change:?}");
        let point = was[CHINA].iter().find_map(|part| match part {
            Update::Point(point) if point.month == change.span => Some(point.value),
            _ => None,
        });
        assert_eq!(
            Some(change.before),
            point,
            "it changed from what was forecast"
        );
    }
    let model: f64 = found.value_changes.iter().map(|c| c.model.abs()).sum();
    assert!(model > 0.0, "the panel teaches otherwise");

    // The month that follows is a new figure beside the revisions.
    commit(
        folder.path(),
        &[("CHN", "M", "2026-02".to_owned(), 25_000.0, "")],
    );
    shown(&server, 3).await;
    let three = client.explain_forecast(asked.clone()).await.unwrap();
    let three = three.into_inner();
    assert_eq!((three.version, three.since_version), (3, 1));
    for change in &three.growth_changes {
        let months: Vec<&str> = change
            .new_figures
            .iter()
            .map(|f| f.month.as_str())
            .collect();
        assert_eq!(months, ["2026-02"]);
    }
    assert!(three.growth_changes.iter().any(|c| c.revisions != 0.0));
    // Between the last two versions there is the new figure and no revision; of one version with itself nothing.
    let asked_at = |version, since_version| pb::ExplainForecastRequest {
        version,
        since_version: Some(since_version),
        ..asked.clone()
    };
    let last = client.explain_forecast(asked_at(Some(3), 2)).await.unwrap();
    for change in &last.into_inner().growth_changes {
        assert_eq!((change.revisions, change.new_figures.len()), (0.0, 1));
    }
    let two = client.explain_forecast(asked_at(Some(2), 1)).await.unwrap();
    assert_eq!(
        two.into_inner(),
        found,
        "as it was found when 2 was the latest"
    );
    let itself = client.explain_forecast(asked_at(None, 3)).await.unwrap();
    for change in &itself.into_inner().growth_changes {
        assert_eq!((change.revisions, change.model), (0.0, 0.0));
        assert_eq!(change.before, change.after);
    }
    // One day, as it was known at either version: what was revised since counts from the day on which it is presumed public.
    let day = pb::ExplainForecastRequest {
        as_of: "2025-06-30".to_owned(),
        ..asked_at(Some(2), 1)
    };
    let day = client.explain_forecast(day).await.unwrap().into_inner();
    for change in &day.growth_changes {
        assert_eq!((change.revisions, change.model), (0.0, 0.0), "{change:?}");
    }
    for (request, code, field) in [
        (asked_at(Some(2), 3), Code::InvalidArgument, "since_version"),
        (asked_at(None, 0), Code::InvalidArgument, "since_version"),
        (asked_at(None, 99), Code::NotFound, "since_version"),
        (asked_at(Some(99), 1), Code::NotFound, "version"),
    ] {
        let status = client.explain_forecast(request).await.unwrap_err();
        assert_eq!(
            (status.code(), fields(&status)),
            (code, vec![field.to_owned()])
        );
    }
}

/// The scores of the whole answer, and what is left of it.
async fn scored(server: &Server, request: pb::StreamBacktestRequest) -> Vec<pb::BacktestScore> {
    let mut client = BacktestServiceClient::new(server.connect().await);
    let mut stream = client.stream_backtest(request).await.unwrap().into_inner();
    let mut scores = Vec::new();
    while let Some(part) = stream.message().await.unwrap() {
        match part.update.unwrap() {
            Backtested::Score(score) => scores.push(score),
            Backtested::Progress(_) => {}
            Backtested::Failure(failure) => panic!("{failure:?}"),
        }
    }
    scores
}

#[tokio::test]
async fn a_later_revision_moves_no_earlier_forecast_of_a_backtest_in_real_time() {
    let folder = census();
    let server = Server::on_store(folder.path());
    let methods = ["auto", "theta", "seasonal-naive"].map(str::to_owned);
    let request = |real_time, as_of: &str| pb::StreamBacktestRequest {
        methods: methods.to_vec(),
        as_of: as_of.to_owned(),
        ..backtest(real_time)
    };
    // The last origin is January 2025, learnt from what was public by mid-March 2025. The day before the revision all figures of 2025 are public.
    let (before, after) = ("2026-03-14", "2026-03-15");
    let was = scored(&server, request(true, "")).await;
    let was_before = scored(&server, request(true, before)).await;
    let was_with_hindsight = scored(&server, request(false, "")).await;
    assert!(!was.is_empty());
    // In March 2026 the imports of two years are told anew: history to every origin, but neither truth nor the base of any growth, which begins with
    // September 2022, so that a forecast that moves is all that could move a score.
    let revised: Vec<_> = (2020..=2021)
        .flat_map(|year| (1..=12).map(move |m| (year, m)))
        .map(|(year, m)| {
            let value = 30_000.0 + 700.0 * f64::from(m);
            ("CHN", "M", format!("{year}-{m:02}"), value, after)
        })
        .collect();
    commit(folder.path(), &revised);
    shown(&server, 2).await;
    assert_eq!(scored(&server, request(true, before)).await, was_before);
    assert_eq!(
        scored(&server, request(true, "")).await,
        was,
        "no forecast of an earlier origin moves by a bit"
    );
    // With hindsight they do, and at the earlier version they still do not.
    let hindsight = scored(&server, request(false, "")).await;
    assert_ne!(hindsight, was_with_hindsight);
    let at_one = pb::StreamBacktestRequest {
        version: Some(1),
        ..request(false, "")
    };
    assert_eq!(scored(&server, at_one).await, was_with_hindsight);
}

#[test]
fn the_command_line_reads_a_version_here_and_there() {
    let folder = census();
    let server = Server::on_store(folder.path());
    revise(folder.path(), 30_000.0);
    let there = |arguments: &[&str]| {
        let ran = command(TRADECAST)
            .args(arguments)
            .args(["--server", &server.address])
            .output()
            .unwrap();
        assert!(ran.status.success(), "{}", err(&ran));
        out(&ran)
    };
    for command in [
        &["series", "--csv"][..],
        &["series", CHINA, "--json"],
        &["forecast", CHINA, "--paths", "200", "--json"],
        &["growth", CHINA, "--json"],
        &["outlook", "USA", "CHN", "--paths", "100", "--json"],
        &[
            "backtest",
            CHINA,
            "--method",
            "theta",
            "--origins",
            "2",
            "--json",
        ],
        &[
            "scenario",
            CHINA,
            "--shock",
            "flow:M=-10%@2026-S2",
            "--json",
        ],
        &["explain", CHINA, "--paths", "200", "--json"],
    ] {
        let of = |version: &'static str| [command, &["--version", version]].concat();
        let here = on(folder.path(), &of("1"));
        assert!(here.status.success(), "{}", err(&here));
        assert_eq!(out(&here), there(&of("1")), "{command:?}");
        if command[1] != "--csv" {
            assert_ne!(out(&here), there(&of("2")), "{command:?}");
        }
    }
    let explain = [
        "explain",
        CHINA,
        "--paths",
        "200",
        "--version",
        "2",
        "--since-version",
        "1",
    ];
    let here = on(folder.path(), &explain);
    let text = out(&here);
    assert_eq!(text, there(&explain));
    assert!(
        text.contains("Changes since version 1, percentage points"),
        "{text}"
    );
    // Files have no versions.
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("data");
    let refused = command(TRADECAST)
        .args(["series", "--version", "1", "--data"])
        .arg(data)
        .output()
        .unwrap();
    assert_eq!(refused.status.code(), Some(1));
    assert!(
        err(&refused).contains("expected --store or --server"),
        "{}",
        err(&refused)
    );
}
