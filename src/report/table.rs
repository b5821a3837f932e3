//! The layout that all tables share.

use comfy_table::{
    CellAlignment, ContentArrangement, LineStyle, Table, presets::UTF8_HORIZONTAL_ONLY,
};

/// Return the columns of the terminal that the standard output is; `None` where it is none.
pub(super) fn width() -> Option<u16> {
    Table::new().width()
}

/// Lay out a table; the columns in `right` (by number) hold numbers. Where the output is a terminal
/// the table fits its width.
pub(super) fn table(
    header: &[&str],
    right: &[usize],
    rows: impl Iterator<Item = Vec<String>>,
) -> String {
    let rows: Vec<Vec<String>> = rows.collect();
    match width() {
        Some(width) => fitted(header, right, &rows, width),
        None => laid_out(header, right, &rows, None),
    }
}

/// Lay out a table within so many columns: a wide one of numbers is split into parts, each with the
/// columns before the first number; texts are wrapped where even that is too wide, and where they
/// stand behind a number.
fn fitted(header: &[&str], right: &[usize], rows: &[Vec<String>], width: u16) -> String {
    let fits = |text: &String| {
        let widest = text.lines().map(|line| line.chars().count()).max();
        widest.unwrap_or(0) <= usize::from(width)
    };
    let whole = laid_out(header, right, rows, None);
    if fits(&whole) {
        return whole;
    }
    let names = right.iter().copied().min().unwrap_or(header.len());
    let part = |columns: &[usize], width: Option<u16>| {
        let kept: Vec<usize> = (0..names).chain(columns.iter().copied()).collect();
        let header: Vec<&str> = kept.iter().map(|column| header[*column]).collect();
        let cell = |row: &Vec<String>, column: &usize| row.get(*column).cloned();
        let rows: Vec<Vec<String>> = rows
            .iter()
            .map(|row| kept.iter().filter_map(|column| cell(row, column)).collect())
            .collect();
        let places = kept.iter().enumerate();
        let numbers = places.filter(|(_, column)| right.contains(column));
        let numbers: Vec<usize> = numbers.map(|(place, _)| place).collect();
        laid_out(&header, &numbers, &rows, width)
    };
    let mut parts: Vec<Vec<usize>> = Vec::new();
    for columns in with_intervals(header, names) {
        let last = parts.last();
        let joined = last.map(|part| [part.as_slice(), &columns].concat());
        match joined.filter(|joined| fits(&part(joined, None))) {
            Some(joined) => {
                parts.pop();
                parts.push(joined);
            }
            None => parts.push(columns),
        }
    }
    // Texts between numbers or behind them are wrapped rather than torn from their rows.
    let has_texts = (names..header.len()).any(|column| !right.contains(&column));
    if parts.is_empty() || has_texts {
        return laid_out(header, right, rows, Some(width));
    }
    let texts: Vec<String> = parts
        .iter()
        .map(|columns| {
            Some(part(columns, None))
                .filter(fits)
                .unwrap_or_else(|| part(columns, Some(width)))
        })
        .collect();
    texts.join("\n")
}

/// Return the columns from the first number on, an interval with the value that it is of.
fn with_intervals(header: &[&str], first: usize) -> Vec<Vec<usize>> {
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for (column, name) in header.iter().enumerate().skip(first) {
        match groups.last_mut() {
            Some(group) if name.ends_with("interval") => group.push(column),
            _ => groups.push(vec![column]),
        }
    }
    groups
}

/// Lay out a table; texts are wrapped where a width is given.
fn laid_out(header: &[&str], right: &[usize], rows: &[Vec<String>], width: Option<u16>) -> String {
    let mut table = Table::new();
    let arrangement = match width {
        Some(_) => ContentArrangement::Dynamic,
        None => ContentArrangement::Disabled,
    };
    table
        .load_style(UTF8_HORIZONTAL_ONLY.row_separator(LineStyle::none()))
        .set_content_arrangement(arrangement)
        .set_header(header.iter().copied())
        .add_rows(rows.iter().cloned());
    if let Some(width) = width {
        table.set_width(width);
    }
    for column in right {
        if let Some(column) = table.column_mut(*column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table.trim_fmt()
}

/// Cut a text to at most `width` characters.
pub(super) fn cut(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    text.chars()
        .take(width.saturating_sub(1))
        .chain(['…'])
        .collect()
}

/// Return the text of a cell, or a dash where there is none.
pub(super) fn or_dash(text: Option<String>) -> String {
    text.unwrap_or_else(|| "-".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fitted_to(width: u16) -> String {
        let header = ["Series", "Method", "One", "Two", "Three"];
        let row = ["USA.CHN.M.TOTAL.USD", "auto", "1.25", "-22.5", "+333.1 %"];
        let rows = vec![row.map(str::to_owned).to_vec(); 2];
        fitted(&header, &[2, 3, 4], &rows, width)
    }

    #[test]
    fn a_table_fits_the_terminal() {
        let widest = |text: &str| text.lines().map(|line| line.chars().count()).max().unwrap();
        for width in [24, 40, 50, 56, 64, 200] {
            let text = fitted_to(width);
            assert!(widest(&text) <= usize::from(width), "{width}\n{text}");
        }
        // A later column may be the one that is too wide beside the names.
        let header = ["Span", "Measure", "Growth", "80 % interval"];
        let row = [
            "Jun 2024–May 2025",
            "trailing twelve months",
            "+5.9 %",
            "-105.8 to +105.9 %",
        ];
        let rows = vec![row.map(str::to_owned).to_vec(); 2];
        for width in [40, 54, 60] {
            let text = super::fitted(&header, &[2, 3], &rows, width);
            assert!(widest(&text) <= usize::from(width), "{width}\n{text}");
        }
        let header = ["Gate", "Value", "Allowed", "Result"];
        let gate = [
            "mase of auto on all series",
            "3.756",
            "at most 0.9 times another",
            "failed",
        ];
        let rows = vec![gate.map(str::to_owned).to_vec(); 2];
        let text = super::fitted(&header, &[1], &rows, 50);
        assert!(widest(&text) <= 50, "{text}");
        assert_eq!(text.matches("Gate").count(), 1, "{text}");
        // An interval stays with the value that it is of.
        let header = [
            "Month",
            "Forecast",
            "80 % interval",
            "On year",
            "80 % interval",
        ];
        let row = [
            "2025-10",
            "185 mn",
            "169 to 203 mn",
            "+4.6 %",
            "-4.6 to +14.5 %",
        ];
        let rows = vec![row.map(str::to_owned).to_vec(); 2];
        let text = super::fitted(&header, &[1, 2, 3, 4], &rows, 55);
        let headers: Vec<&str> = text.lines().filter(|line| line.contains("Month")).collect();
        assert_eq!(headers.len(), 2, "{text}");
        assert!(!headers[0].contains("On year"), "{text}");
        assert!(
            headers[1].contains("On year") && headers[1].contains("interval"),
            "{text}"
        );
        // Nothing is left out, and each part names its rows.
        let text = fitted_to(50);
        for cell in ["1.25", "-22.5", "+333.1 %"] {
            assert_eq!(text.matches(cell).count(), 2, "{cell}\n{text}");
        }
        assert_eq!(text.matches("USA.CHN.M.TOTAL.USD").count(), 4, "{text}");
    }
}
