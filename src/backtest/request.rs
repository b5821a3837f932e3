//! The request for a backtest, checked once.

use crate::pipeline::{MAX_HORIZON, RequestError, RequestEvents};
use crate::projection::{Member, Method, NewsOfOthers};
use crate::trade::Regressors;
use std::sync::Arc;

/// Smallest number of months before an origin: fewer leave no twelve-month changes to scale errors
/// by.
pub(super) const MIN_KNOWN: usize = 24;

/// A request for a backtest: every field is within its range.
#[derive(Debug, Clone, PartialEq)]
pub struct BacktestRequest {
    /// Horizon in months, 1 to 120.
    pub(super) horizon: usize,
    /// Number of origins per series, 1 to 120: the latest ones with a whole horizon after them.
    pub(super) origins: usize,
    /// Number of months between origins, 1 to 120.
    pub(super) step: usize,
    /// The methods, the baseline and the seasonal naive among them.
    pub(super) methods: Vec<Method>,
    /// The method that others are tested against.
    pub(super) baseline: Method,
    /// Levels of intervals, each above 0 and below 1, rising.
    pub(super) levels: Vec<f64>,
    /// The one source of randomness.
    pub(super) seed: u64,
    /// Number of joint paths per forecast.
    pub(super) paths: usize,
    /// Events stated of the series.
    pub(super) events: RequestEvents,
    /// The user's own regressors.
    pub(super) regressors: Arc<Regressors>,
    /// Whether the forecasts are returned beside their scores.
    pub(super) keeps_forecasts: bool,
    /// Whether newer months of other series count, where they were public at the origin.
    pub(super) news: NewsOfOthers,
}

impl BacktestRequest {
    /// The yardstick that stands beside every method, and the baseline where none is named.
    pub const NAIVE: Method = Method::Only(Member::SeasonalNaive);

    /// Return a request with levels in percent; no levels mean 80 and 95, no methods the default
    /// one. The baseline and the seasonal naive are added where they are missing.
    ///
    /// # Errors
    /// The first field that is outside its range.
    pub fn new(
        horizon: i64,
        origins: i64,
        step: i64,
        methods: &[Method],
        baseline: Method,
        levels_percent: &[f64],
        seed: u64,
    ) -> Result<Self, RequestError> {
        const PATHS: usize = 500;
        let within = |field: &'static str, value: i64| {
            let checked = usize::try_from(value)
                .ok()
                .filter(|v| (1..=MAX_HORIZON).contains(v));
            checked.ok_or_else(|| RequestError {
                field,
                expected: "expected 1 to 120".to_owned(),
                found: value.to_string(),
            })
        };
        let (horizon, origins, step) = (
            within("horizon", horizon)?,
            within("origins", origins)?,
            within("step", step)?,
        );
        let levels = crate::pipeline::levels(levels_percent)?;
        let mut chosen: Vec<Method> = Vec::new();
        for method in methods.iter().copied().chain([baseline, Self::NAIVE]) {
            if !chosen.contains(&method) {
                chosen.push(method);
            }
        }
        if methods.is_empty() {
            chosen.insert(0, Method::Auto);
        }
        Ok(Self {
            horizon,
            origins,
            step,
            methods: chosen,
            baseline,
            levels,
            seed,
            paths: PATHS,
            events: RequestEvents::default(),
            regressors: Arc::default(),
            keeps_forecasts: false,
            news: NewsOfOthers::Used,
        })
    }

    /// State events of the series. Each origin knows those of its months.
    #[must_use]
    pub fn with_events(self, events: RequestEvents) -> Self {
        Self { events, ..self }
    }

    /// Give regressors that are known through the horizon of each origin.
    #[must_use]
    pub fn with_regressors(self, regressors: Arc<Regressors>) -> Self {
        Self { regressors, ..self }
    }

    /// Return the forecasts beside their scores.
    #[must_use]
    pub fn keeping_forecasts(self, keeps_forecasts: bool) -> Self {
        Self {
            keeps_forecasts,
            ..self
        }
    }

    /// Return the events stated of the series.
    pub fn events(&self) -> &RequestEvents {
        &self.events
    }

    /// Return the user's own regressors.
    pub fn regressors(&self) -> &Regressors {
        &self.regressors
    }

    /// Whether the forecasts are returned beside their scores.
    pub fn keeps_forecasts(&self) -> bool {
        self.keeps_forecasts
    }

    /// Return the request that uses or ignores newer months of other series.
    #[must_use]
    pub fn with_news(self, news: NewsOfOthers) -> Self {
        Self { news, ..self }
    }

    /// Return whether newer months of other series count.
    pub fn news(&self) -> NewsOfOthers {
        self.news
    }

    /// Return how many months ahead.
    pub fn horizon(&self) -> usize {
        self.horizon
    }

    /// Return how many origins each series has at most.
    pub fn origins(&self) -> usize {
        self.origins
    }

    /// Return how many months lie between origins.
    pub fn step(&self) -> usize {
        self.step
    }

    /// Return the methods, the baseline and the seasonal naive among them.
    pub fn methods(&self) -> &[Method] {
        &self.methods
    }

    /// Return the method that others are tested against.
    pub fn baseline(&self) -> Method {
        self.baseline
    }

    /// Return levels of intervals as fractions, rising.
    pub fn levels(&self) -> &[f64] {
        &self.levels
    }

    /// Return the seed of all draws.
    pub fn seed(&self) -> u64 {
        self.seed
    }
}
