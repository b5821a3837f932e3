//! SDMX-JSON data messages, 1.0 and 2.0: observations keyed by positions in the lists of their dimensions.

use super::super::IngestError;
use super::super::reading::{Reading, Wrong};
use super::container::whole;
use super::record::{Header, Record, settle};
use super::sdmx::Layout;
use serde_json::Value;
use std::io::BufRead;
use std::path::Path;

pub(super) fn read(
    text: &mut dyn BufRead,
    file: &Path,
    reading: &mut Reading,
) -> Result<(), IngestError> {
    let text = whole(text, file)?;
    let message: Value = super::json(&text, file)?;
    if let Some(error) = message
        .get("errors")
        .filter(|e| e.as_array().is_some_and(|e| !e.is_empty()))
    {
        return Err(reading.whole(format!("expected data, not errors: {error}")));
    }
    let data = message.get("data").unwrap_or(&message);
    let sets = data.get("dataSets").and_then(Value::as_array);
    let Some(sets) = sets else {
        return Err(reading.whole("expected `dataSets`, within `data` or by itself"));
    };
    let mut row = 0;
    for set in sets {
        let structure = structure_of(data, set)
            .ok_or_else(|| reading.whole("expected a `structure` of the data set"))?;
        let shape = Shape::new(structure);
        if set.get("action").and_then(Value::as_str) == Some("Delete") {
            let wrong = Wrong::new(
                "action",
                "Delete",
                "expected Information, Append, Merge or Replace",
            );
            reading.refuse(row + 1, wrong)?;
            continue;
        }
        shape.read(set, reading, &mut row)?;
    }
    Ok(())
}

/// Version 1.0 has one structure, 2.0 a list that the data set points into.
fn structure_of<'a>(data: &'a Value, set: &Value) -> Option<&'a Value> {
    if let Some(structure) = data.get("structure") {
        return Some(structure);
    }
    let at = set.get("structure").and_then(Value::as_u64).unwrap_or(0);
    data.get("structures")?.get(usize::try_from(at).ok()?)
}

/// A dimension or attribute and the codes that positions point to.
struct Component {
    id: String,
    codes: Vec<String>,
}

fn components(structure: &Value, of: &str, level: &str) -> Vec<Component> {
    let list = structure
        .get(of)
        .and_then(|of| of.get(level))
        .and_then(Value::as_array);
    let code = |value: &Value| {
        let id = value
            .get("id")
            .or_else(|| value.get("value"))
            .unwrap_or(value);
        id.as_str().map_or_else(|| id.to_string(), str::to_owned)
    };
    let component = |component: &Value| Component {
        id: component
            .get("id")
            .and_then(Value::as_str)
            .unwrap_or("")
            .to_owned(),
        codes: component
            .get("values")
            .and_then(Value::as_array)
            .map(|values| values.iter().map(code).collect())
            .unwrap_or_default(),
    };
    list.map(|list| list.iter().map(component).collect())
        .unwrap_or_default()
}

struct Shape {
    source: String,
    fixed: Vec<Component>,
    series: Vec<Component>,
    observation: Vec<Component>,
    series_attributes: Vec<Component>,
    observation_attributes: Vec<Component>,
    set_attributes: Vec<Component>,
    measures: usize,
}

impl Shape {
    fn new(structure: &Value) -> Self {
        let level = |of: &str, names: [&str; 2]| {
            let [first, second] = names.map(|name| components(structure, of, name));
            if first.is_empty() { second } else { first }
        };
        let source = structure
            .get("dataflow")
            .or_else(|| structure.get("name"))
            .or_else(|| structure.get("dataStructure"))
            .and_then(Value::as_str)
            .map(|text| text.rsplit('=').next().unwrap_or(text))
            .unwrap_or("SDMX-JSON");
        Self {
            source: source.to_owned(),
            fixed: level("dimensions", ["dataSet", "dataset"]),
            series: components(structure, "dimensions", "series"),
            observation: components(structure, "dimensions", "observation"),
            series_attributes: components(structure, "attributes", "series"),
            observation_attributes: components(structure, "attributes", "observation"),
            set_attributes: level("attributes", ["dataSet", "dataset"]),
            measures: components(structure, "measures", "observation")
                .len()
                .max(1),
        }
    }

    fn is_attribute(&self, name: &str) -> bool {
        let levels = [
            &self.set_attributes,
            &self.series_attributes,
            &self.observation_attributes,
        ];
        levels.into_iter().flatten().any(|known| known.id == name)
    }

