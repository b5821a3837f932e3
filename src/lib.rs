//! tradecast.
pub mod catalog;
pub mod ingest;
pub mod models;
pub mod trade;
