//! `--json` of every sub-command: the standard output is JSON and nothing else.

use crate::cli::{err, out, tradecast};
use serde_json::Value;
use std::collections::BTreeSet;

/// A sub-command with arguments and how many JSON values it prints, one a line; 0 for one or more.
/// `{tmp}` is a folder with a store, a panel and a file of settings.
const COMMANDS: &[(&str, &str, usize)] = &[
    ("demo", "", 4),
    ("series", "--filter USA.CHN+MEX.M", 2),
    ("series", "USA.MEX.M.TOTAL.USD --as-of 2010-03-01", 1),
    ("growth", "CHN.CA5", 1),
    (
        "forecast",
        "USA.MEX.M.TOTAL.USD USA.CHN.M.TOTAL.USD --paths 100",
        2,
    ),
    ("outlook", "CHN CA5 --as-of 2025-06-14 --paths 100", 1),
    (
        "outlook",
        "CHN CA5 --as-of 2025-07-20 --paths 100 --since 2025-06-20",
        1,
    ),
    ("explain", "USA.MEX.M.TOTAL.USD --paths 100", 1),
    (
        "scenario",
        "USA.MEX.M.TOTAL.USD --shock partner:MEX=-10%@2027-01 --paths 100",
        2,
    ),
    (
        "report",
        "USA.MEX.M.TOTAL.USD --paths 100 --out {tmp}/r.html --svg {tmp}/charts",
        1,
    ),
    (
        "backtest",
        "USA.MEX.M.TOTAL.USD --origins 1 --horizon 3 --method theta",
        5,
    ),
    (
        "batch",
        "--input {tmp}/panel.csv --out {tmp}/f.csv --method theta",
        1,
    ),
    ("import", "tests/fixtures/census/imports.json", 1),
    ("import", "tests/fixtures/census/imports.json --dry-run", 1),
    ("import", "tests/fixtures/census/imports.json --check", 1),
    (
        "import",
        "tests/fixtures/census/imports.json --out {tmp}/tidy.csv",
        1,
    ),
    ("doctor", "--data data --listen 127.0.0.1:0", 0),
    ("config check", "{tmp}/serve.toml", 1),
    ("config show", "--config {tmp}/serve.toml", 1),
    ("keys new", "--name desk --file {tmp}/keys", 1),
    ("store init", "--store {tmp}/store", 1),
    (
        "store import",
        "tests/fixtures/census/imports.json --store {tmp}/store",
        1,
    ),
    ("store check", "--store {tmp}/store", 1),
    ("store compact", "--store {tmp}/store", 1),
    ("store history", "--store {tmp}/store", 2),
    // Nothing answers there, and each query says so.
    (
        "pull",
        "census --partner CHN --from 2001 --out {tmp}/pulled --base-url http://127.0.0.1:9 \
              --retries 0",
        2,
    ),
];

/// Returns the path of every sub-command that has `--json`.
fn with_json(command: &clap::Command, path: &str, found: &mut BTreeSet<String>) {
    if command
        .get_arguments()
        .any(|arg| arg.get_long() == Some("json"))
    {
        found.insert(path.to_owned());
    }
    for sub in command.get_subcommands() {
        let name = format!("{path} {}", sub.get_name());
        with_json(sub, name.trim(), found);
    }
}

#[test]
fn every_command_prints_json_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().to_str().unwrap();
    let month = |k: i32| format!("{}-{:02}", 2020 + k / 12, k % 12 + 1);
    let rows = (0..60).map(|k| format!("a,{},{}\n", month(k), 100 + k % 12));
    let panel = format!("unique_id,ds,y\n{}", rows.collect::<String>());
    std::fs::write(folder.path().join("panel.csv"), panel).unwrap();
    let settings = "listen = \"127.0.0.1:0\"\n";
    std::fs::write(folder.path().join("serve.toml"), settings).unwrap();
    for (name, arguments, values) in COMMANDS {
        let line = format!("{name} {arguments} --json").replace("{tmp}", place);
        let words: Vec<&str> = line.split_whitespace().collect();
        let output = tradecast(&words);
        let text = out(&output);
        let found: Vec<Value> = serde_json::Deserializer::from_str(&text)
            .into_iter()
            .collect::<Result<_, _>>()
            .unwrap_or_else(|error| panic!("{line}: {error}\n{text}\n{}", err(&output)));
        let is_right = match values {
            0 => !found.is_empty(),
            values => found.len() == *values,
        };
        assert!(is_right, "{line}\n{text}\n{}", err(&output));
        assert!(found.iter().all(Value::is_object), "{line}\n{text}");
        // What was printed is no longer said elsewhere.
        assert!(!err(&output).contains('{'), "{line}\n{}", err(&output));
    }
    let mut all = BTreeSet::new();
    with_json(&tradecast::cli::command(), "", &mut all);
    let tried: BTreeSet<String> = COMMANDS
        .iter()
        .map(|(name, ..)| (*name).to_owned())
        .collect();
    assert_eq!(tried, all);
}

#[test]
fn an_import_as_json_has_what_its_text_has() {
    let file = "tests/fixtures/census/imports.json";
    let json = |more: &[&str]| -> Value {
        let output = tradecast(&[&["import", file, "--json"], more].concat());
        assert_eq!(output.status.code(), Some(0), "{}", err(&output));
        assert_eq!(err(&output), "");
        serde_json::from_str(&out(&output)).unwrap()
    };
    let text = out(&tradecast(&["import", file]));
    let (header, rows) = text.split_once('\n').unwrap();
    let whole = json(&[]);
    let first = &whole["rows"][0];
    let columns: Vec<&str> = header.split(',').collect();
    let names: BTreeSet<&str> = first
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    assert_eq!(names, columns.iter().copied().collect());
    let cells: Vec<&str> = rows.lines().next().unwrap().split(',').collect();
    let value = columns
        .iter()
        .position(|column| *column == "value")
        .unwrap();
    assert_eq!(first["value"], cells[value]);
    assert_eq!(
        whole["rows"].as_array().unwrap().len(),
        rows.lines().count()
    );
    assert_eq!(whole["figures"], rows.lines().count());
    let preview = json(&["--dry-run"]);
    assert_eq!(preview["files"][0]["file"], file);
    assert_eq!(preview["files"][0]["rows"][0], *first);
    assert!(preview["files"][0]["year_totals"][0]["value"].is_number());
    assert_eq!(json(&["--check"])["rows"], Value::Null);
}
