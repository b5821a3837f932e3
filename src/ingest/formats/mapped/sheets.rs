//! The sheets of a source that hold the table of a mapping, and the row of its header.

use super::area_label::country_of_sheet;
use super::claim::TextClaims;
use super::code_labels::with_split_labels;
use super::contradiction::{contradiction, is_of_another, is_passed_over, other_span};
use super::heading::{TableHead, last_header_row};
use super::layout::{layout, plain};
use super::look::{ColumnLook, looks};
use super::product::{is_another_code, is_named_code};
use super::product_scope::part_of_products;
use super::reader::{MappedReader, TableStyle};
use super::suggestion::{suggest, unknown_table};
use crate::ingest::container::Container;
use crate::ingest::mapping::{Mapping, PartSource, quoted};
use crate::ingest::notation::{NumberMarks, is_period};
use crate::ingest::parsed_file::{CellError, ParsedFile};
use crate::ingest::refusal::{IngestError, Refusal, listed, shown};
use crate::ingest::sheet::{SheetCells, column_name, header_row};
use crate::ingest::source::FileSource;
use crate::trade::{Span, Unit};
use std::collections::HashMap;

/// Read the table of a source by a mapping. Parts that are not mapped are taken from the only
/// column that fits.
///
/// # Errors
/// A refusal of the table with what is missing and the command that would read it, or of a row.
pub(in crate::ingest::formats) fn read(
    source: &mut FileSource<'_>,
    mapping: &Mapping,
    parsed: &mut ParsedFile,
) -> Result<(), IngestError> {
    // Numbers of a workbook have points; in a text a point may separate thousands.
    let is_typed =
        matches!(source.container(), Container::Excel | Container::Parquet) || source.has_records();
    let style = TableStyle {
        marks: NumberMarks::default().separated_by(if is_typed { b',' } else { b';' }),
        has_serials: source.container() == Container::Excel,
    };
    read_sheets(&with_split_labels(source.sheets()?), style, mapping, parsed)
}

/// Read the table of some sheets by a mapping.
///
/// # Errors
/// As [`read`].
pub(super) fn read_sheets(
    sheets: &[SheetCells],
    style: TableStyle,
    mapping: &Mapping,
    parsed: &mut ParsedFile,
) -> Result<(), IngestError> {
    let (left_out, mapping) = &without_left_out(sheets, mapping);
    let at = choose_sheet(sheets, left_out, mapping);
    let at = at.map_err(|expected| parsed.refuse_file(expected))?;
    let first = &sheets[at];
    let header = match mapping.header_row {
        Some(row) => usize::try_from(row).unwrap_or(usize::MAX).saturating_sub(1),
        None => match header_in(first, mapping) {
            Some(row) => row,
            None => return Err(no_table(first, parsed)),
        },
    };
    read_sheet(first, header, mapping, &style, true, parsed)?;
    if mapping.sheet.is_some() || mapping.header_row.is_some() {
        return Ok(());
    }
    const OTHER: &str = "sheets whose name says another flow, unit, country, product or period";
    let is_left_out =
        |sheet: &SheetCells| sheet.name.as_ref().is_some_and(|n| left_out.contains(n));
    for sheet in sheets.iter().filter(|sheet| is_left_out(sheet)) {
        let row = header_row(sheet).unwrap_or_default();
        parsed.exclude(sheet.number_of(row), "sheets that the mapping leaves out");
    }
    for sheet in sheets[..at].iter().filter(|sheet| !sheet.is_hidden) {
        if let Some(row) = header_in(sheet, mapping).filter(|_| is_of_other(sheet, sheets, mapping))
        {
            parsed.exclude(sheet.number_of(row), OTHER);
        }
    }
    // Other sheets of the same columns are the same table, as one of each year.
    let others = sheets.iter().skip(at + 1);
    let mut others = others
        .filter(|sheet| !sheet.is_hidden && !is_left_out(sheet))
        .peekable();
    if others.peek().is_none() {
        return Ok(());
    }
    let mut given = GivenFigures::default();
    given.add(first, parsed);
    for sheet in others {
        let Some(row) = header_in(sheet, mapping) else {
            continue;
        };
        let number = sheet.number_of(row);
        if signature(sheet, row) != signature(first, header) {
            parsed.exclude(number, "sheets with another table; name one with --sheet");
        } else if is_of_other(sheet, sheets, mapping) {
            parsed.exclude(number, OTHER);
        } else {
            read_sheet(sheet, row, mapping, &style, false, parsed)?;
            given.check(sheet, parsed)?;
            given.add(sheet, parsed);
        }
    }
    Ok(())
}

