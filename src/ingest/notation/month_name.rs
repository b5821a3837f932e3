//! Months by their English names.

/// The English names of the months.
pub(in crate::ingest) const MONTH_NAMES: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// Return the number of a month of the year by its English name or the beginning of it, in lower
/// case.
pub(in crate::ingest) fn month_of_name(name: &str) -> Option<usize> {
    if name == "sept" {
        return Some(9);
    }
    let begins = |month: &&'static str| name.len() >= 3 && month.starts_with(name);
    MONTH_NAMES.iter().position(begins).map(|at| at + 1)
}
