//! The first sheet of a workbook, xls or xlsx, as rows of texts: bounded, whatever the file says of itself.
//!
//! An xlsx is unpacked here up to [`UNPACKED`] bytes and read cell by cell. An xls is looked through by [`super::compound`] first, since
//! its reader lays out every sheet as it opens. Between them no file can ask for more than about a gigabyte.

use super::compound;
use calamine::{Data, DataRef, Reader, Xls, Xlsx};
use flate2::read::DeflateDecoder;
use std::io::{Cursor, Read};

/// The most rows of a sheet; the customs' own have some three hundred.
const ROWS: usize = 4096;
/// The most columns of a sheet; the customs' own have ten.
const COLUMNS: usize = 256;
/// The most cells of all sheets of an xls.
pub(super) const CELLS: usize = ROWS * COLUMNS;
/// The most text of all cells, in bytes.
pub(super) const TEXT: usize = 512 << 20;
/// The most bytes of what is within an xlsx.
const UNPACKED: u64 = 32 << 20;
/// The most files within an xlsx.
const FILES: usize = 1024;

/// Why a workbook is not read.
#[derive(Debug, PartialEq)]
pub(super) enum Fault {
    /// As a whole.
    Broken(String),
    /// For a cell beyond the bounds; both counted from 0.
    Beyond { row: u32, column: u32 },
}

/// What is expected of the place of a cell.
pub(super) fn expected() -> String {
    format!("expected a table of at most {ROWS} rows and {COLUMNS} columns")
}

/// Whether a cell may stand there; both are counted from 0.
pub(super) fn within(row: u32, column: u32) -> Result<(), Fault> {
    if row as usize >= ROWS || column as usize >= COLUMNS {
        return Err(Fault::Beyond { row, column });
    }
    Ok(())
}

/// The texts of the first sheet, from its first row and column on.
pub(super) fn rows(bytes: Vec<u8>) -> Result<Vec<Vec<String>>, Fault> {
    // A workbook that no spreadsheet program wrote may make the reader panic: that is the file's fault, not ours.
    std::panic::catch_unwind(move || {
        if bytes.starts_with(b"PK") {
            of_xlsx(&bytes)
        } else {
            of_xls(bytes)
        }
    })
    .unwrap_or_else(|_| Err(broken("it is no workbook that can be read")))
}

fn broken(reason: impl ToString) -> Fault {
    Fault::Broken(reason.to_string())
}

/// The cells met so far.
#[derive(Default)]
struct Rows {
    rows: Vec<Vec<String>>,
    text: usize,
}

impl Rows {
    fn put(&mut self, row: u32, column: u32, text: String) -> Result<(), Fault> {
        within(row, column)?;
        self.text += text.len();
        if self.text > TEXT {
            return Err(broken(format!("expected at most {TEXT} bytes of text")));
        }
        let (row, column) = (row as usize, column as usize);
        if self.rows.len() <= row {
            self.rows.resize(row + 1, Vec::new());
        }
        let cells = &mut self.rows[row];
        if cells.len() <= column {
            cells.resize(column + 1, String::new());
        }
        cells[column] = text;
        Ok(())
    }
}

fn of_xls(bytes: Vec<u8>) -> Result<Vec<Vec<String>>, Fault> {
    compound::check(&bytes)?;
    let mut book = Xls::new(Cursor::new(bytes)).map_err(broken)?;
    let sheet = book.worksheet_range_at(0);
    let sheet = sheet
        .ok_or_else(|| broken("expected a sheet"))?
        .map_err(broken)?;
    let (top, left) = sheet.start().unwrap_or((0, 0));
    let mut rows = Rows::default();
    for (row, cells) in (top..).zip(sheet.rows()) {
        for (column, cell) in (left..).zip(cells) {
            if *cell != Data::Empty {
                rows.put(row, column, cell.to_string())?;
            }
        }
    }
    Ok(rows.rows)
}

fn of_xlsx(bytes: &[u8]) -> Result<Vec<Vec<String>>, Fault> {
    let plain = packed(&unpacked(bytes)?)?;
    let mut book = Xlsx::new(Cursor::new(plain)).map_err(broken)?;
    let names = book.sheet_names();
    let first = names.first().ok_or_else(|| broken("expected a sheet"))?;
    let mut reader = book.worksheet_cells_reader(first).map_err(broken)?;
    let mut rows = Rows::default();
    while let Some(cell) = reader.next_cell().map_err(broken)? {
        let (row, column) = cell.get_position();
        match cell.get_value() {
            DataRef::Empty => {}
            DataRef::SharedString(text) => rows.put(row, column, (*text).to_owned())?,
            other => rows.put(row, column, Data::from(other.clone()).to_string())?,
        }
    }
    Ok(rows.rows)
}

