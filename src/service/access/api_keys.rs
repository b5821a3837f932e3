//! API keys: random texts whose hashes are in a file, one credential a line.

use super::error::AccessError;
use super::grant::Grant;
use super::role::Role;
use crate::service::caller::Caller;
use crate::service::tls::hexadecimal;
use sha2::{Digest, Sha256};
use std::path::Path;
use std::sync::Arc;
use subtle::ConstantTimeEq;
use uuid::Uuid;

/// The beginning of every API key, by which scanners for leaked secrets know it.
const BEGINNING: &str = "tck_";

/// A new API key. It is shown once; the file has only its hash.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKey(String);

impl std::fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ApiKey(…)")
    }
}

impl ApiKey {
    /// Return a new key of 244 random bits.
    pub fn random() -> Self {
        let [a, b] = [Uuid::new_v4().simple(), Uuid::new_v4().simple()];
        Self(format!("{BEGINNING}{a}{b}"))
    }

    /// Return the text that a client sends.
    pub fn secret(&self) -> &str {
        &self.0
    }

    /// Return the line of the file for this key.
    pub fn line(&self, name: &str, role: Role) -> String {
        let hash = hexadecimal(&Sha256::digest(self.0.as_bytes()));
        format!("{name} {role} sha256:{hash}")
    }

    /// Return whether a credential is an API key.
    pub(super) fn is_one(text: &str) -> bool {
        text.starts_with(BEGINNING)
    }
}

/// The credentials of a file.
#[derive(Debug, Default)]
pub(super) struct ApiKeys {
    keys: Vec<([u8; 32], Grant)>,
    certificates: Vec<([u8; 32], Grant)>,
}

impl ApiKeys {
    /// Read a file of lines `NAME ROLE sha256:HASH`, or `certificate:HASH` for certificates of
    /// clients. Empty lines and those that begin with `#` are skipped.
    ///
    /// # Errors
    /// The file cannot be read, or a line is none of those.
    pub(super) fn read(path: &Path) -> Result<Self, AccessError> {
        let failed = |reason| AccessError {
            path: path.to_owned(),
            reason,
        };
        let text = std::fs::read_to_string(path).map_err(|error| failed(error.to_string()))?;
        let mut found = Self::default();
        for (number, line) in (1..).zip(text.lines()) {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            // The line itself is not shown: it could be a key that was put there by mistake.
            found.add(line).map_err(|expected| {
                failed(format!(
                    "line {number}: {expected}; `tradecast keys new` makes such a line"
                ))
            })?;
        }
        Ok(found)
    }

    fn add(&mut self, line: &str) -> Result<(), String> {
        let expected = || "expected NAME ROLE sha256:HASH or NAME ROLE certificate:HASH".to_owned();
        let mut words = line.split_whitespace();
        let (Some(name), Some(role), Some(hash), None) =
            (words.next(), words.next(), words.next(), words.next())
        else {
            return Err(expected());
        };
        let role = role
            .parse()
            .map_err(|_| "expected the role read, write or admin after the name".to_owned())?;
        let (kind, hash) = hash.split_once(':').ok_or_else(expected)?;
        let hash = parse_hash(hash).ok_or("expected a hash of 64 hexadecimal digits")?;
        let grant = Grant {
            caller: Caller::Credential(Arc::from(name)),
            role,
        };
        match kind {
            "sha256" => self.keys.push((hash, grant)),
            "certificate" => self.certificates.push((hash, grant)),
            _ => return Err(expected()),
        }
        Ok(())
    }

    /// Return what a key grants. Every hash is compared as a whole, whether or not one was found.
    pub(super) fn find(&self, key: &str) -> Option<Grant> {
        let hash: [u8; 32] = Sha256::digest(key.as_bytes()).into();
        let mut found = None;
        for (known, grant) in &self.keys {
            if bool::from(known[..].ct_eq(&hash[..])) {
                found = Some(grant);
            }
        }
        found.cloned()
    }

    /// Return what the certificate with this SHA-256 grants, which is no secret.
    pub(super) fn find_certificate(&self, fingerprint: &str) -> Option<Grant> {
        let hash = parse_hash(fingerprint)?;
        let mut listed = self.certificates.iter();
        listed
            .find(|(known, _)| *known == hash)
            .map(|(_, grant)| grant.clone())
    }
}

/// Parse 64 hexadecimal digits.
fn parse_hash(text: &str) -> Option<[u8; 32]> {
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    let mut hash = [0; 32];
    for (byte, place) in hash.iter_mut().zip((0..64).step_by(2)) {
        *byte = u8::from_str_radix(&text[place..place + 2], 16).ok()?;
    }
    Some(hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<ApiKeys, AccessError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys");
        std::fs::write(&path, text).unwrap();
        ApiKeys::read(&path)
    }

    #[test]
    fn a_key_is_found_by_its_hash_alone() {
        let (desk, feed) = (ApiKey::random(), ApiKey::random());
        assert_ne!(desk, feed);
        let lines = [
            desk.line("desk", Role::Read),
            feed.line("feed", Role::Write),
        ];
        let keys = read(&format!("# the desk's\n{}\n\n{}\n", lines[0], lines[1])).unwrap();
        let found = keys.find(feed.secret()).unwrap();
        assert_eq!(
            (found.caller.to_string().as_str(), found.role),
            ("feed", Role::Write)
        );
        assert!(keys.find(&format!("{}0", desk.secret())).is_none());
        assert!(keys.find("").is_none());
        assert!(!lines[0].contains(desk.secret()));
        assert!(!format!("{desk:?}").contains(&desk.secret()[4..]));
    }

    #[test]
    fn a_bad_line_is_named_by_its_number_and_not_shown() {
        let key = ApiKey::random();
        let good = key.line("desk", Role::Read);
        for (bad, expected) in [
            (key.secret().to_owned(), "NAME ROLE sha256:HASH"),
            (good.replace("read", "reader"), "read, write or admin"),
            (good.replace("sha256", "md5"), "NAME ROLE sha256:HASH"),
            (good[..good.len() - 1].to_owned(), "64 hexadecimal digits"),
        ] {
            let error = read(&format!("{good}\n{bad}\n")).unwrap_err().to_string();
            assert!(
                error.contains("line 2") && error.contains(expected),
                "{error}"
            );
            assert!(!error.contains(key.secret()), "{error}");
        }
    }
}
