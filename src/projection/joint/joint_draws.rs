//! Joint draws of several series over the same months. Observed months are the same in every draw;
//! sums over months and series have their own distribution.

use crate::trade::{Component, Currency, Month, SeriesKey, Span};

/// A series of [`JointDraws`].
#[derive(Debug, Clone, PartialEq)]
pub struct JointSeries {
    /// The key of the series.
    pub key: SeriesKey,
    /// The point forecast, one value for each month of the draws, base units.
    pub point: Vec<f64>,
    /// The seasonal naive forecast: the observed values, then the same month of the last observed
    /// year.
    pub naive: Vec<f64>,
    /// The spans with known levels; they may overlap.
    pub known: Vec<(Span, f64)>,
}

/// Joint draws of several series over the same months, before and after the last observed one.
/// Within one draw, sums over series and over months are those of one possible future.
#[derive(Debug, Clone, PartialEq)]
pub struct JointDraws {
    first: Month,
    months: usize,
    nodes: Vec<JointSeries>,
    /// Draw after draw; within a draw series after series; within a series month after month.
    draws: Vec<f64>,
    /// Whether the point path of each series is the forecast of its single months.
    centred: Vec<bool>,
}

impl JointDraws {
    /// Take draws over `months` months from `first`, laid out draw after draw, within a draw in the
    /// order of `nodes`, within a series by month.
    ///
    /// # Panics
    /// If a path of a node or the draws have another length.
    pub fn new(first: Month, months: usize, nodes: Vec<JointSeries>, draws: Vec<f64>) -> Self {
        let fits = |node: &JointSeries| node.point.len() == months && node.naive.len() == months;
        assert!(nodes.iter().all(fits), "a path a month");
        assert_eq!(
            draws.len() % (months * nodes.len()).max(1),
            0,
            "whole draws"
        );
        let centred = vec![false; nodes.len()];
        Self {
            first,
            months,
            nodes,
            draws,
            centred,
        }
    }

    /// Return the draws, where the point path of each series for which `centred` holds is the
    /// forecast of its single months. For others the medians over the draws are.
    #[must_use]
    pub fn centred_where(self, centred: impl Fn(usize) -> bool) -> Self {
        Self {
            centred: (0..self.nodes.len()).map(centred).collect(),
            ..self
        }
    }

    /// Whether the point path of series `node` is the forecast of its single months.
    pub fn is_centred(&self, node: usize) -> bool {
        self.centred.get(node).copied().unwrap_or(false)
    }

    /// Return the first month.
    pub fn first(&self) -> Month {
        self.first
    }

    /// Return the last month.
    pub fn last(&self) -> Month {
        self.first.forward(self.months).back(1)
    }

    /// Return the number of months.
    pub fn months(&self) -> usize {
        self.months
    }

    /// Return the series, in the order of the draws.
    pub fn nodes(&self) -> &[JointSeries] {
        &self.nodes
    }

    /// Return the place of a series.
    pub fn find(&self, key: &SeriesKey) -> Option<usize> {
        self.nodes.iter().position(|node| &node.key == key)
    }

    /// Return the number of draws.
    pub fn count(&self) -> usize {
        self.draws.len() / (self.months * self.nodes.len()).max(1)
    }

    /// Return the paths of series `node`, one for each draw.
    pub fn paths(&self, node: usize) -> impl Iterator<Item = &[f64]> {
        let width = (self.months * self.nodes.len()).max(1);
        let from = node * self.months;
        self.draws
            .chunks_exact(width)
            .map(move |draw| &draw[from..from + self.months])
    }

    /// Return every draw: its series one after another, each month by month.
    pub fn draws(&self) -> impl ExactSizeIterator<Item = &[f64]> {
        self.draws
            .chunks_exact((self.months * self.nodes.len()).max(1))
    }

    /// Return the months of `span` as places in a path; `None` where it reaches beyond the draws.
    pub fn places(&self, span: Span) -> Option<std::ops::Range<usize>> {
        let from = span.first().index_from(self.first)?;
        let to = from + span.count();
        (to <= self.months).then_some(from..to)
    }

