//! TLS by rustls and by OpenSSL: certificates that are checked on both sides and renewed.

use super::certificates::Authority;
use super::roles::new_key;
use crate::server::{Server, TRADECAST, command};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;
use tonic::{Code, Status};
use tradecast::service::pb::catalog_service_client::CatalogServiceClient;
use tradecast::service::pb::ingest_service_client::IngestServiceClient;
use tradecast::service::{ClientChannel, RemoteServer, pb};

/// Starts a server on an empty store with TLS; its certificate is in files called `server`.
fn serve(folder: &Path, authority: &Authority, arguments: &[&str]) -> Server {
    let identity = authority.identity("server");
    let tls = [
        "--tls-cert",
        &identity.certificate,
        "--tls-key",
        &identity.key,
    ];
    let all = [&tls[..], arguments].concat();
    Server::on_store_with(&folder.join("store"), &all, &folder.join("log"))
}

fn remote(server: &Server, authority: &Authority) -> RemoteServer {
    RemoteServer {
        url: format!("https://{}", server.address),
        authority: Some(authority.file.clone().into()),
        ..RemoteServer::default()
    }
}

/// What `openssl s_client` says of a server.
fn openssl(server: &Server, arguments: &[&str]) -> String {
    let said = Command::new("openssl")
        .args(["s_client", "-connect", &server.address, "-alpn", "h2"])
        .args(["-verify_return_error", "-servername", "localhost"])
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let text = [said.stdout, said.stderr].concat();
    String::from_utf8_lossy(&text).into_owned()
}

async fn list(channel: &ClientChannel) -> Result<(), Status> {
    let mut client = CatalogServiceClient::new(channel.clone());
    client
        .list_series(pb::ListSeriesRequest::default())
        .await
        .map(drop)
}

async fn write(channel: &ClientChannel, id: &str) -> Result<u64, Status> {
    let figure = pb::DeliveredFigure {
        kind: pb::FigureKind::Observation.into(),
        key: "KOR.CHN.X.TOTAL.USD".to_owned(),
        period: "2020-01".to_owned(),
        value: Some(10_382.0 + id.len() as f64),
        unit: "USD mn".to_owned(),
        ..Default::default()
    };
    let batch = pb::WriteObservationsRequest {
        request_id: id.to_owned(),
        figures: vec![figure],
        ..Default::default()
    };
    let mut client = IngestServiceClient::new(channel.clone());
    let written = client
        .write_observations(tokio_stream::iter([batch]))
        .await?;
    Ok(written.into_inner().version)
}

#[tokio::test]
async fn openssl_and_the_command_line_verify_the_certificate() {
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::new(folder.path(), "authority");
    let keys = folder.path().join("keys");
    let key = new_key(&keys, "desk", "read");
    let server = serve(
        folder.path(),
        &authority,
        &["--api-keys", keys.to_str().unwrap()],
    );
    for version in ["-tls1_2", "-tls1_3"] {
        let said = openssl(&server, &["-CAfile", &authority.file, version]);
        assert!(said.contains("ALPN protocol: h2"), "{said}");
        assert!(said.contains("Verify return code: 0 (ok)"), "{said}");
    }
    let other = Authority::new(folder.path(), "other");
    let said = openssl(&server, &["-CAfile", &other.file]);
    assert!(!said.contains("Verify return code: 0 (ok)"), "{said}");
    for old in ["-tls1", "-tls1_1"] {
        let said = openssl(&server, &["-CAfile", &authority.file, old]);
        assert!(!said.contains("ALPN protocol: h2"), "{said}");
    }

    let series = |ca: &str, key: Option<&str>| {
        let mut command = command(TRADECAST);
        let url = format!(
            "https://{}",
            server.address.replace("127.0.0.1", "localhost")
        );
        command.args(["series", "--server", &url, "--ca", ca]);
        if let Some(key) = key {
            command.env("TRADECAST_API_KEY", key);
        }
        let output = command.output().unwrap();
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        (output.status.success(), text)
    };
    assert_eq!(series(&authority.file, Some(&key)), (true, String::new()));
    let (ok, text) = series(&authority.file, None);
    assert!(!ok && text.contains("a credential is needed"), "{text}");
    let (ok, text) = series(&other.file, Some(&key));
    assert!(!ok && text.contains("cannot reach"), "{text}");
}

