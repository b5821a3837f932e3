//! What systemd is told and gives.

use crate::server::{TRADECAST, command};
use std::io::{BufRead, BufReader};
use std::os::unix::net::UnixDatagram;
use std::process::{Child, Stdio};
use std::time::Duration;

/// A process that is ended with the test.
struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn terminate(process: &Ended) {
    let pid = process.0.id().to_string();
    let sent = std::process::Command::new("kill")
        .args(["-TERM", &pid])
        .status();
    assert!(sent.unwrap().success());
}

#[test]
fn systemd_is_told_that_it_is_ready_well_and_stopping() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notify");
    let socket = UnixDatagram::bind(&path).unwrap();
    socket
        .set_read_timeout(Some(Duration::from_secs(120)))
        .unwrap();
    let told = || {
        let mut bytes = [0; 256];
        let length = socket.recv(&mut bytes).unwrap();
        String::from_utf8_lossy(&bytes[..length])
            .trim_end()
            .to_owned()
    };
    let process = command(TRADECAST)
        .args(["serve", "--listen", "127.0.0.1:0", "--store"])
        .arg(folder.path().join("store"))
        .env("NOTIFY_SOCKET", &path)
        .env("WATCHDOG_USEC", "600000")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let process = Ended(process);
    let (mut is_ready, mut pings) = (false, 0);
    while !is_ready || pings < 2 {
        match told().as_str() {
            "READY=1" => is_ready = true,
            "WATCHDOG=1" => pings += 1,
            other => panic!("{other}"),
        }
    }
    terminate(&process);
    loop {
        match told().as_str() {
            "STOPPING=1" => break,
            "WATCHDOG=1" => {}
            other => panic!("{other}"),
        }
    }
}

/// Binds a socket as systemd does, and becomes the program with it.
const ACTIVATE: &str = "
import os, socket, sys
passed = socket.socket()
passed.bind(('127.0.0.1', 0))
passed.listen()
print(passed.getsockname()[1], flush=True)
os.dup2(passed.fileno(), 3)
os.set_inheritable(3, True)
os.environ.update(LISTEN_FDS='1', LISTEN_PID=str(os.getpid()))
os.execv(sys.argv[1], sys.argv[1:])
";

#[test]
fn a_socket_that_systemd_passes_goes_before_the_address() {
    let folder = tempfile::tempdir().unwrap();
    let process = command("python3")
        .args([
            "-c",
            ACTIVATE,
            TRADECAST,
            "serve",
            "--listen",
            "127.0.0.1:1",
            "--store",
        ])
        .arg(folder.path().join("store"))
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn();
    // Without Python there is nothing to see.
    let Ok(mut process) = process else {
        return;
    };
    let out = process.stdout.take().unwrap();
    let process = Ended(process);
    let mut lines = BufReader::new(out).lines().map(Result::unwrap);
    let port = lines.next().unwrap();
    assert_eq!(
        lines.next().unwrap(),
        format!("listening on 127.0.0.1:{port}")
    );
    terminate(&process);
}
