//! The outlook of a pair: the answer to a sentence of news, here and on a server.

use crate::cli::{err, out, tradecast};
use crate::server::Server;
use serde_json::Value;
use tonic::Code;
use tonic_types::StatusExt;
use tradecast::service::pb;
use tradecast::service::pb::outlook_service_client::OutlookServiceClient;

const NEWS: [&str; 8] = [
    "outlook",
    "CHN",
    "CA5",
    "--as-of",
    "2025-06-14",
    "--target",
    "2025=10%",
    "--json",
];

fn near(found: &Value, expected: f64, tolerance: f64) {
    let found = found.as_f64().unwrap_or(f64::NAN);
    assert!(
        (found - expected).abs() <= tolerance,
        "{found}, expected {expected}"
    );
}

fn reading<'a>(outlook: &'a Value, currency: &str, measure: &str, span: &str) -> &'a Value {
    let readings = outlook["readings"].as_array().unwrap();
    let found = readings
        .iter()
        .find(|r| r["currency"] == currency && r["measure"] == measure && r["span"] == span);
    found.unwrap_or_else(|| panic!("no {measure} of {span} in {currency}"))
}

#[test]
fn the_news_of_june_2025_is_answered_from_releases_alone() {
    let output = tradecast(&NEWS);
    assert!(output.status.success(), "{}", err(&output));
    let outlook: Value = serde_json::from_str(&out(&output)).unwrap();
    assert_eq!(outlook["series"], "CHN.CA5.T.TOTAL.CNY");
    assert_eq!(outlook["known"]["span"], "2025-01-01/P5M");
    near(&outlook["known"]["level"], 286.42e9, 1.0);
    // bn CNY: total 286.415/1.1045 = 259.316 and 286.425/1.1035 = 259.560; flows
    // 188.175/1.0565 + 98.235/1.2105 = 259.264 and 188.185/1.0555 + 98.245/1.2095 = 259.518;
    // both leave [259.316, 259.518].
    near(&outlook["base"]["lower"], 259.316e9, 5e5);
    near(&outlook["base"]["upper"], 259.518e9, 5e5);
    // 188.18 (+5.6 %) and 98.24 (+21.0 %): 9.9792 / 259.3909 = 3.85 and
    // 17.0499 / 259.3909 = 6.57 points, together 10.42.
    let parts = outlook["contributions"].as_array().unwrap();
    let points: Vec<f64> = parts
        .iter()
        .filter(|part| part["by"] == "flow")
        .filter_map(|part| part["points"].as_f64())
        .collect();
    assert_eq!(points.len(), 2);
    assert!(
        (points[0] - 3.85).abs() < 0.005 && (points[1] - 6.57).abs() < 0.005,
        "{points:?}"
    );
    assert!((points.iter().sum::<f64>() - 10.42).abs() < 0.005);
    // 286.42/1.104 = 259.4384 of 674.15 is 38.48 %; (286.42 + 414.7116)/674.15 = 1.04002.
    near(&outlook["share_of_base_year"], 0.385, 5e-4);
    near(&outlook["flat_rest_growth"], 0.040, 5e-4);
    // (1.1 · 674.15 − 286.42) / 414.7116 = 1.09750.
    near(&outlook["target"]["needed_growth"], 0.0975, 5e-5);
    assert_eq!(outlook["target"]["year"], 2025);
    let reaches = outlook["target"]["probability"].as_f64().unwrap();
    assert!((0.2..0.9).contains(&reaches), "{reaches}");
    let record = &outlook["record"];
    assert!(record["probability"].as_f64().unwrap() > 0.5 && record["since"] == "1992");
    for currency in ["CNY", "USD"] {
        let year = reading(&outlook, currency, "year", "2025");
        let (lower, upper) = (&year["lower"]["80"], &year["upper"]["80"]);
        let (lower, upper) = (lower.as_f64().unwrap(), upper.as_f64().unwrap());
        let median = year["median"].as_f64().unwrap();
        assert!(
            lower < median && median < upper && upper - lower < 0.4,
            "{year}"
        );
        assert!(year["upper"]["95"].as_f64().unwrap() > upper);
        // 286.42 of what the year will be, some 740 bn.
        near(&year["share_observed"], 0.387, 0.05);
        near(&year["naive"], 0.040, 0.015);
    }
    // What was published stays as it was published: +10.4 %, within its rounding.
    let known = reading(&outlook, "CNY", "year_to_date", "2025-01-01/P5M");
    near(&known["median"], 0.104, 5e-4);
    near(&known["upper"]["95"], 0.104, 1e-3);
}

