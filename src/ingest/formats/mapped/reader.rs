//! The figures of a table that is read by a mapping.

use super::layout::{HeaderAbove, TableLayout, column, flow_in, layout, plain, unit_in};
use super::look::{ColumnLook, is_total_word, looks};
use super::suggestion::{command, unknown_table};
use crate::ingest::container::Container;
use crate::ingest::figures::{FigureKind, half_of_last_digit, power_of_ten, scaled};
use crate::ingest::formats::draft::{DraftFigure, RecordOutcome, add_outcome, product};
use crate::ingest::formats::record::{TableHeader, TableRecord};
use crate::ingest::mapping::{MappedPart, Mapping};
use crate::ingest::notation::{
    NumberMarks, PeriodNotation, is_gap, marks_of, notation_of, number_text, period, stripped,
};
use crate::ingest::parsed_file::{CellError, ParsedFile};
use crate::ingest::refusal::{IngestError, listed};
use crate::ingest::sheet::{SheetCells, header_row};
use crate::ingest::source::FileSource;
use crate::trade::areas::area;
use crate::trade::{Code, FigureMeasure, Flow, SeriesKey, Span, Unit};
use std::collections::HashMap;
use std::path::Path;

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
    let name = source.name();
    let has_serials = source.container() == Container::Excel;
    let marks = NumberMarks::default().separated_by(source.delimiter());
    let sheets = source.sheets()?;
    let at = choose_sheet(sheets, mapping).map_err(|expected| parsed.refuse_file(expected))?;
    let first = &sheets[at];
    let header = match mapping.header_row {
        Some(row) => usize::try_from(row).unwrap_or(usize::MAX).saturating_sub(1),
        None => header_in(first, mapping).ok_or_else(|| parsed.refuse_file(no_table(first)))?,
    };
    let place = TableStyle {
        name,
        marks,
        has_serials,
    };
    read_sheet(first, header, mapping, &place, parsed)?;
    if mapping.sheet.is_some() || mapping.header_row.is_some() {
        return Ok(());
    }
    // Other sheets of the same columns are the same table, as one of each year.
    for sheet in sheets.iter().skip(at + 1).filter(|sheet| !sheet.is_hidden) {
        let Some(row) = header_in(sheet, mapping) else {
            continue;
        };
        let trimmed = |sheet: &SheetCells, row: usize| -> Vec<String> {
            let cells = sheet.rows.get(row).into_iter().flatten();
            cells.map(|cell| cell.trim().to_lowercase()).collect()
        };
        if trimmed(sheet, row) == trimmed(first, header) {
            read_sheet(sheet, row, mapping, &place, parsed)?;
        } else {
            parsed.exclude(
                sheet.number_of(row),
                "sheets with another table; name one with --sheet",
            );
        }
    }
    Ok(())
}

/// How the cells of a source are written, and the name that messages show.
struct TableStyle<'a> {
    name: &'a Path,
    marks: NumberMarks,
    /// Whether numbers of five digits are dates.
    has_serials: bool,
}

/// Return the row of the header of a sheet: that with the columns of the mapping, else the first
/// that looks like one.
fn header_in(sheet: &SheetCells, mapping: &Mapping) -> Option<usize> {
    header_of(sheet, mapping).or_else(|| header_row(sheet))
}

/// Read the table of a sheet whose header is in row `header`.
fn read_sheet(
    sheet: &SheetCells,
    header: usize,
    mapping: &Mapping,
    style: &TableStyle<'_>,
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
    let looks = looks(sheet, header);
    let above = HeaderAbove { sheet, header };
    let refuse_header = |parsed: &ParsedFile, expected: String| {
        let names: Vec<&str> = looks.iter().map(|look| look.name.as_str()).collect();
        let expected = format!("{expected}; the table has {}", listed(&names));
        parsed
            .refusal(sheet.number_of(header), CellError::of_row(expected))
            .into()
    };
    let layout =
        layout(&looks, mapping, &above).map_err(|expected| refuse_header(parsed, expected))?;
    if !layout.missing.is_empty() {
        let parts: Vec<&str> = layout.missing.iter().map(|(part, _)| part.word()).collect();
        let expected = format!(
            "expected {}, which neither the mapping nor one column alone gives; {}",
            parts.join(", "),
            command(&looks, &layout, sheet, header, style.name)
        );
        return Err(refuse_header(parsed, expected));
    }
    if let Some(expected) = contradiction(&above, &looks, &layout, mapping) {
        return Err(refuse_header(parsed, expected));
    }
    for _ in 0..layout.unread {
        let reason = "columns of numbers whose names are no periods";
        parsed.exclude(sheet.number_of(header), reason);
    }
    let (marks, has_serials) = (style.marks, style.has_serials);
    let mut reader = MappedReader::new(sheet, header, &looks, layout, mapping, marks, has_serials)
        .map_err(|expected| refuse_header(parsed, expected))?;
    reader.read(parsed)
}

