//! `tradecast demo`: the service and a client of it in one process, over gRPC as over a network.

use super::arguments::DataArgs;
use super::serve::{interrupted, open_page};
use crate::catalog::Vintage;
use crate::pipeline::{ForecastRequest, SeriesSummary};
use crate::projection::Method;
use crate::report::{json, terminal, words};
use crate::service::client::ForecastOutcome;
use crate::service::convert::forecast::ForecastsRequest;
use crate::service::convert::series::{SeriesListRequest, SeriesRequest};
use crate::service::{
    DataSource, PageServer, RemoteClient, ServedAddresses, Server, ServerSettings,
};
use crate::store::Store;
use anyhow::{Context, bail};
use std::io::Write;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;
use tokio::sync::oneshot;

/// Series that are shown at most.
const SHOWN: usize = 4;
/// Series are shown that end within so many months of the one that ends last.
const RECENT: i32 = 12;
/// Months ahead.
const HORIZON: i64 = 12;

#[derive(Debug, clap::Args)]
pub(super) struct DemoArgs {
    /// Serve the page until it is interrupted, instead of printing forecasts.
    #[arg(long)]
    web: bool,
    /// Open the page in the browser of this machine.
    #[arg(long, requires = "web")]
    open: bool,
    /// Service that the page shows instead, for example https://trade.example.org:50051. It must
    /// let pages of this machine call, as `tradecast serve` does.
    #[arg(long, value_name = "URL", requires = "web")]
    server: Option<PageServer>,
    /// Print JSON, one object for each series, and nothing else.
    #[arg(long, conflicts_with = "web")]
    json: bool,
    #[command(flatten)]
    data: DataArgs,
}

