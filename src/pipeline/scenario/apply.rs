//! Shocks applied to joint draws.

use super::shock::{Shock, ShockError, ShockSize, ShockTarget};
use crate::projection::{JointDraws, JointSeries};
use crate::trade::{Completeness, Currency, Flow, Hierarchy, Span};
use crate::work::checkpoint;

/// Return the scenario's draws: each draw of `joint` with every shock applied, one after another,
/// and its sums added up again. Known months stay as they are, and so does the seasonal naive
/// forecast. Shocks of regressors are ignored: they need a conditional forecast. `fixed_in` is the
/// currency in which each series' trade is fixed.
///
/// A percentage multiplies what it hits and all parts of that; sums above follow by what their
/// parts change, also where only some of their parts are listed. An amount on a sum is shared by
/// its parts in proportion to the draw. Flows do not fall below zero.
///
/// # Errors
/// A shock that hits none of the series, none of their months ahead, or a balance whose flows are
/// listed.
///
/// # Panics
/// Where `fixed_in` has another length than the series: an error of the caller.
pub fn apply_shocks(
    joint: &JointDraws,
    fixed_in: &[Currency],
    shocks: &[Shock],
) -> Result<JointDraws, ShockError> {
    let nodes = joint.nodes();
    assert_eq!(nodes.len(), fixed_in.len(), "a currency a series");
    let keys = nodes.iter().map(|node| &node.key);
    let shocked = ShockedDraws {
        joint,
        hierarchy: Hierarchy::new(keys, Completeness::PartsPresent),
        fixed_in,
        known: nodes.iter().map(|node| known(joint, node)).collect(),
        may_be_negative: nodes.iter().map(|n| n.key.flow.may_be_negative()).collect(),
    };
    let plans: Vec<ShockPlan<'_>> = shocks
        .iter()
        .filter(|shock| !matches!(shock.target(), ShockTarget::Regressor(_)))
        .map(|shock| ShockPlan::new(shock, &shocked))
        .collect::<Result<_, _>>()?;
    let months = joint.months();
    let mut before = Vec::new();
    let mut apply = |draw: &mut [f64]| {
        checkpoint();
        for plan in &plans {
            before.clear();
            before.extend_from_slice(draw);
            plan.apply(draw, &before, months);
        }
    };
    let mut draws: Vec<f64> = joint.draws().flatten().copied().collect();
    draws
        .chunks_exact_mut((months * nodes.len()).max(1))
        .for_each(&mut apply);
    let mut point: Vec<f64> = nodes.iter().flat_map(|node| node.point.clone()).collect();
    apply(&mut point);
    let nodes = nodes.iter().zip(point.chunks(months.max(1)));
    let nodes = nodes.map(|(node, point)| JointSeries {
        point: point.to_vec(),
        ..node.clone()
    });
    let shocked = JointDraws::new(joint.first(), months, nodes.collect(), draws);
    Ok(shocked.centred_where(|k| joint.is_centred(k)))
}

/// For each month of `joint`, whether it is known or lies before one of `node` that is: such a
/// month is past, even where no figure of it was published.
fn known(joint: &JointDraws, node: &JointSeries) -> Vec<bool> {
    let last = node.known.iter().map(|(span, _)| span.last()).max();
    let ahead = last.and_then(|last| last.plus(1).index_from(joint.first()));
    (0..joint.months())
        .map(|place| ahead.is_some_and(|ahead| place < ahead))
        .collect()
}

/// The draws that shocks are applied to, and what is known of their series.
struct ShockedDraws<'a> {
    joint: &'a JointDraws,
    hierarchy: Hierarchy,
    fixed_in: &'a [Currency],
    /// For each series and month, whether the month is known.
    known: Vec<Vec<bool>>,
    may_be_negative: Vec<bool>,
}

impl ShockedDraws<'_> {
    /// Whether `shock` names series `k`.
    fn is_target(&self, shock: &Shock, k: usize) -> bool {
        let key = &self.joint.nodes()[k].key;
        match shock.target() {
            ShockTarget::Partner(code) => key.partner == *code && !self.is_balance_of_flows(k),
            ShockTarget::Flow(flow) => key.flow == *flow,
            ShockTarget::Series(series) => key == series,
            ShockTarget::Rate(currency) => key.unit == *currency && self.fixed_in[k] != *currency,
            ShockTarget::Regressor(_) => false,
        }
    }

    /// Return the targets that a shock of this kind could name; where it has no kind of its own
    /// here, partners and flows.
    fn offered(&self, shock: &Shock) -> Vec<ShockTarget> {
        let nodes = || self.joint.nodes().iter().enumerate();
        let mut offered: Vec<ShockTarget> = if matches!(shock.target(), ShockTarget::Rate(_)) {
            let converted = nodes().filter(|(k, node)| node.key.unit != self.fixed_in[*k]);
            converted
                .map(|(_, node)| ShockTarget::Rate(node.key.unit))
                .collect()
        } else {
            let trade = || nodes().filter(|(k, _)| !self.is_balance_of_flows(*k));
            let partners = trade().map(|(_, node)| ShockTarget::Partner(node.key.partner.clone()));
            let flows = trade().map(|(_, node)| ShockTarget::Flow(node.key.flow));
            partners.chain(flows).collect()
        };
        let mut seen = Vec::new();
        offered.retain(|target| {
            let new = !seen.contains(target);
            seen.push(target.clone());
            new
        });
        offered
    }

    /// Return the months, from the first to the last, in which a figure of the marked series is
    /// not known.
    fn ahead(&self, marked: &[bool]) -> Option<Span> {
        let open = |place: &usize| {
            let of_marked = self.known.iter().zip(marked).filter(|(_, marked)| **marked);
            let mut of_marked = of_marked.map(|(known, _)| known.get(*place));
            of_marked.any(|known| known == Some(&false))
        };
        let first = (0..self.joint.months()).find(open)?;
        let last = (0..self.joint.months()).rev().find(open)?;
        let month = |place| self.joint.first().forward(place);
        Span::between(month(first), month(last))
    }

    /// Whether series `k` is a balance of which a part is listed.
    fn is_balance_of_flows(&self, k: usize) -> bool {
        self.joint.nodes()[k].key.flow == Flow::Balance && !self.hierarchy.parts(k).is_empty()
    }

    /// Mark a series, its parts, and theirs.
    fn mark_with_parts(&self, series: usize, hit: &mut [bool]) {
        if !std::mem::replace(&mut hit[series], true) {
            for component in self.hierarchy.parts(series) {
                self.mark_with_parts(component.part, hit);
            }
        }
    }

    /// Return the value, or zero where it is below and the series may not be; a gap stays one.
    fn floored(&self, series: usize, value: f64) -> f64 {
        if value < 0.0 && !self.may_be_negative[series] {
            0.0
        } else {
            value
        }
    }
}

