//! `CatalogService.WatchCatalog`: what each version of the store changed, as it changes.

use super::ServiceError;
use super::blocking::blocking;
use super::encoded::Encoded;
use super::pb::WatchCatalogResponse;
use super::shared::Shared;
use super::updates::{Disconnected, UpdateSender};
use crate::store::{Store, StoreChange, StoreError};
use std::collections::BTreeSet;
use std::sync::Arc;

/// The most keys that a message names, and the most bytes of them: a reader who was away for long
/// missed changes of more series than a message can hold.
const MOST_KEYS: usize = 10_000;
const MOST_BYTES: usize = 1 << 20;

/// Send what changed after the version `after`, or after the current one, as it changes.
pub(super) async fn watch(
    shared: &Shared,
    store: &Arc<Store>,
    after: Option<u64>,
    sender: &UpdateSender<WatchCatalogResponse>,
) -> Result<(), Disconnected> {
    let mut versions = shared.current_version.subscribe();
    let mut sent = after.unwrap_or(*versions.borrow_and_update());
    if let Some(after) = after
        && let Err(error) = shared.check_version(after).await
    {
        sender.fail(error.of_version("after_version")).await;
        return Ok(());
    }
    loop {
        let version = *versions.borrow_and_update();
        if version > sent {
            match latest_changes(shared, store, sent, version).await {
                Ok(message) => {
                    if let Some(message) = message {
                        sender.send_encoded(message).await?;
                    }
                    sent = version;
                }
                Err(error) => {
                    sender.fail(error).await;
                    return Ok(());
                }
            }
            continue;
        }
        // The other end lives as long as the server.
        tokio::select! {
            changed = versions.changed() => if changed.is_err() {
                return Ok(());
            },
            // A watch would not end by itself; its client resumes elsewhere.
            () = shared.draining.cancelled() => {
                sender.fail(ServiceError::Stopping).await;
                return Ok(());
            }
        }
    }
}

/// Return what the versions after `after_version` up to `version` changed, as one message, encoded
/// once for all watchers who are as far.
async fn latest_changes(
    shared: &Shared,
    store: &Arc<Store>,
    after_version: u64,
    version: u64,
) -> Result<Option<Encoded>, ServiceError> {
    let versions = (after_version, version);
    let mut latest = shared.latest_changes.lock().await;
    if let Some((of, message)) = &*latest
        && *of == versions
    {
        return Ok(message.clone());
    }
    let message = changes(store, after_version, version).await?;
    let message = message.as_ref().map(Encoded::of);
    *latest = Some((versions, message.clone()));
    Ok(message)
}

/// Return what the versions after `after_version` up to `version` changed, as one message.
async fn changes(
    store: &Arc<Store>,
    after_version: u64,
    version: u64,
) -> Result<Option<WatchCatalogResponse>, ServiceError> {
    let store = Arc::clone(store);
    blocking(move || {
        let changes = (after_version + 1..=version).map(|version| store.change(version));
        Ok(merged(after_version, version, changes)?)
    })
    .await
}

