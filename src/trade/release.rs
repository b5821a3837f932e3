//! A figure as it was published: a level or a growth rate over a span, with the rounding that it was given.

use super::{SeriesKey, Span};
use time::Date;

/// What a published figure says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FigureMeasure {
    /// The value of the span, in base units of the key's currency.
    Level,
    /// Year-on-year growth of the span as a fraction, as published (its base may have been revised).
    Growth,
    /// The absolute change against the same span one year before, in base units; may be negative.
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

    /// The word that files use.
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

    /// The measure of a word; `None` for any other text.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|m| m.word() == text.trim())
    }

    /// Whether the figure is delivered in percent, and kept as a fraction.
    pub fn is_percentage(self) -> bool {
        !matches!(self, Self::Level | Self::Change)
    }
}

/// A published figure. A level and a growth rate of the same span are two measurements, and neither overwrites the other.
#[derive(Debug, Clone, PartialEq)]
pub struct Release {
    /// Which series.
    pub key: SeriesKey,
    /// The months that the figure covers.
    pub span: Span,
    /// What it says.
    pub measure: FigureMeasure,
    /// The figure: base units for a level or change, a fraction for growth and shares.
    pub value: f64,
    /// Half of the last published digit, in the unit of `value`: the truth lies within `value ± rounding`.
    pub rounding: f64,
    /// When it became public, where the source says so.
    pub released_on: Option<Date>,
    /// Since when it can have been known at the earliest, where something else was known of its span before it and its source states no day. It says nothing of
    /// when it became public, and gives it no place before others.
    pub known_since: Option<Date>,
    /// `published`, `derived`, `lower_bound` and the like, as delivered.
    pub status: String,
    /// Where it was read.
    pub source: String,
}

/// The status of a figure published as "more than" or "over".
pub const LOWER_BOUND: &str = "lower_bound";
/// The status of a figure that somebody derived from published ones.
pub const DERIVED: &str = "derived";

impl Release {
    /// Whether it is only a bound: the truth is at least so much.
    pub fn is_bound(&self) -> bool {
        self.status == LOWER_BOUND
    }

    /// The day from which the figure counts as public: as stated, else since when it can have been known, else the end of its span and the reporter's usual delay.
    pub fn public_on(&self) -> Date {
        self.released_on
            .or(self.known_since)
            .unwrap_or_else(|| presumed_release(self.key.reporter.as_str(), self.span))
    }
}

/// The day on which `reporter` usually publishes a figure over `span`.
///
/// Usual delays behind the end of the span: Korea Customs Service 15 days (final figures of the month), China's General
/// Administration of Customs 14, Japan Customs 30 (detailed figures), US Census Bureau FT-900 40; 45 for all others.
pub fn presumed_release(reporter: &str, span: Span) -> Date {
    let days = match reporter {
        "CHN" => 14,
        "KOR" => 15,
        "JPN" => 30,
        "USA" => 40,
        _ => 45,
    };
    span.last()
        .last_day()
        .saturating_add(time::Duration::days(days))
}
