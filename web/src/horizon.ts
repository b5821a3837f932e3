// The months ahead that the page looks at.
import { monthNumber, monthText } from "./format";

/** Months ahead; also what the commands forecast when nothing else is said. */
export const HORIZON = 12;

/** Months in a row, both ends as YYYY-MM. */
export interface MonthRange {
  first: string;
  last: string;
}

/** Return the months ahead of a series whose last figure is that of `last`. */
export function monthsAhead(last: string): MonthRange {
  const first = monthNumber(last) + 1;
  return { first: monthText(first), last: monthText(first + HORIZON - 1) };
}

/** Write months as a span of the wire. */
export function spanOf({ first, last }: MonthRange): string {
  return `${first}-01/P${monthNumber(last) - monthNumber(first) + 1}M`;
}
