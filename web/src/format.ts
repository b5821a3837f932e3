// Numbers, months and spans as people read them, in the language of the page.
import type { Language } from "./text/text";

const LOCALES: Record<Language, string> = { en: "en-GB", zh: "zh-CN" };
const formats = new Map<string, Intl.NumberFormat>();

function numberFormat(language: Language, options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = language + JSON.stringify(options);
  let format = formats.get(key);
  if (!format) {
    format = new Intl.NumberFormat(LOCALES[language], options);
    formats.set(key, format);
  }
  return format;
}

/** A level with some significant digits, three unless stated: 59.1bn, 591亿. */
export function level(language: Language, value: number | undefined, digits = 3): string {
  if (value === undefined || !Number.isFinite(value)) return "–";
  return numberFormat(language, {
    notation: "compact",
    maximumSignificantDigits: digits,
    minimumSignificantDigits: Math.abs(value) >= 1 ? digits : 1,
  }).format(value);
}

/** The name of a currency within a sentence: USD, 美元. */
export function currencyName(language: Language, code: string): string {
  if (language !== "zh") return code;
  try {
    return new Intl.DisplayNames([LOCALES.zh], { type: "currency" }).of(code) ?? code;
  } catch {
    // Not a code of a currency.
    return code;
  }
}

/** An amount of a currency: 59.1bn USD, 591亿美元. */
export function money(language: Language, value: number | undefined, currency: string): string {
  const amount = level(language, value);
  if (language !== "zh") return `${amount} ${currency}`;
  return `${amount}${currency === "CNY" ? "元" : currencyName(language, currency)}`;
}

/** A fraction as a signed percentage: +10.4%. */
export function growth(language: Language, fraction: number | undefined, digits = 1): string {
  if (fraction === undefined || !Number.isFinite(fraction)) return "–";
  return numberFormat(language, {
    style: "percent",
    signDisplay: "exceptZero",
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  }).format(fraction);
}

/** A fraction as a percentage without a sign: 56%. */
export function share(language: Language, fraction: number | undefined, digits = 0): string {
  if (fraction === undefined || !Number.isFinite(fraction)) return "–";
  return numberFormat(language, {
    style: "percent",
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  }).format(fraction);
}

/** A number with a sign and a fixed number of digits: −0.8. */
export function signed(language: Language, value: number | undefined, digits = 1): string {
  if (value === undefined || !Number.isFinite(value)) return "–";
  return numberFormat(language, {
    signDisplay: "exceptZero",
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  }).format(value);
}

/** A number with a fixed number of digits. */
export function plain(language: Language, value: number | undefined, digits = 1): string {
  if (value === undefined || !Number.isFinite(value)) return "–";
  return numberFormat(language, {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  }).format(value);
}

/** A month of the calendar, counted from January of year 0. */
export type MonthNumber = number;

/** Parse YYYY-MM. */
export function monthNumber(text: string): MonthNumber {
  const [year, month] = text.split("-");
  return Number(year) * 12 + Number(month) - 1;
}

/** Write a month as YYYY-MM. */
export function monthText(month: MonthNumber): string {
  const year = Math.floor(month / 12);
  return `${year}-${String(month - year * 12 + 1).padStart(2, "0")}`;
}

/** Seconds since 1970 of the first day of a month, the horizontal axis of charts. */
export function monthSeconds(month: MonthNumber): number {
  const year = Math.floor(month / 12);
  return Date.UTC(year, month - year * 12) / 1000;
}

/** The months that a span covers: its first month and their number. */
export interface MonthSpan {
  first: MonthNumber;
  months: number;
}

/** Parse a span of the wire: 2025-05, 2025-Q2, 2025-S1, 2025 or 2025-01-01/P5M. */
export function parseSpan(text: string): MonthSpan | undefined {
  const range = /^(\d{4})-(\d{2})-\d{2}\/P(?:(\d+)Y)?(?:(\d+)M)?$/.exec(text);
  if (range) {
    const months = Number(range[3] ?? 0) * 12 + Number(range[4] ?? 0);
    return { first: Number(range[1]) * 12 + Number(range[2]) - 1, months };
  }
  const part = /^(\d{4})(?:-(?:(\d{2})|Q([1-4])|S([12])))?$/.exec(text);
  if (!part) return undefined;
  const year = Number(part[1]) * 12;
  if (part[2]) return { first: year + Number(part[2]) - 1, months: 1 };
  if (part[3]) return { first: year + (Number(part[3]) - 1) * 3, months: 3 };
  if (part[4]) return { first: year + (Number(part[4]) - 1) * 6, months: 6 };
  return { first: year, months: 12 };
}

/** A month as people write it: Jul 2026, 2026年7月. */
export function month(language: Language, text: string): string {
  return monthName(language, monthNumber(text), true);
}

function monthName(language: Language, number: MonthNumber, withYear: boolean): string {
  const date = new Date(monthSeconds(number) * 1000);
  const options: Intl.DateTimeFormatOptions = { month: "short", timeZone: "UTC" };
  if (withYear) options.year = "numeric";
  return new Intl.DateTimeFormat(LOCALES[language], options).format(date);
}

/** A span as people write it: Jan–May 2025, Q2 2025, 2025; 2025年1—5月, 2025年第2季度, 2025年. */
export function span(language: Language, text: string): string {
  const parsed = parseSpan(text);
  if (!parsed) return text;
  const { first, months } = parsed;
  const year = Math.floor(first / 12);
  const start = first - year * 12;
  if (months === 12 && start === 0) return language === "zh" ? `${year}年` : `${year}`;
  if (months === 1) return monthName(language, first, true);
  if (months === 3 && start % 3 === 0) {
    const quarter = start / 3 + 1;
    return language === "zh" ? `${year}年第${quarter}季度` : `Q${quarter} ${year}`;
  }
  const last = first + months - 1;
  const lastYear = Math.floor(last / 12);
  if (lastYear === year) {
    return language === "zh"
      ? `${year}年${start + 1}—${last - lastYear * 12 + 1}月`
      : `${monthName(language, first, false)}–${monthName(language, last, false)} ${year}`;
  }
  const dash = language === "zh" ? "—" : " – ";
  return `${monthName(language, first, true)}${dash}${monthName(language, last, true)}`;
}
