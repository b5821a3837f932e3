//! What drives a forecast, and amounts by driver.

use crate::models::SeasonLength;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

/// A reason why a forecast differs from the value of the same month a year earlier.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Driver {
    /// Months of a span that are observed already.
    Observed,
    /// The latest level against the mean of the last twelve months, both without season and
    /// calendar effects.
    Level,
    /// Slopes, drifts and constants, which grow with the horizon.
    Trend,
    /// Lags of one to three months.
    LagsRecent,
    /// Lags of four to eleven months.
    LagsMiddle,
    /// Lags of twelve and thirteen months.
    LagsYear,
    /// Longer lags.
    LagsFar,
    /// The change of the month's seasonal index within a year, which is small where the season is
    /// stable.
    Season,
    /// Chinese New Year, whose days move between months.
    NewYear,
    /// Working days and the leap day.
    WorkingDays,
    /// A regressor of the user, by name.
    Regressor(Box<str>),
    /// The base effect: the deviation of the value a year earlier from its mean level, season and
    /// calendar. A high base lowers growth.
    Base,
    /// The bounds that keep paths near the observed range.
    Limits,
    /// The step from a mean to a median in members that work in levels.
    ToMedian,
    /// The smallest and the largest member, moved to their neighbours.
    DrawnIn,
    /// The step from medians to means, so that months add up to a year.
    ToMean,
    /// The step to the mean over months with and without trade.
    Zeros,
    /// A level shift in the last months: the level before it, and the chance that it passes.
    LevelShift,
    /// A stated outlier a year earlier, which raised or lowered the base.
    Outlier,
    /// The continuation of a series that has never changed.
    CarriedOn,
    /// The step from the growth of the point path to the median over the draws of whole paths: a
    /// sum of months lies otherwise than the sum of what each month is expected to be.
    JointMedian,
    /// A newer month of another series, or the error of the latest month of this or another one, by
    /// its key and month; `others` for all further ones.
    News(Box<str>),
}

impl Driver {
    /// The source of news that stands for all sources that are not named.
    pub const OTHER_SOURCES: &str = "others";

    /// Return the group of a lag, where so many months make a season.
    pub(in crate::projection) fn lag(lag: usize, season: SeasonLength) -> Self {
        match lag.checked_sub(season.get()) {
            _ if lag <= 3 => Self::LagsRecent,
            None => Self::LagsMiddle,
            Some(0 | 1) => Self::LagsYear,
            Some(_) => Self::LagsFar,
        }
    }

    /// Every driver but the regressors of the user and news.
    const NAMED: [Self; 20] = [
        Self::Observed,
        Self::Level,
        Self::Trend,
        Self::LagsRecent,
        Self::LagsMiddle,
        Self::LagsYear,
        Self::LagsFar,
        Self::Season,
        Self::NewYear,
        Self::WorkingDays,
        Self::Base,
        Self::Limits,
        Self::ToMedian,
        Self::DrawnIn,
        Self::ToMean,
        Self::Zeros,
        Self::LevelShift,
        Self::Outlier,
        Self::CarriedOn,
        Self::JointMedian,
    ];

    /// Return the driver of a name that [`Driver::name`] gives; `None` for any other text.
    pub fn parse(name: &str) -> Option<Self> {
        if let Some(regressor) = name.strip_prefix("regressor:") {
            return Some(Self::Regressor(regressor.into()));
        }
        if let Some(source) = name.strip_prefix("news:") {
            return Some(Self::News(source.into()));
        }
        Self::NAMED.into_iter().find(|driver| driver.name() == name)
    }

    /// Return the name that results use; that of a regressor begins with `regressor:`, that of news
    /// with `news:`.
    pub fn name(&self) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            Self::Observed => "observed",
            Self::Level => "level",
            Self::Trend => "trend",
            Self::LagsRecent => "lags_1_to_3",
            Self::LagsMiddle => "lags_4_to_11",
            Self::LagsYear => "lags_12_to_13",
            Self::LagsFar => "lags_from_14",
            Self::Season => "season",
            Self::NewYear => "new_year",
            Self::WorkingDays => "working_days",
            Self::Regressor(name) => return Cow::Owned(format!("regressor:{name}")),
            Self::Base => "base",
            Self::Limits => "limits",
            Self::ToMedian => "to_median",
            Self::DrawnIn => "drawn_in",
            Self::ToMean => "to_mean",
            Self::Zeros => "zeros",
            Self::LevelShift => "level_shift",
            Self::Outlier => "outlier",
            Self::CarriedOn => "carried_on",
            Self::JointMedian => "joint_median",
            Self::News(source) => return Cow::Owned(format!("news:{source}")),
        })
    }
}

impl fmt::Display for Driver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.name())
    }
}

/// Amounts by driver.
pub(in crate::projection) type DriverAmounts = BTreeMap<Driver, f64>;

/// Add `amount` to the amount of a driver.
pub(in crate::projection) fn add_amount(amounts: &mut DriverAmounts, driver: Driver, amount: f64) {
    *amounts.entry(driver).or_default() += amount;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_driver_survives_its_name() {
        for driver in Driver::NAMED {
            assert_eq!(Driver::parse(&driver.name()), Some(driver));
        }
        let oil = Driver::Regressor("oil".into());
        assert_eq!(Driver::parse(&oil.name()), Some(oil));
        let news = Driver::News("KOR.ALL.X.TOTAL.USD 2026-06".into());
        assert_eq!(Driver::parse(&news.name()), Some(news));
        assert_eq!(Driver::parse("weather"), None);
    }
}
