//! The feeds against a service on this machine that replays what the real ones document.

use super::*;
use crate::trade::Code;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// What the service does with a request.
#[derive(Clone)]
enum Act {
    Answer(u16, &'static str, String),
    /// Announces a whole body and closes the connection in its middle.
    Cut(String),
    /// Closes without a word.
    Close,
    /// Says these words and closes.
    Raw(String),
}

fn ok(body: impl Into<String>) -> Act {
    Act::Answer(200, "", body.into())
}

/// A service on port 0 that does one act a request, in order, and notes what it was asked.
async fn service(acts: Vec<Act>) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let asked: Arc<Mutex<Vec<String>>> = Arc::default();
    let notes = Arc::clone(&asked);
    tokio::spawn(async move {
        for act in acts {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = Vec::new();
            while !request.windows(4).any(|w| w == b"\r\n\r\n") {
                let mut part = [0; 1024];
                let n = stream.read(&mut part).await.unwrap();
                if n == 0 {
                    break;
                }
                request.extend_from_slice(&part[..n]);
            }
            notes
                .lock()
                .unwrap()
                .push(String::from_utf8(request).unwrap());
            let reply = match act {
                Act::Answer(status, headers, body) => format!(
                    "HTTP/1.1 {status} X\r\nconnection: close\r\ncontent-length: {}\r\n{headers}\r\n{body}",
                    body.len()
                ),
                Act::Cut(body) => format!(
                    "HTTP/1.1 200 X\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{}",
                    body.len(),
                    &body[..body.len() / 2]
                ),
                Act::Close => String::new(),
                Act::Raw(words) => words,
            };
            let _ = stream.write_all(reply.as_bytes()).await;
            let _ = stream.shutdown().await;
        }
    });
    (base, asked)
}

/// An answer that ends where the connection does, of no announced length.
fn until_closed(body: &str) -> Act {
    Act::Raw(format!("HTTP/1.0 200 X\r\n\r\n{body}"))
}

fn patience() -> RetryPolicy {
    RetryPolicy {
        pause: Duration::ZERO,
        first_wait: Duration::from_millis(1),
        longest_wait: Duration::from_secs(2),
        retries: 3,
        silence: Duration::from_secs(5),
    }
}

fn ask(feed: Feed, base: &str, years: std::ops::RangeInclusive<i32>) -> FeedRequest {
    FeedRequest {
        feed,
        base: base.to_owned(),
        reporter: Code::parse("USA").unwrap(),
        partners: vec![Code::parse("JPN").unwrap()],
        years,
        monthly: false,
        product: "TOTAL".to_owned(),
        again_from: None,
        key: None,
    }
}

async fn run(queries: Vec<Query>, folder: &Path) -> Vec<String> {
    let mut told = Vec::new();
    let name = |file: &Path| file.file_name().unwrap().to_string_lossy().into_owned();
    pull(queries, folder, &patience(), |pulled| {
        told.push(match pulled {
            PullOutcome::Kept { file } => format!("kept {}", name(file)),
            PullOutcome::New { file, figures } => format!("new {} {figures}", name(file)),
            PullOutcome::Empty { .. } => "empty".to_owned(),
            PullOutcome::Failed { error, .. } => format!("failed {error}"),
        });
    })
    .await
    .unwrap();
    told
}

/// The answer as documented (tests/fixtures/README.md), of another year.
fn comtrade(year: i32) -> String {
    let text = include_str!("../../tests/fixtures/comtrade/usa-jpn-2023.json");
    text.replace("\"period\":\"2023\"", &format!("\"period\":\"{year}\""))
}

const EMPTY: &str = r#"{"elapsedTime":"0.02 secs","count":0,"data":[],"error":""}"#;

