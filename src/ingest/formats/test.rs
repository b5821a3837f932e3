//! Every format on the files in `tests/fixtures` (their sources: `tests/fixtures/README.md`), every refusal, every known trap.

use super::{Format, read, read_bytes};
use crate::ingest::{FigureKind, InvalidRows, ParsedFile};
use proptest::prelude::*;
use std::path::Path;

fn fixture(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures")
        .join(name)
}

/// The figures of a fixture as tidy rows, and what was left out.
fn rows(name: &str) -> String {
    let (format, parsed) = match read(&fixture(name), None, InvalidRows::Refuse) {
        Ok(read) => read,
        Err(error) => panic!("{name}: {error}"),
    };
    told(format, &parsed)
}

fn told(format: Format, parsed: &ParsedFile) -> String {
    let mut text = format!("{format}\n");
    for row in parsed.figures.rows() {
        let cells = parsed.figures.tidy_row(row);
        text += &format!("{:>3} {}\n", row.row, cells.join(","));
    }
    for (reason, left) in &parsed.excluded {
        text += &format!(
            "left out {} from row {}: {reason}\n",
            left.rows, left.first_row
        );
    }
    for refusal in &parsed.refusals {
        text += &format!("refused {refusal}\n");
    }
    text
}

/// What parsed a text comes to.
fn read_text(text: &str) -> String {
    match read_bytes(
        Path::new("file"),
        text.as_bytes(),
        None,
        InvalidRows::Refuse,
    ) {
        Ok((format, parsed)) => told(format, &parsed),
        Err(error) => error.to_string(),
    }
}

#[test]
fn each_format_is_recognised_and_read() {
    for name in [
        "tidy/figures.csv",
        "long/panel.csv",
        "sdmx-csv/imts.csv",
        "sdmx-csv/imts-2.csv",
        "sdmx-csv/actions.csv",
        "sdmx-csv/comext-api.csv",
        "sdmx-ml/wits.xml",
        "sdmx-ml/groups.xml",
        "sdmx-json/data-1.0.json",
        "sdmx-json/data-2.0.json",
        "comtrade/usa-jpn-2023.json",
        "comtrade/double-counts.json",
        "comtrade/deviations.csv",
        "comext/full_202402.dat",
        "comext/procedures.dat",
        "census/imports.json",
        "census/exports.json",
        "china-customs/2025-11.xlsx",
        "china-customs/2025-01.xls",
    ] {
        insta::assert_snapshot!(name.replace(['/', '.'], "-"), rows(name));
    }
}

#[test]
fn containers_do_not_change_what_is_read() {
    let plain = rows("comext/full_202402.dat");
    assert_eq!(rows("comext/full_202402.dat.gz"), plain);
    assert_eq!(rows("comext/full_v2_202402.7z"), plain);
    // A byte changed within the packed data is found by the archive's check sum, not read over.
    let mut broken = std::fs::read(fixture("comext/full_v2_202402.7z")).unwrap();
    broken[32 + 100] ^= 0x55;
    assert!(read_bytes(Path::new("full.7z"), &broken, None, InvalidRows::Refuse).is_err());
    assert_eq!(
        rows("china-customs/2025-11.xls"),
        rows("china-customs/2025-11.xlsx")
    );
}

#[test]
fn tidy_rows_are_read_as_they_were_written() {
    let (_, parsed) = read(&fixture("tidy/figures.csv"), None, InvalidRows::Refuse).unwrap();
    let text = std::fs::read_to_string(fixture("tidy/figures.csv")).unwrap();
    let written: Vec<String> = parsed
        .figures
        .rows()
        .iter()
        .map(|row| parsed.figures.tidy_row(row).join(","))
        .collect();
    assert_eq!(written, text.lines().skip(1).collect::<Vec<_>>());
}

/// The last digit that a file writes states the rounding, also where it is a zero.
#[test]
fn the_long_layout_keeps_the_digits_of_a_value() {
    let text = "unique_id,ds,y\nCHN.KAZ.T.TOTAL.CNY,2025-01,286.40\n\
                CHN.KAZ.T.TOTAL.CNY,2025-02,286.4\nCHN.KAZ.T.TOTAL.CNY,2025-03,286.0\n\
                CHN.KAZ.T.TOTAL.CNY,2025-04,2.8640e2\nCHN.KAZ.T.TOTAL.CNY,2025-05,\n";
    let read = read_bytes(Path::new("f"), text.as_bytes(), None, InvalidRows::Refuse);
    let figures = read.unwrap().1.figures;
    let near = |rounding: f64, expected: f64| (rounding / expected - 1.0).abs() < 1e-12;
    // Programs write whole numbers with `.0` behind them, which states no digit.
    for (row, expected) in figures.rows().iter().zip([0.005, 0.05, 0.5, 0.005, 0.5]) {
        assert!(
            near(row.rounding, expected),
            "{}: {}",
            row.row,
            row.rounding
        );
    }
    assert_eq!(figures.rows()[0].value, 286.4);
    assert_eq!(figures.tidy_row(&figures.rows()[0])[7], "286.40");
}

#[test]
fn parquet_is_told_from_its_bytes() {
    use polars::prelude::*;
    let mut frame =
        df!("unique_id" => ["USA.MEX.M.TOTAL.USD"], "ds" => ["2025-01"], "y" => [41_597_114_578.0])
            .unwrap();
    let mut bytes = Vec::new();
    ParquetWriter::new(&mut bytes).finish(&mut frame).unwrap();
    let (format, parsed) =
        read_bytes(Path::new("panel"), &bytes, None, InvalidRows::Refuse).unwrap();
    assert_eq!((format, parsed.figures.len()), (Format::Long, 1));
    assert_eq!(parsed.figures.rows()[0].value, 41_597_114_578.0);
    assert_eq!(parsed.file(), Path::new("panel"));
}

