//! Forecasts that are watched.

use super::*;

async fn round(stream: &mut Streaming<pb::WatchForecastsResponse>) -> Round {
    let mut forecasts = Forecasts::new();
    loop {
        let message = stream.message().await.unwrap().unwrap();
        match message.update.unwrap() {
            Told::Forecast(part) => {
                if let Some(Update::Header(header)) = &part.update {
                    assert_eq!(header.version, message.version);
                }
                let parts = forecasts.entry(part.series).or_default();
                parts.push(part.update.unwrap());
            }
            Told::Reached(reached) => {
                assert_eq!(reached.series as usize, forecasts.len());
                return Round {
                    version: message.version,
                    reached,
                    forecasts,
                };
            }
        }
    }
}

async fn nothing_comes(stream: &mut Streaming<pb::WatchForecastsResponse>) {
    let message = tokio::time::timeout(LONG, stream.message()).await;
    assert!(message.is_err(), "{message:?}");
}

/// The messages of one version.
#[derive(Debug)]
struct Round {
    version: u64,
    reached: pb::ForecastsReached,
    forecasts: Forecasts,
}

#[tokio::test]
async fn forecasts_that_a_commit_of_another_process_changes_are_pushed_within_a_second() {
    let folder = census();
    let server = Server::on_store(folder.path());
    let series = [CHINA, NOTHING, MEXICO];
    let mut client = ForecastServiceClient::new(server.connect().await);
    let begun = Instant::now();
    let stream = client.watch_forecasts(watch(&series, None)).await;
    let mut stream = stream.unwrap().into_inner();
    let first = round(&mut stream).await;
    let computing = begun.elapsed();
    assert_eq!(
        (
            first.version,
            first.reached.after_version,
            first.reached.series
        ),
        (1, None, 3)
    );
    let [Update::Failure(failure)] = &first.forecasts[NOTHING][..] else {
        panic!("the unknown series does not fail");
    };
    assert_eq!(
        (failure.code, failure.reason.as_str()),
        (5, "UNKNOWN_SERIES")
    );
    assert_eq!(
        first.forecasts,
        streamed(&server, forecast(&series)).await,
        "what is watched is what is streamed"
    );

    let mut version = 1;
    let mut whole = first.forecasts;
    // Again where others that have the processors made it late.
    loop {
        revise(folder.path(), 30_000.0 + 1000.0 * version as f64);
        let begun = Instant::now();
        let next = round(&mut stream).await;
        let after = begun.elapsed();
        version += 1;
        assert_eq!(
            (next.version, next.reached.after_version),
            (version, Some(version - 1))
        );
        assert!(next.forecasts.contains_key(CHINA));
        assert!(
            !next.forecasts.contains_key(NOTHING),
            "an unknown series is reported once"
        );
        for (key, parts) in &next.forecasts {
            assert_ne!(parts[1..], whole[key][1..], "{key} is another");
        }
        whole.extend(next.forecasts);
        let now = streamed(&server, forecast(&series)).await;
        for key in [CHINA, MEXICO] {
            assert_eq!(
                whole[key][1..],
                now[key][1..],
                "the reader has {key} of now"
            );
        }
        println!(
            "a commit of another process was pushed after {} ms; the first forecasts took {} ms",
            after.as_millis(),
            computing.as_millis()
        );
        if after < Duration::from_secs(1) + 2 * computing {
            break;
        }
        assert!(version < 5, "late each time, in the end by {after:.2?}");
    }

    // A series that comes into being is no failure any more.
    let months = (2015..2026).flat_map(|year| (1..=12).map(move |month| (year, month)));
    let file = folder.path().join("new.csv");
    let mut text =
        "kind,reporter,partner,flow,product,measure,period,value,unit,status,released_on,source\n"
            .to_owned();
    for (k, (year, month)) in months.enumerate() {
        let value = 100 + k + 10 * (month % 4);
        text.push_str(&format!(
            "observation,USA,CHN,M,NOTHING,level,{year}-{month:02},{value},USD mn,p,,test\n"
        ));
    }
    std::fs::write(&file, text).unwrap();
    let imported = on(folder.path(), &["store", "import", file.to_str().unwrap()]);
    assert!(imported.status.success(), "{}", err(&imported));
    let third = round(&mut stream).await;
    assert_eq!(third.version, version + 1);
    assert!(matches!(third.forecasts[NOTHING][0], Update::Header(_)));
}

