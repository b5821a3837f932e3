//! Reads arbitrary bytes as exchange rates: they may be refused, but never cause a panic.

#![no_main]

mod quiet;

use libfuzzer_sys::fuzz_target;
use tradecast::ingest::{ExchangeRates, rates};

fuzz_target!(
    init: quiet::silence_caught_panics(),
    |bytes: &[u8]| {
        let _ = rates::read(quiet::file(bytes).path(), &mut ExchangeRates::default());
    }
);
