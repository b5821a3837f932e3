//! Tables of no known format, read by a mapping. The figures are invented.

use super::cases_test::figures_of;
use crate::ingest::formats::read_bytes_with;
use crate::ingest::{Format, InvalidRows, Mapping, ReadOptions};
use std::path::Path;

/// Return series, period and value of every figure, or the refusal.
fn read_by(text: &str, set: impl Fn(&mut Mapping)) -> Result<Vec<String>, String> {
    let mut mapping = Mapping::default();
    set(&mut mapping);
    let options = ReadOptions {
        mapping,
        ..ReadOptions::default()
    };
    let (_, parsed) = read_bytes_with(Path::new("t.csv"), text.as_bytes(), &options)
        .map_err(|error| error.to_string())?;
    Ok(figures_of(&parsed))
}

fn read(text: &str, parts: &str) -> Result<Vec<String>, String> {
    read_by(text, |mapping| {
        if !parts.is_empty() {
            mapping.add_parts(parts).unwrap();
        }
    })
}

fn lines(expected: &[&str]) -> Result<Vec<String>, String> {
    Ok(expected.iter().map(|line| (*line).to_owned()).collect())
}

#[test]
fn a_long_table_is_read_by_its_columns() {
    let table = "Trade of Utopia\n\nMonth,Country,\"Value, k\",Weight\nJan 2025,China,\"1,200\",5\n\
                 Feb 2025,Viet Nam,\"1,100.5\",6\nSource: the customs of Utopia\n";
    let parts = "reporter=KAZ,partner=col:Country,flow=X,period=col:Month,value=col:Value, k,\
                 unit=USD 1000";
    let expected = lines(&[
        "KAZ.CHN.X.TOTAL.USD 2025-01 1200000",
        "KAZ.VNM.X.TOTAL.USD 2025-02 1100500",
    ]);
    assert_eq!(read(table, parts), expected);
    // Columns that fit alone need not be named; of two with numbers one is chosen.
    assert_eq!(
        read(
            table,
            "reporter=KAZ,flow=X,value=col:Value, k,unit=USD 1000"
        ),
        expected
    );
}

#[test]
fn partners_in_columns_and_months_down_are_read() {
    let table = "date;China;Germany;Kazakhstan\n31.01.2025;1200,5;300;20\n28.02.2025;1100;;22\n";
    let found = read_by(table, |mapping| {
        mapping
            .add_parts("reporter=UZB,flow=X,unit=USD 1000")
            .unwrap();
        mapping.wide = true;
    });
    let expected = lines(&[
        "UZB.CHN.X.TOTAL.USD 2025-01 1200500",
        "UZB.DEU.X.TOTAL.USD 2025-01 300000",
        "UZB.KAZ.X.TOTAL.USD 2025-01 20000",
        "UZB.CHN.X.TOTAL.USD 2025-02 1100000",
        "UZB.DEU.X.TOTAL.USD 2025-02 NaN",
        "UZB.KAZ.X.TOTAL.USD 2025-02 22000",
    ]);
    assert_eq!(found, expected);
}

#[test]
fn months_in_columns_are_read_with_the_year_above_or_beside() {
    let above = "Exports,2024,,2025,\nPartner,Nov,Dec,Jan,Feb\nChina,1,2,3,4\n";
    let expected = lines(&[
        "UZB.CHN.X.TOTAL.USD 2024-11 1",
        "UZB.CHN.X.TOTAL.USD 2024-12 2",
        "UZB.CHN.X.TOTAL.USD 2025-01 3",
        "UZB.CHN.X.TOTAL.USD 2025-02 4",
    ]);
    let parts = "reporter=UZB,flow=X,unit=USD,partner=col:Partner,period=header";
    assert_eq!(read(above, parts), expected);
    // As R and the World Bank write the names of columns.
    let named = "Partner,X2024.11,X2024.12,X2025.01,2025-02\nChina,1,2,3,4\n";
    assert_eq!(read(named, parts), expected);
    let years = "Partner,2023 [YR2023],2024 [YR2024]\nChina,1,2\n";
    let expected_years = lines(&["UZB.CHN.X.TOTAL.USD 2023 1", "UZB.CHN.X.TOTAL.USD 2024 2"]);
    assert_eq!(read(years, parts), expected_years);
    let beside = "Partner,Year,Jan,Feb,Total\nChina,2025,3,4,7\n";
    let parts = "reporter=UZB,flow=X,unit=USD,partner=col:Partner,period=col:Year+header";
    let expected = lines(&[
        "UZB.CHN.X.TOTAL.USD 2025-01 3",
        "UZB.CHN.X.TOTAL.USD 2025-02 4",
    ]);
    assert_eq!(read(beside, parts), expected);
}

