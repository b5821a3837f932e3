//! The subject of a request: a pair of partners, with flow, product and currency if stated.

use super::{Code, Currency, Flow, SeriesKey, TradeError};
use std::fmt;
use std::str::FromStr;

/// A series key whose flow and currency may be left open.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Subject {
    /// Reporter code.
    pub reporter: Code,
    /// Partner code.
    pub partner: Code,
    /// Direction of trade; `None` for every direction.
    pub flow: Option<Flow>,
    /// Product code.
    pub product: Code,
    /// Currency; `None` for every currency.
    pub unit: Option<Currency>,
}

impl Subject {
    /// Parse `REPORTER.PARTNER`, optionally followed by `.FLOW.PRODUCT.UNIT`, in any case. A part
    /// that is missing, empty or `*` is left open; a product that is left open is `TOTAL`.
    ///
    /// # Errors
    /// [`TradeError::Subject`] with the text and the wrong part.
    pub fn parse(text: &str) -> Result<Self, TradeError> {
        let refuse = |reason: String| TradeError::Subject {
            text: text.to_owned(),
            reason,
        };
        let parts: Vec<&str> = text.trim().split('.').map(str::trim).collect();
        if !(2..=5).contains(&parts.len()) {
            return Err(refuse(format!(
                "it has {} part{} where 2 to 5 are needed",
                parts.len(),
                if parts.len() == 1 { "" } else { "s" }
            )));
        }
        let part = |error: TradeError| refuse(error.to_string());
        let said = |k: usize| parts.get(k).copied().filter(|p| !matches!(*p, "" | "*"));
        Ok(Self {
            reporter: Code::parse(parts[0]).map_err(part)?,
            partner: Code::parse(parts[1]).map_err(part)?,
            flow: said(2).map(Flow::parse).transpose().map_err(part)?,
            product: Code::parse(said(3).unwrap_or("TOTAL")).map_err(part)?,
            unit: said(4).map(Currency::parse).transpose().map_err(part)?,
        })
    }

    /// Whether the subject covers `key`.
    pub fn matches(&self, key: &SeriesKey) -> bool {
        (&self.reporter, &self.partner, &self.product)
            == (&key.reporter, &key.partner, &key.product)
            && self.flow.is_none_or(|flow| flow == key.flow)
            && self.unit.is_none_or(|unit| unit == key.unit)
    }
}

/// The notation of a key, open parts empty: `CHN.CA5..TOTAL.USD`; of a pair alone `CHN.CA5`.
impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.reporter, self.partner)?;
        if (self.flow, self.unit, self.product.as_str()) == (None, None, "TOTAL") {
            return Ok(());
        }
        write!(
            f,
            ".{}.{}",
            self.flow.map_or("", Flow::letter),
            self.product
        )?;
        self.unit.map_or(Ok(()), |unit| write!(f, ".{unit}"))
    }
}

impl FromStr for Subject {
    type Err = TradeError;
    fn from_str(text: &str) -> Result<Self, TradeError> {
        Self::parse(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_may_be_left_open() {
        let key = SeriesKey::parse("CHN.CA5.X.TOTAL.CNY").unwrap();
        for (text, shown, matches) in [
            ("CHN.CA5", "CHN.CA5", true),
            ("chn.ca5.x", "CHN.CA5.X.TOTAL", true),
            ("CHN.CA5.exports..cny", "CHN.CA5.X.TOTAL.CNY", true),
            ("CHN.CA5.*.ROAD", "CHN.CA5..ROAD", false),
            ("CHN.CA5.M", "CHN.CA5.M.TOTAL", false),
            ("CHN.CA5...USD", "CHN.CA5..TOTAL.USD", false),
            ("CHN.KAZ", "CHN.KAZ", false),
        ] {
            let subject = Subject::parse(text).unwrap();
            assert_eq!(
                (subject.to_string().as_str(), subject.matches(&key)),
                (shown, matches)
            );
            assert_eq!(Subject::parse(shown), Ok(subject));
        }
    }

    #[test]
    fn a_wrong_part_is_named() {
        let reason = |text: &str| Subject::parse(text).unwrap_err().to_string();
        assert!(reason("CHN").contains("1 part where"));
        assert!(reason("CHN..X").contains("no code"));
        assert!(reason("CHN.CA5.Q").contains("`Q` is no flow"));
        assert!(reason("A.B.X.T.USD.1").contains("6 parts"));
    }
}
