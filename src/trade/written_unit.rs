//! Units as people write them: `thousand USD`, `US$ mn`, `Mio EUR`, `1000 USD`, `USD '000`, 万元.

/// Words of a scale.
const SCALES: [(&[&str], f64); 7] = [
    (
        &[
            "th",
            "ths",
            "thou",
            "thous",
            "thsd",
            "thousand",
            "thousands",
            "k",
            "tsd",
            "tausend",
            "тыс",
            "тысяч",
            "тысячах",
            "тысячи",
            "tys",
            "bin",
            "mille",
            "milliers",
            "miles",
            "ribu",
            "migliaia",
            "tisíc",
            "tis",
            "tisíce",
            "tūkst",
            "tūkstančiai",
            "tūkstošu",
            "tuhat",
            "tuhatta",
            "tusen",
            "hilj",
            "hiljada",
            "tisuća",
            "tisoč",
            "ezer",
            "mii",
            "χιλ",
            "χιλιάδες",
            "тис",
            "минг",
            "миң",
            "ათასი",
            "хиляди",
            "tysięcy",
            "хил",
            "nghìn",
            "ming",
            "мың",
        ],
        1e3,
    ),
    (
        &[
            "m",
            "mn",
            "mln",
            "mio",
            "mill",
            "mm",
            "million",
            "millions",
            "millionen",
            "millones",
            "milhões",
            "milhoes",
            "milioni",
            "milyon",
            "juta",
            "miliona",
            "milionów",
            "miljoen",
            "miljoner",
            "milionů",
            "triệu",
            "milj",
            "miljonas",
            "miljoonaa",
            "miljon",
            "miljonit",
            "milijuna",
            "milijona",
            "milijonov",
            "milijonai",
            "milioane",
            "millió",
            "millionar",
            "εκατ",
            "εκατομμύρια",
            "мільйонів",
            "миллиона",
            "milionow",
            "миллионы",
            "млн",
            "миллион",
            "миллионов",
            "миллионах",
        ],
        1e6,
    ),
    (
        &[
            "bn",
            "bln",
            "mrd",
            "mld",
            "md",
            "billion",
            "billions",
            "milliard",
            "milliards",
            "milliarden",
            "milyar",
            "miliar",
            "miljard",
            "miliardi",
            "miliardów",
            "tỷ",
            "miliarde",
            "milliárd",
            "miljardia",
            "milijardi",
            "milijarde",
            "mlrd",
            "δισ",
            "мільярдів",
            "млрд",
            "миллиардов",
            "миллиардах",
        ],
        1e9,
    ),
    (
        &[
            "tn",
            "trn",
            "trillion",
            "trillions",
            "triliun",
            "biljoen",
            "trilyon",
        ],
        1e12,
    ),
    (&["lakh", "lakhs", "lac"], 1e5),
    (&["crore", "crores"], 1e7),
    (&["hundredmillion"], 1e8),
];

/// Words of a currency, where no other country's has the same name. Dollars, pounds, rupees and
/// `¥` alone are several currencies.
const CURRENCIES: [(&[&str], &str); 25] = [
    (&["rm", "ringgit"], "MYR"),
    (&["rp", "rupiah"], "IDR"),
    (&["baht", "บาท"], "THB"),
    (&["us$", "u$s", "usdollar", "usdollars", "доллсша"], "USD"),
    (
        &[
            "€", "euro", "euros", "ecu/euro", "евро", "євро", "eura", "eurot", "euroa", "euró",
            "eurų", "eiro", "evrov", "avro", "ευρώ",
        ],
        "EUR",
    ),
    (&["kč"], "CZK"),
    (&["ft", "forint"], "HUF"),
    (&["₦", "naira"], "NGN"),
    (&["£", "£stg"], "GBP"),
    (&["yuan", "rmb", "renminbi"], "CNY"),
    (&["yen", "円"], "JPY"),
    (&["won", "₩"], "KRW"),
    (&["tenge", "₸", "тенге"], "KZT"),
    (
        &["₽", "rouble", "roubles", "ruble", "rubles", "руб", "рублей"],
        "RUB",
    ),
    (&["₹"], "INR"),
    (&["s$"], "SGD"),
    (&["a$"], "AUD"),
    (&["c$", "can$"], "CAD"),
    (&["hk$"], "HKD"),
    (&["nz$"], "NZD"),
    (&["nt$"], "TWD"),
    (&["r$", "reais"], "BRL"),
    (&["zł", "zloty", "zlotys", "złotych"], "PLN"),
    (&["tl"], "TRY"),
    (&["сум", "сумов"], "UZS"),
];

