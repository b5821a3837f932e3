//! Days of release that are stated for a whole file, and periods far ahead.

use super::{Format, read_as, read_bytes};
use crate::ingest::InvalidRows;
use crate::ingest::figure_check::too_early;
use crate::trade::month::parse_date;
use crate::trade::{Month, Span};
use std::path::Path;

#[test]
fn a_stated_day_of_release_applies_to_figures_without_one() {
    let text = "kind,reporter,partner,flow,product,measure,period,value,unit,status,released_on,\
        source\n\
        observation,USA,MEX,M,TOTAL,level,2025-01,1,USD,,2025-03-06,s\n\
        observation,USA,MEX,M,TOTAL,level,2025-02,1,USD,,,s\n\
        release,USA,MEX,M,TOTAL,level,2025-01-01/P2M,1,USD,,,s\n";
    let read = || {
        read_bytes(Path::new("f"), text.as_bytes(), None, InvalidRows::Refuse)
            .unwrap()
            .1
    };
    let stated = read().with_release_date(parse_date("2025-04-03").unwrap());
    let days = stated.unwrap().figures;
    let days = days.rows().iter().map(|row| row.released_on);
    let days: Vec<_> = days.map(|day| day.map(|day| day.to_string())).collect();
    let (own, given) = (Some("2025-03-06".to_owned()), Some("2025-04-03".to_owned()));
    assert_eq!(days, [own, given.clone(), given]);
    let early = read().with_release_date(parse_date("2024-02-01").unwrap());
    assert_eq!(
        early.unwrap_err().to_string(),
        "f, row 3, value `2024-02-01`: expected a day of release at most 366 days before the \
         period ends, on 2025-02-28"
    );
}

#[test]
fn figures_too_far_ahead_of_a_stated_day_are_refused_alone() {
    let text = "kind,reporter,partner,flow,product,measure,period,value,unit,status,released_on,\
        source\n\
        observation,USA,MEX,M,TOTAL,level,2025-01,1,USD,,,s\n\
        observation,USA,MEX,M,TOTAL,level,2025-02,2,USD,,,s\n\
        observation,USA,MEX,M,TOTAL,level,2025-13,3,USD,,,s\n\
        observation,USA,CAN,M,TOTAL,level,2025-03,4,USD mn,p,2025-05-06,t\n\
        release,USA,CAN,M,TOTAL,level,2025-01-01/P3M,5,USD,,,s\n";
    let of = |invalid_rows: InvalidRows, day: &str| {
        let read = read_bytes(Path::new("f"), text.as_bytes(), None, invalid_rows);
        read.unwrap().1.with_release_date(parse_date(day).unwrap())
    };
    for invalid_rows in [InvalidRows::Report, InvalidRows::ReportFirst] {
        let parsed = of(invalid_rows, "2024-02-20").unwrap();
        let figures = &parsed.figures;
        let taken: Vec<_> = figures.rows().iter().map(|r| figures.tidy_row(r)).collect();
        let taken: Vec<_> = taken.iter().map(|cells| cells.join(",")).collect();
        assert_eq!(
            taken,
            [
                "observation,USA,MEX,M,TOTAL,level,2025-01,1,USD,,2024-02-20,s",
                "observation,USA,CAN,M,TOTAL,level,2025-03,4,USD mn,p,2025-05-06,t"
            ]
        );
        let refused: Vec<_> = parsed.refusals.iter().map(ToString::to_string).collect();
        let early = |row: u64, end: &str| {
            format!(
                "f, row {row}, value `2024-02-20`: expected a day of release at most 366 days \
                 before the period ends, on {end}"
            )
        };
        assert_eq!(refused.len(), 3);
        assert_eq!(refused[0], early(3, "2025-02-28"));
        assert!(refused[1].starts_with("f, row 4, column `period`"));
        assert_eq!(refused[2], early(6, "2025-03-31"));
        // All figures that state no day.
        let parsed = of(invalid_rows, "2024-01-01").unwrap();
        assert_eq!((parsed.figures.len(), parsed.refusals.len()), (1, 4));
    }
}

