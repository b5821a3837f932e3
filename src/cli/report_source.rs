//! Where the results of a report come from: this process, or a server.

use super::arguments::PlaceArgs;
use super::remedy::lists_series;
use super::report_subject::ReportSubject;
use crate::catalog::{Catalog, Vintage};
use crate::pipeline::outlook::OutlookChange;
use crate::pipeline::{
    Engine, ForecastRequest, GrowthReview, OutlookBasis, OutlookPlan, OutlookRequest, PreparedPlan,
    SeriesForecast, growth_review, list_series, percent, series_detail,
};
use crate::report::Provenance;
use crate::report::html::{PairReport, ReportSection, SeriesReport};
use crate::service::convert::explain::ExplanationRequest;
use crate::service::convert::fields::vintage;
use crate::service::convert::forecast::ForecastsRequest;
use crate::service::convert::growth::GrowthRequest;
use crate::service::convert::series::{SeriesListRequest, SeriesRequest};
use crate::service::explain::explain;
use crate::service::{RemoteClient, RemoteServer};
use crate::trade::{Code, Subject, area};
use anyhow::{Context, bail};
use std::sync::Arc;
use time::Date;

/// Where the results of a report come from.
pub(super) trait ReportSource {
    /// Return what is reported of a text of the command line, one section a series or pair.
    ///
    /// # Errors
    /// The text names nothing that there is, or there is no result for it.
    fn sections(&mut self, text: &str) -> anyhow::Result<Vec<ReportSection>> {
        match ReportSubject::parse(text)? {
            ReportSubject::Series(key) => Ok(vec![self.series(&key)?]),
            ReportSubject::Pair(subject) => Ok(vec![self.pair(&subject)?]),
            ReportSubject::Pattern(pattern) => {
                let keys = self.matching(&pattern)?;
                if keys.is_empty() {
                    bail!("no series matches; {}", lists_series(""));
                }
                let section = |key: &String| {
                    self.series(key)
                        .unwrap_or_else(|error| ReportSection::Failure {
                            subject: key.clone(),
                            reason: format!("{error:#}"),
                        })
                };
                Ok(keys.iter().map(section).collect())
            }
        }
    }

    /// Return the keys that match a pattern.
    fn matching(&mut self, pattern: &str) -> anyhow::Result<Vec<String>>;

    /// Return what is reported of a series.
    fn series(&mut self, key: &str) -> anyhow::Result<ReportSection>;

    /// Return what is reported of a pair.
    fn pair(&mut self, subject: &Subject) -> anyhow::Result<ReportSection>;

    /// Return what the results are computed by and from.
    fn provenance(&self) -> Provenance;
}

/// The settings of all forecasts of a report.
struct Settings {
    request: ForecastRequest,
    /// The vintage as text.
    as_of: String,
    since: Vintage,
    version: Option<u64>,
}

impl Settings {
    fn new(request: ForecastRequest, since: &str, version: Option<u64>) -> anyhow::Result<Self> {
        let as_of = match request.vintage() {
            Vintage::Latest => String::new(),
            Vintage::AsOf(day) => day.to_string(),
        };
        Ok(Self {
            request,
            as_of,
            since: vintage("since", since)?,
            version,
        })
    }

    fn explanation(&self, key: &str) -> anyhow::Result<ExplanationRequest> {
        Ok(ExplanationRequest::new(
            key.to_owned(),
            self.request.clone(),
            Arc::default(),
            self.version,
            self.since,
            None,
        )?)
    }

    fn growth(&self, subject: &str) -> anyhow::Result<GrowthRequest> {
        Ok(GrowthRequest::new(subject, &self.as_of, "", self.version)?)
    }

    fn outlook(&self, subject: &Subject) -> anyhow::Result<OutlookRequest> {
        let request = &self.request;
        let levels: Vec<f64> = request.levels().iter().map(|of| percent(*of)).collect();
        let outlook = OutlookRequest::new(
            subject.reporter.clone(),
            subject.partner.clone(),
            subject.product.clone(),
            request.vintage(),
        );
        Ok(outlook
            .with_currency(subject.unit)
            .with_levels(&levels)?
            .with_paths(i64::try_from(request.paths())?)?
            .with_seed(request.seed()))
    }

    /// Return the earlier day that outlooks are compared with.
    fn since_day(&self) -> Option<Date> {
        match self.since {
            Vintage::AsOf(day) => Some(day),
            Vintage::Latest => None,
        }
    }
}

/// Results of this process.
pub(super) struct LocalSource {
    engine: Engine,
    threads: rayon::ThreadPool,
    settings: Settings,
    /// The panel model of all series, once it is fitted.
    prepared: Option<Arc<PreparedPlan>>,
    /// That of the earlier day.
    prepared_since: Option<Arc<PreparedPlan>>,
}

