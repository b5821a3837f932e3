//! The store as a whole: what is accepted stays, once, and what was known stays known.

use super::{Store, StoreError};
use crate::catalog::{Snapshot, Vintage};
use crate::ingest::{FigureBatch, InvalidRows, formats};
use crate::trade::month::parse_date;
use crate::trade::{Currency, Month};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;
use std::time::Instant;

const HEADER: &str =
    "kind,reporter,partner,flow,product,measure,period,value,unit,status,released_on,source\n";

/// Imports from China: month, millions of dollars, day of release.
fn figures(rows: &[(&str, &str, &str)]) -> FigureBatch {
    let lines: Vec<String> = rows
        .iter()
        .map(|(month, value, day)| {
            format!(
                "observation,USA,CHN,M,TOTAL,level,{month},{value},USD mn,published,{day},Census\n"
            )
        })
        .collect();
    text(&lines.concat())
}

fn text(rows: &str) -> FigureBatch {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.csv");
    std::fs::write(&file, format!("{HEADER}{rows}")).unwrap();
    formats::read_as(&file, Path::new("a.csv"), None, InvalidRows::Refuse)
        .unwrap()
        .1
        .figures
}

fn store() -> (tempfile::TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open_or_create(folder.path().to_str().unwrap()).unwrap();
    (folder, store)
}

fn snapshot(store: &Store, version: Option<u64>) -> Snapshot {
    Snapshot::of_store(store.read(version).unwrap()).unwrap()
}

/// The values in millions as a view shows them, first to last.
fn view(snapshot: &Snapshot, day: Option<&str>) -> Vec<f64> {
    let vintage = day.map_or(Vintage::Latest, |day| {
        Vintage::AsOf(parse_date(day).unwrap())
    });
    let (_, series) = snapshot.series("USA.CHN.M.TOTAL.USD", vintage).unwrap();
    series.values().iter().map(|value| value / 1e6).collect()
}

#[test]
fn a_revision_changes_today_and_no_day_before_it() {
    let (_folder, store) = store();
    let first = figures(&[
        ("2024-01", "10", "2024-03-05"),
        ("2024-02", "20", "2024-04-04"),
    ]);
    store.append(first, None, None).unwrap();
    let before = snapshot(&store, None);
    let days = [
        "2024-03-04",
        "2024-03-05",
        "2024-04-03",
        "2024-04-04",
        "2024-05-01",
    ];
    let seen: Vec<_> = days.iter().map(|day| view(&before, Some(day))).collect();
    assert_eq!(
        seen,
        [
            vec![],
            vec![10.0],
            vec![10.0],
            vec![10.0, 20.0],
            vec![10.0, 20.0]
        ]
    );

    let revised = figures(&[
        ("2024-01", "11", "2024-05-02"),
        ("2024-03", "30", "2024-05-02"),
    ]);
    store.append(revised, None, None).unwrap();
    let after = snapshot(&store, None);
    let again: Vec<_> = days.iter().map(|day| view(&after, Some(day))).collect();
    assert_eq!(again, seen, "no view of an earlier day moves");
    assert_eq!(view(&after, Some("2024-05-02")), [11.0, 20.0, 30.0]);
    assert_eq!(view(&after, None), [11.0, 20.0, 30.0]);
    assert_eq!(after.revisions(), 1);
    // What we had is another question than what was public.
    assert_eq!(view(&snapshot(&store, Some(1)), None), [10.0, 20.0]);
    assert_eq!(after.version(), Some(2));
}

#[test]
fn a_revision_without_a_day_counts_from_the_day_it_came() {
    let (_folder, store) = store();
    store
        .append(figures(&[("2024-01", "10", "")]), None, None)
        .unwrap();
    store
        .append(figures(&[("2024-01", "11", "")]), None, None)
        .unwrap();
    let snapshot = snapshot(&store, None);
    // The first is presumed public 40 days after January's end, on 11 March 2024.
    assert_eq!(view(&snapshot, Some("2024-03-10")), Vec::<f64>::new());
    assert_eq!(view(&snapshot, Some("2024-03-11")), [10.0]);
    assert_eq!(view(&snapshot, Some("2025-01-01")), [10.0]);
    assert_eq!(view(&snapshot, None), [11.0]);
}

