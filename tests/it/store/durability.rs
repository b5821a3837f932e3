//! What was acknowledged survives, once, whatever happens to its writers.

use super::*;

/// What lies in a store after its writer was killed: every acknowledged commit once, every commit
/// whole. How many commits there are.
fn audit(folder: &Path, answered: &[(String, String)]) -> usize {
    let store = open(folder);
    let history = store.history(usize::MAX).unwrap();
    let requests: Vec<_> = history
        .iter()
        .filter_map(|change| change.request.clone())
        .collect();
    let snapshot = Snapshot::of_store(store.read(None).unwrap()).unwrap();
    for (request, series) in answered {
        assert_eq!(
            requests.iter().filter(|r| *r == request).count(),
            1,
            "{request}"
        );
        assert_eq!(known(&snapshot, series), ROWS, "{series}");
    }
    // The call that was cut may have been committed, and then it is whole.
    assert!(requests.len() <= answered.len() + 1);
    assert_eq!(snapshot.keys().len(), requests.len());
    for key in snapshot.keys() {
        assert_eq!(known(&snapshot, &key.to_string()), ROWS, "{key}");
    }
    let check = store.check().unwrap();
    assert!(check.is_sound(), "{check:?}");
    assert_eq!(check.figures, (requests.len() * ROWS) as u64);
    requests.len()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_survives_kill_9() {
    let (kills, commits) = (size("TRADECAST_KILLS", 4), 200);
    let mut random = rand_pcg::Pcg64::seed_from_u64(9);
    let (mut acknowledged, mut there, mut killed_within) = (0, 0, 0);
    for round in 0..kills {
        let folder = tempfile::tempdir().unwrap();
        let mut server = Server::on_store(folder.path());
        let mut client = IngestServiceClient::new(server.connect().await);
        let fatal = random.random_range(0..commits);
        let mut answered = Vec::new();
        for k in 0..commits {
            let series = format!("USA.CHN.M.HS-{k:04}.USD");
            let request = format!("{round}-{k}");
            let call = write(&mut client, &request, false, batch(&series));
            if k == fatal {
                let wait = Duration::from_micros(random.random_range(0..12_000));
                let kill = async {
                    tokio::time::sleep(wait).await;
                    server.signal("KILL");
                };
                let (answer, ()) = tokio::join!(call, kill);
                match answer {
                    Ok(_) => answered.push((request, series)),
                    Err(_) => killed_within += 1,
                }
                break;
            }
            assert_eq!(call.await.unwrap().written, ROWS as u64);
            answered.push((request, series));
        }
        server.ended_within(LONG);

        let requests = tokio::task::block_in_place(|| audit(folder.path(), &answered));
        acknowledged += answered.len();
        there += requests;
    }
    println!(
        "{kills} kills: {acknowledged} commits acknowledged, {there} there; \
         {killed_within} calls cut, {} of them committed; no half commit",
        there - acknowledged
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_writers_at_once_nothing_is_lost_and_nothing_is_twice() {
    let commits = size("TRADECAST_COMMITS", 120);
    let folder = tempfile::tempdir().unwrap();
    let servers = [
        Server::on_store(folder.path()),
        Server::on_store(folder.path()),
    ];
    let begun = Instant::now();
    let writer = async |server: usize| {
        let mut client = IngestServiceClient::new(servers[server].connect().await);
        let mut versions = Vec::new();
        for k in 0..commits / 2 {
            let key = format!("USA.CHN.{}.HS-{k:04}.USD", ["M", "X"][server]);
            let request = format!("{server}-{k}");
            let rows = vec![figure(&key, "2024-01", k as f64)];
            let answer = write(&mut client, &request, false, rows.clone())
                .await
                .unwrap();
            assert_eq!((answer.written, answer.repeated), (1, false));
            versions.push(answer.version);
            // Every tenth is sent again, as a client does that has lost the answer, and to the
            // other server.
            if k % 10 == 0 {
                let mut other = IngestServiceClient::new(servers[1 - server].connect().await);
                let again = write(&mut other, &request, false, rows).await.unwrap();
                assert_eq!(
                    (again.version, again.written, again.repeated),
                    (answer.version, 0, true)
                );
            }
        }
        versions
    };
    let (a, b) = tokio::join!(writer(0), writer(1));
    let took = begun.elapsed();
    let versions: BTreeSet<u64> = a.iter().chain(&b).copied().collect();
    assert_eq!(
        versions.len() as u64,
        commits,
        "each commit has a version of its own"
    );
    tokio::task::block_in_place(|| {
        let store = open(folder.path());
        let mut requests = BTreeMap::new();
        for change in store.history(usize::MAX).unwrap() {
            if let Some(request) = change.request {
                *requests.entry(request).or_insert(0) += 1;
            }
        }
        assert_eq!(requests.len() as u64, commits, "none is lost");
        assert!(
            requests.values().all(|count| *count == 1),
            "none is there twice"
        );
        let check = store.check().unwrap();
        assert!(check.is_sound() && check.figures == commits, "{check:?}");
        println!(
            "two writers: {commits} commits in {took:.2?}, {} requests, each once; {} files",
            requests.len(),
            check.files
        );
    });
}
