//! Listeners: addresses, accepted connections and their limits.

pub(super) mod accept;
pub mod address;
pub(super) mod connection;

pub use address::{AddressError, ListenAddress};
pub(super) use connection::Peer;
