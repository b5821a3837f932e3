// The words of the page in the chosen language.
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import * as format from "../format";
import { english, type TextKey } from "./en";

export type Language = "en" | "zh";

export function isLanguage(text: string): text is Language {
  return text === "en" || text === "zh";
}

/** Sentences of the service in one language, by their English form, and words within them. */
interface Notes {
  sentences: readonly (readonly [RegExp, string])[];
  parts: Readonly<Record<string, string>>;
}

/** What a language other than English needs, once it is loaded. */
let chinese: { texts: Record<TextKey, string>; notes: Notes } | undefined;

/** Load what a language needs. */
export async function loadLanguage(language: Language): Promise<void> {
  if (language !== "zh" || chinese) return;
  const { chinese: texts, sentences, sentenceParts: parts } = await import("./zh");
  chinese = { texts, notes: { sentences, parts } };
}

/** Whether the words of a language are there. */
export function isLoaded(language: Language): boolean {
  return language !== "zh" || chinese !== undefined;
}

/** The words and the notation of one language. */
export interface Words {
  language: Language;
  notes: Notes;
  /** Return a text, with `{name}` replaced by the value of that name. */
  text: (key: TextKey, values?: Record<string, string | number>) => string;
  /** Return a name and what it stands for. */
  labelled: (name: string, value: string) => string;
  /** Return sentences one after the other; those that are absent are left out. */
  sentences: (all: readonly (string | false | undefined)[]) => string;
  /** Return the name of a currency within a sentence: USD, 美元. */
  currency: (code: string) => string;
  /** Return an amount of a currency: 59.1bn USD, 591亿美元. */
  money: (value: number | undefined, currency: string) => string;
  level: (value: number | undefined, digits?: number) => string;
  growth: (fraction: number | undefined, digits?: number) => string;
  /** Growth within a sentence: +4.8%, 增长 4.8%, 下降 2.6%. */
  change: (fraction: number | undefined, digits?: number) => string;
  share: (fraction: number | undefined, digits?: number) => string;
  signed: (value: number | undefined, digits?: number) => string;
  plain: (value: number | undefined, digits?: number) => string;
  month: (text: string) => string;
  span: (text: string) => string;
}

export function wordsOf(language: Language): Words {
  const other = language === "zh" ? chinese : undefined;
  const texts: Record<TextKey, string> = other?.texts ?? english;
  return {
    language,
    notes: other?.notes ?? { sentences: [], parts: {} },
    text: (key, values = {}) =>
      texts[key].replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole)),
    labelled: (name, value) => `${name}${language === "zh" ? "：" : ": "}${value}`,
    sentences: (all) => all.filter(Boolean).join(language === "zh" ? "" : " "),
    currency: (code) => format.currencyName(language, code),
    money: (value, currency) => format.money(language, value, currency),
    level: (value, digits) => format.level(language, value, digits),
    growth: (fraction, digits) => format.growth(language, fraction, digits),
    change: (fraction, digits) => changeText(language, fraction, digits),
    share: (fraction, digits) => format.share(language, fraction, digits),
    signed: (value, digits) => format.signed(language, value, digits),
    plain: (value, digits) => format.plain(language, value, digits),
    month: (text) => format.month(language, text),
    span: (text) => format.span(language, text),
  };
}

function changeText(language: Language, fraction: number | undefined, digits = 1): string {
  if (language !== "zh" || fraction === undefined || !Number.isFinite(fraction)) {
    return format.growth(language, fraction, digits);
  }
  const size = format.share(language, Math.abs(fraction), digits);
  if (Number.parseFloat(size) === 0) return "持平";
  return `${fraction < 0 ? "下降" : "增长"} ${size}`;
}

export const WordsContext = createContext<Words>(wordsOf("en"));

export function useWords(): Words {
  return useContext(WordsContext);
}