impl LocalSource {
    /// Read the figures.
    ///
    /// # Errors
    /// The figures cannot be read.
    pub(super) fn new(
        place: &PlaceArgs,
        request: ForecastRequest,
        since: &str,
    ) -> anyhow::Result<Self> {
        let settings = Settings::new(request, since, place.source.version())?;
        Ok(Self {
            engine: Engine::new(Catalog::new(place.source.snapshot()?)),
            threads: place.threads.pool()?,
            settings,
            prepared: None,
            prepared_since: None,
        })
    }

    fn prepared(&mut self) -> Arc<PreparedPlan> {
        let request = &self.settings.request;
        let (engine, threads) = (&self.engine, &self.threads);
        let prepare = || Arc::new(threads.install(|| engine.plan(request.clone()).prepare()));
        Arc::clone(self.prepared.get_or_insert_with(prepare))
    }

    fn prepared_since(&mut self, request: &ForecastRequest) -> Arc<PreparedPlan> {
        let (engine, threads) = (&self.engine, &self.threads);
        let prepare = || Arc::new(threads.install(|| engine.plan(request.clone()).prepare()));
        Arc::clone(self.prepared_since.get_or_insert_with(prepare))
    }
}

impl ReportSource for LocalSource {
    fn matching(&mut self, pattern: &str) -> anyhow::Result<Vec<String>> {
        let settings = &self.settings;
        let request = SeriesListRequest::new(pattern, &settings.as_of, settings.version)?;
        let snapshot = self.engine.snapshot();
        let most = snapshot.keys().len();
        let found = list_series(&snapshot, &request.filter, request.vintage, "", most).series;
        Ok(found
            .into_iter()
            .map(|series| series.key.to_string())
            .collect())
    }

    fn series(&mut self, key: &str) -> anyhow::Result<ReportSection> {
        let explanation = self.settings.explanation(key)?;
        let vintage = self.settings.request.vintage();
        let snapshot = self.engine.snapshot();
        // A key that there is not is refused before a model is fitted.
        let detail = series_detail(&snapshot, key, vintage, None)?;
        let growth = self.settings.growth(&detail.summary.key.to_string())?;
        let plan = self.prepared();
        let since = explanation.since.as_ref();
        let since = since.map(|since| self.prepared_since(&since.request));
        self.threads.install(|| {
            Ok(ReportSection::Series(Box::new(SeriesReport {
                forecast: plan.run(key)?,
                explained: explain(&plan, since.as_deref(), key)?,
                review: growth_review(&snapshot, &growth.subject, vintage, None).ok(),
                detail,
            })))
        })
    }

    fn pair(&mut self, subject: &Subject) -> anyhow::Result<ReportSection> {
        let request = self.settings.outlook(subject)?;
        let growth = self.settings.growth(&subject.to_string())?;
        let snapshot = self.engine.snapshot();
        let vintage = self.settings.request.vintage();
        let since = self.settings.since_day();
        let (engine, threads) = (&self.engine, &self.threads);
        let (outlook, change) = threads.install(|| {
            let plan = OutlookPlan::new(engine, Arc::clone(&snapshot), request.clone())?;
            let change = since.map(|since| {
                OutlookChange::new(&snapshot, &request, since).map_err(|error| error.to_string())
            });
            anyhow::Ok((plan.prepare().run()?, change))
        })?;
        let forecasts = match &outlook.basis {
            OutlookBasis::Months(keys) => {
                let plan = self.prepared();
                let run = || keys.iter().map(|key| plan.run(key));
                let forecasts = || run().collect::<Result<Vec<SeriesForecast>, _>>();
                self.threads.install(forecasts)?
            }
            OutlookBasis::Releases { .. } => Vec::new(),
        };
        let members = members(subject).into_iter();
        let members = members.filter_map(|of| growth_review(&snapshot, &of, vintage, None).ok());
        let mut sources: Vec<String> = members.flat_map(release_sources).collect();
        for forecast in &forecasts {
            let series = series_detail(&snapshot, &forecast.id, vintage, None);
            sources.extend(series.map(|series| series.summary.source));
        }
        Ok(ReportSection::Pair(Box::new(PairReport {
            outlook,
            review: growth_review(&snapshot, &growth.subject, vintage, None).ok(),
            change,
            forecasts,
            sources,
        })))
    }

    fn provenance(&self) -> Provenance {
        let snapshot = self.engine.snapshot();
        let request = &self.settings.request;
        Provenance::here(
            snapshot.fingerprint(request.vintage()),
            snapshot.version(),
            request.seed(),
        )
    }
}

/// Return the subjects of the members of a group, none where the partner is no group.
fn members(subject: &Subject) -> Vec<Subject> {
    let codes = area::member_codes(&subject.partner).unwrap_or_default();
    let member = |partner: Code| Subject {
        partner,
        ..subject.clone()
    };
    codes.into_iter().map(member).collect()
}

