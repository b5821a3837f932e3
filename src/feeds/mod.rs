//! Official services that are queried for their figures: one query a file, so that an interrupted
//! pull continues where it stopped.
//!
//! A query covers one year at most. It is repeated until its answer is complete: every requested
//! series has every month of the year, or the query was sent two years after the end of the year,
//! which is later than the slowest reporters publish. An answer is read as an import reads it
//! before it is stored in the folder: a truncated, malformed or refused answer is never stored.
//! Queries follow each other with a pause. Transient failures (429, 5xx, a broken connection, a
//! truncated answer) are retried with growing, jittered delays, or when the service says
//! (`Retry-After`). Where the service asks to wait for longer than the retry policy allows, the
//! pull stops.
//!
//! Answers state no day of release: of two figures for one month, the one that is imported last
//! counts. [`sort_by_request_date`] sees to it that this is the figure that was requested last,
//! whatever the names of the files.
//!
//! | file | what it holds |
//! |---|---|
//! | `feed` | the services |
//! | `request` | what is wanted, and the queries for it |
//! | `query` | one query: its address, its parts, the name of its file |
//! | `pull` | queries sent one after the other, each answer a file |
//! | `fetch` | one query over HTTP, repeated as the policy says |
//! | `retry` | the retry policy |
//! | `message` | what an answer says about itself |
//! | `answer` | answer files, and whether an answer is complete |
//! | `request_log` | when each answer of a folder was requested |
//! | `error` | why a query failed |

mod answer;
mod error;
mod feed;
mod fetch;
mod message;
mod pull;
mod query;
mod request;
mod request_log;
mod retry;

pub(crate) use answer::temporary_file_in;
pub use error::FeedError;
pub use feed::Feed;
pub use pull::{PullOutcome, pull};
pub use query::Query;
pub use request::FeedRequest;
pub(crate) use request_log::sort_by_request_date;
pub use retry::RetryPolicy;

#[cfg(test)]
mod test;
