//! Forecasts of a table of one's own: the same numbers from every command, known events,
//! regressors, totals, figures that look wrong, and the forecasts of a backtest.

use crate::cli::{err, out, tradecast};
use crate::server::Server;
use serde_json::Value;
use std::fmt::Write as _;
use std::path::Path;
use tempfile::TempDir;
use tradecast::service::pb;
use tradecast::service::pb::forecast_service_client::ForecastServiceClient;
use tradecast::service::pb::stream_forecasts_response::Update;

const M: &str = "UZB.CHN.M.TOTAL.USD";
/// Months from January 2016 to November 2025.
const MONTHS: usize = 119;

fn month(k: usize) -> String {
    format!("{}-{:02}", 2016 + k / 12, k % 12 + 1)
}

/// Return a flow of about `level` mn with trend, season and noise.
fn flow(seed: u64, level: f64) -> Vec<f64> {
    let mut state = seed.wrapping_mul(2_862_933_555_777_941_757) | 1;
    (0..MONTHS)
        .map(|t| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let noise = (state >> 40) as f64 / f64::from(1 << 24) - 0.5;
            let season = 0.15 * (t as f64 * std::f64::consts::FRAC_PI_6).sin();
            level * (0.005 * t as f64 + season + 0.3 * noise).exp()
        })
        .collect()
}

/// Return a folder of these flows: partner, flow, values in mn USD. NaN has no row.
fn table(flows: &[(&str, &str, &[f64])]) -> TempDir {
    let mut text = "kind,reporter,partner,flow,product,measure,period,value,unit,status,\
                    released_on,source\n"
        .to_owned();
    for (partner, flow, values) in flows {
        for (k, value) in values.iter().enumerate().filter(|(_, v)| !v.is_nan()) {
            let at = month(k);
            let row = format!("observation,UZB,{partner},{flow},TOTAL,level,{at},{value}");
            writeln!(text, "{row},USD mn,published,,invented").unwrap();
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let observations = folder.path().join("observations");
    std::fs::create_dir(&observations).unwrap();
    std::fs::write(observations.join("own.csv"), text).unwrap();
    folder
}

/// Run a command on the figures in `folder` and read its lines of JSON.
fn json(folder: &Path, arguments: &[&str]) -> Vec<Value> {
    let data = folder.to_str().unwrap();
    let output = tradecast(&[arguments, &["--data", data, "--json"]].concat());
    assert!(output.status.success(), "{}", err(&output));
    let text = out(&output);
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value}"))
}

fn near(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9 * (1.0 + a.abs().max(b.abs()))
}

/// Return the growth of `measure` over `span` among readings.
fn reading<'a>(readings: &'a Value, measure: &str, span: &str) -> &'a Value {
    let readings = readings.as_array().unwrap().iter();
    let mut found = readings.filter(|r| r["measure"] == measure && r["span"] == span);
    found.next().unwrap()
}

#[test]
fn every_command_says_the_same_of_a_table_of_ones_own() {
    let values = flow(11, 240.0);
    let folder = table(&[("CHN", "M", &values)]);
    let forecast = json(folder.path(), &["forecast", M]).remove(0);
    let shock = "partner:CHN=-10%@2026-03";
    let scenario = json(folder.path(), &["scenario", M, "--shock", shock]).remove(0);
    let explained = json(folder.path(), &["explain", M]).remove(0);
    let outlook = json(folder.path(), &["outlook", "UZB", "CHN"]).remove(0);
    for (k, point) in forecast["points"].as_array().unwrap().iter().enumerate() {
        let at = point["month"].as_str().unwrap();
        let base = values[MONTHS + k - 12] * 1e6;
        let growth = reading(&point["growth"], "month", at);
        assert!(near(
            number(&growth["median"]),
            number(&point["value"]) / base - 1.0
        ));
        let intervals = growth["intervals"].as_array().unwrap().iter();
        for (of_growth, of_level) in intervals.zip(point["intervals"].as_array().unwrap()) {
            for bound in ["lower", "upper"] {
                let over_base = number(&of_level[bound]) / base - 1.0;
                assert!(
                    near(number(&of_growth[bound]), over_base),
                    "{growth} {point}"
                );
            }
        }
        let baseline = reading(&scenario["readings"], "month", at);
        let value = number(&baseline["value_baseline"]["median"]);
        assert!(near(value, number(&point["value"])), "{baseline} {point}");
        let points = number(&reading(&explained["growth"], "month", at)["points"]);
        assert!(
            near(points, 100.0 * number(&growth["median"])),
            "{points} {growth}"
        );
    }
    let year = &forecast["years"][0];
    let (measure, span) = ("year", year["span"].as_str().unwrap());
    let baseline = reading(&scenario["readings"], measure, span);
    assert!(near(
        number(&baseline["growth_baseline"]["median"]),
        number(&year["median"])
    ));
    let explained = number(&reading(&explained["growth"], measure, span)["points"]);
    assert!((explained - 100.0 * number(&year["median"])).abs() < 1e-7);
    let found = reading(&outlook["readings"], measure, span);
    assert!(
        near(number(&found["median"]), number(&year["median"])),
        "{found} {year}"
    );
}

