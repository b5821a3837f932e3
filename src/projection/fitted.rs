//! A method fitted to a series: its point path, its intervals, and joint paths.

use super::combination::{self, Evaluation};
use super::interval::{self, Spread};
use super::pool::{Pool, Prepared};
use super::{MIN_MONTHS, Member, Paths, ProjectionError, Transform};
use crate::models::SEASON;
use crate::trade::{Month, Series};

/// What was done about a peculiarity of a series.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Note {
    /// So many months without a figure were bridged by straight lines; they were not scored and taught the smoothers nothing.
    GapsBridged(usize),
    /// Fewer than 12 months: no season, and growth on a year before is mostly unknown.
    LessThanAYear,
    /// Fewer than 24 months: no season can be told from chance.
    LessThanTwoYears,
    /// Fewer than 36 months: the season is halved, and weights and widths come from the panel or from rules.
    LessThanThreeYears,
    /// Zeros among the last 36 months: the forecast leans to the mean of the values.
    ManyZeros,
    /// Values below zero: modelled in levels, without the pooled members.
    NegativeValues,
    /// Every value is the same: it goes on.
    Constant,
}

impl std::fmt::Display for Note {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::GapsBridged(1) => write!(f, "1 month without a figure was bridged"),
            Self::GapsBridged(n) => write!(f, "{n} months without a figure were bridged"),
            Self::LessThanAYear => write!(f, "less than a year of history: no season is modelled"),
            Self::LessThanTwoYears => {
                write!(f, "less than two years of history: no season is modelled")
            }
            Self::LessThanThreeYears => write!(
                f,
                "less than three years of history: the season is uncertain and the weights are not the series' own"
            ),
            Self::ManyZeros => write!(
                f,
                "zeros among the last 36 months: the forecast leans to the mean of the values"
            ),
            Self::NegativeValues => write!(f, "values below zero: modelled in levels"),
            Self::Constant => write!(f, "every value is the same: it is carried on"),
        }
    }
}

/// A fitted method, ready to project over the horizon of its pool.
#[derive(Debug)]
pub struct Fitted<'p> {
    pool: &'p Pool,
    last: Month,
    point: Vec<f64>,
    naive: Vec<f64>,
    weights: Vec<(Member, f64)>,
    /// The point path on the transformed scale.
    middle: Vec<f64>,
    /// The scale of errors a step, transformed scale.
    sd: Vec<f64>,
    transform: Transform,
    largest: f64,
    notes: Vec<Note>,
    evaluation: Evaluation,
    /// Which trials' months fell below each of these probabilities: for the coverage seen.
    seen_ranks: Vec<f64>,
}

impl<'p> Fitted<'p> {
    /// Fits the pool's method to `series`.
    ///
    /// # Errors
    /// [`ProjectionError::TooShort`] for fewer than four months with a figure, [`ProjectionError::TooManyGaps`] where more than half are
    /// missing, [`ProjectionError::Unfit`] where the one member asked for cannot be used.
    pub fn new(series: &Series<'_>, pool: &'p Pool) -> Result<Self, ProjectionError> {
        let (months, gaps) = (series.len(), series.gaps());
        if months - gaps < MIN_MONTHS {
            return Err(ProjectionError::TooShort {
                needed: MIN_MONTHS,
                found: months - gaps,
            });
        }
        if 2 * gaps > months {
            return Err(ProjectionError::TooManyGaps { gaps, months });
        }
        let prepared = Prepared::new(series);
        let origin = prepared.origin(0);
        let horizon = pool.horizon();
        let trials = pool.trials(&prepared);
        let weights = pool.weights(&trials, None);
        let paths: Vec<Option<Vec<f64>>> = pool
            .members()
            .iter()
            .map(|member| member.project(&origin, horizon, Some(pool.now())))
            .collect();
        let unfit = || match pool.members() {
            [only] => only.unfit(months),
            _ => Member::Theta.unfit(months),
        };
        let point = combination::combine(&paths, &weights, horizon)
            .or_else(|| combination::combine(&paths, &vec![1.0; paths.len()], horizon))
            .ok_or_else(unfit)?;
        let point = combination::blend_zeros(&origin, point);
        let available: f64 = paths
            .iter()
            .zip(&weights)
            .filter(|(path, _)| path.is_some())
            .map(|(_, w)| w)
            .sum();
        let shares = pool.members().iter().zip(&paths).zip(&weights);
        let shares = shares.map(|((m, path), w)| {
            (
                *m,
                if path.is_some() && available > 0.0 {
                    w / available
                } else {
                    0.0
                },
            )
        });
        let residuals = pool.residuals(&prepared, &trials);
        let one_step = origin.one_step();
        let scale = interval::own_scale(one_step, &residuals, pool.profile(), None);
        let compared = residuals
            .iter()
            .filter_map(|r| Some((trials.iter().find(|t| t.back == r.back)?, r.path.as_slice())));
        let evaluation = Evaluation::of(compared);
        let mut seen_ranks = Vec::new();
        for residual in &residuals {
            let scale =
                interval::own_scale(one_step, &residuals, pool.profile(), Some(residual.back));
            let scaled = residual
                .error
                .iter()
                .zip(pool.profile())
                .filter(|(e, _)| !e.is_nan())
                .map(|(e, p)| e / (scale * p));
            seen_ranks.extend(scaled.map(|u| widened_rank(pool.spread(), u)));
        }
        let transform = origin.transform;
        Ok(Self {
            pool,
            last: series.last(),
            naive: crate::models::naive::seasonal_naive(origin.y, horizon),
            weights: shares.collect(),
            middle: point.iter().map(|f| transform.turn(*f)).collect(),
            sd: pool.profile().iter().map(|p| p * scale).collect(),
            transform,
            largest: origin.y.iter().fold(0.0, |m, v| v.abs().max(m)),
            notes: notes(&prepared, &origin, gaps),
            evaluation,
            seen_ranks,
            point,
        })
    }

