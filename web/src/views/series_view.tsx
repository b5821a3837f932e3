// One series: history and fan chart, growth by span, drivers, accuracy, figures and scenarios.
import { useMemo } from "preact/hooks";
import type { CatalogData } from "../catalog";
import { FanChart } from "../charts/fan_chart";
import { forecastEquivalents, scenarioEquivalents } from "../equivalents";
import { type Forecast, type ScenarioReading, scenarioOf, streamForecasts } from "../forecasts";
import { GrowthMeasure } from "../generated/tradecast/v1/growth_pb";
import type { Observation } from "../generated/tradecast/v1/series_pb";
import { useLoaded } from "../load";
import { keyParts, pairTitle, seriesTitle } from "../names";
import { AsOf, Busy, Card, Choice, CopyAs, Fold, ProblemBox } from "../parts";
import { growthFan, levelFan, type SeriesNumbers } from "../series_fans";
import { catalogClient } from "../service";
import { noteText } from "../text/notes";
import { useWords } from "../text/text";
import { ViewLink } from "../view_link";
import { CURRENCIES, SPANS, type View } from "../view_state";
import { Accuracy } from "./accuracy";
import { Drivers } from "./drivers";
import { Facts } from "./facts";
import { Figures } from "./figures";
import { Scenario } from "./scenario";

interface SeriesViewProps {
  view: View;
  catalog: CatalogData;
  change: (part: Partial<View>) => void;
}

export function SeriesView({ view, catalog, change }: SeriesViewProps) {
  const words = useWords();
  const key = view.subject;
  const { reporter, partner, unit } = keyParts(key);
  const currency = view.currency && view.currency !== unit ? view.currency : "";
  const title = seriesTitle(catalog.areas, words, key);
  const pair = `${reporter}.${partner}`;

  // Nothing of another currency or day stays on screen.
  const about = [key, view.asOf, currency].join(" ");
  const figures = useLoaded(
    [],
    (signal) => catalogClient.getSeries({ key, asOf: view.asOf, currency }, { signal }),
    about,
  );
  const forecasts = useLoaded<ReadonlyMap<string, Forecast>>([key, view.asOf], (signal, publish) =>
    streamForecasts([key], view.asOf, signal, publish),
  );
  const forecast = forecasts.value?.get(key);
  const last = forecast?.header?.series?.lastMonth ?? "";
  const shocked = view.shocks.length > 0;
  const scenario = useLoaded<ScenarioReading[]>(
    [last, JSON.stringify(view.shocks)],
    async (signal) =>
      last && (shocked || currency)
        ? scenarioOf(key, last, { ...view, currency }, signal)
        : [],
    about,
  );

  const readings = scenario.value ?? [];
  const observations = figures.value?.observations ?? [];
  // The last readings stay until those of other shocks have come; without any, they are stale.
  const shown = shocked || currency ? readings : [];
  // The forecast itself is in the currency of the figures.
  const own = currency ? undefined : forecast;
  const numbers = useMemo<SeriesNumbers>(
    () => ({ observations, forecast: own, readings: shown, shocked: shocked && shown.length > 0 }),
    [observations, own, readings, shocked, currency],
  );
  const levels = useMemo(() => levelFan(words, numbers), [words, numbers]);
  const growth = useMemo(() => growthFan(words, view.span, numbers), [words, view.span, numbers]);
  const problem = figures.problem ?? forecasts.problem ?? scenario.problem;
  const spanWord = words.text(`span.${view.span}`);
  const unitShown = currency || unit;
  const equivalents =
    (shocked || currency) && last
      ? scenarioEquivalents(view, currency, last)
      : forecastEquivalents(view, [key]);
  const section = { view, change };

  if (figures.problem?.remedy === "subject") {
    return (
      <>
        <h1>{title}</h1>
        <ProblemBox problem={figures.problem} again={figures.again} />
        {view.asOf && <AsOf {...section} />}
      </>
    );
  }
  return (
    <>
      <h1>{title}</h1>
      <p class="trail">
        <ViewLink view={view} change={change} to={{ page: "outlook", subject: pair }}>{words.labelled(words.text("outlook"), pairTitle(catalog.areas, words, reporter, partner))}</ViewLink>
        <span class="muted">{key}</span>
      </p>
      <SeriesFacts
        title={title}
        unit={unitShown}
        forecast={own}
        observations={observations}
        readings={currency ? readings : []}
      />
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
            {[...new Set(["", ...CURRENCIES, currency])].filter((code) => code !== unit).map((code) => (
              <option key={code} value={code}>
                {code || `${unit} (${words.text("currencyOwn")})`}
              </option>
            ))}
          </select>
        </label>
        <AsOf {...section} />
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
      {forecast?.failure && <p class="problem" role="alert">{noteText(words, forecast.failure)}</p>}
      {((forecasts.busy && !forecast?.levels.length) || (currency && scenario.busy)) && <Busy />}
      <div class="charts">
        <Card title={words.text("levelsOf", { unit: words.currency(unitShown) })}>
          <FanChart fan={levels} title={`${title}, ${unitShown}`} fileName={`${key}-levels`} />
        </Card>
        <Card title={words.text("growthOf", { span: spanWord })}>
          <FanChart fan={growth} title={words.labelled(title, spanWord)} fileName={`${key}-${view.span}`} zero />
        </Card>
      </div>
      <CopyAs {...equivalents} />
      <Scenario view={view} catalog={catalog} change={change} readings={readings} busy={scenario.busy} />
      {forecast?.header && (
        <Fold name="drivers" title={words.text("drivers")} {...section}>
          {() => <Drivers {...section} last={last} />}
        </Fold>
      )}
      <Fold name="accuracy" title={words.text("accuracy")} {...section}>
        {() => <Accuracy forecast={forecast} asOf={view.asOf} />}
      </Fold>
      <Fold name="figures" title={words.text("figures")} {...section}>
        {() => <Figures view={view} currency={currency} figures={figures.value} />}
      </Fold>
      <Fold name="notes" title={words.text("notes")} {...section}>
        {() => <Notes forecast={forecast} />}
      </Fold>
    </>
  );
}

