//! Titles that name a part of the products: `Exports of crude oil`, `Non-oil exports`.

use super::claim::{flows_in, has_word};
use super::mention::mentions;
use super::total_word::is_all_products;
use crate::trade::areas::of_text;

/// Products in lower case, see [`has_word`].
const PRODUCTS: [&str; 118] = [
    "oil",
    "crude",
    "petroleum",
    "gas",
    "lng",
    "coal",
    "coke",
    "fuel*",
    "energy",
    "electricity",
    "gold",
    "silver",
    "copper",
    "aluminium",
    "aluminum",
    "steel",
    "iron",
    "metal",
    "metals",
    "nickel",
    "zinc",
    "uranium",
    "ore",
    "ores",
    "mineral",
    "minerals",
    "rare earth*",
    "diamond*",
    "cotton",
    "wheat",
    "grain",
    "grains",
    "rice",
    "corn",
    "maize",
    "soy*",
    "barley",
    "coffee",
    "cocoa",
    "tea",
    "sugar",
    "fish",
    "seafood",
    "meat",
    "beef",
    "pork",
    "dairy",
    "fruit",
    "fruits",
    "vegetable*",
    "food",
    "foodstuff*",
    "agricultural",
    "textile*",
    "clothing",
    "apparel",
    "garment*",
    "footwear",
    "machinery",
    "machines",
    "vehicles",
    "cars",
    "automobile*",
    "automotive",
    "electronics",
    "semiconductor*",
    "chemicals",
    "chemical",
    "pharmaceutical*",
    "fertilizer*",
    "fertiliser*",
    "plastics",
    "timber",
    "wood",
    "furniture",
    "manufactured",
    "manufactures",
    "consumer goods",
    "capital goods",
    "intermediate goods",
    "arms",
    "weapons",
    "aircraft",
    "wine",
    "tobacco",
    "erdöl",
    "rohöl",
    "erdgas",
    "kohle",
    "stahl",
    "maschinen",
    "fahrzeuge",
    "pétrole",
    "gaz",
    "petróleo",
    "carbón",
    "cobre",
    "trigo",
    "нефт*",
    "ненефт*",
    "газ",
    "газа",
    "уголь",
    "угля",
    "золот*",
    "хлопк*",
    "зерн*",
    "пшениц*",
    "металл*",
    "машин",
    "продовольств*",
    "топлив*",
    "удобрени*",
    "原油",
    "石油",
    "煤炭",
    "钢材",
    "黄金",
];

/// Words of a title that name no product, in lower case: `Exports of the country`.
const NEUTRAL: [&str; 31] = [
    "good*",
    "merchandise",
    "commodit*",
    "product*",
    "item*",
    "all",
    "total",
    "countr*",
    "region*",
    "partner*",
    "econom*",
    "state*",
    "member*",
    "republic*",
    "union*",
    "world",
    "area*",
    "group*",
    "bloc*",
    "domestic",
    "foreign",
    "national",
    "local",
    "origin",
    "value*",
    "year*",
    "month*",
    "trad*",
    "our",
    "each",
    "selected",
];

