//! Reads workbooks of Eurostat's Data Browser: a sheet for each combination of codes, its
//! dimensions in labels above the table, a column a period with its flags beside it.

use super::period_columns::PeriodColumns;
use super::tsv;
use crate::ingest::formats::record::{TableHeader, TableRecord};
use crate::ingest::parsed_file::{CellError, ParsedFile};
use crate::ingest::refusal::IngestError;
use crate::ingest::sheet::SheetCells;
use crate::trade::{Span, areas};

/// The row of periods begins with this.
const TIME: &str = "TIME";
/// The concepts that a label above the table, or at its rows, may be of: by a word of the label.
const CONCEPTS: [(&str, &str); 16] = [
    ("partner", "PARTNER"),
    ("reporter", "REPORTER"),
    ("declarant", "REPORTER"),
    ("flow", "FLOW"),
    ("indicator", "INDICATORS"),
    ("indic", "INDICATORS"),
    ("sitc", "SITC06"),
    ("trade classification", "SITC06"),
    ("broad economic", "BCLAS_BEC"),
    ("bec", "BCLAS_BEC"),
    ("product", "PRODUCT"),
    ("frequency", "FREQ"),
    ("freq", "FREQ"),
    ("seasonal", "S_ADJ"),
    ("geopolitical", "GEO"),
    ("geo", "GEO"),
];
/// Labels in place of codes, by concept.
const LABELS: [(&str, &str, &str); 26] = [
    ("FREQ", "Monthly", "M"),
    ("FREQ", "Quarterly", "Q"),
    ("FREQ", "Annual", "A"),
    ("FLOW", "Exports", "EXP"),
    ("FLOW", "EXPORT", "EXP"),
    ("FLOW", "Export", "EXP"),
    ("FLOW", "Imports", "IMP"),
    ("FLOW", "IMPORT", "IMP"),
    ("FLOW", "Import", "IMP"),
    ("FLOW", "Balance", "BAL"),
    ("FLOW", "Trade balance", "BAL"),
    ("INDICATORS", "Trade value in million ECU/EURO", "TRD_VAL"),
    ("INDICATORS", "Trade value in million ECU/euro", "TRD_VAL"),
    ("INDICATORS", "Value in million euro", "TRD_VAL"),
    ("INDICATORS", "VALUE_IN_EUROS", "VALUE_IN_EUROS"),
    ("INDICATORS", "Value in euros", "VALUE_IN_EUROS"),
    (
        "INDICATORS",
        "Exports in million of ECU/EURO",
        "MIO_EXP_VAL",
    ),
    (
        "INDICATORS",
        "Imports in million of ECU/EURO",
        "MIO_IMP_VAL",
    ),
    ("SITC06", "Total - all products", "TOTAL"),
    ("SITC06", "Total", "TOTAL"),
    ("PRODUCT", "TOTAL", "TOTAL"),
    ("PRODUCT", "Total - all products", "TOTAL"),
    ("BCLAS_BEC", "Total", "TOTAL"),
    ("PARTNER", "China except Hong Kong", "CHN"),
    ("PARTNER", "All countries of the world", "WORLD"),
    (
        "S_ADJ",
        "Unadjusted data (i.e. neither seasonally adjusted nor calendar adjusted data)",
        "NSA",
    ),
];

/// Whether a sheet is such a table.
pub(in crate::ingest::formats) fn recognises(sheet: &SheetCells) -> bool {
    let first = |row: usize| sheet.text(row, 0);
    let rows = sheet.rows.len().min(HEAD);
    (0..rows).any(|row| first(row).starts_with("Dataset:"))
        && (0..rows).any(|row| first(row).starts_with(TIME))
}

/// The rows in which dimensions and periods stand.
const HEAD: usize = 40;

