//! Totals and their parts: nothing is counted twice, and no part is read as its total.

use super::test::{fixture, read_text};
use super::{read, read_bytes};
use crate::ingest::{FigureKind, InvalidRows};
use std::path::Path;

/// Of seven rows two are totals: imports of 151,580,564,290 and exports of 76,154,045,176 USD.
#[test]
fn parts_are_excluded_and_the_total_is_read() {
    let (_, parsed) = read(
        &fixture("comtrade/double-counts.json"),
        None,
        InvalidRows::Refuse,
    )
    .unwrap();
    let values: Vec<_> = parsed.figures.rows().iter().map(|f| f.value).collect();
    assert_eq!(values, [151_580_564_290.0, 76_154_045_176.0]);
    assert_eq!(
        parsed.excluded.values().map(|left| left.rows).sum::<u64>(),
        5
    );
}

/// `_YR` of March is January to March, never a month.
#[test]
fn a_year_to_date_is_a_release_over_its_span() {
    let (_, parsed) = read(&fixture("census/imports.json"), None, InvalidRows::Refuse).unwrap();
    let march: Vec<_> = parsed
        .figures
        .rows()
        .iter()
        .filter(|f| f.row == 4)
        .map(|f| (f.kind, f.span.to_string(), f.value))
        .collect();
    assert_eq!(
        march,
        [
            (
                FigureKind::Observation,
                "2025-03".to_owned(),
                29_383_677_776.0
            ),
            (FigureKind::Release, "2025-Q1".to_owned(), 102_658_220_772.0),
        ]
    );
}

/// 1,000 normal, 200 inward and 30 outward processing are 1,230; the period 202452 is the year.
#[test]
fn statistical_procedures_are_summed_and_52_is_a_year() {
    let (_, parsed) = read(&fixture("comext/procedures.dat"), None, InvalidRows::Refuse).unwrap();
    let found: Vec<_> = parsed
        .figures
        .rows()
        .iter()
        .map(|f| {
            (
                parsed.figures.key(f.key).to_string(),
                f.span.to_string(),
                f.value,
            )
        })
        .collect();
    assert_eq!(
        found,
        [("GRC.SRB.M.TOTAL.EUR".to_owned(), "2024".to_owned(), 1230.0)]
    );
}

pub(super) const SDMX_HEAD: &str =
    "DATAFLOW,REF_AREA,COUNTERPART_AREA,TRADE_FLOW,FREQ,TIME_PERIOD,OBS_VALUE,UNIT_MEASURE";

/// A row with another product classification, a mode of transport or a second partner is a part,
/// never the total.
#[test]
fn a_part_is_never_read_as_the_total() {
    let census = |column: &str, code: &str| {
        format!(
            "[[\"CTY_CODE\",\"{column}\",\"GEN_VAL_MO\",\"time\"],[\"5700\",\"{code}\",\"123\",\
             \"2025-01\"]]"
        )
    };
    let sdmx = |column: &str, code: &str| {
        format!("{SDMX_HEAD},{column}\nF,DE,CN,M,M,2025-01,7,USD,{code}\n")
    };
    let xml = |column: &str, code: &str| {
        format!(
            "<StructureSpecificData><DataSet action=\"Append\"><Series FREQ=\"M\" REPORTER=\"KOR\" \
             PARTNER=\"CHN\" TRADE_FLOW=\"M\" UNIT=\"USD\" {column}=\"{code}\"><Obs \
             TIME_PERIOD=\"2023-01\" OBS_VALUE=\"7\"/></Series></DataSet></StructureSpecificData>"
        )
    };
    for (column, part, total) in [
        ("NAICS", "336", "-"),
        ("SITC", "7", "-"),
        ("ENDUSE", "00000", "-"),
        ("HITECH", "01", ""),
        ("WHATEVER", "1", "-"),
    ] {
        let error = read_text(&census(column, part));
        assert!(
            error.contains(&format!(
                "row 2, column `{column}`, value `{part}`: expected a total"
            )),
            "{error}"
        );
        let text = read_text(&census(column, total));
        assert!(text.contains("USA,CHN,M,TOTAL"), "{text}");
    }
    for (column, part, total) in [
        ("SITC", "7", "TOTAL"),
        ("TRANSPORT_MODE", "3", "0"),
        ("COUNTERPART_AREA_2", "JP", "W0"),
        ("COMMODITY_2", "87", "_T"),
        ("CUSTOMS_PROC", "C01", "C00"),
        ("WHATEVER", "1", "_Z"),
        ("FREQUENCY", "A", "M"),
    ] {
        for text in [sdmx(column, part), xml(column, part)] {
            let error = read_text(&text);
            assert!(
                error.contains(&format!("column `{column}`, value `{part}`: expected")),
                "{error}"
            );
        }
        for text in [sdmx(column, total), xml(column, total)] {
            let text = read_text(&text);
            assert!(text.contains(",CHN,M,TOTAL,level"), "{text}");
        }
    }
    let found = sdmx("COMMENT_OBS,LAST UPDATE", "as revised,2025");
    assert!(
        read_text(&found).contains("DEU,CHN,M,TOTAL"),
        "attributes are no parts"
    );
    let labels = "STRUCTURE,STRUCTURE_ID,STRUCTURE_NAME,REF_AREA,Reference \
        area,COUNTERPART_AREA,Partner,TRADE_FLOW,Flow,TIME_PERIOD,OBS_VALUE,UNIT_MEASURE\n\
                  dataflow,F,Trade,DE,Germany,CN,China,M,Imports,2025-01,7,USD\n";
    assert!(
        read_text(labels).contains("DEU,CHN,M,TOTAL"),
        "labels are no codes"
    );
}

