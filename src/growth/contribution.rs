//! Contributions to growth, in percentage points.

/// The contribution of each part to the growth of their sum: `100 (x_i − x_{i,−1}) / Σ x_{−1}`, parts given as (now, before). They add up to the
/// sum's growth; `None` where the sum before is not above zero.
pub fn contributions(parts: &[(f64, f64)]) -> Option<Vec<f64>> {
    let before: f64 = parts.iter().map(|(_, before)| before).sum();
    (before > 0.0).then(|| {
        parts
            .iter()
            .map(|(now, old)| 100.0 * (now - old) / before)
            .collect()
    })
}

/// What an amount adds to growth on `base`, in percentage points: `100 amount / base`; `None` where the base is not above zero.
pub fn points(amount: f64, base: f64) -> Option<f64> {
    Some(100.0 * amount / base).filter(|points| base > 0.0 && points.is_finite())
}

/// What the exchange rate adds to growth: of `1 + g_foreign = (1 + g_home) / (1 + g_rate)`, `rate` units of the home currency a foreign one, the
/// growth in the foreign currency less that at home.
pub fn exchange_rate_contribution(growth_home: f64, growth_rate: f64) -> f64 {
    (1.0 + growth_home) / (1.0 + growth_rate) - 1.0 - growth_home
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn exports_and_imports_of_january_to_may_2025() {
        // China with Central Asia, bn CNY: exports 188.18 (+5.6 %), imports 98.24 (+21.0 %), so 178.2008 and 81.1901 before, 259.3909 together:
        // 9.9792 / 259.3909 = 3.85 points, 17.0499 / 259.3909 = 6.57 points, together 10.42.
        let points = contributions(&[(188.18, 188.18 / 1.056), (98.24, 98.24 / 1.21)]).unwrap();
        assert!(
            (points[0] - 3.85).abs() < 0.005 && (points[1] - 6.57).abs() < 0.005,
            "{points:?}"
        );
        assert!((points.iter().sum::<f64>() - 10.42).abs() < 0.005);
    }

    #[test]
    fn a_weaker_currency_takes_growth_away() {
        // +10.4 % in yuan while a dollar costs 1.4 % more yuan: 1.104/1.014 − 1 = 8.876 %, so −1.524 points.
        assert!((exchange_rate_contribution(0.104, 0.014) + 0.015_243).abs() < 1e-6);
    }

    proptest! {
        #[test]
        fn contributions_add_up_to_the_growth_of_the_sum(parts in proptest::collection::vec((0.0..1e9_f64, 1.0..1e9_f64), 1..20)) {
            let (now, before) = parts.iter().fold((0.0, 0.0), |(n, b), (now, old)| (n + now, b + old));
            let sum: f64 = contributions(&parts).unwrap().iter().sum();
            prop_assert!((sum - 100.0 * (now / before - 1.0)).abs() < 1e-6 * (1.0 + sum.abs()));
        }
    }
}
