//! Analysts' tables of all sorts: each gives its right figures, or a refusal that says what
//! contradicts what. The figures are invented.

use crate::ingest::formats::read_bytes_with;
use crate::ingest::mapping::{MappedPart, MappingSuggestion, PartSource};
use crate::ingest::{IngestError, Mapping, ParsedFile, ReadOptions};
use std::path::Path;

/// Split the options of a command as a shell does.
fn words_of(text: &str) -> Vec<String> {
    let (mut words, mut word, mut quote) = (Vec::new(), String::new(), None);
    let mut is_open = false;
    let mut characters = text.chars();
    while let Some(c) = characters.next() {
        match (quote, c) {
            (None, '"' | '\'') => (quote, is_open) = (Some(c), true),
            (Some(mark), c) if mark == c => quote = None,
            (None, '\\') => word.extend(characters.next()),
            (None, ' ') => {
                if is_open || !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
                is_open = false;
            }
            (_, c) => word.push(c),
        }
    }
    if is_open || !word.is_empty() {
        words.push(word);
    }
    words
}

/// Return the mapping that options of the command line state.
pub(super) fn mapping_of(options: &str) -> Mapping {
    let mut mapping = Mapping::default();
    let mut words = words_of(options).into_iter();
    let pair = |text: String| {
        let (name, value) = text.rsplit_once('=').unwrap();
        (name.to_owned(), value.to_owned())
    };
    while let Some(option) = words.next() {
        if option == "--wide" {
            mapping.wide = true;
            continue;
        }
        let text = words.next().unwrap();
        let part = option.trim_start_matches('-');
        match option.as_str() {
            "--map" => mapping.add_parts(&text).unwrap(),
            "--where" => mapping.filters.extend([pair(text)]),
            "--code" => mapping.codes.extend([pair(text)]),
            "--skip" => mapping.skip.push(text),
            "--gap" => mapping.gaps.push(text),
            "--nil" => mapping.nil.push(text),
            "--sheet" => mapping.sheet = Some(text),
            "--header-row" => mapping.header_row = text.parse().ok(),
            "--decimal" => mapping.set_decimal(&text).unwrap(),
            "--thousands" => mapping.set_thousands(&text).unwrap(),
            "--dates" => mapping.set_dates(&text).unwrap(),
            _ => {
                let part = MappedPart::parse(part).unwrap();
                mapping.set(part, PartSource::Constant(text)).unwrap();
            }
        }
    }
    mapping
}

fn parse(table: &str, options: &str) -> Result<ParsedFile, IngestError> {
    let options = ReadOptions {
        mapping: mapping_of(options),
        ..ReadOptions::default()
    };
    read_bytes_with(Path::new("t.csv"), table.as_bytes(), &options).map(|(_, parsed)| parsed)
}

/// Return series, period and value of every figure, or the refusal.
pub(super) fn read(table: &str, options: &str) -> Result<Vec<String>, String> {
    let parsed = parse(table, options).map_err(|error| error.to_string())?;
    Ok(figures_of(&parsed))
}

/// Return series, period and value of every figure.
pub(super) fn figures_of(parsed: &ParsedFile) -> Vec<String> {
    let figures = &parsed.figures;
    let rows = figures.rows().iter();
    rows.map(|row| format!("{} {} {}", figures.key(row.key), row.span, row.value))
        .collect()
}

const LONG: &str = "--reporter UZB --flow X --unit \"USD mn\" --map partner=col:Country";
const WIDE: &str = "--wide --reporter UZB --flow X --unit \"USD 1000\"";

/// A table, options, and texts that its refusal has.
type Refused = (&'static str, &'static str, &'static [&'static str]);

#[test]
fn most_trade_is_not_that_of_a_country_with_itself() {
    let table =
        |own: &str| format!("ISO,Country,Year,Exports\n{own},China,2023,4\nJPN,Japan,2023,1\n");
    let parts = "--unit USD --map reporter=col:ISO,partner=col:Country,value=col:Exports";
    let refused = read(&table("CHN"), parts).unwrap_err();
    assert!(refused.contains("in 2 of 2 figures"), "{refused}");
    let table = "Reporter,Partner,Year,Exports\nCHN,China,2023,4\nCHN,Japan,2023,1\n";
    assert_eq!(
        read(table, "--unit USD --map value=col:Exports")
            .unwrap()
            .len(),
        2
    );
}

#[test]
fn a_heading_of_a_part_of_an_area_is_no_area() {
    let options = "--wide --reporter UZB --flow X --unit USD";
    for heading in ["Africa - ECOWAS", "China: Hubei", "ECOWAS"] {
        let table = format!("Month,China,{heading}\n2024-01,1,2\n2024-02,1,2\n");
        let refused = read(&table, options).unwrap_err();
        assert!(refused.contains(&format!("value `{heading}`")), "{refused}");
        let printed = parse(&table, "").unwrap_err().to_string();
        assert!(printed.contains("--skip"), "{printed}");
    }
}

#[test]
fn others_and_a_total_beside_a_partner_are_of_partners() {
    let table = "Month,China,Others,Total\n2024-01,1,2,3\n2024-02,1,2,3\n";
    let printed = parse(table, "").unwrap_err().to_string();
    assert!(printed.contains("--code Others=WLD_OTHER"), "{printed}");
    let options = "--wide --reporter UZB --flow X --unit USD --code Others=WLD_OTHER";
    let figures = read(table, options).unwrap();
    assert_eq!(figures[1], "UZB.WLD_OTHER.X.TOTAL.USD 2024-01 2");
    assert_eq!(figures.len(), 4);
}

