//! Forecasts of trade series and of their growth on the year before, with intervals.
//!
//! The rooms, in reading order; each imports only those earlier in the list.
//!
//! - [`work`]: computations that end early where nobody waits for them
//! - [`trade`]: months, spans, series keys, units, releases, the hierarchy of sums, calendars
//! - [`ingest`]: files in, figures out; every refusal names file, row and column
//! - [`feeds`]: official services, one query a file
//! - [`store`]: an append-only Delta Lake table of figures, by as-of date and by version
//! - [`catalog`]: one immutable frame, each series a borrowed slice
//! - [`features`]: the columns that a regression uses for a month
//! - [`models`]: regressions, smoothing, disaggregation; sees numbers, never a series
//! - [`projection`]: point forecasts, intervals, joint draws
//! - [`reconcile`]: draws of many series made to add up
//! - [`growth`]: every growth measure; never fits a model
//! - [`pipeline`]: requests planned on a snapshot, prepared and run
//! - [`backtest`]: rolling origins, scores, gates
//! - [`report`]: one renderer a format, over domain values
//! - [`service`]: the only room that knows gRPC
//! - [`cli`]: arguments, settings, calls
//!
//! No room later than [`store`] touches a disk, except [`cli`] and the files that [`service`]
//! stores while they arrive. `ARCHITECTURE.md` has the invariants and says where to change what.

#![forbid(unsafe_code)]

pub mod work;

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
