//! What the service promises under load: repeated requests are answered from memory, nobody shuts
//! others out, and work ends when nobody waits for it. All traffic is on loopback.

use crate::operations::http::send;
use crate::operations::web;
use crate::server::Server;
#[cfg(target_os = "linux")]
use crate::server::processor_seconds;
use std::time::{Duration, Instant};
use tonic::Code;
use tonic_types::StatusExt;
use tradecast::service::pb;
use tradecast::service::pb::catalog_service_client::CatalogServiceClient;
use tradecast::service::pb::forecast_service_client::ForecastServiceClient;
use tradecast::service::pb::ingest_service_client::IngestServiceClient;
use tradecast::service::pb::outlook_service_client::OutlookServiceClient;
use tradecast::service::pb::stream_forecasts_response::Update;

const SERIES: &str = "USA.MEX.M.TOTAL.USD";

fn forecast() -> pb::StreamForecastsRequest {
    pb::StreamForecastsRequest {
        series: vec![SERIES.to_owned()],
        ..Default::default()
    }
}

fn outlook(paths: i32) -> pb::GetOutlookRequest {
    pb::GetOutlookRequest {
        reporter: "CHN".to_owned(),
        partner: "CA5".to_owned(),
        paths,
        ..Default::default()
    }
}

/// Stream a forecast to its end; return what the header says of its results, and its messages.
async fn forecasts(
    server: &Server,
    request: pb::StreamForecastsRequest,
) -> (String, Vec<pb::StreamForecastsResponse>) {
    let mut client = ForecastServiceClient::new(server.connect().await);
    let response = client.stream_forecasts(request).await.unwrap();
    let origin = response.metadata().get("tradecast-results").unwrap();
    let origin = origin.to_str().unwrap().to_owned();
    let mut stream = response.into_inner();
    let mut messages = Vec::new();
    while let Some(message) = stream.message().await.unwrap() {
        messages.push(message);
    }
    (origin, messages)
}

