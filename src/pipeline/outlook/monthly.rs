//! Joint draws from monthly series: each flow and their total, forecast jointly and reconciled.

use super::draws::OutlookDraws;
use super::inputs::OutlookInputs;
use super::result::{OutlookBasis, OutlookError};
use crate::projection::{FittedForecast, JointMember, PanelModel, SeasonalFactors, joint_forecast};
use crate::reconcile::{Constraints, reconcile};
use crate::trade::hierarchy::{AbsentSum, absent_sums};
use crate::trade::{Component, Flow, Month, Series, SeriesKey, seeded_hash};

/// Number of months before the first one ahead that the draws keep: four whole years before the
/// year under way, and what is known of that.
const WINDOW_MONTHS: usize = 12 * 4 + 11;

/// Forecast the pair's monthly series jointly and reconcile them; their total is a series of its
/// own.
///
/// # Errors
/// A series cannot be projected, or known months violate the aggregation constraints.
pub(super) fn draw(
    inputs: &OutlookInputs,
    model: &PanelModel,
) -> Result<OutlookDraws, OutlookError> {
    let request = inputs.request();
    let flows = inputs.monthly_series();
    let total = total_history(inputs, &flows);
    let total_name = total.as_ref().map(|(key, ..)| key.to_string());
    let total_name = total_name.unwrap_or_default();
    let total = total
        .as_ref()
        .map(|(key, first, values)| (key.clone(), Series::new(&total_name, *first, values, false)));
    let all: Vec<(SeriesKey, Series<'_>)> =
        total.into_iter().chain(flows.iter().cloned()).collect();
    let fitted: Vec<FittedForecast<'_>> = all
        .iter()
        .map(|(_, series)| FittedForecast::new(series, model))
        .collect::<Result<_, _>>()?;
    let members: Vec<JointMember<'_>> = all
        .iter()
        .zip(&fitted)
        .map(|((key, series), fitted)| JointMember {
            key: key.clone(),
            series: *series,
            fitted,
            seed: seeded_hash(request.seed, series.id()),
        })
        .collect();
    let seed = seeded_hash(request.seed, &total_name);
    let mut joint = joint_forecast(&members, WINDOW_MONTHS, request.paths, seed)?.draws;
    if all.len() > 1 {
        let constraints = Constraints::of(&joint);
        joint = reconcile(&joint, &constraints)?.joint;
        // The total is listed, so that only the balance is absent.
        let keys: Vec<SeriesKey> = all.iter().map(|(key, _)| key.clone()).collect();
        for AbsentSum { key, parts } in absent_sums(&keys) {
            joint = joint.adding(key, &parts);
        }
    }
    let (_, head) = &all[0];
    Ok(OutlookDraws {
        joint,
        season: SeasonalFactors::of(head),
        basis: OutlookBasis::Months(flows.iter().map(|(key, _)| key.to_string()).collect()),
        last: inputs.last(),
        history: Some((head.id().to_owned(), head.first(), head.values().to_vec())),
    })
}

/// Return key, first month and values of the total where both flows have monthly series.
fn total_history(
    inputs: &OutlookInputs,
    flows: &[(SeriesKey, Series<'_>)],
) -> Option<(SeriesKey, Month, Vec<f64>)> {
    let keys: Vec<SeriesKey> = flows.iter().map(|(key, _)| key.clone()).collect();
    let mut sums = absent_sums(&keys).into_iter();
    let AbsentSum { key, parts } = sums.find(|sum| sum.key.flow == Flow::Total)?;
    let series = |part: &Component| &flows[part.part].1;
    let first = parts.iter().map(|part| series(part).first()).max()?;
    let value = |k: usize| {
        let value = |part: &Component| Some(part.sign * series(part).at(first.forward(k))?);
        let sum: Option<f64> = parts.iter().map(value).sum();
        sum.unwrap_or(f64::NAN)
    };
    let months = inputs.last().count_from(first);
    Some((key, first, (0..months).map(value).collect()))
}
