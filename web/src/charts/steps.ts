// Contributions as steps from zero to their sum.
export interface Part {
  name: string;
  /** Percentage points. */
  points: number;
  lower?: number | undefined;
  upper?: number | undefined;
}

/** One bar: from the sum of the parts before it to that with its own. */
export interface Step {
  name: string;
  points: number;
  kind: "up" | "down" | "sum";
  start: number;
  end: number;
  /** Interval of the part, around where it begins. */
  whisker: { from: number; to: number } | undefined;
}

export interface Steps {
  /** One a part that is large enough for a bar, then their sum. */
  steps: readonly Step[];
  /** What the parts that are too small add, in points. */
  rest: number;
  /** Ends of the axis: intervals are drawn whole. */
  low: number;
  high: number;
}

/** The smallest part that has a bar, in percentage points. */
const SMALLEST = 0.05;

export function stepsOf(parts: readonly Part[], total: string): Steps {
  let reached = 0;
  const steps = parts
    .filter((part) => Math.abs(part.points) >= SMALLEST)
    .map(({ name, points, lower, upper }): Step => {
      const start = reached;
      reached += points;
      const whisker =
        lower !== undefined && upper !== undefined
          ? { from: start + lower, to: start + upper }
          : undefined;
      return { name, points, kind: points < 0 ? "down" : "up", start, end: reached, whisker };
    });
  // Parts too small for a bar still count.
  const sum = parts.reduce((all, part) => all + part.points, 0);
  steps.push({ name: total, points: sum, kind: "sum", start: 0, end: sum, whisker: undefined });
  const ends = steps.flatMap(({ start, end, whisker }) => [
    start,
    end,
    ...(whisker ? [whisker.from, whisker.to] : []),
  ]);
  return { steps, rest: sum - reached, low: Math.min(0, ...ends), high: Math.max(0, ...ends) };
}
