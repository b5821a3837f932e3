//! A version of the table, read row group by row group into what a catalog is made of.
//!
//! The table's own reader hands a column of text over as numbers and each text once, so that ten million rows are compared by numbers, and no more of them
//! lie in memory at once than a batch.

use super::assemble::{GridAssembly, Vintages};
use super::columns::{bucket_of, day_of, is_ours};
use super::maintain::DataFile;
use super::table::{commit_note, commit_summary};
use super::{Store, StoreError, runtime};
use crate::ingest::{IngestError, Refusal, TidyFigures};
use crate::trade::{FigureMeasure, Month, Release, Span};
use deltalake_core::arrow::array::{
    Array, AsArray, BooleanArray, Int32Array, PrimitiveArray, RecordBatch, StringArray,
};
use deltalake_core::arrow::datatypes::{
    ArrowPrimitiveType, DataType, Date32Type, Field, Float64Type, Int32Type, Schema,
    TimestampMicrosecondType,
};
use deltalake_core::arrow::error::ArrowError;
use deltalake_core::parquet::arrow::ProjectionMask;
use deltalake_core::parquet::arrow::arrow_reader::{
    ArrowPredicateFn, ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder,
    RowFilter,
};
use deltalake_core::parquet::errors::ParquetError;
use deltalake_core::parquet::file::metadata::RowGroupMetaData;
use deltalake_core::parquet::file::reader::ChunkReader;
use deltalake_core::parquet::file::statistics::Statistics;
use object_store::ObjectStoreExt;
use object_store::path::Path as ObjectPath;
use serde_json::Value;
use std::collections::HashSet;
use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;

/// What a version holds, or what it says of the series that were touched since an earlier one.
#[derive(Debug)]
pub struct LoadedVersion {
    /// The version.
    pub version: u64,
    /// The figures that stand, and all published ones. Exchange rates are told only with the whole: a part is of versions that brought none.
    pub tidy: TidyFigures,
    /// When figures became public, and those that were replaced.
    pub vintages: Vintages,
    /// The buckets whose series are here, all others being as they were; `None` where this is the whole.
    pub(super) buckets: Option<HashSet<i32>>,
}

impl LoadedVersion {
    /// Whether this is all that the version holds.
    pub fn is_whole(&self) -> bool {
        self.buckets.is_none()
    }

    /// Whether what is here is all that the version says of the series with the key `id`.
    pub fn covers(&self, id: &str) -> bool {
        self.buckets
            .as_ref()
            .is_none_or(|buckets| buckets.contains(&bucket_of(id)))
    }
}

/// The columns of an observation.
const OBSERVED: [&str; 11] = [
    "kind",
    "reporter",
    "partner",
    "flow",
    "product",
    "currency",
    "first_month",
    "value",
    "released_on",
    "ingested_at",
    "source",
];
/// The columns that other figures have besides.
const PUBLISHED: [&str; 4] = ["months", "measure", "rounding", "status"];
/// Rows of a batch; a row group is a multiple of it, so that no batch needs two lists of texts.
const ROWS_A_BATCH: usize = 16 << 10;
/// Where more buckets than this were touched, the whole is read as fast.
pub(super) const MOST_BUCKETS: usize = 128;

impl Store {
    /// Reads what the store held at `version`, or holds now. Which files hold a figure, and in which order they came to lie, makes no difference to what is read.
    ///
    /// # Errors
    /// There is no such version, or a file of it cannot be read.
    pub fn read(&self, version: Option<u64>) -> Result<LoadedVersion, StoreError> {
        self.catch_up()?;
        let latest = self.version();
        if let Some(asked) = version.filter(|version| *version > latest) {
            return Err(StoreError::NoVersion { asked, latest });
        }
        self.read_buckets(version, None)
    }

    /// Reads what the store holds now of the series that were touched after the version `since`; the whole where that is as fast, or `since` is none.
    ///
    /// # Errors
    /// A file or the log cannot be read.
    pub fn read_since(&self, since: Option<u64>) -> Result<LoadedVersion, StoreError> {
        self.catch_up()?;
        let latest = self.version();
        let touched = since.map(|since| self.touched(since, latest)).transpose()?;
        self.read_buckets(Some(latest), touched.flatten())
    }

    /// The buckets that the versions after `since` touched, up to `latest`; `None` where that cannot be told, or they are many.
    fn touched(&self, since: u64, latest: u64) -> Result<Option<HashSet<i32>>, StoreError> {
        if since > latest {
            return Ok(None);
        }
        let mut touched = HashSet::new();
        for version in since + 1..=latest {
            let Some(actions) = self.entry(version)? else {
                return Ok(None);
            };
            if commit_summary(version, &actions).changes_nothing {
                continue;
            }
            let note = commit_note(&actions).unwrap_or_default();
            let (true, Some(buckets)) = (is_append(&actions), note.buckets) else {
                return Ok(None);
            };
            touched.extend(buckets);
            if touched.len() > MOST_BUCKETS {
                return Ok(None);
            }
        }
        Ok(Some(touched))
    }

