//! The frame that all series of a scenario are put into: the same months, one currency a series,
//! derived totals and balances.

use super::members::FittedSeries;
use super::request::ScenarioRunError;
use crate::catalog::{Snapshot, Vintage};
use crate::projection::{JointDraws, JointSeries};
use crate::trade::hierarchy::{AbsentSum, absent_sums};
use crate::trade::{Currency, Month, SeriesKey, Span};
use crate::work::checkpoint;

/// Largest age, in months, of a rate that is used for a month without one.
const MAX_RATE_AGE: usize = 24;

/// How many units of a series' own currency one unit of another cost, month by month.
struct ConversionRates {
    to: Currency,
    /// The rate of each month of the history; empty where nothing is converted.
    known: Vec<f64>,
    first: Month,
}

impl ConversionRates {
    fn new(
        snapshot: &Snapshot,
        member: &FittedSeries<'_>,
        to: Option<Currency>,
        vintage: Vintage,
    ) -> Result<Self, ScenarioRunError> {
        let from = member.key.unit;
        let first = member.series.first();
        let Some(to) = to.filter(|to| *to != from) else {
            return Ok(Self {
                to: from,
                known: Vec::new(),
                first,
            });
        };
        let rates = snapshot.rates(vintage);
        if !rates.connects(from, to) {
            return Err(ScenarioRunError::NoRate { from, to });
        }
        let at = |month: Month| {
            let mut back = (0..MAX_RATE_AGE).map(|k| rates.rate(from, to, month.back(k)));
            back.find_map(|rate| rate).unwrap_or(f64::NAN)
        };
        let months = (0..member.series.len()).map(|k| first.forward(k));
        Ok(Self {
            to,
            known: months.map(at).collect(),
            first,
        })
    }

    /// Return the rate of a month; the last known one for months ahead.
    fn at(&self, month: Month) -> f64 {
        let place = month.index_from(self.first).unwrap_or(0);
        let known = self.known.get(place).or(self.known.last());
        known.copied().unwrap_or(1.0)
    }
}

/// The months, currencies and derived series of a scenario.
pub(super) struct ScenarioFrame<'a> {
    first: Month,
    months: usize,
    members: &'a [FittedSeries<'a>],
    rates: Vec<ConversionRates>,
    keys: Vec<SeriesKey>,
    derived: Vec<AbsentSum>,
}

impl<'a> ScenarioFrame<'a> {
    /// Return the frame of `months` months from `first`, with figures converted into `currency`.
    ///
    /// # Errors
    /// No exchange rate leads to the currency.
    pub(super) fn new(
        snapshot: &Snapshot,
        (first, months): (Month, usize),
        members: &'a [FittedSeries<'a>],
        currency: Option<Currency>,
        vintage: Vintage,
    ) -> Result<Self, ScenarioRunError> {
        let rates: Vec<ConversionRates> = members
            .iter()
            .map(|member| ConversionRates::new(snapshot, member, currency, vintage))
            .collect::<Result<_, _>>()?;
        let keys = members.iter().zip(&rates);
        let keys: Vec<SeriesKey> = keys
            .map(|(member, rates)| member.key.with_unit(rates.to))
            .collect();
        Ok(Self {
            first,
            months,
            members,
            rates,
            derived: absent_sums(&keys),
            keys,
        })
    }

    /// Return how many series there are, derived ones included.
    pub(super) fn len(&self) -> usize {
        self.members.len() + self.derived.len()
    }

    /// Return key and last known month of each derived series.
    pub(super) fn derived(&self) -> impl Iterator<Item = (&SeriesKey, Month)> {
        self.derived.iter().map(|sum| (&sum.key, self.last_of(sum)))
    }

    /// Return the currency in which each series' trade is fixed: its own, before conversion.
    pub(super) fn fixed_in(&self) -> Vec<Currency> {
        let own = |place: usize| self.members[place].key.unit;
        let derived = self.derived.iter().map(|sum| own(sum.parts[0].part));
        (0..self.members.len()).map(own).chain(derived).collect()
    }

    fn last_of(&self, sum: &AbsentSum) -> Month {
        let last = |place: usize| self.members[place].series.last();
        last(sum.parts[0].part).min(last(sum.parts[1].part))
    }

    /// Return the history of each series, gaps left open, followed by the months ahead from
    /// `drawn`, and the derived series.
    pub(super) fn joint(&self, drawn: &JointDraws) -> JointDraws {
        let months = self.months;
        let points = self.rows(|k| self.row(k, drawn.first(), &drawn.nodes()[k].point));
        let naives = self.rows(|k| {
            let member = &self.members[k];
            self.row(k, member.series.last().plus(1), member.baseline.naive())
        });
        let lasts = self.members.iter().map(|member| member.series.last());
        let lasts = lasts.chain(self.derived.iter().map(|sum| self.last_of(sum)));
        let keys = self
            .keys
            .iter()
            .chain(self.derived.iter().map(|sum| &sum.key));
        let nodes = keys.zip(points).zip(naives).zip(lasts);
        let nodes = nodes.map(|(((key, point), naive), last)| {
            let months = (0..months).map(|k| self.first.forward(k));
            let known = months
                .zip(&point)
                .filter(|(month, value)| *month <= last && !value.is_nan())
                .map(|(month, value)| (Span::month(month), *value))
                .collect();
            JointSeries {
                key: key.clone(),
                point,
                naive,
                known,
            }
        });
        let nodes: Vec<JointSeries> = nodes.collect();
        let mut draws = Vec::with_capacity(drawn.count() * months * nodes.len());
        let width = drawn.months();
        for draw in drawn.draws() {
            checkpoint();
            let path = |k: usize| &draw[k * width..(k + 1) * width];
            self.rows(|k| self.row(k, drawn.first(), path(k)))
                .iter()
                .for_each(|row| draws.extend_from_slice(row));
        }
        JointDraws::new(self.first, months, nodes, draws).centred_where(|k| drawn.is_centred(k))
    }

    /// Return the row of each series, and the sums of the derived ones.
    fn rows(&self, row: impl Fn(usize) -> Vec<f64>) -> Vec<Vec<f64>> {
        let mut rows: Vec<Vec<f64>> = (0..self.members.len()).map(row).collect();
        for sum in &self.derived {
            let [exports, imports] = [sum.parts[0], sum.parts[1]];
            let pairs = rows[exports.part].iter().zip(&rows[imports.part]);
            let sum = pairs.map(|(x, m)| x + imports.sign * m).collect();
            rows.push(sum);
        }
        rows
    }

    /// Return the history of series `k`, with months ahead from a path that begins with the month
    /// `begin`.
    fn row(&self, k: usize, begin: Month, path: &[f64]) -> Vec<f64> {
        let (series, rates) = (&self.members[k].series, &self.rates[k]);
        let value = |place: usize| {
            let month = self.first.forward(place);
            let value = if month <= series.last() {
                series.at(month)
            } else {
                let place = month.index_from(begin);
                place.and_then(|place| path.get(place)).copied()
            };
            value.map_or(f64::NAN, |value| value / rates.at(month))
        };
        (0..self.months).map(value).collect()
    }
}