/// Read one series `count` times, and return the time below which 99 of 100 reads took.
async fn slowest_reads(server: &Server, count: usize) -> Duration {
    let mut client = CatalogServiceClient::new(server.connect().await);
    let mut times = Vec::new();
    for _ in 0..count {
        let begun = Instant::now();
        let request = pb::GetSeriesRequest {
            key: SERIES.to_owned(),
            ..Default::default()
        };
        client.get_series(request).await.unwrap();
        times.push(begun.elapsed());
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    times.sort_unstable();
    times[(count * 99).div_ceil(100) - 1]
}

#[tokio::test]
async fn a_repeated_request_is_answered_from_memory_with_the_same_messages() {
    let server = Server::start();
    let (first, computed) = forecasts(&server, forecast()).await;
    let (second, cached) = forecasts(&server, forecast()).await;
    assert_eq!((first.as_str(), second.as_str()), ("computed", "cached"));
    assert_eq!(computed, cached);
    let other = pb::StreamForecastsRequest {
        seed: 1,
        ..forecast()
    };
    let (third, drawn) = forecasts(&server, other).await;
    assert_eq!(third, "computed");
    assert_ne!(computed, drawn, "another seed");
}

#[tokio::test]
async fn the_server_describes_itself() {
    let server = Server::start();
    let mut client = CatalogServiceClient::new(server.connect().await);
    let info = client.get_server_info(pb::GetServerInfoRequest::default());
    let info = info.await.unwrap().into_inner();
    assert_eq!(
        info.data_fingerprint, "",
        "it is computed where it is requested"
    );
    assert_eq!(info.version, env!("CARGO_PKG_VERSION"));
    assert_eq!(info.origin(), pb::DataOrigin::Files);
    assert_eq!(info.store_version, 0);
    assert!(info.series > 0 && info.releases > 0 && info.last_month.len() == 7);
    assert_eq!(info.methods[0], "auto");
    let mut fingerprint = async |as_of: &str, version| {
        let request = pb::GetServerInfoRequest {
            with_fingerprint: true,
            as_of: as_of.to_owned(),
            version,
        };
        client.get_server_info(request).await
    };
    let latest = fingerprint("", None).await.unwrap().into_inner();
    let earlier = fingerprint("2025-06-30", None).await.unwrap().into_inner();
    assert_eq!(latest.data_fingerprint.len(), 32);
    assert_ne!(latest.data_fingerprint, earlier.data_fingerprint);
    let refused = fingerprint("June", None).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    let refused = fingerprint("", Some(1)).await.unwrap_err();
    assert_eq!(refused.code(), Code::FailedPrecondition);
    let limits = info.limits.unwrap();
    let mut forecasts = ForecastServiceClient::new(server.connect().await);
    let beyond = pb::StreamForecastsRequest {
        horizon: limits.horizon as i32 + 1,
        ..forecast()
    };
    let refused = forecasts.stream_forecasts(beyond).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
}

#[tokio::test]
async fn one_forecast_whole_is_that_of_the_stream() {
    let server = Server::start();
    let mut client = ForecastServiceClient::new(server.connect().await);
    let get = |series: &str| pb::GetForecastRequest {
        forecast: Some(pb::StreamForecastsRequest {
            series: vec![series.to_owned()],
            ..Default::default()
        }),
    };
    let whole = client.get_forecast(get(SERIES)).await.unwrap().into_inner();
    let (_, messages) = forecasts(&server, forecast()).await;
    let (mut header, mut points, mut summary) = (None, Vec::new(), None);
    for message in messages {
        match message.update.unwrap() {
            Update::Header(of) => header = Some(of),
            Update::Point(of) => points.push(of),
            Update::Summary(of) => summary = Some(of),
            Update::Failure(of) => panic!("{of:?}"),
            Update::Resume(of) => panic!("{of:?}"),
        }
    }
    assert_eq!(
        (whole.header, whole.points, whole.summary),
        (header, points, summary)
    );
    let unknown = client
        .get_forecast(get("USA.MEX.M.TOTAL.EUR"))
        .await
        .unwrap_err();
    assert_eq!(unknown.code(), Code::NotFound);
    let versioned = pb::GetForecastRequest {
        forecast: Some(pb::StreamForecastsRequest {
            version: Some(1),
            ..forecast()
        }),
    };
    let no_store = client.get_forecast(versioned).await.unwrap_err();
    assert_eq!(no_store.code(), Code::FailedPrecondition);
    let mut catalog = CatalogServiceClient::new(server.connect().await);
    let unknown = catalog.get_series(pb::GetSeriesRequest {
        key: "USA.MEX.M.TOTAL.EUR".to_owned(),
        ..Default::default()
    });
    let details = unknown.await.unwrap_err().get_error_details();
    let facts = details.error_info().unwrap().metadata.clone();
    assert!(facts["nearest"].contains(SERIES), "{facts:?}");
}

#[tokio::test]
async fn data_that_are_sent_are_forecast_and_not_stored() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::on_store(folder.path());
    let mut client = ForecastServiceClient::new(server.connect().await);
    // Four years of a season that repeats, 2 % a month: a forecast is above the year before.
    let value = |t: i32| 1e6 * 1.02f64.powi(t) * (1.0 + 0.2 * f64::from(t % 12) / 12.0);
    let sent = |key: &str| pb::SentSeries {
        key: key.to_owned(),
        first_month: "2020-01".to_owned(),
        values: (0..48).map(value).collect(),
    };
    let parameters = pb::ForecastDataRequest {
        forecast: Some(pb::StreamForecastsRequest {
            horizon: 6,
            ..Default::default()
        }),
        series: vec![sent("USA.CHN.M.TOTAL.USD")],
    };
    let more = pb::ForecastDataRequest {
        forecast: None,
        series: vec![sent("USA.CHN.X.TOTAL.USD")],
    };
    let messages = tokio_stream::iter([parameters, more]);
    let mut stream = client.forecast_data(messages).await.unwrap().into_inner();
    let (mut points, mut summaries) = (0, 0);
    while let Some(message) = stream.message().await.unwrap() {
        match message.forecast.unwrap().update.unwrap() {
            Update::Header(header) => assert_eq!(header.version, 0),
            Update::Point(point) => {
                points += 1;
                assert!(point.value > point.naive, "{point:?}");
            }
            Update::Summary(_) => summaries += 1,
            Update::Failure(failure) => panic!("{failure:?}"),
            Update::Resume(of) => panic!("{of:?}"),
        }
    }
    assert_eq!((points, summaries), (12, 2));
    let mut catalog = CatalogServiceClient::new(server.connect().await);
    let listed = catalog.list_series(pb::ListSeriesRequest::default()).await;
    assert!(listed.unwrap().into_inner().series.is_empty());
}

