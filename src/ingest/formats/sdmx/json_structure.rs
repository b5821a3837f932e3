//! The structure of an SDMX-JSON data set: dimensions and attributes, and the values that positions
//! point to.

use super::concepts::ConceptValues;
use crate::ingest::formats::json::cell_text;
use crate::ingest::parsed_file::CellError;
use serde_json::Value;
use std::collections::HashMap;

/// The most sets of dimensions that groups pin: each is looked up for every observation.
const PINNED_SETS: usize = 64;

/// Return the structure of a data set. Version 1.0 has one structure, 2.0 a list that the data set
/// points into.
pub(super) fn structure_of<'a>(data: &'a Value, set: &Value) -> Option<&'a Value> {
    if let Some(structure) = data.get("structure") {
        return Some(structure);
    }
    let at = set.get("structure").and_then(Value::as_u64).unwrap_or(0);
    data.get("structures")?.get(usize::try_from(at).ok()?)
}

/// A dimension or attribute, and the codes that positions point to.
pub(super) struct SdmxComponent {
    pub(super) id: String,
    codes: Vec<String>,
    /// The value of an attribute where none is stated.
    default: String,
    /// The position of a dimension in the data structure.
    place: Option<u64>,
}

fn components(structure: &Value, of: &str, level: &str) -> Vec<SdmxComponent> {
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
    let component = |component: &Value| SdmxComponent {
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
        default: component.get("default").map(value_text).unwrap_or_default(),
        place: component.get("keyPosition").and_then(Value::as_u64),
    };
    list.map(|list| list.iter().map(component).collect())
        .unwrap_or_default()
}

pub(super) struct SdmxJsonStructure {
    pub(super) source: String,
    pub(super) fixed: Vec<SdmxComponent>,
    pub(super) series: Vec<SdmxComponent>,
    pub(super) observation: Vec<SdmxComponent>,
    group_attributes: Vec<SdmxComponent>,
    pub(super) series_attributes: Vec<SdmxComponent>,
    pub(super) observation_attributes: Vec<SdmxComponent>,
    set_attributes: Vec<SdmxComponent>,
    pub(super) measures: usize,
}

/// The groups that pin the same dimensions.
pub(super) struct PinnedGroups<'a> {
    /// The dimensions, by their position in [`SdmxJsonStructure::dimensions`].
    pinned: Vec<usize>,
    /// The attributes of the group at these positions.
    at: HashMap<Vec<usize>, &'a [Value]>,
}

