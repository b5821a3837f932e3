//! Growth that the other partner's statistics state for months which the pair's figures do not
//! reach yet, with an error learned from the months that both state.

use super::request::OutlookRequest;
use crate::catalog::Snapshot;
use crate::growth::contribution::rate_growth;
use crate::ingest::ExchangeRates;
use crate::trade::release::{DERIVED, FigureMeasure, MIRRORED};
use crate::trade::{Currency, Flow, Release, SeriesKey, Span};
use std::collections::{BTreeMap, BTreeSet};

/// The prior standard deviation of the difference between both growth rates, in logarithms, and the
/// number of spans that it counts for.
const DIFFERENCE: (f64, f64) = (0.1, 4.0);
/// With fewer spans that both state, the other side says nothing.
const FEWEST: usize = 6;

/// What one side states of a flow.
#[derive(Debug, Default)]
struct StatedGrowth {
    levels: BTreeMap<Span, f64>,
    growth: BTreeMap<Span, f64>,
}

impl StatedGrowth {
    fn add(&mut self, release: &Release) {
        match release.measure {
            FigureMeasure::Level => self.levels.insert(release.span, release.value),
            FigureMeasure::Growth => self.growth.insert(release.span, release.value),
            _ => None,
        };
    }

    /// Return the growth of a span, as stated, else from levels.
    fn of(&self, span: Span) -> Option<f64> {
        let by_levels = || {
            let before = self.levels.get(&span.year_before()).filter(|v| **v > 0.0)?;
            Some(self.levels.get(&span)? / before - 1.0)
        };
        let growth = self.growth.get(&span).copied().or_else(by_levels)?;
        (growth > -1.0).then_some(growth)
    }

    /// Return all spans of which a level or growth is stated.
    fn spans(&self) -> impl Iterator<Item = Span> + '_ {
        let all: BTreeSet<Span> = self
            .levels
            .keys()
            .chain(self.growth.keys())
            .copied()
            .collect();
        all.into_iter()
    }
}

/// Return the growth that the other side states of the pair's flows beyond `figures`, those of the
/// pair in `unit`, as figures of the pair. Their rounding is the standard deviation of their error.
///
/// Months count where enough of them are stated by both; else the longest year to date.
pub(super) fn mirrored_growth(
    snapshot: &Snapshot,
    request: &OutlookRequest,
    figures: &[Release],
    unit: Currency,
    rates: &ExchangeRates,
) -> Vec<Release> {
    let mut own: BTreeMap<SeriesKey, StatedGrowth> = BTreeMap::new();
    let counts = |release: &Release| release.status != DERIVED && !release.is_bound();
    for release in figures.iter().filter(|r| r.key.unit == unit && counts(r)) {
        own.entry(release.key.clone()).or_default().add(release);
    }
    let mut others: BTreeMap<SeriesKey, StatedGrowth> = BTreeMap::new();
    let of_pair = |key: &SeriesKey| mirror_of(key).filter(|key| request.concerns(key));
    for release in snapshot.published(request.vintage).filter(|r| counts(r)) {
        if let Some(key) = of_pair(&release.key) {
            others.entry(key).or_default().add(release);
        }
    }
    for series in snapshot.panel(request.vintage) {
        let Some(key) = SeriesKey::parse(series.id())
            .ok()
            .and_then(|key| of_pair(&key))
        else {
            continue;
        };
        let months = series
            .values()
            .iter()
            .enumerate()
            .filter(|(_, v)| v.is_finite());
        let levels = months.map(|(k, v)| (Span::month(series.first().forward(k)), *v));
        others.entry(key).or_default().levels.extend(levels);
    }
    let mut all = Vec::new();
    for (key, other) in others {
        let Some(stated) = own.get(&SeriesKey {
            unit,
            ..key.clone()
        }) else {
            continue;
        };
        let in_unit = |span: Span| match key.unit == unit {
            true => Some(0.0),
            false => rate_growth(rates, unit, key.unit, span),
        };
        let difference = |span: Span| {
            let own = (1.0 + stated.of(span)?) / (1.0 + in_unit(span)?);
            Some(((1.0 + other.of(span)?) / own).ln())
        };
        let Some(last) = stated.levels.keys().map(|span| span.last()).max() else {
            continue;
        };
        let month = |span: &Span| span.len() == 1;
        let to_date = |span: &Span| *span == Span::year_to_date(span.last());
        // Growth in another currency says nothing before the rates of its months are known.
        let beyond = |span: &Span| {
            span.last() > last && other.of(*span).is_some() && in_unit(*span).is_some()
        };
        let error = |kind: &dyn Fn(&Span) -> bool| {
            deviation(other.spans().filter(kind).filter_map(difference))
        };
        let months: Vec<Span> = other.spans().filter(month).filter(beyond).collect();
        let year = other
            .spans()
            .filter(to_date)
            .filter(beyond)
            .max_by_key(|s| s.last());
        let (spans, error) = match (error(&month), error(&to_date)) {
            (Some(error), _) if !months.is_empty() => (months, error),
            (_, Some(error)) => (year.into_iter().collect(), error),
            _ => continue,
        };
        all.extend(spans.into_iter().filter_map(|span| {
            Some(Release {
                key: key.clone(),
                span,
                measure: FigureMeasure::Growth,
                value: other.of(span)?,
                rounding: error,
                released_on: None,
                known_since: None,
                status: MIRRORED.to_owned(),
                source: "statistics of the other partner".to_owned(),
            })
        }));
    }
    all
}

