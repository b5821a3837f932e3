//! The common rules of the three messages of SDMX, and their differences.

use crate::ingest::formats::test::read_text;
use crate::ingest::formats::totals_test::SDMX_HEAD;
use crate::ingest::formats::{read_bytes, read_bytes_with};
use crate::ingest::{InvalidRows, Mapping, ReadOptions};
use std::path::Path;

#[test]
fn unknown_or_contradictory_values_of_sdmx_are_refused() {
    let row = |frequency: &str, period: &str, unit: &str| {
        format!("{SDMX_HEAD}\nF,DE,CN,M,{frequency},{period},7,{unit}\n")
    };
    let imts = "DATAFLOW,COUNTRY,INDICATOR,COUNTERPART_COUNTRY,FREQUENCY,TIME_PERIOD,OBS_VALUE\n";
    let empty = "<m:Error xmlns:m=\"m\">\n  <m:ErrorMessage code=\"100\">\n    <c:Text>No results \
        found</c:Text>\n  </m:ErrorMessage>\n</m:Error>";
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
        let found = read_text(&text);
        assert!(found.contains(expected), "{text}\n gives {found}");
    }
    assert!(read_text(&row("M", "2024-05-01", "USD")).contains("level,2024-05,7,USD"));
}

#[test]
fn labels_stand_behind_codes_or_in_columns_of_their_own() {
    let cells = "DEU: Germany,CHN: China,X: Exports,M: Monthly,USD: US dollar,2024-01: Jan,7,\
                 3: Thousands";
    let head = "REF_AREA: Reference area,COUNTERPART_AREA: Counterpart area,TRADE_FLOW: Flow,\
                FREQ: Frequency,UNIT_MEASURE: Unit,TIME_PERIOD: Time,OBS_VALUE,UNIT_MULT: Scale";
    let columns = "REF_AREA,Reference area,COUNTERPART_AREA,Counterpart area,TRADE_FLOW,Flow,FREQ,\
                   Frequency,UNIT_MEASURE,Unit,TIME_PERIOD,Time,OBS_VALUE,UNIT_MULT,Scale";
    let apart = "DEU,Germany,CHN,China,X,Exports,M,Monthly,USD,US dollar,2024-01,,7,3,Thousands";
    for (head, cells) in [(head, cells), (columns, apart)] {
        for (before, flow) in [("", ""), ("DATAFLOW,", "OECD:DF(1.0),")] {
            let text = format!("{before}{head}\n{flow}{cells}\n");
            let found = read_text(&text);
            let expected = "observation,DEU,CHN,X,TOTAL,level,2024-01,7,USD 1000";
            assert!(found.contains(expected), "{text}\n gives {found}");
        }
    }
}

/// The reporter and the flow stand in the title of the publisher's page alone.
#[test]
fn a_table_that_leaves_parts_of_the_key_out_is_read_by_a_mapping() {
    let labelled = "DATAFLOW,COUNTRY_DEST: Country,COMMODITY_SITC: Commodity,TIME_PERIOD: Time,\
                    OBS_VALUE,UNIT_MEASURE: Unit,UNIT_MULT: Scale\n\
                    ABS:MERCH_EXP(1.0.0),CHIN: China,TOT: Total,2024-01,17,AUD: A,3: Thousands\n";
    let names = "DATAFLOW,Reference area,Counterpart area,Trade flow,TIME_PERIOD,OBS_VALUE,Unit of \
                 measure,Unit multiplier\nD:F(1.0),Australia,China,Exports,2024-01,17,\
                 AUD,Thousands\n";
    for (text, parts) in [
        (labelled, "reporter=AUS,flow=X,partner=col:Country"),
        (
            labelled,
            "reporter=AUS,flow=X,partner=col:Country,unit=AUD 1000",
        ),
        (
            names,
            "reporter=col:Reference area,partner=col:Counterpart area",
        ),
    ] {
        let refused = read_text(text);
        assert!(refused.contains("to read it"), "{refused}");
        let mut mapping = Mapping::default();
        mapping.add_parts(parts).unwrap();
        let options = ReadOptions {
            mapping,
            ..ReadOptions::default()
        };
        let read = read_bytes_with(Path::new("f"), text.as_bytes(), &options);
        let parsed = read.unwrap_or_else(|error| panic!("{parts}: {error}")).1;
        let row = &parsed.figures.rows()[0];
        let key = parsed.figures.key(row.key).to_string();
        assert_eq!((key.as_str(), row.value), ("AUS.CHN.X.TOTAL.AUD", 17_000.0));
    }
}

