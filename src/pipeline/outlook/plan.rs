//! Plans of outlooks: whether they use monthly forecasts or figures over spans.

use super::draws::OutlookDraws;
use super::inputs::OutlookInputs;
use super::request::OutlookRequest;
use super::result::{Outlook, OutlookError};
use super::{from_releases, monthly, summary};
use crate::catalog::Snapshot;
use crate::growth::{GrowthEstimate, GrowthMeasure};
use crate::pipeline::engine::Engine;
use crate::pipeline::plan::{Plan, PreparedPlan};
use crate::pipeline::request::ForecastRequest;
use crate::trade::Currency;
use std::sync::Arc;

/// The horizon of a forecast that is asked for without one, in months.
const USUAL_HORIZON: usize = 12;

/// A planned outlook: the data that its draws will be based on. Nothing is computed yet.
///
/// ```text
/// OutlookPlan::new(engine, snapshot, request)?.prepare().run()?
/// ```
#[derive(Debug, Clone)]
pub enum OutlookPlan {
    /// Monthly series of the pair reach far enough: they are forecast to the end of the year.
    Monthly {
        /// The figures of the pair.
        inputs: OutlookInputs,
        /// The plan of the forecasts.
        forecasts: Plan,
    },
    /// There are figures over spans alone: months are drawn that agree with them.
    FromReleases {
        /// The figures of the pair.
        inputs: OutlookInputs,
    },
}

/// A planned outlook that can run: the panel model that it needs is fitted.
#[derive(Debug, Clone)]
pub enum PreparedOutlook {
    /// Monthly series of the pair are forecast to the end of the year.
    Monthly {
        /// The figures of the pair.
        inputs: OutlookInputs,
        /// The prepared plan of the forecasts.
        forecasts: PreparedPlan,
    },
    /// Months are drawn that agree with figures over spans.
    FromReleases {
        /// The figures of the pair.
        inputs: OutlookInputs,
    },
}

impl OutlookPlan {
    /// Plan the outlook that `request` asks for on `snapshot`, one of `engine`'s.
    ///
    /// # Errors
    /// [`OutlookError`] where nothing is known of the pair or the request does not fit it.
    pub fn new(
        engine: &Engine,
        snapshot: Arc<Snapshot>,
        request: OutlookRequest,
    ) -> Result<Self, OutlookError> {
        let inputs = OutlookInputs::new(snapshot, request)?;
        if inputs.monthly().is_empty() {
            return Ok(Self::FromReleases { inputs });
        }
        let request = inputs.request();
        // A panel model depends on its horizon. With the usual one the year's months are those of
        // a forecast.
        let horizon = inputs.horizon().max(USUAL_HORIZON);
        let forecast = ForecastRequest::for_outlook(
            horizon,
            &request.levels,
            request.vintage,
            request.seed,
            request.paths,
        );
        Ok(Self::Monthly {
            forecasts: engine.plan_on(Arc::clone(inputs.snapshot()), forecast),
            inputs,
        })
    }

    /// Return the plan of the forecasts that must be prepared first; `None` where none are needed.
    pub fn forecasts(&self) -> Option<&Plan> {
        match self {
            Self::Monthly { forecasts, .. } => Some(forecasts),
            Self::FromReleases { .. } => None,
        }
    }

    /// Fit the panel model where the outlook needs it.
    pub fn prepare(self) -> PreparedOutlook {
        match self {
            Self::Monthly { inputs, forecasts } => PreparedOutlook::Monthly {
                inputs,
                forecasts: forecasts.prepare(),
            },
            Self::FromReleases { inputs } => PreparedOutlook::FromReleases { inputs },
        }
    }
}

impl PreparedOutlook {
    /// Draw jointly and read the outlook from the draws, with the shocks of the request.
    ///
    /// # Errors
    /// [`OutlookError`] where too little is known.
    pub fn run(&self) -> Result<Outlook, OutlookError> {
        self.read(&self.draw()?)
    }

    /// Return what [`PreparedOutlook::run`] returns. Draws from figures over spans that `engine`
    /// keeps are read again: another currency, other levels and shocks draw nothing anew.
    ///
    /// # Errors
    /// [`OutlookError`] where too little is known.
    pub fn run_on(&self, engine: &Engine) -> Result<Outlook, OutlookError> {
        match self {
            Self::Monthly { .. } => self.run(),
            Self::FromReleases { inputs } => {
                let request = inputs.request().clone().of_draws(inputs.drawn());
                let draw = || from_releases::draw(inputs);
                self.read(&*engine.kept_draws(inputs.snapshot(), request, draw)?)
            }
        }
    }

    /// Read the outlook from draws, with the shocks of the request.
    fn read(&self, draws: &OutlookDraws) -> Result<Outlook, OutlookError> {
        let inputs = self.inputs();
        let outlook = summary::summarize(inputs, draws)?;
        let shocks = inputs.request().shocks();
        if shocks.is_empty() {
            return Ok(outlook);
        }
        let of_year = |(_, growth): &(Currency, GrowthEstimate)| {
            growth.measure == GrowthMeasure::Year && growth.span == outlook.year
        };
        let without_shocks = outlook.readings.into_iter().filter(of_year).collect();
        Ok(Outlook {
            without_shocks,
            ..summary::summarize(inputs, &draws.shocked(shocks)?)?
        })
    }

    /// Return what is known of the pair.
    pub fn inputs(&self) -> &OutlookInputs {
        let (Self::Monthly { inputs, .. } | Self::FromReleases { inputs }) = self;
        inputs
    }

    /// Draw the pair's series jointly.
    pub(super) fn draw(&self) -> Result<OutlookDraws, OutlookError> {
        match self {
            Self::Monthly { inputs, forecasts } => monthly::draw(inputs, forecasts.model()),
            Self::FromReleases { inputs } => from_releases::draw(inputs),
        }
    }
}
