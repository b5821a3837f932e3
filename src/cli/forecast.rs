//! `tradecast forecast`: forecasts of some series, computed here or on a server.

use super::arguments::{PlaceArgs, block_on};
use super::event_args::{EventArgs, RegressorArgs};
use super::exit_codes;
use super::output::{Form, FormArgs, write_csv};
use super::projection_args::ProjectionArgs;
use super::remedy::lists_series;
use crate::catalog::{Catalog, Snapshot};
use crate::growth::GrowthMeasure;
use crate::pipeline::{
    Engine, ObservedMonth, SeriesDetail, list_series, percent, series_detail, total,
};
use crate::report::{csv, json, terminal};
use crate::service::RemoteClient;
use crate::service::RemoteServer;
use crate::service::client::{ForecastOutcome, RequestOrder};
use crate::service::convert::forecast::ForecastsRequest;
use crate::service::convert::series::{SeriesListRequest, SeriesRequest};
use crate::service::run::total_failure;
use crate::service::status::series_failure;
use anyhow::bail;
use rayon::prelude::*;
use std::collections::{HashMap, HashSet};
use std::io::Write;
use std::process::ExitCode;

/// Series that are drawn unless it is requested otherwise.
const DRAWN: usize = 3;
/// Series that are computed before they are printed.
const CHUNK: usize = 64;

#[derive(Debug, clap::Args)]
#[command(disable_version_flag = true, after_help = exit_codes::SOME_SERIES)]
pub(super) struct ForecastArgs {
    /// Series keys, for example USA.CHN.M.TOTAL.USD, or patterns such as 'USA.*.M.TOTAL.USD';
    /// `tradecast series` lists them.
    #[arg(value_name = "SERIES", required = true)]
    series: Vec<String>,
    /// Add the total over the series: sums of the same draws. Of a group and its members, or of a
    /// total and its flows, the parts count.
    #[arg(long)]
    total: bool,
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
    /// Draw each series above its table; without it, up to three series are drawn.
    #[arg(long, conflicts_with_all = ["no_chart", "json", "csv"])]
    chart: bool,
    /// Draw no series.
    #[arg(long)]
    no_chart: bool,
    #[command(flatten)]
    regressors: RegressorArgs,
    #[command(flatten)]
    events: EventArgs,
    #[command(flatten)]
    form: FormArgs,
    #[command(flatten)]
    place: PlaceArgs,
}