#[test]
fn every_refusal_names_row_column_value_and_what_was_expected() {
    const IMTS: &str =
        "DATAFLOW,COUNTRY,INDICATOR,COUNTERPART_COUNTRY,FREQUENCY,TIME_PERIOD,OBS_VALUE,SCALE\n";
    const SDMX: &str = "STRUCTURE,STRUCTURE_ID,ACTION,REF_AREA,COUNTERPART_AREA,TRADE_FLOW,FREQ,TIME_PERIOD,OBS_VALUE,UNIT_MEASURE,UNIT_MULT\n";
    const COMTRADE: &str = "freqCode,period,reporterCode,flowCode,partnerCode,partner2Code,cmdCode,customsCode,motCode,primaryValue\n";
    const COMEXT: &str = "REPORTER,PARTNER,PRODUCT_NC,FLOW,STAT_PROCEDURE,PERIOD,VALUE_EUR\n";
    const CENSUS: &str = r#"[["CTY_CODE","GEN_VAL_MO","GEN_VAL_YR","time"],"#;
    let xml = |obs: &str| {
        format!(
            "<StructureSpecificData>\n<DataSet>\n<Series FREQ=\"M\" REPORTER=\"KOR\" PARTNER=\"CHN\" INDICATOR=\"XPRT-TRD-VL\">\n{obs}\n</Series></DataSet></StructureSpecificData>"
        )
    };
    let json = |data: &str| format!("{{\"count\":1,\"data\":[{data}],\"error\":\"\"}}");
    let record = |reporter: &str, value: &str| {
        format!(
            "{{\"freqCode\":\"A\",\"period\":\"2023\",\"reporterCode\":{reporter},\"flowCode\":\"M\",\"partnerCode\":0,\"cmdCode\":\"TOTAL\",\"primaryValue\":{value}}}"
        )
    };
    let cases: Vec<(&str, String)> = vec![
        ("empty file", String::new()),
        ("unknown columns", "a,b,c\n1,2,3\n".into()),
        ("unknown text", "hello".into()),
        ("unknown xml", "<feed><entry/></feed>".into()),
        ("unknown json", "{\"a\": 1}".into()),
        ("web page", "<!DOCTYPE html><html><body>Error</body></html>".into()),
        ("a provider's error in JSON", "{\"statusCode\":429,\"message\":\"Rate limit is exceeded. Try again in 1 seconds.\"}".into()),
        ("sdmx error message", "<mes:Error xmlns:mes=\"m\"><mes:ErrorMessage code=\"100\"><com:Text>No data for query</com:Text></mes:ErrorMessage></mes:Error>".into()),
        ("generic sdmx", "<mes:GenericData xmlns:mes=\"m\"><mes:DataSet/></mes:GenericData>".into()),
        ("cut xml", "<StructureSpecificData><DataSet><Series".into()),
        ("xml ends early", "<StructureSpecificData><DataSet>".into()),
        ("cut json", "{\"count\":2,\"data\":[{\"typeCode\":".into()),
        ("imts: value", format!("{IMTS}F,USA,XG_FOB_USD,CAN,A,2024,many,6\n")),
        ("imts: infinite", format!("{IMTS}F,USA,XG_FOB_USD,CAN,A,2024,inf,6\n")),
        ("imts: negative exports", format!("{IMTS}F,USA,XG_FOB_USD,CAN,A,2024,-1,6\n")),
        ("imts: too large", format!("{IMTS}F,USA,XG_FOB_USD,CAN,A,2024,1e101,6\n")),
        ("imts: period", format!("{IMTS}F,USA,XG_FOB_USD,CAN,A,2024-13,1,6\n")),
        ("imts: frequency and period", format!("{IMTS}F,USA,XG_FOB_USD,CAN,A,2024-05,1,6\n")),
        ("imts: area", format!("{IMTS}F,U S,XG_FOB_USD,CAN,A,2024,1,6\n")),
        ("imts: twice", format!("{IMTS}F,USA,XG_FOB_USD,CAN,M,2024-05,1,6\nF,USA,XG_FOB_USD,CAN,M,2024-M05,2,6\n")),
        ("imts: nothing of value", format!("{IMTS}F,USA,MG_FOB_USD,CAN,A,2024,1,6\n")),
        ("imts: short row", format!("{IMTS}F,USA,XG_FOB_USD,CAN\n")),
        ("imts: no partner column", "DATAFLOW,COUNTRY,INDICATOR,TIME_PERIOD,OBS_VALUE\n".into()),
        ("sdmx: action", format!("{SDMX}dataflow,F,X,KR,CN,M,M,2024-05,1,USD,0\n")),
        ("sdmx: deletion of a year", format!("{SDMX}dataflow,F,D,KR,CN,M,A,2024,,USD,0\n")),
        ("sdmx: flow", format!("{SDMX}dataflow,F,I,KR,CN,1,M,2024-05,1,USD,0\n")),
        ("sdmx: unit", format!("{SDMX}dataflow,F,I,KR,CN,M,M,2024-05,1,DOLLARS,0\n")),
        ("sdmx: no currency", format!("{SDMX}dataflow,F,I,KR,CN,M,M,2024-05,1,,0\n")),
        ("sdmx: multiplier", format!("{SDMX}dataflow,F,I,KR,CN,M,M,2024-05,1,USD,six\n")),
        ("sdmx-ml: value", xml("<Obs TIME_PERIOD=\"2019-01\" OBS_VALUE=\"1\"/>\n<Obs TIME_PERIOD=\"2019-02\" OBS_VALUE=\"x\"/>")),
        ("sdmx-ml: period", xml("<Obs TIME_PERIOD=\"soon\" OBS_VALUE=\"1\"/>")),
        ("sdmx-json: position", "{\"dataSets\":[{\"observations\":{\"0:9\":[1]}}],\"structure\":{\"dimensions\":{\"observation\":[{\"id\":\"REF_AREA\",\"values\":[{\"id\":\"KR\"}]},{\"id\":\"TIME_PERIOD\",\"values\":[{\"id\":\"2024\"}]}]}}}".into()),
        ("sdmx-json: no structure", "{\"dataSets\":[{\"observations\":{}}]}".into()),
        ("comtrade: no data, no error", "{\"elapsedTime\":\"0.02 secs\",\"count\":0,\"data\":[],\"error\":\"\"}".into()),
        ("comtrade: no data in csv", COMTRADE.into()),
        ("comtrade: error", "{\"count\":0,\"data\":[],\"error\":\"Invalid period\"}".into()),
        ("comtrade: cut answer", "{\"count\":3,\"data\":[{}],\"error\":\"\"}".into()),
        ("comtrade: reporter", json(&record("\"CHN\"", "1"))),
        ("comtrade: value", json(&record("156", "\"n/a\""))),
        ("comtrade: no column", json("{\"freqCode\":\"A\"}")),
        ("comtrade: flow", format!("{COMTRADE}A,2023,842,Z,392,0,TOTAL,C00,0,1\n")),
        ("comtrade: refMonth as period", format!("{COMTRADE}A,202352,842,M,392,0,TOTAL,C00,0,1\n")),
        ("comtrade: month", format!("{COMTRADE}M,202313,842,M,392,0,TOTAL,C00,0,1\n")),
        ("comtrade: frequency", format!("{COMTRADE}Q,2023,842,M,392,0,TOTAL,C00,0,1\n")),
        ("comtrade: a part without its total", format!("{COMTRADE}A,2023,842,M,392,0,TOTAL,C00,2100,1\n")),
        ("comtrade: the total twice", format!("{COMTRADE}A,2023,842,M,392,0,TOTAL,C00,0,1\nA,2023,840,M,392,0,TOTAL,C00,0,2\n")),
        ("comext: flow", format!("{COMEXT}AT,AD,TOTAL,3,1,202402,1\n")),
        ("comext: period", format!("{COMEXT}AT,AD,TOTAL,1,1,202413,1\n")),
        ("comext: partner", format!("{COMEXT}AT,,TOTAL,1,1,202402,1\n")),
        ("comext: value", format!("{COMEXT}AT,AD,TOTAL,1,1,202402,:\n")),
        ("comext: a procedure twice", format!("{COMEXT}AT,AD,TOTAL,1,1,202402,1\nAT,AD,TOTAL,1,1,202402,1\n")),
        ("census: country", format!("{CENSUS}[\"CHINA\",\"1\",\"1\",\"2025-01\"]]")),
        ("census: value", format!("{CENSUS}[\"5700\",\"(D)\",\"1\",\"2025-01\"]]")),
        ("census: time", format!("{CENSUS}[\"5700\",\"1\",\"1\",\"2025\"]]")),
        ("census: short row", format!("{CENSUS}[\"5700\",\"1\"]]")),
        ("census: no value", "[[\"CTY_CODE\",\"time\"],[\"5700\",\"2025-01\"]]".into()),
        ("census: a month twice", format!("{CENSUS}[\"5700\",\"1\",\"1\",\"2025-01\"],[\"5700\",\"2\",\"2\",\"2025-01\"]]")),
        ("tidy: value", "kind,reporter,partner,flow,product,measure,period,value,unit,status,released_on,source\nobservation,USA,MEX,M,TOTAL,level,2025-01,x,USD,published,,s\n".into()),
        ("long: name", "unique_id,ds,y\nM1,2025-01,1\n".into()),
        ("long: value", "unique_id,ds,y\nUSA.MEX.M.TOTAL.USD,2025-01,x\n".into()),
    ];
    let mut text = String::new();
    for (name, content) in &cases {
        text += &format!("{name}\n    {}\n", read_text(content));
    }
    insta::assert_snapshot!("refusals", text);
}

