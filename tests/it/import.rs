//! Files in from the command line, and answers of a service on this machine.

use crate::cli::{err, out, tradecast};
use serde_json::Value;
use std::io::{Read, Write};
use std::net::TcpListener;

#[test]
fn an_import_is_what_the_catalogue_reads() {
    let folder = tempfile::tempdir().unwrap();
    let tidy = folder.path().join("tidy.csv");
    let tidy = tidy.to_str().unwrap();
    let output = tradecast(&[
        "import",
        "tests/fixtures/census/imports.json",
        "tests/fixtures/sdmx-ml/groups.xml",
        "--out",
        tidy,
    ]);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    assert!(
        err(&output).contains("13 figures of 4 series"),
        "{}",
        err(&output)
    );
    let output = tradecast(&["series", "--data", tidy, "--csv"]);
    let text = out(&output);
    // Three months of imports from China, one from Mexico of each source's: the later is another month.
    assert!(
        text.contains("USA.CHN.M.TOTAL.USD,USD,2025-01,2025-03,3,0,"),
        "{text}"
    );
    assert!(
        text.contains("KOR.CHN.M.TOTAL.USD,USD,2001-01,2001-02,2,0,"),
        "{text}"
    );
}

#[test]
fn a_wrong_file_is_refused_with_its_place_and_nothing_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let wrong = "tests/fixtures/china-customs/wrong.xlsx";
    let target = folder.path().join("tidy.csv");
    let target = target.to_str().unwrap();
    let output = tradecast(&["import", wrong, "--out", target]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        err(&output).contains(
            "wrong.xlsx, row 7, column `D`, value `1720x`: expected a number, or `-` for nil"
        ),
        "{}",
        err(&output)
    );
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    let output = tradecast(&["import", wrong, "--accept-valid", "--check", "--json"]);
    assert_eq!(output.status.code(), Some(3), "some rows were refused");
    let report: Value = serde_json::from_str(&out(&output)).unwrap();
    assert_eq!(report["refused"].as_array().unwrap().len(), 2);
    assert!(report["figures"].as_u64().unwrap() > 60);
    let output = tradecast(&["import", "README.md"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        err(&output).contains("expected a known format, that is one of"),
        "{}",
        err(&output)
    );
    let output = tradecast(&["import", wrong, "--format", "lotus"]);
    assert!(
        err(&output).contains("expected one of tidy, long, sdmx-csv"),
        "{}",
        err(&output)
    );
}

/// USA imports from Mexico in 2025-01 are 41,597.114578 mn in `data/`: the same figure is no revision.
#[test]
fn revisions_are_measured_against_what_is_known() {
    let output = tradecast(&[
        "import",
        "tests/fixtures/tidy/figures.csv",
        "--check",
        "--against",
        "data",
    ]);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    assert!(out(&output).contains("nothing odd"), "{}", out(&output));
}

#[test]
fn what_was_pulled_is_not_asked_for_again() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let answers = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = [0; 4096];
        let n = stream.read(&mut request).unwrap();
        let body = include_str!("../fixtures/comtrade/usa-jpn-2023.json");
        write!(
            stream,
            "HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
            body.len()
        )
        .unwrap();
        String::from_utf8_lossy(&request[..n]).into_owned()
    });
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().to_str().unwrap();
    let pull = || {
        tradecast(&[
            "pull",
            "comtrade",
            "--reporter",
            "USA",
            "--partner",
            "JPN",
            "--from",
            "2023",
            "--annual",
            "--out",
            folder,
            "--base-url",
            &base,
            "--pause-ms",
            "0",
            "--retries",
            "0",
        ])
    };
    let first = pull();
    assert_eq!(first.status.code(), Some(0), "{}", err(&first));
    assert!(err(&first).contains(": 2 figures"), "{}", err(&first));
    assert!(
        answers
            .join()
            .unwrap()
            .starts_with("GET /public/v1/preview/C/A/HS?reporterCode=842&period=2023")
    );
    // The service is gone; the file is not.
    let second = pull();
    assert_eq!(second.status.code(), Some(0), "{}", err(&second));
    assert!(err(&second).starts_with("kept "), "{}", err(&second));
}
