//! Reads a table that the query platform of China's customs gives (CSV, GBK): a row a month,
//! product and partner, in yuan or dollars.
//!
//! The platform is asked for exports or imports, and its answer does not say which: the name of the
//! file must.

use super::label::area_of;
use crate::ingest::formats::draft::{DraftFigure, RecordOutcome, add_outcome, product};
use crate::ingest::formats::record::{TableHeader, TableRecord};
use crate::ingest::formats::table::TextTable;
use crate::ingest::parsed_file::{CellError, ParsedFile};
use crate::ingest::refusal::IngestError;
use crate::trade::{Code, Currency, Flow, Month, SeriesKey, Span};

/// The column by which the table is recognised.
pub(in crate::ingest::formats) const MONTH_COLUMN: &str = "数据年月";

/// The other columns that the table may have. Any further one breaks the trade down.
const OTHERS: [&str; 11] = [
    "商品编码",
    "商品名称",
    "贸易伙伴编码",
    "贸易伙伴名称",
    "第一数量",
    "第一计量单位",
    "第二数量",
    "第二计量单位",
    "人民币",
    "美元",
    "",
];

const FLOW: &str = "expected the flow, which the table does not state: state it with `--flow X` or \
                    `--flow M`, or put `exports` (出口) or `imports` (进口) into the name of the \
                    file, as the query asked for";

/// The columns of the table, and what holds for all of it.
struct QueryColumns {
    month: usize,
    product: usize,
    partner: usize,
    value: usize,
    currency: Currency,
    flow: Flow,
}

/// Read the table.
///
/// # Errors
/// A refusal of a cell, or of a table without a flow.
pub(in crate::ingest::formats) fn read_query(
    table: TextTable<'_>,
    parsed: &mut ParsedFile,
) -> Result<(), IngestError> {
    let columns = table.columns(parsed, columns_of)?;
    let stated = parsed.stated().flow;
    let columns = QueryColumns {
        flow: stated
            .or_else(|| flow_of_name(parsed))
            .ok_or_else(|| parsed.refuse_file(FLOW))?,
        ..columns
    };
    table.for_each(parsed, &mut |parsed, record| {
        let outcome = columns.figure(record);
        add_outcome(parsed, record, outcome, columns.month, columns.value)
    })
}

fn columns_of(header: &TableHeader) -> Result<QueryColumns, CellError> {
    let known = |name: &&String| *name != MONTH_COLUMN && !OTHERS.contains(&name.as_str());
    if let Some(name) = header.names.iter().find(known) {
        let expected = "expected a query by month, product and partner only";
        return Err(CellError::new(name, name, expected));
    }
    let value = header.require(&["人民币", "美元"])?;
    let currency = match header.names[value].as_str() {
        "美元" => Currency::USD,
        _ => Currency::CNY,
    };
    Ok(QueryColumns {
        month: header.require(&[MONTH_COLUMN])?,
        product: header.require(&["商品编码"])?,
        partner: header.require(&["贸易伙伴名称"])?,
        value,
        currency,
        flow: Flow::Total,
    })
}

/// Return the flow that the name of the file states; `None` where it states none or both.
fn flow_of_name(parsed: &ParsedFile) -> Option<Flow> {
    let name = parsed.file().file_name()?.to_string_lossy().to_lowercase();
    let has = |words: [&str; 2]| words.iter().any(|word| name.contains(word));
    match (has(["export", "出口"]), has(["import", "进口"])) {
        (true, false) => Some(Flow::Exports),
        (false, true) => Some(Flow::Imports),
        _ => None,
    }
}

impl QueryColumns {
    fn figure(&self, record: &TableRecord<'_>) -> Result<RecordOutcome, CellError> {
        let month = record.at(self.month);
        let month = (month.len() == 6)
            .then(|| Month::parse(month).ok())
            .flatten()
            .ok_or_else(|| record.error(self.month, "expected a month, 202405"))?;
        let partner = area_of(record.at(self.partner), None).ok_or_else(|| {
            let expected = "expected a country or region of the customs' list; --accept-valid \
                            imports the other rows";
            record.error(self.partner, expected)
        })?;
        let goods = record.at(self.product);
        let goods = product(goods)
            .filter(|_| !goods.is_empty())
            .ok_or_else(|| record.error(self.product, "expected the code of a product"))?;
        let text = record.at(self.value).replace(',', "");
        let value = text.parse::<f64>().ok().filter(|value| value.is_finite());
        let value = value.ok_or_else(|| record.error(self.value, "expected a number"))?;
        let reporter = Code::parse("CHN");
        let key = SeriesKey {
            reporter: reporter.map_err(|e| CellError::of_row(e.to_string()))?,
            partner,
            flow: self.flow,
            product: goods,
            unit: self.currency,
        };
        Ok(RecordOutcome::Figure(Box::new(DraftFigure {
            source: "GACC query".to_owned(),
            ..DraftFigure::level(key, Span::month(month), value, &text, 1.0)
        })))
    }
}
