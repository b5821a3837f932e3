//! What the newer months of other series say of months that a series has not published.
//!
//! Series of a panel end in different months, since reporters publish weeks apart. For each step of
//! a series that is behind, the errors of its forecasts so many months ahead are regressed on those
//! of series that are ahead, from the same origin ([`DualRidge`]): factors of the panel's errors
//! with smooth shrinkage. With less weight, all series' errors of the latest month are columns too,
//! and with full weight the series' own: what it did not share with the others reverts sooner. The
//! penalty is the one whose forecasts of each month from the months before it would have been best
//! over all series that are behind; where none would have helped, there is no news.

use crate::models::dual_ridge::{DualRidge, kernel};
use crate::models::seasonal::median;
use crate::projection::combine::error_profile::OriginErrors;
use crate::trade::{Month, stable_hash};
use crate::work::Work;
use ndarray::{Array1, Array2};
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::ops::Range;

/// The months over which errors of series are compared.
pub(super) const WINDOW: usize = 150;
/// A series that ends further than this before the latest month of the panel has ended, and is not
/// behind.
pub(super) const MOST_BEHIND: usize = 6;
/// Errors beyond so many robust standard deviations count as so many.
const WILD: f64 = 4.0;
/// A series needs so many errors within the window.
const ENOUGH: usize = 36;
/// Penalties that are tried, for a kernel whose diagonal is one on average of newer months, and
/// [`LATEST_WEIGHT`] more with the latest month.
const PENALTIES: [f64; 6] = [6.0, 12.0, 25.0, 50.0, 100.0, 200.0];
/// At most so many series that end in one month are looked at: a panel's factors are known from
/// fewer than all, and so is the penalty.
const SAMPLE: usize = 128;
/// Less of the squared errors explained is as good as nothing.
const LEAST_GAIN: f64 = 0.01;
/// Where fewer than one in so many series are ahead, they say too little of the others.
const LEAST_AHEAD: usize = 200;
/// The share of the first months of the window on whose errors nothing is scored.
const LEARNING: f64 = 1.0 / 3.0;
/// What all series gain counts like so many months of the gain of one.
const GAIN_PRIOR: f64 = 24.0;
/// How much of an error stays in later months before anything is known of it, and as how many
/// errors this counts.
const PERSISTENCE: f64 = 0.6;
const PERSISTENCE_PRIOR: f64 = 200.0;
/// The weight of all series' errors of the latest month beside those of newer months.
const LATEST_WEIGHT: f64 = 0.3;

/// The errors of a series over the last [`WINDOW`] months, in robust standard deviations, for each
/// lead of the forecasts.
#[derive(Debug, Clone)]
pub(super) struct ScaledErrors {
    /// The last month.
    last: Month,
    by_lead: Vec<LeadErrors>,
}

/// The errors of forecasts of one lead.
#[derive(Debug, Clone)]
struct LeadErrors {
    /// The errors by month, the last month last; NaN where there is none.
    scaled: Vec<f64>,
    /// The robust standard deviation, transformed scale.
    deviation: f64,
}

impl LeadErrors {
    /// Scale errors; `None` for too few.
    fn of(errors: &[f64]) -> Option<Self> {
        let mut sizes: Vec<f64> = errors
            .iter()
            .filter(|e| !e.is_nan())
            .map(|e| e.abs())
            .collect();
        if sizes.len() < ENOUGH {
            return None;
        }
        let deviation = median(&mut sizes) / 0.6745;
        let usable = deviation.is_finite() && deviation > 1e-6;
        usable.then(|| Self {
            scaled: errors
                .iter()
                .map(|e| (e / deviation).clamp(-WILD, WILD))
                .collect(),
            deviation,
        })
    }
}

impl ScaledErrors {
    /// Scale the errors of a series that ends in `last`, by lead; `None` for too few.
    pub(super) fn of(last: Month, errors: &[Vec<f64>]) -> Option<Self> {
        let by_lead = errors.iter().map_while(|errors| LeadErrors::of(errors));
        let by_lead: Vec<LeadErrors> = by_lead.collect();
        (!by_lead.is_empty()).then_some(Self { last, by_lead })
    }

