//! The names of SDMX concepts: the roles that they play, attributes, and codes of totals.

use crate::trade::areas;

/// The values of concepts, by the name of the concept.
pub(super) type ConceptValues = Vec<(String, String)>;

pub(super) const REPORTER: &[&str] = &[
    "REPORTER",
    "REF_AREA",
    "COUNTRY",
    "REPORTING_COUNTRY",
    "REPORTER_AREA",
    "REFERENCE_AREA",
    "DECLARANT",
    "GEO",
];
pub(super) const PARTNER: &[&str] = &[
    "PARTNER",
    "COUNTERPART_AREA",
    "COUNTERPART_AREA_1",
    "COUNTERPART_COUNTRY",
    "PARTNER_AREA",
    "VIS_AREA",
];
pub(super) const FLOW: &[&str] = &["TRADE_FLOW", "FLOW", "STK_FLOW", "FLOW_CODE"];
pub(super) const INDICATOR: &[&str] = &["INDICATOR", "INDICATORS", "INDIC_ET", "MEASURE"];
pub(super) const PRODUCT: &[&str] = &[
    "PRODUCT",
    "PRODUCTCODE",
    "COMMODITY",
    "COMMODITY_1",
    "CPA",
    "SITC06",
    "BCLAS_BEC",
];
pub(super) const FREQUENCY: &[&str] = &["FREQ", "FREQUENCY"];
pub(super) const UNIT: &[&str] = &["UNIT_MEASURE", "CURRENCY", "UNIT"];
pub(super) const STATUS: &[&str] = &["OBS_STATUS", "OBS_FLAG", "STATUS"];
pub(super) const ADJUSTMENT: &[&str] = &[
    "ADJUSTMENT",
    "SEASONAL_ADJUST",
    "SEASONAL_ADJUSTMENT",
    "S_ADJ",
];

/// Concepts that describe a figure but do not identify it: those of the message itself, of SDMX's
/// cross-domain concepts, and of the providers that are read.
const ATTRIBUTES: &[&str] = &[
    "STRUCTURE",
    "STRUCTURE_ID",
    "STRUCTURE_NAME",
    "ACTION",
    "DATAFLOW",
    "BASE_PER",
    "DECIMALS",
    "PRECISION",
    "REF_PERIOD",
    "KEY",
    "SERIES_KEY",
    "STATUS",
    "TIME_FORMAT",
    "TIME_PER_COLLECT",
    "VALUATION",
    // IMF.
    "SCALE",
    "DECIMALS_DISPLAYED",
    "DERIVATION_TYPE",
    "OVERLAP",
    "ACCESS_SHARING_LEVEL",
    "AUTHOR",
    "CONTACT_POINT",
    "DATASET",
    "DEPARTMENT",
    "DOI",
    "IFS_FLAG",
    "KEYWORDS",
    "KEYWORDS_DATASET",
    "KEY_INDICATOR",
    "LANGUAGE",
    "LICENSE",
    "METHODOLOGY",
    "PUBLICATION_DATE",
    "PUBLISHER",
    "REFERENCE_PERIOD",
    "SECURITY_CLASSIFICATION",
    "SERIES_CODE",
    "SOURCE",
    "TOPIC",
    "TOPIC_DATASET",
    "UPDATE_DATE",
    // Eurostat and the World Bank.
    "LAST_UPDATE",
    "DATASOURCE",
];

/// The beginnings and ends of the names of further attributes.
const ATTRIBUTE_STARTS: &[&str] = &[
    "OBS_",
    "COMMENT",
    "CONF_",
    "COLLECTION",
    "EMBARGO",
    "PRE_BREAK",
    "TITLE",
];
const ATTRIBUTE_ENDS: &[&str] = &["_NOTE", "_NOTES", "_NAME", "_DESCRIPTION", "_CITATION"];

pub(super) fn is_attribute(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    // `STRUCTURE[;]` names the separator within cells.
    let name = name.split('[').next().unwrap_or_default();
    ATTRIBUTES.contains(&name)
        || ATTRIBUTE_STARTS.iter().any(|s| name.starts_with(s))
        || ATTRIBUTE_ENDS.iter().any(|s| name.ends_with(s))
}

/// Whether `text` is the total of the concept `name`.
pub(in crate::ingest::formats) fn is_total(name: &str, text: &str) -> bool {
    let (name, text) = (name.to_ascii_uppercase(), text.to_ascii_uppercase());
    match text.as_str() {
        "" | "_T" | "_Z" | "TOTAL" | "TOT" | "ALL" => true,
        // The total of a second partner, a mode of transport or a customs procedure.
        "0" if ["PARTNER", "COUNTERPART", "TRANSPORT", "CUSTOMS"]
            .iter()
            .any(|part| name.contains(part)) =>
        {
            true
        }
        "C00" => name.contains("CUSTOMS"),
        _ if name.contains("PARTNER") || name.contains("COUNTERPART") => {
            areas::of_sdmx(&text).is_some_and(|area| area.as_str() == "WLD")
        }
        _ => false,
    }
}

/// Whether a text stands for "no figure" in any of the three messages.
pub(super) fn is_missing(text: &str) -> bool {
    matches!(text, "" | "NaN" | "nan" | "NAN" | "NA" | ":" | "#N/A")
}
