//! The quality report of whole files.

use super::*;
use crate::ingest::{InvalidRows, TidyFigures, formats};
use crate::trade::{Currency, Month, Release, SeriesKey};
use std::path::Path;

/// Return five years of a level of 100 with a season of ±20 % and a wobble of up to 2 %, changed
/// by `change`.
fn series(id: &str, change: impl Fn(usize, f64) -> Option<f64>) -> String {
    let mut text = String::new();
    for t in 0..60_usize {
        let season = [
            0.8, 0.85, 1.0, 1.0, 1.05, 1.0, 1.0, 1.0, 1.1, 1.05, 1.1, 1.2,
        ][t % 12];
        let wobble = 1.0 + 0.02 * ((t * 37 % 19) as f64 / 9.0 - 1.0);
        if let Some(value) = change(t, 100.0 * season * wobble) {
            text += &format!("{id},{:04}-{:02},{value:.4}\n", 2020 + t / 12, t % 12 + 1);
        }
    }
    text
}

fn findings(rows: &str) -> Vec<(QualityIssue, String, String)> {
    let text = format!("unique_id,ds,y\n{rows}");
    let (_, reading) =
        formats::read_bytes(Path::new("f"), text.as_bytes(), None, InvalidRows::Refuse).unwrap();
    let quality = report(&[reading], None);
    quality
        .findings
        .into_iter()
        .map(|f| (f.issue, f.period.to_string(), format!("{:.2}", f.size)))
        .collect()
}

const ID: &str = "USA.MEX.M.TOTAL.USD";

fn findings_of_one(
    change: impl Fn(usize, f64) -> Option<f64>,
) -> Vec<(QualityIssue, String, String)> {
    findings(&series(ID, change))
}

#[test]
fn a_clean_series_has_no_finding() {
    assert_eq!(findings_of_one(|_, y| Some(y)), []);
    // Growth of 1.5 % a month is no shift of level either.
    assert_eq!(
        findings_of_one(|t, y| Some(y * 1.015_f64.powi(t as i32))),
        []
    );
}

#[test]
fn a_hole_is_a_gap() {
    let found = findings_of_one(|t, y| (t != 30 && t != 31).then_some(y));
    assert_eq!(
        found,
        [(
            QualityIssue::Gap,
            "2022-07-01/P2M".to_owned(),
            "2.00".to_owned()
        )]
    );
}

#[test]
fn a_factor_of_ten_thousand_is_a_unit_jump() {
    let found = findings_of_one(|t, y| Some(if t < 40 { y * 1e4 } else { y }));
    assert_eq!(
        found,
        [(
            QualityIssue::UnitJump,
            "2023-05".to_owned(),
            "0.00".to_owned()
        )]
    );
}

#[test]
fn a_month_from_which_the_series_returns_is_an_outlier() {
    let found = findings_of_one(|t, y| Some(if t == 40 { y * 1.6 } else { y }));
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(
        (found[0].0, found[0].1.as_str()),
        (QualityIssue::Outlier, "2023-05")
    );
}

#[test]
fn a_level_that_lasts_is_a_shift() {
    let found = findings_of_one(|t, y| Some(if t >= 40 { y * 1.6 } else { y }));
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(
        (found[0].0, found[0].1.as_str()),
        (QualityIssue::LevelShift, "2023-05")
    );
}

#[test]
fn a_shift_in_the_last_month_is_undecidable() {
    let found = findings_of_one(|t, y| Some(if t >= 59 { y * 1.6 } else { y }));
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(
        (found[0].0, found[0].1.as_str()),
        (QualityIssue::Undecidable, "2024-12")
    );
}

/// Korea's exports of 100 and China's imports of 110: 2 · 10 / 210 = 0.095.
#[test]
fn a_mirror_comparison_reports_its_asymmetry() {
    let rows = "KOR.CHN.X.TOTAL.USD,2020-01,100\nCHN.KOR.M.TOTAL.USD,2020-01,110\n";
    assert_eq!(
        findings(rows),
        [(
            QualityIssue::Mirror,
            "2020-01".to_owned(),
            "0.10".to_owned()
        )]
    );
}

