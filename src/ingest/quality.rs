//! What is odd about figures that are otherwise in order: a report for whoever imports, never a reason to refuse.
//!
//! Levels are looked at in logarithms, less their usual growth and the median of their calendar month's distance from a running median of 13 months. With `σ`
//! the robust scale (1.4826 times the median absolute distance) of what is left from its running median of seven months, a month
//! departs where it lies more than `6 σ`, and at least 10 %, from the median of the six months before it. A departure from which
//! the next months return is an outlier, one that lasts three months or more a level shift. In the last three months the two
//! cannot be told apart: they are reported as undecidable.
//!
//! The months of a file are looked at within all that is known of their series, but only what they bring or decide is told. Windows
//! count months that are there: one or two missing months, as where January and February are published jointly, are passed over,
//! a longer gap ends a run.

use super::{FigureKind, LONGEST_GAP, ParsedFile, TidyFigures};
use crate::trade::{Currency, FigureMeasure, Flow, Month, Release, SeriesKey, Span};
use rayon::prelude::*;
use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, HashSet};
use time::Date;

/// How many months a departure must last to be a level shift.
const LASTING: usize = 3;
/// How many months to either side a departure is measured against.
const AROUND: usize = 6;
/// Months that a run needs before its departures are looked at.
const ENOUGH: usize = 36;
/// How many missing months in a row do not end a run.
const BRIDGED: i32 = 2;
/// More months than any series has: what was published of months further apart is not looked at together.
const MOST_MONTHS: i32 = 12 * 300;
/// The noise that a departure must exceed this many times.
const TIMES_NOISE: f64 = 6.0;
/// The least departure, in logarithms.
const LEAST: f64 = 0.095;

/// What was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum QualityIssue {
    /// Months without a figure within a series.
    Gap,
    /// Two files give the same month.
    Duplicate,
    /// Values a power of ten larger or smaller from a month on, as after a change of unit.
    UnitJump,
    /// Exports and imports that do not add up to the total that is given beside them.
    Incoherent,
    /// One side's exports and the other side's imports.
    Mirror,
    /// A month that departs and is returned from.
    Outlier,
    /// A level that lasts.
    LevelShift,
    /// A departure in the last months: an outlier or a level shift.
    Undecidable,
    /// Figures that differ from those known before.
    Revision,
    /// Months of a series whose others come from elsewhere: its figures may mean something else.
    OtherSource,
}

impl QualityIssue {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Gap => "gap",
            Self::Duplicate => "duplicate",
            Self::UnitJump => "unit jump",
            Self::Incoherent => "does not add up",
            Self::Mirror => "mirror asymmetry",
            Self::Outlier => "outlier",
            Self::LevelShift => "level shift",
            Self::Undecidable => "undecidable",
            Self::Revision => "revision",
            Self::OtherSource => "other source",
        }
    }
}

/// One finding.
#[derive(Debug, Clone, PartialEq)]
pub struct QualityFinding {
    /// What it is.
    pub issue: QualityIssue,
    /// The series; of a mirror, the importer's.
    pub series: String,
    /// The month or span that it starts with.
    pub period: Span,
    /// Its size: months of a gap or from another source; the factor of a unit jump; a fraction for all others (of a level shift and an outlier against the level
    /// before, of a mirror `2 (M − X) / (M + X)`, of revisions the median of `|new / old − 1|`).
    pub size: f64,
    /// The finding in words.
    pub detail: String,
}

/// What was read, left out, refused and found.
#[derive(Debug, Clone, Default)]
pub struct QualityReport {
    /// Figures taken.
    pub figures: usize,
    /// Series that they belong to.
    pub series: usize,
    /// Rows left out on purpose, by the reason.
    pub left_out: BTreeMap<&'static str, u64>,
    /// Rows refused, in words.
    pub refused: Vec<String>,
    /// What is odd, by kind and series.
    pub findings: Vec<QualityFinding>,
}

/// What was known before an import.
pub trait KnownFigures: Sync {
    /// The first month of a monthly series and its values in base units, NaN for a gap; `None` of one that was not known.
    fn months(&self, key: &SeriesKey) -> Option<(Month, &[f64])>;
    /// The figures published under exactly this key.
    fn releases(&self, key: &SeriesKey) -> Vec<&Release>;
    /// Where a monthly series is from; empty where that is not known.
    fn source(&self, key: &SeriesKey) -> &str;
    /// The exchange rate of `currency` per `per` that was told of a month.
    fn rate(&self, currency: Currency, per: Currency, month: Month) -> Option<f64>;
    /// How large the revisions of a monthly series were, `new / old − 1` each; none where what was replaced is not kept.
    fn revised(&self, _key: &SeriesKey) -> Vec<f64> {
        Vec::new()
    }
}

impl KnownFigures for TidyFigures {
    fn months(&self, key: &SeriesKey) -> Option<(Month, &[f64])> {
        let id = key.to_string();
        let at = self.grid.entries.binary_search_by(|e| (*e.id).cmp(&*id));
        let entry = &self.grid.entries[at.ok()?];
        let values = self.grid.values.get(entry.start..entry.start + entry.len)?;
        Some((entry.first, values))
    }

    fn releases(&self, key: &SeriesKey) -> Vec<&Release> {
        let from = self.releases.partition_point(|r| r.key < *key);
        let of_key = self.releases[from..].iter();
        of_key.take_while(|r| r.key == *key).collect()
    }

    fn source(&self, key: &SeriesKey) -> &str {
        let source = self.sources.get(key.to_string().as_str());
        source.map_or("", String::as_str)
    }

    fn rate(&self, currency: Currency, per: Currency, month: Month) -> Option<f64> {
        self.rates.told(currency, per, month)
    }
}