#[test]
fn the_same_again_is_no_revision() {
    let (_folder, store) = store();
    for _ in 0..3 {
        store
            .append(figures(&[("2024-01", "10", "")]), None, None)
            .unwrap();
    }
    let snapshot = snapshot(&store, None);
    assert_eq!(snapshot.revisions(), 0);
    assert_eq!(view(&snapshot, Some("2024-03-11")), [10.0]);
}

#[test]
fn a_request_is_done_once_whoever_repeats_it() {
    let (folder, store) = store();
    let batch = || figures(&[("2024-01", "10", "")]);
    let done = store.append(batch(), Some("r-1"), None).unwrap();
    assert_eq!((done.version, done.repeated), (1, false));
    let again = store.append(batch(), Some("r-1"), None).unwrap();
    assert_eq!((again.version, again.repeated, again.figures), (1, true, 0));
    // Another process, which reads it from the log; and one that has opened the table before the
    // request was made.
    let early = Store::open(folder.path().to_str().unwrap()).unwrap();
    store.append(batch(), Some("r-2"), None).unwrap();
    assert!(early.append(batch(), Some("r-1"), None).unwrap().repeated);
    assert!(early.append(batch(), Some("r-2"), None).unwrap().repeated);
    store.compact().unwrap();
    let late = Store::open(folder.path().to_str().unwrap()).unwrap();
    assert_eq!(late.append(batch(), Some("r-2"), None).unwrap().version, 2);
    assert_eq!(late.check().unwrap().figures, 2);
}

#[test]
fn the_first_source_names_a_series_however_files_lie() {
    // Names of files are random, so that some order differs among ten stores.
    for _ in 0..10 {
        let (_folder, store) = store();
        for (month, source) in [("2024-02", "first"), ("2024-01", "second")] {
            let row = format!("observation,USA,CHN,M,TOTAL,level,{month},1,USD,p,,{source}\n");
            store.append(text(&row), None, None).unwrap();
        }
        let source = |store: &Store| {
            snapshot(store, None)
                .source("USA.CHN.M.TOTAL.USD")
                .to_owned()
        };
        assert_eq!(source(&store), "first");
        store.compact().unwrap();
        assert_eq!(source(&store), "first");
    }
}

#[test]
fn contradicting_rows_are_refused_and_nothing_is_kept() {
    let (_folder, store) = store();
    let mut twice = figures(&[("2024-01", "10", ""), ("2024-02", "1", "")]);
    twice.append(figures(&[("2024-01", "11", "")]));
    let error = store.append(twice, None, None).unwrap_err().to_string();
    assert_eq!(
        error,
        "a.csv, row 2, column `period`, value `2024-01`: a figure for 2024-01 that series `USA.CHN.M.TOTAL.USD` does not have yet; row 2 gives it already"
    );
    assert_eq!(store.version(), 0);
    assert!(store.check().unwrap().unclaimed.is_empty());
}

#[test]
fn a_folder_of_files_and_a_store_of_it_show_the_same() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("data");
    let (_folder, store) = store();
    for (file, is_rates) in crate::ingest::files_below(&data, &["csv"]).unwrap() {
        let figures = if is_rates {
            let mut rates = crate::ingest::ExchangeRates::default();
            crate::ingest::rates::read(&file, &mut rates).unwrap();
            FigureBatch::of_rates(&file, &rates).unwrap()
        } else {
            formats::read(&file, None, InvalidRows::Refuse)
                .unwrap()
                .1
                .figures
        };
        store.append(figures, None, None).unwrap();
    }
    let files = Snapshot::new(crate::ingest::read_folder(&data).unwrap()).unwrap();
    let stored = snapshot(&store, None);
    assert_eq!(files.rates(Vintage::Latest), stored.rates(Vintage::Latest));
    assert_eq!(
        files.keys().collect::<Vec<_>>(),
        stored.keys().collect::<Vec<_>>()
    );
    assert_eq!(files.keys().len(), 12);
    for day in ["", "1999-12-31", "2015-06-30", "2024-03-12"] {
        let vintage = parse_date(day).map_or(Vintage::Latest, Vintage::AsOf);
        for key in files.keys() {
            let (_, a) = files.series(&key.to_string(), vintage).unwrap();
            let (_, b) = stored.series(&key.to_string(), vintage).unwrap();
            let bits = |s: &crate::trade::Series<'_>| {
                s.values().iter().map(|v| v.to_bits()).collect::<Vec<_>>()
            };
            assert_eq!((a.len(), bits(&a)), (b.len(), bits(&b)), "{key} on {day}");
            assert!(a.is_empty() || a.first() == b.first());
            assert_eq!(
                files.source(&key.to_string()),
                stored.source(&key.to_string())
            );
            let releases = |s: &Snapshot| {
                s.releases(key, vintage)
                    .map(|r| (r.span, r.measure, r.value.to_bits(), r.source.clone()))
                    .collect::<std::collections::BTreeSet<_>>()
            };
            assert_eq!(releases(&files), releases(&stored), "{key} on {day}");
        }
    }
}

