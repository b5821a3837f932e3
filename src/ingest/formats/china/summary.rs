//! Reads the summary tables of China's customs (进出口商品总值表): China's trade with the world by
//! year (A) and by month (B), in the Chinese and the English edition.
//!
//! A row is a year, or a month of the year before and of the year so far. Below a month of the year
//! so far its growth against the year before stands (同比) and against the month before (环比), which
//! is left out. Beside the columns of the month stand those of January to the month.

use super::heading::{flow_of, growth_period};
use super::label::plain_english;
use super::table::{Delivered, add_cell, squeezed};
use super::title::currency_of;
use super::unit::{UNIT, is_unit, unit_of};
use crate::ingest::figures::FigureKind;
use crate::ingest::formats::draft::DraftFigure;
use crate::ingest::notation::{PeriodNotation, period};
use crate::ingest::parsed_file::{CellError, ParsedFile};
use crate::ingest::refusal::IngestError;
use crate::ingest::sheet::{SheetCells, column_name};
use crate::trade::{FigureMeasure, Flow, Month, Span};

/// The rows within which title, unit and header are found.
pub(super) const HEAD: usize = 12;
/// What the sources of the figures are called.
const SOURCE: &str = "GACC summary table";

const HEADER: &str = "expected a header row with 进出口, 出口 and 进口 below the unit";
const ROW: &str = "expected a year, a month (2025.05), or the growth of the month above, 同比 or \
                   环比";

/// Whether a text is the title of a summary table.
pub(super) fn is_summary_title(text: &str) -> bool {
    let text = squeezed(text);
    text.contains("进出口商品总值表") || plain_english(&text).contains("summaryofimportsandexports")
}

/// What a column holds of the period of its row.
#[derive(Debug, Clone, Copy, PartialEq)]
enum ColumnSpan {
    /// The level of the period itself.
    Own,
    /// The level of January to the month.
    ToDate,
    /// The growth of the period.
    Growth,
}

/// The table of a sheet.
struct SummaryTable {
    delivered: Delivered,
    columns: Vec<(usize, Flow, ColumnSpan)>,
    /// The first row below the header.
    first_row: usize,
}

impl SummaryTable {
    fn find(cells: &SheetCells) -> Result<Self, (u64, CellError)> {
        let error = |row: usize, column: usize, expected: &str| {
            let error = CellError::new(&column_name(column), cells.text(row, column), expected);
            (cells.number_of(row), error)
        };
        let rows = 0..cells.rows.len().min(HEAD);
        let mut places = rows.flat_map(|row| (0..cells.rows[row].len()).map(move |at| (row, at)));
        let unit = places.find(|(row, at)| is_unit(&squeezed(cells.text(*row, *at))));
        let unit = unit.ok_or_else(|| error(0, 0, UNIT))?;
        let (currency, exponent) = unit_of(&squeezed(cells.text(unit.0, unit.1)))
            .ok_or_else(|| error(unit.0, unit.1, UNIT))?;
        let titles = cells
            .rows
            .iter()
            .flatten()
            .filter(|text| is_summary_title(text));
        let mut titled = titles.filter_map(|text| currency_of(&text.to_lowercase()));
        if let Some(titled) = titled.find(|titled| *titled != currency) {
            let expected = format!("expected a unit in {titled}, the currency of the title");
            return Err(error(unit.0, unit.1, &expected));
        }
        let flow = |row: usize, at: usize| of_balance(&squeezed(cells.text(row, at)));
        let top = places.find(|(row, at)| *at > 0 && flow(*row, *at) == Some(Flow::Total));
        let (row, first) = top.ok_or_else(|| error(unit.0, unit.1, HEADER))?;
        // `当月` may stand in a row of its own above the flows.
        let groups = |row: usize, at: usize| {
            let text = squeezed(cells.text(row, at));
            (!text.is_empty()).then_some(text)
        };
        let has_group = |row: usize| {
            let mut texts = (first..cells.rows[row].len()).filter_map(|at| groups(row, at));
            texts.any(|text| group_of(&text).is_some())
        };
        let above = row
            .checked_sub(1)
            .filter(|above| *above > unit.0 && has_group(*above));
        let top = above.unwrap_or(row);
        let width = (top..=row + 1)
            .filter_map(|row| cells.rows.get(row))
            .map(Vec::len);
        let mut table = Self {
            delivered: Delivered { currency, exponent },
            columns: Vec::new(),
            first_row: row + 1,
        };
        let mut span = ColumnSpan::Own;
        for at in first..width.max().unwrap_or(0) {
            let group = groups(top, at).and_then(|text| group_of(&text));
            span = group.unwrap_or(span);
            let found = [row, row + 1]
                .into_iter()
                .find_map(|row| Some((row, flow(row, at)?)));
            if let Some((found, flow)) = found {
                table.first_row = table.first_row.max(found + 1);
                table.columns.push((at, flow, span));
            }
        }
        Ok(table)
    }

