//! Metrics for Prometheus: their names, what they mean, and the text of their values.

use metrics::{Unit, describe_counter, describe_gauge, describe_histogram};
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use std::time::Duration;

/// How often recorded values are put into their buckets.
const UPKEEP: Duration = Duration::from_secs(5);
/// The bounds of durations in seconds, those of gRPC's own metrics (proposal A66).
const SECONDS: [f64; 40] = [
    0.000_01, 0.000_05, 0.000_1, 0.000_3, 0.000_6, 0.000_8, 0.001, 0.002, 0.003, 0.004, 0.005,
    0.006, 0.008, 0.01, 0.013, 0.016, 0.02, 0.025, 0.03, 0.04, 0.05, 0.065, 0.08, 0.1, 0.13, 0.16,
    0.2, 0.25, 0.3, 0.4, 0.5, 0.65, 0.8, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0,
];
/// The bounds of sizes in bytes, those of gRPC's own metrics.
const BYTES: [f64; 13] = [
    1024.0,
    2048.0,
    4096.0,
    16_384.0,
    65_536.0,
    262_144.0,
    1_048_576.0,
    4_194_304.0,
    16_777_216.0,
    67_108_864.0,
    268_435_456.0,
    1_073_741_824.0,
    4_294_967_296.0,
];

/// The kind of a metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MetricKind {
    /// A number that grows.
    Counter,
    /// A number that goes up and down.
    Gauge,
    /// Numbers counted in buckets.
    Histogram,
}

/// Every metric: its name, kind and meaning.
pub const METRICS: &[(&str, MetricKind, &str)] = &[
    (
        "grpc_server_call_started_total",
        MetricKind::Counter,
        "Calls that began, by method",
    ),
    (
        "grpc_server_call_duration_seconds",
        MetricKind::Histogram,
        "Time to the end of a call and its streams, by method and status",
    ),
    (
        "grpc_server_call_sent_total_compressed_message_size_bytes",
        MetricKind::Histogram,
        "Bytes sent in a call, by method and status",
    ),
    (
        "grpc_server_call_rcvd_total_compressed_message_size_bytes",
        MetricKind::Histogram,
        "Bytes received in a call, by method and status",
    ),
    (
        "tradecast_connections",
        MetricKind::Gauge,
        "Open connections",
    ),
    (
        "tradecast_connections_refused_total",
        MetricKind::Counter,
        "Connections refused because as many as allowed were open",
    ),
    (
        "tradecast_accept_errors_total",
        MetricKind::Counter,
        "Failures to accept a connection, for example for want of file descriptors",
    ),
    (
        "tradecast_tls_handshake_errors_total",
        MetricKind::Counter,
        "TLS handshakes that failed",
    ),
    (
        "tradecast_panics_total",
        MetricKind::Counter,
        "Panics, each an error of this program that ended one call",
    ),
    (
        "tradecast_streams",
        MetricKind::Gauge,
        "Streams that are running",
    ),
    (
        "tradecast_lane_pending_seconds",
        MetricKind::Gauge,
        "Work that waits or runs in a lane, by its estimated cost",
    ),
    (
        "tradecast_lane_refused_total",
        MetricKind::Counter,
        "Jobs refused because their lane could not begin or end them in time",
    ),
    (
        "tradecast_job_seconds",
        MetricKind::Histogram,
        "Time that jobs computed, by lane",
    ),
    (
        "tradecast_results_total",
        MetricKind::Counter,
        "Forecasts answered, by origin: cached or computed",
    ),
    (
        "tradecast_result_bytes",
        MetricKind::Gauge,
        "Bytes of results that are kept to answer the same request again",
    ),
    (
        "tradecast_memory_limit_bytes",
        MetricKind::Gauge,
        "Memory that the process holds itself to",
    ),
    (
        "tradecast_memory_resident_bytes",
        MetricKind::Gauge,
        "Memory that the process has",
    ),
    (
        "tradecast_ready",
        MetricKind::Gauge,
        "1 while the service is ready, else 0",
    ),
    (
        "tradecast_store_version",
        MetricKind::Gauge,
        "Version of the store that answers come from",
    ),
    (
        "tradecast_snapshot_age_seconds",
        MetricKind::Gauge,
        "Time since the figures in use were loaded",
    ),
    (
        "tradecast_series",
        MetricKind::Gauge,
        "Series in the figures in use",
    ),
    (
        "tradecast_backtest_coverage_ratio",
        MetricKind::Gauge,
        "Share of outcomes inside their interval in the last backtest, by method and level",
    ),
];

/// The recorder of this process. Cheap to clone.
#[derive(Clone)]
pub struct Metrics(PrometheusHandle);

impl std::fmt::Debug for Metrics {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Metrics")
    }
}

impl Metrics {
    /// Record the metrics of this process from now on; panics are counted, too.
    ///
    /// # Errors
    /// Something else records them already.
    pub fn install() -> Result<Self, BuildError> {
        let handle = PrometheusBuilder::new()
            .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS)?
            .set_buckets_for_metric(Matcher::Suffix("_bytes".to_owned()), &BYTES)?
            .install_recorder()?;
        for (name, kind, meaning) in METRICS {
            let unit = match name.rsplit_once('_') {
                Some((_, "seconds")) => Unit::Seconds,
                Some((_, "bytes")) => Unit::Bytes,
                _ => Unit::Count,
            };
            match kind {
                MetricKind::Counter => describe_counter!(*name, unit, *meaning),
                MetricKind::Gauge => describe_gauge!(*name, unit, *meaning),
                MetricKind::Histogram => describe_histogram!(*name, unit, *meaning),
            }
        }
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            metrics::counter!("tradecast_panics_total").increment(1);
            before(panic);
        }));
        metrics::counter!("tradecast_panics_total").absolute(0);
        Ok(Self(handle))
    }

    /// Return the values in Prometheus' text format.
    pub(in crate::service) fn text(&self) -> String {
        self.0.render()
    }

    /// Put recorded values into their buckets again and again.
    pub(in crate::service) async fn upkeep(self) {
        loop {
            tokio::time::sleep(UPKEEP).await;
            self.0.run_upkeep();
        }
    }
}
