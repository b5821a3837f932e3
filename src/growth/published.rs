//! Published figures side by side: the bases that their growth rates imply, and contributions. A
//! level, a cumulative and a growth rate are separate measurements; none replaces another and
//! nothing is corrected. [`super::consistency`] finds contradictions.

use super::base::{RevisedBase, base};
use super::contribution_split::ContributionSplit;
use super::value_range::ValueRange;
use crate::trade::hierarchy::flow_parts;
use crate::trade::release::{DERIVED, FigureMeasure};
use crate::trade::{Flow, Release, SeriesKey, Span, area};
use std::collections::{BTreeMap, BTreeSet};

/// Published figures by series, measure and span. Figures that were derived from others are kept
/// apart: they are no measurements.
#[derive(Debug, Default)]
pub struct PublishedFigures<'a> {
    /// Of several figures of one span the last one stands: the latest, then the most precise.
    pub(super) figures: BTreeMap<(&'a SeriesKey, FigureMeasure, Span), Vec<&'a Release>>,
    pub(super) derived: Vec<&'a Release>,
}

impl<'a> PublishedFigures<'a> {
    /// Return the figures among `releases`.
    pub fn new(releases: impl IntoIterator<Item = &'a Release>) -> Self {
        let mut found = Self::default();
        for release in releases {
            if release.status == DERIVED {
                found.derived.push(release);
            } else {
                let place = (&release.key, release.measure, release.span);
                found.figures.entry(place).or_default().push(release);
            }
        }
        for same in found.figures.values_mut() {
            // A lower bound ranks below any rounded figure.
            let rank = |r: &Release| (!r.is_bound(), r.released_on);
            let finer = |a: &Release, b: &Release| b.rounding.total_cmp(&a.rounding);
            same.sort_by(|a, b| rank(a).cmp(&rank(b)).then(finer(a, b)));
        }
        found
    }

