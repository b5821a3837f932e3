//! Exports and imports that do not add up to their total.

use super::finding::{QualityFinding, QualityIssue};
use super::levels::{DeliveredLevel, LevelTable, at};
use crate::trade::{Flow, Hierarchy};

/// Difference that late corrections of a part leave, as a share of the total.
const USUAL: f64 = 1e-3;

/// Find the spans of a total for which all of its parts, exports and imports, are given and differ
/// from it by more than rounding, or than [`USUAL`].
pub(super) fn find(
    levels: &LevelTable<'_>,
    hierarchy: &Hierarchy,
    series: usize,
) -> Vec<QualityFinding> {
    let key = levels.keys()[series];
    if key.flow != Flow::Total {
        return Vec::new();
    }
    let components = hierarchy.over_flows(series);
    let finding = |total: &DeliveredLevel<'_>| {
        let part = |part: usize| at(levels.of(part), total.span);
        let parts = components.iter().map(|c| Some((c.sign, part(c.part)?)));
        let parts = parts.collect::<Option<Vec<_>>>()?;
        let signed = parts.iter().map(|(sign, part)| sign * part.value);
        let sum = signed.reduce(|sum, value| sum + value)?;
        let rounding = parts
            .iter()
            .fold(total.rounding, |sum, (_, part)| sum + part.rounding);
        let difference = sum - total.value;
        let usual = rounding.max(USUAL * total.value.abs());
        (difference.abs() > usual * (1.0 + 1e-9)).then(|| QualityFinding {
            issue: QualityIssue::Incoherent,
            series: key.to_string(),
            period: total.span,
            size: difference / total.value,
            detail: format!(
                "exports and imports make {sum}, the total is {}",
                total.value
            ),
        })
    };
    levels.of(series).iter().filter_map(finding).collect()
}
