//! The members of a zip archive, unpacked one by one within the limits of a container.

use super::container::{Input, most_unpacked};
use super::refusal::{IngestError, Refusal};
use super::source::NamedFile;
use std::io::{Read, SeekFrom};
use std::path::{Path, PathBuf};
use zip::ZipArchive;

/// The most members of an archive.
const MEMBERS: usize = 4096;

/// Call `read` with every file of the archive, in the order of names and unpacked into a temporary
/// file; errors call it by the archive's name and its own. Folders and files that programs add
/// for themselves are passed over.
///
/// # Errors
/// The errors of `read`; an archive that is damaged or holds too much.
pub(super) fn for_each_member(
    input: &mut dyn Input,
    name: &Path,
    mut read: impl FnMut(NamedFile<'_>) -> Result<(), IngestError>,
) -> Result<(), IngestError> {
    let io = |source| IngestError::io(name, source);
    let broken = |error: zip::result::ZipError| IngestError::format(name, "zip", error.to_string());
    let packed = input.seek(SeekFrom::End(0)).map_err(io)?;
    let most = most_unpacked(packed);
    let mut left = most;
    let mut archive = ZipArchive::new(input).map_err(broken)?;
    let mut members: Vec<String> = archive
        .file_names()
        .filter_map(|name| Some(name.ok()?.into_owned()))
        .collect();
    members.retain(|member| is_content(member));
    members.sort_unstable();
    if members.len() > MEMBERS {
        let expected = format!("expected at most {MEMBERS} files within");
        return Err(Refusal::of_file(name, expected).into());
    }
    for member in members {
        let mut file = archive.by_name(&member).map_err(broken)?;
        let ending = Path::new(&member).extension().unwrap_or_default();
        let mut copy = tempfile::Builder::new()
            .suffix(&format!(".{}", ending.to_string_lossy()))
            .tempfile()
            .map_err(io)?;
        let mut limited = Read::take(&mut file, left + 1);
        let copied = std::io::copy(&mut limited, copy.as_file_mut()).map_err(io)?;
        let Some(more) = left.checked_sub(copied) else {
            let expected = format!("expected at most {most} bytes unpacked, since it has {packed}");
            return Err(Refusal::of_file(name, expected).into());
        };
        left = more;
        let shown: PathBuf = name.join(&member);
        read(NamedFile {
            name: &shown,
            ..NamedFile::at(copy.path())
        })?;
    }
    Ok(())
}

/// Whether a member is a file that may hold figures.
fn is_content(member: &str) -> bool {
    let file = member.rsplit('/').next().unwrap_or_default();
    !file.is_empty() && !file.starts_with('.') && !member.starts_with("__MACOSX")
}
