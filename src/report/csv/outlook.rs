//! An outlook: a row for each level and each growth rate.

use crate::growth::Band;
use crate::pipeline::Outlook;
use crate::report::measures::level;

/// Return the header for intervals of the levels of `outlook`.
pub fn outlook_header(outlook: &Outlook) -> Vec<String> {
    let fixed = ["series", "span", "measure", "currency", "median"];
    let first = outlook.levels.first();
    let bands = first.map_or(&[][..], |of| &of.summary.bands);
    let bounds = bands.iter().flat_map(|band| {
        let level = level(band);
        [format!("lower-{level}"), format!("upper-{level}")]
    });
    fixed.map(str::to_owned).into_iter().chain(bounds).collect()
}

/// Return the rows: levels in base units, growth as fractions.
pub fn outlook_rows(outlook: &Outlook) -> impl Iterator<Item = Vec<String>> {
    let key = outlook.key.to_string();
    let row = move |span: String, measure: &str, currency: String, median: f64, bands: &[Band]| {
        let fixed = [
            key.clone(),
            span,
            measure.to_owned(),
            currency,
            median.to_string(),
        ];
        let bounds = bands
            .iter()
            .flat_map(|b| [b.lower.to_string(), b.upper.to_string()]);
        fixed.into_iter().chain(bounds).collect::<Vec<_>>()
    };
    let levels = outlook.levels.iter().map({
        let row = row.clone();
        move |of| {
            let (span, currency) = (of.span.to_string(), of.currency.to_string());
            row(
                span,
                "level",
                currency,
                of.summary.median,
                &of.summary.bands,
            )
        }
    });
    let growth = outlook.readings.iter().map(move |(currency, of)| {
        let span = of.span.to_string();
        row(
            span,
            of.measure.name(),
            currency.to_string(),
            of.median,
            &of.bands,
        )
    });
    levels.chain(growth)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::example;

    #[test]
    fn every_row_has_the_columns_of_the_header() {
        let outlook = example::outlook();
        let header = outlook_header(&outlook);
        assert_eq!(
            header[5..],
            ["lower-80", "upper-80", "lower-95", "upper-95"]
        );
        let rows: Vec<Vec<String>> = outlook_rows(&outlook).collect();
        assert!(rows.iter().all(|row| row.len() == header.len()));
        assert_eq!(
            rows[0][..4],
            ["USA.CHN.M.TOTAL.USD", "2026", "level", "USD"]
        );
        assert_eq!(rows.len(), outlook.levels.len() + outlook.readings.len());
    }
}
