// Where the year of a pair ends: in words, with a target, contributions and the basis.
import { type CatalogData, regionKeys } from "../catalog";
import { Waterfall } from "../charts/waterfall";
import { LEVELS } from "../forecasts";
import { GrowthMeasure } from "../generated/tradecast/v1/growth_pb";
import { SplitBy } from "../generated/tradecast/v1/growth_review_pb";
import type {
  GetOutlookResponse,
  OutlookContribution,
} from "../generated/tradecast/v1/outlook_pb";
import { toCsv, saveText } from "../download";
import { useLoaded } from "../load";
import { areaName, flowName, keyParts, pairTitle } from "../names";
import { Busy, Card, Choice, CopyAs, Fold, ProblemBox, Slider } from "../parts";
import { outlookClient } from "../service";
import { useWords, type Words } from "../text/text";
import type { View } from "../view_state";
import { OutlookChange, OutlookRecord } from "./outlook_record";
import { SmallMultiples } from "./region_view";

interface OutlookViewProps {
  view: View;
  catalog: CatalogData;
  change: (part: Partial<View>) => void;
}

export function OutlookView({ view, catalog, change }: OutlookViewProps) {
  const words = useWords();
  const [reporter = "", partner = ""] = view.subject.split(".");
  const base = { reporter, partner, asOf: view.asOf, currency: view.currency, levels: LEVELS };
  const outlook = useLoaded([view.subject, view.asOf, view.currency], (signal) =>
    outlookClient.getOutlook(base, { signal }),
  );
  const answer = outlook.value;
  const year = yearOf(answer);
  const growth = yearGrowth(answer, view.currency);
  const target = view.target ?? (growth ? Math.round(growth.median * 100) / 100 : undefined);
  const reached = useLoaded([view.subject, view.asOf, view.currency, year, target], async (signal) => {
    if (year === undefined || target === undefined) return undefined;
    const request = { ...base, target: { year, growth: target } };
    return (await outlookClient.getOutlook(request, { signal })).target;
  });
  const pair = pairTitle(catalog.areas, words, reporter, partner);
  const currencies = [...new Set(answer?.levels.map((at) => at.currency) ?? [])];
  const shown = view.currency || keyParts(answer?.series ?? "").unit || currencies[0] || "";
  const name = (code: string) =>
    code === "X" || code === "exports"
      ? flowName(words, "X")
      : code === "M" || code === "imports"
        ? flowName(words, "M")
        : areaName(catalog.areas, words, code);

  return (
    <>
      <h1>{`${words.text("outlook")}: ${pair}`}</h1>
      <div class="row controls">
        {currencies.length > 1 && (
          <Choice
            label={words.text("currency")}
            value={shown}
            options={currencies.map((value) => ({ value, text: value }))}
            onChange={(currency) => change({ currency })}
          />
        )}
        <label>
          {words.text("asOf")}
          <input
            type="date"
            value={view.asOf}
            onChange={(event) => change({ asOf: event.currentTarget.value })}
          />
        </label>
      </div>
      {outlook.problem && <ProblemBox problem={outlook.problem} again={outlook.again} />}
      {outlook.busy && !answer && <Busy />}
      {answer && growth && (
        <Sentences answer={answer} pair={pair} words={words} currency={shown} />
      )}
      {answer && year !== undefined && target !== undefined && (
        <Card title={words.text("target", { year })}>
          <Slider
            label={words.text("target", { year })}
            value={Math.round(target * 1000) / 10}
            min={-50}
            max={100}
            step={0.5}
            write={(value) => words.growth(value / 100)}
            onRest={(percent) => change({ target: Math.round(percent * 10) / 1000 })}
          />
          <p role="status" class={reached.busy ? "busy" : ""} data-testid="target-text">
            {reached.problem?.message}
            {reached.value &&
              words.text(reached.value.neededGrowth === undefined ? "targetNoRest" : "targetText", {
                growth: words.growth(reached.value.growth),
                year: reached.value.year,
                needed: words.growth(reached.value.neededGrowth),
                probability: words.share(reached.value.probability),
              })}
          </p>
        </Card>
      )}
      {answer && (
        <>
          <div class="charts">
            <Contributions
              title={words.text("contributionsKnown", { span: words.span(answer.knownSpan) })}
              parts={answer.contributions}
              name={name}
            />
            <Contributions
              title={words.text("contributionsYear", { year: year ?? "" })}
              parts={answer.projectedContributions}
              name={name}
            />
          </div>
          <Readings answer={answer} fileName={`outlook-${view.subject}`} />
          <CopyAs
            command={`tradecast outlook ${reporter} ${partner}${view.target === undefined ? "" : ` --target ${year}=${(view.target * 100).toFixed(1)}%`}${view.asOf ? ` --as-of ${view.asOf}` : ""}`}
            python={`tradecast.Client("${location.host}").outlook("${reporter}", "${partner}"${view.asOf ? `, as_of="${view.asOf}"` : ""})`}
          />
          <SmallMultiples
            keys={regionKeys(catalog, reporter, partner)}
            catalog={catalog}
            view={view}
            change={change}
          />
          <Fold title={words.text("record")}>{() => <OutlookRecord base={base} />}</Fold>
          <Fold title={words.text("changes")}>{() => <OutlookChange base={base} />}</Fold>
          <Fold title={words.text("basis")}>{() => <Basis answer={answer} />}</Fold>
        </>
      )}
    </>
  );
}

