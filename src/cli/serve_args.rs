//! The options of `tradecast serve`, and the settings that they mean.

use super::arguments::DataArgs;
use super::log::{self, LogFormat};
use crate::service::access::{AccessSettings, Role};
use crate::service::admin::SetLogFilter;
use crate::service::telemetry::traces::TraceExport;
use crate::service::tls::TlsFiles;
use crate::service::{DataSource, ListenAddress, PageServer, Server, ServerSettings};
use anyhow::bail;
use clap::builder::BoolishValueParser;
use std::path::{Path, PathBuf};
use std::time::Duration;

#[derive(Debug, Clone, clap::Args)]
pub(super) struct ServeArgs {
    /// File of settings (TOML): options by their names, without the leading hyphens.
    #[arg(long, value_name = "FILE", env = "TRADECAST_CONFIG")]
    config: Option<PathBuf>,
    /// Address to listen on, HOST:PORT or unix:PATH; port 0 for any free port. A socket that
    /// systemd passes goes before it.
    #[arg(
        long,
        value_name = "ADDRESS",
        env = "TRADECAST_LISTEN",
        default_value = "127.0.0.1:50051"
    )]
    listen: ListenAddress,
    /// A further address for browsers: the page, and gRPC-Web.
    #[arg(long, value_name = "ADDRESS", env = "TRADECAST_WEB")]
    web: Option<ListenAddress>,
    /// Open the page in the browser of this machine.
    #[arg(
        long,
        env = "TRADECAST_OPEN",
        value_name = "BOOL",
        num_args = 0..=1,
        require_equals = true,
        default_value = "false",
        default_missing_value = "true",
        value_parser = BoolishValueParser::new(),
        action = clap::ArgAction::Set
    )]
    pub(super) open: bool,
    /// Address of the service that takes figures; the others then do not serve it.
    #[arg(long, value_name = "ADDRESS", env = "TRADECAST_INGEST_LISTEN")]
    ingest_listen: Option<ListenAddress>,
    /// Address for operators: live, ready, metrics, log level, drain.
    #[arg(long, value_name = "ADDRESS", env = "TRADECAST_ADMIN")]
    admin: Option<ListenAddress>,
    /// Origin whose pages may call, for example https://desk.example.org; * for any. Pages of the
    /// same origin and of loopback addresses always may.
    #[arg(
        long,
        value_name = "ORIGIN",
        env = "TRADECAST_CORS_ORIGIN",
        value_delimiter = ','
    )]
    cors_origin: Vec<String>,
    /// Further service that the page may call, for example https://trade.example.org:50051. That
    /// service must let the page call, see --cors-origin.
    #[arg(
        long,
        value_name = "ORIGIN",
        env = "TRADECAST_PAGE_SERVER",
        value_delimiter = ','
    )]
    page_server: Vec<PageServer>,
    /// Number of compute threads; 0 for all cores.
    #[arg(long, default_value_t = 0, env = "TRADECAST_THREADS")]
    threads: usize,
    /// Seconds that a client may leave a message of a stream unread before the stream ends.
    #[arg(
        long,
        value_name = "SECONDS",
        default_value_t = 30,
        value_parser = clap::value_parser!(u32).range(1..),
        env = "TRADECAST_WRITE_TIMEOUT"
    )]
    write_timeout: u32,
    /// Memory that the process may use, in MiB; without it, four fifths of what the cgroup or the
    /// machine has. Caches give way, and work that does not fit is refused.
    #[arg(
        long,
        value_name = "MIB",
        value_parser = clap::value_parser!(u64).range(64..1 << 30),
        env = "TRADECAST_MEMORY"
    )]
    memory: Option<u64>,
    #[command(flatten)]
    data: DataArgs,
    #[command(flatten)]
    security: SecurityArgs,
    #[command(flatten)]
    telemetry: TelemetryArgs,
    #[command(flatten)]
    limits: ConnectionArgs,
}

