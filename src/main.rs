//! The binary: all it does is in the library's `cli`.

fn main() -> std::process::ExitCode {
    tradecast::cli::main()
}
