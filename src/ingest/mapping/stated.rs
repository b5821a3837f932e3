//! The parts of a figure that the caller states for a whole file.

use crate::ingest::figures::FigureBatch;
use crate::trade::{Code, Flow, Unit};

/// Reporter, partner, flow, product, unit and source as the caller states them, for a file that
/// lacks them.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct StatedParts {
    /// Reporter code.
    pub reporter: Option<Code>,
    /// Partner code.
    pub partner: Option<Code>,
    /// Flow.
    pub flow: Option<Flow>,
    /// Product code.
    pub product: Option<Code>,
    /// Currency and scale of the values.
    pub unit: Option<Unit>,
    /// Source of the figures.
    pub source: Option<String>,
}

impl StatedParts {
    /// Return what a file states otherwise: the option, its value and the value of the file.
    pub(in crate::ingest) fn contradiction(
        &self,
        figures: &FigureBatch,
    ) -> Option<(&'static str, String, String)> {
        let differs = |option, stated: Option<String>, found: String| {
            let stated = stated.filter(|stated| *stated != found)?;
            Some((option, stated, found))
        };
        figures.keys().iter().find_map(|key| {
            let code = |code: &Option<Code>| code.as_ref().map(ToString::to_string);
            differs("reporter", code(&self.reporter), key.reporter.to_string())
                .or_else(|| differs("partner", code(&self.partner), key.partner.to_string()))
                .or_else(|| {
                    let flow = self.flow.map(|flow| flow.to_string());
                    differs("flow", flow, key.flow.to_string())
                })
                .or_else(|| {
                    // A mapped table has `8703` as `HS-8703`.
                    let stated = code(&self.product);
                    let found = key.product.to_string();
                    let bare = found.rsplit_once('-').map(|(_, digits)| digits);
                    let same = stated.as_deref().is_some_and(|stated| bare == Some(stated));
                    differs("product", stated.filter(|_| !same), found)
                })
                .or_else(|| {
                    let unit = self.unit.map(|unit| unit.currency.to_string());
                    differs("unit", unit, key.unit.to_string())
                })
        })
    }
}
