// The partners of a region or of a reporter, each as a small chart.
import { useMemo } from "preact/hooks";
import { type CatalogData, regionKeys } from "../catalog";
import type { Fan } from "../charts/fan";
import { FanChart } from "../charts/fan_chart";
import { type Forecast, LEVELS, streamForecasts } from "../forecasts";
import { monthNumber } from "../format";
import { GrowthMeasure } from "../generated/tradecast/v1/growth_pb";
import { useLoaded } from "../load";
import { areaName, flowName, keyParts, pairTitle } from "../names";
import { Busy, Card, CopyAs, ProblemBox } from "../parts";
import { useWords, type Words } from "../text/text";
import { type View, viewQuery } from "../view_state";

/** The most partners shown at once; more would not be looked at one by one. */
const MAX_SHOWN = 60;

interface RegionViewProps {
  view: View;
  catalog: CatalogData;
  change: (part: Partial<View>) => void;
}

export function RegionView({ view, catalog, change }: RegionViewProps) {
  const words = useWords();
  const [reporter = "", group = ""] = view.subject.split(".");
  const keys = useMemo(() => regionKeys(catalog, reporter, group), [catalog, reporter, group]);
  const title = group
    ? pairTitle(catalog.areas, words, reporter, group)
    : `${areaName(catalog.areas, words, reporter)}: ${words.text("partners")}`;
  return (
    <>
      <h1>{title}</h1>
      {group && (
        <p>
          <a href={viewQuery({ ...view, page: "outlook" })} onClick={(event) => {
            event.preventDefault();
            change({ page: "outlook" });
          }}>
            {words.text("outlook")}
          </a>
        </p>
      )}
      <SmallMultiples keys={keys} catalog={catalog} view={view} change={change} />
      <CopyAs
        command={`tradecast forecast ${keys.join(" ")}`}
        python={`tradecast.Client("${location.host}").forecast(${JSON.stringify(keys)})`}
      />
    </>
  );
}

interface SmallMultiplesProps extends RegionViewProps {
  keys: readonly string[];
}

export function SmallMultiples({ keys, catalog, view, change }: SmallMultiplesProps) {
  const words = useWords();
  const shown = keys.slice(0, MAX_SHOWN);
  const forecasts = useLoaded<ReadonlyMap<string, Forecast>>(
    [shown.join(), view.asOf],
    async (signal, publish) =>
      shown.length ? streamForecasts([...shown], view.asOf, signal, publish) : new Map(),
  );
  if (keys.length === 0) return null;
  const title = words.text("smallMultiples", { span: words.text("span.month") });
  return (
    <Card title={title}>
      {forecasts.problem && <ProblemBox problem={forecasts.problem} again={forecasts.again} />}
      {forecasts.busy && !forecasts.value && <Busy />}
      <ul class="multiples">
        {shown.map((key) => {
          const { partner, flow } = keyParts(key);
          const forecast = forecasts.value?.get(key);
          const year = forecast?.years[0];
          const next: View = { ...view, page: "series", subject: key };
          return (
            <li key={key}>
              <a
                href={viewQuery(next)}
                onClick={(event) => {
                  event.preventDefault();
                  change({ page: "series", subject: key });
                }}
              >
                {`${areaName(catalog.areas, words, partner)}, ${flowName(words, flow)}`}
              </a>
              <span class="muted">
                {year && ` ${words.span(year.span)}: ${words.growth(year.median)}`}
                {forecast?.failure && ` ${forecast.failure}`}
              </span>
              {forecast && forecast.growth.length > 0 && (
                <FanChart
                  small
                  zero
                  height={110}
                  fan={smallFan(words, forecast)}
                  title={areaName(catalog.areas, words, partner)}
                  fileName={key}
                />
              )}
            </li>
          );
        })}
      </ul>
    </Card>
  );
}

function smallFan(words: Words, forecast: Forecast): Fan {
  const points = forecast.growth
    .filter((at) => at.measure === GrowthMeasure.MONTH)
    .map((at) => ({
      month: monthNumber(at.span),
      label: at.span,
      median: at.median,
      naive: at.naive,
      intervals: at.intervals,
    }));
  return { points, levels: LEVELS.toReversed(), write: (value) => words.growth(value, 0) };
}
