//! Queries sent one after the other, each answer a file.

use super::answer;
use super::error::FeedError;
use super::fetch::{self, FeedAnswer};
use super::query::Query;
use super::request_log::{RequestEntry, RequestLog};
use super::retry::RetryPolicy;
use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use time::{Date, OffsetDateTime};

/// Outcome of a query.
#[derive(Debug)]
pub enum PullOutcome {
    /// The answer was stored before, and nothing more can come.
    Kept {
        /// File of the answer.
        file: PathBuf,
    },
    /// The answer is new.
    New {
        /// File of the answer.
        file: PathBuf,
        /// Number of figures in it.
        figures: usize,
    },
    /// The service answered with success, but sent no record. Nothing is stored, and the next pull
    /// repeats the query.
    Empty {
        /// Query.
        query: String,
        /// What is known about it.
        message: String,
    },
    /// The query failed.
    Failed {
        /// Query.
        query: String,
        /// Reason.
        error: FeedError,
    },
}

impl PullOutcome {
    /// Whether the service asks for a longer wait than the policy allows.
    fn ends_the_pull(&self) -> bool {
        let Self::Failed { error, .. } = self else {
            return false;
        };
        matches!(error, FeedError::TooLong { .. })
    }
}

/// Send `queries` in order and store each answer as a file in `folder`; `report` gets the outcome
/// of each. A query whose answer reaches the service's limit of records is divided into its parts.
/// Where the service asks for a longer wait than `policy` allows, no further query is sent.
///
/// # Errors
/// [`FeedError::Folder`] where the folder cannot be written. The failure of a single query is an
/// outcome.
pub async fn pull(
    queries: Vec<Query>,
    folder: &Path,
    policy: &RetryPolicy,
    mut report: impl FnMut(&PullOutcome),
) -> Result<(), FeedError> {
    let cannot_write = |source| FeedError::Folder {
        folder: folder.to_owned(),
        source,
    };
    std::fs::create_dir_all(folder).map_err(cannot_write)?;
    let mut log = RequestLog::read(folder).map_err(cannot_write)?;
    let client = fetch::client(policy)?;
    let mut waiting: VecDeque<Query> = queries.into();
    let mut has_sent = false;
    while let Some(query) = waiting.pop_front() {
        let name = query.file_name();
        let file = folder.join(&name);
        if !query.again && answer::is_settled(&query, &file, log.entry(&name)) {
            report(&PullOutcome::Kept { file });
            continue;
        }
        // Where a query was divided before, its parts replace it.
        let parts = query.parts();
        let is_stored = |part: &Query| folder.join(part.file_name()).is_file();
        if !query.again && parts.iter().any(is_stored) {
            put_first(parts, &mut waiting);
            continue;
        }
        if has_sent {
            tokio::time::sleep(policy.pause).await;
        }
        has_sent = true;
        let day = OffsetDateTime::now_utc().date();
        let outcome = match fetch::fetch(&client, &query, policy).await {
            Ok(answer) if !reaches_limit(&query, &answer) => {
                store(&query, &answer, day, folder, &mut log).map_err(cannot_write)?;
                // Parts of a division before are in the answer, and no longer the latest.
                for part in &parts {
                    answer::remove(&folder.join(part.file_name())).map_err(cannot_write)?;
                }
                let figures = answer.figures.len();
                PullOutcome::New { file, figures }
            }
            Ok(_) if !parts.is_empty() => {
                put_first(parts, &mut waiting);
                continue;
            }
            Ok(FeedAnswer { records, .. }) => PullOutcome::Failed {
                query: query.to_string(),
                error: FeedError::Limit { records },
            },
            Err(FeedError::Empty { message }) => PullOutcome::Empty {
                query: query.to_string(),
                message,
            },
            Err(error) => PullOutcome::Failed {
                query: query.to_string(),
                error,
            },
        };
        report(&outcome);
        if outcome.ends_the_pull() {
            break;
        }
    }
    Ok(())
}

/// Put `queries` before all that wait, in their order.
fn put_first(queries: Vec<Query>, waiting: &mut VecDeque<Query>) {
    for query in queries.into_iter().rev() {
        waiting.push_front(query);
    }
}

/// Whether an answer has as many records as the service sends at most.
fn reaches_limit(query: &Query, answer: &FeedAnswer) -> bool {
    query.limit.is_some_and(|limit| answer.records >= limit)
}

/// Store an answer and log its request, which was sent on `day`.
fn store(
    query: &Query,
    answer: &FeedAnswer,
    day: Date,
    folder: &Path,
    log: &mut RequestLog,
) -> std::io::Result<()> {
    let name = query.file_name();
    answer::store(&folder.join(&name), folder, &answer.body)?;
    let is_complete = answer::is_complete(query, &answer.figures, Some(day));
    log.append(name, RequestEntry { day, is_complete })
}
