//! Outlooks of several days: computed part by part, so that streams send each as it is ready.

use super::ServiceError;
use super::convert::outlook_history::Repeated;
use super::deadline::Deadline;
use super::lanes::{Busy, Job, JobKind};
use super::pb;
use super::shared::Shared;
use super::updates::{Disconnected, UpdateSender};
use super::versions::PinnedEngine;
use crate::pipeline::OutlookRequest;
use crate::pipeline::outlook::{
    OutlookChange, OutlookChangePlan, TrackRecord, TrackRecordPlan, TrackRecordRow,
};
use prost::Message;
use std::collections::VecDeque;
use std::sync::Arc;
use std::thread::available_parallelism;
use time::Date;
use tokio::sync::OwnedSemaphorePermit;

/// About how many bytes a path of an outlook takes: six partners, their flows and sums, five years.
pub(super) const BYTES_A_PATH: u64 = 24 << 10;
/// The most outlooks that are computed at once.
const MOST_AT_ONCE: usize = 8;

/// Outlooks that are admitted to be computed on one snapshot.
struct RepeatedOutlooks {
    pinned: PinnedEngine,
    request: OutlookRequest,
    job: Job,
    /// How many outlooks are computed at once.
    at_once: usize,
    _busy: Busy,
    _memory: OwnedSemaphorePermit,
}

impl RepeatedOutlooks {
    /// Admit the computation of outlooks of a version.
    async fn admit(
        shared: &Shared,
        version: Option<u64>,
        request: OutlookRequest,
        deadline: Deadline,
    ) -> Result<Self, ServiceError> {
        let pinned = shared.engine_at(version).await?;
        let at_once = available_parallelism().map_or(1, usize::from);
        let at_once = at_once.min(MOST_AT_ONCE);
        let job = shared
            .lanes
            .heavy
            .admit(JobKind::Outlook, request.paths(), 1, deadline)?;
        let bytes = BYTES_A_PATH * request.paths() as u64;
        let (at_once, memory) = match shared.memory.reserve(bytes * at_once as u64) {
            Ok(memory) => (at_once, memory),
            // Where that is too much at once, it is done one by one.
            Err(_) => (1, shared.memory.reserve(bytes)?),
        };
        Ok(Self {
            pinned,
            _memory: memory,
            _busy: job.busy(),
            job,
            request,
            at_once,
        })
    }
}

/// Outlooks that are computed part by part: a stream sends each part, a unary call the whole.
pub(super) trait InProgress: Send + Sized {
    /// The message of a stream.
    type Message: Message + 'static;
    /// What all parts are together.
    type Whole;

    /// Return the message that a stream begins with, where there is one.
    fn first(&self) -> Option<Self::Message> {
        None
    }

    /// Compute the next part, and return its messages; `None` at the end.
    fn next(
        &mut self,
    ) -> impl Future<Output = Result<Option<Vec<Self::Message>>, ServiceError>> + Send;

    /// Put the parts together.
    ///
    /// # Errors
    /// They make no whole.
    fn end(self) -> Result<Self::Whole, ServiceError>;

    /// Compute all parts.
    ///
    /// # Errors
    /// One of them failed, or they make no whole.
    fn whole(mut self) -> impl Future<Output = Result<Self::Whole, ServiceError>> + Send {
        async move {
            while self.next().await?.is_some() {}
            self.end()
        }
    }

    /// Compute all parts, and send each as it is ready.
    ///
    /// # Errors
    /// The client has left, or does not read.
    fn stream(
        mut self,
        sender: &UpdateSender<Self::Message>,
    ) -> impl Future<Output = Result<(), Disconnected>> + Send {
        async move {
            let mut messages: Vec<Self::Message> = self.first().into_iter().collect();
            loop {
                for message in messages {
                    sender.send(message).await?;
                }
                messages = match self.next().await {
                    Ok(Some(messages)) => messages,
                    Ok(None) => return Ok(()),
                    Err(error) => {
                        sender.fail(error).await;
                        return Ok(());
                    }
                };
            }
        }
    }
}

/// A track record that is being computed, the latest day first.
pub(super) struct RecordInProgress {
    of: RepeatedOutlooks,
    plan: Arc<TrackRecordPlan>,
    /// Days that are left, oldest first.
    left: Vec<Date>,
    /// Rows that are computed, the latest first; `None` of days without an outlook.
    rows: VecDeque<Option<TrackRecordRow>>,
}

impl RecordInProgress {
    /// Find the days of a record.
    pub(super) async fn new(
        shared: &Shared,
        (version, request, from): Repeated,
        deadline: Deadline,
    ) -> Result<Self, ServiceError> {
        let of = RepeatedOutlooks::admit(shared, version, request, deadline).await?;
        let (snapshot, request) = (of.pinned.snapshot(), of.request.clone());
        let plan = move || TrackRecordPlan::new(&snapshot, &request, from);
        let plan = Arc::new(of.job.run(plan).await??);
        Ok(Self {
            of,
            left: plan.days().to_vec(),
            plan,
            rows: VecDeque::new(),
        })
    }