#[test]
fn contradictions_are_reported_and_not_corrected() {
    let output = tradecast(&["outlook", "CHN", "CA5", "--as-of", "2025-06-14", "--json"]);
    let outlook: Value = serde_json::from_str(&out(&output)).unwrap();
    // bn USD: 89.4 in 2023 and 70.2 in 2022 make +27.2 to +27.5 %; published was +27 %.
    let contradictions = outlook["contradictions"].as_array().unwrap();
    let growth = contradictions
        .iter()
        .find(|c| c["check"] == "growth" && c["span"] == "2023");
    let growth = growth.expect("the growth of 2023 against two levels");
    assert!(growth["gap"].as_f64().unwrap() > 0.0, "{growth}");
    // A bound is no figure, and is named.
    let unused = outlook["basis"]["unused"].as_array().unwrap();
    assert!(
        unused
            .iter()
            .any(|text| text.as_str().unwrap().contains("a bound")),
        "{unused:?}"
    );
}

#[test]
fn sentences_a_table_and_bars_come_first_and_details_when_requested() {
    let page = out(&tradecast(&NEWS[..7]));
    for words in [
        "Jan–May 2025: 286.42 bn CNY, +10.4 % on a year before.",
        "Jan–May 2024 made up 38.5 % of 2024; if the rest of 2025 only repeats it, the year ends \
         at +4.0 %.",
        "the rest needs +9.75 %",
        "2025 by partner, percentage points",
        "--details shows",
    ] {
        assert!(page.contains(words), "no `{words}` in\n{page}");
    }
    assert!(
        !page.contains("2025-01-01/P5M") && !page.contains("not used"),
        "{page}"
    );
    assert!(page.lines().count() < 40, "{page}");
    let details = out(&tradecast(&[&NEWS[..7], &["--details"]].concat()));
    for words in [
        "Jan–May 2024 (base, as revised): 259.316 bn to 259.518 bn",
        "exports +3.85, imports +6.57; together +10.42 points",
        "Growth of the year to date, January to the month",
        "not used: ",
    ] {
        assert!(details.contains(words), "no `{words}` in\n{details}");
    }
    for text in [&page, &details] {
        let table = text.lines().filter(|line| line.starts_with(' '));
        assert!(table.clone().count() > 3);
        assert!(
            table.clone().all(|line| line.chars().count() <= 100),
            "{text}"
        );
    }
}

#[test]
fn every_level_and_growth_rate_is_a_row_of_csv() {
    let text = out(&tradecast(&[&NEWS[..7], &["--csv"]].concat()));
    let header = "series,span,measure,currency,median,lower-80,upper-80,lower-95,upper-95";
    assert_eq!(text.lines().next(), Some(header));
    let growth = "CHN.CA5.T.TOTAL.CNY,2025-01-01/P5M,year_to_date,CNY,0.10";
    assert!(text.lines().any(|line| line.starts_with(growth)), "{text}");
}

/// The median of 2025 as of a day in points, and the probability of +10 % in percent, with a seed.
fn headline_of_2025(day: &str, seed: &str) -> [f64; 2] {
    let arguments = [
        "outlook", "CHN", "CA5", "--json", "--as-of", day, "--seed", seed, "--target", "2025=10%",
    ];
    let outlook: Value = serde_json::from_str(&out(&tradecast(&arguments))).unwrap();
    let median = &reading(&outlook, "CNY", "year", "2025")["median"];
    [median, &outlook["target"]["probability"]].map(|value| 100.0 * value.as_f64().unwrap())
}

