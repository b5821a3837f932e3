//! A whole mapping.

use super::source::{MappedPart, MappingError, PartSource, parts_of};
use super::stated::StatedParts;
use crate::ingest::notation::{CellNotation, DateOrder, PeriodNotation, period};
use crate::trade::areas::area;
use crate::trade::{Code, Currency, Flow, Span, Unit};
use std::collections::BTreeMap;

/// What the caller states about a file.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Mapping {
    /// The parts that are the same for the whole file.
    pub stated: StatedParts,
    /// The period, where it is the same for the whole file.
    pub period: Option<Span>,
    /// The parts that columns or their names give.
    pub columns: BTreeMap<MappedPart, PartSource>,
    /// Whether each row has several values, whose columns' names give a part of the key or the
    /// period.
    pub wide: bool,
    /// The sheet of a workbook.
    pub sheet: Option<String>,
    /// The row of the header, counted from 1.
    pub header_row: Option<u64>,
    /// The rows that are read: the text that a column must have.
    pub filters: BTreeMap<String, String>,
    /// Columns that are not read.
    pub skip: Vec<String>,
    /// Texts that stand for a missing figure.
    pub gaps: Vec<String>,
    /// Texts that stand for zero.
    pub nil: Vec<String>,
    /// Codes of texts that have no code of their own.
    pub codes: BTreeMap<String, String>,
    /// How numbers and dates are written.
    pub notation: CellNotation,
}

impl Mapping {
    /// Add the parts of a text as `--map` takes it.
    ///
    /// # Errors
    /// The part that is wrong, and what was expected.
    pub fn add_parts(&mut self, text: &str) -> Result<(), MappingError> {
        for (part, source) in parts_of(text)? {
            self.set(part, source)?;
        }
        Ok(())
    }

    /// Set where a part comes from.
    ///
    /// # Errors
    /// A constant that is none, a part that has no column.
    pub fn set(&mut self, part: MappedPart, source: PartSource) -> Result<(), MappingError> {
        self.columns.remove(&part);
        let wrong = |expected: String| MappingError::new(part.word(), expected);
        let text = match source {
            PartSource::Constant(text) => text,
            PartSource::Columns(columns) if columns.len() > 1 && part != MappedPart::Period => {
                return Err(wrong(
                    "expected one column: only a period has several".to_owned(),
                ));
            }
            PartSource::Header if matches!(part, MappedPart::Value | MappedPart::Source) => {
                return Err(wrong("expected a column or a constant".to_owned()));
            }
            source => {
                self.wide |= source == PartSource::Header;
                self.columns.insert(part, source);
                return Ok(());
            }
        };
        match part {
            MappedPart::Reporter => self.stated.reporter = Some(code(&text).map_err(wrong)?),
            MappedPart::Partner => self.stated.partner = Some(code(&text).map_err(wrong)?),
            MappedPart::Flow => {
                self.stated.flow = Some(Flow::parse(&text).map_err(|e| wrong(e.to_string()))?);
            }
            MappedPart::Product => {
                self.stated.product = Some(Code::parse(&text).map_err(|e| wrong(e.to_string()))?);
            }
            MappedPart::Unit => self.stated.unit = Some(unit(&text).map_err(wrong)?),
            MappedPart::Source => self.stated.source = Some(text),
            MappedPart::Period => {
                let span = period(&text, PeriodNotation::default()).map_err(wrong)?;
                self.period = Some(span);
            }
            MappedPart::Value => {
                return Err(wrong("expected a column, col:NAME".to_owned()));
            }
        }
        Ok(())
    }

    /// Set the decimal mark.
    ///
    /// # Errors
    /// A text that is neither a point nor a comma.
    pub fn set_decimal(&mut self, text: &str) -> Result<(), MappingError> {
        let mark = mark(text).filter(|mark| matches!(mark, '.' | ','));
        let wrong = || MappingError::new("decimal", "expected `.` or `,`");
        self.notation.marks.decimal = Some(mark.ok_or_else(wrong)?);
        Ok(())
    }

