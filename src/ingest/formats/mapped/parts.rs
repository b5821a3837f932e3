//! The parts of the key of a figure in a record of a mapped table.

use super::area_label::area_of;
use super::claim::{OtherFigures, has_word, is_same, spaced, unit_in};
use super::heading::ColumnHeading;
use super::left_over::written_scale;
use super::look::{area_of_flow, areas_in_flow, flow_label};
use super::mention::mentions;
use super::product::{edition_of, product_code, stated_product};
use super::reader::MappedReader;
use super::total_word::is_total_word;
use crate::ingest::formats::record::TableRecord;
use crate::ingest::mapping::{MappedPart, MappingSuggestion, quoted};
use crate::ingest::parsed_file::CellError;
use crate::trade::areas::area;
use crate::trade::{Code, Flow, Unit};
use std::collections::HashSet;

/// The most texts that are named to be left out at once.
const UNKNOWN: usize = 80;

impl MappedReader<'_> {
    /// Return the cell of a part, with its column: of a heading what gives the part.
    fn cell<'t>(
        &'t self,
        record: &TableRecord<'t>,
        value: usize,
        part: MappedPart,
    ) -> Option<(&'t str, usize)> {
        if self.layout.header.contains(&part) {
            let value = &self.values[value];
            let area = value.heading.area.as_deref();
            let text = match part {
                MappedPart::Partner | MappedPart::Reporter => area.unwrap_or(&value.name),
                _ => value.name.as_str(),
            };
            return Some((text, value.at));
        }
        let at = *self.layout.columns.get(&part)?.first()?;
        let text = record.at(at);
        let group = self.groups.get(&at).filter(|_| text.is_empty());
        Some((group.map_or(text, String::as_str), at))
    }

    pub(super) fn name(&self, at: usize) -> &str {
        self.header.names.get(at).map_or("", String::as_str)
    }

    /// Return the code that the mapping gives a text.
    fn mapped_code(&self, text: &str) -> Option<Result<Code, String>> {
        let codes = &self.mapping.codes;
        let found = codes.iter().find(|(known, _)| known.trim() == text)?;
        Some(Code::parse(found.1).map_err(|error| error.to_string()))
    }

    /// Return the word for a total that stands for the partner of a value, and its column.
    pub(super) fn total_word(
        &self,
        record: &TableRecord<'_>,
        value: usize,
    ) -> Option<(String, String)> {
        let (text, at) = self.cell(record, value, MappedPart::Partner)?;
        let is_total = self.is_total(text) && self.mapped_code(text).is_none();
        is_total.then(|| (text.to_owned(), self.name(at).to_owned()))
    }

    /// Whether the label of a partner stands for their total: a word for it, or the name of the
    /// flow of the rows below.
    fn is_total(&self, label: &str) -> bool {
        let names_flow = || {
            let flow = flow_label(label);
            let is_whole = has_word(&label.to_lowercase(), "total");
            let is_stated = is_whole && flow == self.mapping.stated.flow;
            flow.is_some() && (self.layout.has_flow_groups || is_stated)
        };
        is_total_word(label) || names_flow()
    }

    /// Return the advice for texts that name no area: a code for this one, or all of them left out.
    fn unknown_areas(&mut self, text: &str, part: MappedPart, at: usize) -> String {
        if !self.unknown.contains_key(&part) {
            let unknown = self.texts_without_area(part, at);
            self.unknown.insert(part, unknown);
        }
        let unknown = self.unknown.get(&part).map_or(&[][..], Vec::as_slice);
        let code = quoted(&format!("{text}=CODE"));
        let what = match self.layout.header.contains(&part) {
            true => "the column",
            false => "it",
        };
        let skip = match self.layout.header.contains(&part) {
            true => quoted(self.name(at)),
            false => quoted(text),
        };
        let one =
            format!("give it a code: `--code {code}`, or leave {what} out with `--skip {skip}`");
        if unknown.len() < 2 || unknown.len() > UNKNOWN {
            return one;
        }
        let mut mapping = self.mapping.clone();
        mapping.skip.extend(unknown.iter().cloned());
        let all = MappingSuggestion {
            mapping,
            ..MappingSuggestion::default()
        };
        format!(
            "{one}; {} texts name no known area, to leave all of them out: {}",
            unknown.len(),
            all.command(&self.file)
        )
    }

    /// Return the texts of a part that name no area, each once; more than [`UNKNOWN`] only in part.
    fn texts_without_area(&self, part: MappedPart, at: usize) -> Vec<String> {
        let mut unknown: Vec<String> = Vec::new();
        let mut seen: HashSet<String> = HashSet::new();
        // Whether there may be more.
        let mut add = |text: &str, skip: &str| {
            if seen.contains(skip) {
                return true;
            }
            seen.insert(skip.to_owned());
            let is_known = text.is_empty()
                || self.mapped_code(text).is_some()
                || part == MappedPart::Partner && self.is_total(text)
                || area_of(text).is_some();
            if !is_known {
                unknown.push(skip.to_owned());
            }
            unknown.len() <= UNKNOWN
        };
        if self.layout.header.contains(&part) {
            for value in &self.values {
                let text = value.heading.area.as_deref().unwrap_or(&value.name);
                if !add(text, &value.name) {
                    break;
                }
            }
        } else {
            let rows = self.sheet.rows.iter().skip(self.first_row);
            let has_value = |row: &&Vec<String>| {
                let cells = self.values.iter().filter_map(|value| row.get(value.at));
                cells
                    .into_iter()
                    .any(|cell| cell.bytes().any(|b| b.is_ascii_digit()))
            };
            for cell in rows.filter(has_value).filter_map(|row| row.get(at)) {
                if !add(cell.trim(), cell.trim()) {
                    break;
                }
            }
        }
        unknown
    }

    pub(super) fn area(
        &mut self,
        record: &TableRecord<'_>,
        value: usize,
        part: MappedPart,
    ) -> Result<Code, CellError> {
        let (stated, of_sheet) = match part {
            MappedPart::Reporter => (&self.mapping.stated.reporter, self.layout.reporter.as_ref()),
            _ => (&self.mapping.stated.partner, self.layout.partner.as_ref()),
        };
        let Some((text, at)) = self.cell(record, value, part) else {
            let expected = || CellError::of_row(format!("expected a {}", part.word()));
            return stated.as_ref().or(of_sheet).cloned().ok_or_else(expected);
        };
        let (text, name) = (text.to_owned(), self.name(at).to_owned());
        let is_total = part == MappedPart::Partner && self.is_total(&text);
        let known = self.areas.get(&text).cloned();
        let found = known.unwrap_or_else(|| {
            let own = (text != name).then(|| self.mapped_code(&name)).flatten();
            let found = self.mapped_code(&text).or(own);
            found.unwrap_or_else(|| match is_total {
                // It is withheld, see `PartnerTotals`.
                true => Code::parse("TOTAL").map_err(|error| error.to_string()),
                false => match area_of(&text) {
                    // The numbers of `CountryId` are not those of M49.
                    Some(_) if is_own_number(&text, &name) => Err(
                        "expected a code or a name of ISO 3166, not the number of another list"
                            .to_owned(),
                    ),
                    Some(code) => Ok(code),
                    None => match self.of_flow_label(&text, at) {
                        Some(code) => Ok(code),
                        None => area(&text).map_err(|unknown| unknown.to_string()),
                    },
                },
            })
        });
        self.areas.insert(text.clone(), found.clone());
        found.map_err(|expected| {
            let hint = format!("{expected}; or {}", self.unknown_areas(&text, part, at));
            CellError::new(&name, &text, hint)
        })
    }

    /// Return the area that a label of the column of flows names: `Exports to China`.
    fn of_flow_label(&self, text: &str, at: usize) -> Option<Code> {
        let flows = self.layout.columns.get(&MappedPart::Flow)?;
        flows.contains(&at).then(|| area_of_flow(text))?
    }

    pub(super) fn flow(&self, record: &TableRecord<'_>, value: usize) -> Result<Flow, CellError> {
        let Some((text, at)) = self.cell(record, value, MappedPart::Flow) else {
            let expected = || CellError::of_row("expected a flow");
            let stated = self.mapping.stated.flow.or(self.layout.flow);
            let other = self.group_flow.filter(|group| Some(*group) != stated);
            return match (stated, other) {
                (Some(stated), Some(other)) => Err(CellError::of_row(format!(
                    "expected the flow {stated}, as stated; the row stands below the heading of \
                     {}: leave --flow out, so that the headings state it",
                    other.word()
                ))),
                (stated, other) => stated.or(other).ok_or_else(expected),
            };
        };
        let code = match self.mapped_code(text) {
            Some(Ok(code)) => Some(code.to_string()),
            _ => None,
        };
        let found = match (&code, self.layout.header.contains(&MappedPart::Flow)) {
            (Some(code), _) => Flow::parse(code).ok(),
            (None, true) => self.values[value].heading.flow,
            (None, false) => Flow::parse(text)
                .ok()
                .or_else(|| super::claim::flow_in(text)),
        };
        let name = self.name(at);
        let found = found.ok_or_else(|| {
            let expected = format!(
                "expected exports (X), imports (M), total (T) or balance (B); say what it stands \
                 for with `--code {}`, leave other rows out with `--where` and columns with \
                 `--skip`",
                quoted(&format!("{text}=FLOW"))
            );
            CellError::new(name, text, expected)
        })?;
        match self.mapping.stated.flow {
            Some(stated) if stated != found => {
                let expected = format!(
                    "expected the flow {stated}, as stated; choose its rows with `--where`, or \
                     leave --flow out to read all"
                );
                Err(CellError::new(name, text, expected))
            }
            _ => Ok(found),
        }
    }

    /// Check that the label of a flow states no other unit, and that each flow has one label:
    /// exports of goods and exports of services are not one series.
    ///
    /// # Errors
    /// The cell of the flow.
    pub(super) fn check_flow_label(
        &mut self,
        record: &TableRecord<'_>,
        flow: Flow,
        unit: Unit,
    ) -> Result<(), CellError> {
        let columns = self.layout.columns.get(&MappedPart::Flow);
        let Some(at) = columns.and_then(|columns| columns.first().copied()) else {
            return Ok(());
        };
        let text = record.at(at);
        if Flow::parse(text).is_ok() || self.mapped_code(text).is_some() {
            return Ok(());
        }
        let label = (text.to_owned(), flow, unit.currency, unit.scale.to_bits());
        if self.known_labels.contains(&label) {
            return Ok(());
        }
        let fits =
            |own: &Unit| is_same(*own, unit) || own.currency == unit.currency && own.scale == 1.0;
        if let Some(own) = unit_in(text).filter(|own| !fits(own)) {
            return Err(record.error(at, format!("expected the unit {unit}, not {own}")));
        }
        if let Some(wrong) = self.other_area(text) {
            return Err(record.error(at, wrong));
        }
        // `Uzbekistan: Exports: to China` is of no other reporter and partner.
        let stated = &self.mapping.stated;
        let own = self.of_flow_label(text, at);
        let read = self.layout.columns.get(&MappedPart::Partner) == columns;
        let partner = stated.partner.as_ref().filter(|_| !read);
        let known = [
            stated.reporter.as_ref(),
            partner,
            own.as_ref().filter(|_| read),
        ];
        let is_known = |area: &Code| known.iter().flatten().any(|known| *known == area);
        let is_partial = stated.reporter.is_none() || partner.is_none() && !read;
        let named = areas_in_flow(text);
        if let Some(other) = named.iter().find(|area| !is_partial && !is_known(area)) {
            let expected = format!(
                "expected the reporter and partner as stated; the label names {other}: read the \
                 partners of the labels with --map {}, or leave these rows out with --skip {}",
                quoted(&format!("partner=col:{0}", self.name(at))),
                quoted(text)
            );
            return Err(record.error(at, expected));
        }
        let first = self
            .flow_labels
            .entry((flow, own))
            .or_insert_with(|| text.to_owned());
        match first == text {
            true => {
                self.known_labels.insert(label);
                Ok(())
            }
            false => Err(record.error(
                at,
                format!(
                    "expected one label of {}, as `{first}` above: choose rows with `--where`, or \
                     leave these out with `--skip {}`",
                    flow.word(),
                    quoted(text)
                ),
            )),
        }
    }

    /// Return a source with the edition of its classification that the product of a value names.
    pub(super) fn with_edition(
        &self,
        source: String,
        record: &TableRecord<'_>,
        value: usize,
    ) -> String {
        let text = self.cell(record, value, MappedPart::Product);
        match text.and_then(|(text, _)| edition_of(text)) {
            Some(edition) if source.is_empty() => edition.to_owned(),
            Some(edition) => format!("{source}; {edition}"),
            None => source,
        }
    }

    /// Return what was expected where the label of a flow names another area than the stated
    /// reporter and partner.
    fn other_area(&self, label: &str) -> Option<String> {
        let part = MappedPart::Partner;
        if self.layout.columns.contains_key(&part) || self.layout.header.contains(&part) {
            return None;
        }
        let stated = &self.mapping.stated;
        let partner = stated.partner.as_ref().or(self.layout.partner.as_ref())?;
        let heading = ColumnHeading::of(label);
        let own = heading.area.as_deref().and_then(area_of);
        let mentioned = mentions(label).into_iter().map(|mention| mention.area);
        let mut named = own.into_iter().chain(heading.pair).chain(mentioned);
        let other = named.find(|area| area != partner && Some(area) != stated.reporter.as_ref())?;
        Some(format!(
            "expected the partner {partner}, as stated; the label names {other}: state --partner \
             {other} or --reporter {other}, or leave the row out with --skip {}",
            quoted(label)
        ))
    }

    pub(super) fn product(
        &self,
        record: &TableRecord<'_>,
        value: usize,
    ) -> Result<Code, CellError> {
        let Some((text, at)) = self.cell(record, value, MappedPart::Product) else {
            let stated = self.mapping.stated.product.as_ref().map(stated_product);
            let stated = stated.or_else(|| self.layout.product.clone());
            let total = || Code::parse("TOTAL").map_err(|e| CellError::of_row(e.to_string()));
            return stated.map_or_else(total, Ok);
        };
        let name = self.name(at);
        let found = match self.mapped_code(text) {
            Some(code) => code.ok(),
            None if text.is_empty() && begins_total(record) => Code::parse("TOTAL").ok(),
            None if text.is_empty() => None,
            None => product_code(text, name),
        };
        found.ok_or_else(|| {
            let expected = format!(
                "expected the code of a product, up to 16 letters and digits; give it one with \
                 `--code {}`, or leave it out with `--skip {}`",
                quoted(&format!("{text}=CODE")),
                quoted(text)
            );
            CellError::new(name, text, expected)
        })
    }

    pub(super) fn unit(&self, record: &TableRecord<'_>, value: usize) -> Result<Unit, CellError> {
        let heading = &self.values[value].heading;
        let Some((text, at)) = self.cell(record, value, MappedPart::Unit) else {
            let label = || unit_in(self.cell(record, value, MappedPart::Flow)?.0);
            let unit = self.mapping.stated.unit.or(heading.unit).or_else(label);
            let unit = unit.or(self.layout.unit);
            return unit.ok_or_else(|| CellError::of_row("expected a unit"));
        };
        let name = self.name(at);
        let found = Unit::parse(text).ok().filter(|unit| unit.currency.is_iso());
        let described = || unit_in(text).filter(|_| OtherFigures::in_text(text).is_none());
        let found = found.or_else(described);
        let mut found = found.ok_or_else(|| {
            let expected = "expected a currency and a scale, for example USD, thousand USD or \
                            EUR mn; leave other rows out with `--where`";
            CellError::new(name, text, expected)
        })?;
        // The column has the currency and the heading of the values the scale.
        if found.scale == 1.0
            && let Some(scale) = heading.scale
        {
            found.scale = scale;
        }
        self.scale_by_row(record, &mut found)?;
        match self.mapping.stated.unit {
            Some(stated) if stated != found => {
                let expected = format!(
                    "expected the unit {stated}, as stated; leave --unit out to read it of this \
                     column, or pass the column over with --skip {}",
                    quoted(name)
                );
                Err(CellError::new(name, text, expected))
            }
            _ => Ok(found),
        }
    }
}

