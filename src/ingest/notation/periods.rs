//! Periods as people write them: `January 2025`, `31.01.2025`, `01/2025`, `Jan-May 2025`, 2025年1月.

use super::fiscal_year::{are_fiscal_years, is_fiscal_year};
use super::status_mark::without_mark;
use crate::trade::day::day_of;
use crate::trade::{Month, Span, YEARS};

/// The order of day and month in a date of numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DateOrder {
    /// `31/01/2025`.
    DayFirst,
    /// `01/31/2025`.
    MonthFirst,
}

impl DateOrder {
    /// Parse `dmy` or `mdy`; `None` for any other text.
    pub fn parse(text: &str) -> Option<Self> {
        match text.trim().to_ascii_lowercase().as_str() {
            "dmy" => Some(Self::DayFirst),
            "mdy" => Some(Self::MonthFirst),
            _ => None,
        }
    }

    /// Return the word that options use.
    pub fn word(self) -> &'static str {
        match self {
            Self::DayFirst => "dmy",
            Self::MonthFirst => "mdy",
        }
    }
}

/// How the periods of a column are written, as far as it is known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::ingest) struct PeriodNotation {
    /// The order of day and month.
    pub(in crate::ingest) dates: Option<DateOrder>,
    /// Whether numbers of five digits are the dates of a workbook.
    pub(in crate::ingest) has_serials: bool,
    /// Whether `2025.1` is January, since October is written `2025.10`.
    pub(in crate::ingest) is_short: bool,
    /// Whether the workbook counts days from 1904 on.
    pub(in crate::ingest) is_1904: bool,
    /// Whether `2025:1` and `I.2025` are January, since one of them has a number above four.
    pub(in crate::ingest) counts_months: bool,
    /// Whether `2010-11` is a year that begins in 2010, since all others are such years.
    pub(in crate::ingest) has_fiscal_years: bool,
}

/// What a text that is no period is refused with.
const NO_PERIOD: &str = "expected a month or span, for example 2025-05, May 2025, 2025-Q2 or 2025";

/// What the name of a fiscal year is refused with.
const FISCAL_YEAR: &str = "expected a period whose months are known, not a fiscal year";

/// The names of the months in languages of publishers, each from its beginning of three letters on,
/// in lower case.
const NAMES: [&[&str]; 12] = [
    &[
        "january",
        "januar",
        "jänner",
        "janvier",
        "enero",
        "janeiro",
        "gennaio",
        "январь",
        "января",
        "ene",
        "gen",
    ],
    &[
        "february",
        "februar",
        "février",
        "fevrier",
        "febrero",
        "fevereiro",
        "febbraio",
        "февраль",
        "февраля",
        "fév",
    ],
    &[
        "march",
        "märz",
        "maerz",
        "mars",
        "marzo",
        "março",
        "marco",
        "март",
        "марта",
        "mrz",
    ],
    &[
        "april",
        "avril",
        "abril",
        "aprile",
        "апрель",
        "апреля",
        "avr",
    ],
    &["may", "mai", "mayo", "maio", "maggio", "май", "мая"],
    &[
        "june", "juni", "juin", "junio", "junho", "giugno", "июнь", "июня",
    ],
    &[
        "july", "juli", "juillet", "julio", "julho", "luglio", "июль", "июля",
    ],
    &["august", "août", "aout", "agosto", "август", "августа"],
    &[
        "september",
        "sept",
        "septembre",
        "septiembre",
        "setembro",
        "settembre",
        "сентябрь",
        "сентября",
    ],
    &[
        "october",
        "oktober",
        "octobre",
        "octubre",
        "outubro",
        "ottobre",
        "октябрь",
        "октября",
        "okt",
        "out",
    ],
    &[
        "november",
        "novembre",
        "noviembre",
        "novembro",
        "ноябрь",
        "ноября",
    ],
    &[
        "december",
        "dezember",
        "décembre",
        "decembre",
        "diciembre",
        "dezembro",
        "dicembre",
        "декабрь",
        "декабря",
        "dez",
        "dic",
    ],
];

