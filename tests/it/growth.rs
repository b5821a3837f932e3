//! Growth that has happened and the growth measures of a request, over the wire and on the command
//! line.

use crate::cli::{err, out, tradecast};
use crate::server::Server;
use serde_json::Value;
use tonic::{Code, Status};
use tonic_types::StatusExt;
use tradecast::service::pb;
use tradecast::service::pb::forecast_service_client::ForecastServiceClient;
use tradecast::service::pb::growth_service_client::GrowthServiceClient;
use tradecast::service::pb::stream_forecasts_response::Update;

fn growth_request(subject: &str) -> pb::GetGrowthRequest {
    pb::GetGrowthRequest {
        subject: subject.to_owned(),
        ..Default::default()
    }
}

fn field(status: &Status) -> Option<String> {
    let details = status.get_error_details();
    let violations = &details.bad_request()?.field_violations;
    Some(violations.first()?.field.clone())
}

#[tokio::test]
async fn the_news_of_june_2025_is_shown_with_its_base() {
    let server = Server::start();
    let mut client = GrowthServiceClient::new(server.connect().await);
    let request = pb::GetGrowthRequest {
        as_of: "2025-06-14".to_owned(),
        ..growth_request("CHN.CA5")
    };
    let found = client.get_growth(request).await.unwrap().into_inner();
    assert_eq!(found.subject, "CHN.CA5");
    let of = |key: &str, span: &str| {
        let mut published = found.published.iter();
        published
            .find(|p| p.key == key && p.span == span)
            .unwrap_or_else(|| panic!("{key} {span}"))
    };
    // The base of 286.42 bn CNY (+10.4 %), with exports and imports beside it: [259.316, 259.518]
    // bn (worked in `growth::base`).
    let total = of("CHN.CA5.T.TOTAL.CNY", "2025-01-01/P5M");
    let round = |range: &Option<pb::Range>| {
        let range = range.unwrap();
        [range.lower, range.upper.unwrap()].map(|v| (v / 1e6).round() / 1e3)
    };
    assert_eq!(round(&total.own_base), [259.316, 259.56]);
    assert_eq!(round(&total.base), [259.316, 259.518]);
    let record = total.record.as_ref().unwrap();
    assert_eq!(record.standing(), pb::RecordStanding::Record);
    assert_eq!((record.since.as_str(), record.years), ("2024-01-01/P5M", 1));
    // 3.85 and 6.57 points, together 10.42.
    let mut splits = found.contributions.iter();
    let split = splits.find(|s| s.key == total.key && s.by() == pb::SplitBy::Flow);
    let points: Vec<f64> = split.unwrap().parts.iter().map(|p| p.points).collect();
    assert!((points[0] - 3.85).abs() < 0.005 && (points[1] - 6.57).abs() < 0.005);
    assert!((points[0] + points[1] - 10.42).abs() < 0.005);
    // In dollars, by the means of the ECB's monthly means (7.2530 yuan a dollar after 7.2122), the
    // growth is lower by about 0.6 points.
    let exchange = total.exchange.as_ref().unwrap();
    assert_eq!(exchange.basis(), pb::ExchangeBasis::MeanRates);
    assert!((exchange.points - 100.0 * (exchange.growth_to - exchange.growth_from)).abs() < 1e-9);
    assert!((-1.5..0.0).contains(&exchange.points), "{exchange:?}");
    // The newspaper's conversion is the one contradiction of these five months.
    let five: Vec<_> = found
        .contradictions
        .iter()
        .filter(|c| c.span == "2025-01-01/P5M")
        .map(|c| (c.check(), c.figures.len()))
        .collect();
    assert_eq!(five, [(pb::ConsistencyCheck::Currencies, 2)]);
}

#[tokio::test]
async fn figures_that_were_not_public_are_not_shown() {
    let server = Server::start();
    let mut client = GrowthServiceClient::new(server.connect().await);
    let request = pb::GetGrowthRequest {
        as_of: "2025-06-13".to_owned(),
        ..growth_request("CHN.CA5")
    };
    let found = client.get_growth(request).await.unwrap().into_inner();
    // China's figures count as public 14 days after the end of May.
    assert!(found.published.iter().all(|p| p.span != "2025-01-01/P5M"));
    assert!(
        found
            .contradictions
            .iter()
            .all(|c| c.span != "2025-01-01/P5M")
    );
    assert!(!found.published.is_empty());
}

