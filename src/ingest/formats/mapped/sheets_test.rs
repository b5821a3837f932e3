//! What the names of sheets state of their tables. The figures are invented.

use super::cases_test::{figures_of, mapping_of};
use super::reader::TableStyle;
use super::sheets::read_sheets;
use crate::ingest::invalid_rows::InvalidRows;
use crate::ingest::notation::NumberMarks;
use crate::ingest::parsed_file::ParsedFile;
use crate::ingest::sheet::SheetCells;
use std::path::Path;

/// Return series, period and value of every figure of the sheets, or the refusal.
fn read(sheets: &[(&str, &str)], options: &str) -> Result<Vec<String>, String> {
    let sheet = |(name, text): &(&str, &str)| SheetCells {
        name: Some((*name).to_owned()),
        rows: text
            .lines()
            .map(|line| line.split(',').map(str::to_owned).collect())
            .collect(),
        ..SheetCells::default()
    };
    let sheets: Vec<SheetCells> = sheets.iter().map(sheet).collect();
    let style = TableStyle {
        marks: NumberMarks::default().separated_by(b','),
        has_serials: true,
    };
    let mut parsed = ParsedFile::new(Path::new("t.xlsx"), InvalidRows::Refuse);
    read_sheets(&sheets, style, &mapping_of(options), &mut parsed).map_err(|e| e.to_string())?;
    Ok(figures_of(&parsed))
}

#[test]
fn a_sheet_states_its_product_reporter_or_unit() {
    let table = "Month,China,Japan\n2024-01,1,2\n";
    for (first, second, options, figures) in [
        (
            "HS 27",
            "HS 84",
            "--wide --reporter UZB --flow X --unit USD",
            [
                "UZB.CHN.X.HS-27.USD 2024-01 1",
                "UZB.CHN.X.HS-84.USD 2024-01 1",
            ],
        ),
        (
            "Kazakhstan",
            "Uzbekistan",
            "--wide --flow X --unit USD",
            [
                "KAZ.CHN.X.TOTAL.USD 2024-01 1",
                "UZB.CHN.X.TOTAL.USD 2024-01 1",
            ],
        ),
        (
            "X 2023",
            "M 2023",
            "--wide --reporter UZB --unit USD",
            [
                "UZB.CHN.X.TOTAL.USD 2024-01 1",
                "UZB.CHN.M.TOTAL.USD 2024-01 1",
            ],
        ),
        (
            "Exports, USD million",
            "Imports, USD thousand",
            "--wide --reporter UZB",
            [
                "UZB.CHN.X.TOTAL.USD 2024-01 1000000",
                "UZB.CHN.M.TOTAL.USD 2024-01 1000",
            ],
        ),
    ] {
        let found = read(&[(first, table), (second, table)], options).unwrap();
        assert_eq!([&found[0], &found[2]], [figures[0], figures[1]], "{first}");
    }
    let refused = read(&[("USD", table)], "--wide --reporter UZB --flow X");
    assert!(refused.is_err_and(|error| error.contains("--unit UNIT")));
    let refused = read(
        &[("HS 27", table)],
        "--wide --reporter UZB --flow X --unit USD --product 84",
    );
    assert!(refused.is_err_and(|error| error.contains("HS 27")));
}

#[test]
fn figures_of_two_sheets_are_refused_until_one_is_left_out() {
    let sheets = [
        ("Data", "Month,China\n2024-01,1\n2024-02,2\n"),
        ("Data (old)", "Month,China\n2024-01,3\n"),
    ];
    let options = "--wide --reporter UZB --flow X --unit USD";
    let refused = read(&sheets, options).unwrap_err();
    let expected = "--sheet Data, or leave one out with --skip \"Data (old)\"";
    assert!(refused.contains(expected), "{refused}");
    for choice in ["--sheet Data", "--skip \"Data (old)\""] {
        let found = read(&sheets, &format!("{options} {choice}")).unwrap();
        assert_eq!(found.len(), 2, "{choice}: {found:?}");
    }
    let found = read(&sheets, &format!("{options} --skip Data")).unwrap();
    assert_eq!(found, ["UZB.CHN.X.TOTAL.USD 2024-01 3"]);
}
