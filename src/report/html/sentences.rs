//! Sentences that can be printed as they are.

use super::content::SeriesReport;
use crate::growth::{GrowthEstimate, GrowthMeasure};
use crate::pipeline::outlook::ProjectedContribution;
use crate::pipeline::{Drivers, Outlook, SplitBy};
use crate::report::driver_group::GROUPS;
use crate::report::measures::{growth_at, level, shown};
use crate::report::{number, words};
use crate::trade::{Flow, SeriesKey, Span, area, areas};

/// Return what is traded between whom, by the names of countries.
pub(super) fn trade(key: &SeriesKey) -> String {
    let (trade, preposition) = match key.flow {
        Flow::Exports => ("exports", "to"),
        Flow::Imports => ("imports", "from"),
        Flow::Total => ("trade", "with"),
        Flow::Balance => ("balance of trade", "with"),
    };
    let product = match key.product.as_str() {
        "TOTAL" => String::new(),
        product => format!(", product {product}"),
    };
    let (reporter, partner) = (name(key.reporter.as_str()), name(key.partner.as_str()));
    format!("{reporter}: {trade} {preposition} {partner}{product}")
}

/// Return the name of an area, or its code where it has none.
pub(super) fn name(code: &str) -> &str {
    let group = area::GROUPS.iter().find(|group| group.code == code);
    let group = group.map(|group| group.english);
    group.or(areas::english_name(code)).unwrap_or(code)
}

/// Names that take an article in a sentence.
const WITH_ARTICLE: [&str; 8] = [
    "Netherlands",
    "Philippines",
    "Russian Federation",
    "European Union",
    "Bahamas",
    "Gambia",
    "Maldives",
    "World",
];

/// Return the name of an area as it stands within a sentence.
fn named(code: &str) -> String {
    match name(code) {
        "World" => "the world".to_owned(),
        name if name.starts_with("United ") || WITH_ARTICLE.contains(&name) => {
            format!("the {name}")
        }
        name => name.to_owned(),
    }
}

/// Return what is traded as the subject of a sentence: `The United States' exports to Mexico`.
fn subject(key: &SeriesKey) -> String {
    let heading = trade(key);
    let goods = heading.split_once(": ").map_or("trade", |(_, goods)| goods);
    let partner = name(key.partner.as_str());
    let goods = goods.replacen(partner, &named(key.partner.as_str()), 1);
    let owner = capital(&named(key.reporter.as_str()));
    let mark = if owner.ends_with('s') { "'" } else { "'s" };
    format!("{owner}{mark} {goods}")
}

/// Write growth as words do: `20.1 % more than`, `as much as`.
fn on_year_before(growth: f64) -> String {
    let percent = (growth.abs() * 1000.0).round() / 10.0;
    match growth {
        _ if percent == 0.0 => "as much as".to_owned(),
        growth if growth > 0.0 => format!("{percent:.1} % more than"),
        _ => format!("{percent:.1} % less than"),
    }
}

/// Write where a year ends: `2.5 % above the year before (80 % interval -1.0 to +6.1 %)`.
fn year_end(growth: &GrowthEstimate) -> String {
    let percent = (growth.median.abs() * 1000.0).round() / 10.0;
    let end = match growth.median {
        _ if percent == 0.0 => "level with the year before".to_owned(),
        median if median > 0.0 => format!("{percent:.1} % above the year before"),
        _ => format!("{percent:.1} % below the year before"),
    };
    match shown(&growth.bands) {
        Some(band) => format!(
            "{end} ({} % interval {})",
            level(band),
            number::growth_range(band.lower, band.upper)
        ),
        None => end,
    }
}

/// Write growth with its interval: `+2.5 % (80 % interval -1.0 to +6.1 %)`.
fn with_interval(growth: &GrowthEstimate) -> String {
    let median = number::growth(growth.median);
    match shown(&growth.bands) {
        Some(band) => format!(
            "{median} ({} % interval {})",
            level(band),
            number::growth_range(band.lower, band.upper)
        ),
        None => median,
    }
}

