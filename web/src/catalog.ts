// The catalog of the service: series and areas, loaded once, and what can be searched in them.
import type { Area } from "./generated/tradecast/v1/catalog_pb";
import type { Series } from "./generated/tradecast/v1/series_pb";
import { type Areas, keyParts } from "./names";
import { catalogClient } from "./service";
import { FLOWS, type FlowChoice } from "./view_state";

/** The largest catalog that is searched in the browser; a larger one is cut. */
const MAX_SERIES = 50_000;

/** Something that a user can open. */
export interface Entry {
  page: "series" | "outlook" | "region";
  /** Series key, or REPORTER.PARTNER. */
  subject: string;
  /** What is searched: codes and names in every language, in lower case. */
  haystack: string;
}

export interface CatalogData {
  series: ReadonlyMap<string, Series>;
  areas: Areas;
  entries: Entry[];
}

export async function loadCatalog(asOf: string, signal: AbortSignal): Promise<CatalogData> {
  const [areas, series] = await Promise.all([loadAreas(signal), loadSeries(asOf, signal)]);
  return { series, areas, entries: entriesOf(series, areas) };
}

async function loadAreas(signal: AbortSignal): Promise<Map<string, Area>> {
  const { areas } = await catalogClient.listAreas({}, { signal });
  return new Map(areas.map((area) => [area.code, area]));
}

async function loadSeries(asOf: string, signal: AbortSignal): Promise<Map<string, Series>> {
  const found = new Map<string, Series>();
  let pageToken = "";
  do {
    const request = { asOf, pageSize: 1000, pageToken };
    const page = await catalogClient.listSeries(request, { signal });
    for (const series of page.series) found.set(series.key, series);
    pageToken = page.nextPageToken;
  } while (pageToken && found.size < MAX_SERIES);
  return found;
}

/** The words of flows that a user may type, by flow code. */
const FLOW_WORDS: Record<string, string> = {
  X: "exports export 出口",
  M: "imports import 进口",
  T: "total trade 进出口总额",
  B: "balance 差额",
};

function entriesOf(series: ReadonlyMap<string, Series>, areas: Areas): Entry[] {
  const names = (code: string) => {
    const area = areas.get(code);
    return area ? `${code} ${area.alpha2} ${area.english} ${area.chinese}` : code;
  };
  const pairs = new Map<string, Set<string>>();
  const entries: Entry[] = [];
  for (const key of series.keys()) {
    const { reporter, partner, flow, product, unit } = keyParts(key);
    const haystack = `${key} ${names(reporter)} ${names(partner)} ${FLOW_WORDS[flow] ?? flow}`;
    entries.push({
      page: "series",
      subject: key,
      haystack: `${haystack} ${product} ${unit}`.toLowerCase(),
    });
    if (product !== "TOTAL") continue;
    let partners = pairs.get(reporter);
    if (!partners) {
      partners = new Set();
      pairs.set(reporter, partners);
    }
    partners.add(partner);
  }
  const places: Entry[] = [];
  for (const [reporter, partners] of pairs) {
    for (const area of areas.values()) {
      if (area.members.length > 1 && area.members.some((member) => partners.has(member))) {
        partners.add(area.code);
      }
    }
    for (const partner of partners) {
      const haystack = `${names(reporter)} ${names(partner)}`;
      const subject = `${reporter}.${partner}`;
      places.push({
        page: "outlook",
        subject,
        haystack: `${subject} ${haystack} outlook 展望`.toLowerCase(),
      });
      if ((areas.get(partner)?.members.length ?? 0) > 1) {
        places.push({
          page: "region",
          subject,
          haystack: `${subject} ${haystack} region 地区`.toLowerCase(),
        });
      }
    }
    places.push({
      page: "region",
      subject: `${reporter}.`,
      haystack: `${names(reporter)} partners region 贸易伙伴`.toLowerCase(),
    });
  }
  places.sort((a, b) => (a.subject < b.subject ? -1 : 1));
  return [...places, ...entries];
}

/** Return the entries that contain every word of a query, the best matches first: whole words go
 * before beginnings of words, and these before other parts of them. */