#[tokio::test]
async fn a_client_that_resumes_gets_nothing_where_nothing_changed() {
    let folder = census();
    let server = Server::on_store(folder.path());
    revise(folder.path(), 30_000.0);
    shown(&server, 2).await;
    let series = [CHINA, MEXICO];
    let mut client = ForecastServiceClient::new(server.connect().await);
    let first = streamed(&server, at(1, forecast(&series))).await;
    let second = streamed(&server, forecast(&series)).await;

    let behind = client.watch_forecasts(watch(&series, Some(1))).await;
    let mut behind = behind.unwrap().into_inner();
    let message = round(&mut behind).await;
    assert_eq!(
        (message.version, message.reached.after_version),
        (2, Some(1))
    );
    let differ = |key: &&str| first[*key][1..] != second[*key][1..];
    let differing: Vec<&str> = series.into_iter().filter(differ).collect();
    assert!(differing.contains(&CHINA));
    assert!(
        message.forecasts.keys().map(String::as_str).eq(differing),
        "those that changed since, and no other"
    );
    assert!(
        message
            .forecasts
            .iter()
            .all(|(key, parts)| *parts == second[key])
    );

    let resumed = client.watch_forecasts(watch(&series, Some(2))).await;
    let mut resumed = resumed.unwrap().into_inner();
    nothing_comes(&mut resumed).await;
    // The same figure again is a version, but no other forecast; nor is what is merged.
    let figure = pb::DeliveredFigure {
        kind: pb::FigureKind::Observation.into(),
        key: CHINA.to_owned(),
        period: "2026-01".to_owned(),
        value: Some(30_000.0),
        unit: "USD mn".to_owned(),
        source: "test".to_owned(),
        ..Default::default()
    };
    let again = pb::WriteObservationsRequest {
        figures: vec![figure],
        ..Default::default()
    };
    let mut ingest = IngestServiceClient::new(server.connect().await);
    let again = ingest.write_observations(futures_util::stream::iter([again]));
    assert_eq!(again.await.unwrap().into_inner().version, 3);
    let compacted = on(folder.path(), &["store", "compact"]);
    assert!(out(&compacted).contains("version 4"), "{compacted:?}");
    shown(&server, 4).await;
    nothing_comes(&mut resumed).await;
    nothing_comes(&mut behind).await;
    revise(folder.path(), 31_000.0);
    for stream in [&mut resumed, &mut behind] {
        let message = round(stream).await;
        assert_eq!(
            (message.version, message.reached.after_version),
            (5, Some(2))
        );
        assert!(message.forecasts.contains_key(CHINA));
    }

    // After a restart, the same.
    drop(server);
    let server = Server::on_store(folder.path());
    let mut client = ForecastServiceClient::new(server.connect().await);
    let resumed = client.watch_forecasts(watch(&series, Some(5))).await;
    let mut resumed = resumed.unwrap().into_inner();
    nothing_comes(&mut resumed).await;
    let resumed = client.watch_forecasts(watch(&series, Some(4))).await;
    let message = round(&mut resumed.unwrap().into_inner()).await;
    assert_eq!(
        (message.version, message.reached.after_version),
        (5, Some(4))
    );
    let missing = client.watch_forecasts(watch(&series, Some(99))).await;
    let status = missing.unwrap().into_inner().message().await.unwrap_err();
    assert_missing(&status, "after_version");
}

