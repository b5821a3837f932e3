//! Members, and how their forecasts become one.

pub(super) mod combination;
pub(super) mod error_profile;
pub(super) mod evaluation;
pub(super) mod interval;
pub(super) mod member;
pub(super) mod member_paths;
pub(super) mod method;
pub(super) mod origin_component;
pub(super) mod origin_evaluation;
pub(super) mod panel_errors;
pub(super) mod pooled_fit;
pub(super) mod post_processing;
pub(super) mod suitability;
pub(super) mod weights;