/// Who may call, and how calls are encrypted.
#[derive(Debug, Clone, clap::Args)]
struct SecurityArgs {
    /// Certificate and those that lead to its authority (PEM); read again when it changes.
    #[arg(
        long,
        value_name = "FILE",
        env = "TRADECAST_TLS_CERT",
        help_heading = "Security"
    )]
    tls_cert: Option<PathBuf>,
    /// Private key of the certificate (PEM).
    #[arg(
        long,
        value_name = "FILE",
        env = "TRADECAST_TLS_KEY",
        help_heading = "Security"
    )]
    tls_key: Option<PathBuf>,
    /// Authorities of client certificates (PEM): a client must have one, which is a credential.
    #[arg(
        long,
        value_name = "FILE",
        env = "TRADECAST_TLS_CLIENT_CA",
        help_heading = "Security"
    )]
    tls_client_ca: Option<PathBuf>,
    /// Role of client certificates that the file of API keys does not list: read, write or admin
    /// [default: none].
    #[arg(
        long,
        value_name = "ROLE",
        env = "TRADECAST_TLS_CLIENT_ROLE",
        help_heading = "Security"
    )]
    tls_client_role: Option<Role>,
    /// File of API keys' hashes; `tradecast keys new` adds to it.
    #[arg(
        long,
        value_name = "FILE",
        env = "TRADECAST_API_KEYS",
        help_heading = "Security"
    )]
    api_keys: Option<PathBuf>,
    /// File of the key that tokens (JWT) are signed with: a public key (PEM), or a secret.
    #[arg(
        long,
        value_name = "FILE",
        env = "TRADECAST_TOKEN_KEY",
        help_heading = "Security"
    )]
    token_key: Option<PathBuf>,
    /// Issuer that tokens must name.
    #[arg(
        long,
        value_name = "TEXT",
        env = "TRADECAST_TOKEN_ISSUER",
        help_heading = "Security"
    )]
    token_issuer: Option<String>,
    /// Audience that tokens must name.
    #[arg(
        long,
        value_name = "TEXT",
        env = "TRADECAST_TOKEN_AUDIENCE",
        help_heading = "Security"
    )]
    token_audience: Option<String>,
    /// Serve other machines in plaintext or without credentials.
    #[arg(
        long,
        env = "TRADECAST_INSECURE",
        value_name = "BOOL",
        num_args = 0..=1,
        require_equals = true,
        default_value = "false",
        default_missing_value = "true",
        value_parser = BoolishValueParser::new(),
        action = clap::ArgAction::Set,
        help_heading = "Security"
    )]
    insecure: bool,
    /// Let other machines read health and metrics from the address for operators.
    #[arg(
        long,
        env = "TRADECAST_INSECURE_ADMIN",
        value_name = "BOOL",
        num_args = 0..=1,
        require_equals = true,
        default_value = "false",
        default_missing_value = "true",
        value_parser = BoolishValueParser::new(),
        action = clap::ArgAction::Set,
        help_heading = "Security"
    )]
    insecure_admin: bool,
    /// Let clients ask for the contract (gRPC reflection).
    #[arg(
        long,
        env = "TRADECAST_REFLECTION",
        value_name = "BOOL",
        default_value = "true",
        value_parser = BoolishValueParser::new(),
        action = clap::ArgAction::Set,
        help_heading = "Security"
    )]
    reflection: bool,
    /// File to note writes in, a line of JSON each [default: the log].
    #[arg(
        long,
        value_name = "FILE",
        env = "TRADECAST_AUDIT_LOG",
        help_heading = "Security"
    )]
    audit_log: Option<PathBuf>,
}

/// What is logged and exported.
#[derive(Debug, Clone, clap::Args)]
struct TelemetryArgs {
    /// Format of the log.
    #[arg(
        long,
        value_enum,
        value_name = "FORMAT",
        default_value = "text",
        env = "TRADECAST_LOG_FORMAT",
        help_heading = "Telemetry"
    )]
    log_format: LogFormat,
    /// Filter of the log, for example tradecast=debug [default: $RUST_LOG, or info].
    #[arg(
        long,
        value_name = "FILTER",
        env = "TRADECAST_LOG",
        help_heading = "Telemetry"
    )]
    log: Option<String>,
    /// Log a line for every call, not only for those that are refused or fail.
    #[arg(
        long,
        env = "TRADECAST_ACCESS_LOG",
        value_name = "BOOL",
        default_value = "true",
        value_parser = BoolishValueParser::new(),
        action = clap::ArgAction::Set,
        help_heading = "Telemetry"
    )]
    access_log: bool,
    /// Address of an OpenTelemetry collector (OTLP over gRPC), for example http://127.0.0.1:4317.
    #[arg(
        long,
        value_name = "URL",
        env = "TRADECAST_OTLP",
        help_heading = "Telemetry"
    )]
    otlp: Option<String>,
}

