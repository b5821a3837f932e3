//! Countries and groups of countries on the wire.

use crate::service::pb;
use crate::trade::area::AreaGroup;
use crate::trade::areas::Country;

impl From<Country> for pb::Area {
    fn from(country: Country) -> Self {
        Self {
            code: country.alpha3.to_owned(),
            alpha2: country.alpha2.to_owned(),
            english: country.english.to_owned(),
            chinese: country.chinese.to_owned(),
            members: Vec::new(),
        }
    }
}

impl From<AreaGroup> for pb::Area {
    fn from(group: AreaGroup) -> Self {
        Self {
            code: group.code.to_owned(),
            alpha2: String::new(),
            english: group.english.to_owned(),
            chinese: group.chinese.to_owned(),
            members: group.members.iter().map(|&code| code.to_owned()).collect(),
        }
    }
}