    /// Return the errors of forecasts `lead` months ahead of `months` months up to `last`; zero
    /// where there is none.
    fn until(&self, lead: usize, last: Month, months: usize) -> Vec<f64> {
        (0..months)
            .rev()
            .map(|back| self.at(lead, last.back(back)).unwrap_or(0.0))
            .collect()
    }

    /// Return the error of the forecast of a month `lead` months before it; `None` where there is
    /// none.
    fn at(&self, lead: usize, month: Month) -> Option<f64> {
        let scaled = &self.by_lead.get(lead.checked_sub(1)?)?.scaled;
        let back = usize::try_from(self.last.since(month)).ok()?;
        let error = scaled.get(scaled.len().checked_sub(back + 1)?).copied();
        error.filter(|e| !e.is_nan())
    }

    fn deviation(&self, lead: usize) -> f64 {
        self.by_lead.get(lead - 1).map_or(0.0, |of| of.deviation)
    }
}

/// What newer months say of every series of a panel that is behind.
#[derive(Debug)]
pub(super) struct PanelNews {
    /// The ids of the training series.
    ids: Vec<Box<str>>,
    by_end: BTreeMap<Month, NewsAtEnd>,
    /// How much of an error stays after so many months.
    persistence: Vec<f64>,
    /// The errors of the training series that are behind, by place.
    errors: BTreeMap<usize, ScaledErrors>,
}

/// The regressions of the series that end in one month, one for each month ahead.
#[derive(Debug)]
struct NewsAtEnd {
    months: Vec<NewsOfMonth>,
    /// The share of the squared errors that the first regression would have explained.
    gain: f64,
}

/// The regression of the errors of one month ahead on what is known of it.
#[derive(Debug)]
struct NewsOfMonth {
    /// How many months after the last one.
    ahead: usize,
    regression: DualRidge,
    columns: NewsColumns,
    /// The weight of each month of a series behind in the forecast of its error.
    weights: Array1<f64>,
}

/// The columns of a regression: errors of other series from the origin of each row.
#[derive(Debug, Default)]
struct NewsColumns {
    /// The place of the series of each column, and the month of its error in the new row.
    sources: Vec<(usize, Month)>,
    /// The number of the columns that are ahead, which come first.
    newer: usize,
    /// The new row.
    row: Array1<f64>,
}

/// The errors of a series behind that a regression forecasts, and its own latest errors.
struct NewsTarget {
    /// The errors of each row.
    errors: Vec<f64>,
    /// Its one-step error of the origin of each row.
    own: Vec<f64>,
    /// Its one-step error of the last month.
    own_latest: f64,
}

impl NewsTarget {
    fn of(errors: &ScaledErrors, ahead: usize) -> Self {
        let last = errors.last;
        Self {
            errors: errors.until(ahead, last, WINDOW),
            own: errors.until(1, last.back(ahead), WINDOW),
            own_latest: errors.at(1, last).unwrap_or(0.0),
        }
    }
}

/// What newer months of other series say of one series.
#[derive(Debug, Clone)]
pub(super) struct SeriesNews {
    id: Box<str>,
    /// The errors of the series.
    errors: ScaledErrors,
    /// The shift of each step, transformed scale.
    pub(super) shift: Vec<f64>,
    /// The variance of each step that is known by now, transformed scale squared.
    pub(super) known_variance: Vec<f64>,
    /// How many other series are ahead.
    pub(super) sources: usize,
    /// Their latest month that is used.
    pub(super) latest: Month,
}

/// The part of one newer month of one other series.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::projection) struct NewsPart {
    /// The id of the other series.
    pub(in crate::projection) source: Box<str>,
    /// Its newer month.
    pub(in crate::projection) month: Month,
    /// Its shift of each step, transformed scale.
    pub(in crate::projection) shift: Vec<f64>,
}