/// Return what was expected where the titles of a table, or the names of its columns of values,
/// state another unit or flow than the caller.
fn contradiction(
    above: &HeaderAbove<'_>,
    looks: &[ColumnLook],
    layout: &TableLayout,
    mapping: &Mapping,
) -> Option<String> {
    let values = layout.values.iter().map(|at| looks[*at].name.as_str());
    let titles = above.sheet.rows.iter().take(above.header).flatten();
    let titles = titles.map(String::as_str);
    if let Some(stated) = mapping.stated.unit {
        let units: Vec<Unit> = titles.clone().chain(values).filter_map(unit_in).collect();
        // A currency alone says nothing of the scale.
        let fits =
            |unit: &Unit| *unit == stated || unit.currency == stated.currency && unit.scale == 1.0;
        if let Some(unit) = units.first().filter(|_| !units.iter().any(fits)) {
            return Some(format!(
                "expected the unit {stated}, as stated; a title or the name of a column has {unit}"
            ));
        }
    }
    let stated = mapping.stated.flow?;
    let sheet = above.sheet.name.as_deref();
    let flows: Vec<Flow> = titles.chain(sheet).filter_map(flow_in).collect();
    let other = *flows.first()?;
    let differs = layout.header != Some(MappedPart::Flow) && !flows.contains(&stated);
    let directed = |flow| matches!(flow, Flow::Exports | Flow::Imports);
    (differs && directed(other) && directed(stated)).then(|| {
        format!(
            "expected the flow {stated}, as stated; a title or the name of the sheet has {other}"
        )
    })
}

/// Return the index of the sheet that the mapping names, else of the first that has its columns,
/// else of the first that looks like a table.
fn choose_sheet(sheets: &[SheetCells], mapping: &Mapping) -> Result<usize, String> {
    if let Some(wanted) = &mapping.sheet {
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
        let visible = |sheet: &SheetCells| !sheet.is_hidden && fits(sheet);
        let found = sheets.iter().position(visible);
        found.or_else(|| sheets.iter().position(fits))
    };
    let mapped = first(&|sheet| header_of(sheet, mapping).is_some());
    let any = || first(&|sheet| header_row(sheet).is_some());
    Ok(mapped.or_else(any).unwrap_or(0))
}

/// Return the row that has every column that the mapping names; `None` where it names none.
fn header_of(sheet: &SheetCells, mapping: &Mapping) -> Option<usize> {
    use crate::ingest::mapping::PartSource;
    let columns = mapping.columns.values().filter_map(|source| match source {
        PartSource::Columns(names) => Some(names),
        _ => None,
    });
    let names = columns.flatten().chain(mapping.filters.keys());
    let names: Vec<&String> = names
        .filter(|name| !name.starts_with('#') && !name.eq_ignore_ascii_case("header"))
        .collect();
    let has = |row: &Vec<String>, name: &str| row.iter().any(|cell| plain(cell) == plain(name));
    let all = |row: &Vec<String>| names.iter().all(|name| has(row, name));
    let found = sheet.rows.iter().take(60).position(all);
    found.filter(|_| !names.is_empty())
}

fn no_table(sheet: &SheetCells) -> String {
    unknown_table(std::slice::from_ref(sheet), Path::new("FILE")).unwrap_or_else(|| {
        "expected a table with a header row and numbers below it; state its row with --header-row"
            .to_owned()
    })
}

/// Whether the first text of a record says that it is the total of the rows above.
fn is_total(record: &TableRecord<'_>) -> bool {
    let first = record.cells.iter().find(|cell| !cell.trim().is_empty());
    first.is_some_and(|cell| is_total_word(cell))
}

/// A column of values, and what its name states.
struct MappedValue {
    at: usize,
    text: String,
    marks: NumberMarks,
}

