//! Further services that the page may call.

use axum::http::Uri;
use std::fmt;
use std::str::FromStr;

/// The origin of a service that the page may call besides the one that serves it, for example
/// `https://trade.example.org:50051`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageServer(String);

/// The reason why a text is no origin of a service.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected http:// or https://, a host and perhaps a port, without a path, not `{0}`")]
pub struct PageServerError(String);

impl FromStr for PageServer {
    type Err = PageServerError;

    fn from_str(text: &str) -> Result<Self, PageServerError> {
        let refused = || PageServerError(text.to_owned());
        let uri: Uri = text.trim().parse().map_err(|_| refused())?;
        let parts = (uri.scheme_str(), uri.authority(), uri.path(), uri.query());
        let (Some(scheme @ ("http" | "https")), Some(host), "" | "/", None) = parts else {
            return Err(refused());
        };
        // It becomes part of a header and of the page.
        let is_plain = |c: char| c.is_ascii_alphanumeric() || ".-:[]".contains(c);
        if !host.as_str().chars().all(is_plain) {
            return Err(refused());
        }
        let host = host.as_str().to_ascii_lowercase();
        // Browsers write an origin without the port that its scheme has anyway.
        let usual = if scheme == "http" { ":80" } else { ":443" };
        let host = host.strip_suffix(usual).unwrap_or(&host);
        Ok(Self(format!("{scheme}://{host}")))
    }
}

impl fmt::Display for PageServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_written_as_browsers_write_it() {
        for (text, expected) in [
            ("https://Trade.Example.org", "https://trade.example.org"),
            (
                "https://trade.example.org:443/",
                "https://trade.example.org",
            ),
            ("http://127.0.0.1:50051", "http://127.0.0.1:50051"),
            ("http://[::1]:50051", "http://[::1]:50051"),
        ] {
            assert_eq!(text.parse::<PageServer>().unwrap().to_string(), expected);
        }
    }

    #[test]
    fn what_is_no_origin_or_could_end_a_header_is_refused() {
        for text in [
            "trade.example.org",
            "ftp://trade.example.org",
            "https://trade.example.org/path",
            "https://trade.example.org?a=b",
            "https://user@trade.example.org",
            "https://a;script-src *",
            "https://a\"><script>",
            "*",
            "",
        ] {
            let error = text.parse::<PageServer>().unwrap_err();
            assert!(error.to_string().contains("expected http"), "{error}");
        }
    }
}
