//! The title of the customs' table: month, currency, and whether the figures are preliminary.

use super::label::is_chinese;
use crate::ingest::notation::MONTH_NAMES;
use crate::trade::{Currency, Month};

/// What the title of a table states.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct TableTitle {
    pub(super) month: Month,
    /// The currency, where the title names one.
    pub(super) currency: Option<Currency>,
    /// Whether it is the express table, which is published ten days before the full one.
    pub(super) preliminary: bool,
}

pub(super) const TITLE: &str = "expected a title with 总值表, year and month, 2025年5月";
pub(super) const BY_COUNTRY: &str = "expected the table by country, 国别（地区）总值表, not \
                                     another table of the customs";

/// What the titles of the customs' other tables name: sections, use, mode of trade, kind of
/// enterprise, place of the consignee, customs district.
const OTHER_TABLES: [&str; 7] = ["类章", "构成", "方式", "企业", "收发货人", "关别", "境内"];

impl TableTitle {
    /// Parse a text without blanks; `None` where it is no title.
    ///
    /// # Errors
    /// What was expected of the title.
    pub(super) fn parse(text: &str) -> Result<Option<Self>, &'static str> {
        if is_chinese(text) {
            // 总值 alone is the name of the row of the total.
            if !(text.contains("总值表") || text.contains("总值") && text.contains('年')) {
                return Ok(None);
            }
            if OTHER_TABLES.iter().any(|other| text.contains(other)) {
                return Err(BY_COUNTRY);
            }
            return Ok(Some(Self {
                month: month_of_title(text).ok_or(TITLE)?,
                currency: currency_of(text),
                preliminary: text.contains("主要国别") || text.contains("主要国家"),
            }));
        }
        let lower = text.to_ascii_lowercase();
        let trade = lower.contains("import") || lower.contains("export");
        if !(trade && (lower.contains("country") || lower.contains("countries"))) {
            return Ok(None);
        }
        let month = month_of_english_title(&lower);
        Ok(month.map(|month| Self {
            month,
            currency: currency_of(&lower),
            // The full table is named by origin and destination.
            preliminary: !lower.contains("origin"),
        }))
    }
}

/// Whether a text is a Chinese title of one of the customs' tables, readable or not.
pub(super) fn is_chinese_title(text: &str) -> bool {
    let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    is_chinese(&text) && !matches!(TableTitle::parse(&text), Ok(None))
}

/// Return the currency that a text names: a title or a unit.
pub(super) fn currency_of(text: &str) -> Option<Currency> {
    let names = |words: &[&str]| words.iter().any(|word| text.contains(word));
    let dollars = names(&["美元", "usd", "us$", "dollar", "USD", "US$"]);
    let yuan = names(&["人民币", "cny", "rmb", "yuan", "CNY", "RMB"]);
    match (dollars, yuan) {
        (true, false) => Some(Currency::USD),
        (false, true) => Some(Currency::CNY),
        _ => None,
    }
}

/// Return the month of a title: `2025年5月` and `2025年1至5月` are May 2025.
pub(super) fn month_of_title(title: &str) -> Option<Month> {
    let (before, after) = title.split_once('年')?;
    let digits = |text: &str| text.bytes().rev().take_while(u8::is_ascii_digit).count();
    let year = before.get(before.len().checked_sub(digits(before))?..)?;
    let (months, _) = after.split_once('月')?;
    let month = months.get(months.len().checked_sub(digits(months))?..)?;
    of_numbers(year, month)
}

fn of_numbers(year: &str, month: &str) -> Option<Month> {
    let month = Month::parse(&format!("{year}-{month}")).ok();
    month.filter(|month| month.year() >= 1000)
}

/// Return the month of an English title in lower case, without blanks: `,5.2025`,
/// `january-february2025`, `may,2025`, `2025.5`.
fn month_of_english_title(title: &str) -> Option<Month> {
    let at = (0..title.len()).find(|at| {
        let year = title.get(*at..*at + 4);
        year.is_some_and(|y| {
            (y.starts_with("19") || y.starts_with("20")) && y.bytes().all(|b| b.is_ascii_digit())
        })
    })?;
    let marks = [',', '.', '/', '-', ' '];
    let (before, after) = (title[..at].trim_end_matches(marks), &title[at + 4..]);
    let month = match before.bytes().rev().take_while(u8::is_ascii_digit).count() {
        0 => (1..=12).find(|month| {
            let names = &MONTH_NAMES[*month - 1];
            before.ends_with(names) || before.ends_with(&names[..3])
        }),
        digits @ (1 | 2) => before[before.len() - digits..].parse().ok(),
        _ => None,
    };
    let month = month.or_else(|| {
        let number = after.trim_start_matches(marks);
        let digits = number.bytes().take_while(u8::is_ascii_digit).count();
        number[..digits].parse().ok()
    })?;
    of_numbers(&title[at..at + 4], &month.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_states_month_currency_and_tier() {
        for (text, month, currency, preliminary) in [
            (
                "（2）2025年5月进出口商品国别（地区）总值表（人民币值）",
                "2025-05",
                Some(Currency::CNY),
                false,
            ),
            ("2025年1至5月进出口商品国别总值表", "2025-05", None, false),
            (
                "（6）2018年11月进出口商品主要国别（地区）总值表（美元值）",
                "2018-11",
                Some(Currency::USD),
                true,
            ),
            (
                "(2)ImportsandExportsbyCountry(Region)ofOrigin/Destination,5.2025",
                "2025-05",
                None,
                false,
            ),
            (
                "(4)China'sTotalExport&ImportValuesbyCountry/Region,January-February2025(inCNY)",
                "2025-02",
                Some(Currency::CNY),
                true,
            ),
            (
                "ImportsandExportsbyCountry(Region)ofOrigin/Destination,Oct.2023(inUSD)",
                "2023-10",
                Some(Currency::USD),
                false,
            ),
        ] {
            let expected = TableTitle {
                month: Month::parse(month).unwrap(),
                currency,
                preliminary,
            };
            assert_eq!(TableTitle::parse(text), Ok(Some(expected)), "{text}");
        }
        for text in ["总值", "Total", "Country(Region)", "发布日期2025年12月18日"] {
            assert_eq!(TableTitle::parse(text), Ok(None), "{text}");
        }
        assert_eq!(TableTitle::parse("进出口商品国别总值表"), Err(TITLE));
        let sections = "（4）2023年12月进出口商品类章总值表（人民币值）";
        assert_eq!(TableTitle::parse(sections), Err(BY_COUNTRY));
    }
}
