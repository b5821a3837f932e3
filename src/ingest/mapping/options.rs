//! A mapping as options of the command line.

use super::source::{MappedPart, PartSource};
use super::statement::Mapping;

impl Mapping {
    /// Return the options of `tradecast import` that state this mapping, in the notation of a
    /// shell: constants as options of their own, columns in one `--map`.
    pub(in crate::ingest) fn options(&self) -> Vec<String> {
        let mut options = Vec::new();
        let mut add = |name: &str, value: &str| options.push(format!("{name} {}", quoted(value)));
        if let Some(sheet) = &self.sheet {
            add("--sheet", sheet);
        }
        if let Some(row) = self.header_row {
            add("--header-row", &row.to_string());
        }
        let is_header = |source: &PartSource| *source == PartSource::Header;
        if self.wide && !self.columns.values().any(is_header) {
            options.push("--wide".to_owned());
        }
        let mut add = |name: &str, value: &str| options.push(format!("{name} {}", quoted(value)));
        let mut parts: Vec<String> = Vec::new();
        for (part, source) in &self.columns {
            parts.push(format!("{}={source}", part.word()));
        }
        if let Some(span) = self.period {
            parts.push(format!("{}={span}", MappedPart::Period.word()));
        }
        if !parts.is_empty() {
            add("--map", &parts.join(","));
        }
        let stated = &self.stated;
        for (name, code) in [
            ("--reporter", &stated.reporter),
            ("--partner", &stated.partner),
            ("--product", &stated.product),
        ] {
            if let Some(code) = code {
                add(name, code.as_str());
            }
        }
        if let Some(flow) = stated.flow {
            add("--flow", flow.letter());
        }
        if let Some(unit) = stated.unit {
            add("--unit", &unit.to_string());
        }
        if let Some(source) = &stated.source {
            add("--source", source);
        }
        for (column, text) in &self.filters {
            add("--where", &format!("{column}={text}"));
        }
        for (text, code) in &self.codes {
            add("--code", &format!("{text}={code}"));
        }
        for (name, texts) in [
            ("--skip", &self.skip),
            ("--gap", &self.gaps),
            ("--nil", &self.nil),
        ] {
            texts.iter().for_each(|text| add(name, text));
        }
        let marks = self.notation.marks;
        for (name, mark) in [
            ("--decimal", marks.decimal),
            ("--thousands", marks.thousands),
        ] {
            if let Some(mark) = mark {
                add(name, &mark.to_string());
            }
        }
        if let Some(order) = self.notation.dates {
            add("--dates", order.word());
        }
        options
    }
}

/// Return a text as one word of a shell, in quotes where it needs them.
pub(in crate::ingest) fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=,:+".contains(c);
    if !text.is_empty() && !text.starts_with('-') && text.chars().all(plain) {
        return text.to_owned();
    }
    if text.contains(['"', '$', '`', '\\', '!']) {
        return format!("'{}'", text.replace('\'', "'\\''"));
    }
    format!("\"{text}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mapping_is_written_as_options() {
        let mut mapping = Mapping::default();
        let text = "reporter=KAZ,partner=col:Trade partner,period=col:Month,unit=USD 1000";
        mapping.add_parts(text).unwrap();
        mapping.wide = true;
        mapping.skip = vec!["Total $".to_owned()];
        mapping.filters.insert("Kind".to_owned(), "A".to_owned());
        assert_eq!(
            mapping.options().join(" "),
            "--wide --map \"partner=col:Trade partner,period=col:Month\" --reporter KAZ --unit \
             \"USD 1000\" --where Kind=A --skip 'Total $'"
        );
    }

    #[test]
    fn a_text_is_one_word_of_a_shell() {
        for (text, word) in [
            ("USD", "USD"),
            ("-", "\"-\""),
            ("USD 1000", "\"USD 1000\""),
            ("Value ($)", "'Value ($)'"),
            ("It's \"so\"", "'It'\\''s \"so\"'"),
            ("It's", "\"It's\""),
            ("", "\"\""),
            ("金额", "\"金额\""),
        ] {
            assert_eq!(quoted(text), word);
        }
    }
}
