//! `tradecast scenario`: what would be if a partner, a flow, a series, the exchange rate or a regressor went another way.

use super::remote::{Remote, block_on, measure, refusal};
use super::{PlaceArgs, snapshot};
use crate::catalog::Catalog;
use crate::ingest::exog;
use crate::pipeline::Engine;
use crate::projection::Method;
use crate::report::Failure;
use crate::report::scenario::{
    Distribution, ScenarioPart, ScenarioReading, ScenarioSeries, Summary,
};
use crate::service::pb;
use crate::service::pb::shock::Target;
use crate::service::pb::stream_scenario_response::Update;
use crate::service::scenario::{Scenarios, answer};
use crate::trade::{Flow, Month};
use anyhow::Context;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[derive(Debug, clap::Args)]
#[command(disable_version_flag = true)]
pub(super) struct ScenarioArgs {
    /// Series, for example USA.CHN.X.TOTAL.USD; exports and imports together bring their total and balance.
    #[arg(value_name = "SERIES", required = true)]
    series: Vec<String>,
    /// A shock as TARGET=SIZE@MONTHS. TARGET: partner:MEX, flow:M, series:USA.MEX.M.TOTAL.USD, rate:CNY or regressor:NAME. SIZE: -10%, or an amount a month
    /// of a series (+2e9), or the value of a regressor; one, or one a month separated by commas. MONTHS: 2026-03, 2026-Q2, 2026, 2026-03..2026-12.
    #[arg(long, value_name = "SHOCK", required = true, value_parser = shock, allow_hyphen_values = true)]
    shock: Vec<pb::Shock>,
    /// Turn figures into this currency, for example CNY; months ahead at the rate of the last month known.
    #[arg(long, value_name = "CODE", default_value = "")]
    currency: String,
    /// CSV or Parquet file of regressors for all series: a column `ds` of months and a column a regressor, through the horizon.
    #[arg(long, value_name = "FILE")]
    regressors: Option<PathBuf>,
    /// Months ahead.
    #[arg(long, value_name = "MONTHS", default_value_t = 12, value_parser = clap::value_parser!(u16).range(1..=120))]
    horizon: u16,
    /// Levels of the intervals in percent.
    #[arg(long, value_name = "PERCENT", value_delimiter = ',', default_value = "80,95", value_parser = super::output::level)]
    level: Vec<f64>,
    /// Forecast from what was public on this day, YYYY-MM-DD.
    #[arg(long, value_name = "DATE", default_value = "")]
    as_of: String,
    /// Seed of the simulated paths.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Method: auto, equal-weights, best, or one member such as theta.
    #[arg(long, default_value = "auto")]
    method: Method,
    /// Simulated paths a series.
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(i32).range(100..=100_000))]
    paths: i32,
    /// Print JSON, one object a line.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    place: PlaceArgs,
}