    fn read_buckets(
        &self,
        version: Option<u64>,
        buckets: Option<HashSet<i32>>,
    ) -> Result<LoadedVersion, StoreError> {
        let (version, parts) = self.parts(version)?;
        let rows = if buckets.is_some() {
            0
        } else {
            parts.iter().map(|part| part.rows).sum()
        };
        let mut assembly = GridAssembly::with_room(usize::try_from(rows).unwrap_or(0));
        for part in &parts {
            self.take_part(part, buckets.as_ref(), &mut assembly)?;
        }
        let (tidy, vintages) = assembly.finish();
        Ok(LoadedVersion {
            version,
            tidy,
            vintages,
            buckets,
        })
    }

    /// Adds the rows of a part, those in `buckets` only where some are asked for.
    fn take_part(
        &self,
        part: &DataFile,
        buckets: Option<&HashSet<i32>>,
        assembly: &mut GridAssembly,
    ) -> Result<(), StoreError> {
        let taken = match self.place.folder() {
            Some(folder) => {
                let open = || File::open(folder.join(&part.name)).map_err(ParquetError::from);
                ParquetRows::of(open).and_then(|rows| rows.take_in(buckets, assembly))
            }
            None => {
                let bytes = self.fetch(part)?;
                ParquetRows::of(|| Ok(bytes.clone()))
                    .and_then(|rows| rows.take_in(buckets, assembly))
            }
        };
        let file = || format!("{}/{}", self.place().trim_end_matches('/'), part.name);
        taken.map_err(|wrong| match wrong {
            ReadFault::Row(row, expected) => IngestError::from(Refusal {
                file: PathBuf::from(file()),
                row: Some(row),
                column: None,
                value: None,
                expected,
            })
            .into(),
            ReadFault::File(reason) => StoreError::File {
                file: file(),
                reason,
            },
        })
    }

    /// A part that lies in a bucket.
    pub(super) fn fetch(
        &self,
        part: &DataFile,
    ) -> Result<impl ChunkReader + Clone + use<>, StoreError> {
        let (objects, path) = (self.place.objects(), ObjectPath::from(part.name.as_str()));
        runtime()?
            .block_on(async move { objects.get(&path).await?.bytes().await })
            .map_err(|error| StoreError::File {
                file: format!("{}/{}", self.place().trim_end_matches('/'), part.name),
                reason: error.to_string(),
            })
    }
}

/// Whether a commit adds and does nothing else.
fn is_append(actions: &[Value]) -> bool {
    let adds = |action: &Value| {
        ["add", "commitInfo", "txn"]
            .iter()
            .any(|name| action.get(name).is_some())
    };
    actions.iter().all(adds)
}

/// What is wrong with a file.
enum ReadFault {
    /// A row, counted from 1.
    Row(u64, String),
    File(String),
}

impl From<ParquetError> for ReadFault {
    fn from(error: ParquetError) -> Self {
        Self::File(error.to_string())
    }
}

impl From<ArrowError> for ReadFault {
    fn from(error: ArrowError) -> Self {
        Self::File(error.to_string())
    }
}

/// The rows of a file.
struct ParquetRows<O> {
    open: O,
    head: ArrowReaderMetadata,
}

