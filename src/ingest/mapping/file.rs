//! A mapping kept in a TOML file, to read the next file of the same layout with.

use super::source::{MappedPart, MappingError, PartSource};
use super::statement::Mapping;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The content of a mapping file.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
struct MappingFile {
    #[serde(skip_serializing_if = "Option::is_none")]
    sheet: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    header_row: Option<u64>,
    #[serde(skip_serializing_if = "is_false")]
    wide: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    decimal: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    thousands: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dates: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    skip: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    gap: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    nil: Vec<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    map: BTreeMap<String, String>,
    #[serde(rename = "where", skip_serializing_if = "BTreeMap::is_empty")]
    filters: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    codes: BTreeMap<String, String>,
}

fn is_false(value: &bool) -> bool {
    !value
}

/// Parse the text of a mapping file.
///
/// # Errors
/// A text that is no TOML; the setting or part that is wrong, and what was expected.
pub fn parse_mapping(text: &str) -> Result<Mapping, MappingError> {
    let file: MappingFile = toml::from_str(text)
        .map_err(|error| MappingError::new("mapping file", error.to_string()))?;
    let mut mapping = Mapping {
        wide: file.wide,
        sheet: file.sheet,
        header_row: file.header_row,
        filters: file.filters,
        skip: file.skip,
        gaps: file.gap,
        nil: file.nil,
        codes: file.codes,
        ..Mapping::default()
    };
    for (name, source) in file.map {
        let part = MappedPart::parse(&name).ok_or_else(|| {
            let words = MappedPart::ALL.map(MappedPart::word).join(", ");
            MappingError::new(&name, format!("expected one of {words}"))
        })?;
        mapping.set(part, PartSource::parse(&source))?;
    }
    file.decimal
        .iter()
        .try_for_each(|text| mapping.set_decimal(text))?;
    file.thousands
        .iter()
        .try_for_each(|text| mapping.set_thousands(text))?;
    file.dates
        .iter()
        .try_for_each(|text| mapping.set_dates(text))?;
    Ok(mapping)
}

/// Return the text of a mapping file.
///
/// # Errors
/// A mapping that TOML cannot hold.
pub fn mapping_text(mapping: &Mapping) -> Result<String, MappingError> {
    let stated = &mapping.stated;
    let code = |code: &Option<crate::trade::Code>| code.as_ref().map(ToString::to_string);
    let constants = [
        (MappedPart::Reporter, code(&stated.reporter)),
        (MappedPart::Partner, code(&stated.partner)),
        (MappedPart::Flow, stated.flow.map(|flow| flow.to_string())),
        (MappedPart::Product, code(&stated.product)),
        (
            MappedPart::Period,
            mapping.period.map(|span| span.to_string()),
        ),
        (MappedPart::Unit, stated.unit.map(|unit| unit.to_string())),
        (MappedPart::Source, stated.source.clone()),
    ];
    let constants = constants
        .into_iter()
        .filter_map(|(part, text)| Some((part, text?)));
    let columns = mapping.columns.iter();
    let columns = columns.map(|(part, source)| (*part, source.to_string()));
    let marks = mapping.notation.marks;
    let file = MappingFile {
        sheet: mapping.sheet.clone(),
        header_row: mapping.header_row,
        wide: mapping.wide,
        decimal: marks.decimal.map(String::from),
        thousands: marks.thousands.map(String::from),
        dates: mapping.notation.dates.map(|order| order.word().to_owned()),
        skip: mapping.skip.clone(),
        gap: mapping.gaps.clone(),
        nil: mapping.nil.clone(),
        map: constants
            .chain(columns)
            .map(|(part, text)| (part.word().to_owned(), text))
            .collect(),
        filters: mapping.filters.clone(),
        codes: mapping.codes.clone(),
    };
    toml::to_string(&file).map_err(|error| MappingError::new("mapping file", error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_saved_mapping_is_the_mapping() {
        let mut mapping = Mapping::default();
        let text = "reporter=KAZ,partner=header,flow=X,period=col:Year+Month,unit=USD 1000";
        mapping.add_parts(text).unwrap();
        mapping.set_decimal(",").unwrap();
        mapping.set_dates("dmy").unwrap();
        mapping.sheet = Some("Data".to_owned());
        mapping.header_row = Some(3);
        mapping.gaps = vec!["..".to_owned()];
        mapping.nil = vec!["-".to_owned()];
        mapping.skip = vec!["Total".to_owned()];
        mapping
            .filters
            .insert("Trade".to_owned(), "Import".to_owned());
        mapping.codes.insert("Rest".to_owned(), "XREST".to_owned());
        let saved = mapping_text(&mapping).unwrap();
        assert_eq!(parse_mapping(&saved), Ok(mapping), "{saved}");
    }

    #[test]
    fn a_wrong_setting_is_named() {
        for text in [
            "map = 5",
            "colour = \"red\"",
            "[map]\ncountry = \"KAZ\"",
            "dates = \"ymd\"",
        ] {
            assert!(parse_mapping(text).is_err(), "{text}");
        }
    }
}
