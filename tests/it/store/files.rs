//! Files that are imported over gRPC.

use super::*;

/// Sends a file whole.
async fn import(
    client: &mut IngestServiceClient<Channel>,
    name: &str,
    content: Vec<u8>,
    accept_valid: bool,
) -> pb::ImportFileResponse {
    let request = pb::ImportFileRequest {
        file_name: name.to_owned(),
        content,
        accept_valid,
        ..Default::default()
    };
    let answer = client.import_file(futures_util::stream::iter([request]));
    answer.await.unwrap().into_inner()
}

/// A few kilobytes that say they are five million rows and one.
#[tokio::test]
async fn a_file_that_would_fill_memory_is_refused_as_a_whole() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::on_store(folder.path());
    let mut client = IngestServiceClient::new(server.connect().await);
    let rows = 5_000_001;
    let column = Column::new("y".into(), vec![1.0; rows]);
    let mut content = Vec::new();
    ParquetWriter::new(&mut content)
        .finish(&mut DataFrame::new(rows, vec![column]).unwrap())
        .unwrap();
    assert!(content.len() < 1 << 20, "{} bytes", content.len());
    let request = pb::ImportFileRequest {
        file_name: "figures.parquet".to_owned(),
        content,
        accept_valid: true,
        ..Default::default()
    };
    let answer = client.import_file(futures_util::stream::iter([request]));
    let status = answer.await.unwrap_err();
    let info = status.get_error_details().error_info().cloned().unwrap();
    assert_eq!(
        (status.code(), info.reason.as_str(), status.message()),
        (
            Code::ResourceExhausted,
            "TOO_MUCH",
            "content: expected at most 5000000 figures in one call"
        )
    );
}

#[tokio::test]
async fn a_file_of_any_format_is_imported() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let folder = tempfile::tempdir().unwrap();
    let server = Server::on_store(folder.path());
    let mut client = IngestServiceClient::new(server.connect().await);
    let mut version = 0;
    for (name, format) in [
        ("tidy/figures.csv", "tidy"),
        ("long/panel.csv", "long"),
        ("sdmx-csv/imts.csv", "sdmx-csv"),
        ("sdmx-ml/groups.xml", "sdmx-ml"),
        ("sdmx-json/data-1.0.json", "sdmx-json"),
        ("comtrade/deviations.csv", "comtrade-csv"),
        ("comtrade/usa-jpn-2023.json", "comtrade-json"),
        ("comext/full_202402.dat.gz", "comext"),
        ("comext/full_v2_202402.7z", "comext"),
        ("census/imports.json", "census"),
        ("china-customs/2025-11.xls", "china-customs"),
        ("china-customs/2025-11.xlsx", "china-customs"),
    ] {
        let content = std::fs::read(fixtures.join(name)).unwrap();
        let answer = import(&mut client, name, content, false).await;
        version += 1;
        assert_eq!(
            (answer.format.as_str(), answer.version),
            (format, version),
            "{name}"
        );
        assert_eq!(answer.refusals, [], "{name}");
        let quality = answer.quality.unwrap();
        assert!(
            answer.written > 0 && quality.figures == answer.written,
            "{name}"
        );
    }
    // A sheet with two wrong cells: all or nothing, or what is right.
    let wrong = std::fs::read(fixtures.join("china-customs/wrong.xlsx")).unwrap();
    let answer = import(&mut client, "wrong.xlsx", wrong.clone(), false).await;
    let cells = |answer: &pb::ImportFileResponse| -> Vec<(u64, String, String)> {
        let refusals = answer.refusals.iter().cloned();
        refusals.map(|r| (r.row, r.field, r.value)).collect()
    };
    let expected = [
        (7, "D".to_owned(), "1720x".to_owned()),
        (9, "A".to_owned(), "乌托邦".to_owned()),
    ];
    assert_eq!((answer.version, answer.written), (0, 0));
    assert_eq!(cells(&answer), expected);
    let answer = import(&mut client, "wrong.xlsx", wrong, true).await;
    assert_eq!(answer.version, version + 1);
    assert!(answer.written > 60);
    assert_eq!(cells(&answer), expected);
}

