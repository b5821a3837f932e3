//! What the cells of a column look like.

use super::area_label::area_of;
use super::claim::{OtherFigures, flow_in, flows_in, has_word, spaced, unit_in};
use super::column_kind::ColumnKind;
use super::heading::{ColumnHeading, TableHead, is_month, is_year};
use super::mention::{MentionRole, mentions};
use super::product::{is_code, is_named_code};
use super::product_scope::part_of_products;
use super::total_word::{is_all_products, is_total_word};
use crate::ingest::notation::{
    WrittenAmount, is_fiscal_year, is_gap, is_period, stripped, without_flag,
};
use crate::trade::{Code, Flow, Unit};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// The cells of a column that are looked at.
const CELLS: usize = 120;
/// The most characters of a label.
const LABEL: usize = 60;

/// A column of a table, and the share of its cells that can be read as each kind.
#[derive(Debug, Clone)]
pub(super) struct ColumnLook {
    /// The index of the column.
    pub(super) at: usize,
    /// Its name.
    pub(super) name: String,
    /// Its name, or its number, `#2`, where it has none or another column has the same.
    label: String,
    /// What the cells above state.
    pub(super) heading: ColumnHeading,
    /// What the name says that the cells are.
    pub(super) kind: Option<ColumnKind>,
    /// Cells that are not empty.
    pub(super) filled: usize,
    /// Cells that continue a count of the rows.
    counted: usize,
    /// Numbers, and signs that stand for a missing one.
    numbers: usize,
    /// Numbers.
    digits: usize,
    periods: usize,
    /// Names of fiscal years.
    fiscal_years: usize,
    /// Months without a year.
    months: usize,
    areas: usize,
    /// Numbers that are codes of areas.
    area_numbers: usize,
    /// Codes of digits, and words for all products.
    codes: usize,
    flows: usize,
    /// Words for exports and imports.
    directions: usize,
    units: usize,
    /// Labels that name one flow: `Value of exports`.
    flow_labels: usize,
    /// Those of them that state a unit, too: `Exports, USD mn`.
    unit_labels: usize,
    /// Labels of a flow whose figures are no values: `Exports, tonnes`.
    other_labels: usize,
    /// Cells of a digit or of a few letters.
    short: usize,
    /// Rows whose only text in this column is a year, and no more.
    years: usize,
    /// What the rows are of that stand above all others and head those below them.
    groups: RowGroups,
    /// The first word for all products, where others stand beside it.
    pub(super) all_products: Option<String>,
    /// The areas that the first cells name, by their rows.
    named: BTreeMap<usize, Code>,
    /// The flows and units of the first cells, in their order.
    stated: Vec<(Option<Flow>, Option<Unit>)>,
    /// Labels of a flow that name an area, too: `Exports to China`.
    area_labels: usize,
}

