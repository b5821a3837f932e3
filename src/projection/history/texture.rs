//! The roughness of a series.

use crate::models::SeasonLength;

/// The sizes of a series' changes.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(in crate::projection) struct Texture {
    /// The mean size of monthly changes over that of twelve-month changes: near 0.1 for a smooth
    /// trend, near 1 for noise.
    pub(in crate::projection) roughness: f64,
    /// The mean size of monthly changes.
    pub(in crate::projection) monthly_change: f64,
    /// The mean size of twelve-month changes; three monthly changes for a series shorter than that.
    pub(in crate::projection) yearly_change: f64,
    /// The number of values.
    pub(in crate::projection) months: usize,
}

impl Texture {
    /// Measure `x`; changes count as at least `floor`.
    pub(in crate::projection) fn of(x: &[f64], season: SeasonLength, floor: f64) -> Self {
        let monthly_change = mean_change(x, 1).map_or(floor, |c| c.max(floor));
        let yearly = mean_change(x, season.get()).map(|c| c.max(floor));
        let roughness = yearly.map_or(0.5, |yearly| monthly_change / yearly);
        Self {
            roughness,
            monthly_change,
            yearly_change: yearly.unwrap_or((3.0 * monthly_change).max(floor)),
            months: x.len(),
        }
    }

    /// Return 1 for a roughness up to 0.2, 0 from 0.35, and a straight line between.
    pub(in crate::projection) fn smoothness(self) -> f64 {
        ((0.35 - self.roughness) / 0.15).clamp(0.0, 1.0)
    }
}

/// Return the mean size of changes over `lag` values; `None` for a shorter series.
pub(in crate::projection) fn mean_change(x: &[f64], lag: usize) -> Option<f64> {
    let n = x.len().checked_sub(lag).filter(|n| *n > 0)?;
    Some(
        x.iter()
            .zip(&x[lag..])
            .map(|(a, b)| (b - a).abs())
            .sum::<f64>()
            / n as f64,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texture_by_hand() {
        // 0, 1, 0, 1, …: monthly changes of 1, none over twelve months: the floor.
        let x: Vec<f64> = (0..30).map(|t| f64::from(t % 2)).collect();
        let texture = Texture::of(&x, SeasonLength::MONTHLY, 1e-4);
        assert_eq!(
            (
                texture.monthly_change,
                texture.yearly_change,
                texture.roughness
            ),
            (1.0, 1e-4, 1e4)
        );
        assert_eq!(
            Texture::of(&x[..6], SeasonLength::MONTHLY, 1e-4).roughness,
            0.5
        );
    }
}
