//! Any bytes read as Long, figure by figure and as a panel: the answer may be a refusal, never a
//! panic.

#![no_main]

mod quiet;

use libfuzzer_sys::fuzz_target;
use std::path::Path;
use tradecast::ingest::{Format, LongColumns, InvalidRows, formats, long};

fuzz_target!(
    init: quiet::let_readers_be_caught(),
    |bytes: &[u8]| {
        for mode in [InvalidRows::Refuse, InvalidRows::ReportFirst] {
            let _ = formats::read_bytes(Path::new("fuzz"), bytes, Some(Format::Long), mode);
        }
        // As a batch reads it: into one grid.
        let _ = long::read(quiet::file(bytes).path(), &LongColumns::default());
    }
);
