//! The store as its users meet it: what is acknowledged survives, whatever happens to the process, and everybody sees it once.
//!
//! `TRADECAST_KILLS=50 TRADECAST_COMMITS=1000 cargo test --release --test it store -- --nocapture` runs the long forms.

use crate::server::{Server, TRADECAST, command};
use futures_util::{Stream, StreamExt};
use polars::prelude::{Column, DataFrame, ParquetWriter};
use rand::{RngExt, SeedableRng};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::path::Path;
use std::time::{Duration, Instant};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tonic::transport::Channel;
use tonic::{Code, Status};
use tonic_types::StatusExt;
use tradecast::catalog::{Catalog, Snapshot, Vintage};
use tradecast::ingest::{InvalidRows, formats};
use tradecast::pipeline::Engine;
use tradecast::service::backtest::answer;
use tradecast::service::convert::{Backtest, Forecasts};
use tradecast::service::pb;
use tradecast::service::pb::catalog_service_client::CatalogServiceClient;
use tradecast::service::pb::ingest_service_client::IngestServiceClient;
use tradecast::service::run::messages;
use tradecast::store::Store;

/// How large a test is: as the environment says, or small.
fn size(name: &str, small: u64) -> u64 {
    std::env::var(name)
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(small)
}

fn figure(key: &str, period: &str, value: f64) -> pb::DeliveredFigure {
    pb::DeliveredFigure {
        kind: pb::FigureKind::Observation.into(),
        key: key.to_owned(),
        period: period.to_owned(),
        value: Some(value),
        source: "test".to_owned(),
        ..Default::default()
    }
}

async fn write(
    client: &mut IngestServiceClient<Channel>,
    request_id: &str,
    accept_valid: bool,
    figures: Vec<pb::DeliveredFigure>,
) -> Result<pb::WriteObservationsResponse, Status> {
    let message = pb::WriteObservationsRequest {
        request_id: request_id.to_owned(),
        accept_valid,
        figures,
    };
    let answer = client
        .write_observations(futures_util::stream::iter([message]))
        .await;
    answer.map(tonic::Response::into_inner)
}

/// A stream of one message that does not end, and word of when the message was taken from it.
fn unfinished<T: Send + 'static>(
    message: T,
) -> (
    impl Stream<Item = T> + Send + 'static,
    oneshot::Receiver<()>,
) {
    let (tell, told) = oneshot::channel();
    let rest = futures_util::stream::once(async move {
        let _ = tell.send(());
        std::future::pending().await
    });
    (futures_util::stream::iter([message]).chain(rest), told)
}

/// Begins to write a batch of which `message` is the first part. When this returns it is on its way.
async fn begin_writing(
    client: &IngestServiceClient<Channel>,
    message: pb::WriteObservationsRequest,
) -> JoinHandle<Result<(), Status>> {
    let (stream, sent) = unfinished(message);
    let mut client = client.clone();
    let call = tokio::spawn(async move { client.write_observations(stream).await.map(|_| ()) });
    arrive(sent).await;
    call
}

/// As [`begin_writing`], with a file.
async fn begin_importing(
    client: &IngestServiceClient<Channel>,
    message: pb::ImportFileRequest,
) -> JoinHandle<Result<(), Status>> {
    let (stream, sent) = unfinished(message);
    let mut client = client.clone();
    let call = tokio::spawn(async move { client.import_file(stream).await.map(|_| ()) });
    arrive(sent).await;
    call
}

async fn arrive(sent: oneshot::Receiver<()>) {
    sent.await.unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
}

fn open(folder: &Path) -> Store {
    Store::open_or_create(folder.to_str().unwrap()).unwrap()
}

/// The figures of a series that are there.
fn known(snapshot: &Snapshot, key: &str) -> usize {
    snapshot
        .series(key, Vintage::Latest)
        .map_or(0, |(_, series)| series.len())
}

/// Rows of one commit: months of a series of its own.
const ROWS: usize = 5;

fn batch(series: &str) -> Vec<pb::DeliveredFigure> {
    (1..=ROWS)
        .map(|m| figure(series, &format!("2024-{m:02}"), m as f64))
        .collect()
}