#[test]
fn known_events_and_regressors_reach_every_command_and_the_server() {
    let mut values = flow(12, 240.0);
    values[116..].iter_mut().for_each(|v| *v *= 0.4);
    values[100] *= 20.0;
    let folder = table(&[("CHN", "M", &values)]);
    // Not in the folder of figures, all of which is read.
    let beside = tempfile::tempdir().unwrap();
    let file = beside.path().join("oil.csv");
    let mut text = "ds,oil\n".to_owned();
    for k in 0..MONTHS + 12 {
        writeln!(text, "{},{}", month(k), 50 + k % 7).unwrap();
    }
    std::fs::write(&file, text).unwrap();
    let known = [
        "--level-shift",
        "UZB.CHN.M.TOTAL.USD@2025-09",
        "--outlier",
        "2024-05",
        "--exog",
        file.to_str().unwrap(),
    ];
    let forecast = [&["forecast", M][..], &known[..]].concat();
    let here = json(folder.path(), &forecast);
    let notes = here[0]["notes"].to_string();
    assert!(
        notes.contains("stated level shift since 2025-09"),
        "{notes}"
    );
    assert!(notes.contains("stated outlier 2024-05"), "{notes}");
    let explained = json(folder.path(), &[&["explain", M][..], &known[..]].concat());
    assert_eq!(explained[0]["notes"], here[0]["notes"]);
    let drivers = reading(&explained[0]["growth"], "month", "2026-01")["drivers"].to_string();
    assert!(drivers.contains("level_shift"), "{drivers}");
    let shock = ["--shock", "partner:CHN=-10%@2026-03"];
    let supposed = [&["scenario", M][..], &shock[..], &known[..]].concat();
    let scenario = json(folder.path(), &supposed);
    assert_eq!(scenario[0]["notes"], here[0]["notes"]);
    let baseline = &reading(&scenario[0]["readings"], "month", "2026-01")["value_baseline"];
    assert!(near(
        number(&baseline["median"]),
        number(&here[0]["points"][1]["value"])
    ));
    let backtest = ["backtest", M, "--origins", "2"];
    json(folder.path(), &[&backtest[..], &known[..]].concat());
    let server = Server::on_data(folder.path());
    for command in [&forecast[..], &[&["explain", M][..], &known[..]].concat()] {
        let local = json(folder.path(), command);
        let remote = tradecast(&[command, &["--json", "--server", &server.address]].concat());
        assert!(remote.status.success(), "{}", err(&remote));
        let remote: Value = serde_json::from_str(out(&remote).trim()).unwrap();
        assert_eq!(remote, local[0]);
    }
    // Notes are no part of a scenario's messages, and the same all the same.
    let remote = tradecast(&[&supposed[..], &["--json", "--server", &server.address]].concat());
    let first: Value = serde_json::from_str(out(&remote).lines().next().unwrap()).unwrap();
    assert_eq!(first["notes"], scenario[0]["notes"]);
    let wrong = [
        "forecast",
        M,
        "--outlier",
        "UZB.KAZ.M.TOTAL.USD@2024-05",
        "--data",
    ];
    let wrong = tradecast(&[&wrong[..], &[folder.path().to_str().unwrap()]].concat());
    assert!(!wrong.status.success());
    let said = err(&wrong);
    assert!(
        said.contains("expected one of the series, not UZB.KAZ.M.TOTAL.USD"),
        "{said}"
    );
}

