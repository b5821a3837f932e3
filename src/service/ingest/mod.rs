//! `IngestService`: figures are acknowledged once they are committed.

mod figure;
mod outcome;
mod suggestion;
mod withdrawal;

use super::blocking::blocking;
use super::deliveries::DeliveryPermits;
use super::pb_server::ingest_service_server::IngestService;
use super::shared::Shared;
use super::telemetry::WrittenNote;
use super::{ServiceError, pb};
use crate::catalog::Snapshot;
use crate::ingest::invalid_rows::{InvalidRows, MOST_FIGURES};
use crate::ingest::mapping::mapping_text;
use crate::ingest::parsed_file::ParsedFile;
use crate::ingest::{
    BasisGuard, Format, IngestError, Mapping, ReadOptions, formats, quality, with_known_codes,
};
use crate::store::{FileImport, FileImports, Store};
use crate::trade::Code;
use crate::trade::month::parse_date;
use outcome::{IngestOutcome, disk_error, field, file_error, too_much};
use prost::Message;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::NamedTempFile;
use time::Date;
use tokio::sync::OwnedSemaphorePermit;
use tonic::{Request, Response, Status, Streaming};

/// The most bytes of one batch, whose texts are held in memory.
const MOST_BYTES_IN_MEMORY: u64 = 1 << 30;
/// The most bytes of one file, which waits on a disk.
const MOST_BYTES_ON_DISK: u64 = 4 << 30;
/// How many bytes a figure takes for each of its message.
const BYTES_A_BYTE: u64 = 3;
/// The figures of a preview unless the request says otherwise, and the most.
const DEFAULT_PREVIEW: usize = 20;
const MOST_PREVIEWED: i32 = 1000;
/// The most yearly totals of a preview.
const MOST_TOTALS: usize = 1000;

