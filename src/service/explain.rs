//! `ForecastService.ExplainForecast`: why a forecast is what it is, and why it changed.

use super::convert::{self, or, refuse, short, vintage};
use super::{ServiceError, pb};
use crate::catalog::Vintage;
use crate::growth::GrowthMeasure;
use crate::pipeline::{
    Drivers, ForecastChange, ForecastRequest, Plan, Quantity, explain, forecast_changes,
};
use crate::projection::{Driver, ExplainedMonth, MemberShare, Method};
use crate::trade::{Series, Span};

/// Paths of an explanation at most: their medians are read anew for every new figure.
const MAX_PATHS: usize = 10_000;
/// New figures between two days at most, each of which is a forecast of its own.
const MAX_NEW: i32 = 36;

/// An explanation, checked.
#[derive(Debug, Clone, PartialEq)]
pub struct Explain {
    /// The key, as written.
    pub key: String,
    /// How the series is forecast.
    pub request: ForecastRequest,
    /// From which version of the store; the latest where none was named.
    pub version: Option<u64>,
    /// The earlier standpoint, where one was named.
    pub since: Option<Since>,
}

/// The standpoint that changes are counted from: a day, a version, or the day of a version.
#[derive(Debug, Clone, PartialEq)]
pub struct Since {
    /// How the series was forecast.
    pub request: ForecastRequest,
    /// From which version of the store, where another one was named than that of the forecast.
    pub version: Option<u64>,
}

impl TryFrom<pb::ExplainForecastRequest> for Explain {
    type Error = ServiceError;

    fn try_from(wire: pb::ExplainForecastRequest) -> Result<Self, ServiceError> {
        if wire.key.trim().is_empty() {
            let expected = "expected a key, for example USA.CHN.M.TOTAL.USD";
            return Err(refuse("key", expected));
        }
        short("key", &wire.key)?;
        let method = wire.method.parse::<Method>();
        let method = method.map_err(|e| refuse("method", e.to_string()))?;
        let paths = i64::try_from(ForecastRequest::PATHS).unwrap_or(i64::MAX);
        let request = ForecastRequest::new(
            or(wire.horizon, 12),
            &[],
            vintage("as_of", &wire.as_of)?,
            wire.seed,
            method,
            or(wire.paths, paths),
        )?;
        if request.paths > MAX_PATHS {
            let reason = format!("expected 100 to {MAX_PATHS} paths, not {}", request.paths);
            return Err(refuse("paths", reason));
        }
        if let (Some(since), Some(version)) = (wire.since_version, wire.version)
            && since > version
        {
            let reason = format!("expected a version up to version, {version}, not {since}");
            return Err(refuse("since_version", reason));
        }
        let of_a_version = wire.since_version.is_some();
        let since = match (vintage("since", &wire.since)?, request.vintage) {
            (Vintage::Latest, _) if !of_a_version => None,
            (Vintage::Latest, day) => Some(day),
            // What was public on one day may differ from version to version.
            (Vintage::AsOf(since), Vintage::AsOf(day))
                if since > day || (since == day && !of_a_version) =>
            {
                let reason = format!("expected a day before as_of, {day}, not {since}");
                return Err(refuse("since", reason));
            }
            (since, _) => Some(since),
        };
        Ok(Self {
            key: wire.key,
            version: wire.version,
            since: since.map(|vintage| Since {
                request: ForecastRequest {
                    vintage,
                    ..request.clone()
                },
                version: wire.since_version,
            }),
            request,
        })
    }
}

/// Explains a series on prepared plans, `since` that of the earlier standpoint.
///
/// # Errors
/// Why the series has no forecast from either, or that too many figures lie between them.
pub fn answer(
    plan: &Plan,
    since: Option<&Plan>,
    key: &str,
) -> Result<pb::ExplainForecastResponse, ServiceError> {
    let explained = explain(plan, key)?;
    let (name, series) = plan.snapshot().series(key, plan.request().vintage)?;
    let version = |plan: &Plan| plan.snapshot().version().unwrap_or(0);
    if let Some(since) = since {
        comparable(since, plan, key, &series)?;
    }
    let mut response = pb::ExplainForecastResponse {
        series: Some(convert::series(plan.snapshot(), name, &series, name.unit)),
        method: explained.method,
        weights: convert::weights(&explained.weights),
        months: explained.steps.iter().map(Into::into).collect(),
        growth: explained.growth.iter().map(Into::into).collect(),
        value_changes: Vec::new(),
        growth_changes: Vec::new(),
        version: version(plan),
        since_version: since.map_or(0, version),
    };
    let changes = since.map_or_else(
        || Ok(Vec::new()),
        |since| forecast_changes(since, plan, key),
    )?;
    for change in &changes {
        let changes = match change.quantity {
            Quantity::Value(_) => &mut response.value_changes,
            Quantity::Growth(..) => &mut response.growth_changes,
        };
        changes.push(change.into());
    }
    Ok(response)
}

