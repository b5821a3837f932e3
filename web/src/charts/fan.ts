// What a fan chart shows: observed months, the forecast and its intervals, on one time axis.
import { monthSeconds, type MonthNumber } from "../format";

export interface FanInterval {
  level: number;
  lower: number;
  upper: number;
}

/** One month or span of a fan chart, at the month in which it ends. */
export interface FanPoint {
  month: MonthNumber;
  /** Label of the span for tables. */
  label: string;
  observed?: number | undefined;
  median?: number | undefined;
  naive?: number | undefined;
  intervals?: readonly FanInterval[];
}

export interface Fan {
  points: readonly FanPoint[];
  /** Interval levels in percent, the widest first. */
  levels: readonly number[];
  /** Write a value of the vertical axis. */
  write: (value: number | undefined) => string;
  /** What the dashed line is, where it is not the seasonal naive forecast. */
  naive?: string;
  /** Ends of the vertical axis, where several charts share it. */
  range?: readonly [number, number];
}

/** Return the columns of a chart: seconds, observed, median, naive, then lower and upper by level. */
export function columns(fan: Fan): (number | null)[][] {
  const at = (point: FanPoint, level: number) =>
    point.intervals?.find((interval) => interval.level === level);
  const numbers = (pick: (point: FanPoint) => number | undefined) =>
    fan.points.map((point) => {
      const value = pick(point);
      return value === undefined || !Number.isFinite(value) ? null : value;
    });
  return [
    fan.points.map((point) => monthSeconds(point.month)),
    numbers((point) => point.observed),
    numbers((point) => point.median),
    numbers((point) => point.naive),
    ...fan.levels.flatMap((level) => [
      numbers((point) => at(point, level)?.lower),
      numbers((point) => at(point, level)?.upper),
    ]),
  ];
}
