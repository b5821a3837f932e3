//! The title, unit and header of the customs' table, and the figures of its cells.

use super::heading::{GrowthPeriod, flow_of, growth_period, span_of};
use super::title::{TITLE, TableTitle};
use super::unit::{UNIT, is_unit, unit_of};
use crate::ingest::figures::{FigureKind, unit_text};
use crate::ingest::formats::draft::{DraftFigure, add_figure, rounding};
use crate::ingest::parsed_file::{CellError, ParsedFile};
use crate::ingest::refusal::IngestError;
use crate::ingest::sheet::{SheetCells, column_name};
use crate::trade::{Code, Currency, FigureMeasure, Flow, SeriesKey, Span};

/// The rows within which title, unit and header are found.
const HEAD: usize = 12;

const HEADER: &str = "expected a header row with 进出口, 出口 and 进口 below the unit";
const COLUMN: &str = "expected M月 or 1至M月 below 进出口, 出口 or 进口, or one of these three below \
                      the growth";
const GROWTH: &str = "expected the growth against the same period of the year before, and its \
                      period, 累计 or 当月";

/// A column of the table and the figures that it holds.
#[derive(Debug, PartialEq)]
pub(super) struct CustomsColumn {
    pub(super) at: usize,
    flow: Flow,
    measure: FigureMeasure,
    span: Span,
}

/// The table of a sheet: what title, unit and header state.
pub(super) struct CustomsTable {
    pub(super) title: TableTitle,
    delivered: Delivered,
    /// The column of the names of areas.
    pub(super) name: usize,
    pub(super) columns: Vec<CustomsColumn>,
    /// The first row below the header.
    pub(super) first_row: usize,
}

/// A cell without its blanks, and where it lies.
struct HeadCell<'a> {
    sheet: &'a SheetCells,
    row: usize,
    column: usize,
}

impl HeadCell<'_> {
    fn text(&self) -> String {
        squeezed(self.sheet.text(self.row, self.column))
    }

    fn error(&self, expected: &str) -> (u64, CellError) {
        let name = column_name(self.column);
        let error = CellError::new(&name, &self.text(), expected);
        (self.sheet.number_of(self.row), error)
    }
}

/// Return a text without blanks.
pub(super) fn squeezed(text: &str) -> String {
    let kept = text.chars().filter(|c| !c.is_whitespace());
    kept.collect()
}

