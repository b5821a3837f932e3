//! Rows of a CSV file with fewer cells than its header, as where a file was cut off.

use super::scan::ColumnScan;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// Truncated rows of a file. Polars completes them with empty cells, so that only a row whose last
/// cell is empty may be truncated. The cells of the file are counted once the first such row comes.
pub(super) struct TruncatedRows {
    /// Path of the file, where it is text.
    file: Option<PathBuf>,
    /// What separates cells.
    separator: u8,
    /// Number of rows above the header.
    rows_above: u64,
    /// Number of cells of the header.
    width: usize,
    /// Index of the last column in the file among those that are read.
    last: usize,
    /// Number of cells of each truncated row, once they are counted.
    found: OnceLock<Result<BTreeMap<u64, usize>, ErrorKind>>,
}

impl TruncatedRows {
    /// Prepare the check of a file of which the columns `names` are read.
    pub(super) fn new(scan: &ColumnScan, names: &[String]) -> Self {
        let place = |column: &usize| scan.columns().iter().position(|n| *n == names[*column]);
        Self {
            file: scan.is_text().then(|| scan.path().to_owned()),
            separator: scan.separator(),
            rows_above: scan.rows_above(),
            width: scan.columns().len(),
            last: (0..names.len()).max_by_key(place).unwrap_or(0),
            found: OnceLock::new(),
        }
    }

    /// Return the index, among the columns that are read, of the last one in the file.
    pub(super) fn last(&self) -> usize {
        self.last
    }

    /// Return what was expected of a row, where it is truncated.
    ///
    /// # Errors
    /// The error of the system for a file that cannot be read again.
    pub(super) fn of(&self, row: u64) -> Result<Option<String>, ErrorKind> {
        let Some(file) = &self.file else {
            return Ok(None);
        };
        let count = || count_cells(file, self.width, self.separator).map_err(|error| error.kind());
        let found = self
            .found
            .get_or_init(count)
            .as_ref()
            .map_err(|kind| *kind)?;
        let cells = found.get(&row.saturating_sub(self.rows_above));
        Ok(cells.map(|cells| format!("expected {} cells, not {cells}", self.width)))
    }
}

/// Return the number of cells of each row that has fewer than `width` and is not blank. Rows are
/// counted as Polars does: the header is row 1, a blank line is a row, and a line break within
/// quotes ends no row.
fn count_cells(file: &Path, width: usize, separator: u8) -> std::io::Result<BTreeMap<u64, usize>> {
    let mut reader = BufReader::with_capacity(1 << 18, std::fs::File::open(file)?);
    let mut truncated = BTreeMap::new();
    let (mut row, mut cells, mut quoted, mut blank) = (1, 1, false, true);
    let mut end = |row: &mut u64, cells: usize, blank: bool| {
        if !blank && cells < width {
            truncated.insert(*row, cells);
        }
        // Blank lines before the header are not counted.
        *row += u64::from(*row > 1 || !blank);
    };
    loop {
        let bytes = reader.fill_buf()?;
        if bytes.is_empty() {
            end(&mut row, cells, blank);
            return Ok(truncated);
        }
        for byte in bytes {
            match byte {
                b'"' => quoted = !quoted,
                byte if *byte == separator && !quoted => cells += 1,
                b'\n' if !quoted => {
                    end(&mut row, cells, blank);
                    (cells, blank) = (1, true);
                }
                byte => blank &= byte.is_ascii_whitespace(),
            }
        }
        let read = bytes.len();
        reader.consume(read);
    }
}
