//! Files that are read again when they change, and on SIGHUP.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// How often the files are looked at.
const LOOK: Duration = Duration::from_secs(1);

/// Call `reload` whenever one of `files` changes, and on SIGHUP. A file that is replaced through a
/// symbolic link, as Kubernetes does, has changed.
pub(super) async fn follow(files: Vec<PathBuf>, reload: impl Fn()) {
    if files.is_empty() {
        return std::future::pending().await;
    }
    let mut hangups = Hangups::new();
    let mut seen = states(&files);
    loop {
        let hung_up = tokio::select! {
            () = tokio::time::sleep(LOOK) => false,
            () = hangups.next() => true,
        };
        let now = states(&files);
        if hung_up || now != seen {
            seen = now;
            reload();
        }
    }
}

/// Return when each file was modified, and how long it is.
fn states(files: &[PathBuf]) -> Vec<Option<(SystemTime, u64)>> {
    let state = |path: &Path| {
        let file = std::fs::metadata(path).ok()?;
        Some((file.modified().ok()?, file.len()))
    };
    files.iter().map(|path| state(path)).collect()
}

/// SIGHUPs, where there are any.
struct Hangups {
    #[cfg(unix)]
    signal: Option<tokio::signal::unix::Signal>,
}

impl Hangups {
    #[cfg(unix)]
    fn new() -> Self {
        use tokio::signal::unix::{SignalKind, signal};
        let signal = signal(SignalKind::hangup());
        if let Err(error) = &signal {
            tracing::warn!(%error, "cannot listen for SIGHUP");
        }
        Self {
            signal: signal.ok(),
        }
    }

    #[cfg(not(unix))]
    fn new() -> Self {
        Self {}
    }

    async fn next(&mut self) {
        #[cfg(unix)]
        if let Some(signal) = &mut self.signal
            && signal.recv().await.is_some()
        {
            return;
        }
        std::future::pending().await
    }
}
