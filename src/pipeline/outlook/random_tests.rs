//! Outlooks of invented pairs: what holds of any figures, whatever they say.

use super::plan::OutlookPlan;
use super::request::OutlookRequest;
use super::result::Outlook;
use crate::catalog::{Catalog, Snapshot, Vintage};
use crate::growth::{GrowthMeasure, SeriesDraws};
use crate::ingest::TidyFigures;
use crate::pipeline::SplitBy;
use crate::pipeline::engine::Engine;
use crate::trade::month::parse_date;
use crate::trade::release::{FigureMeasure, Release};
use crate::trade::{Code, Month, SeriesKey, Span};
use proptest::prelude::*;
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;
use time::Date;

/// The year under way.
const YEAR: i32 = 2025;
/// The most that contributions from published figures miss growth by, percentage points.
const ROUNDING: f64 = 0.2;

/// What is published of a pair.
#[derive(Debug, Clone)]
struct Case {
    /// The seed of levels and of which figures are left out.
    seed: u64,
    /// Whether the partner is a group of five with figures of each.
    group: bool,
    /// The last month of the year under way that has a table.
    last: u8,
    /// How likely a table prints the month, the cumulative, and the growth of the cumulative.
    printed: [f64; 3],
    /// How far a month's first print lies off its last one, relative to that.
    revision: f64,
    /// How likely a figure is a tenth too large.
    wrong: f64,
}

fn case() -> impl Strategy<Value = Case> {
    let printed = [0.0..=1.0, 0.5..=1.0, 0.0..=1.0];
    let (revision, wrong) = (
        prop_oneof![Just(0.0), 0.0..0.02],
        prop_oneof![3 => Just(0.0), 1 => Just(0.05)],
    );
    let group = prop_oneof![5 => Just(false), 1 => Just(true)];
    (any::<u64>(), group, 1u8..=11, printed, revision, wrong).prop_map(
        |(seed, group, last, printed, revision, wrong)| Case {
            seed,
            group,
            last,
            printed,
            revision,
            wrong,
        },
    )
}

/// Return a day of a month.
fn day(month: Month, day: u8) -> Date {
    parse_date(&format!("{month}-{day:02}")).unwrap()
}

impl Case {
    fn end(&self) -> Month {
        Month::new(YEAR, self.last).unwrap()
    }

    /// Return the figures that came until `until`: two whole years, then a table a month.
    fn figures(&self, until: Date) -> TidyFigures {
        let mut rng = Pcg64Mcg::seed_from_u64(self.seed);
        let partners: &[&str] = match self.group {
            true => &["KAZ", "KGZ", "TJK", "TKM", "UZB"],
            false => &["BBB"],
        };
        let mut tidy = TidyFigures::default();
        let first = Month::january(YEAR - 4);
        for (partner, flow) in partners.iter().flat_map(|p| [(p, "X"), (p, "M")]) {
            let key = SeriesKey::parse(&format!("AAA.{partner}.{flow}.TOTAL.USD")).unwrap();
            let mut log = rng.random_range(17.0..23.0);
            let levels: Vec<f64> = (0..60)
                .map(|t| {
                    log += rng.random_range(-0.1..0.1);
                    f64::exp(log + 0.1 * f64::from(t % 12).sin() + rng.random_range(-0.1..0.1))
                })
                .collect();
            let sum = |span: Span| -> f64 {
                let from = span.first().index_from(first).unwrap();
                levels[from..from + span.iter().count()].iter().sum()
            };
            let mut print = |span: Span, measure, value: f64, rounding| {
                tidy.releases.push(Release {
                    key: key.clone(),
                    span,
                    measure,
                    value,
                    rounding,
                    released_on: Some(day(span.last().plus(1), 20)),
                    known_since: None,
                    status: "published".to_owned(),
                    source: String::new(),
                });
            };
            for year in [YEAR - 3, YEAR - 2] {
                let level = sum(Span::year(year));
                print(Span::year(year), FigureMeasure::Level, level, 0.5);
            }
            let tables = Span::between(Month::january(YEAR - 1), self.end()).unwrap();
            for month in tables.iter() {
                let to_date = Span::year_to_date(month);
                let off: [f64; 3] = std::array::from_fn(|_| {
                    if rng.random_bool(self.wrong) {
                        1.1
                    } else {
                        1.0
                    }
                });
                let revised = 1.0 + self.revision * rng.random_range(-1.0..1.0);
                let [of_month, of_sum, of_growth] = self.printed.map(|p| rng.random_bool(p));
                if of_month {
                    let value = (off[0] * revised * sum(Span::month(month))).round();
                    print(Span::month(month), FigureMeasure::Level, value, 0.5);
                }
                if of_sum || month == self.end() || month.of_year() == 12 {
                    let value = (off[1] * sum(to_date)).round();
                    print(to_date, FigureMeasure::Level, value, 0.5);
                }
                if of_growth {
                    let growth = off[2] * (sum(to_date) / sum(to_date.year_before()) - 1.0);
                    let growth = (1000.0 * growth).round() / 1000.0;
                    print(to_date, FigureMeasure::Growth, growth, 0.0005);
                }
            }
        }
        tidy.releases
            .retain(|release| release.released_on <= Some(until));
        tidy
    }

