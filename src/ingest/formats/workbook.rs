//! Reads the first sheet of a workbook, xls or xlsx, as rows of texts, within limits whatever the
//! file states.
//!
//! An xlsx is unpacked up to [`UNPACKED`] bytes and packed anew, so that its reader meets only
//! checked content, and is read cell by cell. An xls is checked by [`super::biff`] first, since its
//! reader lays out every sheet as it opens the file. No file can make them use more than about a
//! gigabyte.

use super::biff;
use super::workbook_limits::{TEXT, WorkbookFault, broken, within};
use calamine::{Data, DataRef, Reader, Xls, Xlsx};
use cfb::CompoundFile;
use std::io::{Cursor, Read, Write};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

/// The most bytes of a workbook, packed and unpacked.
const UNPACKED: u64 = 32 << 20;
/// The most files in the archive of an xlsx.
const FILES: usize = 1024;

/// Return the texts of the first sheet, from its first row and column on.
///
/// # Errors
/// A workbook that is damaged, or beyond the limits.
pub(super) fn rows(bytes: Vec<u8>) -> Result<Vec<Vec<String>>, WorkbookFault> {
    // A workbook that no spreadsheet program wrote may make the reader panic: an error of the file,
    // not of this program.
    std::panic::catch_unwind(move || {
        if bytes.len() as u64 > UNPACKED {
            return Err(broken(format!("expected at most {UNPACKED} bytes")));
        }
        if bytes.starts_with(b"PK") {
            read_xlsx(&bytes)
        } else {
            read_xls(&bytes)
        }
    })
    .unwrap_or_else(|_| Err(broken("it is no workbook that can be read")))
}

/// The cells that were read, as rows of texts.
#[derive(Default)]
struct SheetRows {
    rows: Vec<Vec<String>>,
    text: usize,
}

