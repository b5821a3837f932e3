//! Contributions to growth, in percentage points, which add up to the growth.

use super::series_draws::SeriesDraws;
use super::summary::DistributionSummary;
use crate::ingest::ExchangeRates;
use crate::trade::{Currency, Month, Series, Span};

/// Return the contribution of each part to the growth of their sum: `100 (x_i − x_{i,−1}) / Σ
/// x_{−1}`, with parts as (now, before). They add up to the sum's growth. `None` if the sum before
/// is not above zero.
pub fn contributions(parts: &[(f64, f64)]) -> Option<Vec<f64>> {
    let before: f64 = parts.iter().map(|(_, before)| before).sum();
    (before > 0.0).then(|| {
        parts
            .iter()
            .map(|(now, old)| 100.0 * (now - old) / before)
            .collect()
    })
}

/// The contribution of one series to the growth of the sum of several, over joint draws.
#[derive(Debug, Clone, PartialEq)]
pub struct DrawnContribution {
    /// The contribution that goes with the median growth of the sum, percentage points: a
    /// regression on that growth over the draws, read at its median. Contributions add up to it.
    pub at_median: f64,
    /// The median and central intervals, percentage points.
    pub summary: DistributionSummary,
}

/// Return the contribution of each series to the growth of their sum over `span`, with an interval
/// for each of `levels`. In each draw they add up to that draw's growth. `None` if the span or its
/// base reaches beyond the draws, or the base of a draw is not above zero.
pub fn contributions_in_draws(
    parts: &[SeriesDraws<'_>],
    span: Span,
    levels: &[f64],
) -> Option<Vec<DrawnContribution>> {
    let sums = |of: &SeriesDraws<'_>| Some((of.sums(span)?, of.sums(span.year_before())?));
    let sums: Vec<_> = parts.iter().map(sums).collect::<Option<_>>()?;
    let draws = sums.first()?.0.len();
    let mut points = vec![Vec::with_capacity(draws); parts.len()];
    for draw in 0..draws {
        let levels: Vec<(f64, f64)> = sums.iter().map(|(n, b)| (n[draw], b[draw])).collect();
        let of_draw = contributions(&levels)?;
        points
            .iter_mut()
            .zip(of_draw)
            .for_each(|(to, p)| to.push(p));
    }
    let whole: Vec<f64> = (0..draws)
        .map(|draw| points.iter().map(|part| part[draw]).sum())
        .collect();
    let mean = |values: &[f64]| values.iter().sum::<f64>() / draws as f64;
    let of_whole = mean(&whole);
    let variance: f64 = whole.iter().map(|v| (v - of_whole).powi(2)).sum();
    let median = DistributionSummary::of(&whole, &[])?.median;
    let of_part = |points: Vec<f64>| {
        let of_part = mean(&points);
        let pairs = points.iter().zip(&whole);
        let covariance: f64 = pairs.map(|(p, w)| (p - of_part) * (w - of_whole)).sum();
        let slope = if variance > 0.0 {
            covariance / variance
        } else {
            0.0
        };
        Some(DrawnContribution {
            at_median: of_part + slope * (median - of_whole),
            summary: DistributionSummary::of(&points, levels)?,
        })
    };
    points.into_iter().map(of_part).collect()
}

/// Return the contribution of each factor to the growth of their product, `1 + g = Π (1 + g_i)`:
/// `100 g · ln(1 + g_i) / ln(1 + g)`. They add up to `100 g` and treat all factors alike. `None` if
/// a factor fell by 100 % or more.
pub fn factors(growth: &[f64]) -> Option<Vec<f64>> {
    let logs: Option<Vec<f64>> = growth
        .iter()
        .map(|g| Some(g.ln_1p()).filter(|log| log.is_finite()))
        .collect();
    let logs = logs?;
    let all: f64 = logs.iter().sum();
    // The logarithmic mean of 1 + g and 1; it is 1 where the product stays the same.
    let mean = if all == 0.0 { 1.0 } else { all.exp_m1() / all };
    Some(logs.iter().map(|log| 100.0 * mean * log).collect())
}

/// Return the contributions of price and quantity to the growth of a value, by [`factors`] of
/// `(1 + g_value) = (1 + g_price)(1 + g_quantity)`.
pub fn price_and_quantity(growth_value: f64, growth_quantity: f64) -> Option<(f64, f64)> {
    let price = (1.0 + growth_value) / (1.0 + growth_quantity) - 1.0;
    let points = factors(&[price, growth_quantity])?;
    Some((points[0], points[1]))
}

/// Return the base effect on a month's growth, percentage points: `−100 (Δln y_{t−12} − mean Δln of
/// that calendar month)`, with the mean over every year with figures. It is above zero if the month
/// one year before was weak compared with the month before that. `None` with fewer than two such
/// changes, or if one of the values is not above zero.
pub fn base_effect(series: &Series<'_>, month: Month) -> Option<f64> {
    let log = |month: Month| series.at(month).filter(|v| *v > 0.0).map(f64::ln);
    let step = |month: Month| Some(log(month)? - log(month.plus(-1))?);
    let first = series.first().plus(1);
    let years = (0..=series.last().since(first) / 12).map(|year| {
        let offset = (i32::from(month.of_year()) - i32::from(first.of_year())).rem_euclid(12);
        first.plus(12 * year + offset)
    });
    let steps: Vec<f64> = years.filter_map(step).collect();
    let mean = steps.iter().sum::<f64>() / steps.len() as f64;
    Some(-100.0 * (step(month.plus(-12))? - mean)).filter(|_| steps.len() >= 2)
}

/// Return the contribution of an amount to growth on `base`, `100 amount / base`; `None` if the
/// base is not above zero.
pub fn points(amount: f64, base: f64) -> Option<f64> {
    Some(100.0 * amount / base).filter(|points| base > 0.0 && points.is_finite())
}

/// Return the contribution of the exchange rate: growth in the foreign currency minus growth in the
/// home currency, a fraction. `1 + g_foreign = (1 + g_home) / (1 + g_rate)`, where the rate is the
/// price of one unit of the foreign currency in the home currency.
pub fn exchange_rate_contribution(growth_home: f64, growth_rate: f64) -> f64 {
    (1.0 + growth_home) / (1.0 + growth_rate) - 1.0 - growth_home
}

/// Return the growth of the price of `to` in `from` over `span` against one year before, a
/// fraction, by the means of the monthly mean rates; `None` if a rate is missing. It approximates
/// the growth of `Σ from / Σ to` if months are not known, as if all months of a span were equal.
pub fn rate_growth(rates: &ExchangeRates, from: Currency, to: Currency, span: Span) -> Option<f64> {
    let mean = |span: Span| {
        let seen = span.iter().map(|month| rates.rate(from, to, month));
        Some(seen.sum::<Option<f64>>()? / f64::from(span.len()))
    };
    Some(mean(span)? / mean(span.year_before())? - 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{Snapshot, Vintage};
    use crate::ingest::TidyFigures;
    use crate::projection::{JointDraws, JointSeries};
    use crate::trade::SeriesKey;
    use proptest::prelude::*;

    #[test]
    fn exports_and_imports_of_january_to_may_2025() {
        // China with Central Asia, bn CNY: exports 188.18 (+5.6 %), imports 98.24 (+21.0 %), so
        // 178.2008 and 81.1901 before, 259.3909 together: 9.9792 / 259.3909 = 3.85 points, 17.0499
        // / 259.3909 = 6.57 points, together 10.42.
        let points = contributions(&[(188.18, 188.18 / 1.056), (98.24, 98.24 / 1.21)]).unwrap();
        assert!(
            (points[0] - 3.85).abs() < 0.005 && (points[1] - 6.57).abs() < 0.005,
            "{points:?}"
        );
        assert!((points.iter().sum::<f64>() - 10.42).abs() < 0.005);
    }

    #[test]
    fn a_weaker_currency_takes_growth_away() {
        // +10.4 % in yuan while a dollar costs 1.4 % more yuan: 1.104/1.014 − 1 = 8.876 %, so
        // −1.524 points.
        assert!((exchange_rate_contribution(0.104, 0.014) + 0.015_243).abs() < 1e-6);
    }

    #[test]
    fn a_product_is_split_by_logarithms() {
        // +10 % price and +20 % quantity: +32 %. ln 1.1 = 0.095310, ln 1.2 = 0.182322, together
        // 0.277632: 32 · 0.343297 = 10.9855 points and 21.0145.
        let (price, quantity) = price_and_quantity(0.32, 0.20).unwrap();
        assert!((price - 10.9855).abs() < 5e-5 && (quantity - 21.0145).abs() < 5e-5);
        assert!((price + quantity - 32.0).abs() < 1e-12);
        // Nothing changed, but price against quantity: ±100 ln 1.25 = ±22.3144.
        let (price, quantity) = price_and_quantity(0.0, 0.25).unwrap();
        assert!((quantity - 22.3144).abs() < 5e-5 && (price + quantity).abs() < 1e-12);
        assert_eq!(price_and_quantity(-1.0, 0.2), None);
    }

    #[test]
    fn a_weak_month_one_year_before_helps() {
        // Every month 100 but March 2021, which is 80 and so 20 % below February: ln 0.8 =
        // −0.223144. Of the March steps of 2020, 2021 and 2022 the mean is −0.074381, so March 2022
        // gains 100 (0.223144 − 0.074381) = 14.876 points.
        let mut values = vec![100.0; 27];
        values[14] = 80.0;
        let march = |year| Month::new(year, 3).unwrap();
        let series = Series::new("a", Month::january(2020), &values, false);
        let effect = base_effect(&series, march(2022)).unwrap();
        assert!((effect - 14.876_2).abs() < 5e-4, "{effect}");
        assert_eq!(base_effect(&series, march(2020)), None);
    }

    #[test]
    fn the_mean_rate_of_a_span_grows() {
        // A dollar costs 7.0 and 7.2 yuan in two months, 7.1 and 7.3 one year later: 14.4 / 14.2 −
        // 1.
        let mut rates = ExchangeRates::default();
        let january = Month::january(2024);
        for (month, rate) in [(0, 7.0), (1, 7.2), (12, 7.1), (13, 7.3)] {
            rates.insert(Currency::CNY, Currency::USD, january.plus(month), rate);
        }
        let span = Span::parse("2025-01-01/P2M").unwrap();
        let growth = rate_growth(&rates, Currency::CNY, Currency::USD, span).unwrap();
        assert!((growth - (14.4 / 14.2 - 1.0)).abs() < 1e-12);
        assert_eq!(
            rate_growth(&rates, Currency::CNY, Currency::USD, Span::year(2025)),
            None
        );
    }

    #[test]
    fn draws_are_split_one_by_one() {
        // Two series of one month a year, two draws: (10 → 12, 30 → 33), (10 → 8, 30 → 30): 5 and
        // 7.5 points; −5 and 0.
        let node = |name: &str| JointSeries {
            key: SeriesKey::parse(name).unwrap(),
            point: vec![1.0; 13],
            naive: vec![1.0; 13],
            known: vec![],
        };
        let path = |before: f64, now: f64| {
            let mut path = vec![1.0; 13];
            (path[0], path[12]) = (before, now);
            path
        };
        let draws = [
            path(10.0, 12.0),
            path(30.0, 33.0),
            path(10.0, 8.0),
            path(30.0, 30.0),
        ]
        .concat();
        let nodes = vec![node("A.B.X.TOTAL.USD"), node("A.B.M.TOTAL.USD")];
        let joint = JointDraws::new(Month::january(2024), 13, nodes, draws);
        let views = [SeriesDraws::new(&joint, 0), SeriesDraws::new(&joint, 1)];
        let span = Span::month(Month::january(2025));
        let found = contributions_in_draws(&views, span, &[0.5]).unwrap();
        assert!((found[0].at_median - 0.0).abs() < 1e-12);
        assert!((found[1].at_median - 3.75).abs() < 1e-12);
        // Of two draws, −5 and 5, the quartiles are the draws.
        assert_eq!(
            (
                found[0].summary.bands[0].lower,
                found[0].summary.bands[0].upper
            ),
            (-5.0, 5.0)
        );
        assert_eq!(contributions_in_draws(&views, Span::year(2025), &[]), None);
    }

    proptest! {
        #[test]
        fn factors_always_add_up(growth in proptest::collection::vec(-0.9..3.0_f64, 1..6)) {
            let whole = growth.iter().map(|g| 1.0 + g).product::<f64>() - 1.0;
            let sum: f64 = factors(&growth).unwrap().iter().sum();
            prop_assert!((sum - 100.0 * whole).abs() < 1e-9 * (1.0 + sum.abs()));
        }

        #[test]
        fn units_change_no_contribution(
            parts in proptest::collection::vec((0.0..1e6_f64, 1.0..1e6_f64), 1..10),
            scale in 1e-3..1e9_f64,
        ) {
            let scaled = parts.iter().map(|(now, before)| (now * scale, before * scale));
            let scaled: Vec<_> = scaled.collect();
            let found = [&parts, &scaled].map(|parts| contributions(parts).unwrap());
            for (a, b) in found[0].iter().zip(&found[1]) {
                prop_assert!((a - b).abs() < 1e-9 * (1.0 + a.abs()));
            }
        }

        #[test]
        fn there_and_back_is_the_identity(
            months in proptest::collection::vec((1.0..1e12_f64, 0.5..150.0_f64), 24),
        ) {
            // Yuan into dollars month by month and back; a year's growth in dollars is that in yuan
            // and of the rate `ΣCNY / ΣUSD`.
            let first = Month::january(2020);
            let mut rates = ExchangeRates::default();
            for ((_, rate), month) in months.iter().zip(0..) {
                rates.insert(Currency::CNY, Currency::USD, first.plus(month), *rate);
            }
            let snapshot = Snapshot::new(TidyFigures { rates, ..TidyFigures::default() }).unwrap();
            let values: Vec<f64> = months.iter().map(|(value, _)| *value).collect();
            let yuan = Series::new("y", first, &values, false);
            let key = |unit: &str| SeriesKey::parse(&format!("A.B.X.TOTAL.{unit}")).unwrap();
            let convert = |from: &str, series: &Series<'_>, to: Currency| {
                let found = snapshot.converted(&key(from), series, to, Vintage::Latest);
                found.unwrap()
            };
            let there = convert("CNY", &yuan, Currency::USD);
            let dollars = Series::new("d", first, &there, false);
            let back = convert("USD", &dollars, Currency::CNY);
            for (a, b) in values.iter().zip(&back) {
                prop_assert!((a - b).abs() <= 4.0 * f64::EPSILON * a, "{a} {b}");
            }
            let (now, before) = (Span::year(2021), Span::year(2020));
            let rate = |span| yuan.sum(span).unwrap() / dollars.sum(span).unwrap();
            let sum = |series: &Series<'_>, span| series.sum(span).unwrap();
            let growth = |series: &Series<'_>| sum(series, now) / sum(series, before) - 1.0;
            let (home, abroad) = (growth(&yuan), growth(&dollars));
            let added = exchange_rate_contribution(home, rate(now) / rate(before) - 1.0);
            prop_assert!((home + added - abroad).abs() < 1e-9 * (1.0 + abroad.abs()));
        }

        #[test]
        fn growth_at_home_and_of_the_rate_give_growth_abroad(
            now in 1.0..1e6_f64, before in 1.0..1e6_f64,
            rate in 0.1..200.0_f64, rate_before in 0.1..200.0_f64,
        ) {
            // 1 + g_USD = (1 + g_CNY) / (1 + g_e): what the rate adds to growth at home gives
            // growth in the other currency.
            let (home, of_rate) = (now / before - 1.0, rate / rate_before - 1.0);
            let abroad = (now / rate) / (before / rate_before) - 1.0;
            let sum = home + exchange_rate_contribution(home, of_rate);
            prop_assert!((sum - abroad).abs() < 1e-9 * (1.0 + abroad.abs()));
        }

        #[test]
        fn contributions_add_up_to_the_growth_of_the_sum(
            parts in proptest::collection::vec((0.0..1e9_f64, 1.0..1e9_f64), 1..20),
        ) {
            let add = |(n, b), (now, old): &(f64, f64)| (n + now, b + old);
            let (now, before) = parts.iter().fold((0.0, 0.0), add);
            let sum: f64 = contributions(&parts).unwrap().iter().sum();
            prop_assert!((sum - 100.0 * (now / before - 1.0)).abs() < 1e-6 * (1.0 + sum.abs()));
        }
    }
}
