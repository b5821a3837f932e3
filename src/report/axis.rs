//! Axes of charts, on paper and in a terminal: round ticks and their labels.

/// An axis that covers values, with ticks at round numbers; its ends are ticks.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Axis {
    /// Ticks, rising, at equal distances.
    pub(super) ticks: Vec<f64>,
}

/// What an axis measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AxisUnit {
    /// Levels, in base units.
    Level,
    /// Growth, as fractions.
    Growth,
    /// Percentage points.
    Points,
}

impl Axis {
    /// Return an axis over all finite `values` with about `wanted` steps between its ticks; `None`
    /// where there is no value. Values that are all the same get an axis around them.
    pub(super) fn covering(values: impl Iterator<Item = f64>, wanted: usize) -> Option<Self> {
        let finite = values.filter(|value| value.is_finite());
        let ends = |(low, high): (f64, f64), value: f64| (low.min(value), high.max(value));
        let (mut low, mut high) = finite.fold((f64::INFINITY, f64::NEG_INFINITY), ends);
        if low > high {
            return None;
        }
        if high - low < 1e-9 * high.abs().max(1e-12) {
            let around = 0.1 * high.abs().max(1e-6);
            (low, high) = (low - around, high + around);
        }
        let rough = (high - low) / wanted.max(1) as f64;
        let unit = 10_f64.powf(rough.log10().floor());
        let step = [1.0, 2.0, 2.5, 5.0, 10.0]
            .into_iter()
            .find(|step| step * unit >= rough * (1.0 - 1e-9));
        let step = unit * step.unwrap_or(10.0);
        let (first, last) = ((low / step).floor(), (high / step).ceil());
        let count = (last - first) as usize;
        Some(Self {
            ticks: (0..=count).map(|k| (first + k as f64) * step).collect(),
        })
    }

    /// Return the smallest value.
    pub(super) fn low(&self) -> f64 {
        self.ticks[0]
    }

    /// Return the largest value.
    pub(super) fn high(&self) -> f64 {
        self.ticks[self.ticks.len() - 1]
    }

    /// Return where a value lies between the ends, 0 to 1.
    pub(super) fn share(&self, value: f64) -> f64 {
        (value - self.low()) / (self.high() - self.low())
    }

    /// Return the scale of levels, and its word: a billion and `bn`.
    fn scale(&self) -> (f64, &'static str) {
        let size = self.low().abs().max(self.high().abs());
        let scales = [(1e12, "tn"), (1e9, "bn"), (1e6, "mn"), (1e3, "k")];
        let found = scales.into_iter().find(|(scale, _)| size >= *scale);
        found.unwrap_or((1.0, ""))
    }

    /// Return the word of the scale that labels have: `bn`; empty where they are whole units.
    pub(super) fn scale_word(&self, unit: AxisUnit) -> &'static str {
        match unit {
            AxisUnit::Level => self.scale().1,
            AxisUnit::Growth => "%",
            AxisUnit::Points => "points",
        }
    }

    /// Return the label of each tick, without its unit: `250`, `-12.5`.
    pub(super) fn labels(&self, unit: AxisUnit) -> Vec<String> {
        let scale = match unit {
            AxisUnit::Level => self.scale().0,
            AxisUnit::Growth => 0.01,
            AxisUnit::Points => 1.0,
        };
        let step = (self.ticks[1] - self.ticks[0]) / scale;
        let shows_step = |digits: &i32| {
            let shown = (step * 10_f64.powi(*digits)).round() / 10_f64.powi(*digits);
            (shown - step).abs() < 1e-6 * step
        };
        let decimals = (0..=9).find(shows_step).unwrap_or(9);
        let decimals = usize::try_from(decimals).unwrap_or(0);
        self.ticks
            .iter()
            .map(|tick| {
                let value = tick / scale;
                // Zero has no sign.
                let value = if value.abs() < 1e-9 * step {
                    0.0
                } else {
                    value
                };
                match unit {
                    AxisUnit::Level => format!("{value:.decimals$}"),
                    _ if value == 0.0 => "0".to_owned(),
                    _ => format!("{value:+.decimals$}"),
                }
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn labels(values: &[f64], wanted: usize, unit: AxisUnit) -> Vec<String> {
        let axis = Axis::covering(values.iter().copied(), wanted).unwrap();
        axis.labels(unit)
    }

    #[test]
    fn ticks_are_round() {
        let level = labels(&[18.3e9, 51.2e9], 4, AxisUnit::Level);
        assert_eq!(level, ["10", "20", "30", "40", "50", "60"]);
        let growth = labels(&[-0.43, 0.121], 5, AxisUnit::Growth);
        assert_eq!(growth, ["-60", "-40", "-20", "0", "+20"]);
        let points = labels(&[0.0, 1.1], 5, AxisUnit::Points);
        assert_eq!(points, ["0", "+0.25", "+0.50", "+0.75", "+1.00", "+1.25"]);
        let small = labels(&[3.0, 7.0], 4, AxisUnit::Level);
        assert_eq!(small, ["3", "4", "5", "6", "7"]);
        assert_eq!(Axis::covering([f64::NAN].into_iter(), 4), None);
    }

    proptest! {
        /// Whatever the values, the ends cover them, and no two labels are the same.
        #[test]
        fn an_axis_covers_its_values(
            values in prop::collection::vec(-1e13_f64..1e13, 1..20),
            wanted in 2_usize..9,
        ) {
            let axis = Axis::covering(values.iter().copied(), wanted).unwrap();
            for value in &values {
                prop_assert!((-1e-9..=1.0 + 1e-9).contains(&axis.share(*value)));
            }
            prop_assert!((2..=2 * wanted + 3).contains(&axis.ticks.len()), "{:?}", axis);
            let labels = axis.labels(AxisUnit::Level);
            let mut unique = labels.clone();
            unique.dedup();
            prop_assert_eq!(labels, unique);
        }
    }
}
