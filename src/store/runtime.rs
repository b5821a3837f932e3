//! The threads on which the table's own, asynchronous crate waits for disks and networks.

use super::error::StoreError;
use std::sync::OnceLock;
use tokio::runtime::{Builder, Runtime};

/// Return the runtime of the store. It lives as long as the process, so that a store can be dropped
/// anywhere.
///
/// # Errors
/// The system cannot start threads.
pub(super) fn runtime() -> Result<&'static Runtime, StoreError> {
    static RUNTIME: OnceLock<std::io::Result<Runtime>> = OnceLock::new();
    let started = RUNTIME.get_or_init(|| {
        Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("store")
            .enable_all()
            .build()
    });
    started.as_ref().map_err(|error| StoreError::Location {
        location: "store".to_owned(),
        reason: error.to_string(),
    })
}
