//! The inputs of an outlook: figures, monthly series and exchange rates of a pair of partners.

use super::figures::{group_sums, months};
use super::mirrors::mirrored_growth;
use super::request::OutlookRequest;
use super::result::OutlookError;
use crate::catalog::{Snapshot, Vintage};
use crate::growth::PublishedFigures;
use crate::ingest::ExchangeRates;
use crate::projection::DisaggregationError;
use crate::trade::release::{DERIVED, FigureMeasure};
use crate::trade::{Code, Currency, Flow, Month, Release, Series, SeriesKey, Span};
use std::sync::Arc;

/// Largest number of years between the year that is drawn and the as-of date.
const MAX_AGE_YEARS: i32 = 1;
/// The fewest months of a monthly series beside figures over spans: a shorter one is no better than
/// these.
const MIN_MONTHS: usize = 36;
/// Largest number of months between the ends of two flows that are forecast jointly.
const MAX_MONTHS_APART: i32 = 3;
/// Number of months before the last one of a monthly series, and of figures over spans within
/// them, from which on the pair is one of published tables: months, cumulatives and growth.
const TABLES: (i32, usize) = (12, 6);
/// The most months before the last one known that are drawn.
const MOST_MONTHS_BEFORE: usize = 58;
/// Years before the latest month whose months count as figures.
const YEARS_OF_MONTHS: i32 = 6;

/// The figures of a pair on one snapshot, with a request that fits them.
#[derive(Debug, Clone)]
pub struct OutlookInputs {
    snapshot: Arc<Snapshot>,
    request: OutlookRequest,
    /// Published figures of the pair, and of its members where it is a group, each as it stands
    /// and as it was published before.
    all: Vec<Release>,
    /// Figures as they stand: published ones, months of monthly series, sums over members.
    releases: Vec<Release>,
    /// Growth that the other partner's statistics state beyond them.
    mirrored: Vec<Release>,
    /// Currency of levels.
    home: Currency,
    /// Currency of the draws: the publisher's own.
    drawn: Currency,
    /// Exchange rates as they stand.
    rates: ExchangeRates,
    /// The keys of the pair's flows, or of its total, where these have monthly series that go on;
    /// empty where figures over spans reach further.
    monthly: Vec<SeriesKey>,
    last: Month,
}

impl OutlookInputs {
    /// Collect what `snapshot` knows for `request`. Nothing is computed yet.
    ///
    /// # Errors
    /// Nothing is known of the pair, or only figures that are too old, or not in the currency
    /// requested; or the target is for another year than the one under way.
    pub fn new(snapshot: Arc<Snapshot>, request: OutlookRequest) -> Result<Self, OutlookError> {
        let all: Vec<&Release> = snapshot
            .published(request.vintage)
            .filter(|release| request.concerns(&release.key))
            .filter(|release| release.status != DERIVED)
            .collect();
        // Of a figure that was published twice only the current one counts.
        let published = PublishedFigures::new(all.iter().copied());
        let stands = |release: &&Release| {
            let standing = published.figure(&release.key, release.measure, release.span);
            standing.is_some_and(|standing| std::ptr::eq(standing, *release))
        };
        let mut releases: Vec<Release> = all.iter().copied().filter(stands).cloned().collect();
        let all: Vec<Release> = all.into_iter().cloned().collect();
        let monthly = monthly_series(&snapshot, &request, all.is_empty());
        let end = monthly.iter().map(|(_, series)| series.last()).min();
        let end = end.filter(|end| !has_tables(&request, &releases, *end));
        let monthly: Vec<SeriesKey> = match end {
            Some(_) => monthly.into_iter().map(|(key, _)| key).collect(),
            None => Vec::new(),
        };
        if monthly.is_empty() {
            let latest = snapshot
                .panel(request.vintage)
                .into_iter()
                .map(|s| s.last());
            let latest = latest.max().unwrap_or(Month::january(2000));
            let first = Month::january(latest.year() - YEARS_OF_MONTHS);
            releases.extend(months(&snapshot, &request, first));
            releases.extend(group_sums(&request, &releases));
        }
        let levels = || {
            let levels = releases.iter();
            levels.filter(|release| is_level_of(&request, release))
        };
        // Of equal spans the publisher's own currency counts before dollars.
        let latest = levels().max_by_key(|release| {
            let own = release.key.unit != Currency::USD;
            (release.span.last(), release.span.len(), own)
        });
        let unit = monthly.first().map(|key| key.unit);
        let Some(unit) = unit.or(latest.map(|release| release.key.unit)) else {
            let of_pair = releases.iter().filter(|r| r.key.partner == request.partner);
            return Err(match of_pair.map(|release| release.span.last()).max() {
                // Growth and shares alone say nothing of how large trade is.
                Some(last) => OutlookError::Disaggregation(DisaggregationError::NoFigure {
                    window: Span::year(last.year()),
                }),
                None => OutlookError::Unknown {
                    reporter: request.reporter,
                    partner: request.partner,
                    product: request.product,
                    vintage: request.vintage,
                },
            });
        };
        let home = request.currency.unwrap_or(unit);
        let last = end.or(levels().map(|release| release.span.last()).max());
        let last = last.unwrap_or(Month::january(2000));
        let rates = snapshot.rates(request.vintage).into_owned();
        // Draws in the currency of most figures are read in any other that rates lead to.
        let connected = rates
            .rate(unit, home, last.back(MOST_MONTHS_BEFORE))
            .is_some();
        let known = monthly.is_empty() && levels().any(|release| release.key.unit == home);
        let drawn = match unit == home || connected {
            true => unit,
            false if known => home,
            false => return Err(OutlookError::Currency { found: home }),
        };
        let mirrored = match monthly.is_empty() {
            true => mirrored_growth(&snapshot, &request, &releases, drawn, &rates),
            false => Vec::new(),
        };
        let inputs = Self {
            all,
            mirrored,
            releases,
            home,
            drawn,
            rates,
            monthly,
            last,
            request,
            snapshot,
        };
        inputs.check_year()?;
        Ok(inputs)
    }

