//! Tables of publishers that a spreadsheet saved with semicolons: their numbers have decimal
//! commas, or cannot be read in one way.

use super::read_bytes_with;
use crate::ingest::notation::NumberMarks;
use crate::ingest::{InvalidRows, Mapping, ReadOptions};
use std::path::Path;

/// Return the value of the row of a table of BACI in thousands of dollars, or the refusal.
fn value(cell: &str, decimal: Option<char>) -> Result<f64, String> {
    let text = format!("t;i;j;k;v;q\n2023;398;156;270900;{cell};1\n");
    let mut mapping = Mapping::default();
    mapping.notation.marks = NumberMarks {
        decimal,
        ..NumberMarks::default()
    };
    let options = ReadOptions {
        invalid_rows: InvalidRows::Refuse,
        mapping,
        ..ReadOptions::default()
    };
    let read = read_bytes_with(Path::new("f"), text.as_bytes(), &options);
    let (_, parsed) = read.map_err(|error| error.to_string())?;
    Ok(parsed.figures.rows()[0].value)
}

#[test]
fn a_number_with_a_decimal_comma_is_read_and_an_ambiguous_one_refused() {
    assert_eq!(value("4120334,112", None), Ok(4_120_334_112.0));
    assert_eq!(value("4.120.334,5", None), Ok(4_120_334_500.0));
    assert_eq!(value("41.5", None), Ok(41_500.0));
    for ambiguous in ["41.597", "41,597"] {
        let refusal = value(ambiguous, None).unwrap_err();
        for part in ["f, row 2, column `v`", "--decimal", "41597", "41.597"] {
            assert!(refusal.contains(part), "{refusal}");
        }
    }
    // Another number of the file settles it.
    assert_eq!(
        value("41.597;1\n2023;398;842;270900;1234.5", None),
        Ok(41_597.0)
    );
    assert_eq!(
        value("41.597;1\n2023;398;842;270900;1234,5", None),
        Ok(41_597_000.0)
    );
    assert_eq!(value("41.597", Some('.')), Ok(41_597.0));
    assert_eq!(value("41.597", Some(',')), Ok(41_597_000.0));
    assert_eq!(value("41,597", Some(',')), Ok(41_597.0));
}
