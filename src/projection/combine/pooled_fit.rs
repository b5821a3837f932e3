//! What is estimated over a panel at one origin.

use crate::models::pooled::{
    AnchorMoments, PanelPosition, PooledRegression, WindowMoments, WindowShape,
};
use crate::models::{SeasonLength, Terms};
use crate::projection::combine::member::Member;
use crate::projection::history::effects::{EffectEvidence, ExpectedEffects};
use crate::projection::history::origin::Origin;
use crate::projection::history::prepared::PreparedSeries;
use crate::work::Work;
use rayon::prelude::*;

/// The series whose moments are held at one time.
const CHUNK: usize = 256;

/// A change of growth below this, in deviations, is a fall.
const FALL: f64 = -1.0;
/// The share of falls in usual months, and as how many series it counts: a few series that fall are
/// no fall of a panel.
const USUAL_FALLS: f64 = 0.16;
const FALLS_PRIOR: f64 = 10.0;
/// A fall is shared from the first of these shares of series on, and fully from the second.
const SHARED: [f64; 2] = [0.4, 0.6];

/// The lags of the long pooled regressions, in seasons. A series needs four times as many months.
const LONG: [usize; 3] = [2, 3, 4];

/// The estimates over a panel at one origin: the prior of known effects, the pooled regressions,
/// and the distributions of roughness and change.
#[derive(Debug, Default)]
pub(in crate::projection) struct PooledFit {
    /// The prior of the effects of known columns; `None` where the panel is too small.
    expected: Option<ExpectedEffects>,
    short: Option<PooledRegression>,
    long: [Option<PooledRegression>; LONG.len()],
    levels: Option<PooledRegression>,
    roughness: PanelRanks,
    change: PanelRanks,
    level_roughness: PanelRanks,
    level_change: PanelRanks,
    /// How far a fall that most series share is in progress, 0 to 1.
    shared_fall: f64,
}

/// The windows of pooled regressions, each where members need it.
#[derive(Debug, Clone, Copy)]
pub(in crate::projection) struct PooledShapes {
    short: Option<WindowShape>,
    long: [Option<WindowShape>; LONG.len()],
    levels: Option<WindowShape>,
}

impl PooledShapes {
    /// Return the windows of every regression.
    pub(in crate::projection) fn all(self) -> impl Iterator<Item = WindowShape> {
        let near = [self.short, self.levels].into_iter();
        near.chain(self.long).flatten()
    }
}