#[tokio::test]
async fn a_monthly_series_is_read_in_either_currency() {
    let server = Server::start();
    let mut client = GrowthServiceClient::new(server.connect().await);
    let found = client.get_growth(growth_request("usa.chn")).await.unwrap();
    let found = found.into_inner();
    let keys: Vec<&str> = found.monthly.iter().map(|m| m.key.as_str()).collect();
    assert_eq!(keys, ["USA.CHN.M.TOTAL.USD", "USA.CHN.X.TOTAL.USD"]);
    let dollars = &found.monthly[0];
    assert_eq!(dollars.last_month, "2026-01");
    // Every measure can be read of a long series: of years and quarters the last whole ones.
    let spans: Vec<&str> = dollars.readings.iter().map(|r| r.span.as_str()).collect();
    let year = "2025-02-01/P12M";
    let expected = [
        "2026-01", "2026-01", "2025", year, "2025-Q4", "2026-01", "2026-01",
    ];
    assert_eq!(spans[..7], expected);
    assert_eq!((spans.len(), spans[7]), (8, "2025-11-01/P3M"));
    let exchange = dollars.exchange.as_ref().unwrap();
    assert_eq!(
        (exchange.from.as_str(), exchange.to.as_str()),
        ("USD", "CNY")
    );
    assert_eq!(exchange.basis(), pb::ExchangeBasis::Months);
    let to_date = |monthly: &pb::MonthlyGrowth| {
        let mut readings = monthly.readings.iter();
        let found = readings.find(|r| r.measure() == pb::GrowthMeasure::YearToDate);
        found.unwrap().growth
    };
    assert_eq!(to_date(dollars), exchange.growth_from);
    let request = pb::GetGrowthRequest {
        currency: "CNY".to_owned(),
        ..growth_request("usa.chn")
    };
    let yuan = client.get_growth(request).await.unwrap().into_inner();
    assert_eq!(yuan.monthly[0].unit, "CNY");
    assert_eq!(to_date(&yuan.monthly[0]), exchange.growth_to);
    // Exports and imports add up to the growth of their sum, in either currency.
    for account in [&found, &yuan] {
        let split = &account.contributions[0];
        assert!(split.monthly && split.by() == pb::SplitBy::Flow);
        let sum: f64 = split.parts.iter().map(|part| part.points).sum();
        assert!((sum - 100.0 * split.growth).abs() < 1e-9);
    }
    assert!(found.contradictions.is_empty());
}

#[tokio::test]
async fn an_explanation_that_cannot_be_given_says_why() {
    let server = Server::start();
    let mut client = GrowthServiceClient::new(server.connect().await);
    for (request, expected) in [
        (growth_request(""), "subject"),
        (growth_request("CHN"), "subject"),
        (growth_request("CHN.CA5.Q"), "subject"),
        (
            pb::GetGrowthRequest {
                as_of: "2025-02-30".to_owned(),
                ..growth_request("CHN.CA5")
            },
            "as_of",
        ),
        (
            pb::GetGrowthRequest {
                currency: "yuan".to_owned(),
                ..growth_request("CHN.CA5")
            },
            "currency",
        ),
    ] {
        let status = client.get_growth(request).await.unwrap_err();
        assert_eq!(status.code(), Code::InvalidArgument);
        assert_eq!(field(&status).as_deref(), Some(expected));
    }
    let reason = |status: &Status| {
        status
            .get_error_details()
            .error_info()
            .unwrap()
            .reason
            .clone()
    };
    let status = client
        .get_growth(growth_request("CHN.ATA"))
        .await
        .unwrap_err();
    assert_eq!(
        (status.code(), reason(&status).as_str()),
        (Code::NotFound, "UNKNOWN_SERIES")
    );
    let request = pb::GetGrowthRequest {
        currency: "XPF".to_owned(),
        ..growth_request("USA.CHN")
    };
    let status = client.get_growth(request).await.unwrap_err();
    assert_eq!(
        (status.code(), reason(&status).as_str()),
        (Code::FailedPrecondition, "NO_EXCHANGE_RATE")
    );
}

