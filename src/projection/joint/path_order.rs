//! The order of paths by the numbers that were drawn for them at a step.

use crate::models::total_order::in_order;

/// Fewer paths are sorted at once.
const FEW: usize = 64;
/// More paths have no place in half a number.
const MOST: usize = 1 << 16;
/// The places that a rough place may be wrong by, on average, before sorting is faster.
const ROUGH: usize = 8;

/// Orders paths, in half the time that sorting takes. Its buffers are used step after step.
#[derive(Debug, Default)]
pub(super) struct PathOrder {
    rough: Vec<u32>,
    rougher: Vec<u32>,
    order: Vec<i64>,
}

impl PathOrder {
    /// Return the paths in the rising order of their numbers by [`f64::total_cmp`]; those whose
    /// numbers differ in their last bits alone in the order of paths.
    pub(super) fn of<'s>(&'s mut self, numbers: &[f64]) -> impl Iterator<Item = usize> + use<'s> {
        let places = numbers.len().next_power_of_two() as i64 - 1;
        // An integer in the order of a number; its last bits are the place of the path.
        let place = |path: usize| in_order(numbers[path]) & !places | path as i64;
        self.order.clear();
        if !(FEW..=MOST).contains(&numbers.len()) {
            self.order.extend((0..numbers.len()).map(place));
            self.order.sort_unstable();
        } else {
            self.sort_roughly(numbers, place);
            if !insert_each(&mut self.order, ROUGH * numbers.len()) {
                self.order.sort_unstable();
            }
        }
        self.order.iter().map(move |at| (at & places) as usize)
    }

    /// Fill the order with the `place` of each path, by the first sixteen bits of where its number
    /// lies among numbers of about this size: one byte after the other (radix sort).
    fn sort_roughly(&mut self, numbers: &[f64], place: impl Fn(usize) -> i64) {
        /// The sum with 2⁵² ends in the nearest whole number.
        const TO_WHOLE: f64 = (1_u64 << 52) as f64;
        const HALF: f64 = (1 << 15) as f64;
        let per_size = size(numbers).recip();
        // Rises with the number, from 1 to 65,535, and most where most numbers are.
        let rough = |number: f64| {
            let at = number * per_size;
            (at / (1.5 + at.abs()) * (HALF - 1.0) + HALF + TO_WHOLE).to_bits() as u32
        };
        let each = numbers.iter().zip(0_u32..);
        self.rough.clear();
        self.rough
            .extend(each.map(|(number, path)| rough(*number) << 16 | path));
        let [mut low, mut high] = [[0_u32; 256]; 2];
        for at in &self.rough {
            low[(at >> 16 & 0xff) as usize] += 1;
            high[(at >> 24) as usize] += 1;
        }
        accumulate(&mut low);
        accumulate(&mut high);
        self.rougher.resize(numbers.len(), 0);
        for at in &self.rough {
            let next = &mut low[(at >> 16 & 0xff) as usize];
            self.rougher[*next as usize] = *at;
            *next += 1;
        }
        self.order.resize(numbers.len(), 0);
        for at in &self.rougher {
            let next = &mut high[(at >> 24) as usize];
            self.order[*next as usize] = place((at & 0xffff) as usize);
            *next += 1;
        }
    }
}

/// Return the mean size of numbers.
fn size(numbers: &[f64]) -> f64 {
    let mut sums = [0.0; 8];
    let (wide, rest) = numbers.as_chunks::<8>();
    for eight in wide {
        for (sum, number) in sums.iter_mut().zip(eight) {
            *sum += number.abs();
        }
    }
    let sum = sums.iter().sum::<f64>() + rest.iter().map(|number| number.abs()).sum::<f64>();
    sum / numbers.len() as f64
}

/// Turn counts into the sums of those before each.
fn accumulate(counts: &mut [u32; 256]) {
    let mut sum = 0;
    for count in counts {
        sum += std::mem::replace(count, sum);
    }
}

/// Sort numbers that are nearly sorted by insertion; return false after so many `moves`, with all
/// numbers there in any order.
fn insert_each(numbers: &mut [i64], mut moves: usize) -> bool {
    for next in 1..numbers.len() {
        let number = numbers[next];
        let mut at = next;
        while at > 0 && numbers[at - 1] > number {
            numbers[at] = numbers[at - 1];
            at -= 1;
        }
        numbers[at] = number;
        match moves.checked_sub(next - at) {
            Some(left) => moves = left,
            None => return false,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Numbers about zero, many of them equal or close, some far away, some that are none.
    fn number() -> impl Strategy<Value = f64> {
        prop_oneof![
            12 => -3.0..3.0,
            4 => (-20..20).prop_map(|k| f64::from(k) / 4.0),
            4 => -1e-9..1e-9,
            1 => prop::sample::select(vec![
                0.0, -0.0, 1e300, -1e300, 5e-324, f64::INFINITY, f64::NEG_INFINITY, f64::NAN,
            ]),
        ]
    }

    proptest! {
        #[test]
        fn the_order_is_that_of_sorting(
            numbers in prop::collection::vec(number(), 0..300),
            scale in prop::sample::select(vec![1.0, 1e-30, 1e12]),
        ) {
            let numbers: Vec<f64> = numbers.iter().map(|number| number * scale).collect();
            let places = numbers.len().next_power_of_two() as i64 - 1;
            let mut sorted: Vec<i64> = (0..numbers.len())
                .map(|path| in_order(numbers[path]) & !places | path as i64)
                .collect();
            sorted.sort_unstable();
            let sorted: Vec<usize> = sorted.iter().map(|at| (at & places) as usize).collect();
            let mut order = PathOrder::default();
            // Buffers that were used before change nothing.
            for _ in 0..2 {
                prop_assert_eq!(&order.of(&numbers).collect::<Vec<_>>(), &sorted);
            }
        }
    }

    #[test]
    fn numbers_that_share_their_rough_place_are_sorted() {
        let mut numbers: Vec<f64> = (0..2000).map(|k| f64::from(k * 619 % 2000)).collect();
        numbers[7] = 1e12;
        let mut order = PathOrder::default();
        let ordered: Vec<f64> = order.of(&numbers).map(|path| numbers[path]).collect();
        assert!(ordered.is_sorted());
        assert_eq!(ordered.len(), numbers.len());
    }
}
