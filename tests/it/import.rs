//! Imports and pulls from the command line.

use crate::cli::{err, out, tradecast};
use crate::server::{TRADECAST, command};
use serde_json::Value;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;

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
    // Three months of imports from China, one from Mexico of each source: the later is another
    // month.
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
fn an_invalid_file_is_refused_by_row_and_column_and_nothing_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let wrong = "tests/fixtures/china-customs/wrong.xlsx";
    let target = folder.path().join("tidy.csv");
    let target = target.to_str().unwrap();
    let output = tradecast(&["import", wrong, "--out", target]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        err(&output).contains(
            "wrong.xlsx, sheet `2`, row 7, column `D`, value `1720x`: expected a number, or \
             `-` for nil"
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
        err(&output).contains("expected a known format"),
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

/// USA imports from Mexico in 2025-01 are 41,597.114578 mn in `data/`: the same figure is no
/// revision.
#[test]
fn revisions_are_measured_against_known_figures() {
    let output = tradecast(&[
        "import",
        "tests/fixtures/tidy/figures.csv",
        "--check",
        "--against",
        "data",
    ]);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    assert!(out(&output).contains("no findings"), "{}", out(&output));
}

const TIDY: &str =
    "kind,reporter,partner,flow,product,measure,period,value,unit,status,released_on,source\n";

fn observed(month: &str, value: &str) -> String {
    format!("observation,USA,CHN,M,TOTAL,level,{month},{value},USD mn,p,,s\n")
}

/// The valid rows of a file that were accepted before do not keep its corrected rows out.
#[test]
fn the_refused_rows_of_a_file_can_be_imported_once_corrected() {
    let folder = tempfile::tempdir().unwrap();
    let (store, file) = (folder.path().join("store"), folder.path().join("a.csv"));
    let (store, path) = (store.to_str().unwrap(), file.to_str().unwrap());
    let text = format!(
        "{TIDY}{}{}",
        observed("2024-01", "1"),
        observed("2024-02", "x")
    );
    std::fs::write(&file, &text).unwrap();
    let import = |path: &str| {
        let output = tradecast(&[
            "store",
            "import",
            "--store",
            store,
            "--accept-valid",
            "--json",
            path,
        ]);
        let outcome: Value = serde_json::from_str(&out(&output)).unwrap();
        (output.status.code(), outcome)
    };
    for repeated in [false, true] {
        let (code, outcome) = import(path);
        assert_eq!(code, Some(3), "{outcome}");
        assert_eq!(outcome["file"], path);
        assert_eq!(outcome["version"], 1);
        assert_eq!(outcome["figures"], u64::from(!repeated));
        assert_eq!(outcome["repeated"], repeated);
        let refused = outcome["report"]["refused"].as_array().unwrap();
        assert_eq!(refused.len(), 1);
        assert!(
            refused[0]
                .as_str()
                .unwrap()
                .contains("row 3, column `value`, value `x`")
        );
    }
    // A file without refused rows is imported once and not read again.
    std::fs::write(&file, text.replace('x', "2")).unwrap();
    assert_eq!(import(path).1["figures"], 2);
    let (code, outcome) = import(path);
    assert_eq!(
        (code, &outcome["repeated"], &outcome["report"]),
        (Some(0), &true.into(), &Value::Null)
    );
}

/// Import `path` and return, for each file, its name, the number of figures that were written and
/// the version that holds it.
fn imported(store: &str, path: &str, from: &Path) -> Vec<(String, u64, u64)> {
    let output = command(TRADECAST)
        .args(["store", "import", "--json", "--store", store, path])
        .current_dir(from)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    let text = out(&output);
    let outcomes = text
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    outcomes
        .map(|outcome| {
            let file = Path::new(outcome["file"].as_str().unwrap());
            let name = file.file_name().unwrap().to_str().unwrap().to_owned();
            let number = |name: &str| outcome[name].as_u64().unwrap();
            (name, number("figures"), number("version"))
        })
        .collect()
}

/// Return the values of a series.
fn values(store: &str, key: &str) -> Vec<f64> {
    let output = tradecast(&["series", key, "--csv", "--store", store]);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    let text = out(&output);
    let value = |line: &str| line.split(',').find_map(|cell| cell.parse::<f64>().ok());
    text.lines().filter_map(value).collect()
}

#[test]
fn a_revision_that_is_withdrawn_is_not_the_latest() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (store, file) = (path("store"), path("2024.csv"));
    let text = |value: &str| format!("{TIDY}{}", observed("2024-01", value));
    // The value of the file; how many figures are written then, and the version that holds them.
    for (value, expected) in [
        ("1", (1, 1)),
        ("2", (1, 2)),
        ("1", (1, 3)),
        ("1", (0, 3)),
        ("2", (1, 4)),
        ("2", (0, 4)),
        ("3", (1, 5)),
        ("1", (1, 6)),
        ("1", (0, 6)),
    ] {
        std::fs::write(&file, text(value)).unwrap();
        let outcomes = imported(&store, &file, folder.path());
        let (figures, version) = expected;
        assert_eq!(
            outcomes,
            [("2024.csv".to_owned(), figures, version)],
            "{value}"
        );
        let latest: f64 = value.parse().unwrap();
        assert_eq!(values(&store, "USA.CHN.M.TOTAL.USD"), [latest * 1e6]);
    }
    // A copy with another name is the same file, and files of different series may share a name.
    std::fs::copy(&file, path("copy.csv")).unwrap();
    assert_eq!(imported(&store, &path("copy.csv"), folder.path())[0].1, 0);
    for (at, figures) in [(7, 1), (7, 0), (7, 0)] {
        for (place, partner, version) in [("one", "MEX", at), ("two", "CAN", at + 1)] {
            let from = folder.path().join(place);
            std::fs::create_dir_all(&from).unwrap();
            std::fs::write(from.join("2024.csv"), text("5").replace("CHN", partner)).unwrap();
            let outcomes = imported(&store, "2024.csv", &from);
            assert_eq!(outcomes, [("2024.csv".to_owned(), figures, version)]);
        }
    }
}

/// The names of answers hold check sums; the log of the folder says which is later.
#[test]
fn of_two_answers_the_one_requested_later_counts() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (store, answers) = (path("store"), path("answers"));
    std::fs::create_dir(&answers).unwrap();
    let answer = |name: &str, value: &str| {
        let text = format!("{TIDY}{}", observed("2024-01", value));
        std::fs::write(Path::new(&answers).join(name), text).unwrap();
    };
    answer("a.csv", "7");
    answer("b.csv", "1");
    answer("c.csv", "2");
    let record = "2024-01-10 part b.csv\n2024-07-10 part a.csv\n";
    std::fs::write(Path::new(&answers).join(".tradecast-asked"), record).unwrap();
    let order = |figures: u64| {
        let names = [("c.csv", 1), ("b.csv", 2), ("a.csv", 3)];
        names.map(|(name, version)| (name.to_owned(), figures, version))
    };
    for figures in [1, 0] {
        let outcomes = imported(&store, &answers, folder.path());
        assert_eq!(outcomes, order(figures));
        assert_eq!(values(&store, "USA.CHN.M.TOTAL.USD"), [7e6]);
    }
}

