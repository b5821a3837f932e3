//! The prior of a series that has no monthly figures, estimated from related monthly series (donor
//! series): season, New Year's effects and roughness of months.

use crate::features::calendar;
use crate::models::SeasonLength;
use crate::models::ridge;
use crate::models::seasonal::{detrended, indices};
use crate::trade::{Month, Series};
use ndarray::Array2;

/// The months of a calendar year.
const MONTHS: usize = 12;
/// The columns of New Year: days before, during and after.
pub(in crate::projection) const HOLIDAY: usize = 3;
/// Shorter donor series are ignored.
const MIN_MONTHS: usize = 48;
/// The months at the end of a donor series that are used.
const RECENT: usize = 120;
/// The defaults count like so many donors. They are the medians of 60 monthly series of US goods
/// trade with single partners (US Census Bureau, 2005 to 2024), each fitted by maximum likelihood.
const DEFAULT_DONORS: f64 = 90.0;
/// The default standard deviation of a month's step of the level at [`AT_SIZE`].
const WALK: f64 = 0.043;
/// The default standard deviation of a month's irregular deviation at [`AT_SIZE`].
const IRREGULAR: f64 = 0.12;
/// The size in US dollars a year that roughness refers to.
const AT_SIZE: f64 = 1e10;
/// Steps of the level fall with the size to this power.
const WALK_POWER: f64 = 0.1;
/// Irregular deviations fall with the size to this power.
const IRREGULAR_POWER: f64 = 0.27;
/// The default standard deviation of a series' season around the mean season of the donors.
const SEASON_SPREAD: f64 = 0.05;
/// The smallest and the largest step of the level, whatever the size.
const WALK_BOUNDS: (f64, f64) = (0.01, 0.3);
/// The smallest and the largest irregular deviation, whatever the size.
const IRREGULAR_BOUNDS: (f64, f64) = (0.01, 0.8);
/// The correlation of neighbouring months' irregular deviations that [`roughness`] assumes.
const PERSISTENCE: f64 = 0.2;

/// A monthly series related to the one that is disaggregated.
#[derive(Debug, Clone, Copy)]
pub struct DonorSeries<'a> {
    /// Its values.
    pub series: Series<'a>,
    /// How closely it is related, above zero.
    pub weight: f64,
    /// Its value a year in US dollars, where that is known.
    pub size: Option<f64>,
}

/// What donor series say of a series like them, in logarithms.
#[derive(Debug, Clone, PartialEq)]
pub struct DonorPrior {
    /// The season, January first; its sum is zero.
    pub season: [f64; MONTHS],
    /// The standard deviation of a series' own season around it.
    pub season_spread: f64,
    /// The effects of New Year's days before, during and after (columns of [`calendar::row`]).
    pub new_year: [f64; HOLIDAY],
    /// The standard deviation of a month's step of the level at 10 bn USD a year.
    pub walk: f64,
    /// The standard deviation of a month's irregular deviation at 10 bn USD a year.
    pub irregular: f64,
    /// The ids of the donors that were used.
    pub donors: Vec<String>,
}

/// What one donor series says.
struct DonorEstimate {
    weight: f64,
    season: [f64; MONTHS],
    new_year: [f64; HOLIDAY],
    /// Roughness of a flow of [`AT_SIZE`]; `None` where its own size is not known.
    walk: Option<f64>,
    irregular: Option<f64>,
}

