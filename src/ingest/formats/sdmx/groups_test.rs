//! Attributes that a message states for groups of observations, or by default.

use crate::ingest::InvalidRows;
use crate::ingest::formats::read_bytes;
use crate::ingest::formats::test::read_text;
use std::path::Path;

/// Return an SDMX-JSON 2.0 message: Korea's imports from China in January and February 2001,
/// 999,763 and 874,455, with further members of the structure's attributes and of the data set.
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
        "{{\"data\":{{\"dataSets\":[{{\"attributes\":[\"USD\"],{set}}}],\
         \"structures\":[{{\"name\":\"Trade\",\
         \"links\":[{{\"urn\":\
         \"urn:sdmx:org.sdmx.infomodel.datastructure.Dataflow=KCS:TRADE(1.0)\"}}],\
         \"dimensions\":{{{dimensions}}},\
         \"measures\":{{\"observation\":[{{\"id\":\"OBS_VALUE\"}}]}},\
         \"attributes\":{{\"dataSet\":[{{\"id\":\"UNIT_MEASURE\"}}],{attributes}}}}}]}}}}"
    )
}

/// 999,763 millions are 999,763,000,000, and 874,455 are 874,455,000,000.
#[test]
fn attributes_of_groups_and_defaults_scale_figures_too() {
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
        // The keys follow the data structure: Korea, China, any frequency, any flow; with and
        // without a place for the time.
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
fn a_group_that_cannot_be_identified_refuses_its_observations() {
    let refusals = |groups: &str, series: &str| -> Vec<String> {
        let unit = "\"dimensionGroup\":[{\"id\":\"UNIT_MULT\",\"values\":[{\"id\":\"0\"},\
            {\"id\":\"6\"}]}]";
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
            "f, row 1, column `dimensionGroupAttributes`, value `0:1`: expected 5 positions, one a \
             dimension",
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

/// 20,000 groups, each of one series: matched one by one with every observation they would be 400
/// million.
#[test]
fn groups_of_sdmx_ml_are_found_not_searched() {
    let series: u32 = 20_000;
    let mut text = "<StructureSpecificData><DataSet UNIT_MEASURE=\"USD\">\n".to_owned();
    for n in 0..series {
        let multiplier = 3 * (n % 3);
        text += &format!(
            "<Group REF_AREA=\"A{n}\" COUNTERPART_AREA=\"CN\" UNIT_MULT=\"{multiplier}\"/><Group \
             COUNTERPART_AREA=\"CN\" REF_AREA=\"A{n}\" TITLE=\"{n}\"/>\n"
        );
    }
    for n in 0..series {
        text += &format!(
            "<Series FREQ=\"M\" REF_AREA=\"A{n}\" COUNTERPART_AREA=\"CN\" TRADE_FLOW=\"M\"><Obs \
             TIME_PERIOD=\"2024-01\" OBS_VALUE=\"{}\"/></Series>\n",
            n + 1
        );
    }
    text += "</DataSet></StructureSpecificData>";
    let took = || {
        let begun = std::time::Instant::now();
        let read = read_bytes(Path::new("f"), text.as_bytes(), None, InvalidRows::Refuse);
        let parsed = read.unwrap().1;
        let values = parsed.figures.rows().iter().map(|row| row.value);
        let expected = (0..series).map(|n| f64::from(n + 1) * [1.0, 1e3, 1e6][n as usize % 3]);
        assert!(values.eq(expected));
        begun.elapsed().as_secs()
    };
    // Below a second where the machine has nothing else to do; the best of three counts.
    assert!((0..3).any(|_| took() < 20));
}

#[test]
fn groups_that_contradict_each_other_are_not_chosen_from() {
    let read_groups = |groups: &str| {
        read_text(&format!(
            "<StructureSpecificData><DataSet UNIT_MEASURE=\"USD\">{groups}<Series FREQ=\"M\" \
             REF_AREA=\"KR\" COUNTERPART_AREA=\"CN\" TRADE_FLOW=\"M\"><Obs TIME_PERIOD=\"2001-01\" \
             OBS_VALUE=\"999763\"/></Series></DataSet></StructureSpecificData>"
        ))
    };
    let (korea, china) = (
        "<Group REF_AREA=\"KR\" TITLE=\"a\" UNIT_MULT=\"3\"/>",
        "<Group COUNTERPART_AREA=\"CN\" TITLE=\"b\" UNIT_MULT=\"6\"/>",
    );
    let twice = korea.replace('3', "6");
    for groups in [[korea, china], [korea, &twice]] {
        let found = read_groups(&groups.concat());
        assert!(
            found.contains("column `UNIT_MULT`, value `6`: expected `3`, as column"),
            "{found}"
        );
    }
    // Titles may differ, and other areas do not matter for this one.
    let japan = korea.replace("KR", "JP").replace('3', "9");
    let found = read_groups(&[&japan, korea, &china.replace('6', "3")].concat());
    assert!(found.contains("2001-01,999763,USD 1000"), "{found}");
}

/// Every observation repeats the attributes of the elements around it, and quick-xml compares each
/// attribute of an element with those before it.
#[test]
fn the_attributes_of_an_sdmx_ml_element_are_limited() {
    let read_element = |more: &str| {
        read_text(&format!(
            "<StructureSpecificData><DataSet><Series FREQ=\"M\" REPORTER=\"KOR\" PARTNER=\"CHN\" \
             TRADE_FLOW=\"M\" UNIT=\"USD\"{more}><Obs TIME_PERIOD=\"2023-01\" \
             OBS_VALUE=\"7\"/></Series></DataSet></StructureSpecificData>"
        ))
    };
    let many = |count: usize| -> String { (0..count).map(|n| format!(" C{n}=\"_Z\"")).collect() };
    assert!(read_element(&many(251)).contains("KOR,CHN,M,TOTAL"));
    assert_eq!(
        read_element(&many(252)),
        "file: not readable as XML: expected an element of at most 256 attributes"
    );
    let long = format!(" TITLE=\"{}\"", "a".repeat(64 << 10));
    assert!(read_element(&long).contains("expected an element of at most 65536 bytes"));
}
