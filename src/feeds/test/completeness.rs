//! When the answer of a year is complete, and what happens to one that is not.

use super::*;

/// The answer has one documented record 500 times with another product each: as many as the preview
/// sends at most.
#[tokio::test]
async fn an_answer_at_the_limit_is_divided_by_month() {
    let folder = tempfile::tempdir().unwrap();
    let answer: serde_json::Value = serde_json::from_str(&comtrade(2023)).unwrap();
    let of = |period: &str, n: usize| {
        let record = |k: usize| {
            let mut record = answer["data"][0].clone();
            record["freqCode"] = "M".into();
            record["period"] = period.into();
            record["cmdCode"] = format!("{k:06}").into();
            record
        };
        serde_json::json!({"count": n, "data": (0..n).map(record).collect::<Vec<_>>(), "error": ""})
            .to_string()
    };
    let mut replies = vec![ok(of("202301", 500))];
    replies.extend((1..=12).map(|m| ok(of(&format!("2023{m:02}"), if m == 12 { 500 } else { 3 }))));
    let (base, requests) = service(replies).await;
    let monthly = FeedRequest {
        monthly: true,
        product: "AG6".to_owned(),
        ..request(Feed::Comtrade, &base, 2023..=2023)
    };
    let outcomes = run(monthly.queries().unwrap(), folder.path()).await;
    assert_eq!(
        outcomes
            .iter()
            .filter(|line| line.starts_with("new ") && line.ends_with(" 3"))
            .count(),
        11,
        "{outcomes:?}"
    );
    assert!(
        outcomes[11].starts_with("failed the answer has 500 records"),
        "{outcomes:?}"
    );
    assert_eq!(requests.lock().unwrap().len(), 13);
    // A later pull finds the months that are stored.
    let (again, requests) = service(vec![ok(of("202312", 3))]).await;
    let monthly = FeedRequest {
        base: again,
        ..monthly
    };
    let outcomes = run(monthly.queries().unwrap(), folder.path()).await;
    // Another address is another query: names hold a check sum of the whole query.
    assert_eq!(outcomes.len(), 1);
    assert_eq!(requests.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn a_complete_year_replaces_its_months() {
    let folder = tempfile::tempdir().unwrap();
    let (base, requests) = service(vec![by_month(1..=12, 1..=12)]).await;
    let monthly = FeedRequest {
        monthly: true,
        again_from: Some(2023),
        ..request(Feed::Comtrade, &base, 2023..=2023)
    };
    let queries = monthly.queries().unwrap();
    let path = |query: &Query| folder.path().join(query.file_name());
    let parts: Vec<_> = queries[0].parts().iter().map(path).collect();
    assert_eq!(parts.len(), 12);
    // All but one, as where a pull was interrupted.
    for part in &parts[1..] {
        std::fs::write(part, "{}").unwrap();
    }
    let outcomes = run(queries.clone(), folder.path()).await;
    assert!(outcomes[0].ends_with(" 24"), "{outcomes:?}");
    assert_eq!(requests.lock().unwrap().len(), 1);
    assert!(path(&queries[0]).is_file());
    assert!(parts.iter().all(|part| !part.exists()));
}

/// Set the day on which all answers of the folder were requested.
fn set_request_day(folder: &Path, day: &str) {
    let record = folder.join(request_log::LOG);
    let text = std::fs::read_to_string(&record).unwrap();
    let lines = text.lines().map(|line| format!("{day}{}\n", &line[10..]));
    std::fs::write(&record, lines.collect::<String>()).unwrap();
}

/// Two years after its end a year counts as complete, whatever the time of its file.
#[tokio::test]
async fn a_year_that_was_not_over_is_requested_again() {
    let folder = tempfile::tempdir().unwrap();
    let mut imports_alone: serde_json::Value = serde_json::from_str(&comtrade(2023)).unwrap();
    imports_alone["data"].as_array_mut().unwrap().truncate(1);
    imports_alone["count"] = 1.into();
    let (base, requests) = service(vec![
        ok(imports_alone.to_string()),
        ok(imports_alone.to_string()),
        ok(comtrade(2023)),
    ])
    .await;
    let one = request(Feed::Comtrade, &base, 2023..=2023);
    let next = async || run(one.queries().unwrap(), folder.path()).await.remove(0);
    assert!(next().await.starts_with("new "));
    set_request_day(folder.path(), "2025-12-31");
    assert!(next().await.starts_with("kept "));
    set_request_day(folder.path(), "2025-12-30");
    assert!(next().await.starts_with("new "));
    set_request_day(folder.path(), "2024-09-01");
    assert!(next().await.ends_with(" 2"), "the exports have come");
    set_request_day(folder.path(), "2024-09-01");
    assert!(next().await.starts_with("kept "));
    assert_eq!(requests.lock().unwrap().len(), 3);
    // An annual figure does not say on which day it was requested.
    std::fs::remove_file(folder.path().join(request_log::LOG)).unwrap();
    let query = &one.queries().unwrap()[0];
    let file = folder.path().join(query.file_name());
    assert!(!answer::is_settled(query, &file, None));
    let figures = answer::read(query, &std::fs::read(&file).unwrap()).unwrap();
    let whole_on = |day: &str| {
        let day = crate::trade::month::parse_date(day).unwrap();
        answer::is_complete(query, &figures, Some(day))
    };
    assert!(!whole_on("2023-06-30") && !whole_on("2024-02-29") && whole_on("2024-03-01"));
}

/// Return the documented records as those of months of 2023.
fn by_month(imports: std::ops::RangeInclusive<u8>, exports: std::ops::RangeInclusive<u8>) -> Reply {
    let answer: serde_json::Value = serde_json::from_str(&comtrade(2023)).unwrap();
    let of = |at: usize, month: u8| {
        let mut record = answer["data"][at].clone();
        record["freqCode"] = "M".into();
        record["period"] = format!("2023{month:02}").into();
        record
    };
    let imports = imports.map(|month| of(0, month));
    let data: Vec<_> = imports.chain(exports.map(|month| of(1, month))).collect();
    ok(serde_json::json!({"count": data.len(), "data": data, "error": ""}).to_string())
}

/// A reporter may send December, or all of its exports, long after the others.
#[tokio::test]
async fn a_late_month_is_requested_until_it_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let none = std::ops::RangeInclusive::new(2, 1);
    let replies = vec![
        by_month(1..=12, 1..=11),
        by_month(1..=12, none),
        by_month(1..=12, 1..=12),
    ];
    let (base, requests) = service(replies).await;
    let monthly = FeedRequest {
        monthly: true,
        ..request(Feed::Comtrade, &base, 2023..=2023)
    };
    let next = async || {
        run(monthly.queries().unwrap(), folder.path())
            .await
            .remove(0)
    };
    for figures in [" 23", " 12", " 24"] {
        let outcomes = next().await;
        assert!(
            outcomes.starts_with("new ") && outcomes.ends_with(figures),
            "{outcomes}"
        );
        set_request_day(folder.path(), "2024-03-05");
    }
    assert!(next().await.starts_with("kept "));
    // The months of a copy without the log show that nothing is missing.
    std::fs::remove_file(folder.path().join(request_log::LOG)).unwrap();
    assert!(next().await.starts_with("kept "));
    assert_eq!(requests.lock().unwrap().len(), 3);
}