/// Return the sheets that the mapping leaves out, and the mapping without them: texts to be skipped
/// that are the name of a sheet which states nothing that could be passed over.
fn without_left_out(sheets: &[SheetCells], mapping: &Mapping) -> (Vec<String>, Mapping) {
    let names: Vec<&String> = sheets
        .iter()
        .filter_map(|sheet| sheet.name.as_ref())
        .collect();
    let is_sheet = |skip: &&String| {
        let named = names.iter().any(|name| plain(name) == plain(skip));
        let is_silent = TextClaims::of(skip) == TextClaims::default()
            && country_of_sheet(skip).is_none()
            && part_of_products(skip).is_none()
            && !is_named_code(skip)
            && !is_period(skip);
        // A row or column of that name is meant as well as before.
        let is_elsewhere = || {
            let mut cells = sheets.iter().flat_map(|sheet| sheet.rows.iter().flatten());
            cells.any(|cell| plain(cell) == plain(skip))
        };
        named && is_silent && names.len() > 1 && !is_elsewhere()
    };
    let found: Vec<String> = mapping.skip.iter().filter(is_sheet).cloned().collect();
    let mut mapping = mapping.clone();
    mapping.skip.retain(|skip| !found.contains(skip));
    let is_found = |name: &&&String| found.iter().any(|skip| plain(skip) == plain(name));
    let left_out = names.iter().filter(is_found).map(|name| (*name).clone());
    (left_out.collect(), mapping)
}

/// The figures of the sheets that were read, each with the number of its sheet.
#[derive(Default)]
struct GivenFigures {
    known: HashMap<(u32, Span), usize>,
    sheets: Vec<String>,
    /// The number of figures that were added.
    count: usize,
}

impl GivenFigures {
    /// Add the figures that a sheet has given.
    fn add(&mut self, sheet: &SheetCells, parsed: &ParsedFile) {
        let at = self.sheets.len();
        self.sheets.push(sheet.name.clone().unwrap_or_default());
        let rows = parsed.figures.rows();
        for row in &rows[self.count.min(rows.len())..] {
            self.known.entry((row.key, row.span)).or_insert(at);
        }
        self.count = rows.len();
    }

    /// Check that a sheet gives no figure that an earlier one has given.
    ///
    /// # Errors
    /// The refusal of the file for the first such figure: of both none is surely right.
    fn check(&self, sheet: &SheetCells, parsed: &mut ParsedFile) -> Result<(), IngestError> {
        let rows = parsed.figures.rows();
        let mut rows = rows[self.count.min(rows.len())..].iter();
        let found = rows.find_map(|row| Some((row, self.known.get(&(row.key, row.span))?)));
        let Some((row, other)) = found else {
            return Ok(());
        };
        let (other, name) = (
            &self.sheets[*other],
            sheet.name.as_deref().unwrap_or_default(),
        );
        let expected = format!(
            "expected figures that no other sheet gives; the sheet `{}` has {} in {}, too: read \
             one sheet with --sheet {}, or leave one out with --skip {}",
            shown(other),
            parsed.figures.key(row.key),
            row.span,
            quoted(other),
            quoted(name)
        );
        Err(parsed.refuse_file(expected))
    }
}

/// Whether a source has a table at all.
///
/// # Errors
/// A source that cannot be read.
pub(in crate::ingest::formats) fn has_table(
    source: &mut FileSource<'_>,
    mapping: &Mapping,
) -> Result<bool, IngestError> {
    let sheets = with_split_labels(source.sheets()?);
    Ok(sheets
        .iter()
        .any(|sheet| header_in(sheet, mapping).is_some()))
}

/// Return the row of the names of the columns of a sheet: that with the columns of the mapping,
/// else the first that looks like one, or the last of a header of several rows.
fn header_in(sheet: &SheetCells, mapping: &Mapping) -> Option<usize> {
    let row = header_of(sheet, mapping).or_else(|| header_row(sheet))?;
    Some(last_header_row(sheet, row))
}

