//! Settings from a file, the environment and the command line.

use crate::server::{TRADECAST, command};
use std::path::Path;
use std::process::Output;

fn config(arguments: &[&str], environment: &[(&str, &str)]) -> Output {
    let mut config = command(TRADECAST);
    config
        .arg("config")
        .args(arguments)
        .envs(environment.iter().copied());
    config.output().unwrap()
}

fn file(folder: &Path, text: &str) -> String {
    let path = folder.join("tradecast.toml");
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn the_command_line_goes_before_the_environment_and_both_before_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(
        folder.path(),
        "listen = \"127.0.0.1:1\"\ngrace = 11\nthreads = 3\ninsecure = true\n\
         cors-origin = [\"https://a.example.org\", \"https://b.example.org\"]\nstore = \"filed\"\n",
    );
    let environment = [("TRADECAST_GRACE", "12"), ("TRADECAST_THREADS", "4")];
    let arguments = ["show", "--config", &path, "--threads", "5"];
    let shown = config(&arguments, &environment);
    let text = String::from_utf8(shown.stdout).unwrap();
    for line in [
        "listen = \"127.0.0.1:1\"  # file",
        "grace = 12  # environment",
        "threads = 5  # command line",
        "insecure = true  # file",
        "cors-origin = [\"https://a.example.org\", \"https://b.example.org\"]  # file",
        "store = \"filed\"  # file",
        "write-timeout = 30  # default",
        "# tls-cert: not set",
    ] {
        assert!(
            text.lines().any(|found| found == line),
            "{line} is not in\n{text}"
        );
    }
    // What is shown is itself a file of the same settings.
    let again = file(folder.path(), &text);
    let checked = config(&["check", &again], &[]);
    assert!(
        checked.status.success(),
        "{}",
        String::from_utf8_lossy(&checked.stderr)
    );
}

#[test]
fn a_key_that_does_not_exist_is_refused_with_the_nearest() {
    let folder = tempfile::tempdir().unwrap();
    for (text, expected) in [
        (
            "lisen = \"127.0.0.1:0\"",
            "no setting `lisen`; the nearest is `listen`",
        ),
        (
            "write_timeout = 5",
            "no setting `write_timeout`; the nearest is `write-timeout`",
        ),
        (
            "colour = \"red\"",
            "no setting `colour`; `tradecast config show` lists them",
        ),
        ("config = \"x\"", "no setting `config`"),
        ("grace = \"soon\"", "grace: invalid value 'soon'"),
        ("[tls]\ncert = \"x\"", "no setting `tls`"),
        ("listen = {}", "listen: expected a text, a number"),
        ("listen = \"127.0.0.1\"", "expected HOST:PORT"),
        ("tls-cert = \"server.pem\"", "expected --tls-key, too"),
        ("api-keys = \"/nowhere/keys\"", "cannot use /nowhere/keys"),
        ("data = \"a\"\nstore = \"b\"", "expected `data` or `store`"),
        ("listen =", "is no TOML"),
    ] {
        let path = file(folder.path(), text);
        let checked = config(&["check", &path], &[]);
        let error = String::from_utf8_lossy(&checked.stderr);
        assert_eq!(checked.status.code(), Some(1), "{text}: {error}");
        assert!(error.contains(expected), "{text}: {error}");
        assert!(
            error.contains("tradecast.toml")
                || text.contains("tls-cert")
                || text.contains("api-keys"),
            "{error}"
        );
    }
}