#[test]
fn a_store_is_not_created_by_reading_it_nor_by_an_empty_folder() {
    let folder = tempfile::tempdir().unwrap();
    let typo = folder.path().join("typo");
    let place = typo.to_str().unwrap();
    for command in [
        &["store", "history"][..],
        &["store", "check"],
        &["store", "compact"],
        &["series"],
        &["forecast", "USA.CHN.M.TOTAL.USD"],
    ] {
        let output = tradecast(&[command, &["--store", place]].concat());
        assert_eq!(output.status.code(), Some(1));
        let expected = format!(
            "expected a store, found no Delta table; `tradecast store init --store {place}` \
             creates one"
        );
        assert!(err(&output).contains(&expected), "{}", err(&output));
    }
    std::fs::create_dir(folder.path().join("empty")).unwrap();
    let empty = folder.path().join("empty");
    let empty = empty.to_str().unwrap();
    let output = tradecast(&["store", "import", "--store", place, empty]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        err(&output).contains("expected a file to import"),
        "{}",
        err(&output)
    );
    assert!(!typo.exists());
    // The rates are the same by their folder and by their file.
    let output = tradecast(&["store", "import", "--store", place, "data/rates"]);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    let rates = std::fs::read_dir("data/rates")
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let rates = rates
        .filter(|path| path.extension().is_some_and(|e| e == "csv"))
        .min()
        .unwrap();
    let output = tradecast(&["store", "import", "--store", place, rates.to_str().unwrap()]);
    assert!(
        out(&output).contains("already imported"),
        "{}",
        out(&output)
    );
}

