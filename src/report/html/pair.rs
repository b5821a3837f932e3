//! The section of a pair of partners: the outlook for its year.

use super::content::PairReport;
use super::growth::{contradictions, outlook_change, published, release_sources};
use super::parts::{Cell, accuracy, number as cell, sources, table};
use super::sentences::{of_pair, part_name};
use crate::growth::GrowthEstimate;
use crate::pipeline::{Outlook, OutlookBasis, SplitBy};
use crate::report::fan::FanChart;
use crate::report::measures::{interval_heading, is_listed, naive, shown};
use crate::report::number;
use crate::report::svg::{Waterfall, WaterfallPart};
use crate::report::words;
use crate::trade::Currency;
use maud::{Markup, html};

/// Render the section.
pub(super) fn section(report: &PairReport, since: &str) -> Markup {
    let outlook = &report.outlook;
    let charts = charts(report);
    let (fans, falls): (Vec<_>, Vec<_>) = charts
        .into_iter()
        .partition(|(name, _)| !name.starts_with("by"));
    let review = report.review.as_ref();
    let forecasts: Vec<_> = report.forecasts.iter().collect();
    html! {
        p.muted.key { code { (outlook.key) } }
        p.lead { @for sentence in &of_pair(outlook) { (sentence) " " } }
        (facts(outlook))
        @for (_, chart) in &fans { figure { (chart) } }
        h3 { "Levels and growth" }
        (levels(outlook))
        (growth(outlook))
        @if !falls.is_empty() {
            h3 { "What drives the growth" }
            @for (_, chart) in &falls { figure { (chart) } }
        }
        h3 { "Method and accuracy" }
        (method(&outlook.basis))
        @if forecasts.is_empty() {
            p.muted {
                "How outlooks of this pair fared from day to day: "
                code {
                    "tradecast outlook " (outlook.key.reporter) " " (outlook.key.partner)
                    " --record DATE"
                }
            }
        } @else { (accuracy(&forecasts)) }
        h3 { "Revisions" }
        (outlook_change(report.change.as_ref(), since))
        (bases(outlook))
        (published(review, None))
        h3 { "Contradictions" }
        (contradictions(&outlook.contradictions))
        h3 { "Sources" }
        (sources(
            release_sources(review, None).chain(report.sources.iter().map(String::as_str))
        ))
    }
}

/// Return the charts, each with the end of its name.
pub(super) fn charts(report: &PairReport) -> Vec<(&'static str, Markup)> {
    let outlook = &report.outlook;
    let mut charts = Vec::new();
    charts.extend(
        FanChart::of_year_to_date(outlook)
            .svg()
            .map(|svg| ("year-to-date", svg)),
    );
    let splits = [(SplitBy::Partner, "by-partner"), (SplitBy::Flow, "by-flow")];
    for (by, name) in splits {
        let parts = outlook.projected.iter().filter(|part| part.by == by);
        let waterfall = Waterfall {
            title: format!("Growth of {} by {by}", outlook.year),
            parts: parts
                .map(|part| WaterfallPart {
                    name: part_name(&part.name).to_owned(),
                    points: part.points,
                })
                .collect(),
            total: format!("Growth of {}", outlook.year),
        };
        charts.extend(waterfall.svg().map(|svg| (name, svg)));
    }
    charts
}

/// Say what takes the year where, as far as it is known.
fn facts(outlook: &Outlook) -> Markup {
    let target = outlook.target.map(|target| {
        let needed = target.needed_growth.map_or_else(String::new, |needed| {
            format!("the rest of the year needs {}, ", number::growth(needed))
        });
        format!(
            "For the target of {} in {}: {needed}probability {:.0} %.",
            number::growth(target.growth),
            target.year,
            100.0 * target.probability
        )
    });
    let rate = outlook.rate.map(|rate| {
        format!(
            "In {}, {} grew by {} against {} in {}: the exchange rate {}.",
            rate.currency,
            outlook.known.words(),
            number::growth(rate.growth_other),
            number::growth(rate.growth_home),
            outlook.key.unit,
            words::adds(rate.points, 1)
        )
    });
    let record = outlook.record.as_ref().map(|record| {
        let (span, level) = record.largest;
        format!(
            "The largest year so far is {span} with {} {}; years are known since {}.",
            number::short(level),
            record.currency,
            record.since
        )
    });
    html! {
        @for fact in [target, rate, record].into_iter().flatten() { p.note { (fact) } }
    }
}

