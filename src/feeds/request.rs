//! A request for figures of a service, and its queries.

use super::feed::Feed;
use super::query::{ALL_MONTHS, Query};
use crate::trade::{Code, areas};
use std::ops::RangeInclusive;

/// Figures wanted of a service, in this project's codes.
#[derive(Debug, Clone)]
pub struct FeedRequest {
    /// Service.
    pub feed: Feed,
    /// Address of the service, without a slash at the end.
    pub base: String,
    /// Reporter; only `USA` for the Census Bureau.
    pub reporter: Code,
    /// Partners; `WLD` is the world. None means all partners, at Comtrade and the Census Bureau.
    pub partners: Vec<Code>,
    /// Years, each a query of its own.
    pub years: RangeInclusive<i32>,
    /// Whether monthly figures are wanted, else annual ones.
    pub monthly: bool,
    /// Product by the service's own code; `TOTAL` for all goods.
    pub product: String,
    /// First year whose queries are sent although their answers are stored.
    pub again_from: Option<i32>,
    /// API key of Comtrade or the Census Bureau.
    pub key: Option<String>,
}

impl FeedRequest {
    /// Return the queries for the request, by year.
    ///
    /// # Errors
    /// What was expected instead: of an area for which the service has no code, of figures that the
    /// service does not publish, of years in the wrong order.
    pub fn queries(&self) -> Result<Vec<Query>, String> {
        let years: Vec<i32> = self.years.clone().collect();
        if years.is_empty() {
            return Err("expected a first year that is not after the last".to_owned());
        }
        let mut queries = Vec::new();
        for year in years {
            match self.feed {
                Feed::Comtrade => queries.push(self.comtrade(year)?),
                Feed::Imf => queries.push(self.imf(year)?),
                Feed::Eurostat => queries.push(self.eurostat(year)?),
                Feed::Census => queries.extend(self.census(year)?),
            }
        }
        Ok(queries)
    }

    fn comtrade(&self, year: i32) -> Result<Query, String> {
        let partners = self.partner_codes()?;
        let mut query = self.query(year);
        // Without a key there is only the preview, of 500 records.
        let (path, limit) = if self.key.is_some() {
            ("data/v1/get", 100_000)
        } else {
            ("public/v1/preview", 500)
        };
        query.limit = Some(limit);
        query.address = format!("{}/{path}/C/{}/HS", self.base(), self.frequency());
        let period = if self.monthly {
            (1..=12)
                .map(|m| format!("{year}{m:02}"))
                .collect::<Vec<_>>()
                .join(",")
        } else {
            year.to_string()
        };
        query.parameters = vec![
            ("reporterCode", self.area(&self.reporter)?),
            ("period", period),
            ("cmdCode", self.product.clone()),
            ("flowCode", "M,X".to_owned()),
            ("partner2Code", "0".to_owned()),
            ("customsCode", "C00".to_owned()),
            ("motCode", "0".to_owned()),
            ("includeDesc", "true".to_owned()),
        ];
        if !partners.is_empty() {
            query.parameters.push(("partnerCode", partners.join(",")));
        }
        let key = self.key.clone();
        query.secret = key.map(|key| ("Ocp-Apim-Subscription-Key", key));
        Ok(query)
    }

    fn imf(&self, year: i32) -> Result<Query, String> {
        let partners = self.partner_codes()?;
        let product = &self.product;
        if !product.eq_ignore_ascii_case("TOTAL") {
            let expected = "expected the product TOTAL: the IMF has trade in all goods alone";
            return Err(format!("{expected}, not `{product}`"));
        }
        let mut query = self.query(year);
        let key = format!(
            "{}.XG_FOB_USD+MG_CIF_USD.{}.{}",
            self.area(&self.reporter)?,
            partners.join("+"),
            self.frequency()
        );
        query.address = format!("{}/data/IMF.STA,IMTS,1.0.0/{key}", self.base());
        let (start, end) = self.bounds(year);
        query.parameters = vec![("startPeriod", start), ("endPeriod", end)];
        query.accept = "application/vnd.sdmx.data+csv;version=1.0.0";
        Ok(query)
    }