/// The last line of a truncated file may still look whole: `USD` of `USD mn` is a value a million
/// times too small.
#[test]
fn rows_that_end_early_and_columns_that_come_twice_are_refused() {
    let tidy = crate::ingest::figures::TIDY_COLUMNS.join(",");
    let row = "observation,USA,MEX,M,TOTAL,level,2025-0";
    for (text, expected) in [
        (
            format!("{tidy}\n{row}1,101,USD mn,published,,Census\n{row}2,101,USD"),
            "row 3: expected 12 cells, not 9",
        ),
        (
            format!("{tidy},value\n{row}1,1,USD,p,,s,2\n"),
            "column `value`: expected this column once",
        ),
        (
            format!("{tidy}\n{row}1,1,KGM,p,,s\n"),
            "column `unit`, value `KGM`: expected a currency of ISO 4217",
        ),
        (
            format!("{tidy}\n{row}1,1,USD,p,2020-01-01,s\n"),
            "column `released_on`, value `2020-01-01`: expected a day of release at most 366 days \
             before",
        ),
        (
            "unique_id,ds,y\nUSA.MEX.M.TOTAL.KGM,2025-01,1\n".to_owned(),
            "expected a currency of ISO 4217, not `KGM`",
        ),
        (
            format!("{SDMX_HEAD},obs_value\nF,DE,CN,M,M,2025-01,7,USD,8\n"),
            "column `obs_value`, value `8`: expected `7`, as column `OBS_VALUE` says",
        ),
        (
            "reporterCode,flowCode,partnerCode,cmdCode,freqCode,period,primaryValue,primaryValue\n"
                .to_owned(),
            "column `primaryValue`: expected this column once",
        ),
    ] {
        let found = read_text(&text);
        assert!(found.contains(expected), "{text}\n gives {found}");
    }
    let cut =
        format!("{tidy}\n\n{row}1,101,USD,published,,\"a\nb\"\n{row}2,7,USD\n{row}3,7,USD,,,\n");
    let (_, parsed) =
        read_bytes(Path::new("f"), cut.as_bytes(), None, InvalidRows::Report).unwrap();
    let refused: Vec<_> = parsed.refusals.iter().map(|refusal| refusal.row).collect();
    assert_eq!((parsed.figures.len(), refused), (2, vec![Some(4)]));
    let whole = format!("{tidy}\n\n{row}1,101,USD,published,,\n\n{row}2,2079.2,USD mn,,,");
    let (_, parsed) =
        read_bytes(Path::new("f"), whole.as_bytes(), None, InvalidRows::Refuse).unwrap();
    let values: Vec<_> = parsed.figures.rows().iter().map(|row| row.value).collect();
    assert_eq!(
        values,
        [101.0, 2_079_200_000.0],
        "blank lines and empty cells are no short rows"
    );
}

