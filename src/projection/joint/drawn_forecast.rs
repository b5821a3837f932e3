//! A forecast of one series with its draws, apart from what it was made with.

use crate::projection::combine::evaluation::Evaluation;
use crate::projection::combine::member::Member;
use crate::projection::joint::paths::Paths;
use crate::projection::panel::fitted_forecast::FittedForecast;
use crate::projection::panel::forecast_parts::CheckedMonths;
use crate::projection::panel::panel_model::PanelModel;

/// A forecast of one series with its draws: what is read of it for any levels and measures.
#[derive(Debug)]
pub struct DrawnForecast {
    /// The point forecasts, one a step, in the unit of the series.
    pub point: Vec<f64>,
    /// The seasonal naive forecasts of the same months.
    pub naive: Vec<f64>,
    /// The draws over the same months.
    pub paths: Paths,
    /// The name of the method, and of the member where one was selected.
    pub method: String,
    /// The weight of each member; they sum to one.
    pub weights: Vec<(Member, f64)>,
    /// The notes on the series, in words.
    pub notes: Vec<String>,
    /// The accuracy at the series' own rolling origins.
    pub evaluation: Evaluation,
    checked: CheckedMonths,
}

impl DrawnForecast {
    /// Draw `count` paths of a forecast, the same for the same seed.
    pub fn draw(fitted: &FittedForecast<'_>, count: usize, seed: u64) -> Self {
        Self {
            point: fitted.point().to_vec(),
            naive: fitted.naive().to_vec(),
            paths: fitted.paths(count, seed),
            method: fitted.method_name(),
            weights: fitted.weights().to_vec(),
            notes: fitted.notes().iter().map(ToString::to_string).collect(),
            evaluation: fitted.evaluation().clone(),
            checked: fitted.checked().clone(),
        }
    }

    /// Return the share of months after the rolling origins that lay within the central interval of
    /// `level` (0 to 1); `None` without any. The model is the one that the forecast was made with.
    pub fn coverage(&self, model: &PanelModel, level: f64) -> Option<f64> {
        self.checked.coverage(model.interval_scale(), level)
    }

    /// Return about how many bytes the forecast takes.
    pub fn bytes(&self) -> usize {
        const OVERHEAD: usize = 1 << 10;
        OVERHEAD + self.paths.bytes() + self.checked.bytes()
    }
}
