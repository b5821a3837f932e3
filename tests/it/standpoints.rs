//! Standpoints within years of monthly series whose end is known: what would have been published of
//! one of them, or of a group of partners, makes an outlook, and the year's growth is compared with
//! what came.

use polars::prelude::{DataType, LazyFrame, PlRefPath, ScanArgsParquet, col};
use rayon::prelude::*;
use std::collections::BTreeMap;
use tradecast::projection::{Disaggregation, DonorPrior, DonorSeries, LeafSystem, SignedSum};
use tradecast::trade::release::FigureMeasure;
use tradecast::trade::{Currency, Month, Release, Series, SeriesKey, Span};

/// Months known at the standpoints of a year.
pub(crate) const MONTHS_KNOWN: [u8; 4] = [2, 5, 8, 11];
/// Years before the one under way whose levels are known.
const YEARS_KNOWN: i32 = 4;
/// Other series of the panel that serve as donors of each.
const DONORS: usize = 20;
/// Partners of a group.
const MEMBERS: usize = 5;

/// A monthly series of a panel.
#[derive(Debug)]
pub(crate) struct PanelSeries {
    /// Name.
    pub(crate) name: String,
    /// Partner: the world, or one country.
    partner: &'static str,
    /// First month.
    pub(crate) first: Month,
    /// Values without gaps.
    pub(crate) values: Vec<f64>,
}

impl PanelSeries {
    fn series(&self) -> Series<'_> {
        Series::new(&self.name, self.first, &self.values, false)
    }
}

/// What an outlook said at a standpoint, and what came; growth of the year as fractions.
#[derive(Debug, Clone)]
pub(crate) struct Standpoint {
    /// Series; of a group the first one.
    pub(crate) series: usize,
    /// Year under way.
    pub(crate) year: i32,
    /// Months known.
    pub(crate) known: u8,
    /// Median.
    pub(crate) median: f64,
    /// Bounds of the 80 and of the 95 % interval.
    pub(crate) bounds: [(f64, f64); 2],
    /// What came.
    pub(crate) came: f64,
    /// The rest repeats the year before.
    pub(crate) flat: f64,
    /// The growth so far goes on.
    pub(crate) same: f64,
}

/// Read a panel: columns `period` (YYYY-MM), `value` in units of `scale` dollars, and `series_id`
/// (flows with the world), or `reporter`, `partner` and `flow`.
pub(crate) fn read(path: &str, scale: f64) -> Vec<PanelSeries> {
    let frame = LazyFrame::scan_parquet(PlRefPath::new(path), ScanArgsParquet::default())
        .unwrap()
        .with_column(col("value").cast(DataType::Float64))
        .collect()
        .unwrap();
    let text = |name: &str| frame.column(name).unwrap().str().unwrap().clone();
    let (partner, parts) = match frame.column("series_id") {
        Ok(_) => ("WLD", vec![text("series_id")]),
        Err(_) => ("BBB", ["reporter", "partner", "flow"].map(text).to_vec()),
    };
    let periods = text("period");
    let values = frame.column("value").unwrap().f64().unwrap();
    let mut by_name: BTreeMap<String, BTreeMap<Month, f64>> = BTreeMap::new();
    for row in 0..frame.height() {
        let Some(value) = values.get(row) else {
            continue;
        };
        let name: Vec<&str> = parts.iter().filter_map(|part| part.get(row)).collect();
        let month = Month::parse(periods.get(row).unwrap()).unwrap();
        let months = by_name.entry(name.join(".")).or_default();
        months.insert(month, scale * value);
    }
    let series = |(name, months): (String, BTreeMap<Month, f64>)| {
        let first = *months.keys().next().unwrap();
        let last = *months.keys().next_back().unwrap();
        assert_eq!(last.count_from(first), months.len(), "{name} has a gap");
        PanelSeries {
            name,
            partner,
            first,
            values: months.into_values().collect(),
        }
    };
    by_name.into_iter().map(series).collect()
}

/// Return a figure as published.
pub(crate) fn release(
    key: &SeriesKey,
    span: Span,
    measure: FigureMeasure,
    value: f64,
    rounding: f64,
) -> Release {
    Release {
        key: key.clone(),
        span,
        measure,
        value,
        rounding,
        released_on: None,
        known_since: None,
        status: "published".to_owned(),
        source: String::new(),
    }
}

