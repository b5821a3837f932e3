//! Reads arbitrary bytes as ChinaCustoms: they may be refused, but never cause a panic.

#![no_main]

mod quiet;

use libfuzzer_sys::fuzz_target;
use std::path::Path;
use tradecast::ingest::{Format, InvalidRows, formats};

fuzz_target!(
    init: quiet::silence_caught_panics(),
    |bytes: &[u8]| {
        for invalid in [InvalidRows::Refuse, InvalidRows::ReportFirst] {
            let format = Some(Format::ChinaCustoms);
            let _ = formats::read_bytes(Path::new("fuzz"), bytes, format, invalid);
        }
    }
);
