//! A version of the table, read by Polars into what a catalog is made of.

use super::assemble::{Assembly, Vintages};
use super::columns::day_of;
use super::maintain::Part;
use super::{Store, StoreError, runtime};
use crate::ingest::scan::Scan;
use crate::ingest::{Refusal, Tidy};
use crate::trade::{Measure, Month, Release, SeriesKey, Span};
use object_store::ObjectStoreExt;
use object_store::path::Path as ObjectPath;
use polars::prelude::*;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

/// What a version holds.
#[derive(Debug)]
pub struct Loaded {
    /// The version.
    pub version: u64,
    /// The figures that stand, and all published ones.
    pub tidy: Tidy,
    /// When figures became public, and those that were replaced.
    pub vintages: Vintages,
}

/// The columns that are read, in the order of [`take`]'s.
const WANTED: [&str; 15] = [
    "kind",
    "reporter",
    "partner",
    "flow",
    "product",
    "currency",
    "first_month",
    "months",
    "value",
    "released_on",
    "ingested_at",
    "source",
    "measure",
    "rounding",
    "status",
];

impl Store {
    /// Reads what the store held at `version`, or holds now. Which files hold a figure, and in which order they came to lie, makes no difference to what is read.
    ///
    /// # Errors
    /// There is no such version, or a file of it cannot be read.
    pub fn read(&self, version: Option<u64>) -> Result<Loaded, StoreError> {
        self.catch_up()?;
        let latest = self.version();
        if let Some(asked) = version.filter(|version| *version > latest) {
            return Err(StoreError::NoVersion { asked, latest });
        }
        let (version, parts) = self.parts(version)?;
        let rows: u64 = parts.iter().map(|part| part.rows).sum();
        let room = usize::try_from(rows).unwrap_or(0);
        let assembly = Arc::new(Mutex::new(Assembly::with_room(room)));
        for part in &parts {
            let (file, fetched) = self.local(part)?;
            let (sink, path) = (Arc::clone(&assembly), file.clone());
            Scan::open(&file)?.stream(&WANTED, move |batch, first_row| {
                let mut assembly = sink.lock().unwrap_or_else(PoisonError::into_inner);
                take(batch, &mut assembly).map_err(|(k, reason)| {
                    Refusal {
                        file: path.clone(),
                        row: k.map(|k| first_row + k as u64),
                        column: None,
                        value: None,
                        expected: reason,
                    }
                    .into()
                })
            })?;
            drop(fetched);
        }
        let assembly =
            std::mem::take(&mut *assembly.lock().unwrap_or_else(PoisonError::into_inner));
        let (tidy, vintages) = assembly.finish();
        Ok(Loaded {
            version,
            tidy,
            vintages,
        })
    }

    /// A part as a file of this machine; that of a bucket is fetched, and gone once the second is dropped.
    fn local(&self, part: &Part) -> Result<(PathBuf, Option<tempfile::TempDir>), StoreError> {
        if let Some(folder) = self.place.folder() {
            return Ok((folder.join(&part.name), None));
        }
        let failed = |reason: String| StoreError::File {
            file: format!("{}/{}", self.place(), part.name),
            reason,
        };
        let (objects, path) = (self.place.objects(), ObjectPath::from(part.name.as_str()));
        let bytes = runtime()?
            .block_on(async move { objects.get(&path).await?.bytes().await })
            .map_err(|error| failed(error.to_string()))?;
        let folder = tempfile::tempdir().map_err(|error| failed(error.to_string()))?;
        let file = folder.path().join("part.parquet");
        std::fs::write(&file, bytes).map_err(|error| failed(error.to_string()))?;
        Ok((file, Some(folder)))
    }
}

/// Adds the rows of a batch. A row that cannot be is told by its place.
fn take(batch: &DataFrame, assembly: &mut Assembly) -> Result<(), (Option<usize>, String)> {
    let whole = |error: PolarsError| (None, error.to_string());
    let columns = batch.columns();
    let text = |c: usize| columns[c].str().map_err(whole);
    let whole_number = |c: usize| columns[c].i32().map_err(whole);
    let kind = text(0)?;
    let parts = [text(1)?, text(2)?, text(3)?, text(4)?, text(5)?];
    let (first, months) = (whole_number(6)?, whole_number(7)?);
    let value = columns[8].f64().map_err(whole)?;
    let released = columns[9].date().map_err(whole)?.physical();
    let moments = columns[10].datetime().map_err(whole)?.physical();
    let (source, measure) = (text(11)?, text(12)?);
    let rounding = columns[13].f64().map_err(whole)?;
    let status = text(14)?;
    // Rows of one series follow each other, and of one batch, too.
    let mut series: Option<([&str; 5], SeriesKey, u32)> = None;
    let mut moment: Option<(i64, u32)> = None;
    for k in 0..batch.height() {
        let wrong = |what: &str| (Some(k), format!("expected {what}"));
        let names = parts.map(|part| part.get(k).unwrap_or_default());
        if series.as_ref().is_none_or(|(seen, ..)| *seen != names) {
            let key = SeriesKey::parse(&names.join("."));
            let key = key.map_err(|error| (Some(k), error.to_string()))?;
            series = Some((names, key, u32::MAX));
        }
        let Some((_, key, number)) = series.as_mut() else {
            continue;
        };
        let month = first.get(k).and_then(Month::from_index);
        let month = month.ok_or_else(|| wrong("a first month"))?;
        let came = moments.get(k).unwrap_or(0);
        match kind.get(k) {
            Some("observation") => {
                let begins = *number == u32::MAX;
                if begins {
                    *number = assembly.series(key.clone());
                }
                let (stamp, changes) = match moment {
                    Some((at, stamp)) if at == came => (stamp, false),
                    _ => (assembly.moment(came), true),
                };
                moment = Some((came, stamp));
                if begins || changes {
                    let source = source.get(k).unwrap_or_default();
                    assembly.source(*number, came, month, source);
                }
                let value = value.get(k).unwrap_or(f64::NAN);
                assembly.observe(*number, month, value, released.get(k), stamp);
            }
            Some("release") => {
                let span = months.get(k).and_then(|months| Span::new(month, months));
                let release = Release {
                    key: key.clone(),
                    span: span.ok_or_else(|| wrong("a number of months"))?,
                    measure: measure
                        .get(k)
                        .and_then(Measure::parse)
                        .ok_or_else(|| wrong("a measure"))?,
                    value: value.get(k).ok_or_else(|| wrong("a value"))?,
                    rounding: rounding.get(k).unwrap_or(0.0),
                    released_on: released.get(k).and_then(day_of),
                    status: status.get(k).unwrap_or_default().to_owned(),
                    source: source.get(k).unwrap_or_default().to_owned(),
                };
                assembly.publish(release, came);
            }
            Some("rate") => {
                let value = value.get(k).ok_or_else(|| wrong("a value"))?;
                assembly.rate(key.clone(), month, value, came);
            }
            _ => return Err(wrong("a row of kind observation, release or rate")),
        }
    }
    Ok(())
}