#[tokio::test]
async fn a_stream_that_was_cut_goes_on_after_its_last_token() {
    let server = Server::start();
    let partners = ["CAN", "CHN", "DEU", "MEX"];
    let series = partners.map(|partner| format!("USA.{partner}.M.TOTAL.USD"));
    let request = |resume_token: &str, resume_tokens| pb::StreamForecastsRequest {
        series: series.to_vec(),
        resume_token: resume_token.to_owned(),
        resume_tokens,
        ..forecast()
    };
    let (_, whole) = forecasts(&server, request("", false)).await;
    let mut client = ForecastServiceClient::new(server.connect().await);
    let stream = client.stream_forecasts(request("", true)).await;
    let mut stream = stream.unwrap().into_inner();
    let (mut seen, mut token) = (Vec::new(), String::new());
    let mut tokens = 0;
    while tokens < 2 {
        let message = stream.message().await.unwrap().unwrap();
        match message.update {
            Some(Update::Resume(resume)) => (token, tokens) = (resume.token, tokens + 1),
            _ => seen.push(message),
        }
    }
    drop(stream);
    let (_, rest) = forecasts(&server, request(&token, false)).await;
    seen.extend(rest);
    let sorted = |mut messages: Vec<pb::StreamForecastsResponse>| {
        // The sort is stable: the messages of one series keep their order.
        messages.sort_by(|a, b| a.series.cmp(&b.series));
        messages
    };
    assert_eq!(sorted(seen), sorted(whole));
    let other = pb::StreamForecastsRequest {
        seed: 1,
        ..request(&token, false)
    };
    let status = client.stream_forecasts(other).await.unwrap_err();
    let details = status.get_error_details();
    let field = &details.bad_request().unwrap().field_violations[0].field;
    assert_eq!(
        (status.code(), field.as_str()),
        (Code::InvalidArgument, "resume_token")
    );
}

#[tokio::test]
async fn versions_are_listed_page_by_page_and_request_ids_are_used_once() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::on_store(folder.path());
    let mut ingest = IngestServiceClient::new(server.connect().await);
    let batch = |id: &str, value: f64| {
        tokio_stream::iter([pb::WriteObservationsRequest {
            request_id: id.to_owned(),
            figures: vec![pb::DeliveredFigure {
                kind: pb::FigureKind::Observation.into(),
                key: SERIES.to_owned(),
                period: "2024-01".to_owned(),
                value: Some(value),
                unit: "USD mn".to_owned(),
                ..Default::default()
            }],
            ..Default::default()
        }])
    };
    for id in ["a", "b", "c"] {
        ingest.write_observations(batch(id, 1.0)).await.unwrap();
    }
    let again = ingest.write_observations(batch("b", 1.0)).await.unwrap();
    assert!(again.into_inner().repeated);
    let other = ingest
        .write_observations(batch("b", 2.0))
        .await
        .unwrap_err();
    assert_eq!(other.code(), Code::AlreadyExists);
    let mut catalog = CatalogServiceClient::new(server.connect().await);
    let mut ids = Vec::new();
    let mut before_version = None;
    loop {
        let request = pb::ListVersionsRequest {
            page_size: 2,
            before_version,
        };
        let page = catalog.list_versions(request).await.unwrap().into_inner();
        assert!(page.versions.len() <= 2);
        assert!(
            page.versions
                .iter()
                .all(|v| v.committed_at.starts_with("20"))
        );
        ids.extend(page.versions.into_iter().map(|version| version.request_id));
        before_version = page.next_before_version;
        if before_version.is_none() {
            break;
        }
    }
    assert_eq!(ids, ["c", "b", "a", ""]);
}

