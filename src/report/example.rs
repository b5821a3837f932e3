//! Small results, made by hand, that the tests of all formats render.

use crate::backtest::Score;
use crate::growth::comparison::{Comparison, GrowthShift, Shift};
use crate::growth::{Band, DistributionSummary, GrowthEstimate, GrowthMeasure};
use crate::pipeline::{
    Drivers, Explained, ForecastChange, ForecastPoint, ObservedMonth, Quantity, ScenarioSeries,
    ScenarioSummary, SeriesDetail, SeriesFailure, SeriesForecast, SeriesSummary,
};
use crate::projection::{Driver, Evaluation, ExplainedMonth, Member, MemberShare, Method};
use crate::trade;
use crate::trade::{Currency, Month, Release, SeriesKey, Span};

const KEY: &str = "USA.CHN.M.TOTAL.USD";

fn key() -> SeriesKey {
    SeriesKey::parse(KEY).unwrap()
}

fn month(text: &str) -> Month {
    Month::parse(text).unwrap()
}

fn bands(of: [(f64, f64, f64); 2]) -> Vec<Band> {
    of.map(|(level, lower, upper)| Band {
        level,
        lower,
        upper,
    })
    .to_vec()
}

fn growth(measure: GrowthMeasure, span: &str) -> GrowthEstimate {
    GrowthEstimate {
        measure,
        span: Span::parse(span).unwrap(),
        median: -0.123,
        bands: bands([(0.8, -0.412, 0.404), (0.95, -0.5, 0.6)]),
        share_observed: 0.25,
        naive: 0.0,
    }
}

pub(super) fn forecast() -> SeriesForecast {
    let readings = vec![
        growth(GrowthMeasure::Month, "2026-02"),
        growth(GrowthMeasure::YearToDate, "2026-01-01/P2M"),
        growth(GrowthMeasure::Quarter, "2026-Q1"),
    ];
    SeriesForecast {
        id: KEY.to_owned(),
        first: month("2010-01"),
        last: month("2026-01"),
        gaps: 1,
        method: "auto".to_owned(),
        weights: vec![(Member::SeasonalNaive, 0.25), (Member::DampedHolt, 0.75)],
        notes: vec!["1 month without a figure was bridged".to_owned()],
        points: vec![ForecastPoint {
            month: month("2026-02"),
            value: 381e9,
            bands: bands([(0.8, -123.4e9, 999.4e9), (0.95, -200e9, 999e9)]),
            naive: 380e9,
            readings,
        }],
        years: vec![growth(GrowthMeasure::Year, "2026")],
        evaluation: Evaluation {
            months: 48,
            smape: 7.25,
            mase: 0.625,
            naive_smape: 9.5,
            naive_mase: 1.0,
        },
        coverage: vec![(0.8, 0.8125), (0.95, 0.9375)],
    }
}

pub(super) fn failure() -> SeriesFailure {
    SeriesFailure {
        series: "USA.CHN.N.TOTAL.USD".to_owned(),
        code: 5,
        reason: "UNKNOWN_SERIES".to_owned(),
        message: "there is no such series".to_owned(),
    }
}

pub(super) fn series() -> SeriesDetail {
    let observed = |text: &str, value: Option<f64>, growth: Option<f64>| ObservedMonth {
        month: month(text),
        value,
        growth,
        growth_year_to_date: growth,
    };
    let release = |measure: trade::FigureMeasure, value: f64, rounding: f64| Release {
        key: key(),
        span: Span::parse("2025").unwrap(),
        measure,
        value,
        rounding,
        released_on: trade::month::parse_date("2026-02-05").ok(),
        known_since: None,
        status: "published".to_owned(),
        source: "US Census Bureau, FT-900, exhibit 19".to_owned(),
    };
    SeriesDetail {
        summary: SeriesSummary {
            key: key(),
            unit: Currency::USD,
            months: Some((month("2025-11"), month("2026-01"))),
            observed: 2,
            gaps: 1,
            source: "US Census Bureau, trade in goods with China".to_owned(),
        },
        observations: vec![
            observed("2025-11", Some(21.5e9), Some(-0.2)),
            observed("2025-12", None, None),
            observed("2026-01", Some(22e9), None),
        ],
        releases: vec![
            release(trade::FigureMeasure::Level, 308.4e9, 5e7),
            release(trade::FigureMeasure::ShareOfPartner, 0.09, 5e-4),
        ],
    }
}

