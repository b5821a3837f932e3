//! Reads the country table of China's customs (进出口商品国别（地区）总值表), xls or xlsx.
//!
//! It has two header rows: exports and imports together, exports, imports, each with the month and
//! January to the month; then the growth of the cumulative in percent. The title gives year and
//! month, a line below it the unit. Rows are indented below their continent. `-` is nil. The table
//! of January has no cumulative columns, that of February may have only those. Every cell is a
//! published figure: a cumulative is not the sum of its months, since the customs revise late.

use super::areas;
use super::draft::{DraftFigure, rounding, take};
use super::workbook;
use super::workbook_limits::{WorkbookFault, expected_size};
use crate::ingest::figures::{FigureKind, unit_text};
use crate::ingest::parsed_file::{CellError, ParsedFile};
use crate::ingest::refusal::IngestError;
use crate::ingest::source::FileSource;
use crate::trade::{Code, Currency, FigureMeasure, Flow, Month, SeriesKey, Span};

/// The largest workbook, in bytes; those of the customs have some hundred kilobytes.
const LARGEST_WORKBOOK: u64 = 16 << 20;
/// The rows within which title, unit and header are found.
const HEAD: usize = 12;

pub(super) fn read(
    source: &mut FileSource<'_>,
    parsed: &mut ParsedFile,
) -> Result<(), IngestError> {
    let cells = sheet(source, parsed)?;
    figures(&cells, parsed)
}

/// Read the figures of the table on a sheet.
fn figures(cells: &SheetCells, parsed: &mut ParsedFile) -> Result<(), IngestError> {
    let table = match CustomsTable::find(cells) {
        Ok(table) => table,
        Err((row, wrong)) => {
            return Err(parsed.refusal(row, wrong).into());
        }
    };
    let mut parent: Option<Code> = None;
    for row in table.first_row..cells.rows.len() {
        let name = cells.text(row, table.name);
        let bare = name.trim_matches(|c: char| c.is_whitespace() || c == '\u{3000}');
        if bare.is_empty() {
            continue;
        }
        // A row without figures is a note.
        if table
            .columns
            .iter()
            .all(|column| cells.text(row, column.at).trim().is_empty())
        {
            continue;
        }
        let indented = name.starts_with(|c: char| c.is_whitespace() || c == '\u{3000}');
        let number = cells.number_of(row);
        // A row with figures that begins like a note is neither a note nor an area, even where its
        // name says "other" (其他).
        let noted = NOTES.iter().any(|note| bare.starts_with(note));
        let known = areas::of_gacc(bare, parent.as_ref().map(Code::as_str));
        let Some(partner) = known.filter(|_| !noted) else {
            let expected = "expected a country, region or group of the customs' list";
            parsed.refuse(
                number,
                CellError::new(&column_name(table.name), bare, expected),
            )?;
            continue;
        };
        if !indented || CONTINENTS.contains(&partner.as_str()) {
            parent = Some(partner.clone());
        }
        for column in &table.columns {
            let text = cells.text(row, column.at).trim().replace([',', '，'], "");
            let place = |expected: String| CellError::new(&column_name(column.at), &text, expected);
            match table.figure(&partner, column, &text) {
                Ok(Some(draft)) => {
                    if let Err((_, expected)) = take(parsed, draft, number) {
                        parsed.refuse(number, place(expected))?;
                    }
                }
                Ok(None) => {}
                Err(expected) => parsed.refuse(number, place(expected))?,
            }
        }
    }
    Ok(())
}

/// The beginnings of notes.
const NOTES: [&str; 4] = ["注", "备注", "说明", "*"];

const CONTINENTS: [&str; 6] = [
    "ASIA",
    "AFRICA",
    "EUROPE",
    "LATIN_AMERICA",
    "NORTH_AMERICA",
    "OCEANIA",
];

