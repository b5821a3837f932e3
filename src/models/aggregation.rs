//! Multiple temporal aggregation: the mean of one model at several frequencies.

use super::terms::Terms;

/// Return the means of blocks of `k` values, counted from the end; a rest at the start is left out.
fn blocks(x: &[f64], k: usize) -> Vec<f64> {
    x[x.len() % k..]
        .chunks_exact(k)
        .map(|block| block.iter().sum::<f64>() / k as f64)
        .collect()
}

/// Return the mean forecast of `model` on `x` and on the means of blocks of `sizes` values
/// (Kourentzes, Petropoulos and Trapero 2014). The forecast of a block is repeated over its values.
/// A block size counts only if `x` has at least `least` blocks of it.
///
/// `model` maps values and a horizon to a forecast. Block means have no season, so `x` must be
/// seasonally adjusted.
pub fn aggregate(
    x: &[f64],
    horizon: usize,
    sizes: &[usize],
    least: usize,
    model: impl Fn(&[f64], usize) -> Vec<f64>,
) -> Vec<f64> {
    let mut sum = model(x, horizon);
    let mut count = 1.0;
    for k in sizes.iter().copied().filter(|k| x.len() / k >= least) {
        let coarse = model(&blocks(x, k), horizon.div_ceil(k));
        for (step, total) in sum.iter_mut().enumerate() {
            *total += coarse[step / k];
        }
        count += 1.0;
    }
    sum.iter_mut().for_each(|total| *total /= count);
    sum
}

/// Return the terms of [`aggregate`]; `model` gives those of one frequency.
pub fn aggregate_terms(
    x: &[f64],
    horizon: usize,
    sizes: &[usize],
    least: usize,
    model: impl Fn(&[f64], usize) -> Vec<Terms>,
) -> Vec<Terms> {
    let counted: Vec<usize> = [1]
        .into_iter()
        .chain(sizes.iter().copied().filter(|k| x.len() / k >= least))
        .collect();
    let mut sum = vec![Terms::default(); horizon];
    for k in &counted {
        let coarse = model(&blocks(x, *k), horizon.div_ceil(*k));
        for (step, total) in sum.iter_mut().enumerate() {
            total.add_all(&coarse[step / k], 1.0 / counted.len() as f64);
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_count_from_the_end() {
        assert_eq!(blocks(&[9.0, 1.0, 2.0, 3.0, 4.0], 2), [1.5, 3.5]);
    }

    #[test]
    fn every_frequency_counts_alike_and_too_few_blocks_not_at_all() {
        // A model that repeats its last value: 10 at single values, (9 + 10)/2 at pairs; no third
        // frequency has two blocks.
        let last = |x: &[f64], h: usize| vec![x[x.len() - 1]; h];
        let x: Vec<f64> = (1..=10).map(f64::from).collect();
        assert_eq!(aggregate(&x, 2, &[2, 12], 2, last), [9.75, 9.75]);
        assert_eq!(aggregate(&x, 2, &[2, 12], 6, last), [10.0, 10.0]);
    }
}