/// Further names of the months, each only whole: their beginnings are codes of countries or names
/// of other months.
const WHOLE_NAMES: [&[&str]; 12] = [
    &[
        "januari",
        "ocak",
        "styczeń",
        "січень",
        "yanvar",
        "қаңтар",
        "qaňtar",
        "ianuarie",
    ],
    &[
        "februari",
        "şubat",
        "luty",
        "лютий",
        "fevral",
        "ақпан",
        "februarie",
        "pebruari",
    ],
    &[
        "maart",
        "maret",
        "marts",
        "mart",
        "marzec",
        "березень",
        "наурыз",
        "martie",
    ],
    &["nisan", "kwiecień", "квітень", "aprel", "сәуір", "aprilie"],
    &["mei", "maj", "mayıs", "травень", "мамыр"],
    &[
        "haziran",
        "czerwiec",
        "червень",
        "iyun",
        "маусым",
        "iunie",
        "jun",
    ],
    &[
        "temmuz",
        "lipiec",
        "липень",
        "iyul",
        "шілде",
        "iulie",
        "jul",
    ],
    &[
        "augustus",
        "agustus",
        "augusti",
        "ağustos",
        "sierpień",
        "серпень",
        "avgust",
        "тамыз",
        "ags",
    ],
    &[
        "eylül",
        "wrzesień",
        "вересень",
        "sentabr",
        "sentyabr",
        "қыркүйек",
        "septembrie",
    ],
    &[
        "oktobar",
        "ekim",
        "październik",
        "жовтень",
        "oktabr",
        "oktyabr",
        "қазан",
        "octombrie",
    ],
    &[
        "nopember",
        "kasım",
        "listopad",
        "листопад",
        "noyabr",
        "қараша",
        "noiembrie",
    ],
    &[
        "desember",
        "aralık",
        "grudzień",
        "грудень",
        "dekabr",
        "желтоқсан",
        "decembrie",
    ],
];

/// Return the number of a month of the year by its name, or by the beginning of it that no other
/// month's name in that language has.
fn month_named(word: &str) -> Option<u8> {
    let named = |lists: [&[&str]; 12]| lists.iter().position(|names| names.contains(&word));
    let exact = named(NAMES).or_else(|| named(WHOLE_NAMES));
    let short = || {
        let letters = word.chars().count();
        let begins = |names: &&[&str]| names.iter().any(|name| name.starts_with(word));
        let mut found = NAMES.iter().enumerate().filter(|(_, names)| begins(names));
        let first = found.next().filter(|_| letters >= 3)?;
        found.next().is_none().then_some(first.0)
    };
    exact
        .or_else(short)
        .and_then(|at| u8::try_from(at + 1).ok())
}

/// Words for months behind their number or before the number of one, in lower case.
const MONTHS: [&str; 20] = [
    "m",
    "mm",
    "mo",
    "mos",
    "mths",
    "month",
    "months",
    "мес",
    "месяц",
    "месяца",
    "месяцев",
    "monate",
    "mois",
    "meses",
    "mesi",
    "ay",
    "oy",
    "ай",
    "tháng",
    "个",
];

/// Return a Roman number up to twelve.
fn roman(word: &str) -> Option<u8> {
    const NUMBERS: [&str; 12] = [
        "i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii",
    ];
    let at = NUMBERS.iter().position(|number| *number == word)?;
    u8::try_from(at + 1).ok()
}

/// A part of a written period.
#[derive(Debug, Clone, Copy, PartialEq)]
enum PeriodToken {
    /// A number of four digits that may be a year.
    Year(i32),
    /// A number of one or two digits.
    Number(u8),
    Month(u8),
    /// `9M`, a number of months from January on, or up to the month behind it.
    Count(u8),
    Quarter,
    Half,
    /// 前, before the number of the first months or quarters of a year.
    First,
    /// `IV`, which numbers months or quarters.
    Roman(u8),
    /// A word or sign between the two ends of a range.
    To,
}

