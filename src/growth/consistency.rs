//! Where published figures contradict each other beyond their rounding: which, and by how much. Nothing is corrected.
//!
//! Every check compares what one figure states with what others imply, both as intervals that rounding leaves, and reports those that have no number
//! in common. Figures that somebody derived from others take no part, but for conversions into another currency.

use super::base::ValueRange;
use super::published::{FLOWS, PublishedFigures, with_flow, with_partner};
use crate::ingest::ExchangeRates;
use crate::trade::release::FigureMeasure;
use crate::trade::{Currency, Flow, Release, SeriesKey, Span, area};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// How the source of a derived figure begins that is a conversion, see `data/README.md`.
const CONVERSION: &str = "press's own conversion";

/// What was compared with what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ConsistencyRule {
    /// The same span and unit, published twice.
    Repeated,
    /// The total against exports and imports together; a balance against their difference.
    Flows,
    /// Published growth against the ratio of two published levels: the base was revised, or one of them is wrong.
    Growth,
    /// A published change against the difference of two published levels.
    Change,
    /// The bases that published levels and growth imply, of the total against exports and imports together.
    Bases,
    /// A span against the difference of two cumulatives, or against the sum of the spans within it.
    Spans,
    /// A group of countries against the sum of its members.
    Partners,
    /// The same span in two currencies against the monthly mean rates between them.
    Currencies,
}

impl ConsistencyRule {
    /// Return the name that results use.
    pub fn name(self) -> &'static str {
        match self {
            Self::Repeated => "repeated",
            Self::Flows => "flows",
            Self::Growth => "growth",
            Self::Change => "change",
            Self::Bases => "bases",
            Self::Spans => "spans",
            Self::Partners => "partners",
            Self::Currencies => "currencies",
        }
    }
}

impl fmt::Display for ConsistencyRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// Two statements that cannot both be true.
#[derive(Debug, Clone, PartialEq)]
pub struct Contradiction {
    /// What was compared with what.
    pub check: ConsistencyRule,
    /// The series whose figure is contradicted.
    pub key: SeriesKey,
    /// The span of that figure.
    pub span: Span,
    /// Whether the intervals are levels (base units), changes (base units) or growth (fractions).
    pub measure: FigureMeasure,
    /// What the figure leaves possible.
    pub stated: ValueRange,
    /// What the others leave possible.
    pub implied: ValueRange,
    /// How far the implied lies above what is stated (below: negative), beyond all rounding.
    pub gap: f64,
    /// The figures, the contradicted one first.
    pub figures: Vec<Release>,
}

/// The comparison that is about to be made.
struct Claim<'a> {
    check: ConsistencyRule,
    stated: ValueRange,
    figures: Vec<&'a Release>,
}

impl<'a> Claim<'a> {
    /// Return what `figure` states.
    fn of(check: ConsistencyRule, figure: &'a Release) -> Self {
        Self {
            check,
            stated: ValueRange::stated(figure),
            figures: vec![figure],
        }
    }

    /// Return the contradiction, if there is one.
    fn against(
        mut self,
        implied: ValueRange,
        others: impl IntoIterator<Item = &'a Release>,
    ) -> Option<Contradiction> {
        let gap = self.stated.apart(implied)?;
        self.figures.extend(others);
        let first = *self.figures.first()?;
        Some(Contradiction {
            check: self.check,
            key: first.key.clone(),
            span: first.span,
            measure: first.measure,
            stated: self.stated,
            implied,
            gap,
            figures: self.figures.into_iter().cloned().collect(),
        })
    }
}

impl<'a> PublishedFigures<'a> {
    /// Return every contradiction, by check, series and span. `rates` are the monthly mean exchange rates.
    pub fn contradictions(&self, rates: &ExchangeRates) -> Vec<Contradiction> {
        let mut found = self.repeated();
        found.extend(self.flows());
        found.extend(self.growth_and_change());
        found.extend(self.bases_against_each_other());
        found.extend(self.parts_of_spans());
        found.extend(self.partners());
        found.extend(self.currencies(rates));
        found.sort_by(|a, b| (a.check, &a.key, a.span).cmp(&(b.check, &b.key, b.span)));
        found
    }

