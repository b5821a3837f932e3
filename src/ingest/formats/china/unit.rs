//! The unit of the customs' table.

use super::title::currency_of;
use crate::trade::Currency;

pub(super) const UNIT: &str =
    "expected a unit: 万元, 亿元, 百万元, 千美元, 万美元 or 百万美元, US$1,000 or CNY 100 Million";

/// Whether a text without blanks states the unit.
pub(super) fn is_unit(text: &str) -> bool {
    text.contains("单位") || text.to_ascii_lowercase().starts_with("unit")
}

/// Return the currency and power of ten of `单位：万元` or `Unit:US$1,000`, without blanks.
pub(super) fn unit_of(text: &str) -> Option<(Currency, i32)> {
    match text.split_once("单位") {
        Some((_, unit)) => of_chinese(unit),
        None => of_english(&text.to_ascii_lowercase()),
    }
}

fn of_chinese(unit: &str) -> Option<(Currency, i32)> {
    // The colon is also printed as the sign of a ratio.
    let unit = unit.trim_start_matches([':', '：', '∶', '﹕', '︰']);
    let unit = unit.trim_start_matches("人民币");
    let (unit, currency) = match unit.split_once("美元") {
        Some((scale, _)) => (scale, Currency::USD),
        None => (unit.split_once('元')?.0, Currency::CNY),
    };
    let exponent = match unit {
        "" => 0,
        "千" => 3,
        "万" => 4,
        "百万" => 6,
        "千万" => 7,
        "亿" => 8,
        "十亿" => 9,
        _ => return None,
    };
    Some((currency, exponent))
}

/// Read a number and a word of scale beside a currency: `unit:cny100million`.
fn of_english(text: &str) -> Option<(Currency, i32)> {
    let currency = currency_of(text)?;
    let words = [("thousand", 3), ("million", 6), ("billion", 9)];
    let word = words.iter().find(|(word, _)| text.contains(word));
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let zeros = match digits.strip_prefix('1') {
        Some(zeros) if zeros.bytes().all(|b| b == b'0') => i32::try_from(zeros.len()).ok()?,
        None if digits.is_empty() => 0,
        _ => return None,
    };
    Some((currency, zeros + word.map_or(0, |(_, exponent)| *exponent)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_is_a_currency_and_a_power_of_ten() {
        for (text, currency, exponent) in [
            ("单位：万元", Currency::CNY, 4),
            ("单位：万元人民币", Currency::CNY, 4),
            ("单位:人民币亿元", Currency::CNY, 8),
            ("单位∶亿元人民币", Currency::CNY, 8),
            ("单位：千美元", Currency::USD, 3),
            ("计量单位：百万美元", Currency::USD, 6),
            ("Unit:US$1,000", Currency::USD, 3),
            ("Unit:CNY100Million", Currency::CNY, 8),
            ("Unit:RMB10,000Yuan", Currency::CNY, 4),
            ("Unit:USDMillion", Currency::USD, 6),
        ] {
            assert_eq!(unit_of(text), Some((currency, exponent)), "{text}");
        }
        for text in ["单位：吨", "Unit:1000", "Unit:CNY250"] {
            assert_eq!(unit_of(text), None, "{text}");
        }
    }
}