/// Write percentage points: `+3.4`.
fn points(points: f64) -> String {
    format!("{points:+.1} points")
}

/// Say in three sentences what is known of a series, what is expected, and why and how surely.
pub(super) fn of_series(report: &SeriesReport) -> [String; 3] {
    let SeriesReport {
        detail,
        forecast,
        explained,
        ..
    } = report;
    let key = &detail.summary.key;
    let unit = detail.summary.unit;
    let subject = subject(key);
    let last = detail
        .observations
        .iter()
        .rev()
        .find_map(|month| Some((month, month.value?)));
    let known = last.map_or_else(
        || format!("{subject}: no figure is known."),
        |(month, value)| {
            let mut text = format!(
                "{subject} reached {} {unit} in {}",
                number::short(value),
                Span::month(month.month).words()
            );
            if let Some(growth) = month.growth {
                text += &format!(", {} a year before", on_year_before(growth));
            }
            if let Some(growth) = month.growth_year_to_date
                && month.month.of_year() > 1
            {
                text += &format!("; the year to date stands at {}", number::growth(growth));
            }
            text + "."
        },
    );
    let expected = match (forecast.years.first(), forecast.points.first()) {
        (Some(year), _) => {
            let known = (100.0 * year.share_observed).round();
            let so_far = if known >= 1.0 {
                format!("; {known:.0} % of it is known")
            } else {
                String::new()
            };
            let next = forecast.years.get(1).map_or_else(String::new, |next| {
                format!(", and {} {}", next.span, year_end(next))
            });
            format!(
                "{} is expected to end {}{next}{so_far}.",
                year.span,
                year_end(year)
            )
        }
        (None, Some(point)) => {
            let growth = growth_at(point, GrowthMeasure::Month).map_or_else(String::new, |of| {
                format!(", {} on the year before", with_interval(of))
            });
            format!(
                "{} {unit} are expected in {}{growth}.",
                number::short(point.value),
                Span::month(point.month).words()
            )
        }
        (None, None) => "Nothing is expected of months ahead.".to_owned(),
    };
    let accuracy = &forecast.evaluation;
    let drivers = main_drivers(explained.growth.iter().rfind(|growth| {
        let year = forecast.years.first();
        growth.measure == GrowthMeasure::Year && year.is_none_or(|year| year.span == growth.span)
    }));
    let error = if accuracy.months > 0 {
        let coverage = forecast
            .coverage
            .first()
            .map_or_else(String::new, |(of, share)| {
                format!(
                    ", and {:.0} % of the figures lay inside the {:.0} % interval",
                    100.0 * share,
                    100.0 * of
                )
            });
        format!(
            "over {} past months the method was {:.1} % off, where the same month of the year \
             before was {:.1} % off{coverage}",
            accuracy.months, accuracy.smape, accuracy.naive_smape
        )
    } else {
        "the history is too short to measure the method on it".to_owned()
    };
    let why = match drivers {
        Some(drivers) => format!("{drivers}; {error}."),
        None => format!("{}.", capital(&error)),
    };
    [known, expected, why]
}

/// Name the two largest groups of drivers; `None` where nothing is explained.
fn main_drivers(growth: Option<&Drivers>) -> Option<String> {
    let growth = growth?;
    let mut parts: Vec<(&str, f64)> = GROUPS
        .iter()
        .filter_map(|group| Some((group.words, group.points(growth)?)))
        .collect();
    parts.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()));
    let [first, second, ..] = &parts[..] else {
        return None;
    };
    let part = |(words, amount): &(&str, f64)| format!("{} ({})", lower(words), points(*amount));
    Some(format!(
        "What counts most is {} and {}",
        part(first),
        part(second)
    ))
}

