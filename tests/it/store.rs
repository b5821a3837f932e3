//! The store as its users meet it: what is acknowledged survives, whatever happens to the process, and everybody sees it once.
//!
//! `TRADECAST_KILLS=50 TRADECAST_COMMITS=1000 cargo test --release --test it store -- --nocapture` runs the long forms.

use crate::server::{Server, TRADECAST};
use rand::{RngExt, SeedableRng};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};
use tonic::transport::Channel;
use tonic::{Code, Status};
use tonic_types::StatusExt;
use tradecast::catalog::{Catalog, Snapshot, Vintage};
use tradecast::ingest::{Mode, formats};
use tradecast::pipeline::Engine;
use tradecast::service::backtest::answer;
use tradecast::service::convert::{Backtest, Forecasts};
use tradecast::service::forecast::messages;
use tradecast::service::pb;
use tradecast::service::pb::catalog_service_client::CatalogServiceClient;
use tradecast::service::pb::ingest_service_client::IngestServiceClient;
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
    let imported = Command::new(TRADECAST)
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

#[tokio::test]
async fn each_wrong_figure_is_refused_by_row_and_field() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::on_store(folder.path());
    let mut client = IngestServiceClient::new(server.connect().await);
    let good = figure("USA.CHN.M.TOTAL.USD", "2024-01", 1.0);
    let wrong = [
        (
            "key",
            pb::DeliveredFigure {
                key: "USA.CHN.M.TOTAL".into(),
                ..good.clone()
            },
        ),
        (
            "period",
            pb::DeliveredFigure {
                period: "2024-13".into(),
                ..good.clone()
            },
        ),
        (
            "period",
            pb::DeliveredFigure {
                period: "2024-Q1".into(),
                ..good.clone()
            },
        ),
        (
            "value",
            pb::DeliveredFigure {
                value: Some(-1.0),
                ..good.clone()
            },
        ),
        (
            "value",
            pb::DeliveredFigure {
                value: Some(f64::NAN),
                ..good.clone()
            },
        ),
        (
            "unit",
            pb::DeliveredFigure {
                unit: "EUR mn".into(),
                ..good.clone()
            },
        ),
        (
            "kind",
            pb::DeliveredFigure {
                kind: 9,
                ..good.clone()
            },
        ),
        (
            "measure",
            pb::DeliveredFigure {
                measure: "growth".into(),
                ..good.clone()
            },
        ),
        (
            "released_on",
            pb::DeliveredFigure {
                released_on: "soon".into(),
                ..good.clone()
            },
        ),
    ];
    let rows: Vec<_> = [good.clone()]
        .into_iter()
        .chain(wrong.iter().map(|(_, figure)| figure.clone()))
        .collect();
    let answer = write(&mut client, "a", false, rows.clone()).await.unwrap();
    assert_eq!((answer.version, answer.written), (0, 0), "all or nothing");
    let fields = |answer: &pb::WriteObservationsResponse| {
        answer
            .refusals
            .iter()
            .map(|r| (r.row, r.field.clone()))
            .collect::<Vec<_>>()
    };
    let expected: Vec<_> = wrong
        .iter()
        .zip(2..)
        .map(|((field, _), row)| (row, (*field).to_owned()))
        .collect();
    assert_eq!(fields(&answer), expected);
    let answer = write(&mut client, "a", true, rows).await.unwrap();
    assert_eq!(
        (answer.version, answer.written),
        (1, 1),
        "the right one is taken"
    );
    assert_eq!(fields(&answer), expected);

    // Of many refusals the first are told and the others counted.
    let many = vec![wrong[0].1.clone(); 1007];
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
        .map(|f| (f.oddity(), f.period.as_str()))
        .collect();
    assert_eq!(told, [(pb::Oddity::Undecidable, "2024-12")]);
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
        (revision.oddity(), revision.period.as_str()),
        (pb::Oddity::Revision, "2020-11")
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
        let ran = Command::new(TRADECAST)
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
        again.lines().all(|line| line.contains("taken in before")),
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
    let files = Command::new(TRADECAST)
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
    let (_, reading) = formats::read(&file, None, Mode::AllOrNothing).unwrap();
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
    let (_, reading) = formats::read(&csv, None, Mode::AllOrNothing).unwrap();
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