/// What is said of a span.
#[derive(Debug, Clone, Copy)]
struct Level<'a> {
    series: u32,
    kind: FigureKind,
    source: &'a str,
    span: Span,
    released_on: Option<Date>,
    value: f64,
    rounding: f64,
}

impl Level<'_> {
    /// Whether it is the value of a month, not what was published of a span.
    fn observes(&self) -> bool {
        self.kind != FigureKind::Release
    }
}

/// The levels of all files by series and span; of two vintages the later, of two that say the same, the later file's.
struct Levels<'a> {
    keys: Vec<&'a SeriesKey>,
    numbers: HashMap<&'a SeriesKey, u32>,
    levels: Vec<Level<'a>>,
    /// Where the levels of each series begin; one more than there are series.
    starts: Vec<usize>,
    /// Those that others replaced, as they stood before.
    duplicates: Vec<(Level<'a>, f64)>,
}

impl<'a> Levels<'a> {
    fn new(files: &'a [ParsedFile]) -> Self {
        let mut keys = Vec::new();
        let mut numbers: HashMap<&SeriesKey, u32> = HashMap::new();
        let mut levels = Vec::new();
        for file in files {
            let of_file: Vec<u32> = file
                .figures
                .keys()
                .iter()
                .map(|key| {
                    *numbers.entry(key).or_insert_with(|| {
                        keys.push(key);
                        u32::try_from(keys.len() - 1).unwrap_or(u32::MAX)
                    })
                })
                .collect();
            let rows = file.figures.rows().iter();
            let told =
                rows.filter(|row| row.measure == FigureMeasure::Level && !row.value.is_nan());
            levels.extend(told.map(|row| Level {
                series: of_file[row.key as usize],
                kind: row.kind,
                source: file.figures.text(row.source),
                span: row.span,
                released_on: row.released_on,
                value: row.value,
                rounding: row.rounding,
            }));
        }
        // Stable, so that of two files the later one comes last.
        let place = |level: &Level<'_>| {
            (
                level.series,
                level.span,
                level.kind == FigureKind::Release,
                level.released_on,
            )
        };
        if !levels.is_sorted_by_key(place) {
            levels.sort_by_key(place);
        }
        let mut duplicates = Vec::new();
        levels.dedup_by(|later, earlier| {
            let same = later.series == earlier.series && later.span == earlier.span;
            if same && later.observes() && earlier.observes() {
                // Another day of release makes it a revision, not the same figure again.
                if later.released_on == earlier.released_on {
                    duplicates.push((*later, earlier.value));
                }
                *earlier = *later;
            }
            // A release of a month beside its observation says nothing more here.
            same
        });
        let starts = (0..=keys.len())
            .map(|k| levels.partition_point(|level| (level.series as usize) < k))
            .collect();
        Self {
            keys,
            numbers,
            levels,
            starts,
            duplicates,
        }
    }

    /// The levels of a series by span.
    fn of(&self, series: usize) -> &[Level<'a>] {
        &self.levels[self.starts[series]..self.starts[series + 1]]
    }

    /// The levels of the series `key`; none where it is not there.
    fn of_key(&self, key: &SeriesKey) -> &[Level<'a>] {
        let number = self.numbers.get(key);
        number.map_or(&[], |number| self.of(*number as usize))
    }
}

/// The level over `span`.
fn at<'l, 'a>(levels: &'l [Level<'a>], span: Span) -> Option<&'l Level<'a>> {
    let at = levels.binary_search_by_key(&span, |level| level.span);
    at.ok().map(|at| &levels[at])
}

/// Looks at the figures of files together, and at `history`, what was known before.
pub fn report(files: &[ParsedFile], history: Option<&dyn KnownFigures>) -> QualityReport {
    let mut quality = QualityReport::default();
    for file in files {
        quality.figures += file.figures.len();
        for (reason, left) in &file.left_out {
            *quality.left_out.entry(reason).or_default() += left.rows;
        }
        let refusals = file.refusals.iter();
        quality.refused.extend(refusals.map(ToString::to_string));
    }
    let levels = Levels::new(files);
    let told = files
        .iter()
        .flat_map(|file| file.figures.series_with_figures());
    quality.series = told.collect::<HashSet<_>>().len();
    let duplicates = levels.duplicates.iter();
    quality.findings = duplicates
        .map(|(level, earlier)| {
            let key = levels.keys[level.series as usize];
            duplicate(key.to_string(), level.span, *earlier, level.value)
        })
        .collect();
    let of_series = |series: usize| {
        let key = levels.keys[series];
        let told = levels.of(series);
        let id = key.to_string();
        let known = history.and_then(|history| history.months(key));
        let observed = told.iter().filter(|level| level.observes());
        let mut months = beside_known(observed, known);
        let mut found = find_gaps(&id, &months);
        // What was published of single months is a series, too, where nothing else is said of them: so it is with tables of customs.
        if told.iter().any(|l| !l.observes() && l.span.len() == 1) {
            let known = known.map(|(first, values)| (first, Cow::Borrowed(values)));
            let published = history.map_or_else(Vec::new, |history| history.releases(key));
            let known = with_published(known, &published);
            let known = known.as_ref().map(|(first, values)| (*first, &**values));
            months = beside_known(told.iter().filter(|l| l.span.len() == 1), known);
        }
        found.extend(departures(&id, &months));
        if told.iter().any(|level| level.kind == FigureKind::Rate) {
            // Rates may fall and rise as they will: only another unit would be odd.
            found.retain(|f| matches!(f.issue, QualityIssue::Gap | QualityIssue::UnitJump));
        }
        found.extend(incoherent(&levels, key, told));
        found.extend(mirrors(&levels, key, told, history));
        if let Some(history) = history {
            found.extend(revisions(key, told, history));
        }
        let known = history.map_or("", |history| history.source(key));
        found.extend(other_source(id, told, known));
        found
    };
    let found = (0..levels.keys.len())
        .into_par_iter()
        .flat_map_iter(of_series);
    quality.findings.par_extend(found);
    quality
        .findings
        .sort_by(|a, b| (a.issue, &a.series, a.period).cmp(&(b.issue, &b.series, b.period)));
    quality
}

