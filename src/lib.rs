//! Trade series in, streamed year-on-year growth forecasts out.
//!
//! The rooms, in reading order; each imports only those above it.
//!
//! - [`trade`]: months, spans, series keys, units, releases, calendars
//! - [`ingest`]: files in, figures out; nothing below it but the feeds, the store and the command line touches a disk
//! - [`feeds`]: official services asked for their figures, one query a file
//! - [`store`]: an append-only Delta Lake table of figures, as of a day and as of a version
//! - [`catalog`]: one immutable frame, each series a borrowed slice, as of a day
//! - [`features`]: what a regression sees of a month
//! - [`models`]: the regressions and their neighbours; sees numbers, never a series
//! - [`projection`]: point paths, intervals, joint paths
//! - [`reconcile`]: draws of many series made to add up
//! - [`growth`]: every growth reading; never fits
//! - [`pipeline`]: a request planned on a snapshot, and run
//! - [`backtest`]: rolling origins, scores, gates
//! - [`report`]: results for people and programs
//! - [`service`]: the only room that knows gRPC
//! - [`cli`]: arguments, settings, calls

pub mod trade;

pub mod ingest;

pub mod feeds;

pub mod store;

pub mod catalog;

pub mod features;

pub mod models;

pub mod projection;

pub mod reconcile;

pub mod growth;

pub mod pipeline;

pub mod backtest;

pub mod report;

pub mod service;

pub mod cli;