/// Words of currencies that several countries have, and the codes of these. Beside a code of one of
/// them they say nothing more.
const SHARED: [(&[&str], &[&str]); 6] = [
    (
        &[
            "$",
            "dollar",
            "dollars",
            "dólares",
            "dolares",
            "dollari",
            "dolar",
            "dolarów",
            "dolarů",
            "dolara",
            "dollár",
            "долл",
            "дол",
            "доллар",
            "доллары",
            "доллара",
            "долларов",
            "долларах",
        ],
        &[
            "USD", "AUD", "CAD", "NZD", "HKD", "SGD", "TWD", "FJD", "JMD", "TTD", "BBD", "BSD",
            "BZD", "BND", "GYD", "LRD", "NAD", "SBD", "SRD", "XCD", "ZWD",
        ],
    ),
    (
        &["rs", "rupee", "rupees", "₨"],
        &["INR", "PKR", "LKR", "NPR", "MUR", "SCR"],
    ),
    (
        &["kr", "krona", "kronor", "krone", "kroner"],
        &["SEK", "NOK", "DKK", "ISK"],
    ),
    (
        &["peso", "pesos"],
        &["MXN", "ARS", "CLP", "COP", "PHP", "UYU", "DOP", "CUP"],
    ),
    (&["lei", "leu"], &["RON", "MDL", "ROL"]),
    (
        &["din", "dinar", "dinars", "dinara"],
        &[
            "RSD", "MKD", "DZD", "TND", "JOD", "KWD", "BHD", "IQD", "LYD", "CSD", "YUM",
        ],
    ),
];

/// Characters of units without blanks between words, the longer ones first.
const CHINESE: [(&str, &str); 27] = [
    ("米ドル", " usd "),
    ("美ドル", " usd "),
    ("ドル", " usd "),
    ("ล้านบาท", " mn thb "),
    ("단위", " "),
    ("単位", " "),
    ("달러", " usd "),
    ("불", " usd "),
    ("백만", " mn "),
    ("천", " 1000 "),
    ("억", " 100000000 "),
    ("원", " krw "),
    ("人民币", " cny "),
    ("美元", " usd "),
    ("美金", " usd "),
    ("欧元", " eur "),
    ("日元", " jpy "),
    ("港元", " hkd "),
    ("港币", " hkd "),
    ("元", " cny "),
    ("十亿", " bn "),
    ("百万", " mn "),
    ("亿", " 100000000 "),
    ("億", " 100000000 "),
    ("万", " 10000 "),
    ("萬", " 10000 "),
    ("千", " 1000 "),
];

/// Words that say nothing about a unit.
const FILLERS: [&str; 46] = [
    "u",
    "v",
    "w",
    "i",
    "na",
    "em",
    "values",
    "valeurs",
    "valores",
    "figures",
    "amounts",
    "amount",
    "expressed",
    "unit",
    "unidad",
    "unidade",
    "unité",
    "einheit",
    "jednotka",
    "birim",
    "ед",
    "изм",
    "единица",
    "измерения",
    "单位",
    "單位",
    "単位",
    "단위",
    "of",
    "d",
    "di",
    "des",
    "von",
    "van",
    "in",
    "de",
    "en",
    "в",
    "value",
    "units",
    "fob",
    "cif",
    "current",
    "nominal",
    "prices",
    "at",
];

