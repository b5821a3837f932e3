//! Reads the sheets of a workbook, xls or xlsx, as rows of texts, within limits whatever the file
//! states.
//!
//! An xlsx is unpacked up to [`UNPACKED`] bytes and packed anew, so that its reader meets only
//! checked content, and is read cell by cell. An xls is checked by [`super::biff`] first, since its
//! reader lays out every sheet as it opens the file. No file can make them use more than about a
//! gigabyte.

use super::biff;
use super::cells::SheetCells;
use super::number_format::{CellFormats, NumberFormat};
use super::text_sheets::add_statements;
use super::workbook_limits::{CELLS, TEXT, WorkbookFault, broken, within};
use calamine::{Data, DataRef, ExcelDateTime, ExcelDateTimeType, Reader, SheetVisible, Xls, Xlsx};
use cfb::CompoundFile;
use std::collections::BTreeSet;
use std::io::{Cursor, Read, Write};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

/// The most bytes of a workbook, packed and unpacked.
const UNPACKED: u64 = 128 << 20;
/// The most files in the archive of an xlsx.
const FILES: usize = 1024;

/// Return the texts of the sheets, each from its first row and column on. Charts have none.
///
/// # Errors
/// A workbook that is damaged, or beyond the limits.
pub(in crate::ingest) fn sheets(bytes: Vec<u8>) -> Result<Vec<SheetCells>, WorkbookFault> {
    // A workbook that no spreadsheet program wrote may make the reader panic: an error of the file,
    // not of this program.
    std::panic::catch_unwind(move || {
        if bytes.len() as u64 > UNPACKED {
            return Err(broken(format!("expected at most {UNPACKED} bytes")));
        }
        let mut sheets = match bytes.starts_with(b"PK") {
            true => read_xlsx(&bytes)?,
            false => read_xls(&bytes)?,
        };
        add_statements(&mut sheets);
        Ok(sheets)
    })
    .unwrap_or_else(|_| Err(broken("it is no workbook that can be read")))
}

/// The sheets that were read, as rows of texts.
#[derive(Default)]
struct BookCells {
    sheets: Vec<SheetCells>,
    is_1904: bool,
    text: usize,
    /// The rows and cells that memory is used for.
    cells: usize,
}

impl BookCells {
    fn start_sheet(&mut self, name: &str, known: &[calamine::Sheet]) {
        let known = known.iter().find(|sheet| sheet.name == name);
        self.sheets.push(SheetCells {
            name: Some(name.to_owned()),
            is_hidden: known.is_some_and(|sheet| sheet.visible != SheetVisible::Visible),
            is_1904: self.is_1904,
            ..SheetCells::default()
        });
    }

    /// Put the value of a cell of this format.
    fn put_cell(
        &mut self,
        (row, column): (u32, u32),
        cell: &Data,
        format: Option<&NumberFormat>,
    ) -> Result<(), WorkbookFault> {
        if let Some(format) = format.filter(|format| format.text().is_some())
            && let Some(sheet) = self.sheets.last_mut()
            && matches!(cell, Data::Float(_) | Data::Int(_))
        {
            let known = sheet.formats.entry(column as usize).or_default();
            if !known.contains(format) {
                known.insert(format.clone());
            }
        }
        let text = match date_of(cell, format, self.is_1904) {
            Some(date) => date,
            None => text_of(cell, format),
        };
        self.put(row, column, text)
    }

    fn put(&mut self, row: u32, column: u32, text: String) -> Result<(), WorkbookFault> {
        within(row, column)?;
        self.text += text.len();
        if self.text > TEXT {
            return Err(broken(format!("expected at most {TEXT} bytes of text")));
        }
        let (row, column) = (row as usize, column as usize);
        let Some(sheet) = self.sheets.last_mut() else {
            return Ok(());
        };
        let rows = (row + 1).saturating_sub(sheet.rows.len());
        let width = sheet.rows.get(row).map_or(0, Vec::len);
        self.cells += rows + (column + 1).saturating_sub(width);
        if self.cells > CELLS {
            return Err(broken(format!("expected at most {CELLS} cells")));
        }
        if rows > 0 {
            sheet.rows.resize(row + 1, Vec::new());
        }
        let cells = &mut sheet.rows[row];
        if cells.len() <= column {
            cells.resize(column + 1, String::new());
        }
        cells[column] = text;
        Ok(())
    }