impl SdmxJsonStructure {
    pub(super) fn new(structure: &Value) -> Self {
        let level = |of: &str, names: [&str; 2]| {
            let [first, second] = names.map(|name| components(structure, of, name));
            if first.is_empty() { second } else { first }
        };
        // Version 2.0 identifies the structure only by the first of its links.
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

    pub(super) fn is_attribute(&self, name: &str) -> bool {
        let levels = [
            &self.set_attributes,
            &self.group_attributes,
            &self.series_attributes,
            &self.observation_attributes,
        ];
        levels.into_iter().flatten().any(|known| known.id == name)
    }

    /// Return all dimensions: those of the data set, of series and of observations.
    fn dimensions(&self) -> Vec<&SdmxComponent> {
        let levels = [&self.fixed, &self.series, &self.observation];
        levels.into_iter().flatten().collect()
    }

    /// Return the groups of a data set.
    ///
    /// # Errors
    /// A group whose observations cannot be identified: its attributes may scale figures.
    fn groups<'a>(&self, set: &'a Value) -> Result<Vec<PinnedGroups<'a>>, CellError> {
        let mut groups: Vec<PinnedGroups<'_>> = Vec::new();
        let stated = set
            .get("dimensionGroupAttributes")
            .and_then(Value::as_object);
        let dimensions = self.dimensions();
        let is_time = |at: &usize| dimensions[*at].id == "TIME_PERIOD";
        // Positions are in the order of the data structure, where the message states it; the time
        // is the last, and may be missing.
        let mut order: Vec<usize> = (0..dimensions.len()).collect();
        if order
            .iter()
            .all(|at| is_time(at) || dimensions[*at].place.is_some())
        {
            order.sort_by_key(|at| dimensions[*at].place.unwrap_or(u64::MAX));
        }
        let timeless: Vec<usize> = order.iter().copied().filter(|at| !is_time(at)).collect();
        for (key, values) in stated.into_iter().flatten() {
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
            let known = groups.iter().position(|group| group.pinned == pinned);
            match known {
                Some(group) => {
                    groups[group].at.insert(at, values);
                }
                None if groups.len() == PINNED_SETS => {
                    let expected =
                        format!("expected groups by at most {PINNED_SETS} sets of dimensions");
                    return Err(wrong(expected));
                }
                None => groups.push(PinnedGroups {
                    pinned,
                    at: HashMap::from([(at, values)]),
                }),
            }
        }
        Ok(groups)
    }

    /// Add the attributes of the groups of an observation at the positions `at`. Where two groups
    /// contradict each other both values are added, and the layout refuses the observation if it
    /// matters.
    pub(super) fn grouped(
        &self,
        pairs: &mut ConceptValues,
        groups: &[PinnedGroups<'_>],
        at: &[usize],
    ) -> Result<(), CellError> {
        let mut of: Vec<&[Value]> = Vec::new();
        for group in groups {
            let place: Option<Vec<usize>> =
                group.pinned.iter().map(|d| at.get(*d).copied()).collect();
            of.extend(place.and_then(|place| group.at.get(&place)).copied());
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

    /// Return the values that hold for a data set, and its groups.
    pub(super) fn base<'a>(
        &self,
        set: &'a Value,
    ) -> Result<(ConceptValues, Vec<PinnedGroups<'a>>), CellError> {
        let groups = self.groups(set)?;
        let mut base = Vec::new();
        for fixed in &self.fixed {
            base.push((
                fixed.id.clone(),
                fixed.codes.first().cloned().unwrap_or_default(),
            ));
        }
        attributes(&mut base, &self.set_attributes, set.get("attributes"))?;
        if groups.is_empty() {
            attributes(&mut base, &self.group_attributes, None)?;
        }
        Ok((base, groups))
    }
}

pub(super) fn value_text(value: &Value) -> String {
    match value {
        Value::Array(values) => values.first().map(value_text).unwrap_or_default(),
        other => cell_text(other),
    }
}

/// Return the value of an attribute: by its position in the list of values or, where there is none,
/// the value itself; else its default.
///
/// # Errors
/// A position beyond the list: the number is no value.
pub(super) fn code_at(
    component: &SdmxComponent,
    value: Option<&Value>,
) -> Result<String, CellError> {
    match value {
        None | Some(Value::Null) => Ok(component.default.clone()),
        Some(Value::Array(values)) => code_at(component, values.first()),
        Some(Value::Number(at)) if !component.codes.is_empty() => {
            position(component, &at.to_string()).map(|at| component.codes[at].clone())
        }
        Some(value) => Ok(value_text(value)),
    }
}

pub(super) fn attributes(
    pairs: &mut ConceptValues,
    components: &[SdmxComponent],
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

/// Add the codes that `key` (`0:3:1`) points to, and its positions.
///
/// # Errors
/// A key that does not fit the dimensions.
pub(super) fn locate(
    pairs: &mut ConceptValues,
    at: &mut Vec<usize>,
    components: &[SdmxComponent],
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

/// Parse a position in the list of a component.
///
/// # Errors
/// A position beyond the list.
fn position(component: &SdmxComponent, part: &str) -> Result<usize, CellError> {
    let known = component.codes.len();
    let at = part.parse::<usize>().ok().filter(|at| *at < known);
    at.ok_or_else(|| {
        let expected = format!("expected a position below {known}");
        CellError::new(&component.id, part, expected)
    })
}
