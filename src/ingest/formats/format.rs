//! The formats that can be read, and their names.

use std::fmt;

/// The format of a file of figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// This project's own layout, CSV or Parquet.
    Tidy,
    /// `unique_id, ds, y`, CSV or Parquet; the names must be series keys.
    Long,
    /// SDMX-CSV 1.0 and 2.x, the IMF's IMTS and Eurostat's API among them.
    SdmxCsv,
    /// SDMX-ML, structure-specific, compact or generic.
    SdmxMl,
    /// SDMX-JSON data messages 1.0 and 2.0.
    SdmxJson,
    /// Eurostat's tab-separated tables, a column a period.
    EurostatTsv,
    /// JSON-stat, as Eurostat's API answers.
    JsonStat,
    /// The IMF's tables with a column a period.
    ImfTable,
    /// UN Comtrade version 1 as CSV.
    ComtradeCsv,
    /// UN Comtrade version 1 as JSON.
    ComtradeJson,
    /// Eurostat Comext in bulk.
    Comext,
    /// The US Census Bureau's API.
    Census,
    /// Tables of USA Trade Online, titles above the header.
    UsaTradeOnline,
    /// The Census Bureau's table of trade by country and year, a column a month.
    CensusTable,
    /// Extractions of Eurostat's Easy Comext with labels.
    EasyComext,
    /// Tables of the World Bank's WITS.
    Wits,
    /// BACI of the CEPII.
    Baci,
    /// Tables of Statistics Canada.
    StatCan,
    /// Exports of SingStat's Table Builder.
    SingStat,
    /// Exports of INEGI's bank of information.
    Inegi,
    /// Workbooks of Eurostat's Data Browser.
    DataBrowser,
    /// Tables of Brazil's Comex Stat.
    ComexStat,
    /// Tables of Japan Customs.
    Japan,
    /// Workbooks of the USITC's DataWeb.
    DataWeb,
    /// Commodity trade of data.un.org.
    UnData,
    /// Tables of India's TradeStat.
    TradeStat,
    /// The country tables of China's customs, xls, xlsx or HTML.
    ChinaCustoms,
    /// Any table, read by a mapping.
    Mapped,
}

impl Format {
    /// Every format.
    pub const ALL: [Self; 28] = [
        Self::Tidy,
        Self::Long,
        Self::SdmxCsv,
        Self::SdmxMl,
        Self::SdmxJson,
        Self::EurostatTsv,
        Self::JsonStat,
        Self::ImfTable,
        Self::ComtradeCsv,
        Self::ComtradeJson,
        Self::Comext,
        Self::Census,
        Self::UsaTradeOnline,
        Self::CensusTable,
        Self::EasyComext,
        Self::Wits,
        Self::Baci,
        Self::StatCan,
        Self::SingStat,
        Self::Inegi,
        Self::DataBrowser,
        Self::ComexStat,
        Self::Japan,
        Self::DataWeb,
        Self::UnData,
        Self::TradeStat,
        Self::ChinaCustoms,
        Self::Mapped,
    ];

    /// Return the name that options and messages use.
    pub fn word(self) -> &'static str {
        match self {
            Self::Tidy => "tidy",
            Self::Long => "long",
            Self::SdmxCsv => "sdmx-csv",
            Self::SdmxMl => "sdmx-ml",
            Self::SdmxJson => "sdmx-json",
            Self::EurostatTsv => "eurostat-tsv",
            Self::JsonStat => "json-stat",
            Self::ImfTable => "imf-table",
            Self::ComtradeCsv => "comtrade-csv",
            Self::ComtradeJson => "comtrade-json",
            Self::Comext => "comext",
            Self::Census => "census",
            Self::UsaTradeOnline => "usa-trade-online",
            Self::CensusTable => "census-table",
            Self::EasyComext => "easy-comext",
            Self::Wits => "wits",
            Self::Baci => "baci",
            Self::StatCan => "statcan",
            Self::SingStat => "singstat",
            Self::Inegi => "inegi",
            Self::DataBrowser => "data-browser",
            Self::ComexStat => "comex-stat",
            Self::Japan => "japan-customs",
            Self::DataWeb => "usitc-dataweb",
            Self::UnData => "un-data",
            Self::TradeStat => "india-tradestat",
            Self::ChinaCustoms => "china-customs",
            Self::Mapped => "mapped",
        }
    }

    /// Return the format of a name; `None` for any other text.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|format| format.word() == text.trim())
    }

    /// Return the columns that show a table of the format; none where others show it.
    pub(super) fn columns(self) -> &'static [&'static str] {
        match self {
            Self::Tidy => &["reporter", "partner", "flow", "period", "value", "unit"],
            Self::Long => &["unique_id", "ds", "y"],
            Self::SdmxCsv => &["DATAFLOW", "TIME_PERIOD", "OBS_VALUE"],
            Self::ComtradeCsv => &["reporterCode", "partnerCode", "flowCode", "primaryValue"],
            Self::Comext => &[
                "REPORTER",
                "PARTNER",
                "PRODUCT_NC",
                "FLOW",
                "PERIOD",
                "VALUE_EUR",
            ],
            _ => &[],
        }
    }

    /// Return the sign that the format is recognised by, in words.
    pub fn sign(self) -> &'static str {
        match self {
            Self::Tidy => {
                "the columns kind, reporter, partner, measure, period, value (CSV or Parquet)"
            }
            Self::Long => "the columns unique_id, ds, y (CSV or Parquet)",
            Self::SdmxCsv => "a first column DATAFLOW or STRUCTURE",
            Self::SdmxMl => "the XML element StructureSpecificData or GenericData",
            Self::SdmxJson => "a JSON object with dataSets",
            Self::EurostatTsv => "a first column that ends in \\\\TIME_PERIOD",
            Self::JsonStat => "a JSON object with dimension and value",
            Self::ImfTable => "the columns SERIES_CODE, COUNTRY, INDICATOR and periods",
            Self::ComtradeCsv => "the columns reporterCode, flowCode, primaryValue",
            Self::ComtradeJson => "a JSON object with count and data",
            Self::Comext => "the columns PRODUCT_NC, FLOW, PERIOD and VALUE_EUR",
            Self::Census => "a JSON array of arrays with CTY_CODE",
            Self::UsaTradeOnline => "the columns Country, Time and measures in ($US)",
            Self::CensusTable => "the columns year, CTY_CODE, IJAN or EJAN",
            Self::EasyComext => "the columns REPORTER_LAB, PARTNER_LAB, PRODUCT, FLOW, PERIOD",
            Self::Wits => {
                "the columns Reporter, Partner, Indicator and years, or TradeValue in 1000 USD"
            }
            Self::Baci => "the columns t, i, j, k, v, q",
            Self::StatCan => "the columns REF_DATE, GEO, UOM, VECTOR, VALUE",
            Self::SingStat => "a column `Data Series` before months",
            Self::Inegi => "the columns desc_entity, id_indicator, indicator",
            Self::DataBrowser => "a workbook with Dataset: above a row TIME",
            Self::ComexStat => "columns of values in US$ FOB beside Países, Ano or Fluxo",
            Self::Japan => "a first column `Exp or Imp` or `Years/Months`",
            Self::DataWeb => "a sheet of the query before one with Data Type and years or months",
            Self::UnData => "the columns Country or Area, Comm. Code, Flow, Trade (USD)",
            Self::TradeStat => "the columns S.No., HSCode or Country, and years or months",
            Self::ChinaCustoms => "a title with 总值表 or by country",
            Self::Mapped => "any table, with --map",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}
