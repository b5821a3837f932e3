//! The records of a text, and what separates their cells.

use super::cells::SheetCells;
use std::cmp::Reverse;

/// The records that show what separates cells.
const RECORDS: usize = 60;
/// What may separate cells.
const DELIMITERS: [u8; 4] = [b'\t', b';', b',', b'|'];

/// Return what separates the cells of a text table: that which gives the most cells to the most
/// records of one width, whatever titles stand above. A tab in most records outweighs all others,
/// since no cell has one. Of two that separate most records, the one counts that also separates the
/// header: commas may stand in the numbers or names below it.
pub(in crate::ingest) fn delimiter_of(head: &str) -> u8 {
    // `STRUCTURE[;]` names the separator within cells.
    if let Some((_, rest)) = head.split_once(']').filter(|(start, _)| {
        let start = start.to_ascii_uppercase();
        start.starts_with("STRUCTURE[") && start.len() < 16
    }) {
        return delimiter_of(rest);
    }
    let score = |delimiter: u8| {
        let widths: Vec<usize> = records(head, delimiter)
            .take(RECORDS)
            .map(|(_, record)| record.len())
            .collect();
        let mut sorted = widths.clone();
        sorted.sort_unstable();
        let same = sorted.chunk_by(|a, b| a == b).filter(|same| same[0] > 1);
        let best = same.max_by_key(|same| (same[0] - 1) * same.len());
        let (width, count) = best.map_or((1, 0), |same| (same[0], same.len()));
        let is_half = 2 * count >= widths.len();
        // The record with which the table begins, where it is half of the text or more. A
        // delimiter may stand behind the last name.
        let first = widths.iter().position(|found| *found >= width);
        let first = first.filter(|_| is_half).unwrap_or(usize::MAX);
        let is_tabs = delimiter == b'\t' && 2 * count > widths.len();
        (is_tabs, first, (width - 1) * count)
    };
    // Of several that separate nothing, the comma.
    let best = DELIMITERS.into_iter().max_by_key(|delimiter| {
        let (is_tabs, first, cells) = score(*delimiter);
        (is_tabs, Reverse(first), cells, *delimiter == b',')
    });
    best.unwrap_or(b',')
}

/// Iterate over the records of a text, each with the number of its line; blank lines are none.
fn records(text: &str, delimiter: u8) -> impl Iterator<Item = (u64, csv::StringRecord)> + '_ {
    let reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .has_headers(false)
        .flexible(true)
        .from_reader(text.as_bytes());
    reader.into_records().map_while(Result::ok).map(|record| {
        let (line, byte) = record
            .position()
            .map_or((1, 0), |at| (at.line(), at.byte()));
        // The position is that of the blank lines before the record.
        let blank = text
            .as_bytes()
            .iter()
            .skip(usize::try_from(byte).unwrap_or(usize::MAX));
        let blank = blank.take_while(|byte| matches!(byte, b'\n' | b'\r'));
        (
            line + blank.filter(|byte| **byte == b'\n').count() as u64,
            record,
        )
    })
}

/// Return the cells of a text, each record in the row of its first line.
pub(in crate::ingest) fn sheet_of_text(text: &str, delimiter: u8) -> SheetCells {
    let mut rows: Vec<Vec<String>> = Vec::new();
    for (line, record) in records(text, delimiter) {
        let at = usize::try_from(line).unwrap_or(0).saturating_sub(1);
        if rows.len() < at {
            rows.resize(at, Vec::new());
        }
        rows.push(record.iter().map(|cell| cell.trim().to_owned()).collect());
    }
    SheetCells {
        rows: rows_of_blanks(text, &rows).unwrap_or(rows),
        ..SheetCells::default()
    }
}

