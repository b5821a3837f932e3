//! Where a part of a figure comes from, and the text of `--map`.

use std::fmt;

/// A part of a figure that a mapping gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MappedPart {
    /// Reporter.
    Reporter,
    /// Partner.
    Partner,
    /// Flow.
    Flow,
    /// Product.
    Product,
    /// Month or span.
    Period,
    /// Value.
    Value,
    /// Currency and scale.
    Unit,
    /// Source.
    Source,
}

impl MappedPart {
    /// Every part.
    pub const ALL: [Self; 8] = [
        Self::Reporter,
        Self::Partner,
        Self::Flow,
        Self::Product,
        Self::Period,
        Self::Value,
        Self::Unit,
        Self::Source,
    ];

    /// Return the name that mappings use.
    pub fn word(self) -> &'static str {
        match self {
            Self::Reporter => "reporter",
            Self::Partner => "partner",
            Self::Flow => "flow",
            Self::Product => "product",
            Self::Period => "period",
            Self::Value => "value",
            Self::Unit => "unit",
            Self::Source => "source",
        }
    }

    /// Return the part of a name; `None` for any other text.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        Self::ALL
            .into_iter()
            .find(|part| part.word().eq_ignore_ascii_case(text))
    }
}

/// Where a part comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PartSource {
    /// The same text for the whole file.
    Constant(String),
    /// A column; of a period, also several, such as a year and a month.
    Columns(Vec<String>),
    /// The names of the columns of values.
    Header,
}

impl PartSource {
    /// Parse `KAZ`, `col:Country`, `col:Year+Month` or `header`.
    pub fn parse(text: &str) -> Self {
        let text = text.trim();
        let text = text
            .strip_prefix('"')
            .and_then(|text| text.strip_suffix('"'))
            .unwrap_or(text);
        if text.eq_ignore_ascii_case("header") {
            return Self::Header;
        }
        match text.strip_prefix("col:") {
            Some(columns) => {
                let bare = |column: &str| column.trim().trim_matches('"').to_owned();
                Self::Columns(columns.split('+').map(bare).collect())
            }
            None => Self::Constant(text.to_owned()),
        }
    }
}

impl fmt::Display for PartSource {
    /// Write the source as [`PartSource::parse`] reads it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Constant(text) => f.write_str(text),
            Self::Columns(columns) => write!(f, "col:{}", columns.join("+")),
            Self::Header => f.write_str("header"),
        }
    }
}

/// A mapping that cannot be understood: the part that is wrong, and what was expected.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("mapping, `{part}`: {expected}")]
pub struct MappingError {
    /// The part or setting.
    pub part: String,
    /// What was expected.
    pub expected: String,
}

impl MappingError {
    pub(super) fn new(part: &str, expected: impl Into<String>) -> Self {
        Self {
            part: part.to_owned(),
            expected: expected.into(),
        }
    }
}

/// Split the text of `--map`, `reporter=KAZ,partner=col:Country,unit=USD 1000`. A comma separates
/// parts only where the name of a part follows, so that names of columns may have commas.
///
/// # Errors
/// A text that does not begin with the name of a part.
pub(super) fn parts_of(text: &str) -> Result<Vec<(MappedPart, PartSource)>, MappingError> {
    let starts_part = |rest: &str| {
        let (name, _) = rest.split_once('=')?;
        MappedPart::parse(name)
    };
    let expected = || {
        let words = MappedPart::ALL.map(MappedPart::word).join(", ");
        MappingError::new(
            text,
            format!("expected NAME=VALUE separated by commas, with the names {words}"),
        )
    };
    let mut starts = vec![0];
    starts.extend(
        text.match_indices(',')
            .map(|(at, _)| at + 1)
            .filter(|at| starts_part(&text[*at..]).is_some()),
    );
    let ends = starts.iter().skip(1).map(|at| at - 1).chain([text.len()]);
    let mut parts = Vec::new();
    for (start, end) in starts.iter().zip(ends) {
        let one = text.get(*start..end).unwrap_or_default();
        let part = starts_part(one).ok_or_else(expected)?;
        let (_, source) = one.split_once('=').ok_or_else(expected)?;
        if source.trim().is_empty() {
            return Err(MappingError::new(
                part.word(),
                "expected a value or col:NAME",
            ));
        }
        parts.push((part, PartSource::parse(source)));
    }
    Ok(parts)
}
