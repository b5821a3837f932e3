//! Forecasts with their draws that are kept: other measures and levels cost only their reading.

use super::model_key::ModelKey;
use crate::projection::DrawnForecast;
use quick_cache::sync::{Cache, DefaultLifecycle, GuardResult};
use quick_cache::{DefaultHashBuilder, OptionsBuilder, Weighter};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// About how many bytes a forecast takes: 1,000 paths over a year, as they were drawn and rising.
const USUAL_BYTES: u64 = 200 << 10;
/// How long to wait for a forecast that another thread draws, before drawing it, too.
const WAIT: Duration = Duration::from_millis(100);

/// What a forecast with its draws depends on: its panel model, series, seed and number of paths.
type DrawKey = (ModelKey, Box<str>, u64, usize);

/// Forecasts with their draws, bounded in bytes.
pub(super) struct KeptDraws(Cache<DrawKey, Arc<DrawnForecast>, DrawnBytes>);

/// Where the draws of a panel model's forecasts are kept.
#[derive(Debug, Clone)]
pub(super) struct PlacedDraws {
    pub(super) model: ModelKey,
    pub(super) draws: Arc<KeptDraws>,
}

impl PlacedDraws {
    /// Return the forecast of a series by a seed and a number of paths, as
    /// [`KeptDraws::find_or_draw`] does.
    ///
    /// # Errors
    /// That of `draw`.
    pub(super) fn find_or_draw<E>(
        &self,
        series: &str,
        (seed, paths): (u64, usize),
        draw: impl FnOnce() -> Result<DrawnForecast, E>,
    ) -> Result<Arc<DrawnForecast>, E> {
        let key = (self.model, series.into(), seed, paths);
        self.draws.find_or_draw(&key, draw)
    }
}

/// The weight of a forecast: the bytes that it takes.
#[derive(Debug, Clone)]
struct DrawnBytes;

impl Weighter<DrawKey, Arc<DrawnForecast>> for DrawnBytes {
    fn weight(&self, _: &DrawKey, drawn: &Arc<DrawnForecast>) -> u64 {
        drawn.bytes() as u64
    }
}

impl KeptDraws {
    /// Return a place for at most `bytes` of forecasts.
    pub(super) fn new(bytes: u64) -> Self {
        let entries = usize::try_from(bytes / USUAL_BYTES).unwrap_or(usize::MAX);
        let options = OptionsBuilder::new()
            .estimated_items_capacity(entries.max(16))
            .weight_capacity(bytes)
            .shards(1)
            .hot_allocation(0.5)
            .build()
            .unwrap_or_else(|error| unreachable!("every option is given: {error}"));
        Self(Cache::with_options(
            options,
            DrawnBytes,
            DefaultHashBuilder::default(),
            DefaultLifecycle::default(),
        ))
    }

    /// Return the forecast that is kept for `key`, or that another thread draws now; else that of
    /// `draw`.
    ///
    /// # Errors
    /// That of `draw`, which is not kept.
    fn find_or_draw<E>(
        &self,
        key: &DrawKey,
        draw: impl FnOnce() -> Result<DrawnForecast, E>,
    ) -> Result<Arc<DrawnForecast>, E> {
        match self.0.get_value_or_guard(key, Some(WAIT)) {
            GuardResult::Value(kept) => Ok(kept),
            GuardResult::Guard(place) => {
                let drawn = Arc::new(draw()?);
                // The place is gone where all forecasts were forgotten meanwhile.
                let _ = place.insert(Arc::clone(&drawn));
                Ok(drawn)
            }
            GuardResult::Timeout => draw().map(Arc::new),
        }
    }

    /// Return the number of forecasts.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Forget all forecasts, and say whether there were any.
    pub(super) fn clear(&self) -> bool {
        let is_any = !self.0.is_empty();
        self.0.clear();
        is_any
    }
}

impl fmt::Debug for KeptDraws {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("KeptDraws");
        debug
            .field("bytes", &self.0.weight())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use crate::catalog::{Catalog, Snapshot, Vintage};
    use crate::growth::GrowthMeasure;
    use crate::pipeline::{Engine, ForecastRequest};
    use crate::projection::Method;
    use std::path::Path;

    #[test]
    fn other_levels_and_measures_are_read_from_the_same_draws() {
        let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("data");
        let figures = || crate::ingest::read_folder(&data).unwrap();
        let catalog = || Catalog::new(Snapshot::new(figures()).unwrap());
        let plain = Engine::new(catalog());
        let keeping = Engine::new(catalog()).with_memory(1 << 30, 1 << 20);
        let key = "USA.CHN.M.TOTAL.USD";
        let request = |levels: &[f64], seed, measures: &[GrowthMeasure]| {
            ForecastRequest::new(12, levels, Vintage::Latest, seed, Method::Auto, 1000)
                .and_then(|request| request.with_measures(measures))
                .unwrap()
        };
        let all = &GrowthMeasure::ALL;
        for (levels, seed, measures, kept) in [
            (&[80.0][..], 7, &all[..1], 1),
            (&[50.0, 99.0], 7, &all[..], 1),
            (&[80.0], 8, &all[..1], 2),
        ] {
            let request = request(levels, seed, measures);
            let expected = plain.plan(request.clone()).prepare().run(key).unwrap();
            let found = keeping.plan(request).prepare().run(key).unwrap();
            assert_eq!(found, expected);
            assert_eq!(keeping.kept_forecasts(), kept);
        }
        // A mebibyte has room for five forecasts at most.
        for seed in 10..20 {
            let plan = keeping.plan(request(&[80.0], seed, &all[..1])).prepare();
            assert!(plan.run(key).is_ok());
        }
        assert!((2..=5).contains(&keeping.kept_forecasts()));
        assert!(keeping.forget());
        assert_eq!(keeping.kept_forecasts(), 0);
    }
}
