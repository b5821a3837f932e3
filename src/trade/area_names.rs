//! The names of areas: those that publishers write, and how a text is compared with them.
//!
//! `areas.csv` holds what ISO 3166 lacks, by alpha-3 code: the Census Bureau's Schedule C, the
//! names in the tables of China's customs, names in Latin and Cyrillic letters, and names that are
//! compared as they are written (`|` between spellings). Names in many languages are those of the
//! Unicode Common Locale Data Repository, see `docs/licences/unicode.txt`. `area_groups.csv` holds
//! the codes and names of areas that are no countries of ISO 3166-1.

use super::Code;
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;
use unicode_normalization::UnicodeNormalization;

struct Tables {
    schedule_c: HashMap<&'static str, &'static str>,
    chinese: HashMap<&'static str, &'static str>,
    /// Names in Korean, Japanese, Thai and traditional Chinese, and those of few letters.
    exact: HashMap<&'static str, &'static str>,
    /// Codes of areas that are no countries of ISO 3166-1.
    groups: HashSet<&'static str>,
    /// By name as [`name_key`] writes it.
    names: HashMap<String, &'static str>,
    /// Every name as it is written, with its code.
    written: Vec<(&'static str, &'static str)>,
    /// The same names as [`name_key`] writes them.
    keys: Vec<String>,
}

static TABLES: LazyLock<Tables> = LazyLock::new(|| {
    let mut tables = Tables {
        schedule_c: HashMap::new(),
        chinese: HashMap::new(),
        exact: HashMap::new(),
        groups: HashSet::new(),
        names: HashMap::new(),
        written: Vec::new(),
        keys: Vec::new(),
    };
    for line in include_str!("areas.csv").lines().skip(1) {
        let mut cells = line.split(',');
        let [
            Some(alpha3),
            Some(schedule_c),
            Some(chinese),
            Some(names),
            Some(exact),
        ] = std::array::from_fn(|_| cells.next())
        else {
            continue;
        };
        if !schedule_c.is_empty() {
            tables.schedule_c.insert(schedule_c, alpha3);
        }
        for name in chinese.split('|') {
            tables.chinese.insert(name, alpha3);
        }
        tables
            .exact
            .extend(exact.split('|').map(|name| (name, alpha3)));
        tables
            .written
            .extend(names.split('|').map(|name| (name, alpha3)));
    }
    let iso = rust_iso3166::ALL_NAME.iter().zip(rust_iso3166::ALL_ALPHA3);
    tables
        .written
        .extend(iso.map(|(name, alpha3)| (*name, *alpha3)));
    for line in include_str!("area_groups.csv").lines().skip(1) {
        let mut cells = line.split(';');
        let [Some(code), Some(names), Some(exact)] = std::array::from_fn(|_| cells.next()) else {
            continue;
        };
        let filled = |list: &'static str| list.split('|').filter(|name| !name.is_empty());
        tables.groups.insert(code);
        tables.exact.extend(filled(exact).map(|name| (name, code)));
        tables
            .written
            .extend(filled(names).map(|name| (name, code)));
    }
    for (name, code) in &tables.written {
        let words = words(name);
        tables.keys.push(key_of(words.clone()));
        // `Bosnia Herzegovina` is `Bosnia and Herzegovina`; the contrary is not so: `China and
        // Hong Kong` are two.
        let without_and: Vec<String> = words.iter().filter(|w| *w != "and").cloned().collect();
        for key in [key_of(words), key_of(without_and)] {
            tables.names.entry(key).or_insert(code);
        }
    }
    tables
});

/// Return the area of a name in Latin or Cyrillic letters; `None` for a name of none or of several.
///
/// Only a whole name names its area. Behind a comma or in brackets there may stand the form of the
/// state (`Afghanistan, Islamic Republic of`), another name (`Países Baixos (Holanda)`) or the code
/// (`United States (US)`) of the same area; any other word may tell it from the area.
pub fn of_name(name: &str) -> Option<Code> {
    let find = |name: &str| TABLES.names.get(&name_key(name)).copied();
    let of_both = |code: &str| {
        let mut marks = name.char_indices().filter(|(_, c)| BETWEEN.contains(c));
        marks.any(|(at, mark)| {
            let (first, second) = (find(&name[..at]), find(&name[at + mark.len_utf8()..]));
            let parts = first.zip(second).filter(|(first, second)| first != second);
            parts.is_some_and(|(first, second)| [first, second].contains(&code))
        })
    };
    let found = find(name).filter(|code| !of_both(code)).or_else(|| {
        let (country, other) = in_brackets(name).or_else(|| name.split_once(','))?;
        let code = find(country)?;
        let same = find(other) == Some(code) || is_code_of(other.trim(), code);
        let words = words(other);
        let is_form = !words.is_empty() && words.iter().all(|w| FORMS.contains(&w.as_str()));
        (same || is_form && !SEVERAL_STATES.contains(&code)).then_some(code)
    });
    found.and_then(|code| Code::parse(code).ok())
}