#[tokio::test]
async fn a_year_is_a_query_and_a_file_and_is_asked_for_once() {
    let folder = tempfile::tempdir().unwrap();
    let (base, asked) = service(vec![
        ok(comtrade(2022)),
        ok(comtrade(2023)),
        ok(comtrade(2023)),
    ])
    .await;
    let two = ask(Feed::Comtrade, &base, 2022..=2023);
    let told = run(two.queries().unwrap(), folder.path()).await;
    assert_eq!(told.len(), 2);
    assert!(
        told.iter()
            .all(|line| line.starts_with("new comtrade_USA_202") && line.ends_with(" 2")),
        "{told:?}"
    );
    {
        let asked = asked.lock().unwrap();
        // The number of the United States at Comtrade is 842; totals alone are asked for.
        assert!(
            asked[0].starts_with(
                "GET /public/v1/preview/C/A/HS?reporterCode=842&period=2022&cmdCode=TOTAL&"
            ),
            "{}",
            asked[0]
        );
        for part in [
            "partner2Code=0",
            "customsCode=C00",
            "motCode=0",
            "partnerCode=392",
        ] {
            assert!(asked[0].contains(part), "{part} is missing: {}", asked[0]);
        }
    }
    let kept = run(two.queries().unwrap(), folder.path()).await;
    assert!(
        kept.iter().all(|line| line.starts_with("kept ")),
        "{kept:?}"
    );
    assert_eq!(asked.lock().unwrap().len(), 2, "nothing is asked for twice");
    // Unless it is wanted.
    let again = FeedRequest {
        again_from: Some(2023),
        ..two
    };
    let told = run(again.queries().unwrap(), folder.path()).await;
    assert!(
        told[0].starts_with("kept ") && told[1].starts_with("new "),
        "{told:?}"
    );
    assert_eq!(
        std::fs::read_dir(folder.path()).unwrap().count(),
        3,
        "two answers and the record, no part of a file stays"
    );
}

#[tokio::test]
async fn what_may_pass_is_tried_again_and_the_service_says_when() {
    let folder = tempfile::tempdir().unwrap();
    let busy = r#"{"statusCode":429,"message":"Rate limit is exceeded. Try again in 1 seconds."}"#;
    let (base, asked) = service(vec![
        Act::Answer(429, "retry-after: 1\r\n", busy.to_owned()),
        Act::Cut(comtrade(2023)),
        Act::Close,
        ok(comtrade(2023)),
    ])
    .await;
    let begun = std::time::Instant::now();
    let told = run(
        ask(Feed::Comtrade, &base, 2023..=2023).queries().unwrap(),
        folder.path(),
    )
    .await;
    assert!(told[0].starts_with("new "), "{told:?}");
    assert_eq!(asked.lock().unwrap().len(), 4);
    assert!(
        begun.elapsed() >= Duration::from_secs(1),
        "the service asked for a second"
    );
}

#[tokio::test]
async fn patience_has_an_end() {
    let folder = tempfile::tempdir().unwrap();
    let busy = || Act::Answer(503, "", "busy".to_owned());
    let (base, asked) = service(vec![busy(), busy(), busy(), busy(), busy()]).await;
    let queries = || ask(Feed::Comtrade, &base, 2023..=2023).queries().unwrap();
    let told = run(queries(), folder.path()).await;
    assert_eq!(told, ["failed the service answered 503: busy"]);
    assert_eq!(asked.lock().unwrap().len(), 4, "one try and three more");
    let (base, asked) = service(vec![Act::Answer(
        429,
        "retry-after: 3600\r\n",
        String::new(),
    )])
    .await;
    let told = run(
        ask(Feed::Comtrade, &base, 2023..=2023).queries().unwrap(),
        folder.path(),
    )
    .await;
    assert!(
        told[0].starts_with("failed the service asks to wait 3600 s, longer than the 2 s allowed"),
        "{told:?}"
    );
    assert_eq!(asked.lock().unwrap().len(), 1);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

/// A year later it would be told the same, and be asked too soon again.
#[tokio::test]
async fn a_pull_stops_where_the_service_wants_rest_and_goes_on_later() {
    let folder = tempfile::tempdir().unwrap();
    let hour = OffsetDateTime::now_utc() + Duration::from_secs(3600);
    let rest = format!("retry-after: {}\r\n", fetch::http_date(hour));
    let acts = vec![
        ok(comtrade(2021)),
        Act::Answer(403, Box::leak(rest.into_boxed_str()), String::new()),
        ok(comtrade(2022)),
        ok(comtrade(2023)),
    ];
    let (base, asked) = service(acts).await;
    let three = ask(Feed::Comtrade, &base, 2021..=2023);
    let told = run(three.queries().unwrap(), folder.path()).await;
    let time = hour.time();
    let until = format!(
        "goes on after {} {:02}:{:02}:",
        hour.date(),
        time.hour(),
        time.minute()
    );
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[1].contains(&until), "{told:?}\nexpected {until}");
    assert_eq!(asked.lock().unwrap().len(), 2);
    let told = run(three.queries().unwrap(), folder.path()).await;
    let words: Vec<&str> = told.iter().map(|line| &line[..4]).collect();
    assert_eq!(words, ["kept", "new ", "new "]);
}

