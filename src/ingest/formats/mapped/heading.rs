//! What the cells above a column state: its name, and the rows of the header above it, such as a
//! year over months or a flow over partners.

use super::area_label::area_of;
use super::claim::{OtherFigures, flow_in, scale_in, spaced, unit_in};
use super::column_kind::ColumnKind;
use super::mention::{MentionRole, mentions};
use super::total_word::{is_all_products, is_total_word};
use crate::ingest::notation::{PeriodNotation, is_fiscal_year, is_period, period, stripped};
use crate::ingest::sheet::SheetCells;
use crate::trade::areas::of_text;
use crate::trade::{Code, Currency, Flow, SeriesKey, Unit};

/// The most rows of a header above the names of the columns.
const LEVELS: usize = 3;
/// The most rows between a header and the first record that describe the columns.
const DESCRIPTIONS: usize = 16;
/// The most characters of a cell of a header; a longer one is a title.
const LONGEST: usize = 60;

/// What the cells above a column state.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct ColumnHeading {
    /// A month or span with its year.
    pub(super) period: Option<String>,
    /// A month without a year.
    pub(super) month: Option<String>,
    /// The text that names an area.
    pub(super) area: Option<String>,
    /// Two areas that the name has, of which neither is surely the partner.
    pub(super) pair: Vec<Code>,
    /// A flow.
    pub(super) flow: Option<Flow>,
    /// A currency with its scale.
    pub(super) unit: Option<Unit>,
    /// A scale without a currency.
    pub(super) scale: Option<f64>,
    /// What the figures are instead of values of a month.
    pub(super) other: Option<OtherFigures>,
    /// Whether the name is the word for a total.
    pub(super) is_total: bool,
    /// Whether the name is that of something that is not known, which may be a part of what stands
    /// above it: `ECOWAS` below `Africa`.
    pub(super) is_unexplained: bool,
    /// Whether the name is that of a part of an area: `Africa - ECOWAS`.
    pub(super) is_part_of_area: bool,
    /// The series whose key the name is: `UZB.CHN.X.TOTAL.USD`.
    pub(super) key: Option<SeriesKey>,
}

/// The header of a table: the row of the names of its columns, and the rows above it.
#[derive(Debug, Clone)]
pub(super) struct TableHead<'a> {
    pub(super) sheet: &'a SheetCells,
    /// The row of the names.
    pub(super) row: usize,
    /// The rows above it that belong to the header.
    levels: Vec<usize>,
    /// The row of the first record.
    first_record: usize,
}

impl<'a> TableHead<'a> {
    /// Find the rows of the header above the names in `row`: those that are not blank and have more
    /// than a title in their first column.
    pub(super) fn of(sheet: &'a SheetCells, row: usize) -> Self {
        let is_level = |at: &usize| {
            let cells = sheet.rows.get(*at).into_iter().flatten().skip(1);
            let cells = cells.map(|cell| cell.trim()).filter(|c| !c.is_empty());
            let filled: Vec<&str> = cells.collect();
            let is_short = |text: &str| text.chars().count() <= LONGEST;
            match filled[..] {
                [] => false,
                [only] => is_name(only),
                _ => is_short(sheet.text(*at, 0)) && filled.iter().all(|text| is_short(text)),
            }
        };
        let above = (row.saturating_sub(LEVELS)..row).rev();
        Self {
            sheet,
            row,
            levels: above.take_while(is_level).collect(),
            first_record: first_record(sheet, row),
        }
    }

    /// Return the row of the first record: rows that describe the columns may stand before it.
    pub(super) fn first_record(&self) -> usize {
        self.first_record
    }

    /// Return the texts above the header, row by row: titles, and whatever else stands there; then
    /// those of sheets of text.
    pub(super) fn titles(&self) -> impl Iterator<Item = (usize, &'a str)> + '_ {
        let sheet: &'a SheetCells = self.sheet;
        (0..self.row)
            .filter(|row| !self.levels.contains(row))
            .flat_map(move |row| {
                let cells = sheet.rows.get(row).into_iter().flatten();
                cells.map(move |cell| (row, cell.trim()))
            })
            .filter(|(_, text)| !text.is_empty())
            .chain(
                sheet
                    .statements
                    .iter()
                    .map(|text| (usize::MAX, text.as_str())),
            )
    }

    /// Return the name of a column; of a cell that is merged with those above, the text of these.
    pub(super) fn name(&self, at: usize) -> &'a str {
        let rows = [self.row].into_iter().chain(self.levels.iter().copied());
        let mut texts = rows.map(|row| self.sheet.text(row, at).trim());
        texts.find(|text| !text.is_empty()).unwrap_or_default()
    }

