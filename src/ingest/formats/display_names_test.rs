//! Errors name a file as the user knows it, wherever its content lies.

use super::{Format, read_as, read_bytes};
use crate::ingest::InvalidRows;
use flate2::{Compression, write::GzEncoder};
use std::io::Write;
use std::path::Path;

const NAME: &str = "upload.csv";

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// The errors of content that lies in memory, in a file of another name, and in a container.
fn errors_of(format: Format, content: &[u8]) -> Vec<String> {
    let name = Path::new(NAME);
    let mut file = tempfile::Builder::new().suffix(".tmp").tempfile().unwrap();
    file.write_all(content).unwrap();
    let format = Some(format);
    [
        read_bytes(name, content, format, InvalidRows::Refuse),
        read_as(file.path(), name, format, InvalidRows::Refuse),
        read_bytes(name, &gzip(content), format, InvalidRows::Refuse),
    ]
    .map(|read| read.unwrap_err().to_string())
    .to_vec()
}

#[test]
fn an_error_names_the_file_of_the_user_from_the_start() {
    let long = "unique_id,ds,y\nUSA.MEX.M.TOTAL.USD,";
    let tidy = crate::ingest::figures::TIDY_COLUMNS.join(",");
    for (format, content, expected) in [
        (
            Format::Long,
            "id,ds,y\na,2020-01,1\n".to_owned(),
            "upload.csv, row 1, column `unique_id`: ",
        ),
        (
            Format::Long,
            format!("{long}2020-13,1\n"),
            "upload.csv, row 2, column `ds`, value `2020-13`: ",
        ),
        (
            Format::Long,
            format!("{long}2020-01\n"),
            "upload.csv, row 2: expected 3 cells, not 2",
        ),
        (
            Format::Long,
            format!("{long}2020-01,1,2\n"),
            "upload.csv, row 2: expected 3 cells, not 4",
        ),
        (
            Format::Tidy,
            format!("{tidy}\nforecast,USA,MEX,M,TOTAL,level,2020-01,1,USD,,,s\n"),
            "upload.csv, row 2, column `kind`, value `forecast`: ",
        ),
        (
            Format::Comext,
            "DECLARANT,PARTNER,FLOW,PERIOD,VALUE_EUR\n".to_owned(),
            "upload.csv, row 1, column `DECLARANT_ISO`: ",
        ),
        (
            Format::Census,
            "[[".to_owned(),
            "upload.csv: not readable as JSON: ",
        ),
        (
            Format::SdmxMl,
            "<a><b></a>".to_owned(),
            "upload.csv: not readable as XML: ",
        ),
    ] {
        for error in errors_of(format, content.as_bytes()) {
            assert!(error.starts_with(expected), "{format}: {error}");
            assert!(!error.contains(".tmp"), "{format}: {error}");
        }
    }
    let damaged = read_bytes(
        Path::new(NAME),
        b"PAR1 and no more",
        None,
        InvalidRows::Refuse,
    );
    let error = damaged.unwrap_err().to_string();
    assert!(
        error.starts_with("upload.csv: not readable as Parquet: "),
        "{error}"
    );
}
