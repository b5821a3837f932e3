//! `tradecast serve`: run the service until it is interrupted.

use super::arguments::DataArgs;
use crate::service::Server;
use anyhow::Context;
use std::io::{IsTerminal, Write};
use std::process::ExitCode;
use std::time::Duration;
use tracing_subscriber::EnvFilter;

/// How long remaining tasks may take to notice that the runtime stops.
const STOPPED_WITHIN: Duration = Duration::from_millis(500);

#[derive(Debug, clap::Args)]
pub(super) struct ServeArgs {
    /// Address to listen on; port 0 for any free port.
    #[arg(
        long,
        value_name = "ADDRESS",
        env = "TRADECAST_LISTEN",
        default_value = "127.0.0.1:50051"
    )]
    listen: String,
    #[command(flatten)]
    data: DataArgs,
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
}

pub(super) fn run(args: &ServeArgs) -> anyhow::Result<ExitCode> {
    log_to_stderr();
    let figures = args.data.figures()?;
    let runtime = tokio::runtime::Runtime::new().context("cannot start a runtime")?;
    let served = runtime.block_on(async {
        // Registered before anything else, so that an early signal is not lost.
        let stop = interrupted()?;
        let server = Server::bind(&args.listen, args.threads).await?;
        let server = server.write_timeout(Duration::from_secs(args.write_timeout.into()));
        let server = match args.memory {
            Some(mebibytes) => server.memory(mebibytes << 20),
            None => server,
        };
        server.run(figures, announce, stop).await?;
        anyhow::Ok(())
    });
    runtime.shutdown_timeout(STOPPED_WITHIN);
    served.map(|()| ExitCode::SUCCESS)
}

/// Print the address, for programs that start the service and need its port.
fn announce(address: std::net::SocketAddr) {
    let mut out = std::io::stdout();
    // A reader that has left needs no address; the service continues.
    let _ = writeln!(out, "listening on {address}").and_then(|()| out.flush());
    tracing::info!(%address, "listening");
}

/// Log to the standard error: what `RUST_LOG` selects, or else messages of level info and above.
fn log_to_stderr() {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr)
        .init();
}

/// Return a future that ends with the first SIGINT or SIGTERM.
#[cfg(unix)]
fn interrupted() -> anyhow::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt()).context("cannot listen for SIGINT")?;
    let mut terminate = signal(SignalKind::terminate()).context("cannot listen for SIGTERM")?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Return a future that ends with the first Ctrl-C.
#[cfg(not(unix))]
fn interrupted() -> anyhow::Result<impl Future<Output = ()>> {
    Ok(async {
        // Where the signal cannot be received, the system still ends the process.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}
