//! What is retried, what is stored, and what is not.

use super::*;

#[tokio::test]
async fn a_year_is_a_query_and_a_file_and_is_requested_once() {
    let folder = tempfile::tempdir().unwrap();
    let (base, requests) = service(vec![
        ok(comtrade(2022)),
        ok(comtrade(2023)),
        ok(comtrade(2023)),
    ])
    .await;
    let two = request(Feed::Comtrade, &base, 2022..=2023);
    let outcomes = run(two.queries().unwrap(), folder.path()).await;
    assert_eq!(outcomes.len(), 2);
    assert!(
        outcomes
            .iter()
            .all(|line| line.starts_with("new comtrade_USA_202") && line.ends_with(" 2")),
        "{outcomes:?}"
    );
    {
        let requests = requests.lock().unwrap();
        // The number of the United States at Comtrade is 842; only totals are requested.
        assert!(
            requests[0].starts_with(
                "GET /public/v1/preview/C/A/HS?reporterCode=842&period=2022&cmdCode=TOTAL&"
            ),
            "{}",
            requests[0]
        );
        for part in [
            "partner2Code=0",
            "customsCode=C00",
            "motCode=0",
            "partnerCode=392",
        ] {
            assert!(
                requests[0].contains(part),
                "{part} is missing: {}",
                requests[0]
            );
        }
    }
    let kept = run(two.queries().unwrap(), folder.path()).await;
    assert!(
        kept.iter().all(|line| line.starts_with("kept ")),
        "{kept:?}"
    );
    assert_eq!(requests.lock().unwrap().len(), 2, "no query is sent twice");
    // Unless that is wanted.
    let again = FeedRequest {
        again_from: Some(2023),
        ..two
    };
    let outcomes = run(again.queries().unwrap(), folder.path()).await;
    assert!(
        outcomes[0].starts_with("kept ") && outcomes[1].starts_with("new "),
        "{outcomes:?}"
    );
    assert_eq!(
        std::fs::read_dir(folder.path()).unwrap().count(),
        3,
        "two answers and the log, no temporary file stays"
    );
}

#[tokio::test]
async fn a_transient_failure_is_retried_when_the_service_says() {
    let folder = tempfile::tempdir().unwrap();
    let busy = r#"{"statusCode":429,"message":"Rate limit is exceeded. Try again in 1 seconds."}"#;
    let (base, requests) = service(vec![
        Reply::Answer(429, "retry-after: 1\r\n", busy.to_owned()),
        Reply::Cut(comtrade(2023)),
        Reply::Close,
        ok(comtrade(2023)),
    ])
    .await;
    let begun = std::time::Instant::now();
    let outcomes = run(
        request(Feed::Comtrade, &base, 2023..=2023)
            .queries()
            .unwrap(),
        folder.path(),
    )
    .await;
    assert!(outcomes[0].starts_with("new "), "{outcomes:?}");
    assert_eq!(requests.lock().unwrap().len(), 4);
    assert!(
        begun.elapsed() >= Duration::from_secs(1),
        "the service asked to wait for a second"
    );
}

#[tokio::test]
async fn policy_has_an_end() {
    let folder = tempfile::tempdir().unwrap();
    let busy = || Reply::Answer(503, "", "busy".to_owned());
    let (base, requests) = service(vec![busy(), busy(), busy(), busy(), busy()]).await;
    let queries = || {
        request(Feed::Comtrade, &base, 2023..=2023)
            .queries()
            .unwrap()
    };
    let outcomes = run(queries(), folder.path()).await;
    assert_eq!(outcomes, ["failed the service answered 503: busy"]);
    assert_eq!(requests.lock().unwrap().len(), 4, "one try and three more");
    let (base, requests) = service(vec![Reply::Answer(
        429,
        "retry-after: 3600\r\n",
        String::new(),
    )])
    .await;
    let outcomes = run(
        request(Feed::Comtrade, &base, 2023..=2023)
            .queries()
            .unwrap(),
        folder.path(),
    )
    .await;
    assert!(
        outcomes[0]
            .starts_with("failed the service asks to wait 3600 s, longer than the 2 s allowed"),
        "{outcomes:?}"
    );
    assert_eq!(requests.lock().unwrap().len(), 1);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn a_pull_stops_at_a_long_wait_and_continues_later() {
    let folder = tempfile::tempdir().unwrap();
    let hour = OffsetDateTime::now_utc() + Duration::from_secs(3600);
    let rest = format!("retry-after: {}\r\n", fetch::http_date(hour));
    let replies = vec![
        ok(comtrade(2021)),
        Reply::Answer(403, Box::leak(rest.into_boxed_str()), String::new()),
        ok(comtrade(2022)),
        ok(comtrade(2023)),
    ];
    let (base, requests) = service(replies).await;
    let three = request(Feed::Comtrade, &base, 2021..=2023);
    let outcomes = run(three.queries().unwrap(), folder.path()).await;
    let time = hour.time();
    let until = format!(
        "goes on after {} {:02}:{:02}:",
        hour.date(),
        time.hour(),
        time.minute()
    );
    assert_eq!(outcomes.len(), 2, "{outcomes:?}");
    assert!(
        outcomes[1].contains(&until),
        "{outcomes:?}\nexpected {until}"
    );
    assert_eq!(requests.lock().unwrap().len(), 2);
    let outcomes = run(three.queries().unwrap(), folder.path()).await;
    let words: Vec<&str> = outcomes.iter().map(|line| &line[..4]).collect();
    assert_eq!(words, ["kept", "new ", "new "]);
}

#[tokio::test]
async fn a_date_to_retry_after_is_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let soon = OffsetDateTime::now_utc() + Duration::from_secs(2);
    let soon = soon.replace_nanosecond(0).unwrap();
    let after = format!("retry-after: {}\r\n", fetch::http_date(soon));
    let busy = Reply::Answer(503, Box::leak(after.into_boxed_str()), "busy".to_owned());
    let (base, requests) = service(vec![busy, ok(comtrade(2023))]).await;
    let outcomes = run(
        request(Feed::Comtrade, &base, 2023..=2023)
            .queries()
            .unwrap(),
        folder.path(),
    )
    .await;
    assert!(outcomes[0].starts_with("new "), "{outcomes:?}");
    assert_eq!(requests.lock().unwrap().len(), 2);
    assert!(OffsetDateTime::now_utc() >= soon);
}

