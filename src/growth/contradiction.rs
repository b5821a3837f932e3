//! A contradiction between published figures, and the rule that it violates.

use super::value_range::ValueRange;
use crate::trade::release::FigureMeasure;
use crate::trade::{Release, SeriesKey, Span};
use std::fmt;

/// The rule by which figures are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ConsistencyRule {
    /// Two figures of the same span and unit.
    Repeated,
    /// A total or balance against the sum or difference of exports and imports.
    Flows,
    /// Published growth against the ratio of two published levels: either the base was revised or
    /// one of them is wrong.
    Growth,
    /// A published change against the difference of two published levels.
    Change,
    /// The base that the level and growth of the total imply against the sum of those of exports
    /// and imports.
    Bases,
    /// A span against the difference of two cumulatives or the sum of the spans within it.
    Spans,
    /// A group of countries against the sum of its members.
    Partners,
    /// The same span in two currencies against their monthly mean exchange rates.
    Currencies,
}

impl ConsistencyRule {
    /// Return the name used in results.
    pub fn name(self) -> &'static str {
        match self {
            Self::Repeated => "repeated",
            Self::Flows => "flows",
            Self::Growth => "growth",
            Self::Change => "change",
            Self::Bases => "bases",
            Self::Spans => "spans",
            Self::Partners => "partners",
            Self::Currencies => "currencies",
        }
    }
}

impl fmt::Display for ConsistencyRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// Published figures that cannot all be true.
#[derive(Debug, Clone, PartialEq)]
pub struct Contradiction {
    /// The rule that they violate.
    pub rule: ConsistencyRule,
    /// The series of the contradicted figure.
    pub key: SeriesKey,
    /// The span of that figure.
    pub span: Span,
    /// The measure of the ranges: levels and changes in base units, growth as fractions.
    pub measure: FigureMeasure,
    /// The values that the contradicted figure allows.
    pub stated: ValueRange,
    /// The values that the other figures imply.
    pub implied: ValueRange,
    /// How far the implied values lie above the stated ones (negative: below), beyond all rounding.
    pub gap: f64,
    /// The figures, the contradicted one first.
    pub figures: Vec<Release>,
}

/// A figure about to be compared with others.
pub(super) struct Claim<'a> {
    pub(super) rule: ConsistencyRule,
    pub(super) stated: ValueRange,
    pub(super) figures: Vec<&'a Release>,
}

impl<'a> Claim<'a> {
    /// Return the values that `figure` states.
    pub(super) fn of(rule: ConsistencyRule, figure: &'a Release) -> Self {
        Self {
            rule,
            stated: ValueRange::stated(figure),
            figures: vec![figure],
        }
    }

    /// Return the contradiction with `implied`, the values that `others` imply, if there is one.
    pub(super) fn against(
        mut self,
        implied: ValueRange,
        others: impl IntoIterator<Item = &'a Release>,
    ) -> Option<Contradiction> {
        let gap = self.stated.apart(implied)?;
        self.figures.extend(others);
        let first = *self.figures.first()?;
        Some(Contradiction {
            rule: self.rule,
            key: first.key.clone(),
            span: first.span,
            measure: first.measure,
            stated: self.stated,
            implied,
            gap,
            figures: self.figures.into_iter().cloned().collect(),
        })
    }
}
