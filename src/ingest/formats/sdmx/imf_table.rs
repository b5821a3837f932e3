//! Reads the tables of the IMF: those of the data portal (`SERIES_CODE`, `SCALE` in words), with a
//! column a period or a row an observation, and those of the former Direction of Trade Statistics
//! (`Indicator Code`, `Attribute`).
//!
//! The portal writes values in the scale that it names: `Millions` beside `1102.4`. Its API names a
//! power of ten beside a value in units instead, so that a scale in digits is refused here. The
//! files of the Direction of Trade Statistics hold values in dollars, and may state the status of
//! each in a row of its own.

use super::layout::SdmxLayout;
use super::period_columns::PeriodColumns;
use super::tsv;
use crate::ingest::formats::draft::add_outcome;
use crate::ingest::formats::record::{TableHeader, TableRecord};
use crate::ingest::formats::table::TextTable;
use crate::ingest::parsed_file::{CellError, ParsedFile};
use crate::ingest::refusal::IngestError;
use crate::trade::areas;
use std::collections::HashMap;

/// The dimensions of a series code of IMTS, in their order, and the power of ten of its values.
const DIMENSIONS: [&str; 5] = [
    "COUNTRY",
    "INDICATOR",
    "COUNTERPART_COUNTRY",
    "FREQUENCY",
    "UNIT_MULT",
];

/// Whether a header is that of such a table.
pub(in crate::ingest::formats) fn is_header(header: &TableHeader) -> bool {
    let all = |names: &[&str]| names.iter().all(|name| header.find(name).is_some());
    all(&["SERIES_CODE", "COUNTRY", "INDICATOR"])
        || all(&["Country Code", "Indicator Code", "Counterpart Country Code"])
        || all(&["Country Code", "Counterpart Country Code", "Time Period"])
}

/// Read a table.
pub(in crate::ingest::formats) fn read(
    table: TextTable<'_>,
    parsed: &mut ParsedFile,
) -> Result<(), IngestError> {
    if table.header.find("Time Period").is_some() {
        return read_panel(table, parsed);
    }
    let behind = [
        table.header.find("TIME_PERIOD"),
        table.header.find("OBS_VALUE"),
    ];
    if let [Some(period), Some(value)] = behind {
        return read_rows(table, period, value, parsed);
    }
    let dimensions = DIMENSIONS.map(str::to_owned);
    let columns = table.columns(parsed, |header| PeriodColumns::new(&dimensions, header))?;
    let layout = table.columns(parsed, ImfLayout::new)?;
    let header = table.header.clone();
    // The row of the status may stand below that of the values.
    let mut values: Vec<(u64, [String; 5], Vec<String>)> = Vec::new();
    let mut statuses: HashMap<[String; 5], Vec<String>> = HashMap::new();
    table.for_each(parsed, &mut |parsed, record| {
        let is_status = layout.is_status(record);
        if layout.is_no_value(record) {
            parsed.exclude(record.row, "a status or another attribute, no value");
            if !is_status {
                return Ok(());
            }
        }
        match layout.dimensions(record) {
            Ok(codes) if is_status => {
                statuses.insert(codes, record.cells.to_vec());
            }
            Ok(codes) => values.push((record.row, codes, record.cells.to_vec())),
            Err(_) if is_status => {}
            Err(wrong) => return parsed.refuse(record.row, wrong),
        }
        Ok(())
    })?;
    for (row, codes, mut cells) in values {
        for (cell, status) in cells
            .iter_mut()
            .zip(statuses.get(&codes).into_iter().flatten())
        {
            let status = status.trim();
            if !cell.trim().is_empty() && !status.is_empty() && cell.trim() != status {
                *cell = format!("{} {status}", cell.trim());
            }
        }
        let record = TableRecord {
            row,
            header: &header,
            cells: &cells,
        };
        let source = layout.source(&record);
        columns.read(&record, &codes, source, tsv::split, parsed)?;
    }
    Ok(())
}

