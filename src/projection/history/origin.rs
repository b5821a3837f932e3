//! A series up to an origin: transformed, gaps bridged, season known, outliers reduced.

use crate::features::KnownRegressors;
use crate::models::SeasonLength;
use crate::models::cleaning::{limit_strays, pull_in};
use crate::models::seasonal::{self, SeasonalIndices};
use crate::models::theta;
use crate::projection::history::effects::{EffectEvidence, ExpectedEffects};
use crate::projection::history::gaps::rebridge;
use crate::projection::history::inactive_months::InactiveMonths;
use crate::projection::history::recent_change::recent_change;
use crate::projection::history::recent_shift::RecentShift;
use crate::projection::history::texture::{Texture, mean_change};
use crate::projection::history::transform::Transform;
use crate::trade::Month;
use std::borrow::Cow;

/// The smallest one-step error that differs from none. A series at it is constant for all purposes,
/// and no other series learns from it.
pub(in crate::projection) const LEAST_STEP: f64 = 1e-4;
/// History supports so many times its usual largest value.
const SUPPORTED: f64 = 4.0;
/// The roughness from which outliers are reduced, and that from which they are fully reduced.
const CLEANED: [f64; 2] = [0.5, 0.6];

/// A series up to an origin, as every member needs it. It holds nothing that came after the origin.
#[derive(Debug)]
pub(in crate::projection) struct Origin<'a> {
    /// The first month.
    pub(in crate::projection) first: Month,
    /// How many months make a season.
    pub(in crate::projection) season: SeasonLength,
    /// The values, with gaps bridged.
    pub(in crate::projection) y: &'a [f64],
    /// The transform of the values.
    pub(in crate::projection) transform: Transform,
    /// The known columns (calendar, regressors) of every month, those ahead included.
    pub(in crate::projection) known: &'a KnownRegressors,
    /// The transformed values.
    pub(in crate::projection) z: Vec<f64>,
    /// The effect of the known columns on `z` in every month, those ahead included; empty where
    /// there is none.
    pub(in crate::projection) effects: Vec<f64>,
    /// `z` without these effects.
    pub(in crate::projection) even: Vec<f64>,
    /// Seasonal indices of `even`.
    pub(in crate::projection) index: SeasonalIndices,
    /// `even` without its season and with the outliers of rough series reduced: the input of most
    /// members.
    pub(in crate::projection) x: Vec<f64>,
    /// `x` before outliers were reduced.
    unclean: Vec<f64>,
    /// `x` in levels over its mean, `exp(x) / mean(exp(x))`; empty where the transform is no
    /// logarithm.
    pub(in crate::projection) levels: Vec<f64>,
    /// The mean of `exp(x)`.
    pub(in crate::projection) level: f64,
    /// The roughness of the series.
    pub(in crate::projection) texture: Texture,
    /// The roughness of `levels`.
    pub(in crate::projection) level_texture: Texture,
    /// The mean size of twelve-month differences of `z`.
    pub(in crate::projection) yearly_change: f64,
    /// The logarithm of the arithmetic over the geometric mean within a year: how far a year's
    /// total lies above twelve typical months.
    pub(in crate::projection) skew: f64,
    /// The one-step error of a smooth level of `z` without its season, in which interval widths are
    /// measured; of one to two seasons at least what may be noise in them.
    pub(in crate::projection) one_step: f64,
    /// The lags of the members that regress on lags, trend and months.
    pub(in crate::projection) regression_lags: [usize; 4],
    /// The months without trade, where there are any.
    pub(in crate::projection) inactive: Option<InactiveMonths>,
    /// A level shift in the last months. The history before it is moved to the level after it.
    pub(in crate::projection) shift: Option<RecentShift>,
    /// Stated level shifts, which last. The history before each is moved to the level after it, and
    /// no other shift is looked for.
    pub(in crate::projection) stated_shifts: Vec<RecentShift>,
    seen: Cow<'a, [bool]>,
    lowest: f64,
    highest: f64,
    /// The largest logarithm that the history supports, before any growth.
    supported: f64,
    /// The median monthly growth of the last three years, where it is above zero.
    drift: f64,
}

