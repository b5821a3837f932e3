//! A batch becomes a commit: its file first, then the log entry that makes it count.

use super::backend::CreateOutcome;
use super::columns::{bucket, now_micros, parquet};
use super::read::MOST_BUCKETS;
use super::table::{CommitNote, StoreChange, commit_name, commit_summary, lines};
use super::{Store, StoreError, runtime};
use crate::ingest::{FigureBatch, FigureKind};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::Duration;

/// What becomes of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CommitOutcome {
    /// The version that holds it.
    pub version: u64,
    /// How many figures were written; none for a batch that an earlier call of the same request had written.
    pub figures: u64,
    /// Whether an earlier call of the same request had written it.
    pub repeated: bool,
}

/// How many commits lie between checkpoints.
const CHECKPOINT_EVERY: u64 = 100;
/// How often a commit is tried that is neither made nor there.
const TRIES: u32 = 20;
/// How far the clock of another writer may be ahead and still be followed.
const AHEAD_MICROS: i64 = 86_400_000_000;
/// How a request is called among the applications of the table's transactions.
const APPLICATION: &str = "tradecast:";

impl Store {
    /// Appends `figures` as one commit. When this returns they are there for good, and everybody sees all of them or, before, none. A `request` that has been
    /// committed before, by whomever and however long ago, is not written again.
    ///
    /// # Errors
    /// Two figures that contradict each other, or a disk or network that fails; nothing is visible then.
    pub fn append(
        &self,
        mut figures: FigureBatch,
        request: Option<&str>,
        file: Option<&str>,
    ) -> Result<CommitOutcome, StoreError> {
        if let Some(version) = request.map(|id| self.applied(id)).transpose()?.flatten() {
            return self.repeated(version);
        }
        if figures.is_empty() {
            return Ok(CommitOutcome {
                version: self.version(),
                figures: 0,
                repeated: false,
            });
        }
        figures.sort()?;
        // What was acknowledged before this call came before it, whatever the clocks of those who wrote it say: of two tellings the later stands.
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
        let mut keys: Vec<String> = figures
            .series_with_figures()
            .map(ToString::to_string)
            .collect();
        let series = keys.len() as u64;
        keys.sort_unstable();
        keys.truncate(StoreChange::MOST_KEYS);
        let buckets: BTreeSet<i32> = figures.keys().iter().map(bucket).collect();
        let is_few = buckets.len() <= MOST_BUCKETS
            && figures
                .rows()
                .iter()
                .all(|row| row.kind != FigureKind::Rate);
        let note = CommitNote {
            figures: figures.len() as u64,
            series,
            keys,
            request: request.map(ToOwned::to_owned),
            file: file.map(ToOwned::to_owned),
            buckets: is_few.then_some(buckets),
            ingested_at: now,
        };
        // Nobody else has a name like it: where it is there already, an earlier try of this call got through.
        self.place.create(&name, bytes)?;
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
        // An append has nothing to fear of what others do meanwhile, but that they have done the same: after the look above, too.
        let same = |changed: &StoreChange, _: &[Value]| {
            request.is_some() && changed.request.as_deref() == request
        };
        let version = match self.commit(actions, None, request, same)? {
            Ok(version) => version,
            Err(earlier) => {
                self.place.discard(&name);
                return self.repeated(earlier);
            }
        };
        if version.is_multiple_of(CHECKPOINT_EVERY)
            && let Err(error) = self.maintain()
        {
            // The batch is there; that the log grows longer until the next time is no failure of this call.
            tracing::warn!(cause = %error, version, "upkeep of the store failed");
        }
        Ok(CommitOutcome {
            version,
            figures: figures.len() as u64,
            repeated: false,
        })
    }

    /// Writes the next version, whichever number it gets; the version of another's commit instead where that has done `request`, or `stop` says so of one that is
    /// later than `since`, at which the caller has read.
    pub(super) fn commit(
        &self,
        actions: impl Fn(u64) -> Vec<Value>,
        since: Option<u64>,
        request: Option<&str>,
        stop: impl Fn(&StoreChange, &[Value]) -> bool,
    ) -> Result<Result<u64, u64>, StoreError> {
        let mut seen = self.lock();
        if let Some(version) = request.and_then(|request| seen.requests.get(request)) {
            return Ok(Err(*version));
        }
        // Others who share this handle may have seen commits that the caller has not.
        for version in since.unwrap_or(seen.latest) + 1..=seen.latest {
            if let Some(entry) = self.entry(version)?
                && stop(&commit_summary(version, &entry), &entry)
            {
                return Ok(Err(version));
            }
        }
        let mut tries = 0;
        loop {
            let next = seen.latest + 1;
            let ours = actions(next);
            let entry = match self.place.create(&commit_name(next), lines(&ours))? {
                CreateOutcome::Now => None,
                CreateOutcome::Before => match self.entry(next)? {
                    // A bucket that is asked again after a broken answer says that the file is there: the first time got through.
                    Some(entry) => Some(entry).filter(|entry| added(entry) != added(&ours)),
                    // Two who write at once may both be refused.
                    None if tries < TRIES => {
                        tries += 1;
                        std::thread::sleep(Duration::from_millis(5) * tries);
                        continue;
                    }
                    None => {
                        return Err(StoreError::File {
                            file: format!("{}/{}", self.place(), commit_name(next)),
                            reason: "it can neither be written nor read".to_owned(),
                        });
                    }
                },
            };
            let changed = seen.meet(next, entry.as_deref().unwrap_or(&ours));
            match entry {
                None => return Ok(Ok(next)),
                Some(entry) if stop(&changed, &entry) => return Ok(Err(next)),
                Some(_) => {}
            }
        }
    }

    /// What is answered to who repeats a request: its commit may have been cut off before its name was on the disk, and now is.
    pub(super) fn repeated(&self, version: u64) -> Result<CommitOutcome, StoreError> {
        self.place.settle_log()?;
        Ok(CommitOutcome {
            version,
            figures: 0,
            repeated: true,
        })
    }

    /// The version that `request` made, where it has been committed.
    ///
    /// # Errors
    /// The log cannot be read.
    pub fn applied(&self, request: &str) -> Result<Option<u64>, StoreError> {
        if let Some(version) = self.lock().requests.get(request) {
            return Ok(Some(*version));
        }
        let snapshot = self.opened.snapshot()?;
        let log = self.place.log();
        let found = runtime()?.block_on(
            snapshot.transaction_version(log.as_ref(), format!("{APPLICATION}{request}")),
        )?;
        Ok(found.and_then(|version| u64::try_from(version).ok()))
    }
}

/// The file that a commit adds.
fn added(entry: &[Value]) -> Option<&str> {
    let add = entry.iter().find_map(|action| action.get("add"))?;
    add.get("path")?.as_str()
}
