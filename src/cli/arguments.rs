//! Arguments that several commands share: the source of figures, the place of computing, the
//! horizon and the levels of intervals.

use crate::catalog::{Snapshot, Vintage};
use crate::ingest;
use crate::projection::NewsOfOthers;
use crate::service::convert::fields::vintage;
use crate::service::{DataSource, RemoteServer, ServiceError};
use crate::store::Store;
use crate::trade::month::parse_date;
use anyhow::{Context, bail};
use clap::Args;
use std::ffi::OsString;
use std::path::PathBuf;

/// The source of figures.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Figures")]
pub(super) struct DataArgs {
    /// Folder or file of tidy figures, see data/README.md [env: TRADECAST_DATA] [default: data].
    #[arg(long, value_name = "PATH", conflicts_with = "store")]
    pub(super) data: Option<PathBuf>,
    /// Store to read figures from, a folder or a URL (s3://bucket/folder) [env: TRADECAST_STORE].
    #[arg(long, value_name = "PLACE")]
    pub(super) store: Option<String>,
}

impl DataArgs {
    /// Return where figures are read from: the command line goes before the environment. (With
    /// clap's `env` both would count as given, and contradict each other.)
    pub(super) fn figures(&self) -> anyhow::Result<DataSource> {
        let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
        Ok(match (&self.data, &self.store) {
            (Some(data), _) => DataSource::Files(data.clone()),
            (None, Some(place)) => DataSource::Store(place.clone()),
            (None, None) => match set("TRADECAST_STORE").map(OsString::into_string) {
                Some(Ok(place)) => DataSource::Store(place),
                Some(Err(place)) => bail!("TRADECAST_STORE: expected UTF-8 text, not {place:?}"),
                None => {
                    DataSource::Files(set("TRADECAST_DATA").map_or("data".into(), PathBuf::from))
                }
            },
        })
    }
}

/// The version of a store that is read.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Figures")]
struct VersionArgs {
    /// Version of the store to read, here or on the server; `tradecast store history` lists them.
    #[arg(id = "store_version", long = "version", value_name = "NUMBER")]
    pub(super) version: Option<u64>,
}

/// The data vintage.
#[derive(Debug, Clone, Args)]
pub(super) struct AsOfArgs {
    /// Data vintage (as-of date), YYYY-MM-DD: use only what was public on this day [default: all].
    #[arg(
        long,
        value_name = "DATE",
        value_parser = day_or_none,
        default_value = "",
        hide_default_value = true
    )]
    pub(super) as_of: String,
}

impl AsOfArgs {
    /// Return the vintage.
    ///
    /// # Errors
    /// The text is no date.
    pub(super) fn vintage(&self) -> Result<Vintage, ServiceError> {
        vintage("as_of", &self.as_of)
    }
}

/// Check that a text is a day, or empty.
pub(super) fn day_or_none(text: &str) -> Result<String, String> {
    match text.trim() {
        "" => Ok(String::new()),
        day => parse_date(day)
            .map(|_| day.to_owned())
            .map_err(|error| error.to_string()),
    }
}

/// Check that a text is a day of the past, or empty.
pub(super) fn past_day_or_none(text: &str) -> Result<String, String> {
    let day = day_or_none(text)?;
    let today = time::OffsetDateTime::now_utc().date();
    match parse_date(&day) {
        Ok(since) if since > today => Err(format!("{since} lies ahead: expected an earlier day")),
        _ => Ok(day),
    }
}

/// The store that a command works on.
#[derive(Debug, Clone, Args)]
pub(super) struct StorePlace {
    /// Store, a folder or a URL (s3://bucket/folder).
    #[arg(
        long,
        value_name = "PLACE",
        env = "TRADECAST_STORE",
        default_value = "store"
    )]
    pub(super) store: String,
}

/// The forecast horizon.
#[derive(Debug, Clone, Copy, Args)]
pub(super) struct HorizonArgs {
    /// Forecast horizon in months.
    #[arg(
        long,
        value_name = "MONTHS",
        default_value_t = 12,
        value_parser = clap::value_parser!(u16).range(1..=120)
    )]
    horizon: u16,
}

impl HorizonArgs {
    /// Return the number of months.
    pub(super) fn months(self) -> u16 {
        self.horizon
    }
}

/// The levels of intervals.
#[derive(Debug, Clone, Args)]
pub(super) struct LevelArgs {
    /// Levels of the intervals in percent.
    #[arg(
        long,
        value_name = "PERCENT",
        value_delimiter = ',',
        default_value = "80,95",
        value_parser = super::output::level
    )]
    level: Vec<f64>,
}

impl LevelArgs {
    /// Return the levels in percent.
    pub(super) fn percent(&self) -> &[f64] {
        &self.level
    }
}