#[test]
fn a_headline_moves_with_figures_of_its_own_alone() {
    // A month of US trade became public between both days, and no figure of the pair.
    let first = headline_of_2025("2025-07-05", "1");
    assert_eq!(first, headline_of_2025("2025-07-10", "1"));
    // Seeds differ by less than half of the last digit that is printed: tenths of a point, percent.
    let seeds = ["2", "3", "4", "5"].map(|seed| headline_of_2025("2025-07-05", seed));
    for (value, digit) in [(0, 0.1), (1, 1.0)] {
        let all = || seeds.iter().chain([&first]).map(|found| found[value]);
        let mean = all().sum::<f64>() / 5.0;
        let off = all().fold(0.0, |most: f64, found| most.max((found - mean).abs()));
        assert!(off < 0.5 * digit, "{off} of {digit}: {first:?} {seeds:?}");
    }
}

#[test]
fn a_server_answers_as_this_process_does_whatever_else_runs() {
    let server = Server::start();
    let there: Vec<&str> = NEWS
        .into_iter()
        .chain(["--server", &server.address])
        .collect();
    let (here, there) = (tradecast(&NEWS), tradecast(&there));
    assert!(there.status.success(), "{}", err(&there));
    assert_eq!(out(&here), out(&there));
    let single: Vec<&str> = NEWS.into_iter().chain(["--threads", "1"]).collect();
    assert_eq!(out(&here), out(&tradecast(&single)));
}

#[tokio::test]
async fn a_bad_outlook_request_names_its_field_and_an_unknown_pair_is_not_found() {
    let server = Server::start();
    let mut client = OutlookServiceClient::new(server.connect().await);
    let good = pb::GetOutlookRequest {
        reporter: "CHN".to_owned(),
        partner: "CA5".to_owned(),
        as_of: "2025-06-14".to_owned(),
        ..Default::default()
    };
    let target = |year, growth| Some(pb::GrowthTarget { year, growth });
    type Spoil = Box<dyn Fn(&mut pb::GetOutlookRequest)>;
    let cases: Vec<(Spoil, &str)> = vec![
        (Box::new(|r| r.reporter.clear()), "reporter"),
        (Box::new(|r| r.partner = "C.A".to_owned()), "partner"),
        (Box::new(|r| r.currency = "CHF".to_owned()), "currency"),
        (Box::new(|r| r.as_of = "June".to_owned()), "as_of"),
        (
            Box::new(move |r| r.target = target(2031, 0.1)),
            "target.year",
        ),
        (
            Box::new(move |r| r.target = target(2025, f64::NAN)),
            "target.growth",
        ),
        (Box::new(|r| r.levels = vec![0.5]), "levels"),
        (Box::new(|r| r.paths = 7), "paths"),
    ];
    for (spoil, field) in cases {
        let mut bad = good.clone();
        spoil(&mut bad);
        let status = client.get_outlook(bad).await.unwrap_err();
        assert_eq!(status.code(), Code::InvalidArgument, "{status}");
        let details = status.get_error_details();
        assert_eq!(
            details.bad_request().unwrap().field_violations[0].field,
            field
        );
    }
    let unknown = pb::GetOutlookRequest {
        partner: "ATL".to_owned(),
        ..good.clone()
    };
    let status = client.get_outlook(unknown).await.unwrap_err();
    assert_eq!(status.code(), Code::NotFound, "{status}");
    let early = pb::GetOutlookRequest {
        as_of: "1990-01-01".to_owned(),
        ..good
    };
    let status = client.get_outlook(early).await.unwrap_err();
    assert_eq!(status.code(), Code::NotFound, "{status}");
}

