//! The mapping that would fit a table of no known format.

use super::area_label::area_of;
use super::claim::{TextClaims, unit_in};
use super::code_labels::with_split_labels;
use super::column_kind::ColumnKind;
use super::heading::{TableHead, last_header_row};
use super::layout::{TableLayout, layout};
use super::left_over::names_indicators;
use super::look::{ColumnLook, looks};
use super::mention::{Mention, MentionRole, mentions};
use super::product_scope::part_of_products;
use super::stated_scale::{StatedScale, scales_beside};
use super::unknown_label::leave_out_unknown;
use crate::ingest::formats::format::Format;
use crate::ingest::mapping::{MappedPart, Mapping, MappingSuggestion, PartSource};
use crate::ingest::refusal::shown;
use crate::ingest::sheet::{SheetCells, header_row};
use crate::trade::{Code, Unit};
use std::path::Path;

/// The most columns and rows of a table that are shown.
const COLUMNS: usize = 12;
const ROWS: usize = 3;

/// Return what a table of no known format is refused with: its columns and first rows, the nearest
/// format, and the command that would read it. `None` where no sheet holds a table.
pub(in crate::ingest::formats) fn unknown_table(
    sheets: &[SheetCells],
    name: &Path,
) -> Option<(String, MappingSuggestion)> {
    let sheets = &*with_split_labels(sheets);
    let with_header = |sheet| Some((sheet, last_header_row(sheet, header_row(sheet)?)));
    let visible = sheets.iter().filter(|sheet| !sheet.is_hidden);
    let (sheet, row) = visible.chain(sheets).find_map(with_header)?;
    let head = TableHead::of(sheet, row);
    let looks = looks(&head);
    let mapping = Mapping::default();
    let found = layout(&looks, &mapping, sheet.name.as_deref()).ok()?;
    let place = match &sheet.name {
        Some(name) => format!("sheet `{}`, row {}", shown(name), sheet.number_of(row)),
        None => format!("row {}", sheet.number_of(row)),
    };
    let mut text = format!(
        "expected a known format or a mapping; this table ({place}) has the columns {}; its first \
         rows: {}",
        cells_of(sheet.rows.get(row)?, ", "),
        first_rows(sheet, row),
    );
    if let Some((format, missing)) = nearest(&looks).filter(|(_, missing)| !missing.is_empty()) {
        text += &format!(
            "; nearest is the format {format}, which needs {}",
            missing.join(", ")
        );
    }
    let mut suggestion = suggest(&head, &looks, &found, &mapping);
    // Where each sheet names its flow, it states it.
    let named = sheets.iter().filter(|sheet| !sheet.is_hidden);
    let flows = named.map(|sheet| TextClaims::of(sheet.name.as_deref()?).direction());
    let flows: Option<Vec<_>> = flows.collect();
    if flows.is_some_and(|flows| flows.windows(2).any(|of| of[0] != of[1])) {
        suggestion.mapping.stated.flow = None;
        suggestion.missing.retain(|part| *part != MappedPart::Flow);
    }
    text += &format!("; {}", suggestion.text(name));
    Some((text, suggestion))
}

fn cells_of(row: &[String], between: &str) -> String {
    let filled = row.iter().filter(|cell| !cell.trim().is_empty());
    let shown: Vec<String> = filled
        .clone()
        .take(COLUMNS)
        .map(|cell| {
            let short: String = cell.trim().chars().take(40).collect();
            shown(&short).to_string()
        })
        .collect();
    let more = filled.count().saturating_sub(COLUMNS);
    let more = if more > 0 {
        format!(" and {more} more")
    } else {
        String::new()
    };
    shown.join(between) + &more
}

fn first_rows(sheet: &SheetCells, header: usize) -> String {
    let rows = sheet.rows.iter().skip(header + 1);
    let rows = rows.filter(|row| row.iter().any(|cell| !cell.trim().is_empty()));
    let rows: Vec<String> = rows.take(ROWS).map(|row| cells_of(row, " | ")).collect();
    rows.join(" / ")
}

