//! Methods, roles and credentials: who may call what.

use super::any_method::{call, methods};
use crate::server::{Server, TRADECAST, command};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tonic::Code;

/// The secret that tokens of these tests are signed with.
pub(crate) const SECRET: &str = "a secret of a test, long enough to sign with";

/// Makes an API key for a file.
pub(crate) fn new_key(file: &Path, name: &str, role: &str) -> String {
    let made = command(TRADECAST)
        .args(["keys", "new", "--name", name, "--role", role, "--file"])
        .arg(file)
        .output()
        .unwrap();
    assert!(made.status.success());
    String::from_utf8(made.stdout)
        .unwrap()
        .trim_end()
        .to_owned()
}

/// A token with a role that holds for `seconds` from now.
pub(crate) fn token(secret: &str, role: &Value, seconds: i64) -> String {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_secs();
    let claims = json!({
        "sub": "analyst",
        "iss": "desk",
        "exp": i64::try_from(now).unwrap() + seconds,
        "role": role,
    });
    let key = EncodingKey::from_secret(secret.as_bytes()).unwrap();
    encode(&Header::new(Algorithm::HS256), &claims, &key).unwrap()
}

/// Roles, by what they include.
const ROLES: [&str; 4] = ["none", "read", "write", "admin"];

/// The place among [`ROLES`] that a method needs.
fn needed(path: &str) -> usize {
    if path.starts_with("/grpc.health.v1.Health/") {
        0
    } else if path.starts_with("/tradecast.v1.IngestService/") {
        2
    } else {
        1
    }
}

#[tokio::test]
async fn every_method_asks_every_credential_for_its_role() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name);
    let keys = file("keys");
    let bearer = |text: &str| ("authorization", format!("Bearer {text}"));
    let unsigned = {
        let whole = token(SECRET, &json!("admin"), 3600);
        format!("{}.", whole.rsplit_once('.').unwrap().0)
    };
    // A credential and the place among the roles that it has.
    let mut credentials = vec![("none", None, 0)];
    for (role, place) in [("read", 1), ("write", 2), ("admin", 3)] {
        let key = new_key(&keys, role, role);
        credentials.push(("key", Some(bearer(&key)), place));
        credentials.push(("x-api-key", Some(("x-api-key", key)), place));
        let token = token(SECRET, &json!(role), 3600);
        credentials.push(("token", Some(bearer(&token)), place));
    }
    let unknown = new_key(&file("other keys"), "other", "admin");
    let other_secret = SECRET.replace("test", "thief");
    let refused = [
        ("an unknown key", bearer(&unknown)),
        (
            "an expired token",
            bearer(&token(SECRET, &json!("admin"), -3600)),
        ),
        (
            "a token by another",
            bearer(&token(&other_secret, &json!("admin"), 3600)),
        ),
        (
            "a token without a role",
            bearer(&token(SECRET, &Value::Null, 3600)),
        ),
        (
            "a token of an unknown role",
            bearer(&token(SECRET, &json!("root"), 3600)),
        ),
        ("an unsigned token", bearer(&unsigned)),
        (
            "another scheme",
            ("authorization", "Basic YWRtaW46YWRtaW4=".to_owned()),
        ),
        ("nothing", ("authorization", String::new())),
    ];
    credentials.extend(refused.map(|(name, header)| (name, Some(header), 0)));

    std::fs::write(file("secret"), SECRET).unwrap();
    let secret = file("secret");
    let [keys, secret] = [&keys, &secret].map(|path| path.to_str().unwrap());
    let arguments = [
        "--api-keys",
        keys,
        "--token-key",
        secret,
        "--token-issuer",
        "desk",
    ];
    let store = folder.path().join("store");
    let server = Server::on_store_with(&store, &arguments, &file("log"));
    let channel = server.connect().await;

    let mut paths = methods();
    paths.push("/grpc.health.v1.Health/Check".to_owned());
    paths.push("/grpc.reflection.v1.ServerReflection/ServerReflectionInfo".to_owned());
    paths.push("/tradecast.v1.ForecastService/NoSuchMethod".to_owned());
    let mut cells = 0;
    for path in &paths {
        for (name, header, role) in &credentials {
            let headers: Vec<_> = header.iter().cloned().collect();
            let answer = call(&channel, path, &headers, vec![vec![]]);
            let answer = tokio::time::timeout(Duration::from_secs(120), answer);
            let code = match answer.await.unwrap() {
                Ok(stream) => {
                    drop(stream);
                    Code::Ok
                }
                Err(status) => status.code(),
            };
            let cell = format!("{path} with {name} ({}): {code:?}", ROLES[*role]);
            match (*role, needed(path)) {
                (0, 1..) => assert_eq!(code, Code::Unauthenticated, "{cell}"),
                (role, needed) if role < needed => {
                    assert_eq!(code, Code::PermissionDenied, "{cell}");
                }
                _ => assert!(
                    !matches!(code, Code::Unauthenticated | Code::PermissionDenied),
                    "{cell}"
                ),
            }
            cells += 1;
        }
    }
    println!(
        "{cells} cells: {} methods, {} credentials",
        paths.len(),
        credentials.len()
    );
}