/// Return the words of a title or of the name of a sheet that name a part of the products.
pub(super) fn part_of_products(text: &str) -> Option<String> {
    let lower = text.to_lowercase();
    // What a figure of the whole contains.
    let contained = ["incl", "в том числе", "其中"];
    let ends = contained.iter().filter_map(|word| lower.find(word));
    let lower = &lower[..ends.min().unwrap_or(lower.len())];
    // Offices.
    const OTHERS: [&str; 10] = [
        "ministry",
        "department",
        "agency",
        "bureau",
        "committee",
        "organization",
        "organisation",
        "association",
        "министерств",
        "комитет",
    ];
    if OTHERS.iter().any(|word| lower.contains(word)) {
        return None;
    }
    // A part of the trade by its way or its customs procedure.
    const WAYS: [&str; 13] = [
        "by sea",
        "by air",
        "by rail",
        "by road",
        "by pipeline",
        "free zone*",
        "free trade zone*",
        "inward processing",
        "outward processing",
        "processing trade",
        "морским транспортом",
        "железнодорожным транспортом",
        "加工贸易",
    ];
    if let Some(way) = WAYS.iter().find(|way| has_word(lower, way)) {
        return Some(way.trim_end_matches('*').to_owned());
    }
    let of = ["exports of ", "imports of "].iter().find_map(|start| {
        let at = lower.find(start)? + start.len();
        text.get(at..)
    });
    let phrase = of.map(object);
    // `Ivory Coast` is a country, not a product of it.
    if let Some(word) = PRODUCTS.iter().find(|word| has_word(lower, word))
        && of_text(text).is_none()
    {
        let bare = word.trim_end_matches('*');
        let is_it = |part: &&str| part.to_lowercase().contains(bare);
        let found = phrase.as_deref().filter(is_it);
        let found = found.or_else(|| text.split_whitespace().find(is_it));
        let found = found.unwrap_or(bare);
        let found = found.trim_matches(|c: char| !c.is_alphanumeric());
        return Some(found.to_owned());
    }
    let phrase = phrase?;
    // A part of the reporter: `Exports of Tashkent region`.
    const PARTS: [&str; 7] = [
        "region",
        "oblast",
        "province",
        "district",
        "city",
        "state of",
        "область",
    ];
    let is_named = phrase.chars().any(char::is_uppercase) && of_text(&phrase).is_none();
    if is_named
        && PARTS
            .iter()
            .any(|part| has_word(&phrase.to_lowercase(), part))
    {
        return Some(phrase);
    }
    // The name of an area has a capital letter; a product is a noun in small ones.
    let is_noun = phrase.chars().next().is_some_and(char::is_lowercase);
    let is_neutral = NEUTRAL.iter().any(|word| has_word(&phrase, word))
        || phrase.chars().any(char::is_uppercase)
        || !flows_in(&phrase).is_empty()
        || is_all_products(&phrase)
        || of_text(&phrase).is_some()
        || !mentions(text).is_empty();
    (is_noun && !is_neutral).then_some(phrase)
}

/// Return the words behind `exports of` up to the next part of the sentence.
fn object(text: &str) -> String {
    let marks = [',', ';', ':', '(', '[', '.', '|', '–', '—', '/'];
    let text = text.split(marks).next().unwrap_or_default();
    let ends = [
        "by", "to", "from", "in", "with", "at", "for", "between", "during", "since", "-", "per",
    ];
    let words = text.split_whitespace().take_while(|word| {
        !ends.contains(&word.to_lowercase().as_str()) && !word.starts_with(|c: char| c.is_numeric())
    });
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_may_name_a_part_of_the_products() {
        for (text, part) in [
            ("Exports of crude oil, USD mn", "crude oil"),
            ("Экспорт нефти, млн долларов США", "нефти"),
            ("Exports of oil and gas, million USD", "oil and gas"),
            ("Non-oil exports, USD mn", "Non-oil"),
            ("Exports excluding gold", "gold"),
            ("Imports of Machinery", "Machinery"),
            ("Gold exports of Uzbekistan", "Gold"),
            ("Exports of manufactured goods", "manufactured goods"),
            ("Imports of toys by country", "toys"),
            ("原油进口", "原油进口"),
        ] {
            assert_eq!(part_of_products(text).as_deref(), Some(part), "{text}");
        }
        for text in [
            "Exports of Uzbekistan, USD thousand",
            "Exports of the Republic of Uzbekistan by partner",
            "Exports of goods by country",
            "Exports of goods and services",
            "Exports of all commodities",
            "Exports of merchandise, 2024",
            "Exports of EAEU countries",
            "exports of kazakhstan",
            "Exports of the country",
            "Exports of selected economies",
            "Exports including gold",
            "Exports by product",
            "Foreign trade of Mongolia",
            "Ministry of Oil and Gas: exports",
            "Exports of Côte d'Ivoire",
            "Ausfuhr nach Ländern",
            "Экспорт Узбекистана по странам",
            "Экспорт товаров",
            "Sheet1",
        ] {
            assert_eq!(part_of_products(text), None, "{text}");
        }
    }
}
