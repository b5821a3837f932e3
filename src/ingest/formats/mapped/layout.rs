//! Where the parts of figures come from in a table.

use super::area_label::country_of_sheet;
use super::claim::{OtherFigures, TextClaims};
use super::column_kind::ColumnKind;
use super::heading::{TableHead, bare_year, is_year, joined, year_in};
use super::look::{ColumnLook, lone_text};
use super::product::{is_named_code, product_code, without_hs};
use crate::ingest::mapping::{MappedPart, Mapping, PartSource};
use crate::ingest::notation::{PeriodNotation, is_period, period};
use crate::trade::areas::of_text;
use crate::trade::{Code, Flow, Span, Unit};
use std::collections::{BTreeMap, BTreeSet};

/// Where the parts of figures come from in a table whose columns were looked at.
#[derive(Debug, Clone, Default)]
pub(super) struct TableLayout {
    /// The columns of each part; of a period perhaps several.
    pub(super) columns: BTreeMap<MappedPart, Vec<usize>>,
    /// The parts that the headings of the columns of values give.
    pub(super) header: BTreeSet<MappedPart>,
    /// The columns of values.
    pub(super) values: Vec<usize>,
    /// The columns that the mapping states by their number, so that their names say nothing.
    pub(super) numbered: BTreeSet<usize>,
    /// The year of months that have none, as the mapping or the name of the sheet states it.
    pub(super) year: Option<String>,
    /// The reporter that is the name of the sheet, where another column or statement gives the
    /// partner.
    pub(super) reporter: Option<Code>,
    /// The partner that the name of the sheet states.
    pub(super) partner: Option<Code>,
    /// The product whose code is the name of the sheet: `HS 27`.
    pub(super) product: Option<Code>,
    /// The unit that the name of the sheet states.
    pub(super) unit: Option<Unit>,
    /// The month or span that is the name of the sheet.
    pub(super) period: Option<Span>,
    /// The flow that the name of the sheet states.
    pub(super) flow: Option<Flow>,
    /// Whether the headings of the values are the keys of their series.
    pub(super) has_keys: bool,
    /// Whether rows of a flow's name head the rows below them.
    pub(super) has_flow_groups: bool,
    /// Whether rows of a period alone head the rows below them.
    pub(super) has_period_groups: bool,
    /// Whether the headings of the values are months whose year nothing states.
    pub(super) yearless: bool,
    /// The columns that are left out as the mapping says.
    pub(super) skipped: BTreeSet<usize>,
    /// The parts that neither the mapping nor a column gives, each with the columns that might.
    pub(super) missing: Vec<(MappedPart, Vec<usize>)>,
}

/// Find the layout of a table by the mapping; where a part is not mapped, by the one column that
/// fits, by the headings of the values or by the name of the sheet.
///
/// # Errors
/// The column of the mapping that the table lacks.
pub(super) fn layout(
    looks: &[ColumnLook],
    mapping: &Mapping,
    sheet: Option<&str>,
) -> Result<TableLayout, String> {
    let mut layout = TableLayout::default();
    for (part, source) in &mapping.columns {
        let PartSource::Columns(names) = source else {
            layout.header.insert(*part);
            continue;
        };
        for name in names {
            if *part == MappedPart::Period && name.eq_ignore_ascii_case("header") {
                layout.header.insert(MappedPart::Period);
                continue;
            }
            let Some(at) = column(looks, name) else {
                if *part == MappedPart::Period && names.len() > 1 && is_year(name) {
                    layout.year = Some(name.clone());
                    continue;
                }
                return Err(format!(
                    "expected a column `{name}`, as {} is mapped",
                    part.word()
                ));
            };
            layout.only(looks, name, at, *part)?;
            layout.columns.entry(*part).or_default().push(at);
        }
    }
    layout.skipped = mapping
        .skip
        .iter()
        .chain(mapping.filters.keys())
        .filter_map(|name| column(looks, name))
        .collect();
    layout.year = layout.year.or_else(|| year_in(sheet?));
    layout.complete(looks, mapping, sheet.unwrap_or_default());
    Ok(layout)
}

/// Return a name in lower case with single blanks.
pub(super) fn plain(name: &str) -> String {
    let words: Vec<&str> = name.split_whitespace().collect();
    words.join(" ").to_lowercase()
}

