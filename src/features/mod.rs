//! Features of a regression. One recipe makes the training rows and the rows of months ahead, so
//! that they cannot differ.

pub mod calendar;
mod known;
mod recipe;

pub use known::KnownRegressors;
pub use recipe::{Feature, Recipe};