/// Return the format of tables that shares most columns with a header, at least two, and those that
/// the header lacks.
fn nearest(looks: &[ColumnLook]) -> Option<(Format, Vec<&'static str>)> {
    let has = |name: &&str| {
        looks
            .iter()
            .any(|look| look.name.eq_ignore_ascii_case(name))
    };
    let formats = Format::ALL
        .into_iter()
        .map(|format| (format, format.columns()));
    let best = formats.max_by_key(|(_, columns)| columns.iter().filter(|name| has(name)).count());
    let (format, columns) = best?;
    let missing: Vec<&str> = columns.iter().copied().filter(|name| !has(name)).collect();
    (columns.len() - missing.len() >= 2).then_some((format, missing))
}

/// Return the mapping that was given, completed by the layout that was found and by what titles
/// state, with the parts that are still missing.
pub(super) fn suggest(
    head: &TableHead<'_>,
    looks: &[ColumnLook],
    found: &TableLayout,
    given: &Mapping,
) -> MappingSuggestion {
    let named = |at: &usize| looks[*at].called();
    let mut suggestion = MappingSuggestion {
        mapping: given.clone(),
        columns: looks.iter().map(|look| look.name.clone()).collect(),
        ..MappingSuggestion::default()
    };
    let mapping = &mut suggestion.mapping;
    let is_constant = |part: &MappedPart| match part {
        MappedPart::Flow => given.stated.flow.is_some(),
        MappedPart::Unit => given.stated.unit.is_some(),
        _ => false,
    };
    for (part, columns) in &found.columns {
        if given.columns.contains_key(part) || is_constant(part) {
            continue;
        }
        let mut names: Vec<String> = columns.iter().map(named).collect();
        if *part == MappedPart::Period && found.header.contains(part) {
            names.push("header".to_owned());
        }
        mapping.columns.insert(*part, PartSource::Columns(names));
    }
    if found.header.contains(&MappedPart::Product) {
        mapping
            .columns
            .insert(MappedPart::Product, PartSource::Header);
    }
    if found.yearless {
        suggestion.months = Some("header".to_owned());
    }
    // Their headings are found again.
    mapping.wide |= !found.header.is_empty();
    if let [value] = found.values[..]
        && found.header.is_empty()
    {
        let value = PartSource::Columns(vec![named(&value)]);
        mapping.columns.insert(MappedPart::Value, value);
    }
    let mut taken: Vec<usize> = Vec::new();
    for (part, columns) in &found.missing {
        // A lone column of countries is that of partners.
        let is_partner = |(other, of): &(MappedPart, Vec<usize>)| {
            *other == MappedPart::Partner && of == columns && columns.len() == 1
        };
        let is_lone = *part == MappedPart::Reporter && found.missing.iter().any(is_partner);
        let first = columns.iter().find(|at| !taken.contains(at) && !is_lone);
        let Some(first) = first else {
            suggestion.missing.push(*part);
            continue;
        };
        if *part == MappedPart::Period && looks[*first].is_month() {
            suggestion.missing.push(*part);
            suggestion.months = Some(named(first));
            continue;
        }
        taken.push(*first);
        let source = PartSource::Columns(vec![named(first)]);
        mapping.columns.insert(*part, source);
        let others = columns.iter().filter(|at| *at != first);
        let others: Vec<String> = others.map(named).collect();
        if !others.is_empty() {
            suggestion.choices.push((*part, others));
        }
    }
    let others = looks.iter().filter_map(|look| {
        let figures = look
            .heading
            .other
            .filter(|_| look.is_numeric() && look.filled > 0)?;
        Some((look.called(), figures.to_string()))
    });
    suggestion.others = others.collect();
    let needs_reporter = suggestion.missing.contains(&MappedPart::Reporter);
    let partners = match suggestion.mapping.columns.get(&MappedPart::Partner) {
        Some(PartSource::Columns(names)) if !given.columns.contains_key(&MappedPart::Partner) => {
            names.first().cloned().map(Some)
        }
        _ => found.header.contains(&MappedPart::Partner).then_some(None),
    };
    // `Exports to China` names partners.
    let columns = |part: MappedPart| found.columns.get(&part);
    let flows = columns(MappedPart::Flow);
    let is_label = flows.is_some() && flows == columns(MappedPart::Partner);
    let partners = partners.filter(|_| needs_reporter && !is_label);
    suggestion.lone_areas = partners;
    // A column of products that have no codes: the row of all of them.
    for look in looks
        .iter()
        .filter(|look| look.kind == Some(ColumnKind::Product))
    {
        let is_open = !found.uses(look.at) && given.stated.product.is_none();
        let whole = look.all_products.clone().filter(|_| is_open);
        let filters = &mut suggestion.mapping.filters;
        filters.extend(whole.map(|text| (look.called(), text)));
    }
    suggestion.mapping.skip.extend(parts_of_trade(looks, found));
    of_titles(head, looks, &mut suggestion);
    of_indicators(looks, found, given, &mut suggestion);
    for part in [MappedPart::Reporter, MappedPart::Partner] {
        let mapping = &mut suggestion.mapping;
        suggestion.unknown += leave_out_unknown(head, looks, found, part, mapping);
    }
    if suggestion.missing.contains(&MappedPart::Period) && suggestion.months.is_none() {
        suggestion.unread = unread_headings(looks, found);
    }
    if !suggestion.missing.contains(&MappedPart::Reporter) {
        suggestion.lone_areas = None;
    }
    suggestion
}

