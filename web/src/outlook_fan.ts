// Growth of a pair's headline series by span: as observed, then as the outlook projects it.
import { type CatalogData, partKeys } from "./catalog";
import type { Fan, FanPoint } from "./charts/fan";
import { monthNumber, monthText } from "./format";
import { LEVELS } from "./forecasts";
import type { GrowthEstimate } from "./generated/tradecast/v1/growth_pb";
import type { GetGrowthResponse, PublishedGrowth } from "./generated/tradecast/v1/growth_review_pb";
import type { Observation } from "./generated/tradecast/v1/series_pb";
import { isChosen, lastMonth, measureOf, observedGrowth } from "./growth_spans";
import { joined, withEstimates } from "./series_fans";
import { catalogClient } from "./service";
import type { Words } from "./text/text";
import type { SpanChoice } from "./view_state";

/** Months of history that the chart shows. */
const MONTHS_SHOWN = 8 * 12;

/**
 * Load the monthly figures of a pair's headline series: its own, else the sums of its parts over
 * months that all of them have. Empty where neither is known.
 */
export async function headlineMonths(
  catalog: CatalogData,
  headline: string,
  currency: string,
  asOf: string,
  signal: AbortSignal,
): Promise<Observation[]> {
  const load = async (key: string) =>
    (await catalogClient.getSeries({ key, asOf, currency }, { signal })).observations;
  const all = await Promise.all(partKeys(catalog, headline).map(load));
  return all.length > 1 ? summed(all) : (all[0] ?? []);
}

/** Add up months that every series has, with growth of the sums. */
function summed(all: readonly Observation[][]): Observation[] {
  const sums = new Map<number, { value: number; count: number }>();
  for (const at of all.flat()) {
    if (at.value === undefined) continue;
    const month = monthNumber(at.month);
    const sum = sums.get(month) ?? { value: 0, count: 0 };
    sums.set(month, { value: sum.value + at.value, count: sum.count + 1 });
  }
  const value = (month: number) => {
    const sum = sums.get(month);
    return sum?.count === all.length ? sum.value : undefined;
  };
  const toDate = (month: number) => {
    let total = 0;
    for (let at = month - (month % 12); at <= month; at += 1) total += value(at) ?? Number.NaN;
    return total;
  };
  const growth = (now: number | undefined, before: number | undefined) => {
    const of = (now ?? Number.NaN) / (before ?? Number.NaN) - 1;
    return Number.isFinite(of) ? of : undefined;
  };
  const months = [...sums.keys()].sort((a, b) => a - b);
  return months.flatMap((month) => {
    const now = value(month);
    if (now === undefined) return [];
    return [
      {
        $typeName: "tradecast.v1.Observation",
        month: monthText(month),
        value: now,
        growth: growth(now, value(month - 12)),
        growthYearToDate: growth(toDate(month), toDate(month - 12)),
      } as Observation,
    ];
  });
}

/** Growth as published, else from the published levels of both years. */
function growthOf(at: PublishedGrowth): number | undefined {
  if (at.growth) return at.growth.value;
  if (at.ratio?.upper === undefined) return undefined;
  return (at.ratio.lower + at.ratio.upper) / 2;
}

/** Add empty points for months that lack a figure, so that no line is drawn across them. */
function withGaps(choice: SpanChoice, points: readonly FanPoint[]): FanPoint[] {
  if (choice !== "month" && choice !== "year-to-date") return [...points];
  return points.flatMap((point, index) => {
    const missing: FanPoint[] = [];
    const before = points[index - 1]?.month ?? point.month;
    for (let month = before + 1; month < point.month; month += 1) {
      const [year] = monthText(month).split("-");
      const toDate = `${year}-01-01/P${(month % 12) + 1}M`;
      missing.push({ month, label: choice === "month" ? monthText(month) : toDate });
    }
    return [...missing, point];
  });
}

interface OutlookNumbers {
  /** Key of the headline series in the currency shown. */
  headline: string;
  /** Latest span with a known level. */
  known: string;
  months: readonly Observation[];
  review: GetGrowthResponse | undefined;
  readings: readonly GrowthEstimate[];
}

export function outlookFan(words: Words, choice: SpanChoice, numbers: OutlookNumbers): Fan {
  const { headline, known, months, review, readings } = numbers;
  const last = lastMonth(known);
  const found = new Map<number, FanPoint>();
  const add = (label: string, month: number, observed: number) => {
    if (month <= last) found.set(month, { month, label, observed });
  };
  for (const point of observedGrowth(choice, months)) {
    if (point.observed !== undefined) add(point.label, point.month, point.observed);
  }
  // What was printed goes before sums of months, and so does what the outlook takes as known.
  for (const at of review?.published ?? []) {
    const growth = growthOf(at);
    const fits = at.key === headline && isChosen(choice, at.span);
    if (fits && growth !== undefined) add(at.span, lastMonth(at.span), growth);
  }
  for (const at of readings) {
    const fits = at.measure === measureOf(choice) && isChosen(choice, at.span);
    if (fits) add(at.span, lastMonth(at.span), at.median);
  }
  const observed = [...found.values()]
    .filter((point) => point.month > last - MONTHS_SHOWN)
    .sort((a, b) => a.month - b.month);
  const points = joined(withEstimates(choice, withGaps(choice, observed), readings));
  return { points, levels: LEVELS.toReversed(), write: words.growth };
}
