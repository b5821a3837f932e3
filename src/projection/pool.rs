//! What a panel teaches its series: pooled regressions, how well each member does, how errors grow.

use super::combination::{self, Evaluation, Trial, Weighing};
use super::effects::{Evidence, Expected};
use super::interval::{Profile, Residual, Spread};
use super::origin::{Origin, bridge};
use super::{MIN_MONTHS, Member, Method};
use crate::features::Known;
use crate::models::pooled::{Gathering, Moments, Pooled, Position, Shape};
use crate::trade::regressors::{Missing, Regressors};
use crate::trade::{Month, Series};
use rayon::prelude::*;
use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

/// Months back of the rolling origins that weigh members and measure errors.
const ORIGINS: [usize; 4] = [6, 12, 18, 24];
/// An origin counts for a series that has this many months before it.
const MIN_BEFORE: usize = 30;
/// A panel larger than this teaches by an evenly spaced sample of so many series.
const MAX_TEACHERS: usize = 4096;
/// Series whose moments are kept at one time while they are gathered.
const CHUNK: usize = 256;

/// What a panel teaches about one method and horizon. Made once, then used for every series, whichever is asked for.
#[derive(Debug)]
pub struct Pool {
    method: Method,
    horizon: usize,
    regressors: Arc<Regressors>,
    /// The pooled regressions at the last month and at each origin.
    now: PooledAt,
    back: Vec<(usize, PooledAt)>,
    /// Each member's mean scaled error over the panel, where any origin counted.
    panel_error: Option<Vec<f64>>,
    profile: Profile,
    spread: Spread,
    /// How the teachers themselves did, so that it is not computed again.
    records: HashMap<Box<str>, Record>,
}

/// A series ready for modelling: gaps bridged and remembered.
#[derive(Debug)]
pub(super) struct Prepared {
    first: Month,
    pub(super) y: Vec<f64>,
    seen: Vec<bool>,
    known: Known,
}

/// How the method did at a series' own origins.
#[derive(Debug, Clone)]
pub(super) struct Record {
    first: Month,
    months: usize,
    pub(super) weights: Vec<f64>,
    pub(super) residuals: Vec<Residual>,
    pub(super) evaluation: Evaluation,
}

impl Prepared {
    /// A series with what is known of its months and of `horizon` months after them.
    pub(super) fn new(
        series: &Series<'_>,
        horizon: usize,
        regressors: &Regressors,
    ) -> Result<Self, Missing> {
        let (y, seen) = bridge(series.values());
        let months = y.len() + horizon;
        let own = regressors.columns(series.id(), series.first(), months)?;
        Ok(Self {
            first: series.first(),
            y,
            seen,
            known: Known::calendar(series.first(), months).with(own),
        })
    }

    /// The series as it stood `back` months before its end, nothing taken out.
    fn plain(&self, back: usize) -> Origin<'_> {
        Origin::new(
            self.first,
            &self.y[..self.y.len() - back],
            &self.seen,
            &self.known,
        )
    }

    /// The series as it stood `back` months before its end, without the effects that `pooled` lets expect.
    pub(super) fn origin(&self, back: usize, pooled: &PooledAt) -> Origin<'_> {
        let plain = self.plain(back);
        let evidence = plain.evidence();
        plain.without_effects(evidence.as_ref(), pooled.expected.as_ref())
    }

    /// Whether an origin so far back counts.
    fn reaches(&self, back: usize) -> bool {
        self.y.len() >= back + MIN_BEFORE
    }

    /// At most `horizon` values after the origin `back` months before the end, gaps as NaN.
    fn actual(&self, back: usize, horizon: usize) -> Vec<f64> {
        let start = self.y.len() - back;
        (start..start + back.min(horizon))
            .map(|t| if self.seen[t] { self.y[t] } else { f64::NAN })
            .collect()
    }
}

