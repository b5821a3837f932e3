//! Stretches of a series whose figures come at another frequency than every month.

use super::{Frequency, Month, Series};

/// Fewest figures of a series that all lie equally far apart.
const FEWEST: usize = 4;

/// Fewest figures of a series that all lie two months apart: four may do so by chance.
const FEWEST_OF_TWO_MONTHS: usize = 5;

/// Fewest figures of a series that all lie the same number of years apart.
const FEWEST_OF_YEARS: usize = 3;

/// Months that are missing by chance explain a stretch where they would leave it so often, given
/// how many of its own months are missing.
const BY_CHANCE: f64 = 1e-3;

/// [`BY_CHANCE`] where some steps are multiples of the others.
const BY_CHANCE_UNEVEN: f64 = 1e-4;

/// Months that are missing by chance explain a stretch where they would leave it anywhere in the
/// series so often, given how many of the other months are missing.
const BY_CHANCE_OF_OTHERS: f64 = 1e-6;

/// Consecutive figures of a series that lie so many months apart, or multiples of it, that chance
/// is no likely reason: quarterly, annual, or every second month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FrequencyStretch {
    /// Months from one figure to the next, more than one.
    pub step: usize,
    /// First month with a figure.
    pub first: Month,
    /// Last month with a figure.
    pub last: Month,
    /// Whether the month after the last one has a figure, too.
    pub is_followed: bool,
}

/// Places of a stretch within the figures of a series.
#[derive(Debug, Clone, Copy)]
struct Run {
    step: usize,
    /// Place of its first figure among the figures.
    from: usize,
    /// Place of its last figure among the figures.
    to: usize,
}

impl FrequencyStretch {
    /// Return the latest such stretch of a series with gaps; `None` for a series that looks
    /// monthly.
    ///
    /// A whole series is one where all of its figures lie equally far apart: four of them, five
    /// that lie two months apart, or three that lie years apart. Every other stretch has four
    /// figures or more whose step divides a year or is whole years, and must be unlikely where
    /// months are missing by chance, both as often as within it and as often as elsewhere in the
    /// series.
    pub fn latest(series: &Series<'_>) -> Option<Self> {
        if series.gaps() == 0 {
            return None;
        }
        let values = series.values().iter().enumerate();
        let figures = values.filter(|(_, value)| !value.is_nan());
        let months: Vec<usize> = figures.map(|(month, _)| month).collect();
        let mut to = months.len() - 1;
        while to > 0 {
            let run = Run::ending_at(to, &months);
            if run.step > 1 && run.is_certain(&months) {
                return Some(Self {
                    step: run.step,
                    first: series.first().forward(months[run.from]),
                    last: series.first().forward(months[run.to]),
                    is_followed: months.get(run.to + 1) == Some(&(months[run.to] + 1)),
                });
            }
            to = run.from;
        }
        None
    }

    /// Return the frequency of its figures.
    pub fn frequency(&self) -> Frequency {
        Frequency::Months(self.step)
    }

    /// Return the first month after it. A last figure that is dated on the first month of its
    /// period, as the first monthly one after such figures is, belongs to the months after it,
    /// where the next of these has a figure.
    pub fn end(&self) -> Month {
        let place_in_year = usize::from(self.last.of_year()) - 1;
        let dated_first = 12_usize.is_multiple_of(self.step.min(12))
            && place_in_year.is_multiple_of(self.step.min(12));
        match dated_first && self.is_followed {
            true => self.last,
            false => self.last.plus(1),
        }
    }

    /// Return the months of its first figures, as its step says.
    pub fn examples(&self) -> impl Iterator<Item = Month> {
        let (first, step, last) = (self.first, self.step, self.last);
        let months = (0..3).map(move |k| first.forward(k * step));
        months.take_while(move |month| *month <= last)
    }
}

impl Run {
    /// Return the longest run of figures that ends at the figure `to`, whose steps have a common
    /// divisor above one; of one step where the step before it is a month.
    fn ending_at(to: usize, months: &[usize]) -> Self {
        let (mut step, mut from) = (months[to] - months[to - 1], to - 1);
        while from > 0 {
            let wider = common_divisor(step, months[from] - months[from - 1]);
            if wider == 1 {
                break;
            }
            step = wider;
            from -= 1;
        }
        Self { step, from, to }
    }

