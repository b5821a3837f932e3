//! `IngestService`: figures in, acknowledged once they are committed.

use super::follow::blocking;
use super::pb::ingest_service_server::IngestService;
use super::{ServiceError, Shared, pb};
use crate::ingest::{Figure, Figures, IngestError, Kind, Refusal, Taking, take_in};
use crate::store::{Committed, Store, StoreError};
use crate::trade::month::parse_date;
use crate::trade::{Currency, LARGEST, Measure, SeriesKey, Span, Unit, YEARS};
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use tonic::{Request, Response, Status, Streaming};

/// The most figures of one batch, and the most bytes of one file: what a service holds in memory for one caller.
const MOST_FIGURES: usize = 5_000_000;
const MOST_BYTES: u64 = 4 << 30;
/// How many refusals are told; more would not be read, and an answer has bounds.
const MOST_REFUSALS: usize = 1000;

/// Takes figures in.
#[derive(Debug)]
pub(super) struct Handler {
    pub(super) shared: Arc<Shared>,
}

#[tonic::async_trait]
impl IngestService for Handler {
    async fn write_observations(
        &self,
        request: Request<Streaming<pb::WriteObservationsRequest>>,
    ) -> Result<Response<pb::WriteObservationsResponse>, Status> {
        let store = self.shared.store()?;
        let mut stream = request.into_inner();
        let mut head: Option<(String, bool)> = None;
        let mut figures = Figures::new(Path::new("figures"));
        let mut refusals = Vec::new();
        let mut row = 0;
        while let Some(part) = stream.message().await? {
            if head.is_none() {
                head = Some((request_id(part.request_id)?, part.accept_valid));
            }
            for figure in &part.figures {
                row += 1;
                if let Err((field, value, expected)) = add(figure, row, &mut figures) {
                    refusals.push(pb::RowRefusal {
                        row,
                        field: field.to_owned(),
                        value,
                        expected,
                    });
                }
            }
            if figures.len() > MOST_FIGURES {
                return Err(too_much("figures", format!("at most {MOST_FIGURES} figures")).into());
            }
        }
        let (request, accept_valid) = head.unwrap_or_default();
        if !accept_valid && !refusals.is_empty() {
            refusals.truncate(MOST_REFUSALS);
            return Ok(Response::new(pb::WriteObservationsResponse {
                refusals,
                ..Default::default()
            }));
        }
        let done = commit(store, figures, request, None, &mut refusals).await?;
        refusals.truncate(MOST_REFUSALS);
        Ok(Response::new(pb::WriteObservationsResponse {
            version: done.version,
            written: done.figures,
            repeated: done.repeated,
            refusals,
        }))
    }