/// Return the column of a name, whatever its case and blanks, or of a number, `#2`.
pub(super) fn column(looks: &[ColumnLook], name: &str) -> Option<usize> {
    let exact = looks.iter().find(|look| look.name == name);
    let same = || looks.iter().find(|look| plain(&look.name) == plain(name));
    let found = exact.or_else(same).map(|look| look.at);
    found.or_else(|| {
        let number: usize = name.strip_prefix('#')?.parse().ok()?;
        number.checked_sub(1).filter(|at| *at < looks.len())
    })
}

/// Whether a text that the mapping skips is a column, or begins a text beside the table or a note
/// among its rows.
pub(super) fn skips_beside(head: &TableHead<'_>, looks: &[ColumnLook], skip: &str) -> bool {
    let begins = |text: &str| plain(text).starts_with(&plain(skip));
    column(looks, skip).is_some()
        || head.titles().any(|(_, text)| begins(text))
        || head.sheet.name.as_deref().is_some_and(begins)
        || head
            .sheet
            .rows
            .iter()
            .filter_map(|row| lone_text(row))
            .any(begins)
}

impl TableLayout {
    /// Whether no other column has the name of the one at `at`; a column by its number is noted.
    fn only(
        &mut self,
        looks: &[ColumnLook],
        name: &str,
        at: usize,
        part: MappedPart,
    ) -> Result<(), String> {
        if plain(&looks[at].name) != plain(name) {
            self.numbered.insert(at);
            return Ok(());
        }
        let exact = looks[at].name == *name;
        let same = looks.iter().filter(|look| match exact {
            true => look.name == *name,
            false => plain(&look.name) == plain(name),
        });
        let same: Vec<String> = same.map(|look| format!("col:#{}", look.at + 1)).collect();
        if same.len() > 1 {
            return Err(format!(
                "expected one column `{name}`, as {} is mapped; there are {}: choose one by its \
                 number",
                part.word(),
                same.join(", ")
            ));
        }
        Ok(())
    }

    /// Whether a part is read of a column.
    pub(super) fn uses(&self, at: usize) -> bool {
        self.columns.values().flatten().any(|used| *used == at)
    }

    /// Whether a part comes from the mapping, a column, the headings or the name of the sheet.
    fn gives(&self, mapping: &Mapping, part: MappedPart) -> bool {
        let stated = &mapping.stated;
        let is_of_key = !matches!(
            part,
            MappedPart::Period | MappedPart::Value | MappedPart::Source
        );
        self.header.contains(&part)
            || self.columns.contains_key(&part)
            || is_of_key && self.has_keys
            || match part {
                MappedPart::Reporter => stated.reporter.is_some() || self.reporter.is_some(),
                MappedPart::Partner => stated.partner.is_some() || self.partner.is_some(),
                MappedPart::Flow => {
                    stated.flow.is_some() || self.flow.is_some() || self.has_flow_groups
                }
                MappedPart::Product => stated.product.is_some() || self.product.is_some(),
                MappedPart::Unit => stated.unit.is_some() || self.unit.is_some(),
                MappedPart::Period => {
                    let is_stated = mapping.period.or(self.period).is_some();
                    is_stated || self.has_period_groups
                }
                MappedPart::Value | MappedPart::Source => false,
            }
    }

    /// Return the columns that are not used yet and fit.
    fn of(&self, looks: &[ColumnLook], fits: &dyn Fn(&ColumnLook) -> bool) -> Vec<usize> {
        let free = looks
            .iter()
            .filter(|look| !self.skipped.contains(&look.at) && !self.uses(look.at));
        free.filter(|look| fits(look)).map(|look| look.at).collect()
    }

    /// Return the columns of areas that are free, of those that name the same ones the fullest.
    fn areas(&self, looks: &[ColumnLook]) -> Vec<usize> {
        let mut found: Vec<usize> = Vec::new();
        for at in self.of(looks, &ColumnLook::is_area) {
            let same = |first: &usize| looks[*first].names_same(&looks[at]);
            if self.columns.values().flatten().any(same) {
                continue;
            }
            match found.iter().position(same) {
                Some(known) if looks[found[known]].filled < looks[at].filled => found[known] = at,
                Some(_) => {}
                None => found.push(at),
            }
        }
        found
    }

