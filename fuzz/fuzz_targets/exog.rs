//! Reads arbitrary bytes as regressors that are known ahead: they may be refused, but never cause a
//! panic.

#![no_main]

mod quiet;

use libfuzzer_sys::fuzz_target;
use tradecast::ingest::exog;

fuzz_target!(
    init: quiet::silence_caught_panics(),
    |bytes: &[u8]| {
        let _ = exog::read(quiet::file(bytes).path(), "unique_id", "ds");
    }
);
