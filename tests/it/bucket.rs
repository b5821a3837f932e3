//! The store in a bucket: against an S3 server of another make (moto), by the library and by the
//! program.

use crate::python::python;
use crate::server::{self, TRADECAST};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use tradecast::catalog::{Snapshot, Vintage};
use tradecast::ingest::{Figure, FigureBatch, FigureKind};
use tradecast::store::Store;
use tradecast::trade::{FigureMeasure, Month, SeriesKey, Span};

/// The environment variable that names the bucket for the second half of the test.
const BUCKET: &str = "TRADECAST_TEST_BUCKET";

/// A server with one bucket. Dropping it stops it, whether the test passed or not; it also stops by
/// itself once nobody holds its standard input.
struct Bucket {
    process: Child,
    url: String,
}

impl Drop for Bucket {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Bucket {
    /// Start the server; `None` where there is no Python with moto, and none is named.
    fn start(name: &str) -> Option<Self> {
        let python = python(&["boto3", "moto.server"])?;
        let mut process = Command::new(&python)
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients/bucket.py"))
            .arg(name)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let out = process.stdout.take().unwrap();
        let mut bucket = Self {
            process,
            url: String::new(),
        };
        BufReader::new(out).read_line(&mut bucket.url).unwrap();
        bucket.url = bucket.url.trim_end().to_owned();
        assert!(bucket.url.starts_with("http://127.0.0.1:"), "{bucket:?}");
        Some(bucket)
    }

    /// Return a command with the bucket's server in its environment.
    fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = server::command(program);
        command
            .env("AWS_ENDPOINT_URL", &self.url)
            .env("AWS_ALLOW_HTTP", "true")
            .env("AWS_REGION", "us-east-1")
            .env("AWS_ACCESS_KEY_ID", "test")
            .env("AWS_SECRET_ACCESS_KEY", "test");
        command
    }
}

impl std::fmt::Debug for Bucket {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.url)
    }
}

#[test]
fn a_store_lies_in_a_bucket() {
    let Some(bucket) = Bucket::start("figures") else {
        return;
    };
    // The library finds the server in the environment, which only another process can change.
    let ran = bucket
        .command(std::env::current_exe().unwrap())
        .args(["--exact", "bucket::a_bucket_keeps_what_is_written"])
        .args(["--ignored", "--nocapture"])
        .env(BUCKET, "s3://figures/by/library")
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&ran.stdout);
    let error = String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success(), "{text}{error}");
    assert!(text.contains("1 passed"), "{text}");
    print!("{text}");

    let run = |args: &[&str]| {
        let ran = bucket
            .command(TRADECAST)
            .args(args)
            .args(["--store", "s3://figures/by/program"])
            .output()
            .unwrap();
        let error = String::from_utf8_lossy(&ran.stderr);
        assert!(ran.status.success(), "{args:?}: {error}");
        String::from_utf8(ran.stdout).unwrap()
    };
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("data");
    let observations = data.join("observations");
    let import = ["store", "import", observations.to_str().unwrap()];
    assert!(
        run(&import)
            .lines()
            .all(|line| line.contains(" figures, version "))
    );
    assert!(
        run(&import)
            .lines()
            .all(|line| line.contains("already imported"))
    );
    let arguments = ["series", "USA.CHN.M.TOTAL.USD", "--csv"];
    let shown = run(&arguments);
    run(&["store", "compact"]);
    assert_eq!(run(&arguments), shown, "compaction changes nothing");
    assert!(run(&["store", "check"]).contains(" 0 problems, 0 files that no version names"));
    let files = server::command(TRADECAST)
        .args(arguments)
        .arg("--data")
        .arg(&observations)
        .output()
        .unwrap();
    assert_eq!(
        String::from_utf8(files.stdout).unwrap(),
        shown,
        "the same as the files themselves give"
    );
}

