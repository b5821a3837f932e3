//! Pieces that sections share: tables, sources, the accuracy of a method.

use crate::pipeline::{SeriesForecast, percent};
use maud::{Markup, html};
use std::collections::BTreeSet;

/// A cell of a table.
pub(super) enum Cell {
    /// Words, on the left.
    Words(String),
    /// A number, on the right.
    Number(String),
}

/// Return the cell of a number, or a dash where there is none.
pub(super) fn number(text: Option<String>) -> Cell {
    Cell::Number(text.unwrap_or_else(|| "–".to_owned()))
}

/// Render a table; the first cell of a row names it. Nothing where there is no row.
pub(super) fn table(caption: &str, header: &[&str], rows: &[Vec<Cell>]) -> Markup {
    let is_number = |column: usize| {
        let mut rows = rows.iter();
        rows.any(|row| matches!(row.get(column), Some(Cell::Number(_))))
    };
    html! {
        @if !rows.is_empty() {
            div.wide {
                table {
                    @if !caption.is_empty() { caption { (caption) } }
                    thead {
                        tr {
                            @for (column, heading) in header.iter().enumerate() {
                                th scope="col" class=[is_number(column).then_some("n")] {
                                    (heading)
                                }
                            }
                        }
                    }
                    tbody {
                        @for row in rows {
                            tr {
                                @for (column, cell) in row.iter().enumerate() {
                                    @match cell {
                                        Cell::Words(text) if column == 0 => {
                                            th scope="row" { (text) }
                                        }
                                        Cell::Words(text) => { td { (text) } }
                                        Cell::Number(text) => { td.n { (text) } }
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Render sources, each once; an address becomes a link.
pub(super) fn sources<'a>(all: impl Iterator<Item = &'a str>) -> Markup {
    let unique: BTreeSet<&str> = all.map(str::trim).filter(|text| !text.is_empty()).collect();
    html! {
        @if unique.is_empty() {
            p.muted { "The figures name no source." }
        } @else {
            ul {
                @for source in unique {
                    li {
                        @for (k, word) in source.split_whitespace().enumerate() {
                            @if k > 0 { " " }
                            @let address = word.trim_end_matches([';', ',', ')', '.']);
                            @if address.starts_with("https://") || address.starts_with("http://") {
                                a href=(address) { (address) } (word[address.len()..])
                            } @else { (word) }
                        }
                    }
                }
            }
        }
    }
}

/// Render how accurate the method was before, beside repeating the year before.
pub(super) fn accuracy(forecasts: &[&SeriesForecast]) -> Markup {
    let measured: Vec<&&SeriesForecast> = forecasts
        .iter()
        .filter(|forecast| forecast.evaluation.months > 0)
        .collect();
    let levels: Vec<f64> = measured
        .first()
        .map(|first| first.coverage.iter().map(|(level, _)| *level).collect())
        .unwrap_or_default();
    let mut header = vec![
        "Series".to_owned(),
        "Months".to_owned(),
        "Error (sMAPE)".to_owned(),
        "of naive".to_owned(),
        "MASE".to_owned(),
        "of naive".to_owned(),
    ];
    header.extend(
        levels
            .iter()
            .map(|level| format!("In {} %", percent(*level))),
    );
    let rows: Vec<Vec<Cell>> = measured
        .iter()
        .map(|forecast| {
            let of = &forecast.evaluation;
            let mut row = vec![
                Cell::Words(forecast.id.clone()),
                number(Some(of.months.to_string())),
                number(Some(format!("{:.1} %", of.smape))),
                number(Some(format!("{:.1} %", of.naive_smape))),
                number(Some(format!("{:.2}", of.mase))),
                number(Some(format!("{:.2}", of.naive_mase))),
            ];
            row.extend(levels.iter().map(|level| {
                let share = forecast.coverage.iter().find(|(of, _)| of == level);
                number(share.map(|(_, share)| format!("{:.0} %", 100.0 * share)))
            }));
            row
        })
        .collect();
    let header: Vec<&str> = header.iter().map(String::as_str).collect();
    html! {
        @if measured.is_empty() {
            p.muted { "The history is too short to measure how accurate the method was before." }
        } @else {
            (table("", &header, &rows))
            p.muted {
                "Measured on past months that the method did not know. Naive: the same month "
                "of the year before. MASE: error in units of the usual change in twelve months. "
                "In 80 %: share of these months inside the interval, best at 80 %."
            }
        }
    }
}

/// Render notes, one below the other.
pub(super) fn notes(notes: &[String]) -> Markup {
    html! {
        @for note in notes { p.note { "Note: " (note) "." } }
    }
}
