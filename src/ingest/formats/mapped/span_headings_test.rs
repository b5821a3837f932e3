//! Headings and periods that stand for spans. The figures are invented.

use super::cases_test::read;

const WIDE: &str = "--wide --map partner=col:Country --reporter UZB --flow X --unit USD";

fn table(heading: &str) -> String {
    format!("Country,{heading}\nChina,100\nJapan,50\n")
}

#[test]
fn a_heading_of_a_span_is_that_span_and_never_a_month_or_year_of_it() {
    for (heading, span) in [
        ("9M2024", "2024-01-01/P9M"),
        ("12M Sep 2023", "2022-10-01/P12M"),
        ("1Q23", "2023-Q1"),
        ("1H23", "2023-S1"),
        ("2024 (Jan-Sep)", "2024-01-01/P9M"),
        ("9 мес. 2023", "2023-01-01/P9M"),
        ("2024:09", "2024-09"),
    ] {
        let figures = read(&table(heading), WIDE).unwrap();
        assert_eq!(figures[0], format!("UZB.CHN.X.TOTAL.USD {span} 100"));
    }
    for heading in [
        "2022/23",
        "2022/2023",
        "2022–23",
        "2023/2022",
        "2023 r/r",
        "FY22",
        "2024 YTD",
        "Mar 5",
        "IV.2023",
    ] {
        assert!(read(&table(heading), WIDE).is_err(), "{heading}");
    }
    let roman = "Country,II 2024,VI 2024\nChina,100,110\n";
    let figures = read(roman, WIDE).unwrap();
    assert_eq!(figures[0], "UZB.CHN.X.TOTAL.USD 2024-02 100");
}

#[test]
fn a_stated_period_is_that_of_the_heading() {
    for (heading, period, is_right) in [
        ("2023", "2024-05", false),
        ("2022/23", "2024-05", false),
        ("FY22", "2022", false),
        ("May 2024", "2024-05", true),
        ("Exports", "2024-05", true),
    ] {
        let options = format!("{WIDE} --map period={period}").replace("--wide ", "");
        let options = format!("{options} --map \"value=col:{heading}\"");
        let found = read(&table(heading), &options);
        assert_eq!(found.is_ok(), is_right, "{heading}: {found:?}");
        if let Err(refused) = found {
            assert!(refused.contains(heading), "{refused}");
        }
    }
}

#[test]
fn a_note_may_say_that_a_marked_year_is_a_part_of_it() {
    let table = |note: &str| format!("Country,2023,2024*\nChina,100,110\n\n* {note}\n");
    for note in ["January to September", "9 months", "Jan-Sep 2024"] {
        let refused = read(&table(note), WIDE).unwrap_err();
        assert!(refused.contains("`2024*`"), "{refused}");
    }
    for note in ["preliminary", "January to December"] {
        assert!(read(&table(note), WIDE).is_ok(), "{note}");
    }
    let down = "Year,China\n2023,100\n2024*,110\n\n* January to September\n";
    let options = "--wide --reporter UZB --flow X --unit USD";
    assert!(read(down, options).unwrap_err().contains("`2024*`"));
}
