//! Tokens by which a stream of forecasts that was cut is resumed, here or elsewhere.

use super::convert::fields::refuse;
use super::{ServiceError, pb};
use crate::trade::stable_hash;
use prost::Message;
use std::collections::BTreeSet;
use std::fmt;

/// How far a stream has come: the version that it reads, the request, and the series that were
/// sent, by their places in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ResumeToken {
    /// The version of the store; 0 where the service runs on files.
    version: u64,
    /// A hash of the request without its token and version.
    request: u64,
    /// All series before this place were sent.
    before: usize,
    /// Those beyond it that were sent, too.
    beyond: BTreeSet<usize>,
}

impl ResumeToken {
    /// Return where a stream of `request` from `version` begins: at the token that it names, else
    /// before its first series.
    ///
    /// # Errors
    /// The token is none, or one of another request.
    pub(super) fn begin(
        wire: &pb::StreamForecastsRequest,
        version: u64,
    ) -> Result<Self, ServiceError> {
        let mut plain = wire.clone();
        plain.resume_token.clear();
        plain.resume_tokens = false;
        plain.version = None;
        let request = stable_hash(&plain.encode_to_vec());
        if wire.resume_token.is_empty() {
            return Ok(Self {
                version,
                request,
                before: 0,
                beyond: BTreeSet::new(),
            });
        }
        let expected = |what: &str| refuse("resume_token", format!("expected {what}"));
        let token = Self::parse(&wire.resume_token)
            .ok_or_else(|| expected("a token as a stream sent it, or none"))?;
        if token.request != request {
            let same =
                "the request that the token was sent for, with nothing changed but the token";
            return Err(expected(same));
        }
        Ok(token)
    }

    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.strip_prefix("1.")?.split('.');
        let version = parts.next()?.parse().ok()?;
        let request = u64::from_str_radix(parts.next()?, 16).ok()?;
        let before = parts.next()?.parse().ok()?;
        let beyond = parts.next()?.split('-').filter(|place| !place.is_empty());
        let beyond = beyond.map(|place| place.parse().ok());
        let token = Self {
            version,
            request,
            before,
            beyond: beyond.collect::<Option<_>>()?,
        };
        parts.next().is_none().then_some(token)
    }

    /// Return the version that the stream reads; `None` where the service runs on files.
    pub(super) fn version(&self) -> Option<u64> {
        Some(self.version).filter(|version| *version > 0)
    }

    /// Whether the series at this place was sent.
    pub(super) fn is_sent(&self, place: usize) -> bool {
        place < self.before || self.beyond.contains(&place)
    }

    /// Note that the series at this place was sent.
    pub(super) fn sent(&mut self, place: usize) {
        self.beyond.insert(place);
        while self.beyond.remove(&self.before) {
            self.before += 1;
        }
    }
}

impl fmt::Display for ResumeToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let beyond: Vec<String> = self.beyond.iter().map(ToString::to_string).collect();
        let (version, request, before) = (self.version, self.request, self.before);
        write!(f, "1.{version}.{request:x}.{before}.{}", beyond.join("-"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wire(seed: u64, token: &str) -> pb::StreamForecastsRequest {
        pb::StreamForecastsRequest {
            series: vec!["A.B.M.TOTAL.USD".to_owned(); 5],
            seed,
            resume_token: token.to_owned(),
            ..Default::default()
        }
    }

    #[test]
    fn a_token_knows_what_was_sent_and_of_which_request() {
        let mut token = ResumeToken::begin(&wire(1, ""), 7).unwrap();
        for place in [1, 0, 3] {
            token.sent(place);
        }
        let again = ResumeToken::begin(&wire(1, &token.to_string()), 9).unwrap();
        assert_eq!(again, token);
        assert_eq!(again.version(), Some(7));
        let sent: Vec<usize> = (0..5).filter(|place| again.is_sent(*place)).collect();
        assert_eq!(sent, [0, 1, 3]);
        for (seed, text) in [
            (2, token.to_string()),
            (1, "1.7".to_owned()),
            (1, "x".to_owned()),
        ] {
            let error = ResumeToken::begin(&wire(seed, &text), 9).unwrap_err();
            assert!(
                matches!(error, ServiceError::Field { field, .. } if field == "resume_token"),
                "{text}"
            );
        }
    }
}
