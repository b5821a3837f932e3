//! `IngestService`: figures in, acknowledged once they are committed.

use super::blocking::blocking;
use super::pb::ingest_service_server::IngestService;
use super::shared::MAX_INGESTS;
use super::{ServiceError, Shared, pb};
use crate::ingest::parsed_file::{
    CellError, FigureColumn, InvalidRows, MOST_FIGURES, MOST_LISTED, ParsedFile, TOO_MANY,
    check_rows,
};
use crate::ingest::quality::{self, QualityIssue, QualityReport};
use crate::ingest::{Figure, FigureKind, Format, IngestError, Refusal, explained, formats, shown};
use crate::store::{CommitOutcome, Store};
use crate::trade::month::parse_date;
use crate::trade::{Currency, Measure, SeriesKey, Span, Unit};
use prost::Message;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::OwnedSemaphorePermit;
use tonic::{Request, Response, Status, Streaming};

/// The most bytes of one batch, the texts of which are pinned in memory, and of one file, which waits on a disk.
const MOST_BYTES_HELD: u64 = 1 << 30;
const MOST_BYTES: u64 = 4 << 30;
/// The most letters of a text of a figure that says what it likes.
const MOST_LETTERS: usize = 1000;
/// How long a caller waits for a seat: those of a burst get one in turn, and those behind callers who linger are told.
const SEATED_WITHIN: Duration = Duration::from_secs(10);
/// How long a caller with a seat may take from one message to the next.
const SAID_WITHIN: Duration = Duration::from_secs(60);
/// How many findings are told, as many as refusals; more would not be read, and an answer has bounds.
const MOST_TOLD: usize = MOST_LISTED;
/// The most bytes of the refusals, and of the findings, in an answer. Both leave much of the 4 MiB that clients take where nothing else is
/// set: what is committed must not end as an answer that is too large.
const MOST_BYTES_TOLD: usize = 1 << 20;

/// Takes figures in.
#[derive(Debug)]
pub(super) struct IngestHandler {
    pub(super) shared: Arc<Shared>,
}

#[tonic::async_trait]
impl IngestService for IngestHandler {
    async fn write_observations(
        &self,
        request: Request<Streaming<pb::WriteObservationsRequest>>,
    ) -> Result<Response<pb::WriteObservationsResponse>, Status> {
        let store = self.shared.store()?;
        let seat = self.seat().await?;
        let mut stream = request.into_inner();
        let mut head: Option<(String, bool)> = None;
        let mut reading = ParsedFile::new(Path::new("figures"), InvalidRows::ReportFirst);
        let (mut rows, mut bytes) = (0, 0);
        while let Some(part) = next(&mut stream).await? {
            let before = rows;
            rows += part.figures.len();
            bytes += part.encoded_len() as u64;
            if rows > MOST_FIGURES {
                return Err(too_much("figures", format!("at most {MOST_FIGURES} figures")).into());
            }
            if bytes > MOST_BYTES_HELD {
                let most = format!("at most {MOST_BYTES_HELD} bytes");
                return Err(too_much("figures", most).into());
            }
            if head.is_none() {
                head = Some((request_id(part.request_id)?, part.accept_valid));
            }
            reading = blocking(move || {
                for (figure, row) in part.figures.iter().zip(before as u64 + 1..) {
                    if let Err(wrong) = add(figure, row, &mut reading) {
                        // Refusals are listed here, not raised.
                        let _ = reading.refuse(row, wrong);
                    }
                }
                Ok(reading)
            })
            .await?;
        }
        let (request, accept_valid) = head.unwrap_or_default();
        let batch = Batch {
            request,
            accept_valid,
            file: None,
        };
        let done = self.take(store, seat, batch, move || match rows {
            0 => Ok(((), reading)),
            _ => Ok(((), reading.finish()?)),
        });
        let (_, done) = done.await?;
        Ok(Response::new(pb::WriteObservationsResponse {
            version: done.committed.version,
            written: done.committed.figures,
            repeated: done.committed.repeated,
            refusals: done.refusals,
            refusals_left_out: done.refusals_left_out,
            quality: done.quality,
        }))
    }