/// Reader of the rows of a table.
struct MappedReader<'a> {
    sheet: &'a SheetCells,
    header: TableHeader,
    first_row: usize,
    layout: TableLayout,
    mapping: &'a Mapping,
    values: Vec<MappedValue>,
    filters: Vec<(usize, String)>,
    periods: PeriodNotation,
    /// The index of the column that states a quarter, among those of the period.
    quarters: bool,
    areas: HashMap<String, Result<Code, String>>,
}

impl<'a> MappedReader<'a> {
    fn new(
        sheet: &'a SheetCells,
        header: usize,
        looks: &[ColumnLook],
        layout: TableLayout,
        mapping: &'a Mapping,
        marks: NumberMarks,
        has_serials: bool,
    ) -> Result<Self, String> {
        let above = HeaderAbove { sheet, header };
        let cells = |at: usize| {
            let rows = sheet.rows.iter().skip(header + 1);
            rows.filter_map(move |row| row.get(at))
                .map(|cell| cell.trim())
        };
        let mut filters = Vec::new();
        for (name, text) in &mapping.filters {
            let at = column(looks, name).ok_or_else(|| format!("expected a column `{name}`"))?;
            filters.push((at, text.clone()));
        }
        for name in &mapping.skip {
            column(looks, name).ok_or_else(|| format!("expected a column `{name}`"))?;
        }
        let contradict = |(a, b): (String, String)| {
            format!("expected one way to write numbers and dates, not both `{a}` and `{b}`")
        };
        let mut values = Vec::new();
        for at in &layout.values {
            let found = if mapping.notation.marks == NumberMarks::default() {
                marks_of(cells(*at)).map_err(contradict)?
            } else {
                mapping.notation.marks
            };
            let look = &looks[*at];
            values.push(MappedValue {
                at: *at,
                text: match layout.header {
                    Some(MappedPart::Period) => {
                        above.period_text(look).unwrap_or_else(|| look.name.clone())
                    }
                    _ => look.name.clone(),
                },
                marks: found.or(marks),
            });
        }
        // One column settles the marks of the others.
        if let Some(known) = values
            .iter()
            .map(|value| value.marks)
            .find(|m| m.decimal.is_some())
        {
            values
                .iter_mut()
                .for_each(|value| value.marks = value.marks.or(known));
        }
        let stated = PeriodNotation {
            dates: mapping.notation.dates,
            has_serials,
            is_short: false,
        };
        let period_columns = layout
            .columns
            .get(&MappedPart::Period)
            .map_or(&[][..], |c| c);
        let periods = match (period_columns, layout.header) {
            ([one], _) => notation_of(cells(*one), stated).map_err(contradict)?,
            (_, Some(MappedPart::Period)) => {
                notation_of(values.iter().map(|value| value.text.as_str()), stated)
                    .map_err(contradict)?
            }
            _ => stated,
        };
        let quarters = ["quarter", "qtr", "quartal", "trimest", "季"];
        Ok(Self {
            sheet,
            header: TableHeader::new(looks.iter().map(|look| look.name.clone())),
            first_row: header + 1,
            quarters: period_columns.iter().any(|at| looks[*at].named(&quarters)),
            layout,
            mapping,
            values,
            filters,
            periods,
            areas: HashMap::new(),
        })
    }

    fn read(&mut self, parsed: &mut ParsedFile) -> Result<(), IngestError> {
        let header = self.header.clone();
        let mut year = String::new();
        for row in self.first_row..self.sheet.rows.len() {
            let record = TableRecord {
                row: self.sheet.number_of(row),
                header: &header,
                cells: &self.sheet.rows[row],
            };
            if record.is_blank() {
                continue;
            }
            if record.repeats_header() {
                parsed.exclude(record.row, "the header, repeated");
                continue;
            }
            let is_other =
                |(at, text): &(usize, String)| !record.at(*at).eq_ignore_ascii_case(text.trim());
            if self.filters.iter().any(is_other) {
                parsed.exclude(record.row, "rows that the mapping does not read");
                continue;
            }
            if self.is_total_of_months(&record) {
                parsed.exclude(record.row, "totals of the months above");
                continue;
            }
            if row == self.first_row {
                match self.states_units(&record) {
                    Ok(true) => {
                        parsed.exclude(record.row, "units of the columns");
                        continue;
                    }
                    Ok(false) => {}
                    Err(wrong) => return Err(parsed.refusal(record.row, wrong).into()),
                }
            }
            let has_none =
                |value: &MappedValue| !record.at(value.at).bytes().any(|b| b.is_ascii_digit());
            if self.values.iter().all(has_none) && self.is_note(&record) {
                parsed.exclude(record.row, "notes beside the table");
                continue;
            }
            self.read_record(&record, &mut year, parsed)?;
        }
        Ok(())
    }

