//! Reads the country tables of China's customs (进出口商品国别（地区）总值表), xls, xlsx or HTML, in
//! the Chinese and the English edition.
//!
//! They have two header rows: exports and imports together, exports, imports, each with the month
//! and January to the month; then the growth of the cumulative in percent. The title gives year and
//! month, a line below it the unit. `-` is nil. The table of January has no cumulative columns,
//! that of February may have only those. A single month is an observation. Cumulatives and growth
//! are releases beside it: a cumulative is not the sum of its months, since the customs revise
//! late. The tables of the customs' query platform are read by [`query`], those of the trade with
//! the world by [`summary`].

mod heading;
mod label;
mod query;
mod summary;
mod table;
mod title;
mod unit;

use super::mapped::unknown_table;
use crate::ingest::mapping::MappedPart;
use crate::ingest::parsed_file::{CellError, ParsedFile};
use crate::ingest::refusal::IngestError;
use crate::ingest::sheet::{SheetCells, column_name};
use crate::trade::Code;
pub(super) use label::without_footnote;
use label::{area_of, is_continent};
pub(super) use query::{MONTH_COLUMN, read_query};
use summary::{HEAD, is_summary_title, read_summary};
use table::{CustomsTable, add_cell};
use title::{BY_COUNTRY, is_chinese_title};

/// Whether a sheet holds the customs' table: a Chinese title of one stands on it, or a whole head
/// in English.
pub(super) fn recognises(sheet: &SheetCells) -> bool {
    let mut cells = sheet.rows.iter().flatten();
    cells.any(|cell| is_chinese_title(cell) || is_summary_title(cell))
        || CustomsTable::find(sheet).is_ok()
}

/// Read the figures of the table on a sheet.
pub(super) fn read(cells: &SheetCells, parsed: &mut ParsedFile) -> Result<(), IngestError> {
    // A remark below a country table may name the other one.
    let mut head = cells.rows.iter().take(HEAD).flatten();
    if head.any(|cell| is_summary_title(cell)) {
        return read_summary(cells, parsed);
    }
    let table =
        CustomsTable::find(cells).map_err(|(row, error)| refusal(cells, parsed, row, error))?;
    let mut continent: Option<Code> = None;
    for row in table.first_row..cells.rows.len() {
        let name = cells.text(row, table.name);
        let bare = name.trim();
        if bare.is_empty() {
            continue;
        }
        // A row without figures is a note.
        let has_figure = |at: usize| !cells.text(row, at).trim().is_empty();
        if !table.columns.iter().any(|column| has_figure(column.at)) {
            continue;
        }
        let number = cells.number_of(row);
        // A row with figures that begins like a note is neither a note nor an area, even where its
        // name says "other" (其他).
        let noted = NOTES.iter().any(|note| bare.starts_with(note));
        let known = area_of(bare, continent.as_ref());
        let Some(partner) = known.filter(|_| !noted) else {
            parsed.refuse(number, CellError::new(&column_name(table.name), bare, AREA))?;
            continue;
        };
        if is_continent(&partner) {
            continent = Some(partner.clone());
        }
        for column in &table.columns {
            add_cell(cells, (row, column.at), parsed, |text| {
                table.figure(&partner, column, text)
            })?;
        }
    }
    Ok(())
}

/// Return the refusal of a sheet; of another table of the customs with the mapping that reads it.
fn refusal(cells: &SheetCells, parsed: &ParsedFile, row: u64, error: CellError) -> IngestError {
    let is_other = error.expected == BY_COUNTRY;
    let found = unknown_table(std::slice::from_ref(cells), parsed.file()).filter(|_| is_other);
    let Some((_, mut suggestion)) = found else {
        return parsed.refusal(row, error).into();
    };
    // Tables without countries are of China's trade with the world.
    let stated = &mut suggestion.mapping.stated;
    suggestion.missing.retain(|part| match part {
        MappedPart::Reporter => {
            stated.reporter = Code::parse("CHN").ok();
            false
        }
        MappedPart::Partner => {
            stated.partner = Code::parse("WLD").ok();
            false
        }
        _ => true,
    });
    let expected = format!("{}; {}", error.expected, suggestion.text(parsed.file()));
    let refusal = parsed.refusal(row, CellError { expected, ..error });
    refusal.suggesting(suggestion)
}

/// What an unknown label is refused with.
const AREA: &str = "expected a country, region or group of the customs' list; --accept-valid \
                    imports the other rows";

/// The beginnings of notes.
const NOTES: [&str; 5] = ["注", "备注", "说明", "*", "Note"];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::invalid_rows::InvalidRows;
    use crate::trade::Month;
    use std::path::Path;

    /// Return kind, key, measure, span and value of the figures of a sheet, then its refusals.
    fn read_cells(cells: &[&[&str]]) -> Vec<String> {
        let mut parsed = ParsedFile::new(Path::new("f"), InvalidRows::Report);
        read(&SheetCells::of(cells), &mut parsed).unwrap();
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
        let found = CustomsTable::find(&SheetCells::of(cells)).map(|table| table.title.month);
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
    fn title_and_columns_must_state_one_month() {
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
                "observation WLD T level 2025-02 130",
                "release WLD T level 2025-01-01/P2M 300",
                "observation WLD X level 2025-02 80",
                "release WLD X level 2025-01-01/P2M 180",
                "observation WLD M level 2025-02 50",
                "release WLD M level 2025-01-01/P2M 120",
            ]
        );
    }

    #[test]
    fn growth_may_stand_beside_its_level() {
        let title: &[&str] = &["2025年5月进出口商品国别（地区）总值表"];
        let unit: &[&str] = &["单位：万元"];
        let top: &[&str] = &["", "进出口", "", "", ""];
        let below = |growth: &'static str| ["", "5月", "5月比去年同期±%", "1至5月", growth];
        let row: &[&str] = &["哈萨克斯坦", "7", "1.5", "30", "2.5"];
        let stated = below("1至5月比去年同期±%");
        assert_eq!(
            read_cells(&[title, unit, top, &stated, row]),
            [
                "observation KAZ T level 2025-05 7",
                "release KAZ T growth 2025-05 1.5",
                "release KAZ T level 2025-01-01/P5M 30",
                "release KAZ T growth 2025-01-01/P5M 2.5",
            ]
        );
        let unstated = below("比去年同期±%");
        let refusal = month_of(&[title, unit, top, &unstated, row]).unwrap_err();
        assert!(
            refusal.starts_with("E4 比去年同期±%: expected the growth"),
            "{refusal}"
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
        let expected = AREA;
        assert_eq!(
            read_cells(&cells),
            [
                "observation KAZ T level 2025-01 9".to_owned(),
                format!("f, row 5, column `A`, value `*哈萨克斯坦`: {expected}"),
                format!("f, row 6, column `A`, value `注：其他国家`: {expected}"),
            ]
        );
    }
}