interface SeriesFactsProps {
  title: string;
  unit: string;
  forecast: Forecast | undefined;
  observations: readonly Observation[];
  readings: readonly ScenarioReading[];
}

/** The year in one sentence, as an editor could print it, and the numbers behind it. */
function SeriesFacts({ title, unit, forecast, observations, readings }: SeriesFactsProps) {
  const words = useWords();
  const own = forecast?.years[0] ?? forecast?.growth.find((at) => at.measure === GrowthMeasure.YEAR);
  const converted = readings.find((at) => at.measure === GrowthMeasure.YEAR)?.growthBaseline;
  const year = converted ?? own;
  const interval = year?.intervals.find((at) => at.level === 80);
  const latest = observations.findLast((at) => at.value !== undefined);
  if (!year || !interval) return null;
  return (
    <>
      <p class="headline">
        {words.sentences([
          words.text("yearHeadline", {
            series: title,
            year: words.span(year.span),
            growth: words.change(year.median),
            lower: words.growth(interval.lower),
            upper: words.growth(interval.upper),
          }),
          words.text("yearObserved", {
            share: words.share(year.shareObserved),
            naive: words.growth(year.naive),
          }),
        ])}
      </p>
      <Facts
        facts={[
          {
            name: words.text("factYear", { year: words.span(year.span) }),
            value: words.growth(year.median),
            detail: `${words.growth(interval.lower)} … ${words.growth(interval.upper)}`,
          },
          ...(latest
            ? [
                {
                  name: words.month(latest.month),
                  value: words.growth(latest.growth),
                  detail: words.money(latest.value, unit),
                },
                {
                  name: words.text("span.year-to-date"),
                  value: words.growth(latest.growthYearToDate),
                  detail: words.month(latest.month),
                },
              ]
            : []),
          {
            name: words.text("naive"),
            value: words.growth(year.naive),
            detail: words.span(year.span),
          },
        ]}
      />
    </>
  );
}

function Notes({ forecast }: { forecast: Forecast | undefined }) {
  const words = useWords();
  const header = forecast?.header;
  if (!header) return <Busy />;
  const weights = header.weights
    .filter((at) => at.weight >= 0.005)
    .sort((a, b) => b.weight - a.weight);
  return (
    <>
      <p>{words.labelled(words.text("method"), header.method)}</p>
      <ul class="notes">
        {header.notes.map((note) => (
          <li key={note}>{noteText(words, note)}</li>
        ))}
      </ul>
      {weights.length > 0 && (
        <table>
          <caption>{words.text("weights")}</caption>
          <tbody>
            {weights.map((at) => (
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
