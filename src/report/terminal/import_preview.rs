//! What an import would bring: the first figures, and the total of each year.

use crate::ingest::ParsedFile;
use crate::ingest::figures::TIDY_COLUMNS;
use crate::report::table::{cut, table};

/// The figures of a file that are shown.
const FIGURES: usize = 10;
/// The yearly totals of a file that are shown.
const TOTALS: usize = 60;
/// The columns of the tidy layout that are shown: all but the kind, status, day and source.
const COLUMNS: [usize; 8] = [1, 2, 3, 4, 5, 6, 7, 8];

/// Return the first figures of files as they were read, and the sum of the observations of each
/// year by series, in base units.
pub fn import_preview(files: &[ParsedFile]) -> String {
    let mut text = String::new();
    for file in files {
        let figures = &file.figures;
        text += &format!("{}: {} figures\n", file.file().display(), figures.len());
        if !file.columns_left_out.is_empty() {
            let names: Vec<&str> = file.columns_left_out.iter().map(String::as_str).collect();
            text += &format!("columns not read: {}\n", cut(&names.join(", "), 400));
        }
        let rows = figures.rows().iter().take(FIGURES).map(|row| {
            let cells = figures.tidy_row(row);
            COLUMNS.map(|at| cut(&cells[at], 24)).to_vec()
        });
        text += &format!(
            "{}\n",
            table(&COLUMNS.map(|at| TIDY_COLUMNS[at]), &[6], rows)
        );
        let totals = file.year_totals();
        let rows = totals.iter().take(TOTALS).map(|total| {
            vec![
                total.key.to_string(),
                total.year.to_string(),
                total.months.to_string(),
                total.value.to_string(),
            ]
        });
        if !totals.is_empty() {
            let header = ["series", "year", "months", "total"];
            text += &format!("\n{}\n", table(&header, &[2, 3], rows));
        }
        if let Some(more) = totals.len().checked_sub(TOTALS).filter(|more| *more > 0) {
            text += &format!("and {more} more\n");
        }
    }
    text
}