#[test]
fn a_data_set_that_deletes_brings_no_figures() {
    let set = |action: &str, month: &str| {
        format!(
            "<DataSet action=\"{action}\"><Series FREQ=\"M\" REPORTER=\"KOR\" PARTNER=\"CHN\" \
             TRADE_FLOW=\"M\" UNIT=\"USD\"><Obs TIME_PERIOD=\"{month}\" \
             OBS_VALUE=\"7\"/></Series></DataSet>"
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
        "{{\"dataSets\":[{{\"observations\":{{{}}}}}],\
         \"structure\":{{\"dimensions\":{{\"observation\":[{{\"id\":\"REF_AREA\",\
         \"values\":[{{\"id\":\"KR\"}}]}},{{\"id\":\"COUNTERPART_AREA\",\
         \"values\":[{{\"id\":\"CN\"}}]}},{{\"id\":\"INDICATOR\",\
         \"values\":[{{\"id\":\"XG_FOB_USD\"}}]}},{{\"id\":\"TIME_PERIOD\",\
         \"values\":[{}]}}]}}}}}}",
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
            "DATAFLOW,freq,reporter,partner,{column},flow,indicators,TIME_PERIOD,OBS_VALUE\n\
             {flow},M,DE,CN,{product},1,VALUE_IN_EUROS,2024-05,7\n"
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
            "<StructureSpecificData>{id}<DataSet><Series FREQ=\"A\" REPORTER=\"KOR\" \
             PARTNER=\"CHN\" INDICATOR=\"XPRT-TRD-VL\" PRODUCTCODE=\"{product}\"><Obs \
             TIME_PERIOD=\"2023\" OBS_VALUE=\"7\"/></Series></DataSet></StructureSpecificData>"
        )
    };
    let wits = "<Ref agencyID=\"WBG_WITS\" id=\"DF_WITS_TradeStats_Trade\" version=\"1.0\"/>";
    let named = "<Structure>\
        urn:sdmx:org.sdmx.infomodel.datastructure.Dataflow=OECD.SDD.TPS:DSD_BIMTS@DF_BIMTS_HS(1.0)\
        </Structure>";
    for (id, product, expected) in [
        (wits, "manuf", "WB-MANUF"),
        (wits, "28-38_Chemicals", "WB-2838CHEMICALS"),
        // Five digits to the base of 36 of the FNV-1a hash of `OECD.SDD.TPS:DSD_BIMTS@DF_BIMTS_HS`,
        // and of its sibling of CPA.
        (named, "27", "OECXQ6SF-27"),
        (&named.replace("_HS", "_CPA"), "27", "OEC6S8S7-27"),
    ] {
        let expected = format!("KOR.CHN.X.{expected}.USD");
        assert_eq!(keys(&xml(id, product)), [expected]);
    }
    let nameless = read_text(&xml("", "27"));
    assert!(
        nameless.contains(
            "column `PRODUCTCODE`, value `27`: expected all goods, or a message that \
            names its data flow"
        ),
        "{nameless}"
    );
    assert!(read_text(&xml("", "Total")).contains("KOR,CHN,X,TOTAL"));
    let long = read_text(&xml(wits, "ABCDEFGHIJKLMNOP"));
    assert!(
        long.contains("fits into 16 characters with `WB-` before it"),
        "{long}"
    );
}

/// Flags of Eurostat (`bep`: a break, estimated, provisional) and codes of CL_OBS_STATUS, where S
/// is a strike.
#[test]
fn forecasts_are_excluded_and_estimates_marked() {
    let read = |flags: &str| {
        let text = format!(
            "{SDMX_HEAD},OBS_STATUS\nF,DE,CN,M,M,2025-01,7,USD,\n\
             F,DE,CN,M,M,2025-02,8,USD,{flags}\n"
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
        let row = crate::ingest::parsed_file::ExcludedRows {
            rows: 1,
            first_row: 3,
        };
        assert_eq!(left, [(&"forecasts, no figures of what was traded", &row)]);
    }
}
