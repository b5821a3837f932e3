//! Shocks: what is hit, by how much and in which months, checked once.

use crate::projection::Assumption;
use crate::trade::{Code, Currency, Flow, SeriesKey, Span};
use std::fmt;

/// The target of a shock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ShockTarget {
    /// All trade with a partner; of a group, that with each member alike.
    Partner(Code),
    /// All trade in one direction.
    Flow(Flow),
    /// One series.
    Series(SeriesKey),
    /// The value of a currency in the currency that trade is fixed in: figures that were converted
    /// into it fall as it rises.
    Rate(Currency),
    /// A regressor of the request.
    Regressor(String),
}

impl fmt::Display for ShockTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Partner(code) => write!(f, "partner {code}"),
            Self::Flow(flow) => write!(f, "flow {flow}"),
            Self::Series(key) => write!(f, "series {key}"),
            Self::Rate(currency) => write!(f, "rate {currency}"),
            Self::Regressor(name) => write!(f, "regressor {name}"),
        }
    }
}

/// The size of a shock: one number for all months, or one per month.
#[derive(Debug, Clone, PartialEq)]
pub enum ShockSize {
    /// A change in percent.
    Percent(Vec<f64>),
    /// A change a month, in the unit of the series.
    Amount(Vec<f64>),
    /// The value itself, of a regressor.
    Value(Vec<f64>),
}

impl ShockSize {
    /// Return the number of month `k` of the shock.
    pub(super) fn at(&self, k: usize) -> f64 {
        let numbers = self.numbers();
        numbers.get(k).or(numbers.last()).copied().unwrap_or(0.0)
    }

    fn numbers(&self) -> &[f64] {
        let (Self::Percent(numbers) | Self::Amount(numbers) | Self::Value(numbers)) = self;
        numbers
    }
}

/// One shock.
#[derive(Debug, Clone, PartialEq)]
pub struct Shock {
    target: ShockTarget,
    size: ShockSize,
    months: Span,
}

/// The reason why a shock is refused.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ShockError {
    /// The number of sizes is neither one nor that of the months.
    #[error("a shock over {months} months has one size or {months}, not {sizes}")]
    Sizes {
        /// Number of months.
        months: i32,
        /// Number of sizes.
        sizes: usize,
    },
    /// A size is not a number, or takes more than there is.
    #[error(
        "a change by percent is a number above -100 (of a partner, flow or series: from -100), \
         an amount or value any number, not {found}"
    )]
    Size {
        /// The size.
        found: f64,
    },
    /// The target does not take this kind of size.
    #[error("{target}: {expected}")]
    Kind {
        /// The target.
        target: String,
        /// The kind of size that it needs.
        expected: &'static str,
    },
    /// The shock hits none of the requested series.
    #[error(
        "{target} is in none of the requested series: expected {}",
        listed(offered)
    )]
    NothingHit {
        /// The target.
        target: String,
        /// Targets of its kind, or of trade, that would be hit.
        offered: Vec<ShockTarget>,
    },
    /// Every month of the shock has a figure, or lies beyond the horizon.
    #[error(
        "{target}: expected a month ahead and within the horizon{}, found none in {months}; known \
         figures stay as they are",
        ahead.map(|span| format!(", {}..{}", span.first(), span.last())).unwrap_or_default()
    )]
    NothingAhead {
        /// The target.
        target: String,
        /// The months.
        months: Span,
        /// The months that could be shocked, from the first to the last.
        ahead: Option<Span>,
    },
    /// The target is a balance whose flows are in the scenario.
    #[error("{target}: a balance follows its exports and imports; shock one of them")]
    Balance {
        /// The target.
        target: String,
    },
}

/// Targets that a message lists at most.
const LISTED: usize = 6;

/// Write targets that would be hit.
fn listed(offered: &[ShockTarget]) -> String {
    let names: Vec<String> = offered.iter().map(ToString::to_string).collect();
    match names.split_last() {
        None => "a partner, a flow or a series of theirs".to_owned(),
        Some((last, [])) => last.clone(),
        Some(_) if names.len() > LISTED => format!("{} or others", names[..LISTED].join(", ")),
        Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
    }
}

impl Shock {
    /// Return a shock over `months`.
    ///
    /// # Errors
    /// A number of sizes that is neither one nor that of the months; a size that is no number or
    /// takes more than there is; an amount for anything but a series; a value for anything but a
    /// regressor, and anything but a value for a regressor.
    pub fn new(target: ShockTarget, size: ShockSize, months: Span) -> Result<Self, ShockError> {
        let kind = |expected| {
            Err(ShockError::Kind {
                target: target.to_string(),
                expected,
            })
        };
        let least = match (&target, &size) {
            (ShockTarget::Regressor(_), ShockSize::Value(_)) => f64::NEG_INFINITY,
            (ShockTarget::Regressor(_), _) => return kind("a regressor takes values"),
            (_, ShockSize::Value(_)) => {
                return kind("expected percentages (of a series: or amounts)");
            }
            (ShockTarget::Series(_), ShockSize::Amount(_)) => f64::NEG_INFINITY,
            (_, ShockSize::Amount(_)) => {
                return kind("only a series takes an amount, others a percentage such as -10%");
            }
            (ShockTarget::Rate(_), ShockSize::Percent(_)) => -100.0 + 1e-9,
            (_, ShockSize::Percent(_)) => -100.0,
        };
        let sizes = size.numbers();
        if sizes.len() != 1 && sizes.len() != months.count() {
            return Err(ShockError::Sizes {
                months: months.len(),
                sizes: sizes.len(),
            });
        }
        if let Some(found) = sizes.iter().find(|v| !v.is_finite() || **v < least) {
            return Err(ShockError::Size { found: *found });
        }
        Ok(Self {
            target,
            size,
            months,
        })
    }

    /// Return what the shock hits.
    pub fn target(&self) -> &ShockTarget {
        &self.target
    }

    /// Return how large the shock is.
    pub fn size(&self) -> &ShockSize {
        &self.size
    }

    /// Return the months that the shock lasts.
    pub fn months(&self) -> Span {
        self.months
    }

    /// Return what a shock of a regressor assumes; nothing for other shocks.
    pub fn assumptions(&self) -> Vec<Assumption> {
        let ShockTarget::Regressor(column) = &self.target else {
            return Vec::new();
        };
        let months = self.months.iter().enumerate();
        months
            .map(|(k, month)| Assumption {
                column: column.clone(),
                month,
                value: self.size.at(k),
            })
            .collect()
    }
}
