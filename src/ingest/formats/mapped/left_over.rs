//! Columns that no part of a figure is read of: where one of them splits the series, or contradicts
//! what is stated, the table means something else than the mapping says.

use super::area_label::area_of;
use super::claim::{OtherFigures, TextClaims, flows_in, has_word, is_same, scale_in, spaced};
use super::column_kind::ColumnKind;
use super::layout::TableLayout;
use super::look::{ColumnLook, areas_in_flow};
use super::product::product_code;
use super::product_scope::part_of_products;
use super::remark::is_aside;
use super::total_word::{is_all_products, is_total_word};
use crate::ingest::formats::record::TableRecord;
use crate::ingest::mapping::{MappedPart, Mapping, quoted};
use crate::ingest::notation::is_gap;
use crate::ingest::parsed_file::CellError;
use crate::ingest::refusal::shown;
use crate::trade::Code;
use crate::trade::area::WORLD;
use std::collections::{BTreeSet, HashMap};

/// The most characters of a cell that states something about the figure beside it.
const LONGEST: usize = 60;

/// What the cells of a left-over column may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum LeftOverRole {
    /// Split a series: cells of one series are the same.
    Label,
    /// Split a series, and state something about the figures beside them.
    Claim,
    /// State something about the figures beside them: a note differs from row to row.
    Note,
}

/// The columns of a table that are not read but may say what the figures are.
pub(super) struct LeftOverColumns<'a> {
    columns: Vec<LeftOverColumn>,
    layout: &'a TableLayout,
    mapping: &'a Mapping,
    /// The columns of the parts of a key.
    key: Vec<usize>,
}

struct LeftOverColumn {
    at: usize,
    name: String,
    kind: Option<ColumnKind>,
    role: LeftOverRole,
    /// Whether it is named as one of codes.
    is_code: bool,
    /// Whether it is named as one of scales.
    is_scale: bool,
    /// Whether a unit of quantities belongs to a column of quantities beside it.
    is_of_quantities: bool,
    /// Cells that were found to fit.
    known: BTreeSet<String>,
    /// The first cell of each key, with its row.
    first: HashMap<String, (String, u64)>,
}

impl<'a> LeftOverColumns<'a> {
    /// Return the columns that are neither read nor skipped and may split a series.
    pub(super) fn new(looks: &[ColumnLook], layout: &'a TableLayout, mapping: &'a Mapping) -> Self {
        use ColumnKind::{Breakdown, Measure, Note, Partner, Period, Product, Reporter};
        let has_products = layout.columns.contains_key(&MappedPart::Product);
        // Where countries report, another column of countries has their codes or names.
        let reporter = layout.columns.get(&MappedPart::Reporter);
        let reporter = reporter.and_then(|columns| looks.get(*columns.first()?));
        let countries_report = reporter.is_some_and(|look| look.kind == Some(Partner));
        let partners = ["partner*", "counterpart*", "destination*", "origin*"];
        let is_open = |look: &&ColumnLook| {
            let is_read = layout.uses(look.at) || layout.values.contains(&look.at);
            let labels = match look.kind {
                Some(Period) => false,
                Some(Partner) if countries_report => look.named(&partners),
                Some(Note) => !look.named(&["source", "link", "url", "quelle", "источник"]),
                Some(Breakdown | Partner | Product | Reporter | Measure) => true,
                None => look.is_code() || !look.is_numeric() && look.heading.other.is_none(),
            };
            // The description of a product that has a code beside it.
            let describes = has_products
                && look.kind == Some(Product)
                && !look.has_product_codes()
                && look.is_text();
            let labels = labels && !describes;
            let is_period = look.is_period() || look.is_month() || look.heading.period.is_some();
            // The unit of each row is read with it.
            let has_units = layout.columns.contains_key(&MappedPart::Unit);
            let labels = labels && !(look.is_scale() && has_units);
            // A column of labels without a name.
            let is_index = look.is_id() && !(look.name.is_empty() && look.is_text());
            !is_read && !layout.skipped.contains(&look.at) && labels && !is_index && !is_period
        };
        let quantities = looks.iter().filter(|look| {
            let is_named = look.heading.other == Some(OtherFigures::Quantities);
            is_named && look.is_numeric() && !layout.values.contains(&look.at)
        });
        let has_quantities = quantities.count() > 0;
        let column = |look: &ColumnLook| LeftOverColumn {
            at: look.at,
            name: look.called(),
            kind: look.kind.or_else(|| {
                let has_areas = look.name.is_empty() && look.is_area();
                has_areas.then_some(Partner)
            }),
            role: match look.kind {
                Some(Note) => LeftOverRole::Note,
                Some(Measure) => LeftOverRole::Claim,
                None if !has_products && !look.is_code() => LeftOverRole::Claim,
                _ => LeftOverRole::Label,
            },
            is_code: look.is_code(),
            is_scale: look.is_scale(),
            is_of_quantities: has_quantities && look.kind == Some(Measure),
            known: BTreeSet::new(),
            first: HashMap::new(),
        };
        let parts = layout.columns.iter();
        let parts = parts.filter(|(part, _)| {
            !matches!(
                part,
                MappedPart::Period | MappedPart::Value | MappedPart::Source
            )
        });
        Self {
            columns: looks.iter().filter(is_open).map(column).collect(),
            layout,
            mapping,
            key: parts
                .flat_map(|(_, columns)| columns.iter().copied())
                .collect(),
        }
    }

