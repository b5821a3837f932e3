//! The additive terms of each step of a forecast path.

use std::collections::BTreeMap;
use std::ops::AddAssign;

/// Kind of an additive term.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Term {
    /// The level of the series at the origin.
    Level,
    /// Slopes, drifts and constants that add up with the steps.
    Trend,
    /// The deviation of the value this many steps back from the level.
    Lag(usize),
    /// The phase of the season.
    Season,
}

/// The terms that add up to one step of a path.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Terms(BTreeMap<Term, f64>);

impl Terms {
    /// Create a sum of terms; terms of the same kind add up.
    pub fn of(terms: impl IntoIterator<Item = (Term, f64)>) -> Self {
        let mut sum = Self::default();
        terms
            .into_iter()
            .for_each(|(term, value)| sum.add(term, value));
        sum
    }

    /// Add a value to a term.
    pub fn add(&mut self, term: Term, value: f64) {
        self.0.entry(term).or_default().add_assign(value);
    }

    /// Add other terms with a weight.
    pub fn add_all(&mut self, other: &Self, weight: f64) {
        other
            .iter()
            .for_each(|(term, value)| self.add(term, weight * value));
    }

    /// Return the terms in order of their kinds.
    pub fn iter(&self) -> impl Iterator<Item = (Term, f64)> {
        self.0.iter().map(|(term, value)| (*term, *value))
    }

    /// Return the sum of all terms.
    pub fn sum(&self) -> f64 {
        self.0.values().sum()
    }
}
