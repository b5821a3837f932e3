// Partners as small charts on one axis.
import { useMemo } from "preact/hooks";
import type { CatalogData } from "../catalog";
import type { Fan } from "../charts/fan";
import { FanChart } from "../charts/fan_chart";
import { multiplesSvg } from "../charts/multiples_svg";
import { saveSvgAsPng, saveText, toCsv } from "../download";
import { monthNumber } from "../format";
import { type Forecast, streamForecasts } from "../forecasts";
import type { Observation, Series } from "../generated/tradecast/v1/series_pb";
import { useLoaded } from "../load";
import { areaName, flowName, keyParts } from "../names";
import { Busy, Card, ProblemBox } from "../parts";
import { growthFan } from "../series_fans";
import { catalogClient } from "../service";
import { noteText } from "../text/notes";
import { useWords } from "../text/text";
import { ViewLink } from "../view_link";
import type { View } from "../view_state";

/** The most partners shown at once; more would not be looked at one by one. */
const MAX_SHOWN = 60;
/** Years of history in a small chart. */
const YEARS_SHOWN = 3;
/** Months behind the latest figure from which a partner's last figure is called old. */
const OLD = 12;

interface SmallMultiplesProps {
  view: View;
  catalog: CatalogData;
  change: (part: Partial<View>) => void;
  keys: readonly string[];
  /** What else is to be known of these charts. */
  note?: string;
}

/** One partner of a region: its series, its figures and its forecast as far as they have come. */
interface Partner {
  key: string;
  name: string;
  series: Series | undefined;
  forecast: Forecast | undefined;
  fan: Fan | undefined;
}

export function SmallMultiples({ keys, catalog, view, change, note }: SmallMultiplesProps) {
  const words = useWords();
  const shown = keys.slice(0, MAX_SHOWN);
  const all = shown.join();
  const forecasts = useLoaded<ReadonlyMap<string, Forecast>>(
    [all, view.asOf],
    async (signal, publish) =>
      shown.length ? streamForecasts([...shown], view.asOf, signal, publish) : new Map(),
  );
  const figures = useLoaded<ReadonlyMap<string, readonly Observation[]>>([all, view.asOf], async (signal) => {
    const answers = shown.map(async (key) => {
      const { observations } = await catalogClient.getSeries({ key, asOf: view.asOf }, { signal });
      return [key, observations] as const;
    });
    return new Map(await Promise.all(answers));
  });
  const flows = new Set(shown.map((key) => keyParts(key).flow));
  const units = new Set(shown.map((key) => keyParts(key).unit));
  const partners = useMemo(() => {
    const found = shown.map((key): Partner => {
      const { partner, flow } = keyParts(key);
      const area = areaName(catalog.areas, words, partner);
      const forecast = forecasts.value?.get(key);
      const observations = figures.value?.get(key);
      return {
        key,
        name: flows.size > 1 ? `${area}, ${flowName(words, flow)}` : area,
        series: catalog.series.get(key),
        forecast,
        fan:
          forecast && observations
            ? growthFan(words, view.span, { observations, forecast, readings: [], shocked: false }, YEARS_SHOWN)
            : undefined,
      };
    });
    const range = sharedRange(found);
    return found.map((at) => (at.fan && range ? { ...at, fan: { ...at.fan, range } } : at));
  }, [all, catalog, words, view.span, forecasts.value, figures.value]);
  if (keys.length === 0) return null;
  const latest = Math.max(...partners.map(({ series }) => (series ? monthNumber(series.lastMonth) : 0)));
  const span = [words.text(`span.${view.span}`), ...units].join(", ");
  const [only = ""] = flows;
  const title =
    flows.size === 1
      ? words.text("smallMultiplesOf", { span, flow: flowName(words, only) })
      : words.text("smallMultiples", { span });
  return (
    <Card title={title}>
      <p class="muted">{words.sentences([words.text("sharedAxis"), note])}</p>
      {forecasts.problem && <ProblemBox problem={forecasts.problem} again={forecasts.again} />}
      {figures.problem && <ProblemBox problem={figures.problem} again={figures.again} />}
      {forecasts.busy && !forecasts.value && <Busy />}
      <ul class="multiples">
        {partners.map(({ key, name, series, forecast, fan }) => {
          const year = forecast?.years[0];
          const last = series?.lastMonth ?? "";
          const isOld = last !== "" && latest - monthNumber(last) >= OLD;
          return (
            <li key={key}>
              <ViewLink view={view} change={change} to={{ page: "series", subject: key }}>{name}</ViewLink>
              <div class="muted">
                {year && words.labelled(words.span(year.span), words.growth(year.median))}
                {isOld && ` ${words.text("endsIn", { month: words.month(last) })}`}
                {forecast?.failure && noteText(words, forecast.failure)}
              </div>
              {fan && fan.points.length > 0 && (
                <FanChart small zero height={120} fan={fan} title={name} fileName={key} />
              )}
            </li>
          );
        })}
      </ul>
      {keys.length > shown.length && (
        <p class="muted">{words.text("moreOf", { count: keys.length - shown.length })}</p>
      )}
      <PartnerTable partners={partners} title={title} fileName={`partners-${view.subject}-${view.span}`} />
    </Card>
  );
}

