//! The binary: everything that it does is in the library's `cli`.

/// The allocator returns memory that is no longer needed within seconds: a service that follows a
/// store drops a whole snapshot at every commit. Other systems keep their own.
#[cfg(target_os = "linux")]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// Settings of the allocator, before it reads those of `_RJEM_MALLOC_CONF`: memory that was freed
/// goes back to the system within a second, and threads keep small allocations only. With its own
/// defaults, a service that many commits reach holds on to half as much again as it needs.
#[cfg(target_os = "linux")]
#[expect(
    unsafe_code,
    reason = "the linker finds these settings by their name, which nothing else defines"
)]
#[unsafe(export_name = "_rjem_malloc_conf")]
pub static ALLOCATOR_SETTINGS: &[u8] = b"dirty_decay_ms:1000,muzzy_decay_ms:0,lg_tcache_max:12\0";

fn main() -> std::process::ExitCode {
    tradecast::cli::main()
}
