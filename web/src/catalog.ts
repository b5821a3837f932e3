// The catalog of the service: series and areas, loaded once.
import type { Area } from "./generated/tradecast/v1/catalog_pb";
import type { Series } from "./generated/tradecast/v1/series_pb";
import { type Areas, keyParts } from "./names";
import { entriesOf, type Entry } from "./search";
import { catalogClient } from "./service";
import { FLOWS, type FlowChoice } from "./view_state";

/** The largest catalog that is searched in the browser; a larger one is cut. */
const MAX_SERIES = 50_000;

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
