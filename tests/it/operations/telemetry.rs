//! Access lines, request ids, and spans in the trace of the caller.

use crate::server::Server;
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{
    TraceService, TraceServiceServer,
};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use opentelemetry_proto::tonic::trace::v1::Span;
use serde_json::Value;
use std::time::Duration;
use tokio::sync::mpsc;
use tonic::{Request, Response, Status};
use tradecast::service::pb;
use tradecast::service::pb::catalog_service_client::CatalogServiceClient;

const ID: &str = "desk-7";

async fn get(server: &Server, key: &str, headers: &[(&'static str, &str)]) -> Option<String> {
    let mut client = CatalogServiceClient::new(server.connect().await);
    let mut request = Request::new(pb::GetSeriesRequest {
        key: key.to_owned(),
        ..Default::default()
    });
    for (name, value) in headers {
        request.metadata_mut().insert(*name, value.parse().unwrap());
    }
    let metadata = match client.get_series(request).await {
        Ok(response) => response.metadata().clone(),
        Err(status) => status.metadata().clone(),
    };
    metadata
        .get("x-request-id")
        .map(|id| id.to_str().unwrap().to_owned())
}

#[tokio::test]
async fn every_call_has_an_id_and_a_line() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let arguments = ["--log-format", "json"];
    let server = Server::on_store_with(&folder.path().join("store"), &arguments, &log);
    assert_eq!(
        get(&server, "USA.CHN.M.TOTAL.USD", &[("x-request-id", ID)])
            .await
            .unwrap(),
        ID
    );
    let made = get(&server, "USA.CHN.M.TOTAL.USD", &[]).await.unwrap();
    // What is no name is replaced.
    let long = "x".repeat(200);
    let other = get(&server, "USA.CHN.M.TOTAL.USD", &[("x-request-id", &long)])
        .await
        .unwrap();
    assert_ne!(made, other);
    assert!(other.len() < 64);
    let lines: Vec<Value> = std::fs::read_to_string(&log)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .filter(|line: &Value| line["target"] == "tradecast::access")
        .collect();
    let ids: Vec<&str> = lines
        .iter()
        .map(|line| line["request_id"].as_str().unwrap())
        .collect();
    assert_eq!(ids, [ID, &made, &other]);
    let line = &lines[0];
    assert_eq!(line["method"], "tradecast.v1.CatalogService/GetSeries");
    assert_eq!(
        (&line["status"], &line["caller"]),
        (&"NOT_FOUND".into(), &"local".into())
    );
    assert!(line["milliseconds"].as_f64().unwrap() > 0.0);
    assert!(line["received"].as_u64().unwrap() > 0);
}

/// A collector that hands on what it gets.
struct Collector(mpsc::Sender<Span>);

#[tonic::async_trait]
impl TraceService for Collector {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        for resource in request.into_inner().resource_spans {
            for scope in resource.scope_spans {
                for span in scope.spans {
                    let _ = self.0.send(span).await;
                }
            }
        }
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}

// The collector answers while the test waits for the server to end.
#[tokio::test(flavor = "multi_thread")]
async fn a_call_is_a_span_in_the_trace_of_its_caller() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (sender, mut spans) = mpsc::channel(64);
    let collector = tonic::transport::Server::builder()
        .add_service(TraceServiceServer::new(Collector(sender)))
        .serve_with_incoming(tokio_stream::wrappers::TcpListenerStream::new(listener));
    let collector = tokio::spawn(collector);

    let endpoint = format!("http://{address}");
    let mut server = Server::with(&["--otlp", &endpoint]);
    let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    get(&server, "USA.CHN.M.TOTAL.USD", &[("traceparent", parent)]).await;
    server.signal("TERM");
    assert!(server.ended_within(Duration::from_secs(120)).success());
    let span = tokio::time::timeout(Duration::from_secs(120), spans.recv()).await;
    let span = span.unwrap().unwrap();
    let hexadecimal =
        |bytes: &[u8]| -> String { bytes.iter().map(|b| format!("{b:02x}")).collect() };
    assert_eq!(span.name, "tradecast.v1.CatalogService/GetSeries");
    assert_eq!(
        hexadecimal(&span.trace_id),
        "0af7651916cd43dd8448eb211c80319c"
    );
    assert_eq!(hexadecimal(&span.parent_span_id), "b7ad6b7169203331");
    assert!(span.end_time_unix_nano > span.start_time_unix_nano);
    let status = span
        .attributes
        .iter()
        .find(|a| a.key == "rpc.grpc.status_code");
    assert!(status.is_some(), "{:?}", span.attributes);
    collector.abort();
}
