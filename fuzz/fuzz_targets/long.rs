//! Reads arbitrary bytes as Long, figure by figure and as a panel: they may be refused, but never
//! cause a panic.

#![no_main]

mod quiet;

use libfuzzer_sys::fuzz_target;
use std::path::Path;
use tradecast::ingest::{Format, InvalidRows, LongColumns, formats, long};

fuzz_target!(
    init: quiet::silence_caught_panics(),
    |bytes: &[u8]| {
        for invalid in [InvalidRows::Refuse, InvalidRows::ReportFirst] {
            let _ = formats::read_bytes(Path::new("fuzz"), bytes, Some(Format::Long), invalid);
        }
        // As a batch reads it: into one grid.
        let _ = long::read(quiet::file(bytes).path(), &LongColumns::default());
    }
);
