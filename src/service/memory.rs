//! The memory that the service may use: caches give way to work, and work that does not fit is
//! refused.

use super::ServiceError;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The share of the machine's memory that is used unless stated otherwise.
const SHARE: f64 = 0.8;
/// The limit where the system does not say how much memory it has.
const UNKNOWN: u64 = 4 << 30;
/// The share of the limit that caches may fill up to.
const CACHES_UP_TO: f64 = 0.75;
/// The most bytes of draws of forecasts that are kept.
const MOST_DRAW_BYTES: u64 = 64 << 20;
/// When a refused caller may try again.
const RETRY: Duration = Duration::from_secs(2);
/// Reservations are counted in units of so many bytes.
const UNIT: u64 = 64 << 10;

/// The limit of the process's memory, how much of it is used, and what running work has reserved.
#[derive(Debug)]
pub(super) struct MemoryBudget {
    limit: u64,
    /// Resident bytes of the process at the last look; 0 where the system does not say.
    resident: AtomicU64,
    /// Units that work may still reserve: a quarter of the limit in all.
    free: Arc<Semaphore>,
    /// Bytes that panel models being fitted and versions being loaded come to at most.
    growing: Arc<AtomicU64>,
}

/// Bytes that work in progress comes to, until it is dropped.
#[derive(Debug)]
pub(super) struct Room {
    bytes: u64,
    growing: Arc<AtomicU64>,
}

impl Drop for Room {
    fn drop(&mut self) {
        self.growing.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

impl MemoryBudget {
    /// Return a budget of `limit` bytes.
    pub(super) fn new(limit: u64) -> Self {
        let units = usize::try_from(limit / 4 / UNIT).unwrap_or(Semaphore::MAX_PERMITS);
        Self {
            limit,
            resident: AtomicU64::new(0),
            free: Arc::new(Semaphore::new(units.clamp(1, Semaphore::MAX_PERMITS))),
            growing: Arc::default(),
        }
    }

    /// Return the budget of a service that nobody gives one: four fifths of what its cgroup or the
    /// machine has.
    pub(super) fn of_machine() -> Self {
        let all = limit_bytes();
        Self::new(all.map_or(UNKNOWN, |all| (all as f64 * SHARE) as u64))
    }

    /// Return the limit in bytes.
    pub(super) fn limit(&self) -> u64 {
        self.limit
    }

    /// Return how many bytes of panel models an engine keeps.
    pub(super) fn model_bytes(&self) -> usize {
        usize::try_from(self.limit / 4).unwrap_or(usize::MAX)
    }

    /// Return how many bytes of draws an engine keeps.
    pub(super) fn draw_bytes(&self) -> u64 {
        MOST_DRAW_BYTES.min(self.limit / 16)
    }

    /// Return how many bytes the forecasts that a lane computes at once may take together.
    pub(super) fn lane_bytes(&self) -> u64 {
        self.limit / 16
    }

    /// Look how many bytes the process has, and return whether caches have to give way.
    pub(super) fn look(&self) -> bool {
        let resident = resident_bytes().unwrap_or(0);
        self.resident.store(resident, Ordering::Relaxed);
        metrics::gauge!("tradecast_memory_limit_bytes").set(self.limit as f64);
        metrics::gauge!("tradecast_memory_resident_bytes").set(resident as f64);
        resident as f64 > CACHES_UP_TO * self.limit as f64
    }

    /// Refuse new work while the process is above its limit.
    ///
    /// # Errors
    /// It is.
    pub(super) fn check(&self) -> Result<(), ServiceError> {
        if self.resident() > self.limit {
            return Err(ServiceError::NoMemory { retry: RETRY });
        }
        Ok(())
    }

    /// Reserve `bytes` for work that holds them until the reservation is dropped.
    ///
    /// # Errors
    /// Other work has reserved them, or the process is above its limit, or they are more than all
    /// work together may reserve.
    pub(super) fn reserve(&self, bytes: u64) -> Result<OwnedSemaphorePermit, ServiceError> {
        self.check()?;
        self.check_share(bytes)?;
        if self.resident() + self.growing.load(Ordering::Relaxed) > self.limit {
            return Err(ServiceError::NoMemory { retry: RETRY });
        }
        let units = u32::try_from(bytes.div_ceil(UNIT)).unwrap_or(u32::MAX);
        let reserved = Arc::clone(&self.free).try_acquire_many_owned(units);
        reserved.map_err(|_| ServiceError::NoMemory { retry: RETRY })
    }

    /// Refuse a part of a call that takes more than a quarter of the limit.
    ///
    /// # Errors
    /// It does.
    pub(super) fn check_share(&self, bytes: u64) -> Result<(), ServiceError> {
        let most = self.limit / 4;
        if bytes > most {
            return Err(ServiceError::TooLarge { bytes, most });
        }
        Ok(())
    }

    /// Return room for work that comes to `bytes`, if the process stays below its limit with it;
    /// looks how many bytes it has now.
    ///
    /// # Errors
    /// Not now.
    pub(super) fn room_for(&self, bytes: u64) -> Result<Room, ServiceError> {
        self.look();
        let before = self.growing.fetch_add(bytes, Ordering::Relaxed);
        let growing = Arc::clone(&self.growing);
        let room = Room { bytes, growing };
        if self.resident() + before + bytes > self.limit {
            return Err(ServiceError::NoMemory { retry: RETRY });
        }
        Ok(room)
    }

    fn resident(&self) -> u64 {
        self.resident.load(Ordering::Relaxed)
    }
}

/// Return how much memory a process may have: that of the machine, or of its cgroup if that is
/// less. `None` where the system does not say.
pub fn limit_bytes() -> Option<u64> {
    [machine_bytes(), cgroup_bytes()]
        .into_iter()
        .flatten()
        .min()
}

/// Return how much memory is free, at most what a process may have. `None` where the system does
/// not say.
pub fn available_bytes() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    let free = kibibytes(&text, "MemAvailable:")?;
    Some(limit_bytes().map_or(free, |limit| free.min(limit)))
}

/// Return the limit of the process's cgroup, where it has one.
fn cgroup_bytes() -> Option<u64> {
    [
        "/sys/fs/cgroup/memory.max",
        "/sys/fs/cgroup/memory/memory.limit_in_bytes",
    ]
    .iter()
    .find_map(|file| std::fs::read_to_string(file).ok()?.trim().parse().ok())
}

/// Return the memory of the machine.
fn machine_bytes() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    kibibytes(&text, "MemTotal:")
}

