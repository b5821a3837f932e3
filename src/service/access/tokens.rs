//! Tokens (JWT): who signed them, until when they hold, and the role that they state.

use super::error::AccessError;
use super::grant::Grant;
use super::role::Role;
use crate::service::caller::Caller;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, errors::ErrorKind};
use quick_cache::sync::Cache;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

/// Tokens that were verified and are remembered until they expire.
const REMEMBERED: usize = 4096;
/// The fewest bytes of a secret that signs tokens.
const SECRET: usize = 32;

/// Verifies tokens.
pub(super) struct TokenVerifier {
    key: DecodingKey,
    validation: Validation,
    verified: Cache<[u8; 32], (Grant, u64)>,
}

impl std::fmt::Debug for TokenVerifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TokenVerifier").finish_non_exhaustive()
    }
}

/// The claims that are read.
#[derive(Debug, Deserialize)]
struct Claims {
    sub: String,
    exp: u64,
    role: Option<String>,
    /// Words, as OAuth has them: `tradecast:read`.
    scope: Option<String>,
}

impl Claims {
    /// Return the role: of the claim `role`, or the highest of the words of `scope`.
    fn role(&self) -> Option<Role> {
        if let Some(role) = &self.role {
            return role.parse().ok();
        }
        let words = self.scope.as_deref()?.split(' ');
        words
            .filter_map(|word| word.strip_prefix("tradecast:")?.parse().ok())
            .max()
    }
}

impl TokenVerifier {
    /// Read the key that tokens are signed with: a public key in PEM (RSA, ECDSA or Ed25519), or
    /// else a secret for HMAC.
    ///
    /// # Errors
    /// The file cannot be read or has no key.
    pub(super) fn read(
        path: &Path,
        issuer: Option<&str>,
        audience: Option<&str>,
    ) -> Result<Self, AccessError> {
        let failed = |reason: String| AccessError {
            path: path.to_owned(),
            reason,
        };
        let bytes = std::fs::read(path).map_err(|error| failed(error.to_string()))?;
        let (key, algorithms) = if bytes.starts_with(b"-----BEGIN") {
            public_key(&bytes).ok_or_else(|| {
                failed("expected a public key (RSA, ECDSA, Ed25519) in PEM".to_owned())
            })?
        } else {
            let secret = bytes.trim_ascii();
            if secret.len() < SECRET {
                return Err(failed(format!(
                    "expected a secret of at least {SECRET} bytes"
                )));
            }
            let key = DecodingKey::from_secret(secret).map_err(|e| failed(e.to_string()))?;
            (
                key,
                vec![Algorithm::HS256, Algorithm::HS384, Algorithm::HS512],
            )
        };
        let mut validation = Validation::new(algorithms[0]);
        validation.algorithms = algorithms;
        validation.validate_nbf = true;
        let mut needed = vec!["exp", "sub"];
        if let Some(issuer) = issuer {
            validation.set_issuer(&[issuer]);
            needed.push("iss");
        }
        match audience {
            Some(audience) => {
                validation.set_audience(&[audience]);
                needed.push("aud");
            }
            None => validation.validate_aud = false,
        }
        validation.set_required_spec_claims(&needed);
        Ok(Self {
            key,
            validation,
            verified: Cache::new(REMEMBERED),
        })
    }

    /// Return what a token grants, or why it is refused.
    pub(super) fn verify(&self, token: &str) -> Result<Grant, &'static str> {
        let hash: [u8; 32] = Sha256::digest(token.as_bytes()).into();
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let now = now.map_or(0, |passed| passed.as_secs());
        if let Some((grant, until)) = self.verified.get(&hash)
            && now < until
        {
            return Ok(grant);
        }
        let decoded = decode::<Claims>(token, &self.key, &self.validation);
        let claims = decoded
            .map_err(|error| match error.kind() {
                ErrorKind::ExpiredSignature => "the token has expired",
                ErrorKind::ImmatureSignature => "the token does not hold yet",
                ErrorKind::InvalidIssuer => "the token has another issuer",
                ErrorKind::InvalidAudience => "the token is for another audience",
                ErrorKind::MissingRequiredClaim(_) => "the token lacks a claim",
                _ => "the token cannot be verified",
            })?
            .claims;
        let grant = Grant {
            role: claims
                .role()
                .ok_or("the token has no role: expected `role` or `scope`")?,
            caller: Caller::Credential(claims.sub.into()),
        };
        self.verified.insert(hash, (grant.clone(), claims.exp));
        Ok(grant)
    }
}

/// Return a public key and the algorithms that it verifies.
fn public_key(pem: &[u8]) -> Option<(DecodingKey, Vec<Algorithm>)> {
    use Algorithm::{ES256, ES384, EdDSA, PS256, PS384, PS512, RS256, RS384, RS512};
    if let Ok(key) = DecodingKey::from_rsa_pem(pem) {
        return Some((key, vec![RS256, RS384, RS512, PS256, PS384, PS512]));
    }
    if let Ok(key) = DecodingKey::from_ec_pem(pem) {
        return Some((key, vec![ES256, ES384]));
    }
    let key = DecodingKey::from_ed_pem(pem).ok()?;
    Some((key, vec![EdDSA]))
}
