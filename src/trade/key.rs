//! The key of a series: reporter, partner, flow, product and unit.

use super::{Currency, TradeError};
use std::fmt;
use std::str::FromStr;

/// The code of a reporter, partner or product: 1 to 16 letters, digits, `-` or `_`, in upper case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Code(Box<str>);

impl Code {
    /// Parse a code and turn it to upper case.
    ///
    /// # Errors
    /// [`TradeError::Code`] with the text.
    pub fn parse(text: &str) -> Result<Self, TradeError> {
        let text = text.trim();
        let fits = (1..=16).contains(&text.len())
            && text
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
        fits.then(|| Self(text.to_ascii_uppercase().into()))
            .ok_or_else(|| TradeError::Code {
                text: text.to_owned(),
            })
    }

    /// Return the text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// The direction of trade, seen from the reporter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Flow {
    /// Exports, `X`.
    Exports,
    /// Imports, `M`.
    Imports,
    /// Exports and imports together, `T`.
    Total,
    /// Exports minus imports, `B`: the only flow that may be negative.
    Balance,
}

impl Flow {
    /// Exports and imports: the flows that totals and balances are made of.
    pub const DIRECTIONS: [Self; 2] = [Self::Exports, Self::Imports];

    /// Parse the letter or the word, in any case: `X`, `M`, `T`, `B`, `exports`, `imports`,
    /// `total`, `balance`, and what publishers write for them. Re-exports are no flow.
    ///
    /// # Errors
    /// [`TradeError::Flow`] with the text.
    pub fn parse(text: &str) -> Result<Self, TradeError> {
        match text.trim().to_ascii_lowercase().as_str() {
            "x" | "ex" | "exports" | "export" | "exp" | "total exports" | "exportaciones"
            | "exportação" | "exportações" | "exportacao" | "exportacoes" | "exportations"
            | "ausfuhr" | "出口" | "ЭК" => Ok(Self::Exports),
            "m" | "im" | "imports" | "import" | "imp" | "total imports" | "importaciones"
            | "importação" | "importações" | "importacao" | "importacoes" | "importations"
            | "einfuhr" | "进口" | "ИМ" => Ok(Self::Imports),
            "t" | "total" | "total trade" | "trade" | "turnover" | "进出口" => Ok(Self::Total),
            "b" | "balance" | "trade balance" | "bal" => Ok(Self::Balance),
            _ => Err(TradeError::Flow {
                text: text.to_owned(),
            }),
        }
    }

    /// Return the letter used in keys.
    pub fn letter(self) -> &'static str {
        match self {
            Self::Exports => "X",
            Self::Imports => "M",
            Self::Total => "T",
            Self::Balance => "B",
        }
    }

    /// Return the English word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Exports => "exports",
            Self::Imports => "imports",
            Self::Total => "total",
            Self::Balance => "balance",
        }
    }

    /// Whether a value of this flow may be below zero.
    pub fn may_be_negative(self) -> bool {
        self == Self::Balance
    }
}

impl fmt::Display for Flow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.letter())
    }
}

/// The key of a series. As text, `USA.CHN.M.TOTAL.USD` is what the United States import from China,
/// all goods, in dollars.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SeriesKey {
    /// Reporter code.
    pub reporter: Code,
    /// Partner code.
    pub partner: Code,
    /// Direction of trade.
    pub flow: Flow,
    /// Product code; `TOTAL` for all goods.
    pub product: Code,
    /// Currency of the values, which are in base units.
    pub unit: Currency,
}

impl SeriesKey {
    /// Parse `REPORTER.PARTNER.FLOW.PRODUCT.UNIT`, in any case.
    ///
    /// # Errors
    /// [`TradeError::Key`] with the text and the wrong part.
    pub fn parse(text: &str) -> Result<Self, TradeError> {
        let refuse = |reason: String| TradeError::Key {
            text: text.to_owned(),
            reason,
        };
        let parts: Vec<&str> = text.trim().split('.').collect();
        let [reporter, partner, flow, product, unit] = parts[..] else {
            return Err(refuse(format!(
                "it has {} part{} where 5 are needed",
                parts.len(),
                if parts.len() == 1 { "" } else { "s" }
            )));
        };
        let part = |error: TradeError| refuse(error.to_string());
        Ok(Self {
            reporter: Code::parse(reporter).map_err(part)?,
            partner: Code::parse(partner).map_err(part)?,
            flow: Flow::parse(flow).map_err(part)?,
            product: Code::parse(product).map_err(part)?,
            unit: Currency::parse(unit).map_err(part)?,
        })
    }

