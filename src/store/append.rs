//! A batch of figures appended as one commit: its file first, then the log entry that publishes it.

use super::columns::{MICROS_A_DAY, bucket, now_micros, parquet};
use super::commit::APPLICATION;
use super::error::StoreError;
use super::log::{CONTENT, CommitNote, MOST_BUCKETS, StoreChange, commit_note};
use super::table::Store;
use crate::ingest::{FigureBatch, FigureKind};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// The outcome of appending a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CommitOutcome {
    /// The version that holds it.
    pub version: u64,
    /// The number of figures that were written; 0 where an earlier call of the same request wrote
    /// them.
    pub figures: u64,
    /// Whether an earlier call of the same request wrote them.
    pub repeated: bool,
}

/// The number of commits between checkpoints.
const CHECKPOINT_EVERY: u64 = 100;
/// How far the clock of another writer may be ahead and still be followed.
const AHEAD_MICROS: i64 = MICROS_A_DAY;

impl Store {
    /// Append `figures` as one commit. When this returns they are durable, and every reader sees
    /// all of them or, before, none. A `request` that was committed before, by any process and
    /// however long ago, is not written again. `file` is the name that the history shows.
    ///
    /// # Errors
    /// Two figures contradict each other, the request brought other figures before, or a disk or
    /// network fails; nothing is visible then.
    pub fn append(
        &self,
        mut figures: FigureBatch,
        request: Option<&str>,
        file: Option<&str>,
    ) -> Result<CommitOutcome, StoreError> {
        // The name of a file's content says which figures it brings.
        let named = request.filter(|id| !id.starts_with(CONTENT));
        let digest = named.map(|_| figures.digest().to_string());
        let repeated = |version: u64| {
            self.check_same(version, request.unwrap_or_default(), digest.as_deref())?;
            self.repeated(version)
        };
        if let Some(version) = request.map(|id| self.applied(id)).transpose()?.flatten() {
            return repeated(version);
        }
        if figures.is_empty() {
            return Ok(CommitOutcome {
                version: self.version(),
                figures: 0,
                repeated: false,
            });
        }
        figures.sort()?;
        // Whatever the clocks of other writers say, what was acknowledged before this call came
        // before it: of two figures the later one stands.
        self.catch_up()?;
        let clock = now_micros();
        let now = clock.max((self.lock().ingested_at + 1).min(clock + AHEAD_MICROS));
        let (bytes, stats) = parquet(&figures, now)?;
        let name = format!("part-{}.zstd.parquet", uuid::Uuid::new_v4());
        let add = json!({"add": {
            "path": name,
            "partitionValues": {},
            "size": bytes.len(),
            "modificationTime": now / 1000,
            "dataChange": true,
            "stats": stats.to_string(),
        }});
        let mut note = note(&figures, request, file, now);
        note.digest.clone_from(&digest);
        // The name is unique: where the file exists, an earlier attempt of this call got through.
        self.backend.create(&name, bytes)?;
        let info = |version: u64| {
            json!({"commitInfo": {
                "timestamp": now / 1000,
                "operation": "WRITE",
                "operationParameters": {"mode": "Append"},
                "readVersion": version - 1,
                "isBlindAppend": true,
                "engineInfo": concat!("tradecast/", env!("CARGO_PKG_VERSION")),
                "tradecast": note,
            }})
        };
        let actions = |version: u64| {
            let txn = request.map(|id| {
                json!({"txn": {
                    "appId": format!("{APPLICATION}{id}"),
                    "version": version,
                    "lastUpdated": now / 1000,
                }})
            });
            [Some(info(version)), txn, Some(add.clone())]
                .into_iter()
                .flatten()
                .collect()
        };
        // Commits of others do not conflict with an append, unless they are the same request, which
        // may have been committed after the look above.
        let same = |change: &StoreChange, _: &[Value]| {
            request.is_some() && change.request.as_deref() == request
        };
        let version = match self.commit(actions, None, request, same)? {
            Ok(version) => version,
            Err(earlier) => {
                self.backend.discard(&name);
                return repeated(earlier);
            }
        };
        if version.is_multiple_of(CHECKPOINT_EVERY)
            && let Err(error) = self.maintain()
        {
            // The batch is durable; a log that grows until the next attempt is no failure of this
            // call.
            tracing::warn!(cause = %error, version, "upkeep of the store failed");
        }
        Ok(CommitOutcome {
            version,
            figures: figures.len() as u64,
            repeated: false,
        })
    }

    /// Refuse a request whose earlier commit, `version`, brought other figures. Where the log does
    /// not say which, they are taken as the same.
    fn check_same(
        &self,
        version: u64,
        request: &str,
        digest: Option<&str>,
    ) -> Result<(), StoreError> {
        let before = self
            .entry(version)?
            .and_then(|entry| commit_note(&entry)?.digest);
        match (before.as_deref(), digest) {
            (Some(before), Some(now)) if before != now => Err(StoreError::RequestReused {
                request: request.to_owned(),
                version,
            }),
            _ => Ok(()),
        }
    }

    /// Return the outcome of a repeated request whose commit is `version`. That commit may have
    /// been cut off before its name was on the disk: now it is.
    pub(super) fn repeated(&self, version: u64) -> Result<CommitOutcome, StoreError> {
        self.backend.sync_log()?;
        Ok(CommitOutcome {
            version,
            figures: 0,
            repeated: true,
        })
    }
}

/// Return this program's note for the commit of `figures`, ingested at `now`.
fn note(figures: &FigureBatch, request: Option<&str>, file: Option<&str>, now: i64) -> CommitNote {
    let mut keys: Vec<String> = figures
        .series_with_figures()
        .map(ToString::to_string)
        .collect();
    let series = keys.len() as u64;
    keys.sort_unstable();
    keys.truncate(StoreChange::MOST_KEYS);
    let buckets: BTreeSet<i32> = figures.keys().iter().map(bucket).collect();
    let mut kinds = figures.rows().iter().map(|row| row.kind);
    let is_few = buckets.len() <= MOST_BUCKETS && kinds.all(|kind| kind != FigureKind::Rate);
    CommitNote {
        figures: figures.len() as u64,
        series,
        keys,
        request: request.map(ToOwned::to_owned),
        file: file.map(ToOwned::to_owned),
        buckets: is_few.then_some(buckets),
        ingested_at: now,
        digest: None,
    }
}
