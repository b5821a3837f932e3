//! The tables of single publishers, laid out for readers: titles above the header, names in place
//! of codes, months in words, months or years in columns, footnotes below.
//!
//! A file describes the layout of one publisher. What they share is in `cell` (a figure of a cell),
//! `period` (periods in words), `label` (areas and products by their names), `part_sums`
//! (sums of rows) and `year_rows` (a year a row, a month a column).

pub(super) mod baci;
mod cell;
pub(super) mod census_table;
mod comex_files;
pub(super) mod comex_stat;
pub(super) mod data_web;
pub(super) mod easy_comext;
pub(super) mod inegi;
pub(super) mod japan;
mod label;
mod part_sums;
mod period;
pub(super) mod singstat;
pub(super) mod statcan;
pub(super) mod trade_stat;
pub(super) mod un_data;
pub(super) mod usa_trade_online;
pub(super) mod wits;
mod year_rows;
