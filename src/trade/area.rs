//! Groups of countries for which figures are published as for one partner.

use super::Code;

/// A group of countries for which figures are published as for one partner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AreaGroup {
    /// Code in keys.
    pub code: &'static str,
    /// Name in English.
    pub english: &'static str,
    /// Name in Chinese.
    pub chinese: &'static str,
    /// Codes of all members, sorted. Empty for the world, whose members are not listed.
    pub members: &'static [&'static str],
}

/// The groups of the table.
pub const GROUPS: [AreaGroup; 2] = [
    // The five Central Asian countries, as China's customs add them up.
    AreaGroup {
        code: "CA5",
        english: "Central Asia (five countries)",
        chinese: "中亚五国",
        members: &["KAZ", "KGZ", "TJK", "TKM", "UZB"],
    },
    AreaGroup {
        code: WORLD,
        english: "World",
        chinese: "全球",
        members: &[],
    },
];

/// The code of all partners together.
pub const WORLD: &str = "WLD";

/// Return the members of a group, sorted by code; `None` for a code that is no group of the table.
pub fn members(code: &Code) -> Option<&'static [&'static str]> {
    members_of(code.as_str())
}

/// Return the members of a group as codes, sorted; `None` as for [`members`].
pub fn member_codes(code: &Code) -> Option<Vec<Code>> {
    let member = |code: &&str| Code::parse(code).expect("the table holds codes");
    Some(members(code)?.iter().map(member).collect())
}

/// Return the members of the group with this code as text.
pub(super) fn members_of(code: &str) -> Option<&'static [&'static str]> {
    let found = GROUPS.iter().find(|group| group.code == code);
    found
        .map(|group| group.members)
        .filter(|members| !members.is_empty())
}

/// Whether both codes are members of one group.
pub fn in_one_group(one: &Code, other: &Code) -> bool {
    let both = |group: &AreaGroup| {
        [one, other]
            .iter()
            .all(|code| group.members.contains(&code.as_str()))
    };
    GROUPS.iter().any(both)
}

/// Whether `code` stands for several partners: a group of the table or the world.
pub fn is_aggregate(code: &Code) -> bool {
    code.as_str() == WORLD || members_of(code.as_str()).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_has_members_and_a_country_none() {
        let code = |text: &str| Code::parse(text).unwrap();
        assert_eq!(members(&code("ca5")).map(<[_]>::len), Some(5));
        assert_eq!(members(&code("KAZ")), None);
        assert!(in_one_group(&code("KAZ"), &code("UZB")));
        assert!(!in_one_group(&code("KAZ"), &code("USA")));
    }

    #[test]
    fn every_code_of_the_table_is_a_code() {
        for AreaGroup {
            code: area,
            members,
            ..
        } in GROUPS
        {
            assert_eq!(Code::parse(area).unwrap().as_str(), area);
            assert!(members.is_sorted());
            for member in members {
                assert_eq!(Code::parse(member).unwrap().as_str(), *member);
            }
        }
    }
}
