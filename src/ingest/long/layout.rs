//! The columns of a long file, and how it writes names and months.

use crate::trade::Notation;
use polars::prelude::DataType;

/// Names of the three columns of a long file.
#[derive(Debug, Clone)]
pub struct LongColumns {
    /// Column of series names.
    pub id: String,
    /// Column of months.
    pub time: String,
    /// Column of values.
    pub value: String,
}

impl Default for LongColumns {
    /// `unique_id`, `ds`, `y`.
    fn default() -> Self {
        Self {
            id: "unique_id".into(),
            time: "ds".into(),
            value: "y".into(),
        }
    }
}

/// How a long file writes the names of series and the months, so that results can be written in
/// the same way.
#[derive(Debug, Clone)]
pub struct LongLayout {
    /// Notation of the months in the first rows.
    pub notation: Notation,
    /// Type of the column of names.
    pub id: DataType,
    /// Type of the column of months.
    pub time: DataType,
    /// Time of day in the first row of a column of timestamps, in its own unit.
    pub time_of_day: i64,
}

impl Default for LongLayout {
    /// Text, with months as `2025-05`.
    fn default() -> Self {
        Self {
            notation: Notation::Iso,
            id: DataType::String,
            time: DataType::String,
            time_of_day: 0,
        }
    }
}
