//! The roles that the concepts of an SDMX data structure play.

use super::classification::CLASSIFICATIONS;
use super::concepts::{
    ADJUSTMENT, FLOW, FREQUENCY, INDICATOR, PARTNER, PRODUCT, REPORTER, STATUS, UNIT, is_attribute,
};
use crate::ingest::formats::record::{TableHeader, TableRecord};
use crate::ingest::parsed_file::CellError;
use crate::ingest::refusal::listed;
use crate::trade::areas;

/// The positions of the roles among the concepts of a data structure.
#[derive(Debug, Clone)]
pub(super) struct SdmxLayout {
    pub(super) period: usize,
    pub(super) value: usize,
    pub(super) reporter: usize,
    pub(super) partner: usize,
    pub(super) flow: Option<usize>,
    pub(super) indicator: Option<usize>,
    pub(super) product: Option<usize>,
    /// The classification that the name of the product's column states.
    pub(super) classification: Option<&'static str>,
    pub(super) frequency: Option<usize>,
    pub(super) unit: Option<usize>,
    pub(super) multiplier: Option<usize>,
    pub(super) status: Option<usize>,
    pub(super) adjustment: Option<usize>,
    pub(super) confidential: Option<usize>,
    /// Concepts that may break a total down.
    pub(super) breakdowns: Vec<usize>,
    /// Columns of a role that another column plays already, each with that column.
    pub(super) twins: Vec<(usize, usize)>,
    /// Whether cells hold a code and its label, `DE: Germany`.
    pub(super) labelled: bool,
}

impl SdmxLayout {
    /// Find the roles; `is_declared` returns whether the message itself declares a concept an
    /// attribute.
    ///
    /// # Errors
    /// The first role that no concept plays.
    pub(super) fn new(
        header: &TableHeader,
        is_declared: impl Fn(&str) -> bool,
    ) -> Result<Self, CellError> {
        let labelled = is_labelled(header);
        let header = identifiers(header);
        check_roles(&header)?;
        let (flow, indicator) = (header.any(FLOW), header.any(INDICATOR));
        if flow.is_none() && indicator.is_none() {
            header.require(&[FLOW, INDICATOR].concat())?;
        }
        let product = header.any(PRODUCT);
        let mut layout = Self {
            period: header.require(&["TIME_PERIOD", "TIME"])?,
            value: header.require(&["OBS_VALUE"])?,
            reporter: header.require(REPORTER)?,
            partner: header.require(PARTNER)?,
            flow,
            indicator,
            product,
            classification: product.and_then(|at| {
                let name = header.names[at].to_ascii_uppercase();
                let mut known = CLASSIFICATIONS.into_iter();
                known.find_map(|(start, of)| name.starts_with(start).then_some(of))
            }),
            frequency: header.any(FREQUENCY),
            unit: header.any(UNIT),
            multiplier: header.find("UNIT_MULT"),
            status: header.any(STATUS),
            adjustment: header.any(ADJUSTMENT),
            confidential: header.find("CONF_STATUS"),
            breakdowns: Vec::new(),
            twins: Vec::new(),
            labelled,
        };
        let roles = layout.roles();
        for (at, name) in header.names.iter().enumerate() {
            if name.is_empty() || roles.iter().any(|(column, _)| *column == at) {
                continue;
            }
            let plays = |(column, names): &&(usize, &[&str])| {
                let known = names.iter().any(|known| known.eq_ignore_ascii_case(name));
                known || header.names[*column].eq_ignore_ascii_case(name)
            };
            match roles.iter().find(plays) {
                Some((column, _)) => layout.twins.push((at, *column)),
                None if is_attribute(name) || is_declared(name) => {}
                None => layout.breakdowns.push(at),
            }
        }
        Ok(layout)
    }

    /// Return the columns that are read, each with the names of its role.
    fn roles(&self) -> Vec<(usize, &'static [&'static str])> {
        let one: [(Option<usize>, &'static [&'static str]); 13] = [
            (Some(self.period), &[]),
            (Some(self.value), &[]),
            (Some(self.reporter), REPORTER),
            (Some(self.partner), PARTNER),
            (self.flow, FLOW),
            (self.indicator, INDICATOR),
            (self.product, PRODUCT),
            (self.frequency, FREQUENCY),
            (self.unit, UNIT),
            (self.multiplier, &[]),
            (self.status, &[]),
            (self.adjustment, ADJUSTMENT),
            (self.confidential, &[]),
        ];
        one.into_iter()
            .filter_map(|(column, names)| Some((column?, names)))
            .collect()
    }

    /// Return the code in a cell, without its label.
    pub(super) fn code<'a>(&self, record: &TableRecord<'a>, column: Option<usize>) -> &'a str {
        let text = record.opt(column);
        if self.labelled {
            text.split(": ").next().unwrap_or(text).trim()
        } else {
            text
        }
    }
}

