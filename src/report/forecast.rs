//! The forecast of one series: a JSON object, CSV rows, or a table.

use super::table::table;
use super::{number, words};
use serde::Serialize;
use std::collections::HashSet;
use std::fmt::Write as _;

/// What came of one series of a request.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Outcome {
    /// Its forecast.
    Forecast(Box<Forecast>),
    /// Why it has none.
    Failure {
        /// The series as asked for.
        series: String,
        /// The reason.
        failure: Failure,
    },
}

/// Why a series has no forecast.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// A number of google.rpc.Code.
    pub code: i32,
    /// The reason as a constant.
    pub reason: String,
    /// The reason in words.
    pub message: String,
}

/// The forecast of one series.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Forecast {
    /// The key.
    pub series: String,
    /// The currency of the values.
    pub unit: String,
    /// The method, and the member where one was chosen.
    pub method: String,
    /// The last month of the history.
    pub last_month: String,
    /// What was done about peculiarities, in words.
    pub notes: Vec<String>,
    /// How much each member weighs.
    pub weights: Vec<Weight>,
    /// One entry a month ahead.
    pub points: Vec<Point>,
    /// The growth of each calendar year that the horizon completes.
    pub years: Vec<Growth>,
    /// How the method did at the series' own origins.
    pub accuracy: Option<Accuracy>,
}

/// How much a member weighs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Weight {
    /// The member's name.
    pub member: String,
    /// Its weight, 0 to 1.
    pub weight: f64,
}

/// One month ahead.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Point {
    /// The month.
    pub month: String,
    /// The forecast in base units.
    pub value: f64,
    /// The seasonal naive forecast.
    pub naive: f64,
    /// Central intervals around the forecast.
    pub intervals: Vec<Interval>,
    /// Growth readings at this month, as fractions.
    pub growth: Vec<Growth>,
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
    /// What is compared: `month`, `year_to_date`, `year`, `trailing_twelve_months`, `quarter`, `carry_over`, …
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

/// Accuracy at a series' own rolling origins, beside the seasonal naive.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Accuracy {
    /// How many forecast months were compared.
    pub months: i32,
    /// Symmetric mean absolute percentage error, 0 to 200.
    pub smape: f64,
    /// Mean absolute scaled error.
    pub mase: f64,
    /// The same of the seasonal naive.
    pub naive_smape: f64,
    /// The same of the seasonal naive.
    pub naive_mase: f64,
    /// The share of these months that lay within the intervals.
    pub coverage: Vec<Coverage>,
}

/// How often the truth lay within an interval.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Coverage {
    /// The level in percent.
    pub level: f64,
    /// The share seen, 0 to 1.
    pub share: f64,
}

/// The measures that CSV spells out where none is asked for, in its order; tables show no others unless they are asked for.
pub const MEASURES: [&str; 4] = ["month", "year_to_date", "year", "trailing_twelve_months"];

/// The interval that tables show: 80 % where it was asked for, else the first.
pub fn shown(intervals: &[Interval]) -> Option<&Interval> {
    let usual = intervals.iter().find(|interval| interval.level == 80.0);
    usual.or(intervals.first())
}

impl Point {
    /// The reading of `measure` at this month, where there is one.
    pub fn reading(&self, measure: &str) -> Option<&Growth> {
        self.growth.iter().find(|growth| growth.measure == measure)
    }
}

impl Forecast {
    /// The header of CSV rows with these levels in percent and these measures.
    pub fn csv_header(levels: &[f64], measures: &[&str]) -> Vec<String> {
        let bounds = |stem: &str| -> Vec<String> {
            let of = |level: &f64| {
                [
                    format!("{stem}lower_{level}"),
                    format!("{stem}upper_{level}"),
                ]
            };
            levels.iter().flat_map(of).collect()
        };
        let mut header = ["series", "month", "method", "value", "naive"]
            .map(str::to_owned)
            .to_vec();
        header.extend(bounds(""));
        for measure in measures {
            header.push(format!("growth_{measure}"));
            header.extend(bounds(&format!("growth_{measure}_")));
            header.push(format!("growth_{measure}_share_observed"));
            header.push(format!("growth_{measure}_naive"));
        }
        header
    }

    /// CSV rows with the readings of these measures, one a month; a reading that cannot be made leaves its fields empty.
    pub fn csv_rows(&self, measures: &[&str]) -> impl Iterator<Item = Vec<String>> {
        self.points.iter().map(move |point| {
            let bounds =
                |interval: &Interval| [interval.lower.to_string(), interval.upper.to_string()];
            let mut row = vec![
                self.series.clone(),
                point.month.clone(),
                self.method.clone(),
            ];
            row.extend([point.value.to_string(), point.naive.to_string()]);
            row.extend(point.intervals.iter().flat_map(bounds));
            for measure in measures {
                match point.reading(measure) {
                    Some(growth) => {
                        row.push(growth.median.to_string());
                        row.extend(growth.intervals.iter().flat_map(bounds));
                        row.push(growth.share_observed.to_string());
                        row.push(growth.naive.to_string());
                    }
                    None => row.resize(row.len() + 3 + 2 * point.intervals.len(), String::new()),
                }
            }
            row
        })
    }

