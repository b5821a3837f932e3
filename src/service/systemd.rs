//! What systemd is told and gives: readiness, the watchdog, sockets.

use super::listen::address::BoundSocket;
use std::time::Duration;

/// A state of the service that systemd wants to know.
#[derive(Debug, Clone, Copy)]
pub(super) enum UnitState {
    /// It answers calls.
    Ready,
    /// It is about to end.
    Stopping,
    /// It is well.
    Watchdog,
}

/// Tell systemd a state, where it runs this process and wants to know.
pub(super) fn notify(state: UnitState) {
    #[cfg(unix)]
    {
        let state = match state {
            UnitState::Ready => sd_notify::NotifyState::Ready,
            UnitState::Stopping => sd_notify::NotifyState::Stopping,
            UnitState::Watchdog => sd_notify::NotifyState::Watchdog,
        };
        if let Err(error) = sd_notify::notify(&[state]) {
            tracing::debug!(%error, "systemd was not notified");
        }
    }
    #[cfg(not(unix))]
    let _ = state;
}

/// Ping the watchdog of systemd, if it has one for this process, while `is_well`.
pub(super) async fn watchdog(is_well: impl Fn() -> bool) {
    let Some(limit) = watchdog_limit() else {
        return std::future::pending().await;
    };
    loop {
        if is_well() {
            notify(UnitState::Watchdog);
        }
        tokio::time::sleep(limit.div_f64(3.0).max(Duration::from_millis(100))).await;
    }
}

/// Return how long systemd's watchdog waits for a ping, if it has one for this process.
fn watchdog_limit() -> Option<Duration> {
    #[cfg(unix)]
    return sd_notify::watchdog_enabled();
    #[cfg(not(unix))]
    return None;
}

/// Return the socket that systemd passes to this process, if it passes one.
///
/// # Errors
/// It is no listening socket.
pub(super) fn socket() -> std::io::Result<Option<BoundSocket>> {
    let mut passed = listenfd::ListenFd::from_env();
    if passed.len() == 0 {
        return Ok(None);
    }
    if let Ok(Some(socket)) = passed.take_tcp_listener(0) {
        socket.set_nonblocking(true)?;
        return Ok(Some(BoundSocket::Tcp(tokio::net::TcpListener::from_std(
            socket,
        )?)));
    }
    #[cfg(unix)]
    if let Some(socket) = passed.take_unix_listener(0)? {
        socket.set_nonblocking(true)?;
        let socket = tokio::net::UnixListener::from_std(socket)?;
        return Ok(Some(BoundSocket::Unix(socket, None)));
    }
    Ok(None)
}