    fn finish(self) -> Result<Vec<SheetCells>, WorkbookFault> {
        if self.sheets.is_empty() {
            return Err(broken("expected a sheet"));
        }
        Ok(self.sheets)
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

fn read_xls(bytes: &[u8]) -> Result<Vec<SheetCells>, WorkbookFault> {
    // Workbooks from before 1997 use the old name. Where `Workbook` is damaged, `Book` is not
    // tried.
    let mut compound = CompoundFile::open(Cursor::new(bytes)).map_err(broken)?;
    let names = ["Workbook", "Book"];
    let name = names.into_iter().find(|name| compound.is_stream(name));
    let name = name.ok_or_else(|| broken("expected a stream called Workbook"))?;
    let stream = compound.open_stream(name).map_err(broken)?;
    let records = bounded(stream, &mut { UNPACKED })?;
    let formats = biff::check(&records)?;
    let mut anew = CompoundFile::create_with_version(cfb::Version::V3, Cursor::new(Vec::new()))
        .map_err(broken)?;
    let mut stream = anew.create_stream(name).map_err(broken)?;
    stream.write_all(&records).map_err(broken)?;
    stream.flush().map_err(broken)?;
    drop(stream);
    let mut book = Xls::new(anew.into_inner()).map_err(broken)?;
    let mut found = BookCells {
        is_1904: book.has_1904_epoch(),
        ..BookCells::default()
    };
    let known = book.sheets_metadata().to_vec();
    for (at, name) in book.sheet_names().into_iter().enumerate() {
        let Some(Ok(sheet)) = book.worksheet_range_at(at) else {
            continue;
        };
        found.start_sheet(&name, &known);
        let (top, left) = sheet.start().unwrap_or((0, 0));
        for (row, cells) in (top..).zip(sheet.rows()) {
            for (column, cell) in (left..).zip(cells) {
                if *cell != Data::Empty {
                    let format = formats.of_cell(at, row, column);
                    found.put_cell((row, column), cell, format)?;
                }
            }
        }
    }
    found.finish()
}

/// Return the date of a number that is shown as one, of the years 1955 to 2118; another number may
/// have the format by mistake.
fn date_of(cell: &Data, format: Option<&NumberFormat>, is_1904: bool) -> Option<String> {
    format.filter(|format| format.is_date())?;
    let number = match cell {
        Data::Float(number) => *number,
        Data::Int(number) => *number as f64,
        _ => return None,
    };
    let moment = ExcelDateTime::new(number, ExcelDateTimeType::DateTime, is_1904);
    let is_likely = (20_000.0..80_000.0).contains(&number);
    is_likely.then(|| text_of(&Data::DateTime(moment), None))
}

/// Return the text of a cell; a date as such, a number as its format shows it, but with all digits.
fn text_of(cell: &Data, format: Option<&NumberFormat>) -> String {
    let number = match cell {
        Data::Float(number) => Some(*number),
        // A workbook's numbers are no larger than those of 53 bits.
        Data::Int(number) => Some(*number as f64),
        _ => None,
    };
    if let (Some(number), Some(format)) = (number, format) {
        let (shown, behind) = format.shown(number);
        return text_of(&Data::Float(shown), None) + behind;
    }
    match cell {
        Data::DateTime(moment) if moment.is_datetime() => {
            let date = moment.to_ymd_hms_milli();
            format!("{:04}-{:02}-{:02}", date.0, date.1, date.2)
        }
        // Spreadsheets calculate with 15 digits: 437704.54999999993 is a sum that shows 437704.55.
        Data::Float(number) => {
            let rounded = format!("{number:.14e}").parse::<f64>();
            rounded.unwrap_or(*number).to_string()
        }
        other => other.to_string(),
    }
}

fn read_xlsx(bytes: &[u8]) -> Result<Vec<SheetCells>, WorkbookFault> {
    let PackedBook {
        content,
        is_1904,
        formats,
        has_formulas,
    } = packed_anew(bytes)?;
    let mut book = Xlsx::new(content).map_err(broken)?;
    let mut found = BookCells {
        is_1904,
        ..BookCells::default()
    };
    let known = book.sheets_metadata().to_vec();
    for name in book.sheet_names() {
        // A sheet of a chart has no cells.
        let Ok(mut reader) = book.worksheet_cells_reader(&name) else {
            continue;
        };
        found.start_sheet(&name, &known);
        let mut blank = BTreeSet::new();
        while let Some((cell, format)) = reader.next_cell_with_style_id().map_err(broken)? {
            let (row, column) = cell.get_position();
            match cell.get_value() {
                DataRef::Empty if has_formulas => {
                    blank.insert((row, column));
                }
                DataRef::Empty => {}
                DataRef::SharedString(text) => found.put(row, column, (*text).to_owned())?,
                other => {
                    let cell = Data::from(other.clone());
                    found.put_cell((row, column), &cell, formats.get(format))?;
                }
            }
        }
        drop(reader);
        let has_none = |cell: &calamine::Cell<String>| {
            !cell.get_value().is_empty() && blank.contains(&cell.get_position())
        };
        if blank.is_empty() {
            continue;
        }
        let mut formulas = book.worksheet_cells_reader(&name).map_err(broken)?;
        // The values have been read: a formula that cannot be is the last that is looked at.
        while let Ok(Some(cell)) = formulas.next_formula() {
            if has_none(&cell) {
                let (row, column) = cell.get_position();
                if let Some(sheet) = found.sheets.last_mut() {
                    // One in a title is not in the way of the values below it.
                    sheet.unsolved = Some((row as usize, column as usize));
                }
            }
        }
    }
    found.finish()
}

/// The content of an xlsx, packed anew.
struct PackedBook {
    content: Cursor<Vec<u8>>,
    /// Whether it counts days from 1904 on.
    is_1904: bool,
    formats: CellFormats,
    /// Whether a cell has a formula.
    has_formulas: bool,
}

/// Pack the content of an xlsx anew, without styles and themes: a few bytes of them become many in
/// memory.
fn packed_anew(bytes: &[u8]) -> Result<PackedBook, WorkbookFault> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(broken)?;
    if archive.len() > FILES {
        return Err(broken(format!("expected at most {FILES} files within")));
    }
    let mut anew = ZipWriter::new(Cursor::new(Vec::new()));
    let plain = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    let mut left = UNPACKED;
    let mut is_1904 = false;
    let mut has_formulas = false;
    let mut formats = CellFormats::default();
    for at in 0..archive.len() {
        let file = archive.by_index(at).map_err(broken)?;
        let name = file.name().map_err(broken)?.into_owned();
        let lower = name.to_ascii_lowercase();
        let is_xml = lower.contains(".xml") || lower.contains(".rels");
        let is_style = lower.contains("styles") || lower.contains("theme");
        if !is_xml || is_style && !lower.ends_with("/styles.xml") {
            continue;
        }
        let mut content = bounded(file, &mut left)?;
        // XML in UTF-8 has no such bytes, and the search below relies on it.
        if content.iter().any(|b| *b < b' ' && !b"\t\r\n".contains(b)) {
            return Err(broken("expected XML as UTF-8 within"));
        }
        if is_style {
            formats = CellFormats::of_styles(&content)?;
            continue;
        }
        if lower.ends_with("workbook.xml") {
            is_1904 = counts_from_1904(&content);
        }
        has_formulas |= lower.contains("sheet") && content.windows(2).any(|two| two == b"<f");
        hide_text_count(&mut content);
        anew.start_file(name, plain).map_err(broken)?;
        anew.write_all(&content).map_err(broken)?;
    }
    Ok(PackedBook {
        content: anew.finish().map_err(broken)?,
        is_1904,
        formats,
        has_formulas,
    })
}

/// Whether the description of a workbook says that its dates are days since 1904.
fn counts_from_1904(content: &[u8]) -> bool {
    let text = String::from_utf8_lossy(content);
    let value = text.split_once("date1904").map(|(_, rest)| rest);
    let value = value.map(|rest| rest.trim_start_matches([' ', '=', '"', '\'']));
    value.is_some_and(|value| value.starts_with('1') || value.starts_with("true"))
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
        let [sheet] = &sheets(files).unwrap()[..] else {
            panic!("one sheet")
        };
        assert_eq!(sheet.name.as_deref(), Some("s"));
        assert_eq!(sheet.rows, [vec![], vec!["", "甲", "", "1.5"]]);
    }

