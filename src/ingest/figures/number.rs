//! Written numbers: their rounding, their scale, and their value rounded once.

use std::io::Write as _;

/// Return half a unit of the last digit that a number was written with: `286.42` was rounded by at
/// most 0.005, `1.5e9` by 5e7.
pub(in crate::ingest) fn half_of_last_digit(text: &str) -> f64 {
    let (digits, exponent) = text
        .split_once(['e', 'E'])
        .map_or((text, 0), |(digits, exponent)| {
            (digits, exponent.parse::<i32>().unwrap_or(0))
        });
    let decimals = digits.split_once('.').map_or(0, |(_, decimals)| {
        decimals.bytes().take_while(u8::is_ascii_digit).count()
    });
    let decimals = i32::try_from(decimals).unwrap_or(i32::MAX);
    0.5 * 10_f64.powi(exponent.saturating_sub(decimals))
}

/// Return the exponent of `scale`, where it is a power of ten above 1.
pub(in crate::ingest) fn power_of_ten(scale: f64) -> Option<i32> {
    (1..=18).find(|exponent| 10_f64.powi(*exponent).to_bits() == scale.to_bits())
}

/// Parse a number that is written in units of `10^exponent`; `None` for a text that is no number.
///
/// The number is rounded once, so that 2079.2 million and 2.0792 thousand million are the same
/// number to the last bit; a product would be rounded twice.
pub(in crate::ingest) fn scaled(text: &str, exponent: i32) -> Option<f64> {
    if exponent == 0 {
        return text.parse().ok();
    }
    let (digits, own) = match text.find(['e', 'E']) {
        Some(at) => (&text[..at], text[at + 1..].parse::<i32>().ok()?),
        None => (text, 0),
    };
    // This runs once a row: only texts of unusual length go through the heap.
    let mut buffer = [0_u8; 48];
    let mut left = &mut buffer[..];
    let exponent = own.checked_add(exponent)?;
    match write!(left, "{digits}e{exponent}") {
        Ok(()) => {
            let unused = left.len();
            let text = std::str::from_utf8(&buffer[..buffer.len() - unused]).ok()?;
            text.parse().ok()
        }
        Err(_) => format!("{digits}e{exponent}").parse().ok(),
    }
}

/// Return the unit of `10^exponent` base units as the tidy layout writes it: `USD mn`,
/// `EUR 10000`.
pub(in crate::ingest) fn unit_text(currency: &str, exponent: i32) -> String {
    match exponent {
        0 => currency.to_owned(),
        6 => format!("{currency} mn"),
        9 => format!("{currency} bn"),
        12 => format!("{currency} trn"),
        exponent => format!(
            "{currency} 1{}",
            "0".repeat(usize::try_from(exponent).unwrap_or(0))
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_digit_carries_the_rounding() {
        for (text, half) in [
            ("286.42", 0.005),
            ("28.0", 0.05),
            ("28", 0.5),
            ("-38", 0.5),
            ("0.104", 0.0005),
            ("1.5e9", 0.5e8),
        ] {
            assert!(
                (half_of_last_digit(text) / half - 1.0).abs() < 1e-12,
                "{text}"
            );
        }
    }

    #[test]
    fn a_figure_in_another_unit_is_the_same_number() {
        assert_ne!(2079.2 * 1e6, 2_079_200_000.0, "why a product will not do");
        for (text, exponent) in [
            ("2079.2", 6),
            ("2.0792", 9),
            ("2079.2e3", 3),
            ("20792E+1", 4),
            ("2079200000", 0),
            ("2079.20000000000000000000000000000000000000000000000", 6),
        ] {
            assert_eq!(scaled(text, exponent), Some(2_079_200_000.0), "{text}");
        }
        for text in ["", "x", "NaN", "inf", "1e", "e3", "1e2e3", "1e2147483647"] {
            assert_eq!(scaled(text, 6), None, "{text}");
        }
        assert_eq!(
            (power_of_ten(1e6), power_of_ten(1.0), power_of_ten(15e3)),
            (Some(6), None, None)
        );
    }

    #[test]
    fn a_unit_is_written_as_it_is_read() {
        for (exponent, text) in [
            (0, "USD"),
            (3, "USD 1000"),
            (4, "USD 10000"),
            (6, "USD mn"),
            (9, "USD bn"),
        ] {
            assert_eq!(unit_text("USD", exponent), text);
            let unit = crate::trade::Unit::parse(text).unwrap();
            assert_eq!(unit.scale, 10_f64.powi(exponent), "{text}");
        }
    }
}
