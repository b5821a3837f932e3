//! The layouts of the tables of China's customs, on the files in `tests/fixtures/china-customs`:
//! a right value, or the refusal.

use super::test::fixture;
use super::{Format, read, read_bytes};
use crate::ingest::InvalidRows;
use crate::ingest::ParsedFile;
use std::path::Path;

/// Read a fixture as rows `kind key measure period value unit status`, or the refusal.
fn read_table(name: &str) -> Result<Vec<String>, String> {
    let path = fixture(&format!("china-customs/{name}"));
    let found = read(&path, None, InvalidRows::Refuse).map_err(|error| {
        let text = error.to_string();
        let at = text.find(name).unwrap();
        text[at..].to_owned()
    });
    let (format, parsed) = found?;
    assert_eq!(format, Format::ChinaCustoms);
    Ok(rows(&parsed))
}

fn rows(parsed: &ParsedFile) -> Vec<String> {
    let rows = parsed.figures.rows().iter().map(|row| {
        let [
            kind,
            reporter,
            partner,
            flow,
            product,
            measure,
            period,
            value,
            unit,
            status,
            ..,
        ] = &parsed.figures.tidy_row(row)[..]
        else {
            panic!("a row of the tidy layout")
        };
        let key = [reporter, partner, flow, product].map(|part| &**part);
        format!(
            "{kind} {} {measure} {period} {value} {unit} {status}",
            key.join(".")
        )
    });
    rows.collect()
}

/// The values stand in the files, in the unit of the files.
#[test]
fn every_layout_gives_its_figures() {
    let express = [
        "observation CHN.DEU.X.TOTAL level 2025-05 700.2 CNY 100000000 preliminary",
        "release CHN.DEU.X.TOTAL level 2025-01-01/P5M 3500.9 CNY 100000000 preliminary",
        "release CHN.DEU.X.TOTAL growth 2025-01-01/P5M 8.8 % CNY preliminary",
        "observation CHN.ASEAN.T.TOTAL level 2025-05 5900 CNY 100000000 preliminary",
    ];
    let cases: [(&str, usize, &[&str]); 8] = [
        ("express.xlsx", 45, &express),
        ("express-ratio-colon.xlsx", 45, &express),
        // Growth of an unstated period is that of January to May, never of May.
        ("growth-unstated.xlsx", 45, &express),
        ("text-numbers.xlsx", 45, &express[..3]),
        (
            "english.xlsx",
            18,
            &[
                "observation CHN.KAZ.T.TOTAL level 2025-05 3900123 USD 1000 published",
                "release CHN.KAZ.M.TOTAL level 2025-01-01/P5M 6600200 USD 1000 published",
                "release CHN.WLD.T.TOTAL growth 2025-01-01/P5M 1.3 % USD published",
            ],
        ),
        (
            "english.html",
            35,
            &[
                "release CHN.USA.X.TOTAL level 2023-01-01/P2M 5000.3 CNY 100000000 preliminary",
                "release CHN.KOR.M.TOTAL level 2023-01-01/P2M 1875 CNY 100000000 preliminary",
                "release CHN.EU.X.TOTAL growth 2023-01-01/P2M -5.0 % CNY preliminary",
                "release CHN.BRI.T.TOTAL level 2023-01-01/P2M 20000 CNY 100000000 preliminary",
            ],
        ),
        (
            "all-names-flat.xlsx",
            271 * 6,
            &[
                "observation CHN.KHM.X.TOTAL level 2024-01 1008.5 CNY 10000 published",
                "observation CHN.ESP-CN.X.TOTAL level 2024-01",
                "observation CHN.ASIA_OTHER.X.TOTAL level 2024-01",
                "observation CHN.LATIN_AM_OTHER.X.TOTAL level 2024-01",
                "observation CHN.NORTH_AM_OTHER.X.TOTAL level 2024-01",
                "observation CHN.UNSPECIFIED.X.TOTAL level 2024-01",
                "observation CHN.RCEP.X.TOTAL level 2024-01",
                "observation CHN.BRI.X.TOTAL level 2024-01",
                "release CHN.TTO.X.TOTAL growth 2024-01 2.5 % CNY published",
            ],
        ),
        (
            "query-imports.csv",
            1,
            &["observation CHN.KAZ.M.27090000 level 2024-05 180233110 CNY published"],
        ),
    ];
    for (name, count, expected) in cases {
        let rows = read_table(name).unwrap_or_else(|refusal| panic!("{refusal}"));
        assert_eq!(rows.len(), count, "{name}: {rows:#?}");
        for row in expected {
            let found = rows.iter().any(|found| found.starts_with(row));
            assert!(found, "{name}: {row} of {rows:#?}");
        }
    }
}

