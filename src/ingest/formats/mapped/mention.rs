//! Countries that a title names, and whether as reporter or as partner.

use super::claim::flows_in;
use crate::trade::areas::{english_name, of_text};
use crate::trade::{Code, Flow};

/// The most words of the name of a country.
const WORDS: usize = 5;

/// What a country is in the sentence that names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum MentionRole {
    /// `Exports of Kazakhstan`, `Kazakhstan: exports`.
    Reporter,
    /// `Exports to Kazakhstan`, `Trade with Kazakhstan`.
    Partner,
    /// Neither.
    Open,
}

/// A country that a text names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mention {
    pub(super) area: Code,
    pub(super) role: MentionRole,
}

/// Return the countries that a title names, by names of four letters or more or by Chinese names.
pub(super) fn mentions(text: &str) -> Vec<Mention> {
    let flows = flows_in(text);
    let chinese = chinese_mentions(text, &flows);
    if !chinese.is_empty() {
        return chinese;
    }
    let is_trade = !flows.is_empty() || text.to_lowercase().contains("trade");
    let words: Vec<&str> = text.split_whitespace().collect();
    let mut found = Vec::new();
    let mut at = 0;
    while at < words.len() {
        let longest = (1..=WORDS.min(words.len() - at)).rev().find_map(|count| {
            let area = country(&words[at..at + count].join(" "))?;
            Some((count, area))
        });
        let Some((count, area)) = longest else {
            at += 1;
            continue;
        };
        let before = words[..at].iter().rev();
        let before = before.map(|word| word.to_lowercase());
        let before = before.filter(|word| !matches!(word.as_str(), "the" | "republic" | "of the"));
        let before: Vec<String> = before.take(1).collect();
        let last = words[at + count - 1];
        let behind = words.get(at + count).map(|word| word.to_lowercase());
        let names_trade = behind.is_some_and(|word| !flows_in(&word).is_empty() || word == "trade");
        // `Kazakhstan – China: exports`, `between China and Kazakhstan: exports`.
        let is_pair = before
            .first()
            .is_some_and(|word| matches!(word.as_str(), "-" | "–" | "—" | "and" | "&" | "between"));
        let names_owner =
            last.contains(['\'', '’']) || last.ends_with(':') || names_trade && at == 0;
        let is_owner = names_owner && !is_pair;
        let role = match before.first().map(String::as_str) {
            Some("of" | "by") if is_trade => MentionRole::Reporter,
            // `Imports from China into Kazakhstan`.
            Some("to" | "into") if flows == [Flow::Imports] => MentionRole::Reporter,
            Some(
                "to" | "with" | "into" | "в" | "во" | "с" | "со" | "nach" | "mit" | "vers" | "avec",
            ) if is_trade => MentionRole::Partner,
            Some("from" | "из" | "aus") if flows == [Flow::Imports] => MentionRole::Partner,
            // `Экспорт Казахстана`, `Ausfuhr Deutschlands`.
            Some(word) if is_genitive(last) && !flows_in(word).is_empty() => MentionRole::Reporter,
            Some("from") if flows == [Flow::Exports] => MentionRole::Reporter,
            _ if is_owner && is_trade => MentionRole::Reporter,
            _ => MentionRole::Open,
        };
        found.push(Mention { area, role });
        at += count;
    }
    found
}

/// Return the country of a name, with what ends a sentence behind it.
fn country(text: &str) -> Option<Code> {
    let text = text.trim_matches(|c: char| !c.is_alphanumeric() && c != ')');
    let text = text
        .strip_suffix("'s")
        .or(text.strip_suffix("’s"))
        .unwrap_or(text);
    // `(US$)` is a unit.
    let is_name = text.chars().filter(|c| c.is_alphabetic()).count() > 3
        && text.chars().next().is_some_and(char::is_uppercase)
        && !text.contains(',');
    let found = of_text(text).or_else(|| is_name.then(|| of_inflected(text)).flatten());
    let area = found.filter(|_| is_name)?;
    (area.as_str().len() == 3 && english_name(area.as_str()).is_some()).then_some(area)
}

/// Whether a word has the ending of a case: `Казахстана`, `Deutschlands`.
fn is_genitive(word: &str) -> bool {
    let word = word.trim_matches(|c: char| !c.is_alphanumeric());
    of_text(word).is_none() && of_inflected(word).is_some()
}

/// Return the country of a name in another case than the first, in Russian or German: `Китаем`,
/// `Турции`, `Deutschlands`.
fn of_inflected(word: &str) -> Option<Code> {
    let is_cyrillic = |c: char| ('\u{0400}'..='\u{04ff}').contains(&c);
    if !word.chars().all(is_cyrillic) {
        let bare = word.strip_suffix('s')?;
        return bare
            .chars()
            .all(char::is_alphabetic)
            .then(|| of_text(bare))?;
    }
    let letters: Vec<char> = word.chars().collect();
    (1..=2).find_map(|cut| {
        let stem: String = letters
            .get(..letters.len().checked_sub(cut)?)?
            .iter()
            .collect();
        let is_long = stem.chars().count() >= 4;
        let endings = ["", "й", "ь", "я", "а"].iter();
        let mut names = endings.map(|ending| format!("{stem}{ending}"));
        names.find_map(|name| of_text(&name)).filter(|_| is_long)
    })
}

