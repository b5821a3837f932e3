//! `tradecast report`: one file that needs nothing else, charts as SVG, and what is refused.

use crate::cli::{err, out, tradecast};
use crate::server::{Server, TRADECAST, command};
use std::path::Path;

const KEY: &str = "USA.MEX.X.TOTAL.USD";

#[test]
fn one_file_reports_series_and_pairs() {
    let folder = tempfile::tempdir().unwrap();
    let (page, charts) = (
        folder.path().join("report.html"),
        folder.path().join("charts"),
    );
    let made = tradecast(&[
        "report",
        KEY,
        "CHN.CA5",
        "--as-of",
        "2025-06-14",
        "--paths",
        "200",
        "--out",
        page.to_str().unwrap(),
        "--svg",
        charts.to_str().unwrap(),
    ]);
    assert_eq!(made.status.code(), Some(0), "{}", err(&made));
    assert_eq!(out(&made), "");
    let text = std::fs::read_to_string(&page).unwrap();
    for expected in [
        "United States: exports to Mexico",
        "outlook for 2025",
        "figures public on 2025-06-14",
        "is expected to end ",
        "What drives the growth",
        "Method and accuracy",
        "Contradictions",
        "Sources",
        "GACC table by country",
        "seed 0",
        "</html>",
    ] {
        assert!(text.contains(expected), "{expected}");
    }
    // Nothing is requested: links are followed by the reader alone.
    for forbidden in ["<script", "<link", "<img", " src=", "@import", "url("] {
        assert!(!text.contains(forbidden), "{forbidden}");
    }
    let mut names: Vec<String> = std::fs::read_dir(&charts)
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    for kind in ["level", "growth", "drivers"] {
        assert!(names.contains(&format!("{KEY}-{kind}.svg")), "{names:?}");
    }
    for name in names {
        let svg = std::fs::read_to_string(charts.join(&name)).unwrap();
        assert!(
            svg.starts_with("<svg xmlns=") && text.contains(svg.trim_end()),
            "{name}"
        );
    }
}

#[test]
fn a_server_reports_as_this_process_does() {
    let server = Server::start();
    let folder = tempfile::tempdir().unwrap();
    let report = |name: &str, more: &[&str]| {
        let file = folder.path().join(name);
        let usual = [
            "report",
            KEY,
            "--paths",
            "200",
            "--out",
            file.to_str().unwrap(),
        ];
        let made = tradecast(&[&usual[..], more].concat());
        assert_eq!(made.status.code(), Some(0), "{}", err(&made));
        std::fs::read_to_string(file).unwrap()
    };
    let here = report("here.html", &[]);
    let there = report("there.html", &["--server", &server.address]);
    assert!(here.contains("Fingerprint of the figures: "));
    assert!(here == there);
}

#[test]
fn a_subject_without_a_result_does_not_hide_the_others() {
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("report.html");
    let page = page.to_str().unwrap();
    let usual = ["--paths", "200", "--out", page];
    let report = |subjects: &[&str]| tradecast(&[&["report"], subjects, &usual[..]].concat());
    let some = report(&[KEY, "USA.MEX.Q.TOTAL.USD"]);
    assert_eq!(some.status.code(), Some(1), "{}", err(&some));
    let text = std::fs::read_to_string(page).unwrap();
    assert!(text.contains("No result: ") && text.contains(KEY));
    std::fs::remove_file(page).unwrap();
    let none = report(&["USA.JPN.M.TOTAL.USD"]);
    assert_eq!(none.status.code(), Some(1));
    assert!(err(&none).contains("did you mean"), "{}", err(&none));
    assert!(!Path::new(page).exists());
}

#[test]
fn outputs_are_checked_before_any_work() {
    let nothing = tradecast(&["report", KEY]);
    assert_eq!(nothing.status.code(), Some(2));
    assert!(
        err(&nothing).contains("expected --out FILE"),
        "{}",
        err(&nothing)
    );
    let same = tradecast(&["report", KEY, "--out", "a.html", "--pdf", "a.html"]);
    assert_eq!(same.status.code(), Some(2));
    let nowhere = tradecast(&["report", KEY, "--out", "/no folder/a.html"]);
    assert_eq!(nowhere.status.code(), Some(2));
    assert!(
        err(&nowhere).contains("--out /no folder/a.html: there is no folder"),
        "{}",
        err(&nowhere)
    );
    let folder = tempfile::tempdir().unwrap();
    let figures = folder.path().join("usa.csv");
    std::fs::copy("data/observations/usa_census.csv", &figures).unwrap();
    let figures = figures.to_str().unwrap();
    let own = tradecast(&["report", KEY, "--data", figures, "--out", figures]);
    assert_eq!(own.status.code(), Some(2));
    assert!(
        err(&own).contains("expected another --out"),
        "{}",
        err(&own)
    );
}

#[test]
fn without_a_browser_it_is_said_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let pdf = folder.path().join("report.pdf");
    let run = |variable: &str, value: &str| {
        command(TRADECAST)
            .args([
                "report",
                KEY,
                "--paths",
                "200",
                "--pdf",
                pdf.to_str().unwrap(),
            ])
            .env(variable, value)
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .output()
            .unwrap()
    };
    let named = run("TRADECAST_BROWSER", "/no/such/browser");
    assert_eq!(named.status.code(), Some(1));
    let text = err(&named);
    assert!(
        text.contains("TRADECAST_BROWSER=/no/such/browser: there is no"),
        "{text}"
    );
    let none = run("PATH", "/no/such/folder");
    assert!(
        err(&none).contains("no browser found: expected one of chromium"),
        "{}",
        err(&none)
    );
    assert!(!pdf.exists());
}