#[tokio::test]
async fn a_day_and_time_to_come_is_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let soon = OffsetDateTime::now_utc() + Duration::from_secs(2);
    let soon = soon.replace_nanosecond(0).unwrap();
    let after = format!("retry-after: {}\r\n", fetch::http_date(soon));
    let busy = Act::Answer(503, Box::leak(after.into_boxed_str()), "busy".to_owned());
    let (base, asked) = service(vec![busy, ok(comtrade(2023))]).await;
    let told = run(
        ask(Feed::Comtrade, &base, 2023..=2023).queries().unwrap(),
        folder.path(),
    )
    .await;
    assert!(told[0].starts_with("new "), "{told:?}");
    assert_eq!(asked.lock().unwrap().len(), 2);
    assert!(OffsetDateTime::now_utc() >= soon);
}

/// A number that is cut reads as a smaller one, and a connection that breaks may look like the end of the answer.
#[tokio::test]
async fn a_cut_table_is_asked_for_again_and_the_whole_one_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let whole = include_str!("../../tests/fixtures/sdmx-csv/comext-api.csv");
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
        ..ask(Feed::Eurostat, base, 2024..=2024)
    };
    let kept = |query: &Query| std::fs::read_to_string(folder.path().join(query.file_name()));
    // Nothing but the connection tells the end of the first two; of the third the service itself sent no more.
    let acts = vec![
        until_closed(digit),
        until_closed(open),
        ok(short),
        ok(whole.clone()),
    ];
    let (base, asked) = service(acts).await;
    let queries = eurostat(&base).queries().unwrap();
    let told = run(queries.clone(), folder.path()).await;
    assert!(
        told[0].starts_with("new ") && told[0].ends_with(" 1"),
        "{told:?}"
    );
    assert_eq!(asked.lock().unwrap().len(), 4);
    assert_eq!(kept(&queries[0]).unwrap(), whole);
    // One that is whole by its announced length, by its chunks or by its last line is taken as it is.
    let chunks = format!(
        "HTTP/1.1 200 X\r\ntransfer-encoding: chunked\r\n\r\n{:x}\r\n{open}\r\n0\r\n\r\n",
        open.len()
    );
    for (act, body) in [
        (ok(open), open),
        (Act::Raw(chunks), open),
        (until_closed(&whole), whole.as_str()),
    ] {
        let (base, asked) = service(vec![act]).await;
        let queries = eurostat(&base).queries().unwrap();
        let told = run(queries.clone(), folder.path()).await;
        assert!(told[0].starts_with("new "), "{told:?}");
        assert_eq!(asked.lock().unwrap().len(), 1);
        assert_eq!(kept(&queries[0]).unwrap(), body);
    }
    let cut = || until_closed(digit);
    let (base, _) = service(vec![cut(), cut(), cut(), cut()]).await;
    let told = run(eurostat(&base).queries().unwrap(), folder.path()).await;
    let expected = "failed the service did not answer to the end: its length was not announced, and its last line has no end";
    assert_eq!(told, [expected]);
}

#[tokio::test]
async fn an_answer_with_fewer_records_than_it_counts_is_cut() {
    let folder = tempfile::tempdir().unwrap();
    let mut fewer: serde_json::Value = serde_json::from_str(&comtrade(2023)).unwrap();
    fewer["data"].as_array_mut().unwrap().truncate(1);
    let (base, asked) = service(vec![ok(fewer.to_string()), ok(comtrade(2023))]).await;
    let told = run(
        ask(Feed::Comtrade, &base, 2023..=2023).queries().unwrap(),
        folder.path(),
    )
    .await;
    assert!(
        told[0].starts_with("new ") && told[0].ends_with(" 2"),
        "{told:?}"
    );
    assert_eq!(asked.lock().unwrap().len(), 2);
}

/// It would be as large the next time.
#[tokio::test]
async fn an_answer_that_is_too_large_is_asked_for_once() {
    let folder = tempfile::tempdir().unwrap();
    let of_length = |length: usize| {
        Act::Raw(format!(
            "HTTP/1.1 200 X\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{{"
        ))
    };
    // A document is read as a whole, a table row by row.
    for (feed, most) in [(Feed::Comtrade, 128 << 20), (Feed::Imf, 1 << 30)] {
        let (base, asked) = service(vec![of_length(most + 1)]).await;
        let told = run(
            ask(feed, &base, 2023..=2023).queries().unwrap(),
            folder.path(),
        )
        .await;
        let expected =
            format!("failed the answer is larger than {most} bytes: ask for less at once");
        assert_eq!(told, [expected]);
        assert_eq!(asked.lock().unwrap().len(), 1);
    }
}

