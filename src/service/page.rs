//! The page: built assets of `web/`, embedded into the binary and served compressed. Nothing in
//! them is loaded from elsewhere, and the browser is told to refuse it.

use super::page_server::PageServer;
use crate::trade::seeded_hash;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG,
    HeaderName, IF_NONE_MATCH, REFERRER_POLICY, VARY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode, Uri};
use flate2::Compression;
use flate2::write::GzEncoder;
use rust_embed::RustEmbed;
use std::borrow::Cow;
use std::collections::HashMap;
use std::io::Write;
use std::sync::{Arc, LazyLock};

#[derive(RustEmbed)]
#[folder = "web/dist"]
struct Assets;

/// What the page may do: run its own script and style, and call the service that it came from.
/// Further services follow `connect-src`.
const POLICY: [&str; 2] = [
    "default-src 'none'; script-src 'self'; style-src 'self'; \
     img-src 'self' data: blob:; connect-src 'self'",
    "; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
];

/// The element of the page that names further services.
const SERVERS: &str = "<meta name=\"tradecast-servers\" content=\"\"";

/// The page as a listener serves it.
#[derive(Clone)]
pub(super) struct Page {
    policy: HeaderValue,
    /// The document, which names the services that its scripts may call.
    index: Arc<Asset>,
}

impl Page {
    /// Return the page whose scripts may call `servers`, too.
    pub(super) fn new(servers: &[PageServer]) -> Self {
        let names: Vec<String> = servers.iter().map(ToString::to_string).collect();
        let names = names.join(" ");
        let document = Assets::get("index.html")
            .map(|file| file.data)
            .unwrap_or_default();
        let document = String::from_utf8_lossy(&document);
        let named = SERVERS.replace("\"\"", &format!("\"{names}\""));
        let document = document.replace(SERVERS, &named).into_bytes();
        let [before, after] = POLICY;
        let space = if names.is_empty() { "" } else { " " };
        let policy = format!("{before}{space}{names}{after}");
        Self {
            // The origins are ASCII.
            policy: HeaderValue::from_str(&policy)
                .unwrap_or(HeaderValue::from_static("default-src 'none'")),
            index: Arc::new(asset("index.html", document.into())),
        }
    }
}

/// An asset, ready to be sent.
struct Asset {
    plain: Bytes,
    compressed: Bytes,
    kind: &'static str,
    tag: HeaderValue,
}

/// Assets by path, compressed once.
static ASSETS: LazyLock<HashMap<String, Asset>> = LazyLock::new(|| {
    let named = Assets::iter().filter_map(|name| Some((name.to_string(), Assets::get(&name)?)));
    named
        .map(|(name, file)| (name.clone(), asset(&name, file.data)))
        .collect()
});

fn asset(name: &str, plain: Cow<'static, [u8]>) -> Asset {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    let written = encoder.write_all(&plain);
    let compressed = written.and_then(|()| encoder.finish());
    let hash = seeded_hash(0, &String::from_utf8_lossy(&plain));
    Asset {
        // Writing into memory does not fail.
        compressed: compressed.unwrap_or_default().into(),
        kind: kind(name),
        tag: HeaderValue::from_str(&format!("\"{hash:016x}\""))
            .unwrap_or(HeaderValue::from_static("")),
        plain: match plain {
            Cow::Borrowed(bytes) => Bytes::from_static(bytes),
            Cow::Owned(bytes) => bytes.into(),
        },
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
pub(super) async fn serve(
    State(page): State<Page>,
    uri: Uri,
    headers: HeaderMap,
) -> Response<Body> {
    let found = match uri.path().trim_start_matches('/') {
        "" | "index.html" => Some(&*page.index),
        name => ASSETS.get(name),
    };
    let Some(asset) = found else {
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
        (CONTENT_SECURITY_POLICY, page.policy.clone()),
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
        Body::from(asset.compressed.clone())
    } else {
        Body::from(asset.plain.clone())
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
    fn the_page_may_call_the_named_services_and_knows_them() {
        let named = Page::new(&["https://trade.example.org".parse().unwrap()]);
        let alone = Page::new(&[]);
        let calls = |page: &Page| {
            let policy = page.policy.to_str().unwrap().to_owned();
            let calls = policy
                .split("; ")
                .find(|part| part.starts_with("connect-src"));
            calls.unwrap_or_default().to_owned()
        };
        assert_eq!(calls(&alone), "connect-src 'self'");
        assert_eq!(
            calls(&named),
            "connect-src 'self' https://trade.example.org"
        );
        let document = String::from_utf8_lossy(&named.index.plain).into_owned();
        assert!(
            document.contains("content=\"https://trade.example.org\""),
            "{document}"
        );
        assert_ne!(named.index.tag, alone.index.tag);
    }

    #[test]
    fn a_first_view_is_at_most_150_kilobytes() {
        let sent: usize = ASSETS.values().map(|asset| asset.compressed.len()).sum();
        assert!(sent <= 150_000, "{sent} bytes compressed");
    }
}
