//! Series and their growth in words.

use super::measures::{level, shown};
use super::number;
use crate::growth::GrowthEstimate;
use crate::trade::{Flow, SeriesKey};

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

/// Say what something adds to growth, percentage points: `adds 7.0 points`, `takes 5.1 points off`.
pub(super) fn adds(points: f64, decimals: usize) -> String {
    match format!("{:.decimals$}", points.abs()) {
        size if size.bytes().all(|byte| matches!(byte, b'0' | b'.')) => "adds nothing".to_owned(),
        size if points > 0.0 => format!("adds {size} points"),
        size => format!("takes {size} points off"),
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
        year.span.words(),
        number::growth(year.median),
        100.0 * year.share_observed,
        number::growth(year.naive),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_falls_takes_points_off() {
        for (points, expected) in [
            (7.04, "adds 7.0 points"),
            (-5.08, "takes 5.1 points off"),
            (-0.04, "adds nothing"),
        ] {
            assert_eq!(adds(points, 1), expected);
        }
        assert_eq!(adds(-0.04, 2), "takes 0.04 points off");
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
