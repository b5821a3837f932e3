//! What surrounds the commands in a shell: completions, pages of the manual, the doctor, pipes.

use crate::cli::{err, out, tradecast};
use crate::server::{TRADECAST, command};
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::process::Stdio;

#[test]
fn completions_name_every_command() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let made = tradecast(&["completions", shell]);
        assert_eq!(made.status.code(), Some(0), "{}", err(&made));
        let text = out(&made);
        for name in ["forecast", "outlook", "report", "doctor", "--as-of"] {
            assert!(
                text.contains(name.trim_start_matches("--")),
                "{shell}: {name}"
            );
        }
    }
    assert_eq!(tradecast(&["completions", "tcsh"]).status.code(), Some(2));
}

#[test]
fn each_command_has_a_page() {
    let folder = tempfile::tempdir().unwrap();
    let pages = folder.path().join("man1");
    let made = tradecast(&["man", "--out", pages.to_str().unwrap()]);
    assert_eq!(made.status.code(), Some(0), "{}", err(&made));
    for page in [
        "tradecast.1",
        "tradecast-report.1",
        "tradecast-store-import.1",
    ] {
        let text = std::fs::read_to_string(pages.join(page)).unwrap();
        assert!(text.contains(".TH "), "{page}");
    }
}

#[test]
fn the_doctor_says_what_is_ready_and_what_to_do() {
    let lines = |arguments: &[&str], environment: &[(&str, &str)]| {
        let output = command(TRADECAST)
            .arg("doctor")
            .args(arguments)
            .arg("--json")
            .envs(environment.iter().copied())
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .output()
            .unwrap();
        let text = out(&output);
        let lines = text.lines().map(|line| serde_json::from_str(line).unwrap());
        (output.status.code(), lines.collect::<Vec<Value>>())
    };
    let check = |lines: &[Value], name: &str| {
        let found = lines.iter().find(|line| line["check"] == name);
        found.unwrap_or_else(|| panic!("{name}: {lines:?}")).clone()
    };
    let (code, ready) = lines(&[], &[]);
    assert_eq!(code, Some(0));
    for name in [
        "version",
        "data",
        "temporary",
        "memory",
        "threads",
        "terminal",
        "browser",
    ] {
        check(&ready, name);
    }
    assert!(
        check(&ready, "data")["found"]
            .as_str()
            .unwrap()
            .contains("30 series")
    );

    let (code, missing) = lines(&["--data", "/no/such/folder"], &[]);
    assert_eq!(code, Some(1));
    assert_eq!(check(&missing, "data")["outcome"], "fail");
    assert!(
        check(&missing, "data")["advice"]
            .as_str()
            .unwrap()
            .contains("--data")
    );

    let (code, store) = lines(&["--store", "/no/such/store"], &[]);
    assert_eq!(code, Some(1));
    let advice = check(&store, "store")["advice"].clone();
    assert!(
        advice.as_str().unwrap().contains("tradecast store init"),
        "{advice}"
    );

    // A misspelt variable is found with the one that is meant; a wrong number fails.
    let (_, misspelt) = lines(&[], &[("TRADECAST_THREAD", "2")]);
    let environment = check(&misspelt, "environment");
    assert_eq!(environment["outcome"], "warn");
    assert!(
        environment["advice"]
            .as_str()
            .unwrap()
            .ends_with("TRADECAST_THREADS"),
        "{environment}"
    );
    let (code, _) = lines(&[], &[("TRADECAST_THREADS", "two")]);
    assert_eq!(code, Some(1));

    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let (code, port) = lines(&["--listen", &address], &[]);
    assert_eq!(
        (code, &check(&port, "port")["outcome"]),
        (Some(0), &"warn".into())
    );
}

