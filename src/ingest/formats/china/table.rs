//! The title, unit and header of the customs' table, and the figures of its cells.

use super::sheet::{SheetCells, column_name};
use crate::ingest::figures::{FigureKind, unit_text};
use crate::ingest::formats::draft::{DraftFigure, rounding};
use crate::ingest::parsed_file::CellError;
use crate::trade::{Code, Currency, FigureMeasure, Flow, Month, SeriesKey, Span};

/// The rows within which title, unit and header are found.
const HEAD: usize = 12;

/// A column of the table and the figures that it holds.
#[derive(Debug, PartialEq)]
pub(super) struct CustomsColumn {
    pub(super) at: usize,
    flow: Flow,
    measure: FigureMeasure,
    span: Span,
}

const TITLE: &str = "expected a title with 总值表, year and month, 2025年5月";

/// The table of a sheet: what title, unit and header state.
pub(super) struct CustomsTable {
    currency: Currency,
    /// The power of ten of the delivered unit.
    exponent: i32,
    pub(super) month: Month,
    /// The column of the names of areas.
    pub(super) name: usize,
    pub(super) columns: Vec<CustomsColumn>,
    /// The first row below the header.
    pub(super) first_row: usize,
}

impl CustomsTable {
    /// Find title, unit and header.
    ///
    /// # Errors
    /// The row and cell that are wrong or missing.
    pub(super) fn find(sheet: &SheetCells) -> Result<Self, (u64, CellError)> {
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
    pub(super) fn figure(
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
pub(super) fn month_of_title(title: &str) -> Option<Month> {
    let (before, after) = title.split_once('年')?;
    let digits = |text: &str| text.bytes().rev().take_while(u8::is_ascii_digit).count();
    let year = before.get(before.len().checked_sub(digits(before))?..)?;
    let (months, _) = after.split_once('月')?;
    let month = months.get(months.len().checked_sub(digits(months))?..)?;
    let month = Month::parse(&format!("{year}-{month}")).ok();
    month.filter(|month| month.year() >= 1000)
}

/// Return the currency and power of ten of `单位：万元`.
pub(super) fn unit_of(text: &str) -> Option<(Currency, i32)> {
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
