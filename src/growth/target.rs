//! A year under way: its known part, the growth that the rest needs for a target, and its
//! probability.

use super::series_draws::SeriesDraws;
use crate::trade::Span;

/// A year of which a part is known, and the year before, in one unit. The known part is the same
/// span in both years.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct YearUnderWay {
    /// The known part of the year, `C_k`.
    pub known: f64,
    /// The same span of the year before, `C_{k,−1}`.
    pub known_before: f64,
    /// The whole year before, `Y_{−1}`.
    pub year_before: f64,
}

impl YearUnderWay {
    /// Return the share of the year before that fell into the known span.
    pub fn share_of_base_year(self) -> f64 {
        self.known_before / self.year_before
    }

    /// Return the growth that the rest of the year needs for growth `target` of the whole year:
    /// `((1+g*)·Y₋₁ − C_k) / (Y₋₁ − C_{k,−1}) − 1`; `None` if nothing of the base is left.
    pub fn needed_growth(self, target: f64) -> Option<f64> {
        let rest = self.year_before - self.known_before;
        (rest > 0.0).then(|| ((1.0 + target) * self.year_before - self.known) / rest - 1.0)
    }

    /// Return the growth of the year if its rest repeats that of the year before.
    pub fn flat_rest_growth(self) -> f64 {
        (self.known + self.year_before - self.known_before) / self.year_before - 1.0
    }
}

/// Return the share of draws whose value grew by `target` or more over its base; `None` without
/// draws. A draw whose base is not above zero misses the target.
pub fn probability(values: &[f64], bases: &[f64], target: f64) -> Option<f64> {
    let reaches = |(value, base): &(&f64, &f64)| **base > 0.0 && **value >= (1.0 + target) * **base;
    let reached = values.iter().zip(bases).filter(reaches).count();
    (!values.is_empty()).then(|| reached as f64 / values.len() as f64)
}

/// Return the year of `known` in every draw, with `known`, a part of one calendar year, as its
/// known part. `None` if a span reaches beyond the draws or `known` beyond the end of the year.
pub fn years_under_way(view: &SeriesDraws<'_>, known: Span) -> Option<Vec<YearUnderWay>> {
    if known.first().year() != known.last().year() {
        return None;
    }
    let done = view.sums(known)?.into_iter();
    let before = view.sums(known.year_before())?.into_iter();
    let years = view.sums(Span::year(known.first().year() - 1))?.into_iter();
    let of_draw = |((known, known_before), year_before)| YearUnderWay {
        known,
        known_before,
        year_before,
    };
    Some(done.zip(before).zip(years).map(of_draw).collect())
}

/// Return the annual growth rate over `years` years from `from` to `to`, both above zero:
/// `(to/from)^(1/years) − 1`.
pub fn compound_growth(from: f64, to: f64, years: u32) -> f64 {
    (to / from).powf(1.0 / f64::from(years)) - 1.0
}

/// Return the year's growth if every later month stayed at the last seasonally adjusted level:
/// `(Σ_{m≤k} y_m + (12 − k)·y_k) / Y₋₁ − 1`. `None` for no month, more than twelve, or a base that
/// is not above zero.
pub fn carry_over(adjusted: &[f64], year_before: f64) -> Option<f64> {
    let last = adjusted
        .last()
        .filter(|_| adjusted.len() <= 12 && year_before > 0.0)?;
    Some((adjusted.iter().sum::<f64>() + (12 - adjusted.len()) as f64 * last) / year_before - 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::projection::{JointDraws, JointSeries};
    use crate::trade::{Month, SeriesKey};

    #[test]
    fn the_news_of_june_2025() {
        // China with Central Asia, bn CNY: January–May 2025 286.42, +10.4 %, so the base is
        // 286.42/1.104 = 259.4384; the year 2024 674.15.
        let year = YearUnderWay {
            known: 286.42,
            known_before: 286.42 / 1.104,
            year_before: 674.15,
        };
        // 259.4384 / 674.15 = 38.48 %.
        assert!((year.share_of_base_year() - 0.385).abs() < 5e-4);
        // (1.1 · 674.15 − 286.42) / (674.15 − 259.4384) = 455.145 / 414.7116 = 1.09750.
        assert!((year.needed_growth(0.10).unwrap() - 0.0975).abs() < 5e-5);
        // (286.42 + 414.7116) / 674.15 = 1.04002.
        assert!((year.flat_rest_growth() - 0.040).abs() < 5e-4);
        // The growth that the target needs gives the target.
        let rest = (674.15 - year.known_before) * (1.0 + year.needed_growth(0.10).unwrap());
        assert!(((year.known + rest) / 674.15 - 1.10).abs() < 1e-12);
    }

    #[test]
    fn draws_reach_a_target_or_not() {
        // 2024 is 12 · 10 = 120, 2025 in four draws 12 · 10, 11, 12, 13: growth 0, 10, 20, 30 %.
        let node = JointSeries {
            key: SeriesKey::parse("A.B.X.TOTAL.USD").unwrap(),
            point: vec![10.0; 24],
            naive: vec![10.0; 24],
            known: vec![],
        };
        let draw = |level: f64| [[10.0; 12], [level; 12]].concat();
        let draws = [10.0, 11.0, 12.0, 13.0].map(draw).concat();
        let joint = JointDraws::new(Month::january(2024), 24, vec![node], draws);
        let view = SeriesDraws::new(&joint, 0);
        let year = Span::year(2025);
        let (values, bases) = (
            view.sums(year).unwrap(),
            view.sums(year.year_before()).unwrap(),
        );
        assert_eq!(probability(&values, &bases, 0.10), Some(0.75));
        assert_eq!(probability(&values, &bases, 0.31), Some(0.0));
        assert_eq!(probability(&[], &[], 0.0), None);
        // January–March of 30, 33, 36, 39 on 30: the rest must bring 132 less that, of 90 the year
        // before.
        let known = Span::year_to_date(Month::new(2025, 3).unwrap());
        let years = years_under_way(&view, known).unwrap();
        let needed: Vec<f64> = years
            .iter()
            .map(|year| year.needed_growth(0.10).unwrap())
            .collect();
        for (found, known) in needed.iter().zip([30.0, 33.0, 36.0, 39.0]) {
            assert!((found - ((132.0 - known) / 90.0 - 1.0)).abs() < 1e-12);
        }
        assert_eq!(
            years_under_way(&view, Span::trailing_year(known.last())),
            None
        );
    }

    #[test]
    fn a_dozen_years_have_eleven_steps() {
        // 312.04 bn in 2013 to 674.15 bn in 2024: eleven steps, 7.25 % a year; ten would say 8.0 %.
        assert!((compound_growth(312.04, 674.15, 11) - 0.0725).abs() < 5e-5);
        assert!((compound_growth(312.04, 674.15, 10) - 0.080).abs() < 5e-4);
    }

    #[test]
    fn carry_over_by_hand() {
        // Two months of 10 and 12 after a year of 120: (22 + 10 · 12) / 120 − 1.
        assert!((carry_over(&[10.0, 12.0], 120.0).unwrap() - (142.0 / 120.0 - 1.0)).abs() < 1e-12);
        assert_eq!(carry_over(&[], 120.0), None);
    }
}