/// No row of the flat layout becomes that of a neighbour.
#[test]
fn the_flat_layout_has_271_areas() {
    let path = fixture("china-customs/all-names-flat.xlsx");
    let (_, parsed) = read(&path, None, InvalidRows::Report).unwrap();
    assert_eq!(parsed.refusals, []);
    let rows = parsed.figures.rows().iter();
    let areas: std::collections::BTreeSet<_> = rows
        .map(|row| parsed.figures.tidy_row(row)[2].to_string())
        .collect();
    assert_eq!(areas.len(), 271);
    let rest = areas.iter().filter(|area| area.ends_with("_OTHER"));
    let expected = [
        "AFRICA_OTHER",
        "ASIA_OTHER",
        "EUROPE_OTHER",
        "LATIN_AM_OTHER",
        "NORTH_AM_OTHER",
        "OCEANIA_OTHER",
    ];
    assert!(rest.eq(expected.iter()), "{areas:?}");
}

#[test]
fn contradictions_are_refused() {
    for (name, expected) in [
        (
            "title-usd-unit-cny.xlsx",
            "title-usd-unit-cny.xlsx, sheet `Sheet`, row 2, column `I`, value `单位：亿元人民币`: \
             expected a unit in USD, the currency of the title",
        ),
        (
            "query.csv",
            "query.csv: expected the flow, which the table does not state: state it with \
             `--flow X` or `--flow M`, or put `exports` (出口) or `imports` (进口) into the name of \
             the file, as the query asked for",
        ),
    ] {
        assert_eq!(read_table(name).unwrap_err(), expected);
    }
}

/// A page in GBK, as older ones are, and one that is another table of the customs.
#[test]
fn a_page_is_read_in_its_own_encoding() {
    let page = |title: &str, row: &str| {
        format!(
            "<html><head><meta charset=\"gb2312\"></head><body><p>海关</p><table><tr><td colspan=2>\
             {title}</td></tr><tr><td></td><td>单位：千美元</td></tr><tr><td rowspan=2>国别</td>\
             <td>进出口</td></tr><tr><td>11月</td></tr><tr><td>{row}</td><td>1,234.5</td></tr></table>"
        )
    };
    let read_page = |page: String| {
        let bytes = encoding_rs::GBK.encode(&page).0.into_owned();
        let found = read_bytes(Path::new("f"), &bytes, None, InvalidRows::Refuse);
        found
            .map(|(_, parsed)| rows(&parsed))
            .map_err(|error| error.to_string())
    };
    let title = "2018年11月进出口商品国别（地区）总值表（美元值）";
    assert_eq!(
        read_page(page(title, "柬埔寨")),
        Ok(vec![
            "observation CHN.KHM.T.TOTAL level 2018-11 1234.5 USD 1000 published".to_owned()
        ])
    );
    assert_eq!(
        read_page(page(title, "乌托邦")),
        Err(
            "f, row 5, column `A`, value `乌托邦`: expected a country, region or group of the \
             customs' list; --accept-valid imports the other rows"
                .to_owned()
        )
    );
    let sections = page("2018年11月进出口商品类章总值表", "柬埔寨");
    let refusal = read_page(sections).unwrap_err();
    assert!(
        refusal.contains("expected the table by country"),
        "{refusal}"
    );
}

/// A spreadsheet program writes the two lines of a cell of the header into the CSV file.
#[test]
fn a_header_of_two_lines_is_one_row() {
    let text = "（2）2025年5月进出口商品国别（地区）总值表（人民币值）,,,\n,,,单位：万元\n\
                \"进口原产国（地）\n出口最终目的国（地）\",进出口,,出口\n,5月,1至5月,5月\n\
                哈萨克斯坦,\"1,030.2\",150.1,15.1\n";
    let (_, parsed) = read_bytes(
        Path::new("f.csv"),
        text.as_bytes(),
        None,
        InvalidRows::Refuse,
    )
    .unwrap();
    assert_eq!(
        rows(&parsed),
        [
            "observation CHN.KAZ.T.TOTAL level 2025-05 1030.2 CNY 10000 published",
            "release CHN.KAZ.T.TOTAL level 2025-01-01/P5M 150.1 CNY 10000 published",
            "observation CHN.KAZ.X.TOTAL level 2025-05 15.1 CNY 10000 published",
        ]
    );
}
