//! Statuses of figures that are withheld or missing: a zero beside one is a gap, in every format
//! that carries a status.

use super::test::read_text;

const SDMX: &str = "DATAFLOW,FREQ,REF_AREA,COUNTERPART_AREA,TRADE_FLOW,UNIT_MEASURE,UNIT_MULT,\
                    TIME_PERIOD,OBS_VALUE,OBS_STATUS,CONF_STATUS";
const STATCAN: &str = "REF_DATE,GEO,Trade,Basis,Seasonal adjustment,Principal trading partners,\
                       UOM,SCALAR_FACTOR,VECTOR,VALUE,STATUS";
const TIDY: &str = "reporter,partner,flow,period,value,unit,status";

/// Return `value,status` of the figure of February 2024 in a file whose row of it has `value` and
/// `status`; January has another value.
fn february(format: &str, value: &str, status: &str) -> String {
    let text = match format {
        "sdmx-csv" | "conf" => {
            let (status, conf) = match format {
                "conf" => ("A", status),
                _ => (status, "F"),
            };
            format!(
                "{SDMX}\nO:D(1),M,DEU,CHN,X,USD,6,2024-01,5,A,F\n\
                 O:D(1),M,DEU,CHN,X,USD,6,2024-02,{value},{status},{conf}\n"
            )
        }
        "sdmx-ml" => format!(
            "<StructureSpecificData><DataSet><Series FREQ=\"M\" REF_AREA=\"DEU\" \
             COUNTERPART_AREA=\"CHN\" TRADE_FLOW=\"X\" UNIT_MEASURE=\"USD\" UNIT_MULT=\"6\">\
             <Obs TIME_PERIOD=\"2024-01\" OBS_VALUE=\"5\"/>\
             <Obs TIME_PERIOD=\"2024-02\" OBS_VALUE=\"{value}\" OBS_STATUS=\"{status}\"/>\
             </Series></DataSet></StructureSpecificData>"
        ),
        "json-stat" => format!(
            r#"{{"version": "2.0", "class": "dataset",
                "id": ["freq", "stk_flow", "indic_et", "partner", "sitc06", "geo", "time"],
                "size": [1, 1, 1, 1, 1, 1, 2], "value": [5, {value}], "status": {{"1": "{status}"}},
                "dimension": {{"freq": {{"category": {{"index": {{"M": 0}}}}}},
                "stk_flow": {{"category": {{"index": {{"EXP": 0}}}}}},
                "indic_et": {{"category": {{"index": ["TRD_VAL"]}}}},
                "partner": {{"category": {{"index": ["CN"]}}}},
                "sitc06": {{"category": {{"index": {{"TOTAL": 0}}}}}},
                "geo": {{"category": {{"index": {{"DE": 0}}}}}},
                "time": {{"category": {{"index": {{"2024-01": 0, "2024-02": 1}}}}}}}}}}"#
        ),
        "eurostat-tsv" => format!(
            "freq,stk_flow,indic_et,partner,sitc06,geo\\TIME_PERIOD\t2024-01 \t2024-02 \n\
             M,EXP,TRD_VAL,CN,TOTAL,DE\t5 \t{value} {status}\n"
        ),
        "dots" => format!(
            "Country Name,Country Code,Indicator Code,Counterpart Country Name,\
             Counterpart Country Code,Attribute,2024M1,2024M2\n\
             Germany,134,TXG_FOB_USD,China,924,Value,5,{value}\n\
             Germany,134,TXG_FOB_USD,China,924,Status,,{status}\n"
        ),
        "statcan" => format!(
            "{STATCAN}\n2024-01,Canada,Export,Customs,Unadjusted,China,Dollars,millions,v1,5,\n\
             2024-02,Canada,Export,Customs,Unadjusted,China,Dollars,millions,v1,{value},{status}\n"
        ),
        _ => format!(
            "{TIDY}\nDEU,CHN,X,2024-01,5,USD mn,\nDEU,CHN,X,2024-02,{value},USD mn,{status}\n"
        ),
    };
    let found = read_text(&text);
    let line = found.lines().find(|line| line.contains(",2024-02,"));
    let Some(line) = line else {
        return found;
    };
    let cells: Vec<&str> = line.split(',').collect();
    format!("{},{}", cells[7], cells[9])
}

#[test]
fn a_zero_that_stands_for_no_figure_is_a_gap() {
    for (format, value, status, expected) in [
        // Code list CL_OBS_STATUS: O missing, Q suppressed, M cannot exist, L not collected, K in
        // another category, H a holiday; N is not significant, a real figure near zero.
        ("sdmx-csv", "0", "O", ",published"),
        ("sdmx-csv", "0", "Q", ",published"),
        ("sdmx-csv", "0", "K", ",published"),
        ("sdmx-csv", "-999", "M", ",published"),
        ("sdmx-csv", "0", "A", "0,published"),
        ("sdmx-csv", "0", "N", "0,published"),
        ("conf", "0", "C", ",published"),
        ("conf", "0", "N", ",published"),
        ("conf", "0", "F", "0,published"),
        ("conf", "7", "C", "7,published"),
        ("sdmx-ml", "0", "O", ",published"),
        ("sdmx-ml", "0", "A", "0,published"),
        ("json-stat", "0", "c", ",published"),
        ("json-stat", "0", ":", ",published"),
        ("json-stat", "0", "p", "0,preliminary"),
        ("eurostat-tsv", "0", "c", ",published"),
        ("eurostat-tsv", "0", "bc", ",published"),
        ("eurostat-tsv", "0", "n", "0,published"),
        ("dots", "0", "C", ",published"),
        ("dots", "0", "", "0,published"),
        ("dots", "7", "E", "7,estimated"),
        ("statcan", "0", "x", ",published"),
        ("statcan", "0", "..", ",published"),
        ("statcan", "", "F", ",published"),
        ("statcan", "0", "p", "0,preliminary"),
        ("statcan", "0", "", "0,published"),
        ("tidy", "0", "confidential", ",confidential"),
        ("tidy", "0", "c", ",c"),
        ("tidy", "0", "missing", ",missing"),
        ("tidy", "0", "published", "0,published"),
        ("tidy", "7", "c", "7,c"),
    ] {
        let found = february(format, value, status);
        assert_eq!(found, expected, "{format}: {value} with {status}");
    }
}