#[tokio::test]
async fn for_a_slow_reader_many_versions_become_one() {
    let folder = census();
    let server = Server::on_store(folder.path());
    // A reader of little room: what is sent fills it, and then waits.
    let endpoint = Channel::from_shared(format!("http://{}", server.address)).unwrap();
    let narrow = endpoint.initial_stream_window_size(1024);
    let mut slow = ForecastServiceClient::new(narrow.connect().await.unwrap());
    let wide = pb::StreamForecastsRequest {
        horizon: 120,
        levels: (1..=20).map(|k| 4.0 * f64::from(k)).collect(),
        ..forecast(&[CHINA])
    };
    let request = pb::WatchForecastsRequest {
        forecast: Some(wide),
        after_version: None,
    };
    let mut slow = slow.watch_forecasts(request).await.unwrap().into_inner();
    // It has begun with the first version.
    assert_eq!(slow.message().await.unwrap().unwrap().version, 1);
    let mut fast = ForecastServiceClient::new(server.connect().await);
    let fast = fast.watch_forecasts(watch(&[CHINA], None)).await;
    let mut fast = fast.unwrap().into_inner();
    assert_eq!(round(&mut fast).await.version, 1);

    // By a handle that is open, so that they come within a few looks of the service at its store.
    let place = folder.path().to_str().unwrap().to_owned();
    let commits = tokio::task::spawn_blocking(move || {
        let store = Store::open(&place).unwrap();
        let begun = Instant::now();
        for version in 2..=11_u32 {
            let message = january(30_000.0 + f64::from(version));
            let done = store.append(message, None, None).unwrap();
            assert_eq!(done.version, u64::from(version));
        }
        begun.elapsed()
    });
    let took = commits.await.unwrap();
    let mut rounds = Vec::new();
    while rounds.last() != Some(&11) {
        let message = round(&mut fast).await;
        assert_eq!(
            message.reached.after_version,
            rounds.last().copied().or(Some(1)),
            "no version is sent twice"
        );
        rounds.push(message.version);
    }
    assert!(rounds.is_sorted(), "{rounds:?}");
    println!(
        "ten commits within {} ms were sent as versions {rounds:?}",
        took.as_millis()
    );
    let mut rounds = Vec::new();
    while rounds.last() != Some(&11) {
        rounds.push(round(&mut slow).await.version);
    }
    assert_eq!(rounds, [1, 11], "of what came meanwhile only the latest");
    nothing_comes(&mut slow).await;
}

#[tokio::test]
async fn a_watch_ends_with_its_deadline_with_the_server_and_not_with_other_readers() {
    let folder = census();
    let mut server = Server::on_store(folder.path());
    let mut client = ForecastServiceClient::new(server.connect().await);
    let left = client.watch_forecasts(watch(&[CHINA], None)).await.unwrap();
    drop(left);
    let mut timed = Request::new(watch(&[CHINA], Some(1)));
    timed.set_timeout(Duration::from_millis(700));
    let status = match client.watch_forecasts(timed).await {
        Ok(timed) => timed.into_inner().message().await.unwrap_err(),
        Err(status) => status,
    };
    // The client's own clock may be the first to say so, as a cancelled call.
    assert!(
        matches!(status.code(), Code::DeadlineExceeded | Code::Cancelled),
        "{status:?}"
    );
    let stays = client.watch_forecasts(watch(&[CHINA], None)).await;
    let mut stays = stays.unwrap().into_inner();
    assert_eq!(round(&mut stays).await.version, 1);
    server.signal("TERM");
    let status = stays.message().await.unwrap_err();
    assert_eq!(status.code(), Code::Unavailable);
    assert!(server.ended_within(Duration::from_secs(60)).success());

    let files = Server::start();
    let mut client = ForecastServiceClient::new(files.connect().await);
    let status = client.watch_forecasts(watch(&[CHINA], None)).await;
    assert_eq!(status.unwrap_err().code(), Code::FailedPrecondition);
    let status = client.stream_forecasts(at(1, forecast(&[CHINA]))).await;
    let status = status.unwrap_err();
    let reason = status.get_error_details().error_info().cloned();
    assert_eq!(
        (status.code(), reason.unwrap().reason.as_str()),
        (Code::FailedPrecondition, "NO_STORE")
    );
}