fn levels(outlook: &Outlook) -> Markup {
    let first = outlook.levels.first();
    let interval = interval_heading(first.and_then(|level| shown(&level.summary.bands)));
    let rows: Vec<Vec<Cell>> = outlook
        .levels
        .iter()
        .map(|of| {
            let range = shown(&of.summary.bands);
            vec![
                Cell::Words(of.span.words()),
                Cell::Words(of.currency.to_string()),
                cell(Some(number::short(of.summary.median))),
                // An interval that rounds to its middle says nothing.
                cell(
                    range
                        .filter(|of| of.upper - of.lower > 0.002 * of.upper.abs())
                        .map(|of| number::short_range(of.lower, of.upper)),
                ),
            ]
        })
        .collect();
    table("", &["Span", "Currency", "Level", &interval], &rows)
}

fn growth(outlook: &Outlook) -> Markup {
    let home = outlook.key.unit;
    let mut currencies = outlook.levels.iter().map(|level| level.currency);
    let other = currencies.find(|currency| *currency != home);
    let first = outlook.readings.first();
    let interval = interval_heading(first.and_then(|(_, growth)| shown(&growth.bands)));
    let in_home = format!("Growth in {home}");
    let in_other = other.map(|currency| format!("in {currency}"));
    let mut header = vec!["Span", "Measure", &in_home, &interval, "Known", "Naive"];
    header.extend(in_other.as_deref());
    let rows: Vec<Vec<Cell>> = outlook
        .readings
        .iter()
        .filter(|(currency, of)| *currency == home && is_listed(outlook, of))
        .map(|(_, of)| {
            let range = shown(&of.bands).filter(|band| band.upper - band.lower > 0.002);
            let mut row = vec![
                Cell::Words(of.span.words()),
                Cell::Words(of.measure.name().replace('_', " ")),
                cell(Some(number::growth(of.median))),
                cell(range.map(|of| number::growth_range(of.lower, of.upper))),
                cell(Some(format!("{:.0} %", 100.0 * of.share_observed))),
                cell(naive(of).map(number::growth)),
            ];
            row.extend(other.map(|currency| {
                let there = growth_of(outlook, currency, of);
                cell(there.map(|there| number::growth(there.median)))
            }));
            row
        })
        .collect();
    html! {
        (table("", &header, &rows))
        p.muted {
            "Known: share of the span that is published. Naive: the growth if the rest of the year "
            "repeated the year before."
        }
    }
}

/// Return the growth of the same measure and span in another currency.
fn growth_of<'a>(
    outlook: &'a Outlook,
    currency: Currency,
    like: &GrowthEstimate,
) -> Option<&'a GrowthEstimate> {
    let found = outlook
        .readings
        .iter()
        .find(|(unit, of)| *unit == currency && of.measure == like.measure && of.span == like.span);
    found.map(|(_, growth)| growth)
}

/// Say what the outlook rests on.
fn method(basis: &OutlookBasis) -> Markup {
    html! {
        @match basis {
            OutlookBasis::Months(series) => {
                p {
                    "Forecasts of monthly series, added up in every draw: "
                    @for (k, key) in series.iter().enumerate() {
                        @if k > 0 { ", " }
                        code { (key) }
                    }
                    "."
                }
            }
            OutlookBasis::Releases { used, mirrored, unused, conflicting, scale, donors } => {
                p {
                    "Months were drawn such that they agree with " (used) " published "
                    @if *used == 1 { "figure" } @else { "figures" }
                    " over months and longer spans. "
                    @if donors.is_empty() {
                        "No monthly series of other pairs gives a season; usual fluctuation is "
                        "that of a flow of this size"
                    } @else {
                        "Season and usual fluctuation come from " (donors.len()) " monthly series "
                        "of other pairs"
                    }
                    "; this pair fluctuates " (format!("{scale:.1}")) " times as much."
                    @if *mirrored > 0 {
                        " Beyond them, the other partner's statistics state the growth of newer "
                        "months (figures: " (mirrored) "), weighed by how well both agreed before."
                    }
                }
                (folded("Not used", unused))
                (folded("Contradicted by others, with what the draws say instead", conflicting))
            }
        }
    }
}

/// Render a list that opens on demand, with its length; nothing where it is empty.
fn folded(what: &str, figures: &[String]) -> Markup {
    let word = if figures.len() == 1 {
        "figure"
    } else {
        "figures"
    };
    html! {
        @if !figures.is_empty() {
            details {
                summary { (what) ": " (figures.len()) " " (word) }
                ul { @for figure in figures { li { (figure) } } }
            }
        }
    }
}

/// Say which base the published growth implies.
fn bases(outlook: &Outlook) -> Markup {
    let Some((growth, printed)) = outlook.growth.zip(outlook.growth_on_printed_base) else {
        return html! {};
    };
    html! {
        @if (growth - printed).abs() >= 0.0005 {
            p {
                (outlook.known.words()) " grew by " (number::growth(growth))
                " against the base as revised since, by " (number::growth(printed))
                " against what was printed a year before."
            }
        }
    }
}
