//! Errors and their status on the wire: the caller gets a clear reason and the field, the log gets
//! the cause.

use super::access::Role;
use super::compute::ComputeError;
use super::pb;
use crate::catalog::CatalogError;
use crate::pipeline::{
    ForecastError, GrowthReviewError, OutlookError, RequestError, SeriesDetailError, SeriesFailure,
};
use crate::projection::{DisaggregationError, ProjectionError};
use crate::reconcile::ReconcileError;
use crate::store::StoreError;
use crate::trade::Currency;
use std::collections::HashMap;
use std::time::Duration;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};

/// The domain of `ErrorInfo`.
pub const DOMAIN: &str = "tradecast.v1";
/// The message for errors of this program.
pub(super) const NEUTRAL: &str = "the service failed; its log has the cause";

/// The reason why a call failed.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// A field of the request cannot be used.
    #[error("{field}: {reason}")]
    Field {
        /// The field, as the wire names it.
        field: &'static str,
        /// What was found and what was expected.
        reason: String,
    },
    /// A field is outside its range.
    #[error(transparent)]
    Request(#[from] RequestError),
    /// There is no such series.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    /// The requested series has no forecast.
    #[error(transparent)]
    Forecast(#[from] ForecastError),
    /// No exchange rates connect the two currencies.
    #[error("there are no exchange rates between {from} and {to}")]
    NoRate {
        /// The currency of the series.
        from: Currency,
        /// The requested currency.
        to: Currency,
    },
    /// There is no outlook.
    #[error(transparent)]
    Outlook(#[from] OutlookError),
    /// Figures of the requested series contradict each other.
    #[error("{reason}")]
    Contradiction {
        /// The series, the months, and the difference that remains.
        reason: String,
    },
    /// The figures are not loaded yet.
    #[error("the figures are still being loaded")]
    Loading,
    /// The figures come from files, which cannot be written to.
    #[error("the service runs on files, not on a store")]
    NoStore,
    /// The store has no such version.
    #[error("the store has no version {requested}; the latest is {latest}")]
    NoVersion {
        /// The field that names it.
        field: &'static str,
        /// The requested version.
        requested: u64,
        /// The latest version.
        latest: u64,
    },
    /// The limit of earlier versions in use is reached.
    #[error("{limit} earlier versions are in use already")]
    ManyVersions {
        /// The limit.
        limit: usize,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The limit of streams is reached.
    #[error("{limit} streams are running already")]
    Overloaded {
        /// The limit.
        limit: usize,
    },
    /// A limit of the caller is reached.
    #[error("{caller} has reached its limit of {limit}")]
    CallerLimit {
        /// The caller.
        caller: String,
        /// The limit, with its unit.
        limit: String,
        /// When to try again.
        retry: Duration,
    },
    /// The service uses as much memory as it may.
    #[error("the service uses as much memory as it may; try again in {retry:?}")]
    NoMemory {
        /// When to try again.
        retry: Duration,
    },
    /// The call would use more memory than calls may.
    #[error(
        "the call needs about {} MiB of memory, more than the {} MiB that calls may use; request \
         fewer paths, series or months",
        .bytes >> 20, .most >> 20
    )]
    TooLarge {
        /// The bytes that it would use.
        bytes: u64,
        /// The bytes that calls may use.
        most: u64,
    },
    /// The work before it takes too long for the call.
    #[error(
        "the call would end in about {:.2} s, {:.2} s of them until its turn, later than its \
         deadline or than calls wait; try again in {:.2} s, or with a later deadline",
        .whole.as_secs_f64(), .wait.as_secs_f64(), .retry.as_secs_f64()
    )]
    Busy {
        /// How long the call would take, with its wait.
        whole: Duration,
        /// How long the call would have to wait for its turn.
        wait: Duration,
        /// When to try again.
        retry: Duration,
    },
    /// The limit of imports at a time is reached.
    #[error("{limit} batches and files are being imported already")]
    ManyIngests {
        /// The limit.
        limit: usize,
    },
    /// The client of a delivery completed no message with content for too long.
    #[error(
        "no whole message with content came for {limit:?}; send the delivery again, in smaller \
         messages and without pauses"
    )]
    PausedDelivery {
        /// The longest pause; it is shorter while others wait.
        limit: Duration,
    },
    /// A batch or a file exceeds the limit of one call.
    #[error("{field}: expected {most} in one call")]
    TooMuch {
        /// The field that exceeds the limit.
        field: &'static str,
        /// The limit.
        most: String,
    },
    /// The client of a stream did not read.
    #[error(
        "the client took no message for {limit:?}, so that the stream ended; read it as it comes, \
         or request less at once"
    )]
    SlowReader {
        /// How long a message may wait.
        limit: Duration,
    },
    /// The call needs a valid credential.
    #[error("{reason}")]
    Unauthenticated {
        /// What is missing or wrong.
        reason: &'static str,
    },
    /// The caller's role does not include the method.
    #[error("the method needs the role {role}")]
    PermissionDenied {
        /// The role that the method needs.
        role: Role,
    },
    /// The call took longer than its deadline.
    #[error("the deadline has passed")]
    Deadline,
    /// The server is being stopped.
    #[error("the server is stopping")]
    Stopping,
    /// An error in this program.
    #[error(transparent)]
    Compute(#[from] ComputeError),
}

