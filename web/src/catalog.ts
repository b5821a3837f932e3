// The catalog of the service: series and areas, loaded once, and what can be searched in them.
import type { Area } from "./generated/tradecast/v1/catalog_pb";
import type { Series } from "./generated/tradecast/v1/series_pb";
import { type Areas, keyParts } from "./names";
import { catalogClient } from "./service";

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

/** Return the entries that contain every word of a query. */
export function search(entries: readonly Entry[], query: string): Entry[] {
  const words = query.toLowerCase().split(/[\s.,–-]+/).filter(Boolean);
  if (words.length === 0) return [];
  return entries.filter((entry) => words.every((word) => entry.haystack.includes(word)));
}

/** Return the keys of a reporter's series with the members of a group, or with all partners. */
export function regionKeys(catalog: CatalogData, reporter: string, group: string): string[] {
  const members = group ? catalog.areas.get(group)?.members : undefined;
  const byPartner = new Map<string, string>();
  for (const key of catalog.series.keys()) {
    const parts = keyParts(key);
    if (parts.reporter !== reporter || parts.product !== "TOTAL" || parts.flow === "B") continue;
    if (members ? !members.includes(parts.partner) : parts.partner === "WLD") continue;
    const known = byPartner.get(parts.partner);
    // Total trade where it is known, else exports, else imports; the first currency by name.
    const rank = (candidate: string) => "TXM".indexOf(keyParts(candidate).flow);
    if (!known || rank(key) < rank(known)) byPartner.set(parts.partner, key);
  }
  return [...byPartner.values()].sort();
}