/// Figures that become known later, a revision without a day of release and another exchange rate,
/// move no outlook of an earlier day.
#[test]
fn later_figures_move_no_earlier_outlook() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("store");
    let store = store.to_str().unwrap();
    let import = |files: &str| {
        let done = tradecast(&["store", "import", "--store", store, files]);
        assert!(done.status.success(), "{}", err(&done));
    };
    import("data");
    let arguments = [
        "outlook", "CHN", "CA5", "--json", "--store", store, "--as-of",
    ];
    let outlook = |day: &str| -> Value {
        let answer = tradecast(&[&arguments[..], &[day]].concat());
        assert!(answer.status.success(), "{}", err(&answer));
        let mut answer: Value = serde_json::from_str(&out(&answer)).unwrap();
        // The version is that of the store.
        answer.as_object_mut().unwrap().remove("version");
        answer
    };
    let before = outlook("2025-06-14");
    let today = time::OffsetDateTime::now_utc().date().to_string();
    let today_before = outlook(&today);

    let revised = folder.path().join("later.csv");
    std::fs::write(
        &revised,
        "kind,reporter,partner,flow,product,measure,period,value,unit,status,released_on,source\n\
        release,CHN,CA5,T,TOTAL,level,2024,600.00,CNY bn,revised,,later table\n\
        release,CHN,KAZ,T,TOTAL,level,2024,60.00,USD bn,revised,,later table\n",
    )
    .unwrap();
    import(revised.to_str().unwrap());
    let rates = folder.path().join("rates");
    std::fs::create_dir(&rates).unwrap();
    std::fs::write(
        rates.join("later.csv"),
        "currency,per,period,value\n\
         CNY,USD,2025-03,9.9\nCNY,USD,2025-04,9.9\nCNY,USD,2025-05,9.9\n",
    )
    .unwrap();
    import(rates.to_str().unwrap());
    let history = tradecast(&["store", "history", "--store", store, "--json"]);
    assert!(out(&history).contains("later.csv"), "{}", out(&history));

    assert_eq!(outlook("2025-06-14"), before);
    // Of a day after they came they do move it.
    assert_ne!(outlook(&today)["readings"], today_before["readings"]);
}

#[test]
fn what_moved_an_outlook_adds_up() {
    let arguments = [
        "outlook",
        "CHN",
        "CA5",
        "--as-of",
        "2025-08-20",
        "--since",
        "2025-07-20",
    ];
    let text = out(&tradecast(&[&arguments[..], &["--json"]].concat()));
    let change: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(
        (&change["series"], &change["span"]),
        (&"CHN.CA5.T.TOTAL.CNY".into(), &"2025".into())
    );
    let number = |value: &Value| value.as_f64().unwrap();
    let causes = change["causes"].as_array().unwrap();
    let sum: f64 = causes.iter().map(|cause| number(&cause["points"])).sum();
    let moved = 100.0 * (number(&change["after"]) - number(&change["before"]));
    assert!((sum - moved).abs() < 1e-9, "{sum} of {moved}");
    // July of five partners came; each is a cause of its own.
    let names: Vec<&str> = causes
        .iter()
        .filter_map(|cause| cause["name"].as_str())
        .collect();
    for partner in ["KAZ", "KGZ", "TJK", "TKM", "UZB"] {
        assert!(
            names.iter().any(|name| name.ends_with(partner)),
            "{names:?}"
        );
    }
    // Both ends are what the page of their days says.
    let page = |day: &str| -> Value {
        let text = out(&tradecast(&[
            "outlook", "CHN", "CA5", "--json", "--as-of", day,
        ]));
        serde_json::from_str(&text).unwrap()
    };
    for (day, end) in [("2025-07-20", "before"), ("2025-08-20", "after")] {
        let year = page(day);
        near(
            &change[end],
            number(&reading(&year, "CNY", "year", "2025")["median"]),
            1e-12,
        );
    }
    let words = out(&tradecast(&arguments));
    assert!(
        words.contains("new figures, KAZ") && words.contains("points"),
        "{words}"
    );
}

