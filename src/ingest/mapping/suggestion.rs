//! The mapping that would fit a table, with what only the caller can state.

use super::options::quoted;
use super::source::MappedPart;
use super::statement::Mapping;
use std::path::Path;

/// The most columns that are named as those that may be meant.
const CHOICES: usize = 12;

/// A mapping that would fit a table as far as it shows, and the parts that it does not state.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct MappingSuggestion {
    /// The mapping that was given, completed by what fits.
    pub mapping: Mapping,
    /// The parts that the caller must state.
    pub missing: Vec<MappedPart>,
    /// Other columns that may be meant, by part.
    pub choices: Vec<(MappedPart, Vec<String>)>,
    /// The column of months whose year the caller must state.
    pub months: Option<String>,
    /// The names of the columns.
    pub columns: Vec<String>,
    /// Columns of numbers that are no values of trade, each with what its name says that they are.
    pub others: Vec<(String, String)>,
    /// The only areas, which are read as partners and may be reporters: of a column, or `None` for
    /// those of the headings.
    pub lone_areas: Option<Option<String>>,
    /// The number of labels of areas that the mapping leaves out, as they name no known one.
    pub unknown: usize,
    /// Headings of values that may be periods and are not known as such.
    pub unread: Vec<String>,
}

impl MappingSuggestion {
    /// Return the command that would read `file`, with words in capitals for what is missing.
    pub fn command(&self, file: &Path) -> String {
        let mut placeholders = Vec::new();
        for part in &self.missing {
            placeholders.push(match (part, &self.months) {
                (MappedPart::Reporter, _) => "--reporter CODE".to_owned(),
                (MappedPart::Partner, _) => "--partner CODE".to_owned(),
                (MappedPart::Flow, _) => "--flow FLOW".to_owned(),
                (MappedPart::Unit, _) => "--unit UNIT".to_owned(),
                (MappedPart::Period, Some(column)) => {
                    format!("--map {}", quoted(&format!("period=col:{column}+YEAR")))
                }
                (MappedPart::Period, None) => "--map period=PERIOD".to_owned(),
                (MappedPart::Product, _) => "--product CODE".to_owned(),
                (MappedPart::Value | MappedPart::Source, _) => continue,
            });
        }
        let mut words = vec![command_for(file)];
        words.extend(self.mapping.options());
        words.extend(placeholders);
        words.join(" ")
    }

    /// Return the command in a sentence, with the columns that may be meant instead, and what the
    /// words in capitals stand for.
    pub fn text(&self, file: &Path) -> String {
        if self.missing.contains(&MappedPart::Value) {
            let others = self.others.iter().take(CHOICES);
            let others: Vec<String> = others
                .map(|(column, figures)| format!("`{column}` holds {figures}"))
                .collect();
            let others = match others.as_slice() {
                [] => String::new(),
                some => format!(" ({})", some.join(", ")),
            };
            return format!(
                "no column holds numbers that may be values of trade{others}; name it with --map \
                 value=col:NAME if one does"
            );
        }
        let mut others: Vec<String> = self
            .choices
            .iter()
            .map(|(part, columns)| {
                let columns: Vec<&str> = columns.iter().take(CHOICES).map(String::as_str).collect();
                format!("{} may also be {}", part.word(), columns.join(", "))
            })
            .collect();
        match &self.lone_areas {
            Some(Some(column)) => others.push(format!(
                "where each row is of the trade of its own country with the world: --map {} \
                 --partner WLD in place of {} and --reporter",
                quoted(&format!("reporter=col:{column}")),
                quoted(&format!("partner=col:{column}"))
            )),
            Some(None) => others.push(
                "where each column is of the trade of its own country with the world: --map \
                 reporter=header --partner WLD in place of --reporter"
                    .to_owned(),
            ),
            None => {}
        }
        if self.unknown > 0 {
            let labels = match self.unknown {
                1 => "one label that names no known area is".to_owned(),
                count => format!("{count} labels that name no known area are"),
            };
            others.push(format!(
                "{labels} left out by --skip; --code TEXT=CODE reads one"
            ));
        }
        if !self.unread.is_empty() {
            let names: Vec<String> = self.unread.iter().map(|name| format!("`{name}`")).collect();
            others.push(format!(
                "if {} state periods, write them as 2024-05, 2024-Q2, 2024 or 2024-01/2024-09 and \
                 import the table again",
                names.join(", ")
            ));
        }
        let others = match others.as_slice() {
            [] => String::new(),
            some => format!(" ({})", some.join("; ")),
        };
        let mut words = Vec::new();
        for part in &self.missing {
            words.push(match part {
                MappedPart::Reporter | MappedPart::Partner if !words.is_empty() => continue,
                MappedPart::Reporter | MappedPart::Partner => "CODE such as KAZ or WLD",
                MappedPart::Flow => "FLOW is X (exports) or M (imports)",
                MappedPart::Unit => "UNIT such as \"USD 1000\" or \"EUR mn\"",
                MappedPart::Period if self.months.is_some() => "YEAR is that of the months",
                MappedPart::Period => "PERIOD such as 2024-05, where all rows have the same",
                MappedPart::Product | MappedPart::Value | MappedPart::Source => continue,
            });
        }
        let words = match words.as_slice() {
            [] => String::new(),
            some => format!(" ({})", some.join("; ")),
        };
        format!("to read it{others}: {}{words}", self.command(file))
    }
}

/// Return the beginning of the command that imports a file.
pub(in crate::ingest) fn command_for(file: &Path) -> String {
    let path = on_disk(file).to_string_lossy();
    format!("tradecast import {}", quoted(&path))
}

/// Return the path of the file that lies on the disk: of a member of an archive, the archive's.
fn on_disk(file: &Path) -> &Path {
    let is_archive = |path: &&Path| {
        let ending = path.extension().unwrap_or_default();
        ending.eq_ignore_ascii_case("zip")
    };
    file.ancestors().skip(1).find(is_archive).unwrap_or(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_for_a_member_of_an_archive_names_the_archive() {
        let of = |file: &str| MappingSuggestion::default().command(Path::new(file));
        assert_eq!(of("a/two.zip/x.csv"), "tradecast import a/two.zip");
        assert_eq!(of("a/x.csv"), "tradecast import a/x.csv");
    }
}
