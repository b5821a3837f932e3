// Sentences of the service as people read them: spans as the page writes them, and in Chinese where
// the page is. A sentence that is not listed is shown as it came.
import { monthNumber, parseSpan } from "../format";
import type { Words } from "./text";

/** Spans of the wire within a sentence. A month after a hyphen or beside a digit is none. */
const SPAN = /\b\d{4}-(?:\d{2}-\d{2}\/P\d+[MY](?:\d+M)?|Q[1-4]|S[12]|\d{2})\b(?![-\d])/g;

const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");
const MONTH = `(${MONTHS.join("|")})`;
/** Spans in words: May 2025, Jan–May 2025, Jun 2024–May 2025. */
const IN_WORDS = new RegExp(`\\b${MONTH}(?: (\\d{4}))?–${MONTH} (\\d{4})\\b|\\b${MONTH} (\\d{4})\\b`, "g");

/** Return a sentence with its spans as the wire writes them, without blanks. */
function withWireSpans(note: string): string {
  const at = (year: string | undefined, name: string | undefined) =>
    `${year}-${String(MONTHS.indexOf(name ?? "") + 1).padStart(2, "0")}`;
  return note.replace(IN_WORDS, (_, from, fromYear, to, toYear, only, year) => {
    if (only) return at(year, only);
    const first = at(fromYear ?? toYear, from);
    return `${first}-01/P${monthNumber(at(toYear, to)) - monthNumber(first) + 1}M`;
  });
}