    /// Whether a record states the units of all columns of values.
    ///
    /// # Errors
    /// The cell of another unit than the stated one.
    fn states_units(&self, record: &TableRecord<'_>) -> Result<bool, CellError> {
        let unit = |value: &MappedValue| {
            let text = record.at(value.at);
            let unit = Unit::parse(text)
                .ok()
                .filter(|unit| unit.currency.is_iso())?;
            stripped(text).is_none().then_some((value.at, unit))
        };
        let Some(units) = self.values.iter().map(unit).collect::<Option<Vec<_>>>() else {
            return Ok(false);
        };
        let Some(stated) = self.mapping.stated.unit.or(self.layout.unit) else {
            return Ok(true);
        };
        let fits =
            |unit: Unit| unit == stated || unit.currency == stated.currency && unit.scale == 1.0;
        match units.iter().find(|(_, unit)| !fits(*unit)) {
            Some((at, _)) => {
                Err(record.error(*at, format!("expected the unit {stated}, as stated")))
            }
            None => Ok(true),
        }
    }

    /// Whether the period of a record is the word for a total.
    fn is_total_of_months(&self, record: &TableRecord<'_>) -> bool {
        let columns = self.layout.columns.get(&MappedPart::Period);
        let first = columns.and_then(|columns| columns.first());
        first.is_some_and(|at| is_total_word(record.at(*at)))
    }

    /// Whether a record without values is a note or the heading of a group: it fills less than what
    /// is needed of it.
    fn is_note(&self, record: &TableRecord<'_>) -> bool {
        let needed = self.layout.columns.values().flatten();
        let mut needed = needed.map(|at| record.at(*at));
        record.is_note() || needed.any(str::is_empty)
    }

    fn read_record(
        &mut self,
        record: &TableRecord<'_>,
        year: &mut String,
        parsed: &mut ParsedFile,
    ) -> Result<(), IngestError> {
        for at in 0..self.values.len() {
            let outcome = self.figure(record, at, year);
            let period = self.layout.columns.get(&MappedPart::Period);
            let period = period.and_then(|columns| columns.first().copied());
            let value = self.values[at].at;
            add_outcome(parsed, record, outcome, period.unwrap_or(value), value)?;
        }
        Ok(())
    }

    fn figure(
        &mut self,
        record: &TableRecord<'_>,
        value: usize,
        year: &mut String,
    ) -> Result<RecordOutcome, CellError> {
        let span = self.span(record, value, year)?;
        let unit = self.unit(record, value)?;
        let key = SeriesKey {
            reporter: self.area(record, value, MappedPart::Reporter)?,
            partner: self.area(record, value, MappedPart::Partner)?,
            flow: self.flow(record, value)?,
            product: self.product(record, value)?,
            unit: unit.currency,
        };
        let MappedValue { at, marks, .. } = &self.values[value];
        let text = record.at(*at);
        let stands_for = |texts: &[String]| texts.iter().any(|known| known.trim() == text);
        let kind = if span.len() == 1 {
            FigureKind::Observation
        } else {
            FigureKind::Release
        };
        let nil = stands_for(&self.mapping.nil);
        let is_missing = !nil && (stands_for(&self.mapping.gaps) || is_gap(text));
        if is_missing && kind == FigureKind::Release {
            return Ok(RecordOutcome::Excluded("no figure given"));
        }
        let (number, rounding) = if is_missing {
            (f64::NAN, half_of_last_digit("") * unit.scale)
        } else {
            let digits = if nil {
                "0".into()
            } else {
                self.digits(record, *at, *marks)?
            };
            let number = match power_of_ten(unit.scale) {
                Some(exponent) => scaled(&digits, exponent),
                None => digits.parse::<f64>().ok().map(|number| number * unit.scale),
            };
            let number = number.ok_or_else(|| record.error(*at, "expected a number"))?;
            (number, half_of_last_digit(&digits) * unit.scale)
        };
        let source = self.layout.columns.get(&MappedPart::Source);
        let source = match (source, &self.mapping.stated.source) {
            (Some(columns), _) => record.opt(columns.first().copied()).to_owned(),
            (None, Some(source)) => source.clone(),
            (None, None) => String::new(),
        };
        Ok(RecordOutcome::Figure(Box::new(DraftFigure {
            kind,
            key,
            measure: FigureMeasure::Level,
            span,
            value: number,
            rounding,
            unit: unit.to_string(),
            status: "published",
            source,
        })))
    }