#[test]
fn accept_valid_takes_the_others_and_lists_the_refused() {
    let (format, parsed) = read(
        &fixture("china-customs/wrong.xlsx"),
        None,
        InvalidRows::Report,
    )
    .unwrap();
    assert_eq!(format, Format::ChinaCustoms);
    let refused: Vec<String> = parsed
        .refusals
        .iter()
        .map(|refusal| {
            let cell = (
                refusal.row.unwrap(),
                refusal.column.clone().unwrap(),
                refusal.value.clone().unwrap(),
            );
            format!("{cell:?} {}", refusal.expected)
        })
        .collect();
    assert_eq!(
        refused,
        [
            "(7, \"D\", \"1720x\") expected a number, or `-` for nil",
            "(9, \"A\", \"乌托邦\") expected a country, region or group of the customs' list",
        ]
    );
    let whole = read(
        &fixture("china-customs/2025-11.xlsx"),
        None,
        InvalidRows::Refuse,
    )
    .unwrap()
    .1;
    assert_eq!(parsed.figures.len() + 1, whole.figures.len());
}

#[test]
fn accept_valid_is_for_every_format() {
    let tidy = "kind,reporter,partner,flow,product,measure,period,value,unit,status,released_on,source\n\
        observation,USA,MEX,M,TOTAL,level,2025-01,x,USD,published,,s\n\
        observation,USA,MEX,M,TOTAL,level,2025-02,2,USD,published,,s\n\
        observation,USA,MEX,M,TOTAL,level,2025-02,3,USD,published,,s\n";
    let imts = "DATAFLOW,COUNTRY,INDICATOR,COUNTERPART_COUNTRY,FREQUENCY,TIME_PERIOD,OBS_VALUE\n\
        F,USA,XG_FOB_USD,CAN,M,2025-01,x\nF,USA,XG_FOB_USD,CAN,M,2025-02,2\nF,USA,XG_FOB_USD,CAN,M,2025-02,3\n";
    for text in [tidy, imts] {
        let (_, parsed) =
            read_bytes(Path::new("f"), text.as_bytes(), None, InvalidRows::Report).unwrap();
        let rows: Vec<_> = parsed.refusals.iter().map(|refusal| refusal.row).collect();
        assert_eq!(
            (parsed.figures.len(), rows),
            (1, vec![Some(2), Some(4)]),
            "{text}"
        );
        assert!(
            parsed
                .refusals
                .iter()
                .all(|refusal| refusal.file == Path::new("f"))
        );
    }
}

#[test]
fn a_named_format_overrides_what_the_content_says() {
    let file = fixture("comtrade/usa-jpn-2023.json");
    let error = read(&file, Some(Format::Census), InvalidRows::Refuse).unwrap_err();
    assert!(
        error.to_string().contains("expected an array of rows"),
        "{error}"
    );
    for format in Format::ALL {
        assert_eq!(Format::parse(format.word()), Some(format));
    }
}

