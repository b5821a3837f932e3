//! Where the parts of figures come from in a table.

use super::look::ColumnLook;
use crate::ingest::mapping::{MappedPart, Mapping, PartSource};
use crate::ingest::notation::is_period;
use crate::ingest::sheet::SheetCells;
use crate::trade::areas::of_text;
use crate::trade::{Flow, Unit};
use std::collections::BTreeMap;

/// Where the parts of figures come from in a table whose columns were looked at.
#[derive(Debug, Clone, Default)]
pub(super) struct TableLayout {
    /// The columns of each part; of a period perhaps several, none of which is the header.
    pub(super) columns: BTreeMap<MappedPart, Vec<usize>>,
    /// The part that the names of the columns of values give.
    pub(super) header: Option<MappedPart>,
    /// The columns of values.
    pub(super) values: Vec<usize>,
    /// The number of columns with numbers that are left out, as their names are no periods.
    pub(super) unread: usize,
    /// The unit that the name of the only column of values states.
    pub(super) unit: Option<Unit>,
    /// The parts that neither the mapping nor a column gives, each with the columns that might.
    pub(super) missing: Vec<(MappedPart, Vec<String>)>,
}

/// Find the layout of a table by the mapping; where a part is not mapped, by the one column that
/// fits.
///
/// # Errors
/// The column of the mapping that the table lacks.
pub(super) fn layout(
    looks: &[ColumnLook],
    mapping: &Mapping,
    above: &HeaderAbove<'_>,
) -> Result<TableLayout, String> {
    let mut layout = TableLayout::default();
    for (part, source) in &mapping.columns {
        let PartSource::Columns(names) = source else {
            layout.header = Some(*part);
            continue;
        };
        for name in names {
            if *part == MappedPart::Period && name.eq_ignore_ascii_case("header") {
                layout.header = Some(MappedPart::Period);
                continue;
            }
            let at = column(looks, name).ok_or_else(|| {
                format!("expected a column `{name}`, as {} is mapped", part.word())
            })?;
            let exact = looks[at].name == *name;
            let same = looks.iter().filter(|look| match exact {
                true => look.name == *name,
                false => plain(&look.name) == plain(name),
            });
            let same: Vec<String> = same.map(|look| format!("col:#{}", look.at + 1)).collect();
            if same.len() > 1 {
                return Err(format!(
                    "expected one column `{name}`, as {} is mapped; there are {}: choose one by \
                     its number",
                    part.word(),
                    same.join(", ")
                ));
            }
            layout.columns.entry(*part).or_default().push(at);
        }
    }
    layout.complete(looks, mapping, above);
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

impl TableLayout {
    fn uses(&self, at: usize) -> bool {
        self.columns.values().flatten().any(|used| *used == at)
    }

    /// Complete the parts that are not mapped.
    fn complete(&mut self, looks: &[ColumnLook], mapping: &Mapping, above: &HeaderAbove<'_>) {
        use MappedPart::{Flow as FlowPart, Partner, Period, Product, Reporter, Unit as UnitPart};
        let skipped = |look: &ColumnLook| {
            let named = |name: &String| column(looks, name) == Some(look.at);
            mapping.skip.iter().chain(mapping.filters.keys()).any(named)
        };
        let free: Vec<&ColumnLook> = looks.iter().filter(|look| !skipped(look)).collect();
        let stated = &mapping.stated;
        let given = |layout: &Self, part: MappedPart| {
            layout.header == Some(part)
                || layout.columns.contains_key(&part)
                || match part {
                    Reporter => stated.reporter.is_some(),
                    Partner => stated.partner.is_some(),
                    FlowPart => stated.flow.is_some(),
                    Product => stated.product.is_some(),
                    UnitPart => stated.unit.is_some(),
                    Period => mapping.period.is_some(),
                    MappedPart::Value | MappedPart::Source => false,
                }
        };
        let of = |layout: &Self, fits: &dyn Fn(&ColumnLook) -> bool| -> Vec<usize> {
            let found = free
                .iter()
                .filter(|look| !layout.uses(look.at) && fits(look));
            found.map(|look| look.at).collect()
        };
        let take = |layout: &mut Self, part: MappedPart, found: &[usize]| {
            if let [at] = found {
                layout.columns.insert(part, vec![*at]);
                return;
            }
            let names = found.iter().map(|at| looks[*at].called());
            layout.missing.push((part, names.collect()));
        };
        // Months in columns.
        let dated = free
            .iter()
            .filter(|look| above.period_text(look).is_some())
            .count();
        if self.header.is_none() && !given(self, Period) && dated >= 2 {
            self.header = Some(Period);
        }
        if !given(self, Period) {
            let years = of(self, &|look| {
                look.named(&["year"]) && !look.named(&["month"])
            });
            let months = of(self, &|look| look.named(&["month", "quarter"]));
            let named = [
                "period",
                "date",
                "month",
                "time",
                "monat",
                "mois",
                "mes",
                "период",
                "月",
                "year",
                "yr",
                "ano",
                "jahr",
                "anno",
                "дата",
                "месяц",
                "год",
                "年",
                "日期",
            ];
            let found = of(self, &|look| look.is_period() && look.named(&named));
            let found = match found.len() {
                0 => of(self, &ColumnLook::is_period),
                _ => found,
            };
            match (&years[..], &months[..], &found[..]) {
                ([year], [month], _) if !looks[*month].is_period() => {
                    self.columns.insert(Period, vec![*year, *month]);
                }
                _ => take(self, Period, &found),
            }
        }
        // A column is read even where the caller states the part, so that what contradicts it is
        // seen.
        let is_open = |layout: &Self, part: MappedPart| {
            layout.header != Some(part) && !layout.columns.contains_key(&part)
        };
        if stated.flow.is_some()
            && is_open(self, FlowPart)
            && let [at] = of(self, &ColumnLook::has_directions)[..]
        {
            self.columns.insert(FlowPart, vec![at]);
        }
        if stated.unit.is_some()
            && is_open(self, UnitPart)
            && let [at] = of(self, &ColumnLook::is_unit)[..]
        {
            self.columns.insert(UnitPart, vec![at]);
        }
        if !given(self, FlowPart) {
            let found = of(self, &ColumnLook::is_flow);
            match found.len() {
                0 => {}
                _ => take(self, FlowPart, &found),
            }
        }
        let reporters = ["report", "declar", "exporter", "geo", "origin"];
        let partners = [
            "partner",
            "counterpart",
            "destination",
            "market",
            "country",
            "ctyname",
            "trading",
            "importer",
            "land",
            "pays",
            "país",
            "pais",
            "стран",
            "партнер",
            "партнёр",
            "国",
            "贸易伙伴",
            "ülke",
            "kraj",
        ];
        for (part, words, other) in [
            (Reporter, &reporters[..], Partner),
            (Partner, &partners[..], Reporter),
        ] {
            if given(self, part) {
                continue;
            }
            let named = of(self, &|look| {
                (look.is_area() || look.is_area_number()) && look.named(words)
            });
            let any = of(self, &ColumnLook::is_area);
            // A lone column of countries is that of partners.
            let alone = part == Partner && any.len() == 1 && given(self, other);
            match (&named[..], &any[..]) {
                ([_], _) => take(self, part, &named),
                (_, [_]) if alone => take(self, part, &any),
                _ => {}
            }
        }
        self.find_values(mapping, &free, above);
        for part in [Reporter, Partner, FlowPart] {
            if !given(self, part) && !self.missing.iter().any(|(other, _)| *other == part) {
                let areas = of(self, &ColumnLook::is_area);
                let names = areas.iter().map(|at| looks[*at].called());
                let names = if part == FlowPart {
                    Vec::new()
                } else {
                    names.collect()
                };
                self.missing.push((part, names));
            }
        }
        if !given(self, UnitPart) {
            let found = of(self, &ColumnLook::is_unit);
            match (&self.values[..], found.len()) {
                (_, 1) => take(self, UnitPart, &found),
                ([only], _) => self.unit = unit_in(&looks[*only].name),
                _ => {}
            }
            if self.unit.is_none() && !self.columns.contains_key(&UnitPart) {
                self.missing.push((UnitPart, Vec::new()));
            }
        }
    }

    /// Find the columns of values.
    fn find_values(&mut self, mapping: &Mapping, free: &[&ColumnLook], above: &HeaderAbove<'_>) {
        if let Some(values) = self.columns.get(&MappedPart::Value) {
            self.values.clone_from(values);
            return;
        }
        let numeric: Vec<&ColumnLook> = free
            .iter()
            .copied()
            .filter(|look| !self.uses(look.at) && look.is_value())
            .collect();
        if self.header.is_none() {
            let partner = mapping.stated.partner.is_none()
                && !self.columns.contains_key(&MappedPart::Partner);
            let flow =
                mapping.stated.flow.is_none() && !self.columns.contains_key(&MappedPart::Flow);
            let areas = numeric
                .iter()
                .filter(|look| of_text(&look.name).is_some())
                .count();
            let flows = numeric
                .iter()
                .filter(|look| flow_in(&look.name).is_some())
                .count();
            if partner && areas > 0 && (mapping.wide || areas > 1) {
                self.header = Some(MappedPart::Partner);
            } else if flow && flows > 0 && (mapping.wide || flows > 1) {
                self.header = Some(MappedPart::Flow);
            } else if mapping.wide && mapping.stated.product.is_none() {
                self.header = Some(MappedPart::Product);
            }
        }
        match self.header {
            None => match &numeric[..] {
                [only] => self.values = vec![only.at],
                several => {
                    let named: Vec<&&ColumnLook> = several
                        .iter()
                        .filter(|look| look.named(&["value", "amount"]))
                        .collect();
                    if let [only] = &named[..] {
                        self.values = vec![only.at];
                        return;
                    }
                    let names = several.iter().map(|look| look.called()).collect();
                    self.missing.push((MappedPart::Value, names));
                }
            },
            // Columns that are no period are labels and sums; any other part is checked by name.
            Some(MappedPart::Period) => {
                // A year beside completes the name of a month.
                let has_year = self.columns.contains_key(&MappedPart::Period);
                let dated = free.iter().filter(|look| {
                    let is_part = has_year && is_period(&format!("{} 2000", look.name));
                    !self.uses(look.at) && (is_part || above.period_text(look).is_some())
                });
                self.values = dated.map(|look| look.at).collect();
                let is_read = |look: &&&ColumnLook| self.values.contains(&look.at);
                self.unread = numeric.iter().filter(|look| !is_read(look)).count();
            }
            Some(_) => self.values = numeric.iter().map(|look| look.at).collect(),
        }
        if self.values.is_empty() && !self.missing.iter().any(|(p, _)| *p == MappedPart::Value) {
            self.missing.push((MappedPart::Value, Vec::new()));
        }
    }
}

/// Return the flow that the name of a column states.
pub(super) fn flow_in(name: &str) -> Option<Flow> {
    if let Ok(flow) = Flow::parse(name) {
        return Some(flow);
    }
    let lower = name.to_lowercase();
    let other = ["re-export", "reexport", "growth", "share", "index", "%"];
    if other.iter().any(|word| lower.contains(word)) {
        return None;
    }
    if lower.contains("balance") {
        return Some(Flow::Balance);
    }
    match (lower.contains("export"), lower.contains("import")) {
        (true, false) => Some(Flow::Exports),
        (false, true) => Some(Flow::Imports),
        _ => None,
    }
}

/// Return the unit that a text states in brackets, behind a comma or behind `in`.
pub(super) fn unit_in(text: &str) -> Option<Unit> {
    let brackets = text
        .split(['(', '['])
        .skip(1)
        .filter_map(|part| part.split([')', ']']).next());
    let behind = text.rsplit_once(',').map(|(_, unit)| unit);
    let inside = text.rsplit_once(" in ").map(|(_, unit)| unit);
    let marked = text.rsplit_once([':', '：', '∶']).map(|(_, unit)| unit);
    let parts = brackets
        .chain(behind)
        .chain(inside)
        .chain(marked)
        .chain([text]);
    let mut units = parts.filter_map(|part| Some((part, Unit::parse(part).ok()?)));
    let found = units.find(|(part, unit)| unit.currency.is_iso() && is_written(part, unit));
    found.map(|(_, unit)| unit)
}

/// Whether a text states the currency of a unit and no word that only has its letters: `All`.
fn is_written(text: &str, unit: &Unit) -> bool {
    // Words of titles in capital letters.
    if matches!(unit.currency.as_str(), "ALL" | "TOP") {
        return false;
    }
    let lower = text.to_lowercase();
    let words = [
        "dollar", "euro", "yuan", "yen", "ruble", "rouble", "renminbi", "rmb",
    ];
    text.contains(unit.currency.as_str())
        || text.contains(|c: char| c == '$' || !c.is_ascii())
        || words.iter().any(|word| lower.contains(word))
}

/// Return the period in the name of a column as R and the World Bank write it: `X2024.01`,
/// `2015 [YR2015]`.
fn bare_period(name: &str) -> &str {
    let after = name.strip_prefix('X');
    let after = after.filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    let before = name.split_once("[YR").map(|(before, _)| before.trim());
    after.or(before).unwrap_or(name)
}

/// The rows above the header, which may hold the year of a column.
#[derive(Debug, Clone, Copy)]
pub(super) struct HeaderAbove<'a> {
    pub(super) sheet: &'a SheetCells,
    pub(super) header: usize,
}

impl HeaderAbove<'_> {
    /// Return the text of the period that a column's name states, with the year of a row above it
    /// where the name has none.
    pub(super) fn period_text(&self, look: &ColumnLook) -> Option<String> {
        let name = bare_period(&look.name);
        if is_period(name) {
            return Some(name.to_owned());
        }
        if look.name.is_empty() {
            return None;
        }
        (1..=2_usize.min(self.header)).find_map(|up| {
            let row = self.header - up;
            // A merged cell has its text in its first column only.
            let mut left = (0..=look.at)
                .rev()
                .map(|at| self.sheet.text(row, at).trim());
            let year = left.find(|text| !text.is_empty())?;
            let is_year = year.len() == 4 && year.bytes().all(|b| b.is_ascii_digit());
            let text = format!("{} {year}", look.name);
            (is_year && is_period(&text)).then_some(text)
        })
    }
}
