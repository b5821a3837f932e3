//! Forecasts every series of a long CSV with one model of the anofox-forecast crate.
//!
//! `peers-anofox METHOD HORIZON INPUT OUTPUT` reads `unique_id,ds,y` with months as `1980-01`,
//! each series in order of time, and writes `unique_id,ds,yhat,lo-80,hi-80,lo-95,hi-95`.
//! A series that the model refuses is left out of the output and named on stderr.

use std::fs::File;

use anofox_forecast::core::TimeSeries;
use anofox_forecast::models::Forecaster;
use anofox_forecast::models::arima::AutoARIMA;
use anofox_forecast::models::exponential::AutoETS;
use anofox_forecast::models::theta::Theta;
use anyhow::{Context, Result, bail};
use chrono::{DateTime, Months, NaiveDate, NaiveTime, Utc};

const SEASON: usize = 12;
const LEVELS: [f64; 2] = [0.80, 0.95];

/// The observations of one series.
struct Series {
    id: String,
    months: Vec<NaiveDate>,
    values: Vec<f64>,
}

fn main() -> Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [method, horizon, input, output] = args.as_slice() else {
        bail!("usage: peers-anofox ets|theta|arima HORIZON INPUT OUTPUT");
    };
    let horizon: usize = horizon.parse().context("HORIZON is no number")?;
    let mut out = csv::Writer::from_path(output)?;
    out.write_record([
        "unique_id",
        "ds",
        "yhat",
        "lo-80",
        "hi-80",
        "lo-95",
        "hi-95",
    ])?;
    for series in read(input)? {
        match forecast(method, &series, horizon) {
            Ok(columns) => write(&mut out, &series, horizon, &columns)?,
            Err(reason) => eprintln!("{}: {reason:#}", series.id),
        }
    }
    out.flush()?;
    Ok(())
}

fn read(path: &str) -> Result<Vec<Series>> {
    let mut all: Vec<Series> = Vec::new();
    for row in csv::Reader::from_path(path)?.deserialize() {
        let (id, month, value): (String, String, f64) = row?;
        let month = NaiveDate::parse_from_str(&format!("{month}-01"), "%Y-%m-%d")
            .with_context(|| format!("{month} is no month"))?;
        match all.last_mut() {
            Some(series) if series.id == id => {
                series.months.push(month);
                series.values.push(value);
            }
            _ => all.push(Series {
                id,
                months: vec![month],
                values: vec![value],
            }),
        }
    }
    Ok(all)
}

fn model(method: &str) -> Result<Box<dyn Forecaster>> {
    Ok(match method {
        "ets" => Box::new(AutoETS::with_period(SEASON)),
        "theta" => Box::new(Theta::seasonal(SEASON)),
        "arima" => Box::new(AutoARIMA::seasonal(SEASON)),
        other => bail!("no method {other}"),
    })
}

/// Returns the point forecasts, then the lower and upper bounds of each level.
fn forecast(method: &str, series: &Series, horizon: usize) -> Result<Vec<Vec<f64>>> {
    let times: Vec<DateTime<Utc>> = series
        .months
        .iter()
        .map(|month| month.and_time(NaiveTime::MIN).and_utc())
        .collect();
    let mut model = model(method)?;
    model.fit(&TimeSeries::univariate(times, series.values.clone())?)?;
    let mut columns = vec![model.predict(horizon)?.primary().to_vec()];
    for level in LEVELS {
        let interval = model.predict_with_intervals(horizon, level)?;
        columns.push(interval.lower_series(0)?.to_vec());
        columns.push(interval.upper_series(0)?.to_vec());
    }
    Ok(columns)
}

fn write(
    out: &mut csv::Writer<File>,
    series: &Series,
    horizon: usize,
    columns: &[Vec<f64>],
) -> Result<()> {
    let last = *series.months.last().context("a series without months")?;
    for step in 0..horizon {
        let month = last + Months::new(step as u32 + 1);
        let mut record = vec![series.id.clone(), month.format("%Y-%m").to_string()];
        record.extend(columns.iter().map(|column| column[step].to_string()));
        out.write_record(&record)?;
    }
    Ok(())
}