    async fn import_file(
        &self,
        request: Request<Streaming<pb::ImportFileRequest>>,
    ) -> Result<Response<pb::ImportFileResponse>, Status> {
        let store = self.shared.store()?;
        let seat = self.seat().await?;
        let mut stream = request.into_inner();
        let Some(head) = next(&mut stream).await? else {
            return Err(field("file_name", "expected a first message with a file name").into());
        };
        let request = request_id(head.request_id)?;
        let format = match head.format.as_str() {
            "" => None,
            text => Some(Format::parse(text).ok_or_else(|| {
                let words = Format::ALL.map(Format::word).join(", ");
                let reason = format!("expected nothing or one of {words}, not `{text}`");
                field("format", &reason)
            })?),
        };
        let released_on = match head.released_on.as_str() {
            "" => None,
            day => Some(parse_date(day).map_err(|e| field("released_on", &e.to_string()))?),
        };
        // The name is for people: it is never opened.
        let name = Path::new(&head.file_name).file_name();
        let name = PathBuf::from(name.ok_or_else(|| field("file_name", "expected a file name"))?);
        let mut file = blocking(|| tempfile::NamedTempFile::new().map_err(|e| aside(&e))).await?;
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
            match next(&mut stream).await? {
                Some(part) => content = part.content,
                None => break,
            }
        }
        let batch = Batch {
            request,
            accept_valid: head.accept_valid,
            file: Some(name.display().to_string()),
        };
        let done = self.take(store, seat, batch, move || {
            check_rows(file.path(), &name)?;
            let (format, reading) =
                formats::read_as(file.path(), &name, format, InvalidRows::ReportFirst)?;
            Ok(match released_on {
                Some(day) => (format, reading.released_on(day)?),
                None => (format, reading),
            })
        });
        let (format, done) = done.await?;
        Ok(Response::new(pb::ImportFileResponse {
            version: done.committed.version,
            written: done.committed.figures,
            repeated: done.committed.repeated,
            refusals: done.refusals,
            refusals_left_out: done.refusals_left_out,
            quality: done.quality,
            format: format.map_or_else(String::new, |format| format.to_string()),
        }))
    }
}

/// What a call asks for beside its figures.
struct Batch {
    request: String,
    accept_valid: bool,
    file: Option<String>,
}

/// What became of a call.
struct Done {
    committed: CommitOutcome,
    refusals: Vec<pb::RowRefusal>,
    refusals_left_out: u64,
    quality: Option<pb::QualityReport>,
}

impl Done {
    /// Nothing is committed; `left_out` refusals are not listed.
    fn refused(refusals: &[Refusal], left_out: u64) -> Self {
        let (refusals, untold) = bounded(refusals.iter().map(told));
        Self {
            committed: CommitOutcome {
                version: 0,
                figures: 0,
                repeated: false,
            },
            refusals,
            refusals_left_out: left_out + untold,
            quality: None,
        }
    }
}

/// The next message of a caller. One who says nothing for long gives the seat to others.
async fn next<T>(stream: &mut Streaming<T>) -> Result<Option<T>, Status> {
    match tokio::time::timeout(SAID_WITHIN, stream.message()).await {
        Ok(next) => next,
        Err(_) => Err(ServiceError::Deadline.into()),
    }
}

impl IngestHandler {
    /// A seat among those whose figures are taken in.
    async fn seat(&self) -> Result<OwnedSemaphorePermit, ServiceError> {
        let seat = Arc::clone(&self.shared.ingests).acquire_owned();
        match tokio::time::timeout(SEATED_WITHIN, seat).await {
            Ok(Ok(seat)) => Ok(seat),
            _ => Err(ServiceError::ManyIngests { limit: MAX_INGESTS }),
        }
    }