/// Marks between the names of two areas: `China/Hong Kong` are not Hong Kong alone.
const BETWEEN: [char; 7] = ['+', '/', ';', '-', '–', '—', '|'];

/// Split a name from what stands in brackets behind it.
fn in_brackets(name: &str) -> Option<(&str, &str)> {
    name.trim_end().strip_suffix(')')?.split_once('(')
}

/// Whether a text is the alpha-2 or alpha-3 code of a country.
fn is_code_of(text: &str, alpha3: &str) -> bool {
    let country = rust_iso3166::from_alpha3(alpha3);
    text == alpha3 || country.is_some_and(|country| country.alpha2 == text)
}

/// Countries of which the form of the state tells one from another, today or in older tables:
/// `Korea, Republic of`, `Yemen, Democratic`, `China, Republic of`.
const SEVERAL_STATES: [&str; 8] = ["KOR", "PRK", "COD", "COG", "YEM", "VNM", "DEU", "CHN"];

/// Words of the form of a state, which may stand behind its name.
const FORMS: [&str; 24] = [
    "republica",
    "republic",
    "islamic",
    "state",
    "kingdom",
    "arab",
    "democratic",
    "federal",
    "federated",
    "federative",
    "federation",
    "states",
    "union",
    "people's",
    "peoples",
    "socialist",
    "bolivarian",
    "plurinational",
    "commonwealth",
    "principality",
    "sultanate",
    "united",
    "bolivariana",
    "the",
];

/// Return the words of a name that tell it from others, in lower case without accents and marks,
/// common abbreviations written out.
fn words(name: &str) -> Vec<String> {
    let plain: String = name
        .replace('&', " and ")
        // South in Hungarian, which is no Spanish article.
        .replace("Dél-", "South ")
        .nfd()
        .filter(|c| {
            !('\u{300}'..='\u{36f}').contains(c) && !matches!(c, '\'' | '’' | '‘' | '`' | 'ʻ' | 'ʼ')
        })
        .flat_map(char::to_lowercase)
        .collect();
    let plain = plain
        .replace('ß', "ss")
        .replace('ø', "o")
        .replace('æ', "ae")
        .replace('ł', "l")
        .replace('ı', "i")
        .replace('đ', "d");
    let plain = without_points(&plain);
    let written_out = |word: &str| -> String {
        match word {
            "st" => "saint",
            "ste" => "sainte",
            "is" | "isds" | "isls" | "isl" | "island" => "islands",
            "rep" => "republic",
            "dem" => "democratic",
            "fed" => "federated",
            "ter" | "terr" => "territory",
            "n" => "north",
            "s" => "south",
            "and" | "y" | "e" | "et" | "und" => "and",
            "the" | "of" | "a" | "la" | "le" | "los" | "las" | "el" | "de" | "del" | "des"
            | "du" | "do" | "da" | "dos" => "",
            word => word,
        }
        .to_owned()
    };
    let is_letter = |c: char| c.is_ascii_alphanumeric() || ('\u{400}'..='\u{4ff}').contains(&c);
    let found: Vec<&str> = plain
        .split(|c| !is_letter(c))
        .filter(|word| !word.is_empty())
        .collect();
    // Alone, a word is no abbreviation: `Island` is Iceland in German.
    if let [alone] = found[..] {
        return vec![alone.to_owned()];
    }
    let words = found.into_iter().map(written_out);
    words.filter(|word| !word.is_empty()).collect()
}

/// Join letters with points between them: `U.S.A.` is `USA`.
fn without_points(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let letter = |at: Option<usize>| {
        at.and_then(|at| chars.get(at))
            .is_some_and(|c| c.is_alphabetic())
    };
    let joins = |at: usize| {
        let single = letter(at.checked_sub(1)) && !letter(at.checked_sub(2));
        chars[at] == '.' && single && letter(Some(at + 1))
    };
    let kept = (0..chars.len()).filter(|at| !joins(*at));
    kept.map(|at| chars[at]).collect()
}

