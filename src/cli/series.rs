//! `tradecast series`: a list of series, or one series with its figures.

use super::arguments::{AsOfArgs, SourceArgs, block_on};
use super::output::{Form, FormArgs, write_csv};
use super::remedy::lists_series;
use crate::pipeline::{SeriesDetail, SeriesSummary, list_series, series_detail};
use crate::report::{csv, json, terminal};
use crate::service::RemoteClient;
use crate::service::convert::fields::currency;
use crate::service::convert::series::{SeriesListRequest, SeriesRequest};
use std::io::Write;
use std::process::ExitCode;

#[derive(Debug, clap::Args)]
#[command(disable_version_flag = true)]
pub(super) struct SeriesArgs {
    /// Series key, for example USA.CHN.M.TOTAL.USD: show its observations and published figures.
    #[arg(value_name = "SERIES", conflicts_with = "filter")]
    key: Option<String>,
    /// List only series whose keys match: parts of a key, alternatives separated by +, an empty
    /// part matches all (USA.CHN+MEX..TOTAL).
    #[arg(
        long,
        value_name = "FILTER",
        default_value = "",
        hide_default_value = true
    )]
    filter: String,
    #[command(flatten)]
    as_of: AsOfArgs,
    /// Currency code, for example CNY: convert the values of the series.
    #[arg(
        long,
        value_name = "CODE",
        default_value = "",
        hide_default_value = true,
        requires = "key"
    )]
    currency: String,
    #[command(flatten)]
    form: FormArgs,
    #[command(flatten)]
    source: SourceArgs,
}

pub(super) fn run(args: &SeriesArgs) -> anyhow::Result<ExitCode> {
    match &args.key {
        Some(key) => print_detail(&detail(args, key)?, args.form.form())?,
        None => {
            let found = list(args)?;
            if found.is_empty() && !args.filter.is_empty() {
                super::console::note(format_args!(
                    "no series matches `{}`; {}",
                    args.filter,
                    lists_series("")
                ));
            }
            print_list(&found, args.form.form())?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn detail(args: &SeriesArgs, key: &str) -> anyhow::Result<SeriesDetail> {
    let request = SeriesRequest::new(
        key.to_owned(),
        args.as_of.vintage()?,
        currency(&args.currency)?,
        args.source.version(),
    )?;
    if let Some(url) = args.source.server() {
        return block_on(async { Ok(RemoteClient::connect(url).await?.series(&request).await?) });
    }
    let snapshot = args.source.snapshot()?;
    let (vintage, currency) = (request.vintage, request.currency);
    Ok(series_detail(&snapshot, &request.key, vintage, currency)?)
}

fn list(args: &SeriesArgs) -> anyhow::Result<Vec<SeriesSummary>> {
    let request = SeriesListRequest::new(&args.filter, &args.as_of.as_of, args.source.version())?;
    if let Some(url) = args.source.server() {
        return block_on(async {
            let client = RemoteClient::connect(url).await?;
            Ok(client.list_series(&request).await?)
        });
    }
    let snapshot = args.source.snapshot()?;
    let most = snapshot.keys().len();
    Ok(list_series(&snapshot, &request.filter, request.vintage, "", most).series)
}

fn print_list(series: &[SeriesSummary], form: Form) -> anyhow::Result<()> {
    let mut out = super::console::stdout();
    match form {
        Form::Table => writeln!(out, "{}", terminal::series_list(series))?,
        Form::Json => {
            for series in series {
                writeln!(out, "{}", json::series_summary(series))?;
            }
        }
        Form::Csv => {
            let rows = series.iter().map(csv::list_row);
            write_csv(&mut out, Some(csv::LIST_HEADER), rows)?;
        }
    }
    Ok(())
}

fn print_detail(detail: &SeriesDetail, form: Form) -> anyhow::Result<()> {
    let mut out = super::console::stdout();
    match form {
        Form::Table => write!(out, "{}", terminal::series_detail(detail))?,
        Form::Json => writeln!(out, "{}", json::series_detail(detail))?,
        Form::Csv => {
            let rows = csv::detail_rows(detail);
            write_csv(&mut out, Some(csv::DETAIL_HEADER), rows)?;
        }
    }
    Ok(())
}
