// One series: history and fan chart, growth by span, drivers, accuracy, figures and scenarios.
import { useMemo } from "preact/hooks";
import type { CatalogData } from "../catalog";
import type { Fan, FanPoint } from "../charts/fan";
import { FanChart } from "../charts/fan_chart";
import { monthNumber, parseSpan } from "../format";
import {
  type Forecast,
  HORIZON,
  LEVELS,
  type ScenarioReading,
  scenarioOf,
  streamForecasts,
} from "../forecasts";
import { type GrowthEstimate, GrowthMeasure } from "../generated/tradecast/v1/growth_pb";
import type { Observation } from "../generated/tradecast/v1/series_pb";
import { isChosen, lastMonth, measureOf, observedGrowth } from "../growth_spans";
import { useLoaded } from "../load";
import { keyParts, seriesTitle } from "../names";
import { Busy, Card, Choice, CopyAs, Fold, ProblemBox } from "../parts";
import { catalogClient } from "../service";
import { useWords, type Words } from "../text/text";
import { SPANS, type View } from "../view_state";
import { Accuracy } from "./accuracy";
import { Drivers } from "./drivers";
import { Figures } from "./figures";
import { Scenario } from "./scenario";

/** Years of history that charts show. */
const YEARS_SHOWN = 8;
const CURRENCIES = ["", "USD", "CNY", "EUR"];

interface SeriesViewProps {
  view: View;
  catalog: CatalogData;
  change: (part: Partial<View>) => void;
}

export function SeriesView({ view, catalog, change }: SeriesViewProps) {
  const words = useWords();
  const key = view.subject;
  const { unit } = keyParts(key);
  const currency = view.currency && view.currency !== unit ? view.currency : "";
  const title = seriesTitle(catalog.areas, words, key);

  const figures = useLoaded([key, view.asOf, currency], (signal) =>
    catalogClient.getSeries({ key, asOf: view.asOf, currency }, { signal }),
  );
  const forecasts = useLoaded<ReadonlyMap<string, Forecast>>([key, view.asOf], (signal, publish) =>
    streamForecasts([key], view.asOf, signal, publish),
  );
  const forecast = forecasts.value?.get(key);
  const last = forecast?.header?.series?.lastMonth ?? "";
  const shocked = view.shocks.length > 0;
  const scenario = useLoaded<ScenarioReading[]>(
    [key, last, view.asOf, currency, JSON.stringify(view.shocks)],
    async (signal) =>
      last && (shocked || currency)
        ? scenarioOf(key, last, { ...view, currency }, signal)
        : [],
  );

  const readings = scenario.value ?? [];
  const observations = figures.value?.observations ?? [];
  const levels = useMemo(
    () => levelFan(words, observations, forecast, currency ? readings : [], shocked ? readings : []),
    [words, observations, forecast, readings, currency, shocked],
  );
  const growth = useMemo(
    () => growthFan(words, view, observations, forecast, currency ? readings : []),
    [words, view.span, observations, forecast, readings, currency],
  );
  const problem = figures.problem ?? forecasts.problem ?? scenario.problem;
  const spanWord = words.text(`span.${view.span}`);
  const unitShown = currency || unit;

  return (
    <>
      <h1>{title}</h1>
      <Headline title={title} forecast={forecast} readings={currency ? readings : []} words={words} />
      <div class="row controls">
        <Choice
          label={words.text("span")}
          value={view.span}
          options={SPANS.map((value) => ({ value, text: words.text(`span.${value}`) }))}
          onChange={(span) => change({ span })}
        />
        <label>
          {words.text("currency")}
          <select
            value={currency}
            onChange={(event) => change({ currency: event.currentTarget.value })}
          >
            {CURRENCIES.filter((code) => code !== unit).map((code) => (
              <option key={code} value={code}>
                {code || `${unit} (${words.text("currencyOwn")})`}
              </option>
            ))}
          </select>
        </label>
        <label>
          {words.text("asOf")}
          <input
            type="date"
            value={view.asOf}
            onChange={(event) => change({ asOf: event.currentTarget.value })}
          />
        </label>
      </div>
      {problem && (
        <ProblemBox
          problem={problem}
          again={() => {
            figures.again();
            forecasts.again();
            scenario.again();
          }}
        />
      )}
      {forecast?.failure && <p class="problem" role="alert">{forecast.failure}</p>}
      {forecasts.busy && !forecast?.levels.length && <Busy />}
      <div class="charts">
        <Card title={words.text("levelsOf", { unit: unitShown })}>
          <FanChart fan={levels} title={title} fileName={`${key}-levels`} />
        </Card>
        <Card title={words.text("growthOf", { span: spanWord })}>
          <FanChart fan={growth} title={`${title}: ${spanWord}`} fileName={`${key}-${view.span}`} zero />
        </Card>
      </div>
      <CopyAs
        command={commandOf(view, currency)}
        python={pythonOf(view)}
      />
      <Scenario view={view} catalog={catalog} change={change} readings={readings} busy={scenario.busy} />
      {forecast?.header && (
        <Fold title={words.text("drivers")}>
          {() => <Drivers view={view} last={last} />}
        </Fold>
      )}
      <Fold title={words.text("accuracy")}>
        {() => <Accuracy forecast={forecast} asOf={view.asOf} />}
      </Fold>
      <Fold title={words.text("figures")}>
        {() => <Figures view={view} figures={figures.value} write={words.level} />}
      </Fold>
      <Fold title={words.text("notes")}>{() => <Notes forecast={forecast} />}</Fold>
    </>
  );
}

