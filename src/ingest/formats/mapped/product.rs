//! Products by their codes and by labels that begin with one.

use super::claim::has_word;
use super::look::is_code;
use super::total_word::is_all_products;
use crate::trade::Code;

/// Classifications by the words of a column's name; a code of digits belongs to the first that is
/// named, otherwise to the Harmonized System.
const CLASSIFICATIONS: [(&str, &[&str]); 7] = [
    ("SITC", &["sitc", "мстк"]),
    ("BEC", &["bec"]),
    ("NAICS", &["naics"]),
    ("ISIC", &["isic"]),
    ("NACE", &["nace"]),
    ("CPA", &["cpa"]),
    ("CN", &["cn", "cn8"]),
];

/// Return the code of a product as a column of this name writes it: `8703`, `8703.23`,
/// `8703 - Motor cars`, `01章 活动物`; a code with letters as it is. `None` for a text that is none.
pub(super) fn product_code(text: &str, column: &str) -> Option<Code> {
    let text = text.trim().trim_start_matches('\'').trim();
    let label = without_hs(text);
    if is_all_products(text) || text == "-" {
        return Code::parse("TOTAL").ok();
    }
    let end = label
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(label.len());
    let (digits, behind) = label.split_at(end);
    let digits: String = digits.chars().filter(char::is_ascii_digit).collect();
    let is_marked = behind.chars().next().is_none_or(|c| {
        c.is_whitespace() || matches!(c, '-' | ':' | '–' | '—' | ',' | '章' | '类')
    });
    // `3.5` is no code.
    let is_whole =
        label[..end].split('.').all(|group| group.len() > 1) || !label[..end].contains('.');
    if is_code(&digits) && is_marked && is_whole {
        return Code::parse(&format!("{}-{digits}", classification(column))).ok();
    }
    Code::parse(text).ok()
}

/// Return a label of the Harmonized System without its name: `27` of `HS 27`, `HS27` and `HS-27`.
pub(super) fn without_hs(label: &str) -> &str {
    let rest = label
        .get(..2)
        .filter(|start| start.eq_ignore_ascii_case("hs"));
    let rest = rest.map(|_| label[2..].trim_start_matches([' ', ':', '-']));
    let digits = rest.filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    digits.unwrap_or(label)
}

fn classification(column: &str) -> &'static str {
    let lower = column.to_lowercase();
    let named = |(_, words): &&(&str, &[&str])| words.iter().any(|word| has_word(&lower, word));
    CLASSIFICATIONS
        .iter()
        .find(named)
        .map_or("HS", |(code, _)| code)
}

/// Return the code of a product that the caller states, as [`product_code`] reads it.
pub(super) fn stated_product(code: &Code) -> Code {
    product_code(code.as_str(), "").unwrap_or_else(|| code.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_codes_of_the_harmonized_system_or_of_the_one_that_is_named() {
        for (text, column, code) in [
            ("8703", "HS", "HS-8703"),
            ("8703.23", "Product", "HS-870323"),
            ("8703 - Motor cars", "Commodity", "HS-8703"),
            ("01章 活动物", "类章", "HS-01"),
            ("HS-8703", "Product", "HS-8703"),
            ("HS 87", "HS 87", "HS-87"),
            ("hs27", "Product", "HS-27"),
            ("HS: 8703.23", "Product", "HS-870323"),
            ("781", "SITC", "SITC-781"),
            ("Total", "Product", "TOTAL"),
            ("WHEAT", "Product", "WHEAT"),
        ] {
            let found = product_code(text, column).map(|code| code.to_string());
            assert_eq!(found.as_deref(), Some(code), "{text}");
        }
        for text in [
            "Wheat and meslin flour",
            "第一类 活动物；动物产品",
            "3.5 litres of it",
        ] {
            assert_eq!(product_code(text, "Product"), None, "{text}");
        }
    }
}