impl ColumnLook {
    fn new(head: &TableHead<'_>, at: usize, is_unique: bool) -> Self {
        let (sheet, header) = (head.sheet, head.row);
        let name = head.name(at).to_owned();
        let heading = head.heading(at);
        // `1月` is a month, no column of months.
        let is_dated = heading.month.is_some() || heading.period.is_some();
        let is_kind = |kind: &ColumnKind| *kind != ColumnKind::Period || !is_dated;
        let mut look = Self {
            at,
            kind: ColumnKind::of(&name).filter(is_kind),
            heading,
            label: match is_unique {
                true => name.clone(),
                false => format!("#{}", at + 1),
            },
            name,
            filled: 0,
            counted: 0,
            numbers: 0,
            digits: 0,
            periods: 0,
            fiscal_years: 0,
            months: 0,
            areas: 0,
            area_numbers: 0,
            codes: 0,
            flows: 0,
            directions: 0,
            units: 0,
            flow_labels: 0,
            unit_labels: 0,
            other_labels: 0,
            short: 0,
            years: 0,
            groups: match at {
                0 => RowGroups::of(head),
                _ => RowGroups::default(),
            },
            all_products: None,
            named: BTreeMap::new(),
            stated: Vec::new(),
            area_labels: 0,
        };
        let column = sheet.rows.iter().skip(head.first_record());
        let column = column.filter_map(|row| row.get(at)).take(10 * CELLS);
        let whole = |cell: &&String| is_all_products(cell.trim().trim_start_matches('\''));
        look.all_products = column
            .clone()
            .find(whole)
            .map(|cell| cell.trim().to_owned());
        look.years = column.filter(|cell| is_year(cell.trim())).count();
        // Digits below the name of a country, a flow or a unit are values.
        let heading = &look.heading;
        let states = heading.area.is_some() || heading.flow.is_some() || heading.unit.is_some();
        let has_values = states && look.kind != Some(ColumnKind::Period);
        // A row of one cell is a note or the heading of a group.
        let width = sheet.rows.get(header).map_or(0, Vec::len);
        let is_record = |row: &Vec<String>| {
            let filled = row.iter().filter(|cell| !cell.trim().is_empty());
            width <= 2 || filled.count() > 1
        };
        let rows = sheet.rows.iter().enumerate().skip(head.first_record());
        let rows = rows.filter(|(_, row)| is_record(row));
        let cells = rows.filter_map(|(number, row)| Some((number, row.get(at)?.trim())));
        let cells = cells.filter(|(_, cell)| !cell.is_empty());
        let mut first = None;
        let mut gap_codes = 0;
        // The word for a total belongs to no kind, nor the name of a flow above its rows.
        let heads = |cell: &str| look.groups.flows_with_values && flow_label(cell).is_some();
        let cells = cells.filter(|(_, cell)| !is_total_word(cell) && !heads(cell));
        let cells: Vec<(usize, &str)> = cells.take(CELLS).collect();
        for (row, cell) in cells {
            if let Ok(number) = cell.parse::<usize>() {
                let first = *first.get_or_insert(number);
                look.counted += usize::from(number == first + look.filled);
            }
            look.filled += 1;
            let is_number = stripped(cell).is_some()
                || cell.parse::<f64>().is_ok()
                || without_flag(cell).is_some()
                || WrittenAmount::of(cell).is_some();
            look.numbers += usize::from(is_number || is_gap(cell) || matches!(cell, "-" | ".."));
            look.digits += usize::from(is_number);
            let is_bare = cell.bytes().all(|b| b.is_ascii_digit());
            look.periods += usize::from(is_period(cell) && !(is_bare && has_values));
            look.fiscal_years += usize::from(is_fiscal_year(cell));
            look.months += usize::from(is_month(cell));
            let code = cell.trim_start_matches('\'');
            let names_code = is_code(code) || is_named_code(code);
            look.codes += usize::from(names_code || is_all_products(code));
            let is_digit = is_bare && cell.len() == 1;
            let is_letters = cell.chars().all(char::is_alphabetic) && cell.chars().count() <= 3;
            look.short += usize::from(is_digit || is_letters);
            let named = area_of(cell).filter(|_| !is_number || cell.len() <= 3);
            let mut stated = (None, None);
            if is_number {
                look.area_numbers += usize::from(named.is_some());
            } else {
                look.areas += usize::from(named.is_some());
                let names_flow = cell.chars().count() > 1 && flow_in(cell).is_some();
                look.flow_labels += usize::from(names_flow);
                let has_area = names_flow && named.is_none() && area_of_flow(cell).is_some();
                look.area_labels += usize::from(has_area);
                look.unit_labels += usize::from(names_flow && unit_in(cell).is_some());
                look.other_labels += usize::from(is_other_flow(cell));
                let flow = Flow::parse(cell);
                let directed = matches!(flow, Ok(Flow::Exports | Flow::Imports));
                look.flows += usize::from(flow.is_ok());
                look.directions += usize::from(directed && cell.chars().count() > 1);
                let unit = Unit::parse(cell).ok().filter(|unit| unit.currency.is_iso());
                look.units += usize::from(unit.is_some());
                stated = (flow.ok(), unit);
            }
            if is_gap(cell) && named.is_some() {
                gap_codes += 1;
            }
            look.named.extend(named.map(|area| (row, area)));
            look.stated.push(stated);
        }
        // `NA` is Namibia beside codes of other countries only.
        if look.areas == gap_codes {
            look.areas = 0;
        }
        look
    }