export function search(entries: readonly Entry[], query: string): Entry[] {
  const words = query.toLowerCase().split(/[\s.,–-]+/).filter(Boolean);
  if (words.length === 0) return [];
  const found: { entry: Entry; rank: number }[] = [];
  for (const entry of entries) {
    let rank = 0;
    for (const word of words) {
      const at = rankOf(entry.haystack, word);
      if (at === undefined) {
        rank = -1;
        break;
      }
      rank += at;
    }
    if (rank >= 0) found.push({ entry, rank });
  }
  // The sort is stable: entries of one rank keep their order.
  return found.sort((a, b) => a.rank - b.rank).map(({ entry }) => entry);
}

/** 0 for a whole word, 1 for the beginning of one, 2 for a part; undefined where it is absent. */
function rankOf(haystack: string, word: string): number | undefined {
  let best: number | undefined;
  for (let at = haystack.indexOf(word); at >= 0; at = haystack.indexOf(word, at + 1)) {
    const starts = at === 0 || isBetween(haystack[at - 1]);
    const ends = at + word.length === haystack.length || isBetween(haystack[at + word.length]);
    if (starts && ends) return 0;
    if (starts) best = 1;
    best ??= 2;
  }
  return best;
}

function isBetween(letter: string | undefined): boolean {
  return letter === " " || letter === "." || letter === "-";
}

/** The flows that a reporter has with the members of a group, or with all partners. */
export function flowsOf(catalog: CatalogData, reporter: string, group: string): FlowChoice[] {
  const found = new Set(seriesOf(catalog, reporter, group).map(({ flow }) => flow));
  return FLOWS.filter((flow) => found.has(flow));
}

/**
 * Return the keys of a reporter's series with the members of a group, or with all partners: one a
 * partner, those with the latest figures first. Without a flow, the widest of each
 * that goes on: total trade where it is known as long as the others, else exports, else imports.
 */
export function regionKeys(
  catalog: CatalogData,
  reporter: string,
  group: string,
  flow: FlowChoice | "" = "",
): string[] {
  const byPartner = new Map<string, { key: string; last: string; rank: number }>();
  for (const { key, parts } of seriesOf(catalog, reporter, group)) {
    if (flow && parts.flow !== flow) continue;
    const last = catalog.series.get(key)?.lastMonth ?? "";
    const rank = "TXM".indexOf(parts.flow);
    const known = byPartner.get(parts.partner);
    const isBetter = !known || last > known.last || (last === known.last && rank < known.rank);
    if (isBetter) byPartner.set(parts.partner, { key, last, rank });
  }
  const found = [...byPartner.values()];
  found.sort((a, b) => (a.last === b.last ? (a.key < b.key ? -1 : 1) : a.last < b.last ? 1 : -1));
  return found.map(({ key }) => key);
}

/**
 * The series that add up to the one of a key: itself, those of a region's members, or exports and
 * imports. None where one of them is missing.
 */
export function partKeys(catalog: CatalogData, key: string): string[] {
  if (catalog.series.has(key)) return [key];
  const { reporter, partner, flow, product, unit } = keyParts(key);
  const of = (keys: string[][]) => {
    const parts = keys.map((part) => partKeys(catalog, part.join(".")));
    return parts.every((part) => part.length > 0) ? parts.flat() : [];
  };
  const members = catalog.areas.get(partner)?.members ?? [];
  if (members.length > 0) return of(members.map((one) => [reporter, one, flow, product, unit]));
  if (flow === "T") return of(["X", "M"].map((one) => [reporter, partner, one, product, unit]));
  return [];
}

/** The series of all products of a reporter with the members of a group, or with all partners. */
function seriesOf(catalog: CatalogData, reporter: string, group: string) {
  const members = group ? catalog.areas.get(group)?.members : undefined;
  return [...catalog.series.keys()].flatMap((key) => {
    const parts = keyParts(key);
    if (parts.reporter !== reporter || parts.product !== "TOTAL" || parts.flow === "B") return [];
    if (members ? !members.includes(parts.partner) : parts.partner === "WLD") return [];
    return [{ key, parts, flow: parts.flow as FlowChoice }];
  });
}
