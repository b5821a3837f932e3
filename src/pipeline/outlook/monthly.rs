//! Joint draws from monthly series: the flows, forecast jointly, and their total.

use super::draws::OutlookDraws;
use super::inputs::OutlookInputs;
use super::result::{OutlookBasis, OutlookError};
use crate::pipeline::request::JOINT;
use crate::projection::{FittedForecast, JointMember, PanelModel, SeasonalFactors, joint_forecast};
use crate::trade::hierarchy::{AbsentSum, absent_sums};
use crate::trade::{Component, Flow, Month, Series, SeriesKey, seeded_hash};

/// Number of months before the first one ahead that the draws keep: four whole years before the
/// year under way, and what is known of that.
const WINDOW_MONTHS: usize = 12 * 4 + 11;

/// Forecast the pair's monthly series jointly. Each flow keeps the draws of its own forecast; total
/// and balance are their sums in every draw.
///
/// # Errors
/// A series cannot be projected.
pub(super) fn draw(
    inputs: &OutlookInputs,
    model: &PanelModel,
) -> Result<OutlookDraws, OutlookError> {
    let request = inputs.request();
    let flows = inputs.monthly_series();
    let total = total_history(inputs, &flows);
    let fit = |(key, series): &(SeriesKey, Series<'_>)| {
        FittedForecast::new(series, model).map_err(|reason| OutlookError::Series {
            series: key.clone(),
            reason,
        })
    };
    let fitted: Vec<FittedForecast<'_>> = flows.iter().map(fit).collect::<Result<_, _>>()?;
    let members: Vec<JointMember<'_>> = flows
        .iter()
        .zip(&fitted)
        .map(|((key, series), fitted)| JointMember {
            key: key.clone(),
            series: *series,
            fitted,
            seed: seeded_hash(request.seed, series.id()),
        })
        .collect();
    let seed = seeded_hash(request.seed, JOINT);
    let mut joint = joint_forecast(&members, WINDOW_MONTHS, request.paths, seed)?.draws;
    let keys: Vec<SeriesKey> = flows.iter().map(|(key, _)| key.clone()).collect();
    for AbsentSum { key, parts } in absent_sums(&keys) {
        joint = joint.adding(key, &parts);
    }
    // The headline comes first.
    let total_place = total.as_ref().and_then(|(key, ..)| joint.find(key));
    if let Some(place) = total_place {
        joint = joint.leading(place);
    }
    let (name, first, values) = match total {
        Some((key, first, values)) => (key.to_string(), first, values),
        None => {
            let (_, only) = &flows[0];
            (only.id().to_owned(), only.first(), only.values().to_vec())
        }
    };
    Ok(OutlookDraws {
        joint,
        season: SeasonalFactors::of(&Series::new(&name, first, &values, false)),
        basis: OutlookBasis::Months(flows.iter().map(|(key, _)| key.to_string()).collect()),
        last: inputs.last(),
        history: Some((name, first, values)),
        rate_shocks: Vec::new(),
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