/// A year mistyped: 2205 for 2025.
#[test]
fn a_period_far_ahead_is_refused_unless_its_release_is_stated() {
    let of = |row: &str| {
        let text = format!(
            "{}\n{row}\n",
            crate::ingest::figures::TIDY_COLUMNS.join(",")
        );
        let read = read_bytes(
            Path::new("f"),
            text.as_bytes(),
            Some(Format::Tidy),
            InvalidRows::Refuse,
        );
        read.map_err(|error| error.to_string())
    };
    let ahead =
        "expected a period that ends at most 366 days from today where no day of release is stated";
    for (kind, period) in [("observation", "2205-06"), ("release", "2205-Q2")] {
        let row = format!("{kind},USA,MEX,M,TOTAL,level,{period},1,USD,,,s");
        let refused = format!("f, row 2, column `period`, value `{period}`: {ahead}");
        assert_eq!(of(&row).unwrap_err(), refused);
    }
    let stated = of("observation,USA,MEX,M,TOTAL,level,2205-06,1,USD,,2025-07-01,s");
    assert_eq!(
        stated.unwrap_err(),
        "f, row 2, column `released_on`, value `2025-07-01`: expected a day of release at most 366 \
         days before the period ends, on 2205-06-30"
    );
    let long = "unique_id,ds,y\nUSA.MEX.M.TOTAL.USD,2205-06,1\n";
    let read = read_bytes(Path::new("f"), long.as_bytes(), None, InvalidRows::Refuse);
    assert_eq!(
        read.unwrap_err().to_string(),
        format!("f, row 2, column `ds`, value `2205-06`: {ahead}")
    );
    // A month and all others of a year may lie ahead.
    let this = Month::of(time::OffsetDateTime::now_utc().date());
    for (months, fits) in [(0, true), (11, true), (13, false)] {
        let month = this.plus(months);
        let found = too_early(Span::month(month), None);
        assert_eq!(found.is_none(), fits, "{month}");
    }
}

/// Figures that cannot be true yet: a month that has not ended, a release that has not come.
#[test]
fn figures_of_the_future_are_refused_and_gaps_are_not() {
    let this = Month::of(time::OffsetDateTime::now_utc().date());
    let header = crate::ingest::figures::TIDY_COLUMNS.join(",");
    let text = format!(
        "{header}\n\
         observation,USA,MEX,M,TOTAL,level,2025-01,1,USD,,,s\n\
         observation,USA,MEX,M,TOTAL,level,{},1,USD,,,s\n\
         observation,USA,CAN,M,TOTAL,level,{},,USD,,,s\n\
         observation,USA,MEX,M,TOTAL,level,2999-01,1,USD,,2999-02-01,s\n\
         observation,USA,MEX,M,TOTAL,level,2025-02,1,USD,,2999-02-01,s\n\
         observation,USA,MEX,M,TOTAL,level,{},1,USD,,,s\n\
         release,USA,MEX,M,TOTAL,level,2025-01-01/P3M,1,USD,,2999-02-01,s\n",
        this.back(1),
        this.plus(6),
        this.plus(6),
    );
    let of = |invalid_rows: InvalidRows| {
        let read = read_bytes(
            Path::new("f"),
            text.as_bytes(),
            Some(Format::Tidy),
            invalid_rows,
        );
        read.unwrap().1.without_future()
    };
    let parsed = of(InvalidRows::Report).unwrap();
    let refused: Vec<_> = parsed.refusals.iter().filter_map(|r| r.row).collect();
    assert_eq!((parsed.figures.len(), refused), (3, vec![5, 6, 7, 8]));
    let columns: Vec<_> = parsed
        .refusals
        .iter()
        .filter_map(|r| r.column.clone())
        .collect();
    assert_eq!(
        columns,
        ["released_on", "released_on", "period", "released_on"]
    );
    let first = of(InvalidRows::Refuse).unwrap_err().to_string();
    assert!(
        first.starts_with(
            "f, row 5, column `released_on`, value `2999-02-01`: expected a day of release up to "
        ),
        "{first}"
    );
}

#[test]
fn a_missing_file_is_an_error_of_the_service_too() {
    let folder = tempfile::tempdir().unwrap();
    let none = folder.path().join("none");
    let read = read_as(&none, Path::new("f"), None, InvalidRows::ReportFirst);
    assert_eq!(read.unwrap_err().to_string(), "cannot read f");
}
