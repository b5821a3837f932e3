//! Recipes: what a regression sees of a month. One recipe makes the training rows and the future rows, so that they cannot
//! drift apart.

pub mod calendar;
mod known;
mod recipe;

pub use known::KnownRegressors;
pub use recipe::{Feature, Recipe};
