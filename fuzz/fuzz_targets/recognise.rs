//! Any bytes read as whatever they look like: the answer may be a refusal, never a panic.

#![no_main]

mod quiet;

use libfuzzer_sys::fuzz_target;
use std::path::Path;
use tradecast::ingest::{InvalidRows, formats};

fuzz_target!(
    init: quiet::let_readers_be_caught(),
    |bytes: &[u8]| {
        for mode in [InvalidRows::Refuse, InvalidRows::ReportFirst] {
            let _ = formats::read_bytes(Path::new("fuzz"), bytes, None, mode);
        }
    }
);