fn tokens(text: &str) -> Option<Vec<PeriodToken>> {
    let mut tokens = Vec::new();
    let lower = text.to_lowercase();
    let mut rest = lower.trim();
    let mut is_padded = false;
    while let Some(c) = rest.chars().next() {
        let class = |c: char| (c.is_ascii_digit(), c.is_alphabetic() && !is_chinese(c));
        let end = if class(c) == (false, false) {
            c.len_utf8()
        } else {
            let of_class = |other: char| class(other) == class(c);
            rest.find(|other| !of_class(other)).unwrap_or(rest.len())
        };
        let (token, after) = rest.split_at(end);
        rest = after;
        if c.is_ascii_digit() {
            is_padded = token.starts_with('0');
            tokens.push(match token.len() {
                1 | 2 => PeriodToken::Number(token.parse().ok()?),
                4 => PeriodToken::Year(token.parse().ok()?),
                _ => return None,
            });
            continue;
        }
        match token {
            "年" | "月" | "日" | "份" | "년" | "월" | "일" | "第" | "." | "," | "/" | "\'"
            | "’" | "of" | "de" | "del" | "г" | "год" | "года" | "er" | "e" | "º" | "°" | "й"
            | "yil" | "йил" | "ж" | "жыл" | "жылы" => {}
            "一" | "二" | "三" | "四" => {
                let at = ["一", "二", "三", "四"].iter().position(|n| *n == token)?;
                tokens.push(PeriodToken::Number(u8::try_from(at + 1).ok()?));
            }
            "前" => tokens.push(PeriodToken::First),
            "-" | "–" | "—" | "至" | "to" | "~" | "bis" | "through" => {
                tokens.push(PeriodToken::To);
            }
            word if MONTHS.contains(&word) => match tokens.last_mut() {
                // `09M2024` may be a month or nine.
                Some(PeriodToken::Number(_)) if is_padded => return None,
                Some(last @ PeriodToken::Number(_)) => {
                    if let PeriodToken::Number(count) = *last {
                        *last = PeriodToken::Count(count);
                    }
                }
                // `2024M09`, `Tháng 9/2024`.
                _ => {}
            },
            "q" | "t" | "quarter" | "кв" | "квартал" | "qtr" | "quartal" | "trimestre"
            | "trimester" | "trim" => tokens.push(PeriodToken::Quarter),
            // 季度
            "季" | "분기" => tokens.push(PeriodToken::Quarter),
            "度" | "全" => {}
            "半" => tokens.push(PeriodToken::Half),
            "上" => tokens.push(PeriodToken::Number(1)),
            "下" => tokens.push(PeriodToken::Number(2)),
            "h" | "half" | "sem" | "semester" | "semestre" | "полугодие" => {
                tokens.push(PeriodToken::Half);
            }
            _ if token.chars().all(char::is_whitespace) => {}
            word => tokens.push(match roman(word) {
                Some(number) => PeriodToken::Roman(number),
                None => PeriodToken::Month(month_named(word)?),
            }),
        }
    }
    Some(tokens)
}

fn is_chinese(c: char) -> bool {
    ('\u{4e00}'..='\u{9fff}').contains(&c)
}

/// Parse a period.
///
/// # Errors
/// What was expected, with both readings where there are two.
pub(in crate::ingest) fn period(text: &str, notation: PeriodNotation) -> Result<Span, String> {
    let text = without_mark(text);
    if let Some((year, "1")) = text.split_once('.')
        && !notation.is_short
        && year.len() == 4
    {
        return Err(format!(
            "expected a period that can be read in one way: `{text}` may be {year}-01 or, without \
             its last zero, {year}-10; write {year}-01 or {year}-10"
        ));
    }
    if notation.has_fiscal_years && is_fiscal_year(text) {
        return Err(FISCAL_YEAR.to_owned());
    }
    if let Ok(span) = Span::parse(text) {
        return Ok(span);
    }
    if is_fiscal_year(text) {
        return Err(FISCAL_YEAR.to_owned());
    }
    if let Some(month) = serial(text, notation.is_1904) {
        return if notation.has_serials {
            Ok(Span::month(month.0))
        } else {
            Err(format!(
                "{NO_PERIOD}; `{text}` looks like a spreadsheet's number for {}: write the date",
                month.1
            ))
        };
    }
    if let Some((year, number)) = behind_colon(text) {
        return match number.parse::<u8>() {
            Ok(number @ 1..=4) if !notation.counts_months && text.len() == 6 => Err(two_readings(
                text,
                &format!("{year}-{number:02}"),
                &format!("{year}-Q{number}"),
            )),
            _ => Span::parse(&format!("{year}-{number}")).map_err(|_| NO_PERIOD.to_owned()),
        };
    }
    let text = without_brackets(text);
    let tokens = tokens(&text).ok_or_else(|| NO_PERIOD.to_owned())?;
    if let [PeriodToken::Year(y), PeriodToken::Roman(n)]
    | [PeriodToken::Year(y), PeriodToken::To, PeriodToken::Roman(n)]
    | [PeriodToken::Roman(n), PeriodToken::Year(y)]
    | [PeriodToken::Roman(n), PeriodToken::To, PeriodToken::Year(y)] = tokens[..]
    {
        return of_roman(&text, y, n, notation.counts_months);
    }
    of_tokens(&tokens, notation.dates, has_short_year(&text))?.ok_or_else(|| NO_PERIOD.to_owned())
}

