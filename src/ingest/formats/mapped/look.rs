//! What the cells of a column look like.

use crate::ingest::notation::{is_gap, is_period, stripped};
use crate::ingest::sheet::SheetCells;
use crate::trade::areas::of_text;
use crate::trade::{Flow, Unit};

/// The cells of a column that are looked at.
const CELLS: usize = 120;
/// A column of a table, and the share of its cells that can be read as each kind.
#[derive(Debug, Clone)]
pub(super) struct ColumnLook {
    /// The index of the column.
    pub(super) at: usize,
    /// Its name.
    pub(super) name: String,
    filled: usize,
    /// Cells that continue a count of the rows.
    counted: usize,
    numbers: usize,
    periods: usize,
    areas: usize,
    /// Numbers that are codes of areas.
    area_numbers: usize,
    flows: usize,
    /// Words for exports and imports.
    directions: usize,
    units: usize,
}

impl ColumnLook {
    fn new(sheet: &SheetCells, header: usize, at: usize) -> Self {
        let mut look = Self {
            at,
            name: sheet.text(header, at).trim().to_owned(),
            filled: 0,
            counted: 0,
            numbers: 0,
            periods: 0,
            areas: 0,
            area_numbers: 0,
            flows: 0,
            directions: 0,
            units: 0,
        };
        // A row of one cell is a note or the heading of a group.
        let width = sheet.rows.get(header).map_or(0, Vec::len);
        let is_record = |row: &&Vec<String>| {
            let filled = row.iter().filter(|cell| !cell.trim().is_empty());
            width <= 2 || filled.count() > 1
        };
        let rows = sheet.rows.iter().skip(header + 1).filter(is_record);
        let cells = rows.filter_map(|row| row.get(at));
        let cells = cells
            .map(|cell| cell.trim())
            .filter(|cell| !cell.is_empty());
        let mut first = None;
        // The word for a total belongs to no kind.
        let cells = cells.filter(|cell| !is_total_word(cell));
        for cell in cells.take(CELLS) {
            if let Ok(number) = cell.parse::<usize>() {
                let first = *first.get_or_insert(number);
                look.counted += usize::from(number == first + look.filled);
            }
            look.filled += 1;
            let is_number = stripped(cell).is_some() || cell.parse::<f64>().is_ok();
            look.numbers += usize::from(is_number || is_gap(cell) || matches!(cell, "-" | ".."));
            look.periods += usize::from(is_period(cell));
            if is_number {
                look.area_numbers += usize::from(cell.len() <= 3 && of_text(cell).is_some());
            } else {
                look.areas += usize::from(of_text(cell).is_some());
                let flow = Flow::parse(cell);
                let directed = matches!(flow, Ok(Flow::Exports | Flow::Imports));
                look.flows += usize::from(flow.is_ok());
                look.directions += usize::from(directed && cell.chars().count() > 1);
                look.units += usize::from(Unit::parse(cell).is_ok_and(|u| u.currency.is_iso()));
            }
        }
        look
    }

    /// Return the name of the column, or its number where it has none.
    pub(super) fn called(&self) -> String {
        match self.name.as_str() {
            "" => format!("#{}", self.at + 1),
            name => name.to_owned(),
        }
    }

    fn mostly(&self, count: usize) -> bool {
        self.filled > 0 && 10 * count >= 8 * self.filled
    }

    /// Whether the name of the column has one of these words.
    pub(super) fn named(&self, words: &[&str]) -> bool {
        let name = self.name.to_lowercase();
        words.iter().any(|word| name.contains(word))
    }

    pub(super) fn is_period(&self) -> bool {
        self.mostly(self.periods)
    }

    pub(super) fn is_area(&self) -> bool {
        self.mostly(self.areas) && !self.is_flow()
    }

    /// Whether the column holds numbers that may be codes of areas.
    pub(super) fn is_area_number(&self) -> bool {
        self.area_numbers > 0 && self.mostly(self.area_numbers)
    }

    /// Whether the column holds flows, by words or by its name: `M` alone may be a frequency.
    pub(super) fn is_flow(&self) -> bool {
        const NAMES: [&str; 7] = [
            "flow",
            "trade",
            "direction",
            "flujo",
            "flux",
            "поток",
            "режим",
        ];
        self.mostly(self.flows) && (self.directions > 0 || self.named(&NAMES))
    }

    /// Whether the column holds words for exports and imports.
    pub(super) fn has_directions(&self) -> bool {
        self.is_flow() && self.mostly(self.directions)
    }

    pub(super) fn is_unit(&self) -> bool {
        self.mostly(self.units)
    }

    /// Whether the column holds numbers that may be values of trade.
    pub(super) fn is_value(&self) -> bool {
        const WORDS: [&str; 9] = [
            "kg", "row", "code", "rank", "share", "index", "growth", "change", "qty",
        ];
        // A cumulative is no figure of the month beside it.
        const PARTS: [&str; 11] = [
            "quantity",
            "weight",
            "netwgt",
            "tonne",
            "litre",
            "%",
            "cumul",
            "ytd",
            "year to date",
            "year-to-date",
            "累计",
        ];
        let name = self.name.to_lowercase();
        let mut words = name.split(|c: char| !c.is_alphanumeric());
        let is_other = words.any(|word| WORDS.contains(&word)) || self.named(&PARTS);
        self.mostly(self.numbers) && !self.is_id() && !is_other
    }

    /// Whether the column has no name, or counts the rows under a name for numbers of rows.
    pub(super) fn is_id(&self) -> bool {
        const NAMES: [&str; 12] = [
            "no",
            "no.",
            "nr",
            "nr.",
            "n",
            "n°",
            "№",
            "#",
            "id",
            "s.no",
            "s.no.",
            "№ п/п",
        ];
        let name = self.name.to_lowercase();
        let counts = self.filled > 1 && self.counted == self.filled;
        name.is_empty() || name == "unnamed: 0" || counts && NAMES.contains(&name.as_str())
    }
}

/// Whether a text is the word for a total, perhaps with a year: `TOTAL 2024`, which may be that of
/// the months so far.
pub(super) fn is_total_word(text: &str) -> bool {
    let words = text.to_lowercase();
    let beside = |c: char| c.is_ascii_digit() || c.is_whitespace() || matches!(c, ':' | ',');
    matches!(
        words.trim_matches(beside),
        "total"
            | "grand total"
            | "sum"
            | "gesamt"
            | "insgesamt"
            | "всего"
            | "итого"
            | "合计"
            | "总计"
    )
}

/// Return the look of every column of the table whose header is in row `header`.
pub(super) fn looks(sheet: &SheetCells, header: usize) -> Vec<ColumnLook> {
    let width = sheet.rows.get(header).map_or(0, Vec::len);
    (0..width)
        .map(|at| ColumnLook::new(sheet, header, at))
        .collect()
}
