//! One query over HTTP, with patience.

use super::{Query, figures};
use crate::ingest::source::LARGEST_DOCUMENT;
use crate::ingest::{FigureBatch, IngestError};
use backon::{ExponentialBuilder, Retryable};
use reqwest::redirect::{Action, Attempt, Policy};
use reqwest::{Client, StatusCode, Version, header};
use serde_json::Value;
use std::path::PathBuf;
use std::time::Duration;
use time::OffsetDateTime;

/// The largest answer that is read row by row, in bytes.
const LARGEST_TABLE: u64 = 1 << 30;

/// Why a query failed.
#[derive(Debug, thiserror::Error)]
pub enum FeedError {
    /// The folder cannot be written.
    #[error("cannot write into {}", folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The service did not answer, or not to the end.
    #[error("the service did not answer to the end: {reason}")]
    Transport {
        /// What went wrong.
        reason: String,
    },
    /// The service answered with another status than success.
    #[error("the service answered {status}: {words}")]
    Status {
        /// The status.
        status: u16,
        /// The first words of its answer.
        words: String,
        /// When it says that it may be asked again.
        retry_after: Option<Duration>,
    },
    /// The service asks for more patience than there is: nothing more is asked of it.
    #[error(
        "the service asks to wait {} s, longer than the {} s allowed: the pull stops here and keeps what it has; the same pull goes on after {} {:02}:{:02}:{:02}Z",
        wait.as_secs(), allowed.as_secs(), until.date(), until.hour(), until.minute(), until.second()
    )]
    TooLong {
        /// What it asks for.
        wait: Duration,
        /// What is allowed.
        allowed: Duration,
        /// When it may be asked again, by UTC.
        until: OffsetDateTime,
    },
    /// The answer is larger than an import reads.
    #[error("the answer is larger than {most} bytes: ask for less at once")]
    TooLarge {
        /// How many bytes it may have.
        most: u64,
    },
    /// Success, and nothing in it.
    #[error("{words}")]
    Empty {
        /// What is known of it.
        words: String,
    },
    /// The answer is not what the service documents.
    #[error(transparent)]
    Malformed(IngestError),
    /// A value in the answer is refused.
    #[error(transparent)]
    Refused(IngestError),
    /// The answer reaches the service's limit of records and cannot be divided further: it is cut.
    #[error(
        "the answer has {records} records, as many as the service sends at most: ask for fewer partners or products"
    )]
    Limit {
        /// How many came.
        records: usize,
    },
    /// The address makes no sense.
    #[error("{reason}")]
    Address {
        /// Why.
        reason: String,
    },
}

impl FeedError {
    /// Whether the same query may succeed later.
    fn may_pass(&self) -> bool {
        match self {
            Self::Transport { .. } | Self::Malformed(_) => true,
            Self::Status { status, .. } => *status == 408 || *status == 429 || *status >= 500,
            _ => false,
        }
    }
}

/// How long to wait for a service, and how often to try.
#[derive(Debug, Clone)]
pub struct RetryPolicy {
    /// Between two queries.
    pub pause: Duration,
    /// Before the second try; later ones wait twice as long as the one before. To each comes a jitter of up to as much again.
    pub first_wait: Duration,
    /// The longest wait, also where the service names one.
    pub longest_wait: Duration,
    /// How many tries after the first.
    pub retries: usize,
    /// For a connection, and for each part of an answer.
    pub silence: Duration,
}

impl Default for RetryPolicy {
    /// A second between queries, up to six tries within some minutes.
    fn default() -> Self {
        Self {
            pause: Duration::from_secs(1),
            first_wait: Duration::from_secs(2),
            longest_wait: Duration::from_secs(120),
            retries: 5,
            silence: Duration::from_secs(60),
        }
    }
}

