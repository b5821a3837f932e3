//! The command that mends an error, at the end of its message.

use crate::catalog::CatalogError;
use crate::ingest::IngestError;
use crate::pipeline::{ForecastError, GrowthReviewError, OutlookError, SeriesDetailError};
use crate::service::{ClientError, ServiceError};
use crate::store::StoreError;

/// What shows the keys that there are.
pub(super) const LISTS_SERIES: &str = "`tradecast series` lists what there is";

/// Return the command that mends an error, as the end of its sentence; empty where there is none.
pub(super) fn remedy(error: &anyhow::Error) -> String {
    let found = error.chain().find_map(|cause| {
        if let Some(StoreError::Missing { .. }) = cause.downcast_ref() {
            return Some("`tradecast store init` creates one");
        }
        if let Some(IngestError::Io { .. }) = cause.downcast_ref() {
            return Some("`tradecast doctor` checks what commands read");
        }
        if let Some(ClientError::Unreachable { .. }) = cause.downcast_ref() {
            return Some("`tradecast serve` starts a server");
        }
        is_unknown(cause).then_some(LISTS_SERIES)
    });
    let behind = if format!("{error:#}").ends_with('?') {
        " "
    } else {
        "; "
    };
    found.map_or_else(String::new, |command| format!("{behind}{command}"))
}

/// Return whether an error is that of a series or a pair that there is not.
fn is_unknown(cause: &(dyn std::error::Error + 'static)) -> bool {
    let catalog = |error: &CatalogError| matches!(error, CatalogError::Unknown { .. });
    if let Some(error) = cause.downcast_ref::<CatalogError>() {
        return catalog(error);
    }
    if let Some(SeriesDetailError::Catalog(error)) = cause.downcast_ref() {
        return catalog(error);
    }
    if let Some(GrowthReviewError::Catalog(error)) = cause.downcast_ref() {
        return catalog(error);
    }
    if let Some(ForecastError::Catalog(error)) = cause.downcast_ref() {
        return catalog(error);
    }
    match cause.downcast_ref() {
        Some(
            ServiceError::Catalog(error) | ServiceError::Forecast(ForecastError::Catalog(error)),
        ) => {
            return catalog(error);
        }
        Some(ServiceError::Outlook(OutlookError::Unknown { .. })) => return true,
        _ => {}
    }
    matches!(cause.downcast_ref(), Some(OutlookError::Unknown { .. }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Store;

    #[test]
    fn without_a_store_the_command_that_makes_one_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("none");
        let missing = Store::open(place.to_str().unwrap()).unwrap_err();
        assert!(
            !missing.to_string().contains("tradecast store"),
            "{missing}"
        );
        let missing = anyhow::Error::from(missing);
        assert_eq!(remedy(&missing), "; `tradecast store init` creates one");
        // Also behind a context that says what it was read for.
        let missing = missing.context("cannot read the figures");
        assert_eq!(remedy(&missing), "; `tradecast store init` creates one");
        assert_eq!(remedy(&anyhow::anyhow!("something else")), "");
    }

    #[test]
    fn a_series_that_there_is_not_names_the_list() {
        let unknown = || CatalogError::Unknown {
            key: "X".to_owned(),
            nearest: vec![],
        };
        for error in [
            anyhow::Error::from(unknown()),
            SeriesDetailError::Catalog(unknown()).into(),
            GrowthReviewError::Catalog(unknown()).into(),
            ForecastError::Catalog(unknown()).into(),
            ServiceError::Forecast(ForecastError::Catalog(unknown())).into(),
        ] {
            assert_eq!(remedy(&error), format!("; {LISTS_SERIES}"), "{error:?}");
        }
        let near = CatalogError::Unknown {
            key: "X".to_owned(),
            nearest: vec!["Y".to_owned()],
        };
        assert_eq!(remedy(&near.into()), format!(" {LISTS_SERIES}"));
    }
}
