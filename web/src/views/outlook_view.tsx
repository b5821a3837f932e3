// Where the year of a pair ends: in words, with a target, contributions and the basis.
import { useMemo } from "preact/hooks";
import { type CatalogData, regionKeys } from "../catalog";
import { FanChart } from "../charts/fan_chart";
import { Waterfall } from "../charts/waterfall";
import { saveText, toCsv } from "../download";
import { outlookEquivalents } from "../equivalents";
import { LEVELS } from "../forecasts";
import { GrowthMeasure } from "../generated/tradecast/v1/growth_pb";
import { SplitBy } from "../generated/tradecast/v1/growth_review_pb";
import type {
  GetOutlookResponse,
  OutlookContribution,
} from "../generated/tradecast/v1/outlook_pb";
import { useLoaded } from "../load";
import { areaName, flowName, keyParts, pairTitle } from "../names";
import { headlineMonths, outlookFan } from "../outlook_fan";
import { AsOf, Busy, Card, Choice, CopyAs, Fold, ProblemBox, Slider } from "../parts";
import { growthClient, outlookClient } from "../service";
import { useWords, type Words } from "../text/text";
import { SPANS, type View, viewQuery } from "../view_state";
import { Contradictions } from "./contradictions";
import { type Fact, Facts } from "./facts";
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
  const review = useLoaded([view.subject, view.asOf], (signal) =>
    growthClient.getGrowth({ subject: view.subject, asOf: view.asOf }, { signal }),
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
  const readings = useMemo(
    () =>
      (answer?.readings ?? []).flatMap(({ currency, reading }) =>
        reading && currency === shown ? [reading] : [],
      ),
    [answer, shown],
  );
  const series = answer?.series ?? "";
  const months = useLoaded([series, shown, view.asOf], async (signal) =>
    series ? headlineMonths(catalog, series, shown, view.asOf, signal) : [],
  );
  const fan = useMemo(
    () =>
      outlookFan(words, view.span, {
        headline: series.replace(/[^.]+$/, shown),
        known: answer?.knownSpan ?? "",
        months: months.value ?? [],
        review: review.value,
        readings,
      }),
    [words, view.span, review.value, months.value, readings, answer],
  );
  const name = (code: string) =>
    code === "X" || code === "exports"
      ? flowName(words, "X")
      : code === "M" || code === "imports"
        ? flowName(words, "M")
        : areaName(catalog.areas, words, code);
  const spanWord = words.text(`span.${view.span}`);
  const section = { view, change };
  const range = targetRange(growth?.intervals, target);
  const members = (catalog.areas.get(partner)?.members.length ?? 0) > 1;

  return (
    <>
      <h1>{words.labelled(words.text("outlook"), pair)}</h1>
      {members && (
        <p class="trail">
          <a
            href={viewQuery({ ...view, page: "region" })}
            onClick={(event) => {
              event.preventDefault();
              change({ page: "region" });
            }}
          >
            {words.labelled(words.text("partners"), areaName(catalog.areas, words, partner))}
          </a>
        </p>
      )}
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
            {...range}
            quiet
            step={0.1}
            write={(value) => words.growth(value / 100)}
            onMove={(percent) => change({ target: Math.round(percent * 10) / 1000 })}
          />
          <div class="row target">
            <meter
              min={0}
              max={1}
              value={reached.value?.probability ?? 0}
              aria-label={words.text("probability")}
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
          </div>
        </Card>
      )}
      <div class="row controls">
        <Choice
          label={words.text("span")}
          value={view.span}
          options={SPANS.map((value) => ({ value, text: words.text(`span.${value}`) }))}
          onChange={(span) => change({ span })}
        />
        {currencies.length > 1 && (
          <Choice
            label={words.text("currency")}
            value={shown}
            options={currencies.map((value) => ({ value, text: value }))}
            onChange={(currency) => change({ currency })}
          />
        )}
        <AsOf {...section} />
      </div>
      {answer && (
        <>
          <Card title={words.text("growthOf", { span: spanWord })}>
            <FanChart fan={fan} title={words.labelled(pair, `${spanWord}, ${shown}`)} fileName={`outlook-${view.subject}-${view.span}`} zero />
            <LevelsAhead answer={answer} currency={shown} fileName={`outlook-${view.subject}-all`} />
          </Card>
          <CopyAs {...outlookEquivalents(view, year)} />
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
          <SmallMultiples
            keys={members ? regionKeys(catalog, reporter, partner, view.flow) : []}
            catalog={catalog}
            view={view}
            change={change}
          />
          <Fold name="record" title={words.text("record")} {...section}>
            {() => (
              <OutlookRecord
                base={base}
                view={view}
                monthly={answer.basis?.series ?? []}
                catalog={catalog}
                change={change}
              />
            )}
          </Fold>
          <Fold name="changes" title={words.text("changes")} {...section}>
            {() => (
              <OutlookChange
                base={base}
                view={view}
                monthly={answer.basis?.series ?? []}
                catalog={catalog}
                known={answer.knownSpan}
                name={name}
              />
            )}
          </Fold>
          <Fold name="contradictions" title={words.text("contradictions")} {...section}>
            {() => <Contradictions contradictions={answer.contradictions} />}
          </Fold>
          <Fold name="basis" title={words.text("basis")} {...section}>
            {() => <Basis answer={answer} />}
          </Fold>
        </>
      )}
    </>
  );
}

