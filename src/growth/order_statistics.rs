//! Numbers at some places of their rising order, found without sorting them all.

use crate::models::total_order::{in_order, value_of};

/// Fewer numbers are sorted.
const FEW: usize = 64;
/// Buckets of equal width between the smallest and the largest number.
const BUCKETS: usize = 256;
/// Histograms that are filled in turn, so that no count waits for the one before.
const LANES: usize = 4;

/// Numbers at some places of their rising order by [`f64::total_cmp`].
#[derive(Debug)]
pub(super) struct OrderStatistics {
    /// The places, rising, each once.
    places: Vec<usize>,
    numbers: Vec<f64>,
    range: Option<(f64, f64)>,
}

impl OrderStatistics {
    /// Find those of `all` at `places`, of which those beyond the last are left out.
    pub(super) fn of(all: &[f64], places: impl Iterator<Item = usize>) -> Self {
        let mut places: Vec<usize> = places.filter(|place| *place < all.len()).collect();
        places.sort_unstable();
        places.dedup();
        let range = range(all);
        let numbers = range.and_then(|range| by_buckets(all, range, &places));
        let numbers = numbers.unwrap_or_else(|| by_selection(all, &places));
        Self {
            places,
            numbers,
            range,
        }
    }

    /// Return the smallest and the largest of all numbers; `None` where one is not finite.
    pub(super) fn range(&self) -> Option<(f64, f64)> {
        self.range
    }

    /// Return the number at one of the places; NaN at any other.
    pub(super) fn at(&self, place: usize) -> f64 {
        let found = self.places.binary_search(&place);
        found.map_or(f64::NAN, |found| self.numbers[found])
    }
}

/// Find the numbers at `places`, which rise: those that share a bucket with them are sorted alone.
/// `None` where that does not help.
fn by_buckets(all: &[f64], (lowest, highest): (f64, f64), places: &[usize]) -> Option<Vec<f64>> {
    if all.len() < FEW {
        return None;
    }
    let width = highest - lowest;
    let scale = (BUCKETS - 1) as f64 / width;
    if !(width.is_finite() && scale.is_finite()) {
        return None;
    }
    // The sum with 2⁵² ends in the nearest whole number, which does not fall as the number rises.
    const TO_WHOLE: f64 = (1_u64 << 52) as f64;
    let bucket = |number: &f64| ((number - lowest) * scale + TO_WHOLE).to_bits() as u8;
    let buckets: Vec<u8> = all.iter().map(bucket).collect();
    let counts = counts(&buckets);
    // Of each place that of its bucket, among the numbers of all buckets that hold a place.
    let mut wanted = [false; BUCKETS];
    let mut among = Vec::with_capacity(places.len());
    let (mut bucket, mut below, mut gathered, mut first) = (0, 0, 0, 0);
    for place in places {
        while below + counts[bucket] <= *place {
            below += counts[bucket];
            bucket += 1;
        }
        if !wanted[bucket] {
            wanted[bucket] = true;
            first = gathered;
            gathered += counts[bucket];
        }
        among.push(first + place - below);
    }
    if gathered > all.len() / 2 {
        return None;
    }
    // One more for the number that comes after the last.
    let mut found = vec![0; gathered + 1];
    let mut next = 0;
    for (number, bucket) in all.iter().zip(&buckets) {
        found[next] = in_order(*number);
        next += usize::from(wanted[usize::from(*bucket)]);
    }
    found.truncate(gathered);
    found.sort_unstable();
    Some(among.into_iter().map(|at| value_of(found[at])).collect())
}