/// Return the columns of parts of the products beside others of the same flow: `Oil exports`.
fn parts_of_trade(looks: &[ColumnLook], found: &TableLayout) -> Vec<String> {
    let is_given = found.columns.contains_key(&MappedPart::Product)
        || found.header.contains(&MappedPart::Product);
    let values = || found.values.iter().map(|at| &looks[*at]);
    let is_part = |look: &&ColumnLook| part_of_products(&look.name).is_some();
    let has_whole = |part: &ColumnLook| {
        let mut others = values().filter(|look| !is_part(look));
        others.any(|look| look.heading.flow == part.heading.flow)
    };
    let parts = values().filter(|look| !is_given && is_part(look));
    parts
        .filter(|look| has_whole(look))
        .map(ColumnLook::called)
        .collect()
}

/// Return the headings of numbers that have digits and state no period that is known: `FY22`.
fn unread_headings(looks: &[ColumnLook], found: &TableLayout) -> Vec<String> {
    let is_unread = |look: &&ColumnLook| {
        let has_digits = look.name.bytes().any(|b| b.is_ascii_digit());
        has_digits && look.is_value() && look.heading.period.is_none() && !found.uses(look.at)
    };
    let unread = looks.iter().filter(is_unread).take(COLUMNS);
    unread.map(|look| shown(&look.name).to_string()).collect()
}

/// Take the countries of a table of indicators, or beside groups of economies by their income, as
/// the World Bank has them, as reporters of their trade with the world.
fn of_indicators(
    looks: &[ColumnLook],
    found: &TableLayout,
    given: &Mapping,
    suggestion: &mut MappingSuggestion,
) {
    const BY_INCOME: [&str; 6] = ["HIC", "LIC", "LMC", "LMY", "MIC", "UMC"];
    let lacks_reporter = suggestion.missing.contains(&MappedPart::Reporter);
    let is_given = given.columns.contains_key(&MappedPart::Partner);
    let is_by_income = |area: &Code| BY_INCOME.contains(&area.as_str());
    let has_indicators = looks.iter().any(|look| names_indicators(&look.name));
    let are_headings = found.header.contains(&MappedPart::Partner);
    let headings = found.values.iter().filter(|_| are_headings);
    let mut headings = headings.filter_map(|at| area_of(looks[*at].heading.area.as_deref()?));
    let has_groups = headings.any(|area| is_by_income(&area))
        || looks
            .iter()
            .any(|look| look.named_areas().any(is_by_income));
    if !lacks_reporter || is_given || !(has_indicators || has_groups) {
        return;
    }
    let mapping = &mut suggestion.mapping;
    // `Exports to China` names the partner.
    let partners = mapping.columns.get(&MappedPart::Partner);
    if partners.is_some() && partners == mapping.columns.get(&MappedPart::Flow) {
        return;
    }
    let countries = match mapping.columns.remove(&MappedPart::Partner) {
        None if are_headings => Some(PartSource::Header),
        countries => countries,
    };
    if let Some(countries) = countries {
        mapping.columns.insert(MappedPart::Reporter, countries);
        mapping.stated.partner = area_of("World");
        suggestion
            .missing
            .retain(|part| *part != MappedPart::Reporter);
    }
}

