//! The names of areas: those that publishers write, and how a text is compared with them.
//!
//! `areas.csv` holds what ISO 3166 lacks, by alpha-3 code: the Census Bureau's Schedule C, the
//! names in the tables of China's customs, and names in Latin and Cyrillic letters (`|` between
//! spellings).

use super::Code;
use super::area::WORLD;
use std::collections::HashMap;
use std::sync::LazyLock;
use unicode_normalization::UnicodeNormalization;

struct Tables {
    schedule_c: HashMap<&'static str, &'static str>,
    chinese: HashMap<&'static str, &'static str>,
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
        names: HashMap::new(),
        written: Vec::new(),
        keys: Vec::new(),
    };
    for line in include_str!("areas.csv").lines().skip(1) {
        let mut cells = line.split(',');
        let [Some(alpha3), Some(schedule_c), Some(chinese), Some(names)] =
            std::array::from_fn(|_| cells.next())
        else {
            continue;
        };
        if !schedule_c.is_empty() {
            tables.schedule_c.insert(schedule_c, alpha3);
        }
        for name in chinese.split('|') {
            tables.chinese.insert(name, alpha3);
        }
        for name in names.split('|') {
            let key = name_key(name);
            tables.names.insert(key.clone(), alpha3);
            tables.written.push((name, alpha3));
            tables.keys.push(key);
        }
    }
    let iso = rust_iso3166::ALL_NAME.iter().zip(rust_iso3166::ALL_ALPHA3);
    for (name, alpha3) in iso {
        tables.names.entry(name_key(name)).or_insert(alpha3);
    }
    for (name, code) in NAMED {
        tables.names.insert(name_key(name), code);
    }
    tables
});

/// Names of areas that are no countries of ISO 3166-1, and of China's parts as the IMF writes them.
const NAMED: [(&str, &str); 16] = [
    ("World", WORLD),
    ("All countries", WORLD),
    ("All countries and territories", WORLD),
    ("Total world", WORLD),
    ("World total", WORLD),
    ("Kosovo", "XKX"),
    ("Kosovo, Republic of", "XKX"),
    ("China, P.R.: Mainland", "CHN"),
    ("China, P.R.: Hong Kong", "HKG"),
    ("China, P.R.: Macao", "MAC"),
    ("Taiwan Province of China", "TWN"),
    ("Other Asia, nes", "TWN"),
    ("European Union", "EU"),
    ("Korea, Dem Peo Rep Of", "PRK"),
    ("Netherlands Antilles", "ANT"),
    ("ASEAN", "ASEAN"),
];

/// Return the area of a name in Latin letters; `None` for a name of none or of several.
pub fn of_name(name: &str) -> Option<Code> {
    let find = |name: &str| TABLES.names.get(&name_key(name)).copied();
    let found = find(name).or_else(|| {
        // `Afghanistan, Islamic Republic of`: what stands behind the comma is no part of the name.
        let (country, form) = name.split_once(',')?;
        let words = words(form);
        let plain = words.iter().all(|word| FORMS.contains(&word.as_str()));
        // There are two Koreas and two Congos.
        find(country).filter(|code| plain && !["KOR", "PRK", "COD", "COG"].contains(code))
    });
    // `Países Baixos (Holanda)`, `United States (US)`.
    let found = found.or_else(|| {
        let (before, behind) = name.trim_end().strip_suffix(')')?.split_once('(')?;
        let (country, other) = (find(before)?, find(behind));
        let alias = other.is_none_or(|other| other == country);
        let short = behind.chars().all(|c| c.is_ascii_uppercase() || c == '.');
        (alias && (other.is_some() || short || !words(behind).is_empty())).then_some(country)
    });
    found.and_then(|code| Code::parse(code).ok())
}

/// Words of the form of a state, which may stand behind its name.
const FORMS: [&str; 23] = [
    "republica",
    "republic",
    "islamic",
    "state",
    "kingdom",
    "arab",
    "democratic",
    "federal",
    "federated",
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
    "former",
    "united",
    "islands",
    "bolivariana",
];

/// Return the words of a name that tell it from others, in lower case without accents and marks,
/// common abbreviations written out.
fn words(name: &str) -> Vec<String> {
    let plain: String = name
        .replace('&', " and ")
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
    let written_out = |word: &str| -> String {
        match word {
            "st" => "saint",
            "ste" => "sainte",
            "is" | "isds" | "isls" | "isl" | "island" => "islands",
            "rep" => "republic",
            "dem" => "democratic",
            "fed" => "federated",
            "ter" | "terr" => "territory",
            "and" | "the" | "of" | "y" | "e" | "et" | "und" | "a" | "la" | "le" | "los" | "las"
            | "el" | "de" | "del" | "des" | "du" | "do" | "da" | "dos" | "sar" => "",
            word => word,
        }
        .to_owned()
    };
    let is_letter = |c: char| c.is_ascii_alphabetic() || ('\u{400}'..='\u{4ff}').contains(&c);
    let words = plain.split(|c| !is_letter(c)).map(written_out);
    words.filter(|word| !word.is_empty()).collect()
}

/// Return the words of a name in the order of the alphabet: `Korea, Republic of` and `Republic of
/// Korea` are one.
fn name_key(name: &str) -> String {
    let mut words = words(name);
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
    fn no_name_is_that_of_two_countries() {
        let mut owners: HashMap<String, &str> = HashMap::new();
        for (name, alpha3) in &TABLES.written {
            let key = name_key(name);
            assert!(!key.is_empty(), "{name}");
            let owner = *owners.entry(key).or_insert(*alpha3);
            assert_eq!(owner, *alpha3, "{name}");
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
        for column in 0..4 {
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