impl<R: ChunkReader + 'static, O: Fn() -> Result<R, ParquetError>> ParquetRows<O> {
    /// Reads the head of the file that `open` opens.
    fn of(open: O) -> Result<Self, ReadFault> {
        let options = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
        let head = ArrowReaderMetadata::load(&open()?, options)?;
        let as_numbers = |field: &Arc<Field>| match field.data_type() {
            DataType::Utf8 => {
                let kind =
                    DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
                Field::new(field.name(), kind, field.is_nullable())
            }
            _ => field.as_ref().clone(),
        };
        let fields: Vec<Field> = head.schema().fields().iter().map(as_numbers).collect();
        let options = ArrowReaderOptions::new().with_schema(Arc::new(Schema::new(fields)));
        let head = ArrowReaderMetadata::try_new(Arc::clone(head.metadata()), options)?;
        Ok(Self { open, head })
    }

    fn take_in(
        &self,
        buckets: Option<&HashSet<i32>>,
        assembly: &mut GridAssembly,
    ) -> Result<(), ReadFault> {
        let about = self.head.metadata().file_metadata();
        let columns = about.schema_descr();
        for name in OBSERVED.iter().chain(&PUBLISHED) {
            if !columns.columns().iter().any(|c| c.name() == *name) {
                return Err(ReadFault::File(format!("it has no column `{name}`")));
            }
        }
        // Another program may not know how series are dealt into buckets.
        let dealt = buckets.filter(|_| is_ours(about.created_by()));
        let mut row = 1;
        for (number, group) in self.head.metadata().row_groups().iter().enumerate() {
            let first_row = row;
            row += u64::try_from(group.num_rows()).unwrap_or(0);
            if dealt.is_some_and(|dealt| misses(group, dealt)) {
                continue;
            }
            let others: &[&str] = if is_observed(group) { &[] } else { &PUBLISHED };
            let wanted = OBSERVED.iter().chain(others).copied();
            let mut reader = ParquetRecordBatchReaderBuilder::new_with_metadata(
                (self.open)()?,
                self.head.clone(),
            )
            .with_row_groups(vec![number])
            .with_batch_size(ROWS_A_BATCH)
            .with_projection(ProjectionMask::columns(columns, wanted));
            if let Some(dealt) = dealt.cloned() {
                let of_bucket = ArrowPredicateFn::new(
                    ProjectionMask::columns(columns, ["bucket"]),
                    move |batch: RecordBatch| {
                        let buckets = batch.column(0).as_primitive_opt::<Int32Type>();
                        let buckets = buckets.ok_or_else(|| {
                            ArrowError::SchemaError("its column `bucket` is no integer".to_owned())
                        })?;
                        Ok(BooleanArray::from_unary(buckets, |b| dealt.contains(&b)))
                    },
                );
                reader = reader.with_row_filter(RowFilter::new(vec![Box::new(of_bucket)]));
            }
            let mut before = 0;
            for batch in reader.build()? {
                let batch = batch?;
                take(&batch, buckets, assembly).map_err(|wrong| match wrong {
                    // Of rows that were left out, the count tells nothing.
                    ReadFault::Row(_, expected) if dealt.is_some() => ReadFault::File(expected),
                    ReadFault::Row(row, expected) => {
                        ReadFault::Row(first_row + before + row, expected)
                    }
                    file => file,
                })?;
                before += batch.num_rows() as u64;
            }
        }
        Ok(())
    }
}

fn statistics<'a>(group: &'a RowGroupMetaData, name: &str) -> Option<&'a Statistics> {
    let column = group.columns().iter();
    column
        .filter(|column| column.column_descr().name() == name)
        .find_map(|column| column.statistics())
}

/// Whether no row of a row group lies in one of `buckets`, as far as its head tells.
fn misses(group: &RowGroupMetaData, buckets: &HashSet<i32>) -> bool {
    let Some(Statistics::Int32(told)) = statistics(group, "bucket") else {
        return false;
    };
    let (Some(least), Some(most)) = (told.min_opt(), told.max_opt()) else {
        return false;
    };
    !buckets
        .iter()
        .any(|bucket| (least..=most).contains(&bucket))
}

/// Whether a row group holds nothing but observations, as far as its head tells.
fn is_observed(group: &RowGroupMetaData) -> bool {
    let Some(told) = statistics(group, "kind") else {
        return false;
    };
    let kind = Some("observation".as_bytes());
    told.min_bytes_opt() == kind && told.max_bytes_opt() == kind && told.null_count_opt() == Some(0)
}

/// A column of text: a number a row, and each text once.
struct TextColumn<'a> {
    numbers: &'a Int32Array,
    texts: &'a StringArray,
}

impl<'a> TextColumn<'a> {
    fn of(batch: &'a RecordBatch, name: &str) -> Result<Option<Self>, ReadFault> {
        let Some(column) = batch.column_by_name(name) else {
            return Ok(None);
        };
        let column = column.as_dictionary_opt::<Int32Type>();
        let texts = column.and_then(|c| Some((c.keys(), c.values().as_string_opt::<i32>()?)));
        let (numbers, texts) =
            texts.ok_or_else(|| ReadFault::File(format!("its column `{name}` is no text")))?;
        Ok(Some(Self { numbers, texts }))
    }

    /// The number of a row's text; -1 where it has none.
    fn number(&self, row: usize) -> i32 {
        if self.numbers.is_null(row) {
            -1
        } else {
            self.numbers.value(row)
        }
    }

    fn get(&self, row: usize) -> Option<&'a str> {
        let number = usize::try_from(self.number(row)).ok()?;
        (!self.texts.is_null(number)).then(|| self.texts.value(number))
    }
}

/// A column of numbers.
fn numbers<'a, T: ArrowPrimitiveType>(
    batch: &'a RecordBatch,
    name: &str,
) -> Result<Option<&'a PrimitiveArray<T>>, ReadFault> {
    let Some(column) = batch.column_by_name(name) else {
        return Ok(None);
    };
    let wrong = || {
        let (found, expected) = (column.data_type(), T::DATA_TYPE);
        ReadFault::File(format!("its column `{name}` is {found}, not {expected}"))
    };
    column.as_primitive_opt::<T>().map(Some).ok_or_else(wrong)
}

