//! Shrinkage of a correlation matrix towards the identity (Schäfer and Strimmer 2005), for
//! matrices estimated from few rows.

use ndarray::{Array2, ArrayView2, Axis};

/// Divide each column by its root mean square around zero; a column of zeros stays zero.
pub fn standardised(rows: ArrayView2<'_, f64>) -> Array2<f64> {
    let mut x = rows.to_owned();
    let n = x.nrows().max(1) as f64;
    for mut column in x.axis_iter_mut(Axis(1)) {
        let size = (column.iter().map(|v| v * v).sum::<f64>() / n).sqrt();
        if size > 0.0 {
            column.mapv_inplace(|v| v / size);
        }
    }
    x
}

/// Return the shrinkage intensity, 0 to 1, for the correlations `r_ij` between [`standardised`]
/// columns of `n` rows: `Σ Var(r_ij) / Σ r_ij²` over `i ≠ j`, with
/// `Var(r_ij) = Σ_k (x_ki x_kj − r_ij)² / (n (n − 1))`. One if there are fewer than two rows
/// or no correlation at all.
///
/// Costs `O(n² p)` for `p` columns: all sums over pairs of columns come from products of rows.
pub fn intensity(standardised: ArrayView2<'_, f64>) -> f64 {
    let n = standardised.nrows() as f64;
    if n < 2.0 {
        return 1.0;
    }
    let squares = standardised.mapv(|v| v * v);
    let of_columns = squares.mean_axis(Axis(0)).unwrap_or_default();
    let all = standardised
        .dot(&standardised.t())
        .iter()
        .map(|v| v * v)
        .sum::<f64>()
        / (n * n);
    let off = all - of_columns.iter().map(|v| v * v).sum::<f64>();
    let pairs = squares.sum_axis(Axis(1)).iter().map(|v| v * v).sum::<f64>();
    let own = squares.iter().map(|v| v * v).sum::<f64>();
    let noise = (pairs - own - n * off) / (n * (n - 1.0));
    if off > 1e-12 {
        (noise / off).clamp(0.0, 1.0)
    } else {
        1.0
    }
}

/// Return the correlations between [`standardised`] columns, multiplied by `1 − intensity` off
/// the diagonal; the diagonal is one.
pub fn correlation(standardised: ArrayView2<'_, f64>, intensity: f64) -> Array2<f64> {
    let n = standardised.nrows().max(1) as f64;
    let mut r = standardised.t().dot(&standardised) * ((1.0 - intensity) / n);
    r.diag_mut().fill(1.0);
    r
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn the_intensity_by_hand() {
        // Columns with products w = (1, 1, 1, −1): r = 1/2, Σ (w − r)² = 3 · 1/4 + 9/4 = 3,
        // Var = 3 / 12 = 1/4; both orders of the pair count on either side: λ = (1/4) / (1/4) = 1.
        // With w = (1, 1, 1, 1), r = 1 and Var = 0: λ = 0.
        let half = array![[1.0, 1.0], [-1.0, -1.0], [1.0, 1.0], [-1.0, 1.0]];
        assert!((intensity(half.view()) - 1.0).abs() < 1e-12);
        let whole = array![[1.0, 1.0], [-1.0, -1.0], [1.0, 1.0], [-1.0, -1.0]];
        assert!(intensity(whole.view()).abs() < 1e-12);
        assert_eq!(
            correlation(half.view(), 0.2),
            array![[1.0, 0.4], [0.4, 1.0]]
        );
    }

    #[test]
    fn sums_over_rows_are_sums_over_pairs() {
        let x = Array2::from_shape_fn((9, 5), |(k, i)| {
            ((k * 31 + i * 17) % 13) as f64 - 6.0 + k as f64 * 0.3
        });
        let x = standardised(x.view());
        let (mut noise, mut off) = (0.0, 0.0);
        for i in 0..5 {
            for j in (0..5).filter(|j| *j != i) {
                let w: Vec<f64> = (0..9).map(|k| x[[k, i]] * x[[k, j]]).collect();
                let r = w.iter().sum::<f64>() / 9.0;
                noise += w.iter().map(|w| (w - r).powi(2)).sum::<f64>() / 72.0;
                off += r * r;
            }
        }
        assert!((intensity(x.view()) - (noise / off).min(1.0)).abs() < 1e-12);
    }

    #[test]
    fn nothing_known_is_all_diagonal() {
        assert_eq!(intensity(array![[1.0, 1.0]].view()), 1.0);
        assert_eq!(intensity(Array2::zeros((5, 3)).view()), 1.0);
    }
}