    /// Return the number of columns.
    pub(super) fn width(&self) -> usize {
        self.sheet.rows.get(self.row).map_or(0, Vec::len)
    }

    /// Return what the cells above a column state.
    pub(super) fn heading(&self, at: usize) -> ColumnHeading {
        let own = self.sheet.text(self.row, at).trim();
        let mut heading = ColumnHeading::of(own);
        for level in &self.levels {
            // A merged cell has its text in its first column only.
            let mut left = (at.min(1)..=at)
                .rev()
                .map(|at| self.sheet.text(*level, at).trim());
            if let Some(text) = left.find(|text| !text.is_empty()) {
                heading.take_from(ColumnHeading::of(text));
            }
        }
        for row in self.row + 1..self.first_record {
            let below = ColumnHeading::of(self.sheet.text(row, at).trim());
            // A letter above a description is the code of a series: `B` is no balance there.
            if below.flow.is_some() && own.chars().count() == 1 {
                heading.flow = None;
            }
            heading.take_measure(&below);
        }
        if heading.unit.is_none()
            && let Some(unit) = self.unit_below(at)
        {
            heading.unit = Some(unit);
        }
        heading
    }

    /// Return the unit that the first row below the names states for a column.
    pub(super) fn unit_below(&self, at: usize) -> Option<Unit> {
        let row = self.sheet.rows.get(self.row + 1)?;
        if !is_unit_row(row) {
            return None;
        }
        let text = self.sheet.text(self.row + 1, at).trim();
        let unit = Unit::parse(text).ok()?;
        (unit.currency.is_iso() && stripped(text).is_none()).then_some(unit)
    }
}

/// Whether a row may state the units of the columns: it has no period and no area.
pub(super) fn is_unit_row(row: &[String]) -> bool {
    let is_key = |text: &str| is_period(text) || of_text(text).is_some();
    !row.iter().any(|cell| is_key(cell.trim()))
}

/// Return the row of the first record below a header. Where periods stand in the first column, rows
/// before the first of them describe the columns: `Unit`, `Series Type`, `Series ID`.
fn first_record(sheet: &SheetCells, header: usize) -> usize {
    let rows = || (header + 1..sheet.rows.len()).take(200);
    let text = |row: &usize| sheet.text(*row, 0).trim();
    let filled: Vec<usize> = rows().filter(|row| !text(row).is_empty()).collect();
    // `'2709` is a code.
    let is_date = |row: &usize| is_period(text(row)) && !text(row).starts_with('\'');
    let Some(first) = filled.iter().position(is_date) else {
        return header + 1;
    };
    let periods = filled[first..].iter().filter(|row| is_date(row));
    let describes = |row: &usize| {
        let is_word = !text(row).bytes().any(|b| b.is_ascii_digit());
        let is_key = is_month(text(row)) || area_of(text(row)).is_some();
        is_word && !is_key && !is_all_products(text(row).trim_start_matches('\''))
    };
    let are_most = 10 * periods.count() >= 8 * (filled.len() - first);
    let are_notes = (1..=DESCRIPTIONS).contains(&first) && filled[..first].iter().all(describes);
    match are_most && are_notes {
        true => filled[first],
        false => header + 1,
    }
}

/// Return the last row of the header that begins in `row`: rows of names below it that have no
/// numbers, such as months below years.
pub(super) fn last_header_row(sheet: &SheetCells, row: usize) -> usize {
    let names = |at: usize| {
        let cells = sheet.rows.get(at).into_iter().flatten().skip(1);
        let is_part = |text: &&str| {
            let value = ["value", "amount"].contains(&text.to_lowercase().as_str());
            value
                || is_name(text)
                || OtherFigures::in_text(text).is_some()
                || flow_in(text).is_some()
        };
        cells.map(|cell| cell.trim()).filter(is_part).count()
    };
    let has_numbers = |at: usize| {
        let cells = sheet.rows.get(at).into_iter().flatten();
        cells
            .map(|cell| cell.trim())
            .any(|cell| stripped(cell).is_some() && !is_period(cell))
    };
    // `Month` below a blank is the name of the first column.
    let names_first = |at: usize| {
        let kind = ColumnKind::of(sheet.text(at, 0).trim());
        names(at) > 0 && matches!(kind, Some(ColumnKind::Period | ColumnKind::Partner))
    };
    let mut last = row;
    while names(last) > 0
        && (names(last + 1) > 1 || names_first(last + 1))
        && !has_numbers(last + 1)
        && last + 1 < row + LEVELS
        && [last, last + 1]
            .iter()
            .any(|at| sheet.text(*at, 0).trim().is_empty())
    {
        last += 1;
    }
    last
}

