//! Years that do not begin in January, by their names.

use super::status_mark::without_mark;

/// Whether a text names a fiscal year: `FY22`, `FY 2022`, `FY2021-22`, `2021/22`, `2021-2022`. Of
/// which months it is the text does not say. `2010-11` may be a month, too.
pub(in crate::ingest) fn is_fiscal_year(text: &str) -> bool {
    let text = without_mark(text);
    let upper = text.to_ascii_uppercase();
    let named = ["FY", "F.Y.", "FISCAL YEAR", "FINANCIAL YEAR"];
    let rest = named.iter().find_map(|word| upper.strip_prefix(word));
    let rest = rest.map(|rest| rest.trim_start_matches([' ', '-', '\'', '’', '.', '_']));
    let is_number =
        |text: &str| matches!(text.len(), 2 | 4) && text.bytes().all(|b| b.is_ascii_digit());
    let years = rest.unwrap_or(&upper);
    match years.split_once(['-', '/', '–', '—', '_']) {
        Some((first, last)) => {
            let (first, last) = (first.trim(), last.trim());
            let is_full = first.len() == 4 || rest.is_some();
            is_full && is_number(first) && is_number(last) && follows(first, last)
        }
        None => rest.is_some() && is_number(years),
    }
}

/// Whether the second year is the one after the first, by its last two digits or all.
fn follows(first: &str, last: &str) -> bool {
    let (Ok(first_year), Ok(last_year)) = (first.parse::<u32>(), last.parse::<u32>()) else {
        return false;
    };
    let is_recent = first.len() == 2 || (1900..2100).contains(&first_year);
    let next = first_year + 1;
    is_recent && (last_year == next || last.len() == 2 && last_year == next % 100)
}

/// Whether texts that may each be a month are fiscal years: `2008-09`, `2009-10`, `2010-11`. Of
/// those that are periods, as `is_period` says, all, two or more, name the year after their own;
/// or one of them can be nothing else, as `2012-13`.
pub(in crate::ingest) fn are_fiscal_years<'a>(
    texts: impl Iterator<Item = &'a str>,
    is_period: impl Fn(&str) -> bool,
) -> bool {
    let is_dated = |text: &&str| is_period(text) || is_fiscal_year(text);
    let mut texts: Vec<&str> = texts.map(str::trim).collect();
    texts.sort_unstable();
    texts.dedup();
    texts.retain(is_dated);
    let is_short = |text: &&str| {
        let text = without_mark(text);
        text.len() == 7 && text.as_bytes()[4] == b'-' && is_fiscal_year(text)
    };
    let is_no_month = |text: &&str| is_short(text) && !is_period(text);
    texts.len() > 1 && texts.iter().all(is_short) || texts.iter().any(is_no_month)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_fiscal_years_are_known() {
        for text in [
            "FY22",
            "FY 2022",
            "fy2021-22",
            "FY21/22",
            "2021-22",
            "2021/22",
            "2021–22",
            "2021-2022",
            "2021/2022 (P)",
            "1999-00",
            "Fiscal year 2022",
            "2010-11",
        ] {
            assert!(is_fiscal_year(text), "{text}");
        }
        for text in [
            "2022",
            "2022/21",
            "2023-21",
            "22-23",
            "2024-05",
            "2022-2024",
            "FY",
            "Fyn",
        ] {
            assert!(!is_fiscal_year(text), "{text}");
        }
    }

    #[test]
    fn a_row_of_years_with_the_next_one_is_no_row_of_months() {
        let is_month = |text: &str| crate::trade::Month::parse(text).is_ok();
        for (texts, are) in [
            (&["2008-09", "2009-10", "2010-11"][..], true),
            (&["2008-09", "2009-10", "Total"], true),
            (&["2008-09", "2008-10"], false),
            (&["2008-09"], false),
            (&["2010-11", "2011-12", "2012-13"], true),
            (&["2012-13"], true),
        ] {
            assert_eq!(
                are_fiscal_years(texts.iter().copied(), is_month),
                are,
                "{texts:?}"
            );
        }
    }
}
