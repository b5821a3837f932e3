//! A fan chart: what was observed, then the median and the intervals of the forecast.

use super::{FONT, FORECAST, GRID, HISTORY, INK, MUTED, NAIVE, at, frame};
use crate::report::axis::{Axis, AxisUnit};
use crate::report::fan::{FanBand, FanChart};
use crate::trade::{Month, Span};
use maud::{Markup, html};

const WIDTH: f64 = 760.0;
const HEIGHT: f64 = 330.0;
/// Space around the field, in pixels.
const LEFT: f64 = 56.0;
const RIGHT: f64 = 78.0;
const TOP: f64 = 66.0;
const BOTTOM: f64 = 34.0;

/// The places of months and values.
struct Field {
    first: Month,
    months: f64,
    values: Axis,
}

impl Field {
    fn x(&self, month: Month) -> f64 {
        let width = WIDTH - LEFT - RIGHT;
        LEFT + width * f64::from(month.since(self.first)) / self.months
    }

    fn y(&self, value: f64) -> f64 {
        TOP + (HEIGHT - TOP - BOTTOM) * (1.0 - self.values.share(value))
    }

    /// Write a line through points; each gap begins a new one.
    fn path(&self, points: impl Iterator<Item = (Month, Option<f64>)>) -> String {
        let (mut text, mut draws) = (String::new(), false);
        for (month, value) in points {
            match value {
                Some(value) => {
                    text += if draws { "L" } else { "M" };
                    text += &format!("{} {}", at(self.x(month)), at(self.y(value)));
                    draws = true;
                }
                None => draws = false,
            }
        }
        text
    }
}

/// Draw an observed month that stands alone.
fn dot(x: f64, y: f64) -> Markup {
    html! { circle cx=(at(x)) cy=(at(y)) r="3.5" class="tc-ink" fill=(INK) {} }
}

impl FanChart {
    /// Render the chart as SVG; `None` where there is nothing ahead, or too little to draw.
    pub(in crate::report) fn svg(&self) -> Option<Markup> {
        let history = self.history.iter().map(|(month, _)| *month);
        let months = || {
            history
                .clone()
                .chain(self.median.iter().map(|(month, _)| *month))
        };
        let (first, last) = (months().min()?, months().max()?);
        if self.median.is_empty() || last.since(first) < 2 {
            return None;
        }
        let values = self.history.iter().filter_map(|(_, value)| *value);
        let values = values.chain(self.median.iter().map(|(_, value)| *value));
        let bounds = self.bands.iter().flat_map(|band| &band.bounds);
        let values = values.chain(bounds.flat_map(|(_, lower, upper)| [*lower, *upper]));
        let values = values.chain(self.naive.iter().map(|(_, value)| *value));
        let zero = (self.unit == AxisUnit::Growth).then_some(0.0);
        let field = Field {
            first,
            months: f64::from(last.since(first)),
            values: Axis::covering(values.chain(zero), 5)?,
        };
        let marks = html! {
            (self.heading(&field))
            (self.axes(&field, last))
            (self.marks(&field))
        };
        let (_, end) = self.median.last()?;
        let description = format!(
            "Observed to {}, forecast to {last}: {}",
            self.history.last().map_or(first, |(month, _)| *month),
            self.shown(*end)
        );
        Some(frame(WIDTH, HEIGHT, &self.title, &description, &marks))
    }

    /// Draw title, unit and legend.
    fn heading(&self, field: &Field) -> Markup {
        let unit = format!("{} {}", field.values.scale_word(self.unit), self.currency);
        let unit = unit.trim();
        let mut levels: Vec<f64> = self.bands.iter().map(|band| band.level).collect();
        levels.sort_by(f64::total_cmp);
        let mut x = LEFT;
        let mut place = |words: &str| {
            let here = x;
            x += 34.0 + 6.4 * words.chars().count() as f64;
            here
        };
        let observed = place("observed");
        let median = place("forecast");
        let bands: Vec<(f64, String, &str)> = levels
            .iter()
            .zip(["0.30", "0.18", "0.12", "0.10"])
            .map(|(level, shade)| {
                let words = format!("{level} % interval");
                (place(&words), words, shade)
            })
            .collect();
        let naive = (!self.naive.is_empty()).then(|| place("same month a year before"));
        let line = |x: f64, class: &str, color: &str, dashes: Option<&str>| {
            html! {
                line x1=(at(x)) x2=(at(x + 18.0)) y1="42" y2="42" class=(class) stroke=(color)
                    stroke-width="2" stroke-dasharray=[dashes] {}
            }
        };
        let words = |x: f64, words: &str| {
            html! {
                text x=(at(x + 23.0)) y="46" class="tc-muted" fill=(MUTED) { (words) }
            }
        };
        html! {
            text x="8" y="19" class="tc-ink" fill=(INK) font-size="14" font-weight="600" {
                (self.title) @if !unit.is_empty() { ", " (unit) }
            }
            @if self.history.windows(2).any(|pair| pair.iter().all(|(_, of)| of.is_some())) {
                (line(observed, "tc-history", HISTORY, None))
            } @else { (dot(observed + 9.0, 42.0)) }
            (words(observed, "observed"))
            (line(median, "tc-median", FORECAST, None)) (words(median, "forecast"))
            @for (x, text, shade) in &bands {
                rect x=(at(*x)) y="36" width="18" height="12" class="tc-band" fill=(FORECAST)
                    fill-opacity=(shade) {}
                (words(*x, text))
            }
            @if let Some(x) = naive {
                (line(x, "tc-naive", NAIVE, Some("3 3")))
                (words(x, "same month a year before"))
            }
        }
    }