/// What lies in a store after its writer was killed: every acknowledged commit once, every commit whole. How many commits there are.
fn audit(folder: &Path, answered: &[(String, String)]) -> usize {
    let store = open(folder);
    let history = store.history(usize::MAX).unwrap();
    let requests: Vec<_> = history
        .iter()
        .filter_map(|change| change.request.clone())
        .collect();
    let snapshot = Snapshot::of_store(store.read(None).unwrap()).unwrap();
    for (request, series) in answered {
        assert_eq!(
            requests.iter().filter(|r| *r == request).count(),
            1,
            "{request}"
        );
        assert_eq!(known(&snapshot, series), ROWS, "{series}");
    }
    // The call that was cut may have been committed, and then it is whole.
    assert!(requests.len() <= answered.len() + 1);
    assert_eq!(snapshot.keys().len(), requests.len());
    for key in snapshot.keys() {
        assert_eq!(known(&snapshot, &key.to_string()), ROWS, "{key}");
    }
    let check = store.check().unwrap();
    assert!(check.is_sound(), "{check:?}");
    assert_eq!(check.figures, (requests.len() * ROWS) as u64);
    requests.len()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_survives_kill_9() {
    let (kills, commits) = (size("TRADECAST_KILLS", 4), 200);
    let mut random = rand_pcg::Pcg64::seed_from_u64(9);
    let (mut acknowledged, mut there, mut killed_within) = (0, 0, 0);
    for round in 0..kills {
        let folder = tempfile::tempdir().unwrap();
        let mut server = Server::on_store(folder.path());
        let mut client = IngestServiceClient::new(server.connect().await);
        let fatal = random.random_range(0..commits);
        let mut answered = Vec::new();
        for k in 0..commits {
            let series = format!("USA.P{k}.M.TOTAL.USD");
            let request = format!("{round}-{k}");
            let call = write(&mut client, &request, false, batch(&series));
            if k == fatal {
                let wait = Duration::from_micros(random.random_range(0..12_000));
                let kill = async {
                    tokio::time::sleep(wait).await;
                    server.signal("KILL");
                };
                let (answer, ()) = tokio::join!(call, kill);
                match answer {
                    Ok(_) => answered.push((request, series)),
                    Err(_) => killed_within += 1,
                }
                break;
            }
            assert_eq!(call.await.unwrap().written, ROWS as u64);
            answered.push((request, series));
        }
        server.ended_within(Duration::from_secs(10));

        let requests = tokio::task::block_in_place(|| audit(folder.path(), &answered));
        acknowledged += answered.len();
        there += requests;
    }
    println!(
        "{kills} kills: {acknowledged} commits acknowledged, {there} there; {killed_within} calls cut, {} of them committed; no half commit",
        there - acknowledged
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_writers_at_once_nothing_is_lost_and_nothing_is_twice() {
    let commits = size("TRADECAST_COMMITS", 120);
    let folder = tempfile::tempdir().unwrap();
    let servers = [
        Server::on_store(folder.path()),
        Server::on_store(folder.path()),
    ];
    let begun = Instant::now();
    let writer = async |server: usize| {
        let mut client = IngestServiceClient::new(servers[server].connect().await);
        let mut versions = Vec::new();
        for k in 0..commits / 2 {
            let key = format!("USA.P{k}.{}.TOTAL.USD", ["M", "X"][server]);
            let request = format!("{server}-{k}");
            let rows = vec![figure(&key, "2024-01", k as f64)];
            let answer = write(&mut client, &request, false, rows.clone())
                .await
                .unwrap();
            assert_eq!((answer.written, answer.repeated), (1, false));
            versions.push(answer.version);
            // Every tenth is sent again, as a client does that has lost the answer, and to the other server.
            if k % 10 == 0 {
                let mut other = IngestServiceClient::new(servers[1 - server].connect().await);
                let again = write(&mut other, &request, false, rows).await.unwrap();
                assert_eq!(
                    (again.version, again.written, again.repeated),
                    (answer.version, 0, true)
                );
            }
        }
        versions
    };
    let (a, b) = tokio::join!(writer(0), writer(1));
    let took = begun.elapsed();
    let versions: BTreeSet<u64> = a.iter().chain(&b).copied().collect();
    assert_eq!(
        versions.len() as u64,
        commits,
        "each commit has a version of its own"
    );
    tokio::task::block_in_place(|| {
        let store = open(folder.path());
        let mut requests = BTreeMap::new();
        for change in store.history(usize::MAX).unwrap() {
            if let Some(request) = change.request {
                *requests.entry(request).or_insert(0) += 1;
            }
        }
        assert_eq!(requests.len() as u64, commits, "none is lost");
        assert!(
            requests.values().all(|count| *count == 1),
            "none is there twice"
        );
        let check = store.check().unwrap();
        assert!(check.is_sound() && check.figures == commits, "{check:?}");
        println!(
            "two writers: {commits} commits in {took:.2?}, {} requests, each once; {} files",
            requests.len(),
            check.files
        );
    });
}

#[tokio::test]
async fn another_process_is_followed_within_a_second_and_watchers_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::on_store(folder.path());
    let mut catalog = CatalogServiceClient::new(server.connect().await);
    let asked = pb::WatchCatalogRequest {
        after_version: Some(0),
    };
    let mut watch = catalog.watch_catalog(asked).await.unwrap().into_inner();

    // Another process commits a file.
    let file = folder.path().join("imports.csv");
    std::fs::write(
        &file,
        "kind,reporter,partner,flow,product,measure,period,value,unit,status,released_on,source\n\
        observation,USA,CHN,M,TOTAL,level,2024-01,1.5,USD mn,p,,s\n",
    )
    .unwrap();
    let imported = command(TRADECAST)
        .args(["store", "import", "--store"])
        .arg(folder.path())
        .arg(&file)
        .output()
        .unwrap();
    assert!(
        imported.status.success(),
        "{}",
        String::from_utf8_lossy(&imported.stderr)
    );
    let begun = Instant::now();
    let told = watch.message().await.unwrap().unwrap();
    let after = begun.elapsed();
    assert_eq!(
        (told.after_version, told.version, told.figures, told.keys),
        (0, 1, 1, vec!["USA.CHN.M.TOTAL.USD".to_owned()])
    );
    assert!(after < Duration::from_secs(1), "{after:.2?}");
    // What is told can be asked for.
    let asked = pb::GetSeriesRequest {
        key: "USA.CHN.M.TOTAL.USD".to_owned(),
        ..Default::default()
    };
    let got = catalog.get_series(asked).await.unwrap().into_inner();
    assert_eq!(got.observations.len(), 1);
    println!("a commit of another process was told after {after:.2?}");

    // A reader that was away gets what it missed as one change; one that resumes at the end gets the next.
    let mut client = IngestServiceClient::new(server.connect().await);
    for k in 0..3 {
        let month = format!("2024-0{}", k + 2);
        write(
            &mut client,
            "",
            false,
            vec![
                figure("USA.CHN.M.TOTAL.USD", &month, 1.0),
                figure(&format!("USA.P{k}.M.TOTAL.USD"), &month, 1.0),
            ],
        )
        .await
        .unwrap();
    }
    let mut seen = 0;
    while seen < 4 {
        let told = watch.message().await.unwrap().unwrap();
        assert!(told.version > told.after_version);
        seen = told.version;
    }
    let asked = pb::WatchCatalogRequest {
        after_version: Some(1),
    };
    let mut resumed = catalog.watch_catalog(asked).await.unwrap().into_inner();
    let told = resumed.message().await.unwrap().unwrap();
    assert_eq!(
        (told.after_version, told.version, told.figures, told.series),
        (1, 4, 6, 4)
    );
}

/// The messages of a call that is cancelled end as those of one that is whole do: what came until then is no batch.
#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_is_cancelled_writes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::on_store(folder.path());
    let mut client = IngestServiceClient::new(server.connect().await);
    let key = "USA.CHN.M.TOTAL.USD";
    let row = |month: &str| format!("observation,USA,MEX,M,TOTAL,level,{month},1,USD,p,,s\n");
    let header =
        "kind,reporter,partner,flow,product,measure,period,value,unit,status,released_on,source\n";
    let file = |rows: &str| pb::ImportFileRequest {
        request_id: "file".to_owned(),
        file_name: "figures.csv".to_owned(),
        content: format!("{header}{rows}").into_bytes(),
        ..Default::default()
    };
    for _ in 0..10 {
        let part = pb::WriteObservationsRequest {
            request_id: "batch".to_owned(),
            figures: batch(key)[..2].to_vec(),
            ..Default::default()
        };
        let writing = begin_writing(&client, part).await;
        let importing = begin_importing(&client, file(&row("2024-01"))).await;
        for call in [writing, importing] {
            assert!(!call.is_finished());
            call.abort();
        }
    }
    tokio::time::sleep(Duration::from_millis(500)).await;
    tokio::task::block_in_place(|| {
        let store = open(folder.path());
        assert_eq!(store.version(), 0);
        assert!(store.check().unwrap().unclaimed.is_empty());
    });
    // The same requests, whole.
    let whole = write(&mut client, "batch", false, batch(key)).await;
    let whole = whole.unwrap();
    assert_eq!(
        (whole.version, whole.written, whole.repeated),
        (1, ROWS as u64, false)
    );
    let whole = file(&(row("2024-01") + &row("2024-02")));
    let whole = client.import_file(futures_util::stream::iter([whole]));
    let whole = whole.await.unwrap().into_inner();
    assert_eq!(
        (whole.version, whole.written, whole.repeated),
        (2, 2, false)
    );
}

/// Sixteen callers bring figures at a time; who comes on top is served once one of them is done.
#[tokio::test]
async fn callers_wait_for_a_seat_and_those_who_leave_give_theirs_back() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::on_store(folder.path());
    let mut client = IngestServiceClient::new(server.connect().await);
    let mut calls = Vec::new();
    for _ in 0..16 {
        calls.push(begin_writing(&client, pb::WriteObservationsRequest::default()).await);
    }
    let mut late = client.clone();
    let mut late =
        tokio::spawn(
            async move { write(&mut late, "", false, batch("USA.CHN.M.TOTAL.USD")).await },
        );
    let waited = tokio::time::timeout(Duration::from_secs(1), &mut late).await;
    assert!(waited.is_err(), "{waited:?}");
    calls.pop().unwrap().abort();
    let served = late.await.unwrap().unwrap();
    assert_eq!((served.version, served.written), (1, ROWS as u64));
    calls.iter().for_each(JoinHandle::abort);
    let again = write(&mut client, "", false, batch("USA.MEX.M.TOTAL.USD")).await;
    assert_eq!(again.unwrap().version, 2);
}