pub(super) fn run(args: &ScenarioArgs) -> anyhow::Result<ExitCode> {
    let regressors = match &args.regressors {
        Some(file) => regressors(file)?,
        None => Vec::new(),
    };
    let request = pb::StreamScenarioRequest {
        series: args.series.clone(),
        shocks: args.shock.clone(),
        horizon: i32::from(args.horizon),
        levels: args.level.clone(),
        as_of: args.as_of.clone(),
        seed: args.seed,
        method: args.method.to_string(),
        paths: args.paths,
        currency: args.currency.clone(),
        regressors,
        version: args.place.version.version,
    };
    let mut failed = false;
    match &args.place.server {
        Some(url) => block_on(async {
            let mut client = Remote::connect(url).await?.forecasts();
            let answer = client.stream_scenario(request).await.map_err(refusal)?;
            let mut messages = answer.into_inner();
            while let Some(message) = messages.message().await.map_err(refusal)? {
                failed |= print(message, args.json)?;
            }
            Ok(())
        })?,
        None => {
            for message in here(args, request)? {
                failed |= print(message, args.json)?;
            }
        }
    }
    Ok(if failed {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

fn here(
    args: &ScenarioArgs,
    request: pb::StreamScenarioRequest,
) -> anyhow::Result<Vec<pb::StreamScenarioResponse>> {
    let Scenarios {
        scenario,
        request,
        regressors,
    } = Scenarios::try_from(request)?;
    let engine = Engine::new(Catalog::new(snapshot(
        &args.place.data,
        &args.place.version,
    )?));
    let plan = engine.plan_with(request, regressors);
    let threads = args.place.threads.pool()?;
    Ok(threads.install(|| answer(&plan, &scenario))?)
}

/// Prints a message; whether it tells of a failure.
fn print(message: pb::StreamScenarioResponse, json: bool) -> anyhow::Result<bool> {
    let Some(part) = part(message) else {
        return Ok(false);
    };
    let mut out = std::io::stdout().lock();
    match &part {
        part if json => writeln!(out, "{}", serde_json::to_string(part)?)?,
        ScenarioPart::Series(series) => writeln!(out, "{}", series.text())?,
        ScenarioPart::Failure { series, failure } => eprintln!("{series}: {}", failure.message),
        ScenarioPart::Summary { summary } => write!(out, "{}", summary.text())?,
    }
    out.flush()?;
    Ok(matches!(part, ScenarioPart::Failure { .. }))
}

fn part(message: pb::StreamScenarioResponse) -> Option<ScenarioPart> {
    Some(match message.update? {
        Update::Outcome(outcome) => ScenarioPart::Series(ScenarioSeries {
            series: outcome.key,
            last_month: outcome.last_month,
            derived: outcome.derived,
            moved: outcome.moved,
            readings: outcome.readings.into_iter().map(reading).collect(),
        }),
        Update::Failure(failure) => ScenarioPart::Failure {
            series: message.series,
            failure: Failure {
                code: failure.code,
                reason: failure.reason,
                message: failure.message,
            },
        },
        Update::Summary(summary) => ScenarioPart::Summary {
            summary: Summary {
                moved: summary.moved,
                unmoved: summary.unmoved,
                failures: summary.failures,
            },
        },
    })
}

fn reading(reading: pb::ScenarioEstimate) -> ScenarioReading {
    let of = |distribution: pb::Distribution| Distribution {
        median: distribution.median,
        intervals: distribution.intervals.into_iter().map(Into::into).collect(),
    };
    ScenarioReading {
        measure: measure(reading.measure()),
        span: reading.span,
        value_baseline: of(reading.value_baseline.unwrap_or_default()),
        value_scenario: of(reading.value_scenario.unwrap_or_default()),
        value_change: of(reading.value_change.unwrap_or_default()),
        growth_baseline: reading.growth_baseline.map(Into::into),
        growth_scenario: reading.growth_scenario.map(Into::into),
        growth_points: reading.growth_points.map(of),
    }
}

/// The regressors of a file, for all series alike.
fn regressors(file: &Path) -> anyhow::Result<Vec<pb::Regressor>> {
    let read = exog::read(file, "unique_id", "ds")?;
    let context = || {
        format!(
            "{}: expected rows for all series alike, without unique_id",
            file.display()
        )
    };
    let (first, columns) = read.of_all().with_context(context)?;
    let columns = read.names().iter().zip(columns);
    let regressor = |(name, values): (&String, Vec<f64>)| pb::Regressor {
        name: name.clone(),
        first_month: first.to_string(),
        values,
    };
    Ok(columns.map(regressor).collect())
}

/// Parses a shock; what it means is checked with the request.
fn shock(text: &str) -> Result<pb::Shock, String> {
    let example = "for example partner:MEX=-10%@2026-03..2026-12";
    let refuse = |what: &str| format!("`{text}` is no shock: {what}, {example}");
    let (left, months) = text
        .rsplit_once('@')
        .ok_or_else(|| refuse("expected months after `@`"))?;
    let (target, sizes) = left
        .rsplit_once('=')
        .ok_or_else(|| refuse("expected a size after `=`"))?;
    let (kind, name) = target
        .split_once(':')
        .ok_or_else(|| refuse("expected partner:, flow:, series:, rate: or regressor:"))?;
    let name_of = || name.trim().to_owned();
    let target = match kind.trim() {
        "partner" => Target::Partner(name_of()),
        "series" => Target::Series(name_of()),
        "rate" => Target::Rate(name_of()),
        "regressor" => Target::Regressor(name_of()),
        "flow" => {
            let flow = Flow::parse(name).map_err(|e| e.to_string())?;
            Target::Flow(pb::Flow::from(flow).into())
        }
        _ => {
            return Err(refuse(
                "expected partner:, flow:, series:, rate: or regressor:",
            ));
        }
    };
    let sizes: Vec<&str> = sizes.split(',').map(str::trim).collect();
    let in_percent = sizes.iter().all(|size| size.ends_with('%'));
    let numbers = sizes
        .iter()
        .map(|size| size.trim_end_matches('%').trim().parse());
    let numbers: Vec<f64> = numbers
        .collect::<Result<_, _>>()
        .map_err(|_| refuse("expected numbers, all with `%` or all without"))?;
    if !in_percent && sizes.iter().any(|size| size.ends_with('%')) {
        return Err(refuse("expected numbers, all with `%` or all without"));
    }
    let of_regressor = matches!(target, Target::Regressor(_));
    let mut shock = pb::Shock {
        target: Some(target),
        months: span(months).ok_or_else(|| refuse("expected months that rise"))?,
        ..Default::default()
    };
    match (in_percent, of_regressor) {
        (true, _) => shock.percent = numbers,
        (false, true) => shock.values = numbers,
        (false, false) => shock.amounts = numbers,
    }
    Ok(shock)
}

/// Months as the wire writes them: `2026-03..2026-12` becomes a time range, other notations stay.
fn span(text: &str) -> Option<String> {
    let Some((first, last)) = text.split_once("..") else {
        return Some(text.trim().to_owned());
    };
    let (first, last) = (Month::parse(first).ok()?, Month::parse(last).ok()?);
    let months = last.since(first) + 1;
    (months > 0).then(|| format!("{first}-01/P{months}M"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shock_is_read_from_its_text() {
        let found = shock("partner:MEX=-10%@2026-03..2026-12").unwrap();
        assert_eq!(found.target, Some(Target::Partner("MEX".to_owned())));
        assert_eq!(
            (found.months.as_str(), &found.percent[..]),
            ("2026-03-01/P10M", &[-10.0][..])
        );
        let found = shock("series:USA.MEX.M.TOTAL.USD=+2e9,-1e9@2026-03-01/P2M").unwrap();
        assert_eq!(
            (found.months.as_str(), &found.amounts[..]),
            ("2026-03-01/P2M", &[2e9, -1e9][..])
        );
        let found = shock("regressor:oil=70@2026").unwrap();
        assert_eq!(
            (found.values.as_slice(), found.percent.len()),
            (&[70.0][..], 0)
        );
        for (wrong, said) in [
            ("partner:MEX=-10%", "months after `@`"),
            ("partner:MEX@2026", "a size after `=`"),
            ("MEX=-10%@2026", "expected partner:"),
            ("flow:Q=-10%@2026", "no flow"),
            ("partner:MEX=ten@2026", "numbers"),
            ("partner:MEX=1%,2@2026", "all with"),
            ("partner:MEX=1%@2026-05..2026-03", "rise"),
        ] {
            let error = shock(wrong).unwrap_err();
            assert!(error.contains(said), "{error}");
        }
    }
}