    /// Plan the outlook as of `day` on the figures that came until `until`.
    fn plan(&self, until: Date, day: Date) -> OutlookPlan {
        let code = |text| Code::parse(text).unwrap();
        let partner = code(if self.group { "CA5" } else { "BBB" });
        let vintage = Vintage::AsOf(day);
        let request = OutlookRequest::new(code("AAA"), partner, code("TOTAL"), vintage);
        let request = request.with_paths(100).unwrap();
        let snapshot = Snapshot::new(self.figures(until)).unwrap();
        let engine = Engine::new(Catalog::new(snapshot));
        OutlookPlan::new(&engine, engine.snapshot(), request).unwrap()
    }
}

/// Assert what any outlook says in agreement with itself.
fn assert_consistent(outlook: &Outlook) {
    let year = outlook.readings.iter().find_map(|(_, growth)| {
        let whole = growth.measure == GrowthMeasure::Year && growth.span == outlook.year;
        whole.then_some(growth.median)
    });
    let year = 100.0 * year.unwrap();
    assert!(outlook.projected.iter().any(|p| p.by == SplitBy::Flow));
    for by in [SplitBy::Flow, SplitBy::Partner] {
        let parts: Vec<f64> = outlook
            .projected
            .iter()
            .filter(|part| part.by == by)
            .map(|part| part.points)
            .collect();
        let off = parts.iter().sum::<f64>() - year;
        let near = off.abs() < 1e-6 * year.abs().max(1.0);
        assert!(parts.is_empty() || near, "{by}: {parts:?} of {year}");
        let parts: Vec<f64> = outlook
            .contributions
            .iter()
            .filter(|part| part.by == by)
            .map(|part| part.points)
            .collect();
        let growth = 100.0 * outlook.growth.unwrap_or(f64::NAN);
        let off = parts.iter().sum::<f64>() - growth;
        let near = off.abs() <= ROUNDING + 1e-9;
        assert!(parts.is_empty() || near, "{by}: {parts:?} of {growth}");
    }
    let growth = outlook.readings.iter();
    let growth = growth.map(|(_, of)| (of.median, &of.bands));
    let levels = outlook.levels.iter();
    let levels = levels.map(|of| (of.summary.median, &of.summary.bands));
    for (median, bands) in growth.chain(levels) {
        let bounds = [
            bands[1].lower,
            bands[0].lower,
            median,
            bands[0].upper,
            bands[1].upper,
        ];
        assert!(bounds.is_sorted(), "{bounds:?}");
        assert!(bounds.iter().all(|bound| bound.is_finite()), "{bounds:?}");
    }
    if let Some((share, flat)) = outlook.share_of_base_year.zip(outlook.flat_rest_growth) {
        let growth = outlook.growth.unwrap();
        assert!((flat - share * growth).abs() < 1e-9, "{flat}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: std::env::var("PROPTEST_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(16),
        ..ProptestConfig::default()
    })]

    #[test]
    fn an_outlook_of_any_figures_agrees_with_itself_and_knows_no_later_day(case in case()) {
        let now = day(case.end().plus(1), 21);
        let plan = case.plan(now, now);
        let prepared = plan.prepare();
        let outlook = prepared.run().unwrap();
        assert_consistent(&outlook);
        prop_assert_eq!(outlook.year, Span::year(YEAR));
        // The year is the known months and the rest, in every draw.
        let joint = prepared.draw().unwrap().joint;
        let sums = |span| SeriesDraws::new(&joint, 0).sums(span).unwrap();
        let rest = Span::between(outlook.known.last().plus(1), outlook.year.last()).unwrap();
        let (known, rest) = (sums(outlook.known), sums(rest));
        for ((known, rest), year) in known.iter().zip(&rest).zip(sums(outlook.year)) {
            prop_assert!((known + rest - year).abs() < 1e-9 * year);
            if case.wrong == 0.0 {
                let off = known / outlook.level - 1.0;
                prop_assert!(off.abs() < 0.01, "{} off {}", off, outlook.level);
            }
        }
        // As of an earlier day nothing of the later ones is known.
        let then = day(Month::new(YEAR - 1, 9).unwrap(), 20);
        let run = |until| case.plan(until, then).prepare().run().unwrap();
        let (whole, part) = (run(now), run(then));
        assert_consistent(&whole);
        prop_assert!(whole.known.last() <= outlook.known.last());
        prop_assert_eq!(whole, part);
    }
}
