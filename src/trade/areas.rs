//! The codes and names of countries and areas in each statistic, looked up as ISO 3166-1 alpha-3
//! and this project's own codes.
//!
//! ISO 3166 itself comes from a crate. Deviations from it are listed here, with their reason; names
//! are found in [`area_names`](super::area_names).

use super::Code;
use super::area::{WORLD, members_of};
pub use super::area_names::{Country, countries, english_name, of_chinese_name, of_name};
use super::area_names::{is_group, nearest, of_exact_name, of_schedule, schedule_of};
use rust_iso3166::iso3166_2;

/// Deviations of Comtrade's numbers from M49, because a statistical territory differs from the
/// country: the United States with Puerto Rico and the Virgin Islands, France with Monaco and its
/// overseas departments, Norway with Svalbard, Switzerland with Liechtenstein, India with Sikkim,
/// Italy with San Marino; Sudan and Serbia under the numbers that they had before.
const COMTRADE: [(u16, &str); 10] = [
    (0, WORLD),
    (842, "USA"),
    (251, "FRA"),
    (579, "NOR"),
    (757, "CHE"),
    (699, "IND"),
    // "Other Asia, not elsewhere specified" is Taiwan, to which Comtrade gives no other number.
    (490, "TWN"),
    (381, "ITA"),
    (736, "SDN"),
    (280, "DEU"),
];

/// Codes that mean a country of ISO 3166-1 by another code: Eurostat's general code list and the
/// GEONOM of Comext, the IMF, Comtrade's `S19`, and codes that countries had before (in the tables
/// of WITS still).
const OTHERS: [(&str, &str); 31] = [
    ("EL", "GRC"),
    ("UK", "GBR"),
    ("XS", "SRB"),
    ("XK", "XKX"),
    ("W0", WORLD),
    ("W00", WORLD),
    ("W", WORLD),
    ("WORLD", WORLD),
    ("G001", WORLD),
    ("KOS", "XKX"),
    ("WBG", "PSE"),
    ("S19", "TWN"),
    ("CN_X_HK", "CHN"),
    ("TP", "TLS"),
    ("TMP", "TLS"),
    ("ZR", "COD"),
    ("ZAR", "COD"),
    ("ROM", "ROU"),
    ("BU", "MMR"),
    ("OAS", "TWN"),
    ("SER", "SRB"),
    ("MNT", "MNE"),
    ("SUD", "SDN"),
    ("SVU", "SUN"),
    ("EUN", "EU"),
    ("UNS", "UNSPECIFIED"),
    ("BUN", "BUNKERS"),
    ("FRE", "FREE_ZONES"),
    ("NZE", "UN536"),
    // Of the World Bank.
    ("EMU", "EA"),
    ("EUU", "EU"),
];

fn code(text: &str) -> Option<Code> {
    Code::parse(text).ok()
}