/// Return the sources of the published figures of a review.
fn release_sources(review: GrowthReview) -> impl Iterator<Item = String> {
    let spans = review.published.into_iter();
    let releases = spans.flat_map(|span| [span.level, span.growth]).flatten();
    releases.map(|release| release.source)
}

/// Results of a server.
pub(super) struct RemoteSource {
    runtime: tokio::runtime::Runtime,
    client: RemoteClient,
    settings: Settings,
    provenance: Provenance,
}

impl RemoteSource {
    /// Connect to a server.
    ///
    /// # Errors
    /// Nothing answers there.
    pub(super) fn connect(
        server: RemoteServer,
        request: ForecastRequest,
        since: &str,
        version: Option<u64>,
    ) -> anyhow::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .context("cannot start a runtime")?;
        let settings = Settings::new(request, since, version)?;
        let (vintage, seed) = (settings.request.vintage(), settings.request.seed());
        let (client, provenance) = runtime.block_on(async {
            let client = RemoteClient::connect(server).await?;
            let provenance = client.provenance(vintage, version, seed).await?;
            anyhow::Ok((client, provenance))
        })?;
        Ok(Self {
            runtime,
            client,
            settings,
            provenance,
        })
    }

    fn forecasts(&self, keys: Vec<String>) -> anyhow::Result<Vec<SeriesForecast>> {
        let (request, version) = (self.settings.request.clone(), self.settings.version);
        let order = keys.clone();
        let request = ForecastsRequest::new(keys, request, Arc::default(), version)?;
        let mut found = Vec::new();
        self.runtime
            .block_on(self.client.forecast(&request, async |outcome| {
                let forecast: SeriesForecast =
                    outcome.map_err(|failure| anyhow::anyhow!(failure.message))?;
                found.push(forecast);
                anyhow::Ok(())
            }))?;
        found.sort_by_key(|of| {
            order
                .iter()
                .position(|key| key.eq_ignore_ascii_case(&of.id))
        });
        Ok(found)
    }
}

impl ReportSource for RemoteSource {
    fn matching(&mut self, pattern: &str) -> anyhow::Result<Vec<String>> {
        let settings = &self.settings;
        let request = SeriesListRequest::new(pattern, &settings.as_of, settings.version)?;
        let found = self.runtime.block_on(self.client.list_series(&request))?;
        Ok(found
            .into_iter()
            .map(|series| series.key.to_string())
            .collect())
    }

    fn series(&mut self, key: &str) -> anyhow::Result<ReportSection> {
        let settings = &self.settings;
        let explanation = settings.explanation(key)?;
        let vintage = settings.request.vintage();
        let request = SeriesRequest::new(key.to_owned(), vintage, None, settings.version)?;
        let growth = settings.growth(key)?;
        let (client, runtime) = (&self.client, &self.runtime);
        let detail = runtime.block_on(client.series(&request))?;
        let forecast = self.forecasts(vec![key.to_owned()])?.pop();
        Ok(ReportSection::Series(Box::new(SeriesReport {
            forecast: forecast.context("the server sent no forecast")?,
            explained: runtime.block_on(client.explain(&explanation))?,
            review: runtime.block_on(client.growth(&growth)).ok(),
            detail,
        })))
    }

    fn pair(&mut self, subject: &Subject) -> anyhow::Result<ReportSection> {
        let settings = &self.settings;
        let request = settings.outlook(subject)?;
        let growth = settings.growth(&subject.to_string())?;
        let (client, runtime, version) = (&self.client, &self.runtime, settings.version);
        let outlook = runtime.block_on(client.outlook(&request, version))?;
        let change = settings.since_day().map(|since| {
            let change = runtime.block_on(client.outlook_change(&request, version, since));
            change.map_err(|error| error.to_string())
        });
        let forecasts = match &outlook.basis {
            OutlookBasis::Months(keys) => self.forecasts(keys.clone())?,
            OutlookBasis::Releases { .. } => Vec::new(),
        };
        let mut sources = Vec::new();
        for member in members(subject) {
            let growth = settings.growth(&member.to_string())?;
            let review = runtime.block_on(client.growth(&growth)).ok();
            sources.extend(review.into_iter().flat_map(release_sources));
        }
        for forecast in &forecasts {
            let vintage = settings.request.vintage();
            let key = forecast.id.clone();
            let request = SeriesRequest::new(key, vintage, None, settings.version)?;
            let series = runtime.block_on(client.series(&request)).ok();
            sources.extend(series.map(|series| series.summary.source));
        }
        Ok(ReportSection::Pair(Box::new(PairReport {
            outlook,
            review: runtime.block_on(client.growth(&growth)).ok(),
            change,
            forecasts,
            sources,
        })))
    }

    fn provenance(&self) -> Provenance {
        self.provenance.clone()
    }
}
