//! Streams the columns of a CSV or Parquet file in batches, in order.

use super::parquet::ParquetHead;
use super::refusal::{IngestError, Refusal};
use super::source::{NamedFile, is_named_parquet};
use polars::prelude::*;
use std::io::Read;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

/// A file that is open for scanning, and the names of its columns.
pub struct ColumnScan {
    /// The path of the file.
    path: PathBuf,
    /// The name that errors show.
    name: PathBuf,
    content: ScanContent,
    columns: Vec<String>,
    /// What separates the cells of a text.
    separator: u8,
    /// The number of rows above the header in the file that the user knows.
    rows_above: u64,
}

enum ScanContent {
    Csv(Box<LazyFrame>),
    Parquet(ParquetHead),
}

impl std::fmt::Debug for ColumnScan {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ColumnScan")
            .field("name", &self.name)
            .field("columns", &self.columns)
            .finish_non_exhaustive()
    }
}

impl ColumnScan {
    /// Open `file`. A path that ends in `.parquet` or `.pq` is read as Parquet, any other as CSV
    /// with a header and every column as text, so that a refusal can show the value as it stands in
    /// the file.
    ///
    /// # Errors
    /// [`IngestError::Io`] where the file cannot be opened, [`IngestError::Format`] where its
    /// header cannot be read.
    pub fn open(file: NamedFile<'_>) -> Result<Self, IngestError> {
        let NamedFile {
            path,
            name,
            delimiter: separator,
            rows_above,
        } = file;
        // Polars opens a file lazily. Opening it here first gives the system's own reason for a
        // missing file. A pipe must not be opened twice.
        let io = |source| IngestError::io(name, source);
        if !std::fs::metadata(path).map_err(io)?.is_file() {
            return Err(io(std::io::Error::new(
                std::io::ErrorKind::InvalidInput,
                "it is no regular file",
            )));
        }
        let mut head = Vec::new();
        std::fs::File::open(path)
            .and_then(|file| file.take(HEAD).read_to_end(&mut head))
            .map_err(io)?;
        let (content, columns) = if is_named_parquet(path) {
            let head = ParquetHead::read(path).map_err(|reason| not_parquet(name, reason))?;
            let columns = head.names().map(ToOwned::to_owned).collect();
            (ScanContent::Parquet(head), columns)
        } else {
            check_text(name, &head)?;
            let (frame, schema) = caught(|| open_lazily(path, separator))
                .map_err(|error| unreadable(name, &error))?;
            let column = |name: &PlSmallStr| {
                let name = name.trim_start_matches('\u{feff}');
                name.trim().to_owned()
            };
            (
                ScanContent::Csv(Box::new(frame)),
                schema.iter_names().map(column).collect(),
            )
        };
        Ok(Self {
            path: path.to_owned(),
            name: name.to_owned(),
            content,
            columns,
            separator,
            rows_above,
        })
    }

    /// Return the names of the columns, in order.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// Whether the file is text (CSV), so that every column is.
    pub fn is_text(&self) -> bool {
        matches!(self.content, ScanContent::Csv(_))
    }

    /// Return where the file lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Return the name that errors show.
    pub fn name(&self) -> &Path {
        &self.name
    }

    /// Return what separates the cells of a text.
    pub fn separator(&self) -> u8 {
        self.separator
    }

    /// Return the number of rows above the header in the file that the user knows.
    pub fn rows_above(&self) -> u64 {
        self.rows_above
    }

    /// Return the row of the header, where the file is text.
    pub(super) fn header_row(&self) -> Option<u64> {
        self.is_text().then_some(self.rows_above + 1)
    }

