//! Rust code as text: words, and what is no code blanked.

/// Split code into names, `::` and single signs.
pub(super) fn words(code: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut letters = code.chars().peekable();
    while let Some(c) = letters.next() {
        let mut word = String::from(c);
        if c.is_alphanumeric() || c == '_' {
            while let Some(more) = letters.next_if(|c| c.is_alphanumeric() || *c == '_') {
                word.push(more);
            }
        } else if c == ':' && letters.next_if_eq(&':').is_some() {
            word.push(':');
        } else if c.is_whitespace() {
            continue;
        }
        words.push(word);
    }
    words
}

/// Replace comments, strings and character literals by blanks; lines stay where they are.
pub(super) fn blanked(text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    let mut code = String::with_capacity(text.len());
    let mut k = 0;
    while k < letters.len() {
        let rest = &letters[k..];
        let length = match rest {
            ['/', '/', ..] => rest.iter().position(|c| *c == '\n').unwrap_or(rest.len()),
            ['/', '*', ..] => end_of_block_comment(rest),
            ['r', '#' | '"', ..] if !follows_name(&letters[..k]) => end_of_raw_string(rest),
            ['"', ..] => end_of_quoted(rest, '"'),
            ['\'', '\\', ..] => end_of_quoted(rest, '\''),
            ['\'', _, '\'', ..] => 3,
            _ => 0,
        };
        if length == 0 {
            code.push(letters[k]);
            k += 1;
            continue;
        }
        code.extend(
            rest[..length]
                .iter()
                .map(|c| if *c == '\n' { '\n' } else { ' ' }),
        );
        k += length;
    }
    code
}

fn follows_name(before: &[char]) -> bool {
    before
        .last()
        .is_some_and(|c| c.is_alphanumeric() || *c == '_')
        && !matches!(before, [.., 'b'] | [.., 'c'])
}

fn end_of_block_comment(text: &[char]) -> usize {
    let (mut depth, mut k) = (0, 0);
    while k + 1 < text.len() {
        match text[k..k + 2] {
            ['/', '*'] => (depth, k) = (depth + 1, k + 2),
            ['*', '/'] => (depth, k) = (depth - 1, k + 2),
            _ => k += 1,
        }
        if depth == 0 {
            return k;
        }
    }
    text.len()
}

/// Return the length of a raw string; 0 for a raw name such as `r#type`.
fn end_of_raw_string(text: &[char]) -> usize {
    let hashes = text[1..].iter().take_while(|c| **c == '#').count();
    if text.get(1 + hashes) != Some(&'"') {
        return 0;
    }
    let mut end = vec!['"'];
    end.extend(std::iter::repeat_n('#', hashes));
    let body = 2 + hashes;
    let found = text[body..].windows(end.len()).position(|w| w == end);
    found.map_or(text.len(), |at| body + at + end.len())
}

fn end_of_quoted(text: &[char], quote: char) -> usize {
    let mut k = 1;
    while k < text.len() {
        match text[k] {
            '\\' => k += 2,
            c if c == quote => return k + 1,
            _ => k += 1,
        }
    }
    text.len()
}

/// Blank the item after each `#[cfg(test)]`.
pub(super) fn without_tests(code: &str) -> String {
    const MARK: &str = "#[cfg(test)]";
    let mut kept = String::with_capacity(code.len());
    let mut rest = code;
    while let Some(at) = rest.find(MARK) {
        kept.push_str(&rest[..at]);
        let item = &rest[at..];
        let mut depth = 0;
        let end = item.char_indices().skip(MARK.len()).find_map(|(k, c)| {
            match c {
                '{' => depth += 1,
                '}' => depth -= 1,
                _ => {}
            }
            (depth == 0 && (c == '}' || c == ';')).then_some(k + 1)
        });
        let end = end.unwrap_or(item.len());
        kept.extend(
            item[..end]
                .chars()
                .map(|c| if c == '\n' { '\n' } else { ' ' }),
        );
        rest = &item[end..];
    }
    kept + rest
}
