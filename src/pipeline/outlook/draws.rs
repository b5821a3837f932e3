//! The joint draws that an outlook is read from.

use super::result::OutlookBasis;
use crate::projection::{JointDraws, SeasonalFactors};
use crate::trade::Month;

/// Joint draws, and what is read beside them.
pub(super) struct OutlookDraws {
    /// The draws; the headline series comes first.
    pub(super) joint: JointDraws,
    /// The seasonal pattern of the headline series.
    pub(super) season: Option<SeasonalFactors>,
    /// The data that the draws are based on.
    pub(super) basis: OutlookBasis,
    /// The last month known.
    pub(super) last: Month,
    /// The monthly history of the headline series, where there is one: key, first month, values.
    pub(super) history: Option<(String, Month, Vec<f64>)>,
}
