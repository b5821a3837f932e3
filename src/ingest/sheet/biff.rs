//! Checks the records of an xls (BIFF) before they are read.
//!
//! The reader of workbooks opens every sheet at once and lays each out as a full rectangle. Its
//! memory is bounded by what is refused here before: sheets that share their bytes, and rectangles,
//! counts and texts beyond [`super::workbook_limits`]. The number formats of cells are found on the
//! way, since the reader does not give them.

use super::number_format::{CellFormats, NumberFormat};
use super::workbook_limits::{CELLS, TEXT, WorkbookFault, broken, within};
use std::collections::HashMap;

/// The most sheets of a workbook.
const SHEETS: usize = 64;
/// The most cells that a sheet may state: all of an xls sheet. Their memory is reserved, not
/// filled.
const SHEET_CELLS: u64 = 65_536 * 256;

const BOF: u16 = 0x0809;
const EOF: u16 = 0x000A;

fn damaged() -> WorkbookFault {
    broken("it is cut, or no workbook")
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    let bytes = bytes.get(at..at.checked_add(2)?)?;
    Some(u16::from_le_bytes(bytes.try_into().ok()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    let bytes = bytes.get(at..at.checked_add(4)?)?;
    Some(u32::from_le_bytes(bytes.try_into().ok()?))
}

/// The first record of a stream of BIFF records.
struct BiffRecord<'a> {
    kind: u16,
    data: &'a [u8],
    /// The stream behind it.
    rest: &'a [u8],
}

fn record(stream: &[u8]) -> Result<Option<BiffRecord<'_>>, WorkbookFault> {
    if stream.is_empty() {
        return Ok(None);
    }
    let kind = u16_at(stream, 0).ok_or_else(damaged)?;
    let end = 4 + usize::from(u16_at(stream, 2).ok_or_else(damaged)?);
    let data = stream.get(4..end).ok_or_else(damaged)?;
    let rest = &stream[end..];
    Ok(Some(BiffRecord { kind, data, rest }))
}

/// The number formats of the cells of a workbook that show more than the stored number.
#[derive(Debug, Default)]
pub(super) struct BiffFormats {
    formats: CellFormats,
    /// The numbers of the formats by row and column, sheet by sheet.
    sheets: Vec<HashMap<(u32, u32), u16>>,
}

impl BiffFormats {
    /// Return the format of a cell.
    pub(super) fn of_cell(&self, sheet: usize, row: u32, column: u32) -> Option<&NumberFormat> {
        let format = self.sheets.get(sheet)?.get(&(row, column))?;
        self.formats.get(usize::from(*format))
    }

    /// Note the format of a cell where it shows more than the number.
    fn note(&mut self, row: u32, column: u32, format: Option<u16>) {
        let format = format.filter(|format| self.formats.get(usize::from(*format)).is_some());
        if let (Some(format), Some(sheet)) = (format, self.sheets.last_mut()) {
            sheet.insert((row, column), format);
        }
    }
}

/// Return the code of a record of a number format, as workbooks from before 1997 write it or later
/// ones.
fn format_code(data: &[u8], is_old: bool) -> Option<String> {
    if is_old {
        let length = usize::from(*data.get(2)?);
        let bytes = data.get(3..3 + length)?;
        return Some(bytes.iter().map(|byte| char::from(*byte)).collect());
    }
    let length = usize::from(u16_at(data, 2)?);
    let wide = data.get(4)? & 1 == 1;
    let bytes = data.get(5..5 + length * if wide { 2 } else { 1 })?;
    if !wide {
        return Some(bytes.iter().map(|byte| char::from(*byte)).collect());
    }
    let units: Vec<u16> = bytes
        .chunks_exact(2)
        .map(|pair| u16::from_le_bytes([pair[0], pair[1]]))
        .collect();
    Some(String::from_utf16_lossy(&units))
}

/// Check the stream of records of a workbook; return the formats of its cells.
///
/// # Errors
/// A stream that is damaged, or beyond the limits.
pub(super) fn check(stream: &[u8]) -> Result<BiffFormats, WorkbookFault> {
    let mut found = BiffFormats::default();
    let mut is_old = false;
    let mut sheets = Vec::new();
    // The bytes of shared texts, with the records that continue them.
    let (mut shared, mut last) = (0, 0);
    let mut rest = stream;
    while let Some(record) = record(rest)? {
        let (kind, data) = (record.kind, record.data);
        rest = record.rest;
        match kind {
            EOF => break,
            BOF => is_old = u16_at(data, 0).is_some_and(|version| version < 0x0600),
            0x041E => {
                if let (Some(id), Some(code)) = (u16_at(data, 0), format_code(data, is_old)) {
                    found.formats.add_code(u32::from(id), &code);
                }
            }
            0x00E0 => found
                .formats
                .add_cell(u32::from(u16_at(data, 2).unwrap_or(0)))?,
            0x0085 => sheets.push(u32_at(data, 0).ok_or_else(damaged)? as usize),
            0x00FC => shared += data.len(),
            0x003C if last == 0x00FC => {
                shared += data.len();
                continue;
            }
            _ => {}
        }
        last = kind;
    }
    if sheets.len() > SHEETS {
        let expected = format!("expected at most {SHEETS} sheets, not {}", sheets.len());
        return Err(broken(expected));
    }
    let mut sum = SheetTotals {
        // A character takes at least one byte in the stream and at most three in UTF-8; a text has
        // at most 65,535 characters.
        longest: shared.min(0xFFFF).saturating_mul(3),
        ..SheetTotals::default()
    };
    for start in sheets {
        found.sheets.push(HashMap::new());
        sum.sheet(stream.get(start..).ok_or_else(damaged)?, &mut found)?;
        // Every sheet has bytes of its own, so that a small file cannot be many large sheets.
        if sum.bytes > stream.len() {
            return Err(broken("its sheets overlap"));
        }
    }
    Ok(found)
}