/// Whether `since` stands before `plan` and near enough.
fn comparable(
    since: &Plan,
    plan: &Plan,
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
    let (_, before) = match since.snapshot().series(key, since.request().vintage) {
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

impl From<&ExplainedMonth> for pb::ExplainedMonth {
    fn from(step: &ExplainedMonth) -> Self {
        Self {
            month: step.month.to_string(),
            value: step.value,
            base: step.base,
            reference: step.reference,
            members: step.shares.iter().map(Into::into).collect(),
            post_processing: amounts(&step.finish),
        }
    }
}

impl From<&MemberShare> for pb::ExplainedMember {
    fn from(share: &MemberShare) -> Self {
        Self {
            member: share.member.name().to_owned(),
            weight: share.weight,
            value: share.value,
            amounts: amounts(&share.amounts),
        }
    }
}

fn amounts(amounts: &[(Driver, f64)]) -> Vec<pb::DriverAmount> {
    let amount = |(driver, amount): &(Driver, f64)| pb::DriverAmount {
        driver: driver.to_string(),
        amount: *amount,
    };
    amounts.iter().map(amount).collect()
}

impl From<&Drivers> for pb::ExplainedGrowth {
    fn from(growth: &Drivers) -> Self {
        let by_member = growth.by_member.iter();
        Self {
            measure: pb::GrowthMeasure::from(growth.measure).into(),
            span: growth.span.to_string(),
            points: growth.growth,
            drivers: growth
                .by_driver
                .iter()
                .map(|(driver, points)| pb::Contribution {
                    name: driver.to_string(),
                    points: *points,
                })
                .collect(),
            members: by_member
                .map(|(member, points)| pb::Contribution {
                    name: member.map_or_else(String::new, |member| member.name().to_owned()),
                    points: *points,
                })
                .collect(),
        }
    }
}

impl From<&ForecastChange> for pb::ForecastChange {
    fn from(change: &ForecastChange) -> Self {
        let (measure, span) = match change.quantity {
            Quantity::Value(month) => (GrowthMeasure::Month, Span::month(month)),
            Quantity::Growth(measure, month) => (measure, measure.span(month)),
        };
        let new_figures = change.new_figures.iter();
        Self {
            measure: pb::GrowthMeasure::from(measure).into(),
            span: span.to_string(),
            before: change.before,
            after: change.after,
            revisions: change.revisions,
            new_figures: new_figures
                .map(|(month, change)| pb::NewFigure {
                    month: month.to_string(),
                    change: *change,
                })
                .collect(),
            model: change.model,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_that_cannot_be_used_names_its_field() {
        let good = pb::ExplainForecastRequest {
            key: "USA.CHN.M.TOTAL.USD".to_owned(),
            as_of: "2024-06-30".to_owned(),
            since: "2024-05-31".to_owned(),
            ..Default::default()
        };
        assert!(Explain::try_from(good.clone()).unwrap().since.is_some());
        // A version alone is compared on the day of the forecast, and one day may be compared between versions.
        for day in ["", "2024-06-30"] {
            let versions = pb::ExplainForecastRequest {
                since: day.to_owned(),
                since_version: Some(3),
                ..good.clone()
            };
            let found = Explain::try_from(versions).unwrap();
            let since = found.since.unwrap();
            assert_eq!((since.request, since.version), (found.request, Some(3)));
        }
        type Spoil = fn(&mut pb::ExplainForecastRequest);
        let cases: [(Spoil, &str); 10] = [
            (|r| r.key.clear(), "key"),
            (
                |r| (r.version, r.since_version) = (Some(3), Some(4)),
                "since_version",
            ),
            (
                |r| (r.since, r.since_version) = ("2024-07-01".to_owned(), Some(3)),
                "since",
            ),
            (|r| r.horizon = 121, "horizon"),
            (|r| r.method = "arima".to_owned(), "method"),
            (|r| r.as_of = "soon".to_owned(), "as_of"),
            (|r| r.since = "soon".to_owned(), "since"),
            (|r| r.since = "2024-06-30".to_owned(), "since"),
            (|r| r.paths = 1, "paths"),
            (|r| r.paths = 10_001, "paths"),
        ];
        for (spoil, expected) in cases {
            let mut bad = good.clone();
            spoil(&mut bad);
            let field = match Explain::try_from(bad).unwrap_err() {
                ServiceError::Field { field, .. } => field,
                ServiceError::Request(error) => error.field,
                other => panic!("{other} names no field"),
            };
            assert_eq!(field, expected);
        }
    }
}
