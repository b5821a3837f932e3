//! The project's own layout: one row a figure, observations and releases alike (see
//! `data/README.md`).
//!
//! - `tidy_figures`: everything that a folder holds
//! - `folder`: a folder read as a whole
//! - `files`: the files of a folder
//! - `rows`: the figures of a file, each row checked
//! - `collector`: figures of many files put in order

mod collector;
mod files;
mod folder;
mod rows;
mod tidy_figures;

pub use files::files_below;
pub use folder::read_folder;
pub(super) use rows::stream;
pub use tidy_figures::TidyFigures;
