//! `tradecast explain`: why a forecast is what it is, and why it changed, here or on a server.

use super::arguments::{AsOfArgs, HorizonArgs, NewsArgs, PlaceArgs, block_on, past_day_or_none};
use super::event_args::{EventArgs, RegressorArgs};
use crate::catalog::Catalog;
use crate::pipeline::{Engine, Explained, ForecastRequest};
use crate::projection::Method;
use crate::report::{json, terminal};
use crate::service::RemoteClient;
use crate::service::convert::explain::{EarlierForecast, ExplanationRequest};
use crate::service::convert::fields::vintage;
use crate::service::explain::explain;
use std::io::Write;
use std::process::ExitCode;
use std::sync::Arc;

#[derive(Debug, clap::Args)]
#[command(disable_version_flag = true)]
pub(super) struct ExplainArgs {
    /// Series key, for example USA.CHN.M.TOTAL.USD; `tradecast series` lists them.
    #[arg(value_name = "SERIES")]
    key: String,
    /// As-of date of an earlier forecast, YYYY-MM-DD: also explain what has changed since.
    #[arg(
        long,
        value_name = "DATE",
        value_parser = past_day_or_none,
        default_value = "",
        hide_default_value = true
    )]
    since: String,
    /// Version of the store of an earlier forecast: also explain what has changed since; with
    /// --since, as that day was known at this version.
    #[arg(long, value_name = "NUMBER")]
    since_version: Option<u64>,
    #[command(flatten)]
    as_of: AsOfArgs,
    #[command(flatten)]
    horizon: HorizonArgs,
    /// Method: auto, equal-weights, best, or one member such as theta.
    #[arg(long, default_value = "auto")]
    method: Method,
    /// Seed of the simulated paths.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Simulated paths.
    #[arg(
        long,
        default_value_t = 1000,
        value_parser = clap::value_parser!(i32).range(100..=10_000)
    )]
    paths: i32,
    #[command(flatten)]
    regressors: RegressorArgs,
    #[command(flatten)]
    events: EventArgs,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    news: NewsArgs,
    #[command(flatten)]
    place: PlaceArgs,
}

impl ExplainArgs {
    fn request(&self) -> anyhow::Result<ExplanationRequest> {
        let request = ForecastRequest::new(
            i64::from(self.horizon.months()),
            &[],
            self.as_of.vintage()?,
            self.seed,
            self.method,
            i64::from(self.paths),
        )?
        .with_news(self.news.news());
        let events = self.events.events(std::slice::from_ref(&self.key))?;
        Ok(ExplanationRequest::new(
            self.key.clone(),
            request.with_events(events),
            self.regressors.read(std::slice::from_ref(&self.key))?,
            self.place.source.version(),
            vintage("since", &self.since)?,
            self.since_version,
        )?)
    }

    /// Return what changes are counted from: a day, `version 7`, or both, `2025-12-31 of version
    /// 7`; empty where nothing is compared.
    fn since_text(&self) -> String {
        let day = Some(self.since.trim().to_owned()).filter(|day| !day.is_empty());
        let version = self
            .since_version
            .map(|version| format!("version {version}"));
        let since: Vec<String> = [day, version].into_iter().flatten().collect();
        since.join(" of ")
    }
}

pub(super) fn run(args: &ExplainArgs) -> anyhow::Result<ExitCode> {
    let request = args.request()?;
    let explained = match args.place.source.server() {
        Some(url) => {
            block_on(async { Ok(RemoteClient::connect(url).await?.explain(&request).await?) })?
        }
        None => local(&args.place, request)?,
    };
    let since = args.since_text();
    let mut out = super::console::stdout();
    if args.json {
        writeln!(out, "{}", json::explanation(&explained, &since))?;
    } else {
        write!(out, "{}", terminal::explanation(&explained, &since))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Compute in this process.
fn local(place: &PlaceArgs, request: ExplanationRequest) -> anyhow::Result<Explained> {
    let engine = |version| {
        let snapshot = place.source.snapshot_at(version)?;
        anyhow::Ok(Engine::new(Catalog::new(snapshot)))
    };
    let now = engine(request.version)?;
    let regressors = request.regressors;
    let since = match request.since {
        None => None,
        Some(EarlierForecast { request, version }) => Some(match version {
            None => now.plan_with(request, Arc::clone(&regressors)),
            version => engine(version)?.plan_with(request, Arc::clone(&regressors)),
        }),
    };
    let plan = now.plan_with(request.request, regressors);
    let threads = place.threads.pool()?;
    Ok(threads.install(|| {
        let since = since.map(|since| since.prepare());
        explain(&plan.prepare(), since.as_ref(), &request.key)
    })?)
}
