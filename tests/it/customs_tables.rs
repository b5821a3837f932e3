//! From a folder of monthly tables of China's customs to a forecast.

use crate::cli::{err, out, tradecast};
use serde_json::Value;
use std::fmt::Write as _;
use std::path::Path;

/// Exports of a month to Kazakhstan in 10,000 yuan: invented, with a season and growth.
fn exports(k: usize) -> u32 {
    let season = [98, 70, 92, 100, 104, 103, 105, 108, 112, 96, 110, 120];
    let level = 1_500_000.0 * 1.006_f64.powi(i32::try_from(k).unwrap());
    (level * f64::from(season[k % 12]) / 100.0) as u32
}

/// Write the table of month `k` from January 2024: each month, the cumulative, and the growth of
/// the cumulative, which is in print from February on.
fn table(folder: &Path, k: usize) {
    let (year, month) = (2024 + k / 12, k % 12 + 1);
    let begin = k - k % 12;
    let imports = |k: usize| exports(k) / 2;
    let sum = |of: &dyn Fn(usize) -> u32| -> u32 { (begin..=k).map(of).sum() };
    let total = |k: usize| exports(k) + imports(k);
    let mut page = String::from("<html><head><meta charset=\"utf-8\"></head><body><table>");
    let mut row = |cells: &[String]| {
        page.push_str("<tr>");
        for cell in cells {
            write!(page, "<td>{cell}</td>").unwrap();
        }
        page.push_str("</tr>");
    };
    let text = |text: &str| text.to_owned();
    row(&[format!(
        "（2）{year}年{month}月进出口商品国别（地区）总值表（人民币值）"
    )]);
    row(&[text("单位：万元")]);
    let flows = ["进出口", "出口", "进口"];
    let alone = month == 1;
    let (mut top, mut below) = (vec![text("进口原产国（地）")], vec![String::new()]);
    for flow in flows {
        top.push(text(flow));
        below.push(format!("{month}月"));
        if !alone {
            top.push(String::new());
            below.push(format!("1至{month}月"));
        }
    }
    top.extend([text("累计比去年同期±％"), String::new(), String::new()]);
    below.extend(flows.map(text));
    row(&top);
    row(&below);
    for name in ["总值", "亚洲", "　哈萨克斯坦"] {
        let mut cells = vec![text(name)];
        let scale = if name.ends_with("坦") { 1 } else { 20 };
        for of in [&total as &dyn Fn(usize) -> u32, &exports, &imports] {
            cells.push((scale * of(k)).to_string());
            if !alone {
                cells.push((scale * sum(of)).to_string());
            }
        }
        cells.extend([text("7.4"), text("7.4"), text("7.4")]);
        row(&cells);
    }
    page.push_str("</table></body></html>");
    let name = format!("{year}-{month:02}.html");
    std::fs::write(folder.join(name), page).unwrap();
}

#[test]
fn thirty_one_tables_become_a_forecast_in_two_commands() {
    let folder = tempfile::tempdir().unwrap();
    let tables = folder.path().join("tables");
    std::fs::create_dir(&tables).unwrap();
    for k in 0..31 {
        table(&tables, k);
    }
    let store = folder.path().join("store");
    let (store, tables) = (store.to_str().unwrap(), tables.to_str().unwrap());
    let import = tradecast(&["store", "import", "--store", store, tables]);
    assert!(import.status.success(), "{}", err(&import));
    let key = "CHN.KAZ.X.TOTAL.CNY";
    let forecast = tradecast(&["forecast", key, "--store", store, "--json"]);
    assert!(forecast.status.success(), "{}", err(&forecast));
    let forecast: Value = serde_json::from_str(out(&forecast).lines().next().unwrap()).unwrap();
    assert_eq!(forecast["last_month"], "2026-07");
    // The next month is near the last year's, grown by 1.006^12.
    let value = forecast["points"][0]["value"].as_f64().unwrap();
    let expected = f64::from(exports(31)) * 1e4;
    assert!(
        (value / expected - 1.0).abs() < 0.1,
        "{value} against {expected}"
    );
    // The months are observations; cumulatives and growth stand beside them as releases.
    let series = out(&tradecast(&["series", key, "--store", store, "--csv"]));
    let observed = series
        .lines()
        .filter(|line| line.contains(",observation,"))
        .count();
    let count = |what: &str| {
        let lines = series.lines().filter(|line| line.contains(",release,"));
        lines.filter(|line| line.contains(what)).count()
    };
    // January has no cumulative of its own, and the growth of each table is that of its cumulative.
    assert_eq!(
        (observed, count(",level,"), count(",growth,")),
        (31, 28, 31),
        "{series}"
    );
    // The table of June appears on the 20th of July.
    for (day, last) in [("2026-07-19", "2026-05"), ("2026-07-20", "2026-06")] {
        let known = out(&tradecast(&[
            "series", key, "--store", store, "--csv", "--as-of", day,
        ]));
        let mut months = known.lines().filter(|line| line.contains(",observation,"));
        assert!(months.next_back().unwrap().contains(last), "{day}: {known}");
    }
}
