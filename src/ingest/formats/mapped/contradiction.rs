//! What stands beside the figures of a table and contradicts what is stated about them.

use super::area_label::{area_of, country_of_sheet, is_named_country as is_country};
use super::cell_format::of_formats;
use super::claim::{OtherFigures, TextClaims, has_word, is_same, shared_currencies};
use super::column_kind::ColumnKind;
use super::heading::{TableHead, joined};
use super::layout::{TableLayout, column, plain};
use super::look::ColumnLook;
use super::mention::{Mention, MentionRole, mentions, of_adjective};
use super::product::{is_another_code, is_named_code};
use super::product_scope::part_of_products;
use super::stated_scale::{StatedScale, scales_beside};
use super::total_word::is_all_products;
use crate::ingest::mapping::{MappedPart, Mapping, quoted};
use crate::ingest::notation::{NOTE_MARKS, PeriodNotation, begins_note, is_period, period};
use crate::ingest::refusal::shown;
use crate::trade::area::WORLD;
use crate::trade::{Code, Flow, Span, Unit};

/// The most characters of a text beside a table that states something about it.
const LONGEST: usize = 200;

/// Where the name of a sheet stands.
const SHEET: &str = "the sheet";

/// A text beside the figures, and where it stands.
struct Beside<'a> {
    /// `the title`, `the sheet`, `the column`.
    place: &'static str,
    text: &'a str,
    claims: TextClaims,
}

impl<'a> Beside<'a> {
    fn of(place: &'static str, text: &'a str) -> Self {
        let mut claims = TextClaims::of(text);
        let of_name = || OtherFigures::named(text, place == SHEET);
        claims.other = claims.other.or_else(of_name);
        Self {
            place,
            text,
            claims,
        }
    }

    fn named(&self) -> String {
        let short: String = self.text.chars().take(80).collect();
        format!("{} `{}`", self.place, shown(&short))
    }

    /// Return the words that the text begins with.
    fn start(&self) -> String {
        let words: Vec<&str> = self.text.split_whitespace().collect();
        let text = words.join(" ");
        let mut start: String = text.chars().take(60).collect();
        if start.len() < text.len() {
            start = start
                .rsplit_once(' ')
                .map_or(start.clone(), |(s, _)| s.to_owned());
        }
        start
    }

    /// What to do where the text is not about the figures.
    fn advice(&self) -> String {
        format!(
            "if the text does not concern these figures, pass it over with --skip {}",
            quoted(&self.start())
        )
    }
}

/// Return what was expected where the titles of a table, the name of its sheet, or the headings of
/// its values state another unit, flow, reporter or partner than the caller, or that the figures
/// are no values of a month.
pub(super) fn contradiction(
    head: &TableHead<'_>,
    looks: &[ColumnLook],
    layout: &TableLayout,
    mapping: &Mapping,
) -> Option<String> {
    let is_passed = |text: &str| is_passed_over(mapping, text);
    let is_about = |text: &str| text.chars().count() <= LONGEST && !is_source(text);
    let titles = head.titles().map(|(_, text)| text);
    let titles = titles.filter(|text| is_about(text) && !is_passed(text));
    let mut beside: Vec<Beside<'_>> = titles.map(|text| Beside::of("the title", text)).collect();
    if let Some(name) = head.sheet.name.as_deref().filter(|name| !is_passed(name)) {
        beside.push(Beside::of(SHEET, name));
    }
    let mut scales = scales_beside(head);
    scales.retain(|stated| !is_passed(&stated.text));
    of_stated_period(looks, layout, mapping)
        .or_else(|| of_marked_periods(head, looks, layout, mapping))
        .or_else(|| of_periods(&beside, looks, layout, mapping))
        .or_else(|| of_formats(head, looks, layout, mapping))
        .or_else(|| of_shared_currencies(&beside, looks, layout, mapping))
        .or_else(|| of_units(&beside, &scales, looks, layout, mapping))
        .or_else(|| of_flows(&beside, looks, layout, mapping))
        .or_else(|| of_other_figures(&beside, head, looks, layout))
        .or_else(|| of_areas(&beside, looks, layout, mapping))
        .or_else(|| of_products(&beside, looks, layout, mapping))
        .or_else(|| of_filters(looks, layout, mapping))
}

/// Whether the caller passes over a text beside the table: what is skipped begins it.
pub(super) fn is_passed_over(mapping: &Mapping, text: &str) -> bool {
    let text = plain(text);
    let begins = |skip: &String| !skip.trim().is_empty() && text.starts_with(&plain(skip));
    mapping.skip.iter().any(begins)
}

