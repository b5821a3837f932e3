//! What a text beside figures states about them: units, flows, and that they are no values of a
//! month.

use crate::ingest::notation::is_period;
use crate::trade::{Flow, Unit};
use std::fmt;

/// What a text states about figures.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct TextClaims {
    /// A currency with its scale.
    pub(super) unit: Option<Unit>,
    /// A scale without a currency.
    pub(super) scale: Option<f64>,
    /// Whether a unit is stated of which a word is not known.
    pub(super) has_unknown_unit: bool,
    /// Flows, each once.
    pub(super) flows: Vec<Flow>,
    /// What the figures are instead of values of trade in a month.
    pub(super) other: Option<OtherFigures>,
}

impl TextClaims {
    /// Return what a title, a name of a column or another text states.
    pub(super) fn of(text: &str) -> Self {
        let unit = unit_in(text);
        let other = OtherFigures::in_text(text);
        Self {
            unit,
            has_unknown_unit: unit.is_none() && other.is_none() && has_unknown_unit(text),
            scale: if unit.is_some() { None } else { scale_in(text) },
            flows: flows_in(text),
            other,
        }
    }

    /// Return the only exports or imports that the text states.
    pub(super) fn direction(&self) -> Option<Flow> {
        match self.flows[..] {
            [only @ (Flow::Exports | Flow::Imports)] => Some(only),
            _ => None,
        }
    }
}

/// Figures that are no values of trade in a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OtherFigures {
    Quantities,
    UnitPrices,
    Changes,
    Cumulatives,
    Indices,
    Shares,
    Adjusted,
    ConstantPrices,
    Averages,
    Projections,
    Reexports,
    Services,
    Tariffs,
    DomesticExports,
}

impl fmt::Display for OtherFigures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Quantities => "quantities",
            Self::UnitPrices => "prices of a unit",
            Self::Changes => "changes or percentages",
            Self::Cumulatives => "cumulatives",
            Self::Indices => "indices",
            Self::Shares => "shares",
            Self::Adjusted => "seasonally adjusted figures",
            Self::ConstantPrices => "figures at constant prices",
            Self::Averages => "averages or annual rates",
            Self::Projections => "forecasts or targets",
            Self::Reexports => "re-exports",
            Self::Services => "trade in services",
            Self::Tariffs => "tariffs, duties or rates",
            Self::DomesticExports => "domestic exports, which are exports without re-exports",
        })
    }
}

/// Phrases that deny what a part of them says, in lower case.
const DENIALS: [&str; 13] = [
    "not seasonally adjusted",
    "non-seasonally adjusted",
    "non seasonally adjusted",
    "no seasonal adjustment",
    "without seasonal adjustment",
    "nicht saisonbereinigt",
    "saison- und kalenderbereinigt: nein",
    "non désaisonnalisé",
    "no desestacionalizad",
    "без сезонн",
    "未季调",
    "未经季节",
    "not cumulative",
];

