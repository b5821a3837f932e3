//! Many series at once, without paths: point forecasts and intervals for a whole panel.

use super::failure::ForecastError;
use crate::growth::Band;
use crate::projection::{FittedForecast, Method, PanelModel};
use crate::trade::Regressors;
use crate::trade::{Month, Series};
use rayon::prelude::*;
use std::sync::Arc;

/// Series that are computed before their rows are handed on; bounds the memory that results take.
const CHUNK: usize = 1024;

/// The forecast of one series of a batch.
#[derive(Debug, Clone, PartialEq)]
pub struct BatchRow {
    /// The last month of the history.
    pub last: Month,
    /// Point forecasts, one a month.
    pub point: Vec<f64>,
    /// For each level the bounds, one a month.
    pub bands: Vec<Vec<Band>>,
    /// The method's name.
    pub method: String,
}

/// Forecasts every series of `panel`, learning from all of it and from what the user knows ahead, and hands results to `take` in the order of the panel.
///
/// Runs on the rayon threads of the caller; results are the same on any number of threads.
///
/// # Errors
/// The first error that `take` gives ends the batch.
pub fn batch<E>(
    panel: &[Series<'_>],
    method: Method,
    horizon: usize,
    levels: &[f64],
    regressors: Arc<Regressors>,
    mut take: impl FnMut(&Series<'_>, Result<BatchRow, ForecastError>) -> Result<(), E>,
) -> Result<(), E> {
    let pool = PanelModel::fit_with(panel, method, horizon, regressors);
    for chunk in panel.chunks(CHUNK) {
        let rows: Vec<Result<BatchRow, ForecastError>> = chunk
            .par_iter()
            .map(|series| row(series, &pool, levels))
            .collect();
        for (series, row) in chunk.iter().zip(rows) {
            take(series, row)?;
        }
    }
    Ok(())
}

fn row(series: &Series<'_>, pool: &PanelModel, levels: &[f64]) -> Result<BatchRow, ForecastError> {
    let fitted = FittedForecast::new(series, pool)?;
    let bands = |level: &f64| {
        let bounds = fitted.interval(*level).into_iter();
        bounds
            .map(|(lower, upper)| Band {
                level: *level,
                lower,
                upper,
            })
            .collect()
    };
    Ok(BatchRow {
        last: series.last(),
        point: fitted.point().to_vec(),
        bands: levels.iter().map(bands).collect(),
        method: fitted.method_name(),
    })
}