/// Return the smallest and the largest number; `None` where one is not finite.
fn range(all: &[f64]) -> Option<(f64, f64)> {
    const WIDE: usize = 8;
    let (mut low, mut high) = ([f64::INFINITY; WIDE], [f64::NEG_INFINITY; WIDE]);
    // The sum of zeros, or of something that is not a number.
    let mut odd = [0.0; WIDE];
    let mut add = |lane: usize, number: f64| {
        low[lane] = if number < low[lane] {
            number
        } else {
            low[lane]
        };
        high[lane] = if number > high[lane] {
            number
        } else {
            high[lane]
        };
        odd[lane] += number * 0.0;
    };
    let (wide, rest) = all.as_chunks::<WIDE>();
    for numbers in wide {
        (0..WIDE).for_each(|lane| add(lane, numbers[lane]));
    }
    rest.iter().for_each(|number| add(0, *number));
    let finite = odd.iter().sum::<f64>() == 0.0;
    let low = low.into_iter().fold(f64::INFINITY, f64::min);
    finite.then(|| (low, high.into_iter().fold(f64::NEG_INFINITY, f64::max)))
}

/// Count the numbers of each bucket.
fn counts(buckets: &[u8]) -> [usize; BUCKETS] {
    let mut counts = [[0_u32; BUCKETS]; LANES];
    let (wide, rest) = buckets.as_chunks::<LANES>();
    for of_lanes in wide {
        for (counts, bucket) in counts.iter_mut().zip(of_lanes) {
            counts[usize::from(*bucket)] += 1;
        }
    }
    for bucket in rest {
        counts[0][usize::from(*bucket)] += 1;
    }
    let sum = |bucket: usize| counts.iter().map(|of_lane| of_lane[bucket] as usize).sum();
    std::array::from_fn(sum)
}

/// Find the numbers at `places`, which rise, by selection.
fn by_selection(all: &[f64], places: &[usize]) -> Vec<f64> {
    let mut all: Vec<i64> = all.iter().map(|number| in_order(*number)).collect();
    select(&mut all, 0, places);
    places.iter().map(|place| value_of(all[*place])).collect()
}

/// Put the numbers that sorting would put at `places`, which rise, there; `first` is the place of
/// the first number. No number before such a place is larger, none behind it smaller.
fn select(numbers: &mut [i64], first: usize, places: &[usize]) {
    let middle = places.len() / 2;
    let Some(place) = places.get(middle) else {
        return;
    };
    let at = place - first;
    numbers.select_nth_unstable(at);
    let (below, above) = numbers.split_at_mut(at);
    select(below, first, &places[..middle]);
    select(&mut above[1..], place + 1, &places[middle + 1..]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Numbers of one size, of many sizes, and some that are none.
    fn number() -> impl Strategy<Value = f64> {
        prop_oneof![
            8 => 0.9..1.1,
            4 => -1e9..1e9,
            1 => prop::sample::select(vec![0.0, -0.0, 1.0, 1e300, -1e300, 5e-324]),
        ]
    }

    proptest! {
        #[test]
        fn the_numbers_are_those_of_sorting(
            mut all in prop::collection::vec(number(), 1..400),
            odd in prop::option::weighted(
                0.1,
                prop::sample::select(vec![f64::NAN, f64::INFINITY, f64::NEG_INFINITY]),
            ),
            shares in prop::collection::vec(0.0..1.0_f64, 0..12),
        ) {
            all.extend(odd);
            let count = all.len();
            let places: Vec<usize> = shares.iter().map(|p| (p * count as f64) as usize).collect();
            let found = OrderStatistics::of(&all, places.iter().copied());
            let mut sorted = all;
            sorted.sort_by(f64::total_cmp);
            for place in places {
                prop_assert_eq!(found.at(place).to_bits(), sorted[place].to_bits());
            }
            prop_assert!(found.at(count).is_nan());
        }
    }

    #[test]
    fn numbers_of_one_size_are_found_by_buckets() {
        let all: Vec<f64> = (0..1000).map(|k| f64::from(k * 619 % 1000)).collect();
        let places = [24, 25, 500, 974];
        assert_eq!(
            by_buckets(&all, (0.0, 999.0), &places),
            Some(vec![24.0, 25.0, 500.0, 974.0])
        );
        let mut outlying = all;
        outlying[7] = 1e12;
        assert_eq!(by_buckets(&outlying, (0.0, 1e12), &places), None);
    }
}
