//! A point forecast taken apart by what drives it.

pub(super) mod attribution;
pub(super) mod driver;
pub(super) mod explanation;
