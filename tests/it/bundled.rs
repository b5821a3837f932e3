//! The bundled tables of China's customs: what they say, and when it was public.

use crate::cli::{err, out, tradecast};
use std::path::Path;
use tradecast::ingest::read_folder;
use tradecast::trade::{FigureMeasure, Release};

const FIVE: [&str; 5] = ["KAZ", "KGZ", "TJK", "TKM", "UZB"];

/// Return the figures of the customs' tables over `span`, of the five countries and one flow, in
/// the order of [`FIVE`].
fn of_five(releases: &[Release], flow: &str, span: &str, measure: FigureMeasure) -> [f64; 5] {
    FIVE.map(|partner| {
        let key = format!("CHN.{partner}.{flow}.TOTAL.CNY");
        let found: Vec<&Release> = releases
            .iter()
            .filter(|r| r.source.contains("GACC table by country"))
            .filter(|r| r.key.to_string() == key && r.span.to_string() == span)
            .filter(|r| r.measure == measure)
            .collect();
        assert_eq!(found.len(), 1, "{key} {span}");
        found[0].value
    })
}

/// "During the first five months of 2025, China's total trade with the five Central Asian countries
/// reached 286.42 billion yuan, grew by 10.4 percent. … exports 188.18 billion yuan … imports 98.24
/// billion yuan."
#[test]
fn the_tables_add_up_to_the_sentence_of_june_2025() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("data");
    let releases = read_folder(&data).unwrap().releases;
    let span = "2025-01-01/P5M";
    let level = |flow: &str, span: &str| -> f64 {
        let five = of_five(&releases, flow, span, FigureMeasure::Level);
        (five.iter().sum::<f64>() / 1e7).round() / 100.0
    };
    assert_eq!(level("T", span), 286.42);
    assert_eq!(level("X", span), 188.18);
    assert_eq!(level("M", span), 98.24);
    // The table of May 2024 printed another base than that of the published growth, which was
    // revised since: 286.42 / 259.65 is +10.3 %.
    assert_eq!(level("T", "2024-01-01/P5M"), 259.65);
    let levels = of_five(&releases, "T", span, FigureMeasure::Level);
    let growth = of_five(&releases, "T", span, FigureMeasure::Growth);
    let bases = levels
        .iter()
        .zip(growth)
        .map(|(level, g)| level / (1.0 + g));
    let total = levels.iter().sum::<f64>() / bases.sum::<f64>() - 1.0;
    assert_eq!((1000.0 * total).round() / 10.0, 10.4, "{total}");
}

/// The table of a month appears on about the 20th of the next one, that of January with that of
/// February; the headline figures, after 14 days, name no countries.
#[test]
fn no_month_is_known_before_its_table() {
    let last = |day: &str| {
        let key = "CHN.KAZ.X.TOTAL.CNY";
        let output = tradecast(&["series", key, "--csv", "--as-of", day]);
        assert!(output.status.success(), "{}", err(&output));
        let text = out(&output);
        let mut months = text.lines().filter(|line| line.contains(",observation,"));
        months
            .next_back()
            .and_then(|line| line.split(',').nth(2))
            .map(str::to_owned)
    };
    for (day, month) in [
        ("2025-01-19", "2024-11"),
        ("2025-01-20", "2024-12"),
        ("2025-02-20", "2024-12"),
        ("2025-03-19", "2024-12"),
        ("2025-03-20", "2025-02"),
        ("2025-06-14", "2025-04"),
        ("2025-06-19", "2025-04"),
        ("2025-06-20", "2025-05"),
    ] {
        assert_eq!(last(day).as_deref(), Some(month), "{day}");
    }
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("data");
    let tables = read_folder(&data).unwrap().releases;
    let tables = tables
        .iter()
        .filter(|r| r.source.contains("GACC table by country"));
    let mut found = 0;
    for release in tables {
        let day = release.public_on();
        let last = release.span.last().last_day();
        let days = (day - last).whole_days();
        let first_two = matches!(u8::from(last.month()), 1 | 2);
        assert_eq!(day.day(), 20, "{release:?}");
        assert!(
            days <= 20 || first_two && u8::from(day.month()) == 3,
            "{release:?}"
        );
        assert!(days >= 18, "{release:?}");
        found += 1;
    }
    assert_eq!(found, 1062);
}

/// What is forecast as of a day does not change with the tables that came later.
#[test]
fn a_forecast_of_the_pair_sees_no_later_table() {
    let folder = tempfile::tempdir().unwrap();
    let whole = include_str!("../../data/observations/chn_customs.csv");
    let (all, cut) = (folder.path().join("all.csv"), folder.path().join("cut.csv"));
    std::fs::write(&all, whole).unwrap();
    let known = |line: &&str| {
        let day = line.split(',').nth(10).unwrap();
        day == "released_on" || day <= "2026-04-30"
    };
    let lines: Vec<&str> = whole.lines().filter(known).collect();
    assert!(lines.len() < whole.lines().count());
    std::fs::write(&cut, lines.join("\n") + "\n").unwrap();
    let forecast = |file: &Path, day: &[&str]| {
        let file = file.to_str().unwrap();
        let mut arguments = vec!["forecast", "CHN.KAZ.X.TOTAL.CNY", "--csv", "--data", file];
        arguments.extend(day);
        let output = tradecast(&arguments);
        assert!(output.status.success(), "{}", err(&output));
        out(&output)
    };
    let of_day = forecast(&all, &["--as-of", "2026-04-30"]);
    assert_eq!(of_day, forecast(&cut, &["--as-of", "2026-04-30"]));
    assert!(of_day.contains("2026-04"), "{of_day}");
    assert_ne!(of_day, forecast(&all, &[]));
}

/// The panel repeats bundled series, so that it is read alone.
#[test]
fn the_panel_is_read_where_it_is_named() {
    let output = tradecast(&["series", "--data", "data/panels", "--csv"]);
    assert!(output.status.success(), "{}", err(&output));
    let text = out(&output);
    assert_eq!(text.lines().count(), 187, "186 series below a header");
    assert!(
        text.contains("USA.KAZ.X.TOTAL.USD,USD,2005-01,2024-12,240,0,"),
        "{text}"
    );
    let bundled = out(&tradecast(&["series", "--csv"]));
    assert!(!bundled.contains("USA.KAZ.X"), "{bundled}");
    assert!(
        bundled.contains("CHN.KAZ.X.TOTAL.CNY,CNY,2024-01,2026-07,31,0,"),
        "{bundled}"
    );
}
