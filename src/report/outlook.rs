//! The outlook of a pair of partners: a JSON object, or a table, a fan chart and words.

use super::growth::{Contradiction, Range, contradictions};
use super::number;
use super::table::table;
use super::words;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use textplots::{Chart, LabelBuilder, LabelFormat, Plot, Shape};

/// Where the year ends, how sure, and why. Levels in base units, growth as fractions, contributions in percentage points.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Outlook {
    /// The headline series.
    pub series: String,
    /// The day of knowledge; empty for everything.
    pub as_of: String,
    /// What is known last.
    pub known: Known,
    /// What its growth implies for the base.
    pub base: Option<Range>,
    /// The same flow by flow.
    pub bases: Vec<FlowBase>,
    /// What parts added to the growth of the known span.
    pub contributions: Vec<Contribution>,
    /// What parts add to the growth of the year.
    pub projected_contributions: Vec<Contribution>,
    /// How much of the year before fell into the known span.
    pub share_of_base_year: Option<f64>,
    /// The growth of the year if its rest only repeats the year before.
    pub flat_rest_growth: Option<f64>,
    /// The growth that is wanted.
    pub target: Option<Target>,
    /// Whether the year becomes a record.
    pub record: Option<Record>,
    /// What the exchange rate did to the growth of the known span.
    pub exchange_rate: Option<RateEffect>,
    /// The level of the year, in each currency.
    pub levels: Vec<Level>,
    /// Growth, in each currency.
    pub readings: Vec<Reading>,
    /// What the draws rest on.
    pub basis: Basis,
    /// Published figures that cannot all be true.
    pub contradictions: Vec<Contradiction>,
}

/// A span, its level and growth.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Known {
    /// The span.
    pub span: String,
    /// Its level.
    pub level: f64,
    /// Its growth.
    pub growth: Option<f64>,
}

/// The base of one flow.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FlowBase {
    /// The series.
    pub series: String,
    /// What its own figures leave.
    pub own: Option<Range>,
    /// What all flows leave.
    pub met: Option<Range>,
}

/// What a part adds.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Contribution {
    /// How the whole is split.
    pub by: String,
    /// The part.
    pub name: String,
    /// Percentage points.
    pub points: f64,
    /// Lower bounds over the draws by level in percent; empty for what is known.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub lower: BTreeMap<String, f64>,
    /// Upper bounds.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub upper: BTreeMap<String, f64>,
}

/// The growth that is wanted.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Target {
    /// The year.
    pub year: i32,
    /// The growth wanted.
    pub growth: f64,
    /// What the rest of the year needs.
    pub needed_growth: Option<f64>,
    /// The share of draws that reach it.
    pub probability: f64,
}

/// Whether the year becomes a record.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Record {
    /// The year.
    pub span: String,
    /// The currency of comparison.
    pub currency: String,
    /// The share of draws above every earlier year.
    pub probability: f64,
    /// The oldest year known.
    pub since: String,
    /// The oldest from which on none is missing.
    pub unbroken_since: Option<String>,
    /// The largest earlier year.
    pub largest_span: String,
    /// Its level.
    pub largest: f64,
}

/// What the exchange rate did.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RateEffect {
    /// The other currency.
    pub currency: String,
    /// Growth in the currency of the series.
    pub growth_home: f64,
    /// Growth in the other one.
    pub growth_other: f64,
    /// What the rate added there, percentage points.
    pub points: f64,
    /// The last month with a rate.
    pub last_month: String,
    /// Units of the series' currency a unit of the other.
    pub last_rate: f64,
}

/// The level of the year.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Level {
    /// The currency.
    pub currency: String,
    /// The year.
    pub span: String,
    /// The median.
    pub median: f64,
    /// Lower bounds by level in percent.
    pub lower: BTreeMap<String, f64>,
    /// Upper bounds.
    pub upper: BTreeMap<String, f64>,
}

/// Growth of a span.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Reading {
    /// The span.
    pub span: String,
    /// What is compared.
    pub measure: String,
    /// The currency.
    pub currency: String,
    /// The median.
    pub median: f64,
    /// Lower bounds by level in percent.
    pub lower: BTreeMap<String, f64>,
    /// Upper bounds.
    pub upper: BTreeMap<String, f64>,
    /// How much of the span is known.
    pub share_observed: f64,
    /// The growth if the months ahead repeat the last year.
    pub naive: f64,
}

