//! A year under way: what is done, and what the rest must bring.

/// A year of which a part is known, and the year before it; all in one unit. The known part is the same span in both years.
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
    /// How much of the year before fell into the known span.
    pub fn share_of_base_year(self) -> f64 {
        self.known_before / self.year_before
    }

    /// The growth that the rest of the year needs for growth `target` of the whole: `((1+g*)·Y₋₁ − C_k) / (Y₋₁ − C_{k,−1}) − 1`; `None` where
    /// nothing of the base is left.
    pub fn needed_growth(self, target: f64) -> Option<f64> {
        let rest = self.year_before - self.known_before;
        (rest > 0.0).then(|| ((1.0 + target) * self.year_before - self.known) / rest - 1.0)
    }

    /// The growth of the year if the rest only repeats that of the year before.
    pub fn flat_rest_growth(self) -> f64 {
        (self.known + self.year_before - self.known_before) / self.year_before - 1.0
    }
}

/// Growth a year over `years` steps from `from` to `to`, both above zero: `(to/from)^(1/years) − 1`.
pub fn compound_growth(from: f64, to: f64, years: u32) -> f64 {
    (to / from).powf(1.0 / f64::from(years)) - 1.0
}

/// The year's growth if every month ahead stayed at the last one, on seasonally adjusted levels: `(Σ_{m≤k} y_m + (12 − k)·y_k) / Y₋₁ − 1`;
/// `None` for no month, more than twelve, or a base that is not above zero.
pub fn carry_over(adjusted: &[f64], year_before: f64) -> Option<f64> {
    let last = adjusted
        .last()
        .filter(|_| adjusted.len() <= 12 && year_before > 0.0)?;
    Some((adjusted.iter().sum::<f64>() + (12 - adjusted.len()) as f64 * last) / year_before - 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_news_of_june_2025() {
        // China with Central Asia, bn CNY: January–May 2025 286.42, +10.4 %, so the base is 286.42/1.104 = 259.4384; the year 2024 674.15.
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
        // What the target needs is what it brings.
        let rest = (674.15 - year.known_before) * (1.0 + year.needed_growth(0.10).unwrap());
        assert!(((year.known + rest) / 674.15 - 1.10).abs() < 1e-12);
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