/// Read a sheet.
pub(in crate::ingest::formats) fn read(
    sheet: &SheetCells,
    parsed: &mut ParsedFile,
) -> Result<(), IngestError> {
    let time = (0..sheet.rows.len().min(HEAD)).find(|row| sheet.text(*row, 0).starts_with(TIME));
    let Some(time) = time else {
        return Err(parsed.refuse_file("expected a row `TIME` with the periods"));
    };
    let mut fixed: Vec<(&'static str, String)> = Vec::new();
    let mut source = "Eurostat".to_owned();
    for row in 0..time {
        let label = sheet.text(row, 0).trim();
        let cells = sheet.rows[row].iter().skip(1);
        let mut values = cells
            .map(|cell| cell.trim())
            .filter(|cell| !cell.is_empty());
        let Some(value) = values.next() else {
            continue;
        };
        if label.starts_with("Dataset") {
            if let Some(id) = bracketed(value) {
                source = format!("ESTAT:{}", id.to_ascii_uppercase());
            }
        } else if let Some(concept) = concept(label) {
            match code(concept, value) {
                Some(code) => fixed.push((concept, code)),
                None => {
                    let row = sheet.number_of(row);
                    let expected = "expected a label that is known, or the workbook with codes";
                    return Err(parsed
                        .refusal(row, CellError::new(label, value, expected))
                        .into());
                }
            }
        }
    }
    let label = sheet.text(time + 1, 0);
    let Some(concept) = concept(label) else {
        let wrong = CellError::new("A", label, "expected the name of the dimension of the rows");
        return Err(parsed.refusal(sheet.number_of(time + 1), wrong).into());
    };
    let mut dimensions: Vec<String> = fixed.iter().map(|(name, _)| (*name).to_owned()).collect();
    dimensions.push(concept.to_owned());
    let names = sheet.rows[time].iter().map(|name| name.trim().to_owned());
    let header = TableHeader::new(names);
    let columns = PeriodColumns::new(&dimensions, &header);
    let columns = columns.map_err(|wrong| parsed.refusal(sheet.number_of(time), wrong))?;
    for row in time + 2..sheet.rows.len() {
        let name = sheet.text(row, 0).trim();
        let is_end = name.starts_with("Special value") || name.starts_with("Observation flags");
        if is_end {
            break;
        }
        let stated = sheet.rows[row]
            .iter()
            .skip(1)
            .any(|cell| !cell.trim().is_empty());
        if name.is_empty() || !stated {
            continue;
        }
        let number = sheet.number_of(row);
        let Some(own) = code(concept, name) else {
            let expected = "expected a label that is known, or the workbook with codes";
            parsed.refuse(number, CellError::new(label, name, expected))?;
            continue;
        };
        let codes = fixed.iter().map(|(_, code)| code.clone());
        let codes: Vec<String> = codes.chain([own]).collect();
        let cells = with_flags(sheet, row, &header);
        let record = TableRecord {
            row: number,
            header: &header,
            cells: &cells,
        };
        columns.read(&record, &codes, &source, tsv::split, parsed)?;
    }
    Ok(())
}

/// Return the cells of a row, each value with the flags of the column without a period beside it.
fn with_flags(sheet: &SheetCells, row: usize, header: &TableHeader) -> Vec<String> {
    let is_period = |column: usize| {
        let name = header.names.get(column);
        name.is_some_and(|name| Span::parse(name).is_ok())
    };
    (0..header.names.len())
        .map(|column| {
            let value = sheet.text(row, column).trim();
            let flag = sheet.text(row, column + 1).trim();
            if is_period(column) && !is_period(column + 1) && !flag.is_empty() {
                format!("{value} {flag}")
            } else {
                value.to_owned()
            }
        })
        .collect()
}

/// Return the concept of a label.
fn concept(label: &str) -> Option<&'static str> {
    let label = label.to_ascii_lowercase();
    let found = CONCEPTS.iter().find(|(word, _)| label.contains(word));
    found.map(|(_, concept)| *concept)
}

/// Return the code in brackets at the end of a label, `Monthly [M]`.
fn bracketed(text: &str) -> Option<&str> {
    let (_, code) = text.trim().strip_suffix(']')?.rsplit_once('[')?;
    Some(code.trim())
}

/// Return the code of a label: the one in brackets, that of a known label, of a country, or a text
/// that is a code itself.
fn code(concept: &str, label: &str) -> Option<String> {
    if let Some(code) = bracketed(label) {
        return Some(code.to_owned());
    }
    let known = LABELS
        .iter()
        .find(|(of, known, _)| *of == concept && *known == label);
    if let Some((.., code)) = known {
        return Some((*code).to_owned());
    }
    let is_code = label
        .bytes()
        .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || matches!(b, b'_' | b'-'));
    if matches!(concept, "GEO" | "PARTNER" | "REPORTER") && !is_code {
        return group(label).or_else(|| areas::of_text(label).map(|area| area.to_string()));
    }
    if concept == "INDICATORS" && !is_code {
        // Adjusted values, indices and growth are left out by the name.
        let lower = label.to_ascii_lowercase();
        return if lower.contains("adjusted") {
            Some("TRD_VAL_SCA".to_owned())
        } else {
            Some("INDEX".to_owned()).filter(|_| !lower.contains("value"))
        };
    }
    (is_code && !label.is_empty()).then(|| label.to_owned())
}

/// Return the code of a group of Eurostat: `European Union - 27 countries (from 2020)` is
/// EU27_2020, `Extra-EU27 (from 2020)` EXT_EU27_2020.
fn group(label: &str) -> Option<String> {
    let extra = if label.starts_with("Extra") {
        "EXT_"
    } else {
        ""
    };
    let digits = |text: &str| -> String {
        let start = text
            .find(|c: char| c.is_ascii_digit())
            .unwrap_or(text.len());
        let rest = &text[start..];
        let end = rest
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(rest.len());
        rest[..end].to_owned()
    };
    let (name, from) = label.split_once('(').unwrap_or((label, ""));
    let (count, from) = (digits(name), digits(from));
    let is_union = name.contains("European Union") || name.contains("EU");
    let is_area = name.to_ascii_lowercase().contains("euro area") || name.contains("EA");
    let start = match (is_union, is_area) {
        (_, true) => "EA",
        (true, _) => "EU",
        _ => return None,
    };
    let from = if from.is_empty() || start == "EA" {
        from
    } else {
        format!("_{from}")
    };
    let from = if start == "EA" { String::new() } else { from };
    (count.len() == 2).then(|| format!("{extra}{start}{count}{from}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_of_groups_and_countries_are_their_codes() {
        for (concept, label, expected) in [
            (
                "GEO",
                "European Union - 27 countries (from 2020)",
                Some("EU27_2020"),
            ),
            ("PARTNER", "Extra-EU27 (from 2020)", Some("EXT_EU27_2020")),
            ("PARTNER", "China except Hong Kong", Some("CHN")),
            ("GEO", "Germany", Some("DEU")),
            ("GEO", "Germany [DE]", Some("DE")),
            ("GEO", "DE", Some("DE")),
            ("GEO", "Euro area - 20 countries (from 2023)", Some("EA20")),
            ("FLOW", "Exports", Some("EXP")),
            ("GEO", "Utopia", None),
        ] {
            assert_eq!(code(concept, label).as_deref(), expected, "{label}");
        }
    }
}