/// Read a table of the portal with a row an observation.
fn read_rows(
    table: TextTable<'_>,
    period: usize,
    value: usize,
    parsed: &mut ParsedFile,
) -> Result<(), IngestError> {
    let names = DIMENSIONS.into_iter().chain(["TIME_PERIOD", "OBS_VALUE"]);
    let header = TableHeader::new(names.map(str::to_owned));
    let roles = SdmxLayout::new(&header, |_| false);
    let roles = roles.map_err(|wrong| IngestError::from(parsed.refusal(1, wrong)))?;
    let layout = table.columns(parsed, ImfLayout::new)?;
    table.for_each(parsed, &mut |parsed, record| {
        if layout.is_no_value(record) || record.at(value).is_empty() {
            parsed.exclude(record.row, "a status or another attribute, no value");
            return Ok(());
        }
        let codes = match layout.dimensions(record) {
            Ok(codes) => codes,
            Err(wrong) => return parsed.refuse(record.row, wrong),
        };
        let behind = [record.at(period), record.at(value)].map(str::to_owned);
        let cells: Vec<String> = codes.into_iter().chain(behind).collect();
        let one = TableRecord {
            row: record.row,
            header: &header,
            cells: &cells,
        };
        let found = roles.read(&one, layout.source(record));
        add_outcome(parsed, &one, found, roles.period, roles.value)
    })
}

/// Read a panel of the Direction of Trade Statistics: a row a pair and period, a column an
/// indicator with its code in brackets.
fn read_panel(table: TextTable<'_>, parsed: &mut ParsedFile) -> Result<(), IngestError> {
    const CONCEPTS: [&str; 5] = [
        "COUNTRY",
        "INDICATOR",
        "COUNTERPART_COUNTRY",
        "TIME_PERIOD",
        "OBS_VALUE",
    ];
    let names = |value: &str| {
        let behind = [value.to_owned()];
        TableHeader::new(CONCEPTS[..4].iter().map(|c| (*c).to_owned()).chain(behind))
    };
    let layout = SdmxLayout::new(&names(CONCEPTS[4]), |_| false);
    let layout = layout.map_err(|wrong| IngestError::from(parsed.refusal(1, wrong)))?;
    let pair = |name: &str, code: &str| table.header.find(name).zip(table.header.find(code));
    let country = pair("Country Name", "Country Code");
    let counterpart = pair("Counterpart Country Name", "Counterpart Country Code");
    let period = table.header.find("Time Period");
    let (Some(country), Some(counterpart), Some(period)) = (country, counterpart, period) else {
        return Err(parsed.refuse_file("expected names and codes of both countries"));
    };
    let mut indicators = Vec::new();
    for (at, name) in table.header.names.iter().enumerate() {
        let code = name
            .strip_suffix(')')
            .and_then(|name| name.rsplit_once('('));
        if let Some((_, code)) = code.filter(|(_, code)| code.ends_with("_USD")) {
            indicators.push((at, code.to_owned(), names(name)));
        }
    }
    table.for_each(parsed, &mut |parsed, record| {
        let areas = area(record, country.into()).and_then(|own| {
            let other = area(record, counterpart.into())?;
            Ok((own, other))
        });
        let (own, other) = match areas {
            Ok(areas) => areas,
            Err(wrong) => return parsed.refuse(record.row, wrong),
        };
        for (column, indicator, header) in &indicators {
            let value = record.at(*column);
            if value.is_empty() {
                continue;
            }
            let cells =
                [own.as_str(), indicator, &other, record.at(period), value].map(str::to_owned);
            let one = TableRecord {
                row: record.row,
                header,
                cells: &cells,
            };
            let found = layout.read(&one, DOTS);
            add_outcome(parsed, &one, found, layout.period, layout.value)?;
        }
        Ok(())
    })
}

/// The source of figures of the Direction of Trade Statistics.
const DOTS: &str = "IMF Direction of Trade Statistics";