impl CustomsTable {
    /// Find title, unit and header.
    ///
    /// # Errors
    /// The row and cell that are wrong or missing.
    pub(super) fn find(sheet: &SheetCells) -> Result<Self, (u64, CellError)> {
        let at = |row: usize, column: usize| HeadCell { sheet, row, column };
        let begin = first_row(sheet);
        let end = sheet.rows.len().min(begin + HEAD);
        let mut title: Option<(HeadCell<'_>, TableTitle)> = None;
        let mut unit = None;
        let mut header = None;
        for row in begin..end {
            for column in 0..sheet.rows[row].len() {
                let cell = at(row, column);
                let text = cell.text();
                if text.is_empty() {
                    continue;
                }
                if let Some(found) = TableTitle::parse(&text).map_err(|e| cell.error(e))? {
                    let first = title.as_ref().map_or(found.month, |(_, title)| title.month);
                    if first != found.month {
                        let expected = format!("expected the month of the title above, {first}");
                        return Err(cell.error(&expected));
                    }
                    title.get_or_insert((cell, found));
                } else if unit.is_none() && is_unit(&text) {
                    unit = Some(cell);
                } else if column > 0 && flow_of(&text) == Some(Flow::Total) {
                    header.get_or_insert((row, column));
                }
            }
            if header.is_some() {
                break;
            }
        }
        let (title_cell, title) = title.ok_or_else(|| at(begin, 0).error(TITLE))?;
        let unit = unit.ok_or_else(|| {
            title_cell.error("expected a line with the unit (单位) below the title")
        })?;
        let (currency, exponent) = unit_of(&unit.text()).ok_or_else(|| unit.error(UNIT))?;
        if let Some(titled) = title.currency.filter(|titled| *titled != currency) {
            let expected = format!("expected a unit in {titled}, the currency of the title");
            return Err(unit.error(&expected));
        }
        let (top, first) = header.ok_or_else(|| unit.error(HEADER))?;
        let below = second_row(sheet, top);
        let mut table = Self {
            title,
            delivered: Delivered { currency, exponent },
            name: name_column(sheet, below + 1, first),
            columns: Vec::new(),
            first_row: below + 1,
        };
        table.add_columns(sheet, [top, below], first)?;
        Ok(table)
    }

    /// Add the columns of the two header rows `top` and `second`, from the column `first` on.
    fn add_columns(
        &mut self,
        sheet: &SheetCells,
        [top, second]: [usize; 2],
        first: usize,
    ) -> Result<(), (u64, CellError)> {
        let month = self.title.month;
        // The upper header row ends at its last cell, which spans several columns.
        let two = sheet.rows.iter().skip(top).take(second - top + 1);
        let width = two.map(Vec::len).max().unwrap_or(0);
        let mut group = String::new();
        for column in first..width {
            let above = squeezed(sheet.text(top, column));
            if !above.is_empty() {
                group = above;
            }
            let cell = HeadCell {
                sheet,
                row: second,
                column,
            };
            let below = cell.text();
            if group.is_empty() || below.is_empty() {
                continue;
            }
            let column = match growth_period(&group, month) {
                Some(period) => {
                    let span = self.growth_span(period).ok_or_else(|| cell.error(GROWTH))?;
                    flow_of(&below).map(|flow| (flow, FigureMeasure::Growth, span))
                }
                // Growth may stand beside its level, below the flow.
                None => match (flow_of(&group), growth_period(&below, month)) {
                    (Some(flow), Some(GrowthPeriod::Stated(span))) => {
                        Some((flow, FigureMeasure::Growth, span))
                    }
                    (Some(_), Some(_)) => return Err(cell.error(GROWTH)),
                    (flow, None) => flow
                        .zip(span_of(&below, month))
                        .map(|(flow, span)| (flow, FigureMeasure::Level, span)),
                    (None, Some(_)) => None,
                },
            };
            let (flow, measure, span) = column.ok_or_else(|| cell.error(COLUMN))?;
            if span.last() != month {
                let expected = format!(
                    "expected {0}月 or 1至{0}月, the month of the title",
                    month.of_year()
                );
                return Err(cell.error(&expected));
            }
            self.columns.push(CustomsColumn {
                at: cell.column,
                flow,
                measure,
                span,
            });
        }
        if self.columns.is_empty() {
            let cell = HeadCell {
                sheet,
                row: top,
                column: first,
            };
            return Err(cell.error("expected columns of figures"));
        }
        Ok(())
    }

    /// Return the span of growth columns. Growth of an unstated period is that of the cumulatives
    /// beside it: the customs publish no growth of a single month but January's.
    fn growth_span(&self, period: GrowthPeriod) -> Option<Span> {
        let month = self.title.month;
        match period {
            GrowthPeriod::Stated(span) => Some(span),
            GrowthPeriod::Other => None,
            GrowthPeriod::Unstated => {
                let to_date = Span::year_to_date(month);
                let mut levels = self.columns.iter();
                levels
                    .any(|column| column.span == to_date)
                    .then_some(to_date)
            }
        }
    }

    /// Return the figure of a cell; `None` where it is empty.
    pub(super) fn figure(
        &self,
        partner: &Code,
        column: &CustomsColumn,
        text: &str,
    ) -> Result<Option<DraftFigure>, String> {
        let (flow, measure, span) = (column.flow, column.measure, column.span);
        let draft = self
            .delivered
            .figure(partner.as_str(), flow, measure, span, text)?;
        // A series of months has one source; a release names its table.
        let month = self.title.month;
        let (kind, source) = match (measure, span.len()) {
            (FigureMeasure::Level, 1) if self.title.preliminary => (
                FigureKind::Observation,
                "GACC country table; preliminary".to_owned(),
            ),
            (FigureMeasure::Level, 1) => (FigureKind::Observation, "GACC country table".to_owned()),
            _ => (
                FigureKind::Release,
                format!("GACC country table {}.{}", month.of_year(), month.year()),
            ),
        };
        Ok(draft.map(|draft| DraftFigure {
            kind,
            status: if self.title.preliminary {
                "preliminary"
            } else {
                "published"
            },
            source,
            ..draft
        }))
    }
}

/// The unit in which a table gives its levels.
#[derive(Debug, Clone, Copy)]
pub(super) struct Delivered {
    pub(super) currency: Currency,
    /// The power of ten of the unit.
    pub(super) exponent: i32,
}

impl Delivered {
    /// Return the figure of a cell of China's trade; `None` where the cell is empty.
    pub(super) fn figure(
        self,
        partner: &str,
        flow: Flow,
        measure: FigureMeasure,
        span: Span,
        text: &str,
    ) -> Result<Option<DraftFigure>, String> {
        let nil = matches!(text, "-" | "－" | "—" | "–");
        let growth = measure == FigureMeasure::Growth;
        // A cell may be formatted as a percentage.
        let text = text.strip_suffix('%').filter(|_| growth).unwrap_or(text);
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
            partner: Code::parse(partner).map_err(|e| e.to_string())?,
            flow,
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
            measure,
            unit,
            // Growth is printed with one decimal, but a sheet keeps 1.0 as 1.
            rounding: if growth {
                0.05 * scale
            } else {
                rounding(written) * scale
            },
            ..DraftFigure::level(key, span, number, written, scale)
        }))
    }
}

