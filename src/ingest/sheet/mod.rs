//! Sheets of text cells, whatever they came from: a workbook, a web page, a text with
//! delimiters, or a list of records.
//!
//! - `cells`: the cells of a sheet
//! - `workbook`: the sheets of an xls or xlsx, within limits; `biff` checks an xls first
//! - `number_format`: what the cells of a workbook show of their numbers, and beside them
//! - `page`: the rows of the tables of a web page
//! - `delimited`: the records of a text, and what separates their cells
//! - `records`: the records of a JSON list
//! - `header`: the row that names the columns
//! - `text_sheets`: what sheets of text say of the tables beside them

mod biff;
mod cells;
mod delimited;
mod header;
mod number_format;
mod page;
mod records;
mod text_sheets;
mod workbook;
mod workbook_limits;

pub(super) use cells::{SheetCells, column_name};
pub(super) use delimited::{delimiter_of, sheet_of_text};
pub(super) use header::header_row;
pub(super) use page::page_rows;
pub(super) use records::{begins_records, sheet_of_records};
pub(super) use workbook::sheets as sheets_of_workbook;
pub(super) use workbook_limits::{CELLS as LARGEST_SHEET, WorkbookFault, expected_size};
