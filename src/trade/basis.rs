//! What a monthly figure was counted by: its valuation, the edition of its classification, and
//! whether it is preliminary.
//!
//! Sources state these in notes of their own, separated by `;` or `,`: `UN Comtrade; CIF,
//! primaryValue; H6`. A series runs through editions of one classification, and each change is
//! reported; figures of two valuations or two classifications are no figures of one series.

use super::{Flow, Month};
use std::collections::{BTreeMap, HashMap};
use std::fmt;

/// The valuation of a figure of trade.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Valuation {
    /// With the cost of insurance and freight to the border of the importing country.
    Cif,
    /// Free on board, at the border of the exporting country.
    Fob,
    /// Free alongside ship.
    Fas,
    /// The value for customs duties of the United States, without insurance and freight.
    Customs,
}

impl Valuation {
    fn parse(note: &str) -> Option<Self> {
        match note {
            "CIF" | "c.i.f." => Some(Self::Cif),
            "FOB" | "f.o.b." => Some(Self::Fob),
            "FAS" | "f.a.s." => Some(Self::Fas),
            "customs value" => Some(Self::Customs),
            _ => None,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Cif => "CIF",
            Self::Fob => "FOB",
            Self::Fas => "f.a.s.",
            Self::Customs => "customs value",
        }
    }
}

/// What a monthly figure was counted by, as far as its source says.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Basis {
    /// The valuation.
    pub valuation: Option<Valuation>,
    /// The edition of the classification, in Comtrade's codes: `H6` is HS 2022, `S4` is SITC
    /// revision 4.
    pub edition: Option<Box<str>>,
    /// Whether the figure is the preliminary one, which a final one follows.
    pub preliminary: bool,
}

/// The changes of basis within a series: the first month of each, in the order of months.
pub type BasisChanges = Vec<(Month, Basis)>;

impl Basis {
    /// Read the notes of a source.
    pub fn of(flow: Flow, source: &str) -> Self {
        let mut basis = Self::default();
        for note in source.split([';', ',']).map(str::trim) {
            if let Some(valuation) = Valuation::parse(note) {
                basis.valuation = Some(valuation);
            } else if is_edition(note) {
                basis.edition = Some(note.into());
            } else if note == "preliminary" {
                basis.preliminary = true;
            }
        }
        // The Census Bureau's monthly totals by country have one valuation a flow.
        if basis.valuation.is_none() && source.starts_with("US Census Bureau") {
            basis.valuation = match flow {
                Flow::Exports => Some(Valuation::Fas),
                Flow::Imports => Some(Valuation::Customs),
                Flow::Total | Flow::Balance => None,
            };
        }
        basis
    }

    /// Return the classification of the edition.
    pub fn classification(&self) -> Option<&'static str> {
        self.edition.as_deref().and_then(classification_of)
    }

    /// Return in words why figures of `self` and of `other` are no figures of one series: the basis
    /// of `self`, then that of `other`. `None` where they may be.
    pub fn conflict(&self, other: &Self) -> Option<(&'static str, &'static str)> {
        let valuation = self.valuation.zip(other.valuation).filter(|(a, b)| a != b);
        let classification = self
            .classification()
            .zip(other.classification())
            .filter(|(a, b)| a != b);
        let words = valuation.map(|(a, b)| (a.word(), b.word()));
        words.or(classification)
    }
}

impl fmt::Display for Basis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let edition = self.edition.as_deref().map(|edition| {
            let classification = classification_of(edition).unwrap_or_default();
            format!("{classification} edition {edition}")
        });
        let valuation = self.valuation.map(|valuation| valuation.word().to_owned());
        let preliminary = self.preliminary.then(|| "preliminary".to_owned());
        let parts: Vec<String> = [valuation, edition, preliminary]
            .into_iter()
            .flatten()
            .collect();
        match parts.is_empty() {
            true => f.write_str("a basis that the source does not state"),
            false => f.write_str(&parts.join(", ")),
        }
    }
}

