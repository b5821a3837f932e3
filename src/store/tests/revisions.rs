//! What was known on a day stays known, whatever is revised later.

use super::*;

#[test]
fn a_revision_changes_today_and_no_day_before_it() {
    let (_folder, store) = store();
    let first = figures(&[
        ("2024-01", "10", "2024-03-05"),
        ("2024-02", "20", "2024-04-04"),
    ]);
    store.append(first, None, None).unwrap();
    let before = snapshot(&store, None);
    let days = [
        "2024-03-04",
        "2024-03-05",
        "2024-04-03",
        "2024-04-04",
        "2024-05-01",
    ];
    let seen: Vec<_> = days.iter().map(|day| view(&before, Some(day))).collect();
    assert_eq!(
        seen,
        [
            vec![],
            vec![10.0],
            vec![10.0],
            vec![10.0, 20.0],
            vec![10.0, 20.0]
        ]
    );

    let revised = figures(&[
        ("2024-01", "11", "2024-05-02"),
        ("2024-03", "30", "2024-05-02"),
    ]);
    store.append(revised, None, None).unwrap();
    let after = snapshot(&store, None);
    let again: Vec<_> = days.iter().map(|day| view(&after, Some(day))).collect();
    assert_eq!(again, seen, "no view of an earlier day moves");
    assert_eq!(view(&after, Some("2024-05-02")), [11.0, 20.0, 30.0]);
    assert_eq!(view(&after, None), [11.0, 20.0, 30.0]);
    assert_eq!(after.revisions(), 1);
    // What we had is another question than what was public.
    assert_eq!(view(&snapshot(&store, Some(1)), None), [10.0, 20.0]);
    assert_eq!(after.version(), Some(2));
}

#[test]
fn a_revision_without_a_day_counts_from_the_day_it_came() {
    let (_folder, store) = store();
    store
        .append(figures(&[("2024-01", "10", "")]), None, None)
        .unwrap();
    store
        .append(figures(&[("2024-01", "11", "")]), None, None)
        .unwrap();
    let snapshot = snapshot(&store, None);
    // The first is presumed public 40 days after January's end, on 11 March 2024.
    assert_eq!(view(&snapshot, Some("2024-03-10")), Vec::<f64>::new());
    assert_eq!(view(&snapshot, Some("2024-03-11")), [10.0]);
    assert_eq!(view(&snapshot, Some("2025-01-01")), [10.0]);
    assert_eq!(view(&snapshot, None), [11.0]);
}

#[test]
fn the_same_again_is_no_revision() {
    let (_folder, store) = store();
    for _ in 0..3 {
        store
            .append(figures(&[("2024-01", "10", "")]), None, None)
            .unwrap();
    }
    let snapshot = snapshot(&store, None);
    assert_eq!(snapshot.revisions(), 0);
    assert_eq!(view(&snapshot, Some("2024-03-11")), [10.0]);
}

/// The values in thousand millions of what was published of the trade with Central Asia, as a view
/// shows them.
fn published(store: &Store, day: Option<&str>) -> Vec<f64> {
    let vintage = day.map_or(Vintage::Latest, |day| {
        Vintage::AsOf(parse_date(day).unwrap())
    });
    let snapshot = snapshot(store, None);
    let mut values: Vec<f64> = snapshot.published(vintage).map(|r| r.value / 1e9).collect();
    values.sort_by(f64::total_cmp);
    values
}

#[test]
fn a_published_figure_that_comes_later_moves_no_earlier_day() {
    let (_folder, store) = store();
    let publish = |value: u32, status: &str, source: &str| {
        let row = format!("release,CHN,CA5,T,TOTAL,level,2024,{value},CNY bn,{status},,{source}\n");
        store.append(text(&row), None, None).unwrap();
    };
    publish(674, "published", "table");
    let before = ["2025-06-14", "2026-01-01"];
    assert_eq!(published(&store, Some(before[0])), [674.0]);
    // Revised by whom it may be, in whichever words: nobody knew of it before it came.
    publish(680, "published", "table");
    publish(690, "revised", "table");
    publish(700, "published", "another table");
    for day in before {
        assert_eq!(published(&store, Some(day)), [674.0], "{day}");
    }
    assert_eq!(published(&store, None), [674.0, 680.0, 690.0, 700.0]);
    // A figure of another year is no revision of this one.
    let row = "release,CHN,CA5,T,TOTAL,level,2023,600,CNY bn,published,,later\n";
    store.append(text(row), None, None).unwrap();
    assert_eq!(published(&store, Some(before[0])), [600.0, 674.0]);
}

