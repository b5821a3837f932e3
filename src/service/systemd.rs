//! What systemd is told and gives: readiness, the watchdog, sockets.

use super::listen::address::BoundSocket;
use sd_notify::NotifyState;
use std::time::Duration;

/// Tell systemd a state, where it runs this process and wants to know.
pub(super) fn notify(state: NotifyState<'_>) {
    if let Err(error) = sd_notify::notify(&[state]) {
        tracing::debug!(%error, "systemd was not notified");
    }
}

/// Ping the watchdog of systemd, if it has one for this process, while `is_well`.
pub(super) async fn watchdog(is_well: impl Fn() -> bool) {
    let Some(limit) = sd_notify::watchdog_enabled() else {
        return std::future::pending().await;
    };
    loop {
        if is_well() {
            notify(NotifyState::Watchdog);
        }
        tokio::time::sleep(limit.div_f64(3.0).max(Duration::from_millis(100))).await;
    }
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
