//! `tradecast forecast`: forecasts of some series, made here or on a server.

use super::output::{Form, FormArgs};
use super::remote::{Assembly, InOrder, Remote, block_on};
use super::{PlaceArgs, snapshot};
use crate::catalog::Catalog;
use crate::growth::GrowthMeasure;
use crate::pipeline::Engine;
use crate::projection::Method;
use crate::report::forecast::MEASURES;
use crate::report::{Forecast, Outcome};
use crate::service::convert::Forecasts;
use crate::service::pb;
use crate::service::run::messages;
use rayon::prelude::*;
use std::io::Write;
use std::process::ExitCode;

/// Series that are computed before they are printed.
const CHUNK: usize = 64;

#[derive(Debug, clap::Args)]
#[command(disable_version_flag = true)]
pub(super) struct ForecastArgs {
    /// Series, for example USA.CHN.M.TOTAL.USD; `tradecast series` lists them.
    #[arg(value_name = "SERIES", required = true)]
    series: Vec<String>,
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
    /// Growth readings: month, year-to-date, year, trailing-twelve-months, quarter, carry-over, momentum, momentum-three-months; the first four
    /// where none is named.
    #[arg(long, value_name = "MEASURE", value_delimiter = ',', value_parser = super::output::measure)]
    measure: Vec<GrowthMeasure>,
    #[command(flatten)]
    form: FormArgs,
    #[command(flatten)]
    place: PlaceArgs,
}

pub(super) fn run(args: &ForecastArgs) -> anyhow::Result<ExitCode> {
    let mut print = Print::new(args.form.form(), &args.level, &args.measure);
    let request = pb::StreamForecastsRequest {
        series: args.series.clone(),
        horizon: i32::from(args.horizon),
        levels: args.level.clone(),
        as_of: args.as_of.clone(),
        seed: args.seed,
        method: args.method.to_string(),
        paths: args.paths,
        measures: args
            .measure
            .iter()
            .map(|measure| pb::GrowthMeasure::from(*measure).into())
            .collect(),
        version: args.place.version.version,
    };
    match &args.place.server {
        Some(url) => block_on(there(url, request, &mut print))?,
        None => here(args, request, &mut print)?,
    }
    Ok(if print.failed {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

/// Computes in this process.
fn here(
    args: &ForecastArgs,
    request: pb::StreamForecastsRequest,
    print: &mut Print,
) -> anyhow::Result<()> {
    let Forecasts { series, request } = Forecasts::try_from(request)?;
    let plan = Engine::new(Catalog::new(snapshot(
        &args.place.data,
        &args.place.version,
    )?))
    .plan(request);
    let threads = args.place.threads.pool()?;
    threads.install(|| {
        plan.prepare();
        for chunk in series.chunks(CHUNK) {
            let outcomes: Vec<_> = chunk.par_iter().map(|key| messages(&plan, key)).collect();
            let mut assembly = Assembly::default();
            for outcome in outcomes
                .into_iter()
                .flatten()
                .filter_map(|m| assembly.add(m))
            {
                print.outcome(&outcome)?;
            }
        }
        Ok(())
    })
}

/// Lets a server compute.
async fn there(
    url: &str,
    request: pb::StreamForecastsRequest,
    print: &mut Print,
) -> anyhow::Result<()> {
    let remote = Remote::connect(url).await?;
    let mut order = InOrder::new(&request.series);
    let take = async |outcome| {
        let mut due = order.add(outcome).into_iter();
        due.try_for_each(|outcome| print.outcome(&outcome))
    };
    remote.forecast(request, take).await?;
    order.finish()
}

/// Prints outcomes one after another.
struct Print {
    form: Form,
    /// Levels in percent, as results order them.
    levels: Vec<f64>,
    /// The measures that CSV spells out.
    measures: Vec<&'static str>,
    begun: bool,
    failed: bool,
}

impl Print {
    fn new(form: Form, levels: &[f64], measures: &[GrowthMeasure]) -> Self {
        let mut levels = levels.to_vec();
        levels.sort_by(f64::total_cmp);
        levels.dedup();
        Self {
            form,
            levels,
            measures: match measures {
                [] => MEASURES.to_vec(),
                asked => asked.iter().map(|measure| measure.name()).collect(),
            },
            begun: false,
            failed: false,
        }
    }

    fn outcome(&mut self, outcome: &Outcome) -> anyhow::Result<()> {
        let mut out = std::io::stdout().lock();
        let first = !std::mem::replace(&mut self.begun, true);
        if let Outcome::Failure { series, failure } = outcome {
            self.failed = true;
            if self.form != Form::Json {
                eprintln!("{series}: {}", failure.message);
            }
        }
        match (self.form, outcome) {
            (Form::Json, outcome) => writeln!(out, "{}", serde_json::to_string(outcome)?)?,
            (Form::Csv, outcome) => {
                let mut csv = csv::Writer::from_writer(&mut out);
                if first {
                    csv.write_record(Forecast::csv_header(&self.levels, &self.measures))?;
                }
                if let Outcome::Forecast(forecast) = outcome {
                    for row in forecast.csv_rows(&self.measures) {
                        csv.write_record(row)?;
                    }
                }
                csv.flush()?;
            }
            (Form::Table, Outcome::Forecast(forecast)) => writeln!(out, "{}", forecast.text())?,
            (Form::Table, Outcome::Failure { .. }) => {}
        }
        Ok(out.flush()?)
    }
}