/// Of the five partners together nobody publishes the growth: what flows and what partners added to
/// it adds up to one figure, though the growth of some flows has a base that was revised since.
#[test]
fn contributions_of_flows_and_of_partners_add_up_to_the_same_growth() {
    let arguments = ["outlook", "CHN", "CA5", "--as-of", "2026-07-25", "--json"];
    let outlook: Value = serde_json::from_str(&out(&tradecast(&arguments))).unwrap();
    let growth = 100.0 * outlook["known"]["growth"].as_f64().unwrap();
    for by in ["flow", "partner"] {
        let parts = outlook["contributions"].as_array().unwrap().iter();
        let of_known = parts.filter(|part| part["by"] == by);
        let sum: f64 = of_known.map(|part| part["points"].as_f64().unwrap()).sum();
        assert!((sum - growth).abs() < 0.01, "{by}: {sum} of {growth}");
    }
}

#[test]
fn the_record_of_2025_holds_what_came() {
    let server = Server::start();
    let arguments = [
        "outlook",
        "CHN",
        "CA5",
        "--as-of",
        "2026-01-20",
        "--record",
        "2025-03-01",
    ];
    let here = out(&tradecast(&[&arguments[..], &["--json"]].concat()));
    let there = [&arguments[..], &["--json", "--server", &server.address]].concat();
    assert_eq!(here, out(&tradecast(&there)));
    let record: Value = serde_json::from_str(&here).unwrap();
    let outlooks = record["outlooks"].as_array().unwrap();
    let of_2025: Vec<&Value> = outlooks
        .iter()
        .filter(|row| row["year"] == "2025")
        .collect();
    // Tables from February to November, on the 20th of the month after.
    assert_eq!(of_2025.len(), 10, "{here}");
    let mut last = f64::INFINITY;
    for (row, known) in of_2025.into_iter().zip(2..) {
        let number = |value: &Value| value.as_f64().unwrap();
        // China's customs printed +12.9 % for the five together, from growth and levels of each.
        near(&row["outcome"], 0.129, 0.001);
        let (lower, upper) = (number(&row["lower"]["95"]), number(&row["upper"]["95"]));
        // The year came in above what the first table implied: 95 % are -16.5 to +11.6 % there.
        let holds = lower < 0.129 && 0.129 < upper;
        assert!(holds || known == 2, "{row}");
        // Each table makes the interval narrower, or nearly so.
        assert!(upper - lower < 1.25 * last, "{row}");
        last = upper - lower;
    }
}

#[test]
fn the_record_in_dollars_holds_what_came_in_dollars() {
    let arguments = ["outlook", "CHN", "CA5", "--as-of", "2026-01-20", "--json"];
    let run = |more: &[&str]| -> Value {
        serde_json::from_str(&out(&tradecast(&[&arguments[..], more].concat()))).unwrap()
    };
    let record = run(&["--currency", "USD", "--record", "2025-11-01"]);
    assert_eq!(record["series"], "CHN.CA5.T.TOTAL.USD");
    let rows = record["outlooks"].as_array().unwrap();
    let of_2025: Vec<&Value> = rows.iter().filter(|row| row["year"] == "2025").collect();
    // Tables of October and November.
    assert_eq!(of_2025.len(), 2, "{record}");
    for row in of_2025 {
        // Nothing was published in dollars. A dollar cost 7.197 yuan in 2024 and 7.188 in 2025
        // (means of the months, European Central Bank): growth is that in yuan, +12.9 %, and 0.1.
        near(&row["outcome"], 0.130, 0.006);
    }
}

