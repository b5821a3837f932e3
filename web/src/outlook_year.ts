// The year that an outlook is about.
import { GrowthMeasure } from "./generated/tradecast/v1/growth_pb";
import type { GetOutlookResponse } from "./generated/tradecast/v1/outlook_pb";
import { monthNumber, monthText } from "./format";
import { lastMonth } from "./growth_spans";
import type { MonthRange } from "./horizon";

/** Return the year that ends the outlook. */
export function yearOf(answer: GetOutlookResponse | undefined): number | undefined {
  const span = answer?.levels[0]?.span;
  return span ? Number(span.slice(0, 4)) : undefined;
}

/** Return the growth of the year in a currency. */
export function yearGrowth(answer: GetOutlookResponse | undefined, currency: string) {
  return ofYear(answer?.readings, currency);
}

/** Return the growth of the year in a currency without the shocks of the request. */
export function yearWithoutShocks(answer: GetOutlookResponse | undefined, currency: string) {
  return ofYear(answer?.withoutShocks, currency);
}

function ofYear(readings: GetOutlookResponse["readings"] | undefined, currency: string) {
  return readings?.find(
    (at) => at.currency === currency && at.reading?.measure === GrowthMeasure.YEAR,
  )?.reading;
}

/** Return the months from the one after the known span to the end of the year. */
export function monthsLeft(answer: GetOutlookResponse | undefined): MonthRange {
  const year = yearOf(answer);
  const known = answer ? lastMonth(answer.knownSpan) : Number.NaN;
  if (year === undefined || Number.isNaN(known)) return { first: "", last: "" };
  const january = monthNumber(`${year}-01`);
  return { first: monthText(Math.max(january, known + 1)), last: `${year}-12` };
}