    /// Return each figure but the one that stands, against that one.
    fn repeated(&self) -> Vec<Contradiction> {
        let mut found = Vec::new();
        for same in self.figures.values() {
            let Some((stands, others)) = same.split_last() else {
                continue;
            };
            found.extend(others.iter().filter_map(|other| {
                Claim::of(ConsistencyRule::Repeated, other)
                    .against(ValueRange::stated(stands), [*stands])
            }));
        }
        found
    }

    /// Totals and balances against exports and imports.
    fn flows(&self) -> Vec<Contradiction> {
        let of = |(key, span): (&SeriesKey, Span)| {
            let join = match key.flow {
                Flow::Total => ValueRange::plus,
                Flow::Balance => ValueRange::minus,
                Flow::Exports | Flow::Imports => return None,
            };
            let level = |flow| self.figure(&with_flow(key, flow), FigureMeasure::Level, span);
            let (x, m) = (level(Flow::Exports)?, level(Flow::Imports)?);
            let implied = join(ValueRange::stated(x), ValueRange::stated(m));
            Claim::of(ConsistencyRule::Flows, level(key.flow)?).against(implied, [x, m])
        };
        self.spans(FigureMeasure::Level).filter_map(of).collect()
    }

    /// Published growth and changes against two published levels.
    fn growth_and_change(&self) -> Vec<Contradiction> {
        let levels = |key: &SeriesKey, span: Span| {
            let level = |span| self.figure(key, FigureMeasure::Level, span);
            Some((level(span)?, level(span.year_before())?))
        };
        let growth = |(key, span): (&SeriesKey, Span)| {
            let (now, before) = levels(key, span)?;
            let ratio = self.ratio(key, span)?;
            let claim = Claim::of(
                ConsistencyRule::Growth,
                self.figure(key, FigureMeasure::Growth, span)?,
            );
            claim.against(ratio, [now, before])
        };
        let change = |(key, span): (&SeriesKey, Span)| {
            let (now, before) = levels(key, span)?;
            let difference = ValueRange::stated(now).minus(ValueRange::stated(before));
            let claim = Claim::of(
                ConsistencyRule::Change,
                self.figure(key, FigureMeasure::Change, span)?,
            );
            claim.against(difference, [now, before])
        };
        let mut found: Vec<_> = self
            .spans(FigureMeasure::Growth)
            .filter_map(growth)
            .collect();
        found.extend(self.spans(FigureMeasure::Change).filter_map(change));
        found
    }

    /// Return the total's base against those of exports and imports together.
    fn bases_against_each_other(&self) -> Vec<Contradiction> {
        let of = |(key, span): (&SeriesKey, Span)| {
            if key.flow != Flow::Total {
                return None;
            }
            let [Some(exports), Some(imports), Some(total)] = self.bases_by_flow(key, span) else {
                return None;
            };
            let figures = |flow| {
                let key = with_flow(key, flow);
                [FigureMeasure::Level, FigureMeasure::Growth]
                    .into_iter()
                    .filter_map(move |measure| self.figure(&key, measure, span))
            };
            let [x, m, t] = FLOWS.map(figures);
            let claim = Claim {
                check: ConsistencyRule::Bases,
                stated: total,
                figures: t.collect(),
            };
            claim.against(exports.plus(imports), x.chain(m))
        };
        self.spans(FigureMeasure::Growth).filter_map(of).collect()
    }

    /// Return spans against those that they are made of.
    fn parts_of_spans(&self) -> Vec<Contradiction> {
        let mut by_key: BTreeMap<&SeriesKey, BTreeSet<Span>> = BTreeMap::new();
        for (key, span) in self.spans(FigureMeasure::Level) {
            by_key.entry(key).or_default().insert(span);
        }
        let mut found = Vec::new();
        for (key, spans) in by_key {
            let level = |span: Span| self.figure(key, FigureMeasure::Level, span);
            for whole in spans.iter().filter(|span| span.len() > 1) {
                for parts in tilings(*whole, &spans) {
                    found.extend(compare_tiling(*whole, &parts, level));
                }
            }
        }
        found
    }

