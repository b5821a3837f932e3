//! Measures of growth: of a month, a quarter, a year to date, a year or twelve months, carry-over
//! and momentum.

use crate::trade::{Month, Span};
use std::fmt;

/// The spans that a growth rate compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GrowthMeasure {
    /// The month against the same month one year before.
    Month,
    /// January to the month against the same months one year before.
    YearToDate,
    /// The calendar year of the month against the year before.
    Year,
    /// The twelve months that end with the month against the twelve before.
    TrailingYear,
    /// The calendar quarter of the month against the same quarter one year before.
    Quarter,
    /// The carry-over (overhang): the calendar year against the year before if every later month
    /// stayed at the seasonally adjusted level of this one, `(Σ_{m≤k} y_m + (12 − k)·y_k) / Y₋₁ −
    /// 1`.
    CarryOver,
    /// The month against the month before, seasonally adjusted, at an annual rate:
    /// `(y_t / y_{t−1})^12 − 1`.
    Momentum,
    /// Three months against the three before, seasonally adjusted, at an annual rate:
    /// `(Σ y_{t−2…t} / Σ y_{t−5…t−3})^4 − 1`.
    MomentumThreeMonths,
}

impl GrowthMeasure {
    /// Every measure.
    pub const ALL: [Self; 8] = [
        Self::Month,
        Self::YearToDate,
        Self::Year,
        Self::TrailingYear,
        Self::Quarter,
        Self::CarryOver,
        Self::Momentum,
        Self::MomentumThreeMonths,
    ];

    /// The measures of a forecast without a choice, and those that backtests score: year-on-year
    /// growth of every month.
    pub const USUAL: [Self; 4] = [
        Self::Month,
        Self::YearToDate,
        Self::Year,
        Self::TrailingYear,
    ];

    /// Return the name used in results.
    pub fn name(self) -> &'static str {
        match self {
            Self::Month => "month",
            Self::YearToDate => "year_to_date",
            Self::Year => "year",
            Self::TrailingYear => "trailing_twelve_months",
            Self::Quarter => "quarter",
            Self::CarryOver => "carry_over",
            Self::Momentum => "momentum",
            Self::MomentumThreeMonths => "momentum_three_months",
        }
    }

    /// Return the measure with this name; `None` for any other text.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim().replace('-', "_");
        Self::ALL.into_iter().find(|m| m.name() == text)
    }

    /// Return the span whose growth is measured at `month`: January to the month for the
    /// carry-over, the month or the three months for momentum.
    pub fn span(self, month: Month) -> Span {
        match self {
            Self::Month | Self::Momentum => Span::month(month),
            Self::YearToDate | Self::CarryOver => Span::year_to_date(month),
            Self::Year => Span::year(month.year()),
            Self::TrailingYear => Span::trailing_year(month),
            Self::Quarter => three_months(month.plus(-(i32::from(month.of_year()) - 1) % 3)),
            Self::MomentumThreeMonths => three_months(month.plus(-2)),
        }
    }

    /// Whether the measure compares seasonally adjusted levels.
    pub fn is_adjusted(self) -> bool {
        matches!(
            self,
            Self::CarryOver | Self::Momentum | Self::MomentumThreeMonths
        )
    }
}

fn three_months(first: Month) -> Span {
    Span::new(first, 3).expect("three months are a span")
}

impl fmt::Display for GrowthMeasure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
