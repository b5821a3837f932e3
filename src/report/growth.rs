//! Growth that has happened: readings, bases, contributions, records, contradictions.

use super::number;
use super::table::table;
use crate::trade::{Month, SeriesKey, Span};
use serde::Serialize;
use std::fmt::Write as _;

/// Published spans that the table shows; JSON has all.
const RECENT: usize = 24;
/// Contradictions that the table shows.
const SHOWN: usize = 20;
/// Contributions that the table shows.
const SPLITS: usize = 6;

/// An account of growth.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GrowthAccount {
    /// What it is about, open parts empty.
    pub subject: String,
    /// Monthly series.
    pub monthly: Vec<Monthly>,
    /// Spans with published figures.
    pub published: Vec<Published>,
    /// Contributions to growth.
    pub contributions: Vec<Split>,
    /// Published figures that contradict each other.
    pub contradictions: Vec<Contradiction>,
}

/// A monthly series at its last month.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Monthly {
    /// The key.
    pub series: String,
    /// The currency that was read.
    pub unit: String,
    /// The last month with a figure.
    pub last_month: String,
    /// The latest growth of each measure.
    pub readings: Vec<Seen>,
    /// The base effect on the last month's growth, percentage points.
    pub base_effect: Option<f64>,
    /// What the exchange rate adds to the year to date.
    pub exchange: Option<Exchange>,
    /// Where the last month and the year to date stand.
    pub records: Vec<Record>,
}

/// A growth rate that has happened.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Seen {
    /// What is compared.
    pub measure: String,
    /// The span.
    pub span: String,
    /// The growth, a fraction.
    pub growth: f64,
}

/// What was published about a span.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Published {
    /// The key.
    pub series: String,
    /// The span.
    pub span: String,
    /// The level as published.
    pub level: Option<Release>,
    /// The growth as published.
    pub growth: Option<Release>,
    /// The growth by the levels of both years.
    pub ratio: Option<Range>,
    /// The base that the series' own figures imply.
    pub own_base: Option<Range>,
    /// The base that all flows together leave.
    pub base: Option<Range>,
    /// What the exchange rate adds.
    pub exchange: Option<Exchange>,
    /// Where the level stands.
    pub record: Option<Record>,
}

/// What a number can be.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Range {
    /// The smallest.
    pub lower: f64,
    /// The largest; none where there is no upper end.
    pub upper: Option<f64>,
}

/// Growth in two currencies.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Exchange {
    /// The currency of the figures.
    pub from: String,
    /// The other one.
    pub to: String,
    /// The span.
    pub span: String,
    /// Growth in the first, a fraction.
    pub growth_from: f64,
    /// Growth in the other, a fraction.
    pub growth_to: f64,
    /// The difference, percentage points.
    pub points: f64,
    /// `months`, `published`, `mean_rates`.
    pub basis: String,
}

/// Where a span stands.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Record {
    /// The span.
    pub span: String,
    /// `record`, `no_record`, `open`.
    pub standing: String,
    /// The oldest span known.
    pub since: String,
    /// How many earlier years are known.
    pub years: i32,
    /// The oldest span from which on no year is missing.
    pub unbroken_since: String,
    /// The largest earlier year.
    pub largest_span: String,
    /// How large that was, base units.
    pub largest: f64,
}

/// Contributions to the growth of a whole.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Split {
    /// The key of the whole.
    pub series: String,
    /// `flow` or `partner`.
    pub by: String,
    /// Whether the parts are sums of months, else published spans.
    pub monthly: bool,
    /// The span.
    pub span: String,
    /// The growth of the sum, a fraction.
    pub growth: f64,
    /// The parts.
    pub parts: Vec<Part>,
}

/// What a part added.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Part {
    /// `X`, `M` or a partner.
    pub name: String,
    /// Percentage points.
    pub points: f64,
}

/// Two statements that cannot both be true.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Contradiction {
    /// What was compared: `spans`, `growth`, …
    pub check: String,
    /// The key of the figure that is contradicted.
    pub series: String,
    /// Its span.
    pub span: String,
    /// `level`, `change` or `growth`.
    pub measure: String,
    /// What the figure leaves possible.
    pub stated: Range,
    /// What the others imply.
    pub implied: Range,
    /// How far apart, beyond rounding.
    pub gap: f64,
    /// The figures, the contradicted one first.
    pub figures: Vec<Figure>,
}

