//! The columns of a tidy file, and the values of those that it lacks.

use crate::ingest::figures::TIDY_COLUMNS as COLUMNS;
use crate::ingest::mapping::StatedParts;
use crate::ingest::refusal::{IngestError, Refusal, listed};
use crate::ingest::scan::ColumnScan;

pub(super) const KIND: usize = 0;
pub(super) const REPORTER: usize = 1;
pub(super) const PARTNER: usize = 2;
pub(super) const FLOW: usize = 3;
pub(super) const PRODUCT: usize = 4;
pub(super) const MEASURE: usize = 5;
pub(super) const PERIOD: usize = 6;
pub(super) const VALUE: usize = 7;
pub(super) const UNIT: usize = 8;
pub(super) const STATUS: usize = 9;
pub(super) const RELEASED_ON: usize = 10;
pub(super) const SOURCE: usize = 11;

/// The columns of a tidy file by their position in [`COLUMNS`].
#[derive(Debug, Clone)]
pub(super) struct TidyColumns {
    /// The names in the file of the columns that it has, in the order of [`COLUMNS`].
    pub(super) names: Vec<String>,
    /// The place of each column among `names`; none where the file lacks it.
    pub(super) places: [Option<usize>; 12],
    /// The value of each column that the file lacks.
    pub(super) defaults: [String; 12],
}

impl TidyColumns {
    /// Find the columns of a file. Kind, product, measure, status, day of release and source may be
    /// missing; so may what `stated` gives.
    ///
    /// # Errors
    /// A refusal that names every missing column, and how to state it; a column that is there
    /// twice.
    pub(super) fn find(scan: &ColumnScan, stated: &StatedParts) -> Result<Self, IngestError> {
        let code = |code: &Option<crate::trade::Code>| code.as_ref().map(ToString::to_string);
        let mut defaults = [const { None }; 12];
        defaults[KIND] = Some(String::new());
        defaults[REPORTER] = code(&stated.reporter);
        defaults[PARTNER] = code(&stated.partner);
        defaults[FLOW] = stated.flow.map(|flow| flow.to_string());
        defaults[PRODUCT] = code(&stated.product).or(Some("TOTAL".to_owned()));
        defaults[MEASURE] = Some("level".to_owned());
        defaults[UNIT] = stated.unit.map(|unit| unit.to_string());
        defaults[STATUS] = Some("published".to_owned());
        defaults[RELEASED_ON] = Some(String::new());
        defaults[SOURCE] = Some(stated.source.clone().unwrap_or_default());
        let mut columns = Self {
            names: Vec::new(),
            places: [None; 12],
            defaults: std::array::from_fn(|_| String::new()),
        };
        let mut missing: Vec<&str> = Vec::new();
        for (at, (name, default)) in COLUMNS.into_iter().zip(defaults).enumerate() {
            match (scan.column(name), default) {
                (Some(found), _) => {
                    columns.places[at] = Some(columns.names.len());
                    columns.names.push(found);
                }
                (None, Some(default)) => columns.defaults[at] = default,
                (None, None) => missing.push(name),
            }
        }
        if !missing.is_empty() {
            return Err(lacking(scan, &missing));
        }
        columns.check_unique(scan)?;
        Ok(columns)
    }

    /// Refuse a header that has a column twice, in whatever case.
    fn check_unique(&self, scan: &ColumnScan) -> Result<(), IngestError> {
        scan.check_unique(&self.names)?;
        let twice = |column: &&String| {
            let same = |name: &&String| name.eq_ignore_ascii_case(column);
            scan.columns().iter().filter(same).count() > 1
        };
        let found = self.names.iter().find(twice);
        found.map_or(Ok(()), |column| Err(scan.twice(column)))
    }

    /// Return the name of a column in the file, or in the layout where the file lacks it.
    pub(super) fn name(&self, column: usize) -> &str {
        match self.places[column].and_then(|place| self.names.get(place)) {
            Some(name) => name,
            None => COLUMNS[column],
        }
    }
}

/// Return the refusal of a file that lacks columns.
fn lacking(scan: &ColumnScan, missing: &[&str]) -> IngestError {
    let options = ["reporter", "partner", "flow", "unit"];
    let stated: Vec<String> = options
        .into_iter()
        .filter(|name| missing.contains(name))
        .map(|name| format!("--{name}"))
        .collect();
    let hint = match stated.is_empty() {
        true => String::new(),
        false => format!(
            "; state what holds for the whole file with {}",
            stated.join(", ")
        ),
    };
    let (these, are) = match missing.len() {
        1 => ("this column", "is"),
        _ => ("these columns", "are"),
    };
    Refusal {
        row: scan.header_row(),
        column: Some(missing.join(", ")),
        ..Refusal::of_file(
            scan.name(),
            format!(
                "{these} {are} needed{hint}; the file has {}",
                listed(scan.columns())
            ),
        )
    }
    .into()
}
