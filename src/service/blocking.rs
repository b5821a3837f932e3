//! Work that waits for disks or networks, kept off the threads that serve connections.

use super::ServiceError;
use super::compute::ComputeError;

/// Run `work` on a thread that may block.
///
/// # Errors
/// Those of `work`; a panic in it is a [`ComputeError`], and the log has the cause.
pub(super) async fn blocking<T, F>(work: F) -> Result<T, ServiceError>
where
    T: Send + 'static,
    F: FnOnce() -> Result<T, ServiceError> + Send + 'static,
{
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or_else(|error| {
            tracing::error!(cause = %error, "work on the store failed");
            Err(ComputeError.into())
        })
}