/// Return the words of a name in the order of the alphabet: `Korea, Republic of` and `Republic of
/// Korea` are one.
fn name_key(name: &str) -> String {
    key_of(words(name))
}

fn key_of(mut words: Vec<String>) -> String {
    words.sort_unstable();
    words.join(" ")
}

/// Return up to three areas whose code or name is like `text`.
pub(super) fn nearest(text: &str) -> Vec<(Code, &'static str)> {
    let (upper, key) = (text.to_ascii_uppercase(), name_key(text));
    let likeness = |alpha3: &str, name: &str| {
        let of_code = strsim::jaro_winkler(&upper, alpha3);
        strsim::jaro_winkler(&key, name).max(of_code)
    };
    let written = TABLES.written.iter().zip(&TABLES.keys);
    let near = written.map(|(area, name)| (likeness(area.1, name), *area));
    let mut near: Vec<_> = near.collect();
    near.retain(|(likeness, _)| *likeness > 0.8);
    near.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.1.cmp(b.1.1)));
    let mut found: Vec<(Code, &'static str)> = Vec::new();
    for (_, (_, alpha3)) in near {
        let known = found.iter().any(|(code, _)| code.as_str() == alpha3);
        if !known && let (Some(code), Some(name)) = (Code::parse(alpha3).ok(), english_name(alpha3))
        {
            found.push((code, name));
        }
        if found.len() == 3 {
            break;
        }
    }
    found
}

/// Return the English name of a country; `None` for a code of none.
pub fn english_name(alpha3: &str) -> Option<&'static str> {
    let found = TABLES.written.iter().find(|(_, code)| *code == alpha3);
    found.map(|(name, _)| *name)
}

/// A country of ISO 3166-1 with its names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Country {
    /// Alpha-3 code.
    pub alpha3: &'static str,
    /// Alpha-2 code.
    pub alpha2: &'static str,
    /// Name in English.
    pub english: &'static str,
    /// Name in Chinese, as China's customs write it. Empty if they have none.
    pub chinese: &'static str,
}

/// Return all countries, sorted by alpha-3 code.
pub fn countries() -> Vec<Country> {
    let rows = include_str!("areas.csv").lines().skip(1);
    let countries = rows.filter_map(|line| {
        let mut cells = line.split(',');
        let alpha3 = cells.next()?;
        let (chinese, names) = (cells.nth(1)?, cells.next()?);
        Some(Country {
            alpha3,
            alpha2: rust_iso3166::from_alpha3(alpha3)?.alpha2,
            english: names.split('|').next()?,
            chinese: chinese.split('|').next()?,
        })
    });
    countries.collect()
}

/// Return the alpha-3 code of a Chinese name of a country, with brackets of ASCII and no blanks.
pub fn of_chinese_name(name: &str) -> Option<&'static str> {
    TABLES.chinese.get(name).copied()
}

/// Return the alpha-3 code of a name that is compared as it is written.
pub(super) fn of_exact_name(name: &str) -> Option<&'static str> {
    TABLES.exact.get(name).copied().filter(|_| !name.is_empty())
}

/// Whether a code is that of an area that is no country of ISO 3166-1: of a group, a continent, a
/// former country.
pub(super) fn is_group(code: &str) -> bool {
    TABLES.groups.contains(code)
}

/// Return the country of a code of Schedule C; `None` for any other text.
pub(super) fn of_schedule(text: &str) -> Option<&'static str> {
    TABLES.schedule_c.get(text).copied()
}

