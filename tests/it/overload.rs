//! Four times the work that the machine can do: reads and warm forecasts go on, and what is done
//! is done in time. All traffic is on loopback, and it ends after a while.
//!
//! `TRADECAST_OVERLOAD_SECONDS=60` runs it at full length; with `TRADECAST_BOUNDS` set the bounds
//! are those of an idle machine.

use crate::server::{Server, processor_seconds};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::task::JoinSet;
use tonic::transport::Channel;
use tonic::{Code, Request, Status};
use tradecast::service::pb;
use tradecast::service::pb::catalog_service_client::CatalogServiceClient;
use tradecast::service::pb::forecast_service_client::ForecastServiceClient;

const SERIES: &str = "USA.MEX.M.TOTAL.USD";
/// The deadline of heavy work.
const DEADLINE: Duration = Duration::from_secs(2);
/// How often it is tried until the promises are kept.
const TRIES: usize = 3;
/// More work than the machine can do, this many times.
const TIMES: f64 = 4.0;

/// Forecast with paths of its own, which nobody else has computed.
async fn cold(channel: Channel, seed: u64, deadline: Option<Duration>) -> Result<(), Status> {
    let mut request = Request::new(pb::StreamForecastsRequest {
        series: vec![SERIES.to_owned()],
        paths: 50_000,
        seed,
        ..Default::default()
    });
    if let Some(deadline) = deadline {
        request.set_timeout(deadline);
    }
    let mut client = ForecastServiceClient::new(channel);
    let mut stream = client.stream_forecasts(request).await?.into_inner();
    while stream.message().await?.is_some() {}
    Ok(())
}

/// Read a series, then a forecast that was computed before; return how long each took.
async fn light(channel: Channel) -> [Duration; 2] {
    let begun = Instant::now();
    let request = pb::GetSeriesRequest {
        key: SERIES.to_owned(),
        ..Default::default()
    };
    let mut client = CatalogServiceClient::new(channel.clone());
    client.get_series(request).await.unwrap();
    let read = begun.elapsed();
    let request = pb::StreamForecastsRequest {
        series: vec![SERIES.to_owned()],
        ..Default::default()
    };
    let mut client = ForecastServiceClient::new(channel);
    let mut stream = client.stream_forecasts(request).await.unwrap().into_inner();
    while stream.message().await.unwrap().is_some() {}
    [read, begun.elapsed() - read]
}

fn p99(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times[(times.len() * 99).div_ceil(100) - 1]
}

/// What the machine did at four times its capacity.
struct Overload {
    /// The 99th percentiles of reads and of warm forecasts.
    p99: [Duration; 2],
    /// The part of the capacity that was useful: done in time.
    of_capacity: f64,
    /// The part of the server's processor time that was useful. Work of others on this machine
    /// leaves it alone.
    of_work: f64,
}

impl Overload {
    /// Return whether the promises are kept: on a machine that does nothing else those of
    /// `TRADECAST_BOUNDS`, else generous ones. Without lanes a read took 18.8 s, and 30 % of the
    /// work was useful.
    fn is_borne(&self) -> bool {
        let strict = std::env::var_os("TRADECAST_BOUNDS").is_some();
        let (slowest, useful) = match strict {
            true => (100, self.of_capacity > 0.85),
            false => (2000, self.of_work > 0.4),
        };
        let slowest = Duration::from_millis(slowest);
        useful && self.p99.iter().all(|p99| *p99 < slowest)
    }
}

/// Measure what the machine can do, and send four times as much for a time.
async fn overload(server: &Server, seeds: &Arc<AtomicU64>, length: Duration) -> Overload {
    let channel = server.connect().await;
    // What the machine can do: as many at a time as keep it busy.
    let (begun, before) = (Instant::now(), processor_seconds(server.process()));
    let mut workers = JoinSet::new();
    for _ in 0..4 {
        let (channel, seeds) = (channel.clone(), Arc::clone(seeds));
        workers.spawn(async move {
            let mut done = 0_u32;
            while begun.elapsed() < Duration::from_secs(4) {
                let seed = seeds.fetch_add(1, Ordering::Relaxed);
                cold(channel.clone(), seed, None).await.unwrap();
                done += 1;
            }
            done
        });
    }
    let done: u32 = workers.join_all().await.into_iter().sum();
    let capacity = f64::from(done) / begun.elapsed().as_secs_f64();
    let each = (processor_seconds(server.process()) - before) / f64::from(done);

    let (begun, before) = (Instant::now(), processor_seconds(server.process()));
    let reader = tokio::spawn({
        let channel = server.connect().await;
        async move {
            let mut times = [Vec::new(), Vec::new()];
            while begun.elapsed() < length {
                let took = light(channel.clone()).await;
                times
                    .iter_mut()
                    .zip(took)
                    .for_each(|(all, one)| all.push(one));
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            times
        }
    });
    let mut calls = JoinSet::new();
    let mut arrivals = tokio::time::interval(Duration::from_secs_f64(1.0 / (TIMES * capacity)));
    while begun.elapsed() < length {
        arrivals.tick().await;
        let seed = seeds.fetch_add(1, Ordering::Relaxed);
        calls.spawn(cold(channel.clone(), seed, Some(DEADLINE)));
    }
    let (mut useful, mut refused, mut late) = (0, 0, 0);
    for outcome in calls.join_all().await {
        match outcome.as_ref().map_err(Status::code) {
            Ok(()) => useful += 1,
            Err(Code::ResourceExhausted) => refused += 1,
            // The client's own clock may be first, and calls it cancelled.
            Err(Code::DeadlineExceeded | Code::Cancelled) => late += 1,
            Err(other) => panic!("{other:?}"),
        }
    }
    let of_capacity = f64::from(useful) / (capacity * begun.elapsed().as_secs_f64());
    let work = processor_seconds(server.process()) - before;
    let of_work = f64::from(useful) * each / work;
    let p99 = reader.await.unwrap().map(|mut times| p99(&mut times));
    println!(
        "{capacity:.0} forecasts a second alone; {TIMES} times as many for {length:.0?}: {useful} \
         done in time ({:.0} % of the capacity, {:.0} % of the processor time), {refused} refused \
         at once, {late} late; p99 of GetSeries {:?}, of warm forecasts {:?}",
        100.0 * of_capacity,
        100.0 * of_work,
        p99[0],
        p99[1],
    );
    Overload {
        p99,
        of_capacity,
        of_work,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn four_times_the_capacity_slows_no_read_and_wastes_little() {
    let seconds = std::env::var("TRADECAST_OVERLOAD_SECONDS");
    let seconds = seconds.map_or(8.0, |seconds| seconds.parse().unwrap());
    let server = Server::start();
    let channel = server.connect().await;
    light(channel.clone()).await;
    cold(channel, 1, None).await.unwrap();
    let seeds = Arc::new(AtomicU64::new(2));
    // Tests that run beside this one have the processors at times, and seldom each time.
    for _ in 0..TRIES {
        let length = Duration::from_secs_f64(seconds);
        if overload(&server, &seeds, length).await.is_borne() {
            return;
        }
    }
    panic!("not once in {TRIES} times, see above");
}
