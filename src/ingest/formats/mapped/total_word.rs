//! Words for a total, and for all products.

/// Whether a text is the word for a total, perhaps with a year: `TOTAL 2024`, which may be that of
/// the months so far.
pub(super) fn is_total_word(text: &str) -> bool {
    let words = text.to_lowercase();
    let beside = |c: char| c.is_ascii_digit() || c.is_whitespace() || matches!(c, ':' | ',');
    matches!(
        words.trim_matches(beside),
        "total"
            | "totals"
            | "grand total"
            | "sum"
            | "gesamt"
            | "insgesamt"
            | "summe"
            | "total général"
            | "total general"
            | "total geral"
            | "totale"
            | "ensemble"
            | "всего"
            | "итого"
            | "jami"
            | "toplam"
            | "合计"
            | "总计"
            | "总值"
            | "总额"
            | "합계"
            | "총계"
            | "계"
    )
}

/// Whether a text is the word for all products.
pub(super) fn is_all_products(text: &str) -> bool {
    let lower = text.trim().to_lowercase();
    // `SI3_AGG - TO - Total merchandise`: codes before the label.
    let lower = lower.rsplit(" - ").next().unwrap_or_default();
    matches!(
        lower,
        "all products"
            | "all commodities"
            | "all goods"
            | "all items"
            | "all"
            | "goods"
            | "merchandise"
            | "total all products"
            | "total merchandise"
            | "_t"
            | "tot"
    ) || is_total_word(lower)
}