/// What is published of a flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Published {
    /// Four years, the year to date, and its growth to a tenth of a percent.
    Spans,
    /// The same, and each month of the year before and of the year to date.
    Tables,
}

/// Return what would have been published at the end of month `known` of `year`.
fn figures(
    series: &Series<'_>,
    key: &SeriesKey,
    (year, known): (i32, u8),
    published: Published,
) -> Option<Vec<Release>> {
    let to_date = Span::year_to_date(Month::new(year, known)?);
    let mut releases = Vec::new();
    let mut level = |span: Span| {
        let sum = series.sum(span).filter(|sum| *sum > 0.0)?;
        releases.push(release(key, span, FigureMeasure::Level, sum, 5e-7 * sum));
        Some(sum)
    };
    for before in 1..=YEARS_KNOWN {
        level(Span::year(year - before))?;
    }
    if published == Published::Tables {
        for month in Span::year(year - 1).iter().chain(to_date.iter()) {
            level(Span::month(month))?;
        }
    }
    let now = level(to_date)?;
    let base = series.sum(to_date.year_before()).filter(|sum| *sum > 0.0)?;
    let growth = (1000.0 * (now / base - 1.0)).round() / 1000.0;
    releases.push(release(key, to_date, FigureMeasure::Growth, growth, 0.0005));
    Some(releases)
}

/// Return what others of the panel say of series `k`: up to the December before, as in an outlook.
fn donor_prior(panel: &[PanelSeries], k: usize, (year, known): (i32, u8)) -> DonorPrior {
    let until = if known < 3 { year - 2 } else { year - 1 };
    let until = Month::january(until).plus(11);
    let donors: Vec<DonorSeries<'_>> = (1..=DONORS)
        .map(|d| &panel[(k + d * (panel.len() / DONORS).max(1) + 1) % panel.len()])
        .filter(|other| other.name != panel[k].name && other.first <= until)
        .map(|other| DonorSeries {
            series: other.series().until(until),
            weight: 1.0,
            size: other.series().sum(Span::trailing_year(until)),
        })
        .collect();
    DonorPrior::of(&donors)
}

/// Return the years of ten of a series, each with the months known.
fn ten_years(series: &PanelSeries) -> impl Iterator<Item = (i32, u8)> + use<> {
    let last = series.series().last();
    let last = last.year() - i32::from(last.of_year() < 12);
    (last - 9..=last).flat_map(|year| MONTHS_KNOWN.map(|known| (year, known)))
}

/// Return the standpoints of ten years of every `every`th series.
pub(crate) fn standpoints(
    panel: &[PanelSeries],
    every: usize,
    published: Published,
) -> Vec<Standpoint> {
    let cases: Vec<(usize, (i32, u8))> = (0..panel.len())
        .step_by(every)
        .flat_map(|k| ten_years(&panel[k]).map(move |at| (k, at)))
        .collect();
    let of = |(k, at): &(usize, (i32, u8))| standpoint(panel, &[*k], *at, published);
    cases.par_iter().filter_map(of).collect()
}

/// Return the standpoints of ten years of every `every`th of groups of five partners, both flows of
/// each; groups have no partner twice.
pub(crate) fn group_standpoints(panel: &[PanelSeries], every: usize) -> Vec<Standpoint> {
    let partner = |k: usize| panel[k].name.rsplit_once('.').map(|(partner, _)| partner);
    let both: Vec<usize> = (1..panel.len())
        .filter(|k| partner(*k) == partner(k - 1))
        .collect();
    let groups = both.len() / MEMBERS;
    let cases: Vec<(Vec<usize>, (i32, u8))> = (0..groups)
        .step_by(every)
        .flat_map(|group| {
            let members = (0..MEMBERS).map(|member| both[group + member * groups]);
            let series: Vec<usize> = members.flat_map(|k| [k - 1, k]).collect();
            ten_years(&panel[series[0]]).map(move |at| (series.clone(), at))
        })
        .collect();
    let of =
        |(series, at): &(Vec<usize>, (i32, u8))| standpoint(panel, series, *at, Published::Tables);
    cases.par_iter().filter_map(of).collect()
}

