//! Why a forecast is what it is, and why it changed: growth by driver and by member, and changes.

use super::legend;
use super::wrap::{fit, paragraph};
use crate::growth::GrowthMeasure;
use crate::pipeline::{Drivers, Explained, ForecastChange, Quantity};
use crate::projection::Driver;
use crate::report::driver_group::{DriverGroup, GROUPS};
use crate::report::table::{or_dash, table};
use crate::report::{number, words};
use std::fmt::Write as _;

/// Render an explanation for a terminal. `since` names what changes are counted from: a day, a
/// version of the store, or both.
pub fn explanation(explained: &Explained, since: &str) -> String {
    let Explained {
        id, last, method, ..
    } = explained;
    let mut text = format!("{id}: {}\n", words::series(id));
    // Writing to a string cannot fail.
    let _ = writeln!(text, "last figure {last}, method {method}");
    for note in &explained.notes {
        let _ = writeln!(text, "note: {note}");
    }
    if shown(explained).next().is_none() {
        text.push_str(&paragraph(legend::NO_GROWTH));
    } else {
        text.push_str("Growth of the forecast on the year before, percentage points, by driver\n");
        text.push_str(&drivers(explained));
        text.push('\n');
        text.push_str(&paragraph(legend::DRIVERS));
    }
    if let Some(first) = explained.growth.first() {
        text.push_str(&news(id, first));
    }
    let year = explained
        .growth
        .iter()
        .rfind(|growth| growth.measure == GrowthMeasure::Year);
    if let Some(year) = year.or(explained.growth.last()) {
        let _ = writeln!(text, "{} by member", year.span.words());
        text.push_str(&members(explained, year));
        text.push('\n');
        text.push_str(&paragraph(legend::MEMBERS));
    }
    let mut changes = explained.changes.iter();
    if changes.any(|change| matches!(change.quantity, Quantity::Growth(..))) {
        let _ = writeln!(text, "Changes since {since}, percentage points of growth");
        text.push_str(&growth_changes(&explained.changes));
        text.push('\n');
    }
    fit(&text)
}

/// Write percentage points: `+3.4`.
fn points(points: f64) -> String {
    let rounded = (points * 10.0).round() / 10.0;
    // A fall that rounds to nothing is no fall.
    let rounded = if rounded == 0.0 { 0.0 } else { rounded };
    format!("{rounded:+.1}")
}

/// Write what newer months of other series and the errors of latest months add to the growth of a
/// span of the series `id`, the largest first and what is not named last; nothing where there are
/// none.
fn news(id: &str, growth: &Drivers) -> String {
    let part = |(driver, amount): &(Driver, f64)| match driver {
        Driver::News(source) => Some((source.clone(), *amount)),
        _ => None,
    };
    let mut parts: Vec<(Box<str>, f64)> = growth.by_driver.iter().filter_map(part).collect();
    if parts.is_empty() {
        return String::new();
    }
    // What rounds to nothing is left out beside what does not.
    let is_shown = |of: &(Box<str>, f64)| of.1.abs() >= 0.05;
    if parts.iter().any(is_shown) {
        parts.retain(is_shown);
    }
    parts.sort_by(|a, b| {
        let is_last = |of: &(Box<str>, f64)| &*of.0 == Driver::OTHER_SOURCES;
        let by_size = b.1.abs().total_cmp(&a.1.abs());
        is_last(a).cmp(&is_last(b)).then(by_size)
    });
    let mut text = format!("News for {}\n", growth.span.words());
    for (source, amount) in parts {
        let source = words::news(&source, id);
        // Writing to a string cannot fail.
        let _ = writeln!(text, "  {source}: {} points", points(amount));
    }
    text.push('\n');
    text
}

/// Return the growth that has a row: that of months and of whole years.
fn shown(explained: &Explained) -> impl Iterator<Item = &Drivers> {
    let growth = explained.growth.iter();
    growth.filter(|growth| growth.measure != GrowthMeasure::YearToDate)
}

fn drivers(explained: &Explained) -> String {
    let columns: Vec<DriverGroup> = GROUPS
        .into_iter()
        .filter(|group| {
            let mut growth = explained.growth.iter();
            growth.any(|growth| group.points(growth).is_some())
        })
        .collect();
    let mut header = vec!["Span", "Growth"];
    header.extend(columns.iter().map(|group| group.heading));
    let rows = shown(explained).map(|growth| {
        let mut row = vec![growth.span.words(), points(growth.growth)];
        row.extend(
            columns
                .iter()
                .map(|group| or_dash(group.points(growth).map(points))),
        );
        row
    });
    let right: Vec<usize> = (1..header.len()).collect();
    table(&header, &right, rows)
}