#[test]
fn the_label_of_a_flow_that_names_a_partner_is_never_of_another() {
    let table = "Indicator,2023,2024\nExports to China (USD mn),200,220\n";
    let printed = parse(table, "").unwrap_err().to_string();
    assert!(printed.contains("partner=col:Indicator") && printed.contains("--reporter CODE"));
    let options = "--wide --reporter UZB --map partner=col:Indicator,flow=col:Indicator";
    let figures = read(table, options).unwrap();
    assert_eq!(figures[0], "UZB.CHN.X.TOTAL.USD 2023 200000000");
    let table = "Series,2024-01,2024-02\nUzbekistan: Exports: to China,200,220\n";
    let options = "--wide --map flow=col:Series --unit USD --reporter UZB";
    let refused = read(table, &format!("{options} --partner WLD")).unwrap_err();
    assert!(refused.contains("names CHN"), "{refused}");
    let figures = read(table, &format!("{options} --partner CHN")).unwrap();
    assert_eq!(figures[0], "UZB.CHN.X.TOTAL.USD 2024-01 200");
}

#[test]
fn beside_groups_of_economies_by_income_countries_are_reporters() {
    let table = "Month,Kazakhstan,High Income,Utopian world\n2023M01,1,2,3\n2023M02,1,2,3\n";
    let error = parse(table, "").unwrap_err().to_string();
    let printed = "--map reporter=header,period=col:Month --partner WLD --skip \"Utopian world\"";
    assert!(error.contains(printed), "{error}");
    let figures = read(table, &format!("{printed} --flow X --unit USD")).unwrap();
    assert_eq!(figures[1], "HIC.WLD.X.TOTAL.USD 2023-01 2");
}