fn sheet(source: &mut FileSource<'_>, parsed: &ParsedFile) -> Result<SheetCells, IngestError> {
    let name = source.name();
    let broken = |reason: String| IngestError::format(name, "Excel", reason);
    let bytes = source.bytes(LARGEST_WORKBOOK)?;
    if bytes.len() as u64 > LARGEST_WORKBOOK {
        return Err(broken(format!("expected at most {LARGEST_WORKBOOK} bytes")));
    }
    match workbook::rows(bytes) {
        Ok(rows) => Ok(SheetCells { rows }),
        Err(WorkbookFault::Broken(reason)) => Err(broken(reason)),
        Err(WorkbookFault::Beyond { row, column }) => {
            let wrong = CellError {
                column: column_name(column as usize),
                value: None,
                expected: expected_size(),
            };
            Err(parsed.refusal(u64::from(row) + 1, wrong).into())
        }
    }
}

/// Return the name of a column of a sheet: A, B, …, Z, AA.
fn column_name(at: usize) -> String {
    let letter = |n: usize| char::from(b'A' + u8::try_from(n % 26).unwrap_or(0));
    match at / 26 {
        0 => letter(at).to_string(),
        more => format!("{}{}", column_name(more - 1), letter(at)),
    }
}

struct SheetCells {
    rows: Vec<Vec<String>>,
}

impl SheetCells {
    fn text(&self, row: usize, column: usize) -> &str {
        self.rows
            .get(row)
            .and_then(|row| row.get(column))
            .map_or("", String::as_str)
    }

    /// Return the number of a row as the sheet shows it.
    fn number_of(&self, row: usize) -> u64 {
        row as u64 + 1
    }
}

/// A column of the table and the figures that it holds.
#[derive(Debug, PartialEq)]
struct CustomsColumn {
    at: usize,
    flow: Flow,
    measure: FigureMeasure,
    span: Span,
}

const TITLE: &str = "expected a title with 总值表, year and month, 2025年5月";

struct CustomsTable {
    currency: Currency,
    /// The power of ten of the delivered unit.
    exponent: i32,
    month: Month,
    name: usize,
    columns: Vec<CustomsColumn>,
    first_row: usize,
}

impl CustomsTable {
    /// Find title, unit and header.
    ///
    /// # Errors
    /// The row and cell that are wrong or missing.
    fn find(sheet: &SheetCells) -> Result<Self, (u64, CellError)> {
        let squeezed = |text: &str| -> String {
            text.chars()
                .filter(|c| !c.is_whitespace() && *c != '\u{3000}')
                .collect()
        };
        let wrong = |row: usize, column: usize, expected: &str| {
            let value = squeezed(sheet.text(row, column));
            (
                sheet.number_of(row),
                CellError::new(&column_name(column), &value, expected),
            )
        };
        let blank = |row: &&Vec<String>| row.iter().all(String::is_empty);
        let begin = sheet.rows.iter().take_while(blank).count();
        let head = sheet.rows.len().min(begin + HEAD);
        let mut title: Option<(usize, usize, Month)> = None;
        let mut unit = None;
        let mut header = None;
        for row in begin..head {
            for column in 0..sheet.rows[row].len() {
                let text = squeezed(sheet.text(row, column));
                // 总值 alone is the name of the row of the total.
                if text.contains("总值表") || text.contains("总值") && text.contains('年') {
                    let month = month_of_title(&text).ok_or_else(|| wrong(row, column, TITLE))?;
                    if let Some((_, _, first)) = title.filter(|(_, _, first)| *first != month) {
                        let expected = format!("expected the month of the title above, {first}");
                        return Err(wrong(row, column, &expected));
                    }
                    title = title.or(Some((row, column, month)));
                } else if unit.is_none() && text.contains("单位") {
                    unit = Some((row, column, text));
                } else if header.is_none() && text == "进出口" {
                    header = Some((row, column));
                }
            }
        }
        let (row, column, month) = title.ok_or_else(|| wrong(begin, 0, TITLE))?;
        let (row, column, unit) = unit.ok_or_else(|| {
            wrong(
                row,
                column,
                "expected a line with the unit (单位) below the title",
            )
        })?;
        let (currency, exponent) = unit_of(&unit).ok_or_else(|| {
            wrong(
                row,
                column,
                "expected a unit: 万元, 亿元, 百万元, 千美元, 万美元 or 百万美元",
            )
        })?;
        let (top, first) = header.ok_or_else(|| {
            wrong(
                row,
                column,
                "expected a header row with 进出口, 出口 and 进口 below the unit",
            )
        })?;
        let mut table = Self {
            currency,
            exponent,
            month,
            name: first.saturating_sub(1),
            columns: Vec::new(),
            first_row: top + 2,
        };
        // The upper header row ends at its last cell, which spans several columns.
        let two = sheet.rows.iter().skip(top).take(2);
        let width = two.map(Vec::len).max().unwrap_or(0);
        let mut group = String::new();
        for at in first..width {
            let above = squeezed(sheet.text(top, at));
            if !above.is_empty() {
                group = above;
            }
            let below = squeezed(sheet.text(top + 1, at));
            if group.is_empty() || below.is_empty() {
                continue;
            }
            let column = table.column(at, &group, &below).ok_or_else(|| {
                wrong(
                    top + 1,
                    at,
                    "expected M月 or 1至M月 below 进出口, 出口 or 进口, or one \
                    of these three below the growth",
                )
            })?;
            if column.span.last() != month {
                let expected = format!(
                    "expected {0}月 or 1至{0}月, the month of the title",
                    month.of_year()
                );
                return Err(wrong(top + 1, at, &expected));
            }
            table.columns.push(column);
        }
        if table.columns.is_empty() {
            return Err(wrong(top, first, "expected columns of figures"));
        }
        Ok(table)
    }