    /// Whether chance is no likely reason for the run.
    fn is_certain(&self, months: &[usize]) -> bool {
        let steps = self.to - self.from;
        let length = months[self.to] - months[self.from];
        let is_even = length == steps * self.step;
        let is_whole = steps + 1 == months.len();
        let likelihood = |missing: f64| {
            let exact = missing.powi(self.step as i32 - 1) * (1.0 - missing);
            let of_step = match is_even {
                true => exact,
                false => exact / (1.0 - missing.powi(self.step as i32)),
            };
            of_step.powi(steps as i32)
        };
        if is_whole && is_even {
            let whole_years = self.step.is_multiple_of(12);
            let fewest = match self.step {
                2 => FEWEST_OF_TWO_MONTHS,
                _ if whole_years => FEWEST_OF_YEARS,
                _ => FEWEST,
            };
            return steps + 1 >= fewest;
        }
        let is_usual = 12_usize.is_multiple_of(self.step) || self.step.is_multiple_of(12);
        if steps + 1 < FEWEST || !is_usual {
            return false;
        }
        let bound = if is_even { BY_CHANCE } else { BY_CHANCE_UNEVEN };
        if likelihood(1.0 - steps as f64 / length as f64) > bound {
            return false;
        }
        // A run may stand anywhere: it is as many times as likely as there are figures.
        let others = months[months.len() - 1] - length;
        let figures = months.len() - 1 - steps;
        let missing = (others - figures + 1) as f64 / (others + 2) as f64;
        is_whole || likelihood(missing) * months.len() as f64 <= BY_CHANCE_OF_OTHERS
    }
}

