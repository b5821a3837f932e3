//! Numbers with decimal marks and separators of thousands.

use super::note::without_note_number;
use super::status_mark::split_status;
use std::borrow::Cow;

/// The decimal mark and the separator of thousands, as far as they are known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct NumberMarks {
    /// `.` or `,`.
    pub decimal: Option<char>,
    /// `.`, `,`, a blank or an apostrophe.
    pub thousands: Option<char>,
    /// Whether a point is surely a decimal mark where nothing is known.
    pub(in crate::ingest) sure_point: bool,
}

impl NumberMarks {
    /// Return these marks; where neither is known, those of `other`.
    pub(in crate::ingest) fn or(self, other: Self) -> Self {
        let known = if self.decimal.or(self.thousands).is_some() {
            self
        } else {
            other
        };
        Self {
            sure_point: self.sure_point || other.sure_point,
            ..known
        }
    }

    /// Return these marks for cells that are separated by `delimiter`: where semicolons separate
    /// them, a point may be either.
    pub(in crate::ingest) fn separated_by(self, delimiter: u8) -> Self {
        Self {
            sure_point: self.sure_point || delimiter != b';',
            ..self
        }
    }

    /// Whether a number with a point can be read as it stands.
    pub(in crate::ingest) fn has_points(self) -> bool {
        self.sure_point && self.is_decimal('.') != Some(false)
    }

    /// Return whether `mark` is the decimal mark; `None` where it is not known.
    fn is_decimal(self, mark: char) -> Option<bool> {
        match (self.decimal, self.thousands) {
            (Some(decimal), _) => Some(decimal == mark),
            (None, Some(thousands)) if thousands == mark => Some(false),
            (None, Some(',' | '.')) => Some(true),
            _ => None,
        }
    }
}

/// Whether a text surely stands for a missing figure.
pub(in crate::ingest) fn is_gap(text: &str) -> bool {
    matches!(
        text.trim().to_ascii_lowercase().as_str(),
        "" | "na" | "n/a" | "n.a." | "n.a" | "nan" | "null" | "none" | "#n/a"
    )
}

/// What a text that is no number is refused with.
const NO_NUMBER: &str = "expected a finite number: leave it empty for a gap, write 0 for nil";

/// Return the number of a cell with a decimal point and without separators of thousands: `1 234,5`
/// is `1234.5`.
///
/// # Errors
/// What was expected, with both readings where there are two.
pub(in crate::ingest) fn number_text(
    text: &str,
    marks: NumberMarks,
) -> Result<Cow<'_, str>, String> {
    let text = text.trim();
    if let Some(found) = plain(text) {
        let point = found.contains('.');
        return match point.then(|| marks.is_decimal('.')) {
            Some(Some(false)) if group_only(&found, '.') => Ok(found.replace('.', "").into()),
            Some(Some(false)) => Err("expected a decimal comma, as stated".to_owned()),
            Some(None) if !marks.sure_point && is_one_group(&found, '.') => {
                Err(two_readings(&found, '.'))
            }
            _ => Ok(found),
        };
    }
    let kept = stripped(text).ok_or_else(|| match text.trim_end().ends_with('%') {
        true => "expected a value, not a percentage: a change or a share is no trade".to_owned(),
        false => NO_NUMBER.to_owned(),
    })?;
    let count = |mark: char| kept.matches(mark).count();
    let (points, commas) = (count('.'), count(','));
    let decimal = match (points, commas) {
        (0, 0) => None,
        (1, 0) | (0, 1) => {
            let mark = if points == 1 { '.' } else { ',' };
            match marks.is_decimal(mark) {
                Some(true) => Some(mark),
                Some(false) if group_only(&kept, mark) => None,
                Some(false) => {
                    let other = if mark == '.' { "comma" } else { "point" };
                    return Err(format!(
                        "expected a decimal {other}, or groups of three digits; state `--decimal \
                         {mark}` if `{mark}` is the decimal mark"
                    ));
                }
                None if mark == '.' && marks.sure_point => Some(mark),
                None if is_one_group(&kept, mark) => return Err(two_readings(&kept, mark)),
                None => Some(mark),
            }
        }
        (_, 0) | (0, _) => None,
        _ => match (kept.rfind('.'), kept.rfind(',')) {
            (point, comma) if point > comma => Some('.'),
            _ => Some(','),
        },
    };
    let contradicts = |mark: char| marks.is_decimal(mark) == Some(false);
    if decimal.is_some_and(contradicts) {
        return Err(format!(
            "{NO_NUMBER}; its decimal mark is not that of the other numbers"
        ));
    }
    let (whole, fraction) = match decimal {
        Some(mark) => kept.rsplit_once(mark).unwrap_or((&kept, "")),
        None => (kept.as_str(), ""),
    };
    let digits = grouped(whole).ok_or_else(|| NO_NUMBER.to_owned())?;
    let number = match fraction {
        "" => digits,
        fraction => format!("{digits}.{fraction}"),
    };
    plain(&number)
        .map(|number| Cow::Owned(number.into_owned()))
        .ok_or_else(|| NO_NUMBER.to_owned())
}

