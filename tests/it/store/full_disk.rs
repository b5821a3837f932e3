//! A disk that is full: nothing is acknowledged that is not there, and nothing is lost.

use super::*;
use std::io::Write;
use std::process::Command;

/// Whether this user may mount a small disk of a test's own.
fn may_mount() -> bool {
    let mounted = Command::new("unshare")
        .args(["--user", "--map-root-user", "--mount", "true"])
        .status();
    mounted.is_ok_and(|status| status.success())
}

/// Fill the disk to the last byte.
fn fill(file: &Path) {
    let mut filler = std::fs::File::create(file).unwrap();
    for size in [65_536, 1] {
        while filler.write_all(&vec![0; size]).is_ok() {}
    }
}

/// The number of series that a server lists.
async fn served(catalog: &mut CatalogServiceClient<tonic::transport::Channel>) -> usize {
    let listed = catalog.list_series(pb::ListSeriesRequest::default()).await;
    listed.unwrap().into_inner().series.len()
}

#[tokio::test]
async fn a_full_disk_refuses_a_batch_and_loses_none() {
    if !may_mount() {
        println!("left out: this user may mount no disk");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let server = Server::on_small_disk(folder.path(), "4m");
    let mut client = IngestServiceClient::new(server.connect().await);
    let written = write(&mut client, "a", false, batch("USA.CHN.M.TOTAL.USD")).await;
    assert_eq!(written.unwrap().version, 1);
    let mut catalog = CatalogServiceClient::new(server.connect().await);
    // What is written is served soon after.
    for _ in 0..2000 {
        if served(&mut catalog).await == 1 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }

    // The disk as the server sees it.
    let disk = format!("/proc/{}/root{}", server.process(), folder.path().display());
    let filler = Path::new(&disk).join("filler");
    fill(&filler);
    for id in ["b", "c", "b"] {
        let refused = write(&mut client, id, false, batch("USA.MEX.M.TOTAL.USD")).await;
        let status = refused.unwrap_err();
        let reason = status
            .get_error_details()
            .error_info()
            .map(|info| info.reason.clone());
        assert_eq!(status.code(), Code::Unavailable, "{status:?}");
        assert_eq!(reason.as_deref(), Some("STORE_UNAVAILABLE"));
    }
    // Whoever reads is served as before.
    assert_eq!(served(&mut catalog).await, 1);

    std::fs::remove_file(&filler).unwrap();
    let written = write(&mut client, "b", false, batch("USA.MEX.M.TOTAL.USD")).await;
    let written = written.unwrap();
    assert_eq!((written.version, written.repeated), (2, false));
    let again = write(&mut client, "b", false, batch("USA.MEX.M.TOTAL.USD")).await;
    assert!(again.unwrap().repeated);
    let outside = tempfile::tempdir().unwrap();
    let copy = outside.path().join("store");
    let mut copied = Command::new("cp");
    copied.arg("-r").arg(Path::new(&disk).join("store"));
    assert!(copied.arg(&copy).status().unwrap().success());
    let checked = tokio::task::spawn_blocking(move || {
        let store = open(&copy);
        assert_eq!(store.version(), 2);
        let snapshot = Snapshot::of_store(store.read(None).unwrap()).unwrap();
        for key in ["USA.CHN.M.TOTAL.USD", "USA.MEX.M.TOTAL.USD"] {
            assert_eq!(known(&snapshot, key), ROWS, "{key}");
        }
    });
    checked.await.unwrap();
}
