//! Small results, made by hand, that the tests of all formats render.

use crate::backtest::Score;
use crate::backtest::gate::Gates;
use crate::backtest::gate_result::GateResult;
use crate::catalog::Vintage;
use crate::growth::comparison::{Comparison, GrowthShift, Shift};
use crate::growth::{
    Band, ConsistencyRule, Contradiction, ContributionSplit, DistributionSummary, GrowthEstimate,
    GrowthMeasure, PartContribution, RecordStanding, RevisedBase, ValueRange,
};
use crate::pipeline::growth_review::{
    ExchangeBasis, ExchangeEffect, GrowthDecomposition, MonthlyReview, ObservedGrowth,
    PublishedSpan, RecordReview,
};
use crate::pipeline::outlook::{
    ObservedContribution, ProjectedContribution, RateEffect, RecordOutlook, SpanLevel,
    TargetOutlook,
};
use crate::pipeline::{
    Drivers, Explained, ForecastChange, ForecastPoint, GrowthReview, ObservedMonth, Outlook,
    OutlookBasis, Quantity, ScenarioSeries, ScenarioSummary, SeriesDetail, SeriesFailure,
    SeriesForecast, SeriesSummary, SplitBy,
};
use crate::projection::{Driver, Evaluation, ExplainedMonth, Member, MemberShare, Method};
use crate::trade;
use crate::trade::{Currency, Month, Release, SeriesKey, Span, Subject};

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

pub(crate) fn forecast() -> SeriesForecast {
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

pub(crate) fn failure() -> SeriesFailure {
    SeriesFailure {
        series: "USA.CHN.N.TOTAL.USD".to_owned(),
        code: 5,
        reason: "UNKNOWN_SERIES".to_owned(),
        message: "there is no such series".to_owned(),
    }
}

pub(crate) fn series() -> SeriesDetail {
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
        vintages: vec![crate::catalog::MonthVintage {
            month: month("2025-11"),
            public_on: trade::month::parse_date("2026-01-08").unwrap(),
            is_stated: true,
            value: Some(21.4e9),
        }],
    }
}