impl SheetRows {
    fn put(&mut self, row: u32, column: u32, text: String) -> Result<(), WorkbookFault> {
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

/// Read all of `input`, at most `left` bytes, and lower `left` by them.
fn bounded(input: impl Read, left: &mut u64) -> Result<Vec<u8>, WorkbookFault> {
    let mut bytes = Vec::new();
    let mut input = input.take(*left + 1);
    input.read_to_end(&mut bytes).map_err(broken)?;
    *left = left.checked_sub(bytes.len() as u64).ok_or_else(|| {
        broken(format!(
            "expected at most {UNPACKED} bytes within, unpacked"
        ))
    })?;
    Ok(bytes)
}

fn read_xls(bytes: &[u8]) -> Result<Vec<Vec<String>>, WorkbookFault> {
    // Workbooks from before 1997 use the old name. Where `Workbook` is damaged, `Book` is not
    // tried.
    let mut compound = CompoundFile::open(Cursor::new(bytes)).map_err(broken)?;
    let names = ["Workbook", "Book"];
    let name = names.into_iter().find(|name| compound.is_stream(name));
    let name = name.ok_or_else(|| broken("expected a stream called Workbook"))?;
    let stream = compound.open_stream(name).map_err(broken)?;
    let records = bounded(stream, &mut { UNPACKED })?;
    biff::check(&records)?;
    let mut anew = CompoundFile::create_with_version(cfb::Version::V3, Cursor::new(Vec::new()))
        .map_err(broken)?;
    let mut stream = anew.create_stream(name).map_err(broken)?;
    stream.write_all(&records).map_err(broken)?;
    stream.flush().map_err(broken)?;
    drop(stream);
    let mut book = Xls::new(anew.into_inner()).map_err(broken)?;
    let sheet = book.worksheet_range_at(0);
    let sheet = sheet
        .ok_or_else(|| broken("expected a sheet"))?
        .map_err(broken)?;
    let (top, left) = sheet.start().unwrap_or((0, 0));
    let mut rows = SheetRows::default();
    for (row, cells) in (top..).zip(sheet.rows()) {
        for (column, cell) in (left..).zip(cells) {
            if *cell != Data::Empty {
                rows.put(row, column, cell.to_string())?;
            }
        }
    }
    Ok(rows.rows)
}

fn read_xlsx(bytes: &[u8]) -> Result<Vec<Vec<String>>, WorkbookFault> {
    let mut book = Xlsx::new(packed_anew(bytes)?).map_err(broken)?;
    let names = book.sheet_names();
    let first = names.first().ok_or_else(|| broken("expected a sheet"))?;
    let mut reader = book.worksheet_cells_reader(first).map_err(broken)?;
    let mut rows = SheetRows::default();
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

/// Pack the content of an xlsx anew, without styles and themes: they say nothing about figures, and
/// a few bytes of them become many in memory.
fn packed_anew(bytes: &[u8]) -> Result<Cursor<Vec<u8>>, WorkbookFault> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(broken)?;
    if archive.len() > FILES {
        return Err(broken(format!("expected at most {FILES} files within")));
    }
    let mut anew = ZipWriter::new(Cursor::new(Vec::new()));
    let plain = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    let mut left = UNPACKED;
    for at in 0..archive.len() {
        let file = archive.by_index(at).map_err(broken)?;
        let name = file.name().map_err(broken)?.into_owned();
        let lower = name.to_ascii_lowercase();
        let is_xml = lower.contains(".xml") || lower.contains(".rels");
        if lower.contains("styles") || lower.contains("theme") || !is_xml {
            continue;
        }
        let mut content = bounded(file, &mut left)?;
        // XML in UTF-8 has no such bytes, and the search below relies on it.
        if content.iter().any(|b| *b < b' ' && !b"\t\r\n".contains(b)) {
            return Err(broken("expected XML as UTF-8 within"));
        }
        hide_text_count(&mut content);
        anew.start_file(name, plain).map_err(broken)?;
        anew.write_all(&content).map_err(broken)?;
    }
    anew.finish().map_err(broken)
}

/// Hide the stated number of shared texts, for which the reader would reserve memory. It is only a
/// hint, so that nothing is lost.
fn hide_text_count(content: &mut [u8]) {
    const HINT: &[u8] = b"uniqueCount";
    let mut at = 0;
    while let Some(found) = content[at..].windows(HINT.len()).position(|w| w == HINT) {
        at += found;
        content[at] = b'U';
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packed(files: &[(&str, String)]) -> Vec<u8> {
        let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, text) in files {
            let options = SimpleFileOptions::default();
            archive.start_file(*name, options).unwrap();
            archive.write_all(text.as_bytes()).unwrap();
        }
        archive.finish().unwrap().into_inner()
    }

    fn xlsx(shared: &str, cells: &str) -> Vec<u8> {
        const KIND: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
        let relation = |kind: &str, target: &str| {
            format!(
                "<Relationships \
                 xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">\
                 <Relationship Id=\"r1\" Type=\"{KIND}/{kind}\" \
                 Target=\"{target}\"/></Relationships>"
            )
        };
        let main = "xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"";
        packed(&[
            ("_rels/.rels", relation("officeDocument", "xl/workbook.xml")),
            (
                "xl/workbook.xml",
                format!(
                    "<workbook {main} xmlns:r=\"{KIND}\"><sheets><sheet name=\"s\" sheetId=\"1\" \
                     r:id=\"r1\"/></sheets></workbook>"
                ),
            ),
            (
                "xl/_rels/workbook.xml.rels",
                relation("worksheet", "worksheets/sheet1.xml"),
            ),
            (
                "xl/sharedStrings.xml",
                format!("<sst {main} {shared}</sst>"),
            ),
            (
                "xl/worksheets/sheet1.xml",
                format!("<worksheet {main}><sheetData>{cells}</sheetData></worksheet>"),
            ),
        ])
    }

    #[test]
    fn cells_are_read_where_they_stand() {
        let files = xlsx(
            "uniqueCount=\"99999999999999\"><si><t>甲</t></si>",
            "<row r=\"2\"><c r=\"B2\" t=\"s\"><v>0</v></c><c r=\"D2\"><v>1.5</v></c></row><row \
             r=\"9\"><c r=\"XFD9\" s=\"1\"/></row>",
        );
        let rows = rows(files).unwrap();
        assert_eq!(rows, [vec![], vec!["", "甲", "", "1.5"]]);
    }

    #[test]
    fn a_cell_beyond_the_limits_is_refused_before_memory_is_reserved() {
        let files = xlsx(
            "><si><t>a</t></si>",
            "<row r=\"1\"><c r=\"A1\"><v>5</v></c></row><row r=\"1048576\"><c \
             r=\"XFD1048576\"><v>5</v></c></row>",
        );
        let beyond = WorkbookFault::Beyond {
            row: 1_048_575,
            column: 16_383,
        };
        assert_eq!(rows(files), Err(beyond));
    }

    #[test]
    fn a_small_archive_may_not_hold_very_much() {
        let archive = packed(&[("xl/workbook.xml", " ".repeat(33 << 20))]);
        assert!(archive.len() < 1 << 20);
        let expected = "expected at most 33554432 bytes within, unpacked".to_owned();
        assert_eq!(rows(archive), Err(WorkbookFault::Broken(expected)));
    }
}
