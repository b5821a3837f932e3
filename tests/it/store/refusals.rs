//! Figures that are refused, with row and field.

use super::*;

/// The refusals of an answer: row, field, value, and what was expected.
fn refused(refusals: &[pb::RowRefusal]) -> Vec<(u64, &str, &str, &str)> {
    refusals
        .iter()
        .map(|r| {
            (
                r.row,
                r.field.as_str(),
                r.value.as_str(),
                r.expected.as_str(),
            )
        })
        .collect()
}

#[tokio::test]
async fn each_wrong_figure_is_refused_by_row_and_field() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::on_store(folder.path());
    let mut client = IngestServiceClient::new(server.connect().await);
    let good = figure("USA.CHN.M.TOTAL.USD", "2024-01", 1.0);
    const RELEASE: i32 = pb::FigureKind::Release as i32;
    const AHEAD: &str =
        "expected a period that ends at most 366 days from today where no day of release is stated";
    let long = "x".repeat(80) + "…";
    let blank = format!("USD{}…", " ".repeat(77));
    /// Field, value, what was expected, and what makes a good figure so.
    type Wrong<'a> = (&'a str, &'a str, &'a str, fn(&mut pb::DeliveredFigure));
    let wrong: [Wrong<'_>; 26] = [
        (
            "key",
            "USA.CHN.M.TOTAL",
            "`USA.CHN.M.TOTAL` is no series key: expected REPORTER.PARTNER.FLOW.PRODUCT.UNIT, \
             for example USA.CHN.M.TOTAL.USD; it has 4 parts where 5 are needed",
            |f| f.key = "USA.CHN.M.TOTAL".into(),
        ),
        ("unit", "USD", "expected the key's currency, KGM", |f| {
            f.key = "USA.CHN.M.TOTAL.KGM".into()
        }),
        (
            "period",
            "2024-13",
            "`2024-13` is no period: expected for example 2025-05, 2025-Q2, 2025-S1, 2025 \
             or 2025-01-01/P5M",
            |f| f.period = "2024-13".into(),
        ),
        ("period", "2024-Q1", "expected a month", |f| {
            f.period = "2024-Q1".into()
        }),
        (
            "period",
            "0999-12",
            "expected a period within the years 1000 to 2999",
            |f| f.period = "0999-12".into(),
        ),
        ("period", "2205-06", AHEAD, |f| f.period = "2205-06".into()),
        ("period", "2205-Q2", AHEAD, |f| {
            (f.kind, f.period) = (RELEASE, "2205-Q2".into())
        }),
        (
            "period",
            "2024-01",
            "expected a day of release at most 366 days before the period ends, on 2024-01-31, \
             not 2022-06-30",
            |f| f.released_on = "2022-06-30".into(),
        ),
        (
            "value",
            "-1",
            "expected a value of zero or more: imports are never negative",
            |f| f.value = Some(-1.0),
        ),
        (
            "value",
            "NaN",
            "expected a finite number, or none for a gap",
            |f| f.value = Some(f64::NAN),
        ),
        (
            "value",
            "inf",
            "expected a finite number, in base units at most 1e100",
            |f| f.value = Some(f64::INFINITY),
        ),
        (
            "value",
            "",
            "expected a finite number: a release states one",
            |f| (f.kind, f.value) = (RELEASE, None),
        ),
        (
            "unit",
            "",
            "expected the unit that the value is in, with its scale: for example `USD`, \
             `thousand USD` or `USD mn`",
            |f| f.unit.clear(),
        ),
        ("unit", "EUR mn", "expected the key's currency, USD", |f| {
            f.unit = "EUR mn".into()
        }),
        (
            "unit",
            "dollars",
            "`dollars` is no unit: expected a currency and a scale, \
             for example `USD`, `thousand USD`, `USD mn`, `USD bn`, `USD trn`, `JPY 1000` or `CNY \
             bn`",
            |f| f.unit = "dollars".into(),
        ),
        ("unit", "USD", "expected `%` or `% USD`", |f| {
            (f.kind, f.measure, f.unit) = (RELEASE, "growth".into(), "USD".into())
        }),
        ("unit", &blank, "expected at most 1000 characters", |f| {
            f.unit = format!("USD{}mn", " ".repeat(996))
        }),
        (
            "kind",
            "9",
            "expected FIGURE_KIND_OBSERVATION (1) or FIGURE_KIND_RELEASE (2)",
            |f| f.kind = 9,
        ),
        (
            "kind",
            "0",
            "expected FIGURE_KIND_OBSERVATION (1) or FIGURE_KIND_RELEASE (2)",
            |f| f.kind = 0,
        ),
        (
            "measure",
            "growth",
            "expected `level`: an observation is the value of a month",
            |f| f.measure = "growth".into(),
        ),
        (
            "measure",
            "sum",
            "expected one of level, growth, change, share_product, share_partner, share_reporter",
            |f| (f.kind, f.measure) = (RELEASE, "sum".into()),
        ),
        (
            "rounding",
            "-0.5",
            "expected half of the value's last digit, zero or more",
            |f| f.rounding = -0.5,
        ),
        (
            "released_on",
            "soon",
            "`soon` is no date: expected for example 2025-06-14",
            |f| f.released_on = "soon".into(),
        ),
        ("status", &long, "expected at most 1000 characters", |f| {
            f.status = "x".repeat(1001)
        }),
        ("source", &long, "expected at most 1000 characters", |f| {
            f.source = "x".repeat(1001)
        }),
        (
            "period",
            "2024-01",
            "expected a figure for 2024-01 that series `USA.CHN.M.TOTAL.USD` \
             does not have yet; row 1 gives it already",
            |f| f.status = "x".repeat(1000),
        ),
    ];
    let made = |change: fn(&mut pb::DeliveredFigure)| {
        let mut figure = good.clone();
        change(&mut figure);
        figure
    };
    let rows: Vec<_> = [good.clone()]
        .into_iter()
        .chain(wrong.map(|(.., change)| made(change)))
        .collect();
    let expected: Vec<_> = wrong
        .iter()
        .zip(2..)
        .map(|((field, value, expected, _), row)| (row, *field, *value, *expected))
        .collect();
    let answer = write(&mut client, "a", false, rows.clone()).await.unwrap();
    assert_eq!((answer.version, answer.written), (0, 0), "all or nothing");
    assert_eq!(refused(&answer.refusals), expected);
    let answer = write(&mut client, "a", true, rows).await.unwrap();
    assert_eq!(
        (answer.version, answer.written),
        (1, 1),
        "the right one is taken"
    );
    assert_eq!(refused(&answer.refusals), expected);

    // Of many refusals the first are listed and the others counted.
    let many = vec![made(wrong[0].3); 1007];
    let answer = write(&mut client, "", false, many).await.unwrap();
    assert_eq!((answer.refusals.len(), answer.refusals_left_out), (1000, 7));

    // A file, in small pieces, refused with the row of the file; then right, and sent twice.
    let send = async |client: &mut IngestServiceClient<Channel>, text: &str| {
        let parts: Vec<_> = text
            .as_bytes()
            .chunks(7)
            .enumerate()
            .map(|(k, bytes)| pb::ImportFileRequest {
                request_id: if k == 0 { "file".into() } else { String::new() },
                file_name: if k == 0 {
                    "figures.csv".into()
                } else {
                    String::new()
                },
                content: bytes.to_vec(),
                ..Default::default()
            })
            .collect();
        client
            .import_file(futures_util::stream::iter(parts))
            .await
            .map(tonic::Response::into_inner)
    };
    let header =
        "kind,reporter,partner,flow,product,measure,period,value,unit,status,released_on,source\n";
    let row = |month: &str| format!("observation,USA,MEX,M,TOTAL,level,{month},1,USD,p,,s\n");
    let answer = send(
        &mut client,
        &format!("{header}{}{}", row("2024-01"), row("2024-00")),
    )
    .await
    .unwrap();
    assert_eq!((answer.version, answer.refusals.len()), (0, 1));
    let refusal = &answer.refusals[0];
    assert_eq!(
        (refusal.row, refusal.field.as_str(), refusal.value.as_str()),
        (3, "period", "2024-00")
    );
    let text = format!("{header}{}{}", row("2024-01"), row("2024-02"));
    let first = send(&mut client, &text).await.unwrap();
    assert_eq!(
        (first.version, first.written, first.repeated),
        (2, 2, false)
    );
    let second = send(&mut client, &text).await.unwrap();
    assert_eq!(
        (second.version, second.written, second.repeated),
        (2, 0, true)
    );
    let foreign = send(&mut client, "a,b\n1,2\n").await.unwrap_err();
    let expected = "content: expected a known format or a mapping; this table (row 1)";
    assert_eq!(foreign.code(), Code::InvalidArgument);
    assert!(foreign.message().starts_with(expected), "{foreign}");
}

