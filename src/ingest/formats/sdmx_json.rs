//! SDMX-JSON data messages, 1.0 and 2.0: observations keyed by positions in the lists of their dimensions.
//!
//! An attribute is said of the data set, of a group of observations, of a series or of an observation; where nothing is said its default holds.
//! A group is keyed by the positions of the dimensions that it pins, those that it leaves open being empty: `0::1:`.

use super::super::IngestError;
use super::super::parsed_file::{CellError, ParsedFile};
use super::container::whole;
use super::record::{Header, Record, settle};
use super::sdmx::Layout;
use serde_json::Value;
use std::collections::HashMap;
use std::io::BufRead;
use std::path::Path;

/// The most sets of dimensions that groups pin: each is looked up for every observation.
const KINDS: usize = 64;

pub(super) fn read(
    text: &mut dyn BufRead,
    file: &Path,
    reading: &mut ParsedFile,
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
            let wrong = CellError::new(
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

/// Pairs of a concept and what is said of it.
type Pairs = Vec<(String, String)>;

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
    /// What holds of an attribute where nothing is said.
    default: String,
    /// Where a dimension stands in the data structure.
    place: Option<u64>,
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
        default: component.get("default").map(text).unwrap_or_default(),
        place: component.get("keyPosition").and_then(Value::as_u64),
    };
    list.map(|list| list.iter().map(component).collect())
        .unwrap_or_default()
}

struct Shape {
    source: String,
    fixed: Vec<Component>,
    series: Vec<Component>,
    observation: Vec<Component>,
    group_attributes: Vec<Component>,
    series_attributes: Vec<Component>,
    observation_attributes: Vec<Component>,
    set_attributes: Vec<Component>,
    measures: usize,
}

/// Groups that pin the same dimensions.
struct Kind<'a> {
    /// The dimensions, counted as [`Shape::dimensions`] counts them.
    pinned: Vec<usize>,
    /// What is said of the group at these positions.
    at: HashMap<Vec<usize>, &'a [Value]>,
}