impl<'a> Origin<'a> {
    /// Describe a series up to an origin: `y` with gaps bridged, `seen` false at a gap, `known` at
    /// least as long as `y`; `stated_shifts` are the first months of stated levels, rising.
    pub(in crate::projection) fn new(
        first: Month,
        y: &'a [f64],
        seen: &'a [bool],
        known: &'a KnownRegressors,
        season: SeasonLength,
        stated_shifts: &[usize],
    ) -> Self {
        let inactive = InactiveMonths::find(y, &seen[..y.len()], season);
        let active = inactive.as_ref().map_or(y, |inactive| &inactive.active);
        let transform = Transform::of(active);
        let z: Vec<f64> = active.iter().map(|v| transform.apply(*v)).collect();
        let seen = match &inactive {
            Some(inactive) => Cow::Owned(inactive.seen.clone()),
            None => Cow::Borrowed(seen),
        };
        let plain = Self::build(
            first,
            y,
            seen,
            known,
            season,
            transform,
            z,
            Vec::new(),
            inactive,
            None,
        );
        if !stated_shifts.is_empty() {
            return plain.with_stated_shifts(stated_shifts);
        }
        let settled = |inactive: &InactiveMonths| inactive.trailing == 0 && inactive.begun == 0;
        let settled = plain.inactive.as_ref().is_none_or(settled);
        let found = (transform.is_log() && settled).then(|| RecentShift::find(&plain.unclean));
        match found.flatten() {
            Some(shift) => plain.with_shift(shift),
            None => plain,
        }
    }

    /// Move the history before a shift to the level after it.
    fn with_shift(self, shift: RecentShift) -> Self {
        let mut z = self.z;
        let at = z.len() - shift.months;
        z[..at].iter_mut().for_each(|v| *v += shift.change);
        Self::build(
            self.first,
            self.y,
            self.seen,
            self.known,
            self.season,
            self.transform,
            z,
            Vec::new(),
            self.inactive,
            Some(shift),
        )
    }

    /// Move the history before each of these months to the level from it on, the latest first.
    fn with_stated_shifts(mut self, months: &[usize]) -> Self {
        for at in months.iter().rev() {
            let shift = RecentShift::stated(&self.unclean, *at, self.transform.is_log());
            let mut stated = std::mem::take(&mut self.stated_shifts);
            stated.push(shift);
            self = self.with_shift(shift);
            self.shift = None;
            self.stated_shifts = stated;
        }
        self
    }

    /// Return how far the growth of the series changed in its last months, as [`recent_change`]
    /// does. A shift that was found is part of it, a stated one is not.
    pub(in crate::projection) fn recent_change(&self) -> Option<f64> {
        let Some(shift) = self.shift else {
            return recent_change(&self.z, self.season);
        };
        let mut z = self.z.clone();
        let at = z.len() - shift.months;
        z[..at].iter_mut().for_each(|v| *v -= shift.change);
        recent_change(&z, self.season)
    }

    /// Return how far the level changed after month `t`, by what is known of shifts.
    pub(in crate::projection) fn level_change_after(&self, t: usize) -> f64 {
        let shifts = self.shift.iter().chain(&self.stated_shifts);
        let after = shifts.filter(|shift| t + shift.months < self.len());
        after.map(|shift| shift.change).sum()
    }

    /// Take the effects of the known columns out, where they help (see
    /// [`crate::projection::history::effects`]).
    pub(in crate::projection) fn without_effects(
        self,
        evidence: Option<&EffectEvidence>,
        expected: Option<&ExpectedEffects>,
    ) -> Self {
        let Some(effects) = evidence.and_then(|evidence| evidence.keep(expected)) else {
            return self;
        };
        let months = self.known.columns().first().map_or(0, Vec::len);
        let mut added = vec![0.0; months];
        for (column, effect) in self.known.columns().iter().zip(&effects) {
            added
                .iter_mut()
                .zip(column)
                .for_each(|(sum, v)| *sum += effect * v);
        }
        let stated_shifts = self.stated_shifts;
        let built = Self::build(
            self.first,
            self.y,
            self.seen,
            self.known,
            self.season,
            self.transform,
            self.z,
            added,
            self.inactive,
            self.shift,
        );
        Self {
            stated_shifts,
            ..built
        }
    }