#[tokio::test]
async fn rows_are_counted_on_from_message_to_message() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::on_store(folder.path());
    let mut client = IngestServiceClient::new(server.connect().await);
    let good = |month: &str| figure("USA.CHN.M.TOTAL.USD", month, 1.0);
    let wrong = |period: &str| figure("USA.CHN.M.TOTAL.USD", period, 1.0);
    let messages = || {
        let parts = [
            vec![good("2024-01"), wrong("a")],
            vec![wrong("b"), good("2024-02"), wrong("c")],
            vec![],
            vec![good("2024-01")],
        ];
        // The first message holds the request.
        let parts = parts.into_iter().enumerate();
        parts.map(|(k, figures)| pb::WriteObservationsRequest {
            request_id: ["many", "other"][k.min(1)].to_owned(),
            accept_valid: k == 0,
            figures,
            ..Default::default()
        })
    };
    let mut send = async || {
        let stream = futures_util::stream::iter(messages().collect::<Vec<_>>());
        client
            .write_observations(stream)
            .await
            .unwrap()
            .into_inner()
    };
    let answer = send().await;
    assert_eq!((answer.version, answer.written), (1, 2));
    let no_period = |text: &str| {
        format!(
            "`{text}` is no period: expected for example 2025-05, 2025-Q2, 2025-S1, 2025 \
             or 2025-01-01/P5M"
        )
    };
    let [a, b, c] = ["a", "b", "c"].map(no_period);
    let twice = "expected a figure for 2024-01 that series `USA.CHN.M.TOTAL.USD` \
             does not have yet; row 1 gives it already";
    assert_eq!(
        refused(&answer.refusals),
        [
            (2, "period", "a", a.as_str()),
            (3, "period", "b", b.as_str()),
            (5, "period", "c", c.as_str()),
            (6, "period", "2024-01", twice),
        ]
    );
    let again = send().await;
    assert_eq!((again.version, again.written, again.repeated), (1, 0, true));
}

