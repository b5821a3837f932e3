//! Secrets stay out of logs, metrics and the audit log, whatever callers send.

use super::any_method::call;
use super::certificates::Authority;
use super::http::send;
use super::roles::{SECRET, new_key, token};
use crate::server::Server;
use serde_json::{Value, json};
use std::time::Duration;

#[tokio::test]
async fn no_secret_is_written_anywhere() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let identity = Authority::new(folder.path(), "authority").identity("server");
    let [keys, secret, audit, log] = ["keys", "secret", "audit", "log"].map(file);
    std::fs::write(&secret, SECRET).unwrap();
    let good = new_key(keys.as_ref(), "desk", "write");
    let unknown = new_key(file("other").as_ref(), "other", "admin");
    let signed = token(SECRET, &json!("admin"), 3600);
    let expired = token(SECRET, &json!("admin"), -3600);
    // The files of TLS are read, too; loopback is served by both.
    let arguments = [
        ["--api-keys", &keys],
        ["--token-key", &secret],
        ["--audit-log", &audit],
        ["--log", "trace"],
        ["--log-format", "json"],
        ["--admin", "127.0.0.1:0"],
    ]
    .concat();
    let arguments: Vec<&str> = arguments.iter().map(|text| &**text).collect();
    let mut server = Server::on_store_with(file("store").as_ref(), &arguments, log.as_ref());
    let admin = server.line_after("admin on ");
    let channel = server.connect().await;
    let paths = [
        "CatalogService/ListSeries",
        "IngestService/WriteObservations",
    ];
    for path in paths.map(|path| format!("/tradecast.v1.{path}")) {
        for credential in [&good, &unknown, &signed, &expired] {
            let headers = [("authorization", format!("Bearer {credential}"))];
            let _ = call(&channel, &path, &headers, vec![vec![]]).await;
            let headers = [("x-api-key", credential.clone())];
            let _ = call(&channel, &path, &headers, vec![vec![]]).await;
        }
    }
    let drain = |key: &str| send(&admin, "POST /drain", &[("x-api-key", key)], b"");
    assert_eq!(drain(&unknown).status, 401);
    assert_eq!(drain(&good).status, 403);
    let metrics = send(&admin, "GET /metrics", &[], b"").text();
    let key = format!("Bearer {signed}");
    let drained = send(&admin, "POST /drain", &[("authorization", &key)], b"");
    assert_eq!(drained.status, 202);
    drop(channel);
    assert!(server.ended_within(Duration::from_secs(120)).success());

    let read = |path: &str| std::fs::read_to_string(path).unwrap();
    let (log, audit) = (read(&log), read(&audit));
    // What is written is there: the search below looks at something.
    assert!(log.contains("tradecast::access") && metrics.contains("grpc_server_call"));
    for line in log.lines() {
        serde_json::from_str::<Value>(line).unwrap_or_else(|e| panic!("{e}: {line}"));
    }
    let noted: Vec<Value> = audit
        .lines()
        .map(|l| serde_json::from_str(l).unwrap())
        .collect();
    assert_eq!(
        noted.len(),
        8,
        "each call of the method that writes is noted"
    );
    assert!(
        noted
            .iter()
            .any(|line| line["caller"] == "desk" && line["role"] == "write")
    );
    assert!(noted.iter().any(|line| line["status"] == "UNAUTHENTICATED"));

    let private = read(&identity.key);
    let private = private.lines().nth(1).unwrap();
    let secrets = [&good[4..], &unknown[4..], SECRET, private];
    let tokens = [&signed, &expired].map(|token| token.rsplit_once('.').unwrap());
    let tokens = tokens
        .iter()
        .flat_map(|(head, signature)| [*head, *signature]);
    for secret in secrets.into_iter().chain(tokens) {
        for (name, text) in [("log", &log), ("audit", &audit), ("metrics", &metrics)] {
            assert!(!text.contains(secret), "{name} has a secret");
        }
    }
}