fn members(explained: &Explained, growth: &Drivers) -> String {
    let rows = growth.by_member.iter().map(|(member, of_member)| {
        let weight = member.and_then(|member| {
            let mut weights = explained.weights.iter();
            weights.find(|(of, _)| *of == member)
        });
        let name = member.map_or("observed + post-processing", |member| member.name());
        let weight = weight.map_or_else(|| "-".to_owned(), |(_, weight)| format!("{weight:.3}"));
        vec![name.to_owned(), weight, points(*of_member)]
    });
    table(&["Member", "Weight", "Points"], &[1, 2], rows)
}

/// Write the changes of months and years; each new figure has a row below the year.
fn growth_changes(changes: &[ForecastChange]) -> String {
    let in_points = |fraction: f64| points(100.0 * fraction);
    let mut rows = Vec::new();
    for change in changes {
        let Quantity::Growth(measure @ (GrowthMeasure::Month | GrowthMeasure::Year), month) =
            change.quantity
        else {
            continue;
        };
        let new_figures = change.new_figures.iter().map(|(_, change)| change).sum();
        rows.push(vec![
            measure.span(month).words(),
            number::growth(change.before),
            number::growth(change.after),
            in_points(change.revisions),
            in_points(new_figures),
            in_points(change.model),
        ]);
        if measure == GrowthMeasure::Year {
            rows.extend(change.new_figures.iter().map(|(month, change)| {
                let blank = String::new;
                let name = format!("  by {month}");
                vec![name, blank(), blank(), blank(), in_points(*change), blank()]
            }));
        }
    }
    let header = [
        "Span",
        "Before",
        "After",
        "Revisions",
        "New figures",
        "Model",
    ];
    table(&header, &[1, 2, 3, 4, 5], rows.into_iter())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::example;

    #[test]
    fn tables_fit_a_hundred_columns_and_say_every_point() {
        let explained = example::explained();
        let text = explanation(&explained, "2025-12-31");
        let widest = text.lines().map(|line| line.chars().count()).max();
        assert!(widest <= Some(100), "{widest:?}\n{text}");
        for expected in [
            "-253.8",
            "+16.0 %",
            "by 2026-01",
            "observed + post-processing",
            "Given",
        ] {
            assert!(text.contains(expected), "{expected} is missing:\n{text}");
        }
        // Every driver has a column, so a row's columns add up to its growth.
        let growth = &explained.growth[0];
        let sum: f64 = GROUPS.iter().filter_map(|group| group.points(growth)).sum();
        assert!((sum - growth.growth).abs() < 1e-9);
        insta::assert_snapshot!(text);
    }

    #[test]
    fn news_are_named_in_words_and_others_come_last() {
        let of = |source: &str, points| (Driver::News(source.into()), points);
        let mut growth = example::explained().growth[0].clone();
        growth.by_driver = vec![
            (Driver::Level, 7.0),
            of("others", -1.2),
            of("USA.CHN.M.TOTAL.USD 2015-04", -0.26),
            of("KOR.CHN.X.TOTAL.USD 2015-06", 0.8),
            of("JPN.CHN.X.TOTAL.USD 2015-06", 0.04),
        ];
        let text = news("USA.CHN.M.TOTAL.USD", &growth);
        let expected = [
            "  KOR exports 2015-06: +0.8 points",
            "  its own 2015-04: -0.3 points",
            "  others: -1.2 points",
        ];
        let lines: Vec<&str> = text
            .lines()
            .skip(1)
            .filter(|line| !line.is_empty())
            .collect();
        assert_eq!(lines, expected);
        assert!(text.starts_with("News for "), "{text}");
        growth.by_driver = vec![of("JPN.CHN.X.TOTAL.USD 2015-06", 0.04)];
        let text = news("USA.CHN.M.TOTAL.USD", &growth);
        assert!(
            text.contains("  JPN exports 2015-06: +0.0 points\n"),
            "{text}"
        );
        growth.by_driver.clear();
        assert_eq!(news("USA.CHN.M.TOTAL.USD", &growth), "");
    }

    #[test]
    fn without_growth_the_text_says_why_instead_of_empty_tables() {
        let mut explained = example::explained();
        explained.growth.clear();
        let text = explanation(&explained, "2025-12-31");
        assert!(text.contains("There is no growth to explain:"), "{text}");
        assert!(!text.contains("by driver"), "{text}");
    }
}