#[test]
fn a_table_of_indicators_is_that_of_its_countries_and_of_trade() {
    let table = |indicator: &str| {
        format!(
            "Country Name,Country Code,Indicator Name,Indicator Code,2021,2022\n\
             China,CHN,{indicator},A.B,17,18\nGermany,DEU,{indicator},A.B,4,5\n"
        )
    };
    let goods = table("Merchandise exports (current US$)");
    let error = parse(&goods, "").unwrap_err().to_string();
    let printed =
        "--wide --map \"reporter=col:Country Name,flow=col:Indicator Name\" --partner WLD";
    assert!(error.contains(printed), "{error}");
    let figures = read(&goods, &format!("{printed} --unit USD")).unwrap();
    assert_eq!(figures[0], "CHN.WLD.X.TOTAL.USD 2021 17");
    let options = "--wide --map \"reporter=col:Country Name\" --partner WLD --flow X --unit USD";
    for (indicator, expected) in [
        ("GDP (current US$)", "expected an indicator of trade"),
        (
            "\"Exports of goods, services and primary income (BoP, current US$)\"",
            "not trade in services",
        ),
        (
            "Merchandise imports (current US$)",
            "expected the flow X, as stated, not M",
        ),
    ] {
        let error = read(&table(indicator), options).unwrap_err();
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn a_column_that_is_not_mapped_may_not_split_or_contradict_the_table() {
    let cases: [Refused; 14] = [
        (
            "Month,Country,Product,Value\n2024-01,China,Wheat,10\n2024-02,China,Cotton,12\n",
            LONG,
            &[
                "row 2, column `Product`, value `Wheat`",
                "--map product=col:Product",
            ],
        ),
        (
            "Month,Country,Region,Value\n2024-01,China,Fergana,10\n2024-02,China,Tashkent,12\n",
            LONG,
            &["row 2, column `Region`, value `Fergana`", "--skip Region"],
        ),
        (
            "Month,Country,Kind,Value\n2024-01,China,A,10\n2024-02,China,B,12\n",
            LONG,
            &[
                "row 3, column `Kind`, value `B`",
                "row 2 has `A`",
                "--where Kind=A",
            ],
        ),
        (
            "Month,Country,Indicator,Value\n2024-01,China,Value,10\n2024-03,China,Quantity,12\n",
            LONG,
            &[
                "row 3, column `Indicator`, value `Quantity`",
                "not quantities",
            ],
        ),
        (
            "Month,Country,Unit,Value\n2024-01,China,tonnes,10\n2024-02,China,tonnes,12\n",
            LONG,
            &["row 2, column `Unit`, value `tonnes`", "not quantities"],
        ),
        (
            "Month,Country,Unit,Value\n2024-01,China,USD,10\n2024-02,China,USD,12\n",
            LONG,
            &[
                "row 2, column `Unit`, value `USD`",
                "expected the unit USD 1000000, as stated",
            ],
        ),
        (
            "Month,Reporter,Country,Value\n2024-01,Uzbekistan,China,10\n\
             2024-02,Kazakhstan,China,1\n",
            LONG,
            &[
                "row 3, column `Reporter`, value `Kazakhstan`",
                "--map reporter=col:Reporter",
            ],
        ),
        (
            "Reporter,Partner,Flow,Month,Value\nKazakhstan,Germany,Exports,2024-01,10\n",
            "--partner CHN --unit \"USD mn\"",
            &[
                "row 2, column `Partner`, value `Germany`",
                "expected the partner CHN, as stated",
            ],
        ),
        (
            "Month,Country,Type,Value\n2024-01,China,Exports,10\n2024-02,China,Imports,12\n",
            LONG,
            &[
                "row 3, column `Type`, value `Imports`",
                "expected the flow X, as stated",
            ],
        ),
        (
            "Month,Country,Commodity,Value\n2024-01,China,Wheat,10\n2024-02,China,Wheat,12\n",
            LONG,
            &[
                "row 2, column `Commodity`, value `Wheat`",
                "expected all products",
            ],
        ),
        (
            "Month,Country,HS,Value\n2024-01,China,1001,10\n",
            "--reporter UZB --flow X --unit USD --product 5201 --map partner=col:Country",
            &[
                "row 2, column `HS`, value `1001`",
                "expected the product 5201, as stated",
            ],
        ),
        (
            "Month,Country,Scale,Value\n2024-01,China,Thousands,10\n2024-02,China,Millions,10\n",
            LONG,
            &["column `Scale`, value `Thousands`", "in units of 1000"],
        ),
        (
            "Month,Country,Adjustment,Value\n2024-01,China,Seasonally adjusted,10\n",
            LONG,
            &["column `Adjustment`", "not seasonally adjusted figures"],
        ),
        (
            "Month,Country,Transport,Value\n2024-01,China,Rail,10\n2024-02,China,Rail,10\n",
            LONG,
            &[
                "column `Transport`, value `Rail`",
                "not of a part of its trade",
            ],
        ),
    ];
    for (table, options, expected) in cases {
        let refused = read(table, options).unwrap_err();
        assert!(
            expected.iter().all(|text| refused.contains(text)),
            "{table}{refused}"
        );
    }
    // Names beside codes, notes, and what the caller passes over.
    let table = "Month,Code,Country,HS,Goods,Note,Value\n2024-01,156,China,8703,Cars,a,10\n\
                 2024-01,643,Russia,8703,Cars,,11\n2024-02,156,China,8703,Cars,b,12\n";
    let options = "--reporter UZB --flow X --unit USD --map partner=col:Country";
    let expected = [
        "UZB.CHN.X.HS-8703.USD 2024-01 10",
        "UZB.RUS.X.HS-8703.USD 2024-01 11",
        "UZB.CHN.X.HS-8703.USD 2024-02 12",
    ];
    assert_eq!(read(table, options).unwrap(), expected);
    let table = "Month,Country,Region,Value\n2024-01,China,Fergana,10\n2024-02,China,Tashkent,12\n";
    assert_eq!(
        read(table, &format!("{LONG} --skip Region")).unwrap().len(),
        2
    );
    let chosen = format!("{LONG} --where Region=Tashkent");
    let refused = read(table, &chosen).unwrap_err();
    assert!(refused.contains("state --product CODE"), "{refused}");
    assert_eq!(
        read(table, &format!("{chosen} --product TOTAL"))
            .unwrap()
            .len(),
        1
    );
}

#[test]
fn what_stands_beside_the_figures_may_not_say_that_they_are_something_else() {
    let below = "Month,China,Russia\n2024-01,10,20\n2024-02,11,21\n";
    for (title, expected) in [
        ("\"Exports, tonnes\"", "quantities"),
        ("\"Exports, % change on a year before\"", "changes"),
        ("Exports cumulative since January", "cumulatives"),
        ("\"Index, 2015=100\"", "indices"),
        ("\"Exports, seasonally adjusted\"", "seasonally adjusted"),
        ("Exports at constant prices", "constant prices"),
        ("Exports of services", "services"),
        ("Re-exports", "re-exports"),
        ("出口数量（吨）", "quantities"),
        ("累计出口", "cumulatives"),
        ("\"Ausfuhr, saisonbereinigt\"", "seasonally adjusted"),
        ("\"Экспорт, тыс. тонн\"", "quantities"),
        ("Exports of Kazakhstan", "names KAZ"),
        ("Imports of Uzbekistan", "has M"),
        ("进口总额", "has M"),
        ("\"Exports, EUR thousand\"", "has EUR 1000"),
        ("\"Exports, million US dollars\"", "has USD 1000000"),
        ("\"Exports, in millions\"", "in units of 1000000"),
    ] {
        let table = format!("{title}\n{below}");
        let refused = read(&table, WIDE).unwrap_err();
        assert!(
            refused.contains(expected) && refused.contains("--skip"),
            "{title}: {refused}"
        );
    }
    for title in [
        "\"Exports of Uzbekistan, USD thousand\"",
        "Uzbekistan's exports to China and Russia",
        "\"Exports, not seasonally adjusted\"",
        "Source: National Bank of Kazakhstan",
        "\"Exports, thousand US dollars\"",
    ] {
        let table = format!("{title}\n{below}");
        assert_eq!(
            read(&table, WIDE).map(|found| found.len()),
            Ok(4),
            "{title}"
        );
    }
    // A flag says that there is no figure.
    let table = "Month,Country,Value,Flag\n2024-01,China,0,c\n2024-02,China,5,p\n";
    assert_eq!(
        read(table, LONG).unwrap(),
        [
            "UZB.CHN.X.TOTAL.USD 2024-01 NaN",
            "UZB.CHN.X.TOTAL.USD 2024-02 5000000"
        ]
    );
    // A text that does not concern the figures is passed over.
    let table = format!("\"Exports, tonnes\"\n{below}");
    let passed = read(&table, &format!("{WIDE} --skip \"Exports, tonnes\""));
    assert_eq!(passed.map(|found| found.len()), Ok(4));
    let cases: [Refused; 9] = [
        (
            "Month,\"China (USD mn)\",\"Russia (USD thousand)\"\n2024-01,10,20\n",
            WIDE,
            &["column `China (USD mn)` has USD 1000000"],
        ),
        (
            "Month,Country,Imports\n2024-01,China,3\n",
            "--reporter UZB --flow X --unit USD --map partner=col:Country,value=col:Imports",
            &["heading of the column `Imports` says M"],
        ),
        (
            "Month,Country,Exports cumulative\n2024-01,China,3\n",
            "--reporter UZB --flow X --unit USD --map \"partner=col:Country,value=col:Exports \
             cumulative\"",
            &[
                "`Exports cumulative` says that they are cumulatives",
                "col:#3",
            ],
        ),
        (
            "Month,Country,Value (thousands)\n2024-01,China,3\n",
            LONG,
            &["says that it is in units of 1000"],
        ),
        (
            "Month,China,Russia\n2024-01,10,20\nUnit: EUR thousand\n",
            WIDE,
            &[
                "row 3",
                "expected the unit USD 1000, as stated, not EUR 1000",
            ],
        ),
        (
            "Month,China,Russia\n2024-01,10,20\n",
            "--wide --reporter UZB --flow X --unit USD --partner KAZ",
            &["expected value"],
        ),
        (
            "Month,Country,Value\n2024-01,China,5\nImports,,\n2024-02,China,7\n",
            "--reporter UZB --flow X --unit USD",
            &["row 3", "expected the flow X, as stated, not M"],
        ),
        (
            "date,country,exports_usd_mn\n2024-01-01,China,10\n",
            "--reporter UZB --flow X --unit \"USD 1000\"",
            &["`exports_usd_mn` has USD 1000000"],
        ),
        (
            "Month,Net exports\n2024-01,5\n2024-02,6\n",
            "--reporter UZB --partner CHN --flow X --unit USD",
            &["heading of the column `Net exports` says B"],
        ),
    ];
    for (table, options, expected) in cases {
        let refused = read(table, options).unwrap_err();
        assert!(
            expected.iter().all(|text| refused.contains(text)),
            "{table}{refused}"
        );
    }
}

#[test]
fn a_bad_cell_refuses_and_columns_that_are_not_read_are_named() {
    for (table, expected) in [
        (
            "Month,China,Russia\n2024-01,x,20\n2024-02,x,21\n2024-03,1,22\n",
            "row 2, column `China`, value `x`",
        ),
        (
            "Month,China,Russia\n2024-01,1,20\n2024-02,2,21\n2024-03,12?,22\n",
            "row 4, column `China`, value `12?`",
        ),
        (
            "Month,China,Russia\n2024-01,1,20\n2024-02,2,23 1\n",
            "row 3, column `Russia`, value `23 1`",
        ),
        (
            "Month,China,Russia\n2024-01,1,20\nFebruary,2,21\n",
            "row 3, column `Month`, value `February`",
        ),
        ("Month,China\n2567-01,1\n2567-02,2\n", "another calendar"),
        ("Month,China\n1404-01,1\n1404-02,2\n", "another calendar"),
        (
            "Month,China\n2024-01,62.629\n2024-02,1.204\n",
            "`.` may be the decimal mark (62.629) or separate thousands (62629)",
        ),
    ] {
        let refused = read(table, WIDE).unwrap_err();
        assert!(refused.contains(expected), "{table}{refused}");
    }
    let table = "Month,China,Russia,Growth,Remark\n2024-01,1,2,3,a\n2024-02,4,5,9,b\n";
    let parsed = parse(table, WIDE).unwrap();
    assert_eq!(parsed.figures.len(), 4);
    let names: Vec<&String> = parsed.columns_left_out.iter().collect();
    assert_eq!(names, ["Growth", "Remark"]);
}

#[test]
fn headers_of_several_rows_and_of_several_parts_are_read() {
    let cases: [(&str, &str, &[&str]); 12] = [
        (
            ",Exports,,Imports,\nMonth,China,Russia,China,Russia\n2024-01,1,2,3,4\n",
            "--wide --reporter UZB --unit USD",
            &[
                "UZB.CHN.X.TOTAL.USD 2024-01 1",
                "UZB.RUS.X.TOTAL.USD 2024-01 2",
                "UZB.CHN.M.TOTAL.USD 2024-01 3",
                "UZB.RUS.M.TOTAL.USD 2024-01 4",
            ],
        ),
        (
            ",Jan 2024,,Feb 2024,\nCountry,Exports,Imports,Exports,Imports\nChina,1,2,3,4\n",
            "--wide --reporter UZB --unit USD",
            &[
                "UZB.CHN.X.TOTAL.USD 2024-01 1",
                "UZB.CHN.M.TOTAL.USD 2024-01 2",
                "UZB.CHN.X.TOTAL.USD 2024-02 3",
                "UZB.CHN.M.TOTAL.USD 2024-02 4",
            ],
        ),
        (
            "Country,2023,,2024,\n,Jan,Feb,Jan,Feb\nChina,1,2,3,4\n",
            "--wide --reporter UZB --flow X --unit USD",
            &[
                "UZB.CHN.X.TOTAL.USD 2023-01 1",
                "UZB.CHN.X.TOTAL.USD 2023-02 2",
                "UZB.CHN.X.TOTAL.USD 2024-01 3",
                "UZB.CHN.X.TOTAL.USD 2024-02 4",
            ],
        ),
        (
            "Country,January,,February,\n,2023,2024,2023,2024\nChina,1,2,3,4\n",
            "--wide --reporter UZB --flow X --unit USD",
            &[
                "UZB.CHN.X.TOTAL.USD 2023-01 1",
                "UZB.CHN.X.TOTAL.USD 2024-01 2",
                "UZB.CHN.X.TOTAL.USD 2023-02 3",
                "UZB.CHN.X.TOTAL.USD 2024-02 4",
            ],
        ),
        (
            "Country,Jan 2024 quantity,Jan 2024 value,Feb 2024 quantity,Feb 2024 value\n\
             China,1,2,5,6\n",
            "--wide --reporter UZB --flow X --unit USD",
            &[
                "UZB.CHN.X.TOTAL.USD 2024-01 2",
                "UZB.CHN.X.TOTAL.USD 2024-02 6",
            ],
        ),
        (
            "Country,Exports Jan 2024,Imports Jan 2024,Exports Feb 2024\nChina,1,2,3\n",
            "--wide --reporter UZB --unit USD",
            &[
                "UZB.CHN.X.TOTAL.USD 2024-01 1",
                "UZB.CHN.M.TOTAL.USD 2024-01 2",
                "UZB.CHN.X.TOTAL.USD 2024-02 3",
            ],
        ),
        (
            "Month,\"China, exports\",\"China, imports\"\n2024-01,1,2\n",
            "--wide --reporter UZB --unit USD",
            &[
                "UZB.CHN.X.TOTAL.USD 2024-01 1",
                "UZB.CHN.M.TOTAL.USD 2024-01 2",
            ],
        ),
        (
            "Month,\"China (USD mn)\",\"Russia (USD thousand)\"\n2024-01,10,20\n",
            "--wide --reporter UZB --flow X",
            &[
                "UZB.CHN.X.TOTAL.USD 2024-01 10000000",
                "UZB.RUS.X.TOTAL.USD 2024-01 20000",
            ],
        ),
        (
            "Month,China,Russia\n,USD mn,USD mn\n2024-01,10,20\n",
            "--wide --reporter UZB --flow X",
            &[
                "UZB.CHN.X.TOTAL.USD 2024-01 10000000",
                "UZB.RUS.X.TOTAL.USD 2024-01 20000000",
            ],
        ),
        (
            "Month,China\nJan,1\nFeb,2\n",
            "--wide --reporter UZB --flow X --unit USD --map period=col:Month+2024",
            &[
                "UZB.CHN.X.TOTAL.USD 2024-01 1",
                "UZB.CHN.X.TOTAL.USD 2024-02 2",
            ],
        ),
        (
            "Year,Mar,Apr,Total\n2024,1,2,3\n",
            "--wide --reporter UZB --partner KAZ --flow X --unit USD",
            &[
                "UZB.KAZ.X.TOTAL.USD 2024-03 1",
                "UZB.KAZ.X.TOTAL.USD 2024-04 2",
            ],
        ),
        (
            "Year,Jan,Feb,Total\n2024,1,2,3\n2025,4,5,9\n",
            "--wide --reporter UZB --partner KAZ --flow X --unit USD",
            &[
                "UZB.KAZ.X.TOTAL.USD 2024-01 1",
                "UZB.KAZ.X.TOTAL.USD 2024-02 2",
                "UZB.KAZ.X.TOTAL.USD 2025-01 4",
                "UZB.KAZ.X.TOTAL.USD 2025-02 5",
            ],
        ),
    ];
    for (table, options, expected) in cases {
        let found = read(table, options);
        let found: Result<Vec<&str>, &String> = found
            .as_ref()
            .map(|lines| lines.iter().map(String::as_str).collect());
        assert_eq!(found, Ok(expected.to_vec()), "{table}");
    }
}

#[test]
fn a_total_is_left_out_where_it_is_the_sum_and_asked_for_where_it_is_not() {
    let summed = "Month,China,Russia,Total\n2024-01,10,20,30\n2024-02,11,21,32\n";
    let parsed = parse(summed, WIDE).unwrap();
    assert_eq!(parsed.figures.len(), 4);
    assert!(
        parsed
            .excluded
            .contains_key("totals that are the sum of their partners")
    );
    let rows = "Country,Jan 2024,Feb 2024\nChina,10,11\nRussia,20,21\nTOTAL,30,32\n";
    assert_eq!(parse(rows, WIDE).unwrap().figures.len(), 4);
    let more = "Month,China,Russia,Total\n2024-01,10,20,50\n";
    let refused = read(more, WIDE).unwrap_err();
    for text in ["--code Total=WLD", "--skip Total", "30000, not 50000"] {
        assert!(refused.contains(text), "{refused}");
    }
    let world = read(more, &format!("{WIDE} --code Total=WLD")).unwrap();
    assert_eq!(world[2], "UZB.WLD.X.TOTAL.USD 2024-01 50000");
    assert_eq!(
        read(more, &format!("{WIDE} --skip Total")).unwrap().len(),
        2
    );
    let rows = "Country,Jan 2024,Feb 2024\nChina,10,11\nTOTAL,30,32\n";
    assert_eq!(
        read(rows, &format!("{WIDE} --skip TOTAL")).unwrap().len(),
        2
    );
    let unused = read(rows, &format!("{WIDE} --code TOTAL=WLD --skip Nothing")).unwrap_err();
    assert!(
        unused.contains("none is or begins with `Nothing`"),
        "{unused}"
    );
}

/// Return the suggestion of a refusal.
fn suggestion(error: &IngestError) -> Option<&MappingSuggestion> {
    match error {
        IngestError::Unmapped { suggestion, .. } => Some(suggestion),
        _ => None,
    }
}

#[test]
fn a_suggested_command_gets_further() {
    for (table, options) in [
        (
            "date,value,partner\n2025-01,1200,China\n2025-02,1100,China\n",
            "",
        ),
        (
            "date,China,Germany\n2025-01,1200,300\n2025-02,1200,300\n",
            "",
        ),
        ("Country,Jan 2024,Feb 2024\nChina,1,2\nRussia,1,2\n", ""),
        ("Month,China\nJan,1\nFeb,2\n", "--wide --reporter UZB"),
        (
            "Country,Jan,Feb\nChina,1,2\n",
            "--reporter UZB --flow X --unit USD",
        ),
        (
            "Trade of Utopia\n\nMonth,Trade partner,\"Value, $\",It's so\nJan 2025,China,1,a\n",
            "--flow X",
        ),
        (
            ",Exports,,Imports,\nMonth,China,Russia,China,Russia\n2024-01,1,2,3,4\n",
            "",
        ),
        ("Year,Jan,Feb\n2024,1,2\n2025,4,5\n", ""),
        ("Month,HS 27,HS 85\n2024-01,1,2\n2024-02,3,4\n", ""),
        (
            "Country,Jan,Feb\n2023,,\nChina,1,2\n2024,,\nChina,3,4\n",
            "",
        ),
        (
            "Country,2024-01\nExports,1\nChina,1\nImports,2\nChina,2\n",
            "",
        ),
        ("Country,2024-01,2024-02\nChina,100 r,120 p\n", ""),
        (
            "A,B,Month,Origin,Destination,Amount\n1,2,2024-01,China,Russia,5\n",
            "",
        ),
        (
            "\"Exports of Uzbekistan, USD thousand\"\nMonth,Country,Value\n2024-01,China,10\n",
            "",
        ),
    ] {
        let refused = parse(table, options).unwrap_err();
        let found = suggestion(&refused).expect("a suggestion");
        let command = found.command(Path::new("t.csv"));
        assert!(refused.to_string().contains(&command), "{refused}");
        // What was given is kept.
        let given = mapping_of(options).stated;
        let kept = &found.mapping.stated;
        assert!(
            given.reporter.is_none() || kept.reporter == given.reporter,
            "{command}"
        );
        assert!(given.flow.is_none() || kept.flow == given.flow, "{command}");
        let run = command.strip_prefix("tradecast import t.csv ").unwrap();
        let run = run
            .replace("--reporter CODE", "--reporter UZB")
            .replace("--partner CODE", "--partner KAZ")
            .replace("FLOW", "X")
            .replace("UNIT", "USD")
            .replace("YEAR", "2024")
            .replace("PERIOD", "2024-01");
        let again = read(table, &run);
        assert!(again.is_ok(), "{table}{run}\n{again:?}");
    }
}

#[test]
fn a_note_beside_a_figure_may_not_say_that_it_is_something_else() {
    let table = |note: &str| {
        format!("Month,Country,Value,Note\n2024-01,China,10,\n2024-02,China,12,{note}\n")
    };
    for (note, says) in [
        ("in tonnes", "not quantities"),
        ("re-exports only", "not re-exports"),
        (
            "EUR mn",
            "expected the unit USD 1000000, as stated, not EUR 1000000",
        ),
        ("in thousands", "not one with the scale 1000"),
        ("forecast", "not forecasts or targets"),
        ("seasonally adjusted", "not seasonally adjusted figures"),
    ] {
        let refusal = read(&table(note), LONG).unwrap_err();
        let place = format!("row 3, column `Note`, value `{note}`");
        assert!(
            refusal.contains(&place) && refusal.contains(says),
            "{note}: {refusal}"
        );
        assert!(refusal.contains("--skip Note"), "{note}: {refusal}");
    }
    for note in [
        "revised",
        "estimate",
        "including re-exports",
        "imports are valued CIF",
        "strong growth",
        "USD mn",
    ] {
        assert!(read(&table(note), LONG).is_ok(), "{note}");
    }
}

#[test]
fn the_unit_of_a_quantity_is_that_of_the_quantity() {
    let table = "Month,Country,Quantity,Unit,Value\n2024-01,China,5,tonnes,10\n\
                 2024-02,China,6,tonnes,12\n";
    let options = format!("{LONG} --map value=col:Value");
    let figures = [
        "UZB.CHN.X.TOTAL.USD 2024-01 10000000",
        "UZB.CHN.X.TOTAL.USD 2024-02 12000000",
    ];
    assert_eq!(
        read(table, &options),
        Ok(figures.map(str::to_owned).to_vec())
    );
    let alone = table.replace("Quantity", "Other");
    assert!(
        read(&alone, &options)
            .unwrap_err()
            .contains("not quantities")
    );
}

#[test]
fn a_unit_beside_a_number_is_the_stated_one_or_refused() {
    let table = |value: &str| format!("Month,Country,Value\n2024-01,China,\"{value}\"\n");
    for (value, read_as) in [
        ("$1,234.5", "1234500000"),
        ("USD 1234.5", "1234500000"),
        ("1.2345E+03", "1234500000"),
        ("1234.5 mn", "1234500000"),
    ] {
        let found = read(&table(value), LONG);
        let figure = format!("UZB.CHN.X.TOTAL.USD 2024-01 {read_as}");
        assert_eq!(found, Ok(vec![figure]), "{value}");
    }
    for (value, says) in [
        ("€1,234.5", "states another currency"),
        (
            "1.2 bn",
            "units of 1000000, as stated; the cell states 1000000000",
        ),
        ("12 %", "not a percentage"),
    ] {
        let options = format!("{LONG} --map value=col:Value");
        let refusal = read(&table(value), &options).unwrap_err();
        assert!(refusal.contains(says), "{value}: {refusal}");
    }
}

#[test]
fn years_of_another_calendar_are_refused_in_every_table() {
    for year in ["1404", "1445", "2567"] {
        let tidy = format!(
            "kind,reporter,partner,flow,product,measure,period,value,unit\n\
             observation,KAZ,CHN,X,TOTAL,level,{year}-01,5,USD\n"
        );
        let long = format!("unique_id,ds,y\nKAZ.CHN.X.TOTAL.USD,{year}-01,5\n");
        let mapped = format!("Month,Country,Value\n{year}-01,China,10\n");
        for (table, options) in [(tidy, ""), (long, ""), (mapped, LONG)] {
            let refusal = read(&table, options).unwrap_err();
            assert!(
                refusal.contains(year) && refusal.contains("row 2"),
                "{refusal}"
            );
        }
    }
}

/// A table, options, and some of the figures that it gives.
type Read = (&'static str, &'static str, &'static [&'static str]);

/// Layouts of statistics offices, banks and analysts.
#[test]
fn tables_of_offices_are_read_as_they_are_laid_out() {
    let cases: [Read; 22] = [
        // Rows that describe the columns stand below their names.
        (
            "Title,Exports: China,Exports: Germany\nSource dataset,MRET,MRET\nUnit,GBP m,GBP m\n\
             2024 JAN,10,11\n2024 FEB,12,13\n2024 MAR,14,15\n2024 APR,16,17\n",
            "--reporter GBR",
            &[
                "GBR.CHN.X.TOTAL.GBP 2024-02 12000000",
                "GBR.DEU.X.TOTAL.GBP 2024-04 17000000",
            ],
        ),
        // The year of months stands above them, alone or with their sum.
        (
            "Period,China,Russia\n2023,30,60\nNovember,10,20\nDecember,20,40\n2024,,\n\
             January,11,21\nFebruary,12,22\n",
            WIDE,
            &[
                "UZB.CHN.X.TOTAL.USD 2023-12 20000",
                "UZB.RUS.X.TOTAL.USD 2024-02 22000",
            ],
        ),
        // Codes and names of the same countries.
        (
            "Country Code,Country Name,2024-01,2024-02\nCN,China,10,11\nDE,Germany,12,13\n",
            WIDE,
            &["UZB.DEU.X.TOTAL.USD 2024-02 13000"],
        ),
        // Two names of one country, and marks of footnotes.
        (
            "Country,2024-01,2024-02\nCN China,10,11\nAlmanya - Germany,12,13\nRussia 1),14,15\n",
            WIDE,
            &[
                "UZB.CHN.X.TOTAL.USD 2024-02 11000",
                "UZB.RUS.X.TOTAL.USD 2024-01 14000",
            ],
        ),
        // A column of indicators names the flow.
        (
            "Statistic Label,Month,Country,UNIT,VALUE\nValue of Imports,2024 January,China,\
             Euro Thousand,500\nValue of Exports,2024 January,China,Euro Thousand,900\n",
            "--reporter IRL",
            &[
                "IRL.CHN.M.TOTAL.EUR 2024-01 500000",
                "IRL.CHN.X.TOTAL.EUR 2024-01 900000",
            ],
        ),
        // Rows of a flow's name alone.
        (
            "Partner,2024-01,2024-02\nExports,,\nChina,1,2\nRussia,3,4\nImports,,\nChina,5,6\n",
            "--reporter UZB --unit USD",
            &[
                "UZB.RUS.X.TOTAL.USD 2024-02 4",
                "UZB.CHN.M.TOTAL.USD 2024-02 6",
            ],
        ),
        // The International Trade Centre's Trade Map.
        (
            "Importers,Exported value in 2019,Exported value in 2020\nWorld,100,110\nChina,50,60\n",
            "--reporter UZB --unit \"USD 1000\"",
            &["UZB.CHN.X.TOTAL.USD 2020 60000"],
        ),
        (
            "Product code,Product label,Exported value in 2022-M01,Exported value in 2022-M02\n\
             'TOTAL,All products,100,110\n'2709,Oils,50,60\n",
            "--reporter UZB --partner CHN --unit \"USD 1000\"",
            &[
                "UZB.CHN.X.HS-2709.USD 2022-02 60000",
                "UZB.CHN.X.TOTAL.USD 2022-01 100000",
            ],
        ),
        // The World Trade Organization.
        (
            "Reporting Economy,Product/Sector,Partner Economy,2014,2015\n\
             China,SI3_AGG - TO - Total merchandise,World,5,6\n",
            "--flow X --unit \"USD mn\"",
            &["CHN.WLD.X.TOTAL.USD 2015 6000000"],
        ),
        // Names of the columns in a second row.
        (
            "Series code,A,B\nName of series,Exports to China,Exports to Germany\n2024/01,13,14\n\
             2024/02,12,16\n2024/03,12,17\n2024/04,12,18\n",
            "--reporter JPN --unit JPY",
            &[
                "JPN.CHN.X.TOTAL.JPY 2024-01 13",
                "JPN.DEU.X.TOTAL.JPY 2024-04 18",
            ],
        ),
        // Merged cells leave those below a label empty.
        (
            "Country,Flow,Jan 2024,Feb 2024\nChina,Exports,10,11\n,Imports,20,21\n\
             Russia,Exports,5,6\n,Imports,15,16\n",
            "--reporter UZB --unit USD",
            &[
                "UZB.CHN.M.TOTAL.USD 2024-02 21",
                "UZB.RUS.M.TOTAL.USD 2024-01 15",
            ],
        ),
        (
            "Country,Flow,Jan 2024,Feb 2024\nChina,Exports,10,11\n,Imports,20,21\n\
             Russia,Exports,5,6\n,Imports,15,16\n",
            "--reporter UZB --unit USD --where Flow=Imports --map flow=col:Flow",
            &[
                "UZB.CHN.M.TOTAL.USD 2024-02 21",
                "UZB.RUS.M.TOTAL.USD 2024-01 15",
            ],
        ),
        // Products in columns.
        (
            "Month,8703,8542\n2024-01,10,20\n2024-02,11,21\n",
            "--reporter UZB --partner CHN --flow X --unit USD",
            &["UZB.CHN.X.HS-8542.USD 2024-02 21"],
        ),
        (
            "Month,8703 Motor cars,8542 Circuits\n2024-01,10,20\n2024-02,11,21\n",
            "--reporter UZB --partner CHN --flow X --unit USD",
            &["UZB.CHN.X.HS-8703.USD 2024-02 11"],
        ),
        // Headers of several rows.
        (
            "Trade by country,,,,,\nNo.,Country,2023,,2024,\n,,Export,Import,Export,Import\n\
             1,China,10,20,11,21\n2,Japan,30,40,31,41\n",
            "--reporter KOR --unit USD",
            &["KOR.JPN.M.TOTAL.USD 2024 41"],
        ),
        // Marks of preliminary and revised figures.
        (
            "Country,2024-01,2024-02\nChina,100 r,120 p\nJapan,90,95\n",
            WIDE,
            &[
                "UZB.CHN.X.TOTAL.USD 2024-01 100000",
                "UZB.CHN.X.TOTAL.USD 2024-02 120000",
            ],
        ),
        // Values of five digits look like dates of a spreadsheet.
        (
            "Month,China,Russia\n2024-01,43000,25000\n2024-02,43100,25100\n",
            WIDE,
            &["UZB.RUS.X.TOTAL.USD 2024-02 25100000"],
        ),
        // Names of months in other languages.
        (
            "Negara,Januari 2024,Agustus 2024\nChina,10,11\n",
            WIDE,
            &["UZB.CHN.X.TOTAL.USD 2024-08 11000"],
        ),
        (
            "PAESE,ANNO,MESE,IMPORT,EXPORT\nCina,2024,1,5,6\nCina,2024,2,7,8\n",
            "--reporter ITA --unit EUR",
            &[
                "ITA.CHN.M.TOTAL.EUR 2024-02 7",
                "ITA.CHN.X.TOTAL.EUR 2024-01 6",
            ],
        ),
        // Codes of countries are no values.
        (
            "Код страны;Страна;Экспорт;Импорт\n156;Китай;10,5;200,1\n643;Россия;30;40\n",
            "--reporter KGZ --unit \"USD 1000\" --map period=2024-05",
            &[
                "KGZ.CHN.M.TOTAL.USD 2024-05 200100",
                "KGZ.RUS.X.TOTAL.USD 2024-05 30000",
            ],
        ),
        (
            "Страна,2024 г.,\n,январь,февраль\nКитай,10,11\nРоссия,12,13\n",
            WIDE,
            &["UZB.RUS.X.TOTAL.USD 2024-02 13000"],
        ),
        (
            "Landen;Perioden;Invoer;Uitvoer\nChina;2024MM01;5;6\nChina;2024MM02;7;8\n",
            "--reporter NLD --unit EUR",
            &[
                "NLD.CHN.M.TOTAL.EUR 2024-02 7",
                "NLD.CHN.X.TOTAL.EUR 2024-01 6",
            ],
        ),
    ];
    for (table, options, expected) in cases {
        let found = read(table, options).unwrap_or_else(|refusal| panic!("{table}: {refusal}"));
        for figure in expected {
            assert!(
                found.iter().any(|line| line == figure),
                "{table}: {figure} in {found:?}"
            );
        }
    }
}

#[test]
fn titles_of_a_part_of_a_year_contradict_columns_of_years() {
    for (title, says) in [
        ("Exports, January-March 2024", "January-March 2024"),
        ("Exports, Q1 2024", "Q1 2024"),
        ("Экспорт за январь-март 2024 года", "январь-март 2024"),
        ("Exports, 9 months of 2024", "9 months"),
        ("Exports, March 2024", "March 2024"),
    ] {
        let table = format!("\"{title}\",,\nCountry,2023,2024\nChina,10,11\nGermany,12,13\n");
        let refusal = read(&table, WIDE).unwrap_err();
        assert!(refusal.contains(says), "{title}: {refusal}");
    }
    for title in [
        "Exports, 2023 and 2024",
        "January 2015 - December 2024",
        "Exports by country",
    ] {
        let table = format!("\"{title}\",,\nCountry,2023,2024\nChina,10,11\nGermany,12,13\n");
        assert!(read(&table, WIDE).is_ok(), "{title}");
    }
}

#[test]
fn the_first_figure_is_no_row_of_units() {
    let table = "Month,Country,Value\n2024-01,China,\"EUR 1,000\"\n2024-02,China,\"EUR 1,001\"\n";
    let options = "--reporter UZB --flow X --unit \"EUR 1000\" --decimal .";
    assert_eq!(read(table, options).map(|found| found.len()), Ok(2));
    let options = "--reporter UZB --flow X --unit USD --decimal .";
    let refusal = read(table, options).unwrap_err();
    assert!(refusal.contains("states another currency"), "{refusal}");
}

#[test]
fn months_of_fiscal_years_are_refused() {
    let table = "Month,2022-23,2023-24\nApril,10,20\nMay,11,21\nJune,12,22\n";
    let options = "--reporter IND --partner WLD --flow X --unit USD \
                   --map period=col:Month+2023,value=col:2022-23";
    let refusal = read(table, options).unwrap_err();
    assert!(refusal.contains("`2022-23` is a fiscal year"), "{refusal}");
}

#[test]
fn units_that_are_not_known_contradict_the_stated_one() {
    for (unit, expected) in [
        ("Mill. xy", "a unit that is not known"),
        // Currencies of several countries, not of the stated one.
        ("Mill. kr", "has another currency"),
        ("Rs. crore", "has another currency"),
        ("mil. lei", "has another currency"),
        ("mil. EUR", "has EUR 1000000"),
        ("u hilj. EUR", "has EUR 1000"),
        ("tis. Kč", "has CZK 1000"),
    ] {
        let rows = "Country,2023,2024\nChina,10,11\nGermany,12,13\n";
        let refusal = read(&format!("Eksport ({unit}),,\n{rows}"), WIDE).unwrap_err();
        assert!(refusal.contains(expected), "{refusal}");
    }
}

#[test]
fn sums_of_years_are_no_products() {
    let table = "Month,2023 total,2024 total\n2024-01,10,20\n2024-02,11,21\n";
    let options = "--reporter UZB --partner CHN --flow X --unit USD";
    let refusal = read(table, options).unwrap_err();
    assert!(refusal.contains("expected value"), "{refusal}");
    // A column of periods whose name states a flow.
    let table = "Export month,Country,Value\n202401,China,10\n202402,China,11\n";
    assert_eq!(read(table, LONG).map(|found| found.len()), Ok(2));
}

#[test]
fn the_totals_of_a_pivot_table_are_no_years() {
    let table = "Sum of Value,Column Labels,,,,\n,2023,,2023 Total,2024,Grand Total\n\
                 Row Labels,Nov,Dec,,Jan,\nChina,10,11,21,12,33\nRussia,5,6,11,7,18\n\
                 Grand Total,15,17,32,19,51\n";
    let found = read(table, WIDE).unwrap();
    let months = ["2023-11 10000", "2023-12 11000", "2024-01 12000"];
    let china: Vec<&String> = found.iter().filter(|line| line.contains("CHN")).collect();
    let expected = months.map(|month| format!("UZB.CHN.X.TOTAL.USD {month}"));
    assert_eq!(china, expected.iter().collect::<Vec<_>>());
}

#[test]
fn codes_and_names_of_the_same_countries_are_no_reporters_and_partners() {
    let table = "Country Code,Country Name,1997Q1,1997Q2\nAT,Austria,293,280\nBE,Belgium,1,2\n";
    let suggestion = parse(table, "").unwrap_err().to_string();
    let fits = suggestion.contains("--map \"partner=col:Country Code\" --reporter CODE");
    assert!(fits, "{suggestion}");
}

#[test]
fn what_describes_columns_or_labels_flows_may_contradict() {
    let cases: [Refused; 5] = [
        // Months below the sums of several years.
        (
            "Period,China,Russia\n2021,30,60\n2022,31,61\nJanuary,10,20\nFebruary,20,40\n\
             March,10,20\nApril,10,20\nMay,10,20\nJune,10,20\nJuly,1,2\nAugust,1,2\n",
            WIDE,
            &["row 4", "expected a month or span"],
        ),
        (
            "Title,China,Germany\nSeries Type,Seasonally adjusted,Seasonally adjusted\n\
             2024-01,10,11\n2024-02,12,13\n2024-03,12,13\n2024-04,12,13\n",
            "--reporter GBR --flow X --unit GBP",
            &["expected value"],
        ),
        (
            "Indicator,Month,Country,Value\nExports of goods,2024-01,China,5\n\
             Exports of machines,2024-02,China,6\n",
            "--reporter GBR --unit GBP",
            &["row 3", "expected one label of exports"],
        ),
        (
            "Indicator,Month,Country,Value\nExports (EUR mn),2024-01,China,5\n",
            "--reporter GBR --unit GBP",
            &["expected the unit GBP, not EUR 1000000"],
        ),
        // A label that stands twice is no merged cell.
        (
            "Month,Country,Value\n2024-01,China,10\n2024-02,,50\n2024-03,China,12\n",
            LONG,
            &["row 3", "expected an area"],
        ),
    ];
    for (table, options, says) in cases {
        let refusal = read(table, options).unwrap_err();
        for text in says {
            assert!(refusal.contains(text), "{table}: `{text}` in {refusal}");
        }
    }
}