/// A shock ready to be applied to draws.
struct ShockPlan<'a> {
    shock: &'a Shock,
    shocked: &'a ShockedDraws<'a>,
    /// The series that an amount falls on; `None` for percentages.
    amount_on: Option<usize>,
    /// For each series that is hit, the months that are shocked, as (place in the draws, month of
    /// the shock).
    hit: Vec<Option<Vec<(usize, usize)>>>,
}

impl<'a> ShockPlan<'a> {
    fn new(shock: &'a Shock, shocked: &'a ShockedDraws<'a>) -> Result<Self, ShockError> {
        let series = shocked.joint.nodes().len();
        let targets: Vec<usize> = (0..series)
            .filter(|k| shocked.is_target(shock, *k))
            .collect();
        let target = || shock.target().to_string();
        if targets.is_empty() {
            return Err(ShockError::NothingHit {
                target: target(),
                offered: shocked.offered(shock),
            });
        }
        let of_trade = !matches!(shock.target(), ShockTarget::Rate(_));
        if of_trade && targets.iter().any(|k| shocked.is_balance_of_flows(*k)) {
            return Err(ShockError::Balance { target: target() });
        }
        let mut marked = vec![false; series];
        for k in &targets {
            shocked.mark_with_parts(*k, &mut marked);
        }
        let months = shock.months().iter().enumerate();
        let place = |month| Some(shocked.joint.places(Span::month(month))?.start);
        let within: Vec<(usize, usize)> = months
            .filter_map(|(at, month)| Some((place(month)?, at)))
            .collect();
        let ahead = |k: usize| -> Vec<(usize, usize)> {
            let ahead = within.iter().filter(|(place, _)| !shocked.known[k][*place]);
            ahead.copied().collect()
        };
        let hit = marked.iter().enumerate();
        let hit: Vec<Option<Vec<(usize, usize)>>> =
            hit.map(|(k, marked)| marked.then(|| ahead(k))).collect();
        if hit.iter().flatten().all(Vec::is_empty) {
            return Err(ShockError::NothingAhead {
                target: target(),
                months: shock.months(),
                ahead: shocked.ahead(&marked),
            });
        }
        Ok(Self {
            shock,
            shocked,
            amount_on: matches!(shock.size(), ShockSize::Amount(_)).then(|| targets[0]),
            hit,
        })
    }

    /// Apply the shock to a draw: what is hit changes by itself, sums above it by what their parts
    /// have changed. `before` is the draw as it was.
    fn apply(&self, draw: &mut [f64], before: &[f64], months: usize) {
        for series in self.shocked.hierarchy.parts_first() {
            let from = series * months;
            match &self.hit[*series] {
                Some(places) => {
                    for (place, at) in places {
                        let value = &mut draw[from + place];
                        let on = |series: usize| before[series * months + place];
                        *value = self.changed(*series, *value, *at, on);
                    }
                }
                None => {
                    for k in 0..months {
                        let change = self.change_of_parts(*series, k, draw, before, months);
                        if change != 0.0 {
                            draw[from + k] = self.shocked.floored(*series, draw[from + k] + change);
                        }
                    }
                }
            }
        }
    }

    /// Return what the parts of a sum have changed by in month `k`.
    fn change_of_parts(
        &self,
        series: usize,
        k: usize,
        draw: &[f64],
        before: &[f64],
        months: usize,
    ) -> f64 {
        let parts = self.shocked.hierarchy.parts(series).iter();
        let change = parts.filter_map(|component| {
            let place = component.part * months + k;
            let (is, was) = (draw[place], before[place]);
            let changed = is != was && !is.is_nan();
            changed.then_some(component.sign * (is - was))
        });
        change.sum()
    }

    /// Return the shocked value of a series that is hit, in month `at` of the shock; `before` gives
    /// the value of any series in the same month before the shock.
    fn changed(&self, series: usize, value: f64, at: usize, before: impl Fn(usize) -> f64) -> f64 {
        let size = self.shock.size().at(at);
        if size == 0.0 {
            return value;
        }
        let moved = match (self.amount_on, self.shock.target()) {
            (Some(on), _) if on == series => value + size,
            // A part takes the share of the amount that it has of the sum.
            (Some(on), _) => match before(on) {
                0.0 => value,
                sum => value * ((sum + size).max(0.0) / sum),
            },
            (None, ShockTarget::Rate(_)) => value / (1.0 + size / 100.0),
            (None, _) => value * (1.0 + size / 100.0),
        };
        self.shocked.floored(series, moved)
    }
}

#[cfg(test)]
mod tests;
