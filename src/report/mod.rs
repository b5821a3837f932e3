//! Results for people and programs: one renderer for each format, over domain values.
//!
//! [`terminal`] writes tables, charts and sentences, [`json`] one object a line, [`csv`] rows under
//! a header, [`html`] a report of one file, with charts as SVG. Nothing is computed here, and
//! nothing is read or sent.

mod axis;
pub mod csv;
mod driver_group;
#[cfg(test)]
pub(crate) mod example;
mod fan;
pub mod html;
pub mod json;
mod measures;
pub mod number;
mod provenance;
mod svg;
mod table;
pub mod terminal;
pub mod words;

pub use provenance::Provenance;
