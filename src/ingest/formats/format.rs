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
    /// SDMX-ML, structure-specific.
    SdmxMl,
    /// SDMX-JSON data messages 1.0 and 2.0.
    SdmxJson,
    /// UN Comtrade version 1 as CSV.
    ComtradeCsv,
    /// UN Comtrade version 1 as JSON.
    ComtradeJson,
    /// Eurostat Comext in bulk.
    Comext,
    /// The US Census Bureau's API.
    Census,
    /// The country tables of China's customs, xls, xlsx or HTML.
    ChinaCustoms,
}

impl Format {
    /// Every format.
    pub const ALL: [Self; 10] = [
        Self::Tidy,
        Self::Long,
        Self::SdmxCsv,
        Self::SdmxMl,
        Self::SdmxJson,
        Self::ComtradeCsv,
        Self::ComtradeJson,
        Self::Comext,
        Self::Census,
        Self::ChinaCustoms,
    ];

    /// Return the name that options and messages use.
    pub fn word(self) -> &'static str {
        match self {
            Self::Tidy => "tidy",
            Self::Long => "long",
            Self::SdmxCsv => "sdmx-csv",
            Self::SdmxMl => "sdmx-ml",
            Self::SdmxJson => "sdmx-json",
            Self::ComtradeCsv => "comtrade-csv",
            Self::ComtradeJson => "comtrade-json",
            Self::Comext => "comext",
            Self::Census => "census",
            Self::ChinaCustoms => "china-customs",
        }
    }

    /// Return the format of a name; `None` for any other text.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|format| format.word() == text.trim())
    }

    /// Return the sign that the format is recognised by, in words.
    pub(super) fn sign(self) -> &'static str {
        match self {
            Self::Tidy => {
                "the columns kind, reporter, partner, measure, period, value (CSV or Parquet)"
            }
            Self::Long => "the columns unique_id, ds, y (CSV or Parquet)",
            Self::SdmxCsv => "a first column DATAFLOW or STRUCTURE",
            Self::SdmxMl => "the XML element StructureSpecificData",
            Self::SdmxJson => "a JSON object with dataSets",
            Self::ComtradeCsv => "the columns reporterCode, flowCode, primaryValue",
            Self::ComtradeJson => "a JSON object with count and data",
            Self::Comext => "the columns PRODUCT_NC, FLOW, PERIOD and VALUE_EUR",
            Self::Census => "a JSON array of arrays with CTY_CODE",
            Self::ChinaCustoms => "an Excel workbook",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}
