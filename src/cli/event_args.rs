//! The options that state known events of series and give regressors, which forecasts, scenarios,
//! explanations and backtests share.

use super::console;
use crate::ingest::exog;
use crate::pipeline::{RequestError, RequestEvents, SeriesEvent};
use crate::projection::StatedEvent;
use crate::trade::{Month, Regressors, Span};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Known events of series.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct EventArgs {
    /// Known level shift that lasts, by its first month: 2025-04, or SERIES@2025-04 for one of
    /// several series.
    #[arg(long, value_name = "MONTH", value_parser = level_shift)]
    level_shift: Vec<SeriesEvent>,
    /// Exceptional months that say nothing of the months ahead: 2020-04, 2020-Q2,
    /// 2020-03..2020-06, or SERIES@2020-04 for one of several series.
    #[arg(long, value_name = "MONTHS", value_parser = outlier)]
    outlier: Vec<SeriesEvent>,
}

impl EventArgs {
    /// Return the events, of the series with the keys `requested`; none for all series.
    ///
    /// # Errors
    /// An event of a series that is not requested.
    pub(super) fn events(&self, requested: &[String]) -> Result<RequestEvents, RequestError> {
        let events = self.level_shift.iter().chain(&self.outlier);
        RequestEvents::new(events.cloned().collect(), requested)
    }
}

/// Regressors of the user.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct RegressorArgs {
    /// CSV or Parquet file of regressors that are known ahead: a column `ds` of months, a column
    /// `unique_id` of series keys (or none, for all series), and a column for each regressor,
    /// through the horizon. A series keeps their effects only where these improve forecasts of
    /// left-out years.
    #[arg(long, value_name = "FILE", alias = "regressors")]
    exog: Option<PathBuf>,
}

impl RegressorArgs {
    /// Read the regressors; none without a file. Series of the file that are not among those
    /// `requested` are said, where one of these has no rows.
    pub(super) fn read(&self, requested: &[String]) -> anyhow::Result<Arc<Regressors>> {
        let Some(file) = &self.exog else {
            return Ok(Arc::default());
        };
        let regressors = exog::read(file, "unique_id", "ds")?;
        let requested: Vec<String> = requested.iter().map(|key| key.to_uppercase()).collect();
        let requested: Vec<&str> = requested.iter().map(String::as_str).collect();
        note_strays(&regressors, file, &requested);
        Ok(Arc::new(regressors))
    }

    /// Return the file that is read.
    pub(super) fn file(&self) -> Option<&Path> {
        self.exog.as_deref()
    }
}

/// Say which series of the regressors in `file` are none of the `requested`, where one of these has
/// no rows: the first few, each with the requested series that it is most like.
pub(super) fn note_strays(regressors: &Regressors, file: &Path, requested: &[&str]) {
    for stray in strays(regressors, requested) {
        console::note(format_args!("{}: {stray}", file.display()));
    }
}

fn strays(regressors: &Regressors, requested: &[&str]) -> Vec<String> {
    const SHOWN: usize = 5;
    const ALIKE: f64 = 0.5;
    let named = regressors.series();
    let has = |names: &[&str], name: &str| names.binary_search(&name).is_ok();
    let mut sorted = requested.to_vec();
    sorted.sort_unstable();
    let without: Vec<&str> = sorted
        .iter()
        .filter(|id| !has(&named, id))
        .copied()
        .collect();
    if named.is_empty() || without.is_empty() {
        return Vec::new();
    }
    let strays: Vec<&str> = named.into_iter().filter(|id| !has(&sorted, id)).collect();
    let text = |stray: &&str| {
        let upper = stray.to_uppercase();
        let alike = |id: &str| strsim::normalized_damerau_levenshtein(&upper, &id.to_uppercase());
        let scored = without.iter().map(|id| (alike(id), *id));
        let nearest = scored.max_by(|a, b| a.0.total_cmp(&b.0));
        let nearest = nearest.filter(|(alike, _)| *alike >= ALIKE);
        let did_you_mean = nearest.map_or(String::new(), |(_, id)| format!("; did you mean {id}?"));
        format!("no such series is forecast: `{stray}`{did_you_mean}")
    };
    let mut said: Vec<String> = strays.iter().take(SHOWN).map(text).collect();
    if strays.len() > SHOWN {
        said.push(format!("{} more such series", strays.len() - SHOWN));
    }
    said
}