/// A source that revises a figure and takes the revision back, over gRPC and from the command line.
#[tokio::test]
async fn a_file_is_recognised_by_its_content() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::on_store(folder.path());
    let mut client = IngestServiceClient::new(server.connect().await);
    let text = |value: u32| {
        format!(
            "unique_id,ds,y\nUSA.MEX.M.TOTAL.USD,2024-01,1\nUSA.MEX.M.TOTAL.USD,2024-02,{value}\n"
        )
    };
    for (value, expected) in [
        (2, (1, 2, false)),
        (2, (1, 0, true)),
        // A revision, and the first figures again.
        (3, (2, 2, false)),
        (2, (3, 2, false)),
        (2, (3, 0, true)),
    ] {
        let content = text(value).into_bytes();
        let answer = import(&mut client, "figures.csv", content, false).await;
        let found = (answer.version, answer.written, answer.repeated);
        assert_eq!(found, expected);
        assert_eq!(answer.format, "long", "also where it is not written again");
    }
    // With a name of the caller's own it is another request.
    let named = pb::ImportFileRequest {
        request_id: "again".to_owned(),
        file_name: "figures.csv".to_owned(),
        content: text(2).into_bytes(),
        ..Default::default()
    };
    let answer = client.import_file(futures_util::stream::iter([named]));
    let answer = answer.await.unwrap().into_inner();
    assert_eq!(
        (answer.version, answer.written, answer.repeated),
        (4, 2, false)
    );
    // The command line knows the file, too, whatever it is called there.
    let file = folder.path().join("other.csv");
    std::fs::write(&file, text(3)).unwrap();
    let ran = tokio::task::spawn_blocking({
        let store = folder.path().to_owned();
        move || {
            let mut import = command(TRADECAST);
            import.args(["store", "import"]).arg(&file);
            import.arg("--store").arg(store).output().unwrap()
        }
    });
    let ran = String::from_utf8(ran.await.unwrap().stdout).unwrap();
    assert!(ran.ends_with("already imported as version 2\n"), "{ran}");
}

/// A level that jumps in its last month, then a later file that revises a month by 2 %.
#[tokio::test]
async fn an_import_reports_issues_and_revisions() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::on_store(folder.path());
    let mut client = IngestServiceClient::new(server.connect().await);
    let long = |months: std::ops::Range<i32>, value: &dyn Fn(i32) -> f64| {
        let mut text = String::from("unique_id,ds,y\n");
        for t in months {
            text += &format!(
                "USA.MEX.M.TOTAL.USD,{}-{:02},{}\n",
                2020 + t / 12,
                t % 12 + 1,
                value(t)
            );
        }
        text.into_bytes()
    };
    // A wobble of a few percent, and in the last month 60 % more.
    let value = |t: i32| (100 + t * 37 % 7) as f64 * if t == 59 { 1.6 } else { 1.0 };
    let answer = import(&mut client, "a.csv", long(0..60, &value), false).await;
    let findings = answer.quality.unwrap().findings;
    let found: Vec<_> = findings
        .iter()
        .map(|f| (f.issue(), f.period.as_str()))
        .collect();
    assert_eq!(found, [(pb::QualityIssue::Undecidable, "2024-12")]);
    // Revisions are reported against the version that the service shows.
    let mut catalog = CatalogServiceClient::new(server.connect().await);
    let request = pb::GetSeriesRequest {
        key: "USA.MEX.M.TOTAL.USD".to_owned(),
        ..Default::default()
    };
    while catalog.get_series(request.clone()).await.is_err() {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let revised = |t: i32| value(t) * if t == 10 { 1.02 } else { 1.0 };
    let answer = import(&mut client, "b.csv", long(9..12, &revised), false).await;
    let findings = answer.quality.unwrap().findings;
    let [revision] = &findings[..] else {
        panic!("one finding: {findings:?}")
    };
    assert_eq!(
        (revision.issue(), revision.period.as_str()),
        (pb::QualityIssue::Revision, "2020-11")
    );
    assert!((revision.size - 0.02).abs() < 1e-9, "{}", revision.detail);
    assert!(!revision.detail.contains("before"), "{}", revision.detail);
    // The next one is held against that one: 5 % after 2 %.
    loop {
        let series = catalog
            .get_series(request.clone())
            .await
            .unwrap()
            .into_inner();
        if series.observations[10].value == Some(revised(10)) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let again = |t: i32| revised(t) * if t == 11 { 1.05 } else { 1.0 };
    let answer = import(&mut client, "c.csv", long(9..12, &again), false).await;
    let detail = &answer.quality.unwrap().findings[0].detail;
    assert_eq!(
        detail,
        "1 of 3 figures differ from those known, median 5.00 %, largest +5.00 % \
         (Dec 2020); 1 before, median 2.00 %"
    );
}

#[tokio::test]
async fn every_figure_that_a_month_has_had_is_returned_on_request() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::on_store(folder.path());
    let mut client = IngestServiceClient::new(server.connect().await);
    let file = |rows: &[(&str, f64, &str)]| {
        let head = "reporter,partner,flow,product,period,value,unit,status,released_on,source";
        let rows = rows.iter().map(|(month, value, day)| {
            format!("KAZ,UZB,X,TOTAL,{month},{value},USD,final,{day},own")
        });
        let all: Vec<String> = [head.to_owned()].into_iter().chain(rows).collect();
        all.join("\n").into_bytes()
    };
    let first = file(&[
        ("2024-01", 100.0, "2024-02-20"),
        ("2024-02", 90.0, "2024-03-20"),
    ]);
    import(&mut client, "first.csv", first, false).await;
    let later = file(&[("2024-01", 104.0, "2024-04-22")]);
    let written = import(&mut client, "later.csv", later, false).await;

    let mut catalog = CatalogServiceClient::new(server.connect().await);
    let request = |as_of: &str, vintages| pb::GetSeriesRequest {
        key: "KAZ.UZB.X.TOTAL.USD".to_owned(),
        as_of: as_of.to_owned(),
        version: Some(written.version),
        vintages,
        ..Default::default()
    };
    let mut found = async |as_of: &str, vintages| {
        let answer = catalog.get_series(request(as_of, vintages)).await.unwrap();
        let all = answer.into_inner().vintages.into_iter();
        all.map(|of| (of.month, of.public_on, of.presumed, of.value))
            .collect::<Vec<_>>()
    };
    let vintage =
        |month: &str, day: &str, value| (month.to_owned(), day.to_owned(), false, Some(value));
    let first = vintage("2024-01", "2024-02-20", 100.0);
    let revised = vintage("2024-01", "2024-04-22", 104.0);
    let february = vintage("2024-02", "2024-03-20", 90.0);
    let all = [first.clone(), revised, february.clone()];
    assert_eq!(found("", true).await, all);
    assert_eq!(found("2024-03-31", true).await, [first, february]);
    assert_eq!(found("", false).await, []);
}