/// Whether newer months of other series count.
#[derive(Debug, Clone, Copy, Args)]
pub(super) struct NewsArgs {
    /// Leave out newer months of other series. Without it they move the forecast of a series that
    /// has not published these months yet, where that would have helped.
    #[arg(long)]
    alone: bool,
}

impl NewsArgs {
    /// Return whether newer months of other series count.
    pub(super) fn news(self) -> NewsOfOthers {
        NewsOfOthers::unless_alone(self.alone)
    }
}

/// The number of compute threads.
#[derive(Debug, Clone, Args)]
pub(super) struct ThreadArgs {
    /// Threads for computing; 0 for one on each core.
    #[arg(long, default_value_t = 0, env = "TRADECAST_THREADS")]
    pub(super) threads: usize,
}

impl ThreadArgs {
    /// Start the threads.
    pub(super) fn pool(&self) -> anyhow::Result<rayon::ThreadPool> {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(self.threads)
            .build();
        pool.context("cannot start threads")
    }
}

/// The source of figures, read in this process or on a server.
#[derive(Debug, Clone, Args)]
pub(super) struct SourceArgs {
    #[command(flatten)]
    data: DataArgs,
    #[command(flatten)]
    version: VersionArgs,
    #[command(flatten)]
    remote: RemoteArgs,
}

/// A server that answers instead of this process.
#[derive(Clone, Args)]
#[command(next_help_heading = "Server")]
struct RemoteArgs {
    /// Address of a server that answers instead, for example http://127.0.0.1:50051 or
    /// https://trade.example.org.
    #[arg(long, value_name = "URL", conflicts_with_all = ["data", "store"])]
    server: Option<String>,
    /// API key or token for the server; better in the environment than here.
    #[arg(
        long,
        value_name = "KEY",
        env = "TRADECAST_API_KEY",
        hide_env_values = true
    )]
    api_key: Option<String>,
    /// Authorities of the server's certificate (PEM) [default: the system's].
    #[arg(long, value_name = "FILE", env = "TRADECAST_CA")]
    ca: Option<PathBuf>,
    /// Certificate of this client (PEM), for a server that asks for one.
    #[arg(long, value_name = "FILE", requires = "client_key")]
    client_cert: Option<PathBuf>,
    /// Private key of the certificate (PEM).
    #[arg(long, value_name = "FILE", requires = "client_cert")]
    client_key: Option<PathBuf>,
}

impl std::fmt::Debug for RemoteArgs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The key is a secret.
        f.debug_struct("RemoteArgs")
            .field("server", &self.server)
            .finish_non_exhaustive()
    }
}

impl SourceArgs {
    /// The version of the store; the latest where there is none.
    pub(super) fn version(&self) -> Option<u64> {
        self.version.version
    }

    /// Return the server that answers, if one does.
    pub(super) fn server(&self) -> Option<RemoteServer> {
        let remote = &self.remote;
        Some(RemoteServer {
            url: remote.server.clone()?,
            credential: remote.api_key.clone(),
            authority: remote.ca.clone(),
            certificate: remote.client_cert.clone().zip(remote.client_key.clone()),
        })
    }

    /// Return the files that this process reads figures from; none where a store or a server has
    /// them.
    pub(super) fn files(&self) -> anyhow::Result<Option<PathBuf>> {
        if self.remote.server.is_some() {
            return Ok(None);
        }
        Ok(match self.data.figures()? {
            DataSource::Files(files) => Some(files),
            DataSource::Store(_) => None,
        })
    }

    /// Read the figures in this process.
    pub(super) fn snapshot(&self) -> anyhow::Result<Snapshot> {
        self.snapshot_at(self.version())
    }

    /// Read the figures as they were at a version of the store.
    pub(super) fn snapshot_at(&self, version: Option<u64>) -> anyhow::Result<Snapshot> {
        Ok(match self.data.figures()? {
            DataSource::Store(place) => Snapshot::of_store(Store::open(&place)?.read(version)?)?,
            DataSource::Files(_) if version.is_some() => {
                bail!("a version is one of a store: expected --store or --server")
            }
            DataSource::Files(files) => Snapshot::new(ingest::read_folder(&files)?)?,
        })
    }
}

/// The place where results are computed: this process or a server.
#[derive(Debug, Clone, Args)]
pub(super) struct PlaceArgs {
    #[command(flatten)]
    pub(super) threads: ThreadArgs,
    // Last, for options behind it would stand under its heading in the help.
    #[command(flatten)]
    pub(super) source: SourceArgs,
}

/// Run a call to its end on this thread.
pub(super) fn block_on<T>(call: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("cannot start a runtime")?
        .block_on(call)
}