/// Whether a text is the name of a period, flow or area and nothing else.
fn is_name(text: &str) -> bool {
    is_period(text) || is_month(text) || Flow::parse(text).is_ok() || is_area(text, 2)
}

impl ColumnHeading {
    /// Return what a name states.
    pub(super) fn of(name: &str) -> Self {
        if let Some(key) = key_of(name) {
            return Self {
                area: Some(key.partner.to_string()),
                flow: Some(key.flow),
                unit: Unit::parse(key.unit.as_str()).ok(),
                key: Some(key),
                ..Self::default()
            };
        }
        let words = spaced(name);
        let name = name.replace('_', " ");
        let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
        let mut heading = Self {
            flow: flow_in(&words),
            unit: unit_in(&words),
            other: OtherFigures::of_column(&name).or_else(|| OtherFigures::of_column(&words)),
            is_total: is_total_word(&name),
            is_unexplained: is_unexplained(&name),
            ..Self::default()
        };
        if heading.unit.is_none() {
            heading.scale = scale_in(&words);
        }
        heading.take_codes(&name);
        let bare = without_unit(&name);
        for text in [name.as_str(), bare.as_str(), &without_words(&bare)] {
            if heading.period.is_none() && heading.month.is_none() {
                heading.set_period(text);
            }
            if heading.area.is_none() && is_area(text, 2) {
                heading.area = Some(text.to_owned());
            }
        }
        if heading.period.is_some() && heading.area.is_some() {
            // `2024` is no area.
            heading.area = None;
        }
        let plain = without_words(&bare);
        // `Hong Kong, China` is one area.
        let is_one_area = heading.area.is_some();
        // A name may have commas: `Exports ; Korea, Republic of ;`.
        let within = [',', ';', ':', '|', '/', '–', '—', '：', '，', '、', '_'];
        let between = plain.split(';').chain(plain.split('|'));
        // `2022/23`, `2024:09` and `2023 r/r` are one text each.
        let is_within = |at: usize, mark: char| {
            let before = plain[..at].rsplit(' ').next().unwrap_or_default();
            let behind = plain[at + mark.len_utf8()..].split(' ').next();
            let behind = behind.unwrap_or_default();
            let are_numbers = before.ends_with(|c: char| c.is_ascii_digit())
                && behind.starts_with(|c: char| c.is_ascii_digit());
            are_numbers || !before.is_empty() && before == behind
        };
        let marks = plain
            .char_indices()
            .filter(|(at, mark)| within.contains(mark) && !is_within(*at, *mark));
        let ends = marks.map(|(at, mark)| (at, at + mark.len_utf8()));
        let mut pieces = Vec::new();
        let mut start = 0;
        for (end, next) in ends.chain([(plain.len(), plain.len())]) {
            pieces.push(&plain[start..end]);
            start = next;
        }
        let pieces = pieces.into_iter().flat_map(|piece| piece.split(" - "));
        let pieces: Vec<&str> = pieces.collect();
        // `Jan/Mar 2024` is not March.
        let has_more_months = pieces.iter().any(|part| is_month(part));
        for part in between.chain(pieces.iter().copied()) {
            let part = part.trim();
            if part == plain || part.is_empty() {
                continue;
            }
            if heading.period.is_none() && !(has_more_months && is_period(part)) {
                heading.set_period(part);
            }
            if heading.area.is_none() && is_area(part, 3) {
                heading.area = Some(part.to_owned());
            }
            // Of a reporter and a partner neither is taken for the other.
            let named = heading.area.as_deref().and_then(area_of);
            // `China (IMF/DOT/M.KZ.TXG_FOB_USD.CN)` is one of two, but no area for sure.
            let bare = part.split('(').next().unwrap_or(part).trim();
            let own = [part, bare].into_iter().find(|text| is_area(text, 3));
            let other = own.and_then(area_of);
            if let (Some(named), Some(other)) = (named, other)
                && named != other
                && !is_one_area
            {
                heading.pair = vec![named, other];
            }
        }
        // `Africa - ECOWAS`, `China: Hubei`.
        let is_of_part = |part: &&str| {
            let is_within = |area: &str| area.contains(part.trim());
            let is_area = area_of(part).is_some() || heading.area.as_deref().is_some_and(is_within);
            !is_area && is_unexplained(part)
        };
        let has_part = pieces.iter().any(is_of_part);
        heading.is_part_of_area = !is_one_area && heading.area.is_some() && has_part;
        if !heading.pair.is_empty() || heading.is_part_of_area {
            heading.area = None;
        }
        // `China Jan 2024`.
        for (at, _) in plain.char_indices().filter(|(_, c)| *c == ' ') {
            let (before, behind) = (plain[..at].trim(), plain[at..].trim());
            for (area, span) in [(before, behind), (behind, before)] {
                if heading.period.is_none()
                    && heading.area.is_none()
                    && is_area(area, 3)
                    && is_period(span)
                {
                    heading.period = Some(span.to_owned());
                    heading.area = Some(area.to_owned());
                }
            }
        }
        // `Turnover with China`, `Shipments to China`; `Exports of Kazakhstan` names no partner.
        match mentions(&name)[..] {
            [ref only] if only.role == MentionRole::Reporter && name.contains(" of ") => {
                heading.area = None;
            }
            [ref only] if only.role == MentionRole::Partner && heading.pair.is_empty() => {
                let code = || only.area.to_string();
                heading.area = heading.area.or_else(|| Some(code()));
            }
            _ => {}
        }
        // `SEK million 2024M01`, `2024M01 SEK million`.
        for (at, _) in name.char_indices().filter(|(_, c)| *c == ' ') {
            let (before, behind) = (name[..at].trim(), name[at..].trim());
            for (measure, span) in [(before, behind), (behind, before)] {
                let first = measure.split(',').next().unwrap_or(measure);
                let is_measure = || unit_in(measure).is_some() || is_value_word(first);
                if heading.period.is_none() && is_period(span) && is_measure() {
                    heading.period = Some(span.to_owned());
                }
            }
        }
        // The cumulative of a span is the figure of that span.
        let span = heading
            .period
            .as_deref()
            .map(|text| period(text, PeriodNotation::default()));
        if heading.other == Some(OtherFigures::Cumulatives)
            && span.is_some_and(|span| span.is_ok_and(|span| span.len() > 1))
        {
            heading.other = None;
        }
        heading
    }

