//! Limits: small files that would unpack to large ones, records without an end, and sums that lack
//! parts.

use super::{Format, read_bytes};
use crate::ingest::{InvalidRows, ParsedFile};
use flate2::{Compression, write::GzEncoder};
use std::io::Write;
use std::path::Path;

const COMEXT: &str = "REPORTER,PARTNER,PRODUCT_NC,FLOW,STAT_PROCEDURE,PERIOD,VALUE_EUR\n";

fn read_as(format: Format, bytes: &[u8], invalid_rows: InvalidRows) -> Result<ParsedFile, String> {
    let read = read_bytes(Path::new("f"), bytes, Some(format), invalid_rows);
    read.map(|(_, parsed)| parsed)
        .map_err(|error| error.to_string())
}

fn comext(header: &str, rows: &[&str]) -> ParsedFile {
    let text = format!("{header}{}\n", rows.join("\n"));
    read_as(Format::Comext, text.as_bytes(), InvalidRows::Report).unwrap()
}

fn values(parsed: &ParsedFile) -> Vec<f64> {
    let rows = parsed.figures.rows();
    rows.iter().map(|row| row.value).collect()
}

fn refused(parsed: &ParsedFile) -> Vec<(u64, &str, &str)> {
    let refusals = parsed.refusals.iter();
    refusals
        .map(|r| {
            let column = r.column.as_deref().unwrap_or("");
            (r.row.unwrap(), column, r.value.as_deref().unwrap_or(""))
        })
        .collect()
}

/// A header and 160 MiB of rows of commas, which pack to a thousandth.
fn packed_commas() -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::best());
    packed.write_all(COMEXT.as_bytes()).unwrap();
    let rows = ",,,,,,\n".repeat(1 << 17);
    for _ in 0..(160 << 20) / rows.len() {
        packed.write_all(rows.as_bytes()).unwrap();
    }
    packed.finish().unwrap()
}

#[test]
fn a_small_archive_may_not_hold_very_much() {
    let bytes = packed_commas();
    let most = (64 << 20) + 200 * bytes.len();
    assert!(most < 160 << 20, "{} bytes packed", bytes.len());
    let expected = format!(
        "f: expected at most {most} bytes unpacked, since it has {}",
        bytes.len()
    );
    // Read as records, and from a copy by Polars.
    for format in [Format::Comext, Format::Tidy] {
        let error = read_as(format, &bytes, InvalidRows::Report).unwrap_err();
        assert_eq!(error, expected, "{format}");
    }
}

#[test]
fn a_record_may_not_go_on_without_end() {
    let row = "AT,AD,TOTAL,1,1,202402,1\n";
    let open = format!("{COMEXT}{row}\"AT,{}", "AD,TOTAL\n".repeat(1 << 18));
    let error = read_as(Format::Comext, open.as_bytes(), InvalidRows::Report).unwrap_err();
    assert_eq!(
        error,
        "f, row 3: expected a record of at most 1048576 bytes; is there a quotation mark that is \
         never closed?"
    );
    let header = "A,".repeat(1 << 20);
    let error = read_as(Format::Comext, header.as_bytes(), InvalidRows::Report).unwrap_err();
    assert!(
        error.starts_with("f, row 1: expected a record of at most"),
        "{error}"
    );
    // Many shorter records are read.
    let many: String = (0..60_000)
        .map(|n| format!("AT,AD,{n:08},1,1,202402,1\n"))
        .collect();
    assert!(many.len() > 1 << 20);
    let text = format!("{COMEXT}{many}");
    let parsed = read_as(Format::Comext, text.as_bytes(), InvalidRows::Refuse).unwrap();
    assert_eq!(parsed.figures.len(), 60_000);
}

#[test]
fn a_sum_lacks_no_part() {
    for wrong in ["2,202405,oops", "2,202405,-50", "7,202405,5"] {
        let wrong = format!("DE,CN,TOTAL,1,{wrong}");
        let parsed = comext(
            COMEXT,
            &[
                "DE,CN,TOTAL,1,1,202405,1000",
                &wrong,
                "DE,CN,TOTAL,1,3,202405,20",
                "DE,CN,TOTAL,1,1,202406,7",
            ],
        );
        assert_eq!(values(&parsed), [7.0], "{wrong}");
        let rows: Vec<_> = refused(&parsed).iter().map(|(row, ..)| *row).collect();
        assert_eq!(rows, [2, 3, 4], "{wrong}");
        assert_eq!(refused(&parsed)[2], (4, "STAT_PROCEDURE", "3"));
        let strict = format!("{COMEXT}DE,CN,TOTAL,1,1,202405,1000\n{wrong}\n");
        let error = read_as(Format::Comext, strict.as_bytes(), InvalidRows::Refuse).unwrap_err();
        assert!(error.starts_with("f, row 3, column `"), "{error}");
    }
}

#[test]
fn a_total_is_not_added_to_its_parts() {
    let old = COMEXT.replace("STAT_PROCEDURE", "STAT_REGIME");
    for (header, total) in [(COMEXT, "TOTAL"), (&old, "4"), (&old, "TOTAL")] {
        let total = format!("DE,CN,TOTAL,1,{total},202405,1050");
        let parts = ["DE,CN,TOTAL,1,1,202405,1000", "DE,CN,TOTAL,1,2,202405,50"];
        for rows in [[parts[0], parts[1], &total], [&total, parts[0], parts[1]]] {
            let parsed = comext(header, &rows);
            assert_eq!((values(&parsed), refused(&parsed)), (vec![1050.0], vec![]));
            let left: u64 = parsed.excluded.values().map(|left| left.rows).sum();
            assert_eq!(left, 2);
        }
    }
    // Today's files have no code 4.
    let parsed = comext(COMEXT, &["DE,CN,TOTAL,1,4,202405,1"]);
    assert_eq!(refused(&parsed), [(2, "STAT_PROCEDURE", "4")]);
    // Trade whose procedure is not recorded is trade.
    let parsed = comext(
        COMEXT,
        &["DE,CN,TOTAL,1,9,202405,1", "DE,CN,TOTAL,1,1,202405,2"],
    );
    assert_eq!(values(&parsed), [3.0]);
}

/// Bytes that a fuzzer found: a table of chains of zeros, so that the directory never ends.
#[test]
fn sectors_in_a_circle_are_refused() {
    let bytes = include_bytes!("../../../fuzz/corpus/china_customs/circle.xls");
    assert_eq!(
        read_as(Format::ChinaCustoms, bytes, InvalidRows::Report).unwrap_err(),
        "f: not readable as Excel: Malformed FAT (FAT has 32 entries, but file has only 11 sectors)"
    );
}

/// Return the workbook of January with some of its bytes changed.
fn changed(from: &[u8], to: &[u8]) -> String {
    let mut bytes = include_bytes!("../../../tests/fixtures/china-customs/2025-01.xls").to_vec();
    let mut places = bytes.windows(from.len()).enumerate();
    let at = places.find(|(_, w)| *w == from).unwrap().0;
    bytes[at..at + to.len()].copy_from_slice(to);
    read_as(Format::ChinaCustoms, &bytes, InvalidRows::Report).unwrap_err()
}

#[test]
fn an_xls_may_not_say_that_it_is_huge() {
    let dimensions = changed(
        &[0, 2, 14, 0],
        &[0, 2, 14, 0, 0, 0, 0, 0, 255, 255, 255, 255],
    );
    assert_eq!(
        dimensions,
        "f: not readable as Excel: expected dimensions of at most 16777216 cells"
    );
}
