//! Batches of delivered figures, column by column and small: what one commit of a store brings.
//!
//! Nothing is resolved here: two figures of one month are two figures.

use super::figure::{Figure, FigureKind};
use super::identity::FigureIdentity;
use super::text_pool::TextPool;
use crate::trade::hash::stable_hash;
use crate::trade::{FigureMeasure, SeriesKey, Span};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use time::Date;

/// A figure of a batch: its series is a number of [`FigureBatch::key`], its texts are numbers of
/// [`FigureBatch::text`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FigureRow {
    /// Series.
    pub key: u32,
    /// Kind.
    pub kind: FigureKind,
    /// Measure.
    pub measure: FigureMeasure,
    /// Months that the figure covers.
    pub span: Span,
    /// Value, as in [`Figure::value`].
    pub value: f64,
    /// Half of the last digit of the value.
    pub rounding: f64,
    /// Unit as delivered.
    pub unit: u32,
    /// Status.
    pub status: u32,
    /// Day of release, where it is stated.
    pub released_on: Option<Date>,
    /// Source.
    pub source: u32,
    /// Row of the file.
    pub row: u64,
}

impl FigureRow {
    /// Return the identity of the figure, its texts as `text` represents them.
    pub(super) fn identity<T: Default>(&self, text: impl Fn(u32) -> T) -> FigureIdentity<T> {
        let [status, source, unit] = match self.kind {
            FigureKind::Release => [self.status, self.source, self.unit].map(text),
            FigureKind::Observation | FigureKind::Rate => Default::default(),
        };
        FigureIdentity {
            kind: self.kind,
            measure: self.measure,
            span: self.span,
            released_on: self.released_on,
            status,
            source,
            unit,
        }
    }
}

/// A batch of figures.
#[derive(Debug, Clone, Default)]
pub struct FigureBatch {
    pub(super) file: PathBuf,
    /// Name of the file's column of periods, where it is not `period`.
    pub(super) period: Option<Box<str>>,
    pub(super) keys: Vec<SeriesKey>,
    index: HashMap<SeriesKey, u32>,
    texts: TextPool,
    pub(super) rows: Vec<FigureRow>,
}

impl FigureBatch {
    /// Make an empty batch; refusals name `file`.
    pub fn new(file: &Path) -> Self {
        Self {
            file: file.to_owned(),
            ..Self::default()
        }
    }

    /// Return a digest of the figures, whatever their order: of all that they say, not of the rows
    /// that they were read from.
    pub fn digest(&self) -> u64 {
        let of_row = |row: &FigureRow| {
            let FigureRow {
                key,
                kind,
                measure,
                span,
                value,
                rounding,
                unit,
                status,
                released_on,
                source,
                row: _,
            } = row;
            let text = format!(
                "{}|{kind:?}|{measure:?}|{span}|{}|{}|{}|{}|{released_on:?}|{}",
                self.keys[*key as usize],
                value.to_bits(),
                rounding.to_bits(),
                self.text(*unit),
                self.text(*status),
                self.text(*source),
            );
            stable_hash(text.as_bytes())
        };
        self.rows.iter().map(of_row).fold(0, u64::wrapping_add)
    }

    /// Return the number of the series `key`, which is added where it is new.
    pub fn series(&mut self, key: &SeriesKey) -> u32 {
        if let Some(known) = self.index.get(key) {
            return *known;
        }
        let number =
            u32::try_from(self.keys.len()).expect("fewer than four thousand million series");
        self.keys.push(key.clone());
        self.index.insert(key.clone(), number);
        number
    }

    /// Add a figure of the series numbered `key`, read from `row` of the file.
    pub fn push(&mut self, key: u32, figure: &Figure<'_>, row: u64) {
        let Figure {
            kind,
            measure,
            span,
            value,
            rounding,
            unit,
            status,
            released_on,
            source,
        } = *figure;
        let (unit, status, source) = (
            self.texts.number(0, unit),
            self.texts.number(1, status),
            self.texts.number(2, source),
        );
        self.rows.push(FigureRow {
            key,
            kind,
            measure,
            span,
            value,
            rounding,
            unit,
            status,
            released_on,
            source,
            row,
        });
    }