    /// Reads, looks at what was read beside what is known, and commits it as asked. The seat goes with the work, which a caller who leaves does not stop.
    async fn take<T, F>(
        &self,
        store: Arc<Store>,
        seat: OwnedSemaphorePermit,
        batch: Batch,
        read: F,
    ) -> Result<(Option<T>, Done), ServiceError>
    where
        T: Send + 'static,
        F: FnOnce() -> Result<(T, ParsedFile), IngestError> + Send + 'static,
    {
        // The messages of a call that was cancelled end as those of one that is whole do: hyper and tonic turn the reset of a stream into its end. Where a handler
        // is not ready hyper looks for a reset, and drops the handler; once is enough, since a reset that made the end is there by now.
        tokio::task::yield_now().await;
        let known = self.shared.engine()?.snapshot();
        blocking(move || {
            let _seat = seat;
            let (what, reading) = match read() {
                Ok(read) => read,
                // The header of a file, without which no row can be read.
                Err(IngestError::Refused(refusal)) if refusal.row.is_some() => {
                    return Ok((None, Done::refused(&[*refusal], 0)));
                }
                Err(error) => return Err(unreadable(error)),
            };
            let refused = Done::refused(&reading.refusals, reading.refusals_left_out);
            let nothing = !reading.refusals.is_empty() && !batch.accept_valid;
            if nothing || reading.figures.is_empty() {
                return Ok((Some(what), refused));
            }
            let readings = [reading];
            let quality = quality::report(&readings, Some(&*known));
            let [reading] = readings;
            let request = (!batch.request.is_empty()).then_some(batch.request.as_str());
            let committed = store.append(reading.figures, request, batch.file.as_deref())?;
            let done = Done {
                committed,
                quality: Some(quality.into()),
                ..refused
            };
            Ok((Some(what), done))
        })
        .await
    }
}

/// A file that cannot be read as a whole. It lies aside under a name that is nobody's business.
fn unreadable(error: IngestError) -> ServiceError {
    match error {
        IngestError::Refused(refusal) if refusal.expected == TOO_MANY => {
            too_much("content", format!("at most {MOST_FIGURES} figures"))
        }
        IngestError::Refused(refusal) => {
            let column = refusal.column.map(|column| shown(&column).to_string());
            let value = refusal.value;
            let value = value.map(|value| format!("value `{}`", shown(&value)));
            let of: Vec<String> = column.into_iter().chain(value).collect();
            let colon = if of.is_empty() { "" } else { ": " };
            let of = of.join(", ");
            let expected = explained(&refusal.expected);
            field("content", &format!("{of}{colon}{expected}"))
        }
        IngestError::Format { format, reason, .. } => {
            let reason = explained(&reason);
            field("content", &format!("not readable as {format}: {reason}"))
        }
        IngestError::Io { source, .. } => aside(&source),
    }
}

impl From<QualityReport> for pb::QualityReport {
    fn from(quality: QualityReport) -> Self {
        let left_out = quality
            .left_out
            .iter()
            .map(|(reason, rows)| pb::RowsLeftOut {
                reason: (*reason).to_owned(),
                rows: *rows,
            });
        let findings = quality.findings.into_iter();
        let (findings, untold) = bounded(findings.map(|finding| pb::QualityFinding {
            oddity: pb::Oddity::from(finding.issue).into(),
            series: finding.series,
            period: finding.period.to_string(),
            size: finding.size,
            // It may hold names that the figures came with.
            detail: explained(&finding.detail).to_string(),
        }));
        Self {
            figures: quality.figures as u64,
            series: quality.series as u64,
            left_out: left_out.collect(),
            findings,
            findings_left_out: untold,
        }
    }
}

impl From<QualityIssue> for pb::Oddity {
    fn from(issue: QualityIssue) -> Self {
        match issue {
            QualityIssue::Gap => Self::Gap,
            QualityIssue::Duplicate => Self::Duplicate,
            QualityIssue::UnitJump => Self::UnitJump,
            QualityIssue::Incoherent => Self::Incoherent,
            QualityIssue::Mirror => Self::Mirror,
            QualityIssue::Outlier => Self::Outlier,
            QualityIssue::LevelShift => Self::LevelShift,
            QualityIssue::Undecidable => Self::Undecidable,
            QualityIssue::Revision => Self::Revision,
            QualityIssue::OtherSource => Self::OtherSource,
        }
    }
}

/// A refusal, cut and escaped as people see it elsewhere.
fn told(refusal: &Refusal) -> pb::RowRefusal {
    let cut = |text: &Option<String>| {
        let text = text.as_deref().unwrap_or_default();
        shown(text).to_string()
    };
    pb::RowRefusal {
        row: refusal.row.unwrap_or(0),
        field: cut(&refusal.column),
        value: cut(&refusal.value),
        expected: explained(&refusal.expected).to_string(),
    }
}