    /// Groups of countries against their members, where all are known.
    fn partners(&self) -> Vec<Contradiction> {
        let of = |(key, span): (&SeriesKey, Span)| {
            let members = area::members(&key.partner)?.iter();
            let levels = members
                .map(|member| self.figure(&with_partner(key, member), FigureMeasure::Level, span));
            let levels: Vec<&Release> = levels.collect::<Option<_>>()?;
            let claim = Claim::of(
                ConsistencyRule::Partners,
                self.figure(key, FigureMeasure::Level, span)?,
            );
            claim.against(sum(&levels), levels)
        };
        self.spans(FigureMeasure::Level).filter_map(of).collect()
    }

    /// Return the same span in two currencies. Customs convert at a rate fixed in the month before, so that month's mean counts among the possible ones.
    fn currencies(&self, rates: &ExchangeRates) -> Vec<Contradiction> {
        let measured = self.figures.iter();
        let standing = measured
            .filter(|((_, measure, _), _)| *measure == FigureMeasure::Level)
            .filter_map(|(_, same)| same.last().copied());
        let converted = self.derived.iter().copied();
        let converted = converted
            .filter(|r| r.measure == FigureMeasure::Level && r.source.starts_with(CONVERSION));
        let mut by_span: BTreeMap<_, Vec<&'a Release>> = BTreeMap::new();
        for release in standing.chain(converted) {
            let SeriesKey {
                reporter,
                partner,
                flow,
                product,
                ..
            } = &release.key;
            let place = (reporter, partner, *flow, product, release.span);
            by_span.entry(place).or_default().push(release);
        }
        let mut found = Vec::new();
        for same in by_span.values() {
            for (k, a) in same.iter().enumerate() {
                for b in &same[k + 1..] {
                    // The figure in the currency that others are quoted in is held against the one that was converted.
                    let (from, to) = if a.key.unit == Currency::USD {
                        (b, a)
                    } else {
                        (a, b)
                    };
                    if from.key.unit == to.key.unit {
                        continue;
                    }
                    let converted = band(rates, from.key.unit, to.key.unit, from.span)
                        .and_then(|band| ValueRange::stated(from).over(band));
                    let claim = Claim::of(ConsistencyRule::Currencies, to);
                    found.extend(converted.and_then(|implied| claim.against(implied, [*from])));
                }
            }
        }
        found
    }
}

/// Return the least and the greatest monthly mean rate from the month before a span to its end; `None` where one is missing.
fn band(rates: &ExchangeRates, from: Currency, to: Currency, span: Span) -> Option<ValueRange> {
    let months = Span::new(span.first().plus(-1), span.len() + 1)?;
    let seen: Option<Vec<f64>> = months.iter().map(|m| rates.rate(from, to, m)).collect();
    let seen = seen?;
    Some(ValueRange {
        lower: seen.iter().copied().fold(f64::INFINITY, f64::min),
        upper: seen.iter().copied().fold(f64::NEG_INFINITY, f64::max),
    })
}

/// Return what the sum of figures can be.
fn sum(figures: &[&Release]) -> ValueRange {
    let stated = figures.iter().map(|figure| ValueRange::stated(figure));
    stated.fold(ValueRange::exactly(0.0), ValueRange::plus)
}

/// Return the ways in which `whole` is made of shorter spans of the set: every one of two parts; where there is none, one of the fewest parts.
fn tilings(whole: Span, spans: &BTreeSet<Span>) -> Vec<Vec<Span>> {
    let within = |span: &Span| {
        span.len() < whole.len() && whole.contains(span.first()) && whole.contains(span.last())
    };
    let parts: Vec<Span> = spans.iter().copied().filter(within).collect();
    let place = |month: crate::trade::Month| month.index_from(whole.first()).unwrap_or(0);
    let (end, long) = (place(whole.last()) + 1, |span: &Span| {
        place(span.last()) + 1
    });
    let pairs: Vec<Vec<Span>> = parts
        .iter()
        .filter(|a| a.first() == whole.first())
        .flat_map(|a| {
            let rest = |b: &&Span| b.first() == a.last().plus(1) && b.last() == whole.last();
            parts.iter().filter(rest).map(|b| vec![*a, *b])
        })
        .collect();
    if !pairs.is_empty() {
        return pairs;
    }
    // The fewest parts up to each month, and the last of them.
    let mut fewest: Vec<Option<(usize, Option<Span>)>> = vec![None; end + 1];
    fewest[0] = Some((0, None));
    for at in 0..end {
        let Some((count, _)) = fewest[at] else {
            continue;
        };
        for part in parts.iter().filter(|part| place(part.first()) == at) {
            let to = &mut fewest[long(part)];
            if to.is_none_or(|(best, _)| count + 1 < best) {
                *to = Some((count + 1, Some(*part)));
            }
        }
    }
    let mut found = Vec::new();
    let mut at = end;
    while let Some((_, Some(part))) = fewest[at] {
        found.push(part);
        at = place(part.first());
    }
    found.reverse();
    if at == 0 && !found.is_empty() {
        vec![found]
    } else {
        Vec::new()
    }
}