fn level_shift(text: &str) -> Result<SeriesEvent, String> {
    let (series, month) = of_series(text);
    let month = Month::parse(month).map_err(|error| error.to_string())?;
    let event = StatedEvent::LevelShift(month);
    Ok(SeriesEvent { series, event })
}

fn outlier(text: &str) -> Result<SeriesEvent, String> {
    let (series, months) = of_series(text);
    let rising = months_text(months);
    let months = rising.ok_or_else(|| format!("`{months}`: expected months that rise"))?;
    let event = StatedEvent::Outlier(Span::parse(&months).map_err(|error| error.to_string())?);
    Ok(SeriesEvent { series, event })
}

/// Split `SERIES@MONTHS`; months alone are those of all series.
fn of_series(text: &str) -> (Option<String>, &str) {
    match text.rsplit_once('@') {
        Some((series, months)) => (Some(series.trim().to_owned()), months.trim()),
        None => (None, text.trim()),
    }
}

/// Return months as a span is written: `2026-03..2026-12` becomes a time range, other notations
/// stay. `None` where the last month lies before the first.
pub(super) fn months_text(text: &str) -> Option<String> {
    let Some((first, last)) = text.split_once("..") else {
        return Some(text.trim().to_owned());
    };
    let (first, last) = (Month::parse(first).ok()?, Month::parse(last).ok()?);
    let months = last.since(first) + 1;
    (months > 0).then(|| format!("{first}-01/P{months}M"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistyped_series_of_regressors_is_named_with_the_one_that_is_meant() {
        let (kaz, chn) = ("UZB.KAZ.X.TOTAL.USD", "UZB.CHN.X.TOTAL.USD");
        let of = |names: &[&str]| {
            let mut regressors = Regressors::new(vec!["rate".into()]);
            for name in names {
                regressors.insert(Some(name), &[(Month::january(2020), vec![1.0])]);
            }
            regressors
        };
        for mistyped in [
            "UZB.KAZ.X.TOTL.USD",
            "uzb.kaz.x.total.usd",
            "UZB.KZ.X.TOTAL.USD",
        ] {
            let said = strays(&of(&[mistyped, chn]), &[kaz, chn]);
            let expected = format!("no such series is forecast: `{mistyped}`; did you mean {kaz}?");
            assert_eq!(said, [expected]);
        }
        // A file may have rows of more series than are forecast, and of all alike.
        assert!(strays(&of(&[kaz, chn]), &[kaz]).is_empty());
        assert!(strays(&of(&[]), &[kaz]).is_empty());
        let many: Vec<String> = (0..9).map(|k| format!("{k}")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        let said = strays(&of(&many), &[kaz]);
        assert_eq!((said.len(), said[5].as_str()), (6, "4 more such series"));
        assert_eq!(said[0], "no such series is forecast: `0`");
    }

    #[test]
    fn an_event_is_read_from_its_text() {
        let found = level_shift("USA.CHN.M.TOTAL.USD@2025-04").unwrap();
        assert_eq!(found.series.as_deref(), Some("USA.CHN.M.TOTAL.USD"));
        let april = Month::parse("2025-04").unwrap();
        assert_eq!(found.event, StatedEvent::LevelShift(april));
        let found = outlier("2020-03..2020-05").unwrap();
        let span = Span::parse("2020-03-01/P3M").unwrap();
        assert_eq!(
            (found.series, found.event),
            (None, StatedEvent::Outlier(span))
        );
        assert!(level_shift("2025-13").is_err() && outlier("2020-05..2020-03").is_err());
    }
}
