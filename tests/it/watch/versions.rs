//! Answers at earlier versions of the store.

use super::*;

/// Every kind of answer about imports from China, in words, from a version.
async fn everything(server: &Server, version: Option<u64>) -> Result<Vec<String>, Vec<Status>> {
    let channel = server.connect().await;
    let mut catalog = CatalogServiceClient::new(channel.clone());
    let mut forecasts = ForecastServiceClient::new(channel.clone());
    let mut answers = Vec::new();
    fn said<T: std::fmt::Debug>(
        answer: Result<tonic::Response<T>, Status>,
    ) -> Result<String, Status> {
        answer.map(|answer| format!("{:?}", answer.into_inner()))
    }
    async fn all<T: std::fmt::Debug>(
        answer: Result<tonic::Response<Streaming<T>>, Status>,
    ) -> Result<String, Status> {
        let mut stream = answer?.into_inner();
        let mut parts = Vec::new();
        while let Some(part) = stream.message().await? {
            parts.push(format!("{part:?}"));
        }
        Ok(parts.join("\n"))
    }
    let request = pb::ListSeriesRequest {
        version,
        ..Default::default()
    };
    answers.push(said(catalog.list_series(request).await));
    let request = pb::GetSeriesRequest {
        key: CHINA.to_owned(),
        version,
        ..Default::default()
    };
    answers.push(said(catalog.get_series(request).await));
    let request = pb::GetGrowthRequest {
        subject: CHINA.to_owned(),
        version,
        ..Default::default()
    };
    let mut growth = GrowthServiceClient::new(channel.clone());
    answers.push(said(growth.get_growth(request).await));
    let request = pb::GetOutlookRequest {
        reporter: "USA".to_owned(),
        partner: "CHN".to_owned(),
        paths: 100,
        version,
        ..Default::default()
    };
    let mut outlook = OutlookServiceClient::new(channel.clone());
    answers.push(said(outlook.get_outlook(request).await));
    let request = pb::StreamForecastsRequest {
        version,
        ..forecast(&[CHINA])
    };
    answers.push(all(forecasts.stream_forecasts(request).await).await);
    let request = pb::ExplainForecastRequest {
        key: CHINA.to_owned(),
        paths: 200,
        version,
        ..Default::default()
    };
    answers.push(said(forecasts.explain_forecast(request).await));
    let request = pb::StreamScenarioRequest {
        series: vec![CHINA.to_owned()],
        shocks: vec![pb::Shock {
            target: Some(Target::Flow(pb::Flow::Imports.into())),
            months: "2026-S2".to_owned(),
            percent: vec![-10.0],
            ..Default::default()
        }],
        paths: 200,
        version,
        ..Default::default()
    };
    answers.push(all(forecasts.stream_scenario(request).await).await);
    let mut backtests = BacktestServiceClient::new(channel);
    let request = pb::StreamBacktestRequest {
        version,
        ..backtest(false)
    };
    answers.push(all(backtests.stream_backtest(request).await).await);
    if answers.iter().all(Result::is_ok) {
        return Ok(answers.into_iter().flatten().collect());
    }
    Err(answers.into_iter().filter_map(Result::err).collect())
}

fn backtest(real_time: bool) -> pb::StreamBacktestRequest {
    pb::StreamBacktestRequest {
        series: vec![CHINA.to_owned()],
        methods: vec!["theta".to_owned()],
        origins: 3,
        real_time,
        ..Default::default()
    }
}

#[tokio::test]
async fn every_answer_at_an_earlier_version_is_what_it_was() {
    let folder = census();
    let server = Server::on_store(folder.path());
    let was = everything(&server, None).await.unwrap();
    assert_eq!(was.len(), 8);
    for answer in &was {
        assert!(answer.contains("version: 1"), "each names its version");
        assert!(!answer.contains("Failure("), "{answer}");
    }
    // Some of 2024 anew, and the month after the last.
    let mut figures: Vec<_> = (1..=6)
        .map(|m| {
            (
                "CHN",
                "M",
                format!("2024-{m:02}"),
                40_000.0 + f64::from(m),
                "",
            )
        })
        .collect();
    figures.push(("CHN", "M", "2026-02".to_owned(), 25_000.0, ""));
    commit(folder.path(), &figures);
    shown(&server, 2).await;
    assert_eq!(everything(&server, Some(1)).await.unwrap(), was);
    let is = everything(&server, None).await.unwrap();
    for (was, is) in was.iter().zip(&is) {
        assert_ne!(was, is, "the commit changes it");
    }
    assert_eq!(everything(&server, Some(2)).await.unwrap(), is);
    // From memory, and from the store again after others.
    assert_eq!(everything(&server, Some(1)).await.unwrap(), was);
    let statuses = everything(&server, Some(99)).await.unwrap_err();
    assert_eq!(statuses.len(), 8);
    for status in &statuses {
        assert_missing(status, "version");
    }
    // Before anything came there was no series.
    let statuses = everything(&server, Some(0)).await.unwrap_err();
    assert!(
        statuses
            .iter()
            .all(|status| status.code() == Code::NotFound)
    );
}

