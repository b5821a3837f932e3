//! Reads JSON-stat data sets, 1.x and 2.0, such as Eurostat's: values in one list, in the order of
//! their dimensions, the last of which varies fastest.

use super::layout::SdmxLayout;
use crate::ingest::formats::draft::add_outcome;
use crate::ingest::formats::json::{self, cell_text};
use crate::ingest::formats::record::{TableHeader, TableRecord};
use crate::ingest::parsed_file::{CellError, ParsedFile};
use crate::ingest::refusal::IngestError;
use crate::ingest::source::SourceText;
use serde_json::Value;

/// Read a data set.
pub(in crate::ingest::formats) fn read(
    text: SourceText<'_>,
    parsed: &mut ParsedFile,
) -> Result<(), IngestError> {
    let name = text.name;
    let text = text.document()?;
    let message: Value = json::parse(&text, name)?;
    // Version 1.x has the data set within `dataset`.
    let set = message.get("dataset").unwrap_or(&message);
    let cube = Cube::new(set).map_err(|expected| parsed.refuse_file(expected))?;
    let mut names: Vec<String> = cube.dimensions.iter().map(|d| d.name.clone()).collect();
    names.extend(["OBS_VALUE", "OBS_STATUS"].map(str::to_owned));
    let header = TableHeader::new(names);
    let layout = SdmxLayout::new(&header, |_| false);
    let layout = layout.map_err(|wrong| IngestError::from(parsed.refusal(1, wrong)))?;
    let source = source(set);
    let status = set.get("status");
    for (row, (place, value)) in (1..).zip(cube.values(set)) {
        let cells = cube.codes(place).map(|mut cells| {
            let status = status.map_or_else(String::new, |status| at(status, place));
            cells.extend([cell_text(value), status]);
            cells
        });
        let cells = match cells {
            Some(cells) => cells,
            None => {
                let expected = "expected a place within the sizes of the dimensions";
                parsed.refuse(row, CellError::new("value", &place.to_string(), expected))?;
                continue;
            }
        };
        let record = TableRecord {
            row,
            header: &header,
            cells: &cells,
        };
        let found = layout.read(&record, &source);
        add_outcome(parsed, &record, found, layout.period, layout.value)?;
    }
    Ok(())
}

/// Return the data flow in the notation of SDMX where the set states it, else its source.
fn source(set: &Value) -> String {
    let text = |of: Option<&Value>, name: &str| {
        let text = of.and_then(|of| of.get(name)).and_then(Value::as_str);
        text.unwrap_or_default().to_owned()
    };
    let extension = set.get("extension");
    let (agency, id) = (text(extension, "agencyId"), text(extension, "id"));
    let stated = text(Some(set), "source");
    match (agency.as_str(), id.as_str(), stated.as_str()) {
        ("", _, "") | (_, "", "") => "JSON-stat".to_owned(),
        ("", ..) | (_, "", _) => stated,
        _ => format!("{agency}:{id}"),
    }
}

/// Return the text at a place of a list, of an object keyed by places, or of one text for all.
fn at(of: &Value, place: usize) -> String {
    match of {
        Value::Array(list) => list.get(place).map(cell_text).unwrap_or_default(),
        Value::Object(sparse) => sparse
            .get(&place.to_string())
            .map(cell_text)
            .unwrap_or_default(),
        one => cell_text(one),
    }
}

/// A dimension of a data set.
struct CubeDimension {
    /// The name of the concept; `TIME_PERIOD` for the time.
    name: String,
    /// The codes by their position.
    codes: Vec<String>,
}

/// The dimensions of a data set, the last of which varies fastest.
struct Cube {
    dimensions: Vec<CubeDimension>,
}

impl Cube {
    /// Read the dimensions.
    ///
    /// # Errors
    /// What was expected.
    fn new(set: &Value) -> Result<Self, String> {
        let of = set.get("dimension").ok_or("expected `dimension`")?;
        let list = |name: &str| {
            let list = set.get(name).or_else(|| of.get(name));
            let list = list.and_then(Value::as_array);
            list.ok_or_else(|| format!("expected `{name}`, a list"))
        };
        let (ids, sizes) = (list("id")?, list("size")?);
        let time = set.get("role").or_else(|| of.get("role"));
        let time = time.and_then(|role| role.get("time")?.get(0)?.as_str());
        if ids.len() != sizes.len() {
            return Err("expected as many sizes as dimensions".to_owned());
        }
        let mut dimensions = Vec::new();
        for (id, size) in ids.iter().zip(sizes) {
            let id = id.as_str().ok_or("expected names in `id`")?;
            let size = size.as_u64().and_then(|size| usize::try_from(size).ok());
            let codes = codes(of.get(id).and_then(|of| of.get("category")));
            if Some(codes.len()) != size {
                return Err(format!("expected as many codes as the size of `{id}` says"));
            }
            let is_time = time == Some(id) || matches!(id, "time" | "TIME_PERIOD");
            let name = if is_time { "TIME_PERIOD" } else { id };
            let name = name.to_owned();
            dimensions.push(CubeDimension { name, codes });
        }
        Ok(Self { dimensions })
    }

    /// Return the codes at a place; `None` outside the sizes.
    fn codes(&self, place: usize) -> Option<Vec<String>> {
        let mut rest = place;
        let mut cells = vec![String::new(); self.dimensions.len()];
        for (cell, dimension) in cells.iter_mut().zip(&self.dimensions).rev() {
            let size = dimension.codes.len().max(1);
            cell.clone_from(dimension.codes.get(rest % size)?);
            rest /= size;
        }
        (rest == 0).then_some(cells)
    }

    /// Return the values with their places, in the order of the places. Places that a sparse list
    /// leaves out, and empty ones without a status, have no value.
    fn values<'a>(&self, set: &'a Value) -> Vec<(usize, &'a Value)> {
        let is_stated = |place: &usize| {
            let status = set.get("status");
            status.is_some_and(|status| !at(status, *place).is_empty())
        };
        match set.get("value") {
            Some(Value::Array(list)) => list
                .iter()
                .enumerate()
                .filter(|(place, value)| !value.is_null() || is_stated(place))
                .collect(),
            Some(Value::Object(sparse)) => {
                let place = |text: &String| text.parse().unwrap_or(usize::MAX);
                let mut list: Vec<_> = sparse.iter().map(|(at, v)| (place(at), v)).collect();
                list.sort_by_key(|(place, _)| *place);
                list
            }
            _ => Vec::new(),
        }
    }
}

/// Return the codes of a category in order. Its index is a list of codes or an object with their
/// positions; a single code may stand in the labels alone.
fn codes(category: Option<&Value>) -> Vec<String> {
    let Some(category) = category else {
        return Vec::new();
    };
    match category.get("index") {
        Some(Value::Array(codes)) => codes.iter().map(cell_text).collect(),
        Some(Value::Object(places)) => {
            let place = |value: &Value| value.as_u64().unwrap_or(u64::MAX);
            let mut codes: Vec<_> = places.iter().map(|(code, at)| (place(at), code)).collect();
            codes.sort();
            codes.into_iter().map(|(_, code)| code.clone()).collect()
        }
        _ => category
            .get("label")
            .and_then(Value::as_object)
            .map(|labels| labels.keys().cloned().collect())
            .unwrap_or_default(),
    }
}
