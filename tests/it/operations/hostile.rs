//! Clients that reset, stall or send anything: the service goes on.

use super::any_method::{call, messages, requests};
use crate::server::Server;
use prost::encoding::encode_varint;
use prost_types::field_descriptor_proto::Type;
use prost_types::{DescriptorProto, FieldDescriptorProto};
use std::collections::HashMap;
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};
use tonic::Code;
use tonic::transport::Endpoint;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use tradecast::service::pb;
use tradecast::service::pb::forecast_service_client::ForecastServiceClient;

/// Messages of the contract by name.
type Contract = HashMap<String, DescriptorProto>;

/// Longer than anything of these tests takes on any machine.
const LONG: Duration = Duration::from_secs(120);

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
    tokio::time::timeout(LONG, work).await.unwrap();
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

    /// A message of the contract: any of its fields, as often as may be, with values of their type.
    fn message(&mut self, all: &Contract, name: &str, depth: usize) -> Vec<u8> {
        let mut message = Vec::new();
        let Some(kind) = all.get(name) else {
            return message;
        };
        for field in &kind.field {
            let times = match self.next() % 4 {
                0 | 1 => 0,
                2 => 1,
                _ => 1 + self.next() % 3,
            };
            for _ in 0..times {
                self.field(all, field, depth, &mut message);
            }
        }
        message
    }

    fn field(
        &mut self,
        all: &Contract,
        field: &FieldDescriptorProto,
        depth: usize,
        message: &mut Vec<u8>,
    ) {
        let tag = u64::try_from(field.number()).unwrap() << 3;
        let delimited = |bytes: &[u8], message: &mut Vec<u8>| {
            encode_varint(tag | 2, message);
            encode_varint(bytes.len() as u64, message);
            message.extend(bytes);
        };
        match field.r#type() {
            Type::Double => {
                let value = match self.next() % 4 {
                    0 => [f64::NAN, f64::INFINITY, -1.0, 1e300][self.next() as usize % 4],
                    _ => (self.next() % 1000) as f64 / 10.0,
                };
                encode_varint(tag | 1, message);
                message.extend(value.to_le_bytes());
            }
            Type::String => {
                let any = self.bytes(40);
                let any = String::from_utf8_lossy(&any);
                let text = match self.next() % 9 {
                    0 => &any,
                    1 => "2024-13-45",
                    2 => "2023-06",
                    3 => "2020-01-31",
                    4 => "\u{202e}\u{0}\u{1b}[31m年",
                    5 => "theta",
                    6 => "*",
                    7 => "CHN",
                    _ => "USA.CHN.M.TOTAL.USD",
                };
                delimited(text.as_bytes(), message);
            }
            Type::Bytes => {
                let bytes = self.bytes(100);
                delimited(&bytes, message);
            }
            Type::Message if depth < 4 => {
                let inner = self.message(all, field.type_name(), depth + 1);
                delimited(&inner, message);
            }
            Type::Message => {}
            _ => {
                let value = match self.next() % 4 {
                    0 => u64::MAX,
                    1 => self.next() << 20,
                    _ => self.next() % 20,
                };
                encode_varint(tag, message);
                encode_varint(value, message);
            }
        }
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
    let contract = messages();
    for (path, request) in requests() {
        for round in 0..rounds {
            let messages = (0..1 + numbers.next() % 3).map(|_| match round % 8 {
                0 => numbers.bytes(200),
                _ => numbers.message(&contract, &request, 0),
            });
            let messages = messages.collect();
            let answer = call(&channel, &path, &[], messages);
            let code = match tokio::time::timeout(LONG, answer).await {
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
    let mut silent: Vec<TcpStream> = (0..50)
        .map(|_| TcpStream::connect(&server.address).unwrap())
        .collect();
    // One that trickles is no better.
    silent[0].write_all(b"PRI * HTTP").unwrap();
    for stream in &mut silent {
        stream.set_read_timeout(Some(LONG)).unwrap();
        match stream.read(&mut [0; 64]) {
            Ok(0) => {}
            Err(reset) if reset.kind() == ErrorKind::ConnectionReset => {}
            other => panic!("still connected: {other:?}"),
        }
    }
    serves(&server).await;
}

#[tokio::test]
async fn connections_beyond_the_limit_are_refused_and_those_before_are_served() {
    let server = Server::with(&["--max-connections", "8"]);
    let first = server.connect().await;
    let held: Vec<TcpStream> = (0..20)
        .map(|_| TcpStream::connect(&server.address).unwrap())
        .collect();
    let mut health = HealthClient::new(first);
    health.check(HealthCheckRequest::default()).await.unwrap();
    let refused = || {
        let refused = held.iter().filter(|stream| {
            stream
                .set_read_timeout(Some(Duration::from_millis(50)))
                .unwrap();
            matches!((&**stream).read(&mut [0; 8]), Ok(0))
        });
        refused.count()
    };
    let begun = Instant::now();
    while refused() < 13 && begun.elapsed() < LONG {
        health.check(HealthCheckRequest::default()).await.unwrap();
    }
    assert_eq!(refused(), 13);
    drop(held);
    // It sees before long that they have left.
    let endpoint = Endpoint::from_shared(format!("http://{}", server.address)).unwrap();
    let begun = Instant::now();
    loop {
        if let Ok(channel) = endpoint.connect().await
            && HealthClient::new(channel)
                .check(HealthCheckRequest::default())
                .await
                .is_ok()
        {
            break;
        }
        assert!(begun.elapsed() < LONG, "no place is free");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
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
pub(crate) fn cpu(pid: u32) -> u64 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let after = stat.rsplit_once(") ").unwrap().1;
    let fields: Vec<&str> = after.split(' ').collect();
    fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap()
}
