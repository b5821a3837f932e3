//! A point forecast split by what drives it.

mod attribution;
mod decomposition;
pub(super) mod driver;
pub(super) mod explained_month;