    /// Check the cells of a record that is read.
    ///
    /// # Errors
    /// The cell that splits a series or contradicts what is stated.
    pub(super) fn check(&mut self, record: &TableRecord<'_>) -> Result<(), CellError> {
        let key: Vec<&str> = self.key.iter().map(|at| record.at(*at)).collect();
        let key = key.join("\u{1f}");
        for column in &mut self.columns {
            let text = record.at(column.at);
            if text.is_empty() {
                continue;
            }
            if !column.known.contains(text) {
                if let Some(expected) = column.contradiction(text, self.layout, self.mapping) {
                    return Err(record.error(column.at, expected));
                }
                column.known.insert(text.to_owned());
            }
            if column.role == LeftOverRole::Note {
                continue;
            }
            let found = column.first.get(&key);
            let Some((first, row)) = found else {
                let found = (text.to_owned(), record.row);
                column.first.insert(key.clone(), found);
                continue;
            };
            if first != text {
                let expected = format!(
                    "expected one `{}` for each series, as the column is not mapped; row {row} has \
                     `{}`: choose rows with --where {}{}, or pass the column over with --skip {}",
                    shown(&column.name),
                    shown(first),
                    quoted(&format!("{}={first}", column.name)),
                    column.mapping(text),
                    quoted(&column.name)
                );
                return Err(record.error(column.at, expected));
            }
        }
        Ok(())
    }
}

impl LeftOverColumn {
    /// Return the option that would read the column, where it fits.
    fn mapping(&self, text: &str) -> String {
        let part = match self.kind {
            Some(ColumnKind::Product) if product_code(text, &self.name).is_some() => "product",
            Some(ColumnKind::Reporter) if area_of(text).is_some() => "reporter",
            Some(ColumnKind::Partner) if area_of(text).is_some() => "partner",
            None if self.is_code && product_code(text, &self.name).is_some() => "product",
            _ => return String::new(),
        };
        let source = quoted(&format!("{part}=col:{}", self.name));
        format!(", read it with --map {source} instead of a constant")
    }

    /// Return what was expected where a text that should name the stated area names none that is
    /// known.
    fn unknown_area(&self, text: &str, part: &str, stated: &Code) -> Option<String> {
        let is_whole = is_total_word(text) && stated.as_str() == WORLD;
        let is_text = text.chars().any(char::is_alphabetic) && !is_gap(text);
        (is_text && !is_whole).then(|| {
            format!(
                "expected the {part} {stated}, as stated, not a text that names no known area: \
                 read the column with --map {} and --code {}, or pass it over with --skip {}",
                quoted(&format!("{part}=col:{}", self.name)),
                quoted(&format!("{text}=CODE")),
                quoted(&self.name)
            )
        })
    }

