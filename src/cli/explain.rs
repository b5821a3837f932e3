//! `tradecast explain`: why a forecast is what it is, and why it changed, found out here or on a server.

use super::remote::{Remote, block_on, measure, refusal};
use super::{PlaceArgs, VersionArgs, snapshot};
use crate::catalog::Catalog;
use crate::pipeline::Engine;
use crate::projection::Method;
use crate::report::explanation::{
    Amount, Change, Contribution, Explanation, Growth, Member, Month, NewFigure,
};
use crate::service::explain::{Explain, Since, answer};
use crate::service::pb;
use std::io::Write;
use std::process::ExitCode;

#[derive(Debug, clap::Args)]
#[command(disable_version_flag = true)]
pub(super) struct ExplainArgs {
    /// The series, for example USA.CHN.M.TOTAL.USD; `tradecast series` lists them.
    #[arg(value_name = "SERIES")]
    key: String,
    /// Also explain what has changed since the forecast of this day, YYYY-MM-DD.
    #[arg(long, value_name = "DATE", default_value = "")]
    since: String,
    /// Also explain what has changed since the store was at this version; with --since, as that day was known at it.
    #[arg(long, value_name = "NUMBER")]
    since_version: Option<u64>,
    /// Explain the forecast from what was public on this day, YYYY-MM-DD.
    #[arg(long, value_name = "DATE", default_value = "")]
    as_of: String,
    /// Months ahead.
    #[arg(long, value_name = "MONTHS", default_value_t = 12, value_parser = clap::value_parser!(u16).range(1..=120))]
    horizon: u16,
    /// Method: auto, equal-weights, best, or one member such as theta.
    #[arg(long, default_value = "auto")]
    method: Method,
    /// Seed of the simulated paths.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Simulated paths.
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(i32).range(100..=10_000))]
    paths: i32,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    place: PlaceArgs,
}

pub(super) fn run(args: &ExplainArgs) -> anyhow::Result<ExitCode> {
    let request = pb::ExplainForecastRequest {
        key: args.key.clone(),
        horizon: i32::from(args.horizon),
        as_of: args.as_of.clone(),
        since: args.since.clone(),
        method: args.method.to_string(),
        seed: args.seed,
        paths: args.paths,
        version: args.place.version.version,
        since_version: args.since_version,
    };
    let response = match &args.place.server {
        Some(url) => block_on(async { Remote::connect(url).await?.explain(request).await })?,
        None => here(args, request)?,
    };
    let explanation = explanation(response, args.since.trim(), args.since_version);
    let mut out = std::io::stdout().lock();
    if args.json {
        writeln!(out, "{}", serde_json::to_string(&explanation)?)?;
    } else {
        write!(out, "{}", explanation.text())?;
    }
    Ok(ExitCode::SUCCESS)
}

fn here(
    args: &ExplainArgs,
    request: pb::ExplainForecastRequest,
) -> anyhow::Result<pb::ExplainForecastResponse> {
    let Explain {
        key,
        request,
        version,
        since,
    } = Explain::try_from(request)?;
    let engine = |version| {
        let snapshot = snapshot(&args.place.data, &VersionArgs { version })?;
        anyhow::Ok(Engine::new(Catalog::new(snapshot)))
    };
    let now = engine(version)?;
    let since = match since {
        None => None,
        Some(Since { request, version }) => Some(match version {
            None => now.plan(request),
            version => engine(version)?.plan(request),
        }),
    };
    let plan = now.plan(request);
    let threads = args.place.threads.pool()?;
    Ok(threads.install(|| answer(&plan, since.as_ref(), &key))?)
}

impl Remote {
    /// The explanation of one series.
    async fn explain(
        &self,
        request: pb::ExplainForecastRequest,
    ) -> anyhow::Result<pb::ExplainForecastResponse> {
        let answer = self.forecasts().explain_forecast(request).await;
        Ok(answer.map_err(refusal)?.into_inner())
    }
}

fn explanation(
    response: pb::ExplainForecastResponse,
    day: &str,
    version: Option<u64>,
) -> Explanation {
    let version = version.map(|version| format!("version {version}"));
    let since = [Some(day.to_owned()).filter(|day| !day.is_empty()), version];
    let since: Vec<String> = since.into_iter().flatten().collect();
    let series = response.series.unwrap_or_default();
    let changes = |changes: Vec<pb::ForecastChange>| changes.into_iter().map(change).collect();
    Explanation {
        series: series.key,
        unit: series.unit,
        method: response.method,
        last_month: series.last_month,
        weights: response.weights.into_iter().map(Into::into).collect(),
        months: response.months.into_iter().map(month).collect(),
        growth: response.growth.into_iter().map(growth).collect(),
        since: since.join(" of "),
        value_changes: changes(response.value_changes),
        growth_changes: changes(response.growth_changes),
    }
}

fn month(month: pb::ExplainedMonth) -> Month {
    let member = |member: pb::ExplainedMember| Member {
        member: member.member,
        weight: member.weight,
        value: member.value,
        amounts: amounts(member.amounts),
    };
    Month {
        month: month.month,
        value: month.value,
        base: month.base,
        reference: month.reference,
        members: month.members.into_iter().map(member).collect(),
        finish: amounts(month.post_processing),
    }
}

fn amounts(amounts: Vec<pb::DriverAmount>) -> Vec<Amount> {
    let amount = |of: pb::DriverAmount| Amount {
        driver: of.driver,
        amount: of.amount,
    };
    amounts.into_iter().map(amount).collect()
}

fn growth(growth: pb::ExplainedGrowth) -> Growth {
    let contributions = |all: Vec<pb::Contribution>| {
        let contribution = |of: pb::Contribution| Contribution {
            name: of.name,
            points: of.points,
        };
        all.into_iter().map(contribution).collect()
    };
    Growth {
        measure: measure(growth.measure()),
        span: growth.span,
        points: growth.points,
        drivers: contributions(growth.drivers),
        members: contributions(growth.members),
    }
}

fn change(change: pb::ForecastChange) -> Change {
    let new_figure = |figure: pb::NewFigure| NewFigure {
        month: figure.month,
        change: figure.change,
    };
    Change {
        measure: measure(change.measure()),
        span: change.span,
        before: change.before,
        after: change.after,
        revisions: change.revisions,
        new_figures: change.new_figures.into_iter().map(new_figure).collect(),
        model: change.model,
    }
}