fn get<T: ArrowPrimitiveType>(column: &PrimitiveArray<T>, row: usize) -> Option<T::Native> {
    (!column.is_null(row)).then(|| column.value(row))
}

/// Adds the rows of a batch, those in `buckets` only where some are asked for. A row that cannot be is told by its place in the batch.
fn take(
    batch: &RecordBatch,
    buckets: Option<&HashSet<i32>>,
    assembly: &mut GridAssembly,
) -> Result<(), ReadFault> {
    let absent = |name: &str| ReadFault::File(format!("it has no column `{name}`"));
    let text = |name: &str| TextColumn::of(batch, name)?.ok_or_else(|| absent(name));
    let kind = text("kind")?;
    let names = [
        text("reporter")?,
        text("partner")?,
        text("flow")?,
        text("product")?,
        text("currency")?,
    ];
    let first = numbers::<Int32Type>(batch, "first_month")?.ok_or_else(|| absent("first_month"))?;
    let value = numbers::<Float64Type>(batch, "value")?.ok_or_else(|| absent("value"))?;
    let released =
        numbers::<Date32Type>(batch, "released_on")?.ok_or_else(|| absent("released_on"))?;
    let moments = numbers::<TimestampMicrosecondType>(batch, "ingested_at")?
        .ok_or_else(|| absent("ingested_at"))?;
    let source = text("source")?;
    // Not there where all rows are observations.
    let months = numbers::<Int32Type>(batch, "months")?;
    let measure = TextColumn::of(batch, "measure")?;
    let rounding = numbers::<Float64Type>(batch, "rounding")?;
    let status = TextColumn::of(batch, "status")?;

    // Rows of one series follow each other, and of one batch, too.
    let mut series: Option<([i32; 5], u32, bool)> = None;
    let mut moment: Option<(i64, u32)> = None;
    let mut kinds = (-1, "");
    let mut id = String::new();
    for k in 0..batch.num_rows() {
        let wrong = |what: &str| ReadFault::Row(k as u64, format!("expected {what}"));
        let numbers = names.each_ref().map(|name| name.number(k));
        let begins = series.is_none_or(|(seen, ..)| seen != numbers);
        if begins {
            id.clear();
            for (at, name) in names.iter().enumerate() {
                id.push_str(if at > 0 { "." } else { "" });
                id.push_str(name.get(k).unwrap_or_default());
            }
            let known = assembly.series(&id);
            let known = known.map_err(|error| ReadFault::Row(k as u64, error.to_string()))?;
            let is_asked = buckets.is_none_or(|b| b.contains(&bucket_of(assembly.id(known))));
            series = Some((numbers, known, is_asked));
        }
        let Some((_, number, true)) = series else {
            continue;
        };
        let month = get(first, k).and_then(Month::from_index);
        let month = month.ok_or_else(|| wrong("a first month"))?;
        let came = get(moments, k).unwrap_or(0);
        if kinds.0 != kind.number(k) || kinds.0 < 0 {
            kinds = (kind.number(k), kind.get(k).unwrap_or_default());
        }
        match kinds.1 {
            "observation" => {
                let (stamp, changes) = match moment {
                    Some((at, stamp)) if at == came => (stamp, false),
                    _ => (assembly.moment(came), true),
                };
                moment = Some((came, stamp));
                if begins || changes {
                    let source = source.get(k).unwrap_or_default();
                    assembly.source(number, came, month, source);
                }
                let value = get(value, k).unwrap_or(f64::NAN);
                assembly.observe(number, month, value, get(released, k), stamp);
            }
            "release" => {
                let span = months
                    .and_then(|months| get(months, k))
                    .and_then(|months| Span::new(month, months));
                let measure = measure.as_ref().and_then(|measure| measure.get(k));
                let status = status.as_ref().and_then(|status| status.get(k));
                let release = Release {
                    key: assembly.key(number).clone(),
                    span: span.ok_or_else(|| wrong("a number of months"))?,
                    measure: measure
                        .and_then(FigureMeasure::parse)
                        .ok_or_else(|| wrong("a measure"))?,
                    value: get(value, k).ok_or_else(|| wrong("a value"))?,
                    rounding: rounding.and_then(|r| get(r, k)).unwrap_or(0.0),
                    released_on: get(released, k).and_then(day_of),
                    known_since: None,
                    status: status.unwrap_or_default().to_owned(),
                    source: source.get(k).unwrap_or_default().to_owned(),
                };
                assembly.publish(release, came);
            }
            "rate" => {
                let value = get(value, k).ok_or_else(|| wrong("a value"))?;
                let key = assembly.key(number).clone();
                assembly.rate(key, month, value, came);
            }
            _ => return Err(wrong("a row of kind observation, release or rate")),
        }
    }
    Ok(())
}