impl ServiceError {
    /// Name another field as the one that holds the missing version.
    pub(super) fn of_version(self, field: &'static str) -> Self {
        match self {
            Self::NoVersion {
                requested, latest, ..
            } => Self::NoVersion {
                field,
                requested,
                latest,
            },
            other => other,
        }
    }
}

impl From<GrowthReviewError> for ServiceError {
    fn from(error: GrowthReviewError) -> Self {
        match error {
            GrowthReviewError::Catalog(error) => Self::Catalog(error),
            GrowthReviewError::NoRate { from, to } => Self::NoRate { from, to },
        }
    }
}

impl From<SeriesDetailError> for ServiceError {
    fn from(error: SeriesDetailError) -> Self {
        match error {
            SeriesDetailError::Catalog(error) => Self::Catalog(error),
            SeriesDetailError::NoRate { from, to } => Self::NoRate { from, to },
        }
    }
}

impl From<ServiceError> for Status {
    fn from(error: ServiceError) -> Self {
        let message = within_a_header(error.to_string());
        let mut details = ErrorDetails::new();
        // A violation is as short as the message: both travel in headers.
        let mut refuse = |field: &'static str, reason: String| {
            details.add_bad_request_violation(field, within_a_header(reason));
        };
        let (code, reason, message) = match &error {
            ServiceError::Field { field, reason } => {
                refuse(field, reason.clone());
                (Code::InvalidArgument, "INVALID_FIELD", message)
            }
            ServiceError::Request(RequestError {
                field,
                expected,
                found,
            }) => {
                refuse(field, format!("{expected}, not {found}"));
                (Code::InvalidArgument, "INVALID_FIELD", message)
            }
            ServiceError::Catalog(CatalogError::Unknown { .. }) => {
                (Code::NotFound, "UNKNOWN_SERIES", message)
            }
            ServiceError::Catalog(CatalogError::Frame { reason }) => {
                tracing::error!(cause = %reason, "the catalog failed");
                (Code::Internal, "INTERNAL", NEUTRAL.to_owned())
            }
            ServiceError::Forecast(error) => forecast_failure(error),
            ServiceError::NoRate { .. } => (Code::FailedPrecondition, "NO_EXCHANGE_RATE", message),
            ServiceError::Outlook(error) => match error {
                OutlookError::Unknown { .. } => (Code::NotFound, "UNKNOWN_PAIR", message),
                OutlookError::Disaggregation(DisaggregationError::NoFigure { .. }) => {
                    (Code::FailedPrecondition, "TOO_LITTLE_KNOWN", message)
                }
                OutlookError::Disaggregation(DisaggregationError::Impossible { reason }) => {
                    tracing::warn!(cause = %reason, "no path satisfies the figures");
                    let words = "the published figures of this pair contradict each other too far";
                    (
                        Code::FailedPrecondition,
                        "CONTRADICTORY_FIGURES",
                        words.to_owned(),
                    )
                }
                OutlookError::Series { reason: error, .. } | OutlookError::Projection(error) => {
                    let (code, reason) = projection_failure(error);
                    (code, reason, message)
                }
                OutlookError::Reconcile(ReconcileError::Contradiction { .. }) => {
                    tracing::warn!(%error, "observed values violate the aggregation constraints");
                    let words = "the figures of this pair contradict each other too far";
                    (
                        Code::FailedPrecondition,
                        "CONTRADICTORY_FIGURES",
                        words.to_owned(),
                    )
                }
                OutlookError::NoChange { .. } => {
                    (Code::FailedPrecondition, "NOT_COMPARABLE", message)
                }
                OutlookError::Target { .. } => {
                    refuse("target.year", error.to_string());
                    (Code::InvalidArgument, "INVALID_FIELD", message)
                }
                OutlookError::Shock(cause) => {
                    refuse("shocks", cause.to_string());
                    (Code::InvalidArgument, "INVALID_FIELD", message)
                }
                OutlookError::Currency { .. } => {
                    refuse("currency", error.to_string());
                    (Code::InvalidArgument, "INVALID_FIELD", message)
                }
            },
            ServiceError::Contradiction { .. } => {
                (Code::FailedPrecondition, "CONTRADICTORY_FIGURES", message)
            }
            ServiceError::Loading => {
                details.set_retry_info(Some(Duration::from_secs(1)));
                (Code::Unavailable, "LOADING", message)
            }
            ServiceError::NoStore => (Code::FailedPrecondition, "NO_STORE", message),
            ServiceError::NoVersion { field, .. } => {
                refuse(field, error.to_string());
                (Code::NotFound, "UNKNOWN_VERSION", message)
            }
            ServiceError::Store(StoreError::NoVersion { .. }) => {
                (Code::NotFound, "UNKNOWN_VERSION", message)
            }
            ServiceError::Store(StoreError::RequestReused { .. }) => {
                (Code::AlreadyExists, "REQUEST_ID_REUSED", message)
            }
            ServiceError::Store(
                cause @ (StoreError::Location { .. }
                | StoreError::Missing { .. }
                | StoreError::Foreign { .. }
                | StoreError::File { .. }
                | StoreError::Log(_)
                | StoreError::Refused(_)),
            ) => {
                tracing::error!(cause = %cause, "the store failed");
                details.set_retry_info(Some(Duration::from_secs(1)));
                let message = "the store cannot be reached; the log has the cause".to_owned();
                (Code::Unavailable, "STORE_UNAVAILABLE", message)
            }
            ServiceError::Overloaded { .. } => {
                details.set_retry_info(Some(Duration::from_secs(1)));
                (Code::ResourceExhausted, "TOO_MANY_STREAMS", message)
            }
            ServiceError::CallerLimit {
                caller,
                limit,
                retry,
            } => {
                details.set_retry_info(Some(*retry));
                details.add_quota_failure_violation(caller, format!("at most {limit}"));
                (Code::ResourceExhausted, "TOO_MANY_CALLS", message)
            }
            ServiceError::NoMemory { retry } => {
                details.set_retry_info(Some(*retry));
                (Code::ResourceExhausted, "OUT_OF_MEMORY", message)
            }
            // Retrying will not help: no RetryInfo.
            ServiceError::TooLarge { .. } => (Code::ResourceExhausted, "TOO_MUCH", message),
            ServiceError::Busy { retry, .. } => {
                details.set_retry_info(Some(*retry));
                (Code::ResourceExhausted, "OVERLOADED", message)
            }
            ServiceError::ManyVersions { .. } => {
                details.set_retry_info(Some(Duration::from_secs(1)));
                (Code::ResourceExhausted, "TOO_MANY_VERSIONS", message)
            }
            ServiceError::ManyIngests { .. } => {
                details.set_retry_info(Some(Duration::from_secs(1)));
                (Code::ResourceExhausted, "TOO_MANY_INGESTS", message)
            }
            ServiceError::PausedDelivery { .. } => {
                details.set_retry_info(Some(Duration::from_secs(1)));
                (Code::ResourceExhausted, "PAUSED", message)
            }
            // Retrying will not help: no RetryInfo.
            ServiceError::TooMuch { field, most } => {
                refuse(field, format!("expected {most} in one call"));
                (Code::ResourceExhausted, "TOO_MUCH", message)
            }
            ServiceError::SlowReader { .. } => (Code::ResourceExhausted, "SLOW_READER", message),
            ServiceError::Unauthenticated { .. } => {
                (Code::Unauthenticated, "UNAUTHENTICATED", message)
            }
            ServiceError::PermissionDenied { .. } => {
                (Code::PermissionDenied, "PERMISSION_DENIED", message)
            }
            ServiceError::Deadline => (Code::DeadlineExceeded, "DEADLINE_EXCEEDED", message),
            ServiceError::Stopping => {
                details.set_retry_info(Some(Duration::from_secs(1)));
                (Code::Unavailable, "STOPPING", message)
            }
            // The computation itself has logged the cause.
            ServiceError::Compute(ComputeError) => (Code::Internal, "INTERNAL", NEUTRAL.to_owned()),
        };
        details.set_error_info(reason, DOMAIN, facts(&error));
        Self::with_error_details(code, message, details)
    }
}

