//! The codes of countries and areas in each statistic, mapped to ISO 3166-1 alpha-3 and this
//! project's own codes.
//!
//! `areas.csv` holds ISO 3166-1 (alpha-3, alpha-2 and the number of the UN's M49, which is the
//! same), the Census Bureau's Schedule C, the names in the tables of China's customs and those in
//! English (`|` between spellings). Deviations from ISO are listed here, with their reason.

use crate::trade::Code;
use std::collections::HashMap;
use std::sync::LazyLock;

struct Tables {
    /// By alpha-2 and other codes of SDMX data.
    alpha2: HashMap<&'static str, &'static str>,
    m49: HashMap<u16, &'static str>,
    schedule_c: HashMap<&'static str, &'static str>,
    chinese: HashMap<&'static str, &'static str>,
    /// By name as [`plain_english`] writes it.
    english: HashMap<String, &'static str>,
}

static TABLES: LazyLock<Tables> = LazyLock::new(|| {
    let mut tables = Tables {
        alpha2: HashMap::new(),
        m49: HashMap::new(),
        schedule_c: HashMap::new(),
        chinese: HashMap::new(),
        english: HashMap::new(),
    };
    for line in include_str!("areas.csv").lines().skip(1) {
        let mut cells = line.split(',');
        let [
            Some(alpha3),
            Some(alpha2),
            Some(m49),
            Some(schedule_c),
            Some(chinese),
            Some(english),
        ] = std::array::from_fn(|_| cells.next())
        else {
            continue;
        };
        tables.alpha2.insert(alpha2, alpha3);
        if let Ok(m49) = m49.parse() {
            tables.m49.insert(m49, alpha3);
        }
        if !schedule_c.is_empty() {
            tables.schedule_c.insert(schedule_c, alpha3);
        }
        for name in chinese.split('|') {
            tables.chinese.insert(name, alpha3);
        }
        for name in english.split('|') {
            tables.english.insert(plain_english(name), alpha3);
        }
    }
    tables.m49.extend(COMTRADE);
    tables.alpha2.extend(GEONOM);
    tables.alpha2.extend(IMF);
    tables
});

/// Deviations of Comtrade's numbers from M49, because a statistical territory differs from the
/// country: the United States with Puerto Rico and the Virgin Islands, France with Monaco and its
/// overseas departments, Norway with Svalbard, Switzerland with Liechtenstein, India with Sikkim,
/// Italy with San Marino.
const COMTRADE: [(u16, &str); 8] = [
    (0, "WLD"),
    (842, "USA"),
    (251, "FRA"),
    (579, "NOR"),
    (757, "CHE"),
    (699, "IND"),
    (381, "ITA"),
    // "Other Asia, not elsewhere specified" has a code of Comtrade's own.
    (490, "S19"),
];

/// Deviations of Eurostat's alpha-2 codes from ISO, in its general code list and in the GEONOM of
/// Comext.
const GEONOM: [(&str, &str); 5] = [
    ("EL", "GRC"),
    ("UK", "GBR"),
    ("XS", "SRB"),
    ("XK", "XKX"),
    ("W0", "WLD"),
];

/// Deviations of the IMF's alpha-3 codes from ISO: Kosovo, the West Bank and Gaza.
const IMF: [(&str, &str); 2] = [("KOS", "XKX"), ("WBG", "PSE")];

fn code(text: &str) -> Option<Code> {
    Code::parse(text).ok()
}

/// Return the area of a number of M49, with Comtrade's deviations. A number of no country ("Areas,
/// nes", "Bunkers") keeps its number, `UN899`; `None` for a text that is not a number of at most
/// three digits.
pub(super) fn of_m49(text: &str) -> Option<Code> {
    let text = text.trim();
    let number: u16 = text
        .parse()
        .ok()
        .filter(|n| *n < 1000 && text.bytes().all(|b| b.is_ascii_digit()))?;
    match TABLES.m49.get(&number) {
        Some(alpha3) => code(alpha3),
        None => code(&format!("UN{number:03}")),
    }
}

/// Return the area of a code in SDMX data: alpha-3, alpha-2 with Eurostat's deviations, M49; `W0`,
/// `WORLD`, `W00`, `G001` are the world. Codes of groups (`EU27_2020`, `G163`) are kept. `None` for
/// a text that is no code.
pub(super) fn of_sdmx(text: &str) -> Option<Code> {
    let text = text.trim();
    let upper = text.to_ascii_uppercase();
    match upper.as_str() {
        "W" | "W0" | "W00" | "WLD" | "WORLD" | "G001" | "001" => return code("WLD"),
        _ => {}
    }
    if upper.bytes().all(|b| b.is_ascii_digit()) {
        return of_m49(&upper);
    }
    match TABLES.alpha2.get(upper.as_str()) {
        Some(alpha3) => code(alpha3),
        None => code(&upper),
    }
}

/// Return the area of a code of Schedule C; `-` is the world. A group (`0003`, `5XXX`) keeps its
/// code behind `CTY`, since groups overlap with countries and with each other. `None` for any other
/// text.
pub(super) fn of_schedule_c(text: &str) -> Option<Code> {
    let text = text.trim();
    if text == "-" {
        return code("WLD");
    }
    // Gaza and the West Bank are two areas of Schedule C, Kosovo has no code in ISO 3166-1.
    match text {
        "5082" => return code("PSE-GZ"),
        "5083" => return code("PSE-WB"),
        "4803" => return code("XKX"),
        _ => {}
    }
    if let Some(alpha3) = TABLES.schedule_c.get(text) {
        return code(alpha3);
    }
    let group = text.len() == 4
        && (text.starts_with("00") && text.bytes().all(|b| b.is_ascii_digit())
            || text.ends_with("XXX") && text.as_bytes()[0].is_ascii_digit());
    group.then(|| code(&format!("CTY{text}"))).flatten()
}