/// Return two cumulatives against the span between them; more parts against the whole.
fn compare_tiling<'a>(
    whole: Span,
    parts: &[Span],
    level: impl Fn(Span) -> Option<&'a Release>,
) -> Option<Contradiction> {
    let all = level(whole)?;
    if let [before, between] = parts {
        let before = level(*before)?;
        let implied = ValueRange::stated(all).minus(ValueRange::stated(before));
        return Claim::of(ConsistencyRule::Spans, level(*between)?).against(implied, [all, before]);
    }
    let parts: Option<Vec<&Release>> = parts.iter().map(|part| level(*part)).collect();
    let parts = parts?;
    Claim::of(ConsistencyRule::Spans, all).against(sum(&parts), parts)
}

#[cfg(test)]
mod tests {
    use super::super::published::tests::{bundled, figure, key, span};
    use super::*;

    /// Return the contradictions of one check about one series and span in the bundled figures.
    fn bundled_about(check: ConsistencyRule, name: &str, period: &str) -> Vec<(f64, f64, f64)> {
        let tidy = bundled();
        let key = key(name);
        let about = tidy
            .releases
            .iter()
            .filter(|r| r.key.reporter == key.reporter && r.key.product == key.product);
        let published = PublishedFigures::new(about);
        let middle = |i: ValueRange| 0.5 * (i.lower + i.upper);
        published
            .contradictions(&tidy.rates)
            .iter()
            .filter(|c| c.check == check && c.key == key && c.span == span(period))
            .map(|c| (middle(c.stated), middle(c.implied), c.gap))
            .collect()
    }

    #[test]
    fn november_2019_is_not_the_difference_of_the_cumulatives() {
        // China's exports, thousand USD: January–November 2,260,094,505 less January–October 2,037,923,161 is 222,171,344; the month was
        // published as 221,337,434. The gap is 833,910 less the roundings of three figures, 1.5 thousand together.
        let found = bundled_about(ConsistencyRule::Spans, "CHN.WLD.X.TOTAL.USD", "2019-11");
        let [(stated, implied, gap)] = found[..] else {
            panic!("{found:?}")
        };
        assert_eq!((stated, implied), (221_337_434e3, 222_171_344e3));
        assert_eq!(gap, 833_908.5e3);
    }

    #[test]
    fn growth_was_published_on_a_revised_base() {
        // China's imports January–April: 843,910,455 thousand USD in 2024 on 822,762,962 in 2023 is +2.5703 %, published was +3.2 %, rounded to
        // 0.1 points: 3.15 − 2.5703 = 0.5797 points.
        let found = bundled_about(
            ConsistencyRule::Growth,
            "CHN.WLD.M.TOTAL.USD",
            "2024-01-01/P4M",
        );
        let [(stated, implied, gap)] = found[..] else {
            panic!("{found:?}")
        };
        assert!((stated - 0.032).abs() < 1e-9 && (implied - 0.025_703).abs() < 1e-6);
        assert!((gap + 0.005_797).abs() < 1e-6, "{gap}");
        // Exports January–October 2023: 2,791,997,638 on 2.99 trn in 2022 (rounded to 0.01) is −6.62 %, at most −6.466 %; published was −5.6 %.
        let found = bundled_about(
            ConsistencyRule::Growth,
            "CHN.WLD.X.TOTAL.USD",
            "2023-01-01/P10M",
        );
        let [(stated, implied, gap)] = found[..] else {
            panic!("{found:?}")
        };
        assert!((stated + 0.056).abs() < 1e-9 && (implied + 0.0662).abs() < 1e-4);
        // 2,791,997.6385 / 2,985,000 − 1 = −6.4657 %, to −5.65 %.
        assert!((gap + 0.008_157).abs() < 1e-6, "{gap}");
    }