/// DOMAIN: the value of USA exports to Canada in 2024, 349,397,894,619 USD, stands beside SCALE 6 and is not multiplied by it; a
/// `UNIT_MULT` of 3 multiplies Korea's imports from China in January 2001, 999,763 thousand USD.
#[test]
fn scale_is_not_a_multiplier_and_unit_mult_is() {
    let value = |name: &str| {
        read(&fixture(name), None, InvalidRows::Refuse)
            .unwrap()
            .1
            .figures
            .rows()[0]
            .value
    };
    assert_eq!(value("sdmx-csv/imts.csv"), 349_397_894_619.0);
    assert_eq!(value("sdmx-ml/groups.xml"), 999_763_000.0);
    assert_eq!(value("sdmx-json/data-1.0.json"), 999_763_000.0);
    assert_eq!(value("sdmx-json/data-2.0.json"), 999_763_000.0);
}

/// Of seven rows two are totals: imports of 151,580,564,290 and exports of 76,154,045,176 USD.
#[test]
fn double_counts_are_left_out_and_the_total_stands() {
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
    let told: Vec<_> = parsed
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
        told,
        [("GRC.SRB.M.TOTAL.EUR".to_owned(), "2024".to_owned(), 1230.0)]
    );
}

const SDMX_HEAD: &str =
    "DATAFLOW,REF_AREA,COUNTERPART_AREA,TRADE_FLOW,FREQ,TIME_PERIOD,OBS_VALUE,UNIT_MEASURE";

