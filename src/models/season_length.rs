//! The length of a season in values.

/// Number of values after which a seasonal pattern repeats: 12 for months, 4 for quarters, 1 for
/// years (no season).
///
/// Values are counted from the end of a series, so that models need no calendar: phase 0 is that of
/// the first forecast step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SeasonLength(usize);

impl SeasonLength {
    /// The season of monthly values.
    pub const MONTHLY: Self = Self(12);

    /// Create a season of `values` values; zero counts as one.
    pub const fn new(values: usize) -> Self {
        Self(if values == 0 { 1 } else { values })
    }

    /// Return the number of values.
    pub const fn get(self) -> usize {
        self.0
    }

    /// Return the phase of value `t` of `n`: `(t − n) mod m`. Forecast step `k` (from 1) has
    /// phase `(k − 1) mod m`.
    pub const fn phase(self, t: usize, n: usize) -> usize {
        (t + self.0 - n % self.0) % self.0
    }

    /// Return the shortest history that seasonal indices are estimated from: two and a half
    /// seasons.
    pub const fn shortest_history(self) -> usize {
        5 * self.0 / 2
    }

    /// Return the half width of the centred moving average over one season. That many values at
    /// either end of a series have no detrended value.
    pub const fn half(self) -> usize {
        self.0 / 2
    }

    /// Return the block lengths of temporal aggregation: the divisors of the season above one.
    pub fn block_lengths(self) -> Vec<usize> {
        (2..=self.0).filter(|k| self.0.is_multiple_of(*k)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phases_count_from_the_end() {
        let months = SeasonLength::MONTHLY;
        assert_eq!(months.phase(48, 60), 0);
        assert_eq!(months.phase(59, 60), 11);
        assert_eq!(months.phase(5, 7), 10);
    }

    #[test]
    fn blocks_divide_the_season() {
        assert_eq!(SeasonLength::MONTHLY.block_lengths(), [2, 3, 4, 6, 12]);
        assert_eq!(SeasonLength::new(4).block_lengths(), [2, 4]);
        assert!(SeasonLength::new(1).block_lengths().is_empty());
    }

    #[test]
    fn months_need_thirty_values() {
        assert_eq!(SeasonLength::MONTHLY.shortest_history(), 30);
    }
}