    /// Draw the axes: a line at each tick of values, years, and the border of the forecast.
    fn axes(&self, field: &Field, last: Month) -> Markup {
        let labels = field.values.labels(self.unit);
        let bottom = HEIGHT - BOTTOM;
        let years = last.year() - field.first.year();
        // Labels of many years would touch each other.
        let every = (years / 12).max(0) + 1;
        let januaries: Vec<Month> = (field.first.year()..=last.year())
            .map(Month::january)
            .filter(|month| *month >= field.first && *month <= last)
            .collect();
        // Within two years quarters are told apart, within one year months.
        let span = last.since(field.first);
        let step = if span <= 13 { 1 } else { 3 };
        let months = (0..=span).map(|k| field.first.plus(k)).filter(|month| {
            span <= 30 && month.of_year() % step == 1 % step && month.of_year() != 1
        });
        let border = self.history.last().map(|(month, _)| field.x(*month));
        html! {
            @for (tick, label) in field.values.ticks.iter().zip(&labels) {
                @let y = at(field.y(*tick));
                line x1=(at(LEFT)) x2=(at(WIDTH - RIGHT)) y1=(y) y2=(y)
                    class=[(*tick != 0.0).then_some("tc-grid").or(Some("tc-axis"))]
                    stroke=(if *tick == 0.0 { MUTED } else { GRID }) {}
                text x=(at(LEFT - 8.0)) y=(at(field.y(*tick) + 4.0)) text-anchor="end"
                    class="tc-muted" fill=(MUTED) { (label) }
            }
            line x1=(at(LEFT)) x2=(at(WIDTH - RIGHT)) y1=(at(bottom)) y2=(at(bottom))
                class="tc-axis" stroke=(MUTED) {}
            @for month in &januaries {
                @let x = at(field.x(*month));
                line x1=(x) x2=(x) y1=(at(bottom)) y2=(at(bottom + 6.0)) class="tc-axis"
                    stroke=(MUTED) {}
                @if month.year() % every == 0 {
                    text x=(x) y=(at(bottom + 20.0)) text-anchor="middle" class="tc-muted"
                        fill=(MUTED) { (month.year()) }
                }
            }
            @for month in months {
                @let x = at(field.x(month));
                line x1=(x) x2=(x) y1=(at(bottom)) y2=(at(bottom + 4.0)) class="tc-axis"
                    stroke=(MUTED) {}
                text x=(x) y=(at(bottom + 20.0)) text-anchor="middle" class="tc-muted"
                    fill=(MUTED) font-size="11" { (month.name()) }
            }
            @if let Some(x) = border {
                line x1=(at(x)) x2=(at(x)) y1=(at(TOP)) y2=(at(bottom)) class="tc-axis"
                    stroke=(MUTED) stroke-dasharray="2 3" {}
            }
        }
    }

    /// Return the observed months between gaps, which no line shows.
    fn alone(&self) -> impl Iterator<Item = (Month, f64)> {
        let is_gap = |place: Option<usize>| {
            let beside = place.and_then(|place| self.history.get(place));
            beside.is_none_or(|(_, value)| value.is_none())
        };
        let months = self.history.iter().enumerate();
        months.filter_map(move |(k, (month, value))| {
            let alone = is_gap(k.checked_sub(1)) && is_gap(Some(k + 1));
            Some((*month, (*value).filter(|_| alone)?))
        })
    }