/// Words and phrases in lower case; one that ends in `*` begins longer words. A sign or a Chinese
/// word counts anywhere.
const WORDS: [(OtherFigures, &[&str]); 14] = [
    (
        OtherFigures::DomesticExports,
        &[
            "domestic export*",
            "exports of domestic*",
            "экспорт отечественн*",
        ],
    ),
    (
        OtherFigures::UnitPrices,
        &[
            "unit value*",
            "uv",
            "unit price*",
            "average price*",
            "per tonne",
            "per ton",
            "per kg",
            "per barrel",
            "/tonne",
            "/ton",
            "/kg",
            "/bbl",
            "usd/t",
            "$/t",
            "单价",
            "цена за",
        ],
    ),
    (
        OtherFigures::Quantities,
        &[
            "tonne*",
            "tons",
            "metric ton*",
            "kg",
            "kgs",
            "kilogram*",
            "litre*",
            "liter*",
            "barrels",
            "quantit*",
            "qty",
            "netwgt",
            "net mass",
            "weight",
            "ton",
            "metal content",
            "netweight",
            "nettogewicht",
            "menge",
            "mengen",
            "gewicht",
            "tonnen",
            "quantité*",
            "poids",
            "cantidad*",
            "tonelada*",
            "quantidade*",
            "peso neto",
            "тонн*",
            "количеств*",
            "вес",
            "吨",
            "公斤",
            "건수",
            "件数",
            "千克",
            "数量",
            "重量",
        ],
    ),
    (
        OtherFigures::Adjusted,
        &[
            "seasonally adjusted",
            ": sa",
            "seasonally-adjusted",
            "trend",
            "destagionalizzat*",
            "seizoengecorrigeerd*",
            "seizoensgecorrigeerd*",
            "odsezonowan*",
            "mevsimsel*",
            "mevsimden*",
            "säsongsrensad*",
            "seasonal adjustment",
            "working-day adjusted",
            "calendar adjusted",
            "trend-cycle",
            "trend cycle",
            "saisonbereinigt*",
            "kalenderbereinigt*",
            "désaisonnalisé*",
            "cvs",
            "desestacionaliz*",
            "dessazonaliz*",
            "сезонно*",
            "сезонности",
            "(sa)",
            "swda",
            "(s.a.)",
            ", s.a.",
            ", sa",
            "季节调整",
            "季调",
        ],
    ),
    (
        OtherFigures::Indices,
        &[
            "=100",
            "= 100",
            "volume index",
            "export orders",
            "import orders",
            "new orders",
            "sipariş*",
            "price index",
            "value index",
            "index numbers",
            "indices",
            "volumenindex",
            "índice de",
            "indice de",
            "индекс*",
            "指数",
        ],
    ),
    (
        OtherFigures::Changes,
        &[
            "growth",
            "difference*",
            "diff",
            "delta",
            "δ",
            "% change",
            "change %",
            "change",
            "percent*",
            "per cent",
            "y/y",
            "yoy",
            "y-o-y",
            "m/m",
            "mom",
            "year-on-year",
            "year on year",
            "veränderung*",
            "prozent*",
            "variation",
            "variación",
            "variação",
            "прирост*",
            "рост",
            "роста",
            "темп*",
            "изменени*",
            "процент*",
            "%",
            "±",
            "同比",
            "环比",
            "增长",
            "增幅",
            "增减",
        ],
    ),
    (
        OtherFigures::Cumulatives,
        &[
            "cumul*",
            "accumulated",
            "ytd",
            "year to date",
            "year-to-date",
            "since january",
            "since the beginning",
            "to date",
            "to-date",
            "running total",
            "cum",
            "kümülatif*",
            "birikimli",
            "narastając*",
            "skumulowan*",
            "kumuliert*",
            "kumulativ*",
            "acumulad*",
            "нарастающ*",
            "накоплен*",
            "с начала года",
            "累计",
        ],
    ),
    (
        OtherFigures::Shares,
        &[
            "share",
            "shares",
            "share of",
            "pct",
            "of gdp",
            "contribution of",
            "contribution to",
            "contributions to",
            "anteil*",
            "доля",
            "占比",
            "比重",
        ],
    ),
    (
        OtherFigures::Tariffs,
        &["tax revenue*", "customs revenue*", "duty revenue*"],
    ),
    (
        OtherFigures::ConstantPrices,
        &[
            "constant prices",
            "constant price",
            "in prices of 20*",
            "at prices of 20*",
            "в ценах 20*",
            "в ценах 19*",
            "constant 20*",
            "real terms",
            "in real",
            "volume terms",
            "chained",
            "chain-linked",
            "deflated",
            "preisbereinigt*",
            "prix constants",
            "precios constantes",
            "постоянных ценах",
            "сопоставимых ценах",
            "不变价",
            "可比价",
        ],
    ),
    (
        OtherFigures::Averages,
        &[
            "annualised",
            "annualized",
            "annual rate*",
            "saar",
            "moving average",
            "3-month average",
            "three-month average",
            "6-month average",
            "12-month average",
            "3mma",
            "12mma",
            "working day average",
            "rolling",
            "12-month sum",
            "12-month total",
            "trailing",
            "per capita",
            "daily average",
            "average daily",
            "daily exports",
            "daily imports",
            "per working day",
            "per day",
            "monthly average*",
            "average of the",
            "移动平均",
        ],
    ),
    (
        OtherFigures::Projections,
        &[
            "baseline scenario",
            "simulat*",
            "potential",
            "capacity",
            "contracts signed",
            "forecast",
            "forecasts",
            "forecasted",
            "projection*",
            "projected",
            "target",
            "targets",
            "plan",
            "planned",
            "budget",
            "prognose*",
            "прогноз*",
            "预测",
        ],
    ),
    (
        OtherFigures::Services,
        &[
            "services",
            "dienstleistung*",
            "servicios",
            "serviços",
            "услуг",
            "услуги",
            "服务贸易",
        ],
    ),
    (
        OtherFigures::Reexports,
        &["re-export*", "reexport*", "реэкспорт*", "transit"],
    ),
];

