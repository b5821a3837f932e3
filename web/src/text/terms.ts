// Words for constants of the service, in both languages. What is not listed is shown as it is.
import type { Language } from "./text";

type Term = readonly [english: string, chinese: string];

const DRIVERS: Record<string, Term> = {
  observed: ["Months already observed", "已有实际数据的月份"],
  level: ["Recent level", "近期水平"],
  trend: ["Trend", "趋势"],
  lags_1_to_3: ["Last 3 months", "最近3个月"],
  lags_4_to_11: ["4 to 11 months back", "4至11个月前"],
  lags_12_to_13: ["12 to 13 months back", "12至13个月前"],
  lags_from_14: ["14 months back and more", "14个月前及更早"],
  season: ["Season", "季节性"],
  new_year: ["Lunar New Year", "春节"],
  working_days: ["Working days", "工作日"],
  base: ["Base effect", "基数效应"],
  limits: ["Limits of plausible growth", "合理增速限制"],
  to_median: ["From members to their median", "由各成员到中位数"],
  drawn_in: ["Drawn towards the past", "向历史收敛"],
  to_mean: ["From median to mean", "由中位数到均值"],
  zeros: ["Months without trade", "无贸易月份"],
  level_shift: ["Stated level shift", "已说明的水平变动"],
  outlier: ["Exceptional months", "异常月份"],
  carried_on: ["Last level carried on", "延续最后水平"],
  joint_median: ["From path to median of paths", "由单一路径到路径中位数"],
};

const CHECKS: Record<string, Term> = {
  REPEATED: ["published twice", "重复发布"],
  FLOWS: ["exports and imports against the total", "出口、进口与总额不符"],
  GROWTH: ["growth against the levels", "增速与金额不符"],
  CHANGE: ["change against the levels", "增减额与金额不符"],
  BASES: ["bases of the flows against that of the total", "各流向基数与总额基数不符"],
  SPANS: ["span against its parts", "区间与其各部分不符"],
  PARTNERS: ["region against its members", "地区与其成员不符"],
  CURRENCIES: ["two currencies against the exchange rate", "两种币种与汇率不符"],
};

const MEASURES: Record<string, Term> = {
  LEVEL: ["level", "金额"],
  GROWTH: ["growth", "增速"],
  CHANGE: ["change", "增减额"],
  SHARE_OF_PRODUCT: ["share of product", "商品占比"],
  SHARE_OF_PARTNER: ["share of partner", "伙伴占比"],
  SHARE_OF_REPORTER: ["share of reporting region", "报告地区占比"],
};

const ISSUES: Record<string, Term> = {
  GAP: ["gap", "缺失月份"],
  DUPLICATE: ["month given twice", "月份重复"],
  UNIT_JUMP: ["jump of the unit", "单位突变"],
  INCOHERENT: ["flows do not add up", "流向合计不符"],
  MIRROR: ["differs from the partner's figures", "与伙伴国数据不一致"],
  OUTLIER: ["outlier", "异常值"],
  LEVEL_SHIFT: ["level shift", "水平变动"],
  UNDECIDABLE: ["outlier or level shift, not yet clear", "异常值或水平变动，尚难判断"],
  REVISION: ["revision", "修订"],
  OTHER_SOURCE: ["months of another source", "部分月份来源不同"],
  CUMULATIVE: ["looks cumulative", "疑似累计值"],
  GROWTH_MISMATCH: ["growth contradicts the levels", "增速与金额矛盾"],
};

const SCORES: Record<string, Term> = {
  smape: ["sMAPE", "sMAPE"],
  mase: ["MASE", "MASE"],
};

const PARTS_OF_OUTLOOKS: Record<string, Term> = {
  "other pairs and exchange rates": ["Other pairs and exchange rates", "其他双边数据与汇率"],
  "revisions of earlier months": ["Revisions of earlier months", "以前月份的修订"],
};

const TERMS = {
  driver: DRIVERS,
  check: CHECKS,
  measure: MEASURES,
  issue: ISSUES,
  score: SCORES,
  cause: PARTS_OF_OUTLOOKS,
};

/** Return the word for a constant; constants without one in plain letters. */
export function term(language: Language, kind: keyof typeof TERMS, name: string | undefined): string {
  const found = TERMS[kind][name ?? ""];
  if (found) return found[language === "zh" ? 1 : 0];
  return (name ?? "").replaceAll("_", " ");
}