fn duplicate(series: String, period: Span, earlier: f64, value: f64) -> QualityFinding {
    let detail = if earlier == value {
        "given twice with one value".to_owned()
    } else {
        format!("given twice, {earlier} and {value}; the later file's is used")
    };
    QualityFinding {
        issue: QualityIssue::Duplicate,
        series,
        period,
        size: value / earlier - 1.0,
        detail,
    }
}

/// A month of a series.
#[derive(Debug, Clone, Copy)]
struct Observed {
    month: Month,
    value: f64,
    /// Whether it is among what is looked at, not only known before.
    is_new: bool,
}

/// The months of the files and, where these say nothing, those known before, in order.
fn beside_known<'l, 'a: 'l>(
    told: impl Iterator<Item = &'l Level<'a>>,
    known: Option<(Month, &[f64])>,
) -> Vec<Observed> {
    let new = told.map(|level| Observed {
        month: level.span.first(),
        value: level.value,
        is_new: true,
    });
    let mut months: Vec<Observed> = new.collect();
    if let Some((first, values)) = known.filter(|_| !months.is_empty()) {
        let told: Vec<Month> = months.iter().map(|o| o.month).collect();
        let told = |month: Month| told.binary_search(&month).is_ok();
        let before = (0..).zip(values).map(|(at, value)| Observed {
            month: first.plus(at),
            value: *value,
            is_new: false,
        });
        months.extend(before.filter(|o| !o.value.is_nan() && !told(o.month)));
        months.sort_unstable_by_key(|o| o.month);
    }
    months
}

/// What was known of months, with the levels published of those that nothing else was known of.
fn with_published<'a>(
    known: Option<(Month, Cow<'a, [f64]>)>,
    published: &[&Release],
) -> Option<(Month, Cow<'a, [f64]>)> {
    let of_months = published.iter().filter(|release| {
        release.span.len() == 1
            && release.measure == FigureMeasure::Level
            && !release.value.is_nan()
    });
    let of_months: BTreeMap<Month, f64> = of_months.map(|r| (r.span.first(), r.value)).collect();
    let (Some((first, _)), Some((last, _))) =
        (of_months.first_key_value(), of_months.last_key_value())
    else {
        return known;
    };
    let (mut first, mut end) = (*first, last.plus(1));
    if let Some((begin, values)) = &known {
        first = first.min(*begin);
        end = end.max(begin.plus(i32::try_from(values.len()).unwrap_or(i32::MAX)));
    }
    if end.since(first) > MOST_MONTHS {
        return known;
    }
    let of_known = |month: Month| {
        let (begin, values) = known.as_ref()?;
        let at = usize::try_from(month.since(*begin)).ok()?;
        values.get(at).copied().filter(|value| !value.is_nan())
    };
    let value = |at: i32| {
        let month = first.plus(at);
        let published = || of_months.get(&month).copied();
        of_known(month).or_else(published).unwrap_or(f64::NAN)
    };
    Some((first, (0..end.since(first)).map(value).collect()))
}

/// The holes beside at least one new month.
fn find_gaps(series: &str, months: &[Observed]) -> Vec<QualityFinding> {
    let gap = |pair: &[Observed]| {
        if !pair.iter().any(|o| o.is_new) {
            return None;
        }
        let (before, after) = (pair[0].month, pair[1].month);
        let missing = after.since(before) - 1;
        if missing == 0 {
            return None;
        }
        let first = before.plus(1);
        let end = if missing > LONGEST_GAP {
            "; the figures before are another series"
        } else {
            ""
        };
        Some(QualityFinding {
            issue: QualityIssue::Gap,
            series: series.to_owned(),
            // No span is as long as the longest gap may be.
            period: Span::new(first, missing).unwrap_or(Span::month(first)),
            size: f64::from(missing),
            detail: format!(
                "{missing} months without a figure, {first} to {}{end}",
                after.plus(-1)
            ),
        })
    };
    months.windows(2).filter_map(gap).collect()
}

/// Exports and imports against the total of the same span, where all three are given: the difference may be no more than rounding.
fn incoherent(levels: &Levels<'_>, key: &SeriesKey, told: &[Level<'_>]) -> Vec<QualityFinding> {
    if key.flow != Flow::Total {
        return Vec::new();
    }
    let part = |flow| {
        levels.of_key(&SeriesKey {
            flow,
            ..key.clone()
        })
    };
    let (exports, imports) = (part(Flow::Exports), part(Flow::Imports));
    let finding = |total: &Level<'_>| {
        let (exports, imports) = (at(exports, total.span)?, at(imports, total.span)?);
        let difference = exports.value + imports.value - total.value;
        let rounding = total.rounding + exports.rounding + imports.rounding;
        (difference.abs() > rounding * (1.0 + 1e-9)).then(|| QualityFinding {
            issue: QualityIssue::Incoherent,
            series: key.to_string(),
            period: total.span,
            size: difference / total.value,
            detail: format!(
                "exports and imports make {}, the total is {}",
                exports.value + imports.value,
                total.value
            ),
        })
    };
    told.iter().filter_map(finding).collect()
}

