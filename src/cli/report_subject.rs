//! What a word of `tradecast report` names: a series, a pattern of series, or a pair of partners.

use crate::trade::{Subject, area, areas};
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

/// Return the subjects that words of the command line name: a pair may be written `CHN.CA5`,
/// `CHN-CA5`, or as two words, `CHN CA5`, as `tradecast outlook` has it.
pub(super) fn subjects(words: &[String]) -> Vec<String> {
    let mut found = Vec::new();
    let mut words = words.iter().map(|word| word.trim()).peekable();
    while let Some(word) = words.next() {
        let dashed = word
            .split_once('-')
            .filter(|(a, b)| is_area(a) && is_area(b));
        let partner = words.next_if(|next| dashed.is_none() && is_area(word) && is_area(next));
        found.push(match (dashed, partner) {
            (Some((reporter, partner)), _) => format!("{reporter}.{partner}"),
            (None, Some(partner)) => format!("{word}.{partner}"),
            (None, None) => word.to_owned(),
        });
    }
    found
}

/// Return whether a text is the code of a country or a group of countries.
fn is_area(text: &str) -> bool {
    let code = text.to_ascii_uppercase();
    area::GROUPS.iter().any(|group| group.code == code) || areas::english_name(&code).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_codes_are_a_pair() {
        for (line, expected) in [
            ("CHN CA5", "CHN.CA5"),
            ("chn-ca5 USA-MEX", "chn.ca5 USA.MEX"),
            ("CHN CA5 USA.CHN.M.TOTAL.USD", "CHN.CA5 USA.CHN.M.TOTAL.USD"),
            ("USA.MEX CHN CA5 KAZ", "USA.MEX CHN.CA5 KAZ"),
            ("USA.*.M.TOTAL.USD", "USA.*.M.TOTAL.USD"),
        ] {
            let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
            assert_eq!(subjects(&words).join(" "), expected);
        }
    }

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
