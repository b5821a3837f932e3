//! What a panel teaches its series: pooled regressions, how well each member does, how errors grow.

use super::combination::{self, Trial, Weighing};
use super::interval::{self, Residual, Spread};
use super::origin::{Origin, bridge};
use super::{MIN_MONTHS, Member, Method};
use crate::models::pooled::{Moments, Pooled};
use crate::trade::{Month, Series};
use rayon::prelude::*;

/// Months back of the rolling origins that weigh members and measure errors.
pub(super) const ORIGINS: [usize; 3] = [6, 12, 18];
/// An origin counts for a series that has this many months before it.
pub(super) const MIN_BEFORE: usize = 30;
/// A panel larger than this teaches by an evenly spaced sample of so many series.
const MAX_TEACHERS: usize = 4096;
/// Series whose moments are added up by one task; fixed, so that sums do not depend on the number of threads.
const CHUNK: usize = 64;

/// What a panel teaches about one method and horizon. Made once, then used for every series, whichever is asked for.
#[derive(Debug)]
pub struct Pool {
    method: Method,
    horizon: usize,
    /// The pooled regressions at the last month and at each origin.
    now: PooledAt,
    back: Vec<(usize, PooledAt)>,
    /// Each member's mean scaled error over the panel, where any origin counted.
    panel_error: Option<Vec<f64>>,
    /// How the error grows with the horizon, in one-step errors.
    profile: Vec<f64>,
    spread: Spread,
}

/// The pooled regressions of one origin; `None` where too few series had a window.
#[derive(Debug, Default)]
pub(super) struct PooledAt {
    pub(super) short: Option<Pooled>,
    pub(super) medium: Option<Pooled>,
    pub(super) long: Option<Pooled>,
}

/// A series ready for modelling: gaps bridged and remembered.
#[derive(Debug)]
pub(super) struct Prepared {
    pub(super) first: Month,
    pub(super) y: Vec<f64>,
    pub(super) seen: Vec<bool>,
}

impl Prepared {
    pub(super) fn new(series: &Series<'_>) -> Self {
        let (y, seen) = bridge(series.values());
        Self {
            first: series.first(),
            y,
            seen,
        }
    }

    /// The series as it stood `back` months before its end.
    pub(super) fn origin(&self, back: usize) -> Origin<'_> {
        Origin::new(self.first, &self.y[..self.y.len() - back], &self.seen)
    }

    /// The values after the origin `back` months before the end, gaps as NaN.
    pub(super) fn actual(&self, back: usize) -> Vec<f64> {
        let start = self.y.len() - back;
        (start..self.y.len())
            .map(|t| if self.seen[t] { self.y[t] } else { f64::NAN })
            .collect()
    }
}