pub(super) fn run(args: &DemoArgs) -> anyhow::Result<ExitCode> {
    let figures = args.data.figures()?;
    // A server would create a store where there is none; here a missing store is a mistake.
    if let DataSource::Store(place) = &figures {
        Store::open(place)?;
    }
    let runtime = tokio::runtime::Runtime::new().context("cannot start a runtime")?;
    if args.web {
        runtime.block_on(serve_page(figures, args.server.as_ref(), args.open))?;
        return Ok(ExitCode::SUCCESS);
    }
    runtime.block_on(async {
        let server = Server::bind(ServerSettings::new("127.0.0.1:0".parse()?)).await?;
        let (ready, is_ready) = oneshot::channel();
        let (stop, stopped) = oneshot::channel::<()>();
        let serve = server.run(
            figures,
            |addresses| {
                // The client that waits for this lives as long as the server.
                let _ = ready.send(addresses.listen);
            },
            // A client that is gone stops the server, too.
            async { drop(stopped.await) },
        );
        let call = async {
            // Without an address the server has failed, and its error is the one to show.
            if let Ok(address) = is_ready.await {
                let client = RemoteClient::connect(address.to_string().as_str()).await?;
                if args.json {
                    show_json(&client).await?;
                } else {
                    say(&format!("The service is listening on {address}.\n"))?;
                    show(&client).await?;
                }
            }
            drop(stop);
            anyhow::Ok(())
        };
        let (served, shown) = tokio::join!(serve, call);
        served?;
        shown
    })?;
    if !args.json {
        say(&what_next())?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Serve the page on a free port until the program is interrupted.
async fn serve_page(
    figures: DataSource,
    other: Option<&PageServer>,
    open: bool,
) -> anyhow::Result<()> {
    let stop = interrupted()?;
    let server = Server::bind(ServerSettings {
        page_servers: other.into_iter().cloned().collect(),
        ..ServerSettings::new("127.0.0.1:0".parse()?)
    });
    let server = server.await?;
    let query = other.map_or("outlook=CHN.CA5".to_owned(), |other| {
        format!("server={other}")
    });
    let announce = |addresses: ServedAddresses| {
        let page = format!("http://{}/?{query}", addresses.listen);
        // A reader that has left needs no address; the service continues.
        let _ = say(&format!("The page is at {page}\nStop it with Ctrl-C."));
        if open {
            open_page(&page);
        }
    };
    server.run(figures, announce, stop).await?;
    Ok(())
}

/// Return a request for forecasts of series that end recently.
async fn recent(client: &RemoteClient) -> anyhow::Result<ForecastsRequest> {
    let list = SeriesListRequest::new("", "", None)?;
    let series = most_recent(client.list_series(&list).await?);
    if series.is_empty() {
        bail!("there is no series to forecast");
    }
    let paths = i64::try_from(ForecastRequest::PATHS)?;
    let (all, auto) = (Vintage::Latest, Method::Auto);
    let request = ForecastRequest::new(HORIZON, &[], all, 0, auto, paths)?;
    Ok(ForecastsRequest::new(
        series,
        request,
        Arc::default(),
        None,
    )?)
}

/// Forecast series that end recently, and print each as an object of JSON.
async fn show_json(client: &RemoteClient) -> anyhow::Result<()> {
    let take = async |outcome: ForecastOutcome| match outcome {
        Ok(forecast) => say(&json::forecast(&forecast)),
        Err(failure) => say(&json::failure(&failure)),
    };
    client.forecast(&recent(client).await?, take).await?;
    Ok(())
}

/// Forecast series that end recently, and show each as it comes.
async fn show(client: &RemoteClient) -> anyhow::Result<()> {
    let request = recent(client).await?;
    say(&format!(
        "StreamForecasts of {} series, {HORIZON} months ahead, each shown as it comes:\n",
        request.series.len()
    ))?;
    let begun = Instant::now();
    let mut years = Vec::new();
    let take = async |outcome: ForecastOutcome| {
        match outcome {
            Ok(forecast) => {
                let history = SeriesRequest::new(forecast.id.clone(), Vintage::Latest, None, None)?;
                let history = client.series(&history).await?.observations;
                say(&terminal::forecast(&forecast))?;
                if let Some(chart) = terminal::growth_chart(&history, &forecast) {
                    say(&chart)?;
                }
                let of = forecast.years.iter();
                years.extend(of.map(|year| words::year(&forecast.id, year)));
            }
            Err(failure) => say(&format!("{}: {}\n", failure.series, failure.message))?,
        }
        anyhow::Ok(())
    };
    client.forecast(&request, take).await?;
    say(&format!(
        "All came within {} ms.",
        begun.elapsed().as_millis()
    ))?;
    say("\nThe years that these months complete:")?;
    years.iter().try_for_each(|year| say(&format!("  {year}")))
}

/// Return the keys of series that end recently, those with the longest history first.
fn most_recent(mut series: Vec<SeriesSummary>) -> Vec<String> {
    let last = |series: &SeriesSummary| series.months.map(|(_, last)| last);
    let Some(latest) = series.iter().filter_map(last).max() else {
        return Vec::new();
    };
    series.retain(|series| last(series).is_some_and(|month| latest.since(month) <= RECENT));
    series.sort_by_key(|series| std::cmp::Reverse(series.observed));
    series
        .iter()
        .take(SHOWN)
        .map(|series| series.key.to_string())
        .collect()
}

/// Return commands to try next, each with what it shows.
fn what_next() -> String {
    let program = std::env::args().next();
    let program = program.as_deref().unwrap_or("tradecast");
    let commands = [
        ("series", "what there is"),
        (
            "forecast USA.CHN.M.TOTAL.USD --horizon 24",
            "one series, two years ahead",
        ),
        (
            "forecast USA.CHN.M.TOTAL.USD --as-of 2025-03-31",
            "as it looked on a day",
        ),
        ("serve", "the service, for any gRPC client"),
        (
            "batch --input FILE --out FILE",
            "every series of your own file",
        ),
    ];
    let line = |(command, shows)| format!("\n  {program} {command:<50}{shows}");
    let lines: String = commands.into_iter().map(line).collect();
    format!("\nWhat to try next:{lines}")
}

/// Print a line at once, so that each series is seen as it comes.
fn say(text: &str) -> anyhow::Result<()> {
    let mut out = super::console::stdout();
    writeln!(out, "{text}")?;
    Ok(out.flush()?)
}
