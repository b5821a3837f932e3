//! The tables of publishers and the other notations of SDMX on the files in `tests/fixtures`: keys,
//! spans and values in the delivered unit, worked by hand from the files.

use super::test::rows;

/// Check that `name` is read as `format`, that each of `figures` is among the figures, and that
/// there are no others than `count`.
fn check(name: &str, format: &str, count: usize, figures: &[&str]) {
    let found = rows(name);
    assert_eq!(found.lines().next(), Some(format), "{name}: {found}");
    for figure in figures {
        assert!(
            found.contains(figure),
            "{name}: {figure} is not in\n{found}"
        );
    }
    let is_figure = |line: &&str| line.contains(",level,");
    assert_eq!(
        found.lines().filter(is_figure).count(),
        count,
        "{name}: {found}"
    );
}

#[test]
fn eurostat_s_tables_are_read_with_their_flags() {
    check(
        "eurostat-tsv/ext-st.tsv",
        "eurostat-tsv",
        5,
        &[
            "observation,DEU,CHN,X,TOTAL,level,2025-01,7012.4,EUR mn,published",
            "observation,DEU,CHN,X,TOTAL,level,2025-02,6880.1,EUR mn,preliminary",
            "observation,DEU,CHN,X,TOTAL,level,2025-03,,EUR mn,published",
            "observation,DEU,CHN,B,TOTAL,level,2025-01,-6021.5,EUR mn,published",
            "seasonally adjusted",
        ],
    );
    check(
        "eurostat-tsv/ext-lt-2016.tsv",
        "eurostat-tsv",
        5,
        &[
            "release,DEU,WLD,X,TOTAL,level,2015,1198306,EUR mn,published",
            "release,DEU,EXT_EU28,M,SITC-0_1,level,2013,10900,EUR mn,estimated",
        ],
    );
    check(
        "json-stat/ext-st.json",
        "json-stat",
        3,
        &[
            "observation,DEU,CHN,X,TOTAL,level,2025-01,7012.4,EUR mn,published",
            "observation,DEU,CHN,X,TOTAL,level,2025-02,6880.1,EUR mn,preliminary",
            "observation,DEU,CHN,M,TOTAL,level,2025-01,13033.9,EUR mn,published",
        ],
    );
    check(
        "data-browser/ext-st.xlsx",
        "data-browser",
        4,
        &[
            "observation,EU27_2020,CHN,X,TOTAL,level,2025-01,16420.3,EUR mn,published",
            "observation,EU27_2020,CHN,X,TOTAL,level,2025-02,15010.8,EUR mn,preliminary",
            "observation,DEU,CHN,X,TOTAL,level,2025-02,,EUR mn,published",
        ],
    );
    check(
        "easy-comext/labels.csv",
        "easy-comext",
        3,
        &[
            "release,EU,EU_EXTRA,M,CN-28045010,level,1995,1287018,EUR,published",
            "release,DEU,KAZ,X,CN-28045010,level,2023-01-01/P8M,5120,EUR,published",
            "observation,DEU,KAZ,X,TOTAL,level,2023-05,150123456,EUR,published",
        ],
    );
}

/// Korea's imports from China in January 2001, 999,763 thousand dollars, as in the other messages
/// of SDMX.
#[test]
fn generic_sdmx_states_values_as_elements() {
    let figure = "observation,KOR,CHN,M,TOTAL,level,2001-01,999763,USD 1000,published";
    check("sdmx-ml/generic-2.0.xml", "sdmx-ml", 1, &[figure]);
    let preliminary = "observation,KOR,CHN,M,TOTAL,level,2001-02,874455,USD 1000,preliminary";
    check(
        "sdmx-ml/generic-2.1.xml",
        "sdmx-ml",
        2,
        &[figure, preliminary],
    );
}

#[test]
fn the_imf_s_tables_are_read_in_their_scale() {
    check(
        "imf-table/portal.csv",
        "imf-table",
        2,
        &[
            "observation,KAZ,CHN,X,TOTAL,level,2024-01,1102.4,USD mn,published",
            "observation,KAZ,CHN,X,TOTAL,level,2024-03,1213.4,USD mn,published",
            "imports valued FOB",
        ],
    );
    check(
        "imf-table/dots.csv",
        "imf-table",
        4,
        &[
            "release,KAZ,CHN,X,TOTAL,level,2017,5777600000,USD,published",
            "observation,KAZ,CHN,X,TOTAL,level,2017-01,401200000,USD,estimated",
            "observation,KAZ,CHN,X,TOTAL,level,2017-02,395100000,USD,published",
            "observation,KAZ,IMF110,M,TOTAL,level,2017-01,310000000,USD,published",
        ],
    );
}

