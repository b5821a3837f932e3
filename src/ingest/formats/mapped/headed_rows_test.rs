//! Tables whose rows stand below those that state their flow or period, and names of columns as
//! publishers write them. The figures are invented.

use super::cases_test::read;

const FLOWS: &str = "--wide --reporter UZB --unit USD --map partner=col:Country";
const WIDE: &str = "--wide --reporter UZB --unit USD --flow X --map partner=col:Country";

#[test]
fn rows_are_of_the_flow_or_period_that_heads_them() {
    let cases: [(&str, &str, &[&str]); 21] = [
        // Two tables below each other.
        (
            "\"Exports, USD mn\"\nMonth,China,Russia\n2024-01,1,2\n\n\"Imports, USD mn\"\n\
             Month,China,Russia\n2024-01,3,4\n",
            "--wide --reporter UZB --unit \"USD mn\"",
            &[
                "UZB.CHN.X.TOTAL.USD 2024-01 1000000",
                "UZB.RUS.X.TOTAL.USD 2024-01 2000000",
                "UZB.CHN.M.TOTAL.USD 2024-01 3000000",
                "UZB.RUS.M.TOTAL.USD 2024-01 4000000",
            ],
        ),
        // Keys of series as names.
        (
            "date,UZB.CHN.X.TOTAL.USD,UZB.JPN.M.HS-27.USD\n2024-01,1,2\n",
            "--map period=col:date",
            &[
                "UZB.CHN.X.TOTAL.USD 2024-01 1",
                "UZB.JPN.M.HS-27.USD 2024-01 2",
            ],
        ),
        // Codes that are empty beside a group.
        (
            "ISO,Country,Year,Exports\nCHN,China,2023,4\n,EU,2023,9\nJPN,Japan,2023,1\n",
            "--reporter UZB --unit USD --map value=col:Exports",
            &[
                "UZB.CHN.X.TOTAL.USD 2023 4",
                "UZB.EU.X.TOTAL.USD 2023 9",
                "UZB.JPN.X.TOTAL.USD 2023 1",
            ],
        ),
        // The year before its months.
        (
            "Country,24-Jan,24-Feb\nChina,1,2\n",
            WIDE,
            &[
                "UZB.CHN.X.TOTAL.USD 2024-01 1",
                "UZB.CHN.X.TOTAL.USD 2024-02 2",
            ],
        ),
        // Indicators that state flow and unit; those of other figures are left out.
        (
            "Month,Country,Indicator,Value\n2024-01,China,\"Exports, thousand USD\",1\n\
             2024-01,China,\"Imports, thousand USD\",2\n2024-01,China,\"Exports, tonnes\",3\n\
             2024-01,China,\"Exports growth, %\",4\n",
            "--reporter UZB",
            &[
                "UZB.CHN.X.TOTAL.USD 2024-01 1000",
                "UZB.CHN.M.TOTAL.USD 2024-01 2000",
            ],
        ),
        // Labels that name the partner, too.
        (
            "Series,Jan-24\nExports to China,1\nImports from China,2\nExports to Japan,3\n",
            "--wide --reporter UZB --unit USD",
            &[
                "UZB.CHN.X.TOTAL.USD 2024-01 1",
                "UZB.CHN.M.TOTAL.USD 2024-01 2",
                "UZB.JPN.X.TOTAL.USD 2024-01 3",
            ],
        ),
        // Unit and period in a heading.
        (
            "trade partner,\"Value, SEK million 2024M01\",\"Value, SEK million 2024M02\"\n\
             China,1,2\nJapan,3,4\n",
            "--wide --reporter SWE --flow X --unit \"SEK mn\"",
            &[
                "SWE.CHN.X.TOTAL.SEK 2024-01 1000000",
                "SWE.CHN.X.TOTAL.SEK 2024-02 2000000",
                "SWE.JPN.X.TOTAL.SEK 2024-01 3000000",
                "SWE.JPN.X.TOTAL.SEK 2024-02 4000000",
            ],
        ),
        // A unit whose scale stands beside it in each row.
        (
            "Month,Country,UNIT_MEASURE,UNIT_MULT,Value\n2024-01,China,USD,3,1\n\
             2024-02,China,USD,Millions,2\n",
            "--reporter UZB --flow X",
            &[
                "UZB.CHN.X.TOTAL.USD 2024-01 1000",
                "UZB.CHN.X.TOTAL.USD 2024-02 2000000",
            ],
        ),
        // Names of codes.
        (
            "Month,China_X,China_M,Japan_X\n2024-01,1,2,3\n",
            "--wide --reporter UZB --unit USD",
            &[
                "UZB.CHN.X.TOTAL.USD 2024-01 1",
                "UZB.CHN.M.TOTAL.USD 2024-01 2",
                "UZB.JPN.X.TOTAL.USD 2024-01 3",
            ],
        ),
        // Sums of partners beside the names of the flows.
        (
            "Country,2023-01,2023-02\nEXPORTS,150,165\nChina,100,110\nKazakhstan,50,55\n\
             IMPORTS,350,365\nChina,200,210\nKazakhstan,150,155\n",
            FLOWS,
            &[
                "UZB.CHN.X.TOTAL.USD 2023-01 100",
                "UZB.CHN.X.TOTAL.USD 2023-02 110",
                "UZB.KAZ.X.TOTAL.USD 2023-01 50",
                "UZB.KAZ.X.TOTAL.USD 2023-02 55",
                "UZB.CHN.M.TOTAL.USD 2023-01 200",
                "UZB.CHN.M.TOTAL.USD 2023-02 210",
                "UZB.KAZ.M.TOTAL.USD 2023-01 150",
                "UZB.KAZ.M.TOTAL.USD 2023-02 155",
            ],
        ),
        (
            "Country,2023-01\nExports of goods:,9\nChina,9\nImports of goods:,8\nChina,8\n",
            FLOWS,
            &[
                "UZB.CHN.X.TOTAL.USD 2023-01 9",
                "UZB.CHN.M.TOTAL.USD 2023-01 8",
            ],
        ),
        // They are more than the partners that are listed.
        (
            "Country,2023-01\nExports,90\nChina,9\nImports,80\nChina,8\n",
            "--wide --reporter UZB --unit USD --map partner=col:Country --code Exports=WLD \
             --code Imports=WLD",
            &[
                "UZB.WLD.X.TOTAL.USD 2023-01 90",
                "UZB.CHN.X.TOTAL.USD 2023-01 9",
                "UZB.WLD.M.TOTAL.USD 2023-01 80",
                "UZB.CHN.M.TOTAL.USD 2023-01 8",
            ],
        ),
        // A year above the rows completes the months of the headings.
        (
            "Country,Jan,Feb\n2023,,\nChina,1,2\n2024,,\nChina,3,4\n",
            WIDE,
            &[
                "UZB.CHN.X.TOTAL.USD 2023-01 1",
                "UZB.CHN.X.TOTAL.USD 2023-02 2",
                "UZB.CHN.X.TOTAL.USD 2024-01 3",
                "UZB.CHN.X.TOTAL.USD 2024-02 4",
            ],
        ),
        // A month above the rows is theirs.
        (
            "Country,Exports,Imports\nJanuary 2024,,\nChina,1,2\nFebruary 2024,,\nChina,3,4\n",
            FLOWS,
            &[
                "UZB.CHN.X.TOTAL.USD 2024-01 1",
                "UZB.CHN.M.TOTAL.USD 2024-01 2",
                "UZB.CHN.X.TOTAL.USD 2024-02 3",
                "UZB.CHN.M.TOTAL.USD 2024-02 4",
            ],
        ),
        (
            "Country,Exports,Imports\nYear 2023,,\nChina,1,2\nYear 2024,,\nChina,3,4\n",
            FLOWS,
            &[
                "UZB.CHN.X.TOTAL.USD 2023 1",
                "UZB.CHN.M.TOTAL.USD 2023 2",
                "UZB.CHN.X.TOTAL.USD 2024 3",
                "UZB.CHN.M.TOTAL.USD 2024 4",
            ],
        ),
        // Marks of footnotes behind names, periods and numbers.
        (
            "Country (1),Jan 2024(1),Feb 2024 (2)\nChina(1),100(1),110\nRussia 3),50,55 (12)\n",
            "--wide --reporter UZB --unit USD --flow X --map \"partner=col:Country (1)\"",
            &[
                "UZB.CHN.X.TOTAL.USD 2024-01 100",
                "UZB.CHN.X.TOTAL.USD 2024-02 110",
                "UZB.RUS.X.TOTAL.USD 2024-01 50",
                "UZB.RUS.X.TOTAL.USD 2024-02 55",
            ],
        ),
        // Groups of digits as in India.
        (
            "Country,Jan 2024\nChina,\"12,34,567\"\nRussia,\"98,765\"\n",
            WIDE,
            &[
                "UZB.CHN.X.TOTAL.USD 2024-01 1234567",
                "UZB.RUS.X.TOTAL.USD 2024-01 98765",
            ],
        ),
        // Quantities and values below each month.
        (
            "Country,Jan 2024,,Feb 2024,\n,Quantity (tonnes),Value (USD 1000),Quantity (tonnes),\
             Value (USD 1000)\nChina,10,100,11,110\n",
            "--wide --reporter UZB --flow X",
            &[
                "UZB.CHN.X.TOTAL.USD 2024-01 100000",
                "UZB.CHN.X.TOTAL.USD 2024-02 110000",
            ],
        ),
        // Products in columns by short codes.
        (
            "Month,HS 27,HS 85\n2024-01,1,2\n",
            "--reporter UZB --partner CHN --flow X --unit USD",
            &[
                "UZB.CHN.X.HS-27.USD 2024-01 1",
                "UZB.CHN.X.HS-85.USD 2024-01 2",
            ],
        ),
        // The Australian Bureau of Statistics: series in columns, described below their names.
        (
            ",\"Exports ;  China ;\",\"Exports ;  Korea, Republic of ;\"\nUnit,$ Millions,\
             $ Millions\nSeries Type,Original,Original\nData Type,FLOW,FLOW\n\
             Frequency,Month,Month\nCollection Month,1,1\nSeries Start,Jan-2024,Jan-2024\n\
             Series End,Feb-2024,Feb-2024\nNo. Obs,2,2\nSeries ID,A1820523T,A1820524V\n\
             Jan-2024,1,2\nFeb-2024,3,4\n",
            "--wide --reporter AUS --unit \"AUD mn\"",
            &[
                "AUS.CHN.X.TOTAL.AUD 2024-01 1000000",
                "AUS.KOR.X.TOTAL.AUD 2024-01 2000000",
                "AUS.CHN.X.TOTAL.AUD 2024-02 3000000",
                "AUS.KOR.X.TOTAL.AUD 2024-02 4000000",
            ],
        ),
        // The only row has marked numbers.
        (
            "Country,2024-01,2024-02\nChina,100 r,120 p\n",
            WIDE,
            &[
                "UZB.CHN.X.TOTAL.USD 2024-01 100",
                "UZB.CHN.X.TOTAL.USD 2024-02 120",
            ],
        ),
    ];
    for (table, options, expected) in cases {
        let found = read(table, options).unwrap_or_else(|refusal| panic!("{table}: {refusal}"));
        assert_eq!(found, expected, "{table}");
    }
}

