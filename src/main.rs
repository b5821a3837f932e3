//! The binary: all it does is in the library's `cli`.

/// Gives back within seconds what is no longer needed: a service that follows a store drops a whole snapshot at every commit.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> std::process::ExitCode {
    tradecast::cli::main()
}
