//! The settings of a server, checked once.

use super::access::AccessSettings;
use super::listen::ListenAddress;
use super::page_server::PageServer;
use super::tls::TlsFiles;
use std::path::PathBuf;
use std::time::Duration;

/// The settings of a server.
#[derive(Debug, Clone)]
pub struct ServerSettings {
    /// The listener of every RPC.
    pub listen: ListenAddress,
    /// A further listener, for browsers.
    pub web: Option<ListenAddress>,
    /// A listener of `IngestService`, which the others then do not serve.
    pub ingest: Option<ListenAddress>,
    /// Origins of pages that may call, besides the same one and those of loopback addresses.
    pub cors_origins: Vec<String>,
    /// Further services that the page may call.
    pub page_servers: Vec<PageServer>,
    /// TLS on all TCP listeners but that of operators.
    pub tls: Option<TlsFiles>,
    /// Who may call.
    pub access: AccessSettings,
    /// Serve although others could read or call without a credential.
    pub insecure: bool,
    /// The listener of operators.
    pub admin: Option<ListenAddress>,
    /// Let others than this machine read from the listener of operators.
    pub insecure_admin: bool,
    /// The file that writes are noted in, instead of the log.
    pub audit_log: Option<PathBuf>,
    /// Whether calls that went well have a line in the log.
    pub access_log: bool,
    /// Whether calls have spans.
    pub traces: bool,
    /// Whether clients can ask for the contract.
    pub reflection: bool,
    /// Compute threads; 0 for one per core.
    pub threads: usize,
    /// Memory that the process holds itself to, in bytes; four fifths of the machine's without it.
    pub memory: Option<u64>,
    /// How long a message of a stream waits for its client.
    pub write_timeout: Duration,
    /// How long streams may go on once the server drains.
    pub grace: Duration,
    /// The most connections at a time.
    pub max_connections: usize,
    /// The age at which a connection is asked to end, if it is; it is cut after a grace.
    pub max_connection_age: Option<Duration>,
    /// The time for a TLS handshake and for the first bytes of HTTP.
    pub preface_timeout: Duration,
}

impl ServerSettings {
    /// Return the settings of a server for this machine alone.
    pub fn new(listen: ListenAddress) -> Self {
        Self {
            listen,
            web: None,
            ingest: None,
            cors_origins: Vec::new(),
            page_servers: Vec::new(),
            tls: None,
            access: AccessSettings::default(),
            insecure: false,
            admin: None,
            insecure_admin: false,
            audit_log: None,
            access_log: false,
            traces: false,
            reflection: true,
            threads: 0,
            memory: None,
            write_timeout: Duration::from_secs(30),
            grace: Duration::from_secs(5),
            max_connections: 4096,
            max_connection_age: None,
            preface_timeout: Duration::from_secs(10),
        }
    }
}
