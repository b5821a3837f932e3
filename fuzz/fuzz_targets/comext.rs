//! Reads arbitrary bytes as Comext: they may be refused, but never cause a panic.

#![no_main]

use libfuzzer_sys::fuzz_target;
use std::path::Path;
use tradecast::ingest::{Format, InvalidRows, formats};

fuzz_target!(|bytes: &[u8]| {
    for invalid in [InvalidRows::Refuse, InvalidRows::ReportFirst] {
        let _ = formats::read_bytes(Path::new("fuzz"), bytes, Some(Format::Comext), invalid);
    }
});
