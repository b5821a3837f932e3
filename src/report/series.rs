//! Lists of series, and one series with its observations and published figures.

use super::number;
use super::table::{cut, table};
use super::words;
use serde::Serialize;
use std::fmt::Write as _;

/// Observations that a table shows; JSON and CSV have all.
const RECENT: usize = 24;
/// Published figures that a table shows.
const RECENT_RELEASES: usize = 40;

/// A series without its values.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SeriesRow {
    /// The key.
    pub series: String,
    /// The currency of the values.
    pub unit: String,
    /// The first month with a figure; empty where nothing was public.
    pub first_month: String,
    /// The last month with a figure.
    pub last_month: String,
    /// How many months have a figure.
    pub months: i32,
    /// How many months between have none.
    pub gaps: i32,
    /// Where the figures come from.
    pub source: String,
}

/// A series with its figures.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SeriesDetail {
    /// The series.
    #[serde(flatten)]
    pub row: SeriesRow,
    /// One entry a month, gaps included.
    pub observations: Vec<Observation>,
    /// The figures published about it.
    pub releases: Vec<Release>,
}

/// A figure for a month; growth as fractions.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Observation {
    /// The month.
    pub month: String,
    /// The value; none for a gap.
    pub value: Option<f64>,
    /// Growth on the same month of the year before.
    pub growth: Option<f64>,
    /// Growth of January to this month.
    pub growth_year_to_date: Option<f64>,
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

impl SeriesRow {
    /// The header of CSV rows.
    pub const CSV_HEADER: [&str; 7] = [
        "series",
        "unit",
        "first_month",
        "last_month",
        "months",
        "gaps",
        "source",
    ];

    /// A CSV row.
    pub fn csv_row(&self) -> [String; 7] {
        [
            self.series.clone(),
            self.unit.clone(),
            self.first_month.clone(),
            self.last_month.clone(),
            self.months.to_string(),
            self.gaps.to_string(),
            self.source.clone(),
        ]
    }
}

/// A table of series.
pub fn list(rows: &[SeriesRow]) -> String {
    let rows = rows.iter().map(|row| {
        vec![
            row.series.clone(),
            row.first_month.clone(),
            row.last_month.clone(),
            row.months.to_string(),
            row.gaps.to_string(),
            cut(&row.source, 38),
        ]
    });
    table(
        &["Series", "First", "Last", "Months", "Gaps", "Source"],
        &[3, 4],
        rows,
    )
}

impl SeriesDetail {
    /// The header of CSV rows: observations and published figures in one table, told apart by `kind`.
    pub const CSV_HEADER: [&str; 11] = [
        "series",
        "kind",
        "span",
        "measure",
        "value",
        "growth",
        "growth_year_to_date",
        "rounding",
        "released_on",
        "status",
        "source",
    ];

    /// CSV rows.
    pub fn csv_rows(&self) -> impl Iterator<Item = [String; 11]> {
        let text = |number: Option<f64>| number.map_or_else(String::new, |n| n.to_string());
        let name = |kind: &str| [self.row.series.clone(), kind.to_owned()];
        let observations = self.observations.iter().map(move |seen| {
            let [series, kind] = name("observation");
            let numbers = [
                text(seen.value),
                text(seen.growth),
                text(seen.growth_year_to_date),
            ];
            let [value, growth, growth_year_to_date] = numbers;
            let [rounding, released_on, status] = Default::default();
            let (span, measure) = (seen.month.clone(), "level".to_owned());
            let source = self.row.source.clone();
            [
                series,
                kind,
                span,
                measure,
                value,
                growth,
                growth_year_to_date,
                rounding,
                released_on,
                status,
                source,
            ]
        });
        let releases = self.releases.iter().map(move |release| {
            let [series, kind] = name("release");
            let [growth, growth_year_to_date] = Default::default();
            let Release {
                span,
                measure,
                released_on,
                status,
                source,
                ..
            } = release.clone();
            let (value, rounding) = (release.value.to_string(), release.rounding.to_string());
            [
                series,
                kind,
                span,
                measure,
                value,
                growth,
                growth_year_to_date,
                rounding,
                released_on,
                status,
                source,
            ]
        });
        observations.chain(releases)
    }

    /// The series for people: the latest observations and published figures. At most 100 columns wide.
    pub fn text(&self) -> String {
        let SeriesRow {
            series,
            unit,
            first_month,
            last_month,
            months,
            gaps,
            source,
        } = &self.row;
        let mut text = format!("{series}: {}\n", words::series(series));
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "{months} months with a figure, {first_month} to {last_month}, {gaps} gaps, shown in {unit}"
        );
        let _ = writeln!(text, "source: {source}");
        let or_dash = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
        let earlier = self.observations.len().saturating_sub(RECENT);
        let rows = self.observations[earlier..].iter().map(|seen| {
            vec![
                seen.month.clone(),
                or_dash(seen.value.map(number::short)),
                or_dash(seen.growth.map(number::growth)),
                or_dash(seen.growth_year_to_date.map(number::growth)),
            ]
        });
        let value = format!("Value, {unit}");
        let header = ["Month", &value, "On year", "Jan to month"];
        let _ = writeln!(text, "{}", table(&header, &[1, 2, 3], rows));
        if earlier > 0 {
            let _ = writeln!(text, "{earlier} earlier months: --csv or --json");
        }
        if self.releases.is_empty() {
            return text;
        }
        let earlier = self.releases.len().saturating_sub(RECENT_RELEASES);
        let rows = self.releases[earlier..].iter().map(|release| {
            let value = match release.measure.as_str() {
                "level" | "change" => number::short(release.value),
                _ => number::growth(release.value),
            };
            vec![
                release.span.clone(),
                release.measure.clone(),
                value,
                release.released_on.clone(),
                release.status.clone(),
                cut(&release.source, 34),
            ]
        });
        let header = ["Published", "Measure", "Value", "On", "Status", "Source"];
        let _ = writeln!(text, "{}", table(&header, &[2], rows));
        if earlier > 0 {
            let _ = writeln!(text, "{earlier} earlier published figures: --csv or --json");
        }
        text
    }
}
