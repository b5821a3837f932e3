//! What is accepted is there once, whatever happens to the writer.

use super::*;

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
fn contradicting_rows_are_refused_and_nothing_is_kept() {
    let (_folder, store) = store();
    let mut twice = figures(&[("2024-01", "10", ""), ("2024-02", "1", "")]);
    twice.append(figures(&[("2024-01", "11", "")]));
    let error = store.append(twice, None, None).unwrap_err().to_string();
    assert_eq!(
        error,
        "a.csv, row 2, column `period`, value `2024-01`: expected a figure for 2024-01 that series \
         `USA.CHN.M.TOTAL.USD` does not have yet; row 2 gives it already"
    );
    assert_eq!(store.version(), 0);
    assert!(store.check().unwrap().unclaimed.is_empty());
}

#[test]
fn files_of_a_killed_writer_are_reported_and_do_no_harm() {
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

/// Of two figures that are acknowledged one after the other the later stands, also where the first
/// one's clock was five minutes fast.
#[test]
fn the_later_commit_stands_whatever_the_clocks_say() {
    let (folder, store) = store();
    let fast = crate::store::columns::now_micros() + 300_000_000;
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
    use crate::store::backend::CreateOutcome;
    use crate::store::log::{commit_name, lines};
    let (_folder, store) = store();
    let actions = |name: &'static str| {
        move |version: u64| {
            vec![
                serde_json::json!({"commitInfo": {
                    "readVersion": version - 1,
                    "tradecast": {"request": "r"},
                }}),
                serde_json::json!({"add": {"path": name, "dataChange": true}}),
            ]
        }
    };
    let put = |name| {
        let entry = lines(&actions(name)(1));
        let created = store.backend.create(&commit_name(1), entry).unwrap();
        assert_eq!(created, CreateOutcome::Created);
    };
    let same = |changed: &crate::store::StoreChange, _: &[serde_json::Value]| {
        changed.request.as_deref() == Some("r")
    };
    put("mine.parquet");
    let done = store.commit(actions("mine.parquet"), None, Some("r"), same);
    assert_eq!(done.unwrap(), Ok(1));
    // One of another file is another's.
    *store.lock() = crate::store::table::TableState::default();
    let done = store.commit(actions("other.parquet"), None, Some("r"), same);
    assert_eq!(done.unwrap(), Err(1));
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
        // Two partners by turns, from 1500 on: years before may be of another calendar.
        let (partner, at) = (["CHN", "MEX"][k as usize % 2], k / 2);
        let month = format!("{}-{:02}", 1500 + at / 12, at % 12 + 1);
        let row = format!(
            "observation,USA,{partner},M,TOTAL,level,{month},{k},USD mn,published,,Census\n"
        );
        store
            .append(text(&row), Some(&format!("w{k}")), None)
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
        "{writes} small writes in {written:.2?} ({:.2?} each); {} files; \
         opened in {open:.2?}, read in {read:.2?}",
        written / writes,
        parts.len()
    );
    assert_eq!(view.len(), writes.div_ceil(2) as usize);
    assert!(
        view.iter()
            .enumerate()
            .all(|(at, value)| (value - 2.0 * at as f64).abs() < 1e-9)
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