/// Say in three sentences what is known of a pair, where the year ends, and what carries it.
pub(super) fn of_pair(outlook: &Outlook) -> [String; 3] {
    let (unit, year) = (outlook.key.unit, outlook.year);
    let growth = outlook.growth.map_or_else(String::new, |growth| {
        format!(", {} a year before", on_year_before(growth))
    });
    let known = format!(
        "{} came to {} {unit} in {}{growth}.",
        subject(&outlook.key),
        number::exact(outlook.level),
        outlook.known.words()
    );
    let of_year = outlook.readings.iter().find(|(of, growth)| {
        *of == unit && growth.measure == GrowthMeasure::Year && growth.span == year
    });
    let total = outlook
        .levels
        .iter()
        .find(|level| level.currency == unit && level.span == year);
    let total = total.map_or_else(String::new, |total| {
        let median = number::short(total.summary.median);
        format!(", at about {median} {unit}")
    });
    let expected = of_year.map_or_else(
        || format!("Nothing can be said of {year}."),
        |(_, growth)| format!("{year} is expected to end {}{total}.", year_end(growth)),
    );
    let by = |by: SplitBy| -> Vec<&ProjectedContribution> {
        let mut parts: Vec<_> = outlook.projected.iter().filter(|of| of.by == by).collect();
        parts.sort_by(|a, b| b.points.abs().total_cmp(&a.points.abs()));
        parts
    };
    let parts = [by(SplitBy::Partner), by(SplitBy::Flow)];
    let parts = parts.iter().find(|parts| parts.len() > 1);
    let carried = match parts {
        Some(parts) => {
            let added: Vec<String> = parts
                .iter()
                .take(3)
                .map(|part| format!("{} {}", named(&part.name), words::adds(part.points, 1)))
                .collect();
            format!("To the growth of {year}, {}.", added.join(", "))
        }
        None => match outlook.flat_rest_growth {
            Some(growth) => format!(
                "If the rest of the year only repeated the year before, it would end at {}.",
                number::growth(growth)
            ),
            None => "Parts of it are not known.".to_owned(),
        },
    };
    let carried = match &outlook.record {
        Some(record) => {
            let probability = 100.0 * record.probability;
            format!(
                "{}; a record in {} is {probability:.0} % likely.",
                carried.trim_end_matches('.'),
                record.currency
            )
        }
        None => carried,
    };
    [known, expected, carried]
}

/// Return the name of a part: of a flow as it is, of a partner that of its country.
pub(super) fn part_name(part: &str) -> &str {
    name(part)
}

/// Begin a text with a small letter.
fn lower(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_lowercase().chain(letters).collect()
    })
}

/// Begin a text with a capital letter.
fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::example;

    #[test]
    fn a_key_is_the_subject_of_a_sentence() {
        for (key, expected) in [
            (
                "USA.CHN.M.TOTAL.USD",
                "The United States' imports from China",
            ),
            (
                "CHN.USA.X.TOTAL.CNY",
                "China's exports to the United States",
            ),
            (
                "CHN.CA5.T.TOTAL.CNY",
                "China's trade with Central Asia (five countries)",
            ),
            ("CHN.WLD.T.TOTAL.CNY", "China's trade with the world"),
            ("AAX.AAZ.X.85.USD", "AAX's exports to AAZ, product 85"),
        ] {
            assert_eq!(subject(&SeriesKey::parse(key).unwrap()), expected);
        }
    }

    #[test]
    fn growth_is_said_in_words() {
        assert_eq!(on_year_before(-0.2006), "20.1 % less than");
        assert_eq!(on_year_before(0.0004), "as much as");
        let mut growth = example::forecast().years.remove(0);
        assert_eq!(
            year_end(&growth),
            "12.3 % below the year before (80 % interval -41.2 to +40.4 %)"
        );
        growth.bands.clear();
        growth.median = 0.0002;
        assert_eq!(year_end(&growth), "level with the year before");
    }
}
