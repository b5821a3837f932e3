//! The log of a service, on the standard error: text or JSON, by a filter that can be changed.

use crate::service::admin::SetLogFilter;
use crate::service::telemetry::traces::TraceExport;
use anyhow::Context;
use std::io::IsTerminal;
use std::sync::Arc;
use tracing::{Dispatch, Level};
use tracing_subscriber::filter::{FilterExt, FilterFn, LevelFilter, filter_fn};
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Registry, reload};

/// The target of spans that are exported, whatever the log's filter is.
const TRACES: &str = "tradecast::trace";

/// The filter without any other: the Delta kernel logs every step of a commit.
pub(super) const DEFAULT_FILTER: &str = "info,buoyant_kernel=warn,buoyant_kernel_engine=warn";

/// How lines of the log are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// Begin to log what `filter` selects, in the notation of `RUST_LOG`; hand spans to `traces`.
/// Return what changes the filter later.
///
/// # Errors
/// The filter cannot be read.
pub(super) fn start(
    format: LogFormat,
    filter: &str,
    traces: Option<&TraceExport>,
) -> anyhow::Result<SetLogFilter> {
    let filter = parse(filter).map_err(anyhow::Error::msg)?;
    let (filter, handle) = reload::Layer::new(filter);
    let log = dispatch(format, filter, traces);
    log.try_init().context("cannot start the log")?;
    Ok(Arc::new(move |text| {
        let filter = parse(text)?;
        handle.reload(filter).map_err(|error| error.to_string())
    }))
}

/// Return what writes the lines that `filter` selects, and hands spans to `traces`.
fn dispatch(
    format: LogFormat,
    filter: reload::Layer<EnvFilter, Registry>,
    traces: Option<&TraceExport>,
) -> Dispatch {
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let lines: Box<dyn Layer<Registry> + Send + Sync> = match format {
        LogFormat::Text => lines.with_ansi(std::io::stderr().is_terminal()).boxed(),
        LogFormat::Json => lines.json().flatten_event(true).boxed(),
    };
    // The hint keeps that of the filter: levels that nobody wants are left out at once.
    let of_service = filter_fn(|metadata| metadata.target() != TRACES);
    let of_service = of_service.with_max_level_hint(LevelFilter::TRACE);
    let lines = tracing_subscriber::registry().with(lines.with_filter(filter.and(of_service)));
    // A layer that is absent would have every span of every library recorded.
    let Some(traces) = traces else {
        return lines.into();
    };
    let spans: FilterFn =
        filter_fn(|metadata| metadata.target() == TRACES && *metadata.level() <= Level::INFO);
    let spans = spans.with_max_level_hint(LevelFilter::INFO);
    lines.with(traces.layer().with_filter(spans)).into()
}

fn parse(filter: &str) -> Result<EnvFilter, String> {
    EnvFilter::builder().parse(filter).map_err(|error| {
        format!("expected a filter such as `info` or `tradecast=debug`, not `{filter}` ({error})")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_filter_leaves_out_is_not_recorded() {
        let (filter, _handle) = reload::Layer::new(parse(DEFAULT_FILTER).unwrap());
        tracing::dispatcher::with_default(&dispatch(LogFormat::Text, filter, None), || {
            assert!(tracing::enabled!(target: "tradecast", Level::INFO));
            assert!(!tracing::enabled!(target: "tradecast", Level::DEBUG));
            // Spans of the transport, several for each message.
            assert!(tracing::trace_span!(target: "h2", "buffer").is_disabled());
        });
    }
}
