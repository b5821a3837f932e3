//! Delivered figures: one figure, its identity within a series, and batches of figures.
//!
//! - `figure`: a figure and its kind
//! - `identity`: what makes two figures the same one
//! - `batch`: figures column by column, the unit that a store commits
//! - `repeats`: order of a batch, and figures that it states twice
//! - `tidy_layout`: a figure as a row of the project's own layout
//! - `number`: written numbers, their scale and their rounding
//! - `text_pool`: texts, each kept once
//! - `value_status`: statuses of values that are none

mod batch;
mod figure;
mod identity;
mod number;
mod repeats;
mod text_pool;
mod tidy_layout;
mod value_status;

pub use batch::{FigureBatch, FigureRow};
pub use figure::{Figure, FigureKind};
pub use identity::{FigureIdentity, is_same_value};
pub(in crate::ingest) use number::{half_of_last_digit, power_of_ten, scaled, unit_text};
pub use tidy_layout::TIDY_COLUMNS;
pub(in crate::ingest) use value_status::ValueStatus;
