//! Reads extractions of Eurostat's Easy Comext with labels (`REPORTER_LAB`, `PERIOD_LAB`), an
//! indicator a row.

use super::cell::{CellFigure, Marks, add_cell};
use super::label::{code, known};
use super::period::months_of_year;
use crate::ingest::formats::record::{TableHeader, TableRecord};
use crate::ingest::formats::table::TextTable;
use crate::ingest::parsed_file::{CellError, ParsedFile};
use crate::ingest::refusal::IngestError;
use crate::trade::{Code, Currency, Flow, Month, SeriesKey, Span, areas};

const MARKS: Marks = Marks {
    nil: &[],
    gap: &[":"],
};

/// The groups that an extraction names, before their members in brackets.
const GROUPS: [(&str, &str); 6] = [
    ("European Union", "EU"),
    ("EU", "EU"),
    ("Extra-EU", "EU_EXTRA"),
    ("EU_EXTRA", "EU_EXTRA"),
    ("Intra-EU", "EU_INTRA"),
    ("EU_INTRA", "EU_INTRA"),
];

/// Whether a header is that of an extraction.
pub(in crate::ingest::formats) fn is_header(header: &TableHeader) -> bool {
    let labels = [
        "REPORTER_LAB",
        "PARTNER_LAB",
        "DECLARANT_LAB",
        "INDICATOR_VALUE",
    ];
    header.any(&labels).is_some()
        && header.find("PERIOD").is_some()
        && EasyComext::new(header).is_ok()
}

/// Read an extraction.
pub(in crate::ingest::formats) fn read(
    table: TextTable<'_>,
    parsed: &mut ParsedFile,
) -> Result<(), IngestError> {
    let columns = table.columns(parsed, EasyComext::new)?;
    table.for_each(parsed, &mut |parsed, record| {
        if !columns.is_value(record) {
            parsed.exclude(record.row, "quantities, no values of trade");
            return Ok(());
        }
        match columns.figure(record) {
            Ok(figure) => add_cell(parsed, record, MARKS, figure),
            Err(wrong) => parsed.refuse(record.row, wrong),
        }
    })
}

/// The positions of the columns.
struct EasyComext {
    reporter: usize,
    partner: usize,
    product: usize,
    flow: usize,
    period: usize,
    period_label: Option<usize>,
    indicator: Option<usize>,
    value: usize,
}

impl EasyComext {
    fn new(header: &TableHeader) -> Result<Self, CellError> {
        let whole = header.any(&["VALUE_IN_EUROS", "VALUE_EUR"]);
        Ok(Self {
            reporter: header.require(&["REPORTER_LAB", "DECLARANT_LAB", "REPORTER"])?,
            partner: header.require(&["PARTNER_LAB", "PARTNER"])?,
            product: header.require(&["PRODUCT"])?,
            flow: header.require(&["FLOW", "FLOW_LAB"])?,
            period: header.require(&["PERIOD"])?,
            period_label: header.find("PERIOD_LAB"),
            indicator: match whole {
                Some(_) => None,
                None => Some(header.require(&["INDICATORS", "INDICATORS_LAB"])?),
            },
            value: match whole {
                Some(value) => value,
                None => header.require(&["INDICATOR_VALUE"])?,
            },
        })
    }

    fn is_value(&self, record: &TableRecord<'_>) -> bool {
        let indicator = record.opt(self.indicator);
        self.indicator.is_none() || matches!(indicator, "VALUE_IN_EUROS" | "VALUE_EUR")
    }

    fn figure(&self, record: &TableRecord<'_>) -> Result<CellFigure<'static>, CellError> {
        let flow = match record.at(self.flow) {
            "1" | "IMPORT" => Flow::Imports,
            "2" | "EXPORT" => Flow::Exports,
            _ => return Err(record.error(self.flow, "expected 1 (imports) or 2 (exports)")),
        };
        let unit = Currency::parse("EUR").map_err(|e| record.error(self.value, e.to_string()))?;
        Ok(CellFigure {
            column: self.value,
            key: SeriesKey {
                reporter: area(record, self.reporter)?,
                partner: area(record, self.partner)?,
                flow,
                product: self.product(record)?,
                unit,
            },
            span: self.span(record)?,
            exponent: 0,
            status: "published",
            source: "Eurostat Comext",
        })
    }

    /// Return the code of a product. Shorter codes may be of SITC: the file does not say.
    fn product(&self, record: &TableRecord<'_>) -> Result<Code, CellError> {
        let text = record.at(self.product);
        if text.eq_ignore_ascii_case("TOTAL") {
            return Ok(known("TOTAL"));
        }
        let is_code = matches!(text.len(), 6 | 8) && text.bytes().all(|b| b.is_ascii_digit());
        let product = is_code.then(|| code(&format!("CN-{text}"))).flatten();
        product.ok_or_else(|| {
            let expected = "expected TOTAL, or a code of the Combined Nomenclature of 6 or 8 \
                digits: a shorter one may be of SITC, or lack its leading zero";
            record.error(self.product, expected)
        })
    }

    /// Return the months of a row: `202405` is a month, `202452` the months that the label names.
    fn span(&self, record: &TableRecord<'_>) -> Result<Span, CellError> {
        let text = record.at(self.period);
        let refuse = || record.error(self.period, "expected a month (202405) or a year (202452)");
        let Some(year) = text.strip_suffix("52").filter(|_| text.len() == 6) else {
            return Month::parse(text).map(Span::month).map_err(|_| refuse());
        };
        match self.period_label {
            // The label of the current year is `Jan.-Aug. 2024`.
            Some(label) => months_of_year(record.at(label)).ok_or_else(|| {
                record.error(
                    label,
                    "expected months of a year, for example Jan.-Dec. 2024",
                )
            }),
            None => Span::parse(year).map_err(|_| refuse()),
        }
    }
}

/// Return the area of a label, without its members in brackets, or of a code of GEONOM.
fn area(record: &TableRecord<'_>, column: usize) -> Result<Code, CellError> {
    let text = record.at(column);
    let bare = text.split(" (").next().unwrap_or(text).trim();
    let group = GROUPS.iter().find(|(name, _)| *name == bare);
    match group {
        // Numbers are those of GEONOM, which are others than those of M49.
        None if bare.bytes().all(|b| b.is_ascii_digit()) => Err(record.error(
            column,
            "expected a label or two letters, not a number of GEONOM",
        )),
        Some((_, group)) => Ok(known(group)),
        None => areas::area(bare).map_err(|unknown| record.error(column, unknown.to_string())),
    }
}
