//! The methods that are served, with their metrics: names from requests never become labels.

use crate::service::pb;
use metrics::{Counter, Histogram, counter, histogram};
use prost::Message;
use prost_types::FileDescriptorSet;
use std::collections::HashMap;
use std::sync::OnceLock;
use tonic::Code;

/// The codes of gRPC, by number.
const CODES: [&str; 17] = [
    "OK",
    "CANCELLED",
    "UNKNOWN",
    "INVALID_ARGUMENT",
    "DEADLINE_EXCEEDED",
    "NOT_FOUND",
    "ALREADY_EXISTS",
    "PERMISSION_DENIED",
    "RESOURCE_EXHAUSTED",
    "FAILED_PRECONDITION",
    "ABORTED",
    "OUT_OF_RANGE",
    "UNIMPLEMENTED",
    "INTERNAL",
    "UNAVAILABLE",
    "DATA_LOSS",
    "UNAUTHENTICATED",
];

/// Return the name of a code.
pub(super) fn code_name(code: Code) -> &'static str {
    CODES[usize::try_from(i32::from(code))
        .unwrap_or(2)
        .min(CODES.len() - 1)]
}

/// A method and its metrics.
#[derive(Debug)]
pub(super) struct MeasuredMethod {
    /// Its full name, `package.Service/MeasuredMethod`; `other` for all that do not exist.
    pub(super) name: String,
    started: OnceLock<Counter>,
    ended: [OnceLock<Ended>; CODES.len()],
}

/// The metrics of calls that ended with a code.
struct Ended {
    duration: Histogram,
    sent: Histogram,
    received: Histogram,
}

impl std::fmt::Debug for Ended {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ended").finish_non_exhaustive()
    }
}

impl MeasuredMethod {
    fn new(name: String) -> Self {
        Self {
            name,
            started: OnceLock::new(),
            ended: Default::default(),
        }
    }

    /// Count a call that begins.
    pub(super) fn begin(&self) {
        let new = || counter!("grpc_server_call_started_total", "grpc_method" => self.name.clone());
        self.started.get_or_init(new).increment(1);
    }

    /// Count a call that ended after `seconds`, with the bytes of its messages.
    pub(super) fn end(&self, code: Code, seconds: f64, sent: u64, received: u64) {
        let status = code_name(code);
        let ended = &self.ended[usize::try_from(i32::from(code)).unwrap_or(2)];
        let ended = ended.get_or_init(|| {
            let labels = [
                ("grpc_method", self.name.clone()),
                ("grpc_status", status.to_owned()),
            ];
            Ended {
                duration: histogram!("grpc_server_call_duration_seconds", &labels),
                sent: histogram!(
                    "grpc_server_call_sent_total_compressed_message_size_bytes",
                    &labels
                ),
                received: histogram!(
                    "grpc_server_call_rcvd_total_compressed_message_size_bytes",
                    &labels
                ),
            }
        });
        ended.duration.record(seconds);
        ended.sent.record(sent as f64);
        ended.received.record(received as f64);
    }
}

/// Return the method at `path`.
pub(super) fn method(path: &str) -> &'static MeasuredMethod {
    static METHODS: OnceLock<HashMap<String, MeasuredMethod>> = OnceLock::new();
    static OTHER: OnceLock<MeasuredMethod> = OnceLock::new();
    let methods = METHODS.get_or_init(|| {
        let named = names().map(|name| (format!("/{name}"), MeasuredMethod::new(name)));
        named.collect()
    });
    let other = || OTHER.get_or_init(|| MeasuredMethod::new("other".to_owned()));
    methods.get(path).unwrap_or_else(other)
}

/// Return the full names of all methods.
fn names() -> impl Iterator<Item = String> {
    let sets = [
        pb::DESCRIPTORS,
        tonic_health::pb::FILE_DESCRIPTOR_SET,
        tonic_reflection::pb::v1::FILE_DESCRIPTOR_SET,
        tonic_reflection::pb::v1alpha::FILE_DESCRIPTOR_SET,
    ];
    let files = sets.into_iter().flat_map(|bytes| {
        // Compiled in: a set that cannot be read has no methods.
        FileDescriptorSet::decode(bytes).unwrap_or_default().file
    });
    files.flat_map(|file| {
        let package = file.package().to_owned();
        file.service.into_iter().flat_map(move |service| {
            let service_name = format!("{package}.{}", service.name());
            let methods = service.method.into_iter();
            methods
                .map(move |method| format!("{service_name}/{}", method.name()))
                .collect::<Vec<_>>()
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_exist_is_one_method() {
        let known = "/tradecast.v1.ForecastService/StreamForecasts";
        assert_eq!(method(known).name, &known[1..]);
        assert_eq!(
            method("/grpc.health.v1.Health/Check").name,
            "grpc.health.v1.Health/Check"
        );
        for path in ["/tradecast.v1.ForecastService/Steal", "/", "/index.php"] {
            assert_eq!(method(path).name, "other");
        }
    }

    #[test]
    fn codes_have_their_names() {
        for number in 0..17 {
            let name = code_name(Code::from(number))
                .replace('_', "")
                .to_lowercase();
            assert_eq!(format!("{:?}", Code::from(number)).to_lowercase(), name);
        }
    }
}