impl OtherFigures {
    /// Return what a text says that figures are instead of values of trade in a month.
    pub(super) fn in_text(text: &str) -> Option<Self> {
        let mut lower = lowered(text);
        for denial in DENIALS {
            if lower.contains(denial) {
                lower = lower.replace(denial, " ");
            }
        }
        // `(USD mn, %)` above columns of values and of their changes.
        if let Some((values, _)) = lower.split_once(", %")
            && unit_in(&values.replace('(', ", ")).is_some()
        {
            lower = lower.replacen(", %", " ", 1);
        }
        // `January 2015 to date` are the months of a table.
        if let Some(at) = lower.find(" to date")
            && lower[..at].ends_with(|c: char| c.is_ascii_digit())
        {
            lower.truncate(at);
        }
        let found = WORDS
            .iter()
            .find(|(_, words)| words.iter().any(|word| has_word(&lower, word)));
        // `Exports (real)`, `Exports at 2015 prices`.
        let separates = |c: char| matches!(c, ',' | ';' | '(' | ')' | '[' | ']' | '|');
        let is_real = || lower.split(separates).skip(1).any(|p| p.trim() == "real");
        let at_prices = || is_real() || has_prices_of_a_year(&lower);
        let constant = || at_prices().then_some(Self::ConstantPrices);
        let kind = found.map(|(kind, _)| *kind).or_else(constant)?;
        // `Exports including re-exports` are exports.
        let beside = ["incl", "excl", "without"];
        let whole = kind == Self::Reexports && beside.iter().any(|word| lower.contains(word));
        (!whole).then_some(kind)
    }
}

impl OtherFigures {
    /// Return what the name of a column says that its figures are, see [`Self::in_text`].
    pub(super) fn of_column(name: &str) -> Option<Self> {
        const RATES: [&str; 6] = ["tariff", "tariffs", "duty", "duties", "rate", "rates"];
        const VALUES: [&str; 3] = ["for duty", "duty free", "duty-free"];
        let lower = name.to_lowercase();
        let named = |words: &[&str]| words.iter().any(|word| has_word(&lower, word));
        let is_rate = named(&RATES) && !named(&VALUES);
        let found = Self::in_text(name).or(is_rate.then_some(Self::Tariffs));
        // `China, volume`; `Trade volume, USD mn` are values.
        let separates = |c: char| matches!(c, ',' | ';' | '(' | ')' | '[' | ']' | '|');
        let parts = || lower.split(separates).map(str::trim).skip(1);
        let ends = |words: &[&str]| parts().any(|part| words.contains(&part));
        let is_content = named(&["content", "mass"]);
        found
            .or_else(|| is_content.then_some(Self::Quantities))
            .or_else(|| {
                let is_volume = ends(&["volume", "volumes", "vol", "vol."]);
                (is_volume && unit_in(name).is_none()).then_some(Self::Quantities)
            })
    }

    /// Return what the short name of a sheet, or a title of one word, says that figures are: `SA`,
    /// `Exports s.a.`, `Index`, `Volume`.
    pub(super) fn named(text: &str, is_sheet: bool) -> Option<Self> {
        const NAMES: [(OtherFigures, &[&str]); 4] = [
            (OtherFigures::Adjusted, &["sa", "s.a.", "s.a", "swda"]),
            (OtherFigures::Indices, &["index", "indexes", "indices"]),
            (OtherFigures::Quantities, &["volume", "volumes", "vol"]),
            (
                OtherFigures::Averages,
                &["average", "averages", "avg", "mean"],
            ),
        ];
        let lower = text.to_lowercase();
        let lower = lower.split(',').next().unwrap_or_default();
        let mut words = lower.split(|c: char| c.is_whitespace() || matches!(c, '_' | '-' | '('));
        let count = words.clone().count();
        if lower.contains("value") {
            return None;
        }
        let of_word = |word: &str| {
            let word = word.trim_matches(|c: char| !c.is_alphanumeric() && c != '.');
            let found = NAMES.iter().find(|(_, names)| names.contains(&word));
            found.map(|(kind, _)| *kind)
        };
        match is_sheet {
            true => words.find_map(of_word),
            // `Quarterly averages`.
            false => words.next_back().and_then(of_word).filter(|_| count <= 2),
        }
    }
}