    /// Return the draws with one series more, the sum of `parts`. Its known levels are the months
    /// that are known of all parts.
    #[must_use]
    pub fn adding(&self, key: SeriesKey, parts: &[Component]) -> Self {
        let months = self.months;
        let sum = |path: &dyn Fn(usize) -> Vec<f64>| {
            let mut all = vec![0.0; months];
            for Component { part, sign } in parts {
                all.iter_mut()
                    .zip(path(*part))
                    .for_each(|(a, v)| *a += sign * v);
            }
            all
        };
        let known = (0..months).filter_map(|t| {
            let span = Span::month(self.first.forward(t));
            let of = |Component { part, sign }: &Component| {
                let known = self.nodes[*part].known.iter().find(|(s, _)| *s == span)?;
                Some(sign * known.1)
            };
            Some((span, parts.iter().map(of).sum::<Option<f64>>()?))
        });
        let node = JointSeries {
            key,
            point: sum(&|part| self.nodes[part].point.clone()),
            naive: sum(&|part| self.nodes[part].naive.clone()),
            known: known.collect(),
        };
        let draws = self.draws().flat_map(|draw| {
            let added = sum(&|part| draw[part * months..(part + 1) * months].to_vec());
            draw.iter().copied().chain(added).collect::<Vec<_>>()
        });
        let draws = draws.collect();
        let nodes = self.nodes.iter().cloned().chain([node]).collect();
        Self::new(self.first, months, nodes, draws).centred_where(|k| self.is_centred(k))
    }

    /// Return the draws with series `node` before all others.
    #[must_use]
    pub fn leading(&self, node: usize) -> Self {
        let others = (0..self.nodes.len()).filter(|k| *k != node);
        let order: Vec<usize> = std::iter::once(node).chain(others).collect();
        let months = self.months;
        let draws = self.draws().flat_map(|draw| {
            let series = order.iter().map(|k| &draw[k * months..(k + 1) * months]);
            series.flatten().copied().collect::<Vec<_>>()
        });
        let draws = draws.collect();
        let nodes = order.iter().map(|k| self.nodes[*k].clone()).collect();
        Self::new(self.first, months, nodes, draws).centred_where(|k| self.is_centred(order[k]))
    }

    /// Return the draws in another currency: in draw `d` a value of month `t` (both from 0) is
    /// divided by `rate(d, t)`. Known levels are converted at the mean rate of their months.
    #[must_use]
    pub fn converted(&self, to: Currency, rate: impl Fn(usize, usize) -> f64) -> Self {
        let (months, count) = (self.months, self.count());
        let mut draws = self.draws.clone();
        let width = (months * self.nodes.len()).max(1);
        for (d, draw) in draws.chunks_exact_mut(width).enumerate() {
            for (cell, value) in draw.iter_mut().enumerate() {
                *value /= rate(d, cell % months);
            }
        }
        let mean: Vec<f64> = (0..months)
            .map(|t| (0..count).map(|d| rate(d, t)).sum::<f64>() / count as f64)
            .collect();
        let convert = |path: &[f64]| path.iter().zip(&mean).map(|(v, r)| v / r).collect();
        let nodes = self.nodes.iter().map(|node| {
            let point: Vec<f64> = convert(&node.point);
            let known = node.known.iter().filter_map(|(span, value)| {
                let places = self.places(*span)?;
                let share = |path: &[f64]| path[places.clone()].iter().sum::<f64>();
                Some((*span, value * share(&point) / share(&node.point)))
            });
            JointSeries {
                key: SeriesKey {
                    unit: to,
                    ..node.key.clone()
                },
                known: known.collect(),
                naive: convert(&node.naive),
                point,
            }
        });
        // The value at a mean rate is not the median over rates.
        Self {
            centred: vec![false; self.nodes.len()],
            nodes: nodes.collect(),
            draws,
            ..*self
        }
    }

    /// Return the known part of `span` of series `node`: the sum over the longest known spans
    /// within it that do not overlap.
    pub fn known(&self, node: usize, span: Span) -> f64 {
        self.tiles(node, span).1
    }

    /// Return the level of `span` of series `node` where known spans that do not overlap cover it.
    pub fn whole(&self, node: usize, span: Span) -> Option<f64> {
        let (months, sum) = self.tiles(node, span);
        (months == span.len()).then_some(sum)
    }

