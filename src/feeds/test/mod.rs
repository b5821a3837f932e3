//! The feeds against a service on this machine that replays what the real ones document.

use super::*;
use crate::trade::Code;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use time::OffsetDateTime;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

mod completeness;
mod failures;
mod requests;

/// What the service does with a request.
#[derive(Clone)]
enum Reply {
    Answer(u16, &'static str, String),
    /// Announce a whole body and close the connection in its middle.
    Cut(String),
    /// Close without an answer.
    Close,
    /// Send this text and close.
    Raw(String),
}

fn ok(body: impl Into<String>) -> Reply {
    Reply::Answer(200, "", body.into())
}

/// Start a service on a free port that gives one reply a request, in order, and return its address
/// and the requests that it gets.
async fn service(replies: Vec<Reply>) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let requests: Arc<Mutex<Vec<String>>> = Arc::default();
    let received = Arc::clone(&requests);
    tokio::spawn(async move {
        for reply in replies {
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
            received
                .lock()
                .unwrap()
                .push(String::from_utf8(request).unwrap());
            let text = match reply {
                Reply::Answer(status, headers, body) => format!(
                    "HTTP/1.1 {status} X\r\nconnection: close\r\n\
                     content-length: {}\r\n{headers}\r\n{body}",
                    body.len()
                ),
                Reply::Cut(body) => format!(
                    "HTTP/1.1 200 X\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{}",
                    body.len(),
                    &body[..body.len() / 2]
                ),
                Reply::Close => String::new(),
                Reply::Raw(text) => text,
            };
            let _ = stream.write_all(text.as_bytes()).await;
            let _ = stream.shutdown().await;
        }
    });
    (base, requests)
}

/// Return an answer without announced length, which ends where the connection does.
fn until_closed(body: &str) -> Reply {
    Reply::Raw(format!("HTTP/1.0 200 X\r\n\r\n{body}"))
}

fn policy() -> RetryPolicy {
    RetryPolicy {
        pause: Duration::ZERO,
        first_wait: Duration::from_millis(1),
        longest_wait: Duration::from_secs(2),
        retries: 3,
        silence: Duration::from_secs(5),
    }
}

fn request(feed: Feed, base: &str, years: std::ops::RangeInclusive<i32>) -> FeedRequest {
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
    let mut outcomes = Vec::new();
    let name = |file: &Path| file.file_name().unwrap().to_string_lossy().into_owned();
    pull(queries, folder, &policy(), |outcome| {
        outcomes.push(match outcome {
            PullOutcome::Kept { file } => format!("kept {}", name(file)),
            PullOutcome::New { file, figures } => format!("new {} {figures}", name(file)),
            PullOutcome::Empty { .. } => "empty".to_owned(),
            PullOutcome::Failed { error, .. } => format!("failed {error}"),
        });
    })
    .await
    .unwrap();
    outcomes
}

/// Return the documented answer (tests/fixtures/README.md) for another year.
fn comtrade(year: i32) -> String {
    let text = include_str!("../../../tests/fixtures/comtrade/usa-jpn-2023.json");
    text.replace("\"period\":\"2023\"", &format!("\"period\":\"{year}\""))
}

const EMPTY: &str = r#"{"elapsedTime":"0.02 secs","count":0,"data":[],"error":""}"#;
