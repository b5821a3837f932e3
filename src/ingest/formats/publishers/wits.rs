//! Reads tables of the World Bank's WITS: country summaries and time series by partner with a
//! column a year, and rows of a query (`TradeValue in 1000 USD`).

use super::cell::{CellFigure, Marks, add_cell};
use super::label::{self, code, harmonized, known};
use super::period::period;
use crate::ingest::formats::record::{TableHeader, TableRecord};
use crate::ingest::formats::table::TextTable;
use crate::ingest::parsed_file::{CellError, ParsedFile};
use crate::ingest::refusal::IngestError;
use crate::trade::{Code, Currency, Flow, SeriesKey, Span};

const MARKS: Marks = Marks {
    nil: &[],
    gap: &["-", "NA"],
};
const SOURCE: &str = "World Bank WITS";

/// Groups of products by their names, and their codes in WITS' own data flow.
const GROUPS: [(&str, &str); 30] = [
    ("All Products", "TOTAL"),
    ("Animal", "WB-01-05_ANIMAL"),
    ("Vegetable", "WB-0615VEGETABLE"),
    ("Food Products", "WB-1624FOODPROD"),
    ("Minerals", "WB-2526MINERALS"),
    ("Fuels", "WB-27-27_FUELS"),
    ("Chemicals", "WB-2838CHEMICALS"),
    ("Plastic or Rubber", "WB-3940PLASTIRUB"),
    ("Hides and Skins", "WB-4143HIDESSKIN"),
    ("Wood", "WB-44-49_WOOD"),
    ("Textiles and Clothing", "WB-5063TEXTCLOTH"),
    ("Footwear", "WB-6467FOOTWEAR"),
    ("Stone and Glass", "WB-6871STONEGLAS"),
    ("Metals", "WB-72-83_METALS"),
    ("Mach and Elec", "WB-8485MACHELEC"),
    ("Transportation", "WB-8689TRANSPORT"),
    ("Miscellaneous", "WB-9099MISCELLAN"),
    ("Agricultural Raw Materials", "WB-AGRRAW"),
    ("Chemical", "WB-CHEMICAL"),
    ("Food", "WB-FOOD"),
    ("Fuel", "WB-FUELS"),
    ("Manufactures", "WB-MANUF"),
    ("Ores and Metals", "WB-ORESMTLS"),
    ("Textiles", "WB-TEXTILES"),
    ("Machinery and Transport Equipment", "WB-TRANSP"),
    ("Raw materials", "WB-UNCTAD-SOP1"),
    ("Intermediate goods", "WB-UNCTAD-SOP2"),
    ("Consumer goods", "WB-UNCTAD-SOP3"),
    ("Capital goods", "WB-UNCTAD-SOP4"),
    ("Total", "TOTAL"),
];

/// Areas of WITS that are no countries.
const AREAS: [(&str, &str); 12] = [
    ("Unspecified", "UNSPECIFIED"),
    ("Other Asia, nes", "TWN"),
    ("East Asia & Pacific", "EAS"),
    ("Europe & Central Asia", "ECS"),
    ("Latin America & Caribbean", "LCN"),
    ("Middle East & North Africa", "MEA"),
    ("North America", "NAC"),
    ("South Asia", "SAS"),
    ("Sub-Saharan Africa", "SSF"),
    ("Bunkers", "BUNKERS"),
    ("Free Zones", "FREE_ZONES"),
    ("Special Categories", "SPECIAL"),
];

/// Whether a header is that of a table of WITS.
pub(in crate::ingest::formats) fn is_header(header: &TableHeader) -> bool {
    let wide = header.any(&["Reporter", "Reporter Name"]).is_some()
        && header.find("Indicator").is_some()
        && header.any(&PRODUCTS).is_some();
    let pairs = header.find("Partner Name").is_some()
        && header.find("Year").is_some()
        && header.any(&PAIR_VALUES.map(|(name, _)| name)).is_some();
    wide || pairs || header.any(&VALUES).is_some() && header.any(&FLOWS).is_some()
}

/// The column of groups of products.
const PRODUCTS: [&str; 2] = ["Product categories", "Product Group"];

/// The columns of values of the rows of a query, in thousands of dollars.
const VALUES: [&str; 4] = [
    "TradeValue in 1000 USD",
    "Trade Value 1000USD",
    "Trade Value in 1000 USD",
    "TradeValue",
];
const FLOWS: [&str; 4] = ["TradeFlowName", "TradeFlow", "Trade Flow", "Flow"];

