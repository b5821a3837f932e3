//! Official services asked for their figures: one query a file, so that a pull that was broken off goes on where it stopped.
//!
//! A query asks for one year at most, and again until nothing more can come: every series that was asked for has every month of it, or it
//! was asked for two years after the year was over, which is later than the slowest reporters send. An answer is read as an import reads
//! it before it gets its place in the folder: what is cut, malformed or refused never does. Requests follow each other with a pause;
//! failures that may pass (429, 5xx, a cut connection, a cut answer) are tried again with growing, jittered delays, or when the service
//! says (`Retry-After`). Where it says later than there is patience for, the pull stops.
//!
//! Answers state no day of release: of two about a month the one that is taken in last stands. `in_order_of_asking` sees to it that this
//! is the one that was asked for last, whatever their names.

mod asked;
mod fetch;
mod plan;

pub(crate) use asked::in_order_of_asking;
pub use fetch::{FeedError, RetryPolicy};
pub use plan::{Feed, FeedRequest, Query};

use crate::ingest::{FigureBatch, IngestError, InvalidRows, formats};
use asked::{RequestEntry, RequestLog};
use std::path::{Path, PathBuf};
use time::{Date, OffsetDateTime};

/// What became of a query.
#[derive(Debug)]
pub enum PullOutcome {
    /// Its file was there already, and nothing more can come.
    Kept {
        /// The file.
        file: PathBuf,
    },
    /// Its file is new.
    New {
        /// The file.
        file: PathBuf,
        /// How many figures are in it.
        figures: usize,
    },
    /// The service answered with success and nothing: no figures, or a wrong parameter. Nothing is kept, the next pull asks again.
    Empty {
        /// The query.
        query: String,
        /// What the service said.
        words: String,
    },
    /// It failed.
    Failed {
        /// The query.
        query: String,
        /// Why.
        error: FeedError,
    },
}

/// Asks all `queries`, in order, and keeps each answer as a file in `folder`; `seen` learns of each as it is done. A query whose answer
/// reaches the service's limit of records is divided. A service that asks to wait for longer than `patience` has is asked nothing more.
///
/// # Errors
/// [`FeedError::Folder`] where the folder cannot be written; what a single query came to is told through `seen`.
pub async fn pull(
    queries: Vec<Query>,
    folder: &Path,
    patience: &RetryPolicy,
    mut seen: impl FnMut(&PullOutcome),
) -> Result<(), FeedError> {
    let cannot = |source| FeedError::Folder {
        folder: folder.to_owned(),
        source,
    };
    std::fs::create_dir_all(folder).map_err(cannot)?;
    let mut record = RequestLog::read(folder).map_err(cannot)?;
    let client = patience.client()?;
    let mut waiting: std::collections::VecDeque<Query> = queries.into();
    let mut asked = false;
    while let Some(query) = waiting.pop_front() {
        let name = query.file_name();
        let file = folder.join(&name);
        if !query.again && is_settled(&query, &file, record.of(&name)) {
            seen(&PullOutcome::Kept { file });
            continue;
        }
        // The parts of a query that was divided before stand for it.
        let parts = query.parts();
        let divided = !parts.is_empty()
            && parts
                .iter()
                .any(|part| folder.join(part.file_name()).is_file());
        if divided && !query.again {
            parts
                .into_iter()
                .rev()
                .for_each(|part| waiting.push_front(part));
            continue;
        }
        if asked {
            tokio::time::sleep(patience.pause).await;
        }
        asked = true;
        let on = OffsetDateTime::now_utc().date();
        let pulled = match fetch::fetch(&client, &query, patience).await {
            Ok(answer) if query.limit.is_some_and(|limit| answer.records >= limit) => {
                if parts.is_empty() {
                    let error = FeedError::Limit {
                        records: answer.records,
                    };
                    PullOutcome::Failed {
                        query: query.to_string(),
                        error,
                    }
                } else {
                    parts
                        .into_iter()
                        .rev()
                        .for_each(|part| waiting.push_front(part));
                    continue;
                }
            }
            Ok(answer) => {
                keep(&file, folder, &answer.body).map_err(cannot)?;
                let whole = is_whole(&query, &answer.figures, Some(on));
                record
                    .note(name, RequestEntry { on, whole })
                    .map_err(cannot)?;
                // It was divided before: what its parts have is in it, and no longer the latest.
                for part in &parts {
                    discard(&folder.join(part.file_name())).map_err(cannot)?;
                }
                PullOutcome::New {
                    file,
                    figures: answer.figures.len(),
                }
            }
            Err(FeedError::Empty { words }) => PullOutcome::Empty {
                query: query.to_string(),
                words,
            },
            Err(error) => PullOutcome::Failed {
                query: query.to_string(),
                error,
            },
        };
        seen(&pulled);
        if matches!(
            pulled,
            PullOutcome::Failed {
                error: FeedError::TooLong { .. },
                ..
            }
        ) {
            break;
        }
    }
    Ok(())
}