impl PooledFit {
    /// Fit what `members` need to the chosen series, given by place, as they were `back` months
    /// before their ends. Returns their origins, too.
    pub(in crate::projection) fn fit<'a>(
        training: &'a [PreparedSeries],
        chosen: &[usize],
        back: usize,
        members: &[Member],
        horizon: usize,
        season: SeasonLength,
    ) -> (Self, Vec<Origin<'a>>) {
        let work = Work::current();
        let plain: Vec<(Origin<'a>, Option<EffectEvidence>)> = chosen
            .par_iter()
            .map(|k| {
                work.part(|| {
                    let origin = training[*k].plain(back);
                    let evidence = origin.evidence();
                    (origin, evidence)
                })
            })
            .collect();
        let expected =
            ExpectedEffects::of(plain.iter().filter_map(|(_, evidence)| evidence.as_ref()));
        let origins: Vec<Origin<'a>> = plain
            .into_par_iter()
            .map(|(origin, evidence)| {
                work.part(|| origin.without_effects(evidence.as_ref(), expected.as_ref()))
            })
            .collect();
        let logs: Vec<&Origin<'_>> = origins
            .iter()
            .filter(|origin| origin.transform.is_log())
            .collect();
        let ranks =
            |of: fn(&Origin<'_>) -> f64| PanelRanks::of(logs.iter().map(|origin| of(origin)));
        let mut at = Self {
            roughness: ranks(|o| o.texture.roughness),
            change: ranks(|o| o.texture.monthly_change),
            level_roughness: ranks(|o| o.level_texture.roughness),
            level_change: ranks(|o| o.level_texture.monthly_change),
            shared_fall: shared_fall(origins.iter().filter_map(Origin::recent_change)),
            expected,
            ..Self::default()
        };
        let longest = origins.iter().map(Origin::len).max().unwrap_or(0);
        let shapes = Self::shapes(members, horizon, longest, season);
        let in_logs = |shape: WindowShape| {
            gather(&logs, shape, |o| {
                Some((
                    WindowMoments::of(&o.x, o.yearly_change, shape.lags, horizon)?,
                    at.position(o),
                ))
            })
        };
        let short = shapes.short.and_then(in_logs);
        let long = shapes.long.map(|shape| shape.and_then(in_logs));
        let levels = shapes.levels.and_then(|shape| {
            let moments = |o: &Origin<'_>| {
                WindowMoments::of(
                    &o.levels,
                    o.level_texture.yearly_change,
                    shape.lags,
                    horizon,
                )
            };
            gather(&logs, shape, |o| Some((moments(o)?, at.level_position(o))))
        });
        (at.short, at.long, at.levels) = (short, long, levels);
        drop(logs);
        (at, origins)
    }

    /// Return the windows of the regressions that members need, where the longest series has so
    /// many months.
    pub(in crate::projection) fn shapes(
        members: &[Member],
        horizon: usize,
        longest: usize,
        season: SeasonLength,
    ) -> PooledShapes {
        let needs = |member: Member| members.contains(&member);
        let near = WindowShape {
            lags: season.get() + 1,
            horizon,
            bandwidth: [0.12, 0.15],
        };
        let far = |seasons: usize| {
            let lags = seasons * season.get();
            let bandwidth = [0.2, 0.3];
            (needs(Member::PooledLong) && longest >= 4 * lags).then_some(WindowShape {
                lags,
                horizon,
                bandwidth,
            })
        };
        let short = needs(Member::PooledShort) || needs(Member::PooledLong);
        PooledShapes {
            short: short.then_some(near),
            long: LONG.map(far),
            levels: needs(Member::PooledLevels).then_some(near),
        }
    }

    /// Return the prior of the effects of known columns.
    pub(in crate::projection) fn expected(&self) -> Option<&ExpectedEffects> {
        self.expected.as_ref()
    }

    /// Return how far a fall that most series share is in progress, 0 to 1.
    pub(in crate::projection) fn shared_fall(&self) -> f64 {
        self.shared_fall
    }

    /// Return the rank of a series' roughness in the panel, 0 to 1.
    pub(in crate::projection) fn roughness_rank(&self, origin: &Origin<'_>) -> f64 {
        self.roughness.rank(origin.texture.roughness)
    }

    fn position(&self, origin: &Origin<'_>) -> PanelPosition {
        [
            self.roughness_rank(origin),
            self.change.rank(origin.texture.monthly_change),
        ]
    }

    fn level_position(&self, origin: &Origin<'_>) -> PanelPosition {
        let texture = origin.level_texture;
        [
            self.level_roughness.rank(texture.roughness),
            self.level_change.rank(texture.monthly_change),
        ]
    }

    /// Return the path of the regression on the lags of a season and one more, without season,
    /// transformed scale.
    pub(in crate::projection) fn short(&self, origin: &Origin<'_>) -> Option<Vec<f64>> {
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

    /// Return the terms of [`PooledFit::short`].
    pub(in crate::projection) fn short_terms(&self, origin: &Origin<'_>) -> Option<Vec<Terms>> {
        let pooled = self.short.as_ref().filter(|_| origin.transform.is_log())?;
        let (position, own) = (self.position(origin), own(origin));
        pooled
            .project_terms(&origin.x, origin.yearly_change, position, own)
            .ok()
    }

    /// Return the long regressions that the history allows, the longest first.
    fn allowed<'s>(
        &'s self,
        origin: &Origin<'_>,
    ) -> impl Iterator<Item = &'s PooledRegression> + use<'s> {
        let (is_log, months) = (origin.transform.is_log(), origin.len());
        let season = origin.season.get();
        let allowed = LONG
            .iter()
            .zip(&self.long)
            .rev()
            .filter(move |(seasons, _)| is_log && months >= 4 * **seasons * season);
        allowed.filter_map(|(_, pooled)| pooled.as_ref())
    }

    /// Return the terms of [`PooledFit::long`].
    pub(in crate::projection) fn long_terms(&self, origin: &Origin<'_>) -> Option<Vec<Terms>> {
        let position = self.position(origin);
        self.allowed(origin)
            .filter_map(|p| {
                p.project_terms(&origin.x, origin.yearly_change, position, 0.0)
                    .ok()
            })
            .next()
    }

    /// Return the terms of [`PooledFit::levels`].
    pub(in crate::projection) fn levels_terms(&self, origin: &Origin<'_>) -> Option<Vec<Terms>> {
        let pooled = self.levels.as_ref().filter(|_| !origin.levels.is_empty())?;
        let (position, own) = (self.level_position(origin), own(origin));
        let change = origin.level_texture.yearly_change;
        pooled
            .project_terms(&origin.levels, change, position, own)
            .ok()
    }

    /// Return the path of the regression on as many lags as the history allows; `None` where it
    /// allows none of the long ones.
    pub(in crate::projection) fn long(&self, origin: &Origin<'_>) -> Option<Vec<f64>> {
        self.allowed(origin)
            .filter_map(|p| {
                p.project(&origin.x, origin.yearly_change, self.position(origin), 0.0)
                    .ok()
            })
            .next()
    }

    /// Return the path of the regression on the lags of a season and one more, in levels.
    pub(in crate::projection) fn levels(&self, origin: &Origin<'_>) -> Option<Vec<f64>> {
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

/// Return how much a hundred of a series' own windows count; smooth series count more.
fn own(origin: &Origin<'_>) -> f64 {
    0.15 + origin.texture.smoothness()
}

/// Add up the moments of every series that has any, chunk by chunk, in their order.
fn gather(
    origins: &[&Origin<'_>],
    shape: WindowShape,
    moments: impl Fn(&Origin<'_>) -> Option<(WindowMoments, PanelPosition)> + Sync,
) -> Option<PooledRegression> {
    let (mut anchors, work) = (AnchorMoments::new(shape), Work::current());
    for chunk in origins.chunks(CHUNK) {
        let of_chunk: Vec<(WindowMoments, PanelPosition)> = chunk
            .par_iter()
            .filter_map(|origin| work.part(|| moments(origin)))
            .collect();
        anchors.add(&of_chunk);
    }
    PooledRegression::fit(anchors)
}

/// The sorted numbers of a panel.
#[derive(Debug, Default)]
struct PanelRanks(Vec<f64>);

impl PanelRanks {
    fn of(numbers: impl Iterator<Item = f64>) -> Self {
        let mut sorted: Vec<f64> = numbers.collect();
        sorted.sort_by(f64::total_cmp);
        Self(sorted)
    }

    /// Return the rank of a number, 0 to 1: the share below it, and half of the equal ones; a half
    /// in an empty panel.
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

/// Return how far a fall that most series share is in progress, 0 to 1, by the changes of the
/// growth of each.
fn shared_fall(changes: impl Iterator<Item = f64>) -> f64 {
    let (mut falls, mut count) = (FALLS_PRIOR * USUAL_FALLS, FALLS_PRIOR);
    for change in changes {
        falls += f64::from(u8::from(change < FALL));
        count += 1.0;
    }
    ((falls / count - SHARED[0]) / (SHARED[1] - SHARED[0])).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_lie_in_the_middle_of_equals() {
        let ranks = PanelRanks::of([3.0, 1.0, 2.0, 2.0].into_iter());
        assert_eq!(
            (ranks.rank(1.0), ranks.rank(2.0), ranks.rank(9.0)),
            (0.125, 0.5, 1.0)
        );
        assert_eq!(PanelRanks::default().rank(1.0), 0.5);
    }
}