/// Return the year and the number of `2024:09` and `2024:Q1`, as programs of econometrics write.
fn behind_colon(text: &str) -> Option<(&str, &str)> {
    let (year, number) = text.split_once(':')?;
    let is_year = year.len() == 4 && year.bytes().all(|b| b.is_ascii_digit());
    (is_year && number.len() < 4).then_some((year, number))
}

/// Return the month or quarter of a Roman number. Alone, `X` and `V` are other words, and numbers
/// up to four those of months or quarters.
fn of_roman(text: &str, year: i32, number: u8, counts_months: bool) -> Result<Span, String> {
    let is_letter = matches!(number, 1 | 5 | 10);
    match number {
        _ if counts_months => {}
        _ if is_letter => return Err(NO_PERIOD.to_owned()),
        1..=4 => {
            let readings = [format!("{year}-{number:02}"), format!("{year}-Q{number}")];
            return Err(two_readings(text, &readings[0], &readings[1]));
        }
        _ => {}
    }
    let month = Month::new(year, number).map(Span::month);
    month.ok_or_else(|| NO_PERIOD.to_owned())
}

/// What a date with a year of two digits among numbers is refused with.
const SHORT_YEAR: &str = "expected a year of four digits: write 2024-01-31 for 31/01/24";

/// Return what `24-Jan` is refused with, which may be of a year or of a day.
fn day_or_year(number: u8, month: u8) -> String {
    format!(
        "expected a period that can be read in one way: it may be {}-{month:02} or day {number} of \
         month {month}; write the year in four digits",
        of_two_digits(number)
    )
}

fn two_readings(text: &str, first: &str, second: &str) -> String {
    format!(
        "expected a period that can be read in one way: `{text}` may be {first} or {second}; write \
         {first} or {second}"
    )
}

/// Return a text whose brackets hold a part of the year before them without these:
/// `2024 (Jan-Sep)`.
fn without_brackets(text: &str) -> String {
    let parts = text.strip_suffix(')').and_then(|rest| rest.split_once('('));
    match parts {
        Some((before, inside)) if inside.len() > 1 && inside.contains(char::is_alphabetic) => {
            format!("{} {inside}", before.trim_end())
        }
        _ => text.to_owned(),
    }
}

/// Whether the last number of a text may be a year of two digits: `Jan-25`, `1Q23`.
fn has_short_year(text: &str) -> bool {
    let mut runs = text.rsplit(|c: char| !c.is_ascii_digit());
    runs.find(|run| !run.is_empty())
        .is_some_and(|run| run.len() == 2)
}

/// Whether a text is a period, and no number that only looks like one.
pub(in crate::ingest) fn is_period(text: &str) -> bool {
    let text = text.trim();
    let notation = PeriodNotation {
        has_serials: true,
        ..PeriodNotation::default()
    };
    let within = |span: Span| YEARS.contains(&span.first().year());
    let recent = |span: Span| (1900..=2100).contains(&span.first().year());
    let digits = text.bytes().all(|b| b.is_ascii_digit());
    // `2024.01` and `01.2024` are numbers, too.
    let dotted = text.split_once('.').is_some_and(|(a, b)| {
        matches!((a.len(), b.len()), (4, 2) | (2, 4))
            && a.bytes().chain(b.bytes()).all(|b| b.is_ascii_digit())
    });
    match period(text, notation) {
        Ok(span) if dotted => recent(span),
        Ok(span) if digits => matches!(text.len(), 4..=6 | 8) && recent(span),
        Ok(span) => within(span) && text.parse::<f64>().is_err(),
        // Both readings are periods.
        Err(expected) => expected.contains("read in one way"),
    }
}