/// Return the alpha-3 code of a Chinese name of a country, with brackets of ASCII and no blanks.
pub(super) fn of_chinese_name(name: &str) -> Option<&'static str> {
    TABLES.chinese.get(name).copied()
}

/// Return the alpha-3 code of an English name of a country, as [`plain_english`] writes it.
pub(super) fn of_english_name(plain: &str) -> Option<&'static str> {
    TABLES.english.get(plain).copied()
}

/// Return a text in lower case without accents, blanks and marks, `and` for `&`: `Hong Kong, China`
/// is `hongkongchina`.
pub(super) fn plain_english(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for c in text.chars().flat_map(char::to_lowercase) {
        match c {
            '&' => plain.push_str("and"),
            'a'..='z' | '0'..='9' => plain.push(c),
            'à'..='å' => plain.push('a'),
            'ç' => plain.push('c'),
            'è'..='ë' => plain.push('e'),
            'ì'..='ï' => plain.push('i'),
            'ò'..='ö' => plain.push('o'),
            'ù'..='ü' => plain.push('u'),
            _ => {}
        }
    }
    plain
}

/// Return the cells of the line of `areas.csv` that starts with an alpha-3 code.
fn line(code: &Code) -> Option<[&'static str; 4]> {
    let mut lines = include_str!("areas.csv").lines().skip(1);
    let line = lines.find(|line| line.split(',').next() == Some(code.as_str()))?;
    let mut cells = line.split(',');
    let [Some(alpha3), Some(alpha2), Some(m49), Some(schedule_c)] =
        std::array::from_fn(|_| cells.next())
    else {
        return None;
    };
    Some([alpha3, alpha2, m49, schedule_c])
}

/// Return the number of an area in queries to Comtrade: its own before that of M49.
pub(crate) fn comtrade(code: &Code) -> Option<String> {
    let own = COMTRADE
        .iter()
        .find(|(number, alpha3)| *alpha3 == code.as_str() && *number != 381);
    match own {
        Some((number, _)) => Some(number.to_string()),
        None => line(code).map(|[_, _, m49, _]| m49.to_owned()),
    }
}

/// Return the two letters of an area in queries to Comext; the code of a group is kept.
pub(crate) fn geonom(code: &Code) -> Option<String> {
    match code.as_str() {
        "WLD" => Some("WORLD".to_owned()),
        "SRB" => Some("XS".to_owned()),
        "XKX" => Some("XK".to_owned()),
        group if group.contains('_') || group.len() == 2 => Some(group.to_owned()),
        _ => line(code).map(|[_, alpha2, ..]| alpha2.to_owned()),
    }
}

/// Return the code of an area in Schedule C.
pub(crate) fn schedule_c(code: &Code) -> Option<String> {
    if code.as_str() == "WLD" {
        return Some("-".to_owned());
    }
    let [.., schedule_c] = line(code)?;
    (!schedule_c.is_empty()).then(|| schedule_c.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_of_each_list_is_its_country() {
        type Of = fn(&str) -> Option<Code>;
        let cases: [(Of, &str, Option<&str>); 32] = [
            // M49 and Comtrade's deviations from it.
            (of_m49, "156", Some("CHN")),
            (of_m49, "4", Some("AFG")),
            (of_m49, "840", Some("USA")),
            (of_m49, "842", Some("USA")),
            (of_m49, "251", Some("FRA")),
            (of_m49, "699", Some("IND")),
            (of_m49, "757", Some("CHE")),
            (of_m49, "579", Some("NOR")),
            (of_m49, "490", Some("S19")),
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
            (of_sdmx, "D E", None),
            (of_schedule_c, "5700", Some("CHN")),
            (of_schedule_c, "-", Some("WLD")),
            (of_schedule_c, "5XXX", Some("CTY5XXX")),
            (of_schedule_c, "0003", Some("CTY0003")),
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
        for (name, expected) in [
            ("Hong Kong, China", Some("HKG")),
            ("Réunion", Some("REU")),
            ("Trinidad & Tobago", Some("TTO")),
            ("Utopia", None),
        ] {
            assert_eq!(of_english_name(&plain_english(name)), expected, "{name}");
        }
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

    #[test]
    fn every_country_has_one_code_in_each_list() {
        let rows: Vec<Vec<&str>> = include_str!("areas.csv")
            .lines()
            .skip(1)
            .map(|line| line.split(',').collect())
            .collect();
        // ISO 3166-1 has 249 entries.
        assert_eq!(rows.len(), 249);
        for column in 0..4 {
            let mut codes: Vec<_> = rows
                .iter()
                .map(|r| r[column])
                .filter(|c| !c.is_empty())
                .collect();
            let before = codes.len();
            codes.sort_unstable();
            codes.dedup();
            assert_eq!(codes.len(), before, "column {column} repeats a code");
        }
        for column in [4, 5] {
            let names = rows.iter().flat_map(|row| row[column].split('|'));
            let mut names: Vec<_> = names
                .map(|name| {
                    if column == 5 {
                        plain_english(name)
                    } else {
                        name.to_owned()
                    }
                })
                .collect();
            let before = names.len();
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), before, "a name means two countries");
        }
    }
}