    /// Return the figure that stands for a span.
    pub fn figure(
        &self,
        key: &SeriesKey,
        measure: FigureMeasure,
        span: Span,
    ) -> Option<&'a Release> {
        self.figures.get(&(key, measure, span))?.last().copied()
    }

    /// Return the values that the figure which stands for a span allows.
    pub fn stated(
        &self,
        key: &SeriesKey,
        measure: FigureMeasure,
        span: Span,
    ) -> Option<ValueRange> {
        self.figure(key, measure, span).map(ValueRange::stated)
    }

    /// Return every series and span with a figure of `measure`, in order.
    pub fn spans(&self, measure: FigureMeasure) -> impl Iterator<Item = (&'a SeriesKey, Span)> {
        self.figures
            .keys()
            .filter(move |(_, of, _)| *of == measure)
            .map(|(key, _, span)| (*key, *span))
    }

    /// Return every series and span with a figure of `measure`, and the total of each series over
    /// the same span, in order.
    pub fn spans_and_totals(&self, measure: FigureMeasure) -> BTreeSet<(SeriesKey, Span)> {
        self.spans(measure)
            .flat_map(|(key, span)| [(key.clone(), span), (key.with_flow(Flow::Total), span)])
            .collect()
    }

    /// Return the base that the published level and growth of a span imply.
    pub(super) fn own_base(&self, key: &SeriesKey, span: Span) -> Option<ValueRange> {
        base(
            self.stated(key, FigureMeasure::Level, span)?,
            self.stated(key, FigureMeasure::Growth, span)?,
        )
    }

    /// Return the base of the growth of `key` over `span`; `None` if no figures imply one.
    pub fn base(&self, key: &SeriesKey, span: Span) -> Option<RevisedBase> {
        let own = self.own_base(key, span);
        let of = |flow: Flow| self.own_base(&key.with_flow(flow), span);
        let others = match flow_parts(key.flow) {
            // Exports or imports: the total minus the other flow.
            [] => {
                let mut others = flow_parts(Flow::Total).iter();
                let other = others.find(|(flow, _)| *flow != key.flow);
                let rest = |(other, _): &(Flow, f64)| Some(of(Flow::Total)?.minus(of(*other)?));
                other.and_then(rest)
            }
            parts => {
                let parts = parts.iter().map(|(flow, sign)| Some((of(*flow)?, *sign)));
                let parts: Option<Vec<_>> = parts.collect();
                parts.map(ValueRange::signed_sum)
            }
        };
        let combined = match (own, others) {
            (Some(own), Some(others)) => own.intersection(others),
            (one, other) => Some(one.or(other)?),
        };
        Some(RevisedBase {
            key: key.clone(),
            span,
            own,
            combined,
        })
    }

    /// Return all bases, by series and span: of each span with published growth, and of totals
    /// whose flows have published growth.
    pub fn bases(&self) -> Vec<RevisedBase> {
        self.spans_and_totals(FigureMeasure::Growth)
            .into_iter()
            .filter_map(|(key, span)| self.base(&key, span))
            .collect()
    }

    /// Return the level of a span and that of one year before, as published growth implies it if
    /// there is any, else as published then.
    fn now_and_before(&self, key: &SeriesKey, span: Span) -> Option<(f64, f64)> {
        let value = |measure, span| {
            let figure = self.figure(key, measure, span)?;
            (!figure.is_bound()).then_some(figure.value)
        };
        let now = value(FigureMeasure::Level, span)?;
        let by_growth = value(FigureMeasure::Growth, span).map(|growth| now / (1.0 + growth));
        let before = by_growth.or_else(|| value(FigureMeasure::Level, span.year_before()))?;
        (before > 0.0 && before.is_finite()).then_some((now, before))
    }

    fn split(
        &self,
        span: Span,
        parts: impl Iterator<Item = (String, SeriesKey)>,
    ) -> Option<ContributionSplit> {
        let known = parts.map(|(name, key)| Some((name, self.now_and_before(&key, span)?)));
        let known: Vec<(String, (f64, f64))> = known.collect::<Option<_>>()?;
        let (names, levels): (Vec<_>, Vec<_>) = known.into_iter().unzip();
        ContributionSplit::of(names, &levels, span)
    }

    /// Return the growth of a span by the published levels of both years; `None` if one is missing
    /// or the older one may be zero or less.
    pub fn ratio(&self, key: &SeriesKey, span: Span) -> Option<ValueRange> {
        let before = self.stated(key, FigureMeasure::Level, span.year_before())?;
        let ratio = self.stated(key, FigureMeasure::Level, span)?.over(before)?;
        Some(ratio.minus(ValueRange::exactly(1.0)))
    }

    /// Split the growth of the total of `key` into contributions of exports and imports; `None` if
    /// the growth of one of them is not known.
    pub fn by_flow(&self, key: &SeriesKey, span: Span) -> Option<ContributionSplit> {
        let flows = flow_parts(Flow::Total).iter();
        self.split(
            span,
            flows.map(|(flow, _)| (flow.letter().to_owned(), key.with_flow(*flow))),
        )
    }

    /// Split the growth of a group into contributions of its members; `None` if the partner of
    /// `key` is no group or the growth of one member is not known.
    pub fn by_partner(&self, key: &SeriesKey, span: Span) -> Option<ContributionSplit> {
        let members = area::member_codes(&key.partner)?.into_iter();
        self.split(
            span,
            members.map(|member| (member.to_string(), key.with_partner(member))),
        )
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::ingest::{TidyFigures, read_folder};
    use std::path::Path;

    /// Return the project's own figures.
    pub(in crate::growth) fn bundled() -> TidyFigures {
        read_folder(&Path::new(env!("CARGO_MANIFEST_DIR")).join("data")).unwrap()
    }

    pub(in crate::growth) fn key(text: &str) -> SeriesKey {
        SeriesKey::parse(text).unwrap()
    }

    pub(in crate::growth) fn span(text: &str) -> Span {
        Span::parse(text).unwrap()
    }

    /// Return a figure with so many decimals shown, in units of `scale`.
    pub(in crate::growth) fn figure(
        name: &str,
        period: &str,
        measure: FigureMeasure,
        value: f64,
        rounding: f64,
    ) -> Release {
        Release {
            key: key(name),
            span: span(period),
            measure,
            value,
            rounding,
            released_on: None,
            known_since: None,
            status: "published".to_owned(),
            source: "a test".to_owned(),
        }
    }

    #[test]
    fn the_base_of_january_to_may_2024_from_the_bundled_figures() {
        // bn CNY: total 286.42 (+10.4 %) leaves [259.316, 259.560]; exports 188.18 (+5.6 %) and
        // imports 98.24 (+21.0 %) leave [259.264, 259.518]; both [259.316, 259.518] (worked in
        // `base`).
        let tidy = bundled();
        let published = PublishedFigures::new(&tidy.releases);
        let five = span("2025-01-01/P5M");
        let total = published.base(&key("CHN.CA5.T.TOTAL.CNY"), five).unwrap();
        let round = |interval: Option<ValueRange>| {
            let interval = interval.unwrap();
            [interval.lower, interval.upper].map(|v| (v / 1e6).round() / 1e3)
        };
        assert_eq!(round(total.own), [259.316, 259.56]);
        assert_eq!(round(total.combined), [259.316, 259.518]);
        // Of the exports: [188.175/1.0565, 188.185/1.0555] = [178.112, 178.290], met with total
        // less imports [259.316 − 98.245/1.2095, 259.560 − 98.235/1.2105] = [178.088, 178.407].
        let exports = published.base(&key("CHN.CA5.X.TOTAL.CNY"), five).unwrap();
        assert_eq!(round(exports.combined), [178.112, 178.29]);
        let all = published.bases();
        assert!(all.contains(&total) && all.contains(&exports));
    }

    #[test]
    fn who_added_to_the_growth_of_january_to_may_2025() {
        // Exports 9.9792 / 259.3909 = 3.85 points, imports 17.0499 / 259.3909 = 6.57, together
        // 10.42 (worked in `contribution`).
        let tidy = bundled();
        let published = PublishedFigures::new(&tidy.releases);
        let split = published
            .by_flow(&key("CHN.CA5.T.TOTAL.CNY"), span("2025-01-01/P5M"))
            .unwrap();
        let points: Vec<f64> = split.parts.iter().map(|part| part.points).collect();
        assert_eq!(split.parts[0].name, "X");
        assert!((points[0] - 3.85).abs() < 0.005 && (points[1] - 6.57).abs() < 0.005);
        assert!((points.iter().sum::<f64>() - 100.0 * split.growth).abs() < 1e-9);
        assert!((100.0 * split.growth - 10.42).abs() < 0.005);
    }

    #[test]
    fn which_partner_added_to_the_growth_of_2024() {
        // bn USD, 2023 and 2024: Kazakhstan 41.0 → 43.82, Kyrgyzstan 19.8 → 22.71, Tajikistan 3.9 →
        // 3.86, Turkmenistan 10.6 → 10.65, Uzbekistan 14.0 → 13.78; together 89.3 → 94.82.
        // Kazakhstan: 2.82 / 89.3 = 3.158 points; all 5.52 / 89.3 = 6.181.
        let tidy = bundled();
        let published = PublishedFigures::new(&tidy.releases);
        let split = published
            .by_partner(&key("CHN.CA5.T.TOTAL.USD"), span("2024"))
            .unwrap();
        let kazakhstan = &split.parts[0];
        assert_eq!((split.parts.len(), kazakhstan.name.as_str()), (5, "KAZ"));
        assert!((kazakhstan.points - 3.158).abs() < 5e-4, "{kazakhstan:?}");
        let sum: f64 = split.parts.iter().map(|part| part.points).sum();
        assert!((sum - 6.181).abs() < 5e-4 && (sum - 100.0 * split.growth).abs() < 1e-9);
        assert_eq!(
            published.by_partner(&key("CHN.KAZ.T.TOTAL.USD"), span("2024")),
            None
        );
    }

    #[test]
    fn a_bound_has_no_upper_end_and_derived_figures_are_no_measurements() {
        // "Over 100", +25.0 %: at least 100/1.2505 = 79.968 before, and contributions are unknown.
        let mut over = figure("A.B.X.TOTAL.USD", "2024", FigureMeasure::Level, 100.0, 0.5);
        over.status = crate::trade::release::LOWER_BOUND.to_owned();
        let growth = figure(
            "A.B.X.TOTAL.USD",
            "2024",
            FigureMeasure::Growth,
            0.25,
            0.0005,
        );
        let mut derived = figure("A.B.M.TOTAL.USD", "2024", FigureMeasure::Level, 50.0, 0.5);
        derived.status = DERIVED.to_owned();
        let releases = [over, growth, derived];
        let published = PublishedFigures::new(&releases);
        let base = published
            .base(&key("A.B.X.TOTAL.USD"), span("2024"))
            .unwrap();
        let combined = base.combined.unwrap();
        assert!((combined.lower - 79.968).abs() < 5e-4 && combined.upper.is_infinite());
        assert_eq!(
            published.figure(&key("A.B.M.TOTAL.USD"), FigureMeasure::Level, span("2024")),
            None
        );
    }

    #[test]
    fn of_several_figures_the_latest_then_the_finest_stands() {
        let level = |value: f64, rounding: f64, day: Option<&str>| Release {
            released_on: day.map(|d| crate::trade::month::parse_date(d).unwrap()),
            known_since: None,
            ..figure(
                "A.B.X.TOTAL.USD",
                "2024",
                FigureMeasure::Level,
                value,
                rounding,
            )
        };
        let stands = |releases: &[Release]| {
            PublishedFigures::new(releases)
                .figure(&key("A.B.X.TOTAL.USD"), FigureMeasure::Level, span("2024"))
                .unwrap()
                .value
        };
        assert_eq!(stands(&[level(1.0, 0.1, None), level(2.0, 0.5, None)]), 1.0);
        assert_eq!(
            stands(&[
                level(1.0, 0.5, Some("2025-02-01")),
                level(2.0, 0.1, Some("2025-01-01"))
            ]),
            1.0
        );
    }
}