#[test]
fn flows_in_columns_and_a_year_beside_the_month_are_read() {
    let table = "Year,Month,Exports (USD thousand),Imports (USD thousand)\n2024,12,5,6\n,1,7,8\n\
                 2025,1,9,10\n";
    let parts = "reporter=KAZ,partner=WLD,unit=USD 1000";
    let found = read_by(table, |mapping| {
        mapping.add_parts(parts).unwrap();
        mapping.wide = true;
    });
    assert_eq!(
        found,
        lines(&[
            "KAZ.WLD.X.TOTAL.USD 2024-12 5000",
            "KAZ.WLD.M.TOTAL.USD 2024-12 6000",
            "KAZ.WLD.X.TOTAL.USD 2024-01 7000",
            "KAZ.WLD.M.TOTAL.USD 2024-01 8000",
            "KAZ.WLD.X.TOTAL.USD 2025-01 9000",
            "KAZ.WLD.M.TOTAL.USD 2025-01 10000",
        ])
    );
}

#[test]
fn rows_and_texts_mean_what_the_mapping_says() {
    let table = "Indicator,Land,Period,Figure\nValue,Elsewhere,2025-01,-\n\
                 Value,Elsewhere,2025-02,..\nQuantity,Elsewhere,2025-01,9\n\
                 Value,Elsewhere,2025-03,4\n";
    let found = read_by(table, |mapping| {
        let parts = "reporter=KAZ,partner=col:Land,flow=M,period=col:Period,value=col:Figure,\
                     unit=EUR mn,source=own";
        mapping.add_parts(parts).unwrap();
        mapping
            .filters
            .insert("Indicator".to_owned(), "Value".to_owned());
        mapping.nil = vec!["-".to_owned()];
        mapping.gaps = vec!["..".to_owned()];
        mapping
            .codes
            .insert("Elsewhere".to_owned(), "XELSE".to_owned());
    });
    assert_eq!(
        found,
        lines(&[
            "KAZ.XELSE.M.TOTAL.EUR 2025-01 0",
            "KAZ.XELSE.M.TOTAL.EUR 2025-02 NaN",
            "KAZ.XELSE.M.TOTAL.EUR 2025-03 4000000",
        ])
    );
}

#[test]
fn what_may_mean_two_things_is_refused() {
    let parts = "reporter=KAZ,partner=CHN,flow=X,period=col:m,value=col:v,unit=USD";
    for (table, expected) in [
        (
            "m;v;x\n2025-01;41.597;a\n",
            "row 2, column `v`, value `41.597`: expected a number that",
        ),
        (
            "m,v,x\n2/1/2025,5,a\n",
            "row 2, column `m`, value `2/1/2025`: expected a date that",
        ),
        (
            "m,v,x\n2024.1,5,a\n2024.11,6,a\n",
            "row 2, column `m`, value `2024.1`: expected a",
        ),
        ("m,v,x\n2025-01,-,a\n", "`--gap \"-\"` or `--nil \"-\"`"),
        (
            "m,v,x\n2025-01,1.5,a\n2025-02,\"1,5\",a\n",
            "not both `1.5` and `1,5`",
        ),
        (
            "m,v,x\n2025-01,1,a\n2025-01,2,a\n",
            "row 3, column `m`, value `2025-01`: expected a fig",
        ),
        (
            "m,v,v\n2025-01,1,2\n",
            "expected one column `v`, as value is mapped; there are col:#2, col:#3",
        ),
        (
            "m,w,x\n2025-01,1,a\n",
            "expected a column `v`, as value is mapped; the table has m, w, x",
        ),
    ] {
        let refused = read(table, parts).unwrap_err();
        assert!(refused.contains(expected), "{refused}");
    }
    let settled = read("m;v;x\n2025-01;41.597;a\n2025-02;1041.5;a\n", parts);
    assert_eq!(settled.unwrap()[0], "KAZ.CHN.X.TOTAL.USD 2025-01 41.597");
    let stated = read_by("m;v;x\n2025-01;41.597;a\n", |mapping| {
        mapping.add_parts(parts).unwrap();
        mapping.set_decimal(",").unwrap();
    });
    assert_eq!(stated.unwrap(), ["KAZ.CHN.X.TOTAL.USD 2025-01 41597"]);
}