/// The figure with a stated day stands, whenever a coarser one without a day comes; and a day that
/// is not stated gives way to one that is.
#[test]
fn a_stated_day_counts_more_than_the_day_a_figure_came() {
    use crate::growth::PublishedFigures;
    let stands = |rows: &[&str]| {
        let (_folder, store) = store();
        for row in rows {
            let row = format!("release,CHN,CA5,T,TOTAL,level,2024,{row}\n");
            store.append(text(&row), None, None).unwrap();
        }
        let snapshot = snapshot(&store, None);
        let published = PublishedFigures::new(snapshot.published(Vintage::Latest));
        let about = snapshot.all_releases()[0].clone();
        let figure = published.figure(&about.key, about.measure, about.span);
        figure.unwrap().value / 1e9
    };
    let official = "674.15,CNY bn,published,2025-01-20,customs";
    let press = "674,CNY bn,published,,press";
    assert_eq!(stands(&[official, press]), 674.15);
    assert_eq!(stands(&[press, official]), 674.15);
    // Of two that state none the finer; of two as fine that which came later.
    assert_eq!(stands(&["674.15,CNY bn,published,,b", press]), 674.15);
    assert_eq!(
        stands(&["680,CNY bn,published,,z", "690,CNY bn,published,,a"]),
        690.0
    );
    // The press's own later word, with a day before this one came, takes the place of what had
    // none, whatever others said first.
    let revised = "680,CNY bn,published,,b";
    let dated = "690,CNY bn,published,2025-11-10,b";
    assert_eq!(stands(&[press, revised, dated]), 690.0);
}

#[test]
fn a_rate_that_is_replaced_moves_no_earlier_day() {
    let (_folder, store) = store();
    let month = Month::parse("2025-03").unwrap();
    let publish = |value: f64| {
        let mut rates = crate::ingest::ExchangeRates::default();
        rates.insert(Currency::CNY, Currency::USD, month, value);
        let figures = FigureBatch::of_rates(Path::new("rates.csv"), &rates).unwrap();
        store.append(figures, None, None).unwrap();
    };
    publish(7.25);
    publish(9.5);
    publish(9.9);
    let rate = |snapshot: &Snapshot, day: Option<&str>| {
        let vintage = day.map_or(Vintage::Latest, |day| {
            Vintage::AsOf(parse_date(day).unwrap())
        });
        snapshot
            .rates(vintage)
            .rate(Currency::CNY, Currency::USD, month)
            .unwrap()
    };
    let all = snapshot(&store, None);
    assert_eq!(rate(&all, None), 9.9);
    assert_eq!(rate(&all, Some("2025-06-14")), 7.25);
    assert_eq!(rate(&snapshot(&store, Some(1)), None), 7.25);
    // A derived rate is replaced by a stated one.
    let mut inverse = crate::ingest::ExchangeRates::default();
    inverse.insert(Currency::USD, Currency::CNY, month, 0.2);
    let inverse = FigureBatch::of_rates(Path::new("rates.csv"), &inverse).unwrap();
    store.append(inverse, None, None).unwrap();
    let all = snapshot(&store, None);
    let back = |vintage| all.rates(vintage).rate(Currency::USD, Currency::CNY, month);
    let day = parse_date("2025-06-14").unwrap();
    assert_eq!(back(Vintage::Latest), Some(0.2));
    assert_eq!(back(Vintage::AsOf(day)), Some(1.0 / 7.25));
    // Who follows the store goes on to know.
    store
        .append(figures(&[("2025-03", "1", "")]), None, None)
        .unwrap();
    let next = store.read_since(Some(4)).unwrap();
    assert!(!next.is_whole());
    assert_eq!(rate(&all.after(next).unwrap(), Some("2025-06-14")), 7.25);
}
