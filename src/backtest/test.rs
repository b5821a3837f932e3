//! Tests of one forecast against another: Diebold–Mariano for losses, Pesaran–Timmermann for
//! directions.

use statrs::distribution::{ContinuousCDF, Normal, StudentsT};

/// Test statistic and its probability under the null hypothesis.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Statistic {
    /// Statistic; that of the Diebold–Mariano test is negative where the first forecast is better.
    pub value: f64,
    /// Probability of a statistic at least as extreme: two-sided for the Diebold–Mariano test,
    /// one-sided for the Pesaran–Timmermann test.
    pub p_value: f64,
}

/// Reason why a test has no statistic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TestUnavailable {
    /// Too few forecasts.
    #[error("too few forecasts")]
    TooFew,
    /// The estimate of the long-run variance is zero or less.
    #[error("the long-run variance is not positive")]
    Variance,
}

/// Test by Diebold and Mariano (1995) whether two forecasts have the same expected loss, on the
/// differences of their losses in the order of their origins, which are numbers of months; with the
/// small-sample correction by Harvey, Leybourne and Newbold (1997).
///
/// Origins less than `horizon` months apart share forecast months, so that the long-run variance is
/// `V = (Σ d_i² + 2 Σ d_i d_j) / n` over such pairs, with `d` less its mean: `γ₀ + 2 Σ_{k<h} γ_k`
/// where origins are one month apart. The statistic is `d̄ / √(V/n)` times
/// `√((n + 1 − 2h + h(h−1)/n) / n)`, where at most `h − 1` earlier origins share months with one.
/// Its distribution is Student's t with `n − 1` degrees of freedom.
///
/// # Errors
/// [`TestUnavailable::TooFew`] for fewer than three differences or no more than `h`;
/// [`TestUnavailable::Variance`] where the variance is not positive.
pub fn diebold_mariano(
    differences: &[(i32, f64)],
    horizon: i32,
) -> Result<Statistic, TestUnavailable> {
    let n = differences.len();
    let count = n as f64;
    let mean = differences.iter().map(|(_, d)| d).sum::<f64>() / count.max(1.0);
    let (mut squares, mut most) = (0.0, 0);
    for (k, (month, d)) in differences.iter().enumerate() {
        let sharing = differences[..k]
            .iter()
            .rev()
            .take_while(|(before, _)| month - before < horizon);
        let (mut shared, mut products) = (0, 0.0);
        for (_, before) in sharing {
            shared += 1;
            products += (before - mean) * (d - mean);
        }
        most = most.max(shared);
        squares += (d - mean).powi(2) + 2.0 * products;
    }
    let h = f64::from(most) + 1.0;
    if n < 3 || count <= h {
        return Err(TestUnavailable::TooFew);
    }
    let variance = squares / count;
    let correction = (count + 1.0 - 2.0 * h + h * (h - 1.0) / count) / count;
    if variance <= 0.0 || correction <= 0.0 {
        return Err(TestUnavailable::Variance);
    }
    let value = mean / (variance / count).sqrt() * correction.sqrt();
    let student = StudentsT::new(0.0, 1.0, count - 1.0).map_err(|_| TestUnavailable::TooFew)?;
    Ok(Statistic {
        value,
        p_value: 2.0 * student.cdf(-value.abs()),
    })
}

