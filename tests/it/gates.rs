//! Gates for CI: what is checked before a backtest, what is held after it, and the examples of
//! pipelines in `docs/ci/`.

use crate::cli::{err, out, tradecast};
use crate::server::Server;
use saphyr::{LoadableYamlNode, Yaml};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Output;
use tempfile::TempDir;

/// A series that is scored quickly.
const KEY: &str = "USA.MEX.X.TOTAL.USD";

/// Writes a file of gates and returns its path.
fn gate_file(folder: &TempDir, text: &str) -> PathBuf {
    let file = folder.path().join("gate.toml");
    std::fs::write(&file, text).unwrap();
    file
}

/// Runs a backtest of one series from two origins with gates.
fn backtest(gates: &str, more: &[&str]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let file = gate_file(&folder, gates);
    let usual = [
        "backtest",
        KEY,
        "--origins",
        "2",
        "--gate",
        file.to_str().unwrap(),
    ];
    tradecast(&[&usual[..], more].concat())
}

fn gate(lines: &str) -> String {
    format!("[[gate]]\nmethod = \"auto\"\nscore = \"mase\"\n{lines}\n")
}

#[test]
fn what_is_not_measured_is_a_configuration_error_before_any_work() {
    for (gates, expected) in [
        (
            "[[gate]]\nmethod = \"auto\"\nscore = \"mazse\"\nat_most = 1",
            "gate 1: there is no score `mazse`; did you mean mase?; there are smape, mase,",
        ),
        (
            "[[gate]]\nmethod = \"auto\"\nscore = \"coverage_90\"\nat_most = 1",
            "there is no score `coverage_90`; did you mean coverage_",
        ),
        (
            "[[gate]]\nmethod = \"theta\"\nscore = \"mase\"\nat_most = 1",
            "gate 1: the method theta does not run: expected one of auto, seasonal-naive",
        ),
        (
            "[[gate]]\nmethod = \"autoo\"\nscore = \"mase\"\nat_most = 1",
            "gate 1: there is no method `autoo`; there are auto, ",
        ),
        (
            "[[gate]]\nseries = \"USA.MEX.N.TOTAL.USD\"\nmethod = \"auto\"\nscore = \"mase\"\n\
             at_most = 1",
            "gate 1: the series `USA.MEX.N.TOTAL.USD` is not scored; did you mean \
             USA.MEX.X.TOTAL.USD?",
        ),
        ("[[gate]]\nmethod = \"auto\"", "missing field"),
        ("", "the file has no gate"),
        (
            "[[gate]]\nmethod = \"auto\"\nscore = \"mase\"\nat_least = 2\nat_most = 1",
            "gate 1, on mase of auto: no value is at least 2 and at most 1",
        ),
    ] {
        let refused = backtest(gates, &[]);
        let text = err(&refused);
        assert_eq!(refused.status.code(), Some(2), "{text}");
        assert!(
            text.contains(expected) && text.contains("gate.toml"),
            "{text}"
        );
        assert_eq!(out(&refused), "");
    }
}

