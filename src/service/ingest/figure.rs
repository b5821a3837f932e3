//! One delivered figure, checked: the wire's fields become a figure of a batch.

use crate::ingest::FigureColumn;
use crate::ingest::figures::FigureRow;
use crate::ingest::parsed_file::{CellError, ParsedFile};
use crate::ingest::preview::YearTotal;
use crate::ingest::{Figure, FigureBatch, FigureKind};
use crate::service::pb;
use crate::trade::month::parse_date;
use crate::trade::{Currency, FigureMeasure, SeriesKey, Span, Unit};

/// The most characters of a free text of a figure.
const MOST_CHARACTERS: usize = 1000;

/// Add one figure, the `row`th of its batch.
///
/// # Errors
/// Which field is wrong, its value, and what was expected instead.
pub(super) fn add(
    wire: &pb::DeliveredFigure,
    row: u64,
    parsed: &mut ParsedFile,
) -> Result<(), CellError> {
    let wrong = |field: &str, value: &str, expected: String| CellError::new(field, value, expected);
    let key = SeriesKey::parse(&wire.key).map_err(|e| wrong("key", &wire.key, e.to_string()))?;
    let kind = kind(wire.kind).map_err(|e| wrong("kind", &wire.kind.to_string(), e))?;
    let measure = measure(kind, &wire.measure).map_err(|e| wrong("measure", &wire.measure, e))?;
    let scale = match wire.value {
        // A gap has no unit.
        None if kind == FigureKind::Observation && wire.unit.is_empty() => Ok(1.0),
        _ => scale(&key, measure, &wire.unit),
    };
    let scale = scale.map_err(|e| wrong("unit", &wire.unit, e))?;
    let span =
        Span::parse(&wire.period).map_err(|e| wrong("period", &wire.period, e.to_string()))?;
    let value = value(kind, wire.value, scale).map_err(|e| {
        let text = wire.value.map_or_else(String::new, |v| v.to_string());
        wrong("value", &text, e)
    })?;
    let rounding = wire.rounding * scale;
    if !(0.0..f64::INFINITY).contains(&rounding) {
        let expected = "expected half of the value's last digit, zero or more".to_owned();
        return Err(wrong("rounding", &wire.rounding.to_string(), expected));
    }
    let released_on = (!wire.released_on.is_empty()).then(|| parse_date(&wire.released_on));
    let released_on = released_on
        .transpose()
        .map_err(|e| wrong("released_on", &wire.released_on, e.to_string()))?;
    for (field, text) in [
        ("unit", &wire.unit),
        ("status", &wire.status),
        ("source", &wire.source),
    ] {
        if text.chars().nth(MOST_CHARACTERS).is_some() {
            let expected = format!("expected at most {MOST_CHARACTERS} characters");
            return Err(wrong(field, text, expected));
        }
    }
    let unit = if wire.unit.is_empty() {
        key.unit.as_str()
    } else {
        &wire.unit
    };
    let figure = Figure {
        kind,
        measure,
        span,
        value,
        rounding,
        unit,
        status: &wire.status,
        released_on,
        source: &wire.source,
    };
    let added = parsed.add(&key, &figure, row);
    added.map_err(|(column, expected)| match column {
        FigureColumn::Period => wrong("period", &wire.period, expected),
        FigureColumn::Value => wrong("value", &figure.value.to_string(), expected),
    })
}

/// Return a figure of a batch as it could be delivered again.
pub(super) fn delivered(figures: &FigureBatch, row: &FigureRow) -> pb::DeliveredFigure {
    let kind = match row.kind {
        FigureKind::Observation => pb::FigureKind::Observation,
        FigureKind::Release => pb::FigureKind::Release,
        // A rate has no place on the wire: it is shown without a kind.
        FigureKind::Rate => pb::FigureKind::Unspecified,
    };
    let [
        _,
        _,
        _,
        _,
        _,
        measure,
        period,
        value,
        unit,
        status,
        released_on,
        source,
    ] = figures.tidy_row(row);
    pb::DeliveredFigure {
        kind: kind.into(),
        key: figures.key(row.key).to_string(),
        period,
        value: value.parse().ok(),
        unit,
        measure,
        status,
        released_on,
        source,
        rounding: 0.0,
    }
}

impl From<YearTotal<'_>> for pb::YearTotal {
    fn from(total: YearTotal<'_>) -> Self {
        Self {
            series: total.key.to_string(),
            year: total.year,
            months: total.months as i32,
            value: total.value,
        }
    }
}

/// Return the kind of a figure; an unspecified one is an observation.
fn kind(wire: i32) -> Result<FigureKind, String> {
    match pb::FigureKind::try_from(wire) {
        Ok(pb::FigureKind::Release) => Ok(FigureKind::Release),
        Ok(pb::FigureKind::Observation) => Ok(FigureKind::Observation),
        // A later version of the contract may have kinds that this one cannot guess.
        Ok(pb::FigureKind::Unspecified) | Err(_) => {
            Err("expected FIGURE_KIND_OBSERVATION (1) or FIGURE_KIND_RELEASE (2)".to_owned())
        }
    }
}

/// Return the measure of a figure; an empty text stands for its level.
fn measure(kind: FigureKind, text: &str) -> Result<FigureMeasure, String> {
    let measure = if text.is_empty() {
        Some(FigureMeasure::Level)
    } else {
        FigureMeasure::parse(text)
    };
    match measure {
        Some(FigureMeasure::Level) => Ok(FigureMeasure::Level),
        Some(measure) if kind == FigureKind::Release => Ok(measure),
        _ if kind == FigureKind::Observation => {
            Err("expected `level`: an observation is the value of a month".to_owned())
        }
        _ => {
            let words: Vec<_> = FigureMeasure::ALL.iter().map(|m| m.word()).collect();
            Err(format!("expected one of {}", words.join(", ")))
        }
    }
}

/// Return how many base units one of `unit` is.
fn scale(key: &SeriesKey, measure: FigureMeasure, unit: &str) -> Result<f64, String> {
    if measure.is_percentage() {
        let currency = unit.strip_prefix('%').map(str::trim);
        let fits = currency.is_some_and(|c| c.is_empty() || Currency::parse(c) == Ok(key.unit));
        return if fits {
            Ok(0.01)
        } else {
            Err(format!("expected `%` or `% {}`", key.unit))
        };
    }
    if unit.is_empty() {
        return Err(format!(
            "expected the unit that the value is in, with its scale: for example `{currency}`, \
             `thousand {currency}` or `{currency} mn`",
            currency = key.unit
        ));
    }
    match Unit::parse(unit) {
        Ok(unit) if unit.currency == key.unit => Ok(unit.scale),
        Ok(_) => Err(format!("expected the key's currency, {}", key.unit)),
        Err(error) => Err(error.to_string()),
    }
}

/// Return the value in base units; NaN for a gap that the source states.
fn value(kind: FigureKind, value: Option<f64>, scale: f64) -> Result<f64, String> {
    match value {
        None if kind == FigureKind::Observation => Ok(f64::NAN),
        // NaN would be taken for a gap.
        Some(value) if !value.is_nan() => Ok(value * scale),
        _ => Err(match kind {
            FigureKind::Observation => "expected a finite number, or none for a gap",
            _ => "expected a finite number: a release states one",
        }
        .to_owned()),
    }
}
