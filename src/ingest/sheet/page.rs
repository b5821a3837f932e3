//! The rows of the tables of a web page, read without trust: of its marks only rows, cells and
//! their spans count.

/// The most cells of a page.
const MOST_CELLS: usize = 1 << 20;
/// The most rows or columns that a cell spans.
const MOST_SPAN: usize = 64;

/// Return the texts of the rows of a page's tables. A cell that spans several columns or rows has
/// its text in the first of them, as in a workbook.
///
/// # Errors
/// A page of more than a million cells.
pub(in crate::ingest) fn page_rows(page: &str) -> Result<Vec<Vec<String>>, String> {
    let mut table = PageTable::default();
    let mut rest = page;
    while let Some(at) = rest.find('<') {
        table.text(&rest[..at]);
        rest = &rest[at..];
        if let Some(comment) = rest.strip_prefix("<!--") {
            rest = comment.split_once("-->").map_or("", |(_, after)| after);
            continue;
        }
        let Some((tag, after)) = rest[1..].split_once('>') else {
            break;
        };
        rest = after;
        let name = tag.split(|c: char| c.is_whitespace()).next().unwrap_or("");
        let name = name.trim_end_matches('/').to_ascii_lowercase();
        match name.as_str() {
            "script" | "style" => rest = from_end_of(&name, rest),
            "tr" => table.start_row(),
            "/tr" | "/table" => table.end_row(),
            "td" | "th" => table.start_cell(span(tag, "colspan"), span(tag, "rowspan")),
            "/td" | "/th" => table.end_cell(),
            "br" => table.text("\n"),
            _ => {}
        }
        if table.cells > MOST_CELLS {
            return Err(format!("expected at most {MOST_CELLS} cells"));
        }
    }
    table.end_row();
    Ok(table.rows)
}

/// Return the text from the end of an element on, whose content is no text.
fn from_end_of<'a>(name: &str, text: &'a str) -> &'a str {
    let is_end = |at: usize| {
        let found = text.get(at + 2..at + 2 + name.len());
        found.is_some_and(|found| found.eq_ignore_ascii_case(name))
    };
    let end = text.match_indices("</").find(|(at, _)| is_end(*at));
    end.map_or("", |(at, _)| &text[at..])
}

/// Return the number of columns or rows that the tag of a cell states.
fn span(tag: &str, attribute: &str) -> usize {
    let lower = tag.to_ascii_lowercase();
    let value = lower.split_once(attribute).map_or("", |(_, rest)| rest);
    let digits: String = value
        .chars()
        .skip_while(|c| matches!(c, '=' | '"' | '\'' | ' '))
        .take_while(char::is_ascii_digit)
        .collect();
    digits.parse().unwrap_or(1).clamp(1, MOST_SPAN)
}

/// The rows of a page while they are read.
#[derive(Default)]
struct PageTable {
    rows: Vec<Vec<String>>,
    /// The row that is open.
    row: Option<Vec<String>>,
    /// The cell that is open: its text and the columns that it spans.
    cell: Option<(String, usize)>,
    /// By column, the rows below the open one that a cell above reaches into.
    spanned: Vec<usize>,
    cells: usize,
}

impl PageTable {
    fn text(&mut self, text: &str) {
        if let Some((cell, _)) = &mut self.cell {
            cell.push_str(text);
        }
    }

    fn start_row(&mut self) {
        self.end_row();
        self.row = Some(Vec::new());
    }

    fn end_row(&mut self) {
        self.end_cell();
        if let Some(row) = self.row.take() {
            for rows in self.spanned.iter_mut().skip(row.len()) {
                *rows = rows.saturating_sub(1);
            }
            self.rows.push(row);
        }
    }

    fn start_cell(&mut self, columns: usize, rows: usize) {
        self.end_cell();
        let Some(row) = &mut self.row else { return };
        // Columns that a cell above reaches into are empty here.
        while let Some(left) = self.spanned.get_mut(row.len()).filter(|rows| **rows > 0) {
            *left -= 1;
            row.push(String::new());
        }
        let at = row.len();
        if self.spanned.len() < at + columns {
            self.spanned.resize(at + columns, 0);
        }
        self.spanned[at..at + columns].fill(rows - 1);
        self.cell = Some((String::new(), columns));
    }

    fn end_cell(&mut self) {
        let Some((text, columns)) = self.cell.take() else {
            return;
        };
        let Some(row) = &mut self.row else { return };
        self.cells += columns;
        let text = without_entities(&text);
        row.push(text.trim_matches(['\n', '\r', '\t']).to_owned());
        row.extend(std::iter::repeat_n(String::new(), columns - 1));
    }
}

/// Return a text with the characters that its entities name.
fn without_entities(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        plain.push_str(&rest[..at]);
        rest = &rest[at..];
        let end = rest.bytes().take(10).position(|b| b == b';');
        let named = end.and_then(|end| Some((character(&rest[1..end])?, end + 1)));
        match named {
            Some((c, length)) => {
                plain.push(c);
                rest = &rest[length..];
            }
            None => {
                plain.push('&');
                rest = &rest[1..];
            }
        }
    }
    plain + rest
}

fn character(entity: &str) -> Option<char> {
    let number = |digits: &str| match digits.strip_prefix(['x', 'X']) {
        Some(hexadecimal) => u32::from_str_radix(hexadecimal, 16).ok(),
        None => digits.parse().ok(),
    };
    match entity {
        "nbsp" => Some('\u{a0}'),
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        "ldquo" => Some('“'),
        "rdquo" => Some('”'),
        "plusmn" => Some('±'),
        "mdash" => Some('—'),
        "ndash" => Some('–'),
        _ => char::from_u32(number(entity.strip_prefix('#')?)?),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_that_span_others_leave_them_empty() {
        let page = "<p>a</p><table><tr><td rowspan=\"2\">Area</td><TH colspan=2>Total</TH></tr>\
                    <!-- <td>no</td> --><tr><td>5</td><td>1&nbsp;to<br/>5</td></tr><tr>\
                    <td><b>R&amp;D</b> &#177; &c</td><td>1<td>2</table><td>x</td>";
        let expected = [
            vec!["Area", "Total", ""],
            vec!["", "5", "1\u{a0}to\n5"],
            vec!["R&D ± &c", "1", "2"],
        ];
        assert_eq!(page_rows(page).unwrap(), expected);
    }

    #[test]
    fn a_page_may_not_hold_cells_without_end() {
        let page = format!("<tr>{}", "<td colspan=999>".repeat(1 << 15));
        assert!(page_rows(&page).is_err());
    }
}