impl Shape {
    fn new(structure: &Value) -> Self {
        let level = |of: &str, names: [&str; 2]| {
            let [first, second] = names.map(|name| components(structure, of, name));
            if first.is_empty() { second } else { first }
        };
        // Version 2.0 identifies the structure by the first of its links alone.
        let mut links = structure.get("links").and_then(Value::as_array).into_iter();
        let linked = links.find_map(|links| links.iter().find_map(|link| link.get("urn")));
        let source = structure
            .get("dataflow")
            .or(linked)
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
            group_attributes: components(structure, "attributes", "dimensionGroup"),
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
            &self.group_attributes,
            &self.series_attributes,
            &self.observation_attributes,
        ];
        levels.into_iter().flatten().any(|known| known.id == name)
    }

    /// All dimensions: of the data set, of series, of observations.
    fn dimensions(&self) -> Vec<&Component> {
        let levels = [&self.fixed, &self.series, &self.observation];
        levels.into_iter().flatten().collect()
    }

    /// The groups of a data set.
    ///
    /// # Errors
    /// A group whose observations cannot be told: what is said of it may be what a figure is multiplied by.
    fn groups<'a>(&self, set: &'a Value) -> Result<Vec<Kind<'a>>, CellError> {
        let mut kinds: Vec<Kind<'_>> = Vec::new();
        let told = set
            .get("dimensionGroupAttributes")
            .and_then(Value::as_object);
        let dimensions = self.dimensions();
        let is_time = |at: &usize| dimensions[*at].id == "TIME_PERIOD";
        // In the order of the data structure, where the message tells it; the time is the last, and may be left away.
        let mut order: Vec<usize> = (0..dimensions.len()).collect();
        if order
            .iter()
            .all(|at| is_time(at) || dimensions[*at].place.is_some())
        {
            order.sort_by_key(|at| dimensions[*at].place.unwrap_or(u64::MAX));
        }
        let timeless: Vec<usize> = order.iter().copied().filter(|at| !is_time(at)).collect();
        for (key, values) in told.into_iter().flatten() {
            let wrong =
                |expected: String| CellError::new("dimensionGroupAttributes", key, expected);
            let parts: Vec<&str> = key.split(':').collect();
            let order = [&order, &timeless]
                .into_iter()
                .find(|order| order.len() == parts.len());
            let order = order.ok_or_else(|| {
                wrong(format!(
                    "expected {} positions, one a dimension",
                    dimensions.len()
                ))
            })?;
            let (mut pinned, mut at) = (Vec::new(), Vec::new());
            for (dimension, part) in order.iter().zip(parts) {
                if matches!(part, "" | "~") {
                    continue;
                }
                pinned.push(*dimension);
                at.push(position(dimensions[*dimension], part)?);
            }
            let values = values.as_array().map(Vec::as_slice).unwrap_or_default();
            let known = kinds.iter().position(|kind| kind.pinned == pinned);
            match known {
                Some(kind) => {
                    kinds[kind].at.insert(at, values);
                }
                None if kinds.len() == KINDS => {
                    let expected = format!("expected groups by at most {KINDS} sets of dimensions");
                    return Err(wrong(expected));
                }
                None => kinds.push(Kind {
                    pinned,
                    at: HashMap::from([(at, values)]),
                }),
            }
        }
        Ok(kinds)
    }

    /// Adds what is said of the groups that an observation belongs to; `at` are its positions. Where two say two things both stand there,
    /// and the layout refuses the observation if it matters.
    fn grouped(
        &self,
        pairs: &mut Pairs,
        kinds: &[Kind<'_>],
        at: &[usize],
    ) -> Result<(), CellError> {
        let mut of: Vec<&[Value]> = Vec::new();
        for kind in kinds {
            let place: Option<Vec<usize>> =
                kind.pinned.iter().map(|d| at.get(*d).copied()).collect();
            of.extend(place.and_then(|place| kind.at.get(&place)).copied());
        }
        for (n, component) in self.group_attributes.iter().enumerate() {
            let first = pairs.len();
            for value in of.iter().filter_map(|values| values.get(n)) {
                let code = code_at(component, Some(value))?;
                if !value.is_null() && pairs[first..].iter().all(|(_, known)| *known != code) {
                    pairs.push((component.id.clone(), code));
                }
            }
            if pairs.len() == first {
                pairs.push((component.id.clone(), component.default.clone()));
            }
        }
        Ok(())
    }

    /// What is said of a data set, its groups first.
    fn base<'a>(&self, set: &'a Value) -> Result<(Pairs, Vec<Kind<'a>>), CellError> {
        let kinds = self.groups(set)?;
        let mut base = Vec::new();
        for fixed in &self.fixed {
            base.push((
                fixed.id.clone(),
                fixed.codes.first().cloned().unwrap_or_default(),
            ));
        }
        attributes(&mut base, &self.set_attributes, set.get("attributes"))?;
        if kinds.is_empty() {
            attributes(&mut base, &self.group_attributes, None)?;
        }
        Ok((base, kinds))
    }

    fn read(
        &self,
        set: &Value,
        reading: &mut ParsedFile,
        row: &mut u64,
    ) -> Result<(), IngestError> {
        let (base, kinds) = match self.base(set) {
            Ok(base) => base,
            Err(wrong) => return reading.refuse(*row + 1, wrong),
        };
        let fixed = vec![0; self.fixed.len()];
        if let Some(observations) = set.get("observations").and_then(Value::as_object) {
            return self.observations((&base, &fixed), &kinds, observations, reading, row);
        }
        let Some(all) = set.get("series").and_then(Value::as_object) else {
            return Ok(());
        };
        for (key, series) in in_order(all) {
            let mut pairs = base.clone();
            let mut at = fixed.clone();
            let told = series.get("attributes");
            let placed = locate(&mut pairs, &mut at, &self.series, key)
                .and_then(|()| attributes(&mut pairs, &self.series_attributes, told));
            if let Err(wrong) = placed {
                reading.refuse(*row + 1, wrong)?;
                continue;
            }
            if let Some(observations) = series.get("observations").and_then(Value::as_object) {
                self.observations((&pairs, &at), &kinds, observations, reading, row)?;
            }
        }
        Ok(())
    }

    /// Reads observations; of all of them together are known some pairs and positions.
    fn observations(
        &self,
        (base, positions): (&Pairs, &[usize]),
        kinds: &[Kind<'_>],
        observations: &serde_json::Map<String, Value>,
        reading: &mut ParsedFile,
        row: &mut u64,
    ) -> Result<(), IngestError> {
        let mut known: Option<(Header, Layout)> = None;
        for (key, values) in in_order(observations) {
            *row += 1;
            let mut pairs = base.clone();
            let values = values.as_array().map(Vec::as_slice).unwrap_or_default();
            if let Err(wrong) = self.observation(&mut pairs, positions, kinds, key, values) {
                reading.refuse(*row, wrong)?;
                continue;
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

    /// Adds what is said of one observation and of its groups.
    fn observation(
        &self,
        pairs: &mut Pairs,
        positions: &[usize],
        kinds: &[Kind<'_>],
        key: &str,
        values: &[Value],
    ) -> Result<(), CellError> {
        let mut at = positions.to_vec();
        locate(pairs, &mut at, &self.observation, key)?;
        if !kinds.is_empty() {
            self.grouped(pairs, kinds, &at)?;
        }
        let value = values.first().map(text).unwrap_or_default();
        pairs.push(("OBS_VALUE".to_owned(), value));
        for (n, component) in self.observation_attributes.iter().enumerate() {
            let code = code_at(component, values.get(self.measures + n))?;
            pairs.push((component.id.clone(), code));
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

/// What an attribute says: by its position in the list of its values, or, where there is none, by the value itself; else its default.
///
/// # Errors
/// A position beyond the list: the number is no value.
fn code_at(component: &Component, value: Option<&Value>) -> Result<String, CellError> {
    match value {
        None | Some(Value::Null) => Ok(component.default.clone()),
        Some(Value::Array(values)) => code_at(component, values.first()),
        Some(Value::Number(at)) if !component.codes.is_empty() => {
            position(component, &at.to_string()).map(|at| component.codes[at].clone())
        }
        Some(value) => Ok(text(value)),
    }
}

fn attributes(
    pairs: &mut Pairs,
    components: &[Component],
    values: Option<&Value>,
) -> Result<(), CellError> {
    let values = values
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .unwrap_or_default();
    for (at, component) in components.iter().enumerate() {
        let value = values.get(at);
        // An attribute with one value need not be pointed to.
        let only = component.codes.first().filter(|_| {
            value.is_none() && component.codes.len() == 1 && component.default.is_empty()
        });
        let code = match only {
            Some(code) => code.clone(),
            None => code_at(component, value)?,
        };
        pairs.push((component.id.clone(), code));
    }
    Ok(())
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

/// Adds the codes that `key` (`0:3:1`) points to, and its positions.
fn locate(
    pairs: &mut Pairs,
    at: &mut Vec<usize>,
    components: &[Component],
    key: &str,
) -> Result<(), CellError> {
    let parts: Vec<&str> = key.split(':').collect();
    if parts.len() != components.len() {
        let expected = format!("expected {} positions, one a dimension", components.len());
        return Err(CellError::new("observations", key, expected));
    }
    for (component, part) in components.iter().zip(parts) {
        let place = position(component, part)?;
        at.push(place);
        pairs.push((component.id.clone(), component.codes[place].clone()));
    }
    Ok(())
}

/// The position that `part` is in the list of a component.
fn position(component: &Component, part: &str) -> Result<usize, CellError> {
    let known = component.codes.len();
    let at = part.parse::<usize>().ok().filter(|at| *at < known);
    at.ok_or_else(|| {
        let expected = format!("expected a position below {known}");
        CellError::new(&component.id, part, expected)
    })
}
