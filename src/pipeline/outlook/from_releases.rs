//! Joint draws from figures over spans: months that agree with every published figure.

use super::draws::OutlookDraws;
use super::inputs::OutlookInputs;
use super::request::OutlookRequest;
use super::result::{OutlookBasis, OutlookError};
use crate::projection::{
    ConflictingFigure, DisaggregatedDraws, Disaggregation, DonorPrior, DonorSeries, LeafSystem,
    SeasonalFactors, UnusedFigure,
};
use crate::trade::release::FigureMeasure;
use crate::trade::{
    Code, Currency, Flow, Month, Release, Series, SeriesKey, Span, area, seeded_hash,
};
use std::collections::BTreeMap;

/// Number of years that are drawn before the current one.
const YEARS_BEFORE: i32 = 4;
/// The weight of a donor series of the same reporter or of the mirrored flow.
const WEIGHT_OWN: f64 = 4.0;
/// The weight of a donor series of the same flow between others.
const WEIGHT_SAME_FLOW: f64 = 1.0;
/// The weight of a donor series of the other flow between others.
const WEIGHT_OTHER_FLOW: f64 = 0.5;
/// Largest number of donor series; those with the largest weights are used.
const MAX_DONORS: usize = 100;
/// Exports and imports.
const FLOWS: [Flow; 2] = Flow::DIRECTIONS;

