//! `ForecastService.ForecastData`: forecasts of series that the client sends, without a store.

use super::convert::fields::{MAX_SERIES, refuse};
use super::convert::forecast::ForecastsRequest;
use super::lanes::Job;
use super::run::{prepare, run_series};
use super::shared::Shared;
use super::updates::{Disconnected, UpdateSender};
use super::{ServiceError, pb};
use crate::catalog::{Catalog, CatalogError, Snapshot, Vintage};
use crate::ingest::invalid_rows::MOST_FIGURES;
use crate::ingest::{GridSeries, MonthGrid, TidyFigures};
use crate::pipeline::{Engine, ForecastRequest, Plan};
use crate::trade::{Month, Regressors, SeriesKey};
use futures_util::StreamExt;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The longest series: two centuries of months.
const MOST_MONTHS: usize = 2400;
/// Series that are computed ahead of what the client reads, beyond one for each thread.
const AHEAD: usize = 2;

/// Parameters and series that a client has sent so far.
#[derive(Debug, Default)]
pub(super) struct SentData {
    request: Option<(ForecastRequest, Arc<Regressors>)>,
    /// First month and values by key.
    series: BTreeMap<String, (Month, Vec<f64>)>,
    figures: usize,
}

impl SentData {
    /// Add a message.
    ///
    /// # Errors
    /// A field is invalid, a series repeated, or more is sent than a call may send.
    pub(super) fn add(&mut self, message: pb::ForecastDataRequest) -> Result<(), ServiceError> {
        if let Some(parameters) = message.forecast {
            if self.request.is_some() || !self.series.is_empty() {
                let reason = "expected parameters in the first message alone";
                return Err(refuse("forecast", reason));
            }
            self.request = Some(parameters_of(parameters)?);
        }
        for sent in message.series {
            self.add_series(sent)?;
        }
        Ok(())
    }

    fn add_series(&mut self, sent: pb::SentSeries) -> Result<(), ServiceError> {
        let key = SeriesKey::parse(sent.key.trim());
        let key = key.map_err(|e| refuse("series.key", e.to_string()))?;
        let first = Month::parse(&sent.first_month);
        let first = first.map_err(|e| refuse("series.first_month", format!("{key}: {e}")))?;
        let months = sent.values.len();
        if !(1..=MOST_MONTHS).contains(&months) {
            let reason = format!("{key}: expected 1 to {MOST_MONTHS} values, not {months}");
            return Err(refuse("series.values", reason));
        }
        if let Some(place) = sent.values.iter().position(|value| value.is_infinite()) {
            let reason = format!("{key}: expected finite numbers, or NaN for a gap, at {place}");
            return Err(refuse("series.values", reason));
        }
        self.figures += months;
        if self.figures > MOST_FIGURES || self.series.len() >= MAX_SERIES {
            return Err(ServiceError::TooMuch {
                field: "series",
                most: format!("at most {MAX_SERIES} series and {MOST_FIGURES} values"),
            });
        }
        let before = self.series.insert(key.to_string(), (first, sent.values));
        if before.is_some() {
            return Err(refuse("series.key", format!("{key}: sent twice")));
        }
        Ok(())
    }

    /// Return about how many bytes the figures and what is fitted to them take.
    pub(super) fn bytes(&self) -> u64 {
        (self.figures * size_of::<f64>() * 8) as u64
    }

    /// Return the plan of the forecasts, and the keys.
    ///
    /// # Errors
    /// Nothing was sent.
    pub(super) fn plan(self) -> Result<(Plan, Vec<String>), ServiceError> {
        if self.series.is_empty() {
            return Err(refuse("series", "expected at least one series"));
        }
        let (request, regressors) = match self.request {
            Some(request) => request,
            None => parameters_of(pb::StreamForecastsRequest::default())?,
        };
        let keys: Vec<String> = self.series.keys().cloned().collect();
        let snapshot = snapshot(self.series)?;
        let engine = Engine::new(Catalog::new(snapshot));
        Ok((engine.plan_with(request, regressors), keys))
    }
}

