//! Charts of growth: what was observed, then the median and the interval of the forecast.

use crate::growth::{Band, GrowthEstimate, GrowthMeasure};
use crate::pipeline::{ObservedMonth, Outlook, SeriesForecast};
use crate::report::measures::{growth_at, level, shown};
use crate::report::number;
use std::fmt::Write as _;
use textplots::{Chart, LabelBuilder, LabelFormat, Plot, Shape};

/// Dots across; two make a character.
const WIDTH: u32 = 160;
/// Dots upwards; four make a character.
const HEIGHT: u32 = 48;
/// Months of history that are drawn.
const HISTORY: usize = 36;

/// Draw growth on the same month of the year before; `None` where there is too little to draw.
pub fn growth_chart(history: &[ObservedMonth], forecast: &SeriesForecast) -> Option<String> {
    let seen = &history[history.len().saturating_sub(HISTORY)..];
    let points = |numbers: &mut dyn Iterator<Item = (usize, Option<f64>)>| -> Vec<(f32, f32)> {
        numbers
            .filter_map(|(at, growth)| Some((at as f32, 100.0 * growth? as f32)))
            .collect()
    };
    let past = points(&mut seen.iter().map(|month| month.growth).enumerate());
    let readings = || {
        let points = forecast.points.iter();
        let months = points.map(|point| growth_at(point, GrowthMeasure::Month));
        (seen.len()..).zip(months)
    };
    let median = points(&mut readings().map(|(at, growth)| (at, growth.map(|g| g.median))));
    let bound = |of: fn(&Band) -> f64| {
        points(
            &mut readings()
                .map(|(at, growth)| (at, growth.and_then(|growth| shown(&growth.bands)).map(of))),
        )
    };
    let (lower, upper) = (
        bound(|interval| interval.lower),
        bound(|interval| interval.upper),
    );
    let all = || past.iter().chain(&median).chain(&lower).chain(&upper);
    if past.len() < 2 || median.len() < 2 {
        return None;
    }
    let low = all().map(|(_, y)| *y).fold(0.0, f32::min);
    let high = all().map(|(_, y)| *y).fold(0.0, f32::max);
    let end = (seen.len() + forecast.points.len() - 1) as f32;
    let now = seen.len() as f32 - 0.5;
    let (past, median) = (Shape::Lines(&past), Shape::Lines(&median));
    let (lower, upper) = (Shape::Points(&lower), Shape::Points(&upper));
    let border = [(now, low), (now, high)];
    let border = Shape::Lines(&border);
    let first = seen.first()?.month.to_string();
    let last = forecast.points.last()?.month.to_string();
    let mut chart = Chart::new_with_y_range(WIDTH, HEIGHT, 0.0, end, low, high);
    let chart = chart
        .lineplot(&past)
        .lineplot(&border)
        .lineplot(&median)
        .lineplot(&lower)
        .lineplot(&upper)
        .x_label_format(ends(first, last))
        .y_label_format(growth_labels());
    chart.axis();
    chart.figures();
    let first = forecast.points.first();
    let mut text = "growth on the same month of the year before: seen │ median".to_owned();
    if let Some(interval) = first.and_then(|point| shown(&point.bands)) {
        // Writing to a string cannot fail.
        let _ = write!(text, ", dots: {} % interval", level(interval));
    }
    let _ = write!(text, "\n{chart}");
    Some(text)
}

/// Draw growth of the year to date from month to month with its interval, a fan that opens towards
/// December; `None` where there is too little to draw.
pub(super) fn year_to_date_fan(outlook: &Outlook) -> Option<String> {
    const WIDTH: u32 = 140;
    const HEIGHT: u32 = 40;
    let home = outlook.key.unit;
    let readings: Vec<&GrowthEstimate> = outlook
        .readings
        .iter()
        .filter(|(unit, of)| *unit == home && of.measure == GrowthMeasure::YearToDate)
        .map(|(_, of)| of)
        .collect();
    if readings.len() < 3 {
        return None;
    }
    let line = |of: &dyn Fn(&GrowthEstimate) -> Option<f64>| -> Vec<(f32, f32)> {
        let readings = readings.iter().enumerate();
        readings
            .filter_map(|(k, r)| Some((k as f32, 100.0 * of(r)? as f32)))
            .collect()
    };
    let median = line(&|of| Some(of.median));
    let lower = line(&|of| shown(&of.bands).map(|band| band.lower));
    let upper = line(&|of| shown(&of.bands).map(|band| band.upper));
    let all = || median.iter().chain(&lower).chain(&upper).map(|(_, y)| *y);
    let (low, high) = (all().fold(0.0, f32::min), all().fold(0.0, f32::max));
    let end = (readings.len() - 1) as f32;
    let last = readings.last()?;
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
        .x_label_format(ends(readings[0].span.to_string(), last.span.to_string()))
        .y_label_format(growth_labels());
    chart.axis();
    chart.figures();
    let level = level(shown(&last.bands)?);
    Some(format!(
        "growth of the year to date: median, dots: {level} % interval\n{chart}\n"
    ))
}

/// Label the two ends of the axis of time.
fn ends(first: String, last: String) -> LabelFormat {
    LabelFormat::Custom(Box::new(move |x| {
        if x <= 0.0 {
            first.clone()
        } else {
            last.clone()
        }
    }))
}

/// Label the axis of growth, which is drawn in percent.
fn growth_labels() -> LabelFormat {
    LabelFormat::Custom(Box::new(|y| number::growth(f64::from(y) / 100.0)))
}
