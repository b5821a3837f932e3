//! Explanations and scenarios, over the wire and on the command line.

use crate::cli::{err, out, tradecast};
use crate::operations::http::send;
use crate::operations::web;
use crate::server::Server;
use serde_json::Value;
use tonic::{Code, Status};
use tonic_types::StatusExt;
use tradecast::service::pb;
use tradecast::service::pb::forecast_service_client::ForecastServiceClient;
use tradecast::service::pb::shock::Target;
use tradecast::service::pb::stream_scenario_response::Update;

const EXPORTS: &str = "USA.CHN.X.TOTAL.USD";
const IMPORTS: &str = "USA.CHN.M.TOTAL.USD";

fn fields(status: &Status) -> Vec<String> {
    let details = status.get_error_details();
    let violations = details.bad_request().map(|bad| &bad.field_violations);
    let violations = violations.into_iter().flatten();
    violations.map(|v| v.field.clone()).collect()
}

fn explain(key: &str) -> pb::ExplainForecastRequest {
    pb::ExplainForecastRequest {
        key: key.to_owned(),
        as_of: "2024-08-15".to_owned(),
        since: "2024-06-10".to_owned(),
        ..Default::default()
    }
}

/// Months of 2024 after June, with a tenth fewer imports.
fn fewer_imports(series: &[&str]) -> pb::StreamScenarioRequest {
    pb::StreamScenarioRequest {
        series: series.iter().map(|s| (*s).to_owned()).collect(),
        shocks: vec![pb::Shock {
            target: Some(Target::Flow(pb::Flow::Imports.into())),
            months: "2024-S2".to_owned(),
            percent: vec![-10.0],
            ..Default::default()
        }],
        as_of: "2024-08-15".to_owned(),
        paths: 200,
        ..Default::default()
    }
}

#[tokio::test]
async fn an_explanation_adds_up_on_the_wire() {
    let server = Server::start();
    let mut client = ForecastServiceClient::new(server.connect().await);
    let found = client.explain_forecast(explain(IMPORTS)).await.unwrap();
    let found = found.into_inner();
    assert_eq!(found.series.unwrap().last_month, "2024-06");
    assert_eq!(found.months.len(), 12);
    for month in &found.months {
        let members = month.members.iter().flat_map(|member| &member.amounts);
        let sum: f64 = members
            .chain(&month.post_processing)
            .map(|amount| amount.amount)
            .sum();
        let whole = month.value - month.reference;
        assert!((sum - whole).abs() < 1e-9 * month.value, "{sum} {whole}");
    }
    for growth in &found.growth {
        for parts in [&growth.drivers, &growth.members] {
            let sum: f64 = parts.iter().map(|part| part.points).sum();
            assert!((sum - growth.points).abs() < 1e-9, "{growth:?}");
        }
    }
    assert!(!found.growth_changes.is_empty() && !found.value_changes.is_empty());
    for change in found.growth_changes.iter().chain(&found.value_changes) {
        let new: f64 = change.new_figures.iter().map(|figure| figure.change).sum();
        let sum = change.revisions + new + change.model;
        let whole = change.after - change.before;
        assert!(
            (sum - whole).abs() < 1e-9 * (1.0 + change.after.abs()),
            "{change:?}"
        );
        // The Census Bureau's figures come 40 days after their month: April's on 9 June, June's on
        // 9 August. Nothing is revised in the bundled data.
        let months: Vec<&str> = change
            .new_figures
            .iter()
            .map(|f| f.month.as_str())
            .collect();
        assert_eq!(
            (months, change.revisions),
            (vec!["2024-05", "2024-06"], 0.0)
        );
    }
}

#[tokio::test]
async fn an_explanation_that_cannot_be_says_why() {
    let server = Server::start();
    let mut client = ForecastServiceClient::new(server.connect().await);
    for (field, request) in [
        ("key", pb::ExplainForecastRequest::default()),
        (
            "since",
            pb::ExplainForecastRequest {
                since: "2024-08-15".to_owned(),
                ..explain(IMPORTS)
            },
        ),
        (
            "since",
            pb::ExplainForecastRequest {
                since: "2014-08-15".to_owned(),
                ..explain(IMPORTS)
            },
        ),
        (
            "horizon",
            pb::ExplainForecastRequest {
                horizon: -1,
                ..explain(IMPORTS)
            },
        ),
    ] {
        let status = client.explain_forecast(request).await.unwrap_err();
        assert_eq!(status.code(), Code::InvalidArgument);
        assert_eq!(fields(&status), [field]);
    }
    let unknown = client.explain_forecast(explain("USA.CHN.M.NONE.USD")).await;
    let status = unknown.unwrap_err();
    assert_eq!(status.code(), Code::NotFound);
    let details = status.get_error_details();
    assert_eq!(details.error_info().unwrap().reason, "UNKNOWN_SERIES");
    // Before its first figure a series has no history to forecast from.
    let early = pb::ExplainForecastRequest {
        as_of: "1950-01-01".to_owned(),
        since: String::new(),
        ..explain(IMPORTS)
    };
    let status = client.explain_forecast(early).await.unwrap_err();
    assert_eq!(status.code(), Code::FailedPrecondition);
    let details = status.get_error_details();
    assert_eq!(details.error_info().unwrap().reason, "HISTORY_TOO_SHORT");
}

