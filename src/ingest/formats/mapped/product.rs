//! Products by their codes and by labels that begin with one.

use super::claim::has_word;
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

/// Words behind a code that say that a product is another than that of the code, or no product.
const OTHERS: [&str; 17] = [
    "and",
    "to",
    "excl",
    "excluding",
    "ex",
    "except",
    "without",
    "und",
    "ohne",
    "sauf",
    "и",
    "без",
    "month",
    "months",
    "plan",
    "percent",
    "countries",
];

/// Return the code of a product as a column of this name writes it: `8703`, `8703.23`,
/// `0401 20 11`, `8703 - Motor cars`, `01章 活动物`; a code with letters as it is. `None` for a text
/// that is none, for a range of codes and for a part of one.
pub(super) fn product_code(text: &str, column: &str) -> Option<Code> {
    let text = text.trim().trim_start_matches('\'').trim();
    if is_all_products(text) || text == "-" {
        return Code::parse("TOTAL").ok();
    }
    let (class, label) = split_class(text).unwrap_or((classification(column), text));
    // A number that a program read as one with decimals.
    let label = label.strip_suffix(".0").unwrap_or(label);
    let (digits, behind) = split_digits(label);
    if !is_code(&digits) {
        let is_section = ["ISIC", "NACE", "CPA"].contains(&class) && is_section(label);
        return match is_section {
            true => Code::parse(&format!("{class}-{}", label.replace('.', ""))).ok(),
            false => Code::parse(text).ok(),
        };
    }
    if behind.starts_with(char::is_alphabetic) && !behind.starts_with(['章', '类']) {
        return Code::parse(text).ok();
    }
    if !is_label(behind) || class == "HS" && is_year_of_none(&digits) {
        return None;
    }
    Code::parse(&format!("{class}-{digits}")).ok()
}

/// Return the edition of its classification that a code names, in Comtrade's codes: `H4` of
/// `H4-8703`, `H5` of `HS 2017 8703`. `None` where it names none.
pub(super) fn edition_of(text: &str) -> Option<&'static str> {
    const EDITIONS: [(&str, &str); 16] = [
        ("H0", "H0"),
        ("H1", "H1"),
        ("H2", "H2"),
        ("H3", "H3"),
        ("H4", "H4"),
        ("H5", "H5"),
        ("H6", "H6"),
        ("S1", "S1"),
        ("S2", "S2"),
        ("S3", "S3"),
        ("S4", "S4"),
        ("1996", "H1"),
        ("2002", "H2"),
        ("2007", "H3"),
        ("2012", "H4"),
        ("2017", "H5"),
    ];
    let text = text.trim();
    split_class(text)?;
    let bare = text
        .get(..2)
        .filter(|start| start.eq_ignore_ascii_case("hs"));
    let bare = bare.map_or(text, |_| text[2..].trim_start_matches([' ', ':', '-']));
    let marks = [' ', ':', '-'];
    let (start, rest) = bare.split_once(marks)?;
    let is_code = rest
        .trim_start_matches(marks)
        .starts_with(|c: char| c.is_ascii_digit());
    let mut known = EDITIONS.iter().chain([&("2022", "H6")]);
    let found = known.find(|(name, _)| start.eq_ignore_ascii_case(name));
    found.map(|(_, code)| *code).filter(|_| is_code)
}

/// Whether a text is a code of digits, perhaps with points between them: `8703`, `8703.23`.
pub(super) fn is_code(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let plain = text.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    plain && (1..=10).contains(&digits)
}

/// Split a text into the digits that it begins with and the rest: groups of two digits with a point
/// or a blank between them are of one code. The digits are empty where they are no code: `3.5`.
fn split_digits(label: &str) -> (String, &str) {
    let run = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let mut end = run(label);
    let mut digits = label[..end].to_owned();
    loop {
        let rest = &label[end..];
        let Some(mark) = rest
            .chars()
            .next()
            .filter(|c| *c == '.' || c.is_whitespace())
        else {
            break;
        };
        let next = &rest[mark.len_utf8()..];
        let count = run(next);
        match (mark, count) {
            ('.', 1) => return (String::new(), label),
            ('.', 2..) | (_, 2) => {}
            _ => break,
        }
        digits.push_str(&next[..count]);
        end += mark.len_utf8() + count;
    }
    (digits, &label[end..])
}

