//! A folder of figures, read as a whole.

use super::formats::for_each_batch;
use super::rates::{self, ExchangeRates};
use super::refusal::{IngestError, Refusal};
use super::tidy::{TidyCollector, TidyFigures, files_below};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The endings of the files of a folder that hold figures.
pub const ENDINGS: [&str; 14] = [
    "csv", "parquet", "pq", "json", "xml", "xls", "xlsx", "html", "htm", "dat", "tsv", "gz", "7z",
    "zip",
];

/// Read every file below `folder` that may hold figures, in any known format: files in a folder
/// `rates` are exchange rates, files in a folder `calendar` belong to the program itself and are
/// skipped. A `folder` that is a file is read whatever its name.
///
/// # Errors
/// The first refusal in the order of file names; then nothing is kept.
pub fn read_folder(folder: &Path) -> Result<TidyFigures, IngestError> {
    let files = files_below(folder, &ENDINGS)?;
    if files.is_empty() {
        let expected = format!(
            "expected at least one file of figures in this folder; none ends in {}",
            ENDINGS.join(", ")
        );
        return Err(Refusal::of_file(folder, expected).into());
    }
    let mut exchange = ExchangeRates::default();
    let collector = Arc::new(Mutex::new(TidyCollector::default()));
    for (file, is_rates) in &files {
        if *is_rates {
            rates::read(file, &mut exchange)?;
            continue;
        }
        lock(&collector).start_file(file);
        let sink = Arc::clone(&collector);
        for_each_batch(file, move |figures| lock(&sink).add(figures))?;
    }
    let collector = std::mem::take(&mut *lock(&collector));
    Ok(TidyFigures {
        rates: exchange,
        ..collector.finish()?
    })
}

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str =
        "kind,reporter,partner,flow,product,measure,period,value,unit,status,released_on,source\n";

    fn read_text(rows: &str) -> Result<TidyFigures, IngestError> {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("figures.csv"), format!("{HEADER}{rows}")).unwrap();
        read_folder(folder.path())
    }

    #[test]
    fn values_come_in_base_units() {
        let tidy = read_text(
            "observation,USA,CHN,M,TOTAL,level,2020-01,33.5,USD bn,published,,Census\n\
             observation,USA,CHN,M,TOTAL,level,2020-03,20,USD bn,published,,Census\n\
             release,CHN,CA5,T,TOTAL,level,2025-01-01/P5M,286.42,CNY bn,published,2025-06-14,GACC\n\
             release,CHN,CA5,T,TOTAL,growth,2025-01-01/P5M,10.4,% CNY,published,,GACC\n",
        )
        .unwrap();
        assert_eq!(&*tidy.grid.entries[0].id, "USA.CHN.M.TOTAL.USD");
        assert_eq!(tidy.grid.values[0], 33.5e9);
        assert!(tidy.grid.values[1].is_nan(), "February is a gap");
        let [level, growth] = &tidy.releases[..] else {
            panic!("two releases")
        };
        assert_eq!((level.value, level.rounding.round()), (286.42e9, 5e6));
        assert!((growth.value - 0.104).abs() < 1e-12 && (growth.rounding - 0.0005).abs() < 1e-12);
        assert_eq!(growth.span.to_string(), "2025-01-01/P5M");
    }

    #[test]
    fn each_invalid_cell_is_refused_by_row_and_column() {
        for (row, expected) in [
            (
                "observation,USA,CHN,M,TOTAL,level,2020-13,1,USD,p,,s",
                "row 2, column `period`, value `2020-13`",
            ),
            (
                "observation,USA,CHN,M,TOTAL,level,2020-01,-1,USD,p,,s",
                "row 2, column `value`, value `-1`: expected a value of zero or more",
            ),
            (
                "observation,USA,CHN,M,TOTAL,level,2020-01,NaN,USD,p,,s",
                "row 2, column `value`, value `NaN`: expected a finite number",
            ),
            (
                "observation,USA,CHN,M,TOTAL,level,2020-01,1e999,USD,p,,s",
                "row 2, column `value`, value `1e999`: expected a finite number",
            ),
            (
                "observation,USA,CHN,M,TOTAL,level,2020-01,1,dollars,p,,s",
                "row 2, column `unit`, value `dollars`",
            ),
            (
                "observation,USA,C H,M,TOTAL,level,2020-01,1,USD,p,,s",
                "row 2, column `partner`, value `C H`",
            ),
            (
                "observation,USA,CHN,Z,TOTAL,level,2020-01,1,USD,p,,s",
                "row 2, column `flow`, value `Z`",
            ),
            (
                "observation,USA,CHN,M,TOTAL,growth,2020-01,1,%,p,,s",
                "row 2, column `measure`, value `growth`",
            ),
            (
                "forecast,USA,CHN,M,TOTAL,level,2020-01,1,USD,p,,s",
                "row 2, column `kind`, value `forecast`",
            ),
            (
                "release,USA,CHN,M,TOTAL,level,2020-01,1,USD,p,soon,s",
                "row 2, column `released_on`, value `soon`",
            ),
            (
                "release,USA,CHN,M,TOTAL,growth,2020-01,1,USD,p,,s",
                "row 2, column `unit`, value `USD`: expected `%`",
            ),
            (
                "observation,USA,CHN,M,TOTAL,level,2020-01,1,USD,p,,s\n\
                 observation,USA,CHN,M,TOTAL,level,2020M01,1,USD,p,,s",
                "row 3, column `period`, value `2020-01`: expected a month that series \
                 `USA.CHN.M.TOTAL.USD` does not have yet",
            ),
            (
                "release,USA,CHN,M,TOTAL,level,2020,1,USD,p,,s\n\
                 release,USA,CHN,M,TOTAL,level,2020-A1,2,USD,p,,s",
                "row 3, column `period`, value `2020`: expected a figure that is not there yet",
            ),
        ] {
            let error = read_text(&format!("{row}\n")).unwrap_err().to_string();
            assert!(error.contains(expected), "{row}\n gives {error}");
        }
    }

    #[test]
    fn a_balance_may_be_negative() {
        let tidy = read_text("observation,USA,CHN,B,TOTAL,level,2020-01,-5,USD mn,p,,s\n").unwrap();
        assert_eq!(tidy.grid.values, [-5e6]);
    }
}