#[test]
fn a_promotion_known_ahead_lifts_its_months() {
    // A promotion in two of seventeen months lifts by 35 %.
    let promoted = |k: usize| k % 17 == 4 || k % 17 == 11;
    let mut values = flow(13, 1000.0);
    (0..MONTHS)
        .filter(|k| promoted(*k))
        .for_each(|k| values[k] *= 1.35);
    let folder = table(&[("CHN", "M", &values)]);
    let beside = tempfile::tempdir().unwrap();
    let file = beside.path().join("promotion.csv");
    let mut text = "unique_id,ds,promotion\n".to_owned();
    for k in 0..MONTHS + 12 {
        writeln!(text, "{M},{},{}", month(k), u8::from(promoted(k))).unwrap();
    }
    std::fs::write(&file, text).unwrap();
    let exog = ["--exog", file.to_str().unwrap()];
    let without = json(folder.path(), &["forecast", M]).remove(0);
    let with = json(folder.path(), &[&["forecast", M][..], &exog[..]].concat()).remove(0);
    for k in 0..12 {
        let value = |of: &Value| number(&of["points"][k]["value"]);
        let lift = value(&with) / value(&without);
        let expected = if promoted(MONTHS + k) {
            1.2..1.5
        } else {
            0.85..1.08
        };
        assert!(expected.contains(&lift), "{}: {lift}", month(MONTHS + k));
    }
    let error = |arguments: &[&str]| {
        let scores = json(
            folder.path(),
            &[&["backtest", M, "--origins", "12"][..], arguments].concat(),
        );
        let mut auto = scores
            .iter()
            .filter(|row| row["method"] == "auto" && row["series"] == M);
        number(&auto.next().unwrap()["scores"]["mase"])
    };
    let (with, without) = (error(&exog), error(&[]));
    assert!(with < 0.97 * without, "{with} {without}");
}

#[test]
fn a_pattern_and_its_total_are_the_same_here_and_on_a_server() {
    let values: Vec<Vec<f64>> = (0..4).map(|k| flow(20 + k, 100.0)).collect();
    let world: Vec<f64> = (0..MONTHS)
        .map(|t| values.iter().map(|v| v[t]).sum())
        .collect();
    let partners = ["CHN", "KAZ", "RUS", "TUR"];
    let mut flows: Vec<(&str, &str, &[f64])> = Vec::new();
    for (partner, values) in partners.into_iter().zip(&values) {
        flows.push((partner, "X", values));
    }
    flows.push(("WLD", "X", &world));
    let folder = table(&flows);
    let command = ["forecast", "UZB.*.X.TOTAL.USD", "--total", "--seed", "5"];
    let here = json(folder.path(), &command);
    let names: Vec<&str> = here
        .iter()
        .map(|row| row["series"].as_str().unwrap())
        .collect();
    assert_eq!((names.len(), names[5]), (6, "UZB.ALL.X.TOTAL.USD"));
    for k in 0..12 {
        let value = |row: &Value| number(&row["points"][k]["value"]);
        let sum: f64 = here[..4].iter().map(value).sum();
        assert!(
            (value(&here[5]) / sum - 1.0).abs() < 0.03,
            "{} {sum}",
            value(&here[5])
        );
    }
    let server = Server::on_data(folder.path());
    let there = tradecast(&[&command[..], &["--json", "--server", &server.address]].concat());
    assert!(there.status.success(), "{}", err(&there));
    let there = out(&there);
    let there: Vec<Value> = there
        .lines()
        .map(|l| serde_json::from_str(l).unwrap())
        .collect();
    assert_eq!(there, here);
    let none = tradecast(&["forecast", "XXX.*.X.TOTAL.USD", "--total"]);
    assert!(
        err(&none).contains("no series matches `XXX.*.X.TOTAL.USD`"),
        "{}",
        err(&none)
    );
}

#[test]
fn a_last_figure_in_another_unit_is_said() {
    let mut values = flow(14, 240.0);
    values[MONTHS - 1] *= 0.001;
    let folder = table(&[("CHN", "M", &values)]);
    let notes = json(folder.path(), &["forecast", M])[0]["notes"].to_string();
    let said = "2025-11 is 0.1 % of the level before it: another unit?";
    assert!(notes.contains(said), "{notes}");
}

#[test]
fn the_forecasts_of_a_backtest_are_those_that_are_scored() {
    let (x, m) = (flow(15, 100.0), flow(16, 200.0));
    let folder = table(&[("CHN", "X", &x), ("CHN", "M", &m)]);
    let beside = tempfile::tempdir().unwrap();
    let file = beside.path().join("forecasts.csv");
    let command = [
        "backtest",
        "--origins",
        "3",
        "--forecasts",
        file.to_str().unwrap(),
    ];
    let scores = json(folder.path(), &command);
    let mut reader = csv::Reader::from_path(&file).unwrap();
    let header: Vec<String> = reader
        .headers()
        .unwrap()
        .iter()
        .map(str::to_owned)
        .collect();
    let expected = "unique_id,ds,cutoff,yhat,lo-80,hi-80,lo-95,hi-95,method,y";
    assert_eq!(header.join(","), expected);
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    // Two series, two methods, three origins, twelve months.
    assert_eq!(rows.len(), 2 * 2 * 3 * 12);
    for score in scores.iter().filter(|row| row["series"] == M) {
        let method = score["method"].as_str().unwrap();
        let own = rows.iter().filter(|row| &row[0] == M && &row[8] == method);
        let errors = own.map(|row| {
            let number = |column: usize| row[column].parse::<f64>().unwrap();
            let (f, y) = (number(3), number(9));
            let k = (0..MONTHS).find(|k| month(*k) == row[1]).unwrap();
            assert!((y / (m[k] * 1e6) - 1.0).abs() < 1e-9);
            assert!(number(6) <= number(4) && number(4) <= f && f <= number(5));
            200.0 * (f - y).abs() / (f.abs() + y.abs())
        });
        let errors: Vec<f64> = errors.collect();
        let smape = errors.iter().sum::<f64>() / errors.len() as f64;
        assert!(
            (smape - number(&score["scores"]["smape"])).abs() < 1e-6,
            "{smape} {score}"
        );
    }
}

