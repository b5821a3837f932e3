//! How a table of no known format could be read, as the wire writes it.

use crate::ingest::{IngestError, Mapping, MappingSuggestion};
use crate::service::pb;
use std::collections::HashMap;

/// Return how a refused file could be read, where that is known.
pub(super) fn suggestion_of(error: &IngestError) -> Option<pb::MappingSuggestion> {
    let IngestError::Unmapped {
        refusal,
        suggestion,
    } = error
    else {
        return None;
    };
    let MappingSuggestion {
        mapping,
        missing,
        choices,
        columns,
        ..
    } = suggestion.as_ref();
    let choices = choices.iter().map(|(part, columns)| pb::ColumnChoice {
        part: part.word().to_owned(),
        columns: columns.clone(),
    });
    Some(pb::MappingSuggestion {
        mapping: Some(mapping.into()),
        missing: missing.iter().map(|part| part.word().to_owned()).collect(),
        choices: choices.collect(),
        columns: columns.clone(),
        reason: refusal.expected.clone(),
    })
}

impl From<&Mapping> for pb::FileMapping {
    fn from(of: &Mapping) -> Self {
        let stated = &of.stated;
        let code = |code: &Option<crate::trade::Code>| code.as_ref().map(ToString::to_string);
        let constants = [
            ("reporter", code(&stated.reporter)),
            ("partner", code(&stated.partner)),
            ("product", code(&stated.product)),
            ("flow", stated.flow.map(|flow| flow.to_string())),
            ("unit", stated.unit.map(|unit| unit.to_string())),
            ("source", stated.source.clone()),
            ("period", of.period.map(|span| span.to_string())),
        ];
        let constants = constants.into_iter();
        let constants = constants.filter_map(|(part, text)| Some((part.to_owned(), text?)));
        let columns = of.columns.iter();
        let columns = columns.map(|(part, from)| (part.word().to_owned(), from.to_string()));
        let mark = |mark: Option<char>| mark.map(String::from).unwrap_or_default();
        let pairs = |pairs: &std::collections::BTreeMap<String, String>| {
            pairs.iter().map(|(k, v)| (k.clone(), v.clone())).collect()
        };
        let notation = &of.notation;
        Self {
            parts: constants.chain(columns).collect::<HashMap<_, _>>(),
            wide: of.wide,
            sheet: of.sheet.clone().unwrap_or_default(),
            header_row: of.header_row.unwrap_or(0),
            filters: pairs(&of.filters),
            skip: of.skip.clone(),
            gaps: of.gaps.clone(),
            nil: of.nil.clone(),
            codes: pairs(&of.codes),
            decimal: mark(notation.marks.decimal),
            thousands: mark(notation.marks.thousands),
            dates: notation
                .dates
                .map_or_else(String::new, |o| o.word().to_owned()),
        }
    }
}