impl RetryPolicy {
    pub(super) fn client(&self) -> Result<Client, FeedError> {
        Client::builder()
            .user_agent(concat!("tradecast/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(self.silence)
            .read_timeout(self.silence)
            .redirect(Policy::custom(stay))
            .build()
            .map_err(|error| FeedError::Address {
                reason: error.to_string(),
            })
    }

    /// The waits between tries. Half of the longest is left for the jitter.
    fn waits(&self) -> ExponentialBuilder {
        let most = self.longest_wait / 2;
        ExponentialBuilder::default()
            .with_jitter()
            .with_min_delay(self.first_wait.min(most))
            .with_max_delay(most)
            .with_max_times(self.retries)
    }
}

/// How many times a service may send on.
const MOST_REDIRECTS: usize = 5;

/// Follows a service to another address of its own alone: another host must not learn the key.
fn stay(attempt: Attempt<'_>) -> Action {
    let is_own = |first: &reqwest::Url| first.origin() == attempt.url().origin();
    if !attempt.previous().first().is_some_and(is_own) {
        attempt.stop()
    } else if attempt.previous().len() > MOST_REDIRECTS {
        attempt.error("it sends on and on")
    } else {
        attempt.follow()
    }
}

/// A whole answer that reads well.
pub(super) struct FeedAnswer {
    pub(super) body: Vec<u8>,
    pub(super) figures: FigureBatch,
    /// The records in it, where the service limits them.
    pub(super) records: usize,
}

/// Asks until there is an answer, an error that stays, or no patience left.
pub(super) async fn fetch(
    client: &Client,
    query: &Query,
    patience: &RetryPolicy,
) -> Result<FeedAnswer, FeedError> {
    let asked = (|| once(client, query, patience))
        .retry(patience.waits())
        .when(FeedError::may_pass);
    // The service's own word on when to come back goes before ours.
    asked
        .adjust(|error, wait| match error {
            FeedError::Status {
                retry_after: Some(after),
                ..
            } => wait.map(|_| *after),
            _ => wait,
        })
        .await
}

async fn once(
    client: &Client,
    query: &Query,
    patience: &RetryPolicy,
) -> Result<FeedAnswer, FeedError> {
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
    let response = request.send().await.map_err(transport)?;
    let status = response.status();
    let retry_after = response
        .headers()
        .get(header::RETRY_AFTER)
        .and_then(|value| wait_of(value.to_str().ok()?));
    if status.is_redirection() {
        let target = response.headers().get(header::LOCATION);
        let target = target.and_then(|target| reqwest::Url::parse(target.to_str().ok()?).ok());
        // Its host alone: the rest may hold a key.
        let host = target.as_ref().and_then(reqwest::Url::host_str);
        return Err(FeedError::Address {
            reason: format!(
                "the service answered {} and sends to {}, which is not asked: expected an answer from its own host",
                status.as_u16(),
                host.unwrap_or("another place"),
            ),
        });
    }
    let is_json = query.feed.is_json();
    let tells_its_end = tells_its_end(&response);
    let most = if is_json {
        LARGEST_DOCUMENT
    } else {
        LARGEST_TABLE
    };
    let body = body(response, most).await?;
    if !status.is_success() {
        if let Some(wait) = retry_after.filter(|wait| *wait > patience.longest_wait) {
            let long = time::Duration::try_from(wait).unwrap_or(time::Duration::MAX);
            return Err(FeedError::TooLong {
                wait,
                allowed: patience.longest_wait,
                until: OffsetDateTime::now_utc().saturating_add(long),
            });
        }
        let words = String::from_utf8_lossy(&body)
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ");
        return Err(FeedError::Status {
            status: status.as_u16(),
            words: words.chars().take(300).collect(),
            retry_after,
        });
    }
    let blank = body.iter().all(u8::is_ascii_whitespace);
    let told = if is_json {
        ServiceMessage::of_document(&body)
    } else {
        ServiceMessage::of_table(&body)
    };
    let is_open = !is_json && body.last() != Some(&b'\n');
    // The number that a line was cut in may read as a number.
    if is_open && !blank && !tells_its_end {
        return Err(cut(
            "its length was not announced, and its last line has no end",
        ));
    }
    if let Some(count) = told.count.filter(|count| *count != told.records as u64) {
        let records = told.records;
        return Err(cut(&format!("it counts {count} records and has {records}")));
    }
    if status == StatusCode::NO_CONTENT || blank || told.is_empty {
        let words = "the service answered with success and no record: no figures, or a wrong parameter; which of both cannot be known";
        return Err(FeedError::Empty {
            words: words.to_owned(),
        });
    }
    let figures = figures(query, &body).map_err(|error| match error {
        IngestError::Refused(refusal) if is_open && refusal.row == Some(lines(&body)) => {
            cut(&refusal.to_string())
        }
        IngestError::Refused(_) => FeedError::Refused(error),
        other => FeedError::Malformed(other),
    })?;
    Ok(FeedAnswer {
        body,
        figures,
        records: told.records,
    })
}

fn cut(reason: &str) -> FeedError {
    FeedError::Transport {
        reason: reason.to_owned(),
    }
}

/// Whether an answer that is cut on its way cannot be taken for a whole one: HTTP/1 may tell the end by closing the connection, and so does
/// a connection that breaks. Where an answer came packed its length is no longer known here.
fn tells_its_end(response: &reqwest::Response) -> bool {
    let coding = response.headers().get(header::TRANSFER_ENCODING);
    response.version() > Version::HTTP_11
        || response.content_length().is_some()
        || coding.is_some_and(|coding| coding.as_bytes().ends_with(b"chunked"))
}

/// Errors of the connection, without the address: it may hold a key.
fn transport(error: reqwest::Error) -> FeedError {
    let error = error.without_url();
    let mut reason = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(inner) = cause {
        reason = format!("{reason}: {inner}");
        cause = inner.source();
    }
    FeedError::Transport { reason }
}

async fn body(mut response: reqwest::Response, most: u64) -> Result<Vec<u8>, FeedError> {
    let announced = response.content_length();
    if announced.is_some_and(|length| length > most) {
        return Err(FeedError::TooLarge { most });
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(transport)? {
        if (body.len() + chunk.len()) as u64 > most {
            return Err(FeedError::TooLarge { most });
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// What an answer tells of itself before its figures are read.
#[derive(Debug, Default)]
struct ServiceMessage {
    /// A Comtrade answer that counts nothing and names no error; a table with a header and no row.
    is_empty: bool,
    /// How many records a Comtrade answer has.
    records: usize,
    /// How many it says that it has.
    count: Option<u64>,
}

impl ServiceMessage {
    /// Of JSON; nothing where it is none, which the import then says.
    fn of_document(body: &[u8]) -> Self {
        let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
        let Ok(answer) = serde_json::from_slice::<Value>(body) else {
            return Self::default();
        };
        let Some(data) = answer.get("data").and_then(Value::as_array) else {
            return Self {
                is_empty: answer.as_array().is_some_and(|rows| rows.len() <= 1),
                ..Self::default()
            };
        };
        let error = answer.get("error").and_then(Value::as_str).unwrap_or("");
        Self {
            is_empty: data.is_empty() && error.is_empty(),
            records: data.len(),
            // Beside an error it counts nothing.
            count: answer
                .get("count")
                .and_then(Value::as_u64)
                .filter(|_| error.is_empty()),
        }
    }

    /// Of CSV.
    fn of_table(body: &[u8]) -> Self {
        let text = String::from_utf8_lossy(body);
        let mut lines = text.lines();
        let header = lines.next().unwrap_or("").to_ascii_uppercase();
        let is_known = header.starts_with("DATAFLOW,") || header.starts_with("STRUCTURE");
        Self {
            is_empty: is_known && lines.all(|line| line.trim().is_empty()),
            ..Self::default()
        }
    }
}

/// The number of the last line, counted from 1.
fn lines(body: &[u8]) -> u64 {
    body.iter().filter(|byte| **byte == b'\n').count() as u64 + 1
}

/// `Retry-After`: seconds, or a date.
fn wait_of(text: &str) -> Option<Duration> {
    let text = text.trim();
    if let Ok(seconds) = text.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let date = OffsetDateTime::parse(text, &time::format_description::well_known::Rfc2822).ok()?;
    let wait = date - OffsetDateTime::now_utc();
    Some(Duration::try_from(wait).unwrap_or(Duration::ZERO))
}

/// A moment as HTTP writes it, whole seconds.
#[cfg(test)]
pub(super) fn http_date(moment: OffsetDateTime) -> String {
    let text = moment.format(&time::format_description::well_known::Rfc2822);
    text.unwrap().replace("+0000", "GMT")
}

#[cfg(test)]
mod tests {
    use super::*;
    use backon::BackoffBuilder;

    #[test]
    fn a_wait_is_seconds_or_a_date() {
        assert_eq!(wait_of("7"), Some(Duration::from_secs(7)));
        // A date that has passed asks for no wait.
        assert_eq!(
            wait_of("Wed, 21 Oct 2015 07:28:00 GMT"),
            Some(Duration::ZERO)
        );
        assert_eq!(wait_of("soon"), None);
        let hour = OffsetDateTime::now_utc() + Duration::from_secs(3600);
        let wait = wait_of(&http_date(hour)).unwrap();
        let expected = Duration::from_secs(3590)..=Duration::from_secs(3600);
        assert!(expected.contains(&wait), "{wait:?}");
    }

    /// Of each wait the half that is fixed doubles up to half of the longest; the other half is the jitter's.
    #[test]
    fn no_two_waits_are_the_same_and_none_leaves_its_bounds() {
        let seconds = Duration::from_secs;
        let patience = RetryPolicy {
            retries: 8,
            ..RetryPolicy::default()
        };
        let draw = |patience: &RetryPolicy| patience.waits().build().collect::<Vec<_>>();
        let (one, other) = (draw(&patience), draw(&patience));
        for waits in [&one, &other] {
            assert_eq!(waits.len(), 8);
            for (wait, fixed) in waits.iter().zip([2, 4, 8, 16, 32, 60, 60, 60]) {
                let bounds = seconds(fixed)..=seconds(2 * fixed);
                assert!(bounds.contains(wait), "{wait:?} is not within {bounds:?}");
            }
        }
        assert!(one[0] != other[0] && one[6] != one[7], "{one:?} {other:?}");
        // A longest wait that is shorter than the first bounds it, too.
        let short = RetryPolicy {
            longest_wait: seconds(1),
            ..patience
        };
        assert!(draw(&short).iter().all(|wait| *wait <= seconds(1)));
    }
}
