//! SDMX-ML, structure-specific data: series with observations within, or observations alone, as attributes of elements.

use super::super::IngestError;
use super::super::reading::{Reading, Wrong};
use super::container::whole;
use super::record::{Header, Record, settle};
use super::sdmx::Layout;
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use std::io::BufRead;
use std::path::Path;

pub(super) fn read(
    text: &mut dyn BufRead,
    file: &Path,
    reading: &mut Reading,
) -> Result<(), IngestError> {
    let text = whole(text, file)?;
    let text = text.trim_start_matches('\u{feff}');
    Message::new(text, file).read(reading)
}

struct Message<'a> {
    text: &'a str,
    file: &'a Path,
    reader: Reader<&'a [u8]>,
    /// Where lines were counted to, and how many there were.
    counted: (usize, u64),
    source: String,
    data_set: Vec<(String, String)>,
    groups: Vec<Vec<(String, String)>>,
    series: Vec<(String, String)>,
    /// The roles among the concepts of the observation before.
    layout: Option<(Header, Layout)>,
}

impl<'a> Message<'a> {
    fn new(text: &'a str, file: &'a Path) -> Self {
        Self {
            text,
            file,
            reader: Reader::from_str(text),
            counted: (0, 1),
            source: String::new(),
            data_set: Vec::new(),
            groups: Vec::new(),
            series: Vec::new(),
            layout: None,
        }
    }

    fn read(mut self, reading: &mut Reading) -> Result<(), IngestError> {
        let mut error = false;
        let mut open = 0_usize;
        // Within a data set that is refused.
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
                    open += 1;
                    (element, false)
                }
                Event::Empty(element) => (element, true),
                Event::End(element) => {
                    open = open.saturating_sub(1);
                    match local(element.name().as_ref()) {
                        "Series" => self.series.clear(),
                        "DataSet" => skipped = false,
                        _ => {}
                    }
                    continue;
                }
                Event::Text(text) if error && !text.trim().is_empty() => {
                    let words = text.trim().to_owned();
                    return Err(reading.whole(format!("expected data, not an error: {words}")));
                }
                Event::Eof if open > 0 => {
                    return Err(
                        self.broken("the file ends before its last element does".to_owned())
                    );
                }
                Event::Eof if error => return Err(reading.whole("expected data, not an error")),
                Event::Eof => return Ok(()),
                _ => continue,
            };
            let name = element.name();
            match local(name.as_ref()) {
                "GenericData" | "GenericTimeSeriesData" | "CompactData" => {
                    return Err(reading.whole(
                        "expected structure-specific data; this is another SDMX-ML message: ask the service for structurespecificdata",
                    ));
                }
                "Error" => error = true,
                "DataSet" => {
                    self.groups.clear();
                    self.data_set = self.attributes(&element)?;
                    if self
                        .data_set
                        .iter()
                        .any(|(name, value)| name == "action" && value == "Delete")
                    {
                        let row = self.line();
                        let expected = "expected Information, Append, Merge or Replace";
                        reading.refuse(row, Wrong::new("action", "Delete", expected))?;
                        skipped = !whole;
                    }
                }
                "Group" => {
                    let group = self.attributes(&element)?;
                    self.groups.push(group);
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
                }
                "Obs" if !skipped => {
                    let own = self.attributes(&element)?;
                    self.observation(own, reading)?;
                }
                _ => {}
            }
        }
    }

    fn broken(&self, reason: String) -> IngestError {
        IngestError::Format {
            file: self.file.to_owned(),
            format: "XML",
            reason,
        }
    }

    /// The attributes of an element that belong to no other namespace.
    fn attributes(&self, element: &BytesStart<'_>) -> Result<Vec<(String, String)>, IngestError> {
        let mut pairs = Vec::new();
        for attribute in element.attributes() {
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

    /// The line that the reader stands on.
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

    fn observation(
        &mut self,
        own: Vec<(String, String)>,
        reading: &mut Reading,
    ) -> Result<(), IngestError> {
        let row = self.line();
        let mut pairs = own;
        extend(&mut pairs, &self.series);
        for group in &self.groups {
            // A group speaks of all series that agree with it where both say something.
            let says_other = |(name, value): &(String, String)| {
                pairs.iter().any(|(n, v)| n == name && v != value)
            };
            if group
                .iter()
                .filter(|(name, _)| name != "type")
                .all(|pair| !says_other(pair))
            {
                extend(&mut pairs, group);
            }
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
            let header = Header::new(names);
            match Layout::new(&header, is_of_message) {
                Ok(layout) => self.layout = Some((header, layout)),
                Err(wrong) => return reading.refuse(row, wrong),
            }
        }
        let Some((header, layout)) = self.layout.as_ref() else {
            return Ok(());
        };
        let record = Record {
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
        settle(reading, &record, found, layout.period, layout.value)
    }
}

/// What a data set's element says of itself, and XML of any element.
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

/// Adds what is not there yet.
fn extend(pairs: &mut Vec<(String, String)>, more: &[(String, String)]) {
    for (name, value) in more {
        if !pairs.iter().any(|(known, _)| known == name) {
            pairs.push((name.clone(), value.clone()));
        }
    }
}

fn local(name: &str) -> &str {
    name.rsplit(':').next().unwrap_or(name)
}
