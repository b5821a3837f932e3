//! Merges, checkpoints and checks change no figure.

use super::*;

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
        std::fs::remove_file(folder.path().join(crate::store::log::commit_name(version))).unwrap();
    }
    let again = Store::open(folder.path().to_str().unwrap()).unwrap();
    assert_eq!(again.version(), store.version());
    assert_eq!(view(&snapshot(&again, None), None), [10.0, 10.0, 10.0]);
    let repeated = again.append(figures(&[("2024-01", "10", "")]), Some("2024-01"), None);
    assert!(repeated.unwrap().repeated, "requests are summed up, too");
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
fn what_is_broken_is_reported() {
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
    for (problem, part) in check.broken.iter().zip(&parts) {
        assert!(problem.contains(&part.name), "{problem}");
    }
    // Behind a checkpoint the table opens without the entries that it sums up; that one is gone is
    // reported all the same.
    let (folder, store) = super::store();
    store
        .append(figures(&[("2024-01", "1", "")]), None, None)
        .unwrap();
    store.compact().unwrap();
    let entry = folder.path().join(crate::store::log::commit_name(0));
    std::fs::remove_file(entry).unwrap();
    let check = store.check().unwrap();
    assert_eq!(check.missing_versions, [0]);
    assert!(!check.is_sound());
}
