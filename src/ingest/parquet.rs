//! Parquet files as Polars frames, batch by batch.
//!
//! They are decoded by arrow's reader, which answers a damaged file with an error, where that of
//! Polars trusts what a file states about its pages.

use arrow::array::{Array, ArrayRef, ArrowPrimitiveType, AsArray, RecordBatch};
use arrow::datatypes::{DataType as Arrow, TimeUnit as ArrowUnit};
use arrow::datatypes::{
    Date32Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type,
    TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType, UInt8Type,
    UInt16Type, UInt32Type, UInt64Type,
};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder,
};
use polars::prelude::*;
use std::any::Any;
use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

/// The rows of a batch.
const ROWS: usize = 64 << 10;

/// The metadata of a Parquet file.
#[derive(Debug, Clone)]
pub(super) struct ParquetHead {
    metadata: ArrowReaderMetadata,
}

impl ParquetHead {
    /// Read the metadata of `file`.
    ///
    /// # Errors
    /// The reason why the file cannot be read.
    pub(super) fn read(file: &Path) -> Result<Self, String> {
        // The types in memory of the arrow that wrote the file do not matter here.
        let options = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
        let metadata = caught(|| {
            let file = File::open(file).map_err(|error| error.to_string())?;
            ArrowReaderMetadata::load(&file, options).map_err(|error| error.to_string())
        })?;
        Ok(Self { metadata })
    }

    /// Return the names of the columns, in order.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.metadata
            .schema()
            .fields()
            .iter()
            .map(|field| field.name().as_str())
    }

    /// Return the number of rows that the row groups state.
    pub(super) fn rows(&self) -> u64 {
        let groups = self.metadata.metadata().row_groups().iter();
        let rows = groups.map(|group| u64::try_from(group.num_rows()).unwrap_or(u64::MAX));
        rows.fold(0, u64::saturating_add)
    }

    /// Read the columns at the positions `wanted` as frames with the names `names`, batch by batch.
    ///
    /// # Errors
    /// The reason why the file cannot be read.
    pub(super) fn frames(
        self,
        file: &Path,
        wanted: &[usize],
        names: &[&str],
    ) -> Result<impl Iterator<Item = Result<DataFrame, String>> + use<>, String> {
        let mut reader = caught(|| {
            let file = File::open(file).map_err(|error| error.to_string())?;
            let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(file, self.metadata);
            let mask = ProjectionMask::roots(builder.parquet_schema(), wanted.iter().copied());
            let builder = builder.with_projection(mask).with_batch_size(ROWS);
            builder.build().map_err(|error| error.to_string())
        })?;
        // The reader gives columns in the order of the file, each once.
        let mut order: Vec<usize> = wanted.to_vec();
        order.sort_unstable();
        order.dedup();
        let place = |at: &usize| order.binary_search(at).unwrap_or(0);
        let columns: Vec<(usize, String)> = wanted
            .iter()
            .map(place)
            .zip(names.iter().map(|name| (*name).to_owned()))
            .collect();
        let mut broken = false;
        Ok(std::iter::from_fn(move || {
            if broken {
                return None;
            }
            let next = caught(|| match reader.next() {
                Some(Ok(batch)) => frame(&batch, &columns).map(Some),
                Some(Err(error)) => Err(error.to_string()),
                None => Ok(None),
            });
            broken = next.is_err();
            next.transpose()
        }))
    }
}

/// Call `read`; a panic of the reader becomes an error of the file.
fn caught<T>(read: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(read)).unwrap_or_else(|cause: Box<dyn Any + Send>| {
        let message = cause.downcast_ref::<String>().map(String::as_str);
        let message = message.or_else(|| cause.downcast_ref::<&str>().copied());
        Err(message.unwrap_or("it is damaged").to_owned())
    })
}

fn frame(batch: &RecordBatch, columns: &[(usize, String)]) -> Result<DataFrame, String> {
    let columns = columns.iter().map(|(place, name)| {
        let array = batch.columns().get(*place);
        let array = array.ok_or_else(|| format!("it has no column `{name}`"))?;
        column(name, array)
    });
    let columns = columns.collect::<Result<Vec<Column>, String>>()?;
    DataFrame::new(batch.num_rows(), columns).map_err(|error| error.to_string())
}

