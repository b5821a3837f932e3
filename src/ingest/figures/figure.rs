//! One delivered figure and its kind.

use crate::trade::{FigureMeasure, Span};
use time::Date;

/// Kind of a delivered figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FigureKind {
    /// Value of one month of a series.
    Observation,
    /// Figure as it was published, over any span.
    Release,
    /// Monthly mean exchange rate: units of the key's currency per unit of the key's partner.
    Rate,
}

impl FigureKind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Observation, Self::Release, Self::Rate];

    /// Return the word that files use for the kind.
    pub fn word(self) -> &'static str {
        match self {
            Self::Observation => "observation",
            Self::Release => "release",
            Self::Rate => "rate",
        }
    }
}

/// A figure as it was delivered, without its series.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Figure<'a> {
    /// Kind.
    pub kind: FigureKind,
    /// Measure: a level, a growth rate, a share …
    pub measure: FigureMeasure,
    /// Months that the figure covers; one for an observation.
    pub span: Span,
    /// Value in base units for amounts, as a fraction for growth and shares; NaN for a gap that
    /// the source states.
    pub value: f64,
    /// Half of the last digit that the value was delivered with, in the unit of `value`.
    pub rounding: f64,
    /// Unit as delivered: `USD mn`.
    pub unit: &'a str,
    /// Status as delivered: `published`, `derived` and the like.
    pub status: &'a str,
    /// Day on which the figure became public, where the source states it.
    pub released_on: Option<Date>,
    /// Source of the figure.
    pub source: &'a str,
}