/// State what titles and the names of columns say of missing parts.
fn of_titles(head: &TableHead<'_>, looks: &[ColumnLook], suggestion: &mut MappingSuggestion) {
    let titles: Vec<&str> = head.titles().map(|(_, text)| text).collect();
    if let (Some(months), [year]) = (&suggestion.months, &years_in(&titles)[..]) {
        let period = PartSource::Columns(vec![months.clone(), year.clone()]);
        suggestion
            .mapping
            .columns
            .insert(MappedPart::Period, period);
        suggestion
            .missing
            .retain(|part| *part != MappedPart::Period);
        suggestion.months = None;
    }
    let stated = &mut suggestion.mapping.stated;
    let scales = scales_beside(head);
    // Headings have the currency, another text its scale.
    if stated.unit.is_none() && !suggestion.missing.contains(&MappedPart::Unit) {
        let mut own = looks.iter().filter_map(|look| look.heading.unit);
        let own = own.next().filter(|_| !scales.is_empty());
        let scaled = own.map(|unit| with_scale(unit, &scales));
        stated.unit = scaled.filter(|unit| Some(*unit) != own);
    }
    suggestion.missing.retain(|part| match part {
        MappedPart::Unit => {
            let names = looks.iter().map(|look| look.name.as_str());
            let texts = titles.iter().copied().chain(names);
            let units: Vec<Unit> = texts.filter_map(unit_in).collect();
            let scaled = units.iter().find(|unit| unit.scale != 1.0).copied();
            let unit = scaled.or(units.first().copied());
            stated.unit = unit.map(|unit| with_scale(unit, &scales));
            stated.unit.is_none()
        }
        MappedPart::Flow => {
            let flows = titles
                .iter()
                .filter_map(|text| TextClaims::of(text).direction());
            let flows: Vec<_> = flows.collect();
            let first = flows.first().copied();
            stated.flow = first.filter(|first| flows.iter().all(|flow| flow == first));
            stated.flow.is_none()
        }
        MappedPart::Reporter => {
            let mut found = titles.iter().flat_map(|text| mentions(text));
            let found = found.find(|mention| mention.role == MentionRole::Reporter);
            stated.reporter = found.map(|mention| mention.area);
            stated.reporter.is_none()
        }
        // `Imports from Kazakhstan`; of `Imports from Kazakhstan and Mongolia` neither alone.
        MappedPart::Partner => {
            let found = titles.iter().flat_map(|text| mentions(text));
            let mut others = found.filter(|mention| mention.role != MentionRole::Reporter);
            let first = others.next();
            let is_only = |first: &Mention| {
                first.role == MentionRole::Partner && others.all(|other| other == *first)
            };
            stated.partner = first.filter(is_only).map(|mention| mention.area);
            stated.partner.is_none()
        }
        _ => true,
    });
}

/// Return a currency with the only scale that a text beside the table states.
fn with_scale(unit: Unit, scales: &[StatedScale]) -> Unit {
    match scales.first() {
        Some(first) if unit.scale == 1.0 && scales.iter().all(|s| s.scale == first.scale) => Unit {
            scale: first.scale,
            ..unit
        },
        _ => unit,
    }
}

/// Return the years of four digits in titles, each once.
fn years_in(titles: &[&str]) -> Vec<String> {
    let words = titles
        .iter()
        .flat_map(|text| text.split(|c: char| !c.is_ascii_digit()));
    let is_year =
        |word: &&str| word.len() == 4 && (word.starts_with("19") || word.starts_with("20"));
    let mut years: Vec<String> = words.filter(is_year).map(str::to_owned).collect();
    years.sort_unstable();
    years.dedup();
    years
}