#[test]
fn parts_that_do_not_add_up_are_found() {
    let rows = "CHN.KAZ.T.TOTAL.CNY,2020-01,300\n\
                CHN.KAZ.X.TOTAL.CNY,2020-01,160\n\
                CHN.KAZ.M.TOTAL.CNY,2020-01,150\n";
    assert_eq!(
        findings(rows),
        [(
            QualityIssue::Incoherent,
            "2020-01".to_owned(),
            "0.03".to_owned()
        )]
    );
    // 160.4 + 140.4 = 300.8 may be printed as 160 + 140 and 301.
    let rows = "CHN.KAZ.T.TOTAL.CNY,2020-01,301\n\
                CHN.KAZ.X.TOTAL.CNY,2020-01,160\n\
                CHN.KAZ.M.TOTAL.CNY,2020-01,140\n";
    assert_eq!(findings(rows), []);
}

/// The series is that of the United States' imports from Mexico, one month of which is changed by
/// 2 %.
#[test]
fn a_revision_is_measured_against_history() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("data");
    let history = crate::ingest::read_folder(&data).unwrap();
    // 2025-01 is 41597.114578 mn in data/observations/usa_census.csv, and 42429.05686956 is 2 %
    // more.
    let rows = "unique_id,ds,y\n\
                USA.MEX.M.TOTAL.USD,2025-01,42429056869.56\n\
                USA.MEX.M.TOTAL.USD,2025-02,41565516994\n";
    let (_, reading) =
        formats::read_bytes(Path::new("f"), rows.as_bytes(), None, InvalidRows::Refuse).unwrap();
    let quality = report(&[reading], Some(&history));
    let [source, finding] = &quality.findings[..] else {
        panic!("two findings: {:?}", quality.findings)
    };
    assert_eq!(source.issue, QualityIssue::OtherSource);
    assert_eq!(
        (finding.issue, finding.period.to_string()),
        (QualityIssue::Revision, "2025-01".to_owned())
    );
    assert!((finding.size - 0.02).abs() < 1e-9, "{}", finding.detail);
    assert!(
        finding.detail.starts_with("1 of 2 figures"),
        "{}",
        finding.detail
    );
}

#[test]
fn two_files_with_one_month_are_a_duplicate() {
    let read = |rows: &str| {
        let text = format!("unique_id,ds,y\n{rows}");
        formats::read_bytes(Path::new("f"), text.as_bytes(), None, InvalidRows::Refuse)
            .unwrap()
            .1
    };
    let files = [
        read("USA.MEX.M.TOTAL.USD,2025-01,1\n"),
        read("USA.MEX.M.TOTAL.USD,2025-01,2\n"),
    ];
    let quality = report(&files, None);
    assert_eq!(quality.findings.len(), 1);
    assert_eq!(quality.findings[0].issue, QualityIssue::Duplicate);
}

const ROWS: &str =
    "kind,reporter,partner,flow,product,measure,period,value,unit,status,released_on,source\n";

#[test]
fn another_edition_of_the_classification_is_found() {
    let read = |months: &[(u8, &str)]| {
        let row = |(month, edition): &(u8, &str)| {
            format!(
                "observation,KAZ,CHN,X,HS-8703,level,2025-0{month},1,USD,,,UN Comtrade; FOB; \
                 {edition}\n"
            )
        };
        let text = format!("{ROWS}{}", months.iter().map(row).collect::<String>());
        let parsed =
            formats::read_bytes(Path::new("f"), text.as_bytes(), None, InvalidRows::Refuse);
        let quality = report(&[parsed.unwrap().1], None);
        let found = quality.findings.into_iter();
        let found = found.filter(|f| f.issue == QualityIssue::OtherSource);
        found
            .map(|f| (f.period.to_string(), f.size, f.detail))
            .collect::<Vec<_>>()
    };
    let detail = "since 2025-03 HS edition H6, HS edition H5 before";
    assert_eq!(
        read(&[(1, "H5"), (2, "H5"), (3, "H6"), (4, "H6")]),
        [("2025-03".to_owned(), 2.0, detail.to_owned())]
    );
    assert!(read(&[(1, "H6"), (2, "H6")]).is_empty());
}