pub(super) fn scores() -> Vec<Score> {
    let score = |series: Option<&str>, method: Method| Score {
        series: series.map(str::to_owned),
        method,
        origins: 6,
        months: 72,
        values: [("smape", 7.25), ("mase", 0.625), ("coverage_80", 0.8125)]
            .map(|(name, value)| (name.to_owned(), value))
            .to_vec(),
    };
    vec![
        score(Some(KEY), Method::Auto),
        score(None, Method::Only(Member::SeasonalNaive)),
    ]
}

pub(super) fn scenario() -> (ScenarioSeries, ScenarioSummary) {
    let summary = |median: f64| DistributionSummary {
        median,
        bands: vec![Band {
            level: 0.8,
            lower: median - 1.0,
            upper: median + 1.0,
        }],
    };
    let comparison = |growth: Option<GrowthEstimate>| Comparison {
        measure: GrowthMeasure::Year,
        span: Span::year(2026),
        value: Shift {
            baseline: summary(-312.3e9),
            scenario: summary(-281.1e9),
            change: summary(31.2e9),
        },
        growth: growth.map(|growth| GrowthShift {
            baseline: growth.clone(),
            scenario: growth,
            points: summary(-10.25),
        }),
    };
    let series = ScenarioSeries {
        requested: KEY.to_owned(),
        key: key(),
        last: month("2026-01"),
        derived: false,
        moved: true,
        comparisons: vec![
            comparison(Some(growth(GrowthMeasure::Year, "2026"))),
            comparison(None),
        ],
    };
    let came_to = ScenarioSummary {
        moved: vec![key()],
        unmoved: Vec::new(),
        failures: 1,
    };
    (series, came_to)
}

pub(super) fn explained() -> Explained {
    let names = [
        "observed",
        "level",
        "trend",
        "lags_1_to_3",
        "lags_4_to_11",
        "lags_12_to_13",
        "lags_from_14",
        "season",
        "new_year",
        "working_days",
        "base",
        "limits",
        "to_median",
        "drawn_in",
        "to_mean",
        "zeros",
        "carried_on",
    ];
    let mut by_driver: Vec<(Driver, f64)> = names
        .map(|name| (Driver::parse(name).unwrap(), -63.45))
        .to_vec();
    by_driver.push((Driver::Regressor("oil".into()), 1.0));
    let growth = |measure: GrowthMeasure, span: &str| Drivers {
        measure,
        span: Span::parse(span).unwrap(),
        growth: by_driver.iter().map(|(_, points)| points).sum(),
        by_driver: by_driver.clone(),
        by_member: vec![(Some(Member::DampedHolt), 3.0), (None, -1.0)],
    };
    let change = |quantity: Quantity, unit: f64| ForecastChange {
        quantity,
        before: 10.0 * unit,
        after: 16.0 * unit,
        revisions: unit,
        new_figures: vec![(month("2026-01"), 2.0 * unit)],
        model: 3.0 * unit,
    };
    let december = month("2026-12");
    Explained {
        id: KEY.to_owned(),
        last: month("2026-01"),
        method: "auto".to_owned(),
        weights: vec![(Member::DampedHolt, 1.0)],
        steps: vec![ExplainedMonth {
            month: month("2026-02"),
            value: 22e9,
            base: Some(21e9),
            reference: 21e9,
            shares: vec![MemberShare {
                member: Member::DampedHolt,
                weight: 1.0,
                value: 21.5e9,
                amounts: vec![(Driver::Level, 0.5e9)],
            }],
            post_processing: vec![(Driver::ToMean, 0.5e9)],
        }],
        growth: vec![
            growth(GrowthMeasure::Month, "2026-02"),
            growth(GrowthMeasure::Year, "2026"),
        ],
        changes: vec![
            change(Quantity::Value(december), 1e9),
            change(Quantity::Growth(GrowthMeasure::Year, december), 0.01),
        ],
    }
}