fn common_divisor(a: usize, b: usize) -> usize {
    if b == 0 { a } else { common_divisor(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Return the latest stretch of a series from January 2000 with figures `steps` months apart.
    fn found(steps: &[usize]) -> Option<(Frequency, usize, usize)> {
        let mut values = vec![1.0];
        for step in steps {
            values.extend(vec![f64::NAN; step - 1]);
            values.push(1.0);
        }
        let first = Month::january(2000);
        let series = Series::new("a", first, &values, true);
        let stretch = FrequencyStretch::latest(&series)?;
        let place = |month: Month| month.index_from(first).unwrap();
        Some((
            stretch.frequency(),
            place(stretch.first),
            place(stretch.last),
        ))
    }

    fn every(months: usize, figures: usize) -> Option<Frequency> {
        found(&vec![months; figures - 1]).map(|(frequency, ..)| frequency)
    }

    #[test]
    fn figures_some_months_apart_are_not_monthly() {
        assert_eq!(every(1, 30), None);
        for (step, fewest) in [(2, 5), (3, 4), (4, 4), (6, 4), (12, 3), (24, 3)] {
            for figures in fewest..40 {
                assert_eq!(every(step, figures), Some(Frequency::Months(step)));
            }
            assert_eq!(every(step, fewest - 1), None, "{step}");
        }
        // One month between two quarters is enough to be no quarterly series.
        assert_eq!(found(&[3, 3, 1, 2, 3]), None);
    }

    #[test]
    fn a_missing_figure_does_not_hide_a_frequency() {
        for (step, figures) in [(2, 40), (3, 20), (12, 12)] {
            let mut steps = vec![step; figures];
            steps[figures / 2] = 2 * step;
            let frequency = found(&steps).map(|(frequency, ..)| frequency);
            assert_eq!(frequency, Some(Frequency::Months(step)));
        }
    }

    #[test]
    fn quarters_before_or_after_months_are_recognised() {
        let (months, quarters) = (vec![1; 48], vec![3; 20]);
        let after = [months.clone(), quarters.clone()].concat();
        assert_eq!(found(&after), Some((Frequency::Months(3), 48, 108)));
        for follow in [1, 7, 48] {
            let before = [quarters.clone(), vec![1; follow]].concat();
            assert_eq!(found(&before), Some((Frequency::Months(3), 0, 60)));
        }
        let between = [months.clone(), quarters, months].concat();
        assert_eq!(found(&between), Some((Frequency::Months(3), 48, 108)));
    }

    #[test]
    fn the_end_of_a_stretch_follows_from_how_its_periods_are_dated() {
        let end = |last: &str, step| {
            let last = Month::parse(last).unwrap();
            let first = last.back(10 * step);
            let stretch = |is_followed| FrequencyStretch {
                step,
                first,
                last,
                is_followed,
            };
            let after = last.plus(1).to_string();
            assert_eq!(stretch(false).end().to_string(), after);
            stretch(true).end().to_string()
        };
        // The quarter to March 2011, and the quarter to December 2010 dated on its first month.
        assert_eq!(end("2011-03", 3), "2011-04");
        assert_eq!(end("2011-01", 3), "2011-01");
        assert_eq!(end("2010-12", 12), "2011-01");
        assert_eq!(end("2011-01", 12), "2011-01");
        assert_eq!(end("2011-01", 24), "2011-01");
        assert_eq!(end("2011-01", 5), "2011-02");
    }

    /// Draw a number from 0 to 1.
    fn draw(state: &mut u64) -> f64 {
        *state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (*state >> 40) as f64 / f64::from(1 << 24)
    }

    #[test]
    fn months_missing_by_chance_are_no_other_frequency() {
        let mut state = 11;
        for _ in 0..20_000 {
            let months = 24 + (draw(&mut state) * 216.0) as usize;
            // Months are missing as often everywhere, or more often from some month on.
            let (share, later) = (0.6 * draw(&mut state), 0.6 * draw(&mut state));
            let change = (draw(&mut state) * 2.0 * months as f64) as usize;
            let values: Vec<f64> = (0..months)
                .map(|t| {
                    let share = if t < change { share } else { later };
                    if draw(&mut state) < share {
                        f64::NAN
                    } else {
                        1.0
                    }
                })
                .collect();
            let series = Series::new("a", Month::january(2000), &values, true);
            assert_eq!(FrequencyStretch::latest(&series), None, "{values:?}");
        }
    }

    #[test]
    fn a_few_long_gaps_are_no_frequency() {
        let months = vec![1; 99];
        for gap in [13, 15, 24, 400] {
            let ends = [months.clone(), vec![gap, gap]].concat();
            assert_eq!(found(&ends), None, "{gap}");
            let goes_on = [months.clone(), vec![gap, gap], vec![1; 40]].concat();
            assert_eq!(found(&goes_on), None, "{gap}");
        }
    }

    proptest! {
        #[test]
        fn a_gap_in_every_year_and_single_long_gaps_are_no_other_frequency(
            season in prop::collection::vec(any::<bool>(), 12),
            years in 3_usize..20,
            gap in 1_usize..60,
            at in 0.0_f64..1.0,
        ) {
            // Two months in a row have figures: the season is not itself every so many months.
            prop_assume!((0..12).any(|k| season[k] && season[(k + 1) % 12]));
            let mut values: Vec<f64> = (0..12 * years)
                .map(|t| if season[t % 12] { 1.0 } else { f64::NAN })
                .collect();
            // The first year has them, whatever the gap takes away.
            let start = 12 + (at * (values.len() - 12) as f64) as usize;
            values.iter_mut().skip(start).take(gap).for_each(|v| *v = f64::NAN);
            let series = Series::new("a", Month::january(2000), &values, true);
            prop_assert_eq!(FrequencyStretch::latest(&series), None);
        }

        #[test]
        fn a_change_of_frequency_is_found_whenever_it_came(
            months in 12_usize..200,
            step in prop::sample::select(vec![2_usize, 3, 4, 6, 12]),
            figures in 9_usize..40,
        ) {
            let steps = [vec![1; months], vec![step; figures]].concat();
            let expected = (Frequency::Months(step), months, months + step * figures);
            prop_assert_eq!(found(&steps), Some(expected));
        }
    }
}