/// Test by Pesaran and Timmermann (1992) whether directions are forecast better than by chance, on
/// independent pairs of (forecast up, actually up). The probability is one-sided: worse than chance
/// is no skill.
///
/// # Errors
/// [`TestUnavailable::TooFew`] for fewer than ten pairs; [`TestUnavailable::Variance`] where all
/// forecasts, or all actual directions, are the same.
pub fn pesaran_timmermann(pairs: &[(bool, bool)]) -> Result<Statistic, TestUnavailable> {
    let n = pairs.len() as f64;
    if pairs.len() < 10 {
        return Err(TestUnavailable::TooFew);
    }
    let share = |of: &dyn Fn(&(bool, bool)) -> bool| {
        pairs.iter().filter(|pair| of(pair)).count() as f64 / n
    };
    let (hit, forecast, actual) = (
        share(&|(a, b)| a == b),
        share(&|(a, _)| *a),
        share(&|(_, b)| *b),
    );
    let chance = actual * forecast + (1.0 - actual) * (1.0 - forecast);
    let of_hit = chance * (1.0 - chance) / n;
    let of_chance = ((2.0 * actual - 1.0).powi(2) * forecast * (1.0 - forecast)
        + (2.0 * forecast - 1.0).powi(2) * actual * (1.0 - actual)
        + 4.0 * actual * forecast * (1.0 - actual) * (1.0 - forecast) / n)
        / n;
    let variance = of_hit - of_chance;
    if variance <= 0.0 {
        return Err(TestUnavailable::Variance);
    }
    let value = (hit - chance) / variance.sqrt();
    Ok(Statistic {
        value,
        p_value: Normal::standard().cdf(-value),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn diebold_mariano_by_hand() {
        // d = −1, −2, −3, −2, without overlap: mean −2, γ₀ = (1 + 0 + 1 + 0)/4 = 1/2,
        // d̄ / √(V/n) = −2 / √(1/8) = −5.656854; correction √((4 + 1 − 2)/4) = √(3/4): −4.898979.
        // Student's t with 3 degrees: 2 P(T < −4.898979) = 0.016279 (R: 2*pt(-4.898979, 3)).
        let dm = diebold_mariano(&[(0, -1.0), (3, -2.0), (6, -3.0), (9, -2.0)], 3).unwrap();
        assert!((dm.value + 4.898_979).abs() < 1e-6, "{dm:?}");
        assert!((dm.p_value - 0.016_28).abs() < 1e-4, "{dm:?}");
    }

    #[test]
    fn origins_share_months_by_the_calendar() {
        // Origins 0, 3 and 10 with horizon 4: only the first two share. d = 1, 3, 2, mean 2:
        // squares 1 + 1 + 0, products 2 · (−1)(1) = −2 in all, so that the variance is zero; with
        // horizon 3 nothing is shared and it is 2/3.
        let differences = [(0, 1.0), (3, 3.0), (10, 2.0)];
        assert_eq!(
            diebold_mariano(&differences, 4),
            Err(TestUnavailable::Variance)
        );
        // 2 / √((2/3)/3) · √(2/3) = 2 / 0.471405 · 0.816497 = 3.464102.
        assert!((diebold_mariano(&differences, 3).unwrap().value - 3.464_102).abs() < 1e-5);
    }

    #[test]
    fn a_variance_that_is_not_positive_gives_no_statistic() {
        assert_eq!(
            diebold_mariano(&[(0, 1.0), (1, 1.0), (2, 1.0)], 1),
            Err(TestUnavailable::Variance)
        );
        assert_eq!(
            diebold_mariano(&[(0, 1.0), (1, -1.0), (2, 1.0), (3, -1.0)], 2),
            Err(TestUnavailable::Variance)
        );
        assert_eq!(
            diebold_mariano(&[(0, 1.0), (1, 2.0)], 1),
            Err(TestUnavailable::TooFew)
        );
    }

    #[test]
    fn directions_forecast_well_are_significant() {
        // 20 pairs, all hit, half up: hit 1, chance 1/2, of_hit 1/80,
        // of_chance (4/16/20)/20 = 1/1600: 0.5 / √(19/1600) = 4.588315.
        let pairs: Vec<(bool, bool)> = (0..20).map(|k| (k % 2 == 0, k % 2 == 0)).collect();
        let pt = pesaran_timmermann(&pairs).unwrap();
        assert!((pt.value - 4.588_315).abs() < 1e-5, "{pt:?}");
        assert_eq!(
            pesaran_timmermann(&[(true, true); 12]),
            Err(TestUnavailable::Variance)
        );
    }
}