/// What the draws rest on.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Basis {
    /// Monthly series that were projected.
    pub series: Vec<String>,
    /// Figures over spans that every draw agrees with.
    pub figures: i32,
    /// Figures that did not count, in words.
    pub unused: Vec<String>,
    /// Figures that others contradict, in words.
    pub misfits: Vec<String>,
    /// Roughness beyond what was borrowed.
    pub roughness: f64,
    /// Who lent season and roughness.
    pub lenders: Vec<String>,
}

/// A central interval.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Interval {
    /// Its level in percent.
    pub level: f64,
    /// Its lower bound.
    pub lower: f64,
    /// Its upper bound.
    pub upper: f64,
}

/// Year-on-year growth of a span, as fractions.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Growth {
    /// What is compared.
    pub measure: String,
    /// The span.
    pub span: String,
    /// The median over the joint paths.
    pub median: f64,
    /// Central intervals over the joint paths.
    pub intervals: Vec<Interval>,
    /// How much of the span is already observed, 0 to 1.
    pub share_observed: f64,
    /// The growth if every month ahead repeated the last year seen.
    pub naive: f64,
}

/// The interval that tables show: 80 % where it was asked for, else the first.
fn shown(intervals: &[Interval]) -> Option<&Interval> {
    let usual = intervals.iter().find(|interval| interval.level == 80.0);
    usual.or(intervals.first())
}

/// Bounds by level in percent.
pub fn by_level(intervals: &[Interval]) -> (BTreeMap<String, f64>, BTreeMap<String, f64>) {
    let of = |bound: fn(&Interval) -> f64| {
        intervals
            .iter()
            .map(|interval| (interval.level.to_string(), bound(interval)))
            .collect()
    };
    (of(|interval| interval.lower), of(|interval| interval.upper))
}

impl Reading {
    /// A reading in one currency.
    pub fn new(currency: String, growth: Growth) -> Self {
        let (lower, upper) = by_level(&growth.intervals);
        Self {
            span: growth.span,
            measure: growth.measure,
            currency,
            median: growth.median,
            lower,
            upper,
            share_observed: growth.share_observed,
            naive: growth.naive,
        }
    }

    /// The interval that tables show.
    fn range(&self) -> Option<Interval> {
        range(&self.lower, &self.upper)
    }
}

/// The interval that tables show.
fn range(lower: &BTreeMap<String, f64>, upper: &BTreeMap<String, f64>) -> Option<Interval> {
    let all: Vec<Interval> = lower
        .iter()
        .filter_map(|(level, bound)| {
            Some(Interval {
                level: level.parse().ok()?,
                lower: *bound,
                upper: *upper.get(level)?,
            })
        })
        .collect();
    shown(&all).cloned()
}

impl Outlook {
    fn home(&self) -> &str {
        self.series.rsplit('.').next().unwrap_or_default()
    }

    fn year(&self) -> &str {
        self.levels.first().map_or("", |level| &level.span)
    }

    fn reading(&self, currency: &str, measure: &str, span: &str) -> Option<&Reading> {
        self.readings
            .iter()
            .find(|r| r.currency == currency && r.measure == measure && r.span == span)
    }

    /// The answer for people: what is known, where the year ends, a fan, a table of months, what drives it, and what the figures disagree on.
    pub fn text(&self) -> String {
        let mut text = self.heading();
        text.push_str(&self.ending());
        if let Some(fan) = self.fan() {
            text.push('\n');
            text.push_str(&fan);
        }
        text.push('\n');
        text.push_str(&self.months());
        text.push('\n');
        text.push_str(&self.drivers());
        text.push_str(&self.footing());
        text
    }