#[test]
fn what_a_killed_writer_left_is_told_and_does_no_harm() {
    let (folder, store) = store();
    store
        .append(figures(&[("2024-01", "10", "")]), None, None)
        .unwrap();
    // A part whose commit never came, and a file that was cut while it was written.
    let (_, parts) = store.data_files(None).unwrap();
    let part = folder.path().join(&parts[0].name);
    std::fs::copy(part, folder.path().join("part-left.zstd.parquet")).unwrap();
    std::fs::write(folder.path().join("_incoming-left"), b"PAR").unwrap();
    let check = store.check().unwrap();
    assert!(check.is_sound());
    assert_eq!(
        check.unclaimed.into_iter().collect::<BTreeSet<_>>(),
        ["_incoming-left", "part-left.zstd.parquet"]
            .map(str::to_owned)
            .into()
    );
    store
        .append(figures(&[("2024-02", "20", "")]), None, None)
        .unwrap();
    store.compact().unwrap();
    let again = Store::open(folder.path().to_str().unwrap()).unwrap();
    assert_eq!(view(&snapshot(&again, None), None), [10.0, 20.0]);
    assert_eq!(again.check().unwrap().figures, 2);
}

#[test]
fn a_checkpoint_stands_for_the_log_before_it() {
    let (folder, store) = store();
    for month in ["2024-01", "2024-02", "2024-03"] {
        store
            .append(figures(&[(month, "10", "")]), Some(month), None)
            .unwrap();
        // Each writes a checkpoint, the second one of a version that has one.
        store.compact().unwrap();
        store.compact().unwrap();
    }
    assert!(store.check().unwrap().unclaimed.is_empty());
    let log = folder.path().join("_delta_log");
    let hint = std::fs::read(log.join("_last_checkpoint")).unwrap();
    let hint: serde_json::Value = serde_json::from_slice(&hint).unwrap();
    assert_eq!(hint["version"].as_u64(), Some(store.version()));
    for version in 0..store.version() {
        std::fs::remove_file(folder.path().join(super::log::commit_name(version))).unwrap();
    }
    let again = Store::open(folder.path().to_str().unwrap()).unwrap();
    assert_eq!(again.version(), store.version());
    assert_eq!(view(&snapshot(&again, None), None), [10.0, 10.0, 10.0]);
    let repeated = again.append(figures(&[("2024-01", "10", "")]), Some("2024-01"), None);
    assert!(repeated.unwrap().repeated, "requests are summed up, too");
}

/// All that a snapshot shows, now and on some days.
fn shown(snapshot: &Snapshot) -> String {
    let mut text = format!(
        "{:?} {:?}",
        snapshot.rates(Vintage::Latest),
        snapshot.revisions()
    );
    for key in snapshot.keys() {
        let id = key.to_string();
        let _ = write!(text, "\n{id} from {}", snapshot.source(&id));
        for day in ["", "2024-08-10", "2024-08-20", "2024-09-15", "2024-12-01"] {
            let vintage = parse_date(day).map_or(Vintage::Latest, Vintage::AsOf);
            let (_, series) = snapshot.series(&id, vintage).unwrap();
            let bits: Vec<u64> = series.values().iter().map(|v| v.to_bits()).collect();
            let first = (!series.is_empty()).then(|| series.first());
            let _ = write!(text, "\n{day}: {first:?} {bits:?}");
        }
    }
    let _ = write!(text, "\n{:?}", snapshot.all_releases());
    text
}

/// A batch of figures: of each series (by number) and month of 2024 the value and the day of August
/// or September on which it came out, if told.
type Batch = BTreeMap<(usize, u32), (u32, Option<u32>, bool)>;