    fn read(&self, set: &Value, reading: &mut Reading, row: &mut u64) -> Result<(), IngestError> {
        let mut base = Vec::new();
        for fixed in &self.fixed {
            base.push((
                fixed.id.clone(),
                fixed.codes.first().cloned().unwrap_or_default(),
            ));
        }
        attributes(&mut base, &self.set_attributes, set.get("attributes"));
        if let Some(observations) = set.get("observations").and_then(Value::as_object) {
            return self.observations(&base, observations, reading, row);
        }
        let Some(all) = set.get("series").and_then(Value::as_object) else {
            return Ok(());
        };
        for (position, series) in in_order(all) {
            let mut pairs = base.clone();
            if let Err(wrong) = locate(&mut pairs, &self.series, position) {
                reading.refuse(*row + 1, wrong)?;
                continue;
            }
            attributes(
                &mut pairs,
                &self.series_attributes,
                series.get("attributes"),
            );
            if let Some(observations) = series.get("observations").and_then(Value::as_object) {
                self.observations(&pairs, observations, reading, row)?;
            }
        }
        Ok(())
    }

    fn observations(
        &self,
        base: &[(String, String)],
        observations: &serde_json::Map<String, Value>,
        reading: &mut Reading,
        row: &mut u64,
    ) -> Result<(), IngestError> {
        let mut known: Option<(Header, Layout)> = None;
        for (position, values) in in_order(observations) {
            *row += 1;
            let mut pairs = base.to_vec();
            if let Err(wrong) = locate(&mut pairs, &self.observation, position) {
                reading.refuse(*row, wrong)?;
                continue;
            }
            let values = values.as_array().map(Vec::as_slice).unwrap_or_default();
            let value = values.first().map(text).unwrap_or_default();
            pairs.push(("OBS_VALUE".to_owned(), value));
            for (component, at) in self
                .observation_attributes
                .iter()
                .zip(values.iter().skip(self.measures))
            {
                pairs.push((component.id.clone(), code_at(component, at)));
            }
            let (names, cells): (Vec<String>, Vec<String>) = pairs.into_iter().unzip();
            if known
                .as_ref()
                .is_none_or(|(header, _)| header.names != names)
            {
                let header = Header::new(names);
                match Layout::new(&header, |name| self.is_attribute(name)) {
                    Ok(layout) => known = Some((header, layout)),
                    Err(wrong) => {
                        reading.refuse(*row, wrong)?;
                        continue;
                    }
                }
            }
            let Some((header, layout)) = known.as_ref() else {
                continue;
            };
            let record = Record {
                row: *row,
                header,
                cells: &cells,
            };
            let found = layout.read(&record, &self.source);
            settle(reading, &record, found, layout.period, layout.value)?;
        }
        Ok(())
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(values) => values.first().map(text).unwrap_or_default(),
        other => other.to_string(),
    }
}

/// An attribute is a position in its list, or, from version 2.0 on, the value itself.
fn code_at(component: &Component, value: &Value) -> String {
    let position = value.as_u64().and_then(|at| usize::try_from(at).ok());
    let listed = position.and_then(|at| component.codes.get(at));
    listed.cloned().unwrap_or_else(|| text(value))
}

fn attributes(pairs: &mut Vec<(String, String)>, components: &[Component], values: Option<&Value>) {
    let values = values
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .unwrap_or_default();
    for (at, component) in components.iter().enumerate() {
        let code = match values.get(at) {
            Some(value) => code_at(component, value),
            // An attribute with one value need not be pointed to.
            None if component.codes.len() == 1 => component.codes[0].clone(),
            None => String::new(),
        };
        pairs.push((component.id.clone(), code));
    }
}

/// The members in the order of their positions: `2` before `10`.
fn in_order(members: &serde_json::Map<String, Value>) -> Vec<(&String, &Value)> {
    let mut members: Vec<_> = members.iter().collect();
    let place = |part: &str| part.parse::<u64>().unwrap_or(u64::MAX);
    members.sort_by_cached_key(|(position, _)| -> Vec<u64> {
        position.split(':').map(place).collect()
    });
    members
}

/// Adds the codes that `position` (`0:3:1`) points to.
fn locate(
    pairs: &mut Vec<(String, String)>,
    components: &[Component],
    position: &str,
) -> Result<(), Wrong> {
    let parts: Vec<&str> = position.split(':').collect();
    if parts.len() != components.len() {
        let expected = format!("expected {} positions, one a dimension", components.len());
        return Err(Wrong::new("observations", position, expected));
    }
    for (component, part) in components.iter().zip(parts) {
        let code = part
            .parse::<usize>()
            .ok()
            .and_then(|at| component.codes.get(at));
        let code = code.ok_or_else(|| {
            let expected = format!("expected a position below {}", component.codes.len());
            Wrong::new(&component.id, part, expected)
        })?;
        pairs.push((component.id.clone(), code.clone()));
    }
    Ok(())
}
