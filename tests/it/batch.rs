//! Batches and backtests on the command line: files in, files out, exit codes.

use crate::cli::{err, out, tradecast};
use crate::server::Server;
use std::fmt::Write as _;
use std::path::Path;

/// Three series of six years, the second of which has a gap and the third too few months.
fn panel(folder: &Path, notation: fn(usize) -> String) -> String {
    let mut text = String::from("series,month,value,note\n");
    for t in 0..72 {
        let season = (t as f64 * std::f64::consts::FRAC_PI_6).sin();
        writeln!(
            text,
            "one,{},{:.3},x",
            notation(t),
            100.0 + t as f64 + 20.0 * season
        )
        .unwrap();
        let value = if t == 40 {
            String::new()
        } else {
            format!("{:.3}", 50.0 + 5.0 * season)
        };
        writeln!(text, "two,{},{value},x", notation(t)).unwrap();
    }
    for t in 0..3 {
        writeln!(text, "three,{},1,x", notation(t)).unwrap();
    }
    let file = folder.join("panel.csv");
    std::fs::write(&file, text).unwrap();
    file.to_str().unwrap().to_owned()
}

fn last_days(t: usize) -> String {
    let days = [
        31,
        if (t / 12).is_multiple_of(4) { 29 } else { 28 },
        31,
        30,
        31,
        30,
        31,
        31,
        30,
        31,
        30,
        31,
    ];
    format!("{}-{:02}-{}", 2016 + t / 12, t % 12 + 1, days[t % 12])
}

fn batch(input: &str, output: &str, more: &[&str]) -> std::process::Output {
    let usual = [
        "batch",
        "--input",
        input,
        "--id",
        "series",
        "--time",
        "month",
        "--value",
        "value",
        "--horizon",
        "6",
        "--out",
        output,
    ];
    tradecast(&[&usual[..], more].concat())
}

#[test]
fn a_batch_writes_what_it_can_and_lists_what_it_cannot() {
    let folder = tempfile::tempdir().unwrap();
    let input = panel(folder.path(), last_days);
    let file = folder.path().join("out.csv");
    let done = batch(&input, file.to_str().unwrap(), &["--level", "80,95"]);
    assert_eq!(done.status.code(), Some(3), "{}", err(&done));
    let written = std::fs::read_to_string(&file).unwrap();
    let lines: Vec<&str> = written.lines().collect();
    assert_eq!(lines[0], "series,month,yhat,lo-80,hi-80,lo-95,hi-95,method");
    assert_eq!(lines.len(), 13, "six months of two series");
    assert!(
        lines[1].starts_with("one,2022-01-31,") && lines[2].starts_with("one,2022-02-28,"),
        "{}",
        lines[1]
    );
    let errors = std::fs::read_to_string(folder.path().join("out.csv.errors.csv")).unwrap();
    assert_eq!(
        errors,
        "series,reason\n\
         three,\"the history is too short: 3 months with a figure, at least 4 are needed\"\n"
    );
    assert_eq!(
        std::fs::read_dir(folder.path()).unwrap().count(),
        3,
        "nothing half-done stays"
    );
}

#[test]
fn the_same_batch_is_the_same_bytes_on_one_and_on_many_threads() {
    let folder = tempfile::tempdir().unwrap();
    let input = panel(folder.path(), last_days);
    let bytes = |threads: &str| {
        let file = folder.path().join(format!("{threads}.csv"));
        batch(&input, file.to_str().unwrap(), &["--threads", threads]);
        std::fs::read(file).unwrap()
    };
    assert_eq!(bytes("1"), bytes("4"));
}

#[test]
fn a_refused_file_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let input = panel(folder.path(), |t| {
        if t == 5 {
            "2020-13".to_owned()
        } else {
            last_days(t)
        }
    });
    let file = folder.path().join("out.csv");
    let refused = batch(&input, file.to_str().unwrap(), &[]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(
        err(&refused)
            .contains("panel.csv, row 12, column `month`, value `2020-13`: expected a month"),
        "{}",
        err(&refused)
    );
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn regressors_must_reach_the_horizon() {
    let folder = tempfile::tempdir().unwrap();
    let input = panel(folder.path(), last_days);
    let exog = |months: usize| {
        let mut text = String::from("month,rate\n");
        (0..months).for_each(|t| writeln!(text, "{},{}", last_days(t), (t * 7) % 5).unwrap());
        let file = folder.path().join(format!("exog{months}.csv"));
        std::fs::write(&file, text).unwrap();
        file.to_str().unwrap().to_owned()
    };
    let file = folder.path().join("out.csv");
    let run = |exog: &str| batch(&input, file.to_str().unwrap(), &["--exog", exog]);
    run(&exog(72));
    let errors = std::fs::read_to_string(folder.path().join("out.csv.errors.csv")).unwrap();
    assert!(
        errors.contains("one,the regressor `rate` has no number for 2022-01"),
        "{errors}"
    );
    run(&exog(78));
    let errors = std::fs::read_to_string(folder.path().join("out.csv.errors.csv")).unwrap();
    assert_eq!(errors.lines().count(), 2, "{errors}");
}

#[test]
fn a_gate_names_the_score_that_is_worse_than_allowed() {
    let folder = tempfile::tempdir().unwrap();
    let gate = |bound: &str| {
        let file = folder.path().join("gate.toml");
        std::fs::write(
            &file,
            format!("[[gate]]\nmethod = \"auto\"\nscore = \"mase\"\n{bound}\n"),
        )
        .unwrap();
        tradecast(&[
            "backtest",
            "--origins",
            "2",
            "--gate",
            file.to_str().unwrap(),
        ])
    };
    let passed = gate("below = { method = \"seasonal-naive\", times = 1.0 }");
    assert_eq!(passed.status.code(), Some(0), "{}", err(&passed));
    let failed = gate("at_most = 0.01");
    assert_eq!(failed.status.code(), Some(4));
    assert!(
        err(&failed).contains("gate: mase of auto on all series: it is "),
        "{}",
        err(&failed)
    );
}

#[test]
fn a_server_backtests_as_this_process_does() {
    let server = Server::start();
    let usual = [
        "backtest",
        "USA.DEU.X.TOTAL.USD",
        "KOR.CHN.M.TOTAL.USD",
        "--origins",
        "2",
        "--method",
        "auto,theta",
        "--json",
    ];
    let here = tradecast(&usual);
    let there = tradecast(&[&usual[..], &["--server", &server.address]].concat());
    assert!(
        here.status.success() && there.status.success(),
        "{}",
        err(&there)
    );
    assert!(!out(&here).is_empty() && out(&here) == out(&there));
}
