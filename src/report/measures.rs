//! Words and choices that all formats share for growth, intervals, published figures and scores.

use super::number;
use crate::backtest::Score;
use crate::growth::{Band, GrowthEstimate, GrowthMeasure, ValueRange};
use crate::pipeline::{ForecastPoint, Outlook, percent};
use crate::trade;
use crate::trade::SeriesKey;
use std::collections::BTreeMap;

/// The level of an interval in percent.
pub(super) fn level(band: &Band) -> f64 {
    percent(band.level)
}

/// Return the interval that tables show: that of 80 % where there is one, else the first.
pub(super) fn shown(bands: &[Band]) -> Option<&Band> {
    let usual = bands.iter().find(|band| level(band) == 80.0);
    usual.or(bands.first())
}

/// Return the heading of a column of intervals: `80 % interval`; empty where there is none.
pub(super) fn interval_heading(band: Option<&Band>) -> String {
    band.map_or_else(String::new, |band| format!("{} % interval", level(band)))
}

/// Return the growth of `measure` at a month ahead, where there is one.
pub(super) fn growth_at(point: &ForecastPoint, measure: GrowthMeasure) -> Option<&GrowthEstimate> {
    point.readings.iter().find(|of| of.measure == measure)
}

/// Return the naive growth of a span; `None` where all of the span is known, so that nothing is
/// left to repeat.
pub(super) fn naive(of: &GrowthEstimate) -> Option<f64> {
    (of.share_observed < 0.9995).then_some(of.naive)
}

/// Return whether a reading of an outlook is listed: the year and January to March stand once, and
/// single months are left out.
pub(super) fn is_listed(outlook: &Outlook, of: &GrowthEstimate) -> bool {
    match of.measure {
        GrowthMeasure::Month => false,
        GrowthMeasure::YearToDate | GrowthMeasure::TrailingYear => of.span != outlook.year,
        GrowthMeasure::Quarter => of.span.first().of_year() != 1,
        _ => true,
    }
}

/// The word that results use for what a published figure measures.
pub(super) fn release_measure(measure: trade::FigureMeasure) -> &'static str {
    match measure {
        trade::FigureMeasure::Level => "level",
        trade::FigureMeasure::Growth => "growth",
        trade::FigureMeasure::Change => "change",
        trade::FigureMeasure::ShareOfProduct => "share_of_product",
        trade::FigureMeasure::ShareOfPartner => "share_of_partner",
        trade::FigureMeasure::ShareOfReporter => "share_of_reporter",
    }
}

/// Write what a level can be: `259.316 to 259.518 bn`, `over 49.5 bn`.
pub(super) fn level_range(range: ValueRange) -> String {
    if range.upper.is_finite() {
        number::fine_range(range.lower, range.upper)
    } else {
        format!("over {}", number::short(range.lower))
    }
}

/// Write what growth can be: `-10.25 to -10.15 %`, `under +41.9 %` where the level before has no
/// upper bound.
pub(super) fn growth_range(range: ValueRange) -> String {
    match (range.lower > -1.0, range.upper.is_finite()) {
        (true, true) => number::fine_growth_range(range.lower, range.upper),
        (true, false) => format!("over {}", number::growth(range.lower)),
        (false, true) => format!("under {}", number::growth(range.upper)),
        (false, false) => "open".to_owned(),
    }
}

/// Return the currency of a series by its name; empty where the name is no key.
pub(super) fn unit_of(series: &str) -> String {
    SeriesKey::parse(series).map_or_else(|_| String::new(), |key| key.unit.to_string())
}

/// Return the scores of a series and method, sorted by name.
pub(super) fn sorted_scores(score: &Score) -> BTreeMap<&str, f64> {
    let values = score.values.iter();
    values
        .map(|(name, value)| (name.as_str(), *value))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::example;

    #[test]
    fn a_known_span_has_no_naive_growth_beside_its_own() {
        let mut year = example::forecast().years.remove(0);
        assert_eq!(naive(&year), Some(year.naive));
        year.share_observed = 0.999_999_9;
        assert_eq!(naive(&year), None);
    }

    #[test]
    fn an_open_range_is_told_as_open() {
        let range = |lower, upper| growth_range(ValueRange { lower, upper });
        assert_eq!(range(-1.0, 0.4192), "under +41.9 %");
        assert_eq!(range(0.06, f64::INFINITY), "over +6.0 %");
        assert_eq!(range(0.06, 0.0613), "+6.00 to +6.13 %");
        assert_eq!(range(-1.0, f64::INFINITY), "open");
    }
}