/// How many days after a year its figure as a whole may still be that of fewer months.
const DAYS_LATE: i64 = 60;
/// How many days after a year whoever has sent nothing will not.
const DAYS_LATEST: i64 = 2 * 365;

/// How many days after its year a query was asked; fewer than none within it.
fn days_after(query: &Query, asked_on: Date) -> Option<i64> {
    let over = query.year.checked_add(1)?;
    let over = Date::from_calendar_date(over, time::Month::January, 1).ok()?;
    Some((asked_on - over).whole_days())
}

/// Whether `file` is there and nothing more can come. One that nothing is noted of, put there by hand, must tell it by itself.
fn is_settled(query: &Query, file: &Path, note: Option<RequestEntry>) -> bool {
    if !file.is_file() {
        return false;
    }
    match note {
        Some(RequestEntry { whole: true, .. }) => true,
        Some(RequestEntry { on, .. }) => {
            days_after(query, on).is_some_and(|days| days >= DAYS_LATEST)
        }
        None => std::fs::read(file).is_ok_and(|body| {
            figures(query, &body).is_ok_and(|figures| is_whole(query, &figures, None))
        }),
    }
}

/// Whether an answer has every series that was asked for, and each of them every month: by itself, or in the figure of a year that had long
/// been over. A gap is no figure: it may be filled later.
fn is_whole(query: &Query, figures: &FigureBatch, asked_on: Option<Date>) -> bool {
    let days = asked_on.and_then(|day| days_after(query, day));
    let of_year = days.is_some_and(|days| days >= DAYS_LATE);
    let mut found = vec![0; figures.keys().len()];
    for row in figures.rows() {
        let first = row.span.first();
        if row.value.is_nan() || first.year() != query.year {
            continue;
        }
        found[row.key as usize] |= match (first.of_year(), row.span.len()) {
            (month, 1) => plan::bit(month),
            (1, 12) if of_year => plan::ALL_MONTHS,
            _ => 0,
        };
    }
    let has_all = |months: &u16| months & query.months == query.months;
    found.len() >= query.series && found.iter().all(has_all)
}

/// Writes beside the file and moves it into its place when whole and on the disk.
fn keep(file: &Path, folder: &Path, body: &[u8]) -> std::io::Result<()> {
    use std::io::Write;
    let mut part = aside_in(folder)?;
    part.write_all(body)?;
    part.as_file().sync_all()?;
    part.persist(file).map_err(|error| error.error)?;
    Ok(())
}

/// Removes a file where it is.
fn discard(file: &Path) -> std::io::Result<()> {
    match std::fs::remove_file(file) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// A hidden file in `folder` that is to get its place once it is whole. It may be read by whom the system lets read a new file, not by its maker alone.
pub(crate) fn aside_in(folder: &Path) -> std::io::Result<tempfile::NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".tradecast-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // Less what the umask takes away.
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(folder)
}

/// Reads an answer as an import would.
fn figures(query: &Query, body: &[u8]) -> Result<FigureBatch, IngestError> {
    let name = query.file_name();
    let read = formats::read_bytes(
        Path::new(&name),
        body,
        Some(query.feed.format()),
        InvalidRows::Refuse,
    );
    read.map(|(_, reading)| reading.figures)
}

#[cfg(test)]
mod test;
