//! `ExplainForecast`: why a forecast is what it is, and why it changed.

use super::decode::{self, DecodeError};
use super::estimates::measure;
use super::events::{events, wire_events};
use super::fields::{check_key, count, or_default, refuse, vintage, vintage_text};
use super::forecast::{DEFAULT_HORIZON, default_paths, member, method, read_weights, weights};
use super::regressors::{regressors, wire_regressors};
use crate::catalog::Vintage;
use crate::growth::GrowthMeasure;
use crate::pipeline::{
    Drivers, Explained, ForecastChange, ForecastRequest, Quantity, SeriesSummary,
};
use crate::projection::{Driver, ExplainedMonth, MemberShare, NewsOfOthers};
use crate::service::pb;
use crate::service::status::ServiceError;
use crate::trade::{Regressors, Span};
use std::sync::Arc;

/// The most paths of an explanation: their medians are computed anew for every new figure.
const MAX_PATHS: usize = 10_000;

/// A checked request for an explanation.
#[derive(Debug, Clone, PartialEq)]
pub struct ExplanationRequest {
    /// The key, as written.
    pub key: String,
    /// The request for the forecast.
    pub request: ForecastRequest,
    /// The user's own regressors, of both forecasts.
    pub regressors: Arc<Regressors>,
    /// The version of the store; the latest where there is none.
    pub version: Option<u64>,
    /// The earlier forecast that changes are counted from, where there is one.
    pub since: Option<EarlierForecast>,
}

/// The forecast that changes are counted from: as of an earlier day, of an earlier version of the
/// store, or both.
#[derive(Debug, Clone, PartialEq)]
pub struct EarlierForecast {
    /// The request for the earlier forecast.
    pub request: ForecastRequest,
    /// The version of the store, where it is another one than that of the forecast.
    pub version: Option<u64>,
}

impl ExplanationRequest {
    /// Check a request. `since` is the day of an earlier forecast, `since_version` the version of
    /// the store that it was made from; the latest vintage and no version are no earlier forecast.
    ///
    /// # Errors
    /// The key is empty or too long, there are too many paths, or the earlier forecast is not
    /// earlier.
    pub fn new(
        key: String,
        request: ForecastRequest,
        regressors: Arc<Regressors>,
        version: Option<u64>,
        since: Vintage,
        since_version: Option<u64>,
    ) -> Result<Self, ServiceError> {
        check_key(&key)?;
        if request.paths() > MAX_PATHS {
            let reason = format!("expected 100 to {MAX_PATHS} paths, not {}", request.paths());
            return Err(refuse("paths", reason));
        }
        if let (Some(since), Some(version)) = (since_version, version)
            && since > version
        {
            let reason = format!("expected a version up to version, {version}, not {since}");
            return Err(refuse("since_version", reason));
        }
        let of_a_version = since_version.is_some();
        let since = match (since, request.vintage()) {
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
            key,
            regressors,
            version,
            since: since.map(|vintage| EarlierForecast {
                request: request.with_vintage(vintage),
                version: since_version,
            }),
            request,
        })
    }
}

impl TryFrom<pb::ExplainForecastRequest> for ExplanationRequest {
    type Error = ServiceError;

    fn try_from(wire: pb::ExplainForecastRequest) -> Result<Self, ServiceError> {
        check_key(&wire.key)?;
        let request = ForecastRequest::new(
            or_default(wire.horizon, DEFAULT_HORIZON),
            &[],
            vintage("as_of", &wire.as_of)?,
            wire.seed,
            method(&wire.method)?,
            or_default(wire.paths, default_paths()),
        )?
        .with_news(NewsOfOthers::unless_alone(wire.alone))
        .with_events(events(wire.events, std::slice::from_ref(&wire.key))?);
        let regressors = Arc::new(regressors(wire.regressors)?);
        let since = vintage("since", &wire.since)?;
        Self::new(
            wire.key,
            request,
            regressors,
            wire.version,
            since,
            wire.since_version,
        )
    }
}

