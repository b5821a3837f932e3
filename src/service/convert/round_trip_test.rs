//! Results survive the wire: what the client reads is what the server wrote.

use super::explain::response;
use super::forecast::{ForecastReader, updates};
use super::growth::review_response;
use super::outlook::{outlook_response, read_outlook};
use super::scenario::{ScenarioUpdate, message, read_message};
use super::series::detail_response;
use crate::backtest::Score;
use crate::pipeline::{Explained, GrowthReview, SeriesDetail, SeriesSummary};
use crate::report::example;
use crate::service::pb;
use crate::trade::Month;

/// The summary of the example's series, as it stands in headers.
fn summary() -> SeriesSummary {
    let january = Month::january(2010);
    SeriesSummary {
        months: Some((january, example::forecast().last)),
        ..example::series().summary
    }
}

#[test]
fn a_forecast_survives_the_wire() {
    let forecast = example::forecast();
    let mut reader = ForecastReader::default();
    let mut found = Vec::new();
    for update in updates(summary(), &forecast, 3) {
        let message = pb::StreamForecastsResponse {
            series: forecast.id.clone(),
            update: Some(update),
        };
        found.extend(reader.add(message).unwrap());
    }
    assert_eq!(found, [Ok(forecast)]);
}

#[test]
fn a_series_survives_the_wire() {
    let detail = example::series();
    let wire = detail_response(detail.clone(), None);
    assert_eq!(SeriesDetail::try_from(wire), Ok(detail));
}

#[test]
fn scores_survive_the_wire() {
    for score in example::scores() {
        let wire = pb::BacktestScore::from(score.clone());
        assert_eq!(Score::try_from(wire), Ok(score));
    }
}

#[test]
fn an_explanation_survives_the_wire() {
    let explained = example::explained();
    let wire = response(summary(), &explained, 3, 2);
    assert_eq!(Explained::try_from(wire), Ok(explained));
}

#[test]
fn a_scenario_survives_the_wire() {
    let (series, came_to) = example::scenario();
    for update in [
        ScenarioUpdate::Series(series),
        ScenarioUpdate::Failure(example::failure()),
        ScenarioUpdate::Summary(came_to),
    ] {
        let wire = message(update.clone(), 3);
        assert_eq!(read_message(wire), Ok(Some(update)));
    }
}

#[test]
fn a_growth_review_survives_the_wire() {
    let review = example::growth_review();
    let wire = review_response(&review, Some(3));
    assert_eq!(GrowthReview::try_from(wire), Ok(review));
}

#[test]
fn an_outlook_survives_the_wire() {
    let mut outlook = example::outlook();
    // The wire does not repeat the span of each base: it is the known one.
    outlook.bases[0].span = outlook.known;
    let wire = outlook_response(&outlook, Some(3));
    assert_eq!(read_outlook(wire, outlook.vintage), Ok(outlook));
}

#[test]
fn a_method_of_a_later_server_is_an_error_that_names_the_field() {
    let [score, _] = example::scores().try_into().unwrap();
    let wire = pb::BacktestScore {
        method: "oracle".to_owned(),
        ..score.into()
    };
    let error = Score::try_from(wire).unwrap_err();
    assert_eq!(error.field, "method");
    assert!(error.to_string().contains("later version"), "{error}");
}
