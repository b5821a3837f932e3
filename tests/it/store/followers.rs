//! Other processes and watchers see what is committed.

use super::*;

#[tokio::test]
async fn another_process_is_followed_within_a_second_and_watchers_are_notified() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::on_store(folder.path());
    let mut catalog = CatalogServiceClient::new(server.connect().await);
    let request = pb::WatchCatalogRequest {
        after_version: Some(0),
    };
    let mut watch = catalog.watch_catalog(request).await.unwrap().into_inner();

    // Another process commits a file, again where others that have the processors made it late.
    let file = folder.path().join("imports.csv");
    let mut version = 0;
    let after = loop {
        let year = 2020 + version;
        let header = "kind,reporter,partner,flow,product,measure,period,value,unit,status,\
                      released_on,source";
        let row = format!("observation,USA,CHN,M,TOTAL,level,{year}-01,1.5,USD mn,p,,s");
        let rows = format!("{header}\n{row}\n");
        std::fs::write(&file, rows).unwrap();
        let imported = command(TRADECAST)
            .args(["store", "import", "--store"])
            .arg(folder.path())
            .arg(&file)
            .output()
            .unwrap();
        assert!(
            imported.status.success(),
            "{}",
            String::from_utf8_lossy(&imported.stderr)
        );
        let begun = Instant::now();
        let message = watch.message().await.unwrap().unwrap();
        let after = begun.elapsed();
        version += 1;
        assert_eq!(
            (
                message.after_version,
                message.version,
                message.figures,
                message.keys
            ),
            (
                version - 1,
                version,
                1,
                vec!["USA.CHN.M.TOTAL.USD".to_owned()]
            )
        );
        if after < Duration::from_secs(1) {
            break after;
        }
        assert!(version < 4, "late each time, in the end by {after:.2?}");
    };
    // The figures of the message can be requested.
    let request = pb::GetSeriesRequest {
        key: "USA.CHN.M.TOTAL.USD".to_owned(),
        ..Default::default()
    };
    let got = catalog.get_series(request).await.unwrap().into_inner();
    let present = got.observations.iter().filter(|o| o.value.is_some());
    assert_eq!(present.count() as u64, version);
    println!("a commit of another process was reported after {after:.2?}");

    // A reader that was away gets what it missed as one change; one that resumes at the end gets
    // the next.
    let mut client = IngestServiceClient::new(server.connect().await);
    for k in 0..3 {
        let month = format!("2024-0{}", k + 2);
        write(
            &mut client,
            "",
            false,
            vec![
                figure("USA.CHN.M.TOTAL.USD", &month, 1.0),
                figure(&format!("USA.CHN.M.HS-{k:04}.USD"), &month, 1.0),
            ],
        )
        .await
        .unwrap();
    }
    let mut seen = 0;
    while seen < version + 3 {
        let message = watch.message().await.unwrap().unwrap();
        assert!(message.version > message.after_version);
        seen = message.version;
    }
    let request = pb::WatchCatalogRequest {
        after_version: Some(version),
    };
    let mut resumed = catalog.watch_catalog(request).await.unwrap().into_inner();
    let message = resumed.message().await.unwrap().unwrap();
    assert_eq!(
        (
            message.after_version,
            message.version,
            message.figures,
            message.series
        ),
        (version, version + 3, 6, 4)
    );
}

/// A watch that begins behind a version of the store; and what another program appends, which does
/// not say what it brings.
#[tokio::test(flavor = "multi_thread")]
async fn a_watcher_learns_of_every_change() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::on_store(folder.path());
    let mut catalog = CatalogServiceClient::new(server.connect().await);
    let mut client = IngestServiceClient::new(server.connect().await);
    let request = |version| pb::WatchCatalogRequest {
        after_version: Some(version),
    };
    let watch = catalog.watch_catalog(request(1)).await.unwrap();
    let status = watch.into_inner().message().await.unwrap_err();
    let details = status.get_error_details();
    let violations = &details.bad_request().unwrap().field_violations;
    assert_eq!(
        (
            status.code(),
            status.message(),
            violations[0].field.as_str()
        ),
        (
            Code::NotFound,
            "the store has no version 1; the latest is 0",
            "after_version"
        )
    );
    // One that was committed a moment ago is there, whether or not it is answered from yet.
    let written = write(&mut client, "", false, batch("USA.CHN.M.TOTAL.USD")).await;
    assert_eq!(written.unwrap().version, 1);
    let watch = catalog.watch_catalog(request(1)).await.unwrap();
    let mut watch = watch.into_inner();

    // The commit of another store, without its note.
    let aside = tempfile::tempdir().unwrap();
    tokio::task::block_in_place(|| {
        let long = b"unique_id,ds,y\nUSA.MEX.M.TOTAL.USD,2024-01,1\n";
        let read = formats::read_bytes(Path::new("f"), long, None, InvalidRows::Refuse);
        let store = open(aside.path());
        store.append(read.unwrap().1.figures, None, None).unwrap();
    });
    let log = |version: u64| format!("_delta_log/{version:020}.json");
    let entry = std::fs::read_to_string(aside.path().join(log(1))).unwrap();
    let mut actions = String::new();
    for line in entry.lines() {
        let mut action: serde_json::Value = serde_json::from_str(line).unwrap();
        if let Some(info) = action.get_mut("commitInfo") {
            let info = info.as_object_mut().unwrap();
            assert!(info.remove("tradecast").is_some());
        }
        if let Some(name) = action.pointer("/add/path").and_then(|path| path.as_str()) {
            std::fs::copy(aside.path().join(name), folder.path().join(name)).unwrap();
        }
        actions += &format!("{action}\n");
    }
    let entry = folder.path().join("entry");
    std::fs::write(&entry, actions).unwrap();
    std::fs::rename(entry, folder.path().join(log(2))).unwrap();

    let message = watch.message().await.unwrap().unwrap();
    assert_eq!(
        message,
        pb::WatchCatalogResponse {
            after_version: 1,
            version: 2,
            keys_left_out: true,
            ..Default::default()
        }
    );
    let request = pb::GetSeriesRequest {
        key: "USA.MEX.M.TOTAL.USD".to_owned(),
        ..Default::default()
    };
    let got = catalog.get_series(request).await.unwrap().into_inner();
    assert_eq!((got.version, got.observations.len()), (2, 1));
}
