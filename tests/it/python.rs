//! A client that nobody here wrote: Python's grpcio with stubs made from `proto/`.

use crate::server::Server;
use std::io::Write;
use std::path::Path;
use std::process::Command;

/// Names each module that cannot be imported, with the reason.
const MISSING: &str = "
import importlib, sys
for name in sys.argv[1:]:
    try:
        importlib.import_module(name)
    except Exception as error:
        print(f'{name} ({error})')
";

/// Return the Python that `TRADECAST_PYTHON` names, which must have the modules; where it names
/// none, `python3` if it has them. Where it has not, say that the test is skipped.
pub(crate) fn python(modules: &[&str]) -> Option<String> {
    let named = std::env::var("TRADECAST_PYTHON").ok();
    let is_named = named.is_some();
    let python = named.unwrap_or_else(|| "python3".to_owned());
    let found = Command::new(&python)
        .args(["-c", MISSING])
        .args(modules)
        .output();
    let lacking = match found {
        Err(error) => format!("{python} cannot be run: {error}"),
        Ok(ran) if ran.status.success() && ran.stdout.is_empty() => return Some(python),
        Ok(ran) => {
            let said = [ran.stdout, ran.stderr].concat();
            let said = String::from_utf8_lossy(&said);
            format!("{python} lacks {}", said.trim_end().replace('\n', ", "))
        }
    };
    assert!(!is_named, "TRADECAST_PYTHON: {lacking}");
    // Not by `eprintln!`, which is shown of tests that fail.
    let _ = writeln!(std::io::stderr(), "skipped: {lacking}");
    None
}

#[test]
fn a_python_client_reads_the_stream() {
    let needed = [
        "grpc",
        "grpc_tools",
        "grpc_health.v1",
        "grpc_reflection.v1alpha",
    ];
    let Some(python) = python(&needed) else {
        return;
    };
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let stubs = tempfile::tempdir().unwrap();
    let made = Command::new(&python)
        .args(["-m", "grpc_tools.protoc", "-I", "proto"])
        .arg(format!("--python_out={}", stubs.path().display()))
        .arg(format!("--grpc_python_out={}", stubs.path().display()))
        .args(
            [
                "series",
                "growth",
                "growth_review",
                "catalog",
                "forecast",
                "backtest",
                "outlook",
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