    /// Whether two columns name the same areas wherever both name one, as most of the cells of one
    /// of them do: the code of a group may be empty beside its name.
    pub(super) fn names_same(&self, other: &Self) -> bool {
        let both = |(row, area): (&usize, &Code)| Some(other.named.get(row)? == area);
        let same: Vec<bool> = self.named.iter().filter_map(both).collect();
        let fewer = self.named.len().min(other.named.len());
        fewer > 0 && 10 * same.len() >= 8 * fewer && same.iter().all(|same| *same)
    }

    /// Return the areas that the first cells name.
    pub(super) fn named_areas(&self) -> impl Iterator<Item = &Code> {
        self.named.values()
    }

    /// Whether two columns state the same flows and units, as codes beside their labels do.
    pub(super) fn states_same(&self, other: &Self) -> bool {
        self.stated == other.stated && self.stated.iter().any(|of| *of != (None, None))
    }

    /// Whether a column of indicators names a flow in each of its labels.
    pub(super) fn labels_flows(&self) -> bool {
        let labels = self.flow_labels + self.other_labels;
        let is_measure = self.kind == Some(ColumnKind::Measure);
        (is_measure || self.labels_areas()) && self.flow_labels > 0 && self.mostly(labels)
    }

    /// Whether each label names a flow and a partner: `Exports to China`.
    pub(super) fn labels_areas(&self) -> bool {
        self.area_labels > 0
            && self.area_labels == self.flow_labels
            && self.mostly(self.area_labels)
    }

    /// Whether the column is named as one of scales: `Multiplier`, `UNIT_MULT`.
    pub(super) fn is_scale(&self) -> bool {
        let name = spaced(&self.name).to_lowercase();
        let words = ["multiplier*", "unit mult*", "scale"];
        words.iter().any(|word| has_word(&name, word))
    }

    /// Whether each label of a flow states its unit.
    pub(super) fn labels_units(&self) -> bool {
        self.labels_flows() && self.unit_labels == self.flow_labels
    }

    /// Whether rows of a flow's name head the rows below them: alone or, where the other rows are
    /// those of partners, with their sums.
    pub(super) fn groups_by_flow(&self, has_partners: bool) -> bool {
        self.groups.flows || has_partners && self.groups.flows_with_values
    }

    /// Whether rows of a period alone head the rows below them.
    pub(super) fn groups_by_period(&self) -> bool {
        self.groups.periods
    }

    /// Whether years stand among the months of the column, as headings or with their sums.
    pub(super) fn has_years(&self) -> bool {
        self.years > 0
    }

    /// Return the name of the column, or its number where it has none of its own.
    pub(super) fn called(&self) -> String {
        self.label.clone()
    }

    fn mostly(&self, count: usize) -> bool {
        self.filled > 0 && 10 * count >= 8 * self.filled
    }

    /// Whether the name of the column has one of these words.
    pub(super) fn named(&self, words: &[&str]) -> bool {
        let name = self.name.to_lowercase();
        words.iter().any(|word| name.contains(word))
    }

    pub(super) fn is_period(&self) -> bool {
        self.mostly(self.periods)
    }

    /// Whether the column holds months without their years.
    pub(super) fn is_month(&self) -> bool {
        self.mostly(self.months) && (self.digits == 0 || self.kind == Some(ColumnKind::Period))
    }

    /// Whether the column is named as one of months.
    pub(super) fn is_named_month(&self) -> bool {
        const NAMES: [&str; 17] = [
            "month",
            "months",
            "monat",
            "mois",
            "mes",
            "mese",
            "mesi",
            "mês",
            "maand",
            "måned",
            "miesiąc",
            "ay",
            "bulan",
            "oy",
            "tháng",
            "месяц",
            "refmonth",
        ];
        self.has_word(&NAMES) || self.named(&["月", "월"])
    }

    /// Whether the column is named as one of years and of nothing else.
    pub(super) fn is_named_year(&self) -> bool {
        const NAMES: [&str; 9] = [
            "year", "years", "jahr", "anno", "ano", "año", "année", "год", "yıl",
        ];
        NAMES.contains(&self.name.trim().to_lowercase().as_str())
    }

    /// Whether the column is named as one of quarters.
    pub(super) fn is_quarter(&self) -> bool {
        const NAMES: [&str; 9] = [
            "quarter",
            "qtr",
            "quartal",
            "kvartal",
            "trimest",
            "квартал",
            "季",
            "四半期",
            "분기",
        ];
        self.named(&NAMES)
    }

