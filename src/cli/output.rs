//! What commands share about their output: its form, and the levels of intervals.

use crate::growth::GrowthMeasure;
use clap::Args;

/// In which form results are printed.
#[derive(Debug, Clone, Copy, Args)]
pub(super) struct FormArgs {
    /// Print JSON, one object a line.
    #[arg(long, conflicts_with = "csv")]
    pub(super) json: bool,
    /// Print CSV.
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
    /// The form that was chosen.
    pub(super) fn form(self) -> Form {
        match (self.json, self.csv) {
            (true, _) => Form::Json,
            (false, true) => Form::Csv,
            (false, false) => Form::Table,
        }
    }
}

/// Parses a level in percent.
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

/// Parses a growth measure.
pub(super) fn measure(text: &str) -> Result<GrowthMeasure, String> {
    GrowthMeasure::parse(text).ok_or_else(|| {
        let names: Vec<_> = GrowthMeasure::ALL
            .iter()
            .map(|m| m.name().replace('_', "-"))
            .collect();
        format!("`{text}` is no measure: expected {}", names.join(", "))
    })
}
