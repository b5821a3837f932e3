//! The output of every sub-command over bundled data and fixtures, held to what is kept in
//! `tests/it/commands/`.
//!
//! Numbers may differ by a millionth, since exponentials of other processors do in their last
//! digits. With `TRADECAST_COMMANDS=exact` every byte must be the same, and
//! `TRADECAST_COMMANDS=update` writes the files anew. `TRADECAST_BINARY` names another build to
//! run.

use crate::server::{TRADECAST, command};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// How far a number may lie from the one that is kept, as a share of it.
const TOLERANCE: f64 = 1e-6;

const FIXTURES: &str = "tests/fixtures";

/// The commands of one file of outputs, run one after another. `{tmp}` is a folder of the group's
/// own with `rate.csv`, a regressor of every month, and `panel.csv`; `{fixtures}` is
/// `tests/fixtures`.
struct Group {
    name: &'static str,
    commands: &'static [&'static str],
}

const GROUPS: &[Group] = &[
    Group {
        name: "series",
        commands: &[
            "series",
            "series --json",
            "series --csv",
            "series --as-of 2010-03-01 --filter USA...TOTAL",
            "series USA.CHN.M.TOTAL.USD --as-of 2024-06-30",
            "series KOR.CHN.X.TOTAL.USD --currency CNY --as-of 2012-01-31 --json",
            "series JPN.CHN.X.TOTAL.JPY --as-of 2009-01-31 --csv",
            "series USA.CHN.X.TOTAL.USD --as-of 1990-01-01",
            "series USA.CHN.N.TOTAL.USD",
        ],
    },
    Group {
        name: "growth",
        commands: &[
            "growth CHN.CA5 --as-of 2025-06-14",
            "growth CHN.CA5 --as-of 2025-06-14 --json",
            "growth CHN.WLD --json",
            "growth USA.MEX --as-of 2025-10-01",
            "growth USA.CHN --currency CNY --json",
            "growth KAZ.XXX",
        ],
    },
    Group {
        name: "outlook",
        commands: &[
            "outlook CHN CA5 --as-of 2025-06-14 --target 2025=10% --paths 200",
            "outlook CHN CA5 --as-of 2025-06-14 --target 2025=10% --paths 200 --json",
            "outlook CHN CA5 --as-of 2025-06-14 --paths 200 --details",
            "outlook CHN CA5 --as-of 2025-06-14 --paths 200 --since 2025-03-14",
            "outlook USA CHN --paths 200 --seed 3",
            "outlook USA MEX --as-of 2025-06-14 --currency USD --paths 200 --json",
            "outlook KOR CHN --as-of 2020-02-14 --paths 200 --level 50",
            "outlook CHN KAZ --paths 200 --target 2019=4%",
        ],
    },
    Group {
        name: "forecast",
        commands: &[
            "forecast USA.CHN.M.TOTAL.USD USA.MEX.M.TOTAL.USD JPN.CHN.X.TOTAL.JPY",
            "forecast USA.CHN.M.TOTAL.USD --as-of 2025-08-10 --horizon 18 --level 50,80,95 --json",
            "forecast KOR.CHN.X.TOTAL.USD USA.CHN.N.TOTAL.USD --seed 7 --csv",
            "forecast USA.DEU.X.TOTAL.USD --method equal-weights --json",
            "forecast USA.DEU.X.TOTAL.USD --method best --csv",
            "forecast USA.DEU.X.TOTAL.USD --method theta --csv",
            "forecast USA.DEU.X.TOTAL.USD --method least-squares --csv",
            "forecast USA.DEU.X.TOTAL.USD --method elastic-net --csv",
            "forecast USA.DEU.X.TOTAL.USD --method seasonal-naive --csv",
            "forecast USA.CAN.M.TOTAL.USD --paths 300 --json \
             --measure quarter,carry-over,momentum,momentum-three-months",
            "forecast USA.CHN.M.TOTAL.USD --as-of 2025-08-10 --level-shift 2025-04 \
             --outlier 2020-02..2020-03",
            "forecast USA.CHN.M.TOTAL.USD --exog {tmp}/rate.csv --csv",
            "forecast USA.C*.M.TOTAL.USD",
            "forecast USA.CHN+MEX.M.TOTAL.USD --total",
            "forecast USA.CHN.M.TOTAL.USD --horizon 0",
            "forecast USA.CHN.M.TOTAL.USD --method nonsense",
        ],
    },
    Group {
        name: "explain",
        commands: &[
            "explain USA.MEX.M.TOTAL.USD --since 2026-06-01",
            "explain USA.MEX.M.TOTAL.USD --since 2026-06-01 --json",
            "explain KOR.CHN.M.TOTAL.USD --as-of 2020-05-01 --horizon 6 --json",
            "explain USA.MEX.M.TOTAL.USD --method theta",
            "explain USA.MEX.Q.TOTAL.USD",
        ],
    },
    Group {
        name: "scenario",
        commands: &[
            "scenario USA.CHN.X.TOTAL.USD USA.CHN.M.TOTAL.USD \
             --shock partner:CHN=-10%@2026-Q4",
            "scenario USA.CHN.X.TOTAL.USD USA.CHN.M.TOTAL.USD --paths 200 \
             --shock flow:M=-10%@2026-09 --json",
            "scenario USA.CHN.M.TOTAL.USD --currency CNY --shock rate:CNY=5%@2026-10 --json",
            "scenario USA.CHN.M.TOTAL.USD --regressors {tmp}/rate.csv \
             --shock regressor:rate=5,6,7@2026-Q4 --paths 200",
            "scenario USA.CHN.M.TOTAL.USD --shock partner:MEX=-10%@2026-Q4",
        ],
    },
    Group {
        name: "backtest",
        commands: &[
            "backtest --origins 3",
            "backtest --origins 2 --method auto,theta --json \
             USA.CHN.M.TOTAL.USD KOR.CHN.X.TOTAL.USD",
            "backtest --origins 2 --horizon 6 --step 6 --as-of 2020-01-01 --csv \
             KOR.CHN.M.TOTAL.USD",
            "backtest --origins 4 --gate gate.toml USA.MEX.M.TOTAL.USD USA.DEU.M.TOTAL.USD",
        ],
    },
    Group {
        name: "import",
        commands: &[
            "import {fixtures}/comtrade/usa-jpn-2023.json --out {tmp}/a.csv",
            "import {fixtures}/comtrade/deviations.csv --accept-valid --out {tmp}/b.csv --json",
            "import {fixtures}/sdmx-csv/imts.csv \
             {fixtures}/sdmx-csv/comext-api.csv --out {tmp}/c.csv",
            "import {fixtures}/china-customs/2025-11.xlsx \
             --released-on 2025-12-08 --out {tmp}/d.csv",
            "import {fixtures}/china-customs/2025-01.xls --out {tmp}/e.csv --against data",
            "import {fixtures}/china-customs/wrong.xlsx --out {tmp}/f.csv",
            "import {fixtures}/comext/full_202402.dat.gz --out {tmp}/g.csv",
            "import {fixtures}/comext/full_v2_202402.7z --out {tmp}/h.csv",
            "import {fixtures}/census/exports.json \
             {fixtures}/census/imports.json --out {tmp}/i.csv",
            "import {fixtures}/sdmx-ml/wits.xml \
             {fixtures}/sdmx-json/data-2.0.json --out {tmp}/j.csv",
            "import {fixtures}/tidy/figures.csv --out {tmp}/k.csv --json",
            "import data/README.md --out {tmp}/l.csv",
            "import data/observations/kor_customs.csv --out {tmp}/m.csv",
            "series USA.JPN.M.TOTAL.USD --data {tmp}/a.csv --csv",
        ],
    },
    Group {
        name: "store",
        commands: &[
            "store init --store {tmp}/store",
            "store import --store {tmp}/store data/observations data/rates",
            "store import --store {tmp}/store data/observations/usa_census.csv",
            "store import --store {tmp}/store {fixtures}/china-customs/2025-11.xlsx \
             --released-on 2025-12-08",
            "store import --store {tmp}/store {fixtures}/china-customs/wrong.xlsx",
            "store check --store {tmp}/store",
            "store compact --store {tmp}/store",
            "series --store {tmp}/store",
            "forecast USA.CHN.M.TOTAL.USD --store {tmp}/store --csv",
            "forecast USA.CHN.M.TOTAL.USD --store {tmp}/store --as-of 2024-03-01 --csv",
            "backtest --store {tmp}/store --origins 2 --real-time USA.CHN.M.TOTAL.USD",
            "store check --store {tmp}/none",
        ],
    },
    Group {
        name: "batch",
        commands: &[
            "batch --input {tmp}/panel.csv --horizon 12 --out {tmp}/forecasts.csv",
            "batch --input {tmp}/panel.csv --horizon 6 --level 50 --method theta \
             --exog {tmp}/rate.csv --out {tmp}/theta.csv",
            "batch --input {fixtures}/long/panel.csv --horizon 3 --out {tmp}/short.csv",
            "batch --input {tmp}/rate.csv --horizon 3 --out {tmp}/none.csv",
        ],
    },
    Group {
        name: "demo",
        commands: &["demo"],
    },
    Group {
        name: "help",
        commands: &[
            "help",
            "help demo",
            "help serve",
            "help series",
            "help growth",
            "help import",
            "help pull",
            "help forecast",
            "help outlook",
            "help explain",
            "help scenario",
            "help backtest",
            "help batch",
            "help store",
            "store help import",
            "store help init",
            "store help check",
            "store help compact",
            "store help history",
            "frobnicate",
        ],
    },
];