/** Sentences by their English form; what stands in parentheses is taken over in turn. */
const CHINESE: readonly (readonly [RegExp, string])[] = [
  // Notes on a forecast.
  [/^(\S+) is (\S+) times the level before it: another unit\?$/, "$1的数值是此前水平的 $2 倍：单位是否不同？"],
  [/^(\S+) to (\S+) are (\S+) times the level before them: another unit\?$/, "$1至$2的数值是此前水平的 $3 倍：单位是否不同？"],
  [/^(\S+) is (\S+) times the level before it: an error\?$/, "$1的数值是此前水平的 $2 倍：是否有误？"],
  [/^(\S+) to (\S+) are (\S+) times the level before them: an error\?$/, "$1至$2的数值是此前水平的 $3 倍：是否有误？"],
  [/^(\S+) is (\S+) % of the level before it: another unit\?$/, "$1的数值是此前水平的 $2%：单位是否不同？"],
  [/^(\S+) to (\S+) are (\S+) % of the level before them: another unit\?$/, "$1至$2的数值是此前水平的 $3%：单位是否不同？"],
  [/^(\S+) is (\S+) % of the level before it: an error\?$/, "$1的数值是此前水平的 $2%：是否有误？"],
  [/^(\S+) to (\S+) are (\S+) % of the level before them: an error\?$/, "$1至$2的数值是此前水平的 $3%：是否有误？"],
  [/^(\d+) months? without a figure w(?:as|ere) bridged$/, "$1 个月没有数据，已用插值补上"],
  [/^less than a year of history: .*$/, "历史数据不足一年：不建立季节模型"],
  [/^less than two years of history: .*$/, "历史数据不足两年：季节性取自最近一年"],
  [/^less than three years of history: .*$/, "历史数据不足三年：季节性尚不确定，权重并非该序列自身的权重"],
  [/^(\d+) months? without trade: .*$/, "$1 个月没有贸易：不计入水平，未来各月按出现贸易的频率加权"],
  [/^no trade for (\d+) months?: weighed (\S+) that it has stopped$/, "已有 $1 个月没有贸易：按 $2 的概率视为已停止"],
  [/^level shift since (\S+), ([+−-]?\d+) %, weighed (\S+) that it lasts$/, "自$1起水平变动 $2%，按 $3 的概率视为持续"],
  [/^stated level shift since (\S+), ([+−-]?\d+) %: it lasts$/, "已说明的水平变动：自$1起 $2%，持续有效"],
  [/^stated level shift since (\S+): it lasts$/, "已说明的水平变动：自$1起，持续有效"],
  [/^stated outlier (\S+): .*$/, "已说明的异常月份$1：不计入历史"],
  [/^the event stated of (\S+) lies outside the history: .*$/, "所说明的$1事件不在历史范围内，已忽略"],
  [/^trade began (\d+) months? ago: weighed (\S+) that it goes on$/, "贸易始于 $1 个月前：按 $2 的概率视为持续"],
  [/^most series of the panel fell in their last months: (\d+) % of the weight .*$/, "多数序列最近几个月下降：$1% 的权重移向跟随最新水平的成员"],
  [/^values below zero: .*$/, "有负值：按水平值建模"],
  [/^effects of the calendar or of given columns are part of the forecast$/, "预测计入了日历效应或所给变量的影响"],
  [/^newer months of (\d+) other series, to (\S+): (\S+) % in the first month$/, "$1 个其他序列有更新的月份（截至$2）：使首月预测变动 $3%"],
  [/^every value is the same: .*$/, "各期数值相同：沿用该值"],
  // What an outlook could not use or meet.
  [/^(\S+) (level|growth|change) of (\S+): published (\S+)(?: million| %)?, drawn (\S+)( million| %)?$/, "$1 $3的$2：发布值 $4，推算值 $5$6"],
  [/^(\S+) (level|growth|change) of (\S+): (.*)$/, "$1 $3的$2：$4"],
  // Findings of the quality report.
  [/^looks cumulative: rises through (\d+) of (\d+) years, in (\S+) to (\S+) times January; .*$/, "疑似累计值：$2 年中有 $1 年逐月上升，$3为1月的 $4 倍；若是累计值，请按区间数据导入"],
  [/^given twice with one value$/, "重复给出，数值相同"],
  [/^given twice, (\S+) and (\S+); the later file's is used$/, "重复给出：$1 与 $2；采用后一文件的数值"],
  [/^(\d+) months without a figure, (\S+) to (\S+)$/, "$1 个月没有数据，自$2至$3"],
  [/^published growth of (\S+) is (\S+) %, the levels say (\S+) %(.*): another column or span\?$/, "$1的发布增速为 $2%，而金额显示为 $3%：是否取错列或区间？"],
  [/^against exports of (\S+): median (\S+) % over (\d+) periods, (\S+) to (\S+)$/, "与 $1 的出口相比：$3 期的中位差异为 $2%，自$4至$5"],
  [/^(\d+) of (\d+) figures differ from those known, median (\S+) %, largest (\S+) % \((\S+)\)(.*)$/, "$2 个数据中有 $1 个与已知数据不同，中位差异 $3%，最大 $4%（$5）"],
  [/^months from `(.*)`: (\d+); others are from `(.*)`$/, "来自“$1”的月份：$2；其他月份来自“$3”"],
  [/^exports and imports make (\S+), the total is (\S+)$/, "出口与进口合计 $1，总额为 $2"],
  [/^(\S+) times the level before: another unit\?$/, "是此前水平的 $1 倍：单位是否不同？"],
  [/^(\S+) % in the last (\d+) months: .*$/, "最近 $2 个月变动 $1%：是异常值还是水平变动，有待后续月份判断"],
  [/^(\S+) % against the six months before, for (\d+) months$/, "较此前六个月变动 $1%，持续 $2 个月"],
  [/^(\S+) % against the six months before, and back$/, "较此前六个月变动 $1%，其后恢复"],
  // What is not known.
  [/^no figures of (\S+), (\S+), were public by then.*$/, "截至该日没有 $1（$2）的数据"],
  [/^there is no series .*$/, "没有这一序列"],
  // What a row was expected to have.
  [/^(?:`(.*)` is no (?:month|period): )?expected (?:a month|for example 2025-05|a month or span).*$/, "应为月份或区间，例如 2025-05、2025-Q2 或 2025"],
  [/^expected a period within the years 1000 to 2999$/, "应为1000年至2999年之间的时期"],
  [/^(?:`(.*)` is no date: )?expected for example 2025-06-14$/, "应为日期，例如 2025-06-14"],
  [/^`(.*)` is no code: expected .*$/, "“$1”不是代码：应为字母、数字、连字符或下划线"],
  [/^`(.*)` is no flow: expected .*$/, "“$1”不是流向：应为 X（出口）、M（进口）、T（总额）或 B（差额）"],
  [/^`(.*)` is no unit: expected .*$/, "“$1”不是单位：应为币种和数量级，例如 USD 1000"],
  [/^expected a currency of ISO 4217.*$/, "应为 ISO 4217 的币种代码"],
  [/^expected a finite number.*$/, "应为数字：没有数据时留空，数值为零时写 0"],
  [/^expected a value of zero or more: .*$/, "应为零或正数：出口和进口不会为负"],
  [/^expected a day of release .*$/, "发布日期与时期不符"],
  [/^expected a period that ends .*$/, "时期尚未结束，或晚于今天过多"],
  [/^expected a number that can be read in one way: .*$/, "数字有两种读法：请说明小数点和千位分隔符"],
  [/^expected a date that can be read in one way: .*$/, "日期有两种读法：请说明日与月的顺序"],
  [/^expected one of (.*)$/, "应为以下之一：$1"],
  // Rows that were left out.
  [/^no figure given$/, "没有给出数据"],
  [/^confidential$/, "保密数据"],
  [/^services, no goods$/, "服务而非货物"],
];

/** Parts of sentences that are taken over in their own words. */
const WORDS: Record<string, string> = {
  level: "金额",
  growth: "增速",
  change: "增减额",
  " million": " 百万",
  " %": "%",
  "a bound, not a figure": "只是上下限",
  "a balance: only sums of flows count": "差额：只采用流向之和",
  "not above zero": "不大于零",
  "neither a level nor a growth rate": "既非金额也非增速",
  "its currency is not stated": "未说明币种",
  "outside the months looked at": "超出所看的月份",
  "no exchange rate for its months": "相应月份没有汇率",
};

/** Return a sentence of the service in the language of the page, its spans as the page has them.
 * Samples of what is to be written stay as they must be written. */
export function noteText(words: Words, note: string): string {
  const withSpans = (text: string) =>
    text.replace(SPAN, (span) => (parseSpan(span) ? words.span(span) : span));
  const plain = withWireSpans(note);
  const found = words.language === "zh" ? CHINESE.find(([english]) => english.test(plain)) : undefined;
  if (!found) return /\bexpected\b/.test(note) ? note : withSpans(plain);
  const [english, chinese] = found;
  const parts = english.exec(plain) ?? [];
  return chinese.replace(/\$(\d)/g, (_, at: string) => {
    const part = parts[Number(at)] ?? "";
    return WORDS[part] ?? withSpans(part).replace(/^-(?=\d)/, "−");
  });
}