/// One file within an archive.
struct File<'a> {
    name: &'a [u8],
    bytes: Vec<u8>,
}

fn number(bytes: &[u8], at: usize, width: usize) -> Result<usize, Fault> {
    let bytes = at
        .checked_add(width)
        .and_then(|end| bytes.get(at..end))
        .ok_or_else(|| broken("its archive is cut"))?;
    let number = bytes.iter().rev();
    Ok(number.fold(0, |sum, byte| sum << 8 | usize::from(*byte)))
}

fn part(bytes: &[u8], at: usize, length: usize) -> Result<&[u8], Fault> {
    at.checked_add(length)
        .and_then(|end| bytes.get(at..end))
        .ok_or_else(|| broken("its archive is cut"))
}

/// What is within an xlsx, without the looks: those say nothing of figures, and a few bytes of them become many in memory.
fn unpacked(bytes: &[u8]) -> Result<Vec<File<'_>>, Fault> {
    let from = bytes.len().saturating_sub(22 + 0xFFFF);
    let end = bytes[from..].windows(4).rposition(|w| w == b"PK\x05\x06");
    let end = from + end.ok_or_else(|| broken("its archive is cut"))?;
    let count = number(bytes, end + 10, 2)?;
    if count > FILES {
        return Err(broken(format!("expected at most {FILES} files within")));
    }
    let mut at = number(bytes, end + 16, 4)?;
    let mut left = UNPACKED;
    let mut files = Vec::new();
    for _ in 0..count {
        if part(bytes, at, 4)? != b"PK\x01\x02" {
            return Err(broken("its archive has no list of files"));
        }
        let method = number(bytes, at + 10, 2)?;
        let packed = number(bytes, at + 20, 4)?;
        let lengths = [28, 30, 32].map(|place| number(bytes, at + place, 2));
        let [name, extra, comment] = lengths;
        let (name, behind) = (name?, extra? + comment?);
        let local = number(bytes, at + 42, 4)?;
        let file = part(bytes, at + 46, name)?;
        at += 46 + name + behind;
        let lower = file.to_ascii_lowercase();
        let has = |word: &[u8]| lower.windows(word.len()).any(|w| w == word);
        if has(b"styles") || has(b"theme") || !(has(b".xml") || has(b".rels")) {
            continue;
        }
        let behind = number(bytes, local + 26, 2)? + number(bytes, local + 28, 2)?;
        let packed = part(bytes, local.saturating_add(30 + behind), packed)?;
        let mut content = match method {
            0 => packed.to_vec(),
            8 => {
                let mut content = Vec::new();
                let decoder = DeflateDecoder::new(packed);
                decoder
                    .take(left + 1)
                    .read_to_end(&mut content)
                    .map_err(broken)?;
                content
            }
            _ => return Err(broken("expected an archive packed with deflate")),
        };
        left = left.checked_sub(content.len() as u64).ok_or_else(|| {
            broken(format!(
                "expected at most {UNPACKED} bytes within, unpacked"
            ))
        })?;
        // XML in UTF-8 has no such bytes, and the search below relies on it.
        if content.iter().any(|b| *b < b' ' && !b"\t\r\n".contains(b)) {
            return Err(broken("expected XML as UTF-8 within"));
        }
        forget_count(&mut content);
        files.push(File {
            name: file,
            bytes: content,
        });
    }
    Ok(files)
}

/// A reader would make room for as many texts as the file says that it has: a hint only, so nothing is lost without.
fn forget_count(content: &mut [u8]) {
    const HINT: &[u8] = b"uniqueCount";
    let mut at = 0;
    while let Some(found) = content[at..].windows(HINT.len()).position(|w| w == HINT) {
        at += found;
        content[at] = b'U';
    }
}

