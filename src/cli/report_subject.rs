//! What a word of `tradecast report` names: a series, a pattern of series, or a pair of partners.

use crate::trade::Subject;
use anyhow::{Context, bail};

/// What a text of the command line names.
pub(super) enum ReportSubject {
    /// A series, by its key.
    Series(String),
    /// Series, by a pattern.
    Pattern(String),
    /// A pair of partners.
    Pair(Subject),
}

impl ReportSubject {
    /// Read a text: two parts, or more with the flow left open, are a pair.
    ///
    /// # Errors
    /// The text is neither a key nor a pair.
    pub(super) fn parse(text: &str) -> anyhow::Result<Self> {
        if text.contains(['*', '+']) {
            return Ok(Self::Pattern(text.to_owned()));
        }
        let subject = Subject::parse(text).context(
            "expected a series key such as USA.CHN.M.TOTAL.USD or a pair such as CHN.CA5",
        )?;
        match (text.split('.').count(), subject.flow) {
            (5, Some(_)) => Ok(Self::Series(text.to_owned())),
            (_, None) => Ok(Self::Pair(subject)),
            _ => bail!(
                "expected a whole key such as {}.{}.M.TOTAL.USD, or the pair {}.{}",
                subject.reporter,
                subject.partner,
                subject.reporter,
                subject.partner
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_is_a_key_a_pattern_or_a_pair() {
        use ReportSubject::{Pair, Pattern, Series};
        let of = |text: &str| ReportSubject::parse(text).unwrap();
        assert!(matches!(of("usa.chn.m.total.usd"), Series(_)));
        assert!(matches!(of("USA.*.M.TOTAL.USD"), Pattern(_)));
        assert!(matches!(of("CHN.CA5"), Pair(_)));
        assert!(matches!(of("CHN.CA5..TOTAL.CNY"), Pair(_)));
        for text in ["CHN", "USA.CHN.M", "USA.CHN.Q.TOTAL.USD", "", "a b.c"] {
            let error = ReportSubject::parse(text).map(|_| ()).unwrap_err();
            assert!(
                format!("{error:#}").contains("expected"),
                "{text}: {error:#}"
            );
        }
    }
}
