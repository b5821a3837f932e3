//! Compiles `proto/` with protox, so that no protoc is needed on the machine.

use std::collections::BTreeSet;
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
    let out = PathBuf::from(std::env::var("OUT_DIR")?);
    let encoded = protox::prost::Message::encode_to_vec(&descriptors);
    std::fs::write(out.join("tradecast.bin"), encoded)?;
    // The servers send the messages of a stream as bytes that were encoded before.
    let servers = out.join("servers");
    std::fs::create_dir_all(&servers)?;
    let mut builder = tonic_prost_build::configure()
        .build_client(false)
        .out_dir(servers)
        .extern_path(".tradecast.v1", "crate::service::pb");
    let methods = descriptors.file.iter().flat_map(|file| &file.service);
    let methods = methods.flat_map(|service| &service.method);
    let streamed: BTreeSet<&str> = methods
        .filter(|method| method.server_streaming())
        .map(|method| method.output_type())
        .collect();
    for message in streamed {
        builder = builder.extern_path(message, "crate::service::encoded::Encoded");
    }
    builder.compile_fds(descriptors.clone())?;
    tonic_prost_build::configure()
        .build_server(false)
        .compile_fds(descriptors)?;
    Ok(())
}