fn batch(rows: &Batch) -> FigureBatch {
    let line = |((series, month), (value, day, is_release)): (&(usize, u32), &_)| {
        let (value, day, is_release): (u32, Option<u32>, bool) = (*value, *day, *is_release);
        let day = day.map_or_else(String::new, |d| {
            let day = parse_date("2024-08-01").unwrap();
            day.saturating_add(time::Duration::days(i64::from(d)))
                .to_string()
        });
        let (kind, period) = if is_release {
            ("release", format!("2024-Q{}", month % 4 + 1))
        } else {
            ("observation", format!("2024-{month:02}"))
        };
        format!("{kind},USA,P{series},M,TOTAL,level,{period},{value},USD mn,p,{day},s{value}\n")
    };
    text(&rows.iter().map(line).collect::<String>())
}

#[test]
fn ten_thousand_small_writes_stay_fast() {
    let writes: u32 = std::env::var("TRADECAST_SMALL_WRITES")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(300);
    let (folder, store) = store();
    let begun = Instant::now();
    for k in 0..writes {
        let month = format!("{}-{:02}", 1000 + k / 12, k % 12 + 1);
        store
            .append(
                figures(&[(&month, &k.to_string(), "")]),
                Some(&format!("w{k}")),
                None,
            )
            .unwrap();
    }
    let written = begun.elapsed();
    let begun = Instant::now();
    let opened = Store::open(folder.path().to_str().unwrap()).unwrap();
    let open = begun.elapsed();
    let begun = Instant::now();
    let view = view(&snapshot(&opened, None), None);
    let read = begun.elapsed();
    let (_, parts) = opened.data_files(None).unwrap();
    println!(
        "{writes} small writes in {written:.2?} ({:.2?} each); {} files; opened in {open:.2?}, read in {read:.2?}",
        written / writes,
        parts.len()
    );
    assert_eq!(view.len(), writes as usize);
    assert!(
        view.iter()
            .enumerate()
            .all(|(k, value)| (value - k as f64).abs() < 1e-9)
    );
    assert!(parts.len() < 250, "{} files", parts.len());
    // Opening reads the log from the last checkpoint on.
    let hint = std::fs::read_to_string(folder.path().join("_delta_log/_last_checkpoint"));
    let hint: serde_json::Value = serde_json::from_str(&hint.unwrap()).unwrap();
    let behind = opened.version() - hint["version"].as_u64().unwrap();
    assert!(
        behind <= 100,
        "{behind} versions behind the last checkpoint"
    );
}

/// The values in thousand millions of what was published of the trade with Central Asia, as a view
/// shows them.
fn published(store: &Store, day: Option<&str>) -> Vec<f64> {
    let vintage = day.map_or(Vintage::Latest, |day| {
        Vintage::AsOf(parse_date(day).unwrap())
    });
    let snapshot = snapshot(store, None);
    let mut values: Vec<f64> = snapshot.published(vintage).map(|r| r.value / 1e9).collect();
    values.sort_by(f64::total_cmp);
    values
}

#[test]
fn a_published_figure_that_comes_later_moves_no_earlier_day() {
    let (_folder, store) = store();
    let told = |value: u32, status: &str, source: &str| {
        let row = format!("release,CHN,CA5,T,TOTAL,level,2024,{value},CNY bn,{status},,{source}\n");
        store.append(text(&row), None, None).unwrap();
    };
    told(674, "published", "table");
    let before = ["2025-06-14", "2026-01-01"];
    assert_eq!(published(&store, Some(before[0])), [674.0]);
    // Revised by whom it may be, in whichever words: nobody knew of it before it came.
    told(680, "published", "table");
    told(690, "revised", "table");
    told(700, "published", "another table");
    for day in before {
        assert_eq!(published(&store, Some(day)), [674.0], "{day}");
    }
    assert_eq!(published(&store, None), [674.0, 680.0, 690.0, 700.0]);
    // A figure of another year is no revision of this one.
    let row = "release,CHN,CA5,T,TOTAL,level,2023,600,CNY bn,published,,later\n";
    store.append(text(row), None, None).unwrap();
    assert_eq!(published(&store, Some(before[0])), [600.0, 674.0]);
}