/// A table of no known format, with partners in columns.
#[tokio::test(flavor = "multi_thread")]
async fn a_mapping_reads_a_table_over_grpc_as_the_command_line_does() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::on_store(folder.path());
    let mut client = IngestServiceClient::new(server.connect().await);
    let table = "Month;China;Kazakhstan\n31.01.2024;1,5;2\n29.02.2024;3;4,5\n";
    let part = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let mapping = pb::FileMapping {
        parts: [
            part("reporter", "UZB"),
            part("flow", "X"),
            part("unit", "USD 1000"),
        ]
        .into(),
        wide: true,
        ..Default::default()
    };
    let request = |mapping: Option<pb::FileMapping>| pb::ImportFileRequest {
        file_name: "mine.csv".to_owned(),
        content: table.into(),
        mapping,
        ..Default::default()
    };
    let unknown = client.import_file(futures_util::stream::iter([request(None)]));
    let unknown = unknown.await.unwrap_err();
    assert_eq!(unknown.code(), Code::InvalidArgument);
    assert!(
        unknown.message().contains("--wide --map period=col:Month"),
        "{}",
        unknown.message()
    );
    let preview = pb::PreviewFileRequest {
        file: Some(request(Some(mapping.clone()))),
        max_figures: 2,
    };
    let preview = client.preview_file(preview).await.unwrap().into_inner();
    let shown: Vec<_> = preview
        .figures
        .iter()
        .map(|figure| (figure.key.as_str(), figure.period.as_str(), figure.value))
        .collect();
    assert_eq!(
        shown,
        [
            ("UZB.CHN.X.TOTAL.USD", "2024-01", Some(1.5)),
            ("UZB.KAZ.X.TOTAL.USD", "2024-01", Some(2.0)),
        ]
    );
    // A column that is not read is named.
    let noted = "Month;China;Desk\n31.01.2024;1,5;north\n29.02.2024;3;north\n";
    let noted = pb::PreviewFileRequest {
        file: Some(pb::ImportFileRequest {
            content: noted.into(),
            ..request(Some(mapping.clone()))
        }),
        max_figures: 2,
    };
    let noted = client.preview_file(noted).await.unwrap().into_inner();
    assert_eq!(noted.quality.unwrap().columns_left_out, ["Desk"]);
    for written in [4, 0] {
        let sent = futures_util::stream::iter([request(Some(mapping.clone()))]);
        let answer = client.import_file(sent).await.unwrap().into_inner();
        assert_eq!((answer.version, answer.written), (1, written));
        assert_eq!(answer.format, "mapped");
    }
    let store = tokio::task::block_in_place(|| open(folder.path()).read(None).unwrap());
    let snapshot = Snapshot::of_store(store).unwrap();
    let (_, series) = snapshot
        .series("UZB.KAZ.X.TOTAL.USD", Vintage::Latest)
        .unwrap();
    assert_eq!(series.values(), [2000.0, 4500.0]);
}
