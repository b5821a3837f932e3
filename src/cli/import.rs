//! `tradecast import`: convert files of any known format to the tidy layout, with a report on their
//! quality.

use super::exit_codes;
use super::mapping_args::MappingArgs;
use crate::cli::output_file::{begin, check_output, put_in_place};
use crate::ingest::figures::{FigureRow, TIDY_COLUMNS};
use crate::ingest::quality::QualityReport;
use crate::ingest::{
    BasisGuard, ENDINGS, Format, InvalidRows, ParsedFile, ReadOptions, files_below, formats,
    quality, read_folder, with_known_codes,
};
use crate::report::{json, terminal};
use crate::trade::Code;
use crate::trade::month::parse_date;
use anyhow::bail;
use std::collections::HashMap;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use time::Date;

#[derive(Debug, clap::Args)]
#[command(after_help = exit_codes::IMPORT)]
pub(super) struct ImportArgs {
    /// Files of any known format or of any table that a mapping describes, or folders of them, in
    /// the order of names; gzip, zip and 7z are unpacked.
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// Only report on quality, without writing figures.
    #[arg(long, conflicts_with = "out")]
    check: bool,
    /// Show the first figures as they would be read and the total of each year, without writing.
    #[arg(long, conflicts_with_all = ["out", "check"])]
    dry_run: bool,
    /// Write the tidy figures to this file instead of the standard output.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Report revisions against the figures of this folder or file.
    #[arg(long, value_name = "PATH")]
    against: Option<PathBuf>,
    // Last, for options behind it would stand under its heading in the help.
    #[command(flatten)]
    parse: ParseArgs,
}

/// Options for parsing files.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct ParseArgs {
    /// Format of the files; recognized by their content if omitted.
    #[arg(long, value_name = "FORMAT", value_parser = format)]
    pub(super) format: Option<Format>,
    /// Accept valid figures and report invalid ones; without it, one invalid row refuses its file.
    #[arg(long)]
    pub(super) accept_valid: bool,
    /// Day on which the figures became public, where a file does not state it. For one release, not
    /// for a history.
    #[arg(long, value_name = "DATE", value_parser = parse_date)]
    pub(super) released_on: Option<Date>,
    /// Accept observations of periods that have not ended, and days of release that have not come.
    #[arg(long)]
    pub(super) allow_future: bool,
    /// Code of an area of your own, which no list of countries or groups has; may be given several
    /// times.
    #[arg(long, value_name = "CODE", value_parser = Code::parse)]
    pub(super) new_area: Vec<Code>,
    /// Join figures of several valuations, classifications or editions in one series; the series
    /// and its forecasts then say so.
    #[arg(long)]
    pub(super) mixed_basis: bool,
    /// Print JSON instead of text: the report, and of `import` without --out the figures.
    #[arg(long)]
    pub(super) json: bool,
    #[command(flatten)]
    mapping: MappingArgs,
}

impl ParseArgs {
    /// Refuse outputs that would replace what is read, see [`MappingArgs::refuse_inputs`].
    pub(super) fn refuse_inputs(
        &self,
        files: &[PathBuf],
        out: Option<&Path>,
    ) -> anyhow::Result<()> {
        self.mapping.refuse_inputs(files, out)
    }

    /// Return what the options state about files.
    pub(super) fn options(&self) -> anyhow::Result<ReadOptions> {
        Ok(ReadOptions {
            format: self.format,
            invalid_rows: if self.accept_valid {
                InvalidRows::Report
            } else {
                InvalidRows::Refuse
            },
            mapping: self.mapping.mapping()?,
        })
    }

    /// Parse a file.
    pub(super) fn read(&self, file: &Path, options: &ReadOptions) -> anyhow::Result<ParsedFile> {
        let (format, parsed) = formats::read_with(file, file, options)?;
        let parsed = with_known_codes(parsed, format, &self.new_area)?;
        let parsed = match self.released_on {
            Some(day) => parsed.with_release_date(day)?,
            None => parsed,
        };
        if self.allow_future {
            return Ok(parsed);
        }
        Ok(parsed.without_future()?)
    }
}

fn format(text: &str) -> Result<Format, String> {
    Format::parse(text).ok_or_else(|| {
        let words = Format::ALL.map(Format::word).join(", ");
        format!("`{text}` is no format: expected one of {words}")
    })
}

