//! Contradictions in the bundled figures and in figures made by hand.

use super::published::tests::{bundled, figure, key, span};
use super::*;
use crate::ingest::ExchangeRates;
use crate::trade::{Currency, FigureMeasure, Release};

/// Return the contradictions of one rule about one series and span in the bundled figures.
fn bundled_about(rule: ConsistencyRule, name: &str, period: &str) -> Vec<(f64, f64, f64)> {
    let tidy = bundled();
    let key = key(name);
    let about = tidy
        .releases
        .iter()
        .filter(|r| r.key.reporter == key.reporter && r.key.product == key.product);
    let published = PublishedFigures::new(about);
    let middle = |i: ValueRange| 0.5 * (i.lower + i.upper);
    published
        .contradictions(&tidy.rates)
        .iter()
        .filter(|c| c.rule == rule && c.key == key && c.span == span(period))
        .map(|c| (middle(c.stated), middle(c.implied), c.gap))
        .collect()
}

#[test]
fn november_2019_is_not_the_difference_of_the_cumulatives() {
    // China's exports, thousand USD: January–November 2,260,094,505 less January–October
    // 2,037,923,161 is 222,171,344; the month was published as 221,337,434. The gap is 833,910
    // less the roundings of three figures, 1.5 thousand together.
    let found = bundled_about(ConsistencyRule::Spans, "CHN.WLD.X.TOTAL.USD", "2019-11");
    let [(stated, implied, gap)] = found[..] else {
        panic!("{found:?}")
    };
    assert_eq!((stated, implied), (221_337_434e3, 222_171_344e3));
    assert_eq!(gap, 833_908.5e3);
}

#[test]
fn growth_was_published_on_a_revised_base() {
    // China's imports January–April: 843,910,455 thousand USD in 2024 on 822,762,962 in 2023 is
    // +2.5703 %, published was +3.2 %, rounded to 0.1 points: 3.15 − 2.5703 = 0.5797 points.
    let found = bundled_about(
        ConsistencyRule::Growth,
        "CHN.WLD.M.TOTAL.USD",
        "2024-01-01/P4M",
    );
    let [(stated, implied, gap)] = found[..] else {
        panic!("{found:?}")
    };
    assert!((stated - 0.032).abs() < 1e-9 && (implied - 0.025_703).abs() < 1e-6);
    assert!((gap + 0.005_797).abs() < 1e-6, "{gap}");
    // Exports January–October 2023: 2,791,997,638 on 2.99 trn in 2022 (rounded to 0.01) is
    // −6.62 %, at most −6.466 %; published was −5.6 %.
    let found = bundled_about(
        ConsistencyRule::Growth,
        "CHN.WLD.X.TOTAL.USD",
        "2023-01-01/P10M",
    );
    let [(stated, implied, gap)] = found[..] else {
        panic!("{found:?}")
    };
    assert!((stated + 0.056).abs() < 1e-9 && (implied + 0.0662).abs() < 1e-4);
    // 2,791,997.6385 / 2,985,000 − 1 = −6.4657 %, to −5.65 %.
    assert!((gap + 0.008_157).abs() < 1e-6, "{gap}");
}

#[test]
fn a_total_is_reported_as_published_and_not_corrected() {
    // China's customs in December 2023: January–November 5.41 trn USD, −5.6 %; in December
    // 2022: 5.78 trn USD. The level ratio says 5.41 / 5.78 − 1 = −6.40 %, between 5.405/5.785 −
    // 1 = −6.57 % and 5.415/5.775 − 1 = −6.234 %.
    let name = "CHN.WLD.T.TOTAL.USD";
    let releases = [
        figure(
            name,
            "2022-01-01/P11M",
            FigureMeasure::Level,
            5.78e12,
            0.005e12,
        ),
        figure(
            name,
            "2023-01-01/P11M",
            FigureMeasure::Level,
            5.41e12,
            0.005e12,
        ),
        figure(
            name,
            "2023-01-01/P11M",
            FigureMeasure::Growth,
            -0.056,
            0.0005,
        ),
    ];
    let published = PublishedFigures::new(&releases);
    let found = published.contradictions(&ExchangeRates::default());
    let [contradiction] = &found[..] else {
        panic!("{found:?}")
    };
    assert_eq!(contradiction.rule, ConsistencyRule::Growth);
    let figures: Vec<&Release> = contradiction.figures.iter().collect();
    assert_eq!(figures, [&releases[2], &releases[1], &releases[0]]);
    assert!((contradiction.implied.upper + 0.062_338).abs() < 1e-6);
    assert!(
        (contradiction.gap + 0.005_838).abs() < 1e-6,
        "{contradiction:?}"
    );
    // The base is what level and growth say, 5.405/0.9445 to 5.415/0.9435 trn, not the level
    // published a year before.
    let base = published.base(&key(name), span("2023-01-01/P11M")).unwrap();
    let combined = base.combined.unwrap();
    assert!((combined.lower / 1e12 - 5.722_605).abs() < 1e-6);
    assert!((combined.upper / 1e12 - 5.739_269).abs() < 1e-6);
}