impl From<&ExplanationRequest> for pb::ExplainForecastRequest {
    fn from(of: &ExplanationRequest) -> Self {
        let request = &of.request;
        let since = of.since.as_ref();
        // A version alone is compared on the day of the forecast.
        let day = since.map_or(Vintage::Latest, |since| since.request.vintage());
        Self {
            key: of.key.clone(),
            horizon: count(request.horizon()),
            as_of: vintage_text(request.vintage()),
            since: vintage_text(day),
            method: request.method().to_string(),
            seed: request.seed(),
            paths: count(request.paths()),
            version: of.version,
            since_version: since.and_then(|since| since.version),
            events: wire_events(request.events()),
            regressors: wire_regressors(&of.regressors),
            alone: request.news() == NewsOfOthers::Ignored,
        }
    }
}

/// Write an explanation; `series` is what it explains the forecast of, from the figures of
/// `version`, with changes since the forecast from those of `since_version`.
pub(in crate::service) fn response(
    series: SeriesSummary,
    explained: &Explained,
    version: u64,
    since_version: u64,
) -> pb::ExplainForecastResponse {
    let (values, growth): (Vec<_>, Vec<_>) = explained
        .changes
        .iter()
        .partition(|change| matches!(change.quantity, Quantity::Value(_)));
    pb::ExplainForecastResponse {
        series: Some(series.into()),
        method: explained.method.clone(),
        weights: weights(&explained.weights),
        months: explained.steps.iter().map(Into::into).collect(),
        growth: explained.growth.iter().map(Into::into).collect(),
        value_changes: values.into_iter().map(Into::into).collect(),
        growth_changes: growth.into_iter().map(Into::into).collect(),
        version,
        since_version,
        notes: explained.notes.clone(),
    }
}

impl TryFrom<pb::ExplainForecastResponse> for Explained {
    type Error = DecodeError;

    fn try_from(wire: pb::ExplainForecastResponse) -> Result<Self, DecodeError> {
        let series: SeriesSummary = decode::required("series", wire.series)?;
        let (_, last) = series
            .months
            .ok_or_else(|| DecodeError::missing("series.last_month"))?;
        let values = wire.value_changes.into_iter().map(|wire| {
            let span = decode::span("span", &wire.span)?;
            change(Quantity::Value(span.last()), wire)
        });
        let growth = wire.growth_changes.into_iter().map(|wire| {
            let span = decode::span("span", &wire.span)?;
            change(Quantity::Growth(measure(wire.measure)?, span.last()), wire)
        });
        Ok(Self {
            id: series.key.to_string(),
            last,
            method: wire.method,
            weights: read_weights(wire.weights)?,
            notes: wire.notes,
            steps: decode::all(wire.months)?,
            growth: decode::all(wire.growth)?,
            changes: values.chain(growth).collect::<Result<_, _>>()?,
        })
    }
}

impl From<&ExplainedMonth> for pb::ExplainedMonth {
    fn from(month: &ExplainedMonth) -> Self {
        Self {
            month: month.month.to_string(),
            value: month.value,
            base: month.base,
            reference: month.reference,
            members: month.shares.iter().map(Into::into).collect(),
            post_processing: amounts(&month.post_processing),
        }
    }
}

impl TryFrom<pb::ExplainedMonth> for ExplainedMonth {
    type Error = DecodeError;