    #[test]
    fn a_total_is_reported_as_published_and_not_corrected() {
        // China's customs in December 2023: January–November 5.41 trn USD, −5.6 %; in December 2022: 5.78 trn USD. The level ratio says
        // 5.41 / 5.78 − 1 = −6.40 %, between 5.405/5.785 − 1 = −6.57 % and 5.415/5.775 − 1 = −6.234 %.
        let name = "CHN.WLD.T.TOTAL.USD";
        let releases = [
            figure(
                name,
                "2022-01-01/P11M",
                FigureMeasure::Level,
                5.78e12,
                0.005e12,
            ),
            figure(
                name,
                "2023-01-01/P11M",
                FigureMeasure::Level,
                5.41e12,
                0.005e12,
            ),
            figure(
                name,
                "2023-01-01/P11M",
                FigureMeasure::Growth,
                -0.056,
                0.0005,
            ),
        ];
        let published = PublishedFigures::new(&releases);
        let found = published.contradictions(&ExchangeRates::default());
        let [contradiction] = &found[..] else {
            panic!("{found:?}")
        };
        assert_eq!(contradiction.check, ConsistencyRule::Growth);
        let figures: Vec<&Release> = contradiction.figures.iter().collect();
        assert_eq!(figures, [&releases[2], &releases[1], &releases[0]]);
        assert!((contradiction.implied.upper + 0.062_338).abs() < 1e-6);
        assert!(
            (contradiction.gap + 0.005_838).abs() < 1e-6,
            "{contradiction:?}"
        );
        // The base is what level and growth say, 5.405/0.9445 to 5.415/0.9435 trn, not the level published a year before.
        let base = published.base(&key(name), span("2023-01-01/P11M")).unwrap();
        let met = base.met.unwrap();
        assert!((met.lower / 1e12 - 5.722_605).abs() < 1e-6);
        assert!((met.upper / 1e12 - 5.739_269).abs() < 1e-6);
    }

    #[test]
    fn a_preliminary_figure_and_the_final_one() {
        // Imports January–August 2019: 1,347,768.3 mn USD at first, 1,347,762,575 thousand in the final table: 5.725 mn apart, less 0.05 mn and
        // 0.5 thousand of rounding.
        let found = bundled_about(
            ConsistencyRule::Repeated,
            "CHN.WLD.M.TOTAL.USD",
            "2019-01-01/P8M",
        );
        let [(stated, implied, gap)] = found[..] else {
            panic!("{found:?}")
        };
        assert!((stated - 1_347_768.3e6).abs() < 1.0 && (implied - 1_347_762_575e3).abs() < 1.0);
        assert!((gap + 5_674.5e3).abs() < 1.0, "{gap}");
    }

    #[test]
    fn a_newspapers_conversion_lies_outside_the_months_rates() {
        // January–May 2025, China with Central Asia: 286.42 bn CNY; a newspaper says 39.8 bn USD. The dearest yuan of December 2024 to May 2025 was
        // May's mean, 7.21 a dollar, so at most 286.425 / 7.21 = 39.73 bn.
        let tidy = bundled();
        let may = crate::trade::Month::new(2025, 5).unwrap();
        let rate = tidy.rates.rate(Currency::CNY, Currency::USD, may).unwrap();
        let found = bundled_about(
            ConsistencyRule::Currencies,
            "CHN.CA5.T.TOTAL.USD",
            "2025-01-01/P5M",
        );
        let [(stated, _, gap)] = found[..] else {
            panic!("{found:?}")
        };
        assert!((stated - 39.8e9).abs() < 1.0);
        assert!(
            (gap - (286.425e9 / rate - 39.75e9)).abs() < 1.0,
            "{gap} at {rate}"
        );
    }