/// Limits of connections, and of the time that they have.
#[derive(Debug, Clone, clap::Args)]
struct ConnectionArgs {
    /// Seconds that streams may go on once the service is told to stop.
    #[arg(
        long,
        value_name = "SECONDS",
        default_value_t = 5,
        env = "TRADECAST_GRACE",
        help_heading = "Connections"
    )]
    grace: u32,
    /// Connections at a time.
    #[arg(
        long,
        value_name = "NUMBER",
        default_value_t = 4096,
        value_parser = clap::value_parser!(u32).range(1..),
        env = "TRADECAST_MAX_CONNECTIONS",
        help_heading = "Connections"
    )]
    max_connections: u32,
    /// Seconds after which a connection is asked to end; it is cut when the grace is over, too. 0
    /// for never.
    #[arg(
        long,
        value_name = "SECONDS",
        default_value_t = 0,
        env = "TRADECAST_MAX_CONNECTION_AGE",
        help_heading = "Connections"
    )]
    max_connection_age: u32,
    /// Seconds for a TLS handshake, and for the first bytes of a request.
    #[arg(
        long,
        value_name = "SECONDS",
        default_value_t = 10,
        value_parser = clap::value_parser!(u32).range(1..),
        env = "TRADECAST_PREFACE_TIMEOUT",
        help_heading = "Connections"
    )]
    preface_timeout: u32,
}

impl ServeArgs {
    /// Return the source of figures.
    pub(super) fn figures(&self) -> anyhow::Result<DataSource> {
        self.data.figures()
    }

    /// Return the address of the collector of traces.
    pub(super) fn otlp(&self) -> Option<&str> {
        self.telemetry.otlp.as_deref()
    }

    /// Begin to log; return what changes the filter later.
    pub(super) fn start_log(&self, traces: Option<&TraceExport>) -> anyhow::Result<SetLogFilter> {
        let of_shell = || {
            std::env::var("RUST_LOG")
                .ok()
                .filter(|filter| !filter.is_empty())
        };
        let filter = self.telemetry.log.clone().or_else(of_shell);
        let filter = filter.as_deref().unwrap_or(log::DEFAULT_FILTER);
        log::start(self.telemetry.log_format, filter, traces)
    }

    /// Return the file of settings.
    pub(super) fn config(&self) -> Option<&Path> {
        self.config.as_deref()
    }

    /// Keep `--data` or `--store` only where each is marked as given on the command line.
    pub(super) fn with_figures_of(mut self, [data, store]: [bool; 2]) -> Self {
        if !data {
            self.data.data = None;
        }
        if !store {
            self.data.store = None;
        }
        self
    }

    /// Check what one option alone does not show.
    ///
    /// # Errors
    /// Options contradict each other, or files cannot be used.
    pub(super) fn check(&self) -> anyhow::Result<()> {
        self.data.figures()?;
        Server::check(&self.settings()?)?;
        Ok(())
    }

    /// Return the settings of the server.
    pub(super) fn settings(&self) -> anyhow::Result<ServerSettings> {
        let security = &self.security;
        let tls = match (&security.tls_cert, &security.tls_key) {
            (Some(certificate), Some(key)) => Some(TlsFiles {
                certificate: certificate.clone(),
                key: key.clone(),
                client_authority: security.tls_client_ca.clone(),
            }),
            (None, None) if security.tls_client_ca.is_some() => {
                bail!("--tls-client-ca: expected --tls-cert and --tls-key, too")
            }
            (None, None) => None,
            (Some(_), None) => bail!("--tls-cert: expected --tls-key, too"),
            (None, Some(_)) => bail!("--tls-key: expected --tls-cert, too"),
        };
        let seconds = |number: u32| Duration::from_secs(number.into());
        let limits = &self.limits;
        Ok(ServerSettings {
            web: self.web.clone(),
            ingest: self.ingest_listen.clone(),
            admin: self.admin.clone(),
            cors_origins: self.cors_origin.clone(),
            page_servers: self.page_server.clone(),
            access: AccessSettings {
                api_keys: security.api_keys.clone(),
                token_key: security.token_key.clone(),
                token_issuer: security.token_issuer.clone(),
                token_audience: security.token_audience.clone(),
                has_certificates: security.tls_client_ca.is_some(),
                certificate_role: security.tls_client_role,
            },
            tls,
            insecure: security.insecure,
            insecure_admin: security.insecure_admin,
            reflection: security.reflection,
            audit_log: security.audit_log.clone(),
            access_log: self.telemetry.access_log,
            traces: self.telemetry.otlp.is_some(),
            threads: self.threads,
            memory: self.memory.map(|mebibytes| mebibytes << 20),
            write_timeout: seconds(self.write_timeout),
            grace: seconds(limits.grace),
            max_connections: limits.max_connections as usize,
            max_connection_age: (limits.max_connection_age > 0)
                .then(|| seconds(limits.max_connection_age)),
            preface_timeout: seconds(limits.preface_timeout),
            ..ServerSettings::new(self.listen.clone())
        })
    }
}