impl PanelNews {
    /// Estimate what newer months say. `ends` are the last months of the training series,
    /// `scaled` returns the one-step errors of one of them by place, and `at_origins` gives the
    /// errors of its combination. Of many series that end in one month, some count.
    ///
    /// `None` where no series is behind, where hardly any is ahead, or where the errors of others
    /// would not have helped.
    pub(super) fn of<'a>(
        ids: &[&str],
        ends: &[Month],
        horizon: usize,
        scaled: impl Fn(usize) -> Option<ScaledErrors> + Sync,
        at_origins: impl Fn(usize) -> &'a [OriginErrors],
    ) -> Option<Self> {
        let latest = ends.iter().copied().max()?;
        let current: Vec<usize> = (0..ends.len())
            .filter(|k| latest.since(ends[*k]) <= MOST_BEHIND as i32)
            .collect();
        let earliest = current.iter().map(|k| ends[*k]).min()?;
        let ahead = current.iter().filter(|k| ends[**k] > earliest).count();
        if ahead == 0 || ahead * LEAST_AHEAD < current.len() {
            return None;
        }
        let needed = sample_of_each_end(current, ids, ends);
        let work = Work::current();
        let scaled = |k: &usize| Some((*k, work.part(|| scaled(*k))?));
        let errors: BTreeMap<usize, ScaledErrors> = needed.par_iter().filter_map(scaled).collect();
        let mut behind: Vec<Month> = errors.values().map(|e| e.last).collect();
        behind.retain(|last| *last < latest);
        behind.sort_unstable();
        behind.dedup();
        let by_end: BTreeMap<Month, NewsAtEnd> = behind
            .into_par_iter()
            .filter_map(|last| {
                let news = work.part(|| NewsAtEnd::of(last, latest, &errors))?;
                Some((last, news))
            })
            .collect();
        (!by_end.is_empty()).then(|| Self {
            ids: ids.iter().map(|id| Box::from(*id)).collect(),
            persistence: persistence(&errors, horizon, at_origins),
            errors: errors
                .into_iter()
                .filter(|(_, e)| e.last < latest)
                .collect(),
            by_end,
        })
    }

    /// Return the errors of a training series that is behind, by its place.
    pub(super) fn errors_of(&self, place: usize) -> Option<&ScaledErrors> {
        self.errors.get(&place)
    }

    /// Whether there is news for series that end in this month.
    pub(super) fn concerns(&self, last: Month) -> bool {
        self.by_end.contains_key(&last)
    }

    /// Return the news of a series with these errors; `None` where there is none.
    pub(super) fn of_series(&self, id: &str, errors: &ScaledErrors) -> Option<SeriesNews> {
        let at_end = self.by_end.get(&errors.last)?;
        let horizon = self.persistence.len();
        let first = at_end.months.first()?;
        let mut news = SeriesNews {
            id: id.into(),
            errors: errors.clone(),
            shift: vec![0.0; horizon],
            known_variance: vec![0.0; horizon],
            sources: first.columns.newer,
            latest: errors.last,
        };
        for (month, steps) in at_end.steps(horizon) {
            let target = NewsTarget::of(errors, month.ahead);
            let (own, rest) = month.without_own(&target);
            let of_others: f64 = month.weights.iter().zip(&rest).map(|(w, e)| w * e).sum();
            let error = of_others + own * target.own_latest;
            let gain = month.gain(&target.errors, &rest, at_end.gain);
            for k in steps {
                let stays = self.persistence[k + 1 - month.ahead] * errors.deviation(month.ahead);
                news.shift[k] = stays * error;
                news.known_variance[k] = stays.powi(2) * gain;
            }
            news.latest = errors.last.forward(month.ahead);
        }
        Some(news)
    }

    /// Return the parts of news by source and month, the largest first.
    pub(super) fn parts(&self, news: &SeriesNews) -> Vec<NewsPart> {
        let (errors, horizon) = (&news.errors, news.shift.len());
        let mut by_source: BTreeMap<(&str, Month), Vec<f64>> = BTreeMap::new();
        let steps = self.by_end.get(&errors.last).map(|end| end.steps(horizon));
        for (month, steps) in steps.into_iter().flatten() {
            let target = NewsTarget::of(errors, month.ahead);
            let (own, rest) = month.without_own(&target);
            let columns = &month.columns;
            let of_others = month.regression.coefficients(&rest);
            let of_others = columns.sources.iter().zip(&of_others).zip(&columns.row);
            let of_others = of_others.map(|(((place, at), c), e)| (&*self.ids[*place], *at, c * e));
            let of_own = (&*news.id, errors.last, own * target.own_latest);
            for (source, at, error) in of_others.chain([of_own]) {
                let part = by_source
                    .entry((source, at))
                    .or_insert_with(|| vec![0.0; horizon]);
                for k in steps.clone() {
                    let stays = self.persistence[k + 1 - month.ahead];
                    part[k] += stays * errors.deviation(month.ahead) * error;
                }
            }
        }
        let of_source = |((source, month), shift): ((&str, Month), Vec<f64>)| NewsPart {
            source: source.into(),
            month,
            shift,
        };
        let mut parts: Vec<NewsPart> = by_source.into_iter().map(of_source).collect();
        let size = |part: &NewsPart| part.shift.iter().map(|v| v.abs()).sum::<f64>();
        parts.sort_by(|a, b| size(b).total_cmp(&size(a)));
        parts
    }
}