    #[test]
    fn figures_that_agree_are_not_reported() {
        // Partners 43.82 + 22.71 + 3.86 + 10.65 + 13.78 = 94.82; growth 94.82/89.4 = +6.06 % as published +6.0 %; change 5.42 as published 5.4.
        for check in [
            ConsistencyRule::Partners,
            ConsistencyRule::Growth,
            ConsistencyRule::Change,
        ] {
            let found = bundled_about(check, "CHN.CA5.T.TOTAL.USD", "2024");
            assert_eq!(found, [], "{check}");
        }
        // A month that is the difference of two cumulatives is no conversion: May 2024, 1560.67 bn CNY and 219.6 bn USD would be 7.105 a dollar.
        let found = bundled_about(
            ConsistencyRule::Currencies,
            "CHN.WLD.M.TOTAL.USD",
            "2024-05",
        );
        assert_eq!(found, []);
        // Customs' own two currencies agree within the rates: August 2019, 1478.57 bn CNY and 214.786 bn USD, 6.884 a dollar.
        let found = bundled_about(
            ConsistencyRule::Currencies,
            "CHN.WLD.X.TOTAL.USD",
            "2019-08",
        );
        assert_eq!(found, []);
    }

    #[test]
    fn flows_partners_and_bases_that_do_not_add_up() {
        let level = |name: &str, value: f64| figure(name, "2024", FigureMeasure::Level, value, 0.5);
        let growth =
            |name: &str, value: f64| figure(name, "2024", FigureMeasure::Growth, value, 0.0005);
        let releases = [
            level("CHN.CA5.T.TOTAL.USD", 100.0),
            level("CHN.CA5.X.TOTAL.USD", 60.0),
            level("CHN.CA5.M.TOTAL.USD", 42.0),
            level("CHN.CA5.B.TOTAL.USD", 20.0),
            growth("CHN.CA5.T.TOTAL.USD", 0.10),
            growth("CHN.CA5.X.TOTAL.USD", 0.20),
            growth("CHN.CA5.M.TOTAL.USD", 0.20),
            level("CHN.KAZ.T.TOTAL.USD", 50.0),
            level("CHN.KGZ.T.TOTAL.USD", 20.0),
            level("CHN.TJK.T.TOTAL.USD", 10.0),
            level("CHN.TKM.T.TOTAL.USD", 10.0),
            level("CHN.UZB.T.TOTAL.USD", 4.0),
        ];
        let found = PublishedFigures::new(&releases).contradictions(&ExchangeRates::default());
        let gaps: Vec<(ConsistencyRule, f64)> = found.iter().map(|c| (c.check, c.gap)).collect();
        // Total: 59.5 + 41.5 = 101 against 100.5. Balance: at most 60.5 − 41.5 = 19 against 19.5. Bases: (60.5 + 42.5)/1.1995 = 85.869 at most
        // against 99.5/1.1005 = 90.413 at least. Partners: at most 96.5 against 99.5.
        let expected = [
            (ConsistencyRule::Flows, 0.5),
            (ConsistencyRule::Flows, -0.5),
            (ConsistencyRule::Bases, 103.0 / 1.1995 - 99.5 / 1.1005),
            (ConsistencyRule::Partners, -3.0),
        ];
        assert_eq!(gaps.len(), expected.len(), "{gaps:?}");
        for ((check, gap), (of, by)) in gaps.iter().zip(expected) {
            assert!(*check == of && (gap - by).abs() < 1e-9, "{gaps:?}");
        }
    }

    #[test]
    fn a_year_is_held_against_its_parts() {
        let spans = |texts: &[&str]| texts.iter().map(|t| span(t)).collect::<BTreeSet<_>>();
        let shown = |found: Vec<Vec<Span>>| -> Vec<Vec<String>> {
            found
                .iter()
                .map(|parts| parts.iter().map(ToString::to_string).collect())
                .collect()
        };
        let year = span("2024");
        // Both ways of two parts.
        let set = spans(&[
            "2024",
            "2024-S1",
            "2024-S2",
            "2024-01-01/P11M",
            "2024-12",
            "2024-Q1",
        ]);
        assert_eq!(
            shown(tilings(year, &set)),
            [
                vec!["2024-S1", "2024-S2"],
                vec!["2024-01-01/P11M", "2024-12"]
            ]
        );
        // The fewest parts where two do not do.
        let set = spans(&[
            "2024", "2024-Q1", "2024-01", "2024-02", "2024-03", "2024-Q2", "2024-S2",
        ]);
        assert_eq!(
            shown(tilings(year, &set)),
            [vec!["2024-Q1", "2024-Q2", "2024-S2"]]
        );
        assert_eq!(
            tilings(year, &spans(&["2024", "2024-Q1", "2024-Q3"])),
            Vec::<Vec<Span>>::new()
        );
    }
}
