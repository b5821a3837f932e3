//! Drivers of a forecast in groups that a reader can take in: the columns of tables and the bars of
//! charts.

use crate::pipeline::Drivers;
use crate::projection::Driver;

/// A group of drivers.
#[derive(Debug, Clone, Copy)]
pub(super) struct DriverGroup {
    /// Heading of a column.
    pub(super) heading: &'static str,
    /// What it is, in a few words.
    pub(super) words: &'static str,
    /// Whether a driver belongs to it.
    belongs: fn(&Driver) -> bool,
}

/// All groups; each driver belongs to one.
pub(super) const GROUPS: [DriverGroup; 10] = [
    DriverGroup {
        heading: "Known",
        words: "Months already known",
        belongs: |of| matches!(of, Driver::Observed),
    },
    DriverGroup {
        heading: "Level",
        words: "Level reached lately",
        belongs: |of| matches!(of, Driver::Level),
    },
    DriverGroup {
        heading: "Trend",
        words: "Trend from here on",
        belongs: |of| matches!(of, Driver::Trend),
    },
    DriverGroup {
        heading: "Lags",
        words: "Echo of earlier months",
        belongs: |of| {
            matches!(
                of,
                Driver::LagsRecent | Driver::LagsMiddle | Driver::LagsYear | Driver::LagsFar
            )
        },
    },
    DriverGroup {
        heading: "Season",
        words: "Change of the season",
        belongs: |of| matches!(of, Driver::Season),
    },
    DriverGroup {
        heading: "Calendar",
        words: "New Year and working days",
        belongs: |of| matches!(of, Driver::NewYear | Driver::WorkingDays),
    },
    DriverGroup {
        heading: "Given",
        words: "Regressors and newer figures of others",
        belongs: |of| matches!(of, Driver::Regressor(_) | Driver::News(_)),
    },
    DriverGroup {
        heading: "Base",
        words: "Unusual months a year before",
        belongs: |of| matches!(of, Driver::Base | Driver::Outlier),
    },
    DriverGroup {
        heading: "Shift",
        words: "Level shift in the last months",
        belongs: |of| matches!(of, Driver::LevelShift),
    },
    DriverGroup {
        heading: "Adjust",
        words: "Limits and steps of the method",
        belongs: |of| {
            matches!(
                of,
                Driver::Limits
                    | Driver::ToMedian
                    | Driver::DrawnIn
                    | Driver::ToMean
                    | Driver::Zeros
                    | Driver::CarriedOn
                    | Driver::JointMedian
            )
        },
    },
];

impl DriverGroup {
    /// Return what the drivers of the group add to growth; `None` if none of them is there.
    pub(super) fn points(&self, growth: &Drivers) -> Option<f64> {
        let mut those = growth
            .by_driver
            .iter()
            .filter(|(driver, _)| (self.belongs)(driver))
            .peekable();
        those.peek()?;
        Some(those.map(|(_, points)| points).sum())
    }
}
