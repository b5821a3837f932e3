//! What a call and a connection cost the server. `docs/operating.md` has the command that prints
//! it.

use super::certificates::Authority;
use super::hostile::cpu;
use super::roles::new_key;
use super::soak::resident;
use crate::server::Server;
use std::time::Duration;
use tradecast::service::pb::catalog_service_client::CatalogServiceClient;
use tradecast::service::pb::forecast_service_client::ForecastServiceClient;
use tradecast::service::{ClientChannel, RemoteServer, pb};

/// Calls of each kind.
const CALLS: u64 = 1000;
const SERIES: &str = "USA.CHN.M.TOTAL.USD";

/// Forecasts a series; with other seeds it is computed, with the same one answered from memory.
async fn forecast(channel: &ClientChannel, seed: u64) {
    let request = pb::StreamForecastsRequest {
        series: vec![SERIES.to_owned()],
        seed,
        ..Default::default()
    };
    let mut client = ForecastServiceClient::new(channel.clone());
    let mut stream = client.stream_forecasts(request).await.unwrap().into_inner();
    while stream.message().await.unwrap().is_some() {}
}

async fn get_series(channel: &ClientChannel) {
    let request = pb::GetSeriesRequest {
        key: SERIES.to_owned(),
        ..Default::default()
    };
    let mut client = CatalogServiceClient::new(channel.clone());
    client.get_series(request).await.unwrap();
}

/// Prints the CPU of the server for each of so many calls.
async fn cost(server: &Server, name: &str, calls: u64, mut call: impl AsyncFnMut(u64)) -> f64 {
    call(0).await;
    let before = cpu(server.process());
    for number in 1..=calls {
        call(number).await;
    }
    let ticks = cpu(server.process()) - before;
    let milliseconds = 10.0 * ticks as f64 / calls as f64;
    println!("{name}: {milliseconds:.3} ms of CPU");
    milliseconds
}

#[tokio::test]
async fn costs_are_measured() {
    let folder = tempfile::tempdir().unwrap();
    let plain = Server::start();
    let channel = RemoteServer::from(&*plain.address).connect().await.unwrap();
    let first = cost(
        &plain,
        "a forecast that is computed",
        CALLS / 5,
        async |seed| {
            forecast(&channel, seed).await;
        },
    );
    let first = first.await;
    let again = cost(&plain, "the same forecast again", CALLS, async |_| {
        forecast(&channel, 1).await;
    });
    assert!(again.await < first, "an answer from memory is cheaper");
    cost(&plain, "the figures of a series", CALLS, async |_| {
        get_series(&channel).await
    })
    .await;

    let authority = Authority::new(folder.path(), "authority");
    let identity = authority.identity("server");
    let keys = folder.path().join("keys");
    let key = new_key(&keys, "desk", "read");
    let keys = keys.to_str().unwrap();
    let [certificate, private] = [&*identity.certificate, &*identity.key];
    let secured = [
        "--tls-cert",
        certificate,
        "--tls-key",
        private,
        "--api-keys",
        keys,
    ];
    let secured = Server::with(&secured);
    let remote = RemoteServer {
        url: format!("https://{}", secured.address),
        credential: Some(key),
        authority: Some(authority.file.clone().into()),
        ..RemoteServer::default()
    };
    let channel = remote.connect().await.unwrap();
    cost(
        &secured,
        "the same forecast again, over TLS with an API key",
        CALLS,
        async |_| {
            forecast(&channel, 1).await;
        },
    )
    .await;
    cost(&secured, "a connection with TLS", CALLS / 5, async |_| {
        remote.connect().await.unwrap();
    })
    .await;

    let before = resident(plain.process());
    let mut open = Vec::new();
    for _ in 0..500 {
        open.push(plain.connect().await);
    }
    tokio::time::sleep(Duration::from_millis(500)).await;
    let each = (resident(plain.process()) - before) / open.len() as f64;
    println!("an idle connection: {each:.1} KiB");
    assert!(each < 1024.0);
}
