//! Forecasting methods: their members, and how these are combined.

use crate::projection::combine::member::Member;
use std::fmt;
use std::str::FromStr;

/// How the members' forecasts become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CombinationRule {
    /// The weighted mean. A member weighs what suits the roughness of the series, over the 15th
    /// power of its shrunken rolling-origin error. At each step the smallest and the largest path
    /// are set to their neighbours.
    InverseError,
    /// The unweighted mean.
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
    /// For each series the one member, out of all, with the smallest error at its rolling origins.
    Best,
    /// One member for every series.
    Only(Member),
}

impl Method {
    /// The members of the combinations.
    const COMBINED: [Member; 9] = [
        Member::AggregatedTheta,
        Member::AggregatedDynamicTheta,
        Member::DampedHolt,
        Member::RidgeAutoregression,
        Member::PooledShort,
        Member::PooledLong,
        Member::DynamicThetaLevels,
        Member::PooledLevels,
        Member::Theta,
    ];

    /// Return every method.
    pub fn all() -> impl Iterator<Item = Self> {
        [Self::Auto, Self::Equal, Self::Best]
            .into_iter()
            .chain(Member::ALL.map(Self::Only))
    }

    /// Return the name that requests and results use.
    pub fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Equal => "equal-weights",
            Self::Best => "best",
            Self::Only(member) => member.name(),
        }
    }

    /// Return the members of the method.
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

    /// Return how the members are combined.
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

/// The error of a name that no method has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "there is no method `{name}`; there are {}",
    Method::all().map(Method::name).collect::<Vec<_>>().join(", ")
)]
pub struct UnknownMethod {
    name: String,
}

impl FromStr for Method {
    type Err = UnknownMethod;

    /// Return the method of a name; the empty name is the default.
    ///
    /// # Errors
    /// [`UnknownMethod`] for any other name.
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