/// Return the month and the date of the number that spreadsheet programs keep a date as: days since
/// the end of 1899, or since the beginning of 1904, of the years 1955 to 2118.
fn serial(text: &str, is_1904: bool) -> Option<(Month, time::Date)> {
    let digits = text.strip_suffix(".0").unwrap_or(text);
    let days: i32 = digits.parse().ok().filter(|_| digits.len() == 5)?;
    // 1904-01-01 is day 1462 of the other count.
    let days = if is_1904 { days + 1462 } else { days };
    // 1970-01-01 is day 25569.
    let date = day_of(days.checked_sub(25_569)?).filter(|_| (20_000..80_000).contains(&days))?;
    Some((Month::of(date), date))
}

fn of_tokens(
    tokens: &[PeriodToken],
    dates: Option<DateOrder>,
    is_short: bool,
) -> Result<Option<Span>, String> {
    use PeriodToken::{Count, First, Half, Month as Named, Number, Quarter, Roman, To, Year};
    let month = |year: i32, month: u8| Month::new(year, month).map(Span::month);
    let range = |year: i32, first: u8, last: u8| {
        Span::between(Month::new(year, first)?, Month::new(year, last)?)
    };
    let months_to = |year: i32, last: u8, months: u8| {
        let last = Month::new(year, last)?;
        Span::between(last.plus(1 - i32::from(months)), last).filter(|_| (1..=12).contains(&months))
    };
    let part = |year: i32, part: u8, months: u8| {
        let first = part.checked_sub(1)?.checked_mul(months)?.checked_add(1)?;
        Span::new(Month::new(year, first)?, i32::from(months))
    };
    // Marks between the parts of one date are no ends of a range.
    let is_quarter = tokens.contains(&Quarter);
    let number = |token: PeriodToken| match token {
        Roman(quarter) if is_quarter => Number(quarter),
        other => other,
    };
    let plain: Vec<PeriodToken> = tokens
        .iter()
        .copied()
        .filter(|token| *token != To)
        .map(number)
        .collect();
    Ok(match plain[..] {
        [Named(m), Year(y)] | [Year(y), Named(m)] | [Number(m), Year(y)] | [Year(y), Number(m)] => {
            month(y, m)
        }
        [Named(m), Number(y)] if is_short => month(of_two_digits(y), m),
        // A spreadsheet program makes `24-Jan` of `Jan-24`.
        [Number(y @ 1..=31), Named(m)] if ends(tokens) => return Err(day_or_year(y, m)),
        // The order of databases: `1-Jan-24`.
        [Number(1..=31), Named(m), Number(y)] if is_short => month(of_two_digits(y), m),
        [Number(_), Number(_), Number(_)] if is_short => return Err(SHORT_YEAR.to_owned()),
        [Year(y), First, Count(n)] => range(y, 1, n),
        [Year(y), First, Number(q @ 1..=4), Quarter] => range(y, 1, 3 * q),
        [Count(n), Year(y)] | [Year(y), Count(n)] => range(y, 1, n),
        [Count(n), Number(y)] if is_short => range(of_two_digits(y), 1, n),
        [Count(n), Named(m), Year(y)] => months_to(y, m, n),
        [Count(n), Named(m), Number(y)] if is_short => months_to(of_two_digits(y), m, n),
        // `I-IX 2024`; `I-III 2024` may be of quarters.
        [Roman(a), Roman(b @ 5..), Year(y)] | [Year(y), Roman(a), Roman(b @ 5..)]
            if ends(tokens) =>
        {
            range(y, a, b)
        }
        [Named(m), Number(_), Year(y)]
        | [Number(_), Named(m), Year(y)]
        | [Year(y), Named(m), Number(_)]
        | [Year(y), Number(m), Number(_)]
            if !tokens.contains(&To) || tokens.len() == 5 =>
        {
            month(y, m)
        }
        [Year(y), Number(a), Number(b)] if ends(tokens) => range(y, a, b),
        // `Jan/Feb 2024` are both months together.
        [Named(a), Named(b), Year(y)] | [Year(y), Named(a), Named(b)]
            if ends(tokens) || b == a + 1 =>
        {
            range(y, a, b)
        }
        [Named(a), Year(y), Named(b), Year(z)]
        | [Year(y), Named(a), Year(z), Named(b)]
        | [Number(a), Year(y), Number(b), Year(z)]
        | [Year(y), Number(a), Year(z), Number(b)] => match (Month::new(y, a), Month::new(z, b)) {
            (Some(first), Some(last)) => Span::between(first, last),
            _ => None,
        },
        [Number(a), Number(b), Year(y)] => return date(y, a, b, dates),
        [Quarter, Number(q), Year(y)]
        | [Number(q), Quarter, Year(y)]
        | [Number(q), Year(y), Quarter]
        | [Year(y), Quarter, Number(q)]
        | [Year(y), Number(q), Quarter] => part(y, q, 3),
        [Half, Number(h), Year(y)]
        | [Number(h), Half, Year(y)]
        | [Year(y), Half, Number(h)]
        | [Year(y), Number(h), Half] => part(y, h, 6),
        [Quarter, Number(q), Number(y)] | [Number(q), Quarter, Number(y)] if is_short => {
            part(of_two_digits(y), q, 3).filter(|_| q <= 4)
        }
        [Half, Number(h), Number(y)] | [Number(h), Half, Number(y)] if is_short => {
            part(of_two_digits(y), h, 6).filter(|_| h <= 2)
        }
        [Year(y)] => Some(Span::year(y)),
        _ => None,
    })
}