function yearOf(answer: GetOutlookResponse | undefined): number | undefined {
  const span = answer?.levels[0]?.span;
  return span ? Number(span.slice(0, 4)) : undefined;
}

function yearGrowth(answer: GetOutlookResponse | undefined, currency: string) {
  const years = answer?.readings.filter((at) => at.reading?.measure === GrowthMeasure.YEAR) ?? [];
  return (years.find((at) => at.currency === currency) ?? years[0])?.reading;
}

interface SentencesProps {
  answer: GetOutlookResponse;
  pair: string;
  currency: string;
  words: Words;
}

/** The outlook in sentences that an editor could print. */
function Sentences({ answer, pair, currency, words }: SentencesProps) {
  const year = yearGrowth(answer, currency);
  const interval = year?.intervals.find((at) => at.level === 80);
  if (!year || !interval) return null;
  const unit = keyParts(answer.series).unit;
  return (
    <div class="headline">
      <p>
        {words.text("outlookHeadline", {
          pair,
          year: words.span(year.span),
          growth: words.growth(year.median),
          lower: words.growth(interval.lower),
          upper: words.growth(interval.upper),
        })}
      </p>
      <p>
        {words.text("outlookKnown", {
          span: words.span(answer.knownSpan),
          level: `${words.level(answer.knownLevel)} ${unit}`,
          growth: words.growth(answer.knownGrowth),
        })}{" "}
        {answer.shareOfBaseYear !== undefined &&
          words.text("outlookShare", {
            span: words.span(answer.knownSpan),
            share: words.share(answer.shareOfBaseYear, 1),
            growth: words.growth(answer.flatRestGrowth),
          })}{" "}
        {answer.record &&
          words.text("outlookRecord", { probability: words.share(answer.record.probability) })}
      </p>
    </div>
  );
}

interface ContributionsProps {
  title: string;
  parts: readonly OutlookContribution[];
  name: (code: string) => string;
}

function Contributions({ title, parts, name }: ContributionsProps) {
  const words = useWords();
  const splits = [
    { by: SplitBy.FLOW, text: words.text("byFlow") },
    { by: SplitBy.PARTNER, text: words.text("byPartner") },
  ].filter(({ by }) => parts.some((part) => part.by === by));
  if (splits.length === 0) return null;
  return (
    <Card title={title}>
      {splits.map(({ by, text }) => {
        const chosen = parts.filter((part) => part.by === by);
        return (
          <div key={by}>
            <h3>{text}</h3>
            <Waterfall
              title={`${title}, ${text}`}
              total={words.text("together")}
              parts={chosen.map((part) => {
                const interval = part.intervals.find((at) => at.level === 80);
                return {
                  name: name(part.name),
                  points: part.points,
                  lower: interval?.lower,
                  upper: interval?.upper,
                };
              })}
            />
          </div>
        );
      })}
    </Card>
  );
}