/// Whether a text names a source, which says nothing about the figures.
fn is_source(text: &str) -> bool {
    let lower = text.to_lowercase();
    let words = [
        "source",
        "quelle",
        "fuente",
        "fonte",
        "источник",
        "来源",
        "http",
        "©",
    ];
    words.iter().any(|word| lower.contains(word)) || begins_note(text) && !lower.contains("unit")
}

fn of_units(
    beside: &[Beside<'_>],
    stated_scales: &[StatedScale],
    looks: &[ColumnLook],
    layout: &TableLayout,
    mapping: &Mapping,
) -> Option<String> {
    if layout.columns.contains_key(&MappedPart::Unit) {
        return None;
    }
    let scales: Vec<f64> = stated_scales.iter().map(|stated| stated.scale).collect();
    let titled = || beside.iter().filter(|b| b.claims.unit.is_some());
    // A title may have the currency and another one the scale.
    let fits = |unit: Unit, stated: Unit| {
        is_same(unit, stated)
            || unit.currency == stated.currency
                && unit.scale == 1.0
                && scales.contains(&stated.scale)
    };
    // A sheet `USD` says nothing of a scale.
    let fits_text = |text: &Beside<'_>, unit: Unit, stated: Unit| {
        let is_bare = text.place == SHEET && unit.scale == 1.0;
        fits(unit, stated) || is_bare && unit.currency == stated.currency
    };
    for at in &layout.values {
        let look = &looks[*at];
        let known = !layout.numbered.contains(at);
        let heading = &look.heading;
        let own = heading.unit.filter(|_| known);
        let own_scale = heading.scale.filter(|_| known);
        let Some(stated) = mapping.stated.unit.or(own).or(layout.unit) else {
            continue;
        };
        let column = || format!("the heading of the column `{}`", shown(&look.name));
        let advice = || {
            format!(
                "state --unit as the heading says, or name the column by its number (col:#{}) if \
                 the heading is wrong",
                look.at + 1
            )
        };
        if known && TextClaims::of(&look.name).has_unknown_unit {
            return Some(format!(
                "expected the unit {stated}, as stated; {} has a unit that is not known: name the \
                 column by its number (col:#{}) if they are the same",
                column(),
                look.at + 1
            ));
        }
        if let Some(unit) = own.filter(|unit| !fits(*unit, stated)) {
            return Some(format!(
                "expected the unit {stated}, as stated; {} has {unit}: {}",
                column(),
                advice()
            ));
        }
        if let Some(scale) = own_scale.filter(|scale| *scale != stated.scale) {
            return Some(format!(
                "expected the unit {stated}, as stated; {} says that it is in units of {scale}: {}",
                column(),
                advice()
            ));
        }
        let unknown = beside
            .iter()
            .find(|b| b.claims.has_unknown_unit && b.place == "the title");
        if let Some(other) = unknown.filter(|_| titled().next().is_none() && own.is_none()) {
            return Some(format!(
                "expected the unit {stated}, as stated; {} has a unit that is not known: if they \
                 are the same, or {}",
                other.named(),
                other.advice()
            ));
        }
        let agrees = |b: &Beside<'_>| b.claims.unit.is_some_and(|unit| fits_text(b, unit, stated));
        if let Some(other) = titled().next().filter(|_| !titled().any(agrees)) {
            let unit = other.claims.unit.unwrap_or(stated);
            // A currency alone is often that of thousands or millions.
            if unit.currency == stated.currency && unit.scale == 1.0 {
                return Some(format!(
                    "expected the unit {stated}, as stated; {} has {unit} and no scale: if the \
                     figures are in {stated}, pass the text over with --skip {}; if they are in \
                     {unit}, state --unit {unit}",
                    other.named(),
                    quoted(&other.start()),
                ));
            }
            return Some(format!(
                "expected the unit {stated}, as stated; {} has {unit}: state --unit {}, or, {}",
                other.named(),
                quoted(&unit.to_string()),
                other.advice()
            ));
        }
        // A scale alone counts for the currency of another text, not for a heading with a scale.
        let is_open = own.is_none_or(|unit| unit.scale == 1.0) && own_scale.is_none();
        if let Some(other) = stated_scales
            .first()
            .filter(|_| is_open && !scales.contains(&stated.scale))
        {
            return Some(format!(
                "expected the unit {stated}, as stated; the text `{}` says that the figures are in \
                 units of {}: state --unit {}, or, if the text does not concern these figures, \
                 pass it over with --skip {}",
                shown(&other.text),
                other.scale,
                quoted(&format!("{} {}", stated.currency, other.scale)),
                quoted(&other.text)
            ));
        }
    }
    None
}

