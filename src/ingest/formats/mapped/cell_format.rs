//! Number formats of the cells of a workbook that contradict what is stated: `#,##0 "kg"`,
//! `[$€-407] #,##0`, `0.0,,"M"`.

use super::claim::OtherFigures;
use super::heading::TableHead;
use super::layout::TableLayout;
use super::look::ColumnLook;
use crate::ingest::mapping::Mapping;
use crate::ingest::notation::UnitBeside;
use crate::ingest::refusal::shown;

/// Return what was expected where the cells of a column of values show another currency or scale
/// than the stated one, or the unit of a quantity.
pub(super) fn of_formats(
    head: &TableHead<'_>,
    looks: &[ColumnLook],
    layout: &TableLayout,
    mapping: &Mapping,
) -> Option<String> {
    let formats = |at: &usize| head.sheet.formats.get(at).into_iter().flatten();
    let columns = layout.values.iter();
    let mut found = columns.flat_map(|at| formats(at).map(move |format| (&looks[*at], format)));
    found.find_map(|(look, format)| {
        let text = format.text()?;
        let says = format!(
            "the cells of the column `{}` show `{}`",
            look.name,
            shown(text)
        );
        if let Some(other) = OtherFigures::in_text(text) {
            return Some(format!(
                "expected values of trade in a month; {says} beside their numbers, which are \
                 {other}: map another column"
            ));
        }
        let stated = mapping.stated.unit.or(look.heading.unit)?;
        let beside = UnitBeside::of(text)?;
        if !beside.fits(stated.currency) {
            return Some(format!(
                "expected the unit {stated}, as stated; {says} beside their numbers: state another \
                 --unit, or clear the format of the cells if it is wrong"
            ));
        }
        // `0.0,,"M"` shows stored base units in millions.
        let scale = match format.shows_stored() {
            true => 1.0,
            false => beside.scale,
        };
        let has_scale = beside.scale != 1.0;
        (has_scale && scale != stated.scale).then(|| {
            format!(
                "expected the unit {stated}, as stated; {says} beside their numbers, so that they \
                 are in units of {scale}: state another --unit, or clear the format of the cells \
                 if it is wrong"
            )
        })
    })
}