/// Whether one sign of a range stands between two parts.
fn ends(tokens: &[PeriodToken]) -> bool {
    tokens
        .iter()
        .filter(|token| **token == PeriodToken::To)
        .count()
        == 1
}

fn of_two_digits(year: u8) -> i32 {
    let year = i32::from(year);
    if year < 70 { 2000 + year } else { 1900 + year }
}

fn date(year: i32, a: u8, b: u8, dates: Option<DateOrder>) -> Result<Option<Span>, String> {
    let on = |day: u8, month: u8| {
        let text = format!("{year:04}-{month:02}-{day:02}");
        Month::parse(&text).ok().map(Span::month)
    };
    Ok(match (dates, on(a, b), on(b, a)) {
        (Some(DateOrder::DayFirst), day_first, _) => day_first,
        (Some(DateOrder::MonthFirst), _, month_first) => month_first,
        (None, Some(day_first), Some(month_first)) if day_first != month_first => {
            return Err(format!(
                "expected a date that can be read in one way: this may be of {day_first} (day \
                 first) or of {month_first} (month first); state `--dates dmy` or `--dates mdy`"
            ));
        }
        (None, day_first, month_first) => day_first.or(month_first),
    })
}

/// Find how the periods of a column are written by all its cells: a date with a day above twelve
/// settles the others, and an order that makes one month of two different dates is not that of
/// monthly figures.
///
/// # Errors
/// Two cells that contradict each other.
pub(in crate::ingest) fn notation_of<'a>(
    cells: impl Iterator<Item = &'a str> + Clone,
    stated: PeriodNotation,
) -> Result<PeriodNotation, (String, String)> {
    let mut notation = stated;
    let of_year = |text: &str| {
        let (year, month) = text.trim().split_once('.')?;
        (year.len() == 4).then(|| month.to_owned())
    };
    notation.is_short = cells.clone().filter_map(of_year).any(|month| month == "10");
    notation.counts_months = cells.clone().any(is_above_four);
    notation.has_fiscal_years = are_fiscal_years(cells.clone(), is_period);
    if stated.dates.is_some() {
        return Ok(notation);
    }
    let dates = cells.filter_map(|text| match tokens(text)?[..] {
        [
            PeriodToken::Number(a),
            PeriodToken::Number(b),
            PeriodToken::Year(_),
        ]
        | [
            PeriodToken::Number(a),
            PeriodToken::To,
            PeriodToken::Number(b),
            PeriodToken::To,
            PeriodToken::Year(_),
        ] => Some((text, a, b)),
        _ => None,
    });
    let mut settled: Option<(DateOrder, &str)> = None;
    let mut open: Vec<&str> = Vec::new();
    for (text, a, b) in dates {
        let order = match (a > 12, b > 12) {
            (true, false) => DateOrder::DayFirst,
            (false, true) => DateOrder::MonthFirst,
            _ => {
                open.push(text);
                continue;
            }
        };
        match settled {
            Some((known, first)) if known != order => {
                return Err((first.to_owned(), text.to_owned()));
            }
            Some(_) => {}
            None => settled = Some((order, text)),
        }
    }
    open.sort_unstable();
    open.dedup();
    notation.dates = settled
        .map(|(order, _)| order)
        .or_else(|| by_distinct_months(&open));
    Ok(notation)
}