    /// Return the figure of a cell; `None` where the cell is empty or of no period.
    fn figure(
        &self,
        (flow, column): (Flow, ColumnSpan),
        own: Span,
        is_growth: bool,
        text: &str,
    ) -> Result<Option<DraftFigure>, String> {
        let span = match column {
            ColumnSpan::Own | ColumnSpan::Growth => own,
            ColumnSpan::ToDate => Span::year_to_date(own.last()),
        };
        let measure = match column {
            ColumnSpan::Growth => FigureMeasure::Growth,
            _ if is_growth => FigureMeasure::Growth,
            _ => FigureMeasure::Level,
        };
        // A balance has no growth.
        let has_none = measure == FigureMeasure::Growth && flow == Flow::Balance;
        // The cumulative of January is its month.
        let is_twice = column == ColumnSpan::ToDate && span.len() == 1;
        if has_none || is_twice {
            return Ok(None);
        }
        let draft = self.delivered.figure("WLD", flow, measure, span, text)?;
        Ok(draft.map(|draft| DraftFigure {
            kind: match (measure, span.len()) {
                (FigureMeasure::Level, 1) => FigureKind::Observation,
                _ => FigureKind::Release,
            },
            source: SOURCE.to_owned(),
            ..draft
        }))
    }
}

/// Return the flow of a heading, the balance among them.
fn of_balance(text: &str) -> Option<Flow> {
    let is_balance = text.ends_with("差额") || plain_english(text).ends_with("balance");
    flow_of(text).or(is_balance.then_some(Flow::Balance))
}

/// Return what the heading of several columns says of them.
fn group_of(text: &str) -> Option<ColumnSpan> {
    let lower = text.to_lowercase();
    let any_month = Month::new(2000, 12)?;
    if growth_period(text, any_month).is_some() {
        return Some(ColumnSpan::Growth);
    }
    if lower.contains("累计") || lower.contains("1至") || lower.contains("1to") {
        return Some(ColumnSpan::ToDate);
    }
    let is_own = matches!(text, "当月" | "本月") || lower.contains("themonth");
    is_own.then_some(ColumnSpan::Own)
}

/// Return the period of a row's label: a year, a month, or January to a month. A number has lost
/// the last zero of `2024.10`, which the month before tells from January.
fn span_of(label: &str, before: Option<Span>, after: &str) -> Option<Span> {
    let notation = PeriodNotation {
        is_short: true,
        ..PeriodNotation::default()
    };
    let span = period(label, notation).ok()?;
    if !label.ends_with(".1") {
        return Some(span);
    }
    let october = Month::new(span.first().year(), 10).map(Span::month)?;
    let is_next = before.map(|before| before.last().plus(1));
    match is_next {
        Some(month) if month == october.first() => Some(october),
        Some(month) if month == span.first() => Some(span),
        _ => match period(after, notation).ok()?.first() {
            month if month == october.first().plus(1) => Some(october),
            month if month == span.first().plus(1) => Some(span),
            _ => None,
        },
    }
}