    /// Return the key of the same trade in another direction.
    #[must_use]
    pub fn with_flow(&self, flow: Flow) -> Self {
        Self {
            flow,
            ..self.clone()
        }
    }

    /// Return the key of the same trade with another partner.
    #[must_use]
    pub fn with_partner(&self, partner: Code) -> Self {
        Self {
            partner,
            ..self.clone()
        }
    }

    /// Return the key of the same trade in another currency.
    #[must_use]
    pub fn with_unit(&self, unit: Currency) -> Self {
        Self {
            unit,
            ..self.clone()
        }
    }
}

impl fmt::Display for SeriesKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}.{}.{}.{}.{}",
            self.reporter, self.partner, self.flow, self.product, self.unit
        )
    }
}

impl FromStr for SeriesKey {
    type Err = TradeError;
    fn from_str(text: &str) -> Result<Self, TradeError> {
        Self::parse(text)
    }
}

/// An SDMX-like filter over keys: parts are separated by `.`, alternatives by `+`. An empty part or
/// `*` matches all, as do missing parts at the end. `CHN.KAZ+KGZ..TOTAL` is China with two
/// partners, every flow and unit.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct KeyFilter {
    parts: Vec<Vec<String>>,
}

impl KeyFilter {
    /// Parse a filter; the empty text matches every key.
    ///
    /// # Errors
    /// [`TradeError::Key`] if there are more than five parts or an alternative is no code.
    pub fn parse(text: &str) -> Result<Self, TradeError> {
        let refuse = |reason: String| TradeError::Key {
            text: text.to_owned(),
            reason,
        };
        let parts: Vec<&str> = text.trim().split('.').collect();
        if parts.len() > 5 {
            return Err(refuse(format!(
                "a filter has at most 5 parts, this has {}",
                parts.len()
            )));
        }
        let alternatives = |part: &&str| match *part {
            "" | "*" => Ok(Vec::new()),
            part => part
                .split('+')
                .map(|code| {
                    Code::parse(code)
                        .map(|c| c.to_string())
                        .map_err(|error| refuse(error.to_string()))
                })
                .collect(),
        };
        Ok(Self {
            parts: parts.iter().map(alternatives).collect::<Result<_, _>>()?,
        })
    }

    /// Whether `key` matches the filter.
    pub fn matches(&self, key: &SeriesKey) -> bool {
        let of_key = [
            key.reporter.as_str(),
            key.partner.as_str(),
            key.flow.letter(),
            key.product.as_str(),
            key.unit.as_str(),
        ];
        self.parts
            .iter()
            .zip(of_key)
            .all(|(wanted, part)| wanted.is_empty() || wanted.iter().any(|w| w == part))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_survives_its_text() {
        for text in [
            "USA.CHN.M.TOTAL.USD",
            "CHN.CA5.T.TOTAL.CNY",
            "CN-XJ.KAZ.X.HS27.USD",
        ] {
            assert_eq!(SeriesKey::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(
            SeriesKey::parse("usa.chn.m.total.usd").unwrap().to_string(),
            "USA.CHN.M.TOTAL.USD"
        );
    }

    #[test]
    fn a_wrong_part_is_named() {
        let reason = |text: &str| SeriesKey::parse(text).unwrap_err().to_string();
        assert!(reason("USA.CHN.M.TOTAL").contains("4 parts"));
        assert!(reason("USA.CHN.Q.TOTAL.USD").contains("`Q` is no flow"));
        assert!(reason("USA..M.TOTAL.USD").contains("no code"));
        assert!(reason("USA.CHN.M.TOTAL.DOLLARS").contains("no unit"));
    }

    #[test]
    fn a_filter_takes_alternatives_and_blanks() {
        let key = SeriesKey::parse("CHN.KGZ.X.TOTAL.USD").unwrap();
        for (filter, passes) in [
            ("", true),
            ("CHN.KAZ+KGZ..TOTAL", true),
            ("*.KGZ", true),
            ("CHN.KAZ", false),
            ("...TOTAL.CNY", false),
        ] {
            assert_eq!(
                KeyFilter::parse(filter).unwrap().matches(&key),
                passes,
                "{filter}"
            );
        }
        assert!(KeyFilter::parse("a.b.c.d.e.f").is_err());
    }
}
