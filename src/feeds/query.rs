//! One query: its address, its parts, the name of its file.

use super::feed::Feed;
use crate::trade::Month;
use std::fmt;

/// All months of a year, a [`bit`] each.
pub(super) const ALL_MONTHS: u16 = 0b1111_1111_1111;

/// Return the bit of a month, 1 to 12.
pub(super) fn bit(month: u8) -> u16 {
    1_u16
        .checked_shl(u32::from(month.saturating_sub(1)))
        .unwrap_or(0)
}

/// A query of one year or month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// Service.
    pub feed: Feed,
    /// Whether to send the query although its answer is stored.
    pub again: bool,
    /// Largest number of records of an answer, where the service cuts it off without saying so.
    pub limit: Option<usize>,
    /// Address without parameters.
    pub(super) address: String,
    pub(super) parameters: Vec<(&'static str, String)>,
    /// HTTP header with an API key: never shown, and never part of a file name.
    pub(super) secret: Option<(&'static str, String)>,
    /// API key as a parameter: never shown, and never part of a file name.
    pub(super) secret_parameter: Option<(&'static str, String)>,
    /// Media type of the answer.
    pub(super) accept: &'static str,
    /// Requested year.
    pub(super) year: i32,
    /// Requested months of the year, a [`bit`] each.
    pub(super) months: u16,
    /// Smallest number of series of an answer once all figures are published.
    pub(super) series: usize,
    /// Beginning of the name of its file.
    pub(super) name: String,
}

impl Query {
    /// Return the name of its file: the request in words and a check sum of the whole query.
    pub fn file_name(&self) -> String {
        let mut sum = flate2::Crc::new();
        sum.update(self.to_string().as_bytes());
        format!("{}_{:08x}.{}", self.name, sum.sum(), self.feed.extension())
    }

    /// Divide the query into the months of its year; none where it cannot be divided.
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