/// Read the figures of the table on a sheet.
pub(super) fn read_summary(cells: &SheetCells, parsed: &mut ParsedFile) -> Result<(), IngestError> {
    let table = SummaryTable::find(cells).map_err(|(row, error)| parsed.refusal(row, error))?;
    let columns = || table.columns.iter().copied();
    let label = |row: usize| squeezed(cells.text(row, 0)).replace(['％', '%', '±'], "");
    let has_figures = |row: usize| columns().any(|(at, ..)| !cells.text(row, at).trim().is_empty());
    let rows = (table.first_row..cells.rows.len()).filter(|row| has_figures(*row));
    let rows: Vec<usize> = rows.collect();
    let is_growth = |text: &str| text.contains("同比") || text.contains("同期");
    let is_of_before = |text: &str| text.contains("环比") || text.contains("比上月");
    let mut own: Option<Span> = None;
    for (index, row) in rows.iter().copied().enumerate() {
        let number = cells.number_of(row);
        let text = label(row);
        if is_of_before(&text) {
            parsed.exclude(number, "growth against the month before");
            continue;
        }
        let grows = is_growth(&text);
        if !grows {
            let later = rows[index + 1..].iter().map(|row| label(*row));
            let after = later
                .clone()
                .find(|text| !is_growth(text) && !is_of_before(text));
            own = span_of(&text, own, &after.unwrap_or_default());
        }
        let Some(span) = own else {
            parsed.refuse(number, CellError::new("A", cells.text(row, 0), ROW))?;
            continue;
        };
        for (at, flow, column) in columns() {
            add_cell(cells, (row, at), parsed, |text| {
                table.figure((flow, column), span, grows, text)
            })?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::invalid_rows::InvalidRows;
    use std::path::Path;

    /// Return key, measure, span and value of the figures of a sheet, or the refusal. The figures
    /// are invented.
    fn read_rows(rows: &[&[&str]]) -> Result<Vec<String>, String> {
        let cells = SheetCells::of(rows);
        let mut parsed = ParsedFile::new(Path::new("f"), InvalidRows::Refuse);
        read_summary(&cells, &mut parsed).map_err(|refusal| refusal.to_string())?;
        let parsed = parsed.finish().map_err(|refusal| refusal.to_string())?;
        let rows = parsed.figures.rows().iter().map(|row| {
            let cells = parsed.figures.tidy_row(row);
            [0, 3, 5, 6, 7, 8].map(|at| cells[at].clone()).join(" ")
        });
        Ok(rows.collect())
    }

    #[test]
    fn months_stand_beside_cumulatives_and_growth_below_them() {
        let found = read_rows(&[
            &["（1）2025年2月进出口商品总值表 B:月度表（人民币值）"],
            &["", "", "", "单位：亿元人民币"],
            &["年月", "当月", "", "", "1至当月累计", "", ""],
            &[
                "",
                "进出口",
                "出口",
                "贸易差额",
                "进出口",
                "出口",
                "贸易差额",
            ],
            &["2024.1", "30", "20", "10", "300", "200", "100"],
            &["2024.11", "31", "20", "9", "331", "220", "109"],
            &["2025.01", "40", "25", "10", "40", "25", "10"],
            &["2025.02", "20", "12", "4", "60", "37", "14"],
            &["同比±%", "-5", "-4", "-", "1.5", "2", "-"],
            &["环比±%", "-50", "-52", "-", "-", "-", "-"],
        ])
        .unwrap();
        for figure in [
            "observation T level 2024-10 30 CNY 100000000",
            "release X level 2024-01-01/P10M 200 CNY 100000000",
            "observation B level 2025-01 10 CNY 100000000",
            "release T growth 2025-02 -5.0 % CNY",
            "release X growth 2025-01-01/P2M 2.0 % CNY",
            "release B level 2025-01-01/P2M 14 CNY 100000000",
        ] {
            assert!(found.iter().any(|row| row == figure), "{figure}: {found:?}");
        }
        // Three columns of months in each of four rows, of cumulatives in three, growth of two
        // flows in both.
        assert_eq!(found.len(), 12 + 9 + 4);
    }

    #[test]
    fn years_stand_beside_their_growth() {
        let rows: [&[&str]; 5] = [
            &["(1) Summary of Imports and Exports (In USD) A: Annual"],
            &["", "", "", "Unit: US$100 million"],
            &["Year", "Total", "Export", "Percentage Change", ""],
            &["", "", "", "Total", "Export"],
            &["2023", "59368", "33800", "-5.0", "-4.6"],
        ];
        let found = read_rows(&rows).unwrap();
        assert_eq!(
            found,
            [
                "release T level 2023 59368 USD 100000000",
                "release X level 2023 33800 USD 100000000",
                "release T growth 2023 -5.0 % USD",
                "release X growth 2023 -4.6 % USD",
            ]
        );
        let mut yuan = rows;
        yuan[0] = &["(1) Summary of Imports and Exports (In CNY) A: Annual"];
        let refused = read_rows(&yuan).unwrap_err();
        assert!(refused.contains("expected a unit in CNY"), "{refused}");
        let mut label = rows;
        label[4] = &["so far", "1", "1", "1", "1"];
        assert!(read_rows(&label).unwrap_err().contains("so far"));
    }
}
