//! Benchmark of the service as a whole, over loopback: forecasts that were computed before, next
//! to a bare tonic server that replays the very same messages; and forecasts that are computed,
//! next to the same in this process.
//!
//! `cargo bench --bench serving` prints throughput, latency and processor time, and their ratios.
//! `TRADECAST_BENCH_SECONDS=2` sets the length of each round; with `TRADECAST_BOUNDS` set, a ratio
//! below its bound fails the run.

use futures_util::future::BoxFuture;
use futures_util::stream::{self, BoxStream};
use rayon::prelude::*;
use std::convert::Infallible;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tonic::body::Body;
use tonic::codec::CompressionEncoding::Gzip;
use tonic::codegen::http::{Request as HttpRequest, Response as HttpResponse};
use tonic::server::{Grpc, NamedService, ServerStreamingService};
use tonic::transport::Channel;
use tonic::transport::server::TcpIncoming;
use tonic::{Request, Response, Status};
use tonic_prost::ProstCodec;
use tradecast::catalog::{Catalog, Snapshot, Vintage};
use tradecast::pipeline::{Engine, ForecastRequest};
use tradecast::projection::Method;
use tradecast::service::pb;
use tradecast::service::pb::forecast_service_client::ForecastServiceClient;

/// The same allocator as the program.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

const KEY: &str = "USA.MEX.M.TOTAL.USD";
/// The argument of the process that is the bare server, before the address of the real one.
const BARE: &str = "bare-server";
/// Rounds of the real server and the bare one in turn: many and short, so that what else the
/// machine does meets both, and the ratio is the middle one.
const ROUNDS: usize = 9;
/// Streams at a time, and the least share of the bare server's throughput.
const WARM: [(usize, f64); 3] = [(1, 0.5), (64, 0.6), (512, 0.6)];
/// Calls whose forecasts are computed, each of all bundled series, and the least share of the speed
/// in this process.
const COLD: (u64, f64) = (100, 0.75);
/// The ticks of `/proc/PID/stat` in a second.
const TICKS: f64 = 100.0;

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// A bare tonic service that answers every call with the same messages.
#[derive(Clone)]
struct Replay(Arc<Vec<pb::StreamForecastsResponse>>);

impl NamedService for Replay {
    const NAME: &'static str = "tradecast.v1.ForecastService";
}

impl tower::Service<HttpRequest<Body>> for Replay {
    type Response = HttpResponse<Body>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: HttpRequest<Body>) -> Self::Future {
        let handler = self.clone();
        Box::pin(async move {
            let codec: ProstCodec<pb::StreamForecastsResponse, pb::StreamForecastsRequest> =
                ProstCodec::default();
            let mut grpc = Grpc::new(codec)
                .accept_compressed(Gzip)
                .send_compressed(Gzip)
                .max_decoding_message_size(4 << 20)
                .max_encoding_message_size(16 << 20);
            Ok(grpc.server_streaming(handler, request).await)
        })
    }
}

impl ServerStreamingService<pb::StreamForecastsRequest> for Replay {
    type Response = pb::StreamForecastsResponse;
    type ResponseStream = BoxStream<'static, Result<Self::Response, Status>>;
    type Future = BoxFuture<'static, Result<Response<Self::ResponseStream>, Status>>;

    fn call(&mut self, _: Request<pb::StreamForecastsRequest>) -> Self::Future {
        let messages = Arc::clone(&self.0);
        let each = (0..messages.len()).map(move |k| Ok(messages[k].clone()));
        let stream: Self::ResponseStream = Box::pin(stream::iter(each));
        Box::pin(async move { Ok(Response::new(stream)) })
    }
}

/// Serve what the server at `address` answers, until killed. The settings of HTTP/2 are its own.
async fn serve_bare(address: &str) -> Result<(), Failure> {
    let messages = forecast(&mut connect(address).await?, 7).await?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("listening on {}", listener.local_addr()?);
    tonic::transport::Server::builder()
        .http2_keepalive_interval(Some(Duration::from_secs(20)))
        .http2_keepalive_timeout(Some(Duration::from_secs(10)))
        .max_concurrent_streams(256)
        .initial_stream_window_size(256 << 10)
        .initial_connection_window_size(64 << 20)
        .add_service(Replay(Arc::new(messages)))
        .serve_with_incoming(TcpIncoming::from(listener).with_nodelay(Some(true)))
        .await?;
    Ok(())
}

