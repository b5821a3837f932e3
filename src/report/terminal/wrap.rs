//! Sentences within the columns of a terminal. Tables and charts fit by themselves.

use crate::report::table;
use textwrap::Options;

/// Columns of explanations where the output is no terminal, and at most.
const COLUMNS: usize = 100;

/// Break lines at blanks that are wider than the terminal, what follows indented; leave a text as
/// it is where the output is no terminal.
pub(super) fn fit(text: &str) -> String {
    match table::width() {
        Some(width) => broken(text, usize::from(width)),
        None => text.to_owned(),
    }
}

/// Break an explanation into lines of at most a hundred columns, or those of the terminal.
pub(super) fn paragraph(text: &str) -> String {
    let room = table::width().map_or(COLUMNS, usize::from);
    textwrap::fill(text, Options::new(room.min(COLUMNS)).break_words(false)) + "\n"
}

fn broken(text: &str, width: usize) -> String {
    let options = Options::new(width)
        .subsequent_indent("  ")
        .break_words(false);
    let mut all = String::new();
    for line in text.split_inclusive('\n') {
        let (content, end) = match line.strip_suffix('\n') {
            Some(content) => (content, "\n"),
            None => (line, ""),
        };
        if content.chars().count() <= width {
            all.push_str(content);
        } else {
            all.push_str(&textwrap::wrap(content, &options).join("\n"));
        }
        all.push_str(end);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_sentences_are_broken_and_short_lines_stay() {
        let text =
            "  KAZ  +7.0  |████\n\nX CNY Jan–May 2025: a record among 12 earlier years known\n";
        assert_eq!(
            broken(text, 30),
            "  KAZ  +7.0  |████\n\nX CNY Jan–May 2025: a record\n  among 12 earlier years known\n"
        );
        assert_eq!(broken(text, 80), text);
        assert_eq!(broken("a b", 1), "a\n  b");
        let lines = paragraph(&"word ".repeat(60));
        assert!(lines.lines().all(|line| line.len() <= 100) && lines.ends_with("word\n"));
    }
}
