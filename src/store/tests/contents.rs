//! What a store shows does not depend on how its figures came in.

use super::*;

#[test]
fn the_first_source_names_a_series_however_files_lie() {
    // Names of files are random, so that some order differs among ten stores.
    for _ in 0..10 {
        let (_folder, store) = store();
        for (month, source) in [("2024-02", "first"), ("2024-01", "second")] {
            let row = format!("observation,USA,CHN,M,TOTAL,level,{month},1,USD,p,,{source}\n");
            store.append(text(&row), None, None).unwrap();
        }
        let source = |store: &Store| {
            snapshot(store, None)
                .source("USA.CHN.M.TOTAL.USD")
                .to_owned()
        };
        assert_eq!(source(&store), "first");
        store.compact().unwrap();
        assert_eq!(source(&store), "first");
    }
}

#[test]
fn a_folder_of_files_and_a_store_of_it_show_the_same() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("data");
    let (_folder, store) = store();
    for (file, is_rates) in crate::ingest::files_below(&data, &["csv"]).unwrap() {
        let figures = if is_rates {
            let mut rates = crate::ingest::ExchangeRates::default();
            crate::ingest::rates::read(&file, &mut rates).unwrap();
            FigureBatch::of_rates(&file, &rates).unwrap()
        } else {
            formats::read(&file, None, InvalidRows::Refuse)
                .unwrap()
                .1
                .figures
        };
        store.append(figures, None, None).unwrap();
    }
    let files = Snapshot::new(crate::ingest::read_folder(&data).unwrap()).unwrap();
    let stored = snapshot(&store, None);
    assert_eq!(files.rates(Vintage::Latest), stored.rates(Vintage::Latest));
    assert_eq!(
        files.keys().collect::<Vec<_>>(),
        stored.keys().collect::<Vec<_>>()
    );
    assert_eq!(files.keys().len(), 30);
    for day in ["", "1999-12-31", "2015-06-30", "2024-03-12"] {
        let vintage = parse_date(day).map_or(Vintage::Latest, Vintage::AsOf);
        for key in files.keys() {
            let (_, a) = files.series(&key.to_string(), vintage).unwrap();
            let (_, b) = stored.series(&key.to_string(), vintage).unwrap();
            let bits = |s: &crate::trade::Series<'_>| {
                s.values().iter().map(|v| v.to_bits()).collect::<Vec<_>>()
            };
            assert_eq!((a.len(), bits(&a)), (b.len(), bits(&b)), "{key} on {day}");
            assert!(a.is_empty() || a.first() == b.first());
            assert_eq!(
                files.source(&key.to_string()),
                stored.source(&key.to_string())
            );
            let releases = |s: &Snapshot| {
                s.releases(key, vintage)
                    .map(|r| (r.span, r.measure, r.value.to_bits(), r.source.clone()))
                    .collect::<std::collections::BTreeSet<_>>()
            };
            assert_eq!(releases(&files), releases(&stored), "{key} on {day}");
        }
    }
}

/// All that a snapshot shows, now and on some days.
fn shown(snapshot: &Snapshot) -> String {
    let mut text = format!(
        "{:?} {:?}",
        snapshot.rates(Vintage::Latest),
        snapshot.revisions()
    );
    for key in snapshot.keys() {
        let id = key.to_string();
        let _ = write!(text, "\n{id} from {}", snapshot.source(&id));
        for day in ["", "2024-08-10", "2024-08-20", "2024-09-15", "2024-12-01"] {
            let vintage = parse_date(day).map_or(Vintage::Latest, Vintage::AsOf);
            let (_, series) = snapshot.series(&id, vintage).unwrap();
            let bits: Vec<u64> = series.values().iter().map(|v| v.to_bits()).collect();
            let first = (!series.is_empty()).then(|| series.first());
            let _ = write!(text, "\n{day}: {first:?} {bits:?}");
        }
    }
    let _ = write!(text, "\n{:?}", snapshot.all_releases());
    text
}

/// A batch of figures: of each series (by number) and month of 2024 the value and the day of August
/// or September on which it was released, if stated.
type Batch = BTreeMap<(usize, u32), (u32, Option<u32>, bool)>;

