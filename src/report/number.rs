//! Numbers as people read them: `38.1 bn`, `+3.4 %`, `-5.1 to +12.3 %`.

/// The scales that values are shown in, largest first.
const SCALES: [(f64, &str); 4] = [(1e12, " tn"), (1e9, " bn"), (1e6, " mn"), (1e3, " k")];

/// Return the scale that suits a value, and its word.
fn scale(value: f64) -> (f64, &'static str) {
    // 999.96 mn would be rounded to 1000 mn: it is shown as 1.00 bn.
    let size = value.abs() * 1.0005;
    let found = SCALES.into_iter().find(|(scale, _)| size >= *scale);
    found.unwrap_or((1.0, ""))
}

/// Write three digits, with decimals where the value is below 100.
fn digits(value: f64) -> String {
    match value.abs() {
        size if size < 9.995 => format!("{value:.2}"),
        size if size < 99.95 => format!("{value:.1}"),
        _ => format!("{value:.0}"),
    }
}

/// Write a value with three digits and its scale: `38.1 bn`.
pub fn short(value: f64) -> String {
    let (scale, word) = scale(value);
    format!("{}{word}", digits(value / scale))
}

/// Write a value with the digits that were published: `286.42 bn`, `259.316 bn`.
pub fn exact(value: f64) -> String {
    let (scale, word) = scale(value);
    let text = format!("{:.3}", value / scale);
    format!("{}{word}", text.trim_end_matches('0').trim_end_matches('.'))
}

/// Write an interval in one scale: `35.2 to 41.9 bn`.
pub fn short_range(lower: f64, upper: f64) -> String {
    let (scale, word) = scale(lower.abs().max(upper.abs()));
    format!(
        "{} to {}{word}",
        digits(lower / scale),
        digits(upper / scale)
    )
}

/// Write a narrow interval in one scale, to three decimals, billions at most: `259.316 to 259.518
/// bn`, `1607.028 bn` where both ends look the same.
pub fn fine_range(lower: f64, upper: f64) -> String {
    let (scale, word) = scale(lower.abs().max(upper.abs()).min(1e9));
    same_or_range(
        &format!("{:.3}", lower / scale),
        &format!("{:.3}", upper / scale),
        word,
    )
}

/// Write an interval of growth to two decimals: `-10.25 to -10.15 %`, `+2.57 %` where both ends
/// look the same.
pub fn fine_growth_range(lower: f64, upper: f64) -> String {
    same_or_range(
        &format!("{:+.2}", 100.0 * lower),
        &format!("{:+.2}", 100.0 * upper),
        " %",
    )
}

fn same_or_range(lower: &str, upper: &str, unit: &str) -> String {
    if lower == upper {
        format!("{lower}{unit}")
    } else {
        format!("{lower} to {upper}{unit}")
    }
}

/// Write growth, given as a fraction: `+3.4 %`.
pub fn growth(fraction: f64) -> String {
    format!("{} %", signed(fraction))
}

/// Write an interval of growth: `-5.1 to +12.3 %`.
pub fn growth_range(lower: f64, upper: f64) -> String {
    format!("{} to {} %", signed(lower), signed(upper))
}

/// Write percentage points with a sign and `digits` after the point.
pub fn points(points: f64, digits: usize) -> String {
    let text = format!("{points:+.digits$}");
    // A fall that rounds to nothing is no fall.
    match text.strip_prefix('-') {
        Some(rest) if !rest.contains(|digit: char| ('1'..='9').contains(&digit)) => {
            format!("+{rest}")
        }
        _ => text,
    }
}

fn signed(fraction: f64) -> String {
    points((fraction * 1000.0).round() / 10.0, 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        for (value, expected) in [
            (38_123_000_000.0, "38.1 bn"),
            (999_960_000.0, "1.00 bn"),
            (-2_130_000_000_000.0, "-2.13 tn"),
            (532.0, "532"),
            (0.0, "0.00"),
        ] {
            assert_eq!(short(value), expected);
        }
        assert_eq!(short_range(9.6e9, 12.04e9), "9.60 to 12.0 bn");
    }

    #[test]
    fn narrow_intervals_show_what_tells_them_apart() {
        for ((lower, upper), expected) in [
            ((259.315_527e9, 259.518_222e9), "259.316 to 259.518 bn"),
            ((1.607_027_825e12, 1.607_027_826e12), "1607.028 bn"),
            ((2.6e7, 2.7e7), "26.000 to 27.000 mn"),
        ] {
            assert_eq!(fine_range(lower, upper), expected);
        }
        assert_eq!(fine_growth_range(-0.1025, -0.1015), "-10.25 to -10.15 %");
        assert_eq!(fine_growth_range(0.025_701, 0.025_704), "+2.57 %");
    }

    #[test]
    fn growth_is_signed() {
        for (fraction, expected) in [(0.0344, "+3.4 %"), (-0.051, "-5.1 %"), (-0.0001, "+0.0 %")] {
            assert_eq!(growth(fraction), expected);
        }
        assert_eq!(growth_range(-0.051, 0.123), "-5.1 to +12.3 %");
        for (value, expected) in [(-0.004, "+0.00"), (-0.01, "-0.01"), (-20.0, "-20.00")] {
            assert_eq!(points(value, 2), expected);
        }
    }
}