    fn digits<'t>(
        &self,
        record: &TableRecord<'t>,
        at: usize,
        marks: NumberMarks,
    ) -> Result<std::borrow::Cow<'t, str>, CellError> {
        number_text(record.at(at), marks).map_err(|expected| {
            let hint = match record.at(at).chars().any(|c| c.is_ascii_digit()) {
                true => String::new(),
                false => format!(
                    "; or state what it stands for with `--gap \"{0}\"` or `--nil \"{0}\"`",
                    record.at(at)
                ),
            };
            record.error(at, expected + &hint)
        })
    }

    /// Return the period of a value: of a column, of several, of the value's own name.
    fn span(
        &self,
        record: &TableRecord<'_>,
        value: usize,
        year: &mut String,
    ) -> Result<Span, CellError> {
        let columns = self.layout.columns.get(&MappedPart::Period);
        let columns = columns.map_or(&[][..], |columns| columns);
        let named = (self.layout.header == Some(MappedPart::Period)).then_some(&self.values[value]);
        let (text, at) = match (columns, named) {
            ([], Some(named)) => (named.text.clone(), named.at),
            ([], None) => {
                let at = self.values[value].at;
                let expected = || record.error(at, "expected a period");
                return self.mapping.period.ok_or_else(expected);
            }
            ([one], None) => (record.at(*one).to_owned(), *one),
            (several, named) => {
                let mut parts: Vec<&str> = several.iter().map(|at| record.at(*at)).collect();
                parts.extend(named.map(|named| named.text.as_str()));
                (self.joined(&parts, year), several[0])
            }
        };
        period(&text, self.periods).map_err(|expected| {
            let name = self.header.names.get(at).map_or("", String::as_str);
            CellError::new(name, &text, expected)
        })
    }

    /// Join a year and a month or quarter; a year that only its first row states holds on.
    fn joined(&self, parts: &[&str], year: &mut String) -> String {
        let is_year = |part: &&&str| {
            let digits = part.strip_suffix(".0").unwrap_or(part);
            digits.len() == 4 && digits.bytes().all(|b| b.is_ascii_digit())
        };
        if let Some(stated) = parts.iter().find(is_year) {
            *year = stated.trim_end_matches(".0").to_owned();
        }
        let others = parts
            .iter()
            .filter(|part| !is_year(part) && !part.is_empty());
        let other: Vec<&str> = others.copied().collect();
        let other = other.join(" ");
        match other.trim_end_matches(".0").parse::<u8>() {
            Ok(number) if self.quarters => format!("{year}-Q{number}"),
            Ok(number) => format!("{year}-{number:02}"),
            Err(_) => format!("{other} {year}"),
        }
    }

    /// Return the cell of a part, with its column: that of the value where its name gives the part.
    fn cell<'t>(
        &'t self,
        record: &TableRecord<'t>,
        value: usize,
        part: MappedPart,
    ) -> Option<(&'t str, usize)> {
        if self.layout.header == Some(part) {
            let value = &self.values[value];
            return Some((value.text.as_str(), value.at));
        }
        let at = *self.layout.columns.get(&part)?.first()?;
        Some((record.at(at), at))
    }

    /// Return the code that the mapping gives a text.
    fn mapped_code(&self, text: &str) -> Option<Result<Code, String>> {
        let codes = &self.mapping.codes;
        let found = codes.iter().find(|(known, _)| known.trim() == text)?;
        Some(Code::parse(found.1).map_err(|error| error.to_string()))
    }

    fn area(
        &mut self,
        record: &TableRecord<'_>,
        value: usize,
        part: MappedPart,
    ) -> Result<Code, CellError> {
        let stated = match part {
            MappedPart::Reporter => &self.mapping.stated.reporter,
            _ => &self.mapping.stated.partner,
        };
        let Some((text, at)) = self.cell(record, value, part) else {
            let expected = || CellError::of_row(format!("expected a {}", part.word()));
            return stated.clone().ok_or_else(expected);
        };
        let text = text.to_owned();
        let known = self.areas.get(&text).cloned();
        let found = known.unwrap_or_else(|| {
            let found = self.mapped_code(&text);
            found.unwrap_or_else(|| area(&text).map_err(|unknown| unknown.to_string()))
        });
        self.areas.insert(text.clone(), found.clone());
        found.map_err(|expected| {
            let name = self.header.names.get(at).map_or("", String::as_str);
            let hint = match self.layout.header == Some(part) {
                true => format!("{expected}; leave the column out with `--skip \"{text}\"`"),
                false => format!("{expected}; or give it a code: `--code \"{text}=CODE\"`"),
            };
            CellError::new(name, &text, hint)
        })
    }

    fn flow(&self, record: &TableRecord<'_>, value: usize) -> Result<Flow, CellError> {
        let Some((text, at)) = self.cell(record, value, MappedPart::Flow) else {
            let expected = || CellError::of_row("expected a flow");
            return self.mapping.stated.flow.ok_or_else(expected);
        };
        let text = match self.mapped_code(text) {
            Some(Ok(code)) => code.to_string(),
            _ => text.to_owned(),
        };
        let found = match self.layout.header {
            Some(MappedPart::Flow) => flow_in(&text),
            _ => Flow::parse(&text).ok(),
        };
        let name = self.header.names.get(at).map_or("", String::as_str);
        let found = found.ok_or_else(|| {
            let expected = "expected exports (X), imports (M), total (T) or balance (B); leave \
                            other rows out with `--where` and columns with `--skip`";
            CellError::new(name, &text, expected)
        })?;
        match self.mapping.stated.flow {
            Some(stated) if stated != found => {
                let expected = format!(
                    "expected the flow {stated}, as stated; leave other rows out with `--where` \
                     and columns with `--skip`"
                );
                Err(CellError::new(name, &text, expected))
            }
            _ => Ok(found),
        }
    }

    fn product(&self, record: &TableRecord<'_>, value: usize) -> Result<Code, CellError> {
        let Some((text, at)) = self.cell(record, value, MappedPart::Product) else {
            let stated = self.mapping.stated.product.clone();
            let total = || Code::parse("TOTAL").map_err(|e| CellError::of_row(e.to_string()));
            return stated.map_or_else(total, Ok);
        };
        let lower = text.to_lowercase();
        let total = matches!(
            lower.as_str(),
            "all products" | "all commodities" | "all goods" | "all items" | "total all products"
        );
        let found = match self.mapped_code(text) {
            Some(code) => code.ok(),
            None if total => product("TOTAL"),
            None if text.is_empty() && is_total(record) => product("TOTAL"),
            None if text.is_empty() => None,
            None => product(text),
        };
        found.ok_or_else(|| {
            let expected = format!(
                "expected the code of a product, up to 16 letters and digits; give it one with \
                 `--code \"{text}=CODE\"`"
            );
            let name = self.header.names.get(at).map_or("", String::as_str);
            CellError::new(name, text, expected)
        })
    }

    fn unit(&self, record: &TableRecord<'_>, value: usize) -> Result<Unit, CellError> {
        let Some((text, at)) = self.cell(record, value, MappedPart::Unit) else {
            let unit = self.mapping.stated.unit.or(self.layout.unit);
            return unit.ok_or_else(|| CellError::of_row("expected a unit"));
        };
        let name = self.header.names.get(at).map_or("", String::as_str);
        let found = Unit::parse(text).ok().filter(|unit| unit.currency.is_iso());
        let found = found.ok_or_else(|| {
            let expected = "expected a currency and a scale, for example USD, thousand USD or \
                            EUR mn; leave other rows out with `--where`";
            CellError::new(name, text, expected)
        })?;
        match self.mapping.stated.unit {
            // A currency alone says nothing of the scale.
            Some(stated) if stated.currency == found.currency && found.scale == 1.0 => Ok(stated),
            Some(stated) if stated != found => {
                let expected = format!("expected the unit {stated}, as stated");
                Err(CellError::new(name, text, expected))
            }
            _ => Ok(found),
        }
    }
}
