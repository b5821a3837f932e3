//! Results for people and programs: one renderer for each format, over domain values.
//!
//! [`terminal`] writes tables, charts and sentences, [`json`] one object a line, [`csv`] rows under
//! a header. Nothing is computed here, and nothing is read or sent.

pub mod csv;
#[cfg(test)]
mod example;
pub mod growth;
pub mod json;
mod measures;
pub mod number;
pub mod outlook;
mod table;
pub mod terminal;
pub mod words;
