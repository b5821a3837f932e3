//! gRPC-Web and the page on the listeners of a server.

use super::http::{Answer, send};
use crate::server::Server;
use prost::Message;
use tonic::Status;
use tonic::codegen::http::{HeaderMap, HeaderName, HeaderValue};
use tradecast::service::pb;

pub(crate) const KIND: (&str, &str) = ("content-type", "application/grpc-web+proto");
const STREAM: &str = "POST /tradecast.v1.ForecastService/StreamForecasts";

/// The frames of gRPC-Web: a flag, a length, a message.
fn frames(mut body: &[u8]) -> Vec<(u8, Vec<u8>)> {
    let mut frames = Vec::new();
    while let [flag, a, b, c, d, rest @ ..] = body {
        let length = u32::from_be_bytes([*a, *b, *c, *d]) as usize;
        frames.push((*flag, rest[..length].to_vec()));
        body = &rest[length..];
    }
    assert!(body.is_empty());
    frames
}

pub(crate) fn framed(message: &impl Message) -> Vec<u8> {
    let bytes = message.encode_to_vec();
    let length = u32::try_from(bytes.len()).unwrap().to_be_bytes();
    [&[0], &length[..], &bytes].concat()
}

/// How a call ended: in the headers where nothing was sent before, else in the last frame.
pub(crate) fn status(answer: &Answer) -> Status {
    let text = match answer.header("grpc-status") {
        Some(_) => answer.head.clone(),
        None => {
            let (flag, trailers) = frames(&answer.body).pop().unwrap();
            assert_eq!(flag, 0x80);
            String::from_utf8(trailers).unwrap()
        }
    };
    let mut map = HeaderMap::new();
    for (name, value) in text.lines().filter_map(|line| line.split_once(':')) {
        let name: HeaderName = name.parse().unwrap();
        map.insert(name, HeaderValue::from_str(value.trim()).unwrap());
    }
    Status::from_header_map(&map).unwrap()
}

fn forecasts(address: &str, headers: &[(&str, &str)]) -> Answer {
    let request = pb::StreamForecastsRequest {
        series: vec!["USA.CHN.M.TOTAL.USD".to_owned()],
        horizon: 3,
        ..Default::default()
    };
    send(address, STREAM, headers, &framed(&request))
}

#[test]
fn a_plain_request_of_grpc_web_gets_a_whole_stream_and_its_status() {
    let server = Server::with(&["--web", "127.0.0.1:0"]);
    let web = server.line_after("web on ");
    for address in [&server.address, &web] {
        let answer = forecasts(address, &[KIND]);
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("content-type"), Some(KIND.1));
        let frames = frames(&answer.body);
        let (trailers, messages) = frames.split_last().unwrap();
        // Header, three points, summary.
        assert_eq!(messages.len(), 5);
        for (flag, message) in messages {
            assert_eq!(*flag, 0);
            pb::StreamForecastsResponse::decode(&message[..]).unwrap();
        }
        assert_eq!(trailers.0, 0x80);
        let trailers = String::from_utf8_lossy(&trailers.1).into_owned();
        assert!(trailers.contains("grpc-status:0"), "{trailers}");
    }
}

#[test]
fn pages_of_this_machine_and_of_named_origins_may_call_and_others_may_not() {
    let server = Server::with(&["--cors-origin", "https://desk.example.org"]);
    let preflight = |origin| {
        let path = STREAM.replace("POST", "OPTIONS");
        let headers = [
            ("origin", origin),
            ("access-control-request-method", "POST"),
            ("access-control-request-headers", "content-type,x-grpc-web"),
        ];
        send(&server.address, &path, &headers, b"")
    };
    let allowed = "access-control-allow-origin";
    for origin in ["https://desk.example.org", "http://localhost:5173"] {
        let answer = preflight(origin);
        assert_eq!((answer.status, answer.header(allowed)), (200, Some(origin)));
        let headers = answer.header("access-control-allow-headers").unwrap();
        assert!(headers.contains("x-grpc-web"), "{headers}");
        let answer = forecasts(&server.address, &[KIND, ("origin", origin)]);
        assert_eq!(answer.header(allowed), Some(origin));
        let exposed = answer.header("access-control-expose-headers").unwrap();
        assert!(exposed.contains("grpc-status-details-bin"), "{exposed}");
    }
    assert_eq!(
        preflight("https://elsewhere.example.org").header(allowed),
        None
    );
}

#[test]
fn the_page_is_served_and_native_grpc_needs_http_2() {
    let server = Server::start();
    let page = send(&server.address, "GET /", &[], b"");
    assert_eq!(page.status, 200);
    assert!(!page.body.is_empty());
    let native = send(
        &server.address,
        STREAM,
        &[("content-type", "application/grpc")],
        b"",
    );
    assert_eq!(native.status, 400);
}
