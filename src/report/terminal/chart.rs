//! Charts for a terminal: a fan with axes, labels at round values and months, and the values that
//! it ends with in words.

use super::super::axis::{Axis, AxisUnit};
use super::super::fan::FanChart;
use super::super::table;
use super::wrap::fit;
use crate::pipeline::{ObservedMonth, Outlook, SeriesForecast};
use crate::report::measures::unit_of;
use crate::trade::Month;
use std::fmt::Write as _;
use textplots::{Chart, Plot, Shape};

/// Columns of a chart's field where the terminal has room for them.
const COLUMNS: usize = 84;
/// The fewest columns that a field has.
const FEWEST: usize = 32;
/// Lines of a chart's field; each has four dots.
const LINES: usize = 12;
/// Months of history that are drawn.
const HISTORY: usize = 36;

/// Draw growth on the same month of the year before; `None` where there is too little to draw.
pub fn growth_chart(history: &[ObservedMonth], forecast: &SeriesForecast) -> Option<String> {
    let chart = FanChart::of_growth(history, forecast, HISTORY);
    let seen = chart.history.iter().filter(|(_, growth)| growth.is_some());
    (seen.count() >= 2).then(|| fan(&chart)).flatten()
}

/// Draw the level of a series and its forecast; `None` where there is too little to draw.
pub fn level_chart(history: &[ObservedMonth], forecast: &SeriesForecast) -> Option<String> {
    let currency = unit_of(&forecast.id);
    fan(&FanChart::of_level(history, forecast, currency, HISTORY))
}

/// Draw growth of the year to date from month to month with its interval, a fan that opens towards
/// December; `None` where there is too little to draw.
pub(super) fn year_to_date_fan(outlook: &Outlook) -> Option<String> {
    fan(&FanChart::of_year_to_date(outlook))
}

/// Draw a fan as wide as the terminal has room for.
fn fan(chart: &FanChart) -> Option<String> {
    let room = table::width().map_or(COLUMNS, |width| usize::from(width).saturating_sub(12));
    draw(chart, room.clamp(FEWEST, COLUMNS)).map(|text| fit(&text))
}

/// Draw a fan whose field has so many columns.
fn draw(chart: &FanChart, columns: usize) -> Option<String> {
    let months = || chart.history.iter().map(|(month, _)| *month);
    let months = || months().chain(chart.median.iter().map(|(month, _)| *month));
    let (first, last) = (months().min()?, months().max()?);
    let span = last.since(first);
    if chart.median.len() < 2 || span < 3 {
        return None;
    }
    let zero = (chart.unit == AxisUnit::Growth).then_some(0.0);
    let axis = Axis::covering(chart.values().chain(zero), 4)?;
    let x = |month: Month| month.since(first) as f32;
    // Shares of the field keep the digits of large values.
    let y = |value: f64| axis.share(value) as f32;
    let joint = chart.last_observed();
    let line = |points: &mut dyn Iterator<Item = (Month, f64)>| -> Vec<(f32, f32)> {
        points.map(|(month, value)| (x(month), y(value))).collect()
    };
    let history: Vec<Vec<(f32, f32)>> = chart
        .history
        .split(|(_, value)| value.is_none())
        .map(|run| {
            line(
                &mut run
                    .iter()
                    .filter_map(|(month, value)| Some((*month, (*value)?))),
            )
        })
        .collect();
    let median = line(&mut joint.into_iter().chain(chart.median.iter().copied()));
    // The interval that tables show: that of 80 % where there is one, else the first.
    let usual = chart.bands.iter().find(|band| band.level == 80.0);
    let band = usual.or(chart.bands.first());
    let bounds = band.map_or(&[][..], |band| &band.bounds);
    let shade: Vec<(f32, f32)> = bounds
        .iter()
        .flat_map(|(month, lower, upper)| {
            let (low, high) = (y(*lower), y(*upper));
            let dots = ((high - low) * (4 * LINES) as f32 / 2.0) as usize;
            (0..=dots.max(1)).map(move |k| {
                (
                    x(*month),
                    low + (high - low) * k as f32 / dots.max(1) as f32,
                )
            })
        })
        .collect();
    let border = joint.map(|(month, _)| [(x(month) + 0.5, 0.0), (x(month) + 0.5, 1.0)]);
    let (width, height) = (2 * columns as u32, 4 * LINES as u32);
    let mut canvas = Chart::new_with_y_range(width, height, 0.0, span as f32, 0.0, 1.0);
    let history: Vec<Shape<'_>> = history.iter().map(|run| Shape::Lines(run)).collect();
    let (median, shade) = (Shape::Lines(&median), Shape::Points(&shade));
    let border = border.as_ref().map(|border| Shape::Lines(border));
    let mut drawing = &mut canvas;
    for shape in history.iter().chain([&median, &shade]).chain(&border) {
        drawing = drawing.lineplot(shape);
    }
    drawing.figures();
    let field = drawing.frame();
    let mut text = heading(chart, &axis, band.map(|band| band.level));
    text += &with_values(&field, &axis, chart.unit, columns);
    text += &months_axis(first, last, columns);
    text += &ends(chart, columns);
    Some(text)
}

