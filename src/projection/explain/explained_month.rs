//! The explanation of a point forecast: amounts by member and by driver.

use crate::projection::combine::member::Member;
use crate::projection::explain::driver::{Driver, DriverAmounts, add_amount};
use crate::trade::Month;

/// The point forecast of a series, split into amounts.
#[derive(Debug, Clone, PartialEq)]
pub struct ForecastExplanation {
    /// One entry a month ahead.
    pub steps: Vec<ExplainedMonth>,
}

/// The explanation of one month ahead. Its amounts add up to `value − reference`.
#[derive(Debug, Clone, PartialEq)]
pub struct ExplainedMonth {
    /// The month.
    pub month: Month,
    /// The point forecast.
    pub value: f64,
    /// The value of the same month a year earlier, observed or (beyond a year) forecast; `None`
    /// where it was not observed.
    pub base: Option<f64>,
    /// The value that amounts are counted from: the base, else the mean level of the last twelve
    /// months.
    pub reference: f64,
    /// The members with a weight.
    pub shares: Vec<MemberShare>,
    /// The amounts of the post-processing of the combination.
    pub post_processing: Vec<(Driver, f64)>,
}

impl ExplainedMonth {
    /// Return the amounts by driver, over all members and the post-processing.
    pub fn by_driver(&self) -> Vec<(Driver, f64)> {
        let mut sum = DriverAmounts::new();
        let amounts = self.shares.iter().flat_map(|share| &share.amounts);
        for (driver, amount) in amounts.chain(&self.post_processing) {
            add_amount(&mut sum, driver.clone(), *amount);
        }
        sum.into_iter().collect()
    }
}

/// The share of one member in a month.
#[derive(Debug, Clone, PartialEq)]
pub struct MemberShare {
    /// The member.
    pub member: Member,
    /// Its weight; weights sum to one.
    pub weight: f64,
    /// Its own forecast.
    pub value: f64,
    /// The amounts of its drivers times its weight, in the unit of the series.
    pub amounts: Vec<(Driver, f64)>,
}

impl MemberShare {
    /// Return the sum of the amounts.
    pub fn amount(&self) -> f64 {
        self.amounts.iter().map(|(_, amount)| amount).sum()
    }
}