pub(crate) fn scores() -> Vec<Score> {
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

pub(crate) fn gates() -> Vec<GateResult> {
    let gates = "[[gate]]\nmethod = \"auto\"\nscore = \"mase\"\nseries = \"USA.CHN.M.TOTAL.USD\"\n\
                 at_most = 0.7\n[[gate]]\nmethod = \"seasonal-naive\"\nscore = \"coverage_80\"\n\
                 at_least = 0.9\n[[gate]]\nmethod = \"auto\"\nscore = \"mase\"\nat_most = 1";
    let gates = Gates::parse(gates).expect("the gates above are valid");
    gates.check(&scores())
}

pub(crate) fn scenario() -> (ScenarioSeries, ScenarioSummary) {
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
        notes: Vec::new(),
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

pub(crate) fn explained() -> Explained {
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
        notes: vec!["1 month without a figure was bridged".to_owned()],
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

fn range(lower: f64, upper: f64) -> ValueRange {
    ValueRange { lower, upper }
}

fn contradiction() -> Contradiction {
    let [level, share] = series().releases.try_into().unwrap();
    Contradiction {
        rule: ConsistencyRule::Growth,
        key: key(),
        span: Span::year(2025),
        measure: trade::FigureMeasure::Growth,
        stated: range(0.0315, 0.0325),
        implied: range(0.0257, 0.0257),
        gap: -0.0058,
        figures: vec![level, share],
    }
}

fn exchange() -> ExchangeEffect {
    ExchangeEffect {
        from: Currency::USD,
        to: Currency::CNY,
        span: Span::year(2025),
        growth_from: -0.125,
        growth_to: -0.0625,
        basis: ExchangeBasis::MeanRates,
    }
}

fn revised_base() -> RevisedBase {
    RevisedBase {
        key: key(),
        span: Span::year(2025),
        own: Some(range(352.4e9, 352.6e9)),
        combined: Some(range(352.45e9, f64::INFINITY)),
    }
}

pub(crate) fn growth_review() -> GrowthReview {
    let record = |standing: RecordStanding| RecordReview {
        span: Span::year(2025),
        standing,
        since: Some(Span::year(2023)),
        years: 2,
        unbroken_since: Some(Span::year(2023)),
        largest: Some((Span::year(2024), 438.9e9)),
    };
    let [level, _] = series().releases.try_into().unwrap();
    let part = |name: &str, points: f64| PartContribution {
        name: name.to_owned(),
        points,
    };
    GrowthReview {
        subject: Subject::parse("USA.CHN").unwrap(),
        monthly: vec![MonthlyReview {
            key: key(),
            unit: Currency::USD,
            last: month("2026-01"),
            readings: vec![ObservedGrowth {
                measure: GrowthMeasure::YearToDate,
                span: Span::month(month("2026-01")),
                growth: -0.25,
            }],
            base_effect: Some(-1.25),
            exchange: None,
            records: vec![record(RecordStanding::NoRecord)],
        }],
        published: vec![PublishedSpan {
            key: key(),
            span: Span::year(2025),
            level: Some(level),
            growth: None,
            ratio: Some(range(-0.1251, -0.1249)),
            base: Some(revised_base()),
            exchange: Some(exchange()),
            record: Some(record(RecordStanding::Open)),
        }],
        contributions: vec![GrowthDecomposition {
            key: key(),
            by: SplitBy::Flow,
            monthly: true,
            split: ContributionSplit {
                span: Span::year(2025),
                parts: vec![part("X", -2.5), part("M", -10.0)],
                growth: -0.125,
            },
        }],
        contradictions: vec![contradiction()],
    }
}

pub(crate) fn outlook() -> Outlook {
    let year = Span::year(2026);
    let level = |currency: Currency, median: f64| SpanLevel {
        currency,
        span: year,
        summary: DistributionSummary {
            median,
            bands: bands([
                (0.8, 0.9 * median, 1.1 * median),
                (0.95, 0.8 * median, 1.2 * median),
            ]),
        },
    };
    let usual = |measure: GrowthMeasure, span: &str| (Currency::USD, growth(measure, span));
    Outlook {
        key: key(),
        drawn_in: Currency::USD,
        vintage: Vintage::AsOf(trade::month::parse_date("2026-03-31").unwrap()),
        known: Span::parse("2026-01-01/P2M").unwrap(),
        level: 44.5e9,
        growth: Some(-0.2),
        growth_on_printed_base: Some(-0.195),
        base: Some(range(55.5e9, 55.75e9)),
        bases: vec![revised_base()],
        contributions: vec![ObservedContribution {
            by: SplitBy::Flow,
            name: "M".to_owned(),
            points: -20.0,
        }],
        projected: vec![ProjectedContribution {
            by: SplitBy::Flow,
            name: "M".to_owned(),
            points: -12.5,
            bands: bands([(0.8, -20.0, -5.0), (0.95, -25.0, 0.0)]),
        }],
        share_of_base_year: Some(0.1875),
        flat_rest_growth: Some(-0.0375),
        year_draws: None,
        target: Some(TargetOutlook {
            year: 2026,
            growth: 0.05,
            needed_growth: Some(0.125),
            probability: 0.0625,
        }),
        record: Some(RecordOutlook {
            span: year,
            currency: Currency::USD,
            probability: 0.03125,
            since: Span::year(2001),
            unbroken_since: Some(Span::year(2003)),
            largest: (Span::year(2022), 536.3e9),
        }),
        rate: Some(RateEffect {
            currency: Currency::CNY,
            growth_home: -0.2,
            growth_other: -0.1875,
            points: 1.25,
            last: (month("2026-02"), 0.140_625),
        }),
        year,
        levels: vec![level(Currency::USD, 300e9), level(Currency::CNY, 2e12)],
        readings: vec![
            usual(GrowthMeasure::YearToDate, "2026-01-01/P3M"),
            usual(GrowthMeasure::YearToDate, "2026-01-01/P4M"),
            usual(GrowthMeasure::YearToDate, "2026-01-01/P5M"),
            usual(GrowthMeasure::Year, "2026"),
            (Currency::CNY, growth(GrowthMeasure::Year, "2026")),
        ],
        without_shocks: Vec::new(),
        basis: OutlookBasis::Releases {
            mirrored: 2,
            used: 12,
            unused: vec!["USA.CHN.M.TOTAL.USD level of 2021: it is only a bound".to_owned()],
            conflicting: vec!["USA.CHN.M.TOTAL.USD growth of 2025: published 1.0e-1".to_owned()],
            scale: 1.25,
            donors: vec!["USA.MEX.M.TOTAL.USD".to_owned()],
        },
        contradictions: Vec::new(),
    }
}