/// `2 (M − X) / (M + X)` of what A exports to B and B imports from A; imports are CIF, exports FOB, so that some of it is freight. The other
/// side may have been known before.
fn mirrors(
    levels: &Levels<'_>,
    key: &SeriesKey,
    told: &[Level<'_>],
    history: Option<&dyn KnownFigures>,
) -> Option<QualityFinding> {
    if !matches!(key.flow, Flow::Imports | Flow::Exports) {
        return None;
    }
    let imported = key.flow == Flow::Imports;
    let mirror = SeriesKey {
        reporter: key.partner.clone(),
        partner: key.reporter.clone(),
        flow: if imported {
            Flow::Exports
        } else {
            Flow::Imports
        },
        ..key.clone()
    };
    let here = levels.of_key(&mirror);
    // Where both sides are here, the importer's series tells it.
    if !imported && !here.is_empty() {
        return None;
    }
    let known = history.and_then(|history| history.months(&mirror));
    let other = |span: Span| {
        let before = || {
            let (first, values) = known.filter(|_| span.len() == 1)?;
            let at = usize::try_from(span.first().since(first)).ok()?;
            values.get(at).copied().filter(|value| !value.is_nan())
        };
        at(here, span).map(|level| level.value).or_else(before)
    };
    let asymmetry = |level: &Level<'_>| {
        let other = other(level.span)?;
        let (imports, exports) = if imported {
            (level.value, other)
        } else {
            (other, level.value)
        };
        let sum = imports + exports;
        (sum > 0.0).then(|| (level.span, 2.0 * (imports - exports) / sum))
    };
    let found: Vec<(Span, f64)> = told.iter().filter_map(asymmetry).collect();
    let (first, last) = (found.first()?.0, found.last()?.0);
    let size = median(found.iter().map(|(_, a)| *a).collect());
    let (importer, exporter) = if imported {
        (key, &key.partner)
    } else {
        (&mirror, &key.reporter)
    };
    Some(QualityFinding {
        issue: QualityIssue::Mirror,
        series: importer.to_string(),
        period: first,
        size,
        detail: format!(
            "against exports of {exporter}: median {:+.1} % over {} periods, {first} to {last}",
            100.0 * size,
            found.len()
        ),
    })
}

