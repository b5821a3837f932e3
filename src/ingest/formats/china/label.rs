//! The names of areas in the customs' tables, Chinese and English, as codes.
//!
//! A country is its ISO 3166-1 alpha-3 code. An area that the customs list apart from its country
//! has the code of ISO 3166-2 behind that of the country: the Canary Islands are `ESP-CN`. What is
//! left of a continent is a code of that continent, `ASIA_OTHER`, and never of another row.

use crate::trade::{Code, areas};

/// Totals, continents and groups of the Chinese edition, then areas that the customs list apart
/// from their country, or that no longer are a country. Quotation marks are left out.
const CHINESE: [(&str, &str); 47] = [
    ("总值", "WLD"),
    ("总计", "WLD"),
    ("亚洲", "ASIA"),
    ("非洲", "AFRICA"),
    ("欧洲", "EUROPE"),
    ("拉丁美洲", "LATIN_AMERICA"),
    ("北美洲", "NORTH_AMERICA"),
    ("大洋洲", "OCEANIA"),
    ("东南亚国家联盟", "ASEAN"),
    ("东盟", "ASEAN"),
    ("欧洲联盟", "EU"),
    ("欧盟", "EU"),
    ("亚太经济合作组织", "APEC"),
    ("亚太经合组织", "APEC"),
    ("区域全面经济伙伴关系协定", "RCEP"),
    ("共建一带一路国家", "BRI"),
    ("共建一带一路国家和地区", "BRI"),
    // The 65 countries of the tables until 2022 are another group than the later 150.
    ("一带一路沿线国家", "BRI_ROUTE"),
    ("一带一路沿线国家和地区", "BRI_ROUTE"),
    ("中东欧国家", "CEEC"),
    ("金砖国家", "BRICS"),
    ("上海合作组织", "SCO"),
    ("中亚五国", "CA5"),
    ("国(地)别不详", "UNSPECIFIED"),
    ("国(地)别不详的", "UNSPECIFIED"),
    ("国别(地区)不详", "UNSPECIFIED"),
    ("国家(地区)不详", "UNSPECIFIED"),
    ("国家(地区)不明", "UNSPECIFIED"),
    ("中性包装原产国别", "NEUTRAL_PACKAGE"),
    ("联合国及机构和国际组织", "INTERNATIONAL"),
    ("加那利群岛", "ESP-CN"),
    ("塞卜泰(休达)", "ESP-CE"),
    ("塞卜泰", "ESP-CE"),
    ("休达", "ESP-CE"),
    ("梅利利亚", "ESP-ML"),
    ("盖比群岛", "PYF-GAMBIER"),
    ("马克萨斯群岛", "PYF-MARQUESAS"),
    ("社会群岛", "PYF-SOCIETY"),
    ("土阿莫土群岛", "PYF-TUAMOTU"),
    ("土布艾群岛", "PYF-TUBUAI"),
    ("萨巴", "BES-SA"),
    ("荷属安地列斯", "ANT"),
    ("荷属安地列斯群岛", "ANT"),
    ("塞尔维亚和黑山", "SCG"),
    ("南斯拉夫联盟共和国", "YUG"),
    ("南极洲", "ATA"),
    ("塞黑", "SCG"),
];

/// The same of the English edition, as [`plain_english`] writes it.
const ENGLISH: [(&str, &str); 31] = [
    ("total", "WLD"),
    ("grandtotal", "WLD"),
    ("world", "WLD"),
    ("asia", "ASIA"),
    ("africa", "AFRICA"),
    ("europe", "EUROPE"),
    ("latinamerica", "LATIN_AMERICA"),
    ("northamerica", "NORTH_AMERICA"),
    ("oceania", "OCEANIA"),
    ("oceanica", "OCEANIA"),
    ("asean", "ASEAN"),
    ("associationofsoutheastasiannations", "ASEAN"),
    ("eu", "EU"),
    ("europeanunion", "EU"),
    ("apec", "APEC"),
    ("asiapacificeconomiccooperation", "APEC"),
    ("rcep", "RCEP"),
    ("brics", "BRICS"),
    ("unspecified", "UNSPECIFIED"),
    ("countriesregunknown", "UNSPECIFIED"),
    ("countriesregionsunknown", "UNSPECIFIED"),
    ("countryregionunknown", "UNSPECIFIED"),
    ("unknowncountriesregions", "UNSPECIFIED"),
    ("canaryis", "ESP-CN"),
    ("canaryislands", "ESP-CN"),
    ("ceuta", "ESP-CE"),
    ("melilla", "ESP-ML"),
    ("netherlandsantilles", "ANT"),
    ("serbiaandmontenegro", "SCG"),
    ("saba", "BES-SA"),
    ("neutralpackage", "NEUTRAL_PACKAGE"),
];

