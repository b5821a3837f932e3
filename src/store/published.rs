//! Published figures and exchange rates of a version, settled: which of them stand, and since when
//! they are known.

use super::columns::MICROS_A_DAY;
use super::vintages::ReplacedRate;
use crate::ingest::ExchangeRates;
use crate::trade::day::day_of;
use crate::trade::release::DERIVED;
use crate::trade::{Currency, FigureMeasure, Month, Release, SeriesKey, Span};
use time::Date;

/// A published figure with the moment at which it was ingested, in microseconds since 1970-01-01.
pub(super) type IngestedRelease = (Release, i64);

/// Return the series, span and measure that a published figure is about.
fn subject((release, _): &IngestedRelease) -> (&SeriesKey, Span, FigureMeasure) {
    (&release.key, release.span, release.measure)
}

/// Return the source of a published figure, and the status that the source gives it.
fn publisher((release, _): &IngestedRelease) -> (&str, &str) {
    (&release.source, &release.status)
}

/// Return published figures in order, each once; of one span and measure, later ones behind.
///
/// A figure that was ingested when something was known of its span already, from any source, and
/// that states no day of release, was not known before the day it was ingested. Bounds and derived
/// figures do not count as known.
pub(super) fn settle_releases(mut releases: Vec<IngestedRelease>) -> Vec<Release> {
    releases.sort_by(|a, b| {
        let rest = |(r, at): &IngestedRelease| (*at, r.released_on, r.value.to_bits());
        (subject(a), publisher(a), rest(a)).cmp(&(subject(b), publisher(b), rest(b)))
    });
    let mut settled: Vec<Release> = Vec::with_capacity(releases.len());
    for of_span in releases.chunk_by(|a, b| subject(a) == subject(b)) {
        let known = of_span.iter();
        let known = known.filter(|(r, _)| !r.is_bound() && r.status != DERIVED);
        let known_since = known.map(|(_, came)| *came).min().unwrap_or(i64::MAX);
        let mut of_all: Vec<(i64, Release)> = Vec::new();
        for of_publisher in of_span.chunk_by(|a, b| publisher(a) == publisher(b)) {
            settle_publisher(of_publisher, known_since, &mut of_all);
        }
        of_all.sort_by_key(|(came, _)| *came);
        settled.extend(of_all.into_iter().map(|(_, release)| release));
    }
    settled
}

/// Settle the figures of one publisher for a span of which something was known since the moment
/// `known_since`.
fn settle_publisher(
    of_publisher: &[IngestedRelease],
    known_since: i64,
    settled: &mut Vec<(i64, Release)>,
) {
    let before = settled.len();
    let mut previous: Option<&Release> = None;
    for (release, came) in of_publisher {
        let same = |r: &Release| {
            r.value.to_bits() == release.value.to_bits()
                && r.rounding.to_bits() == release.rounding.to_bits()
        };
        // Without a day, a repeated figure is no news; with one, it is where the day is new.
        let again = match release.released_on {
            None => previous.is_some_and(same),
            day => settled[before..]
                .iter()
                .any(|(_, r)| same(r) && r.released_on == day),
        };
        previous = Some(release);
        if again {
            continue;
        }
        let mut release = release.clone();
        if release.released_on.is_none() {
            let since = day_of_moment(*came).map(|day| day.max(release.public_on()));
            // It replaces the publisher's own figure.
            if *came > of_publisher[0].1 {
                release.released_on = since;
            } else if *came > known_since {
                release.known_since = since;
            }
            // As for observations: a presumed day gives way to a stated one of a later figure.
            let later = of_publisher.iter().filter(|(_, at)| at >= came);
            let mut stated = later.filter_map(|(r, _)| r.released_on);
            if stated.any(|day| day < release.public_on()) {
                continue;
            }
        }
        settled.push((*came, release));
    }
}

/// Return the day of a moment in microseconds since 1970-01-01.
fn day_of_moment(micros: i64) -> Option<Date> {
    day_of(i32::try_from(micros.div_euclid(MICROS_A_DAY)).ok()?)
}

/// Return the rates that stand, those ingested last, and the replaced ones, the last replaced
/// first.
pub(super) fn settle_rates(
    mut rows: Vec<(SeriesKey, Month, f64, i64)>,
) -> (ExchangeRates, Vec<ReplacedRate>) {
    rows.sort_by_key(|(.., came)| *came);
    let mut rates = ExchangeRates::default();
    let mut replaced = Vec::new();
    for (key, month, value, came) in rows {
        let Ok(per) = Currency::parse(key.partner.as_str()) else {
            continue;
        };
        let stated = rates.delivered(key.unit, per, month);
        // A stated rate replaces a derived one, too.
        let is_news = match stated {
            Some(stated) => stated.to_bits() != value.to_bits(),
            None => rates.rate(key.unit, per, month).is_some(),
        };
        if let Some(until) = day_of_moment(came).filter(|_| is_news) {
            replaced.push(ReplacedRate {
                currency: key.unit,
                per,
                month,
                stated,
                until,
            });
        }
        rates.insert(key.unit, per, month, value);
    }
    replaced.reverse();
    (rates, replaced)
}
