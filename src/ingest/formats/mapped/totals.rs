//! Totals of partners in a table: left out where they are the sum of the others, and otherwise
//! refused, since they may be the world's or those of a part of it.

use crate::ingest::formats::draft::DraftFigure;
use crate::ingest::mapping::quoted;
use crate::ingest::parsed_file::{CellError, ParsedFile};
use crate::ingest::refusal::IngestError;
use crate::trade::area::is_aggregate;
use crate::trade::{Code, Currency, Flow, Span};
use std::collections::HashMap;

/// What a sum of partners is of.
type SumKey = (Code, Flow, Code, Currency, Span);

/// A total that was found and not read.
struct WithheldTotal {
    key: SumKey,
    value: f64,
    rounding: f64,
    /// The row, the name of the column, and the word for the total.
    row: u64,
    column: String,
    word: String,
}

/// The totals of a table, and the sums that they are compared with.
#[derive(Default)]
pub(super) struct PartnerTotals {
    totals: Vec<WithheldTotal>,
    /// Sum, rounding, and sum without groups of partners.
    sums: HashMap<SumKey, (f64, f64, f64)>,
}

fn sum_key(draft: &DraftFigure) -> SumKey {
    let key = &draft.key;
    (
        key.reporter.clone(),
        key.flow,
        key.product.clone(),
        key.unit,
        draft.span,
    )
}

impl PartnerTotals {
    /// Add a figure of a partner.
    pub(super) fn add(&mut self, draft: &DraftFigure) {
        if draft.value.is_nan() {
            return;
        }
        let (all, slack, parts) = self.sums.entry(sum_key(draft)).or_default();
        *all += draft.value;
        *slack += draft.rounding;
        if !is_aggregate(&draft.key.partner) {
            *parts += draft.value;
        }
    }

    /// Keep a total of partners, whose partner is a word.
    pub(super) fn withhold(&mut self, draft: &DraftFigure, row: u64, column: &str, word: &str) {
        self.totals.push(WithheldTotal {
            key: sum_key(draft),
            value: draft.value,
            rounding: draft.rounding,
            row,
            column: column.to_owned(),
            word: word.to_owned(),
        });
    }

    /// Leave out the totals that are the sum of their partners.
    ///
    /// # Errors
    /// The refusal of the first that is not, where one invalid row refuses the file.
    ///
    /// `as_world` returns the command that reads a word as the world.
    pub(super) fn finish(
        &self,
        as_world: &dyn Fn(&str) -> String,
        parsed: &mut ParsedFile,
    ) -> Result<(), IngestError> {
        for total in &self.totals {
            let sum = self.sums.get(&total.key).copied().unwrap_or_default();
            let (all, slack, parts) = sum;
            let slack = slack + total.rounding + 1e-9 * total.value.abs();
            let fits = |sum: f64| (sum - total.value).abs() <= slack;
            if total.value.is_nan() || fits(all) || fits(parts) {
                parsed.exclude(total.row, "totals that are the sum of their partners");
                continue;
            }
            let expected = format!(
                "expected a total that is the sum of the partners, {all}, not {}, in {}: leave it \
                 out with --skip {}, or read it as the world: {}",
                total.value,
                total.key.4,
                quoted(&total.word),
                as_world(&total.word)
            );
            parsed.refuse(
                total.row,
                CellError::new(&total.column, &total.word, expected),
            )?;
        }
        Ok(())
    }
}