/// Whether a Roman number or one behind a colon is above four, which no quarter has.
fn is_above_four(text: &str) -> bool {
    if let Some((_, number)) = behind_colon(text.trim()) {
        return number.parse::<u8>().is_ok_and(|number| number > 4);
    }
    let words = text.split(|c: char| !c.is_alphabetic());
    let numbers = words.filter(|word| word.len() > 1);
    let numbers = numbers.filter_map(|word| roman(&word.to_ascii_lowercase()));
    numbers.into_iter().any(|number| number > 4)
}

/// Return the only order in which different dates are of different months.
fn by_distinct_months(dates: &[&str]) -> Option<DateOrder> {
    let distinct = |order: DateOrder| {
        let notation = PeriodNotation {
            dates: Some(order),
            ..PeriodNotation::default()
        };
        let months = dates.iter().map(|text| period(text, notation).ok());
        let mut months: Vec<Span> = months.collect::<Option<_>>()?;
        months.sort_unstable();
        let count = months.len();
        months.dedup();
        (months.len() == count).then_some(order)
    };
    match (
        distinct(DateOrder::DayFirst),
        distinct(DateOrder::MonthFirst),
    ) {
        (Some(order), None) | (None, Some(order)) if dates.len() > 1 => Some(order),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str) -> Result<String, String> {
        period(text, PeriodNotation::default()).map(|span| span.to_string())
    }

    #[test]
    fn periods_are_read_as_people_write_them() {
        for (text, span) in [
            ("2025-05", "2025-05"),
            ("2025 JAN", "2025-01"),
            ("January 2025", "2025-01"),
            ("Jan-25", "2025-01"),
            ("1-Jan-24", "2024-01"),
            ("Jan/Feb 2024", "2024-01-01/P2M"),
            ("Jan, Feb 2024", "2024-01-01/P2M"),
            ("2024年1月份", "2024-01"),
            ("2024年上半年", "2024-01-01/P6M"),
            ("2024年一季度", "2024-01-01/P3M"),
            ("2024年第三季度", "2024-07-01/P3M"),
            ("2024年前5个月", "2024-01-01/P5M"),
            ("2024年前三季度", "2024-01-01/P9M"),
            ("2024-yil yanvar", "2024-01"),
            ("2024 йил январь", "2024-01"),
            ("2024 ж. қаңтар", "2024-01"),
            ("1 полугодие 2024", "2024-01-01/P6M"),
            ("Jänner 2024", "2024-01"),
            ("Jul-16", "2016-07"),
            ("Sept. 2024", "2024-09"),
            ("2025-M1", "2025-01"),
            ("01/2025", "2025-01"),
            ("1.2025", "2025-01"),
            ("31/01/2025", "2025-01"),
            ("01/31/2025", "2025-01"),
            ("31.12.2024", "2024-12"),
            ("5-May-2024", "2024-05"),
            ("May 31, 2024", "2024-05"),
            ("1/1/2025", "2025-01"),
            ("2025年1月", "2025-01"),
            ("2025年1-5月", "2025-01-01/P5M"),
            ("2025年1至5月", "2025-01-01/P5M"),
            ("Jan-May 2025", "2025-01-01/P5M"),
            ("January to May 2025", "2025-01-01/P5M"),
            ("2025-01/2025-05", "2025-01-01/P5M"),
            ("Q1 2025", "2025-01-01/P3M"),
            ("1Q2025", "2025-01-01/P3M"),
            ("2025 Q2", "2025-04-01/P3M"),
            ("Enero 2024", "2024-01"),
            ("dez 2024", "2024-12"),
            ("Март 2024", "2024-03"),
            ("Agustus 2024", "2024-08"),
            ("Eylül 2024", "2024-09"),
            ("Tháng 1/2024", "2024-01"),
            ("2024MM01", "2024-01"),
            ("2024년 1월", "2024-01"),
            ("2024년 1분기", "2024-01-01/P3M"),
            ("Jan 2024(1)", "2024-01"),
            ("Jan 2024 (12)", "2024-01"),
            ("2024 г.", "2024"),
            ("2024", "2024"),
            ("9M2024", "2024-01-01/P9M"),
            ("6M 2024", "2024-S1"),
            ("2024 9M", "2024-01-01/P9M"),
            ("12M 2024", "2024"),
            ("12M Sep 2023", "2022-10-01/P12M"),
            ("9 months of 2024", "2024-01-01/P9M"),
            ("9 мес. 2023", "2023-01-01/P9M"),
            ("9 месяцев 2023 г.", "2023-01-01/P9M"),
            ("6M23", "2023-S1"),
            ("1Q23", "2023-Q1"),
            ("Q1-23", "2023-Q1"),
            ("Q1'23", "2023-Q1"),
            ("1H23", "2023-S1"),
            ("H2 2023", "2023-S2"),
            ("2024 (Jan-Sep)", "2024-01-01/P9M"),
            ("2024 (9M)", "2024-01-01/P9M"),
            ("2024 (Q3)", "2024-Q3"),
            ("2024:09", "2024-09"),
            ("2024:9", "2024-09"),
            ("2024:Q1", "2024-Q1"),
            ("VI.2023", "2023-06"),
            ("2023-XII", "2023-12"),
            ("I-IX 2023", "2023-01-01/P9M"),
            ("IV кв. 2023", "2023-Q4"),
            ("M9 2024", "2024-09"),
            ("Mar 05", "2005-03"),
        ] {
            let span = Span::parse(span).unwrap().to_string();
            assert_eq!(read(text), Ok(span), "{text}");
        }
    }

    #[test]
    fn a_period_that_may_be_two_is_refused_with_both() {
        for (text, readings) in [
            ("2/1/2025", ["2025-01", "2025-02"]),
            ("2024.1", ["2024-01", "2024-10"]),
            ("2024:1", ["2024-01", "2024-Q1"]),
            ("IV.2023", ["2023-04", "2023-Q4"]),
        ] {
            let refused = read(text).unwrap_err();
            assert!(readings.iter().all(|r| refused.contains(r)), "{refused}");
        }
        assert!(read("45658").unwrap_err().contains("2025-01-01"));
        for text in [
            "",
            "soon",
            "2025-13",
            "13/2025",
            "32/01/2025",
            "2023-24",
            "Ja 2025",
            "24-Jan",
            "2024 (1)",
            "2022/23",
            "2022/2023",
            "2022–23",
            "2023/2022",
            "2023 r/r",
            "Dec-1",
            "Mar 5",
            "09M2024",
            "13M 2024",
            "5Q23",
            "1Q3",
            "FY23",
            "2024 YTD",
            // Exports, a value.
            "X 2024",
            "V 2024",
            "X2024",
        ] {
            assert!(read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_cells_of_a_column_settle_its_dates() {
        let of = |cells: &[&str]| {
            let found = notation_of(cells.iter().copied(), PeriodNotation::default());
            found.map(|notation| notation.dates)
        };
        assert_eq!(
            of(&["01/02/2025", "31/01/2025"]),
            Ok(Some(DateOrder::DayFirst))
        );
        assert_eq!(
            of(&["1/1/2025", "2/1/2025", "3/1/2025"]),
            Ok(Some(DateOrder::MonthFirst))
        );
        assert_eq!(of(&["1/2/2025", "2/1/2025"]), Ok(None));
        assert!(of(&["31/01/2025", "01/31/2025"]).is_err());
        let short = |cells: &[&str]| {
            let found = notation_of(cells.iter().copied(), PeriodNotation::default());
            found.map(|notation| notation.is_short)
        };
        assert_eq!(short(&["2024.1", "2024.10"]), Ok(true));
        assert_eq!(short(&["2024.1", "2024.11"]), Ok(false));
        let first = |cells: [&str; 2]| {
            let notation = notation_of(cells.into_iter(), PeriodNotation::default()).unwrap();
            period(cells[0], notation).map(|span| span.to_string()).ok()
        };
        assert_eq!(first(["I.2024", "VI.2024"]).as_deref(), Some("2024-01"));
        assert_eq!(first(["2024:1", "2024:12"]).as_deref(), Some("2024-01"));
        assert_eq!(first(["2024:1", "2024:4"]), None);
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "\\PC*", serials in any::<bool>()) {
            let notation = PeriodNotation {
                has_serials: serials,
                ..PeriodNotation::default()
            };
            let _ = period(&text, notation);
            let _ = notation_of([text.as_str(), "1/2/2025"].into_iter(), notation);
        }
    }
}