/// The figure with a stated day stands, whenever a coarser one without a day comes; and a day that
/// is not stated gives way to one that is.
#[test]
fn a_stated_day_counts_more_than_the_day_a_figure_came() {
    use crate::growth::published::PublishedFigures;
    let stands = |rows: &[&str]| {
        let (_folder, store) = store();
        for row in rows {
            let row = format!("release,CHN,CA5,T,TOTAL,level,2024,{row}\n");
            store.append(text(&row), None, None).unwrap();
        }
        let snapshot = snapshot(&store, None);
        let published = PublishedFigures::new(snapshot.published(Vintage::Latest));
        let about = snapshot.all_releases()[0].clone();
        let figure = published.figure(&about.key, about.measure, about.span);
        figure.unwrap().value / 1e9
    };
    let official = "674.15,CNY bn,published,2025-01-20,customs";
    let press = "674,CNY bn,published,,press";
    assert_eq!(stands(&[official, press]), 674.15);
    assert_eq!(stands(&[press, official]), 674.15);
    // Of two that state none the finer; of two as fine that which came later.
    assert_eq!(stands(&["674.15,CNY bn,published,,b", press]), 674.15);
    assert_eq!(
        stands(&["680,CNY bn,published,,z", "690,CNY bn,published,,a"]),
        690.0
    );
    // The press's own later word, with a day before this one came, takes the place of what had
    // none, whatever others said first.
    let revised = "680,CNY bn,published,,b";
    let dated = "690,CNY bn,published,2025-11-10,b";
    assert_eq!(stands(&[press, revised, dated]), 690.0);
}

#[test]
fn a_rate_that_is_replaced_moves_no_earlier_day() {
    let (_folder, store) = store();
    let month = Month::parse("2025-03").unwrap();
    let told = |value: f64| {
        let mut rates = crate::ingest::ExchangeRates::default();
        rates.insert(Currency::CNY, Currency::USD, month, value);
        let figures = FigureBatch::of_rates(Path::new("rates.csv"), &rates).unwrap();
        store.append(figures, None, None).unwrap();
    };
    told(7.25);
    told(9.5);
    told(9.9);
    let rate = |snapshot: &Snapshot, day: Option<&str>| {
        let vintage = day.map_or(Vintage::Latest, |day| {
            Vintage::AsOf(parse_date(day).unwrap())
        });
        snapshot
            .rates(vintage)
            .rate(Currency::CNY, Currency::USD, month)
            .unwrap()
    };
    let all = snapshot(&store, None);
    assert_eq!(rate(&all, None), 9.9);
    assert_eq!(rate(&all, Some("2025-06-14")), 7.25);
    assert_eq!(rate(&snapshot(&store, Some(1)), None), 7.25);
    // One that was made of another is replaced by one that is told.
    let mut inverse = crate::ingest::ExchangeRates::default();
    inverse.insert(Currency::USD, Currency::CNY, month, 0.2);
    let inverse = FigureBatch::of_rates(Path::new("rates.csv"), &inverse).unwrap();
    store.append(inverse, None, None).unwrap();
    let all = snapshot(&store, None);
    let back = |vintage| all.rates(vintage).rate(Currency::USD, Currency::CNY, month);
    let day = parse_date("2025-06-14").unwrap();
    assert_eq!(back(Vintage::Latest), Some(0.2));
    assert_eq!(back(Vintage::AsOf(day)), Some(1.0 / 7.25));
    // Who follows the store goes on to know.
    store
        .append(figures(&[("2025-03", "1", "")]), None, None)
        .unwrap();
    let next = store.read_since(Some(4)).unwrap();
    assert!(!next.is_whole());
    assert_eq!(rate(&all.after(next).unwrap(), Some("2025-06-14")), 7.25);
}

/// Of two tellings that one after the other are acknowledged the later stands, also where the first
/// one's clock was five minutes fast.
#[test]
fn the_later_commit_stands_whatever_the_clocks_say() {
    let (folder, store) = store();
    let fast = super::columns::now_micros() + 300_000_000;
    store.lock().ingested_at = fast;
    store
        .append(figures(&[("2024-01", "10", "")]), None, None)
        .unwrap();
    let other = Store::open(folder.path().to_str().unwrap()).unwrap();
    other
        .append(figures(&[("2024-01", "11", "")]), None, None)
        .unwrap();
    assert_eq!(view(&snapshot(&other, None), None), [11.0]);
}

/// A bucket that is asked again after a broken answer says that the commit is there, though it is
/// this call's.
#[test]
fn a_commit_that_got_through_at_the_first_try_is_no_others() {
    use super::backend::CreateOutcome;
    use super::log::{commit_name, lines};
    let (_folder, store) = store();
    let actions = |name: &'static str| {
        move |version: u64| {
            vec![
                serde_json::json!({"commitInfo": {"readVersion": version - 1, "tradecast": {"request": "r"}}}),
                serde_json::json!({"add": {"path": name, "dataChange": true}}),
            ]
        }
    };
    let put = |name| {
        let entry = lines(&actions(name)(1));
        let created = store.backend.create(&commit_name(1), entry).unwrap();
        assert_eq!(created, CreateOutcome::Created);
    };
    let same = |changed: &super::StoreChange, _: &[serde_json::Value]| {
        changed.request.as_deref() == Some("r")
    };
    put("mine.parquet");
    let done = store.commit(actions("mine.parquet"), None, Some("r"), same);
    assert_eq!(done.unwrap(), Ok(1));
    // One of another file is another's.
    *store.lock() = super::table::TableState::default();
    let done = store.commit(actions("other.parquet"), None, Some("r"), same);
    assert_eq!(done.unwrap(), Err(1));
}