/// Merge the changes of several versions into one message; `None` where none of them changed
/// anything that a reader could see. What a version changed is unknown where its commit does not
/// exist any more.
///
/// # Errors
/// The first error among `changes`.
fn merged(
    after_version: u64,
    version: u64,
    changes: impl Iterator<Item = Result<Option<StoreChange>, StoreError>>,
) -> Result<Option<WatchCatalogResponse>, StoreError> {
    let mut keys = BTreeSet::new();
    let (mut figures, mut unnamed, mut bytes) = (0, 0, 0);
    let (mut any, mut unknown) = (false, false);
    for change in changes {
        let change = change?.unwrap_or_default();
        if change.changes_nothing {
            continue;
        }
        any = true;
        unknown |= change.series == 0;
        figures += change.figures;
        unnamed += change.series.saturating_sub(change.keys.len() as u64);
        for key in change.keys {
            if keys.contains(&key) {
                continue;
            }
            if keys.len() < MOST_KEYS && bytes + key.len() <= MOST_BYTES {
                bytes += key.len();
                keys.insert(key);
            } else {
                unnamed += 1;
            }
        }
    }
    Ok(any.then(|| WatchCatalogResponse {
        after_version,
        version,
        figures,
        series: keys.len() as u64 + unnamed,
        keys: keys.into_iter().collect(),
        keys_left_out: unknown || unnamed > 0,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use prost::Message;

    /// A commit that names `keys` and is about `more` series beside.
    fn change(figures: u64, keys: &[&str], more: u64) -> StoreChange {
        StoreChange {
            operation: "WRITE".to_owned(),
            figures,
            series: keys.len() as u64 + more,
            keys: keys.iter().map(|key| (*key).to_owned()).collect(),
            ..StoreChange::default()
        }
    }

    fn of(changes: Vec<Option<StoreChange>>) -> Option<WatchCatalogResponse> {
        merged(3, 9, changes.into_iter().map(Ok)).unwrap()
    }

    #[test]
    fn what_several_commits_brought_is_one_change() {
        let message = of(vec![
            Some(change(2, &["b", "c"], 0)),
            Some(change(5, &["a", "b"], 0)),
        ]);
        let mut expected = WatchCatalogResponse {
            after_version: 3,
            version: 9,
            figures: 7,
            series: 3,
            keys: ["a", "b", "c"].map(str::to_owned).to_vec(),
            keys_left_out: false,
        };
        assert_eq!(message.as_ref(), Some(&expected));
        let message = of(vec![
            Some(change(2, &["b", "c"], 0)),
            Some(change(5, &["a", "b"], 4)),
        ]);
        (expected.series, expected.keys_left_out) = (7, true);
        assert_eq!(message, Some(expected));
    }

    #[test]
    fn a_message_names_no_more_keys_than_it_holds() {
        // What 4,000 commits may name, half of it again and again.
        let keys = |commit: usize| -> Vec<String> {
            let own = (0..128).map(|k| format!("USA.P{commit:04}.M.HS{k:06}.USD"));
            own.chain((0..128).map(|k| format!("USA.P0000.M.HS{k:06}.USD")))
                .collect()
        };
        let commits = (1..=4000).map(|commit| {
            let keys = keys(commit);
            Ok(Some(change(
                256,
                &keys.iter().map(String::as_str).collect::<Vec<_>>(),
                0,
            )))
        });
        let message = merged(0, 4000, commits).unwrap().unwrap();
        assert_eq!(message.figures, 256 * 4000);
        assert_eq!(message.keys.len(), MOST_KEYS);
        assert!(message.keys.is_sorted());
        assert_eq!((message.series, message.keys_left_out), (128 * 4001, true));
        assert!(message.encoded_len() < 2 * MOST_BYTES);
        // Long ones are fewer.
        let long: Vec<String> = (0..2000).map(|k| format!("{k:01000}")).collect();
        let long: Vec<&str> = long.iter().map(String::as_str).collect();
        let message = of(vec![Some(change(2000, &long, 0))]).unwrap();
        assert_eq!(message.keys.len(), MOST_BYTES / 1000);
        assert_eq!((message.series, message.keys_left_out), (2000, true));
    }

    #[test]
    fn only_commits_that_change_nothing_are_passed_over() {
        let nothing = StoreChange {
            operation: "OPTIMIZE".to_owned(),
            changes_nothing: true,
            ..StoreChange::default()
        };
        // Another program's append does not say what it holds.
        let unsaid = StoreChange {
            operation: "WRITE".to_owned(),
            ..StoreChange::default()
        };
        assert_eq!(of(vec![Some(nothing.clone()); 3]), None);
        assert_eq!(of(vec![]), None);
        // The latter is a commit that does not exist any more.
        for unknown in [Some(unsaid.clone()), None] {
            let message = of(vec![Some(nothing.clone()), unknown]).unwrap();
            assert_eq!((message.figures, message.series), (0, 0));
            assert!(message.keys.is_empty() && message.keys_left_out);
        }
        let message = of(vec![Some(unsaid), Some(change(1, &["a"], 0))]).unwrap();
        assert_eq!((message.series, message.keys_left_out), (1, true));
    }
}
