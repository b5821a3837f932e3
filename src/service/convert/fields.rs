//! Checks of single fields that several requests have.

use crate::catalog::Vintage;
use crate::service::status::ServiceError;
use crate::trade::Currency;
use crate::trade::month::parse_date;
use std::collections::HashSet;

/// The most series of one request.
pub(in crate::service) const MAX_SERIES: usize = 10_000;
/// The longest key or filter, in bytes: five codes of sixteen letters, and room for alternatives.
/// Longer ones cost time and fill error messages.
const MAX_KEY: usize = 1000;

/// Return the error that refuses a field.
pub fn refuse(field: &'static str, reason: impl Into<String>) -> ServiceError {
    ServiceError::Field {
        field,
        reason: reason.into(),
    }
}

/// Read a date as an as-of day; the empty text is the latest vintage.
///
/// # Errors
/// The text is no date.
pub fn vintage(field: &'static str, day: &str) -> Result<Vintage, ServiceError> {
    match day.trim() {
        "" => Ok(Vintage::Latest),
        day => parse_date(day)
            .map(Vintage::AsOf)
            .map_err(|e| refuse(field, e.to_string())),
    }
}

/// Write a vintage as [`vintage`] reads it.
pub(in crate::service) fn vintage_text(vintage: Vintage) -> String {
    match vintage {
        Vintage::Latest => String::new(),
        Vintage::AsOf(day) => day.to_string(),
    }
}

/// Read a currency code; the empty text is no currency.
///
/// # Errors
/// The text is no code of ISO 4217.
pub fn currency(code: &str) -> Result<Option<Currency>, ServiceError> {
    check_length("currency", code)?;
    if code.trim().is_empty() {
        return Ok(None);
    }
    let found = Currency::parse(code).ok().filter(Currency::is_iso);
    let refusal = || {
        let code = code.trim();
        let words = "expected a code of ISO 4217, for example CNY";
        refuse("currency", format!("`{code}` is no currency: {words}"))
    };
    found.map(Some).ok_or_else(refusal)
}

/// Write a currency as [`currency`] reads it.
pub(super) fn currency_text(currency: Option<Currency>) -> String {
    currency.map_or_else(String::new, |currency| currency.to_string())
}

/// Return a number of the wire, where zero stands for the default.
pub(super) fn or_default(value: i32, default: i64) -> i64 {
    if value == 0 {
        default
    } else {
        i64::from(value)
    }
}

/// Return a count as the wire has it; counts beyond its range do not occur.
pub(in crate::service) fn count(n: usize) -> i32 {
    i32::try_from(n).unwrap_or(i32::MAX)
}

/// Refuse a text that is too long.
pub(super) fn check_length(field: &'static str, text: &str) -> Result<(), ServiceError> {
    if text.len() > MAX_KEY {
        let reason = format!("expected at most {MAX_KEY} bytes, not {}", text.len());
        return Err(refuse(field, reason));
    }
    Ok(())
}

/// Refuse a key that is empty or too long.
pub(super) fn check_key(key: &str) -> Result<(), ServiceError> {
    if key.trim().is_empty() {
        let reason = "expected a key, for example USA.CHN.M.TOTAL.USD";
        return Err(refuse("key", reason));
    }
    check_length("key", key)
}

/// Refuse too many keys, empty ones and repeats.
pub(super) fn check_series(keys: &[String]) -> Result<(), ServiceError> {
    if keys.len() > MAX_SERIES {
        let reason = format!("expected at most {MAX_SERIES} keys, not {}", keys.len());
        return Err(refuse("series", reason));
    }
    let mut seen = HashSet::with_capacity(keys.len());
    for (k, key) in keys.iter().enumerate() {
        let canonical = key.trim().to_ascii_uppercase();
        if canonical.is_empty() {
            return Err(refuse(
                "series",
                format!("expected a key at position {k}, it is empty"),
            ));
        }
        if key.len() > MAX_KEY {
            let reason = format!(
                "expected keys of at most {MAX_KEY} bytes, that at position {k} has {}",
                key.len()
            );
            return Err(refuse("series", reason));
        }
        if !seen.insert(canonical) {
            return Err(refuse(
                "series",
                format!("expected every key once, `{key}` is repeated"),
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_currency_is_one_of_iso_4217() {
        assert_eq!(currency(" ").unwrap(), None);
        assert_eq!(currency(" cny ").unwrap(), Some(Currency::CNY));
        for wrong in ["ABC", "KGM", "dollars", "USD mn"] {
            let error = currency(wrong).unwrap_err().to_string();
            assert!(
                error.contains("is no currency: expected a code of ISO 4217"),
                "{error}"
            );
        }
    }
}
