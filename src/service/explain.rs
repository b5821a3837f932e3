//! `ForecastService.ExplainForecast`: why a forecast is what it is, and why it changed.

use super::ServiceError;
use super::convert::fields::refuse;
use crate::pipeline::{self, Explained, PreparedPlan, forecast_changes};
use crate::trade::Series;

/// The most new figures since the earlier forecast, each of which takes a forecast of its own.
const MAX_NEW: i32 = 36;

/// Explain a series on prepared plans, `since` that of the earlier forecast.
///
/// # Errors
/// Why the series has no forecast from either, or that too many figures lie between them.
pub fn explain(
    plan: &PreparedPlan,
    since: Option<&PreparedPlan>,
    key: &str,
) -> Result<Explained, ServiceError> {
    let mut explained = pipeline::explain(plan, key)?;
    if let Some(since) = since {
        let (_, series) = plan.snapshot().series(key, plan.request().vintage())?;
        check_comparable(since, plan, key, &series)?;
        explained.changes = forecast_changes(since, plan, key)?;
    }
    Ok(explained)
}

/// Refuse an earlier forecast that does not lie before that of `plan`, or too long before it.
fn check_comparable(
    since: &PreparedPlan,
    plan: &PreparedPlan,
    key: &str,
    series: &Series<'_>,
) -> Result<(), ServiceError> {
    let (of, upto) = (since.snapshot().version(), plan.snapshot().version());
    if let (Some(of), Some(upto)) = (of, upto)
        && of > upto
    {
        let reason = format!("expected a version up to that of the forecast, {upto}, not {of}");
        return Err(refuse("since_version", reason));
    }
    let other = of != upto;
    let (_, before) = match since.snapshot().series(key, since.request().vintage()) {
        // It is there now: what is wrong is the version.
        Err(_) if other => {
            let reason = format!("expected a version that has the series {}", series.id());
            return Err(refuse("since_version", reason));
        }
        found => found?,
    };
    let new = series.last().since(before.last());
    if !before.is_empty() && new > MAX_NEW {
        let (field, what) = if other {
            ("since_version", "version")
        } else {
            ("since", "day")
        };
        let reason =
            format!("expected a {what} with at most {MAX_NEW} figures after it, not {new}");
        return Err(refuse(field, reason));
    }
    Ok(())
}