#[test]
fn a_series_is_looked_up_among_those_of_the_data() {
    let folder = tempfile::tempdir().unwrap();
    let file = gate_file(
        &folder,
        &gate("series = \"USA.MEX.Q.TOTAL.USD\"\nat_most = 1"),
    );
    let refused = tradecast(&["backtest", "--gate", file.to_str().unwrap()]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(
        err(&refused).contains("did you mean USA.MEX."),
        "{}",
        err(&refused)
    );
}

#[test]
fn each_result_is_printed_and_written_as_json_and_junit() {
    let folder = tempfile::tempdir().unwrap();
    let junit = folder.path().join("gates.xml");
    let gates = format!(
        "{}{}{}",
        gate("at_most = 50"),
        gate("at_most = 0.0001"),
        // A test needs more than two origins, so that it has no probability.
        "[[gate]]\nmethod = \"auto\"\nscore = \"dm_p_value\"\nat_most = 1\n"
    );
    let more = ["--require-origins", "2", "--junit", junit.to_str().unwrap()];
    let shown = backtest(&gates, &[&more[..], &["--seed", "7"]].concat());
    assert_eq!(shown.status.code(), Some(4), "{}", err(&shown));
    let text = out(&shown);
    for expected in [
        "mase of auto on all series",
        "at most 0.0001",
        "passed",
        "failed",
        "not measured",
        "fewest origins of a series",
        ", seed 7",
    ] {
        assert!(text.contains(expected), "{expected}\n{text}");
    }
    let text = err(&shown);
    assert!(
        text.contains("gate: mase of auto on all series: it is ")
            && text.contains("gate: dm_p_value of auto on all series: it was not measured"),
        "{text}"
    );
    let xml = std::fs::read_to_string(&junit).unwrap();
    assert!(
        xml.contains("tests=\"4\" skipped=\"0\" failures=\"1\" errors=\"1\""),
        "{xml}"
    );

    let json = backtest(&gates, &["--json", "--seed", "7"]);
    assert_eq!(json.status.code(), Some(4));
    let text = out(&json);
    let summary: Value = serde_json::from_str(text.lines().last().unwrap()).unwrap();
    let outcomes: Vec<&str> = summary["gates"]
        .as_array()
        .unwrap()
        .iter()
        .map(|gate| gate["outcome"].as_str().unwrap())
        .collect();
    assert_eq!(outcomes, ["passed", "failed", "not_measured"]);
    assert_eq!(summary["passed"], false);
    let run = &summary["run"];
    assert_eq!(run["seed"], 7);
    assert_eq!(run["tool_version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(run["data_fingerprint"].as_str().unwrap().len(), 32);
    assert_eq!(
        (&run["scored_origins"], &run["scored_months"]),
        (&2.into(), &24.into())
    );
    assert_eq!(summary["gates"][0]["origins"], 2);
    assert!(summary["gates"][0]["value"].as_f64().unwrap() > 0.0);

    // What cannot be measured is the configuration's fault, not the model's.
    let unmeasured = "[[gate]]\nmethod = \"auto\"\nscore = \"dm_p_value\"\nat_most = 1\n";
    assert_eq!(backtest(unmeasured, &[]).status.code(), Some(2));
    assert_eq!(backtest(&gate("at_most = 50"), &[]).status.code(), Some(0));
}

#[test]
fn origins_can_be_required_and_failures_skipped() {
    let short = "CHN.KAZ.M.TOTAL.CNY";
    let run = |more: &[&str]| tradecast(&[&["backtest", "--origins", "2"][..], more].concat());
    // A series with 31 months has no origin.
    let named = run(&[KEY, short, "--require-origins", "2"]);
    assert_eq!(named.status.code(), Some(4), "{}", err(&named));
    assert!(
        err(&named).contains("gate: fewest origins of a series: too few: CHN.KAZ.M.TOTAL.CNY 0"),
        "{}",
        err(&named)
    );
    assert_eq!(run(&[KEY, short]).status.code(), Some(1));
    let skipped = run(&[KEY, short, "--require-origins", "2", "--skip-failures"]);
    assert_eq!(skipped.status.code(), Some(0), "{}", err(&skipped));
    assert!(
        err(&skipped).ends_with("1 series were not scored\n"),
        "{}",
        err(&skipped)
    );
    // Nothing scored is a failure, whatever is skipped.
    assert_eq!(run(&[short, "--skip-failures"]).status.code(), Some(1));
    let beyond = run(&[KEY, "--require-origins", "3"]);
    assert_eq!(beyond.status.code(), Some(2));
    assert!(
        err(&beyond).contains("expected at least --origins 3"),
        "{}",
        err(&beyond)
    );
    let alone = run(&[KEY, "--junit", "gates.xml"]);
    assert_eq!(alone.status.code(), Some(2));
    assert!(
        err(&alone).contains("expected --gate FILE"),
        "{}",
        err(&alone)
    );
}

#[test]
fn a_server_is_held_to_the_same_gates() {
    let server = Server::start();
    let gates = gate("at_most = 50");
    let here = backtest(&gates, &["--json"]);
    let there = backtest(&gates, &["--json", "--server", &server.address]);
    assert_eq!(there.status.code(), Some(0), "{}", err(&there));
    assert_eq!(out(&here), out(&there));
}

#[test]
fn scores_are_listed_with_their_meaning() {
    let list = |more: &[&str]| {
        let output = tradecast(&[&["backtest", "--list-scores"][..], more].concat());
        assert_eq!(output.status.code(), Some(0), "{}", err(&output));
        out(&output)
    };
    assert!(list(&[]).contains("coverage_95"));
    assert!(list(&["--level", "50"]).contains("growth_coverage_50_year"));
    assert!(!list(&["--horizon", "3"]).contains("_h4"));
    for line in list(&["--json"]).lines() {
        let name: Value = serde_json::from_str(line).unwrap();
        assert!(
            name["score"].is_string() && name["meaning"].is_string(),
            "{line}"
        );
    }
}

#[test]
fn no_output_replaces_the_gates_or_the_figures() {
    let folder = tempfile::tempdir().unwrap();
    let file = gate_file(&folder, &gate("at_most = 50"));
    let file = file.to_str().unwrap();
    let refused = tradecast(&["backtest", KEY, "--gate", file, "--junit", file]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(
        err(&refused).contains("the results would replace "),
        "{}",
        err(&refused)
    );
    let both = folder.path().join("both.xml");
    let both = both.to_str().unwrap();
    let outputs = ["--gate", file, "--junit", both, "--forecasts", both];
    let refused = tradecast(&[&["backtest", KEY], &outputs[..]].concat());
    assert_eq!(refused.status.code(), Some(2));
    assert!(
        err(&refused).contains("--forecasts and --junit are both "),
        "{}",
        err(&refused)
    );
    let missing = tradecast(&["backtest", KEY, "--gate", "no such gate.toml"]);
    assert_eq!(missing.status.code(), Some(2));
    assert!(
        err(&missing).contains("--gate no such gate.toml: cannot be read"),
        "{}",
        err(&missing)
    );
    let figures = folder.path().join("figures");
    std::fs::create_dir(&figures).unwrap();
    let bundled = Path::new("data/observations/usa_census.csv");
    std::fs::copy(bundled, figures.join("usa.csv")).unwrap();
    let figures = figures.to_str().unwrap();
    let own = format!("{figures}/usa.csv");
    let refused = tradecast(&["backtest", KEY, "--data", figures, "--forecasts", &own]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(
        err(&refused).contains("expected another --forecasts"),
        "{}",
        err(&refused)
    );
    assert_eq!(
        std::fs::read(&own).unwrap(),
        std::fs::read(bundled).unwrap()
    );
}

/// Returns every text below a node.
fn texts<'a>(node: &'a Yaml<'_>, found: &mut Vec<&'a str>) {
    if let Some(text) = node.as_str() {
        found.push(text);
    }
    for part in node.as_sequence().into_iter().flatten() {
        texts(part, found);
    }
    for (_, part) in node.as_mapping().into_iter().flatten() {
        texts(part, found);
    }
}

/// Runs the commands of a pipeline with `--help`, so that each has a command and options that
/// there are.
fn check_commands(pipeline: &Yaml<'_>) {
    let mut found = Vec::new();
    texts(pipeline, &mut found);
    let mut checked = 0;
    for text in found {
        for line in text.replace("\\\n", " ").lines() {
            let line = line.split(['>', '|']).next().unwrap_or_default();
            let mut words = line.split_whitespace();
            if words.next() != Some("tradecast") {
                continue;
            }
            let words: Vec<&str> = words.collect();
            let help = out(&tradecast(&[words[0], "--help"]));
            for option in words.iter().filter(|word| word.starts_with("--")) {
                assert!(help.contains(option), "{option} of: {line}");
            }
            checked += 1;
        }
    }
    assert!(checked >= 2, "only {checked} commands found");
}

#[test]
fn the_examples_of_pipelines_are_valid() {
    let read = |name: &str| {
        let file = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("docs/ci")
            .join(name);
        std::fs::read_to_string(file).unwrap()
    };
    let text = read("github-actions.yml");
    let github = Yaml::load_from_str(&text).unwrap();
    let [github] = &github[..] else {
        panic!("expected one document");
    };
    let jobs = github["jobs"].as_mapping().unwrap();
    assert!(!jobs.is_empty() && github["on"]["schedule"][0]["cron"].as_str().is_some());
    for job in jobs.values() {
        assert!(job["runs-on"].as_str().is_some());
        for step in job["steps"].as_sequence().unwrap() {
            let keys = ["uses", "run"].map(|key| step.as_mapping_get(key).is_some());
            assert!(
                keys[0] != keys[1],
                "a step uses an action or runs a script: {step:?}"
            );
        }
    }
    check_commands(github);
    let text = read("gitlab-ci.yml");
    let gitlab = Yaml::load_from_str(&text).unwrap();
    let [gitlab] = &gitlab[..] else {
        panic!("expected one document");
    };
    let job = &gitlab["backtest"];
    assert!(
        gitlab["stages"]
            .as_sequence()
            .unwrap()
            .contains(&job["stage"])
    );
    assert!(
        job["script"]
            .as_sequence()
            .is_some_and(|lines| !lines.is_empty())
    );
    assert_eq!(
        job["artifacts"]["reports"]["junit"].as_str(),
        Some("gates.xml")
    );
    check_commands(gitlab);
}
