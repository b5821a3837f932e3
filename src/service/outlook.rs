//! `OutlookService`: where a pair's year ends, how sure, and why.

use super::convert::{currency, short, vintage};
use super::pb::outlook_service_server::OutlookService;
use super::run::prepare;
use super::shared::Shared;
use super::{ServiceError, pb};
use crate::catalog::Snapshot;
use crate::pipeline::{Engine, Outlook, OutlookBasis, OutlookRequest, outlook};
use crate::pipeline::{ForecastRequest, levels, paths};
use crate::projection::{ConflictingFigure, Method, PanelModel, UnusedFigure};
use crate::trade::{Code, Release};
use std::sync::Arc;
use tonic::{Request, Response, Status};

/// Growth that nobody means.
const MOST_GROWTH: f64 = 100.0;
/// A draw of an outlook is a whole history of every partner: so many are enough.
const MOST_PATHS: i64 = 10_000;

/// Answers calls for outlooks.
#[derive(Debug)]
pub(super) struct OutlookHandler {
    pub(super) shared: Arc<Shared>,
}

#[tonic::async_trait]
impl OutlookService for OutlookHandler {
    async fn get_outlook(
        &self,
        request: Request<pb::GetOutlookRequest>,
    ) -> Result<Response<pb::GetOutlookResponse>, Status> {
        let wire = request.into_inner();
        let version = wire.version;
        let asked = OutlookRequest::try_from(wire)?;
        let pinned = self.shared.engine_at(version).await?;
        let snapshot = pinned.snapshot();
        let horizon = {
            let (asked, snapshot) = (asked.clone(), Arc::clone(&snapshot));
            self.shared.compute.run(move || asked.horizon(&snapshot))
        };
        let horizon = horizon.await.map_err(ServiceError::from)?;
        let request = learning(&asked, horizon.map_err(ServiceError::from)?);
        let plan = request.map(|request| Arc::new(pinned.plan(request)));
        if let Some(plan) = &plan {
            prepare(&self.shared, plan).await?;
        }
        let work = self.shared.compute.run(move || match plan {
            Some(plan) => answer(plan.snapshot(), &asked, Some(plan.prepare())),
            None => answer(&snapshot, &asked, None),
        });
        Ok(Response::new(work.await.map_err(ServiceError::from)??))
    }
}

/// What must be learnt from the panel first; nothing where there are only figures over spans.
fn learning(asked: &OutlookRequest, horizon: Option<usize>) -> Option<ForecastRequest> {
    Some(ForecastRequest {
        horizon: horizon?,
        levels: asked.levels.clone(),
        vintage: asked.vintage,
        seed: asked.seed,
        method: Method::Auto,
        paths: asked.paths,
        measures: Vec::new(),
    })
}

fn answer(
    snapshot: &Snapshot,
    asked: &OutlookRequest,
    pool: Option<&PanelModel>,
) -> Result<pb::GetOutlookResponse, ServiceError> {
    Ok(pb::GetOutlookResponse {
        version: snapshot.version().unwrap_or(0),
        ..(&outlook(snapshot, asked, pool)?).into()
    })
}

/// The answer, computed on the threads of the caller.
///
/// # Errors
/// A field that cannot be used, and pairs of which too little is known.
pub fn get(
    engine: &Engine,
    wire: pb::GetOutlookRequest,
) -> Result<pb::GetOutlookResponse, ServiceError> {
    let asked = OutlookRequest::try_from(wire)?;
    let snapshot = engine.snapshot();
    match learning(&asked, asked.horizon(&snapshot)?) {
        Some(request) => {
            let plan = engine.plan_on(snapshot, request);
            answer(plan.snapshot(), &asked, Some(plan.prepare()))
        }
        None => answer(&snapshot, &asked, None),
    }
}

impl TryFrom<pb::GetOutlookRequest> for OutlookRequest {
    type Error = ServiceError;

    fn try_from(wire: pb::GetOutlookRequest) -> Result<Self, ServiceError> {
        let refuse = |field, reason: String| ServiceError::Field { field, reason };
        let code = |field: &'static str, text: &str| {
            short(field, text)?;
            Code::parse(text).map_err(|e| refuse(field, e.to_string()))
        };
        short("as_of", &wire.as_of)?;
        let product = if wire.product.trim().is_empty() {
            "TOTAL"
        } else {
            &wire.product
        };
        let currency = currency(&wire.currency)?;
        let target = match wire.target {
            None => None,
            Some(target) if !crate::trade::YEARS.contains(&target.year) => {
                let reason = format!("expected a year of four digits, not {}", target.year);
                return Err(refuse("target.year", reason));
            }
            Some(target) if !(target.growth > -1.0 && target.growth <= MOST_GROWTH) => {
                let reason = format!(
                    "expected growth as a fraction above -1, not {}",
                    target.growth
                );
                return Err(refuse("target.growth", reason));
            }
            Some(target) => Some((target.year, target.growth)),
        };
        let count = match i64::from(wire.paths) {
            0 => ForecastRequest::PATHS as i64,
            count if count > MOST_PATHS => {
                let reason = format!("expected at most {MOST_PATHS} paths, not {count}");
                return Err(refuse("paths", reason));
            }
            count => count,
        };
        Ok(Self {
            reporter: code("reporter", &wire.reporter)?,
            partner: code("partner", &wire.partner)?,
            product: code("product", product)?,
            currency,
            vintage: vintage("as_of", &wire.as_of)?,
            target,
            levels: levels(&wire.levels)?,
            paths: paths(count)?,
            seed: wire.seed,
        })
    }
}