#[test]
fn codes_of_other_lists_and_scales_in_columns_are_never_passed_over() {
    for (table, options, expected) in [
        (
            "MonthId,FlowTypeId,CountryId,Value\n202401,1,4,10\n202402,1,4,11\n",
            "--reporter GBR --unit GBP --code 1=M",
            "number of another list",
        ),
        (
            "Month,Trade Flow Code,Country,Value\n2024-01,1,China,10\n2024-02,1,China,11\n",
            "--reporter IND --flow X --unit USD",
            "--code 1=FLOW",
        ),
        (
            "Month,Partner,Value\n2024-01,Utopia and others,10\n2024-02,Utopia and others,11\n",
            "--reporter UZB --partner WLD --flow X --unit USD",
            "names no known area",
        ),
        (
            "Freq,Month,Country,Value\nQ,2024-03,China,10\nQ,2024-06,China,11\n",
            "--reporter UZB --flow X --unit USD",
            "expected a period of 3 months",
        ),
        (
            "Month,Country,Value,Multiplier\n2024-01,China,10,1000\n",
            "--reporter UZB --flow X --unit USD",
            "in units of 1000",
        ),
        (
            "Month,Country,Domestic exports,Re-exports\n2024-01,China,10,5\n",
            "--reporter SGP --flow X --unit USD",
            "domestic exports",
        ),
        (
            "Month,Exports – Kazakhstan – China\n2024-01,10\n2024-02,11\n",
            "--wide --reporter UZB --partner WLD --unit USD",
            "has KAZ and CHN",
        ),
        (
            "Country,Jan 2024,January 2024\nChina,10,11\n",
            WIDE,
            "leave one of both out",
        ),
        (
            "Country,Group,2024-01\nChina,Machinery,10\nChina,Food,10\n",
            "--wide --reporter UZB --unit USD --flow X --where Group=Food",
            "--product TOTAL",
        ),
    ] {
        let refused = read(table, options).unwrap_err();
        assert!(refused.contains(expected), "{table}: {refused}");
    }
}