    /// Set the separator of thousands.
    ///
    /// # Errors
    /// A text that is none.
    pub fn set_thousands(&mut self, text: &str) -> Result<(), MappingError> {
        let mark = mark(text).filter(|mark| matches!(mark, '.' | ',' | ' ' | '\''));
        let wrong = || MappingError::new("thousands", "expected `.`, `,`, a blank or `'`");
        self.notation.marks.thousands = Some(mark.ok_or_else(wrong)?);
        Ok(())
    }

    /// Set the order of day and month in dates.
    ///
    /// # Errors
    /// A text that is none.
    pub fn set_dates(&mut self, text: &str) -> Result<(), MappingError> {
        let wrong = || MappingError::new("dates", "expected `dmy` or `mdy`");
        self.notation.dates = Some(DateOrder::parse(text).ok_or_else(wrong)?);
        Ok(())
    }

    /// Whether the mapping says more than which constants a file lacks: its table is then read by
    /// the mapping, whatever its format.
    pub fn is_table(&self) -> bool {
        self.wide || self.period.is_some() || !self.columns.is_empty() || !self.filters.is_empty()
    }
}

fn mark(text: &str) -> Option<char> {
    let mut characters = text.chars();
    characters.next().filter(|_| characters.next().is_none())
}

/// Return the code of an area that the caller states.
fn code(text: &str) -> Result<Code, String> {
    area(text).map_err(|unknown| unknown.to_string())
}

/// Return a unit whose currency is known.
fn unit(text: &str) -> Result<Unit, String> {
    let unit = Unit::parse(text).map_err(|error| error.to_string())?;
    Some(unit)
        .filter(|unit| unit.currency.is_iso() && unit.currency != Currency::UNSTATED)
        .ok_or_else(|| format!("expected a currency of ISO 4217, not `{}`", unit.currency))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_of_a_mapping_gives_constants_and_columns() {
        let mut mapping = Mapping::default();
        let text = "reporter=KAZ,partner=col:Country, or area,flow=exports,period=col:Year+Month,\
                    value=col:Value (US$, k),unit=USD 1,000";
        mapping.add_parts(text).unwrap();
        assert_eq!(mapping.stated.reporter, Code::parse("KAZ").ok());
        assert_eq!(mapping.stated.flow, Some(Flow::Exports));
        assert_eq!(mapping.stated.unit.map(|unit| unit.scale), Some(1e3));
        let columns = |names: &[&str]| {
            PartSource::Columns(names.iter().map(|name| (*name).to_owned()).collect())
        };
        assert_eq!(
            mapping.columns[&MappedPart::Partner],
            columns(&["Country, or area"])
        );
        assert_eq!(
            mapping.columns[&MappedPart::Period],
            columns(&["Year", "Month"])
        );
        assert_eq!(
            mapping.columns[&MappedPart::Value],
            columns(&["Value (US$, k)"])
        );
        assert!(mapping.is_table());
    }

    #[test]
    fn a_wrong_part_is_named() {
        for (text, part) in [
            ("reporter=Utopia", "reporter"),
            ("flow=sideways", "flow"),
            ("unit=dollars", "unit"),
            ("unit=KGM", "unit"),
            ("unit=XXX 1000", "unit"),
            ("value=5", "value"),
            ("partner=col:A+B", "partner"),
            ("period=soon", "period"),
            ("reporter=", "reporter"),
            ("country=KAZ", "country=KAZ"),
        ] {
            let error = Mapping::default().add_parts(text).unwrap_err();
            assert_eq!(error.part, part, "{error}");
        }
        let mut mapping = Mapping::default();
        assert!(mapping.set_decimal(";").is_err() && mapping.set_dates("ymd").is_err());
        assert!(mapping.set_thousands("").is_err() && mapping.set_thousands(".").is_ok());
    }
}