function commandOf(view: View, currency: string): string {
  const asOf = view.asOf ? ` --as-of ${view.asOf}` : "";
  const shocks = view.shocks.map((shock) => {
    const first = `${shock.target}:${shock.name}=${shock.percent}%`;
    return ` --shock '${first}@MONTHS'`;
  });
  if (shocks.length > 0) {
    const inCurrency = currency ? ` --currency ${currency}` : "";
    return `tradecast scenario ${view.subject}${shocks.join("")}${inCurrency}${asOf}`;
  }
  return `tradecast forecast ${view.subject}${asOf}`;
}

function pythonOf(view: View): string {
  const asOf = view.asOf ? `, as_of="${view.asOf}"` : "";
  return `tradecast.Client("${location.host}").forecast("${view.subject}", horizon=${HORIZON}${asOf})`;
}

interface HeadlineProps {
  title: string;
  forecast: Forecast | undefined;
  readings: readonly ScenarioReading[];
  words: Words;
}

/** The year in one sentence, as an editor could print it. */
function Headline({ title, forecast, readings, words }: HeadlineProps) {
  const own = forecast?.years[0] ?? forecast?.growth.find((at) => at.measure === GrowthMeasure.YEAR);
  const converted = readings.find((at) => at.measure === GrowthMeasure.YEAR)?.growthBaseline;
  const year = converted ?? own;
  const interval = year?.intervals.find((at) => at.level === 80);
  if (!year || !interval) return null;
  return (
    <p class="headline">
      {words.text("yearHeadline", {
        series: title,
        year: words.span(year.span),
        growth: words.growth(year.median),
        lower: words.growth(interval.lower),
        upper: words.growth(interval.upper),
      })}{" "}
      {words.text("yearObserved", {
        share: words.share(year.shareObserved),
        naive: words.growth(year.naive),
      })}
    </p>
  );
}

function shownFrom(observations: readonly Observation[]): number {
  const last = observations.at(-1);
  return last ? monthNumber(last.month) - YEARS_SHOWN * 12 : 0;
}

function levelFan(
  words: Words,
  observations: readonly Observation[],
  forecast: Forecast | undefined,
  converted: readonly ScenarioReading[],
  shocked: readonly ScenarioReading[],
): Fan {
  const from = shownFrom(observations);
  const points: FanPoint[] = observations
    .map((at) => ({ month: monthNumber(at.month), label: at.month, observed: at.value }))
    .filter((point) => point.month >= from);
  const months = (shocked.length ? shocked : converted).filter(
    (at) => at.measure === GrowthMeasure.MONTH,
  );
  if (months.length > 0) {
    for (const at of months) {
      const shown = shocked.length ? at.scenario : at.baseline;
      points.push({
        month: monthNumber(at.span),
        label: at.span,
        median: shown?.median,
        naive: shocked.length ? at.baseline?.median : undefined,
        intervals: shown?.intervals ?? [],
      });
    }
  } else {
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
  return { points: joined(points), levels: LEVELS.toReversed(), write: words.level };
}

function growthFan(
  words: Words,
  view: View,
  observations: readonly Observation[],
  forecast: Forecast | undefined,
  converted: readonly ScenarioReading[],
): Fan {
  const from = shownFrom(observations);
  const points = observedGrowth(view.span, observations).filter((point) => point.month >= from);
  const estimates = converted.length
    ? converted.flatMap((at) => (at.growthBaseline ? [at.growthBaseline] : []))
    : (forecast?.growth ?? []);
  const observed = new Set(points.map((point) => point.month));
  const seen = new Set<string>();
  const wanted = (at: GrowthEstimate) =>
    at.measure === measureOf(view.span) && isChosen(view.span, at.span) && !seen.has(at.span);
  for (const at of estimates) {
    const month = lastMonth(at.span);
    if (!wanted(at) || observed.has(month) || !parseSpan(at.span)) continue;
    seen.add(at.span);
    points.push({
      month,
      label: at.span,
      median: at.median,
      naive: at.naive,
      intervals: at.intervals,
    });
  }
  points.sort((a, b) => a.month - b.month);
  return { points: joined(points), levels: LEVELS.toReversed(), write: words.growth };
}

/** Let the forecast start at the last observed point, so that the lines meet. */
function joined(points: FanPoint[]): FanPoint[] {
  const first = points.findIndex((point) => point.median !== undefined);
  const last = points[first - 1];
  if (last?.observed === undefined) return points;
  const start: FanPoint = { ...last, median: last.observed };
  return points.with(first - 1, start);
}

function Notes({ forecast }: { forecast: Forecast | undefined }) {
  const words = useWords();
  const header = forecast?.header;
  if (!header) return <Busy />;
  return (
    <>
      <p>{`${words.text("method")}: ${header.method}`}</p>
      <ul>
        {header.notes.map((note) => (
          <li key={note}>{note}</li>
        ))}
      </ul>
      {header.weights.length > 0 && (
        <table>
          <caption>{words.text("weights")}</caption>
          <tbody>
            {header.weights.map((at) => (
              <tr key={at.member}>
                <th scope="row">{at.member}</th>
                <td>{words.share(at.weight)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </>
  );
}
