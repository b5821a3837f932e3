//! A disk that does not keep what it took: `fsync` fails, by strace. Nothing is acknowledged then,
//! and a caller who tries again writes nothing twice.

use super::*;
use std::process::{Child, Command, Stdio};

/// A disk whose `fsync` fails for a process, until this is dropped.
struct FailingDisk(Child);

impl FailingDisk {
    /// Let every `fsync` of the process fail from now on; `None` where this user may not trace it.
    async fn of(process: u32, log: &Path) -> Option<Self> {
        let tracer = Command::new("strace")
            .args(["-f", "-qq", "-e", "trace=fsync,fdatasync"])
            .args(["-e", "inject=fsync,fdatasync:error=EIO", "-p"])
            .arg(process.to_string())
            .arg("-o")
            .arg(log)
            .stderr(Stdio::null())
            .spawn();
        let mut disk = Self(tracer.ok()?);
        // It is attached once every thread says so.
        for _ in 0..1000 {
            tokio::time::sleep(Duration::from_millis(50)).await;
            if disk.0.try_wait().ok()?.is_some() {
                return None;
            }
            if is_traced(process)? {
                return Some(disk);
            }
        }
        None
    }
}

/// Whether every thread of a process is traced.
fn is_traced(process: u32) -> Option<bool> {
    let threads = std::fs::read_dir(format!("/proc/{process}/task")).ok()?;
    for thread in threads {
        // A thread that has ended meanwhile writes nothing.
        let status = std::fs::read_to_string(thread.ok()?.path().join("status")).ok();
        if status.is_some_and(|status| status.lines().any(|line| line == "TracerPid:\t0")) {
            return Some(false);
        }
    }
    Some(true)
}

impl Drop for FailingDisk {
    fn drop(&mut self) {
        let pid = self.0.id().to_string();
        // It lets the process go on a signal that it can handle.
        let _ = Command::new("kill").args(["-TERM", &pid]).status();
        let _ = self.0.wait();
    }
}

#[tokio::test]
async fn a_batch_is_acknowledged_only_once_the_disk_has_kept_it() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("store");
    let server = Server::on_store(&place);
    let mut client = IngestServiceClient::new(server.connect().await);
    let written = write(&mut client, "a", false, batch("USA.CHN.M.TOTAL.USD")).await;
    assert_eq!(written.unwrap().version, 1);

    let log = folder.path().join("trace");
    let Some(disk) = FailingDisk::of(server.process(), &log).await else {
        println!("left out: without strace, or this user may trace no process");
        return;
    };
    for id in ["b", "c", "b"] {
        let refused = write(&mut client, id, false, batch("USA.MEX.M.TOTAL.USD")).await;
        let status = refused.unwrap_err();
        assert_eq!(status.code(), Code::Unavailable, "{status:?}");
        let reason = status.get_error_details();
        let reason = reason.error_info().map(|info| info.reason.clone());
        assert_eq!(reason.as_deref(), Some("STORE_UNAVAILABLE"));
    }
    drop(disk);
    let failures = std::fs::read_to_string(&log).unwrap();
    let failures = failures.matches("EIO").count();
    assert!(failures >= 3, "{failures} calls failed");

    // Whether or not an attempt got as far as the log, the batch is there once.
    for _ in 0..2 {
        let written = write(&mut client, "b", false, batch("USA.MEX.M.TOTAL.USD")).await;
        assert!(written.is_ok(), "{written:?}");
    }
    server.signal("KILL");
    drop(server);
    let checked = tokio::task::spawn_blocking(move || {
        let store = open(&place);
        let is_b = |change: &&tradecast::store::StoreChange| change.request.as_deref() == Some("b");
        let history = store.history(10).unwrap();
        assert_eq!(history.iter().filter(is_b).count(), 1, "{history:?}");
        let snapshot = Snapshot::of_store(store.read(None).unwrap()).unwrap();
        for key in ["USA.CHN.M.TOTAL.USD", "USA.MEX.M.TOTAL.USD"] {
            assert_eq!(known(&snapshot, key), ROWS, "{key}");
        }
    });
    checked.await.unwrap();
}
