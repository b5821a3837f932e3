//! The outlook of a pair of partners: what is known, where the year ends, a fan, tables, drivers.

use super::chart::year_to_date_fan;
use super::contradictions::contradictions;
use crate::catalog::Vintage;
use crate::growth::{GrowthEstimate, GrowthMeasure, ValueRange};
use crate::pipeline::outlook::{RecordOutlook, TargetOutlook};
use crate::pipeline::{Outlook, OutlookBasis, SplitBy};
use crate::report::measures::{interval_heading, level, shown};
use crate::report::table::{or_dash, table};
use crate::report::{number, words};
use crate::trade::{Currency, Span};
use std::fmt::Write as _;

/// Render an outlook for a terminal.
pub fn outlook(outlook: &Outlook) -> String {
    let mut text = heading(outlook);
    text.push_str(&end_of_year(outlook));
    if let Some(fan) = year_to_date_fan(outlook) {
        text.push('\n');
        text.push_str(&fan);
    }
    text.push('\n');
    text.push_str(&growth(outlook));
    text.push('\n');
    text.push_str(&drivers(outlook));
    text.push_str(&basis(&outlook.basis));
    text.push_str(&contradictions(&outlook.contradictions));
    text
}

/// Write what is known.
fn heading(outlook: &Outlook) -> String {
    let key = outlook.key.to_string();
    let as_of = match outlook.vintage {
        Vintage::Latest => String::new(),
        Vintage::AsOf(day) => format!(", as of {day}"),
    };
    let mut text = format!("{key}: {}{as_of}\n", words::series(&key));
    // Writing to a string cannot fail.
    let _ = write!(
        text,
        "known: {} {} {}",
        outlook.known,
        number::exact(outlook.level),
        outlook.key.unit
    );
    if let Some(growth) = outlook.growth {
        let _ = write!(text, ", {}", number::growth(growth));
    }
    if let Some(ValueRange { lower, upper }) = outlook.base {
        let exact = number::exact(lower);
        let _ = if upper == lower {
            write!(text, " on {exact}")
        } else if upper.is_finite() {
            write!(
                text,
                "; so the base was {exact} to {}",
                number::exact(upper)
            )
        } else {
            write!(text, "; so the base was at least {exact}")
        };
    }
    text.push('\n');
    if let Some(share) = outlook.share_of_base_year {
        let share = 100.0 * share;
        let _ = writeln!(text, "{share:.1} % of the year before fell into this span");
    }
    text
}

/// Return the growth of a measure and span in a currency, where there is one.
fn growth_of(
    outlook: &Outlook,
    currency: Currency,
    measure: GrowthMeasure,
    span: Span,
) -> Option<&GrowthEstimate> {
    let of = |(unit, growth): &&(Currency, GrowthEstimate)| {
        *unit == currency && growth.measure == measure && growth.span == span
    };
    outlook.readings.iter().find(of).map(|(_, growth)| growth)
}

/// Write where the year ends, the target and the record.
fn end_of_year(outlook: &Outlook) -> String {
    let mut text = String::new();
    for (currency, year) in &outlook.levels {
        let span = outlook.year;
        let Some(growth) = growth_of(outlook, *currency, GrowthMeasure::Year, span) else {
            continue;
        };
        let median = number::growth(growth.median);
        let _ = write!(text, "{span} in {currency}: {median}");
        if let Some(band) = shown(&growth.bands) {
            let range = number::growth_range(band.lower, band.upper);
            let _ = write!(text, " ({} % interval {range})", level(band));
        }
        let _ = write!(text, ", {}", number::short(year.median));
        if let Some(band) = shown(&year.bands) {
            let range = number::short_range(band.lower, band.upper);
            let _ = write!(text, " ({range})");
        }
        text.push('\n');
    }
    if let Some(flat) = outlook.flat_rest_growth {
        let flat = number::growth(flat);
        let _ = writeln!(
            text,
            "if the rest of the year only repeats the year before: {flat}"
        );
    }
    if let Some(of) = &outlook.target {
        text.push_str(&target(of));
    }
    if let Some(of) = &outlook.record {
        text.push_str(&record(of));
    }
    text
}

fn target(target: &TargetOutlook) -> String {
    let growth = number::growth(target.growth);
    let mut text = format!("target {growth} for {}: ", target.year);
    if let Some(needed) = target.needed_growth {
        let _ = write!(text, "the rest needs {:+.2} %, ", 100.0 * needed);
    }
    let _ = writeln!(text, "probability {:.0} %", 100.0 * target.probability);
    text
}