    fn eurostat(&self, year: i32) -> Result<Query, String> {
        let partners = self.partner_codes()?;
        // The service refuses an extraction of all partners as too large.
        if partners.is_empty() {
            let expected = "expected at least one partner: Comext refuses to send all at once";
            return Err(expected.to_owned());
        }
        let mut query = self.query(year);
        let key = format!(
            "{}.{}.{}.{}.1+2.VALUE_IN_EUROS",
            self.frequency(),
            self.area(&self.reporter)?,
            partners.join("+"),
            self.product
        );
        query.address = format!("{}/data/DS-045409/{key}", self.base());
        let (start, end) = self.bounds(year);
        query.parameters = vec![
            ("format", "SDMX-CSV".to_owned()),
            ("compressed", "false".to_owned()),
            ("startPeriod", start),
            ("endPeriod", end),
        ];
        query.accept = "application/vnd.sdmx.data+csv";
        Ok(query)
    }

    /// Return two queries: imports and exports are two monthly data sets of the Census Bureau.
    fn census(&self, year: i32) -> Result<Vec<Query>, String> {
        if self.reporter.as_str() != "USA" || !self.monthly {
            return Err("expected USA by month: the Census Bureau has nothing else".to_owned());
        }
        let partners = self.partner_codes()?;
        let of_flow = |flow: &str, product: &'static str, values: &str| {
            let mut query = self.query(year);
            query.address = format!("{}/data/timeseries/intltrade/{flow}/hs", self.base());
            query.name = format!("census_{flow}_{year}_M");
            query.series = self.partners.len().max(1);
            query.parameters = vec![
                ("get", format!("CTY_CODE,CTY_NAME,{values}")),
                ("time", format!("from {year}-01 to {year}-12")),
            ];
            if !self.product.eq_ignore_ascii_case("TOTAL") {
                query.parameters.push((product, self.product.clone()));
            }
            let codes = partners.iter().cloned();
            query
                .parameters
                .extend(codes.map(|code| ("CTY_CODE", code)));
            query.secret_parameter = self.key.clone().map(|key| ("key", key));
            query
        };
        Ok(vec![
            of_flow("imports", "I_COMMODITY", "GEN_VAL_MO,GEN_VAL_YR"),
            of_flow("exports", "E_COMMODITY", "ALL_VAL_MO,ALL_VAL_YR"),
        ])
    }

    /// Return a query of a year without address and parameters.
    fn query(&self, year: i32) -> Query {
        let (feed, frequency) = (self.feed, self.frequency());
        Query {
            feed,
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
            series: 2 * self.partners.len().max(1),
            name: format!("{}_{}_{year}_{frequency}", feed.word(), self.reporter),
        }
    }

    fn base(&self) -> &str {
        self.base.trim_end_matches('/')
    }

    fn frequency(&self) -> &'static str {
        if self.monthly { "M" } else { "A" }
    }

    /// Return the first and last period of a year.
    fn bounds(&self, year: i32) -> (String, String) {
        if self.monthly {
            (format!("{year}-01"), format!("{year}-12"))
        } else {
            (year.to_string(), year.to_string())
        }
    }

    fn partner_codes(&self) -> Result<Vec<String>, String> {
        self.partners.iter().map(|code| self.area(code)).collect()
    }

    /// Return the service's code of an area.
    fn area(&self, code: &Code) -> Result<String, String> {
        let of_service = match self.feed {
            Feed::Comtrade => areas::comtrade(code),
            Feed::Imf => Some(imf_area(code)),
            Feed::Eurostat => areas::geonom(code),
            Feed::Census => areas::schedule_c(code),
        };
        of_service.ok_or_else(|| format!("`{code}` has no code at {}", self.feed.word()))
    }
}

/// Return the IMF's code of an area: the ISO code, but for the world and where it has its own. The
/// import reads its answers with the same codes.
fn imf_area(code: &Code) -> String {
    let of_imf = match code.as_str() {
        "WLD" => "G001",
        "XKX" => "KOS",
        "PSE" => "WBG",
        iso => iso,
    };
    of_imf.to_owned()
}
