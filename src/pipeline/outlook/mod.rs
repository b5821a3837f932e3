//! The outlook for a pair of partners: where the year under way ends, how certain that is, and why.
//!
//! Where the flows have monthly series, these are forecast and reconciled; where there are only
//! figures over spans, months are drawn that agree with them. In both cases every answer is read
//! from one set of joint draws.

mod change;
mod contributions;
mod draws;
mod figures;
mod from_releases;
mod inputs;
mod mirrors;
mod monthly;
mod plan;
#[cfg(test)]
mod plan_tests;
#[cfg(test)]
mod random_tests;
mod request;
mod result;
mod summary;
mod track_record;

pub use change::{ChangeCause, OutlookChange, OutlookChangePlan};
pub(in crate::pipeline) use draws::OutlookDraws;
pub use inputs::OutlookInputs;
pub use plan::{OutlookPlan, PreparedOutlook};
pub use request::OutlookRequest;
pub use result::{
    ObservedContribution, Outlook, OutlookBasis, OutlookError, ProjectedContribution, RateEffect,
    RecordOutlook, SpanLevel, TargetOutlook, YearDraws,
};
pub use track_record::{TrackRecord, TrackRecordPlan, TrackRecordRow};