    /// Refuse figures that ended years before the as-of date, for they say nothing of the year
    /// under way, and a target for another year.
    fn check_year(&self) -> Result<(), OutlookError> {
        if let Vintage::AsOf(day) = self.request.vintage
            && self.year() + MAX_AGE_YEARS < day.year()
        {
            let first = Month::january(day.year() - MAX_AGE_YEARS);
            let recent = Span::new(first, 12 * (MAX_AGE_YEARS + 1));
            return Err(OutlookError::Disaggregation(
                DisaggregationError::NoFigure {
                    window: recent.unwrap_or(Span::year(day.year())),
                },
            ));
        }
        match self.request.target {
            Some((found, _)) if found != self.year() => Err(OutlookError::Target {
                expected: self.year(),
                found,
            }),
            _ => Ok(()),
        }
    }

    /// Return the request.
    pub fn request(&self) -> &OutlookRequest {
        &self.request
    }

    /// Return the snapshot that the outlook is computed on.
    pub fn snapshot(&self) -> &Arc<Snapshot> {
        &self.snapshot
    }

    /// Return the published figures of the pair and its members, with those that were replaced
    /// since.
    pub(super) fn all(&self) -> &[Release] {
        &self.all
    }

    /// Return the figures of the pair and its members as they stand: published ones, and what
    /// follows from them and from monthly series without a model.
    pub(super) fn releases(&self) -> &[Release] {
        &self.releases
    }

    /// Return growth that the other partner's statistics state beyond the figures of the pair, as
    /// figures of the pair.
    pub(super) fn mirrored(&self) -> &[Release] {
        &self.mirrored
    }

    /// Return the same inputs with other figures as they stand.
    pub(super) fn with_releases(&self, releases: Vec<Release>) -> Self {
        Self {
            releases,
            ..self.clone()
        }
    }

    /// Return the currency of levels.
    pub(super) fn home(&self) -> Currency {
        self.home
    }

    /// Return the currency of the draws: the one of most figures, whatever levels are read in.
    pub(super) fn drawn(&self) -> Currency {
        self.drawn
    }

    /// Return the keys of the monthly series to forecast; empty where figures over spans reach
    /// further.
    pub(super) fn monthly(&self) -> &[SeriesKey] {
        &self.monthly
    }

    /// Return the monthly series to forecast.
    pub(super) fn monthly_series(&self) -> Vec<(SeriesKey, Series<'_>)> {
        let of = |key: &SeriesKey| {
            // The key comes from the snapshot itself, so that it is always found there.
            let found = self.snapshot.series(&key.to_string(), self.request.vintage);
            found.ok().map(|(_, series)| (key.clone(), series))
        };
        self.monthly.iter().filter_map(of).collect()
    }