#[test]
fn every_command_prints_what_is_kept() {
    let mode = std::env::var("TRADECAST_COMMANDS").unwrap_or_default();
    let groups: Vec<_> = GROUPS
        .iter()
        .map(|group| std::thread::spawn(|| (group.name, transcript(group))))
        .collect();
    let mut wrong = String::new();
    for group in groups {
        let (name, found) = group.join().unwrap();
        let path = root().join("tests/it/commands").join(format!("{name}.txt"));
        if mode == "update" {
            std::fs::write(&path, found).unwrap();
            continue;
        }
        let kept = std::fs::read_to_string(&path).unwrap();
        if let Some(difference) = difference(&kept, &found, mode == "exact") {
            let _ = writeln!(wrong, "{name}.txt, {difference}");
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn numbers_are_compared_as_numbers_and_the_rest_as_text() {
    assert_eq!(difference("a 1.25 b", "a 1.25 b", true), None);
    assert_eq!(difference("a 1.2500000 b", "a 1.2500001 b", false), None);
    for (kept, found, exact) in [
        ("a 1.2500000 b", "a 1.2500001 b", true),
        ("a 1.25 b", "a 1.26 b", false),
        ("a 1.25 b", "a 1.25 c", false),
        ("a\nb", "a", false),
        ("2025-05", "2025-06", false),
    ] {
        assert!(difference(kept, found, exact).is_some(), "{kept} {found}");
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Each command with what it printed and its exit code, and the files that it wrote.
fn transcript(group: &Group) -> String {
    let program = std::env::var("TRADECAST_BINARY").unwrap_or_else(|_| TRADECAST.to_owned());
    let folder = tempfile::tempdir().unwrap();
    write_inputs(folder.path());
    let temporary = folder.path().to_str().unwrap();
    let mut written = files(folder.path());
    let mut all = String::new();
    for line in group.commands {
        let arguments = line.split_whitespace();
        let arguments = arguments.map(|word| {
            word.replace("{tmp}", temporary)
                .replace("{fixtures}", FIXTURES)
        });
        let output = command(&program)
            .args(arguments)
            .env("COLUMNS", "100")
            .current_dir(root())
            .output()
            .unwrap();
        let words: Vec<&str> = line.split_whitespace().collect();
        let _ = writeln!(all, "$ tradecast {}", words.join(" "));
        for (name, bytes) in [("", &output.stdout), ("stderr:\n", &output.stderr)] {
            let text = String::from_utf8(bytes.clone()).unwrap();
            if !text.is_empty() {
                let text = text.replace(&program, "tradecast");
                let mut text = steady(&text, temporary);
                if group.name == "demo" {
                    // Series come as soon as each is done.
                    let mut lines: Vec<&str> = text.split_inclusive('\n').collect();
                    lines.sort_unstable();
                    text = lines.concat();
                }
                let _ = write!(all, "{name}{text}");
            }
        }
        let _ = writeln!(all, "exit code: {}", output.status.code().unwrap());
        let now = files(folder.path());
        for path in now.iter().filter(|path| !written.contains(path)) {
            let text = std::fs::read_to_string(path).unwrap();
            let name = path.strip_prefix(folder.path()).unwrap().display();
            let _ = write!(all, "written: {name}\n{}", steady(&text, temporary));
        }
        written = now;
        all.push('\n');
    }
    all
}

/// The text files in a folder, by name.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut files: Vec<PathBuf> = entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "csv"))
        .collect();
    files.sort();
    files
}

/// `text` without what differs from run to run: folders of the test, ports and durations.
fn steady(text: &str, temporary: &str) -> String {
    let mut lines = String::new();
    for line in text.replace(temporary, "{tmp}").lines() {
        let words: Vec<&str> = line.split(' ').collect();
        let words = words.iter().enumerate().map(|(k, word)| {
            let next = words
                .get(k + 1)
                .map(|next| next.trim_end_matches([',', '.', ')', ';']));
            let is_number = word.trim_start_matches('(').parse::<f64>().is_ok();
            if is_number && matches!(next, Some("ms" | "s" | "bytes" | "rows/s")) {
                "{number}".to_owned()
            } else if word.contains("127.0.0.1:") {
                "{address}".to_owned()
            } else {
                (*word).to_owned()
            }
        });
        lines.push_str(&words.collect::<Vec<_>>().join(" "));
        lines.push('\n');
    }
    lines
}

/// The first line that differs, and how.
fn difference(kept: &str, found: &str, exact: bool) -> Option<String> {
    let (mut kept, mut found) = (kept.lines(), found.lines());
    for number in 1.. {
        let same = match (kept.next(), found.next()) {
            (None, None) => break,
            (Some(kept), Some(found)) if kept == found => continue,
            (kept, found) => (kept.unwrap_or("(end)"), found.unwrap_or("(end)")),
        };
        if exact || !alike(same.0, same.1) {
            return Some(format!(
                "line {number}\n  kept:  {}\n  found: {}",
                same.0, same.1
            ));
        }
    }
    None
}

/// Whether two lines are the same but for the last digits of numbers with decimals.
fn alike(kept: &str, found: &str) -> bool {
    let (kept, found) = (pieces(kept), pieces(found));
    kept.len() == found.len()
        && kept.iter().zip(&found).all(|(kept, found)| {
            kept == found
                || match (kept.parse::<f64>(), found.parse::<f64>()) {
                    (Ok(a), Ok(b)) if kept.contains('.') || found.contains('.') => {
                        (a - b).abs() <= TOLERANCE * a.abs().max(b.abs())
                    }
                    _ => false,
                }
        })
}

/// Runs of what a number is made of, and runs of everything else.
fn pieces(line: &str) -> Vec<&str> {
    let of_number = |letter: char| letter.is_ascii_digit() || letter == '.';
    let mut pieces = Vec::new();
    let mut start = 0;
    let mut last = None;
    for (at, letter) in line.char_indices() {
        let kind = of_number(letter);
        if last.is_some_and(|last| last != kind) {
            pieces.push(&line[start..at]);
            start = at;
        }
        last = Some(kind);
    }
    pieces.push(&line[start..]);
    pieces
}

/// A regressor of every month from 1980 to 2030, and a panel of two series.
fn write_inputs(folder: &Path) {
    let mut rate = String::from("ds,rate\n");
    let mut panel = String::from("unique_id,ds,y\n");
    for t in 0..51 * 12 {
        let month = format!("{}-{:02}", 1980 + t / 12, t % 12 + 1);
        let _ = writeln!(rate, "{month},{}", (t * 7919) % 13);
    }
    for (name, base) in [("first", 1000), ("second", 70)] {
        for t in 0..96 {
            let month = format!("{}-{:02}", 2015 + t / 12, t % 12 + 1);
            let value = base + t * base / 100 + (t % 12) * base / 20 + (t * 7919) % 13;
            let _ = writeln!(panel, "{name},{month},{value}");
        }
    }
    std::fs::write(folder.join("rate.csv"), rate).unwrap();
    std::fs::write(folder.join("panel.csv"), panel).unwrap();
}
