//! The page in a real browser: `web/tests` against this binary. It needs Node with the packages of
//! `web/` (`npm ci`) and Debian's Chromium, and says so where they are absent.

use super::server::TRADECAST;
use std::path::Path;
use std::process::Command;

#[test]
fn every_flow_of_the_page_works_in_a_browser() {
    let web = Path::new(env!("CARGO_MANIFEST_DIR")).join("web");
    let node = Command::new("node").arg("--version").output();
    let chromium = std::env::var_os("CHROMIUM").unwrap_or_else(|| "/usr/bin/chromium".into());
    let absent = [
        (node.is_err(), "node"),
        (
            !web.join("node_modules/playwright-core").exists(),
            "`npm ci` in web/",
        ),
        (!Path::new(&chromium).exists(), "chromium"),
    ];
    if let Some((_, what)) = absent.iter().find(|(absent, _)| *absent) {
        eprintln!("skipped: the browser tests of the page need {what}");
        return;
    }
    let run = Command::new("node")
        .args(["--test", "--test-concurrency=1", "tests/"])
        .current_dir(&web)
        .env("TRADECAST_BINARY", TRADECAST)
        .output()
        .expect("node was found");
    let (out, err) = (
        String::from_utf8_lossy(&run.stdout),
        String::from_utf8_lossy(&run.stderr),
    );
    assert!(run.status.success(), "{out}\n{err}");
}
