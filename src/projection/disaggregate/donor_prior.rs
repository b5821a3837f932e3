//! What related monthly series lend to one of which only figures over spans are known: a season, New Year's effects, how rough months are.

use crate::features::calendar;
use crate::models::SeasonLength;
use crate::models::ridge;
use crate::models::seasonal::{detrended, indices};
use crate::trade::{Month, Series, Span};
use ndarray::Array2;
use std::collections::{BTreeMap, BTreeSet};

/// The months of a calendar year.
const MONTHS: usize = 12;
/// How many columns New Year has: before, during and after.
pub(in crate::projection) const HOLIDAY: usize = 3;
/// Lenders shorter than this lend nothing.
const MIN_MONTHS: usize = 48;
/// Only the last months of a lender are looked at.
const RECENT: usize = 120;
/// What is presumed counts like so many lenders. Presumed are the medians of 60 monthly series of US goods trade with single partners (US Census
/// Bureau, 2005 to 2024), each fitted by maximum likelihood: a random walk of 4.3 % a month, irregular deviations of 12 % at 10 bn USD a year that
/// fall with the size to the power 0.30, a season that differs from the mean of all by 5 %.
const PRESUMED: f64 = 6.0;
const WALK: f64 = 0.043;
const IRREGULAR: f64 = 0.12;
const AT_SIZE: f64 = 1e10;
const POWER: f64 = 0.30;
const SEASON_SPREAD: f64 = 0.05;
/// Irregular deviations are bounded, whatever the size says.
const BOUNDS: (f64, f64) = (0.025, 0.6);
/// The correlation of neighbouring months' irregular deviations.
pub(in crate::projection) const PERSISTENCE: f64 = 0.2;

/// A monthly series that lends.
#[derive(Debug, Clone, Copy)]
pub struct DonorSeries<'a> {
    /// Its figures.
    pub series: Series<'a>,
    /// How near it is to the borrower, above zero.
    pub weight: f64,
    /// Its value a year in US dollars, where that is known.
    pub size: Option<f64>,
}

/// What is borrowed. All on log scale.
#[derive(Debug, Clone, PartialEq)]
pub struct DonorPrior {
    /// The season, January first; adds up to zero.
    pub season: [f64; MONTHS],
    /// How far a series' own season may lie from it.
    pub season_spread: f64,
    /// The effect of New Year's days before, during and after (columns of [`calendar::row`]).
    pub new_year: [f64; HOLIDAY],
    /// The standard deviation of a month's step of the level.
    pub walk: f64,
    /// The standard deviation of a month's irregular deviation at 10 bn USD a year.
    pub irregular: f64,
    /// The indicator: the level that the lenders have in common, logarithm without season, by month; its steps are the weighted means of theirs.
    pub indicator: BTreeMap<Month, f64>,
    /// How far a series follows the indicator: the mean and the standard deviation of the coefficient.
    pub follows: (f64, f64),
    /// Who lent, by name.
    pub lenders: Vec<String>,
}

/// What one lender says.
struct DonorEstimate {
    reporter: String,
    weight: f64,
    season: [f64; MONTHS],
    new_year: [f64; HOLIDAY],
    walk: f64,
    irregular: Option<f64>,
    /// The logarithm without season, by month.
    adjusted: BTreeMap<Month, f64>,
}

/// So much of how far lenders follow each other is believed of a series that is no lender: on the bundled series, told by releases alone, the whole made the
/// year's growth worse than no indicator (a mean error of 3.25 points against 3.14), half makes it neither better nor worse.
const BELIEVED: f64 = 0.5;
/// How far lenders follow each other is believed like one that lies so far off the mean.
const FOLLOWS_SPREAD: f64 = 0.3;