#[tokio::test]
async fn a_client_certificate_is_a_credential() {
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::new(folder.path(), "authority");
    let clients = Authority::new(folder.path(), "clients");
    let [reader, writer] = ["reader", "writer"].map(|name| clients.identity(name));
    let stranger = Authority::new(folder.path(), "strangers").identity("stranger");
    let keys = folder.path().join("keys");
    let line = format!("feed write certificate:{}\n", writer.fingerprint);
    std::fs::write(&keys, line).unwrap();
    let keys = keys.to_str().unwrap();
    let server = serve(
        folder.path(),
        &authority,
        &[
            "--tls-client-ca",
            &clients.file,
            "--tls-client-role",
            "read",
            "--api-keys",
            keys,
        ],
    );
    let plain = remote(&server, &authority);
    let with = |identity: &super::certificates::Identity| RemoteServer {
        certificate: Some((
            identity.certificate.clone().into(),
            identity.key.clone().into(),
        )),
        ..plain.clone()
    };
    // Without a certificate, or with one of another authority, there is no connection.
    for stranger in [plain.clone(), with(&stranger)] {
        let refused = match stranger.connect().await {
            Ok(channel) => list(&channel).await.is_err(),
            Err(_) => true,
        };
        assert!(refused);
    }
    let channel = with(&reader).connect().await.unwrap();
    list(&channel).await.unwrap();
    assert_eq!(
        write(&channel, "r").await.unwrap_err().code(),
        Code::PermissionDenied
    );
    let channel = with(&writer).connect().await.unwrap();
    assert_eq!(write(&channel, "w").await.unwrap(), 1);
}

#[tokio::test]
async fn a_renewed_certificate_is_served_and_open_streams_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::new(folder.path(), "authority");
    let keys = folder.path().join("keys");
    let key = new_key(&keys, "feed", "write");
    let server = serve(
        folder.path(),
        &authority,
        &["--api-keys", keys.to_str().unwrap()],
    );
    let remote = RemoteServer {
        credential: Some(key),
        ..remote(&server, &authority)
    };
    let channel = remote.connect().await.unwrap();
    let mut client = CatalogServiceClient::new(channel.clone());
    let watch = client
        .watch_catalog(pb::WatchCatalogRequest::default())
        .await;
    let mut watch = watch.unwrap().into_inner();
    let certificate = || {
        let said = openssl(&server, &["-CAfile", &authority.file]);
        let begin = said.find("-----BEGIN CERTIFICATE-----").expect(&said);
        let end = said.find("-----END CERTIFICATE-----").unwrap();
        said[begin..end].to_owned()
    };
    let mut before = certificate();
    // Once by the change of the files, once by SIGHUP as well: each is served before long.
    for round in ["a", "bb"] {
        authority.identity("server");
        if round == "bb" {
            server.signal("HUP");
        }
        let mut after = certificate();
        for _ in 0..600 {
            if after != before {
                break;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
            after = certificate();
        }
        assert_ne!(after, before);
        before = after;
        let version = write(&channel, round).await.unwrap();
        let seen = watch.message().await.unwrap().unwrap();
        assert_eq!(seen.version, version);
    }
    // A certificate that cannot be read changes nothing.
    std::fs::write(folder.path().join("server.crt"), "nothing").unwrap();
    server.signal("HUP");
    tokio::time::sleep(Duration::from_millis(1500)).await;
    assert_eq!(certificate(), before);
    list(&remote.connect().await.unwrap()).await.unwrap();
}
