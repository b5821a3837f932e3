//! Notes and headings of groups among the rows of a table.

use super::claim::{TextClaims, has_word, is_same, unit_in};
use super::product_scope::part_of_products;
use crate::ingest::notation::begins_note;
use crate::trade::areas::of_text;
use crate::trade::{Code, Flow, Unit};

/// The most characters of the heading of a group.
const LONGEST: usize = 60;

/// What is stated of the figures beside a note.
pub(super) struct StatedBeside<'a> {
    pub(super) units: &'a [Unit],
    pub(super) flow: Option<Flow>,
    pub(super) partner: Option<&'a Code>,
    pub(super) reporter: Option<&'a Code>,
    /// Whether the rows are those of partners.
    pub(super) has_partners: bool,
}

impl StatedBeside<'_> {
    /// Return what was expected where a note states another unit (`Unit: EUR thousand`), or the
    /// heading of a group that the rows below it are something else (`Imports`, `of which: oil`).
    pub(super) fn contradicted_by(&self, text: &str) -> Option<String> {
        // What a note says of the figures counts as the same words do without `Note:`.
        let (stated, text) = (text, without_note_word(text));
        let is_note = stated.len() != text.len();
        let lower = text.to_lowercase();
        let is_heading = text.chars().count() <= LONGEST && !begins_note(text);
        if is_heading || states_figures(text) {
            let unit = unit_in(text);
            let other = |stated: &&Unit| unit.is_some_and(|unit| !is_same(unit, **stated));
            if let (Some(unit), Some(stated)) = (unit, self.units.iter().find(other)) {
                return Some(format!(
                    "expected the unit {stated}, as stated, not {unit}: state another --unit"
                ));
            }
        }
        if !is_heading {
            return None;
        }
        let parts = ["of which", "davon", "dont", "в том числе", "其中"];
        // Above rows of partners it says that these are some of them.
        let is_bare = parts.contains(&lower.trim_end_matches(':').trim());
        let is_part = !(is_bare && self.has_partners);
        if is_part && parts.iter().any(|part| lower.starts_with(part)) {
            return Some(
                "expected rows of the whole, not of a part of it: leave them out by --where"
                    .to_owned(),
            );
        }
        if (has_word(&lower, "excl*") || has_word(&lower, "without"))
            && let Some(product) = part_of_products(text)
        {
            return Some(format!(
                "expected all products, as no product is stated, not those without {product}: \
                 state --product CODE"
            ));
        }
        let claims = TextClaims::of(text);
        if let Some(other) = claims.other {
            return Some(format!(
                "expected values of trade in a month, not {other}: leave the rows below out by \
                 --where"
            ));
        }
        // A note may be about the other flow of the table.
        let flow = claims.direction().zip(self.flow).filter(|_| !is_note);
        if let Some((other, flow)) = flow.filter(|(other, flow)| other != flow) {
            return Some(format!(
                "expected the flow {flow}, as stated, not {other}: leave the rows below out by \
                 --where"
            ));
        }
        let area = of_text(text).filter(|_| text.chars().count() > 3)?;
        let partner = self.partner.filter(|partner| **partner != area)?;
        (self.reporter != Some(&area)).then(|| {
            format!("expected the partner {partner}, as stated, not {area}: leave --partner out")
        })
    }
}

/// Whether a note is about all figures: `Values in …`, `Unit: …`.
pub(super) fn states_figures(text: &str) -> bool {
    const STARTS: [&str; 13] = [
        "unit",
        "all values",
        "all figures",
        "values",
        "figures",
        "in ",
        "data in",
        "einheit",
        "unidad",
        "unité",
        "единиц",
        "单位",
        "*in ",
    ];
    let lower = text.to_lowercase();
    STARTS.iter().any(|start| lower.starts_with(start))
}

/// Return what a note says behind its first word: `Note: 2015 = 100`. Sources stay as they are.
pub(super) fn without_note_word(text: &str) -> &str {
    const WORDS: [&str; 9] = [
        "note",
        "notes",
        "remark",
        "remarks",
        "hinweis",
        "anmerkung",
        "nota",
        "примечание",
        "注",
    ];
    let Some((word, rest)) = text.split_once([':', '：']) else {
        return text;
    };
    let word = word.trim().trim_start_matches(['*', '†']).to_lowercase();
    match WORDS.contains(&word.trim()) {
        true => rest.trim(),
        false => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_heading_among_the_rows_may_not_say_that_they_are_something_else() {
        let code = |text: &str| Code::parse(text).unwrap();
        let (partner, reporter) = (code("CHN"), code("UZB"));
        let stated = StatedBeside {
            units: &[Unit::parse("USD mn").unwrap()],
            flow: Some(Flow::Exports),
            partner: Some(&partner),
            reporter: Some(&reporter),
            has_partners: false,
        };
        for text in [
            "Imports",
            "Unit: EUR thousand",
            "of which: oil",
            "Tonnes",
            "Russia",
            "% change",
            "Note: figures are in thousand US dollars.",
            "Note: data are seasonally adjusted.",
            "Note: 2015 = 100",
            "Note: excludes oil and gas.",
        ] {
            assert!(stated.contradicted_by(text).is_some(), "{text}");
        }
        for text in [
            "Exports",
            "Unit: USD mn",
            "Source: the customs, growth of imports",
            "Note: imports are valued CIF",
            "Uzbekistan",
        ] {
            assert_eq!(stated.contradicted_by(text), None, "{text}");
        }
    }
}
