//! Each format on the files in `tests/fixtures` (their sources: `tests/fixtures/README.md`), each
//! refusal, each known trap.

use super::{Format, read, read_bytes};
use crate::ingest::{InvalidRows, ParsedFile};
use std::path::Path;

pub(super) fn fixture(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures")
        .join(name)
}

/// List the figures of a fixture as tidy rows, and the excluded rows.
pub(super) fn rows(name: &str) -> String {
    let (format, parsed) = match read(&fixture(name), None, InvalidRows::Refuse) {
        Ok(read) => read,
        Err(error) => panic!("{name}: {error}"),
    };
    list(format, &parsed)
}

pub(super) fn list(format: Format, parsed: &ParsedFile) -> String {
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

/// List figures and refusals of a text, or the error.
pub(super) fn read_text(text: &str) -> String {
    match read_bytes(
        Path::new("file"),
        text.as_bytes(),
        None,
        InvalidRows::Refuse,
    ) {
        Ok((format, parsed)) => list(format, &parsed),
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
    // The archive's check sum finds a changed byte within the packed data.
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
fn parquet_is_recognised_by_its_bytes() {
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

/// The value of USA exports to Canada in 2024, 349,397,894,619 USD, stands beside SCALE 6 and is
/// not multiplied by it (IMF); a `UNIT_MULT` of 3 multiplies Korea's imports from China in January
/// 2001, 999,763 thousand USD.
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