impl NewsAtEnd {
    /// Regress the series that end in `last` on those that are ahead; `None` where this would not
    /// have helped.
    fn of(last: Month, latest: Month, errors: &BTreeMap<usize, ScaledErrors>) -> Option<Self> {
        let behind = errors.values().filter(|e| e.last == last);
        let sample: Vec<Vec<f64>> = behind.map(|e| e.until(1, last, WINDOW)).collect();
        let mut penalty = None;
        let mut best = 0.0;
        let mut months = Vec::new();
        for ahead in 1..=latest.count_from(last.plus(1)) {
            let Some((columns, values)) = NewsColumns::of(last, ahead, errors) else {
                continue;
            };
            let kernel = kernel(&values);
            if penalty.is_none() {
                let (chosen, gain) = choose_penalty(&values, &kernel, &sample)?;
                penalty = Some(chosen);
                best = gain;
            }
            let regression = DualRidge::fit(values, &kernel, penalty?).ok()?;
            months.push(NewsOfMonth {
                ahead,
                weights: regression.weights(columns.row.view()),
                regression,
                columns,
            });
        }
        (!months.is_empty()).then_some(Self { months, gain: best })
    }

    /// Return the regression of each step, those after the last month ahead with it.
    fn steps(&self, horizon: usize) -> impl Iterator<Item = (&NewsOfMonth, Range<usize>)> {
        let first = move |month: &NewsOfMonth| (month.ahead - 1).min(horizon);
        let next = self.months.iter().skip(1).map(first).chain([horizon]);
        let months = self.months.iter().zip(next);
        months.map(move |(month, next)| (month, first(month)..next))
    }
}

impl NewsOfMonth {
    /// Return the coefficient of a target's own latest errors, and what they leave of it.
    fn without_own(&self, target: &NewsTarget) -> (f64, Vec<f64>) {
        let own = self.regression.own_coefficient(&target.errors, &target.own);
        let rest = target.errors.iter().zip(&target.own);
        let left = |(e, latest): (&f64, &f64)| if *e == 0.0 { 0.0 } else { e - own * latest };
        (own, rest.map(left).collect())
    }

    /// Return the share of the squared errors of a target that would have been explained, shrunken
    /// towards that of all. `rest` is what its own latest errors leave of it: their coefficient is
    /// that of the whole window, so that its part is in sample, that of the others out of sample.
    fn gain(&self, target: &[f64], rest: &[f64], of_all: f64) -> f64 {
        let (_, after) = squares(&self.regression, rest);
        let before = target[target.len() - scored(target.len())..]
            .iter()
            .map(|v| v * v)
            .sum::<f64>();
        let unit = before / scored(target.len()).max(1) as f64;
        if before <= 0.0 {
            return 0.0;
        }
        let gain = (before - after + GAIN_PRIOR * unit * of_all) / (before + GAIN_PRIOR * unit);
        gain.clamp(0.0, 0.9)
    }
}