    /// Return the last month of which the pair itself is known.
    pub(super) fn last(&self) -> Month {
        self.last
    }

    /// Return the year that is drawn: the one under way, or the next where the last is complete.
    pub(super) fn year(&self) -> i32 {
        self.last.year() + i32::from(self.last.of_year() == 12)
    }

    /// Return how many months ahead the monthly series must be forecast to reach December.
    pub(super) fn horizon(&self) -> usize {
        let december = Month::january(self.year()).plus(11);
        december.count_from(self.last.plus(1))
    }

    /// Return the key of trade with `partner`.
    pub(super) fn key(&self, partner: &Code, flow: Flow, unit: Currency) -> SeriesKey {
        SeriesKey {
            reporter: self.request.reporter.clone(),
            partner: partner.clone(),
            flow,
            product: self.request.product.clone(),
            unit,
        }
    }

    /// Return the exchange rates as they stand.
    pub(super) fn rates(&self) -> &ExchangeRates {
        &self.rates
    }

    /// Return the mean exchange rate of a month, where it was known in the request's vintage.
    pub(super) fn rate(&self, from: Currency, to: Currency, month: Month) -> Option<f64> {
        // A month's mean is known when the month is over.
        let known = match self.request.vintage {
            Vintage::Latest => true,
            Vintage::AsOf(day) => month.last_day() < day,
        };
        known.then(|| self.rates.rate(from, to, month)).flatten()
    }
}

/// Whether figures over spans, published along with the monthly series that ends at `end`, reach
/// beyond it or are so many that both are one table.
fn has_tables(request: &OutlookRequest, releases: &[Release], end: Month) -> bool {
    let of_pair = || releases.iter().filter(|r| r.key.partner == request.partner);
    let beyond =
        of_pair().any(|release| is_level_of(request, release) && release.span.last() > end);
    let (months, fewest) = TABLES;
    let recent = of_pair().filter(|release| release.span.last().since(end) > -months);
    beyond || recent.count() >= fewest
}

/// Whether a figure is a level of the pair itself and no bound.
fn is_level_of(request: &OutlookRequest, release: &Release) -> bool {
    release.key.partner == request.partner
        && release.measure == FigureMeasure::Level
        && !release.is_bound()
}

/// Whether a monthly series covers the year before the one under way, so that growth of the year
/// has its base.
fn covers_base_year(series: &Series<'_>) -> bool {
    !series.is_empty() && series.first() <= Month::january(series.last().plus(1).year() - 1)
}

/// Return the pair's monthly series: both flows in one currency, else the total, else the one flow
/// that goes on. They must be long, or cover the base year where nothing but months is known.
fn monthly_series<'a>(
    snapshot: &'a Snapshot,
    request: &OutlookRequest,
    only_months: bool,
) -> Vec<(SeriesKey, Series<'a>)> {
    let panel = snapshot.panel(request.vintage).into_iter();
    let of_pair = panel.filter_map(|series| {
        let key = SeriesKey::parse(series.id()).ok()?;
        let pair = (&key.reporter, &key.partner, &key.product);
        let requested = (&request.reporter, &request.partner, &request.product);
        let is_long = series.len() >= MIN_MONTHS || only_months && covers_base_year(&series);
        (pair == requested && is_long).then_some((key, series))
    });
    let mut of_pair: Vec<(SeriesKey, Series<'_>)> = of_pair.collect();
    let wanted = |(key, _): &(SeriesKey, Series<'_>)| request.currency == Some(key.unit);
    if of_pair.iter().any(wanted) {
        of_pair.retain(wanted);
    }
    let of = |flow: Flow| {
        let found = of_pair.iter().filter(|(key, _)| key.flow == flow).cloned();
        found.max_by_key(|(_, series)| series.last())
    };
    let (x, m, total) = (of(Flow::Exports), of(Flow::Imports), of(Flow::Total));
    match (x, m, total) {
        (Some(x), Some(m), _)
            if x.0.unit == m.0.unit && x.1.last().since(m.1.last()).abs() <= MAX_MONTHS_APART =>
        {
            vec![x, m]
        }
        (_, _, Some(total)) => vec![total],
        (x, m, None) => x
            .into_iter()
            .chain(m)
            .max_by_key(|(_, s)| s.last())
            .into_iter()
            .collect(),
    }
}