/// The continents: code, code of what is left of it, Chinese name, English names within the label
/// of what is left.
const CONTINENTS: [(&str, &str, &str, &[&str]); 6] = [
    ("ASIA", "ASIA_OTHER", "亚洲", &["asia", "asian"]),
    (
        "AFRICA",
        "AFRICA_OTHER",
        "非洲",
        &["africa", "african", "afr"],
    ),
    (
        "EUROPE",
        "EUROPE_OTHER",
        "欧洲",
        &["europe", "european", "eur"],
    ),
    (
        "LATIN_AMERICA",
        "LATIN_AM_OTHER",
        "拉丁美洲",
        &["latinamerica", "latinamerican", "lamer", "lamerica"],
    ),
    (
        "NORTH_AMERICA",
        "NORTH_AM_OTHER",
        "北美洲",
        &["northamerica", "northamerican", "namer", "namerica"],
    ),
    (
        "OCEANIA",
        "OCEANIA_OTHER",
        "大洋洲",
        &["oceania", "oceanian", "ocean"],
    ),
];

/// Abbreviations that the English edition writes in brackets behind a name.
const ABBREVIATIONS: [&str; 8] = ["US", "USA", "UK", "EU", "ASEAN", "APEC", "RCEP", "UAE"];

/// Return the area of a label. `continent` is the continent above the row, for a label that says
/// no more than "other". `None` for an unknown label.
pub(super) fn area_of(label: &str, continent: Option<&Code>) -> Option<Code> {
    let code = if is_chinese(label) {
        of_chinese(label, continent)
    } else {
        of_english(label, continent)
    };
    code.and_then(|code| Code::parse(&code).ok())
}

/// Whether a code is that of a continent.
pub(super) fn is_continent(area: &Code) -> bool {
    CONTINENTS.iter().any(|(code, ..)| *code == area.as_str())
}

/// Whether a text has Chinese characters.
pub(super) fn is_chinese(text: &str) -> bool {
    text.chars().any(|c| ('\u{2e80}'..='\u{9fff}').contains(&c))
}

fn of_chinese(label: &str, continent: Option<&Code>) -> Option<String> {
    let plain: String = label
        .chars()
        .filter(|c| !c.is_whitespace() && !"\u{a0}\u{feff}“”\"‘’'「」".contains(*c))
        .map(|c| match c {
            '（' => '(',
            '）' => ')',
            other => other,
        })
        .collect();
    let plain = plain.strip_prefix("其中").map_or(plain.as_str(), |rest| {
        rest.trim_start_matches([':', '：', '∶'])
    });
    let name = without_footnote(plain);
    let listed = |name: &str| {
        let mut groups = CHINESE.iter();
        let group = groups.find(|(chinese, _)| *chinese == name);
        group.map(|(_, code)| (*code).to_owned())
    };
    if let Some(code) = listed(name) {
        return Some(code);
    }
    if let Some(code) = areas::of_chinese_name(name) {
        return Some(code.to_owned());
    }
    if name.starts_with("区域全面经济伙伴关系协定") {
        return Some("RCEP".to_owned());
    }
    // A group may say in brackets how many members it has.
    if let Some((group, _)) = name.strip_suffix(')').and_then(|name| name.split_once('(')) {
        let code = listed(group).filter(|code| matches!(code.as_str(), "EU" | "ASEAN" | "APEC"));
        if code.is_some() {
            return code;
        }
    }
    let of_continent = CONTINENTS
        .iter()
        .find_map(|(_, rest, chinese, _)| Some((*rest, name.strip_prefix(chinese)?)));
    let (rest, left) = match of_continent {
        Some((rest, left)) => (rest, left),
        None => (rest_of(continent), name),
    };
    let left = left.strip_prefix("其他")?;
    let all = ["", "国家", "国家(地区)", "国家和地区", "地区", "国(地区)"];
    all.contains(&left).then(|| rest.to_owned())
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

fn of_english(label: &str, continent: Option<&Code>) -> Option<String> {
    let label = label.trim();
    let lower = label.to_ascii_lowercase();
    let label = match lower.strip_prefix("of which") {
        Some(rest) => label[label.len() - rest.len()..].trim_start_matches([':', '：', ' ']),
        None => label,
    };
    let label = without_footnote(label);
    let name = match label
        .strip_suffix(')')
        .and_then(|text| text.split_once('('))
    {
        Some((name, short)) if ABBREVIATIONS.contains(&short.trim()) => name,
        _ => label,
    };
    let plain = plain_english(name);
    if plain.is_empty() {
        return None;
    }
    if let Some((_, code)) = ENGLISH.iter().find(|(english, _)| *english == plain) {
        return Some((*code).to_owned());
    }
    if let Some(code) = areas::of_name(name) {
        return Some(code.to_string());
    }
    if plain.starts_with("regionalcomprehensiveeconomicpartnership") {
        return Some("RCEP".to_owned());
    }
    if plain.contains("beltandroad") {
        let route = plain.contains("along") && !plain.contains("jointly");
        return Some(if route { "BRI_ROUTE" } else { "BRI" }.to_owned());
    }
    let left = plain.strip_prefix("other").or(plain.strip_prefix("oth"))?;
    let left = left.strip_suffix("nes").unwrap_or(left);
    let left = [
        "countriesregions",
        "countriesandregions",
        "countries",
        "regions",
    ]
    .iter()
    .find_map(|all| left.strip_suffix(all))
    .unwrap_or(left);
    if left.is_empty() {
        return Some(rest_of(continent).to_owned());
    }
    let found = CONTINENTS.iter().find(|(.., names)| names.contains(&left));
    found.map(|(_, rest, ..)| (*rest).to_owned())
}

/// Return the code of what is left of a continent, or of the world.
fn rest_of(continent: Option<&Code>) -> &'static str {
    let found = CONTINENTS
        .iter()
        .find(|(code, ..)| continent.is_some_and(|area| area.as_str() == *code));
    found.map_or("WLD_OTHER", |(_, rest, ..)| rest)
}

