//! Shocks as they are written on the command line.

use super::event_args::months_text;
use crate::pipeline::scenario::{Shock, ShockSize, ShockTarget};
use crate::trade::{Code, Currency, Flow, SeriesKey, Span};

/// A shock as it is written on the command line.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ShockText {
    kind: TargetKind,
    name: String,
    months: String,
    numbers: Vec<f64>,
    in_percent: bool,
}

/// The kind of a shock's target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum TargetKind {
    Partner,
    Flow(Flow),
    Series,
    Rate,
    Regressor,
}

impl ShockText {
    /// Split a text into target, sizes and months.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let example = "for example `--shock partner:MEX=-10%@2026-03..2026-12`";
        let refuse = |what: &str| format!("`{text}` is no shock: {what}, {example}");
        let kinds = "expected partner:, flow:, series:, rate: or regressor:";
        let (left, months) = text
            .rsplit_once('@')
            .ok_or_else(|| refuse("expected months after `@`"))?;
        let (target, sizes) = left
            .rsplit_once('=')
            .ok_or_else(|| refuse("expected a size after `=`"))?;
        let (kind, name) = target.split_once(':').ok_or_else(|| refuse(kinds))?;
        let kind = match kind.trim() {
            "partner" => TargetKind::Partner,
            "series" => TargetKind::Series,
            "rate" => TargetKind::Rate,
            "regressor" => TargetKind::Regressor,
            "flow" => TargetKind::Flow(Flow::parse(name).map_err(|e| e.to_string())?),
            _ => return Err(refuse(kinds)),
        };
        let sizes: Vec<&str> = sizes.split(',').map(str::trim).collect();
        let in_percent = sizes.iter().all(|size| size.ends_with('%'));
        let numbers = sizes
            .iter()
            .map(|size| size.trim_end_matches('%').trim().parse());
        let numbers: Vec<f64> = numbers
            .collect::<Result<_, _>>()
            .map_err(|_| refuse("expected numbers, all with `%` or all without"))?;
        if !in_percent && sizes.iter().any(|size| size.ends_with('%')) {
            return Err(refuse("expected numbers, all with `%` or all without"));
        }
        let found = Self {
            kind,
            name: name.trim().to_owned(),
            months: months_text(months).ok_or_else(|| refuse("expected months that rise"))?,
            numbers,
            in_percent,
        };
        // What it means is checked at once, so that a refusal names the option.
        found.clone().shock().map_err(|reason| refuse(&reason))?;
        Ok(found)
    }

    /// Return the shock, or say what is wrong with it.
    pub(super) fn shock(self) -> Result<Shock, String> {
        let name = self.name.as_str();
        let target = match self.kind {
            TargetKind::Partner => {
                ShockTarget::Partner(Code::parse(name).map_err(|e| e.to_string())?)
            }
            TargetKind::Flow(flow) => ShockTarget::Flow(flow),
            TargetKind::Series => {
                ShockTarget::Series(SeriesKey::parse(name).map_err(|e| e.to_string())?)
            }
            TargetKind::Rate => {
                ShockTarget::Rate(Currency::parse(name).map_err(|e| e.to_string())?)
            }
            TargetKind::Regressor => ShockTarget::Regressor(self.name),
        };
        let months = Span::parse(&self.months).map_err(|e| e.to_string())?;
        let size = match (self.in_percent, self.kind) {
            (true, _) => ShockSize::Percent(self.numbers),
            (false, TargetKind::Regressor) => ShockSize::Value(self.numbers),
            (false, _) => ShockSize::Amount(self.numbers),
        };
        Shock::new(target, size, months).map_err(|e| e.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shock_is_read_from_its_text() {
        let parsed = |text: &str| ShockText::parse(text).unwrap();
        let found = parsed("partner:MEX=-10%@2026-03..2026-12");
        assert_eq!(found.kind, TargetKind::Partner);
        assert_eq!(found.months, "2026-03-01/P10M");
        let shock = found.shock().unwrap();
        assert_eq!(
            shock.target(),
            &ShockTarget::Partner(Code::parse("MEX").unwrap())
        );
        assert_eq!(shock.size(), &ShockSize::Percent(vec![-10.0]));
        let shock = parsed("series:USA.MEX.M.TOTAL.USD=+2e9,-1e9@2026-03-01/P2M").shock();
        let shock = shock.unwrap();
        assert_eq!(shock.months().to_string(), "2026-03-01/P2M");
        assert_eq!(shock.size(), &ShockSize::Amount(vec![2e9, -1e9]));
        let shock = parsed("regressor:oil=70@2026").shock().unwrap();
        assert_eq!(shock.size(), &ShockSize::Value(vec![70.0]));
        for (wrong, expected) in [
            ("partner:MEX=-10%", "months after `@`"),
            ("partner:MEX@2026", "a size after `=`"),
            ("MEX=-10%@2026", "expected partner:"),
            ("flow:Q=-10%@2026", "no flow"),
            ("partner:MEX=ten@2026", "numbers"),
            ("partner:MEX=1%,2@2026", "all with"),
            ("partner:MEX=1%@2026-05..2026-03", "rise"),
            (
                "partner:MEX=-10@2026",
                "a percentage such as -10%, for example `--shock",
            ),
            ("partner:MEX=-110%@2026", "from -100"),
            ("partner:MEX=-10%@2026-Q9", "no period"),
            ("rate:USD/CNY=-10%@2026", "is no "),
        ] {
            let error = ShockText::parse(wrong).unwrap_err();
            assert!(error.contains(expected), "{error}");
        }
    }
}
