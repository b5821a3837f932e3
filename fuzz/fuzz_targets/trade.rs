//! Reads arbitrary text as every notation of trade: periods, units, codes, keys and filters.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tradecast::trade::{Code, Month, SeriesKey, Span, Subject, Unit, key::KeyFilter, month};

fuzz_target!(|text: &str| {
    let _ = (
        Month::parse(text),
        Unit::parse(text),
        Code::parse(text),
        KeyFilter::parse(text),
        month::parse_date(text),
    );
    if let Ok(span) = Span::parse(text) {
        assert_eq!(Span::parse(&span.to_string()), Ok(span));
    }
    if let Ok(subject) = Subject::parse(text) {
        assert_eq!(Subject::parse(&subject.to_string()), Ok(subject));
    }
    if let Ok(key) = SeriesKey::parse(text) {
        assert_eq!(SeriesKey::parse(&key.to_string()), Ok(key));
    }
});
