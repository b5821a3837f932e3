//! What the name of a column says that its cells are.

use super::claim::{flows_in, has_word, spaced, unit_in};
use crate::trade::Flow;

/// What the cells of a column are by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ColumnKind {
    /// Codes or names of reporters.
    Reporter,
    /// Codes or names of partners, or of countries.
    Partner,
    /// Codes or names of products.
    Product,
    /// Parts of the period.
    Period,
    /// Parts of a reporter's trade: regions, ports, modes of transport, companies.
    Breakdown,
    /// What is measured: indicators, units, adjustments.
    Measure,
    /// Notes, flags, sources and numbers of rows.
    Note,
}

/// The kinds by words of their names; the first that fits counts. See [`has_word`].
const NAMES: [(ColumnKind, &[&str]); 7] = [
    (
        ColumnKind::Note,
        &[
            "note",
            "notes",
            "comment*",
            "remark*",
            "flag",
            "flags",
            "footnote*",
            "source*",
            "link",
            "url",
            "updated",
            "last update",
            "status",
            "obs_status",
            "anmerkung*",
            "quelle",
            "примечан*",
            "источник",
            "备注",
        ],
    ),
    (
        ColumnKind::Measure,
        &[
            "indicator*",
            "indikator*",
            "indicador*",
            "indicateur*",
            "показатель",
            "measure*",
            "variable",
            "statistic*",
            "series",
            "concept",
            "unit*",
            "uom",
            "einheit",
            "unité",
            "unidad*",
            "единиц*",
            "adjustment*",
            "adjusted",
            "basis",
            "prices",
            "type",
            "freq*",
            "multiplier*",
            "unit mult*",
            "scale",
            "指标",
            "单位",
            "單位",
            "単位",
            "단위",
        ],
    ),
    (
        ColumnKind::Product,
        &[
            "product",
            "products",
            "productcode",
            "product_code",
            "productname",
            "commodit*",
            "hs",
            "hs2",
            "hs4",
            "hs6",
            "hs8",
            "hs10",
            "hscode",
            "hs_code",
            "goods",
            "item",
            "ncm",
            "hts",
            "cn8",
            "cn code",
            "sitc",
            "bec",
            "naics",
            "isic",
            "cpa",
            "nace",
            "chapter*",
            "section*",
            "heading",
            "group",
            "groups",
            "categor*",
            "tariff line*",
            "tariff code*",
            "tariff item*",
            "tariff number*",
            "tariff heading*",
            "товар*",
            "тн вэд",
            "тнвэд",
            "ware*",
            "produit*",
            "producto*",
            "produto*",
            "mercadoria*",
            "cmdcode",
            "商品*",
            "品目*",
            "품목*",
            "类章",
        ],
    ),
    (
        ColumnKind::Period,
        &[
            "year",
            "years",
            "yr",
            "month",
            "months",
            "quarter",
            "quarters",
            "qtr",
            "quartal*",
            "kvartal*",
            "trimest*",
            "half",
            "halves",
            "half-year*",
            "halfyear",
            "halbjahr*",
            "semest*",
            "полугод*",
            "fiscal",
            "financial year",
            "fy",
            "date",
            "day",
            "week",
            "period",
            "time",
            "jahr",
            "monat",
            "mois",
            "mes",
            "mese",
            "año",
            "année",
            "annee",
            "jaar",
            "mesi",
            "mês",
            "ay",
            "yıl",
            "bulan",
            "tahun",
            "maand",
            "måned",
            "miesiąc",
            "rok",
            "oy",
            "yil",
            "tháng",
            "năm",
            "perioden",
            "refperiod",
            "ano",
            "anno",
            "période",
            "дата",
            "месяц",
            "год",
            "квартал",
            "период",
            "年",
            "月",
            "年月",
            "월",
            "년",
            "연월",
            "년월",
            "기간",
            "日期",
            "refyear",
            "refmonth",
        ],
    ),
    (
        ColumnKind::Reporter,
        &["report*", "declar*", "ref_area", "reference area"],
    ),
    (
        ColumnKind::Breakdown,
        &[
            "region",
            "regions",
            "subregion",
            "sub-region",
            "continent*",
            "province*",
            "district*",
            "oblast*",
            "state",
            "port",
            "ports",
            "customs",
            "office",
            "transport*",
            "mode",
            "regime",
            "procedure",
            "company",
            "firm",
            "enterprise*",
            "ownership",
            "sector*",
            "industry",
            "bundesland",
            "регион*",
            "область",
            "таможн*",
            "地区",
            "省",
            "关别",
            "贸易方式",
            "运输方式",
            "企业",
        ],
    ),
    (
        ColumnKind::Partner,
        &[
            "partner*",
            "counterpart*",
            "destination*",
            "origin*",
            "market*",
            "country*",
            "countries",
            "cty*",
            "nation",
            "economy",
            "trading",
            "importer*",
            "exporter*",
            "geo",
            "land",
            "länder",
            "pays",
            "país",
            "pais",
            "paese",
            "стран*",
            "партн*",
            "国*",
            "國*",
            "相手国*",
            "국가*",
            "상대국*",
            "贸易伙伴",
            "ülke*",
            "kraj*",
            "negara*",
            "landen",
            "mamlakat*",
            "nước",
            "território",
            "territorio",
            "area",
        ],
    ),
];