#[tokio::test]
async fn a_deadline_ends_a_unary_call_with_details_and_its_work() {
    let server = Server::start();
    // The first outlook: the lane does not know yet that it takes longer. The client keeps no
    // clock of its own, as tonic's would, so that the answer is the service's.
    let call = "POST /tradecast.v1.OutlookService/GetOutlook";
    let headers = [web::KIND, ("grpc-timeout", "300m")];
    let begun = Instant::now();
    let answer = send(
        &server.address,
        call,
        &headers,
        &web::framed(&outlook(10_000)),
    );
    let status = web::status(&answer);
    assert_eq!(status.code(), Code::DeadlineExceeded);
    let details = status.get_error_details();
    let reason = details.error_info().map(|info| info.reason.clone());
    assert_eq!(reason.as_deref(), Some("DEADLINE_EXCEEDED"));
    assert!(begun.elapsed() < Duration::from_secs(5));
    #[cfg(target_os = "linux")]
    {
        let before = processor_seconds(server.process());
        tokio::time::sleep(Duration::from_secs(2)).await;
        let after = processor_seconds(server.process()) - before;
        assert!(after <= 0.1, "{after} s of work that nobody waits for");
    }
}

#[tokio::test]
async fn many_idle_watchers_shut_nobody_out() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::on_store(folder.path());
    let mut watches = Vec::new();
    for _ in 0..2 {
        let mut client = CatalogServiceClient::new(server.connect().await);
        for _ in 0..150 {
            let watch = client.watch_catalog(pb::WatchCatalogRequest::default());
            watches.push(watch.await.unwrap());
        }
    }
    let mut client = CatalogServiceClient::new(server.connect().await);
    let one_more = client.watch_catalog(pb::WatchCatalogRequest::default());
    one_more.await.unwrap();
    let listed = client.list_series(pb::ListSeriesRequest::default());
    listed.await.unwrap();
}

#[tokio::test]
async fn reads_are_answered_beside_heavy_work() {
    let server = Server::start();
    let alone = slowest_reads(&server, 100).await;
    let mut work = tokio::task::JoinSet::new();
    for number in 0..32 {
        let mut client = OutlookServiceClient::new(server.connect().await);
        work.spawn(async move {
            let request = pb::GetOutlookRequest {
                seed: number,
                ..outlook(10_000)
            };
            client.get_outlook(request).await.map(drop)
        });
    }
    // All are queued or at work.
    tokio::time::sleep(Duration::from_millis(300)).await;
    let beside = slowest_reads(&server, 20).await;
    while work.try_join_next().is_some() {}
    println!(
        "GetSeries p99: {alone:?} alone, {beside:?} beside heavy work; {} of 32 outlooks still run",
        work.len()
    );
    // Without lanes the first read came after all that was there before it.
    assert!(!work.is_empty(), "the reads waited for what came before");
    work.abort_all();
}

/// A scenario that takes a while.
fn scenario(seed: u64) -> pb::StreamScenarioRequest {
    pb::StreamScenarioRequest {
        series: ["CAN", "CHN", "DEU", "MEX"]
            .iter()
            .flat_map(|partner| ["M", "X"].map(|flow| format!("USA.{partner}.{flow}.TOTAL.USD")))
            .collect(),
        shocks: vec![pb::Shock {
            target: Some(pb::shock::Target::Partner("CHN".to_owned())),
            months: "2028".to_owned(),
            percent: vec![-10.0],
            ..Default::default()
        }],
        horizon: 60,
        paths: 5000,
        seed,
        ..Default::default()
    }
}

