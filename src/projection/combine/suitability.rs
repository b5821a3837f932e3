//! How well members suit a series.

use crate::projection::combine::member::Member;
use crate::projection::history::texture::Texture;

/// Fewer months tell neither a season nor a trend.
const YEAR: usize = 12;

/// Return how well a member suits series of this roughness and length.
///
/// Less than a year is forecast at its level alone, by Theta without a slope.
///
/// Temporal aggregation helps short series and rough ones (most trade); on a long smooth series it
/// lags behind. Damped trends and autoregressions suit smooth series, the pooled regressions on
/// many lags and in levels rough ones. Found on validation origins of M1, M3, Tourism, US trade and
/// the exports and imports of 55 countries.
pub(in crate::projection::combine) fn suits(member: Member, texture: Texture) -> f64 {
    if texture.months < YEAR {
        return f64::from(u8::from(member == Member::Theta));
    }
    let rough = ramp(texture.roughness, 0.4, 0.7);
    match member {
        Member::AggregatedTheta | Member::AggregatedDynamicTheta => {
            let short = 1.0 - ramp(texture.months as f64, 72.0, 120.0);
            let very_rough = ramp(texture.roughness, 0.5, 0.8);
            very_rough + (1.0 - very_rough) * short
        }
        Member::DampedHolt => 1.0 - 0.7 * rough,
        Member::RidgeAutoregression => 1.0 + texture.smoothness() - 0.7 * rough,
        Member::PooledLong | Member::PooledLevels => rough,
        // Only for falls that a panel shares: see `follows_level`.
        Member::Theta => 0.0,
        _ => 1.0,
    }
}

/// Whether a member follows the latest level with little of the trend before. Such members lead in
/// a fall that most series share, which the others carry on or take for an outlier (US trade by
/// partner, from origins in 2008 and 2009).
pub(in crate::projection::combine) fn follows_level(member: Member) -> bool {
    matches!(member, Member::Theta | Member::DynamicThetaLevels)
}

/// Rise from 0 at `from` to 1 at `to`.
fn ramp(value: f64, from: f64, to: f64) -> f64 {
    ((value - from) / (to - from)).clamp(0.0, 1.0)
}
