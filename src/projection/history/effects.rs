//! Effects of known columns (New Year, working days, the user's regressors), kept only where they
//! help.
//!
//! A series' effects are a regression, on the columns, of the rest after trend and season; the
//! columns are filtered like the series. The panel gives the prior: where series differ much, each
//! counts more by itself; where all are similar, they share one effect; where there is none, none
//! is found. A series keeps its effects only if they predict left-out years better than no effect.

use crate::features::KnownRegressors;
use crate::models::SeasonLength;
use crate::models::ridge;
use crate::models::seasonal::detrended;
use ndarray::{Array1, Array2};

/// With fewer series there is no prior from the panel: an effect is then expected to explain at
/// most half of the rest.
const MIN_SERIES: usize = 8;
/// The years that are needed.
const MIN_YEARS: usize = 4;
/// How many standard errors the mean gain over left-out years must lie above zero.
const SURE: f64 = 1.5;

/// What a series says about its effects: moments of the filtered columns and of the rest, by year.
#[derive(Debug)]
pub(in crate::projection) struct EffectEvidence {
    years: Vec<EffectMoments>,
    all: EffectMoments,
}

#[derive(Debug, Clone)]
struct EffectMoments {
    gram: Array2<f64>,
    cross: Array1<f64>,
    square: f64,
    rows: f64,
}

impl EffectMoments {
    fn none(width: usize) -> Self {
        Self {
            gram: Array2::zeros((width, width)),
            cross: Array1::zeros(width),
            square: 0.0,
            rows: 0.0,
        }
    }

    fn add(&mut self, other: &Self, sign: f64) {
        self.gram.scaled_add(sign, &other.gram);
        self.cross.scaled_add(sign, &other.cross);
        self.square += sign * other.square;
        self.rows += sign * other.rows;
    }

    /// Return the sum of squares that is left with these effects.
    fn left(&self, effects: &Array1<f64>) -> f64 {
        self.square - 2.0 * effects.dot(&self.cross) + effects.dot(&self.gram.dot(effects))
    }

    fn variance(&self) -> f64 {
        self.square / self.rows.max(1.0)
    }

    /// Return the effects shrunken towards the expected ones: `(A + σ² T⁻¹)⁻¹ (b + σ² T⁻¹ m)`,
    /// where `σ²` is the variance of the rest.
    fn effects(&self, expected: &ExpectedEffects) -> Option<Array1<f64>> {
        let variance = self.variance();
        let mut gram = self.gram.clone();
        let mut right = Array2::zeros((self.cross.len(), 1));
        for (k, (mean, spread)) in expected.mean.iter().zip(&expected.variance).enumerate() {
            let pull = variance / spread.max(1e-12);
            gram[[k, k]] += pull;
            right[[k, 0]] = self.cross[k] + pull * mean;
        }
        Some(
            ridge::solve(gram, &right, 0.0, false)
                .ok()?
                .column(0)
                .to_owned(),
        )
    }
}

/// The prior of a series' effects: a mean and a variance for each column.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::projection) struct ExpectedEffects {
    mean: Vec<f64>,
    variance: Vec<f64>,
}