/// Convert a column of numbers.
fn numbers<A, P>(name: &str, array: &ArrayRef) -> ChunkedArray<P>
where
    A: ArrowPrimitiveType,
    P: PolarsNumericType<Native = A::Native>,
{
    ChunkedArray::<P>::from_iter_options(name.into(), array.as_primitive::<A>().iter())
}

/// Convert a column of arrow to one of Polars: texts, numbers, dates and timestamps as they are,
/// decimals as texts with all their digits.
fn column(name: &str, array: &ArrayRef) -> Result<Column, String> {
    let texts = |texts: &mut dyn Iterator<Item = Option<&str>>| {
        StringChunked::from_iter_options(name.into(), texts).into_column()
    };
    Ok(match array.data_type() {
        Arrow::Utf8 => texts(&mut array.as_string::<i32>().iter()),
        Arrow::LargeUtf8 => texts(&mut array.as_string::<i64>().iter()),
        Arrow::Utf8View => texts(&mut array.as_string_view().iter()),
        Arrow::Int8 => numbers::<Int8Type, polars::prelude::Int8Type>(name, array).into_column(),
        Arrow::Int16 => numbers::<Int16Type, polars::prelude::Int16Type>(name, array).into_column(),
        Arrow::Int32 => numbers::<Int32Type, polars::prelude::Int32Type>(name, array).into_column(),
        Arrow::Int64 => numbers::<Int64Type, polars::prelude::Int64Type>(name, array).into_column(),
        Arrow::UInt8 => numbers::<UInt8Type, polars::prelude::UInt8Type>(name, array).into_column(),
        Arrow::UInt16 => {
            numbers::<UInt16Type, polars::prelude::UInt16Type>(name, array).into_column()
        }
        Arrow::UInt32 => {
            numbers::<UInt32Type, polars::prelude::UInt32Type>(name, array).into_column()
        }
        Arrow::UInt64 => {
            numbers::<UInt64Type, polars::prelude::UInt64Type>(name, array).into_column()
        }
        Arrow::Float32 => {
            numbers::<Float32Type, polars::prelude::Float32Type>(name, array).into_column()
        }
        Arrow::Float64 => {
            numbers::<Float64Type, polars::prelude::Float64Type>(name, array).into_column()
        }
        Arrow::Boolean => {
            let values = array.as_boolean().iter();
            BooleanChunked::from_iter_options(name.into(), values).into_column()
        }
        Arrow::Date32 => {
            let days = numbers::<Date32Type, polars::prelude::Int32Type>(name, array);
            days.into_date().into_column()
        }
        // Parquet has no timestamps in seconds.
        Arrow::Timestamp(unit, zone) if *unit != ArrowUnit::Second => {
            type Moments = polars::prelude::Int64Type;
            let (moments, unit) = match unit {
                ArrowUnit::Nanosecond => (
                    numbers::<TimestampNanosecondType, Moments>(name, array),
                    TimeUnit::Nanoseconds,
                ),
                ArrowUnit::Microsecond => (
                    numbers::<TimestampMicrosecondType, Moments>(name, array),
                    TimeUnit::Microseconds,
                ),
                _ => (
                    numbers::<TimestampMillisecondType, Moments>(name, array),
                    TimeUnit::Milliseconds,
                ),
            };
            // Parquet stores moments of any zone in UTC.
            let zone = zone.as_ref().map(|_| TimeZone::UTC);
            moments.into_datetime(unit, zone).into_column()
        }
        Arrow::Decimal128(..) => {
            let decimals = array.as_primitive::<arrow::datatypes::Decimal128Type>();
            let text = |k| decimals.is_valid(k).then(|| decimals.value_as_string(k));
            let decimals = (0..decimals.len()).map(text);
            StringChunked::from_iter_options(name.into(), decimals).into_column()
        }
        Arrow::Decimal256(..) => {
            let decimals = array.as_primitive::<arrow::datatypes::Decimal256Type>();
            let text = |k| decimals.is_valid(k).then(|| decimals.value_as_string(k));
            let decimals = (0..decimals.len()).map(text);
            StringChunked::from_iter_options(name.into(), decimals).into_column()
        }
        Arrow::Null => Column::full_null(name.into(), array.len(), &DataType::Null),
        other => {
            return Err(format!(
                "its column `{name}` is of a type that is not supported: {other}"
            ));
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{
        Date32Array, Decimal128Array, Float64Array, Int64Array, LargeStringArray, StringArray,
        TimestampMillisecondArray,
    };
    use parquet::arrow::ArrowWriter;
    use std::sync::Arc;

    fn write(columns: Vec<(&str, ArrayRef)>) -> tempfile::NamedTempFile {
        let batch = RecordBatch::try_from_iter(columns).unwrap();
        let file = tempfile::NamedTempFile::new().unwrap();
        let out = file.reopen().unwrap();
        let mut writer = ArrowWriter::try_new(out, batch.schema(), None).unwrap();
        writer.write(&batch).unwrap();
        writer.close().unwrap();
        file
    }

    fn read(file: &Path, wanted: &[usize]) -> Result<DataFrame, String> {
        let names = ["x", "y", "z", "a", "b", "c"];
        let frames = ParquetHead::read(file)?.frames(file, wanted, &names[..wanted.len()])?;
        frames.reduce(|_, next| next).unwrap()
    }

    #[test]
    fn columns_come_in_the_requested_order_with_types_and_gaps() {
        let decimals = Decimal128Array::from(vec![Some(4_159_711), None]);
        let decimals = decimals.with_precision_and_scale(12, 2).unwrap();
        let file = write(vec![
            ("i", Arc::new(Int64Array::from(vec![1, 2]))),
            ("s", Arc::new(StringArray::from(vec![Some("one"), None]))),
            ("l", Arc::new(LargeStringArray::from(vec!["a", "b"]))),
            ("d", Arc::new(Date32Array::from(vec![0, 20_000]))),
            ("f", Arc::new(Float64Array::from(vec![None, Some(0.5)]))),
            ("m", Arc::new(decimals)),
            (
                "t",
                Arc::new(TimestampMillisecondArray::from(vec![0, 86_400_000])),
            ),
        ]);
        let frame = read(file.path(), &[4, 1, 5, 3, 0, 6]).unwrap();
        let types: Vec<String> = frame
            .columns()
            .iter()
            .map(|c| c.dtype().to_string())
            .collect();
        assert_eq!(types, ["f64", "str", "str", "date", "i64", "datetime[ms]"]);
        let cell = |at: usize, row: usize| {
            frame.columns()[at]
                .get(row)
                .unwrap()
                .str_value()
                .to_string()
        };
        assert_eq!(
            (cell(0, 1), cell(1, 0), cell(2, 0)),
            ("0.5".into(), "one".into(), "41597.11".into())
        );
        assert!(frame.columns()[0].get(0).unwrap().is_null());
        assert!(frame.columns()[1].get(1).unwrap().is_null());
        assert_eq!((cell(3, 1), cell(4, 1)), ("2024-10-04".into(), "2".into()));
    }

    #[test]
    fn every_damaged_file_is_an_error_or_read() {
        let file = write(vec![
            ("i", Arc::new(Int64Array::from_iter_values(0..300))),
            (
                "s",
                Arc::new(StringArray::from_iter_values(
                    (0..300).map(|k| (k % 7).to_string()),
                )),
            ),
        ]);
        let whole = std::fs::read(file.path()).unwrap();
        let damaged = tempfile::NamedTempFile::new().unwrap();
        for at in 0..whole.len() {
            let mut bytes = whole.clone();
            bytes[at] = bytes[at].wrapping_add(0x55);
            std::fs::write(damaged.path(), &bytes).unwrap();
            let _ = read(damaged.path(), &[0, 1]);
            std::fs::write(damaged.path(), &whole[..at]).unwrap();
            assert!(read(damaged.path(), &[0, 1]).is_err());
        }
    }
}
