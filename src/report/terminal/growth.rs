//! Growth that has happened: monthly series, published spans, contributions, contradictions.

use super::contradictions::{contradictions, flow_and_unit};
use super::legend;
use super::wrap::{fit, paragraph};
use crate::growth::RecordStanding;
use crate::pipeline::GrowthReview;
use crate::pipeline::growth_review::{
    ExchangeBasis, ExchangeEffect, GrowthDecomposition, MonthlyReview, PublishedSpan, RecordReview,
};
use crate::report::measures::{growth_range, level_range};
use crate::report::table::{or_dash, table};
use crate::report::{number, words};
use crate::trade::{Currency, Release, Span};
use std::cmp::Reverse;
use std::fmt::Write as _;

/// Published spans that the table shows; JSON has all.
const RECENT: usize = 24;
/// Contributions that are shown; JSON has all.
const SPLITS: usize = 6;

/// Render a growth review for a terminal. Long lists are cut.
pub fn growth_review(review: &GrowthReview) -> String {
    let mut text = format!("{}: growth that has happened\n", review.subject);
    for series in &review.monthly {
        text.push_str(&monthly(series));
    }
    if !review.published.is_empty() {
        text.push_str(&published(&review.published));
    }
    text.push_str(&contributions(&review.contributions));
    text.push_str(&contradictions(&review.contradictions));
    fit(&text)
}

/// Write the latest growth of a monthly series.
fn monthly(series: &MonthlyReview) -> String {
    let MonthlyReview {
        key, last, unit, ..
    } = series;
    let mut text = format!("\n{key}: last figure {last}, read in {unit}\n");
    let rows = series.readings.iter().map(|of| {
        vec![
            of.measure.name().replace('_', " "),
            of.span.words(),
            number::growth(of.growth),
        ]
    });
    let readings = table(&["Measure", "Span", "Growth"], &[2], rows);
    // Writing to a string cannot fail.
    let _ = writeln!(text, "{readings}");
    text.push_str(&legend::measures(
        series.readings.iter().map(|of| of.measure),
    ));
    if let Some(points) = series.base_effect {
        let _ = writeln!(text, "base effect on {last}: {points:+.1} points");
    }
    if let Some(effect) = &series.exchange {
        let _ = writeln!(text, "{}: {}", effect.span.words(), exchange(effect));
    }
    for standing in &series.records {
        let _ = writeln!(text, "{}: {}", standing.span.words(), record(standing));
    }
    text
}

/// Write the latest published spans as a table, and records and exchange rates of the newest.
fn published(all: &[PublishedSpan]) -> String {
    let latest = latest_of(all, |published| published.span, RECENT);
    let level = |level: &Release| {
        let more = if level.is_bound() { "over " } else { "" };
        format!("{more}{}", number::short(level.value))
    };
    let growth = |growth: &Release| number::growth(growth.value);
    let rows = latest.iter().map(|published| {
        let base = published.base.as_ref().and_then(|base| base.combined);
        vec![
            flow_and_unit(&published.key),
            published.span.words(),
            or_dash(published.level.as_ref().map(level)),
            or_dash(published.growth.as_ref().map(growth)),
            or_dash(published.ratio.map(growth_range)),
            or_dash(base.map(level_range)),
        ]
    });
    let header = [
        "Flow",
        "Span",
        "Level",
        "Growth",
        "By levels",
        "Base one year before",
    ];
    let mut text = format!("\n{}\n", table(&header, &[2, 3, 4, 5], rows));
    text.push_str(&paragraph(legend::PUBLISHED));
    if latest.iter().any(|of| of.key.unit == Currency::UNSTATED) {
        text.push_str("XXX: the source does not state the currency.\n");
    }
    let earlier = all.len() - latest.len();
    if earlier > 0 {
        let _ = writeln!(text, "{earlier} more published spans: --json");
    }
    let newest = latest.iter().map(|published| published.span.last()).max();
    for published in latest {
        if Some(published.span.last()) != newest {
            continue;
        }
        let name = format!(
            "{} {}",
            flow_and_unit(&published.key),
            published.span.words()
        );
        if let Some(standing) = &published.record {
            let _ = writeln!(text, "{name}: {}", record(standing));
        }
        if let Some(effect) = &published.exchange {
            let _ = writeln!(text, "{name}: {}", exchange(effect));
        }
    }
    text
}

/// Write the latest contributions, one whole a line.
fn contributions(all: &[GrowthDecomposition]) -> String {
    let mut text = String::new();
    let latest = latest_of(all, |whole| whole.split.span, SPLITS);
    let earlier = all.len() - latest.len();
    for whole in latest {
        let parts = whole.split.parts.iter();
        let parts: Vec<String> = parts
            .map(|part| format!("{} {:+.2}", part.name, part.points))
            .collect();
        let _ = writeln!(
            text,
            "by {}, {} {}: {} points, together {:+.2}",
            whole.by,
            flow_and_unit(&whole.key),
            whole.split.span.words(),
            parts.join(", "),
            100.0 * whole.split.growth,
        );
    }
    if earlier > 0 {
        let _ = writeln!(text, "{earlier} more contributions: --json");
    }
    text
}

fn record(record: &RecordReview) -> String {
    let standing = match record.standing {
        RecordStanding::Record => "a record",
        RecordStanding::NoRecord => "no record",
        RecordStanding::Open => "a record or not, rounding leaves it open",
    };
    let text = |span: Option<Span>| span.map_or_else(String::new, Span::words);
    let (largest_span, largest) = record.largest.unzip();
    format!(
        "{standing} among {} earlier year{} known since {}, the largest {} in {}",
        record.years,
        if record.years == 1 { "" } else { "s" },
        text(record.since),
        number::short(largest.unwrap_or(0.0)),
        text(largest_span),
    )
}

fn exchange(effect: &ExchangeEffect) -> String {
    let basis = match effect.basis {
        ExchangeBasis::Months => "each month at its mean rate",
        ExchangeBasis::Published => "as published in both",
        ExchangeBasis::MeanRates => "by the span's mean rate",
    };
    format!(
        "{} in {}, {} in {}, the exchange rate {} ({basis})",
        number::growth(effect.growth_from),
        effect.from,
        number::growth(effect.growth_to),
        effect.to,
        words::adds(effect.points(), 2),
    )
}

/// Return the `most` elements whose spans end last, in the order of `all`.
fn latest_of<T>(all: &[T], span: impl Fn(&T) -> Span, most: usize) -> Vec<&T> {
    let mut order: Vec<usize> = (0..all.len()).collect();
    order.sort_by_key(|k| Reverse(span(&all[*k]).last()));
    order.truncate(most);
    order.sort_unstable();
    order.into_iter().map(|k| &all[k]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::example;

    #[test]
    fn a_review_is_tables_and_sentences() {
        insta::assert_snapshot!(growth_review(&example::growth_review()));
    }

    #[test]
    fn the_latest_stay_in_their_order() {
        let spans = ["2025-Q1", "2024", "2025-01-01/P5M", "2023"];
        let spans = spans.map(|text| Span::parse(text).unwrap());
        let found = latest_of(&spans, |span| *span, 2);
        assert_eq!(found, [&spans[0], &spans[2]]);
    }
}