    /// Return what the series says about effects of the known columns; `None` where it is too
    /// short.
    pub(in crate::projection) fn evidence(&self) -> Option<EffectEvidence> {
        EffectEvidence::of(&self.even, &self.index, self.known)
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "the parts of one origin, named at each call"
    )]
    fn build(
        first: Month,
        y: &'a [f64],
        seen: Cow<'a, [bool]>,
        known: &'a KnownRegressors,
        season: SeasonLength,
        transform: Transform,
        z: Vec<f64>,
        effects: Vec<f64>,
        inactive: Option<InactiveMonths>,
        shift: Option<RecentShift>,
    ) -> Self {
        const FLOOR: f64 = LEAST_STEP;
        let mut even = z.clone();
        even.iter_mut()
            .zip(&effects)
            .for_each(|(v, effect)| *v -= effect);
        let index = seasonal::indices(&even, season);
        let mut plain = seasonal::adjust(&even, &index);
        if seen[..y.len()].contains(&false) {
            // Gaps are bridged again without season, so that their months get the season's shape.
            rebridge(&mut plain, &seen);
            let n = even.len();
            even.iter_mut()
                .zip(&plain)
                .enumerate()
                .for_each(|(t, (v, x))| *v = x + index[season.phase(t, n)]);
        }
        let texture = Texture::of(&plain, season, FLOOR);
        let yearly_change = mean_change(&even, season.get())
            .map_or((3.0 * texture.monthly_change).max(FLOOR), |c| c.max(FLOOR));
        let gate = ((texture.roughness - CLEANED[0]) / (CLEANED[1] - CLEANED[0])).clamp(0.0, 1.0);
        let x = pull_in(&plain, gate);
        let one_step = theta::one_step_error(&limit_strays(&plain))
            .max(seasonal::short_noise(&even, season))
            .max(FLOOR);
        let skew = if transform.is_log() {
            skew(&plain, season)
        } else {
            0.0
        };
        let (mut levels, mut level) = (Vec::new(), 1.0);
        if transform.is_log() {
            levels = x.iter().map(|v| v.exp()).collect();
            level = levels.iter().sum::<f64>() / levels.len().max(1) as f64;
            levels.iter_mut().for_each(|v| *v /= level);
        }
        let range = |(l, h): (f64, f64), v: &f64| (l.min(*v), h.max(*v));
        let (lowest, highest) = z.iter().fold((f64::INFINITY, f64::NEG_INFINITY), range);
        let supported = usual_largest(&z) + SUPPORTED.ln();
        let recent = &plain[plain.len().saturating_sub(3 * season.get() + 1)..];
        let mut steps: Vec<f64> = recent.windows(2).map(|w| w[1] - w[0]).collect();
        let drift = seasonal::median(&mut steps).max(0.0);
        Self {
            first,
            season,
            y,
            seen,
            known,
            transform,
            level_texture: Texture::of(&levels, season, 1e-6),
            levels,
            level,
            texture,
            yearly_change,
            skew,
            one_step,
            unclean: plain,
            inactive,
            shift,
            stated_shifts: Vec::new(),
            index,
            x,
            even,
            effects,
            regression_lags: [1, 2, 3, season.get()],
            z,
            lowest,
            highest,
            supported,
            drift,
        }
    }

    /// Return the number of months.
    pub(in crate::projection) fn len(&self) -> usize {
        self.y.len()
    }

    /// Return the mean size of twelve-month differences on the original scale, by which errors are
    /// divided before they are compared; `None` where it is as good as zero.
    pub(in crate::projection) fn error_scale(&self) -> Option<f64> {
        let size = self.y.iter().map(|v| v.abs()).sum::<f64>() / self.y.len().max(1) as f64;
        mean_change(self.y, self.season.get()).filter(|change| *change > 1e-9 * size)
    }

    /// Return the phases (that of the first forecast step is 0) that were never observed, though
    /// the history is a season long or more: nothing is known of their place in it.
    pub(in crate::projection) fn unseen_phases(&self) -> Vec<usize> {
        let (n, m) = (self.len(), self.season.get());
        // Months without trade were observed.
        if self.inactive.is_some() || n < m || !self.seen[..n].contains(&false) {
            return Vec::new();
        }
        let mut unseen = vec![true; m];
        for t in (0..n).filter(|t| self.seen[*t]) {
            unseen[self.season.phase(t, n)] = false;
        }
        (0..m).filter(|phase| unseen[*phase]).collect()
    }

    /// Return the standard deviation of what is not known of the season in phases that were never
    /// observed: how far the indices of the others usually lie from the mean of their neighbours.
    pub(in crate::projection) fn unseen_season(&self, unseen: &[usize]) -> f64 {
        let (index, m) = (&self.index, self.season.get());
        let known = (0..m).filter(|phase| !unseen.contains(phase));
        let square = |phase: usize| {
            let around = 0.5 * (index[(phase + m - 1) % m] + index[(phase + 1) % m]);
            (index[phase] - around).powi(2)
        };
        let (sum, count) = known.fold((0.0, 0.0), |(sum, n), phase| (sum + square(phase), n + 1.0));
        (sum / f64::max(count, 1.0)).sqrt()
    }

    /// Add the season to an adjusted path and transform it back.
    pub(in crate::projection) fn values_of_adjusted(&self, mut path: Vec<f64>) -> Vec<f64> {
        path.iter_mut()
            .enumerate()
            .for_each(|(k, v)| *v += self.index[k % self.season.get()]);
        self.values_of_even(path)
    }

    /// Add the effects to a path of [`Origin::even`] and transform it back.
    pub(in crate::projection) fn values_of_even(&self, mut path: Vec<f64>) -> Vec<f64> {
        path.iter_mut()
            .zip(self.effects_ahead())
            .for_each(|(v, effect)| *v += effect);
        self.values_of_z(path)
    }

    /// Keep a path of [`Origin::z`] within the observed range, widened by 1.5 ranges (at least
    /// 0.45) on both sides, and transform it back. A logarithm also stays below four times the
    /// usual largest value, which rises with the median monthly growth of the last three years.
    pub(in crate::projection) fn values_of_z(&self, mut path: Vec<f64>) -> Vec<f64> {
        let room = 1.5 * (self.highest - self.lowest).max(0.3);
        let log = self.transform.is_log();
        for (k, v) in path.iter_mut().enumerate() {
            let mut high = self.highest + room;
            if log {
                high = high.min(self.supported + self.drift * (k + 1) as f64);
            }
            *v = self.transform.invert(v.clamp(self.lowest - room, high));
        }
        path
    }

    /// Return the effects in the months ahead; empty where there are none.
    fn effects_ahead(&self) -> &[f64] {
        self.effects.get(self.y.len()..).unwrap_or(&[])
    }

    /// Transform a path of [`Origin::levels`] back: with its season, less the shift, from zero to
    /// four times the largest value.
    ///
    /// The result is a median (the mean less half of the skew), as that of members in logarithms
    /// is.
    pub(in crate::projection) fn values_of_levels(&self, mut path: Vec<f64>) -> Vec<f64> {
        let largest = self.y.iter().copied().fold(0.0, f64::max);
        let shift = match self.transform {
            Transform::Log { shift } => shift,
            Transform::Level { .. } => 0.0,
        };
        let to_median = (-0.5 * self.skew).exp();
        let ahead = self.effects_ahead();
        for (k, v) in path.iter_mut().enumerate() {
            let season = self.index[k % self.season.get()] + ahead.get(k).unwrap_or(&0.0);
            *v = (*v * season.exp() * self.level - shift).clamp(0.0, 4.0 * largest) * to_median;
        }
        path
    }
}