#[tokio::test]
async fn a_key_that_is_taken_from_the_file_is_refused_within_seconds() {
    let folder = tempfile::tempdir().unwrap();
    let keys = folder.path().join("keys");
    let key = new_key(&keys, "desk", "read");
    let arguments = ["--api-keys", keys.to_str().unwrap()];
    let store = folder.path().join("store");
    let server = Server::on_store_with(&store, &arguments, &folder.path().join("log"));
    let channel = server.connect().await;
    let code = async |key: &str| {
        let headers = [("x-api-key", key.to_owned())];
        let path = "/tradecast.v1.CatalogService/ListSeries";
        call(&channel, path, &headers, vec![vec![]])
            .await
            .map_or_else(|s| s.code(), |_| Code::Ok)
    };
    assert_eq!(code(&key).await, Code::Ok);
    std::fs::remove_file(&keys).unwrap();
    let next = new_key(&keys, "desk", "read");
    for _ in 0..600 {
        if code(&key).await == Code::Unauthenticated {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(code(&key).await, Code::Unauthenticated);
    assert_eq!(code(&next).await, Code::Ok);
}

#[test]
fn other_machines_are_served_only_with_tls_and_credentials_or_as_insecure() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("store");
    let keys = folder.path().join("keys");
    new_key(&keys, "desk", "read");
    let keys = keys.to_str().unwrap();
    let refusals: [(&[&str], &str); 4] = [
        (&["--listen", "0.0.0.0:0"], "plaintext and open to all"),
        (
            &["--listen", "0.0.0.0:0", "--api-keys", keys],
            "it is plaintext",
        ),
        (&["--web", "[::]:0", "--api-keys", keys], "it is plaintext"),
        (&["--admin", "0.0.0.0:0"], "--insecure-admin"),
    ];
    for (arguments, expected) in refusals {
        let mut refused = command(TRADECAST);
        refused.args(["serve", "--store"]).arg(&store);
        if !arguments.contains(&"--listen") {
            refused.args(["--listen", "127.0.0.1:0"]);
        }
        let refused = refused.args(arguments).output().unwrap();
        let text = String::from_utf8_lossy(&refused.stderr);
        assert_eq!(refused.status.code(), Some(1), "{text}");
        assert!(
            text.contains(expected) && text.contains("can be reached"),
            "{text}"
        );
    }
    // A Unix socket is this machine's.
    let socket = format!("unix:{}", folder.path().join("t.sock").display());
    let arguments = ["--web", &socket];
    let server = Server::on_store_with(&store, &arguments, &folder.path().join("log"));
    assert_eq!(server.line_after("web on "), socket);
}
