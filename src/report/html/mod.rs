//! A report as one HTML file that needs nothing else: sentences, tables, charts. Every text is
//! escaped; styles are for light and dark screens and for paper.

mod content;
mod growth;
mod pair;
mod parts;
mod sentences;
mod series;

pub use content::{PairReport, Report, ReportSection, SeriesReport};

use crate::catalog::Vintage;
use maud::{DOCTYPE, Markup, PreEscaped, html};

/// A chart of a report.
#[derive(Debug, Clone)]
pub struct ReportChart {
    /// Name of a file, without its ending.
    pub name: String,
    /// The chart as SVG.
    pub svg: String,
}

const STYLE: &str = include_str!("report.css");

/// Render a report.
pub fn report(report: &Report) -> String {
    let as_of = match report.vintage {
        Vintage::Latest => "all figures that are known".to_owned(),
        Vintage::AsOf(day) => format!("figures public on {day}"),
    };
    let headings: Vec<String> = report.sections.iter().map(heading).collect();
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="generator" content={"tradecast " (report.provenance.tool_version)};
                title { (report.title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                header {
                    h1 { (report.title) }
                    p.muted { "From " (as_of) ". Growth is on the same months of the year before." }
                    @if report.sections.len() > 1 {
                        nav aria-label="Contents" {
                            ol {
                                @for (number, heading) in headings.iter().enumerate() {
                                    li { a href={"#s" (number + 1)} { (heading) } }
                                }
                            }
                        }
                    }
                }
                main {
                    @for (number, (section, heading)) in
                        report.sections.iter().zip(&headings).enumerate()
                    {
                        section id={"s" (number + 1)} aria-label=(heading) {
                            h2 { (heading) }
                            @match section {
                                ReportSection::Series(of) => (series::section(of, &report.since)),
                                ReportSection::Pair(of) => (pair::section(of, &report.since)),
                                ReportSection::Failure { reason, .. } => {
                                    p.warning { "No result: " (reason) }
                                }
                            }
                        }
                    }
                }
                footer {
                    p { (report.provenance) "." }
                    @if !report.provenance.data_fingerprint.is_empty() {
                        p {
                            "Fingerprint of the figures: "
                            code { (report.provenance.data_fingerprint) }
                        }
                    }
                    p {
                        "An interval of 80 % holds four of five outcomes if the method errs as it "
                        "did before; it knows nothing of events that have no precedent."
                    }
                }
            }
        }
    };
    let mut text = page.into_string();
    // No page may hold them, and a terminal would obey them.
    text.retain(|letter| !letter.is_control() || matches!(letter, '\n' | '\t'));
    text
}

/// Return the charts of a report, those that it shows, each with a name of its own.
pub fn charts(report: &Report) -> Vec<ReportChart> {
    let chart = |of: &str, (kind, svg): (&str, Markup)| ReportChart {
        name: format!("{of}-{kind}"),
        svg: format!("{}\n", svg.into_string()),
    };
    let of_section = |section: &ReportSection| -> Vec<ReportChart> {
        match section {
            ReportSection::Series(of) => {
                let name = &of.forecast.id;
                series::charts(of)
                    .into_iter()
                    .map(|of| chart(name, of))
                    .collect()
            }
            ReportSection::Pair(of) => {
                let name = of.outlook.key.to_string();
                pair::charts(of)
                    .into_iter()
                    .map(|of| chart(&name, of))
                    .collect()
            }
            ReportSection::Failure { .. } => Vec::new(),
        }
    };
    report.sections.iter().flat_map(of_section).collect()
}

/// Return the heading of a section.
fn heading(section: &ReportSection) -> String {
    match section {
        ReportSection::Series(of) => sentences::trade(&of.detail.summary.key),
        ReportSection::Pair(of) => {
            format!(
                "{}, outlook for {}",
                sentences::trade(&of.outlook.key),
                of.outlook.year
            )
        }
        ReportSection::Failure { subject, .. } => subject.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{Provenance, example};

    fn example() -> Report {
        let mut forecast = example::forecast();
        forecast
            .notes
            .push("a note with <script>alert(1)</script>".to_owned());
        let mut detail = example::series();
        detail.summary.source = "\"><img src=x onerror=alert(2)>; https://example.org/a".to_owned();
        let series = SeriesReport {
            detail,
            forecast,
            explained: example::explained(),
            review: Some(example::growth_review()),
        };
        let pair = PairReport {
            outlook: example::outlook(),
            review: None,
            change: Some(Err("the pair has <no> change".to_owned())),
            forecasts: vec![example::forecast()],
            sources: vec!["GACC table by country".to_owned()],
        };
        Report {
            title: "A <b>report</b>\u{1b}[2J".to_owned(),
            sections: vec![
                ReportSection::Series(Box::new(series)),
                ReportSection::Pair(Box::new(pair)),
                ReportSection::Failure {
                    subject: "<i>".to_owned(),
                    reason: "there is no such series".to_owned(),
                },
            ],
            vintage: Vintage::Latest,
            since: "2025-12-31".to_owned(),
            provenance: Provenance::here("ab".repeat(16), None, 7),
        }
    }

    #[test]
    fn every_text_is_escaped_and_nothing_is_requested() {
        let text = report(&example());
        for forbidden in [
            "<b>", "<script", "<img", "<i>", "<no>", "<link", "@import", "url(", "\u{1b}",
        ] {
            assert!(!text.contains(forbidden), "{forbidden}");
        }
        // Addresses are links to follow, never sources of the page.
        assert!(!text.contains(" src=\""));
        assert!(text.contains("<a href=\"https://example.org/a\""), "{text}");
        for expected in [
            "seed 7",
            "&lt;script&gt;",
            "class=\"tc-band\"",
            "No result: ",
        ] {
            assert!(text.contains(expected), "{expected}");
        }
    }

    #[test]
    fn the_charts_of_files_are_those_of_the_page() {
        let report_of = example();
        let page = report(&report_of);
        let charts = charts(&report_of);
        assert!(!charts.is_empty());
        for chart in charts {
            assert!(page.contains(chart.svg.trim_end()), "{}", chart.name);
            assert!(chart.svg.contains("xmlns="), "{}", chart.name);
        }
    }
}
