//! An immutable snapshot of everything that is known: one sorted Polars frame, each series a borrowed slice of its column.
//!
//! A snapshot is swapped whole; whoever reads keeps the one that it took. Nothing in this room touches a file.

mod snapshot;

pub use snapshot::{CatalogError, Snapshot, Vintage};

use arc_swap::ArcSwap;
use std::sync::Arc;

/// The current snapshot, shared by all who read. Readers never block.
#[derive(Debug)]
pub struct Catalog {
    current: ArcSwap<Snapshot>,
}

impl Catalog {
    /// A catalog that starts with `snapshot`.
    pub fn new(snapshot: Snapshot) -> Self {
        Self {
            current: ArcSwap::from_pointee(snapshot),
        }
    }

    /// The snapshot as it stands now.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.current.load_full()
    }

    /// Puts `snapshot` in the place of the current one.
    pub fn replace(&self, snapshot: Snapshot) {
        self.current.store(Arc::new(snapshot));
    }
}