/// A number that is cut off may be read as a smaller one, and a connection that breaks may look
/// like the end of the answer.
#[tokio::test]
async fn a_truncated_table_is_requested_again_and_the_complete_one_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let whole = include_str!("../../../tests/fixtures/sdmx-csv/comext-api.csv");
    // The header and the figure of a year, whose value comes last.
    let lines: Vec<&str> = whole.lines().collect();
    let whole = format!("{}\n{}\n", lines[0], lines[2]);
    let digit = &whole[..whole.len() - 3];
    let open = whole.trim_end();
    let short = &whole[..whole.rfind(',').unwrap()];
    let eurostat = |base: &str| FeedRequest {
        reporter: Code::parse("DEU").unwrap(),
        partners: vec![Code::parse("VNM").unwrap()],
        product: "030462".to_owned(),
        ..request(Feed::Eurostat, base, 2024..=2024)
    };
    let kept = |query: &Query| std::fs::read_to_string(folder.path().join(query.file_name()));
    // The first two end with the connection; of the third the service itself sent no more.
    let replies = vec![
        until_closed(digit),
        until_closed(open),
        ok(short),
        ok(whole.clone()),
    ];
    let (base, requests) = service(replies).await;
    let queries = eurostat(&base).queries().unwrap();
    let outcomes = run(queries.clone(), folder.path()).await;
    assert!(
        outcomes[0].starts_with("new ") && outcomes[0].ends_with(" 1"),
        "{outcomes:?}"
    );
    assert_eq!(requests.lock().unwrap().len(), 4);
    assert_eq!(kept(&queries[0]).unwrap(), whole);
    // An answer that is complete by its announced length, by its chunks or by its last line is
    // stored as it is.
    let chunks = format!(
        "HTTP/1.1 200 X\r\ntransfer-encoding: chunked\r\n\r\n{:x}\r\n{open}\r\n0\r\n\r\n",
        open.len()
    );
    for (reply, body) in [
        (ok(open), open),
        (Reply::Raw(chunks), open),
        (until_closed(&whole), whole.as_str()),
    ] {
        let (base, requests) = service(vec![reply]).await;
        let queries = eurostat(&base).queries().unwrap();
        let outcomes = run(queries.clone(), folder.path()).await;
        assert!(outcomes[0].starts_with("new "), "{outcomes:?}");
        assert_eq!(requests.lock().unwrap().len(), 1);
        assert_eq!(kept(&queries[0]).unwrap(), body);
    }
    let cut = || until_closed(digit);
    let (base, _) = service(vec![cut(), cut(), cut(), cut()]).await;
    let outcomes = run(eurostat(&base).queries().unwrap(), folder.path()).await;
    let expected = "failed the service did not answer to the end: its length was not announced, \
                    and its last line has no end";
    assert_eq!(outcomes, [expected]);
}

#[tokio::test]
async fn an_answer_with_fewer_records_than_it_counts_is_truncated() {
    let folder = tempfile::tempdir().unwrap();
    let mut fewer: serde_json::Value = serde_json::from_str(&comtrade(2023)).unwrap();
    fewer["data"].as_array_mut().unwrap().truncate(1);
    let (base, requests) = service(vec![ok(fewer.to_string()), ok(comtrade(2023))]).await;
    let outcomes = run(
        request(Feed::Comtrade, &base, 2023..=2023)
            .queries()
            .unwrap(),
        folder.path(),
    )
    .await;
    assert!(
        outcomes[0].starts_with("new ") && outcomes[0].ends_with(" 2"),
        "{outcomes:?}"
    );
    assert_eq!(requests.lock().unwrap().len(), 2);
}