/// A figure as it was published.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Release {
    /// The months that it covers.
    pub span: String,
    /// What it says: `level`, `growth`, …
    pub measure: String,
    /// The figure: base units or a fraction.
    pub value: f64,
    /// Half of the last published digit.
    pub rounding: f64,
    /// The day on which it was public; empty where the source does not say.
    pub released_on: String,
    /// `published`, `derived`, `lower_bound`.
    pub status: String,
    /// Where it was read.
    pub source: String,
}

/// A published figure with its key.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Figure {
    /// The key.
    pub series: String,
    /// The figure.
    #[serde(flatten)]
    pub release: Release,
}

impl Range {
    fn level(self) -> String {
        match self.upper {
            Some(upper) => number::fine_range(self.lower, upper),
            None => format!("over {}", number::short(self.lower)),
        }
    }

    fn growth(self) -> String {
        match self.upper {
            Some(upper) => number::fine_growth_range(self.lower, upper),
            None => format!("over {}", number::growth(self.lower)),
        }
    }
}

impl GrowthAccount {
    /// The account for people. Long lists are cut; JSON has all.
    pub fn text(&self) -> String {
        let mut text = format!("{}: growth that has happened\n", self.subject);
        for monthly in &self.monthly {
            text.push_str(&monthly.text());
        }
        if !self.published.is_empty() {
            text.push_str(&self.published_text());
        }
        text.push_str(&self.contributions_text());
        text.push_str(&contradictions(&self.contradictions));
        text
    }

