//! Reads arbitrary bytes as a mapping and a table that it describes: they may be refused, but never
//! cause a panic.

#![no_main]

mod quiet;

use libfuzzer_sys::fuzz_target;
use std::path::Path;
use tradecast::ingest::mapping::parse_mapping;
use tradecast::ingest::{Format, InvalidRows, Mapping, ReadOptions, formats};

fuzz_target!(init: quiet::silence_caught_panics(), |data: &[u8]| {
    // A mapping, a line of its own, and the table.
    let split = data.windows(5).position(|bytes| bytes == b"\n---\n");
    let (mapping, table) = match split {
        Some(at) => (&data[..at], &data[at + 5..]),
        None => (&b""[..], data),
    };
    let text = String::from_utf8_lossy(mapping);
    let mut found = parse_mapping(&text).unwrap_or_default();
    if found == Mapping::default() {
        let _ = found.add_parts(&text);
    }
    for invalid_rows in [InvalidRows::Refuse, InvalidRows::ReportFirst] {
        let options = ReadOptions {
            format: Some(Format::Mapped),
            invalid_rows,
            mapping: found.clone(),
        };
        let _ = formats::read_bytes_with(Path::new("fuzz"), table, &options);
    }
});
