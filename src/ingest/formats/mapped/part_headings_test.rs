//! Headings and names of sheets of a part of the products, of a country and of a month. The figures
//! are invented.

use super::area_label::country_of_sheet;
use super::cases_test::read;
use super::contradiction::{is_of_another, other_span};
use super::heading::TableHead;
use super::layout::layout;
use super::look::looks;
use super::product::is_named_code;
use crate::ingest::Mapping;
use crate::ingest::sheet::SheetCells;
use crate::trade::{Code, Span};

#[test]
fn a_heading_of_a_part_of_the_products_needs_a_product() {
    let options = "--wide --reporter KAZ --partner WLD --unit USD";
    for heading in [
        "Oil exports",
        "Exports of oil",
        "Non-oil exports",
        "HS 27 exports",
    ] {
        let table = format!("Month,{heading},Imports\n2024-01,1,2\n2024-02,3,4\n");
        let refused = read(&table, options).unwrap_err();
        assert!(refused.contains(heading), "{refused}");
        assert!(refused.contains("state --product CODE"), "{refused}");
    }
    let whole = "Month,Exports,Imports\n2024-01,1,2\n2024-02,3,4\n";
    assert_eq!(read(whole, options).unwrap().len(), 4);
    let both = "Month,Exports,Oil exports,Gas exports\n2024-01,1,2,3\n2024-02,3,4,5\n";
    let refused = read(both, options).unwrap_err();
    let skips = "--skip \"Oil exports\" --skip \"Gas exports\"";
    assert!(refused.contains(skips), "{refused}");
    let printed = read(both, "").unwrap_err();
    assert!(printed.contains(skips), "{printed}");
    let part = "Month,Oil exports\n2024-01,1\n2024-02,3\n";
    let figures = read(part, &format!("{options} --product HS-27")).unwrap();
    assert_eq!(figures[0], "KAZ.WLD.X.HS-27.USD 2024-01 1");
}

#[test]
fn a_heading_of_values_states_its_country_and_flow() {
    let stated = "--reporter UZB --partner WLD --flow X --unit USD --map period=col:Month";
    for (heading, expected) in [
        ("Balance with China", "says B"),
        ("Trade with China", "state --flow T"),
        ("Purchases from China", "state --flow M"),
        ("Exports to China", "has CHN"),
        ("Exp. to China", "has CHN"),
        ("China-bound exports", "names CHN"),
        ("Exports via China", "names CHN"),
        ("Chinese exports", "names CHN"),
        ("Exports to China and Mongolia", "names CHN"),
    ] {
        let table = format!("Month,{heading}\n2024-01,1\n2024-02,3\n");
        let refused = read(&table, stated).unwrap_err();
        assert!(refused.contains(expected), "{heading}: {refused}");
    }
    let table = "Month,Shipments to China\n2024-01,1\n2024-02,3\n";
    let figures = read(table, &stated.replace("WLD", "CHN")).unwrap();
    assert_eq!(figures[0], "UZB.CHN.X.TOTAL.USD 2024-01 1");
}

#[test]
fn a_heading_of_a_month_is_the_stated_one() {
    let table = "Country,24-Jan,24-Feb\nChina,1,2\nRussia,3,4\n";
    let options = "--reporter UZB --flow X --unit USD --map partner=col:Country";
    let one = "--map value=col:24-Jan --map period=2024-05";
    let refused = read(table, &format!("{options} {one}")).unwrap_err();
    assert!(refused.contains("24-Jan"), "{refused}");
}

#[test]
fn a_sheet_may_name_a_product_a_country_or_a_month() {
    for (name, is_code) in [
        ("HS 27", true),
        ("SITC 33", true),
        ("chapter 84", true),
        ("Sheet1", false),
        ("2024", false),
        ("HS codes", false),
    ] {
        assert_eq!(is_named_code(name), is_code, "{name}");
    }
    let country = |name: &str| country_of_sheet(name).map(|area| area.to_string());
    assert_eq!(country("Kazakhstan").as_deref(), Some("KAZ"));
    for name in ["Data", "Asia", "X", "World", "Exports of Kazakhstan"] {
        assert_eq!(country(name), None, "{name}");
    }
    let code = |text: &str| Code::parse(text).unwrap();
    let mut mapping = Mapping::default();
    assert!(!is_of_another(&code("KAZ"), &mapping));
    mapping.stated.reporter = Some(code("UZB"));
    assert!(is_of_another(&code("KAZ"), &mapping));
    mapping.stated.partner = Some(code("KAZ"));
    assert!(!is_of_another(&code("KAZ"), &mapping));
    let other = |name: &str, stated: &str| other_span(name, Span::parse(stated).unwrap());
    assert!(other("Jan 2024", "2024-05").is_some());
    for (name, stated) in [
        ("Jan 2024", "2024-01"),
        ("2024", "2024-05"),
        ("Data", "2024-05"),
    ] {
        assert_eq!(other(name, stated), None, "{name}");
    }
}

#[test]
fn a_sheet_of_a_month_states_the_period_of_a_table_without_one() {
    let row = |cells: [&str; 2]| cells.map(str::to_owned).to_vec();
    let period_of = |name: &str, first: &str| {
        let sheet = SheetCells {
            rows: vec![
                row([first, "Exports"]),
                row(["China", "5"]),
                row(["Japan", "6"]),
            ],
            ..SheetCells::default()
        };
        let looks = looks(&TableHead::of(&sheet, 0));
        let found = layout(&looks, &Mapping::default(), Some(name)).unwrap();
        found.period.map(|span| span.to_string())
    };
    assert_eq!(period_of("Jan 2024", "Country").as_deref(), Some("2024-01"));
    assert_eq!(period_of("2024-Q1", "Country").as_deref(), Some("2024-Q1"));
    for name in ["Sheet1", "2024", "Exports"] {
        assert_eq!(period_of(name, "Country"), None, "{name}");
    }
}

