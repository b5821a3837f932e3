//! Clients that reset, stall or send anything: the service goes on.

use super::any_method::{call, methods};
use crate::server::Server;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};
use tonic::Code;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use tradecast::service::pb;
use tradecast::service::pb::forecast_service_client::ForecastServiceClient;

/// A whole forecast comes, in time.
async fn serves(server: &Server) {
    let work = async {
        let channel = server.connect().await;
        let mut client = ForecastServiceClient::new(channel.clone());
        let request = pb::StreamForecastsRequest {
            series: vec!["USA.CHN.M.TOTAL.USD".to_owned()],
            ..Default::default()
        };
        let mut stream = client.stream_forecasts(request).await.unwrap().into_inner();
        let mut messages = 0;
        while stream.message().await.unwrap().is_some() {
            messages += 1;
        }
        assert_eq!(messages, 14);
        let health = HealthClient::new(channel)
            .check(HealthCheckRequest::default())
            .await;
        assert_eq!(
            health.unwrap().into_inner().status(),
            ServingStatus::Serving
        );
    };
    tokio::time::timeout(Duration::from_secs(30), work)
        .await
        .unwrap();
}

#[tokio::test]
async fn ten_thousand_resets_change_nothing() {
    let server = Server::start();
    for _ in 0..20 {
        let channel = server.connect().await;
        for _ in 0..500 {
            let mut client = ForecastServiceClient::new(channel.clone());
            let request = pb::StreamForecastsRequest {
                series: vec!["USA.CHN.M.TOTAL.USD".to_owned()],
                ..Default::default()
            };
            // Dropped before or after its head: the stream is reset.
            let begin = client.stream_forecasts(request);
            let _ = tokio::time::timeout(Duration::from_micros(200), begin).await;
        }
    }
    serves(&server).await;
}

/// Numbers that differ, the same in every run.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 33
    }

    fn bytes(&mut self, most: u64) -> Vec<u8> {
        let length = self.next() % most;
        (0..length).map(|_| (self.next() & 0xff) as u8).collect()
    }

    /// Fields as protobuf writes them, with any numbers, wire types and values.
    fn fields(&mut self) -> Vec<u8> {
        let mut message = Vec::new();
        for _ in 0..self.next() % 8 {
            let (number, kind) = (1 + self.next() % 24, self.next() % 4);
            match kind {
                0 => {
                    message.push((number << 3) as u8 & 0x7f);
                    message.push((self.next() & 0x7f) as u8);
                }
                1 => {
                    message.push(((number << 3) | 1) as u8 & 0x7f);
                    message.extend(f64::from_bits(self.next() << 20).to_le_bytes());
                }
                2 => {
                    let text: &[u8] = match self.next() % 4 {
                        0 => b"USA.CHN.M.TOTAL.USD",
                        1 => b"2024-13-45",
                        2 => "\u{202e}\u{0}\u{1b}[31m年".as_bytes(),
                        _ => &self.bytes(40),
                    };
                    message.push(((number << 3) | 2) as u8 & 0x7f);
                    message.push(text.len() as u8);
                    message.extend(text);
                }
                _ => message.extend(self.bytes(12)),
            }
        }
        message
    }
}

