//! What commands share about their output: its form, levels and growth measures, CSV.

use crate::growth::GrowthMeasure;
use clap::Args;
use std::io::Write;

/// The form in which results are printed.
#[derive(Debug, Clone, Copy, Args)]
pub(super) struct FormArgs {
    /// Print JSON, one object for each line.
    #[arg(long, conflicts_with = "csv")]
    pub(super) json: bool,
    /// Print CSV with a header.
    #[arg(long)]
    pub(super) csv: bool,
}

/// The form that was chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// For people.
    Table,
    /// One object a line.
    Json,
    /// With a header.
    Csv,
}

impl FormArgs {
    /// Return the form that was chosen.
    pub(super) fn form(self) -> Form {
        match (self.json, self.csv) {
            (true, _) => Form::Json,
            (false, true) => Form::Csv,
            (false, false) => Form::Table,
        }
    }
}

/// Parse a level in percent.
pub(super) fn level(text: &str) -> Result<f64, String> {
    let level = text
        .trim()
        .parse::<f64>()
        .ok()
        .filter(|level| (1.0..100.0).contains(level));
    level.ok_or_else(|| {
        format!("`{text}` is no level: expected a percentage from 1 to below 100, for example 80")
    })
}

/// Parse a growth measure.
pub(super) fn measure(text: &str) -> Result<GrowthMeasure, String> {
    GrowthMeasure::parse(text).ok_or_else(|| {
        let names: Vec<_> = GrowthMeasure::ALL
            .iter()
            .map(|m| m.name().replace('_', "-"))
            .collect();
        format!("`{text}` is no measure: expected {}", names.join(", "))
    })
}

/// Write rows as CSV, below a header where there is one.
pub(super) fn write_csv<R>(
    out: &mut impl Write,
    header: Option<impl IntoIterator<Item: AsRef<[u8]>>>,
    rows: impl Iterator<Item = R>,
) -> anyhow::Result<()>
where
    R: IntoIterator<Item: AsRef<[u8]>>,
{
    let mut csv = csv::Writer::from_writer(out);
    if let Some(header) = header {
        csv.write_record(header)?;
    }
    for row in rows {
        csv.write_record(row)?;
    }
    Ok(csv.flush()?)
}