#[test]
fn a_column_of_periods_up_to_four_is_of_months_or_quarters() {
    let table = |heading: &str, last: u8| {
        let rows = (1..=last).map(|at| format!("2024,{at},100\n"));
        format!("Year,{heading},China\n{}", rows.collect::<String>())
    };
    let options = |heading: &str| {
        format!("--wide --reporter UZB --flow X --unit USD --map period=col:Year+{heading}")
    };
    let refused = read(&table("Period", 4), &options("Period")).unwrap_err();
    assert!(refused.contains("months or quarters"), "{refused}");
    let months = read(&table("Period", 5), &options("Period")).unwrap();
    assert_eq!(months[0], "UZB.CHN.X.TOTAL.USD 2024-01 100");
    let quarters = read(&table("Quarter", 4), &options("Quarter")).unwrap();
    assert_eq!(quarters[0], "UZB.CHN.X.TOTAL.USD 2024-Q1 100");
}

#[test]
fn codes_of_units_and_ports_are_no_countries() {
    for column in ["単位", "Unit", "Port"] {
        let table = format!("Month,{column},Value\n2024-01,NO,5\n2024-02,NO,6\n");
        let refused = read(&table, "--reporter UZB --flow X --unit USD").unwrap_err();
        assert!(refused.contains("expected partner"), "{column}: {refused}");
    }
}

#[test]
fn marks_of_notes_behind_numbers_are_passed_over() {
    let table = "Month,China,Russia\n2024-01,1234²,2 1)\n2024-02,3*,4(1)\n";
    let figures = read(table, "--wide --reporter UZB --flow X --unit USD").unwrap();
    let values: Vec<&str> = figures
        .iter()
        .filter_map(|f| f.rsplit(' ').next())
        .collect();
    assert_eq!(values, ["1234", "2", "3", "4"]);
}

#[test]
fn a_title_of_a_currency_without_a_scale_asks_which_it_is() {
    let table = "\"Exports, USD\"\nMonth,China\n2024-01,5\n2024-02,6\n";
    let options = "--wide --reporter UZB --flow X --unit \"USD mn\"";
    let refused = read(table, options).unwrap_err();
    assert!(
        refused.contains("if the figures are in USD 1000000"),
        "{refused}"
    );
    let passed = read(table, &format!("{options} --skip Exports")).unwrap();
    assert_eq!(passed[0], "UZB.CHN.X.TOTAL.USD 2024-01 5000000");
}

/// Labels of rows name partners as headings do; what is stated may not contradict them.
#[test]
fn labels_of_flows_name_their_partners() {
    let table = "Series,2024-01\nUzbekistan: Exports: to China,200\n";
    let labels = "--wide --unit USD --map partner=col:Series,flow=col:Series";
    let rows = read(table, &format!("{labels} --reporter UZB")).unwrap();
    assert_eq!(rows, ["UZB.CHN.X.TOTAL.USD 2024-01 200"]);
    for (table, options) in [
        (table, format!("{labels} --reporter KAZ")),
        (
            table,
            "--wide --unit USD --map flow=col:Series --reporter UZB --partner WLD".to_owned(),
        ),
        (
            ",2023,2024\nImports from China,1,2\n",
            "--wide --unit USD --flow M --reporter UZB --partner WLD".to_owned(),
        ),
    ] {
        let refused = read(table, &options).unwrap_err();
        assert!(refused.contains("the label names"), "{options}: {refused}");
    }
}

#[test]
fn months_of_one_character_and_shared_dollars_are_read_as_headings() {
    let months = "2024年出口额\n国家,1月,2月\n哈萨克斯坦,1,2\n俄罗斯,3,4\n";
    let year = "--map partner=col:国家 --map period=col:header+2024";
    let options = format!("--wide --reporter CHN --flow X --unit USD {year}");
    let figures = read(months, &options).unwrap();
    assert_eq!(figures[1], "CHN.KAZ.X.TOTAL.USD 2024-02 2");
    let dollars = "Month,\"China, $ mn\",\"Russia, $ mn\"\n2024-01,1,2\n2024-02,3,4\n";
    let of_unit = |unit: &str| {
        let options = format!("--wide --reporter UZB --flow X --unit \"{unit}\"");
        read(dollars, &options)
    };
    assert_eq!(of_unit("USD mn").unwrap().len(), 4);
    assert!(
        of_unit("USD 1000")
            .unwrap_err()
            .contains("in units of 1000000")
    );
}

#[test]
fn cumulatives_over_their_spans_and_stated_spans_are_read() {
    let table = "Exports of Uzbekistan, cumulative from January\n\
                 Country,Jan 2024,Jan-Feb 2024\nChina,1,2\nRussia,3,4\n";
    let options = "--wide --reporter UZB --flow X --unit USD --map partner=col:Country";
    let figures = read(table, options).unwrap();
    assert_eq!(figures[1], "UZB.CHN.X.TOTAL.USD 2024-01-01/P2M 2");
    let months = table.replace("Jan-Feb", "Feb");
    assert!(read(&months, options).unwrap_err().contains("cumulatives"));
    let half = "Country,Value\nChina,1\nRussia,2\n";
    let options = "--reporter UZB --flow X --unit USD --map period=2024-01/2024-06";
    let figures = read(half, options).unwrap();
    assert_eq!(figures[0], "UZB.CHN.X.TOTAL.USD 2024-S1 1");
}
