// Observed growth by span, and the measure of the wire that a span stands for.
import { monthNumber, monthText, parseSpan } from "./format";
import { GrowthMeasure } from "./generated/tradecast/v1/growth_pb";
import type { Observation } from "./generated/tradecast/v1/series_pb";
import type { FanPoint } from "./charts/fan";
import type { SpanChoice } from "./view_state";

const MEASURES: Record<SpanChoice, GrowthMeasure> = {
  month: GrowthMeasure.MONTH,
  "january-february": GrowthMeasure.YEAR_TO_DATE,
  quarter: GrowthMeasure.QUARTER,
  "year-to-date": GrowthMeasure.YEAR_TO_DATE,
  year: GrowthMeasure.YEAR,
};

export function measureOf(span: SpanChoice): GrowthMeasure {
  return MEASURES[span];
}

/** Whether a span of the wire is one of the chosen kind; January alone is a month and a year to date. */
export function isChosen(choice: SpanChoice, text: string): boolean {
  const span = parseSpan(text);
  if (!span) return false;
  const start = span.first % 12;
  switch (choice) {
    case "month":
      return span.months === 1;
    case "january-february":
      return start === 0 && span.months === 2;
    case "quarter":
      return span.months === 3 && start % 3 === 0;
    case "year-to-date":
      return start === 0 && span.months <= 12;
    case "year":
      return start === 0 && span.months === 12;
  }
}

/** The last month of a span of the wire. */
export function lastMonth(text: string): number {
  const span = parseSpan(text);
  return span ? span.first + span.months - 1 : Number.NaN;
}

/** Return observed growth by span as points of a chart, oldest first. */
export function observedGrowth(choice: SpanChoice, observations: readonly Observation[]): FanPoint[] {
  if (choice === "quarter" || choice === "year") return growthOfSums(choice, observations);
  return observations.flatMap((at) => {
    const month = monthNumber(at.month);
    const year = Math.floor(month / 12);
    if (choice === "month") {
      return at.growth === undefined ? [] : [{ month, label: at.month, observed: at.growth }];
    }
    if (choice === "january-february" && month % 12 !== 1) return [];
    if (at.growthYearToDate === undefined) return [];
    const label = month % 12 === 11 ? `${year}` : `${year}-01-01/P${(month % 12) + 1}M`;
    return [{ month, label, observed: at.growthYearToDate }];
  });
}

/** Growth of whole quarters or years: their sum against that of the year before, where both have a
 * figure for every month. */
function growthOfSums(choice: "quarter" | "year", observations: readonly Observation[]): FanPoint[] {
  const months = choice === "quarter" ? 3 : 12;
  const values = new Map(observations.map((at) => [monthNumber(at.month), at.value]));
  const sum = (first: number) => {
    let total = 0;
    for (let month = first; month < first + months; month += 1) {
      const value = values.get(month);
      if (value === undefined) return undefined;
      total += value;
    }
    return total;
  };
  const found: FanPoint[] = [];
  for (const first of values.keys()) {
    if (first % months !== 0) continue;
    const [now, before] = [sum(first), sum(first - 12)];
    if (now === undefined || before === undefined || before <= 0) continue;
    const year = monthText(first).slice(0, 4);
    const label = choice === "year" ? year : `${year}-Q${Math.floor((first % 12) / 3) + 1}`;
    found.push({ month: first + months - 1, label, observed: now / before - 1 });
  }
  return found.sort((a, b) => a.month - b.month);
}