/// Return a text in lower case, the words of units in one way of writing.
fn normalised(text: &str) -> String {
    let mut lower = text.trim().to_lowercase().replace('_', " ");
    // With its point `mil.` is short for millions; `mil` is a thousand in Spanish.
    for start in ["mil. ", "mil.$", "mil.€", "mil.us"] {
        let word = start.replacen("mil.", "mn ", 1);
        let begins = lower.starts_with(start);
        lower = match begins {
            true => lower.replacen(start, &word, 1),
            false => lower.replace(&format!(" {start}"), &format!(" {word}")),
        };
    }
    for (sign, power) in [('³', 3), ('⁶', 6), ('⁹', 9)] {
        lower = lower.replace(&format!("10{sign}"), &format!("10^{power}"));
    }
    for (characters, words) in CHINESE {
        if lower.contains(characters) {
            lower = lower.replace(characters, words);
        }
    }
    for power in [3, 6, 9] {
        let number = format!(" 1{} ", "0".repeat(power));
        for sign in [
            format!("10^{power}"),
            format!("10**{power}"),
            format!("1e{power}"),
        ] {
            lower = lower.replace(&sign, &number);
        }
    }
    for (dollars, sign) in [
        ("000s", "000"),
        ("u.s. dollars", "us$"),
        ("u.s. dollar", "us$"),
        ("us dollars", "us$"),
        ("us dollar", "us$"),
        ("united states dollars", "us$"),
        ("u.s.$", "us$"),
        ("us $", "us$"),
        ("$us", "us$"),
        ("usd$", "us$"),
        ("abd $", "us$"),
        ("abd doları", "us$"),
        ("us-dollars", "us$"),
        ("us-dollar", "us$"),
        ("dólares estadounidenses", "us$"),
        ("dollars américains", "us$"),
        ("aqsh dollarida", "us$"),
        ("aqsh dollari", "us$"),
        ("ақш долларымен", "us$"),
        ("ақш доллары", "us$"),
        ("ақш доллари", "us$"),
        ("акш доллары", "us$"),
        ("abş dolları", "us$"),
        ("dollari usa", "us$"),
        ("doll. usa", "us$"),
        ("долл.сша", "us$"),
        ("дол.сша", "us$"),
        ("долларов сша", "us$"),
        ("долларах сша", "us$"),
        ("доллара сша", "us$"),
        ("доллары сша", "us$"),
        ("доллар сша", "us$"),
        ("долл. сша", "us$"),
        ("долл сша", "us$"),
        ("дол. сша", "us$"),
        ("singapore dollars", "s$"),
        ("australian dollars", "a$"),
        ("canadian dollars", "c$"),
        ("hong kong dollars", "hk$"),
        ("new zealand dollars", "nz$"),
        ("hundred million", "hundredmillion"),
        ("n'million", "₦ million"),
        ("n’million", "₦ million"),
        ("n'billion", "₦ billion"),
        ("n’billion", "₦ billion"),
    ] {
        lower = lower.replace(dollars, sign);
    }
    lower
}

/// Read a unit: the code of its currency, in upper case and not yet checked, and its scale. `None`
/// for a text that states no currency, two of them, or a word that is not known; `B` and `T` alone
/// may mean two scales.
pub(super) fn read(text: &str) -> Option<(String, f64)> {
    let lower = normalised(text);
    let mut currency: Option<String> = None;
    let mut scale = 1.0;
    let mut shared: Vec<&[&str]> = Vec::new();
    for token in tokens(&lower) {
        if let Some(codes) = shared_by(&token) {
            shared.push(codes);
        } else if token.starts_with(|c: char| c.is_ascii_digit()) {
            scale *= number(&token)?;
        } else if let Some(word) = scale_of(&token) {
            scale *= word;
        } else if !FILLERS.contains(&token.as_str()) {
            let (found, factor) = currency_of(&token)?;
            if currency.as_ref().is_some_and(|known| *known != found) {
                return None;
            }
            currency = Some(found);
            scale *= factor;
        }
    }
    let is_scale = scale > 0.0 && scale <= 1e15;
    let fits = |code: &String| shared.iter().all(|codes| codes.contains(&code.as_str()));
    currency
        .filter(|code| is_scale && fits(code))
        .map(|currency| (currency, scale))
}

/// Return the codes of the countries that share the currency of a word; `None` of another word.
fn shared_by(word: &str) -> Option<&'static [&'static str]> {
    let found = SHARED.iter().find(|(words, _)| words.contains(&word));
    found.map(|(_, codes)| *codes)
}

/// Return the codes of the currencies that a text may mean that names one several countries have:
/// `Rs million`. `None` where it names none, or another one beside it.
pub(super) fn shared(text: &str) -> Option<&'static [&'static str]> {
    let mut found = None;
    for token in tokens(&normalised(text)) {
        let is_scale =
            token.starts_with(|c: char| c.is_ascii_digit()) || scale_of(&token).is_some();
        match shared_by(&token) {
            Some(codes) => found = Some(codes),
            None if is_scale || FILLERS.contains(&token.as_str()) => {}
            None => return None,
        }
    }
    found
}