    fn published_text(&self) -> String {
        let spans = self.published.iter().map(|published| &published.span);
        let latest: Vec<&Published> = latest_of(&self.published, spans, RECENT);
        let earlier = self.published.len() - latest.len();
        let or_dash = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
        let rows = latest.iter().map(|p| {
            vec![
                flow_and_unit(&p.series),
                p.span.clone(),
                or_dash(p.level.as_ref().map(|level| {
                    let more = if level.status == crate::trade::release::LOWER_BOUND {
                        "over "
                    } else {
                        ""
                    };
                    format!("{more}{}", number::short(level.value))
                })),
                or_dash(p.growth.as_ref().map(|growth| number::growth(growth.value))),
                or_dash(p.ratio.map(Range::growth)),
                or_dash(p.base.map(Range::level)),
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
        if earlier > 0 {
            let _ = writeln!(text, "{earlier} more published spans: --json");
        }
        // What is new is told in words.
        let newest = latest.iter().filter_map(|p| end(&p.span)).max();
        for published in latest.iter().filter(|p| end(&p.span) == newest) {
            let place = format!("{} {}", flow_and_unit(&published.series), published.span);
            if let Some(record) = &published.record {
                let _ = writeln!(text, "{place}: {}", record.text());
            }
            if let Some(exchange) = &published.exchange {
                let _ = writeln!(text, "{place}: {}", exchange.text());
            }
        }
        text
    }

    fn contributions_text(&self) -> String {
        let mut text = String::new();
        let spans = self.contributions.iter().map(|split| &split.span);
        let latest: Vec<&Split> = latest_of(&self.contributions, spans, SPLITS);
        let earlier = self.contributions.len() - latest.len();
        for split in latest {
            let parts: Vec<String> = split
                .parts
                .iter()
                .map(|part| format!("{} {:+.2}", part.name, part.points))
                .collect();
            let _ = writeln!(
                text,
                "by {}, {} {}: {} points, together {:+.2}",
                split.by,
                flow_and_unit(&split.series),
                split.span,
                parts.join(", "),
                100.0 * split.growth,
            );
        }
        if earlier > 0 {
            let _ = writeln!(text, "{earlier} more contributions: --json");
        }
        text
    }
}

/// What contradicts what, as a table.
pub(super) fn contradictions(all: &[Contradiction]) -> String {
    if all.is_empty() {
        return "no published figure contradicts another beyond rounding\n".to_owned();
    }
    let shown = all.iter().take(SHOWN);
    let rows = shown.map(|found| {
        let (range, gap): (fn(Range) -> String, String) =
            if found.measure == "growth" && found.check != "bases" {
                (Range::growth, format!("{:+.2} points", 100.0 * found.gap))
            } else {
                (Range::level, number::short(found.gap))
            };
        vec![
            found.check.clone(),
            flow_and_unit(&found.series),
            found.span.clone(),
            range(found.stated),
            range(found.implied),
            gap,
        ]
    });
    let header = ["Contradiction", "Flow", "Span", "Stated", "Implied", "Gap"];
    let mut text = format!("\n{}\n", table(&header, &[3, 4, 5], rows));
    let more = all.len().saturating_sub(SHOWN);
    if more > 0 {
        let _ = writeln!(text, "{more} more contradictions: --json");
    }
    text
}

impl Monthly {
    fn text(&self) -> String {
        let mut text = format!(
            "\n{}: last figure {}, read in {}\n",
            self.series, self.last_month, self.unit
        );
        let rows = self.readings.iter().map(|seen| {
            vec![
                seen.measure.replace('_', " "),
                seen.span.clone(),
                number::growth(seen.growth),
            ]
        });
        let _ = writeln!(
            text,
            "{}",
            table(&["Measure", "Span", "Growth"], &[2], rows)
        );
        if let Some(points) = self.base_effect {
            let _ = writeln!(
                text,
                "base effect on {}: {points:+.1} points",
                self.last_month
            );
        }
        if let Some(exchange) = &self.exchange {
            let _ = writeln!(text, "{}: {}", exchange.span, exchange.text());
        }
        for record in &self.records {
            let _ = writeln!(text, "{}: {}", record.span, record.text());
        }
        text
    }
}

impl Record {
    fn text(&self) -> String {
        let standing = match self.standing.as_str() {
            "record" => "a record",
            "no_record" => "no record",
            _ => "a record or not, rounding leaves it open",
        };
        format!(
            "{standing} among {} earlier year{} known since {}, the largest {} in {}",
            self.years,
            if self.years == 1 { "" } else { "s" },
            self.since,
            number::short(self.largest),
            self.largest_span,
        )
    }
}

impl Exchange {
    fn text(&self) -> String {
        let basis = match self.basis.as_str() {
            "months" => "each month at its mean rate",
            "published" => "as published in both",
            _ => "by the span's mean rate",
        };
        format!(
            "{} in {}, {} in {}, the exchange rate adds {:+.2} points ({basis})",
            number::growth(self.growth_from),
            self.from,
            number::growth(self.growth_to),
            self.to,
            self.points,
        )
    }
}

/// What a key says beyond the subject: `X CNY`.
fn flow_and_unit(key: &str) -> String {
    SeriesKey::parse(key).map_or_else(
        |_| key.to_owned(),
        |key| format!("{} {}", key.flow, key.unit),
    )
}

/// The last month of a span.
fn end(span: &str) -> Option<Month> {
    Some(Span::parse(span).ok()?.last())
}

/// The `most` that end last, in the order of `all`.
fn latest_of<'a, T>(
    all: &'a [T],
    spans: impl Iterator<Item = &'a String>,
    most: usize,
) -> Vec<&'a T> {
    let ends: Vec<Option<Month>> = spans.map(|span| end(span)).collect();
    let mut order: Vec<usize> = (0..all.len()).collect();
    order.sort_by_key(|k| std::cmp::Reverse(ends[*k]));
    order.truncate(most);
    order.sort_unstable();
    order.into_iter().map(|k| &all[k]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_shows_the_digits_that_matter() {
        let range = Range {
            lower: 259.315_527e9,
            upper: Some(259.518_222e9),
        };
        assert_eq!(range.level(), "259.316 to 259.518 bn");
        let open = Range {
            lower: 49.5e9,
            upper: None,
        };
        assert_eq!(open.level(), "over 49.5 bn");
    }

    #[test]
    fn the_latest_stay_in_their_order() {
        let spans = ["2025-Q1", "2024", "2025-01-01/P5M", "2023"].map(str::to_owned);
        let found = latest_of(&spans, spans.iter(), 2);
        assert_eq!(found, [&spans[0], &spans[2]]);
    }

    #[test]
    fn nothing_contradicted_is_said() {
        let account = GrowthAccount {
            subject: "A.B..TOTAL".to_owned(),
            monthly: vec![],
            published: vec![],
            contributions: vec![],
            contradictions: vec![],
        };
        assert!(account.text().contains("no published figure contradicts"));
    }
}
