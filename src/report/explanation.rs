//! Why a forecast is what it is, and why it changed: a JSON object, or tables.

use super::forecast::Weight;
use super::table::table;
use super::{number, words};
use serde::Serialize;
use std::fmt::Write as _;

/// The explanation of one series.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Explanation {
    /// The key.
    pub series: String,
    /// The currency of the values.
    pub unit: String,
    /// The method, and the member where one was chosen.
    pub method: String,
    /// The last month of the history.
    pub last_month: String,
    /// How much each member weighs.
    pub weights: Vec<Weight>,
    /// What the point forecast of each month ahead is made of.
    pub months: Vec<Month>,
    /// The growth of the point forecast by driver and by member, percentage points.
    pub growth: Vec<Growth>,
    /// What changes are counted from: an earlier day, an earlier version of the store (`version 7`), or both (`2025-12-31 of version 7`); empty without one.
    pub since: String,
    /// How the value of each month changed since.
    pub value_changes: Vec<Change>,
    /// How each growth reading changed since, as fractions.
    pub growth_changes: Vec<Change>,
}

/// One month ahead: amounts add up to `value − reference`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Month {
    /// The month.
    pub month: String,
    /// The point forecast.
    pub value: f64,
    /// The same month of the year before, where it has a figure.
    pub base: Option<f64>,
    /// What amounts are counted from.
    pub reference: f64,
    /// The members that weigh.
    pub members: Vec<Member>,
    /// What is done to the members' mean.
    pub finish: Vec<Amount>,
}

/// What a member adds to a month.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Member {
    /// Its name.
    pub member: String,
    /// Its weight, 0 to 1.
    pub weight: f64,
    /// Its own forecast.
    pub value: f64,
    /// What drives it.
    pub amounts: Vec<Amount>,
}

/// What a driver adds, in base units.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Amount {
    /// The driver.
    pub driver: String,
    /// The amount.
    pub amount: f64,
}

/// Growth of a span, taken apart.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Growth {
    /// What is compared.
    pub measure: String,
    /// The span.
    pub span: String,
    /// The growth, percentage points.
    pub points: f64,
    /// By driver.
    pub drivers: Vec<Contribution>,
    /// By member.
    pub members: Vec<Contribution>,
}

/// What something adds to growth.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Contribution {
    /// What.
    pub name: String,
    /// Percentage points.
    pub points: f64,
}

/// How a number changed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Change {
    /// What is compared.
    pub measure: String,
    /// The span.
    pub span: String,
    /// What it was.
    pub before: f64,
    /// What it is.
    pub after: f64,
    /// What revisions did.
    pub revisions: f64,
    /// What each new figure did.
    pub new_figures: Vec<NewFigure>,
    /// What learning again did.
    pub model: f64,
}

/// What a new figure did.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NewFigure {
    /// The month of the figure.
    pub month: String,
    /// The change.
    pub change: f64,
}

/// The columns of the table of drivers, and which drivers each holds.
const COLUMNS: [(&str, &[&str]); 9] = [
    ("Known", &["observed"]),
    ("Level", &["level"]),
    ("Trend", &["trend"]),
    (
        "Lags",
        &[
            "lags_1_to_3",
            "lags_4_to_11",
            "lags_12_to_13",
            "lags_from_14",
        ],
    ),
    ("Season", &["season"]),
    ("Calendar", &["new_year", "working_days"]),
    ("Given", &[]),
    ("Base", &["base"]),
    (
        "Finish",
        &[
            "limits",
            "to_median",
            "drawn_in",
            "to_mean",
            "zeros",
            "carried_on",
        ],
    ),
];

/// Percentage points: `+3.4`.
fn points(points: f64) -> String {
    let rounded = (points * 10.0).round() / 10.0;
    // A fall that rounds to nothing is no fall.
    let rounded = if rounded == 0.0 { 0.0 } else { rounded };
    format!("{rounded:+.1}")
}

impl Growth {
    /// What the drivers of a column add; `None` where none of them is there.
    fn column(&self, drivers: &[&str]) -> Option<f64> {
        let is_given = |name: &str| drivers.is_empty() && name.starts_with("regressor:");
        let mut those = self
            .drivers
            .iter()
            .filter(|c| drivers.contains(&c.name.as_str()) || is_given(&c.name))
            .peekable();
        those.peek()?;
        Some(those.map(|c| c.points).sum())
    }
}

impl Change {
    fn new_figures(&self) -> f64 {
        self.new_figures.iter().map(|figure| figure.change).sum()
    }
}