    fn heading(&self) -> String {
        let as_of = match self.as_of.as_str() {
            "" => String::new(),
            day => format!(", as of {day}"),
        };
        let mut text = format!("{}: {}{as_of}\n", self.series, words::series(&self.series));
        // Writing to a string cannot fail.
        let _ = write!(
            text,
            "known: {} {} {}",
            self.known.span,
            number::exact(self.known.level),
            self.home()
        );
        if let Some(growth) = self.known.growth {
            let _ = write!(text, ", {}", number::growth(growth));
        }
        match self.base {
            Some(Range { lower, upper }) if upper == Some(lower) => {
                let _ = write!(text, " on {}", number::exact(lower));
            }
            Some(Range {
                lower,
                upper: Some(upper),
            }) => {
                let (lower, upper) = (number::exact(lower), number::exact(upper));
                let _ = write!(text, "; so the base was {lower} to {upper}");
            }
            Some(Range { lower, upper: None }) => {
                let _ = write!(text, "; so the base was at least {}", number::exact(lower));
            }
            None => {}
        }
        text.push('\n');
        if let Some(share) = self.share_of_base_year {
            let _ = writeln!(
                text,
                "{:.1} % of the year before fell into this span",
                100.0 * share
            );
        }
        text
    }

    /// Where the year ends, and what it takes.
    fn ending(&self) -> String {
        let mut text = String::new();
        for level in &self.levels {
            let Some(reading) = self.reading(&level.currency, "year", &level.span) else {
                continue;
            };
            let _ = write!(
                text,
                "{} in {}: {}",
                level.span,
                level.currency,
                number::growth(reading.median)
            );
            if let Some(interval) = reading.range() {
                let range = number::growth_range(interval.lower, interval.upper);
                let _ = write!(text, " ({} % interval {range})", interval.level);
            }
            let _ = write!(text, ", {}", number::short(level.median));
            if let Some(interval) = range(&level.lower, &level.upper) {
                let range = number::short_range(interval.lower, interval.upper);
                let _ = write!(text, " ({range})");
            }
            text.push('\n');
        }
        if let Some(flat) = self.flat_rest_growth {
            let _ = writeln!(
                text,
                "if the rest of the year only repeats the year before: {}",
                number::growth(flat)
            );
        }
        if let Some(target) = &self.target {
            let _ = write!(
                text,
                "target {} for {}: ",
                number::growth(target.growth),
                target.year
            );
            if let Some(needed) = target.needed_growth {
                let _ = write!(text, "the rest needs {:+.2} %, ", 100.0 * needed);
            }
            let _ = writeln!(text, "probability {:.0} %", 100.0 * target.probability);
        }
        if let Some(record) = &self.record {
            let _ = write!(
                text,
                "a record in {}: probability {:.0} %, above {} {} of {}; years are known since {}",
                record.currency,
                100.0 * record.probability,
                number::short(record.largest),
                record.currency,
                record.largest_span,
                record.since
            );
            match record.unbroken_since.as_ref() {
                Some(since) if *since != record.since => {
                    let _ = write!(text, ", without gaps since {since}");
                }
                _ => {}
            }
            text.push('\n');
        }
        text
    }

    /// Growth of the year to date from month to month, with its interval: a fan that opens towards December.
    fn fan(&self) -> Option<String> {
        const WIDTH: u32 = 140;
        const HEIGHT: u32 = 40;
        let home = self.home();
        let readings: Vec<&Reading> = self
            .readings
            .iter()
            .filter(|r| r.currency == home && r.measure == "year_to_date")
            .collect();
        if readings.len() < 3 {
            return None;
        }
        let line = |of: &dyn Fn(&Reading) -> Option<f64>| -> Vec<(f32, f32)> {
            readings
                .iter()
                .enumerate()
                .filter_map(|(k, r)| Some((k as f32, 100.0 * of(r)? as f32)))
                .collect()
        };
        let level = |r: &Reading| r.range().map(|i| i.level);
        let median = line(&|r| Some(r.median));
        let lower = line(&|r| r.range().map(|i| i.lower));
        let upper = line(&|r| r.range().map(|i| i.upper));
        let all = || median.iter().chain(&lower).chain(&upper).map(|(_, y)| *y);
        let (low, high) = (all().fold(0.0, f32::min), all().fold(0.0, f32::max));
        let end = (readings.len() - 1) as f32;
        let names = (
            readings.first()?.span.clone(),
            readings.last()?.span.clone(),
        );
        let (median, lower, upper) = (
            Shape::Lines(&median),
            Shape::Points(&lower),
            Shape::Points(&upper),
        );
        let mut chart = Chart::new_with_y_range(WIDTH, HEIGHT, 0.0, end, low, high);
        let chart = chart
            .lineplot(&median)
            .lineplot(&lower)
            .lineplot(&upper)
            .x_label_format(LabelFormat::Custom(Box::new(move |x| {
                if x <= 0.0 {
                    names.0.clone()
                } else {
                    names.1.clone()
                }
            })))
            .y_label_format(LabelFormat::Custom(Box::new(|y| {
                number::growth(f64::from(y) / 100.0)
            })));
        chart.axis();
        chart.figures();
        let level = level(readings.last()?)?;
        Some(format!(
            "growth of the year to date: median, dots: {level} % interval\n{chart}\n"
        ))
    }

