//! Reads arbitrary bytes as the tables of single publishers: they may be refused, but never cause a
//! panic.

#![no_main]

mod quiet;

use libfuzzer_sys::fuzz_target;
use std::path::Path;
use tradecast::ingest::{Format, InvalidRows, formats};

const FORMATS: [Format; 13] = [
    Format::UsaTradeOnline,
    Format::CensusTable,
    Format::EasyComext,
    Format::Wits,
    Format::Baci,
    Format::StatCan,
    Format::SingStat,
    Format::Inegi,
    Format::TradeStat,
    Format::Japan,
    Format::ComexStat,
    Format::UnData,
    Format::DataWeb,
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
