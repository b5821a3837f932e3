//! Compiles `proto/` with protox, so that no protoc is needed on the machine.

use std::path::PathBuf;

const FILES: [&str; 8] = [
    "proto/tradecast/v1/series.proto",
    "proto/tradecast/v1/growth.proto",
    "proto/tradecast/v1/growth_review.proto",
    "proto/tradecast/v1/catalog.proto",
    "proto/tradecast/v1/ingest.proto",
    "proto/tradecast/v1/forecast.proto",
    "proto/tradecast/v1/backtest.proto",
    "proto/tradecast/v1/outlook.proto",
];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo:rerun-if-changed=proto");
    let descriptors = protox::compile(FILES, ["proto"])?;
    // The same descriptors answer reflection.
    let out = PathBuf::from(std::env::var("OUT_DIR")?).join("tradecast.bin");
    std::fs::write(&out, protox::prost::Message::encode_to_vec(&descriptors))?;
    tonic_prost_build::configure().compile_fds(descriptors)?;
    Ok(())
}