/// The totals of the sheets so far.
#[derive(Default)]
struct SheetTotals {
    longest: usize,
    bytes: usize,
    cells: usize,
    area: usize,
    text: usize,
}

impl SheetTotals {
    fn sheet(&mut self, stream: &[u8], found: &mut BiffFormats) -> Result<(), WorkbookFault> {
        let mut corners: Option<[u32; 4]> = None;
        let mut depth = 0_usize;
        let mut begun = false;
        let mut rest = stream;
        while let Some(record) = record(rest)? {
            let (kind, data) = (record.kind, record.data);
            rest = record.rest;
            match (kind, depth) {
                // A chart within the sheet has its own records.
                (BOF, 0) if !begun => begun = true,
                (BOF, _) => depth += 1,
                (EOF, 0) => break,
                (EOF, _) => depth -= 1,
                (_, 0) => {
                    if kind == 0x0200 {
                        check_dimensions(data)?;
                    }
                    if let Some((row, column, last)) = self.cell(kind, data)? {
                        within(row, last)?;
                        note_formats(kind, data, (row, column, last), found);
                        let [top, bottom, left, right] =
                            corners.get_or_insert([row, row, column, last]);
                        (*top, *bottom) = ((*top).min(row), (*bottom).max(row));
                        (*left, *right) = ((*left).min(column), (*right).max(last));
                    }
                }
                _ => {}
            }
        }
        self.bytes += stream.len() - rest.len();
        if let Some([top, bottom, left, right]) = corners {
            let height = (bottom - top) as usize + 1;
            self.area += height.saturating_mul((right - left) as usize + 1);
        }
        if self.area > CELLS || self.cells > CELLS {
            let expected = format!("expected sheets of at most {CELLS} cells in all");
            return Err(broken(expected));
        }
        if self.text > TEXT {
            let expected = format!("expected at most {TEXT} bytes of text");
            return Err(broken(expected));
        }
        Ok(())
    }

    /// Count a record with cells; return its row, first and last column.
    fn cell(&mut self, kind: u16, data: &[u8]) -> Result<Option<(u32, u32, u32)>, WorkbookFault> {
        let letters = |at| u16_at(data, at).map_or(0, usize::from) * 3;
        let (count, text) = match kind {
            0x0006 | 0x0203 | 0x0205 | 0x027E => (1, 0),
            0x00BD => (data.len().saturating_sub(6) / 6, 0),
            0x0204 | 0x00D6 => (1, letters(6)),
            0x00FD => (1, self.longest),
            // The text of a formula, whose cell has been counted.
            0x0207 => {
                self.cells += 1;
                self.text = self.text.saturating_add(letters(0));
                return Ok(None);
            }
            _ => return Ok(None),
        };
        self.cells += count;
        self.text = self.text.saturating_add(text);
        let row = u32::from(u16_at(data, 0).ok_or_else(damaged)?);
        let column = u32::from(u16_at(data, 2).ok_or_else(damaged)?);
        let more = u32::try_from(count).unwrap_or(u32::MAX).saturating_sub(1);
        Ok((count > 0).then_some((row, column, column.saturating_add(more))))
    }
}

/// Note the number formats of the cells of a record.
fn note_formats(
    kind: u16,
    data: &[u8],
    (row, first, last): (u32, u32, u32),
    found: &mut BiffFormats,
) {
    match kind {
        // A formula, a number, a short number.
        0x0006 | 0x0203 | 0x027E => found.note(row, first, u16_at(data, 4)),
        // Several short numbers.
        0x00BD => {
            for (column, at) in (first..=last).zip((4..).step_by(6)) {
                found.note(row, column, u16_at(data, at));
            }
        }
        _ => {}
    }
}

/// Check the number of cells that a sheet states.
fn check_dimensions(data: &[u8]) -> Result<(), WorkbookFault> {
    let short = |at| u16_at(data, at).map(u32::from);
    let corners = if data.len() == 10 {
        (short(0), short(2), short(4), short(6))
    } else {
        (u32_at(data, 0), u32_at(data, 4), short(8), short(10))
    };
    let (Some(top), Some(bottom), Some(left), Some(right)) = corners else {
        return Err(damaged());
    };
    // An empty sheet states 0 to 0; both ends are exclusive.
    let left = if left > 0xFF || right < left { 0 } else { left };
    if bottom == 0 || right == 0 {
        return Ok(());
    }
    let height = u64::from(bottom).checked_sub(u64::from(top));
    let width = u64::from(right - left);
    match height.map(|height| height * width) {
        Some(cells) if cells <= SHEET_CELLS => Ok(()),
        _ => Err(broken(format!(
            "expected dimensions of at most {SHEET_CELLS} cells"
        ))),
    }
}