#[tokio::test]
async fn points_have_the_requested_measures() {
    use pb::GrowthMeasure::{CarryOver, Momentum, MomentumThreeMonths, Month, Quarter};
    let server = Server::start();
    let mut client = ForecastServiceClient::new(server.connect().await);
    let wanted = [Quarter, CarryOver, Momentum, MomentumThreeMonths, Month];
    let request = pb::StreamForecastsRequest {
        series: vec!["USA.CHN.M.TOTAL.USD".to_owned()],
        horizon: 12,
        measures: wanted.map(Into::into).to_vec(),
        ..Default::default()
    };
    let mut stream = client.stream_forecasts(request).await.unwrap().into_inner();
    let mut seen = Vec::new();
    while let Some(message) = stream.message().await.unwrap() {
        if let Some(Update::Point(point)) = message.update {
            seen.push(point);
        }
    }
    assert_eq!(seen.len(), 12);
    for point in &seen {
        // The last figure is of January 2026 and the horizon ends with January 2027, whose quarter
        // lies beyond it.
        let whole = point.month != "2027-01";
        let measures: Vec<_> = point
            .readings
            .iter()
            .map(pb::GrowthEstimate::measure)
            .collect();
        let expected: Vec<_> = wanted
            .into_iter()
            .filter(|m| whole || *m != Quarter)
            .collect();
        assert_eq!(measures, expected, "{}", point.month);
        for reading in &point.readings {
            let [inner, outer] = &reading.intervals[..] else {
                panic!("two levels")
            };
            assert!(outer.lower <= inner.lower && inner.upper <= outer.upper);
            assert!(inner.lower <= reading.median && reading.median <= inner.upper);
        }
    }
    // Of the first quarter January is observed.
    let quarter = &seen[0].readings[0];
    assert_eq!(quarter.span, "2026-Q1");
    assert!((0.1..0.6).contains(&quarter.share_observed), "{quarter:?}");
    // With December the year is whole: the carry-over is the seasonally adjusted year on year.
    let december = &seen[10];
    assert_eq!(
        (december.month.as_str(), december.readings[1].span.as_str()),
        ("2026-12", "2026")
    );
}

#[test]
fn growth_is_the_same_in_process_and_on_a_server() {
    let server = Server::start();
    for arguments in [
        &["growth", "CHN.CA5"][..],
        &["growth", "CHN.CA5", "--json"],
        &["growth", "chn.wld", "--json", "--as-of", "2020-03-01"],
        &["growth", "USA.CHN", "--currency", "CNY"],
        &["growth", "USA.CHN.M.TOTAL.USD", "--json"],
    ] {
        let here = tradecast(arguments);
        let there = tradecast(&[arguments, &["--server", &server.address]].concat());
        assert!(
            here.status.success() && there.status.success(),
            "{}",
            err(&there)
        );
        assert!(out(&here) == out(&there), "{}\n{}", out(&here), out(&there));
    }
    let refused = tradecast(&["growth", "CHN"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(err(&refused).contains("CHN.CA5"), "{}", err(&refused));
}

#[test]
fn a_month_against_the_difference_of_cumulatives_is_in_json() {
    let output = tradecast(&["growth", "CHN.WLD.X", "--json"]);
    let account: Value = serde_json::from_str(&out(&output)).unwrap();
    let found = account["contradictions"].as_array().unwrap();
    let november = found
        .iter()
        .find(|c| c["span"] == "2019-11" && c["check"] == "spans");
    let november = november.unwrap();
    // 2,260,094,505 − 2,037,923,161 = 222,171,344 thousand USD, published was 221,337,434
    // (rounded to 1).
    let middle =
        |range: &Value| (range["lower"].as_f64().unwrap() + range["upper"].as_f64().unwrap()) / 2.0;
    assert_eq!(middle(&november["stated"]), 221_337_434e3);
    assert_eq!(middle(&november["implied"]), 222_171_344e3);
    assert_eq!(november["figures"].as_array().unwrap().len(), 3);
}

#[test]
fn requested_measures_are_printed_in_every_form() {
    let ask = |form: &[&str]| {
        let arguments = [
            "forecast",
            "USA.CHN.M.TOTAL.USD",
            "--horizon",
            "3",
            "--measure",
            "quarter,carry-over",
        ];
        let output = tradecast(&[&arguments[..], form].concat());
        assert!(output.status.success(), "{}", err(&output));
        out(&output)
    };
    let table = ask(&[]);
    assert!(
        table.contains("carry over") && table.contains("quarter"),
        "{table}"
    );
    for line in table.lines().filter(|line| line.contains('─')) {
        assert!(line.chars().count() <= 100, "{line}");
    }
    let csv = ask(&["--csv"]);
    let header = csv.lines().next().unwrap();
    assert!(
        header.contains("growth_carry_over_naive") && !header.contains("growth_month"),
        "{header}"
    );
    let width = |line: &str| line.split(',').count();
    assert!(csv.lines().all(|line| width(line) == width(header)));
    let refused = tradecast(&["forecast", "USA.CHN.M.TOTAL.USD", "--measure", "decade"]);
    assert!(err(&refused).contains("carry-over"), "{}", err(&refused));
}
