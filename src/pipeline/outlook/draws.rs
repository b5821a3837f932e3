//! The joint draws that an outlook is read from.

use super::inputs::OutlookInputs;
use super::result::{OutlookBasis, OutlookError};
use crate::pipeline::scenario::{Shock, ShockError, ShockTarget, apply_shocks};
use crate::projection::{JointDraws, SeasonalFactors, rate_paths};
use crate::trade::{Code, Currency, Month, seeded_hash};
use std::borrow::Cow;

/// Joint draws, and what is read beside them.
#[derive(Debug, Clone)]
pub(in crate::pipeline) struct OutlookDraws {
    /// The draws in the publisher's currency; the headline series comes first.
    pub(super) joint: JointDraws,
    /// The seasonal pattern of the headline series.
    pub(super) season: Option<SeasonalFactors>,
    /// The data that the draws are based on.
    pub(super) basis: OutlookBasis,
    /// The last month known.
    pub(super) last: Month,
    /// The monthly history of the headline series, where there is one: key, first month, values;
    /// in the currency of the draws.
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
    pub(super) fn shocked(&self, shocks: &[Shock]) -> Result<Self, ShockError> {
        let of_rate = |shock: &&Shock| matches!(shock.target(), ShockTarget::Rate(_));
        let (rate_shocks, of_trade): (Vec<Shock>, Vec<Shock>) =
            shocks.iter().cloned().partition(|shock| of_rate(&shock));
        Ok(Self {
            joint: applied(&self.joint, self.drawn_in(), &of_trade)?,
            rate_shocks,
            season: self.season,
            basis: self.basis.clone(),
            last: self.last,
            history: self.history.clone(),
        })
    }

    /// Return the currency of the draws.
    pub(super) fn drawn_in(&self) -> Currency {
        self.joint.nodes()[0].key.unit
    }

    /// Return the draws in the currency of levels, and in the other one of interest where exchange
    /// rates connect both. Months ahead are converted at drawn rates, the same for the same seed.
    ///
    /// # Errors
    /// No rate leads to the currency of levels, or a shock hits no rate.
    pub(super) fn in_currencies(
        &self,
        inputs: &OutlookInputs,
    ) -> Result<DrawsInCurrencies<'_>, OutlookError> {
        let (drawn, home) = (self.drawn_in(), inputs.home());
        let to = if drawn == home {
            other_currency(inputs)
        } else {
            Some(home)
        };
        let converted = to.and_then(|to| self.converted(inputs, to));
        let converted = match converted {
            Some((joint, last)) => Some((applied(&joint, drawn, &self.rate_shocks)?, last)),
            None => None,
        };
        match (converted, self.rate_shocks.first()) {
            (None, _) if drawn != home => Err(OutlookError::Currency { found: home }),
            (None, Some(shock)) => Err(OutlookError::Shock(ShockError::NothingHit {
                target: shock.target().to_string(),
                offered: Vec::new(),
            })),
            (None, None) => Ok(DrawsInCurrencies {
                home: Cow::Borrowed(&self.joint),
                other: None,
            }),
            (Some((joint, (month, rate))), _) if drawn != home => Ok(DrawsInCurrencies {
                home: Cow::Owned(joint),
                other: Some((Cow::Borrowed(&self.joint), (month, 1.0 / rate))),
            }),
            (Some((joint, last)), _) => Ok(DrawsInCurrencies {
                home: Cow::Borrowed(&self.joint),
                other: Some((Cow::Owned(joint), last)),
            }),
        }
    }

    /// Return the draws in currency `to`, and the last month with a rate and that rate: units of
    /// the currency of the draws that one unit of `to` costs. `None` where no rate connects both.
    fn converted(&self, inputs: &OutlookInputs, to: Currency) -> Option<(JointDraws, MonthlyRate)> {
        let joint = &self.joint;
        let rate = |month: Month| inputs.rate(self.drawn_in(), to, month);
        let months = (0..joint.months()).map(|t| joint.first().forward(t));
        let known: Vec<f64> = months.map_while(rate).collect();
        let last = joint.first().forward(known.len().checked_sub(1)?);
        let back = (0..).map_while(|k| rate(last.back(k)));
        let mut history: Vec<f64> = back.collect();
        history.reverse();
        let ahead = joint.months() - known.len();
        let seed = seeded_hash(inputs.request().seed, "exchange rate");
        let paths = rate_paths(&history, ahead, joint.count(), seed);
        let value = |draw: usize, t: usize| match t.checked_sub(known.len()) {
            None => known[t],
            Some(step) => paths[draw * ahead + step],
        };
        Some((joint.converted(to, value), (last, *known.last()?)))
    }
}

/// A month and its mean exchange rate.
type MonthlyRate = (Month, f64);

/// The draws in each currency that an outlook is read in.
pub(super) struct DrawsInCurrencies<'a> {
    /// In the currency of levels.
    pub(super) home: Cow<'a, JointDraws>,
    /// In another currency, with the last month known of its rate and how many units of the
    /// currency of levels one unit of it cost then.
    pub(super) other: Option<(Cow<'a, JointDraws>, MonthlyRate)>,
}

impl DrawsInCurrencies<'_> {
    /// Return the draws of each currency, that of levels first.
    pub(super) fn all(&self) -> Vec<&JointDraws> {
        let other = self.other.as_ref().map(|(joint, _)| joint.as_ref());
        std::iter::once(self.home.as_ref()).chain(other).collect()
    }
}

/// Return the currency in which an outlook is read beside that of levels; `None` for none.
fn other_currency(inputs: &OutlookInputs) -> Option<Currency> {
    let request = inputs.request();
    let chinese = |code: &Code| code.as_str() == "CHN";
    if inputs.home() != Currency::USD {
        Some(Currency::USD)
    } else if chinese(request.reporter()) || chinese(request.partner()) {
        Some(Currency::CNY)
    } else {
        None
    }
}

/// Apply shocks to draws of trade that is fixed in `home`.
///
/// # Errors
/// A shock that hits none of the series or no month ahead.
fn applied(joint: &JointDraws, home: Currency, shocks: &[Shock]) -> Result<JointDraws, ShockError> {
    if let Some(shock) = shocks
        .iter()
        .find(|shock| matches!(shock.target(), ShockTarget::Regressor(_)))
    {
        return Err(ShockError::NothingHit {
            target: shock.target().to_string(),
            offered: Vec::new(),
        });
    }
    match shocks {
        [] => Ok(joint.clone()),
        _ => apply_shocks(joint, &vec![home; joint.nodes().len()], shocks),
    }
}
