//! The audit log: who wrote what, one line of JSON for each call that could write.

use super::methods::code_name;
use crate::service::access::Grant;
use crate::service::caller::Caller;
use crate::service::listen::Peer;
use axum::http::Request;
use serde::Serialize;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tonic::Code;

/// Where writes are noted: in a file, if there is one, else in the service's own log.
#[derive(Debug, Default)]
pub(in crate::service) struct AuditLog(Option<Mutex<File>>);

impl AuditLog {
    /// Append to the file at `path`.
    ///
    /// # Errors
    /// The file cannot be opened.
    pub(in crate::service) fn open(path: Option<&Path>) -> std::io::Result<Self> {
        let Some(path) = path else {
            return Ok(Self(None));
        };
        let file = OpenOptions::new().create(true).append(true).open(path)?;
        Ok(Self(Some(Mutex::new(file))))
    }

    fn note(&self, line: &AuditLine) {
        let text = serde_json::to_string(line).unwrap_or_default();
        let Some(file) = &self.0 else {
            tracing::info!(target: "tradecast::audit", "{text}");
            return;
        };
        let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
        // One write, so that lines of several processes do not mix.
        if let Err(error) = file.write_all(format!("{text}\n").as_bytes()) {
            tracing::error!(%error, "the audit log cannot be written: {text}");
        }
    }
}

/// What a call wrote; its handler puts it into the response's extensions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::service) struct WrittenNote {
    /// The version that the commit made, or that held it already.
    pub(in crate::service) version: u64,
    /// The figures that were new.
    pub(in crate::service) figures: u64,
}

/// A call that could write, to be noted when it ends.
#[derive(Debug)]
pub(super) struct AuditEntry {
    log: Arc<AuditLog>,
    caller: String,
    role: Option<String>,
    address: Option<String>,
    pub(super) written: Option<WrittenNote>,
}

#[derive(Debug, Serialize)]
struct AuditLine<'a> {
    time: String,
    caller: &'a str,
    role: Option<&'a str>,
    address: Option<&'a str>,
    method: &'a str,
    status: &'static str,
    version: Option<u64>,
    figures: Option<u64>,
    request_id: &'a str,
}

impl AuditEntry {
    /// Return an entry of the caller of `request`, after it was let in or not.
    pub(super) fn new<B>(log: Arc<AuditLog>, request: &Request<B>) -> Self {
        let extensions = request.extensions();
        let peer = extensions.get::<Peer>();
        let caller = extensions.get::<Caller>();
        Self {
            log,
            caller: caller.map_or_else(|| "unknown".to_owned(), Caller::to_string),
            role: extensions
                .get::<Grant>()
                .map(|grant| grant.role.to_string()),
            address: peer
                .and_then(|peer| peer.address)
                .map(|address| address.to_string()),
            written: None,
        }
    }

    /// Note that the call ended.
    pub(super) fn end(&self, method: &str, code: Code, request_id: &str) {
        let now = OffsetDateTime::now_utc();
        self.log.note(&AuditLine {
            time: now.format(&Rfc3339).unwrap_or_default(),
            caller: &self.caller,
            role: self.role.as_deref(),
            address: self.address.as_deref(),
            method,
            status: code_name(code),
            version: self.written.map(|written| written.version),
            figures: self.written.map(|written| written.figures),
            request_id,
        });
    }
}