impl NewsColumns {
    /// Return the columns for the errors of `ahead` months after `last`, and their values, one row
    /// a month: of each series that is ahead the errors of its newest month up to then, and of each
    /// that has `last` those of the origin. `None` where no series has the month.
    fn of(
        last: Month,
        ahead: usize,
        errors: &BTreeMap<usize, ScaledErrors>,
    ) -> Option<(Self, Array2<f64>)> {
        let mut columns = Self::default();
        let (mut values, mut row) = (Vec::new(), Vec::new());
        // The errors of a series up to a month, the lead so far ahead of the origin.
        let mut push = |place: &usize, of: &ScaledErrors, lead: usize, at: Month| {
            let error = of.at(lead, at)?;
            let column = of.until(lead, at.back(ahead), WINDOW);
            let known = column.iter().filter(|e| **e != 0.0).count();
            let size = (column.iter().map(|e| e * e).sum::<f64>() / known.max(1) as f64).sqrt();
            if known < ENOUGH || size < 0.1 {
                return None;
            }
            columns.sources.push((*place, at));
            values.extend(column.iter().map(|e| e / size));
            row.push(error / size);
            Some(())
        };
        let (mut newer, mut reaches) = (0, false);
        for (place, of) in errors {
            let lead = usize::try_from(of.last.since(last)).map_or(0, |lead| lead.min(ahead));
            if lead > 0 && push(place, of, lead, last.forward(lead)).is_some() {
                newer += 1;
                reaches |= lead == ahead;
            }
        }
        for (place, of) in errors {
            push(place, of, 1, last);
        }
        let all = row.len();
        // Each kind has its weight in the kernel, whatever its number.
        let shares = [(newer, 1.0), (all - newer, LATEST_WEIGHT)];
        let scales = shares.map(|(count, weight)| (weight * all as f64 / count as f64).sqrt());
        let scale = |k: usize| scales[usize::from(k >= newer)];
        row.iter_mut().enumerate().for_each(|(k, v)| *v *= scale(k));
        let values = Array2::from_shape_vec((all, WINDOW), values).ok()?;
        let mut values = values.t().as_standard_layout().to_owned();
        for (k, mut column) in values.columns_mut().into_iter().enumerate() {
            column *= scale(k);
        }
        columns.newer = newer;
        columns.row = Array1::from(row);
        reaches.then_some((columns, values))
    }
}

/// Return the places of at most [`SAMPLE`] series that end in each month: those whose ids have the
/// smallest hashes.
fn sample_of_each_end(current: Vec<usize>, ids: &[&str], ends: &[Month]) -> Vec<usize> {
    let mut by_end: BTreeMap<Month, Vec<(u64, usize)>> = BTreeMap::new();
    for k in current {
        let of_end = by_end.entry(ends[k]).or_default();
        of_end.push((stable_hash(ids[k].as_bytes()), k));
    }
    let mut needed: Vec<usize> = Vec::new();
    for mut of_end in by_end.into_values() {
        if of_end.len() > SAMPLE {
            of_end.select_nth_unstable(SAMPLE);
            of_end.truncate(SAMPLE);
        }
        needed.extend(of_end.into_iter().map(|(_, k)| k));
    }
    needed.sort_unstable();
    needed
}

/// Return the penalty with the smallest sequential errors over all `sample`, and the share of the
/// squared errors that it explains; `None` where none explains any.
fn choose_penalty(
    columns: &Array2<f64>,
    kernel: &Array2<f64>,
    sample: &[Vec<f64>],
) -> Option<(f64, f64)> {
    let mut best: Option<(f64, f64)> = None;
    for penalty in PENALTIES {
        let Ok(regression) = DualRidge::fit(columns.clone(), kernel, penalty) else {
            continue;
        };
        let of_targets = sample.iter().map(|target| squares(&regression, target));
        let (before, after) = of_targets.fold((0.0, 0.0), |(a, b), (x, y)| (a + x, b + y));
        let gain = 1.0 - after / before.max(1e-12);
        if gain > best.map_or(LEAST_GAIN, |(_, gain)| gain) {
            best = Some((penalty, gain));
        }
    }
    best
}