/// A watch that begins behind a version of the store; and what another program appends, which does not say what it brings.
#[tokio::test(flavor = "multi_thread")]
async fn a_watcher_is_told_what_it_cannot_know_otherwise() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::on_store(folder.path());
    let mut catalog = CatalogServiceClient::new(server.connect().await);
    let mut client = IngestServiceClient::new(server.connect().await);
    let asked = |version| pb::WatchCatalogRequest {
        after_version: Some(version),
    };
    let watch = catalog.watch_catalog(asked(1)).await.unwrap();
    let status = watch.into_inner().message().await.unwrap_err();
    let details = status.get_error_details();
    let violations = &details.bad_request().unwrap().field_violations;
    assert_eq!(
        (
            status.code(),
            status.message(),
            violations[0].field.as_str()
        ),
        (
            Code::NotFound,
            "the store has no version 1; the latest is 0",
            "after_version"
        )
    );
    // One that was committed a moment ago is there, whether or not it is answered from yet.
    let written = write(&mut client, "", false, batch("USA.CHN.M.TOTAL.USD")).await;
    assert_eq!(written.unwrap().version, 1);
    let watch = catalog.watch_catalog(asked(1)).await.unwrap();
    let mut watch = watch.into_inner();

    // The commit of another store, without its note.
    let aside = tempfile::tempdir().unwrap();
    tokio::task::block_in_place(|| {
        let long = b"unique_id,ds,y\nUSA.MEX.M.TOTAL.USD,2024-01,1\n";
        let read = formats::read_bytes(Path::new("f"), long, None, InvalidRows::Refuse);
        let store = open(aside.path());
        store.append(read.unwrap().1.figures, None, None).unwrap();
    });
    let log = |version: u64| format!("_delta_log/{version:020}.json");
    let entry = std::fs::read_to_string(aside.path().join(log(1))).unwrap();
    let mut actions = String::new();
    for line in entry.lines() {
        let mut action: serde_json::Value = serde_json::from_str(line).unwrap();
        if let Some(info) = action.get_mut("commitInfo") {
            let info = info.as_object_mut().unwrap();
            assert!(info.remove("tradecast").is_some());
        }
        if let Some(name) = action.pointer("/add/path").and_then(|path| path.as_str()) {
            std::fs::copy(aside.path().join(name), folder.path().join(name)).unwrap();
        }
        actions += &format!("{action}\n");
    }
    let entry = folder.path().join("entry");
    std::fs::write(&entry, actions).unwrap();
    std::fs::rename(entry, folder.path().join(log(2))).unwrap();

    let told = watch.message().await.unwrap().unwrap();
    assert_eq!(
        told,
        pb::WatchCatalogResponse {
            after_version: 1,
            version: 2,
            keys_left_out: true,
            ..Default::default()
        }
    );
    let asked = pb::GetSeriesRequest {
        key: "USA.MEX.M.TOTAL.USD".to_owned(),
        ..Default::default()
    };
    let got = catalog.get_series(asked).await.unwrap().into_inner();
    assert_eq!((got.version, got.observations.len()), (2, 1));
}

