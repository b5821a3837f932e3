//! Refusals of cells, which name row, column, value and what was expected.

use super::test::{fixture, read_text};
use super::{Format, read, read_bytes};
use crate::ingest::InvalidRows;
use std::path::Path;

#[test]
fn every_refusal_names_row_column_value_and_what_was_expected() {
    const IMTS: &str =
        "DATAFLOW,COUNTRY,INDICATOR,COUNTERPART_COUNTRY,FREQUENCY,TIME_PERIOD,OBS_VALUE,SCALE\n";
    const SDMX: &str = "STRUCTURE,STRUCTURE_ID,ACTION,REF_AREA,COUNTERPART_AREA,TRADE_FLOW,FREQ,\
        TIME_PERIOD,OBS_VALUE,UNIT_MEASURE,UNIT_MULT\n";
    const COMTRADE: &str = "freqCode,period,reporterCode,flowCode,partnerCode,partner2Code,cmdCode,\
        customsCode,motCode,primaryValue\n";
    const COMEXT: &str = "REPORTER,PARTNER,PRODUCT_NC,FLOW,STAT_PROCEDURE,PERIOD,VALUE_EUR\n";
    const CENSUS: &str = r#"[["CTY_CODE","GEN_VAL_MO","GEN_VAL_YR","time"],"#;
    let xml = |obs: &str| {
        format!(
            "<StructureSpecificData>\n<DataSet>\n\
             <Series FREQ=\"M\" REPORTER=\"KOR\" PARTNER=\"CHN\" INDICATOR=\"XPRT-TRD-VL\">\n\
             {obs}\n</Series></DataSet></StructureSpecificData>"
        )
    };
    let json = |data: &str| format!("{{\"count\":1,\"data\":[{data}],\"error\":\"\"}}");
    let record = |reporter: &str, value: &str| {
        format!(
            "{{\"freqCode\":\"A\",\"period\":\"2023\",\"reporterCode\":{reporter},\
             \"flowCode\":\"M\",\"partnerCode\":0,\"cmdCode\":\"TOTAL\",\"primaryValue\":{value}}}"
        )
    };
    let cases: Vec<(&str, String)> = vec![
        ("empty file", String::new()),
        ("unknown columns", "a,b,c\n1,2,3\n".into()),
        ("unknown text", "hello".into()),
        ("unknown xml", "<feed><entry/></feed>".into()),
        ("unknown json", "{\"a\": 1}".into()),
        (
            "web page",
            "<!DOCTYPE html><html><body>Error</body></html>".into(),
        ),
        (
            "a provider's error in JSON",
            "{\"statusCode\":429,\"message\":\"Rate limit is exceeded. \
            Try again in 1 seconds.\"}"
                .into(),
        ),
        (
            "sdmx error message",
            "<mes:Error xmlns:mes=\"m\"><mes:ErrorMessage \
            code=\"100\"><com:Text>No data for query</com:Text></mes:ErrorMessage></mes:Error>"
                .into(),
        ),
        (
            "generic sdmx",
            "<mes:GenericData xmlns:mes=\"m\"><mes:DataSet/></mes:GenericData>".into(),
        ),
        ("cut xml", "<StructureSpecificData><DataSet><Series".into()),
        ("xml ends early", "<StructureSpecificData><DataSet>".into()),
        ("cut json", "{\"count\":2,\"data\":[{\"typeCode\":".into()),
        (
            "imts: value",
            format!("{IMTS}F,USA,XG_FOB_USD,CAN,A,2024,many,6\n"),
        ),
        (
            "imts: infinite",
            format!("{IMTS}F,USA,XG_FOB_USD,CAN,A,2024,inf,6\n"),
        ),
        (
            "imts: negative exports",
            format!("{IMTS}F,USA,XG_FOB_USD,CAN,A,2024,-1,6\n"),
        ),
        (
            "imts: too large",
            format!("{IMTS}F,USA,XG_FOB_USD,CAN,A,2024,1e101,6\n"),
        ),
        (
            "imts: period",
            format!("{IMTS}F,USA,XG_FOB_USD,CAN,A,2024-13,1,6\n"),
        ),
        (
            "imts: frequency and period",
            format!("{IMTS}F,USA,XG_FOB_USD,CAN,A,2024-05,1,6\n"),
        ),
        (
            "imts: area",
            format!("{IMTS}F,Q S,XG_FOB_USD,CAN,A,2024,1,6\n"),
        ),
        (
            "imts: twice",
            format!(
                "{IMTS}F,USA,XG_FOB_USD,CAN,M,2024-05,1,6\n\
            F,USA,XG_FOB_USD,CAN,M,2024-M05,2,6\n"
            ),
        ),
        (
            "imts: nothing of value",
            format!("{IMTS}F,USA,MG_FOB_USD,CAN,A,2024,1,6\n"),
        ),
        ("imts: short row", format!("{IMTS}F,USA,XG_FOB_USD,CAN\n")),
        (
            "imts: no partner column",
            "DATAFLOW,COUNTRY,INDICATOR,TIME_PERIOD,OBS_VALUE\n".into(),
        ),
        (
            "sdmx: action",
            format!("{SDMX}dataflow,F,X,KR,CN,M,M,2024-05,1,USD,0\n"),
        ),
        (
            "sdmx: deletion of a year",
            format!("{SDMX}dataflow,F,D,KR,CN,M,A,2024,,USD,0\n"),
        ),
        (
            "sdmx: flow",
            format!("{SDMX}dataflow,F,I,KR,CN,1,M,2024-05,1,USD,0\n"),
        ),
        (
            "sdmx: unit",
            format!("{SDMX}dataflow,F,I,KR,CN,M,M,2024-05,1,DOLLARS,0\n"),
        ),
        (
            "sdmx: no currency",
            format!("{SDMX}dataflow,F,I,KR,CN,M,M,2024-05,1,,0\n"),
        ),
        (
            "sdmx: multiplier",
            format!("{SDMX}dataflow,F,I,KR,CN,M,M,2024-05,1,USD,six\n"),
        ),
        (
            "sdmx-ml: value",
            xml("<Obs TIME_PERIOD=\"2019-01\" OBS_VALUE=\"1\"/>\n\
            <Obs TIME_PERIOD=\"2019-02\" OBS_VALUE=\"x\"/>"),
        ),
        (
            "sdmx-ml: period",
            xml("<Obs TIME_PERIOD=\"soon\" OBS_VALUE=\"1\"/>"),
        ),
        (
            "sdmx-json: position",
            "{\"dataSets\":[{\"observations\":{\"0:9\":[1]}}],\
            \"structure\":{\"dimensions\":{\"observation\":[{\"id\":\"REF_AREA\",\
            \"values\":[{\"id\":\"KR\"}]},{\"id\":\"TIME_PERIOD\",\
            \"values\":[{\"id\":\"2024\"}]}]}}}"
                .into(),
        ),
        (
            "sdmx-json: no structure",
            "{\"dataSets\":[{\"observations\":{}}]}".into(),
        ),
        (
            "comtrade: no data, no error",
            "{\"elapsedTime\":\"0.02 \
            secs\",\"count\":0,\"data\":[],\"error\":\"\"}"
                .into(),
        ),
        ("comtrade: no data in csv", COMTRADE.into()),
        (
            "comtrade: error",
            "{\"count\":0,\"data\":[],\"error\":\"Invalid period\"}".into(),
        ),
        (
            "comtrade: cut answer",
            "{\"count\":3,\"data\":[{}],\"error\":\"\"}".into(),
        ),
        ("comtrade: reporter", json(&record("\"CHN\"", "1"))),
        ("comtrade: value", json(&record("156", "\"n/a\""))),
        ("comtrade: no column", json("{\"freqCode\":\"A\"}")),
        (
            "comtrade: flow",
            format!("{COMTRADE}A,2023,842,Z,392,0,TOTAL,C00,0,1\n"),
        ),
        (
            "comtrade: refMonth as period",
            format!("{COMTRADE}A,202352,842,M,392,0,TOTAL,C00,0,1\n"),
        ),
        (
            "comtrade: month",
            format!("{COMTRADE}M,202313,842,M,392,0,TOTAL,C00,0,1\n"),
        ),
        (
            "comtrade: frequency",
            format!("{COMTRADE}Q,2023,842,M,392,0,TOTAL,C00,0,1\n"),
        ),
        (
            "comtrade: a part without its total",
            format!(
                "{COMTRADE}A,2023,842,M,392,0,TOTAL,C00,\
            2100,1\n"
            ),
        ),
        (
            "comtrade: the total twice",
            format!(
                "{COMTRADE}A,2023,842,M,392,0,TOTAL,C00,0,1\n\
            A,2023,840,M,392,0,TOTAL,C00,0,2\n"
            ),
        ),
        (
            "comext: flow",
            format!("{COMEXT}AT,AD,TOTAL,3,1,202402,1\n"),
        ),
        (
            "comext: period",
            format!("{COMEXT}AT,AD,TOTAL,1,1,202413,1\n"),
        ),
        (
            "comext: partner",
            format!("{COMEXT}AT,,TOTAL,1,1,202402,1\n"),
        ),
        (
            "comext: value",
            format!("{COMEXT}AT,AD,TOTAL,1,1,202402,:\n"),
        ),
        (
            "comext: a procedure twice",
            format!(
                "{COMEXT}AT,AD,TOTAL,1,1,202402,1\n\
            AT,AD,TOTAL,1,1,202402,1\n"
            ),
        ),
        (
            "census: country",
            format!("{CENSUS}[\"CHINA\",\"1\",\"1\",\"2025-01\"]]"),
        ),
        (
            "census: value",
            format!("{CENSUS}[\"5700\",\"(D)\",\"1\",\"2025-01\"]]"),
        ),
        (
            "census: time",
            format!("{CENSUS}[\"5700\",\"1\",\"1\",\"2025\"]]"),
        ),
        ("census: short row", format!("{CENSUS}[\"5700\",\"1\"]]")),
        (
            "census: no value",
            "[[\"CTY_CODE\",\"time\"],[\"5700\",\"2025-01\"]]".into(),
        ),
        (
            "census: a month twice",
            format!(
                "{CENSUS}[\"5700\",\"1\",\"1\",\"2025-01\"],[\"5700\",\
            \"2\",\"2\",\"2025-01\"]]"
            ),
        ),
        (
            "tidy: value",
            "kind,reporter,partner,flow,product,measure,period,value,unit,status,\
            released_on,source\nobservation,USA,MEX,M,TOTAL,level,2025-01,x,USD,published,,s\n"
                .into(),
        ),
        ("long: name", "unique_id,ds,y\nM1,2025-01,1\n".into()),
        (
            "long: value",
            "unique_id,ds,y\nUSA.MEX.M.TOTAL.USD,2025-01,x\n".into(),
        ),
    ];
    let mut text = String::new();
    for (name, content) in &cases {
        text += &format!("{name}\n    {}\n", read_text(content));
    }
    insta::assert_snapshot!("refusals", text);
}

#[test]
fn valid_rows_are_accepted_beside_refused_ones() {
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
            "(9, \"A\", \"乌托邦\") expected a country, region or group of the customs' list; \
             --accept-valid imports the other rows",
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
fn invalid_rows_are_reported_in_every_format() {
    let tidy = "kind,reporter,partner,flow,product,measure,period,value,unit,status,released_on,\
        source\n\
        observation,USA,MEX,M,TOTAL,level,2025-01,x,USD,published,,s\n\
        observation,USA,MEX,M,TOTAL,level,2025-02,2,USD,published,,s\n\
        observation,USA,MEX,M,TOTAL,level,2025-02,3,USD,published,,s\n";
    let imts = "DATAFLOW,COUNTRY,INDICATOR,COUNTERPART_COUNTRY,FREQUENCY,TIME_PERIOD,OBS_VALUE\n\
        F,USA,XG_FOB_USD,CAN,M,2025-01,x\nF,USA,XG_FOB_USD,CAN,M,2025-02,2\n\
        F,USA,XG_FOB_USD,CAN,M,2025-02,3\n";
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
