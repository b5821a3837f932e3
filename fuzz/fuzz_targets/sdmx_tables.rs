//! Reads arbitrary bytes as JSON-stat and the tables made of SDMX: they may be refused, but never
//! cause a panic.

#![no_main]

mod quiet;

use libfuzzer_sys::fuzz_target;
use std::path::Path;
use tradecast::ingest::{Format, InvalidRows, formats};

const FORMATS: [Format; 4] = [
    Format::EurostatTsv,
    Format::JsonStat,
    Format::ImfTable,
    Format::DataBrowser,
];

fuzz_target!(
    init: quiet::silence_caught_panics(),
    |bytes: &[u8]| {
        for format in FORMATS {
            for invalid in [InvalidRows::Refuse, InvalidRows::ReportFirst] {
                let _ = formats::read_bytes(Path::new("fuzz"), bytes, Some(format), invalid);
            }
        }
    }
);