/// The refusals of an answer: row, field, value, and what was expected.
fn refused(refusals: &[pb::RowRefusal]) -> Vec<(u64, &str, &str, &str)> {
    refusals
        .iter()
        .map(|r| {
            (
                r.row,
                r.field.as_str(),
                r.value.as_str(),
                r.expected.as_str(),
            )
        })
        .collect()
}

#[tokio::test]
async fn each_wrong_figure_is_refused_by_row_and_field() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::on_store(folder.path());
    let mut client = IngestServiceClient::new(server.connect().await);
    let good = figure("USA.CHN.M.TOTAL.USD", "2024-01", 1.0);
    const RELEASE: i32 = pb::FigureKind::Release as i32;
    const AHEAD: &str =
        "expected a period that ends at most 366 days from today where no day of release is stated";
    let long = "x".repeat(80) + "…";
    let blank = format!("USD{}…", " ".repeat(77));
    /// Field, value, what was expected, and what makes a good figure so.
    type Wrong<'a> = (&'a str, &'a str, &'a str, fn(&mut pb::DeliveredFigure));
    let wrong: [Wrong<'_>; 25] = [
        (
            "key",
            "USA.CHN.M.TOTAL",
            "`USA.CHN.M.TOTAL` is no series key: expected REPORTER.PARTNER.FLOW.PRODUCT.UNIT, for example USA.CHN.M.TOTAL.USD; it has 4 parts where 5 are needed",
            |f| f.key = "USA.CHN.M.TOTAL".into(),
        ),
        (
            "value",
            "1",
            "expected a currency of ISO 4217, not `KGM`",
            |f| f.key = "USA.CHN.M.TOTAL.KGM".into(),
        ),
        (
            "period",
            "2024-13",
            "`2024-13` is no period: expected for example 2025-05, 2025-Q2, 2025-S1, 2025 or 2025-01-01/P5M",
            |f| f.period = "2024-13".into(),
        ),
        ("period", "2024-Q1", "expected a month", |f| {
            f.period = "2024-Q1".into()
        }),
        (
            "period",
            "0999-12",
            "expected a period within the years 1000 to 2999",
            |f| f.period = "0999-12".into(),
        ),
        ("period", "2205-06", AHEAD, |f| f.period = "2205-06".into()),
        ("period", "2205-Q2", AHEAD, |f| {
            (f.kind, f.period) = (RELEASE, "2205-Q2".into())
        }),
        (
            "period",
            "2024-01",
            "expected a day of release at most 366 days before the period ends, on 2024-01-31, not 2022-06-30",
            |f| f.released_on = "2022-06-30".into(),
        ),
        (
            "value",
            "-1",
            "expected a value of zero or more: imports are never negative",
            |f| f.value = Some(-1.0),
        ),
        (
            "value",
            "NaN",
            "expected a finite number, or none for a gap",
            |f| f.value = Some(f64::NAN),
        ),
        (
            "value",
            "inf",
            "expected a finite number, in base units at most 1e100",
            |f| f.value = Some(f64::INFINITY),
        ),
        (
            "value",
            "",
            "expected a finite number: a release states one",
            |f| (f.kind, f.value) = (RELEASE, None),
        ),
        ("unit", "EUR mn", "expected the key's currency, USD", |f| {
            f.unit = "EUR mn".into()
        }),
        (
            "unit",
            "dollars",
            "`dollars` is no unit: expected a currency and a scale, for example `USD`, `USD mn`, `JPY 1000` or `CNY bn`",
            |f| f.unit = "dollars".into(),
        ),
        ("unit", "USD", "expected `%` or `% USD`", |f| {
            (f.kind, f.measure, f.unit) = (RELEASE, "growth".into(), "USD".into())
        }),
        ("unit", &blank, "expected at most 1000 characters", |f| {
            f.unit = format!("USD{}mn", " ".repeat(996))
        }),
        (
            "kind",
            "9",
            "expected FIGURE_KIND_OBSERVATION (1) or FIGURE_KIND_RELEASE (2)",
            |f| f.kind = 9,
        ),
        (
            "kind",
            "0",
            "expected FIGURE_KIND_OBSERVATION (1) or FIGURE_KIND_RELEASE (2)",
            |f| f.kind = 0,
        ),
        (
            "measure",
            "growth",
            "expected `level`: an observation is the value of a month",
            |f| f.measure = "growth".into(),
        ),
        (
            "measure",
            "sum",
            "expected one of level, growth, change, share_product, share_partner, share_reporter",
            |f| (f.kind, f.measure) = (RELEASE, "sum".into()),
        ),
        (
            "rounding",
            "-0.5",
            "expected half of the value's last digit, zero or more",
            |f| f.rounding = -0.5,
        ),
        (
            "released_on",
            "soon",
            "`soon` is no date: expected for example 2025-06-14",
            |f| f.released_on = "soon".into(),
        ),
        ("status", &long, "expected at most 1000 characters", |f| {
            f.status = "x".repeat(1001)
        }),
        ("source", &long, "expected at most 1000 characters", |f| {
            f.source = "x".repeat(1001)
        }),
        (
            "period",
            "2024-01",
            "a figure for 2024-01 that series `USA.CHN.M.TOTAL.USD` does not have yet; row 1 gives it already",
            |f| f.status = "x".repeat(1000),
        ),
    ];
    let made = |change: fn(&mut pb::DeliveredFigure)| {
        let mut figure = good.clone();
        change(&mut figure);
        figure
    };
    let rows: Vec<_> = [good.clone()]
        .into_iter()
        .chain(wrong.map(|(.., change)| made(change)))
        .collect();
    let expected: Vec<_> = wrong
        .iter()
        .zip(2..)
        .map(|((field, value, expected, _), row)| (row, *field, *value, *expected))
        .collect();
    let answer = write(&mut client, "a", false, rows.clone()).await.unwrap();
    assert_eq!((answer.version, answer.written), (0, 0), "all or nothing");
    assert_eq!(refused(&answer.refusals), expected);
    let answer = write(&mut client, "a", true, rows).await.unwrap();
    assert_eq!(
        (answer.version, answer.written),
        (1, 1),
        "the right one is taken"
    );
    assert_eq!(refused(&answer.refusals), expected);

    // Of many refusals the first are told and the others counted.
    let many = vec![made(wrong[0].3); 1007];
    let answer = write(&mut client, "", false, many).await.unwrap();
    assert_eq!((answer.refusals.len(), answer.refusals_left_out), (1000, 7));

    // A file, in small pieces, refused with the row of the file; then right, and sent twice.
    let send = async |client: &mut IngestServiceClient<Channel>, text: &str| {
        let parts: Vec<_> = text
            .as_bytes()
            .chunks(7)
            .enumerate()
            .map(|(k, bytes)| pb::ImportFileRequest {
                request_id: if k == 0 { "file".into() } else { String::new() },
                file_name: if k == 0 {
                    "figures.csv".into()
                } else {
                    String::new()
                },
                content: bytes.to_vec(),
                ..Default::default()
            })
            .collect();
        client
            .import_file(futures_util::stream::iter(parts))
            .await
            .map(tonic::Response::into_inner)
    };
    let header =
        "kind,reporter,partner,flow,product,measure,period,value,unit,status,released_on,source\n";
    let row = |month: &str| format!("observation,USA,MEX,M,TOTAL,level,{month},1,USD,p,,s\n");
    let answer = send(
        &mut client,
        &format!("{header}{}{}", row("2024-01"), row("2024-00")),
    )
    .await
    .unwrap();
    assert_eq!((answer.version, answer.refusals.len()), (0, 1));
    let refusal = &answer.refusals[0];
    assert_eq!(
        (refusal.row, refusal.field.as_str(), refusal.value.as_str()),
        (3, "period", "2024-00")
    );
    let text = format!("{header}{}{}", row("2024-01"), row("2024-02"));
    let first = send(&mut client, &text).await.unwrap();
    assert_eq!(
        (first.version, first.written, first.repeated),
        (2, 2, false)
    );
    let second = send(&mut client, &text).await.unwrap();
    assert_eq!(
        (second.version, second.written, second.repeated),
        (2, 0, true)
    );
    let foreign = send(&mut client, "a,b\n1,2\n").await.unwrap_err();
    let expected = "content: expected a known format, that is one of: ";
    assert_eq!(foreign.code(), Code::InvalidArgument);
    assert!(foreign.message().starts_with(expected), "{foreign}");
}

