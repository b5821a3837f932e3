//! A network between client and server that delays, stops and cuts, by a seed. Calls end well or
//! with a status, a resumed stream is whole, and the server goes on as before. All traffic is on
//! loopback.

use crate::server::Server;
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Request, Status};
use tradecast::service::pb;
use tradecast::service::pb::forecast_service_client::ForecastServiceClient;
use tradecast::service::pb::ingest_service_client::IngestServiceClient;
use tradecast::service::pb::stream_forecasts_response::Update;

const SERIES: [&str; 4] = [
    "USA.CHN.M.TOTAL.USD",
    "USA.CHN.X.TOTAL.USD",
    "USA.MEX.M.TOTAL.USD",
    "USA.MEX.X.TOTAL.USD",
];

/// A proxy to the server whose connections fare badly; return its address.
async fn bad_network(server: &str, seed: u64) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let server = server.to_owned();
    let count = Arc::new(AtomicU64::new(0));
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let number = count.fetch_add(1, Ordering::Relaxed);
            let mut chance = Pcg64Mcg::seed_from_u64(seed ^ number << 20);
            let Ok(server) = TcpStream::connect(&server).await else {
                return;
            };
            // Closed by a reset instead of an end.
            if chance.random::<f64>() < 0.5 {
                let _ = client.set_zero_linger();
                let _ = server.set_zero_linger();
            }
            let (from_client, to_client) = client.into_split();
            let (from_server, to_server) = server.into_split();
            let other = Pcg64Mcg::seed_from_u64(chance.random());
            tokio::spawn(async move {
                // Either direction that breaks cuts both.
                tokio::select! {
                    () = carry(from_client, to_server, chance) => {}
                    () = carry(from_server, to_client, other) => {}
                }
            });
        }
    });
    format!("http://{address}")
}

/// Carry bytes of one direction: late, in pieces, with pauses, until it breaks.
async fn carry(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mut chance: Pcg64Mcg) {
    let mut bytes = vec![0; 2000];
    loop {
        let most = chance.random_range(1..bytes.len());
        let Ok(read @ 1..) = from.read(&mut bytes[..most]).await else {
            return;
        };
        let wait = match chance.random::<f64>() {
            // Cut.
            ..0.06 => return,
            // Apart for a while.
            ..0.08 => 300,
            ..0.2 => chance.random_range(1..20),
            _ => 0,
        };
        tokio::time::sleep(Duration::from_millis(wait)).await;
        if to.write_all(&bytes[..read]).await.is_err() {
            return;
        }
    }
}

async fn through(proxy: &str) -> Option<Channel> {
    let endpoint = Endpoint::from_shared(proxy.to_owned()).unwrap();
    let endpoint = endpoint.connect_timeout(Duration::from_secs(5));
    timeout(Duration::from_secs(10), endpoint.connect())
        .await
        .ok()?
        .ok()
}

/// The codes of a network that breaks, or of a deadline.
fn is_of_network(status: &Status) -> bool {
    use Code::*;
    matches!(
        status.code(),
        Unavailable | Unknown | Cancelled | DeadlineExceeded | Internal
    )
}

fn request(token: String) -> pb::StreamForecastsRequest {
    pb::StreamForecastsRequest {
        series: SERIES.map(str::to_owned).to_vec(),
        resume_tokens: true,
        resume_token: token,
        ..Default::default()
    }
}

/// The messages of each series, by one unbroken stream.
async fn unbroken(server: &Server) -> Vec<(String, Update)> {
    let mut client = ForecastServiceClient::new(server.connect().await);
    let stream = client.stream_forecasts(request(String::new())).await;
    let mut stream = stream.unwrap().into_inner();
    let mut messages = Vec::new();
    while let Some(message) = stream.message().await.unwrap() {
        messages.push((message.series, message.update.unwrap()));
    }
    sorted(messages)
}

/// The messages without tokens, series by series.
fn sorted(mut messages: Vec<(String, Update)>) -> Vec<(String, Update)> {
    messages.retain(|(_, update)| !matches!(update, Update::Resume(_)));
    messages.sort_by(|a, b| a.0.cmp(&b.0));
    messages
}

