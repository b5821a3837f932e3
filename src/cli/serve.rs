//! `tradecast serve`: run the service until it is interrupted.

use super::config;
use super::serve_args::ServeArgs;
use crate::service::admin::Operations;
use crate::service::telemetry::metrics::Metrics;
use crate::service::telemetry::traces::TraceExport;
use crate::service::{ServedAddresses, Server};
use anyhow::Context;
use std::io::Write;
use std::process::ExitCode;
use std::time::Duration;

/// How long remaining tasks may take to notice that the runtime stops.
const STOPPED_WITHIN: Duration = Duration::from_millis(500);

pub(super) fn run(args: &ServeArgs) -> anyhow::Result<ExitCode> {
    let args = config::effective(args)?;
    let figures = args.figures()?;
    let settings = args.settings()?;
    let open = args.open;
    let scheme = if settings.tls.is_some() {
        "https"
    } else {
        "http"
    };
    let runtime = tokio::runtime::Runtime::new().context("cannot start a runtime")?;
    let _runtime = runtime.enter();
    let traces = args.otlp().map(TraceExport::start);
    let traces = traces.transpose().context("cannot export traces")?;
    let set_log_filter = args.start_log(traces.as_ref())?;
    let metrics = Metrics::install().context("cannot record metrics")?;
    let served = runtime.block_on(async {
        // Registered before anything else, so that an early signal is not lost.
        let stop = interrupted()?;
        let server = Server::bind(settings).await?.operated_by(Operations {
            metrics: Some(metrics),
            set_log_filter: Some(set_log_filter),
        });
        let announced = |addresses: ServedAddresses| {
            let page = open.then(|| page_address(scheme, &addresses));
            announce(addresses);
            if let Some(page) = page {
                open_page(&page);
            }
        };
        server.run(figures, announced, stop).await?;
        anyhow::Ok(())
    });
    if let Some(traces) = traces {
        traces.stop();
    }
    runtime.shutdown_timeout(STOPPED_WITHIN);
    served.map(|()| ExitCode::SUCCESS)
}

/// Return the address of the page for a browser of this machine.
fn page_address(scheme: &str, addresses: &ServedAddresses) -> String {
    let address = addresses.web.as_ref().unwrap_or(&addresses.listen);
    format!("{scheme}://{address}/")
}

/// Open a page in the browser of this machine. A machine without one still serves it.
pub(super) fn open_page(page: &str) {
    if let Err(error) = open::that_detached(page) {
        tracing::warn!(%error, page, "no browser can be opened");
    }
}

/// Print the addresses, for programs that start the service and need its ports.
fn announce(addresses: ServedAddresses) {
    let mut out = std::io::stdout();
    let mut lines = format!("listening on {}\n", addresses.listen);
    let others = [
        ("web", &addresses.web),
        ("ingest", &addresses.ingest),
        ("admin", &addresses.admin),
    ];
    for (name, address) in others {
        if let Some(address) = address {
            lines += &format!("{name} on {address}\n");
        }
    }
    // A reader that has left needs no address; the service continues.
    let _ = out.write_all(lines.as_bytes()).and_then(|()| out.flush());
    tracing::info!(address = %addresses.listen, "listening");
}

/// Return a future that ends with the first SIGINT or SIGTERM; a second one ends the process.
#[cfg(unix)]
pub(super) fn interrupted() -> anyhow::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt()).context("cannot listen for SIGINT")?;
    let mut terminate = signal(SignalKind::terminate()).context("cannot listen for SIGTERM")?;
    let mut next = async move || {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    };
    Ok(async move {
        next().await;
        tokio::spawn(async move {
            next().await;
            tracing::warn!("stopped at once by a second signal");
            // A commit is one file and one log entry, so that none is half done.
            std::process::exit(1);
        });
    })
}

/// Return a future that ends with the first Ctrl-C.
#[cfg(not(unix))]
pub(super) fn interrupted() -> anyhow::Result<impl Future<Output = ()>> {
    Ok(async {
        // Where the signal cannot be received, the system still ends the process.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}