    /// Whether the column is named as one of halves of years.
    pub(super) fn is_half(&self) -> bool {
        self.has_word(&["half", "halves", "halfyear"])
            || self.named(&["semest", "halbjahr", "полугод"])
    }

    /// Whether the column holds names of fiscal years.
    pub(super) fn has_fiscal_years(&self) -> bool {
        self.mostly(self.fiscal_years)
    }

    /// Whether the column is named as one of years that may not begin in January.
    pub(super) fn is_fiscal(&self) -> bool {
        let name = spaced(&self.name).to_lowercase();
        let words = [
            "fiscal*",
            "financial year",
            "fy",
            "marketing year",
            "crop year",
            "year ended",
            "year ending",
        ];
        words.iter().any(|word| has_word(&name, word))
    }

    pub(super) fn is_area(&self) -> bool {
        // `kg` is a unit, and the code of a country.
        let is_other = matches!(
            self.kind,
            Some(ColumnKind::Measure | ColumnKind::Note | ColumnKind::Breakdown)
        );
        // `NO` is a number in Japan's tables, `PA` a port.
        let is_unit = self.named(&[
            "unit",
            "port code",
            "status",
            "单位",
            "単位",
            "단위",
            "einheit",
        ]) || matches!(self.name.trim().to_lowercase().as_str(), "port" | "ports");
        // `TEA` may be a code of areas.
        let words = ["commodit", "product", "goods", "товар", "商品", "品目"];
        let is_product = self.kind == Some(ColumnKind::Product) && self.named(&words);
        self.mostly(self.areas) && !self.is_flow() && !is_other && !is_unit && !is_product
    }

    /// Whether the column is named as one of countries and holds some.
    pub(super) fn has_areas(&self) -> bool {
        self.areas > 0 && 3 * self.areas >= self.filled && !self.is_flow()
    }

    /// Whether most cells are numbers.
    pub(super) fn is_numeric(&self) -> bool {
        self.mostly(self.numbers)
    }

    /// Whether the column is named as one of products and holds their codes.
    pub(super) fn has_product_codes(&self) -> bool {
        self.kind == Some(ColumnKind::Product) && self.filled > 0 && self.codes == self.filled
    }

    /// Whether most cells are texts that are no numbers, periods or flows.
    pub(super) fn is_text(&self) -> bool {
        self.filled > 0 && 2 * (self.numbers + self.periods + self.flows) < self.filled
    }

    /// Whether the column holds numbers that may be codes of areas.
    pub(super) fn is_area_number(&self) -> bool {
        self.area_numbers > 0 && self.mostly(self.area_numbers) && !self.is_own_list()
    }

    /// Whether the column holds flows, by words or by its name: `M` alone may be a frequency.
    pub(super) fn is_flow(&self) -> bool {
        const NAMES: [&str; 7] = [
            "flow",
            "trade",
            "direction",
            "flujo",
            "flux",
            "поток",
            "режим",
        ];
        self.mostly(self.flows) && (self.directions > 0 || self.named(&NAMES))
    }

    /// Whether the column is named as one of flows and holds codes of a digit or a few letters.
    pub(super) fn is_coded_flow(&self) -> bool {
        let name = spaced(&self.name).to_lowercase();
        let words = ["flow", "flows", "flowcode", "napr", "направлени*"];
        let is_named = words.iter().any(|word| has_word(&name, word));
        is_named && self.filled > 0 && self.short == self.filled
    }

    pub(super) fn is_unit(&self) -> bool {
        self.mostly(self.units) && self.kind != Some(ColumnKind::Note)
    }

    /// Whether the column holds numbers that may be values of trade. A few cells may be wrong, so
    /// that they are refused and the column is not passed over.
    pub(super) fn is_value(&self) -> bool {
        // A cumulative is no figure of the month beside it.
        self.digits > 0 && 2 * self.numbers >= self.filled && !self.is_other()
    }

    /// Whether the column is named as one of codes.
    pub(super) fn is_code(&self) -> bool {
        self.has_word(&["code", "код", "kod", "kode", "código", "codigo"])
    }

