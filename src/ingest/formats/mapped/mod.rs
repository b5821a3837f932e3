//! Reads any table by a mapping: constants, columns, and columns whose names give a month, partner,
//! flow or product.
//!
//! - `look`: what the cells of a column look like
//! - `layout`: where the parts of figures come from, completed where only one column fits
//! - `reader`: the figures of the rows
//! - `suggestion`: the mapping that would fit a table of no known format

mod layout;
mod look;
mod reader;
mod suggestion;

pub(super) use reader::read;
pub(super) use suggestion::unknown_table;

#[cfg(test)]
mod test;
