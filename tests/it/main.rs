//! The whole program as its users meet it: the binary, over the wire and on the command line.

#[cfg(target_os = "linux")]
mod abandoned;
mod batch;
mod batch_files;
mod bucket;
mod bundled;
mod calibration;
mod cli;
mod commands;
mod customs_tables;
mod delivery;
mod documents;
mod forecast;
mod gates;
mod growth;
mod import;
mod import_cases;
mod json_output;
#[cfg(target_os = "linux")]
mod memory;
#[cfg(target_os = "linux")]
mod neighbours;
mod network;
mod operations;
mod outlook;
mod outlook_panel;
#[cfg(target_os = "linux")]
mod overload;
mod page;
mod python;
mod reference;
mod report;
mod rules;
mod server;
mod serving;
mod shell;
mod slow_readers;
mod standpoints;
mod store;
mod tables;
mod watch;
mod why;
mod wire;