/// Return the facts of an error that a program may act on, by name: what was requested, what there
/// is instead, and limits.
fn facts(error: &ServiceError) -> HashMap<String, String> {
    let unknown = |key: &str, nearest: &[String]| {
        vec![("key", key.to_owned()), ("nearest", nearest.join(","))]
    };
    let versions = |requested: u64, latest: u64| {
        vec![
            ("requested", requested.to_string()),
            ("latest", latest.to_string()),
        ]
    };
    let catalog = match error {
        ServiceError::Catalog(error) | ServiceError::Forecast(ForecastError::Catalog(error)) => {
            Some(error)
        }
        _ => None,
    };
    if let Some(CatalogError::Unknown { key, nearest }) = catalog {
        return named(unknown(key, nearest));
    }
    let facts = match error {
        ServiceError::Field { field, .. } => vec![("field", (*field).to_owned())],
        ServiceError::Request(RequestError { field, .. }) => vec![("field", (*field).to_owned())],
        ServiceError::NoVersion {
            requested, latest, ..
        }
        | ServiceError::Store(StoreError::NoVersion { requested, latest }) => {
            versions(*requested, *latest)
        }
        ServiceError::Store(StoreError::RequestReused { request, version }) => vec![
            ("request_id", request.clone()),
            ("version", version.to_string()),
        ],
        ServiceError::ManyVersions { limit }
        | ServiceError::Overloaded { limit }
        | ServiceError::ManyIngests { limit } => vec![("limit", limit.to_string())],
        ServiceError::CallerLimit { limit, .. } => vec![("limit", limit.clone())],
        ServiceError::TooMuch { field, most } => {
            vec![("field", (*field).to_owned()), ("limit", most.clone())]
        }
        ServiceError::TooLarge { bytes, most } => {
            vec![("bytes", bytes.to_string()), ("limit", most.to_string())]
        }
        ServiceError::Busy { wait, .. } => vec![("wait_ms", wait.as_millis().to_string())],
        ServiceError::SlowReader { limit } | ServiceError::PausedDelivery { limit } => {
            vec![("limit_seconds", limit.as_secs_f64().to_string())]
        }
        _ => Vec::new(),
    };
    named(facts)
}