/// Return the resident memory of the process.
fn resident_bytes() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/self/status").ok()?;
    kibibytes(&text, "VmRSS:")
}

/// Return the number of bytes that a line of a file in `/proc` states in kibibytes.
fn kibibytes(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find(|line| line.starts_with(name))?;
    let number: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    number.checked_mul(1 << 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_reserves_a_quarter_and_no_more() {
        let budget = MemoryBudget::new(400 << 20);
        let first = budget.reserve(60 << 20).unwrap();
        let full = budget.reserve(60 << 20).unwrap_err();
        assert!(matches!(full, ServiceError::NoMemory { .. }));
        drop(first);
        let again = budget.reserve(60 << 20);
        assert!(again.is_ok());
        let large = budget.reserve(101 << 20).unwrap_err();
        assert!(matches!(large, ServiceError::TooLarge { .. }));
    }

    #[test]
    fn work_that_grows_has_room_below_the_limit_only() {
        let budget = MemoryBudget::new(1 << 50);
        let half = budget.room_for(1 << 49).unwrap();
        assert!(
            budget.room_for(1 << 49).is_err(),
            "the process has bytes of its own"
        );
        assert!(budget.reserve(1).is_ok());
        drop(half);
        let most = budget.room_for((1 << 50) - (1 << 40)).unwrap();
        drop(most);
        assert_eq!(budget.growing.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn a_process_above_its_limit_takes_no_work() {
        let small = MemoryBudget::new(1 << 20);
        assert!(small.check().is_ok(), "nobody has looked yet");
        if cfg!(target_os = "linux") {
            assert!(small.look());
            assert!(small.check().is_err());
        }
        let large = MemoryBudget::new(1 << 50);
        assert!(!large.look());
        assert!(large.check().is_ok());
    }

    #[test]
    fn the_machine_says_how_much_memory_it_has() {
        let text = "MemTotal:       24689768 kB\nMemFree:  1 kB\n";
        assert_eq!(kibibytes(text, "MemTotal:"), Some(24_689_768 << 10));
        assert_eq!(kibibytes(text, "VmRSS:"), None);
        assert!(MemoryBudget::of_machine().limit() > 64 << 20);
    }
}
