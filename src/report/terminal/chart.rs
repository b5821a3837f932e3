//! A chart of growth: what was observed, then the median and the interval of the forecast.

use crate::growth::{Band, GrowthMeasure};
use crate::pipeline::{ObservedMonth, SeriesForecast};
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
    let name = {
        let first = seen.first()?.month.to_string();
        let last = forecast.points.last()?.month.to_string();
        move |x: f32| {
            if x <= 0.0 {
                first.clone()
            } else {
                last.clone()
            }
        }
    };
    let mut chart = Chart::new_with_y_range(WIDTH, HEIGHT, 0.0, end, low, high);
    let chart = chart
        .lineplot(&past)
        .lineplot(&border)
        .lineplot(&median)
        .lineplot(&lower)
        .lineplot(&upper)
        .x_label_format(LabelFormat::Custom(Box::new(name)))
        .y_label_format(LabelFormat::Custom(Box::new(|y| {
            number::growth(f64::from(y) / 100.0)
        })));
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
