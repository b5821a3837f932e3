//! The Parquet files that hold the figures of a version.

use super::columns::is_ours;
use super::error::StoreError;
use super::runtime::runtime;
use super::table::Store;
use deltalake_core::arrow::array::RecordBatch;
use deltalake_core::parquet::arrow::arrow_reader::{
    ArrowReaderOptions, ParquetRecordBatchReaderBuilder,
};
use deltalake_core::parquet::file::reader::ChunkReader;
use object_store::ObjectStoreExt;
use object_store::path::Path as ObjectPath;
use std::fs::File;

/// A file that belongs to a version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct DataFile {
    pub(super) name: String,
    /// Its size in bytes.
    pub(super) size: u64,
    pub(super) rows: u64,
}

impl Store {
    /// Return the files of a version (the latest where none is given), by name, and the version.
    pub(super) fn data_files(
        &self,
        version: Option<u64>,
    ) -> Result<(u64, Vec<DataFile>), StoreError> {
        let table = self.load(version)?;
        let files = table.snapshot()?.log_data();
        let file = |file: deltalake_core::kernel::LogicalFileView| DataFile {
            name: file.object_store_path().to_string(),
            size: u64::try_from(file.size()).unwrap_or(0),
            rows: file.num_records().unwrap_or(0) as u64,
        };
        let mut files: Vec<DataFile> = files.iter().map(file).collect();
        files.sort_by(|a, b| a.name.cmp(&b.name));
        Ok((table.version().unwrap_or(0), files))
    }

    /// Return the full name of a file, for error messages.
    pub(super) fn full_name(&self, name: &str) -> String {
        format!("{}/{name}", self.location().trim_end_matches('/'))
    }

    /// Fetch a file from a bucket.
    pub(super) fn fetch(
        &self,
        file: &DataFile,
    ) -> Result<impl ChunkReader + Clone + use<>, StoreError> {
        let (objects, path) = (self.backend.objects(), ObjectPath::from(file.name.as_str()));
        runtime()?
            .block_on(async move { objects.get(&path).await?.bytes().await })
            .map_err(|error| StoreError::File {
                file: self.full_name(&file.name),
                reason: error.to_string(),
            })
    }

    /// Return whether this program wrote a file, and its rows.
    pub(super) fn record_batches(
        &self,
        file: &DataFile,
    ) -> Result<(bool, Vec<RecordBatch>), StoreError> {
        let failed = |reason: String| StoreError::File {
            file: self.full_name(&file.name),
            reason,
        };
        fn read<R: ChunkReader + 'static>(
            from: R,
        ) -> Result<(bool, Vec<RecordBatch>), Box<dyn std::error::Error>> {
            // The arrow types that another program noted in the file do not matter here.
            let options = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
            let builder = ParquetRecordBatchReaderBuilder::try_new_with_options(from, options)?;
            let ours = is_ours(builder.metadata().file_metadata().created_by());
            Ok((ours, builder.build()?.collect::<Result<_, _>>()?))
        }
        let read = match self.backend.folder() {
            Some(folder) => {
                let file = File::open(folder.join(&file.name));
                read(file.map_err(|e| failed(e.to_string()))?)
            }
            None => read(self.fetch(file)?),
        };
        read.map_err(|e| failed(e.to_string()))
    }
}
