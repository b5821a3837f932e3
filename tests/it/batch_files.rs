//! Files as people have them, in `tests/fixtures/batch`: read and written back alike, or refused
//! with the place and the way out.

use crate::cli::{err, tradecast};
use flate2::write::GzEncoder;
use polars::prelude::{
    Column, DataFrame, DataType, ParquetReader, ParquetWriter, SerReader, TimeUnit,
};
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// What a batch over a file must do.
#[derive(Clone, Copy)]
enum Expected {
    /// Forecast, with this month in the first row of the results.
    Month(&'static str),
    /// Refuse the file with a message that has this text.
    Refused(&'static str),
    /// List the one series with a reason that has this text.
    Listed(&'static str),
}
use Expected::{Listed, Month, Refused};

/// Every file: its name and what a batch over it must do. The type of the column of months stands
/// before those of Parquet.
const FILES: [(&str, Expected); 59] = [
    ("12_month_end.csv", Month("2024-02-29")),
    ("12c_compact_day.csv", Month("20240229")),
    ("12d_midmonth.csv", Month("2024-02-15")),
    ("12e_datetime.csv", Month("2024-02-01 00:00:00")),
    (
        "12f_us.csv",
        Refused("row 2, column `ds`, value `02/01/2019`: expected a month"),
    ),
    ("12f_us.csv", Refused("; write the year first")),
    (
        "12h_monthname.csv",
        Refused("row 2, column `ds`, value `Feb 2019`: expected a month"),
    ),
    (
        "16_quarterly.csv",
        Listed(
            "Q,\"the data look quarterly, from 2015-01 to 2023-10 (2015-01, 2015-04, 2015-07, …): \
             months between are not filled",
        ),
    ),
    (
        "16b_annual.csv",
        Listed("Y,\"the data look annual, from 1990-12 to 2023-12 (1990-12, 1991-12, 1992-12, …):"),
    ),
    (
        "16c_weekly.csv",
        Refused("series `W` does not have yet; row 2 gives it already, as 100, here it is 101"),
    ),
    (
        "16c_weekly.csv",
        Refused("; its dates 2021-01-03, 2021-01-10, 2021-01-17 look weekly"),
    ),
    (
        "16e_quarter_text.csv",
        Refused("row 2, column `ds`, value `2015-Q1`: expected a month"),
    ),
    ("16e_quarter_text.csv", Refused("; the data look quarterly")),
    (
        "17_duplicate.csv",
        Refused("row 12 gives it already, with the same value"),
    ),
    (
        "23_thousands.csv",
        Refused("row 2, column `y`, value `1,102,972.61`: expected a finite number"),
    ),
    (
        "23b_blank_and_dash.csv",
        Refused("row 7, column `y`, value `-`: expected a finite number"),
    ),
    (
        "30_bool_y.parquet",
        Refused("column `y`: expected a column that holds a number, not bool"),
    ),
    ("30_date32.parquet", Month("date 2024-02-01")),
    ("30_decimal.parquet", Month("date 2024-02-01")),
    ("30_decimal256.parquet", Month("date 2024-02-01")),
    ("30_dict.parquet", Month("datetime[ms] 2024-02-01 00:00")),
    ("30_empty.parquet", Refused("there is no row of figures")),
    ("30_float_id.parquet", Month("date 2024-02-01")),
    ("30_int_yyyymm.parquet", Month("i32 202402")),
    ("30_int_yyyymmdd.parquet", Month("i64 20240201")),
    (
        "30_null_ds.parquet",
        Refused("row 60, column `ds`, value ``: expected a month"),
    ),
    (
        "30_null_id.parquet",
        Refused("row 60, column `unique_id`, value ``: expected the name of a series"),
    ),
    ("30_period_text.parquet", Month("str 2024-02")),
    (
        "30_ts_midday.parquet",
        Month("datetime[μs] 2024-02-29 23:59"),
    ),
    ("30_ts_ns.parquet", Month("datetime[ns] 2024-02-01 00:00")),
    (
        "30_ts_utc.parquet",
        Month("datetime[μs, UTC] 2024-02-01 00:00"),
    ),
    ("31_blank_lines.csv", Month("2024-02-29")),
    ("31_bom.csv", Month("2024-02-29")),
    ("31_crlf.csv", Month("2024-02-29")),
    (
        "31_empty.csv",
        Refused("expected a header, but the file is empty"),
    ),
    ("31_extra_cols.csv", Month("2024-02-29")),
    ("31_gz.csv.gz", Month("2024-02-29")),
    ("31_gz_as_csv.csv", Month("2024-02-29")),
    ("31_header.csv", Refused("there is no row of figures")),
    ("31_index_col.csv", Month("2024-02-29")),
    ("31_latin1.csv", Month("2024-02-29")),
    ("31_no_last_newline.csv", Month("2024-02-29")),
    ("31_quoted_header.csv", Month("2024-02-29")),
    ("31_semicolon.csv", Month("2024-02-29")),
    ("31_semicolon_comma.csv", Month("2024-02-29")),
    (
        "31_short_row.csv",
        Refused("row 62: expected 3 cells, not 2"),
    ),
    ("31_spaces_header.csv", Month("2024-02-29")),
    ("31_utf16.csv", Month("2024-02-29")),
    (
        "made:twice.csv",
        Refused("column `y`: expected this column once"),
    ),
    (
        "made:mixed_marks.csv",
        Refused("row 3, column `y`, value `1.5`"),
    ),
    ("made:utf16_no_mark.csv", Listed("the history is too short")),
    (
        "made:years.csv",
        Refused("value `2015`: expected a month of the years 1000 to 2999"),
    ),
    (
        "made:tashkent.csv",
        Refused("row 2, column `ds`, value `2018-12-31T19:00:00Z`: expected midnight UTC, since"),
    ),
    (
        "made:tashkent_offset.csv",
        Refused("row 2, column `ds`, value `2018-12-31 19:00:00+00:00`: expected midnight UTC"),
    ),
    (
        "made:five.csv",
        Refused("value `2019-01-01T05:00:00Z`: expected midnight UTC"),
    ),
    ("made:midnight.csv", Month("2022-01-01T00:00:00Z")),
    ("made:float_days.csv", Month("20220101")),
    ("made:float_days.parquet", Month("f64 2.0220101e7")),
    (
        "made:packed.parquet.gz",
        Refused("it is a Parquet file, packed again: unpack it first"),
    ),
];

/// The content of files that are made here.
fn made(name: &str) -> Vec<u8> {
    match name {
        "twice.csv" => b"unique_id,ds,y,y\na,2020-01,1,2\n".to_vec(),
        "mixed_marks.csv" => b"unique_id;ds;y\na;2020-01;1,5\na;2020-02;1.5\n".to_vec(),
        "years.csv" => b"unique_id,ds,y\na,2015,1\na,2016,2\n".to_vec(),
        "tashkent.csv" => dated(|_, before| format!("{before}T19:00:00Z")),
        "tashkent_offset.csv" => dated(|_, before| format!("{before} 19:00:00+00:00")),
        "five.csv" => dated(|day, _| format!("{day}T05:00:00Z")),
        "midnight.csv" => dated(|day, _| format!("{day}T00:00:00Z")),
        "float_days.csv" => dated(|day, _| format!("{}.0", day.replace('-', ""))),
        "float_days.parquet" => float_days(),
        "packed.parquet.gz" => {
            let mut packed = GzEncoder::new(Vec::new(), flate2::Compression::fast());
            packed.write_all(&float_days()).unwrap();
            packed.finish().unwrap()
        }
        _ => "unique_id,ds,y\na,2020-01,1\n"
            .bytes()
            .flat_map(|byte| [byte, 0])
            .collect(),
    }
}

/// A series of three years from 2019 on; `text` writes a month by its first day and the day before.
fn dated(text: impl Fn(&str, time::Date) -> String) -> Vec<u8> {
    let mut file = String::from("unique_id,ds,y\n");
    for first in first_days() {
        let before = first.previous_day().unwrap();
        let text = text(&first.to_string(), before);
        writeln!(file, "a,{text},{}", 100 + first.month() as u8).unwrap();
    }
    file.into_bytes()
}

/// The first days of three years from 2019 on.
fn first_days() -> impl Iterator<Item = time::Date> {
    (0..36).map(|k| {
        let month = time::Month::try_from((k % 12 + 1) as u8).unwrap();
        time::Date::from_calendar_date(2019 + k / 12, month, 1).unwrap()
    })
}

/// The same series in Parquet, days as floating-point numbers: 20190101.0.
fn float_days() -> Vec<u8> {
    let number =
        |day: time::Date| f64::from(day.year() * 10_000 + i32::from(day.month() as u8) * 100 + 1);
    let days: Vec<f64> = first_days().map(number).collect();
    let values: Vec<f64> = first_days()
        .map(|day| f64::from(day.month() as u8))
        .collect();
    let columns = vec![
        Column::new("unique_id".into(), vec!["a"; 36]),
        Column::new("ds".into(), days),
        Column::new("y".into(), values),
    ];
    let mut file = Vec::new();
    let mut frame = DataFrame::new(36, columns).unwrap();
    ParquetWriter::new(&mut file).finish(&mut frame).unwrap();
    file
}

fn fixture(name: &str, folder: &Path) -> PathBuf {
    match name.strip_prefix("made:") {
        Some(name) => {
            let file = folder.join(name);
            std::fs::write(&file, made(name)).unwrap();
            file
        }
        None => Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/fixtures/batch")
            .join(name),
    }
}

fn batch(input: &Path, output: &Path, more: &[&str]) -> std::process::Output {
    let (input, output) = (input.to_str().unwrap(), output.to_str().unwrap());
    let usual = ["batch", "--input", input, "--out", output];
    tradecast(&[&usual[..], more].concat())
}

/// Returns the month in the first row of results.
fn first_month(file: &Path) -> String {
    if file.extension().is_some_and(|e| e == "csv") {
        let text = std::fs::read_to_string(file).unwrap();
        let row = text.lines().nth(1).unwrap_or_default();
        return row.split(',').nth(1).unwrap_or_default().to_owned();
    }
    let file = std::fs::File::open(file).unwrap();
    let frame = ParquetReader::new(file).finish().unwrap();
    let months = frame.column("ds").unwrap();
    let shown = match months.dtype() {
        DataType::Datetime(unit, _) => {
            let a_minute = 60_000
                * match unit {
                    TimeUnit::Milliseconds => 1,
                    TimeUnit::Microseconds => 1_000,
                    TimeUnit::Nanoseconds => 1_000_000,
                };
            let moments = months.datetime().unwrap().physical();
            let minutes = moments.get(0).unwrap() / a_minute;
            let date = time::macros::date!(1970 - 01 - 01) + time::Duration::days(minutes / 1440);
            format!("{date} {:02}:{:02}", minutes % 1440 / 60, minutes % 60)
        }
        _ => months.get(0).unwrap().str_value().into_owned(),
    };
    format!("{} {shown}", months.dtype())
}

#[test]
fn every_file_is_read_or_refused_with_its_reason() {
    let mut wrong = String::new();
    for (name, expected) in FILES {
        let folder = tempfile::tempdir().unwrap();
        let ending = if name.ends_with(".parquet") {
            "parquet"
        } else {
            "csv"
        };
        let out = folder.path().join("out").with_extension(ending);
        let input = fixture(name, folder.path());
        let done = batch(&input, &out, &["--horizon", "1", "--level", "80"]);
        let told = err(&done);
        let errors = out.with_extension(format!("{ending}.errors.csv"));
        let listed = std::fs::read_to_string(errors).unwrap_or_default();
        let right = match expected {
            Month(month) => {
                done.status.success() && {
                    let found = first_month(&out);
                    writeln!(wrong, "{name}: {found}").unwrap();
                    found == month
                }
            }
            Refused(text) => done.status.code() == Some(1) && told.contains(text) && !out.exists(),
            Listed(text) => done.status.code() == Some(3) && listed.contains(text),
        };
        if right && !told.contains("panicked") {
            let kept = wrong
                .lines()
                .filter(|l| !l.starts_with(&format!("{name}: ")));
            wrong = kept.fold(String::new(), |text, line| text + line + "\n");
        } else {
            writeln!(wrong, "{name}: {told}{listed}").unwrap();
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

/// Rows of a series from a month on, one for each value; nothing for NaN.
fn rows(text: &mut String, id: &str, first: &str, values: impl Iterator<Item = f64>) {
    let first = tradecast::trade::Month::parse(first).unwrap();
    for (k, value) in values.enumerate() {
        let month = first.forward(k);
        match value.is_nan() {
            true => writeln!(text, "{id},{month},").unwrap(),
            false => writeln!(text, "{id},{month},{value}").unwrap(),
        }
    }
}

fn seasonal(t: usize) -> f64 {
    1300.0 + 200.0 * (t as f64 * std::f64::consts::FRAC_PI_6).sin() + t as f64 % 7.0
}

#[test]
fn names_come_back_as_they_were_written() {
    let ids = [
        " lead",
        "-1",
        "007",
        "07",
        "1e3",
        "7",
        "=SUM(A1)",
        "A\nB",
        "He said \"x\"",
        "NULL",
        "a,b",
        "nan",
        "trail ",
        "中国",
    ];
    let folder = tempfile::tempdir().unwrap();
    let (input, out) = (folder.path().join("in.csv"), folder.path().join("out.csv"));
    let mut writer = csv::Writer::from_path(&input).unwrap();
    writer.write_record(["unique_id", "ds", "y"]).unwrap();
    // Neighbouring rows belong to different series, the latest month first.
    for t in (0..36).rev() {
        for id in ids {
            let month = tradecast::trade::Month::january(2020).forward(t);
            writer
                .write_record([id, &month.to_string(), &seasonal(t).to_string()])
                .unwrap();
        }
    }
    writer.flush().unwrap();
    let done = batch(&input, &out, &["--horizon", "1"]);
    assert!(done.status.success(), "{}", err(&done));
    let mut reader = csv::Reader::from_path(&out).unwrap();
    let mut found: Vec<String> = reader.records().map(|r| r.unwrap()[0].to_owned()).collect();
    found.sort();
    assert_eq!(found, ids);
}

#[test]
fn the_notes_say_where_each_history_ends() {
    let folder = tempfile::tempdir().unwrap();
    let (input, out) = (folder.path().join("in.csv"), folder.path().join("out.csv"));
    let mut text = "unique_id,ds,y\n".to_owned();
    rows(&mut text, "ALIVE", "2010-01", (0..168).map(seasonal));
    rows(&mut text, "OLD", "2005-01", (0..90).map(seasonal));
    let gap = |t: usize| {
        if t >= 50 || t % 7 == 3 {
            f64::NAN
        } else {
            seasonal(t)
        }
    };
    rows(&mut text, "HOLES", "2019-06", (0..55).map(gap));
    rows(&mut text, "EMPTY", "2019-01", (0..60).map(|_| f64::NAN));
    rows(&mut text, "LATE", "2023-01", (0..12).map(seasonal));
    std::fs::write(&input, text).unwrap();
    let run = |more: &[&str]| {
        let done = batch(
            &input,
            &out,
            &[&["--horizon", "1", "--notes"], more].concat(),
        );
        assert_eq!(done.status.code(), Some(3), "{}", err(&done));
        let beside = |ending: &str| {
            let file = folder.path().join(format!("out.csv.{ending}.csv"));
            std::fs::read_to_string(file).unwrap()
        };
        (beside("notes"), beside("errors"))
    };
    let (notes, errors) = run(&[]);
    assert!(
        notes.starts_with("unique_id,ended,notes\nALIVE,2023-12,"),
        "{notes}"
    );
    for expected in [
        "\nOLD,2012-06,the history ends 138 months before the latest figure of the file",
        "\nHOLES,2023-07,7 months without a figure were bridged",
        "\nLATE,2023-12,",
    ] {
        assert!(notes.contains(expected), "{notes}");
    }
    assert!(
        errors.contains("EMPTY,\"the history is too short: 0 months"),
        "{errors}"
    );
    // As of an earlier month, later ones are as if they were not in the file.
    let (notes, errors) = run(&["--cutoff", "2022-12"]);
    assert!(
        notes.contains("ALIVE,2022-12,") && notes.contains("HOLES,2022-12,"),
        "{notes}"
    );
    assert!(
        errors.contains("LATE,\"the history is too short: 0 months"),
        "{errors}"
    );
    assert!(first_month(&out) == "2023-01");
    let whole = std::fs::read_to_string(&out).unwrap();
    let text = std::fs::read_to_string(&input).unwrap();
    let kept = |line: &&str| {
        line.split(',')
            .nth(1)
            .is_none_or(|m| m == "ds" || m < "2023")
    };
    let cut: Vec<&str> = text.lines().filter(kept).collect();
    std::fs::write(&input, cut.join("\n")).unwrap();
    run(&[]);
    assert_eq!(std::fs::read_to_string(&out).unwrap(), whole);
}

#[test]
fn a_file_that_is_read_is_never_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("in.csv");
    let mut text = "unique_id,ds,y\n".to_owned();
    rows(&mut text, "a", "2020-01", (0..36).map(seasonal));
    std::fs::write(&input, &text).unwrap();
    let again = folder.path().join(".").join("in.csv");
    let exog = folder.path().join("x.csv");
    std::fs::write(&exog, "ds,x\n2020-01,1\n").unwrap();
    let notes = folder.path().join("y.csv.notes.csv");
    std::fs::write(&notes, &text).unwrap();
    let with_exog = ["--exog", exog.to_str().unwrap()];
    for (input, out, more) in [
        (&input, &again, &[][..]),
        (&input, &exog, &with_exog[..]),
        (&notes, &folder.path().join("y.csv"), &["--notes"][..]),
    ] {
        let done = batch(input, out, more);
        let told = err(&done);
        assert_eq!(done.status.code(), Some(2), "{told}");
        assert!(told.contains("the results would replace "), "{told}");
    }
    assert_eq!(std::fs::read_to_string(&input).unwrap(), text);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 3);
}

#[test]
fn a_cutoff_beyond_the_figures_and_a_mistyped_series_of_regressors_are_said() {
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("figures.csv");
    std::fs::write(&input, made("midnight.csv")).unwrap();
    let output = folder.path().join("out.csv");
    let said = |more: &[&str]| err(&batch(&input, &output, more));
    let beyond = said(&["--cutoff", "2030-01"]);
    assert!(
        beyond.contains("--cutoff 2030-01: the last figures of") && beyond.contains("2021-12"),
        "{beyond}"
    );
    for within in ["2021-12", "2021-06"] {
        let said = said(&["--cutoff", within]);
        assert!(!said.contains("--cutoff"), "{said}");
    }
    let exog = folder.path().join("exog.csv");
    std::fs::write(&exog, "unique_id,ds,rate\nA,2019-01,1\n").unwrap();
    let said = said(&["--exog", exog.to_str().unwrap()]);
    let expected = "exog.csv: no such series is forecast: `A`; did you mean a?";
    assert!(said.contains(expected), "{said}");
    let errors = std::fs::read_to_string(folder.path().join("out.csv.errors.csv")).unwrap();
    let reason = "exog.csv has no rows of this series; add one for each month of history and \
                  horizon (2019-01 to 2022-12)";
    assert!(errors.contains(reason), "{errors}");
}
