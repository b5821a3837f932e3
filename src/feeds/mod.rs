//! Official services asked for their figures: one query a file, so that a pull that was broken off goes on where it stopped.
//!
//! A query asks for one year at most, and again while the year was not over, or its last months not out yet, when it was answered. An answer is read as an import reads it before it gets its place in the folder: what is cut,
//! malformed or refused never does. Requests follow each other with a pause; failures that may pass (429, 5xx, a cut connection, a cut
//! answer) are tried again with growing, jittered delays, or when the service says (`Retry-After`).

mod fetch;
mod plan;

pub use fetch::{FeedError, Patience};
pub use plan::{Ask, Feed, Query};

use crate::ingest::{Mode, formats};
use std::path::{Path, PathBuf};

/// What became of a query.
#[derive(Debug)]
pub enum Pulled {
    /// Its file was there already, written after its year was over.
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
/// reaches the service's limit of records is divided.
///
/// # Errors
/// [`FeedError::Folder`] where the folder cannot be written; what a single query came to is told through `seen`.
pub async fn pull(
    queries: Vec<Query>,
    folder: &Path,
    patience: &Patience,
    mut seen: impl FnMut(&Pulled),
) -> Result<(), FeedError> {
    let cannot = |source| FeedError::Folder {
        folder: folder.to_owned(),
        source,
    };
    std::fs::create_dir_all(folder).map_err(cannot)?;
    let client = patience.client()?;
    let mut waiting: std::collections::VecDeque<Query> = queries.into();
    let mut asked = false;
    while let Some(query) = waiting.pop_front() {
        let file = folder.join(query.file_name());
        if !query.again && is_settled(&file, query.year) {
            seen(&Pulled::Kept { file });
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
        let pulled = match fetch::fetch(&client, &query, patience).await {
            Ok(answer) if query.limit.is_some_and(|limit| answer.records >= limit) => {
                if parts.is_empty() {
                    let error = FeedError::Limit {
                        records: answer.records,
                    };
                    Pulled::Failed {
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
                Pulled::New {
                    file,
                    figures: answer.figures,
                }
            }
            Err(FeedError::Empty { words }) => Pulled::Empty {
                query: query.to_string(),
                words,
            },
            Err(error) => Pulled::Failed {
                query: query.to_string(),
                error,
            },
        };
        seen(&pulled);
    }
    Ok(())
}

/// How many days after a year its last months come out.
const DAYS_LATE: i64 = 60;

/// Whether `file` is there and was written when all of `year` could be in it.
fn is_settled(file: &Path, year: i32) -> bool {
    let written = std::fs::metadata(file).and_then(|meta| meta.modified());
    let over = time::Date::from_calendar_date(year.saturating_add(1), time::Month::January, 1);
    written.is_ok_and(|written| {
        let written = time::OffsetDateTime::from(written).date();
        over.is_ok_and(|over| written >= over + time::Duration::days(DAYS_LATE))
    })
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
fn figures(query: &Query, body: &[u8]) -> Result<usize, crate::ingest::IngestError> {
    let name = query.file_name();
    let read = formats::read_bytes(
        Path::new(&name),
        body,
        Some(query.feed.format()),
        Mode::AllOrNothing,
    );
    read.map(|(_, reading)| reading.figures.len())
}

#[cfg(test)]
mod test;
