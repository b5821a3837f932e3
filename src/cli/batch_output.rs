//! The file that a batch writes: CSV, or Parquet with the input's own types of names and months.

use crate::cli::output_file::{begin, put_in_place};
use crate::ingest::long::{LongLayout, in_a_day};
use crate::pipeline::BatchRow;
use crate::trade::Month;
use crate::trade::day::day_number;
use anyhow::bail;
use polars::prelude::{
    Column, DataFrame, DataType, Int64Chunked, IntoColumn, NewChunkedArray, ParquetWriter,
};
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

/// A file of results that is being written. The rows go into a temporary file beside it, which
/// replaces it when complete, so that no partial file remains.
pub(super) struct BatchOutput {
    file: PathBuf,
    part: tempfile::NamedTempFile,
    format: OutputFormat,
    layout: LongLayout,
    rows: u64,
}

enum OutputFormat {
    Csv(Box<csv::Writer<BufWriter<File>>>),
    Parquet {
        names: Vec<String>,
        columns: Columns,
    },
}

/// Rows of a Parquet file, column by column.
#[derive(Default)]
struct Columns {
    ids: Vec<String>,
    months: Vec<Month>,
    numbers: Vec<Vec<f64>>,
    methods: Vec<String>,
}

impl BatchOutput {
    /// Start a file with the columns `id`, `time`, `yhat`, two bounds for each of `levels` (0 to 1)
    /// and `method`.
    pub(super) fn create(
        file: &Path,
        id: &str,
        time: &str,
        levels: &[f64],
        layout: LongLayout,
    ) -> anyhow::Result<Self> {
        let mut names = vec![id.to_owned(), time.to_owned(), "yhat".to_owned()];
        // 0.8 is written as 80, 0.975 as 97.5.
        let percent = levels.iter().map(|level| (level * 1e6).round() / 1e4);
        names.extend(percent.flat_map(|level| [format!("lo-{level}"), format!("hi-{level}")]));
        names.push("method".to_owned());
        if let Some(twice) = names[2..].iter().find(|name| *name == id || *name == time) {
            bail!("the results have a column `{twice}` of their own: rename that of the input");
        }
        let part = begin(file)?;
        let parquet = file
            .extension()
            .is_some_and(|e| e.eq_ignore_ascii_case("parquet"));
        let format = if parquet {
            let numbers = vec![Vec::new(); 1 + 2 * levels.len()];
            OutputFormat::Parquet {
                names,
                columns: Columns {
                    numbers,
                    ..Columns::default()
                },
            }
        } else {
            let mut writer = csv::Writer::from_writer(BufWriter::new(part.reopen()?));
            writer.write_record(&names)?;
            OutputFormat::Csv(Box::new(writer))
        };
        Ok(Self {
            file: file.to_owned(),
            part,
            format,
            layout,
            rows: 0,
        })
    }

    /// Write the rows of one series.
    pub(super) fn write(&mut self, id: &str, row: &BatchRow) -> anyhow::Result<()> {
        for (k, value) in row.point.iter().enumerate() {
            let month = row.last.forward(k + 1);
            let bounds = row
                .bands
                .iter()
                .flat_map(|bands| [bands[k].lower, bands[k].upper]);
            let numbers = std::iter::once(*value).chain(bounds);
            match &mut self.format {
                OutputFormat::Csv(writer) => {
                    writer.write_field(id)?;
                    writer.write_field(self.layout.notation.write(month))?;
                    for number in numbers {
                        writer.write_field(csv_number(number))?;
                    }
                    writer.write_field(&row.method)?;
                    writer.write_record(None::<&[u8]>)?;
                }
                OutputFormat::Parquet { columns, .. } => {
                    columns.ids.push(id.to_owned());
                    columns.months.push(month);
                    columns
                        .numbers
                        .iter_mut()
                        .zip(numbers)
                        .for_each(|(column, number)| column.push(number));
                    columns.methods.push(row.method.clone());
                }
            }
            self.rows += 1;
        }
        Ok(())
    }

    /// Move the file into its place and return how many rows it has.
    pub(super) fn finish(self) -> anyhow::Result<u64> {
        match self.format {
            OutputFormat::Csv(writer) => {
                let buffer = writer.into_inner().map_err(|error| error.into_error())?;
                buffer
                    .into_inner()
                    .map_err(|error| error.into_error())?
                    .flush()?;
            }
            OutputFormat::Parquet { names, columns } => {
                let height = usize::try_from(self.rows)?;
                let mut frame = DataFrame::new(height, columns.typed(&names, &self.layout)?)?;
                ParquetWriter::new(self.part.reopen()?).finish(&mut frame)?;
            }
        }
        set_usual_permissions(self.part.path());
        put_in_place(self.part, &self.file)?;
        Ok(self.rows)
    }
}

impl Columns {
    /// Return the columns, names and months in the types of the input.
    fn typed(self, names: &[String], layout: &LongLayout) -> anyhow::Result<Vec<Column>> {
        let column = |at: usize| names[at].as_str().into();
        let mut ids = Column::new(column(0), self.ids);
        if layout.id.is_primitive_numeric() {
            ids = ids.cast(&layout.id)?;
        }
        let months = self.months.iter();
        let day = |month: &Month| day_number(layout.notation.day(*month));
        let months = match &layout.time {
            DataType::Date => {
                let days: Vec<i32> = months.map(day).collect();
                Column::new(column(1), days).cast(&DataType::Date)?
            }
            DataType::Datetime(unit, zone) => {
                let a_day = in_a_day(*unit);
                let moment = |month| i64::from(day(month)) * a_day + layout.time_of_day;
                let moments = Int64Chunked::from_iter_values(column(1), months.map(moment));
                moments.into_datetime(*unit, zone.clone()).into_column()
            }
            time => {
                let texts: Vec<String> =
                    months.map(|month| layout.notation.write(*month)).collect();
                let texts = Column::new(column(1), texts);
                match time.is_primitive_numeric() {
                    true => texts.strict_cast(time)?,
                    false => texts,
                }
            }
        };
        let mut all = vec![ids, months];
        all.extend(
            self.numbers
                .into_iter()
                .enumerate()
                .map(|(k, values)| Column::new(column(k + 2), values)),
        );
        all.push(Column::new(column(names.len() - 1), self.methods));
        Ok(all)
    }
}

/// Write a number with all of its digits, very small and large ones with an exponent: readers take
/// hundreds of decimals for zero.
fn csv_number(number: f64) -> String {
    const POSITIONAL: std::ops::Range<f64> = 1e-5..1e16;
    match number == 0.0 || POSITIONAL.contains(&number.abs()) {
        true => number.to_string(),
        false => format!("{number:e}"),
    }
}

/// Give a file the usual permissions: a temporary file is private, a result is as readable as any
/// other new file.
fn set_usual_permissions(path: &Path) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // Where the system refuses, the file merely stays private.
        let _ = std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o644));
    }
    #[cfg(not(unix))]
    let _ = path;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn very_small_and_large_numbers_have_an_exponent() {
        for (number, expected) in [
            (0.0, "0"),
            (-1234.5, "-1234.5"),
            (1e-5, "0.00001"),
            (-9.25e-6, "-9.25e-6"),
            (1e-300, "1e-300"),
            (1e15, "1000000000000000"),
            (1.5e99, "1.5e99"),
        ] {
            assert_eq!(csv_number(number), expected);
            assert_eq!(expected.parse(), Ok(number));
        }
    }
}
