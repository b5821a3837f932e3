//! The service as its operators run it: listeners, security, telemetry, drain.

mod admin;
mod any_method;
mod capacity;
mod certificates;
mod config;
mod drain;
mod hostile;
pub(crate) mod http;
mod roles;
mod secrets;
pub(crate) mod soak;
mod systemd;
mod telemetry;
mod tls;
pub(crate) mod web;
