//! The columns of the table: their names and types, and a batch of figures encoded as one Parquet
//! file.
//!
//! | column | type | meaning |
//! |---|---|---|
//! | `kind` | text | `observation`, `release`, `rate` |
//! | `reporter`, `partner`, `flow`, `product`, `currency` | text | the key of the series |
//! | `measure` | text | `level`, `growth`, … |
//! | `period` | text | the span in SDMX's notation: `2025-05`, `2025-Q2`, `2025-01-01/P5M` |
//! | `first_month` | integer | the first month of the span, counted from January of year 0 |
//! | `months` | integer | the number of months of the span |
//! | `value` | double | base units or a fraction; null for a gap that the source states |
//! | `rounding` | double | half of the last delivered digit, in the unit of `value` |
//! | `unit` | text | as delivered: `USD mn` |
//! | `status`, `source` | text | as delivered |
//! | `released_on` | date | when it became public, where the source states it |
//! | `ingested_at` | timestamp | when it was ingested |
//! | `bucket` | integer | a stable hash of the key, 0 to 1023, each series whole in one |

use super::error::StoreError;
use crate::ingest::figures::FigureRow;
use crate::ingest::{FigureBatch, FigureKind};
use crate::trade::day::day_number;
use crate::trade::{FigureMeasure, SeriesKey, Span, stable_hash};
use deltalake_core::arrow::array::{
    ArrayRef, Date32Array, DictionaryArray, Float64Array, Int32Array, RecordBatch, StringArray,
    TimestampMicrosecondArray,
};
use deltalake_core::arrow::datatypes::Int32Type;
use deltalake_core::arrow::error::ArrowError;
use deltalake_core::parquet::arrow::arrow_writer::{ArrowWriter, ArrowWriterOptions};
use deltalake_core::parquet::basic::{Compression, ZstdLevel};
use deltalake_core::parquet::file::properties::{EnabledStatistics, WriterProperties};
use deltalake_core::parquet::schema::types::ColumnPath;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::Arc;
use time::OffsetDateTime;

/// Every column with its type, as Delta names types.
pub(super) const COLUMNS: [(&str, &str); 18] = [
    ("kind", "string"),
    ("reporter", "string"),
    ("partner", "string"),
    ("flow", "string"),
    ("product", "string"),
    ("currency", "string"),
    ("measure", "string"),
    ("period", "string"),
    ("first_month", "integer"),
    ("months", "integer"),
    ("value", "double"),
    ("rounding", "double"),
    ("unit", "string"),
    ("status", "string"),
    ("source", "string"),
    ("released_on", "date"),
    ("ingested_at", "timestamp"),
    ("bucket", "integer"),
];

/// The number of buckets that series are assigned to.
const BUCKETS: u64 = 1024;
/// Rows of a row group: large enough to read fast, small enough to read several at a time.
const ROWS_A_GROUP: usize = 64 << 10;

/// Return the bucket of a series.
pub(super) fn bucket(key: &SeriesKey) -> i32 {
    bucket_of(&key.to_string())
}

/// Return the bucket of the series with the key `id`, the same on every machine for ever.
pub(super) fn bucket_of(id: &str) -> i32 {
    let hash = stable_hash(id.as_bytes());
    i32::try_from((hash ^ (hash >> 32)) % BUCKETS).unwrap_or(0)
}

/// Return whether this program wrote the Parquet file whose metadata name `created_by`.
pub(super) fn is_ours(created_by: Option<&str>) -> bool {
    created_by.is_some_and(|program| program.starts_with("tradecast "))
}

/// Microseconds of a day.
pub(super) const MICROS_A_DAY: i64 = 86_400_000_000;

/// Return the present moment in microseconds since 1970-01-01, UTC.
pub(super) fn now_micros() -> i64 {
    i64::try_from(OffsetDateTime::now_utc().unix_timestamp_nanos() / 1000).unwrap_or(i64::MAX)
}

/// Return the schema as Delta's log states it.
pub(super) fn schema_string() -> String {
    let fields: Vec<Value> = COLUMNS
        .iter()
        .map(|(name, kind)| json!({"name": name, "type": kind, "nullable": true, "metadata": {}}))
        .collect();
    json!({"type": "struct", "fields": fields}).to_string()
}

