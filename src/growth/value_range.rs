//! A range of values, and its arithmetic.

use crate::trade::Release;

/// The values that a number can have, both ends included.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ValueRange {
    /// The smallest.
    pub lower: f64,
    /// The largest.
    pub upper: f64,
}

impl ValueRange {
    /// Return the values that both allow; `None` if they contradict each other.
    pub fn intersection(self, other: Self) -> Option<Self> {
        let both = Self {
            lower: self.lower.max(other.lower),
            upper: self.upper.min(other.upper),
        };
        (both.lower <= both.upper).then_some(both)
    }

    /// Return the range of a number that is known exactly.
    pub fn exactly(value: f64) -> Self {
        Self {
            lower: value,
            upper: value,
        }
    }

    /// Return the values that a published figure allows: `value ± rounding`, or everything from the
    /// value on if it was published as "more than".
    pub fn stated(release: &Release) -> Self {
        if release.is_bound() {
            return Self {
                lower: release.value,
                upper: f64::INFINITY,
            };
        }
        Self {
            lower: release.value - release.rounding,
            upper: release.value + release.rounding,
        }
    }

    /// Return the sum of ranges, each added or, with the sign `-1.0`, subtracted; exactly zero for
    /// none.
    pub(super) fn signed_sum(parts: impl IntoIterator<Item = (Self, f64)>) -> Self {
        let mut parts = parts.into_iter();
        let first = parts.next().map(|(first, sign)| match sign {
            1.0 => first,
            _ => Self::exactly(0.0).minus(first),
        });
        let add = |sum: Self, (part, sign): (Self, f64)| match sign {
            1.0 => sum.plus(part),
            _ => sum.minus(part),
        };
        parts.fold(first.unwrap_or(Self::exactly(0.0)), add)
    }

    /// Return the sum of two numbers.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            lower: self.lower + other.lower,
            upper: self.upper + other.upper,
        }
    }

    /// Return the difference of two numbers.
    #[must_use]
    pub fn minus(self, other: Self) -> Self {
        Self {
            lower: self.lower - other.upper,
            upper: self.upper - other.lower,
        }
    }

    /// Return the quotient of a number and one above zero; `None` if the second may be zero or
    /// less.
    pub fn over(self, other: Self) -> Option<Self> {
        let by_sign =
            |end: f64, small: f64, large: f64| end / if end < 0.0 { small } else { large };
        (other.lower > 0.0).then(|| Self {
            lower: by_sign(self.lower, other.lower, other.upper),
            upper: by_sign(self.upper, other.upper, other.lower),
        })
    }

    /// Return how far `other` lies above this (negative: below). `None` if both can be the same
    /// number, up to floating-point error.
    pub fn apart(self, other: Self) -> Option<f64> {
        let ends = [self.lower, self.upper, other.lower, other.upper];
        let sizes = ends.into_iter().filter(|end| end.is_finite());
        let dust = 1e-12 * sizes.map(f64::abs).fold(1.0, f64::max);
        let (above, below) = (other.lower - self.upper, self.lower - other.upper);
        if above > dust {
            Some(above)
        } else if below > dust {
            Some(-below)
        } else {
            None
        }
    }
}

/// A published number and its rounding: the true value lies within `value ± rounding`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rounded {
    /// The number.
    pub value: f64,
    /// Half a unit of its last digit.
    pub rounding: f64,
}

impl From<Rounded> for ValueRange {
    fn from(rounded: Rounded) -> Self {
        Self {
            lower: rounded.value - rounded.rounding,
            upper: rounded.value + rounded.rounding,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn distances_by_hand() {
        let interval = |lower, upper| ValueRange { lower, upper };
        assert_eq!(interval(1.0, 2.0).apart(interval(2.5, 3.0)), Some(0.5));
        assert_eq!(interval(2.5, 3.0).apart(interval(1.0, 2.0)), Some(-0.5));
        assert_eq!(interval(1.0, 2.0).apart(interval(2.0, 3.0)), None);
        // "More than 49.5" contradicts nothing above.
        assert_eq!(
            interval(49.5, f64::INFINITY).apart(interval(60.0, 61.0)),
            None
        );
        assert_eq!(
            interval(49.5, f64::INFINITY).apart(interval(48.0, 49.0)),
            Some(-0.5)
        );
        // 0.1 + 0.2 is 0.3.
        assert_eq!(
            ValueRange::exactly(0.1 + 0.2).apart(ValueRange::exactly(0.3)),
            None
        );
    }

    proptest! {
        #[test]
        fn arithmetic_keeps_every_number_within(
            a in -1e9..1e9_f64, b in 1.0..1e9_f64,
            r in 0.0..1e3_f64, s in 0.0..0.9_f64,
            x in -1.0..1.0_f64, y in -1.0..1.0_f64,
        ) {
            let around = |v: f64, r: f64| ValueRange::from(Rounded { value: v, rounding: r });
            let (p, q) = (around(a, r), around(b, s));
            let (u, v) = (a + r * x, b + s * y);
            let found = [
                (p.plus(q), u + v),
                (p.minus(q), u - v),
                (p.over(q).unwrap(), u / v),
            ];
            for (interval, number) in found {
                prop_assert_eq!(interval.apart(ValueRange::exactly(number)), None);
            }
        }
    }
}