impl EffectEvidence {
    /// Filter the columns and `z` alike, without moving average and season; `None` for a short
    /// series, or where nothing varies.
    pub(in crate::projection) fn of(
        z: &[f64],
        index: &[f64],
        known: &KnownRegressors,
    ) -> Option<Self> {
        let (n, season) = (z.len(), SeasonLength::new(index.len()));
        let width = known.columns().len();
        if n < (MIN_YEARS + 1) * season.get() || width == 0 {
            return None;
        }
        let rest: Vec<f64> = detrended(z, season)
            .iter()
            .enumerate()
            .map(|(k, r)| r - index[season.phase(k + season.half(), n)])
            .collect();
        let columns: Vec<Vec<f64>> = known
            .columns()
            .iter()
            .map(|column| without_season(&detrended(&column[..n], season), n, season))
            .collect();
        let mut years = Vec::with_capacity(rest.len().div_ceil(season.get()));
        let mut all = EffectMoments::none(width);
        for from in (0..rest.len()).step_by(season.get()) {
            let rows = from..rest.len().min(from + season.get());
            let mut year = EffectMoments::none(width);
            for t in rows {
                for i in 0..width {
                    for j in 0..=i {
                        year.gram[[i, j]] += columns[i][t] * columns[j][t];
                    }
                    year.cross[i] += columns[i][t] * rest[t];
                }
                year.square += rest[t] * rest[t];
                year.rows += 1.0;
            }
            for i in 0..width {
                for j in 0..i {
                    year.gram[[j, i]] = year.gram[[i, j]];
                }
            }
            all.add(&year, 1.0);
            years.push(year);
        }
        (all.square > 0.0).then_some(Self { years, all })
    }

    /// Return a prior by which each column explains half of the rest, given its standard deviation.
    fn presumed(&self) -> ExpectedEffects {
        let variance = |k: usize| 0.5 * self.all.square / self.all.gram[[k, k]].max(1e-12);
        let width = self.all.cross.len();
        let varies = |k: usize| self.all.gram[[k, k]] > 1e-9;
        ExpectedEffects {
            mean: vec![0.0; width],
            variance: (0..width)
                .map(|k| if varies(k) { variance(k) } else { 1e-12 })
                .collect(),
        }
    }

    /// Return the effects, if they predict left-out years better than none; `expected` is the
    /// panel's prior.
    pub(in crate::projection) fn keep(
        &self,
        expected: Option<&ExpectedEffects>,
    ) -> Option<Array1<f64>> {
        let presumed;
        let expected = match expected {
            Some(expected) => expected,
            None => {
                presumed = self.presumed();
                &presumed
            }
        };
        let effects = self.all.effects(expected)?;
        // Effects that explain less than a fiftieth of the years they were estimated on cannot
        // pass.
        if self.all.left(&effects) > 0.98 * self.all.square {
            return None;
        }
        let mut gains = Vec::with_capacity(self.years.len());
        for year in &self.years {
            let mut others = self.all.clone();
            others.add(year, -1.0);
            gains.push(year.square - year.left(&others.effects(expected)?));
        }
        let n = gains.len() as f64;
        let mean = gains.iter().sum::<f64>() / n;
        let error =
            (gains.iter().map(|g| (g - mean).powi(2)).sum::<f64>() / (n * (n - 1.0))).sqrt();
        (mean > SURE * error && mean * n > 0.02 * self.all.square).then_some(effects)
    }
}

impl ExpectedEffects {
    /// Estimate the prior from a panel: over the series' own least-squares effects the
    /// precision-weighted mean, and their variance beyond their standard errors. `None` for fewer
    /// than eight series.
    pub(in crate::projection) fn of<'a>(
        panel: impl Iterator<Item = &'a EffectEvidence>,
    ) -> Option<Self> {
        let own: Vec<(Array1<f64>, Array1<f64>)> = panel.filter_map(own_effects).collect();
        if own.len() < MIN_SERIES {
            return None;
        }
        let width = own[0].0.len();
        let (mut mean, mut variance) = (Vec::with_capacity(width), Vec::with_capacity(width));
        for k in 0..width {
            let mut errors: Vec<f64> = own.iter().map(|(_, error)| error[k]).collect();
            let typical = crate::models::seasonal::median(&mut errors);
            let weigh = |error: f64| 1.0 / (error + typical).max(1e-300);
            let total: f64 = own.iter().map(|(_, error)| weigh(error[k])).sum();
            let m = own
                .iter()
                .map(|(effect, error)| weigh(error[k]) * effect[k])
                .sum::<f64>()
                / total;
            let spread = own
                .iter()
                .map(|(effect, error)| weigh(error[k]) * ((effect[k] - m).powi(2) - error[k]))
                .sum::<f64>()
                / total;
            mean.push(m);
            variance.push(spread.max(1e-12));
        }
        Some(Self { mean, variance })
    }
}

