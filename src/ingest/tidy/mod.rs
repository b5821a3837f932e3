//! The project's own layout: one row a figure, observations and releases alike (see
//! `data/README.md`).
//!
//! - `tidy_figures`: everything that a folder holds
//! - `files`: the files of a folder
//! - `columns`: the columns of a file, and the values of those that it lacks
//! - `rows`: the figures of a file, each row checked
//! - `collector`: figures of many files put in order

mod collector;
mod columns;
mod files;
mod rows;
mod tidy_figures;

pub(super) use collector::TidyCollector;
pub use files::files_below;
pub(super) use rows::{TidyPart, stream};
pub use tidy_figures::TidyFigures;