    /// Whether all cells are codes of digits.
    pub(super) fn is_all_codes(&self) -> bool {
        self.filled > 0 && self.codes == self.filled
    }

    /// Whether the column is named as one of numbers of the publisher's own list: `CountryId`.
    pub(super) fn is_own_list(&self) -> bool {
        self.has_word(&["id", "ids", "nick"])
    }

    /// Whether one of the words of the name of the column is one of these.
    pub(super) fn has_word(&self, known: &[&str]) -> bool {
        let name = spaced(&self.name).to_lowercase();
        let mut words = name.split(|c: char| !c.is_alphanumeric());
        words.any(|word| known.contains(&word))
    }

    /// Whether the name of the column says that its numbers are no values of trade.
    pub(super) fn is_other(&self) -> bool {
        let is_named = self.is_code() || self.has_word(&["row", "rank", "index"]);
        // `1992.0416` below `Date`.
        let states = self.heading.flow.is_some() || self.heading.unit.is_some();
        let is_period = self.kind == Some(ColumnKind::Period) && !states;
        self.is_id() || is_named || is_period || self.heading.other.is_some()
    }

    /// Whether the column has no name, or counts the rows under a name for numbers of rows.
    pub(super) fn is_id(&self) -> bool {
        const NAMES: [&str; 12] = [
            "no",
            "no.",
            "nr",
            "nr.",
            "n",
            "n°",
            "№",
            "#",
            "id",
            "s.no",
            "s.no.",
            "№ п/п",
        ];
        let name = self.name.to_lowercase();
        let counts = self.filled > 1 && self.counted == self.filled || name == "#";
        let has_no_name = name.is_empty() && self.heading == ColumnHeading::default();
        has_no_name || name == "unnamed: 0" || counts && NAMES.contains(&name.as_str())
    }
}

/// Whether a label is of exports or imports and says that they are no values: `Imports, tonnes`.
pub(super) fn is_other_flow(label: &str) -> bool {
    OtherFigures::in_text(label).is_some() && !flows_in(label).is_empty()
}

/// What the rows below a header are of that head those below them.
#[derive(Debug, Clone, Copy, Default)]
struct RowGroups {
    /// Names of two flows or more, alone.
    flows: bool,
    /// Names of two flows or more, with values beside them.
    flows_with_values: bool,
    /// Periods alone.
    periods: bool,
}

impl RowGroups {
    fn of(head: &TableHead<'_>) -> Self {
        let rows = head.sheet.rows.iter().skip(head.first_record());
        let mut rows = rows.filter(|row| row.iter().any(|cell| !cell.trim().is_empty()));
        let Some(first) = rows.next() else {
            return Self::default();
        };
        let flow = |row: &Vec<String>| flow_label(row.first()?);
        let is_lone = |row: &Vec<String>| lone_text(row).is_some();
        let flow_of_first = flow(first);
        let is_other = |row: &&Vec<String>| {
            let other = flow(row).filter(|other| Some(*other) != flow_of_first);
            other.is_some() && is_lone(row) == is_lone(first)
        };
        let has_records = |row: &&Vec<String>| flow(row).is_none() && !is_lone(row);
        let are_flows = flow_of_first.is_some()
            && rows.clone().any(|row| is_other(&row))
            && rows.clone().any(|row| has_records(&row));
        let is_date = |text: &str| is_period(text) || is_year(text);
        let period = |row: &Vec<String>| lone_text(row).is_some_and(is_date);
        Self {
            flows: are_flows && is_lone(first) || title_flow(head).is_some(),
            flows_with_values: are_flows && !is_lone(first),
            periods: period(first) && rows.any(period),
        }
    }
}