const X: &str = "UZB.CHN.X.TOTAL.USD";

/// Return a folder of imports every second month, quarterly exports, and imports from KAZ of which
/// every second month is zero.
fn other_frequencies() -> TempDir {
    let values = flow(17, 240.0);
    let where_else = |step: usize, other: f64| -> Vec<f64> {
        let months = values.iter().enumerate();
        months
            .map(|(k, v)| if k % step == 0 { *v } else { other })
            .collect()
    };
    table(&[
        ("CHN", "M", &where_else(2, f64::NAN)),
        ("CHN", "X", &where_else(3, f64::NAN)),
        ("KAZ", "M", &where_else(2, 0.0)),
    ])
}

const EVERY_SECOND: &str = "the data look as if there were one figure in 2 months, from 2016-01 to \
                            2025-11 (2016-01, 2016-03, 2016-05, …): months between are not filled";
const QUARTERLY: &str = "the data look quarterly, from 2016-01 to 2025-10 (2016-01, 2016-04, \
                         2016-07, …): months between are not filled";

#[test]
fn every_command_recognises_another_frequency() {
    let folder = other_frequencies();
    let data = folder.path().to_str().unwrap();
    for (command, said) in [
        (&["forecast", M][..], EVERY_SECOND),
        (&["forecast", X], QUARTERLY),
        (&["explain", X], QUARTERLY),
        (
            &["scenario", X, "--shock", "partner:CHN=-10%@2026-03"],
            QUARTERLY,
        ),
        (&["backtest", M], EVERY_SECOND),
        (&["backtest", X, "--origins", "3"], QUARTERLY),
        (&["outlook", "UZB", "CHN"], ".TOTAL.USD: the data look "),
    ] {
        let output = tradecast(&[command, &["--data", data]].concat());
        let text = err(&output);
        assert!(
            !output.status.success() && text.contains(said),
            "{command:?}: {text}"
        );
    }
    // Zeros are figures.
    let zeros = json(folder.path(), &["forecast", "UZB.KAZ.M.TOTAL.USD"]).remove(0);
    let notes = zeros["notes"].to_string();
    assert!(notes.contains("59 months without trade"), "{notes}");
}

#[tokio::test]
async fn a_server_recognises_another_frequency_of_each_series() {
    let folder = other_frequencies();
    let server = Server::on_data(folder.path());
    let mut client = ForecastServiceClient::new(server.connect().await);
    let request = pb::StreamForecastsRequest {
        series: [M, X, "UZB.KAZ.M.TOTAL.USD"].map(str::to_owned).to_vec(),
        ..Default::default()
    };
    let mut stream = client.stream_forecasts(request).await.unwrap().into_inner();
    let (mut failures, mut points) = (Vec::new(), 0);
    while let Some(message) = stream.message().await.unwrap() {
        match message.update.unwrap() {
            Update::Failure(failure) => failures.push((message.series, failure)),
            Update::Point(_) => points += 1,
            _ => (),
        }
    }
    failures.sort_by(|a, b| a.0.cmp(&b.0));
    assert_eq!((failures.len(), points), (2, 12));
    for ((series, failure), (key, said)) in failures.iter().zip([(M, EVERY_SECOND), (X, QUARTERLY)])
    {
        // 9 is FAILED_PRECONDITION.
        assert_eq!(
            (series.as_str(), failure.code, failure.reason.as_str()),
            (key, 9, "NOT_MONTHLY")
        );
        assert!(failure.message.contains(said), "{failure:?}");
    }
    let request = pb::ExplainForecastRequest {
        key: X.to_owned(),
        ..Default::default()
    };
    let status = client.explain_forecast(request).await.unwrap_err();
    assert_eq!(status.code(), tonic::Code::FailedPrecondition);
    assert!(status.message().contains(QUARTERLY), "{status}");
}
