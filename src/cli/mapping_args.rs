//! Options that say what a file lacks, where its columns stand and how its cells are written.

use super::output_file::{check_output, write_whole};
use super::usage_error::UsageError;
use crate::ingest::mapping::{mapping_text, parse_mapping};
use crate::ingest::{MappedPart, Mapping, PartSource};
use anyhow::{Context, bail};
use std::path::{Path, PathBuf};

/// Options of a mapping.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = "Mapping")]
pub(super) struct MappingArgs {
    /// Where the parts of figures come from: constants and columns, such as
    /// reporter=KAZ,partner=col:Country,flow=X,period=col:Month,value=col:Value,unit="USD 1000".
    /// A period may be col:Year+Month; `header` stands for the names of the columns of values.
    #[arg(long, value_name = "PARTS")]
    map: Vec<String>,
    /// Read the mapping kept in this TOML file; other options override it.
    #[arg(long, value_name = "FILE")]
    mapping: Option<PathBuf>,
    /// Save the mapping in this TOML file.
    #[arg(long, value_name = "FILE")]
    save_mapping: Option<PathBuf>,
    /// Several values in a row: the names of their columns are months, or partners, flows or
    /// products with months down.
    #[arg(long)]
    wide: bool,
    /// Reporter code, where the file does not state it.
    #[arg(long, value_name = "CODE")]
    reporter: Option<String>,
    /// Partner code, where the file does not state it.
    #[arg(long, value_name = "CODE")]
    partner: Option<String>,
    /// Flow, where the file does not state it: X, M, T or B.
    #[arg(long, value_name = "FLOW")]
    flow: Option<String>,
    /// Product code, where the file does not state it; TOTAL if omitted.
    #[arg(long, value_name = "CODE")]
    product: Option<String>,
    /// Currency and scale, where the file does not state them: "USD 1000", "EUR mn".
    #[arg(long, value_name = "UNIT")]
    unit: Option<String>,
    /// Source of the figures, where the file does not state it.
    #[arg(long, value_name = "TEXT")]
    source: Option<String>,
    /// Sheet of a workbook, by name or number.
    #[arg(long, value_name = "SHEET")]
    sheet: Option<String>,
    /// Row of the header, counted from 1.
    #[arg(long, value_name = "ROW")]
    header_row: Option<u64>,
    /// Read only rows whose column has this text.
    #[arg(long = "where", value_name = "COLUMN=TEXT")]
    filter: Vec<String>,
    /// Column, label of rows, or beginning of a text beside the table that is passed over.
    #[arg(long, value_name = "TEXT")]
    skip: Vec<String>,
    /// Text that stands for a missing figure.
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    gap: Vec<String>,
    /// Text that stands for zero.
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    nil: Vec<String>,
    /// Code of a text that has none: "Rest of the world=XREST".
    #[arg(long = "code", value_name = "TEXT=CODE")]
    codes: Vec<String>,
    /// Decimal mark: . or ,
    #[arg(long, value_name = "MARK")]
    decimal: Option<String>,
    /// Separator of thousands: . , ' or a blank.
    #[arg(long, value_name = "MARK")]
    thousands: Option<String>,
    /// Order of day and month in dates: dmy or mdy.
    #[arg(long, value_name = "ORDER")]
    dates: Option<String>,
}

impl MappingArgs {
    /// Refuse to save the mapping over a file that is read, and results over the mapping.
    ///
    /// # Errors
    /// A file would be read and replaced, or written twice.
    pub(super) fn refuse_inputs(
        &self,
        files: &[PathBuf],
        out: Option<&Path>,
    ) -> anyhow::Result<()> {
        let mapping = self.mapping.as_deref();
        if let Some(out) = out {
            check_output(out, "--out", mapping)?;
        }
        let Some(saved) = self.save_mapping.as_deref() else {
            return Ok(());
        };
        let read = files.iter().map(PathBuf::as_path).chain(mapping);
        check_output(saved, "--save-mapping", read)?;
        if out == Some(saved) {
            bail!(UsageError(format!(
                "the results would replace the mapping in {}: expected another --save-mapping",
                saved.display()
            )));
        }
        Ok(())
    }

    /// Return the mapping, and save it where that is requested.
    ///
    /// # Errors
    /// The option that is wrong; a mapping file that cannot be read or written.
    pub(super) fn mapping(&self) -> anyhow::Result<Mapping> {
        let mut mapping = match &self.mapping {
            Some(file) => read_mapping(file)?,
            None => Mapping::default(),
        };
        for text in &self.map {
            mapping.add_parts(text)?;
        }
        for (part, text) in [
            (MappedPart::Reporter, &self.reporter),
            (MappedPart::Partner, &self.partner),
            (MappedPart::Flow, &self.flow),
            (MappedPart::Product, &self.product),
            (MappedPart::Unit, &self.unit),
            (MappedPart::Source, &self.source),
        ] {
            if let Some(text) = text {
                mapping.set(part, PartSource::Constant(text.clone()))?;
            }
        }
        mapping.wide |= self.wide;
        mapping.sheet = self.sheet.clone().or(mapping.sheet);
        mapping.header_row = self.header_row.or(mapping.header_row);
        for text in &self.filter {
            let (column, text) = pair(text, "--where", "COLUMN=TEXT")?;
            mapping.filters.insert(column, text);
        }
        for text in &self.codes {
            let (text, code) = pair(text, "--code", "TEXT=CODE")?;
            mapping.codes.insert(text, code);
        }
        mapping.skip.extend(self.skip.iter().cloned());
        mapping.gaps.extend(self.gap.iter().cloned());
        mapping.nil.extend(self.nil.iter().cloned());
        self.decimal
            .iter()
            .try_for_each(|text| mapping.set_decimal(text))?;
        self.thousands
            .iter()
            .try_for_each(|text| mapping.set_thousands(text))?;
        self.dates
            .iter()
            .try_for_each(|text| mapping.set_dates(text))?;
        if let Some(file) = &self.save_mapping {
            write_whole(file, mapping_text(&mapping)?.as_bytes())?;
        }
        Ok(mapping)
    }
}

fn read_mapping(file: &Path) -> anyhow::Result<Mapping> {
    let text =
        std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    parse_mapping(&text).with_context(|| format!("{}", file.display()))
}

fn pair(text: &str, option: &str, expected: &str) -> anyhow::Result<(String, String)> {
    match text.rsplit_once('=') {
        Some((name, value)) if !name.trim().is_empty() => {
            Ok((name.trim().to_owned(), value.trim().to_owned()))
        }
        _ => bail!("{option} `{text}`: expected {expected}"),
    }
}
