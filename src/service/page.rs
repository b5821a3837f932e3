//! The page: built assets of `web/`, embedded into the binary and served compressed. Nothing in
//! them is loaded from elsewhere, and the browser is told to refuse it.

use axum::body::Body;
use axum::http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG,
    HeaderName, IF_NONE_MATCH, REFERRER_POLICY, VARY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode, Uri};
use flate2::Compression;
use flate2::write::GzEncoder;
use rust_embed::{EmbeddedFile, RustEmbed};
use std::collections::HashMap;
use std::io::Write;
use std::sync::LazyLock;

#[derive(RustEmbed)]
#[folder = "web/dist"]
struct Assets;

/// What the page may do: run its own script and style, and call the service that it came from.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    img-src 'self' data: blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; \
    frame-ancestors 'none'";

/// An asset, ready to be sent.
struct Asset {
    plain: EmbeddedFile,
    compressed: Vec<u8>,
    kind: &'static str,
    tag: HeaderValue,
}

/// Assets by path, compressed once.
static ASSETS: LazyLock<HashMap<String, Asset>> = LazyLock::new(|| {
    let named = Assets::iter().filter_map(|name| Some((name.to_string(), Assets::get(&name)?)));
    named
        .map(|(name, file)| (name.clone(), asset(&name, file)))
        .collect()
});

fn asset(name: &str, plain: EmbeddedFile) -> Asset {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    let written = encoder.write_all(&plain.data);
    let compressed = written.and_then(|()| encoder.finish());
    let hash = plain.metadata.sha256_hash();
    let hash: String = hash
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    Asset {
        // Writing into memory does not fail.
        compressed: compressed.unwrap_or_default(),
        kind: kind(name),
        tag: HeaderValue::from_str(&format!("\"{hash}\"")).unwrap_or(HeaderValue::from_static("")),
        plain,
    }
}

/// Return the media type of a file of the page.
fn kind(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        _ => "application/octet-stream",
    }
}

/// Answer a request for the page or a file of it; 404 for anything else.
pub(super) async fn serve(uri: Uri, headers: HeaderMap) -> Response<Body> {
    let name = match uri.path().trim_start_matches('/') {
        "" => "index.html",
        name => name,
    };
    let Some(asset) = ASSETS.get(name) else {
        return respond(
            StatusCode::NOT_FOUND,
            Body::from("There is no such page.\n"),
            &[],
        );
    };
    let mut fields = vec![
        (CONTENT_TYPE, HeaderValue::from_static(asset.kind)),
        (ETAG, asset.tag.clone()),
        (VARY, HeaderValue::from_static("accept-encoding")),
        // A newer binary has another page: ask each time, and be told that nothing changed.
        (CACHE_CONTROL, HeaderValue::from_static("no-cache")),
        (CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
        (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    ];
    if headers.get(IF_NONE_MATCH) == Some(&asset.tag) {
        return respond(StatusCode::NOT_MODIFIED, Body::empty(), &fields);
    }
    let accepted = headers
        .get(ACCEPT_ENCODING)
        .and_then(|value| value.to_str().ok());
    let gzip = accepted.is_some_and(|encodings| {
        encodings
            .split(',')
            .any(|encoding| encoding.trim().starts_with("gzip"))
    });
    let body = if gzip {
        fields.push((CONTENT_ENCODING, HeaderValue::from_static("gzip")));
        Body::from(asset.compressed.as_slice())
    } else {
        Body::from(asset.plain.data.to_vec())
    };
    respond(StatusCode::OK, body, &fields)
}

fn respond(status: StatusCode, body: Body, fields: &[(HeaderName, HeaderValue)]) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response.headers_mut().extend(fields.iter().cloned());
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_and_what_it_names_are_embedded() {
        let html = Assets::get("index.html").expect("the page is built");
        let html = String::from_utf8(html.data.to_vec()).expect("it is text");
        for name in ["page.js", "index.css"] {
            assert!(html.contains(name), "{html}");
            assert!(ASSETS.contains_key(name));
        }
        assert!(
            !html.contains("=\"http") && !html.contains("=\"//"),
            "{html}"
        );
    }

    #[test]
    fn a_first_view_is_at_most_150_kilobytes() {
        let sent: usize = ASSETS.values().map(|asset| asset.compressed.len()).sum();
        assert!(sent <= 150_000, "{sent} bytes compressed");
    }
}
