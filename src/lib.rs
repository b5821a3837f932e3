//! tradecast.
pub mod backtest;
pub mod catalog;
pub mod cli;
pub mod features;
pub mod growth;
pub mod ingest;
pub mod models;
pub mod pipeline;
pub mod projection;
pub mod report;
pub mod service;
pub mod trade;
