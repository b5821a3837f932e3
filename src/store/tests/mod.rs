//! The store as a whole: what is accepted stays, once, and what was known stays known.

mod commits;
mod contents;
mod imports;
mod revisions;
mod tables;
mod upkeep;
mod wild_rows;

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