/// Return the name of a column with blanks between its words: `exports pct gdp` of
/// `exports_pct_gdp`, `Export Value KUSD` of `ExportValueKUSD`. `YoY` is one word.
pub(super) fn spaced(name: &str) -> String {
    let mut spaced = String::with_capacity(name.len() + 4);
    let mut is_after_small = false;
    let mut characters = name.chars().peekable();
    while let Some(c) = characters.next() {
        let goes_on = characters.peek().is_some_and(|next| next.is_alphabetic());
        if c.is_uppercase() && is_after_small && goes_on {
            spaced.push(' ');
        }
        is_after_small = c.is_lowercase();
        spaced.push(if c == '_' { ' ' } else { c });
    }
    spaced.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether a text in lower case names the prices of a year: `at 2015 prices`.
fn has_prices_of_a_year(lower: &str) -> bool {
    let words: Vec<&str> = lower.split_whitespace().collect();
    let is_year = |word: &str| {
        let word = word.trim_start_matches(['(', '[']);
        let is_recent = word.starts_with("19") || word.starts_with("20");
        is_recent && word.len() == 4 && word.bytes().all(|b| b.is_ascii_digit())
    };
    let are_prices = |word: &str| word.trim_matches(|c: char| !c.is_alphabetic()) == "prices";
    words
        .windows(2)
        .any(|pair| is_year(pair[0]) && are_prices(pair[1]))
}

/// Return a text in lower case, `İ` as `i`.
fn lowered(text: &str) -> String {
    text.replace('İ', "i").to_lowercase()
}

/// Whether a text in lower case has a word or phrase, see [`WORDS`].
pub(super) fn has_word(text: &str, word: &str) -> bool {
    let (bare, is_start) = match word.strip_suffix('*') {
        Some(bare) => (bare, true),
        None => (word, false),
    };
    let is_letter = |c: char| c.is_alphanumeric() && !is_chinese(c);
    let begins = bare.chars().next().is_some_and(is_letter);
    let ends = bare.chars().next_back().is_some_and(is_letter);
    text.match_indices(bare).any(|(at, found)| {
        let before = text[..at].chars().next_back();
        let behind = text[at + found.len()..].chars().next();
        let joins = |c: Option<char>| c.is_some_and(is_letter);
        // A number may stand before a unit: `1000kg`.
        let is_digit = before.is_some_and(|c| c.is_ascii_digit());
        (!begins || is_digit || !joins(before)) && (!ends || is_start || !joins(behind))
    })
}

fn is_chinese(c: char) -> bool {
    ('\u{4e00}'..='\u{9fff}').contains(&c)
}

/// Return the flows that the words of a text name, each once.
pub(super) fn flows_in(text: &str) -> Vec<Flow> {
    const EXPORTS: [&str; 22] = [
        "exportsfob",
        "outbound",
        "export",
        "exp",
        "수출*",
        "輸出*",
        "出口額",
        "credit",
        "credits",
        "exports",
        "exported",
        "exporta*",
        "ausfuhr*",
        "esportazion*",
        "экспорт*",
        "ihracat*",
        "eksport*",
        "ekspor",
        "uitvoer*",
        "xuất khẩu",
        "出口",
        "出口额",
    ];
    const IMPORTS: [&str; 24] = [
        "importscif",
        "inbound",
        "import",
        "imp",
        "수입*",
        "輸入*",
        "進口",
        "進口額",
        "debit",
        "debits",
        "imports",
        "imported",
        "importac*",
        "importaç*",
        "importation*",
        "einfuhr*",
        "importazion*",
        "импорт*",
        "ithalat*",
        "impor",
        "invoer*",
        "nhập khẩu",
        "przywóz",
        "进口",
    ];
    const BALANCE: [&str; 9] = [
        "balance",
        "무역수지",
        "balances",
        "saldo",
        "handelsbilanz*",
        "сальдо",
        "差额",
        "差額",
        "顺差",
    ];
    /// Words that have those of exports or imports in them.
    const BOTH: [&str; 4] = ["进出口", "進出口", "수출입", "輸出入"];
    const TOTAL: [&str; 7] = [
        "turnover",
        "total trade",
        "trade turnover",
        "товарооборот*",
        "оборот",
        "贸易总额",
        "貿易總額",
    ];
    let mut lower = lowered(text);
    for other in [
        "re-export",
        "reexport",
        "реэкспорт",
        "re-import",
        "reimport",
    ] {
        if lower.contains(other) {
            lower = lower.replace(other, "re ");
        }
    }
    if has_word(&lower, "net export*") || has_word(&lower, "net import*") {
        return vec![Flow::Balance];
    }
    let named = |words: &[&str]| words.iter().any(|word| has_word(&lower, word));
    let mut flows = Vec::new();
    let has_both = BOTH.iter().any(|word| lower.contains(word));
    if has_both || named(&TOTAL) {
        flows.push(Flow::Total);
    }
    for both in BOTH {
        lower = lower.replace(both, " ");
    }
    let named = |words: &[&str]| words.iter().any(|word| has_word(&lower, word));
    for (flow, words) in [
        (Flow::Exports, &EXPORTS[..]),
        (Flow::Imports, &IMPORTS[..]),
        (Flow::Balance, &BALANCE[..]),
    ] {
        if named(words) {
            flows.push(flow);
        }
    }
    flows
}

/// Return the flow that the name of a column states: by itself, or as the only one of its words.
pub(super) fn flow_in(name: &str) -> Option<Flow> {
    if let Ok(flow) = Flow::parse(name) {
        return Some(flow);
    }
    if OtherFigures::in_text(name).is_some() {
        return None;
    }
    let flows = flows_in(name);
    match flows[..] {
        [only] => Some(only),
        // The balance of exports and imports; exports and imports together.
        _ if flows.contains(&Flow::Balance) => Some(Flow::Balance),
        _ if flows.contains(&Flow::Total) => Some(Flow::Total),
        _ => None,
    }
}

/// Return the parts of a text where a unit may stand: in brackets, behind a comma, a colon or `in`,
/// the last words, the whole.
fn unit_parts(text: &str) -> impl Iterator<Item = &str> {
    let brackets = text
        .split(['(', '[', '（'])
        .skip(1)
        .filter_map(|part| part.split([')', ']', '）']).next());
    let bare = text.split(['(', '[', '（']).next().unwrap_or(text);
    let behind = bare.split_once(',').map(|(_, unit)| unit);
    let before = bare.split_once(',').map(|(unit, _)| unit);
    let last = text.rsplit_once(',').map(|(_, unit)| unit);
    let inside = text.rsplit_once(" in ").map(|(_, unit)| unit);
    let marked = text.rsplit_once([':', '：', '∶']).map(|(_, unit)| unit);
    let blanks: Vec<usize> = text
        .char_indices()
        .rev()
        .filter(|(_, c)| c.is_whitespace())
        .map(|(at, _)| at)
        .take(4)
        .collect();
    let words = blanks.into_iter().rev().map(|at| text[at..].trim_start());
    brackets
        .chain(behind)
        .chain(before)
        .chain(last)
        .chain(inside)
        .chain(marked)
        .chain([text])
        .chain(words)
}

/// Return the texts in brackets.
fn bracketed(text: &str) -> impl Iterator<Item = &str> {
    let parts = text.split(['(', '[', '（']).skip(1);
    parts.filter_map(|part| part.split([')', ']', '）']).next())
}

/// Whether a text states, in brackets, behind a comma, a colon or `in`, a unit of which a word is
/// not known: `(RM million)`.
fn has_unknown_unit(text: &str) -> bool {
    // `China, $ mn`: which dollars they are the caller states.
    if shared_currencies(text).is_some() {
        return false;
    }
    let text = undated(text);
    let bare = text.split(['(', '[', '（']).next().unwrap_or(text);
    let behind = bare.rsplit_once(',').map(|(_, unit)| unit);
    let inside = bare.rsplit_once(" in ").map(|(_, unit)| unit);
    let marked = bare.rsplit_once([':', '：', '∶']).map(|(_, unit)| unit);
    let parts = bracketed(text).chain(behind).chain(inside).chain(marked);
    parts.chain([bare]).any(|part| {
        let is_about = flows_in(part).is_empty() && !is_period(part.trim());
        is_about && Unit::is_unreadable(part)
    })
}

/// Whether a word stands before the last words of a text that may be a scale of their currency:
/// `Nilai Ribuan USD`. Words for a flow, a value or an area are none.
fn follows_unknown_word(text: &str, part: &str) -> bool {
    const VALUES: [&str; 14] = [
        "value",
        "values",
        "trade",
        "amount",
        "turnover",
        "wert",
        "valeur",
        "valor",
        "nilai",
        "kwota",
        "сумма",
        "стоимость",
        "goods",
        "total",
    ];
    let Some(before) = text
        .strip_suffix(part)
        .filter(|before| before.ends_with(' '))
    else {
        return false;
    };
    let word = before.trim_end().rsplit(' ').next().unwrap_or_default();
    let word = word.trim_end_matches(['.', ':', '：']);
    let lower = word.to_lowercase();
    let is_word = word.chars().all(char::is_alphabetic) && !word.is_empty();
    let is_known = VALUES.contains(&lower.as_str())
        || !flows_in(word).is_empty()
        || crate::trade::areas::of_text(word).is_some();
    let both = format!("{word} {part}");
    // `thousand` before `EUR`.
    let is_scale = || match (Unit::parse(&both), Unit::parse(part)) {
        (Ok(both), Ok(own)) => both.scale != own.scale,
        _ => false,
    };
    is_word && !is_known && (Unit::is_unreadable(&both) || is_scale())
}

/// Return a text without the month or quarter before or behind it: `Value, SEK million 2024M01`.
fn undated(text: &str) -> &str {
    let is_dated = |part: &str| {
        let has_sign = part.bytes().any(|b| !b.is_ascii_digit());
        has_sign && part.bytes().any(|b| b.is_ascii_digit()) && is_period(part)
    };
    let text = text.trim();
    let behind = text.rsplit_once(' ').filter(|(_, part)| is_dated(part));
    let before = text.split_once(' ').filter(|(part, _)| is_dated(part));
    let rest = behind
        .map(|(rest, _)| rest)
        .or(before.map(|(_, rest)| rest));
    rest.unwrap_or(text).trim()
}

/// Return the unit that a text states, of several the one with a scale.
pub(super) fn unit_in(text: &str) -> Option<Unit> {
    let text = undated(text).replace('_', " ");
    // A currency beside an unknown word may be in thousands of it.
    if bracketed(&text).any(Unit::is_unreadable) {
        return None;
    }
    let units: Vec<Unit> = unit_parts(&text)
        .filter(|part| !follows_unknown_word(&text, part))
        .filter_map(|part| Some((part, Unit::parse(part).ok()?)))
        .filter(|(part, unit)| unit.currency.is_iso() && is_written(part, unit))
        .map(|(_, unit)| unit)
        .collect();
    let scaled = units.iter().find(|unit| unit.scale != 1.0).copied();
    // `Millions in Vatu (VUV)`.
    let apart = || {
        let unit = *units.first()?;
        let scale = scale_in(&text).unwrap_or(1.0);
        Some(Unit { scale, ..unit })
    };
    scaled.or_else(apart)
}

/// Whether a unit that a text states is the stated one; a scale alone may complete a currency.
pub(super) fn is_same(unit: Unit, stated: Unit) -> bool {
    unit.currency == stated.currency && (unit.scale / stated.scale - 1.0).abs() < 1e-9
}

/// Return the currencies of which a text states one that several countries have: `Rs million`.
pub(super) fn shared_currencies(text: &str) -> Option<&'static [&'static str]> {
    unit_parts(undated(text)).find_map(Unit::shared_currencies)
}