#[test]
fn a_shock_moves_the_year_by_what_it_takes_from_the_months_ahead() {
    let outlook = |more: &[&str]| -> Value {
        let arguments = [
            &["outlook", "CHN", "CA5", "--as-of", "2025-09-20", "--json"],
            more,
        ];
        let output = tradecast(&arguments.concat());
        assert!(output.status.success(), "{}", err(&output));
        serde_json::from_str(&out(&output)).unwrap()
    };
    let of_year = |outlook: &Value| {
        reading(outlook, "CNY", "year", "2025")["median"]
            .as_f64()
            .unwrap()
    };
    let plain = outlook(&[]);
    let shocked = outlook(&["--shock", "partner:KGZ=-50%@2025-10..2025-12"]);
    let without = &shocked["without_shocks"][0];
    near(&without["median"], of_year(&plain), 1e-12);
    // Kyrgyzstan was 30 % of the trade of August; half of three months of it is a few percent.
    let moved = of_year(&shocked) - of_year(&plain);
    assert!((-0.08..=-0.02).contains(&moved), "{moved}");
    // A dearer dollar takes nothing from the yuan, and 5 % of three months of twelve in dollars.
    let dearer = outlook(&["--shock", "rate:USD=5%@2025-10..2025-12"]);
    near(
        &reading(&dearer, "CNY", "year", "2025")["median"],
        of_year(&plain),
        1e-12,
    );
    let usd = |outlook: &Value| {
        reading(outlook, "USD", "year", "2025")["median"]
            .as_f64()
            .unwrap()
    };
    let moved = usd(&dearer) - usd(&plain);
    assert!((-0.025..=-0.005).contains(&moved), "{moved}");
    for (shock, words) in [
        (
            "partner:USA=-50%@2025-10",
            "partner USA is in none of the requested series",
        ),
        ("partner:KGZ=-50%@2025-03", "expected a month ahead"),
        ("regressor:oil=70@2025-10", "regressor oil"),
    ] {
        let output = tradecast(&[
            "outlook",
            "CHN",
            "CA5",
            "--as-of",
            "2025-09-20",
            "--shock",
            shock,
        ]);
        assert!(
            !output.status.success() && err(&output).contains(words),
            "{}",
            err(&output)
        );
    }
}

#[tokio::test]
async fn a_streamed_record_and_change_are_the_whole_ones_part_by_part() {
    let server = Server::start();
    let mut client = OutlookServiceClient::new(server.connect().await);
    let outlook = Some(pb::GetOutlookRequest {
        reporter: "CHN".to_owned(),
        partner: "CA5".to_owned(),
        as_of: "2025-06-14".to_owned(),
        paths: 100,
        ..pb::GetOutlookRequest::default()
    });
    let from = "2025-01-01".to_owned();
    let request = pb::StreamOutlookRecordRequest {
        outlook: outlook.clone(),
        from: from.clone(),
    };
    // The first time rows are computed, the second time they are kept ones.
    for _ in 0..2 {
        let stream = client.stream_outlook_record(request.clone()).await;
        let mut messages = stream.unwrap().into_inner();
        let mut rows = Vec::new();
        let mut done = 0;
        while let Some(message) = messages.message().await.unwrap() {
            assert!(message.done >= done && message.done <= message.days);
            assert_eq!(message.done == 0, rows.is_empty() && message.row.is_none());
            done = message.done;
            rows.extend(message.row);
        }
        rows.sort_by(|a, b| a.as_of.cmp(&b.as_of));
        let request = pb::GetOutlookRecordRequest {
            outlook: outlook.clone(),
            from: from.clone(),
        };
        let whole = client.get_outlook_record(request).await.unwrap();
        assert!(rows.len() > 3, "{rows:?}");
        assert_eq!(rows, whole.into_inner().rows);
    }
    let since = "2025-04-01".to_owned();
    let request = pb::StreamOutlookChangeRequest {
        outlook: outlook.clone(),
        since: since.clone(),
    };
    let mut messages = client
        .stream_outlook_change(request)
        .await
        .unwrap()
        .into_inner();
    let mut last = pb::StreamOutlookChangeResponse::default();
    while let Some(message) = messages.message().await.unwrap() {
        let before = last.change.unwrap_or_default().causes;
        let causes = &message.change.as_ref().unwrap().causes;
        assert!(causes.starts_with(&before), "{before:?} {causes:?}");
        last = message;
    }
    let change = last.change.unwrap();
    assert_eq!(change.causes.len(), last.causes as usize);
    let points: f64 = change.causes.iter().map(|cause| cause.points).sum();
    assert!((points - 100.0 * (change.after - change.before)).abs() < 1e-9);
    let request = pb::GetOutlookChangeRequest { outlook, since };
    let whole = client.get_outlook_change(request).await.unwrap();
    assert_eq!(change, whole.into_inner());
}
