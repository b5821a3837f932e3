// Names of countries, flows and series in the language of the page.
import type { Area } from "./generated/tradecast/v1/catalog_pb";
import type { Words } from "./text/text";
import type { Page } from "./view_state";

/** The parts of a key, REPORTER.PARTNER.FLOW.PRODUCT.UNIT. */
export interface KeyParts {
  reporter: string;
  partner: string;
  flow: string;
  product: string;
  unit: string;
}

export function keyParts(key: string): KeyParts {
  const [reporter = "", partner = "", flow = "", product = "", unit = ""] = key.split(".");
  return { reporter, partner, flow, product, unit };
}

/** Countries and groups by code. */
export type Areas = ReadonlyMap<string, Area>;

const regionNames = new Map<string, Intl.DisplayNames>();

/** Return the browser's name of a country in a language, if it has one. */
function regionName(language: string, alpha2: string): string | undefined {
  let names = regionNames.get(language);
  if (!names) {
    names = new Intl.DisplayNames([language], { type: "region", style: "short" });
    regionNames.set(language, names);
  }
  try {
    return names.of(alpha2);
  } catch {
    // The browser knows no such region: the service's own name serves.
    return undefined;
  }
}

/** Return every name by which a country or group may be searched. */
export function namesOf(area: Area | undefined): string[] {
  if (!area) return [];
  const { alpha2, english, chinese } = area;
  const shown = alpha2 ? ["en", "zh"].map((language) => regionName(language, alpha2)) : [];
  return [alpha2, english, chinese, ...shown].filter((name) => name !== undefined && name !== "") as string[];
}

/** Return the name of a country or group, or its code if it has none. */
export function areaName(areas: Areas, words: Words, code: string): string {
  const area = areas.get(code);
  if (!area) return code;
  const shown = area.alpha2 && regionName(words.language, area.alpha2);
  if (shown) return shown;
  return (words.language === "zh" && area.chinese) || area.english || code;
}

/** Return the word for a flow of a key. */
export function flowName(words: Words, flow: string): string {
  if (flow === "X") return words.text("exports");
  if (flow === "M") return words.text("imports");
  if (flow === "B") return words.text("balance");
  return words.text("total");
}

/** Return the title of a pair: China – Central Asia (5). */
export function pairTitle(areas: Areas, words: Words, reporter: string, partner: string): string {
  return `${areaName(areas, words, reporter)} – ${areaName(areas, words, partner)}`;
}

/** Return the title of a series: United States – China, imports. */
export function seriesTitle(areas: Areas, words: Words, key: string): string {
  const parts = keyParts(key);
  const product = parts.product === "TOTAL" ? "" : `, ${parts.product}`;
  const comma = words.language === "zh" ? "，" : ", ";
  const pair = pairTitle(areas, words, parts.reporter, parts.partner);
  return `${pair}${comma}${flowName(words, parts.flow)}${product}`;
}

/** Return the title of something that can be opened; empty for other pages. */
export function titleOf(areas: Areas, words: Words, page: Page, subject: string): string {
  if (page === "series") return seriesTitle(areas, words, subject);
  if (page !== "outlook" && page !== "region") return "";
  const [reporter = "", partner = ""] = subject.split(".");
  return partner
    ? pairTitle(areas, words, reporter, partner)
    : words.text("partnersOf", { name: areaName(areas, words, reporter) });
}
