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
        let found = found.and_then(|key| check_product(&key).map(|()| key));
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

/// Reporters whose own tariff lines have an odd number of digits, with that number.
const ODD_LINES: [(&str, usize); 4] = [("JPN", 9), ("MYS", 9), ("TWN", 11), ("THA", 11)];

/// Check the code of a product: those of the Harmonized System and of what begins with it have an
/// even number of digits, but for the tariff lines of some countries. A spreadsheet drops the zero
/// in front of `0401`.
fn check_product(key: &SeriesKey) -> Result<(), CellError> {
    let text = key.product.as_str();
    let (classification, digits) = text.rsplit_once('-').unwrap_or(("", text));
    let edition = crate::trade::basis::classification_of(classification) == Some("HS");
    let harmonized = matches!(classification, "" | "HS" | "CN") || edition;
    let all_digits = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    // No spreadsheet takes a zero away behind `HS-`, and shorter codes with it are checked all the
    // same: people write them by hand.
    let is_line = classification == "HS" && digits.len() > 8
        || ODD_LINES.contains(&(key.reporter.as_str(), digits.len()));
    if !harmonized || !all_digits || digits.len() % 2 == 0 || is_line {
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
    fn the_areas_that_readers_write_can_be_read_again() {
        let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
        let folders = std::fs::read_dir(fixtures).unwrap().flatten();
        let files = folders.flat_map(|folder| std::fs::read_dir(folder.path()).into_iter());
        let mut keys = 0;
        for file in files.flatten().flatten() {
            let path = file.path();
            let Ok((format, parsed)) =
                crate::ingest::formats::read(&path, None, InvalidRows::Refuse)
            else {
                continue;
            };
            // Codes of a publisher's own list are kept in SDMX, whatever they mean.
            if matches!(format, Format::SdmxCsv | Format::SdmxMl | Format::SdmxJson) {
                continue;
            }
            for key in parsed.figures.keys() {
                let again = with_areas(key, &[]);
                assert!(again.is_ok(), "{}: {key}: {again:?}", path.display());
                keys += 1;
            }
        }
        assert!(keys > 100, "{keys} series of fixtures");
    }

    #[test]
    fn a_lost_zero_is_seen() {
        for (reporter, product, ok) in [
            ("KAZ", "0401", true),
            ("KAZ", "401", false),
            ("KAZ", "HS-27", true),
            ("KAZ", "HS-401", false),
            ("KAZ", "H6-401", false),
            ("KAZ", "SITC-781", true),
            ("KAZ", "TOTAL", true),
            ("KAZ", "1", false),
            // Tariff lines: 8 digits of the EU and India, 10 of the United States, 9 of Japan, 11
            // of Taiwan. `101210010` of the United States is `0101210010` without its zero.
            ("DEU", "CN-87032319", true),
            ("DEU", "CN-1012100", false),
            ("USA", "0101210010", true),
            ("USA", "101210010", false),
            ("JPN", "870323915", true),
            ("JPN", "HS-870323915", true),
            ("KAZ", "HS-870323915", true),
            ("TWN", "87032390101", true),
        ] {
            let row = format!("observation,{reporter},CHN,X,{product},level,2024-01,1,USD,p,,s\n");
            let found = checked(&row, &[]);
            assert_eq!(found.is_ok(), ok, "{reporter} {product}: {found:?}");
        }
    }
}
