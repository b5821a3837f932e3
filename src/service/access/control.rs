//! Credentials checked against files, and the grant that each gives.

use super::api_keys::{ApiKey, ApiKeys};
use super::error::AccessError;
use super::grant::Grant;
use super::role::Role;
use super::tokens::TokenVerifier;
use crate::service::ServiceError;
use crate::service::caller::Caller;
use crate::service::listen::Peer;
use arc_swap::ArcSwap;
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use std::path::PathBuf;

/// The files and names that credentials are checked against.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AccessSettings {
    /// The file of API keys and client certificates, see `docs/operating.md`.
    pub api_keys: Option<PathBuf>,
    /// The file of the key that tokens (JWT) are signed with: a public key in PEM, or a secret.
    pub token_key: Option<PathBuf>,
    /// The issuer that tokens must name, if any.
    pub token_issuer: Option<String>,
    /// The audience that tokens must name, if any.
    pub token_audience: Option<String>,
    /// Whether connections have client certificates, which are credentials.
    pub has_certificates: bool,
    /// The role of a client certificate that the file does not list.
    pub certificate_role: Option<Role>,
}

/// Checks credentials.
#[derive(Debug)]
pub(in crate::service) struct AccessControl {
    settings: AccessSettings,
    /// What was read from the files.
    files: ArcSwap<CredentialFiles>,
}

#[derive(Debug, Default)]
struct CredentialFiles {
    keys: ApiKeys,
    tokens: Option<TokenVerifier>,
}

impl CredentialFiles {
    fn read(settings: &AccessSettings) -> Result<Self, AccessError> {
        Ok(Self {
            keys: match &settings.api_keys {
                Some(path) => ApiKeys::read(path)?,
                None => ApiKeys::default(),
            },
            tokens: match &settings.token_key {
                Some(path) => Some(TokenVerifier::read(
                    path,
                    settings.token_issuer.as_deref(),
                    settings.token_audience.as_deref(),
                )?),
                None => None,
            },
        })
    }
}

impl AccessControl {
    /// Read the files of `settings`.
    ///
    /// # Errors
    /// A file cannot be read.
    pub(in crate::service) fn new(settings: AccessSettings) -> Result<Self, AccessError> {
        Ok(Self {
            files: ArcSwap::from_pointee(CredentialFiles::read(&settings)?),
            settings,
        })
    }

    /// Return whether calls need a credential.
    pub(in crate::service) fn is_required(&self) -> bool {
        let settings = &self.settings;
        settings.api_keys.is_some() || settings.token_key.is_some() || settings.has_certificates
    }

    /// Return the files that are read.
    pub(in crate::service) fn files(&self) -> impl Iterator<Item = PathBuf> {
        let files = [&self.settings.api_keys, &self.settings.token_key];
        files.into_iter().flatten().cloned()
    }

    /// Read the files again; if one of them cannot be used, what was read before stays.
    pub(in crate::service) fn reload(&self) {
        match CredentialFiles::read(&self.settings) {
            Ok(files) => {
                self.files.store(files.into());
                tracing::info!("the credentials are loaded again");
            }
            Err(error) => tracing::error!(%error, "the credentials from before stay in use"),
        }
    }

    /// Return who calls and what the caller may do.
    ///
    /// # Errors
    /// A credential is needed and there is no valid one.
    pub(in crate::service) fn authenticate(
        &self,
        headers: &HeaderMap,
        peer: Option<&Peer>,
    ) -> Result<Grant, ServiceError> {
        if !self.is_required() {
            let address = peer
                .and_then(|peer| peer.address)
                .map(|address| address.ip());
            return Ok(Grant {
                caller: Caller::at(address),
                role: Role::Admin,
            });
        }
        let files = self.files.load();
        let refused = |reason| ServiceError::Unauthenticated { reason };
        let certificate = peer.and_then(|peer| peer.certificate.as_deref());
        match credential(headers) {
            Some(Ok(text)) => {
                if ApiKey::is_one(text) {
                    return files
                        .keys
                        .find(text)
                        .ok_or(refused("the API key is unknown"));
                }
                match &files.tokens {
                    Some(tokens) => tokens.verify(text).map_err(refused),
                    None => Err(refused("the credential is no API key")),
                }
            }
            Some(Err(())) => Err(refused("expected `authorization: Bearer CREDENTIAL`")),
            None => {
                let certificate = certificate.ok_or(refused(
                    "a credential is needed: `authorization: Bearer CREDENTIAL` or `x-api-key`",
                ))?;
                let listed = files.keys.find_certificate(certificate);
                listed
                    .or_else(|| {
                        let name = format!("certificate:{}", certificate.get(..16)?);
                        Some(Grant {
                            caller: Caller::Credential(name.into()),
                            role: self.settings.certificate_role?,
                        })
                    })
                    .ok_or(refused("the client certificate is not listed"))
            }
        }
    }
}

/// Return the credential of a request; an error if it is not written as expected.
fn credential(headers: &HeaderMap) -> Option<Result<&str, ()>> {
    if let Some(value) = headers.get(AUTHORIZATION) {
        let text = value.to_str().ok().and_then(|text| text.split_once(' '));
        return Some(match text {
            Some((scheme, text)) if scheme.eq_ignore_ascii_case("bearer") => Ok(text.trim()),
            _ => Err(()),
        });
    }
    let value = headers.get("x-api-key")?;
    Some(value.to_str().map_err(drop))
}
