//! The rows of one Parquet file of the table, added to a grid batch by batch.
//!
//! A column of text is read as dictionary numbers with each text once, so that ten million rows are
//! compared by numbers. No more rows than those of a batch are in memory at once.

use super::assembly::GridAssembly;
use super::columns::{bucket_of, is_ours};
use super::ingest_horizon::IngestHorizon;
use crate::trade::day::{day_number, day_of};
use crate::trade::{FigureMeasure, Month, Release, SeriesKey, Span};
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
use std::collections::HashSet;
use std::sync::Arc;

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
/// The further columns of other figures.
const PUBLISHED: [&str; 4] = ["months", "measure", "rounding", "status"];
/// The rows of a batch. A row group is a multiple of it, so that no batch has two dictionaries.
const ROWS_A_BATCH: usize = 16 << 10;

/// The fault of a file.
pub(super) enum ReadFault {
    /// A row, counted from 1, and what was expected of it.
    Row(u64, String),
    /// The file as a whole.
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
pub(super) struct ParquetRows<O> {
    open: O,
    metadata: ArrowReaderMetadata,
}

impl<R: ChunkReader + 'static, O: Fn() -> Result<R, ParquetError>> ParquetRows<O> {
    /// Read the metadata of the file that `open` opens.
    pub(super) fn of(open: O) -> Result<Self, ReadFault> {
        let options = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
        let metadata = ArrowReaderMetadata::load(&open()?, options)?;
        let as_numbers = |field: &Arc<Field>| match field.data_type() {
            DataType::Utf8 => {
                let kind =
                    DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
                Field::new(field.name(), kind, field.is_nullable())
            }
            _ => field.as_ref().clone(),
        };
        let fields: Vec<Field> = metadata.schema().fields().iter().map(as_numbers).collect();
        let options = ArrowReaderOptions::new().with_schema(Arc::new(Schema::new(fields)));
        let metadata = ArrowReaderMetadata::try_new(Arc::clone(metadata.metadata()), options)?;
        Ok(Self { open, metadata })
    }

    /// Add the rows to `assembly`, those in `buckets` only where some are given.
    pub(super) fn add_to(
        &self,
        assembly: &mut GridAssembly,
        buckets: Option<&HashSet<i32>>,
    ) -> Result<(), ReadFault> {
        let about = self.metadata.metadata().file_metadata();
        let columns = about.schema_descr();
        for name in OBSERVED.iter().chain(&PUBLISHED) {
            if !columns.columns().iter().any(|c| c.name() == *name) {
                return Err(ReadFault::File(format!("it has no column `{name}`")));
            }
        }
        // Another program may not know how series are assigned to buckets.
        let wanted_buckets = buckets.filter(|_| is_ours(about.created_by()));
        let mut row = 1;
        for (number, group) in self.metadata.metadata().row_groups().iter().enumerate() {
            let first_row = row;
            row += u64::try_from(group.num_rows()).unwrap_or(0);
            if wanted_buckets.is_some_and(|wanted| misses(group, wanted)) {
                continue;
            }
            let others: &[&str] = if is_observed(group) { &[] } else { &PUBLISHED };
            let wanted = OBSERVED.iter().chain(others).copied();
            let mut reader = ParquetRecordBatchReaderBuilder::new_with_metadata(
                (self.open)()?,
                self.metadata.clone(),
            )
            .with_row_groups(vec![number])
            .with_batch_size(ROWS_A_BATCH)
            .with_projection(ProjectionMask::columns(columns, wanted));
            if let Some(wanted) = wanted_buckets.cloned() {
                let of_bucket = ArrowPredicateFn::new(
                    ProjectionMask::columns(columns, ["bucket"]),
                    move |batch: RecordBatch| {
                        let buckets = batch.column(0).as_primitive_opt::<Int32Type>();
                        let buckets = buckets.ok_or_else(|| {
                            ArrowError::SchemaError("its column `bucket` is no integer".to_owned())
                        })?;
                        Ok(BooleanArray::from_unary(buckets, |b| wanted.contains(&b)))
                    },
                );
                reader = reader.with_row_filter(RowFilter::new(vec![Box::new(of_bucket)]));
            }
            let mut before = 0;
            for batch in reader.build()? {
                let batch = batch?;
                add_batch(&batch, buckets, assembly).map_err(|fault| match fault {
                    // Where rows were skipped, the number of the row is unknown.
                    ReadFault::Row(_, expected) if wanted_buckets.is_some() => {
                        ReadFault::File(expected)
                    }
                    ReadFault::Row(row, expected) => {
                        ReadFault::Row(first_row + before + row, expected)
                    }
                    fault => fault,
                })?;
                before += batch.num_rows() as u64;
            }
        }
        Ok(())
    }
}

