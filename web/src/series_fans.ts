// The fan charts of a series: levels and growth, as forecast, in another currency or under shocks.
import type { Fan, FanPoint } from "./charts/fan";
import { monthNumber } from "./format";
import { type Forecast, LEVELS, type ScenarioReading } from "./forecasts";
import { type GrowthEstimate, GrowthMeasure } from "./generated/tradecast/v1/growth_pb";
import type { Observation } from "./generated/tradecast/v1/series_pb";
import { isChosen, lastMonth, measureOf, observedGrowth } from "./growth_spans";
import type { Words } from "./text/text";
import type { SpanChoice } from "./view_state";

/** What a series' charts are drawn from. */
export interface SeriesNumbers {
  observations: readonly Observation[];
  forecast: Forecast | undefined;
  /** Readings of a scenario, or of the baseline in another currency; else empty. */
  readings: readonly ScenarioReading[];
  /** Whether the readings are those of a scenario. */
  shocked: boolean;
}

/** Years of history that charts show. */
const YEARS_SHOWN = 8;

function shownFrom(observations: readonly Observation[], years = YEARS_SHOWN): number {
  const last = observations.at(-1);
  return last ? monthNumber(last.month) - years * 12 : 0;
}

function fanOf(words: Words, points: FanPoint[], shocked: boolean, write: Fan["write"]): Fan {
  const fan = { points: joined(points), levels: LEVELS.toReversed(), write };
  return shocked ? { ...fan, naive: words.text("scenarioBaseline") } : fan;
}

export function levelFan(words: Words, numbers: SeriesNumbers): Fan {
  const { observations, forecast, readings, shocked } = numbers;
  const from = shownFrom(observations);
  const points: FanPoint[] = observations
    .map((at) => ({ month: monthNumber(at.month), label: at.month, observed: at.value }))
    .filter((point) => point.month >= from);
  const months = readings.filter((at) => at.measure === GrowthMeasure.MONTH);
  for (const at of months) {
    const shown = shocked ? at.scenario : at.baseline;
    points.push({
      month: monthNumber(at.span),
      label: at.span,
      median: shown?.median,
      naive: shocked ? at.baseline?.median : undefined,
      intervals: shown?.intervals ?? [],
    });
  }
  if (months.length === 0) {
    for (const at of forecast?.levels ?? []) {
      points.push({
        month: monthNumber(at.month),
        label: at.month,
        median: at.value,
        naive: at.naive,
        intervals: at.intervals,
      });
    }
  }
  return fanOf(words, points, shocked, words.level);
}

/** Growth by a kind of span. `years` of history are shown. */
export function growthFan(words: Words, span: SpanChoice, numbers: SeriesNumbers, years?: number): Fan {
  const { observations, forecast, readings, shocked } = numbers;
  const from = shownFrom(observations, years);
  const points = observedGrowth(span, observations).filter((point) => point.month >= from);
  const baselines = new Map(readings.map((at) => [`${at.measure} ${at.span}`, at.growthBaseline]));
  const read = readings.flatMap((at) => {
    const growth = shocked ? at.growthScenario : at.growthBaseline;
    return growth ? [growth] : [];
  });
  const estimates = readings.length > 0 ? read : (forecast?.growth ?? []);
  const dashed = (at: GrowthEstimate) =>
    shocked ? baselines.get(`${at.measure} ${at.span}`)?.median : at.naive;
  return fanOf(words, withEstimates(span, points, estimates, dashed), shocked, words.growth);
}

/** Add the estimates of a kind of span behind the observed points. */
export function withEstimates(
  span: SpanChoice,
  observed: readonly FanPoint[],
  estimates: readonly GrowthEstimate[],
  dashed: (at: GrowthEstimate) => number | undefined = (at) => at.naive,
): FanPoint[] {
  const points = [...observed];
  const taken = new Set(points.map((point) => point.month));
  for (const at of estimates) {
    const month = lastMonth(at.span);
    if (at.measure !== measureOf(span) || !isChosen(span, at.span)) continue;
    if (taken.has(month)) continue;
    taken.add(month);
    const { median, intervals } = at;
    points.push({ month, label: at.span, median, naive: dashed(at), intervals });
  }
  return points.sort((a, b) => a.month - b.month);
}

/** Let the forecast start at the last observed point, so that the lines meet. */
export function joined(points: FanPoint[]): FanPoint[] {
  const first = points.findIndex((point) => point.median !== undefined);
  const last = points[first - 1];
  if (last?.observed === undefined) return points;
  const start: FanPoint = { ...last, median: last.observed };
  return points.with(first - 1, start);
}
