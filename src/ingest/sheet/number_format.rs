//! Number formats of workbooks: what a cell shows of its number, and beside it.

use super::workbook_limits::{WorkbookFault, broken};
use crate::trade::Unit;
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use std::collections::HashMap;

/// The most formats of a workbook, as spreadsheet programs allow.
const FORMATS: usize = 65_536;

/// A number format that shows another number than the stored one, or a text beside it.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::ingest) struct NumberFormat {
    /// Whether the number is shown as a percentage.
    is_percent: bool,
    /// How many times the number is divided by a thousand before it is shown.
    thousands: u8,
    /// The text beside the number: `€`, `kg`, `M`.
    text: String,
    /// Whether the number is shown as a date.
    is_date: bool,
}

impl NumberFormat {
    /// Read the code of a format: `0.0%`, `#,##0,`, `[$€-407] #,##0`, `mmm-yy`. `None` where it
    /// shows the stored number alone, or a time.
    pub(super) fn of(code: &str) -> Option<Self> {
        let mut format = Self::default();
        // What some programs call `General`.
        if code.eq_ignore_ascii_case("standard") {
            return None;
        }
        let mut characters = code.chars();
        let (mut has_digits, mut has_time, mut before_point) = (false, false, 0);
        while let Some(c) = characters.next() {
            match c {
                // The formats of negative numbers, zero and texts follow.
                ';' => break,
                '"' => format
                    .text
                    .extend(characters.by_ref().take_while(|c| *c != '"')),
                '\\' => format.text.extend(characters.next()),
                // The width of a character, and one that fills the cell.
                '_' | '*' => drop(characters.next()),
                '[' => {
                    let inside: String = characters.by_ref().take_while(|c| *c != ']').collect();
                    if let Some(sign) = inside.strip_prefix('$') {
                        format.text += sign.split('-').next().unwrap_or_default();
                    }
                }
                '%' => format.is_percent = true,
                ',' if has_digits => format.thousands = format.thousands.saturating_add(1),
                '.' => before_point = std::mem::take(&mut format.thousands),
                // Commas before other digits separate thousands.
                '0' | '#' | '?' => (has_digits, format.thousands) = (true, 0),
                'd' | 'y' | 'D' | 'Y' if !has_digits => format.is_date = true,
                'm' | 'h' | 's' | 'M' | 'H' | 'S' => has_time = true,
                '$' | '€' | '£' | '¥' | '₽' | '₹' | '₸' | '₩' => format.text.push(c),
                _ => {}
            }
        }
        format.thousands = format.thousands.saturating_add(before_point);
        format.text = format.text.trim().to_owned();
        if format.is_date {
            return Some(Self::date());
        }
        (has_digits && !has_time && format != Self::default()).then_some(format)
    }

    /// Return the format of a number that spreadsheet programs know without its code.
    fn built_in(id: u32) -> Option<Self> {
        match id {
            9 | 10 => Some(Self {
                is_percent: true,
                ..Self::default()
            }),
            14..=17 | 22 | 27..=31 | 36 | 50..=54 | 57 | 58 => Some(Self::date()),
            _ => None,
        }
    }

    fn date() -> Self {
        Self {
            is_date: true,
            ..Self::default()
        }
    }

    /// Whether the number is shown as a date.
    pub(super) fn is_date(&self) -> bool {
        self.is_date
    }

    /// Return the text beside the number, where it is one of letters or signs of a currency.
    pub(in crate::ingest) fn text(&self) -> Option<&str> {
        let is_sign = |c: char| c.is_alphabetic() || "$€£¥₽₹₸₩".contains(c);
        Some(self.text.as_str()).filter(|text| text.contains(is_sign))
    }

    /// Return the scale that the text states: `M` of `0.0,,"M"`; 1 where it states none.
    pub(in crate::ingest) fn scale(&self) -> f64 {
        let text: String = self.text.chars().filter(|c| !"$€£¥".contains(*c)).collect();
        Unit::parse(&format!("{text} USD")).map_or(1.0, |unit| unit.scale)
    }

    /// Whether the scale of the text is that by which the number was divided, so that both together
    /// show the stored number.
    pub(in crate::ingest) fn shows_stored(&self) -> bool {
        self.scale() == 1e3_f64.powi(i32::from(self.thousands))
    }

    /// Return the number as it is shown, and what stands behind it: `12` and `%` for 0.12.
    pub(super) fn shown(&self, number: f64) -> (f64, &'static str) {
        match (self.is_percent, self.shows_stored()) {
            (true, _) => (number * 100.0, "%"),
            (false, true) => (number, ""),
            (false, false) if self.thousands == 0 => (number, ""),
            (false, false) => (number / 1e3_f64.powi(i32::from(self.thousands)), ""),
        }
    }
}

/// The formats of cells by their number, of those that [`NumberFormat::of`] knows.
#[derive(Debug, Default)]
pub(super) struct CellFormats {
    codes: HashMap<u32, Option<NumberFormat>>,
    cells: Vec<Option<NumberFormat>>,
}

impl CellFormats {
    /// Add the code of a number format.
    pub(super) fn add_code(&mut self, id: u32, code: &str) {
        if self.codes.len() < FORMATS {
            self.codes.insert(id, NumberFormat::of(code));
        }
    }

