//! Answer files, and whether an answer is complete.

use super::query::{ALL_MONTHS, Query, bit};
use super::request_log::RequestEntry;
use crate::ingest::{FigureBatch, IngestError, InvalidRows, formats};
use std::path::Path;
use time::Date;

/// Number of days after the end of a year within which its annual figure may still be that of fewer
/// months.
const DAYS_LATE: i64 = 60;
/// Number of days after the end of a year after which a missing figure is not expected any more.
const DAYS_LATEST: i64 = 2 * 365;

/// Read an answer as an import would.
pub(super) fn read(query: &Query, body: &[u8]) -> Result<FigureBatch, IngestError> {
    let name = query.file_name();
    let read = formats::read_bytes(
        Path::new(&name),
        body,
        Some(query.feed.format()),
        InvalidRows::Refuse,
    );
    read.map(|(_, parsed)| parsed.figures)
}

/// Whether the answer `file` exists and nothing more can come. `entry` is its entry in the request
/// log; without one, as for a file that was put there by hand, its figures decide.
pub(super) fn is_settled(query: &Query, file: &Path, entry: Option<RequestEntry>) -> bool {
    if !file.is_file() {
        return false;
    }
    match entry {
        Some(RequestEntry {
            is_complete: true, ..
        }) => true,
        Some(RequestEntry { day, .. }) => {
            days_after_year(query, day).is_some_and(|days| days >= DAYS_LATEST)
        }
        None => std::fs::read(file).is_ok_and(|body| {
            read(query, &body).is_ok_and(|figures| is_complete(query, &figures, None))
        }),
    }
}

/// Whether an answer has every requested series, and each of them every month: as monthly figures,
/// or in an annual figure that was requested long after the end of the year. A gap is no figure,
/// since it may be filled later.
pub(super) fn is_complete(
    query: &Query,
    figures: &FigureBatch,
    requested_on: Option<Date>,
) -> bool {
    let days = requested_on.and_then(|day| days_after_year(query, day));
    let is_annual_final = days.is_some_and(|days| days >= DAYS_LATE);
    let mut found = vec![0; figures.keys().len()];
    for row in figures.rows() {
        let first = row.span.first();
        if row.value.is_nan() || first.year() != query.year {
            continue;
        }
        found[row.key as usize] |= match (first.of_year(), row.span.len()) {
            (month, 1) => bit(month),
            (1, 12) if is_annual_final => ALL_MONTHS,
            _ => 0,
        };
    }
    let has_all = |months: &u16| months & query.months == query.months;
    found.len() >= query.series && found.iter().all(has_all)
}

/// Return how many days after the end of its year a query was sent; negative within the year.
fn days_after_year(query: &Query, requested_on: Date) -> Option<i64> {
    let next_year = query.year.checked_add(1)?;
    let end = Date::from_calendar_date(next_year, time::Month::January, 1).ok()?;
    Some((requested_on - end).whole_days())
}

/// Store an answer: write it to a temporary file of `folder`, which is renamed to `file` once it is
/// complete and on the disk.
pub(super) fn store(file: &Path, folder: &Path, body: &[u8]) -> std::io::Result<()> {
    use std::io::Write;
    let mut part = temporary_file_in(folder)?;
    part.write_all(body)?;
    part.as_file().sync_all()?;
    part.persist(file).map_err(|error| error.error)?;
    Ok(())
}

/// Remove a file, where it exists.
pub(super) fn remove(file: &Path) -> std::io::Result<()> {
    match std::fs::remove_file(file) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Make a hidden file in `folder` that is to be renamed once it is complete. It has the permissions
/// of any new file, not those of a private temporary file.
pub(crate) fn temporary_file_in(folder: &Path) -> std::io::Result<tempfile::NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".tradecast-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // The umask takes its part away.
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(folder)
}

#[cfg(test)]
mod tests {
    #[cfg(unix)]
    #[test]
    fn an_answer_has_the_permissions_of_a_new_file() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let mode = |name: &str| {
            let meta = std::fs::metadata(folder.path().join(name)).unwrap();
            meta.permissions().mode()
        };
        std::fs::write(folder.path().join("new"), "").unwrap();
        super::store(&folder.path().join("kept"), folder.path(), b"x").unwrap();
        assert_eq!(mode("kept"), mode("new"));
    }
}
