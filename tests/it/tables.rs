//! The store as other tools see it: Python's deltalake, Polars and DuckDB open the folder as it is.

use crate::python::python;
use serde_json::{Value, json};
use std::io::Write;
use std::path::Path;
use std::process::Command;
use tradecast::ingest::{InvalidRows, formats};
use tradecast::store::Store;

fn append(store: &Store, rows: &str) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("figures.csv");
    let header =
        "kind,reporter,partner,flow,product,measure,period,value,unit,status,released_on,source\n";
    std::fs::write(&file, format!("{header}{rows}")).unwrap();
    let (_, reading) = formats::read(&file, None, InvalidRows::Refuse).unwrap();
    let figures = reading.figures;
    store.append(figures, None, None).unwrap();
}

/// A row of the table as `tests/clients/tables.py` prints it.
fn row(key: &str, period: &str, start: &str, value: f64, unit: &str, day: Option<&str>) -> Value {
    let months = if period.contains('Q') { 3 } else { 1 };
    json!({
        "kind": if months == 1 { "observation" } else { "release" },
        "key": key,
        "period": period,
        "start": start,
        "months": months,
        "value": value,
        "unit": unit,
        "released_on": day,
        "source": "Census",
    })
}

#[test]
fn other_tools_open_the_table_as_it_is() {
    let Some(python) = python(&["deltalake", "duckdb", "polars", "pyarrow"]) else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let compare = |checks: &[(u64, &[Value])]| {
        let checks = checks
            .iter()
            .map(|(version, rows)| json!({"version": version, "rows": rows}));
        let ran = Command::new(&python)
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients/tables.py"))
            .arg(folder.path())
            .arg(Value::from_iter(checks).to_string())
            .output()
            .unwrap();
        let error = String::from_utf8_lossy(&ran.stderr);
        assert!(ran.status.success(), "{error}");
        print!("{}", String::from_utf8_lossy(&ran.stdout));
        // Report what is skipped, whether the test passes or not.
        let _ = std::io::stderr().write_all(&ran.stderr);
    };
    let store = Store::open_or_create(folder.path().to_str().unwrap()).unwrap();
    let china = "USA.CHN.M.TOTAL.USD";
    append(
        &store,
        "observation,USA,CHN,M,TOTAL,level,2024-01,35.75,USD bn,published,2024-03-07,Census\n\
         release,USA,DEU,X,TOTAL,level,2024-Q1,1.25,USD mn,published,,Census\n",
    );
    let mut rows = vec![
        row(
            china,
            "2024-01",
            "2024-01-01",
            35.75e9,
            "USD bn",
            Some("2024-03-07"),
        ),
        row(
            "USA.DEU.X.TOTAL.USD",
            "2024-Q1",
            "2024-01-01",
            1.25e6,
            "USD mn",
            None,
        ),
    ];
    compare(&[(0, &[]), (1, &rows)]);
    append(
        &store,
        "observation,USA,CHN,M,TOTAL,level,2024-01,36000,USD mn,revised,2024-06-06,Census\n\
         observation,USA,CHN,M,TOTAL,level,2024-12,1,USD,published,2025-02-05,Census\n",
    );
    rows.extend([
        row(
            china,
            "2024-01",
            "2024-01-01",
            36e9,
            "USD mn",
            Some("2024-06-06"),
        ),
        row(
            china,
            "2024-12",
            "2024-12-01",
            1.0,
            "USD",
            Some("2025-02-05"),
        ),
    ]);
    compare(&[(1, &rows[..2]), (2, &rows)]);
    // Both files become one, and a checkpoint sums up the log.
    let compacted = store.compact().unwrap();
    assert_eq!(
        (compacted.merged, compacted.into, compacted.version),
        (2, 1, 3)
    );
    let checkpoint = "_delta_log/00000000000000000003.checkpoint.parquet";
    assert!(folder.path().join(checkpoint).is_file());
    compare(&[(1, &rows[..2]), (2, &rows), (3, &rows)]);
    append(
        &store,
        "observation,USA,MEX,M,TOTAL,level,2024-01,2,USD,published,,Census\n",
    );
    rows.push(row(
        "USA.MEX.M.TOTAL.USD",
        "2024-01",
        "2024-01-01",
        2.0,
        "USD",
        None,
    ));
    compare(&[(2, &rows[..4]), (4, &rows)]);
}
