//! Notes and headings of groups among the rows of a table.

use super::claim::{TextClaims, unit_in};
use super::contradiction::is_same;
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
}

impl StatedBeside<'_> {
    /// Return what was expected where a note states another unit (`Unit: EUR thousand`), or the
    /// heading of a group that the rows below it are something else (`Imports`, `of which: oil`).
    pub(super) fn contradicted_by(&self, text: &str) -> Option<String> {
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
        let is_heading = text.chars().count() <= LONGEST && !begins_note(text);
        if is_heading || STARTS.iter().any(|start| lower.starts_with(start)) {
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
        let parts = ["of which", "davon", "dont ", "в том числе", "其中"];
        if parts.iter().any(|part| lower.starts_with(part)) {
            return Some(
                "expected rows of the whole, not of a part of it: leave them out by --where"
                    .to_owned(),
            );
        }
        let claims = TextClaims::of(text);
        if let Some(other) = claims.other {
            return Some(format!(
                "expected values of trade in a month, not {other}: leave the rows below out by \
                 --where"
            ));
        }
        let flow = claims.direction().zip(self.flow);
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
        };
        for text in [
            "Imports",
            "Unit: EUR thousand",
            "of which: oil",
            "Tonnes",
            "Russia",
            "% change",
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