/// Return a text that is a number already: digits, a point, a sign, an exponent.
fn plain(text: &str) -> Option<Cow<'_, str>> {
    let digits = text.bytes().any(|b| b.is_ascii_digit());
    let signs = text
        .bytes()
        .all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'-' | b'+' | b'e' | b'E'));
    let number = (digits && signs)
        .then(|| text.parse::<f64>().ok())
        .flatten();
    number
        .filter(|v| v.is_finite())
        .map(|_| Cow::Borrowed(text))
}

/// Return a number without the mark of a preliminary, revised or estimated figure, or of a
/// footnote, behind it: `110 p`, `110 (r)`, `110(1)`. `None` where none stands there.
pub(in crate::ingest) fn without_flag(text: &str) -> Option<&str> {
    let text = text.trim();
    let bare = text
        .trim_end_matches(['*', '†', '‡', '¹', '²', '³'])
        .trim_end();
    // `1234 1)`.
    let listed = bare
        .strip_suffix(')')
        .and_then(|rest| rest.rsplit_once(' '));
    let is_number =
        |number: &str| matches!(number.len(), 1 | 2) && number.bytes().all(|b| b.is_ascii_digit());
    let listed = listed.filter(|(_, number)| is_number(number));
    let listed = listed.map(|(rest, _)| rest.trim_end());
    let rest = without_note_number(bare).or(listed).unwrap_or(bare);
    let rest = split_status(rest).map_or(rest, |(rest, _)| rest);
    (rest.len() < text.len() && stripped(rest).is_some()).then_some(rest)
}

/// Return a number without blanks and apostrophes between its digits, minus signs of print as `-`,
/// and brackets around a negative number; `None` where other characters stand beside it.
pub(in crate::ingest) fn stripped(text: &str) -> Option<String> {
    let text = text.trim();
    let bracketed = text
        .strip_prefix('(')
        .and_then(|text| text.strip_suffix(')'));
    let (text, negative) = match bracketed {
        Some(inner) => (inner.trim(), true),
        None => match text.strip_prefix(['-', '−', '–', '－']) {
            Some(rest) => (rest.trim_start(), true),
            None => (text, false),
        },
    };
    let mut kept = String::with_capacity(text.len() + 1);
    if negative {
        kept.push('-');
    }
    let characters: Vec<char> = text.chars().collect();
    for (at, c) in characters.iter().enumerate() {
        let digit = |at: usize| characters.get(at).is_some_and(char::is_ascii_digit);
        match c {
            '0'..='9' | '.' | ',' => kept.push(*c),
            ' ' | '\u{a0}' | '\u{202f}' | '\u{2009}' | '\'' | '’' => {
                // A blank separates groups of three digits.
                let group = (at + 1..at + 4).all(digit) && !digit(at + 4);
                if !(at > 0 && digit(at - 1) && group) {
                    return None;
                }
            }
            _ => return None,
        }
    }
    kept.bytes().any(|b| b.is_ascii_digit()).then_some(kept)
}

