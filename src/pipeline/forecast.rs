//! The forecast of one series: its projection and its growth.

use super::failure::ForecastError;
use super::request::ForecastRequest;
use crate::growth::{Band, GrowthEstimate, GrowthMeasure, HistoryAndDraws};
use crate::projection::{
    DrawnForecast, Evaluation, FittedForecast, Member, PanelModel, SeasonalFactors,
};
use crate::trade::{Month, Series, Span, seeded_hash};
use crate::work::checkpoint;

/// The forecast of one series.
#[derive(Debug, Clone, PartialEq)]
pub struct SeriesForecast {
    /// The series' name.
    pub id: String,
    /// The first month of its history.
    pub first: Month,
    /// The last month of its history.
    pub last: Month,
    /// Number of gaps in the history, in months.
    pub gaps: usize,
    /// The method, and the member where one was chosen.
    pub method: String,
    /// The weight of each member.
    pub weights: Vec<(Member, f64)>,
    /// Special treatment of the series (gaps, outliers, level shifts), in words.
    pub notes: Vec<String>,
    /// One entry a month ahead.
    pub points: Vec<ForecastPoint>,
    /// The growth of each calendar year that the horizon completes.
    pub years: Vec<GrowthEstimate>,
    /// The accuracy at the series' own rolling origins.
    pub evaluation: Evaluation,
    /// For each requested level, the share of months at these origins whose value lay within the
    /// interval; empty without origins.
    pub coverage: Vec<(f64, f64)>,
}

/// One month ahead.
#[derive(Debug, Clone, PartialEq)]
pub struct ForecastPoint {
    /// The month.
    pub month: Month,
    /// The forecast, in the unit of the series.
    pub value: f64,
    /// Central intervals around it.
    pub bands: Vec<Band>,
    /// The seasonal naive forecast.
    pub naive: f64,
    /// Growth at this month, of the requested measures that can be computed.
    pub readings: Vec<GrowthEstimate>,
}

/// Forecast `series` and draw its paths, whatever is read of them.
///
/// # Errors
/// Why the series cannot be projected.
pub(super) fn draw(
    series: &Series<'_>,
    model: &PanelModel,
    request: &ForecastRequest,
) -> Result<DrawnForecast, ForecastError> {
    let fitted = FittedForecast::with_events(series, model, &request.events.of(series.id()))?;
    let seed = seeded_hash(request.seed, series.id());
    Ok(DrawnForecast::draw(&fitted, request.paths, seed))
}

/// Read what `request` asks of a forecast of `series` that was made with `model`.
pub(super) fn read(
    drawn: &DrawnForecast,
    series: &Series<'_>,
    model: &PanelModel,
    request: &ForecastRequest,
) -> SeriesForecast {
    let future = HistoryAndDraws {
        history: series,
        point: &drawn.point,
        naive: &drawn.naive,
        paths: &drawn.paths,
    };
    let adjusted = request.measures.iter().any(|m| m.is_adjusted());
    let season = adjusted.then(|| SeasonalFactors::of(series)).flatten();
    let (points, years) = read_months(&future, season.as_ref(), request);
    let levels = request.levels.iter();
    SeriesForecast {
        id: series.id().to_owned(),
        first: series.first(),
        last: series.last(),
        gaps: series.gaps(),
        method: drawn.method.clone(),
        weights: drawn.weights.clone(),
        notes: drawn.notes.clone(),
        years,
        evaluation: drawn.evaluation.clone(),
        coverage: levels
            .filter_map(|level| Some((*level, drawn.coverage(model, *level)?)))
            .collect(),
        points,
    }
}

/// Read the months ahead, and the growth of the calendar years that they complete.
pub(super) fn read_months(
    future: &HistoryAndDraws<'_>,
    season: Option<&SeasonalFactors>,
    request: &ForecastRequest,
) -> (Vec<ForecastPoint>, Vec<GrowthEstimate>) {
    let month = |k: usize| future.history.last().forward(k + 1);
    let bands = |month: Month| {
        let value = future.value(Span::month(month), &request.levels);
        value.map_or_else(Vec::new, |value| value.bands)
    };
    // Readings of the same sums are the same: a year to date in December is that of the year.
    let is_same = |reading: &GrowthEstimate, measure: GrowthMeasure, span: Span| {
        let plain = !reading.measure.is_adjusted() && !measure.is_adjusted();
        reading.span == span && (reading.measure == measure || plain)
    };
    let mut points: Vec<ForecastPoint> = Vec::with_capacity(future.point.len());
    for k in 0..future.point.len() {
        let month = month(k);
        let mut readings: Vec<GrowthEstimate> = Vec::with_capacity(request.measures.len());
        for measure in &request.measures {
            checkpoint();
            let before = points.last().map_or(&[][..], |point| &point.readings);
            let mut known = readings.iter().chain(before);
            let span = measure.span(month);
            let reading = match known.find(|reading| is_same(reading, *measure, span)) {
                Some(same) => Some(GrowthEstimate {
                    measure: *measure,
                    ..same.clone()
                }),
                None => future.read_with(season, *measure, month, &request.levels),
            };
            readings.extend(reading);
        }
        points.push(ForecastPoint {
            month,
            value: future.point[k],
            bands: bands(month),
            naive: future.naive[k],
            readings,
        });
    }
    let decembers = points.iter().filter(|point| point.month.of_year() == 12);
    let year = |december: &ForecastPoint| {
        let (measure, month) = (GrowthMeasure::Year, december.month);
        let mut known = december.readings.iter();
        let same = known.find(|reading| is_same(reading, measure, measure.span(month)));
        match same {
            Some(same) => Some(GrowthEstimate {
                measure,
                ..same.clone()
            }),
            None => future.read(measure, month, &request.levels),
        }
    };
    let years = decembers.filter_map(year).collect();
    (points, years)
}
