//! The catalog follows the store: what this or another process commits is answered from within a second, and whoever watches is told.

use super::pb::WatchCatalogResponse;
use super::updates::{Left, Outlet};
use super::{ServiceError, Shared};
use crate::store::{Change, Store};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

/// How often the store is asked for news: one look for a file that is not there.
const EVERY: Duration = Duration::from_millis(250);

/// Runs what blocks on threads that may block.
pub(super) async fn blocking<T, F>(work: F) -> Result<T, ServiceError>
where
    T: Send + 'static,
    F: FnOnce() -> Result<T, ServiceError> + Send + 'static,
{
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or_else(|error| {
            tracing::error!(cause = %error, "work on the store failed");
            Err(super::compute::ComputeError.into())
        })
}

/// Looks for new versions for ever, and puts a snapshot of each latest one in the place of the last. What fails is tried again.
pub(super) async fn follow(shared: Arc<Shared>, store: Arc<Store>) {
    loop {
        tokio::time::sleep(EVERY).await;
        if let Err(error) = step(&shared, &store).await {
            tracing::warn!(cause = %error, "the store cannot be followed for now");
        }
    }
}

async fn step(shared: &Shared, store: &Arc<Store>) -> Result<(), ServiceError> {
    let engine = shared.engine()?;
    let shown = engine.snapshot();
    let theirs = Arc::clone(store);
    let latest = blocking(move || {
        theirs.catch_up()?;
        Ok(theirs.version())
    })
    .await?;
    if shown.version() == Some(latest) {
        return Ok(());
    }
    let theirs = Arc::clone(store);
    let snapshot = blocking(move || {
        let news = theirs.read_since(shown.version())?;
        Ok(shown.after(news)?)
    })
    .await?;
    let version = snapshot.version().unwrap_or(latest);
    engine.replace(snapshot);
    tracing::info!(version, "the figures of a new version are loaded");
    shared.versions.send_replace(version);
    Ok(())
}

/// Tells one reader what changed after `after`, as it changes.
pub(super) async fn watch(
    shared: &Shared,
    store: &Arc<Store>,
    after: Option<u64>,
    outlet: &Outlet<WatchCatalogResponse>,
) -> Result<(), Left> {
    let mut versions = shared.versions.subscribe();
    let mut told = after.unwrap_or(*versions.borrow_and_update());
    loop {
        let version = *versions.borrow_and_update();
        if version > told {
            let store = Arc::clone(store);
            let changes = blocking(move || {
                let entries = (told + 1..=version).map(|version| store.change(version));
                Ok(entries.collect::<Result<Vec<_>, _>>()?)
            });
            match changes.await {
                Ok(changes) => {
                    let message = merged(told, version, changes.into_iter().flatten());
                    // A commit that merges files changes nothing that a reader could see.
                    if message.figures > 0 {
                        outlet.send(message).await?;
                    }
                    told = version;
                }
                Err(error) => {
                    outlet.fail(error).await;
                    return Ok(());
                }
            }
            continue;
        }
        // The sender lives as long as the server.
        if versions.changed().await.is_err() {
            return Ok(());
        }
    }
}

/// Several versions as one change.
fn merged(
    after_version: u64,
    version: u64,
    changes: impl Iterator<Item = Change>,
) -> WatchCatalogResponse {
    let mut keys = BTreeSet::new();
    let (mut figures, mut unnamed) = (0, 0);
    for change in changes {
        figures += change.figures;
        unnamed += change.series.saturating_sub(change.keys.len() as u64);
        keys.extend(change.keys);
    }
    WatchCatalogResponse {
        after_version,
        version,
        figures,
        series: keys.len() as u64 + unnamed,
        keys: keys.into_iter().collect(),
        keys_left_out: unnamed > 0,
    }
}
