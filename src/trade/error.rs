//! Texts that are no month, span, key or unit.

/// The reason why a text was refused: each variant names the text and what was expected instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TradeError {
    /// The text is no month.
    #[error(
        "`{text}` is no month: expected for example 2025-05, 2025-M05, 2025M05, 202505 or \
         2025-05-01"
    )]
    Month {
        /// The text as given.
        text: String,
    },
    /// The text is no span of whole months.
    #[error(
        "`{text}` is no period: expected for example 2025-05, 2025-Q2, 2025-S1, 2025 or \
         2025-01-01/P5M"
    )]
    Span {
        /// The text as given.
        text: String,
    },
    /// The text is no calendar date.
    #[error("`{text}` is no date: expected for example 2025-06-14")]
    Date {
        /// The text as given.
        text: String,
    },
    /// The text is no code of a reporter, partner or product.
    #[error(
        "`{text}` is no code: expected letters, digits, `-` or `_`, \
         for example CHN, CA5, CN-XJ or TOTAL"
    )]
    Code {
        /// The text as given.
        text: String,
    },
    /// The text is no flow.
    #[error("`{text}` is no flow: expected X (exports), M (imports), T (total) or B (balance)")]
    Flow {
        /// The text as given.
        text: String,
    },
    /// The text is no series key.
    #[error(
        "`{text}` is no series key: expected REPORTER.PARTNER.FLOW.PRODUCT.UNIT, \
         for example USA.CHN.M.TOTAL.USD; {reason}"
    )]
    Key {
        /// The text as given.
        text: String,
        /// The part that was wrong.
        reason: String,
    },
    /// The text names no trade to ask about.
    #[error(
        "`{text}` names no trade: expected REPORTER.PARTNER and, if you like, \
         .FLOW.PRODUCT.UNIT behind it, for example CHN.CA5 or USA.CHN.M; {reason}"
    )]
    Subject {
        /// The text as given.
        text: String,
        /// The part that was wrong.
        reason: String,
    },
    /// The text is no unit.
    #[error(
        "`{text}` is no unit: expected a currency and a scale, \
         for example `USD`, `thousand USD`, `USD mn`, `USD bn`, `USD trn`, `JPY 1000` or `CNY bn`"
    )]
    Unit {
        /// The text as given.
        text: String,
    },
}