impl Pool {
    /// Learns from `panel`, on the rayon threads of the caller. What is learnt is the same on any number of threads.
    pub fn fit(panel: &[Series<'_>], method: Method, horizon: usize) -> Self {
        Self::fit_with(panel, method, horizon, Arc::default())
    }

    /// The same with the user's own regressors; a series that they do not cover teaches nothing.
    pub fn fit_with(
        panel: &[Series<'_>],
        method: Method,
        horizon: usize,
        regressors: Arc<Regressors>,
    ) -> Self {
        let step = panel.len().div_ceil(MAX_TEACHERS).max(1);
        let (ids, teachers): (Vec<&str>, Vec<Prepared>) = panel
            .par_iter()
            .step_by(step)
            .filter(|series| {
                series.len() - series.gaps() >= MIN_MONTHS && 2 * series.gaps() <= series.len()
            })
            .filter_map(|series| {
                Some((
                    series.id(),
                    Prepared::new(series, horizon, &regressors).ok()?,
                ))
            })
            .unzip();
        let members = method.members();
        let longest = teachers
            .iter()
            .map(|series| series.y.len())
            .max()
            .unwrap_or(0);
        let everyone: Vec<usize> = (0..teachers.len()).collect();
        let (now, at_end) = PooledAt::learn(&teachers, &everyone, 0, members, horizon, longest);
        let mut back = Vec::new();
        let mut trials: Vec<Vec<Trial>> = teachers.iter().map(|_| Vec::new()).collect();
        for months in origins(horizon) {
            let those: Vec<usize> = (0..teachers.len())
                .filter(|k| teachers[*k].reaches(months))
                .collect();
            let (pooled, origins) = PooledAt::learn(
                &teachers,
                &those,
                months,
                members,
                months.min(horizon),
                longest,
            );
            let run: Vec<Trial> = those
                .par_iter()
                .zip(&origins)
                .map(|(k, origin)| {
                    Trial::run(
                        origin,
                        months,
                        teachers[*k].actual(months, horizon),
                        members,
                        &pooled,
                    )
                })
                .collect();
            those
                .into_iter()
                .zip(run)
                .for_each(|(k, trial)| trials[k].push(trial));
            back.push((months, pooled));
        }
        let panel_error = combination::panel_error(&trials, members.len());
        let (profile, spread) = (Profile::default(), Spread::default());
        let mut pool = Self {
            method,
            horizon,
            regressors,
            now,
            back,
            panel_error,
            profile,
            spread,
            records: HashMap::new(),
        };
        let records: Vec<(f64, Record)> = teachers
            .par_iter()
            .zip(&trials)
            .zip(&at_end)
            .map(|((series, trials), origin)| (origin.one_step, pool.judge(series, origin, trials)))
            .collect();
        pool.profile = Profile::of(
            records.iter().flat_map(|(_, record)| &record.residuals),
            horizon,
        );
        pool.spread = Spread::of(
            records
                .iter()
                .map(|(step, record)| (*step, &record.residuals[..])),
            &pool.profile,
        );
        pool.records = ids
            .into_iter()
            .map(Box::from)
            .zip(records.into_iter().map(|(_, record)| record))
            .collect();
        pool
    }

    /// A series ready for this pool.
    pub(super) fn prepare(&self, series: &Series<'_>) -> Result<Prepared, Missing> {
        Prepared::new(series, self.horizon, &self.regressors)
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

    pub(super) fn profile(&self) -> &Profile {
        &self.profile
    }

    pub(super) fn spread(&self) -> &Spread {
        &self.spread
    }

    pub(super) fn members(&self) -> &[Member] {
        self.method.members()
    }

    /// How the method does at a series' own origins: remembered of a teacher, else found out.
    pub(super) fn record(
        &self,
        id: &str,
        series: &Prepared,
        origin: &Origin<'_>,
    ) -> Cow<'_, Record> {
        let known = self
            .records
            .get(id)
            .filter(|record| record.first == series.first && record.months == series.y.len());
        if let Some(record) = known {
            return Cow::Borrowed(record);
        }
        let reached = self.back.iter().filter(|(back, _)| series.reaches(*back));
        let trial = |(back, pooled): &(usize, PooledAt)| {
            let actual = series.actual(*back, self.horizon);
            Trial::run(
                &series.origin(*back, pooled),
                *back,
                actual,
                self.members(),
                pooled,
            )
        };
        let trials: Vec<Trial> = reached.map(trial).collect();
        Cow::Owned(self.judge(series, origin, &trials))
    }

    /// The weights, and the combination's errors at each origin, weighted without that origin.
    fn judge(&self, series: &Prepared, origin: &Origin<'_>, trials: &[Trial]) -> Record {
        let transform = origin.transform;
        let weighing = Weighing {
            rule: self.method.rule(),
            members: self.members(),
            panel_error: self.panel_error.as_deref(),
        };
        let residuals: Vec<Residual> = trials
            .iter()
            .filter_map(|trial| {
                let weights = weighing.weights(trials, trial.texture, Some(trial.back));
                let path = trial.combine(&weights, self.method)?;
                let error = trial
                    .actual
                    .iter()
                    .zip(&path)
                    .map(|(y, f)| transform.turn(*y) - transform.turn(*f))
                    .collect();
                Some(Residual {
                    back: trial.back,
                    one_step: trial.one_step,
                    place: trial.place,
                    error,
                    path,
                })
            })
            .collect();
        let compared = residuals
            .iter()
            .filter_map(|r| Some((trials.iter().find(|t| t.back == r.back)?, r.path.as_slice())));
        let evaluation = Evaluation::of(compared);
        let weights = weighing.weights(trials, origin.texture, None);
        Record {
            first: series.first,
            months: series.y.len(),
            weights,
            residuals,
            evaluation,
        }
    }
}

/// The origins for a horizon: the usual ones, and one as far back as the horizon where that is further, so that there are whole
/// vectors of errors to draw paths from.
fn origins(horizon: usize) -> Vec<usize> {
    const FURTHEST: usize = 60;
    let far = horizon.min(FURTHEST);
    let last = ORIGINS[ORIGINS.len() - 1];
    ORIGINS
        .into_iter()
        .chain((far > last).then_some(far))
        .collect()
}

/// The lags of the long pooled regression; a series needs four times as many months.
const LONG: [usize; 3] = [24, 36, 48];

/// The pooled regressions of one origin, and where series lie among the panel.
#[derive(Debug, Default)]
pub(super) struct PooledAt {
    /// What to expect of the effects of known columns; `None` where the panel is too small to say.
    expected: Option<Expected>,
    short: Option<Pooled>,
    long: [Option<Pooled>; LONG.len()],
    levels: Option<Pooled>,
    roughness: Ranks,
    change: Ranks,
    level_roughness: Ranks,
    level_change: Ranks,
}

impl PooledAt {
    /// Learns what `members` need from `those` teachers as they stood `back` months before their ends, and gives their origins back.
    fn learn<'a>(
        teachers: &'a [Prepared],
        those: &[usize],
        back: usize,
        members: &[Member],
        horizon: usize,
        longest: usize,
    ) -> (Self, Vec<Origin<'a>>) {
        let plain: Vec<(Origin<'a>, Option<Evidence>)> = those
            .par_iter()
            .map(|k| {
                let origin = teachers[*k].plain(back);
                let evidence = origin.evidence();
                (origin, evidence)
            })
            .collect();
        let expected = Expected::of(plain.iter().filter_map(|(_, evidence)| evidence.as_ref()));
        let origins: Vec<Origin<'a>> = plain
            .into_par_iter()
            .map(|(origin, evidence)| origin.without_effects(evidence.as_ref(), expected.as_ref()))
            .collect();
        let logs: Vec<&Origin<'_>> = origins
            .iter()
            .filter(|origin| origin.transform.is_log())
            .collect();
        let ranks = |of: fn(&Origin<'_>) -> f64| Ranks::of(logs.iter().map(|origin| of(origin)));
        let mut at = Self {
            roughness: ranks(|o| o.texture.roughness),
            change: ranks(|o| o.texture.monthly_change),
            level_roughness: ranks(|o| o.level_texture.roughness),
            level_change: ranks(|o| o.level_texture.monthly_change),
            expected,
            ..Self::default()
        };
        let needs = |member: Member| members.contains(&member);
        let near = |lags| Shape {
            lags,
            horizon,
            bandwidth: [0.12, 0.15],
        };
        let far = |lags| Shape {
            lags,
            horizon,
            bandwidth: [0.2, 0.3],
        };
        let in_logs = |shape: Shape| {
            gather(&logs, shape, |o| {
                Some((
                    Moments::of(&o.x, o.yearly_change, shape.lags, horizon)?,
                    at.position(o),
                ))
            })
        };
        let short = (needs(Member::PooledShort) || needs(Member::PooledLong))
            .then(|| in_logs(near(13)))
            .flatten();
        let long = LONG.map(|lags| {
            (needs(Member::PooledLong) && longest >= 4 * lags)
                .then(|| in_logs(far(lags)))
                .flatten()
        });
        let levels = needs(Member::PooledLevels).then(|| {
            let shape = near(13);
            let moments = |o: &Origin<'_>| {
                Moments::of(
                    &o.levels,
                    o.level_texture.yearly_change,
                    shape.lags,
                    horizon,
                )
            };
            gather(&logs, shape, |o| Some((moments(o)?, at.level_position(o))))
        });
        (at.short, at.long, at.levels) = (short, long, levels.flatten());
        drop(logs);
        (at, origins)
    }

    /// Where the roughness of a series lies among that of the panel, 0 to 1.
    pub(super) fn place(&self, origin: &Origin<'_>) -> f64 {
        self.roughness.rank(origin.texture.roughness)
    }

    fn position(&self, origin: &Origin<'_>) -> Position {
        [
            self.place(origin),
            self.change.rank(origin.texture.monthly_change),
        ]
    }

    fn level_position(&self, origin: &Origin<'_>) -> Position {
        let texture = origin.level_texture;
        [
            self.level_roughness.rank(texture.roughness),
            self.level_change.rank(texture.monthly_change),
        ]
    }

    /// The path of 13 lags without its season, transformed scale.
    pub(super) fn short(&self, origin: &Origin<'_>) -> Option<Vec<f64>> {
        let pooled = self.short.as_ref().filter(|_| origin.transform.is_log())?;
        pooled
            .project(
                &origin.x,
                origin.yearly_change,
                self.position(origin),
                own(origin),
            )
            .ok()
    }

    /// The path of as many lags as the history allows; `None` where it allows none of the long ones.
    pub(super) fn long(&self, origin: &Origin<'_>) -> Option<Vec<f64>> {
        let allowed = LONG
            .iter()
            .zip(&self.long)
            .rev()
            .filter(|(lags, _)| origin.transform.is_log() && origin.len() >= 4 * **lags);
        let pooled = allowed.filter_map(|(_, pooled)| pooled.as_ref());
        pooled
            .filter_map(|p| {
                p.project(&origin.x, origin.yearly_change, self.position(origin), 0.0)
                    .ok()
            })
            .next()
    }

    /// The path of 13 lags in levels.
    pub(super) fn levels(&self, origin: &Origin<'_>) -> Option<Vec<f64>> {
        let pooled = self.levels.as_ref().filter(|_| !origin.levels.is_empty())?;
        pooled
            .project(
                &origin.levels,
                origin.level_texture.yearly_change,
                self.level_position(origin),
                own(origin),
            )
            .ok()
    }
}

/// How much a hundred of a series' own windows count: smooth series know best themselves.
fn own(origin: &Origin<'_>) -> f64 {
    0.15 + origin.texture.smoothness()
}

/// Gathers the moments of every series that has any, chunk by chunk, in their order.
fn gather(
    origins: &[&Origin<'_>],
    shape: Shape,
    moments: impl Fn(&Origin<'_>) -> Option<(Moments, Position)> + Sync,
) -> Option<Pooled> {
    let mut gathering = Gathering::new(shape);
    for chunk in origins.chunks(CHUNK) {
        let of_chunk: Vec<(Moments, Position)> = chunk
            .par_iter()
            .filter_map(|origin| moments(origin))
            .collect();
        gathering.gather(&of_chunk);
    }
    gathering.finish()
}

/// Numbers of a panel, sorted, to say where another lies among them.
#[derive(Debug, Default)]
struct Ranks(Vec<f64>);

impl Ranks {
    fn of(numbers: impl Iterator<Item = f64>) -> Self {
        let mut sorted: Vec<f64> = numbers.collect();
        sorted.sort_by(f64::total_cmp);
        Self(sorted)
    }

    /// The share below, half of the equal ones counted; a half among none.
    fn rank(&self, number: f64) -> f64 {
        let below = self.0.partition_point(|v| *v < number);
        let not_above = self.0.partition_point(|v| *v <= number);
        if self.0.is_empty() {
            0.5
        } else {
            0.5 * (below + not_above) as f64 / self.0.len() as f64
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_lie_in_the_middle_of_equals() {
        let ranks = Ranks::of([3.0, 1.0, 2.0, 2.0].into_iter());
        assert_eq!(
            (ranks.rank(1.0), ranks.rank(2.0), ranks.rank(9.0)),
            (0.125, 0.5, 1.0)
        );
        assert_eq!(Ranks::default().rank(1.0), 0.5);
    }

    #[test]
    fn a_far_horizon_gets_an_origin_of_its_own() {
        assert_eq!(origins(12), [6, 12, 18, 24]);
        assert_eq!(origins(36), [6, 12, 18, 24, 36]);
        assert_eq!(origins(120), [6, 12, 18, 24, 60]);
    }
}
