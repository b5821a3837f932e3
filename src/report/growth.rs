//! Growth that has happened: readings, bases, contributions, records, contradictions.

use super::number;
use super::series::Release;
use super::table::table;
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
            Some(upper) => number::digits_range(self.lower, upper),
            None => format!("over {}", number::short(self.lower)),
        }
    }

    fn growth(self) -> String {
        match self.upper {
            Some(upper) => number::growth_range(self.lower, upper),
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
        let mut latest: Vec<&Published> = self.published.iter().collect();
        // The end of a span is not in its text; the order of the figures within a key is that of time.
        let earlier = latest.len().saturating_sub(RECENT);
        if earlier > 0 {
            // Those with growth say most.
            latest.sort_by_key(|published| published.growth.is_some());
            latest.drain(..earlier);
            latest.sort_by(|a, b| (&a.series, &a.span).cmp(&(&b.series, &b.span)));
        }
        let or_dash = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
        let rows = latest.iter().map(|p| {
            vec![
                p.series.clone(),
                p.span.clone(),
                or_dash(p.level.as_ref().map(|level| {
                    let more = if level.status == "lower_bound" {
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
            "Published",
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
        for published in latest {
            let place = format!("{} {}", published.series, published.span);
            if let Some(record) = published.record.as_ref().filter(|r| r.standing == "record") {
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
        let earlier = self.contributions.len().saturating_sub(SPLITS);
        for split in &self.contributions[earlier..] {
            let parts: Vec<String> = split
                .parts
                .iter()
                .map(|part| format!("{} {:+.2}", part.name, part.points))
                .collect();
            let _ = writeln!(
                text,
                "contributions by {}, {} {}: {} points, together {:+.2}",
                split.by,
                split.series,
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
            found.series.clone(),
            found.span.clone(),
            range(found.stated),
            range(found.implied),
            gap,
        ]
    });
    let header = [
        "Contradiction",
        "Figure",
        "Span",
        "Stated",
        "Implied",
        "Beyond rounding",
    ];
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
            let _ = writeln!(text, "{}", exchange.text());
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
            "{standing} among {} earlier years known since {}, the largest {} in {}",
            self.years,
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
            "{} {} in {}, {} in {}: the exchange rate adds {:+.2} points ({basis})",
            self.span,
            number::growth(self.growth_from),
            self.from,
            number::growth(self.growth_to),
            self.to,
            self.points,
        )
    }
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
