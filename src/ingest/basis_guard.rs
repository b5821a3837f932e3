//! Figures of one series that were counted by two bases, kept apart as files come in: another
//! valuation or another classification is no further month and no revision of a series.

use super::figures::{FigureKind, FigureRow};
use super::parsed_file::{CellError, ParsedFile};
use super::quality::KnownFigures;
use super::refusal::IngestError;
use crate::trade::basis::basis_at;
use crate::trade::{Basis, Month, SeriesKey};
use std::collections::{HashMap, HashSet};

/// The reason why rows of an express table are left out.
const FINAL_KNOWN: &str = "preliminary figures of months whose final figures are known";

const ADVICE: &str = "leave the file out, keep it in a store of its own, or join both on purpose \
                      with --mixed-basis (mixed_basis over gRPC)";

/// The bases of the files of one import, in their order.
#[derive(Debug, Default)]
pub struct BasisGuard {
    /// Accept several bases in a series.
    mixed: bool,
    /// The first basis of each series that earlier files brought.
    brought: HashMap<SeriesKey, Basis>,
    /// Months whose final figures earlier files brought.
    settled: HashMap<SeriesKey, Vec<Month>>,
}

impl BasisGuard {
    /// Return a guard that accepts several bases in one series where `mixed` says so.
    pub fn new(mixed: bool) -> Self {
        Self {
            mixed,
            ..Self::default()
        }
    }

    /// Check the next file: refuse figures whose valuation or classification differs from that of
    /// their series in `known`, in an earlier file, or above in this file; leave out preliminary
    /// figures of months whose final figures are there.
    ///
    /// # Errors
    /// The first such figure, where one invalid row refuses the file.
    pub fn check(
        &mut self,
        mut parsed: ParsedFile,
        known: Option<&dyn KnownFigures>,
    ) -> Result<ParsedFile, IngestError> {
        let mut figures = std::mem::take(&mut parsed.figures);
        let mut seen: HashMap<(u32, u32), Basis> = HashMap::new();
        let mut out: HashSet<u64> = HashSet::new();
        // Months with final figures, by series of this file.
        let mut settled: Vec<Vec<Month>> = vec![Vec::new(); figures.keys().len()];
        let observed = |row: &FigureRow| is_observed(row).then_some((row.key, row.source));
        // Rows of one series and source usually follow each other, and mostly all of them fit.
        for rows in figures.rows().chunk_by(|a, b| observed(a) == observed(b)) {
            let Some((number, source)) = observed(&rows[0]) else {
                continue;
            };
            let key = figures.key(number);
            let basis = seen
                .entry((number, source))
                .or_insert_with(|| Basis::of(key.flow, figures.text(source)));
            let bases = known.map_or(&[][..], |known| known.bases(key));
            let conflict = match self.mixed {
                true => None,
                false => self.conflict(key, basis, bases),
            };
            let mut fitting = 0;
            for row in rows {
                let month = row.span.first();
                if basis.preliminary {
                    let at = basis_at(bases, month);
                    let published = at.is_none_or(|at| !at.preliminary)
                        && known.is_some_and(|known| has_figure(known, key, month));
                    let earlier = self.settled.get(key);
                    let mut before = earlier.into_iter().chain([&settled[number as usize]]);
                    if published || before.any(|months| months.contains(&month)) {
                        out.insert(row.row);
                        parsed.exclude(row.row, FINAL_KNOWN);
                        continue;
                    }
                } else {
                    settled[number as usize].push(month);
                }
                let edition = || match self.mixed {
                    true => None,
                    false => other_edition(key, basis, bases, month, known),
                };
                if let Some(expected) = conflict.clone().or_else(edition) {
                    out.insert(row.row);
                    let source = figures.text(source);
                    parsed.refuse(row.row, CellError::new("source", source, expected))?;
                    continue;
                }
                fitting += 1;
            }
            if fitting > 0 && *basis != Basis::default() && !self.brought.contains_key(key) {
                self.brought.insert(key.clone(), basis.clone());
            }
        }
        for (key, months) in figures.keys().iter().zip(settled) {
            if !months.is_empty() {
                self.settled.entry(key.clone()).or_default().extend(months);
            }
        }
        if !out.is_empty() {
            figures.retain(|row| !(is_observed(row) && out.contains(&row.row)));
        }
        parsed.figures = figures;
        Ok(parsed)
    }

    /// Return what is expected of a figure of another valuation or classification than the series
    /// has in `bases` or in earlier files; `None` where it fits.
    fn conflict(&self, key: &SeriesKey, basis: &Basis, bases: &[(Month, Basis)]) -> Option<String> {
        let before = bases.iter().map(|(_, before)| before);
        let mut before = before.chain(self.brought.get(key));
        let (expected, found) = before.find_map(|before| before.conflict(basis))?;
        Some(format!(
            "expected {expected}, as the other figures of {key}; this one is {found}, which is no \
             further month and no revision of them: {ADVICE}"
        ))
    }
}

/// Return what is expected of a figure of another edition than the one in which its month is known.
fn other_edition(
    key: &SeriesKey,
    basis: &Basis,
    bases: &[(Month, Basis)],
    month: Month,
    known: Option<&dyn KnownFigures>,
) -> Option<String> {
    let now = basis.edition.as_deref()?;
    let at = basis_at(bases, month).and_then(|at| at.edition.as_deref())?;
    let replaces = at != now && has_figure(known?, key, month);
    replaces.then(|| {
        format!(
            "expected edition {at} of the classification, in which {month} of {key} is known; this \
             figure is of edition {now}, no revision of it: {ADVICE}"
        )
    })
}

