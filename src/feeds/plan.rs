//! What to ask a service for, as queries of one year at most.

use crate::ingest::{Format, formats::areas};
use crate::trade::{Code, Month};
use std::fmt;

/// A service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Feed {
    /// UN Comtrade, version 1.
    Comtrade,
    /// The IMF's data API, IMTS.
    Imf,
    /// Eurostat's Comext API, DS-045409.
    Eurostat,
    /// The US Census Bureau's API.
    Census,
}

impl Feed {
    /// Where the service is.
    pub fn base(self) -> &'static str {
        match self {
            Self::Comtrade => "https://comtradeapi.un.org",
            Self::Imf => "https://api.imf.org/external/sdmx/2.1",
            Self::Eurostat => "https://ec.europa.eu/eurostat/api/comext/dissemination/sdmx/2.1",
            Self::Census => "https://api.census.gov",
        }
    }

    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Comtrade => "comtrade",
            Self::Imf => "imf",
            Self::Eurostat => "eurostat",
            Self::Census => "census",
        }
    }

    /// The format of its answers.
    pub fn format(self) -> Format {
        match self {
            Self::Comtrade => Format::ComtradeJson,
            Self::Imf | Self::Eurostat => Format::SdmxCsv,
            Self::Census => Format::Census,
        }
    }

    /// Whether an answer is one document of JSON, else rows of CSV.
    pub(super) fn is_json(self) -> bool {
        matches!(self, Self::Comtrade | Self::Census)
    }

    fn extension(self) -> &'static str {
        if self.is_json() { "json" } else { "csv" }
    }
}

/// What is wanted, in this project's codes.
#[derive(Debug, Clone)]
pub struct FeedRequest {
    /// The service.
    pub feed: Feed,
    /// Where it is, without a slash at the end.
    pub base: String,
    /// Who reports; `USA` alone for the Census Bureau.
    pub reporter: Code,
    /// The other sides; `WLD` the world. Of Comtrade and the Census Bureau none means all.
    pub partners: Vec<Code>,
    /// Years, each a query of its own.
    pub years: std::ops::RangeInclusive<i32>,
    /// Months, else years.
    pub monthly: bool,
    /// A product by the service's own code; `TOTAL` for all goods.
    pub product: String,
    /// Queries of this year and later are asked again where their file is there.
    pub again_from: Option<i32>,
    /// The key of Comtrade or the Census Bureau.
    pub key: Option<String>,
}

/// The months of a year, a [`bit`] each.
pub(super) const ALL_MONTHS: u16 = 0b1111_1111_1111;

/// The bit of a month, 1 to 12.
pub(super) fn bit(month: u8) -> u16 {
    1_u16
        .checked_shl(u32::from(month.saturating_sub(1)))
        .unwrap_or(0)
}