/// Handler of calls that deliver figures.
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
        let (_, extensions, mut stream) = request.into_parts();
        let _call = self.shared.limits.admit(&extensions)?;
        let permit = self.permit().await?;
        let mut head: Option<BatchHead> = None;
        let mut parsed = ParsedFile::new(Path::new("figures"), InvalidRows::ReportFirst);
        let (mut rows, mut bytes) = (0, 0);
        let mut memory = self.shared.memory.reserve(0)?;
        loop {
            // The first one says more than its figures.
            let has_content: fn(&pb::WriteObservationsRequest) -> bool = match head {
                None => |_| true,
                Some(_) => |part| !part.figures.is_empty(),
            };
            let part = self.shared.deliveries.next(&mut stream, has_content);
            let Some(part) = part.await? else { break };
            let before = rows;
            rows += part.figures.len();
            let of_part = part.encoded_len() as u64;
            bytes += of_part;
            memory.merge(self.shared.memory.reserve(BYTES_A_BYTE * of_part)?);
            if rows > MOST_FIGURES {
                return Err(too_much("figures", format!("at most {MOST_FIGURES} figures")).into());
            }
            if bytes > MOST_BYTES_IN_MEMORY {
                let most = format!("at most {MOST_BYTES_IN_MEMORY} bytes");
                return Err(too_much("figures", most).into());
            }
            if head.is_none() {
                head = Some(BatchHead {
                    request: request_id(part.request_id)?,
                    accept_valid: part.accept_valid,
                    allow_future: part.allow_future,
                    new_areas: new_areas(&part.new_areas)?,
                    mixed_basis: part.mixed_basis,
                });
            }
            parsed = blocking(move || {
                for (figure, row) in part.figures.iter().zip(before as u64 + 1..) {
                    if let Err(error) = figure::add(figure, row, &mut parsed) {
                        // In this mode refusals are listed, not returned.
                        let _ = parsed.refuse(row, error);
                    }
                }
                Ok(parsed)
            })
            .await?;
        }
        let head = head.unwrap_or_default();
        let delivery = Delivery {
            identity: match head.request.as_str() {
                "" => DeliveryIdentity::None,
                _ => DeliveryIdentity::Request(head.request),
            },
            accept_valid: head.accept_valid,
            mixed_basis: head.mixed_basis,
            file: None,
            _memory: memory,
        };
        let outcome = self.commit(store, permit, delivery, move || {
            if rows == 0 {
                return Ok(((), parsed));
            }
            let parsed = with_known_codes(parsed.finish()?, Format::Tidy, &head.new_areas)?;
            Ok((
                (),
                if head.allow_future {
                    parsed
                } else {
                    parsed.without_future()?
                },
            ))
        });
        let (_, outcome) = outcome.await?;
        let note = outcome.note();
        let mut response = Response::new(pb::WriteObservationsResponse {
            version: outcome.committed.version,
            written: outcome.committed.figures,
            repeated: outcome.committed.repeated,
            refusals: outcome.refusals,
            refusals_left_out: outcome.refusals_left_out,
            quality: outcome.quality,
        });
        response.extensions_mut().insert(note);
        Ok(response)
    }

    async fn withdraw_observations(
        &self,
        request: Request<pb::WithdrawObservationsRequest>,
    ) -> Result<Response<pb::WithdrawObservationsResponse>, Status> {
        let store = self.shared.store()?;
        let (_, extensions, wire) = request.into_parts();
        let _call = self.shared.limits.admit(&extensions)?;
        let permit = self.permit().await?;
        let request = request_id(wire.request_id.clone())?;
        let delivery = Delivery {
            identity: match request.as_str() {
                "" => DeliveryIdentity::None,
                _ => DeliveryIdentity::Request(request),
            },
            accept_valid: wire.accept_valid,
            mixed_basis: false,
            file: None,
            _memory: self
                .shared
                .memory
                .reserve(BYTES_A_BYTE * wire.encoded_len() as u64)?,
        };
        // What was committed a moment ago can be withdrawn.
        let known = self.shared.newest().await?;
        let reader = Arc::clone(&store);
        let is_known = blocking(move || {
            let name = Some(wire.request_id.as_str()).filter(|id| !id.is_empty());
            let version = name.map(|id| reader.applied(id)).transpose()?;
            Ok((wire, version.flatten().is_some()))
        });
        let (wire, is_repeated) = is_known.await?;
        let read = move || Ok(((), withdrawal::read(&wire, &known, is_repeated)?));
        let (_, outcome) = self.commit(store, permit, delivery, read).await?;
        let note = outcome.note();
        let mut response = Response::new(pb::WithdrawObservationsResponse {
            version: outcome.committed.version,
            withdrawn: outcome.committed.figures,
            repeated: outcome.committed.repeated,
            refusals: outcome.refusals,
            refusals_left_out: outcome.refusals_left_out,
        });
        response.extensions_mut().insert(note);
        Ok(response)
    }

    async fn import_file(
        &self,
        request: Request<Streaming<pb::ImportFileRequest>>,
    ) -> Result<Response<pb::ImportFileResponse>, Status> {
        let store = self.shared.store()?;
        let (_, extensions, mut stream) = request.into_parts();
        let _call = self.shared.limits.admit(&extensions)?;
        let permit = self.permit().await?;
        let Some(mut head) = self.shared.deliveries.next(&mut stream, |_| true).await? else {
            return Err(field("file_name", "expected a first message with a file name").into());
        };
        let content = std::mem::take(&mut head.content);
        let head = FileHead::try_from(head)?;
        let file = receive(&self.shared.deliveries, content, &mut stream).await?;
        let (imported, note) = self.import(store, permit, head, file).await?;
        let mut response = Response::new(imported);
        response.extensions_mut().insert(note);
        Ok(response)
    }

    async fn import_whole_file(
        &self,
        request: Request<pb::ImportWholeFileRequest>,
    ) -> Result<Response<pb::ImportWholeFileResponse>, Status> {
        let store = self.shared.store()?;
        let (_, extensions, wire) = request.into_parts();
        let _call = self.shared.limits.admit(&extensions)?;
        let permit = self.permit().await?;
        let (head, file) = whole_file(wire.file).await?;
        let (imported, note) = self.import(store, permit, head, file).await?;
        let imported = Some(imported);
        let mut response = Response::new(pb::ImportWholeFileResponse { imported });
        response.extensions_mut().insert(note);
        Ok(response)
    }

    async fn preview_file(
        &self,
        request: Request<pb::PreviewFileRequest>,
    ) -> Result<Response<pb::PreviewFileResponse>, Status> {
        let (_, extensions, request) = request.into_parts();
        let _call = self.shared.limits.admit(&extensions)?;
        let most = match request.max_figures {
            0 => DEFAULT_PREVIEW,
            1..=MOST_PREVIEWED => request.max_figures as usize,
            _ => {
                let expected = format!("expected 0 to {MOST_PREVIEWED}");
                return Err(field("max_figures", &expected).into());
            }
        };
        let permit = self.permit().await?;
        let (head, file) = whole_file(request.file).await?;
        let known = self.shared.engine()?.snapshot();
        let preview = blocking(move || {
            let _permit = permit;
            match head.read(file.path()) {
                Ok((format, parsed)) => Ok(preview(format, parsed, most, &known)),
                Err(error) => match suggestion::suggestion_of(&error) {
                    Some(suggestion) => Ok(pb::PreviewFileResponse {
                        suggestion: Some(suggestion),
                        ..pb::PreviewFileResponse::default()
                    }),
                    None => refused(error).map(|outcome| pb::PreviewFileResponse {
                        refusals: outcome.refusals,
                        ..pb::PreviewFileResponse::default()
                    }),
                },
            }
        });
        Ok(Response::new(preview.await?))
    }
}

