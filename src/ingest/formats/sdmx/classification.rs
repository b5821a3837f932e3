//! The classification that the product codes of a data flow belong to.

use crate::trade::stable_hash;

/// The beginnings of the names of columns of products, and the classifications that they state.
pub(super) const CLASSIFICATIONS: [(&str, &str); 3] =
    [("SITC", "SITC"), ("CPA", "CPA"), ("BCLAS_BEC", "BEC")];
/// Data flows whose classification is known. DS-045409 also has chapters, headings and subheadings
/// of the Harmonized System, with which the Combined Nomenclature begins; WITS has groups of its
/// own.
const CLASSIFIED: [(&str, &str, &str); 3] = [
    ("ESTAT", "DS-045409", "CN"),
    ("ESTAT", "DS-018995", "SITC"),
    ("WBG_WITS", "DF_WITS_TradeStats_Trade", "WB"),
];

/// Return the agency and the identifier of a data flow, without its version: `ESTAT` and
/// `DS-045409` of `ESTAT:DS-045409(1.0)`.
fn agency_and_id(source: &str) -> (&str, &str) {
    let version = |text: &str| text.starts_with(|c: char| c.is_ascii_digit());
    let bare = source
        .strip_suffix(')')
        .and_then(|text| text.rsplit_once('('));
    let bare = bare
        .filter(|(_, text)| version(text))
        .map_or(source, |(bare, _)| bare);
    bare.split_once(':').unwrap_or(("", bare))
}

pub(super) fn classified(source: &str) -> Option<&'static str> {
    let (agency, id) = agency_and_id(source);
    let known = CLASSIFIED
        .into_iter()
        .find(|(by, flow, _)| *flow == id && (*by == agency || agency.is_empty()));
    known.map(|(.., classification)| classification)
}

/// Return a code for the data flow in place of its classification: agency and identifier in letters
/// and digits where those are at most eight, else three of them and a hash, so that no other data
/// flow has the same code. Numbers of Eurostat need no agency. `None` where the message names no
/// data flow.
pub(super) fn of_flow(source: &str) -> Option<String> {
    if matches!(source, "" | "SDMX-ML" | "SDMX-JSON") {
        return None;
    }
    let (agency, id) = agency_and_id(source);
    let agency = if agency == "ESTAT" { "" } else { agency };
    let name = [agency, id].concat();
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    let letters = name.bytes().filter(u8::is_ascii_alphanumeric);
    let mut short: String = letters
        .map(|b| char::from(b.to_ascii_uppercase()))
        .collect();
    if name.bytes().all(plain) && (1..=8).contains(&short.len()) {
        return Some(short);
    }
    let mut hash = stable_hash(format!("{agency}:{id}").as_bytes());
    short.truncate(3);
    for _ in 0..5 {
        let digit = u32::try_from(hash % 36).unwrap_or(0);
        short.extend(char::from_digit(digit, 36).map(|c| c.to_ascii_uppercase()));
        hash /= 36;
    }
    Some(short)
}