/// Encode the figures as a Parquet file, and return what the log states about it.
pub(super) fn parquet(
    figures: &FigureBatch,
    ingested_at: i64,
) -> Result<(Vec<u8>, Value), StoreError> {
    let batch = record_batch(figures, ingested_at).map_err(failed)?;
    let rows = figures.rows();
    let months = rows.iter().map(|row| row.span.first().index());
    let buckets = figures.keys().iter().map(bucket);
    let stats = json!({
        "numRecords": rows.len(),
        "minValues": {"first_month": months.clone().min(), "bucket": buckets.clone().min()},
        "maxValues": {"first_month": months.max(), "bucket": buckets.max()},
        "nullCount": {"first_month": 0, "bucket": 0},
    });
    Ok((encode(&[batch])?, stats))
}

fn failed(error: impl std::fmt::Display) -> StoreError {
    StoreError::File {
        file: "a batch".to_owned(),
        reason: error.to_string(),
    }
}

/// Encode batches as one Parquet file.
pub(super) fn encode(batches: &[RecordBatch]) -> Result<Vec<u8>, StoreError> {
    let Some(first) = batches.first() else {
        return Ok(Vec::new());
    };
    let level = ZstdLevel::try_new(1).map_err(failed)?;
    let mut properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(level))
        .set_max_row_group_row_count(Some(ROWS_A_GROUP))
        .set_created_by(concat!("tradecast ", env!("CARGO_PKG_VERSION")).to_owned());
    // Of texts, only the kind is looked up by its range; comparing the others costs much.
    let texts = COLUMNS.iter().filter(|(_, kind)| *kind == "string");
    for (name, _) in texts.filter(|(name, _)| *name != "kind") {
        let column = ColumnPath::from(*name);
        properties = properties.set_column_statistics_enabled(column, EnabledStatistics::None);
    }
    let properties = properties.build();
    // The arrow types of this process do not belong into the file.
    let options = ArrowWriterOptions::new()
        .with_properties(properties)
        .with_skip_arrow_metadata(true);
    let mut bytes = Vec::new();
    let mut writer =
        ArrowWriter::try_new_with_options(&mut bytes, first.schema(), options).map_err(failed)?;
    for batch in batches {
        writer.write(batch).map_err(failed)?;
    }
    writer.close().map_err(failed)?;
    Ok(bytes)
}

/// Return the rows of a batch as columns, bucket by bucket, so that a few series are found in few
/// row groups.
fn record_batch(figures: &FigureBatch, ingested_at: i64) -> Result<RecordBatch, ArrowError> {
    let keys = figures.keys();
    let buckets: Vec<i32> = keys.iter().map(bucket).collect();
    // Rows of a series follow each other, so that whole series are put in order.
    let mut series: Vec<&[FigureRow]> = figures.rows().chunk_by(|a, b| a.key == b.key).collect();
    series.sort_by_key(|rows| (buckets[rows[0].key as usize], rows[0].key));
    let rows: Vec<&FigureRow> = series.into_iter().flatten().collect();
    let of_key = |part: fn(&SeriesKey) -> &str| key_column(&rows, keys, part);
    let texts: Vec<&str> = figures.texts().collect();
    let text = |number: fn(&FigureRow) -> u32| {
        let numbers = rows.iter().map(|row| index(number(row) as usize));
        text_column(numbers.collect(), texts.clone())
    };
    let kinds = rows.iter().map(|row| row.kind as i32).collect();
    let measures = rows.iter().map(|row| row.measure as i32).collect();
    let integers = |of: fn(&FigureRow) -> i32| -> ArrayRef {
        Arc::new(Int32Array::from_iter_values(rows.iter().map(|row| of(row))))
    };
    let values = rows
        .iter()
        .map(|row| (!row.value.is_nan()).then_some(row.value));
    let days = rows.iter().map(|row| row.released_on.map(day_number));
    let columns: [ArrayRef; 18] = [
        text_column(kinds, FigureKind::ALL.map(|kind| kind.word()).to_vec())?,
        of_key(|key| key.reporter.as_str())?,
        of_key(|key| key.partner.as_str())?,
        of_key(|key| key.flow.letter())?,
        of_key(|key| key.product.as_str())?,
        of_key(|key| key.unit.as_str())?,
        text_column(measures, FigureMeasure::ALL.map(|m| m.word()).to_vec())?,
        period_column(&rows)?,
        integers(|row| row.span.first().index()),
        integers(|row| row.span.len()),
        Arc::new(Float64Array::from_iter(values)),
        Arc::new(Float64Array::from_iter_values(
            rows.iter().map(|row| row.rounding),
        )),
        text(|row| row.unit)?,
        text(|row| row.status)?,
        text(|row| row.source)?,
        Arc::new(Date32Array::from_iter(days)),
        Arc::new(
            TimestampMicrosecondArray::from_value(ingested_at, rows.len()).with_timezone("UTC"),
        ),
        Arc::new(Int32Array::from_iter_values(
            rows.iter().map(|row| buckets[row.key as usize]),
        )),
    ];
    let named = COLUMNS.iter().map(|(name, _)| *name).zip(columns);
    RecordBatch::try_from_iter_with_nullable(named.map(|(name, array)| (name, array, true)))
}