/// The columns of values of a summary with a row a partner and year.
const PAIR_VALUES: [(&str, Flow); 2] = [
    ("Export (US$ Thousand)", Flow::Exports),
    ("Import (US$ Thousand)", Flow::Imports),
];

/// Read a summary with a row a partner and year. It may lack the reporter.
fn read_pairs(table: TextTable<'_>, parsed: &mut ParsedFile) -> Result<(), IngestError> {
    let header = &table.header;
    let reporter = header.any(&["Reporter Name", "Reporter"]);
    let stated = parsed.stated().reporter.clone();
    if reporter.is_none() && stated.is_none() {
        return Err(parsed.refuse_file(
            "expected a column `Reporter Name`: the table does not say whose trade it is. State \
             it with --reporter, for example --reporter KAZ",
        ));
    }
    let (partner, year) = (header.find("Partner Name"), header.find("Year"));
    let (Some(partner), Some(year)) = (partner, year) else {
        return Err(parsed.refuse_file("expected the columns `Partner Name` and `Year`"));
    };
    let product = header.any(&PRODUCTS);
    let values = PAIR_VALUES.iter();
    let values: Vec<_> = values
        .filter_map(|(name, flow)| Some((header.find(name)?, *flow)))
        .collect();
    table.for_each(parsed, &mut |parsed, record| {
        let reporter = match (reporter, &stated) {
            (Some(column), _) => area(record, column),
            (None, stated) => Ok(stated.clone().unwrap_or_else(|| known("WLD"))),
        };
        let row = reporter.and_then(|reporter| {
            let span = period(record.at(year)).filter(|span| span.len() == 12);
            let span = span.ok_or_else(|| record.error(year, "expected a year"))?;
            let product = product.map_or_else(|| Ok(known("TOTAL")), |at| group(record, at))?;
            Ok((reporter, area(record, partner)?, product, span))
        });
        let (reporter, partner, product, span) = match row {
            Ok(row) => row,
            Err(wrong) => return parsed.refuse(record.row, wrong),
        };
        for (column, flow) in &values {
            let figure = CellFigure {
                column: *column,
                key: SeriesKey {
                    reporter: reporter.clone(),
                    partner: partner.clone(),
                    flow: *flow,
                    product: product.clone(),
                    unit: Currency::USD,
                },
                span,
                exponent: 3,
                status: "published",
                source: SOURCE,
            };
            add_cell(parsed, record, MARKS, figure)?;
        }
        Ok(())
    })
}

/// Read a table.
pub(in crate::ingest::formats) fn read(
    table: TextTable<'_>,
    parsed: &mut ParsedFile,
) -> Result<(), IngestError> {
    if table
        .header
        .any(&PAIR_VALUES.map(|(name, _)| name))
        .is_some()
    {
        return read_pairs(table, parsed);
    }
    if table.header.find("Indicator").is_some() {
        let columns = table.columns(parsed, WitsSummary::new)?;
        return table.for_each(parsed, &mut |parsed, record| columns.read(record, parsed));
    }
    let columns = table.columns(parsed, WitsQuery::new)?;
    table.for_each(parsed, &mut |parsed, record| match columns.figure(record) {
        Ok(figure) => add_cell(parsed, record, MARKS, figure),
        Err(wrong) => parsed.refuse(record.row, wrong),
    })
}

/// Return the area of a name.
fn area(record: &TableRecord<'_>, column: usize) -> Result<Code, CellError> {
    let name = record.at(column);
    let own = AREAS.iter().find(|(known, _)| *known == name);
    match own {
        Some((_, own)) => Ok(known(own)),
        None => label::area(record, column),
    }
}

/// Return the code of a group of products.
fn group(record: &TableRecord<'_>, column: usize) -> Result<Code, CellError> {
    let name = record.at(column);
    let group = GROUPS
        .iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(name));
    let product = group.and_then(|(_, group)| code(group));
    product.ok_or_else(|| record.error(column, "expected a group of products, or All Products"))
}

/// The columns of a summary.
struct WitsSummary {
    reporter: usize,
    partner: usize,
    product: usize,
    kind: Option<usize>,
    indicator: usize,
    years: Vec<(usize, Span)>,
}

