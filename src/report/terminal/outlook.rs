//! The outlook of a pair of partners: what is known, where the year ends, a fan, tables, drivers.

use super::chart::year_to_date_fan;
use super::contradictions::contradictions;
use super::wrap::fit;
use crate::catalog::Vintage;
use crate::growth::{GrowthEstimate, GrowthMeasure, ValueRange};
use crate::pipeline::outlook::{ProjectedContribution, RecordOutlook, SpanLevel, TargetOutlook};
use crate::pipeline::{Outlook, OutlookBasis, SplitBy};
use crate::report::measures::{interval_heading, is_listed, level, naive, shown};
use crate::report::table::{or_dash, table};
use crate::report::{number, words};
use crate::trade::{Currency, Span};
use std::fmt::Write as _;

/// Width of a bar, one side, in characters.
const BAR: usize = 24;

/// Render an outlook for a terminal: sentences, a table of this month, the year to date and the
/// year, and drivers as bars; with `details` also a fan, the growth of every span and the data.
pub fn outlook(outlook: &Outlook, details: bool) -> String {
    let mut text = heading(outlook);
    text.push_str(&sentences(outlook));
    text.push('\n');
    text.push_str(&main_table(outlook));
    text.push('\n');
    text.push_str(&bars(outlook));
    if !details {
        text.push_str("--details shows every span, the base, the data and contradictions\n");
        return fit(&text);
    }
    if let Some(fan) = year_to_date_fan(outlook) {
        text.push('\n');
        text.push_str(&fan);
    }
    text.push('\n');
    text.push_str(&growth(outlook));
    text.push('\n');
    text.push_str(&base(outlook));
    text.push_str(&drivers(outlook));
    text.push_str(&basis(&outlook.basis));
    text.push_str(&contradictions(&outlook.contradictions));
    fit(&text)
}

fn heading(outlook: &Outlook) -> String {
    let key = outlook.key.to_string();
    let as_of = match outlook.vintage {
        Vintage::Latest => String::new(),
        Vintage::AsOf(day) => format!(", as of {day}"),
    };
    format!("{}{as_of} ({key})\n\n", words::series(&key))
}