/// An archive of files as they are. Only what was unpacked within bounds reaches the reader, not what another reading of the first
/// archive may find in it.
fn packed(files: &[File<'_>]) -> Result<Vec<u8>, Fault> {
    let mut archive = Vec::new();
    let mut list = Vec::new();
    let four = |n: usize| u32::try_from(n).map(u32::to_le_bytes).map_err(broken);
    let two = |n: usize| u16::try_from(n).map(u16::to_le_bytes).map_err(broken);
    for file in files {
        let mut sum = flate2::Crc::new();
        sum.update(&file.bytes);
        // Version 2.0, names in UTF-8, as they are, at midnight of the first day there is.
        let mut head = vec![20, 0, 0, 8, 0, 0, 0, 0, 0x21, 0];
        head.extend(sum.sum().to_le_bytes());
        head.extend(four(file.bytes.len())?);
        head.extend(four(file.bytes.len())?);
        head.extend(two(file.name.len())?);
        head.extend([0, 0]);
        list.extend(b"PK\x01\x02\x14\x00");
        list.extend(&head);
        list.extend([0; 10]);
        list.extend(four(archive.len())?);
        list.extend(file.name);
        archive.extend(b"PK\x03\x04");
        archive.extend(&head);
        archive.extend(file.name);
        archive.extend(&file.bytes);
    }
    let start = archive.len();
    archive.extend(&list);
    archive.extend(b"PK\x05\x06\0\0\0\0");
    archive.extend(two(files.len())?);
    archive.extend(two(files.len())?);
    archive.extend(four(list.len())?);
    archive.extend(four(start)?);
    archive.extend([0, 0]);
    Ok(archive)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn xlsx(shared: &str, cells: &str) -> Vec<File<'static>> {
        const KIND: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
        let relation = |kind: &str, target: &str| {
            format!(
                "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"><Relationship Id=\"r1\" Type=\"{KIND}/{kind}\" Target=\"{target}\"/></Relationships>"
            )
        };
        let main = "xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"";
        let file = |name: &'static str, text: String| File {
            name: name.as_bytes(),
            bytes: text.into_bytes(),
        };
        vec![
            file("_rels/.rels", relation("officeDocument", "xl/workbook.xml")),
            file(
                "xl/workbook.xml",
                format!(
                    "<workbook {main} xmlns:r=\"{KIND}\"><sheets><sheet name=\"s\" sheetId=\"1\" r:id=\"r1\"/></sheets></workbook>"
                ),
            ),
            file(
                "xl/_rels/workbook.xml.rels",
                relation("worksheet", "worksheets/sheet1.xml"),
            ),
            file(
                "xl/sharedStrings.xml",
                format!("<sst {main} {shared}</sst>"),
            ),
            file(
                "xl/worksheets/sheet1.xml",
                format!("<worksheet {main}><sheetData>{cells}</sheetData></worksheet>"),
            ),
        ]
    }

    #[test]
    fn cells_are_read_where_they_stand() {
        let files = xlsx(
            "uniqueCount=\"99999999999999\"><si><t>甲</t></si>",
            "<row r=\"2\"><c r=\"B2\" t=\"s\"><v>0</v></c><c r=\"D2\"><v>1.5</v></c></row><row r=\"9\"><c r=\"XFD9\" s=\"1\"/></row>",
        );
        let rows = rows(packed(&files).unwrap()).unwrap();
        assert_eq!(rows, [vec![], vec!["", "甲", "", "1.5"]]);
    }

    #[test]
    fn a_cell_far_out_is_no_rectangle_up_to_it() {
        let files = xlsx(
            "><si><t>a</t></si>",
            "<row r=\"1\"><c r=\"A1\"><v>5</v></c></row><row r=\"1048576\"><c r=\"XFD1048576\"><v>5</v></c></row>",
        );
        let beyond = Fault::Beyond {
            row: 1_048_575,
            column: 16_383,
        };
        assert_eq!(rows(packed(&files).unwrap()), Err(beyond));
    }

    #[test]
    fn a_small_archive_may_not_hold_very_much() {
        let mut packer =
            flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
        packer.write_all(&vec![b' '; 33 << 20]).unwrap();
        let files = [File {
            name: b"xl/workbook.xml",
            bytes: packer.finish().unwrap(),
        }];
        let mut archive = packed(&files).unwrap();
        let list = archive.windows(4).position(|w| w == b"PK\x01\x02").unwrap();
        archive[list + 10] = 8;
        let expected = "expected at most 33554432 bytes within, unpacked".to_owned();
        assert_eq!(rows(archive), Err(Fault::Broken(expected)));
    }
}
