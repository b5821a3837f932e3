//! A figure as published: a level or a growth rate of a span, with its rounding.

use super::area::is_aggregate;
use super::{SeriesKey, Span};
use time::{Date, Duration};

/// What a published figure measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FigureMeasure {
    /// The value of the span, in base units of the key's currency.
    Level,
    /// Year-on-year growth of the span, a fraction, as published: its base may have been revised.
    Growth,
    /// The change from the same span one year before, in base units; may be negative.
    Change,
    /// The product's share in the trade of the same reporter, partner and flow, as a fraction.
    ShareOfProduct,
    /// The partner's share in the reporter's trade with the world, as a fraction.
    ShareOfPartner,
    /// The reporting region's share in its country's trade with the partner, as a fraction.
    ShareOfReporter,
}

impl FigureMeasure {
    /// Every measure.
    pub const ALL: [Self; 6] = [
        Self::Level,
        Self::Growth,
        Self::Change,
        Self::ShareOfProduct,
        Self::ShareOfPartner,
        Self::ShareOfReporter,
    ];

    /// Return the word used in files.
    pub fn word(self) -> &'static str {
        match self {
            Self::Level => "level",
            Self::Growth => "growth",
            Self::Change => "change",
            Self::ShareOfProduct => "share_product",
            Self::ShareOfPartner => "share_partner",
            Self::ShareOfReporter => "share_reporter",
        }
    }

    /// Return the measure with this word; `None` for any other text.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|m| m.word() == text.trim())
    }

    /// Whether figures are delivered in percent and kept as fractions.
    pub fn is_percentage(self) -> bool {
        !matches!(self, Self::Level | Self::Change)
    }
}

/// A published figure. A level and a growth rate of the same span are two measurements; neither
/// replaces the other.
#[derive(Debug, Clone, PartialEq)]
pub struct Release {
    /// Series key.
    pub key: SeriesKey,
    /// The months that the figure covers.
    pub span: Span,
    /// The measure.
    pub measure: FigureMeasure,
    /// The figure: base units for a level or change, a fraction for growth and shares.
    pub value: f64,
    /// Half a unit of the last published digit, in the unit of `value`: the true value lies within
    /// `value ± rounding`.
    pub rounding: f64,
    /// The day it became public, if the source states it.
    pub released_on: Option<Date>,
    /// The earliest day on which it can have been known, if it replaced another figure of its span
    /// and its source states no day. It is no day of publication and ranks the figure before no
    /// other.
    pub known_since: Option<Date>,
    /// Status as delivered: `published`, `derived`, `lower_bound` and the like.
    pub status: String,
    /// Source, as delivered.
    pub source: String,
}

/// The status of a figure published as "more than" or "over".
pub const LOWER_BOUND: &str = "lower_bound";
/// The status of a figure that was derived from published ones.
pub const DERIVED: &str = "derived";
/// The status of growth that the statistics of the other partner state. Its rounding is the
/// standard deviation of its difference from that of the reporter, in logarithms.
pub const MIRRORED: &str = "mirrored";

impl Release {
    /// Whether the figure is growth that the statistics of the other partner state.
    pub fn is_mirrored(&self) -> bool {
        self.status == MIRRORED
    }

    /// Whether the figure is only a lower bound.
    pub fn is_bound(&self) -> bool {
        self.status == LOWER_BOUND
    }

    /// Return the day from which the figure counts as public: as stated, else the earliest day on
    /// which it can have been known, else the end of its span plus the reporter's usual delay.
    pub fn public_on(&self) -> Date {
        self.released_on
            .or(self.known_since)
            .unwrap_or_else(|| presumed_release(&self.key, self.span))
    }
}

/// Return the day on which the reporter of `key` usually publishes a figure over `span`.
///
/// China's customs publish their table by country on about the 18th to the 20th of the next month,
/// January's with February's: a figure with one country is presumed public on the 20th, on 20 March
/// for both. Headline figures, with the world or a group of countries, come first.
///
/// Usual delays after the end of the span: Korea Customs Service 15 days (final figures of the
/// month), China's General Administration of Customs 14, Japan Customs 30 (detailed figures), US
/// Census Bureau FT-900 40; 45 for all others.
pub fn presumed_release(key: &SeriesKey, span: Span) -> Date {
    let reporter = key.reporter.as_str();
    if reporter == "CHN" && !is_aggregate(&key.partner) {
        let next = span
            .last()
            .plus(if span.last().of_year() == 1 { 2 } else { 1 });
        return next.first_day().saturating_add(Duration::days(19));
    }
    span.last().last_day().saturating_add(usual_delay(reporter))
}

/// Return the time from the end of a span to the day on which `reporter` usually publishes it.
pub fn usual_delay(reporter: &str) -> Duration {
    Duration::days(match reporter {
        "CHN" => 14,
        "KOR" => 15,
        "JPN" => 30,
        "USA" => 40,
        _ => 45,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chinas_table_by_country_comes_on_the_20th() {
        let day = |key: &str, span: &str| {
            let key = SeriesKey::parse(key).unwrap();
            presumed_release(&key, Span::parse(span).unwrap()).to_string()
        };
        for (key, span, expected) in [
            ("CHN.KAZ.X.TOTAL.CNY", "2025-01", "2025-03-20"),
            ("CHN.KAZ.X.TOTAL.CNY", "2025-02", "2025-03-20"),
            ("CHN.KAZ.X.TOTAL.CNY", "2025-01-01/P2M", "2025-03-20"),
            ("CHN.KAZ.X.TOTAL.CNY", "2025-01-01/P5M", "2025-06-20"),
            ("CHN.KAZ.X.TOTAL.CNY", "2025-12", "2026-01-20"),
            ("CHN.WLD.X.TOTAL.CNY", "2025-05", "2025-06-14"),
            ("CHN.CA5.T.TOTAL.CNY", "2025-01-01/P5M", "2025-06-14"),
            ("USA.CHN.M.TOTAL.USD", "2025-05", "2025-07-10"),
        ] {
            assert_eq!(day(key, span), expected, "{key} {span}");
        }
    }
}