/// Return the key under which the pair states what `key` states from the other side; `None` for
/// totals and balances, whose halves differ.
fn mirror_of(key: &SeriesKey) -> Option<SeriesKey> {
    let flow = match key.flow {
        Flow::Exports => Flow::Imports,
        Flow::Imports => Flow::Exports,
        _ => return None,
    };
    Some(SeriesKey {
        reporter: key.partner.clone(),
        partner: key.reporter.clone(),
        flow,
        ..key.clone()
    })
}

/// Return the standard deviation of differences around zero; `None` where they are few.
fn deviation(differences: impl Iterator<Item = f64>) -> Option<f64> {
    let squares: Vec<f64> = differences.map(|d| d * d).collect();
    let (prior, weight) = DIFFERENCE;
    let sum: f64 = squares.iter().sum();
    let count = squares.len() as f64;
    let variance = (weight * prior * prior + sum) / (weight + count);
    (squares.len() >= FEWEST).then(|| variance.sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Vintage;
    use crate::ingest::TidyFigures;
    use crate::trade::{Code, Month};

    fn level(key: &str, month: Month, value: f64) -> Release {
        Release {
            key: SeriesKey::parse(key).unwrap(),
            span: Span::month(month),
            measure: FigureMeasure::Level,
            value,
            rounding: 0.5,
            released_on: None,
            known_since: None,
            status: "published".to_owned(),
            source: String::new(),
        }
    }

    #[test]
    fn newer_months_of_the_other_side_count_with_the_error_of_those_that_both_state() {
        // AAA's imports of two years and six months; BBB's exports are 5 % lower and reach three
        // months further. Their growth is 2 % too high and too low in turn.
        let january = Month::january(2023);
        let own = |t: usize| 1e9 * 1.01_f64.powi(i32::try_from(t).unwrap());
        let other = |t: usize| {
            let off: f64 = if t < 12 {
                0.0
            } else if t.is_multiple_of(2) {
                0.02
            } else {
                -0.02
            };
            0.95 * own(t) * off.exp()
        };
        let mut tidy = TidyFigures::default();
        for t in 0..33 {
            let month = january.forward(t);
            if t < 30 {
                tidy.releases
                    .push(level("AAA.BBB.M.TOTAL.USD", month, own(t)));
            }
            tidy.releases
                .push(level("BBB.AAA.X.TOTAL.USD", month, other(t)));
        }
        let snapshot = Snapshot::new(tidy).unwrap();
        let code = |text| Code::parse(text).unwrap();
        let request = OutlookRequest::new(code("AAA"), code("BBB"), code("TOTAL"), Vintage::Latest);
        let own: Vec<Release> = snapshot
            .published(Vintage::Latest)
            .filter(|release| request.concerns(&release.key))
            .cloned()
            .collect();
        let rates = ExchangeRates::default();
        let found = mirrored_growth(&snapshot, &request, &own, Currency::USD, &rates);
        let spans: Vec<String> = found.iter().map(|r| r.span.to_string()).collect();
        assert_eq!(spans, ["2025-07", "2025-08", "2025-09"]);
        assert!(
            found
                .iter()
                .all(|r| r.key.to_string() == "AAA.BBB.M.TOTAL.USD")
        );
        // In 2024 twelve differences are 0.02; in 2025 both years have the same sign: six are zero.
        let variance = (4.0 * 0.01 + 12.0 * 0.0004) / (4.0 + 18.0);
        for release in &found {
            assert!((release.rounding - f64::sqrt(variance)).abs() < 1e-9);
            assert!((release.value - (1.01_f64.powi(12) - 1.0)).abs() < 1e-9);
        }
        // In yuan, at 7 a dollar: the rate of the last month is not known yet.
        let yuan = Currency::parse("CNY").unwrap();
        let mut known = ExchangeRates::default();
        for t in 0..32 {
            known.insert(Currency::USD, yuan, january.forward(t), 7.0);
        }
        let in_yuan = |release: &Release| Release {
            key: SeriesKey::parse("AAA.BBB.M.TOTAL.CNY").unwrap(),
            value: 7.0 * release.value,
            ..release.clone()
        };
        let in_yuan: Vec<Release> = own.iter().map(in_yuan).collect();
        let found = mirrored_growth(&snapshot, &request, &in_yuan, yuan, &known);
        let spans: Vec<String> = found.iter().map(|r| r.span.to_string()).collect();
        assert_eq!(spans, ["2025-07", "2025-08"]);
        // The growth of five months is too little to learn from.
        let few: Vec<Release> = own
            .into_iter()
            .filter(|release| release.span.first() < january.plus(17))
            .collect();
        let found = mirrored_growth(&snapshot, &request, &few, Currency::USD, &rates);
        assert_eq!(found, []);
    }
}
