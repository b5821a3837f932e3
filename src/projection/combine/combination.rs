//! The combination of the members' paths.

use crate::projection::combine::member_paths::MemberPath;
use crate::projection::combine::method::CombinationRule;

/// Return the weighted mean of the paths that exist; `None` where none has a weight.
///
/// Under [`CombinationRule::InverseError`], with five paths or more that have a twentieth of the
/// weight, the smallest and the largest of these at each step are first set to their neighbours
/// (winsorised), and others to the same bounds.
pub(in crate::projection) fn combine(
    paths: &[MemberPath],
    weights: &[f64],
    rule: CombinationRule,
) -> MemberPath {
    let usable: Vec<(&[f64], f64)> = paths
        .iter()
        .zip(weights)
        .filter_map(|(path, w)| Some((path.as_deref()?, *w)))
        .filter(|(_, w)| *w > 0.0)
        .collect();
    let total: f64 = usable.iter().map(|(_, w)| w).sum();
    let horizon = usable.first()?.0.len();
    let mut sorted = Vec::with_capacity(usable.len());
    let step = |k: usize| {
        let shares = usable.iter().map(|(path, w)| (path[k], w / total));
        let (low, high) = bounds(shares, rule, &mut sorted);
        usable
            .iter()
            .map(|(path, w)| w * path[k].clamp(low, high))
            .sum::<f64>()
            / total
    };
    Some((0..horizon).map(step).collect())
}

/// Return the bounds that the paths of one step, given with their shares of the weight, are set to;
/// `sorted` is working memory. A path of hardly any weight bounds no other.
pub(in crate::projection) fn bounds(
    values: impl Iterator<Item = (f64, f64)>,
    rule: CombinationRule,
    sorted: &mut Vec<f64>,
) -> (f64, f64) {
    const ENOUGH: usize = 5;
    const COUNTED: f64 = 0.05;
    sorted.clear();
    if rule == CombinationRule::InverseError {
        let counted = values.filter(|(_, share)| *share >= COUNTED);
        sorted.extend(counted.map(|(value, _)| value));
    }
    if sorted.len() < ENOUGH {
        return (f64::NEG_INFINITY, f64::INFINITY);
    }
    sorted.sort_by(f64::total_cmp);
    (sorted[1], sorted[sorted.len() - 2])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_without_a_path_is_left_out() {
        assert_eq!(
            combine(
                &[None, Some(vec![2.0])],
                &[0.9, 0.1],
                CombinationRule::Equal
            ),
            Some(vec![2.0])
        );
        assert_eq!(combine(&[None], &[1.0], CombinationRule::Equal), None);
    }

    #[test]
    fn the_extremes_are_drawn_in() {
        let paths: Vec<MemberPath> = [1.0, 2.0, 3.0, 4.0, 100.0].map(|v| Some(vec![v])).to_vec();
        assert_eq!(
            combine(&paths, &[0.2; 5], CombinationRule::Equal),
            Some(vec![22.0])
        );
        // 1 becomes 2 and 100 becomes 4: (2 + 2 + 3 + 4 + 4) / 5.
        let drawn = combine(&paths, &[0.2; 5], CombinationRule::InverseError).unwrap();
        assert!((drawn[0] - 3.0).abs() < 1e-12);
    }

    #[test]
    fn a_path_without_weight_bounds_nothing_and_is_bounded() {
        let paths: Vec<MemberPath> = [1.0, 2.0, 3.0, 4.0, 5.0, 100.0]
            .map(|v| Some(vec![v]))
            .to_vec();
        // Without the last one: 2, 2, 3, 4, 4; the last one becomes 4, too.
        let weights = [0.198, 0.198, 0.198, 0.198, 0.198, 0.01];
        let drawn = combine(&paths, &weights, CombinationRule::InverseError).unwrap();
        assert!(
            (drawn[0] - (0.198 * 15.0 + 0.01 * 4.0)).abs() < 1e-12,
            "{drawn:?}"
        );
    }
}