    /// Return what was expected where a cell contradicts what is stated of the whole table.
    fn contradiction(&self, text: &str, layout: &TableLayout, mapping: &Mapping) -> Option<String> {
        let stated = &mapping.stated;
        let skip = format!("pass the column over with --skip {}", quoted(&self.name));
        // Rows of a cell that was found to fit.
        let where_ = match self.known.first() {
            Some(known) => {
                let rows = quoted(&format!("{}={known}", self.name));
                format!("choose rows with --where {rows}")
            }
            None => "choose other rows with --where".to_owned(),
        };
        match self.kind {
            Some(ColumnKind::Reporter) => {
                let known = match area_of(text) {
                    Some(known) => known,
                    None => return self.unknown_area(text, "reporter", stated.reporter.as_ref()?),
                };
                let reporter = stated.reporter.as_ref().filter(|code| **code != known)?;
                Some(format!(
                    "expected the reporter {reporter}, as stated, not {known}{}, {where_}, or \
                     {skip}",
                    self.mapping(text)
                ))
            }
            Some(ColumnKind::Partner) => {
                let partner = stated.partner.as_ref().or(layout.partner.as_ref())?;
                let known = match area_of(text) {
                    Some(known) => known,
                    None => return self.unknown_area(text, "partner", partner),
                };
                let fits = |code: &Code| *code == known;
                let other = !fits(partner) && !stated.reporter.as_ref().is_some_and(fits);
                other.then(|| {
                    format!(
                        "expected the partner {partner}, as stated, not {known}{}, {where_}, or \
                         {skip}",
                        self.mapping(text)
                    )
                })
            }
            Some(ColumnKind::Product) => {
                let is_whole = || {
                    let mut rows = mapping.filters.values();
                    rows.any(|text| is_all_products(text))
                };
                if layout.columns.contains_key(&MappedPart::Product)
                    || layout.header.contains(&MappedPart::Product)
                    || is_whole()
                {
                    return None;
                }
                let code = product_code(text, &self.name);
                let Some(product) = &stated.product else {
                    return (!is_all_products(text)).then(|| {
                        format!(
                            "expected all products, as no product is stated{}; or state --product \
                             CODE, {where_}, or {skip}",
                            self.mapping(text)
                        )
                    });
                };
                let bare = |code: &Code| {
                    let text = code.as_str();
                    text.rsplit_once('-')
                        .map_or(text, |(_, digits)| digits)
                        .to_owned()
                };
                let has_digits = text.starts_with(|c: char| c.is_ascii_digit());
                let other = code.filter(|code| has_digits && bare(code) != bare(product))?;
                Some(format!(
                    "expected the product {product}, as stated, not {other}: {where_}, or {skip}"
                ))
            }
            Some(ColumnKind::Breakdown) => {
                let reporter = stated.reporter.as_ref();
                // The continent of the partner of the row.
                if layout.columns.contains_key(&MappedPart::Partner) && names_continent(text) {
                    return None;
                }
                let is_whole = is_all_products(text) || area_of(text).as_ref() == reporter;
                (!is_whole && reporter.is_some() && text.chars().any(char::is_alphabetic)).then(
                    || {
                        format!(
                            "expected figures of the whole of the reporter, not of a part of its \
                             trade: {where_}, state a --reporter or --product code of that part, \
                             or {skip}"
                        )
                    },
                )
            }
            Some(ColumnKind::Note) => note_contradiction(text, mapping)
                .map(|expected| format!("{expected}: {where_}, or {skip}")),
            Some(ColumnKind::Measure) if self.is_scale && written_scale(text).is_some() => {
                let scale = written_scale(text)?;
                let given = stated.unit.filter(|unit| unit.scale == scale);
                (given.is_none() && scale != 1.0).then(|| {
                    format!(
                        "expected values in units of {scale}, as the column says: state it with \
                         --unit, for example --unit \"USD {scale}\", {where_}, or {skip}"
                    )
                })
            }
            kind if self.role == LeftOverRole::Claim
                && (kind.is_some() || text.chars().count() <= LONGEST) =>
            {
                let text = spaced(text);
                let claims = TextClaims::of(&text);
                // `SA` below `Adjustment`.
                let named = || OtherFigures::named(&text, self.kind == Some(ColumnKind::Measure));
                if let Some(other) = claims.other.or_else(named) {
                    if other == OtherFigures::Quantities && self.is_of_quantities {
                        return None;
                    }
                    return Some(format!(
                        "expected values of trade in a month, not {other}: {where_}, or {skip}"
                    ));
                }
                if self.is_of_quantities && claims.unit.is_some() {
                    return None;
                }
                if names_indicators(&self.name) && !is_of_trade(&text) {
                    return Some(format!(
                        "expected an indicator of trade: {where_}, or {skip}"
                    ));
                }
                if let Some(unit) = claims.unit
                    && let Some(given) = stated.unit
                    && !is_same(unit, given)
                {
                    return Some(format!(
                        "expected the unit {given}, as stated, not {unit}: {where_}, or {skip}"
                    ));
                }
                if let Some(other) = names_another(&text, layout, mapping) {
                    return Some(format!(
                        "expected the reporter and partner as stated; the label names {other}: \
                         read it with --map {}, {where_}, or {skip}",
                        quoted(&format!("partner=col:{0},flow=col:{0}", self.name))
                    ));
                }
                let scale = stated.unit.map_or(1.0, |unit| unit.scale);
                if let Some(other) = claims.scale.filter(|other| *other != scale) {
                    return Some(format!(
                        "expected a --unit with the scale {other}, as the column says: {where_}, \
                         or {skip}"
                    ));
                }
                let flow = stated.flow.or(layout.flow)?;
                let other = claims.direction().filter(|other| *other != flow)?;
                Some(format!(
                    "expected the flow {flow}, as stated, not {other}: {where_}, or {skip}"
                ))
            }
            _ => None,
        }
    }
}

