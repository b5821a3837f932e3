//! The scale on which a series is modelled.

/// The transform of a series before it is modelled.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Transform {
    /// `z = ln(max(y, 0) + shift)`. The shift is zero where every value is positive, else a tenth
    /// of the mean size.
    Log {
        /// The amount added before the logarithm.
        shift: f64,
    },
    /// `z = y / scale`, for series with negative values (balances). The scale is the mean size.
    Level {
        /// The divisor of the values.
        scale: f64,
    },
}

impl Transform {
    /// Return the transform for `y` (gaps as NaN): levels where any value is negative, else
    /// logarithms.
    pub fn of(y: &[f64]) -> Self {
        let seen = || y.iter().filter(|v| !v.is_nan());
        let size = seen().map(|v| v.abs()).sum::<f64>() / seen().count().max(1) as f64;
        let smallest = seen().copied().fold(f64::INFINITY, f64::min);
        if smallest < 0.0 {
            return Self::Level {
                scale: if size > 0.0 { size } else { 1.0 },
            };
        }
        // The shift is relative to the size of the series, so that changing units changes no growth
        // rate.
        let guard = if size > 0.0 { 0.1 * size } else { 1.0 };
        Self::Log {
            shift: if smallest > 0.0 { 0.0 } else { guard },
        }
    }

    /// Transform `y`; NaN stays NaN.
    pub fn apply(self, y: f64) -> f64 {
        match self {
            Self::Log { .. } if y.is_nan() => y,
            Self::Log { shift } => (y.max(0.0) + shift).max(f64::MIN_POSITIVE).ln(),
            Self::Level { scale } => y / scale,
        }
    }

    /// Transform `z` back; never below zero from logarithms.
    pub fn invert(self, z: f64) -> f64 {
        match self {
            Self::Log { shift } => (z.exp() - shift).max(0.0),
            Self::Level { scale } => z * scale,
        }
    }

    /// Whether values under both transforms have one unit: both are levels, both plain logarithms,
    /// or both shifted ones.
    pub(in crate::projection) fn is_like(self, other: Self) -> bool {
        match (self, other) {
            (Self::Log { shift: a }, Self::Log { shift: b }) => (a > 0.0) == (b > 0.0),
            (Self::Level { .. }, Self::Level { .. }) => true,
            _ => false,
        }
    }

    /// Whether this is a logarithm.
    pub fn is_log(self) -> bool {
        matches!(self, Self::Log { .. })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn zeros_are_guarded_and_balances_stay_levels() {
        assert_eq!(Transform::of(&[1.0, 3.0]), Transform::Log { shift: 0.0 });
        assert_eq!(Transform::of(&[0.0, 20.0]), Transform::Log { shift: 1.0 });
        assert_eq!(Transform::of(&[-4.0, 2.0]), Transform::Level { scale: 3.0 });
        assert_eq!(Transform::of(&[0.0, 0.0]), Transform::Log { shift: 1.0 });
    }

    proptest! {
        #[test]
        fn inverting_is_exact(values in proptest::collection::vec(0.0..1e12_f64, 1..20)) {
            let transform = Transform::of(&values);
            for v in values {
                let size = v.abs().max(1.0);
                prop_assert!((transform.invert(transform.apply(v)) - v).abs() <= 1e-6 * size);
            }
        }
    }
}