impl Explanation {
    /// The explanation for people: growth by driver, members, and what has changed. At most 100 columns wide.
    pub fn text(&self) -> String {
        let mut text = format!("{}: {}\n", self.series, words::series(&self.series));
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "last figure {}, method {}",
            self.last_month, self.method
        );
        text.push_str(
            "Growth of the point forecast on the year before, percentage points, by driver\n",
        );
        text.push_str(&self.drivers());
        text.push('\n');
        if let Some(year) = self
            .growth
            .iter()
            .rfind(|g| g.measure == "year")
            .or(self.growth.last())
        {
            let _ = writeln!(text, "{} by member", year.span);
            text.push_str(&self.members(year));
            text.push('\n');
        }
        if !self.growth_changes.is_empty() {
            let _ = writeln!(
                text,
                "Changes since {}, percentage points of growth",
                self.since
            );
            text.push_str(&self.changes());
            text.push('\n');
        }
        text
    }

    fn drivers(&self) -> String {
        let shown = |growth: &&Growth| growth.measure != "year_to_date";
        let columns: Vec<(&str, &[&str])> = COLUMNS
            .into_iter()
            .filter(|(_, drivers)| self.growth.iter().any(|g| g.column(drivers).is_some()))
            .collect();
        let mut header = vec!["Span", "Growth"];
        header.extend(columns.iter().map(|(name, _)| name));
        let rows = self.growth.iter().filter(shown).map(|growth| {
            let of = |(_, drivers): &(&str, &[&str])| {
                growth
                    .column(drivers)
                    .map_or_else(|| "-".to_owned(), points)
            };
            let mut row = vec![growth.span.clone(), points(growth.points)];
            row.extend(columns.iter().map(of));
            row
        });
        let right: Vec<usize> = (1..header.len()).collect();
        table(&header, &right, rows)
    }

    fn members(&self, growth: &Growth) -> String {
        let rows = growth.members.iter().map(|member| {
            let weight = self.weights.iter().find(|w| w.member == member.name);
            let name = match member.name.as_str() {
                "" => "observed months and finish".to_owned(),
                name => name.to_owned(),
            };
            let weight = weight.map_or_else(|| "-".to_owned(), |w| format!("{:.3}", w.weight));
            vec![name, weight, points(member.points)]
        });
        table(&["Member", "Weight", "Points"], &[1, 2], rows)
    }

    /// Changes of months and years; the figures that came in each have a row under the year.
    fn changes(&self) -> String {
        let in_points = |fraction: f64| points(100.0 * fraction);
        let mut rows = Vec::new();
        let shown = self
            .growth_changes
            .iter()
            .filter(|c| c.measure == "month" || c.measure == "year");
        for change in shown {
            rows.push(vec![
                change.span.clone(),
                number::growth(change.before),
                number::growth(change.after),
                in_points(change.revisions),
                in_points(change.new_figures()),
                in_points(change.model),
            ]);
            if change.measure == "year" {
                rows.extend(change.new_figures.iter().map(|figure| {
                    let blank = String::new;
                    let name = format!("  by {}", figure.month);
                    vec![
                        name,
                        blank(),
                        blank(),
                        blank(),
                        in_points(figure.change),
                        blank(),
                    ]
                }));
            }
        }
        let header = [
            "Span",
            "Before",
            "After",
            "Revisions",
            "New figures",
            "Model",
        ];
        table(&header, &[1, 2, 3, 4, 5], rows.into_iter())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_fit_a_hundred_columns_and_say_every_point() {
        let contribution = |name: &str, points: f64| Contribution {
            name: name.to_owned(),
            points,
        };
        let names = COLUMNS.iter().flat_map(|(_, drivers)| drivers.iter());
        let mut drivers: Vec<Contribution> = names.map(|n| contribution(n, -63.45)).collect();
        drivers.push(contribution("regressor:oil", 1.0));
        let growth = |measure: &str, span: &str| Growth {
            measure: measure.to_owned(),
            span: span.to_owned(),
            points: drivers.iter().map(|d| d.points).sum(),
            drivers: drivers.clone(),
            members: vec![contribution("theta", 3.0), contribution("", -1.0)],
        };
        let change = Change {
            measure: "year".to_owned(),
            span: "2026".to_owned(),
            before: 0.1,
            after: 0.16,
            revisions: 0.01,
            new_figures: vec![NewFigure {
                month: "2026-01".to_owned(),
                change: 0.02,
            }],
            model: 0.03,
        };
        let explanation = Explanation {
            series: "USA.CHN.M.TOTAL.USD".to_owned(),
            unit: "USD".to_owned(),
            method: "auto".to_owned(),
            last_month: "2026-01".to_owned(),
            weights: Vec::new(),
            months: Vec::new(),
            growth: vec![growth("month", "2026-02"), growth("year", "2026")],
            since: "2025-12-31".to_owned(),
            value_changes: Vec::new(),
            growth_changes: vec![change],
        };
        let text = explanation.text();
        let widest = text.lines().map(|line| line.chars().count()).max();
        assert!(widest <= Some(100), "{widest:?}\n{text}");
        for expected in [
            "-253.8",
            "+16.0 %",
            "by 2026-01",
            "observed months and finish",
            "Given",
        ] {
            assert!(text.contains(expected), "{expected} is missing:\n{text}");
        }
        // Every driver has a column, so a row's columns add up to its growth.
        let sum: f64 = COLUMNS
            .iter()
            .filter_map(|(_, d)| explanation.growth[0].column(d))
            .sum();
        assert!((sum - explanation.growth[0].points).abs() < 1e-9);
    }
}