impl Pool {
    /// Learns from `panel`, on the rayon threads of the caller.
    pub fn fit(panel: &[Series<'_>], method: Method, horizon: usize) -> Self {
        let step = panel.len().div_ceil(MAX_TEACHERS).max(1);
        let teachers: Vec<Prepared> = panel
            .par_iter()
            .step_by(step)
            .filter(|series| {
                series.len() - series.gaps() >= MIN_MONTHS && 2 * series.gaps() <= series.len()
            })
            .map(Prepared::new)
            .collect();
        let pooled = method.members().iter().any(|member| member.is_pooled());
        let at = |back: usize, horizon: usize| {
            if pooled {
                PooledAt::fit(&teachers, back, horizon)
            } else {
                PooledAt::default()
            }
        };
        let now = at(0, horizon);
        let back: Vec<(usize, PooledAt)> = origins(horizon)
            .into_iter()
            .map(|back| (back, at(back, back)))
            .collect();
        let trials: Vec<Vec<Trial>> = teachers
            .par_iter()
            .map(|series| combination::trials(series, method.members(), &back))
            .collect();
        let panel_error = combination::panel_error(&trials, method.members().len());
        let mut pool = Self {
            method,
            horizon,
            now,
            back,
            panel_error,
            profile: Vec::new(),
            spread: Spread::default(),
        };
        let residuals: Vec<(f64, Vec<Residual>)> = teachers
            .par_iter()
            .zip(&trials)
            .map(|(series, trials)| (series.origin(0).one_step(), pool.residuals(series, trials)))
            .collect();
        pool.profile = interval::profile(residuals.iter().flat_map(|(_, r)| r), horizon);
        pool.spread = Spread::of(&residuals, &pool.profile);
        pool
    }

    /// The method that this pool serves.
    pub fn method(&self) -> Method {
        self.method
    }

    /// The horizon that this pool serves.
    pub fn horizon(&self) -> usize {
        self.horizon
    }

    pub(super) fn now(&self) -> &PooledAt {
        &self.now
    }

    pub(super) fn profile(&self) -> &[f64] {
        &self.profile
    }

    pub(super) fn spread(&self) -> &Spread {
        &self.spread
    }

    pub(super) fn trials(&self, series: &Prepared) -> Vec<Trial> {
        combination::trials(series, self.method.members(), &self.back)
    }

    /// The weights from every trial but the one of the origin `skip`.
    pub(super) fn weights(&self, trials: &[Trial], skip: Option<usize>) -> Vec<f64> {
        let weighing = Weighing {
            rule: self.method.rule(),
            members: self.members(),
            panel_error: self.panel_error.as_deref(),
        };
        combination::weights(trials, weighing, skip)
    }

    pub(super) fn members(&self) -> &[Member] {
        self.method.members()
    }

    /// The combination's errors at each origin, weighted without that origin.
    pub(super) fn residuals(&self, series: &Prepared, trials: &[Trial]) -> Vec<Residual> {
        let transform = super::Transform::of(&series.y);
        trials
            .iter()
            .filter_map(|trial| {
                let path = trial.combine(&self.weights(trials, Some(trial.back)))?;
                let path = combination::blend_zeros(&series.origin(trial.back), path);
                let error = trial
                    .actual
                    .iter()
                    .zip(&path)
                    .map(|(y, f)| transform.turn(*y) - transform.turn(*f))
                    .collect();
                Some(Residual {
                    back: trial.back,
                    one_step: trial.one_step,
                    error,
                    path,
                })
            })
            .collect()
    }
}

/// The origins for a horizon: the usual ones, and one as far back as the horizon where that is further, so that there are whole
/// vectors of errors to draw paths from.
fn origins(horizon: usize) -> Vec<usize> {
    const FURTHEST: usize = 60;
    let far = horizon.min(FURTHEST);
    ORIGINS
        .into_iter()
        .chain((far > ORIGINS[2]).then_some(far))
        .collect()
}

impl PooledAt {
    /// Learns from every series as it stood `back` months before its end.
    fn fit(teachers: &[Prepared], back: usize, horizon: usize) -> Self {
        let none = || [13, 24, 60].map(|lags| Moments::new(lags, horizon));
        let needed = if back == 0 { 0 } else { back + MIN_BEFORE };
        let parts: Vec<[Moments; 3]> = teachers
            .par_chunks(CHUNK)
            .map(|chunk| {
                let mut moments = none();
                for series in chunk.iter().filter(|series| series.y.len() >= needed) {
                    let origin = series.origin(back);
                    if origin.transform.is_log() {
                        let [short, medium, long] = &mut moments;
                        short.add(&origin.x, origin.yearly_change);
                        medium.add(&origin.z, origin.yearly_change);
                        long.add(&origin.z, origin.yearly_change);
                    }
                }
                moments
            })
            .collect();
        let mut total = none();
        for part in &parts {
            total
                .iter_mut()
                .zip(part)
                .for_each(|(sum, moments)| sum.merge(moments));
        }
        // A panel whose Gram matrix is not positive teaches nothing; its series rely on their own members.
        let [short, medium, long] = total.map(|moments| moments.solve().ok().flatten());
        Self {
            short,
            medium,
            long,
        }
    }
}
