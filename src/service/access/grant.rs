//! What a credential grants.

use super::role::Role;
use crate::service::caller::Caller;

/// The caller of a request and what the caller may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::service) struct Grant {
    /// The caller.
    pub(in crate::service) caller: Caller,
    /// What the caller may do.
    pub(in crate::service) role: Role,
}
