//! Between the wire and the domain, one file for each kind of call.
//!
//! Requests come inward by `TryFrom`, which is the validation and names the field that it refuses;
//! the client writes a checked request by `From`. Results go outward by conversions that cannot
//! fail; the client reads them by `TryFrom`, whose error names the field that it cannot read.

mod area;
pub mod backtest;
mod contradiction;
mod decode;
mod estimates;
mod events;
pub mod explain;
pub mod fields;
mod file_mapping;
pub mod forecast;
pub mod growth;
pub mod outlook;
pub(super) mod outlook_history;
mod regressors;
#[cfg(test)]
mod round_trip_test;
pub mod scenario;
pub mod series;

pub use decode::DecodeError;

#[cfg(test)]
pub(in crate::service) mod test_fields {
    use crate::service::status::ServiceError;

    /// The field that an error names.
    pub(in crate::service) fn field(error: ServiceError) -> &'static str {
        match error {
            ServiceError::Field { field, .. } => field,
            ServiceError::Request(error) => error.field,
            other => panic!("{other} names no field"),
        }
    }
}
