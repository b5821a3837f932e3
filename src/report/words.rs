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
    let partner = format!(" {} {}", preposition(key.flow), key.partner);
    format!("{}{partner}{}", of_reporter(key), product(key))
}

/// Return whose trade it is: `USA imports`.
fn of_reporter(key: &SeriesKey) -> String {
    let trade = match key.flow {
        Flow::Exports | Flow::Imports => key.flow.word(),
        Flow::Total => "trade",
        Flow::Balance => "balance of trade",
    };
    format!("{} {trade}", key.reporter)
}

fn preposition(flow: Flow) -> &'static str {
    match flow {
        Flow::Exports => "to",
        Flow::Imports => "from",
        Flow::Total | Flow::Balance => "with",
    }
}

fn product(key: &SeriesKey) -> String {
    match key.product.as_str() {
        "TOTAL" => String::new(),
        product => format!(", {product}"),
    }
}

/// Return a source of news for the series `target` in words: `KOR exports 2026-06`, with partner,
/// product and currency where they are not those of the target; `its own 2026-05` for the target's
/// own month. A source that is no series key and month is returned as it is.
pub(super) fn news(source: &str, target: &str) -> String {
    let parsed = source.rsplit_once(' ');
    let Some((id, month)) = parsed else {
        return source.to_owned();
    };
    if id == target {
        return format!("its own {month}");
    }
    let (Ok(key), Ok(target)) = (SeriesKey::parse(id), SeriesKey::parse(target)) else {
        return source.to_owned();
    };
    let mut text = of_reporter(&key);
    if key.partner != target.partner {
        text += &format!(" {} {}", preposition(key.flow), key.partner);
    }
    if key.product != target.product {
        text += &format!(", {}", key.product);
    }
    if key.unit != target.unit {
        text += &format!(", in {}", key.unit);
    }
    format!("{text} {month}")
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
    fn a_source_of_news_is_named_by_what_is_not_that_of_the_target() {
        let target = "UZB.KAZ.X.TOTAL.USD";
        for (source, expected) in [
            ("KOR.KAZ.X.TOTAL.USD 2026-06", "KOR exports 2026-06"),
            (
                "KAZ.UZB.M.TOTAL.USD 2026-06",
                "KAZ imports from UZB 2026-06",
            ),
            ("UZB.KAZ.M.TOTAL.USD 2026-06", "UZB imports 2026-06"),
            ("KAZ.KAZ.T.TOTAL.USD 2026-06", "KAZ trade 2026-06"),
            (
                "KOR.CHN.X.HS27.KRW 2026-06",
                "KOR exports to CHN, HS27, in KRW 2026-06",
            ),
            ("UZB.KAZ.X.TOTAL.USD 2015-04", "its own 2015-04"),
            ("others", "others"),
            ("sales 2026-06", "sales 2026-06"),
        ] {
            assert_eq!(news(source, target), expected);
        }
        assert_eq!(
            news("KOR.KAZ.X.HS27.USD 2026-06", "KAZ.KAZ.X.HS27.USD"),
            "KOR exports 2026-06"
        );
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