#[tokio::test]
async fn an_error_that_stays_is_told_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let (base, asked) = service(vec![Act::Answer(
        401,
        "",
        "Access denied due to missing subscription key.".to_owned(),
    )])
    .await;
    let told = run(
        ask(Feed::Comtrade, &base, 2023..=2023).queries().unwrap(),
        folder.path(),
    )
    .await;
    assert_eq!(
        told,
        ["failed the service answered 401: Access denied due to missing subscription key."]
    );
    assert_eq!(asked.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn an_empty_success_is_neither_kept_nor_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let (base, asked) = service(vec![ok(EMPTY), ok(comtrade(2023))]).await;
    let queries = || ask(Feed::Comtrade, &base, 2023..=2023).queries().unwrap();
    assert_eq!(run(queries(), folder.path()).await, ["empty"]);
    // It is asked for again by the next pull, which goes on where this one stopped.
    assert!(run(queries(), folder.path()).await[0].starts_with("new "));
    assert_eq!(asked.lock().unwrap().len(), 2);
    let (base, _) = service(vec![
        Act::Answer(204, "", String::new()),
        ok("DATAFLOW,COUNTRY\n"),
    ])
    .await;
    let census = FeedRequest {
        monthly: true,
        ..ask(Feed::Census, &base, 2025..=2025)
    };
    assert_eq!(
        run(census.queries().unwrap()[..1].to_vec(), folder.path()).await,
        ["empty"]
    );
    let imf = ask(Feed::Imf, &base, 2024..=2024);
    assert_eq!(run(imf.queries().unwrap(), folder.path()).await, ["empty"]);
}