#[tokio::test]
async fn rows_are_counted_on_from_message_to_message() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::on_store(folder.path());
    let mut client = IngestServiceClient::new(server.connect().await);
    let good = |month: &str| figure("USA.CHN.M.TOTAL.USD", month, 1.0);
    let wrong = |period: &str| figure("USA.CHN.M.TOTAL.USD", period, 1.0);
    let messages = || {
        let parts = [
            vec![good("2024-01"), wrong("a")],
            vec![wrong("b"), good("2024-02"), wrong("c")],
            vec![],
            vec![good("2024-01")],
        ];
        // What is asked for stands in the first.
        let parts = parts.into_iter().enumerate();
        parts.map(|(k, figures)| pb::WriteObservationsRequest {
            request_id: ["many", "other"][k.min(1)].to_owned(),
            accept_valid: k == 0,
            figures,
        })
    };
    let mut send = async || {
        let stream = futures_util::stream::iter(messages().collect::<Vec<_>>());
        client
            .write_observations(stream)
            .await
            .unwrap()
            .into_inner()
    };
    let answer = send().await;
    assert_eq!((answer.version, answer.written), (1, 2));
    let no_period = |text: &str| {
        format!(
            "`{text}` is no period: expected for example 2025-05, 2025-Q2, 2025-S1, 2025 or 2025-01-01/P5M"
        )
    };
    let [a, b, c] = ["a", "b", "c"].map(no_period);
    let twice = "a figure for 2024-01 that series `USA.CHN.M.TOTAL.USD` does not have yet; row 1 gives it already";
    assert_eq!(
        refused(&answer.refusals),
        [
            (2, "period", "a", a.as_str()),
            (3, "period", "b", b.as_str()),
            (5, "period", "c", c.as_str()),
            (6, "period", "2024-01", twice),
        ]
    );
    let again = send().await;
    assert_eq!((again.version, again.written, again.repeated), (1, 0, true));
}