/// Whether what stands behind a code is nothing or the name of its product: it begins with a letter
/// and no word that says another product.
fn is_label(behind: &str) -> bool {
    let marks = ['-', ':', '–', '—', ',', '_', '(', '[', '章', '类', '.'];
    let name = behind.trim_start_matches(|c: char| c.is_whitespace() || marks.contains(&c));
    let end = name
        .find(|c: char| !c.is_alphabetic())
        .unwrap_or(name.len());
    let word = name[..end].to_lowercase();
    let is_empty = name.is_empty() && !behind.contains(['(', '[']);
    // `8703 (part)`, `2709 or 2710`; but `8708 Parts of cars`, and `7108 Or` of a French list.
    let rest = name[end..].trim_matches([')', ']', '.', ' ']);
    let is_part = rest.is_empty() && ["part", "parts"].contains(&word.as_str());
    let joins = ["or", "less", "et"].contains(&word.as_str());
    let is_other = is_part || joins && rest.starts_with(|c: char| c.is_ascii_digit());
    is_empty || !word.is_empty() && !is_other && !OTHERS.contains(&word.as_str())
}

/// Whether four digits are a year and no heading of the Harmonized System: its chapters 19 and 20
/// have five and nine headings.
fn is_year_of_none(digits: &str) -> bool {
    let number = digits.parse::<u32>().ok().filter(|_| digits.len() == 4);
    number.is_some_and(|number| matches!(number, 1906..=1999 | 2010..=2099))
}

/// Whether a text is a section of activities with its division: `C10`, `C10.1`.
fn is_section(text: &str) -> bool {
    let rest = text.strip_prefix(|c: char| c.is_ascii_uppercase());
    rest.is_some_and(|rest| rest.len() < 6 && rest.bytes().all(|b| b.is_ascii_digit() || b == b'.'))
}

/// Whether a text is a code with the name of its classification: `HS 27`, `SITC 33`.
pub(super) fn is_named_code(text: &str) -> bool {
    split_class(text.trim()).is_some_and(|(_, label)| is_code(&split_digits(label).0))
}

/// Whether a text is a code with the name of its classification, and not of the stated product.
pub(super) fn is_another_code(text: &str, stated: &Code) -> bool {
    let own = is_named_code(text)
        .then(|| product_code(text, ""))
        .flatten();
    own.is_some_and(|own| own != stated_product(stated))
}

/// Split a text into the classification that it names and the label behind: `HS 87`,
/// `HS 2017 8703`, `H4-8703`, `SITC 33`, `CN8 85171300`, `chapter 27`. `None` where it names none.
fn split_class(text: &str) -> Option<(&'static str, &str)> {
    let behind = |word: &str| {
        let start = text.get(..word.len())?;
        let rest = start
            .eq_ignore_ascii_case(word)
            .then(|| &text[word.len()..])?;
        let label = rest.trim_start_matches([' ', ':', '-']);
        let is_it = label.len() < rest.len() && label.starts_with(|c: char| c.is_ascii_digit());
        is_it.then_some(label)
    };
    const WORDS: [(&str, &str); 18] = [
        ("H0", "HS"),
        ("H1", "HS"),
        ("H2", "HS"),
        ("H3", "HS"),
        ("H4", "HS"),
        ("H5", "HS"),
        ("H6", "HS"),
        ("HS2", "HS"),
        ("HS4", "HS"),
        ("HS6", "HS"),
        ("chapter", "HS"),
        ("S1", "SITC"),
        ("S2", "SITC"),
        ("S3", "SITC"),
        ("S4", "SITC"),
        ("SITC", "SITC"),
        ("CN8", "CN"),
        ("CN", "CN"),
    ];
    let found = WORDS
        .iter()
        .find_map(|(word, class)| Some((*class, behind(word)?)));
    let label = without_hs(text);
    found.or_else(|| (label.len() < text.len()).then_some(("HS", label)))
}

