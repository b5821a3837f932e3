//! The figures of the rows of a table that is read by a mapping.

use super::column_kind::ColumnKind;
use super::contradiction::is_passed_over;
use super::heading::{ColumnHeading, TableHead, bare_year, is_unit_row};
use super::layout::{TableLayout, column, plain, skips_beside};
use super::left_over::LeftOverColumns;
use super::look::{ColumnLook, flow_label, is_other_flow, lone_text, title_flow};
use super::note::StatedBeside;
use super::remark::{remark_contradiction, remark_status};
use super::total_word::is_total_word;
use super::totals::PartnerTotals;
use crate::ingest::figures::{FigureKind, ValueStatus, half_of_last_digit, power_of_ten, scaled};
use crate::ingest::formats::draft::{DraftFigure, RecordOutcome, add_outcome};
use crate::ingest::formats::record::{TableHeader, TableRecord};
use crate::ingest::mapping::{MappedPart, Mapping, MappingSuggestion, quoted};
use crate::ingest::notation::{
    NumberMarks, PeriodNotation, WrittenAmount, is_gap, is_period, marks_of, notation_of,
    number_text, split_status, status_in, without_flag,
};
use crate::ingest::parsed_file::{CellError, ParsedFile};
use crate::ingest::refusal::{IngestError, shown};
use crate::ingest::sheet::SheetCells;
use crate::trade::area::WORLD;
use crate::trade::{Code, Currency, FigureMeasure, Flow, SeriesKey, Span, Unit};
use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::PathBuf;

/// How the cells of a source are written.
#[derive(Debug, Clone, Copy)]
pub(super) struct TableStyle {
    pub(super) marks: NumberMarks,
    /// Whether numbers of five digits are dates.
    pub(super) has_serials: bool,
}

/// A column of values, and what its heading states.
pub(super) struct MappedValue {
    pub(super) at: usize,
    /// The name of the column.
    pub(super) name: String,
    pub(super) heading: ColumnHeading,
    /// The period of the heading.
    pub(super) period: String,
    marks: NumberMarks,
}

/// Reader of the rows of a table.
pub(super) struct MappedReader<'a> {
    /// The file, for the commands that refusals suggest.
    pub(super) file: PathBuf,
    pub(super) sheet: &'a SheetCells,
    pub(super) header: TableHeader,
    header_row: usize,
    pub(super) first_row: usize,
    pub(super) layout: &'a TableLayout,
    pub(super) mapping: &'a Mapping,
    pub(super) values: Vec<MappedValue>,
    filters: Vec<(usize, String)>,
    /// The columns of flags beside the only column of values.
    flags: Vec<usize>,
    /// The columns of remarks.
    remarks: Vec<usize>,
    /// The columns of frequencies.
    frequencies: Vec<usize>,
    /// The columns of scales beside one of units.
    pub(super) scales: Vec<usize>,
    /// The columns of years, quarters and months that are not read.
    pub(super) unread_periods: Vec<usize>,
    pub(super) periods: PeriodNotation,
    /// Whether a column of the period states a quarter.
    pub(super) quarters: bool,
    /// Whether a column of the period states a month.
    pub(super) has_months: bool,
    /// Whether a column of the period states a half of a year.
    pub(super) halves: bool,
    /// Whether the only column of the period is named as one of years or of fiscal years.
    pub(super) years: bool,
    pub(super) fiscal: bool,
    left_over: LeftOverColumns<'a>,
    totals: PartnerTotals,
    /// What is skipped and is no column, and what of it was found.
    skips: Vec<String>,
    skipped: BTreeSet<String>,
    pub(super) areas: HashMap<String, Result<Code, String>>,
    /// The texts of a part that name no area, once one has been met.
    pub(super) unknown: HashMap<MappedPart, Vec<String>>,
    /// The labels of the rows above, by columns that state each label once, for the rows below it.
    pub(super) groups: BTreeMap<usize, String>,
    /// The flow that a row above states for those below it.
    pub(super) group_flow: Option<Flow>,
    /// The period that a row above states alone.
    pub(super) group_period: String,
    /// The figures that were read, and those of them whose reporter is their partner.
    read: usize,
    own: usize,
    /// The label of each flow, and of the partner that it names.
    pub(super) flow_labels: HashMap<(Flow, Option<Code>), String>,
    /// The labels of flows that fit what is stated, with their flows and units.
    pub(super) known_labels: HashSet<(String, Flow, Currency, u64)>,
    /// Whether a refusal has named the fiscal years of the table.
    pub(super) fiscal_advised: OnceCell<()>,
}