    /// Return how many months of `span` are covered by known spans that do not overlap, the longest
    /// first, and their sum.
    fn tiles(&self, node: usize, span: Span) -> (i32, f64) {
        let within =
            |known: &&(Span, f64)| span.contains(known.0.first()) && span.contains(known.0.last());
        let mut spans: Vec<&(Span, f64)> = self.nodes[node].known.iter().filter(within).collect();
        spans.sort_by_key(|(span, _)| (-span.len(), span.first()));
        let mut taken: Vec<Span> = Vec::new();
        let (mut months, mut sum) = (0, 0.0);
        for (span, value) in spans {
            let overlaps =
                |other: &Span| other.first() <= span.last() && span.first() <= other.last();
            if !taken.iter().any(overlaps) {
                taken.push(*span);
                months += span.len();
                sum += value;
            }
        }
        (months, sum)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn joint() -> JointDraws {
        let span = |text: &str| Span::parse(text).unwrap();
        let node = |key: &str, known: Vec<(Span, f64)>| JointSeries {
            key: SeriesKey::parse(key).unwrap(),
            point: vec![1.0; 3],
            naive: vec![1.0; 3],
            known,
        };
        let known = vec![
            (span("2025-01"), 1.0),
            (span("2025-01-01/P2M"), 3.0),
            (span("2025-03"), 4.0),
        ];
        let nodes = vec![
            node("A.B.X.TOTAL.USD", known),
            node("A.B.M.TOTAL.USD", vec![]),
        ];
        JointDraws::new(
            Month::january(2025),
            3,
            nodes,
            (0..12).map(f64::from).collect(),
        )
    }

    #[test]
    fn paths_lie_series_by_series_within_a_draw() {
        let joint = joint();
        assert_eq!(joint.count(), 2);
        let paths: Vec<&[f64]> = joint.paths(1).collect();
        assert_eq!(paths, [[3.0, 4.0, 5.0], [9.0, 10.0, 11.0]]);
        assert_eq!(joint.places(Span::parse("2025-02").unwrap()), Some(1..2));
        assert_eq!(joint.places(Span::parse("2025-Q2").unwrap()), None);
    }

    #[test]
    fn another_currency_and_back_is_exact() {
        let joint = joint();
        let rate = |draw: usize, month: usize| [2.0, 4.0, 8.0][month] * (draw + 1) as f64;
        let there = joint.converted(Currency::CNY, rate);
        assert_eq!(there.nodes()[0].key.unit, Currency::CNY);
        assert_eq!(
            there.paths(1).nth(1).unwrap(),
            [9.0 / 4.0, 10.0 / 8.0, 11.0 / 16.0]
        );
        let back = there.converted(Currency::USD, |draw, month| 1.0 / rate(draw, month));
        assert!(back.draws().eq(joint.draws()));
    }

    #[test]
    fn a_sum_is_the_sum_in_every_draw() {
        let joint = joint();
        let key = SeriesKey::parse("A.B.B.TOTAL.USD").unwrap();
        let parts = [(0, 1.0), (1, -1.0)].map(|(part, sign)| Component { part, sign });
        let added = joint.adding(key.clone(), &parts);
        assert_eq!(added.find(&key), Some(2));
        assert!(added.paths(2).all(|path| path == [-3.0, -3.0, -3.0]));
        assert!(added.paths(0).eq(joint.paths(0)));
        // Of the second part nothing is known.
        assert_eq!(added.nodes()[2].known, []);
        let leading = added.leading(2);
        assert_eq!(leading.find(&key), Some(0));
        assert!((0..2).all(|k| leading.paths(k + 1).eq(joint.paths(k))));
    }

    #[test]
    fn what_is_known_is_not_counted_twice() {
        // The joint release of two months covers the first month.
        assert_eq!(joint().known(0, Span::parse("2025-Q1").unwrap()), 7.0);
        assert_eq!(joint().known(0, Span::parse("2025-01").unwrap()), 1.0);
        assert_eq!(joint().known(1, Span::parse("2025-Q1").unwrap()), 0.0);
        assert_eq!(joint().whole(0, Span::parse("2025-Q1").unwrap()), Some(7.0));
        assert_eq!(joint().whole(0, Span::parse("2025-02").unwrap()), None);
    }
}