/// Return a label of the Harmonized System without its name: `27` of `HS 27`, `HS27` and `HS-27`.
pub(super) fn without_hs(label: &str) -> &str {
    let rest = label
        .get(..2)
        .filter(|start| start.eq_ignore_ascii_case("hs"));
    let rest = rest.map(|_| label[2..].trim_start_matches([' ', ':', '-']));
    let digits = rest.filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    let Some(rest) = digits else { return label };
    // The year of an edition: `HS 2017 8703`.
    let code = rest
        .split_once([' ', ':', '-'])
        .filter(|(year, _)| is_edition(year));
    let code = code.map(|(_, code)| code.trim_start_matches([' ', ':', '-']));
    let code = code.filter(|code| code.starts_with(|c: char| c.is_ascii_digit()));
    code.unwrap_or(rest)
}

fn is_edition(year: &str) -> bool {
    [
        "1988", "1992", "1996", "2002", "2007", "2012", "2017", "2022", "2028",
    ]
    .contains(&year)
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
    fn a_code_may_name_the_edition_of_its_classification() {
        for (text, edition) in [
            ("H4-8703", Some("H4")),
            ("HS 2017 8703", Some("H5")),
            ("HS2022: 8703", Some("H6")),
            ("S4-33", Some("S4")),
            ("HS 8703", None),
            ("2017", None),
            ("H4", None),
        ] {
            assert_eq!(edition_of(text), edition, "{text}");
        }
    }

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
            ("0401 20 11", "Product", "HS-04012011"),
            ("8703 23 19 10", "Product", "HS-8703231910"),
            ("2709 00", "Product", "HS-270900"),
            ("87 03", "Product", "HS-8703"),
            ("0401 20 11 Milk", "Product", "HS-04012011"),
            ("HS 2012: 8703", "Product", "HS-8703"),
            ("HS2017 870310", "Product", "HS-870310"),
            ("HS6: 870310", "Product", "HS-870310"),
            ("HS0401", "Product", "HS-0401"),
            ("H4-8703", "Product", "HS-8703"),
            ("S4-33", "Product", "SITC-33"),
            ("SITC 33", "Product", "SITC-33"),
            ("CN8 85171300", "Product", "CN-85171300"),
            ("chapter 27", "Product", "HS-27"),
            ("27.0", "Product", "HS-27"),
            ("8703_Cars", "Product", "HS-8703"),
            ("8708 Parts and accessories", "Product", "HS-8708"),
            ("0106 Other live animals", "Product", "HS-0106"),
            ("870321 Of a cylinder capacity", "Product", "HS-870321"),
            ("870899 - Other", "Product", "HS-870899"),
            ("7108 Or", "Produit", "HS-7108"),
            ("8703 (Motor cars)", "Product", "HS-8703"),
            ("C10", "NACE", "NACE-C10"),
            ("C10", "Product", "C10"),
        ] {
            let found = product_code(text, column).map(|code| code.to_string());
            assert_eq!(found.as_deref(), Some(code), "{text}");
        }
        for text in [
            "Wheat and meslin flour",
            "第一类 活动物；动物产品",
            "3.5 litres of it",
            "27-09",
            "8703-10",
            "01-24",
            "2709-2710",
            "HS 84-85",
            "8703, 8704",
            "8703+8704",
            "2709 and 2710",
            "2709 or 2710",
            "27 less 2709",
            "27 et 28",
            "27 excl. 2709",
            "8703 (part)",
            "ex 8703",
            "12 months",
            "2024 plan",
            "HS 2022",
            "Chapters 1-24",
        ] {
            assert_eq!(product_code(text, "Product"), None, "{text}");
        }
    }
}