impl<'a> MappedReader<'a> {
    /// Prepare to read the rows below a header.
    ///
    /// # Errors
    /// A column of the mapping that the table lacks; cells that contradict each other in how
    /// numbers or dates are written.
    pub(super) fn new(
        head: &TableHead<'a>,
        looks: &[ColumnLook],
        layout: &'a TableLayout,
        mapping: &'a Mapping,
        style: TableStyle,
    ) -> Result<Self, String> {
        let sheet = head.sheet;
        let cells = |at: usize| {
            let rows = sheet.rows.iter().skip(head.first_record());
            rows.filter_map(move |row| row.get(at))
                .map(|cell| cell.trim())
        };
        let mut filters = Vec::new();
        for (name, text) in &mapping.filters {
            let at = column(looks, name).ok_or_else(|| format!("expected a column `{name}`"))?;
            filters.push((at, text.clone()));
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
            let period = look.heading.period_in(layout.year.as_deref());
            let month = || look.heading.month.clone();
            values.push(MappedValue {
                at: *at,
                name: look.name.clone(),
                period: period.or_else(month).unwrap_or_else(|| look.name.clone()),
                heading: match layout.numbered.contains(at) {
                    true => ColumnHeading::default(),
                    false => look.heading.clone(),
                },
                marks: found.or(style.marks),
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
            has_serials: style.has_serials,
            is_1904: sheet.is_1904,
            ..PeriodNotation::default()
        };
        let period_columns = layout
            .columns
            .get(&MappedPart::Period)
            .map_or(&[][..], |c| c);
        let is_header = layout.header.contains(&MappedPart::Period);
        let periods = match period_columns {
            [one] if !is_header => notation_of(cells(*one), stated).map_err(contradict)?,
            _ if is_header => notation_of(values.iter().map(|value| value.period.as_str()), stated)
                .map_err(contradict)?,
            _ => stated,
        };
        // `Year,Period` with numbers up to four may be of months or of quarters.
        let numbered = period_columns
            .iter()
            .find(|at| looks[**at].named(&["period"]));
        if let Some(at) = numbered.filter(|_| period_columns.len() == 2 && !is_header) {
            let mut filled = cells(*at).filter(|cell| !cell.is_empty()).peekable();
            let is_low = |cell: &str| {
                let number = cell.strip_suffix(".0").unwrap_or(cell).parse::<u8>();
                number.is_ok_and(|number| (1..=4).contains(&number))
            };
            if filled.peek().is_some() && filled.all(is_low) {
                return Err(format!(
                    "expected periods that can be read in one way; those of the column `{}` may be \
                     months or quarters: name the column Month or Quarter",
                    looks[*at].name
                ));
            }
        }
        let is_flag = |look: &&ColumnLook| {
            let is_free = !layout.uses(look.at) && !layout.skipped.contains(&look.at);
            is_free && layout.values.len() == 1 && look.named(&["flag", "status", "conf"])
        };
        let flags = looks.iter().filter(is_flag).map(|look| look.at);
        let sources = ["source", "link", "url", "update", "quelle", "источник"];
        let is_remark = |look: &&ColumnLook| {
            let is_free = !layout.uses(look.at) && !layout.skipped.contains(&look.at);
            let is_note = look.kind == Some(ColumnKind::Note) && !look.named(&sources);
            is_free && is_note && !is_flag(look)
        };
        let remarks = looks.iter().filter(is_remark).map(|look| look.at);
        let is_frequency = |look: &&ColumnLook| {
            let is_free = !layout.uses(look.at) && !layout.skipped.contains(&look.at);
            is_free && look.kind == Some(ColumnKind::Measure) && look.named(&["freq"])
        };
        let frequencies = looks.iter().filter(is_frequency).map(|look| look.at);
        let has_units = layout.columns.contains_key(&MappedPart::Unit);
        let is_free = |look: &&ColumnLook| {
            let is_read = layout.uses(look.at) || layout.values.contains(&look.at);
            !is_read && !layout.skipped.contains(&look.at)
        };
        let scales = looks.iter().filter(is_free);
        let scales = scales.filter(|look| has_units && look.is_scale());
        let unread = looks.iter().filter(is_free).filter(|look| {
            let is_date = look.has_word(&["date", "day", "time", "week", "дата"]);
            look.kind == Some(ColumnKind::Period) && !is_date && !look.is_id()
        });
        let of_period = |is_it: fn(&ColumnLook) -> bool| {
            let mut named = period_columns
                .iter()
                .filter(|at| !layout.numbered.contains(at));
            named.any(|at| is_it(&looks[*at]))
        };
        let skips = mapping.skip.iter();
        let skips = skips.filter(|skip| !skips_beside(head, looks, skip));
        Ok(Self {
            file: PathBuf::new(),
            sheet,
            header: TableHeader::new(looks.iter().map(|look| look.name.clone())),
            header_row: head.row,
            first_row: head.first_record(),
            quarters: of_period(ColumnLook::is_quarter),
            has_months: of_period(ColumnLook::is_named_month),
            halves: of_period(ColumnLook::is_half),
            years: period_columns.len() == 1 && !is_header && of_period(ColumnLook::is_named_year),
            fiscal: of_period(ColumnLook::is_fiscal),
            scales: scales.map(|look| look.at).collect(),
            unread_periods: unread.map(|look| look.at).collect(),
            left_over: LeftOverColumns::new(looks, layout, mapping),
            totals: PartnerTotals::default(),
            skips: skips.cloned().collect(),
            skipped: BTreeSet::new(),
            layout,
            mapping,
            values,
            filters,
            flags: flags.collect(),
            remarks: remarks.collect(),
            frequencies: frequencies.collect(),
            periods,
            areas: HashMap::new(),
            unknown: HashMap::new(),
            groups: group_columns(head, layout),
            group_flow: title_flow(head).filter(|_| layout.has_flow_groups),
            group_period: String::new(),
            read: 0,
            own: 0,
            flow_labels: HashMap::new(),
            known_labels: HashSet::new(),
            fiscal_advised: OnceCell::new(),
        })
    }

    /// Return a text that the mapping skips and that was not found.
    pub(super) fn unused_skip(&self) -> Option<&str> {
        let unused = |skip: &&String| !self.skipped.contains(*skip);
        self.skips.iter().find(unused).map(String::as_str)
    }

    /// Read all rows.
    ///
    /// # Errors
    /// The first row that is wrong, where one invalid row refuses the file.
    pub(super) fn read(&mut self, parsed: &mut ParsedFile) -> Result<(), IngestError> {
        let header = self.header.clone();
        self.file = parsed.file().to_owned();
        let mut year = self.layout.year.clone().unwrap_or_default();
        let mut after_year = false;
        for row in self.header_row + 1..self.first_row {
            let number = self.sheet.number_of(row);
            parsed.exclude(number, "rows that describe the columns");
        }
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
            self.note_headings(&record, &mut year);
            let is_other =
                |(at, text): &(usize, String)| !record.at(*at).eq_ignore_ascii_case(text.trim());
            let is_skipped = self.is_skipped(&record);
            if self.filters.iter().any(is_other) || is_skipped {
                parsed.exclude(record.row, "rows that the mapping does not read");
                continue;
            }
            if self.is_total_of_months(&record) {
                parsed.exclude(record.row, "totals of the months above");
                continue;
            }
            if row == self.first_row && is_unit_row(record.cells) && self.states_units(&record) {
                parsed.exclude(record.row, "units of the columns");
                continue;
            }
            let heading = lone_text(record.cells);
            if self.layout.has_flow_groups && heading.is_some_and(|t| flow_label(t).is_some()) {
                parsed.exclude(record.row, "headings of flows");
                continue;
            }
            let is_date = |text: &str| is_period(text) || bare_year(text).is_some();
            if self.layout.has_period_groups && heading.is_some_and(is_date) {
                parsed.exclude(record.row, "headings of periods");
                continue;
            }
            let has_none =
                |value: &MappedValue| !record.at(value.at).bytes().any(|b| b.is_ascii_digit());
            if self.values.iter().all(has_none) && self.is_note(&record) {
                if let Some(wrong) = self.contradicting_note(&record) {
                    parsed.refuse(record.row, wrong)?;
                }
                parsed.exclude(record.row, "notes beside the table");
                continue;
            }
            let flows = self.layout.columns.get(&MappedPart::Flow);
            let label = flows.map_or("", |at| record.at(at[0]));
            if is_other_flow(label) && self.mapping.filters.is_empty() {
                parsed.exclude(record.row, "rows of quantities, changes or other figures");
                continue;
            }
            if let Err(wrong) = self.left_over.check(&record) {
                parsed.refuse(record.row, wrong)?;
                continue;
            }
            self.read_record(&record, &mut year, parsed)?;
            // Months below the sums of several years may be of the next one.
            let is_year = self.is_year(&record);
            if is_year && after_year {
                year.clear();
            }
            after_year = is_year;
        }
        if let Some(expected) = self.trade_with_itself() {
            return Err(parsed.refuse_file(expected));
        }
        let as_world = |word: &str| {
            let mut mapping = self.mapping.clone();
            mapping.codes.insert(word.to_owned(), WORLD.to_owned());
            MappingSuggestion {
                mapping,
                ..MappingSuggestion::default()
            }
            .command(&self.file)
        };
        self.totals.finish(&as_world, parsed)
    }

    /// Return what was expected where most figures are of the trade of a country with itself: two
    /// columns then describe one area. Some countries have goods of their own come back.
    fn trade_with_itself(&self) -> Option<String> {
        let column = |part: MappedPart| {
            let columns = self.layout.columns.get(&part);
            columns.map(|columns| self.name(columns[0]))
        };
        let partner = column(MappedPart::Partner).or_else(|| {
            let is_header = self.layout.header.contains(&MappedPart::Partner);
            is_header.then_some("the headings")
        })?;
        let reporter = column(MappedPart::Reporter)?;
        (self.read > 1 && 2 * self.own > self.read).then(|| {
            format!(
                "expected reporters and partners; in {} of {} figures both are the same area, of \
                 `{}` and `{}`: state the reporter of the table with --map reporter=CODE, or its \
                 partner with --map partner=CODE",
                self.own,
                self.read,
                shown(reporter),
                shown(partner)
            )
        })
    }

    /// Note what a record states of the rows below it, though it may not be read itself: a label of
    /// merged cells, a flow or a year alone.
    fn note_headings(&mut self, record: &TableRecord<'_>, year: &mut String) {
        for (at, label) in &mut self.groups {
            if !record.at(*at).is_empty() {
                record.at(*at).clone_into(label);
            }
        }
        if self.layout.has_flow_groups {
            let label = record.cells.first().and_then(|cell| flow_label(cell));
            self.group_flow = label.or(self.group_flow);
        }
        let date = lone_text(record.cells);
        let date = date.and_then(|text| bare_year(text).or(Some(text).filter(|t| is_period(t))));
        if let Some(text) = date {
            text.clone_into(&mut self.group_period);
            if self.layout.has_period_groups {
                year.clear();
            }
        }
        let mut filled = record.cells.iter().filter(|cell| !cell.trim().is_empty());
        let heading = filled.next().map_or("", |cell| cell.trim());
        if let Some(stated) = bare_year(heading).filter(|_| filled.next().is_none()) {
            stated.clone_into(year);
        }
    }

    /// Whether a cell of the key of a record is what the mapping skips.
    fn is_skipped(&mut self, record: &TableRecord<'_>) -> bool {
        let parts = self.layout.columns.iter();
        let parts = parts.filter(|(part, _)| **part != MappedPart::Value);
        let key = parts.flat_map(|(_, columns)| columns);
        let cells: Vec<String> = key.map(|at| plain(record.at(*at))).collect();
        // One row may have the texts of several.
        let found = self
            .skips
            .iter()
            .filter(|skip| cells.contains(&plain(skip)));
        let found: Vec<String> = found.cloned().collect();
        let is_found = !found.is_empty();
        self.skipped.extend(found);
        is_found
    }

    /// Whether a record states the units of columns of values and nothing else of them.
    fn states_units(&self, record: &TableRecord<'_>) -> bool {
        let cells = self.values.iter().map(|value| record.at(value.at));
        let mut filled = cells.filter(|cell| !cell.is_empty()).peekable();
        let is_unit = |cell: &str| {
            Unit::parse(cell).is_ok_and(|unit| unit.currency.is_iso())
                && number_text(cell, NumberMarks::default()).is_err()
        };
        filled.peek().is_some() && filled.all(is_unit)
    }

    /// Whether the period of a record is the word for a total.
    fn is_total_of_months(&self, record: &TableRecord<'_>) -> bool {
        let columns = self.layout.columns.get(&MappedPart::Period);
        let first = columns.and_then(|columns| columns.first());
        first.is_some_and(|at| is_total_word(record.at(*at)))
    }

    /// Whether the period of a record is a year by itself.
    fn is_year(&self, record: &TableRecord<'_>) -> bool {
        match self
            .layout
            .columns
            .get(&MappedPart::Period)
            .map(Vec::as_slice)
        {
            Some([one]) => bare_year(record.at(*one)).is_some(),
            _ => false,
        }
    }

    /// Whether a record without values is a note or the heading of a group: it fills less than what
    /// is needed of it.
    fn is_note(&self, record: &TableRecord<'_>) -> bool {
        let needed = self.layout.columns.values().flatten();
        let mut needed = needed.map(|at| record.at(*at));
        record.is_note() || needed.any(str::is_empty)
    }

    /// Return the error of a note or of the heading of a group that contradicts what is stated:
    /// `Unit: EUR thousand`, `Imports`.
    fn contradicting_note(&self, record: &TableRecord<'_>) -> Option<CellError> {
        let at = (0..record.cells.len()).find(|at| !record.at(*at).is_empty())?;
        let text = record.at(at);
        if is_passed_over(self.mapping, text) {
            return None;
        }
        let units = self.values.iter();
        let units = units.filter_map(|value| self.mapping.stated.unit.or(value.heading.unit));
        let units: Vec<Unit> = units.collect();
        let partner = self.mapping.stated.partner.as_ref();
        let stated = StatedBeside {
            units: &units,
            flow: self.mapping.stated.flow.or(self.layout.flow),
            partner: partner.filter(|_| self.mapping.stated.reporter.is_some()),
            reporter: self.mapping.stated.reporter.as_ref(),
            has_partners: self.layout.columns.contains_key(&MappedPart::Partner),
        };
        let expected = stated.contradicted_by(text)?;
        let skip = quoted(text);
        let expected = format!("{expected}, or pass the text over with --skip {skip}");
        Some(CellError::new("", text, expected))
    }

    fn read_record(
        &mut self,
        record: &TableRecord<'_>,
        year: &mut String,
        parsed: &mut ParsedFile,
    ) -> Result<(), IngestError> {
        let mut given: HashMap<(SeriesKey, Span), usize> = HashMap::new();
        for at in 0..self.values.len() {
            let outcome = self.figure(record, at, year);
            let outcome = match outcome {
                Ok(RecordOutcome::Figure(draft)) => {
                    let is_alone = self.values.len() < 2;
                    let place = || (draft.key.clone(), draft.span);
                    let known = (!is_alone).then(|| given.insert(place(), at)).flatten();
                    match known {
                        Some(other) => Err(self.given_twice(record, other, at, &draft)),
                        None => Ok(RecordOutcome::Figure(draft)),
                    }
                }
                other => other,
            };
            let period = self.layout.columns.get(&MappedPart::Period);
            let period = period.and_then(|columns| columns.first().copied());
            let value = self.values[at].at;
            let outcome = match outcome {
                Ok(RecordOutcome::Figure(draft)) => match self.total_word(record, at) {
                    Some((word, column)) => {
                        self.totals.withhold(&draft, record.row, &column, &word);
                        continue;
                    }
                    None => {
                        self.totals.add(&draft);
                        Ok(RecordOutcome::Figure(draft))
                    }
                },
                other => other,
            };
            add_outcome(parsed, record, outcome, period.unwrap_or(value), value)?;
        }
        Ok(())
    }

    /// Return the error of a row in which two columns give the same figure.
    fn given_twice(
        &self,
        record: &TableRecord<'_>,
        first: usize,
        second: usize,
        draft: &DraftFigure,
    ) -> CellError {
        let column = |value: usize| {
            let value = &self.values[value];
            let is_only = self.values.iter().filter(|v| v.name == value.name).count() == 1;
            match is_only && !value.name.is_empty() {
                true => value.name.clone(),
                false => format!("#{}", value.at + 1),
            }
        };
        let (first, second_name) = (column(first), column(second));
        let expected = format!(
            "expected one figure of {} in {}; the column `{}` has it as well: leave one of both \
             out with --skip {} or --skip {}, or name what tells them apart with --map",
            draft.key,
            draft.span,
            shown(&first),
            quoted(&first),
            quoted(&second_name)
        );
        record.error(self.values[second].at, expected)
    }

    fn figure(
        &mut self,
        record: &TableRecord<'_>,
        value: usize,
        year: &mut String,
    ) -> Result<RecordOutcome, CellError> {
        let span = self.span(record, value, year)?;
        self.check_unread_periods(record, span)?;
        for at in &self.remarks {
            if let Some(expected) = remark_contradiction(record.at(*at), span) {
                let skip = quoted(self.name(*at));
                let expected = format!("{expected}, or pass the column over with --skip {skip}");
                return Err(record.error(*at, expected));
            }
        }
        for at in &self.frequencies {
            let months = match record.at(*at).to_lowercase().chars().next() {
                Some('q') => 3,
                Some('a' | 'y') => 12,
                Some('m') => 1,
                _ => continue,
            };
            if span.len() != months {
                let expected = format!(
                    "expected a period of {months} months, as the frequency says, not {span}: \
                     write quarters and years as such, or pass the column over with --skip {}",
                    quoted(self.name(*at))
                );
                return Err(record.error(*at, expected));
            }
        }
        let mut unit = self.unit(record, value)?;
        let flow = match &self.values[value].heading.key {
            Some(key) if self.layout.has_keys => key.flow,
            _ => self.flow(record, value)?,
        };
        self.check_flow_label(record, flow, unit)?;
        let own = self.values[value].heading.key.clone();
        let key = match own.filter(|_| self.layout.has_keys) {
            Some(key) => self.check_key(record, value, key)?,
            None => SeriesKey {
                reporter: self.area(record, value, MappedPart::Reporter)?,
                partner: self.area(record, value, MappedPart::Partner)?,
                flow,
                product: self.product(record, value)?,
                unit: unit.currency,
            },
        };
        self.read += 1;
        self.own += usize::from(key.reporter == key.partner);
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
                let (digits, own) = self.digits(record, *at, *marks, unit)?;
                unit = own;
                digits
            };
            let number = match power_of_ten(unit.scale) {
                Some(exponent) => scaled(&digits, exponent),
                None => digits.parse::<f64>().ok().map(|number| number * unit.scale),
            };
            let number = number.ok_or_else(|| record.error(*at, "expected a number"))?;
            let status = |at: &usize| ValueStatus::of(record.at(*at));
            if self.flags.iter().any(|at| status(at).hides(number))
                || self.is_hidden_by_remark(record, number)?
            {
                if kind == FigureKind::Release {
                    return Ok(RecordOutcome::Excluded("no figure given"));
                }
                (f64::NAN, half_of_last_digit("") * unit.scale)
            } else {
                (number, half_of_last_digit(&digits) * unit.scale)
            }
        };
        let source = self.layout.columns.get(&MappedPart::Source);
        let source = match (source, &self.mapping.stated.source) {
            (Some(columns), _) => record.opt(columns.first().copied()).to_owned(),
            (None, Some(source)) => source.clone(),
            (None, None) => String::new(),
        };
        let source = self.with_edition(source, record, value);
        Ok(RecordOutcome::Figure(Box::new(DraftFigure {
            kind,
            key,
            measure: FigureMeasure::Level,
            span,
            value: number,
            rounding,
            unit: unit.to_string(),
            status: self.status(record, value, text),
            source,
        })))
    }

    /// Return the key that is the heading of a value, where nothing that is stated differs from it.
    fn check_key(
        &self,
        record: &TableRecord<'_>,
        value: usize,
        key: SeriesKey,
    ) -> Result<SeriesKey, CellError> {
        let stated = &self.mapping.stated;
        let differs = |stated: &Option<Code>, own: &Code| stated.as_ref().is_some_and(|s| s != own);
        let differs = differs(&stated.reporter, &key.reporter)
            || differs(&stated.partner, &key.partner)
            || differs(&stated.product, &key.product)
            || stated.flow.is_some_and(|flow| flow != key.flow)
            || stated.unit.is_some_and(|unit| unit.currency != key.unit);
        match differs {
            true => Err(record.error(
                self.values[value].at,
                format!("expected the series `{key}`, as the heading says: state no other part"),
            )),
            false => Ok(key),
        }
    }

    /// Whether a remark says that there is no figure where a zero stands.
    ///
    /// # Errors
    /// Another number beside such a remark.
    fn is_hidden_by_remark(
        &self,
        record: &TableRecord<'_>,
        number: f64,
    ) -> Result<bool, CellError> {
        let hides = |at: &&usize| remark_status(record.at(**at)) != ValueStatus::Stated;
        let Some(at) = self.remarks.iter().find(hides) else {
            return Ok(false);
        };
        if number == 0.0 {
            return Ok(true);
        }
        let skip = quoted(self.name(*at));
        let expected = format!(
            "expected no number where the remark says that there is no figure: leave one of them \
             out, or pass the column over with --skip {skip}"
        );
        Err(record.error(*at, expected))
    }

    /// Return the status of a figure: that of a flag or a remark of its row, or of a mark behind
    /// its period or its number.
    fn status(&self, record: &TableRecord<'_>, value: usize, number: &str) -> &'static str {
        let beside = self.flags.iter().chain(&self.remarks);
        let beside = beside.filter(|_| self.values.len() == 1);
        let mut stated = beside.filter_map(|at| status_in(record.at(*at)));
        let columns = self.layout.columns.get(&MappedPart::Period);
        let cells = columns.into_iter().flatten().map(|at| record.at(*at));
        let named = self.layout.header.contains(&MappedPart::Period);
        let heading = named.then_some(self.values[value].period.as_str());
        let mut marked = cells
            .chain(heading)
            .chain([number])
            .filter_map(split_status);
        let found = stated.next().or_else(|| Some(marked.next()?.1));
        found.unwrap_or("published")
    }

    /// Return the number of a cell, and its unit where that of its column is `unit`.
    fn digits<'t>(
        &self,
        record: &TableRecord<'t>,
        at: usize,
        marks: NumberMarks,
        unit: Unit,
    ) -> Result<(Cow<'t, str>, Unit), CellError> {
        let text = record.at(at);
        let text = without_flag(text).unwrap_or(text);
        let wrong = |expected: String| {
            let quoted = quoted(text);
            let hint = match text.chars().any(|c| c.is_ascii_digit()) {
                true => String::new(),
                false => {
                    format!(
                        "; or state what it stands for with `--gap {quoted}` or `--nil {quoted}`"
                    )
                }
            };
            record.error(at, expected + &hint)
        };
        if let Some(amount) = WrittenAmount::of(text) {
            let own = amount.unit(unit).map_err(wrong)?;
            let digits = number_text(&amount.number, marks).map_err(wrong)?;
            return Ok((Cow::Owned(digits.into_owned()), own));
        }
        Ok((number_text(text, marks).map_err(wrong)?, unit))
    }
}

