//! Multiple temporal aggregation: the same simple model at several frequencies, averaged.

use super::theta::theta;

/// Means of blocks of `k` values, counted from the end; the rest at the start is left out.
fn blocks(x: &[f64], k: usize) -> Vec<f64> {
    x[x.len() % k..]
        .chunks_exact(k)
        .map(|block| block.iter().sum::<f64>() / k as f64)
        .collect()
}

/// The mean of [`theta`] on months, quarters and years, each frequency with at least five blocks, its forecast repeated
/// over the months of a block (Kourentzes, Petropoulos and Trapero 2014).
pub fn aggregated_theta(x: &[f64], horizon: usize) -> Vec<f64> {
    let mut sum = theta(x, horizon);
    let mut count = 1.0;
    for k in [3, 12] {
        if x.len() / k < 5 {
            continue;
        }
        let coarse = theta(&blocks(x, k), horizon.div_ceil(k));
        for (step, total) in sum.iter_mut().enumerate() {
            *total += coarse[step / k];
        }
        count += 1.0;
    }
    sum.iter_mut().for_each(|total| *total /= count);
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
    fn short_series_use_the_months_alone() {
        let x = [1.0, 2.0, 4.0, 3.0, 5.0, 6.0];
        assert_eq!(aggregated_theta(&x, 4), theta(&x, 4));
        assert_eq!(aggregated_theta(&[3.0; 70], 14), [3.0; 14]);
    }
}
