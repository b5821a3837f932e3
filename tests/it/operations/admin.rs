//! The listener of operators.

use super::http::send;
use crate::server::Server;
use serde_json::Value;
use std::time::Duration;
use tonic::transport::Channel;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use tradecast::service::telemetry::metrics::{METRICS, MetricKind};

fn start(folder: &std::path::Path, arguments: &[&str]) -> (Server, String) {
    let arguments = [&["--admin", "127.0.0.1:0"], arguments].concat();
    let store = folder.join("store");
    let server = Server::on_store_with(&store, &arguments, &folder.join("log"));
    let admin = server.line_after("admin on ");
    (server, admin)
}

#[tokio::test]
async fn operators_see_that_it_lives_and_is_ready_and_what_it_measures() {
    let folder = tempfile::tempdir().unwrap();
    let (server, admin) = start(folder.path(), &[]);
    assert_eq!(send(&admin, "GET /live", &[], b"").status, 200);
    let ready = send(&admin, "GET /ready", &[], b"");
    assert_eq!(ready.status, 200);
    let report: Value = serde_json::from_slice(&ready.body).unwrap();
    assert_eq!(
        (&report["figures"], &report["store"]),
        (&Value::Bool(true), &Value::Bool(true))
    );
    // Probes of Kubernetes speak gRPC in plaintext: they find it here whatever the others serve.
    let channel = Channel::from_shared(format!("http://{admin}")).unwrap();
    let mut health = HealthClient::new(channel.connect().await.unwrap());
    let health = health
        .check(HealthCheckRequest::default())
        .await
        .unwrap()
        .into_inner();
    assert_eq!(health.status(), ServingStatus::Serving);

    let mut other = HealthClient::new(server.connect().await);
    other.check(HealthCheckRequest::default()).await.unwrap();
    let metrics = send(&admin, "GET /metrics", &[], b"");
    assert!(
        metrics
            .header("content-type")
            .unwrap()
            .starts_with("text/plain")
    );
    let text = metrics.text();
    let counted = "grpc_server_call_started_total{grpc_method=\"grpc.health.v1.Health/Check\"} 1";
    assert!(text.contains(counted), "{text}");
    let timed = "grpc_server_call_duration_seconds_count{grpc_method=\"grpc.health.v1.Health/Check\
                 \",grpc_status=\"OK\"} 1";
    assert!(text.contains(timed), "{text}");
    assert!(text.contains("tradecast_store_version 0") && text.contains("tradecast_ready 1"));
    assert_eq!(send(&admin, "GET /elsewhere", &[], b"").status, 404);
}

#[test]
fn a_store_that_is_gone_is_seen() {
    let folder = tempfile::tempdir().unwrap();
    let (_server, admin) = start(folder.path(), &[]);
    std::fs::rename(folder.path().join("store"), folder.path().join("moved")).unwrap();
    let ready = || send(&admin, "GET /ready", &[], b"");
    for _ in 0..600 {
        if ready().status == 503 {
            break;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    let report: Value = serde_json::from_slice(&ready().body).unwrap();
    assert_eq!(
        (ready().status, &report["store"]),
        (503, &Value::Bool(false))
    );
    assert_eq!(send(&admin, "GET /live", &[], b"").status, 200);
}

#[test]
fn the_log_level_is_set_while_the_service_runs() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["--log", "info", "--access-log", "false"];
    let (server, admin) = start(folder.path(), &arguments);
    let log = || std::fs::read_to_string(folder.path().join("log")).unwrap();
    let set = |filter: &str| send(&admin, "POST /log-level", &[], filter.as_bytes());
    // Without a line for every call, those that go well are logged at debug level.
    let kind = ("content-type", "application/grpc-web+proto");
    let check = "POST /grpc.health.v1.Health/Check";
    let call = || assert_eq!(send(&server.address, check, &[kind], &[0; 5]).status, 200);
    call();
    assert!(!log().contains("DEBUG"));
    assert_eq!(set("debug").status, 200);
    call();
    assert!(log().contains("DEBUG"));
    let bad = set("tradecast=loudly");
    assert_eq!(bad.status, 400);
    assert!(bad.text().contains("expected a filter"), "{}", bad.text());
    assert_eq!(set("").status, 400);
}

/// Names in the expressions of a dashboard.
fn names(expression: &str) -> Vec<&str> {
    let words = expression.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
    let is_metric =
        |word: &&str| word.starts_with("tradecast_") || word.starts_with("grpc_server_");
    words.filter(is_metric).collect()
}

#[test]
fn the_dashboard_shows_metrics_that_exist_and_all_that_exist_are_documented() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |path: &str| std::fs::read_to_string(root.join(path)).unwrap();
    let dashboard: Value = serde_json::from_str(&read("deploy/grafana.json")).unwrap();
    let mut shown = Vec::new();
    for panel in dashboard["panels"].as_array().unwrap() {
        for target in panel["targets"].as_array().into_iter().flatten() {
            let expression = target["expr"].as_str().unwrap();
            let found = names(expression);
            assert!(!found.is_empty(), "no metric in `{expression}`");
            shown.extend(found.into_iter().map(str::to_owned));
        }
    }
    assert!(shown.len() > 10, "{shown:?}");
    let known: Vec<String> = METRICS
        .iter()
        .flat_map(|(name, kind, _)| match kind {
            MetricKind::Histogram => ["_bucket", "_count", "_sum"]
                .map(|end| format!("{name}{end}"))
                .to_vec(),
            MetricKind::Counter | MetricKind::Gauge => vec![(*name).to_owned()],
        })
        .collect();
    for name in &shown {
        assert!(
            known.contains(name),
            "the dashboard shows `{name}`, which does not exist"
        );
    }
    let guide = read("docs/operating.md");
    for (name, _, _) in METRICS {
        assert!(
            guide.contains(&format!("`{name}`")),
            "docs/operating.md lacks {name}"
        );
    }
}