impl DonorPrior {
    /// Estimate the prior from `donors`, shrunken towards the defaults where they are few.
    pub fn of(donors: &[DonorSeries<'_>]) -> Self {
        let estimates: Vec<(&str, DonorEstimate)> = donors
            .iter()
            .filter_map(|donor| Some((donor.series.id(), estimate(donor)?)))
            .collect();
        let total: f64 = estimates.iter().map(|(_, estimate)| estimate.weight).sum();
        let mean = |of: &dyn Fn(&DonorEstimate) -> f64| {
            estimates.iter().map(|(_, l)| l.weight * of(l)).sum::<f64>() / total.max(1e-300)
        };
        // Half of a single donor's season is its own, a tenth of that of nine donors.
        let n = estimates.len() as f64;
        let trust = n / (n + 1.0);
        let season = std::array::from_fn(|m| trust * mean(&|l| l.season[m]));
        let spread = estimates
            .iter()
            .flat_map(|(_, l)| l.season.iter().zip(&season).map(|(s, m)| (s - m).powi(2)))
            .sum::<f64>();
        let shrunk = |default: f64, logs: &[f64]| {
            let sum: f64 = logs.iter().sum();
            ((DEFAULT_DONORS * default.ln() + sum) / (DEFAULT_DONORS + logs.len() as f64)).exp()
        };
        let logs = |of: &dyn Fn(&DonorEstimate) -> Option<f64>| -> Vec<f64> {
            let known = estimates.iter().filter_map(|(_, estimate)| of(estimate));
            known.map(f64::ln).collect()
        };
        let (walks, irregulars) = (logs(&|l| l.walk), logs(&|l| l.irregular));
        Self {
            season,
            season_spread: ((DEFAULT_DONORS * 12.0 * SEASON_SPREAD.powi(2) + spread)
                / (12.0 * (DEFAULT_DONORS + n)))
                .sqrt(),
            new_year: std::array::from_fn(|c| trust * mean(&|l| l.new_year[c])),
            walk: shrunk(WALK, &walks),
            irregular: shrunk(IRREGULAR, &irregulars),
            donors: estimates.into_iter().map(|(id, _)| id.to_owned()).collect(),
        }
    }

    /// Return the standard deviation of a month's step of the level of a series of `size` US
    /// dollars a year; of 10 bn where it is unknown.
    pub(in crate::projection) fn walk_at(&self, size: Option<f64>) -> f64 {
        let (least, most) = WALK_BOUNDS;
        (self.walk * relative(size, WALK_POWER)).clamp(least, most)
    }

    /// Return the standard deviation of a month's irregular deviation of a series of `size` US
    /// dollars a year; of 10 bn where it is unknown.
    pub(in crate::projection) fn irregular_at(&self, size: Option<f64>) -> f64 {
        let (least, most) = IRREGULAR_BOUNDS;
        (self.irregular * relative(size, IRREGULAR_POWER)).clamp(least, most)
    }
}

/// Return how much rougher a series of `size` US dollars a year is than one of [`AT_SIZE`].
fn relative(size: Option<f64>, power: f64) -> f64 {
    size.map_or(1.0, |size| (size / AT_SIZE).max(1e-12).powf(-power))
}

/// Estimate what a donor says; `None` where it is short, has gaps near its end, or is not above
/// zero.
fn estimate(donor: &DonorSeries<'_>) -> Option<DonorEstimate> {
    let values = donor.series.values();
    let recent = &values[values.len().saturating_sub(RECENT)..];
    if recent.len() < MIN_MONTHS || recent.iter().any(|v| v.is_nan() || *v <= 0.0) {
        return None;
    }
    let z: Vec<f64> = recent.iter().map(|v| v.ln()).collect();
    let index = indices(&z, SeasonLength::MONTHLY);
    let next = usize::from(donor.series.last().plus(1).of_year()) - 1;
    let mut season = [0.0; MONTHS];
    for (k, value) in index.iter().enumerate() {
        season[(next + k) % MONTHS] = *value;
    }
    let (walk, irregular) = roughness(&z);
    let at_size = |deviation: f64, power: f64| {
        let size = Some(donor.size?);
        Some(deviation / relative(size, power))
    };
    Some(DonorEstimate {
        weight: donor.weight,
        season,
        new_year: new_year(&z, &index, donor.series.last())?,
        walk: at_size(walk, WALK_POWER),
        irregular: at_size(irregular, IRREGULAR_POWER),
    })
}

/// Return the standard deviations of a random walk and of irregular deviations, from the variances
/// of differences over one month (without season) and over twelve: `V₁ = η² + 2(1 − ρ)ε²`,
/// `V₁₂ = 12η² + 2ε²`.
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

/// Return New Year's effects on the rest after trend and season, by ridge regression; `None` where
/// the equations cannot be solved.
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
    // The penalty is one year's sum of squares.
    let penalty = (0..HOLIDAY).map(|k| gram[[k, k]]).fold(0.0, f64::max) / (n / MONTHS) as f64;
    let effects = ridge::solve(gram, &cross, penalty.max(1e-9), false).ok()?;
    Some(std::array::from_fn(|c| effects[[c, 0]]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_donor_gives_its_season_and_roughness() {
        // A season of ±10 % in June and December on a level without trend, ten years.
        let values: Vec<f64> = (0..120)
            .map(|t| match t % 12 {
                5 => 110.0,
                11 => 90.0,
                _ => 100.0,
            })
            .collect();
        let series = Series::new("a", Month::january(2010), &values, false);
        let donor = DonorSeries {
            series,
            weight: 1.0,
            size: Some(1e10),
        };
        let prior = DonorPrior::of(&[donor]);
        // Half of a single donor's season is taken.
        assert!(
            (prior.season[5] - 0.5 * 1.1_f64.ln()).abs() < 0.01,
            "{:?}",
            prior.season
        );
        assert!((prior.season[11] - 0.5 * 0.9_f64.ln()).abs() < 0.01);
        assert!(prior.season.iter().sum::<f64>().abs() < 1e-9);
        // It is smoother than the defaults, which count like 90 donors:
        // (90 ln 0.043 + ln 0.01) / 91.
        let expected = (90.0 * 0.043_f64.ln() + 0.01_f64.ln()) / 91.0;
        assert!((prior.walk - expected.exp()).abs() < 1e-9);
        assert_eq!(prior.donors, ["a"]);
    }

    #[test]
    fn without_donors_the_defaults_hold() {
        let prior = DonorPrior::of(&[]);
        assert_eq!(prior.season, [0.0; 12]);
        assert!((prior.walk - WALK).abs() < 1e-12);
        // Ten times the size is 10^-0.27 of the roughness.
        let ratio = prior.irregular_at(Some(1e11)) / prior.irregular_at(Some(1e9 * 1e1));
        assert!((ratio - 10.0_f64.powf(-0.27)).abs() < 1e-9);
    }
}
