//! Columns of periods that are no months: quarters, halves, fiscal years, and those that are not
//! read.

use super::cases_test::read;

const WIDE: &str = "--wide --reporter UZB --flow X --unit USD";

/// Return the periods of all figures, or the refusal.
fn spans(table: &str, options: &str) -> Result<Vec<String>, String> {
    let rows = read(table, options)?;
    let span = |row: &String| row.split(' ').nth(1).unwrap_or_default().to_owned();
    Ok(rows.iter().map(span).collect())
}

#[test]
fn quarters_halves_and_fiscal_years_are_never_months() {
    let span = |column: &str, cell: &str| {
        let table = format!("{column},China,Japan\n{cell},5,6\n");
        spans(&table, WIDE).map(|spans| spans[0].clone())
    };
    for (column, cell, expected) in [
        ("Year,Qtr", "2022,2", "2022-Q2"),
        ("Year,Quarter", "2022,Q2", "2022-Q2"),
        ("Year,Half", "2022,2", "2022-S2"),
        ("Year,Semester", "2022,1", "2022-S1"),
        ("Year,Quarter,Month", "2022,1,2", "2022-02"),
        ("Quarter,Month", "Q1 2022,Feb", "2022-02"),
        ("Year,Month,Day", "2022,3,1", "2022-03"),
    ] {
        assert_eq!(
            span(column, cell).as_deref(),
            Ok(expected),
            "{column} {cell}"
        );
    }
    for (column, cell, expected) in [
        ("Quarter", "2022 1", "one of the quarters"),
        ("Quarter", "2022-03", "one of the quarters"),
        ("Half-year", "2022-01", "one of the halves of years"),
        ("Year", "2022-01-01", "one of the years"),
        ("Year", "FY22", "--code FY22=2021-MM/2022-NN"),
        ("Year", "2021/22", "--code 2021/22=2021-MM/2022-NN"),
        ("Fiscal year", "2022", "--code 2022=2021-MM/2022-NN"),
        ("Financial Year(end)", "2022", "--code 2022=2021-MM/2022-NN"),
        (
            "Financial Year",
            "2010-11",
            "--code 2010-11=2010-MM/2011-NN",
        ),
        (
            "Financial Year(start)",
            "2022",
            "--code 2022=2022-MM/2023-NN",
        ),
        (
            "Financial Year,Month",
            "2022-23,Apr",
            "--code 2022-23=2022-MM/2023-NN",
        ),
    ] {
        let refused = span(column, cell).unwrap_err();
        assert!(refused.contains(expected), "{column} {cell}: {refused}");
    }
}

#[test]
fn headings_of_fiscal_years_are_no_months_either() {
    // All of them are months, too.
    let table = "Partner,2008-09,2009-10,2010-11\nChina,1,2,3\nJapan,4,5,6\n";
    let options = "--reporter IND --flow X --unit USD --wide";
    let refused = read(table, options).unwrap_err();
    let advice = "--code 2008-09=2008-MM/2009-NN --code 2009-10=2009-MM/2010-NN";
    assert!(refused.contains(advice), "{refused}");
    let stated = "--code 2008-09=2008-04/2009-03 --code 2009-10=2009-04/2010-03 \
                  --code 2010-11=2010-04/2011-03";
    let found = spans(table, &format!("{options} {stated}")).unwrap();
    assert_eq!(found[0], "2008-04-01/P12M");
    let table = "Financial Year,Month,China\n2022-23,Apr,1\n2022-23,Jan,2\n";
    let stated = "--code 2022-23=2022-04/2023-03 --map partner=CHN,value=col:China";
    let options = format!("{stated} --reporter IND --flow X --unit USD");
    assert_eq!(spans(table, &options).unwrap(), ["2022-04", "2023-01"]);
}

#[test]
fn a_column_of_periods_that_is_not_read_fits_the_period() {
    let table = "Year,Month,Country,Value\n2023,May,China,5\n";
    let options = "--reporter UZB --flow X --unit USD --map period=2024-05";
    let refused = read(table, options).unwrap_err();
    assert!(refused.contains("column `Year`, value `2023`"), "{refused}");
    let table = "Year,Month,Country,Value\n2024,June,China,5\n";
    let refused = read(table, options).unwrap_err();
    assert!(
        refused.contains("column `Month`, value `June`"),
        "{refused}"
    );
    let refused = read(table, &options.replace("2024-05", "2024")).unwrap_err();
    assert!(
        refused.contains("column `Month`, value `June`"),
        "{refused}"
    );
    assert!(read(table, &format!("{options} --skip Month")).is_ok());
}

#[test]
fn a_note_below_fiscal_years_makes_no_months_of_them() {
    for last in ["Total,3,4", "Source: an office,,"] {
        let table = format!("Year,China,Japan\n2008-09,1,2\n2009-10,2,3\n2010-11,2,3\n{last}\n");
        let refused = spans(&table, WIDE).unwrap_err();
        assert!(refused.contains("2008-09=2008-MM/2009-NN"), "{refused}");
    }
    // One of them is no month.
    let table = "Year,China,Japan\n2011-12,1,2\n2012-13,2,3\nFY15,2,3\n";
    assert!(spans(table, WIDE).is_err());
    let months = "Month,China,Japan\n2008-09,1,2\n2008-10,2,3\n2008-11,2,3\n";
    assert_eq!(spans(months, WIDE).unwrap()[0], "2008-09");
    // Codes of flows are no years.
    let table = "Year,Month,Flow,China\n2024,1,1,5\n2024,2,2,6\n";
    let options = "--reporter UZB --unit USD --code 1=X --code 2=M --map partner=CHN \
                   --map value=col:China --map flow=col:Flow --map period=col:Year+Month";
    assert_eq!(spans(table, options).unwrap(), ["2024-01", "2024-02"]);
}
