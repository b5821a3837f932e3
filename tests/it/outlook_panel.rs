//! Outlooks where the truth is known: flows of the census panel and groups of its partners, as if
//! only years and cumulatives had been published, or months too.

use crate::standpoints::{
    Published, Score, Standpoint, group_standpoints, read, scores, standpoints, table,
};

/// Check what holds for every kind of figures; `benches/outlook.rs` scores all of the panel.
fn check(scores: &[Score], coverage: [f64; 2], interval_score: f64) {
    println!("{}", table(scores));
    let all = &scores[0];
    for (found, level) in all.coverage.iter().zip([0.8, 0.95]) {
        let off = (found - level).abs();
        assert!(
            off <= coverage[usize::from(level > 0.9)],
            "{found} at {level}"
        );
    }
    let [own, same, flat] = all.error;
    assert!(
        own < 0.75 * same && own < 0.98 * flat,
        "{own} {same} {flat}"
    );
    assert!(
        all.interval_score
            .iter()
            .all(|ratio| *ratio < interval_score),
        "{all:?}"
    );
    // The error falls as months come in.
    let by_month: Vec<f64> = scores[2..6].iter().map(|score| score.error[0]).collect();
    assert!(by_month.is_sorted_by(|a, b| a > b), "{by_month:?}");
}

/// Every twelfth of 186 flows, and every sixth of 16 groups.
#[test]
fn growth_of_the_year_is_covered_and_beats_both_naive_forecasts() {
    let panel = read("data/panels/usa_census_partners.parquet", 1.0);
    let of = |points: &[Standpoint]| scores(&panel, points);
    let spans = of(&standpoints(&panel, 12, Published::Spans));
    assert!(spans[0].count > 600, "{}", spans[0].count);
    // Measured: 0.812 and 0.952, 0.88 and 0.87; rough flows 0.821 and 0.938.
    check(&spans, [0.03, 0.02], 0.90);
    // Measured: 0.803 and 0.945, 0.86 and 0.78; rough flows 0.792 and 0.933.
    let months = of(&standpoints(&panel, 12, Published::Tables));
    check(&months, [0.03, 0.02], 0.89);
    for class in [&spans, &months]
        .into_iter()
        .flat_map(|scores| &scores[2..])
    {
        let [eighty, ninety_five] = class.coverage;
        assert!(eighty > 0.77 && ninety_five > 0.92, "{class:?}");
    }
    // Months say more than cumulatives.
    assert!(months[0].error[0] < spans[0].error[0]);
    // Measured: 0.833 and 0.958, 0.56 and 0.58.
    check(&of(&group_standpoints(&panel, 6)), [0.05, 0.03], 0.65);
}
