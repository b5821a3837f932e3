//! The section of a monthly series.

use super::content::SeriesReport;
use super::growth::{changes, contradictions, published, release_sources};
use super::parts::{Cell, accuracy, notes, number as cell, sources, table};
use super::sentences::of_series;
use crate::growth::{GrowthEstimate, GrowthMeasure};
use crate::pipeline::{Drivers, ForecastPoint};
use crate::report::driver_group::GROUPS;
use crate::report::fan::FanChart;
use crate::report::measures::{growth_at, interval_heading, shown};
use crate::report::number;
use crate::report::svg::{Waterfall, WaterfallPart};
use maud::{Markup, html};

/// Months of history that charts show.
const HISTORY: usize = 48;

/// Render the section.
pub(super) fn section(report: &SeriesReport, since: &str) -> Markup {
    let forecast = &report.forecast;
    let summary = &report.detail.summary;
    let charts = charts(report);
    let (fans, falls): (Vec<_>, Vec<_>) = charts
        .into_iter()
        .partition(|(name, _)| !name.starts_with("drivers"));
    let review = report.review.as_ref();
    html! {
        p.muted.key {
            code { (forecast.id) } ", in " (summary.unit) ", "
            (summary.observed) (if summary.observed == 1 { " month" } else { " months" })
            " with a figure"
            @if let Some((first, last)) = summary.months { ", " (first) " to " (last) }
            @if summary.gaps > 0 { ", " (summary.gaps) " without" }
            "."
        }
        p.lead { @for sentence in &of_series(report) { (sentence) " " } }
        (notes(&forecast.notes))
        @for (_, chart) in &fans { figure { (chart) } }
        h3 { "Months ahead" }
        (months(report))
        @if !falls.is_empty() {
            h3 { "What drives the growth" }
            @for (_, chart) in &falls { figure { (chart) } }
            p.muted {
                "Each bar is what a group of drivers adds to the growth of the forecast on the "
                "year before; together they are the growth."
            }
        }
        h3 { "Method and accuracy" }
        p { (method(report)) }
        (accuracy(&[forecast]))
        h3 { "Revisions" }
        (changes(&report.explained.changes, since))
        (published(review, Some(&summary.key)))
        h3 { "Contradictions" }
        (contradictions(review.map_or(&[], |review| &review.contradictions)))
        h3 { "Sources" }
        (sources(
            std::iter::once(summary.source.as_str())
                .chain(report.detail.releases.iter().map(|of| of.source.as_str()))
                .chain(release_sources(review, Some(&summary.key)))
        ))
    }
}

/// Return the charts, each with the end of its name.
pub(super) fn charts(report: &SeriesReport) -> Vec<(&'static str, Markup)> {
    let (history, forecast) = (&report.detail.observations, &report.forecast);
    let currency = report.detail.summary.unit.to_string();
    let level = FanChart::of_level(history, forecast, currency, HISTORY);
    let growth = FanChart::of_growth(history, forecast, HISTORY);
    let mut charts = Vec::new();
    charts.extend(level.svg().map(|svg| ("level", svg)));
    charts.extend(growth.svg().map(|svg| ("growth", svg)));
    let drivers = drivers(report).and_then(|drivers| drivers.svg());
    charts.extend(drivers.map(|svg| ("drivers", svg)));
    charts
}

/// Return the waterfall of the year that sentences speak of, else of the last span explained.
fn drivers(report: &SeriesReport) -> Option<Waterfall> {
    let explained = &report.explained.growth;
    let year = report.forecast.years.first().map(|year| year.span);
    let of_year = explained
        .iter()
        .find(|of| of.measure == GrowthMeasure::Year && year.is_none_or(|year| year == of.span));
    let growth: &Drivers = of_year.or(explained.last())?;
    let parts = GROUPS.iter().filter_map(|group| {
        Some(WaterfallPart {
            name: group.words.to_owned(),
            points: group.points(growth)?,
        })
    });
    Some(Waterfall {
        title: format!("Growth of {} by driver", growth.span.words()),
        parts: parts.collect(),
        total: format!("Growth of {}", growth.span.words()),
    })
}

fn months(report: &SeriesReport) -> Markup {
    let forecast = &report.forecast;
    let first = forecast.points.first();
    let interval = interval_heading(first.and_then(|point| shown(&point.bands)));
    let value = format!("Forecast, {}", report.detail.summary.unit);
    let header = [
        "Month",
        &value,
        &interval,
        "Naive",
        "Growth",
        &interval,
        "Year to date",
    ];
    let growth = |of: Option<&GrowthEstimate>| cell(of.map(|of| number::growth(of.median)));
    let row = |point: &ForecastPoint| {
        let month = growth_at(point, GrowthMeasure::Month);
        let range = month.and_then(|month| shown(&month.bands));
        vec![
            Cell::Words(point.month.to_string()),
            cell(Some(number::short(point.value))),
            cell(shown(&point.bands).map(|of| number::short_range(of.lower, of.upper))),
            cell(Some(number::short(point.naive))),
            growth(month),
            cell(range.map(|of| number::growth_range(of.lower, of.upper))),
            growth(growth_at(point, GrowthMeasure::YearToDate)),
        ]
    };
    let rows: Vec<Vec<Cell>> = forecast.points.iter().map(row).collect();
    let years: Vec<Vec<Cell>> = forecast
        .years
        .iter()
        .map(|year| {
            let range = shown(&year.bands);
            vec![
                Cell::Words(year.span.to_string()),
                cell(Some(number::growth(year.median))),
                cell(range.map(|of| number::growth_range(of.lower, of.upper))),
                cell(Some(format!("{:.0} %", 100.0 * year.share_observed))),
                cell(Some(number::growth(year.naive))),
            ]
        })
        .collect();
    html! {
        (table("", &header, &rows))
        (table("Growth of years", &["Year", "Growth", &interval, "Known", "Naive"], &years))
        p.muted {
            "Naive: the same month of the year before. Growth: on the same month of the year "
            "before; year to date: January to the month on the same months of the year before. "
            "Known: share of the year that is observed."
        }
    }
}

/// Say by what method the forecast was made.
fn method(report: &SeriesReport) -> String {
    let forecast = &report.forecast;
    let mut weights = forecast.weights.clone();
    weights.sort_by(|a, b| b.1.total_cmp(&a.1));
    let named: Vec<String> = weights
        .iter()
        .filter(|(_, weight)| *weight >= 0.005)
        .map(|(member, weight)| format!("{} {:.0} %", member.name(), 100.0 * weight))
        .collect();
    let of = match named.len() {
        0 => String::new(),
        1 => format!(": {}", named[0]),
        _ => format!(", a weighted mean of {}", named.join(", ")),
    };
    format!(
        "Method {}{of}. The history ends with {}.",
        forecast.method, forecast.last
    )
}
