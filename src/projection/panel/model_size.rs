//! How many bytes a panel model takes, and how many more fitting it takes.

use crate::models::SeasonLength;
use crate::models::pooled::WindowShape;
use crate::projection::combine::method::Method;
use crate::projection::combine::pooled_fit::PooledFit;
use crate::projection::panel::training_group::{group_count, most_of_group, origins};
use crate::trade::Series;

/// Vectors over the horizon that are kept of a series at an origin beside those of the members: the
/// naive forecast and figures, then errors, path, centre and figures.
const KEPT_VECTORS: usize = 6;
/// Vectors over the months of a series that its description at an origin takes.
const MONTHLY_VECTORS: usize = 24;
/// Bytes of a series at an origin beside its vectors.
const OVERHEAD: usize = 1 << 10;
/// Series whose window moments are in memory at once.
const CHUNK: usize = 256;

/// What the size of a panel model depends on.
#[derive(Debug, Clone, Copy)]
pub(super) struct ModelSize {
    /// Training series of a group.
    series: usize,
    groups: usize,
    /// Months of the longest series.
    longest: usize,
    method: Method,
    horizon: usize,
    season: SeasonLength,
}

impl ModelSize {
    /// Return the size of a model of `panel`.
    pub(super) fn of(
        panel: &[Series<'_>],
        method: Method,
        horizon: usize,
        season: SeasonLength,
    ) -> Self {
        let groups = group_count(panel.len());
        Self {
            series: panel.len().min(most_of_group(groups)),
            groups,
            longest: panel.iter().map(Series::len).max().unwrap_or(0),
            method,
            horizon,
            season,
        }
    }

    /// Return about how many bytes the model keeps.
    pub(super) fn kept(&self) -> usize {
        self.groups * self.origins() * (self.regressions() + self.series * self.of_series())
    }

    /// Return about how many bytes are in use at most while the model is fitted, its own included.
    pub(super) fn while_fitting(&self) -> usize {
        let months = (self.longest + self.horizon) * MONTHLY_VECTORS * size_of::<f64>();
        // The series at two origins, the windows of a part of them, the sums of one regression, and
        // the evaluations once more.
        let of_group = 2 * self.series * months
            + self.series.min(CHUNK) * self.widest()
            + self.regressions()
            + self.origins() * self.series * self.of_series();
        self.kept() + of_group
    }

    /// Return the number of origins, the last month among them.
    fn origins(&self) -> usize {
        origins(self.horizon, self.series).len() + 1
    }

    /// Return the bytes of a series at one origin.
    fn of_series(&self) -> usize {
        let vectors = self.method.members().len() + KEPT_VECTORS;
        OVERHEAD + vectors * self.horizon * size_of::<f64>()
    }

    /// Return the bytes of the regressions of a group at one origin.
    fn regressions(&self) -> usize {
        self.shapes().map(|shape| shape.bytes()).sum()
    }

    /// Return the bytes of the moments of one series in its widest windows.
    fn widest(&self) -> usize {
        let of_series = self.shapes().map(|shape| shape.bytes_of_series());
        of_series.max().unwrap_or(0)
    }

    fn shapes(&self) -> impl Iterator<Item = WindowShape> {
        let members = self.method.members();
        PooledFit::shapes(members, self.horizon, self.longest, self.season).all()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trade::Month;

    #[test]
    fn the_size_is_that_of_regressions_and_of_vectors_over_the_horizon() {
        let values = [1.0; 120];
        let series = Series::new("s", Month::january(2010), &values, false);
        let size = |panel: &[Series<'_>], horizon| {
            ModelSize::of(panel, Method::Auto, horizon, SeasonLength::MONTHLY)
        };
        // 600 vectors of errors of 30 series are those of 20 origins; the last month is one more.
        // Two regressions of 13 lags and one of 24, at 25 anchors each: the 13 rows of windows of
        // 25 values hold 25 + 24 + … + 13 = 247 numbers, and the means 25; the 24 rows of windows
        // of 36 hold 36 + 35 + … + 13 = 588, and the means 36. Nine members, six other vectors.
        let moments = 2 * (247 + 25) + 588 + 36;
        let small = size(&[series; 30], 12);
        let by_hand = 21 * (25 * moments * 8 + 30 * (1024 + 15 * 12 * 8));
        assert_eq!(small.kept(), by_hand);
        // A panel of any size has 4,096 training series at most, in 16 groups with five origins.
        let large = size(&vec![series; 100_000], 12);
        let by_hand = 16 * 5 * (25 * moments * 8 + 256 * (1024 + 15 * 12 * 8));
        assert_eq!(large.kept(), by_hand);
        assert!(large.while_fitting() < 2 * large.kept());
    }
}
