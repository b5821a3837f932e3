// Forecasts as they stream in, and in another currency or under shocks.
import type { FanInterval } from "./charts/fan";
import type {
  Accuracy,
  Distribution,
  ForecastHeader,
  StreamForecastsResponse,
} from "./generated/tradecast/v1/forecast_pb";
import { type GrowthEstimate, GrowthMeasure } from "./generated/tradecast/v1/growth_pb";
import { HORIZON, monthsAhead } from "./horizon";
import { forecastClient } from "./service";
import { shockMessage, shocksOf } from "./shocks";
import type { View } from "./view_state";

export const LEVELS = [80, 95];

/** The measures that the page's spans stand for. */
const MEASURES = [
  GrowthMeasure.MONTH,
  GrowthMeasure.QUARTER,
  GrowthMeasure.YEAR_TO_DATE,
  GrowthMeasure.YEAR,
];

export interface LevelPoint {
  month: string;
  value: number;
  naive: number | undefined;
  intervals: FanInterval[];
}

/** The forecast of one series as far as it has arrived. */
export interface Forecast {
  key: string;
  header: ForecastHeader | undefined;
  levels: LevelPoint[];
  growth: GrowthEstimate[];
  years: GrowthEstimate[];
  accuracy: Accuracy | undefined;
  failure: string | undefined;
}

export const emptyForecast = (key: string): Forecast => ({
  key,
  header: undefined,
  levels: [],
  growth: [],
  years: [],
  accuracy: undefined,
  failure: undefined,
});

/** Return the forecast with one more message. */
export function withMessage(forecast: Forecast, message: StreamForecastsResponse): Forecast {
  const { update } = message;
  switch (update.case) {
    case "header":
      return { ...forecast, header: update.value };
    case "point": {
      const { month, value, naive, intervals, readings } = update.value;
      return {
        ...forecast,
        levels: [...forecast.levels, { month, value, naive, intervals }],
        growth: [...forecast.growth, ...readings],
      };
    }
    case "summary": {
      const { years, accuracy } = update.value;
      return { ...forecast, years, accuracy };
    }
    case "failure":
      return { ...forecast, failure: update.value.message };
    default:
      return forecast;
  }
}

/** Stream the forecasts of some series, and publish them as they grow. */
export async function streamForecasts(
  keys: string[],
  asOf: string,
  signal: AbortSignal,
  publish: (forecasts: ReadonlyMap<string, Forecast>) => void,
): Promise<ReadonlyMap<string, Forecast>> {
  const forecasts = new Map(keys.map((key) => [key, emptyForecast(key)]));
  const request = { series: keys, asOf, levels: LEVELS, horizon: HORIZON, measures: MEASURES };
  let drawn = 0;
  for await (const message of forecastClient.streamForecasts(request, { signal })) {
    const before = forecasts.get(message.series) ?? emptyForecast(message.series);
    forecasts.set(message.series, withMessage(before, message));
    // One picture a frame is enough.
    const now = performance.now();
    if (now - drawn > 16) {
      drawn = now;
      publish(new Map(forecasts));
    }
  }
  return new Map(forecasts);
}

/** One span in baseline and scenario. */
export interface ScenarioReading {
  measure: GrowthMeasure;
  span: string;
  baseline: Distribution | undefined;
  scenario: Distribution | undefined;
  growthBaseline: GrowthEstimate | undefined;
  growthScenario: GrowthEstimate | undefined;
  points: number | undefined;
}

/** Compute one series under shocks to the months ahead, in a currency. */
export async function scenarioOf(
  key: string,
  lastMonth: string,
  view: Pick<View, "shocks" | "currency" | "asOf">,
  signal: AbortSignal,
): Promise<ScenarioReading[]> {
  const months = monthsAhead(lastMonth);
  const shocks = shocksOf(key, view.shocks).map((shock) => shockMessage(shock, months));
  const request = {
    series: [key],
    shocks,
    horizon: HORIZON,
    levels: LEVELS,
    asOf: view.asOf,
    currency: view.currency,
    measures: MEASURES,
  };
  for await (const { update } of forecastClient.streamScenario(request, { signal })) {
    if (update.case === "failure") throw new Error(update.value.message);
    if (update.case !== "outcome") continue;
    return update.value.readings.map((at) => ({
      measure: at.measure,
      span: at.span,
      baseline: at.valueBaseline,
      scenario: at.valueScenario,
      growthBaseline: at.growthBaseline,
      growthScenario: at.growthScenario,
      points: at.growthPoints?.median,
    }));
  }
  return [];
}
