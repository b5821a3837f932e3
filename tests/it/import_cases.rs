//! Files as people and services write them: each gives its right value, or a refusal that says what
//! to do. The figures are made up or altered; the layouts are those of public sources.

use std::path::{Path, PathBuf};
use tradecast::ingest::{InvalidRows, ParsedFile, formats, with_known_codes};

/// What a file must give.
enum Expected {
    /// These figures, among others: series, period and value in base units; NaN is a gap.
    Figures(&'static [(&'static str, &'static str, f64)]),
    /// A refusal with each of these texts.
    Refused(&'static [&'static str]),
}
use Expected::{Figures, Refused};

/// A gap.
const GAP: f64 = f64::NAN;

/// Every file of `tests/fixtures/import_cases` with what it must give.
const CASES: &[(&str, Expected)] = &[
    (
        "01_comtradr.csv",
        Figures(&[("KAZ.CHN.X.TOTAL.USD", "2024-03", 1_213_400_000.0)]),
    ),
    (
        "02a_tradedata_latin1.csv",
        Figures(&[
            ("KAZ.CIV.X.TOTAL.USD", "2024-03", 5_120_332.119),
            ("KAZ.TUR.X.TOTAL.USD", "2024-03", 310_223_114.5),
        ]),
    ),
    (
        "02b_pandas_index.csv",
        Figures(&[
            ("KAZ.CHN.X.TOTAL.USD", "2024-03", 1_213_400_000.0),
            ("KAZ.CHN.X.TOTAL.USD", "2024-04", 1_198_700_000.0),
        ]),
    ),
    (
        "02e_concatenated.csv",
        Figures(&[
            ("KAZ.CHN.X.TOTAL.USD", "2024-03", 1_213_400_000.0),
            ("KAZ.CHN.X.TOTAL.USD", "2024-04", 1_198_700_000.0),
        ]),
    ),
    ("02f_exact_duplicate.csv", Refused(&["row 3", "2024-03"])),
    (
        "03_hs_zero.csv",
        Figures(&[
            ("KAZ.CHN.X.HS-0401.USD", "2024-03", 5_000_000.0),
            ("KAZ.CHN.X.HS-0401.USD", "2024-04", 5_100_000.0),
        ]),
    ),
    ("04_hs_sitc_total.csv", Refused(&["row 3"])),
    (
        "04b_editions.csv",
        Figures(&[
            ("KAZ.CHN.X.HS-8703.USD", "2021-12", 102_000_000.0),
            ("KAZ.CHN.X.HS-8703.USD", "2022-01", 91_000_000.0),
        ]),
    ),
    (
        "04d_h6_then.csv",
        Figures(&[("KAZ.CHN.X.TOTAL.USD", "2024-03", 1_213_400_000.0)]),
    ),
    (
        "05_legacy_comtrade.csv",
        Figures(&[("KAZ.CHN.X.TOTAL.USD", "2018-03", 498_220_113.0)]),
    ),
    (
        "05b_legacy_comtrade_years.csv",
        Figures(&[("KAZ.CHN.X.TOTAL.USD", "2017", 5_777_000_000.0)]),
    ),
    ("06_parts_only.csv", Refused(&["motCode"])),
    (
        "07_mirror_s19.csv",
        Figures(&[("CHN.TWN.X.TOTAL.USD", "2024-01", 6e9)]),
    ),
    (
        "07_taiwan.csv",
        Figures(&[("CHN.TWN.X.TOTAL.USD", "2024-03", 6e9)]),
    ),
    (
        "08_namibia_na.csv",
        Figures(&[("DEU.NAM.X.TOTAL.EUR", "2024-03", 31_200_455.0)]),
    ),
    (
        "08b_r_na_value.csv",
        Figures(&[
            ("DEU.NAM.X.TOTAL.EUR", "2024-03", 31_200_455.0),
            ("DEU.NAM.X.TOTAL.EUR", "2024-04", GAP),
        ]),
    ),
    (
        "09_eurostat.tsv",
        Figures(&[
            ("EU27_2020.CHN.X.TOTAL.EUR", "2025-01", 16_420.3e6),
            ("EU27_2020.CHN.X.TOTAL.EUR", "2025-02", 15_010.8e6),
            ("EU27_2020.CHN.X.TOTAL.EUR", "2025-03", GAP),
        ]),
    ),
    (
        "09_eurostat.tsv.gz",
        Figures(&[("EU27_2020.CHN.X.TOTAL.EUR", "2025-02", 15_010.8e6)]),
    ),
    (
        "10_ext_st.csv",
        Figures(&[
            ("EU27_2020.CHN.X.TOTAL.EUR", "2025-01", 16_420.3e6),
            ("EU27_2020.CHN.M.TOTAL.EUR", "2025-01", 45_110.0e6),
            ("EU27_2020.CHN.B.TOTAL.EUR", "2025-01", -28_689.7e6),
        ]),
    ),
    (
        "10b_eurostat_labels.csv",
        Figures(&[("DEU.CHN.X.TOTAL.EUR", "2024-01", 8_123_456_789.0)]),
    ),
    (
        "11_jsonstat.json",
        Figures(&[
            ("EU27_2020.CHN.X.TOTAL.EUR", "2025-01", 16_420.3e6),
            ("EU27_2020.CHN.X.TOTAL.EUR", "2025-02", 15_010.8e6),
        ]),
    ),
    (
        "12_generic.xml",
        Figures(&[("KOR.CHN.X.TOTAL.USD", "2019-10", 12_100_233_000.0)]),
    ),
    (
        "13_imf_wide.csv",
        Figures(&[
            ("KAZ.CHN.X.TOTAL.USD", "2024-01", 1_102.4e6),
            ("KAZ.CHN.X.TOTAL.USD", "2024-02", 1_055.9e6),
            ("KAZ.CHN.X.TOTAL.USD", "2024-03", 1_213.4e6),
        ]),
    ),
    (
        "13b_imf_rows.csv",
        Figures(&[
            ("KAZ.CHN.X.TOTAL.USD", "2024-01", 1_102.4e6),
            ("KAZ.CHN.X.TOTAL.USD", "2024-02", 1_055.9e6),
        ]),
    ),
    (
        "14_imf_m05.json",
        Figures(&[("KAZ.CHN.X.TOTAL.USD", "2025-05", 1_213_400_000.0)]),
    ),
    (
        "15a_tidy_semicolon_comma.csv",
        Refused(&["row 2", "`value`", "--decimal"]),
    ),
    (
        "15d_tidy_thousands_comma.csv",
        Figures(&[("DEU.KAZ.X.TOTAL.EUR", "2025-01", 41_597.1e6)]),
    ),
    (
        "15e_tidy_semicolon_point.csv",
        Refused(&["row 2", "`value`", "--decimal"]),
    ),
    (
        "16_period_dmy.csv",
        Figures(&[
            ("DEU.KAZ.X.TOTAL.EUR", "2025-01", 100e6),
            ("DEU.KAZ.X.TOTAL.EUR", "2025-02", 101e6),
        ]),
    ),
    (
        "16_period_mdy.csv",
        Refused(&["row 3", "2025-02", "2025-01", "--dates"]),
    ),
    (
        "16_period_mm_yyyy.csv",
        Figures(&[("DEU.KAZ.X.TOTAL.EUR", "2025-02", 101e6)]),
    ),
    (
        "16_period_ons.csv",
        Figures(&[("DEU.KAZ.X.TOTAL.EUR", "2025-02", 101e6)]),
    ),
    (
        "16_period_range.csv",
        Figures(&[("DEU.KAZ.X.TOTAL.EUR", "2025-01", 100e6)]),
    ),
    (
        "16_period_sdmx1.csv",
        Figures(&[("DEU.KAZ.X.TOTAL.EUR", "2025-02", 101e6)]),
    ),
    (
        "16_period_serial.csv",
        Refused(&["row 2", "45658", "2025-01-01"]),
    ),
    (
        "16_period_yyyymd.csv",
        Figures(&[("DEU.KAZ.X.TOTAL.EUR", "2025-02", 101e6)]),
    ),
    (
        "17_unit_1000_usd.csv",
        Figures(&[("DEU.KAZ.X.TOTAL.USD", "2025-01", 100e3)]),
    ),
    (
        "17_unit_euro.csv",
        Figures(&[("DEU.KAZ.X.TOTAL.EUR", "2025-01", 100.0)]),
    ),
    (
        "17_unit_lower.csv",
        Figures(&[("DEU.KAZ.X.TOTAL.USD", "2025-01", 100e6)]),
    ),
    (
        "17_unit_thousand_usd.csv",
        Figures(&[("DEU.KAZ.X.TOTAL.USD", "2025-01", 100e3)]),
    ),
    (
        "17_unit_us_dollar.csv",
        Figures(&[("DEU.KAZ.X.TOTAL.USD", "2025-01", 100e6)]),
    ),
    (
        "17_unit_usd_000.csv",
        Figures(&[("DEU.KAZ.X.TOTAL.USD", "2025-01", 100e3)]),
    ),
    (
        "17_unit_usd_1_000.csv",
        Figures(&[("DEU.KAZ.X.TOTAL.USD", "2025-01", 100e3)]),
    ),
    ("17_unit_usd_B.csv", Refused(&["row 2", "`unit`", "USD bn"])),
    (
        "17_unit_usd_T.csv",
        Refused(&["row 2", "`unit`", "USD trn"]),
    ),
    (
        "17_unit_usd_m.csv",
        Figures(&[("DEU.KAZ.X.TOTAL.USD", "2025-01", 100e6)]),
    ),
    (
        "17_unit_usd_thousand.csv",
        Figures(&[("DEU.KAZ.X.TOTAL.USD", "2025-01", 100e3)]),
    ),
    (
        "18_area_alpha2.csv",
        Figures(&[("DEU.KAZ.X.TOTAL.EUR", "2025-01", 100e6)]),
    ),
    (
        "18_area_flow_export.csv",
        Figures(&[("DEU.KAZ.X.TOTAL.EUR", "2025-01", 100e6)]),
    ),
    (
        "18_area_flowlower.csv",
        Figures(&[("DEU.KAZ.X.TOTAL.EUR", "2025-01", 100e6)]),
    ),
    (
        "18_area_flowword.csv",
        Figures(&[("DEU.KAZ.X.TOTAL.EUR", "2025-01", 100e6)]),
    ),
    (
        "18_area_long_name.csv",
        Figures(&[("DEU.VNM.X.TOTAL.EUR", "2025-01", 100e6)]),
    ),
    (
        "18_area_name.csv",
        Figures(&[("DEU.CHN.X.TOTAL.EUR", "2025-01", 100e6)]),
    ),
    (
        "18a_gacc_express.xlsx",
        Figures(&[("CHN.DEU.X.TOTAL.CNY", "2025-05", 70.02e9)]),
    ),
    (
        "18b_gacc_ratio_colon.xlsx",
        Figures(&[("CHN.DEU.X.TOTAL.CNY", "2025-05", 70.02e9)]),
    ),
    (
        "18c_gacc_title_usd_unit_cny.xlsx",
        Refused(&["row 2", "USD"]),
    ),
    (
        "18f_gacc_growth_bare.xlsx",
        // The growth is that of the cumulative: `growth-unstated.xlsx` of `china_test`.
        Figures(&[("CHN.DEU.X.TOTAL.CNY", "2025-05", 70.02e9)]),
    ),
    (
        "18j_gacc_english.xlsx",
        Figures(&[("CHN.KAZ.T.TOTAL.USD", "2025-05", 3_900_123_000.0)]),
    ),
    (
        "18k_gacc_text_numbers.xlsx",
        Figures(&[("CHN.DEU.X.TOTAL.CNY", "2025-05", 70.02e9)]),
    ),
    ("18m_gacc_all_names_flat.xlsx", Figures(&[])),
    (
        "19_value_NA.csv",
        Refused(&["row 2", "`value`", "leave it empty for a gap"]),
    ),
    (
        "19_value_apos.csv",
        Figures(&[("DEU.KAZ.X.TOTAL.EUR", "2025-01", 1_234.5e6)]),
    ),
    (
        "19_value_colon.csv",
        Refused(&["row 2", "`value`", "leave it empty for a gap"]),
    ),
    (
        "19_value_dash.csv",
        Refused(&["row 2", "`value`", "leave it empty for a gap"]),
    ),
    (
        "19_value_dots.csv",
        Refused(&["row 2", "`value`", "leave it empty for a gap"]),
    ),
    (
        "19_value_na.csv",
        Refused(&["row 2", "`value`", "leave it empty for a gap"]),
    ),
    (
        "19_value_nbsp.csv",
        Figures(&[("DEU.KAZ.X.TOTAL.EUR", "2025-01", 1_234.5e6)]),
    ),
    (
        "19_value_neg.csv",
        Refused(&["row 2", "`value`", "zero or more"]),
    ),
    (
        "19_value_sci.csv",
        Figures(&[("DEU.KAZ.X.TOTAL.EUR", "2025-01", 1.23e11)]),
    ),
    (
        "19_value_space.csv",
        Figures(&[("DEU.KAZ.X.TOTAL.EUR", "2025-01", 1_234.5e6)]),
    ),
    (
        "19_value_star.csv",
        Refused(&["row 2", "`value`", "100.5*"]),
    ),
    (
        "19_value_zero.csv",
        Figures(&[("DEU.KAZ.X.TOTAL.EUR", "2025-01", 0.0)]),
    ),
    ("19a_census_country.xlsx", Figures(&[])),
    ("19b_tidy.xlsx", Figures(&[])),
    ("20a_tidy_utf16.csv", Figures(&[])),
    ("20b_tidy_bom.csv", Figures(&[])),
    ("20c_tidy_cr.csv", Figures(&[])),
    (
        "20e_footnote.csv",
        Figures(&[("DEU.KAZ.X.TOTAL.EUR", "2025-01", 100e6)]),
    ),
    ("20g_tidy_latin1.csv", Figures(&[])),
    (
        "21_baci.csv",
        Figures(&[("KAZ.CHN.X.HS-270900.USD", "2023", 4_120_334_112.0)]),
    ),
    (
        "19c_census_former.csv",
        Figures(&[
            ("USA.SUN.M.TOTAL.USD", "1991-01", 10.5e6),
            ("USA.CTY4802.X.TOTAL.USD", "2007-02", 6e6),
            ("USA.ANT.M.TOTAL.USD", "2007-01", 7e6),
        ]),
    ),
    (
        "20h_note_commas.csv",
        Figures(&[("DEU.KAZ.X.TOTAL.EUR", "2025-02", 101.5e6)]),
    ),
    (
        "21b_baci_index.csv",
        Figures(&[("KAZ.CHN.X.HS-870323.USD", "2023", 12_500.0)]),
    ),
    (
        "23_japan.csv",
        Figures(&[("JPN.CHN.X.HS-870323.JPY", "2024-01", 1_210_450_000.0)]),
    ),
    (
        "24_many.zip",
        Figures(&[("KAZ.CHN.X.TOTAL.USD", "2024-03", 1_213_400_000.0)]),
    ),
    ("25_china_query_gbk.csv", Refused(&["--flow"])),
    ("26a_statehs.json", Refused(&["STATE"])),
    ("26b_naics.json", Refused(&["NAICS"])),
    ("26c_no_cty.json", Refused(&["CTY_CODE"])),
    (
        "26e_hs_levels.json",
        Figures(&[
            ("USA.CHN.M.HS-87.USD", "2024-05", 900.0),
            ("USA.CHN.M.HS-8703.USD", "2024-05", 500.0),
            ("USA.CHN.M.HS-870323.USD", "2024-05", 200.0),
            ("USA.CHN.M.TOTAL.USD", "2024-05", 9_000.0),
        ]),
    ),
    (
        "26g_usatradeonline.csv",
        Figures(&[("US-IL.CHN.X.HS-01.USD", "2016-07", 7_185.0)]),
    ),
    (
        "26h_year_only.json",
        Figures(&[("USA.CHN.M.TOTAL.USD", "2024", 900.0)]),
    ),
    (
        "26i_port.json",
        Figures(&[("USA.CHN.M.HS-8703.USD", "2024-05", 1_900.0)]),
    ),
    ("26j_error.json", Refused(&["unknown variable"])),
    ("26k_html.html", Refused(&["web page"])),
    ("27_census_absent_months.json", Figures(&[])),
    ("28_extra_dimension.csv", Refused(&["REF_SECTOR"])),
    ("29_attr_index.json", Refused(&["5"])),
    (
        "30_time.csv",
        Figures(&[("GBR.CHN.M.TOTAL.USD", "2024-03", 6_100.0)]),
    ),
    ("31_abs.csv", Refused(&["reporter", "flow"])),
    (
        "31c_groups.csv",
        Figures(&[
            ("CZE.KAZ.X.TOTAL.USD", "2024-03", 6_100e6),
            ("TLS.KAZ.X.TOTAL.USD", "2024-03", 6_100e6),
        ]),
    ),
    (
        "33_000total.dat",
        Figures(&[("DEU.CHN.M.TOTAL.EUR", "2024-05", 14_700_000_000.0)]),
    ),
    (
        "34_self.csv",
        Figures(&[
            ("CHN.CHN.M.TOTAL.USD", "2024-03", 9.8e9),
            ("CHN.UN899.M.TOTAL.USD", "2024-03", 10.0),
        ]),
    ),
    (
        "35_comtrade_us_cif.csv",
        Figures(&[("USA.CHN.M.TOTAL.USD", "2025-11", 23_500_000_000.0)]),
    ),
    (
        "36_plain.csv",
        Refused(&[
            "date, value, partner",
            "2025-01",
            "--reporter",
            "--flow",
            "--unit",
        ]),
    ),
    (
        "36b_wide.csv",
        Refused(&["date, China, Germany, Kazakhstan", "--wide", "--reporter"]),
    ),
    (
        "36d_tidy_min.csv",
        Figures(&[("USA.CHN.M.TOTAL.USD", "2025-01", 1_200e3)]),
    ),
    (
        "36e_tidy_no_tail.csv",
        Figures(&[("USA.CHN.M.TOTAL.USD", "2025-01", 1_200e3)]),
    ),
    (
        "37_unit_slip.csv",
        Figures(&[("KAZ.CHN.X.TOTAL.USD", "2019-01", 900e6)]),
    ),
    ("37b_good.csv", Figures(&[])),
    ("37c_unit_slip_last2.csv", Figures(&[])),
    ("38_cumulative_as_months.csv", Figures(&[])),
    ("38b_cumulative_as_releases.csv", Figures(&[])),
    ("38c_range_words.csv", Refused(&["row 3", "2025-01-01/P5M"])),
    ("38d_cumulative_6y_as_months.csv", Figures(&[])),
    ("39_negative_comext.dat", Refused(&["-1200"])),
    (
        "42_suppressed_zero.csv",
        Figures(&[
            ("NZL.CHN.M.TOTAL.USD", "2024-03", GAP),
            ("NZL.CHN.M.TOTAL.USD", "2024-04", GAP),
            ("NZL.CHN.M.TOTAL.USD", "2024-05", 812e6),
        ]),
    ),
    (
        "43_ths_usd.csv",
        Figures(&[("UZB.CHN.X.TOTAL.USD", "2024-03", 6.1e6)]),
    ),
    (
        "43b_usd_exc.csv",
        Figures(&[("UZB.CHN.X.TOTAL.USD", "2024-03", 6_100_000_000.0)]),
    ),
    (
        "44_own_tidy.csv",
        Figures(&[("KAZ.CHN.X.TOTAL.USD", "2018-01", 1_282_422_900.0)]),
    ),
    (
        "44b_own_long.csv",
        Figures(&[("KAZ.CHN.X.TOTAL.USD", "2018-01", 1_282_422_900.0)]),
    ),
];

