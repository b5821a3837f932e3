//! Point forecasts and intervals for a whole panel, without paths.

use super::failure::ForecastError;
use crate::growth::Band;
use crate::projection::{FittedForecast, Method, NewsOfOthers, PanelModel};
use crate::trade::Regressors;
use crate::trade::{Month, Series};
use rayon::prelude::*;
use std::sync::Arc;

/// Number of series that are computed before their rows are handed on. It bounds the memory that
/// results take.
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
    /// What the forecast takes into account, as sentences.
    pub notes: Vec<String>,
}

/// Forecast every series of `panel` with one panel model, fitted to all of it and to `regressors`,
/// with or without `news` of newer months, and hand the results to `take` in the order of the
/// panel.
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
    news: NewsOfOthers,
    mut take: impl FnMut(&Series<'_>, Result<BatchRow, ForecastError>) -> Result<(), E>,
) -> Result<(), E> {
    let model = PanelModel::fit_with_news(panel, method, horizon, regressors, news);
    for chunk in panel.chunks(CHUNK) {
        let rows: Vec<Result<BatchRow, ForecastError>> = chunk
            .par_iter()
            .map(|series| row(series, &model, levels))
            .collect();
        for (series, row) in chunk.iter().zip(rows) {
            take(series, row)?;
        }
    }
    Ok(())
}

fn row(series: &Series<'_>, model: &PanelModel, levels: &[f64]) -> Result<BatchRow, ForecastError> {
    let fitted = FittedForecast::new(series, model)?;
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
        notes: fitted.notes().iter().map(ToString::to_string).collect(),
    })
}