#[tokio::test]
async fn a_stream_that_breaks_again_and_again_is_whole_in_the_end() {
    let server = Server::start();
    let whole = unbroken(&server).await;
    let (mut broken, mut resumed) = (0, 0);
    for seed in 0..12 {
        let proxy = bad_network(&server.address, seed).await;
        let (mut kept, mut token) = (Vec::new(), String::new());
        let mut tries = 0;
        'stream: loop {
            tries += 1;
            assert!(tries < 100, "seed {seed}: no end");
            let Some(channel) = through(&proxy).await else {
                broken += 1;
                continue;
            };
            let mut client = ForecastServiceClient::new(channel);
            let mut request = Request::new(request(token.clone()));
            request.set_timeout(Duration::from_secs(10));
            resumed += u32::from(!token.is_empty());
            // What came after the last token comes again.
            let mut since = Vec::new();
            let mut stream = match client.stream_forecasts(request).await {
                Ok(stream) => stream.into_inner(),
                Err(status) => {
                    assert!(is_of_network(&status), "{status}");
                    broken += 1;
                    continue;
                }
            };
            loop {
                match stream.message().await {
                    Ok(Some(message)) => match message.update.unwrap() {
                        Update::Resume(resume) => {
                            kept.append(&mut since);
                            token = resume.token;
                        }
                        update => since.push((message.series, update)),
                    },
                    Ok(None) => {
                        kept.append(&mut since);
                        break 'stream;
                    }
                    Err(status) => {
                        assert!(is_of_network(&status), "{status}");
                        broken += 1;
                        break;
                    }
                }
            }
        }
        assert!(sorted(kept) == whole, "seed {seed}: other messages");
    }
    println!("{broken} breaks, {resumed} streams resumed");
    assert!(broken > 10 && resumed > 0, "a network that is too good");
    assert!(unbroken(&server).await == whole);
}

#[tokio::test]
async fn a_batch_that_is_sent_until_it_is_acknowledged_is_written_once() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::on_store(folder.path());
    let mut broken = 0;
    for seed in 0..20 {
        let proxy = bad_network(&server.address, 1000 + seed).await;
        let figures: Vec<_> = (1..=12)
            .map(|month| pb::DeliveredFigure {
                kind: pb::FigureKind::Observation.into(),
                key: "USA.CHN.M.TOTAL.USD".to_owned(),
                period: format!("{}-{month:02}", 2000 + seed),
                value: Some(f64::from(month)),
                unit: "USD".to_owned(),
                ..Default::default()
            })
            .collect();
        let batch = pb::WriteObservationsRequest {
            request_id: format!("batch-{seed}"),
            figures,
            ..Default::default()
        };
        for tries in 0.. {
            assert!(tries < 100, "seed {seed}: no end");
            let Some(channel) = through(&proxy).await else {
                broken += 1;
                continue;
            };
            let mut client = IngestServiceClient::new(channel);
            let mut request = Request::new(tokio_stream::iter([batch.clone()]));
            request.set_timeout(Duration::from_secs(10));
            match client.write_observations(request).await {
                Ok(_) => break,
                Err(status) => {
                    assert!(is_of_network(&status), "{status}");
                    broken += 1;
                }
            }
        }
    }
    println!("{broken} breaks");
    assert!(broken > 0, "a network that is too good");
    let place = folder.path().to_str().unwrap().to_owned();
    drop(server);
    let versions = tokio::task::spawn_blocking(move || {
        let store = tradecast::store::Store::open_or_create(&place).unwrap();
        store.history(100).unwrap()
    });
    let versions = versions.await.unwrap();
    for seed in 0..20 {
        let id = format!("batch-{seed}");
        let of = versions
            .iter()
            .filter(|v| v.request.as_deref() == Some(&id));
        assert_eq!(of.map(|v| v.figures).collect::<Vec<_>>(), [12], "{id}");
    }
}
