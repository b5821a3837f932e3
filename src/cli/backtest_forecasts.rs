//! The file of a backtest's own forecasts: the long format with a column `cutoff`, CSV or (by its
//! ending) Parquet.

use super::output_file::{begin, put_in_place};
use crate::backtest::BacktestForecast;
use crate::pipeline::percent;
use crate::trade::Month;
use crate::trade::day::day_number;
use polars::prelude::{Column, CsvWriter, DataFrame, DataType, ParquetWriter, SerWriter};
use std::path::Path;

/// Write the columns `unique_id`, `ds`, `cutoff` (the last known month), `yhat`, two bounds for
/// each level, `method`, and `y`, the figure that came; empty (in Parquet: null) for a gap.
pub(super) fn write(
    file: &Path,
    levels: &[f64],
    forecasts: &[BacktestForecast],
) -> anyhow::Result<()> {
    let parquet = file
        .extension()
        .is_some_and(|ending| ending.eq_ignore_ascii_case("parquet"));
    let mut frame = frame(levels, forecasts, parquet)?;
    let part = begin(file)?;
    if parquet {
        ParquetWriter::new(part.reopen()?).finish(&mut frame)?;
    } else {
        CsvWriter::new(part.reopen()?).finish(&mut frame)?;
    }
    put_in_place(part, file)
}

fn frame(levels: &[f64], forecasts: &[BacktestForecast], dates: bool) -> anyhow::Result<DataFrame> {
    let rows = || {
        let of = |forecast: &'_ BacktestForecast| forecast.months.len();
        forecasts
            .iter()
            .flat_map(move |forecast| (0..of(forecast)).map(move |k| (forecast, k)))
    };
    let months = |name: &str, month: &dyn Fn(&BacktestForecast, usize) -> Month| {
        let months = rows().map(|(forecast, k)| month(forecast, k));
        if dates {
            let days: Vec<i32> = months.map(|month| day_number(month.first_day())).collect();
            return Column::new(name.into(), days).cast(&DataType::Date);
        }
        let texts: Vec<String> = months.map(|month| month.to_string()).collect();
        Ok(Column::new(name.into(), texts))
    };
    let numbers = |name: &str, number: &dyn Fn(&BacktestForecast, usize) -> Option<f64>| {
        let values: Vec<Option<f64>> = rows().map(|(forecast, k)| number(forecast, k)).collect();
        Column::new(name.into(), values)
    };
    let texts = |name: &str, text: &dyn Fn(&BacktestForecast) -> String| {
        let values: Vec<String> = rows().map(|(forecast, _)| text(forecast)).collect();
        Column::new(name.into(), values)
    };
    let mut columns = vec![
        texts("unique_id", &|forecast| forecast.series.clone()),
        months("ds", &|forecast, k| forecast.months[k].month)?,
        months("cutoff", &|forecast, _| forecast.cutoff)?,
        numbers("yhat", &|forecast, k| Some(forecast.months[k].value)),
    ];
    for (at, level) in levels.iter().enumerate() {
        let level = percent(*level);
        let band = |forecast: &BacktestForecast, k: usize| {
            forecast.months[k]
                .bands
                .get(at)
                .map(|band| (band.lower, band.upper))
        };
        let lower = format!("lo-{level}");
        columns.push(numbers(&lower, &|forecast, k| Some(band(forecast, k)?.0)));
        let upper = format!("hi-{level}");
        columns.push(numbers(&upper, &|forecast, k| Some(band(forecast, k)?.1)));
    }
    columns.push(texts("method", &|forecast| forecast.method.to_string()));
    columns.push(numbers("y", &|forecast, k| forecast.months[k].actual));
    Ok(DataFrame::new(rows().count(), columns)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backtest::ForecastMonth;
    use crate::growth::Band;
    use crate::projection::Method;

    #[test]
    fn a_row_is_a_month_of_a_series_method_and_cutoff() {
        let cutoff = Month::january(2020);
        let month = |k: i32, actual| ForecastMonth {
            month: cutoff.plus(k),
            value: 10.0 * f64::from(k),
            bands: vec![Band {
                level: 0.8,
                lower: 1.0,
                upper: 20.5,
            }],
            actual,
        };
        let forecast = BacktestForecast {
            series: "A.B.M.T.USD".to_owned(),
            method: Method::Auto,
            cutoff,
            months: vec![month(1, Some(9.0)), month(2, None)],
        };
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("out.csv");
        write(&file, &[0.8], std::slice::from_ref(&forecast)).unwrap();
        let expected = "unique_id,ds,cutoff,yhat,lo-80,hi-80,method,y\n\
            A.B.M.T.USD,2020-02,2020-01,10.0,1.0,20.5,auto,9.0\n\
            A.B.M.T.USD,2020-03,2020-01,20.0,1.0,20.5,auto,\n";
        assert_eq!(std::fs::read_to_string(&file).unwrap(), expected);
        let parquet = frame(&[0.8], &[forecast], true).unwrap();
        assert_eq!(parquet.column("ds").unwrap().dtype(), &DataType::Date);
        assert_eq!(parquet.height(), 2);
    }
}