/// Return the number of months of a window on which a regression is scored.
fn scored(months: usize) -> usize {
    months - (LEARNING * months as f64) as usize
}

/// Return the sum of squares of a target over the scored months, and that of its sequential
/// errors.
fn squares(regression: &DualRidge, target: &[f64]) -> (f64, f64) {
    let from = target.len() - scored(target.len());
    let sum = |values: &[f64]| values[from..].iter().map(|v| v * v).sum::<f64>();
    let known: Vec<f64> = regression
        .sequential_errors(target)
        .iter()
        .zip(target)
        .map(|(error, y)| if *y == 0.0 { 0.0 } else { *error })
        .collect();
    (sum(target), sum(&known))
}

/// Return how much of an error of a step stays in the combination's error so many months later. In
/// its own month all of it does, since the regression has shrunken it. For later months it is the
/// regression, over the rolling origins of all series, of the error at step `j + m` on the simple
/// forecast's error at step `j`, shrunken towards a default.
fn persistence<'a>(
    errors: &BTreeMap<usize, ScaledErrors>,
    horizon: usize,
    at_origins: impl Fn(usize) -> &'a [OriginErrors],
) -> Vec<f64> {
    let mut sums = vec![(PERSISTENCE_PRIOR * PERSISTENCE, PERSISTENCE_PRIOR); horizon];
    for (place, of_series) in errors {
        for origin in at_origins(*place).iter().filter(|origin| origin.same_scale) {
            let last = of_series.last.back(origin.back);
            for j in 1..=MOST_BEHIND.min(origin.error.len()) {
                let Some(step) = of_series.at(j, last.forward(j)) else {
                    continue;
                };
                for (m, error) in origin.error[j - 1..].iter().enumerate() {
                    let scaled = error / of_series.deviation(j);
                    if !error.is_nan() {
                        sums[m].0 += scaled.clamp(-2.0 * WILD, 2.0 * WILD) * step;
                        sums[m].1 += step * step;
                    }
                }
            }
        }
    }
    let later = sums.iter().skip(1).map(|(cross, square)| cross / square);
    let all = [1.0].into_iter().chain(later.map(|v| v.clamp(0.0, 1.0)));
    all.take(horizon).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::projection::{FittedForecast, ForecastNote, Method, NewsOfOthers, PanelModel};
    use crate::trade::Series;
    use std::sync::Arc;

    const MONTHS: usize = 132;

    fn noise(k: usize, t: usize) -> f64 {
        let mixed = crate::trade::stable_hash(format!("{k} {t}").as_bytes());
        (mixed % 10_000) as f64 / 5_000.0 - 1.0
    }

    /// Return series whose steps are `common` parts of one walk and the rest of their own.
    fn panel(count: usize, common: f64) -> Vec<Vec<f64>> {
        let own = (1.0 - common * common).sqrt();
        let walk = |k: usize| {
            let step = |t: usize| 0.06 * (common * noise(999, t) + own * noise(k, t));
            let mut level = 7.0;
            (0..MONTHS)
                .map(|t| {
                    level += step(t);
                    f64::exp(level)
                })
                .collect()
        };
        (0..count).map(walk).collect()
    }

    /// Forecast series 0, which ends `behind` months before the others.
    fn forecast<T>(
        values: &[Vec<f64>],
        behind: usize,
        news: NewsOfOthers,
        read: impl Fn(FittedForecast<'_>) -> T,
    ) -> T {
        let ids: Vec<String> = (0..values.len()).map(|k| format!("s{k}")).collect();
        let first = Month::january(2010);
        let cut = |k: usize| &values[k][..MONTHS - if k == 0 { behind } else { 0 }];
        let series = |k: usize| Series::new(&ids[k], first, cut(k), false);
        let panel: Vec<Series<'_>> = (0..values.len()).map(series).collect();
        let model = PanelModel::fit_with_news(&panel, Method::Auto, 6, Arc::default(), news);
        read(FittedForecast::new(&panel[0], &model).unwrap())
    }

    #[test]
    fn newer_months_of_a_common_walk_cut_the_error_and_the_width() {
        let values = panel(25, 0.95);
        let of = |news| {
            forecast(&values, 2, news, |fitted| {
                let actual = &values[0][MONTHS - 2..];
                let error = |k: usize| (fitted.point()[k] / actual[k]).ln().abs();
                let (low, high) = fitted.interval(0.8)[1];
                (error(0) + error(1), (high / low).ln())
            })
        };
        let (alone, with) = (of(NewsOfOthers::Ignored), of(NewsOfOthers::Used));
        assert!(with.0 < 0.6 * alone.0, "{with:?} {alone:?}");
        assert!(with.1 < 0.9 * alone.1, "{with:?} {alone:?}");
    }

    #[test]
    fn series_that_share_nothing_move_nothing_much() {
        let values = panel(25, 0.0);
        let point = |news| forecast(&values, 2, news, |fitted| fitted.point().to_vec());
        let (alone, with) = (point(NewsOfOthers::Ignored), point(NewsOfOthers::Used));
        for (a, w) in alone.iter().zip(&with) {
            assert!((w / a).ln().abs() < 0.01, "{alone:?} {with:?}");
        }
    }

    #[test]
    fn without_a_ragged_edge_nothing_changes_to_the_bit() {
        let values = panel(12, 0.9);
        let read = |news| {
            forecast(&values, 0, news, |fitted| {
                (
                    fitted.point().to_vec(),
                    fitted.interval(0.95),
                    fitted.notes().to_vec(),
                )
            })
        };
        assert_eq!(read(NewsOfOthers::Used), read(NewsOfOthers::Ignored));
    }

    #[test]
    fn a_series_that_ended_long_ago_has_no_news() {
        let values = panel(12, 0.9);
        let point = |behind, news| forecast(&values, behind, news, |f| f.point().to_vec());
        let long_ago = MOST_BEHIND + 1;
        assert_eq!(
            point(long_ago, NewsOfOthers::Used),
            point(long_ago, NewsOfOthers::Ignored)
        );
        assert_ne!(
            point(MOST_BEHIND, NewsOfOthers::Used),
            point(MOST_BEHIND, NewsOfOthers::Ignored)
        );
    }

    #[test]
    fn a_forecast_of_one_member_is_its_own() {
        let values = panel(12, 0.9);
        let ids: Vec<String> = (0..12).map(|k| format!("s{k}")).collect();
        let cut = |k: usize| &values[k][..MONTHS - if k == 0 { 2 } else { 0 }];
        let series = |k: usize| Series::new(&ids[k], Month::january(2010), cut(k), false);
        let panel: Vec<Series<'_>> = (0..12).map(series).collect();
        let theta = Method::Only(crate::projection::Member::Theta);
        let model = PanelModel::fit(&panel, theta, 6);
        assert!(
            model
                .news_of("s0", &model.prepare(&panel[0]).unwrap(), None)
                .is_none()
        );
    }

    #[test]
    fn the_note_and_the_parts_say_what_moved_it() {
        let values = panel(25, 0.95);
        forecast(&values, 2, NewsOfOthers::Used, |fitted| {
            let note = fitted.notes().iter().find_map(|note| match note {
                ForecastNote::NewerMonths { series, latest, .. } => Some((*series, *latest)),
                _ => None,
            });
            let latest = Month::january(2010).forward(MONTHS - 1);
            assert_eq!(note, Some((24, latest)));
            let parts = fitted.news_parts();
            // Two newer months of 24 others, and the latest month of all 25.
            assert_eq!(parts.len(), 24 * 2 + 25);
            let explained = fitted.explain();
            for month in &explained.steps {
                let sum: f64 = month.by_driver().iter().map(|(_, amount)| amount).sum();
                let change = month.value - month.reference;
                assert!((sum - change).abs() < 1e-6 * month.value, "{sum} {change}");
            }
        });
    }
}
