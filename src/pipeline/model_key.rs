//! What a panel model depends on.

use crate::catalog::Vintage;
use crate::projection::{Method, NewsOfOthers};

/// What a panel model depends on: the snapshot (by its number), its vintage, the method, the
/// horizon, and whether newer months of others count.
pub(super) type ModelKey = (u64, Vintage, Method, usize, NewsOfOthers);
