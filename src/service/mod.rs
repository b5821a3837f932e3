//! The gRPC service: requests are checked once, answers are bounded streams.
//!
//! Nothing above this room knows gRPC. A handler converts its request, takes one snapshot, plans,
//! runs and streams. Fitting runs on the threads of [`compute`]; tokio's threads only move bytes.
//! What a caller learns about an error is decided in [`status`] alone.

pub mod backtest;
mod blocking;
mod catalog;
pub mod client;
pub mod compute;
pub mod convert;
pub mod explain;
mod follow;
pub mod forecast;
pub mod growth;
mod ingest;
pub mod outlook;
pub mod run;
pub mod scenario;
pub mod server;
mod shared;
pub mod status;
mod updates;
mod versions;
mod watch_catalog;
mod watch_forecasts;

pub use client::{ClientError, RemoteClient};
pub use compute::Compute;
pub use server::{DataSource, Server, ServerError};
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
