//! Refusals of anything but cells of a text table: exchange rates, headers of sheets, archives,
//! bytes that are no text; and, for every format, the rows that are accepted beside an invalid one.

use super::{Format, read_bytes};
use crate::ingest::{ExchangeRates, rates};
use crate::ingest::{InvalidRows, ParsedFile};
use std::io::{Cursor, Write};
use std::path::Path;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// List the figures as tidy rows, and the refusals.
fn list(format: Format, parsed: &ParsedFile) -> String {
    let mut text = format!("{format}\n");
    for row in parsed.figures.rows() {
        let cells = parsed.figures.tidy_row(row).join(",");
        text += &format!("    {:>3} {cells}\n", row.row);
    }
    for refusal in &parsed.refusals {
        text += &format!("    refused {refusal}\n");
    }
    text
}

/// List figures and refusals, or the error, of each of the files.
fn list_all(
    invalid_rows: InvalidRows,
    files: impl IntoIterator<Item = (&'static str, Vec<u8>)>,
) -> String {
    let each = files.into_iter().map(|(name, bytes)| {
        let read = read_bytes(Path::new("file"), &bytes, None, invalid_rows);
        let found = read.map_or_else(
            |error| format!("{error}\n"),
            |(format, parsed)| list(format, &parsed),
        );
        format!("{name}\n    {found}")
    });
    each.collect()
}

#[test]
fn a_wrong_exchange_rate_is_refused_with_its_row() {
    const HEADER: &str = "currency,per,period,value\nCNY,USD,2025-01,7.2\n";
    let row = |row: &str| format!("{HEADER}{row}\nJPY,USD,2025-01,150\n").into_bytes();
    let cases = [
        ("right", row("CNY,USD,2025-02,7.3")),
        (
            "no column",
            b"currency,period,value\nCNY,2025-01,7.2\n".to_vec(),
        ),
        ("currency", row("YUAN,USD,2025-02,7.2")),
        ("per", row("CNY,,2025-02,7.2")),
        ("month", row("CNY,USD,2025-13,7.2")),
        ("a day", row("CNY,USD,2025-02-30,7.2")),
        ("value", row("CNY,USD,2025-02,-")),
        ("nothing", row("CNY,USD,2025-02,")),
        ("zero", row("CNY,USD,2025-02,0")),
        ("below zero", row("CNY,USD,2025-02,-7.2")),
        ("infinite", row("CNY,USD,2025-02,inf")),
        ("not a number", row("CNY,USD,2025-02,NaN")),
        ("a month twice", row("CNY,USD,2025-01,7.3")),
        ("short row", row("CNY,USD,2025-02")),
        ("long row", row("CNY,USD,2025-02,7.2,7.3")),
        (
            "no UTF-8",
            [row("CNY,USD,2025-02,7.2"), b"\xa5,USD,2025-02,1\n".to_vec()].concat(),
        ),
        ("empty file", Vec::new()),
    ];
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("rates.csv");
    let within = format!("{}/", folder.path().display());
    let mut text = String::new();
    for (name, bytes) in cases {
        std::fs::write(&file, bytes).unwrap();
        let mut found = ExchangeRates::default();
        let found = match rates::read(&file, &mut found) {
            Ok(()) => format!("{} rates", found.iter().count()),
            Err(error) => {
                assert!(
                    found.is_empty(),
                    "{name}: nothing of a refused file is taken"
                );
                error.to_string()
            }
        };
        text += &format!("{name}\n    {}\n", found.replace(&within, ""));
    }
    insta::assert_snapshot!("rates", text);
}

/// Return a workbook of one sheet with these cells.
fn workbook(rows: &[&[&str]]) -> Vec<u8> {
    const KIND: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    const MAIN: &str = "xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"";
    let relation = |kind: &str, target: &str| {
        format!(
            "<Relationships \
             xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"><Relationship \
             Id=\"r1\" Type=\"{KIND}/{kind}\" Target=\"{target}\"/></Relationships>"
        )
    };
    let cells = |row: &[&str]| -> String {
        let cell = |text: &&str| format!("<c t=\"inlineStr\"><is><t>{text}</t></is></c>");
        row.iter().map(cell).collect()
    };
    let rows: String = rows
        .iter()
        .map(|row| format!("<row>{}</row>", cells(row)))
        .collect();
    let files = [
        ("_rels/.rels", relation("officeDocument", "xl/workbook.xml")),
        (
            "xl/workbook.xml",
            format!(
                "<workbook {MAIN} xmlns:r=\"{KIND}\"><sheets><sheet name=\"s\" sheetId=\"1\" \
                 r:id=\"r1\"/></sheets></workbook>"
            ),
        ),
        (
            "xl/_rels/workbook.xml.rels",
            relation("worksheet", "worksheets/sheet1.xml"),
        ),
        (
            "xl/worksheets/sheet1.xml",
            format!("<worksheet {MAIN}><sheetData>{rows}</sheetData></worksheet>"),
        ),
    ];
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in files {
        archive
            .start_file(name, SimpleFileOptions::default())
            .unwrap();
        archive.write_all(text.as_bytes()).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

#[test]
fn a_sheet_of_customs_is_refused_where_its_head_is_wrong() {
    let title: &[&str] = &["2025年5月进出口商品国别（地区）总值表"];
    let unit: &[&str] = &["单位：万元"];
    let top: &[&str] = &["", "进出口", ""];
    let below: &[&str] = &["", "5月", "1至5月"];
    let india: &[&str] = &["印度", "1", "5"];
    let cases: [(&str, &[&[&str]]); 17] = [
        ("right", &[title, unit, top, below, india]),
        ("no cell", &[]),
        ("no title", &[&["进出口"], unit, top, below, india]),
        (
            "title without a year",
            &[&["进出口商品国别总值表"], unit, top, below, india],
        ),
        (
            "title without a month",
            &[&["2025年进出口商品国别总值表"], unit, top, below, india],
        ),
        (
            "month of a title",
            &[&["2025年13月总值表"], unit, top, below, india],
        ),
        (
            "two titles",
            &[title, &["2025年4月总值表"], unit, top, below, india],
        ),
        ("no unit", &[title, top, below, india]),
        ("unit", &[title, &["单位：吨"], top, below, india]),
        ("currency", &[title, &["单位：万欧元"], top, below, india]),
        ("no header", &[title, unit, below, india]),
        (
            "flow",
            &[
                title,
                unit,
                &["", "进出口", "差额"],
                &["", "5月", "5月"],
                india,
            ],
        ),
        ("column", &[title, unit, top, &["", "5月", "总计"], india]),
        (
            "cumulative from February",
            &[title, unit, top, &["", "5月", "2至5月"], india],
        ),
        (
            "column of another month",
            &[title, unit, top, &["", "4月", "1至5月"], india],
        ),
        (
            "growth of no flow",
            &[
                title,
                unit,
                &["", "进出口", "累计比去年同期±%"],
                &["", "5月", "差额"],
                india,
            ],
        ),
        ("no columns", &[title, unit, top]),
    ];
    let sheets = cases.map(|(name, rows)| (name, workbook(rows)));
    let broken = [
        (
            "an archive that is none",
            b"PK\x03\x04 and no more".to_vec(),
        ),
        (
            "a compound that is none",
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".to_vec(),
        ),
    ];
    let text = list_all(InvalidRows::Refuse, sheets.into_iter().chain(broken));
    insta::assert_snapshot!("heads_of_customs", text);
}

/// Return a 7z archive of empty files: signature, check sum, position and check sum of the header,
/// and the header.
fn seven_zip(names: &[&str]) -> Vec<u8> {
    fn sum(bytes: &[u8]) -> [u8; 4] {
        let mut sum = flate2::Crc::new();
        sum.update(bytes);
        sum.sum().to_le_bytes()
    }
    let names: Vec<u8> = names
        .iter()
        .flat_map(|name| name.encode_utf16().chain([0]).flat_map(u16::to_le_bytes))
        .collect();
    // Each name is one letter and a terminator.
    let count = u8::try_from(names.len() / 4).unwrap();
    let each = 0xff_u8.checked_shl(8 - u32::from(count)).unwrap_or(0);
    let length = u8::try_from(names.len() + 1).unwrap();
    let mut header = vec![1];
    if count > 0 {
        // Of all files: they have no stream and are no folders; their names.
        header.extend([5, count, 14, 1, each, 15, 1, each, 17, length, 0]);
        header.extend(names);
        header.push(0);
    }
    header.push(0);
    let place = [0, header.len() as u64].map(u64::to_le_bytes).concat();
    let start = [&place[..], &sum(&header)].concat();
    let signature = b"7z\xbc\xaf\x27\x1c\x00\x04";
    [&signature[..], &sum(&start), &start, &header].concat()
}

#[test]
fn an_archive_holds_one_file() {
    let cases = [
        ("no file", seven_zip(&[])),
        ("one file, with nothing in it", seven_zip(&["a"])),
        ("two files", seven_zip(&["a", "b"])),
        ("three files", seven_zip(&["a", "b", "c"])),
        (
            "an archive that is none",
            b"7z\xbc\xaf\x27\x1c\x00\x04".to_vec(),
        ),
    ];
    insta::assert_snapshot!("archives", list_all(InvalidRows::Refuse, cases));
}

#[test]
fn bytes_that_are_no_text_are_refused_with_their_row() {
    const TIDY: &[u8] =
        b"kind,reporter,partner,flow,product,measure,period,value,unit,status,released_on,source\n";
    let tidy = |source: &[u8]| {
        let row = b"observation,USA,MEX,M,TOTAL,level,2025-01,1,USD,published,,";
        let next = b"observation,USA,MEX,M,TOTAL,level,2025-02,1,USD,published,,s\n";
        [TIDY, row, source, b"\n", next].concat()
    };
    let long = |id: &[u8]| {
        let row = b"unique_id,ds,y\nUSA.MEX.M.TOTAL.USD,2025-01,1\n";
        [&row[..], id, b",2025-02,1\n"].concat()
    };
    let right = tidy("Aduanas México".as_bytes());
    assert!(read_bytes(Path::new("file"), &right, None, InvalidRows::Refuse).is_ok());
    let latin = tidy(b"Aduanas M\xe9xico");
    let (_, parsed) = read_bytes(Path::new("file"), &latin, None, InvalidRows::Refuse).unwrap();
    let figures = &parsed.figures;
    assert_eq!(figures.text(figures.rows()[0].source), "Aduanas México");
    let found = list_all(
        InvalidRows::Refuse,
        [("long: Windows-1252", long(b"M\xe9xico"))],
    );
    assert!(
        found.contains("row 3, column `unique_id`, value `México`"),
        "{found}"
    );
}

const COMEXT: &str = "REPORTER,PARTNER,PRODUCT_NC,FLOW,STAT_PROCEDURE,PERIOD,VALUE_EUR\n";

#[test]
fn comext_is_refused_in_its_own_words() {
    let rows = |rows: &[&str]| format!("{COMEXT}{}\n", rows.join("\n")).into_bytes();
    let first = "AT,AD,TOTAL,1,1,202402,1";
    let regime = |row: &str| {
        let text = String::from_utf8(rows(&[row])).unwrap();
        text.replace("STAT_PROCEDURE", "STAT_REGIME").into_bytes()
    };
    let cases = [
        ("product", rows(&["AT,AD,87 03,1,1,202402,1"])),
        ("procedure", rows(&["AT,AD,TOTAL,1,4,202402,1"])),
        ("no procedure", rows(&["AT,AD,TOTAL,1,,202402,1"])),
        ("regime", regime("AT,AD,TOTAL,1,5,202002,1")),
        ("reporter", rows(&[",AD,TOTAL,1,1,202402,1"])),
        ("a year of two digits", rows(&["AT,AD,TOTAL,1,1,2452,1"])),
        (
            "no partner column",
            b"REPORTER,PRODUCT_NC,FLOW,PERIOD,VALUE_EUR\nAT,TOTAL,1,202402,1\n".to_vec(),
        ),
        ("below zero", rows(&[first, "AT,AD,TOTAL,1,2,202402,-1"])),
    ];
    let mut text = list_all(InvalidRows::Refuse, cases);
    // A figure with a refused part is none, and each of its rows is refused.
    let parts = [
        first,
        "AT,AD,TOTAL,1,2,202402,many",
        "AT,AD,TOTAL,1,3,202402,3",
        "AT,AD,TOTAL,1,1,202403,4",
    ];
    text += &list_all(InvalidRows::Report, [("parts of a sum", rows(&parts))]);
    insta::assert_snapshot!("comext", text);
}

/// Return an SDMX-JSON message with Korea's imports from China in the years 2022 to 2024.
fn sdmx_json(observations: &str) -> Vec<u8> {
    let dimension = |id: &str, codes: &[&str]| {
        let codes = codes.iter().map(|code| format!("{{\"id\":\"{code}\"}}"));
        let codes = codes.collect::<Vec<_>>().join(",");
        format!("{{\"id\":\"{id}\",\"values\":[{codes}]}}")
    };
    let dimensions = [
        dimension("REF_AREA", &["KR"]),
        dimension("COUNTERPART_AREA", &["CN"]),
        dimension("TRADE_FLOW", &["M"]),
        dimension("FREQ", &["A"]),
        dimension("UNIT_MEASURE", &["USD"]),
        dimension("TIME_PERIOD", &["2022", "2023", "2024"]),
    ];
    let dimensions = dimensions.join(",");
    format!(
        "{{\"dataSets\":[{{\"observations\":{{{observations}}}}}],\
         \"structure\":{{\"dimensions\":{{\"observation\":[{dimensions}]}}}}}}"
    )
    .into_bytes()
}

#[test]
fn an_observation_of_sdmx_json_has_a_position_a_dimension() {
    let series = |position: &str| {
        let observation = "{\"id\":\"TIME_PERIOD\",\"values\":[{\"id\":\"2024\"}]}";
        let series = "{\"id\":\"REF_AREA\",\"values\":[{\"id\":\"KR\"}]}";
        format!(
            "{{\"dataSets\":[{{\"series\":{{\"{position}\":{{\"observations\":{{\"0\":[1]}}}}}}}}],\
             \"structure\":{{\"dimensions\":{{\"series\":[{series}],\
             \"observation\":[{observation}]}}}}}}"
        )
        .into_bytes()
    };
    let cases = [
        (
            "too few",
            sdmx_json("\"0:0:0:0:0:0\":[1],\"0:0:0:0:0\":[1]"),
        ),
        ("too many", sdmx_json("\"0:0:0:0:0:0:0\":[1]")),
        ("none", sdmx_json("\"\":[1]")),
        ("beyond", sdmx_json("\"0:0:0:0:0:3\":[1]")),
        ("no number", sdmx_json("\"0:0:0:0:0:first\":[1]")),
        ("of a series", series("0:0")),
        ("of a series, beyond", series("1")),
    ];
    insta::assert_snapshot!("positions", list_all(InvalidRows::Refuse, cases));
}

/// Three rows, of which the second is wrong.
#[test]
fn every_format_reads_valid_rows_beside_an_invalid_one() {
    let comtrade = |year: u32, value: &str| {
        format!(
            "{{\"freqCode\":\"A\",\"period\":\"{year}\",\"reporterCode\":842,\"flowCode\":\"M\",\
             \"partnerCode\":392,\"cmdCode\":\"TOTAL\",\"primaryValue\":{value}}}"
        )
    };
    let comtrade_json = format!(
        "{{\"count\":3,\"data\":[{},{},{}],\"error\":\"\"}}",
        comtrade(2022, "1"),
        comtrade(2023, "\"n/a\""),
        comtrade(2024, "3")
    );
    let texts: [(&str, u64, Vec<u8>); 7] = [
        (
            "comtrade-csv",
            3,
            "freqCode,period,reporterCode,flowCode,partnerCode,cmdCode,primaryValue\n\
            A,2022,842,M,392,TOTAL,1\nA,2023,842,M,392,TOTAL,many\nA,2024,842,M,392,TOTAL,3\n"
                .into(),
        ),
        // Records are counted from 1.
        ("comtrade-json", 2, comtrade_json.into_bytes()),
        (
            "census",
            3,
            "[[\"CTY_CODE\",\"GEN_VAL_MO\",\"time\"],[\"5700\",\"1\",\"2025-01\"],[\"5700\",\
             \"(D)\",\"2025-02\"],[\"5700\",\"3\",\"2025-03\"]]"
                .into(),
        ),
        (
            "sdmx-json",
            2,
            sdmx_json("\"0:0:0:0:0:0\":[1],\"0:0:0:0:0:1\":[\"many\"],\"0:0:0:0:0:2\":[3]"),
        ),
        // Elements are counted by their lines.
        (
            "sdmx-ml",
            4,
            "<StructureSpecificData><DataSet>\n\
            <Series FREQ=\"M\" REPORTER=\"KOR\" PARTNER=\"CHN\" TRADE_FLOW=\"M\" UNIT=\"USD\">\n\
            <Obs TIME_PERIOD=\"2024-01\" OBS_VALUE=\"1\"/>\n\
            <Obs TIME_PERIOD=\"2024-02\" OBS_VALUE=\"many\"/>\n\
            <Obs TIME_PERIOD=\"2024-03\" OBS_VALUE=\"3\"/>\n\
            </Series></DataSet></StructureSpecificData>\n"
                .into(),
        ),
        (
            "comext",
            3,
            format!(
                "{COMEXT}AT,AD,TOTAL,1,1,202401,1\nAT,AD,TOTAL,1,1,202402,many\n\
                 AT,AD,TOTAL,1,1,202403,3\n"
            )
            .into(),
        ),
        (
            "long",
            3,
            "unique_id,ds,y\nUSA.MEX.M.TOTAL.USD,2024-01,1\nUSA.MEX.M.TOTAL.USD,2024-02,many\n\
             USA.MEX.M.TOTAL.USD,2024-03,3\n"
                .into(),
        ),
    ];
    let mut text = String::new();
    for (name, wrong, bytes) in &texts {
        let (format, parsed) =
            read_bytes(Path::new("file"), bytes, None, InvalidRows::Report).unwrap();
        assert_eq!(Some(format), Format::parse(name));
        let values: Vec<_> = parsed.figures.rows().iter().map(|row| row.value).collect();
        let rows: Vec<_> = parsed.refusals.iter().map(|refusal| refusal.row).collect();
        assert_eq!(
            (values, rows),
            (vec![1.0, 3.0], vec![Some(*wrong)]),
            "{name}"
        );
        text += &list(format, &parsed);
        // Where invalid rows refuse the file, the wrong row is its refusal.
        let refused = read_bytes(Path::new("file"), bytes, None, InvalidRows::Refuse);
        assert_eq!(
            refused.unwrap_err().to_string(),
            parsed.refusals[0].to_string()
        );
    }
    insta::assert_snapshot!("accept_valid", text);
}