/// Return the statistics of a column of a row group.
fn statistics<'a>(group: &'a RowGroupMetaData, name: &str) -> Option<&'a Statistics> {
    let column = group.columns().iter();
    column
        .filter(|column| column.column_descr().name() == name)
        .find_map(|column| column.statistics())
}

/// Return whether the metadata of a row group show that no row of it lies in one of `buckets`.
fn misses(group: &RowGroupMetaData, buckets: &HashSet<i32>) -> bool {
    let Some(Statistics::Int32(range)) = statistics(group, "bucket") else {
        return false;
    };
    let (Some(least), Some(most)) = (range.min_opt(), range.max_opt()) else {
        return false;
    };
    !buckets
        .iter()
        .any(|bucket| (least..=most).contains(&bucket))
}

/// Return whether the metadata of a row group show that it holds nothing but observations.
fn is_observed(group: &RowGroupMetaData) -> bool {
    let Some(kinds) = statistics(group, "kind") else {
        return false;
    };
    let kind = Some("observation".as_bytes());
    kinds.min_bytes_opt() == kind
        && kinds.max_bytes_opt() == kind
        && kinds.null_count_opt() == Some(0)
}

/// A column of text: a number per row, and each text once.
struct TextColumn<'a> {
    numbers: &'a Int32Array,
    texts: &'a StringArray,
}

impl<'a> TextColumn<'a> {
    /// Return the column `name`; `None` where the batch has none.
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

    /// Return the number of a row's text; -1 where it has none.
    fn number(&self, row: usize) -> i32 {
        if self.numbers.is_null(row) {
            -1
        } else {
            self.numbers.value(row)
        }
    }

    /// Return a row's text.
    fn get(&self, row: usize) -> Option<&'a str> {
        let number = usize::try_from(self.number(row)).ok()?;
        (!self.texts.is_null(number)).then(|| self.texts.value(number))
    }
}

/// Return a column of numbers; `None` where the batch has none.
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

/// The columns of a batch.
struct BatchColumns<'a> {
    kind: TextColumn<'a>,
    /// The parts of the key: reporter, partner, flow, product, currency.
    key: [TextColumn<'a>; 5],
    first_month: &'a PrimitiveArray<Int32Type>,
    value: &'a PrimitiveArray<Float64Type>,
    released_on: &'a PrimitiveArray<Date32Type>,
    ingested_at: &'a PrimitiveArray<TimestampMicrosecondType>,
    source: TextColumn<'a>,
    // Absent where all rows are observations.
    months: Option<&'a PrimitiveArray<Int32Type>>,
    measure: Option<TextColumn<'a>>,
    rounding: Option<&'a PrimitiveArray<Float64Type>>,
    status: Option<TextColumn<'a>>,
}

impl<'a> BatchColumns<'a> {
    fn of(batch: &'a RecordBatch) -> Result<Self, ReadFault> {
        let absent = |name: &str| ReadFault::File(format!("it has no column `{name}`"));
        let text = |name: &str| TextColumn::of(batch, name)?.ok_or_else(|| absent(name));
        Ok(Self {
            kind: text("kind")?,
            key: [
                text("reporter")?,
                text("partner")?,
                text("flow")?,
                text("product")?,
                text("currency")?,
            ],
            first_month: numbers(batch, "first_month")?.ok_or_else(|| absent("first_month"))?,
            value: numbers(batch, "value")?.ok_or_else(|| absent("value"))?,
            released_on: numbers(batch, "released_on")?.ok_or_else(|| absent("released_on"))?,
            ingested_at: numbers(batch, "ingested_at")?.ok_or_else(|| absent("ingested_at"))?,
            source: text("source")?,
            months: numbers(batch, "months")?,
            measure: TextColumn::of(batch, "measure")?,
            rounding: numbers(batch, "rounding")?,
            status: TextColumn::of(batch, "status")?,
        })
    }

    /// Write the key of a row into `id`.
    fn write_key(&self, row: usize, id: &mut String) {
        id.clear();
        for (at, part) in self.key.iter().enumerate() {
            id.push_str(if at > 0 { "." } else { "" });
            id.push_str(part.get(row).unwrap_or_default());
        }
    }

    /// Return the value of a row that must have one.
    fn stated_value(&self, row: usize) -> Result<f64, ReadFault> {
        get(self.value, row).ok_or_else(|| expected(row, "a value"))
    }

