//! One query over HTTP, repeated as the retry policy says.

use super::answer;
use super::error::FeedError;
use super::message::ServiceMessage;
use super::query::Query;
use super::retry::RetryPolicy;
use crate::ingest::source::LARGEST_DOCUMENT;
use crate::ingest::{FigureBatch, IngestError};
use backon::Retryable;
use reqwest::redirect::{Action, Attempt, Policy};
use reqwest::{Client, Response, StatusCode, Version, header};
use std::time::Duration;
use time::OffsetDateTime;

/// Largest answer that is read row by row, in bytes.
const LARGEST_TABLE: u64 = 1 << 30;
/// Largest number of redirects that are followed.
const MOST_REDIRECTS: usize = 5;
/// Largest number of characters of a failure's text that are kept.
const MOST_CHARACTERS: usize = 300;

/// A complete answer that can be imported.
pub(super) struct FeedAnswer {
    pub(super) body: Vec<u8>,
    pub(super) figures: FigureBatch,
    /// Number of records, where the service limits it.
    pub(super) records: usize,
}

/// Make the HTTP client of a pull.
pub(super) fn client(policy: &RetryPolicy) -> Result<Client, FeedError> {
    Client::builder()
        .user_agent(concat!("tradecast/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(policy.silence)
        .read_timeout(policy.silence)
        .redirect(Policy::custom(stay_on_host))
        .build()
        .map_err(|error| FeedError::Address {
            reason: error.to_string(),
        })
}

/// Follow redirects only within the service's own host: another host must not learn the key.
fn stay_on_host(attempt: Attempt<'_>) -> Action {
    let is_own = |first: &reqwest::Url| first.origin() == attempt.url().origin();
    if !attempt.previous().first().is_some_and(is_own) {
        attempt.stop()
    } else if attempt.previous().len() > MOST_REDIRECTS {
        attempt.error("the service redirects too many times")
    } else {
        attempt.follow()
    }
}

/// Send a query until it has an answer, a lasting error, or no try left.
pub(super) async fn fetch(
    client: &Client,
    query: &Query,
    policy: &RetryPolicy,
) -> Result<FeedAnswer, FeedError> {
    let tries = (|| fetch_once(client, query, policy))
        .retry(policy.waits())
        .when(FeedError::is_transient);
    // A wait that the service asks for takes precedence over that of the policy.
    tries
        .adjust(|error, wait| match error {
            FeedError::Status {
                retry_after: Some(after),
                ..
            } => wait.map(|_| *after),
            _ => wait,
        })
        .await
}

async fn fetch_once(
    client: &Client,
    query: &Query,
    policy: &RetryPolicy,
) -> Result<FeedAnswer, FeedError> {
    let response = send(client, query).await?;
    let status = response.status();
    let wait = response.headers().get(header::RETRY_AFTER);
    let wait = wait.and_then(|value| parse_wait(value.to_str().ok()?));
    if status.is_redirection() {
        return Err(redirected(&response));
    }
    let marks_its_end = marks_its_end(&response);
    let most = if query.feed.is_json() {
        LARGEST_DOCUMENT
    } else {
        LARGEST_TABLE
    };
    let body = read_body(response, most).await?;
    if !status.is_success() {
        return Err(failed(status, wait, &body, policy));
    }
    parse(query, status, body, marks_its_end)
}

async fn send(client: &Client, query: &Query) -> Result<Response, FeedError> {
    let mut request = client
        .get(&query.address)
        .query(&query.parameters)
        .header(header::ACCEPT, query.accept);
    if let Some((name, key)) = &query.secret {
        request = request.header(*name, key);
    }
    if let Some(key) = &query.secret_parameter {
        request = request.query(&[key]);
    }
    request.send().await.map_err(transport_error)
}

/// Return the error of a redirect to another host. It names only that host: the rest of the address
/// may hold a key.
fn redirected(response: &Response) -> FeedError {
    let target = response.headers().get(header::LOCATION);
    let target = target.and_then(|target| reqwest::Url::parse(target.to_str().ok()?).ok());
    let host = target.as_ref().and_then(reqwest::Url::host_str);
    FeedError::Address {
        reason: format!(
            "the service answered {} and redirects to {}, which is not followed: \
             expected an answer from its own host",
            response.status().as_u16(),
            host.unwrap_or("another address"),
        ),
    }
}

/// Return the error of an answer that is no success; `wait` is how long the service asks to wait.
fn failed(
    status: StatusCode,
    wait: Option<Duration>,
    body: &[u8],
    policy: &RetryPolicy,
) -> FeedError {
    if let Some(wait) = wait.filter(|wait| *wait > policy.longest_wait) {
        let long = time::Duration::try_from(wait).unwrap_or(time::Duration::MAX);
        return FeedError::TooLong {
            wait,
            allowed: policy.longest_wait,
            until: OffsetDateTime::now_utc().saturating_add(long),
        };
    }
    let text = String::from_utf8_lossy(body);
    let words: Vec<&str> = text.split_whitespace().collect();
    FeedError::Status {
        status: status.as_u16(),
        message: words.join(" ").chars().take(MOST_CHARACTERS).collect(),
        retry_after: wait,
    }
}

/// Read the figures of an answer with success, unless it is empty or was cut off.
fn parse(
    query: &Query,
    status: StatusCode,
    body: Vec<u8>,
    marks_its_end: bool,
) -> Result<FeedAnswer, FeedError> {
    let is_json = query.feed.is_json();
    let is_blank = body.iter().all(u8::is_ascii_whitespace);
    let message = if is_json {
        ServiceMessage::of_document(&body)
    } else {
        ServiceMessage::of_table(&body)
    };
    let is_open = !is_json && body.last() != Some(&b'\n');
    // A number that was cut off may still be read as a number.
    if is_open && !is_blank && !marks_its_end {
        return Err(FeedError::truncated(
            "its length was not announced, and its last line has no end",
        ));
    }
    let records = message.records;
    if let Some(count) = message.count.filter(|count| *count != records as u64) {
        let reason = format!("it counts {count} records and has {records}");
        return Err(FeedError::truncated(&reason));
    }
    if status == StatusCode::NO_CONTENT || is_blank || message.is_empty {
        let message = "the service answered with success but sent no record: either it has no such \
                       figures, or a parameter is wrong";
        return Err(FeedError::Empty {
            message: message.to_owned(),
        });
    }
    let figures = answer::read(query, &body).map_err(|error| match error {
        IngestError::Refused(refusal) if is_open && refusal.row == Some(last_line(&body)) => {
            FeedError::truncated(&refusal.to_string())
        }
        IngestError::Refused(_) => FeedError::Refused(error),
        other => FeedError::Malformed(other),
    })?;
    Ok(FeedAnswer {
        body,
        figures,
        records,
    })
}

/// Whether a truncated answer cannot be taken for a complete one. An HTTP/1 answer may be ended by
/// closing the connection, and a broken connection looks the same. The length of a compressed
/// answer is not known here any more.
fn marks_its_end(response: &Response) -> bool {
    let coding = response.headers().get(header::TRANSFER_ENCODING);
    response.version() > Version::HTTP_11
        || response.content_length().is_some()
        || coding.is_some_and(|coding| coding.as_bytes().ends_with(b"chunked"))
}

/// Describe an error of the connection without the address, which may hold a key.
fn transport_error(error: reqwest::Error) -> FeedError {
    let error = error.without_url();
    let mut reason = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(inner) = cause {
        reason = format!("{reason}: {inner}");
        cause = inner.source();
    }
    FeedError::Transport { reason }
}

async fn read_body(mut response: Response, most: u64) -> Result<Vec<u8>, FeedError> {
    let announced = response.content_length();
    if announced.is_some_and(|length| length > most) {
        return Err(FeedError::TooLarge { most });
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(transport_error)? {
        if (body.len() + chunk.len()) as u64 > most {
            return Err(FeedError::TooLarge { most });
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// Return the number of the last line, counted from 1.
fn last_line(body: &[u8]) -> u64 {
    body.iter().filter(|byte| **byte == b'\n').count() as u64 + 1
}

/// Parse `Retry-After`, seconds or a date.
fn parse_wait(text: &str) -> Option<Duration> {
    let text = text.trim();
    if let Ok(seconds) = text.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let date = OffsetDateTime::parse(text, &time::format_description::well_known::Rfc2822).ok()?;
    let wait = date - OffsetDateTime::now_utc();
    Some(Duration::try_from(wait).unwrap_or(Duration::ZERO))
}

/// Write a moment as HTTP does, in whole seconds.
#[cfg(test)]
pub(super) fn http_date(moment: OffsetDateTime) -> String {
    let text = moment.format(&time::format_description::well_known::Rfc2822);
    text.unwrap().replace("+0000", "GMT")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_seconds_or_a_date() {
        assert_eq!(parse_wait("7"), Some(Duration::from_secs(7)));
        // A date in the past asks for no wait.
        assert_eq!(
            parse_wait("Wed, 21 Oct 2015 07:28:00 GMT"),
            Some(Duration::ZERO)
        );
        assert_eq!(parse_wait("soon"), None);
        let hour = OffsetDateTime::now_utc() + Duration::from_secs(3600);
        let wait = parse_wait(&http_date(hour)).unwrap();
        let expected = Duration::from_secs(3590)..=Duration::from_secs(3600);
        assert!(expected.contains(&wait), "{wait:?}");
    }
}