/// Figures that differ from those known before; two of different rounding agree where their intervals meet.
fn revisions(
    key: &SeriesKey,
    told: &[Level<'_>],
    history: &dyn KnownFigures,
) -> Option<QualityFinding> {
    let mut changes: Vec<(Span, f64)> = Vec::new();
    let mut compared = 0;
    let mut compare = |span: Span, old: f64, new: f64, agree: bool| {
        if old.is_nan() {
            return;
        }
        compared += 1;
        if !agree {
            let size = if old == 0.0 {
                f64::INFINITY
            } else {
                new / old - 1.0
            };
            changes.push((span, size));
        }
    };
    let months = history.months(key);
    let per = Currency::parse(key.partner.as_str()).ok();
    for level in told.iter().filter(|level| level.observes()) {
        let month = level.span.first();
        let old = if level.kind == FigureKind::Rate {
            per.and_then(|per| history.rate(key.unit, per, month))
        } else {
            months.and_then(|(first, values)| {
                let at = usize::try_from(month.since(first)).ok()?;
                values.get(at).copied()
            })
        };
        if let Some(old) = old {
            compare(level.span, old, level.value, old == level.value);
        }
    }
    for release in history.releases(key) {
        if release.measure == FigureMeasure::Level
            && let Some(new) = at(told, release.span)
        {
            let agree = (new.value - release.value).abs() <= new.rounding + release.rounding;
            compare(release.span, release.value, new.value, agree);
        }
    }
    let sizes: Vec<f64> = changes.iter().map(|(_, size)| size.abs()).collect();
    let (period, largest) = *changes
        .iter()
        .max_by(|a, b| a.1.abs().total_cmp(&b.1.abs()))?;
    let size = median(sizes);
    let before: Vec<f64> = history.revised(key).into_iter().map(f64::abs).collect();
    let usual = match before.len() {
        0 => String::new(),
        count => format!("; {count} before, median {:.2} %", 100.0 * median(before)),
    };
    Some(QualityFinding {
        issue: QualityIssue::Revision,
        series: key.to_string(),
        detail: format!(
            "{} of {compared} figures differ from those known, median {:.2} %, largest {:+.2} % ({period}){usual}",
            changes.len(),
            100.0 * size,
            100.0 * largest
        ),
        period,
        size,
    })
}

/// The months that are not from where the series is known from, or else its first month here. Sources that differ in numbers alone, as
/// those of a year or a version, are one.
fn other_source(series: String, told: &[Level<'_>], known: &str) -> Option<QualityFinding> {
    let observed = || told.iter().filter(|level| level.observes());
    let known = match known {
        "" => observed().find(|l| !l.source.is_empty())?.source,
        known => known,
    };
    let letters =
        |source: &str| -> String { source.chars().filter(|c| c.is_alphabetic()).collect() };
    let of_known = letters(known);
    // Months of one source follow each other: its letters are looked at once.
    let runs = told.chunk_by(|a, b| a.source == b.source);
    let others = runs.filter(|run| {
        let of_run = letters(run[0].source);
        !of_run.is_empty() && of_run != of_known
    });
    let mut others = others.flatten().filter(|level| level.observes());
    let first = others.next()?;
    let count = 1 + others.count();
    Some(QualityFinding {
        issue: QualityIssue::OtherSource,
        series,
        period: first.span,
        size: count as f64,
        detail: format!(
            "months from `{}`: {count}; others are from `{known}`",
            first.source
        ),
    })
}

/// Unit jumps, outliers, level shifts, and what cannot be told apart yet, as far as the new months bring or decide them.
fn departures(series: &str, months: &[Observed]) -> Vec<QualityFinding> {
    let mut new = months.iter().filter(|o| o.is_new).map(|o| o.month);
    let Some(first) = new.next() else {
        return Vec::new();
    };
    // What was known behind the new months departs from them, not they from it.
    let end = new.next_back().unwrap_or(first);
    let after = months.iter().find(|o| o.month > end);
    let end = after.map_or(end, |o| o.month);
    let positive = months.iter().filter(|o| o.value > 0.0);
    let mut logs: Vec<(Month, f64)> = positive.map(|o| (o.month, o.value.ln())).collect();
    let finding = |issue, month: Month, size: f64, detail: String| QualityFinding {
        issue,
        series: series.to_owned(),
        period: Span::month(month),
        size,
        detail,
    };
    let mut found = Vec::new();
    let values: Vec<f64> = logs.iter().map(|(_, log)| *log).collect();
    for (at, power) in unit_jumps(&values) {
        let month = logs[at].0;
        if (first..=end).contains(&month) {
            let factor = 10_f64.powi(power);
            let detail = format!("{factor} times the level before: another unit?");
            found.push(finding(QualityIssue::UnitJump, month, factor, detail));
        }
        // Looked at further as if the unit had stayed.
        for (_, log) in &mut logs[at..] {
            *log -= f64::from(power) * std::f64::consts::LN_10;
        }
    }
    let last = logs.last().map(|(month, _)| *month);
    let runs = logs.chunk_by(|a, b| b.0.since(a.0) <= BRIDGED + 1);
    for run in runs.filter(|run| run.len() >= ENOUGH) {
        let is_last = run.last().map(|(month, _)| *month) == last;
        for departure in departures_of(run, is_last) {
            let (month, decided) = (run[departure.at].0, run[departure.decided].0);
            if decided >= first && month <= end {
                let Departure { issue, size, .. } = departure;
                found.push(finding(issue, month, size, departure.detail));
            }
        }
    }
    found
}

/// A departure of a run.
struct Departure {
    issue: QualityIssue,
    at: usize,
    /// The month that tells what kind it is.
    decided: usize,
    size: f64,
    detail: String,
}

/// What departs in a run without a long gap; `is_last` where no month follows it.
fn departures_of(run: &[(Month, f64)], is_last: bool) -> Vec<Departure> {
    let mut found = Vec::new();
    let level = adjusted(&detrended(run));
    let noise = noise(&level);
    let limit = (TIMES_NOISE * noise).max(LEAST);
    let n = level.len();
    let mut at = AROUND;
    while at < n {
        let before = median(level[at - AROUND..at].to_vec());
        let departure = level[at] - before;
        if departure.abs() <= limit {
            at += 1;
            continue;
        }
        let lasts = level[at..]
            .iter()
            .take_while(|x| (**x - before) * departure.signum() > limit / 2.0)
            .count();
        let size = departure.exp_m1();
        let percent = 100.0 * size;
        let mut step = lasts.max(1);
        found.push(if at + lasts == n && lasts <= LASTING {
            let which = if is_last {
                "an outlier or a level shift, which the next months will tell"
            } else {
                "an outlier or a level shift; a gap follows"
            };
            Departure {
                issue: QualityIssue::Undecidable,
                at,
                decided: at,
                size,
                detail: format!("{percent:+.1} % in the last {lasts} months: {which}"),
            }
        } else if lasts >= LASTING {
            // What lasts is the new level.
            step = lasts.min(AROUND);
            let size =
                (median(level[at..(at + AROUND).min(at + lasts)].to_vec()) - before).exp_m1();
            Departure {
                issue: QualityIssue::LevelShift,
                at,
                decided: at + LASTING,
                size,
                detail: format!(
                    "{:+.1} % against the six months before, for {lasts} months",
                    100.0 * size
                ),
            }
        } else {
            Departure {
                issue: QualityIssue::Outlier,
                at,
                decided: at + lasts,
                size,
                detail: format!("{percent:+.1} % against the six months before, and back"),
            }
        });
        at += step;
    }
    found
}

/// The series less its usual growth, the median over twelve months: a departure is measured against months before, which growth alone would
/// leave behind.
fn detrended(run: &[(Month, f64)]) -> Vec<(Month, f64)> {
    let a_year_on = |(month, before): &(Month, f64)| {
        let at = run.binary_search_by_key(&month.plus(12), |(m, _)| *m);
        Some(run[at.ok()?].1 - before)
    };
    let growth: Vec<f64> = run.iter().filter_map(a_year_on).collect();
    let trend = if growth.is_empty() {
        0.0
    } else {
        median(growth) / 12.0
    };
    let less = |(month, log): &(Month, f64)| {
        let passed = month.since(run[0].0);
        (*month, log - trend * f64::from(passed))
    };
    run.iter().map(less).collect()
}

/// Where the level of the six months after differs from that of the six before by a power of ten, and the step itself does too.
fn unit_jumps(logs: &[f64]) -> Vec<(usize, i32)> {
    let mut found = Vec::new();
    for at in 1..logs.len() {
        let before = median(logs[at.saturating_sub(AROUND)..at].to_vec());
        let after = median(logs[at..(at + AROUND).min(logs.len())].to_vec());
        let power = ((after - before) / std::f64::consts::LN_10).round();
        let near = |difference: f64| (difference / std::f64::consts::LN_10 - power).abs() < 0.25;
        if power != 0.0 && near(after - before) && near(logs[at] - logs[at - 1]) {
            found.push((at, power as i32));
        }
    }
    found
}

/// Logarithms less the median of their calendar month's distance from a running median of 13 months.
fn adjusted(run: &[(Month, f64)]) -> Vec<f64> {
    let logs: Vec<f64> = run.iter().map(|(_, log)| *log).collect();
    let mut of_month: [Vec<f64>; 12] = Default::default();
    for (at, (month, log)) in run.iter().enumerate() {
        of_month[usize::from(month.of_year()) - 1].push(log - running(&logs, at, AROUND));
    }
    let seasons = of_month.map(|distances| {
        if distances.is_empty() {
            0.0
        } else {
            median(distances)
        }
    });
    run.iter()
        .map(|(month, log)| log - seasons[usize::from(month.of_year()) - 1])
        .collect()
}

fn noise(level: &[f64]) -> f64 {
    let distance = |at: usize| (level[at] - running(level, at, 3)).abs();
    1.4826 * median((0..level.len()).map(distance).collect())
}

fn running(values: &[f64], at: usize, reach: usize) -> f64 {
    median(values[at.saturating_sub(reach)..(at + reach + 1).min(values.len())].to_vec())
}

/// The median of at least one value.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => f64::NAN,
        n if n % 2 == 1 => values[middle],
        _ => (values[middle - 1] + values[middle]) / 2.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::{InvalidRows, formats};
    use std::path::Path;

    /// Five years of a level of 100 with a season of ±20 % and a wobble of up to 2 %, changed by `change`.
    fn series(id: &str, change: impl Fn(usize, f64) -> Option<f64>) -> String {
        let mut text = String::new();
        for t in 0..60_usize {
            let season = [
                0.8, 0.85, 1.0, 1.0, 1.05, 1.0, 1.0, 1.0, 1.1, 1.05, 1.1, 1.2,
            ][t % 12];
            let wobble = 1.0 + 0.02 * ((t * 37 % 19) as f64 / 9.0 - 1.0);
            if let Some(value) = change(t, 100.0 * season * wobble) {
                text += &format!("{id},{:04}-{:02},{value:.4}\n", 2020 + t / 12, t % 12 + 1);
            }
        }
        text
    }

    fn look(rows: &str) -> Vec<(QualityIssue, String, String)> {
        let text = format!("unique_id,ds,y\n{rows}");
        let (_, reading) =
            formats::read_bytes(Path::new("f"), text.as_bytes(), None, InvalidRows::Refuse)
                .unwrap();
        let quality = report(&[reading], None);
        quality
            .findings
            .into_iter()
            .map(|f| (f.issue, f.period.to_string(), format!("{:.2}", f.size)))
            .collect()
    }

    const ID: &str = "USA.MEX.M.TOTAL.USD";

    fn one(change: impl Fn(usize, f64) -> Option<f64>) -> Vec<(QualityIssue, String, String)> {
        look(&series(ID, change))
    }

    #[test]
    fn a_clean_series_has_nothing_odd() {
        assert_eq!(one(|_, y| Some(y)), []);
        // Growth of 1.5 % a month is no shift of level either.
        assert_eq!(one(|t, y| Some(y * 1.015_f64.powi(t as i32))), []);
    }

    #[test]
    fn a_hole_is_a_gap() {
        let found = one(|t, y| (t != 30 && t != 31).then_some(y));
        assert_eq!(
            found,
            [(
                QualityIssue::Gap,
                "2022-07-01/P2M".to_owned(),
                "2.00".to_owned()
            )]
        );
    }

    #[test]
    fn a_factor_of_ten_thousand_is_a_unit_jump() {
        let found = one(|t, y| Some(if t < 40 { y * 1e4 } else { y }));
        assert_eq!(
            found,
            [(
                QualityIssue::UnitJump,
                "2023-05".to_owned(),
                "0.00".to_owned()
            )]
        );
    }

    #[test]
    fn a_month_that_is_returned_from_is_an_outlier() {
        let found = one(|t, y| Some(if t == 40 { y * 1.6 } else { y }));
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(
            (found[0].0, found[0].1.as_str()),
            (QualityIssue::Outlier, "2023-05")
        );
    }

    #[test]
    fn a_level_that_lasts_is_a_shift() {
        let found = one(|t, y| Some(if t >= 40 { y * 1.6 } else { y }));
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(
            (found[0].0, found[0].1.as_str()),
            (QualityIssue::LevelShift, "2023-05")
        );
    }

    #[test]
    fn a_shift_in_the_last_month_is_undecidable() {
        let found = one(|t, y| Some(if t >= 59 { y * 1.6 } else { y }));
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(
            (found[0].0, found[0].1.as_str()),
            (QualityIssue::Undecidable, "2024-12")
        );
    }

    /// Korea's exports of 100 and China's imports of 110: 2 · 10 / 210 = 0.095.
    #[test]
    fn a_mirror_tells_its_asymmetry() {
        let rows = "KOR.CHN.X.TOTAL.USD,2020-01,100\nCHN.KOR.M.TOTAL.USD,2020-01,110\n";
        assert_eq!(
            look(rows),
            [(
                QualityIssue::Mirror,
                "2020-01".to_owned(),
                "0.10".to_owned()
            )]
        );
    }

    #[test]
    fn parts_that_do_not_add_up_are_told() {
        let rows = "CHN.KAZ.T.TOTAL.CNY,2020-01,300\nCHN.KAZ.X.TOTAL.CNY,2020-01,160\nCHN.KAZ.M.TOTAL.CNY,2020-01,150\n";
        assert_eq!(
            look(rows),
            [(
                QualityIssue::Incoherent,
                "2020-01".to_owned(),
                "0.03".to_owned()
            )]
        );
        // 160.4 + 140.4 = 300.8 may be printed as 160 + 140 and 301.
        let rows = "CHN.KAZ.T.TOTAL.CNY,2020-01,301\nCHN.KAZ.X.TOTAL.CNY,2020-01,160\nCHN.KAZ.M.TOTAL.CNY,2020-01,140\n";
        assert_eq!(look(rows), []);
    }

    /// The real series of the United States' imports from Mexico of which one month was changed by 2 %.
    #[test]
    fn a_revision_is_measured_against_history() {
        let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("data");
        let history = crate::ingest::read_folder(&data).unwrap();
        // 2025-01 is 41597.114578 mn in data/observations/usa_census.csv, and 42429.05686956 is 2 % more.
        let rows = "unique_id,ds,y\nUSA.MEX.M.TOTAL.USD,2025-01,42429056869.56\nUSA.MEX.M.TOTAL.USD,2025-02,41565516994\n";
        let (_, reading) =
            formats::read_bytes(Path::new("f"), rows.as_bytes(), None, InvalidRows::Refuse)
                .unwrap();
        let quality = report(&[reading], Some(&history));
        let [finding, source] = &quality.findings[..] else {
            panic!("two findings: {:?}", quality.findings)
        };
        assert_eq!(source.issue, QualityIssue::OtherSource);
        assert_eq!(
            (finding.issue, finding.period.to_string()),
            (QualityIssue::Revision, "2025-01".to_owned())
        );
        assert!((finding.size - 0.02).abs() < 1e-9, "{}", finding.detail);
        assert!(
            finding.detail.starts_with("1 of 2 figures"),
            "{}",
            finding.detail
        );
    }

    #[test]
    fn two_files_with_one_month_are_told() {
        let read = |rows: &str| {
            let text = format!("unique_id,ds,y\n{rows}");
            formats::read_bytes(Path::new("f"), text.as_bytes(), None, InvalidRows::Refuse)
                .unwrap()
                .1
        };
        let files = [
            read("USA.MEX.M.TOTAL.USD,2025-01,1\n"),
            read("USA.MEX.M.TOTAL.USD,2025-01,2\n"),
        ];
        let quality = report(&files, None);
        assert_eq!(quality.findings.len(), 1);
        assert_eq!(quality.findings[0].issue, QualityIssue::Duplicate);
    }

    const ROWS: &str =
        "kind,reporter,partner,flow,product,measure,period,value,unit,status,released_on,source\n";

    /// A series whose months come from two places is told; another version of one place is not.
    #[test]
    fn months_from_another_source_are_told() {
        let read = |source: &str, months: &[u8]| {
            let row = |month: &u8| {
                format!("observation,USA,MEX,M,TOTAL,level,2025-0{month},1,USD,,,{source}\n")
            };
            let text = format!("{ROWS}{}", months.iter().map(row).collect::<String>());
            formats::read_bytes(Path::new("f"), text.as_bytes(), None, InvalidRows::Refuse)
                .unwrap()
                .1
        };
        let told = |files: &[ParsedFile], history: Option<&dyn KnownFigures>| {
            let quality = report(files, history);
            let found = quality.findings.into_iter();
            let found = found.filter(|f| f.issue == QualityIssue::OtherSource);
            found
                .map(|f| (f.period.to_string(), f.size, f.detail))
                .collect::<Vec<_>>()
        };
        let files = [
            read("Office 1.0", &[1, 2]),
            read("Bank", &[3, 4]),
            read("Office 2.0", &[5]),
        ];
        let detail = "months from `Bank`: 2; others are from `Office 1.0`";
        assert_eq!(
            told(&files, None),
            [("2025-03".to_owned(), 2.0, detail.to_owned())]
        );
        let mut history = TidyFigures::default();
        let id: Box<str> = "USA.MEX.M.TOTAL.USD".into();
        history.sources.insert(id, "Bank".to_owned());
        let of_office = told(&files[..1], Some(&history));
        assert_eq!(of_office[0].1, 2.0);
        assert_eq!(told(&files[1..2], Some(&history)), []);
    }

    /// Two vintages are a revision, the same day twice in two files is a duplicate.
    #[test]
    fn two_vintages_of_a_month_are_no_duplicate() {
        let read = |rows: &str| {
            let text = format!("{ROWS}{rows}");
            formats::read_bytes(Path::new("f"), text.as_bytes(), None, InvalidRows::Refuse)
                .unwrap()
                .1
        };
        let row = |value: u32, day: &str| {
            format!("observation,USA,MEX,M,TOTAL,level,2025-01,{value},USD mn,p,{day},s\n")
        };
        let both = read(&(row(1, "2025-03-01") + &row(2, "2025-04-01")));
        assert_eq!(report(std::slice::from_ref(&both), None).findings, []);
        let again = read(&row(3, "2025-03-01"));
        let findings = report(&[both, again], None).findings;
        assert_eq!(findings.len(), 1, "{findings:?}");
        assert_eq!(findings[0].issue, QualityIssue::Duplicate);
    }

    /// A series as it was known before.
    struct Before(Month, Vec<f64>);

    impl KnownFigures for Before {
        fn months(&self, _: &SeriesKey) -> Option<(Month, &[f64])> {
            Some((self.0, &self.1))
        }

        fn releases(&self, _: &SeriesKey) -> Vec<&Release> {
            Vec::new()
        }

        fn source(&self, _: &SeriesKey) -> &'static str {
            ""
        }

        fn rate(&self, _: Currency, _: Currency, _: Month) -> Option<f64> {
            None
        }
    }

    /// What is told of the months `rows` where six years of about 100 mn to the end of 2025 are known, the last times `factor`.
    fn after_six_years(factor: f64, rows: &[(&str, f64)]) -> Vec<(QualityIssue, String)> {
        let wobble = |t: usize| 1e8 * (1.0 + 0.02 * ((t * 37 % 19) as f64 / 9.0 - 1.0));
        let mut known: Vec<f64> = (0..72).map(wobble).collect();
        known[71] *= factor;
        let known = Before(Month::parse("2020-01").unwrap(), known);
        let mut text = "unique_id,ds,y\n".to_owned();
        for (month, value) in rows {
            text += &format!("{ID},{month},{value}\n");
        }
        let (_, reading) =
            formats::read_bytes(Path::new("f"), text.as_bytes(), None, InvalidRows::Refuse)
                .unwrap();
        let findings = report(&[reading], Some(&known)).findings;
        findings
            .into_iter()
            .map(|f| (f.issue, f.period.to_string()))
            .collect()
    }

    #[test]
    fn one_new_month_is_held_against_those_known() {
        let one = |month: &str, value| after_six_years(1.0, &[(month, value)]);
        assert_eq!(one("2026-01", 1e8), []);
        let odd = |issue, period: &str| vec![(issue, period.to_owned())];
        assert_eq!(one("2026-01", 1e11), odd(QualityIssue::UnitJump, "2026-01"));
        assert_eq!(
            one("2026-01", 1.6e8),
            odd(QualityIssue::Undecidable, "2026-01")
        );
        assert_eq!(one("2026-02", 1e8), odd(QualityIssue::Gap, "2026-01"));
    }

    /// China's customs publishes months as figures of its tables: one in another unit is told, within a file and against those known before.
    #[test]
    fn a_published_month_is_held_against_those_before() {
        let row = |t: usize, value: f64| {
            let (year, month) = (2020 + t / 12, t % 12 + 1);
            format!("release,CHN,KAZ,T,TOTAL,level,{year}-{month:02},{value},CNY mn,p,,s\n")
        };
        let level = |t: usize| 1e4 * (1.0 + 0.02 * ((t * 37 % 19) as f64 / 9.0 - 1.0));
        let rows = |months: std::ops::Range<usize>| -> String {
            months.map(|t| row(t, level(t))).collect()
        };
        let read = |rows: &str| {
            let text = format!("{ROWS}{rows}");
            formats::read_bytes(Path::new("f"), text.as_bytes(), None, InvalidRows::Refuse)
                .unwrap()
                .1
        };
        let odd = |files: &[ParsedFile], history: Option<&dyn KnownFigures>| {
            let found = report(files, history).findings.into_iter();
            found
                .map(|f| (f.issue, f.period.to_string()))
                .collect::<Vec<_>>()
        };
        let jump = [(QualityIssue::UnitJump, "2023-05".to_owned())];
        let one_file = read(&(rows(0..40) + &row(40, 1e4 * level(40))));
        assert_eq!(odd(&[one_file], None), jump);
        assert_eq!(odd(&[read(&rows(0..41))], None), []);

        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("releases/a.csv");
        std::fs::create_dir(folder.path().join("releases")).unwrap();
        std::fs::write(&file, format!("{ROWS}{}", rows(0..40))).unwrap();
        let known = crate::ingest::read_folder(folder.path()).unwrap();
        let new = read(&row(40, 1e4 * level(40)));
        assert_eq!(odd(&[new], Some(&known)), jump);
        assert_eq!(odd(&[read(&row(40, level(40)))], Some(&known)), []);
    }

    /// The last month that was known lay 60 % higher: what it was, the months after it tell.
    #[test]
    fn what_new_months_decide_is_told() {
        let odd = |issue| vec![(issue, "2025-12".to_owned())];
        let back = [("2026-01", 1e8)];
        assert_eq!(after_six_years(1.6, &back), odd(QualityIssue::Outlier));
        let months = [("2026-01", 1.6e8), ("2026-02", 1.6e8), ("2026-03", 1.6e8)];
        assert_eq!(after_six_years(1.6, &months[..2]), []);
        assert_eq!(after_six_years(1.6, &months), odd(QualityIssue::LevelShift));
    }

    /// January and February are missing each year, as where they are published jointly.
    #[test]
    fn missing_months_blind_nothing() {
        let jointly = |change: fn(usize, f64) -> f64| {
            let found = one(|t, y| (t % 12 > 1).then(|| change(t, y)));
            let (gaps, others): (Vec<_>, Vec<_>) =
                found.into_iter().partition(|f| f.0 == QualityIssue::Gap);
            assert_eq!(gaps.len(), 4);
            let others = others.into_iter();
            others.map(|f| (f.0, f.1)).collect::<Vec<_>>()
        };
        assert_eq!(jointly(|_, y| y), []);
        let at = |issue, month: &str| vec![(issue, month.to_owned())];
        let jump = jointly(|t, y| if t >= 38 { y * 1000.0 } else { y });
        assert_eq!(jump, at(QualityIssue::UnitJump, "2023-03"));
        let outlier = jointly(|t, y| if t == 40 { y * 1.6 } else { y });
        assert_eq!(outlier, at(QualityIssue::Outlier, "2023-05"));
        let shift = jointly(|t, y| if t >= 40 { y * 1.6 } else { y });
        assert_eq!(shift, at(QualityIssue::LevelShift, "2023-05"));
    }

    /// An outlier before a long gap is told although months follow it.
    #[test]
    fn every_long_run_is_looked_at() {
        let found =
            one(|t, y| (!(50..54).contains(&t)).then_some(if t == 30 { y * 1.6 } else { y }));
        let told: Vec<_> = found.iter().map(|f| (f.0, f.1.as_str())).collect();
        assert_eq!(
            told,
            [
                (QualityIssue::Gap, "2024-03-01/P4M"),
                (QualityIssue::Outlier, "2022-07")
            ]
        );
    }
}
