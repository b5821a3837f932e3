//! `tradecast report`: one HTML file about series and pairs of partners, computed here or on a
//! server.

use super::arguments::{PlaceArgs, past_day_or_none};
use super::browser::{find_browser, print_to_pdf};
use super::console;
use super::exit_codes;
use super::output_file::{check_output, check_outputs_differ, write_whole};
use super::projection_args::ProjectionArgs;
use super::remedy::lists_series;
use super::report_source::{LocalSource, RemoteSource, ReportSource};
use super::report_subject::subjects;
use super::usage_error::UsageError;
use crate::report::html::{self, Report, ReportSection};
use anyhow::{Context, bail};
use serde_json::json;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

const EXAMPLES: &str = "\
Examples:
  tradecast report USA.CHN.M.TOTAL.USD CHN.CA5 --out report.html
  tradecast report 'USA.*.M.TOTAL.USD' --as-of 2025-06-30 --since 2025-03-31 --out report.html \
--svg charts";

#[derive(Debug, clap::Args)]
#[command(
    disable_version_flag = true,
    after_help = format!("{EXAMPLES}\n\n{}", exit_codes::REPORT)
)]
pub(super) struct ReportArgs {
    /// Series keys or patterns (USA.CHN.M.TOTAL.USD, 'USA.*.M.TOTAL.USD'), or pairs of reporter
    /// and partner for an outlook of their year (CHN.CA5, CHN-CA5 or CHN CA5).
    #[arg(value_name = "KEY|PAIR", required = true)]
    subjects: Vec<String>,
    /// Write the report to this HTML file, which needs no other file.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Write the report to this PDF file, printed by a browser: that of TRADECAST_BROWSER, or a
    /// Chromium or Chrome on the path.
    #[arg(long, value_name = "FILE")]
    pdf: Option<PathBuf>,
    /// Write the charts into this folder, an SVG file each.
    #[arg(long, value_name = "FOLDER")]
    svg: Option<PathBuf>,
    /// Title [default: made of the subjects].
    #[arg(long)]
    title: Option<String>,
    /// Day of an earlier forecast, YYYY-MM-DD: also say what has moved since.
    #[arg(
        long,
        value_name = "DATE",
        value_parser = past_day_or_none,
        default_value = "",
        hide_default_value = true
    )]
    since: String,
    /// Print one JSON object of the files that were written and the subjects without a result.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    projection: ProjectionArgs,
    #[command(flatten)]
    place: PlaceArgs,
}

pub(super) fn run(args: &ReportArgs) -> anyhow::Result<ExitCode> {
    args.check_outputs()?;
    let request = args.projection.request()?;
    let (vintage, since) = (request.vintage(), args.since.trim());
    let mut source: Box<dyn ReportSource> = match args.place.source.server() {
        Some(server) => Box::new(RemoteSource::connect(
            server,
            request,
            since,
            args.place.source.version(),
        )?),
        None => Box::new(LocalSource::new(&args.place, request, since)?),
    };
    let subjects = subjects(&args.subjects);
    let mut sections = Vec::new();
    for text in &subjects {
        let failed = |error: anyhow::Error| {
            console::note(format_args!("{text}: {error:#}"));
            vec![ReportSection::Failure {
                subject: text.clone(),
                reason: format!("{error:#}"),
            }]
        };
        sections.extend(source.sections(text).unwrap_or_else(failed));
    }
    let is_failure = |section: &&ReportSection| matches!(section, ReportSection::Failure { .. });
    let failed = sections.iter().filter(is_failure).count();
    if failed == sections.len() {
        bail!("there is nothing to report; {}", lists_series(""));
    }
    let report = Report {
        title: args.title.clone().unwrap_or_else(|| title(&subjects)),
        sections,
        vintage,
        since: since.to_owned(),
        provenance: source.provenance(),
    };
    args.write(&report)?;
    Ok(if failed > 0 {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

impl ReportArgs {
    /// Refuse a command line without an output, and outputs that would replace what is read.
    fn check_outputs(&self) -> anyhow::Result<()> {
        if self.out.is_none() && self.pdf.is_none() && self.svg.is_none() {
            bail!(UsageError(
                "nothing would be written: expected --out FILE, --pdf FILE or --svg FOLDER"
                    .to_owned()
            ));
        }
        check_outputs_differ(&[
            ("--out", self.out.as_deref()),
            ("--pdf", self.pdf.as_deref()),
        ])?;
        if self.pdf.is_some() {
            // A browser that is missing is reported before the work, not after it.
            find_browser()?;
        }
        let inputs = self.place.source.files()?;
        let inputs = || inputs.iter().map(PathBuf::as_path);
        for (option, file) in [("--out", &self.out), ("--pdf", &self.pdf)] {
            if let Some(file) = file {
                check_output(file, option, inputs())?;
            }
        }
        if let Some(folder) = self.svg.as_deref().filter(|of| of.exists() && !of.is_dir()) {
            bail!(UsageError(format!(
                "--svg {}: expected a folder, not a file",
                folder.display()
            )));
        }
        Ok(())
    }

    /// Write the files, and print which.
    fn write(&self, report: &Report) -> anyhow::Result<()> {
        let page = html::report(report);
        let mut files: Vec<PathBuf> = Vec::new();
        if let Some(file) = &self.out {
            write_whole(file, page.as_bytes())?;
            files.push(file.clone());
        }
        if let Some(folder) = &self.svg {
            std::fs::create_dir_all(folder)
                .with_context(|| format!("cannot make the folder {}", folder.display()))?;
            let charts = html::charts(report);
            for chart in &charts {
                let file = folder.join(format!("{}.svg", chart.name));
                write_whole(&file, chart.svg.as_bytes())?;
                files.push(file);
            }
        }
        if let Some(file) = &self.pdf {
            write_whole(file, &print_to_pdf(&page)?)?;
            files.push(file.clone());
        }
        let names: Vec<String> = files
            .iter()
            .map(|file| file.display().to_string())
            .collect();
        if self.json {
            let failed = report.sections.iter().filter_map(|section| match section {
                ReportSection::Failure { subject, reason } => {
                    Some(json!({"subject": subject, "reason": reason}))
                }
                _ => None,
            });
            let failures: Vec<serde_json::Value> = failed.collect();
            let object = json!({
                "files": names,
                "failures": failures,
                "provenance": report.provenance,
            });
            writeln!(std::io::stdout(), "{object}")?;
        } else {
            console::note(format_args!("written: {}", names.join(", ")));
        }
        Ok(())
    }
}

/// Return a title for the subjects.
fn title(subjects: &[String]) -> String {
    match subjects {
        [one] => format!("Trade report: {one}"),
        several if several.len() <= 3 => format!("Trade report: {}", several.join(", ")),
        several => format!(
            "Trade report: {} and {} more",
            several[0],
            several.len() - 1
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_names_few_subjects_and_counts_many() {
        let subjects = |n: usize| vec!["A.B".to_owned(); n];
        assert_eq!(title(&subjects(1)), "Trade report: A.B");
        assert_eq!(title(&subjects(2)), "Trade report: A.B, A.B");
        assert_eq!(title(&subjects(5)), "Trade report: A.B and 4 more");
    }
}