/// Return the names of the columns of a sheet, periods among them as one.
fn signature(sheet: &SheetCells, row: usize) -> Vec<String> {
    let head = TableHead::of(sheet, row);
    let name = |at: usize| {
        let heading = head.heading(at);
        let is_period = heading.period.is_some() || heading.month.is_some();
        match is_period {
            true => "#".to_owned(),
            false => plain(head.name(at)),
        }
    };
    let mut names: Vec<String> = (0..head.width()).map(name).collect();
    while names.last().is_some_and(String::is_empty) {
        names.pop();
    }
    names.dedup();
    names
}

/// Whether the name of a sheet says another flow, currency, country, product or period than the
/// stated one, or that its figures are no values of a month.
fn is_of_other(sheet: &SheetCells, sheets: &[SheetCells], mapping: &Mapping) -> bool {
    let Some(name) = sheet
        .name
        .as_deref()
        .filter(|name| !is_passed_over(mapping, name))
    else {
        return false;
    };
    let claims = TextClaims::of(name);
    let differs = |stated| claims.direction().is_some_and(|flow| flow != stated);
    let currency = claims.unit.map(|unit| unit.currency);
    let differs_in = |stated: Unit| currency.is_some_and(|own| own != stated.currency);
    // Sheets of partners are no others, unless one is of what is stated.
    let is_other = |sheet: &SheetCells| {
        let area = country_of_sheet(sheet.name.as_deref()?)?;
        Some(is_of_another(&area, mapping))
    };
    let is_other_country = || {
        let is_one_stated = || sheets.iter().any(|sheet| is_other(sheet) == Some(false));
        is_other(sheet) == Some(true) && is_one_stated()
    };
    let is_other_period = || {
        let stated = mapping.period;
        stated.is_some_and(|stated| other_span(name, stated).is_some())
    };
    let product = mapping.stated.product.as_ref();
    claims.other.is_some()
        || product.is_some_and(|stated| is_another_code(name, stated))
        || is_other_country()
        || is_other_period()
        || mapping.stated.flow.is_some_and(differs)
        || mapping.stated.unit.is_some_and(differs_in)
}

/// Read the table of a sheet whose header is in row `header`.
fn read_sheet(
    sheet: &SheetCells,
    header: usize,
    mapping: &Mapping,
    style: &TableStyle,
    is_first: bool,
    parsed: &mut ParsedFile,
) -> Result<(), IngestError> {
    parsed.set_sheet(sheet.name.as_deref());
    if header >= sheet.rows.len() {
        let expected = format!(
            "expected a header in row {}; the sheet ends before",
            header + 1
        );
        return Err(parsed.refuse_file(expected));
    }
    if let Some((row, column)) = sheet.unsolved.filter(|(row, _)| *row >= header) {
        let expected = "expected the result of a formula, which the program that wrote the file \
                        did not calculate: open the file in a spreadsheet program and save it";
        let error = CellError::new(&column_name(column), "", expected);
        return Err(parsed.refusal(sheet.number_of(row), error).into());
    }
    let head = TableHead::of(sheet, header);
    let looks = looks(&head);
    let refuse_header = |parsed: &ParsedFile, expected: String| -> Refusal {
        let names: Vec<&str> = looks.iter().map(|look| look.name.as_str()).collect();
        let expected = format!("{expected}; the table has {}", listed(&names));
        parsed.refusal(sheet.number_of(header), CellError::of_row(expected))
    };
    let layout = layout(&looks, mapping, sheet.name.as_deref())
        .map_err(|expected| refuse_header(parsed, expected))?;
    if !layout.missing.is_empty() {
        let parts: Vec<&str> = layout.missing.iter().map(|(part, _)| part.word()).collect();
        let suggestion = suggest(&head, &looks, &layout, mapping);
        let expected = format!(
            "expected {}, which neither the mapping nor one column alone gives; {}",
            parts.join(", "),
            suggestion.text(parsed.file())
        );
        let refusal = refuse_header(parsed, expected);
        return Err(refusal.suggesting(suggestion));
    }
    if let Some(expected) = contradiction(&head, &looks, &layout, mapping) {
        return Err(refuse_header(parsed, expected).into());
    }
    for look in left_out(&looks, &layout) {
        parsed.leave_column_out(&look.called());
    }
    let reader = MappedReader::new(&head, &looks, &layout, mapping, *style);
    let mut reader = reader.map_err(|expected| refuse_header(parsed, expected))?;
    reader.read(parsed)?;
    match reader.unused_skip().filter(|_| is_first) {
        Some(text) => {
            let expected = format!(
                "expected a column, a row or a text beside the table for --skip: none is or begins \
                 with `{text}`"
            );
            Err(refuse_header(parsed, expected).into())
        }
        None => Ok(()),
    }
}