/// The reason why a text names no area.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "expected an area: a code or name of ISO 3166 (KAZ, KZ, 398, Kazakhstan), WLD, or a group such \
     as CA5 or EU27_2020{}", nearest_words(.nearest)
)]
pub struct UnknownArea {
    /// The nearest areas, best first, each with its code and name.
    pub nearest: Vec<(Code, &'static str)>,
}

fn nearest_words(nearest: &[(Code, &'static str)]) -> String {
    let one = |(code, name): &(Code, &str)| format!("{code} ({name})");
    match nearest {
        [] => String::new(),
        some => {
            let some: Vec<String> = some.iter().map(one).collect();
            format!("; nearest: {}", some.join(", "))
        }
    }
}

/// Return the area that a person or a publisher means by `text`: a code of ISO 3166 (alpha-2,
/// alpha-3, a number of M49 or Comtrade), a code of this project or of a group, or a name in
/// English, Chinese, or another language of customs and statistics offices.
///
/// # Errors
/// A text that names no area, or may name several (`Congo and Korea`), with the nearest areas.
pub fn area(text: &str) -> Result<Code, UnknownArea> {
    of_text(text).ok_or_else(|| UnknownArea {
        nearest: nearest(text.trim()),
    })
}

/// Return the area of a text as [`area`] does; `None` where it names none. Looking for the nearest
/// areas takes much longer.
pub fn of_text(text: &str) -> Option<Code> {
    let text = text.trim();
    let number = || of_m49(text).filter(|area| known_number(area.as_str()));
    let known = of_known_code(&text.to_ascii_uppercase());
    // `Nga` is Russia in Vietnamese, and the code of Nigeria.
    if text.len() <= 3
        && let Some(known) = &known
        && text.contains(|c: char| c.is_ascii_lowercase())
        && of_name(text).is_some_and(|named| named != *known)
    {
        return None;
    }
    let exact = || of_chinese_name(text).or_else(|| of_exact_name(text));
    known
        .or_else(number)
        .or_else(|| of_name(text))
        .or_else(|| exact().and_then(code))
}

/// Whether a code is that of a country of ISO 3166-1.
pub fn is_country(code: &Code) -> bool {
    rust_iso3166::from_alpha3(code.as_str()).is_some()
}

/// Whether a number that is no country is one of Comtrade's: areas not elsewhere specified,
/// bunkers, free zones, special categories, and countries that are no more.
fn known_number(code: &str) -> bool {
    const NUMBERS: [&str; 20] = [
        "UN097", "UN200", "UN230", "UN278", "UN290", "UN471", "UN472", "UN473", "UN492", "UN527",
        "UN536", "UN568", "UN577", "UN636", "UN637", "UN810", "UN837", "UN838", "UN839", "UN899",
    ];
    !code.starts_with("UN") || NUMBERS.contains(&code) || code.len() != 5
}

/// Return the area of a code in upper case; `None` for a text that is no known code.
fn of_known_code(upper: &str) -> Option<Code> {
    if let Some((_, alpha3)) = OTHERS.iter().find(|(other, _)| *other == upper) {
        return code(alpha3);
    }
    let country = match upper.len() {
        2 => rust_iso3166::from_alpha2(upper),
        3 => rust_iso3166::from_alpha3(upper),
        _ => None,
    };
    if let Some(country) = country {
        return code(country.alpha3);
    }
    let group = is_group(upper)
        || members_of(upper).is_some()
        || is_numbered_group(upper)
        || is_part(upper);
    group.then(|| code(upper)).flatten()
}

/// Whether a code is a group of Eurostat or the IMF (`EU27_2020`, `EXT_EU27_2020`, `EA19`, `G163`),
/// or an area of another list under its number (`UN899`, `CTY0003`, `JPC199`, `IMF163`).
fn is_numbered_group(upper: &str) -> bool {
    let bare = upper.strip_prefix("EXT_").unwrap_or(upper);
    let rest = ["EU", "EA", "G", "UN", "CTY", "JPC", "IMF", "BRC"]
        .iter()
        .find_map(|start| bare.strip_prefix(start));
    rest.is_some_and(|rest| {
        let digits = rest.bytes().filter(u8::is_ascii_digit).count();
        let all = |c: char| c.is_ascii_digit() || matches!(c, '_' | 'X');
        digits > 0 && rest.chars().all(all)
    })
}

/// Whether a code is a part of a country: of ISO 3166-2 (`CN-XJ`), or behind the code of its
/// country (`ESP-CN`, the Canary Islands).
fn is_part(upper: &str) -> bool {
    let Some((country, part)) = upper.split_once('-') else {
        return false;
    };
    iso3166_2::from_code(upper).is_some()
        || (!part.is_empty() && rust_iso3166::from_alpha3(country).is_some())
}

/// Return the area of a number of M49, with Comtrade's deviations. A number of no country ("Areas,
/// nes", "Bunkers") keeps its number, `UN899`; `None` for a text that is not a number of at most
/// three digits.
pub fn of_m49(text: &str) -> Option<Code> {
    let text = text.trim();
    let number: u16 = text
        .parse()
        .ok()
        .filter(|n| *n < 1000 && text.bytes().all(|b| b.is_ascii_digit()))?;
    if let Some((_, alpha3)) = COMTRADE.iter().find(|(own, _)| *own == number) {
        return code(alpha3);
    }
    match rust_iso3166::from_numeric(number) {
        Some(country) => code(country.alpha3),
        None => code(&format!("UN{number:03}")),
    }
}

/// Return the area of a code in SDMX data: alpha-3, alpha-2 with Eurostat's deviations, M49; `W0`,
/// `WORLD`, `W00`, `G001` are the world. A code of the publisher's own list, which is short or has
/// a digit or `_` (`B0`, `QS`, `EXT_EU27_2020`), is kept. `None` for a text that is no code.
pub fn of_sdmx(text: &str) -> Option<Code> {
    let text = text.trim();
    let upper = text.to_ascii_uppercase();
    if !upper.is_empty() && upper.bytes().all(|b| b.is_ascii_digit()) {
        return match upper.as_str() {
            "001" => code(WORLD),
            _ => of_m49(&upper),
        };
    }
    let own = |c: char| c.is_ascii_digit() || c == '_';
    let kept = upper.len() <= 4 || upper.contains(own);
    of_known_code(&upper)
        .or_else(|| of_name(text))
        .or_else(|| kept.then(|| code(&upper)).flatten())
}

/// Return the area of a code of Schedule C; `-` is the world. A group (`0003`, `5XXX`) or a code
/// that is no longer used (`4802`, Serbia with Kosovo) keeps its code behind `CTY`, since they
/// overlap with countries and with each other. `None` for any other text.
pub fn of_schedule_c(text: &str) -> Option<Code> {
    let text = text.trim();
    if text == "-" {
        return code("WLD");
    }
    // Gaza and the West Bank are two areas of Schedule C, Kosovo has no code in ISO 3166-1. The
    // codes of former countries are those of ISO 3166-3.
    match text {
        "2771" => return code("ANT"),
        "4350" => return code("CSK"),
        "4610" => return code("SUN"),
        "4790" => return code("YUG"),
        "4799" => return code("SCG"),
        "5082" => return code("PSE-GZ"),
        "5083" => return code("PSE-WB"),
        "4803" => return code("XKX"),
        _ => {}
    }
    if let Some(alpha3) = of_schedule(text) {
        return code(alpha3);
    }
    let is_digit = |b: u8| b.is_ascii_digit();
    let other = text.len() == 4
        && text != "9999"
        && (text.bytes().all(is_digit)
            || text.ends_with("XXX") && text.bytes().next().is_some_and(is_digit));
    other.then(|| code(&format!("CTY{text}"))).flatten()
}

/// Numbers of Comtrade's that queries no longer ask for.
const LATER: [u16; 3] = [381, 736, 280];

/// Return the number of an area in queries to Comtrade: its own before that of M49.
pub fn comtrade(code: &Code) -> Option<String> {
    let own = COMTRADE
        .iter()
        .find(|(number, alpha3)| *alpha3 == code.as_str() && !LATER.contains(number));
    match own {
        Some((number, _)) => Some(number.to_string()),
        None => rust_iso3166::from_alpha3(code.as_str()).map(|c| c.numeric.to_string()),
    }
}

/// Return the two letters of an area in queries to Comext; the code of a group is kept.
pub fn geonom(code: &Code) -> Option<String> {
    match code.as_str() {
        "WLD" => Some("WORLD".to_owned()),
        "SRB" => Some("XS".to_owned()),
        "XKX" => Some("XK".to_owned()),
        group if group.contains('_') || group.len() == 2 => Some(group.to_owned()),
        alpha3 => rust_iso3166::from_alpha3(alpha3).map(|c| c.alpha2.to_owned()),
    }
}

/// Return the code of an area in Schedule C.
pub fn schedule_c(code: &Code) -> Option<String> {
    if code.as_str() == "WLD" {
        return Some("-".to_owned());
    }
    schedule_of(code.as_str()).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_of_each_list_is_its_country() {
        type Of = fn(&str) -> Option<Code>;
        let cases: [(Of, &str, Option<&str>); 37] = [
            // M49 and Comtrade's deviations from it.
            (of_m49, "156", Some("CHN")),
            (of_m49, "4", Some("AFG")),
            (of_m49, "840", Some("USA")),
            (of_m49, "842", Some("USA")),
            (of_m49, "251", Some("FRA")),
            (of_m49, "699", Some("IND")),
            (of_m49, "757", Some("CHE")),
            (of_m49, "579", Some("NOR")),
            (of_m49, "490", Some("TWN")),
            (of_m49, "0", Some("WLD")),
            (of_m49, "899", Some("UN899")),
            (of_m49, "1560", None),
            (of_m49, "+15", None),
            (of_m49, "CHN", None),
            (of_m49, "398", Some("KAZ")),
            (of_m49, "417", Some("KGZ")),
            (of_m49, "762", Some("TJK")),
            (of_m49, "795", Some("TKM")),
            (of_m49, "860", Some("UZB")),
            (of_sdmx, "EL", Some("GRC")),
            (of_sdmx, "de", Some("DEU")),
            (of_sdmx, "KOR", Some("KOR")),
            (of_sdmx, "G001", Some("WLD")),
            (of_sdmx, "KOS", Some("XKX")),
            (of_sdmx, "EU27_2020", Some("EU27_2020")),
            (of_sdmx, "156", Some("CHN")),
            (of_sdmx, "GERMANY", Some("DEU")),
            (of_sdmx, "GERMNY", None),
            (of_sdmx, "QS", Some("QS")),
            (of_sdmx, "D E", None),
            (of_schedule_c, "5700", Some("CHN")),
            (of_schedule_c, "-", Some("WLD")),
            (of_schedule_c, "5XXX", Some("CTY5XXX")),
            (of_schedule_c, "0003", Some("CTY0003")),
            (of_schedule_c, "4610", Some("SUN")),
            (of_schedule_c, "4802", Some("CTY4802")),
            (of_schedule_c, "9999", None),
        ];
        for (of, text, expected) in cases {
            let found = of(text);
            assert_eq!(found.as_ref().map(Code::as_str), expected, "{text}");
        }
        for (name, expected) in [
            ("哈萨克斯坦", Some("KAZ")),
            ("柬埔寨", Some("KHM")),
            ("刚果(金)", Some("COD")),
            ("乌托邦", None),
        ] {
            assert_eq!(of_chinese_name(name), expected, "{name}");
        }
    }

    #[test]
    fn an_area_is_found_by_code_and_by_name() {
        for (text, expected) in [
            ("KAZ", "KAZ"),
            ("kz", "KAZ"),
            ("398", "KAZ"),
            ("4", "AFG"),
            ("GERMANY", "DEU"),
            ("Deutschland", "DEU"),
            ("S19", "TWN"),
            ("490", "TWN"),
            ("899", "UN899"),
            ("TP", "TLS"),
            ("SUD", "SDN"),
            ("EUN", "EU"),
            ("FREE_ZONES", "FREE_ZONES"),
            ("EL", "GRC"),
            ("Hong Kong, China", "HKG"),
            ("China, Hong Kong SAR", "HKG"),
            ("China, P.R.: Mainland", "CHN"),
            ("CN_X_HK", "CHN"),
            ("Réunion", "REU"),
            ("Trinidad & Tobago", "TTO"),
            ("St. Vincent And The Grenadines", "VCT"),
            ("Côte d'Ivoire", "CIV"),
            ("Korea, Rep.", "KOR"),
            ("Korea, Republic of", "KOR"),
            ("KOREA, SOUTH", "KOR"),
            ("Korea, Dem. People's Rep. of", "PRK"),
            ("Congo, Dem. Rep. of the", "COD"),
            ("Afghanistan, Islamic Republic of", "AFG"),
            ("Kazakhstan, Rep. of", "KAZ"),
            ("Bahamas, The", "BHS"),
            ("Egypt, Arab Rep.", "EGY"),
            ("Iran, Islamic Rep. of", "IRN"),
            ("Venezuela, República Bolivariana de", "VEN"),
            ("Türkiye, Rep of", "TUR"),
            ("Países Baixos (Holanda)", "NLD"),
            ("Estados Unidos", "USA"),
            ("United States (US)", "USA"),
            ("哈萨克斯坦", "KAZ"),
            ("中国", "CHN"),
            ("중국", "CHN"),
            ("アメリカ合衆国", "USA"),
            ("Áo", "AUT"),
            ("World", "WLD"),
            ("CA5", "CA5"),
            ("EU27_2020", "EU27_2020"),
            ("CN-XJ", "CN-XJ"),
            ("ESP-CN", "ESP-CN"),
            ("CTY5XXX", "CTY5XXX"),
            ("Korea", "KOR"),
        ] {
            let found = area(text).map(|code| code.to_string());
            assert_eq!(found.as_deref(), Ok(expected), "{text}");
        }
        for text in [
            "",
            "ZZZ",
            // Russia in Vietnamese, or the code of Nigeria.
            "Nga",
            "Congo Republic Democratic Utopia",
            "D E",
            "KAZ.CHN",
            "999",
        ] {
            assert!(area(text).is_err(), "{text}");
        }
        let refusal = area("Kazahkstan").unwrap_err().to_string();
        assert!(refusal.contains("nearest: KAZ (Kazakhstan)"), "{refusal}");
        let refusal = area("GERMNY").unwrap_err().to_string();
        assert!(refusal.contains("DEU (Germany)"), "{refusal}");
    }

    #[test]
    fn codes_of_queries_and_answers_name_the_same_country() {
        for (alpha3, number, letters, schedule) in [
            ("USA", "842", "US", None),
            ("IND", "699", "IN", Some("5330")),
            ("FRA", "251", "FR", Some("4279")),
            ("CHN", "156", "CN", Some("5700")),
            ("SRB", "688", "XS", Some("4801")),
            ("WLD", "0", "WORLD", Some("-")),
        ] {
            let area = Code::parse(alpha3).unwrap();
            assert_eq!(comtrade(&area).as_deref(), Some(number));
            assert_eq!(geonom(&area).as_deref(), Some(letters));
            assert_eq!(schedule_c(&area).as_deref(), schedule);
            assert_eq!(of_m49(number), Some(area.clone()));
            assert_eq!(of_sdmx(letters), Some(area.clone()));
            if let Some(schedule) = schedule {
                assert_eq!(of_schedule_c(schedule), Some(area));
            }
        }
        assert_eq!(comtrade(&Code::parse("ZZZ").unwrap()), None);
    }
}