/// Whether a note is an edition in Comtrade's codes: `H0` to `H9`, `S1`, `B4`.
fn is_edition(note: &str) -> bool {
    classification_of(note).is_some()
}

/// Return the classification of an edition in Comtrade's codes: `HS` of `H6`, `SITC` of `S4`, `BEC`
/// of `B5`; `None` for any other text.
pub fn classification_of(edition: &str) -> Option<&'static str> {
    match edition.as_bytes() {
        [b'H', digit] if digit.is_ascii_digit() => Some("HS"),
        [b'S', digit] if digit.is_ascii_digit() => Some("SITC"),
        [b'B', digit] if digit.is_ascii_digit() => Some("BEC"),
        _ => None,
    }
}

/// Consecutive months of series with one basis each, while files are read.
#[derive(Debug, Default)]
pub struct BasisRuns {
    known: Vec<Basis>,
    numbers: HashMap<Basis, u16>,
    runs: Vec<BasisRun>,
}

/// Consecutive months of a series with one basis.
#[derive(Debug, Clone, Copy)]
struct BasisRun {
    series: u32,
    first: Month,
    last: Month,
    /// Of two runs with a month in common, the later one counts.
    order: i64,
    basis: u16,
}

impl BasisRuns {
    /// Return the number of a basis, new or known.
    pub fn number(&mut self, flow: Flow, source: &str) -> u16 {
        let basis = Basis::of(flow, source);
        let next = u16::try_from(self.known.len()).unwrap_or(u16::MAX);
        let known = &mut self.known;
        *self.numbers.entry(basis).or_insert_with_key(|basis| {
            known.push(basis.clone());
            next
        })
    }

    /// Note that a month of a series has the basis numbered `basis`. Of two figures of a month,
    /// that of the higher `order` counts.
    pub fn add(&mut self, series: u32, month: Month, order: i64, basis: u16) {
        if let Some(run) = self.runs.last_mut()
            && (run.series, run.order, run.basis) == (series, order, basis)
            && month >= run.first
            && month <= run.last.plus(1)
        {
            run.last = run.last.max(month);
            return;
        }
        self.runs.push(BasisRun {
            series,
            first: month,
            last: month,
            order,
            basis,
        });
    }

    /// Return the changes of basis by the number of the series. A series whose sources state
    /// nothing is left out.
    pub fn changes(mut self) -> HashMap<u32, BasisChanges> {
        self.runs.sort_by_key(|run| (run.series, run.order));
        let mut changes = HashMap::new();
        for runs in self.runs.chunk_by(|a, b| a.series == b.series) {
            let of = |run: &BasisRun| self.known[run.basis as usize].clone();
            if runs.iter().all(|run| run.basis == runs[0].basis) {
                let (basis, first) = (of(&runs[0]), runs.iter().map(|run| run.first).min());
                if let Some(first) = first.filter(|_| basis != Basis::default()) {
                    changes.insert(runs[0].series, vec![(first, basis)]);
                }
                continue;
            }
            let mut months: BTreeMap<Month, u16> = BTreeMap::new();
            for run in runs {
                let length = run.last.since(run.first).max(0);
                months.extend((0..=length).map(|k| (run.first.plus(k), run.basis)));
            }
            let mut of_series: Vec<(Month, u16)> = months.into_iter().collect();
            of_series.dedup_by_key(|(_, basis)| *basis);
            let named = of_series.into_iter();
            let named = named.map(|(month, basis)| (month, self.known[basis as usize].clone()));
            changes.insert(runs[0].series, named.collect());
        }
        changes
    }
}

/// Return the basis of a month.
pub fn basis_at(changes: &[(Month, Basis)], month: Month) -> Option<&Basis> {
    let at = changes.partition_point(|(first, _)| *first <= month);
    at.checked_sub(1).map(|at| &changes[at].1)
}

