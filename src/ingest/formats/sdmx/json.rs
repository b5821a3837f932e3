//! Reads SDMX-JSON data messages, 1.0 and 2.0: observations keyed by positions in the lists of
//! their dimensions.
//!
//! An attribute holds for the data set, a group of observations, a series or an observation; its
//! default holds where none is stated. A group is keyed by the positions of the dimensions that it
//! pins, with nothing for those that it leaves open: `0::1:`.

use super::classification::classified;
use super::concepts::ConceptValues;
use super::json_structure::{
    PinnedGroups, SdmxJsonStructure, attributes, code_at, locate, structure_of, value_text,
};
use super::layout::SdmxLayout;
use crate::ingest::formats::draft::add_outcome;
use crate::ingest::formats::json;
use crate::ingest::formats::record::{TableHeader, TableRecord};
use crate::ingest::parsed_file::{CellError, ParsedFile};
use crate::ingest::refusal::IngestError;
use crate::ingest::source::SourceText;
use serde_json::Value;

/// Read a message.
pub(in crate::ingest::formats) fn read(
    text: SourceText<'_>,
    parsed: &mut ParsedFile,
) -> Result<(), IngestError> {
    let name = text.name;
    let text = text.document()?;
    let message: Value = json::parse(&text, name)?;
    if let Some(error) = message
        .get("errors")
        .filter(|e| e.as_array().is_some_and(|e| !e.is_empty()))
    {
        return Err(parsed.refuse_file(format!("expected data, not errors: {error}")));
    }
    let data = message.get("data").unwrap_or(&message);
    let sets = data.get("dataSets").and_then(Value::as_array);
    let Some(sets) = sets else {
        return Err(parsed.refuse_file("expected `dataSets`, within `data` or by itself"));
    };
    let mut row = 0;
    for set in sets {
        let structure = structure_of(data, set)
            .ok_or_else(|| parsed.refuse_file("expected a `structure` of the data set"))?;
        let mut shape = SdmxJsonStructure::new(structure);
        if let Some(source) = of_header(&message) {
            shape.source = source;
        }
        if set.get("action").and_then(Value::as_str) == Some("Delete") {
            let wrong = CellError::new(
                "action",
                "Delete",
                "expected Information, Append, Merge or Replace",
            );
            parsed.refuse(row + 1, wrong)?;
            continue;
        }
        shape.read(set, parsed, &mut row)?;
    }
    Ok(())
}

/// Return the data flow that a header names, where it is a known one: WITS names it there alone,
/// other services number their messages.
fn of_header(message: &Value) -> Option<String> {
    let text = |value: &Value, name: &str| value.get(name)?.as_str().map(str::to_owned);
    let header = message.get("header")?;
    let (sender, id) = (text(header.get("sender")?, "id")?, text(header, "id")?);
    let source = format!("{sender}:{id}");
    classified(&source).is_some().then_some(source)
}

impl SdmxJsonStructure {
    /// Read the observations of a data set.
    fn read(&self, set: &Value, parsed: &mut ParsedFile, row: &mut u64) -> Result<(), IngestError> {
        let (base, groups) = match self.base(set) {
            Ok(base) => base,
            Err(wrong) => return parsed.refuse(*row + 1, wrong),
        };
        let fixed = vec![0; self.fixed.len()];
        if let Some(observations) = set.get("observations").and_then(Value::as_object) {
            return self.observations((&base, &fixed), &groups, observations, parsed, row);
        }
        let Some(all) = set.get("series").and_then(Value::as_object) else {
            return Ok(());
        };
        for (key, series) in in_order(all) {
            let mut pairs = base.clone();
            let mut at = fixed.clone();
            let own = series.get("attributes");
            let placed = locate(&mut pairs, &mut at, &self.series, key)
                .and_then(|()| attributes(&mut pairs, &self.series_attributes, own));
            if let Err(wrong) = placed {
                parsed.refuse(*row + 1, wrong)?;
                continue;
            }
            if let Some(observations) = series.get("observations").and_then(Value::as_object) {
                self.observations((&pairs, &at), &groups, observations, parsed, row)?;
            }
        }
        Ok(())
    }

    /// Read observations, all of which share some values of concepts and some positions.
    fn observations(
        &self,
        (base, positions): (&ConceptValues, &[usize]),
        groups: &[PinnedGroups<'_>],
        observations: &serde_json::Map<String, Value>,
        parsed: &mut ParsedFile,
        row: &mut u64,
    ) -> Result<(), IngestError> {
        let mut known: Option<(TableHeader, SdmxLayout)> = None;
        for (key, values) in in_order(observations) {
            *row += 1;
            let mut pairs = base.clone();
            let values = values.as_array().map(Vec::as_slice).unwrap_or_default();
            if let Err(wrong) = self.observation(&mut pairs, positions, groups, key, values) {
                parsed.refuse(*row, wrong)?;
                continue;
            }
            let (names, cells): (Vec<String>, Vec<String>) = pairs.into_iter().unzip();
            if known
                .as_ref()
                .is_none_or(|(header, _)| header.names != names)
            {
                let header = TableHeader::new(names);
                match SdmxLayout::new(&header, |name| self.is_attribute(name)) {
                    Ok(layout) => known = Some((header, layout)),
                    Err(wrong) => {
                        parsed.refuse(*row, wrong)?;
                        continue;
                    }
                }
            }
            let Some((header, layout)) = known.as_ref() else {
                continue;
            };
            let record = TableRecord {
                row: *row,
                header,
                cells: &cells,
            };
            let found = layout.read(&record, &self.source);
            add_outcome(parsed, &record, found, layout.period, layout.value)?;
        }
        Ok(())
    }

    /// Add the values of one observation and of its groups.
    fn observation(
        &self,
        pairs: &mut ConceptValues,
        positions: &[usize],
        groups: &[PinnedGroups<'_>],
        key: &str,
        values: &[Value],
    ) -> Result<(), CellError> {
        let mut at = positions.to_vec();
        locate(pairs, &mut at, &self.observation, key)?;
        if !groups.is_empty() {
            self.grouped(pairs, groups, &at)?;
        }
        let value = values.first().map(value_text).unwrap_or_default();
        pairs.push(("OBS_VALUE".to_owned(), value));
        for (n, component) in self.observation_attributes.iter().enumerate() {
            let code = code_at(component, values.get(self.measures + n))?;
            pairs.push((component.id.clone(), code));
        }
        Ok(())
    }
}

/// Return the members in the order of their positions: `2` before `10`.
fn in_order(members: &serde_json::Map<String, Value>) -> Vec<(&String, &Value)> {
    let mut members: Vec<_> = members.iter().collect();
    let place = |part: &str| part.parse::<u64>().unwrap_or(u64::MAX);
    members.sort_by_cached_key(|(position, _)| -> Vec<u64> {
        position.split(':').map(place).collect()
    });
    members
}