    /// Take the only column for a part; note several as those that may be meant.
    fn take(&mut self, part: MappedPart, found: Vec<usize>) {
        match found[..] {
            [_] => {
                self.columns.insert(part, found);
            }
            _ => self.missing.push((part, found)),
        }
    }

    /// Complete the parts that are not mapped.
    fn complete(&mut self, looks: &[ColumnLook], mapping: &Mapping, sheet: &str) {
        use MappedPart::{Flow as FlowPart, Partner, Period, Product, Reporter, Unit as UnitPart};
        let keyed = self.of(looks, &|look| look.heading.key.is_some());
        self.has_keys = match self.columns.get(&MappedPart::Value) {
            Some(values) => values.iter().all(|at| looks[*at].heading.key.is_some()),
            None => !keyed.is_empty() && self.header.is_empty(),
        };
        if !self.gives(mapping, Period) {
            self.find_period(looks, mapping);
        }
        // A sheet of each month; a year may be that of months.
        let is_open =
            |(part, found): &(MappedPart, Vec<usize>)| *part == Period && found.is_empty();
        if !self.gives(mapping, Period)
            && is_period(sheet)
            && bare_year(sheet.trim()).is_none()
            && let Ok(span) = period(sheet, PeriodNotation::default())
            && self.missing.iter().any(is_open)
        {
            self.missing.retain(|missing| !is_open(missing));
            self.period = Some(span);
        }
        // A column is read even where the caller states the part, so that what contradicts it is
        // seen.
        let coded = ColumnLook::is_coded_flow;
        for (part, fits) in [
            (FlowPart, ColumnLook::is_flow as fn(&ColumnLook) -> bool),
            (UnitPart, ColumnLook::is_unit),
        ] {
            let mut found = self.of(looks, &fits);
            // Codes and labels of the same flows or units.
            if let [first, others @ ..] = &found[..]
                && others
                    .iter()
                    .all(|at| looks[*first].states_same(&looks[*at]))
            {
                found.truncate(1);
            }
            // `KGS` beside a column of quantities, where the heading of the values has its unit.
            let is_quantity =
                |look: &ColumnLook| look.heading.other == Some(OtherFigures::Quantities);
            let is_headed = |look: &ColumnLook| look.is_value() && look.heading.unit.is_some();
            if part == UnitPart && looks.iter().any(is_quantity) && looks.iter().any(is_headed) {
                found.clear();
            }
            let is_open = !self.header.contains(&part) && !self.columns.contains_key(&part);
            match found.len() {
                1 if is_open => self.take(part, found),
                2.. if part == FlowPart && !self.gives(mapping, part) => self.take(part, found),
                0 if part == FlowPart && is_open && !self.of(looks, &coded).is_empty() => {
                    let found = self.of(looks, &coded);
                    self.take(part, found);
                }
                0 if part == FlowPart && !self.gives(mapping, part) => {
                    let found = self.of(looks, &ColumnLook::labels_flows);
                    if found.len() == 1 {
                        self.take(part, found);
                    }
                }
                _ => {}
            }
        }
        // `Exports to China` names the flow and the partner.
        if let Some(flows) = self.columns.get(&FlowPart)
            && !self.gives(mapping, Partner)
            && looks[flows[0]].labels_areas()
        {
            self.columns.insert(Partner, flows.clone());
        }
        self.find_areas(looks, mapping);
        if !self.gives(mapping, Product) {
            let found = self.of(looks, &ColumnLook::has_product_codes);
            if found.len() == 1 {
                self.take(Product, found);
            }
        }
        self.find_values(looks, mapping);
        // Headings of all values.
        let all = |layout: &Self, has: &dyn Fn(&ColumnLook) -> bool| {
            !layout.values.is_empty() && layout.values.iter().all(|at| has(&looks[*at]))
        };
        let named = |layout: &Self, part: MappedPart, word: &str| {
            let columns = layout.columns.get(&part);
            columns.is_some_and(|at| looks[at[0]].named(&[word]))
        };
        // `exporter, importer, year, trade`: the value is what the exporter exports.
        if let [value] = self.values[..]
            && !self.header.contains(&FlowPart)
            && !self.columns.contains_key(&FlowPart)
            && mapping.stated.flow.is_none()
            && named(self, Reporter, "exporter")
            && named(self, Partner, "importer")
            && looks[value]
                .heading
                .flow
                .is_none_or(|flow| flow == Flow::Total)
        {
            self.flow = Some(Flow::Exports);
            self.numbered.insert(value);
        }
        if !self.gives(mapping, FlowPart) && all(self, &|look| look.heading.flow.is_some()) {
            self.header.insert(FlowPart);
        }
        if !self.gives(mapping, Partner) && all(self, &|look| look.heading.area.is_some()) {
            self.header.insert(Partner);
        }
        let has_partners = self.gives(mapping, Partner);
        if !has_partners {
            self.partner = of_text(sheet).filter(|_| sheet.chars().count() > 1);
        }
        let is_missing = |part| self.missing.iter().any(|(other, _)| *other == part);
        if has_partners && !self.gives(mapping, Reporter) && !is_missing(Reporter) {
            self.reporter = country_of_sheet(sheet);
        }
        if !self.gives(mapping, Product) && is_named_code(sheet) {
            self.product = product_code(sheet, "");
        }
        if !self.gives(mapping, FlowPart) {
            self.flow = TextClaims::of(sheet).direction().or(flow_letter(sheet));
        }
        if !self.header.contains(&FlowPart) && !self.columns.contains_key(&FlowPart) {
            // Those with values are sums of partners.
            let has_partners = match self.columns.get(&Partner) {
                Some(columns) => columns[..] == [0],
                None => !self.gives(mapping, Partner) && self.areas(looks)[..] == [0],
            };
            self.has_flow_groups = looks
                .first()
                .is_some_and(|look| look.groups_by_flow(has_partners));
        }
        for part in [Reporter, Partner, FlowPart] {
            let noted = self.missing.iter().any(|(other, _)| *other == part);
            if !self.gives(mapping, part) && !noted {
                let areas = match part {
                    FlowPart => Vec::new(),
                    _ => self.areas(looks),
                };
                self.missing.push((part, areas));
            }
        }
        let flows = self.columns.get(&FlowPart).and_then(|at| looks.get(at[0]));
        let is_labelled = flows.is_some_and(ColumnLook::labels_units);
        let has_units = is_labelled || all(self, &|look| look.heading.unit.is_some());
        if !self.gives(mapping, UnitPart) && !has_units {
            // A currency alone says nothing of the scale.
            self.unit = TextClaims::of(sheet).unit.filter(|unit| unit.scale != 1.0);
        }
        if !self.gives(mapping, UnitPart) && !has_units {
            self.missing.push((UnitPart, Vec::new()));
        }
    }