fn figures(key: &str, month: u8, value: f64) -> FigureBatch {
    let mut figures = FigureBatch::default();
    let number = figures.series(&SeriesKey::parse(key).unwrap());
    let figure = Figure {
        kind: FigureKind::Observation,
        measure: FigureMeasure::Level,
        span: Span::month(Month::new(2024, month).unwrap()),
        value,
        rounding: 0.5,
        unit: "USD",
        status: "published",
        released_on: None,
        source: "test",
    };
    figures.push(number, &figure, 2);
    figures
}

fn values(store: &Store, version: Option<u64>, key: &str) -> Vec<f64> {
    let snapshot = Snapshot::of_store(store.read(version).unwrap()).unwrap();
    let series = snapshot.series(key, Vintage::Latest);
    series.map_or_else(|_| Vec::new(), |(_, series)| series.values().to_vec())
}

#[test]
#[ignore = "a_store_lies_in_a_bucket runs it, with the bucket in its environment"]
fn a_bucket_keeps_what_is_written() {
    let Ok(place) = std::env::var(BUCKET) else {
        let _ = writeln!(std::io::stderr(), "skipped: {BUCKET} names no bucket");
        return;
    };
    let open = || Store::open_or_create(&place).unwrap();
    let store = open();
    let key = "USA.CHN.M.TOTAL.USD";
    let first = store.append(figures(key, 1, 10.0), Some("r-1"), None);
    assert_eq!(first.unwrap().version, 1);
    store
        .append(figures(key, 2, 20.0), Some("r-2"), None)
        .unwrap();
    store
        .append(figures(key, 1, 11.0), Some("r-3"), None)
        .unwrap();

    // Another handle finds all of it, each version, and the requests.
    let other = open();
    assert_eq!(other.version(), 3);
    assert_eq!(values(&other, None, key), [11.0, 20.0]);
    assert_eq!(values(&other, Some(2), key), [10.0, 20.0]);
    assert_eq!(values(&other, Some(1), key), [10.0]);
    assert!(
        other
            .append(figures(key, 2, 20.0), Some("r-2"), None)
            .unwrap()
            .repeated
    );

    // Of two writers that create the same version at once, the bucket lets one.
    let commits = 20;
    let writer = |letter: &'static str| {
        let store = open();
        move || {
            let versions = (0..commits).map(|k| {
                let batch = figures(&format!("USA.P{k}.{letter}.TOTAL.USD"), 1, f64::from(k));
                let done = store.append(batch, Some(&format!("{letter}-{k}")), None);
                done.unwrap().version
            });
            versions.collect::<Vec<_>>()
        }
    };
    let (a, b) = (writer("M"), writer("X"));
    let versions = std::thread::scope(|scope| {
        let (a, b) = (scope.spawn(a), scope.spawn(b));
        let mut versions = a.join().unwrap();
        versions.extend(b.join().unwrap());
        versions
    });
    let mut each = versions.clone();
    each.sort_unstable();
    each.dedup();
    assert_eq!(each, (4..4 + 2 * commits as u64).collect::<Vec<_>>());

    // The handle that stayed open follows, both by what was touched and as a whole.
    let before = Snapshot::of_store(other.read(Some(3)).unwrap()).unwrap();
    let after = before.after(other.read_since(Some(3)).unwrap()).unwrap();
    assert_eq!(after.keys().len(), 1 + 2 * commits as usize);
    let compacted = store.compact().unwrap();
    assert_eq!((compacted.merged, compacted.into), (43, 1));
    let check = open().check().unwrap();
    assert!(check.is_sound() && check.unclaimed.is_empty(), "{check:?}");
    assert_eq!((check.files, check.figures), (1, 43));
    assert_eq!(
        values(&open(), Some(2), key),
        [10.0, 20.0],
        "earlier versions stay"
    );
    println!(
        "a bucket: {} commits by two writers at once, each with a version of its own",
        versions.len()
    );
}