    fn try_from(wire: pb::ExplainedMonth) -> Result<Self, DecodeError> {
        Ok(Self {
            month: decode::month("month", &wire.month)?,
            value: wire.value,
            base: wire.base,
            reference: wire.reference,
            shares: decode::all(wire.members)?,
            post_processing: read_amounts(wire.post_processing)?,
        })
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

impl TryFrom<pb::ExplainedMember> for MemberShare {
    type Error = DecodeError;

    fn try_from(wire: pb::ExplainedMember) -> Result<Self, DecodeError> {
        Ok(Self {
            member: member(&wire.member)?,
            weight: wire.weight,
            value: wire.value,
            amounts: read_amounts(wire.amounts)?,
        })
    }
}

fn amounts(amounts: &[(Driver, f64)]) -> Vec<pb::DriverAmount> {
    let amount = |(driver, amount): &(Driver, f64)| pb::DriverAmount {
        driver: driver.to_string(),
        amount: *amount,
    };
    amounts.iter().map(amount).collect()
}

fn read_amounts(wire: Vec<pb::DriverAmount>) -> Result<Vec<(Driver, f64)>, DecodeError> {
    wire.into_iter()
        .map(|of| Ok((driver(&of.driver)?, of.amount)))
        .collect()
}

fn driver(name: &str) -> Result<Driver, DecodeError> {
    Driver::parse(name).ok_or_else(|| DecodeError {
        field: "driver",
        reason: format!("there is no driver `{name}`"),
    })
}

impl From<&Drivers> for pb::ExplainedGrowth {
    fn from(growth: &Drivers) -> Self {
        let by_driver = growth.by_driver.iter();
        let by_member = growth.by_member.iter();
        Self {
            measure: pb::GrowthMeasure::from(growth.measure).into(),
            span: growth.span.to_string(),
            points: growth.growth,
            drivers: by_driver
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

impl TryFrom<pb::ExplainedGrowth> for Drivers {
    type Error = DecodeError;

    fn try_from(wire: pb::ExplainedGrowth) -> Result<Self, DecodeError> {
        let by_driver = wire.drivers.into_iter();
        let by_member = wire.members.into_iter();
        let member_of = |name: &str| match name {
            "" => Ok(None),
            name => member(name).map(Some),
        };
        Ok(Self {
            measure: measure(wire.measure)?,
            span: decode::span("span", &wire.span)?,
            growth: wire.points,
            by_driver: by_driver
                .map(|of| Ok((driver(&of.name)?, of.points)))
                .collect::<Result<_, DecodeError>>()?,
            by_member: by_member
                .map(|of| Ok((member_of(&of.name)?, of.points)))
                .collect::<Result<_, DecodeError>>()?,
        })
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

fn change(quantity: Quantity, wire: pb::ForecastChange) -> Result<ForecastChange, DecodeError> {
    let new_figures = wire.new_figures.into_iter();
    Ok(ForecastChange {
        quantity,
        before: wire.before,
        after: wire.after,
        revisions: wire.revisions,
        new_figures: new_figures
            .map(|of| Ok((decode::month("new_figures.month", &of.month)?, of.change)))
            .collect::<Result<_, DecodeError>>()?,
        model: wire.model,
    })
}

#[cfg(test)]
mod tests {
    use super::super::test_fields::field;
    use super::*;

    #[test]
    fn a_request_that_cannot_be_used_names_its_field() {
        let good = pb::ExplainForecastRequest {
            key: "USA.CHN.M.TOTAL.USD".to_owned(),
            as_of: "2024-06-30".to_owned(),
            since: "2024-05-31".to_owned(),
            ..Default::default()
        };
        let checked = ExplanationRequest::try_from(good.clone()).unwrap();
        assert!(checked.since.is_some());
        let again = pb::ExplainForecastRequest::from(&checked);
        assert_eq!(ExplanationRequest::try_from(again).unwrap(), checked);
        // A version alone is compared on the day of the forecast, and one day may be compared
        // between versions.
        for day in ["", "2024-06-30"] {
            let versions = pb::ExplainForecastRequest {
                since: day.to_owned(),
                since_version: Some(3),
                ..good.clone()
            };
            let found = ExplanationRequest::try_from(versions).unwrap();
            let again = pb::ExplainForecastRequest::from(&found);
            assert_eq!(ExplanationRequest::try_from(again).unwrap(), found);
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
            assert_eq!(
                field(ExplanationRequest::try_from(bad).unwrap_err()),
                expected
            );
        }
    }
}
