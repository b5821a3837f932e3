//! Window moments of similar series, collected at anchors of the unit square.

use super::window_moments::WindowMoments;
use rayon::prelude::*;

/// Places of the anchors along each side of the unit square.
pub const ANCHORS: [f64; 5] = [0.1, 0.3, 0.5, 0.7, 0.9];

/// Least number of series with a whole window.
const MIN_SERIES: f64 = 5.0;
/// The mean over all series counts at each anchor like this many series placed exactly on it.
const EVERYONE: f64 = 5.0;

/// Position of a series in the unit square.
pub type PanelPosition = [f64; 2];

/// Shape of windows and the width of pooling.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WindowShape {
    /// Number of values before the origin.
    pub lags: usize,
    /// Number of values after the origin.
    pub horizon: usize,
    /// Standard deviation of the Gaussian weights along each side of the square.
    pub bandwidth: [f64; 2],
}

impl WindowShape {
    /// Return the bytes of the moments of one series.
    pub fn bytes_of_series(&self) -> usize {
        WindowMoments::numbers(self.lags, self.horizon) * size_of::<f64>()
    }

    /// Return the bytes of the moments at all anchors.
    pub fn bytes(&self) -> usize {
        ANCHORS.len() * ANCHORS.len() * self.bytes_of_series()
    }
}

/// Window moments collected at the anchors.
#[derive(Debug)]
pub struct AnchorMoments {
    pub(super) shape: WindowShape,
    anchors: Vec<WindowMoments>,
    everyone: WindowMoments,
}

impl AnchorMoments {
    /// Create anchors without moments.
    pub fn new(shape: WindowShape) -> Self {
        let none = WindowMoments::none(shape.lags, shape.horizon);
        Self {
            shape,
            anchors: vec![none.clone(); ANCHORS.len() * ANCHORS.len()],
            everyone: none,
        }
    }

    /// Add the moments of series, each with its position. The sum at an anchor runs over the series
    /// in their order, on any number of threads.
    pub fn add(&mut self, series: &[(WindowMoments, PanelPosition)]) {
        let bandwidth = self.shape.bandwidth;
        self.anchors
            .par_iter_mut()
            .enumerate()
            .for_each(|(k, anchor)| {
                let place = [ANCHORS[k / ANCHORS.len()], ANCHORS[k % ANCHORS.len()]];
                for (moments, position) in series {
                    let distance: f64 = (0..2)
                        .map(|d| ((position[d] - place[d]) / bandwidth[d]).powi(2))
                        .sum();
                    anchor.add(moments, (-0.5 * distance).exp());
                }
            });
        series
            .iter()
            .for_each(|(moments, _)| self.everyone.add(moments, 1.0));
    }

    /// Return the mean moments at each anchor; `None` with fewer than five series.
    pub(super) fn means(mut self) -> Option<Vec<WindowMoments>> {
        let count = self.everyone.weight;
        if count < MIN_SERIES {
            return None;
        }
        for anchor in &mut self.anchors {
            anchor.add(&self.everyone, EVERYONE / count);
            let whole = 1.0 / anchor.weight;
            anchor
                .second
                .iter_mut()
                .chain(&mut anchor.first)
                .for_each(|v| *v *= whole);
            anchor.weight = 1.0;
        }
        Some(self.anchors)
    }
}

/// Return the two anchors around a place on a side of the square and their weights. Beyond the last
/// anchor, it alone counts.
pub fn between(place: f64) -> [(usize, f64); 2] {
    let low = ANCHORS
        .partition_point(|a| *a < place)
        .saturating_sub(1)
        .min(ANCHORS.len() - 2);
    let share = ((place - ANCHORS[low]) / (ANCHORS[low + 1] - ANCHORS[low])).clamp(0.0, 1.0);
    [(low, 1.0 - share), (low + 1, share)]
}

#[cfg(test)]
mod tests {
    use super::super::test_series::walk;
    use super::*;

    #[test]
    fn too_few_series_give_no_means() {
        let shape = WindowShape {
            lags: 13,
            horizon: 6,
            bandwidth: [0.2, 0.2],
        };
        let mut anchors = AnchorMoments::new(shape);
        let of = |k| WindowMoments::of(&walk(k, 60), 1.0, 13, 6).unwrap();
        anchors.add(&(0..4).map(|k| (of(k), [0.5, 0.5])).collect::<Vec<_>>());
        assert!(anchors.means().is_none());
    }

    #[test]
    fn places_lie_between_their_anchors() {
        assert_eq!(between(0.05), [(0, 1.0), (1, 0.0)]);
        assert_eq!(between(0.95), [(3, 0.0), (4, 1.0)]);
        let [(low, a), (high, b)] = between(0.4);
        assert_eq!((low, high), (1, 2));
        assert!((a - 0.5).abs() < 1e-9 && (b - 0.5).abs() < 1e-9);
    }
}