/// Return a name without the footnote mark behind it: `*`, `①`, `¹`, `1`, `1)`, `(1)`, `[1]`,
/// `(注1)`.
pub(in crate::ingest::formats) fn without_footnote(name: &str) -> &str {
    let is_mark = |c: char| {
        c.is_ascii_digit()
            || matches!(c, '*' | '＊' | '※' | '#' | '†' | '‡' | '注')
            || ('①'..='⑳').contains(&c)
            || matches!(c, '¹' | '²' | '³' | '⁰' | '⁴'..='⁹')
    };
    let mut name = name.trim_end();
    loop {
        let bare = name.trim_end_matches(is_mark).trim_end();
        let shorter = match bare.chars().last() {
            Some(close @ (')' | '）' | ']' | '］')) => {
                let inner = bare[..bare.len() - close.len_utf8()].trim_end();
                let before = inner.trim_end_matches(is_mark);
                let open = before.trim_end_matches(['(', '（', '[', '［']);
                // Brackets that hold more than a mark belong to the name.
                if before.len() == inner.len() {
                    bare
                } else {
                    open
                }
            }
            _ => bare,
        };
        if shorter.len() == name.len() {
            return name;
        }
        name = shorter.trim_end();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_is_its_area_and_never_a_neighbour() {
        let asia = Code::parse("ASIA").unwrap();
        for (label, expected) in [
            ("  哈萨克斯坦", Some("KAZ")),
            ("中国香港", Some("HKG")),
            ("刚果（金）", Some("COD")),
            (" 其中：德国", Some("DEU")),
            ("柬埔寨", Some("KHM")),
            ("危地马拉", Some("GTM")),
            ("特立尼达和多巴哥", Some("TTO")),
            ("加那利群岛", Some("ESP-CN")),
            ("亚洲其他国家(地区)", Some("ASIA_OTHER")),
            ("拉丁美洲其他国家（地区）", Some("LATIN_AM_OTHER")),
            ("北美洲其他国家(地区)", Some("NORTH_AM_OTHER")),
            ("其他国家(地区)", Some("ASIA_OTHER")),
            ("总值", Some("WLD")),
            ("共建一带一路国家", Some("BRI")),
            ("共建“一带一路”国家①", Some("BRI")),
            ("“一带一路”沿线国家", Some("BRI_ROUTE")),
            ("欧洲联盟*", Some("EU")),
            ("欧盟(27国)", Some("EU")),
            ("东南亚国家联盟1)", Some("ASEAN")),
            ("区域全面经济伙伴关系协定（RCEP）成员国（1）", Some("RCEP")),
            ("乌托邦", None),
            ("其他乌托邦", None),
            ("哈萨克斯坦其他", None),
            ("Kazakhstan", Some("KAZ")),
            ("of which: Germany", Some("DEU")),
            ("United States (US)", Some("USA")),
            ("Hong Kong, China", Some("HKG")),
            ("R. O. Korea", Some("KOR")),
            ("Korea,DPR", Some("PRK")),
            ("Côte d'Ivoire", Some("CIV")),
            ("ASEAN\u{a0}", Some("ASEAN")),
            ("European Union 2)", Some("EU")),
            ("Oth. L.Amer. nes", Some("LATIN_AM_OTHER")),
            ("Other Asian Countries (Regions)", Some("ASIA_OTHER")),
            (
                "Jointly build the countries along Belt and Road Routes",
                Some("BRI"),
            ),
            ("Congo (Kinshasa)", Some("COD")),
            ("Korea", Some("KOR")),
            ("Utopia", None),
        ] {
            let found = area_of(label, Some(&asia));
            assert_eq!(found.as_ref().map(Code::as_str), expected, "{label}");
        }
    }
}