    /// Return the message of row `row`, after `done` days.
    fn message(
        &self,
        done: usize,
        row: Option<&TrackRecordRow>,
    ) -> pb::StreamOutlookRecordResponse {
        let count = |days| i32::try_from(days).unwrap_or(i32::MAX);
        pb::StreamOutlookRecordResponse {
            days: count(self.plan.days().len()),
            done: count(done),
            row: row.map(Into::into),
        }
    }
}

impl InProgress for RecordInProgress {
    type Message = pb::StreamOutlookRecordResponse;
    type Whole = TrackRecord;

    fn first(&self) -> Option<Self::Message> {
        Some(self.message(0, None))
    }

    /// Compute the outlooks of the next days.
    async fn next(&mut self) -> Result<Option<Vec<Self::Message>>, ServiceError> {
        let before = self.rows.len();
        // The first row comes alone, so that it is there soon.
        let count = if before == 0 { 1 } else { self.of.at_once };
        let days = self.left.split_off(self.left.len().saturating_sub(count));
        if days.is_empty() {
            self.of.job.finish();
            return Ok(None);
        }
        let (pinned, request) = (&self.of.pinned, &self.of.request);
        let kept = |day: &Date| Some((*day, pinned.kept_record_row(request, *day)?));
        let mut found: Vec<(Date, Option<TrackRecordRow>)> = days.iter().filter_map(kept).collect();
        let missing = days
            .iter()
            .filter(|day| !found.iter().any(|(of, _)| of == *day));
        let missing: Vec<Date> = missing.copied().collect();
        if !missing.is_empty() {
            let (plan, days) = (Arc::clone(&self.plan), missing.clone());
            let rows = self.of.job.run(move || plan.rows(&days)).await??;
            for (day, row) in missing.into_iter().zip(rows) {
                pinned.keep_record_row(request.clone(), day, row.clone());
                found.push((day, row));
            }
        }
        found.sort_by_key(|(day, _)| std::cmp::Reverse(*day));
        self.rows.extend(found.into_iter().map(|(_, row)| row));
        let new = self.rows.iter().enumerate().skip(before);
        let message = |(k, row): (usize, &Option<_>)| self.message(k + 1, row.as_ref());
        Ok(Some(new.map(message).collect()))
    }

    fn end(self) -> Result<TrackRecord, ServiceError> {
        Ok(self.plan.record(self.rows.into_iter().rev().collect())?)
    }
}

/// A comparison of outlooks that is being computed, cause by cause.
pub(super) struct ChangeInProgress {
    of: RepeatedOutlooks,
    plan: Arc<OutlookChangePlan>,
    /// Medians of the steps that are computed.
    growth: Vec<f64>,
    /// The change as far as it is known.
    change: Arc<OutlookChange>,
    since: Date,
}

impl ChangeInProgress {
    /// Find the causes of a change.
    pub(super) async fn new(
        shared: &Shared,
        (version, request, since): Repeated,
        deadline: Deadline,
    ) -> Result<Self, ServiceError> {
        let of = RepeatedOutlooks::admit(shared, version, request, deadline).await?;
        let (snapshot, request) = (of.pinned.snapshot(), of.request.clone());
        let plan = move || OutlookChangePlan::new(&snapshot, &request, since);
        let plan = Arc::new(of.job.run(plan).await??);
        Ok(Self {
            of,
            change: Arc::new(plan.change(&[])),
            plan,
            growth: Vec::new(),
            since,
        })
    }

    /// Return the message of the change as far as it is known.
    fn message(&self) -> pb::StreamOutlookChangeResponse {
        pb::StreamOutlookChangeResponse {
            change: Some(self.change.as_ref().into()),
            causes: i32::try_from(self.plan.steps() - 1).unwrap_or(i32::MAX),
        }
    }
}

impl InProgress for ChangeInProgress {
    type Message = pb::StreamOutlookChangeResponse;
    type Whole = Arc<OutlookChange>;

    /// Compute the next causes.
    async fn next(&mut self) -> Result<Option<Vec<Self::Message>>, ServiceError> {
        let (from, all) = (self.growth.len(), self.plan.steps());
        if from == all {
            self.of.job.finish();
            return Ok(None);
        }
        let (pinned, request) = (&self.of.pinned, &self.of.request);
        if let Some(kept) = pinned.kept_change(request, self.since) {
            self.growth.resize(all, f64::NAN);
            self.change = kept;
            return Ok(Some(vec![self.message()]));
        }
        let plan = Arc::clone(&self.plan);
        let to = all.min(from + self.of.at_once);
        let growth = self.of.job.run(move || plan.growth(from..to)).await??;
        self.growth.extend(growth);
        self.change = Arc::new(self.plan.change(&self.growth));
        if to == all {
            pinned.keep_change(request.clone(), &self.change);
        }
        Ok(Some(vec![self.message()]))
    }

    fn end(self) -> Result<Arc<OutlookChange>, ServiceError> {
        Ok(self.change)
    }
}