/// A day of release that cannot be that of every figure of a file.
#[tokio::test]
async fn a_figure_that_came_after_the_stated_day_is_refused_as_any_other() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::on_store(folder.path());
    let mut client = IngestServiceClient::new(server.connect().await);
    let rows = ["2024-13", "2025-01", "2025-02"]
        .map(|month| format!("observation,USA,MEX,M,TOTAL,level,{month},1,USD,p,,s\n"));
    let text = format!(
        "kind,reporter,partner,flow,product,measure,period,value,unit,status,released_on,source\n{}",
        rows.concat()
    );
    let expected = [
        (
            2,
            "period",
            "2024-13",
            "`2024-13` is no month: expected for example 2025-05, 2025-M05, 2025M05, 202505 or 2025-05-01",
        ),
        (
            4,
            "",
            "2024-02-20",
            "expected a day of release at most 366 days before the period ends, on 2025-02-28",
        ),
    ];
    for (accept_valid, committed) in [(false, (0, 0)), (true, (1, 1))] {
        let request = pb::ImportFileRequest {
            file_name: "figures.csv".to_owned(),
            content: text.clone().into_bytes(),
            released_on: "2024-02-20".to_owned(),
            accept_valid,
            ..Default::default()
        };
        let answer = client.import_file(futures_util::stream::iter([request]));
        let answer = answer.await.unwrap().into_inner();
        assert_eq!((answer.version, answer.written), committed);
        assert_eq!(refused(&answer.refusals), expected);
    }
}

/// A few kilobytes that say they are five million rows and one.
#[tokio::test]
async fn a_file_that_would_fill_memory_is_refused_as_a_whole() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::on_store(folder.path());
    let mut client = IngestServiceClient::new(server.connect().await);
    let rows = 5_000_001;
    let column = Column::new("y".into(), vec![1.0; rows]);
    let mut content = Vec::new();
    ParquetWriter::new(&mut content)
        .finish(&mut DataFrame::new(rows, vec![column]).unwrap())
        .unwrap();
    assert!(content.len() < 1 << 20, "{} bytes", content.len());
    let request = pb::ImportFileRequest {
        file_name: "figures.parquet".to_owned(),
        content,
        accept_valid: true,
        ..Default::default()
    };
    let answer = client.import_file(futures_util::stream::iter([request]));
    let status = answer.await.unwrap_err();
    let info = status.get_error_details().error_info().cloned().unwrap();
    assert_eq!(
        (status.code(), info.reason.as_str(), status.message()),
        (
            Code::ResourceExhausted,
            "TOO_MUCH",
            "content: expected at most 5000000 figures in one call"
        )
    );
}

/// Sends a file whole.
async fn import(
    client: &mut IngestServiceClient<Channel>,
    name: &str,
    content: Vec<u8>,
    accept_valid: bool,
) -> pb::ImportFileResponse {
    let request = pb::ImportFileRequest {
        file_name: name.to_owned(),
        content,
        accept_valid,
        ..Default::default()
    };
    let answer = client.import_file(futures_util::stream::iter([request]));
    answer.await.unwrap().into_inner()
}

#[tokio::test]
async fn a_file_of_any_format_is_taken_in() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let folder = tempfile::tempdir().unwrap();
    let server = Server::on_store(folder.path());
    let mut client = IngestServiceClient::new(server.connect().await);
    let mut version = 0;
    for (name, format) in [
        ("tidy/figures.csv", "tidy"),
        ("long/panel.csv", "long"),
        ("sdmx-csv/imts.csv", "sdmx-csv"),
        ("sdmx-ml/groups.xml", "sdmx-ml"),
        ("sdmx-json/data-1.0.json", "sdmx-json"),
        ("comtrade/deviations.csv", "comtrade-csv"),
        ("comtrade/usa-jpn-2023.json", "comtrade-json"),
        ("comext/full_202402.dat.gz", "comext"),
        ("comext/full_v2_202402.7z", "comext"),
        ("census/imports.json", "census"),
        ("china-customs/2025-11.xls", "china-customs"),
        ("china-customs/2025-11.xlsx", "china-customs"),
    ] {
        let content = std::fs::read(fixtures.join(name)).unwrap();
        let answer = import(&mut client, name, content, false).await;
        version += 1;
        assert_eq!(
            (answer.format.as_str(), answer.version),
            (format, version),
            "{name}"
        );
        assert_eq!(answer.refusals, [], "{name}");
        let quality = answer.quality.unwrap();
        assert!(
            answer.written > 0 && quality.figures == answer.written,
            "{name}"
        );
    }
    // A sheet with two wrong cells: all or nothing, or what is right.
    let wrong = std::fs::read(fixtures.join("china-customs/wrong.xlsx")).unwrap();
    let answer = import(&mut client, "wrong.xlsx", wrong.clone(), false).await;
    let cells = |answer: &pb::ImportFileResponse| -> Vec<(u64, String, String)> {
        let refusals = answer.refusals.iter().cloned();
        refusals.map(|r| (r.row, r.field, r.value)).collect()
    };
    let expected = [
        (7, "D".to_owned(), "1720x".to_owned()),
        (9, "A".to_owned(), "乌托邦".to_owned()),
    ];
    assert_eq!((answer.version, answer.written), (0, 0));
    assert_eq!(cells(&answer), expected);
    let answer = import(&mut client, "wrong.xlsx", wrong, true).await;
    assert_eq!(answer.version, version + 1);
    assert!(answer.written > 60);
    assert_eq!(cells(&answer), expected);
}