/// Return the countries of a Chinese title: `中国对哈萨克斯坦出口额`, `中国进口`.
fn chinese_mentions(text: &str, flows: &[Flow]) -> Vec<Mention> {
    let is_chinese = |c: &char| ('\u{4e00}'..='\u{9fff}').contains(c);
    let letters: Vec<char> = text.chars().collect();
    let mut found = Vec::new();
    let mut at = 0;
    while at < letters.len() {
        let longest = (2..=9).rev().find_map(|count| {
            let letters = letters.get(at..at + count)?;
            if !letters.iter().all(is_chinese) {
                return None;
            }
            let area = of_text(&letters.iter().collect::<String>())?;
            (area.as_str().len() == 3).then_some((count, area))
        });
        let Some((count, area)) = longest else {
            at += 1;
            continue;
        };
        let before = at.checked_sub(1).map(|before| letters[before]);
        let behind = letters.get(at + count).copied();
        let role = match (before, behind) {
            (Some('自' | '从' | '由'), Some('进')) => MentionRole::Partner,
            (Some('自' | '从' | '由'), _) if flows == [Flow::Imports] => MentionRole::Partner,
            (Some('对' | '向' | '与' | '和' | '至' | '往'), _) => MentionRole::Partner,
            (_, Some('对' | '向' | '自' | '从' | '与' | '出' | '进')) => {
                MentionRole::Reporter
            }
            _ => MentionRole::Open,
        };
        found.push(Mention { area, role });
        at += count;
    }
    found
}

/// Return the country whose adjective a heading has: `Chinese imports`.
pub(super) fn of_adjective(text: &str) -> Option<Mention> {
    const ADJECTIVES: [(&str, &str); 22] = [
        ("chinese", "CHN"),
        ("russian", "RUS"),
        ("american", "USA"),
        ("german", "DEU"),
        ("japanese", "JPN"),
        ("korean", "KOR"),
        ("indian", "IND"),
        ("turkish", "TUR"),
        ("french", "FRA"),
        ("italian", "ITA"),
        ("british", "GBR"),
        ("spanish", "ESP"),
        ("dutch", "NLD"),
        ("kazakh", "KAZ"),
        ("uzbek", "UZB"),
        ("kyrgyz", "KGZ"),
        ("tajik", "TJK"),
        ("turkmen", "TKM"),
        ("iranian", "IRN"),
        ("vietnamese", "VNM"),
        ("thai", "THA"),
        ("ukrainian", "UKR"),
    ];
    let lower = text.to_lowercase();
    let mut words = lower.split(|c: char| !c.is_alphabetic());
    let code = words
        .find_map(|word| ADJECTIVES.iter().find(|(known, _)| *known == word))?
        .1;
    Some(Mention {
        area: Code::parse(code).ok()?,
        role: MentionRole::Open,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_names_reporters_and_partners() {
        use MentionRole::{Open, Partner, Reporter};
        for (text, expected) in [
            ("Exports of Kazakhstan, USD mn", vec![("KAZ", Reporter)]),
            (
                "Kazakhstan's exports to China",
                vec![("KAZ", Reporter), ("CHN", Partner)],
            ),
            ("Imports from China", vec![("CHN", Partner)]),
            ("Trade Value (US$)", vec![]),
            ("Exports (US$ million)", vec![]),
            ("Exports from Uzbekistan", vec![("UZB", Reporter)]),
            ("Trade with the United States", vec![("USA", Partner)]),
            ("Kazakhstan exports by partner", vec![("KAZ", Reporter)]),
            (
                "Exports of the Republic of Uzbekistan",
                vec![("UZB", Reporter)],
            ),
            ("National Bank of Kazakhstan", vec![("KAZ", Open)]),
            (
                "Imports from China into Kazakhstan",
                vec![("CHN", Partner), ("KAZ", Reporter)],
            ),
            (
                "Kazakhstan - China: exports",
                vec![("KAZ", Open), ("CHN", Open)],
            ),
            (
                "Trade between China and Kazakhstan: Chinese exports",
                vec![("CHN", Open), ("KAZ", Open)],
            ),
            (
                "Экспорт и импорт Казахстана с Китаем, млн $",
                vec![("KAZ", Reporter), ("CHN", Partner)],
            ),
            (
                "Экспорт Казахстана в Китай",
                vec![("KAZ", Reporter), ("CHN", Partner)],
            ),
            (
                "Импорт Узбекистана из России, млн долл. США",
                vec![("UZB", Reporter), ("RUS", Partner)],
            ),
            (
                "中国对哈萨克斯坦出口额",
                vec![("CHN", Reporter), ("KAZ", Partner)],
            ),
            (
                "中国自俄罗斯进口（万美元）",
                vec![("CHN", Reporter), ("RUS", Partner)],
            ),
            (
                "Ausfuhr Deutschlands nach China",
                vec![("DEU", Reporter), ("CHN", Partner)],
            ),
            ("Экспорт по странам", vec![]),
            ("出口总额", vec![]),
            ("Exports by country", vec![]),
            ("Monthly data, 2024", vec![]),
        ] {
            let found = mentions(text);
            let found: Vec<(&str, MentionRole)> =
                found.iter().map(|m| (m.area.as_str(), m.role)).collect();
            assert_eq!(found, expected, "{text}");
        }
    }
}