/// Return the outlook of the sum of series as of a month of a year.
fn standpoint(
    panel: &[PanelSeries],
    series: &[usize],
    at: (i32, u8),
    published: Published,
) -> Option<Standpoint> {
    let (year, known) = at;
    let leaves: Vec<SeriesKey> = series
        .iter()
        .enumerate()
        .map(|(leaf, k)| {
            let letter = char::from(b'A' + u8::try_from(leaf).unwrap());
            let partner = panel[*k].partner;
            SeriesKey::parse(&format!("AA{letter}.{partner}.X.TOTAL.USD")).unwrap()
        })
        .collect();
    let releases: Option<Vec<Vec<Release>>> = series
        .iter()
        .zip(&leaves)
        .map(|(k, key)| figures(&panel[*k].series(), key, at, published))
        .collect();
    let releases = releases?;
    let releases: Vec<&Release> = releases.iter().flatten().collect();
    let priors: Vec<DonorPrior> = series.iter().map(|k| donor_prior(panel, *k, at)).collect();
    let mut nodes: Vec<SignedSum> = leaves
        .iter()
        .enumerate()
        .map(|(leaf, key)| SignedSum {
            key: key.clone(),
            leaves: vec![(leaf, 1.0)],
        })
        .collect();
    if leaves.len() > 1 {
        let sum = SignedSum {
            key: SeriesKey::parse("ZZZ.CCC.X.TOTAL.USD").unwrap(),
            leaves: (0..leaves.len()).map(|leaf| (leaf, 1.0)).collect(),
        };
        nodes.insert(0, sum);
    }
    let disaggregation = Disaggregation {
        system: &LeafSystem { leaves, nodes },
        releases: &releases,
        donor_priors: &priors,
        window: Span::new(Month::january(year - YEARS_KNOWN), 60)?,
        rate: &|from: Currency, _: Month| (from == Currency::USD).then_some(1.0),
    };
    let drawn = disaggregation.draw(200, 1).ok()?;
    let sum =
        |span: Span| -> Option<f64> { series.iter().map(|k| panel[*k].series().sum(span)).sum() };
    let base = sum(Span::year(year - 1))?;
    let mut growth: Vec<f64> = drawn
        .draws
        .paths(0)
        .map(|p| p[48..].iter().sum::<f64>() / base - 1.0)
        .collect();
    growth.sort_by(f64::total_cmp);
    // Draws lie in the middles of 200 equal shares of probability.
    let between = |rank: usize| 0.5 * (growth[rank] + growth[rank + 1]);
    let to_date = Span::year_to_date(Month::new(year, known)?);
    let (now, then) = (sum(to_date)?, sum(to_date.year_before())?);
    Some(Standpoint {
        series: series[0],
        year,
        known,
        median: between(99),
        bounds: [(19, 179), (4, 194)].map(|(low, high)| (between(low), between(high))),
        came: sum(Span::year(year))? / base - 1.0,
        flat: (now + base - then) / base - 1.0,
        same: now / then - 1.0,
    })
}

/// Scores of the standpoints of one class.
#[derive(Debug)]
pub(crate) struct Score {
    /// Class: all, months known, or roughness of the series.
    pub(crate) class: String,
    /// Number of standpoints.
    pub(crate) count: usize,
    /// Share of outcomes within the 80 and the 95 % interval.
    pub(crate) coverage: [f64; 2],
    /// Mean absolute error of the year's growth in percentage points: outlook, growth goes on, rest
    /// as the year before.
    pub(crate) error: [f64; 3],
    /// Interval score of the 80 and of the 95 % interval, relative to that of the better naive
    /// forecast with intervals as wide as the same coverage takes.
    pub(crate) interval_score: [f64; 2],
}

/// The last years of the panel are scored apart.
const LAST_YEARS: i32 = 4;
const LEVELS: [f64; 2] = [0.8, 0.95];
/// Growth above this, a fraction, counts as this: single flows that start anew would decide means.
const MOST: f64 = 3.0;

