//! Who may call what: credentials, the role that each gives, and the role that each method needs.

mod admit;
mod api_keys;
mod control;
mod error;
mod grant;
mod role;
mod tokens;

pub(super) use admit::{admit, admit_admin};
pub use api_keys::ApiKey;
pub(super) use control::AccessControl;
pub use control::AccessSettings;
pub use error::AccessError;
pub(super) use grant::Grant;
pub use role::Role;
pub(super) use role::is_write;