    /// Add the next format of cells, which has the number format `id`.
    ///
    /// # Errors
    /// More formats than a workbook may have.
    pub(super) fn add_cell(&mut self, id: u32) -> Result<(), WorkbookFault> {
        if self.cells.len() >= FORMATS {
            return Err(broken(format!("expected at most {FORMATS} formats")));
        }
        let known = self.codes.get(&id).cloned();
        self.cells
            .push(known.unwrap_or_else(|| NumberFormat::built_in(id)));
        Ok(())
    }

    /// Return the format of cells of this number.
    pub(super) fn get(&self, at: usize) -> Option<&NumberFormat> {
        self.cells.get(at)?.as_ref()
    }

    /// Read the styles of an xlsx.
    ///
    /// # Errors
    /// Styles that are no XML, or too many.
    pub(super) fn of_styles(content: &[u8]) -> Result<Self, WorkbookFault> {
        let mut found = Self::default();
        let content = std::str::from_utf8(content).map_err(broken)?;
        let mut reader = Reader::from_str(content);
        let mut in_cells = false;
        loop {
            match reader.read_event().map_err(broken)? {
                Event::Eof => return Ok(found),
                Event::End(end) if end.local_name().as_ref() == "cellXfs" => in_cells = false,
                Event::Start(start) | Event::Empty(start) => {
                    let number = |name| text_of(&start, name).and_then(|text| text.parse().ok());
                    match start.local_name().as_ref() {
                        "cellXfs" => in_cells = true,
                        "numFmt" => {
                            let code = text_of(&start, "formatCode");
                            if let (Some(id), Some(code)) = (number("numFmtId"), code) {
                                found.add_code(id, &code);
                            }
                        }
                        "xf" if in_cells => found.add_cell(number("numFmtId").unwrap_or(0))?,
                        _ => {}
                    }
                }
                _ => {}
            }
        }
    }
}

/// Return the value of an attribute.
fn text_of(start: &BytesStart<'_>, name: &str) -> Option<String> {
    let found = start.try_get_attribute(name).ok()??;
    let value = found.normalized_value(quick_xml::XmlVersion::Implicit1_0);
    value.ok().map(std::borrow::Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_format_shows_percentages_thousands_and_texts() {
        for (code, number, shown, text) in [
            ("0%", 0.12, (12.0, "%"), None),
            ("0.0 %;[Red]-0.0%", -0.5, (-50.0, "%"), None),
            ("#,##0,", 1_234_000.0, (1234.0, ""), None),
            ("#,##0.0,,", 1_500_000.0, (1.5, ""), None),
            ("#,##0,.0", 1_500.0, (1.5, ""), None),
            // The letter says what was divided: the stored number stands.
            ("0.0,,\"M\"", 1_500_000.0, (1_500_000.0, ""), Some("M")),
            ("0.0\"M\"", 1.5, (1.5, ""), Some("M")),
            ("[$€-407] #,##0.00", 5.0, (5.0, ""), Some("€")),
            ("\"$\"#,##0_);\\(\"$\"#,##0\\)", 5.0, (5.0, ""), Some("$")),
            ("#,##0\\ \"kg\"", 5.0, (5.0, ""), Some("kg")),
        ] {
            let format = NumberFormat::of(code).unwrap();
            assert_eq!(format.shown(number), shown, "{code}");
            assert_eq!(format.text(), text, "{code}");
        }
        for code in [
            "General",
            "Standard",
            "0",
            "#,##0",
            "#,##0.00_);(#,##0.00)",
            "@",
            "[h]:mm",
            "_-* #,##0_-;-* #,##0_-",
            "# ##0",
            "[Red]0",
        ] {
            assert_eq!(NumberFormat::of(code), None, "{code}");
        }
        for code in [
            "yyyy\\-mm",
            "mmm-yy",
            "[$-409]d/m/yyyy;@",
            "yyyy\"年\"m\"月\"",
        ] {
            assert!(NumberFormat::of(code).unwrap().is_date(), "{code}");
        }
        assert!(NumberFormat::built_in(17).unwrap().is_date());
    }

    #[test]
    fn the_formats_of_cells_are_those_of_their_list() {
        let styles =
            br#"<styleSheet><numFmts><numFmt numFmtId="164" formatCode="0.0&quot; kg&quot;"
            /></numFmts><cellStyleXfs><xf numFmtId="9"/></cellStyleXfs><cellXfs><xf numFmtId="0"/>
            <xf numFmtId="10"><alignment/></xf><xf numFmtId="164"/></cellXfs></styleSheet>"#;
        let formats = CellFormats::of_styles(styles).unwrap();
        assert_eq!(formats.get(0), None);
        assert_eq!(formats.get(1), NumberFormat::built_in(10).as_ref());
        assert_eq!(formats.get(2).and_then(NumberFormat::text), Some("kg"));
        assert_eq!(formats.get(3), None);
    }

    proptest! {
        #[test]
        fn no_code_makes_it_panic(code in "[\\PC\"%,;0#$\\[\\]]*") {
            if let Some(format) = NumberFormat::of(&code) {
                let _ = (format.shown(1.0), format.scale());
            }
        }
    }
}
