//! An immutable snapshot of all figures: one sorted Polars data frame, each series a borrowed slice
//! of its column.
//!
//! A snapshot is replaced as a whole; readers keep the one that they took. Nothing here touches a
//! file.

mod error;
mod fingerprint;
mod known_figures;
mod series;
mod snapshot;
mod vintage;

pub use error::CatalogError;
pub use snapshot::Snapshot;
pub use vintage::{MonthVintage, Vintage};

use arc_swap::ArcSwap;
use std::sync::Arc;

/// The current snapshot, shared by all readers, who never block.
#[derive(Debug)]
pub struct Catalog {
    current: ArcSwap<Snapshot>,
}

impl Catalog {
    /// Return a catalog that starts with `snapshot`.
    pub fn new(snapshot: Snapshot) -> Self {
        Self {
            current: ArcSwap::from_pointee(snapshot),
        }
    }

    /// Return the current snapshot.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.current.load_full()
    }

    /// Replace the current snapshot by `snapshot`.
    pub fn replace(&self, snapshot: Snapshot) {
        self.current.store(Arc::new(snapshot));
    }
}
