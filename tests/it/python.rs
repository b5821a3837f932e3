//! A client that nobody here wrote: Python's grpcio with stubs made from `proto/`.

use crate::server::Server;
use std::path::Path;
use std::process::Command;

#[test]
fn a_python_client_reads_the_stream() {
    let python = std::env::var("TRADECAST_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let needed = "import grpc, grpc_tools, grpc_health.v1, grpc_reflection.v1alpha";
    let found = Command::new(&python).args(["-c", needed]).output();
    if !found.is_ok_and(|output| output.status.success()) {
        println!("skipped: {python} has no grpcio with tools, health and reflection");
        return;
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let stubs = tempfile::tempdir().unwrap();
    let made = Command::new(&python)
        .args(["-m", "grpc_tools.protoc", "-I", "proto"])
        .arg(format!("--python_out={}", stubs.path().display()))
        .arg(format!("--grpc_python_out={}", stubs.path().display()))
        .args(
            [
                "series", "growth", "account", "catalog", "forecast", "backtest", "outlook",
            ]
            .map(|name| format!("proto/tradecast/v1/{name}.proto")),
        )
        .current_dir(root)
        .status();
    assert!(made.unwrap().success());
    let server = Server::start();
    let output = Command::new(&python)
        .arg(root.join("tests/clients/smoke.py"))
        .arg(&server.address)
        .arg(stubs.path())
        .output()
        .unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{error}");
}