    /// Draw bands, lines, and the values that the forecast begins and ends with.
    fn marks(&self, field: &Field) -> Markup {
        let joint = self
            .history
            .iter()
            .rev()
            .find_map(|(month, value)| Some((*month, (*value)?)));
        let mut bands: Vec<&FanBand> = self.bands.iter().collect();
        bands.sort_by(|a, b| a.level.total_cmp(&b.level));
        let shades = ["0.30", "0.18", "0.12", "0.10"];
        // The widest lies below.
        let bands = bands.into_iter().zip(shades).rev().map(|(band, shade)| {
            let start = joint.map(|(month, value)| (month, value, value));
            let bounds = || start.into_iter().chain(band.bounds.iter().copied());
            let upper = bounds().map(|(month, _, upper)| (month, upper));
            let mut lower: Vec<(Month, f64)> =
                bounds().map(|(month, lower, _)| (month, lower)).collect();
            lower.reverse();
            let around = upper
                .chain(lower)
                .map(|(month, value)| (month, Some(value)));
            (field.path(around) + "Z", shade)
        });
        let bands: Vec<(String, &str)> = bands.collect();
        let history = field.path(self.history.iter().copied());
        let ahead = |line: &[(Month, f64)]| {
            let points = joint.into_iter().chain(line.iter().copied());
            field.path(points.map(|(month, value)| (month, Some(value))))
        };
        let ends = [
            (self.median.last(), "tc-median-ink", FORECAST),
            (self.naive.last(), "tc-naive-ink", NAIVE),
        ];
        let mut labels: Vec<(f64, f64, String, &str, &str)> = ends
            .into_iter()
            .filter_map(|(end, class, color)| {
                let (month, value) = *end?;
                let (x, y) = (field.x(month) + 6.0, field.y(value) + 4.0);
                Some((x, y, self.shown(value), class, color))
            })
            .collect();
        // Two labels do not lie on each other.
        if let [first, second] = &mut labels[..]
            && (first.1 - second.1).abs() < 13.0
        {
            let above = first.1 <= second.1;
            let middle = 0.5 * (first.1 + second.1);
            let (one, other) = if above { (-6.5, 6.5) } else { (6.5, -6.5) };
            (first.1, second.1) = (middle + one, middle + other);
        }
        // Above the field, where no line is; on the side of the border that has room for it.
        let last_observed = joint.map(|(month, value)| {
            let x = field.x(month);
            let anchor = if x < LEFT + 110.0 { "start" } else { "end" };
            (month, value, x, anchor)
        });
        html! {
            @for (path, shade) in &bands {
                path d=(path) class="tc-band" fill=(FORECAST) fill-opacity=(shade) {}
            }
            path d=(history) fill="none" class="tc-history" stroke=(HISTORY) stroke-width="1.8" {}
            @for (month, value) in self.alone() { (dot(field.x(month), field.y(value))) }
            @if !self.naive.is_empty() {
                path d=(ahead(&self.naive)) fill="none" class="tc-naive" stroke=(NAIVE)
                    stroke-width="1.4" stroke-dasharray="3 3" {}
            }
            path d=(ahead(&self.median)) fill="none" class="tc-median" stroke=(FORECAST)
                stroke-width="2.2" {}
            @if let Some((month, value, x, anchor)) = last_observed {
                text x=(at(x)) y=(at(TOP - 5.0)) text-anchor=(anchor) class="tc-ink" fill=(INK)
                    font-family=(FONT) { (Span::month(month).words()) ": " (self.shown(value)) }
            }
            @for (x, y, text, class, color) in &labels {
                text x=(at(*x)) y=(at(*y)) class=(class) fill=(color) font-weight="600" { (text) }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chart() -> FanChart {
        let month = |k: i32| Month::january(2024).plus(k);
        FanChart {
            title: "A <b> & \"c\"".to_owned(),
            currency: "USD".to_owned(),
            unit: AxisUnit::Level,
            history: (0..24)
                .map(|k| (month(k), (k != 5).then_some(1e9 * f64::from(20 + k % 5))))
                .collect(),
            median: (24..30).map(|k| (month(k), 22e9)).collect(),
            bands: vec![FanBand {
                level: 80.0,
                bounds: (24..30).map(|k| (month(k), 20e9, 25e9)).collect(),
            }],
            naive: vec![],
        }
    }

    #[test]
    fn a_fan_has_ticks_and_values_and_escapes_words() {
        let text = chart().svg().unwrap().into_string();
        for expected in [
            "A &lt;b&gt; &amp; &quot;c&quot;, bn USD",
            ">80 % interval<",
            ">22.0 bn<",
            ">2025<",
            "Dec 2025: ",
        ] {
            assert!(text.contains(expected), "{expected}\n{text}");
        }
        assert!(!text.contains("<b>") && !text.contains("NaN"), "{text}");
        // The gap interrupts the line of history.
        let (before, _) = text
            .split_once("\" fill=\"none\" class=\"tc-history\"")
            .unwrap();
        let (_, path) = before.rsplit_once("d=\"").unwrap();
        assert_eq!(path.matches('M').count(), 2, "{path}");
    }

    #[test]
    fn an_observed_month_between_gaps_is_a_dot_in_chart_and_legend() {
        assert!(!chart().svg().unwrap().into_string().contains("<circle"));
        let month = |k: i32| Month::january(2024).plus(k);
        let one = FanChart {
            history: vec![(month(22), None), (month(23), Some(21e9))],
            ..chart()
        };
        let text = one.svg().unwrap().into_string();
        assert_eq!(text.matches("<circle").count(), 2, "{text}");
        let some = FanChart {
            history: [1, 2, 3, 4]
                .map(|k| (month(19 + k), (k != 2).then_some(21e9)))
                .to_vec(),
            ..chart()
        };
        // A line of the last two months, and the one before the gap.
        let text = some.svg().unwrap().into_string();
        assert_eq!(text.matches("<circle").count(), 1, "{text}");
    }

    #[test]
    fn too_little_is_no_chart() {
        let nothing = FanChart {
            median: vec![],
            ..chart()
        };
        assert!(nothing.svg().is_none());
        let single = FanChart {
            history: vec![],
            median: vec![(Month::january(2025), 1.0)],
            ..chart()
        };
        assert!(single.svg().is_none());
    }
}
