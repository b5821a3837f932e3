//! No bytes, however damaged, make a reader panic; and levels survive the tidy layout.

use super::test::fixture;
use super::{Format, read_bytes};
use crate::ingest::InvalidRows;
use crate::ingest::figures::{TIDY_COLUMNS, unit_text};
use proptest::prelude::*;
use proptest::sample::Index;
use std::path::Path;

fn texts() -> impl Strategy<Value = String> {
    // Pieces of the formats in any order reach further than random characters.
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

/// Read bytes as every format, and as the format that they look like: it must return.
fn read_all_ways(bytes: &[u8]) {
    let name = Path::new("bytes");
    for invalid_rows in [InvalidRows::Refuse, InvalidRows::Report] {
        let _ = read_bytes(name, bytes, None, invalid_rows);
        for format in Format::ALL {
            let _ = read_bytes(name, bytes, Some(format), invalid_rows);
        }
    }
}

/// The fixtures that are damaged.
const FIXTURES: [&str; 33] = [
    "sdmx-csv/imts.csv",
    "sdmx-csv/actions.csv",
    "sdmx-ml/groups.xml",
    "sdmx-json/data-1.0.json",
    "sdmx-json/data-2.0.json",
    "comtrade/double-counts.json",
    "comtrade/deviations.csv",
    "comext/full_v2_202402.7z",
    "census/imports.json",
    "china-customs/2025-11.xls",
    "china-customs/2025-11.xlsx",
    "tidy/figures.csv",
    "eurostat-tsv/ext-st.tsv",
    "json-stat/ext-st.json",
    "data-browser/ext-st.xlsx",
    "imf-table/dots.csv",
    "imf-table/panel.csv",
    "imf-table/portal.csv",
    "usa-trade-online/by-state.csv",
    "census-table/country.csv",
    "easy-comext/labels.csv",
    "wits/summary.csv",
    "wits/query.csv",
    "baci/baci.csv",
    "statcan/partners.csv",
    "singstat/by-market.csv",
    "inegi/balance.csv",
    "india-tradestat/meidb.csv",
    "japan-customs/products.csv",
    "comex-stat/months.csv",
    "comex-stat/EXP_2024.csv",
    "un-data/commodity.csv",
    "usitc-dataweb/imports.xlsx",
];

/// What stands in cells where something is wrong, or at the limits of what is read.
const WORDS: &[&str] = &[
    "",
    "-",
    "..",
    ":",
    "x",
    "0",
    "-1",
    "1e308",
    "1e999",
    "NaN",
    "99999999999999999999",
    "1,234",
    "1.234",
    "2024-13",
    "12-2024",
    "0000",
    "2999-12",
    "9999",
    "Jan-0000",
    "Apr-Mar2999(F)",
    "万元",
    "W0",
    "ZZZ",
    "(1)",
    "%",
    "\u{feff}",
    "2024M99",
    "2024Q0",
    "\u{661}\u{662}",
];

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
    fn no_damaged_fixture_panics(
        which in 0..FIXTURES.len(),
        at in any::<Index>(),
        byte in any::<u8>(),
        cut in any::<bool>(),
    ) {
        let mut bytes = std::fs::read(fixture(FIXTURES[which])).unwrap();
        let at = at.index(bytes.len());
        if cut { bytes.truncate(at) } else { bytes[at] = byte }
        read_all_ways(&bytes);
    }

    #[test]
    fn no_cell_of_another_place_panics(
        which in 0..FIXTURES.len(),
        at in any::<Index>(),
        from in any::<Index>(),
        word in prop::option::of(prop::sample::select(WORDS)),
    ) {
        let bytes = std::fs::read(fixture(FIXTURES[which])).unwrap();
        let is_mark = |b: &u8| matches!(b, b',' | b';' | b'\t' | b'\n' | b'"' | b'<' | b'>' | b':');
        let mut cells: Vec<&[u8]> = bytes.split_inclusive(is_mark).collect();
        let place = at.index(cells.len());
        let mark = cells[place].last().filter(|b| is_mark(b)).copied();
        let other = cells[from.index(cells.len())];
        let mut cell = word.map_or_else(|| other.to_vec(), |word| word.as_bytes().to_vec());
        cell.extend(mark.filter(|_| word.is_some()));
        cells[place] = &cell;
        read_all_ways(&cells.concat());
    }

    #[test]
    fn a_level_survives_its_tidy_row(
        value in 0_u32..2_000_000_000,
        decimals in 0_usize..7,
        exponent in 0_i32..10,
    ) {
        let text = format!("{:.decimals$}", f64::from(value) / 10_f64.powi(decimals as i32));
        let unit = unit_text("USD", exponent);
        let header = TIDY_COLUMNS.join(",");
        let row = format!("observation,USA,MEX,M,TOTAL,level,2025-01,{text},{unit},published,,s");
        let tidy = format!("{header}\n{row}\n");
        let read = read_bytes(Path::new("f"), tidy.as_bytes(), None, InvalidRows::Refuse);
        let (_, parsed) = read.unwrap();
        let row = &parsed.figures.rows()[0];
        prop_assert_eq!(&parsed.figures.tidy_row(row)[7], &text);
    }
}
