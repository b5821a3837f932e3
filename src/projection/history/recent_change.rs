//! How far a series moved in its last months.

use crate::models::SeasonLength;
use crate::models::seasonal::median;

/// The months whose growth is compared with that of the months before.
const LATEST: usize = 3;
/// The months before.
const BEFORE: usize = 6;
/// The changes of history that tell the usual size.
const NEEDED: usize = 24;

/// Return the change of growth in the last months: the mean growth over a season of the last three
/// values of `z` less that of the six before them, in robust standard deviations of such changes in
/// the history; `None` where it is too short or has none.
pub(in crate::projection) fn recent_change(z: &[f64], season: SeasonLength) -> Option<f64> {
    let m = season.get();
    let growth: Vec<f64> = (m..z.len()).map(|t| z[t] - z[t - m]).collect();
    let span = LATEST + BEFORE;
    if growth.len() < span + NEEDED {
        return None;
    }
    let mean = |part: &[f64]| part.iter().sum::<f64>() / part.len() as f64;
    let change = |window: &[f64]| mean(&window[BEFORE..]) - mean(&window[..BEFORE]);
    let mut changes: Vec<f64> = growth.windows(span).map(change).collect();
    let last = changes.pop()?;
    changes.iter_mut().for_each(|v| *v = v.abs());
    let usual = median(&mut changes) / 0.6745;
    (usual > 0.0).then(|| last / usual)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(t: usize) -> f64 {
        ((t * 7919 + t * t * 104_729) % 1000) as f64 / 1000.0 - 0.5
    }

    #[test]
    fn a_fall_of_three_months_is_many_deviations_and_noise_is_few() {
        let mut z: Vec<f64> = (0..96).map(|t| 0.01 * t as f64 + 0.2 * noise(t)).collect();
        let change = |z: &[f64]| recent_change(z, SeasonLength::MONTHLY).unwrap();
        assert!(change(&z).abs() < 3.0, "{}", change(&z));
        z[93..].iter_mut().for_each(|v| *v -= 0.5);
        assert!(change(&z) < -5.0, "{}", change(&z));
    }

    #[test]
    fn a_short_or_constant_history_has_none() {
        let monthly = SeasonLength::MONTHLY;
        assert_eq!(recent_change(&[1.0; 44], monthly), None);
        assert_eq!(recent_change(&[1.0; 96], monthly), None);
    }
}
