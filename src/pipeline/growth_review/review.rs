//! The review of a subject.

use super::decomposition::{of_months, of_published};
use super::monthly::monthly_review;
use super::published::published_spans;
use super::result::{GrowthReview, GrowthReviewError};
use crate::catalog::{CatalogError, Snapshot, Vintage};
use crate::growth::PublishedFigures;
use crate::trade::{Currency, Release, Subject};

/// Review the growth of `subject` as `vintage` knows it. Monthly values are converted into
/// `currency` month by month, and published growth is compared with growth in it. Where none is
/// given, months keep their own currency, and the comparison is with dollars (of dollars with
/// yuan).
///
/// # Errors
/// There is no figure of the subject, or no exchange rate to `currency`.
pub fn growth_review(
    snapshot: &Snapshot,
    subject: &Subject,
    vintage: Vintage,
    currency: Option<Currency>,
) -> Result<GrowthReview, GrowthReviewError> {
    let mut monthly = Vec::new();
    for key in snapshot.keys().filter(|key| subject.matches(key)) {
        monthly.extend(monthly_review(snapshot, key, vintage, currency)?);
    }
    let near = |release: &&Release| {
        release.key.reporter == subject.reporter && release.key.product == subject.product
    };
    let figures = PublishedFigures::new(snapshot.published(vintage).filter(near));
    let rates = snapshot.rates(vintage);
    let published = published_spans(&rates, &figures, subject, currency);
    if monthly.is_empty() && published.is_empty() {
        // The catalog's error for the subject's name lists the nearest keys.
        let missing = snapshot.series(&subject.to_string(), vintage).err();
        return Err(missing
            .unwrap_or_else(|| CatalogError::Unknown {
                key: subject.to_string(),
                nearest: Vec::new(),
            })
            .into());
    }
    let mut contributions = of_months(snapshot, subject, vintage, currency);
    contributions.extend(of_published(&figures, subject));
    let mut contradictions = figures.contradictions(&rates);
    contradictions.retain(|contradiction| subject.matches(&contradiction.key));
    Ok(GrowthReview {
        subject: subject.clone(),
        monthly,
        published,
        contributions,
        contradictions,
    })
}