/// Write what is drawn, its unit and the signs that draw it.
fn heading(chart: &FanChart, axis: &Axis, level: Option<f64>) -> String {
    let unit = format!("{} {}", axis.scale_word(chart.unit), chart.currency);
    let mut text = format!("{}, {}: observed │ forecast", chart.title, unit.trim());
    if let Some(level) = level {
        // Writing to a string cannot fail.
        let _ = write!(text, ", dots: {level} % interval");
    }
    text + "\n"
}

/// Put the values of the axis beside the lines of the field.
fn with_values(field: &str, axis: &Axis, unit: AxisUnit, columns: usize) -> String {
    let labels = axis.labels(unit);
    let widest = labels.iter().map(|label| label.chars().count()).max();
    let widest = widest.unwrap_or(0).max(6);
    let lines: Vec<&str> = field.lines().collect();
    let rows = lines.len().saturating_sub(1).max(1) as f64;
    let mut beside = vec![None; lines.len()];
    for (tick, label) in axis.ticks.iter().zip(labels) {
        let row = ((1.0 - axis.share(*tick)) * rows).round() as usize;
        if let Some(place) = beside.get_mut(row) {
            *place = Some(label);
        }
    }
    let mut text = String::new();
    for (line, label) in lines.iter().zip(beside) {
        let (label, border) = match label {
            Some(label) => (label, '┤'),
            None => (String::new(), '│'),
        };
        let line: String = line.chars().take(columns).collect();
        let line = line.trim_end_matches([' ', '\u{2800}']);
        let _ = writeln!(text, "{label:>widest$} {border}{line}");
    }
    text
}

/// Write the axis of months: a mark at each January, with as many years as there is room for.
fn months_axis(first: Month, last: Month, columns: usize) -> String {
    let span = last.since(first);
    let place = |month: Month| {
        let share = f64::from(month.since(first)) / f64::from(span);
        (share * (columns - 1) as f64).round() as usize
    };
    let mut marks = vec!['─'; columns];
    let mut labels = vec![' '; columns + 4];
    let mut free = 0;
    let mut put = |month: Month, text: &str, mark: char| {
        let at = place(month);
        marks[at] = mark;
        if at >= free && at + text.len() <= labels.len() {
            for (k, letter) in text.chars().enumerate() {
                labels[at + k] = letter;
            }
            free = at + text.len() + 1;
        }
    };
    let januaries = (first.year()..=last.year()).map(Month::january);
    let januaries: Vec<Month> = januaries.filter(|of| *of >= first && *of <= last).collect();
    if januaries.is_empty() {
        // Within a year each month is named that there is room for.
        for k in 0..=span {
            put(first.plus(k), first.plus(k).name(), '┬');
        }
    } else if place(januaries[0]) >= 8 {
        put(first, &first.to_string(), '┬');
    }
    for month in &januaries {
        put(*month, &month.year().to_string(), '┬');
    }
    let marks: String = marks.into_iter().collect();
    let labels: String = labels.into_iter().collect();
    format!("{:>6} └{marks}\n{:>8}{}\n", "", "", labels.trim_end())
}

/// Write the last value that was observed, and the one that the forecast ends with.
fn ends(chart: &FanChart, columns: usize) -> String {
    let mut parts = Vec::new();
    if let Some((month, value)) = chart.last_observed() {
        parts.push(format!("observed {month}: {}", chart.shown(value)));
    }
    if let Some((month, value)) = chart.median.last() {
        parts.push(format!("forecast {month}: {}", chart.shown(*value)));
    }
    let length: usize = parts.iter().map(|part| part.chars().count() + 3).sum();
    let between = if length <= columns + 4 {
        "   ".to_owned()
    } else {
        format!("\n{:>8}", "")
    };
    format!("{:>8}{}\n", "", parts.join(&between))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fan::FanBand;

    fn chart(months: i32) -> FanChart {
        let month = |k: i32| Month::january(2023).plus(k);
        let value = |k: i32| 20e9 + 4e9 * f64::from(k % 12) / 11.0;
        FanChart {
            title: "Level and forecast".to_owned(),
            unit: AxisUnit::Level,
            currency: "USD".to_owned(),
            history: (0..months)
                .map(|k| (month(k), (k != 3).then(|| value(k))))
                .collect(),
            median: (months..months + 12)
                .map(|k| (month(k), value(k)))
                .collect(),
            bands: vec![FanBand {
                level: 80.0,
                bounds: (months..months + 12)
                    .map(|k| (month(k), value(k) - 2e9, value(k) + 3e9))
                    .collect(),
            }],
            naive: vec![],
        }
    }

    #[test]
    fn values_and_months_can_be_read_off() {
        insta::assert_snapshot!(draw(&chart(30), 64).unwrap());
    }

    #[test]
    fn a_chart_is_as_wide_as_it_may_be() {
        for columns in [32, 50, 84] {
            for months in [1, 5, 36] {
                let text = draw(&chart(months), columns).unwrap();
                let widest = text.lines().skip(1).map(|line| line.chars().count()).max();
                assert!(
                    widest <= Some(columns + 12),
                    "{widest:?} {columns} {months}\n{text}"
                );
            }
        }
        let nothing = FanChart {
            median: vec![],
            ..chart(30)
        };
        assert_eq!(draw(&nothing, 64), None);
    }
}