#[test]
fn a_panel_of_the_direction_of_trade_statistics_has_a_column_an_indicator() {
    check(
        "imf-table/panel.csv",
        "imf-table",
        3,
        &[
            "release,KAZ,CHN,X,TOTAL,level,2017,5777600000,USD,published",
            "release,KAZ,CHN,M,TOTAL,level,2017,4691900000,USD,published",
            "observation,KAZ,CHN,X,TOTAL,level,2017-01,401200000,USD,published",
        ],
    );
}

/// Domestic exports lack re-exports: under the key of exports they would be a wrong figure.
#[test]
fn dataweb_reads_general_imports_and_refuses_parts_with_the_command_that_reads_them() {
    check(
        "usitc-dataweb/imports.xlsx",
        "usitc-dataweb",
        3,
        &[
            "release,USA,KAZ,M,HS-28,level,2023,935000504,USD,published",
            "release,USA,KAZ,M,TOTAL,level,2023,966290173,USD,published",
        ],
    );
    let file = super::test::fixture("usitc-dataweb/domestic-exports.xlsx");
    let error = super::read(&file, None, crate::ingest::InvalidRows::Refuse).unwrap_err();
    let error = error.to_string();
    for part in [
        "not `Domestic Exports`",
        "partner=KAZ",
        "value=col:2023",
        "Query Parameters",
    ] {
        assert!(error.contains(part), "{part}: {error}");
    }
}

#[test]
fn comtrade_is_read_as_it_was_before_2023_and_as_programs_write_it() {
    check(
        "comtrade/legacy.csv",
        "comtrade-csv",
        2,
        &[
            "observation,KAZ,CHN,X,TOTAL,level,2018-03,498220113,USD,published",
            "observation,KAZ,CHN,M,TOTAL,level,2018-03,431700200,USD,published",
        ],
    );
    check(
        "comtrade/records.json",
        "comtrade-json",
        1,
        &["observation,KAZ,CHN,X,TOTAL,level,2024-03,1213400000,USD,published"],
    );
}

#[test]
fn tables_of_the_united_states_are_read() {
    check(
        "usa-trade-online/by-country.csv",
        "usa-trade-online",
        6,
        &[
            "observation,USA,KAZ,X,TOTAL,level,2010-01,62013646,USD,published",
            "release,USA,KAZ,M,TOTAL,level,2010-01-01/P2M,223256187,USD,published",
            "observation,USA,WLD,M,TOTAL,level,2010-01,131006152672,USD,published",
        ],
    );
    check(
        "usa-trade-online/by-state.csv",
        "usa-trade-online",
        2,
        &[
            "observation,US-IL,CHN,X,HS-01,level,2016-07,7185,USD,published",
            "observation,USA,CHN,X,TOTAL,level,2016-07,8917185,USD,published",
        ],
    );
    // March 2025 is zero for every country: it was not published yet. Zeros before are zeros.
    check(
        "census-table/country.csv",
        "census-table",
        26,
        &[
            "observation,USA,KAZ,M,TOTAL,level,2024-02,0,USD mn,published",
            "observation,USA,KAZ,X,TOTAL,level,2025-02,0,USD mn,published",
            "observation,USA,WLD,M,TOTAL,level,2024-01,255000.5,USD mn,published",
            "observation,USA,CTY0003,X,TOTAL,level,2024-03,31000,USD mn,published",
            "seasonally adjusted",
        ],
    );
    check(
        "census/table.csv",
        "census",
        2,
        &["observation,USA,CHN,M,TOTAL,level,2025-01,41639170000,USD,published"],
    );
}

#[test]
fn tables_of_wits_and_baci_are_releases_of_years() {
    check(
        "wits/summary.csv",
        "wits",
        5,
        &[
            "release,KAZ,KOR,X,TOTAL,level,2019,3511.25,USD mn,published",
            "release,KAZ,WLD,X,WB-27-27_FUELS,level,2018,42700.10,USD mn,published",
            "release,KAZ,WLD,X,TOTAL,level,2019,58065.61,USD mn,published",
        ],
    );
    check(
        "wits/query.csv",
        "wits",
        2,
        &[
            "release,KAZ,CHN,X,HS-270900,level,2019,3210456.78,USD 1000,published",
            "release,KAZ,CHN,M,TOTAL,level,2019,6567890.12,USD 1000,published",
        ],
    );
    check(
        "wits/pairs.csv",
        "wits",
        3,
        &[
            "release,KAZ,CHN,M,TOTAL,level,2019,6567890.12,USD 1000,published",
            "release,KAZ,KOR,X,TOTAL,level,2019,3511250.00,USD 1000,published",
        ],
    );
    check(
        "wits/pairs_of_groups.csv",
        "wits",
        3,
        &[
            "release,KEN,ARE,X,WB-1624FOODPROD,level,2008,5015.29,USD 1000,published",
            "release,KEN,ARE,M,WB-1624FOODPROD,level,2008,4797.41,USD 1000,published",
            "release,KEN,ARE,X,TOTAL,level,2008,91234.50,USD 1000,published",
        ],
    );
    check(
        "un-data/commodity.csv",
        "un-data",
        2,
        &[
            "release,KAZ,WLD,X,TOTAL,level,2019,58065610000,USD,published",
            "release,KAZ,WLD,M,HS-010410,level,2019,6088,USD,published",
        ],
    );
    check(
        "baci/baci.csv",
        "baci",
        2,
        &[
            "release,KAZ,CHN,X,HS-270900,level,2023,4120334.112,USD 1000,published",
            "release,TWN,CHN,X,HS-010121,level,2023,912.555,USD 1000,published",
        ],
    );
}

