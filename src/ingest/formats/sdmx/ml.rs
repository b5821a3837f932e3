//! Reads SDMX-ML: series that hold observations, or observations alone. Structure-specific and
//! compact messages state the values of concepts as attributes of elements, generic ones (2.0 and
//! 2.1) as elements `Value`.

use super::attribute_groups::{AttributeGroups, TOO_MANY_GROUPS};
use super::concepts::ConceptValues;
use super::layout::SdmxLayout;
use crate::ingest::formats::draft::add_outcome;
use crate::ingest::formats::record::{TableHeader, TableRecord};
use crate::ingest::parsed_file::{CellError, ParsedFile};
use crate::ingest::refusal::IngestError;
use crate::ingest::source::SourceText;
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use std::collections::HashSet;
use std::path::Path;

/// The most attributes of an element, and its most bytes: every observation repeats those of the
/// elements around it.
const ATTRIBUTES: usize = 256;
const ELEMENT: usize = 64 << 10;
/// The most elements within each other.
const DEPTH: usize = 64;

/// Read a message.
pub(in crate::ingest::formats) fn read(
    text: SourceText<'_>,
    parsed: &mut ParsedFile,
) -> Result<(), IngestError> {
    let name = text.name;
    let text = text.document()?;
    let text = text.trim_start_matches('\u{feff}');
    SdmxMessage::new(text, name).read(parsed)
}

/// A message that is being read, and the attributes around the reader's position.
struct SdmxMessage<'a> {
    text: &'a str,
    file: &'a Path,
    reader: Reader<&'a [u8]>,
    /// The byte up to which lines were counted, and their number.
    counted: (usize, u64),
    source: String,
    data_set: ConceptValues,
    groups: AttributeGroups,
    series: ConceptValues,
    in_series: bool,
    /// The group and the observation whose elements are being read.
    group: Option<ConceptValues>,
    observation: Option<ConceptValues>,
    /// The concept of the dimension that a generic observation states by itself.
    time: String,
    /// The roles among the concepts of the last observation.
    layout: Option<(TableHeader, SdmxLayout)>,
}

impl<'a> SdmxMessage<'a> {
    fn new(text: &'a str, file: &'a Path) -> Self {
        Self {
            text,
            file,
            reader: Reader::from_str(text),
            counted: (0, 1),
            source: String::new(),
            data_set: Vec::new(),
            groups: AttributeGroups::default(),
            series: Vec::new(),
            in_series: false,
            group: None,
            observation: None,
            time: "TIME_PERIOD".to_owned(),
            layout: None,
        }
    }

