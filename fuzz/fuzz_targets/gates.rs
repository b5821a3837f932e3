//! Any text read as gates of a backtest: the answer may be an error, never a panic.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tradecast::backtest::gate::Gates;

fuzz_target!(|text: &str| {
    let _ = Gates::parse(text);
});
