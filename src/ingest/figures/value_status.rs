//! What the status of a figure says about the value beside it.

/// What the status of a figure says about the value beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::ingest) enum ValueStatus {
    /// The value is what was published.
    Stated,
    /// The value is confidential: a zero stands for it.
    Confidential,
    /// There is no value, whatever stands in its place.
    Absent,
}

impl ValueStatus {
    /// Return what `status` says: flags of the SDMX code list `CL_OBS_STATUS` (`H`, `K`, `L`, `M`,
    /// `O`, `Q`) or of Eurostat (`:`, `c`, several side by side as in `bc`), or a word.
    pub(in crate::ingest) fn of(status: &str) -> Self {
        let status = status.trim();
        if status.is_empty() {
            return Self::Stated;
        }
        let absent = ["missing", "unavailable", "not available", "n.a."];
        if matches!(status, ".." | "...")
            || status.contains(':')
            || absent.iter().any(|word| status.eq_ignore_ascii_case(word))
        {
            return Self::Absent;
        }
        let mut found = Self::Stated;
        for flags in status.split(|c: char| !c.is_ascii_alphanumeric()) {
            let hidden = ["confidential", "suppressed", "withheld", "c", "x"];
            let is_hidden = hidden.iter().any(|word| flags.eq_ignore_ascii_case(word));
            let lower = flags.len() <= 4 && flags.bytes().all(|b| b.is_ascii_lowercase());
            if matches!(flags, "H" | "K" | "L" | "M" | "O" | "Q") {
                return Self::Absent;
            }
            if is_hidden || lower && flags.contains('c') {
                found = Self::Confidential;
            }
        }
        found
    }

    /// Whether `value` is no figure.
    pub(in crate::ingest) fn hides(self, value: f64) -> bool {
        match self {
            Self::Stated => false,
            Self::Confidential => value == 0.0,
            Self::Absent => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_of_no_value_is_told_from_others() {
        for (status, expected) in [
            ("", ValueStatus::Stated),
            ("A", ValueStatus::Stated),
            ("p", ValueStatus::Stated),
            ("bep", ValueStatus::Stated),
            ("E", ValueStatus::Stated),
            ("F", ValueStatus::Stated),
            ("S", ValueStatus::Stated),
            ("published", ValueStatus::Stated),
            ("preliminary", ValueStatus::Stated),
            ("O", ValueStatus::Absent),
            ("P;M", ValueStatus::Absent),
            ("K", ValueStatus::Absent),
            (":", ValueStatus::Absent),
            (": c", ValueStatus::Absent),
            ("..", ValueStatus::Absent),
            ("missing", ValueStatus::Absent),
            ("c", ValueStatus::Confidential),
            ("bc", ValueStatus::Confidential),
            ("C", ValueStatus::Confidential),
            ("x", ValueStatus::Confidential),
            ("Confidential", ValueStatus::Confidential),
            ("suppressed", ValueStatus::Confidential),
        ] {
            assert_eq!(ValueStatus::of(status), expected, "{status}");
        }
        assert!(ValueStatus::Confidential.hides(0.0));
        assert!(!ValueStatus::Confidential.hides(7.0));
        assert!(ValueStatus::Absent.hides(7.0));
    }
}
