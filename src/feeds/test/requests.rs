//! Queries for a request.

use super::*;

#[tokio::test]
async fn each_service_gets_its_own_parameters() {
    let folder = tempfile::tempdir().unwrap();
    let imts = include_str!("../../../tests/fixtures/sdmx-csv/imts.csv");
    let comext = include_str!("../../../tests/fixtures/sdmx-csv/comext-api.csv");
    let census = include_str!("../../../tests/fixtures/census/imports.json");
    let (base, requests) = service(vec![
        ok(imts),
        ok(comext),
        ok(census),
        ok(census
            .replace("GEN_VAL", "ALL_VAL")
            .replace("I_COMM", "E_COMM")),
    ])
    .await;
    let partners = |codes: &[&str]| {
        codes
            .iter()
            .map(|code| Code::parse(code).unwrap())
            .collect::<Vec<_>>()
    };
    let imf = FeedRequest {
        partners: partners(&["CAN", "WLD"]),
        ..request(Feed::Imf, &base, 2024..=2024)
    };
    let eurostat = FeedRequest {
        reporter: Code::parse("DEU").unwrap(),
        partners: partners(&["VNM", "WLD"]),
        product: "030462".to_owned(),
        ..request(Feed::Eurostat, &base, 2024..=2024)
    };
    let census = FeedRequest {
        partners: partners(&["CHN"]),
        monthly: true,
        key: Some("secret".to_owned()),
        ..request(Feed::Census, &base, 2025..=2025)
    };
    for request in [&imf, &eurostat, &census] {
        let outcomes = run(request.queries().unwrap(), folder.path()).await;
        assert!(
            outcomes.iter().all(|line| line.starts_with("new ")),
            "{outcomes:?}"
        );
        assert!(
            request
                .queries()
                .unwrap()
                .iter()
                .all(|query| !query.to_string().contains("secret"))
        );
    }
    let requests = requests.lock().unwrap();
    for (request, start) in requests.iter().zip([
        "GET /data/IMF.STA,IMTS,1.0.0/USA.XG_FOB_USD+MG_CIF_USD.CAN+G001.A\
         ?startPeriod=2024&endPeriod=2024 ",
        "GET /data/DS-045409/A.DE.VN+WORLD.030462.1+2.VALUE_IN_EUROS\
         ?format=SDMX-CSV&compressed=false&startPeriod=2024&endPeriod=2024 ",
        "GET /data/timeseries/intltrade/imports/hs\
         ?get=CTY_CODE%2CCTY_NAME%2CGEN_VAL_MO%2CGEN_VAL_YR\
         &time=from+2025-01+to+2025-12&CTY_CODE=5700&key=secret ",
        "GET /data/timeseries/intltrade/exports/hs\
         ?get=CTY_CODE%2CCTY_NAME%2CALL_VAL_MO%2CALL_VAL_YR\
         &time=from+2025-01+to+2025-12&CTY_CODE=5700&key=secret ",
    ]) {
        assert!(request.starts_with(start), "{request}\nexpected {start}");
    }
    assert!(
        requests[0]
            .to_ascii_lowercase()
            .contains("accept: application/vnd.sdmx.data+csv;version=1.0.0")
    );
}

#[test]
fn a_request_that_a_service_cannot_answer_is_refused_before_it_is_sent() {
    let census = request(Feed::Census, "http://localhost", 2024..=2024);
    assert!(census.queries().unwrap_err().contains("USA by month"));
    let nowhere = FeedRequest {
        partners: vec![Code::parse("ZZZ").unwrap()],
        ..request(Feed::Comtrade, "http://localhost", 2024..=2024)
    };
    assert_eq!(
        nowhere.queries().unwrap_err(),
        "`ZZZ` has no code at comtrade"
    );
    let product = |product: &str| FeedRequest {
        product: product.to_owned(),
        ..request(Feed::Imf, "http://localhost", 2024..=2024)
    };
    assert_eq!(
        product("27").queries().unwrap_err(),
        "expected the product TOTAL: the IMF has trade in all goods alone, not `27`"
    );
    assert!(product("total").queries().is_ok());
}

/// The IMF has codes of its own for Kosovo, the West Bank and Gaza, and the world.
#[test]
fn an_area_requested_of_the_imf_is_the_one_of_its_answer() {
    let header = "DATAFLOW,COUNTRY,INDICATOR,COUNTERPART_COUNTRY,FREQUENCY,\
                  TIME_PERIOD,OBS_VALUE,SCALE,UNIT\n";
    for (area, code) in [
        ("XKX", "KOS"),
        ("PSE", "WBG"),
        ("WLD", "G001"),
        ("JPN", "JPN"),
        ("G163", "G163"),
    ] {
        let area = Code::parse(area).unwrap();
        let imf = FeedRequest {
            reporter: area.clone(),
            partners: vec![area.clone()],
            ..request(Feed::Imf, "http://localhost", 2024..=2024)
        };
        let query = imf.queries().unwrap().remove(0);
        let key = format!("/{code}.XG_FOB_USD+MG_CIF_USD.{code}.A");
        assert!(query.to_string().contains(&key), "{query}");
        let answer =
            format!("{header}IMF.STA:IMTS(1.0.0),{code},XG_FOB_USD,{code},A,2024,1,6,USD\n");
        let figures = answer::read(&query, answer.as_bytes()).unwrap();
        let read = &figures.keys()[0];
        assert_eq!((&read.reporter, &read.partner), (&area, &area));
    }
}