impl DonorPrior {
    /// What `lenders` say together, shrunken to what is presumed where they are few.
    pub fn of(lenders: &[DonorSeries<'_>]) -> Self {
        let loans: Vec<(&str, DonorEstimate)> = lenders
            .iter()
            .filter_map(|lender| Some((lender.series.id(), loan(lender)?)))
            .collect();
        let total: f64 = loans.iter().map(|(_, loan)| loan.weight).sum();
        let mean = |of: &dyn Fn(&DonorEstimate) -> f64| {
            loans.iter().map(|(_, l)| l.weight * of(l)).sum::<f64>() / total.max(1e-300)
        };
        // Half of a single lender's season is its own affair, a tenth of nine lenders'.
        let n = loans.len() as f64;
        let trust = n / (n + 1.0);
        let season = std::array::from_fn(|m| trust * mean(&|l| l.season[m]));
        let spread = loans
            .iter()
            .flat_map(|(_, l)| l.season.iter().zip(&season).map(|(s, m)| (s - m).powi(2)))
            .sum::<f64>();
        let shrunk = |presumed: f64, logs: &[f64]| {
            let sum: f64 = logs.iter().sum();
            ((PRESUMED * presumed.ln() + sum) / (PRESUMED + logs.len() as f64)).exp()
        };
        let walks: Vec<f64> = loans.iter().map(|(_, l)| l.walk.ln()).collect();
        let irregulars: Vec<f64> = loans
            .iter()
            .filter_map(|(_, l)| Some(l.irregular?.ln()))
            .collect();
        Self {
            season,
            season_spread: ((PRESUMED * 12.0 * SEASON_SPREAD.powi(2) + spread)
                / (12.0 * (PRESUMED + n)))
                .sqrt(),
            new_year: std::array::from_fn(|c| trust * mean(&|l| l.new_year[c])),
            walk: shrunk(WALK, &walks),
            irregular: shrunk(IRREGULAR, &irregulars),
            indicator: indicator(loans.iter().map(|(_, loan)| loan)),
            follows: follows(&loans.iter().map(|(_, loan)| loan).collect::<Vec<_>>()),
            lenders: loans.into_iter().map(|(id, _)| id.to_owned()).collect(),
        }
    }

    /// The indicator in `month`, from its mean over `window`: zero where it is not known within, and where it was last known after that.
    pub(in crate::projection) fn indicated(&self, window: Span, month: Month) -> f64 {
        let within = || self.indicator.range(window.first()..=window.last());
        let count = within().count();
        if count == 0 {
            return 0.0;
        }
        let mean = within().map(|(_, x)| x).sum::<f64>() / count as f64;
        let at = self.indicator.range(window.first()..=month).next_back();
        at.map_or(0.0, |(_, x)| x - mean)
    }

    /// The irregular deviation of a series of `size` US dollars a year; of 10 bn where it is not known.
    pub(in crate::projection) fn irregular_at(&self, size: Option<f64>) -> f64 {
        let relative = size.map_or(1.0, |size| (size / AT_SIZE).max(1e-12).powf(-POWER));
        (self.irregular * relative).clamp(BOUNDS.0, BOUNDS.1)
    }
}

/// What one lender says; `None` where it is short, gappy at its end, or not above zero.
fn loan(lender: &DonorSeries<'_>) -> Option<DonorEstimate> {
    let values = lender.series.values();
    let recent = &values[values.len().saturating_sub(RECENT)..];
    if recent.len() < MIN_MONTHS || recent.iter().any(|v| v.is_nan() || *v <= 0.0) {
        return None;
    }
    let z: Vec<f64> = recent.iter().map(|v| v.ln()).collect();
    let index = indices(&z, SeasonLength::MONTHLY);
    let next = usize::from(lender.series.last().plus(1).of_year()) - 1;
    let mut season = [0.0; MONTHS];
    for (k, value) in index.iter().enumerate() {
        season[(next + k) % MONTHS] = *value;
    }
    let (walk, irregular) = roughness(&z);
    let first = lender.series.last().plus(1 - i32::try_from(z.len()).ok()?);
    let adjusted = z
        .iter()
        .enumerate()
        .filter_map(|(t, z)| {
            let month = first.plus(i32::try_from(t).ok()?);
            Some((month, z - season[usize::from(month.of_year()) - 1]))
        })
        .collect();
    let size = lender
        .size
        .map(|size| irregular * (size / AT_SIZE).max(1e-12).powf(POWER));
    Some(DonorEstimate {
        // A key begins with who reports.
        reporter: lender
            .series
            .id()
            .split('.')
            .next()
            .unwrap_or_default()
            .to_owned(),
        weight: lender.weight,
        season,
        new_year: new_year(&z, &index, lender.series.last())?,
        walk,
        irregular: size,
        adjusted,
    })
}

/// The common level of `loans`: from month to month the weighted mean of their steps, so that one that begins or ends moves nothing. Series of one
/// reporter have its own shocks in common: of a step that `n` reporters tell, `n / (n + 1)` is believed to be everybody's.
fn indicator<'a>(loans: impl Iterator<Item = &'a DonorEstimate>) -> BTreeMap<Month, f64> {
    let mut steps: BTreeMap<Month, (f64, f64, BTreeSet<&str>)> = BTreeMap::new();
    for loan in loans {
        for (month, x) in &loan.adjusted {
            let Some(before) = loan.adjusted.get(&month.plus(-1)) else {
                continue;
            };
            let (sum, weight, reporters) = steps.entry(*month).or_default();
            (*sum, *weight) = (*sum + loan.weight * (x - before), *weight + loan.weight);
            reporters.insert(&loan.reporter);
        }
    }
    let mut level = 0.0;
    let add = |(month, (sum, weight, reporters)): (Month, (f64, f64, BTreeSet<&str>))| {
        let n = reporters.len() as f64;
        level += sum / weight * n / (n + 1.0);
        (month, level)
    };
    steps.into_iter().map(add).collect()
}