    /// Stream the columns `wanted` (which must exist) in batches and in order. `take` gets a batch
    /// and the row number of its first row; an error of `take` ends the scan.
    ///
    /// # Errors
    /// The error of `take`, or [`IngestError::Format`] where a part of the file cannot be read.
    pub fn stream<F>(self, wanted: &[&str], mut take: F) -> Result<(), IngestError>
    where
        F: FnMut(&DataFrame, u64) -> Result<(), IngestError> + Send + 'static,
    {
        let place = |name: &&str| self.columns.iter().position(|n| n == name).unwrap_or(0);
        let places: Vec<usize> = wanted.iter().map(place).collect();
        let first_row = self.header_row().unwrap_or(0) + 1;
        let frame = match self.content {
            ScanContent::Csv(frame) => *frame,
            ScanContent::Parquet(head) => {
                let broken = |reason| not_parquet(&self.name, reason);
                let mut row = first_row;
                for frame in head.frames(&self.path, &places, wanted).map_err(broken)? {
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
            let bad_row = first_bad_row(&self.path, &self.name, self.separator);
            let bad_row = bad_row.map(|refusal| Refusal {
                row: refusal.row.map(|row| row + self.rows_above),
                ..refusal
            });
            bad_row.map_or_else(|| unreadable(&self.name, &error), IngestError::from)
        })
    }

    /// Find each of `names` among the columns, whatever its case.
    ///
    /// # Errors
    /// A refusal that names the missing column and the columns of the file.
    pub fn require(&self, names: &[&str]) -> Result<Vec<String>, IngestError> {
        names
            .iter()
            .map(|name| self.column(name).ok_or_else(|| self.missing(name)))
            .collect()
    }

    /// Return the name in the file of the column called `name`, whatever its case.
    pub fn column(&self, name: &str) -> Option<String> {
        let exact = self.columns.iter().find(|n| *n == name);
        exact
            .or_else(|| self.columns.iter().find(|n| n.eq_ignore_ascii_case(name)))
            .cloned()
    }

    /// Refuse a header that has one of `columns` twice.
    ///
    /// # Errors
    /// A refusal that names the column.
    pub fn check_unique(&self, columns: &[String]) -> Result<(), IngestError> {
        for column in columns {
            // Polars renames the second.
            let again = format!("{column}_duplicated_0");
            let named = |name: &&String| *name == column || **name == again;
            if self.columns.iter().filter(named).count() > 1 {
                return Err(self.twice(column));
            }
        }
        Ok(())
    }

    /// Return the refusal of a column that is there twice.
    pub(super) fn twice(&self, column: &str) -> IngestError {
        Refusal {
            file: self.name.clone(),
            sheet: None,
            row: self.header_row(),
            column: Some(column.to_owned()),
            value: None,
            expected: "expected this column once: two may say two things".to_owned(),
        }
        .into()
    }

    fn missing(&self, name: &str) -> IngestError {
        Refusal {
            file: self.name.clone(),
            sheet: None,
            row: self.header_row(),
            column: Some(name.to_owned()),
            value: None,
            expected: format!(
                "this column is needed; the file has {}",
                self.columns.join(", ")
            ),
        }
        .into()
    }
}

/// The reason of a file that no reader understands.
const DAMAGED: &str = "it is damaged, or packed in a way that is not known";
/// The bytes that show how a text is written.
const HEAD: u64 = 1 << 16;

/// Call `read`; a panic of Polars becomes an error of the file.
fn caught<T>(read: impl FnOnce() -> PolarsResult<T>) -> PolarsResult<T> {
    let panicked = |_| Err(PolarsError::ComputeError(DAMAGED.into()));
    catch_unwind(AssertUnwindSafe(read)).unwrap_or_else(panicked)
}

/// Check that the beginning of a file is one of a text that Polars reads.
fn check_text(name: &Path, head: &[u8]) -> Result<(), IngestError> {
    let reason = match head {
        [] => "expected a header, but the file is empty",
        [0x1f, 0x8b, ..] => "it is packed with gzip: unpack it first",
        // The first bytes of zlib and Zstandard, which Polars would try to unpack.
        [0x78, 0x01 | 0x5e | 0x9c | 0xda, ..] | [0x28, 0xb5, 0x2f, 0xfd, ..] => DAMAGED,
        [b'P', b'K', 3, 4, ..] | [0xd0, 0xcf, 0x11, 0xe0, ..] => {
            "it is a workbook or an archive: save it as CSV with commas"
        }
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [_, 0, ..] | [0, _, ..] => {
            "expected UTF-8 text, and it looks like UTF-16: save it as UTF-8"
        }
        _ => return Ok(()),
    };
    Err(IngestError::format(name, "CSV", reason))
}

/// Open a CSV file as a lazy frame with its schema.
fn open_lazily(path: &Path, separator: u8) -> PolarsResult<(LazyFrame, SchemaRef)> {
    let path = PlRefPath::try_from_path(path)?;
    // An empty cell stays an empty text; a cell that a truncated row lacks becomes one.
    let reader = LazyCsvReader::new(path)
        .with_has_header(true)
        .with_separator(separator)
        .with_infer_schema_length(Some(0));
    let mut frame = reader
        .with_missing_is_null(false)
        .with_glob(false)
        .finish()?;
    let schema = frame.collect_schema()?;
    Ok((frame, schema))
}

/// Return a refusal of the first row of a CSV file with another number of cells than its header, or
/// with bytes that are not UTF-8: Polars refuses such a file without naming the row.
fn first_bad_row(path: &Path, name: &Path, separator: u8) -> Option<Refusal> {
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(separator)
        .from_path(path)
        .ok()?;
    // Once the header has been read, records are counted from it on.
    reader.byte_headers().ok()?;
    let refuse = |row: u64, expected: String| {
        Some(Refusal {
            row: Some(row),
            ..Refusal::of_file(name, expected)
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

/// Return Polars' reason, cut to its first line: the lines below are hints about options of Polars.
fn unreadable(name: &Path, error: &PolarsError) -> IngestError {
    let text = error.to_string();
    let reason = text
        .lines()
        .find(|line| !line.trim().is_empty())
        .unwrap_or("unknown reason");
    IngestError::format(name, "CSV", reason)
}

fn not_parquet(name: &Path, reason: String) -> IngestError {
    IngestError::format(name, "Parquet", reason)
}

/// Cast columns of a batch to text.
///
/// # Errors
/// A refusal of a column that cannot be read as text; errors call the file `file`.
pub(super) fn text_columns(
    columns: &[Column],
    file: &Path,
    names: &[String],
) -> Result<Vec<StringChunked>, IngestError> {
    let text = |(column, name): (&Column, &String)| {
        column
            .cast(&DataType::String)
            .and_then(|c| c.str().cloned())
            .map_err(|_| {
                let expected = format!("expected a column that holds text, not {}", column.dtype());
                let refusal = Refusal {
                    column: Some(name.clone()),
                    ..Refusal::of_file(file, expected)
                };
                refusal.into()
            })
    };
    columns.iter().zip(names).map(text).collect()
}
