//! What is printed for people: names from files and from the wire never reach a terminal as its
//! commands.

use std::io::{self, Write};

/// Return standard output, where control characters are shown escaped.
pub(super) fn stdout() -> Console<io::StdoutLock<'static>> {
    Console::new(io::stdout().lock())
}

/// Return standard error, where control characters are shown escaped.
pub(super) fn stderr() -> Console<io::StderrLock<'static>> {
    Console::new(io::stderr().lock())
}

/// Print a line to standard error; where nothing can be printed, go on.
pub(super) fn note(line: std::fmt::Arguments<'_>) {
    let _ = writeln!(stderr(), "{line}");
}

/// A writer of text that escapes control characters but ends of lines and tabs, and marks that turn
/// the direction of the text after them.
#[derive(Debug)]
pub(super) struct Console<W: Write> {
    out: W,
    /// The first bytes of a character whose others have not been written yet.
    begun: Vec<u8>,
}

impl<W: Write> Console<W> {
    fn new(out: W) -> Self {
        Self {
            out,
            begun: Vec::new(),
        }
    }
}

impl<W: Write> Write for Console<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.begun.extend_from_slice(bytes);
        let mut text = String::with_capacity(self.begun.len());
        let mut rest = self.begun.as_slice();
        loop {
            let error = match str::from_utf8(rest) {
                Ok(valid) => {
                    escape(valid, &mut text);
                    rest = &[];
                    break;
                }
                Err(error) => error,
            };
            let (valid, after) = rest.split_at(error.valid_up_to());
            escape(&String::from_utf8_lossy(valid), &mut text);
            rest = after;
            let Some(wrong) = error.error_len() else {
                break;
            };
            text.push(char::REPLACEMENT_CHARACTER);
            rest = &rest[wrong..];
        }
        let rest = rest.to_vec();
        self.out.write_all(text.as_bytes())?;
        self.begun = rest;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Append a text with its control characters escaped.
fn escape(text: &str, to: &mut String) {
    for letter in text.chars() {
        let turns = matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        if turns || letter.is_control() && !matches!(letter, '\n' | '\t') {
            to.extend(letter.escape_default());
        } else {
            to.push(letter);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_of_terminals_are_shown_and_text_stays() {
        let mut console = Console::new(Vec::new());
        let text = "Côte d'Ivoire\t语\n\u{1b}[2J\u{9b}31m\r\u{202e}";
        // Byte by byte, so that characters come in pieces.
        for byte in text.as_bytes() {
            console.write_all(&[*byte]).unwrap();
        }
        console.write_all(b"\xff!").unwrap();
        let shown = String::from_utf8(console.out).unwrap();
        let expected = "Côte d'Ivoire\t语\n\\u{1b}[2J\\u{9b}31m\\r\\u{202e}\u{fffd}!";
        assert_eq!(shown, expected);
    }
}
