//! The formats of trade statistics: one file a format, each turning text into a
//! [`ParsedFile`](super::ParsedFile).
//!
//! A format is recognised by the content, never by the name. Containers are unpacked first (gzip,
//! 7z, zip). Rows that a format excludes on purpose are counted with the reason. Rows of refusals
//! are lines of a text, records of a JSON answer (counted from 1; the header of the Census
//! Bureau's is row 1) and rows of a sheet.

mod census;
mod china;
mod comext;
mod comtrade;
mod draft;
mod format;
mod json;
mod long_figures;
mod mapped;
mod publishers;
mod read;
mod recognise;
mod record;
mod sdmx;
mod table;

pub use format::Format;
pub(super) use read::for_each_batch;
pub use read::{read, read_as, read_bytes, read_bytes_with, read_with};

#[cfg(test)]
mod arbitrary_test;
#[cfg(test)]
mod bounds_test;
#[cfg(test)]
mod cell_refusals_test;
#[cfg(test)]
mod china_test;
#[cfg(test)]
mod display_names_test;
#[cfg(test)]
mod number_marks_test;
#[cfg(test)]
mod publishers_test;
#[cfg(test)]
mod refusals_test;
#[cfg(test)]
mod release_dates_test;
#[cfg(test)]
mod status_test;
#[cfg(test)]
mod test;
#[cfg(test)]
mod totals_test;