fn is_observed(row: &FigureRow) -> bool {
    row.kind == FigureKind::Observation
}

/// Whether a month of a series has a figure.
fn has_figure(known: &dyn KnownFigures, key: &SeriesKey, month: Month) -> bool {
    let found = known.months(key).and_then(|(first, values)| {
        let at = month.index_from(first)?;
        values.get(at).copied()
    });
    found.is_some_and(|value| !value.is_nan())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::formats::read_bytes;
    use crate::ingest::invalid_rows::InvalidRows;
    use crate::ingest::tidy::TidyFigures;
    use std::path::Path;

    const HEADER: &str =
        "kind,reporter,partner,flow,product,measure,period,value,unit,status,released_on,source\n";

    fn row(month: &str, value: u32, source: &str) -> String {
        format!("observation,USA,CHN,M,TOTAL,level,{month},{value},USD mn,,,\"{source}\"\n")
    }

    fn read(rows: &str, mode: InvalidRows) -> ParsedFile {
        let text = format!("{HEADER}{rows}");
        read_bytes(Path::new("f"), text.as_bytes(), None, mode)
            .unwrap()
            .1
    }

    fn known(rows: &str) -> TidyFigures {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a.csv"), format!("{HEADER}{rows}")).unwrap();
        crate::ingest::read_folder(folder.path()).unwrap()
    }

    const CUSTOMS: &str = "US Census Bureau; general imports, customs value";

    #[test]
    fn another_valuation_is_no_further_month_and_no_revision() {
        let known = known(&row("2024-01", 10, CUSTOMS));
        for month in ["2024-01", "2024-02"] {
            let rows = row(month, 11, "UN Comtrade; CIF, primaryValue; H6");
            let parsed = read(&rows, InvalidRows::Refuse);
            let refused = BasisGuard::new(false).check(parsed.clone(), Some(&known));
            let refused = refused.unwrap_err().to_string();
            for part in [
                "f, row 2, column `source`",
                "customs value",
                "this one is CIF",
            ] {
                assert!(refused.contains(part), "{refused}");
            }
            let joined = BasisGuard::new(true).check(parsed, Some(&known)).unwrap();
            assert_eq!(joined.figures.len(), 1);
        }
        // Between two files of one import, and only the figures that do not fit.
        let mut guard = BasisGuard::new(false);
        let first = read(&row("2024-01", 10, CUSTOMS), InvalidRows::Report);
        assert_eq!(guard.check(first, None).unwrap().refusals.len(), 0);
        let rows = row("2024-02", 11, "UN Comtrade; CIF; H6") + &row("2024-03", 9, "an office");
        let second = guard.check(read(&rows, InvalidRows::Report), None).unwrap();
        assert_eq!((second.refusals.len(), second.figures.len()), (1, 1));
    }

    #[test]
    fn a_series_runs_through_editions() {
        let rows =
            row("2021-12", 1, "UN Comtrade; CIF; H5") + &row("2022-01", 2, "UN Comtrade; CIF; H6");
        let mut guard = BasisGuard::new(false);
        let both = guard.check(read(&rows, InvalidRows::Refuse), None).unwrap();
        assert_eq!(both.figures.len(), 2);
        let known = known(&rows);
        let changes = &known.bases["USA.CHN.M.TOTAL.USD"];
        assert_eq!(changes.len(), 2, "{changes:?}");
        let next = read(
            &row("2022-02", 3, "UN Comtrade; CIF; H6"),
            InvalidRows::Refuse,
        );
        assert!(BasisGuard::new(false).check(next, Some(&known)).is_ok());
        // The same month in another edition is no revision.
        let again = read(
            &row("2022-01", 3, "UN Comtrade; CIF; H5"),
            InvalidRows::Refuse,
        );
        let refused = BasisGuard::new(false)
            .check(again, Some(&known))
            .unwrap_err();
        assert!(
            refused.to_string().contains("expected edition H6"),
            "{refused}"
        );
    }

    #[test]
    fn a_preliminary_figure_never_replaces_the_final_one() {
        let (express, full) = ("GACC country table; preliminary", "GACC country table");
        let alone = known(&row("2024-01", 10, full));
        let parsed = read(&row("2024-01", 11, express), InvalidRows::Report);
        let parsed = BasisGuard::new(false).check(parsed, Some(&alone)).unwrap();
        assert!(parsed.figures.is_empty(), "all its figures are final");
        let known = known(&(row("2024-01", 10, full) + &row("2024-02", 10, express)));
        let rows = row("2024-01", 11, express) + &row("2024-02", 11, express);
        let parsed = read(&rows, InvalidRows::Refuse);
        let parsed = BasisGuard::new(false).check(parsed, Some(&known)).unwrap();
        assert_eq!(parsed.figures.len(), 1, "that of February");
        assert_eq!(parsed.excluded[FINAL_KNOWN].rows, 1);
        let last = read(&row("2024-02", 12, full), InvalidRows::Refuse);
        let files = [BasisGuard::new(false).check(last, Some(&known)).unwrap()];
        let findings = crate::ingest::quality::report(&files, Some(&known)).findings;
        let word = |f: &crate::ingest::quality::QualityFinding| f.issue.word();
        assert!(
            !findings.iter().any(|f| word(f) == "revision"),
            "{findings:?}"
        );
    }
}
