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
        "{}: {year} as of {since} was expected at {}, now {}: {} points\n",
        words::series(&change.key.to_string()),
        number::growth(change.before),
        number::growth(change.after),
        number::points(moved, 2),
    );
    for (cause, points) in change.causes.iter().zip(added_up(change)) {
        // Writing to a string cannot fail.
        let points = number::points(points, 2);
        let _ = writeln!(text, "  {:34}{points:>7}", cause.name);
    }
    text
}

/// Round the causes to hundredths of a point that add up: the largest takes what is missing.
fn added_up(change: &OutlookChange) -> Vec<f64> {
    let rounded = |points: f64| (100.0 * points).round() / 100.0;
    let causes = || change.causes.iter().map(|cause| cause.points);
    let mut points: Vec<f64> = causes().map(rounded).collect();
    let missing = rounded(causes().sum()) - points.iter().sum::<f64>();
    let largest = points.iter_mut().max_by(|a, b| a.abs().total_cmp(&b.abs()));
    if let Some(largest) = largest {
        *largest += missing;
    }
    points
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
        // -0.254 and twice 0.877 are 1.50 together; -0.25 and twice 0.88 are 1.51.
        let causes = [-0.254, 0.877, 0.877].map(|points| cause("a", points));
        let text = outlook_change(&OutlookChange {
            causes: causes.to_vec(),
            ..change
        });
        let printed: Vec<f64> = text
            .lines()
            .skip(1)
            .filter_map(|line| line.rsplit_once(' ')?.1.parse().ok())
            .collect();
        assert_eq!(printed.len(), 3, "{text}");
        assert!((printed.iter().sum::<f64>() - 1.5).abs() < 1e-9, "{text}");
    }
}
