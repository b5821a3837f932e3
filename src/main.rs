//! The binary: everything that it does is in the library's `cli`.

/// The allocator returns memory that is no longer needed within seconds: a service that follows a
/// store drops a whole snapshot at every commit. Other systems keep their own.
#[cfg(target_os = "linux")]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> std::process::ExitCode {
    tradecast::cli::main()
}
