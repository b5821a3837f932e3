//! Outlooks of several days: what moved one, and what was said beside what came.

use crate::growth::Band;
use crate::pipeline::outlook::{OutlookChange, TrackRecord};
use crate::report::measures::{interval_heading, shown};
use crate::report::table::{or_dash, table};
use crate::report::{number, words};
use std::fmt::Write as _;

/// Render what moved an outlook: the causes add up to the difference.
pub fn outlook_change(change: &OutlookChange) -> String {
    let OutlookChange { year, since, .. } = change;
    let moved = 100.0 * (change.after - change.before);
    let mut text = format!(
        "{}: {year} as of {since} was expected at {}, now {}: {moved:+.2} points\n",
        words::series(&change.key.to_string()),
        number::growth(change.before),
        number::growth(change.after),
    );
    for cause in &change.causes {
        // Writing to a string cannot fail.
        let points = number::points(cause.points, 2);
        let _ = writeln!(text, "  {:34}{points:>7}", cause.name);
    }
    text
}

/// Render what outlooks said as of each day, both naive forecasts, and what came.
pub fn outlook_record(record: &TrackRecord) -> String {
    let first = record.rows.first();
    let interval = interval_heading(first.and_then(|row| shown(&row.growth.bands)));
    let header = [
        "As of",
        "Known",
        "Year",
        "Growth",
        interval.as_str(),
        "Rest as the year before",
        "Growth goes on",
        "Came",
    ];
    let rows = record.rows.iter().map(|row| {
        let range = |band: &Band| number::growth_range(band.lower, band.upper);
        vec![
            row.as_of.to_string(),
            row.known.words(),
            row.growth.span.words(),
            number::growth(row.growth.median),
            or_dash(shown(&row.growth.bands).map(range)),
            or_dash(row.flat_rest.map(number::growth)),
            or_dash(row.growth_so_far.map(number::growth)),
            or_dash(row.outcome.map(number::growth)),
        ]
    });
    let table = table(&header, &[3, 4, 5, 6, 7], rows);
    format!("{}\n{table}", words::series(&record.key.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline::outlook::ChangeCause;
    use crate::trade::month::parse_date;
    use crate::trade::{SeriesKey, Span};

    #[test]
    fn causes_stand_below_what_they_add_up_to() {
        let cause = |name: &str, points: f64| ChangeCause {
            name: name.to_owned(),
            points,
        };
        let change = OutlookChange {
            key: SeriesKey::parse("CHN.CA5.T.TOTAL.CNY").unwrap(),
            year: Span::year(2026),
            since: parse_date("2026-06-20").unwrap(),
            before: 0.02,
            after: 0.035,
            causes: vec![
                cause("revisions of earlier months", -0.25),
                cause("new figures, KAZ", 1.75),
            ],
        };
        assert_eq!(
            outlook_change(&change),
            "CHN trade with CA5, in CNY: 2026 as of 2026-06-20 was expected at +2.0 %, now +3.5 %: \
             +1.50 points\n  \
             revisions of earlier months         -0.25\n  \
             new figures, KAZ                    +1.75\n"
        );
    }
}
