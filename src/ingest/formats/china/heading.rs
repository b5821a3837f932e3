//! The headings of the columns of the customs' table: flow, months, growth.

use super::label::plain_english;
use crate::ingest::notation::month_of_name;
use crate::trade::{Flow, Month, Span};

/// The period that the heading of a growth column states.
#[derive(Debug, PartialEq)]
pub(super) enum GrowthPeriod {
    /// January to the month, or the month.
    Stated(Span),
    /// None: `比去年同期±%`.
    Unstated,
    /// A period that is not compared with the year before, or not the month of the table.
    Other,
}

/// Return the flow of a heading, Chinese or English, without blanks.
pub(super) fn flow_of(text: &str) -> Option<Flow> {
    let chinese = ["总值", "总额", "额", "值"]
        .iter()
        .find_map(|end| text.strip_suffix(end))
        .unwrap_or(text);
    match chinese {
        "进出口" => return Some(Flow::Total),
        "出口" => return Some(Flow::Exports),
        "进口" => return Some(Flow::Imports),
        _ => {}
    }
    match plain_english(text).as_str() {
        "total" | "totaltrade" | "totalvalue" | "exportandimport" | "exportsandimports"
        | "importandexport" | "importsandexports" => Some(Flow::Total),
        "export" | "exports" => Some(Flow::Exports),
        "import" | "imports" => Some(Flow::Imports),
        _ => None,
    }
}

/// Return the span of a heading of levels: `5月`, `1至5月`, `当月`, `累计`; `5`, `1 to 5`, `1-to-2`,
/// `May`, `Jan.-May`, without blanks. `month` is that of the title.
pub(super) fn span_of(text: &str, month: Month) -> Option<Span> {
    match text {
        "当月" | "本月" => return Some(Span::month(month)),
        "累计" | "1至当月" | "1至本月" => return Some(Span::year_to_date(month)),
        _ => {}
    }
    of_numbers(&numbers(text.trim_end_matches('月'))?, month)
}

fn of_numbers(numbers: &[usize], month: Month) -> Option<Span> {
    let of_year = |number: usize| month.same_year(&number.to_string());
    match *numbers {
        // The table of January may write `1-to-1`.
        [last] | [1, last @ 1] => Some(Span::month(of_year(last)?)),
        [1, last] if last > 1 => Some(Span::year_to_date(of_year(last)?)),
        _ => None,
    }
}

/// Return the one or two months that a text consists of.
fn numbers(text: &str) -> Option<Vec<usize>> {
    let lower = text.to_ascii_lowercase();
    let marks = |c: char| !c.is_alphanumeric() || c == '至' || c == '到';
    let mut months = Vec::new();
    for part in lower.split(marks).filter(|part| !part.is_empty()) {
        if part == "to" {
            continue;
        }
        let single = |text: &str| match text.parse() {
            Ok(number) => Some(number),
            Err(_) => month_of_name(text),
        };
        if let Some(number) = single(part) {
            months.push(number);
            continue;
        }
        let (first, last) = part
            .match_indices("to")
            .find_map(|(at, to)| Some((single(&part[..at])?, single(&part[at + to.len()..])?)))?;
        months.extend([first, last]);
    }
    Some(months)
}

/// Return the period of the heading of growth columns; `None` where it is another heading.
pub(super) fn growth_period(text: &str, month: Month) -> Option<GrowthPeriod> {
    let lower = text.to_ascii_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    if has(&[
        "环比",
        "比上月",
        "比上期",
        "month-on-month",
        "previousmonth",
    ]) {
        return Some(GrowthPeriod::Other);
    }
    let growth = [
        "同期",
        "同比",
        "±",
        "增长",
        "change",
        "year-on-year",
        "growth",
        "%",
        "％",
    ];
    if !has(&growth) {
        return None;
    }
    let stated = months_within(&lower);
    let span = if stated.is_empty() {
        if has(&["累计", "accumul", "cumul"]) {
            Some(Span::year_to_date(month))
        } else if has(&["当月", "本月", "单月"]) {
            Some(Span::month(month))
        } else {
            return Some(GrowthPeriod::Unstated);
        }
    } else {
        of_numbers(&stated, month).filter(|span| span.last() == month)
    };
    Some(span.map_or(GrowthPeriod::Other, GrowthPeriod::Stated))
}

/// Return the numbers of months within the heading of growth columns.
fn months_within(text: &str) -> Vec<usize> {
    let text = text.split_once('月').map_or(text, |(before, _)| before);
    let numbers = text.split(|c: char| !c.is_ascii_digit());
    numbers.filter_map(|number| number.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_state_flow_months_and_growth() {
        for (text, flow) in [
            ("进出口", Some(Flow::Total)),
            ("出口总值", Some(Flow::Exports)),
            ("Export&Import", Some(Flow::Total)),
            ("Imports", Some(Flow::Imports)),
            ("总值", None),
        ] {
            assert_eq!(flow_of(text), flow, "{text}");
        }
        let may = Month::parse("2025-05").unwrap();
        let (single, to_date) = (Span::month(may), Span::year_to_date(may));
        for (text, span) in [
            ("5月", Some(single)),
            ("1至5月", Some(to_date)),
            ("1-5月", Some(to_date)),
            ("当月", Some(single)),
            ("1to5", Some(to_date)),
            ("1-to-5", Some(to_date)),
            ("5", Some(single)),
            ("May", Some(single)),
            ("Jan.-May", Some(to_date)),
            ("JantoMay", Some(to_date)),
            ("2至5月", None),
            ("出口", None),
        ] {
            assert_eq!(span_of(text, may), span, "{text}");
        }
        let january = Month::parse("2018-01").unwrap();
        let month = Some(Span::month(january));
        assert_eq!(span_of("1-to-1", january), month);
        let growth = growth_period("1-to-1TotalYear-on-Year(±%)", january);
        assert_eq!(growth, month.map(GrowthPeriod::Stated));
        let stated = |span| Some(GrowthPeriod::Stated(span));
        for (text, period) in [
            ("累计比去年同期±％", stated(to_date)),
            ("当月比去年同期±%", stated(single)),
            ("5月比去年同期±%", stated(single)),
            ("1至5月比去年同期±%", stated(to_date)),
            ("1-to-5TotalYear-on-Year(±%)", stated(to_date)),
            ("比去年同期±%", Some(GrowthPeriod::Unstated)),
            ("PercentageChange", Some(GrowthPeriod::Unstated)),
            ("1至4月比去年同期±%", Some(GrowthPeriod::Other)),
            ("环比±%", Some(GrowthPeriod::Other)),
            ("进口", None),
        ] {
            assert_eq!(growth_period(text, may), period, "{text}");
        }
    }
}