/// Add the figure that `figure` makes of the text of a cell, without separators of thousands.
///
/// # Errors
/// The refusal, where one invalid row refuses the file.
pub(super) fn add_cell(
    cells: &SheetCells,
    (row, at): (usize, usize),
    parsed: &mut ParsedFile,
    figure: impl FnOnce(&str) -> Result<Option<DraftFigure>, String>,
) -> Result<(), IngestError> {
    let text = cells.text(row, at).trim().replace([',', '，'], "");
    let text = text.replace(['－', '−'], "-");
    let number = cells.number_of(row);
    let expected = match figure(&text) {
        Ok(Some(draft)) => match add_figure(parsed, draft, number) {
            Ok(()) => return Ok(()),
            Err((_, expected)) => expected,
        },
        Ok(None) => return Ok(()),
        Err(expected) => expected,
    };
    parsed.refuse(number, CellError::new(&column_name(at), &text, &expected))
}

/// Return the first row of the table: above its title a page has rows of its own.
fn first_row(sheet: &SheetCells) -> usize {
    let any = |row: &Vec<String>| row.iter().any(|cell| !cell.trim().is_empty());
    let titled = |row: &Vec<String>| {
        let mut cells = row.iter();
        cells.any(|cell| !matches!(TableTitle::parse(&squeezed(cell)), Ok(None)))
    };
    let mut rows = sheet.rows.iter();
    let first = rows.position(any).unwrap_or(sheet.rows.len());
    let near = sheet.rows.iter().skip(first).take(HEAD).any(titled);
    let title = sheet.rows.iter().position(titled);
    title.filter(|_| !near).unwrap_or(first)
}

/// Return the row of the header below its first: in a CSV file the row behind a cell of two lines.
fn second_row(sheet: &SheetCells, top: usize) -> usize {
    let is_filled = |row: &usize| sheet.rows[*row].iter().any(|cell| !cell.trim().is_empty());
    let mut rows = top + 1..sheet.rows.len().min(top + 1 + HEAD);
    rows.find(is_filled).unwrap_or(top + 1)
}

/// Return the column of names: that with most texts before the first column of figures, since
/// merged cells leave others empty.
fn name_column(sheet: &SheetCells, first_row: usize, first: usize) -> usize {
    let texts = |column: usize| {
        let rows = sheet.rows.iter().skip(first_row);
        let cells = rows.filter_map(|row| row.get(column));
        cells.filter(|cell| !cell.trim().is_empty()).count()
    };
    (0..first).max_by_key(|column| texts(*column)).unwrap_or(0)
}