#[tokio::test]
async fn a_malformed_or_refused_answer_gets_no_place() {
    let folder = tempfile::tempdir().unwrap();
    let cut = || ok(r#"{"count":2,"data":[{"typeCode":"C""#);
    let (base, asked) = service(vec![cut(), cut(), cut(), cut()]).await;
    let told = run(
        ask(Feed::Comtrade, &base, 2023..=2023).queries().unwrap(),
        folder.path(),
    )
    .await;
    assert!(told[0].contains("not readable as JSON"), "{told:?}");
    assert_eq!(
        asked.lock().unwrap().len(),
        4,
        "a malformed answer may have been cut"
    );
    let refused = comtrade(2023).replace("151580564290", "-1");
    let (base, asked) = service(vec![ok(refused)]).await;
    let told = run(
        ask(Feed::Comtrade, &base, 2023..=2023).queries().unwrap(),
        folder.path(),
    )
    .await;
    assert!(
        told[0]
            .contains("row 1, column `primaryValue`, value `-1`: expected a value of zero or more"),
        "{told:?}"
    );
    assert_eq!(
        asked.lock().unwrap().len(),
        1,
        "a wrong value does not pass by itself"
    );
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

/// One record of the documented answer, 500 times over with another product each: as many as the preview sends at most.
#[tokio::test]
async fn an_answer_at_the_limit_is_divided_by_month() {
    let folder = tempfile::tempdir().unwrap();
    let answer: serde_json::Value = serde_json::from_str(&comtrade(2023)).unwrap();
    let of = |period: &str, n: usize| {
        let record = |k: usize| {
            let mut record = answer["data"][0].clone();
            record["freqCode"] = "M".into();
            record["period"] = period.into();
            record["cmdCode"] = format!("{k:06}").into();
            record
        };
        serde_json::json!({"count": n, "data": (0..n).map(record).collect::<Vec<_>>(), "error": ""})
            .to_string()
    };
    let mut acts = vec![ok(of("202301", 500))];
    acts.extend((1..=12).map(|m| ok(of(&format!("2023{m:02}"), if m == 12 { 500 } else { 3 }))));
    let (base, asked) = service(acts).await;
    let monthly = FeedRequest {
        monthly: true,
        product: "AG6".to_owned(),
        ..ask(Feed::Comtrade, &base, 2023..=2023)
    };
    let told = run(monthly.queries().unwrap(), folder.path()).await;
    assert_eq!(
        told.iter()
            .filter(|line| line.starts_with("new ") && line.ends_with(" 3"))
            .count(),
        11,
        "{told:?}"
    );
    assert!(
        told[11].starts_with("failed the answer has 500 records"),
        "{told:?}"
    );
    assert_eq!(asked.lock().unwrap().len(), 13);
    // A later pull knows the months that are there.
    let (again, asked) = service(vec![ok(of("202312", 3))]).await;
    let monthly = FeedRequest {
        base: again,
        ..monthly
    };
    let told = run(monthly.queries().unwrap(), folder.path()).await;
    // Another address is another query: names hold a check sum of all that was asked.
    assert_eq!(told.len(), 1);
    assert_eq!(asked.lock().unwrap().len(), 1);
}

/// What its months have is in it, and no longer the latest.
#[tokio::test]
async fn a_year_that_comes_whole_takes_the_place_of_its_months() {
    let folder = tempfile::tempdir().unwrap();
    let (base, asked) = service(vec![by_month(1..=12, 1..=12)]).await;
    let monthly = FeedRequest {
        monthly: true,
        again_from: Some(2023),
        ..ask(Feed::Comtrade, &base, 2023..=2023)
    };
    let queries = monthly.queries().unwrap();
    let path = |query: &Query| folder.path().join(query.file_name());
    let parts: Vec<_> = queries[0].parts().iter().map(path).collect();
    assert_eq!(parts.len(), 12);
    // All but one, as where a pull was broken off.
    for part in &parts[1..] {
        std::fs::write(part, "{}").unwrap();
    }
    let told = run(queries.clone(), folder.path()).await;
    assert!(told[0].ends_with(" 24"), "{told:?}");
    assert_eq!(asked.lock().unwrap().len(), 1);
    assert!(path(&queries[0]).is_file());
    assert!(parts.iter().all(|part| !part.exists()));
}

#[tokio::test]
async fn each_service_is_asked_in_its_own_words() {
    let folder = tempfile::tempdir().unwrap();
    let imts = include_str!("../../tests/fixtures/sdmx-csv/imts.csv");
    let comext = include_str!("../../tests/fixtures/sdmx-csv/comext-api.csv");
    let census = include_str!("../../tests/fixtures/census/imports.json");
    let (base, asked) = service(vec![
        ok(imts),
        ok(comext),
        ok(census),
        ok(census
            .replace("GEN_VAL", "ALL_VAL")
            .replace("I_COMM", "E_COMM")),
    ])
    .await;
    let partners = |codes: &[&str]| {
        codes
            .iter()
            .map(|code| Code::parse(code).unwrap())
            .collect::<Vec<_>>()
    };
    let imf = FeedRequest {
        partners: partners(&["CAN", "WLD"]),
        ..ask(Feed::Imf, &base, 2024..=2024)
    };
    let eurostat = FeedRequest {
        reporter: Code::parse("DEU").unwrap(),
        partners: partners(&["VNM", "WLD"]),
        product: "030462".to_owned(),
        ..ask(Feed::Eurostat, &base, 2024..=2024)
    };
    let census = FeedRequest {
        partners: partners(&["CHN"]),
        monthly: true,
        key: Some("not-told".to_owned()),
        ..ask(Feed::Census, &base, 2025..=2025)
    };
    for ask in [&imf, &eurostat, &census] {
        let told = run(ask.queries().unwrap(), folder.path()).await;
        assert!(told.iter().all(|line| line.starts_with("new ")), "{told:?}");
        assert!(
            ask.queries()
                .unwrap()
                .iter()
                .all(|query| !query.to_string().contains("not-told"))
        );
    }
    let asked = asked.lock().unwrap();
    for (request, start) in asked.iter().zip([
        "GET /data/IMF.STA,IMTS,1.0.0/USA.XG_FOB_USD+MG_CIF_USD.CAN+G001.A?startPeriod=2024&endPeriod=2024 ",
        "GET /data/DS-045409/A.DE.VN+WORLD.030462.1+2.VALUE_IN_EUROS?format=SDMX-CSV&compressed=false&startPeriod=2024&endPeriod=2024 ",
        "GET /data/timeseries/intltrade/imports/hs?get=CTY_CODE%2CCTY_NAME%2CGEN_VAL_MO%2CGEN_VAL_YR&time=from+2025-01+to+2025-12&CTY_CODE=5700&key=not-told ",
        "GET /data/timeseries/intltrade/exports/hs?get=CTY_CODE%2CCTY_NAME%2CALL_VAL_MO%2CALL_VAL_YR&time=from+2025-01+to+2025-12&CTY_CODE=5700&key=not-told ",
    ]) {
        assert!(request.starts_with(start), "{request}\nexpected {start}");
    }
    assert!(
        asked[0]
            .to_ascii_lowercase()
            .contains("accept: application/vnd.sdmx.data+csv;version=1.0.0")
    );
}

#[test]
fn what_a_service_does_not_have_is_told_before_it_is_asked() {
    let census = ask(Feed::Census, "http://localhost", 2024..=2024);
    assert!(census.queries().unwrap_err().contains("USA by month"));
    let nowhere = FeedRequest {
        partners: vec![Code::parse("ZZZ").unwrap()],
        ..ask(Feed::Comtrade, "http://localhost", 2024..=2024)
    };
    assert_eq!(
        nowhere.queries().unwrap_err(),
        "`ZZZ` has no code at comtrade"
    );
    let product = |product: &str| FeedRequest {
        product: product.to_owned(),
        ..ask(Feed::Imf, "http://localhost", 2024..=2024)
    };
    assert_eq!(
        product("27").queries().unwrap_err(),
        "expected the product TOTAL: the IMF has trade in all goods alone, not `27`"
    );
    assert!(product("total").queries().is_ok());
}

/// The IMF has codes of its own for Kosovo, the West Bank and Gaza, and the world.
#[test]
fn an_area_asked_of_the_imf_is_the_one_that_its_answer_is_about() {
    let header = "DATAFLOW,COUNTRY,INDICATOR,COUNTERPART_COUNTRY,FREQUENCY,TIME_PERIOD,OBS_VALUE,SCALE,UNIT\n";
    for (area, code) in [
        ("XKX", "KOS"),
        ("PSE", "WBG"),
        ("WLD", "G001"),
        ("JPN", "JPN"),
        ("G163", "G163"),
    ] {
        let area = Code::parse(area).unwrap();
        let imf = FeedRequest {
            reporter: area.clone(),
            partners: vec![area.clone()],
            ..ask(Feed::Imf, "http://localhost", 2024..=2024)
        };
        let query = imf.queries().unwrap().remove(0);
        let key = format!("/{code}.XG_FOB_USD+MG_CIF_USD.{code}.A");
        assert!(query.to_string().contains(&key), "{query}");
        let answer =
            format!("{header}IMF.STA:IMTS(1.0.0),{code},XG_FOB_USD,{code},A,2024,1,6,USD\n");
        let figures = figures(&query, answer.as_bytes()).unwrap();
        let read = &figures.keys()[0];
        assert_eq!((&read.reporter, &read.partner), (&area, &area));
    }
}

/// States `day` as that on which all answers of the folder were asked for.
fn asked_on(folder: &Path, day: &str) {
    let record = folder.join(asked::RECORD);
    let text = std::fs::read_to_string(&record).unwrap();
    let lines = text.lines().map(|line| format!("{day}{}\n", &line[10..]));
    std::fs::write(&record, lines.collect::<String>()).unwrap();
}

/// Two years after it was over a year has whatever will ever come; its file may be as new as a copy makes it.
#[tokio::test]
async fn a_year_that_was_not_over_is_asked_for_again() {
    let folder = tempfile::tempdir().unwrap();
    let mut imports_alone: serde_json::Value = serde_json::from_str(&comtrade(2023)).unwrap();
    imports_alone["data"].as_array_mut().unwrap().truncate(1);
    imports_alone["count"] = 1.into();
    let (base, asked) = service(vec![
        ok(imports_alone.to_string()),
        ok(imports_alone.to_string()),
        ok(comtrade(2023)),
    ])
    .await;
    let one = ask(Feed::Comtrade, &base, 2023..=2023);
    let next = async || run(one.queries().unwrap(), folder.path()).await.remove(0);
    assert!(next().await.starts_with("new "));
    asked_on(folder.path(), "2025-12-31");
    assert!(next().await.starts_with("kept "));
    asked_on(folder.path(), "2025-12-30");
    assert!(next().await.starts_with("new "));
    asked_on(folder.path(), "2024-09-01");
    assert!(next().await.ends_with(" 2"), "the exports have come");
    asked_on(folder.path(), "2024-09-01");
    assert!(next().await.starts_with("kept "));
    assert_eq!(asked.lock().unwrap().len(), 3);
    // The figure of a year as a whole does not tell of which day it is.
    std::fs::remove_file(folder.path().join(asked::RECORD)).unwrap();
    let query = &one.queries().unwrap()[0];
    let file = folder.path().join(query.file_name());
    assert!(!is_settled(query, &file, None));
    let figures = figures(query, &std::fs::read(&file).unwrap()).unwrap();
    let whole_on = |day: &str| {
        let day = crate::trade::month::parse_date(day).unwrap();
        is_whole(query, &figures, Some(day))
    };
    assert!(!whole_on("2023-06-30") && !whole_on("2024-02-29") && whole_on("2024-03-01"));
}

/// The documented records as those of months of 2023.
fn by_month(imports: std::ops::RangeInclusive<u8>, exports: std::ops::RangeInclusive<u8>) -> Act {
    let answer: serde_json::Value = serde_json::from_str(&comtrade(2023)).unwrap();
    let of = |at: usize, month: u8| {
        let mut record = answer["data"][at].clone();
        record["freqCode"] = "M".into();
        record["period"] = format!("2023{month:02}").into();
        record
    };
    let imports = imports.map(|month| of(0, month));
    let data: Vec<_> = imports.chain(exports.map(|month| of(1, month))).collect();
    ok(serde_json::json!({"count": data.len(), "data": data, "error": ""}).to_string())
}

/// A reporter may send December, or all of its exports, long after the others.
#[tokio::test]
async fn a_late_month_is_asked_for_until_it_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let none = std::ops::RangeInclusive::new(2, 1);
    let acts = vec![
        by_month(1..=12, 1..=11),
        by_month(1..=12, none),
        by_month(1..=12, 1..=12),
    ];
    let (base, asked) = service(acts).await;
    let monthly = FeedRequest {
        monthly: true,
        ..ask(Feed::Comtrade, &base, 2023..=2023)
    };
    let next = async || {
        run(monthly.queries().unwrap(), folder.path())
            .await
            .remove(0)
    };
    for figures in [" 23", " 12", " 24"] {
        let told = next().await;
        assert!(
            told.starts_with("new ") && told.ends_with(figures),
            "{told}"
        );
        asked_on(folder.path(), "2024-03-05");
    }
    assert!(next().await.starts_with("kept "));
    // A copy without the record tells by its months that nothing is missing.
    std::fs::remove_file(folder.path().join(asked::RECORD)).unwrap();
    assert!(next().await.starts_with("kept "));
    assert_eq!(asked.lock().unwrap().len(), 3);
}

/// A redirect is followed on the service's own host, and nowhere else: the key stays.
#[tokio::test]
async fn another_host_learns_no_key() {
    let folder = tempfile::tempdir().unwrap();
    let (elsewhere, theirs) = service(vec![ok(comtrade(2023))]).await;
    let away = format!("location: {elsewhere}/data\r\n");
    let away: &'static str = Box::leak(away.into_boxed_str());
    let acts = vec![
        Act::Answer(302, "location: /moved\r\n", String::new()),
        ok(comtrade(2023)),
        Act::Answer(302, away, String::new()),
    ];
    let (base, ours) = service(acts).await;
    let keyed = |year: i32| FeedRequest {
        key: Some("not-told".to_owned()),
        ..ask(Feed::Comtrade, &base, year..=year)
    };
    let told = run(keyed(2023).queries().unwrap(), folder.path()).await;
    assert!(told[0].starts_with("new "), "{told:?}");
    let told = run(keyed(2022).queries().unwrap(), folder.path()).await;
    assert!(
        told[0].starts_with("failed the service answered 302 and sends to 127.0.0.1"),
        "{told:?}"
    );
    let ours = ours.lock().unwrap();
    assert_eq!(ours.len(), 3);
    assert!(ours[1].starts_with("GET /moved ") && ours[1].contains("not-told"));
    assert!(theirs.lock().unwrap().is_empty());
}

#[cfg(unix)]
#[test]
fn an_answer_may_be_read_as_any_new_file() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let mode = |name: &str| {
        let meta = std::fs::metadata(folder.path().join(name)).unwrap();
        meta.permissions().mode()
    };
    std::fs::write(folder.path().join("new"), "").unwrap();
    keep(&folder.path().join("kept"), folder.path(), b"x").unwrap();
    assert_eq!(mode("kept"), mode("new"));
}