    /// Take a name of codes alone: `China_X`, `exp_chn`, `x_chn_usd`, `CHN.X`.
    fn take_codes(&mut self, name: &str) {
        let parts = name.split([' ', '.', '-']).filter(|part| !part.is_empty());
        let parts: Vec<&str> = parts.collect();
        let is_plain = |part: &&str| part.chars().all(char::is_alphanumeric);
        if !(2..=4).contains(&parts.len()) || !parts.iter().all(is_plain) {
            return;
        }
        let (mut flow, mut area, mut unit, mut pair) = (None, None, None, None);
        for part in parts {
            let is_currency = || Currency::parse(part).is_ok_and(|currency| currency.is_iso());
            match Flow::parse(part) {
                Ok(known) if flow.is_none() => flow = Some(known),
                Ok(_) => return,
                Err(_) if area.is_none() && part.len() > 2 && area_of(part).is_some() => {
                    area = Some(part.to_owned());
                }
                // `UZB.CHN.X`.
                Err(_) if part.len() == 3 && area_of(part).is_some() && !is_currency() => {
                    pair = area_of(part);
                }
                Err(_) if unit.is_none() && is_currency() => unit = Unit::parse(part).ok(),
                Err(_) => return,
            }
        }
        if let (Some(flow), Some(area)) = (flow, area) {
            self.flow = Some(flow);
            self.pair = match (area_of(&area), pair) {
                (Some(first), Some(second)) => vec![first, second],
                _ => Vec::new(),
            };
            self.area = Some(area);
            self.unit = self.unit.or(unit);
        }
    }