/// Return the area that the label of a flow names and that is neither the stated reporter nor the
/// stated partner: `Imports from China`.
fn names_another(text: &str, layout: &TableLayout, mapping: &Mapping) -> Option<Code> {
    let reporter = mapping.stated.reporter.as_ref()?;
    let partner = mapping
        .stated
        .partner
        .as_ref()
        .or(layout.partner.as_ref())?;
    if flows_in(text).is_empty() {
        return None;
    }
    let mut named = areas_in_flow(text).into_iter();
    named.find(|area| area != reporter && area != partner)
}

/// Whether a column of this name says what is measured, in words.
pub(super) fn names_indicators(name: &str) -> bool {
    const NAMES: [&str; 8] = [
        "indicator*",
        "indikator*",
        "indicador*",
        "indicateur*",
        "показател*",
        "variable",
        "series name",
        "指标",
    ];
    let lower = name.to_lowercase().replace('_', " ");
    let is_code = has_word(&lower, "code*") || has_word(&lower, "id");
    !is_code && NAMES.iter().any(|word| has_word(&lower, word))
}

/// Whether an indicator is one of trade: it names a flow, trade or goods, or only says of its
/// values what they are. A code says nothing in words.
fn is_of_trade(text: &str) -> bool {
    const WORDS: [&str; 22] = [
        "trade*",
        "goods",
        "merchandise",
        "value*",
        "amount*",
        "total*",
        "customs",
        "fob",
        "cif",
        "торгов*",
        "товар*",
        "стоимост*",
        "всего",
        "wert*",
        "handel*",
        "valeur*",
        "commerce",
        "valor*",
        "comercio",
        "总值",
        "金额",
        "贸易",
    ];
    let lower = text.to_lowercase();
    let is_code = !text.contains(' ') && text.contains(['_', '.']);
    let is_named = WORDS.iter().any(|word| has_word(&lower, word));
    is_code || is_named || !flows_in(&lower).is_empty() || !text.contains(char::is_alphabetic)
}

/// Return the scale that a cell of a column of scales states: `1000`, the power of ten `3`,
/// `Thousands`.
pub(super) fn written_scale(text: &str) -> Option<f64> {
    let Ok(number) = text.parse::<f64>() else {
        let is_one = ["unit", "units", "one", "ones"].contains(&text.to_lowercase().as_str());
        return is_one
            .then_some(1.0)
            .or_else(|| scale_in(&format!("({text})")));
    };
    match number {
        0.0 | 1.0 => Some(1.0),
        3.0 | 6.0 | 9.0 | 12.0 => Some(10_f64.powf(number)),
        1000.0.. => Some(number),
        _ => None,
    }
}

/// Whether a label is that of a continent, or of a part of one.
fn names_continent(text: &str) -> bool {
    const WORDS: [&str; 13] = [
        "africa",
        "america",
        "americas",
        "asia",
        "caribbean",
        "europe",
        "eu",
        "oceania",
        "pacific",
        "middle east",
        "австралия",
        "азия",
        "европа",
    ];
    let lower = text.to_lowercase();
    WORDS.iter().any(|word| has_word(&lower, word))
}

/// Return what was expected where a note beside a figure says that it is something else: `in
/// tonnes`, `EUR`, `re-exports only`. What a note says of changes, shares and flows is a remark.
fn note_contradiction(text: &str, mapping: &Mapping) -> Option<String> {
    if text.chars().count() > LONGEST {
        return None;
    }
    let claims = TextClaims::of(text);
    let is_remark = is_aside(&text.to_lowercase());
    let other = claims.other.filter(|other| {
        !is_remark && !matches!(other, OtherFigures::Changes | OtherFigures::Shares)
    });
    if let Some(other) = other {
        return Some(format!("expected values of trade in a month, not {other}"));
    }
    let lower = text.to_lowercase();
    let excludes = has_word(&lower, "excl*") || has_word(&lower, "without");
    if let Some(product) = part_of_products(text).filter(|_| excludes) {
        return Some(format!(
            "expected all products, not those without {product}"
        ));
    }
    let stated = mapping.stated.unit?;
    if let Some(unit) = claims.unit.filter(|unit| !is_same(*unit, stated)) {
        return Some(format!("expected the unit {stated}, as stated, not {unit}"));
    }
    let other = claims.scale.filter(|scale| *scale != stated.scale)?;
    Some(format!(
        "expected the unit {stated}, as stated, not one with the scale {other}"
    ))
}