#[test]
fn months_from_another_source_are_found() {
    let read = |source: &str, months: &[u8]| {
        let row = |month: &u8| {
            format!("observation,USA,MEX,M,TOTAL,level,2025-0{month},1,USD,,,{source}\n")
        };
        let text = format!("{ROWS}{}", months.iter().map(row).collect::<String>());
        formats::read_bytes(Path::new("f"), text.as_bytes(), None, InvalidRows::Refuse)
            .unwrap()
            .1
    };
    let from_another = |files: &[ParsedFile], history: Option<&dyn KnownFigures>| {
        let quality = report(files, history);
        let found = quality.findings.into_iter();
        let found = found.filter(|f| f.issue == QualityIssue::OtherSource);
        found
            .map(|f| (f.period.to_string(), f.size, f.detail))
            .collect::<Vec<_>>()
    };
    let files = [
        read("Office 1.0", &[1, 2]),
        read("Bank", &[3, 4]),
        read("Office 2.0", &[5]),
    ];
    let detail = "months from `Bank`: 2; others are from `Office 1.0`";
    assert_eq!(
        from_another(&files, None),
        [("2025-03".to_owned(), 2.0, detail.to_owned())]
    );
    let mut history = TidyFigures::default();
    let id: Box<str> = "USA.MEX.M.TOTAL.USD".into();
    history.sources.insert(id, "Bank".to_owned());
    let of_office = from_another(&files[..1], Some(&history));
    assert_eq!(of_office[0].1, 2.0);
    assert_eq!(from_another(&files[1..2], Some(&history)), []);
}

/// Two vintages are a revision, the same day twice in two files is a duplicate.
#[test]
fn two_vintages_of_a_month_are_no_duplicate() {
    let read = |rows: &str| {
        let text = format!("{ROWS}{rows}");
        formats::read_bytes(Path::new("f"), text.as_bytes(), None, InvalidRows::Refuse)
            .unwrap()
            .1
    };
    let row = |value: u32, day: &str| {
        format!("observation,USA,MEX,M,TOTAL,level,2025-01,{value},USD mn,p,{day},s\n")
    };
    let both = read(&(row(1, "2025-03-01") + &row(2, "2025-04-01")));
    assert_eq!(report(std::slice::from_ref(&both), None).findings, []);
    let again = read(&row(3, "2025-03-01"));
    let findings = report(&[both, again], None).findings;
    assert_eq!(findings.len(), 1, "{findings:?}");
    assert_eq!(findings[0].issue, QualityIssue::Duplicate);
}

/// A series as it was known before.
struct Before(Month, Vec<f64>);

impl KnownFigures for Before {
    fn months(&self, _: &SeriesKey) -> Option<(Month, &[f64])> {
        Some((self.0, &self.1))
    }

    fn releases(&self, _: &SeriesKey) -> Vec<&Release> {
        Vec::new()
    }

    fn source(&self, _: &SeriesKey) -> &'static str {
        ""
    }

    fn rate(&self, _: Currency, _: Currency, _: Month) -> Option<f64> {
        None
    }
}

/// Return the findings about the months `rows` where six years of about 100 mn to the end of 2025
/// are known, the last month times `factor`.
fn after_six_years(factor: f64, rows: &[(&str, f64)]) -> Vec<(QualityIssue, String)> {
    let wobble = |t: usize| 1e8 * (1.0 + 0.02 * ((t * 37 % 19) as f64 / 9.0 - 1.0));
    let mut known: Vec<f64> = (0..72).map(wobble).collect();
    known[71] *= factor;
    let known = Before(Month::parse("2020-01").unwrap(), known);
    let mut text = "unique_id,ds,y\n".to_owned();
    for (month, value) in rows {
        text += &format!("{ID},{month},{value}\n");
    }
    let (_, reading) =
        formats::read_bytes(Path::new("f"), text.as_bytes(), None, InvalidRows::Refuse).unwrap();
    let findings = report(&[reading], Some(&known)).findings;
    findings
        .into_iter()
        .map(|f| (f.issue, f.period.to_string()))
        .collect()
}

#[test]
fn one_new_month_is_checked_against_those_known() {
    let one = |month: &str, value| after_six_years(1.0, &[(month, value)]);
    assert_eq!(one("2026-01", 1e8), []);
    let expected = |issue, period: &str| vec![(issue, period.to_owned())];
    assert_eq!(
        one("2026-01", 1e11),
        expected(QualityIssue::UnitJump, "2026-01")
    );
    assert_eq!(
        one("2026-01", 1.6e8),
        expected(QualityIssue::Undecidable, "2026-01")
    );
    assert_eq!(one("2026-02", 1e8), expected(QualityIssue::Gap, "2026-01"));
}