/** One vertical axis for all partners, so that charts can be compared: it holds what was observed
 * and the medians, but not the outermost hundredths, which would flatten all others. */
function sharedRange(partners: readonly Partner[]): [number, number] | undefined {
  const values = partners
    .flatMap(({ fan }) => fan?.points ?? [])
    .flatMap(({ observed, median }) => [observed, median])
    .filter((value) => value !== undefined)
    .sort((a, b) => a - b);
  if (values.length === 0) return undefined;
  const at = (share: number) => values[Math.round(share * (values.length - 1))] ?? 0;
  const [low, high] = [Math.min(0, at(0.02)), Math.max(0, at(0.98))];
  const room = (high - low || 0.1) * 0.15;
  return [low - room, high + room];
}

/** The year of a partner's forecast and its 80 % interval. */
function yearOf({ forecast }: Partner) {
  const year = forecast?.years[0];
  return { year, at80: year?.intervals.find((at) => at.level === 80) };
}

function csvOf(partners: readonly Partner[]): string {
  return toCsv([
    ["series", "last_month", "year", "median", "lo-80", "hi-80", "naive"],
    ...partners.map((partner) => {
      const { year, at80 } = yearOf(partner);
      const last = partner.series?.lastMonth;
      return [partner.key, last, year?.span, year?.median, at80?.lower, at80?.upper, year?.naive];
    }),
  ]);
}

interface PartnerTableProps {
  partners: readonly Partner[];
  title: string;
  /** Name of downloaded files, without an ending. */
  fileName: string;
}

/** The numbers of all charts as a table, and the charts as files. */
function PartnerTable({ partners, title, fileName }: PartnerTableProps) {
  const words = useWords();
  const svg = () => {
    const charts = partners.flatMap(({ name, fan }) => (fan?.points.length ? [{ name, fan }] : []));
    return multiplesSvg(charts, title, words);
  };
  return (
    <>
    <div class="row end">
      <span class="muted">{words.labelled(words.text("download"), "")}</span>
      <button type="button" onClick={() => saveText(`${fileName}.csv`, "text/csv", csvOf(partners))}>
        {words.text("downloadCsv")}
      </button>
      <button type="button" onClick={() => saveSvgAsPng(`${fileName}.png`, svg())}>
        {words.text("downloadPng")}
      </button>
      <button type="button" onClick={() => saveText(`${fileName}.svg`, "image/svg+xml", svg())}>
        {words.text("downloadSvg")}
      </button>
    </div>
    <details>
      <summary>{words.text("showTable")}</summary>
      <div class="scroll" tabIndex={0} role="region" aria-label={title}>
        <table>
          <caption class="hidden">{title}</caption>
          <thead>
            <tr>
              <th scope="col">{words.text("partner")}</th>
              <th scope="col">{words.text("lastMonth")}</th>
              <th scope="col">{words.text("year")}</th>
              <th scope="col">{words.text("median")}</th>
              <th scope="col">{words.text("interval", { level: 80 })}</th>
              <th scope="col">{words.text("naive")}</th>
            </tr>
          </thead>
          <tbody>
            {partners.map((partner) => {
              const { year, at80 } = yearOf(partner);
              const last = partner.series?.lastMonth;
              return (
                <tr key={partner.key}>
                  <th scope="row">{partner.name}</th>
                  <td>{last && words.month(last)}</td>
                  <td>{year && words.span(year.span)}</td>
                  <td>{words.growth(year?.median)}</td>
                  <td>{at80 ? `${words.growth(at80.lower)} … ${words.growth(at80.upper)}` : "–"}</td>
                  <td>{words.growth(year?.naive)}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </details>
    </>
  );
}
