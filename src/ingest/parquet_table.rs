//! A Parquet file as a sheet of text cells.

use super::parquet::ParquetHead;
use super::sheet::{LARGEST_SHEET, SheetCells};
use polars::prelude::{Column, DataFrame, DataType, StringChunked};
use std::path::Path;

/// Return the columns of the Parquet file at `path` as a sheet: their names in its first row, times
/// of day left out of dates.
///
/// # Errors
/// The reason why the file cannot be read: it is damaged, has a column that is no text, number or
/// date, or too many cells for a sheet.
pub(super) fn sheet_of_parquet(path: &Path) -> Result<SheetCells, String> {
    let head = ParquetHead::read(path)?;
    let names: Vec<String> = head.names().map(ToOwned::to_owned).collect();
    if head.rows().saturating_mul(names.len() as u64) > LARGEST_SHEET as u64 {
        return Err(format!("expected a table of at most {LARGEST_SHEET} cells"));
    }
    let wanted: Vec<&str> = names.iter().map(String::as_str).collect();
    let places: Vec<usize> = (0..names.len()).collect();
    let mut rows = vec![names.clone()];
    for frame in head.frames(path, &places, &wanted)? {
        add_rows(&frame?, &mut rows)?;
    }
    Ok(SheetCells {
        rows,
        ..SheetCells::default()
    })
}

fn add_rows(frame: &DataFrame, rows: &mut Vec<Vec<String>>) -> Result<(), String> {
    let texts = |column: &Column| -> Result<StringChunked, String> {
        let cast = column.cast(&DataType::String);
        let text = cast.and_then(|column| column.str().cloned());
        text.map_err(|_| {
            let (name, kind) = (column.name(), column.dtype());
            format!("expected a column `{name}` that holds text, numbers or dates, not {kind}")
        })
    };
    let columns: Vec<StringChunked> = frame
        .columns()
        .iter()
        .map(texts)
        .collect::<Result<_, _>>()?;
    for row in 0..frame.height() {
        let cell = |column: &StringChunked| {
            let text = column.get(row).unwrap_or("");
            let midnight = text.find(" 00:00:00").filter(|at| *at == 10);
            text[..midnight.unwrap_or(text.len())].to_owned()
        };
        rows.push(columns.iter().map(cell).collect());
    }
    Ok(())
}
