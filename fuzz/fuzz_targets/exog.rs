//! Any bytes read as regressors that are known ahead: the answer may be a refusal, never a panic.

#![no_main]

mod quiet;

use libfuzzer_sys::fuzz_target;
use tradecast::ingest::exog;

fuzz_target!(
    init: quiet::let_readers_be_caught(),
    |bytes: &[u8]| {
        let _ = exog::read(quiet::file(bytes).path(), "unique_id", "ds");
    }
);
