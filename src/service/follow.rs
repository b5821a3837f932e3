//! The running engine follows the store: what this or another process commits is shown within a
//! second.

use super::ServiceError;
use super::blocking::blocking;
use super::shared::Shared;
use crate::store::Store;
use std::sync::Arc;
use std::time::Duration;

/// Time between two checks of the store for new versions, each a look for one missing file.
const EVERY: Duration = Duration::from_millis(250);

/// Look for new versions without end and show the latest, at once where somebody waits for one;
/// failures are tried again.
pub(super) async fn follow(shared: Arc<Shared>, store: Arc<Store>) {
    loop {
        // The end of the pause and a caller who waits mean the same.
        let _ = tokio::time::timeout(EVERY, shared.version_wanted.notified()).await;
        if let Err(error) = step(&shared, &store).await {
            tracing::warn!(cause = %error, "the store cannot be followed for now");
        }
    }
}

/// Show the latest version of the store where the engine shows an earlier one.
async fn step(shared: &Shared, store: &Arc<Store>) -> Result<(), ServiceError> {
    let engine = shared.engine()?;
    let current = engine.snapshot();
    let reader = Arc::clone(store);
    let latest = blocking(move || {
        reader.catch_up()?;
        Ok(reader.version())
    })
    .await?;
    if current.version() == Some(latest) {
        return Ok(());
    }
    let reader = Arc::clone(store);
    let snapshot = blocking(move || {
        let touched = reader.read_since(current.version())?;
        Ok(current.after(touched)?)
    })
    .await?;
    let version = snapshot.version().unwrap_or(latest);
    shared.show(engine, snapshot);
    tracing::info!(version, "the figures of a new version are loaded");
    shared.current_version.send_replace(version);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::shared::tests::{append, shared};

    #[test]
    fn a_version_that_was_just_committed_is_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let shared = Arc::new(shared(folder.path(), 2));
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let store = shared.store().unwrap();
        append(&store, folder.path(), 3);
        let following = runtime.spawn(follow(Arc::clone(&shared), store));
        let pinned = runtime.block_on(shared.engine_at(Some(3))).unwrap();
        assert_eq!(pinned.version(), 3);
        let current = runtime.block_on(shared.engine_at(None)).unwrap();
        assert!(pinned.is_same(&current));
        assert!(shared.version_cache.kept().is_empty());
        following.abort();
    }
}
