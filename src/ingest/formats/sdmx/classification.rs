//! The classification that the product codes of a data flow belong to.

/// Classifications that columns of products are named after.
pub(super) const CLASSIFICATIONS: [&str; 2] = ["SITC", "CPA"];
/// Data flows whose classification is known. DS-045409 has chapters, headings and subheadings of the Harmonized System too, which the Combined
/// Nomenclature begins with; WITS has groups of its own.
const CLASSIFIED: [(&str, &str, &str); 3] = [
    ("ESTAT", "DS-045409", "CN"),
    ("ESTAT", "DS-018995", "SITC"),
    ("WBG_WITS", "DF_WITS_TradeStats_Trade", "WB"),
];

/// The agency that maintains a data flow and the data flow's id: `ESTAT:DS-045409(1.0)` without its version.
fn named(source: &str) -> (&str, &str) {
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
    let (agency, id) = named(source);
    let known = CLASSIFIED
        .into_iter()
        .find(|(by, flow, _)| *flow == id && (*by == agency || agency.is_empty()));
    known.map(|(.., classification)| classification)
}

/// The data flow itself in place of its classification: agency and id in letters and digits, where that is at most eight of them, else three
/// and a hash (FNV-1a), so that no other data flow has the same. Numbers of Eurostat need no agency. `None` where no message names one.
pub(super) fn of_flow(source: &str) -> Option<String> {
    if matches!(source, "" | "SDMX-ML" | "SDMX-JSON") {
        return None;
    }
    let (agency, id) = named(source);
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
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in agency.bytes().chain([b':']).chain(id.bytes()) {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3);
    }
    short.truncate(3);
    for _ in 0..5 {
        let digit = u32::try_from(hash % 36).unwrap_or(0);
        short.extend(char::from_digit(digit, 36).map(|c| c.to_ascii_uppercase()));
        hash /= 36;
    }
    Some(short)
}