impl MappedReader<'_> {
    /// Complete a unit by the columns of scales: `USD` beside the `UNIT_MULT` 3.
    ///
    /// # Errors
    /// A scale that is not known, or another one than that of the unit.
    fn scale_by_row(&self, record: &TableRecord<'_>, unit: &mut Unit) -> Result<(), CellError> {
        for at in &self.scales {
            let text = record.at(*at);
            if text.is_empty() {
                continue;
            }
            let skip = quoted(self.name(*at));
            let scale = written_scale(text).ok_or_else(|| {
                let expected = "expected a scale: a power of ten such as 3, 1000 or thousands";
                record.error(
                    *at,
                    format!("{expected}; or pass the column over with --skip {skip}"),
                )
            })?;
            if unit.scale == 1.0 {
                unit.scale = scale;
            } else if scale != 1.0 && scale != unit.scale {
                let expected = format!(
                    "expected the scale of the unit {unit} or none: pass the column over with \
                     --skip {skip} if it does not multiply the values"
                );
                return Err(record.error(*at, expected));
            }
        }
        Ok(())
    }
}

/// Whether a cell is a number of the publisher's own list, by the name of its column.
fn is_own_number(text: &str, column: &str) -> bool {
    let name = spaced(column).to_lowercase();
    text.bytes().all(|b| b.is_ascii_digit()) && has_word(&name, "id")
}

/// Whether the first text of a record says that it is the total of the rows above.
fn begins_total(record: &TableRecord<'_>) -> bool {
    let first = record.cells.iter().find(|cell| !cell.trim().is_empty());
    first.is_some_and(|cell| is_total_word(cell))
}