/// A product that is not read, a invalid_rows of transport, a second partner: such a row is a part, and no total.
#[test]
fn a_part_is_never_taken_as_the_total() {
    let census = |column: &str, code: &str| {
        format!(
            "[[\"CTY_CODE\",\"{column}\",\"GEN_VAL_MO\",\"time\"],[\"5700\",\"{code}\",\"123\",\"2025-01\"]]"
        )
    };
    let sdmx = |column: &str, code: &str| {
        format!("{SDMX_HEAD},{column}\nF,DE,CN,M,M,2025-01,7,USD,{code}\n")
    };
    let xml = |column: &str, code: &str| {
        format!(
            "<StructureSpecificData><DataSet action=\"Append\"><Series FREQ=\"M\" REPORTER=\"KOR\" PARTNER=\"CHN\" TRADE_FLOW=\"M\" UNIT=\"USD\" {column}=\"{code}\"><Obs TIME_PERIOD=\"2023-01\" OBS_VALUE=\"7\"/></Series></DataSet></StructureSpecificData>"
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
    let told = sdmx("COMMENT_OBS,LAST UPDATE", "as revised,2025");
    assert!(
        read_text(&told).contains("DEU,CHN,M,TOTAL"),
        "attributes are no parts"
    );
    let labels = "STRUCTURE,STRUCTURE_ID,STRUCTURE_NAME,REF_AREA,Reference area,COUNTERPART_AREA,Partner,TRADE_FLOW,Flow,TIME_PERIOD,OBS_VALUE,UNIT_MEASURE\n\
                  dataflow,F,Trade,DE,Germany,CN,China,M,Imports,2025-01,7,USD\n";
    assert!(
        read_text(labels).contains("DEU,CHN,M,TOTAL"),
        "labels are no codes"
    );
}

#[test]
fn what_no_message_of_sdmx_may_say_is_refused() {
    let row = |frequency: &str, period: &str, unit: &str| {
        format!("{SDMX_HEAD}\nF,DE,CN,M,{frequency},{period},7,{unit}\n")
    };
    let imts = "DATAFLOW,COUNTRY,INDICATOR,COUNTERPART_COUNTRY,FREQUENCY,TIME_PERIOD,OBS_VALUE\n";
    let empty = "<m:Error xmlns:m=\"m\">\n  <m:ErrorMessage code=\"100\">\n    <c:Text>No results found</c:Text>\n  </m:ErrorMessage>\n</m:Error>";
    for (text, expected) in [
        (
            row("M", "2025-01", "KGM"),
            "column `UNIT_MEASURE`, value `KGM`: expected a currency of ISO 4217",
        ),
        (
            row("D", "2024-05-02", "USD"),
            "column `FREQ`, value `D`: expected a frequency of months or longer",
        ),
        (
            row("W", "2024-05-01", "USD"),
            "column `FREQ`, value `W`: expected a frequency of months or longer",
        ),
        (
            row("M", "2024-05-02", "USD"),
            "column `TIME_PERIOD`, value `2024-05-02`: expected a month",
        ),
        (
            row("", "20240502", "USD"),
            "column `TIME_PERIOD`, value `20240502`: expected a month",
        ),
        (
            format!("{imts}F,USA,XG_FOB_EUR,CAN,M,2025-01,1\n"),
            "an indicator that is not known: XG_FOB_EUR",
        ),
        (
            format!("{imts}F,USA,PCPI,CAN,M,2025-01,1\n"),
            "an indicator that is not known, so that",
        ),
        (
            empty.to_owned(),
            "expected data, not an error: No results found",
        ),
    ] {
        let told = read_text(&text);
        assert!(told.contains(expected), "{text}\n gives {told}");
    }
    assert!(read_text(&row("M", "2024-05-01", "USD")).contains("level,2024-05,7,USD"));
}

#[test]
fn a_data_set_that_deletes_brings_no_figures() {
    let set = |action: &str, month: &str| {
        format!(
            "<DataSet action=\"{action}\"><Series FREQ=\"M\" REPORTER=\"KOR\" PARTNER=\"CHN\" TRADE_FLOW=\"M\" UNIT=\"USD\"><Obs TIME_PERIOD=\"{month}\" OBS_VALUE=\"7\"/></Series></DataSet>"
        )
    };
    let text = format!(
        "<StructureSpecificData>{}{}</StructureSpecificData>",
        set("Delete", "2023-01"),
        set("Append", "2023-02")
    );
    let (_, parsed) =
        read_bytes(Path::new("f"), text.as_bytes(), None, InvalidRows::Report).unwrap();
    assert_eq!((parsed.figures.len(), parsed.refusals.len()), (1, 1));
    assert_eq!(parsed.figures.rows()[0].span.to_string(), "2023-02");
}

#[test]
fn rows_of_sdmx_json_follow_their_positions() {
    let months: Vec<String> = (1..=12)
        .map(|m| format!("{{\"id\":\"2024-{m:02}\"}}"))
        .collect();
    let observations: Vec<String> = (0..12).map(|at| format!("\"0:0:0:{at}\":[1]")).collect();
    let text = format!(
        "{{\"dataSets\":[{{\"observations\":{{{}}}}}],\"structure\":{{\"dimensions\":{{\"observation\":[{{\"id\":\"REF_AREA\",\"values\":[{{\"id\":\"KR\"}}]}},{{\"id\":\"COUNTERPART_AREA\",\"values\":[{{\"id\":\"CN\"}}]}},{{\"id\":\"INDICATOR\",\"values\":[{{\"id\":\"XG_FOB_USD\"}}]}},{{\"id\":\"TIME_PERIOD\",\"values\":[{}]}}]}}}}}}",
        observations.join(","),
        months.join(",")
    );
    let (_, parsed) =
        read_bytes(Path::new("f"), text.as_bytes(), None, InvalidRows::Refuse).unwrap();
    let rows: Vec<_> = parsed
        .figures
        .rows()
        .iter()
        .map(|f| (f.row, f.span.first().of_year()))
        .collect();
    assert_eq!(
        rows,
        (1..=12).map(|m| (u64::from(m), m)).collect::<Vec<_>>()
    );
}

/// Of a cut file the last line may still look whole: `USD` of `USD mn` is a value a million times too small.
#[test]
fn rows_that_end_early_and_columns_that_come_twice_are_refused() {
    let tidy = super::super::figures::TIDY_COLUMNS.join(",");
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
            "column `released_on`, value `2020-01-01`: expected a day of release at most 366 days before",
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
        let told = read_text(&text);
        assert!(told.contains(expected), "{text}\n gives {told}");
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

/// A message of SDMX-JSON 2.0: Korea's imports from China in January and February 2001, 999,763 and 874,455, with further members of the
/// structure's attributes and of the data set.
fn sdmx_json(attributes: &str, set: &str) -> String {
    let dimension = |place: usize, id: &str, codes: &str| {
        let codes: Vec<String> = codes
            .split(' ')
            .map(|code| format!("{{\"id\":\"{code}\"}}"))
            .collect();
        let codes = codes.join(",");
        format!("{{\"id\":\"{id}\",\"keyPosition\":{place},\"values\":[{codes}]}}")
    };
    // The frequency comes after the partner, though its level comes first.
    let dimensions = format!(
        "\"dataSet\":[{}],\"series\":[{},{},{}],\"observation\":[{}]",
        dimension(2, "FREQ", "M"),
        dimension(0, "REF_AREA", "KR JP"),
        dimension(1, "COUNTERPART_AREA", "US CN"),
        dimension(3, "TRADE_FLOW", "M"),
        dimension(4, "TIME_PERIOD", "2001-01 2001-02"),
    );
    format!(
        "{{\"data\":{{\"dataSets\":[{{\"attributes\":[\"USD\"],{set}}}],\"structures\":[{{\"name\":\"Trade\",\"links\":[{{\"urn\":\"urn:sdmx:org.sdmx.infomodel.datastructure.Dataflow=KCS:TRADE(1.0)\"}}],\
         \"dimensions\":{{{dimensions}}},\"measures\":{{\"observation\":[{{\"id\":\"OBS_VALUE\"}}]}},\
         \"attributes\":{{\"dataSet\":[{{\"id\":\"UNIT_MEASURE\"}}],{attributes}}}}}]}}}}"
    )
}

/// 999,763 millions are 999,763,000,000, and 874,455 are 874,455,000,000.
#[test]
fn what_is_said_of_a_group_or_by_default_multiplies_as_well() {
    let listed = "{\"id\":\"UNIT_MULT\",\"values\":[{\"id\":\"0\"},{\"id\":\"6\"}]}";
    let free = "{\"id\":\"UNIT_MULT\"}";
    let default = "{\"id\":\"UNIT_MULT\",\"default\":6,\"values\":[{\"id\":\"0\"},{\"id\":\"6\"}]}";
    let values = |level: &str, unit: &str, set: &str| -> Vec<f64> {
        let text = sdmx_json(&format!("\"{level}\":[{unit}]"), set);
        let read = read_bytes(Path::new("f"), text.as_bytes(), None, InvalidRows::Refuse);
        let rows = read.unwrap_or_else(|error| panic!("{text}: {error}")).1;
        let source = rows.figures.tidy_row(&rows.figures.rows()[0])[11].clone();
        assert_eq!(source, "KCS:TRADE(1.0)");
        rows.figures.rows().iter().map(|row| row.value).collect()
    };
    let series = "\"series\":{\"0:1:0\":{\"observations\":{\"0\":[999763],\"1\":[874455]}}}";
    let millions = [999_763_000_000.0, 874_455_000_000.0];
    for (unit, groups, expected) in [
        // The keys follow the data structure: Korea, China, any frequency, any flow; with and without a place for the time.
        (listed, "\"0:1:::\":[1]", millions),
        (listed, "\"0:1::\":[1]", millions),
        (listed, "\":1:0::\":[1],\"0::::\":[null]", millions),
        (listed, "\"::::\":[\"6\"]", millions),
        (
            listed,
            "\"1:1:::\":[0],\"0:1:::\":[1],\"0:0:::\":[0]",
            millions,
        ),
        (free, "\"0:1:::\":[6]", millions),
        (free, "\"0:1:::\":[[\"6\"]]", millions),
        (default, "", millions),
        (default, "\"1:1:::\":[0]", millions),
        (default, "\"0:1:::\":[null]", millions),
        (default, "\"0:1:::\":[]", millions),
        // A group may be one month.
        (
            listed,
            "\"::::0\":[1],\"::::1\":[0]",
            [999_763_000_000.0, 874_455.0],
        ),
        (default, "\"::::1\":[0]", [999_763_000_000.0, 874_455.0]),
    ] {
        let set = format!("\"dimensionGroupAttributes\":{{{groups}}},{series}");
        assert_eq!(values("dimensionGroup", unit, &set), expected, "{set}");
    }
    assert_eq!(values("dimensionGroup", default, series), millions);
    assert_eq!(values("series", default, series), millions);
    assert_eq!(values("observation", default, series), millions);
    let said = series.replace("[874455]", "[874455,0]");
    let one = [999_763_000_000.0, 874_455.0];
    assert_eq!(values("observation", default, &said), one);
}

#[test]
fn a_group_that_cannot_be_told_refuses_what_it_may_be_said_of() {
    let refusals = |groups: &str, series: &str| -> Vec<String> {
        let unit = "\"dimensionGroup\":[{\"id\":\"UNIT_MULT\",\"values\":[{\"id\":\"0\"},{\"id\":\"6\"}]}]";
        let set = format!("\"dimensionGroupAttributes\":{{{groups}}},\"series\":{{{series}}}");
        let text = sdmx_json(unit, &set);
        let read = read_bytes(Path::new("f"), text.as_bytes(), None, InvalidRows::Report);
        let parsed = read.unwrap().1;
        assert!(parsed.figures.is_empty(), "{text}");
        parsed.refusals.iter().map(ToString::to_string).collect()
    };
    let series = "\"0:1:0\":{\"observations\":{\"0\":[999763]}}";
    for (groups, expected) in [
        (
            "\"0:1\":[1]",
            "f, row 1, column `dimensionGroupAttributes`, value `0:1`: expected 5 positions, one a dimension",
        ),
        (
            "\"0:2:::\":[1]",
            "f, row 1, column `COUNTERPART_AREA`, value `2`: expected a position below 2",
        ),
        (
            "\"0:1:::\":[6]",
            "f, row 1, column `UNIT_MULT`, value `6`: expected a position below 2",
        ),
        (
            "\"0::::\":[0],\":1:::\":[1]",
            "f, row 1, column `UNIT_MULT`, value `6`: expected `0`, as column `UNIT_MULT` says",
        ),
    ] {
        assert_eq!(refusals(groups, series), [expected]);
    }
}

/// 27 is fuels in the Combined Nomenclature, crude fertilizers in SITC.
#[test]
fn products_of_two_classifications_are_two_series() {
    let keys = |text: &str| -> Vec<String> {
        let read = read_bytes(Path::new("f"), text.as_bytes(), None, InvalidRows::Refuse);
        let parsed = read.unwrap_or_else(|error| panic!("{text}: {error}")).1;
        let rows = parsed.figures.rows().iter();
        rows.map(|row| parsed.figures.key(row.key).to_string())
            .collect()
    };
    let of = |flow: &str, column: &str, product: &str| {
        keys(&format!(
            "DATAFLOW,freq,reporter,partner,{column},flow,indicators,TIME_PERIOD,OBS_VALUE\n{flow},M,DE,CN,{product},1,VALUE_IN_EUROS,2024-05,7\n"
        ))
    };
    for (flow, column, product, expected) in [
        ("ESTAT:DS-045409(1.0)", "product", "27", "CN-27"),
        ("ESTAT:DS-018995(1.0)", "product", "27", "SITC-27"),
        ("ESTAT:DS-018995(1.0)", "product", "TOTAL", "TOTAL"),
        // Any other data flow stands for its classification.
        ("ESTAT:DS-057380(1.0)", "product", "27", "DS057380-27"),
        ("ESTAT:DS-057380(1.1)", "product", "27", "DS057380-27"),
        ("ESTAT:EXT_LT(1.0)", "sitc06", "SITC0_1", "SITC-0_1"),
        ("ESTAT:EXT_LT(1.0)", "cpa", "27", "CPA-27"),
    ] {
        let expected = format!("DEU.CHN.M.{expected}.EUR");
        assert_eq!(of(flow, column, product), [expected], "{flow}");
    }
    let bulk =
        "REPORTER,PARTNER,PRODUCT_NC,FLOW,STAT_PROCEDURE,PERIOD,VALUE_EUR\nDE,CN,27,1,1,202405,7\n";
    assert_eq!(keys(bulk), ["DEU.CHN.M.CN-27.EUR"]);
    let xml = |id: &str, product: &str| {
        format!(
            "<StructureSpecificData>{id}<DataSet><Series FREQ=\"A\" REPORTER=\"KOR\" PARTNER=\"CHN\" INDICATOR=\"XPRT-TRD-VL\" PRODUCTCODE=\"{product}\"><Obs TIME_PERIOD=\"2023\" OBS_VALUE=\"7\"/></Series></DataSet></StructureSpecificData>"
        )
    };
    let wits = "<Ref agencyID=\"WBG_WITS\" id=\"DF_WITS_TradeStats_Trade\" version=\"1.0\"/>";
    let named = "<Structure>urn:sdmx:org.sdmx.infomodel.datastructure.Dataflow=OECD.SDD.TPS:DSD_BIMTS@DF_BIMTS_HS(1.0)</Structure>";
    for (id, product, expected) in [
        (wits, "manuf", "WB-MANUF"),
        (wits, "28-38_Chemicals", "WB-2838CHEMICALS"),
        // Five digits to the base of 36 of the FNV-1a hash of `OECD.SDD.TPS:DSD_BIMTS@DF_BIMTS_HS`, and of its sibling of CPA.
        (named, "27", "OECXQ6SF-27"),
        (&named.replace("_HS", "_CPA"), "27", "OEC6S8S7-27"),
    ] {
        let expected = format!("KOR.CHN.X.{expected}.USD");
        assert_eq!(keys(&xml(id, product)), [expected]);
    }
    let nameless = read_text(&xml("", "27"));
    assert!(
        nameless.contains("column `PRODUCTCODE`, value `27`: expected all goods, or a message that names its data flow"),
        "{nameless}"
    );
    assert!(read_text(&xml("", "Total")).contains("KOR,CHN,X,TOTAL"));
    let long = read_text(&xml(wits, "ABCDEFGHIJKLMNOP"));
    assert!(
        long.contains("fits into 16 characters with `WB-` before it"),
        "{long}"
    );
}

/// Flags of Eurostat (`bep`: a break, estimated, provisional) and codes of CL_OBS_STATUS, where S is a strike.
#[test]
fn forecasts_are_left_out_and_estimates_are_told() {
    let read = |flags: &str| {
        let text = format!(
            "{SDMX_HEAD},OBS_STATUS\nF,DE,CN,M,M,2025-01,7,USD,\nF,DE,CN,M,M,2025-02,8,USD,{flags}\n"
        );
        let read = read_bytes(Path::new("f"), text.as_bytes(), None, InvalidRows::Refuse);
        read.unwrap().1
    };
    for (flags, status) in [
        ("A", "published"),
        ("b", "published"),
        ("S", "published"),
        ("Final", "published"),
        ("e", "estimated"),
        ("E", "estimated"),
        ("s", "estimated"),
        ("I", "estimated"),
        ("ep", "estimated"),
        ("be", "estimated"),
        ("bep", "estimated"),
        ("E;P", "estimated"),
        ("P", "preliminary"),
        ("bp", "preliminary"),
    ] {
        let parsed = read(flags);
        let row = parsed.figures.tidy_row(&parsed.figures.rows()[1]);
        assert_eq!(row[9], status, "{flags}");
    }
    for flags in ["F", "f", "bf", "fp"] {
        let parsed = read(flags);
        assert_eq!(parsed.figures.len(), 1, "{flags}");
        let left: Vec<_> = parsed.excluded.iter().collect();
        let row = super::super::parsed_file::ExcludedRows {
            rows: 1,
            first_row: 3,
        };
        assert_eq!(left, [(&"forecasts, no figures of what was traded", &row)]);
    }
}

const COMEXT_HEAD: &str = "REPORTER,PARTNER,PRODUCT_NC,FLOW,STAT_PROCEDURE,PERIOD,VALUE_EUR";

#[test]
fn a_column_that_comext_does_not_have_must_say_total() {
    let text = |column: &str, code: &str| {
        format!("{COMEXT_HEAD},{column}\nDE,CN,27,1,1,202405,7,{code}\n")
    };
    for column in ["MODE_OF_TRANSPORT", "PARTNER_2", "WHATEVER"] {
        let error = read_text(&text(column, "3"));
        let expected = format!("row 2, column `{column}`, value `3`: expected a total");
        assert!(error.contains(&expected), "{error}");
        for total in ["TOTAL", ""] {
            let told = read_text(&text(column, total));
            assert!(told.contains("DEU,CHN,M,CN-27"), "{told}");
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
        let told = read_text(&text(column, "3"));
        assert!(told.contains("DEU,CHN,M,CN-27"), "{told}");
    }
    // The sum lacks what the refused row says of another procedure.
    let rows = format!(
        "{COMEXT_HEAD},WHATEVER\nDE,CN,27,1,1,202405,7,\nDE,CN,27,1,2,202405,8,3\nDE,CN,27,1,1,202406,9,\n"
    );
    let read = read_bytes(Path::new("f"), rows.as_bytes(), None, InvalidRows::Report);
    let parsed = read.unwrap().1;
    let values: Vec<_> = parsed.figures.rows().iter().map(|row| row.value).collect();
    assert_eq!(values, [9.0]);
}

#[test]
fn of_a_procedure_given_twice_no_part_is_stored() {
    let text = format!(
        "{COMEXT_HEAD}\nDE,CN,27,1,1,202405,7\nDE,CN,27,1,2,202405,8\nDE,CN,27,1,1,202405,70\nDE,CN,27,1,1,202406,9\n"
    );
    let read = read_bytes(Path::new("f"), text.as_bytes(), None, InvalidRows::Report);
    let parsed = read.unwrap().1;
    let values: Vec<_> = parsed.figures.rows().iter().map(|row| row.value).collect();
    let refused: Vec<_> = parsed.refusals.iter().map(|r| r.row).collect();
    assert_eq!(values, [9.0]);
    assert_eq!(refused, [Some(2), Some(3), Some(4)]);
}

/// 20,000 groups, each of one series: looked at one by one for every observation they were 400 million.
#[test]
fn groups_of_sdmx_ml_are_found_not_searched() {
    let begun = std::time::Instant::now();
    let series: u32 = 20_000;
    let mut text = "<StructureSpecificData><DataSet UNIT_MEASURE=\"USD\">\n".to_owned();
    for n in 0..series {
        let multiplier = 3 * (n % 3);
        text += &format!(
            "<Group REF_AREA=\"A{n}\" COUNTERPART_AREA=\"CN\" UNIT_MULT=\"{multiplier}\"/><Group COUNTERPART_AREA=\"CN\" REF_AREA=\"A{n}\" TITLE=\"{n}\"/>\n"
        );
    }
    for n in 0..series {
        text += &format!(
            "<Series FREQ=\"M\" REF_AREA=\"A{n}\" COUNTERPART_AREA=\"CN\" TRADE_FLOW=\"M\"><Obs TIME_PERIOD=\"2024-01\" OBS_VALUE=\"{}\"/></Series>\n",
            n + 1
        );
    }
    text += "</DataSet></StructureSpecificData>";
    let read = read_bytes(Path::new("f"), text.as_bytes(), None, InvalidRows::Refuse);
    let parsed = read.unwrap().1;
    let values = parsed.figures.rows().iter().map(|row| row.value);
    let expected = (0..series).map(|n| f64::from(n + 1) * [1.0, 1e3, 1e6][n as usize % 3]);
    assert!(values.eq(expected));
    let took = begun.elapsed().as_secs();
    assert!(took < 20, "{took} s");
}

#[test]
fn groups_that_contradict_each_other_are_not_chosen_from() {
    let told = |groups: &str| {
        read_text(&format!(
            "<StructureSpecificData><DataSet UNIT_MEASURE=\"USD\">{groups}<Series FREQ=\"M\" REF_AREA=\"KR\" COUNTERPART_AREA=\"CN\" TRADE_FLOW=\"M\"><Obs TIME_PERIOD=\"2001-01\" OBS_VALUE=\"999763\"/></Series></DataSet></StructureSpecificData>"
        ))
    };
    let (korea, china) = (
        "<Group REF_AREA=\"KR\" TITLE=\"a\" UNIT_MULT=\"3\"/>",
        "<Group COUNTERPART_AREA=\"CN\" TITLE=\"b\" UNIT_MULT=\"6\"/>",
    );
    let twice = korea.replace('3', "6");
    for groups in [[korea, china], [korea, &twice]] {
        let told = told(&groups.concat());
        assert!(
            told.contains("column `UNIT_MULT`, value `6`: expected `3`, as column"),
            "{told}"
        );
    }
    // Titles may differ, and other areas say nothing of this one.
    let japan = korea.replace("KR", "JP").replace('3', "9");
    let told = told(&[&japan, korea, &china.replace('6', "3")].concat());
    assert!(told.contains("2001-01,999763,USD 1000"), "{told}");
}

/// Every observation repeats the attributes of all that it lies in, and quick-xml compares each of an element with those before it.
#[test]
fn an_element_of_sdmx_ml_has_so_many_attributes_and_no_more() {
    let told = |more: &str| {
        read_text(&format!(
            "<StructureSpecificData><DataSet><Series FREQ=\"M\" REPORTER=\"KOR\" PARTNER=\"CHN\" TRADE_FLOW=\"M\" UNIT=\"USD\"{more}><Obs TIME_PERIOD=\"2023-01\" OBS_VALUE=\"7\"/></Series></DataSet></StructureSpecificData>"
        ))
    };
    let many = |count: usize| -> String { (0..count).map(|n| format!(" C{n}=\"_Z\"")).collect() };
    assert!(told(&many(251)).contains("KOR,CHN,M,TOTAL"));
    assert_eq!(
        told(&many(252)),
        "file: not readable as XML: expected an element of at most 256 attributes"
    );
    let long = format!(" TITLE=\"{}\"", "a".repeat(64 << 10));
    assert!(told(&long).contains("expected an element of at most 65536 bytes"));
}

/// DOMAIN: annual rows carry refMonth 52. The values are made; the year is more than its two months that are there.
#[test]
fn a_year_of_comtrade_stays_beside_its_months() {
    let head = "freqCode,refPeriodId,refYear,refMonth,period,reporterCode,flowCode,partnerCode,cmdCode,primaryValue";
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
    let told: Vec<_> = parsed
        .figures
        .rows()
        .iter()
        .map(|row| (row.kind, row.span.to_string(), row.value))
        .collect();
    assert_eq!(
        told,
        [
            (FigureKind::Observation, "2023-01".to_owned(), 10.0),
            (FigureKind::Release, "2023".to_owned(), 145.0),
            (FigureKind::Observation, "2023-02".to_owned(), 12.0),
        ]
    );
}

fn texts() -> impl Strategy<Value = String> {
    // Pieces of the formats themselves in any order reach further than letters at random.
    let pieces: Vec<&str> = vec![
        "<",
        ">",
        "/>",
        "{",
        "}",
        "[",
        "]",
        "[[",
        "\"",
        ":",
        ",",
        ";",
        "\n",
        "\t",
        "=",
        "\\",
        "\u{feff}",
        "\0",
        "-",
        "NaN",
        "null",
        "1e999",
        "0:0:0",
        "dataSets",
        "data",
        "count",
        "structure",
        "dimensions",
        "observation",
        "series",
        "observations",
        "values",
        "id",
        "StructureSpecificData",
        "DataSet",
        "Series",
        "Obs",
        "Group",
        "OBS_VALUE",
        "TIME_PERIOD",
        "REF_AREA",
        "COUNTERPART_AREA",
        "TRADE_FLOW",
        "DATAFLOW",
        "STRUCTURE[;]",
        "ACTION",
        "FREQ",
        "UNIT_MULT",
        "UNIT_MEASURE",
        "USD",
        "KOR",
        "CHN",
        "XG_FOB_USD",
        "2024-05",
        "2024",
        "202452",
        "2025-01-01/P5M",
        "PRODUCT_NC",
        "FLOW",
        "PERIOD",
        "VALUE_EUR",
        "REPORTER",
        "PARTNER",
        "reporterCode",
        "flowCode",
        "primaryValue",
        "freqCode",
        "period",
        "partnerCode",
        "cmdCode",
        "CTY_CODE",
        "GEN_VAL_MO",
        "time",
        "unique_id",
        "ds",
        "y",
        "kind",
        "&amp;",
        "&#x0;",
        "é",
    ];
    proptest::collection::vec(proptest::sample::select(pieces), 0..60)
        .prop_map(|pieces| pieces.concat())
}

/// Reads bytes as every format, and as whatever they look like; only that it returns is asked.
fn read_all_ways(bytes: &[u8]) {
    let name = Path::new("bytes");
    for invalid_rows in [InvalidRows::Refuse, InvalidRows::Report] {
        let _ = read_bytes(name, bytes, None, invalid_rows);
        for format in Format::ALL {
            let _ = read_bytes(name, bytes, Some(format), invalid_rows);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..512)) {
        read_all_ways(&bytes);
    }

    #[test]
    fn no_pieces_of_formats_panic(text in texts()) {
        read_all_ways(text.as_bytes());
    }

    #[test]
    fn no_damaged_fixture_panics(which in 0..12_usize, at in any::<proptest::sample::Index>(), byte in any::<u8>(), cut in any::<bool>()) {
        let names = [
            "sdmx-csv/imts.csv", "sdmx-csv/actions.csv", "sdmx-ml/groups.xml", "sdmx-json/data-1.0.json", "sdmx-json/data-2.0.json",
            "comtrade/double-counts.json", "comtrade/deviations.csv", "comext/full_v2_202402.7z", "census/imports.json",
            "china-customs/2025-11.xls", "china-customs/2025-11.xlsx", "tidy/figures.csv",
        ];
        let mut bytes = std::fs::read(fixture(names[which])).unwrap();
        let at = at.index(bytes.len());
        if cut { bytes.truncate(at) } else { bytes[at] = byte }
        read_all_ways(&bytes);
    }

    #[test]
    fn a_level_survives_its_tidy_row(value in 0_u32..2_000_000_000, decimals in 0_usize..7, exponent in 0_i32..10) {
        let text = format!("{:.decimals$}", f64::from(value) / 10_f64.powi(decimals as i32));
        let unit = super::super::figures::unit_text("USD", exponent);
        let tidy = format!("{}\nobservation,USA,MEX,M,TOTAL,level,2025-01,{text},{unit},published,,s\n", super::super::figures::TIDY_COLUMNS.join(","));
        let (_, parsed) = read_bytes(Path::new("f"), tidy.as_bytes(), None, InvalidRows::Refuse).unwrap();
        let row = &parsed.figures.rows()[0];
        prop_assert_eq!(&parsed.figures.tidy_row(row)[7], &text);
    }
}