/// A day of release that cannot be that of every figure of a file.
#[tokio::test]
async fn a_figure_that_came_after_the_stated_day_is_refused_as_any_other() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::on_store(folder.path());
    let mut client = IngestServiceClient::new(server.connect().await);
    let rows = ["2024-13", "2025-01", "2025-02"]
        .map(|month| format!("observation,USA,MEX,M,TOTAL,level,{month},1,USD,p,,s\n"));
    let text = format!(
        "kind,reporter,partner,flow,product,measure,period,value,unit,status,released_on,\
             source\n{}",
        rows.concat()
    );
    let expected = [
        (
            2,
            "period",
            "2024-13",
            "expected a month or span, for example 2025-05, May 2025, 2025-Q2 or 2025",
        ),
        (
            4,
            "",
            "2024-02-20",
            "expected a day of release at most 366 days before the period ends, on 2025-02-28",
        ),
    ];
    for (accept_valid, committed) in [(false, (0, 0)), (true, (1, 1))] {
        let request = pb::ImportFileRequest {
            file_name: "figures.csv".to_owned(),
            content: text.clone().into_bytes(),
            released_on: "2024-02-20".to_owned(),
            accept_valid,
            ..Default::default()
        };
        let answer = client.import_file(futures_util::stream::iter([request]));
        let answer = answer.await.unwrap().into_inner();
        assert_eq!((answer.version, answer.written), committed);
        assert_eq!(refused(&answer.refusals), expected);
    }
}