#[test]
fn what_stands_beside_the_figures_may_not_contradict_what_is_stated() {
    let parts = "reporter=UZB,partner=CHN,flow=X,period=col:m,value=col:v,unit=USD 1000";
    for (table, expected) in [
        (
            "Exports in million US dollars\n\nm,v,x\n2025-01,5,a\n",
            "expected the unit USD 1000, as stated; the title `Exports in million US dollars` has",
        ),
        (
            "Imports of Utopia\n\nm,v,x\n2025-01,5,a\n",
            "expected the flow X, as stated; the title `Imports of Utopia` has M",
        ),
        (
            "Exports and imports, USD\n\nm,v,x\n2025-01,5,a\n",
            "expected the unit USD 1000, as stated; the title `USD` has USD",
        ),
        (
            "m,v,Unit\n2025-01,5,EUR thousand\n",
            "row 2, column `Unit`, value `EUR thousand`: expected the unit USD 1000, as stated",
        ),
        (
            "m,v,kind\n2025-01,5,Exports\n2025-02,5,Imports\n",
            "row 3, column `kind`, value `Imports`: expected the flow X, as stated",
        ),
    ] {
        let refused = read(table, parts).unwrap_err();
        assert!(refused.contains(expected), "{refused}");
    }
    // One title may name both flows, and another one the scale.
    let table = "Exports and imports, USD\n(thousands)\n\nm,v,x\n2025-01,5,a\n";
    assert_eq!(
        read(table, parts),
        lines(&["UZB.CHN.X.TOTAL.USD 2025-01 5000"])
    );
}

#[test]
fn columns_that_only_look_like_figures_are_none() {
    // `No` counts rows and is not Norway.
    let table = "No,Month,China,Kazakhstan\n1,2024.01,5,6\n2,2024.02,7,8\n";
    let found = read_by(table, |mapping| {
        mapping.add_parts("reporter=UZB,flow=X,unit=USD").unwrap();
        mapping.wide = true;
    });
    let expected = lines(&[
        "UZB.CHN.X.TOTAL.USD 2024-01 5",
        "UZB.KAZ.X.TOTAL.USD 2024-01 6",
        "UZB.CHN.X.TOTAL.USD 2024-02 7",
        "UZB.KAZ.X.TOTAL.USD 2024-02 8",
    ]);
    assert_eq!(found, expected);
    // A frequency `M` is no import, and a cumulative no month.
    let table = "FREQ,Month,Cumulative\nM,2024-01,5\nM,2024-02,9\n";
    let refused = read(table, "reporter=UZB,partner=CHN,unit=USD").unwrap_err();
    assert!(refused.contains("expected value, flow"), "{refused}");
}

#[test]
fn preliminary_months_notes_and_totals_are_known_as_such() {
    // The total of a year may be that of its months so far.
    let down = "m,v,x\n2025-01,5,a\n2025-02,6,a\nTOTAL 2025,11,a\nTotal,11,a\n";
    let parts = "reporter=UZB,partner=CHN,flow=X,period=col:m,value=col:v,unit=USD";
    let months = lines(&[
        "UZB.CHN.X.TOTAL.USD 2025-01 5",
        "UZB.CHN.X.TOTAL.USD 2025-02 6",
    ]);
    assert_eq!(read(down, parts), months);
    let table = "HS,Text,2024-01,2024-02*,Growth\n01,Animals,5,6,1\n02,Meat,7,8,1\n\
                 ,Total,12,14,1\nSource: an office, somewhere\n";
    let mut expected = Vec::new();
    for (product, values) in [("01", [5, 6]), ("02", [7, 8])] {
        for (month, value) in values.iter().enumerate() {
            expected.push(format!(
                "UZB.WLD.X.HS-{product}.USD 2024-0{} {value}",
                month + 1
            ));
        }
    }
    expected.push("UZB.WLD.X.TOTAL.USD 2024-01 12".to_owned());
    expected.push("UZB.WLD.X.TOTAL.USD 2024-02 14".to_owned());
    let parts = "reporter=UZB,partner=WLD,flow=X,unit=USD,product=col:HS,period=header";
    assert_eq!(read(table, parts), Ok(expected));
}

#[test]
fn quarters_are_read_as_they_are_written() {
    for quarter in [
        "T2 2024",
        "2024年第2季度",
        "II квартал 2024 г.",
        "2e trimestre 2024",
    ] {
        let table = format!("m,v,x\n{quarter},5,a\n");
        let parts = "reporter=UZB,partner=CHN,flow=X,period=col:m,value=col:v,unit=USD";
        let expected = lines(&["UZB.CHN.X.TOTAL.USD 2024-Q2 5"]);
        assert_eq!(read(&table, parts), expected, "{quarter}");
    }
}