    fn read(mut self, parsed: &mut ParsedFile) -> Result<(), IngestError> {
        let mut error = false;
        // The names of the elements around the reader's position.
        let mut open: Vec<String> = Vec::new();
        // Whether the reader is within a data set that is refused.
        let mut skipped = false;
        loop {
            let event = self.reader.read_event().map_err(|error| {
                let at = usize::try_from(self.reader.error_position()).unwrap_or(0);
                let line = 1 + self.text.as_bytes()[..at.min(self.text.len())]
                    .iter()
                    .filter(|b| **b == b'\n')
                    .count();
                self.broken(format!("line {line}: {error}"))
            })?;
            let (element, whole) = match event {
                Event::Start(element) => {
                    if open.len() == DEPTH {
                        return Err(self.broken(format!("expected at most {DEPTH} levels")));
                    }
                    open.push(local(element.name().as_ref()).to_owned());
                    (element, false)
                }
                Event::Empty(element) => (element, true),
                Event::End(element) => {
                    open.pop();
                    match local(element.name().as_ref()) {
                        "Series" => {
                            self.series.clear();
                            self.in_series = false;
                        }
                        "DataSet" => skipped = false,
                        "Obs" => {
                            if let Some(own) = self.observation.take() {
                                self.read_observation(own, parsed)?;
                            }
                        }
                        "Group" => {
                            if let Some(group) = self.group.take()
                                && !self.groups.add(group)
                            {
                                return Err(parsed.refuse_file(TOO_MANY_GROUPS));
                            }
                        }
                        _ => {}
                    }
                    continue;
                }
                Event::Text(text) if error && !text.trim().is_empty() => {
                    let words = text.trim().to_owned();
                    return Err(parsed.refuse_file(format!("expected data, not an error: {words}")));
                }
                // Version 3.0 names the structure by a text, not by attributes of a reference.
                Event::Text(text) if self.source.is_empty() && text.starts_with("urn:sdmx:") => {
                    let named = text.trim().rsplit('=').next();
                    self.source = named.unwrap_or_default().to_owned();
                    continue;
                }
                // Version 2.0 states the time and the name of the structure as texts.
                Event::Text(text) => {
                    let text = text.trim();
                    match open.last().map(String::as_str) {
                        _ if text.is_empty() => {}
                        Some("Time") => self.state("TIME_PERIOD".to_owned(), text.to_owned())?,
                        Some("KeyFamilyRef") if self.source.is_empty() => {
                            self.source = text.to_owned();
                        }
                        _ => {}
                    }
                    continue;
                }
                Event::Eof if !open.is_empty() => {
                    return Err(
                        self.broken("the file ends before its last element does".to_owned())
                    );
                }
                Event::Eof if error => {
                    return Err(parsed.refuse_file("expected data, not an error"));
                }
                Event::Eof => return Ok(()),
                _ => continue,
            };
            let name = element.name();
            match local(name.as_ref()) {
                "Structure" => {
                    let of = self.attributes(&element)?;
                    let named = of.into_iter().find(|(n, _)| n == "dimensionAtObservation");
                    if let Some((_, concept)) = named.filter(|(_, c)| c != "AllDimensions") {
                        self.time = concept;
                    }
                }
                "Value" => {
                    let of = self.attributes(&element)?;
                    let find = |wanted: &[&str]| {
                        let mut found = of.iter().filter(|(name, _)| wanted.contains(&&**name));
                        found.next().map(|(_, value)| value.clone())
                    };
                    if let (Some(concept), Some(value)) =
                        (find(&["id", "concept"]), find(&["value"]))
                    {
                        self.state(concept, value)?;
                    }
                }
                "ObsDimension" | "ObsValue" => {
                    let is_value = local(name.as_ref()) == "ObsValue";
                    for (name, value) in self.attributes(&element)? {
                        match name.as_str() {
                            "value" if is_value => self.state("OBS_VALUE".to_owned(), value)?,
                            "value" => self.state(self.time.clone(), value)?,
                            _ => {}
                        }
                    }
                }
                "Error" => error = true,
                "DataSet" => {
                    self.groups = AttributeGroups::default();
                    self.data_set = self.attributes(&element)?;
                    if self
                        .data_set
                        .iter()
                        .any(|(name, value)| name == "action" && value == "Delete")
                    {
                        let row = self.line();
                        let expected = "expected Information, Append, Merge or Replace";
                        parsed.refuse(row, CellError::new("action", "Delete", expected))?;
                        skipped = !whole;
                    }
                }
                "Group" => {
                    let group = self.attributes(&element)?;
                    if !whole {
                        self.group = Some(group);
                    } else if !self.groups.add(group) {
                        return Err(parsed.refuse_file(TOO_MANY_GROUPS));
                    }
                }
                "Ref" if self.source.is_empty() => {
                    let of = self.attributes(&element)?;
                    let find = |wanted: &str| {
                        let found = of.iter().find(|(name, _)| name == wanted);
                        found.map_or("", |(_, value)| value.as_str())
                    };
                    self.source =
                        format!("{}:{}({})", find("agencyID"), find("id"), find("version"));
                }
                "Series" => {
                    let series = self.attributes(&element)?;
                    self.series = if whole { Vec::new() } else { series };
                    self.in_series = !whole;
                }
                "Obs" if !skipped => {
                    let own = self.attributes(&element)?;
                    if whole {
                        self.read_observation(own, parsed)?;
                    } else {
                        self.observation = Some(own);
                    }
                }
                _ => {}
            }
        }
    }

    /// State the value of a concept for the innermost of observation, group, series and data set.
    ///
    /// # Errors
    /// More values than an element may have attributes.
    fn state(&mut self, concept: String, value: String) -> Result<(), IngestError> {
        let pairs = match (&mut self.observation, &mut self.group) {
            (Some(own), _) => own,
            (None, Some(group)) => group,
            _ if self.in_series => &mut self.series,
            _ => &mut self.data_set,
        };
        if pairs.len() == ATTRIBUTES {
            return Err(self.broken(format!(
                "expected at most {ATTRIBUTES} values of concepts for one element"
            )));
        }
        pairs.push((concept, value));
        Ok(())
    }

