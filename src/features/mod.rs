//! Recipes: what a regression sees of a month. One recipe makes the training rows and the future rows, so that they cannot
//! drift apart.

mod recipe;

pub use recipe::Recipe;
