//! The gRPC service: requests are checked once, answers are bounded streams.
//!
//! Nothing above this room knows gRPC. A handler converts its request, takes one snapshot, plans,
//! runs and streams. Fitting runs on the threads of [`compute`]; tokio's threads only move bytes.
//! What a caller learns about an error is decided in [`status`] alone.

pub mod access;
pub mod admin;
pub mod backtest;
mod blocking;
pub mod caller;
mod catalog;
pub mod client;
pub mod client_error;
pub mod compute;
mod connect;
pub mod convert;
mod deadline;
mod deliveries;
pub mod encoded;
pub mod explain;
mod follow;
pub mod forecast;
mod forecast_data;
pub mod growth;
mod ingest;
mod lanes;
mod limits;
mod list_versions;
pub mod listen;
pub mod memory;
pub mod outlook;
mod outlook_history;
mod page;
mod page_server;
mod readiness;
mod reload;
mod results;
mod resume;
mod router;
pub mod run;
pub mod scenario;
pub mod server;
mod server_info;
pub mod settings;
mod shared;
pub mod status;
mod systemd;
pub mod telemetry;
pub mod tls;
mod updates;
mod versions;
mod watch_catalog;
mod watch_forecasts;
mod web;

pub use client::RemoteClient;
pub use client_error::ClientError;
pub use compute::Compute;
pub use connect::{ClientChannel, RemoteServer};
pub use listen::ListenAddress;
pub use page_server::{PageServer, PageServerError};
pub use server::{DataSource, ServedAddresses, Server, ServerError};
pub use settings::ServerSettings;
pub use status::ServiceError;

/// The wire types, generated from `proto/`. They stop in this room.
#[allow(
    missing_docs,
    missing_debug_implementations,
    unreachable_pub,
    clippy::all,
    reason = "generated code, documented in proto/"
)]
pub mod pb {
    tonic::include_proto!("tradecast.v1");

    /// The compiled descriptors of `proto/`, which reflection serves.
    pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/tradecast.bin"));
}

/// The servers of the services, generated from `proto/`. They stream [`encoded::Encoded`].
#[allow(
    missing_docs,
    missing_debug_implementations,
    unreachable_pub,
    clippy::all,
    reason = "generated code, documented in proto/"
)]
mod pb_server {
    include!(concat!(env!("OUT_DIR"), "/servers/tradecast.v1.rs"));
}
