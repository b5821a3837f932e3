//! What a call states about a file.

use super::fields::refuse;
use crate::ingest::{MappedPart, Mapping, MappingError, PartSource};
use crate::service::pb;
use crate::service::status::ServiceError;

impl TryFrom<pb::FileMapping> for Mapping {
    type Error = ServiceError;

    fn try_from(wire: pb::FileMapping) -> Result<Self, ServiceError> {
        let mut mapping = Self {
            wide: wire.wide,
            sheet: Some(wire.sheet).filter(|sheet| !sheet.is_empty()),
            header_row: Some(wire.header_row).filter(|row| *row > 0),
            filters: wire.filters.into_iter().collect(),
            skip: wire.skip,
            gaps: wire.gaps,
            nil: wire.nil,
            codes: wire.codes.into_iter().collect(),
            ..Self::default()
        };
        let wrong =
            |error: MappingError| refuse("mapping", format!("{}: {}", error.part, error.expected));
        for (name, source) in wire.parts {
            let part = MappedPart::parse(&name).ok_or_else(|| {
                let words = MappedPart::ALL.map(MappedPart::word).join(", ");
                refuse("mapping", format!("expected one of {words}, not `{name}`"))
            })?;
            mapping
                .set(part, PartSource::parse(&source))
                .map_err(wrong)?;
        }
        if !wire.decimal.is_empty() {
            mapping.set_decimal(&wire.decimal).map_err(wrong)?;
        }
        if !wire.thousands.is_empty() {
            mapping.set_thousands(&wire.thousands).map_err(wrong)?;
        }
        if !wire.dates.is_empty() {
            mapping.set_dates(&wire.dates).map_err(wrong)?;
        }
        Ok(mapping)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mapping_of_the_wire_is_checked() {
        let parts = |pairs: &[(&str, &str)]| {
            let pairs = pairs.iter();
            pairs
                .map(|(a, b)| ((*a).to_owned(), (*b).to_owned()))
                .collect()
        };
        let wire = pb::FileMapping {
            parts: parts(&[
                ("reporter", "UZB"),
                ("partner", "header"),
                ("unit", "USD 1000"),
            ]),
            decimal: ",".to_owned(),
            ..pb::FileMapping::default()
        };
        let mapping = Mapping::try_from(wire.clone()).unwrap();
        assert!(mapping.wide && mapping.notation.marks.decimal == Some(','));
        assert_eq!(mapping.stated.unit.map(|unit| unit.scale), Some(1e3));
        for (pairs, dates) in [
            (&[("country", "KAZ")][..], ""),
            (&[("flow", "sideways")], ""),
            (&[("flow", "X")], "ymd"),
        ] {
            let wire = pb::FileMapping {
                parts: parts(pairs),
                dates: dates.to_owned(),
                ..wire.clone()
            };
            assert!(Mapping::try_from(wire).is_err(), "{pairs:?} {dates}");
        }
    }
}