/// Return the value that one in fifty lies above, so that a stray one is none that history
/// supports.
fn usual_largest(z: &[f64]) -> f64 {
    let mut values = z.to_vec();
    let Some(place) = values.len().checked_sub(1 + values.len() / 50) else {
        return 0.0;
    };
    *values.select_nth_unstable_by(place, f64::total_cmp).1
}

/// Return the mean over the windows of one season in the last five of `ln(mean(exp(r)))`, where `r`
/// is the rest of a window after its mean and its least-squares line; zero for fewer than two
/// seasons. A quarter of the windows, the highest, count like the highest of the others, so that
/// one wild value or one change of level in these years is no skew of all.
fn skew(x: &[f64], season: SeasonLength) -> f64 {
    let m = season.get();
    if x.len() < 2 * m {
        return 0.0;
    }
    let year = m as f64;
    let middle = (year - 1.0) / 2.0;
    // The sum of (t − mean)² over a season.
    let squares = (0..m).map(|t| (t as f64 - middle).powi(2)).sum::<f64>();
    let of_window = |w: &[f64]| {
        let mean = w.iter().sum::<f64>() / year;
        let slope = w
            .iter()
            .enumerate()
            .map(|(t, v)| (t as f64 - middle) * v)
            .sum::<f64>()
            / squares;
        let raised = w
            .iter()
            .enumerate()
            .map(|(t, v)| (v - mean - slope * (t as f64 - middle)).exp());
        (raised.sum::<f64>() / year).ln()
    };
    let recent = &x[x.len().saturating_sub(5 * m)..];
    let mut of_windows: Vec<f64> = recent.windows(m).map(of_window).collect();
    of_windows.sort_by(f64::total_cmp);
    let highest = of_windows[3 * (of_windows.len() - 1) / 4];
    of_windows.iter().map(|v| v.min(highest)).sum::<f64>() / of_windows.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::projection::history::gaps::bridge;

    #[test]
    fn a_gap_gets_its_months_own_season() {
        let pattern = [
            5.0, 3.0, 1.0, -1.0, -2.0, -6.0, 0.0, 2.0, -3.0, 4.0, -4.0, 1.0,
        ];
        let whole: Vec<f64> = (0..72)
            .map(|t| f64::exp(3.0 + 0.1 * pattern[t % 12]))
            .collect();
        let mut values = whole.clone();
        values[66] = f64::NAN;
        let (y, seen) = bridge(&values);
        let known = KnownRegressors::calendar(Month::january(2010), 84);
        let origin = Origin::new(
            Month::january(2010),
            &y,
            &seen,
            &known,
            SeasonLength::MONTHLY,
            &[],
        );
        assert!(
            (origin.even[66] - whole[66].ln()).abs() < 0.05,
            "{} {}",
            origin.even[66],
            whole[66].ln()
        );
    }
}