#[test]
fn an_unknown_table_is_refused_with_the_command_that_fits() {
    let refused = read(
        "date,value,partner\n2025-01,1200,China\n2025-02,1100,China\n",
        "",
    );
    assert_eq!(
        refused.unwrap_err(),
        "t.csv: expected a known format or a mapping; this table (row 1) has the columns date, \
         value, partner; its first rows: 2025-01 | 1200 | China / 2025-02 | 1100 | China; nearest \
         is the format tidy, which needs reporter, flow, period, unit; to read it (where each row \
         is of the trade of its own country with the world: --map reporter=col:partner --partner \
         WLD in place of partner=col:partner and --reporter): tradecast import t.csv --map \
         partner=col:partner,period=col:date,value=col:value --reporter CODE --flow \
         FLOW --unit UNIT (CODE such as KAZ or WLD; FLOW is X (exports) or M (imports); \
         UNIT such as \"USD 1000\" or \"EUR mn\")"
    );
    let refused = read("date,China,Germany\n2025-01,1200,300\n", "").unwrap_err();
    let command = "tradecast import t.csv --wide --map period=col:date --reporter CODE --flow \
                   FLOW --unit UNIT (";
    assert!(refused.contains(command), "{refused}");
}

#[test]
fn a_constant_may_not_contradict_the_file() {
    let table = "kind,reporter,partner,flow,product,measure,period,value,unit\n\
                 observation,USA,CHN,M,TOTAL,level,2025-01,1,USD\n";
    let refused = read(table, "reporter=KAZ").unwrap_err();
    assert_eq!(
        refused,
        "t.csv: expected the reporter KAZ, as stated; the file has USA"
    );
}

#[test]
fn the_sheet_of_a_workbook_is_read_with_its_dates() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/mapped/exports.xlsx");
    let bytes = std::fs::read(file).unwrap();
    let mut mapping = Mapping::default();
    mapping
        .add_parts("reporter=UZB,flow=X,unit=USD 1000")
        .unwrap();
    mapping.wide = true;
    let options = ReadOptions {
        mapping,
        invalid_rows: InvalidRows::Refuse,
        format: None,
    };
    let (format, parsed) = read_bytes_with(Path::new("exports.xlsx"), &bytes, &options).unwrap();
    // 81 months of three partners from January 2019 on.
    assert_eq!((format, parsed.figures.len()), (Format::Mapped, 243));
    let first = &parsed.figures.rows()[0];
    assert_eq!(
        parsed.figures.key(first.key).to_string(),
        "UZB.KAZ.X.TOTAL.USD"
    );
    assert_eq!(first.span.to_string(), "2019-01");
    let left: u64 = parsed.excluded.values().map(|rows| rows.rows).sum();
    assert_eq!(left, 1, "the note below the table");
}

/// Read a sheet of a workbook whose cells have number formats.
fn read_formatted(file: &str, sheet: &str, unit: &str) -> Result<Vec<String>, String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/mapped");
    let bytes = std::fs::read(path.join(file)).unwrap();
    let mut mapping = Mapping {
        sheet: Some(sheet.to_owned()),
        ..Mapping::default()
    };
    let parts = format!("reporter=UZB,partner=col:Country,flow=X,value=col:Value,unit={unit}");
    mapping.add_parts(&parts).unwrap();
    let options = ReadOptions {
        mapping,
        ..ReadOptions::default()
    };
    let read = read_bytes_with(Path::new(file), &bytes, &options);
    let (_, parsed) = read.map_err(|error| error.to_string())?;
    let rows = parsed.figures.rows().iter();
    Ok(rows
        .map(|row| format!("{} {}", row.span, row.value))
        .collect())
}

#[test]
fn what_the_cells_of_a_workbook_show_counts() {
    for file in ["cell-formats.xlsx", "cell-formats.xls"] {
        for (sheet, unit, values) in [
            ("S2", "USD 1000", ["1500000", "2500000"]),
            ("S3", "EUR 1000", ["1500000", "2500000"]),
            ("S4", "USD", ["1500", "2500"]),
            ("S4", "CAD", ["1500", "2500"]),
            ("S6", "USD", ["1500000", "2500000"]),
            ("S7", "USD", ["1500", "2500"]),
        ] {
            let found = read_formatted(file, sheet, unit);
            let [first, second] = values;
            let expected = lines(&[&format!("2024-01 {first}"), &format!("2024-02 {second}")]);
            assert_eq!(found, expected, "{file}: {sheet} {unit}");
        }
        for (sheet, unit, says) in [
            (
                "S1",
                "USD",
                "value `12%`: expected a value, not a percentage",
            ),
            ("S3", "USD", "show `€`"),
            ("S4", "EUR", "show `$`"),
            (
                "S5",
                "USD",
                "show `kg` beside their numbers, which are quantities",
            ),
            ("S6", "USD mn", "in units of 1:"),
        ] {
            let refusal = read_formatted(file, sheet, unit).unwrap_err();
            assert!(refusal.contains(says), "{file}: {sheet} {unit}: {refusal}");
        }
    }
}