/// Return a series' own effects and their squared standard errors.
fn own_effects(evidence: &EffectEvidence) -> Option<(Array1<f64>, Array1<f64>)> {
    let width = evidence.all.cross.len();
    let mut gram = evidence.all.gram.clone();
    let small = 1e-6 * gram.diag().sum() / width as f64;
    gram.diag_mut()
        .iter_mut()
        .for_each(|d| *d += small.max(1e-9));
    let inverse = ridge::solve(gram, &Array2::eye(width), 0.0, false).ok()?;
    let effects = inverse.dot(&evidence.all.cross);
    let variance =
        evidence.all.left(&effects).max(0.0) / (evidence.all.rows - width as f64).max(1.0);
    Some((effects, inverse.diag().mapv(|d| d * variance)))
}

/// Return a detrended column of a series of `n` months without its mean over each phase of the
/// season.
fn without_season(column: &[f64], n: usize, season: SeasonLength) -> Vec<f64> {
    let phase = |k: usize| season.phase(k + season.half(), n);
    let (mut sum, mut count) = (vec![0.0; season.get()], vec![0.0_f64; season.get()]);
    for (k, v) in column.iter().enumerate() {
        sum[phase(k)] += v;
        count[phase(k)] += 1.0;
    }
    let mean = |p: usize| sum[p] / count[p].max(1.0);
    column
        .iter()
        .enumerate()
        .map(|(k, v)| v - mean(phase(k)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::seasonal::indices;
    use crate::trade::Month;

    fn noise(seed: u64, n: usize) -> Vec<f64> {
        let mut state = seed
            .wrapping_mul(2_862_933_555_777_941_757)
            .wrapping_add(99);
        (0..n)
            .map(|_| {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1_442_695_040_888_963_407);
                (state >> 40) as f64 / f64::from(1 << 24) - 0.5
            })
            .collect()
    }

    fn evidence(seed: u64, effect: f64) -> (EffectEvidence, KnownRegressors) {
        let known = KnownRegressors::calendar(Month::january(2000), 180);
        let z: Vec<f64> = noise(seed, 168)
            .iter()
            .enumerate()
            .map(|(t, e)| 5.0 + 0.1 * e + effect * known.columns()[1][t])
            .collect();
        (
            EffectEvidence::of(&z, &indices(&z, SeasonLength::MONTHLY), &known).unwrap(),
            known,
        )
    }

    #[test]
    fn an_effect_is_found_and_noise_has_none() {
        let (with, _) = evidence(3, -0.3);
        let effects = with.keep(None).unwrap();
        assert!((effects[1] + 0.3).abs() < 0.12, "{effects}");
        let kept = (0..40)
            .filter(|seed| evidence(*seed, 0.0).0.keep(None).is_some())
            .count();
        assert!(kept <= 4, "{kept} of 40 series of noise kept an effect");
    }

    #[test]
    fn a_panel_of_noise_expects_nothing() {
        let panel: Vec<EffectEvidence> = (0..30).map(|seed| evidence(seed, 0.0).0).collect();
        let expected = ExpectedEffects::of(panel.iter()).unwrap();
        assert!(expected.mean.iter().all(|m| m.abs() < 0.03), "{expected:?}");
        assert!(panel.iter().all(|e| e.keep(Some(&expected)).is_none()));
        let alike: Vec<EffectEvidence> = (0..30).map(|seed| evidence(seed, -0.2).0).collect();
        let expected = ExpectedEffects::of(alike.iter()).unwrap();
        assert!((expected.mean[1] + 0.2).abs() < 0.04, "{expected:?}");
    }

    #[test]
    fn short_series_have_no_evidence() {
        let known = KnownRegressors::calendar(Month::january(2000), 60);
        assert!(EffectEvidence::of(&[1.0; 50], &[0.0; 12], &known).is_none());
    }
}
