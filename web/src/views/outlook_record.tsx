// What the outlook of a pair said before, beside what came and what both naive forecasts said.
import { useState } from "preact/hooks";
import type { CatalogData } from "../catalog";
import type { Fan } from "../charts/fan";
import { FanChart } from "../charts/fan_chart";
import { Waterfall } from "../charts/waterfall";
import { LEVELS } from "../forecasts";
import { monthNumber, monthText } from "../format";
import type {
  GetOutlookChangeResponse,
  OutlookRecordRow,
} from "../generated/tradecast/v1/outlook_pb";
import { lastMonth } from "../growth_spans";
import { useLoaded } from "../load";
import { seriesTitle } from "../names";
import { Busy, ProblemBox } from "../parts";
import { outlookClient } from "../service";
import { term } from "../text/terms";
import { useWords, type Words } from "../text/text";
import { type View, viewQuery } from "../view_state";
import { Drivers } from "./drivers";

/** The request of an outlook, without its target. */
export interface OutlookBase {
  reporter: string;
  partner: string;
  asOf: string;
  currency: string;
  levels: number[];
}

/** The first day of the record: that of the year before. Each outlook is computed anew. */
function firstDay(asOf: string): string {
  const year = asOf ? Number(asOf.slice(0, 4)) : new Date().getUTCFullYear();
  return `${year - 1}-01-01`;
}

interface OutlookRecordProps {
  base: OutlookBase;
  view: View;
  /** Monthly series that the outlook is made of; empty for one from figures over spans. */
  monthly: readonly string[];
  catalog: CatalogData;
  change: (part: Partial<View>) => void;
}

export function OutlookRecord({ base, view, monthly, catalog, change }: OutlookRecordProps) {
  const words = useWords();
  const keys = [base.reporter, base.partner, base.asOf, base.currency];
  const record = useLoaded(keys, async (signal) => {
    const from = firstDay(base.asOf);
    return monthly.length > 0
      ? undefined
      : outlookClient.getOutlookRecord({ outlook: base, from }, { signal });
  });
  if (monthly.length > 0) {
    return (
      <>
        <p>{words.text("recordMonthly")}</p>
        <ul>
          {monthly.map((key) => {
            const next = { page: "series" as const, subject: key, open: ["accuracy"] };
            return (
              <li key={key}>
                <a
                  href={viewQuery({ ...view, ...next })}
                  onClick={(event) => {
                    event.preventDefault();
                    change(next);
                  }}
                >
                  {seriesTitle(catalog.areas, words, key)}
                </a>
              </li>
            );
          })}
        </ul>
      </>
    );
  }
  if (record.problem) return <ProblemBox problem={record.problem} again={record.again} />;
  if (!record.value) return <Busy />;
  const rows = record.value.rows;
  const years = [...new Set(rows.map((row) => row.growth?.span ?? ""))].filter(Boolean).reverse();
  if (rows.length === 0) return <p>{words.text("recordNone")}</p>;
  return (
    <>
      <RecordScore rows={rows} />
      {years.map((year) => {
        const ofYear = rows.filter((row) => row.growth?.span === year);
        const title = words.labelled(words.text("record"), words.span(year));
        return (
          <div key={year}>
            <h3>{title}</h3>
            <FanChart fan={recordFan(words, ofYear)} title={title} fileName={`record-${year}`} zero />
            <RecordTable rows={ofYear} title={title} />
          </div>
        );
      })}
    </>
  );
}

/** Errors of outlooks whose year is known, beside those of both naive forecasts. */
function RecordScore({ rows }: { rows: readonly OutlookRecordRow[] }) {
  const words = useWords();
  const known = rows.filter((row) => row.outcome !== undefined && row.growth);
  if (known.length === 0) return null;
  const errorOf = (forecast: (row: OutlookRecordRow) => number | undefined) => {
    const errors = known.flatMap((row) => {
      const value = forecast(row);
      return value === undefined || row.outcome === undefined ? [] : [Math.abs(value - row.outcome)];
    });
    return (100 * errors.reduce((sum, error) => sum + error, 0)) / errors.length;
  };
  const covered = (level: number) =>
    known.filter((row) => {
      const interval = row.growth?.intervals.find((at) => at.level === level);
      const outcome = row.outcome ?? Number.NaN;
      return interval && interval.lower <= outcome && outcome <= interval.upper;
    }).length / known.length;
  return (
    <p>
      {words.text("recordScore", {
        count: known.length,
        error: words.plain(errorOf((row) => row.growth?.median)),
        goesOn: words.plain(errorOf((row) => row.growthSoFar)),
        repeats: words.plain(errorOf((row) => row.flatRest)),
        share80: words.share(covered(80)),
        share95: words.share(covered(95)),
      })}
    </p>
  );
}

