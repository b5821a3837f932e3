//! Reads the bulk files of Eurostat Comext: one row a reporter, partner, product of the Combined
//! Nomenclature, flow and statistical procedure.
//!
//! Statistical procedures (1 normal, 2 inward and 3 outward processing, 9 not recorded) are parts
//! of a figure, which is their sum; where one of them is refused there is no figure. Where a file
//! gives the total itself (4 of `STAT_REGIME` before 2022, or TOTAL), it is the figure and the
//! parts are excluded. A period that ends in 52 is a year.
//!
//! An unknown column may break figures down further: its rows are read only where it states the
//! total. The code of a product follows `CN-`, since other classifications give the same codes to
//! other goods.

use super::draft::{DraftFigure, add_figure, product};
use super::record::{TableHeader, TableRecord};
use super::sdmx::concepts::is_total;
use super::table::TextTable;
use crate::ingest::figure_check::FigureColumn;
use crate::ingest::parsed_file::{CellError, ParsedFile};
use crate::ingest::refusal::IngestError;
use crate::trade::{Code, Currency, Flow, Month, SeriesKey, Span, areas};
use std::collections::HashMap;

/// Read a bulk file.
pub(super) fn read(table: TextTable<'_>, parsed: &mut ParsedFile) -> Result<(), IngestError> {
    let columns = table.columns(parsed, ComextColumns::new)?;
    let mut sums = ProcedureSums::default();
    table.for_each(parsed, &mut |parsed, record| {
        sums.add(&columns, record)
            .or_else(|wrong| parsed.refuse(record.row, wrong))
    })?;
    sums.finish(parsed)
}

/// The positions of the columns.
struct ComextColumns {
    reporter: usize,
    partner: usize,
    product: usize,
    flow: usize,
    procedure: Option<usize>,
    /// Whether the column of procedures is that of before 2022.
    regime: bool,
    period: usize,
    value: usize,
    /// Unknown columns, which may break figures down.
    others: Vec<usize>,
}

/// Columns that are read, or do not break a figure down.
const KNOWN: [&str; 11] = [
    "DECLARANT",
    "DECLARANT_ISO",
    "REPORTER",
    "REPORTER_ISO",
    "PARTNER",
    "PARTNER_ISO",
    "TRADE_TYPE",
    "FLOW",
    "STAT_PROCEDURE",
    "STAT_REGIME",
    "PERIOD",
];

/// The beginnings of further known names: the product in other classifications, values and
/// quantities with their units.
const KNOWN_STARTS: [&str; 6] = ["PRODUCT_", "VALUE_", "QUANTITY_", "SUP_", "SUPP_", "SUPPL_"];

/// Whether a column is read, or does not break a figure down.
fn is_known(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    KNOWN.contains(&name.as_str()) || KNOWN_STARTS.iter().any(|start| name.starts_with(start))
}

impl ComextColumns {
    /// Find the columns of today's files or of those before 2022.
    ///
    /// # Errors
    /// The column that is missing.
    fn new(header: &TableHeader) -> Result<Self, CellError> {
        Ok(Self {
            reporter: header.require(&["DECLARANT_ISO", "REPORTER"])?,
            partner: header.require(&["PARTNER_ISO", "PARTNER"])?,
            product: header.require(&["PRODUCT_NC"])?,
            flow: header.require(&["FLOW"])?,
            procedure: header.any(&["STAT_PROCEDURE", "STAT_REGIME"]),
            regime: header.find("STAT_PROCEDURE").is_none(),
            period: header.require(&["PERIOD"])?,
            value: header.require(&["VALUE_EUR", "VALUE_IN_EUROS"])?,
            others: (0..header.names.len())
                .filter(|at| !is_known(&header.names[*at]))
                .collect(),
        })
    }