/// China's customs publishes months as figures of its tables: one in another unit is found, within
/// a file and against those known before.
#[test]
fn a_published_month_is_checked_against_those_before() {
    let row = |t: usize, value: f64| {
        let (year, month) = (2020 + t / 12, t % 12 + 1);
        format!("release,CHN,KAZ,T,TOTAL,level,{year}-{month:02},{value},CNY mn,p,,s\n")
    };
    let level = |t: usize| 1e4 * (1.0 + 0.02 * ((t * 37 % 19) as f64 / 9.0 - 1.0));
    let rows =
        |months: std::ops::Range<usize>| -> String { months.map(|t| row(t, level(t))).collect() };
    let read = |rows: &str| {
        let text = format!("{ROWS}{rows}");
        formats::read_bytes(Path::new("f"), text.as_bytes(), None, InvalidRows::Refuse)
            .unwrap()
            .1
    };
    let findings = |files: &[ParsedFile], history: Option<&dyn KnownFigures>| {
        let found = report(files, history).findings.into_iter();
        found
            .map(|f| (f.issue, f.period.to_string()))
            .collect::<Vec<_>>()
    };
    let jump = [(QualityIssue::UnitJump, "2023-05".to_owned())];
    let one_file = read(&(rows(0..40) + &row(40, 1e4 * level(40))));
    assert_eq!(findings(&[one_file], None), jump);
    assert_eq!(findings(&[read(&rows(0..41))], None), []);

    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("releases/a.csv");
    std::fs::create_dir(folder.path().join("releases")).unwrap();
    std::fs::write(&file, format!("{ROWS}{}", rows(0..40))).unwrap();
    let known = crate::ingest::read_folder(folder.path()).unwrap();
    let new = read(&row(40, 1e4 * level(40)));
    assert_eq!(findings(&[new], Some(&known)), jump);
    assert_eq!(findings(&[read(&row(40, level(40)))], Some(&known)), []);
}

/// The last known month is 60 % higher than those before it.
#[test]
fn new_months_decide_about_earlier_departures() {
    let expected = |issue| vec![(issue, "2025-12".to_owned())];
    let back = [("2026-01", 1e8)];
    assert_eq!(after_six_years(1.6, &back), expected(QualityIssue::Outlier));
    let months = [("2026-01", 1.6e8), ("2026-02", 1.6e8), ("2026-03", 1.6e8)];
    assert_eq!(after_six_years(1.6, &months[..2]), []);
    assert_eq!(
        after_six_years(1.6, &months),
        expected(QualityIssue::LevelShift)
    );
}

/// January and February are missing each year, as where they are published jointly.
#[test]
fn missing_months_hide_no_finding() {
    let jointly = |change: fn(usize, f64) -> f64| {
        let found = findings_of_one(|t, y| (t % 12 > 1).then(|| change(t, y)));
        let (gaps, others): (Vec<_>, Vec<_>) =
            found.into_iter().partition(|f| f.0 == QualityIssue::Gap);
        assert_eq!(gaps.len(), 4);
        let others = others.into_iter();
        others.map(|f| (f.0, f.1)).collect::<Vec<_>>()
    };
    assert_eq!(jointly(|_, y| y), []);
    let at = |issue, month: &str| vec![(issue, month.to_owned())];
    let jump = jointly(|t, y| if t >= 38 { y * 1000.0 } else { y });
    assert_eq!(jump, at(QualityIssue::UnitJump, "2023-03"));
    let outlier = jointly(|t, y| if t == 40 { y * 1.6 } else { y });
    assert_eq!(outlier, at(QualityIssue::Outlier, "2023-05"));
    let shift = jointly(|t, y| if t >= 40 { y * 1.6 } else { y });
    assert_eq!(shift, at(QualityIssue::LevelShift, "2023-05"));
}

/// An outlier before a long gap is found although months follow the gap.
#[test]
fn every_long_run_is_checked() {
    let found = findings_of_one(|t, y| {
        (!(50..54).contains(&t)).then_some(if t == 30 { y * 1.6 } else { y })
    });
    let found: Vec<_> = found.iter().map(|f| (f.0, f.1.as_str())).collect();
    assert_eq!(
        found,
        [
            (QualityIssue::Gap, "2024-03-01/P4M"),
            (QualityIssue::Outlier, "2022-07")
        ]
    );
}