    fn column(&self, at: usize, group: &str, below: &str) -> Option<CustomsColumn> {
        let flow = |text: &str| match text {
            "进出口" => Some(Flow::Total),
            "出口" => Some(Flow::Exports),
            "进口" => Some(Flow::Imports),
            _ => None,
        };
        if group.contains("同期") || group.contains('±') {
            let cumulative = group.contains("累计");
            let span = if cumulative && self.month.of_year() > 1 {
                Span::year_to_date(self.month)
            } else {
                Span::month(self.month)
            };
            return Some(CustomsColumn {
                at,
                flow: flow(below)?,
                measure: FigureMeasure::Growth,
                span,
            });
        }
        let months = below.strip_suffix('月')?;
        let span = match months.split_once(['至', '-', '—', '－', '~']) {
            Some(("1", last)) => Span::year_to_date(self.month.same_year(last)?),
            Some(_) => return None,
            None => Span::month(self.month.same_year(months)?),
        };
        Some(CustomsColumn {
            at,
            flow: flow(group)?,
            measure: FigureMeasure::Level,
            span,
        })
    }

    /// Return the figure of a cell; `None` where it is empty.
    fn figure(
        &self,
        partner: &Code,
        column: &CustomsColumn,
        text: &str,
    ) -> Result<Option<DraftFigure>, String> {
        let nil = matches!(text, "-" | "－" | "—" | "–");
        let growth = column.measure == FigureMeasure::Growth;
        // Nil growth is no figure; nil trade is.
        if text.is_empty() || nil && growth {
            return Ok(None);
        }
        let number = if nil {
            0.0
        } else {
            let number = text.parse::<f64>().ok().filter(|v| v.is_finite());
            number.ok_or("expected a number, or `-` for nil")?
        };
        let scale = if growth {
            0.01
        } else {
            10_f64.powi(self.exponent)
        };
        let key = SeriesKey {
            reporter: Code::parse("CHN").map_err(|e| e.to_string())?,
            partner: partner.clone(),
            flow: column.flow,
            product: Code::parse("TOTAL").map_err(|e| e.to_string())?,
            unit: self.currency,
        };
        let unit = if growth {
            format!("% {}", self.currency)
        } else {
            unit_text(self.currency.as_str(), self.exponent)
        };
        let written = if nil { "0" } else { text };
        Ok(Some(DraftFigure {
            kind: FigureKind::Release,
            measure: column.measure,
            unit,
            // Growth is printed with one decimal, but a sheet keeps 1.0 as 1.
            rounding: if growth {
                0.05 * scale
            } else {
                rounding(written) * scale
            },
            source: format!(
                "GACC country table {}.{}",
                self.month.of_year(),
                self.month.year()
            ),
            ..DraftFigure::level(key, column.span, number, written, scale)
        }))
    }
}

