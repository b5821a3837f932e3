//! The services of a listener, with the limits of their messages, and the limits of HTTP/2.

use super::limits::{MAX_REQUEST, MAX_RESPONSE};
use super::pb_server::backtest_service_server::BacktestServiceServer;
use super::pb_server::catalog_service_server::CatalogServiceServer;
use super::pb_server::forecast_service_server::ForecastServiceServer;
use super::pb_server::growth_service_server::GrowthServiceServer;
use super::pb_server::ingest_service_server::IngestServiceServer;
use super::pb_server::outlook_service_server::OutlookServiceServer;
use super::shared::Shared;
use super::{backtest, catalog, forecast, growth, ingest as ingestion, outlook, pb};
use std::sync::Arc;
use std::time::Duration;
use tonic::codec::CompressionEncoding::Gzip;
use tonic::service::Routes;

/// The largest request that brings a whole file.
const MAX_FILE_REQUEST: usize = 33 << 20;
/// After how long without traffic a connection is pinged.
const KEEPALIVE: Duration = Duration::from_secs(20);
/// How long an answer to the ping may take before the connection is closed, with its streams.
const KEEPALIVE_TIMEOUT: Duration = Duration::from_secs(10);
/// The most streams of one connection at a time.
const STREAMS_A_CONNECTION: u32 = 256;
/// The most unread bytes of one stream. A connection allows as many for each of its streams, so
/// that a stream that waits does not block the others.
const STREAM_WINDOW: u32 = 256 << 10;
/// Streams that a client may have reset before the server has looked at them; more end the
/// connection.
const PENDING_RESETS: usize = 64;
/// The most bytes of a request's headers.
const HEADERS: u32 = 16 << 10;

/// The services of a listener.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ServedServices {
    /// All.
    All,
    /// All but `IngestService`.
    Reading,
    /// `IngestService` alone, with health and reflection.
    Ingest,
}

/// Return the services, with the limits of their messages.
///
/// # Errors
/// The descriptors of `proto/` cannot be served.
pub(super) fn routes(
    shared: &Arc<Shared>,
    served: ServedServices,
    reflects: bool,
) -> Result<Routes, tonic_reflection::server::Error> {
    macro_rules! service {
        ($server:ident, $file:ident :: $handler:ident) => {
            service!($server, $file::$handler, MAX_REQUEST)
        };
        ($server:ident, $file:ident :: $handler:ident, $largest:expr) => {
            $server::new($file::$handler {
                shared: Arc::clone(shared),
            })
            .max_decoding_message_size($largest)
            .max_encoding_message_size(MAX_RESPONSE)
            .accept_compressed(Gzip)
            .send_compressed(Gzip)
        };
    }
    let mut routes = Routes::default();
    if served != ServedServices::Ingest {
        routes = routes
            .add_service(service!(CatalogServiceServer, catalog::CatalogHandler))
            .add_service(service!(ForecastServiceServer, forecast::ForecastHandler))
            .add_service(service!(GrowthServiceServer, growth::GrowthHandler))
            .add_service(service!(BacktestServiceServer, backtest::BacktestHandler))
            .add_service(service!(OutlookServiceServer, outlook::OutlookHandler));
    }
    if served != ServedServices::Reading {
        routes = routes.add_service(service!(
            IngestServiceServer,
            ingestion::IngestHandler,
            MAX_FILE_REQUEST
        ));
    }
    if reflects {
        let reflection = || {
            tonic_reflection::server::Builder::configure()
                .register_encoded_file_descriptor_set(pb::DESCRIPTORS)
                .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
        };
        routes = routes
            .add_service(reflection().build_v1()?)
            .add_service(reflection().build_v1alpha()?);
    }
    Ok(routes)
}

/// Return the limits of HTTP/2. A connection is asked to end at the age of `max_age`.
pub(super) fn transport(max_age: Option<Duration>) -> tonic::transport::Server {
    let server = tonic::transport::Server::builder()
        .accept_http1(true)
        .http2_keepalive_interval(Some(KEEPALIVE))
        .http2_keepalive_timeout(Some(KEEPALIVE_TIMEOUT))
        .http2_max_pending_accept_reset_streams(Some(PENDING_RESETS))
        .http2_max_header_list_size(HEADERS)
        .max_concurrent_streams(STREAMS_A_CONNECTION)
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(STREAM_WINDOW * STREAMS_A_CONNECTION);
    match max_age {
        Some(age) => server.max_connection_age(age),
        None => server,
    }
}
