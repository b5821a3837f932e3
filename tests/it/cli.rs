//! The command line, as a person at a terminal or a script meets it.

use crate::server::{Server, TRADECAST, command};
use serde_json::Value;
use std::path::Path;
use std::process::Output;
use tempfile::TempDir;

/// Runs the program in the root of the package, where `data/` is.
pub(crate) fn tradecast(arguments: &[&str]) -> Output {
    tradecast_with(&[], arguments)
}

/// Runs the program as [`tradecast`] does, with `environment`.
fn tradecast_with(environment: &[(&str, &str)], arguments: &[&str]) -> Output {
    command(TRADECAST)
        .args(arguments)
        .envs(environment.iter().copied())
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
fn json_is_one_object_a_series_in_the_order_of_the_request() {
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

/// Two places that differ: a store of one series, and a file of another.
struct Places {
    folder: TempDir,
    store: String,
    file: String,
}

impl Places {
    const KEPT: &str = "USA.MEX.M.TOTAL.USD";
    const FILED: &str = "USA.CAN.M.TOTAL.USD";

    fn make() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
        let tidy = |name: &str, partner: &str| {
            let header = "kind,reporter,partner,flow,product,measure,period,value,unit,status,\
                          released_on,source";
            let row = format!("observation,USA,{partner},M,TOTAL,level,2024-01,1,USD,published,,s");
            std::fs::write(at(name), format!("{header}\n{row}\n")).unwrap();
            at(name)
        };
        let (store, kept, file) = (
            at("store"),
            tidy("kept.csv", "MEX"),
            tidy("filed.csv", "CAN"),
        );
        let imported = tradecast(&["store", "import", "--store", &store, &kept]);
        assert!(imported.status.success(), "{}", err(&imported));
        Self {
            folder,
            store,
            file,
        }
    }
}

#[test]
fn the_command_line_goes_before_the_environment() {
    let places = Places::make();
    let (store, file) = (places.store.as_str(), places.file.as_str());
    let none = places.folder.path().join("none");
    let none = none.to_str().unwrap();
    let (in_store, in_data) = (("TRADECAST_STORE", store), ("TRADECAST_DATA", file));
    let (kept, filed) = ([Places::KEPT], [Places::FILED]);
    // The bundled figures hold both.
    let both = [Places::KEPT, Places::FILED];
    for (environment, arguments, shown) in [
        (&[][..], &[][..], &both[..]),
        (&[], &["--store", store], &kept),
        (&[], &["--data", file], &filed),
        (&[in_store], &[], &kept),
        (&[in_data], &[], &filed),
        (&[in_store, in_data], &[], &kept),
        (&[in_store], &["--data", file], &filed),
        (&[in_data], &["--store", store], &kept),
        (&[("TRADECAST_STORE", none)], &["--store", store], &kept),
        (&[("TRADECAST_DATA", none)], &["--data", file], &filed),
        // What is set to nothing is not set.
        (&[("TRADECAST_STORE", ""), in_data], &[], &filed),
    ] {
        let ran = tradecast_with(environment, &[&["series", "--csv"], arguments].concat());
        assert!(ran.status.success(), "{environment:?}: {}", err(&ran));
        let listed = out(&ran);
        let listed: Vec<_> = both
            .into_iter()
            .filter(|key| listed.contains(key))
            .collect();
        assert_eq!(listed, shown, "{environment:?} {arguments:?}");
    }
    // A version is one of a store, and the file that is named is none.
    let ran = tradecast_with(&[in_store], &["series", "--version", "1", "--data", file]);
    assert_eq!(ran.status.code(), Some(1));
    assert!(
        err(&ran).contains("expected --store or --server"),
        "{}",
        err(&ran)
    );
}

#[test]
fn of_two_places_none_is_passed_over_in_silence() {
    let places = Places::make();
    let (store, file) = (places.store.as_str(), places.file.as_str());
    let server = Server::on_store(Path::new(store));
    let there = ["--server", server.address.as_str()];
    let key = Places::KEPT;
    let commands = [
        &["series"][..],
        &["growth", key],
        &["outlook", "USA", "MEX"],
        &["forecast", key],
        &["explain", key],
        &["scenario", key, "--shock", "flow:M=-10%@2026-S2"],
        &["backtest", key],
    ];
    let (data, store_too) = (["--data", file], ["--store", store]);
    for (given, names) in [
        ([data, store_too], ["--data <PATH>", "--store <PLACE>"]),
        ([there, data], ["--server <URL>", "--data <PATH>"]),
        ([store_too, there], ["--store <PLACE>", "--server <URL>"]),
    ] {
        let arguments = given.concat();
        for command in commands {
            let refused = tradecast(&[command, &arguments].concat());
            let message = err(&refused);
            assert_eq!(refused.status.code(), Some(2), "{command:?}: {message}");
            assert!(
                message.contains("cannot be used with")
                    && names.iter().all(|n| message.contains(n)),
                "{command:?}: {message}"
            );
        }
    }
    for command in ["serve", "demo"] {
        let refused = tradecast(&[&[command][..], &data, &store_too].concat());
        assert_eq!(refused.status.code(), Some(2), "{command}");
    }
    // What the environment says is meant for whatever names no place.
    let environment = [("TRADECAST_STORE", "none"), ("TRADECAST_DATA", "none")];
    let ran = tradecast_with(&environment, &[&["series", "--csv"][..], &there].concat());
    assert!(out(&ran).contains(key), "{}", err(&ran));
}

#[test]
fn a_demo_makes_no_store() {
    let folder = tempfile::tempdir().unwrap();
    let typo = folder.path().join("typo");
    let place = typo.to_str().unwrap();
    for (environment, arguments) in [
        (&[][..], &["demo", "--store", place][..]),
        (&[("TRADECAST_STORE", place)], &["demo"]),
    ] {
        let refused = tradecast_with(environment, arguments);
        assert_eq!(refused.status.code(), Some(1));
        let message = err(&refused);
        let makes = format!("`tradecast store init --store {place}` creates one");
        assert!(message.contains(&makes), "{message}");
        assert_eq!(out(&refused), "", "nothing is served");
        assert!(!typo.exists());
    }
}
