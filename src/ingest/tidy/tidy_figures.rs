//! Everything that a folder of tidy files holds.

use crate::ingest::grid::MonthGrid;
use crate::ingest::rates::ExchangeRates;
use crate::trade::basis::BasisChanges;
use crate::trade::{Month, Release};
use std::collections::BTreeMap;
use time::Date;

/// Everything that a folder of tidy files holds.
#[derive(Debug, Default)]
pub struct TidyFigures {
    /// Monthly observations in base units, one entry a series key.
    pub grid: MonthGrid,
    /// Days of release of observations by series and month, where a file states them.
    pub released_on: BTreeMap<(Box<str>, Month), Date>,
    /// Source of each series, as its first row names it.
    pub sources: BTreeMap<Box<str>, String>,
    /// What the months of each series were counted by, where its sources say so.
    pub bases: BTreeMap<Box<str>, BasisChanges>,
    /// Published figures, in base units and fractions.
    pub releases: Vec<Release>,
    /// Exchange rates.
    pub rates: ExchangeRates,
}
