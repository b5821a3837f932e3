//! Stores with rows that cannot be: as of a day, nothing later than it has any effect.
//!
//! `PROPTEST_CASES=10000 cargo test --lib wild_rows` tries as many random stores.

use super::*;
use crate::ingest::{Figure, FigureKind};
use crate::trade::{FigureMeasure, Month, SeriesKey, Span};
use time::Date;

/// A row: the year and the month of its period, its value, and the year and the month of its
/// release, on the 20th.
type WildRow = ((i32, u32), u32, (i32, u32));

/// A year that is plausible, or one that somebody mistyped.
fn year() -> impl Strategy<Value = i32> {
    prop_oneof![6 => 2020..2026, 1 => 1990..2027, 1 => 2030..3000]
}

fn row() -> impl Strategy<Value = WildRow> {
    ((year(), 1..13_u32), 1..1000_u32, (year(), 1..13_u32))
}

fn released((year, month): (i32, u32)) -> Date {
    parse_date(&format!("{year}-{month:02}-20")).unwrap()
}

/// Return a store of these batches, and its view as of `day`, bit by bit.
fn view_of(batches: &[Vec<WildRow>], day: Date) -> Vec<(Month, u64)> {
    let (_folder, store) = store();
    for batch in batches {
        // No reader lets such rows pass: they come from other programs.
        let mut figures = FigureBatch::new(Path::new("a.csv"));
        let key = figures.series(&SeriesKey::parse("USA.CHN.M.TOTAL.USD").unwrap());
        for (row, (period, value, release)) in (2..).zip(batch) {
            let month = Month::new(period.0, u8::try_from(period.1).unwrap()).unwrap();
            let figure = Figure {
                kind: FigureKind::Observation,
                measure: FigureMeasure::Level,
                span: Span::month(month),
                value: f64::from(*value) * 1e6,
                rounding: 5e5,
                unit: "USD mn",
                status: "published",
                released_on: Some(released(*release)),
                source: "Census",
            };
            figures.push(key, &figure, row);
        }
        if !figures.is_empty() {
            store.append(figures, None, None).unwrap();
        }
    }
    let snapshot = snapshot(&store, None);
    let found = snapshot.series("USA.CHN.M.TOTAL.USD", Vintage::AsOf(day));
    let Ok((_, series)) = found else {
        return Vec::new();
    };
    let months = (0..series.len()).map(|k| series.first().forward(k));
    let all = months.zip(series.values().iter().map(|value| value.to_bits()));
    all.filter(|(_, bits)| !f64::from_bits(*bits).is_nan())
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: std::env::var("PROPTEST_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(48),
        ..ProptestConfig::default()
    })]

    #[test]
    fn nothing_later_than_a_day_has_an_effect_as_of_it(
        mut batches in proptest::collection::vec(proptest::collection::vec(row(), 0..6), 1..4),
        day in (2019..2027_i32, 1..13_u32),
    ) {
        // A batch with two figures for one month is refused, and so is a figure that is released
        // more than a year before its month ends.
        for batch in &mut batches {
            let mut seen = BTreeSet::new();
            batch.retain(|((year, month), _, release)| {
                let last = Month::new(*year, *month as u8).unwrap().last_day();
                let is_early = last - released(*release) > time::Duration::days(366);
                !is_early && seen.insert((*year, *month))
            });
        }
        let day = released(day);
        let known: Vec<Vec<WildRow>> = batches
            .iter()
            .map(|batch| {
                let is_known = |((year, month), _, release): &&WildRow| {
                    released(*release) <= day
                        && Month::new(*year, *month as u8).unwrap() <= Month::of(day)
                };
                batch.iter().filter(is_known).copied().collect()
            })
            .collect();
        prop_assert_eq!(view_of(&batches, day), view_of(&known, day));
    }
}