impl WitsSummary {
    fn new(header: &TableHeader) -> Result<Self, CellError> {
        let year = |(at, name): (usize, &String)| {
            let span = period(name).filter(|span| span.len() == 12)?;
            Some((at, span))
        };
        Ok(Self {
            reporter: header.require(&["Reporter", "Reporter Name"])?,
            partner: header.require(&["Partner", "Partner Name"])?,
            product: header.require(&PRODUCTS)?,
            kind: header.any(&["Indicator Type", "Trade Flow"]),
            indicator: header.require(&["Indicator"])?,
            years: header.names.iter().enumerate().filter_map(year).collect(),
        })
    }

    fn read(&self, record: &TableRecord<'_>, parsed: &mut ParsedFile) -> Result<(), IngestError> {
        let indicator = record.at(self.indicator);
        let Some((flow, exponent)) = value_of(record.opt(self.kind), indicator) else {
            parsed.exclude(
                record.row,
                "shares, tariffs, counts or indices, no values of trade",
            );
            return Ok(());
        };
        let key = match self.key(record, flow) {
            Ok(key) => key,
            Err(wrong) => return parsed.refuse(record.row, wrong),
        };
        for (column, span) in &self.years {
            let figure = CellFigure {
                column: *column,
                key: key.clone(),
                span: *span,
                exponent,
                status: "published",
                source: SOURCE,
            };
            add_cell(parsed, record, MARKS, figure)?;
        }
        Ok(())
    }

    fn key(&self, record: &TableRecord<'_>, flow: Flow) -> Result<SeriesKey, CellError> {
        Ok(SeriesKey {
            reporter: area(record, self.reporter)?,
            partner: area(record, self.partner)?,
            flow,
            product: group(record, self.product)?,
            unit: Currency::USD,
        })
    }
}

/// Return flow and power of ten of an indicator; `None` where it is no value of trade in dollars.
fn value_of(kind: &str, indicator: &str) -> Option<(Flow, i32)> {
    let flow = match kind {
        "Export" => Flow::Exports,
        "Import" => Flow::Imports,
        _ => return None,
    };
    let lower = indicator.to_ascii_lowercase();
    let exponent = if lower.contains("us$ mil") {
        6
    } else if lower.contains("us$ thousand") {
        3
    } else {
        return None;
    };
    let starts = [
        "export(",
        "export (",
        "exports (",
        "import(",
        "import (",
        "imports (",
        "trade (",
    ];
    starts
        .iter()
        .any(|start| lower.starts_with(start))
        .then_some((flow, exponent))
}

/// The columns of the rows of a query.
struct WitsQuery {
    reporter: usize,
    partner: usize,
    product: usize,
    flow: usize,
    year: usize,
    value: usize,
}

impl WitsQuery {
    fn new(header: &TableHeader) -> Result<Self, CellError> {
        Ok(Self {
            reporter: header.require(&["ReporterISO3", "Reporter", "ReporterName"])?,
            partner: header.require(&["PartnerISO3", "Partner", "PartnerName"])?,
            product: header.require(&["ProductCode", "Product Code", "Product"])?,
            flow: header.require(&FLOWS)?,
            year: header.require(&["Year"])?,
            value: header.require(&VALUES)?,
        })
    }

    fn figure(&self, record: &TableRecord<'_>) -> Result<CellFigure<'static>, CellError> {
        let flow = match record.at(self.flow).to_ascii_lowercase().as_str() {
            "export" | "exports" | "gross exp." | "gross export" => Flow::Exports,
            "import" | "imports" | "gross imp." | "gross import" => Flow::Imports,
            _ => {
                let expected = "expected Export or Import: re-exports are parts of exports";
                return Err(record.error(self.flow, expected));
            }
        };
        let text = record.at(self.product);
        let product = if text.eq_ignore_ascii_case("total") || text == "999999" {
            Some(known("TOTAL"))
        } else {
            harmonized(text)
        };
        let span = period(record.at(self.year)).filter(|span| span.len() == 12);
        Ok(CellFigure {
            column: self.value,
            key: SeriesKey {
                reporter: area(record, self.reporter)?,
                partner: area(record, self.partner)?,
                flow,
                product: product.ok_or_else(|| {
                    record.error(
                        self.product,
                        "expected a code of the Harmonized System or Total",
                    )
                })?,
                unit: Currency::USD,
            },
            span: span.ok_or_else(|| record.error(self.year, "expected a year"))?,
            exponent: 3,
            status: "published",
            source: SOURCE,
        })
    }
}