/// Whether a text has a scale or a known currency beside a word or two that are no part of a unit
/// that is known: `Mill. kr`. `is_code` says whether three letters are a currency.
pub(super) fn is_unreadable(text: &str, is_code: impl Fn(&str) -> bool) -> bool {
    let (mut known, mut unknown, mut count) = (0, 0, 0);
    for token in tokens(&normalised(text)) {
        count += 1;
        let is_currency = || currency_of(&token).is_some_and(|(code, _)| is_code(&code));
        if token.starts_with(|c: char| c.is_ascii_digit()) {
            known += usize::from(number(&token).is_some_and(|scale| scale >= 1e3));
        } else if shared_by(&token).is_some() {
            // Which of them it is the caller states.
        } else if scale_of(&token).is_some() && token.chars().count() > 1 || is_currency() {
            known += 1;
        } else if !FILLERS.contains(&token.as_str()) && token.chars().any(char::is_alphanumeric) {
            unknown += 1;
        }
    }
    known > 0 && (1..=2).contains(&unknown) && count <= 5 && read(text).is_none()
}

fn scale_of(word: &str) -> Option<f64> {
    let found = SCALES.iter().find(|(words, _)| words.contains(&word));
    found.map(|(_, scale)| *scale)
}

/// Return the currency of a word, and the scale where a letter beside it states one: `MEUR`, `£m`.
fn currency_of(word: &str) -> Option<(String, f64)> {
    let named = |word: &str| {
        let found = CURRENCIES.iter().find(|(words, _)| words.contains(&word));
        let named = found.map(|(_, code)| (*code).to_owned());
        let is_code = word.len() == 3 && word.bytes().all(|b| b.is_ascii_alphabetic());
        named.or_else(|| is_code.then(|| word.to_ascii_uppercase()))
    };
    if let Some(code) = named(word) {
        return Some((code, 1.0));
    }
    let letters = [("k", 1e3), ("m", 1e6), ("bn", 1e9)];
    letters.into_iter().find_map(|(letter, scale)| {
        let before = word.strip_prefix(letter).and_then(named);
        let code = before.or_else(|| word.strip_suffix(letter).and_then(named))?;
        Some((code, scale))
    })
}

/// Split a text into words, currency signs and numbers. A number may have separators of thousands.
fn tokens(text: &str) -> Vec<String> {
    let mut tokens: Vec<String> = Vec::new();
    let kind = |c: char| match c {
        '0'..='9' => 1,
        '$' | '€' | '£' | '₽' | '₹' | '₸' | '₩' | '¥' | '₦' | '₨' => 2,
        c if c.is_alphabetic() => 2,
        _ => 0,
    };
    let characters: Vec<char> = text.chars().collect();
    let mut last = 0;
    for (at, c) in characters.iter().enumerate() {
        let this = kind(*c);
        let is_digit = |at: usize| characters.get(at).is_some_and(char::is_ascii_digit);
        let three = (at + 1..at + 4).all(is_digit) && !is_digit(at + 4);
        let separates = last == 1 && matches!(c, ',' | '.' | '\'' | ' ' | '\u{a0}') && three;
        if this == 0 && separates {
            continue;
        }
        if this == 0 {
            // A sign that no unit has makes the text none.
            let is_mark = matches!(
                c,
                '(' | ')' | '.' | ',' | '\'' | '’' | '/' | '`' | ':' | '：' | '∶'
            );
            // `USD *1000`; but `5*` has the mark of a note.
            let times = matches!(c, '*' | '×') && (is_digit(at + 1) || is_digit(at + 2));
            if !(c.is_whitespace() || is_mark || times) {
                tokens.push(c.to_string());
            }
            last = 0;
            continue;
        }
        match tokens.last_mut().filter(|_| this == last) {
            Some(token) => token.push(*c),
            None => tokens.push(c.to_string()),
        }
        last = this;
    }
    tokens
}