    /// The forecast for people: what it is, a table of months, the years in words. At most 100 columns wide.
    pub fn text(&self) -> String {
        let mut text = self.heading();
        text.push_str(&self.table());
        text.push('\n');
        if let Some(readings) = self.readings_table() {
            text.push_str(&readings);
            text.push('\n');
        }
        for year in &self.years {
            // Writing to a string cannot fail.
            let _ = writeln!(text, "{}", words::year(&self.series, year));
        }
        text
    }

    /// What is forecast, how, and how well that went before.
    fn heading(&self) -> String {
        let mut text = format!("{}: {}\n", self.series, words::series(&self.series));
        let _ = write!(
            text,
            "last figure {}, method {}",
            self.last_month, self.method
        );
        if let Some(accuracy) = &self.accuracy {
            let _ = write!(
                text,
                ", sMAPE {:.1} (seasonal naive {:.1}) over {} past months",
                accuracy.smape, accuracy.naive_smape, accuracy.months
            );
        }
        text.push('\n');
        for note in &self.notes {
            let _ = writeln!(text, "note: {note}");
        }
        text
    }

    fn table(&self) -> String {
        let level = self
            .points
            .first()
            .and_then(|point| shown(&point.intervals));
        let interval =
            level.map_or_else(String::new, |shown| format!("{} % interval", shown.level));
        let value = format!("Forecast, {}", self.unit);
        let header = [
            "Month",
            &value,
            &interval,
            "Naive",
            "On year",
            &interval,
            "Jan to month",
        ];
        let rows = self.points.iter().map(|point| {
            let month = point.reading("month");
            let or_dash = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
            let range = month.and_then(|growth| shown(&growth.intervals));
            vec![
                point.month.clone(),
                number::short(point.value),
                or_dash(shown(&point.intervals).map(|i| number::short_range(i.lower, i.upper))),
                number::short(point.naive),
                or_dash(month.map(|growth| number::growth(growth.median))),
                or_dash(range.map(|i| number::growth_range(i.lower, i.upper))),
                or_dash(
                    point
                        .reading("year_to_date")
                        .map(|g| number::growth(g.median)),
                ),
            ]
        });
        table(&header, &[1, 2, 3, 4, 5, 6], rows)
    }

    /// One row a reading, where measures were asked for that the table of months does not know.
    fn readings_table(&self) -> Option<String> {
        let readings = self.points.iter().flat_map(|point| &point.growth);
        let mut others = readings
            .filter(|growth| !MEASURES.contains(&&*growth.measure))
            .peekable();
        let level = shown(&others.peek()?.intervals);
        let interval =
            level.map_or_else(String::new, |shown| format!("{} % interval", shown.level));
        let mut seen = HashSet::new();
        // A quarter is read at each of its months.
        let rows = others.filter(|growth| seen.insert((&growth.measure, &growth.span)));
        let rows = rows.map(|growth| {
            let range = shown(&growth.intervals);
            vec![
                growth.measure.replace('_', " "),
                growth.span.clone(),
                number::growth(growth.median),
                range.map_or_else(String::new, |i| number::growth_range(i.lower, i.upper)),
                format!("{:.0} %", 100.0 * growth.share_observed),
                number::growth(growth.naive),
            ]
        });
        let header = ["Reading", "Span", "Growth", &interval, "Observed", "Naive"];
        Some(table(&header, &[2, 3, 4, 5], rows))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn forecast() -> Forecast {
        let intervals = vec![
            Interval {
                level: 80.0,
                lower: -123.4e9,
                upper: 999.4e9,
            },
            Interval {
                level: 95.0,
                lower: -200e9,
                upper: 999e9,
            },
        ];
        let growth = |measure: &str| Growth {
            measure: measure.to_owned(),
            span: "2026-02".to_owned(),
            median: -0.123,
            intervals: vec![
                Interval {
                    level: 80.0,
                    lower: -0.412,
                    upper: 0.404,
                },
                Interval {
                    level: 95.0,
                    lower: -0.5,
                    upper: 0.6,
                },
            ],
            share_observed: 0.0,
            naive: 0.0,
        };
        Forecast {
            series: "USA.CHN.M.TOTAL.USD".to_owned(),
            unit: "USD".to_owned(),
            method: "auto".to_owned(),
            last_month: "2026-01".to_owned(),
            notes: Vec::new(),
            weights: Vec::new(),
            points: vec![Point {
                month: "2026-02".to_owned(),
                value: 381e9,
                naive: 381e9,
                intervals,
                growth: vec![growth("month"), growth("year_to_date")],
            }],
            years: Vec::new(),
            accuracy: None,
        }
    }

    #[test]
    fn a_table_fits_a_hundred_columns() {
        let text = forecast().text();
        let widest = text.lines().map(|line| line.chars().count()).max();
        assert!(widest <= Some(100), "{widest:?}\n{text}");
    }

    #[test]
    fn csv_rows_are_as_long_as_their_header() {
        let header = Forecast::csv_header(&[80.0, 95.0], &MEASURES);
        for row in forecast().csv_rows(&MEASURES) {
            assert_eq!(row.len(), header.len());
        }
    }
}