impl ColumnKind {
    /// Return the kind of a column of this name; `None` where the name says nothing.
    pub(super) fn of(name: &str) -> Option<Self> {
        let lower = name.to_lowercase();
        let spaced = spaced(name).to_lowercase();
        let found = NAMES.iter().find(|(_, words)| {
            let named = |word: &&str| has_word(&lower, word) || has_word(&spaced, word);
            words.iter().any(named)
        });
        let kind = found.map(|(kind, _)| *kind);
        // `Country/Region`, `Region/Country/Area`.
        let is_country = has_word(&lower, "country") || has_word(&lower, "countries");
        let kind = match kind {
            Some(Self::Breakdown) if is_country => Some(Self::Partner),
            other => other,
        };
        kind.filter(|kind| *kind != Self::Product || !names_values(&spaced))
    }
}

/// Whether a name with a word for products is one of values: `Товарооборот`, `Goods exports`,
/// `Value of goods`. `Exported goods` and `Code of the export` are products.
fn names_values(lower: &str) -> bool {
    let flows = flows_in(lower);
    if flows.contains(&Flow::Total) || flows.contains(&Flow::Balance) {
        return true;
    }
    let named = |words: &[&str]| words.iter().any(|word| has_word(lower, word));
    let is_label = named(&[
        "code*", "name*", "exported", "imported", "код*", "kod", "编码",
    ]);
    let has_values = named(&["value", "values", "amount", "стоимость", "金额"]);
    !is_label && (!flows.is_empty() || has_values || unit_in(lower).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_what_the_cells_are() {
        for (name, kind) in [
            ("Partner country", Some(ColumnKind::Partner)),
            ("reporter_name", Some(ColumnKind::Reporter)),
            ("HS code", Some(ColumnKind::Product)),
            ("Commodity", Some(ColumnKind::Product)),
            ("Country of origin", Some(ColumnKind::Partner)),
            ("Region", Some(ColumnKind::Breakdown)),
            ("Region/Country/Area", Some(ColumnKind::Partner)),
            ("Month", Some(ColumnKind::Period)),
            ("年月", Some(ColumnKind::Period)),
            ("Footnotes", Some(ColumnKind::Note)),
            ("broad_group", Some(ColumnKind::Product)),
            ("HSCode", Some(ColumnKind::Product)),
            ("Production (t)", None),
            ("국가", Some(ColumnKind::Partner)),
            ("Multiplier", Some(ColumnKind::Measure)),
            ("effective tariff", None),
            ("Continent", Some(ColumnKind::Breakdown)),
            ("Poland", None),
            ("Value", None),
            ("Indicator", Some(ColumnKind::Measure)),
            ("Товар", Some(ColumnKind::Product)),
            ("Товарная группа", Some(ColumnKind::Product)),
            ("Exported goods", Some(ColumnKind::Product)),
            ("Товарооборот", None),
            ("Внешнеторговый товарооборот", None),
            ("Goods balance", None),
            ("Total trade in goods", None),
            ("Goods exports", None),
            ("Value of goods", None),
            ("Trade turnover", None),
        ] {
            assert_eq!(ColumnKind::of(name), kind, "{name}");
        }
    }
}
