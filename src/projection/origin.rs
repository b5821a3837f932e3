//! A series as it stands at one origin: transformed, its gaps bridged, its season known.

use super::transform::{Transform, positive};
use crate::models::SEASON;
use crate::models::seasonal::{self, Indices};
use crate::models::theta;
use crate::trade::Month;

/// How fast the weight of old months in the seasonal indices decays, a year.
const SEASON_DISCOUNT: f64 = 0.85;

/// What every member needs to know of a series up to an origin. Nothing after the origin is in here.
#[derive(Debug)]
pub(super) struct Origin<'a> {
    /// The first month.
    pub(super) first: Month,
    /// The values, gaps bridged.
    pub(super) y: &'a [f64],
    /// The transform of the whole known history.
    pub(super) transform: Transform,
    /// Transformed values, gaps bridged.
    pub(super) z: Vec<f64>,
    /// Seasonal indices of `z`.
    pub(super) index: Indices,
    /// `z` without its season.
    pub(super) x: Vec<f64>,
    /// `z` and `x` with gaps as NaN, where there are gaps.
    pub(super) gapped: Option<(Vec<f64>, Vec<f64>)>,
    /// The mean size of twelve-month differences of `z`.
    pub(super) yearly_change: f64,
}

impl<'a> Origin<'a> {
    /// A series up to an origin: `y` with gaps bridged, `seen` false at a gap.
    pub(super) fn new(first: Month, y: &'a [f64], seen: &[bool]) -> Self {
        let transform = Transform::of(y);
        let z: Vec<f64> = y.iter().map(|v| transform.turn(*v)).collect();
        let index = seasonal::indices(&z, seasonal::is_seasonal(y), SEASON_DISCOUNT);
        let x = seasonal::adjust(&z, &index);
        let gapped = seen[..y.len()].contains(&false).then(|| {
            let masked = |values: &[f64]| {
                values
                    .iter()
                    .zip(seen)
                    .map(|(v, s)| if *s { *v } else { f64::NAN })
                    .collect()
            };
            (masked(&z), masked(&x))
        });
        let differences = z.len().saturating_sub(SEASON);
        let change = (SEASON..z.len())
            .map(|t| (z[t] - z[t - SEASON]).abs())
            .sum::<f64>();
        let yearly_change = (change / differences.max(1) as f64).max(1e-4);
        Self {
            first,
            y,
            transform,
            z,
            index,
            x,
            gapped,
            yearly_change,
        }
    }

    /// How many months.
    pub(super) fn len(&self) -> usize {
        self.y.len()
    }

    /// Transformed values for models that know gaps.
    pub(super) fn z_gapped(&self) -> &[f64] {
        self.gapped.as_ref().map_or(&self.z, |(z, _)| z)
    }

    /// Adjusted values for models that know gaps.
    pub(super) fn x_gapped(&self) -> &[f64] {
        self.gapped.as_ref().map_or(&self.x, |(_, x)| x)
    }

    /// The typical one-step error of a smooth level, on the transformed scale: the yardstick of interval widths.
    pub(super) fn one_step(&self) -> f64 {
        theta::smooth(self.x_gapped()).sd.max(1e-4)
    }

    /// The mean size of twelve-month differences on the original scale: what errors are divided by before they are compared.
    pub(super) fn error_scale(&self) -> f64 {
        let (old, new) = (self.y, self.y.get(SEASON..).unwrap_or(&[]));
        let n = new.len().max(1) as f64;
        positive(new.iter().zip(old).map(|(b, a)| (b - a).abs()).sum::<f64>() / n)
    }

    /// Adds the season to an adjusted path, keeps it in the range of what was seen, and turns it back.
    pub(super) fn reseason(&self, path: Vec<f64>) -> Vec<f64> {
        let seasonal = path
            .iter()
            .enumerate()
            .map(|(k, v)| v + self.index[k % SEASON])
            .collect();
        self.turn_back(seasonal)
    }

    /// Keeps a transformed path within the range of what was seen, widened by 1.5 ranges (at least 0.45) on both sides, and turns it back.
    pub(super) fn turn_back(&self, path: Vec<f64>) -> Vec<f64> {
        let (lowest, highest) = self
            .z
            .iter()
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| {
                (l.min(*v), h.max(*v))
            });
        let room = 1.5 * (highest - lowest).max(0.3);
        path.into_iter()
            .map(|v| self.transform.back(v.clamp(lowest - room, highest + room)))
            .collect()
    }
}

/// The values of a series with gaps bridged by straight lines, and which of them were seen.
pub(super) fn bridge(values: &[f64]) -> (Vec<f64>, Vec<bool>) {
    let seen: Vec<bool> = values.iter().map(|v| !v.is_nan()).collect();
    let mut bridged = values.to_vec();
    let mut last: Option<usize> = None;
    for t in 0..values.len() {
        if !seen[t] {
            continue;
        }
        if let Some(from) = last.filter(|from| t - from > 1) {
            let step = (values[t] - values[from]) / (t - from) as f64;
            for (k, value) in bridged[from + 1..t].iter_mut().enumerate() {
                *value = values[from] + step * (k + 1) as f64;
            }
        }
        last = Some(t);
    }
    (bridged, seen)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_are_bridged_by_lines_and_remembered() {
        let (bridged, seen) = bridge(&[1.0, f64::NAN, f64::NAN, 4.0, 0.0]);
        assert_eq!(bridged, [1.0, 2.0, 3.0, 4.0, 0.0]);
        assert_eq!(seen, [true, false, false, true, true]);
    }
}