/// Cases that do not yet give what they must, each with the reason.
const SHORT: &[(&str, &str)] = &[];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/import_cases")
}

/// Return how a file differs from what it must give.
fn difference(file: &Path, expected: &Expected) -> Option<String> {
    let read = formats::read(file, None, InvalidRows::Refuse)
        .and_then(|(format, parsed)| with_known_codes(parsed, format, &[]))
        .and_then(ParsedFile::without_future);
    match (read, expected) {
        (Ok(parsed), Figures(figures)) => figures
            .iter()
            .find_map(|(series, period, value)| missing(&parsed, series, period, *value)),
        (Err(error), Refused(texts)) => {
            let error = error.to_string();
            let missing: Vec<_> = texts
                .iter()
                .filter(|text| !error.contains(**text))
                .collect();
            (!missing.is_empty()).then(|| format!("the refusal lacks {missing:?}: {error}"))
        }
        (Ok(_), Refused(texts)) => Some(format!("it is read, not refused with {texts:?}")),
        (Err(error), Figures(_)) => Some(error.to_string()),
    }
}

/// Return how a figure differs from what it must be.
fn missing(parsed: &ParsedFile, series: &str, period: &str, value: f64) -> Option<String> {
    let figures = &parsed.figures;
    let mut rows = figures.rows().iter();
    let found = rows.find(|row| {
        row.measure.word() == "level"
            && figures.key(row.key).to_string() == series
            && row.span.to_string() == period
    });
    match found {
        None => {
            let keys: Vec<String> = figures.keys().iter().map(ToString::to_string).collect();
            Some(format!(
                "no figure of {series} in {period}, but of {keys:?}"
            ))
        }
        Some(row) if row.value.is_nan() && value.is_nan() => None,
        Some(row) if (row.value - value).abs() <= 1e-9 * value.abs() => None,
        Some(row) => Some(format!(
            "{series} in {period} is {}, not {value}",
            row.value
        )),
    }
}

#[test]
fn every_case_is_read_right_or_refused_with_what_to_do() {
    let files = std::fs::read_dir(folder()).unwrap();
    let names: Vec<String> = files
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect();
    for name in &names {
        assert!(
            CASES.iter().any(|(case, _)| case == name),
            "{name} has no expected result"
        );
    }
    let mut wrong = Vec::new();
    for (name, expected) in CASES {
        assert!(names.iter().any(|file| file == name), "{name} is no file");
        let found = difference(&folder().join(name), expected);
        let short = SHORT.iter().find(|(case, _)| case == name);
        match (found, short) {
            (Some(found), None) => wrong.push(format!("{name}: {found}")),
            (None, Some((_, reason))) => {
                wrong.push(format!("{name} no longer falls short: {reason}"))
            }
            _ => {}
        }
    }
    assert!(
        wrong.is_empty(),
        "{} cases:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}