    fn broken(&self, reason: String) -> IngestError {
        IngestError::Format {
            file: self.file.to_owned(),
            format: "XML",
            reason,
        }
    }

    /// Return the attributes of an element that belong to no other namespace.
    fn attributes(&self, element: &BytesStart<'_>) -> Result<ConceptValues, IngestError> {
        let mut pairs = Vec::new();
        if element.len() > ELEMENT {
            let bytes = element.len();
            return Err(self.broken(format!(
                "expected an element of at most {ELEMENT} bytes, not {bytes}"
            )));
        }
        for (n, attribute) in element.attributes().enumerate() {
            if n == ATTRIBUTES {
                return Err(self.broken(format!(
                    "expected an element of at most {ATTRIBUTES} attributes"
                )));
            }
            let attribute = attribute.map_err(|error| self.broken(error.to_string()))?;
            let name = attribute.key.as_ref().to_owned();
            if name.starts_with("xmlns") {
                continue;
            }
            let name = name.rsplit(':').next().unwrap_or("").to_owned();
            let value = attribute
                .normalized_value(quick_xml::XmlVersion::Implicit1_0)
                .map_err(|error| self.broken(error.to_string()))?;
            pairs.push((name, value.into_owned()));
        }
        Ok(pairs)
    }

    /// Return the line of the reader's position.
    fn line(&mut self) -> u64 {
        let at = usize::try_from(self.reader.buffer_position())
            .unwrap_or(0)
            .min(self.text.len());
        let (from, lines) = self.counted;
        let more = self.text.as_bytes()[from.min(at)..at]
            .iter()
            .filter(|b| **b == b'\n')
            .count();
        self.counted = (at.max(from), lines + more as u64);
        self.counted.1
    }

    fn read_observation(
        &mut self,
        own: ConceptValues,
        parsed: &mut ParsedFile,
    ) -> Result<(), IngestError> {
        let row = self.line();
        let mut pairs = own;
        extend(&mut pairs, &self.series);
        if !self.groups.extend(&mut pairs) {
            return Err(parsed.refuse_file(TOO_MANY_GROUPS));
        }
        extend(&mut pairs, &self.data_set);
        if !pairs.iter().any(|(name, _)| name == "OBS_VALUE") {
            pairs.push(("OBS_VALUE".to_owned(), String::new()));
        }
        let (names, cells): (Vec<String>, Vec<String>) = pairs.into_iter().unzip();
        if self
            .layout
            .as_ref()
            .is_none_or(|(header, _)| header.names != names)
        {
            let header = TableHeader::new(names);
            match SdmxLayout::new(&header, is_of_message) {
                Ok(layout) => self.layout = Some((header, layout)),
                Err(wrong) => return parsed.refuse(row, wrong),
            }
        }
        let Some((header, layout)) = self.layout.as_ref() else {
            return Ok(());
        };
        let record = TableRecord {
            row,
            header,
            cells: &cells,
        };
        let source = if self.source.is_empty() {
            "SDMX-ML"
        } else {
            self.source.as_str()
        };
        let found = layout.read(&record, source);
        add_outcome(parsed, &record, found, layout.period, layout.value)
    }
}

/// Whether an attribute belongs to the element of a data set, or to any XML element.
fn is_of_message(name: &str) -> bool {
    matches!(
        name,
        "action"
            | "dataScope"
            | "structureRef"
            | "setID"
            | "type"
            | "schemaLocation"
            | "validFromDate"
            | "validToDate"
            | "publicationYear"
            | "publicationPeriod"
            | "reportingBeginDate"
            | "reportingEndDate"
    )
}

/// Add the values of names that are not there yet.
fn extend(pairs: &mut ConceptValues, more: &[(String, String)]) {
    let known: HashSet<&str> = pairs.iter().map(|(name, _)| name.as_str()).collect();
    let new = more
        .iter()
        .filter(|(name, _)| !known.contains(name.as_str()));
    let new: Vec<_> = new.cloned().collect();
    pairs.extend(new);
}

fn local(name: &str) -> &str {
    name.rsplit(':').next().unwrap_or(name)
}
