//! How accurate a combination was at a series' own rolling origins.

use crate::projection::combine::origin_evaluation::OriginEvaluation;

/// The accuracy of the combination at a series' own origins, with weights that do not know each
/// origin, and of the seasonal naive in the same months.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Evaluation {
    /// The months compared.
    pub months: usize,
    /// The symmetric mean absolute percentage error, 0 to 200.
    pub smape: f64,
    /// The mean absolute error over the mean size of twelve-month differences.
    pub mase: f64,
    /// The symmetric error of the seasonal naive.
    pub naive_smape: f64,
    /// The scaled error of the seasonal naive.
    pub naive_mase: f64,
}

impl Evaluation {
    /// Compare paths, one for each origin, with the observed values. An origin whose errors have no
    /// scale is left out.
    pub(in crate::projection) fn of<'a>(
        origins: impl Iterator<Item = (&'a OriginEvaluation, &'a [f64])>,
    ) -> Self {
        let mut sum = Self::default();
        for (origin, path) in origins {
            let Some(scale) = origin.error_scale else {
                continue;
            };
            let steps = origin.actual.iter().zip(path).zip(&origin.naive);
            for ((y, f), naive) in steps.filter(|((y, _), _)| !y.is_nan()) {
                let percentage = |f: f64| 200.0 * (y - f).abs() / (y.abs() + f.abs()).max(1e-300);
                sum.months += 1;
                sum.smape += percentage(*f);
                sum.naive_smape += percentage(*naive);
                sum.mase += (y - f).abs() / scale;
                sum.naive_mase += (y - naive).abs() / scale;
            }
        }
        let n = sum.months.max(1) as f64;
        let mean = |total: f64| total / n;
        Self {
            months: sum.months,
            smape: mean(sum.smape),
            mase: mean(sum.mase),
            naive_smape: mean(sum.naive_smape),
            naive_mase: mean(sum.naive_mase),
        }
    }
}