/// Return a column of text: a number per row, and each text once.
fn text_column(numbers: Vec<i32>, texts: Vec<&str>) -> Result<ArrayRef, ArrowError> {
    let values: ArrayRef = Arc::new(StringArray::from(texts));
    DictionaryArray::<Int32Type>::try_new(Int32Array::from(numbers), values)
        .map(|array| Arc::new(array) as ArrayRef)
}

/// Return the column of one part of the keys.
fn key_column(
    rows: &[&FigureRow],
    keys: &[SeriesKey],
    part: fn(&SeriesKey) -> &str,
) -> Result<ArrayRef, ArrowError> {
    let mut known: HashMap<&str, i32> = HashMap::new();
    let mut texts: Vec<&str> = Vec::new();
    let numbers: Vec<i32> = keys
        .iter()
        .map(|key| {
            *known.entry(part(key)).or_insert_with(|| {
                texts.push(part(key));
                index(texts.len() - 1)
            })
        })
        .collect();
    let numbers = rows.iter().map(|row| numbers[row.key as usize]);
    text_column(numbers.collect(), texts)
}

/// Return the column of the spans as text.
fn period_column(rows: &[&FigureRow]) -> Result<ArrayRef, ArrowError> {
    let mut known: HashMap<Span, usize> = HashMap::new();
    let mut spans: Vec<Span> = Vec::new();
    let mut next = 0;
    let number = |row: &&FigureRow| {
        // A month usually follows the one that it followed before.
        let number = match spans.get(next) {
            Some(span) if *span == row.span => next,
            _ => *known.entry(row.span).or_insert_with(|| {
                spans.push(row.span);
                spans.len() - 1
            }),
        };
        next = if number + 1 < spans.len() {
            number + 1
        } else {
            0
        };
        index(number)
    };
    let numbers: Vec<i32> = rows.iter().map(number).collect();
    let periods: Vec<String> = spans.iter().map(ToString::to_string).collect();
    text_column(numbers, periods.iter().map(String::as_str).collect())
}

/// Return a position as the number of a text.
fn index(position: usize) -> i32 {
    i32::try_from(position).unwrap_or(i32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_is_the_same_for_ever() {
        // FNV-1a of "a" is af63dc4c8601ec8c (a test vector of its authors). Its halves folded:
        // af63dc4c ^ 8601ec8c = 296230c0, modulo 1024 = 192.
        assert_eq!(bucket_of("a"), 192);
        let key = |text: &str| SeriesKey::parse(text).unwrap();
        let buckets: std::collections::BTreeSet<i32> = (0..500)
            .map(|k| bucket(&key(&format!("USA.P{k}.M.TOTAL.USD"))))
            .collect();
        assert!(
            buckets.len() > 350,
            "500 series meet {} buckets",
            buckets.len()
        );
        assert!(buckets.iter().all(|b| (0..1024).contains(b)));
    }
}