pub(super) fn run(args: &ForecastArgs) -> anyhow::Result<ExitCode> {
    let request = args.projection.request()?.with_measures(&args.measure)?;
    let source = match args.place.source.server() {
        Some(_) => None,
        None => Some(args.place.source.snapshot()?),
    };
    let series = args.keys(source.as_ref())?;
    let request = request.with_events(args.events.events(&series)?);
    let version = args.place.source.version();
    let regressors = args.regressors.read(&series)?;
    let request = ForecastsRequest::new(series, request, regressors, version)?;
    let request = request.with_total(args.total);
    let mut print = Print::new(args.form.form(), &request, &args.measure);
    if print.form == Form::Table && args.draws(request.series.len()) {
        print.histories = args.histories(source.as_ref(), &request)?;
    }
    match (args.place.source.server(), source) {
        (Some(url), _) => block_on(remote(url, &request, &mut print))?,
        (None, Some(snapshot)) => local(&args.place, snapshot, request, &mut print)?,
        (None, None) => {}
    }
    print.finish()?;
    Ok(if print.failed {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

impl ForecastArgs {
    /// Return the keys of the series, those that match a pattern in its place.
    fn keys(&self, snapshot: Option<&Snapshot>) -> anyhow::Result<Vec<String>> {
        let mut keys: Vec<String> = Vec::new();
        for text in &self.series {
            if !text.contains(['*', '+']) {
                keys.push(text.clone());
                continue;
            }
            let version = self.place.source.version();
            let as_of = self.projection.as_of();
            let request = SeriesListRequest::new(text, as_of, version)?;
            let found = match (snapshot, self.place.source.server()) {
                (Some(snapshot), _) => {
                    let most = snapshot.keys().len();
                    list_series(snapshot, &request.filter, request.vintage, "", most).series
                }
                (None, Some(url)) => block_on(async {
                    let client = RemoteClient::connect(url).await?;
                    Ok(client.list_series(&request).await?)
                })?,
                (None, None) => Vec::new(),
            };
            if found.is_empty() {
                bail!("no series matches `{text}`; {}", lists_series(""));
            }
            keys.extend(found.into_iter().map(|series| series.key.to_string()));
        }
        // A series that several patterns match is forecast once.
        let mut seen = HashSet::new();
        if self.series.iter().any(|text| text.contains(['*', '+'])) {
            keys.retain(|key| seen.insert(key.to_ascii_uppercase()));
        }
        Ok(keys)
    }
}

impl ForecastArgs {
    /// Return whether so many series are drawn.
    fn draws(&self, series: usize) -> bool {
        self.chart || (!self.no_chart && series <= DRAWN)
    }

    /// Return the months observed of the series that there are.
    fn histories(
        &self,
        snapshot: Option<&Snapshot>,
        request: &ForecastsRequest,
    ) -> anyhow::Result<HashMap<String, Vec<ObservedMonth>>> {
        let vintage = request.request.vintage();
        let version = self.place.source.version();
        // A series that there is not is reported with the forecasts.
        let found: Vec<SeriesDetail> = match (snapshot, self.place.source.server()) {
            (Some(snapshot), _) => {
                let keys = request.series.iter();
                let detail = |key: &String| series_detail(snapshot, key, vintage, None).ok();
                keys.filter_map(detail).collect()
            }
            (None, Some(url)) => block_on(async {
                let client = RemoteClient::connect(url).await?;
                let mut found = Vec::new();
                for key in &request.series {
                    let series = SeriesRequest::new(key.clone(), vintage, None, version)?;
                    found.extend(client.series(&series).await.ok());
                }
                Ok(found)
            })?,
            (None, None) => Vec::new(),
        };
        let by_key = found
            .into_iter()
            .map(|detail| (detail.summary.key.to_string(), detail.observations));
        Ok(by_key.collect())
    }
}

/// Compute in this process.
fn local(
    place: &PlaceArgs,
    snapshot: Snapshot,
    request: ForecastsRequest,
    print: &mut Print,
) -> anyhow::Result<()> {
    let engine = Engine::new(Catalog::new(snapshot));
    let plan = engine.plan_with(request.request, request.regressors);
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
        if request.total {
            let total = total(&plan, &request.series).map_err(|error| total_failure(&error));
            print.outcome(&total)?;
        }
        Ok(())
    })
}

/// Let a server compute.
async fn remote(
    url: RemoteServer,
    request: &ForecastsRequest,
    print: &mut Print,
) -> anyhow::Result<()> {
    let client = RemoteClient::connect(url).await?;
    let mut order = RequestOrder::new(&request.series).with_total(request.total);
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
    /// Months observed of the series that are drawn, by key.
    histories: HashMap<String, Vec<ObservedMonth>>,
    /// Tables that were printed.
    tables: usize,
    begun: bool,
    failed: bool,
    /// The first series that was requested and that there is not.
    unknown: Option<String>,
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
            histories: HashMap::new(),
            tables: 0,
            begun: false,
            failed: false,
            unknown: None,
        }
    }

    /// Say what the columns of tables mean and what lists series, once.
    fn finish(&self) -> anyhow::Result<()> {
        if let Some(key) = self.unknown.as_deref().filter(|_| self.form != Form::Json) {
            eprintln!("{}", lists_series(key));
        }
        if self.tables > 0 {
            writeln!(std::io::stdout().lock(), "{}", terminal::forecast_legend())?;
        }
        Ok(())
    }

    fn outcome(&mut self, outcome: &ForecastOutcome) -> anyhow::Result<()> {
        let mut out = super::console::stdout();
        let first = !std::mem::replace(&mut self.begun, true);
        if let Err(failure) = outcome {
            self.failed = true;
            if failure.reason == "UNKNOWN_SERIES" {
                self.unknown.get_or_insert_with(|| failure.series.clone());
            }
            if self.form != Form::Json {
                super::console::note(format_args!("{}: {}", failure.series, failure.message));
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
            (Form::Table, Ok(forecast)) => {
                let history = self.histories.get(&forecast.id);
                let chart = history.and_then(|of| terminal::level_chart(of, forecast));
                if let Some(chart) = chart {
                    writeln!(out, "{chart}")?;
                }
                writeln!(out, "{}", terminal::forecast(forecast))?;
                self.tables += 1;
            }
            (Form::Table, Err(_)) => {}
        }
        Ok(out.flush()?)
    }
}
