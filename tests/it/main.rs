//! The whole program as its users meet it: the binary, over the wire and on the command line.

mod batch;
mod cli;
mod import;
mod python;
mod server;
mod wire;