/// Check the parameters of forecasts of sent data.
fn parameters_of(
    wire: pb::StreamForecastsRequest,
) -> Result<(ForecastRequest, Arc<Regressors>), ServiceError> {
    if !wire.series.is_empty() {
        return Err(refuse(
            "forecast.series",
            "expected none: what is sent is forecast",
        ));
    }
    if wire.version.is_some() {
        return Err(refuse(
            "forecast.version",
            "expected none: nothing of the store is read",
        ));
    }
    let any = pb::StreamForecastsRequest {
        series: vec!["any".to_owned()],
        ..wire
    };
    let ForecastsRequest {
        request,
        regressors,
        total,
        ..
    } = ForecastsRequest::try_from(any)?;
    if total {
        let reason = "expected none: add the series up and send their sum";
        return Err(refuse("forecast.total", reason));
    }
    if request.vintage() != Vintage::Latest {
        return Err(refuse(
            "forecast.as_of",
            "expected none: what is sent is what is known",
        ));
    }
    Ok((request, regressors))
}

/// Build a snapshot of the series alone.
fn snapshot(series: BTreeMap<String, (Month, Vec<f64>)>) -> Result<Snapshot, CatalogError> {
    let mut grid = MonthGrid::default();
    for (key, (first, values)) in series {
        grid.entries.push(GridSeries {
            id: key.into(),
            first,
            start: grid.values.len(),
            len: values.len(),
        });
        grid.values.extend(values);
    }
    Snapshot::new(TidyFigures {
        grid,
        ..TidyFigures::default()
    })
}

/// Fit the panel model to what was sent, then forecast each series and send its messages together.
pub(super) async fn stream(
    shared: &Shared,
    job: &Job,
    plan: Plan,
    keys: Vec<String>,
    sender: &UpdateSender<pb::ForecastDataResponse>,
) -> Result<(), Disconnected> {
    let plan = match prepare(shared, job, plan).await {
        Ok(plan) => plan,
        Err(error) => {
            sender.fail(error).await;
            return Ok(());
        }
    };
    let run = |key: String| run_series(job, Arc::clone(&plan), key);
    let in_flight = job.lane().compute.threads() + AHEAD;
    let mut done = futures_util::stream::iter(keys)
        .map(run)
        .buffered(in_flight);
    loop {
        let busy = job.busy();
        let Some(messages) = done.next().await else {
            break;
        };
        drop(busy);
        for message in messages {
            let message = pb::ForecastDataResponse {
                forecast: Some(message),
            };
            sender.send(message).await?;
        }
    }
    job.finish();
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::convert::test_fields::field;
    use super::*;

    fn sent(key: &str, values: Vec<f64>) -> pb::ForecastDataRequest {
        pb::ForecastDataRequest {
            forecast: None,
            series: vec![pb::SentSeries {
                key: key.to_owned(),
                first_month: "2020-01".to_owned(),
                values,
            }],
        }
    }

    fn parameters(forecast: pb::StreamForecastsRequest) -> pb::ForecastDataRequest {
        pb::ForecastDataRequest {
            forecast: Some(forecast),
            series: Vec::new(),
        }
    }

    #[test]
    fn what_cannot_be_forecast_names_its_field() {
        let refused = |messages: Vec<pb::ForecastDataRequest>| {
            let mut data = SentData::default();
            let added = messages
                .into_iter()
                .try_for_each(|message| data.add(message));
            field(added.and_then(|()| data.plan().map(drop)).unwrap_err())
        };
        let key = "USA.CHN.M.TOTAL.USD";
        let versioned = pb::StreamForecastsRequest {
            version: Some(1),
            ..Default::default()
        };
        let dated = pb::StreamForecastsRequest {
            as_of: "2024-01-01".to_owned(),
            ..Default::default()
        };
        for (messages, expected) in [
            (vec![], "series"),
            (vec![sent("?", vec![1.0])], "series.key"),
            (vec![sent(key, vec![])], "series.values"),
            (vec![sent(key, vec![f64::INFINITY])], "series.values"),
            (
                vec![sent(key, vec![1.0]), sent(key, vec![1.0])],
                "series.key",
            ),
            (vec![parameters(versioned)], "forecast.version"),
            (vec![parameters(dated)], "forecast.as_of"),
            (
                vec![sent(key, vec![1.0]), parameters(Default::default())],
                "forecast",
            ),
        ] {
            assert_eq!(refused(messages), expected);
        }
    }
}