/// A server process, ended with this value.
struct Process {
    child: Child,
    address: String,
}

impl Process {
    fn start(program: &Path, arguments: &[&str]) -> Result<Self, Failure> {
        let mut child = Command::new(program)
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let out = child.stdout.take().ok_or("a server without output")?;
        let line = BufReader::new(out).lines().next();
        let line = line.ok_or("a server that ended")??;
        let address = line.strip_prefix("listening on ");
        let address = address.ok_or("a server without an address")?.to_owned();
        Ok(Self { child, address })
    }

    /// Return the processor time so far, in seconds.
    fn processor(&self) -> f64 {
        processor(self.child.id())
    }
}

/// Return the processor time of a process so far, in seconds.
fn processor(process: u32) -> f64 {
    let read = || {
        let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
        let fields: Vec<&str> = stat.rsplit_once(") ")?.1.split(' ').collect();
        Some(fields.get(11)?.parse::<f64>().ok()? + fields.get(12)?.parse::<f64>().ok()?)
    };
    read().map_or(f64::NAN, |ticks| ticks / TICKS)
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

type Client = ForecastServiceClient<Channel>;

async fn connect(address: &str) -> Result<Client, Failure> {
    let endpoint = Channel::from_shared(format!("http://{address}"))?;
    Ok(ForecastServiceClient::new(endpoint.connect().await?))
}

async fn forecast(
    client: &mut Client,
    seed: u64,
) -> Result<Vec<pb::StreamForecastsResponse>, Status> {
    forecasts(client, vec![KEY.to_owned()], seed).await
}

async fn forecasts(
    client: &mut Client,
    series: Vec<String>,
    seed: u64,
) -> Result<Vec<pb::StreamForecastsResponse>, Status> {
    let request = pb::StreamForecastsRequest {
        series,
        horizon: 12,
        seed,
        ..Default::default()
    };
    let mut stream = client.stream_forecasts(request).await?.into_inner();
    let mut messages = Vec::new();
    while let Some(message) = stream.message().await? {
        messages.push(message);
    }
    Ok(messages)
}

/// What a server did in a round.
#[derive(Clone, Copy)]
struct Round {
    a_second: f64,
    /// Milliseconds of processor time of a forecast.
    processor: f64,
    p99: Duration,
}

/// Request the same forecast on so many streams at a time, on four connections.
async fn round(server: &Process, streams: usize, length: Duration) -> Result<Round, Failure> {
    let mut clients = Vec::new();
    for _ in 0..streams.min(4) {
        let mut client = connect(&server.address).await?;
        forecast(&mut client, 7).await?;
        clients.push(client);
    }
    let (begun, before) = (Instant::now(), server.processor());
    let mut workers = JoinSet::new();
    for k in 0..streams {
        let mut client = clients[k % clients.len()].clone();
        workers.spawn(async move {
            let mut times = Vec::new();
            while begun.elapsed() < length {
                let at = Instant::now();
                forecast(&mut client, 7).await?;
                times.push(at.elapsed());
            }
            Ok::<_, Status>(times)
        });
    }
    let mut times = Vec::new();
    while let Some(worker) = workers.join_next().await {
        times.extend(worker??);
    }
    let (took, processor) = (begun.elapsed().as_secs_f64(), server.processor() - before);
    times.sort_unstable();
    Ok(Round {
        a_second: times.len() as f64 / took,
        processor: 1e3 * processor / times.len() as f64,
        p99: times[times.len() * 99 / 100],
    })
}

/// Compare the real server with the bare one; return the ratio of their throughputs.
async fn warm(real: &Process, bare: &Process, streams: usize) -> Result<f64, Failure> {
    let seconds = std::env::var("TRADECAST_BENCH_SECONDS").ok();
    let seconds = seconds.and_then(|s| s.parse().ok()).unwrap_or(0.7);
    let length = Duration::from_secs_f64(seconds);
    let mut rounds = [Vec::new(), Vec::new()];
    for _ in 0..ROUNDS {
        for (server, rounds) in [real, bare].into_iter().zip(&mut rounds) {
            rounds.push(round(server, streams, length).await?);
        }
    }
    let sum = |rounds: &[Round], of: fn(&Round) -> f64| rounds.iter().map(of).sum::<f64>();
    for (name, rounds) in ["tradecast", "bare tonic"].into_iter().zip(&rounds) {
        let n = rounds.len() as f64;
        println!(
            "{streams:>4} streams, {name:<10} {:>7.0} a second, p99 {:>9.2?}, {:.3} ms of \
             processor time each",
            sum(rounds, |r| r.a_second) / n,
            rounds.iter().map(|r| r.p99).max().unwrap_or_default(),
            sum(rounds, |r| r.processor) / n,
        );
    }
    let ratio = |of: fn(&Round) -> f64| {
        let pairs = rounds[0].iter().zip(&rounds[1]);
        let mut ratios: Vec<f64> = pairs.map(|(real, bare)| of(real) / of(bare)).collect();
        ratios.sort_by(f64::total_cmp);
        ratios[ratios.len() / 2]
    };
    let throughput = ratio(|r| r.a_second);
    println!(
        "{streams:>4} streams: {throughput:.2} of the bare throughput, {:.2} times its processor \
         time",
        ratio(|r| r.processor)
    );
    Ok(throughput)
}

/// Compare forecasts with draws of their own through the server and in this process, on as many
/// threads; return the ratio of their processor times.
async fn cold(real: &Process, data: &Path) -> Result<f64, Failure> {
    let engine = Engine::new(Catalog::new(Snapshot::new(
        tradecast::ingest::read_folder(data)?,
    )?));
    let keys: Vec<String> = engine.snapshot().keys().map(ToString::to_string).collect();
    let here = |seed: u64| -> Result<(), Failure> {
        let request =
            ForecastRequest::new(12, &[80.0, 95.0], Vintage::Latest, seed, Method::Auto, 1000)?;
        let plan = engine.plan(request).prepare();
        keys.par_iter()
            .try_for_each(|key| plan.run(key).map(drop))?;
        Ok(())
    };
    let mut client = connect(&real.address).await?;
    here(0)?;
    forecasts(&mut client, keys.clone(), 0).await?;
    let (mut of_server, mut of_process) = (0.0, 0.0);
    // In turn, so that what else the machine does slows both.
    let (calls, _) = COLD;
    for part in 0..10 {
        let seeds = 1 + part * calls / 10..=(part + 1) * calls / 10;
        let before = real.processor();
        for seed in seeds.clone() {
            forecasts(&mut client, keys.clone(), 1_000 + seed).await?;
        }
        of_server += real.processor() - before;
        let before = processor(std::process::id());
        for seed in seeds {
            here(1_000 + seed)?;
        }
        of_process += processor(std::process::id()) - before;
    }
    println!(
        "{} forecasts computed: {:.2} ms of processor time through the service, {:.2} ms in this \
         process: {:.2}",
        keys.len(),
        1e3 * of_server / calls as f64,
        1e3 * of_process / calls as f64,
        of_process / of_server
    );
    Ok(of_process / of_server)
}

async fn compare() -> Result<(), Failure> {
    let data = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("data");
    let text = data.to_string_lossy();
    let serve = ["serve", "--listen", "127.0.0.1:0", "--data", &text];
    let real = Process::start(Path::new(env!("CARGO_BIN_EXE_tradecast")), &serve)?;
    let bare = Process::start(&std::env::current_exe()?, &[BARE, &real.address])?;
    let mut short = Vec::new();
    for (streams, bound) in WARM {
        let ratio = warm(&real, &bare, streams).await?;
        if ratio < bound {
            short.push(format!("{streams} streams: {ratio:.2}, not {bound}"));
        }
    }
    let ratio = cold(&real, &data).await?;
    if ratio < COLD.1 {
        short.push(format!("computed: {ratio:.2}, not {}", COLD.1));
    }
    if std::env::var_os("TRADECAST_BOUNDS").is_some() && !short.is_empty() {
        return Err(short.join("; ").into());
    }
    Ok(())
}

fn main() -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.as_slice() {
        [name, address] if name == BARE => runtime.block_on(serve_bare(address)),
        // `cargo test --benches` passes other arguments.
        _ => runtime.block_on(compare()),
    }
}
