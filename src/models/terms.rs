//! A path taken apart: what each step of a model's path is the sum of.

use std::collections::BTreeMap;
use std::ops::AddAssign;

/// One of the things that a step of a path is the sum of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Term {
    /// Where the series stands.
    Level,
    /// Where it is heading: slopes, drifts and constants that add up with the steps.
    Trend,
    /// What the value so many months back pulls away from the level.
    Lag(usize),
    /// The month of the year.
    Season,
}

/// What one step of a path is the sum of.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Terms(BTreeMap<Term, f64>);

impl Terms {
    /// A sum of these; terms named twice add up.
    pub fn of(terms: impl IntoIterator<Item = (Term, f64)>) -> Self {
        let mut sum = Self::default();
        terms
            .into_iter()
            .for_each(|(term, value)| sum.add(term, value));
        sum
    }

    /// Adds to a term.
    pub fn add(&mut self, term: Term, value: f64) {
        self.0.entry(term).or_default().add_assign(value);
    }

    /// Adds other terms with a weight.
    pub fn add_all(&mut self, other: &Self, weight: f64) {
        other
            .iter()
            .for_each(|(term, value)| self.add(term, weight * value));
    }

    /// The terms in their order.
    pub fn iter(&self) -> impl Iterator<Item = (Term, f64)> {
        self.0.iter().map(|(term, value)| (*term, *value))
    }

    /// What they add up to.
    pub fn sum(&self) -> f64 {
        self.0.values().sum()
    }
}
