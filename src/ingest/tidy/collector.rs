//! Figures of many tidy files put in order: observations in one grid, releases beside them.

use super::tidy_figures::TidyFigures;
use crate::ingest::figures::{FigureBatch, FigureIdentity, FigureKind, FigureRow};
use crate::ingest::grid::GridBuilder;
use crate::ingest::rates::ExchangeRates;
use crate::ingest::refusal::{IngestError, Refusal};
use crate::trade::basis::BasisRuns;
use crate::trade::{Month, Release, SeriesKey};
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use time::Date;

/// Identity of a release among those of all series.
type ReleaseIdentity = (SeriesKey, FigureIdentity<Box<str>>);

/// Collector of the figures of tidy files.
#[derive(Debug, Default)]
pub(in crate::ingest) struct TidyCollector {
    grid: GridBuilder,
    released_on: BTreeMap<(Box<str>, Month), Date>,
    sources: BTreeMap<Box<str>, String>,
    bases: BasisRuns,
    /// The series by their numbers in the grid.
    ids: Vec<Box<str>>,
    releases: Vec<Release>,
    /// The file and row of each release.
    release_rows: HashMap<ReleaseIdentity, (usize, u64)>,
    files: Vec<PathBuf>,
}

impl TidyCollector {
    /// Start the figures of another file.
    pub(in crate::ingest) fn start_file(&mut self, file: &Path) {
        self.grid.start_file(file);
        self.files.push(file.to_owned());
    }

    /// Add figures of the current file.
    ///
    /// # Errors
    /// A refusal of a release that is there already. A month that is there twice is found by
    /// [`Self::finish`].
    pub(in crate::ingest) fn add(&mut self, figures: &FigureBatch) -> Result<(), IngestError> {
        // The number that each series of this batch has in the grid.
        let mut numbers: Vec<Option<u32>> = vec![None; figures.keys().len()];
        let order = i64::try_from(self.files.len()).unwrap_or(i64::MAX);
        // Rows of one series and source usually follow each other.
        let mut basis: Option<((u32, u32), u16)> = None;
        for row in figures.rows() {
            let key = figures.key(row.key);
            if row.kind == FigureKind::Release {
                self.add_release(figures, row)?;
                continue;
            }
            let series = *numbers[row.key as usize].get_or_insert_with(|| {
                let id = key.to_string();
                let series = self.grid.series(&id);
                let source = || figures.text(row.source).to_owned();
                if series as usize >= self.ids.len() {
                    self.ids.push(id.clone().into());
                }
                self.sources.entry(id.into()).or_insert_with(source);
                series
            });
            let month = row.span.first();
            let place = (row.key, row.source);
            let number = match basis {
                Some((known, number)) if known == place => number,
                _ => self.bases.number(key.flow, figures.text(row.source)),
            };
            basis = Some((place, number));
            self.bases.add(series, month, order, number);
            if let Some(date) = row.released_on {
                self.released_on
                    .insert((key.to_string().into(), month), date);
            }
            self.grid.push(series, month, row.value, row.row);
        }
        Ok(())
    }

    fn add_release(&mut self, figures: &FigureBatch, row: &FigureRow) -> Result<(), IngestError> {
        let (key, identity) = figures.identity(row);
        let identity = identity.map(|text| Box::from(*text));
        let file = self.files.len().saturating_sub(1);
        let known = self
            .release_rows
            .insert((key.clone(), identity), (file, row.row));
        if let Some((earlier_file, earlier)) = known {
            let earlier_file = self.files[earlier_file].display();
            return Err(Refusal {
                file: self.files[file].clone(),
                sheet: None,
                row: Some(row.row),
                column: Some("period".to_owned()),
                value: Some(row.span.to_string()),
                expected: format!(
                    "expected a figure that is not there yet; \
                     {earlier_file}, row {earlier} gives it already"
                ),
            }
            .into());
        }
        self.releases.push(Release {
            key: key.clone(),
            span: row.span,
            measure: row.measure,
            value: row.value,
            rounding: row.rounding,
            released_on: row.released_on,
            known_since: None,
            status: figures.text(row.status).to_owned(),
            source: figures.text(row.source).to_owned(),
        });
        Ok(())
    }

    /// Return the figures in order, without exchange rates.
    ///
    /// # Errors
    /// A refusal of a month that a series has twice, and of one too far from the others.
    pub(in crate::ingest) fn finish(self) -> Result<TidyFigures, IngestError> {
        let mut releases = self.releases;
        let bases = self.bases.changes().into_iter();
        let bases = bases.map(|(series, changes)| (self.ids[series as usize].clone(), changes));
        releases.sort_by(|a, b| {
            (&a.key, a.span, a.measure, &a.source).cmp(&(&b.key, b.span, b.measure, &b.source))
        });
        Ok(TidyFigures {
            grid: self.grid.finish("period")?,
            released_on: self.released_on,
            sources: self.sources,
            bases: bases.collect(),
            releases,
            rates: ExchangeRates::default(),
        })
    }
}
