//! The codes of a file that people wrote: areas and products are looked up, and a code that means
//! nothing is refused.

use super::formats::Format;
use super::parsed_file::{CellError, ParsedFile};
use super::refusal::IngestError;
use crate::trade::areas::area;
use crate::trade::{Code, SeriesKey};
use std::collections::HashMap;

/// Look up the areas of tidy and long files and of delivered batches, as those of services are when
/// they are read, and check the product codes of all. An area by another code or by its number
/// becomes the code of ISO 3166; those of `new_areas` are areas of the user's own.
///
/// # Errors
/// The first row of an unknown code, where one invalid row refuses the file; a row that then
/// repeats another.
pub fn with_known_codes(
    mut parsed: ParsedFile,
    format: Format,
    new_areas: &[Code],
) -> Result<ParsedFile, IngestError> {
    let is_written = matches!(format, Format::Tidy | Format::Long);
    let figures = std::mem::take(&mut parsed.figures);
    let mut wrong: HashMap<u32, CellError> = HashMap::new();
    let mut keys: Vec<SeriesKey> = Vec::with_capacity(figures.keys().len());
    for (number, key) in (0..).zip(figures.keys()) {
        let found = match is_written {
            true => with_areas(key, new_areas),
            false => Ok(key.clone()),
        };
        let found = found.and_then(|key| check_product(&key.product).map(|()| key));
        keys.push(found.unwrap_or_else(|error| {
            wrong.insert(number, error);
            key.clone()
        }));
    }
    if wrong.is_empty() && keys.iter().eq(figures.keys()) {
        parsed.figures = figures;
        return Ok(parsed);
    }
    let refused = figures.rows().iter();
    for row in refused.filter(|row| wrong.contains_key(&row.key)) {
        parsed.refuse(row.row, wrong[&row.key].clone())?;
    }
    let mut figures = figures.with_keys(keys);
    figures.retain(|row| !wrong.contains_key(&row.key));
    parsed.figures = figures.joined();
    parsed.finish()
}

/// Return the key with the areas that its codes mean.
fn with_areas(key: &SeriesKey, new_areas: &[Code]) -> Result<SeriesKey, CellError> {
    let look_up = |column: &str, code: &Code| {
        if new_areas.contains(code) {
            return Ok(code.clone());
        }
        area(code.as_str()).map_err(|unknown| {
            let advice = format!(
                "{unknown}; --new-area {code} (new_areas over gRPC) for a code of your own"
            );
            CellError::new(column, code.as_str(), advice)
        })
    };
    Ok(SeriesKey {
        reporter: look_up("reporter", &key.reporter)?,
        partner: look_up("partner", &key.partner)?,
        ..key.clone()
    })
}

/// Check the code of a product: those of the Harmonized System and of what begins with it have an
/// even number of digits. A spreadsheet drops the zero in front of `0401`.
fn check_product(product: &Code) -> Result<(), CellError> {
    let text = product.as_str();
    let (classification, digits) = text.rsplit_once('-').unwrap_or(("", text));
    let edition = crate::trade::basis::classification_of(classification) == Some("HS");
    let harmonized = matches!(classification, "" | "HS" | "CN") || edition;
    let all_digits = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    if !harmonized || !all_digits || digits.len() % 2 == 0 {
        return Ok(());
    }
    let expected = format!(
        "expected an even number of digits, as the codes of the Harmonized System have: a leading \
         zero may be lost (0{digits}), or the classification is missing (SITC-{digits})"
    );
    Err(CellError::new("product", text, expected))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::formats::read_bytes;
    use crate::ingest::invalid_rows::InvalidRows;
    use std::path::Path;

    const HEADER: &str =
        "kind,reporter,partner,flow,product,measure,period,value,unit,status,released_on,source\n";

    fn checked(rows: &str, new_areas: &[&str]) -> Result<Vec<String>, String> {
        let text = format!("{HEADER}{rows}");
        let read = read_bytes(Path::new("f"), text.as_bytes(), None, InvalidRows::Refuse);
        let (format, parsed) = read.map_err(|e| e.to_string())?;
        let own: Vec<Code> = new_areas.iter().map(|a| Code::parse(a).unwrap()).collect();
        let parsed = with_known_codes(parsed, format, &own).map_err(|e| e.to_string())?;
        let keys = parsed.figures.series_with_figures();
        Ok(keys.map(ToString::to_string).collect())
    }

    #[test]
    fn an_area_by_any_of_its_codes_is_one_area() {
        let rows = "observation,DE,276,X,TOTAL,level,2024-01,1,USD,p,,s\n\
                    observation,DEU,S19,M,TOTAL,level,2024-01,1,USD,p,,s\n\
                    observation,deu,TWN,M,TOTAL,level,2024-02,1,USD,p,,s\n";
        let expected = ["DEU.DEU.X.TOTAL.USD", "DEU.TWN.M.TOTAL.USD"];
        assert_eq!(checked(rows, &[]).unwrap(), expected);
        let twice = format!("{rows}observation,DEU,TWN,M,TOTAL,level,2024-01,2,USD,p,,s\n");
        assert!(
            checked(&twice, &[]).unwrap_err().starts_with("f, row 5"),
            "{twice}"
        );
    }

    #[test]
    fn an_unknown_area_is_refused_with_the_nearest_or_named_as_new() {
        let row = "observation,KAZ,GERMNY,X,TOTAL,level,2024-01,1,USD,p,,s\n";
        let refusal = checked(row, &[]).unwrap_err();
        for part in [
            "f, row 2, column `partner`, value `GERMNY`",
            "DEU (Germany)",
            "--new-area",
        ] {
            assert!(refusal.contains(part), "{refusal}");
        }
        assert_eq!(
            checked(row, &["GERMNY"]).unwrap(),
            ["KAZ.GERMNY.X.TOTAL.USD"]
        );
    }

    #[test]
    fn a_lost_zero_is_seen() {
        for (product, ok) in [
            ("0401", true),
            ("401", false),
            ("HS-27", true),
            ("HS-401", false),
            ("H6-401", false),
            ("SITC-781", true),
            ("TOTAL", true),
            ("1", false),
        ] {
            let row = format!("observation,KAZ,CHN,X,{product},level,2024-01,1,USD,p,,s\n");
            let found = checked(&row, &[]);
            assert_eq!(found.is_ok(), ok, "{product}: {found:?}");
        }
    }
}