    /// Find the period in the headings, in one column, or in a year and a month.
    fn find_period(&mut self, looks: &[ColumnLook], mapping: &Mapping) {
        use MappedPart::Period;
        let year = self.year.clone();
        let is_dated =
            |look: &ColumnLook| look.heading.period_in(year.as_deref()).is_some() && !look.is_id();
        let dated = self.of(looks, &is_dated);
        let periods = self.of(looks, &|look| look.is_period() && !is_dated(look));
        // `Country, 2024`.
        let values = self.of(looks, &ColumnLook::is_value);
        let is_only = values == dated && self.columns.is_empty() && mapping.period.is_none();
        if self.header.is_empty()
            && (dated.len() >= 2 || (mapping.wide || is_only) && dated.len() == 1)
            && (periods.is_empty() || dated.len() >= 2)
        {
            self.header.insert(Period);
            return;
        }
        let of_kind = |look: &ColumnLook| look.kind == Some(ColumnKind::Period);
        let years = self.of(looks, &|look| {
            look.has_fiscal_years()
                || look.is_period()
                    && look.named(&[
                        "year", "jahr", "anno", "ano", "año", "année", "annee", "rok", "tahun",
                        "yıl", "jaar", "год", "年",
                    ])
                    && !look.named(&["month", "月"])
        });
        let months = finest(looks, self.of(looks, &|look| look.is_month()));
        let named_months = self.of(looks, &|look| {
            look.heading.month.is_some() && look.is_value()
        });
        let named = self.of(looks, &|look| look.is_period() && of_kind(look));
        let has_groups = looks.first().is_some_and(ColumnLook::groups_by_period);
        match (&years[..], &months[..]) {
            ([year], [month]) => {
                self.columns.insert(Period, vec![*year, *month]);
            }
            // `Q1 2022` beside `Jan`.
            ([], [month]) if named.len() == 1 && looks[named[0]].is_quarter() => {
                self.columns.insert(Period, vec![named[0], *month]);
            }
            ([year], _) if named_months.len() >= 2 => {
                self.columns.insert(Period, vec![*year]);
                self.header.insert(Period);
            }
            (_, [month])
                if named.is_empty()
                    && (self.year.is_some() || looks[*month].has_years() || has_groups) =>
            {
                self.columns.insert(Period, vec![*month]);
            }
            // A year above the rows completes the months of the headings.
            _ if named.is_empty() && periods.is_empty() && has_groups => {
                self.has_period_groups = true;
                if named_months.len() >= 2 {
                    self.header.insert(Period);
                }
            }
            _ if named.is_empty() && periods.is_empty() && named_months.len() >= 2 => {
                self.yearless = true;
                self.header.insert(Period);
                self.missing.push((Period, Vec::new()));
            }
            _ if named.is_empty() && periods.is_empty() => {
                // A column of periods by its name is read, so that its cells are refused.
                let by_name = self.of(looks, &|look| {
                    of_kind(look) && look.filled > 0 && !look.is_month()
                });
                let found = if months.is_empty() { by_name } else { months };
                match found[..] {
                    [only] if !looks[only].is_month() => self.take(Period, found),
                    _ => self.missing.push((Period, found)),
                }
            }
            _ if named.is_empty() => self.take(Period, periods),
            _ => self.take(Period, named),
        }
    }