/// How far each of `loans` follows the others: the coefficients of its growth over twelve months on theirs by least squares, their mean and
/// standard deviation, drawn to nothing where they are few.
fn follows(loans: &[&DonorEstimate]) -> (f64, f64) {
    let growth =
        |of: &BTreeMap<Month, f64>, month: Month| Some(of.get(&month)? - of.get(&month.plus(-12))?);
    let coefficient = |k: usize| {
        let others = indicator(
            loans
                .iter()
                .enumerate()
                .filter(|(j, _)| *j != k)
                .map(|(_, l)| *l),
        );
        let own = &loans[k].adjusted;
        let pairs: Vec<(f64, f64)> = own
            .keys()
            .filter_map(|month| Some((growth(&others, *month)?, growth(own, *month)?)))
            .collect();
        let n = pairs.len() as f64;
        let (x, y) = pairs
            .iter()
            .fold((0.0, 0.0), |(a, b), (x, y)| (a + x / n, b + y / n));
        let cross: f64 = pairs.iter().map(|(a, b)| (a - x) * (b - y)).sum();
        let square: f64 = pairs.iter().map(|(a, _)| (a - x).powi(2)).sum();
        (pairs.len() >= 24 && square > 0.0).then(|| cross / square)
    };
    let found: Vec<f64> = (0..loans.len()).filter_map(coefficient).collect();
    let n = found.len() as f64;
    let mean = found.iter().sum::<f64>() / (n + 2.0);
    let spread: f64 = found.iter().map(|c| (c - mean).powi(2)).sum();
    let spread = ((2.0 * FOLLOWS_SPREAD.powi(2) + spread) / (n + 2.0)).sqrt();
    (BELIEVED * mean, BELIEVED * spread)
}

