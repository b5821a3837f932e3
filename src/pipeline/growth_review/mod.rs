//! Reviews of growth that has happened: monthly series, published spans, contributions, records,
//! contradictions.

mod decomposition;
mod monthly;
mod published;
mod result;
mod review;

pub use result::{
    ExchangeBasis, ExchangeEffect, GrowthDecomposition, GrowthReview, GrowthReviewError,
    MonthlyReview, ObservedGrowth, PublishedSpan, RecordReview,
};
pub use review::growth_review;
