//! Opens a CSV file as a lazy Polars frame, or a Parquet file, and streams it in batches, in order.

use super::parquet::Head;
use super::{IngestError, Refusal};
use polars::prelude::*;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

/// A file that is open for scanning, and the names of its columns.
pub struct Scan {
    file: PathBuf,
    source: Source,
    names: Vec<String>,
}

enum Source {
    Text(Box<LazyFrame>),
    Parquet(Head),
}

impl std::fmt::Debug for Scan {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Scan")
            .field("file", &self.file)
            .field("names", &self.names)
            .finish_non_exhaustive()
    }
}

impl Scan {
    /// Opens `file`; a name that ends in `.parquet` or `.pq` is read as Parquet, any other as CSV with a header, every column as
    /// text, so that a refusal can show the value as it stands in the file.
    ///
    /// # Errors
    /// [`IngestError::Io`] where the file cannot be opened, [`IngestError::Format`] where its head makes no sense.
    pub fn open(file: &Path) -> Result<Self, IngestError> {
        // Polars opens lazily; asking the system first gives its own clear reason for a missing file, and a pipe is not opened twice.
        let io = |source| IngestError::Io {
            file: file.to_owned(),
            source,
        };
        if !std::fs::metadata(file).map_err(io)?.is_file() {
            return Err(io(std::io::Error::new(
                std::io::ErrorKind::InvalidInput,
                "it is no regular file",
            )));
        }
        std::fs::File::open(file).map_err(io)?;
        let parquet = file
            .extension()
            .is_some_and(|e| e.eq_ignore_ascii_case("parquet") || e.eq_ignore_ascii_case("pq"));
        let (source, names) = if parquet {
            let head = Head::read(file).map_err(|reason| not_parquet(file, reason))?;
            let names = head.names().map(ToOwned::to_owned).collect();
            (Source::Parquet(head), names)
        } else {
            let (frame, schema) =
                caught(|| open_lazily(file)).map_err(|error| unreadable(file, &error))?;
            let name = |name: &PlSmallStr| name.trim_start_matches('\u{feff}').to_string();
            (
                Source::Text(Box::new(frame)),
                schema.iter_names().map(name).collect(),
            )
        };
        Ok(Self {
            file: file.to_owned(),
            source,
            names,
        })
    }

    /// The names of the columns, in order.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Whether the file is text (CSV), so that every column is.
    pub fn is_text(&self) -> bool {
        matches!(self.source, Source::Text(_))
    }

    fn header_rows(&self) -> u64 {
        u64::from(self.is_text())
    }

    /// The file.
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// Streams the columns `wanted` (which must exist) in batches and in order; `take` gets a batch and the row number of its
    /// first row and stops the scan with an error.
    ///
    /// # Errors
    /// What `take` gives, or [`IngestError::Format`] where a part of the file makes no sense.
    pub fn stream<F>(self, wanted: &[&str], mut take: F) -> Result<(), IngestError>
    where
        F: FnMut(&DataFrame, u64) -> Result<(), IngestError> + Send + 'static,
    {
        let place = |name: &&str| self.names.iter().position(|n| n == name).unwrap_or(0);
        let places: Vec<usize> = wanted.iter().map(place).collect();
        let first_row = self.header_rows() + 1;
        let frame = match self.source {
            Source::Text(frame) => *frame,
            Source::Parquet(head) => {
                let broken = |reason| not_parquet(&self.file, reason);
                let mut row = first_row;
                for frame in head.frames(&self.file, &places, wanted).map_err(broken)? {
                    let frame = frame.map_err(broken)?;
                    take(&frame, row)?;
                    row += frame.height() as u64;
                }
                return Ok(());
            }
        };
        let columns: Vec<Expr> = places
            .iter()
            .zip(wanted)
            .map(|(at, name)| nth(i64::try_from(*at).unwrap_or(0)).as_expr().alias(*name))
            .collect();
        let failure: Arc<Mutex<Option<IngestError>>> = Arc::default();
        let seen = Arc::clone(&failure);
        let state = Mutex::new((first_row, take));
        let callback = PlanCallback::new(move |batch: DataFrame| {
            let mut state = state
                .lock()
                .map_err(|_| polars_err!(ComputeError: "an earlier batch failed"))?;
            let (row, take) = &mut *state;
            match take(&batch, *row) {
                Ok(()) => {
                    *row += batch.height() as u64;
                    Ok(false)
                }
                Err(error) => {
                    if let Ok(mut slot) = seen.lock() {
                        slot.get_or_insert(error);
                    }
                    Ok(true)
                }
            }
        });
        let scan = || {
            let sink = frame.select(columns).sink_batches(callback, true, None);
            sink.and_then(|sink| sink.collect_with_engine(Engine::Streaming))
        };
        let done = caught(scan);
        if let Some(error) = failure.lock().ok().and_then(|mut slot| slot.take()) {
            return Err(error);
        }
        done.map(drop).map_err(|error| {
            let bad_row = first_bad_row(&self.file);
            bad_row.map_or_else(|| unreadable(&self.file, &error), IngestError::from)
        })
    }

