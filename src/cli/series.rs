//! `tradecast series`: what there is, or one series with its figures.

use super::output::{Form, FormArgs};
use super::remote::{Remote, block_on};
use super::{DataArgs, VersionArgs, snapshot};
use crate::report::series::{self, SeriesDetail, SeriesRow};
use crate::service::convert::{Asked, Listing};
use crate::service::{catalog, pb};
use std::io::Write;
use std::process::ExitCode;

#[derive(Debug, clap::Args)]
#[command(disable_version_flag = true)]
pub(super) struct SeriesArgs {
    /// Show this series with its observations and published figures, for example USA.CHN.M.TOTAL.USD.
    #[arg(value_name = "SERIES", conflicts_with = "filter")]
    key: Option<String>,
    /// List only series that pass: parts of a key, alternatives by +, an empty part matches all (USA.CHN+MEX..TOTAL).
    #[arg(long, value_name = "FILTER", default_value = "")]
    filter: String,
    /// Show what was public on this day, YYYY-MM-DD.
    #[arg(long, value_name = "DATE", default_value = "")]
    as_of: String,
    /// Show one series in this currency, for example CNY.
    #[arg(long, value_name = "CODE", default_value = "", requires = "key")]
    currency: String,
    #[command(flatten)]
    form: FormArgs,
    #[command(flatten)]
    data: DataArgs,
    #[command(flatten)]
    version: VersionArgs,
    /// Ask this server instead, for example http://127.0.0.1:50051.
    #[arg(long, value_name = "URL", conflicts_with_all = ["data", "store"])]
    server: Option<String>,
}

pub(super) fn run(args: &SeriesArgs) -> anyhow::Result<ExitCode> {
    match &args.key {
        Some(key) => print_one(&one(args, key)?, args.form.form())?,
        None => print_list(&list(args)?, args.form.form())?,
    }
    Ok(ExitCode::SUCCESS)
}

fn one(args: &SeriesArgs, key: &str) -> anyhow::Result<SeriesDetail> {
    let request = pb::GetSeriesRequest {
        key: key.to_owned(),
        as_of: args.as_of.clone(),
        currency: args.currency.clone(),
        version: args.version.version,
    };
    match &args.server {
        Some(url) => block_on(async { Remote::connect(url).await?.get(request).await }),
        None => {
            let asked = Asked::try_from(request)?;
            Ok(catalog::get(&snapshot(&args.data, &args.version)?, &asked)?.into())
        }
    }
}

fn list(args: &SeriesArgs) -> anyhow::Result<Vec<SeriesRow>> {
    let request = pb::ListSeriesRequest {
        filter: args.filter.clone(),
        as_of: args.as_of.clone(),
        version: args.version.version,
        ..Default::default()
    };
    if let Some(url) = &args.server {
        return block_on(async { Remote::connect(url).await?.list(request).await });
    }
    let mut listing = Listing::try_from(request)?;
    let snapshot = snapshot(&args.data, &args.version)?;
    listing.page_size = snapshot.keys().len();
    let page = catalog::list(&snapshot, &listing);
    Ok(page.series.into_iter().map(Into::into).collect())
}

fn print_list(rows: &[SeriesRow], form: Form) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    match form {
        Form::Table => writeln!(out, "{}", series::list(rows))?,
        Form::Json => {
            for row in rows {
                writeln!(out, "{}", serde_json::to_string(row)?)?;
            }
        }
        Form::Csv => {
            let mut csv = csv::Writer::from_writer(out);
            csv.write_record(SeriesRow::CSV_HEADER)?;
            for row in rows {
                csv.write_record(row.csv_row())?;
            }
            csv.flush()?;
        }
    }
    Ok(())
}

fn print_one(detail: &SeriesDetail, form: Form) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    match form {
        Form::Table => write!(out, "{}", detail.text())?,
        Form::Json => writeln!(out, "{}", serde_json::to_string(detail)?)?,
        Form::Csv => {
            let mut csv = csv::Writer::from_writer(out);
            csv.write_record(SeriesDetail::CSV_HEADER)?;
            for row in detail.csv_rows() {
                csv.write_record(row)?;
            }
            csv.flush()?;
        }
    }
    Ok(())
}