    /// Return the published figure of a row, about the series `key` from `month` on.
    fn release(&self, row: usize, key: &SeriesKey, month: Month) -> Result<Release, ReadFault> {
        let span = self
            .months
            .and_then(|months| get(months, row))
            .and_then(|months| Span::new(month, months));
        let measure = self.measure.as_ref().and_then(|measure| measure.get(row));
        let status = self.status.as_ref().and_then(|status| status.get(row));
        Ok(Release {
            key: key.clone(),
            span: span.ok_or_else(|| expected(row, "a number of months"))?,
            measure: measure
                .and_then(FigureMeasure::parse)
                .ok_or_else(|| expected(row, "a measure"))?,
            value: self.stated_value(row)?,
            rounding: self.rounding.and_then(|r| get(r, row)).unwrap_or(0.0),
            released_on: get(self.released_on, row).and_then(day_of),
            known_since: None,
            status: status.unwrap_or_default().to_owned(),
            source: self.source.get(row).unwrap_or_default().to_owned(),
        })
    }
}

/// Return the fault of a row that lacks `what`.
fn expected(row: usize, what: &str) -> ReadFault {
    ReadFault::Row(row as u64, format!("expected {what}"))
}

/// Add the rows of a batch, those in `buckets` only where some are given. A fault names the row's
/// position in the batch.
fn add_batch(
    batch: &RecordBatch,
    buckets: Option<&HashSet<i32>>,
    assembly: &mut GridAssembly,
) -> Result<(), ReadFault> {
    let columns = BatchColumns::of(batch)?;
    // Rows of one series usually follow each other, and so do those of one commit.
    let mut series: Option<([i32; 5], u32, bool)> = None;
    let mut moment: Option<(i64, u32)> = None;
    let mut kind = (-1, "");
    let mut id = String::new();
    let mut horizon = (i64::MIN, IngestHorizon::NONE);
    let mut basis: Option<((u32, i32), u16)> = None;
    for row in 0..batch.num_rows() {
        let key = columns.key.each_ref().map(|part| part.number(row));
        let begins = series.is_none_or(|(known, ..)| known != key);
        if begins {
            columns.write_key(row, &mut id);
            let known = assembly.series(&id);
            let known = known.map_err(|error| ReadFault::Row(row as u64, error.to_string()))?;
            let is_wanted = buckets.is_none_or(|b| b.contains(&bucket_of(assembly.id(known))));
            series = Some((key, known, is_wanted));
        }
        let Some((_, number, true)) = series else {
            continue;
        };
        let month = get(columns.first_month, row).and_then(Month::from_index);
        let month = month.ok_or_else(|| expected(row, "a first month"))?;
        let came = get(columns.ingested_at, row).unwrap_or(0);
        if horizon.0 != came {
            horizon = (came, IngestHorizon::of(came));
        }
        if kind.0 != columns.kind.number(row) || kind.0 < 0 {
            kind = (
                columns.kind.number(row),
                columns.kind.get(row).unwrap_or_default(),
            );
        }
        match kind.1 {
            "observation" if horizon.1.is_beyond(month, get(columns.released_on, row)) => {}
            "observation" => {
                let (stamp, changes) = match moment {
                    Some((at, stamp)) if at == came => (stamp, false),
                    _ => (assembly.moment(came), true),
                };
                moment = Some((came, stamp));
                if begins || changes {
                    let source = columns.source.get(row).unwrap_or_default();
                    assembly.source(number, came, month, source);
                }
                let place = (number, columns.source.number(row));
                let counted_by = match basis {
                    Some((known, counted_by)) if known == place => counted_by,
                    _ => assembly.basis(number, columns.source.get(row).unwrap_or_default()),
                };
                basis = Some((place, counted_by));
                assembly.count_by(number, month, came, counted_by);
                let value = get(columns.value, row).unwrap_or(f64::NAN);
                assembly.observe(number, month, value, get(columns.released_on, row), stamp);
            }
            "release" => {
                let release = columns.release(row, assembly.key(number), month)?;
                let day = release.released_on.map(day_number);
                if !horizon.1.is_beyond(release.span.last(), day) {
                    assembly.publish(release, came);
                }
            }
            "rate" => {
                let value = columns.stated_value(row)?;
                let key = assembly.key(number).clone();
                assembly.rate(key, month, value, came);
            }
            _ => return Err(expected(row, "a row of kind observation, release or rate")),
        }
    }
    Ok(())
}
