//! The joint draws that an outlook is read from.

use super::result::OutlookBasis;
use crate::pipeline::scenario::{Shock, ShockError, ShockTarget, apply_shocks};
use crate::projection::{JointDraws, SeasonalFactors};
use crate::trade::{Currency, Month};

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
    /// Shocks of the exchange rate, which hit converted draws.
    pub(super) rate_shocks: Vec<Shock>,
}

impl OutlookDraws {
    /// Return the draws with `shocks` applied to months ahead; trade is fixed in the currency of
    /// the draws.
    ///
    /// # Errors
    /// A shock that hits none of the series or no month ahead.
    pub(super) fn shocked(self, shocks: &[Shock]) -> Result<Self, ShockError> {
        let of_rate = |shock: &&Shock| matches!(shock.target(), ShockTarget::Rate(_));
        let (rate_shocks, of_trade): (Vec<Shock>, Vec<Shock>) =
            shocks.iter().cloned().partition(|shock| of_rate(&shock));
        let home = self.joint.nodes()[0].key.unit;
        Ok(Self {
            joint: applied(&self.joint, home, &of_trade)?,
            rate_shocks,
            ..self
        })
    }
}

/// Apply shocks to draws of trade that is fixed in `home`.
///
/// # Errors
/// A shock that hits none of the series or no month ahead.
pub(super) fn applied(
    joint: &JointDraws,
    home: Currency,
    shocks: &[Shock],
) -> Result<JointDraws, ShockError> {
    if let Some(shock) = shocks
        .iter()
        .find(|shock| matches!(shock.target(), ShockTarget::Regressor(_)))
    {
        return Err(ShockError::NothingHit {
            target: shock.target().to_string(),
        });
    }
    match shocks {
        [] => Ok(joint.clone()),
        _ => apply_shocks(joint, &vec![home; joint.nodes().len()], shocks),
    }
}