function recordFan(words: Words, rows: readonly OutlookRecordRow[]): Fan {
  const points = rows.map((row) => ({
    month: monthNumber(row.asOf),
    label: row.asOf,
    observed: row.outcome,
    median: row.growth?.median,
    naive: row.growthSoFar,
    intervals: row.growth?.intervals ?? [],
  }));
  // Two outlooks of one month: the later one is shown.
  const last = points.filter((point, at) => points[at + 1]?.month !== point.month);
  const naive = words.text("recordGoesOn");
  return { points: last, levels: LEVELS.toReversed(), write: words.growth, naive };
}

function RecordTable({ rows, title }: { rows: readonly OutlookRecordRow[]; title: string }) {
  const words = useWords();
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={title}>
      <table>
        <caption class="hidden">{title}</caption>
        <thead>
          <tr>
            <th scope="col">{words.text("asOf")}</th>
            <th scope="col">{words.text("recordKnown")}</th>
            <th scope="col">{words.text("median")}</th>
            <th scope="col">{words.text("interval", { level: 80 })}</th>
            <th scope="col">{words.text("recordGoesOn")}</th>
            <th scope="col">{words.text("recordRepeats")}</th>
            <th scope="col">{words.text("recordOutcome")}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => {
            const interval = row.growth?.intervals.find((at) => at.level === 80);
            return (
              <tr key={row.asOf}>
                <th scope="row">{row.asOf}</th>
                <td>{words.span(row.knownSpan)}</td>
                <td>{words.growth(row.growth?.median)}</td>
                <td>
                  {interval && `${words.growth(interval.lower)} … ${words.growth(interval.upper)}`}
                </td>
                <td>{words.growth(row.growthSoFar)}</td>
                <td>{words.growth(row.flatRest)}</td>
                <td>{words.growth(row.outcome)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

interface OutlookChangeProps {
  base: OutlookBase;
  view: View;
  /** Monthly series that the outlook is made of; empty for one from figures over spans. */
  monthly: readonly string[];
  catalog: CatalogData;
  /** Latest span with a known level. */
  known: string;
  /** Name of a partner or flow by its code. */
  name: (code: string) => string;
}

/** What moved the outlook since the latest month was unknown, or since another day. */
export function OutlookChange({ base, view, monthly, catalog, known, name }: OutlookChangeProps) {
  const words = useWords();
  const [chosen, setChosen] = useState("");
  // On the first day after the known span nobody could know its last month.
  const day = chosen || `${monthText(lastMonth(known) + 1)}-01`;
  const keys = [base.reporter, base.partner, base.asOf, base.currency, day];
  const change = useLoaded(keys, async (signal) =>
    monthly.length > 0
      ? undefined
      : outlookClient.getOutlookChange({ outlook: base, since: day }, { signal }),
  );
  if (monthly.length > 0) {
    return (
      <>
        {monthly.map((key) => (
          <section key={key}>
            <h3>{seriesTitle(catalog.areas, words, key)}</h3>
            <Drivers
              view={{ ...view, subject: key }}
              last={catalog.series.get(key)?.lastMonth ?? ""}
            />
          </section>
        ))}
      </>
    );
  }
  return (
    <>
      <label>
        {words.text("since")}
        <input
          type="date"
          value={day}
          onChange={(event) => setChosen(event.currentTarget.value)}
        />
      </label>
      {change.problem && <ProblemBox problem={change.problem} again={change.again} />}
      {change.busy && <Busy />}
      {change.value && <Causes change={change.value} since={day} name={name} />}
    </>
  );
}

interface CausesProps {
  change: GetOutlookChangeResponse;
  since: string;
  name: (code: string) => string;
}

function Causes({ change, since, name }: CausesProps) {
  const words = useWords();
  const { before, after, span, causes } = change;
  const causeName = (cause: string) => {
    const code = /^new figures, (.+)$/.exec(cause)?.[1];
    if (code) return words.text("causeNew", { name: name(code) });
    return term(words.language, "cause", cause);
  };
  return (
    <>
      <p>
        {words.text("outlookChanged", {
          since,
          span: words.span(span),
          before: words.growth(before),
          after: words.growth(after),
        })}
      </p>
      {causes.some((cause) => Math.abs(cause.points) >= 0.05) ? (
        <Waterfall
          parts={causes.map((cause) => ({ name: causeName(cause.name), points: cause.points }))}
          total={words.text("together")}
          title={words.text("changes")}
        />
      ) : (
        <p>{words.text("nothingChanged")}</p>
      )}
    </>
  );
}