/// Return the columns with a name that nothing is read of, but those that the mapping skips.
fn left_out<'a>(
    looks: &'a [ColumnLook],
    layout: &'a super::layout::TableLayout,
) -> impl Iterator<Item = &'a ColumnLook> {
    looks.iter().filter(|look| {
        let is_read = layout.uses(look.at) || layout.values.contains(&look.at);
        !is_read && !layout.skipped.contains(&look.at) && look.filled > 0 && !look.is_id()
    })
}

/// Return the index of the sheet that the mapping names, else of the first that has its columns,
/// else of the first that looks like a table.
fn choose_sheet(
    sheets: &[SheetCells],
    left_out: &[String],
    mapping: &Mapping,
) -> Result<usize, String> {
    // A text has no sheets to choose from.
    let has_names = sheets.iter().any(|sheet| sheet.name.is_some());
    if let Some(wanted) = mapping.sheet.as_ref().filter(|_| has_names) {
        let named = |sheet: &SheetCells| {
            let name = sheet.name.as_deref().unwrap_or_default();
            name.trim().eq_ignore_ascii_case(wanted.trim())
        };
        let number = wanted
            .parse::<usize>()
            .ok()
            .and_then(|number| number.checked_sub(1));
        let found = sheets
            .iter()
            .position(named)
            .or(number.filter(|at| *at < sheets.len()));
        return found.ok_or_else(|| {
            let names: Vec<&str> = sheets
                .iter()
                .filter_map(|sheet| sheet.name.as_deref())
                .collect();
            format!(
                "expected a sheet `{wanted}`; the file has {}",
                listed(&names)
            )
        });
    }
    let first = |fits: &dyn Fn(&SheetCells) -> bool| {
        let is_left_out = |sheet: &SheetCells| {
            sheet
                .name
                .as_ref()
                .is_some_and(|name| left_out.contains(name))
        };
        let visible = |sheet: &SheetCells| !sheet.is_hidden && !is_left_out(sheet) && fits(sheet);
        let stated = |sheet: &SheetCells| visible(sheet) && !is_of_other(sheet, sheets, mapping);
        let found = sheets.iter().position(stated);
        let found = found.or_else(|| sheets.iter().position(visible));
        found.or_else(|| sheets.iter().position(fits))
    };
    let mapped = first(&|sheet| header_of(sheet, mapping).is_some());
    let any = || first(&|sheet| header_row(sheet).is_some());
    Ok(mapped.or_else(any).unwrap_or(0))
}

/// Return the row that has every column that the mapping names; `None` where it names none.
fn header_of(sheet: &SheetCells, mapping: &Mapping) -> Option<usize> {
    let columns = mapping.columns.values().filter_map(|source| match source {
        PartSource::Columns(names) => Some(names),
        _ => None,
    });
    let names = columns.flatten().chain(mapping.filters.keys());
    let names: Vec<&String> = names
        .filter(|name| !name.starts_with('#') && !name.eq_ignore_ascii_case("header"))
        .filter(|name| !super::heading::is_year(name))
        .collect();
    let has = |row: &Vec<String>, name: &str| row.iter().any(|cell| plain(cell) == plain(name));
    let all = |row: &Vec<String>| names.iter().all(|name| has(row, name));
    let found = sheet.rows.iter().take(60).position(all);
    found.filter(|_| !names.is_empty())
}

fn no_table(sheet: &SheetCells, parsed: &ParsedFile) -> IngestError {
    match unknown_table(std::slice::from_ref(sheet), parsed.file()) {
        Some((expected, suggestion)) => {
            Refusal::of_file(parsed.file(), expected).suggesting(suggestion)
        }
        None => parsed.refuse_file(
            "expected a table with a header row and numbers below it; state its row with \
             --header-row",
        ),
    }
}
