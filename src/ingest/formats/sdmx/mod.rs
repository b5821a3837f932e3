//! SDMX in its three messages, CSV, XML and JSON, and the tables that are made of them: Eurostat's
//! TSV and the IMF's CSV with a column a period, and JSON-stat.
//!
//! Concepts have other names in each data structure. The table of roles ([`concepts`]) lists those
//! of the trade statistics that are read: IMF IMTS (and the older DOT), Eurostat Comext, OECD
//! bilateral trade, World Bank WITS, and the global structure for merchandise trade (`COMMODITY_1`,
//! `COUNTERPART_AREA_1`). `UNIT_MULT` multiplies a value. The IMF's `SCALE` does not: it is how the
//! portal shows a value that already stands in units.
//!
//! A concept that is neither a role nor a known attribute may break a total down (`SITC`,
//! `TRANSPORT_MODE`, `COUNTERPART_AREA_2`): its observations are read only where it states the
//! total.
//!
//! The code of a product has another meaning in each classification, and only the data flow, or the
//! name of the column, tells which it is: it stands before the code (`CN-27`, `SITC-27`).

mod attribute_groups;
mod classification;
pub(super) mod concepts;
pub(super) mod csv;
pub(super) mod data_browser;
pub(super) mod imf_table;
mod indicator;
pub(super) mod json;
pub(super) mod json_stat;
mod json_structure;
pub(super) mod layout;
pub(super) mod ml;
mod observation;
mod period_columns;
pub(super) mod tsv;

#[cfg(test)]
mod groups_test;
#[cfg(test)]
mod test;