/// Return the scale that a text states without a currency that is known: `(thousands)`, `$ mn`.
pub(super) fn scale_in(text: &str) -> Option<f64> {
    let lower = text.to_lowercase();
    let brackets = lower
        .split(['(', '[', '（'])
        .skip(1)
        .filter_map(|part| part.split([')', ']', '）']).next());
    let behind = lower.rsplit_once(',').map(|(_, unit)| unit);
    let inside = lower.rsplit_once("in ").map(|(_, unit)| unit);
    let before = lower.split_once(" in ").map(|(scale, _)| scale);
    let marked = lower.rsplit_once([':', '：', '∶']).map(|(_, unit)| unit);
    let parts = brackets
        .chain(before)
        .chain(behind)
        .chain(inside)
        .chain(marked)
        .chain([lower.as_str()]);
    // A number alone is no scale, nor is a letter of a name.
    let parts = parts.filter(|part| part.trim().chars().filter(|c| c.is_alphabetic()).count() > 1);
    let scales = parts.filter_map(|part| {
        let names = ["dollars", "dollari", "dollar", "dólares", "$"];
        let bare = names
            .iter()
            .fold(part.to_owned(), |bare, name| bare.replace(name, " "));
        Unit::parse(&format!("{bare} USD")).ok()
    });
    let mut scales = scales.map(|unit| unit.scale);
    scales.find(|scale| *scale != 1.0)
}