#[test]
fn a_title_contradicts_a_stated_period() {
    let options = "--reporter UZB --flow X --unit USD --map partner=col:Country,period=2024-05";
    for title in [
        "Exports, January-December 2024",
        "Exports, 2024",
        "Exports, third quarter of 2024",
        "Exports, first half of 2024",
        "Exports, year ended May 2024",
        "Exports, 12 months to May 2024",
        "Exports, fiscal year 2023/24",
        "Exports, FY2024",
        "Exports in Jan./May 2024",
        "Ausfuhr, Januar bis Mai 2024",
        "Exports, April 2024",
    ] {
        let table = format!("\"{title}\",\nCountry,Value\nChina,10\nGermany,12\n");
        let refused = read(&table, options).unwrap_err();
        assert!(
            refused.contains("expected figures of 2024-05"),
            "{title}: {refused}"
        );
    }
    for title in [
        "Exports, May 2024",
        "Exports by country",
        "Published on 2024-06-20",
        "Exports, 2024-05",
    ] {
        let table = format!("\"{title}\",\nCountry,Value\nChina,10\nGermany,12\n");
        assert!(read(&table, options).is_ok(), "{title}");
    }
}

#[test]
fn a_title_of_a_part_of_the_trade_is_not_of_the_whole() {
    for title in [
        "Exports of Tashkent region",
        "Exports by sea",
        "Exports under the free zone regime",
    ] {
        let table = format!("{title},\nCountry,2024-01\nChina,10\nGermany,12\n");
        let refused = read(&table, WIDE).unwrap_err();
        assert!(
            refused.contains("state --product CODE"),
            "{title}: {refused}"
        );
    }
}

#[test]
fn rows_below_another_flow_are_never_of_the_stated_one() {
    for (rows, skip) in [
        ("Exports,,\nChina,1,2\nImports,,\nRussia,3,4\n", ""),
        (
            "Exports,,\nChina,1,2\nImports,,\nRussia,3,4\n",
            "--skip Imports",
        ),
        (
            "Exports,1,2\nChina,1,2\nImports,3,4\nRussia,3,4\n",
            "--skip Imports --skip Exports",
        ),
    ] {
        let table = format!("Country,2024-01,2024-02\n{rows}");
        let refused = read(&table, &format!("{WIDE} {skip}")).unwrap_err();
        assert!(refused.contains("leave --flow out"), "{refused}");
    }
}