/// Return the code of a country in Schedule C.
pub(super) fn schedule_of(alpha3: &str) -> Option<&'static str> {
    let mut codes = TABLES.schedule_c.iter();
    codes
        .find(|(_, known)| **known == alpha3)
        .map(|(code, _)| *code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_areas_are_not_one_of_them() {
        for text in [
            "China/Hong Kong",
            "China + Hong Kong",
            "China; Hong Kong",
            "China - Hong Kong",
        ] {
            assert_eq!(of_name(text), None, "{text}");
        }
        for (text, code) in [
            ("Hong Kong, China", "HKG"),
            ("Guinea-Bissau", "GNB"),
            ("Belgium-Luxembourg", "BLX"),
            ("Timor-Leste", "TLS"),
            ("Dél-Szudán", "SSD"),
            ("EU-27", "EU27"),
            ("European Union (27)", "EU27"),
            ("Extra-EU", "EU_EXTRA"),
            ("страны СНГ", "CIS"),
            ("Belgium & Luxembourg", "BLX"),
            ("Rest of the world", "WLD_OTHER"),
            ("остальные страны мира", "WLD_OTHER"),
            ("Euro area (19)", "EA19"),
            ("EU27 (from 2020)", "EU27_2020"),
            ("Middle East", "MIDDLE_EAST"),
            ("Middle East & North Africa", "MEA"),
            ("Sub-Saharan Africa (excluding high income)", "SSA"),
        ] {
            assert_eq!(
                of_name(text).as_ref().map(Code::as_str),
                Some(code),
                "{text}"
            );
        }
    }

    #[test]
    fn every_country_has_a_name_and_two_codes() {
        let countries = countries();
        assert_eq!(countries.len(), rust_iso3166::ALL_ALPHA3.len());
        assert!(countries.is_sorted_by_key(|country| country.alpha3));
        assert!(countries.iter().all(|country| !country.english.is_empty()));
        let kazakhstan = countries.iter().find(|country| country.alpha3 == "KAZ");
        let expected = Country {
            alpha3: "KAZ",
            alpha2: "KZ",
            english: "Kazakhstan",
            chinese: "哈萨克斯坦",
        };
        assert_eq!(kazakhstan, Some(&expected));
    }

    #[test]
    fn no_name_is_that_of_two_areas() {
        let mut owners: HashMap<String, &str> = HashMap::new();
        for (name, area) in &TABLES.written {
            let words = words(name);
            let without_and = words.iter().filter(|w| *w != "and").cloned().collect();
            for key in [key_of(words), key_of(without_and)] {
                assert!(!key.is_empty(), "{name}");
                let owner = *owners.entry(key).or_insert(*area);
                assert_eq!(owner, *area, "{name}");
            }
        }
    }

    #[test]
    fn a_word_that_is_left_over_is_never_passed_over() {
        let others = [
            "Northern",
            "excl. EU",
            "incl. Monaco",
            "Azores",
            "Dutch part",
            "other",
            "nes",
            "15",
            "and Hong Kong",
            "Republic of Utopia",
        ];
        for (name, area) in &TABLES.written {
            for other in others {
                for text in [
                    format!("{name} {other}"),
                    format!("{name} ({other})"),
                    format!("{name}, {other}"),
                    format!("{other} {name}"),
                ] {
                    let listed = TABLES.names.contains_key(&name_key(&text));
                    assert!(listed || of_name(&text).is_none(), "{text} became {area}");
                }
            }
        }
    }

    #[test]
    fn two_areas_together_are_none() {
        let listed: Vec<&str> = TABLES.keys.iter().map(String::as_str).collect();
        for one in countries() {
            for other in countries() {
                let both = format!("{} and {}", one.english, other.english);
                let key = name_key(&both);
                assert!(
                    of_name(&both).is_none() || listed.contains(&key.as_str()),
                    "{both}"
                );
            }
        }
    }

    #[test]
    fn names_that_tell_parts_from_countries_are_not_their_countries() {
        for (name, expected) in [
            ("China and Hong Kong", None),
            ("World (excl. EU)", None),
            ("Saint Martin (Dutch part)", Some("SXM")),
            ("Congo (D.R.)", Some("COD")),
            ("Congo (Zaire)", Some("COD")),
            ("Ireland (Northern)", Some("GB-NIR")),
            ("Spain (Canary Islands)", None),
            ("Canary Islands", Some("ESP-CN")),
            ("Islands", None),
            ("Island", Some("ISL")),
            ("Virgin Islands", None),
            ("China, Republic of", None),
            ("China SAR", None),
            ("England", Some("GB-ENG")),
            ("European Union 15", Some("EU15")),
            ("Yemen, Democratic", None),
        ] {
            let found = of_name(name).map(|code| code.to_string());
            assert_eq!(found.as_deref(), expected, "{name}");
        }
    }

    #[test]
    fn names_that_people_write_are_known() {
        for (names, code) in [
            (
                "S. Korea|Korea, Rep.|Korea Rep.|Korea (Rep.)|KOREA RP",
                "KOR",
            ),
            ("N. Korea|Korea, DPR|Korea, Dem. Rep.|Korea, D.P.R.", "PRK"),
            ("Chinese Taipei|Taiwan, Province of China", "TWN"),
            ("Holland|Netherlands, The", "NLD"),
            (
                "Mainland China|China, mainland|P.R. China|PRC|China PR",
                "CHN",
            ),
            ("Russian Fed.|Russian Federation", "RUS"),
            ("Euro area", "EA"),
            ("Türkiye|Turkiye|Turkey", "TUR"),
            ("Viet Nam|Vietnam|VIETNAM SOC REP", "VNM"),
            (
                "Côte d'Ivoire|Cote d’Ivoire|COTE D' IVOIRE|Ivory Coast",
                "CIV",
            ),
            ("Czechia|Czech Rep.|Czech Republic", "CZE"),
            ("Lao PDR|Lao P.D.R.|Lao People's Dem. Rep.|Laos", "LAO"),
            ("UK|U.K.|Great Britain", "GBR"),
            ("USA|U.S.|U.S.A.|US|United States of America", "USA"),
            ("UAE|U.A.E.|United Arab Emirates", "ARE"),
            (
                "Hong Kong SAR|China, Hong Kong SAR|Hong Kong SAR, China",
                "HKG",
            ),
            ("Macao SAR|China, Macao SAR|Macau", "MAC"),
            ("Burma|Myanmar (Burma)", "MMR"),
            ("Swaziland|Eswatini", "SWZ"),
            ("Cape Verde|Cabo Verde", "CPV"),
            ("Macedonia|TFYR of Macedonia|N. Macedonia", "MKD"),
            ("Bolivia (Plurinational State of)", "BOL"),
            ("Iran (Islamic Rep.)|Iran, Islamic Rep.", "IRN"),
            ("Venezuela, RB|Venezuela (Bolivarian Rep. of)", "VEN"),
            ("Micronesia, Fed. Sts.|Micronesia (Fed. States of)", "FSM"),
            ("Bosnia Herzegovina|Bosnia & Herzegovina", "BIH"),
            ("West Bank and Gaza|State of Palestine", "PSE"),
            ("Tanzania, United Rep. of|Tanzania", "TZA"),
            ("Yemen, Rep.", "YEM"),
            ("Kosovo (under UNSCR 1244/99)", "XKX"),
        ] {
            for name in names.split('|') {
                assert_eq!(of_name(name), Code::parse(code).ok(), "{name}");
            }
        }
    }

    #[test]
    fn names_are_read_in_the_languages_of_customs_and_statistics_offices() {
        for (name, code) in [
            ("Казахстан", "KAZ"),
            ("Республика Корея", "KOR"),
            ("Китай", "CHN"),
            ("Қазақстан", "KAZ"),
            ("Xitoy", "CHN"),
            ("Qozog‘iston", "KAZ"),
            ("Niemcy", "DEU"),
            ("Trung Quốc", "CHN"),
            ("Tiongkok", "CHN"),
            ("Amerika Serikat", "USA"),
        ] {
            assert_eq!(of_name(name), Code::parse(code).ok(), "{name}");
        }
    }

    #[test]
    fn every_country_has_one_code_in_each_list() {
        let rows: Vec<Vec<&str>> = include_str!("areas.csv")
            .lines()
            .skip(1)
            .map(|line| line.split(',').collect())
            .collect();
        let mut countries: Vec<&str> = rows.iter().map(|row| row[0]).collect();
        let mut iso = rust_iso3166::ALL_ALPHA3.to_vec();
        iso.sort_unstable();
        countries.sort_unstable();
        assert_eq!(countries, iso);
        for column in 0..5 {
            // A name may be written twice for one country, never for two.
            let texts = rows.iter().flat_map(|row| {
                let alpha3 = row[0];
                let cells = row[column].split('|').filter(|cell| !cell.is_empty());
                cells.map(move |cell| match column {
                    3 => (name_key(cell), alpha3),
                    _ => (cell.to_owned(), alpha3),
                })
            });
            let mut known: HashMap<String, &str> = HashMap::new();
            for (text, alpha3) in texts {
                let other = known.insert(text.clone(), alpha3).filter(|o| *o != alpha3);
                assert_eq!(other, None, "column {column}: {text} is {alpha3}");
            }
        }
    }
}
