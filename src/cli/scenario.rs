//! `tradecast scenario`: forecasts if a partner, a flow, a series, the exchange rate or a regressor
//! took another course.

use super::arguments::{PlaceArgs, block_on};
use super::event_args::{EventArgs, RegressorArgs};
use super::exit_codes;
use super::projection_args::ProjectionArgs;
use super::shock_text::ShockText;
use crate::catalog::Catalog;
use crate::growth::GrowthMeasure;
use crate::pipeline::scenario::reconciled_with;
use crate::pipeline::{Engine, ScenarioRunError, run_scenario};
use crate::report::{json, terminal};
use crate::service::client::ForecastOutcome;
use crate::service::convert::fields::currency;
use crate::service::convert::forecast::ForecastsRequest;
use crate::service::convert::scenario::{ScenarioRequest, ScenarioUpdate};
use crate::service::scenario::failures;
use crate::service::{RemoteClient, RemoteServer, ServiceError};
use crate::trade::SeriesKey;
use std::collections::HashMap;
use std::io::Write;
use std::process::ExitCode;

#[derive(Debug, clap::Args)]
#[command(disable_version_flag = true, after_help = exit_codes::SOME_SERIES)]
pub(super) struct ScenarioArgs {
    /// Series keys, for example USA.CHN.X.TOTAL.USD; exports and imports together add their total
    /// and balance.
    #[arg(value_name = "SERIES", required = true)]
    series: Vec<String>,
    /// Shock as TARGET=SIZE@MONTHS. TARGET: partner:MEX, flow:M, series:USA.MEX.M.TOTAL.USD,
    /// rate:CNY or regressor:NAME. SIZE: -10%, an amount a month of a series (+2e9), or the value
    /// of a regressor; one for all months, or one a month separated by commas. MONTHS: 2026-03,
    /// 2026-Q2, 2026, 2026-03..2026-12.
    #[arg(
        long,
        value_name = "SHOCK",
        required = true,
        value_parser = ShockText::parse,
        allow_hyphen_values = true
    )]
    shock: Vec<ShockText>,
    /// Currency code, for example CNY: convert figures, months ahead at the rate of the last known
    /// month.
    #[arg(
        long,
        value_name = "CODE",
        default_value = "",
        hide_default_value = true
    )]
    currency: String,
    #[command(flatten)]
    regressors: RegressorArgs,
    #[command(flatten)]
    events: EventArgs,
    #[command(flatten)]
    projection: ProjectionArgs,
    /// Growth measures: month, year-to-date, year, trailing-twelve-months, quarter, carry-over
    /// [default: the first four; the table has month and year].
    #[arg(
        long,
        value_name = "MEASURE",
        value_delimiter = ',',
        value_parser = super::output::measure
    )]
    measure: Vec<GrowthMeasure>,
    /// Print JSON, one object for each line.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    place: PlaceArgs,
}

impl ScenarioArgs {
    fn request(&self) -> anyhow::Result<ScenarioRequest> {
        let events = self.events.events(&self.series)?;
        let request = self.projection.request()?.with_measures(&self.measure)?;
        Ok(ScenarioRequest::new(
            self.series.clone(),
            self.shock.clone(),
            ShockText::shock,
            currency(&self.currency)?,
            request.with_events(events),
            self.regressors.read(&self.series)?,
            self.place.source.version(),
        )?)
    }
}

