//! From a series to its future: point forecasts, intervals, joint simulated paths.
//!
//! ```text
//! Panel ──Method, horizon──► PanelModel (weights, pooled regressions, how errors grow)
//! Series + PanelModel ──fit──► FittedForecast ──► point forecast, intervals, Paths
//! ```
//!
//! The sub-rooms, in reading order; each imports only those above it.
//!
//! - `history/`: one series up to a forecast origin: transform, gaps, season, known effects
//! - `combine/`: members, their weights, the combination, its post-processing and its intervals
//! - `panel/`: the panel model, and the forecast of one series with it
//! - `joint/`: draws of whole futures, of one series and of several together
//! - `disaggregate/`: monthly draws from figures for spans of months
//! - `explain/`: a point forecast split by what drives it
//!
//! Everything is computed on [`Transform`]ed values and read on the original scale. Randomness
//! comes only from the seeds that callers give.

mod error;

mod history;

mod combine;

mod panel;

mod joint;

mod disaggregate;

mod explain;

pub use combine::evaluation::Evaluation;
pub use combine::member::Member;
pub use combine::method::{CombinationRule, Method, UnknownMethod};
pub use disaggregate::disaggregation::Disaggregation;
pub use disaggregate::donor_prior::{DonorPrior, DonorSeries};
pub use disaggregate::draws::{ConflictingFigure, DisaggregatedDraws, DisaggregationError};
pub use disaggregate::leaf_system::{LeafSystem, SignedSum};
pub use disaggregate::used_figure::UnusedFigure;
pub use error::{MIN_MONTHS, ProjectionError};
pub use explain::driver::Driver;
pub use explain::explained_month::{ExplainedMonth, ForecastExplanation, MemberShare};
pub use history::gaps::check_monthly;
pub use history::seasonal_factors::SeasonalFactors;
pub use history::stated_events::{StatedEvent, StatedEvents};
pub use history::transform::Transform;
pub use joint::drawn_forecast::DrawnForecast;
pub use joint::exchange_rate_paths::rate_paths;
pub use joint::joint_draws::{JointDraws, JointSeries};
pub use joint::joint_forecast::{JointForecast, joint_forecast};
pub use joint::joint_member::JointMember;
pub use joint::paths::Paths;
pub use panel::fitted_forecast::{Assumption, FittedForecast};
pub use panel::forecast_note::ForecastNote;
pub use panel::panel_model::{NewsOfOthers, PanelModel};
pub use panel::stage_cache::StageCache;
