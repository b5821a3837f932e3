//! The base of a published growth rate: an interval that rounding leaves, since the publisher may have revised it.

/// What a number can be, both ends included.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// The smallest.
    pub lower: f64,
    /// The largest.
    pub upper: f64,
}

impl Interval {
    /// What both allow; `None` where they contradict each other.
    pub fn meet(self, other: Self) -> Option<Self> {
        let met = Self {
            lower: self.lower.max(other.lower),
            upper: self.upper.min(other.upper),
        };
        (met.lower <= met.upper).then_some(met)
    }

    /// The sum of two numbers.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            lower: self.lower + other.lower,
            upper: self.upper + other.upper,
        }
    }
}

/// A published number and half of its last digit: the truth lies within `value ± rounding`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rounded {
    /// The number.
    pub value: f64,
    /// Half of its last digit.
    pub rounding: f64,
}

/// The base that a published level and growth (a fraction) imply: `[(C − r)/(1 + g + s), (C + r)/(1 + g − s)]`, `r` and `s` their roundings.
/// `None` where growth could be −100 % or less.
pub fn base(level: Rounded, growth: Rounded) -> Option<Interval> {
    let (low, high) = (
        1.0 + growth.value - growth.rounding,
        1.0 + growth.value + growth.rounding,
    );
    (low > 0.0).then(|| Interval {
        lower: (level.value - level.rounding) / high,
        upper: (level.value + level.rounding) / low,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn published(level: f64, growth_percent: f64) -> Interval {
        // Levels to 0.01 bn, growth to 0.1 percent: half of the last digits are 0.005 bn and 0.05 points.
        let (level, growth) = (
            Rounded {
                value: level,
                rounding: 0.005,
            },
            growth_percent / 100.0,
        );
        base(
            level,
            Rounded {
                value: growth,
                rounding: 0.0005,
            },
        )
        .unwrap()
    }

    #[test]
    fn the_base_of_january_to_may_2024() {
        // January–May 2025, China with the five Central Asian countries, bn CNY: total 286.42 (+10.4 %), exports 188.18 (+5.6 %), imports
        // 98.24 (+21.0 %). Total: 286.415/1.1045 = 259.316, 286.425/1.1035 = 259.560. Flows: 188.175/1.0565 + 98.235/1.2105 = 259.264,
        // 188.185/1.0555 + 98.245/1.2095 = 259.518. Both together leave [259.316, 259.518].
        let total = published(286.42, 10.4);
        let flows = published(188.18, 5.6).plus(published(98.24, 21.0));
        let round = |interval: Interval| {
            [interval.lower, interval.upper].map(|v| (v * 1000.0).round() / 1000.0)
        };
        assert_eq!(round(total), [259.316, 259.56]);
        assert_eq!(round(flows), [259.264, 259.518]);
        assert_eq!(round(total.meet(flows).unwrap()), [259.316, 259.518]);
    }

    #[test]
    fn contradictions_and_impossible_growth_have_no_base() {
        let (a, b) = (
            Interval {
                lower: 1.0,
                upper: 2.0,
            },
            Interval {
                lower: 2.1,
                upper: 3.0,
            },
        );
        assert_eq!(a.meet(b), None);
        assert_eq!(
            base(
                Rounded {
                    value: 1.0,
                    rounding: 0.0
                },
                Rounded {
                    value: -1.0,
                    rounding: 0.0005
                }
            ),
            None
        );
    }
}