/// A source that revises a figure and takes the revision back, over gRPC and from the command line.
#[tokio::test]
async fn a_file_is_recognised_by_its_content() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::on_store(folder.path());
    let mut client = IngestServiceClient::new(server.connect().await);
    let text = |value: u32| {
        format!(
            "unique_id,ds,y\nUSA.MEX.M.TOTAL.USD,2024-01,1\nUSA.MEX.M.TOTAL.USD,2024-02,{value}\n"
        )
    };
    for (value, expected) in [
        (2, (1, 2, false)),
        (2, (1, 0, true)),
        // A revision, and the first figures again.
        (3, (2, 2, false)),
        (2, (3, 2, false)),
        (2, (3, 0, true)),
    ] {
        let content = text(value).into_bytes();
        let answer = import(&mut client, "figures.csv", content, false).await;
        let found = (answer.version, answer.written, answer.repeated);
        assert_eq!(found, expected);
        assert_eq!(answer.format, "long", "also where it is not written again");
    }
    // With a name of the caller's own it is another request.
    let named = pb::ImportFileRequest {
        request_id: "again".to_owned(),
        file_name: "figures.csv".to_owned(),
        content: text(2).into_bytes(),
        ..Default::default()
    };
    let answer = client.import_file(futures_util::stream::iter([named]));
    let answer = answer.await.unwrap().into_inner();
    assert_eq!(
        (answer.version, answer.written, answer.repeated),
        (4, 2, false)
    );
    // The command line knows the file, too, whatever it is called there.
    let file = folder.path().join("other.csv");
    std::fs::write(&file, text(3)).unwrap();
    let ran = tokio::task::spawn_blocking({
        let store = folder.path().to_owned();
        move || {
            let mut import = command(TRADECAST);
            import.args(["store", "import"]).arg(&file);
            import.arg("--store").arg(store).output().unwrap()
        }
    });
    let ran = String::from_utf8(ran.await.unwrap().stdout).unwrap();
    assert!(ran.ends_with("already imported as version 2\n"), "{ran}");
}

/// A level that jumps in its last month, then a later file that revises a month by 2 %.
#[tokio::test]
async fn an_import_tells_what_is_odd_and_what_was_revised() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::on_store(folder.path());
    let mut client = IngestServiceClient::new(server.connect().await);
    let long = |months: std::ops::Range<i32>, value: &dyn Fn(i32) -> f64| {
        let mut text = String::from("unique_id,ds,y\n");
        for t in months {
            text += &format!(
                "USA.MEX.M.TOTAL.USD,{}-{:02},{}\n",
                2020 + t / 12,
                t % 12 + 1,
                value(t)
            );
        }
        text.into_bytes()
    };
    // A wobble of a few percent, and in the last month 60 % more.
    let value = |t: i32| (100 + t * 37 % 7) as f64 * if t == 59 { 1.6 } else { 1.0 };
    let answer = import(&mut client, "a.csv", long(0..60, &value), false).await;
    let findings = answer.quality.unwrap().findings;
    let told: Vec<_> = findings
        .iter()
        .map(|f| (f.issue(), f.period.as_str()))
        .collect();
    assert_eq!(told, [(pb::QualityIssue::Undecidable, "2024-12")]);
    // Revisions are told against what the service answers from.
    let mut catalog = CatalogServiceClient::new(server.connect().await);
    let asked = pb::GetSeriesRequest {
        key: "USA.MEX.M.TOTAL.USD".to_owned(),
        ..Default::default()
    };
    while catalog.get_series(asked.clone()).await.is_err() {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let revised = |t: i32| value(t) * if t == 10 { 1.02 } else { 1.0 };
    let answer = import(&mut client, "b.csv", long(9..12, &revised), false).await;
    let findings = answer.quality.unwrap().findings;
    let [revision] = &findings[..] else {
        panic!("one finding: {findings:?}")
    };
    assert_eq!(
        (revision.issue(), revision.period.as_str()),
        (pb::QualityIssue::Revision, "2020-11")
    );
    assert!((revision.size - 0.02).abs() < 1e-9, "{}", revision.detail);
    assert!(!revision.detail.contains("before"), "{}", revision.detail);
    // The next one is held against that one: 5 % after 2 %.
    loop {
        let series = catalog
            .get_series(asked.clone())
            .await
            .unwrap()
            .into_inner();
        if series.observations[10].value == Some(revised(10)) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let again = |t: i32| revised(t) * if t == 11 { 1.05 } else { 1.0 };
    let answer = import(&mut client, "c.csv", long(9..12, &again), false).await;
    let detail = &answer.quality.unwrap().findings[0].detail;
    assert_eq!(
        detail,
        "1 of 3 figures differ from those known, median 5.00 %, largest +5.00 % (2020-12); 1 before, median 2.00 %"
    );
}

#[tokio::test]
async fn a_service_on_files_takes_nothing_in() {
    let server = Server::start();
    let mut client = IngestServiceClient::new(server.connect().await);
    let status = write(&mut client, "a", false, vec![]).await.unwrap_err();
    let info = status.get_error_details().error_info().cloned().unwrap();
    assert_eq!(
        (status.code(), info.reason.as_str()),
        (Code::FailedPrecondition, "NO_STORE")
    );
}

#[test]
fn the_command_line_keeps_a_store() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("kept");
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("data");
    let run = |args: &[&str]| {
        let ran = command(TRADECAST)
            .args(args)
            .arg("--store")
            .arg(&store)
            .output()
            .unwrap();
        assert!(
            ran.status.success(),
            "{args:?}: {}",
            String::from_utf8_lossy(&ran.stderr)
        );
        String::from_utf8(ran.stdout).unwrap()
    };
    assert!(run(&["store", "init"]).contains("a store at version 0"));
    let imported = run(&["store", "import", data.to_str().unwrap()]);
    assert!(
        imported
            .lines()
            .all(|line| line.contains(" figures, version ")),
        "{imported}"
    );
    let again = run(&["store", "import", data.to_str().unwrap()]);
    assert!(
        again.lines().all(|line| line.contains("already imported")),
        "{again}"
    );
    assert!(run(&["store", "check"]).contains(" 0 problems, 0 files that no version names"));
    assert!(run(&["store", "history", "--json"]).lines().count() >= 5);
    let shown = run(&["series", "USA.CHN.M.TOTAL.USD", "--csv"]);
    run(&["store", "compact"]);
    assert_eq!(
        run(&["series", "USA.CHN.M.TOTAL.USD", "--csv"]),
        shown,
        "compaction changes nothing"
    );
    // The same figures as the files themselves give.
    let files = command(TRADECAST)
        .args(["series", "USA.CHN.M.TOTAL.USD", "--csv", "--data"])
        .arg(&data)
        .output()
        .unwrap();
    assert_eq!(String::from_utf8(files.stdout).unwrap(), shown);
    // Before anything came there was nothing.
    assert_eq!(
        run(&["series", "--version", "0", "--csv"]).lines().count(),
        1
    );
}