/** Ends of the target's slider in percent: what may happen, and a little more. */
function targetRange(
  intervals: readonly { lower: number; upper: number }[] | undefined,
  target: number | undefined,
): { min: number; max: number } {
  const ends = (intervals ?? []).flatMap((at) => [at.lower, at.upper]);
  if (target !== undefined) ends.push(target);
  const low = Math.min(0, ...ends) * 100 - 5;
  const high = Math.max(0, ...ends) * 100 + 5;
  return { min: Math.max(-99, Math.floor(low)), max: Math.min(10_000, Math.ceil(high)) };
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

/** The outlook in sentences that an editor could print, and the numbers behind them. */
function Sentences({ answer, pair, currency, words }: SentencesProps) {
  const year = yearGrowth(answer, currency);
  const interval = year?.intervals.find((at) => at.level === 80);
  if (!year || !interval) return null;
  const unit = keyParts(answer.series).unit;
  const level = answer.levels.find((at) => at.currency === currency && at.span === year.span);
  const levels = level?.intervals.find((at) => at.level === 80);
  const known = words.span(answer.knownSpan);
  const facts: Fact[] = [
    {
      name: words.text("factYear", { year: words.span(year.span) }),
      value: words.growth(year.median),
      detail: `${words.growth(interval.lower)} … ${words.growth(interval.upper)}`,
    },
    {
      name: known,
      value: words.growth(answer.knownGrowth),
      detail: `${words.level(answer.knownLevel)} ${unit}`,
    },
  ];
  if (level && levels) {
    facts.push({
      name: words.text("outlookLevels"),
      value: `${words.level(level.median)} ${currency}`,
      detail: `${words.level(levels.lower)} … ${words.level(levels.upper)}`,
    });
  }
  if (answer.record) {
    facts.push({
      name: words.text("recordYear"),
      value: words.share(answer.record.probability),
      detail: words.text("recordSince", { since: words.span(answer.record.since) }),
    });
  }
  return (
    <>
      <div class="headline">
        <p>
          {words.text("outlookHeadline", {
            pair,
            year: words.span(year.span),
            growth: words.growth(year.median),
            lower: words.growth(interval.lower),
            upper: words.growth(interval.upper),
          })}{" "}
          {words.text("outlookKnown", {
            span: known,
            level: `${words.level(answer.knownLevel)} ${unit}`,
            growth: words.growth(answer.knownGrowth),
          })}{" "}
          {answer.shareOfBaseYear !== undefined &&
            words.text("outlookShare", {
              share: words.share(answer.shareOfBaseYear, 1),
              growth: words.growth(answer.flatRestGrowth),
            })}{" "}
          {answer.exchangeRate &&
            words.text("outlookRate", {
              span: known,
              currency: answer.exchangeRate.currency,
              growth: words.growth(answer.exchangeRate.growthOther),
              points: words.signed(answer.exchangeRate.points),
            })}
        </p>
      </div>
      <Facts facts={facts} />
    </>
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

interface LevelsAheadProps {
  answer: GetOutlookResponse;
  currency: string;
  fileName: string;
}

/** Levels of the year, and every reading in every currency as a file. */
function LevelsAhead({ answer, currency, fileName }: LevelsAheadProps) {
  const words = useWords();
  const bound = (at: { intervals: readonly { level: number; lower: number; upper: number }[] }, level: number) =>
    at.intervals.find((interval) => interval.level === level);
  const csv = () =>
    toCsv([
      ["span", "measure", "currency", "median", "lo-80", "hi-80", "lo-95", "hi-95", "naive"],
      ...answer.readings.flatMap(({ currency, reading }) => {
        if (!reading) return [];
        const [at80, at95] = [bound(reading, 80), bound(reading, 95)];
        const measure = GrowthMeasure[reading.measure];
        return [[reading.span, measure, currency, reading.median, at80?.lower, at80?.upper, at95?.lower, at95?.upper, reading.naive]];
      }),
      ...answer.levels.map((at) => {
        const [at80, at95] = [bound(at, 80), bound(at, 95)];
        return [at.span, "LEVEL", at.currency, at.median, at80?.lower, at80?.upper, at95?.lower, at95?.upper];
      }),
    ]);
  return (
    <details>
      <summary>{words.text("levelsAhead")}</summary>
      <div class="scroll" tabIndex={0} role="region" aria-label={words.text("levelsAhead")}>
        <table>
          <caption class="hidden">{words.text("levelsAhead")}</caption>
          <thead>
            <tr>
              <th scope="col">{words.text("span")}</th>
              <th scope="col">{words.text("median")}</th>
              <th scope="col">{words.text("interval", { level: 80 })}</th>
              <th scope="col">{words.text("interval", { level: 95 })}</th>
            </tr>
          </thead>
          <tbody>
            {answer.levels.filter((at) => at.currency === currency).map((at) => (
              <tr key={at.span}>
                <th scope="row">{words.span(at.span)}</th>
                <td>{`${words.level(at.median)} ${at.currency}`}</td>
                {[80, 95].map((level) => {
                  const of = bound(at, level);
                  return <td key={level}>{of ? `${words.level(of.lower)} … ${words.level(of.upper)}` : "–"}</td>;
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <button type="button" onClick={() => saveText(`${fileName}.csv`, "text/csv", csv())}>
        {words.text("downloadAll")}
      </button>
    </details>
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
