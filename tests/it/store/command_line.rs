//! Stores from the command line, and forecasts from them.

use super::*;

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
        let asked = ForecastsRequest::try_from(wire).unwrap();
        let plan = Engine::new(Catalog::new(snapshot()))
            .plan(asked.request)
            .prepare();
        let mut parts = messages(&plan, series);
        for part in &mut parts {
            if let Some(pb::stream_forecasts_response::Update::Header(header)) = &mut part.update {
                // Only this field names the version that the forecast is from.
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
        let asked = ScoringRequest::try_from(wire).unwrap();
        format!(
            "{:?}",
            score_series(&snapshot(), &asked, |_| ControlFlow::Continue(()))
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
    // On 1 July 2024 the imports of 2023 are revised.
    let csv = folder.path().join("revision.csv");
    let rows: Vec<String> = (1..=12)
        .map(|m| {
            format!(
                "observation,USA,CHN,M,TOTAL,level,2023-{m:02},{},USD mn,revised,{after},s\n",
                20_000 + 500 * m
            )
        })
        .collect();
    let header =
        "kind,reporter,partner,flow,product,measure,period,value,unit,status,released_on,source";
    std::fs::write(&csv, format!("{header}\n{}", rows.concat())).unwrap();
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
    // Scored against today's figures, the origins still know no more than they did: their forecasts
    // differ from those that know the revision.
    assert_ne!(backtest(after, true), backtest(after, false));
}
