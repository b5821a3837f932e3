//! What operators see: metrics, access lines, the audit log and traces.

pub(super) mod audit;
mod call;
mod layer;
mod methods;
pub mod metrics;
pub mod traces;

pub(super) use audit::WrittenNote;
pub(super) use layer::CallLayer;
