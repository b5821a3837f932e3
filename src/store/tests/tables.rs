//! Tables that are not of trade figures are refused and left alone.

use super::*;

/// A Delta table whose first commit is that of a store with `from` replaced by `to`; why it is
/// refused.
fn refused(from: &str, to: &str) -> String {
    let (folder, store) = store();
    drop(store);
    let log = folder.path().join(crate::store::log::commit_name(0));
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
        concat!(
            r#""minReaderVersion":3,"minWriterVersion":7,"#,
            r#""readerFeatures":["deletionVectors"],"writerFeatures":["deletionVectors"]"#
        ),
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
