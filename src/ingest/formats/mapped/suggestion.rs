//! The mapping that would fit a table of no known format.

use super::layout::{HeaderAbove, TableLayout, layout, unit_in};
use super::look::{ColumnLook, looks};
use crate::ingest::formats::format::Format;
use crate::ingest::mapping::{MappedPart, Mapping};
use crate::ingest::refusal::shown;
use crate::ingest::sheet::{SheetCells, header_row};
use std::path::Path;

/// The most columns and rows of a table that are shown.
const COLUMNS: usize = 12;
const ROWS: usize = 3;

/// Return what a table of no known format is refused with: its columns and first rows, the nearest
/// format, and the command that would read it. `None` where no sheet holds a table.
pub(in crate::ingest::formats) fn unknown_table(
    sheets: &[SheetCells],
    name: &Path,
) -> Option<String> {
    let with_header = |sheet| Some((sheet, header_row(sheet)?));
    let visible = sheets.iter().filter(|sheet| !sheet.is_hidden);
    let (sheet, header) = visible.chain(sheets).find_map(with_header)?;
    let looks = looks(sheet, header);
    let above = HeaderAbove { sheet, header };
    let found = layout(&looks, &Mapping::default(), &above).ok()?;
    let place = match &sheet.name {
        Some(name) => format!("sheet `{}`, row {}", shown(name), sheet.number_of(header)),
        None => format!("row {}", sheet.number_of(header)),
    };
    let mut text = format!(
        "expected a known format or a mapping; this table ({place}) has the columns {}; its first \
         rows: {}",
        cells_of(sheet.rows.get(header)?, ", "),
        first_rows(sheet, header),
    );
    if let Some((format, missing)) = nearest(&looks) {
        text += &format!(
            "; nearest is the format {format}, which needs {}",
            missing.join(", ")
        );
    }
    text += &format!("; {}", command(&looks, &found, sheet, header, name));
    Some(text)
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

/// Return the command that would read a table, with words in capitals for what the caller must
/// state, and before it other columns that may be meant.
pub(super) fn command(
    looks: &[ColumnLook],
    found: &TableLayout,
    sheet: &SheetCells,
    header: usize,
    name: &Path,
) -> String {
    let quoted = |text: &str| {
        let plain = |c: char| c.is_alphanumeric() || "-_./=,:+#".contains(c);
        match text.chars().all(plain) {
            true => text.to_owned(),
            false => format!("\"{}\"", text.replace('"', "\\\"")),
        }
    };
    let mut parts: Vec<String> = Vec::new();
    for (part, columns) in &found.columns {
        let names: Vec<String> = columns.iter().map(|at| looks[*at].called()).collect();
        parts.push(format!("{}=col:{}", part.word(), names.join("+")));
    }
    if found.header.is_none()
        && let [value] = found.values[..]
        && !found.columns.contains_key(&MappedPart::Value)
    {
        parts.push(format!("value=col:{}", looks[value].called()));
    }
    // Of several columns that fit, the first one that no other part has.
    let mut taken: Vec<&str> = Vec::new();
    let mut others: Vec<String> = Vec::new();
    for (part, columns) in &found.missing {
        // A lone column of countries is that of partners.
        let is_partner = |(other, of): &(MappedPart, Vec<String>)| {
            *other == MappedPart::Partner && of == columns && columns.len() == 1
        };
        if *part == MappedPart::Reporter && found.missing.iter().any(is_partner) {
            continue;
        }
        let free = columns.iter().find(|name| !taken.contains(&name.as_str()));
        let first = free.map_or("", String::as_str);
        match part {
            MappedPart::Period => parts.push(format!("period=col:{}", or(first, "MONTH"))),
            MappedPart::Value => parts.push(format!("value=col:{}", or(first, "VALUE"))),
            MappedPart::Reporter | MappedPart::Partner if !first.is_empty() => {
                parts.push(format!("{}=col:{first}", part.word()));
            }
            _ => continue,
        }
        taken.push(first);
        let more: Vec<&str> = columns
            .iter()
            .map(String::as_str)
            .filter(|name| *name != first)
            .take(COLUMNS)
            .collect();
        if !more.is_empty() {
            let what = part.word();
            others.push(format!("{what} may also be {}", more.join(", ")));
        }
    }
    let titles = sheet.rows.iter().take(header).flatten();
    let titled = titles.filter_map(|cell| unit_in(cell)).next();
    let header = sheet.rows.get(header).into_iter().flatten();
    let unit = titled.or_else(|| header.filter_map(|cell| unit_in(cell)).next());
    let mut text = format!("tradecast import {}", quoted(&name.to_string_lossy()));
    if let Some(name) = &sheet.name {
        text += &format!(" --sheet {}", quoted(name));
    }
    if found.header.is_some() {
        text += " --wide";
    }
    if let Some(part) = found.header.filter(|part| *part != MappedPart::Period) {
        parts.push(format!("{}=header", part.word()));
    }
    let is_open = |part: MappedPart| !parts.iter().any(|text| text.starts_with(part.word()));
    if !parts.is_empty() {
        text += &format!(" --map {}", quoted(&parts.join(",")));
    }
    for (part, _) in &found.missing {
        match part {
            MappedPart::Reporter if is_open(*part) => text += " --reporter CODE",
            MappedPart::Partner if is_open(*part) => text += " --partner CODE",
            MappedPart::Flow => text += " --flow X|M",
            MappedPart::Unit => {
                let unit = unit.map_or("\"USD 1000\"".to_owned(), |u| quoted(&u.to_string()));
                text += &format!(" --unit {unit}");
            }
            _ => {}
        }
    }
    let note = match others.as_slice() {
        [] => String::new(),
        some => format!(" ({})", some.join("; ")),
    };
    format!("to read it{note}: {text}")
}

fn or<'a>(text: &'a str, other: &'a str) -> &'a str {
    if text.is_empty() { other } else { text }
}
