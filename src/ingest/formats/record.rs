//! Records of a text table or of a JSON answer, and their cells by the name of their column.

use crate::ingest::notation::begins_note;
use crate::ingest::parsed_file::CellError;
use crate::ingest::refusal::listed;
use std::collections::HashMap;

/// The names of the columns of a table. The first of two columns of one name counts: the Census
/// Bureau repeats a column that was also a condition of the query.
#[derive(Debug, Clone, Default)]
pub(super) struct TableHeader {
    pub(super) names: Vec<String>,
    index: HashMap<String, usize>,
}

impl TableHeader {
    /// Index the names of the columns.
    pub(super) fn new(names: impl IntoIterator<Item = String>) -> Self {
        let names: Vec<String> = names.into_iter().collect();
        let mut index = HashMap::new();
        for (at, name) in names.iter().enumerate() {
            index.entry(name.to_ascii_lowercase()).or_insert(at);
        }
        Self { names, index }
    }

    /// Return the position of a column, whatever the case of its name.
    pub(super) fn find(&self, name: &str) -> Option<usize> {
        self.index.get(&name.to_ascii_lowercase()).copied()
    }

    /// Return the position of the first of `names` that is there.
    pub(super) fn any(&self, names: &[&str]) -> Option<usize> {
        names.iter().find_map(|name| self.find(name))
    }

    /// Return the position of the first of `names` that is there.
    ///
    /// # Errors
    /// The names that were looked for, and those of the file.
    pub(super) fn require(&self, names: &[&str]) -> Result<usize, CellError> {
        self.any(names).ok_or_else(|| CellError {
            column: names.first().copied().unwrap_or_default().to_owned(),
            value: None,
            expected: format!(
                "expected a column {}; the file has {}",
                names.join(" or "),
                listed(&self.names)
            ),
        })
    }
}

/// A record of a table, its cells in the order of the header.
#[derive(Debug, Clone, Copy)]
pub(super) struct TableRecord<'a> {
    pub(super) row: u64,
    pub(super) header: &'a TableHeader,
    pub(super) cells: &'a [String],
}

impl<'a> TableRecord<'a> {
    /// Return the cell of a column, without blanks around it; empty where there is none.
    pub(super) fn at(&self, column: usize) -> &'a str {
        self.cells.get(column).map_or("", |cell| cell.trim())
    }

    /// Return the cell of a column that the table may lack; empty where it does.
    pub(super) fn opt(&self, column: Option<usize>) -> &'a str {
        column.map_or("", |column| self.at(column))
    }

    /// Return the error of a cell.
    pub(super) fn error(&self, column: usize, expected: impl Into<String>) -> CellError {
        let name = self.header.names.get(column).map_or("", String::as_str);
        CellError::new(name, self.at(column), expected)
    }

    /// Parse a finite number.
    ///
    /// # Errors
    /// The cell that is none.
    pub(super) fn number(&self, column: usize) -> Result<f64, CellError> {
        let number = self
            .at(column)
            .parse::<f64>()
            .ok()
            .filter(|v| v.is_finite());
        number.ok_or_else(|| self.error(column, "expected a number"))
    }

    /// Whether the record is the header again, as where files were put one behind the other.
    pub(super) fn repeats_header(&self) -> bool {
        let names = self.header.names.iter();
        self.cells.len() >= names.len() && names.zip(self.cells).all(|(a, b)| a == b.trim())
    }

    /// Whether the record is a note: one cell with words, the first, of a table with more columns,
    /// or a few cells of which the first begins as notes do.
    pub(super) fn is_note(&self) -> bool {
        let mut filled = self.cells.iter().filter(|cell| !cell.trim().is_empty());
        let first = filled.next().map_or("", |cell| cell.trim());
        if begins_note(first) && 2 * (1 + filled.count()) <= self.header.names.len() {
            return true;
        }
        let words = self.at(0);
        let alone = self.cells.iter().skip(1).all(|cell| cell.trim().is_empty());
        let is_text = words.chars().any(char::is_alphabetic)
            && (words.contains(char::is_whitespace) || words.chars().count() > 20);
        alone && is_text && self.header.names.len() > 2
    }

    /// Whether all cells are empty.
    pub(super) fn is_blank(&self) -> bool {
        self.cells.iter().all(|cell| cell.trim().is_empty())
    }
}