#[tokio::test]
async fn a_revision_is_found_between_versions() {
    let folder = census();
    let server = Server::on_store(folder.path());
    let was = streamed(&server, forecast(&[CHINA])).await;
    // The imports of the second half of 2025 are a tenth higher than stated before.
    let shown_before = on(folder.path(), &["series", CHINA, "--json"]);
    let series: Value = serde_json::from_slice(&shown_before.stdout).unwrap();
    let value = |month: &str| {
        let observations = series["observations"].as_array().unwrap();
        let of = observations.iter().find(|o| o["month"] == month).unwrap();
        of["value"].as_f64().unwrap() / 1e6
    };
    let revised: Vec<_> = (7..=12)
        .map(|m| format!("2025-{m:02}"))
        .map(|month| ("CHN", "M", month.clone(), 1.1 * value(&month), ""))
        .collect();
    commit(folder.path(), &revised);
    shown(&server, 2).await;
    assert_eq!(
        streamed(&server, at(1, forecast(&[CHINA]))).await,
        was,
        "the forecast at the earlier version is what it was"
    );
    let mut client = ForecastServiceClient::new(server.connect().await);
    let request = pb::ExplainForecastRequest {
        key: CHINA.to_owned(),
        since_version: Some(1),
        paths: 200,
        ..Default::default()
    };
    let found = client.explain_forecast(request.clone()).await.unwrap();
    let found = found.into_inner();
    assert_eq!((found.version, found.since_version), (2, 1));
    assert!(!found.growth_changes.is_empty() && !found.value_changes.is_empty());
    for change in found.growth_changes.iter().chain(&found.value_changes) {
        assert!(change.new_figures.is_empty(), "{change:?}");
        let whole = change.after - change.before;
        let sum = change.revisions + change.model;
        assert!(
            (sum - whole).abs() < 1e-9 * (1.0 + change.after.abs()),
            "{change:?}"
        );
    }
    for change in &found.value_changes {
        assert!(change.revisions > 0.0, "{change:?}");
        let point = was[CHINA].iter().find_map(|part| match part {
            Update::Point(point) if point.month == change.span => Some(point.value),
            _ => None,
        });
        assert_eq!(
            Some(change.before),
            point,
            "it changed from what was forecast"
        );
    }
    let model: f64 = found.value_changes.iter().map(|c| c.model.abs()).sum();
    assert!(model > 0.0, "the panel teaches otherwise");

    // The month that follows is a new figure beside the revisions.
    commit(
        folder.path(),
        &[("CHN", "M", "2026-02".to_owned(), 25_000.0, "")],
    );
    shown(&server, 3).await;
    let three = client.explain_forecast(request.clone()).await.unwrap();
    let three = three.into_inner();
    assert_eq!((three.version, three.since_version), (3, 1));
    for change in &three.growth_changes {
        let months: Vec<&str> = change
            .new_figures
            .iter()
            .map(|f| f.month.as_str())
            .collect();
        assert_eq!(months, ["2026-02"]);
    }
    assert!(three.growth_changes.iter().any(|c| c.revisions != 0.0));
    // Between the last two versions there is the new figure and no revision; of one version with
    // itself nothing.
    let request_at = |version, since_version| pb::ExplainForecastRequest {
        version,
        since_version: Some(since_version),
        ..request.clone()
    };
    let last = client
        .explain_forecast(request_at(Some(3), 2))
        .await
        .unwrap();
    for change in &last.into_inner().growth_changes {
        assert_eq!((change.revisions, change.new_figures.len()), (0.0, 1));
    }
    let two = client
        .explain_forecast(request_at(Some(2), 1))
        .await
        .unwrap();
    assert_eq!(
        two.into_inner(),
        found,
        "as it was found when 2 was the latest"
    );
    let itself = client.explain_forecast(request_at(None, 3)).await.unwrap();
    for change in &itself.into_inner().growth_changes {
        assert_eq!((change.revisions, change.model), (0.0, 0.0));
        assert_eq!(change.before, change.after);
    }
    // One day, as it was known at either version: what was revised since counts from the day on
    // which it is presumed public.
    let day = pb::ExplainForecastRequest {
        as_of: "2025-06-30".to_owned(),
        ..request_at(Some(2), 1)
    };
    let day = client.explain_forecast(day).await.unwrap().into_inner();
    for change in &day.growth_changes {
        assert_eq!((change.revisions, change.model), (0.0, 0.0), "{change:?}");
    }
    for (request, code, field) in [
        (
            request_at(Some(2), 3),
            Code::InvalidArgument,
            "since_version",
        ),
        (request_at(None, 0), Code::InvalidArgument, "since_version"),
        (request_at(None, 99), Code::NotFound, "since_version"),
        (request_at(Some(99), 1), Code::NotFound, "version"),
    ] {
        let status = client.explain_forecast(request).await.unwrap_err();
        assert_eq!(
            (status.code(), fields(&status)),
            (code, vec![field.to_owned()])
        );
    }
}