/// A figure in words: `CHN.CA5.T.TOTAL.CNY level of 2024`.
fn named(release: &Release) -> String {
    format!(
        "{} {} of {}",
        release.key,
        release.measure.word(),
        release.span
    )
}

/// How a contribution's whole is split, from the word that the pipeline has for it.
fn split_by(word: &str) -> pb::SplitBy {
    match word {
        "flow" => pb::SplitBy::Flow,
        _ => pb::SplitBy::Partner,
    }
}

impl From<&OutlookBasis> for pb::OutlookBasis {
    fn from(basis: &OutlookBasis) -> Self {
        match basis {
            OutlookBasis::Months(series) => Self {
                series: series.clone(),
                ..Self::default()
            },
            OutlookBasis::Releases {
                used,
                unused,
                misfits,
                scale,
                lenders,
            } => {
                let unused = unused.iter().map(|UnusedFigure { release, reason }| {
                    format!("{}: {reason}", named(release))
                });
                let misfits = misfits.iter().map(|ConflictingFigure { release, median }| {
                    format!(
                        "{}: published {:.5e}, drawn {median:.5e}",
                        named(release),
                        release.value
                    )
                });
                Self {
                    series: Vec::new(),
                    figures: i32::try_from(*used).unwrap_or(i32::MAX),
                    unused: unused.collect(),
                    conflicting_figures: misfits.collect(),
                    roughness: *scale,
                    donor_series: lenders.clone(),
                }
            }
        }
    }
}

impl From<&Outlook<'_>> for pb::GetOutlookResponse {
    fn from(of: &Outlook<'_>) -> Self {
        let observed = of
            .contributions
            .iter()
            .map(|(by, name, points)| pb::OutlookContribution {
                by: split_by(by).into(),
                name: name.clone(),
                points: *points,
                intervals: Vec::new(),
            });
        let projected = of
            .ahead
            .iter()
            .map(|(by, name, drawn)| pb::OutlookContribution {
                by: split_by(by).into(),
                name: name.clone(),
                points: drawn.mean,
                intervals: drawn.spread.bands.iter().map(Into::into).collect(),
            });
        Self {
            series: of.key.to_string(),
            known_span: of.known.to_string(),
            known_level: of.level,
            known_growth: of.growth,
            base: of.base.map(Into::into),
            bases: of
                .bases
                .iter()
                .map(|base| pb::FlowBase {
                    series: base.key.to_string(),
                    own: base.own.map(Into::into),
                    combined: base.met.map(Into::into),
                })
                .collect(),
            contributions: observed.collect(),
            projected_contributions: projected.collect(),
            share_of_base_year: of.under_way.map(|year| year.share_of_base_year()),
            flat_rest_growth: of.under_way.map(|year| year.flat_rest_growth()),
            target: of.target.map(|target| pb::TargetOutlook {
                year: target.year,
                growth: target.growth,
                needed_growth: target.needed_growth,
                probability: target.probability,
            }),
            record: of.record.as_ref().map(|record| pb::RecordOutlook {
                span: record.span.to_string(),
                currency: record.currency.to_string(),
                probability: record.probability,
                since: record.since.to_string(),
                unbroken_since: record
                    .unbroken_since
                    .map(|s| s.to_string())
                    .unwrap_or_default(),
                largest_span: record.largest.0.to_string(),
                largest: record.largest.1,
            }),
            exchange_rate: of.rate.map(|rate| pb::RateEffect {
                currency: rate.currency.to_string(),
                growth_home: rate.growth_home,
                growth_other: rate.growth_other,
                points: rate.points,
                last_month: rate.last.0.to_string(),
                last_rate: rate.last.1,
            }),
            levels: of
                .levels
                .iter()
                .map(|(currency, spread)| pb::YearLevel {
                    currency: currency.to_string(),
                    span: of.year.to_string(),
                    median: spread.median,
                    intervals: spread.bands.iter().map(Into::into).collect(),
                })
                .collect(),
            readings: of
                .readings
                .iter()
                .map(|(currency, of)| pb::OutlookGrowth {
                    currency: currency.to_string(),
                    reading: Some(of.into()),
                })
                .collect(),
            basis: Some((&of.basis).into()),
            contradictions: of.contradictions.iter().map(Into::into).collect(),
            version: 0,
        }
    }
}