/// The columns of the portal, or of the Direction of Trade Statistics.
enum ImfLayout {
    Portal {
        series: usize,
        data_set: Option<usize>,
        scale: Option<usize>,
        measure: Option<usize>,
    },
    Dots {
        country: [usize; 2],
        counterpart: [usize; 2],
        indicator: usize,
        attribute: Option<usize>,
    },
}

impl ImfLayout {
    fn new(header: &TableHeader) -> Result<Self, CellError> {
        if let Some(series) = header.find("SERIES_CODE") {
            return Ok(Self::Portal {
                series,
                data_set: header.find("DATASET"),
                scale: header.find("SCALE"),
                measure: header.find("OBS_MEASURE"),
            });
        }
        let pair = |name: &str, code: &str| -> Result<[usize; 2], CellError> {
            Ok([header.require(&[name])?, header.require(&[code])?])
        };
        Ok(Self::Dots {
            country: pair("Country Name", "Country Code")?,
            counterpart: pair("Counterpart Country Name", "Counterpart Country Code")?,
            indicator: header.require(&["Indicator Code"])?,
            attribute: header.find("Attribute"),
        })
    }

    /// Whether a row states something else than values, such as their status.
    fn is_no_value(&self, record: &TableRecord<'_>) -> bool {
        match self {
            Self::Portal { measure, .. } => !matches!(record.opt(*measure), "" | "OBS_VALUE"),
            Self::Dots { attribute, .. } => !matches!(record.opt(*attribute), "" | "Value"),
        }
    }

    /// Whether a row states the status of the values of another.
    fn is_status(&self, record: &TableRecord<'_>) -> bool {
        match self {
            Self::Portal { .. } => false,
            Self::Dots { attribute, .. } => record.opt(*attribute) == "Status",
        }
    }

    /// Return the data set that a row names.
    fn source<'a>(&self, record: &TableRecord<'a>) -> &'a str {
        match self {
            Self::Portal { data_set, .. } => record.opt(*data_set),
            Self::Dots { .. } => DOTS,
        }
    }

    /// Return the codes of [`DIMENSIONS`].
    ///
    /// # Errors
    /// The cell that is wrong.
    fn dimensions(&self, record: &TableRecord<'_>) -> Result<[String; 5], CellError> {
        match self {
            Self::Portal { series, scale, .. } => {
                let parts: Vec<&str> = record.at(*series).split('.').collect();
                let Ok([country, indicator, counterpart, frequency]) = <[&str; 4]>::try_from(parts)
                else {
                    let expected = "expected a series of IMTS: reporter, indicator, partner and \
                        frequency, for example KAZ.XG_FOB_USD.CHN.M";
                    return Err(record.error(*series, expected));
                };
                let exponent = match record.opt(*scale).to_ascii_lowercase().as_str() {
                    "" | "units" | "0" => "0",
                    "thousands" => "3",
                    "millions" => "6",
                    "billions" => "9",
                    _ => {
                        let expected = "expected a scale in words: Units, Thousands, Millions or \
                            Billions. A power of ten may stand beside values in units as well";
                        return Err(record.error(scale.unwrap_or(*series), expected));
                    }
                };
                Ok([country, indicator, counterpart, frequency, exponent].map(str::to_owned))
            }
            Self::Dots {
                country,
                counterpart,
                indicator,
                ..
            } => Ok([
                area(record, *country)?,
                record.at(*indicator).to_owned(),
                area(record, *counterpart)?,
                String::new(),
                "0".to_owned(),
            ]),
        }
    }
}

/// Return the area of a name. A group of countries keeps the number of the IMF behind `IMF`, since
/// groups overlap.
fn area(record: &TableRecord<'_>, [name, code]: [usize; 2]) -> Result<String, CellError> {
    if let Some(known) = areas::of_name(record.at(name)) {
        return Ok(known.to_string());
    }
    let number = record.at(code);
    let is_number = (1..=4).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit());
    if is_number {
        return Ok(format!("IMF{number}"));
    }
    Err(record.error(code, "expected the IMF's number of a country"))
}