    /// Finds each of `names` among the columns, whatever their case.
    ///
    /// # Errors
    /// A refusal that names the missing column and those that are there.
    pub fn require(&self, names: &[&str]) -> Result<Vec<String>, IngestError> {
        names
            .iter()
            .map(|name| self.column(name).ok_or_else(|| self.missing(name)))
            .collect()
    }

    /// The name in the file of the column called `name`, whatever its case.
    pub fn column(&self, name: &str) -> Option<String> {
        let exact = self.names.iter().find(|n| *n == name);
        exact
            .or_else(|| self.names.iter().find(|n| n.eq_ignore_ascii_case(name)))
            .cloned()
    }

    fn missing(&self, name: &str) -> IngestError {
        Refusal {
            file: self.file.clone(),
            row: self.is_text().then_some(1),
            column: Some(name.to_owned()),
            value: None,
            expected: format!(
                "this column is needed; the file has {}",
                self.names.join(", ")
            ),
        }
        .into()
    }
}

/// What `read` gives; a panic of Polars' is the file's fault.
fn caught<T>(read: impl FnOnce() -> PolarsResult<T>) -> PolarsResult<T> {
    let damaged = "it is damaged, or packed in a way that is not known";
    let panicked = |_| Err(PolarsError::ComputeError(damaged.into()));
    catch_unwind(AssertUnwindSafe(read)).unwrap_or_else(panicked)
}

/// The lazy frame of a CSV file, and its columns.
fn open_lazily(file: &Path) -> PolarsResult<(LazyFrame, SchemaRef)> {
    let path = PlRefPath::try_from_path(file)?;
    // An empty cell stays an empty text; so becomes a cell that a short row does not have.
    let reader = LazyCsvReader::new(path)
        .with_has_header(true)
        .with_infer_schema_length(Some(0));
    let mut frame = reader
        .with_missing_is_null(false)
        .with_glob(false)
        .finish()?;
    let schema = frame.collect_schema()?;
    Ok((frame, schema))
}

/// The first row of a CSV file with another number of cells than its header, or with bytes that are no UTF-8 text: Polars refuses such a file without
/// saying where.
fn first_bad_row(file: &Path) -> Option<Refusal> {
    let mut reader = csv::ReaderBuilder::new().from_path(file).ok()?;
    // Records are counted from the header on once it has been read.
    reader.byte_headers().ok()?;
    let refuse = |row: u64, expected: String| {
        Some(Refusal {
            file: file.to_owned(),
            row: Some(row),
            column: None,
            value: None,
            expected,
        })
    };
    for record in reader.records() {
        match record.map_err(|error| error.into_kind()) {
            Ok(_) => {}
            Err(csv::ErrorKind::UnequalLengths {
                pos,
                expected_len,
                len,
            }) => {
                return refuse(
                    pos?.record() + 1,
                    format!("expected {expected_len} cells, not {len}"),
                );
            }
            Err(csv::ErrorKind::Utf8 { pos, .. }) => {
                return refuse(pos?.record() + 1, "expected UTF-8 text".to_owned());
            }
            Err(_) => return None,
        }
    }
    None
}

/// Polars' reason, cut to its first line: what follows there are hints about Polars' own options.
fn unreadable(file: &Path, error: &PolarsError) -> IngestError {
    let text = error.to_string();
    let reason = text
        .lines()
        .find(|line| !line.trim().is_empty())
        .unwrap_or("unknown reason")
        .to_owned();
    IngestError::Format {
        file: file.to_owned(),
        format: "CSV",
        reason,
    }
}

fn not_parquet(file: &Path, reason: String) -> IngestError {
    IngestError::Format {
        file: file.to_owned(),
        format: "Parquet",
        reason,
    }
}

/// The columns of a batch as text, each cell borrowed.
///
/// # Errors
/// A refusal of a column that cannot be read as text.
pub(super) fn text_columns(
    batch: &DataFrame,
    file: &Path,
    names: &[String],
) -> Result<Vec<StringChunked>, IngestError> {
    let text = |(column, name): (&Column, &String)| {
        column
            .cast(&DataType::String)
            .and_then(|c| c.str().cloned())
            .map_err(|_| {
                let expected = format!("a column that holds text, not {}", column.dtype());
                Refusal {
                    file: file.to_owned(),
                    row: None,
                    column: Some(name.clone()),
                    value: None,
                    expected,
                }
                .into()
            })
    };
    batch.columns().iter().zip(names).map(text).collect()
}
