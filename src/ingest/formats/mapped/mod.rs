//! Reads any table by a mapping: constants, columns, and columns whose headings give a month,
//! partner, flow or product.
//!
//! - `sheets`: the sheets that hold the table, and the row of its header
//! - `heading`: what the cells above a column state, of one row or of several
//! - `column_kind`: what the name of a column says that its cells are
//! - `area_label`: areas by their labels
//! - `code_labels`: cells of SDMX that hold a code and its label
//! - `look`: what the cells of a column look like
//! - `layout`: where the parts of figures come from, completed where only one column fits
//! - `claim`: what a text beside the figures states, `mention`: the countries that it names
//! - `contradiction`: titles, names and headings that contradict what is stated
//! - `stated_scale`: scales that texts beside a table state
//! - `cell_format`: number formats of a workbook that contradict what is stated
//! - `left_over`: columns that are not read and contradict or split the series
//! - `reader`: the figures of the rows, `parts`: the parts of their keys, `row_period`: their
//!   periods, `product`: codes
//! - `note`: notes and headings of groups among the rows
//! - `totals`: totals of partners, `total_word`: the words for them
//! - `unknown_label`: labels that name no known area
//! - `suggestion`: the mapping that would fit a table of no known format

mod area_label;
mod cell_format;
mod claim;
mod code_labels;
mod column_kind;
mod contradiction;
mod heading;
mod layout;
mod left_over;
mod look;
mod mention;
mod note;
mod parts;
mod product;
mod product_scope;
mod reader;
mod remark;
mod row_period;
mod sheets;
mod stated_scale;
mod suggestion;
mod total_word;
mod totals;
mod unknown_label;

pub(super) use sheets::{has_table, read};
pub(super) use suggestion::unknown_table;

#[cfg(test)]
mod cases_test;
#[cfg(test)]
mod headed_rows_test;
#[cfg(test)]
mod part_headings_test;
#[cfg(test)]
mod period_columns_test;
#[cfg(test)]
mod sheets_test;
#[cfg(test)]
mod span_headings_test;
#[cfg(test)]
mod test;