    /// The last month with a figure; step 1 is the month after it.
    pub fn last(&self) -> Month {
        self.last
    }

    /// The point forecasts, one a step, in the unit of the series.
    pub fn point(&self) -> &[f64] {
        &self.point
    }

    /// The seasonal naive forecasts beside them.
    pub fn naive(&self) -> &[f64] {
        &self.naive
    }

    /// The weight of each member; they sum to one.
    pub fn weights(&self) -> &[(Member, f64)] {
        &self.weights
    }

    /// The name of the method, and of the member where one was chosen.
    pub fn method_name(&self) -> String {
        let method = self.pool.method();
        match self.weights.iter().find(|(_, w)| *w == 1.0) {
            Some((member, _)) if method.members().len() > 1 => format!("{method}:{member}"),
            _ => method.to_string(),
        }
    }

    /// What was done about peculiarities of the series.
    pub fn notes(&self) -> &[Note] {
        &self.notes
    }

    /// How the method did at this series' own rolling origins.
    pub fn evaluation(&self) -> &Evaluation {
        &self.evaluation
    }

    /// The share of months at the rolling origins that lay within the central interval of `level` (0 to 1); `None` without any.
    pub fn coverage(&self, level: f64) -> Option<f64> {
        let tail = 0.5 * (1.0 - level);
        let n = self.seen_ranks.len();
        let inside = self
            .seen_ranks
            .iter()
            .filter(|rank| (tail..=1.0 - tail).contains(*rank))
            .count();
        (n > 0).then(|| inside as f64 / n as f64)
    }

    /// The bounds of the central interval of `level` (0 to 1) at each step: `(lower, upper)`.
    pub fn interval(&self, level: f64) -> Vec<(f64, f64)> {
        let tail = 0.5 * (1.0 - level);
        let [low, high] =
            [tail, 1.0 - tail].map(|p| (self.pool.spread().quantile(p), interval::widen(p)));
        (0..self.point.len())
            .map(|k| {
                (
                    self.bound(k, low).min(self.point[k]),
                    self.bound(k, high).max(self.point[k]),
                )
            })
            .collect()
    }

    /// `count` joint paths over the horizon, the same for the same seed. See [`Paths`].
    pub fn paths(&self, count: usize, seed: u64) -> Paths {
        Paths::draw(self, count, seed)
    }

    /// The value at step `k` that a scaled error leads to, widened.
    pub(super) fn bound(&self, k: usize, (u, widen): (f64, f64)) -> f64 {
        let f = self.point[k];
        let cap = 2.0 * f.abs().max(self.largest);
        let bound = f + widen * (self.transform.back(self.middle[k] + u * self.sd[k]) - f);
        let floor = if self.transform.is_log() { 0.0 } else { -cap };
        bound.clamp(floor, cap)
    }

    pub(super) fn spread(&self) -> &Spread {
        self.pool.spread()
    }

    pub(super) fn horizon(&self) -> usize {
        self.point.len()
    }
}

/// The probability at which an error of size `u` would lie on the widened bound.
fn widened_rank(spread: &Spread, u: f64) -> f64 {
    spread.rank(u / interval::widen(spread.rank(u)))
}

fn notes(prepared: &Prepared, origin: &super::origin::Origin<'_>, gaps: usize) -> Vec<Note> {
    let n = prepared.y.len();
    let length = match n {
        0..SEASON => Some(Note::LessThanAYear),
        SEASON..24 => Some(Note::LessThanTwoYears),
        24..36 => Some(Note::LessThanThreeYears),
        _ => None,
    };
    let constant = prepared.y.iter().all(|v| *v == prepared.y[0]);
    [
        (gaps > 0).then_some(Note::GapsBridged(gaps)),
        length,
        (combination::zero_share(origin) > 0.0 && !constant).then_some(Note::ManyZeros),
        (!origin.transform.is_log()).then_some(Note::NegativeValues),
        constant.then_some(Note::Constant),
    ]
    .into_iter()
    .flatten()
    .collect()
}