/// List the files of a folder that can be imported, in the order of names, each with whether it
/// holds exchange rates; a file stands for itself.
pub(super) fn files_to_import(path: &Path) -> anyhow::Result<Vec<(PathBuf, bool)>> {
    let found = files_below(path, &ENDINGS)?;
    if found.is_empty() {
        let endings = ENDINGS.join(", ");
        bail!(
            "{}: expected a file to import; none in this folder ends in {endings}",
            path.display()
        );
    }
    Ok(found)
}

pub(super) fn run(args: &ImportArgs) -> anyhow::Result<ExitCode> {
    if let Some(out) = &args.out {
        let inputs = args.files.iter().chain(&args.against);
        check_output(out, "--out", inputs.map(PathBuf::as_path))?;
    }
    args.parse.refuse_inputs(&args.files, args.out.as_deref())?;
    let history = args.against.as_deref().map(read_folder).transpose()?;
    let history = history
        .as_ref()
        .map(|tidy| tidy as &dyn quality::KnownFigures);
    let mut guard = BasisGuard::new(args.parse.mixed_basis);
    let mut files = Vec::new();
    let options = args.parse.options()?;
    for path in &args.files {
        // Exchange rates are no figures.
        let found = files_to_import(path)?;
        for (file, _) in found.iter().filter(|(_, is_rates)| !is_rates) {
            files.push(guard.check(args.parse.read(file, &options)?, history)?);
        }
    }
    let report = quality::report(&files, history);
    if let Some(out) = &args.out {
        write_file(out, &files)?;
    }
    if args.parse.json {
        let content = match &args.out {
            _ if args.check => json::ImportContent::Report,
            _ if args.dry_run => json::ImportContent::Preview,
            Some(_) => json::ImportContent::Report,
            None => json::ImportContent::Rows(rows(&files)),
        };
        let text = json::import(&report, &files, content);
        writeln!(std::io::stdout().lock(), "{text}")?;
    } else {
        args.print(&files, &report)?;
    }
    Ok(if report.refused.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(exit_codes::INCOMPLETE)
    })
}

impl ImportArgs {
    /// Print what was requested; the report goes to the standard error, unless it is all.
    fn print(&self, files: &[ParsedFile], report: &QualityReport) -> anyhow::Result<()> {
        let text = terminal::quality_report(report);
        let mut out = std::io::stdout().lock();
        if self.check {
            return Ok(out.write_all(text.as_bytes())?);
        }
        if self.dry_run {
            out.write_all(terminal::import_preview(files).as_bytes())?;
        } else if self.out.is_none() {
            write(out, files)?;
        }
        eprint!("{text}");
        Ok(())
    }
}

/// Write a temporary file and rename it when it is complete, so that no partial file stays.
fn write_file(file: &Path, files: &[ParsedFile]) -> anyhow::Result<()> {
    let part = begin(file)?;
    write(part.as_file(), files)?;
    put_in_place(part, file)
}

fn write(out: impl Write, files: &[ParsedFile]) -> anyhow::Result<()> {
    let mut csv = csv::Writer::from_writer(BufWriter::new(out));
    // A reader that has left is found by the error of the output itself.
    let failed = |error: csv::Error| match error.into_kind() {
        csv::ErrorKind::Io(error) => anyhow::Error::from(error),
        other => anyhow::anyhow!("cannot write a row: {other:?}"),
    };
    csv.write_record(TIDY_COLUMNS).map_err(failed)?;
    for row in rows(files) {
        csv.write_record(row).map_err(failed)?;
    }
    Ok(csv.flush()?)
}

/// Return the rows of the tidy layout.
fn rows(files: &[ParsedFile]) -> impl Iterator<Item = [String; TIDY_COLUMNS.len()]> {
    // Of a figure that several files contain the last is written, as the report says. No file
    // contains one twice.
    let mut last: HashMap<_, usize> = HashMap::new();
    if files.len() > 1 {
        for (at, ParsedFile { figures, .. }) in files.iter().enumerate() {
            last.extend(figures.rows().iter().map(|row| (figures.identity(row), at)));
        }
    }
    files.iter().enumerate().flat_map(move |(at, file)| {
        let figures = &file.figures;
        let is_last = |row: &&FigureRow| {
            let identity = figures.identity(row);
            last.get(&identity).is_none_or(|last| *last == at)
        };
        let kept: Vec<&FigureRow> = figures.rows().iter().filter(is_last).collect();
        kept.into_iter().map(move |row| figures.tidy_row(row))
    })
}
