//! The periods of the rows of a table: of a column, of a year and a month, of the headings.

use super::heading::{bare_year, is_month, joined};
use super::reader::MappedReader;
use crate::ingest::figure_check::{check_years, today};
use crate::ingest::formats::record::TableRecord;
use crate::ingest::mapping::{MappedPart, quoted};
use crate::ingest::notation::{PeriodNotation, is_fiscal_year, is_period, period};
use crate::ingest::parsed_file::CellError;
use crate::trade::Span;

/// The first year of a table; a smaller number may be anything.
const FIRST_YEAR: i32 = 1800;
/// The most fiscal years whose months a refusal asks for at once, and the rows they are taken from.
const FISCAL_YEARS: usize = 40;
const FISCAL_ROWS: usize = 2_000;

impl MappedReader<'_> {
    /// Return the period of a value: of a column, of several, of the value's heading.
    pub(super) fn span(
        &self,
        record: &TableRecord<'_>,
        value: usize,
        year: &mut String,
    ) -> Result<Span, CellError> {
        let columns = self.layout.columns.get(&MappedPart::Period);
        let columns = columns.map_or(&[][..], |columns| columns);
        let named = self.layout.header.contains(&MappedPart::Period);
        let named = named.then_some(&self.values[value]);
        let (text, at) = match (columns, named) {
            ([], Some(named)) => {
                let is_open = self.layout.has_period_groups
                    && !year.is_empty()
                    && period(&named.period, self.periods).is_err();
                let text = match is_open {
                    true => self.joined(&[&named.period], year),
                    false => named.period.clone(),
                };
                (text, named.at)
            }
            ([], None) if self.layout.has_period_groups => (self.group_period.clone(), 0),
            ([], None) => {
                let at = self.values[value].at;
                let expected = || record.error(at, "expected a period");
                return self
                    .mapping
                    .period
                    .or(self.layout.period)
                    .ok_or_else(expected);
            }
            ([one], None) => {
                // The year of the sheet, or of the rows above, completes a month and no more.
                let text = record.at(*one);
                if let Some(stated) = bare_year(text) {
                    stated.clone_into(year);
                }
                let is_open = !year.is_empty() && period(text, self.periods).is_err();
                let text = match is_open {
                    true => self.joined(&[text], year),
                    false => text.to_owned(),
                };
                (text, *one)
            }
            (several, named) => {
                let mut parts: Vec<&str> = several.iter().map(|at| record.at(*at)).collect();
                parts.extend(named.map(|named| named.period.as_str()));
                if let Some(found) = self.of_fiscal_year(&parts) {
                    let wrong = |expected: String| record.error(several[0], expected);
                    return found.map_err(wrong);
                }
                (self.joined(&parts, year), several[0])
            }
        };
        let wrong = |expected: String| {
            let name = self.header.names.get(at).map_or("", String::as_str);
            CellError::new(name, &text, expected)
        };
        let stated = self.mapping.codes.get(text.trim());
        let span = match stated.filter(|stated| is_period(stated)) {
            Some(stated) => period(stated, PeriodNotation::default()).map_err(wrong)?,
            None => self
                .written_span(&text, !columns.is_empty())
                .map_err(wrong)?,
        };
        check_years(span, FIRST_YEAR..=today().year() + 1)
            .map_err(|expected| wrong(expected + ": this may be of another calendar"))?;
        Ok(span)
    }

    /// Join a year and a month or quarter; a year that only its first row states holds on.
    fn joined(&self, parts: &[&str], year: &mut String) -> String {
        let is_year = |part: &&&str| bare_year(part).is_some();
        if let Some(stated) = parts.iter().find_map(|part| bare_year(part)) {
            stated.clone_into(year);
        }
        let others = parts
            .iter()
            .filter(|part| !is_year(part) && !part.is_empty());
        let mut other: Vec<&str> = others.copied().collect();
        // `Q1 2022` beside `Jan`.
        if let [first, second] = other[..]
            && let Some((whole, month)) = whole_and_month(first, second)
        {
            year.clone_from(&whole.first().year().to_string());
            let text = joined(month, year).or_else(|| Some(format!("{year}-{month:0>2}")));
            let is_within = |text: &String| {
                let span = period(text, PeriodNotation::default());
                span.is_ok_and(|span| whole.first() <= span.first() && span.last() <= whole.last())
            };
            if let Some(text) = text.filter(is_within) {
                return text;
            }
        }
        let other = std::mem::take(&mut other).join(" ");
        match other.trim_end_matches(".0").parse::<u8>() {
            Ok(number) if self.quarters && !self.has_months => format!("{year}-Q{number}"),
            Ok(number) if self.halves && !self.has_months => format!("{year}-S{number}"),
            Ok(number) => format!("{year}-{number:02}"),
            Err(_) => joined(&other, year).unwrap_or_else(|| format!("{other} {year}")),
        }
    }

    /// Read a period as it is written, in a column of that name or in a heading.
    ///
    /// # Errors
    /// What was expected; of a fiscal year, how its months are stated.
    fn written_span(&self, text: &str, is_column: bool) -> Result<Span, String> {
        let is_fiscal = is_fiscal_year(text);
        let span = match period(text, self.periods) {
            Ok(span) => span,
            Err(expected) if is_fiscal => {
                return Err(expected + &self.advice_for_fiscal_years(text));
            }
            Err(expected) => return Err(expected),
        };
        if !is_column {
            return Ok(span);
        }
        if self.fiscal && (is_fiscal || span == Span::year(span.first().year())) {
            let expected = "expected a period whose months are known; the column is one of fiscal \
                            years";
            return Err(expected.to_owned() + &self.advice_for_fiscal_years(text));
        }
        let is_single = span.len() == 1 && !self.has_months;
        let (what, example) = match () {
            () if is_single && self.quarters => ("quarters", "2024-Q1"),
            () if is_single && self.halves => ("halves of years", "2024-S1"),
            () if is_single && self.years && is_date(text) => ("years", "2024"),
            () => return Ok(span),
        };
        Err(format!(
            "expected one of the {what} that the column is named after, for example {example}, \
             not a month: write it so, or name the column Month if it has months"
        ))
    }

    /// Return the month of a fiscal year, one part of which names the year and another the month;
    /// `None` where no part names a fiscal year.
    fn of_fiscal_year(&self, parts: &[&str]) -> Option<Result<Span, String>> {
        let is_year = |part: &&&str| {
            let is_bare = || self.fiscal && bare_year(part).is_some();
            // `--code 1=X` is about another column.
            let stated = self.mapping.codes.get(part.trim());
            let is_stated = || stated.is_some_and(|stated| is_period(stated));
            is_fiscal_year(part) || is_bare() || is_stated()
        };
        let year = parts.iter().find(is_year)?;
        let [month] = parts
            .iter()
            .filter(|part| *part != year)
            .collect::<Vec<_>>()[..]
        else {
            return None;
        };
        let Some(stated) = self.mapping.codes.get(year.trim()) else {
            let expected = "expected a period whose months are known, not a month of a fiscal year";
            return Some(Err(
                expected.to_owned() + &self.advice_for_fiscal_years(year)
            ));
        };
        let whole = match period(stated, PeriodNotation::default()) {
            Ok(whole) => whole,
            Err(expected) => return Some(Err(expected)),
        };
        let mut years = whole.first().year()..=whole.last().year();
        let found = years.find_map(|year| {
            let year = year.to_string();
            let numbered = || Some(format!("{year}-{:0>2}", month.trim()));
            let text = joined(month, &year).or_else(numbered)?;
            let span = period(&text, PeriodNotation::default()).ok()?;
            let is_within = whole.first() <= span.first() && span.last() <= whole.last();
            is_within.then_some(span)
        });
        let found = found.filter(|span| span.len() == 1);
        Some(
            found.ok_or_else(|| {
                format!("expected a month within {stated}, as stated, not `{month}`")
            }),
        )
    }

    /// Return how the months of fiscal years are stated, in the first refusal those of all that the
    /// first rows have.
    fn advice_for_fiscal_years(&self, text: &str) -> String {
        let is_first_refusal = self.fiscal_advised.set(()).is_ok();
        let columns = self.layout.columns.get(&MappedPart::Period);
        let rows = self.sheet.rows.iter().skip(self.first_row);
        let rows = rows.take(if is_first_refusal { FISCAL_ROWS } else { 0 });
        let cells = columns.into_iter().flatten().flat_map(|at| {
            let cells = rows.clone().filter_map(|row| row.get(*at));
            cells.map(|cell| cell.trim().to_owned())
        });
        let headings = self.values.iter().map(|value| value.period.clone());
        let mut years = vec![text.trim().to_owned()];
        for text in cells.chain(headings) {
            let is_one = is_fiscal_year(&text) || self.fiscal && bare_year(&text).is_some();
            if is_one && !years.contains(&text) && years.len() < FISCAL_YEARS {
                years.push(text);
            }
        }
        // `Financial Year(start)` is the first of its two years.
        let names = columns
            .into_iter()
            .flatten()
            .map(|at| self.name(*at).to_lowercase());
        let is_first = names
            .into_iter()
            .any(|name| name.contains("start") || name.contains("begin"));
        let stated = years.iter().filter_map(|text| {
            let is_bare = bare_year(text).is_some();
            let last = last_year(text)? + i32::from(is_first && is_bare);
            let months = format!("{text}={}-MM/{last}-NN", last - 1);
            Some(format!(" --code {}", quoted(&months)))
        });
        let stated: String = stated.collect();
        format!(
            ": state the months of each:{stated} (MM and NN its first and last month, such as 07 \
             and 06); or leave it out with --skip {}",
            quoted(text.trim())
        )
    }

    /// Check a period against the columns of years, quarters and months that are not read.
    ///
    /// # Errors
    /// The cell that says another period.
    pub(super) fn check_unread_periods(
        &self,
        record: &TableRecord<'_>,
        span: Span,
    ) -> Result<(), CellError> {
        for at in &self.unread_periods {
            let text = record.at(*at);
            let years = span.first().year()..=span.last().year();
            let fits = if let Some(year) = bare_year(text) {
                year.parse().is_ok_and(|year: i32| years.contains(&year))
            } else if is_fiscal_year(text) {
                let last = last_year(text).unwrap_or_default();
                self.layout.year.is_none() && (years.contains(&last) || years.contains(&(last - 1)))
            } else if let Ok(other) = period(text, self.periods) {
                other.first() <= span.last() && span.first() <= other.last()
            } else if is_month(text) && text.contains(char::is_alphabetic) {
                // `Q1` and `Jan` of a fiscal year may be of any months.
                let other = joined(text, &span.first().year().to_string());
                let other = other.and_then(|text| period(&text, self.periods).ok());
                other.is_none_or(|other| {
                    span.len() <= other.len()
                        && (span.len() > 1 || other.len() > 1 || other == span)
                })
            } else {
                true
            };
            if !fits {
                let name = quoted(self.name(*at));
                let expected = format!(
                    "expected a cell that fits the period {span} of the row: read the column with \
                     --map period=col:COLUMN+col:COLUMN, or pass it over with --skip {name}"
                );
                return Err(record.error(*at, expected));
            }
        }
        Ok(())
    }
}