pub(super) fn run(args: &ScenarioArgs) -> anyhow::Result<ExitCode> {
    let request = args.request()?;
    let mut failed = false;
    let take = |update: ScenarioUpdate| {
        failed |= matches!(update, ScenarioUpdate::Failure(_));
        print(&update, args)
    };
    match args.place.source.server() {
        Some(url) => block_on(remote(url, request))?
            .into_iter()
            .try_for_each(take)?,
        None => local(&args.place, request)?
            .into_iter()
            .try_for_each(take)?,
    }
    Ok(if failed {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

/// Compute in this process.
fn local(place: &PlaceArgs, request: ScenarioRequest) -> anyhow::Result<Vec<ScenarioUpdate>> {
    let engine = Engine::new(Catalog::new(place.source.snapshot()?));
    let plan = engine.plan_with(request.request, request.regressors);
    let threads = place.threads.pool()?;
    threads.install(|| {
        let result = run_scenario(&plan.prepare(), &request.scenario).map_err(in_its_field)?;
        let failures = failures(&result).map(ScenarioUpdate::Failure);
        let series = (0..result.series().len()).filter_map(|k| result.series_outcome(k));
        let summary = ScenarioUpdate::Summary(result.summary());
        let parts = failures.chain(series.map(ScenarioUpdate::Series));
        Ok(parts.chain([summary]).collect())
    })
}

/// Let a server compute. The notes on the baseline are those of its forecasts, which the server
/// sends with them alone.
async fn remote(
    url: RemoteServer,
    request: ScenarioRequest,
) -> anyhow::Result<Vec<ScenarioUpdate>> {
    let client = RemoteClient::connect(url).await?;
    let mut updates = Vec::new();
    let add = |update| {
        updates.push(update);
        anyhow::Ok(())
    };
    client.scenario(&request, add).await?;
    match baseline_notes(&client, request, &updates).await {
        Ok(mut notes) => {
            for update in &mut updates {
                if let ScenarioUpdate::Series(series) = update
                    && !series.derived
                {
                    let of_series = notes.remove(&series.requested.to_uppercase());
                    series.notes = of_series.unwrap_or_default();
                }
            }
        }
        // The scenario is whole without them.
        Err(error) => super::console::note(format_args!(
            "the notes on the baseline could not be read from the server: {error:#}"
        )),
    }
    Ok(updates)
}

/// Return the notes on the baseline of each series that a server has computed, by its key as
/// requested, in capitals.
async fn baseline_notes(
    client: &RemoteClient,
    request: ScenarioRequest,
    updates: &[ScenarioUpdate],
) -> anyhow::Result<HashMap<String, Vec<String>>> {
    let of_forecasts = updates.iter().filter_map(|update| match update {
        ScenarioUpdate::Series(series) if !series.derived => Some(series.requested.clone()),
        _ => None,
    });
    let requested: Vec<String> = of_forecasts.collect();
    let mut notes: HashMap<String, Vec<String>> = HashMap::new();
    if requested.is_empty() {
        return Ok(notes);
    }
    let keys: Result<Vec<SeriesKey>, _> =
        requested.iter().map(|key| SeriesKey::parse(key)).collect();
    let keys = keys?;
    let take = async |outcome: ForecastOutcome| {
        if let Ok(forecast) = outcome {
            notes.insert(forecast.id.to_uppercase(), forecast.notes);
        }
        anyhow::Ok(())
    };
    let (regressors, version) = (request.regressors, request.version);
    let forecasts = ForecastsRequest::new(requested.clone(), request.request, regressors, version)?;
    client.forecast(&forecasts, take).await?;
    for (key, note) in requested.iter().zip(reconciled_with(&keys)) {
        notes.entry(key.to_uppercase()).or_default().extend(note);
    }
    Ok(notes)
}

/// Say what is wrong as a server does; a shock's error stays behind it.
fn in_its_field(error: ScenarioRunError) -> anyhow::Error {
    match error {
        ScenarioRunError::Shock(shock) => anyhow::Error::new(shock).context("shocks"),
        other => ServiceError::from(other).into(),
    }
}

fn print(update: &ScenarioUpdate, args: &ScenarioArgs) -> anyhow::Result<()> {
    let mut out = super::console::stdout();
    match (update, args.json) {
        (ScenarioUpdate::Series(series), true) => {
            writeln!(out, "{}", json::scenario_series(series))?;
        }
        (ScenarioUpdate::Series(series), false) => {
            writeln!(out, "{}", terminal::scenario_series(series, &args.measure))?;
        }
        (ScenarioUpdate::Failure(failure), true) => writeln!(out, "{}", json::failure(failure))?,
        (ScenarioUpdate::Failure(failure), false) => {
            super::console::note(format_args!("{}: {}", failure.series, failure.message));
        }
        (ScenarioUpdate::Summary(summary), true) => {
            writeln!(out, "{}", json::scenario_summary(summary))?;
        }
        (ScenarioUpdate::Summary(summary), false) => {
            write!(out, "{}", terminal::scenario_summary(summary))?;
        }
    }
    Ok(out.flush()?)
}