/// The scores of the whole answer, and what is left of it.
async fn scored(server: &Server, request: pb::StreamBacktestRequest) -> Vec<pb::BacktestScore> {
    let mut client = BacktestServiceClient::new(server.connect().await);
    let mut stream = client.stream_backtest(request).await.unwrap().into_inner();
    let mut scores = Vec::new();
    while let Some(part) = stream.message().await.unwrap() {
        match part.update.unwrap() {
            Backtested::Score(score) => scores.push(score),
            Backtested::Progress(_) | Backtested::Forecast(_) => {}
            Backtested::Failure(failure) => panic!("{failure:?}"),
        }
    }
    scores
}

#[tokio::test]
async fn a_later_revision_moves_no_earlier_forecast_of_a_backtest_in_real_time() {
    let folder = census();
    let server = Server::on_store(folder.path());
    let methods = ["auto", "theta", "seasonal-naive"].map(str::to_owned);
    let request = |real_time, as_of: &str| pb::StreamBacktestRequest {
        methods: methods.to_vec(),
        as_of: as_of.to_owned(),
        ..backtest(real_time)
    };
    // The last origin is January 2025, learnt from what was public by mid-March 2025. The day
    // before the revision all figures of 2025 are public.
    let (before, after) = ("2026-03-14", "2026-03-15");
    let was = scored(&server, request(true, "")).await;
    let was_before = scored(&server, request(true, before)).await;
    let was_with_hindsight = scored(&server, request(false, "")).await;
    assert!(!was.is_empty());
    // In March 2026 the imports of two years are revised: history to every origin, but neither
    // truth nor the base of any growth, which begins with September 2022, so that a forecast that
    // moves is all that could move a score.
    let revised: Vec<_> = (2020..=2021)
        .flat_map(|year| (1..=12).map(move |m| (year, m)))
        .map(|(year, m)| {
            let value = 30_000.0 + 700.0 * f64::from(m);
            ("CHN", "M", format!("{year}-{m:02}"), value, after)
        })
        .collect();
    commit(folder.path(), &revised);
    shown(&server, 2).await;
    assert_eq!(scored(&server, request(true, before)).await, was_before);
    assert_eq!(
        scored(&server, request(true, "")).await,
        was,
        "no forecast of an earlier origin moves by a bit"
    );
    // With hindsight they do, and at the earlier version they still do not.
    let hindsight = scored(&server, request(false, "")).await;
    assert_ne!(hindsight, was_with_hindsight);
    let at_one = pb::StreamBacktestRequest {
        version: Some(1),
        ..request(false, "")
    };
    assert_eq!(scored(&server, at_one).await, was_with_hindsight);
}

#[test]
fn the_command_line_reads_a_version_here_and_there() {
    let folder = census();
    let server = Server::on_store(folder.path());
    revise(folder.path(), 30_000.0);
    let there = |arguments: &[&str]| {
        let ran = command(TRADECAST)
            .args(arguments)
            .args(["--server", &server.address])
            .output()
            .unwrap();
        assert!(ran.status.success(), "{}", err(&ran));
        out(&ran)
    };
    for command in [
        &["series", "--csv"][..],
        &["series", CHINA, "--json"],
        &["forecast", CHINA, "--paths", "200", "--json"],
        &["growth", CHINA, "--json"],
        &["outlook", "USA", "CHN", "--paths", "100", "--json"],
        &[
            "backtest",
            CHINA,
            "--method",
            "theta",
            "--origins",
            "2",
            "--json",
        ],
        &[
            "scenario",
            CHINA,
            "--shock",
            "flow:M=-10%@2026-S2",
            "--json",
        ],
        &["explain", CHINA, "--paths", "200", "--json"],
    ] {
        let of = |version: &'static str| [command, &["--version", version]].concat();
        let here = on(folder.path(), &of("1"));
        assert!(here.status.success(), "{}", err(&here));
        assert_eq!(out(&here), there(&of("1")), "{command:?}");
        if command[1] != "--csv" {
            assert_ne!(out(&here), there(&of("2")), "{command:?}");
        }
    }
    let explain = [
        "explain",
        CHINA,
        "--paths",
        "200",
        "--version",
        "2",
        "--since-version",
        "1",
    ];
    let here = on(folder.path(), &explain);
    let text = out(&here);
    assert_eq!(text, there(&explain));
    assert!(
        text.contains("Changes since version 1, percentage points"),
        "{text}"
    );
    // Files have no versions.
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("data");
    let refused = command(TRADECAST)
        .args(["series", "--version", "1", "--data"])
        .arg(data)
        .output()
        .unwrap();
    assert_eq!(refused.status.code(), Some(1));
    assert!(
        err(&refused).contains("expected --store or --server"),
        "{}",
        err(&refused)
    );
}
