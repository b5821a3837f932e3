//! One query over HTTP, with patience.

use super::{Query, figures};
use crate::ingest::{Figures, IngestError};
use backon::{ExponentialBuilder, Retryable};
use reqwest::redirect::{Action, Attempt, Policy};
use reqwest::{Client, StatusCode, header};
use std::path::PathBuf;
use std::time::Duration;

/// The largest answer, in bytes.
const LARGEST_ANSWER: usize = 1 << 30;

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
    /// The service asks for more patience than there is.
    #[error("the service asks to wait {} s, longer than the {} s allowed", wait.as_secs(), allowed.as_secs())]
    TooLong {
        /// What it asks for.
        wait: Duration,
        /// What is allowed.
        allowed: Duration,
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
pub struct Patience {
    /// Between two queries.
    pub pause: Duration,
    /// Before the second try; later ones wait longer, each with a jitter.
    pub first_wait: Duration,
    /// The longest wait, also where the service names one.
    pub longest_wait: Duration,
    /// How many tries after the first.
    pub retries: usize,
    /// For a connection, and for each part of an answer.
    pub silence: Duration,
}

impl Default for Patience {
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

impl Patience {
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
pub(super) struct Answer {
    pub(super) body: Vec<u8>,
    pub(super) figures: Figures,
    /// The records in it, where the service limits them.
    pub(super) records: usize,
}

/// Asks until there is an answer, an error that stays, or no patience left.
pub(super) async fn fetch(
    client: &Client,
    query: &Query,
    patience: &Patience,
) -> Result<Answer, FeedError> {
    let backoff = ExponentialBuilder::default()
        .with_jitter()
        .with_min_delay(patience.first_wait)
        .with_max_delay(patience.longest_wait)
        .with_max_times(patience.retries);
    let asked = (|| once(client, query, patience))
        .retry(backoff)
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

async fn once(client: &Client, query: &Query, patience: &Patience) -> Result<Answer, FeedError> {
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
    let body = body(response).await?;
    if !status.is_success() {
        if let Some(wait) = retry_after.filter(|wait| *wait > patience.longest_wait) {
            return Err(FeedError::TooLong {
                wait,
                allowed: patience.longest_wait,
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
    if status == StatusCode::NO_CONTENT || blank || is_empty(&body) {
        let words = "the service answered with success and no record: no figures, or a wrong parameter; which of both cannot be known";
        return Err(FeedError::Empty {
            words: words.to_owned(),
        });
    }
    let figures = figures(query, &body).map_err(|error| match error {
        IngestError::Refused(_) => FeedError::Refused(error),
        other => FeedError::Malformed(other),
    })?;
    let records = if query.limit.is_some() {
        records(&body)
    } else {
        0
    };
    Ok(Answer {
        body,
        figures,
        records,
    })
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

async fn body(mut response: reqwest::Response) -> Result<Vec<u8>, FeedError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(transport)? {
        if body.len() + chunk.len() > LARGEST_ANSWER {
            return Err(FeedError::Address {
                reason: format!("the answer is larger than {LARGEST_ANSWER} bytes: ask for less"),
            });
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// A Comtrade answer that counts nothing and names no error; a table with a header and no row.
fn is_empty(body: &[u8]) -> bool {
    if let Ok(answer) = serde_json::from_slice::<serde_json::Value>(body) {
        let error = answer
            .get("error")
            .and_then(serde_json::Value::as_str)
            .unwrap_or("");
        let none = answer
            .get("data")
            .and_then(serde_json::Value::as_array)
            .is_some_and(Vec::is_empty);
        let header_alone = answer.as_array().is_some_and(|rows| rows.len() <= 1);
        return none && error.is_empty() || header_alone;
    }
    let text = String::from_utf8_lossy(body);
    let mut lines = text.lines();
    let header = lines.next().unwrap_or("").to_ascii_uppercase();
    (header.starts_with("DATAFLOW,") || header.starts_with("STRUCTURE"))
        && lines.all(|line| line.trim().is_empty())
}

fn records(body: &[u8]) -> usize {
    serde_json::from_slice::<serde_json::Value>(body)
        .ok()
        .and_then(|answer| answer.get("data")?.as_array().map(Vec::len))
        .unwrap_or(0)
}

/// `Retry-After`: seconds, or a date.
fn wait_of(text: &str) -> Option<Duration> {
    let text = text.trim();
    if let Ok(seconds) = text.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let date =
        time::OffsetDateTime::parse(text, &time::format_description::well_known::Rfc2822).ok()?;
    let wait = date - time::OffsetDateTime::now_utc();
    Some(Duration::try_from(wait).unwrap_or(Duration::ZERO))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_seconds_or_a_date() {
        assert_eq!(wait_of("7"), Some(Duration::from_secs(7)));
        // A date that has passed asks for no wait.
        assert_eq!(
            wait_of("Wed, 21 Oct 2015 07:28:00 GMT"),
            Some(Duration::ZERO)
        );
        assert_eq!(wait_of("soon"), None);
    }
}