/// A currency that several countries have, none of which is the stated one: `Rs million` and USD.
fn of_shared_currencies(
    beside: &[Beside<'_>],
    looks: &[ColumnLook],
    layout: &TableLayout,
    mapping: &Mapping,
) -> Option<String> {
    let stated = mapping.stated.unit?;
    let differs = |text: &str| {
        let codes = shared_currencies(text);
        codes.is_some_and(|codes| !codes.contains(&stated.currency.as_str()))
    };
    let titles = beside
        .iter()
        .find(|text| text.claims.unit.is_none() && differs(text.text));
    let values = layout
        .values
        .iter()
        .filter(|at| !layout.numbered.contains(*at));
    let mut values = values.map(|at| &looks[*at]);
    let mut heading = || values.find(|look| look.heading.unit.is_none() && differs(&look.name));
    let (place, advice) = match titles {
        Some(text) => (text.named(), text.advice()),
        None => {
            let look = heading()?;
            let place = format!("the heading of the column `{}`", shown(&look.name));
            (
                place,
                format!("name the column by its number (col:#{})", look.at + 1),
            )
        }
    };
    Some(format!(
        "expected the unit {stated}, as stated; {place} has another currency: state --unit as it \
         says, or, {advice}"
    ))
}

/// Columns of whole years below a title of a part of a year, a stated period that a title
/// contradicts, and months of fiscal years.
fn of_periods(
    beside: &[Beside<'_>],
    looks: &[ColumnLook],
    layout: &TableLayout,
    mapping: &Mapping,
) -> Option<String> {
    let is_fiscal = |name: &str| {
        let years = name
            .split_once(['-', '/', '–'])
            .map(|(a, b)| (a.trim(), b.trim()));
        let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
        years.is_some_and(|(a, b)| a.len() == 4 && b.len() == 2 && digits(a) && digits(b))
    };
    let has_period = layout.columns.contains_key(&MappedPart::Period);
    let fiscal = looks
        .iter()
        .find(|look| is_fiscal(look.name.trim()) && !look.is_period());
    if let Some(look) = fiscal.filter(|_| has_period) {
        return Some(format!(
            "expected calendar years; the heading `{}` is a fiscal year, whose months are of two: \
             write the months with their years",
            shown(&look.name)
        ));
    }
    let of_heading = |at: &usize| {
        let text = looks[*at].heading.period.as_deref()?;
        period(text, PeriodNotation::default()).ok()
    };
    let spans: Vec<_> = match (mapping.period, layout.header.contains(&MappedPart::Period)) {
        (Some(span), _) => vec![span],
        (None, true) => layout.values.iter().filter_map(of_heading).collect(),
        (None, false) => return None,
    };
    let stated = *spans.first()?;
    let is_whole = spans.iter().all(|span| span.len() == 12);
    if !is_whole && mapping.period.is_none() {
        return None;
    }
    let mut titles = beside.iter().filter(|b| b.place == "the title");
    if mapping.period.is_some() {
        let sheet = beside.iter().find(|b| b.place == SHEET);
        if let Some((text, span)) = sheet.and_then(|b| Some((b, other_span(b.text, stated)?))) {
            return Some(format!(
                "expected figures of {stated}, as stated; {} is of {span}: state --map \
                 period={span}, or, {}",
                text.named(),
                text.advice()
            ));
        }
        return titles.find_map(|text| {
            let other = other_period(text.text, stated)?;
            Some(format!(
                "expected figures of {stated}, as stated; {} says {other}: state that period, or, \
                 {}",
                text.named(),
                text.advice()
            ))
        });
    }
    titles.find_map(|text| {
        let part = part_of_year(text.text)?;
        let differs = is_whole || part.1.is_some_and(|span| span != stated);
        differs.then(|| {
            format!(
                "expected figures of {stated}; {} says {}: write the periods of the columns as the \
                 title says, or, {}",
                text.named(),
                part.0,
                text.advice()
            )
        })
    })
}

/// A stated period below a heading that states another one, or one that is not understood.
fn of_stated_period(
    looks: &[ColumnLook],
    layout: &TableLayout,
    mapping: &Mapping,
) -> Option<String> {
    let stated = mapping.period?;
    let values = layout.values.iter();
    let named = values.filter(|at| !layout.numbered.contains(*at));
    let is_year = |word: &str| {
        let is_recent = || word.starts_with("19") || word.starts_with("20");
        word.len() == 4 && is_recent() && word.bytes().all(|b| b.is_ascii_digit())
    };
    let mut looks = named.map(|at| &looks[*at]);
    let other = looks.find(|look| match look.heading.period.as_deref() {
        Some(text) => period(text, PeriodNotation::default()) != Ok(stated),
        // `2022/23`, `FY22`.
        None => {
            let mut words = look.name.split(|c: char| !c.is_ascii_digit());
            let mut names = look.name.split(|c: char| !c.is_alphabetic());
            let is_month = |word: &str| word.chars().count() > 2 && super::heading::is_month(word);
            let names_month = look.heading.area.is_none() && names.any(is_month);
            words.any(is_year) || names_month || fiscal_year(&look.name).is_some()
        }
    })?;
    Some(format!(
        "expected figures of {stated}, as stated; the heading `{}` states another period or one \
         that is not known: write it as 2024-05, 2024-Q2, 2024 or 2024-01/2024-09 in the heading, \
         or name the column by its number (col:#{}) if it is no period",
        shown(&other.name),
        other.at + 1
    ))
}

/// Return the first word of a text that is a fiscal year: `FY22`, `FY 2022`.
fn fiscal_year(text: &str) -> Option<&str> {
    let digit = |c: char| c.is_ascii_digit();
    let mut words = text.split(|c: char| !c.is_alphanumeric());
    words.find(|word| {
        let year = word
            .get(..2)
            .filter(|start| start.eq_ignore_ascii_case("fy"));
        year.is_some() && word[2..].starts_with(digit)
    })
}

/// Periods with the mark of a note that says that they are others: `2024*` above `* January to
/// September`.
fn of_marked_periods(
    head: &TableHead<'_>,
    looks: &[ColumnLook],
    layout: &TableLayout,
    mapping: &Mapping,
) -> Option<String> {
    let rows = || head.sheet.rows.iter().skip(head.row + 1);
    let notes = rows().filter_map(|row| {
        let text = row
            .iter()
            .map(|cell| cell.trim())
            .find(|cell| !cell.is_empty())?;
        let start = text
            .find(|c: char| !NOTE_MARKS.contains(&c))
            .unwrap_or(text.len());
        let (mark, rest) = text.split_at(start);
        if mark.is_empty() || is_passed_over(mapping, text) {
            return None;
        }
        part_of_year(rest).map(|(words, span)| (mark, text, words, span))
    });
    let notes: Vec<_> = notes.collect();
    if notes.is_empty() {
        return None;
    }
    let named = layout.header.contains(&MappedPart::Period);
    let named = layout.values.iter().filter(|_| named);
    let headings = named.map(|at| looks[*at].name.trim());
    let column = layout
        .columns
        .get(&MappedPart::Period)
        .into_iter()
        .flatten();
    let cells = column.flat_map(|at| rows().filter_map(|row| Some(row.get(*at)?.trim())));
    headings.chain(cells).find_map(|text| {
        let bare = text.trim_end_matches(NOTE_MARKS);
        let own = period(bare, PeriodNotation::default()).ok();
        let is_it = |mark: &str| !bare.is_empty() && text[bare.len()..] == *mark;
        let year = own.map(|span| span.first().year().to_string());
        let is_own = |words: &str, span: &Option<Span>| {
            let completed = || joined(words, year.as_deref()?);
            let completed = || period(&completed()?, PeriodNotation::default()).ok();
            span.or_else(completed) == own
        };
        let mut found = notes.iter().filter(|(mark, ..)| is_it(mark));
        let (_, note, words, _) = found.find(|(_, _, words, span)| !is_own(words, span))?;
        Some(format!(
            "expected the period `{}` as its note says: `{}`, where the note is `{}`; write that \
             period in its place, or, if they are the same, pass the note over with --skip {}",
            shown(text),
            shown(words),
            shown(note),
            quoted(note)
        ))
    })
}

/// Return the period that is the whole name of a sheet, where the `stated` one is not within it.
pub(super) fn other_span(name: &str, stated: Span) -> Option<Span> {
    let span = is_period(name).then(|| period(name, PeriodNotation::default()).ok())??;
    let is_within = span.first() <= stated.first() && stated.last() <= span.last();
    (!is_within).then_some(span)
}

/// Return the period that a title states, where it is not the `stated` one.
fn other_period(title: &str, stated: Span) -> Option<String> {
    const LONGER: [&str; 13] = [
        "year ended",
        "year ending",
        "year to",
        "months to",
        "months ended",
        "months ending",
        "12 months",
        "fiscal year",
        "financial year",
        "quarter",
        "half",
        "half-year",
        "semester",
    ];
    let lower = title.to_lowercase();
    if names_publication(&lower) {
        return None;
    }
    let words: Vec<&str> = title.split_whitespace().collect();
    let bare = |word: &&str| {
        word.trim_matches(|c: char| !c.is_alphanumeric())
            .to_lowercase()
    };
    let bare: Vec<String> = words.iter().map(bare).collect();
    let is_fiscal = |word: &String| {
        let year = word.strip_prefix("fy").unwrap_or_default();
        year.starts_with(|c: char| c.is_ascii_digit())
    };
    let longer = LONGER.iter().find(|phrase| has_word(&lower, phrase));
    let longer = longer.map(|phrase| (*phrase).to_owned());
    let longer = longer.or_else(|| bare.iter().find(|word| is_fiscal(word)).cloned());
    let spans = spans_of(title);
    let is_stated = spans.iter().any(|(_, span)| *span == stated);
    // `Jan./May 2024`, `Januar bis Mai 2024`.
    let parts = title.split(|c: char| !c.is_alphabetic());
    let months: Vec<&str> = parts
        .filter(|word| word.chars().count() >= 3 && super::heading::is_month(word))
        .collect();
    let range = match months[..] {
        [first, .., last] if first != last => Some(format!("{first} to {last}")),
        _ => None,
    };
    let is_month = stated.len() == 1;
    match (longer.or(range).filter(|_| is_month), is_stated) {
        (Some(other), _) => Some(other),
        (None, true) => None,
        (None, false) => spans.into_iter().next().map(|(text, _)| text),
    }
}

/// Return the runs of up to five words of a title, the longest first, without signs at their ends.
fn phrases(title: &str) -> Vec<String> {
    let words: Vec<&str> = title.split_whitespace().collect();
    let plain = |text: &[&str]| {
        let text = text.join(" ");
        text.trim_matches(|c: char| !c.is_alphanumeric()).to_owned()
    };
    let runs = (1..=5).rev().flat_map(|count| words.windows(count));
    runs.map(plain).collect()
}

/// Return the periods that texts state, with the texts.
fn periods_in(texts: impl Iterator<Item = String>) -> Vec<(String, Span)> {
    let spans = texts.filter_map(|text| {
        let span = period(&text, PeriodNotation::default()).ok()?;
        Some((text, span))
    });
    spans.collect()
}

/// Return the periods that a title states, the longest texts first.
fn spans_of(title: &str) -> Vec<(String, Span)> {
    let named = phrases(title).into_iter().filter(|text| {
        text.chars().any(char::is_alphabetic) || super::heading::year_in(text).is_some()
    });
    periods_in(named)
}

/// Whether a title in lower case is about the day of its publication.
fn names_publication(lower: &str) -> bool {
    let dates = [
        "publish", "release", "updated", "as of", "download", "revised", "date",
    ];
    dates.iter().any(|word| lower.contains(word))
}

/// Return the part of a year that a title states, and its span where it has a year. `None` where it
/// states whole years as well.
fn part_of_year(title: &str) -> Option<(String, Option<Span>)> {
    if names_publication(&title.to_lowercase()) {
        return None;
    }
    let phrases = phrases(title);
    let has_letters = |text: &&String| text.chars().any(char::is_alphabetic);
    let spans = periods_in(phrases.iter().filter(has_letters).cloned());
    let is_range = |text: &str| text.contains(['-', '–']) || text.contains(" to ");
    if spans
        .iter()
        .any(|(text, span)| span.len() >= 12 && is_range(text))
    {
        return None;
    }
    if let Some((text, span)) = spans.into_iter().find(|(_, span)| span.len() < 12) {
        return Some((text, Some(span)));
    }
    let months = phrases.into_iter().find(|text| {
        let ends = text.contains('-') || text.contains('–') || text.contains(" to ");
        let counts = text.split_once(' ').is_some_and(|(count, unit)| {
            count.parse::<u8>().is_ok_and(|count| count < 12)
                && (unit == "months" || unit.starts_with("месяц"))
        });
        counts || ends && super::heading::is_month(text)
    });
    months.map(|text| (text, None))
}

fn of_flows(
    beside: &[Beside<'_>],
    looks: &[ColumnLook],
    layout: &TableLayout,
    mapping: &Mapping,
) -> Option<String> {
    let directed = |flow: Flow| matches!(flow, Flow::Exports | Flow::Imports);
    let given = mapping.stated.flow.or(layout.flow)?;
    if layout.header.contains(&MappedPart::Flow) {
        return None;
    }
    for at in layout
        .values
        .iter()
        .filter(|at| !layout.numbered.contains(*at))
    {
        let look = &looks[*at];
        // `Total` may be that of partners.
        let is_total = look.heading.is_total;
        let own = look
            .heading
            .flow
            .or_else(|| flow_between(&look.name, given));
        if let Some(flow) = own.filter(|flow| *flow != given && !is_total) {
            let advice = match look.heading.flow {
                Some(_) => "leave --flow out, so that the headings state it".to_owned(),
                None => format!("state --flow {flow}"),
            };
            return Some(format!(
                "expected the flow {given}, as stated; the heading of the column `{}` says {flow}: \
                 {advice}, or leave the column out by --skip {}",
                shown(&look.name),
                quoted(&look.called())
            ));
        }
    }
    let flows: Vec<&Beside<'_>> = beside
        .iter()
        .filter(|b| !b.claims.flows.is_empty())
        .collect();
    let agrees = flows.iter().any(|b| b.claims.flows.contains(&given));
    // `Net exports` is a balance; `Balance of payments` is a source.
    let only = |b: &Beside<'_>| match b.claims.flows[..] {
        [Flow::Balance] if b.text.to_lowercase().contains("payment") => None,
        [only] => Some(only),
        _ => None,
    };
    let other = flows.iter().find_map(|b| Some((b, only(b)?)));
    let (other, flow) = other.filter(|_| !agrees && directed(given))?;
    Some(format!(
        "expected the flow {given}, as stated; {} has {flow}: state --flow {flow}, or, {}",
        other.named(),
        other.advice()
    ))
}

fn of_other_figures(
    beside: &[Beside<'_>],
    head: &TableHead<'_>,
    looks: &[ColumnLook],
    layout: &TableLayout,
) -> Option<String> {
    for at in layout
        .values
        .iter()
        .filter(|at| !layout.numbered.contains(*at))
    {
        let look = &looks[*at];
        let Some(other) = look.heading.other else {
            continue;
        };
        return Some(format!(
            "expected values of trade in a month; the heading of the column `{}` says that they \
             are {other}: {}name the column by its number (col:#{}) if the heading is wrong",
            shown(&look.name),
            of_spans(other),
            look.at + 1
        ));
    }
    let has_value = beside.iter().any(|b| b.claims.unit.is_some());
    for text in beside {
        let Some(other) = text.claims.other else {
            continue;
        };
        // A table of values and quantities says both.
        let beside_values = has_value
            && text.claims.unit.is_some()
            && matches!(other, OtherFigures::Quantities | OtherFigures::Shares);
        let of_a_span = other == OtherFigures::Cumulatives && !has_months(head, looks, layout);
        if beside_values || of_a_span {
            continue;
        }
        return Some(format!(
            "expected values of trade in a month; {} says that they are {other}: {}{}",
            text.named(),
            of_spans(other),
            text.advice()
        ));
    }
    None
}

/// How cumulatives are imported.
fn of_spans(other: OtherFigures) -> &'static str {
    match other {
        OtherFigures::Cumulatives => {
            "write their periods as spans (2024-01/2024-05) to import them as such; "
        }
        _ => "",
    }
}

/// Whether some of the first periods are single months but January, whose cumulative is the month.
fn has_months(head: &TableHead<'_>, looks: &[ColumnLook], layout: &TableLayout) -> bool {
    let notation = PeriodNotation {
        has_serials: true,
        ..PeriodNotation::default()
    };
    let is_month = |text: &str| {
        let span = period(text, notation);
        span.is_ok_and(|span| span.len() == 1 && span.first().of_year() > 1)
    };
    let columns = layout.columns.get(&MappedPart::Period);
    match columns.map(Vec::as_slice) {
        Some([one]) => {
            let rows = head.sheet.rows.iter().skip(head.row + 1).take(60);
            rows.filter_map(|row| row.get(*one))
                .any(|cell| is_month(cell))
        }
        Some(_) => true,
        None => layout.values.iter().any(|at| {
            let text = looks[*at].heading.period_in(layout.year.as_deref());
            text.is_some_and(|text| is_month(&text))
        }),
    }
}

fn of_areas(
    beside: &[Beside<'_>],
    looks: &[ColumnLook],
    layout: &TableLayout,
    mapping: &Mapping,
) -> Option<String> {
    let stated = &mapping.stated;
    // Names of the columns of values.
    if !layout.header.contains(&MappedPart::Partner)
        && !layout.header.contains(&MappedPart::Reporter)
        && let Some(partner) = &stated.partner
    {
        for at in layout
            .values
            .iter()
            .filter(|at| !layout.numbered.contains(*at))
        {
            let heading = &looks[*at].heading;
            // `Mar` is a month here.
            let area = heading.area.as_deref().filter(|_| heading.month.is_none());
            let area = area.and_then(crate::trade::areas::of_text);
            let other =
                area.filter(|area| area != partner && Some(area) != stated.reporter.as_ref());
            if let Some(area) = other {
                return Some(format!(
                    "expected the partner {partner}, as stated; the heading of the column `{}` has \
                     {area}: leave --partner out, so that the headings state it, or the column by \
                     --skip {}",
                    shown(&looks[*at].name),
                    quoted(&looks[*at].called())
                ));
            }
        }
    }
    if let Some(expected) = of_named_areas(looks, layout, mapping) {
        return Some(expected);
    }
    // `Exports – Kazakhstan – China`.
    for at in layout
        .values
        .iter()
        .filter(|at| !layout.numbered.contains(*at))
    {
        let pair = &looks[*at].heading.pair;
        let parts = [("reporter", &stated.reporter), ("partner", &stated.partner)];
        let mut stated = parts
            .into_iter()
            .filter_map(|(part, code)| Some((part, code.as_ref()?)));
        let other = stated.find(|(_, code)| !pair.is_empty() && !pair.contains(code));
        if let Some((part, code)) = other {
            return Some(format!(
                "expected the {part} {code}, as stated; the heading of the column `{}` has {} and \
                 {}: state these, or name the column by its number (col:#{})",
                shown(&looks[*at].name),
                pair[0],
                pair[1],
                at + 1
            ));
        }
    }
    // The name of a sheet that is a country alone is that of its reporter or partner.
    let sheet = beside.iter().find(|b| b.place == SHEET);
    if let Some((text, area)) = sheet.and_then(|b| Some((b, country_of_sheet(b.text)?)))
        && is_of_another(&area, mapping)
        && layout.partner.is_none()
        && layout.reporter.is_none()
    {
        return Some(format!(
            "expected the table of {}, as stated; {} is of {area}: state --reporter {area}, or \
             --partner {area} if it is the partner, or, {}",
            stated.reporter.as_ref().or(stated.partner.as_ref())?,
            text.named(),
            text.advice()
        ));
    }
    let found: Vec<(&Beside<'_>, Vec<Mention>)> =
        beside.iter().map(|b| (b, mentions(b.text))).collect();
    for (role, stated, option) in [
        (MentionRole::Reporter, &stated.reporter, "reporter"),
        (MentionRole::Partner, &stated.partner, "partner"),
    ] {
        let Some(stated) = stated.as_ref().filter(|code| is_country(code)) else {
            continue;
        };
        let named = |mention: &&Mention| mention.role == role;
        let all = found.iter().flat_map(|(_, mentions)| mentions);
        if all.filter(named).any(|mention| mention.area == *stated) {
            continue;
        }
        let other = found
            .iter()
            .find_map(|(b, mentions)| Some((b, mentions.iter().find(named)?)));
        if let Some((text, mention)) = other {
            return Some(format!(
                "expected the {option} {stated}, as stated; {} names {}: state --{option} {}, or, \
                 {}",
                text.named(),
                mention.area,
                mention.area,
                text.advice()
            ));
        }
    }
    None
}

/// The heading of a column of values that names another country among its words than the stated
/// ones: `Turnover with China`, `China-bound exports`.
fn of_named_areas(looks: &[ColumnLook], layout: &TableLayout, mapping: &Mapping) -> Option<String> {
    let has = |part| layout.columns.contains_key(&part) || layout.header.contains(&part);
    if has(MappedPart::Partner) || layout.partner.is_some() {
        return None;
    }
    let stated = &mapping.stated;
    let partner = stated.partner.as_ref()?;
    let is_stated = |area: &Code| area == partner || Some(area) == stated.reporter.as_ref();
    let values = layout.values.iter();
    let values = values.filter(|at| !layout.numbered.contains(*at));
    let mut others = values.filter_map(|at| {
        let look = &looks[*at];
        let is_plain = look.heading.area.is_none() && look.heading.pair.is_empty();
        let named = match mentions(&look.name) {
            found if found.is_empty() => mentions(&look.name.replace('-', " ")),
            found => found,
        };
        let named = named.into_iter().chain(of_adjective(&look.name));
        let other = named.into_iter().find(|m| !is_stated(&m.area));
        other.filter(|_| is_plain).map(|m| (look, m))
    });
    let (look, Mention { area, role }) = others.next()?;
    let option = match role {
        MentionRole::Reporter => "reporter",
        _ => "partner",
    };
    Some(format!(
        "expected the partner {partner}, as stated; the heading of the column `{}` names {area}: \
         state --{option} {area}, or name the column by its number (col:#{}) if the heading does \
         not concern the figures",
        shown(&look.name),
        look.at + 1
    ))
}

/// Return the flow of a heading that names none, by the word between it and a country: `Trade with
/// China`, `Purchases from China` beside the flow `given`.
fn flow_between(name: &str, given: Flow) -> Option<Flow> {
    let words: Vec<String> = name.split_whitespace().map(str::to_lowercase).collect();
    let names_country = || !mentions(name).is_empty();
    let has = |word: &str| words.iter().any(|other| other == word);
    match given {
        _ if has("trade") && has("with") => Some(Flow::Total),
        Flow::Exports if has("from") && names_country() => Some(Flow::Imports),
        Flow::Imports if has("to") && names_country() => Some(Flow::Exports),
        _ => None,
    }
}

/// Whether a country is neither the stated reporter nor the stated partner.
pub(super) fn is_of_another(area: &Code, mapping: &Mapping) -> bool {
    let stated = [&mapping.stated.reporter, &mapping.stated.partner];
    let mut stated = stated
        .into_iter()
        .flatten()
        .filter(|code| is_country(code) && code.as_str() != WORLD)
        .peekable();
    stated.peek().is_some() && stated.all(|code| code != area)
}

/// A title or heading of a part of the products, where nothing states a product.
fn of_products(
    beside: &[Beside<'_>],
    looks: &[ColumnLook],
    layout: &TableLayout,
    mapping: &Mapping,
) -> Option<String> {
    let part = MappedPart::Product;
    if let Some(stated) = &mapping.stated.product {
        let mut sheets = beside.iter().filter(|text| text.place == SHEET);
        let other = sheets.find(|text| is_another_code(text.text, stated))?;
        return Some(format!(
            "expected the product {stated}, as stated; {} is about another: {}",
            other.named(),
            other.advice()
        ));
    }
    let is_given = layout.columns.contains_key(&part) || layout.header.contains(&part);
    if is_given || layout.product.is_some() {
        return None;
    }
    let values = layout.values.iter();
    let headings = values.filter(|at| !layout.numbered.contains(*at));
    let headings: Vec<(usize, String)> = headings
        .filter_map(|at| {
            let name = looks[*at].name.as_str();
            let is_coded = || is_named_code(name).then(|| name.to_owned());
            Some((*at, part_of_products(name).or_else(is_coded)?))
        })
        .collect();
    if let Some((at, product)) = headings.first() {
        let skips = headings.iter().map(|(at, _)| looks[*at].called());
        let skips: Vec<String> = skips
            .map(|name| format!("--skip {}", quoted(&name)))
            .collect();
        return Some(format!(
            "expected all products, as no product is stated; the heading of the column `{}` may be \
             about a part of them (`{}`): state --product CODE for a part, --product TOTAL for the \
             whole, or leave such columns out by {}",
            shown(&looks[*at].name),
            shown(product),
            skips.join(" ")
        ));
    }
    let named = |text: &Beside<'_>| {
        let is_coded = || text.place == SHEET && is_named_code(text.text);
        part_of_products(text.text).or_else(|| is_coded().then(|| text.text.to_owned()))
    };
    let (text, product) = beside.iter().find_map(|b| Some((b, named(b)?)))?;
    Some(format!(
        "expected all products, as no product is stated; {} may be about a part of them (`{}`): \
         state --product CODE for a part, --product TOTAL for the whole, or, {}",
        text.named(),
        shown(&product),
        text.advice()
    ))
}

/// Rows that are chosen by a column of products, of regions or of other labels, where nothing
/// states a product: they may be a part of the trade.
fn of_filters(looks: &[ColumnLook], layout: &TableLayout, mapping: &Mapping) -> Option<String> {
    let part = MappedPart::Product;
    let is_stated = mapping.stated.product.is_some()
        || layout.product.is_some()
        || layout.columns.contains_key(&part)
        || layout.header.contains(&part);
    if is_stated {
        return None;
    }
    let (column, text) = mapping.filters.iter().find(|(name, text)| {
        let Some(look) = column(looks, name).map(|at| &looks[at]) else {
            return false;
        };
        let is_part = match look.kind {
            Some(ColumnKind::Product | ColumnKind::Breakdown) => true,
            Some(_) => false,
            None => look.is_text() && !look.is_area() && !look.is_unit(),
        };
        let is_reporter = || area_of(text).is_some() && area_of(text) == mapping.stated.reporter;
        is_part && !layout.uses(look.at) && !is_all_products(text) && !is_reporter()
    })?;
    Some(format!(
        "expected all products, as no product is stated; `{}` of the column `{}` may be a part of \
         them: state --product CODE for that part, or --product TOTAL for the whole",
        shown(text),
        shown(column)
    ))
}