    #[test]
    fn a_formula_without_its_result_is_known() {
        let unsolved = |cell: &str| {
            let files = xlsx(
                ">",
                &format!("<row r=\"2\"><c r=\"A2\"><v>1</v></c>{cell}</row>"),
            );
            sheets(files).unwrap()[0].unsolved
        };
        for cell in [
            "<c r=\"B2\"><f>A2*2</f><v></v></c>",
            "<c r=\"B2\"><f>A2*2</f><v/></c>",
            "<c r=\"B2\"><f>A2*2</f></c>",
        ] {
            assert_eq!(unsolved(cell), Some((1, 1)), "{cell}");
        }
        for cell in [
            "<c r=\"B2\"><f>A2*2</f><v>2</v></c>",
            // An empty text is a result.
            "<c r=\"B2\" t=\"str\"><f>IF(A2,\"\",1)</f><v></v></c>",
            "<c r=\"B2\" s=\"1\"/>",
        ] {
            assert_eq!(unsolved(cell), None, "{cell}");
        }
    }

    #[test]
    fn a_workbook_says_from_which_day_it_counts() {
        for (text, is_1904) in [
            ("<workbookPr date1904=\"1\"/>", true),
            ("<workbookPr date1904='true' x=\"1\"/>", true),
            ("<workbookPr date1904=\"0\"/>", false),
            ("<workbookPr/>", false),
        ] {
            assert_eq!(counts_from_1904(text.as_bytes()), is_1904, "{text}");
        }
    }

    #[test]
    fn a_cell_beyond_the_limits_is_refused_before_memory_is_reserved() {
        let wide = |row: usize| format!("<row r=\"{row}\"><c r=\"XFD{row}\"><v>5</v></c></row>");
        let rows: String = (1..=300).map(wide).collect();
        let expected = format!("expected at most {CELLS} cells");
        let files = xlsx("><si><t>a</t></si>", &rows);
        assert_eq!(sheets(files), Err(WorkbookFault::Broken(expected)));
    }

    #[test]
    fn a_small_archive_may_not_hold_very_much() {
        let archive = packed(&[("xl/workbook.xml", " ".repeat(129 << 20))]);
        assert!(archive.len() < 1 << 20);
        let expected = "expected at most 134217728 bytes within, unpacked".to_owned();
        assert_eq!(sheets(archive), Err(WorkbookFault::Broken(expected)));
    }
}