function Readings({ answer, fileName }: { answer: GetOutlookResponse; fileName: string }) {
  const words = useWords();
  const rows = answer.readings.flatMap(({ currency, reading }) => {
    if (!reading) return [];
    const interval = (level: number) => reading.intervals.find((at) => at.level === level);
    return [{ currency, reading, at80: interval(80), at95: interval(95) }];
  });
  const years = answer.levels.map((at) => ({ ...at, at80: at.intervals.find((x) => x.level === 80) }));
  return (
    <Card title={words.text("outlookReadings")}>
      <div class="scroll" tabIndex={0} role="region" aria-label={words.text("outlookReadings")}>
        <table>
          <caption class="hidden">{words.text("outlookReadings")}</caption>
          <thead>
            <tr>
              <th scope="col">{words.text("span")}</th>
              <th scope="col">{words.text("currency")}</th>
              <th scope="col">{words.text("median")}</th>
              <th scope="col">{words.text("interval", { level: 80 })}</th>
              <th scope="col">{words.text("interval", { level: 95 })}</th>
              <th scope="col">{words.text("naive")}</th>
            </tr>
          </thead>
          <tbody>
            {rows.map(({ currency, reading, at80, at95 }) => (
              <tr key={`${currency} ${reading.measure} ${reading.span}`}>
                <th scope="row">{words.span(reading.span)}</th>
                <td>{currency}</td>
                <td>{words.growth(reading.median)}</td>
                <td>{at80 && `${words.growth(at80.lower)} … ${words.growth(at80.upper)}`}</td>
                <td>{at95 && `${words.growth(at95.lower)} … ${words.growth(at95.upper)}`}</td>
                <td>{words.growth(reading.naive)}</td>
              </tr>
            ))}
            {years.map((at) => (
              <tr key={`${at.currency} ${at.span} level`}>
                <th scope="row">{`${words.span(at.span)}, ${words.text("level")}`}</th>
                <td>{at.currency}</td>
                <td>{words.level(at.median)}</td>
                <td>{at.at80 && `${words.level(at.at80.lower)} … ${words.level(at.at80.upper)}`}</td>
                <td />
                <td />
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <div class="row end">
        <span class="muted">{words.text("download")}:</span>
        <button
          type="button"
          onClick={() =>
            saveText(
              `${fileName}.csv`,
              "text/csv",
              toCsv([
                ["span", "measure", "currency", "median", "lo-80", "hi-80", "lo-95", "hi-95", "naive"],
                ...rows.map(({ currency, reading, at80, at95 }) => [
                  reading.span,
                  GrowthMeasure[reading.measure],
                  currency,
                  reading.median,
                  at80?.lower,
                  at80?.upper,
                  at95?.lower,
                  at95?.upper,
                  reading.naive,
                ]),
              ]),
            )
          }
        >
          {words.text("downloadCsv")}
        </button>
      </div>
    </Card>
  );
}

function Basis({ answer }: { answer: GetOutlookResponse }) {
  const words = useWords();
  const basis = answer.basis;
  if (!basis) return null;
  return (
    <>
      <p>
        {words.text("basisText", { figures: basis.figures, series: basis.series.length })}{" "}
        {basis.donorSeries.length > 0 &&
          words.text("donors", { donors: basis.donorSeries.join(", ") })}
      </p>
      {basis.conflictingFigures.length > 0 && (
        <>
          <h3>{words.text("conflicting")}</h3>
          <ul>
            {basis.conflictingFigures.map((figure) => (
              <li key={figure}>{figure}</li>
            ))}
          </ul>
        </>
      )}
    </>
  );
}