#[test]
fn files_that_were_merged_meanwhile_are_not_merged_again() {
    let (folder, store) = store();
    for k in 1..=4 {
        let month = format!("2024-0{k}");
        let row = figures(&[(&month, &k.to_string(), "")]);
        store.append(row, None, None).unwrap();
    }
    let (version, group) = store.data_files(None).unwrap();
    let other = Store::open(folder.path().to_str().unwrap()).unwrap();
    assert_eq!(other.compact().unwrap().merged, 4);
    // This handle has seen the other's merge since it looked for what to merge.
    store.catch_up().unwrap();
    assert_eq!(store.merge(&group, version).unwrap(), None);
    let check = store.check().unwrap();
    assert!(check.is_sound() && check.unclaimed.is_empty(), "{check:?}");
    assert_eq!((check.files, check.figures), (1, 4));
}

/// A file that another program wrote is read, and left as it is where files are merged.
#[test]
fn files_of_other_programs_are_not_merged() {
    use deltalake_core::parquet::arrow::ArrowWriter;
    use deltalake_core::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
    let (folder, store) = store();
    for k in 1..=4 {
        let month = format!("2024-0{k}");
        let row = figures(&[(&month, &k.to_string(), "")]);
        store.append(row, None, None).unwrap();
    }
    // The last file, written anew by the format's own writer.
    let (_, parts) = store.data_files(Some(4)).unwrap();
    let (_, before) = store.data_files(Some(3)).unwrap();
    let last = parts.iter().find(|part| !before.contains(part)).unwrap();
    let file = folder.path().join(&last.name);
    let reader = std::fs::File::open(&file).unwrap();
    let reader = ParquetRecordBatchReaderBuilder::try_new(reader).unwrap();
    let batches: Vec<_> = reader.build().unwrap().map(Result::unwrap).collect();
    std::fs::remove_file(&file).unwrap();
    let out = std::fs::File::create(&file).unwrap();
    let mut writer = ArrowWriter::try_new(out, batches[0].schema(), None).unwrap();
    batches
        .iter()
        .for_each(|batch| writer.write(batch).unwrap());
    writer.close().unwrap();

    let done = store.compact().unwrap();
    assert_eq!((done.merged, done.figures), (3, 3));
    let (_, parts) = store.data_files(None).unwrap();
    assert!(parts.iter().any(|part| part.name == last.name));
    assert_eq!(view(&snapshot(&store, None), None), [1.0, 2.0, 3.0, 4.0]);
}

#[test]
fn what_is_broken_is_told() {
    let (folder, store) = store();
    for k in 1..=3 {
        let month = format!("2024-0{k}");
        let row = figures(&[(&month, &k.to_string(), "")]);
        store.append(row, None, None).unwrap();
    }
    assert!(store.check().unwrap().is_sound());
    let (_, parts) = store.data_files(None).unwrap();
    let at = |k: usize| folder.path().join(&parts[k].name);
    std::fs::remove_file(at(0)).unwrap();
    let bytes = std::fs::read(at(1)).unwrap();
    std::fs::write(at(1), &bytes[..bytes.len() / 2]).unwrap();
    let check = store.check().unwrap();
    assert!(!check.is_sound());
    assert_eq!(check.broken.len(), 2, "{:?}", check.broken);
    for (told, part) in check.broken.iter().zip(&parts) {
        assert!(told.contains(&part.name), "{told}");
    }
    // Behind a checkpoint the table opens without the entries that it sums up; that one is gone is
    // told all the same.
    let (folder, store) = self::store();
    store
        .append(figures(&[("2024-01", "1", "")]), None, None)
        .unwrap();
    store.compact().unwrap();
    let entry = folder.path().join(super::log::commit_name(0));
    std::fs::remove_file(entry).unwrap();
    let check = store.check().unwrap();
    assert_eq!(check.missing_versions, [0]);
    assert!(!check.is_sound());
}