#[test]
fn a_reader_that_leaves_is_no_error() {
    // Scores are listed in far more bytes than a pipe holds, and some on the standard error.
    for arguments in [
        &["backtest", "--list-scores", "--horizon", "120", "--json"][..],
        &["series", "USA.CHN.M.TOTAL.USD", "--json"][..],
        &["completions", "bash"][..],
    ] {
        let mut process = command(TRADECAST)
            .args(arguments)
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut first = String::new();
        let mut reader = BufReader::with_capacity(64, process.stdout.take().unwrap());
        reader.read_line(&mut first).unwrap();
        drop(reader);
        let output = process.wait_with_output().unwrap();
        assert!(
            matches!(output.status.code(), Some(0 | 141)),
            "{arguments:?} {output:?}"
        );
        assert!(!err(&output).contains("panicked"), "{}", err(&output));
    }
    // Also where what is lost is a message.
    let mut process = command(TRADECAST)
        .args(["backtest", "CHN.KAZ.M.TOTAL.CNY", "--origins", "1"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(process.stderr.take());
    let status = process.wait().unwrap();
    assert!(matches!(status.code(), Some(1 | 141)), "{status:?}");
}

#[test]
fn help_says_what_exit_codes_mean() {
    let help = out(&tradecast(&["--help"]));
    for expected in ["Exit codes:", "  4  backtest:", "tradecast doctor"] {
        assert!(help.contains(expected), "{expected}\n{help}");
    }
    for name in ["backtest", "doctor"] {
        let help = out(&tradecast(&[name, "--help"]));
        assert!(help.contains("Exit codes:"), "{help}");
    }
}

#[test]
fn a_forecast_is_drawn_with_values_to_read_off() {
    let key = "USA.MEX.X.TOTAL.USD";
    let drawn = out(&tradecast(&["forecast", key]));
    for expected in [
        "Level and forecast, bn USD",
        "┤",
        "└",
        "observed 20",
        "Naive: the same",
    ] {
        assert!(drawn.contains(expected), "{expected}\n{drawn}");
    }
    assert!(!out(&tradecast(&["forecast", key, "--no-chart"])).contains('┤'));
    assert!(!out(&tradecast(&["forecast", key, "--csv"])).contains('┤'));
    // Many series are drawn only where that is requested.
    let several = [
        "forecast",
        "USA.*.X.TOTAL.USD",
        "--horizon",
        "2",
        "--paths",
        "100",
    ];
    assert!(!out(&tradecast(&several)).contains('┤'));
    let all = out(&tradecast(&[&several[..], &["--chart"]].concat()));
    assert_eq!(all.matches("Level and forecast").count(), 4, "{all}");
}

#[test]
fn a_mapping_is_saved_over_nothing_that_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (table, mapping) = (path("exports.xlsx"), path("exports.toml"));
    std::fs::copy("tests/fixtures/mapped/exports.xlsx", &table).unwrap();
    let usual = [
        "--wide",
        "--reporter",
        "UZB",
        "--flow",
        "X",
        "--unit",
        "USD 1000",
    ];
    let import = |more: &[&str]| tradecast(&[&["import", &table], &usual[..], more].concat());
    let first = import(&["--save-mapping", &mapping, "--out", &path("figures.csv")]);
    assert_eq!(first.status.code(), Some(0), "{}", err(&first));
    let before = [&table, &mapping].map(|file| std::fs::read(file).unwrap());
    for outputs in [
        ["--save-mapping", &table, "--out", &path("new.csv")],
        ["--mapping", &mapping, "--out", &mapping],
        ["--mapping", &mapping, "--save-mapping", &mapping],
        [
            "--save-mapping",
            &path("new.csv"),
            "--out",
            &path("new.csv"),
        ],
    ] {
        let refused = import(&outputs);
        assert_eq!(
            refused.status.code(),
            Some(2),
            "{outputs:?}: {}",
            err(&refused)
        );
        assert!(err(&refused).contains("would replace"), "{}", err(&refused));
    }
    let after = [&table, &mapping].map(|file| std::fs::read(file).unwrap());
    assert!(before == after);
}