    /// Find the columns of reporters and partners.
    fn find_areas(&mut self, looks: &[ColumnLook], mapping: &Mapping) {
        use MappedPart::{Partner, Reporter};
        for (part, other) in [(Reporter, Partner), (Partner, Reporter)] {
            if self.gives(mapping, part) {
                continue;
            }
            let is_named = |look: &ColumnLook| match part {
                Reporter => {
                    look.kind == Some(ColumnKind::Reporter)
                        || look.named(&["exporter", "geo", "origin", "territor"])
                }
                _ => look.kind == Some(ColumnKind::Partner),
            };
            let named = self.of(looks, &|look| {
                is_named(look) && (look.has_areas() || look.is_area_number())
            });
            let any = self.areas(looks);
            // A lone column of countries is that of partners.
            let alone = part == Partner && any.len() == 1 && self.gives(mapping, other);
            // Codes and names of the same areas.
            let same = |at: &usize| looks[named[0]].names_same(&looks[*at]);
            match (&named[..], &any[..]) {
                ([_], _) => self.take(part, named),
                ([first, others @ ..], _) if others.iter().all(same) => {
                    let fullest = others.iter().fold(*first, |best, at| {
                        match looks[*at].filled > looks[best].filled {
                            true => *at,
                            false => best,
                        }
                    });
                    self.columns.insert(part, vec![fullest]);
                }
                (_, [_]) if alone => self.take(part, any),
                // A column that is named so is read, so that a text that names no area is refused.
                ([], _) => {
                    let kind = match part {
                        Reporter => ColumnKind::Reporter,
                        _ => ColumnKind::Partner,
                    };
                    let is_named = |look: &ColumnLook| look.kind == Some(kind);
                    let unknown = self.of(looks, &|look| {
                        is_named(look) && (look.is_text() || look.is_all_codes())
                    });
                    if unknown.len() == 1 {
                        self.take(part, unknown);
                    }
                }
                _ => {}
            }
        }
    }

