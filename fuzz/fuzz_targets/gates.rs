//! Reads arbitrary text as gates of a backtest: it may be an error, but never a panic.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tradecast::backtest::gate::Gates;

fuzz_target!(|text: &str| {
    let _ = Gates::parse(text);
});