/// Return facts by name, cut as the message is.
fn named(facts: Vec<(&str, String)>) -> HashMap<String, String> {
    let cut = |(name, value): (&str, String)| (name.to_owned(), within_a_header(value));
    facts.into_iter().map(cut).collect()
}

/// Return why `series` of a request has no forecast.
pub fn series_failure(series: &str, error: &ForecastError) -> SeriesFailure {
    let (code, reason, message) = forecast_failure(error);
    SeriesFailure {
        series: series.to_owned(),
        code: code.into(),
        reason: reason.to_owned(),
        message,
    }
}

/// Return the status of a call whose one series has no forecast.
pub(super) fn failure_status(failure: pb::ForecastFailure) -> Status {
    let mut details = ErrorDetails::new();
    details.set_error_info(failure.reason, DOMAIN, HashMap::<String, String>::new());
    Status::with_error_details(failure.code.into(), failure.message, details)
}

/// The reason why one series of a stream has no forecast.
impl From<&ForecastError> for pb::ForecastFailure {
    fn from(error: &ForecastError) -> Self {
        series_failure("", error).into()
    }
}

/// Return why a series has no forecast: code, reason and message.
fn forecast_failure(error: &ForecastError) -> (Code, &'static str, String) {
    let (code, reason) = match error {
        ForecastError::Catalog(CatalogError::Unknown { .. }) => (Code::NotFound, "UNKNOWN_SERIES"),
        ForecastError::Catalog(CatalogError::Frame { reason }) => {
            tracing::error!(cause = %reason, "the catalog failed");
            return (Code::Internal, "INTERNAL", NEUTRAL.to_owned());
        }
        ForecastError::Projection(error) => projection_failure(error),
    };
    (code, reason, within_a_header(error.to_string()))
}

