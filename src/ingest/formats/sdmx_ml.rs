//! SDMX-ML, structure-specific data: series with observations within, or observations alone, as attributes of elements.

use super::super::IngestError;
use super::super::parsed_file::{CellError, ParsedFile};
use super::container::whole;
use super::record::{Header, Record, settle};
use super::sdmx::Layout;
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use std::collections::{HashMap, HashSet};
use std::io::BufRead;
use std::path::Path;
use std::rc::Rc;

/// The most attributes of an element, and its most bytes: every observation repeats those of all that it lies in.
const ATTRIBUTES: usize = 256;
const ELEMENT: usize = 64 << 10;
/// The most names that the groups of a data set use, one bit each, and the most sets of them that groups share with an observation.
const NAMES: usize = 64;
/// The most sets of names that observations share with the groups: for each all groups are looked through once.
const LOOKS: usize = 16;

pub(super) fn read(
    text: &mut dyn BufRead,
    file: &Path,
    reading: &mut ParsedFile,
) -> Result<(), IngestError> {
    let text = whole(text, file)?;
    let text = text.trim_start_matches('\u{feff}');
    Message::new(text, file).read(reading)
}

/// Names and values of attributes.
type Pairs = Vec<(String, String)>;

struct Message<'a> {
    text: &'a str,
    file: &'a Path,
    reader: Reader<&'a [u8]>,
    /// Where lines were counted to, and how many there were.
    counted: (usize, u64),
    source: String,
    data_set: Pairs,
    groups: Groups,
    series: Pairs,
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
            groups: Groups::default(),
            series: Vec::new(),
            layout: None,
        }
    }

    fn read(mut self, reading: &mut ParsedFile) -> Result<(), IngestError> {
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
                // Version 3.0 names the structure by a text, not by the attributes of a reference.
                Event::Text(text) if self.source.is_empty() && text.starts_with("urn:sdmx:") => {
                    let named = text.trim().rsplit('=').next();
                    self.source = named.unwrap_or_default().to_owned();
                    continue;
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
                    self.groups = Groups::default();
                    self.data_set = self.attributes(&element)?;
                    if self
                        .data_set
                        .iter()
                        .any(|(name, value)| name == "action" && value == "Delete")
                    {
                        let row = self.line();
                        let expected = "expected Information, Append, Merge or Replace";
                        reading.refuse(row, CellError::new("action", "Delete", expected))?;
                        skipped = !whole;
                    }
                }
                "Group" => {
                    let group = self.attributes(&element)?;
                    if !self.groups.add(group) {
                        return Err(reading.whole(TOO_MANY));
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
    fn attributes(&self, element: &BytesStart<'_>) -> Result<Pairs, IngestError> {
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

    fn observation(&mut self, own: Pairs, reading: &mut ParsedFile) -> Result<(), IngestError> {
        let row = self.line();
        let mut pairs = own;
        extend(&mut pairs, &self.series);
        if !self.groups.extend(&mut pairs) {
            return Err(reading.whole(TOO_MANY));
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
fn extend(pairs: &mut Pairs, more: &[(String, String)]) {
    let known: HashSet<&str> = pairs.iter().map(|(name, _)| name.as_str()).collect();
    let new = more
        .iter()
        .filter(|(name, _)| !known.contains(name.as_str()));
    let new: Vec<_> = new.cloned().collect();
    pairs.extend(new);
}

/// Why groups are refused.
const TOO_MANY: &str =
    "expected groups that use at most 64 names, and share few sets of them with observations";

/// The groups of a data set. A group speaks of all observations that agree with it where both say something; no message tells which
/// attributes of a group are dimensions.
#[derive(Default)]
struct Groups {
    /// The names that groups use, each with its bit.
    names: Vec<String>,
    bits: HashMap<String, usize>,
    /// What they say, each text once.
    texts: Vec<Rc<str>>,
    numbers: HashMap<Rc<str>, usize>,
    /// What each group says, in the order of the bits.
    groups: Vec<Vec<Said>>,
    /// The groups, looked through for observations with some set of names.
    looks: HashMap<u64, Look>,
}

/// The bit of a name and the number of a text.
type Said = (usize, usize);

/// What groups say of observations with one set of names.
#[derive(Default)]
struct Look {
    /// The sets of names that groups share with the observations, in the order of the groups.
    shared: Vec<u64>,
    /// What is said of those that agree, by the set and what groups say of the names in it.
    at: HashMap<(u64, Vec<usize>), Vec<Said>>,
}

impl Groups {
    /// Adds a group; false where there are too many names.
    fn add(&mut self, group: Pairs) -> bool {
        let mut all: Vec<Said> = Vec::with_capacity(group.len());
        for (name, text) in group {
            if name == "type" {
                continue;
            }
            let next = self.names.len();
            let bit = *self.bits.entry(name).or_insert_with_key(|name| {
                self.names.push(name.clone());
                next
            });
            if bit == NAMES {
                return false;
            }
            let number = self.numbers.get(text.as_str()).copied();
            let number = number.unwrap_or_else(|| {
                let text: Rc<str> = text.into();
                self.texts.push(Rc::clone(&text));
                self.numbers.insert(text, self.texts.len() - 1);
                self.texts.len() - 1
            });
            all.push((bit, number));
        }
        all.sort_by_key(|(bit, _)| *bit);
        all.dedup_by_key(|(bit, _)| *bit);
        for (names, look) in &mut self.looks {
            look.add(*names, &all);
        }
        self.groups.push(all);
        true
    }

    /// Adds what is said of an observation; where two groups say two things of one name both stand there, and the layout refuses the observation
    /// if it matters. False where there is too much to look through.
    fn extend(&mut self, pairs: &mut Pairs) -> bool {
        if self.groups.is_empty() {
            return true;
        }
        let (mut names, mut told) = (0_u64, [usize::MAX; NAMES]);
        for (name, text) in pairs.iter() {
            let bit = self.bits.get(name).copied();
            let Some(bit) = bit.filter(|bit| names >> bit & 1 == 0) else {
                continue;
            };
            names |= 1 << bit;
            told[bit] = self
                .numbers
                .get(text.as_str())
                .copied()
                .unwrap_or(usize::MAX);
        }
        if !self.looks.contains_key(&names) {
            if self.looks.len() == LOOKS {
                return false;
            }
            let mut look = Look::default();
            for group in &self.groups {
                look.add(names, group);
            }
            self.looks.insert(names, look);
        }
        let look = &self.looks[&names];
        if look.shared.len() > NAMES {
            return false;
        }
        let mut said = Vec::new();
        for shared in &look.shared {
            let bits = (0..NAMES).filter(|bit| shared >> bit & 1 == 1);
            let place = (*shared, bits.map(|bit| told[bit]).collect());
            for (bit, number) in look.at.get(&place).into_iter().flatten() {
                note(&mut said, (*bit, *number));
            }
        }
        let text = |(bit, number): Said| (self.names[bit].clone(), self.texts[number].to_string());
        pairs.extend(said.into_iter().map(text));
        true
    }
}

impl Look {
    /// Adds a group, for observations with `names`; none once too many sets are shared.
    fn add(&mut self, names: u64, group: &[Said]) {
        let (shared, rest): (Vec<Said>, Vec<Said>) =
            group.iter().partition(|(bit, _)| names >> bit & 1 == 1);
        let set = shared.iter().fold(0, |set, (bit, _)| set | 1 << bit);
        if self.shared.len() > NAMES {
            return;
        }
        if !self.shared.contains(&set) {
            self.shared.push(set);
        }
        let place = (set, shared.into_iter().map(|(_, number)| number).collect());
        let said = self.at.entry(place).or_default();
        for one in rest {
            note(said, one);
        }
    }
}

/// Notes what is said of a name, but never a third thing: two are a contradiction already.
fn note(said: &mut Vec<Said>, (bit, number): Said) {
    let of_name = said.iter().filter(|(known, _)| *known == bit);
    if of_name.clone().count() < 2 && of_name.clone().all(|(_, known)| *known != number) {
        said.push((bit, number));
    }
}

fn local(name: &str) -> &str {
    name.rsplit(':').next().unwrap_or(name)
}
