//! Commits: log entries that become versions, each made by one of several writers.

use super::backend::CreateOutcome;
use super::error::StoreError;
use super::log::{StoreChange, commit_name, commit_summary, lines};
use super::runtime::runtime;
use super::table::Store;
use serde_json::Value;
use std::time::Duration;

/// How often a commit is tried that is neither written nor readable.
const TRIES: u32 = 20;
/// The prefix of request ids among the applications of the table's transactions.
pub(super) const APPLICATION: &str = "tradecast:";

impl Store {
    /// Write the next version, whichever number it gets. Return the version of another commit as
    /// the inner error where that has done `request`, or where `stop` says so of one later than
    /// `since`, the version that the caller has read.
    pub(super) fn commit(
        &self,
        actions: impl Fn(u64) -> Vec<Value>,
        since: Option<u64>,
        request: Option<&str>,
        stop: impl Fn(&StoreChange, &[Value]) -> bool,
    ) -> Result<Result<u64, u64>, StoreError> {
        let mut state = self.lock();
        if let Some(version) = request.and_then(|request| state.requests.get(request)) {
            return Ok(Err(*version));
        }
        // Others who share this handle may have met commits that the caller has not read.
        for version in since.unwrap_or(state.latest) + 1..=state.latest {
            if let Some(entry) = self.entry(version)?
                && stop(&commit_summary(version, &entry), &entry)
            {
                return Ok(Err(version));
            }
        }
        let mut tries = 0;
        loop {
            let next = state.latest + 1;
            let ours = actions(next);
            let entry = match self.backend.create(&commit_name(next), lines(&ours))? {
                CreateOutcome::Created => None,
                CreateOutcome::Existed => match self.entry(next)? {
                    // A bucket that is asked again after a lost answer says that the file exists:
                    // the first attempt got through.
                    Some(entry) => Some(entry).filter(|entry| added(entry) != added(&ours)),
                    // Two who write at once may both be refused.
                    None if tries < TRIES => {
                        tries += 1;
                        std::thread::sleep(Duration::from_millis(5) * tries);
                        continue;
                    }
                    None => {
                        return Err(StoreError::File {
                            file: format!("{}/{}", self.location(), commit_name(next)),
                            reason: "it can neither be written nor read".to_owned(),
                        });
                    }
                },
            };
            let change = state.advance(next, entry.as_deref().unwrap_or(&ours));
            match entry {
                None => return Ok(Ok(next)),
                Some(entry) if stop(&change, &entry) => return Ok(Err(next)),
                Some(_) => {}
            }
        }
    }

    /// Return the version that `request` made, where it was committed.
    ///
    /// # Errors
    /// The log cannot be read.
    pub fn applied(&self, request: &str) -> Result<Option<u64>, StoreError> {
        if let Some(version) = self.lock().requests.get(request) {
            return Ok(Some(*version));
        }
        let snapshot = self.opened.snapshot()?;
        let log = self.backend.log();
        let found = runtime()?.block_on(
            snapshot.transaction_version(log.as_ref(), format!("{APPLICATION}{request}")),
        )?;
        Ok(found.and_then(|version| u64::try_from(version).ok()))
    }
}

/// Return the file that a commit adds.
fn added(entry: &[Value]) -> Option<&str> {
    let add = entry.iter().find_map(|action| action.get("add"))?;
    add.get("path")?.as_str()
}