/// Return the digits of a whole number without the separators of its groups of three, or of the
/// groups of two before the last three that commas separate in India.
fn grouped(whole: &str) -> Option<String> {
    let (sign, digits) = match whole.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", whole),
    };
    let Some(mark) = digits.chars().find(|c| matches!(c, '.' | ',')) else {
        return Some(whole.to_owned());
    };
    let groups: Vec<usize> = digits.split(mark).map(str::len).collect();
    let fits = match groups[..] {
        [1..=3, ref others @ ..] if others.iter().all(|group| *group == 3) => true,
        [1 | 2, ref between @ .., 3] => {
            mark == ',' && !between.is_empty() && between.iter().all(|group| *group == 2)
        }
        _ => false,
    };
    let is_plain = digits.chars().all(|c| c == mark || c.is_ascii_digit());
    (fits && is_plain).then(|| format!("{sign}{}", digits.replace(mark, "")))
}

/// Whether a number with one mark could have it between thousands: `41.597`, not `0.597`.
fn is_one_group(text: &str, mark: char) -> bool {
    let Some((whole, rest)) = text.trim_start_matches('-').split_once(mark) else {
        return false;
    };
    (1..=3).contains(&whole.len())
        && !whole.starts_with('0')
        && rest.len() == 3
        && whole
            .bytes()
            .chain(rest.bytes())
            .all(|b| b.is_ascii_digit())
}

/// Whether a number can be read in two ways: `41.597` where nothing is known of its marks.
pub(in crate::ingest) fn is_ambiguous(text: &str, marks: NumberMarks) -> bool {
    let may_be_either = |mark: char| is_one_group(text, mark) && marks.is_decimal(mark).is_none();
    may_be_either(',') || !marks.sure_point && may_be_either('.')
}

/// Whether the marks of a number stand between groups of three digits.
fn group_only(text: &str, mark: char) -> bool {
    text.contains(mark) && grouped(text).is_some_and(|digits| !digits.contains(['.', ',']))
}

fn two_readings(text: &str, mark: char) -> String {
    let (as_decimal, as_thousands) = (text.replace(mark, "."), text.replace(mark, ""));
    let other = if mark == '.' { ',' } else { '.' };
    format!(
        "expected a number that can be read in one way: `{mark}` may be the decimal mark \
         ({as_decimal}) or separate thousands ({as_thousands}); state `--decimal {mark}` or \
         `--decimal {other}`"
    )
}

