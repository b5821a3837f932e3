//! The binary: all it does is in the library's `cli`.

/// Gives back to the system what it no longer needs: a service that follows a store drops a whole snapshot at every commit.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    tradecast::cli::main()
}