/// The description of a delivery that its call states.
struct Delivery {
    identity: DeliveryIdentity,
    accept_valid: bool,
    /// Whether figures of several bases are joined in one series.
    mixed_basis: bool,
    file: Option<String>,
    /// That of the figures.
    _memory: OwnedSemaphorePermit,
}

/// The first message of a batch, checked.
#[derive(Default)]
struct BatchHead {
    request: String,
    accept_valid: bool,
    allow_future: bool,
    new_areas: Vec<Code>,
    mixed_basis: bool,
}

/// Parse the codes of the caller's own areas.
///
/// # Errors
/// The field, where one is no code.
fn new_areas(texts: &[String]) -> Result<Vec<Code>, ServiceError> {
    let parsed = texts.iter().map(|text| Code::parse(text));
    let parsed = parsed.collect::<Result<_, _>>();
    parsed.map_err(|error| field("new_areas", &error.to_string()))
}

/// The identity by which a repeated delivery is recognised.
enum DeliveryIdentity {
    /// By the name that the caller gave it.
    Request(String),
    /// By the content of the file.
    Content(FileImport),
    /// Not at all: it is written again.
    None,
}

impl IngestHandler {
    /// Import a file that has arrived; the note is for the audit log.
    async fn import(
        &self,
        store: Arc<Store>,
        permit: OwnedSemaphorePermit,
        head: FileHead,
        file: NamedTempFile,
    ) -> Result<(pb::ImportFileResponse, WrittenNote), ServiceError> {
        let file_name = head.name.display().to_string();
        let size = file.as_file().metadata().map_err(|e| disk_error(&e))?.len();
        let memory = self.shared.memory.reserve(size)?;
        let identity = match head.request.as_str() {
            "" => {
                let (path, name) = (file.path().to_owned(), file_name.clone());
                let released_on = head.released_on;
                let mapped =
                    mapping_text(&head.mapping).map_err(|e| field("mapping", &e.expected))?;
                let import = blocking(move || {
                    let import = FileImport::of(&path, &name, released_on);
                    let import = import.map_err(|e| disk_error(&e))?;
                    Ok(import.read_by(&mapped))
                });
                DeliveryIdentity::Content(import.await?)
            }
            request => DeliveryIdentity::Request(request.to_owned()),
        };
        let delivery = Delivery {
            identity,
            accept_valid: head.accept_valid,
            mixed_basis: head.mixed_basis,
            file: Some(file_name),
            _memory: memory,
        };
        let outcome = self.commit(store, permit, delivery, move || head.read(file.path()));
        let (format, outcome) = outcome.await?;
        let note = outcome.note();
        let response = pb::ImportFileResponse {
            version: outcome.committed.version,
            written: outcome.committed.figures,
            repeated: outcome.committed.repeated,
            refusals: outcome.refusals,
            refusals_left_out: outcome.refusals_left_out,
            quality: outcome.quality,
            format: format.map_or_else(String::new, |format| format.to_string()),
        };
        Ok((response, note))
    }

