//! The file beside the results of a batch that says where each history ends, and its notes.

use crate::pipeline::BatchRow;
use crate::trade::{Month, Notation};
use anyhow::Context;
use std::path::{Path, PathBuf};

/// What the name of the list of failures adds to that of the results.
pub(super) const ERRORS: &str = ".errors.csv";
/// What the name of the notes adds to that of the results.
pub(super) const NOTES: &str = ".notes.csv";
/// The months that a history may end before the latest one without a note.
const USUAL_DELAY: usize = 12;

/// The notes of a batch while they are written: one row a series with a forecast.
pub(super) struct BatchNotes {
    file: PathBuf,
    /// Written at the end, so that a batch that breaks off leaves no file.
    writer: csv::Writer<Vec<u8>>,
    notation: Notation,
    latest: Option<Month>,
}

impl BatchNotes {
    /// Start the notes beside the results `out`, with the columns `id`, `ended` (the last month of
    /// the history) and `notes`. `latest` is the latest month of any series.
    pub(super) fn create(
        out: &Path,
        id: &str,
        notation: Notation,
        latest: Option<Month>,
    ) -> anyhow::Result<Self> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record([id, "ended", "notes"])?;
        Ok(Self {
            file: beside(out, NOTES),
            writer,
            notation,
            latest,
        })
    }

    /// Write the row of one series.
    pub(super) fn write(&mut self, id: &str, row: &BatchRow) -> anyhow::Result<()> {
        let ended = self.notation.write(row.last);
        let behind = self.latest.and_then(|latest| latest.index_from(row.last));
        let old = behind
            .filter(|months| *months >= USUAL_DELAY)
            .map(|months| {
                format!("the history ends {months} months before the latest figure of the file")
            });
        let notes: Vec<String> = old.into_iter().chain(row.notes.iter().cloned()).collect();
        Ok(self.writer.write_record([id, &ended, &notes.join("; ")])?)
    }

    /// Write the file.
    pub(super) fn finish(self) -> anyhow::Result<()> {
        let content = self.writer.into_inner().map_err(|e| e.into_error())?;
        let written = std::fs::write(&self.file, content);
        written.with_context(|| format!("cannot write {}", self.file.display()))
    }
}

/// Return the file beside the results `out` whose name adds `ending`.
pub(super) fn beside(out: &Path, ending: &str) -> PathBuf {
    let mut name = out.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}