/// Return why a series cannot be projected: code and reason.
fn projection_failure(error: &ProjectionError) -> (Code, &'static str) {
    match error {
        ProjectionError::TooShort { .. } => (Code::FailedPrecondition, "HISTORY_TOO_SHORT"),
        ProjectionError::NotMonthly(_) => (Code::FailedPrecondition, "NOT_MONTHLY"),
        ProjectionError::TooManyGaps { .. } => (Code::FailedPrecondition, "TOO_MANY_GAPS"),
        ProjectionError::Unfit { .. } => (Code::FailedPrecondition, "METHOD_UNFIT"),
        ProjectionError::MissingRegressor(_) => (Code::FailedPrecondition, "MISSING_REGRESSOR"),
    }
}

/// The failure of a series because of an error in this program.
impl From<ComputeError> for pb::ForecastFailure {
    fn from(ComputeError: ComputeError) -> Self {
        Self {
            code: Code::Internal.into(),
            reason: "INTERNAL".to_owned(),
            message: NEUTRAL.to_owned(),
        }
    }
}

/// Cut a message so that it fits into the headers that carry it, whatever it echoes of a request.
fn within_a_header(message: String) -> String {
    /// The most bytes, each of which may become three of a header.
    const MOST: usize = 1000;
    if message.len() <= MOST {
        return message;
    }
    let end = (0..=MOST).rev().find(|end| message.is_char_boundary(*end));
    format!("{}…", &message[..end.unwrap_or(0)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_named_in_the_details() {
        let status = Status::from(ServiceError::Field {
            field: "as_of",
            reason: "no date".to_owned(),
        });
        let details = status.get_error_details();
        assert_eq!(status.code(), Code::InvalidArgument);
        let violations = &details.bad_request().unwrap().field_violations;
        assert_eq!(
            (violations.len(), violations[0].field.as_str()),
            (1, "as_of")
        );
        let info = details.error_info().unwrap();
        assert_eq!(
            (info.reason.as_str(), info.domain.as_str()),
            ("INVALID_FIELD", DOMAIN)
        );
    }

    #[test]
    fn whatever_a_message_echoes_fits_into_headers() {
        // A megabyte of characters of three bytes, in the message, or as a field's reason.
        let long = || "年".repeat(1 << 20);
        let found = |field| RequestError {
            field,
            expected: "expected a number".to_owned(),
            found: long(),
        };
        let errors = [
            ServiceError::Field {
                field: "as_of",
                reason: long(),
            },
            ServiceError::Request(found("paths")),
            ServiceError::Catalog(CatalogError::Unknown {
                key: long(),
                nearest: vec![],
            }),
            ServiceError::Contradiction { reason: long() },
        ];
        for error in errors {
            let refused = matches!(error, ServiceError::Field { .. } | ServiceError::Request(_));
            let status = Status::from(error);
            let details = status.get_error_details();
            let violations = details.bad_request().map(|b| b.field_violations.clone());
            let violations = violations.unwrap_or_default();
            let reasons = violations.iter();
            let reasons: Vec<&str> = reasons.map(|v| v.description.as_str()).collect();
            assert_eq!(reasons.len(), usize::from(refused));
            assert!(reasons.iter().all(|reason| reason.ends_with('…')));
            // Clients accept eight kilobytes of headers or more; details take four bytes for three.
            let headers = 3 * status.message().len() + status.details().len() * 4 / 3;
            assert!(headers < 8 << 10, "{headers} bytes");
        }
    }

    #[test]
    fn a_fault_of_ours_does_not_show_its_cause() {
        let frame = CatalogError::Frame {
            reason: "secret".to_owned(),
        };
        let failure = pb::ForecastFailure::from(&ForecastError::Catalog(frame.clone()));
        assert_eq!((failure.code, failure.message.as_str()), (13, NEUTRAL));
        assert!(
            !Status::from(ServiceError::Catalog(frame))
                .message()
                .contains("secret")
        );
    }
}
