//! Results for people and programs: one renderer for each format, over domain values.
//!
//! [`terminal`] writes tables, charts and sentences, [`json`] one object a line, [`csv`] rows under
//! a header. Nothing is computed here, and nothing is read or sent.

pub mod csv;
#[cfg(test)]
pub(crate) mod example;
pub mod json;
mod measures;
pub mod number;
mod table;
pub mod terminal;
pub mod words;
