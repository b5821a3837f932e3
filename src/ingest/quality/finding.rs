//! Findings of the quality report.

use crate::trade::Span;
use std::collections::{BTreeMap, BTreeSet};

/// Kind of a finding, what a reader should act on first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum QualityIssue {
    /// Levels a power of ten higher or lower from a month on, as after a change of unit.
    UnitJump,
    /// Months that rise through each year and fall back in January, as cumulatives do.
    Cumulative,
    /// Exports and imports that do not add up to the total that is given beside them.
    Incoherent,
    /// Published growth that the levels contradict.
    GrowthMismatch,
    /// A month that two files give.
    Duplicate,
    /// Months from another source than the rest of the series, or of another edition of its
    /// classification, which may mean something else.
    OtherSource,
    /// Months without a figure within a series.
    Gap,
    /// Figures that differ from those known before.
    Revision,
    /// Difference between one side's exports and the other side's imports.
    Mirror,
    /// A departure in the last months: an outlier or a level shift.
    Undecidable,
    /// A lasting change of level.
    LevelShift,
    /// A month that departs from the months before, and from which the series returns.
    Outlier,
}

impl QualityIssue {
    /// Return the name of the kind in reports.
    pub fn word(self) -> &'static str {
        match self {
            Self::Gap => "gap",
            Self::Duplicate => "duplicate",
            Self::UnitJump => "unit jump",
            Self::Cumulative => "looks cumulative",
            Self::GrowthMismatch => "growth contradicts levels",
            Self::Incoherent => "does not add up",
            Self::Mirror => "mirror asymmetry",
            Self::Outlier => "outlier",
            Self::LevelShift => "level shift",
            Self::Undecidable => "undecidable",
            Self::Revision => "revision",
            Self::OtherSource => "other source",
        }
    }
}

/// A finding about one series.
#[derive(Debug, Clone, PartialEq)]
pub struct QualityFinding {
    /// Kind.
    pub issue: QualityIssue,
    /// Series; of a mirror asymmetry, the importer's.
    pub series: String,
    /// Month or span with which the finding starts.
    pub period: Span,
    /// Size of the finding: the number of months of a gap or from another source, the factor of a
    /// unit jump or of a year's last month over January, a fraction for all others. An outlier or a
    /// level shift is measured against the level before, a mirror asymmetry is
    /// `2 (M − X) / (M + X)`, a revision is the median of `|new / old − 1|`.
    pub size: f64,
    /// Description in words.
    pub detail: String,
}

/// Report on an import: what was read, left out, refused and found.
#[derive(Debug, Clone, Default)]
pub struct QualityReport {
    /// Number of accepted figures.
    pub figures: usize,
    /// Number of series with accepted figures.
    pub series: usize,
    /// Number of rows left out on purpose, by reason.
    pub left_out: BTreeMap<&'static str, u64>,
    /// Columns of mapped tables that nothing was read of.
    pub columns_left_out: BTreeSet<String>,
    /// Refused rows, each with its place and what was expected.
    pub refused: Vec<String>,
    /// Findings by kind, series and period.
    pub findings: Vec<QualityFinding>,
}