fn record(record: &RecordOutlook) -> String {
    let (largest_span, largest) = record.largest;
    let RecordOutlook {
        currency, since, ..
    } = record;
    let mut text = format!(
        "a record in {currency}: probability {:.0} %, above {} {currency} of {largest_span}; \
         years are known since {since}",
        100.0 * record.probability,
        number::short(largest),
    );
    match record.unbroken_since {
        Some(unbroken) if unbroken != *since => {
            let _ = write!(text, ", without gaps since {unbroken}");
        }
        _ => {}
    }
    text.push('\n');
    text
}

/// Write the growth of every span but single months, in the currency of the series and, beside it,
/// in the first other one.
fn growth(outlook: &Outlook) -> String {
    let home = outlook.key.unit;
    let mut currencies = outlook.levels.iter().map(|(currency, _)| *currency);
    let other = currencies.find(|currency| *currency != home);
    let first = outlook.readings.first();
    let interval = interval_heading(first.and_then(|(_, growth)| shown(&growth.bands)));
    let in_other = other.map_or_else(String::new, |currency| format!("In {currency}"));
    let interval = interval.as_str();
    let mut header = vec!["Span", "Measure", "Growth", interval, "Known", "Naive"];
    if other.is_some() {
        header.push(&in_other);
    }
    let rows = outlook
        .readings
        .iter()
        .filter(|(currency, growth)| *currency == home && growth.measure != GrowthMeasure::Month)
        .map(|(_, of)| {
            let range = shown(&of.bands).map(|i| number::growth_range(i.lower, i.upper));
            let mut row = vec![
                of.span.to_string(),
                of.measure.name().replace('_', " "),
                number::growth(of.median),
                or_dash(range),
                format!("{:.0} %", 100.0 * of.share_observed),
                number::growth(of.naive),
            ];
            if let Some(currency) = other {
                let there = growth_of(outlook, currency, of.measure, of.span);
                row.push(or_dash(there.map(|there| number::growth(there.median))));
            }
            row
        });
    table(&header, &[2, 3, 4, 5, 6], rows)
}

/// Write what parts added to growth, what they add to that of the year, and the exchange rate.
fn drivers(outlook: &Outlook) -> String {
    let mut text = String::new();
    let (known, year) = (outlook.known, outlook.year);
    for by in [SplitBy::Flow, SplitBy::Partner] {
        let parts = outlook.contributions.iter().filter(|part| part.by == by);
        if let Some(parts) = added_up(parts.map(|part| (part.name.as_str(), part.points))) {
            let _ = writeln!(text, "{known} by {by}: {parts}");
        }
    }
    for by in [SplitBy::Flow, SplitBy::Partner] {
        let parts = outlook.projected.iter().filter(|part| part.by == by);
        if let Some(parts) = added_up(parts.map(|part| (part.name.as_str(), part.points))) {
            let _ = writeln!(text, "{year} by {by}, projected (means): {parts}");
        }
    }
    if let Some(rate) = &outlook.rate {
        let (home, other) = (outlook.key.unit, rate.currency);
        let (last_month, last_rate) = rate.last;
        let _ = writeln!(
            text,
            "in {other}: {known} grew by {} against {} in {home}, {:+.2} points by the exchange \
             rate ({last_rate:.4} {home} a {other} in {last_month})",
            number::growth(rate.growth_other),
            number::growth(rate.growth_home),
            rate.points,
        );
    }
    text
}

/// Write parts with their points, and the sum; `None` where there is no part.
fn added_up<'a>(parts: impl Iterator<Item = (&'a str, f64)> + Clone) -> Option<String> {
    let sum: f64 = parts.clone().map(|(_, points)| points).sum();
    let words: Vec<String> = parts
        .map(|(name, points)| format!("{name} {points:+.2}"))
        .collect();
    (!words.is_empty()).then(|| format!("{}; together {sum:+.2} points", words.join(", ")))
}

/// Write what the draws rest on.
fn basis(basis: &OutlookBasis) -> String {
    match basis {
        OutlookBasis::Months(series) => format!("from monthly series: {}\n", series.join(", ")),
        OutlookBasis::Releases {
            used,
            unused,
            conflicting,
            scale,
            donors,
        } => {
            let mut text = format!(
                "from {used} published figures over spans; season and roughness from {} donor \
                 series, roughness times {scale:.2}\n",
                donors.len(),
            );
            for unused in unused {
                let _ = writeln!(text, "not used: {unused}");
            }
            for conflicting in conflicting {
                let _ = writeln!(text, "contradicted: {conflicting}");
            }
            text
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::example;

    #[test]
    fn an_outlook_is_sentences_a_fan_and_tables() {
        insta::assert_snapshot!(outlook(&example::outlook()));
    }
}