#[tokio::test]
async fn a_scenario_streams_both_sides_then_a_summary() {
    let server = Server::start();
    let mut client = ForecastServiceClient::new(server.connect().await);
    let request = fewer_imports(&[EXPORTS, IMPORTS, "USA.CHN.M.NONE.USD"]);
    let mut stream = client.stream_scenario(request).await.unwrap().into_inner();
    let (mut outcomes, mut failures, mut summary) = (Vec::new(), Vec::new(), None);
    while let Some(message) = stream.message().await.unwrap() {
        assert!(summary.is_none(), "the summary comes last");
        match message.update.unwrap() {
            Update::Outcome(outcome) => outcomes.push(outcome),
            Update::Failure(failure) => failures.push((message.series, failure.code)),
            Update::Summary(last) => summary = Some(last),
        }
    }
    assert_eq!(failures, [("USA.CHN.M.NONE.USD".to_owned(), 5)]);
    let derived_and_moved: Vec<(&str, bool, bool)> = outcomes
        .iter()
        .map(|o| (o.key.as_str(), o.derived, o.moved))
        .collect();
    let (total, balance) = ("USA.CHN.T.TOTAL.USD", "USA.CHN.B.TOTAL.USD");
    assert_eq!(
        derived_and_moved,
        [
            (EXPORTS, false, false),
            (IMPORTS, false, true),
            (total, true, true),
            (balance, true, true)
        ]
    );
    let summary = summary.unwrap();
    assert_eq!(
        (summary.moved, summary.failures),
        (
            vec![IMPORTS.to_owned(), total.to_owned(), balance.to_owned()],
            1
        )
    );
    let year = |outcome: &pb::ScenarioSeries| {
        let year = |r: &&pb::ScenarioEstimate| r.measure() == pb::GrowthMeasure::Year;
        outcome.readings.iter().find(year).unwrap().clone()
    };
    let change = |k: usize| year(&outcomes[k]).value_change.unwrap().median;
    assert!(change(1) < 0.0 && change(0) == 0.0);
    assert!(
        (change(2) / change(1) - 1.0).abs() < 1e-9 && (change(3) / change(1) + 1.0).abs() < 1e-9
    );
    let imports = year(&outcomes[1]);
    let (was, is) = (
        imports.growth_baseline.unwrap(),
        imports.growth_scenario.unwrap(),
    );
    let points = imports.growth_points.unwrap().median;
    assert!(
        is.median < was.median && (-6.5..-4.0).contains(&points),
        "{points}"
    );
}

#[tokio::test]
async fn a_scenario_that_cannot_be_names_its_field() {
    let server = Server::start();
    let mut client = ForecastServiceClient::new(server.connect().await);
    let bad = pb::StreamScenarioRequest {
        shocks: Vec::new(),
        ..fewer_imports(&[IMPORTS])
    };
    let status = client.stream_scenario(bad).await.unwrap_err();
    assert_eq!(
        (status.code(), fields(&status)),
        (Code::InvalidArgument, vec!["shocks".to_owned()])
    );
    // Errors that depend on the data end the stream: no imports among exports, no month ahead, too
    // many draws, no rate.
    let cases = [
        ("shocks", fewer_imports(&[EXPORTS])),
        (
            "shocks",
            pb::StreamScenarioRequest {
                horizon: 120,
                as_of: "2034-01-01".to_owned(),
                ..fewer_imports(&[IMPORTS])
            },
        ),
        (
            "paths",
            pb::StreamScenarioRequest {
                horizon: 120,
                paths: 100_000,
                ..fewer_imports(&[EXPORTS, IMPORTS, "USA.MEX.M.TOTAL.USD"])
            },
        ),
    ];
    for (field, request) in cases {
        let mut stream = client.stream_scenario(request).await.unwrap().into_inner();
        let status = stream.message().await.unwrap_err();
        assert_eq!(
            (status.code(), fields(&status)),
            (Code::InvalidArgument, vec![field.to_owned()]),
            "{status}"
        );
    }
}

