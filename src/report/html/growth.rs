//! What published figures say of revisions and contradictions, and what moved a forecast.

use super::parts::{Cell, number as cell, table};
use crate::growth::{ConsistencyRule, Contradiction, GrowthMeasure, ValueRange};
use crate::pipeline::outlook::OutlookChange;
use crate::pipeline::{ForecastChange, GrowthReview, Quantity};
use crate::report::measures::{growth_range, level_range};
use crate::report::number;
use crate::trade::{FigureMeasure, SeriesKey};
use maud::{Markup, html};

/// Rows that a table of published spans has at most, the latest ones.
const SHOWN: usize = 12;

/// Render what has changed in a forecast since an earlier one.
pub(super) fn changes(changes: &[ForecastChange], since: &str) -> Markup {
    let points = |fraction: f64| cell(Some(format!("{:+.1}", 100.0 * fraction)));
    let rows: Vec<Vec<Cell>> = changes
        .iter()
        .filter_map(|change| {
            let Quantity::Growth(measure @ (GrowthMeasure::Month | GrowthMeasure::Year), month) =
                change.quantity
            else {
                return None;
            };
            let new_figures = change.new_figures.iter().map(|(_, change)| change).sum();
            Some(vec![
                Cell::Words(measure.span(month).words()),
                cell(Some(number::growth(change.before))),
                cell(Some(number::growth(change.after))),
                points(change.revisions),
                points(new_figures),
                points(change.model),
            ])
        })
        .collect();
    let header = [
        "Growth of",
        "Before",
        "Now",
        "By revisions",
        "By new figures",
        "By the model",
    ];
    html! {
        @if since.is_empty() {
            p.muted {
                "No earlier day is compared: " code { "--since DATE" }
                " shows what revisions and new figures moved."
            }
        } @else if rows.is_empty() {
            p { "The forecast is the one of " (since) "." }
        } @else {
            (table(&format!("Changes since {since}, in percentage points"), &header, &rows))
        }
    }
}

/// Render what moved an outlook.
pub(super) fn outlook_change(
    change: Option<&Result<OutlookChange, String>>,
    since: &str,
) -> Markup {
    html! {
        @match change {
            None => {
                p.muted {
                    "No earlier day is compared: " code { "--since DATE" }
                    " shows what revisions and new figures moved."
                }
            }
            Some(Err(reason)) => { p.muted { "No comparison with " (since) ": " (reason) "." } }
            Some(Ok(change)) => {
                p {
                    "The growth of " (change.year) " moved from " (number::growth(change.before))
                    " as of " (change.since) " to " (number::growth(change.after)) ":"
                }
                (table("", &["Cause", "Points"], &causes(change)))
            }
        }
    }
}

fn causes(change: &OutlookChange) -> Vec<Vec<Cell>> {
    let cause = |name: &str, points: f64| {
        vec![
            Cell::Words(name.to_owned()),
            cell(Some(format!("{points:+.2}"))),
        ]
    };
    let causes = change.causes.iter();
    causes.map(|of| cause(&of.name, of.points)).collect()
}

/// Render published spans: their growth as published, by the levels as printed, and the base that
/// both imply. Of all flows, or of one series.
pub(super) fn published(review: Option<&GrowthReview>, key: Option<&SeriesKey>) -> Markup {
    let spans = review.map_or(&[][..], |review| &review.published);
    let mut those: Vec<_> = spans
        .iter()
        .filter(|span| key.is_none_or(|key| *key == span.key))
        .filter(|span| span.growth.is_some() && (span.ratio.is_some() || span.base.is_some()))
        .collect();
    those.sort_by_key(|span| std::cmp::Reverse((span.span.last(), span.span.len())));
    those.truncate(SHOWN);
    let rows: Vec<Vec<Cell>> = those
        .iter()
        .map(|span| {
            let base = span
                .base
                .as_ref()
                .and_then(|base| base.combined.or(base.own));
            vec![
                Cell::Words(span.span.words()),
                Cell::Words(format!("{} {}", span.key.flow.letter(), span.key.unit)),
                cell(span.growth.as_ref().map(|of| number::growth(of.value))),
                cell(span.ratio.map(growth_range)),
                cell(base.map(level_range)),
            ]
        })
        .collect();
    let header = [
        "Span",
        "Flow",
        "Growth as published",
        "By levels as printed",
        "Base that it implies",
    ];
    let caption = "Published growth beside that of printed levels: where both differ, the year \
                   before was revised";
    table(caption, &header, &rows)
}

/// Render contradictions, or that there are none.
pub(super) fn contradictions(all: &[Contradiction]) -> Markup {
    let rows: Vec<Vec<Cell>> = all
        .iter()
        .map(|found| {
            let of_growth =
                found.measure == FigureMeasure::Growth && found.rule != ConsistencyRule::Bases;
            let range: fn(ValueRange) -> String = match of_growth {
                true => growth_range,
                false => level_range,
            };
            let gap = match of_growth {
                true => format!("{:+.2} points", 100.0 * found.gap),
                false => number::short(found.gap),
            };
            vec![
                Cell::Words(found.rule.name().replace('_', " ")),
                Cell::Words(format!("{} {}", found.key.flow.letter(), found.key.unit)),
                Cell::Words(found.span.words()),
                cell(Some(range(found.stated))),
                cell(Some(range(found.implied))),
                cell(Some(gap)),
            ]
        })
        .collect();
    html! {
        @if rows.is_empty() {
            p { "No published figure contradicts another beyond rounding." }
        } @else {
            (table("", &["Rule", "Flow", "Span", "Stated", "Implied", "Gap"], &rows))
        }
    }
}

/// Return the sources of published figures, of all flows or of one series.
pub(super) fn release_sources<'a>(
    review: Option<&'a GrowthReview>,
    key: Option<&'a SeriesKey>,
) -> impl Iterator<Item = &'a str> {
    let spans = review.into_iter().flat_map(|review| &review.published);
    spans
        .filter(move |span| key.is_none_or(|key| *key == span.key))
        .flat_map(|span| [&span.level, &span.growth])
        .flatten()
        .map(|release| release.source.as_str())
}