/// Return the rows of a text whose cells are separated by blanks: columns of fixed width, with two
/// blanks or more between them, or words as R writes them, a header and below it the number or name
/// of each row before its cells. `None` where something else separates cells, or where rows differ.
fn rows_of_blanks(text: &str, rows: &[Vec<String>]) -> Option<Vec<Vec<String>>> {
    if rows.iter().any(|row| row.len() > 1) || rows.len() < 3 {
        return None;
    }
    let split = |words: &dyn Fn(&str) -> Vec<String>| {
        let lines: Vec<Vec<String>> = text.lines().map(|line| words(line.trim())).collect();
        let filled: Vec<usize> = lines.iter().map(Vec::len).filter(|n| *n > 0).collect();
        let (first, others) = filled.split_first()?;
        let width = *others.first()?;
        let is_even = width > 1 && others.iter().all(|count| *count == width);
        (is_even && (*first == width || first + 1 == width)).then_some((lines, *first < width))
    };
    let (mut lines, is_short) = split(&columns).or_else(|| split(&words))?;
    if let Some(header) = lines.iter_mut().find(|line| is_short && !line.is_empty()) {
        header.insert(0, String::new());
    }
    Some(lines)
}

/// Split a line where two blanks or more stand.
fn columns(line: &str) -> Vec<String> {
    let cells = line
        .split("  ")
        .map(str::trim)
        .filter(|cell| !cell.is_empty());
    cells
        .map(|cell| cell.trim_matches('"').to_owned())
        .collect()
}

/// Split a line at blanks outside quotes.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut is_quoted) = (Vec::new(), String::new(), false);
    for c in line.chars() {
        match c {
            '"' => is_quoted = !is_quoted,
            c if c.is_whitespace() && !is_quoted => {
                if !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
            }
            c => word.push(c),
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_delimiter_is_that_of_most_records() {
        for (text, delimiter) in [
            ("a,b,c\n1,2,3\n", b','),
            ("a;b;c\n1,5;2,5;3,5\n", b';'),
            (
                "A title, with commas, and more\n\na;b\n1,5;2\n3,5;4\n",
                b';',
            ),
            (
                "freq,flow,partner,geo\\TIME\t2024-01\nM,1,CN,EU\t5 p\n",
                b'\t',
            ),
            ("STRUCTURE[;],ID,OBS\nD,x;y,1\nD,x;y;z,1\n", b','),
            (
                "Country;Month;Value\nA;May 2010;262,013,646\nB;May 2010;153,682,069\n",
                b';',
            ),
            (
                "Title\nCountry;Month;Value;\nA;May;262,013,646\nB;May;153,682,069\n",
                b';',
            ),
            (
                "LABEL;VALUE\nUnion (AT, BE, BG, CY);1\nUnion (AT, BE, BG, CY);2\n",
                b';',
            ),
            ("a,note\n1,x; y; z\n2,x; y; z\n3,x; y; z\n", b','),
            ("alone\n", b','),
            ("year|country|value\n2020|China|5\n", b'|'),
        ] {
            assert_eq!(
                char::from(delimiter_of(text)),
                char::from(delimiter),
                "{text}"
            );
        }
    }

    #[test]
    fn blanks_separate_cells_where_nothing_else_does() {
        let fixed = "Partner    Year  Value\nChina      2020  100.5\nHong Kong  2021   10.0\n";
        let sheet = sheet_of_text(fixed, b',');
        assert_eq!(sheet.rows[2], ["Hong Kong", "2021", "10.0"]);
        let table = "\"partner\" \"value\"\n\"1\" \"Hong Kong\" 5\n\"2\" \"Japan\" 6\n";
        let sheet = sheet_of_text(table, b',');
        assert_eq!(sheet.rows[0], ["", "partner", "value"]);
        assert_eq!(sheet.rows[1], ["1", "Hong Kong", "5"]);
        let prose = "one two three\nfour five\nsix seven eight nine\n";
        assert_eq!(sheet_of_text(prose, b',').rows[0], ["one two three"]);
    }

    #[test]
    fn rows_are_counted_as_an_editor_counts_lines() {
        let sheet = sheet_of_text("title\n\na, b\n\"x\ny\",2\n3,4\n", b',');
        let empty: [&str; 0] = [];
        assert_eq!(sheet.rows[1], empty);
        assert_eq!(sheet.rows[2], ["a", "b"]);
        assert_eq!((sheet.text(3, 0), sheet.text(5, 0)), ("x\ny", "3"));
    }
}