    fn months(&self) -> String {
        let home = self.home();
        let others: Vec<&str> = self
            .levels
            .iter()
            .map(|level| level.currency.as_str())
            .filter(|currency| *currency != home)
            .collect();
        let level = self
            .readings
            .first()
            .and_then(Reading::range)
            .map_or_else(String::new, |i| format!("{} % interval", i.level));
        let other = others
            .first()
            .map_or_else(String::new, |currency| format!("In {currency}"));
        let mut header = vec![
            "Span",
            "Measure",
            "Growth",
            level.as_str(),
            "Known",
            "Naive",
        ];
        if !other.is_empty() {
            header.push(&other);
        }
        let rows = self
            .readings
            .iter()
            .filter(|r| r.currency == home && r.measure != "month")
            .map(|r| {
                let mut row = vec![
                    r.span.clone(),
                    r.measure.replace('_', " "),
                    number::growth(r.median),
                    r.range().map_or_else(
                        || "-".to_owned(),
                        |i| number::growth_range(i.lower, i.upper),
                    ),
                    format!("{:.0} %", 100.0 * r.share_observed),
                    number::growth(r.naive),
                ];
                if let Some(currency) = others.first() {
                    let there = self.reading(currency, &r.measure, &r.span);
                    row.push(there.map_or_else(|| "-".to_owned(), |r| number::growth(r.median)));
                }
                row
            });
        table(&header, &[2, 3, 4, 5, 6], rows)
    }

    fn drivers(&self) -> String {
        let mut text = String::new();
        let told = |by: &str, parts: &[Contribution]| -> Option<String> {
            let parts: Vec<&Contribution> = parts.iter().filter(|part| part.by == by).collect();
            let sum: f64 = parts.iter().map(|part| part.points).sum();
            let words: Vec<String> = parts
                .iter()
                .map(|part| format!("{} {:+.2}", part.name, part.points))
                .collect();
            (!words.is_empty()).then(|| format!("{}; together {sum:+.2} points", words.join(", ")))
        };
        for by in ["flow", "partner"] {
            if let Some(words) = told(by, &self.contributions) {
                let _ = writeln!(text, "{} by {by}: {words}", self.known.span);
            }
        }
        for by in ["flow", "partner"] {
            if let Some(words) = told(by, &self.projected_contributions) {
                let _ = writeln!(text, "{} by {by}, projected (means): {words}", self.year());
            }
        }
        if let Some(rate) = &self.exchange_rate {
            let _ = writeln!(
                text,
                "in {}: {} grew by {} against {} in {}, {:+.2} points by the exchange rate ({:.4} {} a {} in {})",
                rate.currency,
                self.known.span,
                number::growth(rate.growth_other),
                number::growth(rate.growth_home),
                self.home(),
                rate.points,
                rate.last_rate,
                self.home(),
                rate.currency,
                rate.last_month,
            );
        }
        text
    }

    /// What it rests on, and what the figures disagree on.
    fn footing(&self) -> String {
        let mut text = String::new();
        if self.basis.series.is_empty() {
            let _ = writeln!(
                text,
                "from {} published figures over spans; season and roughness borrowed from {} monthly series, roughness times {:.2}",
                self.basis.figures,
                self.basis.lenders.len(),
                self.basis.roughness
            );
        } else {
            let _ = writeln!(
                text,
                "from monthly series: {}",
                self.basis.series.join(", ")
            );
        }
        for unused in &self.basis.unused {
            let _ = writeln!(text, "not used: {unused}");
        }
        for misfit in &self.basis.misfits {
            let _ = writeln!(text, "contradicted: {misfit}");
        }
        text.push_str(&contradictions(&self.contradictions));
        text
    }
}