/// Write what is known, where the year ends, and what that takes.
fn sentences(outlook: &Outlook) -> String {
    let (known, unit) = (outlook.known.words(), outlook.key.unit);
    // Writing to a string cannot fail.
    let mut text = format!("{known}: {} {unit}", number::exact(outlook.level));
    if let Some(growth) = outlook.growth {
        let _ = write!(text, ", {} on a year before", number::growth(growth));
    }
    text.push_str(".\n");
    let year = outlook.year;
    if let Some(growth) = growth_of(outlook, unit, GrowthMeasure::Year, year) {
        let _ = write!(
            text,
            "{year} is expected to end at {}",
            number::growth(growth.median)
        );
        if let Some(band) = shown(&growth.bands) {
            let range = number::growth_range(band.lower, band.upper);
            let _ = write!(text, " ({} % interval {range})", level(band));
        }
        if let Some(end) = outlook
            .levels
            .iter()
            .find(|l| l.currency == unit && l.span == year)
        {
            let _ = write!(text, ", {} {unit}", number::short(end.summary.median));
        }
        text.push_str(".\n");
    }
    text.push_str(&without_shocks(outlook));
    if let Some((share, flat)) = outlook.share_of_base_year.zip(outlook.flat_rest_growth) {
        let before = outlook.known.year_before().words();
        let _ = writeln!(
            text,
            "{before} made up {:.1} % of {}; if the rest of {year} only repeats it, the year ends \
             at {}.",
            100.0 * share,
            year.year_before(),
            number::growth(flat),
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

/// Write where the year would end without the shocks, and in another currency where they change
/// that: a shock of an exchange rate does.
fn without_shocks(outlook: &Outlook) -> String {
    let (unit, year) = (outlook.key.unit, outlook.year);
    let mut without: Vec<String> = Vec::new();
    for (currency, growth) in &outlook.without_shocks {
        let before = number::growth(growth.median);
        let now = growth_of(outlook, *currency, GrowthMeasure::Year, year);
        if *currency == unit {
            without.insert(0, before);
        } else if now.is_some_and(|now| number::growth(now.median) != before) {
            without.push(format!("{before} in {currency}"));
        }
    }
    match without.is_empty() {
        true => String::new(),
        false => format!(
            "Without the shocks, {year} would end at {}.\n",
            without.join(", ")
        ),
    }
}

/// Write level and growth of the last month, of the year to date and of the year, in each currency.
fn main_table(outlook: &Outlook) -> String {
    let last = outlook.known.last();
    let home = outlook.key.unit;
    let mut currencies: Vec<Currency> = Vec::new();
    for level in &outlook.levels {
        if !currencies.contains(&level.currency) {
            currencies.push(level.currency);
        }
    }
    let mut rows = vec![
        (GrowthMeasure::Month, Span::month(last)),
        (GrowthMeasure::YearToDate, Span::year_to_date(last)),
        (GrowthMeasure::Year, outlook.year),
    ];
    // January is the year to date, and January and February are published together.
    if last.of_year() <= 2 {
        rows.remove(0);
    }
    rows.dedup_by_key(|(_, span)| *span);
    let first = outlook.readings.first();
    let interval = interval_heading(first.and_then(|(_, growth)| shown(&growth.bands)));
    let mut header = vec!["Span".to_owned()];
    for currency in &currencies {
        header.extend([currency.to_string(), "Growth".to_owned()]);
        header.push(interval.clone());
    }
    let rows = rows.into_iter().map(|(measure, span)| {
        let mut row = vec![span.words()];
        for currency in &currencies {
            let same = |of: &&SpanLevel| of.currency == *currency && of.span == span;
            let of_span = outlook.levels.iter().find(same).map(|of| of.summary.median);
            let known = (*currency == home && span == outlook.known).then_some(outlook.level);
            row.push(or_dash(known.or(of_span).map(number::short)));
            let growth = growth_of(outlook, *currency, measure, span);
            let stated = known.and(outlook.growth).or(growth.map(|of| of.median));
            row.push(or_dash(stated.map(number::growth)));
            // An interval that rounds to its middle says nothing.
            let band = growth.and_then(|of| shown(&of.bands));
            let band = band.filter(|band| band.upper - band.lower > 0.002);
            row.push(or_dash(
                band.map(|b| number::growth_range(b.lower, b.upper)),
            ));
        }
        row
    });
    let right: Vec<usize> = (1..header.len()).collect();
    let header: Vec<&str> = header.iter().map(String::as_str).collect();
    table(&header, &right, rows)
}

/// Write what partners, else flows, add to the growth of the year, as bars.
fn bars(outlook: &Outlook) -> String {
    let of = |by: SplitBy| -> Vec<&ProjectedContribution> {
        outlook
            .projected
            .iter()
            .filter(|part| part.by == by)
            .collect()
    };
    let mut text = String::new();
    for by in [SplitBy::Partner, SplitBy::Flow] {
        let parts = of(by);
        let largest = parts
            .iter()
            .fold(0.0, |m: f64, part| m.max(part.points.abs()));
        if parts.is_empty() || largest == 0.0 {
            continue;
        }
        let sum: f64 = parts.iter().map(|part| part.points).sum();
        let _ = writeln!(
            text,
            "{} by {by}, percentage points (together {}):",
            outlook.year,
            number::points(sum, 1),
        );
        for part in parts {
            let length = (BAR as f64 * part.points.abs() / largest).round() as usize;
            let (left, right) = match part.points < 0.0 {
                true => ("█".repeat(length), String::new()),
                false => (String::new(), "█".repeat(length)),
            };
            let line = format!(
                "  {:8}{:>6}  {left:>width$}|{right}",
                part.name,
                number::points(part.points, 1),
                width = match outlook
                    .projected
                    .iter()
                    .any(|p| p.by == by && p.points < 0.0)
                {
                    true => BAR,
                    false => 0,
                },
            );
            let _ = writeln!(text, "{}", line.trim_end());
        }
    }
    text
}

/// Write the base that published growth implies.
fn base(outlook: &Outlook) -> String {
    let mut text = String::new();
    let before = outlook.known.year_before().words();
    if let Some(ValueRange { lower, upper }) = outlook.base {
        let exact = number::exact(lower);
        let _ = if upper == lower {
            write!(text, "{before} (base): {exact}")
        } else if upper.is_finite() {
            write!(
                text,
                "{before} (base, as revised): {exact} to {}",
                number::exact(upper)
            )
        } else {
            write!(text, "{before} (base): at least {exact}")
        };
        text.push('\n');
    }
    if let Some((growth, then)) = outlook.growth.zip(outlook.growth_on_printed_base)
        && (growth - then).abs() >= 0.0005
    {
        let _ = writeln!(
            text,
            "{} grew by {} against the revised base, by {} against what was printed a year ago",
            outlook.known.words(),
            number::growth(growth),
            number::growth(then),
        );
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

fn target(target: &TargetOutlook) -> String {
    let growth = number::growth(target.growth);
    let mut text = format!("For the target of {growth} in {}: ", target.year);
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
        "A record in {currency}: probability {:.0} %, above {} {currency} of {largest_span}; \
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
    let mut currencies = outlook.levels.iter().map(|level| level.currency);
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
        .filter(|(currency, growth)| *currency == home && is_listed(outlook, growth))
        .map(|(_, of)| {
            let range = shown(&of.bands).map(|i| number::growth_range(i.lower, i.upper));
            let mut row = vec![
                of.span.words(),
                of.measure.name().replace('_', " "),
                number::growth(of.median),
                or_dash(range),
                format!("{:.0} %", 100.0 * of.share_observed),
                or_dash(naive(of).map(number::growth)),
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
    let (known, year) = (outlook.known.words(), outlook.year);
    for by in [SplitBy::Flow, SplitBy::Partner] {
        let parts = outlook.contributions.iter().filter(|part| part.by == by);
        if let Some(parts) = added_up(parts.map(|part| (part.name.as_str(), part.points))) {
            let _ = writeln!(text, "{known} by {by}: {parts}");
        }
    }
    for by in [SplitBy::Flow, SplitBy::Partner] {
        let parts = outlook.projected.iter().filter(|part| part.by == by);
        if let Some(parts) = added_up(parts.map(|part| (part.name.as_str(), part.points))) {
            let _ = writeln!(text, "{year} by {by}, projected: {parts}");
        }
    }
    if let Some(rate) = &outlook.rate {
        let (home, other) = (outlook.key.unit, rate.currency);
        let (last_month, last_rate) = rate.last;
        let _ = writeln!(
            text,
            "in {other}: {known} grew by {} against {} in {home}, the exchange rate {} \
             ({last_rate:.4} {home} a {other} in {last_month})",
            number::growth(rate.growth_other),
            number::growth(rate.growth_home),
            words::adds(rate.points, 2),
        );
    }
    text
}

/// Write parts with their points, and the sum; `None` where there is no part.
fn added_up<'a>(parts: impl Iterator<Item = (&'a str, f64)> + Clone) -> Option<String> {
    let sum: f64 = parts.clone().map(|(_, points)| points).sum();
    let words: Vec<String> = parts
        .map(|(name, points)| format!("{name} {}", number::points(points, 2)))
        .collect();
    (!words.is_empty()).then(|| {
        format!(
            "{}; together {} points",
            words.join(", "),
            number::points(sum, 2)
        )
    })
}

/// Write what the draws rest on.
fn basis(basis: &OutlookBasis) -> String {
    match basis {
        OutlookBasis::Months(series) => format!("from monthly series: {}\n", series.join(", ")),
        OutlookBasis::Releases {
            used,
            mirrored,
            unused,
            conflicting,
            scale,
            donors,
        } => {
            let figures = if *used == 1 { "figure" } else { "figures" };
            let usual = match donors.len() {
                0 => "no monthly series of other pairs gives a season; usual fluctuation of a \
                      flow of this size"
                    .to_owned(),
                donors => format!(
                    "season and usual fluctuation from {donors} monthly series of other pairs"
                ),
            };
            let mut text = format!(
                "from {used} {figures} over months and longer spans; {usual}; this pair fluctuates \
                 {scale:.1} times as much\n"
            );
            if *mirrored > 0 {
                let _ = writeln!(
                    text,
                    "the other partner's statistics state the growth of newer months (figures: \
                     {mirrored}), weighed by how well both agreed before",
                );
            }
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
    fn an_outlook_is_sentences_bars_and_tables() {
        insta::assert_snapshot!(outlook(&example::outlook(), true));
    }
}