const COMEXT_HEAD: &str = "REPORTER,PARTNER,PRODUCT_NC,FLOW,STAT_PROCEDURE,PERIOD,VALUE_EUR";

#[test]
fn an_unknown_column_of_comext_must_state_the_total() {
    let text = |column: &str, code: &str| {
        format!("{COMEXT_HEAD},{column}\nDE,CN,27,1,1,202405,7,{code}\n")
    };
    for column in ["MODE_OF_TRANSPORT", "PARTNER_2", "WHATEVER"] {
        let error = read_text(&text(column, "3"));
        let expected = format!("row 2, column `{column}`, value `3`: expected a total");
        assert!(error.contains(&expected), "{error}");
        for total in ["TOTAL", ""] {
            let found = read_text(&text(column, total));
            assert!(found.contains("DEU,CHN,M,CN-27"), "{found}");
        }
    }
    // Columns of the files before and since 2022.
    for column in [
        "DECLARANT",
        "TRADE_TYPE",
        "PRODUCT_CPA2_1",
        "SUPP_UNIT",
        "SUP_QUANTITY",
        "QUANTITY_IN_KG",
        "value_nac",
    ] {
        let found = read_text(&text(column, "3"));
        assert!(found.contains("DEU,CHN,M,CN-27"), "{found}");
    }
    // The sum lacks the refused row of another procedure.
    let rows = format!(
        "{COMEXT_HEAD},WHATEVER\nDE,CN,27,1,1,202405,7,\nDE,CN,27,1,2,202405,8,3\n\
         DE,CN,27,1,1,202406,9,\n"
    );
    let read = read_bytes(Path::new("f"), rows.as_bytes(), None, InvalidRows::Report);
    let parsed = read.unwrap().1;
    let values: Vec<_> = parsed.figures.rows().iter().map(|row| row.value).collect();
    assert_eq!(values, [9.0]);
}

#[test]
fn of_a_procedure_given_twice_no_part_is_stored() {
    let text = format!(
        "{COMEXT_HEAD}\nDE,CN,27,1,1,202405,7\nDE,CN,27,1,2,202405,8\nDE,CN,27,1,1,202405,70\n\
         DE,CN,27,1,1,202406,9\n"
    );
    let read = read_bytes(Path::new("f"), text.as_bytes(), None, InvalidRows::Report);
    let parsed = read.unwrap().1;
    let values: Vec<_> = parsed.figures.rows().iter().map(|row| row.value).collect();
    let refused: Vec<_> = parsed.refusals.iter().map(|r| r.row).collect();
    assert_eq!(values, [9.0]);
    assert_eq!(refused, [Some(2), Some(3), Some(4)]);
}

/// Annual rows carry refMonth 52. The values are invented; the year is more than its two months
/// that are there.
#[test]
fn a_year_of_comtrade_stays_beside_its_months() {
    let head = "freqCode,refPeriodId,refYear,refMonth,period,reporterCode,flowCode,partnerCode,\
        cmdCode,primaryValue";
    let row = |frequency: &str, month: u32, period: &str, value: f64| {
        format!("{frequency},20230101,2023,{month},{period},842,M,392,TOTAL,{value}\n")
    };
    let text = [
        format!("{head}\n"),
        row("M", 1, "202301", 10.0),
        row("A", 52, "2023", 145.0),
        row("M", 2, "202302", 12.0),
    ]
    .concat();
    let read = read_bytes(Path::new("f"), text.as_bytes(), None, InvalidRows::Refuse);
    let parsed = read.unwrap().1;
    let found: Vec<_> = parsed
        .figures
        .rows()
        .iter()
        .map(|row| (row.kind, row.span.to_string(), row.value))
        .collect();
    assert_eq!(
        found,
        [
            (FigureKind::Observation, "2023-01".to_owned(), 10.0),
            (FigureKind::Release, "2023".to_owned(), 145.0),
            (FigureKind::Observation, "2023-02".to_owned(), 12.0),
        ]
    );
}