#[test]
fn a_deadline_ends_a_scenario_and_an_explanation() {
    let server = Server::start();
    let scenario = pb::StreamScenarioRequest {
        horizon: 120,
        paths: 50_000,
        method: "best".to_owned(),
        ..fewer_imports(&[EXPORTS, IMPORTS])
    };
    let explanation = pb::ExplainForecastRequest {
        horizon: 120,
        paths: 10_000,
        method: "best".to_owned(),
        ..explain(IMPORTS)
    };
    // A client without a clock of its own: the answer is the service's.
    let headers = [web::KIND, ("grpc-timeout", "200m")];
    for (call, request) in [
        ("StreamScenario", web::framed(&scenario)),
        ("ExplainForecast", web::framed(&explanation)),
    ] {
        let path = format!("POST /tradecast.v1.ForecastService/{call}");
        let answer = send(&server.address, &path, &headers, &request);
        assert_eq!(
            web::status(&answer).code(),
            Code::DeadlineExceeded,
            "{call}"
        );
    }
}

#[test]
fn a_server_explains_and_supposes_as_this_process_does() {
    let server = Server::start();
    let shock = "partner:CHN=-10%,-20%,-30%@2024-08..2024-10";
    for arguments in [
        &[
            "explain",
            IMPORTS,
            "--as-of",
            "2024-08-15",
            "--since",
            "2024-06-10",
        ][..],
        &[
            "scenario",
            EXPORTS,
            IMPORTS,
            "--as-of",
            "2024-08-15",
            "--shock",
            shock,
        ],
    ] {
        for form in [&["--json"][..], &[]] {
            let here = tradecast(&[arguments, form].concat());
            let there = tradecast(&[arguments, form, &["--server", &server.address]].concat());
            assert!(
                here.status.success() && there.status.success(),
                "{}{}",
                err(&here),
                err(&there)
            );
            assert!(out(&here) == out(&there), "{}\n{}", out(&here), out(&there));
            for line in out(&here).lines().filter(|_| form.is_empty()) {
                assert!(line.chars().count() <= 100, "{line}");
            }
        }
    }
}

#[test]
fn json_has_drivers_changes_and_both_sides_of_a_scenario() {
    let arguments = [
        "explain",
        IMPORTS,
        "--as-of",
        "2024-08-15",
        "--since",
        "2024-07-15",
        "--json",
    ];
    let found: Value = serde_json::from_str(&out(&tradecast(&arguments))).unwrap();
    let year = |list: &str| -> Value {
        let list = found[list].as_array().unwrap().iter();
        list.clone()
            .find(|g| g["measure"] == "year")
            .unwrap()
            .clone()
    };
    let growth = year("growth");
    let sum: f64 = growth["drivers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|d| d["points"].as_f64().unwrap())
        .sum();
    assert!((sum - growth["points"].as_f64().unwrap()).abs() < 1e-9);
    let change = year("growth_changes");
    assert_eq!(change["new_figures"][0]["month"], "2024-06");
    let shock = "series:USA.CHN.M.TOTAL.USD=+1e9@2024-12";
    let output = tradecast(&[
        "scenario",
        IMPORTS,
        "--as-of",
        "2024-08-15",
        "--shock",
        shock,
        "--json",
    ]);
    let text = out(&output);
    let lines: Vec<Value> = text
        .lines()
        .map(|l| serde_json::from_str(l).unwrap())
        .collect();
    assert_eq!(lines[1]["summary"]["moved"][0], IMPORTS);
    let readings = lines[0]["readings"].as_array().unwrap();
    let year = readings.iter().find(|r| r["measure"] == "year").unwrap();
    let change = year["value_change"]["median"].as_f64().unwrap();
    assert!((change - 1e9).abs() < 1.0, "{change}");
    for (arguments, said) in [
        (
            &["scenario", IMPORTS, "--shock", "partner:CHN=-10%"][..],
            "expected months after `@`",
        ),
        (
            &["scenario", IMPORTS, "--shock", "partner:FRA=-10%@2030"],
            "partner FRA is in none of the requested series",
        ),
        (
            &["explain", "USA.CHN.N.TOTAL.USD"],
            "did you mean USA.CHN.M.TOTAL.USD",
        ),
    ] {
        let output = tradecast(arguments);
        assert!(!output.status.success());
        assert!(err(&output).contains(said), "{}", err(&output));
    }
}