fn batch(rows: &Batch) -> FigureBatch {
    let line = |((series, month), (value, day, is_release)): (&(usize, u32), &_)| {
        let (value, day, is_release): (u32, Option<u32>, bool) = (*value, *day, *is_release);
        let day = day.map_or_else(String::new, |d| {
            let day = parse_date("2024-08-01").unwrap();
            day.saturating_add(time::Duration::days(i64::from(d)))
                .to_string()
        });
        let (kind, period) = if is_release {
            // A quarter of its own for each of the eight months.
            let (years, quarter) = ((month - 1) / 4, (month - 1) % 4 + 1);
            ("release", format!("{}-Q{quarter}", 2023 + years))
        } else {
            ("observation", format!("2024-{month:02}"))
        };
        format!("{kind},USA,P{series},M,TOTAL,level,{period},{value},USD mn,p,{day},s{value}\n")
    };
    text(&rows.iter().map(line).collect::<String>())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    /// Who follows the store from commit to commit sees what one sees who reads it whole.
    #[test]
    fn what_is_read_since_a_version_makes_the_same_as_all(
        batches in proptest::collection::vec(
            (
                proptest::collection::btree_map(
                    (0..5_usize, 1..9_u32),
                    (1..4_u32, proptest::option::of(0..50_u32), proptest::bool::weighted(0.2)),
                    1..5,
                ),
                // A batch of one in eight brings a rate, too; after one in four the files are
                // merged; one in three is passed over by who follows.
                (0..8_u32, 0..4_u32, 0..3_u32),
            ),
            1..8,
        ),
    ) {
        let (folder, store) = store();
        let mut followed = snapshot(&store, None);
        let reader = Store::open(folder.path().to_str().unwrap()).unwrap();
        let mut is_rated = false;
        for (rows, (rated, merged, passed_over)) in &batches {
            // A batch that is refused changes nothing.
            if store.append(batch(rows), None, None).is_err() {
                continue;
            }
            if *rated == 0 {
                let mut rates = crate::ingest::ExchangeRates::default();
                let euro = Currency::parse("EUR").unwrap();
                let dollar = Currency::parse("USD").unwrap();
                let month = Month::new(2024, 1).unwrap();
                rates.insert(dollar, euro, month, f64::from(store.version() as u32));
                let rates = FigureBatch::of_rates(Path::new("r.csv"), &rates).unwrap();
                store.append(rates, None, None).unwrap();
                is_rated = true;
            }
            if *merged == 0 {
                store.compact().unwrap();
            }
            if *passed_over == 0 {
                continue;
            }
            let news = reader.read_since(followed.version()).unwrap();
            prop_assert_eq!(news.is_whole(), is_rated);
            followed = followed.after(news).unwrap();
            is_rated = false;
            let whole = snapshot(&store, None);
            prop_assert_eq!(followed.version(), whole.version());
            prop_assert_eq!(shown(&followed), shown(&whole));
        }
    }

    /// A month long before all others is in the table and not in the view, which has room for every
    /// month between.
    #[test]
    fn a_view_begins_behind_a_gap_too_long_for_a_series(years in 1..520_i32) {
        let (_folder, store) = store();
        let month = |year: i32| format!("{year}-01");
        let recent = figures(&[("2024-01", "100", ""), ("2024-02", "101", "")]);
        store.append(recent, None, None).unwrap();
        store.append(figures(&[(&month(2024 - years), "99", "2024-03-01")]), None, None).unwrap();
        let snapshot = snapshot(&store, None);
        let (_, series) = snapshot.series("USA.CHN.M.TOTAL.USD", Vintage::Latest).unwrap();
        let shown = series.values().iter().filter(|value| !value.is_nan()).count();
        // Between months 50 years apart are 599, between those 51 years apart 611.
        prop_assert_eq!(shown, if years <= 50 { 3 } else { 2 });
        prop_assert!(series.values().len() <= 602);
    }

    /// Misdated rows that are in a store already hide nothing, as of no day, and a correcting row
    /// heals the month whose day of release was mistyped.
    #[test]
    fn rows_dated_far_ahead_have_no_effect(
        wild in proptest::collection::vec((2100..3000_i32, 1..13_u32, any::<bool>()), 1..6),
        first in any::<bool>(),
        compact in any::<bool>(),
    ) {
        let (_folder, store) = store();
        let (_plain_folder, plain) = self::store();
        let good = || figures(&[
            ("2024-01", "100", "2024-03-01"),
            ("2024-02", "101", "2024-04-01"),
            ("2024-02", "102", "2024-05-01"),
            ("2024-04", "103", ""),
        ]);
        plain.append(good(), None, None).unwrap();
        if first {
            store.append(good(), None, None).unwrap();
        }
        for (year, month, is_release_alone) in &wild {
            let day = format!("{year}-{month:02}-20");
            let period = if *is_release_alone {
                "2024-03".to_owned()
            } else {
                format!("{year}-{month:02}")
            };
            store.append(figures(&[(&period, "9", &day)]), None, None).unwrap();
        }
        if !first {
            store.append(good(), None, None).unwrap();
        }
        if compact {
            store.compact().unwrap();
        }
        let days = ["2024-03-15", "2024-04-15", "2024-09-01", "2999-12-31"].map(Some);
        let days = [None, days[0], days[1], days[2], days[3]];
        let views = |store: &Store| {
            let snapshot = snapshot(store, None);
            let key = "USA.CHN.M.TOTAL.USD";
            days.map(|day| {
                let as_of = |day| Vintage::AsOf(parse_date(day).unwrap());
                let vintage = day.map_or(Vintage::Latest, as_of);
                let (_, series) = snapshot.series(key, vintage).unwrap();
                let bits: Vec<u64> = series.values().iter().map(|v| v.to_bits()).collect();
                (series.first(), bits)
            })
        };
        prop_assert_eq!(views(&store), views(&plain));
        for store in [&store, &plain] {
            store.append(figures(&[("2024-03", "5", "2024-05-02")]), None, None).unwrap();
        }
        let healed = views(&store);
        prop_assert_eq!(healed[0].1[2], 5e6_f64.to_bits());
        prop_assert_eq!(healed, views(&plain));
    }

    /// A figure that does not say when it became public gives way to one that came later, whether
    /// that was public before the presumed day (45 days after the month for the United States) or
    /// after it.
    #[test]
    fn what_came_later_with_a_day_replaces_what_has_none(
        delay in -20..200_i64,
        repeats in 1..4_usize,
        compact in any::<bool>(),
    ) {
        let (_folder, store) = store();
        for _ in 0..repeats {
            store.append(figures(&[("2024-01", "100", "")]), None, None).unwrap();
        }
        let day = parse_date("2024-01-31").unwrap().saturating_add(time::Duration::days(delay));
        store.append(figures(&[("2024-01", "110", &day.to_string())]), None, None).unwrap();
        let release = |value: &str, day: &str| {
            let about = "release,CHN,KAZ,T,TOTAL,level,2024-01-01/P2M";
            text(&format!("{about},{value},USD mn,p,{day},s\n"))
        };
        for _ in 0..repeats {
            store.append(release("200", ""), None, None).unwrap();
        }
        store.append(release("210", &day.to_string()), None, None).unwrap();
        if compact {
            store.compact().unwrap();
        }
        let snapshot = snapshot(&store, None);
        for (vintage, expected) in [
            (Vintage::Latest, 110e6),
            (Vintage::AsOf(day), 110e6),
            (Vintage::AsOf(day.saturating_add(time::Duration::days(400))), 110e6),
        ] {
            let (_, series) = snapshot.series("USA.CHN.M.TOTAL.USD", vintage).unwrap();
            prop_assert_eq!(series.values(), &[expected][..]);
        }
        let of_span = snapshot.all_releases().iter();
        let last = of_span.max_by_key(|release| release.public_on()).unwrap();
        prop_assert_eq!(last.value, 210e6);
    }

    /// Revisions in any order of batches, compacted or not: a view shows of each month the latest
    /// figure released by its day.
    #[test]
    fn a_view_shows_the_latest_release_of_each_month(
        rows in proptest::collection::btree_map((0..6_u32, 0..40_u32), 1..1000_u32, 1..25),
        split in 1..4_usize,
        compact in any::<bool>(),
    ) {
        let (_folder, store) = store();
        let first = parse_date("2024-08-01").unwrap();
        let day = |d: u32| first.saturating_add(time::Duration::days(i64::from(d)));
        let rows: Vec<((u32, u32), u32)> = rows.into_iter().collect();
        for part in 0..split {
            let of_part = rows.iter().skip(part).step_by(split);
            let lines: Vec<String> = of_part.map(|((month, d), value)| {
                let (month, day) = (month + 1, day(*d));
                let about = format!("observation,USA,CHN,M,TOTAL,level,2024-{month:02}");
                format!("{about},{value},USD mn,p,{day},s\n")
            }).collect();
            if !lines.is_empty() {
                store.append(text(&lines.concat()), None, None).unwrap();
            }
        }
        if compact {
            store.compact().unwrap();
        }
        let snapshot = snapshot(&store, None);
        for as_of in 0..41 {
            let expected: Vec<Option<u32>> = (0..6).map(|m| {
                let of_month = rows.iter();
                let of_month = of_month.filter(|((month, d), _)| *month == m && *d <= as_of);
                of_month.max_by_key(|((_, d), _)| *d).map(|(_, value)| *value)
            }).collect();
            let found: Vec<Option<u32>> = {
                let vintage = Vintage::AsOf(day(as_of));
                let (_, series) = snapshot.series("USA.CHN.M.TOTAL.USD", vintage).unwrap();
                (0..6).map(|m| {
                    let month = Month::new(2024, m + 1).unwrap();
                    series.at(month).map(|value| (value / 1e6).round() as u32)
                }).collect()
            };
            prop_assert_eq!(found, expected, "as of day {}", as_of);
        }
    }
}