/// Imports of a month of the year 2999, released in that year.
#[tokio::test]
async fn a_misdated_figure_is_refused_and_hides_nothing_where_it_is_let_in() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::on_store(folder.path());
    let channel = server.connect().await;
    let mut client = IngestServiceClient::new(channel.clone());
    let misdated = pb::DeliveredFigure {
        released_on: "2999-02-01".to_owned(),
        ..figure("USA.MEX.M.TOTAL.USD", "2999-01", 1.0)
    };
    let months = ["2024-01", "2024-02", "2024-03"];
    let figures = months.map(|month| figure("USA.MEX.M.TOTAL.USD", month, 1.0));
    let figures: Vec<_> = figures.into_iter().chain([misdated]).collect();
    let answer = write(&mut client, "", false, figures.clone()).await;
    let answer = answer.unwrap();
    assert_eq!((answer.version, answer.written), (0, 0));
    let found = refused(&answer.refusals);
    assert_eq!(found.len(), 1);
    let (row, field, value, expected) = found[0];
    assert_eq!((row, field, value), (4, "released_on", "2999-02-01"));
    assert!(
        expected.starts_with("expected a day of release up to "),
        "{expected}"
    );
    let message = pb::WriteObservationsRequest {
        figures,
        allow_future: true,
        ..Default::default()
    };
    let answer = client.write_observations(futures_util::stream::iter([message]));
    let answer = answer.await.unwrap().into_inner();
    assert_eq!((answer.written, answer.refusals.len()), (4, 0));
    let mut catalog = pb::catalog_service_client::CatalogServiceClient::new(channel);
    for as_of in ["", "2024-07-01"] {
        let request = pb::GetSeriesRequest {
            key: "USA.MEX.M.TOTAL.USD".to_owned(),
            as_of: as_of.to_owned(),
            version: Some(answer.version),
            ..Default::default()
        };
        let shown = catalog.get_series(request).await.unwrap().into_inner();
        assert_eq!(shown.observations.len(), 3, "{as_of}");
        assert_eq!(shown.series.unwrap().last_month, "2024-03");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_area_that_nobody_knows_is_refused_unless_it_is_stated() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::on_store(folder.path());
    let mut client = IngestServiceClient::new(server.connect().await);
    let figures = vec![
        figure("DE.156.X.TOTAL.USD", "2024-01", 1.0),
        figure("KAZ.GERMANI.X.TOTAL.USD", "2024-01", 2.0),
    ];
    let answer = write(&mut client, "", false, figures.clone()).await;
    let answer = answer.unwrap();
    let found = refused(&answer.refusals);
    assert_eq!((answer.written, found.len()), (0, 1));
    let (row, field, value, expected) = found[0];
    assert_eq!((row, field, value), (2, "partner", "GERMANI"));
    assert!(expected.contains("DEU (Germany)"), "{expected}");
    assert!(expected.contains("new_areas"), "{expected}");
    let message = pb::WriteObservationsRequest {
        figures,
        new_areas: vec!["GERMANI".to_owned()],
        ..Default::default()
    };
    let answer = client.write_observations(futures_util::stream::iter([message]));
    let answer = answer.await.unwrap().into_inner();
    assert_eq!((answer.written, answer.refusals.len()), (2, 0));
    let store = tokio::task::block_in_place(|| open(folder.path()).read(None).unwrap());
    let snapshot = Snapshot::of_store(store).unwrap();
    // By another code and by a number, Germany and China are what they are.
    for key in ["DEU.CHN.X.TOTAL.USD", "KAZ.GERMANI.X.TOTAL.USD"] {
        assert_eq!(known(&snapshot, key), 1, "{key}");
    }
}

/// Imports by customs value, then by CIF.
#[tokio::test]
async fn a_series_has_two_bases_only_on_purpose() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::on_store(folder.path());
    let mut client = IngestServiceClient::new(server.connect().await);
    let of = |month: &str, source: &str| pb::DeliveredFigure {
        source: source.to_owned(),
        ..figure("USA.CHN.M.TOTAL.USD", month, 1.0)
    };
    let first = vec![of("2024-01", "US Census Bureau, customs value")];
    let first = write(&mut client, "", false, first).await.unwrap();
    assert_eq!(first.written, 1);
    // At once: the check sees what was just committed, whether or not the service shows it yet.
    let other = vec![of("2024-02", "UN Comtrade, CIF")];
    let answer = write(&mut client, "", false, other.clone()).await.unwrap();
    let found = refused(&answer.refusals);
    assert_eq!((answer.written, found.len()), (0, 1));
    assert!(found[0].3.contains("mixed_basis"), "{}", found[0].3);
    let message = pb::WriteObservationsRequest {
        figures: other,
        mixed_basis: true,
        ..Default::default()
    };
    let answer = client.write_observations(futures_util::stream::iter([message]));
    let answer = answer.await.unwrap().into_inner();
    assert_eq!(answer.written, 1);
    // The series says what was joined.
    let mut catalog = CatalogServiceClient::new(server.connect().await);
    let request = pb::GetSeriesRequest {
        key: "USA.CHN.M.TOTAL.USD".to_owned(),
        version: Some(answer.version),
        ..Default::default()
    };
    let shown = catalog.get_series(request).await;
    let shown = shown.unwrap().into_inner();
    let source = shown.series.unwrap().source;
    assert!(source.contains("CIF"), "{source}");
}

/// Writers at once, each sure that its basis is the first.
#[tokio::test]
async fn of_writers_at_once_one_decides_the_basis() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::on_store(folder.path());
    let channel = server.connect().await;
    let writers = (0..8).map(|k| {
        let source = ["US Census Bureau, customs value", "UN Comtrade, CIF"][k % 2];
        let mut client = IngestServiceClient::new(channel.clone());
        tokio::spawn(async move {
            let of = pb::DeliveredFigure {
                source: source.to_owned(),
                ..figure("USA.CHN.M.TOTAL.USD", &format!("2024-{:02}", k + 1), 1.0)
            };
            let answer = write(&mut client, "", false, vec![of]).await.unwrap();
            (answer.written, k % 2)
        })
    });
    let mut written = [0; 2];
    for writer in writers.collect::<Vec<_>>() {
        let (figures, basis) = writer.await.unwrap();
        written[basis] += figures;
    }
    assert!(written == [4, 0] || written == [0, 4], "{written:?}");
}