#[test]
fn a_later_revision_moves_no_earlier_forecast_and_no_earlier_backtest() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/observations/usa_census.csv");
    let (_, reading) = formats::read(&file, None, InvalidRows::Refuse).unwrap();
    let figures = reading.figures;
    store.append(figures, None, None).unwrap();
    let series = "USA.CHN.M.TOTAL.USD";
    let snapshot = || Snapshot::of_store(store.read(None).unwrap()).unwrap();
    let forecast = |day: &str| {
        let wire = pb::StreamForecastsRequest {
            series: vec![series.to_owned()],
            as_of: day.to_owned(),
            paths: 200,
            ..Default::default()
        };
        let asked = Forecasts::try_from(wire).unwrap();
        let plan = Engine::new(Catalog::new(snapshot())).plan(asked.request);
        plan.prepare();
        let mut parts = messages(&plan, series);
        for part in &mut parts {
            if let Some(pb::stream_forecasts_response::Update::Header(header)) = &mut part.update {
                // Only this tells which version the forecast is from.
                assert_eq!(
                    Some(std::mem::take(&mut header.version)),
                    plan.snapshot().version()
                );
            }
        }
        format!("{parts:?}")
    };
    let backtest = |day: &str, real_time: bool| {
        let wire = pb::StreamBacktestRequest {
            series: vec![series.to_owned()],
            as_of: day.to_owned(),
            methods: vec!["theta".to_owned()],
            origins: 3,
            real_time,
            ..Default::default()
        };
        let asked = Backtest::try_from(wire).unwrap();
        format!(
            "{:?}",
            answer(&snapshot(), &asked, |_| ControlFlow::Continue(()))
        )
    };
    let (before, after) = ("2024-06-30", "2024-07-01");
    let first = [
        forecast(before),
        backtest(before, false),
        backtest(before, true),
    ];
    assert!(
        first.iter().all(|text| !text.contains("Failure")),
        "{first:?}"
    );
    let first_after = [
        forecast(after),
        backtest(after, false),
        backtest(after, true),
    ];
    // On 1 July 2024 the imports of 2023 are told anew.
    let csv = folder.path().join("revision.csv");
    let rows: Vec<String> = (1..=12)
        .map(|m| {
            format!(
                "observation,USA,CHN,M,TOTAL,level,2023-{m:02},{},USD mn,revised,{after},s\n",
                20_000 + 500 * m
            )
        })
        .collect();
    std::fs::write(&csv, format!("kind,reporter,partner,flow,product,measure,period,value,unit,status,released_on,source\n{}", rows.concat())).unwrap();
    let (_, reading) = formats::read(&csv, None, InvalidRows::Refuse).unwrap();
    let revision = reading.figures;
    store.append(revision, None, None).unwrap();
    assert_eq!(snapshot().revisions(), 12);
    assert_eq!(
        [
            forecast(before),
            backtest(before, false),
            backtest(before, true)
        ],
        first,
        "nothing before it moves"
    );
    let moved = [
        forecast(after),
        backtest(after, false),
        backtest(after, true),
    ];
    for (old, new) in first_after.iter().zip(&moved) {
        assert_ne!(old, new, "what comes after it does");
    }
    // Scored against today's figures, the origins still know no more than they did: their forecasts differ from those that know the revision.
    assert_ne!(backtest(after, true), backtest(after, false));
}