    fn key(&self, record: &TableRecord<'_>) -> Result<SeriesKey, CellError> {
        let flow = match record.at(self.flow) {
            "1" => Flow::Imports,
            "2" => Flow::Exports,
            _ => return Err(record.error(self.flow, "expected 1 (imports) or 2 (exports)")),
        };
        let area = |column: usize| {
            let text = record.at(column);
            let known = areas::of_sdmx(text).filter(|_| !text.is_empty());
            known.ok_or_else(|| record.error(column, "expected a code of GEONOM, two letters"))
        };
        let unit = Currency::parse("EUR").map_err(|e| record.error(self.value, e.to_string()))?;
        Ok(SeriesKey {
            reporter: area(self.reporter)?,
            partner: area(self.partner)?,
            flow,
            product: self.product(record)?,
            unit,
        })
    }

    fn product(&self, record: &TableRecord<'_>) -> Result<Code, CellError> {
        let text = record.at(self.product);
        // The bulk files have all goods as `000TOTAL`.
        let code = product(if text == ALL_GOODS { "TOTAL" } else { text });
        let code = code.and_then(|code| match code.as_str() {
            "TOTAL" => Some(code),
            bare => Code::parse(&format!("CN-{bare}")).ok(),
        });
        code.ok_or_else(|| {
            record.error(self.product, "expected a code of the Combined Nomenclature")
        })
    }

    /// Check that a row is no part of a figure.
    ///
    /// # Errors
    /// The column that breaks the figure down.
    fn check_is_total(&self, record: &TableRecord<'_>) -> Result<(), CellError> {
        for column in &self.others {
            if !is_total(&record.header.names[*column], record.at(*column)) {
                let expected = "expected a total (`TOTAL` or nothing): this column is not known \
                    and may break figures down";
                return Err(record.error(*column, expected));
            }
        }
        Ok(())
    }