/// The standard deviations of a random walk and of irregular deviations, from the variances of differences over one month (without season) and
/// over twelve: `V₁ = η² + 2(1 − ρ)ε²`, `V₁₂ = 12η² + 2ε²`.
fn roughness(z: &[f64]) -> (f64, f64) {
    let n = z.len();
    let index = indices(z, SeasonLength::MONTHLY);
    let adjusted: Vec<f64> = (0..n)
        .map(|t| z[t] - index[SeasonLength::MONTHLY.phase(t, n)])
        .collect();
    let variance = |lag: usize| {
        let d: Vec<f64> = (lag..n).map(|t| adjusted[t] - adjusted[t - lag]).collect();
        let mean = d.iter().sum::<f64>() / d.len() as f64;
        d.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / d.len() as f64
    };
    let (one, year) = (variance(1), variance(MONTHS));
    let share = 1.0 / (1.0 - PERSISTENCE);
    let walk = ((year - share * one) / (12.0 - share)).max(1e-4);
    let irregular = ((one - walk) / (2.0 * (1.0 - PERSISTENCE))).max(1e-4);
    (walk.sqrt(), irregular.sqrt())
}

/// New Year's effects on what trend and season leave, by ridge.
fn new_year(z: &[f64], index: &[f64], last: Month) -> Option<[f64; HOLIDAY]> {
    let n = z.len();
    let rows: Vec<[f64; calendar::WIDTH]> = (0..n)
        .map(|t| calendar::row(last.plus(t as i32 + 1 - n as i32)))
        .collect();
    let columns: Vec<Vec<f64>> = (0..HOLIDAY)
        .map(|c| {
            detrended(
                &rows.iter().map(|row| row[c]).collect::<Vec<_>>(),
                SeasonLength::MONTHLY,
            )
        })
        .collect();
    let rest: Vec<f64> = detrended(z, SeasonLength::MONTHLY)
        .iter()
        .enumerate()
        .map(|(k, r)| r - index[SeasonLength::MONTHLY.phase(k + 6, n)])
        .collect();
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let gram = Array2::from_shape_fn((HOLIDAY, HOLIDAY), |(i, j)| dot(&columns[i], &columns[j]));
    let cross = Array2::from_shape_fn((HOLIDAY, 1), |(i, _)| dot(&columns[i], &rest));
    // One year's worth of movement against what the years say.
    let penalty = (0..HOLIDAY).map(|k| gram[[k, k]]).fold(0.0, f64::max) / (n / MONTHS) as f64;
    let effects = ridge::solve(gram, &cross, penalty.max(1e-9), false).ok()?;
    Some(std::array::from_fn(|c| effects[[c, 0]]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lender_lends_its_season_and_roughness() {
        // A season of ±10 % in June and December on a level without trend, ten years.
        let values: Vec<f64> = (0..120)
            .map(|t| match t % 12 {
                5 => 110.0,
                11 => 90.0,
                _ => 100.0,
            })
            .collect();
        let series = Series::new("a", Month::january(2010), &values, false);
        let lender = DonorSeries {
            series,
            weight: 1.0,
            size: Some(1e10),
        };
        let borrowed = DonorPrior::of(&[lender]);
        // A single lender is believed by half.
        assert!(
            (borrowed.season[5] - 0.5 * 1.1_f64.ln()).abs() < 0.01,
            "{:?}",
            borrowed.season
        );
        assert!((borrowed.season[11] - 0.5 * 0.9_f64.ln()).abs() < 0.01);
        assert!(borrowed.season.iter().sum::<f64>().abs() < 1e-9);
        // It is smoother than what is presumed, and pulls both down: (6 ln 0.043 + ln 0.01) / 7.
        assert!((borrowed.walk - (6.0 * WALK.ln() / 7.0 + 0.01_f64.ln() / 7.0).exp()).abs() < 1e-9);
        assert_eq!(borrowed.lenders, ["a"]);
    }

    #[test]
    fn without_lenders_there_is_what_is_presumed() {
        let borrowed = DonorPrior::of(&[]);
        assert_eq!(borrowed.season, [0.0; 12]);
        assert!((borrowed.walk - WALK).abs() < 1e-12);
        // A hundred times the size is 10^-0.6 of the roughness.
        let ratio = borrowed.irregular_at(Some(1e11)) / borrowed.irregular_at(Some(1e9 * 1e1));
        assert!((ratio - 10.0_f64.powf(-0.3)).abs() < 1e-9);
    }
}