/// Whether a text states the currency of a unit and no word that only has its letters: `All`.
fn is_written(text: &str, unit: &Unit) -> bool {
    // Words of titles in capital letters.
    if matches!(unit.currency.as_str(), "ALL" | "TOP") {
        return false;
    }
    let lower = text.to_lowercase();
    let words = [
        "dollar",
        "ringgit",
        "rupiah",
        "baht",
        "lira",
        "euro",
        "yuan",
        "yen",
        "ruble",
        "rouble",
        "renminbi",
        "rmb",
        "naira",
        "n'million",
        "n'billion",
    ];
    let codes = [
        "usd", "eur", "cny", "jpy", "gbp", "rub", "kzt", "inr", "chf", "krw", "rm", "rp", "tl",
        "ft",
    ];
    codes.iter().any(|code| has_word(&lower, code))
        || text.contains(unit.currency.as_str())
        || text.contains(|c: char| c == '$' || !c.is_ascii())
        || words.iter().any(|word| lower.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_says_that_figures_are_no_values_of_a_month() {
        use OtherFigures::*;
        for (text, kind) in [
            ("Exports, tonnes", Quantities),
            ("Exports, thousand tons", Quantities),
            ("Экспорт, тыс. тонн", Quantities),
            ("出口数量（万吨）", Quantities),
            ("Ausfuhr, Tonnen", Quantities),
            ("Exports, % change on a year before", Changes),
            ("Export growth", Changes),
            ("同比", Changes),
            ("Exports, cumulative since January", Cumulatives),
            ("Ausfuhr, kumuliert", Cumulatives),
            ("1-5月累计", Cumulatives),
            ("Экспорт нарастающим итогом", Cumulatives),
            ("Index, 2015=100", Indices),
            ("Exports, seasonally adjusted", Adjusted),
            ("Ausfuhr (saisonbereinigt)", Adjusted),
            ("Exports at constant prices", ConstantPrices),
            ("Share of exports", Shares),
            ("Exports of Utopia (2015 prices)", ConstantPrices),
            ("Exports in 2015 prices, USD mn", ConstantPrices),
            ("Exports, real, USD mn", ConstantPrices),
            ("Exports, 3-month average", Averages),
            ("Exports, swda", Adjusted),
            ("Exports, baseline scenario", Projections),
            ("Contribution of exports", Shares),
            ("Export tax revenue", Tariffs),
            ("USD per tonne", UnitPrices),
            ("exports pct gdp", Shares),
            ("Exports per working day", Averages),
            ("Exports, running total", Cumulatives),
            ("Exports, Jan-to-date", Cumulatives),
            ("İhracat, kümülatif", Cumulatives),
            ("Esportazioni, dati destagionalizzati", Adjusted),
            ("New export orders", Indices),
            ("Domestic exports", DomesticExports),
            ("China Δ", Changes),
            ("Export Weight Ton", Quantities),
            ("Exports of services", Services),
            ("Re-exports", Reexports),
            ("Forecast", Projections),
        ] {
            assert_eq!(OtherFigures::in_text(text), Some(kind), "{text}");
        }
        for text in [
            "Exports of Uzbekistan, USD mn",
            "Exports, not seasonally adjusted",
            "Exports, January 2015 to date",
            "Mass.",
            "Exports including re-exports",
            "National Statistical Service",
            "Washington",
            "Exchange rate: official",
            "Weights and measures office of Kgatleng",
            "Foreign trade of Mongolia",
            "Value",
            "Livestock",
            "Exports 2024, prices f.o.b.",
            "Exports, current prices",
        ] {
            let found = OtherFigures::in_text(text);
            assert_eq!(found, None, "{text}");
        }
    }

    #[test]
    fn the_name_of_a_sheet_may_be_one_word_of_what_its_figures_are() {
        use OtherFigures::{Adjusted, Averages, Indices, Quantities};
        for (text, is_sheet, kind) in [
            ("SA", true, Some(Adjusted)),
            ("s.a.", true, Some(Adjusted)),
            ("Exports SA", true, Some(Adjusted)),
            ("Index", true, Some(Indices)),
            ("Volume", true, Some(Quantities)),
            ("Exports_volume", true, Some(Quantities)),
            ("Quarterly averages, USD mn", false, Some(Averages)),
            ("Index", false, Some(Indices)),
            ("NSA", true, None),
            ("Value and volume", true, None),
            ("Sheet1", true, None),
            ("Exports", true, None),
            ("Exports of Uzbekistan", false, None),
            ("Published by Renault SA", false, None),
        ] {
            assert_eq!(OtherFigures::named(text, is_sheet), kind, "{text}");
        }
    }

    #[test]
    fn a_text_names_flows_by_words_of_several_languages() {
        use Flow::{Balance, Exports, Imports, Total};
        for (text, flows) in [
            ("Exports of Kazakhstan", vec![Exports]),
            ("Imports, USD mn", vec![Imports]),
            ("Important note", vec![]),
            ("Exports and imports", vec![Exports, Imports]),
            ("Einfuhr nach Ländern", vec![Imports]),
            ("进口", vec![Imports]),
            ("进出口总值", vec![Total]),
            ("Экспорт, млн долл. США", vec![Exports]),
            ("Trade balance", vec![Balance]),
            ("Net exports", vec![Balance]),
            ("İhracat", vec![Exports]),
            ("수출금액", vec![Exports]),
            ("수출입총액", vec![Total]),
            ("進出口總值", vec![Total]),
            ("輸出入額", vec![Total]),
            ("貿易差額", vec![Balance]),
            ("輸入額", vec![Imports]),
            ("Re-exports", vec![]),
        ] {
            assert_eq!(flows_in(text), flows, "{text}");
        }
    }

    #[test]
    fn a_text_states_a_unit_or_only_a_scale() {
        for (text, unit, scale) in [
            ("Value (USD mn)", Some(("USD", 1e6)), None),
            ("Value (Juta US$)", Some(("USD", 1e6)), None),
            ("Nilai (Ribu USD)", Some(("USD", 1e3)), None),
            ("Wartość (miliona EUR)", Some(("EUR", 1e6)), None),
            ("Valore (migliaia di EUR)", Some(("EUR", 1e3)), None),
            ("Valeur (milliers d'euros)", Some(("EUR", 1e3)), None),
            ("Value (Zillionen USD)", None, None),
            ("Nilai Ribuan USD", None, None),
            ("Exports (RM million)", Some(("MYR", 1e6)), None),
            (
                "Exports, thousand US dollars (invented)",
                Some(("USD", 1e3)),
                None,
            ),
            ("Exports USD mn", Some(("USD", 1e6)), None),
            ("China, US$ thousand", Some(("USD", 1e3)), None),
            ("Exports and imports, USD", Some(("USD", 1.0)), None),
            ("单位：万元人民币", Some(("CNY", 1e4)), None),
            ("exports_usd_mn", Some(("USD", 1e6)), None),
            ("Millions in Vatu (VUV)", Some(("VUV", 1e6)), None),
            ("Value (USD), thousands", Some(("USD", 1e3)), None),
            ("Value (thousands)", None, Some(1e3)),
            ("Value, in millions", None, Some(1e6)),
            ("Value ($ million)", None, Some(1e6)),
            ("All countries", None, None),
            ("Exports (2024)", None, None),
            ("China", None, None),
        ] {
            let found = TextClaims::of(text);
            let stated = found.unit.map(|u| (u.currency.to_string(), u.scale));
            let stated = stated.as_ref().map(|(c, s)| (c.as_str(), *s));
            assert_eq!((stated, found.scale), (unit, scale), "{text}");
        }
    }

    #[test]
    fn the_name_of_a_column_may_say_that_it_holds_no_values() {
        use OtherFigures::{ConstantPrices, Quantities, Tariffs};
        for (name, kind) in [
            ("China, volume", Some(Quantities)),
            ("Exports (real)", Some(ConstantPrices)),
            ("effective tariff", Some(Tariffs)),
            ("Import duties", Some(Tariffs)),
            ("Trade volume, USD mn", None),
            ("Value for duty", None),
            ("Real Madrid", None),
        ] {
            assert_eq!(OtherFigures::of_column(name), kind, "{name}");
        }
    }

    #[test]
    fn the_words_of_a_name_are_told_apart() {
        for (name, words) in [
            ("exports_pct_gdp", "exports pct gdp"),
            ("ExportValueKUSD", "Export Value KUSD"),
            ("ExportWeightTon", "Export Weight Ton"),
            ("HSCode", "HSCode"),
            ("Value (USD mn)", "Value (USD mn)"),
            ("USDmn", "USDmn"),
            ("Экспорт", "Экспорт"),
        ] {
            assert_eq!(spaced(name), words);
        }
    }

    #[test]
    fn a_unit_with_an_unknown_word_is_none() {
        for text in ["Value (Zillionen USD)", "Eksport (Mill. xy)"] {
            assert!(TextClaims::of(text).has_unknown_unit, "{text}");
        }
        for text in [
            "Value (USD mn)",
            "Exports (invented)",
            "Exports, thousand tonnes",
            "Value (thousands)",
            "Exports of Kazakhstan, 2024",
            "Exports and imports, USD",
            "Trade with China, January 2024",
        ] {
            assert!(!TextClaims::of(text).has_unknown_unit, "{text}");
        }
    }
}