    /// Find the columns of values, and the parts that their headings give.
    fn find_values(&mut self, looks: &[ColumnLook], mapping: &Mapping) {
        use MappedPart::{Flow as FlowPart, Partner, Period, Product, Reporter, Value};
        if let Some(values) = self.columns.get(&Value) {
            self.values.clone_from(values);
            return;
        }
        if self.has_keys {
            self.values = self.of(looks, &|look| look.heading.key.is_some());
            return;
        }
        if self.header.contains(&Period) {
            // Columns that are no period are labels and sums. A year beside completes a month.
            let has_year =
                self.columns.contains_key(&Period) || self.yearless || self.has_period_groups;
            let year = self.year.clone();
            let fits = |look: &ColumnLook| {
                let heading = &look.heading;
                let is_part = has_year && (heading.month.is_some() || is_part_of_year(&look.name));
                heading.other.is_none() && (is_part || heading.period_in(year.as_deref()).is_some())
            };
            self.values = self.of(looks, &fits);
        } else {
            let numeric = self.of(looks, &ColumnLook::is_value);
            let named = |look: &ColumnLook| {
                let is_area = look.heading.area.is_some() || look.heading.is_part_of_area;
                is_area && look.filled > 0 && !look.is_other()
            };
            let areas = self.of(looks, &|look| {
                named(look) && !look.is_period() && !look.is_area()
            });
            let has_flow = |at: &&usize| looks[**at].heading.flow.is_some();
            let flows = numeric.iter().filter(has_flow).count();
            // `ECOWAS` beside `China` is a partner as well.
            let is_like_area = |at: &usize| {
                let heading = &looks[*at].heading;
                let is_named = heading.area.is_some() || heading.is_part_of_area;
                is_named || heading.is_unexplained || heading.is_total
            };
            let are_like_areas = numeric.len() > 1 && numeric.iter().all(is_like_area);
            let several = |count: usize| count > 1 || mapping.wide && count > 0;
            if self.header.is_empty() {
                let are_products = || {
                    let names = || numeric.iter().map(|at| looks[*at].name.as_str());
                    // `2023 total` is no product, nor are `1` and `2` of themselves.
                    let is_sure = |name: &str| {
                        code_digits(name) >= 4 || without_hs(name.trim()) != name.trim()
                    };
                    let is_year = |name: &str| year_in(name).is_some();
                    several(numeric.len())
                        && names().all(|name| code_digits(name) > 0)
                        && (mapping.wide || names().all(is_sure) && !names().all(is_year))
                };
                let are_partners = several(areas.len()) || are_like_areas && !areas.is_empty();
                if !self.gives(mapping, Partner) && are_partners {
                    self.header.insert(Partner);
                } else if !self.gives(mapping, FlowPart) && several(flows) {
                    self.header.insert(FlowPart);
                } else if !self.gives(mapping, Product) && are_products() {
                    self.header.insert(Product);
                }
            }
            let is_labelled = |part: MappedPart| self.header.contains(&part);
            let labelled = [Partner, Reporter].into_iter().any(is_labelled);
            self.values = match (self.header.is_empty(), labelled) {
                (false, true) => {
                    let both = areas.into_iter().chain(numeric);
                    both.collect::<BTreeSet<usize>>().into_iter().collect()
                }
                (false, false) => numeric,
                (true, _) => {
                    let is_named = |at: &&usize| looks[**at].named(&["value", "amount"]);
                    let named: Vec<usize> = numeric.iter().filter(is_named).copied().collect();
                    match (&numeric[..], &named[..]) {
                        ([only], _) | (_, [only]) => vec![*only],
                        _ => {
                            self.missing.push((Value, numeric));
                            return;
                        }
                    }
                }
            };
        }
        if self.values.is_empty() {
            self.missing.push((Value, Vec::new()));
        }
    }
}

/// Return the columns of months among those of months, quarters and days; all of them where none is
/// named so.
fn finest(looks: &[ColumnLook], found: Vec<usize>) -> Vec<usize> {
    if found.len() < 2 {
        return found;
    }
    let all = |is_it: &dyn Fn(&ColumnLook) -> bool| -> Vec<usize> {
        let found = found.iter().copied();
        found.filter(|at| is_it(&looks[*at])).collect()
    };
    let months = all(&ColumnLook::is_named_month);
    let words = all(&|look| !look.is_code());
    match (&months[..], &words[..]) {
        ([_], _) => months,
        (_, [_]) => words,
        _ => found,
    }
}

/// Return the number of digits of the code that begins the name of a column; 0 where it is none.
fn code_digits(name: &str) -> usize {
    let label = without_hs(name.trim());
    let digits = label.bytes().take_while(u8::is_ascii_digit).count();
    product_code(name, "").map_or(0, |_| digits)
}

/// Return the flow of a sheet whose name is its letter, perhaps with a year: `X 2023`.
fn flow_letter(sheet: &str) -> Option<Flow> {
    let words = sheet.split(|c: char| !c.is_alphanumeric());
    let mut words = words.filter(|word| !word.is_empty() && bare_year(word).is_none());
    let letter = words.next().filter(|_| words.next().is_none())?;
    match letter {
        "X" => Some(Flow::Exports),
        "M" => Some(Flow::Imports),
        _ => None,
    }
}

fn is_part_of_year(name: &str) -> bool {
    !name.trim().is_empty() && joined(name, "2000").is_some()
}