/// Return the columns of reporters, partners and products whose cells below a label are empty, as
/// where cells were merged: each label stands once, and other columns tell the rows apart.
fn group_columns(head: &TableHead<'_>, layout: &TableLayout) -> BTreeMap<usize, String> {
    let grouping = [
        MappedPart::Reporter,
        MappedPart::Partner,
        MappedPart::Product,
    ];
    let columns = grouping.iter().filter_map(|part| layout.columns.get(part));
    let keys = layout.columns.iter();
    let keys = keys.filter(|(part, _)| !matches!(part, MappedPart::Value | MappedPart::Source));
    let keys: Vec<usize> = keys
        .flat_map(|(_, columns)| columns.iter().copied())
        .collect();
    let is_grouped = |at: &usize| {
        let rows = head.sheet.rows.iter().skip(head.first_record());
        let text = |row: &'_ Vec<String>, at: usize| {
            row.get(at)
                .map_or(String::new(), |cell| cell.trim().to_owned())
        };
        let is_told = |row: &&Vec<String>| {
            keys.iter()
                .any(|key| key != at && !text(row, *key).is_empty())
        };
        let cells: Vec<String> = rows.filter(is_told).map(|row| text(row, *at)).collect();
        let labels: Vec<&String> = cells.iter().filter(|cell| !cell.is_empty()).collect();
        let distinct: HashSet<&&String> = labels.iter().collect();
        let begins = cells.first().is_some_and(|cell| !cell.is_empty());
        // A code that is empty beside the name of a group is no label of the rows below another.
        begins && 3 * labels.len() <= 2 * cells.len() && distinct.len() == labels.len()
    };
    let found = columns.flatten().copied().filter(is_grouped);
    found.map(|at| (at, String::new())).collect()
}
