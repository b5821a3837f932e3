//! `tradecast forecast`: forecasts of some series, computed here or on a server.

use super::arguments::{PlaceArgs, block_on};
use super::output::{Form, FormArgs, write_csv};
use super::projection_args::ProjectionArgs;
use crate::catalog::Catalog;
use crate::growth::GrowthMeasure;
use crate::pipeline::{Engine, percent};
use crate::report::{csv, json, terminal};
use crate::service::RemoteClient;
use crate::service::client::{ForecastOutcome, RequestOrder};
use crate::service::convert::forecast::ForecastsRequest;
use crate::service::status::series_failure;
use rayon::prelude::*;
use std::io::Write;
use std::process::ExitCode;

/// Series that are computed before they are printed.
const CHUNK: usize = 64;

#[derive(Debug, clap::Args)]
#[command(disable_version_flag = true)]
pub(super) struct ForecastArgs {
    /// Series keys, for example USA.CHN.M.TOTAL.USD; `tradecast series` lists them.
    #[arg(value_name = "SERIES", required = true)]
    series: Vec<String>,
    #[command(flatten)]
    projection: ProjectionArgs,
    /// Growth measures: month, year-to-date, year, trailing-twelve-months, quarter, carry-over,
    /// momentum, momentum-three-months [default: the first four].
    #[arg(
        long,
        value_name = "MEASURE",
        value_delimiter = ',',
        value_parser = super::output::measure
    )]
    measure: Vec<GrowthMeasure>,
    #[command(flatten)]
    form: FormArgs,
    #[command(flatten)]
    place: PlaceArgs,
}

pub(super) fn run(args: &ForecastArgs) -> anyhow::Result<ExitCode> {
    let request = args.projection.request()?.with_measures(&args.measure)?;
    let version = args.place.source.version();
    let request = ForecastsRequest::new(args.series.clone(), request, version)?;
    let mut print = Print::new(args.form.form(), &request, &args.measure);
    match &args.place.source.server {
        Some(url) => block_on(remote(url, &request, &mut print))?,
        None => local(&args.place, request, &mut print)?,
    }
    Ok(if print.failed {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

/// Compute in this process.
fn local(place: &PlaceArgs, request: ForecastsRequest, print: &mut Print) -> anyhow::Result<()> {
    let snapshot = place.source.snapshot()?;
    let plan = Engine::new(Catalog::new(snapshot)).plan(request.request);
    let threads = place.threads.pool()?;
    threads.install(|| {
        let plan = plan.prepare();
        let run = |key: &String| plan.run(key).map_err(|error| series_failure(key, &error));
        for chunk in request.series.chunks(CHUNK) {
            let outcomes: Vec<ForecastOutcome> = chunk.par_iter().map(run).collect();
            for outcome in &outcomes {
                print.outcome(outcome)?;
            }
        }
        Ok(())
    })
}

/// Let a server compute.
async fn remote(url: &str, request: &ForecastsRequest, print: &mut Print) -> anyhow::Result<()> {
    let client = RemoteClient::connect(url).await?;
    let mut order = RequestOrder::new(&request.series);
    let take = async |outcome| {
        let mut due = order.add(outcome).into_iter();
        due.try_for_each(|outcome| print.outcome(&outcome))
    };
    client.forecast(request, take).await?;
    Ok(order.finish()?)
}

/// Prints outcomes one after another.
struct Print {
    form: Form,
    /// Levels in percent, as results order them.
    levels: Vec<f64>,
    /// The measures that CSV spells out.
    measures: Vec<GrowthMeasure>,
    begun: bool,
    failed: bool,
}

impl Print {
    fn new(form: Form, request: &ForecastsRequest, measures: &[GrowthMeasure]) -> Self {
        let levels = request.request.levels().iter();
        Self {
            form,
            levels: levels.map(|level| percent(*level)).collect(),
            measures: match measures {
                [] => GrowthMeasure::USUAL.to_vec(),
                measures => measures.to_vec(),
            },
            begun: false,
            failed: false,
        }
    }

    fn outcome(&mut self, outcome: &ForecastOutcome) -> anyhow::Result<()> {
        let mut out = std::io::stdout().lock();
        let first = !std::mem::replace(&mut self.begun, true);
        if let Err(failure) = outcome {
            self.failed = true;
            if self.form != Form::Json {
                eprintln!("{}: {}", failure.series, failure.message);
            }
        }
        match (self.form, outcome) {
            (Form::Json, Ok(forecast)) => writeln!(out, "{}", json::forecast(forecast))?,
            (Form::Json, Err(failure)) => writeln!(out, "{}", json::failure(failure))?,
            (Form::Csv, outcome) => {
                let header = first.then(|| csv::forecast_header(&self.levels, &self.measures));
                let forecast = outcome.as_ref().ok().into_iter();
                let rows = forecast.flat_map(|of| csv::forecast_rows(of, &self.measures));
                write_csv(&mut out, header, rows)?;
            }
            (Form::Table, Ok(forecast)) => writeln!(out, "{}", terminal::forecast(forecast))?,
            (Form::Table, Err(_)) => {}
        }
        Ok(out.flush()?)
    }
}