    /// Add all figures of `other` behind those of this batch.
    pub fn append(&mut self, other: Self) {
        if self.rows.is_empty() && self.keys.is_empty() {
            let file = std::mem::take(&mut self.file);
            *self = other;
            if !file.as_os_str().is_empty() {
                self.file = file;
            }
            return;
        }
        let keys: Vec<u32> = other.keys.iter().map(|key| self.series(key)).collect();
        let texts = other.texts.iter();
        let texts: Vec<u32> = texts.map(|text| self.texts.number(0, text)).collect();
        let renumbered = |row: FigureRow| FigureRow {
            key: keys[row.key as usize],
            unit: texts[row.unit as usize],
            status: texts[row.status as usize],
            source: texts[row.source as usize],
            ..row
        };
        self.rows.extend(other.rows.into_iter().map(renumbered));
    }

    /// Return the figures.
    pub fn rows(&self) -> &[FigureRow] {
        &self.rows
    }

    /// Return the same figures with `keys` in place of the series, one each and in their order.
    /// Some of them may be equal.
    pub(in crate::ingest) fn with_keys(mut self, keys: Vec<SeriesKey>) -> Self {
        self.keys = keys;
        self
    }

    /// Return the same figures with one number for each series.
    pub(in crate::ingest) fn joined(mut self) -> Self {
        let keys = std::mem::take(&mut self.keys);
        self.index.clear();
        let numbers: Vec<u32> = keys.iter().map(|key| self.series(key)).collect();
        for row in &mut self.rows {
            row.key = numbers[row.key as usize];
        }
        self
    }

    /// Return the figures, to complete them.
    pub(in crate::ingest) fn rows_mut(&mut self) -> &mut [FigureRow] {
        &mut self.rows
    }

    /// Keep only the figures for which `keep` is true.
    pub(in crate::ingest) fn retain(&mut self, keep: impl FnMut(&FigureRow) -> bool) {
        self.rows.retain(keep);
    }

    /// Return the number of figures.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether the batch has no figure.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Return the series in the order in which they were added, those without a figure included.
    pub fn keys(&self) -> &[SeriesKey] {
        &self.keys
    }

    /// Iterate over the series that have figures. A series whose rows were all refused has none.
    pub fn series_with_figures(&self) -> impl Iterator<Item = &SeriesKey> {
        let mut has_figures = vec![false; self.keys.len()];
        for row in &self.rows {
            has_figures[row.key as usize] = true;
        }
        let keys = self.keys.iter().zip(has_figures);
        keys.filter_map(|(key, has_figures)| has_figures.then_some(key))
    }

    /// Return the series numbered `number`.
    pub fn key(&self, number: u32) -> &SeriesKey {
        &self.keys[number as usize]
    }

    /// Iterate over the texts by their numbers.
    pub fn texts(&self) -> impl ExactSizeIterator<Item = &str> {
        self.texts.iter()
    }

    /// Return the text numbered `number`.
    pub fn text(&self, number: u32) -> &str {
        self.texts.text(number)
    }

    /// Return the series of a figure and its identity there, which are comparable across batches.
    pub fn identity(&self, row: &FigureRow) -> (&SeriesKey, FigureIdentity<&str>) {
        (self.key(row.key), row.identity(|number| self.text(number)))
    }

    /// Set the name of the file's column of periods, for refusals.
    pub(in crate::ingest) fn name_period(&mut self, column: &str) {
        if self.period.as_deref() != Some(column) {
            self.period = Some(column.into());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_is_the_same_whatever_numbers_its_texts_have() {
        let of = |kind: FigureKind, sources: &[&str]| {
            let mut figures = FigureBatch::new(Path::new("f"));
            let key = figures.series(&SeriesKey::parse("USA.MEX.M.TOTAL.USD").unwrap());
            for source in sources {
                let figure = Figure {
                    kind,
                    measure: FigureMeasure::Level,
                    span: Span::parse("2025-01").unwrap(),
                    value: 1.0,
                    rounding: 0.5,
                    unit: "USD",
                    status: "",
                    released_on: None,
                    source,
                };
                figures.push(key, &figure, 2);
            }
            figures
        };
        let (one, other) = (&["Office", "Bank"][..], &["Bank", "Office"][..]);
        let (a, b) = (of(FigureKind::Release, one), of(FigureKind::Release, other));
        let (ours, theirs) = (a.identity(&a.rows()[0]), b.identity(&b.rows()[1]));
        assert_ne!(a.rows()[0].source, b.rows()[1].source);
        assert_eq!(ours, theirs);
        assert_ne!(ours, b.identity(&b.rows()[0]), "another source states it");
        // The value of a month is one figure, whatever its source.
        let (a, b) = (
            of(FigureKind::Observation, one),
            of(FigureKind::Observation, other),
        );
        assert_eq!(a.identity(&a.rows()[0]), b.identity(&b.rows()[0]));
    }
}
