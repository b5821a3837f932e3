//! The command line, as a person at a terminal or a script meets it.

use crate::server::{Server, TRADECAST};
use serde_json::Value;
use std::path::Path;
use std::process::{Command, Output};

/// Runs the program in the root of the package, where `data/` is.
pub(crate) fn tradecast(arguments: &[&str]) -> Output {
    Command::new(TRADECAST)
        .args(arguments)
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")))
        .output()
        .unwrap()
}

pub(crate) fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

pub(crate) fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

const TWO: [&str; 2] = ["USA.MEX.M.TOTAL.USD", "USA.CHN.M.TOTAL.USD"];

#[test]
fn a_server_forecasts_as_this_process_does() {
    let server = Server::start();
    for form in ["--json", "--csv"] {
        let here = tradecast(&[
            "forecast", TWO[0], TWO[1], "--seed", "7", "--level", "95,80", form,
        ]);
        let there = tradecast(&[
            "forecast",
            TWO[0],
            TWO[1],
            "--seed",
            "7",
            "--level",
            "95,80",
            form,
            "--server",
            &server.address,
        ]);
        assert!(
            here.status.success() && there.status.success(),
            "{}",
            err(&there)
        );
        assert!(out(&here) == out(&there), "{}\n{}", out(&here), out(&there));
    }
}

#[test]
fn json_is_one_object_a_series_in_the_order_asked_for() {
    let output = tradecast(&["forecast", TWO[0], "USA.CHN.M.NONE.USD", TWO[1], "--json"]);
    assert_eq!(output.status.code(), Some(1));
    let text = out(&output);
    let lines: Vec<Value> = text
        .lines()
        .map(|l| serde_json::from_str(l).unwrap())
        .collect();
    assert_eq!(lines.len(), 3);
    assert_eq!(
        (&lines[0]["series"], &lines[2]["series"]),
        (&TWO[0].into(), &TWO[1].into())
    );
    assert_eq!(lines[1]["failure"]["reason"], "UNKNOWN_SERIES");
    assert_eq!(lines[0]["points"].as_array().unwrap().len(), 12);
    let growth = &lines[0]["points"][0]["growth"][0];
    assert_eq!(
        (&growth["measure"], &growth["span"]),
        (&"month".into(), &lines[0]["points"][0]["month"])
    );
    assert!(
        growth["median"].as_f64().unwrap().abs() < 3.0,
        "growth is a fraction"
    );
}

#[test]
fn a_mistyped_series_meets_its_neighbours_and_the_others_are_printed() {
    let output = tradecast(&["forecast", TWO[0], "USA.CHN.N.TOTAL.USD"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(out(&output).contains("USA imports from MEX"));
    assert!(
        err(&output).contains("did you mean USA.CHN.M.TOTAL.USD"),
        "{}",
        err(&output)
    );
    let output = tradecast(&["series", "USA.CHN.N.TOTAL.USD"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(err(&output).contains("did you mean USA.CHN.M.TOTAL.USD"));
}

#[test]
fn series_are_listed_and_shown_here_as_there() {
    let server = Server::start();
    for arguments in [
        &["series"][..],
        &["series", "--filter", "USA.CHN+MEX..TOTAL", "--csv"],
        &["series", TWO[1], "--as-of", "2024-01-31"],
        &["series", TWO[1], "--currency", "CNY", "--json"],
    ] {
        let here = tradecast(arguments);
        let there = tradecast(&[arguments, &["--server", &server.address]].concat());
        assert!(
            here.status.success() && there.status.success(),
            "{}",
            err(&there)
        );
        assert!(out(&here) == out(&there), "{}\n{}", out(&here), out(&there));
        assert!(out(&here).contains("USA.CHN.M.TOTAL.USD"));
    }
}

#[test]
fn the_demo_streams_growth_and_fits_a_terminal() {
    let output = tradecast(&["demo"]);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    let text = out(&output);
    for expected in [
        "listening on 127.0.0.1:",
        "USA imports from CHN",
        "80 % interval",
        "What to try next",
    ] {
        assert!(text.contains(expected), "{expected} is missing:\n{text}");
    }
    // The lines that name commands may be longer, by the path of the program.
    let shown = text.split("What to try next").next().unwrap();
    for line in shown
        .lines()
        .filter(|line| line.contains('─') || line.contains(" bn "))
    {
        assert!(line.chars().count() <= 100, "{line}");
    }
}