    /// Wait until another call that delivers figures may run.
    async fn permit(&self) -> Result<OwnedSemaphorePermit, ServiceError> {
        self.shared.memory.check()?;
        self.shared.deliveries.acquire().await
    }

    /// Read figures, then check them against the newest known ones and commit them, one delivery at
    /// a time. The permit goes with the work, which a caller who leaves does not stop.
    async fn commit<T, F>(
        &self,
        store: Arc<Store>,
        permit: OwnedSemaphorePermit,
        delivery: Delivery,
        read: F,
    ) -> Result<(Option<T>, IngestOutcome), ServiceError>
    where
        T: Send + 'static,
        F: FnOnce() -> Result<(T, ParsedFile), IngestError> + Send + 'static,
    {
        // The messages of a cancelled call end like those of a complete one: hyper and tonic turn
        // the reset of a stream into its end. Where a handler is not ready hyper looks for a reset
        // and drops the handler. Once is enough: a reset that made the end has arrived by now.
        tokio::task::yield_now().await;
        let reading = blocking(move || Ok((read(), permit)));
        let (read, permit) = reading.await?;
        let turn = Arc::clone(&self.shared.committing).lock_owned().await;
        let known = self.shared.newest().await?;
        blocking(move || {
            let _held = (turn, permit);
            let read = read.and_then(|(what, parsed)| {
                let parsed = BasisGuard::new(delivery.mixed_basis).check(parsed, Some(&*known))?;
                Ok((what, parsed))
            });
            let (what, parsed) = match read {
                Ok(read) => read,
                Err(error) => return refused(error).map(|outcome| (None, outcome)),
            };
            let refused = IngestOutcome::refused(&parsed.refusals, parsed.refusals_left_out);
            let nothing = !parsed.refusals.is_empty() && !delivery.accept_valid;
            if nothing || parsed.figures.is_empty() {
                return Ok((Some(what), refused));
            }
            let files = [parsed];
            let quality = quality::report(&files, Some(&*known));
            let [parsed] = files;
            let file = delivery.file.as_deref();
            let committed = match &delivery.identity {
                DeliveryIdentity::Content(import) => {
                    FileImports::new(&store).append(import, parsed)
                }
                DeliveryIdentity::Request(id) => store.append(parsed.figures, Some(id), file),
                DeliveryIdentity::None => store.append(parsed.figures, None, file),
            }?;
            let outcome = IngestOutcome {
                committed,
                quality: Some(quality.into()),
                ..refused
            };
            Ok((Some(what), outcome))
        })
        .await
    }
}

/// The first message of an import, checked.
struct FileHead {
    /// The name of the file, for people: it is never opened.
    name: PathBuf,
    request: String,
    accept_valid: bool,
    allow_future: bool,
    format: Option<Format>,
    released_on: Option<Date>,
    mapping: Mapping,
    new_areas: Vec<Code>,
    mixed_basis: bool,
}

impl FileHead {
    /// Read the file at `path` as its head says.
    fn read(&self, path: &Path) -> Result<(Format, ParsedFile), IngestError> {
        let options = ReadOptions {
            format: self.format,
            invalid_rows: InvalidRows::ReportFirst,
            mapping: self.mapping.clone(),
        };
        let (format, parsed) = formats::read_with(path, &self.name, &options)?;
        let parsed = with_known_codes(parsed, format, &self.new_areas)?;
        let parsed = match self.released_on {
            Some(day) => parsed.with_release_date(day)?,
            None => parsed,
        };
        if self.allow_future {
            return Ok((format, parsed));
        }
        Ok((format, parsed.without_future()?))
    }
}

impl TryFrom<pb::ImportFileRequest> for FileHead {
    type Error = ServiceError;

