//! Scenarios: what changes if a partner, a flow, a series, a regressor or the exchange rate takes
//! another path.
//!
//! A scenario is arithmetic on joint draws. Each draw of the scenario is a draw of the baseline
//! with the shocks applied and all sums added up again. Nothing is drawn or
//! fitted anew, so that every difference between the two is an effect of the shocks. Shocks of
//! regressors need a conditional forecast ([`crate::projection::FittedForecast::assuming`]); it
//! shares its draws with the baseline in the same way.

mod apply;
mod draw;
mod frame;
mod members;
mod reconciled_with;
mod request;
mod result;
mod run;
mod shock;

pub use apply::apply_shocks;
pub use reconciled_with::reconciled_with;
pub use request::{Scenario, ScenarioRunError};
pub use result::{ScenarioResult, ScenarioSeries, ScenarioSummary, SeriesInfo};
pub use run::run_scenario;
pub use shock::{Shock, ShockError, ShockSize, ShockTarget};