/// Return the number of a token, a power of ten; `000` is a thousand. `None` for any other number,
/// which is no scale: `USD, 2024`.
fn number(digits: &str) -> Option<f64> {
    let power = digits.trim_start_matches('1').bytes().all(|b| b == b'0');
    if !power || digits.starts_with("11") {
        return None;
    }
    if digits.len() >= 3 && digits.bytes().all(|b| b == b'0') {
        return i32::try_from(digits.len())
            .ok()
            .map(|zeros| 10_f64.powi(zeros));
    }
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_read_as_people_write_them() {
        for (text, currency, scale) in [
            ("thousand USD", "USD", 1e3),
            ("USD k", "USD", 1e3),
            ("USD thousand", "USD", 1e3),
            ("US$ Thousand", "USD", 1e3),
            ("US$ thousands", "USD", 1e3),
            ("1000 USD", "USD", 1e3),
            ("USD 1,000", "USD", 1e3),
            ("US$1,000", "USD", 1e3),
            ("USD '000", "USD", 1e3),
            ("Thousands of U.S. dollars", "USD", 1e3),
            ("US$ mn", "USD", 1e6),
            ("USD m", "USD", 1e6),
            ("US$ (Million)", "USD", 1e6),
            ("US Dollar, Millions", "USD", 1e6),
            ("Mio EUR", "EUR", 1e6),
            ("Mio. €", "EUR", 1e6),
            ("MEUR", "EUR", 1e6),
            ("k€", "EUR", 1e3),
            ("Tsd. EUR", "EUR", 1e3),
            ("EUR Mrd.", "EUR", 1e9),
            ("Euro", "EUR", 1.0),
            ("£ million", "GBP", 1e6),
            ("万元", "CNY", 1e4),
            ("亿元人民币", "CNY", 1e8),
            ("千美元", "USD", 1e3),
            ("百万美元", "USD", 1e6),
            ("100 million yen", "JPY", 1e8),
            ("JPY 1 000 000", "JPY", 1e6),
            ("INR crore", "INR", 1e7),
            ("тыс. USD", "USD", 1e3),
            ("S$ Million", "SGD", 1e6),
            ("млн. долл. США", "USD", 1e6),
            ("в тысячах долларов США", "USD", 1e3),
            ("£m", "GBP", 1e6),
            ("USDbn", "USD", 1e9),
            ("R$ milhões", "BRL", 1e6),
            ("US$ FOB", "USD", 1.0),
            ("tys. zł", "PLN", 1e3),
            ("萬美元", "USD", 1e4),
            ("thous. USD", "USD", 1e3),
            ("USD 10^6", "USD", 1e6),
            ("USD '000s", "USD", 1e3),
            ("current US$", "USD", 1.0),
            ("USD thousands, current prices", "USD", 1e3),
            ("USD MM", "USD", 1e6),
            ("milliers d'euros", "EUR", 1e3),
            ("MIO_EUR", "EUR", 1e6),
            ("migliaia di euro", "EUR", 1e3),
            ("Bin ABD $", "USD", 1e3),
            ("Million Singapore Dollars", "SGD", 1e6),
            ("mil. USD", "USD", 1e6),
            ("v mil. EUR", "EUR", 1e6),
            ("u hilj. EUR", "EUR", 1e3),
            ("tis. EUR", "EUR", 1e3),
            ("tūkst. EUR", "EUR", 1e3),
            ("milj. €", "EUR", 1e6),
            ("tuhat eurot", "EUR", 1e3),
            ("millió euró", "EUR", 1e6),
            ("χιλ. ευρώ", "EUR", 1e3),
            ("mil. Kč", "CZK", 1e6),
            ("M Ft", "HUF", 1e6),
            ("млн.долл.США", "USD", 1e6),
            ("mln. AQSh dollari", "USD", 1e6),
            ("млн АҚШ доллары", "USD", 1e6),
            ("10⁶ US$", "USD", 1e6),
            ("Mio US-Dollar", "USD", 1e6),
            ("百万ドル", "USD", 1e6),
            ("단위: 백만달러", "USD", 1e6),
            ("N'million", "NGN", 1e6),
            ("₦'billion", "NGN", 1e9),
            ("values in US$ million", "USD", 1e6),
            ("Unit: US$ million", "USD", 1e6),
            ("単位：百万米ドル", "USD", 1e6),
            ("단위: 백만달러", "USD", 1e6),
            ("₦'million", "NGN", 1e6),
            ("N'Billion", "NGN", 1e9),
            ("USD *1000", "USD", 1e3),
            ("천불", "USD", 1e3),
            ("млн. евро", "EUR", 1e6),
            ("million dollars AUD", "AUD", 1e6),
        ] {
            let (code, factor) = read(text).unwrap_or_default();
            assert_eq!(code, currency, "{text}");
            assert!((factor / scale - 1.0).abs() < 1e-12, "{text}: {factor}");
        }
    }

    #[test]
    fn a_unit_that_may_be_two_is_none() {
        for text in [
            "",
            "dollars",
            "$",
            "¥",
            "USD b",
            "USD T",
            "USD EUR",
            "mn",
            "USD dozen",
            "USD 0",
            "USD -5",
            "USD %",
            "mil USD",
            "million dollars EUR",
            "Rs million",
            "millones de dólares",
            "USD, 2024",
            "USD 11",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