#[tokio::test]
async fn whatever_a_request_holds_the_answer_is_a_status() {
    let server = Server::start();
    let channel = server.connect().await;
    let mut numbers = Numbers(14);
    let rounds: usize =
        std::env::var("TRADECAST_FUZZ_ROUNDS").map_or(40, |rounds| rounds.parse().unwrap());
    let mut codes = std::collections::BTreeMap::<String, usize>::new();
    for path in methods() {
        for round in 0..rounds {
            let messages = (0..1 + numbers.next() % 3).map(|_| match round % 2 {
                0 => numbers.fields(),
                _ => numbers.bytes(200),
            });
            let messages = messages.collect();
            let answer = call(&channel, &path, &[], messages);
            let code = match tokio::time::timeout(Duration::from_secs(20), answer).await {
                Ok(Ok(stream)) => {
                    drop(stream);
                    Code::Ok
                }
                Ok(Err(status)) => {
                    // INTERNAL is tonic's answer to what is no protobuf; ours says this.
                    assert!(
                        !status.message().contains("its log has the cause"),
                        "{path}: {status}"
                    );
                    assert_ne!(status.code(), Code::Unknown, "{path}: {status}");
                    status.code()
                }
                Err(_) => panic!("{path} does not answer"),
            };
            *codes.entry(format!("{code:?}")).or_default() += 1;
        }
    }
    println!("{codes:?}");
    serves(&server).await;
}

#[tokio::test]
async fn who_says_nothing_is_disconnected_in_time() {
    let server = Server::with(&["--preface-timeout", "1"]);
    let begun = Instant::now();
    let mut silent: Vec<TcpStream> = (0..50)
        .map(|_| TcpStream::connect(&server.address).unwrap())
        .collect();
    // One that trickles is no better.
    silent[0].write_all(b"PRI * HTTP").unwrap();
    for stream in &mut silent {
        stream
            .set_read_timeout(Some(Duration::from_secs(10)))
            .unwrap();
        // The end of the stream, or its reset.
        assert_eq!(stream.read(&mut [0; 64]).unwrap_or(0), 0);
    }
    assert!(
        begun.elapsed() < Duration::from_secs(8),
        "{:?}",
        begun.elapsed()
    );
    serves(&server).await;
}

#[tokio::test]
async fn connections_beyond_the_limit_are_refused_and_those_before_are_served() {
    let server = Server::with(&["--max-connections", "8"]);
    let first = server.connect().await;
    let held: Vec<TcpStream> = (0..20)
        .map(|_| TcpStream::connect(&server.address).unwrap())
        .collect();
    tokio::time::sleep(Duration::from_millis(300)).await;
    let mut health = HealthClient::new(first);
    health.check(HealthCheckRequest::default()).await.unwrap();
    let refused = held.iter().filter(|stream| {
        stream
            .set_read_timeout(Some(Duration::from_millis(200)))
            .unwrap();
        matches!((&**stream).read(&mut [0; 8]), Ok(0))
    });
    assert_eq!(refused.count(), 13);
    drop(held);
    tokio::time::sleep(Duration::from_millis(300)).await;
    serves(&server).await;
}

#[tokio::test]
async fn a_process_out_of_descriptors_waits_and_goes_on() {
    let server = Server::start();
    let limit = |open: usize| {
        let pid = server.process().to_string();
        let limited = std::process::Command::new("prlimit")
            .args(["--pid", &pid, &format!("--nofile={open}:4096")])
            .status();
        limited.is_ok_and(|status| status.success())
    };
    let open = std::fs::read_dir(format!("/proc/{}/fd", server.process()))
        .unwrap()
        .count();
    // Without prlimit (util-linux) there is nothing to see.
    if !limit(open + 4) {
        return;
    }
    let held: Vec<TcpStream> = (0..12)
        .map(|_| TcpStream::connect(&server.address).unwrap())
        .collect();
    tokio::time::sleep(Duration::from_millis(500)).await;
    let before = cpu(server.process());
    tokio::time::sleep(Duration::from_secs(2)).await;
    // It waits: it does not spin on the failing call.
    assert!(
        cpu(server.process()) - before < 50,
        "{} ticks",
        cpu(server.process()) - before
    );
    drop(held);
    assert!(limit(1024));
    tokio::time::sleep(Duration::from_millis(1500)).await;
    serves(&server).await;
}

/// CPU time of a process in ticks of 10 ms.
fn cpu(pid: u32) -> u64 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let after = stat.rsplit_once(") ").unwrap().1;
    let fields: Vec<&str> = after.split(' ').collect();
    fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap()
}