    fn try_from(wire: pb::ImportFileRequest) -> Result<Self, ServiceError> {
        let request = request_id(wire.request_id)?;
        let format = match wire.format.as_str() {
            "" => None,
            text => Some(Format::parse(text).ok_or_else(|| {
                let words = Format::ALL.map(Format::word).join(", ");
                let reason = format!("expected nothing or one of {words}, not `{text}`");
                field("format", &reason)
            })?),
        };
        let released_on = match wire.released_on.as_str() {
            "" => None,
            day => Some(parse_date(day).map_err(|e| field("released_on", &e.to_string()))?),
        };
        let name = Path::new(&wire.file_name).file_name();
        let name = PathBuf::from(name.ok_or_else(|| field("file_name", "expected a file name"))?);
        Ok(Self {
            name,
            request,
            accept_valid: wire.accept_valid,
            allow_future: wire.allow_future,
            format,
            released_on,
            mapping: wire
                .mapping
                .map_or(Ok(Mapping::default()), Mapping::try_from)?,
            new_areas: new_areas(&wire.new_areas)?,
            mixed_basis: wire.mixed_basis,
        })
    }
}

/// Return the outcome for a file of which nothing was read: a refused header, without which no row
/// can be read, is listed as other rows are.
fn refused(error: IngestError) -> Result<IngestOutcome, ServiceError> {
    match error {
        IngestError::Refused(refusal) | IngestError::Unmapped { refusal, .. }
            if refusal.row.is_some() =>
        {
            Ok(IngestOutcome::refused(&[*refusal], 0))
        }
        error => Err(file_error(error)),
    }
}

/// Return what a file would bring.
fn preview(
    format: Format,
    parsed: ParsedFile,
    most: usize,
    known: &Snapshot,
) -> pb::PreviewFileResponse {
    let outcome = IngestOutcome::refused(&parsed.refusals, parsed.refusals_left_out);
    let rows = parsed.figures.rows().iter().take(most);
    let figures = rows.map(|row| figure::delivered(&parsed.figures, row));
    let totals = parsed.year_totals().into_iter().take(MOST_TOTALS);
    let mut preview = pb::PreviewFileResponse {
        format: format.to_string(),
        figures: figures.collect(),
        refusals: outcome.refusals,
        refusals_left_out: outcome.refusals_left_out,
        totals: totals.map(pb::YearTotal::from).collect(),
        quality: None,
        suggestion: None,
    };
    preview.quality = Some(quality::report(&[parsed], Some(known)).into());
    preview
}

/// Check a file that came in one message, and write it to a temporary file.
async fn whole_file(
    wire: Option<pb::ImportFileRequest>,
) -> Result<(FileHead, NamedTempFile), ServiceError> {
    let mut head = wire.ok_or_else(|| field("file", "expected a file"))?;
    let content = std::mem::take(&mut head.content);
    let head = FileHead::try_from(head)?;
    let file = blocking(move || {
        let mut file = NamedTempFile::new().map_err(|e| disk_error(&e))?;
        file.write_all(&content).map_err(|e| disk_error(&e))?;
        Ok(file)
    });
    Ok((head, file.await?))
}

/// Write the bytes of a file, `first` and those of the messages that follow, to a temporary file.
async fn receive(
    deliveries: &DeliveryPermits,
    first: Vec<u8>,
    stream: &mut Streaming<pb::ImportFileRequest>,
) -> Result<NamedTempFile, Status> {
    let mut file = blocking(|| NamedTempFile::new().map_err(|e| disk_error(&e))).await?;
    let mut size = 0;
    let mut content = first;
    loop {
        size += content.len() as u64;
        if size > MOST_BYTES_ON_DISK {
            let most = format!("at most {MOST_BYTES_ON_DISK} bytes");
            return Err(too_much("content", most).into());
        }
        file = blocking(move || {
            file.write_all(&content).map_err(|e| disk_error(&e))?;
            Ok(file)
        })
        .await?;
        match deliveries
            .next(stream, |part| !part.content.is_empty())
            .await?
        {
            Some(part) => content = part.content,
            None => return Ok(file),
        }
    }
}

/// Check the name that a caller gives a batch, which may be empty.
fn request_id(text: String) -> Result<String, ServiceError> {
    let fits = text.len() <= 128 && text.chars().all(|c| c.is_ascii_graphic());
    if fits {
        return Ok(text);
    }
    Err(field(
        "request_id",
        "expected at most 128 printable ASCII characters without spaces",
    ))
}
