//! Reads files of figures; every refusal names the file, the row and the column.
//!
//! Polars scans lazily and streams batches, so that a file larger than memory can be read; what is
//! kept is a [`grid::GridBuilder`], the values of each series in order. Whatever a service or a
//! person wrote is parsed here and in no other room: `feeds` saves answers that are read here, and
//! `store` reads only its own table.

mod archive;
mod basis_guard;
mod container;
pub mod exog;
mod figure_check;
pub mod figures;
mod folder;
pub mod formats;
pub mod grid;
pub mod invalid_rows;
mod known_codes;
pub mod long;
pub mod mapping;
mod month_column;
mod notation;
mod parquet;
mod parquet_table;
pub mod parsed_file;
pub mod preview;
pub mod quality;
pub mod rates;
mod read_options;
mod refusal;
pub mod scan;
mod sheet;
pub mod source;
pub mod tidy;
mod truncated_rows;

pub use basis_guard::BasisGuard;
pub(crate) use figure_check::FigureColumn;
pub use figures::{Figure, FigureBatch, FigureKind};
pub use folder::{ENDINGS, read_folder};
pub use formats::Format;
pub use grid::{GridBuilder, GridSeries, LONGEST_GAP, MonthGrid};
pub use invalid_rows::InvalidRows;
pub use known_codes::with_known_codes;
pub use long::{LongColumns, LongLayout, LongPanel};
pub use mapping::{MappedPart, Mapping, MappingError, MappingSuggestion, PartSource, StatedParts};
pub use notation::{CellNotation, DateOrder, NumberMarks};
pub use parsed_file::ParsedFile;
pub use rates::ExchangeRates;
pub use read_options::ReadOptions;
pub use refusal::{IngestError, Refusal, explained, shown};
pub use tidy::{TidyFigures, files_below};