/// Whether names and cells hold a code and its label: `REF_AREA: Reference area`.
fn is_labelled(header: &TableHeader) -> bool {
    header.names.iter().any(|name| name.contains(": "))
}

/// Return the identifiers of the concepts, empty for columns of labels.
fn identifiers(header: &TableHeader) -> TableHeader {
    let labelled = is_labelled(header);
    let bare = |name: &String| {
        let id = name.split(':').next().unwrap_or("").trim();
        if labelled {
            id.to_owned()
        } else {
            name.clone()
        }
    };
    let is_mixed = |id: &str| {
        let any = |of: fn(&u8) -> bool| id.as_bytes().iter().any(of);
        any(u8::is_ascii_lowercase) && any(u8::is_ascii_uppercase)
    };
    // Labels may have columns of their own, behind those of the codes: `REF_AREA,Reference area`.
    // No identifier has a blank.
    let plain = header.names.iter().map(bare).filter(|id| !is_mixed(id));
    let plain = TableHeader::new(plain);
    let roles = [REPORTER, PARTNER, &["OBS_VALUE"]];
    let named = header.find("STRUCTURE_NAME").is_some();
    let has_labels = named || roles.iter().all(|names| plain.any(names).is_some());
    let id = |name: &String| {
        let id = bare(name);
        let label = id.contains(' ') || has_labels && is_mixed(&id);
        if label { String::new() } else { id }
    };
    // The label of `partner` may be called `PARTNER`.
    let repeats = |at: usize| {
        let before = at.checked_sub(1).map(|before| &header.names[before]);
        named && before.is_some_and(|name| name.eq_ignore_ascii_case(&header.names[at]))
    };
    TableHeader::new(header.names.iter().enumerate().map(|(at, name)| {
        let id = id(name);
        if repeats(at) { String::new() } else { id }
    }))
}

/// Whether the codes of a table's concepts tell reporter, partner and flow of its observations;
/// `first` are the cells of its first record. A table of labels alone, or one that leaves a part of
/// the key to its title, is read by a mapping, and so is one that names no data flow and has a
/// column whose meaning only that would tell.
pub(in crate::ingest::formats) fn has_roles(header: &TableHeader, first: &[String]) -> bool {
    let text = |at: usize| {
        let text = first.get(at).map_or("", |cell| cell.trim());
        text.split(": ").next().unwrap_or(text)
    };
    let is_name = |at: usize| {
        let text = text(at);
        let has_letters = text.len() > 3 && text.bytes().any(|b| b.is_ascii_lowercase());
        has_letters && areas::of_text(text).is_some()
    };
    let Ok(layout) = SdmxLayout::new(header, |_| false) else {
        return false;
    };
    let whole = |at: usize| matches!(text(at), "" | "_T" | "_Z" | "TOTAL" | "TOT");
    let is_plain = || {
        let has_unit = layout.unit.or(layout.indicator).is_some();
        layout.breakdowns.is_empty() && has_unit && layout.product.is_none_or(whole)
    };
    let is_named = |name: &String| {
        let upper = name.to_ascii_uppercase();
        upper.starts_with("DATAFLOW") || upper.starts_with("STRUCTURE")
    };
    let declares = header.names.first().is_some_and(is_named);
    ![layout.reporter, layout.partner].into_iter().any(is_name) && (declares || is_plain())
}

/// Check that the columns name reporter, partner and flow, where several of them are missing: one
/// alone is refused by its names.
///
/// # Errors
/// All parts that are missing, and the columns found.
fn check_roles(header: &TableHeader) -> Result<(), CellError> {
    let flow = header.any(&[FLOW, INDICATOR].concat());
    let parts = [
        ("reporter", header.any(REPORTER)),
        ("partner", header.any(PARTNER)),
        ("flow", flow),
    ];
    let missing: Vec<&str> = parts
        .iter()
        .filter(|(_, column)| column.is_none())
        .map(|(part, _)| *part)
        .collect();
    if missing.len() < 2 {
        return Ok(());
    }
    Err(CellError::of_row(format!(
        "expected columns that name {}; the file has {}. State what it lacks with --map",
        missing.join(" and "),
        listed(&header.names)
    )))
}
