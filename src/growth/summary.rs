//! The summary of a distribution: median and central intervals of draws.

/// A central interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Band {
    /// Its level, 0 to 1.
    pub level: f64,
    /// Its lower bound.
    pub lower: f64,
    /// Its upper bound.
    pub upper: f64,
}

/// The median and central intervals of draws of a number.
#[derive(Debug, Clone, PartialEq)]
pub struct DistributionSummary {
    /// The median.
    pub median: f64,
    /// Central intervals, one a level.
    pub bands: Vec<Band>,
}

impl DistributionSummary {
    /// Summarise `draws`, with an interval for each of `levels` (0 to 1); `None` without a draw.
    pub fn of(mut draws: Vec<f64>, levels: &[f64]) -> Option<Self> {
        if draws.is_empty() {
            return None;
        }
        draws.sort_unstable_by(f64::total_cmp);
        let band = |level: &f64| {
            let tail = 0.5 * (1.0 - level);
            Band {
                level: *level,
                lower: quantile(&draws, tail),
                upper: quantile(&draws, 1.0 - tail),
            }
        };
        Some(Self {
            median: quantile(&draws, 0.5),
            bands: levels.iter().map(band).collect(),
        })
    }

    /// Return the summary with `centre` in place of the median, and bounds that enclose it.
    #[must_use]
    pub fn around(mut self, centre: Option<f64>) -> Self {
        if let Some(centre) = centre {
            self.median = centre;
            for band in &mut self.bands {
                band.lower = band.lower.min(centre);
                band.upper = band.upper.max(centre);
            }
        }
        self
    }
}

/// Return the quantile of sorted numbers at probability `p`, linear between neighbours (Hyndman and
/// Fan 1996, type 5): draw `k` of `n`, from 0, lies at `(k + ½) / n`, where draws of a forecast are
/// placed.
fn quantile(sorted: &[f64], p: f64) -> f64 {
    let last = (sorted.len() - 1) as f64;
    let at = (p * sorted.len() as f64 - 0.5).clamp(0.0, last);
    let (low, high) = (sorted[at.floor() as usize], sorted[at.ceil() as usize]);
    low + (high - low) * at.fract()
}
