//! A `tradecast serve` of a test's own, ended with the test.

use std::cell::RefCell;
use std::ffi::OsStr;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
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
    /// What it prints after its address.
    out: RefCell<BufReader<ChildStdout>>,
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

    /// Starts a server on a store in `folder` with further arguments, its log in `log`.
    pub(crate) fn on_store_with(folder: &Path, arguments: &[&str], log: &Path) -> Self {
        let log = std::fs::File::create(log).unwrap();
        Self::begin(command(TRADECAST), "--store", folder, arguments, log.into())
    }

    /// Starts a server on a store in `folder/store`, where `folder` is a disk of so many bytes that
    /// only the server sees.
    #[cfg(target_os = "linux")]
    pub(crate) fn on_small_disk(folder: &Path, size: &str) -> Self {
        const MOUNT: &str = "mount -t tmpfs -o size=$1 tmpfs \"$2\" && shift 2 && exec \"$@\"";
        let mut program = command("unshare");
        program
            .args(["--user", "--map-root-user", "--mount", "sh", "-c", MOUNT])
            .args(["sh", size])
            .arg(folder)
            .arg(TRADECAST);
        let place = folder.join("store");
        Self::begin(program, "--store", &place, &[], Stdio::null())
    }

    fn on(option: &str, place: &Path, arguments: &[&str]) -> Self {
        Self::begin(command(TRADECAST), option, place, arguments, Stdio::null())
    }

    fn begin(
        mut program: Command,
        option: &str,
        place: &Path,
        arguments: &[&str],
        log: Stdio,
    ) -> Self {
        let mut process = program
            .args(["serve", "--listen", "127.0.0.1:0", option])
            .arg(place)
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .unwrap();
        let out = process.stdout.take().unwrap();
        let mut server = Self {
            process,
            address: String::new(),
            out: RefCell::new(BufReader::new(out)),
        };
        server.address = server.line_after("listening on ");
        server
    }

    /// The next line that it prints, without its beginning.
    pub(crate) fn line_after(&self, beginning: &str) -> String {
        let mut line = String::new();
        self.out.borrow_mut().read_line(&mut line).unwrap();
        let rest = line.trim_end().strip_prefix(beginning);
        let rest = rest.unwrap_or_else(|| panic!("expected `{beginning}…`, not `{line}`"));
        rest.to_owned()
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

/// Processor time of a process so far, in seconds.
#[cfg(target_os = "linux")]
pub(crate) fn processor_seconds(process: u32) -> f64 {
    /// Ticks of `/proc/PID/stat` in a second.
    const TICKS: f64 = 100.0;
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap();
    let fields: Vec<&str> = stat[stat.rfind(')').unwrap() + 2..].split(' ').collect();
    (fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap()) / TICKS
}