/// A Delta table whose first commit is that of a store with `from` replaced by `to`; why it is
/// refused.
fn refused(from: &str, to: &str) -> String {
    let (folder, store) = store();
    drop(store);
    let log = folder.path().join(super::log::commit_name(0));
    let ours = std::fs::read_to_string(&log).unwrap();
    let other = ours.replace(from, to);
    assert_ne!(ours, other);
    std::fs::write(&log, other).unwrap();
    let place = folder.path().to_str().unwrap();
    let error = Store::open(place).unwrap_err();
    assert!(matches!(error, StoreError::Foreign { .. }), "{error}");
    error.to_string()
}

#[test]
fn a_table_of_other_columns_is_refused() {
    for kind in ["double", "integer", "date", "timestamp"] {
        let quoted = format!(r#"\"{kind}\""#);
        let error = refused(&quoted, r#"\"string\""#);
        let expected = format!("is of type string, expected {kind}");
        assert!(error.ends_with(&expected), "{error}");
    }
    let error = refused(r#"\"name\":\"value\""#, r#"\"name\":\"worth\""#);
    assert!(error.ends_with("it has no column `value`"), "{error}");
    let error = refused(
        r#""partitionColumns":[]"#,
        r#""partitionColumns":["bucket"]"#,
    );
    assert!(
        error.ends_with("it is partitioned by \"bucket\", expected no partitions"),
        "{error}"
    );
    let error = refused(
        r#""minReaderVersion":1,"minWriterVersion":2"#,
        r#""minReaderVersion":3,"minWriterVersion":7,"readerFeatures":["deletionVectors"],"writerFeatures":["deletionVectors"]"#,
    );
    assert!(
        error.contains("it needs the feature `deletionVectors`"),
        "{error}"
    );
}

#[test]
fn a_store_that_is_read_is_not_made() {
    let folder = tempfile::tempdir().unwrap();
    let mistyped = folder.path().join("stroe");
    let place = mistyped.to_str().unwrap();
    let error = Store::open(place).unwrap_err();
    assert!(matches!(error, StoreError::Missing { .. }), "{error}");
    assert!(!mistyped.exists());
    Store::open_or_create(place).unwrap();
    assert_eq!(Store::open(place).unwrap().version(), 0);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    /// Who follows the store from commit to commit sees what one sees who reads it whole.
    #[test]
    fn what_is_read_since_a_version_makes_the_same_as_all(
        batches in proptest::collection::vec(
            (
                proptest::collection::btree_map(
                    (0..5_usize, 1..9_u32),
                    (1..4_u32, proptest::option::of(0..50_u32), proptest::bool::weighted(0.2)),
                    1..5,
                ),
                // A batch of one in eight brings a rate, too; after one in four the files are
                // merged; one in three is passed over by who follows.
                (0..8_u32, 0..4_u32, 0..3_u32),
            ),
            1..8,
        ),
    ) {
        let (folder, store) = store();
        let mut followed = snapshot(&store, None);
        let reader = Store::open(folder.path().to_str().unwrap()).unwrap();
        let mut is_rated = false;
        for (rows, (rated, merged, passed_over)) in &batches {
            // Of one series and quarter a batch may tell two things, which it is refused for.
            if store.append(batch(rows), None, None).is_err() {
                continue;
            }
            if *rated == 0 {
                let mut rates = crate::ingest::ExchangeRates::default();
                let (euro, dollar) = (Currency::parse("EUR").unwrap(), Currency::parse("USD").unwrap());
                rates.insert(dollar, euro, Month::new(2024, 1).unwrap(), f64::from(store.version() as u32));
                store.append(FigureBatch::of_rates(Path::new("r.csv"), &rates).unwrap(), None, None).unwrap();
                is_rated = true;
            }
            if *merged == 0 {
                store.compact().unwrap();
            }
            if *passed_over == 0 {
                continue;
            }
            let news = reader.read_since(followed.version()).unwrap();
            prop_assert_eq!(news.is_whole(), is_rated);
            followed = followed.after(news).unwrap();
            is_rated = false;
            let whole = snapshot(&store, None);
            prop_assert_eq!(followed.version(), whole.version());
            prop_assert_eq!(shown(&followed), shown(&whole));
        }
    }

    /// A month long before all others is in the table and not in the view, which has room for every
    /// month between.
    #[test]
    fn a_view_begins_behind_a_gap_too_long_for_a_series(years in 1..900_i32) {
        let (_folder, store) = store();
        let month = |year: i32| format!("{year}-01");
        store.append(figures(&[("2024-01", "100", ""), ("2024-02", "101", "")]), None, None).unwrap();
        store.append(figures(&[(&month(2024 - years), "99", "2024-03-01")]), None, None).unwrap();
        let snapshot = snapshot(&store, None);
        let (_, series) = snapshot.series("USA.CHN.M.TOTAL.USD", Vintage::Latest).unwrap();
        let shown = series.values().iter().filter(|value| !value.is_nan()).count();
        // Between months 50 years apart are 599, between those 51 years apart 611.
        prop_assert_eq!(shown, if years <= 50 { 3 } else { 2 });
        prop_assert!(series.values().len() <= 602);
    }

    /// A figure that does not say when it became public gives way to one that came later, whether
    /// that was public before the presumed day (45 days after the month for the United States) or
    /// after it.
    #[test]
    fn what_came_later_with_a_day_replaces_what_has_none(
        delay in -20..200_i64,
        tellings in 1..4_usize,
        compact in any::<bool>(),
    ) {
        let (_folder, store) = store();
        for _ in 0..tellings {
            store.append(figures(&[("2024-01", "100", "")]), None, None).unwrap();
        }
        let day = parse_date("2024-01-31").unwrap().saturating_add(time::Duration::days(delay));
        store.append(figures(&[("2024-01", "110", &day.to_string())]), None, None).unwrap();
        let release = |value: &str, day: &str| {
            text(&format!("release,CHN,KAZ,T,TOTAL,level,2024-01-01/P2M,{value},USD mn,p,{day},s\n"))
        };
        for _ in 0..tellings {
            store.append(release("200", ""), None, None).unwrap();
        }
        store.append(release("210", &day.to_string()), None, None).unwrap();
        if compact {
            store.compact().unwrap();
        }
        let snapshot = snapshot(&store, None);
        for (vintage, expected) in [
            (Vintage::Latest, 110e6),
            (Vintage::AsOf(day), 110e6),
            (Vintage::AsOf(day.saturating_add(time::Duration::days(400))), 110e6),
        ] {
            let (_, series) = snapshot.series("USA.CHN.M.TOTAL.USD", vintage).unwrap();
            prop_assert_eq!(series.values(), &[expected][..]);
        }
        let of_span = snapshot.all_releases().iter();
        let last = of_span.max_by_key(|release| release.public_on()).unwrap();
        prop_assert_eq!(last.value, 210e6);
    }

    /// Revisions in any order of batches, compacted or not: a view shows of each month the latest
    /// figure released by its day.
    #[test]
    fn a_view_shows_the_latest_release_of_each_month(
        rows in proptest::collection::btree_map((0..6_u32, 0..40_u32), 1..1000_u32, 1..25),
        split in 1..4_usize,
        compact in any::<bool>(),
    ) {
        let (_folder, store) = store();
        let day = |d: u32| parse_date("2024-08-01").unwrap().saturating_add(time::Duration::days(i64::from(d)));
        let rows: Vec<((u32, u32), u32)> = rows.into_iter().collect();
        for part in 0..split {
            let lines: Vec<String> = rows.iter().skip(part).step_by(split).map(|((month, d), value)| {
                format!("observation,USA,CHN,M,TOTAL,level,2024-{:02},{value},USD mn,p,{},s\n", month + 1, day(*d))
            }).collect();
            if !lines.is_empty() {
                store.append(text(&lines.concat()), None, None).unwrap();
            }
        }
        if compact {
            store.compact().unwrap();
        }
        let snapshot = snapshot(&store, None);
        for as_of in 0..41 {
            let expected: Vec<Option<u32>> = (0..6).map(|m| {
                rows.iter().filter(|((month, d), _)| *month == m && *d <= as_of).max_by_key(|((_, d), _)| *d).map(|(_, value)| *value)
            }).collect();
            let told: Vec<Option<u32>> = {
                let (_, series) = snapshot.series("USA.CHN.M.TOTAL.USD", Vintage::AsOf(day(as_of))).unwrap();
                (0..6).map(|m| {
                    let month = crate::trade::Month::new(2024, m + 1).unwrap();
                    series.at(month).map(|value| (value / 1e6).round() as u32)
                }).collect()
            };
            prop_assert_eq!(told, expected, "as of day {}", as_of);
        }
    }
}