    fn set_period(&mut self, text: &str) {
        let text = bare_period(text);
        if is_period(text) || is_fiscal_year(text) {
            self.period = Some(text.to_owned());
            self.month = None;
        } else if self.month.is_none() && is_month(text) {
            self.month = Some(text.to_owned());
        }
    }

    /// Complete what the name of a column states by a cell of the header above it.
    fn take_from(&mut self, above: Self) {
        match (&self.period, &self.month, &above.period, &above.month) {
            (None, Some(month), Some(year), _) if is_year(year) => {
                self.period = joined(month, year)
            }
            // Years below the name of a month.
            (Some(year), _, _, Some(month)) if is_year(year) => self.period = joined(month, year),
            // The total below a year may be that of its months so far.
            (None, None, Some(period), _) if !(self.is_total && is_year(period)) => {
                self.period = Some(period.clone());
            }
            (None, None, None, Some(month)) => self.month = Some(month.clone()),
            _ => {}
        }
        // A name that is a month is no area: `Mar`.
        if self.area.is_none() && above.month.is_none() && !self.is_unexplained {
            self.area = above.area;
        }
        self.flow = self.flow.or(above.flow);
        if self.unit.is_none() && self.scale.is_none() {
            (self.unit, self.scale) = (above.unit, above.scale);
        }
        self.other = self.other.or(above.other);
        self.is_total |= above.is_total;
    }

    /// Complete what the name of a column states by a cell below it that describes the column.
    fn take_measure(&mut self, below: &Self) {
        if self.unit.is_none() && self.scale.is_none() {
            (self.unit, self.scale) = (below.unit, below.scale);
        }
        self.other = self.other.or(below.other);
        self.flow = self.flow.or(below.flow);
        if self.area.is_none() && below.period.is_none() {
            self.area.clone_from(&below.area);
        }
    }

    /// Return the text of the period, with `year` where the heading has a month only.
    pub(super) fn period_in(&self, year: Option<&str>) -> Option<String> {
        let completed = || joined(self.month.as_ref()?, year?);
        self.period.clone().or_else(completed)
    }
}

/// Return the series whose key a name is, of known areas.
fn key_of(name: &str) -> Option<SeriesKey> {
    let key = SeriesKey::parse(name.trim()).ok()?;
    let is_known = |code: &Code| area_of(code.as_str()).as_ref() == Some(code);
    (is_known(&key.reporter) && is_known(&key.partner) && key.unit.is_iso()).then_some(key)
}

/// Whether a name says no more than that its column has values: `Value`, `FOB, USD mn`.
fn is_of_values(name: &str) -> bool {
    const WORDS: [&str; 41] = [
        "value",
        "values",
        "amount",
        "amounts",
        "fob",
        "cif",
        "f.o.b",
        "c.i.f",
        "f.a.s",
        "fas",
        "customs",
        "actual",
        "nominal",
        "trade",
        "total",
        "sum",
        "goods",
        "merchandise",
        "level",
        "figures",
        "data",
        "in",
        "of",
        "to",
        "from",
        "with",
        "the",
        "basis",
        "monthly",
        "annual",
        "yearly",
        "quarterly",
        "prices",
        "current",
        "general",
        "special",
        "all",
        "products",
        "wert",
        "valeur",
        "valor",
    ];
    let lower = name.to_lowercase();
    let mut words = lower.split(|c: char| c.is_whitespace() || ",;:|/–—-()[]_".contains(c));
    words.all(|word| word.is_empty() || WORDS.contains(&word.trim_matches('.')))
}

/// Whether a name is that of something that is not known, such as a part of an area.
fn is_unexplained(name: &str) -> bool {
    let name = name.trim();
    let bare = without_words(&without_unit(name));
    let bare = bare.trim();
    let is_number = !bare.contains(char::is_alphabetic);
    let is_known = is_number
        || is_of_values(bare)
        || is_of_values(name)
        || is_name(bare)
        || is_period(bare_period(bare))
        || is_total_word(bare)
        || is_all_products(bare)
        || flow_in(name).is_some() && bare.is_empty()
        || unit_in(name).is_some() && unit_in(bare).is_some()
        || scale_in(bare).is_some()
        || OtherFigures::of_column(name).is_some();
    !is_known
}

/// Whether a text is a year of four digits: `2024`, 2024年, `2024 г.`, `Year 2024`.
pub(super) fn is_year(text: &str) -> bool {
    bare_year(text).is_some()
}