    async fn import_file(
        &self,
        request: Request<Streaming<pb::ImportFileRequest>>,
    ) -> Result<Response<pb::ImportFileResponse>, Status> {
        let store = self.shared.store()?;
        let mut stream = request.into_inner();
        let Some(head) = stream.message().await? else {
            return Err(field("file_name", "expected a first message with a file name").into());
        };
        let request = request_id(head.request_id)?;
        if !matches!(head.format.as_str(), "" | "tidy") {
            let reason = format!("expected `tidy` or nothing, not `{}`", head.format);
            return Err(field("format", &reason).into());
        }
        // Of the name only what says its format is used, so that it can lead nowhere.
        let name = Path::new(&head.file_name).file_name();
        let name = name
            .map(Path::new)
            .ok_or_else(|| field("file_name", "expected a file name"))?;
        let name = name.to_owned();
        let parquet = name
            .extension()
            .is_some_and(|e| e.eq_ignore_ascii_case("parquet") || e.eq_ignore_ascii_case("pq"));
        let suffix = if parquet { ".parquet" } else { ".csv" };
        let mut file = blocking(move || {
            tempfile::Builder::new()
                .suffix(suffix)
                .tempfile()
                .map_err(|error| aside(&error))
        })
        .await?;
        let mut size = 0;
        let mut content = head.content;
        loop {
            size += content.len() as u64;
            if size > MOST_BYTES {
                return Err(too_much("content", format!("at most {MOST_BYTES} bytes")).into());
            }
            file = blocking(move || {
                file.write_all(&content).map_err(|error| aside(&error))?;
                Ok(file)
            })
            .await?;
            match stream.message().await? {
                Some(part) => content = part.content,
                None => break,
            }
        }
        let taking = if head.accept_valid {
            Taking::Valid
        } else {
            Taking::AllOrNothing
        };
        let called = name.clone();
        let read = blocking(move || match take_in(file.path(), &called, taking) {
            Ok((figures, refusals)) => Ok((figures, refusals.iter().map(told).collect())),
            Err(IngestError::Refused(refusal)) if refusal.row.is_some() => {
                Ok((Figures::default(), vec![told(&refusal)]))
            }
            // The file lies aside under another name, which is nobody's business.
            Err(IngestError::Refused(refusal)) => {
                let of = refusal.column.unwrap_or_default();
                Err(field("content", &format!("{of}: {}", refusal.expected)))
            }
            Err(IngestError::Format { format, reason, .. }) => Err(field(
                "content",
                &format!("not readable as {format}: {reason}"),
            )),
            Err(IngestError::Io { source, .. }) => Err(aside(&source)),
        });
        let (figures, mut refusals): (Figures, Vec<pb::RowRefusal>) = read.await?;
        if !head.accept_valid && !refusals.is_empty() {
            return Ok(Response::new(pb::ImportFileResponse {
                refusals,
                ..Default::default()
            }));
        }
        let name = name.display().to_string();
        let done = commit(store, figures, request, Some(name), &mut refusals).await?;
        refusals.truncate(MOST_REFUSALS);
        Ok(Response::new(pb::ImportFileResponse {
            version: done.version,
            written: done.figures,
            repeated: done.repeated,
            refusals,
        }))
    }
}

/// Commits; two figures that contradict each other are a refusal.
async fn commit(
    store: Arc<Store>,
    figures: Figures,
    request: String,
    file: Option<String>,
    refusals: &mut Vec<pb::RowRefusal>,
) -> Result<Committed, ServiceError> {
    let nothing = Committed {
        version: 0,
        figures: 0,
        repeated: false,
    };
    let done = blocking(move || {
        let request = (!request.is_empty()).then_some(request.as_str());
        match store.append(figures, request, file.as_deref()) {
            Ok(done) => Ok(Ok(done)),
            Err(StoreError::Refused(IngestError::Refused(refusal))) => Ok(Err(told(&refusal))),
            Err(error) => Err(error.into()),
        }
    });
    Ok(done.await?.unwrap_or_else(|refusal| {
        refusals.push(refusal);
        nothing
    }))
}

fn told(refusal: &Refusal) -> pb::RowRefusal {
    pb::RowRefusal {
        row: refusal.row.unwrap_or(0),
        field: refusal.column.clone().unwrap_or_default(),
        value: refusal.value.clone().unwrap_or_default(),
        expected: refusal.expected.clone(),
    }
}

fn field(field: &'static str, reason: &str) -> ServiceError {
    ServiceError::Field {
        field,
        reason: reason.to_owned(),
    }
}

fn too_much(name: &'static str, most: String) -> ServiceError {
    field(name, &format!("expected {most} in one call"))
}

/// The disk on which files wait does not take them.
fn aside(error: &std::io::Error) -> ServiceError {
    tracing::error!(cause = %error, "a file cannot be kept while it is read");
    super::compute::ComputeError.into()
}

/// A name that a caller gave, or nothing.
fn request_id(text: String) -> Result<String, ServiceError> {
    let fits = text.len() <= 128 && text.chars().all(|c| c.is_ascii_graphic());
    if fits {
        return Ok(text);
    }
    Err(field(
        "request_id",
        "expected at most 128 letters, digits and signs of ASCII without blanks",
    ))
}