/// Find the marks of a column by its cells: those that can be read in one way settle the others.
///
/// # Errors
/// Two cells that contradict each other.
pub(in crate::ingest) fn marks_of<'a>(
    cells: impl Iterator<Item = &'a str>,
) -> Result<NumberMarks, (String, String)> {
    let mut found: Option<(char, &str)> = None;
    for cell in cells {
        let Some(kept) = stripped(cell) else {
            continue;
        };
        let count = |mark: char| kept.matches(mark).count();
        let decimal = match (count('.'), count(',')) {
            (0, 0) => continue,
            (1, 0) if is_one_group(&kept, '.') => continue,
            (0, 1) if is_one_group(&kept, ',') => continue,
            (1, 0) => '.',
            (0, 1) => ',',
            // Repeated marks separate thousands.
            (_, 0) => ',',
            (0, _) => '.',
            _ if kept.rfind('.') > kept.rfind(',') => '.',
            _ => ',',
        };
        match found {
            Some((known, first)) if known != decimal => {
                return Err((first.to_owned(), cell.to_owned()));
            }
            Some(_) => {}
            None => found = Some((decimal, cell)),
        }
    }
    Ok(NumberMarks {
        decimal: found.map(|(decimal, _)| decimal),
        ..NumberMarks::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str, decimal: Option<char>) -> Result<String, String> {
        let marks = NumberMarks {
            decimal,
            ..NumberMarks::default()
        };
        number_text(text, marks).map(Cow::into_owned)
    }

    #[test]
    fn numbers_are_read_as_people_write_them() {
        for (text, number) in [
            ("41597.1", "41597.1"),
            ("41,597.1", "41597.1"),
            ("41.597,1", "41597.1"),
            ("1 234.5", "1234.5"),
            ("1\u{a0}234,5", "1234.5"),
            ("1'234.5", "1234.5"),
            ("1.041,5", "1041.5"),
            ("262,013,646", "262013646"),
            ("1.234.567", "1234567"),
            ("0,597", "0.597"),
            ("1234,567", "1234.567"),
            ("−12,5", "-12.5"),
            ("(12.5)", "-12.5"),
            ("1.23E+05", "1.23E+05"),
            ("12,34,567", "1234567"),
            ("1,23,45,678.50", "12345678.50"),
        ] {
            assert_eq!(read(text, None).as_deref(), Ok(number), "{text}");
        }
    }

    #[test]
    fn a_number_that_may_be_two_is_refused_with_both() {
        for (text, decimal, thousands) in
            [("41,597", "41.597", "41597"), ("41.597", "41.597", "41597")]
        {
            let refused = read(text, None).unwrap_err();
            assert!(refused.contains(&format!("({decimal})")), "{refused}");
            assert!(refused.contains(&format!("({thousands})")), "{refused}");
        }
        assert_eq!(read("41,597", Some(',')).as_deref(), Ok("41.597"));
        assert_eq!(read("41,597", Some('.')).as_deref(), Ok("41597"));
        assert_eq!(read("41.597", Some('.')).as_deref(), Ok("41.597"));
        assert_eq!(read("41.597", Some(',')).as_deref(), Ok("41597"));
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for text in [
            "-",
            "..",
            "100.5*",
            "12,34,56",
            "12.34.567",
            "123,45,678",
            "1.2.3",
            "1 23",
            "x",
            "5 %",
            "1,2,3.4",
        ] {
            assert!(read(text, None).is_err(), "{text}");
        }
        assert!(read("41.5", Some(',')).is_err());
        assert!(is_gap("n.a.") && is_gap("") && !is_gap("-") && !is_gap(".."));
    }

    #[test]
    fn marks_and_footnotes_stand_behind_a_number() {
        for (text, number) in [
            ("110 p", Some("110")),
            ("1,100 (r)", Some("1,100")),
            ("100(1)", Some("100")),
            ("55 (12)", Some("55")),
            ("(5) (1)", Some("(5)")),
            ("110 p (2)", Some("110")),
            ("(1)", None),
            ("100 (1.5)", None),
            ("100 (123)", None),
            ("110", None),
            ("110 kg", None),
            ("May 2024 p", None),
        ] {
            assert_eq!(without_flag(text), number, "{text}");
        }
    }

    #[test]
    fn the_cells_of_a_column_settle_its_marks() {
        let of = |cells: &[&str]| marks_of(cells.iter().copied()).map(|marks| marks.decimal);
        assert_eq!(of(&["41,597", "1.041,5"]), Ok(Some(',')));
        assert_eq!(of(&["41,597", "262,013,646"]), Ok(Some('.')));
        assert_eq!(of(&["41.597", "1041.5"]), Ok(Some('.')));
        assert_eq!(of(&["41.597", "x", ""]), Ok(None));
        assert!(of(&["1,5", "1.5"]).is_err());
    }

    proptest! {
        #[test]
        fn a_grouped_number_is_the_number(value in 0_u64..10_000_000_000, cents in 0_u32..100) {
            let digits = value.to_string();
            let mut grouped = String::new();
            for (at, digit) in digits.chars().enumerate() {
                if at > 0 && (digits.len() - at) % 3 == 0 {
                    grouped.push('.');
                }
                grouped.push(digit);
            }
            let plain = format!("{value}.{cents:02}");
            prop_assert_eq!(read(&format!("{grouped},{cents:02}"), Some(',')), Ok(plain));
        }

        #[test]
        fn no_text_makes_it_panic(text in "\\PC*", decimal in proptest::option::of("[.,]")) {
            let decimal = decimal.and_then(|mark| mark.chars().next());
            let _ = read(&text, decimal);
            let _ = marks_of([text.as_str()].into_iter());
        }
    }
}
