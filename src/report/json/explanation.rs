//! Why a forecast is what it is, and why it changed.

use super::estimates::{ContributionJson, WeightJson, weights};
use super::line;
use crate::growth::GrowthMeasure;
use crate::pipeline::{Drivers, Explained, ForecastChange, Quantity};
use crate::projection::{Driver, ExplainedMonth, MemberShare};
use crate::report::measures::unit_of;
use crate::trade::Span;
use serde::Serialize;

#[derive(Debug, Serialize)]
struct ExplanationJson<'a> {
    series: &'a str,
    unit: String,
    method: &'a str,
    last_month: String,
    weights: Vec<WeightJson>,
    notes: &'a [String],
    months: Vec<ExplainedMonthJson>,
    growth: Vec<ExplainedGrowthJson>,
    since: &'a str,
    value_changes: Vec<ChangeJson>,
    growth_changes: Vec<ChangeJson>,
}

#[derive(Debug, Serialize)]
struct ExplainedMonthJson {
    month: String,
    value: f64,
    base: Option<f64>,
    reference: f64,
    members: Vec<MemberJson>,
    finish: Vec<AmountJson>,
}

#[derive(Debug, Serialize)]
struct MemberJson {
    member: &'static str,
    weight: f64,
    value: f64,
    amounts: Vec<AmountJson>,
}

#[derive(Debug, Serialize)]
struct AmountJson {
    driver: String,
    amount: f64,
}

#[derive(Debug, Serialize)]
struct ExplainedGrowthJson {
    measure: &'static str,
    span: String,
    points: f64,
    drivers: Vec<ContributionJson>,
    members: Vec<ContributionJson>,
}

#[derive(Debug, Serialize)]
struct ChangeJson {
    measure: &'static str,
    span: String,
    before: f64,
    after: f64,
    revisions: f64,
    new_figures: Vec<NewFigureJson>,
    model: f64,
}

#[derive(Debug, Serialize)]
struct NewFigureJson {
    month: String,
    change: f64,
}

/// Render an explanation. `since` names what changes are counted from: a day, a version of the
/// store, or both; empty where nothing is compared.
pub fn explanation(explained: &Explained, since: &str) -> String {
    let (values, growth): (Vec<_>, Vec<_>) = explained
        .changes
        .iter()
        .partition(|change| matches!(change.quantity, Quantity::Value(_)));
    line(&ExplanationJson {
        series: &explained.id,
        unit: unit_of(&explained.id),
        method: &explained.method,
        last_month: explained.last.to_string(),
        weights: weights(&explained.weights),
        notes: &explained.notes,
        months: explained.steps.iter().map(Into::into).collect(),
        growth: explained.growth.iter().map(Into::into).collect(),
        since,
        value_changes: values.into_iter().map(Into::into).collect(),
        growth_changes: growth.into_iter().map(Into::into).collect(),
    })
}

impl From<&ExplainedMonth> for ExplainedMonthJson {
    fn from(month: &ExplainedMonth) -> Self {
        Self {
            month: month.month.to_string(),
            value: month.value,
            base: month.base,
            reference: month.reference,
            members: month.shares.iter().map(Into::into).collect(),
            finish: amounts(&month.post_processing),
        }
    }
}

impl From<&MemberShare> for MemberJson {
    fn from(share: &MemberShare) -> Self {
        Self {
            member: share.member.name(),
            weight: share.weight,
            value: share.value,
            amounts: amounts(&share.amounts),
        }
    }
}

fn amounts(amounts: &[(Driver, f64)]) -> Vec<AmountJson> {
    let amount = |(driver, amount): &(Driver, f64)| AmountJson {
        driver: driver.to_string(),
        amount: *amount,
    };
    amounts.iter().map(amount).collect()
}

impl From<&Drivers> for ExplainedGrowthJson {
    fn from(growth: &Drivers) -> Self {
        let by_driver = growth.by_driver.iter();
        let by_member = growth.by_member.iter();
        Self {
            measure: growth.measure.name(),
            span: growth.span.to_string(),
            points: growth.growth,
            drivers: by_driver
                .map(|(driver, points)| ContributionJson {
                    name: driver.to_string(),
                    points: *points,
                })
                .collect(),
            members: by_member
                .map(|(member, points)| ContributionJson {
                    name: member.map_or("", |member| member.name()).to_owned(),
                    points: *points,
                })
                .collect(),
        }
    }
}

impl From<&ForecastChange> for ChangeJson {
    fn from(change: &ForecastChange) -> Self {
        let (measure, span) = match change.quantity {
            Quantity::Value(month) => (GrowthMeasure::Month, Span::month(month)),
            Quantity::Growth(measure, month) => (measure, measure.span(month)),
        };
        let new_figures = change.new_figures.iter();
        Self {
            measure: measure.name(),
            span: span.to_string(),
            before: change.before,
            after: change.after,
            revisions: change.revisions,
            new_figures: new_figures
                .map(|(month, change)| NewFigureJson {
                    month: month.to_string(),
                    change: *change,
                })
                .collect(),
            model: change.model,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::example;

    #[test]
    fn an_explanation_is_one_object() {
        insta::assert_snapshot!(explanation(&example::explained(), "2025-12-31"));
    }
}