/// Return the scores: of all, of the last years, by months known, and by roughness (thirds of the
/// panel).
pub(crate) fn scores(panel: &[PanelSeries], standpoints: &[Standpoint]) -> Vec<Score> {
    let roughness: Vec<f64> = panel
        .iter()
        .map(|series| {
            let steps = series
                .values
                .windows(2)
                .filter(|pair| pair[0] > 0.0 && pair[1] > 0.0);
            let steps: Vec<f64> = steps.map(|pair| (pair[1] / pair[0]).ln().abs()).collect();
            steps.iter().sum::<f64>() / steps.len().max(1) as f64
        })
        .collect();
    let mut sorted = roughness.clone();
    sorted.sort_by(f64::total_cmp);
    let third = |of: f64| sorted.iter().filter(|r| **r < of).count() * 3 / sorted.len();
    let mut classes = vec![("all".to_owned(), standpoints.to_vec())];
    // Numbers of the method were chosen on the years before.
    let last = standpoints.iter().map(|point| point.year).max();
    let from = last.unwrap_or_default() + 1 - LAST_YEARS;
    let of = standpoints.iter().filter(|p| p.year >= from).cloned();
    classes.push((format!("last {LAST_YEARS} years"), of.collect()));
    for known in MONTHS_KNOWN {
        let of = standpoints.iter().filter(|p| p.known == known).cloned();
        classes.push((format!("{known} months known"), of.collect()));
    }
    for (place, word) in ["smooth", "medium", "rough"].into_iter().enumerate() {
        let of = standpoints
            .iter()
            .filter(|p| third(roughness[p.series]) == place)
            .cloned();
        classes.push((format!("{word} series"), of.collect()));
    }
    classes
        .into_iter()
        .map(|(class, of)| score(class, &of))
        .collect()
}

fn score(class: String, points: &[Standpoint]) -> Score {
    let count = points.len().max(1);
    let mean = |of: &dyn Fn(&Standpoint) -> f64| points.iter().map(of).sum::<f64>() / count as f64;
    let error =
        |of: fn(&Standpoint) -> f64| 100.0 * mean(&|p| (of(p).min(MOST) - p.came.min(MOST)).abs());
    let coverage = [0, 1].map(|k| {
        mean(&|p| f64::from(u8::from(p.bounds[k].0 <= p.came && p.came <= p.bounds[k].1)))
    });
    // Winkler's score of an interval.
    let winkler = |(lower, upper): (f64, f64), came: f64, level: f64| {
        let miss = (lower - came).max(0.0) + (came - upper).max(0.0);
        upper - lower + 2.0 / (1.0 - level) * miss
    };
    let interval_score = [0, 1].map(|k| {
        let own = mean(&|p| {
            let (lower, upper) = p.bounds[k];
            winkler(
                (lower.min(MOST), upper.min(MOST)),
                p.came.min(MOST),
                LEVELS[k],
            )
        });
        let naive = |of: fn(&Standpoint) -> f64| {
            // One width for each number of months known, in logarithms.
            let mut all = 0.0;
            for known in MONTHS_KNOWN {
                let of_months: Vec<&Standpoint> =
                    points.iter().filter(|p| p.known == known).collect();
                let off = |p: &&Standpoint| (p.came.ln_1p() - of(p).ln_1p()).abs();
                let mut errors: Vec<f64> = of_months.iter().map(off).collect();
                errors.sort_by(f64::total_cmp);
                let Some(last) = errors.len().checked_sub(1) else {
                    continue;
                };
                let width = errors[(last as f64 * coverage[k]).round() as usize];
                for p in of_months {
                    let middle = of(p).ln_1p();
                    let bounds = [middle - width, middle + width].map(|b| b.exp_m1().min(MOST));
                    all += winkler((bounds[0], bounds[1]), p.came.min(MOST), LEVELS[k]);
                }
            }
            all / count as f64
        };
        own / naive(|p| p.same).min(naive(|p| p.flat))
    });
    Score {
        class,
        count: points.len(),
        coverage,
        error: [error(|p| p.median), error(|p| p.same), error(|p| p.flat)],
        interval_score,
    }
}

/// Write scores as a table.
pub(crate) fn table(scores: &[Score]) -> String {
    let mut text = format!(
        "{:18} {:>6}  {:>11}  {:>20}  {:>5}  {:>14}\n",
        "", "points", "coverage", "error: own same flat", "ratio", "interval score"
    );
    for of in scores {
        let [own, same, flat] = of.error;
        text += &format!(
            "{:18} {:6}  {:.3} {:.3}  {own:6.2} {same:6.2} {flat:6.2}  {:5.3}  {:7.3}{:7.3}\n",
            of.class,
            of.count,
            of.coverage[0],
            of.coverage[1],
            own / same,
            of.interval_score[0],
            of.interval_score[1],
        );
    }
    text
}