/// Draw months that agree with every figure.
///
/// # Errors
/// The figures do not suffice.
pub(super) fn draw(inputs: &OutlookInputs) -> Result<OutlookDraws, OutlookError> {
    let window = window(inputs);
    let system = leaf_system(inputs, window);
    let panel = inputs.snapshot().panel(inputs.request().vintage);
    let until = donors_until(inputs.last());
    let panel: Vec<(SeriesKey, Series<'_>)> = panel
        .into_iter()
        .filter(|series| series.first() <= until)
        .filter_map(|series| Some((SeriesKey::parse(series.id()).ok()?, series.until(until))))
        .filter(|(key, _)| !is_of_group(inputs.request(), key))
        .collect();
    let mut by_flow: BTreeMap<Flow, DonorPrior> = BTreeMap::new();
    let priors = system.leaves.iter().map(|leaf| {
        let prior = by_flow.entry(leaf.flow);
        prior
            .or_insert_with(|| donor_prior(inputs, &panel, leaf))
            .clone()
    });
    let priors: Vec<DonorPrior> = priors.collect();
    let rate = |currency: Currency, month: Month| inputs.rate(inputs.drawn(), currency, month);
    let releases: Vec<&Release> = inputs.releases().iter().chain(inputs.mirrored()).collect();
    let disaggregation = Disaggregation {
        system: &system,
        releases: &releases,
        donor_priors: &priors,
        window,
        rate: &rate,
    };
    let request = inputs.request();
    let seed = seeded_hash(request.seed, &system.nodes[0].key.to_string());
    let DisaggregatedDraws {
        draws,
        used,
        mirrored,
        unused,
        conflicts,
        scale,
        donors,
        ..
    } = disaggregation.draw(request.paths, seed)?;
    let count = priors.len() as f64;
    let mean = |of: &dyn Fn(&DonorPrior) -> f64| priors.iter().map(of).sum::<f64>() / count;
    let season = std::array::from_fn(|m| mean(&|prior| prior.season[m]));
    let new_year = std::array::from_fn(|c| mean(&|prior| prior.new_year[c]));
    Ok(OutlookDraws {
        joint: draws,
        season: Some(SeasonalFactors::new(season).with_new_year(new_year)),
        basis: OutlookBasis::Releases {
            used,
            mirrored,
            unused: unused.iter().map(unused_in_words).collect(),
            conflicting: conflicts.iter().map(conflicting_in_words).collect(),
            scale,
            donors,
        },
        last: inputs.last(),
        history: None,
        rate_shocks: Vec::new(),
    })
}

/// Return the headline series, in the currency of levels.
pub(super) fn headline(inputs: &OutlookInputs) -> SeriesKey {
    SeriesKey {
        unit: inputs.home(),
        ..leaf_system(inputs, window(inputs)).nodes[0].key.clone()
    }
}

/// Return the months that are drawn.
fn window(inputs: &OutlookInputs) -> Span {
    let year = inputs.year();
    let first = Month::january(year - YEARS_BEFORE);
    Span::new(first, 12 * (YEARS_BEFORE + 1)).unwrap_or(Span::year(year))
}

/// Whether a series is one of the pair or of another member of its group. Those serve a member as
/// little as they serve the group, so that both outlooks agree.
fn is_of_group(request: &OutlookRequest, key: &SeriesKey) -> bool {
    request.concerns(key)
        || (key.reporter == request.reporter && area::in_one_group(&key.partner, &request.partner))
}

/// Return the last month of donor series that counts for a pair known to `last`: the December
/// before, if it is at least three months old. A month of another pair that becomes public later
/// does not move an outlook.
fn donors_until(last: Month) -> Month {
    Month::january(last.plus(-2).year()).back(1)
}

/// Return the leaves and sums to draw: flows, and partners where the pair is a group whose members
/// all have figures.
fn leaf_system(inputs: &OutlookInputs, window: Span) -> LeafSystem {
    let known = |partner: &Code, flows: &[Flow]| {
        inputs.releases().iter().any(|release| {
            release.key.partner == *partner
                && flows.contains(&release.key.flow)
                && release.measure == FigureMeasure::Level
                && window.contains(release.span.first())
                && window.contains(release.span.last())
        })
    };
    let group = &inputs.request().partner;
    let members = area::member_codes(group).unwrap_or_default();
    let split = members
        .iter()
        .all(|m| known(m, &[Flow::Exports, Flow::Imports, Flow::Total]))
        && !members.is_empty();
    let parts = if split { members } else { vec![group.clone()] };
    let flows: &[Flow] = if parts.iter().chain([group]).any(|p| known(p, &FLOWS)) {
        if known(group, &[Flow::Total]) || FLOWS.iter().all(|f| known(group, &[*f])) {
            &FLOWS
        } else if known(group, &[Flow::Exports]) {
            &FLOWS[..1]
        } else {
            &FLOWS[1..]
        }
    } else {
        &[Flow::Total]
    };
    let key = |partner: &Code, flow: &Flow| inputs.key(partner, *flow, inputs.drawn());
    let of_group: &[Flow] = if flows.len() == FLOWS.len() {
        &[Flow::Total, Flow::Exports, Flow::Imports, Flow::Balance]
    } else {
        flows
    };
    let of_member = &of_group[..of_group.len().min(3)];
    let mut keys: Vec<SeriesKey> = of_group.iter().map(|flow| key(group, flow)).collect();
    if split {
        keys.extend(
            parts
                .iter()
                .flat_map(|part| of_member.iter().map(|flow| key(part, flow))),
        );
    }
    LeafSystem::of(keys)
}

/// Return what the monthly series of the panel say of a leaf's season and fluctuation beforehand.
fn donor_prior(
    inputs: &OutlookInputs,
    panel: &[(SeriesKey, Series<'_>)],
    leaf: &SeriesKey,
) -> DonorPrior {
    let candidates = panel.iter().filter(|(key, _)| key.flow != Flow::Balance);
    let mut near: Vec<(f64, &(SeriesKey, Series<'_>))> = candidates
        .map(|one| (donor_weight(&one.0, leaf), one))
        .collect();
    near.sort_by(|a, b| b.0.total_cmp(&a.0));
    near.truncate(MAX_DONORS);
    let donors = near.into_iter().map(|(weight, (key, series))| {
        let year = series.sum(Span::trailing_year(series.last()));
        let rate = inputs.rate(key.unit, Currency::USD, series.last());
        DonorSeries {
            series: *series,
            weight,
            size: year.zip(rate).map(|(year, rate)| year / rate),
        }
    });
    DonorPrior::of(&donors.collect::<Vec<_>>())
}

/// Return how much a donor series counts for a leaf.
fn donor_weight(donor: &SeriesKey, leaf: &SeriesKey) -> f64 {
    let mirrored = match donor.flow {
        Flow::Exports => Flow::Imports,
        Flow::Imports => Flow::Exports,
        other => other,
    };
    let own = donor.reporter == leaf.reporter && donor.flow == leaf.flow;
    let mirror = donor.partner == leaf.reporter && mirrored == leaf.flow;
    if own || mirror {
        WEIGHT_OWN
    } else if donor.flow == leaf.flow {
        WEIGHT_SAME_FLOW
    } else {
        WEIGHT_OTHER_FLOW
    }
}

/// Describe a figure: `CHN.CA5.T.TOTAL.CNY level of Jan–May 2024`.
fn figure_in_words(release: &Release) -> String {
    format!(
        "{} {} of {}",
        release.key,
        release.measure.word(),
        release.span.words()
    )
}

/// Describe a figure that was not used, with the reason.
fn unused_in_words(unused: &UnusedFigure) -> String {
    let UnusedFigure { release, reason } = unused;
    format!("{}: {reason}", figure_in_words(release))
}

/// Describe a figure that others contradict, with what the draws say instead.
fn conflicting_in_words(conflicting: &ConflictingFigure) -> String {
    let ConflictingFigure { release, median } = conflicting;
    let written = |value: f64| match release.measure {
        FigureMeasure::Level | FigureMeasure::Change => format!("{:.1} million", value / 1e6),
        FigureMeasure::Growth
        | FigureMeasure::ShareOfProduct
        | FigureMeasure::ShareOfPartner
        | FigureMeasure::ShareOfReporter => format!("{:+.1} %", 100.0 * value),
    };
    format!(
        "{}: published {}, drawn {}",
        figure_in_words(release),
        written(release.value),
        written(*median)
    )
}