/// One query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// The service.
    pub feed: Feed,
    /// Whether to ask although the file is there.
    pub again: bool,
    /// How many records an answer has at most, where the service cuts without saying so.
    pub limit: Option<usize>,
    /// The address without its parameters.
    pub(super) address: String,
    pub(super) parameters: Vec<(&'static str, String)>,
    /// A header with a key: never shown, never part of a name.
    pub(super) secret: Option<(&'static str, String)>,
    /// The key as a parameter.
    pub(super) secret_parameter: Option<(&'static str, String)>,
    pub(super) accept: &'static str,
    /// The year that is asked for.
    pub(super) year: i32,
    /// The months of it that are asked for, a [`bit`] each.
    pub(super) months: u16,
    /// How many series an answer has at least once everything is out.
    pub(super) series: usize,
    name: String,
}

impl FeedRequest {
    /// One query a year.
    ///
    /// # Errors
    /// The area that the service has no code for, or what it has no figures of.
    pub fn queries(&self) -> Result<Vec<Query>, String> {
        let years: Vec<i32> = self.years.clone().collect();
        if years.is_empty() {
            return Err("expected a first year that is not after the last".to_owned());
        }
        let mut queries = Vec::new();
        for year in years {
            match self.feed {
                Feed::Census => queries.extend(self.census(year)?),
                _ => queries.push(self.query(year)?),
            }
        }
        Ok(queries)
    }

    fn query(&self, year: i32) -> Result<Query, String> {
        let area = |code: &Code| {
            let told = match self.feed {
                Feed::Comtrade => areas::comtrade(code),
                Feed::Imf => Some(imf(code)),
                Feed::Eurostat => areas::geonom(code),
                Feed::Census => areas::schedule_c(code),
            };
            told.ok_or_else(|| format!("`{code}` has no code at {}", self.feed.word()))
        };
        let partners = self
            .partners
            .iter()
            .map(area)
            .collect::<Result<Vec<_>, _>>()?;
        let frequency = if self.monthly { "M" } else { "A" };
        let product = self.product.as_str();
        let (start, end) = if self.monthly {
            (format!("{year}-01"), format!("{year}-12"))
        } else {
            (year.to_string(), year.to_string())
        };
        let base = self.base.trim_end_matches('/');
        let mut query = Query {
            feed: self.feed,
            again: self.again_from.is_some_and(|from| year >= from),
            limit: None,
            address: String::new(),
            parameters: Vec::new(),
            secret: None,
            secret_parameter: None,
            accept: "application/json",
            year,
            months: ALL_MONTHS,
            // Imports and exports.
            series: 2 * partners.len().max(1),
            name: format!("{}_{}_{year}_{frequency}", self.feed.word(), self.reporter),
        };
        match self.feed {
            Feed::Comtrade => {
                // Without a key there is the preview alone, of 500 records.
                let door = if self.key.is_some() {
                    "data/v1/get"
                } else {
                    "public/v1/preview"
                };
                query.limit = Some(if self.key.is_some() { 100_000 } else { 500 });
                query.address = format!("{base}/{door}/C/{frequency}/HS");
                let period = if self.monthly {
                    (1..=12)
                        .map(|m| format!("{year}{m:02}"))
                        .collect::<Vec<_>>()
                        .join(",")
                } else {
                    year.to_string()
                };
                query.parameters = vec![
                    ("reporterCode", area(&self.reporter)?),
                    ("period", period),
                    ("cmdCode", product.to_owned()),
                    ("flowCode", "M,X".to_owned()),
                    ("partner2Code", "0".to_owned()),
                    ("customsCode", "C00".to_owned()),
                    ("motCode", "0".to_owned()),
                    ("includeDesc", "true".to_owned()),
                ];
                if !partners.is_empty() {
                    query.parameters.push(("partnerCode", partners.join(",")));
                }
                query.secret = self
                    .key
                    .clone()
                    .map(|key| ("Ocp-Apim-Subscription-Key", key));
            }
            Feed::Imf => {
                if !product.eq_ignore_ascii_case("TOTAL") {
                    let expected =
                        "expected the product TOTAL: the IMF has trade in all goods alone";
                    return Err(format!("{expected}, not `{product}`"));
                }
                let key = format!(
                    "{}.XG_FOB_USD+MG_CIF_USD.{}.{frequency}",
                    area(&self.reporter)?,
                    partners.join("+")
                );
                query.address = format!("{base}/data/IMF.STA,IMTS,1.0.0/{key}");
                query.parameters = vec![("startPeriod", start), ("endPeriod", end)];
                query.accept = "application/vnd.sdmx.data+csv;version=1.0.0";
            }
            Feed::Eurostat => {
                // Without a filter on partner the service finds the extraction too big.
                if partners.is_empty() {
                    return Err(
                        "expected at least one partner: Comext refuses to send all at once"
                            .to_owned(),
                    );
                }
                let key = format!(
                    "{frequency}.{}.{}.{product}.1+2.VALUE_IN_EUROS",
                    area(&self.reporter)?,
                    partners.join("+")
                );
                query.address = format!("{base}/data/DS-045409/{key}");
                query.parameters = vec![
                    ("format", "SDMX-CSV".to_owned()),
                    ("compressed", "false".to_owned()),
                    ("startPeriod", start),
                    ("endPeriod", end),
                ];
                query.accept = "application/vnd.sdmx.data+csv";
            }
            Feed::Census => {}
        }
        Ok(query)
    }
}

impl FeedRequest {
    /// Imports and exports are two data sets of the Census Bureau, both by month.
    fn census(&self, year: i32) -> Result<Vec<Query>, String> {
        if self.reporter.as_str() != "USA" || !self.monthly {
            return Err("expected USA by month: the Census Bureau has nothing else".to_owned());
        }
        let of_flow = |flow: &str, product: &'static str, values: &str| {
            let mut query = self.query(year)?;
            query.address = format!(
                "{}/data/timeseries/intltrade/{flow}/hs",
                self.base.trim_end_matches('/')
            );
            query.name = format!("census_{flow}_{year}_M");
            query.series = self.partners.len().max(1);
            query.parameters = vec![
                ("get", format!("CTY_CODE,CTY_NAME,{values}")),
                ("time", format!("from {year}-01 to {year}-12")),
            ];
            if !self.product.eq_ignore_ascii_case("TOTAL") {
                query.parameters.push((product, self.product.clone()));
            }
            for partner in &self.partners {
                let code = areas::schedule_c(partner)
                    .ok_or_else(|| format!("`{partner}` has no code of Schedule C"))?;
                query.parameters.push(("CTY_CODE", code));
            }
            query.secret_parameter = self.key.clone().map(|key| ("key", key));
            Ok::<Query, String>(query)
        };
        Ok(vec![
            of_flow("imports", "I_COMMODITY", "GEN_VAL_MO,GEN_VAL_YR")?,
            of_flow("exports", "E_COMMODITY", "ALL_VAL_MO,ALL_VAL_YR")?,
        ])
    }
}

/// The code that the IMF has for an area: ISO's, but for the world and where it has its own. What it answers is read back as the same area.
fn imf(code: &Code) -> String {
    let own = match code.as_str() {
        "WLD" => "G001",
        "XKX" => "KOS",
        "PSE" => "WBG",
        iso => iso,
    };
    own.to_owned()
}

impl Query {
    /// The name of its file: what was asked in words, and a check sum of all of it.
    pub fn file_name(&self) -> String {
        let mut sum = flate2::Crc::new();
        sum.update(self.to_string().as_bytes());
        format!("{}_{:08x}.{}", self.name, sum.sum(), self.feed.extension())
    }

    /// What the query can be divided into: months of a year. None of a month.
    pub(super) fn parts(&self) -> Vec<Self> {
        let Some(at) = self
            .parameters
            .iter()
            .position(|(name, value)| *name == "period" && value.contains(','))
        else {
            return Vec::new();
        };
        let part = |period: &str| {
            let mut part = self.clone();
            part.parameters[at].1 = period.to_owned();
            part.name = format!("{}_{period}", self.name);
            part.months = Month::parse(period).map_or(ALL_MONTHS, |month| bit(month.of_year()));
            part
        };
        self.parameters[at].1.split(',').map(part).collect()
    }
}

/// The address with its parameters, without any key.
impl fmt::Display for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.address)?;
        for (at, (name, value)) in self.parameters.iter().enumerate() {
            write!(f, "{}{name}={value}", if at == 0 { '?' } else { '&' })?;
        }
        Ok(())
    }
}