/// Return the flow of the title above a table of which another stands below, with the same names
/// and the title of another flow.
pub(super) fn title_flow(head: &TableHead<'_>) -> Option<Flow> {
    let plain = |row: &[String]| -> Vec<String> {
        let cells = row.iter().map(|cell| cell.trim().to_lowercase());
        let mut cells: Vec<String> = cells.collect();
        while cells.last().is_some_and(String::is_empty) {
            cells.pop();
        }
        cells
    };
    let names = plain(head.sheet.rows.get(head.row)?);
    let filled = |row: &&Vec<String>| row.iter().any(|cell| !cell.trim().is_empty());
    let rows = head.sheet.rows.iter().skip(head.row + 1).filter(filled);
    let rows: Vec<&Vec<String>> = rows.collect();
    // Not what other sheets state.
    let own = head
        .titles()
        .filter(|(row, _)| *row < head.row)
        .filter_map(|(_, text)| flow_label(text))
        .last()?;
    let is_other = |pair: &[&Vec<String>]| {
        let flow = lone_text(pair[0]).and_then(flow_label);
        flow.is_some_and(|flow| flow != own) && plain(pair[1]) == names
    };
    rows.windows(2).any(is_other).then_some(own)
}

/// Return the text of the first cell of a row that has no other.
pub(super) fn lone_text(row: &[String]) -> Option<&str> {
    let (first, others) = row.split_first()?;
    let is_alone = others.iter().all(|cell| cell.trim().is_empty());
    Some(first.trim()).filter(|text| is_alone && !text.is_empty())
}

/// Return the partner that the label of a flow names: `Exports to China`, `Uzbekistan: Exports: to
/// China`. `None` where it names none, or two.
pub(super) fn area_of_flow(label: &str) -> Option<Code> {
    let found = mentions(label);
    let mut partners = found
        .iter()
        .filter(|named| named.role == MentionRole::Partner);
    if let (Some(partner), None) = (partners.next(), partners.next())
        && found.len() < 3
    {
        return Some(partner.area.clone());
    }
    area_of(&ColumnHeading::of(label).area?)
}

/// Return the areas that the label of a flow names.
pub(super) fn areas_in_flow(label: &str) -> Vec<Code> {
    let heading = ColumnHeading::of(label);
    let named = heading.area.as_deref().and_then(area_of);
    let mentioned = mentions(label).into_iter().map(|named| named.area);
    named
        .into_iter()
        .chain(heading.pair)
        .chain(mentioned)
        .collect()
}

/// Return the flow that a label names, of goods as a whole: `EXPORTS`, `Imports of goods (CIF)`.
pub(super) fn flow_label(text: &str) -> Option<Flow> {
    let text = text.trim().trim_end_matches(':');
    let is_label = (2..=LABEL).contains(&text.chars().count()) && part_of_products(text).is_none();
    is_label.then(|| flow_in(text)).flatten()
}

/// Return the look of every column of the table below a header.
pub(super) fn looks(head: &TableHead<'_>) -> Vec<ColumnLook> {
    let plain = |at: usize| head.name(at).trim().to_lowercase();
    let mut names: HashMap<String, usize> = HashMap::new();
    for at in 0..head.width() {
        *names.entry(plain(at)).or_default() += 1;
    }
    let is_unique = |at: usize| {
        let name = plain(at);
        !name.is_empty() && names.get(&name) == Some(&1)
    };
    let look = |at: usize| ColumnLook::new(head, at, is_unique(at));
    let mut looks: Vec<ColumnLook> = (0..head.width()).map(look).collect();
    date_headings(&mut looks);
    looks
}

/// Date headings of one year of two digits before their months: `24-Jan`, `24-Feb`. Alone, `24-Jan`
/// is a day.
fn date_headings(looks: &mut [ColumnLook]) {
    let split = |look: &ColumnLook| {
        let (year, month) = look.name.trim().split_once(['-', ' '])?;
        let is_year = year.len() == 2 && year.bytes().all(|b| b.is_ascii_digit());
        let is_name = is_month(month) && month.chars().all(char::is_alphabetic);
        (is_year && is_name).then(|| (year.to_owned(), month.to_owned()))
    };
    let dated: Vec<(usize, String, String)> = looks
        .iter()
        .filter_map(|look| split(look).map(|(year, month)| (look.at, year, month)))
        .collect();
    let Some((_, first, _)) = dated.first() else {
        return;
    };
    let months: BTreeSet<&String> = dated.iter().map(|(_, _, month)| month).collect();
    let is_one_year = dated.iter().all(|(_, year, _)| year == first);
    if !is_one_year || dated.len() < 2 || months.len() < dated.len() {
        return;
    }
    for (at, year, month) in &dated {
        looks[*at].heading.period = Some(format!("{month} 20{year}"));
    }
}