/// The months of two files of one command follow each other, so that there is no gap.
#[test]
fn files_of_one_command_are_checked_together() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("store");
    let mut arguments = vec![
        "store",
        "import",
        "--json",
        "--store",
        store.to_str().unwrap(),
    ];
    let files: Vec<String> = ["2024-01", "2024-02", "2024-05"]
        .iter()
        .map(|month| {
            let file = folder.path().join(format!("{month}.csv"));
            std::fs::write(&file, format!("{TIDY}{}", observed(month, "1"))).unwrap();
            file.to_str().unwrap().to_owned()
        })
        .collect();
    arguments.extend(files[..2].iter().map(String::as_str));
    let findings = |arguments: &[&str]| -> Vec<(String, String)> {
        let output = tradecast(arguments);
        assert_eq!(output.status.code(), Some(0), "{}", err(&output));
        let text = out(&output);
        let reports = text
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap());
        let found = reports.flat_map(|outcome| outcome["report"]["findings"].as_array().cloned());
        let words = found.flatten().map(|f| {
            let word = |name: &str| f[name].as_str().unwrap().to_owned();
            (word("finding"), word("period"))
        });
        words.collect()
    };
    assert_eq!(findings(&arguments), []);
    arguments.truncate(5);
    arguments.push(&files[2]);
    assert_eq!(
        findings(&arguments),
        [("gap".to_owned(), "2024-03-01/P2M".to_owned())]
    );
}

/// Of a month that two files give, the value of the later file is written, as reported.
#[test]
fn a_month_given_twice_is_written_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (a, b, x) = (path("a.csv"), path("b.csv"), path("x.csv"));
    std::fs::write(
        &a,
        format!(
            "{TIDY}{}{}",
            observed("2024-01", "1"),
            observed("2024-02", "2")
        ),
    )
    .unwrap();
    std::fs::write(&b, format!("{TIDY}{}", observed("2024-02", "3"))).unwrap();
    let output = tradecast(&["import", &a, &b, "--out", &x]);
    assert!(
        err(&output).contains("the later file's is used"),
        "{}",
        err(&output)
    );
    let output = tradecast(&["series", "USA.CHN.M.TOTAL.USD", "--csv", "--data", &x]);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    let text = out(&output);
    assert!(
        text.contains("2024-02") && text.contains("3000000"),
        "{text}"
    );
    assert!(!text.contains("2000000"), "{text}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // The permissions are those of any new file.
        let mode = |path: &str| std::fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode(&x), mode(&a));
    }
}

#[test]
fn a_stored_answer_is_not_requested_again() {
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
    // The service is gone, but the file is there.
    let second = pull();
    assert_eq!(second.status.code(), Some(0), "{}", err(&second));
    assert!(err(&second).starts_with("kept "), "{}", err(&second));
}
