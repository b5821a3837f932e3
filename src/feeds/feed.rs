//! The services.

use crate::ingest::Format;

/// An official service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Feed {
    /// UN Comtrade, version 1.
    Comtrade,
    /// IMF data API, data set IMTS.
    Imf,
    /// Eurostat Comext API, data set DS-045409.
    Eurostat,
    /// API of the US Census Bureau.
    Census,
}

impl Feed {
    /// Return the address of the service.
    pub fn base(self) -> &'static str {
        match self {
            Self::Comtrade => "https://comtradeapi.un.org",
            Self::Imf => "https://api.imf.org/external/sdmx/2.1",
            Self::Eurostat => "https://ec.europa.eu/eurostat/api/comext/dissemination/sdmx/2.1",
            Self::Census => "https://api.census.gov",
        }
    }

    /// Return the name of the service in file names and messages.
    pub fn word(self) -> &'static str {
        match self {
            Self::Comtrade => "comtrade",
            Self::Imf => "imf",
            Self::Eurostat => "eurostat",
            Self::Census => "census",
        }
    }

    /// Return the format of its answers.
    pub fn format(self) -> Format {
        match self {
            Self::Comtrade => Format::ComtradeJson,
            Self::Imf | Self::Eurostat => Format::SdmxCsv,
            Self::Census => Format::Census,
        }
    }

    /// Whether an answer is one JSON document, else rows of CSV.
    pub(super) fn is_json(self) -> bool {
        matches!(self, Self::Comtrade | Self::Census)
    }

    /// Return the extension of an answer file.
    pub(super) fn extension(self) -> &'static str {
        if self.is_json() { "json" } else { "csv" }
    }
}