/// As many of `all`, from the first on, as an answer may hold, and how many are not told.
fn bounded<T: Message>(all: impl ExactSizeIterator<Item = T>) -> (Vec<T>, u64) {
    let of = all.len();
    let mut bytes = 0;
    let fits = |one: &T| {
        bytes += one.encoded_len();
        bytes <= MOST_BYTES_TOLD
    };
    let told: Vec<T> = all.take(MOST_TOLD).take_while(fits).collect();
    let untold = of - told.len();
    (told, untold as u64)
}

fn field(field: &'static str, reason: &str) -> ServiceError {
    ServiceError::Field {
        field,
        reason: reason.to_owned(),
    }
}

fn too_much(field: &'static str, most: String) -> ServiceError {
    ServiceError::TooMuch { field, most }
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

/// Takes one figure, checked.
fn add(wire: &pb::DeliveredFigure, row: u64, reading: &mut ParsedFile) -> Result<(), CellError> {
    let wrong = |field: &str, value: &str, expected: String| CellError::new(field, value, expected);
    let key = SeriesKey::parse(&wire.key).map_err(|e| wrong("key", &wire.key, e.to_string()))?;
    let kind = match pb::FigureKind::try_from(wire.kind) {
        Ok(pb::FigureKind::Release) => FigureKind::Release,
        Ok(pb::FigureKind::Unspecified | pb::FigureKind::Observation) => FigureKind::Observation,
        // A kind of later days is not for this program to guess.
        Err(_) => {
            let expected = "expected FIGURE_KIND_OBSERVATION (1) or FIGURE_KIND_RELEASE (2)";
            return Err(wrong("kind", &wire.kind.to_string(), expected.to_owned()));
        }
    };
    let measure = measure(kind, &wire.measure).map_err(|e| wrong("measure", &wire.measure, e))?;
    let scale = scale(&key, measure, &wire.unit).map_err(|e| wrong("unit", &wire.unit, e))?;
    let span =
        Span::parse(&wire.period).map_err(|e| wrong("period", &wire.period, e.to_string()))?;
    let value = match wire.value {
        None if kind == FigureKind::Observation => f64::NAN,
        // No number is none of those that can be looked at as a gap.
        Some(value) if !value.is_nan() => value * scale,
        _ => {
            let text = wire
                .value
                .map_or_else(String::new, |value| value.to_string());
            let expected = match kind {
                FigureKind::Observation => "expected a finite number, or none for a gap",
                _ => "expected a finite number: a release states one",
            };
            return Err(wrong("value", &text, expected.to_owned()));
        }
    };
    let rounding = wire.rounding * scale;
    if !(0.0..f64::INFINITY).contains(&rounding) {
        let expected = "expected half of the value's last digit, zero or more".to_owned();
        return Err(wrong("rounding", &wire.rounding.to_string(), expected));
    }
    let released_on = (!wire.released_on.is_empty()).then(|| parse_date(&wire.released_on));
    let released_on = released_on
        .transpose()
        .map_err(|e| wrong("released_on", &wire.released_on, e.to_string()))?;
    for (field, text) in [
        ("unit", &wire.unit),
        ("status", &wire.status),
        ("source", &wire.source),
    ] {
        if text.chars().nth(MOST_LETTERS).is_some() {
            let expected = format!("expected at most {MOST_LETTERS} characters");
            return Err(wrong(field, text, expected));
        }
    }
    let unit = if wire.unit.is_empty() {
        key.unit.as_str()
    } else {
        &wire.unit
    };
    let figure = Figure {
        kind,
        measure,
        span,
        value,
        rounding,
        unit,
        status: &wire.status,
        released_on,
        source: &wire.source,
    };
    let taken = reading.take(&key, &figure, row);
    taken.map_err(|(part, expected)| match part {
        FigureColumn::Period => wrong("period", &wire.period, expected),
        FigureColumn::Value => wrong("value", &value.to_string(), expected),
    })
}

/// What a figure says.
fn measure(kind: FigureKind, text: &str) -> Result<Measure, String> {
    let measure = if text.is_empty() {
        Some(Measure::Level)
    } else {
        Measure::parse(text)
    };
    match measure {
        Some(Measure::Level) => Ok(Measure::Level),
        Some(measure) if kind == FigureKind::Release => Ok(measure),
        _ if kind == FigureKind::Observation => {
            Err("expected `level`: an observation is the value of a month".to_owned())
        }
        _ => {
            let words: Vec<_> = Measure::ALL.iter().map(|m| m.word()).collect();
            Err(format!("expected one of {}", words.join(", ")))
        }
    }
}

/// How many base units one of `unit` is.
fn scale(key: &SeriesKey, measure: Measure, unit: &str) -> Result<f64, String> {
    if measure.is_percentage() {
        let currency = unit.strip_prefix('%').map(str::trim);
        let fits = currency.is_some_and(|c| c.is_empty() || Currency::parse(c) == Ok(key.unit));
        return if fits {
            Ok(0.01)
        } else {
            Err(format!("expected `%` or `% {}`", key.unit))
        };
    }
    if unit.is_empty() {
        return Ok(1.0);
    }
    match Unit::parse(unit) {
        Ok(unit) if unit.currency == key.unit => Ok(unit.scale),
        Ok(_) => Err(format!("expected the key's currency, {}", key.unit)),
        Err(error) => Err(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(value: String, expected: String) -> Refusal {
        Refusal {
            file: PathBuf::from("f.csv"),
            row: Some(2),
            column: Some("y\u{1b}".repeat(5_000)),
            value: Some(value),
            expected,
        }
    }

    #[test]
    fn what_a_caller_is_told_is_cut_and_escaped() {
        let long = refusal("\u{7}".to_owned() + &"1".repeat(10_000), "e".repeat(9_000));
        let told = told(&long);
        assert_eq!(told.row, 2);
        assert_eq!(told.field, "y\\u{1b}".repeat(40) + "…");
        assert_eq!(told.value, format!("\\u{{7}}{}…", "1".repeat(79)));
        assert_eq!(told.expected, "e".repeat(2_000) + "…");
        let of = |error: IngestError| match unreadable(error) {
            ServiceError::Field { field, reason } => (field, reason),
            other => panic!("a field is wrong, not {other}"),
        };
        let whole = Refusal {
            row: None,
            column: None,
            ..refusal("x".repeat(200_000), "expected a number".to_owned())
        };
        let reason = format!("value `{}…`: expected a number", "x".repeat(80));
        assert_eq!(of(whole.into()), ("content", reason));
        let malformed = IngestError::Format {
            file: PathBuf::from("f.json"),
            format: "JSON",
            reason: "r".repeat(200_000),
        };
        let reason = format!("not readable as JSON: {}…", "r".repeat(2_000));
        assert_eq!(of(malformed), ("content", reason));
    }

    #[test]
    fn a_file_of_too_many_figures_is_more_than_a_call_may_bring() {
        let whole = Refusal {
            row: None,
            column: None,
            value: None,
            ..refusal(String::new(), TOO_MANY.to_owned())
        };
        let status = Status::from(unreadable(whole.into()));
        assert_eq!(
            (status.code(), status.message()),
            (
                tonic::Code::ResourceExhausted,
                "content: expected at most 5000000 figures in one call"
            )
        );
    }

    #[test]
    fn an_answer_has_bounds_in_numbers_and_in_bytes() {
        let short = vec![refusal("1".to_owned(), "expected a number".to_owned()); 1007];
        let done = Done::refused(&short, 5);
        assert_eq!((done.refusals.len(), done.refusals_left_out), (1000, 12));
        // The largest that may be told: letters of four bytes, and names that are escaped.
        let long = "𐍈".repeat(3_000);
        let long = vec![refusal(long.clone(), long); 1000];
        let done = Done::refused(&long, 0);
        let bytes: usize = done.refusals.iter().map(Message::encoded_len).sum();
        assert!(bytes <= MOST_BYTES_TOLD && done.refusals.len() > 100);
        let told = done.refusals.len() as u64;
        assert_eq!(told + done.refusals_left_out, 1000);
    }
}