#[test]
fn tables_of_statistics_offices_are_read() {
    check(
        "statcan/quarterly.csv",
        "statcan",
        3,
        &[
            "release,CAN,WLD,M,TOTAL,level,1997-Q1,65018.5,CAD mn,published",
            "release,CAN,WLD,X,NAPCS-C12,level,1997-Q1,8120.5,CAD mn,published",
        ],
    );
    check(
        "statcan/partners.csv",
        "statcan",
        4,
        &[
            "observation,CAN,WLD,M,TOTAL,level,2024-02,60826,CAD mn,published",
            "observation,CAN,CHN,X,TOTAL,level,2024-01,2301.2,CAD mn,published",
            "observation,CAN,CHN,X,TOTAL,level,2024-02,,CAD mn,published",
            "on another basis than that of customs",
        ],
    );
    check(
        "singstat/by-market.csv",
        "singstat",
        15,
        &[
            "observation,SGP,CHN,X,TOTAL,level,2025-01,6065.2,SGD mn,published",
            "observation,SGP,KAZ,X,TOTAL,level,2025-02,0,SGD mn,published",
            "observation,SGP,KAZ,X,TOTAL,level,2024-12,,SGD mn,published",
            "observation,SGP,ASIA_OTHER,X,TOTAL,level,2025-01,65.4,SGD mn,published",
            "observation,SGP,WLD,X,TOTAL,level,2025-02,53887.5,SGD mn,published",
        ],
    );
    check(
        "inegi/balance.csv",
        "inegi",
        4,
        &[
            "observation,MEX,WLD,X,INEGI-6204198588,level,2009-01,98.32,USD mn,published",
            "observation,MEX,WLD,M,INEGI-6204198559,level,2009-02,,USD mn,published",
        ],
    );
    check(
        "india-tradestat/eidb.csv",
        "india-tradestat",
        6,
        &[
            "release,IND,WLD,X,HS-01,level,2024-04-01/P12M,19.7,USD mn,published",
            "release,IND,WLD,X,HS-27,level,2023-04-01/P12M,85610.5,USD mn,published",
            "release,IND,WLD,X,TOTAL,level,2024-04-01/P12M,437704.55,USD mn,published",
        ],
    );
    check(
        "india-tradestat/meidb.csv",
        "india-tradestat",
        4,
        &[
            "observation,IND,CHN,M,TOTAL,level,2024-03,71340.25,INR 10000000,published",
            "release,IND,CHN,M,TOTAL,level,2023-04-01/P12M,842321.10,INR 10000000,published",
        ],
    );
    check(
        "japan-customs/products.csv",
        "japan-customs",
        4,
        &[
            "observation,JPN,CHN,X,HS-870323915,level,2026-02,6000,JPY 1000,published",
            "observation,JPN,JPC199,X,HS-010121000,level,2026-01,500,JPY 1000,published",
        ],
    );
    check(
        "japan-customs/series.csv",
        "japan-customs",
        4,
        &["observation,JPN,WLD,M,TOTAL,level,2026-04,10224099873,JPY 1000,published"],
    );
    // 2,015,275 and 456,530 dollars by state; 2026 may not be over.
    check(
        "comex-stat/by-state.xlsx",
        "comex-stat",
        2,
        &[
            "release,BRA,NLD,X,TOTAL,level,2025,2471805,USD,published",
            "release,BRA,NLD,M,TOTAL,level,2025,1145914,USD,published",
            "the newest year",
        ],
    );
    check(
        "comex-stat/months.csv",
        "comex-stat",
        2,
        &["observation,BRA,CHN,X,TOTAL,level,2025-05,9012345678,USD,published"],
    );
    // Rows by state are summed: 20,000 and 30,000 dollars. 160 is China, 275 France, 990 none.
    check(
        "comex-stat/EXP_2024.csv",
        "comex-stat",
        4,
        &[
            "observation,BRA,CHN,X,NCM-12019000,level,2024-01,50000,USD,published",
            "observation,BRA,CHN,X,NCM-12019000,level,2024-02,41000,USD,published",
            "observation,BRA,FRA,X,NCM-02013000,level,2024-02,7000,USD,published",
            "observation,BRA,BRC990,X,NCM-27101922,level,2024-02,900,USD,published",
        ],
    );
}
