// What the outlook of a pair said before, beside what came and what both naive forecasts said.
import type { CatalogData } from "../catalog";
import type { Fan } from "../charts/fan";
import { FanChart } from "../charts/fan_chart";
import { pastEquivalents } from "../equivalents";
import { LEVELS } from "../forecasts";
import { monthNumber } from "../format";
import type { OutlookRecordRow } from "../generated/tradecast/v1/outlook_pb";
import { useLoaded } from "../load";
import { seriesTitle } from "../names";
import { Busy, CopyAs, ProblemBox } from "../parts";
import { outlookClient } from "../service";
import { useWords, type Words } from "../text/text";
import { ViewLink } from "../view_link";
import type { View } from "../view_state";

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

/** The rows that have come, oldest first, and how many days are still computed. */
interface RecordSoFar {
  rows: readonly OutlookRecordRow[];
  days: number;
  done: number;
}

async function streamRecord(
  outlook: OutlookBase,
  signal: AbortSignal,
  publish: (record: RecordSoFar) => void,
): Promise<RecordSoFar> {
  let record: RecordSoFar = { rows: [], days: 0, done: 0 };
  const request = { outlook, from: firstDay(outlook.asOf) };
  for await (const { row, days, done } of outlookClient.streamOutlookRecord(request, { signal })) {
    const rows = row ? [...record.rows, row] : record.rows;
    record = { rows: rows.toSorted((a, b) => (a.asOf < b.asOf ? -1 : 1)), days, done };
    publish(record);
  }
  return record;
}

export function OutlookRecord({ base, view, monthly, catalog, change }: OutlookRecordProps) {
  const words = useWords();
  const record = useLoaded(
    [],
    async (signal, publish: (record: RecordSoFar) => void) =>
      monthly.length > 0 ? undefined : streamRecord(base, signal, publish),
    [base.reporter, base.partner, base.asOf, base.currency].join(" "),
  );
  if (monthly.length > 0) {
    return (
      <>
        <p>{words.text("recordMonthly")}</p>
        <ul>
          {monthly.map((key) => {
            const next = { page: "series" as const, subject: key, open: ["accuracy"] };
            return (
              <li key={key}>
                <ViewLink view={view} change={change} to={next}>{seriesTitle(catalog.areas, words, key)}</ViewLink>
              </li>
            );
          })}
        </ul>
      </>
    );
  }
  if (record.problem) return <ProblemBox problem={record.problem} again={record.again} />;
  if (!record.value) return <Busy />;
  const { rows, days, done } = record.value;
  const years = [...new Set(rows.map((row) => row.growth?.span ?? ""))].filter(Boolean).reverse();
  if (rows.length === 0 && !record.busy) return <p>{words.text("recordNone")}</p>;
  return (
    <>
      {record.busy ? (
        <p role="status" class="busy">
          {words.text("recordProgress", { done, days })}{" "}
          <progress value={done} max={days} aria-label={words.text("record")} />
        </p>
      ) : (
        <>
          <RecordScore rows={rows} />
          <CopyAs {...pastEquivalents(view, "record", firstDay(base.asOf))} />
        </>
      )}
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
