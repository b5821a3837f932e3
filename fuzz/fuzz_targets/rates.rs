//! Any bytes read as exchange rates: the answer may be a refusal, never a panic.

#![no_main]

mod quiet;

use libfuzzer_sys::fuzz_target;
use tradecast::ingest::{ExchangeRates, rates};

fuzz_target!(
    init: quiet::let_readers_be_caught(),
    |bytes: &[u8]| {
        let _ = rates::read(quiet::file(bytes).path(), &mut ExchangeRates::default());
    }
);