/// Return the four digits of a year.
pub(super) fn bare_year(text: &str) -> Option<&str> {
    let text = text.strip_suffix(".0").unwrap_or(text);
    let ends = |c: char| matches!(c, '年' | 'г' | '.' | ':' | ' ' | '\u{a0}' | '*');
    let named = ["Year ", "year ", "YEAR ", "Jahr ", "Год "];
    let text = named
        .iter()
        .find_map(|word| text.strip_prefix(word))
        .unwrap_or(text);
    let digits = text.trim_end_matches(ends);
    (digits.len() == 4 && digits.bytes().all(|b| b.is_ascii_digit())).then_some(digits)
}

/// Whether a text is a month, quarter or span without its year.
pub(super) fn is_month(text: &str) -> bool {
    let text = text.trim();
    let is_bare = !text.contains(char::is_alphanumeric);
    if is_bare || text.chars().count() > 20 || is_period(text) {
        return false;
    }
    let completed = joined(text, "2000");
    let span = completed.and_then(|text| period(&text, PeriodNotation::default()).ok());
    // The word for a year completes a year, too.
    let has_ends = text.contains(['-', '–', '至', '~']) || text.contains(" to ");
    span.is_some_and(|span| span.len() < 12 || has_ends)
}

/// Join the name of a month and a year to a text that is a period; `None` where it is none.
pub(super) fn joined(month: &str, year: &str) -> Option<String> {
    let (month, year) = (month.trim(), year.trim());
    let year = bare_year(year).unwrap_or(year);
    let texts = match month.contains('月') || month.contains('季') {
        true => [format!("{year}年{month}"), format!("{month} {year}")],
        false => [format!("{month} {year}"), format!("{year}-{month}")],
    };
    texts.into_iter().find(|text| is_period(text))
}

/// Return the only year of four digits among the words of a text, of 1900 to 2099.
pub(super) fn year_in(text: &str) -> Option<String> {
    let words = text.split(|c: char| !c.is_ascii_digit());
    let mut years: Vec<&str> = words.filter(|word| is_year(word)).collect();
    years.dedup();
    let digits = text.chars().filter(char::is_ascii_digit).count();
    match years[..] {
        [year] if digits == 4 && (year.starts_with("19") || year.starts_with("20")) => {
            Some(year.to_owned())
        }
        _ => None,
    }
}

/// Whether a text of at least so many characters names an area; one of three is a code in capital
/// letters, as `mln` and `ths` are none.
fn is_area(text: &str, least: usize) -> bool {
    let count = text.chars().count();
    let is_code = count > 3 || text.chars().all(char::is_uppercase) || least < 3;
    let is_currency = Currency::parse(text).is_ok_and(|c| c.is_iso()) && least > 2;
    count >= least
        && (is_code || !text.is_ascii())
        && !is_currency
        && !text.bytes().all(|b| b.is_ascii_digit())
        && area_of(text).is_some()
}

/// Return a name without what its brackets say of units, or of figures that are no values.
fn without_unit(name: &str) -> String {
    let mut rest = name.to_owned();
    for (open, close) in [('(', ')'), ('[', ']'), ('（', '）')] {
        if let (Some(start), Some(end)) = (rest.find(open), rest.rfind(close))
            && start < end
        {
            let inside = &rest[start + open.len_utf8()..end];
            let says = unit_in(inside).is_some()
                || scale_in(&format!("({inside})")).is_some()
                || OtherFigures::in_text(inside).is_some();
            if says {
                rest.replace_range(start..end + close.len_utf8(), " ");
            }
        }
    }
    let comma = rest.rsplit_once(',');
    if let Some((before, behind)) = comma
        && (unit_in(behind).is_some() || scale_in(behind).is_some())
    {
        rest = before.to_owned();
    }
    rest.trim().to_owned()
}

/// Whether a text is a word for values alone.
fn is_value_word(text: &str) -> bool {
    const WORDS: [&str; 10] = [
        "value", "values", "amount", "wert", "värde", "verdi", "værdi", "valeur", "valor", "arvo",
    ];
    WORDS.contains(
        &text
            .trim()
            .trim_end_matches([',', ':'])
            .to_lowercase()
            .as_str(),
    )
}