#[tokio::test]
async fn what_cannot_be_done_by_its_deadline_is_refused_at_once() {
    let server = Server::start();
    let mut client = ForecastServiceClient::new(server.connect().await);
    // The lane learns how long such a scenario takes.
    let first = client.stream_scenario(scenario(0)).await.unwrap();
    let mut first = first.into_inner();
    while first.message().await.unwrap().is_some() {}
    let mut streams = Vec::new();
    for seed in 1..9 {
        streams.push(client.stream_scenario(scenario(seed)).await.unwrap());
    }
    // Later than the deadline the service would say that it has passed.
    let call = "POST /tradecast.v1.ForecastService/StreamScenario";
    let headers = [web::KIND, ("grpc-timeout", "100m")];
    let answer = send(&server.address, call, &headers, &web::framed(&scenario(9)));
    let status = web::status(&answer);
    assert_eq!(status.code(), Code::ResourceExhausted, "{status:?}");
    let details = status.get_error_details();
    let reason = details.error_info().map(|info| info.reason.clone());
    assert_eq!(reason.as_deref(), Some("OVERLOADED"));
    assert!(details.retry_info().is_some());
    drop(streams);
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_repeated_forecast_costs_little() {
    const CALLS: usize = 2000;
    let server = Server::start();
    let _ = forecasts(&server, forecast()).await;
    let mut client = ForecastServiceClient::new(server.connect().await);
    let before = processor_seconds(server.process());
    for _ in 0..CALLS {
        let stream = client.stream_forecasts(forecast()).await;
        let mut stream = stream.unwrap().into_inner();
        while stream.message().await.unwrap().is_some() {}
    }
    let each = (processor_seconds(server.process()) - before) / CALLS as f64;
    println!("{:.3} ms of CPU for a repeated forecast", 1000.0 * each);
    // 0.09 ms measured. It took 3.2 ms to draw and to sort each time.
    assert!(each < 0.8e-3, "{each} s");
}

#[tokio::test]
async fn after_a_commit_into_many_series_the_version_before_answers_at_once() {
    /// From so many series on, the panel model is fitted beside the answers.
    const MANY: usize = 1000;
    const MONTHS: usize = 36;
    let folder = tempfile::tempdir().unwrap();
    let server = Server::on_store(folder.path());
    let channel = server.connect().await;
    let mut ingest = IngestServiceClient::new(channel.clone());
    let key = |series: usize| format!("USA.P{series:04}.M.TOTAL.USD");
    let figure = |series: usize, month: usize, more: f64| pb::DeliveredFigure {
        kind: pb::FigureKind::Observation.into(),
        key: key(series),
        period: format!("{}-{:02}", 2020 + month / 12, 1 + month % 12),
        value: Some(100.0 + ((month * 7 + series * 13) % 29) as f64 + more),
        unit: "USD mn".to_owned(),
        ..Default::default()
    };
    let batch = |figures| {
        tokio_stream::iter([pb::WriteObservationsRequest {
            figures,
            new_areas: (0..MANY).map(|series| format!("P{series:04}")).collect(),
            ..Default::default()
        }])
    };
    for from in (0..MANY).step_by(250) {
        let series = from..from + 250;
        let all = series.flat_map(|s| (0..MONTHS).map(move |m| (s, m)));
        let all = all.map(|(s, m)| figure(s, m, 0.0)).collect();
        ingest.write_observations(batch(all)).await.unwrap();
    }
    let request = |version, seed| pb::StreamForecastsRequest {
        series: vec![key(7)],
        version,
        seed,
        ..Default::default()
    };
    let header = |messages: &[pb::StreamForecastsResponse]| match &messages[0].update {
        Some(Update::Header(header)) => header.version,
        other => panic!("{other:?}"),
    };
    let (_, first) = forecasts(&server, request(Some(4), 0)).await;
    assert_eq!(header(&first), 4);
    // A busy machine may fit the model of a version before the request for it arrives, if not each
    // time.
    let mut catalog = CatalogServiceClient::new(channel);
    for version in 5..10 {
        let more = 10.0 * version as f64;
        let changed = ingest.write_observations(batch(vec![figure(7, MONTHS - 1, more)]));
        assert_eq!(changed.await.unwrap().into_inner().version, version);
        // A read of the version waits until the service shows it.
        let shown = pb::GetSeriesRequest {
            key: key(7),
            version: Some(version),
            ..Default::default()
        };
        catalog.get_series(shown).await.unwrap();
        let begun = Instant::now();
        let (_, before) = forecasts(&server, request(None, version)).await;
        let answered = header(&before);
        println!("version {answered} answers after {:?}", begun.elapsed());
        assert!((version - 1..=version).contains(&answered), "{answered}");
        let (_, pinned) = forecasts(&server, request(Some(version), version)).await;
        assert_eq!(header(&pinned), version, "a request that names it waits");
        let (_, after) = forecasts(&server, request(None, version)).await;
        assert_eq!(after, pinned);
        if answered < version {
            return;
        }
    }
    panic!("every request waited for the model of the version before it");
}
