//! What the cells of a column look like.

use crate::ingest::notation::{PeriodNotation, is_gap, period, stripped};
use crate::ingest::sheet::SheetCells;
use crate::trade::areas::area;
use crate::trade::{Flow, Span, Unit, YEARS};

/// The cells of a column that are looked at.
const CELLS: usize = 120;
/// The rows among which a header is looked for.
const HEADER_ROWS: usize = 40;

/// A column of a table, and the share of its cells that can be read as each kind.
#[derive(Debug, Clone)]
pub(super) struct ColumnLook {
    /// The index of the column.
    pub(super) at: usize,
    /// Its name.
    pub(super) name: String,
    filled: usize,
    numbers: usize,
    periods: usize,
    areas: usize,
    flows: usize,
    units: usize,
}

impl ColumnLook {
    fn new(sheet: &SheetCells, header: usize, at: usize) -> Self {
        let mut look = Self {
            at,
            name: sheet.text(header, at).trim().to_owned(),
            filled: 0,
            numbers: 0,
            periods: 0,
            areas: 0,
            flows: 0,
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
        for cell in cells.take(CELLS) {
            look.filled += 1;
            let is_number = stripped(cell).is_some() || cell.parse::<f64>().is_ok();
            look.numbers += usize::from(is_number || is_gap(cell) || matches!(cell, "-" | ".."));
            look.periods += usize::from(is_period(cell));
            if !is_number {
                look.areas += usize::from(area(cell).is_ok());
                look.flows += usize::from(Flow::parse(cell).is_ok());
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

    pub(super) fn is_flow(&self) -> bool {
        self.mostly(self.flows)
    }

    pub(super) fn is_unit(&self) -> bool {
        self.mostly(self.units)
    }

    /// Whether the column holds numbers that may be values of trade.
    pub(super) fn is_value(&self) -> bool {
        const WORDS: [&str; 9] = [
            "kg", "row", "code", "rank", "share", "index", "growth", "change", "qty",
        ];
        const PARTS: [&str; 6] = ["quantity", "weight", "netwgt", "tonne", "litre", "%"];
        let name = self.name.to_lowercase();
        let mut words = name.split(|c: char| !c.is_alphanumeric());
        let is_other = words.any(|word| WORDS.contains(&word)) || self.named(&PARTS);
        self.mostly(self.numbers) && !self.is_id() && !is_other
    }

    /// Whether the column has no name and counts rows.
    pub(super) fn is_id(&self) -> bool {
        self.name.is_empty() || self.name.eq_ignore_ascii_case("unnamed: 0")
    }
}

/// Whether a text is a period, and no number that only looks like one.
pub(super) fn is_period(text: &str) -> bool {
    let text = text.trim();
    let notation = PeriodNotation {
        has_serials: true,
        ..PeriodNotation::default()
    };
    let within = |span: Span| YEARS.contains(&span.first().year());
    let recent = |span: Span| (1900..=2100).contains(&span.first().year());
    let digits = text.bytes().all(|b| b.is_ascii_digit());
    match period(text, notation) {
        Ok(span) if digits => matches!(text.len(), 4..=6 | 8) && recent(span),
        Ok(span) => within(span) && text.parse::<f64>().is_err(),
        // Both readings are periods.
        Err(expected) => expected.contains("read in one way"),
    }
}

/// Return the row of the header of a sheet: the first with two texts or periods or more, as wide as
/// most rows below it, which have numbers.
pub(super) fn header_row(sheet: &SheetCells) -> Option<usize> {
    let filled = |row: &Vec<String>| row.iter().filter(|cell| !cell.trim().is_empty()).count();
    let is_number = |cell: &str| stripped(cell).is_some() && !is_period(cell);
    (0..sheet.rows.len().min(HEADER_ROWS)).find(|at| {
        let row = &sheet.rows[*at];
        let below = sheet.rows.iter().skip(at + 1).filter(|row| filled(row) > 0);
        let mut widths: Vec<usize> = below.clone().take(30).map(filled).collect();
        widths.sort_unstable();
        let Some(usual) = widths.get(widths.len() / 2) else {
            return false;
        };
        let cells = row
            .iter()
            .map(|cell| cell.trim())
            .filter(|cell| !cell.is_empty());
        let numbers = cells.clone().filter(|cell| is_number(cell)).count();
        let width = cells.count();
        let has_numbers = below
            .take(30)
            .any(|row| row.iter().any(|cell| stripped(cell).is_some()));
        // The first column often has no name.
        width >= 2 && width + 1 >= *usual && numbers * 3 <= width && has_numbers
    })
}

/// Return the look of every column of the table whose header is in row `header`.
pub(super) fn looks(sheet: &SheetCells, header: usize) -> Vec<ColumnLook> {
    let width = sheet.rows.get(header).map_or(0, Vec::len);
    (0..width)
        .map(|at| ColumnLook::new(sheet, header, at))
        .collect()
}