/// Whether a text is a day written in numbers.
fn is_date(text: &str) -> bool {
    let numbers = text.split(|c: char| !c.is_ascii_digit());
    numbers.filter(|number| !number.is_empty()).count() > 2
}

/// Return the last calendar year of a fiscal year.
fn last_year(text: &str) -> Option<i32> {
    let mut numbers = text.split(|c: char| !c.is_ascii_digit());
    let first = numbers.find(|number| !number.is_empty())?;
    let last = numbers.find(|number| !number.is_empty());
    let full = |number: &str| -> Option<i32> {
        let year: i32 = number.parse().ok()?;
        Some(match number.len() {
            2 if year < 70 => 2000 + year,
            2 => 1900 + year,
            _ => year,
        })
    };
    let first = full(first)?;
    Some(last.map_or(first, |_| first + 1))
}

/// Return the quarter or half that one of two texts is, and the month that the other is.
fn whole_and_month<'t>(first: &'t str, second: &'t str) -> Option<(Span, &'t str)> {
    [(first, second), (second, first)]
        .into_iter()
        .find_map(|(whole, month)| {
            let span = period(whole, PeriodNotation::default()).ok()?;
            let is_part = is_month(month) && span.len() > 1 && span.len() < 12;
            is_part.then_some((span, month))
        })
}