/// Describe each change of valuation or edition in words: `since 2022-01 HS edition H6, HS edition
/// H5 before`. Changes after `last` are left out. A month whose source states nothing changes
/// nothing.
pub fn describe_changes(changes: &[(Month, Basis)], last: Month) -> Vec<String> {
    let mut told: Vec<String> = Vec::new();
    let mut stated = Basis::default();
    for (since, basis) in changes.iter().take_while(|(since, _)| *since <= last) {
        let valuation = basis.valuation.or(stated.valuation);
        let edition = basis.edition.clone().or_else(|| stated.edition.clone());
        let changed = |now: &Basis| Basis {
            valuation: now
                .valuation
                .filter(|_| stated.valuation.is_some() && valuation != stated.valuation),
            edition: now
                .edition
                .clone()
                .filter(|_| stated.edition.is_some() && edition != stated.edition),
            preliminary: false,
        };
        let now = Basis {
            valuation,
            edition: edition.clone(),
            preliminary: false,
        };
        let (after, before) = (changed(&now), changed(&stated));
        if after != Basis::default() {
            told.push(format!("since {since} {after}, {before} before"));
        }
        stated = now;
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_states_valuation_edition_and_status() {
        let of = |source: &str| Basis::of(Flow::Imports, source).to_string();
        assert_eq!(
            of("UN Comtrade; CIF, primaryValue; H6"),
            "CIF, HS edition H6"
        );
        assert_eq!(
            of("US Census Bureau; general imports, customs value"),
            "customs value"
        );
        assert_eq!(of("US Census Bureau; FRED IMPCH"), "customs value");
        assert_eq!(of("GACC table by country; preliminary"), "preliminary");
        assert_eq!(
            of("Korea Customs Service; KOSIS"),
            "a basis that the source does not state"
        );
        let exports = Basis::of(Flow::Exports, "US Census Bureau; FRED EXPCH");
        assert_eq!(exports.valuation, Some(Valuation::Fas));
    }

    #[test]
    fn valuations_and_classifications_conflict_and_editions_do_not() {
        let of = |source: &str| Basis::of(Flow::Imports, source);
        let customs = of("US Census Bureau; general imports, customs value");
        let cif = of("UN Comtrade; CIF; H5");
        assert_eq!(customs.conflict(&cif), Some(("customs value", "CIF")));
        assert_eq!(cif.conflict(&of("UN Comtrade; CIF; H6")), None);
        assert_eq!(
            cif.conflict(&of("UN Comtrade; CIF; S4")),
            Some(("HS", "SITC"))
        );
        assert_eq!(cif.conflict(&of("an office")), None);
    }

    #[test]
    fn of_two_figures_of_a_month_the_later_counts() {
        let month = |text: &str| Month::parse(text).unwrap();
        let mut runs = BasisRuns::default();
        let [h5, h6] = ["H5", "H6"].map(|e| runs.number(Flow::Exports, &format!("a; FOB; {e}")));
        for text in ["2021-11", "2021-12", "2022-01"] {
            runs.add(7, month(text), 2, h6);
        }
        for text in ["2021-10", "2021-11", "2021-12"] {
            runs.add(7, month(text), 3, h5);
        }
        let silent = runs.number(Flow::Exports, "an office");
        runs.add(8, month("2020-01"), 1, silent);
        let changes = runs.changes();
        assert_eq!(changes.len(), 1);
        let told = describe_changes(&changes[&7], month("2023-01"));
        assert_eq!(told, ["since 2022-01 HS edition H6, HS edition H5 before"]);
        // What the source of a month does not state is no change.
        let of = |source: &str| Basis::of(Flow::Imports, source);
        let stated = [
            (month("2020-01"), of("US Census Bureau")),
            (month("2023-01"), of("an office")),
            (month("2024-01"), of("US Census Bureau; customs value")),
        ];
        assert_eq!(describe_changes(&stated, month("2025-01")), [""; 0]);
        let at = |text: &str| basis_at(&changes[&7], month(text)).map(ToString::to_string);
        assert_eq!(at("2021-12").as_deref(), Some("FOB, HS edition H5"));
        assert_eq!(at("2023-05").as_deref(), Some("FOB, HS edition H6"));
        assert_eq!(at("2021-09"), None);
    }
}
