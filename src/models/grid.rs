//! How the fits of a parameter grid become one.

/// Selection of fits from a parameter grid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GridChoice {
    /// The fit with the smallest squared error.
    Best,
    /// The mean, each with weight `(SSE / least SSE)^(−n/4)`: half the exponent of a Gaussian
    /// likelihood, so that chance does not choose a single winner.
    Average,
}

/// Return positions in the grid and their weights, which sum to one; weights below a thousandth of
/// the largest are left out. `n` is the number of values behind each sum of squared errors.
pub(super) fn weigh(squares: &[f64], n: usize, choice: GridChoice) -> Vec<(usize, f64)> {
    const TINY: f64 = 1e-12;
    let best = squares
        .iter()
        .enumerate()
        .fold(0, |best, (k, v)| if *v < squares[best] { k } else { best });
    if choice == GridChoice::Best {
        return vec![(best, 1.0)];
    }
    let power = 0.25 * n as f64;
    let least = squares[best] + TINY;
    // Beyond this ratio a weight is below a thousandth. Most of a grid is, and needs no logarithm.
    let limit = least * (1000_f64.ln() / power).exp();
    let mut weights: Vec<(usize, f64)> = Vec::with_capacity(16);
    for (k, square) in squares.iter().enumerate() {
        if *square <= limit {
            weights.push((k, (-power * ((square + TINY) / least).ln()).exp()));
        }
    }
    let total: f64 = weights.iter().map(|(_, w)| w).sum();
    weights.iter_mut().for_each(|(_, w)| *w /= total);
    weights
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_average_weighs_by_half_the_likelihood() {
        // n = 8: (2/1)^−2 = 1/4 against 1: weights 4/5 and 1/5; the third is a hundred times
        // worse: 10^−4.
        let w = weigh(&[1.0, 2.0, 1e5], 8, GridChoice::Average);
        assert_eq!(w.len(), 2);
        assert!((w[0].1 - 0.8).abs() < 1e-9 && (w[1].1 - 0.2).abs() < 1e-9);
        assert_eq!(weigh(&[3.0, 2.0, 2.0], 8, GridChoice::Best), [(1, 1.0)]);
        assert!((weigh(&[0.0, 0.0], 50, GridChoice::Average)[1].1 - 0.5).abs() < 1e-12);
    }
}
