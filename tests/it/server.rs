//! A `tradecast serve` of a test's own, ended with the test.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};
use tonic::transport::Channel;

/// The program.
pub(crate) const TRADECAST: &str = env!("CARGO_BIN_EXE_tradecast");

/// A command that runs `program`, knowing nothing of what a developer's shell has set for ours.
pub(crate) fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    let names = std::env::vars_os().map(|(name, _)| name);
    for name in names.filter(|name| name.as_encoded_bytes().starts_with(b"TRADECAST_")) {
        command.env_remove(name);
    }
    command
}

/// A running server. Dropping it kills it, whatever the test came to.
pub(crate) struct Server {
    process: Child,
    pub(crate) address: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Server {
    /// Starts a server with the bundled data on a free port.
    pub(crate) fn start() -> Self {
        let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("data");
        Self::on("--data", &data, &[])
    }

    /// Starts a server with the bundled data and further arguments.
    pub(crate) fn with(arguments: &[&str]) -> Self {
        let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("data");
        Self::on("--data", &data, arguments)
    }

    /// Starts a server on the tidy figures in `folder`.
    pub(crate) fn on_data(folder: &Path) -> Self {
        Self::on("--data", folder, &[])
    }

    /// Starts a server on a store in `folder`.
    pub(crate) fn on_store(folder: &Path) -> Self {
        Self::on("--store", folder, &[])
    }

    fn on(option: &str, place: &Path, arguments: &[&str]) -> Self {
        let mut process = command(TRADECAST)
            .args(["serve", "--listen", "127.0.0.1:0", option])
            .arg(place)
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let out = process.stdout.take().unwrap();
        let mut server = Self {
            process,
            address: String::new(),
        };
        let mut line = String::new();
        BufReader::new(out).read_line(&mut line).unwrap();
        let address = line.trim_end().strip_prefix("listening on ");
        server.address = address
            .unwrap_or_else(|| panic!("the first line is `{line}`"))
            .to_owned();
        server
    }

    /// A connection to it.
    pub(crate) async fn connect(&self) -> Channel {
        let endpoint = Channel::from_shared(format!("http://{}", self.address)).unwrap();
        endpoint.connect().await.unwrap()
    }

    /// The number of its process.
    pub(crate) fn process(&self) -> u32 {
        self.process.id()
    }

    /// Sends a signal, as `kill` does.
    pub(crate) fn signal(&self, name: &str) {
        let sent = Command::new("kill")
            .args([&format!("-{name}"), &self.process.id().to_string()])
            .status();
        assert!(sent.unwrap().success());
    }

    /// Waits until the server has ended by itself.
    pub(crate) fn ended_within(&mut self, limit: Duration) -> ExitStatus {
        let begun = Instant::now();
        loop {
            if let Some(status) = self.process.try_wait().unwrap() {
                return status;
            }
            assert!(begun.elapsed() < limit, "the server still runs");
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}