#[test]
fn a_preliminary_figure_and_the_final_one() {
    // Imports January–August 2019: 1,347,768.3 mn USD at first, 1,347,762,575 thousand in the
    // final table: 5.725 mn apart, less 0.05 mn and 0.5 thousand of rounding.
    let found = bundled_about(
        ConsistencyRule::Repeated,
        "CHN.WLD.M.TOTAL.USD",
        "2019-01-01/P8M",
    );
    let [(stated, implied, gap)] = found[..] else {
        panic!("{found:?}")
    };
    assert!((stated - 1_347_768.3e6).abs() < 1.0 && (implied - 1_347_762_575e3).abs() < 1.0);
    assert!((gap + 5_674.5e3).abs() < 1.0, "{gap}");
}

#[test]
fn a_newspapers_conversion_lies_outside_the_rates_of_its_months() {
    // January–May 2025, China with Central Asia: 286.42 bn CNY; a newspaper says 39.8 bn USD.
    // The dearest yuan of December 2024 to May 2025 was May's mean, 7.21 a dollar, so at most
    // 286.425 / 7.21 = 39.73 bn.
    let tidy = bundled();
    let may = crate::trade::Month::new(2025, 5).unwrap();
    let rate = tidy.rates.rate(Currency::CNY, Currency::USD, may).unwrap();
    let found = bundled_about(
        ConsistencyRule::Currencies,
        "CHN.CA5.T.TOTAL.USD",
        "2025-01-01/P5M",
    );
    let [(stated, _, gap)] = found[..] else {
        panic!("{found:?}")
    };
    assert!((stated - 39.8e9).abs() < 1.0);
    assert!(
        (gap - (286.425e9 / rate - 39.75e9)).abs() < 1.0,
        "{gap} at {rate}"
    );
}

#[test]
fn figures_that_agree_are_not_reported() {
    // Partners 43.82 + 22.71 + 3.86 + 10.65 + 13.78 = 94.82; growth 94.82/89.4 = +6.06 % as
    // published +6.0 %; change 5.42 as published 5.4.
    for rule in [
        ConsistencyRule::Partners,
        ConsistencyRule::Growth,
        ConsistencyRule::Change,
    ] {
        let found = bundled_about(rule, "CHN.CA5.T.TOTAL.USD", "2024");
        assert_eq!(found, [], "{rule}");
    }
    // A month that is the difference of two cumulatives is no conversion: May 2024, 1560.67 bn
    // CNY and 219.6 bn USD would be 7.105 a dollar.
    let found = bundled_about(
        ConsistencyRule::Currencies,
        "CHN.WLD.M.TOTAL.USD",
        "2024-05",
    );
    assert_eq!(found, []);
    // Customs' own two currencies agree within the rates: August 2019, 1478.57 bn CNY and
    // 214.786 bn USD, 6.884 a dollar.
    let found = bundled_about(
        ConsistencyRule::Currencies,
        "CHN.WLD.X.TOTAL.USD",
        "2019-08",
    );
    assert_eq!(found, []);
}

#[test]
fn flows_partners_and_bases_that_do_not_add_up() {
    let level = |name: &str, value: f64| figure(name, "2024", FigureMeasure::Level, value, 0.5);
    let growth =
        |name: &str, value: f64| figure(name, "2024", FigureMeasure::Growth, value, 0.0005);
    let releases = [
        level("CHN.CA5.T.TOTAL.USD", 100.0),
        level("CHN.CA5.X.TOTAL.USD", 60.0),
        level("CHN.CA5.M.TOTAL.USD", 42.0),
        level("CHN.CA5.B.TOTAL.USD", 20.0),
        growth("CHN.CA5.T.TOTAL.USD", 0.10),
        growth("CHN.CA5.X.TOTAL.USD", 0.20),
        growth("CHN.CA5.M.TOTAL.USD", 0.20),
        level("CHN.KAZ.T.TOTAL.USD", 50.0),
        level("CHN.KGZ.T.TOTAL.USD", 20.0),
        level("CHN.TJK.T.TOTAL.USD", 10.0),
        level("CHN.TKM.T.TOTAL.USD", 10.0),
        level("CHN.UZB.T.TOTAL.USD", 4.0),
    ];
    let found = PublishedFigures::new(&releases).contradictions(&ExchangeRates::default());
    let gaps: Vec<(ConsistencyRule, f64)> = found.iter().map(|c| (c.rule, c.gap)).collect();
    // Total: 59.5 + 41.5 = 101 against 100.5. Balance: at most 60.5 − 41.5 = 19 against 19.5.
    // Bases: (60.5 + 42.5)/1.1995 = 85.869 at most against 99.5/1.1005 = 90.413 at least.
    // Partners: at most 96.5 against 99.5.
    let expected = [
        (ConsistencyRule::Flows, 0.5),
        (ConsistencyRule::Flows, -0.5),
        (ConsistencyRule::Bases, 103.0 / 1.1995 - 99.5 / 1.1005),
        (ConsistencyRule::Partners, -3.0),
    ];
    assert_eq!(gaps.len(), expected.len(), "{gaps:?}");
    for ((rule, gap), (of, by)) in gaps.iter().zip(expected) {
        assert!(*rule == of && (gap - by).abs() < 1e-9, "{gaps:?}");
    }
}
