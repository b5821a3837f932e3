//! Texts of a batch, each kept once.

use std::collections::HashMap;

/// Pool of texts that are referred to by number.
#[derive(Debug, Clone, Default)]
pub(super) struct TextPool {
    texts: Vec<Box<str>>,
    index: HashMap<Box<str>, u32>,
    last: [u32; 3],
}

impl TextPool {
    /// Return the number of `text`, which is added where it is new. `slot` remembers the text that
    /// stood in the same column of the row before, which usually is the same.
    pub(super) fn number(&mut self, slot: usize, text: &str) -> u32 {
        let last = self.last[slot];
        if self.texts.get(last as usize).is_some_and(|t| **t == *text) {
            return last;
        }
        let number = self.index.get(text).copied().unwrap_or_else(|| {
            let number =
                u32::try_from(self.texts.len()).expect("fewer than four thousand million texts");
            self.texts.push(text.into());
            self.index.insert(text.into(), number);
            number
        });
        self.last[slot] = number;
        number
    }

    /// Return the text with this number.
    pub(super) fn text(&self, number: u32) -> &str {
        &self.texts[number as usize]
    }

    /// Iterate over the texts by their numbers.
    pub(super) fn iter(&self) -> impl ExactSizeIterator<Item = &str> {
        self.texts.iter().map(|text| &**text)
    }
}
