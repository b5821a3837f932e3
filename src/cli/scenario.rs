//! `tradecast scenario`: forecasts if a partner, a flow, a series, the exchange rate or a regressor
//! took another course.

use super::arguments::{PlaceArgs, block_on};
use super::event_args::{EventArgs, RegressorArgs, months_text};
use super::projection_args::ProjectionArgs;
use crate::catalog::Catalog;
use crate::pipeline::scenario::{Shock, ShockSize, ShockTarget};
use crate::pipeline::{Engine, run_scenario};
use crate::report::{json, terminal};
use crate::service::convert::fields::currency;
use crate::service::convert::scenario::{ScenarioRequest, ScenarioUpdate};
use crate::service::scenario::failures;
use crate::service::{RemoteClient, ServiceError};
use crate::trade::{Code, Currency, Flow, SeriesKey, Span};
use std::io::Write;
use std::process::ExitCode;

#[derive(Debug, clap::Args)]
#[command(disable_version_flag = true)]
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
    /// Print JSON, one object for each line.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    place: PlaceArgs,
}

impl ScenarioArgs {
    fn request(&self) -> anyhow::Result<ScenarioRequest> {
        let events = self.events.events(&self.series)?;
        Ok(ScenarioRequest::new(
            self.series.clone(),
            self.shock.clone(),
            ShockText::shock,
            currency(&self.currency)?,
            self.projection.request()?.with_events(events),
            self.regressors.read()?,
            self.place.source.version(),
        )?)
    }
}

pub(super) fn run(args: &ScenarioArgs) -> anyhow::Result<ExitCode> {
    let request = args.request()?;
    let mut failed = false;
    let take = |update: ScenarioUpdate| {
        failed |= matches!(update, ScenarioUpdate::Failure(_));
        print(&update, args.json)
    };
    match args.place.source.server() {
        Some(url) => {
            block_on(async {
                RemoteClient::connect(url)
                    .await?
                    .scenario(&request, take)
                    .await
            })?;
        }
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
        let result =
            run_scenario(&plan.prepare(), &request.scenario).map_err(ServiceError::from)?;
        let failures = failures(&result).map(ScenarioUpdate::Failure);
        let series = (0..result.series().len()).filter_map(|k| result.series_outcome(k));
        let summary = ScenarioUpdate::Summary(result.summary());
        let parts = failures.chain(series.map(ScenarioUpdate::Series));
        Ok(parts.chain([summary]).collect())
    })
}

fn print(update: &ScenarioUpdate, json: bool) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    match (update, json) {
        (ScenarioUpdate::Series(series), true) => {
            writeln!(out, "{}", json::scenario_series(series))?;
        }
        (ScenarioUpdate::Series(series), false) => {
            writeln!(out, "{}", terminal::scenario_series(series))?;
        }
        (ScenarioUpdate::Failure(failure), true) => writeln!(out, "{}", json::failure(failure))?,
        (ScenarioUpdate::Failure(failure), false) => {
            eprintln!("{}: {}", failure.series, failure.message);
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

/// A shock as it is written on the command line; what it means is checked with the request.
#[derive(Debug, Clone, PartialEq)]
struct ShockText {
    kind: TargetKind,
    name: String,
    months: String,
    numbers: Vec<f64>,
    in_percent: bool,
}

/// The kind of a shock's target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum TargetKind {
    Partner,
    Flow(Flow),
    Series,
    Rate,
    Regressor,
}

impl ShockText {
    /// Split a text into target, sizes and months.
    fn parse(text: &str) -> Result<Self, String> {
        let example = "for example partner:MEX=-10%@2026-03..2026-12";
        let refuse = |what: &str| format!("`{text}` is no shock: {what}, {example}");
        let kinds = "expected partner:, flow:, series:, rate: or regressor:";
        let (left, months) = text
            .rsplit_once('@')
            .ok_or_else(|| refuse("expected months after `@`"))?;
        let (target, sizes) = left
            .rsplit_once('=')
            .ok_or_else(|| refuse("expected a size after `=`"))?;
        let (kind, name) = target.split_once(':').ok_or_else(|| refuse(kinds))?;
        let kind = match kind.trim() {
            "partner" => TargetKind::Partner,
            "series" => TargetKind::Series,
            "rate" => TargetKind::Rate,
            "regressor" => TargetKind::Regressor,
            "flow" => TargetKind::Flow(Flow::parse(name).map_err(|e| e.to_string())?),
            _ => return Err(refuse(kinds)),
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
        Ok(Self {
            kind,
            name: name.trim().to_owned(),
            months: months_text(months).ok_or_else(|| refuse("expected months that rise"))?,
            numbers,
            in_percent,
        })
    }

    /// Return the shock, or say what is wrong with it.
    fn shock(self) -> Result<Shock, String> {
        let name = self.name.as_str();
        let target = match self.kind {
            TargetKind::Partner => {
                ShockTarget::Partner(Code::parse(name).map_err(|e| e.to_string())?)
            }
            TargetKind::Flow(flow) => ShockTarget::Flow(flow),
            TargetKind::Series => {
                ShockTarget::Series(SeriesKey::parse(name).map_err(|e| e.to_string())?)
            }
            TargetKind::Rate => {
                ShockTarget::Rate(Currency::parse(name).map_err(|e| e.to_string())?)
            }
            TargetKind::Regressor => ShockTarget::Regressor(self.name),
        };
        let months = Span::parse(&self.months).map_err(|e| e.to_string())?;
        let size = match (self.in_percent, self.kind) {
            (true, _) => ShockSize::Percent(self.numbers),
            (false, TargetKind::Regressor) => ShockSize::Value(self.numbers),
            (false, _) => ShockSize::Amount(self.numbers),
        };
        Shock::new(target, size, months).map_err(|e| e.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shock_is_read_from_its_text() {
        let parsed = |text: &str| ShockText::parse(text).unwrap();
        let found = parsed("partner:MEX=-10%@2026-03..2026-12");
        assert_eq!(found.kind, TargetKind::Partner);
        assert_eq!(found.months, "2026-03-01/P10M");
        let shock = found.shock().unwrap();
        assert_eq!(
            shock.target(),
            &ShockTarget::Partner(Code::parse("MEX").unwrap())
        );
        assert_eq!(shock.size(), &ShockSize::Percent(vec![-10.0]));
        let shock = parsed("series:USA.MEX.M.TOTAL.USD=+2e9,-1e9@2026-03-01/P2M").shock();
        let shock = shock.unwrap();
        assert_eq!(shock.months().to_string(), "2026-03-01/P2M");
        assert_eq!(shock.size(), &ShockSize::Amount(vec![2e9, -1e9]));
        let shock = parsed("regressor:oil=70@2026").shock().unwrap();
        assert_eq!(shock.size(), &ShockSize::Value(vec![70.0]));
        for (wrong, expected) in [
            ("partner:MEX=-10%", "months after `@`"),
            ("partner:MEX@2026", "a size after `=`"),
            ("MEX=-10%@2026", "expected partner:"),
            ("flow:Q=-10%@2026", "no flow"),
            ("partner:MEX=ten@2026", "numbers"),
            ("partner:MEX=1%,2@2026", "all with"),
            ("partner:MEX=1%@2026-05..2026-03", "rise"),
        ] {
            let error = ShockText::parse(wrong).unwrap_err();
            assert!(error.contains(expected), "{error}");
        }
    }
}