/// Return a name without the words for a flow or a value.
fn without_words(name: &str) -> String {
    const WORDS: [&str; 29] = [
        // `of which: China`.
        "which",
        "exported",
        "imported",
        "export",
        "exports",
        "import",
        "imports",
        "value",
        "values",
        "amount",
        "trade",
        "to",
        "from",
        "with",
        "in",
        "of",
        "the",
        "ausfuhr",
        "einfuhr",
        "exportaciones",
        "importaciones",
        "exportations",
        "importations",
        "экспорт",
        "импорт",
        "в",
        "из",
        "wert",
        "valeur",
    ];
    let plain = |word: &&str| {
        let word = word
            .trim_matches(|c: char| !c.is_alphanumeric())
            .to_lowercase();
        !WORDS.contains(&word.as_str())
    };
    let kept: Vec<&str> = name.split(' ').filter(plain).collect();
    let mut rest = kept.join(" ");
    for word in ["出口额", "进口额", "出口", "进口", "金额"] {
        rest = rest.replace(word, "");
    }
    rest.trim_matches(|c: char| c.is_whitespace() || matches!(c, ',' | ':' | ';' | '-' | '_' | '/'))
        .to_owned()
}

/// Return the period in the name of a column as R and the World Bank write it: `X2024.01`,
/// `2015 [YR2015]`.
fn bare_period(name: &str) -> &str {
    let after = name.strip_prefix('X');
    let after = after.filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    let before = name.split_once("[YR").map(|(before, _)| before.trim());
    after.or(before).unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_may_state_period_flow_and_partner() {
        for (name, period, flow, area) in [
            ("Jan 2024", Some("Jan 2024"), None, None),
            ("Jan 2024 value", Some("Jan 2024"), None, None),
            (
                "Exports Jan 2024",
                Some("Jan 2024"),
                Some(Flow::Exports),
                None,
            ),
            ("China, imports", None, Some(Flow::Imports), Some("China")),
            ("Exports to China", None, Some(Flow::Exports), Some("China")),
            ("Turnover with China", None, Some(Flow::Total), Some("CHN")),
            ("Exports of Kazakhstan", None, Some(Flow::Exports), None),
            (
                "Exports to China and Mongolia",
                None,
                Some(Flow::Exports),
                None,
            ),
            ("Jan/Feb 2024", Some("Jan/Feb 2024"), None, None),
            ("of which: China", None, None, Some("China")),
            ("Jan/Mar 2024", None, None, None),
            ("China Jan 2024", Some("Jan 2024"), None, Some("China")),
            ("China (USD mn)", None, None, Some("China")),
            ("Exports USD mn", None, Some(Flow::Exports), None),
            ("X2024.01", Some("2024.01"), None, None),
            ("2015 [YR2015]", Some("2015"), None, None),
            ("Viet Nam", None, None, Some("Viet Nam")),
            ("China_X", None, Some(Flow::Exports), Some("China")),
            ("imp_chn", None, Some(Flow::Imports), Some("chn")),
            ("CHN.X", None, Some(Flow::Exports), Some("CHN")),
            (
                "Monthly – Value of Exports – Kazakhstan – China",
                None,
                Some(Flow::Exports),
                None,
            ),
            ("2024", Some("2024"), None, None),
            ("Value", None, None, None),
            ("2022/23", Some("2022/23"), None, None),
            ("FY22", Some("FY22"), None, None),
            ("Value, SEK million 2024M01", Some("2024M01"), None, None),
            ("2024M01 Värde, tkr", Some("2024M01"), None, None),
            ("2023/2022", None, None, None),
            ("2023 r/r", None, None, None),
            ("2024:09", Some("2024:09"), None, None),
            ("9M2024", Some("9M2024"), None, None),
            ("2024 (Jan-Sep)", Some("2024 (Jan-Sep)"), None, None),
        ] {
            let found = ColumnHeading::of(name);
            let stated = (found.period.as_deref(), found.flow, found.area.as_deref());
            assert_eq!(stated, (period, flow, area), "{name}");
        }
        for name in [
            "Jan 2024 quantity",
            "Exports YoY",
            "imports_MoM",
            "iron_content",
        ] {
            assert!(ColumnHeading::of(name).other.is_some(), "{name}");
        }
        for name in [
            "Hong Kong, China",
            "China, Hong Kong SAR",
            "Korea, Dem. People's Rep.",
            "Congo, Dem. Rep.",
            "Virgin Islands, U.S.",
        ] {
            let found = ColumnHeading::of(name);
            assert_eq!(
                (found.pair, found.area.is_some()),
                (Vec::new(), true),
                "{name}"
            );
        }
        let dated = ColumnHeading::of("Value, SEK million 2024M01").unit;
        assert_eq!(
            dated.map(|unit| unit.to_string()).as_deref(),
            Some("SEK 1000000")
        );
        for name in [
            "Kazakhstan – China",
            "Exports – Kazakhstan – China (IMF/DOT/M.KZ.TXG.CN)",
        ] {
            assert_eq!(ColumnHeading::of(name).pair.len(), 2, "{name}");
        }
        assert!(!is_month("---"));
        assert_eq!(ColumnHeading::of("Mar").month.as_deref(), Some("Mar"));
    }

    #[test]
    fn a_part_of_an_area_is_never_the_area() {
        for name in [
            "Africa - ECOWAS",
            "China: Hubei",
            "China - Hong Kong and Macao",
        ] {
            assert_eq!(ColumnHeading::of(name).area, None, "{name}");
        }
        for name in [
            "China, FOB, USD mn",
            "Imports, China, General",
            "Exports ; Korea, Republic of ;",
            "China - total",
            "Exports to China - Value (US$)",
        ] {
            assert!(ColumnHeading::of(name).area.is_some(), "{name}");
        }
        let table = SheetCells::of(&[
            &["", "Africa", "Asia"],
            &["Month", "ECOWAS", "China"],
            &["2024-01", "1", "2"],
        ]);
        assert_eq!(last_header_row(&table, 0), 1);
        let head = TableHead::of(&table, 1);
        let areas = [head.heading(1).area, head.heading(2).area];
        assert_eq!(areas, [None, Some("China".to_owned())]);
        let table = SheetCells::of(&[&["", "China", ""], &["Month", "FOB", "Value"]]);
        let head = TableHead::of(&table, 1);
        assert_eq!(head.heading(2).area.as_deref(), Some("China"));
    }

    #[test]
    fn a_name_may_be_the_key_of_a_series() {
        let key = ColumnHeading::of("UZB.CHN.X.TOTAL.USD").key.unwrap();
        assert_eq!(key.to_string(), "UZB.CHN.X.TOTAL.USD");
        assert_eq!(ColumnHeading::of("UZB.CHN.X").pair.len(), 2);
        assert_eq!(ColumnHeading::of("A.B.X.TOTAL.USD").key, None);
    }

    #[test]
    fn rows_above_the_names_complete_them() {
        let table = SheetCells::of(&[
            &["Trade of Utopia"],
            &["", "Exports", "", "Imports", ""],
            &["", "2023", "2024", "2023", "2024"],
            &["Partner", "Jan", "Jan", "Jan", "Jan"],
        ]);
        let head = TableHead::of(&table, 3);
        let last = head.heading(4);
        assert_eq!(last.period.as_deref(), Some("Jan 2024"));
        assert_eq!(last.flow, Some(Flow::Imports));
        let titles: Vec<&str> = head.titles().map(|(_, text)| text).collect();
        assert_eq!(titles, ["Trade of Utopia"]);
        // Years below months.
        let table = SheetCells::of(&[
            &["", "January", "", "May"],
            &["Partner", "2023", "2024", "2024"],
        ]);
        let head = TableHead::of(&table, 1);
        assert_eq!(head.heading(2).period.as_deref(), Some("January 2024"));
        assert_eq!(head.heading(3).period.as_deref(), Some("May 2024"));
        let table = SheetCells::of(&[
            &["类章", "出口", "", "进口"],
            &["", "12月", "1至12月", "12月"],
        ]);
        let heading = TableHead::of(&table, 1).heading(2);
        assert_eq!(
            heading.period_in(Some("2023")).as_deref(),
            Some("2023年1至12月")
        );
        assert_eq!(heading.flow, Some(Flow::Exports));
    }

    #[test]
    fn a_year_in_the_name_of_a_sheet_is_its_only_number() {
        assert_eq!(year_in("2023").as_deref(), Some("2023"));
        assert_eq!(year_in("Exports 2023").as_deref(), Some("2023"));
        for text in ["Sheet1", "2022-2023", "Table 4, 2023", "1000", "2567"] {
            assert_eq!(year_in(text), None, "{text}");
        }
    }
}
