//! Methods: which members, and how they become one forecast.

use crate::projection::combine::member::Member;
use std::fmt;
use std::str::FromStr;

/// How the members' forecasts become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CombinationRule {
    /// The mean, each member weighing what suits the roughness of the series, over its shrunken rolling-origin error; at each step the
    /// smallest and the largest path are drawn in to their neighbours.
    InverseError,
    /// The plain mean.
    Equal,
    /// The one member with the smallest shrunken rolling-origin error.
    Best,
}

/// A forecasting method, by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Method {
    /// Members weighted by inverse errors: the default.
    Auto,
    /// Members with equal weights: the baseline of the combination.
    Equal,
    /// For each series the one member that did best in its own rolling-origin backtest, out of all.
    Best,
    /// One member for every series.
    Only(Member),
}

impl Method {
    /// The members of the combinations.
    const COMBINED: [Member; 10] = [
        Member::AggregatedHolt,
        Member::AggregatedTheta,
        Member::AggregatedDynamicTheta,
        Member::DampedHolt,
        Member::RidgeAutoregression,
        Member::PooledShort,
        Member::PooledLong,
        Member::AggregatedHoltLevels,
        Member::DynamicThetaLevels,
        Member::PooledLevels,
    ];

    /// Every method.
    pub fn all() -> impl Iterator<Item = Self> {
        [Self::Auto, Self::Equal, Self::Best]
            .into_iter()
            .chain(Member::ALL.map(Self::Only))
    }

    /// The name that requests and results use.
    pub fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Equal => "equal-weights",
            Self::Best => "best",
            Self::Only(member) => member.name(),
        }
    }

    /// The members that take part.
    pub fn members(&self) -> &[Member] {
        match self {
            Self::Auto | Self::Equal => &Self::COMBINED,
            Self::Best => &Member::ALL,
            Self::Only(member) => std::slice::from_ref(member),
        }
    }

    /// Whether several members make one forecast.
    pub(in crate::projection) fn combines(self) -> bool {
        matches!(self, Self::Auto | Self::Equal)
    }

    /// How they are put together.
    pub fn rule(self) -> CombinationRule {
        match self {
            Self::Auto => CombinationRule::InverseError,
            Self::Equal | Self::Only(_) => CombinationRule::Equal,
            Self::Best => CombinationRule::Best,
        }
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A name that is no method's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no method `{name}`; there are {}", Method::all().map(Method::name).collect::<Vec<_>>().join(", "))]
pub struct UnknownMethod {
    name: String,
}

impl FromStr for Method {
    type Err = UnknownMethod;

    /// The method of a name; the empty name is the default.
    fn from_str(name: &str) -> Result<Self, UnknownMethod> {
        let wanted = name.trim().to_ascii_lowercase();
        if wanted.is_empty() {
            return Ok(Self::Auto);
        }
        Self::all()
            .find(|method| method.name() == wanted)
            .ok_or(UnknownMethod {
                name: name.to_owned(),
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_method_survives_its_name() {
        for method in Method::all() {
            assert_eq!(method.name().parse(), Ok(method));
        }
        assert_eq!("".parse(), Ok(Method::Auto));
        assert!(
            "arima"
                .parse::<Method>()
                .unwrap_err()
                .to_string()
                .contains("there are auto, equal-weights")
        );
    }
}