/// Return the month of a title: `2025年5月` and `2025年1至5月` are May 2025.
fn month_of_title(title: &str) -> Option<Month> {
    let (before, after) = title.split_once('年')?;
    let digits = |text: &str| text.bytes().rev().take_while(u8::is_ascii_digit).count();
    let year = before.get(before.len().checked_sub(digits(before))?..)?;
    let (months, _) = after.split_once('月')?;
    let month = months.get(months.len().checked_sub(digits(months))?..)?;
    let month = Month::parse(&format!("{year}-{month}")).ok();
    month.filter(|month| month.year() >= 1000)
}

/// Return the currency and power of ten of `单位：万元`.
fn unit_of(text: &str) -> Option<(Currency, i32)> {
    let unit = text.split_once("单位")?.1.trim_start_matches([':', '：']);
    let unit = unit.trim_start_matches("人民币");
    let (unit, currency) = match unit.split_once("美元") {
        Some((scale, _)) => (scale, Currency::USD),
        None => (unit.split_once('元')?.0, Currency::CNY),
    };
    let exponent = match unit {
        "" => 0,
        "千" => 3,
        "万" => 4,
        "百万" => 6,
        "亿" => 8,
        _ => return None,
    };
    Some((currency, exponent))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::parsed_file::InvalidRows;
    use std::path::Path;

    #[test]
    fn a_title_tells_the_month_and_a_line_the_unit() {
        let may = Month::new(2025, 5);
        assert_eq!(
            month_of_title("（2）2025年5月进出口商品国别（地区）总值表（人民币值）"),
            may
        );
        assert_eq!(month_of_title("2025年1至5月进出口商品国别总值表"), may);
        assert_eq!(month_of_title("进出口商品国别总值表"), None);
        for (text, currency, exponent) in [
            ("单位：万元", Currency::CNY, 4),
            ("单位：万元人民币", Currency::CNY, 4),
            ("单位:人民币亿元", Currency::CNY, 8),
            ("单位：千美元", Currency::USD, 3),
            ("计量单位：百万美元", Currency::USD, 6),
        ] {
            assert_eq!(unit_of(text), Some((currency, exponent)), "{text}");
        }
        assert_eq!(unit_of("单位：吨"), None);
    }

    #[test]
    fn columns_are_named_as_sheets_name_them() {
        for (at, name) in [(0, "A"), (9, "J"), (25, "Z"), (26, "AA"), (52, "BA")] {
            assert_eq!(column_name(at), name);
        }
    }

    fn sheet_of(cells: &[&[&str]]) -> SheetCells {
        let texts = |row: &&[&str]| row.iter().map(|text| (*text).to_owned()).collect();
        SheetCells {
            rows: cells.iter().map(texts).collect(),
        }
    }

    /// Return kind, key, measure, span and value of the figures of a sheet, then its refusals.
    fn read_cells(cells: &[&[&str]]) -> Vec<String> {
        let mut parsed = ParsedFile::new(Path::new("f"), InvalidRows::Report);
        figures(&sheet_of(cells), &mut parsed).unwrap();
        let parsed = parsed.finish().unwrap();
        let rows = parsed.figures.rows().iter().map(|row| {
            let cells = parsed.figures.tidy_row(row);
            [0, 2, 3, 5, 6, 7].map(|at| cells[at].clone()).join(" ")
        });
        rows.chain(parsed.refusals.iter().map(ToString::to_string))
            .collect()
    }

    /// Return the month of a table, or the cell that is wrong.
    fn month_of(cells: &[&[&str]]) -> Result<Month, String> {
        let found = CustomsTable::find(&sheet_of(cells)).map(|table| table.month);
        found.map_err(|(row, wrong)| {
            format!(
                "{}{row} {}: {}",
                wrong.column,
                wrong.value.unwrap_or_default(),
                wrong.expected
            )
        })
    }

    #[test]
    fn title_and_columns_tell_one_month() {
        let unit: &[&str] = &["单位：万元"];
        let top: &[&str] = &["", "进出口", ""];
        let november: &[&str] = &["", "11月", "1至11月"];
        let title: &[&str] = &["（2）2025年11月进出口商品国别（地区）总值表"];
        let published: &[&str] = &["发布日期2025年12月18日"];
        let march: &[&str] = &["2025年3月进出口商品国别（地区）总值表"];
        let month = month_of(&[&[], published, title, unit, top, november]);
        assert_eq!(month.ok(), Month::new(2025, 11));
        for (cells, expected) in [
            (
                [march, unit, top, november],
                "B4 11月: expected 3月 or 1至3月, the month of the title",
            ),
            (
                [title, unit, top, &["", "11月", "1至10月"]],
                "C4 1至10月: expected 11月 or 1至11月, the month of the title",
            ),
            (
                [title, march, unit, top],
                "A2 2025年3月进出口商品国别（地区）总值表: expected the month of the title above, 2025-11",
            ),
            (
                [published, unit, top, november],
                "A1 发布日期2025年12月18日: expected a title with 总值表, year and month, 2025年5月",
            ),
        ] {
            assert_eq!(month_of(&cells).unwrap_err(), expected);
        }
    }

    /// January and February are released together; the figures are invented.
    #[test]
    fn january_and_february_together_are_one_release_and_no_halves() {
        let unit: &[&str] = &["单位：万元"];
        let top: &[&str] = &["", "进出口", "出口", "进口", "累计比去年同期±％", "", ""];
        let joint = "1至2月";
        let below: &[&str] = &["", joint, joint, joint, "进出口", "出口", "进口"];
        let total: &[&str] = &["总值", "300", "180", "120", "-1.2", "3.4", "-7.3"];
        let expected = [
            "release WLD T level 2025-01-01/P2M 300",
            "release WLD X level 2025-01-01/P2M 180",
            "release WLD M level 2025-01-01/P2M 120",
            "release WLD T growth 2025-01-01/P2M -1.2",
            "release WLD X growth 2025-01-01/P2M 3.4",
            "release WLD M growth 2025-01-01/P2M -7.3",
        ];
        for title in [
            "2025年2月进出口商品国别（地区）总值表",
            "2025年1至2月进出口商品国别（地区）总值表",
        ] {
            assert_eq!(read_cells(&[&[title], unit, top, below, total]), expected);
        }
        // Where February stands beside the two months, January is still not their difference.
        let title: &[&str] = &["2025年2月进出口商品国别（地区）总值表"];
        let top: &[&str] = &["", "进出口", "", "出口", "", "进口", ""];
        let below: &[&str] = &["", "2月", joint, "2月", joint, "2月", joint];
        let total: &[&str] = &["总值", "130", "300", "80", "180", "50", "120"];
        assert_eq!(
            read_cells(&[title, unit, top, below, total]),
            [
                "release WLD T level 2025-02 130",
                "release WLD T level 2025-01-01/P2M 300",
                "release WLD X level 2025-02 80",
                "release WLD X level 2025-01-01/P2M 180",
                "release WLD M level 2025-02 50",
                "release WLD M level 2025-01-01/P2M 120",
            ]
        );
    }

    #[test]
    fn a_row_that_begins_like_a_note_ends_no_table() {
        let title: &[&str] = &["2025年1月进出口商品国别（地区）总值表"];
        let unit: &[&str] = &["单位：万元"];
        let (top, below): (&[&str], &[&str]) = (&["", "进出口"], &["", "1月"]);
        let rows: [&[&str]; 6] = [
            &["*哈萨克斯坦", "7"],
            &["注：其他国家", "8"],
            &["说明：以上为初步数据", " "],
            &["备注"],
            &["哈萨克斯坦", "9"],
            &["* 数据来源：海关总署"],
        ];
        let cells = [&[title, unit, top, below], &rows[..]].concat();
        let expected = "expected a country, region or group of the customs' list";
        assert_eq!(
            read_cells(&cells),
            [
                "release KAZ T level 2025-01 9".to_owned(),
                format!("f, row 5, column `A`, value `*哈萨克斯坦`: {expected}"),
                format!("f, row 6, column `A`, value `注：其他国家`: {expected}"),
            ]
        );
    }
}
