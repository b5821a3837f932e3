//! Growth of the bundled series: whether intervals cover as often as they claim, and whether
//! medians beat the naive forecasts.

use crate::cli::{err, out, tradecast};
use serde_json::Value;

/// Return the rows of `auto`, by series, by pair and (empty) for all, of a backtest over all years:
/// 120 origins four months apart reach back forty years.
fn rows() -> Vec<Value> {
    let output = tradecast(&["backtest", "--origins", "120", "--step", "4", "--json"]);
    assert!(output.status.success(), "{}", err(&output));
    let text = out(&output);
    let rows = text.lines().map(|line| serde_json::from_str(line).unwrap());
    rows.filter(|row: &Value| row["method"] == "auto").collect()
}

const MEASURES: [&str; 3] = ["year", "year_to_date", "trailing_twelve_months"];

/// Pairs whose figures are bundled.
const PAIRS: [&str; 5] = [
    "USA.CHN..TOTAL.USD",
    "USA.CAN..TOTAL.USD",
    "USA.MEX..TOTAL.USD",
    "JPN.CHN..TOTAL.JPY",
    "KOR.CHN..TOTAL.USD",
];

#[test]
fn growth_covers_as_often_as_it_claims_and_beats_the_naive_forecasts() {
    let rows = rows();
    let score = |series: &str, name: &str| {
        let row = rows.iter().find(|row| row["series"] == series).unwrap();
        row["scores"][name]
            .as_f64()
            .unwrap_or_else(|| panic!("{name} of {series}"))
    };
    println!("coverage over all series        80 %   95 %");
    for measure in MEASURES {
        let [narrow, wide] = ["80", "95"]
            .map(|level| 100.0 * score("", &format!("growth_coverage_{level}_{measure}")));
        println!("{measure:28} {narrow:7.1} {wide:6.1}");
        assert!((narrow - 80.0).abs() <= 3.0, "{measure}: {narrow}");
        assert!((wide - 95.0).abs() <= 3.0, "{measure}: {wide}");
    }
    println!(
        "\npair                 growth of                points   zero      DM       p  \
         no change      DM       p"
    );
    for pair in PAIRS {
        for measure in MEASURES {
            let error = score(pair, &format!("growth_mae_{measure}"));
            let against = ["zero", "no_change"].map(|naive| {
                [
                    format!("growth_mae_{measure}_{naive}"),
                    format!("growth_dm_{measure}_{naive}"),
                    format!("growth_dm_{measure}_{naive}_p_value"),
                ]
                .map(|name| score(pair, &name))
            });
            let [zero, no_change] = against;
            println!(
                "{pair:20} {measure:22} {error:8.2} {:6.2} {:7.2} {:7.4} {:10.2} {:7.2} {:7.4}",
                zero[0], zero[1], zero[2], no_change[0], no_change[1], no_change[2]
            );
            for [naive, statistic, probability] in against {
                assert!(
                    error < naive && statistic < 0.0,
                    "{pair} {measure}: {error} against {naive}"
                );
                // For years to date Mexico leaves a doubt against no change (p = 0.06 when this was
                // written); for years and twelve months there is none.
                assert!(
                    measure == "year_to_date" || probability < 0.05,
                    "{pair} {measure}: p = {probability}"
                );
            }
        }
    }
}
