//! Series and their growth in words.

use super::measures::{level, shown};
use super::number;
use crate::growth::GrowthEstimate;
use crate::trade::{Flow, Month, SeriesKey, Span};

/// Return a key in words: `USA imports from CHN, in USD`.
pub fn series(key: &str) -> String {
    match SeriesKey::parse(key) {
        Ok(key) => format!("{}, in {}", trade(&key), key.unit),
        Err(_) => key.to_owned(),
    }
}

/// Return what is traded between whom.
fn trade(key: &SeriesKey) -> String {
    let preposition = match key.flow {
        Flow::Exports => "to",
        Flow::Imports => "from",
        Flow::Total | Flow::Balance => "with",
    };
    let trade = match key.flow {
        Flow::Exports | Flow::Imports => key.flow.word(),
        Flow::Total => "trade",
        Flow::Balance => "balance of trade",
    };
    let product = match key.product.as_str() {
        "TOTAL" => String::new(),
        product => format!(", {product}"),
    };
    format!(
        "{} {trade} {preposition} {}{product}",
        key.reporter, key.partner
    )
}

/// The months, as tables write them.
const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// Return the name of a month within its year: `May`.
pub(super) fn month(month: Month) -> &'static str {
    MONTHS[usize::from(month.of_year()) - 1]
}

/// Return a span in words: `May 2025`, `Jan–May 2025`, `Jun 2024–May 2025`, `2025-Q2`, `2025`.
pub fn span(span: Span) -> String {
    let (first, last) = (span.first(), span.last());
    let quarter = span.len() == 3 && last.of_year().is_multiple_of(3);
    if span == Span::year(first.year()) || (quarter && first.of_year() != 1) {
        return span.to_string();
    }
    if span.len() == 1 {
        format!("{} {}", month(first), first.year())
    } else if first.year() == last.year() {
        format!("{}–{} {}", month(first), month(last), last.year())
    } else {
        format!(
            "{} {}–{} {}",
            month(first),
            first.year(),
            month(last),
            last.year()
        )
    }
}

/// Return the growth of a year in words.
pub fn year(key: &str, year: &GrowthEstimate) -> String {
    let interval = shown(&year.bands).map_or_else(String::new, |interval| {
        let range = number::growth_range(interval.lower, interval.upper);
        format!(", {} % interval {range}", level(interval))
    });
    let trade = SeriesKey::parse(key).map_or_else(|_| key.to_owned(), |key| trade(&key));
    format!(
        "{trade}, {}: median {}{interval} ({:.0} % observed, naive {})",
        year.span,
        number::growth(year.median),
        100.0 * year.share_observed,
        number::growth(year.naive),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_written_as_people_do() {
        for (text, expected) in [
            ("2025-05", "May 2025"),
            ("2025-01-01/P5M", "Jan–May 2025"),
            ("2025-Q1", "Jan–Mar 2025"),
            ("2025-Q2", "2025-Q2"),
            ("2025", "2025"),
            ("2024-06-01/P12M", "Jun 2024–May 2025"),
        ] {
            assert_eq!(span(Span::parse(text).unwrap()), expected);
        }
    }

    #[test]
    fn a_key_is_written_in_words() {
        assert_eq!(
            series("USA.CHN.M.TOTAL.USD"),
            "USA imports from CHN, in USD"
        );
        assert_eq!(
            series("CHN.CA5.T.ROAD.CNY"),
            "CHN trade with CA5, ROAD, in CNY"
        );
    }
}
