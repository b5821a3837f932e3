//! A waterfall: parts that add up to a total, each bar where the one before ends.

use super::{FALL, GRID, INK, MUTED, RISE, at, frame};
use crate::report::axis::{Axis, AxisUnit};
use maud::{Markup, html};

const WIDTH: f64 = 760.0;
const LEFT: f64 = 236.0;
const RIGHT: f64 = 70.0;
const TOP: f64 = 34.0;
const ROW: f64 = 24.0;
const BOTTOM: f64 = 28.0;

/// One part of a waterfall.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::report) struct WaterfallPart {
    /// What it is, in words.
    pub(in crate::report) name: String,
    /// Percentage points.
    pub(in crate::report) points: f64,
}

/// A waterfall in percentage points.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::report) struct Waterfall {
    /// Title.
    pub(in crate::report) title: String,
    /// The parts, in the order in which they are added.
    pub(in crate::report) parts: Vec<WaterfallPart>,
    /// What the parts add up to, in words.
    pub(in crate::report) total: String,
}

impl Waterfall {
    /// Render the chart; `None` without parts.
    pub(in crate::report) fn svg(&self) -> Option<Markup> {
        if self.parts.is_empty() {
            return None;
        }
        let mut sum = 0.0;
        let mut bars: Vec<(&str, f64, f64)> = Vec::new();
        for part in &self.parts {
            bars.push((&part.name, sum, sum + part.points));
            sum += part.points;
        }
        let ends = bars.iter().flat_map(|(_, from, to)| [*from, *to]);
        let axis = Axis::covering(ends.chain([0.0]), 6)?;
        let x = |value: f64| LEFT + (WIDTH - LEFT - RIGHT) * axis.share(value);
        let y = |row: usize| TOP + ROW * row as f64;
        let height = y(bars.len() + 1) + BOTTOM;
        let labels = axis.labels(AxisUnit::Points);
        let end = y(bars.len() + 1);
        let bar = |row: usize, from: f64, to: f64, class: &str, color: &str| {
            html! {
                rect x=(at(x(from.min(to)))) y=(at(y(row) + 4.0))
                    width=(at((x(to) - x(from)).abs().max(1.0))) height=(at(ROW - 8.0))
                    class=(class) fill=(color) {}
            }
        };
        let words = |row: usize, name: &str, points: f64, to: f64, weight: Option<&str>| {
            let beside = x(to.max(to - points)) + 6.0;
            html! {
                text x=(at(LEFT - 10.0)) y=(at(y(row) + 16.0)) text-anchor="end" class="tc-ink"
                    fill=(INK) font-weight=[weight] { (name) }
                text x=(at(beside)) y=(at(y(row) + 16.0)) class="tc-ink" fill=(INK)
                    font-weight=[weight] { (signed(points)) }
            }
        };
        let marks = html! {
            text x="8" y="19" class="tc-ink" fill=(INK) font-size="14" font-weight="600" {
                (self.title) ", percentage points"
            }
            @for (tick, label) in axis.ticks.iter().zip(&labels) {
                line x1=(at(x(*tick))) x2=(at(x(*tick))) y1=(at(TOP)) y2=(at(end))
                    class=(if *tick == 0.0 { "tc-axis" } else { "tc-grid" })
                    stroke=(if *tick == 0.0 { MUTED } else { GRID }) {}
                text x=(at(x(*tick))) y=(at(end + 16.0)) text-anchor="middle" class="tc-muted"
                    fill=(MUTED) { (label) }
            }
            @for (row, (name, from, to)) in bars.iter().enumerate() {
                @let falls = to < from;
                (bar(row, *from, *to, if falls { "tc-fall" } else { "tc-rise" },
                    if falls { FALL } else { RISE }))
                line x1=(at(x(*to))) x2=(at(x(*to))) y1=(at(y(row) + 4.0))
                    y2=(at(y(row + 1) + ROW - 4.0)) class="tc-axis" stroke=(MUTED)
                    stroke-dasharray="2 2" {}
                (words(row, name, to - from, *to, None))
            }
            (bar(bars.len(), 0.0, sum, "tc-total", MUTED))
            (words(bars.len(), &self.total, sum, sum, Some("600")))
        };
        let description = format!("{} parts add up to {} points", bars.len(), signed(sum));
        Some(frame(WIDTH, height, &self.title, &description, &marks))
    }
}

/// Write percentage points with their sign; nothing that rounds to zero has one.
fn signed(points: f64) -> String {
    let rounded = (points * 10.0).round() / 10.0;
    if rounded == 0.0 {
        return "0.0".to_owned();
    }
    format!("{rounded:+.1}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_follow_each_other_to_the_total() {
        let part = |name: &str, points| WaterfallPart {
            name: name.to_owned(),
            points,
        };
        let chart = Waterfall {
            title: "Growth of 2026".to_owned(),
            parts: vec![
                part("Level <x>", -4.0),
                part("Trend", 1.5),
                part("Base", -0.01),
            ],
            total: "Growth".to_owned(),
        };
        let text = chart.svg().unwrap().into_string();
        for expected in ["Level &lt;x&gt;", ">-4.0<", ">+1.5<", ">0.0<", ">-2.5<"] {
            assert!(text.contains(expected), "{expected}\n{text}");
        }
        assert_eq!(text.matches("<rect").count(), 4);
        let empty = Waterfall {
            parts: vec![],
            ..chart
        };
        assert!(empty.svg().is_none());
    }
}