#[tokio::test]
async fn an_answer_that_is_too_large_is_requested_once() {
    let folder = tempfile::tempdir().unwrap();
    let of_length = |length: usize| {
        Reply::Raw(format!(
            "HTTP/1.1 200 X\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{{"
        ))
    };
    // A document is read as a whole, a table row by row.
    for (feed, most) in [(Feed::Comtrade, 128 << 20), (Feed::Imf, 1 << 30)] {
        let (base, requests) = service(vec![of_length(most + 1)]).await;
        let outcomes = run(
            request(feed, &base, 2023..=2023).queries().unwrap(),
            folder.path(),
        )
        .await;
        let expected =
            format!("failed the answer is larger than {most} bytes: ask for less at once");
        assert_eq!(outcomes, [expected]);
        assert_eq!(requests.lock().unwrap().len(), 1);
    }
}

#[tokio::test]
async fn a_lasting_error_is_not_retried() {
    let folder = tempfile::tempdir().unwrap();
    let (base, requests) = service(vec![Reply::Answer(
        401,
        "",
        "Access denied due to missing subscription key.".to_owned(),
    )])
    .await;
    let outcomes = run(
        request(Feed::Comtrade, &base, 2023..=2023)
            .queries()
            .unwrap(),
        folder.path(),
    )
    .await;
    assert_eq!(
        outcomes,
        ["failed the service answered 401: Access denied due to missing subscription key."]
    );
    assert_eq!(requests.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn an_empty_success_is_neither_kept_nor_a_failure() {
    let folder = tempfile::tempdir().unwrap();
    let (base, requests) = service(vec![ok(EMPTY), ok(comtrade(2023))]).await;
    let queries = || {
        request(Feed::Comtrade, &base, 2023..=2023)
            .queries()
            .unwrap()
    };
    assert_eq!(run(queries(), folder.path()).await, ["empty"]);
    // The next pull, which continues where this one stopped, sends the query again.
    assert!(run(queries(), folder.path()).await[0].starts_with("new "));
    assert_eq!(requests.lock().unwrap().len(), 2);
    let (base, _) = service(vec![
        Reply::Answer(204, "", String::new()),
        ok("DATAFLOW,COUNTRY\n"),
    ])
    .await;
    let census = FeedRequest {
        monthly: true,
        ..request(Feed::Census, &base, 2025..=2025)
    };
    assert_eq!(
        run(census.queries().unwrap()[..1].to_vec(), folder.path()).await,
        ["empty"]
    );
    let imf = request(Feed::Imf, &base, 2024..=2024);
    assert_eq!(run(imf.queries().unwrap(), folder.path()).await, ["empty"]);
}

#[tokio::test]
async fn a_malformed_or_refused_answer_is_not_stored() {
    let folder = tempfile::tempdir().unwrap();
    let cut = || ok(r#"{"count":2,"data":[{"typeCode":"C""#);
    let (base, requests) = service(vec![cut(), cut(), cut(), cut()]).await;
    let outcomes = run(
        request(Feed::Comtrade, &base, 2023..=2023)
            .queries()
            .unwrap(),
        folder.path(),
    )
    .await;
    assert!(outcomes[0].contains("not readable as JSON"), "{outcomes:?}");
    assert_eq!(
        requests.lock().unwrap().len(),
        4,
        "a malformed answer may be a truncated one"
    );
    let refused = comtrade(2023).replace("151580564290", "-1");
    let (base, requests) = service(vec![ok(refused)]).await;
    let outcomes = run(
        request(Feed::Comtrade, &base, 2023..=2023)
            .queries()
            .unwrap(),
        folder.path(),
    )
    .await;
    assert!(
        outcomes[0]
            .contains("row 1, column `primaryValue`, value `-1`: expected a value of zero or more"),
        "{outcomes:?}"
    );
    assert_eq!(
        requests.lock().unwrap().len(),
        1,
        "an invalid value is no transient failure"
    );
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

/// A redirect is followed only on the service's own host, so that the key stays there.
#[tokio::test]
async fn another_host_gets_no_key() {
    let folder = tempfile::tempdir().unwrap();
    let (elsewhere, theirs) = service(vec![ok(comtrade(2023))]).await;
    let away = format!("location: {elsewhere}/data\r\n");
    let away: &'static str = Box::leak(away.into_boxed_str());
    let replies = vec![
        Reply::Answer(302, "location: /moved\r\n", String::new()),
        ok(comtrade(2023)),
        Reply::Answer(302, away, String::new()),
    ];
    let (base, ours) = service(replies).await;
    let keyed = |year: i32| FeedRequest {
        key: Some("secret".to_owned()),
        ..request(Feed::Comtrade, &base, year..=year)
    };
    let outcomes = run(keyed(2023).queries().unwrap(), folder.path()).await;
    assert!(outcomes[0].starts_with("new "), "{outcomes:?}");
    let outcomes = run(keyed(2022).queries().unwrap(), folder.path()).await;
    assert!(
        outcomes[0].starts_with("failed the service answered 302 and redirects to 127.0.0.1"),
        "{outcomes:?}"
    );
    let ours = ours.lock().unwrap();
    assert_eq!(ours.len(), 3);
    assert!(ours[1].starts_with("GET /moved ") && ours[1].contains("secret"));
    assert!(theirs.lock().unwrap().is_empty());
}
