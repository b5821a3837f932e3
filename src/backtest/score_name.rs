//! The names of scores: what a gate may name, and what each score means.

use super::request::BacktestRequest;
use super::score::{MONTHS, NAIVES, ORIGINS, percent};
use crate::growth::GrowthMeasure;

/// The name of a score and its meaning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScoreName {
    /// Name, as in results and gates: `mase`, `coverage_80`, `growth_mae_year`.
    pub name: String,
    /// Meaning, with the unit and the better direction.
    pub meaning: String,
}

/// Return the names of all scores that a backtest with this horizon and these levels can have,
/// and of the numbers of origins and months. Whether a series has a score depends on its history,
/// too: tests need several origins.
pub fn score_names(request: &BacktestRequest) -> Vec<ScoreName> {
    let mut names = Vec::new();
    let mut add = |name: String, meaning: String| names.push(ScoreName { name, meaning });
    let horizon = request.horizon();
    for (name, meaning) in [
        (
            "smape",
            "symmetric mean absolute percentage error, in percent; lower is better",
        ),
        (
            "mase",
            "mean absolute error relative to the mean change in twelve months before the origin; \
             lower is better",
        ),
        (
            "rmsse",
            "root mean square error on the same scale as mase; lower is better",
        ),
        ("bias", "mean error on the same scale as mase; best at 0"),
        (
            "crps",
            "continuous ranked probability score, scaled as mase; lower is better",
        ),
    ] {
        add(name.to_owned(), meaning.to_owned());
    }
    for level in request.levels().iter().map(|level| percent(*level)) {
        add(
            format!("coverage_{level}"),
            format!("share of months inside the {level} % interval; best at {level} %"),
        );
        add(
            format!("msis_{level}"),
            format!("mean scaled interval score of the {level} % interval; lower is better"),
        );
    }
    add(
        "theil_u".to_owned(),
        "root mean square error relative to the seasonal naive forecast; lower is better"
            .to_owned(),
    );
    for measure in GrowthMeasure::USUAL {
        let words = measure.name().replace('_', " ");
        let points = "in percentage points";
        add(
            format!("growth_mae_{measure}"),
            format!("mean absolute error of growth ({words}), {points}; lower is better"),
        );
        add(
            format!("growth_rmse_{measure}"),
            format!("root mean square error of growth ({words}), {points}; lower is better"),
        );
        add(
            format!("growth_bias_{measure}"),
            format!("mean error of growth ({words}), {points}; best at 0"),
        );
        add(
            format!("growth_mae_{measure}_zero"),
            format!("growth_mae_{measure} of the forecast that nothing grows"),
        );
        add(
            format!("growth_mae_{measure}_no_change"),
            format!("growth_mae_{measure} of the forecast that growth stays as last known"),
        );
        add(
            format!("hit_rate_{measure}"),
            format!(
                "share of cases where growth ({words}) rose or fell as forecast; higher is better"
            ),
        );
        add(
            format!("hit_p_value_{measure}"),
            format!("probability of such a hit_rate_{measure} by chance (Pesaran–Timmermann)"),
        );
        for level in request.levels().iter().map(|level| percent(*level)) {
            add(
                format!("growth_coverage_{level}_{measure}"),
                format!(
                    "share of growth ({words}) inside the {level} % interval; best at {level} %"
                ),
            );
        }
        if measure != GrowthMeasure::Year {
            for step in 1..=horizon {
                add(
                    format!("growth_mae_{measure}_h{step}"),
                    format!("growth_mae_{measure} of the month {step} ahead"),
                );
            }
        }
        for naive in NAIVES {
            let against = format!("growth ({words}) against the forecast of {}", naive.words());
            test_names(&naive.name(measure), &against, &mut add);
        }
    }
    test_names(
        "dm",
        &format!("errors against {}", request.baseline()),
        &mut add,
    );
    add(ORIGINS.to_owned(), "number of origins scored".to_owned());
    add(
        MONTHS.to_owned(),
        "number of forecast months compared".to_owned(),
    );
    names
}

/// Add the names of a Diebold–Mariano test.
fn test_names(name: &str, of: &str, add: &mut impl FnMut(String, String)) {
    add(
        name.to_owned(),
        format!("Diebold–Mariano statistic of {of}; below 0 is better"),
    );
    add(
        format!("{name}_p_value"),
        format!("probability of such a {name} where both are as good"),
    );
    let why = |reason: &str| format!("1 where {name} cannot be computed: {reason}");
    add(format!("{name}_too_few_origins"), why("too few origins"));
    add(
        format!("{name}_variance_not_positive"),
        why("the long-run variance is not positive"),
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backtest::backtest;
    use crate::projection::Method;
    use crate::trade::{Month, Series};
    use std::collections::HashSet;
    use std::ops::ControlFlow;

    #[test]
    fn every_score_of_a_backtest_is_named() {
        let values: Vec<f64> = (0..150)
            .map(|t| 1e6 * (1.0 + 0.01 * f64::from(t) + 0.3 * f64::from(t * 7 % 12)))
            .collect();
        let panel = [Series::new(
            "A.B.M.T.USD",
            Month::january(2005),
            &values,
            false,
        )];
        for (horizon, levels) in [(3, &[80.0, 97.5][..]), (14, &[50.0][..])] {
            for origins in [1, 12] {
                let request = BacktestRequest::new(
                    horizon,
                    origins,
                    3,
                    &[Method::Auto],
                    BacktestRequest::NAIVE,
                    levels,
                    0,
                )
                .unwrap();
                let names = score_names(&request);
                let unique: HashSet<&str> = names.iter().map(|of| of.name.as_str()).collect();
                assert_eq!(unique.len(), names.len());
                let report =
                    backtest(&panel, |_| true, &request, |_| ControlFlow::Continue(())).unwrap();
                assert_eq!(report.scores.len(), 4);
                for (name, _) in report.scores.iter().flat_map(|score| &score.values) {
                    assert!(unique.contains(name.as_str()), "{name}");
                }
            }
        }
    }
}