/// Adds one figure, checked; the field, the value and what was expected where it is refused.
fn add(
    wire: &pb::DeliveredFigure,
    row: u64,
    figures: &mut Figures,
) -> Result<(), (&'static str, String, String)> {
    let refuse = |field, value: &str, expected: String| Err((field, value.to_owned(), expected));
    let key = match SeriesKey::parse(&wire.key) {
        Ok(key) => key,
        Err(error) => return refuse("key", &wire.key, error.to_string()),
    };
    let kind = match wire.kind() {
        pb::FigureKind::Release => Kind::Release,
        pb::FigureKind::Unspecified | pb::FigureKind::Observation => Kind::Observation,
    };
    let measure = if wire.measure.is_empty() {
        Some(Measure::Level)
    } else {
        Measure::parse(&wire.measure)
    };
    let measure = match measure {
        Some(Measure::Level) => Measure::Level,
        Some(measure) if kind == Kind::Release => measure,
        _ => {
            let words: Vec<_> = Measure::ALL.iter().map(|m| m.word()).collect();
            let expected = match kind {
                Kind::Observation => "`level`: an observation is the value of a month".to_owned(),
                _ => format!("one of {}", words.join(", ")),
            };
            return refuse("measure", &wire.measure, format!("expected {expected}"));
        }
    };
    let scale = if measure.is_percentage() {
        let currency = wire.unit.strip_prefix('%').map(str::trim);
        let fits = currency.is_some_and(|c| c.is_empty() || Currency::parse(c) == Ok(key.unit));
        if !fits {
            let expected = format!("expected `%` or `% {}`", key.unit);
            return refuse("unit", &wire.unit, expected);
        }
        0.01
    } else if wire.unit.is_empty() {
        1.0
    } else {
        match Unit::parse(&wire.unit) {
            Ok(unit) if unit.currency == key.unit => unit.scale,
            Ok(_) => {
                let expected = format!("expected the key's currency, {}", key.unit);
                return refuse("unit", &wire.unit, expected);
            }
            Err(error) => return refuse("unit", &wire.unit, error.to_string()),
        }
    };
    let span = match Span::parse(&wire.period) {
        Ok(span) if kind == Kind::Observation && span.len() != 1 => {
            return refuse("period", &wire.period, "expected a month".to_owned());
        }
        Ok(span) if !YEARS.contains(&span.first().year()) => {
            let expected = "expected a month of the years 1000 to 2999";
            return refuse("period", &wire.period, expected.to_owned());
        }
        Ok(span) => span,
        Err(error) => return refuse("period", &wire.period, error.to_string()),
    };
    let value = match wire.value {
        None if kind == Kind::Observation => f64::NAN,
        None => {
            return refuse(
                "value",
                "",
                "expected a value: a release states one".to_owned(),
            );
        }
        Some(value) => {
            let value = value * scale;
            let text = || value.to_string();
            // NaN is no number, and not within any bounds.
            if !(value.abs() <= LARGEST) {
                let expected = "expected a finite number, in base units at most 1e100";
                return refuse("value", &text(), expected.to_owned());
            }
            if measure == Measure::Level && value < 0.0 && !key.flow.may_be_negative() {
                let word = key.flow.word();
                let expected =
                    format!("expected a value of zero or more: {word} are never negative");
                return refuse("value", &text(), expected);
            }
            value
        }
    };
    let released_on = match wire.released_on.as_str() {
        "" => None,
        text => match parse_date(text) {
            Ok(date) => Some(date),
            Err(error) => return refuse("released_on", text, error.to_string()),
        },
    };
    let unit = if wire.unit.is_empty() {
        key.unit.as_str()
    } else {
        &wire.unit
    };
    let number = figures.series(&key);
    let figure = Figure {
        kind,
        measure,
        span,
        value,
        // A binary number does not say how many digits it was published with.
        rounding: 0.0,
        unit,
        status: &wire.status,
        released_on,
        source: &wire.source,
    };
    figures.push(number, &figure, row);
    Ok(())
}
