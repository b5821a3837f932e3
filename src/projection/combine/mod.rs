//! Members and how their forecasts become one.

pub(super) mod interval;
pub(super) mod member;
pub(super) mod method;
pub(super) mod origin_evaluation;
pub(super) mod pooled_fit;