    /// Return the procedure of a row; a file without such a column has totals.
    fn procedure(&self, record: &TableRecord<'_>) -> Result<&'static str, CellError> {
        let Some(column) = self.procedure else {
            return Ok(TOTAL);
        };
        let text = record.at(column);
        if text.eq_ignore_ascii_case(TOTAL) || self.regime && text == "4" {
            return Ok(TOTAL);
        }
        let known = PARTS.into_iter().find(|part| *part == text);
        known.ok_or_else(|| {
            let total = if self.regime { "4 or TOTAL" } else { TOTAL };
            let expected = format!(
                "expected 1 (normal), 2 (inward processing), 3 (outward processing), 9 (not \
                 recorded) or {total}"
            );
            record.error(column, expected)
        })
    }

    /// Return the figure of a row. It is checked by itself, since a sum would hide a negative part.
    fn draft(
        &self,
        record: &TableRecord<'_>,
        key: SeriesKey,
        span: Span,
    ) -> Result<DraftFigure, CellError> {
        let text = record.at(self.value);
        let value = record.number(self.value)?;
        let draft = DraftFigure {
            source: "Eurostat Comext".to_owned(),
            ..DraftFigure::level(key, span, value, text, 1.0)
        };
        match draft.check() {
            Ok(()) => Ok(draft),
            Err((FigureColumn::Period, expected)) => Err(record.error(self.period, expected)),
            Err((FigureColumn::Value, expected)) => Err(record.error(self.value, expected)),
        }
    }

    /// Parse a period: `202405` is a month, `202452` the year.
    fn span(&self, record: &TableRecord<'_>) -> Result<Span, CellError> {
        let text = record.at(self.period);
        let refuse = || record.error(self.period, "expected a month (202405) or a year (202452)");
        if text.len() != 6 || !text.bytes().all(|b| b.is_ascii_digit()) {
            return Err(refuse());
        }
        match text.strip_suffix("52") {
            Some(year) => Span::parse(year).map_err(|_| refuse()),
            None => Month::parse(text).map(Span::month).map_err(|_| refuse()),
        }
    }
}

/// The code of all goods in bulk files.
const ALL_GOODS: &str = "000TOTAL";
/// The codes of statistical procedures.
const PARTS: [&str; 4] = ["1", "2", "3", "9"];
/// The code of the total of all procedures.
const TOTAL: &str = "TOTAL";

/// The parts by statistical procedure of all figures of a file.
#[derive(Default)]
struct ProcedureSums {
    at: HashMap<(SeriesKey, Span), usize>,
    sums: Vec<ProcedureSum>,
    names: Option<ComextNames>,
}

/// The file's names of the columns that refusals show.
struct ComextNames {
    procedure: String,
    period: String,
    value: String,
}

/// The parts of one figure, or its total.
#[derive(Default)]
struct ProcedureSum {
    /// The total where the file gives it, else the sum of the parts so far.
    draft: Option<DraftFigure>,
    /// The row of the total, or of the first part.
    row: u64,
    /// Whether the file gives the total.
    total: bool,
    /// The procedures that were read, with the row of each.
    procedures: Vec<(&'static str, u64)>,
    /// The first refused row.
    refused: Option<u64>,
}

impl ProcedureSums {
    /// Add a row to its figure.
    ///
    /// # Errors
    /// The cell that is wrong.
    fn add(&mut self, columns: &ComextColumns, record: &TableRecord<'_>) -> Result<(), CellError> {
        let key = columns.key(record)?;
        let span = columns.span(record)?;
        self.names.get_or_insert_with(|| {
            let name = |column: usize| record.header.names[column].clone();
            ComextNames {
                procedure: columns.procedure.map_or_else(String::new, name),
                period: name(columns.period),
                value: name(columns.value),
            }
        });
        let next = self.sums.len();
        let at = *self.at.entry((key.clone(), span)).or_insert(next);
        if at == next {
            self.sums.push(ProcedureSum::default());
        }
        let sum = &mut self.sums[at];
        let read = columns.check_is_total(record).and_then(|()| {
            let procedure = columns.procedure(record)?;
            let draft = columns.draft(record, key, span)?;
            Ok((procedure, draft))
        });
        let (procedure, part) = read.inspect_err(|_| {
            sum.refused.get_or_insert(record.row);
        })?;
        if let Some((_, row)) = sum.procedures.iter().find(|(known, _)| *known == procedure) {
            // Neither of the two can be preferred, so that there is no sum.
            sum.refused.get_or_insert(record.row);
            let expected = format!(
                "expected a period that series `{}` does not have yet under this procedure; \
                 row {row} gives it already",
                part.key
            );
            return Err(record.error(columns.period, expected));
        }
        sum.procedures.push((procedure, record.row));
        match &mut sum.draft {
            draft if procedure == TOTAL => {
                *draft = Some(part);
                sum.row = record.row;
                sum.total = true;
            }
            None => {
                sum.draft = Some(part);
                sum.row = record.row;
            }
            Some(_) if sum.total => {}
            Some(draft) => {
                draft.value += part.value;
                draft.rounding += part.rounding;
            }
        }
        Ok(())
    }

    /// Add the figures to the file.
    ///
    /// # Errors
    /// The first refusal, where one invalid row refuses the file.
    fn finish(self, parsed: &mut ParsedFile) -> Result<(), IngestError> {
        let Some(names) = self.names else {
            return Ok(());
        };
        for sum in self.sums {
            let Some(draft) = sum.draft else {
                continue;
            };
            if let Some(refused) = sum.refused.filter(|_| !sum.total) {
                for (procedure, row) in sum.procedures {
                    let expected = format!(
                        "expected every procedure of `{}` in {}, which are summed; row {refused} \
                         is refused",
                        draft.key, draft.span
                    );
                    parsed.refuse(row, CellError::new(&names.procedure, procedure, expected))?;
                }
                continue;
            }
            if sum.total {
                for (_, row) in sum.procedures.iter().filter(|(code, _)| *code != TOTAL) {
                    parsed.exclude(*row, "a statistical procedure whose total is there");
                }
            }
            let value = draft.value.to_string();
            let span = draft.span.to_string();
            if let Err((part, expected)) = add_figure(parsed, draft, sum.row) {
                let wrong = match part {
                    FigureColumn::Period => CellError::new(&names.period, &span, expected),
                    FigureColumn::Value => CellError::new(&names.value, &value, expected),
                };
                parsed.refuse(sum.row, wrong)?;
            }
        }
        Ok(())
    }
}
