//! The parts of the key of a figure in a record of a mapped table.

use super::area_label::area_of;
use super::claim::unit_in;
use super::contradiction::is_same;
use super::product::{product_code, stated_product};
use super::reader::MappedReader;
use super::total_word::is_total_word;
use crate::ingest::formats::record::TableRecord;
use crate::ingest::mapping::{MappedPart, quoted};
use crate::ingest::parsed_file::CellError;
use crate::trade::areas::area;
use crate::trade::{Code, Flow, Unit};

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
        let is_total = is_total_word(text) && self.mapped_code(text).is_none();
        is_total.then(|| (text.to_owned(), self.name(at).to_owned()))
    }

    pub(super) fn area(
        &mut self,
        record: &TableRecord<'_>,
        value: usize,
        part: MappedPart,
    ) -> Result<Code, CellError> {
        let (stated, of_sheet) = match part {
            MappedPart::Reporter => (&self.mapping.stated.reporter, None),
            _ => (&self.mapping.stated.partner, self.layout.partner.as_ref()),
        };
        let Some((text, at)) = self.cell(record, value, part) else {
            let expected = || CellError::of_row(format!("expected a {}", part.word()));
            return stated.as_ref().or(of_sheet).cloned().ok_or_else(expected);
        };
        let (text, name) = (text.to_owned(), self.name(at).to_owned());
        let is_total = part == MappedPart::Partner && is_total_word(&text);
        let known = self.areas.get(&text).cloned();
        let found = known.unwrap_or_else(|| {
            let own = (text != name).then(|| self.mapped_code(&name)).flatten();
            let found = self.mapped_code(&text).or(own);
            found.unwrap_or_else(|| match is_total {
                // It is withheld, see `PartnerTotals`.
                true => Code::parse("TOTAL").map_err(|error| error.to_string()),
                false => match area_of(&text) {
                    Some(code) => Ok(code),
                    None => area(&text).map_err(|unknown| unknown.to_string()),
                },
            })
        });
        self.areas.insert(text.clone(), found.clone());
        found.map_err(|expected| {
            let skip = format!("leave it out with `--skip {}`", quoted(&text));
            let code = format!(
                "give it a code: `--code {}`",
                quoted(&format!("{text}=CODE"))
            );
            let hint = match self.layout.header.contains(&part) {
                true => format!(
                    "{expected}; or {code}, or leave the column out with `--skip {}`",
                    quoted(&name)
                ),
                false => format!("{expected}; or {code}, or {skip}"),
            };
            CellError::new(&name, &text, hint)
        })
    }

    pub(super) fn flow(&self, record: &TableRecord<'_>, value: usize) -> Result<Flow, CellError> {
        let Some((text, at)) = self.cell(record, value, MappedPart::Flow) else {
            let expected = || CellError::of_row("expected a flow");
            return self
                .mapping
                .stated
                .flow
                .or(self.layout.flow)
                .or(self.group_flow)
                .ok_or_else(expected);
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
            let expected = "expected exports (X), imports (M), total (T) or balance (B); leave \
                            other rows out with `--where` and columns with `--skip`";
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
        let fits =
            |own: &Unit| is_same(*own, unit) || own.currency == unit.currency && own.scale == 1.0;
        if let Some(own) = unit_in(text).filter(|own| !fits(own)) {
            return Err(record.error(at, format!("expected the unit {unit}, not {own}")));
        }
        let first = self
            .flow_labels
            .entry(flow)
            .or_insert_with(|| text.to_owned());
        match first == text {
            true => Ok(()),
            false => Err(record.error(
                at,
                format!(
                    "expected one label of {}, as `{first}` above: choose rows with `--where`",
                    flow.word()
                ),
            )),
        }
    }

    pub(super) fn product(
        &self,
        record: &TableRecord<'_>,
        value: usize,
    ) -> Result<Code, CellError> {
        let Some((text, at)) = self.cell(record, value, MappedPart::Product) else {
            let stated = self.mapping.stated.product.as_ref().map(stated_product);
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
            let unit = self.mapping.stated.unit.or(heading.unit);
            return unit.ok_or_else(|| CellError::of_row("expected a unit"));
        };
        let name = self.name(at);
        let found = Unit::parse(text).ok().filter(|unit| unit.currency.is_iso());
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

/// Whether the first text of a record says that it is the total of the rows above.
fn begins_total(record: &TableRecord<'_>) -> bool {
    let first = record.cells.iter().find(|cell| !cell.trim().is_empty());
    first.is_some_and(|cell| is_total_word(cell))
}
