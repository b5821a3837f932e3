//! A delivered figure as a row of the project's own layout (see `data/README.md`).

use super::batch::{FigureBatch, FigureRow};
use crate::trade::Unit;

/// Columns of the tidy layout, in order.
pub const TIDY_COLUMNS: [&str; 12] = [
    "kind",
    "reporter",
    "partner",
    "flow",
    "product",
    "measure",
    "period",
    "value",
    "unit",
    "status",
    "released_on",
    "source",
];

impl FigureBatch {
    /// Return a figure as a row of the tidy layout, its value in the delivered unit and with the
    /// delivered digits.
    pub fn tidy_row(&self, row: &FigureRow) -> [String; 12] {
        let key = self.key(row.key);
        let unit = self.text(row.unit);
        let scale = if row.measure.is_percentage() {
            0.01
        } else {
            Unit::parse(unit).map_or(1.0, |unit| unit.scale)
        };
        let value = if row.value.is_nan() {
            String::new()
        } else {
            // Half of the last digit, 0.005, means two decimals.
            let digit = 2.0 * row.rounding / scale;
            let decimals = if digit > 0.0 {
                -digit.log10().round()
            } else {
                0.0
            };
            let decimals = if decimals > 0.0 {
                decimals.min(17.0) as usize
            } else {
                0
            };
            format!("{:.decimals$}", row.value / scale)
        };
        let released_on = row.released_on.map(|day| day.to_string());
        [
            row.kind.word().to_owned(),
            key.reporter.to_string(),
            key.partner.to_string(),
            key.flow.to_string(),
            key.product.to_string(),
            row.measure.word().to_owned(),
            row.span.to_string(),
            value,
            unit.to_owned(),
            self.text(row.status).to_owned(),
            released_on.unwrap_or_default(),
            self.text(row.source).to_owned(),
        ]
    }
}
